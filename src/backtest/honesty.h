// SPDX-License-Identifier: Apache-2.0
// Two questions to a strategy: does any value it gave change when the candles after it are taken
// away (look-ahead), and do its values depend on where history began (warm-up)? Both are answered
// by running it again on parts of the candles, in blocks of random length, and comparing bar by
// bar: plots bit by bit, alerts and orders by what they say.
#ifndef BACKTEST_HONESTY_H
#define BACKTEST_HONESTY_H

#include "backtest/feed.h"
#include "backtest/run.h"

#define HONESTY_CANDLES_MAX  ((size_t)500000)
#define HONESTY_FINDINGS_MAX 16

struct honesty_options {
    const struct script_program *program;
    const struct script_context *context;
    const struct script_value *values;
    size_t value_count;
    const struct candles *candles;
    size_t cuts, starts;
    double tolerance; // relative difference of plots that counts as equal after the warm-up
    uint64_t seed;
};

struct honesty_finding {
    bool look_ahead;    // else: depends on where history began
    size_t cut;         // bars of the shortened history, or the bar it began at
    size_t bar;         // first (look-ahead) or last (start) bar that differs
    const char *what;   // title of the plot, "an alert or order"; the program's
    double whole, part; // the two values; NaN for alerts and orders
};

struct honesty_report {
    size_t cuts, starts;   // made
    int64_t warmup;        // what the strategy itself says, in bars
    size_t settled;        // bars after which all starts agree with the whole within the tolerance
    size_t orders_settled; // the same for alerts and orders
    bool look_ahead, never_settles;
    struct honesty_finding findings[HONESTY_FINDINGS_MAX];
    size_t finding_count;
};

// ERR_INVALID when there are too few candles to cut; errors of the script with d; ERR_NO_MEMORY.
int honesty_check(const struct honesty_options *o, struct honesty_report *out,
                  struct diag *d) MUST_CHECK;

#endif
