// SPDX-License-Identifier: Apache-2.0
// The live market data of a case: best prices, order book and 24 h volume asked for side by side.
// What does not come in time is missing, with its reason; nothing is guessed.
#include "agents/gatekeeper/gatekeeper_internal.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const part_names[PART_COUNT] = {"best prices", "order book", "24 h volume"};
static const enum venue_call part_calls[PART_COUNT] = {VENUE_TICKER, VENUE_BOOK, VENUE_STATS};

static void note_problem(struct gate_case *c, enum case_part part, const char *why)
{
    if (c->problem[0] == '\0') {
        (void)snprintf(c->problem, sizeof c->problem, "no %s: %.100s", part_names[part], why);
    }
}

// The 24 h volume of a pair moves slowly: one answer serves its signals for a while.
#define STATS_AGE_MAX_MS (5 * MS_MINUTE)
#define STATS_MAX        100000

struct stats_seen {
    struct venue_stats stats;
    time_ms at;
};

static void take_stats(struct gate_case *c, const struct venue_stats *stats)
{
    c->market.have_stats = true;
    c->market.volume_24h = stats->quote_volume;
}

static void keep_stats(struct gate_case *c, const struct venue_stats *stats)
{
    struct gatekeeper *g = c->g;
    char pair[PAIR_TEXT_MAX];
    struct stats_seen *seen;

    pair_format(&c->signal.pair, pair);
    if (!g->stats.max) {
        map_init(&g->stats, STATS_MAX);
    }
    seen = map_get(&g->stats, str_from(pair));
    if (!seen) {
        seen = calloc(1, sizeof *seen);
        if (!seen || map_put(&g->stats, str_from(pair), seen) != 0) {
            free(seen);
            return; // asked for again next time
        }
    }
    *seen = (struct stats_seen){*stats, agent_now(g->a)};
}

static bool find_stats(struct gate_case *c)
{
    const struct stats_seen *seen;
    char pair[PAIR_TEXT_MAX];
    time_ms now = agent_now(c->g->a);

    pair_format(&c->signal.pair, pair);
    seen = c->g->stats.max ? map_get(&c->g->stats, str_from(pair)) : NULL;
    if (!seen || now < seen->at || now - seen->at > STATS_AGE_MAX_MS) {
        return false;
    }
    take_stats(c, &seen->stats);
    return true;
}

void gatekeeper__stats_forget(struct gatekeeper *g)
{
    size_t cursor = 0;
    struct str key;
    void *value;

    while (map_next(&g->stats, &cursor, &key, &value)) {
        free(value);
    }
    map_finish(&g->stats);
}

static int decode_part(struct gate_case *c, enum case_part part, struct str body, struct diag *d)
{
    const struct venue *v = c->g->exchange.venue;
    struct venue_ticker ticker;
    struct venue_stats stats;
    int rc;

    switch (part) {
    case PART_TICKER:
        rc = venue_decode_ticker(v, body, &c->signal.pair, &ticker, d);
        if (rc == 0) {
            c->market.have_ticker = true;
            c->mark = ticker.bid; // what a holding would bring
            c->market.bid = ticker.bid;
            c->market.bid_qty = ticker.bid_qty;
            c->market.ask = ticker.ask;
            c->market.ask_qty = ticker.ask_qty;
        }
        return rc;
    case PART_BOOK:
        rc = venue_decode_book(v, body, &c->market.book, d);
        c->market.have_book = rc == 0;
        return rc;
    default:
        rc = venue_decode_stats(v, body, &c->signal.pair, &stats, d);
        if (rc == 0) {
            take_stats(c, &stats);
            keep_stats(c, &stats);
        }
        return rc;
    }
}

static void answered(struct gate_case *c, enum case_part part, const struct http_response *r)
{
    struct gatekeeper *g = c->g;
    struct venue_verdict v;
    struct diag d = {0};

    c->requests[part] = NULL;
    c->waiting--;
    agent_exchange_judge(&g->exchange, part_calls[part], c->weights[part], r, &v);
    if (v.reaction != REACT_OK) {
        note_problem(c, part, v.text);
    } else if (decode_part(c, part, r->body, &d) != 0) {
        note_problem(c, part, d.text);
    }
    if (c->waiting == 0) {
        gatekeeper__case_ready(c);
        gatekeeper__pump(g);
    }
}

static void ticker_answered(void *arg, const struct http_response *r)
{
    answered(arg, PART_TICKER, r);
}

static void book_answered(void *arg, const struct http_response *r)
{
    answered(arg, PART_BOOK, r);
}

static void stats_answered(void *arg, const struct http_response *r)
{
    answered(arg, PART_STATS, r);
}

static const http_done_fn part_done[PART_COUNT] = {ticker_answered, book_answered, stats_answered};

static int build_part(const struct gate_case *c, enum case_part part, struct venue_request *out)
{
    const struct venue *v = c->g->exchange.venue;

    switch (part) {
    case PART_TICKER:
        return venue_build_ticker(v, &c->signal.pair, out);
    case PART_BOOK:
        return venue_build_book(v, &c->signal.pair, BOOK_LEVELS_WANTED, out);
    default:
        return venue_build_stats(v, &c->signal.pair, out);
    }
}

static void send_parts(struct gate_case *c, const struct venue_request *requests, int parts)
{
    struct gatekeeper *g = c->g;
    int64_t timeout_ms = config_ms(g->a->config, CFG_GATE_MARKET_DATA_TIMEOUT);

    c->waiting = (unsigned)parts; // replies never come inside http_client_get
    for (int part = 0; part < parts; part++) {
        if (http_client_get(g->exchange.http, requests[part].target, timeout_ms, part_done[part], c,
                            &c->requests[part]) != 0) {
            budget_settle(&g->exchange.budget, agent_now(g->a), requests[part].weight, -1);
            note_problem(c, (enum case_part)part, "the request cannot be sent");
            c->waiting--;
        }
    }
    if (c->waiting == 0) {
        gatekeeper__case_ready(c);
    }
}

bool gatekeeper__fetch(struct gate_case *c, time_ms *retry_at)
{
    struct gatekeeper *g = c->g;
    struct venue_request requests[PART_COUNT];
    int64_t weight = 0;
    int parts = find_stats(c) ? PART_STATS : PART_COUNT; // the last part is the slow-moving one

    for (int part = 0; part < parts; part++) {
        if (build_part(c, (enum case_part)part, &requests[part]) != 0) {
            note_problem(c, (enum case_part)part, "the exchange does not know this pair");
            g->fetching++;
            gatekeeper__case_ready(c);
            return true;
        }
        c->weights[part] = requests[part].weight;
        weight += requests[part].weight;
    }
    if (!budget_take(&g->exchange.budget, agent_now(g->a), weight, retry_at)) {
        return false;
    }
    g->fetching++;
    send_parts(c, requests, parts);
    return true;
}

void gatekeeper__fetch_cancel(struct gate_case *c)
{
    for (int part = 0; part < PART_COUNT; part++) {
        if (c->requests[part]) {
            http_request_cancel(c->requests[part]);
            budget_settle(&c->g->exchange.budget, agent_now(c->g->a), c->weights[part], -1);
            c->requests[part] = NULL;
        }
    }
}
