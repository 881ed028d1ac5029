// SPDX-License-Identifier: Apache-2.0
// Building blocks several kernels are made of: averages, deviations, extremes, history. Each has
// bytes (its state, a multiple of 8), init and run, and keeps the rules of script/kernel.h.
#ifndef SCRIPT_KERNELS_PARTS_H
#define SCRIPT_KERNELS_PARTS_H

#include "script/kernels/kernel_internal.h"

// Sum and mean of the last `length` values that are not na, with a compensated running sum
// (Neumaier); a bar that is na repeats the last value once the window is full (math.sum, ta.sma).
size_t kernel__sum_bytes(double length);
void kernel__sum_init(void *state, double length);
void kernel__sum_run(void *state, const double *in, double *out, size_t n);
void kernel__sma_run(void *state, const double *in, double *out, size_t n);

// Weighted mean, weights 1 (oldest) to length (newest); na bars give na and leave no trace.
size_t kernel__wma_bytes(double length);
void kernel__wma_init(void *state, double length);
void kernel__wma_run(void *state, const double *in, double *out, size_t n);
// Pine's center of gravity over the same state.
void kernel__cog_run(void *state, const double *in, double *out, size_t n);

// Exponential (2 / (length + 1)) and Wilder's average, seeded by the mean of the first `length`
// values; na bars give na and leave no trace.
struct recursive {
    double value;
    double alpha;
    double sum, err; // of the values before the seed
    int64_t length;
    int64_t taken;
};
void kernel__recursive_init(struct recursive *r, double length);
double kernel__recursive_seed(struct recursive *r, double x); // one value before the average exists
void kernel__ema_run(struct recursive *r, const double *in, double *out, size_t n);
void kernel__rma_run(struct recursive *r, const double *in, double *out, size_t n);

KERNEL__INLINE double kernel__ema_step(struct recursive *r, double x)
{
    if (kernel__is_na(x))
        return KERNEL__NA;
    if (r->taken < r->length)
        return kernel__recursive_seed(r, x);
    r->value = r->length == 1 ? x : r->value + r->alpha * (x - r->value);
    return r->value;
}

KERNEL__INLINE double kernel__rma_step(struct recursive *r, double x)
{
    if (kernel__is_na(x))
        return KERNEL__NA;
    if (r->taken < r->length)
        return kernel__recursive_seed(r, x);
    r->value = (r->value * (double)(r->length - 1) + x) / (double)r->length;
    return r->value;
}

// Variance of the last `length` values that are not na; a na bar repeats the value.
size_t kernel__variance_bytes(double length);
void kernel__variance_init(void *state, double length, bool biased);
void kernel__variance_run(void *state, const double *in, double *out, size_t n);

// Highest or lowest of the last `length` bars, na bars passed over; na before `length` bars.
size_t kernel__extreme_bytes(double length);
void kernel__extreme_init(void *state, double length);
void kernel__highest_run(void *state, const double *in, double *out, size_t n);
void kernel__lowest_run(void *state, const double *in, double *out, size_t n);

// The last `length` values in one piece, oldest first, na among them: for what must look at a whole
// window on each bar.
struct history {
    int64_t length;
    int64_t taken;
    int64_t end; // one behind the newest in values
    double values[];
};
size_t kernel__history_bytes(double length);
void kernel__history_init(struct history *h, double length);
// Takes x in; the window's first value, or NULL while there are fewer than `length`.
const double *kernel__history_push(struct history *h, double x);

// True range of a bar after one with close `previous`; na when that is na.
KERNEL__INLINE double kernel__true_range(double high, double low, double previous)
{
    double a = high - low, b = fabs(high - previous), c = fabs(low - previous);
    double m = a > b ? a : b;
    m = m > c ? m : c;
    return m + (a - a); // na where high or low is
}

#endif
