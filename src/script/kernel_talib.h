// SPDX-License-Identifier: Apache-2.0
// What TA-Lib's own table says about the functions behind the kernels "talib.X": texts, ranges and
// defaults for the language's checks, its completion and its reference.
#ifndef SCRIPT_KERNEL_TALIB_H
#define SCRIPT_KERNEL_TALIB_H

#include "script/kernel.h"

#include <stdbool.h>

struct kernel_talib_option {
    const char *title; // "Time Period"
    const char *hint;  // "Number of period"
    double min, max;   // both allowed
    double standard;   // when it is not given
    bool whole;        // only whole numbers
    bool average;      // one of TA-Lib's kinds of moving average: 0 SMA, 1 EMA, 2 WMA ...
};

struct kernel_talib_info {
    const char *title; // "Average Directional Movement Index"
    const char *group; // "Momentum Indicators"
    // Of param i of the kernel; its name is in kernel.param_names.
    struct kernel_talib_option options[KERNEL_PARAMS_MAX];
    bool whole_outputs; // outputs are whole numbers (candle patterns: -100, 0, 100)
};

// Fills *info for a kernel "talib.X"; false when k is none of TA-Lib's or the linked TA-Lib does
// not know it. Texts are static. Every such kernel is in kernel_registry.
bool kernel_talib_describe(const struct kernel *k, struct kernel_talib_info *info);

#endif
