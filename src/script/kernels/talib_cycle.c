// SPDX-License-Identifier: Apache-2.0
// TA-Lib's cycle indicators, after John Ehlers ("MESA Adaptive Moving Averages" 2001, "Rocket
// Science for Traders" 2001), as they are when computed from the first bar on: HT_DCPERIOD
// HT_DCPHASE HT_PHASOR HT_SINE HT_TRENDLINE HT_TRENDMODE MAMA. Bars that are na give na and leave
// no trace.
#include "script/kernels/parts.h"
#include "script/kernels/talib_internal.h"

#define DEGREES   (180.0 / M_PI)
#define CYCLE_MAX 50 // longest cycle, bars

// The last seven values of a series, newest first.
struct taps {
    double x[7];
};

struct cycle {
    int64_t bars;
    double price[CYCLE_MAX]; // newest first
    double smooth_price[CYCLE_MAX];
    struct taps smooth, detrender, in_phase, quadrature;
    double i2, q2, re, im;
    double period, smooth_period;
    double phase; // of the dominant cycle
    double sine, lead_sine;
    double trend[3];
    double days_in_trend;
    double mama, fama, mama_phase;
};

static void shift(double *x, size_t count, double newest)
{
    for (size_t k = count - 1; k > 0; k--)
        x[k] = x[k - 1];
    x[0] = newest;
}

// Hilbert transform of the series after x came: its part a quarter cycle late.
static double hilbert(struct taps *t, double x, double scale)
{
    shift(t->x, 7, x);
    return (0.0962 * t->x[0] - 0.0962 * t->x[6] - 0.5769 * t->x[4] + 0.5769 * t->x[2]) * scale;
}

static double bounded(double x, double min, double max)
{
    return x < min ? min : x > max ? max : x;
}

// The period from the turn of the phasor since the last bar (homodyne discriminator).
static void update_period(struct cycle *s, double i2, double q2)
{
    s->re = 0.2 * (i2 * s->i2 + q2 * s->q2) + 0.8 * s->re;
    s->im = 0.2 * (i2 * s->q2 - q2 * s->i2) + 0.8 * s->im;
    s->i2 = i2;
    s->q2 = q2;
    double last = s->period, period = last;
    if (s->im != 0 && s->re != 0)
        period = 360.0 / (atan(s->im / s->re) * DEGREES);
    period = period > 1.5 * last ? 1.5 * last : period;
    period = period < 0.67 * last ? 0.67 * last : period;
    period = bounded(period, 6, CYCLE_MAX);
    s->period = 0.2 * period + 0.8 * last;
    s->smooth_period = 0.33 * s->period + 0.67 * s->smooth_period;
}

// Takes a price in; false while the smoothing of prices has not run `wait` bars.
static bool cycle_step(struct cycle *s, double x, int64_t wait)
{
    shift(s->price, CYCLE_MAX, x);
    if (s->bars++ < wait)
        return false;
    const double *p = s->price;
    double smooth = (4 * p[0] + 3 * p[1] + 2 * p[2] + p[3]) * 0.1;
    double scale = 0.075 * s->period + 0.54;
    shift(s->smooth_price, CYCLE_MAX, smooth);
    double in_phase = s->detrender.x[2]; // the detrended price of three bars ago
    double detrended = hilbert(&s->smooth, smooth, scale);
    double quadrature = hilbert(&s->detrender, detrended, scale);
    double ji = hilbert(&s->in_phase, in_phase, scale);
    double jq = hilbert(&s->quadrature, quadrature, scale);
    double i2 = 0.2 * (in_phase - jq) + 0.8 * s->i2, q2 = 0.2 * (quadrature + ji) + 0.8 * s->q2;
    update_period(s, i2, q2);
    return true;
}

static int whole_period(const struct cycle *s)
{
    return (int)(s->smooth_period + 0.5);
}

// Phase of the dominant cycle: the prices of one cycle against a sine and a cosine of its length.
static void update_phase(struct cycle *s)
{
    int period = whole_period(s);
    double real = 0, imaginary = 0;
    for (int k = 0; k < period && k < CYCLE_MAX; k++) {
        double angle = k * 2 * M_PI / period;
        real += sin(angle) * s->smooth_price[k];
        imaginary += cos(angle) * s->smooth_price[k];
    }
    if (fabs(imaginary) > 0)
        s->phase = atan(real / imaginary) * DEGREES;
    else
        s->phase += real < 0 ? -90 : real > 0 ? 90 : 0;
    // The weighted mean of four prices is one bar late.
    s->phase += 90 + 360 / s->smooth_period;
    if (imaginary < 0)
        s->phase += 180;
    if (s->phase > 315)
        s->phase -= 360;
    s->sine = sin(s->phase / DEGREES);
    s->lead_sine = sin((s->phase + 45) / DEGREES);
}

static double update_trend(struct cycle *s)
{
    int period = whole_period(s);
    double mean = 0;
    for (int k = 0; k < period && k < CYCLE_MAX; k++)
        mean += s->price[k];
    mean = period > 0 ? mean / period : 0;
    double line = (4 * mean + 3 * s->trend[0] + 2 * s->trend[1] + s->trend[2]) / 10;
    shift(s->trend, 3, mean);
    return line;
}

// 1 in a trend, 0 in a cycle: that is for half a cycle after the sines cross, while the phase turns
// as a cycle's does, and as long as the price is near its line.
static double trend_mode(struct cycle *s)
{
    double phase = s->phase, sine = s->sine, lead = s->lead_sine;
    update_phase(s);
    double line = update_trend(s), mode = 1;
    if ((s->sine > s->lead_sine && sine <= lead) || (s->sine < s->lead_sine && sine >= lead)) {
        s->days_in_trend = 0;
        mode = 0;
    }
    s->days_in_trend++;
    if (s->days_in_trend < 0.5 * s->smooth_period)
        mode = 0;
    double turn = s->phase - phase, even = 360 / s->smooth_period;
    if (s->smooth_period != 0 && turn > 0.67 * even && turn < 1.5 * even)
        mode = 0;
    if (line != 0 && fabs((s->smooth_price[0] - line) / line) >= 0.015)
        mode = 1;
    return mode;
}

// The faster the phase turns, the less of the new price is taken.
static void mama_step(struct cycle *s, double x, const double *params)
{
    double i1 = s->in_phase.x[0], q1 = s->quadrature.x[0];
    double phase = i1 != 0 ? atan(q1 / i1) * DEGREES : 0, turn = s->mama_phase - phase;
    s->mama_phase = phase;
    double alpha = params[0];
    if (turn > 1)
        alpha = alpha / turn < params[1] ? params[1] : alpha / turn;
    s->mama = alpha * x + (1 - alpha) * s->mama;
    s->fama = 0.5 * alpha * s->mama + (1 - 0.5 * alpha) * s->fama;
}

// --- the kernels ---------------------------------------------------------------------------------

// Bars the smoothing runs before, and bars before the first value.
#define SHORT_WAIT  12
#define SHORT_FIRST 32
#define LONG_WAIT   37
#define LONG_FIRST  63

typedef void (*cycle_values)(struct cycle *s, const double *params, double x, double *v);

KERNEL__INLINE void cycle_run(struct cycle *s, const double *params, const double *const *in,
                              double *const *out, size_t outputs, size_t n, bool quick,
                              cycle_values values)
{
    for (size_t i = 0; i < n; i++) {
        double v[2] = {KERNEL__NA, KERNEL__NA};
        bool na = kernel__is_na(in[0][i]);
        if (!na && cycle_step(s, in[0][i], quick ? SHORT_WAIT : LONG_WAIT))
            values(s, params, in[0][i], v);
        bool given = !na && s->bars > (quick ? SHORT_FIRST : LONG_FIRST);
        for (size_t k = 0; k < outputs; k++)
            out[k][i] = given ? v[k] : KERNEL__NA;
    }
}

static void period_values(struct cycle *s, const double *params, double x, double *v)
{
    (void)params, (void)x;
    v[0] = s->smooth_period;
}

static void phasor_values(struct cycle *s, const double *params, double x, double *v)
{
    (void)params, (void)x;
    v[0] = s->in_phase.x[0];
    v[1] = s->quadrature.x[0];
}

static void phase_values(struct cycle *s, const double *params, double x, double *v)
{
    (void)params, (void)x;
    update_phase(s);
    v[0] = s->phase;
}

static void sine_values(struct cycle *s, const double *params, double x, double *v)
{
    (void)params, (void)x;
    update_phase(s);
    v[0] = s->sine;
    v[1] = s->lead_sine;
}

static void line_values(struct cycle *s, const double *params, double x, double *v)
{
    (void)params, (void)x;
    v[0] = update_trend(s);
}

static void mode_values(struct cycle *s, const double *params, double x, double *v)
{
    (void)params, (void)x;
    v[0] = trend_mode(s);
}

static void mama_values(struct cycle *s, const double *params, double x, double *v)
{
    mama_step(s, x, params);
    v[0] = s->mama;
    v[1] = s->fama;
}

#define CYCLE(id, outputs, quick, values)                                                          \
    size_t talib__bytes_##id(const double *params)                                                 \
    {                                                                                              \
        (void)params;                                                                              \
        return sizeof(struct cycle);                                                               \
    }                                                                                              \
    void talib__init_##id(void *state, const double *params)                                       \
    {                                                                                              \
        (void)params;                                                                              \
        *(struct cycle *)state = (struct cycle){0};                                                \
    }                                                                                              \
    void talib__run_##id(void *state, const double *params, const double *const *in,               \
                         double *const *out, size_t n)                                             \
    {                                                                                              \
        cycle_run(state, params, in, out, outputs, n, quick, values);                              \
    }

CYCLE(HT_DCPERIOD, 1, true, period_values)
CYCLE(HT_PHASOR, 2, true, phasor_values)
CYCLE(HT_DCPHASE, 1, false, phase_values)
CYCLE(HT_SINE, 2, false, sine_values)
CYCLE(HT_TRENDLINE, 1, false, line_values)
CYCLE(HT_TRENDMODE, 1, false, mode_values)
CYCLE(MAMA, 2, true, mama_values)
