// SPDX-License-Identifier: Apache-2.0
// The table of polls: what waits, what is out, what is tried again; one weight budget for all.
#include "agents/harvester/harvester_internal.h"

#include <stdlib.h>
#include <string.h>

// While so much waits for the architect (a slow disk, a long bootstrap) nothing more is asked for.
#define ARCHITECT_QUEUE_BYTES (4u << 20)
#define FULL_PAUSE_MS         20

static const struct poll *of_node(const struct heap_node *n)
{
    return (const struct poll *)(const void *)n;
}

// Live candles before history, then the shortest deadline.
static bool more_urgent(const struct heap_node *a, const struct heap_node *b)
{
    const struct poll *x = of_node(a), *y = of_node(b);

    if (x->purpose != y->purpose) {
        return x->purpose == POLL_LIVE;
    }
    if (x->deadline != y->deadline) {
        return x->deadline < y->deadline;
    }
    return x->key < y->key;
}

static bool wakes_before(const struct heap_node *a, const struct heap_node *b)
{
    return of_node(a)->wake_at < of_node(b)->wake_at;
}

static void woken(void *arg)
{
    harvester__pump(arg);
}

void harvester__polls_init(struct harvester *h)
{
    map_init(&h->polls, HARVESTER_POLLS_MAX);
    heap_init(&h->ready, HARVESTER_POLLS_MAX, more_urgent);
    heap_init(&h->ladder, HARVESTER_POLLS_MAX, wakes_before);
    buf_init(&h->packed, HARVESTER_ROWS_MAX * IPC_CANDLE_BYTES);
    if (loop_timer_create(h->a->loop, woken, h, &h->wake) != 0) {
        agent_fatal(h->a, "cannot start", err_text(ERR_NO_MEMORY));
    }
}

void harvester__polls_finish(struct harvester *h)
{
    size_t cursor = 0;
    struct str key;
    void *value;

    while (map_next(&h->polls, &cursor, &key, &value)) {
        free(value);
    }
    map_finish(&h->polls);
    heap_finish(&h->ready);
    heap_finish(&h->ladder);
    buf_finish(&h->packed);
    loop_timer_destroy(h->wake);
}

static void enqueue(struct poll *p)
{
    if (heap_put(&p->owner->ready, &p->node) != 0) {
        agent_fatal(p->owner->a, "poll table", err_text(ERR_NO_MEMORY));
    }
    p->state = POLL_READY;
}

static void adopt(struct poll *p, const struct ipc_poll *order)
{
    p->pair = order->pair;
    p->tf = order->timeframe;
    p->from = p->cursor = order->from;
    p->to = order->to;
    p->due_from = order->due_from;
    p->deadline = order->deadline;
    p->attempt = order->attempt;
    p->requests = 0;
    p->ladder_step = 0;
    p->rows = p->refused = 0;
    p->newest = 0;
    p->replaced = false;
}

void harvester__poll_order(struct harvester *h, const struct ipc_poll *order)
{
    uint64_t key = (uint64_t)order->stream * 2 + order->purpose;
    struct poll *p = map_get_u64(&h->polls, key);

    if (order->timeframe >= TF_COUNT || order->purpose > POLL_HISTORY || order->from >= order->to) {
        agent_fatal(h->a, "poll refused", "an order that no commander sends");
    }
    if (p && p->state == POLL_FLYING) { // its reply is used, then the new order runs
        p->replaced = true;
        p->next = *order;
        return;
    }
    if (!p) {
        p = calloc(1, sizeof *p);
        if (!p || map_put_u64(&h->polls, key, p) != 0) {
            agent_fatal(h->a, "poll table", err_text(ERR_NO_MEMORY));
        }
        p->owner = h;
        p->key = key;
        p->stream = order->stream;
        p->purpose = order->purpose;
    }
    if (p->state == POLL_LADDER) {
        heap_remove(&h->ladder, &p->node);
    }
    adopt(p, order);
    enqueue(p);
    harvester__pump(h);
}

void harvester__poll_again(struct poll *p)
{
    enqueue(p);
}

void harvester__poll_wait(struct poll *p, time_ms wake)
{
    p->wake_at = wake;
    p->state = POLL_LADDER;
    if (heap_put(&p->owner->ladder, &p->node) != 0) {
        agent_fatal(p->owner->a, "poll table", err_text(ERR_NO_MEMORY));
    }
}

void harvester__poll_done(struct poll *p, enum poll_outcome outcome, const char *cause)
{
    struct harvester *h = p->owner;
    struct ipc_poll_done done = {.stream = p->stream,
                                 .purpose = (uint8_t)p->purpose,
                                 .outcome = (uint8_t)outcome,
                                 .to = p->to,
                                 .newest = p->newest,
                                 .rows = p->rows,
                                 .refused = p->refused,
                                 .requests = p->requests,
                                 .cause = str_from(cause)};

    if (p->replaced) {
        adopt(p, &p->next);
        enqueue(p);
        return;
    }
    if (h->a->control) {
        agent_send(h->a, h->a->control, IPC_POLL_DONE, &done);
    }
    (void)map_remove_u64(&h->polls, p->key);
    free(p);
}

static void poll_answered(void *arg, const struct http_response *r)
{
    struct poll *p = arg;
    struct harvester *h = p->owner;

    h->flying--;
    harvester__poll_reply(p, r);
    harvester__pump(h);
}

// False: nothing more can be sent now.
static bool send_poll(struct harvester *h, struct poll *p, time_ms now, time_ms *retry_at)
{
    struct venue_request request;
    int limit = venue_candle_limit(h->exchange.venue);
    int64_t wanted = timeframe_count(p->tf, p->cursor, p->to);

    if (wanted < limit) {
        limit = (int)wanted;
    }
    if (venue_build_candles(h->exchange.venue, &p->pair, p->tf, p->cursor, p->to, limit,
                            &request) != 0) {
        heap_remove(&h->ready, &p->node);
        harvester__poll_done(p, OUTCOME_BAD_SYMBOL, "the exchange has no such timeframe or symbol");
        return true;
    }
    if (!budget_take(&h->exchange.budget, now, request.weight, retry_at)) {
        return false;
    }
    if (http_client_get(h->exchange.http, request.target,
                        config_ms(h->a->config, CFG_BINANCE_REQUEST_TIMEOUT), poll_answered, p,
                        NULL) != 0) {
        budget_settle(&h->exchange.budget, now, request.weight, -1);
        *retry_at = now + 1000;
        return false;
    }
    heap_remove(&h->ready, &p->node);
    p->state = POLL_FLYING;
    p->weight = request.weight;
    p->requests++;
    h->flying++;
    return true;
}

static void wake_ladder(struct harvester *h, time_ms now)
{
    for (;;) {
        struct poll *p = (struct poll *)(void *)heap_first(&h->ladder);

        if (!p || p->wake_at > now) {
            return;
        }
        heap_remove(&h->ladder, &p->node);
        enqueue(p);
    }
}

void harvester__pump(struct harvester *h)
{
    time_ms now = agent_now(h->a);
    time_ms wake_at = INT64_MAX;
    int64_t connections = config_i64(h->a->config, CFG_BINANCE_CONNECTIONS);
    struct channel *architect = agent_peer(h->a, ROLE_ARCHITECT);
    bool full;

    if (!h->a->started || !h->a->have_clock || !architect) {
        return;
    }
    wake_ladder(h, now);
    full = channel_queued(architect) > ARCHITECT_QUEUE_BYTES;
    while (!full && heap_first(&h->ready) && h->flying < connections && !h->a->stopping) {
        struct poll *p = (struct poll *)(void *)heap_first(&h->ready);
        time_ms retry_at = INT64_MAX;

        if (!send_poll(h, p, now, &retry_at)) {
            wake_at = retry_at;
            break;
        }
    }
    if (heap_first(&h->ladder) && of_node(heap_first(&h->ladder))->wake_at < wake_at) {
        wake_at = of_node(heap_first(&h->ladder))->wake_at;
    }
    if (full) {
        loop_timer_start(h->wake, FULL_PAUSE_MS);
    } else if (wake_at < INT64_MAX) {
        loop_timer_start(h->wake, agent_real_ms_until(h->a, wake_at));
    } else {
        loop_timer_stop(h->wake);
    }
}
