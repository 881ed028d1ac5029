// SPDX-License-Identifier: Apache-2.0
// Timeframes 1m … 1M and their grid in UTC: which candle a time belongs to, where it closes.
// Weeks open on Monday 00:00, months on the 1st, 3d on multiples of three days since 1970-01-01
// (facts: Binance spot REST docs, klines; the 3d anchor is not documented by the exchange).
#ifndef MARKET_TIMEFRAME_H
#define MARKET_TIMEFRAME_H

#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>

enum timeframe {
    TF_M1,
    TF_M3,
    TF_M5,
    TF_M15,
    TF_M30,
    TF_H1,
    TF_H2,
    TF_H4,
    TF_H6,
    TF_H8,
    TF_H12,
    TF_D1,
    TF_D3,
    TF_W1,
    TF_MN1,
    TF_COUNT
};

const char *timeframe_code(enum timeframe tf); // "1m" … "1M"; static
// Exact code; ERR_NOT_FOUND fills d with the nearest valid choice ("1H" -> "did you mean 1h").
int timeframe_parse(struct str text, enum timeframe *out, struct diag *d) MUST_CHECK;
// Length of the window that opens at open (months differ).
int64_t timeframe_length_ms(enum timeframe tf, time_ms open);
int64_t timeframe_min_length_ms(enum timeframe tf); // shortest window (28 days for 1M)
// Open time of the candle that contains t; of the one after / before the candle opening at open.
time_ms timeframe_open_of(enum timeframe tf, time_ms t);
time_ms timeframe_next(enum timeframe tf, time_ms open); // also the close: windows are [open, next)
time_ms timeframe_prev(enum timeframe tf, time_ms open);
bool timeframe_is_aligned(enum timeframe tf, time_ms open);
// How many grid points lie in [from, to); n steps forward or back from an aligned open.
int64_t timeframe_count(enum timeframe tf, time_ms from, time_ms to);
time_ms timeframe_step(enum timeframe tf, time_ms open, int64_t n);
// Does every window of coarse consist of whole windows of fine?
bool timeframe_divides(enum timeframe fine, enum timeframe coarse);

#endif
