// SPDX-License-Identifier: Apache-2.0
// A candle as the practice exchange serves it: integers of decimal units, so that a recorded text
// comes out digit for digit and sums are exact. Deliberately not market/candle.h, which is doubles.
#ifndef PRACTICE_ROW_H
#define PRACTICE_ROW_H

#include "base/clock.h"
#include "base/decimal.h"

#include <stdbool.h>

struct practice_row {
    time_ms open_time;
    time_ms close_time;             // last millisecond inside
    int64_t open, high, low, close; // units of 10^-price_scale
    struct decimal volume, quote_volume;
    struct decimal taker_volume, taker_quote;
    int64_t trades;
    uint8_t price_scale;
    uint8_t open_digits, high_digits, low_digits, close_digits; // digits shown after the point
    uint8_t volume_digits; // volumes show at least so many (their own scale when that is more)
};

// A growable list of rows with a maximum (a kline answer has at most 1,000).
struct practice_rows {
    struct practice_row *items; // owned
    size_t count, cap;
};
#define PRACTICE_ROWS_MAX 2048
int practice_rows_add(struct practice_rows *r, const struct practice_row *row) MUST_CHECK;
void practice_rows_finish(struct practice_rows *r);

// Adds rows up to one: open of the first, close of the last, extremes, exact sums.
struct practice_sum {
    struct practice_row row;
    __int128 volume, quote, taker_volume, taker_quote; // units of 10^-18
    int32_t scale, quote_scale;                        // largest seen
    bool any;
};
void practice_sum_add(struct practice_sum *s, const struct practice_row *row);
// The result, with open_time and close_time as given. ERR_NOT_FOUND when nothing was added.
// A sum of more than 18 digits loses digits at its end, rounded half up; no other rounding.
int practice_sum_finish(struct practice_sum *s, time_ms open_time, time_ms close_time,
                        struct practice_row *out) MUST_CHECK;

#endif
