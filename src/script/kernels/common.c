// SPDX-License-Identifier: Apache-2.0
// Parameter checks and warm-ups that many kernels have in common.
#include "script/kernels/kernel_internal.h"

#include <string.h>

typedef double pair __attribute__((vector_size(16)));
typedef int64_t pair_bits __attribute__((vector_size(16)));

size_t kernel__finite_prefix(const double *x, size_t n)
{
    size_t i = 0;
    // x - x is +0 for each finite value and NaN for the others, so the bits of a sound group are 0.
    for (; i + 8 <= n; i += 8) {
        pair a, b, c, e;
        memcpy(&a, x + i, sizeof a);
        memcpy(&b, x + i + 2, sizeof b);
        memcpy(&c, x + i + 4, sizeof c);
        memcpy(&e, x + i + 6, sizeof e);
        a -= a;
        b -= b;
        c -= c;
        e -= e;
        pair_bits bits = ((pair_bits)a | (pair_bits)b) | ((pair_bits)c | (pair_bits)e);
        if ((bits[0] | bits[1]) != 0)
            break;
    }
    while (i < n && !kernel__is_na(x[i]))
        i++;
    return i;
}

int kernel__check_whole(double value, const char *name, double min, double max, struct diag *d)
{
    if (value >= min && value <= max && value == floor(value))
        return 0;
    return diag_set(d, ERR_RANGE, "%s must be a whole number from %.0f to %.0f, is %g", name, min,
                    max, value);
}

int kernel__check_real(double value, const char *name, double min, double max, struct diag *d)
{
    if (value >= min && value <= max)
        return 0;
    return diag_set(d, ERR_RANGE, "%s must be from %g to %g, is %g", name, min, max, value);
}

int kernel__check_length(const double *params, struct diag *d)
{
    return kernel__check_whole(params[0], "length", 1, KERNEL_LENGTH_MAX, d);
}

int kernel__check_recursive(const double *params, struct diag *d)
{
    return kernel__check_whole(params[0], "length", 1, KERNEL_RECURSIVE_MAX, d);
}

int64_t kernel__warmup_length(const double *params)
{
    return (int64_t)params[0] - 1;
}

int64_t kernel__warmup_lag(const double *params)
{
    return (int64_t)params[0];
}

int64_t kernel__warmup_one(const double *params)
{
    (void)params;
    return 1;
}
