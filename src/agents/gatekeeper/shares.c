// SPDX-License-Identifier: Apache-2.0
// Who holds what: a portfolio's position in a pair is the sum of what its strategies bought on
// their streams. Each share follows from the fills in the store and moves on with our own.
#include "agents/gatekeeper/gatekeeper_internal.h"

#include <stdlib.h>

#define SHARES_MAX 1000000
#define KEY_MAX    128

static void forget(struct gatekeeper *g)
{
    size_t cursor = 0;
    struct str key;
    void *value;

    while (map_next(&g->shares, &cursor, &key, &value)) {
        free(value);
    }
    map_finish(&g->shares);
}

void gatekeeper__shares_finish(struct gatekeeper *g)
{
    forget(g);
}

// By the strategy's name, not its version: a new version goes on with what the old one holds.
static struct decimal *share_of(struct gatekeeper *g, int64_t portfolio_id, int64_t stream_id,
                                const char *strategy)
{
    char key[KEY_MAX];
    struct decimal *share;

    if (str_printf(key, sizeof key, "%lld %lld %s", (long long)portfolio_id, (long long)stream_id,
                   strategy) != 0) {
        agent_fatal(g->a, "shares", err_text(ERR_FULL));
    }
    share = map_get(&g->shares, str_from(key));
    if (!share) {
        share = calloc(1, sizeof *share);
        if (!share || map_put(&g->shares, str_from(key), share) != 0) {
            agent_fatal(g->a, "shares", err_text(ERR_NO_MEMORY));
        }
    }
    return share;
}

static int move(struct decimal *share, bool is_buy, struct decimal qty)
{
    struct decimal sum;
    int rc = is_buy ? decimal_add(*share, qty, &sum) : decimal_sub(*share, qty, &sum);

    if (rc == 0) {
        *share = decimal_sign(sum) > 0 ? sum : DECIMAL_ZERO;
    }
    return rc;
}

static int on_fill(void *arg, const struct store_fill *f)
{
    struct gatekeeper *g = arg;

    return move(share_of(g, f->portfolio_id, f->stream_id, f->strategy), f->is_buy, f->fill.qty);
}

void gatekeeper__shares_load(struct gatekeeper *g)
{
    forget(g);
    map_init(&g->shares, SHARES_MAX);
    if (store_fill_each(g->store, 0, on_fill, g) != 0) {
        agent_fatal(g->a, "fills cannot be read", store_last_error(g->store));
    }
}

struct find {
    struct gatekeeper *g;
    const struct raw_signal *signal;
    struct decimal *share;
};

static int find_by_name(void *arg, const struct store_strategy *st)
{
    struct find *f = arg;

    f->share = share_of(f->g, f->signal->portfolio_id, f->signal->stream_id, st->name);
    return 0;
}

struct decimal *gatekeeper__share(struct gatekeeper *g, const struct raw_signal *signal)
{
    struct find f = {.g = g, .signal = signal};

    // A strategy that was removed meanwhile has no share to sell.
    return store_strategy_get(g->store, signal->strategy_id, find_by_name, &f) == 0 ? f.share
                                                                                    : NULL;
}

void gatekeeper__share_move(struct gate_case *c, const struct fill *fill)
{
    struct decimal *share = c->kind == CASE_SIGNAL ? gatekeeper__share(c->g, &c->signal) : NULL;

    if (share && move(share, c->is_buy, fill->qty) != 0) {
        agent_fatal(c->g->a, "shares", err_text(ERR_RANGE));
    }
}
