// SPDX-License-Identifier: Apache-2.0
// TA-Lib's indicators with Wilder's smoothing, as they are when computed from the first bar on: RSI
// CMO STOCHRSI ATR NATR PLUS_DM MINUS_DM PLUS_DI MINUS_DI DX ADX ADXR. Bars with na give na and
// leave no trace.
#include "script/kernels/parts.h"
#include "script/kernels/talib_internal.h"

// What TA-Lib takes for zero.
#define TINY 1e-14

KERNEL__INLINE bool is_zero(double x)
{
    return x > -TINY && x < TINY;
}

KERNEL__INLINE bool bar_is_na(const double *const *in, size_t inputs, size_t i)
{
    bool na = false;
    for (size_t k = 0; k < inputs; k++)
        na = na || kernel__is_na(in[k][i]);
    return na;
}

#define SIZED(id, type)                                                                            \
    size_t talib__bytes_##id(const double *params)                                                 \
    {                                                                                              \
        (void)params;                                                                              \
        return sizeof(type);                                                                       \
    }

#define RUN(id)                                                                                    \
    void talib__run_##id(void *state, const double *params, const double *const *in,               \
                         double *const *out, size_t n)

// --- gains and losses: RSI, CMO ------------------------------------------------------------------

struct moves {
    double last;
    struct recursive gain, loss;
};

static void moves_start(struct moves *s, double length)
{
    s->last = KERNEL__NA;
    kernel__recursive_init(&s->gain, length);
    kernel__recursive_init(&s->loss, length);
}

static bool moves_step(struct moves *s, double x)
{
    if (kernel__is_na(x))
        return false;
    double d = x - s->last;
    s->last = x;
    if (kernel__is_na(d))
        return false;
    double gain = kernel__rma_step(&s->gain, d > 0 ? d : 0);
    (void)kernel__rma_step(&s->loss, d < 0 ? -d : 0);
    return !kernel__is_na(gain);
}

// Where nothing moves TA-Lib's RSI is 0.
static double rsi_step(struct moves *s, double x)
{
    if (!moves_step(s, x))
        return KERNEL__NA;
    double sum = s->gain.value + s->loss.value;
    return is_zero(sum) ? 0 : 100 * (s->gain.value / sum);
}

SIZED(RSI, struct moves)
SIZED(CMO, struct moves)

void talib__init_RSI(void *state, const double *params)
{
    moves_start(state, params[0]);
}

void talib__init_CMO(void *state, const double *params)
{
    moves_start(state, params[0]);
}

RUN(RSI)
{
    (void)params;
    for (size_t i = 0; i < n; i++)
        out[0][i] = rsi_step(state, in[0][i]);
}

RUN(CMO)
{
    (void)params;
    struct moves *s = state;
    for (size_t i = 0; i < n; i++) {
        if (!moves_step(s, in[0][i])) {
            out[0][i] = KERNEL__NA;
            continue;
        }
        double sum = s->gain.value + s->loss.value;
        out[0][i] = is_zero(sum) ? 0 : 100 * ((s->gain.value - s->loss.value) / sum);
    }
}

// --- ATR, NATR: the seed is the mean of the ranges of bars 1 to timePeriod -----------------------

struct atr {
    double last_close;
    struct recursive average;
};

static void atr_start(struct atr *s, double length)
{
    s->last_close = KERNEL__NA;
    kernel__recursive_init(&s->average, length);
}

static double atr_step(struct atr *s, const double *const *in, size_t i)
{
    if (bar_is_na(in, 3, i))
        return KERNEL__NA;
    double range = kernel__true_range(in[0][i], in[1][i], s->last_close);
    s->last_close = in[2][i];
    return kernel__rma_step(&s->average, range);
}

SIZED(ATR, struct atr)
SIZED(NATR, struct atr)

void talib__init_ATR(void *state, const double *params)
{
    atr_start(state, params[0]);
}

void talib__init_NATR(void *state, const double *params)
{
    atr_start(state, params[0]);
}

RUN(ATR)
{
    (void)params;
    for (size_t i = 0; i < n; i++)
        out[0][i] = atr_step(state, in, i);
}

// For one bar TA-Lib gives the range itself, not in percent.
RUN(NATR)
{
    for (size_t i = 0; i < n; i++) {
        double v = atr_step(state, in, i), close = in[2][i];
        out[0][i] = params[0] <= 1 || kernel__is_na(v) ? v : is_zero(close) ? 0 : v / close * 100;
    }
}

// --- directional movement ------------------------------------------------------------------------
// Wilder's sums: the first timePeriod - 1 movements are added up, then each new one comes while a
// part of the sum goes. A period of one looks at the bar alone.

struct movement {
    int64_t bars;
    double high, low, close; // of the last bar
    double plus, minus, range;
    double index; // last DX
    double sum;   // of the DX before the ADX has its seed
    double adx;
};

static void movement_start(struct movement *s)
{
    *s = (struct movement){0};
}

SIZED(PLUS_DM, struct movement)
SIZED(MINUS_DM, struct movement)
SIZED(PLUS_DI, struct movement)
SIZED(MINUS_DI, struct movement)
SIZED(DX, struct movement)
SIZED(ADX, struct movement)

#define STARTED(id)                                                                                \
    void talib__init_##id(void *state, const double *params)                                       \
    {                                                                                              \
        (void)params;                                                                              \
        movement_start(state);                                                                     \
    }

STARTED(PLUS_DM)
STARTED(MINUS_DM)
STARTED(PLUS_DI)
STARTED(MINUS_DI)
STARTED(DX)
STARTED(ADX)

// Takes a bar in; how many movements there are now, the first bar's being none.
static int64_t movement_step(struct movement *s, double length, double high, double low,
                             double close)
{
    int64_t count = s->bars++;
    double up = high - s->high, down = s->low - low;
    double plus = up > 0 && up > down ? up : 0, minus = down > 0 && down > up ? down : 0;
    double range = kernel__true_range(high, low, s->close);
    s->high = high;
    s->low = low;
    s->close = close;
    if (count == 0)
        return 0;
    double kept = length <= 1 ? 0 : (double)count < length ? 1 : 1 - 1 / length;
    // Written as TA-Lib does: the sum less its part, then the new movement.
    s->plus = kept == 1 ? s->plus + plus : (kept == 0 ? 0 : s->plus - s->plus / length) + plus;
    s->minus =
        kept == 1 ? s->minus + minus : (kept == 0 ? 0 : s->minus - s->minus / length) + minus;
    s->range =
        kept == 1 ? s->range + range : (kept == 0 ? 0 : s->range - s->range / length) + range;
    return count;
}

// PLUS_DM and MINUS_DM look at highs and lows only; from bar timePeriod - 1 on.
KERNEL__INLINE void dm_run(struct movement *s, double length, const double *const *in, double *out,
                           size_t n, bool plus)
{
    for (size_t i = 0; i < n; i++) {
        if (bar_is_na(in, 2, i)) {
            out[i] = KERNEL__NA;
            continue;
        }
        int64_t count = movement_step(s, length, in[0][i], in[1][i], in[1][i]);
        bool given = length <= 1 ? count >= 1 : (double)count >= length - 1;
        out[i] = given ? (plus ? s->plus : s->minus) : KERNEL__NA;
    }
}

RUN(PLUS_DM)
{
    dm_run(state, params[0], in, out[0], n, true);
}

RUN(MINUS_DM)
{
    dm_run(state, params[0], in, out[0], n, false);
}

KERNEL__INLINE void di_run(struct movement *s, double length, const double *const *in, double *out,
                           size_t n, bool plus)
{
    double scale = length <= 1 ? 1 : 100;
    for (size_t i = 0; i < n; i++) {
        if (bar_is_na(in, 3, i)) {
            out[i] = KERNEL__NA;
            continue;
        }
        int64_t count = movement_step(s, length, in[0][i], in[1][i], in[2][i]);
        double moved = plus ? s->plus : s->minus;
        out[i] = (double)count < length ? KERNEL__NA
                 : is_zero(s->range)    ? 0
                                        : scale * (moved / s->range);
    }
}

RUN(PLUS_DI)
{
    di_run(state, params[0], in, out[0], n, true);
}

RUN(MINUS_DI)
{
    di_run(state, params[0], in, out[0], n, false);
}

// Without range or movement the DX stays what it was.
static bool dx_update(struct movement *s)
{
    if (is_zero(s->range))
        return false;
    double plus = 100 * (s->plus / s->range), minus = 100 * (s->minus / s->range);
    if (is_zero(plus + minus))
        return false;
    s->index = 100 * (fabs(minus - plus) / (minus + plus));
    return true;
}

RUN(DX)
{
    struct movement *s = state;
    for (size_t i = 0; i < n; i++) {
        out[0][i] = KERNEL__NA;
        if (bar_is_na(in, 3, i))
            continue;
        if ((double)movement_step(s, params[0], in[0][i], in[1][i], in[2][i]) < params[0])
            continue;
        (void)dx_update(s);
        out[0][i] = s->index;
    }
}

static double adx_step(struct movement *s, double length, const double *const *in, size_t i)
{
    if (bar_is_na(in, 3, i))
        return KERNEL__NA;
    double count = (double)movement_step(s, length, in[0][i], in[1][i], in[2][i]);
    if (count < length)
        return KERNEL__NA;
    bool fresh = dx_update(s);
    if (count < 2 * length) {
        s->sum += fresh ? s->index : 0;
        s->adx = s->sum / length;
        return count < 2 * length - 1 ? KERNEL__NA : s->adx;
    }
    if (fresh)
        s->adx = (s->adx * (length - 1) + s->index) / length;
    return s->adx;
}

RUN(ADX)
{
    for (size_t i = 0; i < n; i++)
        out[0][i] = adx_step(state, params[0], in, i);
}

// --- ADXR: mean of the ADX and the one timePeriod - 1 bars ago -----------------------------------

size_t talib__bytes_ADXR(const double *params)
{
    return sizeof(struct movement) + kernel__history_bytes(params[0]);
}

void talib__init_ADXR(void *state, const double *params)
{
    movement_start(state);
    kernel__history_init((struct history *)((struct movement *)state + 1), params[0]);
}

RUN(ADXR)
{
    struct history *h = (struct history *)((struct movement *)state + 1);
    for (size_t i = 0; i < n; i++) {
        double adx = adx_step(state, params[0], in, i);
        const double *w = kernel__is_na(adx) ? NULL : kernel__history_push(h, adx);
        out[0][i] = w == NULL ? KERNEL__NA : (adx + w[0]) / 2;
    }
}
