// SPDX-License-Identifier: Apache-2.0
// Moving averages: sma ema rma wma hma vwma swma alma linreg, and math.sum.
#include "script/kernels/list.h"
#include "script/kernels/parts.h"
#include "script/kernels/window.h"

#include <string.h>

static size_t sum_bytes(const double *params)
{
    return kernel__sum_bytes(params[0]);
}

static void sum_init(void *state, const double *params)
{
    kernel__sum_init(state, params[0]);
}

static void sum_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    (void)params;
    kernel__sum_run(state, in[0], out[0], n);
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

const struct kernel kernel__math_sum = {
    .name = "math.sum",
    .input_names = "source",
    .output_names = "sum",
    .param_names = "length",
    .inputs = 1,
    .outputs = 1,
    .params = 1,
    .check = kernel__check_length,
    .state_bytes = sum_bytes,
    .init = sum_init,
    .run = sum_run,
    .warmup = kernel__warmup_length,
};

const struct kernel kernel__ta_sma = {
    .name = "ta.sma",
    .input_names = "source",
    .output_names = "sma",
    .param_names = "length",
    .inputs = 1,
    .outputs = 1,
    .params = 1,
    .check = kernel__check_length,
    .state_bytes = sum_bytes,
    .init = sum_init,
    .run = sma_run,
    .warmup = kernel__warmup_length,
};

const struct kernel kernel__ta_wma = {
    .name = "ta.wma",
    .input_names = "source",
    .output_names = "wma",
    .param_names = "length",
    .inputs = 1,
    .outputs = 1,
    .params = 1,
    .check = kernel__check_length,
    .state_bytes = sum_bytes,
    .init = sum_init,
    .run = wma_run,
    .warmup = kernel__warmup_length,
};

static size_t recursive_bytes(const double *params)
{
    (void)params;
    return sizeof(struct recursive);
}

static void recursive_init(void *state, const double *params)
{
    kernel__recursive_init(state, params[0]);
}

static void ema_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    (void)params;
    kernel__ema_run(state, in[0], out[0], n);
}

static void rma_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    (void)params;
    kernel__rma_run(state, in[0], out[0], n);
}

const struct kernel kernel__ta_ema = {
    .name = "ta.ema",
    .input_names = "source",
    .output_names = "ema",
    .param_names = "length",
    .inputs = 1,
    .outputs = 1,
    .params = 1,
    .check = kernel__check_recursive,
    .state_bytes = recursive_bytes,
    .init = recursive_init,
    .run = ema_run,
    .serial = true,
    .warmup = kernel__warmup_length,
};

const struct kernel kernel__ta_rma = {
    .name = "ta.rma",
    .input_names = "source",
    .output_names = "rma",
    .param_names = "length",
    .inputs = 1,
    .outputs = 1,
    .params = 1,
    .check = kernel__check_recursive,
    .state_bytes = recursive_bytes,
    .init = recursive_init,
    .run = rma_run,
    .serial = true,
    .warmup = kernel__warmup_length,
};

// --- ta.hma: wma(2 * wma(source, length / 2) - wma(source, length), floor(sqrt(length))) ---------

static double half_of(const double *params)
{
    return params[0] < 2 ? 1 : floor(params[0] / 2);
}

static double root_of(const double *params)
{
    return floor(sqrt(params[0]));
}

static size_t hma_bytes(const double *params)
{
    return kernel__wma_bytes(half_of(params)) + kernel__wma_bytes(params[0]) +
           kernel__wma_bytes(root_of(params));
}

static void hma_init(void *state, const double *params)
{
    char *at = state;
    kernel__wma_init(at, half_of(params));
    at += kernel__wma_bytes(half_of(params));
    kernel__wma_init(at, params[0]);
    at += kernel__wma_bytes(params[0]);
    kernel__wma_init(at, root_of(params));
}

static void hma_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    char *half = state, *whole = half + kernel__wma_bytes(half_of(params));
    char *last = whole + kernel__wma_bytes(params[0]);
    double a[KERNEL__CHUNK], b[KERNEL__CHUNK];
    for (size_t i = 0; i < n; i += KERNEL__CHUNK) {
        size_t m = kernel__min(n - i, KERNEL__CHUNK);
        kernel__wma_run(half, in[0] + i, a, m);
        kernel__wma_run(whole, in[0] + i, b, m);
        for (size_t k = 0; k < m; k++)
            a[k] = 2 * a[k] - b[k];
        kernel__wma_run(last, a, out[0] + i, m);
    }
}

static int64_t hma_warmup(const double *params)
{
    return (int64_t)params[0] + (int64_t)root_of(params) - 2;
}

const struct kernel kernel__ta_hma = {
    .name = "ta.hma",
    .input_names = "source",
    .output_names = "hma",
    .param_names = "length",
    .inputs = 1,
    .outputs = 1,
    .params = 1,
    .check = kernel__check_length,
    .state_bytes = hma_bytes,
    .init = hma_init,
    .run = hma_run,
    .warmup = hma_warmup,
};

// --- ta.vwma: sma(source * volume) / sma(volume) -------------------------------------------------

static size_t vwma_bytes(const double *params)
{
    return 2 * kernel__sum_bytes(params[0]);
}

static void vwma_init(void *state, const double *params)
{
    kernel__sum_init(state, params[0]);
    kernel__sum_init((char *)state + kernel__sum_bytes(params[0]), params[0]);
}

static void vwma_run(void *state, const double *params, const double *const *in, double *const *out,
                     size_t n)
{
    char *money = state, *volume = money + kernel__sum_bytes(params[0]);
    double a[KERNEL__CHUNK], b[KERNEL__CHUNK];
    for (size_t i = 0; i < n; i += KERNEL__CHUNK) {
        size_t m = kernel__min(n - i, KERNEL__CHUNK);
        for (size_t k = 0; k < m; k++)
            a[k] = in[0][i + k] * in[1][i + k];
        kernel__sum_run(volume, in[1] + i, b, m);
        kernel__sum_run(money, a, out[0] + i, m);
        for (size_t k = 0; k < m; k++) {
            double v = out[0][i + k] / b[k];
            out[0][i + k] = kernel__is_na(v) ? KERNEL__NA : v;
        }
    }
}

const struct kernel kernel__ta_vwma = {
    .name = "ta.vwma",
    .input_names = "source volume",
    .output_names = "vwma",
    .param_names = "length",
    .inputs = 2,
    .outputs = 1,
    .params = 1,
    .check = kernel__check_length,
    .state_bytes = vwma_bytes,
    .init = vwma_init,
    .run = vwma_run,
    .warmup = kernel__warmup_length,
};

// --- ta.swma: x[3] / 6 + x[2] * 2 / 6 + x[1] * 2 / 6 + x / 6 -------------------------------------

static size_t swma_bytes(const double *params)
{
    (void)params;
    return 3 * sizeof(double);
}

static void swma_init(void *state, const double *params)
{
    (void)params;
    double *last = state;
    last[0] = last[1] = last[2] = KERNEL__NA;
}

static void swma_run(void *state, const double *params, const double *const *in, double *const *out,
                     size_t n)
{
    (void)params;
    double *last = state, a = last[0], b = last[1], c = last[2];
    for (size_t i = 0; i < n; i++) {
        double x = in[0][i];
        out[0][i] = a * 1 / 6 + b * 2 / 6 + c * 2 / 6 + x * 1 / 6;
        a = b;
        b = c;
        c = x;
    }
    last[0] = a;
    last[1] = b;
    last[2] = c;
}

static int64_t swma_warmup(const double *params)
{
    (void)params;
    return 3;
}

const struct kernel kernel__ta_swma = {
    .name = "ta.swma",
    .input_names = "source",
    .output_names = "swma",
    .param_names = "",
    .inputs = 1,
    .outputs = 1,
    .params = 0,
    .state_bytes = swma_bytes,
    .init = swma_init,
    .run = swma_run,
    .warmup = swma_warmup,
};

// --- ta.alma: weights exp(-(i - m)^2 / (2 s^2)), m = offset * (length - 1), s = length / sigma ---

static int alma_check(const double *params, struct diag *d)
{
    int rc = kernel__check_length(params, d);
    if (rc == 0)
        rc = kernel__check_real(params[1], "offset", -1e6, 1e6, d);
    if (rc == 0)
        rc = kernel__check_real(params[2], "sigma", 1e-6, 1e6, d);
    if (rc == 0)
        rc = kernel__check_whole(params[3], "floor", 0, 1, d);
    return rc;
}

static size_t alma_bytes(const double *params)
{
    return (size_t)params[0] * sizeof(double) + kernel__history_bytes(params[0]);
}

static void alma_init(void *state, const double *params)
{
    double *weights = state, length = params[0], norm = 0;
    double m = params[1] * (length - 1), s = length / params[2];
    if (params[3] != 0)
        m = floor(m);
    for (size_t i = 0; i < (size_t)length; i++) {
        weights[i] = exp(-(((double)i - m) * ((double)i - m)) / (2 * (s * s)));
        norm += weights[i];
    }
    for (size_t i = 0; i < (size_t)length; i++)
        weights[i] /= norm;
    kernel__history_init((struct history *)(weights + (size_t)length), length);
}

static void alma_run(void *state, const double *params, const double *const *in, double *const *out,
                     size_t n)
{
    size_t length = (size_t)params[0];
    const double *weights = state;
    struct history *h = (struct history *)((double *)state + length);
    for (size_t i = 0; i < n; i++) {
        const double *w = kernel__history_push(h, in[0][i]);
        double sum = w == NULL ? KERNEL__NA : 0;
        for (size_t k = 0; w != NULL && k < length; k++)
            sum += w[k] * weights[k];
        out[0][i] = sum;
    }
}

const struct kernel kernel__ta_alma = {
    .name = "ta.alma",
    .input_names = "source",
    .output_names = "alma",
    .param_names = "length offset sigma floor",
    .inputs = 1,
    .outputs = 1,
    .params = 4,
    .check = alma_check,
    .state_bytes = alma_bytes,
    .init = alma_init,
    .run = alma_run,
    .warmup = kernel__warmup_length,
};
