// SPDX-License-Identifier: Apache-2.0
// Inside the harvester: its one struct, and the poll table shared by its files.
#ifndef AGENTS_HARVESTER_INTERNAL_H
#define AGENTS_HARVESTER_INTERNAL_H

#include "agents/agent_exchange.h"
#include "base/heap.h"
#include "base/map.h"
#include "market/schedule.h"

#define HARVESTER_POLLS_MAX 200000
#define HARVESTER_ROWS_MAX  1024

enum poll_state {
    POLL_READY,  // waits for weight and a connection
    POLL_FLYING, // a request is out
    POLL_LADDER, // not yet published: waits for its next try
};

// One order of the commander: at most one a stream and purpose.
struct poll {
    struct heap_node node; // in ready (by urgency) or in ladder (by time)
    struct harvester *owner;
    uint64_t key; // stream * 2 + purpose
    uint32_t stream;
    struct pair pair;
    enum timeframe tf;
    enum poll_purpose purpose;
    time_ms from, to; // open times [from, to)
    time_ms cursor;   // first open time not yet received
    time_ms due_from; // candles from here on were due while watched; 0 = none
    time_ms deadline; // of the newest candle asked for
    uint32_t attempt, requests;
    enum poll_state state;
    unsigned ladder_step;
    time_ms wake_at; // of POLL_LADDER
    uint32_t rows, refused;
    time_ms newest; // open time of the newest candle sent on; 0 = none
    bool replaced;  // a newer order came while a request was out
    struct ipc_poll next;
    int64_t weight; // of the request that is out
};

struct harvester {
    struct agent *a;
    struct agent_exchange exchange;
    struct map polls; // key -> struct poll *
    struct heap ready, ladder;
    struct loop_timer *wake; // next ladder step or budget window
    struct candle rows[HARVESTER_ROWS_MAX];
    struct buf packed;
    int64_t flying; // requests out, of any kind
    bool weight_changed;
    bool fetching_time, fetching_markets;
    int64_t time_weight, markets_weight;
    uint32_t market_count;
};

// polls.c
void harvester__polls_init(struct harvester *h);
void harvester__polls_finish(struct harvester *h);
void harvester__poll_order(struct harvester *h, const struct ipc_poll *order);
// Sends what may go now; arms the timer for what may not. Called whenever something changed.
void harvester__pump(struct harvester *h);
// reply.c: judges one reply to a poll and says how the poll goes on.
void harvester__poll_reply(struct poll *p, const struct http_response *r);
// polls.c, for reply.c
void harvester__poll_again(struct poll *p);              // next page
void harvester__poll_wait(struct poll *p, time_ms wake); // ladder
void harvester__poll_done(struct poll *p, enum poll_outcome outcome, const char *cause);

// lists.c: exchange time and the market list.
void harvester__fetch_time(struct harvester *h);
void harvester__fetch_markets(struct harvester *h);

#endif
