// SPDX-License-Identifier: Apache-2.0
// The market list, the event log, and what users ask by the command line.
#include "agents/architect/architect_internal.h"

#include "control/control.h"

static const char *status_or_unknown(uint8_t status)
{
    return market_status_name(status < MARKET_STATUS_COUNT ? status : MARKET_UNKNOWN);
}

void architect__on_market(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct agent *a = arg;
    struct architect *w = a->state;
    const struct ipc_market *m = &msg->market;
    struct market market = {
        .pair = m->pair,
        .status = market_status_parse(str_from(status_or_unknown(m->status))),
        .base_precision = m->base_precision,
        .quote_precision = m->quote_precision,
        .spot_allowed = m->spot_allowed != 0,
        .market_orders = m->market_orders != 0,
        .filters = {.tick_size = m->tick_size,
                    .min_price = m->min_price,
                    .max_price = m->max_price,
                    .lot_step = m->lot_step,
                    .min_qty = m->min_qty,
                    .max_qty = m->max_qty,
                    .market_lot_step = m->market_lot_step,
                    .market_min_qty = m->market_min_qty,
                    .market_max_qty = m->market_max_qty,
                    .min_notional = m->min_notional,
                    .max_notional = m->max_notional,
                    .min_notional_market = m->min_notional_market != 0,
                    .max_notional_market = m->max_notional_market != 0},
    };

    (void)from;
    (void)fd;
    if (str_copy(market.symbol, sizeof market.symbol, m->symbol) != 0) {
        return; // a name longer than any asset's cannot be traded here
    }
    architect__begin(w);
    architect__must(
        w,
        store_market_put(w->store, config_str(a->config, CFG_EXCHANGE_NAME), &market, agent_now(a)),
        "market");
}

void architect__on_markets_end(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct agent *a = arg;

    (void)from;
    (void)fd;
    log_info(&a->log, "market list refreshed", "markets=%u", msg->markets_end.count);
}

void architect__on_event(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct agent *a = arg;
    struct architect *w = a->state;
    const struct ipc_event *m = &msg->event;
    char agent_name[24], level[8], text[512];

    (void)from;
    (void)fd;
    if (str_copy(agent_name, sizeof agent_name, m->agent) != 0 ||
        str_copy(level, sizeof level, m->level) != 0 ||
        str_copy(text, sizeof text, str_sub(m->text, 0, sizeof text - 1)) != 0) {
        return;
    }
    architect__begin(w);
    architect__must(w, store_event_put(w->store, m->at, agent_name, level, text), "event");
}

// A request runs in a transaction of its own, so that a refusal undoes only itself.
void architect__on_control(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct agent *a = arg;
    struct architect *w = a->state;
    struct control_env env = {.store = w->store, .config = a->config, .now = agent_now(a)};
    struct control_reply reply;
    struct ipc_control_reply answer = {.id = msg->control.id};
    int rc;

    (void)from;
    (void)fd;
    architect__commit(w);
    architect__begin(w);
    control_reply_init(&reply);
    rc = control_execute(&env, msg->control.op, msg->control.args, &reply);
    if (rc != 0 || reply.exit_code != 0) {
        store_rollback(w->store);
        w->open = false;
        w->rows = 0;
    } else {
        architect__commit(w);
    }
    answer.exit_code = rc != 0 ? 70 : (uint32_t)reply.exit_code;
    answer.text = rc != 0 ? str_from(err_text(rc)) : buf_str(&reply.text);
    answer.json = buf_str(&reply.json);
    answer.streams = buf_str(&reply.streams);
    answer.portfolios = buf_str(&reply.portfolios);
    agent_send(a, a->control, IPC_CONTROL_REPLY, &answer);
    control_reply_finish(&reply);
}
