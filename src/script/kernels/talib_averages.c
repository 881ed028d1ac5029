// SPDX-License-Identifier: Apache-2.0
// TA-Lib's recursive averages and oscillators as they are when computed from the first bar on: EMA
// DEMA TEMA TRIX T3 KAMA MACD MACDFIX. Bars that are na give na and leave no trace.
#include "script/kernels/parts.h"
#include "script/kernels/talib_internal.h"

// --- averages of averages ------------------------------------------------------------------------

#define LAYERS_MAX 6

struct layers {
    double last; // TRIX: the third average of the bar before
    struct recursive layer[LAYERS_MAX];
};

static void layers_start(struct layers *s, const double *params)
{
    s->last = KERNEL__NA;
    for (int k = 0; k < LAYERS_MAX; k++)
        kernel__recursive_init(&s->layer[k], params[0]);
}

// e[k] is the average of e[k - 1]; na until the layer has its seed.
KERNEL__INLINE void layers_step(struct layers *s, double x, double *e, int count)
{
    for (int k = 0; k < count; k++)
        e[k] = kernel__ema_step(&s->layer[k], k == 0 ? x : e[k - 1]);
}

typedef double (*layered)(struct layers *s, const double *params, double x);

KERNEL__INLINE void layers_run(void *state, const double *params, const double *const *in,
                               double *const *out, size_t n, layered value)
{
    for (size_t i = 0; i < n; i++)
        out[0][i] = kernel__is_na(in[0][i]) ? KERNEL__NA : value(state, params, in[0][i]);
}

static double ema_value(struct layers *s, const double *params, double x)
{
    (void)params;
    return kernel__ema_step(&s->layer[0], x);
}

static double dema_value(struct layers *s, const double *params, double x)
{
    (void)params;
    double e[LAYERS_MAX];
    layers_step(s, x, e, 2);
    return 2 * e[0] - e[1];
}

static double tema_value(struct layers *s, const double *params, double x)
{
    (void)params;
    double e[LAYERS_MAX];
    layers_step(s, x, e, 3);
    return 3 * e[0] - 3 * e[1] + e[2];
}

static double trix_value(struct layers *s, const double *params, double x)
{
    (void)params;
    double e[LAYERS_MAX];
    layers_step(s, x, e, 3);
    double last = s->last;
    s->last = e[2];
    return last == 0 ? 0 : (e[2] / last - 1) * 100;
}

// Tillson: three times the generalised DEMA with volume factor v, multiplied out.
static double t3_value(struct layers *s, const double *params, double x)
{
    double e[LAYERS_MAX], v = params[1], square = v * v, cube = square * v;
    layers_step(s, x, e, 6);
    return -cube * e[5] + 3 * (square + cube) * e[4] - (6 * square + 3 * (v + cube)) * e[3] +
           (1 + 3 * v + cube + 3 * square) * e[2];
}

#define LAYERED(id, value)                                                                         \
    size_t talib__bytes_##id(const double *params)                                                 \
    {                                                                                              \
        (void)params;                                                                              \
        return sizeof(struct layers);                                                              \
    }                                                                                              \
    void talib__init_##id(void *state, const double *params)                                       \
    {                                                                                              \
        layers_start(state, params);                                                               \
    }                                                                                              \
    void talib__run_##id(void *state, const double *params, const double *const *in,               \
                         double *const *out, size_t n)                                             \
    {                                                                                              \
        layers_run(state, params, in, out, n, value);                                              \
    }

LAYERED(EMA, ema_value)
LAYERED(DEMA, dema_value)
LAYERED(TEMA, tema_value)
LAYERED(TRIX, trix_value)
LAYERED(T3, t3_value)

// --- KAMA: Kaufman's average, fast 2 and slow 30 -------------------------------------------------

struct kama {
    int64_t bars;
    double value;
    double moved; // sum of the steps in the window
    struct history past;
};

size_t talib__bytes_KAMA(const double *params)
{
    return offsetof(struct kama, past) + kernel__history_bytes(params[0] + 2);
}

void talib__init_KAMA(void *state, const double *params)
{
    struct kama *s = state;
    s->bars = 0;
    s->value = s->moved = 0;
    kernel__history_init(&s->past, params[0] + 2);
}

static double kama_step(struct kama *s, int64_t length, double x)
{
    double last = s->bars > 0 ? s->past.values[s->past.end - 1] : x;
    (void)kernel__history_push(&s->past, x);
    const double *newest = s->past.values + s->past.end - 1;
    if (s->bars > 0)
        s->moved += fabs(x - last);
    if (s->bars > length)
        s->moved -= fabs(newest[-length] - newest[-length - 1]);
    s->bars++;
    if (s->bars < length + 1) {
        s->value = x;
        return KERNEL__NA;
    }
    // TA-Lib compares with the signed move, so that any fall counts by its size against the way.
    double move = x - newest[-length];
    double ratio = s->moved <= move || fabs(s->moved) < 1e-14 ? 1 : fabs(move / s->moved);
    double slow = 2.0 / 31, factor = ratio * (2.0 / 3 - slow) + slow;
    s->value += (x - s->value) * (factor * factor);
    return s->value;
}

void talib__run_KAMA(void *state, const double *params, const double *const *in, double *const *out,
                     size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double x = in[0][i];
        out[0][i] = kernel__is_na(x) ? KERNEL__NA : kama_step(state, (int64_t)params[0], x);
    }
}

// --- MACD ----------------------------------------------------------------------------------------
// The fast average takes its seed from the bars just before the slow one's first value, so it
// starts late; and nothing is given before the signal has its seed.

struct macd {
    int64_t bars;
    int64_t late; // bars the fast average waits
    struct recursive fast, slow, signal;
};

static void macd_start(struct macd *s, double fast, double slow, double signal)
{
    s->bars = 0;
    s->late = (int64_t)(slow - fast);
    kernel__recursive_init(&s->fast, fast);
    kernel__recursive_init(&s->slow, slow);
    kernel__recursive_init(&s->signal, signal);
}

static void macd_run(struct macd *s, const double *const *in, double *const *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double x = in[0][i], line = KERNEL__NA, signal = KERNEL__NA;
        if (!kernel__is_na(x)) {
            double fast = s->bars++ < s->late ? KERNEL__NA : kernel__ema_step(&s->fast, x);
            line = fast - kernel__ema_step(&s->slow, x);
            signal = kernel__ema_step(&s->signal, line);
        }
        out[0][i] = kernel__is_na(signal) ? KERNEL__NA : line;
        out[1][i] = signal;
        out[2][i] = line - signal;
    }
}

size_t talib__bytes_MACD(const double *params)
{
    (void)params;
    return sizeof(struct macd);
}

void talib__init_MACD(void *state, const double *params)
{
    macd_start(state, params[0], params[1], params[2]);
}

void talib__run_MACD(void *state, const double *params, const double *const *in, double *const *out,
                     size_t n)
{
    (void)params;
    macd_run(state, in, out, n);
}

size_t talib__bytes_MACDFIX(const double *params)
{
    (void)params;
    return sizeof(struct macd);
}

// 12 and 26 bars with the rounded factors of the original publication.
void talib__init_MACDFIX(void *state, const double *params)
{
    struct macd *s = state;
    macd_start(s, 12, 26, params[0]);
    s->fast.alpha = 0.15;
    s->slow.alpha = 0.075;
}

void talib__run_MACDFIX(void *state, const double *params, const double *const *in,
                        double *const *out, size_t n)
{
    (void)params;
    macd_run(state, in, out, n);
}
