// SPDX-License-Identifier: Apache-2.0
// A kernel: one indicator or operation over columns of doubles. Live trading calls it with n = 1,
// history with n = a block; the same code, so that a live value and a backtest value are
// bit-identical. NaN is Pine's na. Bools are 0.0 / 1.0, integers are whole doubles.
//
// Rules every kernel keeps (tests/unit/script holds all of them to it):
//  - output i depends on inputs 0..i only, and on nothing but state, params and inputs;
//  - any split of the same inputs into blocks gives bit-identical outputs;
//  - state is one flat block without pointers (it may be copied, compared, saved), sized by
//    state_bytes(params) and fully set by init;
//  - run() does not allocate, does no I/O, and is bounded by O(n * work(params));
//  - out columns never overlap in columns or each other.
#ifndef SCRIPT_KERNEL_H
#define SCRIPT_KERNEL_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define KERNEL_INPUTS_MAX  6
#define KERNEL_OUTPUTS_MAX 3
#define KERNEL_PARAMS_MAX  8

struct kernel {
    const char *name; // "ta.sma", "talib.ADX", "op.add"
    uint8_t inputs;
    uint8_t outputs;
    uint8_t params;
    // Checks parameter values; ERR_RANGE with a sentence in d ("length must be 1 to 5000, is 0").
    // NULL: any values do.
    int (*check)(const double *params, struct diag *d);
    // NULL: no state.
    size_t (*state_bytes)(const double *params);
    void (*init)(void *state, const double *params);
    void (*run)(void *state, const double *params, const double *const *in, double *const *out,
                size_t n);
    // Bars before the first output that is not na, given inputs that are never na. NULL: 0.
    int64_t (*warmup)(const double *params);
};

// NULL-ended registry of all kernels; kernels/ has one file a family, registry.c lists them.
extern const struct kernel *const kernel_registry[];
const struct kernel *kernel_find(const char *name);

#endif
