// SPDX-License-Identifier: Apache-2.0
// TA-Lib's "kind of moving average" as one part, and the functions that take such a kind: MA APO
// PPO MACDEXT BBANDS STOCH STOCHF STOCHRSI. Bars with na give na and leave no trace.
#include "script/kernels/parts.h"
#include "script/kernels/talib_internal.h"

#include <ta_libc.h>

// --- the part ------------------------------------------------------------------------------------

struct part {
    size_t (*bytes)(const double *params);
    void (*init)(void *state, const double *params);
    void (*run)(void *state, const double *params, const double *const *in, double *const *out,
                size_t n);
    double params[2]; // NaN stands for the length
};

static size_t sum_bytes(const double *params)
{
    return kernel__sum_bytes(params[0]);
}

static void sum_init(void *state, const double *params)
{
    kernel__sum_init(state, params[0]);
}

static void sma_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    (void)params;
    kernel__sma_run(state, in[0], out[0], n);
}

static void wma_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    (void)params;
    kernel__wma_run(state, in[0], out[0], n);
}

// The triangular average is a mean of means.
static void trima_lengths(double length, double lengths[2])
{
    lengths[1] = floor(length / 2) + 1;
    lengths[0] = fmod(length, 2) != 0 ? lengths[1] : length / 2;
}

static size_t trima_bytes(const double *params)
{
    double lengths[2];
    trima_lengths(params[0], lengths);
    return kernel__sum_bytes(lengths[0]) + kernel__sum_bytes(lengths[1]);
}

static void trima_init(void *state, const double *params)
{
    double lengths[2];
    trima_lengths(params[0], lengths);
    kernel__sum_init(state, lengths[0]);
    kernel__sum_init((char *)state + kernel__sum_bytes(lengths[0]), lengths[1]);
}

static void trima_run(void *state, const double *params, const double *const *in,
                      double *const *out, size_t n)
{
    double lengths[2], inner[KERNEL__CHUNK];
    trima_lengths(params[0], lengths);
    char *outer = (char *)state + kernel__sum_bytes(lengths[0]);
    for (size_t i = 0; i < n; i += KERNEL__CHUNK) {
        size_t m = kernel__min(n - i, KERNEL__CHUNK);
        kernel__sma_run(state, in[0] + i, inner, m);
        kernel__sma_run(outer, inner, out[0] + i, m);
    }
}

#define OWN(id) talib__bytes_##id, talib__init_##id, talib__run_##id

// The kinds by their numbers in TA-Lib; factor and limits are those TA-Lib takes here.
static const struct part parts[] = {
    [TA_MAType_SMA] = {sum_bytes, sum_init, sma_run, {NAN, 0}},
    [TA_MAType_EMA] = {OWN(EMA), {NAN, 0}},
    [TA_MAType_WMA] = {sum_bytes, sum_init, wma_run, {NAN, 0}},
    [TA_MAType_DEMA] = {OWN(DEMA), {NAN, 0}},
    [TA_MAType_TEMA] = {OWN(TEMA), {NAN, 0}},
    [TA_MAType_TRIMA] = {trima_bytes, trima_init, trima_run, {NAN, 0}},
    [TA_MAType_KAMA] = {OWN(KAMA), {NAN, 0}},
    [TA_MAType_MAMA] = {OWN(MAMA), {0.5, 0.05}},
    [TA_MAType_T3] = {OWN(T3), {NAN, 0.7}},
};

struct average {
    const struct part *part; // NULL: one bar is its own average
    double params[2];
};

static struct average average_of(double kind, double length)
{
    struct average a = {.part = length <= 1 ? NULL : &parts[(size_t)kind]};
    for (int k = 0; a.part != NULL && k < 2; k++)
        a.params[k] = kernel__is_na(a.part->params[k]) ? length : a.part->params[k];
    return a;
}

static size_t average_bytes(const struct average *a)
{
    return a->part == NULL ? 0 : a->part->bytes(a->params);
}

static void average_init(const struct average *a, void *state)
{
    if (a->part != NULL)
        a->part->init(state, a->params);
}

// The average with x taken in; na while there are too few, and for na.
static double average_step(const struct average *a, void *state, double x)
{
    double v = x, second;
    const double *const in[] = {&x};
    double *const out[] = {&v, &second};
    if (a->part != NULL && !kernel__is_na(x))
        a->part->run(state, a->params, in, out, 1);
    return v;
}

#define BYTES(id) size_t talib__bytes_##id(const double *params)
#define INIT(id)  void talib__init_##id(void *state, const double *params)
#define RUN(id)                                                                                    \
    void talib__run_##id(void *state, const double *params, const double *const *in,               \
                         double *const *out, size_t n)

// --- MA: timePeriod maType -----------------------------------------------------------------------

BYTES(MA)
{
    struct average a = average_of(params[1], params[0]);
    return average_bytes(&a) + sizeof(double);
}

INIT(MA)
{
    struct average a = average_of(params[1], params[0]);
    average_init(&a, state);
}

RUN(MA)
{
    struct average a = average_of(params[1], params[0]);
    for (size_t i = 0; i < n; i++)
        out[0][i] = kernel__is_na(in[0][i]) ? KERNEL__NA : average_step(&a, state, in[0][i]);
}

// --- APO, PPO: fastPeriod slowPeriod maType ------------------------------------------------------

// The shorter period is the fast one, whatever the order.
static void two_of(const double *params, struct average *fast, struct average *slow)
{
    bool ordered = params[0] <= params[1];
    *fast = average_of(params[2], ordered ? params[0] : params[1]);
    *slow = average_of(params[2], ordered ? params[1] : params[0]);
}

static size_t two_bytes(const double *params)
{
    struct average fast, slow;
    two_of(params, &fast, &slow);
    return average_bytes(&fast) + average_bytes(&slow);
}

static void two_init(void *state, const double *params)
{
    struct average fast, slow;
    two_of(params, &fast, &slow);
    average_init(&fast, state);
    average_init(&slow, (char *)state + average_bytes(&fast));
}

KERNEL__INLINE void two_run(void *state, const double *params, const double *in, double *out,
                            size_t n, bool percent)
{
    struct average fast, slow;
    two_of(params, &fast, &slow);
    char *second = (char *)state + average_bytes(&fast);
    for (size_t i = 0; i < n; i++) {
        double a = average_step(&fast, state, in[i]), b = average_step(&slow, second, in[i]);
        double v = a - b;
        if (percent && !kernel__is_na(v))
            v = fabs(b) < 1e-14 ? 0 : v / b * 100;
        out[i] = kernel__is_na(v) ? KERNEL__NA : v;
    }
}

BYTES(APO)
{
    return two_bytes(params);
}

BYTES(PPO)
{
    return two_bytes(params);
}

INIT(APO)
{
    two_init(state, params);
}

INIT(PPO)
{
    two_init(state, params);
}

RUN(APO)
{
    two_run(state, params, in[0], out[0], n, false);
}

RUN(PPO)
{
    two_run(state, params, in[0], out[0], n, true);
}

// --- MACDEXT: fastPeriod fastMaType slowPeriod slowMaType signalPeriod signalMaType --------------
// As in MACD the fast average begins late, so that both have their first value on the same bar.

struct macdext {
    struct average fast, slow, signal;
    int64_t late; // bars one of the two waits
    bool fast_waits;
};

static struct macdext macdext_of(const double *params)
{
    struct macdext m = {.fast = average_of(params[1], params[0]),
                        .slow = average_of(params[3], params[2]),
                        .signal = average_of(params[5], params[4])};
    int fast = TA_MA_Lookback((int)params[0], (TA_MAType)(int)params[1]);
    int slow = TA_MA_Lookback((int)params[2], (TA_MAType)(int)params[3]);
    m.fast_waits = fast < slow;
    m.late = m.fast_waits ? slow - fast : fast - slow;
    return m;
}

BYTES(MACDEXT)
{
    struct macdext m = macdext_of(params);
    return sizeof(int64_t) + average_bytes(&m.fast) + average_bytes(&m.slow) +
           average_bytes(&m.signal);
}

INIT(MACDEXT)
{
    struct macdext m = macdext_of(params);
    char *at = state;
    *(int64_t *)state = 0;
    at += sizeof(int64_t);
    average_init(&m.fast, at);
    at += average_bytes(&m.fast);
    average_init(&m.slow, at);
    average_init(&m.signal, at + average_bytes(&m.slow));
}

RUN(MACDEXT)
{
    struct macdext m = macdext_of(params);
    int64_t *bars = state;
    char *fast = (char *)state + sizeof(int64_t), *slow = fast + average_bytes(&m.fast);
    char *signal = slow + average_bytes(&m.slow);
    for (size_t i = 0; i < n; i++) {
        double x = in[0][i], line = KERNEL__NA, sig = KERNEL__NA;
        if (!kernel__is_na(x)) {
            bool waiting = (*bars)++ < m.late;
            double a = average_step(&m.fast, fast, waiting && m.fast_waits ? KERNEL__NA : x);
            double b = average_step(&m.slow, slow, waiting && !m.fast_waits ? KERNEL__NA : x);
            line = a - b;
            sig = average_step(&m.signal, signal, line);
        }
        bool na = kernel__is_na(sig);
        out[0][i] = na ? KERNEL__NA : line;
        out[1][i] = na ? KERNEL__NA : sig;
        out[2][i] = na ? KERNEL__NA : line - sig;
    }
}

// --- BBANDS: timePeriod nbDevUp nbDevDn maType ---------------------------------------------------

BYTES(BBANDS)
{
    struct average a = average_of(params[3], params[0]);
    return kernel__variance_bytes(params[0]) + average_bytes(&a);
}

INIT(BBANDS)
{
    struct average a = average_of(params[3], params[0]);
    kernel__variance_init(state, params[0], true);
    average_init(&a, (char *)state + kernel__variance_bytes(params[0]));
}

RUN(BBANDS)
{
    struct average a = average_of(params[3], params[0]);
    char *average = (char *)state + kernel__variance_bytes(params[0]);
    for (size_t i = 0; i < n; i++) {
        double x = in[0][i], variance;
        double middle = kernel__is_na(x) ? KERNEL__NA : average_step(&a, average, x);
        kernel__variance_run(state, in[0] + i, &variance, 1);
        double deviation = kernel__is_na(middle) ? KERNEL__NA : sqrt(variance);
        out[0][i] = middle + params[1] * deviation;
        out[1][i] = kernel__is_na(deviation) ? KERNEL__NA : middle;
        out[2][i] = middle - params[2] * deviation;
    }
}

// --- stochastics ---------------------------------------------------------------------------------

// Where x stands in the range of the last `length` bars, in percent; 0 without range.
static double standing(char *highs, char *lows, double x, double high, double low)
{
    double top, bottom;
    kernel__highest_run(highs, &high, &top, 1);
    kernel__lowest_run(lows, &low, &bottom, 1);
    double range = (top - bottom) / 100;
    return kernel__is_na(range) ? KERNEL__NA : range == 0 ? 0 : (x - bottom) / range;
}

static void ranges_init(char *state, double length)
{
    kernel__extreme_init(state, length);
    kernel__extreme_init(state + kernel__extreme_bytes(length), length);
}

static bool prices_are_na(const double *const *in, size_t i)
{
    return kernel__is_na(in[0][i]) || kernel__is_na(in[1][i]) || kernel__is_na(in[2][i]);
}

// STOCH: fastK_Period slowK_Period slowK_MaType slowD_Period slowD_MaType

BYTES(STOCH)
{
    struct average k = average_of(params[2], params[1]), d = average_of(params[4], params[3]);
    return 2 * kernel__extreme_bytes(params[0]) + average_bytes(&k) + average_bytes(&d);
}

INIT(STOCH)
{
    struct average k = average_of(params[2], params[1]), d = average_of(params[4], params[3]);
    char *at = (char *)state + 2 * kernel__extreme_bytes(params[0]);
    ranges_init(state, params[0]);
    average_init(&k, at);
    average_init(&d, at + average_bytes(&k));
}

RUN(STOCH)
{
    struct average k = average_of(params[2], params[1]), d = average_of(params[4], params[3]);
    char *lows = (char *)state + kernel__extreme_bytes(params[0]);
    char *slow_k = lows + kernel__extreme_bytes(params[0]), *slow_d = slow_k + average_bytes(&k);
    for (size_t i = 0; i < n; i++) {
        double a = KERNEL__NA, b = KERNEL__NA;
        if (!prices_are_na(in, i)) {
            a = average_step(&k, slow_k, standing(state, lows, in[2][i], in[0][i], in[1][i]));
            b = average_step(&d, slow_d, a);
        }
        out[0][i] = kernel__is_na(b) ? KERNEL__NA : a;
        out[1][i] = b;
    }
}

// STOCHF: fastK_Period fastD_Period fastD_MaType

BYTES(STOCHF)
{
    struct average d = average_of(params[2], params[1]);
    return 2 * kernel__extreme_bytes(params[0]) + average_bytes(&d);
}

INIT(STOCHF)
{
    struct average d = average_of(params[2], params[1]);
    ranges_init(state, params[0]);
    average_init(&d, (char *)state + 2 * kernel__extreme_bytes(params[0]));
}

RUN(STOCHF)
{
    struct average d = average_of(params[2], params[1]);
    char *lows = (char *)state + kernel__extreme_bytes(params[0]);
    char *fast_d = lows + kernel__extreme_bytes(params[0]);
    for (size_t i = 0; i < n; i++) {
        double a = KERNEL__NA, b = KERNEL__NA;
        if (!prices_are_na(in, i)) {
            a = standing(state, lows, in[2][i], in[0][i], in[1][i]);
            b = average_step(&d, fast_d, a);
        }
        out[0][i] = kernel__is_na(b) ? KERNEL__NA : a;
        out[1][i] = b;
    }
}

// STOCHRSI: timePeriod fastK_Period fastD_Period fastD_MaType; where the RSI stands in its own
// range

BYTES(STOCHRSI)
{
    struct average d = average_of(params[3], params[2]);
    return talib__bytes_RSI(params) + 2 * kernel__extreme_bytes(params[1]) + average_bytes(&d);
}

INIT(STOCHRSI)
{
    struct average d = average_of(params[3], params[2]);
    char *highs = (char *)state + talib__bytes_RSI(params);
    talib__init_RSI(state, params);
    ranges_init(highs, params[1]);
    average_init(&d, highs + 2 * kernel__extreme_bytes(params[1]));
}

RUN(STOCHRSI)
{
    struct average d = average_of(params[3], params[2]);
    char *highs = (char *)state + talib__bytes_RSI(params);
    char *lows = highs + kernel__extreme_bytes(params[1]);
    char *fast_d = lows + kernel__extreme_bytes(params[1]);
    for (size_t i = 0; i < n; i++) {
        const double *const x[] = {in[0] + i};
        double rsi, a = KERNEL__NA, b = KERNEL__NA;
        double *const value[] = {&rsi};
        talib__run_RSI(state, params, x, value, 1);
        if (!kernel__is_na(rsi)) {
            a = standing(highs, lows, rsi, rsi, rsi);
            b = average_step(&d, fast_d, a);
        }
        out[0][i] = kernel__is_na(b) ? KERNEL__NA : a;
        out[1][i] = b;
    }
}
