// SPDX-License-Identifier: Apache-2.0
// Prints what a candle costs in each kernel, fed in blocks as a backtest feeds it, beside TA-Lib's
// own loop over the same prices in the same run. Median of several rounds; usage: [CANDLES
// [ROUNDS]].
#include "base/clock.h"
#include "base/random.h"
#include "script/kernel.h"
#include "script/kernel_talib.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ta_libc.h>

#define BLOCK      1024
#define ROUNDS_MAX 99

struct prices {
    size_t n;
    double *open, *high, *low, *close, *volume, *time, *other, *condition;
};

static struct prices prices_make(size_t n)
{
    struct prices p = {.n = n};
    double **columns[] = {&p.open,   &p.high, &p.low,   &p.close,
                          &p.volume, &p.time, &p.other, &p.condition};
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++) {
        *columns[k] = malloc(n * sizeof(double));
        if (*columns[k] == NULL) {
            (void)fprintf(stderr, "out of memory for %zu candles: ask for fewer\n", n);
            exit(1);
        }
    }
    struct random r;
    random_init(&r, 1);
    double price = 100;
    for (size_t i = 0; i < n; i++) {
        p.open[i] = price;
        price *= exp(0.002 * random_normal(&r));
        p.close[i] = price;
        p.high[i] = fmax(p.open[i], price) * (1 + 0.001 * random_unit(&r));
        p.low[i] = fmin(p.open[i], price) * (1 - 0.001 * random_unit(&r));
        p.volume[i] = 1000 * random_unit(&r);
        p.time[i] = (double)i * 60000;
        p.other[i] = price * (1 + 0.01 * random_normal(&r));
        p.condition[i] = random_below(&r, 10) == 0 ? 1 : 0;
    }
    return p;
}

static void prices_free(struct prices *p)
{
    double *columns[] = {p->open,   p->high, p->low,   p->close,
                         p->volume, p->time, p->other, p->condition};
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++)
        free(columns[k]);
}

// The column an input of that name is fed with; arguments get the close.
static const double *column_of(const struct prices *p, const char *name, size_t length, size_t i)
{
    const struct {
        const char *name;
        const double *column;
    } known[] = {{"open", p->open},        {"high", p->high},          {"low", p->low},
                 {"close", p->close},      {"volume", p->volume},      {"time", p->time},
                 {"anchor", p->condition}, {"condition", p->condition}};
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        if (strlen(known[k].name) == length && memcmp(known[k].name, name, length) == 0)
            return known[k].column;
    }
    return i == 0 ? p->close : p->other;
}

static double median(double *times, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        for (size_t k = i; k > 0 && times[k] < times[k - 1]; k--) {
            double t = times[k];
            times[k] = times[k - 1];
            times[k - 1] = t;
        }
    }
    return times[n / 2];
}

static double out[3][BLOCK];

static double kernel_round(const struct kernel *k, const double *params, const double *const *in,
                           void *state, size_t n, size_t block)
{
    int64_t start = clock_now_ns();
    if (state != NULL)
        k->init(state, params);
    for (size_t i = 0; i < n; i += block) {
        const double *at[KERNEL_INPUTS_MAX];
        double *const to[] = {out[0], out[1], out[2]};
        for (size_t j = 0; j < k->inputs; j++)
            at[j] = in[j] + i;
        k->run(state, params, at, to, n - i < block ? n - i : block);
    }
    return (double)(clock_now_ns() - start) / (double)n;
}

// --- TA-Lib's own loop ---------------------------------------------------------------------------

struct rival {
    TA_ParamHolder *holder;
    double *out[3];
    int *whole[3];
};

static bool rival_input(TA_ParamHolder *h, const TA_FuncHandle *f, const struct prices *p,
                        unsigned i)
{
    const TA_InputParameterInfo *info;
    if (TA_GetInputParameterInfo(f, i, &info) != TA_SUCCESS)
        return false;
    if (info->type == TA_Input_Price)
        return TA_SetInputParamPricePtr(h, i, p->open, p->high, p->low, p->close, p->volume,
                                        NULL) == TA_SUCCESS;
    return TA_SetInputParamRealPtr(h, i, i == 0 ? p->close : p->other) == TA_SUCCESS;
}

static bool rival_option(TA_ParamHolder *h, const TA_FuncHandle *f, double value, unsigned i)
{
    const TA_OptInputParameterInfo *info;
    if (TA_GetOptInputParameterInfo(f, i, &info) != TA_SUCCESS)
        return false;
    if (info->type == TA_OptInput_RealRange)
        return TA_SetOptInputParamReal(h, i, value) == TA_SUCCESS;
    return TA_SetOptInputParamInteger(h, i, (int)value) == TA_SUCCESS;
}

// False when this TA-Lib has no such function.
static bool rival_init(struct rival *r, const char *name, const struct prices *p,
                       const double *options, size_t option_count)
{
    const TA_FuncHandle *f;
    const TA_FuncInfo *info;
    *r = (struct rival){0};
    if (TA_GetFuncHandle(name, &f) != TA_SUCCESS || TA_GetFuncInfo(f, &info) != TA_SUCCESS ||
        TA_ParamHolderAlloc(f, &r->holder) != TA_SUCCESS)
        return false;
    bool ok = true;
    for (unsigned i = 0; i < info->nbInput; i++)
        ok = ok && rival_input(r->holder, f, p, i);
    for (unsigned i = 0; i < option_count && i < info->nbOptInput; i++)
        ok = ok && rival_option(r->holder, f, options[i], i);
    for (unsigned i = 0; i < info->nbOutput && ok; i++) {
        const TA_OutputParameterInfo *o;
        ok = TA_GetOutputParameterInfo(f, i, &o) == TA_SUCCESS;
        if (ok && o->type == TA_Output_Integer) {
            r->whole[i] = malloc(p->n * sizeof(int));
            ok = r->whole[i] != NULL &&
                 TA_SetOutputParamIntegerPtr(r->holder, i, r->whole[i]) == TA_SUCCESS;
        } else if (ok) {
            r->out[i] = malloc(p->n * sizeof(double));
            ok = r->out[i] != NULL &&
                 TA_SetOutputParamRealPtr(r->holder, i, r->out[i]) == TA_SUCCESS;
        }
    }
    return ok;
}

static void rival_finish(struct rival *r)
{
    if (r->holder != NULL)
        (void)TA_ParamHolderFree(r->holder);
    for (int i = 0; i < 3; i++) {
        free(r->out[i]);
        free(r->whole[i]);
    }
}

static double rival_median(const char *name, const struct prices *p, const double *options,
                           size_t option_count, size_t rounds)
{
    struct rival r;
    double times[ROUNDS_MAX] = {0}, result = -1;
    if (rival_init(&r, name, p, options, option_count)) {
        for (size_t i = 0; i < rounds; i++) {
            int begin, count;
            int64_t start = clock_now_ns();
            (void)TA_CallFunc(r.holder, 0, (int)p->n - 1, &begin, &count);
            times[i] = (double)(clock_now_ns() - start) / (double)p->n;
        }
        result = median(times, rounds);
    }
    rival_finish(&r);
    return result;
}

// --- the table -----------------------------------------------------------------------------------

// Pine's kernels and the TA-Lib function that comes nearest, with the params both are run with.
static const struct {
    const char *kernel;
    double params[KERNEL_PARAMS_MAX];
    const char *rival;
    double options[KERNEL_PARAMS_MAX];
    size_t option_count;
} chosen[] = {
    {"ta.sma", {14}, "SMA", {14}, 1},
    {"ta.ema", {14}, "EMA", {14}, 1},
    {"ta.rma", {14}, NULL, {0}, 0},
    {"ta.wma", {14}, "WMA", {14}, 1},
    {"ta.linreg", {14, 0}, "LINEARREG", {14}, 1},
    {"ta.rsi", {14}, "RSI", {14}, 1},
    {"ta.macd", {12, 26, 9}, "MACD", {12, 26, 9}, 3},
    {"ta.highest", {20}, "MAX", {20}, 1},
    {"ta.lowest", {20}, "MIN", {20}, 1},
    {"ta.highestbars", {20}, "MAXINDEX", {20}, 1},
    {"ta.atr", {14}, "ATR", {14}, 1},
    {"ta.stdev", {20, 1}, "STDDEV", {20}, 1},
    {"ta.variance", {20, 1}, "VAR", {20}, 1},
    {"ta.bb", {20, 2}, "BBANDS", {20}, 1},
    {"ta.stoch", {14}, "STOCHF", {14, 1}, 2},
    {"ta.wpr", {14}, "WILLR", {14}, 1},
    {"ta.cci", {20}, "CCI", {20}, 1},
    {"ta.mfi", {14}, "MFI", {14}, 1},
    {"ta.cmo", {14}, "CMO", {14}, 1},
    {"ta.roc", {10}, "ROC", {10}, 1},
    {"ta.mom", {10}, "MOM", {10}, 1},
    {"ta.obv", {0}, "OBV", {0}, 0},
    {"ta.accdist", {0}, "AD", {0}, 0},
    {"ta.sar", {0.02, 0.02, 0.2}, "SAR", {0.02, 0.2}, 2},
    {"ta.dmi", {14, 14}, "ADX", {14}, 1},
    {"ta.correlation", {20}, "CORREL", {20}, 1},
    {"ta.tr", {1}, "TRANGE", {0}, 0},
    {"ta.dev", {20}, "AVGDEV", {20}, 1},
    {"math.sum", {20}, "SUM", {20}, 1},
    {"ta.supertrend", {3, 10}, NULL, {0}, 0},
    {"ta.kc", {20, 2, 1}, NULL, {0}, 0},
    {"ta.alma", {9, 0.85, 6, 0}, NULL, {0}, 0},
    {"ta.pivothigh", {4, 4}, NULL, {0}, 0},
    {"ta.percentile_nearest_rank", {20, 50}, NULL, {0}, 0},
    {"ta.percentile_linear_interpolation", {20, 50}, NULL, {0}, 0},
    {"ta.vwap@bands", {1}, NULL, {0}, 0},

    {"ta.tsi", {13, 25}, NULL, {0}, 0},
    {"math.round@precision", {2}, NULL, {0}, 0},
    {"math.round_to_mintick", {0.01}, NULL, {0}, 0},
    {"math.random", {0, 1, 1}, NULL, {0}, 0},
};

static size_t choice_of(const char *name)
{
    size_t count = sizeof chosen / sizeof *chosen;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(chosen[i].kernel, name) == 0)
            return i;
    }
    return count;
}

static void print_row(const struct kernel *k, const struct prices *p, size_t rounds)
{
    double params[KERNEL_PARAMS_MAX] = {0}, times[ROUNDS_MAX] = {0};
    const char *rival = NULL;
    const double *options = NULL;
    size_t option_count = 0, at = choice_of(k->name);
    struct kernel_talib_info info;
    if (at < sizeof chosen / sizeof *chosen) {
        memcpy(params, chosen[at].params, sizeof params);
        rival = chosen[at].rival;
        options = chosen[at].options;
        option_count = chosen[at].option_count;
    } else if (kernel_talib_describe(k, &info)) {
        for (size_t i = 0; i < k->params; i++)
            params[i] = info.options[i].standard;
        rival = k->name + strlen("talib.");
    } else {
        for (size_t i = 0; i < k->params; i++)
            params[i] = 14;
    }
    if (k->check != NULL && k->check(params, NULL) != 0)
        return;
    const double *in[KERNEL_INPUTS_MAX] = {NULL};
    const char *name = k->input_names;
    for (size_t j = 0; j < k->inputs; j++) {
        size_t length = strcspn(name, " ");
        in[j] = column_of(p, name, length, j);
        name += length + (name[length] == ' ');
    }
    size_t bytes = k->state_bytes == NULL ? 0 : k->state_bytes(params);
    void *state = bytes == 0 ? NULL : malloc(bytes);
    // The dear ones need no more than one or three rounds to be told apart.
    times[0] = kernel_round(k, params, in, state, p->n, BLOCK);
    size_t needed = times[0] > 60 ? 1 : times[0] > 12 ? 3 : rounds;
    rounds = needed < rounds ? needed : rounds;
    for (size_t i = 1; i < rounds; i++)
        times[i] = kernel_round(k, params, in, state, p->n, BLOCK);
    double block = median(times, rounds);
    size_t few = p->n / 10;
    double single = kernel_round(k, params, in, state, few, 1);
    double other = rival == NULL ? -1 : rival_median(rival, p, options, option_count, rounds);
    (void)printf("%-36s %9.2f %9.2f ", k->name, block, single);
    if (other >= 0)
        (void)printf("%9.2f %-9s", other, rival);
    else
        (void)printf("%9s %-9s", "-", "");
    (void)printf(" %8zu\n", bytes);
    free(state);
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
    size_t rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 5;
    if (n < 1000 || n > 100000000 || rounds < 1 || rounds > ROUNDS_MAX) {
        (void)fprintf(
            stderr, "usage: bench_script_kernels [CANDLES 1000..100000000 [ROUNDS 1..%d [NAME]]]\n",
            ROUNDS_MAX);
        return 64;
    }
    (void)TA_Initialize();
    struct prices p = prices_make(n);
    (void)printf("%zu candles, median of %zu rounds, nanoseconds a candle\n", n, rounds);
    (void)printf("%-36s %9s %9s %9s %-9s %8s\n", "kernel", "in blocks", "one by one", "TA-Lib", "",
                 "state B");
    for (size_t i = 0; kernel_registry[i] != NULL; i++)
        if (argc <= 3 || strstr(kernel_registry[i]->name, argv[3]) != NULL)
            print_row(kernel_registry[i], &p, rounds);
    prices_free(&p);
    return 0;
}
