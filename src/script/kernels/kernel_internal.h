// SPDX-License-Identifier: Apache-2.0
// What the kernel families share: the test for na, parameter checks, and the struct initialisers
// that keep one kernel to one table row.
#ifndef SCRIPT_KERNELS_KERNEL_INTERNAL_H
#define SCRIPT_KERNELS_KERNEL_INTERNAL_H

#include "script/kernel.h"

#include <math.h>
#include <stdbool.h>

#define KERNEL__NA ((double)NAN)

// Kernels made of others pass columns on in pieces of this many bars, on the stack.
#define KERNEL__CHUNK 256

#define KERNEL__INLINE static inline __attribute__((always_inline))

// Pine has no infinite values: what is not finite counts as na.
KERNEL__INLINE bool kernel__is_na(double x)
{
    return !(x - x == 0.0);
}

KERNEL__INLINE double kernel__bool(bool b)
{
    return b ? 1.0 : 0.0;
}

KERNEL__INLINE size_t kernel__min(size_t a, size_t b)
{
    return a < b ? a : b;
}

// How many values from the start of x are finite, up to n.
size_t kernel__finite_prefix(const double *x, size_t n);

// Whole number within [min, max] / any number within (more_than, max]; ERR_RANGE names the param.
int kernel__check_whole(double value, const char *name, double min, double max, struct diag *d);
int kernel__check_real(double value, const char *name, double min, double max, struct diag *d);
// params[0] is a window length / a recursive length.
int kernel__check_length(const double *params, struct diag *d);
int kernel__check_recursive(const double *params, struct diag *d);

// warmup() of a window whose first value needs params[0] bars / one bar more.
int64_t kernel__warmup_length(const double *params);
int64_t kernel__warmup_lag(const double *params);
int64_t kernel__warmup_one(const double *params);

#endif
