// SPDX-License-Identifier: Apache-2.0
// Oscillators over a window of bars: stoch wpr cci cog mfi, and the mean deviation ta.dev.
#include "script/kernels/list.h"
#include "script/kernels/parts.h"

// --- ta.stoch: 100 * (source - lowest) / (highest - lowest); ta.wpr: 100 * (close - highest) / ...
// -

static size_t stoch_bytes(const double *params)
{
    return 2 * kernel__extreme_bytes(params[0]);
}

static void stoch_init(void *state, const double *params)
{
    kernel__extreme_init(state, params[0]);
    kernel__extreme_init((char *)state + kernel__extreme_bytes(params[0]), params[0]);
}

KERNEL__INLINE void position_run(void *state, const double *params, const double *source,
                                 const double *high, const double *low, double *out, size_t n,
                                 bool from_low)
{
    char *lows = (char *)state + kernel__extreme_bytes(params[0]);
    double h[KERNEL__CHUNK], l[KERNEL__CHUNK];
    for (size_t i = 0; i < n; i += KERNEL__CHUNK) {
        size_t m = kernel__min(n - i, KERNEL__CHUNK);
        kernel__highest_run(state, high + i, h, m);
        kernel__lowest_run(lows, low + i, l, m);
        for (size_t k = 0; k < m; k++) {
            double v = 100 * (source[i + k] - (from_low ? l[k] : h[k])) / (h[k] - l[k]);
            out[i + k] = kernel__is_na(v) ? KERNEL__NA : v;
        }
    }
}

static void stoch_run(void *state, const double *params, const double *const *in,
                      double *const *out, size_t n)
{
    position_run(state, params, in[0], in[1], in[2], out[0], n, true);
}

static void wpr_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    position_run(state, params, in[2], in[0], in[1], out[0], n, false);
}

const struct kernel kernel__ta_stoch = {.name = "ta.stoch",
                                        .input_names = "source high low",
                                        .output_names = "stoch",
                                        .param_names = "length",
                                        .inputs = 3,
                                        .outputs = 1,
                                        .params = 1,
                                        .check = kernel__check_length,
                                        .state_bytes = stoch_bytes,
                                        .init = stoch_init,
                                        .run = stoch_run,
                                        .warmup = kernel__warmup_length};

const struct kernel kernel__ta_wpr = {.name = "ta.wpr",
                                      .input_names = "high low close",
                                      .output_names = "wpr",
                                      .param_names = "length",
                                      .inputs = 3,
                                      .outputs = 1,
                                      .params = 1,
                                      .check = kernel__check_length,
                                      .state_bytes = stoch_bytes,
                                      .init = stoch_init,
                                      .run = wpr_run,
                                      .warmup = kernel__warmup_length};

// --- ta.dev: mean of |source - sma|; ta.cci: (source - sma) / (0.015 * dev) ----------------------

static size_t dev_bytes(const double *params)
{
    return kernel__sum_bytes(params[0]) + kernel__history_bytes(params[0]);
}

static struct history *dev_history(void *state, const double *params)
{
    return (struct history *)((char *)state + kernel__sum_bytes(params[0]));
}

static void dev_init(void *state, const double *params)
{
    kernel__sum_init(state, params[0]);
    kernel__history_init(dev_history(state, params), params[0]);
}

static double mean_distance(const double *w, size_t length, double mean)
{
    double a = 0, b = 0, c = 0, d = 0;
    size_t k = 0;
    for (; k + 4 <= length; k += 4) {
        a += fabs(w[k] - mean);
        b += fabs(w[k + 1] - mean);
        c += fabs(w[k + 2] - mean);
        d += fabs(w[k + 3] - mean);
    }
    for (; k < length; k++)
        a += fabs(w[k] - mean);
    return ((a + b) + (c + d)) / (double)length;
}

KERNEL__INLINE void deviation_run(void *state, const double *params, const double *in, double *out,
                                  size_t n, bool cci)
{
    struct history *h = dev_history(state, params);
    size_t length = (size_t)params[0];
    double mean[KERNEL__CHUNK];
    for (size_t i = 0; i < n; i += KERNEL__CHUNK) {
        size_t m = kernel__min(n - i, KERNEL__CHUNK);
        kernel__sma_run(state, in + i, mean, m);
        for (size_t k = 0; k < m; k++) {
            double x = in[i + k];
            const double *w = kernel__is_na(x) ? NULL : kernel__history_push(h, x);
            double v = w == NULL ? KERNEL__NA : mean_distance(w, length, mean[k]);
            if (cci)
                v = (x - mean[k]) / (0.015 * v);
            out[i + k] = kernel__is_na(v) ? KERNEL__NA : v;
        }
    }
}

static void dev_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    deviation_run(state, params, in[0], out[0], n, false);
}

static void cci_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    deviation_run(state, params, in[0], out[0], n, true);
}

const struct kernel kernel__ta_dev = {.name = "ta.dev",
                                      .input_names = "source",
                                      .output_names = "dev",
                                      .param_names = "length",
                                      .inputs = 1,
                                      .outputs = 1,
                                      .params = 1,
                                      .check = kernel__check_length,
                                      .state_bytes = dev_bytes,
                                      .init = dev_init,
                                      .run = dev_run,
                                      .warmup = kernel__warmup_length};

const struct kernel kernel__ta_cci = {.name = "ta.cci",
                                      .input_names = "source",
                                      .output_names = "cci",
                                      .param_names = "length",
                                      .inputs = 1,
                                      .outputs = 1,
                                      .params = 1,
                                      .check = kernel__check_length,
                                      .state_bytes = dev_bytes,
                                      .init = dev_init,
                                      .run = cci_run,
                                      .warmup = kernel__warmup_length};

// --- ta.cog --------------------------------------------------------------------------------------

static size_t cog_bytes(const double *params)
{
    return kernel__wma_bytes(params[0]);
}

static void cog_init(void *state, const double *params)
{
    kernel__wma_init(state, params[0]);
}

static void cog_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    (void)params;
    kernel__cog_run(state, in[0], out[0], n);
}

const struct kernel kernel__ta_cog = {.name = "ta.cog",
                                      .input_names = "source",
                                      .output_names = "cog",
                                      .param_names = "length",
                                      .inputs = 1,
                                      .outputs = 1,
                                      .params = 1,
                                      .check = kernel__check_length,
                                      .state_bytes = cog_bytes,
                                      .init = cog_init,
                                      .run = cog_run,
                                      .warmup = kernel__warmup_length};

// --- ta.mfi: 100 - 100 / (1 + money in / money out) ----------------------------------------------

static size_t mfi_bytes(const double *params)
{
    return sizeof(double) + 2 * kernel__sum_bytes(params[0]);
}

static void mfi_init(void *state, const double *params)
{
    char *in = (char *)state + sizeof(double);
    *(double *)state = KERNEL__NA;
    kernel__sum_init(in, params[0]);
    kernel__sum_init(in + kernel__sum_bytes(params[0]), params[0]);
}

static void mfi_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    double *last = state, a[KERNEL__CHUNK], b[KERNEL__CHUNK], c[KERNEL__CHUNK];
    char *inflow = (char *)state + sizeof(double);
    char *outflow = inflow + kernel__sum_bytes(params[0]);
    for (size_t i = 0; i < n; i += KERNEL__CHUNK) {
        size_t m = kernel__min(n - i, KERNEL__CHUNK);
        for (size_t k = 0; k < m; k++) {
            double x = in[0][i + k], money = in[1][i + k] * x;
            // On the first bar there is no change: by Pine's formula the money counts on both
            // sides.
            a[k] = x <= *last ? money * 0 : money;
            b[k] = x >= *last ? money * 0 : money;
            *last = kernel__is_na(x) ? *last : x;
        }
        kernel__sum_run(inflow, a, c, m);
        kernel__sum_run(outflow, b, a, m);
        for (size_t k = 0; k < m; k++) {
            double v = a[k] == 0 ? 100.0 : 100.0 - 100.0 / (1.0 + c[k] / a[k]);
            out[0][i + k] = kernel__is_na(v) || kernel__is_na(in[0][i + k]) ? KERNEL__NA : v;
        }
    }
}

const struct kernel kernel__ta_mfi = {.name = "ta.mfi",
                                      .input_names = "source volume",
                                      .output_names = "mfi",
                                      .param_names = "length",
                                      .inputs = 2,
                                      .outputs = 1,
                                      .params = 1,
                                      .check = kernel__check_length,
                                      .state_bytes = mfi_bytes,
                                      .init = mfi_init,
                                      .run = mfi_run,
                                      .warmup = kernel__warmup_length};
