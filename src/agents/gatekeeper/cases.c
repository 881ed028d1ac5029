// SPDX-License-Identifier: Apache-2.0
// The cases: each signal once, some at a time, in the order in which they came.
#include "agents/gatekeeper/gatekeeper_internal.h"

#include <stdlib.h>

#define LATER_PAUSE_MS 5000

static void enqueue(struct gate_case *c)
{
    struct gatekeeper *g = c->g;

    c->next = NULL;
    if (g->queue_last) {
        g->queue_last->next = c;
    } else {
        g->queue_first = c;
    }
    g->queue_last = c;
    g->queued++;
}

static struct gate_case *case_new(struct gatekeeper *g, enum case_kind kind, uint64_t key)
{
    struct gate_case *c;

    if (map_get_u64(&g->cases, key)) {
        return NULL; // on its way already
    }
    c = calloc(1, sizeof *c);
    if (!c || map_put_u64(&g->cases, key, c) != 0) {
        agent_fatal(g->a, "too many signals wait for the gate", err_text(ERR_FULL));
    }
    c->g = g;
    c->kind = kind;
    c->key = key;
    enqueue(c);
    return c;
}

void gatekeeper__case_signal(struct gatekeeper *g, const struct raw_signal *signal)
{
    struct gate_case *c = case_new(g, CASE_SIGNAL, (uint64_t)signal->id * 2);

    if (c) {
        c->signal = *signal;
        gatekeeper__pump(g);
    }
}

void gatekeeper__case_order(struct gatekeeper *g, const struct store_order *order)
{
    struct gate_case *c = case_new(g, CASE_ORDER, (uint64_t)order->id * 2 + 1);

    if (c) {
        c->order_id = order->id;
        c->created_at = order->created_at;
        c->signal.portfolio_id = order->portfolio_id;
        c->signal.pair = order->pair;
        c->is_buy = order->is_buy;
        c->qty = order->qty;
        gatekeeper__pump(g);
    }
}

void gatekeeper__case_end(struct gate_case *c)
{
    struct gatekeeper *g = c->g;

    (void)map_remove_u64(&g->cases, c->key);
    free(c->fills);
    free(c);
    if (g->reload && g->cases.count == 0) { // with a case open the store lacks its fills
        g->reload = false;
        gatekeeper__money_load(g);
    }
}

void gatekeeper__case_later(struct gate_case *c)
{
    struct gatekeeper *g = c->g;

    c->market = (struct gate_market){0};
    c->problem[0] = '\0';
    c->next = g->later_first;
    g->later_first = c;
    if (!loop_timer_is_active(g->later)) {
        loop_timer_start(g->later, LATER_PAUSE_MS);
    }
}

void gatekeeper__later_due(void *gatekeeper)
{
    struct gatekeeper *g = gatekeeper;

    while (g->later_first) {
        struct gate_case *c = g->later_first;

        g->later_first = c->next;
        enqueue(c);
    }
    gatekeeper__pump(g);
}

void gatekeeper__pump(struct gatekeeper *g)
{
    time_ms retry_at = 0;

    if (!g->a->started || !g->a->have_clock || g->a->stopping) {
        return;
    }
    while (g->queue_first && g->fetching < CASES_AT_ONCE) {
        struct gate_case *c = g->queue_first;
        struct gate_case *next = c->next;

        if (!gatekeeper__fetch(c, &retry_at)) {
            loop_timer_start(g->retry, agent_real_ms_until(g->a, retry_at));
            return;
        }
        g->queue_first = next; // c may be gone: fetch can end a case
        if (!next) {
            g->queue_last = NULL;
        }
        g->queued--;
    }
}

void gatekeeper__cases_drop(struct gatekeeper *g)
{
    size_t cursor = 0;
    struct str key;
    void *value;

    while (map_next(&g->cases, &cursor, &key, &value)) {
        struct gate_case *c = value;

        gatekeeper__fetch_cancel(c);
        free(c->fills);
        free(c);
    }
    map_finish(&g->cases);
    map_init(&g->cases, CASES_MAX);
    g->queue_first = g->queue_last = g->later_first = NULL;
    g->queued = g->fetching = 0;
}
