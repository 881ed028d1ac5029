// SPDX-License-Identifier: Apache-2.0
// The exponential averages. The step keeps the form prev + alpha * (x - prev), and Wilder's
// (prev * (length - 1) + x) / length: prices standing still give an average that stands still.
#include "script/kernels/parts.h"

void kernel__recursive_init(struct recursive *r, double length)
{
    *r = (struct recursive){
        .value = KERNEL__NA, .alpha = 2.0 / (length + 1), .length = (int64_t)length};
}

double kernel__recursive_seed(struct recursive *r, double x)
{
    double t = r->sum + x, b = t - r->sum;
    r->err += (r->sum - (t - b)) + (x - b);
    r->sum = t;
    if (++r->taken < r->length)
        return KERNEL__NA;
    r->value = (r->sum + r->err) / (double)r->length;
    return r->value;
}

void kernel__ema_run(struct recursive *r, const double *restrict in, double *restrict out, size_t n)
{
    size_t i = 0;
    for (; i < n && (r->taken < r->length || r->length == 1); i++)
        out[i] = kernel__ema_step(r, in[i]);
    double v = r->value, alpha = r->alpha;
    for (; i < n; i++) {
        double x = in[i];
        if (__builtin_expect(kernel__is_na(x), 0)) {
            out[i] = KERNEL__NA;
            continue;
        }
        v = v + alpha * (x - v);
        out[i] = v;
    }
    r->value = v;
}

void kernel__rma_run(struct recursive *r, const double *restrict in, double *restrict out, size_t n)
{
    size_t i = 0;
    for (; i < n && r->taken < r->length; i++)
        out[i] = kernel__rma_step(r, in[i]);
    double v = r->value, length = (double)r->length, kept = length - 1;
    for (; i < n; i++) {
        double x = in[i];
        if (__builtin_expect(kernel__is_na(x), 0)) {
            out[i] = KERNEL__NA;
            continue;
        }
        v = (v * kept + x) / length;
        out[i] = v;
    }
    r->value = v;
}
