// SPDX-License-Identifier: Apache-2.0
// Kernels that make confirmed bars of a higher timeframe out of the stream's own bars, for
// request.security. A value appears on the bar that closes the higher bar; when that bar is
// missing, on the first bar after it.
#ifndef SCRIPT_HTF_H
#define SCRIPT_HTF_H

#include "script/kernel.h"

enum htf_kernel {
    HTF_CONFIRMED, // 1 where a higher bar is complete
    HTF_FIRST,     // of the completed bar: first, greatest, least, last value, sum, open time
    HTF_MAX,
    HTF_MIN,
    HTF_LAST,
    HTF_SUM,
    HTF_TIME,
    HTF_HOLD // last value where the condition (second input) held
};

// Inputs: open time and a column; params: timeframe code (see ops.h) and the stream's timeframe.
const struct kernel *script__htf_kernel(enum htf_kernel which);

#endif
