// SPDX-License-Identifier: Apache-2.0
// The harvester agent: wiring of messages, HTTP client and poll table.
#include "agents/harvester/harvester.h"

#include "agents/harvester/harvester_internal.h"

#include <stdlib.h>

#define MARKET_LIST_PATIENCE 6 // the market list is long: request time-outs it may take

static int init(struct agent *a)
{
    struct harvester *h = calloc(1, sizeof *h);
    if (!h) {
        return ERR_NO_MEMORY;
    }
    h->a = a;
    a->state = h;
    harvester__polls_init(h);
    return agent_exchange_open(
        &h->exchange, a, (unsigned)config_i64(a->config, CFG_BINANCE_WEIGHT_SHARE),
        config_ms(a->config, CFG_BINANCE_REQUEST_TIMEOUT) * MARKET_LIST_PATIENCE,
        (size_t)config_bytes(a->config, CFG_BINANCE_MAX_REPLY));
}

// Reads certificates and resolver files only; writes nothing.
static void sandbox(struct agent *a, struct sandbox_rules *rules)
{
    (void)a;
    rules->read_paths = agent_network_paths();
    rules->network = true;
}

static void start(struct agent *a)
{
    harvester__pump(a->state);
}

static void joined(struct agent *a, struct channel *peer)
{
    (void)peer;
    harvester__pump(a->state);
}

static void clock_set(struct agent *a)
{
    harvester__pump(a->state);
}

static void on_poll(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct agent *a = arg;

    (void)from;
    (void)fd;
    harvester__poll_order(a->state, &msg->poll);
}

static void on_fetch_time(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct agent *a = arg;

    (void)from;
    (void)msg;
    (void)fd;
    harvester__fetch_time(a->state);
}

static void on_fetch_markets(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct agent *a = arg;

    (void)from;
    (void)msg;
    (void)fd;
    harvester__fetch_markets(a->state);
}

static void report(struct agent *a, struct ipc_pong *pong)
{
    struct harvester *h = a->state;
    struct ipc_weight weight = {.used = h->exchange.budget.used,
                                .limit = h->exchange.budget.limit,
                                .ceiling = h->exchange.budget.ceiling,
                                .window_ms = h->exchange.budget.window_ms,
                                .frozen_until = h->exchange.budget.frozen_until};

    pong->queue_depth = (uint32_t)(h->ready.count + (size_t)h->flying);
    if (h->weight_changed) {
        h->weight_changed = false;
        agent_send(a, a->control, IPC_WEIGHT, &weight);
    }
}

static void finish(struct agent *a)
{
    struct harvester *h = a->state;

    agent_exchange_close(&h->exchange);
    harvester__polls_finish(h);
    free(h);
}

static const channel_fn handlers[IPC_TYPE_COUNT] = {
    [IPC_POLL] = on_poll,
    [IPC_FETCH_TIME] = on_fetch_time,
    [IPC_FETCH_MARKETS] = on_fetch_markets,
};

int harvester_main(void)
{
    static const struct agent_ops ops = {
        .role = ROLE_HARVESTER,
        .handlers = handlers,
        .init = init,
        .sandbox = sandbox,
        .start = start,
        .peer_joined = joined,
        .clock_set = clock_set,
        .report = report,
        .finish = finish,
    };

    return agent_main(&ops);
}
