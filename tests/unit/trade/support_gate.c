// SPDX-License-Identifier: Apache-2.0
// The gate's example market and money, and the assertions that hold for every verdict.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "unit/trade/support_gate.h"
#include "unit/trade/support_trade.h"

static struct market sample_market(void)
{
    return (struct market){
        .pair = {"VET", "USDT"},
        .symbol = "VETUSDT",
        .status = MARKET_TRADING,
        .base_precision = 8,
        .quote_precision = 8,
        .spot_allowed = true,
        .market_orders = true,
        .filters =
            {
                .tick_size = dec("0.01"),
                .lot_step = dec("0.001"),
                .min_qty = dec("0.001"),
                .max_qty = dec("9000"),
                .market_max_qty = dec("5000"),
                .min_notional = dec("5"),
                .min_notional_market = true,
            },
    };
}

void gate_setup_entry(struct gate_setup *g)
{
    *g = (struct gate_setup){
        .signal = {.pair = {"VET", "USDT"},
                   .timeframe = TF_H4,
                   .candle_time = GATE_CANDLE_OPEN,
                   .action = SIGNAL_ENTER_LONG,
                   .price = 100,
                   .qty = NAN,
                   .qty_percent = NAN,
                   .equity_percent = NAN,
                   .cash_amount = NAN},
        .limits = {.max_spread_bps = 50,
                   .max_slippage_bps = 20,
                   .max_depth_share = 20,
                   .min_volume_24h = dec("1000000"),
                   .max_signal_age_ms = 300000},
        .market = {.have_market = true,
                   .have_ticker = true,
                   .have_book = true,
                   .have_stats = true,
                   .market = sample_market(),
                   .bid = dec("99.95"),
                   .bid_qty = dec("100"),
                   .ask = dec("100.05"),
                   .ask_qty = dec("100"),
                   .volume_24h = dec("2500000")},
        .money = {.settings = {.order_size_percent = 10,
                               .max_exposure_pair = 25,
                               .max_exposure_total = 80,
                               .fee_bps = 10},
                  .cash = dec("10000"),
                  .exposure_total = DECIMAL_ZERO,
                  .equity = dec("10000")},
        .now = GATE_CANDLE_CLOSE + 7250,
    };
    book_side(&g->market.book, true, "100.05 100, 100.10 100, 101 1000");
    book_side(&g->market.book, false, "99.95 100, 99.90 100, 99 1000");
}

void gate_setup_exit(struct gate_setup *g)
{
    gate_setup_entry(g);
    g->signal.action = SIGNAL_EXIT;
    g->money.position = (struct position){
        .pair = g->signal.pair, .qty = dec("10"), .cost = dec("990"), .last_price = dec("100")};
    g->money.share = g->money.position.qty;
    g->money.exposure_total = dec("1000");
    g->money.cash = dec("9000");
}

void gate_setup_judge(struct gate_setup *g)
{
    assert_int_equal(gate_judge(&g->signal, &g->limits, &g->market, &g->money, g->now, &g->verdict),
                     0);
    const struct gate_verdict *v = &g->verdict;
    bool all = true;
    size_t i = 0;
    for (; gate_check_names[i]; i++) {
        assert_true(i < v->check_count);
        assert_string_equal(v->checks[i].name, gate_check_names[i]);
        assert_true(v->checks[i].measured[0] != '\0');
        assert_true(v->checks[i].limit[0] != '\0' || !g->market.have_market);
        all = all && v->checks[i].pass;
    }
    assert_int_equal(i, v->check_count);
    assert_int_equal(v->approved, all);
    assert_int_equal(v->reason[0] == '\0', all);
}

const struct gate_check *gate_setup_check(const struct gate_setup *g, const char *name)
{
    for (size_t i = 0; i < g->verdict.check_count; i++) {
        if (strcmp(g->verdict.checks[i].name, name) == 0)
            return &g->verdict.checks[i];
    }
    fail_msg("no check %s", name);
    return NULL;
}
