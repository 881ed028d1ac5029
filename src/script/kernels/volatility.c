// SPDX-License-Identifier: Apache-2.0
// Spread and bands: tr atr stdev variance bb bbw kc kcw supertrend.
#include "script/kernels/list.h"
#include "script/kernels/parts.h"

#include <string.h>

// --- ta.tr, ta.atr -------------------------------------------------------------------------------

// Inputs of everything here: high low close in columns 0 1 2.
KERNEL__INLINE double tr_step(double *last_close, const double *const *in, size_t i, bool handle_na)
{
    double high = in[0][i], low = in[1][i], v;
    if (handle_na && kernel__is_na(*last_close))
        v = high - low;
    else
        v = kernel__true_range(high, low, *last_close);
    *last_close = in[2][i];
    return v;
}

static int tr_check(const double *params, struct diag *d)
{
    return kernel__check_whole(params[0], "handle_na", 0, 1, d);
}

static size_t tr_bytes(const double *params)
{
    (void)params;
    return sizeof(double);
}

static void tr_init(void *state, const double *params)
{
    (void)params;
    *(double *)state = KERNEL__NA;
}

static void tr_run(void *state, const double *params, const double *const *in, double *const *out,
                   size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[0][i] = tr_step(state, in, i, params[0] != 0);
}

static int64_t tr_warmup(const double *params)
{
    return params[0] != 0 ? 0 : 1;
}

const struct kernel kernel__ta_tr = {.name = "ta.tr",
                                     .input_names = "high low close",
                                     .output_names = "tr",
                                     .param_names = "handle_na",
                                     .inputs = 3,
                                     .outputs = 1,
                                     .params = 1,
                                     .check = tr_check,
                                     .state_bytes = tr_bytes,
                                     .init = tr_init,
                                     .run = tr_run,
                                     .warmup = tr_warmup};

struct atr {
    double last_close;
    struct recursive average;
};

static size_t atr_bytes(const double *params)
{
    (void)params;
    return sizeof(struct atr);
}

static void atr_start(struct atr *a, double length)
{
    a->last_close = KERNEL__NA;
    kernel__recursive_init(&a->average, length);
}

static void atr_init(void *state, const double *params)
{
    atr_start(state, params[0]);
}

// True ranges of bars from..from + n; the first of all counts high - low. The average's chain of
// dependent steps then runs alone.
static void atr_block(struct atr *a, const double *const *in, double *out, size_t from, size_t n)
{
    const double *high = in[0] + from, *low = in[1] + from, *close = in[2] + from;
    double ranges[KERNEL__CHUNK];
    for (size_t i = 0; i < n; i += KERNEL__CHUNK) {
        size_t m = kernel__min(n - i, KERNEL__CHUNK);
        ranges[0] = tr_step(&a->last_close, in, from + i, true);
        for (size_t k = 1; k < m; k++)
            ranges[k] = kernel__true_range(high[i + k], low[i + k], close[i + k - 1]);
        for (size_t k = kernel__finite_prefix(ranges, m); k < m; k++) {
            if (k > 0 && kernel__is_na(close[i + k - 1]))
                ranges[k] = high[i + k] - low[i + k];
        }
        a->last_close = close[i + m - 1];
        kernel__rma_run(&a->average, ranges, out + i, m);
    }
}

static void atr_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    (void)params;
    atr_block(state, in, out[0], 0, n);
}

const struct kernel kernel__ta_atr = {.name = "ta.atr",
                                      .input_names = "high low close",
                                      .output_names = "atr",
                                      .param_names = "length",
                                      .inputs = 3,
                                      .outputs = 1,
                                      .params = 1,
                                      .check = kernel__check_recursive,
                                      .state_bytes = atr_bytes,
                                      .init = atr_init,
                                      .run = atr_run,
                                      .serial = true,
                                      .warmup = kernel__warmup_length};

// --- ta.variance, ta.stdev -----------------------------------------------------------------------

static int variance_check(const double *params, struct diag *d)
{
    int rc = kernel__check_length(params, d);
    return rc != 0 ? rc : kernel__check_whole(params[1], "biased", 0, 1, d);
}

static size_t variance_bytes(const double *params)
{
    return kernel__variance_bytes(params[0]);
}

static void variance_init(void *state, const double *params)
{
    kernel__variance_init(state, params[0], params[1] != 0);
}

static void variance_run(void *state, const double *params, const double *const *in,
                         double *const *out, size_t n)
{
    (void)params;
    kernel__variance_run(state, in[0], out[0], n);
}

static void stdev_run(void *state, const double *params, const double *const *in,
                      double *const *out, size_t n)
{
    (void)params;
    kernel__variance_run(state, in[0], out[0], n);
    for (size_t i = 0; i < n; i++)
        out[0][i] = sqrt(out[0][i]);
}

const struct kernel kernel__ta_variance = {.name = "ta.variance",
                                           .input_names = "source",
                                           .output_names = "variance",
                                           .param_names = "length biased",
                                           .inputs = 1,
                                           .outputs = 1,
                                           .params = 2,
                                           .check = variance_check,
                                           .state_bytes = variance_bytes,
                                           .init = variance_init,
                                           .run = variance_run,
                                           .warmup = kernel__warmup_length};

const struct kernel kernel__ta_stdev = {.name = "ta.stdev",
                                        .input_names = "source",
                                        .output_names = "stdev",
                                        .param_names = "length biased",
                                        .inputs = 1,
                                        .outputs = 1,
                                        .params = 2,
                                        .check = variance_check,
                                        .state_bytes = variance_bytes,
                                        .init = variance_init,
                                        .run = stdev_run,
                                        .warmup = kernel__warmup_length};

// --- ta.bb: sma and sma +- mult * stdev; ta.bbw: 100 * (upper - lower) / middle ------------------

static int bands_check(const double *params, struct diag *d)
{
    int rc = kernel__check_length(params, d);
    return rc != 0 ? rc : kernel__check_real(params[1], "mult", 0, 1e6, d);
}

static size_t bb_bytes(const double *params)
{
    return kernel__sum_bytes(params[0]) + kernel__variance_bytes(params[0]);
}

static void bb_init(void *state, const double *params)
{
    kernel__sum_init(state, params[0]);
    kernel__variance_init((char *)state + kernel__sum_bytes(params[0]), params[0], true);
}

static void bb_run(void *state, const double *params, const double *const *in, double *const *out,
                   size_t n)
{
    double *middle = out[0], *upper = out[1], *lower = out[2];
    kernel__sma_run(state, in[0], middle, n);
    kernel__variance_run((char *)state + kernel__sum_bytes(params[0]), in[0], upper, n);
    for (size_t i = 0; i < n; i++) {
        double width = params[1] * sqrt(upper[i]);
        upper[i] = middle[i] + width;
        lower[i] = middle[i] - width;
    }
}

static void bbw_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    double middle[KERNEL__CHUNK], upper[KERNEL__CHUNK], lower[KERNEL__CHUNK];
    for (size_t i = 0; i < n; i += KERNEL__CHUNK) {
        size_t m = kernel__min(n - i, KERNEL__CHUNK);
        bb_run(state, params, (const double *const[]){in[0] + i},
               (double *const[]){middle, upper, lower}, m);
        for (size_t k = 0; k < m; k++) {
            double v = (upper[k] - lower[k]) / middle[k] * 100;
            out[0][i + k] = kernel__is_na(v) ? KERNEL__NA : v;
        }
    }
}

const struct kernel kernel__ta_bb = {.name = "ta.bb",
                                     .input_names = "source",
                                     .output_names = "middle upper lower",
                                     .param_names = "length mult",
                                     .inputs = 1,
                                     .outputs = 3,
                                     .params = 2,
                                     .check = bands_check,
                                     .state_bytes = bb_bytes,
                                     .init = bb_init,
                                     .run = bb_run,
                                     .warmup = kernel__warmup_length};

const struct kernel kernel__ta_bbw = {.name = "ta.bbw",
                                      .input_names = "source",
                                      .output_names = "bbw",
                                      .param_names = "length mult",
                                      .inputs = 1,
                                      .outputs = 1,
                                      .params = 2,
                                      .check = bands_check,
                                      .state_bytes = bb_bytes,
                                      .init = bb_init,
                                      .run = bbw_run,
                                      .warmup = kernel__warmup_length};

// --- ta.kc: ema(source) and it +- mult * ema(true range or high - low); ta.kcw -------------------

struct kc {
    double last_close;
    struct recursive middle, range;
};

static int kc_check(const double *params, struct diag *d)
{
    int rc = kernel__check_recursive(params, d);
    if (rc == 0)
        rc = kernel__check_real(params[1], "mult", 0, 1e6, d);
    return rc != 0 ? rc : kernel__check_whole(params[2], "useTrueRange", 0, 1, d);
}

static size_t kc_bytes(const double *params)
{
    (void)params;
    return sizeof(struct kc);
}

static void kc_init(void *state, const double *params)
{
    struct kc *s = state;
    s->last_close = KERNEL__NA;
    kernel__recursive_init(&s->middle, params[0]);
    kernel__recursive_init(&s->range, params[0]);
}

// Inputs: source high low close.
static void kc_step(struct kc *s, const double *params, const double *const *in, size_t i,
                    double bands[3])
{
    double range = tr_step(&s->last_close, in + 1, i, false);
    if (params[2] == 0)
        range = in[1][i] - in[2][i];
    double width = kernel__ema_step(&s->range, range) * params[1];
    bands[0] = kernel__ema_step(&s->middle, in[0][i]);
    bands[1] = bands[0] + width;
    bands[2] = bands[0] - width;
}

static void kc_run(void *state, const double *params, const double *const *in, double *const *out,
                   size_t n)
{
    double bands[3];
    for (size_t i = 0; i < n; i++) {
        kc_step(state, params, in, i, bands);
        for (int k = 0; k < 3; k++)
            out[k][i] = bands[k];
    }
}

static void kcw_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    double bands[3];
    for (size_t i = 0; i < n; i++) {
        kc_step(state, params, in, i, bands);
        double v = (bands[1] - bands[2]) / bands[0];
        out[0][i] = kernel__is_na(v) ? KERNEL__NA : v;
    }
}

static int64_t kc_warmup(const double *params)
{
    return (int64_t)params[0] - (params[2] != 0 ? 0 : 1);
}

const struct kernel kernel__ta_kc = {.name = "ta.kc",
                                     .input_names = "source high low close",
                                     .output_names = "middle upper lower",
                                     .param_names = "length mult useTrueRange",
                                     .inputs = 4,
                                     .outputs = 3,
                                     .params = 3,
                                     .check = kc_check,
                                     .state_bytes = kc_bytes,
                                     .init = kc_init,
                                     .run = kc_run,
                                     .warmup = kc_warmup};

const struct kernel kernel__ta_kcw = {.name = "ta.kcw",
                                      .input_names = "source high low close",
                                      .output_names = "kcw",
                                      .param_names = "length mult useTrueRange",
                                      .inputs = 4,
                                      .outputs = 1,
                                      .params = 3,
                                      .check = kc_check,
                                      .state_bytes = kc_bytes,
                                      .init = kc_init,
                                      .run = kcw_run,
                                      .warmup = kc_warmup};

// --- ta.supertrend, after the Pine text in the reference of ta.supertrend ------------------------

struct supertrend {
    struct atr atr;
    double last_atr, last_close;
    double lower, upper, line; // of the last bar
};

static int supertrend_check(const double *params, struct diag *d)
{
    int rc = kernel__check_real(params[0], "factor", 0, 1e6, d);
    return rc != 0 ? rc : kernel__check_whole(params[1], "atrPeriod", 1, KERNEL_RECURSIVE_MAX, d);
}

static size_t supertrend_bytes(const double *params)
{
    (void)params;
    return sizeof(struct supertrend);
}

static void supertrend_init(void *state, const double *params)
{
    struct supertrend *s = state;
    atr_start(&s->atr, params[1]);
    s->last_atr = s->last_close = s->lower = s->upper = s->line = KERNEL__NA;
}

static double supertrend_step(struct supertrend *s, double middle, double close, double width,
                              double atr)
{
    double lower = middle - width, upper = middle + width;
    double last_lower = kernel__is_na(s->lower) ? 0 : s->lower;
    double last_upper = kernel__is_na(s->upper) ? 0 : s->upper;
    lower = lower > last_lower || s->last_close < last_lower ? lower : last_lower;
    upper = upper < last_upper || s->last_close > last_upper ? upper : last_upper;
    double direction;
    if (kernel__is_na(s->last_atr))
        direction = 1;
    else if (s->line == last_upper)
        direction = close > upper ? -1 : 1;
    else
        direction = close < lower ? 1 : -1;
    s->line = direction < 0 ? lower : upper;
    s->lower = lower;
    s->upper = upper;
    s->last_atr = atr;
    s->last_close = close;
    return direction;
}

static void supertrend_run(void *state, const double *params, const double *const *in,
                           double *const *out, size_t n)
{
    struct supertrend *s = state;
    double atr[KERNEL__CHUNK];
    for (size_t i = 0; i < n; i += KERNEL__CHUNK) {
        size_t m = kernel__min(n - i, KERNEL__CHUNK);
        atr_block(&s->atr, in, atr, i, m);
        for (size_t k = 0; k < m; k++) {
            double middle = (in[0][i + k] + in[1][i + k]) / 2;
            out[1][i + k] = supertrend_step(s, middle, in[2][i + k], params[0] * atr[k], atr[k]);
            out[0][i + k] = s->line;
        }
    }
}

static int64_t supertrend_warmup(const double *params)
{
    return (int64_t)params[1] - 1;
}

const struct kernel kernel__ta_supertrend = {.name = "ta.supertrend",
                                             .input_names = "high low close",
                                             .output_names = "supertrend direction",
                                             .param_names = "factor atrPeriod",
                                             .inputs = 3,
                                             .outputs = 2,
                                             .params = 2,
                                             .check = supertrend_check,
                                             .state_bytes = supertrend_bytes,
                                             .init = supertrend_init,
                                             .run = supertrend_run,
                                             .warmup = supertrend_warmup};
