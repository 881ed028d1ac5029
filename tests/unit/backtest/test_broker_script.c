// SPDX-License-Identifier: Apache-2.0
// Strategies in the language against the emulator: trades and equity of a cross strategy equal
// those of a plain loop, in any block length, and an emulator's answers reach the script.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "unit/backtest/support_broker.h"

#define BARS 20000

struct history {
    time_ms time[BARS];
    double open[BARS], high[BARS], low[BARS], close[BARS], volume[BARS];
};

static struct history history;

static void make_history(void)
{
    struct random r;
    random_init(&r, 2026);
    double last = 1000;
    for (int i = 0; i < BARS; i++) {
        double open = last, close = open * (1 + random_normal(&r) * 0.005);
        history.time[i] = INT64_C(1600000200000) + i * 15 * MS_MINUTE;
        history.open[i] = open;
        history.close[i] = close;
        history.high[i] = fmax(open, close) * (1 + random_unit(&r) * 0.003);
        history.low[i] = fmin(open, close) * (1 - random_unit(&r) * 0.003);
        last = close;
    }
}

static struct script_program *compile(const char *source)
{
    static struct script_diags diags;
    struct script_program *p = NULL;
    if (script_compile(str_from(source), &p, &diags))
        fail_msg("%u:%u %s", diags.items[0].line, diags.items[0].column, diags.items[0].text);
    return p;
}

// Runs the program over the history in blocks and returns its broker.
static struct broker *run_into(const struct script_program *p, size_t block,
                               const struct script_sink *sink)
{
    const struct script_info *info = script_program_info(p);
    struct broker_settings settings = {.strategy = info->strategy, .max_closed_trades = 100000};
    struct script_context context = {.ticker = "BTCUSDT",
                                     .base = "BTC",
                                     .quote = "USDT",
                                     .exchange = "binance",
                                     .timeframe = TF_M15};
    struct broker *b = NULL;
    struct script_instance *instance = NULL;
    struct diag d = {0};
    assert_int_equal(broker_create(&settings, &b), 0);
    assert_int_equal(script_instance_create(p, &context, NULL, 0, 0, &instance, &d), 0);
    struct script_broker calls = broker_interface(b);
    for (size_t i = 0; i < BARS; i += block) {
        size_t n = BARS - i < block ? BARS - i : block;
        struct script_bars bars = {history.time + i, history.open + i,  history.high + i,
                                   history.low + i,  history.close + i, history.volume + i};
        assert_int_equal(script_instance_run(instance, &bars, n, &calls, sink), 0);
    }
    broker_finish(b);
    script_instance_destroy(instance);
    return b;
}

static struct broker *run(const struct script_program *p, size_t block)
{
    return run_into(p, block, NULL);
}

static double mean(int end, int length)
{
    double sum = 0;
    for (int i = end - length + 1; i <= end; i++)
        sum += history.close[i];
    return sum / length;
}

struct plain_result {
    int64_t trades;
    double equity;
};

// Signal on the closed candle, fill at the next open, one unit, 0.1 percent a side.
static struct plain_result plain_cross(void)
{
    struct plain_result r = {0, 1000000};
    double entry = 0;
    bool held = false;
    int order = 0;
    for (int i = 0; i < BARS; i++) {
        double open = history.open[i];
        if (order > 0 && !held) {
            entry = open;
            held = true;
        } else if (order < 0 && held) {
            r.equity += open - entry - 0.001 * (open + entry);
            r.trades++;
            held = false;
        }
        order = 0;
        if (i < 30)
            continue;
        double now = mean(i, 10) - mean(i, 30), before = mean(i - 1, 10) - mean(i - 1, 30);
        order = now > 0 && before <= 0 ? 1 : now < 0 && before >= 0 ? -1 : 0;
    }
    if (held)
        r.equity += history.close[BARS - 1] - entry - 0.001 * entry;
    return r;
}

static void cross_equals_a_plain_loop(void **state)
{
    (void)state;
    struct script_program *p =
        compile("//@version=5\n"
                "strategy('cross', initial_capital=1000000, default_qty_type=strategy.fixed,\n"
                "     default_qty_value=1, commission_type=strategy.commission.percent,\n"
                "     commission_value=0.1)\n"
                "f = ta.sma(close, 10)\n"
                "s = ta.sma(close, 30)\n"
                "if ta.crossover(f, s)\n"
                "    strategy.entry('L', strategy.long)\n"
                "if ta.crossunder(f, s)\n"
                "    strategy.close('L')\n");
    struct plain_result wanted = plain_cross();
    static const size_t blocks[] = {1, 7, 512, BARS};
    for (size_t i = 0; i < 4; i++) {
        struct broker *b = run(p, blocks[i]);
        struct broker_state s;
        broker_get_state(b, &s);
        assert_int_equal(s.closed_trades, wanted.trades);
        assert_true(fabs(s.equity - wanted.equity) < 1e-6);
        broker_destroy(b);
    }
    assert_true(wanted.trades > 100);
    script_program_destroy(p);
}

// The script reads its position and gives each trade a stop and a target from its own average
// price.
static void the_script_sees_the_account(void **state)
{
    (void)state;
    struct script_program *p =
        compile("//@version=5\n"
                "strategy('bracket', initial_capital=100000, default_qty_value=2)\n"
                "if strategy.position_size == 0 and close > open\n"
                "    strategy.entry('E', strategy.long)\n"
                "if strategy.position_size > 0\n"
                "    strategy.exit('X', 'E', stop=strategy.position_avg_price * 0.99,\n"
                "         limit=strategy.position_avg_price * 1.01)\n");
    struct broker *b = run(p, 512);
    struct broker_state s;
    broker_get_state(b, &s);
    assert_true(s.closed_trades > 500);
    for (int64_t i = 0; i < s.closed_trades; i++) {
        const struct broker_trade *t = broker_closed_trade(b, i);
        double move = t->exit_price / t->entry_price - 1;
        bool at_open = t->exit_price == history.open[t->exit_bar];
        assert_true(t->size == 2);
        assert_true(t->exit_bar > t->entry_bar); // the exit is issued at the entry bar's close
        assert_true(at_open || fabs(fabs(move) - 0.01) < 1e-9);
        assert_true(history.close[t->entry_bar - 1] > history.open[t->entry_bar - 1]);
    }
    broker_destroy(b);
    script_program_destroy(p);
}

static void keep_last(void *arg, int64_t first_bar, size_t n, const double *const *values)
{
    double *last = arg;
    (void)first_bar;
    for (size_t i = 0; i < 12; i++)
        last[i] = values[i][n - 1];
}

// The accessors against the same figures counted by the script itself, trade by trade.
static void accessors_agree_with_the_trades(void **state)
{
    (void)state;
    struct script_program *p = compile(
        "//@version=5\n"
        "strategy('read', initial_capital=100000, default_qty_type=strategy.percent_of_equity,\n"
        "     default_qty_value=50, commission_type=strategy.commission.percent,\n"
        "     commission_value=0.1, margin_long=40, margin_short=100)\n"
        "f = ta.sma(close, 10)\n"
        "s = ta.sma(close, 30)\n"
        "if ta.crossover(f, s)\n"
        "    strategy.entry('L', strategy.long)\n"
        "if ta.crossunder(f, s)\n"
        "    strategy.entry('S', strategy.short)\n"
        "var all = 0.0\n"
        "var won = 0.0\n"
        "var lost = 0.0\n"
        "var seen = 0\n"
        "while seen < strategy.closedtrades\n"
        "    part = strategy.closedtrades.profit_percent(seen)\n"
        "    all += part\n"
        "    won += part > 0 ? part : 0\n"
        "    lost -= part < 0 ? part : 0\n"
        "    seen += 1\n"
        "var high = 0.0\n"
        "var low = 0.0\n"
        "high := math.max(high, strategy.position_size)\n"
        "low := math.min(low, strategy.position_size)\n"
        "plot(strategy.avg_trade_percent - all / strategy.closedtrades)\n"
        "plot(strategy.avg_winning_trade_percent - won / strategy.wintrades)\n"
        "plot(strategy.avg_losing_trade_percent - lost / strategy.losstrades)\n"
        "plot(strategy.max_contracts_held_long - high)\n"
        "plot(strategy.max_contracts_held_short + low)\n"
        "plot(strategy.max_contracts_held_all - math.max(high, -low))\n"
        "plot(strategy.default_entry_qty(close) - strategy.equity * 0.5 / (close * 1.001))\n"
        "long = strategy.position_size > 0\n"
        "held = math.abs(strategy.position_size) * strategy.position_avg_price\n"
        "plot(strategy.opentrades.capital_held - held * (long ? 0.4 : 1))\n"
        "free = strategy.equity - strategy.openprofit - strategy.position_size * "
        "strategy.position_avg_price - strategy.opentrades.commission(0)\n"
        "call = -free / (strategy.position_size - math.abs(strategy.position_size) * "
        "(long ? 0.4 : 1))\n"
        "plot(strategy.position_size == 0 or call <= 0 ? na(strategy.margin_liquidation_price) ? "
        "0 : 1 : strategy.margin_liquidation_price - call)\n"
        "plot(strategy.closedtrades)\n"
        "plot(strategy.max_drawdown_percent)\n"
        "plot(strategy.max_runup_percent)\n");
    double last[12];
    for (size_t i = 0; i < 12; i++)
        last[i] = NAN;
    const struct script_sink sink = {.arg = last, .plots = keep_last};
    struct broker *b = run_into(p, 512, &sink);
    struct broker_state state_now;
    broker_get_state(b, &state_now);
    for (size_t i = 0; i < 9; i++) {
        if (!(fabs(last[i]) < 1e-6))
            fail_msg("accessor %zu is off by %g", i, last[i]);
    }
    assert_true(last[9] > 50);
    assert_true(last[9] == (double)state_now.closed_trades);
    assert_true(last[10] == state_now.max_drawdown_percent && last[10] > 0);
    assert_true(last[11] > 0);
    broker_destroy(b);
    script_program_destroy(p);
}

int main(void)
{
    make_history();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cross_equals_a_plain_loop),
        cmocka_unit_test(the_script_sees_the_account),
        cmocka_unit_test(accessors_agree_with_the_trades),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
