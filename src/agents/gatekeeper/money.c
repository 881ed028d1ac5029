// SPDX-License-Identifier: Apache-2.0
// The money of the portfolios as the gatekeeper knows it: read from the store when it starts, moved
// on by its own fills, read again when a user changes a portfolio.
#include "agents/gatekeeper/gatekeeper_internal.h"

#include <stdlib.h>

static void money_free(struct money *m)
{
    free(m->positions);
    free(m);
}

void gatekeeper__money_forget(struct gatekeeper *g)
{
    size_t cursor = 0;
    struct str key;
    void *value;

    while (map_next(&g->portfolios, &cursor, &key, &value)) {
        money_free(value);
    }
    map_finish(&g->portfolios);
    map_init(&g->portfolios, PORTFOLIOS_MAX);
}

static int on_portfolio(void *arg, const struct store_portfolio *p)
{
    struct gatekeeper *g = arg;
    struct money *m = calloc(1, sizeof *m);
    int rc;

    if (!m) {
        return ERR_NO_MEMORY;
    }
    m->portfolio = *p;
    rc = map_put_u64(&g->portfolios, (uint64_t)p->id, m);
    if (rc != 0) {
        money_free(m);
    }
    return rc;
}

static int on_position(void *arg, int64_t portfolio_id, const struct position *p)
{
    struct gatekeeper *g = arg;
    struct money *m = gatekeeper__money(g, portfolio_id);
    struct position *mine = m ? gatekeeper__position(m, &p->pair) : NULL;

    if (!mine) {
        return m ? ERR_NO_MEMORY : 0;
    }
    *mine = *p;
    return 0;
}

void gatekeeper__money_load(struct gatekeeper *g)
{
    int rc;

    gatekeeper__money_forget(g);
    rc = store_portfolio_each(g->store, on_portfolio, g);
    if (rc == 0) {
        rc = store_position_each(g->store, 0, on_position, g);
    }
    if (rc != 0) {
        agent_fatal(g->a, "portfolios cannot be read", store_last_error(g->store));
    }
    gatekeeper__shares_load(g);
}

void gatekeeper__money_refresh(struct gatekeeper *g, int64_t portfolio_id)
{
    struct money *m = gatekeeper__money(g, portfolio_id);
    struct store_portfolio p;
    int rc = store_portfolio_get(g->store, portfolio_id, &p);

    if (rc == ERR_NOT_FOUND) {
        if (m) {
            (void)map_remove_u64(&g->portfolios, (uint64_t)portfolio_id);
            money_free(m);
        }
        return;
    }
    if (rc == 0 && m) {
        m->portfolio.settings = p.settings;
    } else if (rc == 0) {
        rc = on_portfolio(g, &p);
    }
    if (rc != 0) {
        agent_fatal(g->a, "a portfolio cannot be read", store_last_error(g->store));
    }
}

struct money *gatekeeper__money(struct gatekeeper *g, int64_t portfolio_id)
{
    return map_get_u64(&g->portfolios, (uint64_t)portfolio_id);
}

struct position *gatekeeper__position(struct money *m, const struct pair *p)
{
    for (size_t i = 0; i < m->count; i++) {
        if (pair_equal(&m->positions[i].pair, p)) {
            return &m->positions[i];
        }
    }
    if (m->count == m->cap) {
        size_t cap = m->cap ? m->cap * 2 : 8;
        struct position *grown =
            cap > POSITIONS_MAX ? NULL : realloc(m->positions, cap * sizeof *grown);

        if (!grown) {
            return NULL;
        }
        m->positions = grown;
        m->cap = cap;
    }
    m->positions[m->count] = (struct position){.pair = *p};
    return &m->positions[m->count++];
}

int gatekeeper__money_view(struct money *m, const struct pair *p, struct decimal mark,
                           struct gate_money *out)
{
    struct position *mine = gatekeeper__position(m, p);
    int rc;

    if (!mine) {
        return ERR_NO_MEMORY;
    }
    if (decimal_sign(mark) > 0) {
        mine->last_price = mark;
    }
    *out = (struct gate_money){
        .settings = m->portfolio.settings, .cash = m->portfolio.cash, .position = *mine};
    rc = portfolio_equity(m->portfolio.cash, m->positions, m->count, &out->equity);
    return rc != 0 ? rc : decimal_sub(out->equity, m->portfolio.cash, &out->exposure_total);
}
