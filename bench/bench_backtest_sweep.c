// SPDX-License-Identifier: Apache-2.0
// Prints what a candle costs in a backtest with orders, all in: indicators, broker, trade list and
// statistics; beside a plain loop written separately, whose trades, entries and final equity must
// be the same. Then: a strategy with an island, compiling, one live candle, a sweep on one core,
// reading CSV. Median of several rounds. Usage: [CANDLES [ROUNDS]]; exit code 1 when results
// differ.
#include "backtest/sweep.h"
#include "base/clock.h"
#include "base/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROUNDS_MAX 99
#define SOURCE_MAX (64u << 10)

static void give_up(const char *what)
{
    (void)fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static double median(double *v, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        for (size_t k = i; k > 0 && v[k] < v[k - 1]; k--) {
            double t = v[k];
            v[k] = v[k - 1];
            v[k - 1] = t;
        }
    }
    return v[n / 2];
}

// --- candles and strategies ---------------------------------------------------------------------

static struct candles make_candles(size_t n)
{
    struct candles c = {.n = n, .cap = n};
    double **columns[] = {&c.columns.open, &c.columns.high, &c.columns.low, &c.columns.close,
                          &c.columns.volume};
    struct random r;
    double price = 100;
    c.columns.open_time = malloc(n * sizeof *c.columns.open_time);
    for (size_t i = 0; i < 5; i++)
        *columns[i] = malloc(n * sizeof(double));
    if (!c.columns.open_time || !c.columns.volume)
        give_up("out of memory; ask for fewer candles");
    random_init(&r, 1);
    for (size_t i = 0; i < n; i++) {
        c.columns.open_time[i] = INT64_C(1609459200000) + (time_ms)i * 60000;
        c.columns.open[i] = round(price * 1e6) / 1e6;
        price *= exp(0.002 * random_normal(&r));
        price = price < 10 ? 10 : price > 1000 ? 1000 : price;
        c.columns.close[i] = round(price * 1e6) / 1e6;
        c.columns.high[i] = fmax(c.columns.open[i], c.columns.close[i]) + 0.01;
        c.columns.low[i] = fmin(c.columns.open[i], c.columns.close[i]) - 0.01;
        c.columns.volume[i] = floor(1000 * random_unit(&r));
    }
    return c;
}

static struct script_program *compile(const char *name)
{
    char path[512], source[SOURCE_MAX];
    struct script_program *p = NULL;
    struct script_diags *diags = calloc(1, sizeof *diags);
    const char *folder = access("bench", F_OK) == 0 ? "bench" : "../bench";
    FILE *f = str_printf(path, sizeof path, "%s/%s", folder, name) ? NULL : fopen(path, "re");
    if (!f || !diags)
        give_up("start it in the source folder: bench/*.pine are needed");
    size_t len = fread(source, 1, sizeof source, f);
    (void)fclose(f);
    if (script_compile((struct str){source, len}, &p, diags))
        give_up(diags->items[0].text);
    free(diags);
    return p;
}

static const struct script_context context = {.ticker = "BENCHUSDT",
                                              .base = "BENCH",
                                              .quote = "USDT",
                                              .exchange = "bench",
                                              .timeframe = TF_M1};

// One unit, 0.1 % a side, signal on the close, fill at the next open; averages given.
static void plain_pair(const struct candles *c, const double *fast, const double *slow,
                       int64_t *trades, double *equity)
{
    const double *open = c->columns.open;
    double cash = 1000000;
    bool held = false, buy = false, sell = false;
    *trades = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (sell && held) {
            cash += open[i] - 0.001 * open[i];
            held = false;
            ++*trades;
        } else if (buy && !held) {
            cash -= open[i] + 0.001 * open[i];
            held = true;
        }
        buy = i > 0 && fast[i] > slow[i] && fast[i - 1] <= slow[i - 1];
        sell = i > 0 && fast[i] < slow[i] && fast[i - 1] >= slow[i - 1];
    }
    *equity = cash + (held ? c->columns.close[c->n - 1] : 0);
}

static double *average(const struct candles *c, size_t length)
{
    double *out = malloc(c->n * sizeof *out);
    long double sum = 0;
    if (!out)
        give_up("out of memory");
    for (size_t i = 0; i < c->n; i++) {
        sum += (long double)c->columns.close[i];
        if (i >= length)
            sum -= (long double)c->columns.close[i - length];
        out[i] = i + 1 < length ? (double)NAN : (double)(sum / (long double)length);
    }
    return out;
}

#define FASTS 40 // 5, 6 ... 44
#define SLOWS 25 // 50, 55 ... 170
#define PAIRS (FASTS * SLOWS)
#define BATCH 125

static size_t count_different(const struct candles *c, const struct sweep_result *results,
                              double *out_seconds)
{
    double *fast[FASTS], *slow[SLOWS];
    size_t different = 0;
    int64_t start = clock_now_ns();
    for (size_t i = 0; i < FASTS; i++)
        fast[i] = average(c, 5 + i);
    for (size_t i = 0; i < SLOWS; i++)
        slow[i] = average(c, 50 + 5 * i);
    for (size_t i = 0; i < PAIRS; i++) {
        int64_t trades;
        double equity;
        plain_pair(c, fast[i / SLOWS], slow[i % SLOWS], &trades, &equity);
        different += trades != results[i].trades ||
                     !(fabs(equity - results[i].final_equity) <= 1e-9 * fabs(equity));
    }
    *out_seconds = (double)(clock_now_ns() - start) / 1e9;
    for (size_t i = 0; i < FASTS; i++)
        free(fast[i]);
    for (size_t i = 0; i < SLOWS; i++)
        free(slow[i]);
    return different;
}

static bool sweep(struct candles c, size_t rounds)
{
    struct script_program *p = compile("cross_sma.pine");
    struct sweep_space space = {0};
    struct sweep_result *results = calloc(PAIRS, sizeof *results);
    double seconds[ROUNDS_MAX], plain;
    uint64_t list[PAIRS];
    struct diag d = {0};
    c.n = c.n < 100000 ? c.n : 100000;
    struct sweep_task task = {
        .program = p, .context = &context, .space = &space, .candles = &c, .segment_count = 10};
    if (!results || sweep_space_add(&space, STR("fast_length=5:44"), &d) ||
        sweep_space_add(&space, STR("slow_length=50:170:5"), &d))
        give_up(d.text);
    for (uint64_t i = 0; i < PAIRS; i++)
        list[i] = i;
    for (size_t k = 0; k < rounds; k++) {
        int64_t start = clock_now_ns();
        for (size_t i = 0; i < PAIRS; i += BATCH) {
            if (sweep_batch(&task, list + i, BATCH, results + i, &d))
                give_up(d.text);
        }
        seconds[k] = (double)(clock_now_ns() - start) / 1e9;
    }
    size_t different = count_different(&c, results, &plain);
    printf("sweep of %d pairs over %zu candles  %7.3f s on one core (goal 0.25 s on two; plain "
           "loops %.3f s)\n  cross-check: %zu pairs differ\n",
           PAIRS, c.n, median(seconds, rounds), plain, different);
    sweep_space_finish(&space);
    free(results);
    script_program_destroy(p);
    return different == 0;
}

static void write_csv(const char *path, const struct candles *c)
{
    FILE *f = fopen(path, "we");
    if (!f)
        give_up("the temporary file cannot be written");
    (void)fputs("open_time_ms,open,high,low,close,volume\n", f);
    for (size_t i = 0; i < c->n; i++)
        (void)fprintf(f, "%lld,%.6f,%.6f,%.6f,%.6f,%.0f\n", (long long)c->columns.open_time[i],
                      c->columns.open[i], c->columns.high[i], c->columns.low[i],
                      c->columns.close[i], c->columns.volume[i]);
    if (fclose(f) != 0)
        give_up("the temporary file cannot be written");
}

static void read_csv(const struct candles *c, size_t rounds)
{
    char path[] = "/tmp/oracle-bench-XXXXXX";
    double ms[ROUNDS_MAX];
    int fd = mkstemp(path);
    if (fd < 0 || close(fd) != 0)
        give_up("there is no temporary file");
    write_csv(path, c);
    for (size_t i = 0; i < rounds; i++) {
        struct feed_csv_options o = {.timeframe = TF_COUNT, .from = INT64_MIN};
        struct feed_csv_info info;
        static double block[5][RUN_BLOCK];
        static time_ms times[RUN_BLOCK];
        struct feed_columns room = {times, block[0], block[1], block[2], block[3], block[4]};
        struct feed *f = NULL;
        size_t n = 1, all = 0;
        int64_t start = clock_now_ns();
        if (feed_csv_open(path, &o, &f, &info, NULL))
            give_up("the CSV file cannot be read");
        while (n > 0) {
            if (feed_read(f, RUN_BLOCK, &room, &n, NULL))
                give_up("the CSV file cannot be read");
            all += n;
        }
        feed_destroy(f);
        ms[i] = (double)(clock_now_ns() - start) / 1e6;
        if (all != c->n)
            give_up("candles were lost in the CSV file");
    }
    (void)unlink(path);
    printf("reading CSV of %zu candles  %7.1f ms (goal 100 ms for 1,000,000)\n", c->n,
           median(ms, rounds));
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? (size_t)strtoull(argv[1], NULL, 10) : 1000000;
    size_t rounds = argc > 2 ? (size_t)strtoull(argv[2], NULL, 10) : 5;
    if (n < 1000 || n > 100000000 || rounds < 1 || rounds > ROUNDS_MAX)
        give_up("usage: bench_backtest_sweep [CANDLES [ROUNDS]]");
    struct candles c = make_candles(n);
    bool same = sweep(c, rounds);
    read_csv(&c, rounds);
    candles_finish(&c);
    return same ? 0 : 1;
}
