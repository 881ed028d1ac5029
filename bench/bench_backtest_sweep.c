// SPDX-License-Identifier: Apache-2.0
// A sweep of 1,000 pairs of averages with orders on two threads, and on one; beside the same pairs
// in a plain loop, whose final equities must equal ours. Least of several rounds; usage: [CANDLES
// [ROUNDS]].
#include "backtest/sweep.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP_MS (15 * MS_MINUTE)
#define CAPITAL 1000000
#define FASTS   20 // lengths 5..24
#define SLOWS   50 // lengths 25, 28, ..., 172
#define PAIRS   (FASTS * SLOWS)
#define THREADS 2
#define BATCH   125

static const char source[] =
    "//@version=5\n"
    "strategy(\"SMA cross\", initial_capital=1000000, default_qty_type=strategy.fixed, "
    "default_qty_value=1, commission_type=strategy.commission.percent, commission_value=0.1)\n"
    "f = input.int(10, \"Fast\")\n"
    "s = input.int(30, \"Slow\")\n"
    "fast = ta.sma(close, f)\n"
    "slow = ta.sma(close, s)\n"
    "if ta.crossover(fast, slow)\n"
    "    strategy.entry(\"L\", strategy.long)\n"
    "if ta.crossunder(fast, slow)\n"
    "    strategy.close(\"L\")\n";

static const struct script_context context = {.ticker = "BTCUSDT",
                                              .base = "BTC",
                                              .quote = "USDT",
                                              .exchange = "binance",
                                              .timeframe = TF_M15,
                                              .tick_size = 1};

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "bench_backtest_sweep: %s\n", what);
    exit(1);
}

// Whole prices, so that sums of them are exact and everybody sees the same crossings.
static struct candles make_candles(size_t n)
{
    struct candles c = {.n = n, .cap = n};
    c.columns.open_time = calloc(n, sizeof *c.columns.open_time);
    double **columns[] = {&c.columns.open, &c.columns.high, &c.columns.low, &c.columns.close,
                          &c.columns.volume};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        *columns[i] = calloc(n, sizeof(double));
        if (!*columns[i] || !c.columns.open_time)
            give_up("out of memory: ask for fewer candles");
    }
    struct random r;
    random_init(&r, 7);
    double last = 50000;
    for (size_t i = 0; i < n; i++) {
        double drift = (50000 - last) * 1e-4; // so that prices stay above zero
        c.columns.open_time[i] = INT64_C(1500000300000) + (int64_t)i * STEP_MS;
        c.columns.open[i] = last;
        last = round(last + drift + 100 * random_normal(&r));
        c.columns.close[i] = last;
        c.columns.high[i] = fmax(c.columns.open[i], last) + round(60 * random_unit(&r));
        c.columns.low[i] = fmin(c.columns.open[i], last) - round(60 * random_unit(&r));
    }
    return c;
}

// --- the plain loop -----------------------------------------------------------------------------

struct plain {
    int64_t trades, equity; // in thousandths, exact
};

static int64_t length_fast(size_t i)
{
    return 5 + (int64_t)(i / SLOWS);
}

static int64_t length_slow(size_t i)
{
    return 25 + 3 * (int64_t)(i % SLOWS);
}

// Signal on the closed candle, fill at the next open, one unit, 0.1 % fee a side.
static struct plain run_plain(const struct candles *c, int64_t fast, int64_t slow)
{
    struct plain p = {0, (int64_t)CAPITAL * 1000};
    int64_t fast_sum = 0, slow_sum = 0, before = 0, entry = 0, n = (int64_t)c->n;
    int order = 0;
    bool open = false;
    for (int64_t i = 0; i < n; i++) {
        int64_t price = (int64_t)c->columns.open[i], close = (int64_t)c->columns.close[i];
        if (order > 0 && !open) {
            entry = price;
            open = true;
        } else if (order < 0 && open) {
            p.equity += (price - entry) * 1000 - price - entry;
            p.trades++;
            open = false;
        }
        order = 0;
        fast_sum += close - (i >= fast ? (int64_t)c->columns.close[i - fast] : 0);
        slow_sum += close - (i >= slow ? (int64_t)c->columns.close[i - slow] : 0);
        int64_t side = fast_sum * slow - slow_sum * fast;
        if (i >= slow)
            order = side > 0 && before <= 0 ? 1 : side < 0 && before >= 0 ? -1 : 0;
        before = side;
    }
    if (open)
        p.equity += ((int64_t)c->columns.close[n - 1] - entry) * 1000 - entry;
    return p;
}

// --- ours ---------------------------------------------------------------------------------------

struct worker {
    pthread_t thread;
    const struct sweep_task *task;
    struct sweep_result *results;
    const uint64_t *combinations;
    size_t count;
};

static void *work(void *arg)
{
    struct worker *w = arg;
    struct diag d = {0};
    for (size_t at = 0; at < w->count; at += BATCH) {
        size_t n = w->count - at < BATCH ? w->count - at : BATCH;
        if (sweep_batch(w->task, w->combinations + at, n, w->results + at, &d))
            give_up(d.text);
    }
    return NULL;
}

static double run_sweep(const struct sweep_task *t, struct sweep_result *results, size_t threads)
{
    static uint64_t combinations[PAIRS];
    struct worker workers[THREADS] = {0};
    for (size_t i = 0; i < PAIRS; i++)
        combinations[i] = i;
    clock_ns start = clock_now_ns();
    for (size_t i = 0; i < threads; i++) {
        size_t from = PAIRS * i / threads, to = PAIRS * (i + 1) / threads;
        workers[i] = (struct worker){.task = t,
                                     .results = results + from,
                                     .combinations = combinations + from,
                                     .count = to - from};
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
            give_up("no thread can be started");
    }
    for (size_t i = 0; i < threads; i++)
        (void)pthread_join(workers[i].thread, NULL);
    return (double)(clock_now_ns() - start) / 1e9;
}

static void compare(const struct candles *c, const struct sweep_result *results)
{
    clock_ns start = clock_now_ns();
    static struct plain plain[PAIRS];
    for (size_t i = 0; i < PAIRS; i++)
        plain[i] = run_plain(c, length_fast(i), length_slow(i));
    double seconds = (double)(clock_now_ns() - start) / 1e9;
    for (size_t i = 0; i < PAIRS; i++) {
        if (results[i].failed || results[i].trades != plain[i].trades ||
            fabs(results[i].final_equity - (double)plain[i].equity / 1000) > 1e-6)
            give_up("a result differs from the plain loop's");
    }
    printf("%-34s %8.3f s  (results equal ours)\n", "  plain loop, one core", seconds);
}

int main(int argc, char **argv)
{
    long n = argc > 1 ? strtol(argv[1], NULL, 10) : 100000;
    long rounds = argc > 2 ? strtol(argv[2], NULL, 10) : 5;
    if (n < 1000 || n > (long)SWEEP_CANDLES_MAX || rounds < 1 || rounds > 1000) {
        fprintf(stderr, "usage: bench_backtest_sweep [CANDLES [ROUNDS]]; 1000 candles at least\n");
        return 64;
    }
    struct candles c = make_candles((size_t)n);
    struct script_program *p = NULL;
    static struct script_diags diags;
    struct sweep_space space = {0};
    struct diag d = {0};
    struct sweep_result *results = calloc(PAIRS, sizeof *results);
    if (!results || script_compile(STR(source), &p, &diags) ||
        sweep_space_add(&space, STR("f=5:24"), &d) ||
        sweep_space_add(&space, STR("s=25:172:3"), &d))
        give_up("the sweep cannot be set up");
    struct sweep_task t = {
        .program = p, .context = &context, .space = &space, .candles = &c, .segment_count = 10};
    printf("%ld candles, %d pairs, least of %ld rounds\n", n, PAIRS, rounds);
    for (size_t threads = THREADS; threads >= 1; threads--) {
        double best = INFINITY;
        for (long i = 0; i < rounds; i++)
            best = fmin(best, run_sweep(&t, results, threads));
        printf("SMA pairs with orders, %zu thread%s %9.3f s\n", threads, threads > 1 ? "s" : " ",
               best);
    }
    compare(&c, results);
    free(results);
    sweep_space_finish(&space);
    script_program_destroy(p);
    candles_finish(&c);
    return 0;
}
