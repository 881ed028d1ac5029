// SPDX-License-Identifier: Apache-2.0
// The gatekeeper agent: wiring of messages, market data client and store.
#include "agents/gatekeeper/gatekeeper.h"

#include "agents/gatekeeper/gatekeeper_internal.h"

#include <stdlib.h>

// The harvester keeps to its share of the request weight; the gate may use what is left up to this,
// counted by the same server headers, because a signal that waits a minute is worth nothing.
#define GATE_WEIGHT_SHARE 95
#define REPLY_MAX_BYTES   (1u << 20)

static void retry_due(void *arg)
{
    gatekeeper__pump(arg);
}

static int init(struct agent *a)
{
    struct gatekeeper *g = calloc(1, sizeof *g);
    struct store_options store = {.backend = config_str(a->config, CFG_STORE_BACKEND),
                                  .location = a->data_dir,
                                  .writable = false};
    struct diag d = {0};
    int rc;

    if (!g) {
        return ERR_NO_MEMORY;
    }
    g->a = a;
    a->state = g;
    map_init(&g->cases, CASES_MAX);
    map_init(&g->portfolios, PORTFOLIOS_MAX);
    if (store_open(&store, &g->store, &d) != 0) {
        agent_fatal(a, "the store cannot be opened", d.text);
    }
    rc = agent_exchange_open(&g->exchange, a, GATE_WEIGHT_SHARE,
                             config_ms(a->config, CFG_GATE_MARKET_DATA_TIMEOUT), REPLY_MAX_BYTES);
    if (rc == 0) {
        rc = loop_timer_create(a->loop, gatekeeper__later_due, g, &g->later);
    }
    return rc != 0 ? rc : loop_timer_create(a->loop, retry_due, g, &g->retry);
}

static void sandbox(struct agent *a, struct sandbox_rules *rules)
{
    static const char *write_paths[2];

    write_paths[0] = a->data_dir; // the -shm file of SQLite's readers
    rules->read_paths = agent_network_paths();
    rules->write_paths = write_paths;
    rules->network = true;
}

static int on_owed_signal(void *arg, const struct store_signal *sig)
{
    gatekeeper__case_signal(arg, &sig->signal);
    return 0;
}

// A paper order is filled at once or not at all. One with fills (OPEN) lost its rest in a crash: a
// second walk through another book would count the same quantity twice, so the rest expires.
static int on_open_order(void *arg, const struct store_order *o)
{
    struct gatekeeper *g = arg;
    struct channel *architect = agent_peer(g->a, ROLE_ARCHITECT);
    struct ipc_fill nothing = {.order = o->id, .number = 1, .at = agent_now(g->a)};

    if (!o->is_paper) {
        return 0;
    }
    if (o->state != ORDER_OPEN) {
        gatekeeper__case_order(g, o);
    } else if (architect) {
        agent_send(g->a, architect, IPC_FILL, &nothing);
    }
    return 0;
}

// What is owed is in the store: open orders first, then signals without a verdict.
static void take_up(struct gatekeeper *g)
{
    struct store_range all = {0};
    int rc;

    gatekeeper__cases_drop(g);
    gatekeeper__money_load(g);
    rc = store_order_each(g->store, 0, true, on_open_order, g);
    if (rc == 0) {
        rc = store_signal_each(g->store, &all, true, on_owed_signal, g);
    }
    if (rc != 0) {
        agent_fatal(g->a, "what is owed cannot be read", store_last_error(g->store));
    }
}

static void start(struct agent *a)
{
    gatekeeper__pump(a->state);
}

// What the architect committed before this it told nobody.
static void on_hello(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct agent *a = arg;

    (void)from;
    (void)msg;
    (void)fd;
    take_up(a->state);
}

static void clock_set(struct agent *a)
{
    gatekeeper__pump(a->state);
}

static void on_signal(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct agent *a = arg;
    const struct ipc_signal *m = &msg->signal;
    struct raw_signal signal = {.id = m->id,
                                .stream_id = m->stream,
                                .portfolio_id = m->portfolio,
                                .strategy_id = m->strategy,
                                .pair = m->pair,
                                .timeframe = m->timeframe,
                                .candle_time = m->candle_time,
                                .action = m->action,
                                .price = m->price,
                                .qty = m->qty,
                                .qty_percent = m->qty_percent,
                                .equity_percent = m->equity_percent,
                                .cash_amount = m->cash_amount};

    (void)from;
    (void)fd;
    if (str_copy(signal.reason, sizeof signal.reason, m->reason) != 0) {
        signal.reason[0] = '\0';
    }
    gatekeeper__case_signal(a->state, &signal);
}

static void on_queued(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct agent *a = arg;
    struct gatekeeper *g = a->state;
    struct gate_case *c = map_get_u64(&g->cases, (uint64_t)msg->queued.signal * 2);

    (void)from;
    (void)fd;
    if (!c) {
        return;
    }
    if (msg->queued.order > 0 && c->fills) {
        c->order_id = msg->queued.order;
        gatekeeper__send_fills(c);
    }
    gatekeeper__case_end(c);
}

static void on_booked(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct agent *a = arg;
    struct gatekeeper *g = a->state;
    struct gate_case *c = map_get_u64(&g->cases, (uint64_t)msg->booked.order * 2 + 1);

    (void)from;
    (void)fd;
    if (!msg->booked.ok) {
        log_error(&a->log, "a fill was refused by the store", "order=%lld cause=\"" STR_FMT "\"",
                  (long long)msg->booked.order, STR_ARG(msg->booked.cause));
        g->reload = true;
    }
    if (c && ++c->fills_booked >= c->fill_count) {
        gatekeeper__case_end(c);
        gatekeeper__shares_load(g); // an order taken up again does not say whose it is
    }
}

static void on_weight(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct agent *a = arg;
    struct gatekeeper *g = a->state;
    const struct ipc_weight *m = &msg->weight;

    (void)from;
    (void)fd;
    if (m->limit > 0 && m->window_ms > 0 &&
        (m->limit != g->exchange.budget.limit || m->window_ms != g->exchange.budget.window_ms)) {
        budget_set_limit(&g->exchange.budget, m->limit, m->window_ms, GATE_WEIGHT_SHARE);
        gatekeeper__pump(g);
    }
}

static void on_portfolio(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct agent *a = arg;

    (void)from;
    (void)fd;
    gatekeeper__money_refresh(a->state, msg->portfolio.portfolio);
}

static void report(struct agent *a, struct ipc_pong *pong)
{
    struct gatekeeper *g = a->state;

    pong->queue_depth = (uint32_t)(g->queued + g->fetching);
}

static void finish(struct agent *a)
{
    struct gatekeeper *g = a->state;

    gatekeeper__cases_drop(g);
    map_finish(&g->cases);
    gatekeeper__money_forget(g);
    gatekeeper__shares_finish(g);
    gatekeeper__stats_forget(g);
    map_finish(&g->portfolios);
    loop_timer_destroy(g->retry);
    loop_timer_destroy(g->later);
    agent_exchange_close(&g->exchange);
    store_close(g->store);
    free(g);
}

static const channel_fn handlers[IPC_TYPE_COUNT] = {
    [IPC_HELLO] = on_hello,   [IPC_SIGNAL] = on_signal, [IPC_QUEUED] = on_queued,
    [IPC_BOOKED] = on_booked, [IPC_WEIGHT] = on_weight, [IPC_PORTFOLIO] = on_portfolio,
};

int gatekeeper_main(void)
{
    static const struct agent_ops ops = {
        .role = ROLE_GATEKEEPER,
        .handlers = handlers,
        .init = init,
        .sandbox = sandbox,
        .start = start,
        .clock_set = clock_set,
        .report = report,
        .finish = finish,
    };

    return agent_main(&ops);
}
