// SPDX-License-Identifier: Apache-2.0
// Whole backtests: against a plain loop, in any blocks, from a feed, and what they report.
#include "backtest/html.h"
#include "backtest/report.h"
#include "backtest/run.h"

#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#define N 3000

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

struct market {
    time_ms time[N];
    double open[N], high[N], low[N], close[N], volume[N];
};

static struct market *make_market(uint64_t seed)
{
    struct market *m = calloc(1, sizeof *m);
    struct random r;
    double price = 100;
    assert_non_null(m);
    random_init(&r, seed);
    for (size_t i = 0; i < N; i++) {
        m->time[i] = INT64_C(1609459200000) + (time_ms)i * MS_HOUR;
        m->open[i] = price;
        price *= exp(0.01 * random_normal(&r));
        m->close[i] = price;
        m->high[i] = fmax(m->open[i], price) * 1.001;
        m->low[i] = fmin(m->open[i], price) * 0.999;
        m->volume[i] = 1;
    }
    return m;
}

static struct script_bars bars_of(const struct market *m, size_t from)
{
    return (struct script_bars){m->time + from, m->open + from,  m->high + from,
                                m->low + from,  m->close + from, m->volume + from};
}

static const char cross[] =
    "//@version=5\n"
    "strategy(\"cross\", initial_capital=10000, default_qty_type=strategy.fixed, "
    "default_qty_value=1, commission_type=strategy.commission.percent, commission_value=0.1)\n"
    "fast = ta.sma(close, 10)\nslow = ta.sma(close, 30)\n"
    "if ta.crossover(fast, slow)\n    strategy.entry(\"L\", strategy.long)\n"
    "if ta.crossunder(fast, slow)\n    strategy.close(\"L\")\n";

static double mean(const double *close, size_t i, size_t length)
{
    long double sum = 0;
    for (size_t k = i + 1 - length; k <= i; k++)
        sum += close[k];
    return (double)sum / (double)length;
}

struct plain {
    int64_t trades;
    double cash;
    bool held;
};

static struct plain plain_loop(const struct market *m)
{
    struct plain p = {.cash = 10000};
    int order = 0;
    double before = NAN;
    for (size_t i = 0; i < N; i++) {
        if (order > 0 && !p.held) {
            p.cash -= m->open[i] * 1.001;
            p.held = true;
        } else if (order < 0 && p.held) {
            p.cash += m->open[i] * 0.999;
            p.held = false;
            p.trades++;
        }
        order = 0;
        if (i < 29)
            continue;
        double gap = mean(m->close, i, 10) - mean(m->close, i, 30);
        order = gap > 0 && before <= 0 ? 1 : gap < 0 && before >= 0 ? -1 : 0;
        before = gap;
    }
    return p;
}

static void test_plain_loop(void **state)
{
    (void)state;
    struct script_program *p = compile(cross);
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct market *m = make_market(seed);
        struct script_bars bars = bars_of(m, 0);
        struct run_options o = {.program = p, .context = &context};
        struct run *r = NULL;
        struct stats s;
        assert_int_equal(run_create(&o, &r, NULL), 0);
        assert_int_equal(run_bars(r, &bars, N), 0);
        assert_int_equal(run_finish(r), 0);
        run_stats(r, &s);
        struct plain wanted = plain_loop(m);
        assert_true(wanted.trades > 10);
        assert_int_equal(s.trades, wanted.trades);
        assert_int_equal(s.open_trades, wanted.held);
        double equity = wanted.cash + (wanted.held ? m->close[N - 1] : 0);
        assert_true(fabs(s.final_equity - equity) < 1e-6);
        assert_int_equal(s.bars, N);
        run_destroy(r);
        free(m);
    }
    script_program_destroy(p);
}

// However the bars come, and whether an equity curve is kept, money and trades are the same.
static void test_blocks(void **state)
{
    (void)state;
    struct script_program *p = compile(cross);
    struct market *m = make_market(9);
    struct random random;
    struct stats first = {0}, s;
    random_init(&random, 3);
    for (int round = 0; round < 12; round++) {
        struct run_options o = {.program = p, .context = &context, .curve = round % 2 == 1};
        struct run *r = NULL;
        assert_int_equal(run_create(&o, &r, NULL), 0);
        for (size_t at = 0; at < N;) {
            struct script_bars bars = bars_of(m, at);
            size_t n = round == 0 ? N : 1 + (size_t)random_below(&random, 400);
            n = n < N - at ? n : N - at;
            assert_int_equal(run_bars(r, &bars, n), 0);
            at += n;
        }
        assert_int_equal(run_finish(r), 0);
        run_stats(r, &s);
        if (round == 0)
            first = s;
        assert_int_equal(s.trades, first.trades);
        assert_true(s.final_equity == first.final_equity && s.max_drawdown == first.max_drawdown);
        assert_true(s.sharpe == first.sharpe);
        size_t count = 0;
        const struct run_point *curve = run_curve(r, &count);
        if (o.curve) {
            assert_in_range(count, 1000, RUN_CURVE_MAX);
            assert_true(curve[count - 1].time == m->time[N - 1]);
            assert_true(curve[count - 1].equity == s.final_equity);
        } else {
            assert_int_equal(count, 0);
        }
        run_destroy(r);
    }
    free(m);
    script_program_destroy(p);
}

static void test_feed(void **state)
{
    (void)state;
    struct script_program *p = compile(cross);
    struct market *m = make_market(4);
    struct script_bars bars = bars_of(m, 0);
    struct run_options o = {.program = p, .context = &context, .initial_capital = 500};
    struct feed *f = feed_columns_create(&bars, N);
    struct run *r = NULL;
    struct diag d = {0};
    assert_non_null(f);
    assert_int_equal(run_create(&o, &r, &d), 0);
    assert_int_equal(run_feed(r, f, &d), 0);
    assert_int_equal(run_bars_fed(r), N);
    assert_true(run_initial_capital(r) == 500);
    assert_int_equal(run_warmup(r), 30);
    run_destroy(r);
    feed_destroy(f);
    free(m);
    script_program_destroy(p);
}

static void test_errors(void **state)
{
    (void)state;
    struct script_program *p =
        compile("//@version=5\nstrategy(\"e\")\nn = input.int(5, minval=1)\n"
                "if bar_index == 100 * n\n    runtime.error(\"enough\")\nplot(close)\n");
    struct market *m = make_market(4);
    struct script_bars bars = bars_of(m, 0);
    struct script_value bad = {"n", STR("0")}, unknown = {"m", STR("1")};
    struct run_options o = {.program = p, .context = &context, .values = &bad, .value_count = 1};
    struct run *r = NULL;
    struct diag d = {0};
    int64_t bar;
    assert_int_not_equal(run_create(&o, &r, &d), 0);
    assert_true(d.text[0] != '\0');
    o.values = &unknown;
    assert_int_equal(run_create(&o, &r, &d), ERR_NOT_FOUND);
    o.value_count = 0;
    assert_int_equal(run_create(&o, &r, &d), 0);
    struct feed *f = feed_columns_create(&bars, N);
    assert_non_null(f);
    assert_int_equal(run_feed(r, f, &d), ERR_INVALID);
    assert_non_null(strstr(d.text, "enough"));
    assert_string_equal(run_error(r, &bar), "enough");
    assert_int_equal(bar, 500);
    feed_destroy(f);
    run_destroy(r);
    free(m);
    script_program_destroy(p);
}

static int trades_seen;

static void on_trade(void *arg, const struct broker_trade *t)
{
    struct buf *lines = arg;
    trades_seen++;
    assert_int_equal(report_trade_csv(lines, t), 0);
}

static void test_report(void **state)
{
    (void)state;
    struct script_program *p = compile(cross);
    struct market *m = make_market(6);
    struct script_bars bars = bars_of(m, 0);
    struct buf lines, json;
    struct run_options o = {
        .program = p, .context = &context, .curve = true, .arg = &lines, .on_trade = on_trade};
    struct html_run page = {
        {"a<b.pine", "cross & co", "VET/USDT 1h", "VETUSDT", "1h", "binance", "fast=\"9\"", 1000},
        NULL};
    struct run *r = NULL;
    struct stats s;
    struct jsonw w;
    char *text = NULL;
    size_t len = 0, ends = 0;
    buf_init(&lines, 1 << 20);
    buf_init(&json, 1 << 20);
    assert_int_equal(run_create(&o, &r, NULL), 0);
    assert_int_equal(run_bars(r, &bars, N), 0);
    assert_int_equal(run_finish(r), 0);
    run_stats(r, &s);
    assert_int_equal(trades_seen, s.trades);
    for (size_t i = 0; i < lines.len; i++)
        ends += lines.data[i] == '\n';
    assert_int_equal(ends, s.trades);
    jsonw_init(&w, &json);
    jsonw_object(&w);
    assert_int_equal(report_json(&w, &page.subject, r), 0);
    jsonw_object_end(&w);
    assert_int_equal(jsonw_finish(&w), 0);
    page.run = r;
    FILE *f = open_memstream(&text, &len);
    assert_non_null(f);
    assert_int_equal(html_report(f, &page, 1), 0);
    assert_int_equal(fclose(f), 0);
    assert_non_null(strstr(text, "cross &amp; co"));
    assert_non_null(strstr(text, "a&lt;b.pine"));
    assert_null(strstr(text, "src="));
    assert_null(strstr(text, "http"));
    assert_non_null(strstr(text, "<polyline class=equity"));
    free(text);
    run_destroy(r);
    buf_finish(&lines);
    buf_finish(&json);
    free(m);
    script_program_destroy(p);
}

// A candle that touches both stop and limit: its path decides, and finer candles know it better.
static void test_finer(void **state)
{
    (void)state;
    struct script_program *p =
        compile("//@version=5\n"
                "strategy(\"f\", initial_capital=1000, default_qty_type=strategy.fixed, "
                "default_qty_value=1)\n"
                "if bar_index == 0\n    strategy.entry(\"L\", strategy.long)\n"
                "strategy.exit(\"X\", \"L\", stop=90, limit=110)\n");
    // The second candle opens at 100, nearer to its high: assumed to rise to 112 first.
    time_ms coarse_time[] = {0, MS_HOUR, 2 * MS_HOUR};
    double coarse[][3] = {
        {100, 100, 100}, {101, 112, 101}, {99, 85, 99}, {100, 100, 100}, {1, 1, 1}};
    // In truth it fell to 85 first.
    time_ms fine_time[] = {MS_HOUR, MS_HOUR + 15 * MS_MINUTE, MS_HOUR + 30 * MS_MINUTE};
    double fine[][3] = {{100, 88, 95}, {101, 96, 112}, {85, 88, 94}, {88, 95, 100}, {1, 1, 1}};
    struct script_bars bars = {coarse_time, coarse[0], coarse[1], coarse[2], coarse[3], coarse[4]};
    struct script_bars inside = {fine_time, fine[0], fine[1], fine[2], fine[3], fine[4]};
    for (int with = 0; with < 2; with++) {
        struct run_options o = {.program = p, .context = &context};
        struct run *r = NULL;
        struct stats s;
        if (with)
            o.finer = feed_columns_create(&inside, 3);
        assert_int_equal(run_create(&o, &r, NULL), 0);
        assert_int_equal(run_bars(r, &bars, 3), 0);
        assert_int_equal(run_finish(r), 0);
        run_stats(r, &s);
        assert_int_equal(s.trades, 1);
        assert_int_equal(s.bars, 3);
        assert_true(broker_closed_trade(run_broker(r), 0)->exit_price == (with ? 90 : 110));
        assert_int_equal(broker_closed_trade(run_broker(r), 0)->exit_bar, 1);
        run_destroy(r);
        feed_destroy(o.finer);
    }
    script_program_destroy(p);
}

// Real candles: the file's money from the feed equals that of the loaded columns.
static void test_real(void **state)
{
    (void)state;
    struct feed_csv_options any = {.timeframe = TF_COUNT, .from = INT64_MIN};
    struct feed_csv_info info;
    struct feed *f = NULL;
    struct diag d = {0};
    if (feed_csv_open(ORACLE_SHARED "/data/binance/VET-USDT/4h.csv.gz", &any, &f, &info, &d) != 0) {
        print_message("the real candles are absent\n");
        skip();
    }
    struct script_program *p = compile(cross);
    struct run_options o = {.program = p, .context = &context};
    struct run *a = NULL, *b = NULL;
    struct stats sa, sb;
    struct candles c;
    assert_int_equal(run_create(&o, &a, &d), 0);
    assert_int_equal(run_feed(a, f, &d), 0);
    feed_destroy(f);
    assert_int_equal(
        feed_csv_open(ORACLE_SHARED "/data/binance/VET-USDT/4h.csv.gz", &any, &f, &info, &d), 0);
    assert_int_equal(candles_load(f, 100000, &c, &d), 0);
    feed_destroy(f);
    struct script_bars bars = candles_bars(&c, 0);
    assert_int_equal(run_create(&o, &b, &d), 0);
    assert_int_equal(run_bars(b, &bars, c.n), 0);
    assert_int_equal(run_finish(b), 0);
    run_stats(a, &sa);
    run_stats(b, &sb);
    assert_int_equal(sa.bars, 9229);
    assert_int_equal(sa.trades, sb.trades);
    assert_true(sa.final_equity == sb.final_equity && sa.trades > 50);
    candles_finish(&c);
    run_destroy(a);
    run_destroy(b);
    script_program_destroy(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_loop), cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_feed),       cmocka_unit_test(test_errors),
        cmocka_unit_test(test_report),     cmocka_unit_test(test_finer),
        cmocka_unit_test(test_real),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
