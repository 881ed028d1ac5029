// SPDX-License-Identifier: Apache-2.0
// The exchange's own accounting of request weight: fixed windows of exchange time, 429 beyond the
// limit, 418 for those who go on regardless. One account for all callers. Pure.
// Source: Binance spot REST docs, "Limits" (2026-07-21).
#ifndef PRACTICE_WEIGHT_H
#define PRACTICE_WEIGHT_H

#include "base/clock.h"

#include <stdint.h>

struct practice_weight {
    int64_t limit;     // weight a minute
    int64_t raw_limit; // requests in five minutes
    time_ms window, raw_window;
    int64_t used, raw_used;
    int64_t ignored;    // requests sent since the first 429 although it said to wait
    time_ms wait_until; // of the last 429
    time_ms banned_until;
    unsigned bans; // so far; each lasts longer
};

enum weight_verdict {
    WEIGHT_OK,
    WEIGHT_EXCEEDED,
    WEIGHT_RAW_EXCEEDED,
    WEIGHT_BANNED
};

#define WEIGHT_PATIENCE 10 // requests after a 429 that are still answered with 429

// limit 0 = 6000.
void practice_weight_init(struct practice_weight *w, int64_t limit);
// Charges one request and judges it.
enum weight_verdict practice_weight_charge(struct practice_weight *w, time_ms now, int64_t weight);
// Whole seconds of exchange time until the verdict's reason has passed, at least 1.
int64_t practice_weight_retry_after_s(const struct practice_weight *w, enum weight_verdict v,
                                      time_ms now);
// What the used-weight header says: the running window's sum.
int64_t practice_weight_used(const struct practice_weight *w, time_ms now);

#endif
