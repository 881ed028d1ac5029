// SPDX-License-Identifier: Apache-2.0
// Inside the gatekeeper: cases (a signal being judged, or an approved order still without fill),
// the market data fetched for each, and the money of the portfolios.
#ifndef AGENTS_GATEKEEPER_INTERNAL_H
#define AGENTS_GATEKEEPER_INTERNAL_H

#include "agents/agent_exchange.h"
#include "base/map.h"
#include "store/store.h"
#include "trade/gate.h"

#define CASES_MAX          100000
#define CASES_AT_ONCE      32 // market data is fetched for this many at a time
#define PORTFOLIOS_MAX     1000
#define POSITIONS_MAX      2000
#define BOOK_LEVELS_WANTED 100

enum case_kind {
    CASE_SIGNAL, // a raw signal that wants a verdict
    CASE_ORDER,  // an approved paper order that was not filled when the hub last stopped
};

enum case_part {
    PART_TICKER,
    PART_BOOK,
    PART_STATS,
    PART_COUNT
};

// One signal or order on its way. Lives from arrival until its verdict (and fills) are committed.
struct gate_case {
    struct gatekeeper *g;
    enum case_kind kind;
    uint64_t key;             // signal id * 2, or order id * 2 + 1
    struct raw_signal signal; // of CASE_ORDER: only portfolio and pair
    int64_t order_id;
    time_ms created_at; // of an order taken up again
    bool is_buy;
    struct decimal qty;
    struct gate_market market;
    struct http_request *requests[PART_COUNT];
    int64_t weights[PART_COUNT];
    unsigned waiting; // replies still out
    char problem[160];
    struct decimal mark; // last price seen, 0 = none
    struct fill *fills;  // owned; made at approval, sent once the order's row is committed
    size_t fill_count, fills_booked;
    struct gate_case *next; // in the waiting queue
};

struct money {
    struct store_portfolio portfolio;
    struct position *positions; // owned
    size_t count, cap;
};

struct gatekeeper {
    struct agent *a;
    struct store *store;
    struct agent_exchange exchange;
    struct map cases; // key -> struct gate_case *
    struct gate_case *queue_first, *queue_last;
    size_t queued, fetching;
    struct loop_timer *retry;      // when the weight budget has room again
    struct gate_case *later_first; // orders that wait for a better time
    struct loop_timer *later;
    struct map shares;     // portfolio, stream and strategy -> struct decimal *
    struct map portfolios; // id -> struct money *
    struct map stats;      // pair -> struct stats_seen *
    bool reload;           // the store refused a fill: read money again once no case is open
};

// cases.c
void gatekeeper__case_signal(struct gatekeeper *g, const struct raw_signal *signal);
void gatekeeper__case_order(struct gatekeeper *g, const struct store_order *order);
void gatekeeper__pump(struct gatekeeper *g);
void gatekeeper__cases_drop(struct gatekeeper *g);
void gatekeeper__case_end(struct gate_case *c);
// Puts a case whose market data did not come aside; it is tried again after a pause.
void gatekeeper__case_later(struct gate_case *c);
void gatekeeper__later_due(void *gatekeeper);

// fetch.c: live market data of a case; calls gatekeeper__case_ready once all replies are in.
bool gatekeeper__fetch(struct gate_case *c, time_ms *retry_at); // false: no weight left before then
void gatekeeper__fetch_cancel(struct gate_case *c);

void gatekeeper__stats_forget(struct gatekeeper *g);

// judge.c
void gatekeeper__case_ready(struct gate_case *c);
void gatekeeper__send_fills(struct gate_case *c);

// shares.c
void gatekeeper__shares_load(struct gatekeeper *g);
void gatekeeper__shares_finish(struct gatekeeper *g);
// What the signal's strategy holds on its stream; NULL when there is no such strategy.
struct decimal *gatekeeper__share(struct gatekeeper *g, const struct raw_signal *signal);
void gatekeeper__share_move(struct gate_case *c, const struct fill *fill);

// money.c
void gatekeeper__money_load(struct gatekeeper *g); // all portfolios
// A user changed a portfolio: its settings are read again; the cash of one that is known stays as
// our own fills have made it, because some of them may not be in the store yet.
void gatekeeper__money_refresh(struct gatekeeper *g, int64_t portfolio_id);
struct money *gatekeeper__money(struct gatekeeper *g, int64_t portfolio_id); // NULL: not there
void gatekeeper__money_forget(struct gatekeeper *g);
// The position of a pair, made empty when there is none. NULL out of memory.
struct position *gatekeeper__position(struct money *m, const struct pair *p);
int gatekeeper__money_view(struct money *m, const struct pair *p, struct decimal mark,
                           struct gate_money *out) MUST_CHECK;

#endif
