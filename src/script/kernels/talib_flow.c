// SPDX-License-Identifier: Apache-2.0
// TA-Lib's running totals and parabolic stops, as they are when computed from the first bar on: AD
// ADOSC OBV SAR SAREXT. Bars with na give na and leave no trace.
#include "script/kernels/parts.h"
#include "script/kernels/talib_internal.h"

#define SIZED(id, type)                                                                            \
    size_t talib__bytes_##id(const double *params)                                                 \
    {                                                                                              \
        (void)params;                                                                              \
        return sizeof(type);                                                                       \
    }

#define RUN(id)                                                                                    \
    void talib__run_##id(void *state, const double *params, const double *const *in,               \
                         double *const *out, size_t n)

KERNEL__INLINE bool bar_is_na(const double *const *in, size_t inputs, size_t i)
{
    bool na = false;
    for (size_t k = 0; k < inputs; k++)
        na = na || kernel__is_na(in[k][i]);
    return na;
}

// --- AD, ADOSC -----------------------------------------------------------------------------------

struct flow {
    int64_t bars;
    double total;
    double fast, slow;
};

static void flow_start(struct flow *s)
{
    *s = (struct flow){0};
}

static void flow_step(struct flow *s, const double *const *in, size_t i)
{
    double high = in[0][i], low = in[1][i], close = in[2][i], range = high - low;
    if (range > 0)
        s->total += ((close - low) - (high - close)) / range * in[3][i];
    s->bars++;
}

SIZED(AD, struct flow)
SIZED(ADOSC, struct flow)

void talib__init_AD(void *state, const double *params)
{
    (void)params;
    flow_start(state);
}

void talib__init_ADOSC(void *state, const double *params)
{
    (void)params;
    flow_start(state);
}

RUN(AD)
{
    (void)params;
    struct flow *s = state;
    for (size_t i = 0; i < n; i++) {
        bool na = bar_is_na(in, 4, i);
        if (!na)
            flow_step(s, in, i);
        out[0][i] = na ? KERNEL__NA : s->total;
    }
}

// Both averages start at the first total.
RUN(ADOSC)
{
    struct flow *s = state;
    double fast = 2 / (params[0] + 1), slow = 2 / (params[1] + 1);
    double longest = params[0] > params[1] ? params[0] : params[1];
    for (size_t i = 0; i < n; i++) {
        out[0][i] = KERNEL__NA;
        if (bar_is_na(in, 4, i))
            continue;
        flow_step(s, in, i);
        s->fast = s->bars == 1 ? s->total : fast * s->total + (1 - fast) * s->fast;
        s->slow = s->bars == 1 ? s->total : slow * s->total + (1 - slow) * s->slow;
        if ((double)s->bars >= longest)
            out[0][i] = s->fast - s->slow;
    }
}

// --- OBV: starts with the first bar's volume -----------------------------------------------------

struct obv {
    double last, total;
};

SIZED(OBV, struct obv)

void talib__init_OBV(void *state, const double *params)
{
    (void)params;
    *(struct obv *)state = (struct obv){.last = KERNEL__NA};
}

RUN(OBV)
{
    (void)params;
    struct obv *s = state;
    for (size_t i = 0; i < n; i++) {
        double x = in[0][i], volume = in[1][i];
        if (bar_is_na(in, 2, i)) {
            out[0][i] = KERNEL__NA;
            continue;
        }
        if (kernel__is_na(s->last) || x > s->last)
            s->total += volume;
        else if (x < s->last)
            s->total -= volume;
        s->last = x;
        out[0][i] = s->total;
    }
}

// --- SAR, SAREXT ---------------------------------------------------------------------------------

struct side {
    double first, step, most; // acceleration
};

struct stops {
    double offset; // SAREXT: part of the stop added when it changes sides
    double start;  // SAREXT: first stop, above 0 long, below 0 short; 0 = by the first movement
    struct side rise, fall;
    bool signed_out; // SAREXT gives stops of a short position below zero
};

struct sar {
    int64_t bars;
    double high, low; // of the last bar
    double stop, extreme, acceleration;
    double is_long;
};

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static void sar_begin(struct sar *s, const struct stops *p, double high, double low)
{
    double up = high - s->high, down = s->low - low;
    bool falls = down > 0 && up < down;
    s->is_long = kernel__bool(p->start == 0 ? !falls : p->start > 0);
    s->extreme = s->is_long != 0 ? high : low;
    s->stop = p->start != 0 ? fabs(p->start) : s->is_long != 0 ? s->low : s->high;
    s->acceleration = s->is_long != 0 ? p->rise.first : p->fall.first;
    // The first step compares with the bar itself.
    s->high = high;
    s->low = low;
}

KERNEL__INLINE double sar_bound(const struct sar *s, double stop, double high, double low)
{
    return s->is_long != 0 ? smaller(smaller(stop, s->low), low)
                           : larger(larger(stop, s->high), high);
}

// The stop of this bar; s->stop becomes that of the next.
static double sar_bar(struct sar *s, const struct stops *p, double high, double low)
{
    bool was_long = s->is_long != 0;
    double given = s->stop;
    if (was_long ? low <= s->stop : high >= s->stop) {
        s->is_long = kernel__bool(!was_long);
        given = sar_bound(s, s->extreme, high, low);
        given += (was_long ? 1 : -1) * given * p->offset;
        s->acceleration = was_long ? p->fall.first : p->rise.first;
        s->extreme = was_long ? low : high;
    } else if (was_long ? high > s->extreme : low < s->extreme) {
        const struct side *side = was_long ? &p->rise : &p->fall;
        s->extreme = was_long ? high : low;
        s->acceleration = smaller(s->acceleration + side->step, side->most);
    }
    s->stop = sar_bound(s, given + s->acceleration * (s->extreme - given), high, low);
    return p->signed_out && s->is_long == 0 ? -given : given;
}

static void stops_run(struct sar *s, const struct stops *p, const double *const *in, double *out,
                      size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double high = in[0][i], low = in[1][i];
        out[i] = KERNEL__NA;
        if (bar_is_na(in, 2, i))
            continue;
        if (s->bars == 1)
            sar_begin(s, p, high, low);
        if (s->bars >= 1)
            out[i] = sar_bar(s, p, high, low);
        s->bars++;
        s->high = high;
        s->low = low;
    }
}

SIZED(SAR, struct sar)
SIZED(SAREXT, struct sar)

void talib__init_SAR(void *state, const double *params)
{
    (void)params;
    *(struct sar *)state = (struct sar){0};
}

void talib__init_SAREXT(void *state, const double *params)
{
    (void)params;
    *(struct sar *)state = (struct sar){0};
}

static struct side side_of(double first, double step, double most)
{
    return (struct side){smaller(first, most), smaller(step, most), most};
}

RUN(SAR)
{
    struct side side = side_of(params[0], params[0], params[1]);
    struct stops p = {.rise = side, .fall = side};
    stops_run(state, &p, in, out[0], n);
}

RUN(SAREXT)
{
    struct stops p = {.start = params[0],
                      .offset = params[1],
                      .rise = side_of(params[2], params[3], params[4]),
                      .fall = side_of(params[5], params[6], params[7]),
                      .signed_out = true};
    stops_run(state, &p, in, out[0], n);
}
