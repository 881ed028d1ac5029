// SPDX-License-Identifier: Apache-2.0
// What a candle costs in a backtest, all in: indicators, broker, trade list, statistics; beside
// TA-Lib's own loops and a plain loop over the same prices, whose trades and final equity must
// equal ours. Least of several rounds; usage: [CANDLES [ROUNDS
// [PART]]], PART one of cross, ema, island, live, compile, talib.
#include "backtest/run.h"
#include "base/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ta_libc.h>

#define STEP_MS (15 * MS_MINUTE)
#define CAPITAL 1000000
#define FAST    10
#define SLOW    30

#define ACCOUNT                                                                                    \
    "initial_capital=1000000, default_qty_type=strategy.fixed, default_qty_value=1, "              \
    "commission_type=strategy.commission.percent, commission_value=0.1)\n"

static const char cross_source[] = "//@version=5\n"
                                   "strategy(\"SMA cross\", " ACCOUNT "fast = ta.sma(close, 10)\n"
                                   "slow = ta.sma(close, 30)\n"
                                   "if ta.crossover(fast, slow)\n"
                                   "    strategy.entry(\"L\", strategy.long)\n"
                                   "if ta.crossunder(fast, slow)\n"
                                   "    strategy.close(\"L\")\n";
static const char ema_source[] = "//@version=5\n"
                                 "strategy(\"EMA and RSI\", " ACCOUNT "fast = ta.ema(close, 12)\n"
                                 "slow = ta.ema(close, 26)\n"
                                 "strength = ta.rsi(close, 14)\n"
                                 "if ta.crossover(fast, slow) and strength < 70\n"
                                 "    strategy.entry(\"L\", strategy.long)\n"
                                 "if ta.crossunder(fast, slow) or strength > 80\n"
                                 "    strategy.close(\"L\")\n";
static const char var_source[] = "//@version=5\n"
                                 "strategy(\"Trailing\", " ACCOUNT "average = ta.sma(close, 20)\n"
                                 "var float floor = na\n"
                                 "var int held = 0\n"
                                 "if na(floor) and ta.crossover(close, average)\n"
                                 "    floor := close * 0.97\n"
                                 "    held := 0\n"
                                 "    strategy.entry(\"L\", strategy.long)\n"
                                 "else if not na(floor)\n"
                                 "    floor := math.max(floor, close * 0.97)\n"
                                 "    held += 1\n"
                                 "    if close < floor or held > 200\n"
                                 "        floor := na\n"
                                 "        strategy.close(\"L\")\n";
static const char five_source[] = "//@version=5\n"
                                  "strategy(\"Five\", " ACCOUNT "fast = ta.ema(close, 12)\n"
                                  "slow = ta.sma(close, 50)\n"
                                  "strength = ta.rsi(close, 14)\n"
                                  "[line, signal, bars] = ta.macd(close, 12, 26, 9)\n"
                                  "range14 = ta.atr(14)\n"
                                  "if fast > slow and strength < 60 and line > signal\n"
                                  "    strategy.entry(\"L\", strategy.long)\n"
                                  "if fast < slow and close < fast - range14\n"
                                  "    strategy.close(\"L\")\n";

static const struct script_context context = {.ticker = "BTCUSDT",
                                              .base = "BTC",
                                              .quote = "USDT",
                                              .exchange = "binance",
                                              .timeframe = TF_M15,
                                              .tick_size = 1};

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "bench_backtest_speed: %s\n", what);
    exit(1);
}

static void *allocate(size_t bytes)
{
    void *p = malloc(bytes);
    if (!p)
        give_up("out of memory: ask for fewer candles");
    memset(p, 0, bytes);
    return p;
}

// --- prices -------------------------------------------------------------------------------------

struct history {
    size_t n;
    time_ms *time;
    double *open, *high, *low, *close, *volume;
};

// Whole prices, so that sums of them are exact and everybody sees the same crossings.
static struct history make_history(size_t n)
{
    struct history h = {.n = n, .time = allocate(n * sizeof *h.time)};
    double **columns[] = {&h.open, &h.high, &h.low, &h.close, &h.volume};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        *columns[i] = allocate(n * sizeof(double));
    struct random r;
    random_init(&r, 7);
    double last = 50000;
    for (size_t i = 0; i < n; i++) {
        double drift = (50000 - last) * 1e-4; // so that prices stay above zero
        h.time[i] = INT64_C(1500000300000) + (int64_t)i * STEP_MS;
        h.open[i] = last;
        h.close[i] = round(last + drift + 100 * random_normal(&r));
        h.high[i] = fmax(h.open[i], h.close[i]) + round(60 * random_unit(&r));
        h.low[i] = fmin(h.open[i], h.close[i]) - round(60 * random_unit(&r));
        h.volume[i] = 1000 * random_unit(&r);
        last = h.close[i];
    }
    return h;
}

static struct script_bars bars_of(const struct history *h)
{
    return (struct script_bars){h->time, h->open, h->high, h->low, h->close, h->volume};
}

static void free_history(struct history *h)
{
    free(h->time);
    free(h->open);
    free(h->high);
    free(h->low);
    free(h->close);
    free(h->volume);
}

// --- the plain loop -----------------------------------------------------------------------------

struct plain_trade {
    size_t entry, exit;
    int64_t entry_price, exit_price;
};

struct plain {
    struct plain_trade *trades; // NULL: only counted
    size_t count;
    bool open;
    struct plain_trade held;
    int64_t equity; // in thousandths, exact
};

// Signal on the closed candle, fill at the next open, one unit, 0.1 % fee a side. Whole numbers
// throughout: 3 * sum of 10 against the sum of 30.
static void run_plain(const struct history *h, struct plain *p)
{
    int64_t fast = 0, slow = 0, before = 0;
    int order = 0; // 1 buy, -1 sell at the next open
    p->count = 0;
    p->open = false;
    p->equity = (int64_t)CAPITAL * 1000;
    for (size_t i = 0; i < h->n; i++) {
        if (order > 0 && !p->open) {
            p->held = (struct plain_trade){.entry = i, .entry_price = (int64_t)h->open[i]};
            p->open = true;
        } else if (order < 0 && p->open) {
            p->held.exit = i;
            p->held.exit_price = (int64_t)h->open[i];
            p->equity += (p->held.exit_price - p->held.entry_price) * 1000 - p->held.exit_price -
                         p->held.entry_price;
            p->open = false;
            if (p->trades)
                p->trades[p->count] = p->held;
            p->count++;
        }
        order = 0;
        int64_t close = (int64_t)h->close[i];
        fast += close - (i >= FAST ? (int64_t)h->close[i - FAST] : 0);
        slow += close - (i >= SLOW ? (int64_t)h->close[i - SLOW] : 0);
        int64_t side = SLOW / FAST * fast - slow;
        if (i >= SLOW) // both averages are there on this bar and on the one before
            order = side > 0 && before <= 0 ? 1 : side < 0 && before >= 0 ? -1 : 0;
        before = side;
    }
    if (p->open) // valued at the last close
        p->equity +=
            ((int64_t)h->close[h->n - 1] - p->held.entry_price) * 1000 - p->held.entry_price;
}

static bool same_trade(const struct broker_trade *a, const struct plain_trade *b)
{
    return a && (size_t)a->entry_bar == b->entry && (size_t)a->exit_bar == b->exit &&
           a->entry_price == (double)b->entry_price && a->exit_price == (double)b->exit_price;
}

static void compare(const struct plain *p, const struct run *r, const struct stats *s)
{
    if ((size_t)s->trades != p->count || s->open_trades != p->open)
        give_up("the number of trades differs from the plain loop's");
    for (size_t i = 0; i < p->count; i++) {
        if (!same_trade(broker_closed_trade(run_broker(r), (int64_t)i), &p->trades[i]))
            give_up("a trade differs from the plain loop's");
    }
    if (fabs(s->final_equity - (double)p->equity / 1000) > 1e-6)
        give_up("the final equity differs from the plain loop's");
}

// --- ours ---------------------------------------------------------------------------------------

static struct script_program *compile(const char *source)
{
    static struct script_diags diags;
    struct script_program *p = NULL;
    if (script_compile(str_from(source), &p, &diags))
        give_up(diags.items[0].text);
    return p;
}

static struct run *make_run(const struct script_program *p)
{
    struct run_options o = {.program = p, .context = &context, .max_closed_trades = 1000000};
    struct run *r = NULL;
    struct diag d = {0};
    if (run_create(&o, &r, &d))
        give_up(d.text);
    return r;
}

// Nanoseconds a candle from nothing to statistics; *out is left to the caller when it asks for it.
static double run_once(const struct script_program *p, const struct history *h, struct run **out,
                       struct stats *s)
{
    struct script_bars bars = bars_of(h);
    clock_ns start = clock_now_ns();
    struct run *r = make_run(p);
    if (run_bars(r, &bars, h->n) || run_finish(r))
        give_up("the backtest failed");
    run_stats(r, s);
    double ns = (double)(clock_now_ns() - start) / (double)h->n;
    if (out)
        *out = r;
    else
        run_destroy(r);
    return ns;
}

static double least_run(const struct script_program *p, const struct history *h, int rounds,
                        struct stats *s)
{
    double best = INFINITY;
    for (int i = 0; i < rounds; i++)
        best = fmin(best, run_once(p, h, NULL, s));
    return best;
}

static void bench_cross(const struct history *h, int rounds)
{
    struct script_program *p = compile(cross_source);
    struct plain plain = {.trades = allocate(h->n / 2 * sizeof *plain.trades)};
    struct run *r = NULL;
    struct stats s = {0};
    run_plain(h, &plain);
    (void)run_once(p, h, &r, &s);
    compare(&plain, r, &s);
    run_destroy(r);
    double bare = INFINITY;
    free(plain.trades);
    plain.trades = NULL;
    for (int i = 0; i < rounds; i++) {
        clock_ns start = clock_now_ns();
        run_plain(h, &plain);
        bare = fmin(bare, (double)(clock_now_ns() - start) / (double)h->n);
    }
    printf("%-34s %8.2f ns a candle  (%lld trades, equal to the plain loop's)\n",
           "SMA(10)/SMA(30) cross", least_run(p, h, rounds, &s), (long long)s.trades);
    printf("%-34s %8.2f ns a candle  (no trade list, no statistics)\n", "  plain loop", bare);
    script_program_destroy(p);
}

static void bench_strategy(const char *name, const char *source, const struct history *h,
                           int rounds)
{
    struct script_program *p = compile(source);
    struct stats s = {0};
    double best = least_run(p, h, rounds, &s);
    printf("%-34s %8.2f ns a candle  (%lld trades)\n", name, best, (long long)s.trades);
    script_program_destroy(p);
}

static void bench_ema(const struct history *h, int rounds)
{
    bench_strategy("EMA(12/26) + RSI(14)", ema_source, h, rounds);
}

static void bench_island(const struct history *h, int rounds)
{
    bench_strategy("island: trailing stop in a var", var_source, h, rounds);
}

static void bench_compile(const struct history *h, int rounds)
{
    (void)h;
    double best = INFINITY;
    for (int i = 0; i < rounds * 10; i++) {
        clock_ns start = clock_now_ns();
        struct script_program *p = compile(five_source);
        struct run *r = make_run(p);
        best = fmin(best, (double)(clock_now_ns() - start) / 1e3);
        run_destroy(r);
        script_program_destroy(p);
    }
    printf("%-34s %8.1f us\n", "compile and bind five indicators", best);
}

static void bench_live(const struct history *h, int rounds)
{
    struct script_program *p = compile(five_source);
    struct script_instance *inst = NULL;
    struct script_workspace *w = script_workspace_create();
    struct diag d = {0};
    double best = INFINITY;
    size_t part = h->n / (size_t)rounds;
    if (!w || script_instance_create(p, &context, NULL, 0, 0, &inst, &d))
        give_up("no instance for the live bench");
    for (size_t at = 0; part > 0 && at + part <= h->n; at += part) {
        clock_ns start = clock_now_ns();
        for (size_t i = at; i < at + part; i++) {
            struct script_bars one = {h->time + i, h->open + i,  h->high + i,
                                      h->low + i,  h->close + i, h->volume + i};
            if (script_instance_run_with(inst, w, &one, 1, NULL, NULL))
                give_up("the live bench failed");
        }
        best = fmin(best, (double)(clock_now_ns() - start) / (double)part);
    }
    printf("%-34s %8.1f ns           (%zu bytes of state a stream)\n",
           "live candle, five indicators", best, script_instance_state_bytes(inst));
    script_instance_destroy(inst);
    script_workspace_destroy(w);
    script_program_destroy(p);
}

// --- TA-Lib -------------------------------------------------------------------------------------

struct talib {
    const char *name;
    TA_RetCode (*run)(int last, const double *in, int *from, int *count, double *const *out);
};

static TA_RetCode run_sma(int last, const double *in, int *from, int *count, double *const *out)
{
    return TA_SMA(0, last, in, FAST, from, count, out[0]);
}

static TA_RetCode run_ema(int last, const double *in, int *from, int *count, double *const *out)
{
    return TA_EMA(0, last, in, 12, from, count, out[0]);
}

static TA_RetCode run_rsi(int last, const double *in, int *from, int *count, double *const *out)
{
    return TA_RSI(0, last, in, 14, from, count, out[0]);
}

static TA_RetCode run_macd(int last, const double *in, int *from, int *count, double *const *out)
{
    return TA_MACD(0, last, in, 12, 26, 9, from, count, out[0], out[1], out[2]);
}

static void bench_talib(const struct history *h, int rounds)
{
    static const struct talib all[] = {
        {"  TA-Lib SMA(10) alone", run_sma},
        {"  TA-Lib EMA(12) alone", run_ema},
        {"  TA-Lib RSI(14) alone", run_rsi},
        {"  TA-Lib MACD(12, 26, 9) alone", run_macd},
    };
    double *out[3];
    for (int i = 0; i < 3; i++)
        out[i] = allocate(h->n * sizeof *out[i]);
    if (TA_Initialize() != TA_SUCCESS)
        give_up("TA-Lib does not start");
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        double best = INFINITY;
        for (int i = 0; i < rounds; i++) {
            int from, count;
            clock_ns start = clock_now_ns();
            if (all[k].run((int)h->n - 1, h->close, &from, &count, out) != TA_SUCCESS)
                give_up("TA-Lib failed");
            best = fmin(best, (double)(clock_now_ns() - start) / (double)h->n);
        }
        printf("%-34s %8.2f ns a candle\n", all[k].name, best);
    }
    (void)TA_Shutdown();
    for (int i = 0; i < 3; i++)
        free(out[i]);
}

static const struct part {
    const char *name;
    void (*run)(const struct history *h, int rounds);
} parts[] = {{"cross", bench_cross}, {"ema", bench_ema},         {"island", bench_island},
             {"live", bench_live},   {"compile", bench_compile}, {"talib", bench_talib}};

int main(int argc, char **argv)
{
    long n = argc > 1 ? strtol(argv[1], NULL, 10) : 1000000;
    long rounds = argc > 2 ? strtol(argv[2], NULL, 10) : 9;
    if (n < 1000 || n > 50000000 || rounds < 1 || rounds > 1000) {
        fprintf(stderr,
                "usage: bench_backtest_speed [CANDLES [ROUNDS [PART]]]; 1000 candles at least\n");
        return 64;
    }
    struct history h = make_history((size_t)n);
    printf("%ld candles, one core, least of %ld rounds\n", n, rounds);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (argc < 4 || strcmp(argv[3], parts[i].name) == 0)
            parts[i].run(&h, (int)rounds);
    }
    free_history(&h);
    return 0;
}
