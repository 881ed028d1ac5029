// SPDX-License-Identifier: Apache-2.0
// Shared by the files that put TA-Lib behind kernels.
#ifndef SCRIPT_KERNELS_TALIB_INTERNAL_H
#define SCRIPT_KERNELS_TALIB_INTERNAL_H

#include "script/kernels/kernel_internal.h"
#include "script/kernels/talib_list.h"

// Bars before the first value, from TA-Lib itself.
#define X(name, kind, in_names, out_names, param_names, in, out, params)                           \
    int talib__lookback_##name(const double *p);
KERNEL__TALIB_LIST(X)
#undef X

// Calls the function for bars from..to of the columns; what it gives for `from` stands at
// out[.][0], or whole[.][0] where its outputs are integers. TA-Lib's return code.
#define X(name, kind, in_names, out_names, param_names, ins, outs, params)                         \
    int talib__call_##name(int from, int to, const double *p, const double *const *in,             \
                           double *const *out, int *const *whole);
KERNEL__TALIB_LIST(X)
#undef X

// Size, first state and run of our own recurrences (kind OWN).
#define X(name, kind, in_names, out_names, param_names, ins, outs, params)                         \
    size_t talib__bytes_##name(const double *p);                                                   \
    void talib__init_##name(void *state, const double *p);                                         \
    void talib__run_##name(void *state, const double *p, const double *const *in,                  \
                           double *const *out, size_t n);
KERNEL__TALIB_LIST(X)
#undef X

typedef int (*talib_call)(int from, int to, const double *p, const double *const *in,
                          double *const *out, int *const *whole);

// TA-Lib's settings (candle sizes, unstable periods) at their defaults; costs next to nothing.
void talib__ready(void);
// Checks params against the ranges in TA-Lib's own table.
int talib__check(const char *name, const double *params, struct diag *d);

#endif
