// SPDX-License-Identifier: Apache-2.0
// A kernel: one indicator or operation over columns of doubles. Live trading calls it with n = 1,
// history with n = a block; the same code, so that a live value and a backtest value are
// bit-identical. NaN is Pine's na. Bools are 0.0 / 1.0, integers are whole doubles.
//
// Rules every kernel keeps (tests/unit/script holds all of them to it):
//  - output i depends on inputs 0..i only, and on nothing but state, params and inputs;
//  - any split of the same inputs into blocks gives bit-identical outputs;
//  - state is one flat block without pointers (it may be copied, compared, saved), sized by
//    state_bytes(params), aligned for double, and fully set by init;
//  - run() does not allocate, does no I/O, and is bounded by O(n * work(params));
//  - out columns never overlap in columns or each other.
//
// Names. "ta.x" and "math.x" are Pine's own words; where a Pine function has a form with more
// outputs or a length that changes from bar to bar, a suffix tells it apart ("ta.vwap@bands",
// "ta.highest@series"). "op.x" are the operators and what a graph needs besides: op.add sub mul div
// idiv mod neg, op.eq ne lt le gt ge, op.and or not, op.select (condition, then, else), op.lag
// (x[n]), op.na nz fixnan, op.to_bool, op.const. "talib.X" is TA-Lib's X, see
// script/kernel_talib.h. Inputs, outputs and params are named in order in the three name lists of
// the struct: a list is what a caller binds columns and parameters by. The definition behind each
// name, with its source, stands in docs/indicator-definitions.md.
#ifndef SCRIPT_KERNEL_H
#define SCRIPT_KERNEL_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KERNEL_INPUTS_MAX  6
#define KERNEL_OUTPUTS_MAX 3
#define KERNEL_PARAMS_MAX  8

// Longest window of a kernel that keeps one. Recursive averages (ema, rma) take any length up to
// KERNEL_RECURSIVE_MAX, they keep no window.
#define KERNEL_LENGTH_MAX    5000
#define KERNEL_RECURSIVE_MAX 1000000

struct kernel {
    const char *name; // "ta.sma", "talib.ADX", "op.add"
    // Words separated by one space, as many as the counts below: "high low close", "length mult".
    // Inputs named open high low close volume hl2 hlc3 are those price columns, "time" is the bar's
    // open time in ms; any other is an argument.
    const char *input_names;
    const char *output_names;
    const char *param_names;
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
    // Bars before every output is defined, given inputs that are never na. NULL: 0. Kernels whose
    // outputs wait for an event (valuewhen, pivothigh) name the earliest bar it can come.
    int64_t (*warmup)(const double *params);
    // Each value waits for the one before it. Such kernels are fed in short turns, so that the
    // processor works on several of them at a time.
    bool serial;
};

// NULL-ended registry of all kernels; kernels/ has one file a family, registry.c lists them.
extern const struct kernel *const kernel_registry[];
// The kernel of that exact name, NULL when there is none. Static storage.
const struct kernel *kernel_find(const char *name);

#endif
