// SPDX-License-Identifier: Apache-2.0
// Sweeps: the space of combinations, batches against single runs, order, walk-forward, search,
// Monte Carlo; and the check for look-ahead and warm-up.
#include "backtest/honesty.h"
#include "backtest/sweep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

static const struct script_context context = {
    .ticker = "VETUSDT", .base = "VET", .quote = "USDT", .exchange = "binance", .timeframe = TF_H1};

static struct script_program *compile(const char *source)
{
    struct script_program *p = NULL;
    struct script_diags *d = calloc(1, sizeof *d);
    assert_non_null(d);
    if (script_compile(str_from(source), &p, d) != 0)
        fail_msg("%s", d->items[0].text);
    free(d);
    return p;
}

#define N 4000

static struct candles make_candles(void)
{
    struct candles c = {.n = N, .cap = N};
    double **columns[] = {&c.columns.open, &c.columns.high, &c.columns.low, &c.columns.close,
                          &c.columns.volume};
    struct random r;
    double price = 100;
    c.columns.open_time = calloc(N, sizeof(time_ms));
    assert_non_null(c.columns.open_time);
    for (size_t i = 0; i < 5; i++) {
        *columns[i] = calloc(N, sizeof(double));
        assert_non_null(*columns[i]);
    }
    random_init(&r, 5);
    for (size_t i = 0; i < N; i++) {
        c.columns.open_time[i] = INT64_C(1609459200000) + (time_ms)i * MS_HOUR;
        c.columns.open[i] = price;
        price *= exp(0.01 * random_normal(&r));
        c.columns.close[i] = price;
        c.columns.high[i] = fmax(c.columns.open[i], price) * 1.002;
        c.columns.low[i] = fmin(c.columns.open[i], price) * 0.998;
        c.columns.volume[i] = 1 + (double)random_below(&r, 100);
    }
    return c;
}

static void test_space(void **state)
{
    (void)state;
    struct sweep_space s = {0};
    struct diag d = {0};
    size_t place[SWEEP_AXES_MAX];
    char text[SWEEP_TEXT_MAX];
    assert_int_equal(sweep_space_add(&s, STR("fast=5:50"), &d), 0);
    assert_int_equal(sweep_space_add(&s, STR("slow=20:200:5"), &d), 0);
    assert_int_equal(sweep_space_add(&s, STR("x=0.1:0.5:0.1"), &d), 0);
    assert_int_equal(sweep_space_add(&s, STR("kind=ema,sma"), &d), 0);
    assert_int_equal(sweep_space_add(&s, STR("one=9"), &d), 0);
    assert_int_equal(sweep_space_size(&s), 46 * 37 * 5 * 2);
    sweep_axis_text(&s.axes[2], 2, text);
    assert_string_equal(text, "0.3");
    sweep_axis_text(&s.axes[1], 36, text);
    assert_string_equal(text, "200");
    sweep_axis_text(&s.axes[3], 1, text);
    assert_string_equal(text, "sma");
    for (uint64_t i = 0; i < sweep_space_size(&s); i++) {
        sweep_space_place(&s, i, place);
        assert_int_equal(sweep_space_index(&s, place), i);
    }
    static const struct {
        const char *text;
        int code;
    } bad[] = {{"fast=1:2", ERR_EXISTS},  {"a", ERR_SYNTAX},        {"=5", ERR_SYNTAX},
               {"b=", ERR_SYNTAX},        {"b=5:1", ERR_SYNTAX},    {"b=1:5:0", ERR_SYNTAX},
               {"b=1:5:1:1", ERR_SYNTAX}, {"b=x:9", ERR_SYNTAX},    {"b=1,,2", ERR_SYNTAX},
               {"b=0:1e9", ERR_RANGE},    {"b=1:2:nan", ERR_SYNTAX}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct sweep_space t = {0};
        assert_int_equal(sweep_space_add(&t, STR("fast=1"), &d), 0);
        assert_int_equal(sweep_space_add(&t, str_from(bad[i].text), &d), bad[i].code);
        sweep_space_finish(&t);
    }
    sweep_space_finish(&s);
}

static const char source[] =
    "//@version=5\n"
    "strategy(\"cross\", initial_capital=10000, default_qty_type=strategy.fixed, "
    "default_qty_value=1, commission_type=strategy.commission.percent, commission_value=0.1)\n"
    "fast = input.int(10, minval=2)\nslow = input.int(30)\n"
    "if fast >= slow\n    runtime.error(\"fast must be below slow\")\n"
    "if ta.crossover(ta.sma(close, fast), ta.sma(close, slow))\n"
    "    strategy.entry(\"L\", strategy.long)\n"
    "if ta.crossunder(ta.sma(close, fast), ta.sma(close, slow))\n"
    "    strategy.close(\"L\")\n";

static void run_single(const struct sweep_task *t, uint64_t combination, struct stats *out)
{
    struct script_value values[SWEEP_AXES_MAX];
    char texts[SWEEP_AXES_MAX][SWEEP_TEXT_MAX];
    size_t place[SWEEP_AXES_MAX];
    sweep_space_place(t->space, combination, place);
    for (size_t a = 0; a < t->space->axis_count; a++) {
        sweep_axis_text(&t->space->axes[a], place[a], texts[a]);
        values[a] = (struct script_value){t->space->axes[a].name, str_from(texts[a])};
    }
    struct run_options o = {.program = t->program,
                            .context = t->context,
                            .values = values,
                            .value_count = t->space->axis_count};
    struct script_bars bars = candles_bars(t->candles, 0);
    struct run *r = NULL;
    assert_int_equal(run_create(&o, &r, NULL), 0);
    assert_int_equal(run_bars(r, &bars, t->candles->n), 0);
    assert_int_equal(run_finish(r), 0);
    run_stats(r, out);
    run_destroy(r);
}

// Each combination of a batch does what it does alone; those refused are marked, the others run.
static void test_batch(void **state)
{
    (void)state;
    struct script_program *p = compile(source);
    struct candles c = make_candles();
    struct sweep_space space = {0};
    struct sweep_result results[40];
    uint64_t list[40];
    struct diag d = {0};
    assert_int_equal(sweep_space_add(&space, STR("fast=1:20:3"), &d), 0);
    assert_int_equal(sweep_space_add(&space, STR("slow=12:60:12"), &d), 0);
    size_t n = (size_t)sweep_space_size(&space), failed = 0;
    assert_int_equal(n, 35);
    struct sweep_task task = {
        .program = p, .context = &context, .space = &space, .candles = &c, .segment_count = 7};
    for (size_t i = 0; i < n; i++)
        list[i] = i;
    assert_int_equal(sweep_batch(&task, list, n, results, &d), 0);
    for (size_t i = 0; i < n; i++) {
        size_t place[SWEEP_AXES_MAX];
        struct stats s;
        sweep_space_place(&space, i, place);
        bool refused = place[0] == 0 || 1 + 3 * place[0] >= 12 + 12 * place[1];
        assert_int_equal(results[i].combination, i);
        assert_int_equal(results[i].failed, refused);
        failed += refused;
        if (refused)
            continue;
        run_single(&task, i, &s);
        assert_int_equal(results[i].trades, s.trades);
        assert_true(results[i].final_equity == s.final_equity);
        assert_true(results[i].net_profit == s.net_profit);
        assert_true(results[i].max_drawdown == s.max_drawdown);
        assert_true(results[i].sharpe == s.sharpe);
        // Segments add up to the whole.
        int64_t trades = 0;
        double profit = 0;
        for (size_t k = 0; k < task.segment_count; k++) {
            trades += results[i].segments[k].trades;
            profit += results[i].segments[k].gross_profit - results[i].segments[k].gross_loss;
        }
        assert_int_equal(trades, s.trades);
        assert_true(fabs(profit - s.net_profit) < 1e-6);
        assert_true(results[i].segments[6].equity == s.final_equity);
    }
    assert_true(failed > 5);
    sweep_sort(results, n, SWEEP_NET_PROFIT);
    for (size_t i = 1; i < n; i++) {
        double a = sweep_score(&results[i - 1], SWEEP_NET_PROFIT);
        double b = sweep_score(&results[i], SWEEP_NET_PROFIT);
        assert_true(a >= b || isnan(b));
    }
    assert_true(results[n - 1].failed);
    sweep_space_finish(&space);
    candles_finish(&c);
    script_program_destroy(p);
}

// Two combinations that take turns: the walk follows the better past and is judged by what came.
static void test_walk(void **state)
{
    (void)state;
    struct sweep_result r[2] = {{.combination = 0, .initial_capital = 100},
                                {.combination = 1, .initial_capital = 100}};
    double a[] = {110, 121, 100, 90}, b[] = {100, 100, 120, 150};
    struct sweep_forward f;
    for (size_t i = 0; i < 4; i++) {
        r[0].segments[i].equity = a[i];
        r[1].segments[i].equity = b[i];
    }
    sweep_walk(r, 2, 4, 2, SWEEP_NET_PROFIT, &f);
    assert_int_equal(f.step_count, 2);
    assert_int_equal(f.steps[0].chosen, 0);
    assert_true(fabs(f.steps[0].out_return - (100.0 / 121 - 1) * 100) < 1e-9);
    assert_int_equal(f.steps[1].chosen, 1); // over segments 1 and 2: 100 to 120 beats 110 to 100
    assert_true(fabs(f.steps[1].out_return - 25) < 1e-9);
    assert_true(fabs(f.out_return - (100.0 / 121 * 1.25 - 1) * 100) < 1e-9);
    assert_int_equal(f.winning, 1);
    r[0].failed = r[1].failed = true;
    sweep_walk(r, 2, 4, 2, SWEEP_NET_PROFIT, &f);
    assert_int_equal(f.step_count, 0);
}

static void test_search(void **state)
{
    (void)state;
    struct sweep_space s = {0};
    struct sweep_search search;
    struct diag d = {0};
    uint64_t list[64];
    assert_int_equal(sweep_space_add(&s, STR("x=0:99"), &d), 0);
    assert_int_equal(sweep_space_add(&s, STR("y=0:99"), &d), 0);
    // A hill with its top at (70, 30): found within a fraction of the 10,000 places.
    assert_int_equal(sweep_search_init(&search, &s, 7, 400), 0);
    size_t spent = 0;
    double best = -INFINITY;
    while (spent < 400) {
        struct sweep_result r[16] = {{0}};
        size_t place[SWEEP_AXES_MAX];
        size_t n = sweep_search_next(&search, spent < 64, list, 16);
        assert_true(n > 0);
        for (size_t i = 0; i < n; i++) {
            sweep_space_place(&s, list[i], place);
            r[i].combination = list[i];
            r[i].net_profit = -hypot((double)place[0] - 70, (double)place[1] - 30);
            best = fmax(best, r[i].net_profit);
        }
        sweep_search_learn(&search, r, n, SWEEP_NET_PROFIT);
        spent += n;
    }
    assert_true(best > -1.5);
    sweep_search_finish(&search);
    sweep_space_finish(&s);
    // A small space is exhausted without a double.
    bool seen[12] = {false};
    size_t n;
    assert_int_equal(sweep_space_add(&s, STR("x=1:12"), &d), 0);
    assert_int_equal(sweep_search_init(&search, &s, 7, 12), 0);
    for (size_t all = 0; (n = sweep_search_next(&search, true, list, 5)) > 0; all += n) {
        for (size_t i = 0; i < n; i++) {
            assert_false(seen[list[i]]);
            seen[list[i]] = true;
        }
        assert_true(all + n <= 12);
    }
    for (size_t i = 0; i < 12; i++)
        assert_true(seen[i]);
    sweep_search_finish(&search);
    sweep_space_finish(&s);
}

static void test_montecarlo(void **state)
{
    (void)state;
    struct montecarlo m, again;
    double same[50], mixed[100];
    for (size_t i = 0; i < 50; i++)
        same[i] = 2;
    for (size_t i = 0; i < 100; i++)
        mixed[i] = i % 2 ? 3 : -2;
    assert_int_equal(montecarlo_trades(same, 50, 1000, 200, 1, &m), 0);
    assert_true(m.profit_5 == 100 && m.profit_95 == 100 && m.drawdown_95 == 0);
    assert_true(m.loss_share == 0 && m.ruin_share == 0);
    assert_int_equal(montecarlo_trades(mixed, 100, 1000, 2000, 1, &m), 0);
    assert_int_equal(montecarlo_trades(mixed, 100, 1000, 2000, 1, &again), 0);
    assert_memory_equal(&m, &again, sizeof m);
    // Mean 50, deviation 2.5 * sqrt(100) = 25: the 5th percentile is near 50 - 1.645 * 25.
    assert_true(fabs(m.profit_50 - 50) < 5 && fabs(m.profit_5 - 8.9) < 6);
    assert_true(m.loss_share > 0.005 && m.loss_share < 0.06);
    assert_int_equal(montecarlo_trades(mixed, 0, 1000, 10, 1, &m), 0);
    assert_true(isnan(m.profit_50));
}

static void check_honesty(const char *text, bool look_ahead, bool settles)
{
    struct script_program *p = compile(text);
    struct candles c = make_candles();
    struct honesty_report r;
    struct diag d = {0};
    struct honesty_options o = {.program = p,
                                .context = &context,
                                .candles = &c,
                                .cuts = 6,
                                .starts = 3,
                                .tolerance = 1e-6,
                                .seed = 1};
    assert_int_equal(honesty_check(&o, &r, &d), 0);
    assert_int_equal(r.look_ahead, look_ahead);
    assert_int_equal(r.never_settles, !settles);
    assert_int_equal(r.cuts, 6);
    if (settles)
        assert_int_equal(r.finding_count, 0);
    else
        assert_string_equal(r.findings[0].what, "sum");
    c.n = 5;
    assert_int_equal(honesty_check(&o, &r, &d), ERR_INVALID);
    c.n = N;
    candles_finish(&c);
    script_program_destroy(p);
}

static void test_honesty(void **state)
{
    (void)state;
    check_honesty("//@version=5\nindicator(\"a\")\nplot(ta.ema(close, 20), \"ema\")\n"
                  "plot(ta.rsi(close, 14), \"rsi\")\n"
                  "alertcondition(ta.crossover(close, ta.sma(close, 9)), \"x\")\n",
                  false, true);
    check_honesty("//@version=5\nindicator(\"b\")\nplot(ta.cum(volume), \"sum\")\n", false, false);
    check_honesty(source, false, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_space),      cmocka_unit_test(test_batch),
        cmocka_unit_test(test_walk),       cmocka_unit_test(test_search),
        cmocka_unit_test(test_montecarlo), cmocka_unit_test(test_honesty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
