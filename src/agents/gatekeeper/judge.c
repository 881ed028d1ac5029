// SPDX-License-Identifier: Apache-2.0
// The verdict on a case whose market data is in, and the paper broker's fills of what was approved.
#include "agents/gatekeeper/gatekeeper_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct gate_limits limits_of(const struct gatekeeper *g)
{
    const struct config *c = g->a->config;

    return (struct gate_limits){
        .max_spread_bps = config_double(c, CFG_GATE_MAX_SPREAD_BPS),
        .max_slippage_bps = config_double(c, CFG_GATE_MAX_SLIPPAGE_BPS),
        .max_depth_share = config_double(c, CFG_GATE_MAX_DEPTH_SHARE),
        .min_volume_24h = config_decimal(c, CFG_GATE_MIN_VOLUME_24H),
        .max_signal_age_ms = config_ms(c, CFG_GATE_MAX_SIGNAL_AGE),
    };
}

static void send_verdict(struct gate_case *c, const struct gate_verdict *v)
{
    struct gatekeeper *g = c->g;
    struct channel *architect = agent_peer(g->a, ROLE_ARCHITECT);
    struct ipc_verdict msg = {.signal = c->signal.id,
                              .portfolio = (uint32_t)c->signal.portfolio_id,
                              .pair = c->signal.pair,
                              .approved = v->approved,
                              .reason = str_from(v->reason),
                              .is_buy = v->is_buy,
                              .qty = v->qty,
                              .notional = v->notional,
                              .mark = c->mark,
                              .at = agent_now(g->a)};
    struct buf checks;

    if (!architect) {
        return; // when it is back, the unjudged signals are read from the store again
    }
    buf_init(&checks, 8192);
    for (size_t i = 0; i < v->check_count; i++) {
        struct ipc_check check = {.name = str_from(v->checks[i].name),
                                  .measured = str_from(v->checks[i].measured),
                                  .limit = str_from(v->checks[i].limit),
                                  .pass = v->checks[i].pass};

        if (ipc_checks_add(&checks, &check) != 0) {
            agent_fatal(g->a, "a verdict cannot be packed", err_text(ERR_FULL));
        }
    }
    msg.checks.bytes = buf_str(&checks);
    agent_send(g->a, architect, IPC_VERDICT, &msg);
    buf_finish(&checks);
    agent_work(g->a, 1);
}

// Walks the book for the approved quantity and books the fills on the money held in memory, so that
// the next signal is judged by what is left. The store follows by the same fills.
static void make_fills(struct gate_case *c, struct money *m, bool is_buy, struct decimal qty)
{
    struct position *position = gatekeeper__position(m, &c->signal.pair);
    struct fill *fills = calloc(BOOK_LEVELS_MAX, sizeof *fills);
    size_t count = 0;

    c->is_buy = is_buy;
    c->qty = qty;
    if (!position || !fills) {
        agent_fatal(c->g->a, "fills", err_text(ERR_NO_MEMORY));
    }
    if (book_walk_fills(&c->market.book, is_buy, qty, m->portfolio.settings.fee_bps, fills,
                        &count) != 0) {
        count = 0;
    }
    c->fills = fills;
    for (size_t i = 0; i < count; i++) {
        if (portfolio_apply_fill(&m->portfolio.cash, position, is_buy, &fills[i]) != 0) {
            log_warn(&c->g->a->log, "a paper fill does not fit the portfolio",
                     "portfolio=%s fill=%zu", m->portfolio.settings.name, i + 1);
            break;
        }
        gatekeeper__share_move(c, &fills[i]);
        c->fill_count++;
    }
}

void gatekeeper__send_fills(struct gate_case *c)
{
    struct gatekeeper *g = c->g;
    struct channel *architect = agent_peer(g->a, ROLE_ARCHITECT);
    struct ipc_fill msg = {.order = c->order_id, .number = 1, .at = agent_now(g->a)};

    if (!architect) {
        return; // the order is found open in the store when it is back
    }
    if (c->fill_count == 0) { // the book was empty: the order ends without a fill
        agent_send(g->a, architect, IPC_FILL, &msg);
        c->fill_count = 1;
        return;
    }
    for (size_t i = 0; i < c->fill_count; i++) {
        msg.number = (uint32_t)i + 1;
        msg.price = c->fills[i].price;
        msg.qty = c->fills[i].qty;
        msg.fee = c->fills[i].fee;
        agent_send(g->a, architect, IPC_FILL, &msg);
    }
}

static void reject(struct gate_verdict *v, const char *reason)
{
    v->approved = false;
    (void)snprintf(v->reason, sizeof v->reason, "%s", reason);
}

static void judge_signal(struct gate_case *c)
{
    struct gatekeeper *g = c->g;
    struct money *m = gatekeeper__money(g, c->signal.portfolio_id);
    struct gate_limits limits = limits_of(g);
    struct gate_money money = {0};
    struct gate_verdict *v = calloc(1, sizeof *v);
    char pair[PAIR_TEXT_MAX];
    int rc;

    if (!v) {
        agent_fatal(g->a, "verdict", err_text(ERR_NO_MEMORY));
    }
    if (!m) { // its portfolio is gone: so is the signal
        free(v);
        gatekeeper__case_end(c);
        return;
    }
    c->market.have_market = store_market_get(g->store, config_str(g->a->config, CFG_EXCHANGE_NAME),
                                             &c->signal.pair, &c->market.market) == 0;
    c->market.problem = c->problem[0] ? c->problem : NULL;
    rc = gatekeeper__money_view(m, &c->signal.pair, c->mark, &money);
    if (rc == 0) {
        const struct decimal *share = gatekeeper__share(g, &c->signal);

        money.share = share ? *share : DECIMAL_ZERO;
        rc = gate_judge(&c->signal, &limits, &c->market, &money, agent_now(g->a), v);
    }
    if (rc != 0 && (v->approved || v->reason[0] == '\0')) {
        reject(v, "the sums of this order cannot be computed");
    }
    if (v->approved && m->portfolio.settings.mode != PORTFOLIO_PAPER) {
        reject(v, "this portfolio is live, and this version trades on paper only");
    }
    if (v->approved) {
        make_fills(c, m, v->is_buy, v->qty);
    }
    pair_format(&c->signal.pair, pair);
    log_info(&g->a->log, v->approved ? "signal approved" : "signal rejected",
             "signal=%lld pair=%s timeframe=%s action=%s reason=\"%s\"", (long long)c->signal.id,
             pair, timeframe_code(c->signal.timeframe), signal_action_name(c->signal.action),
             v->reason);
    send_verdict(c, v);
    free(v);
}

static void resume_order(struct gate_case *c)
{
    struct money *m = gatekeeper__money(c->g, c->signal.portfolio_id);

    if (!m) {
        gatekeeper__case_end(c);
        return;
    }
    if (agent_now(c->g->a) - c->created_at > config_ms(c->g->a->config, CFG_GATE_MAX_SIGNAL_AGE)) {
        log_warn(&c->g->a->log, "an open paper order is too old to be filled and expires",
                 "order=%lld", (long long)c->order_id);
        gatekeeper__send_fills(c);
    } else if (c->market.have_book) {
        make_fills(c, m, c->is_buy, c->qty);
        gatekeeper__send_fills(c);
    } else { // no market data: the order stays open and is tried again
        log_warn(&c->g->a->log, "an open paper order waits for market data",
                 "order=%lld cause=\"%s\"", (long long)c->order_id, c->problem);
        gatekeeper__case_later(c);
    }
}

void gatekeeper__case_ready(struct gate_case *c)
{
    c->g->fetching--;
    if (c->kind == CASE_SIGNAL) {
        judge_signal(c);
    } else {
        resume_order(c);
    }
}
