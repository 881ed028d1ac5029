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

// One value after the seed; what is not finite is passed over.
KERNEL__INLINE double ema_next(double v, double x, double alpha, double unused)
{
    (void)unused;
    return v + alpha * (x - v);
}

KERNEL__INLINE double rma_next(double v, double x, double length, double kept)
{
    return (v * kept + x) / length;
}

typedef double (*recursive_next)(double v, double x, double a, double b);

// The average of a piece is taken as if it held no na; if there was one it shows in the last value,
// and the piece is done again with care. So the usual case pays nothing for the test.
KERNEL__INLINE void run_settled(struct recursive *r, const double *restrict in,
                                double *restrict out, size_t n, recursive_next next, double a,
                                double b)
{
    for (size_t i = 0; i < n; i += KERNEL__CHUNK) {
        size_t end = kernel__min(n, i + KERNEL__CHUNK);
        double v = r->value;
        for (size_t k = i; k < end; k++) {
            v = next(v, in[k], a, b);
            out[k] = v;
        }
        if (__builtin_expect(!kernel__is_na(v), 1)) {
            r->value = v;
            continue;
        }
        v = r->value;
        for (size_t k = i; k < end; k++) {
            v = kernel__is_na(in[k]) ? v : next(v, in[k], a, b);
            out[k] = kernel__is_na(in[k]) ? KERNEL__NA : v;
        }
        r->value = v;
    }
}

void kernel__ema_run(struct recursive *r, const double *in, double *out, size_t n)
{
    size_t i = 0;
    for (; i < n && (r->taken < r->length || r->length == 1); i++)
        out[i] = kernel__ema_step(r, in[i]);
    run_settled(r, in + i, out + i, n - i, ema_next, r->alpha, 0);
}

void kernel__rma_run(struct recursive *r, const double *in, double *out, size_t n)
{
    size_t i = 0;
    for (; i < n && r->taken < r->length; i++)
        out[i] = kernel__rma_step(r, in[i]);
    run_settled(r, in + i, out + i, n - i, rma_next, (double)r->length, (double)(r->length - 1));
}
