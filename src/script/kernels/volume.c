// SPDX-License-Identifier: Apache-2.0
// Price with volume: obv accdist pvt nvi pvi wad wvad iii vwap.
#include "script/kernels/list.h"
#include "script/kernels/parts.h"

#include <math.h>

// --- running totals of one term a bar ------------------------------------------------------------

struct flow {
    double last_close, last_volume;
    double sum, err;
};

static size_t flow_bytes(const double *params)
{
    (void)params;
    return sizeof(struct flow);
}

static void flow_init(void *state, const double *params)
{
    (void)params;
    *(struct flow *)state = (struct flow){.last_close = KERNEL__NA, .last_volume = KERNEL__NA};
}

// Adds a term; a term that is na leaves the total as it is and gives na on its bar.
static double flow_add(struct flow *f, double term)
{
    if (kernel__is_na(term))
        return KERNEL__NA;
    double t = f->sum + term, b = t - f->sum;
    f->err += (f->sum - (t - b)) + (term - b);
    f->sum = t;
    return f->sum + f->err;
}

static void obv_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    (void)params;
    struct flow *f = state;
    for (size_t i = 0; i < n; i++) {
        double d = in[0][i] - f->last_close;
        double sign = d > 0 ? 1 : d < 0 ? -1 : d * 0;
        out[0][i] = flow_add(f, sign * in[1][i]);
        f->last_close = in[0][i];
    }
}

const struct kernel kernel__ta_obv = {.name = "ta.obv",
                                      .input_names = "close volume",
                                      .output_names = "obv",
                                      .param_names = "",
                                      .inputs = 2,
                                      .outputs = 1,
                                      .params = 0,
                                      .state_bytes = flow_bytes,
                                      .init = flow_init,
                                      .run = obv_run,
                                      .warmup = kernel__warmup_one};

// A bar without range or with na adds nothing: the total always stands.
static void accdist_run(void *state, const double *params, const double *const *in,
                        double *const *out, size_t n)
{
    (void)params;
    struct flow *f = state;
    for (size_t i = 0; i < n; i++) {
        double high = in[0][i], low = in[1][i], close = in[2][i];
        double term = ((close - low) - (high - close)) / (high - low) * in[3][i];
        (void)flow_add(f, term);
        out[0][i] = f->sum + f->err;
    }
}

const struct kernel kernel__ta_accdist = {.name = "ta.accdist",
                                          .input_names = "high low close volume",
                                          .output_names = "accdist",
                                          .param_names = "",
                                          .inputs = 4,
                                          .outputs = 1,
                                          .params = 0,
                                          .state_bytes = flow_bytes,
                                          .init = flow_init,
                                          .run = accdist_run};

static void pvt_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    (void)params;
    struct flow *f = state;
    for (size_t i = 0; i < n; i++) {
        double close = in[0][i];
        out[0][i] = flow_add(f, (close - f->last_close) / f->last_close * in[1][i]);
        f->last_close = close;
    }
}

const struct kernel kernel__ta_pvt = {.name = "ta.pvt",
                                      .input_names = "close volume",
                                      .output_names = "pvt",
                                      .param_names = "",
                                      .inputs = 2,
                                      .outputs = 1,
                                      .params = 0,
                                      .state_bytes = flow_bytes,
                                      .init = flow_init,
                                      .run = pvt_run,
                                      .warmup = kernel__warmup_one};

static void wad_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    (void)params;
    struct flow *f = state;
    for (size_t i = 0; i < n; i++) {
        double high = in[0][i], low = in[1][i], close = in[2][i], last = f->last_close;
        double d = close - last, term = d * 0;
        if (d > 0)
            term = close - (low < last ? low : last);
        else if (d < 0)
            term = close - (high > last ? high : last);
        out[0][i] = flow_add(f, term);
        f->last_close = close;
    }
}

const struct kernel kernel__ta_wad = {.name = "ta.wad",
                                      .input_names = "high low close",
                                      .output_names = "wad",
                                      .param_names = "",
                                      .inputs = 3,
                                      .outputs = 1,
                                      .params = 0,
                                      .state_bytes = flow_bytes,
                                      .init = flow_init,
                                      .run = wad_run,
                                      .warmup = kernel__warmup_one};

// --- ta.nvi, ta.pvi: follow the close on bars with less / more volume, from 1 --------------------

static void index_init(void *state, const double *params)
{
    (void)params;
    *(struct flow *)state = (struct flow){.sum = 1};
}

KERNEL__INLINE void index_run(struct flow *f, const double *const *in, double *out, size_t n,
                              bool more)
{
    for (size_t i = 0; i < n; i++) {
        double close = in[0][i], volume = in[1][i];
        bool moves = more ? volume > f->last_volume : volume < f->last_volume;
        double v = f->sum + (close - f->last_close) / f->last_close * f->sum;
        if (moves && f->last_close != 0 && close != 0 && !kernel__is_na(v))
            f->sum = v;
        out[i] = f->sum;
        f->last_close = close;
        f->last_volume = volume;
    }
}

static void nvi_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    (void)params;
    index_run(state, in, out[0], n, false);
}

static void pvi_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    (void)params;
    index_run(state, in, out[0], n, true);
}

const struct kernel kernel__ta_nvi = {.name = "ta.nvi",
                                      .input_names = "close volume",
                                      .output_names = "nvi",
                                      .param_names = "",
                                      .inputs = 2,
                                      .outputs = 1,
                                      .params = 0,
                                      .state_bytes = flow_bytes,
                                      .init = index_init,
                                      .run = nvi_run};

const struct kernel kernel__ta_pvi = {.name = "ta.pvi",
                                      .input_names = "close volume",
                                      .output_names = "pvi",
                                      .param_names = "",
                                      .inputs = 2,
                                      .outputs = 1,
                                      .params = 0,
                                      .state_bytes = flow_bytes,
                                      .init = index_init,
                                      .run = pvi_run};

// --- ta.wvad, ta.iii: of one bar -----------------------------------------------------------------

static void wvad_run(void *state, const double *params, const double *const *in, double *const *out,
                     size_t n)
{
    (void)state, (void)params;
    for (size_t i = 0; i < n; i++) {
        double v = (in[3][i] - in[0][i]) / (in[1][i] - in[2][i]) * in[4][i];
        out[0][i] = kernel__is_na(v) ? KERNEL__NA : v;
    }
}

static void iii_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    (void)state, (void)params;
    for (size_t i = 0; i < n; i++) {
        double high = in[0][i], low = in[1][i], close = in[2][i];
        double v = (2 * close - high - low) / ((high - low) * in[3][i]);
        out[0][i] = kernel__is_na(v) ? KERNEL__NA : v;
    }
}

const struct kernel kernel__ta_wvad = {.name = "ta.wvad",
                                       .input_names = "open high low close volume",
                                       .output_names = "wvad",
                                       .param_names = "",
                                       .inputs = 5,
                                       .outputs = 1,
                                       .params = 0,
                                       .run = wvad_run};

const struct kernel kernel__ta_iii = {.name = "ta.iii",
                                      .input_names = "high low close volume",
                                      .output_names = "iii",
                                      .param_names = "",
                                      .inputs = 4,
                                      .outputs = 1,
                                      .params = 0,
                                      .run = iii_run};

// --- ta.vwap: sum(source * volume) / sum(volume) since the anchor --------------------------------

#define DAY_MS 86400000.0

struct vwap {
    double day; // of the last bar, by its open time in UTC; na before the first
    double started;
    double money, volume;
    double base, squares; // of source - base, the first source since the anchor
};

static size_t vwap_bytes(const double *params)
{
    (void)params;
    return sizeof(struct vwap);
}

static void vwap_init(void *state, const double *params)
{
    (void)params;
    *(struct vwap *)state = (struct vwap){.day = KERNEL__NA};
}

static double vwap_step(struct vwap *s, double source, double volume, bool anchor)
{
    if (anchor)
        *s = (struct vwap){.day = s->day, .started = 1};
    if (s->started == 0 || kernel__is_na(source) || kernel__is_na(volume))
        return KERNEL__NA;
    if (s->volume == 0)
        s->base = source;
    s->money += source * volume;
    s->squares += (source - s->base) * (source - s->base) * volume;
    s->volume += volume;
    double v = s->money / s->volume;
    return kernel__is_na(v) ? KERNEL__NA : v;
}

// Crypto markets never close: a session is a UTC day.
static void vwap_run(void *state, const double *params, const double *const *in, double *const *out,
                     size_t n)
{
    (void)params;
    struct vwap *s = state;
    for (size_t i = 0; i < n; i++) {
        double day = floor(in[2][i] / DAY_MS);
        bool anchor = day != s->day && !kernel__is_na(day);
        s->day = kernel__is_na(day) ? s->day : day;
        out[0][i] = vwap_step(s, in[0][i], in[1][i], anchor);
    }
}

static bool is_set(double x)
{
    return x != 0 && !kernel__is_na(x);
}

static void anchored_run(void *state, const double *params, const double *const *in,
                         double *const *out, size_t n)
{
    (void)params;
    for (size_t i = 0; i < n; i++)
        out[0][i] = vwap_step(state, in[0][i], in[1][i], is_set(in[2][i]));
}

static int bands_check(const double *params, struct diag *d)
{
    return kernel__check_real(params[0], "stdev_mult", 0, 1e6, d);
}

static void bands_run(void *state, const double *params, const double *const *in,
                      double *const *out, size_t n)
{
    struct vwap *s = state;
    for (size_t i = 0; i < n; i++) {
        double v = vwap_step(s, in[0][i], in[1][i], is_set(in[2][i]));
        double variance = s->squares / s->volume - (v - s->base) * (v - s->base);
        double width = params[0] * sqrt(variance < 0 ? 0 : variance);
        out[0][i] = v;
        out[1][i] = v + width;
        out[2][i] = v - width;
    }
}

const struct kernel kernel__ta_vwap = {.name = "ta.vwap",
                                       .input_names = "source volume time",
                                       .output_names = "vwap",
                                       .param_names = "",
                                       .inputs = 3,
                                       .outputs = 1,
                                       .params = 0,
                                       .state_bytes = vwap_bytes,
                                       .init = vwap_init,
                                       .run = vwap_run};

const struct kernel kernel__ta_vwap_anchor = {.name = "ta.vwap@anchor",
                                              .input_names = "source volume anchor",
                                              .output_names = "vwap",
                                              .param_names = "",
                                              .inputs = 3,
                                              .outputs = 1,
                                              .params = 0,
                                              .state_bytes = vwap_bytes,
                                              .init = vwap_init,
                                              .run = anchored_run};

const struct kernel kernel__ta_vwap_bands = {.name = "ta.vwap@bands",
                                             .input_names = "source volume anchor",
                                             .output_names = "vwap upper lower",
                                             .param_names = "stdev_mult",
                                             .inputs = 3,
                                             .outputs = 3,
                                             .params = 1,
                                             .check = bands_check,
                                             .state_bytes = vwap_bytes,
                                             .init = vwap_init,
                                             .run = bands_run};
