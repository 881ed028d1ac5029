// SPDX-License-Identifier: Apache-2.0
// Exchange time and the market list: asked for by the commander, outside the poll table.
#include "agents/harvester/harvester_internal.h"

static void time_answered(void *arg, const struct http_response *r)
{
    struct harvester *h = arg;
    struct venue_verdict v;
    struct diag d = {0};
    struct ipc_time msg = {.sent_ns = r->sent_ns, .received_ns = r->received_ns, .cause = STR("")};

    h->flying--;
    h->fetching_time = false;
    agent_exchange_judge(&h->exchange, VENUE_TIME, h->time_weight, r, &v);
    if (v.reaction == REACT_OK) {
        msg.ok = venue_decode_time(h->exchange.venue, r->body, &msg.server_ms, &d) == 0;
        msg.cause = str_from(d.text);
    } else {
        msg.cause = str_from(v.text);
    }
    if (h->a->control) {
        agent_send(h->a, h->a->control, IPC_TIME, &msg);
    }
    harvester__pump(h);
}

static void time_failed(struct harvester *h, const char *cause)
{
    struct ipc_time msg = {.ok = 0, .cause = str_from(cause)};

    agent_send(h->a, h->a->control, IPC_TIME, &msg);
}

void harvester__fetch_time(struct harvester *h)
{
    struct venue_request request;

    if (h->fetching_time) {
        return;
    }
    // Before the first measurement there is no exchange time to hold the budget against: the very
    // first request goes out as it is.
    time_ms retry_at = 0;

    if (venue_build_time(h->exchange.venue, &request) != 0) {
        time_failed(h, "the exchange has no time endpoint");
        return;
    }
    if (!budget_take(&h->exchange.budget, agent_now(h->a), request.weight, &retry_at)) {
        time_failed(h, "the request budget is used up");
        return;
    }
    if (http_client_get(h->exchange.http, request.target,
                        config_ms(h->a->config, CFG_BINANCE_REQUEST_TIMEOUT), time_answered, h,
                        NULL) != 0) {
        budget_settle(&h->exchange.budget, agent_now(h->a), request.weight, -1);
        time_failed(h, "the request cannot be sent");
        return;
    }
    h->time_weight = request.weight;
    h->fetching_time = true;
    h->flying++;
}

static int send_market(void *arg, const struct market *m)
{
    struct harvester *h = arg;
    struct channel *architect = agent_peer(h->a, ROLE_ARCHITECT);
    const struct market_filters *f = &m->filters;
    struct ipc_market msg = {.pair = m->pair,
                             .symbol = str_from(m->symbol),
                             .status = (uint8_t)m->status,
                             .base_precision = (uint8_t)m->base_precision,
                             .quote_precision = (uint8_t)m->quote_precision,
                             .spot_allowed = m->spot_allowed,
                             .market_orders = m->market_orders,
                             .tick_size = f->tick_size,
                             .min_price = f->min_price,
                             .max_price = f->max_price,
                             .lot_step = f->lot_step,
                             .min_qty = f->min_qty,
                             .max_qty = f->max_qty,
                             .market_lot_step = f->market_lot_step,
                             .market_min_qty = f->market_min_qty,
                             .market_max_qty = f->market_max_qty,
                             .min_notional = f->min_notional,
                             .max_notional = f->max_notional,
                             .min_notional_market = f->min_notional_market,
                             .max_notional_market = f->max_notional_market};

    if (!architect) {
        return ERR_CLOSED;
    }
    agent_send(h->a, architect, IPC_MARKET, &msg);
    h->market_count++;
    return 0;
}

static void markets_came(struct harvester *h, struct str body, struct ipc_markets_done *msg,
                         struct diag *d)
{
    struct venue_limits limits = {0};
    struct ipc_markets_end end;
    size_t skipped = 0;
    struct channel *architect;

    h->market_count = 0;
    if (venue_decode_markets(h->exchange.venue, body, send_market, h, &limits, &skipped, d) != 0) {
        msg->cause = str_from(d->text[0] ? d->text : "the architect is away");
        return;
    }
    architect = agent_peer(h->a, ROLE_ARCHITECT);
    if (!architect) {
        msg->cause = STR("the architect is away");
        return;
    }
    end = (struct ipc_markets_end){agent_now(h->a), h->market_count};
    agent_send(h->a, architect, IPC_MARKETS_END, &end);
    if (limits.weight_limit > 0) {
        budget_set_limit(&h->exchange.budget, limits.weight_limit, limits.weight_window_ms,
                         (unsigned)config_i64(h->a->config, CFG_BINANCE_WEIGHT_SHARE));
    }
    msg->ok = 1;
    msg->count = h->market_count;
    msg->skipped = (uint32_t)skipped;
}

static void markets_answered(void *arg, const struct http_response *r)
{
    struct harvester *h = arg;
    struct venue_verdict v;
    struct ipc_markets_done msg = {.cause = STR("")};
    struct diag d = {0};

    h->flying--;
    h->fetching_markets = false;
    agent_exchange_judge(&h->exchange, VENUE_MARKETS, h->markets_weight, r, &v);
    if (v.reaction == REACT_OK) {
        markets_came(h, r->body, &msg, &d);
    } else {
        msg.cause = str_from(v.text);
    }
    if (h->a->control) {
        agent_send(h->a, h->a->control, IPC_MARKETS_DONE, &msg);
    }
    harvester__pump(h);
}

void harvester__fetch_markets(struct harvester *h)
{
    struct ipc_markets_done failed = {.cause = STR("the request cannot be sent")};
    struct venue_request request;
    time_ms retry_at = 0;

    if (h->fetching_markets) {
        return;
    }
    if (venue_build_markets(h->exchange.venue, NULL, 0, &request) == 0) {
        if (!budget_take(&h->exchange.budget, agent_now(h->a), request.weight, &retry_at)) {
            failed.cause = STR("the request budget is used up");
        } else if (http_client_get(h->exchange.http, request.target, 0, markets_answered, h,
                                   NULL) != 0) {
            budget_settle(&h->exchange.budget, agent_now(h->a), request.weight, -1);
        } else {
            h->markets_weight = request.weight;
            h->fetching_markets = true;
            h->flying++;
            return;
        }
    }
    agent_send(h->a, h->a->control, IPC_MARKETS_DONE, &failed);
}
