// SPDX-License-Identifier: Apache-2.0
// Decimal numbers for money: an integer count of units of 10^-scale, always checked, never rounded
// silently. Balances, quantities, order prices and fees use this; candles and strategies use
// double.
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define DECIMAL_SCALE_MAX 18
#define DECIMAL_TEXT_MAX  24 // sign, 19 digits, point, leading zero, NUL

struct decimal {
    int64_t units;
    int32_t scale; // 0..DECIMAL_SCALE_MAX digits after the point
};

enum decimal_round {
    ROUND_DOWN,
    ROUND_UP,
    ROUND_HALF_EVEN
}; // DOWN = towards zero, UP = away

#define DECIMAL_ZERO ((struct decimal){0, 0})

// "-12.3400", also with an exponent ("2.38E8"). Trailing zeros are kept in the scale. ERR_SYNTAX,
// ERR_RANGE when it does not fit (never rounds).
int decimal_parse(struct str text, struct decimal *out) MUST_CHECK;
// Text without exponent, exactly scale digits after the point.
void decimal_format(struct decimal d, char out[static DECIMAL_TEXT_MAX]);
// Same without trailing zeros.
void decimal_format_short(struct decimal d, char out[static DECIMAL_TEXT_MAX]);

int decimal_cmp(struct decimal a, struct decimal b); // -1, 0, 1 by value; never overflows
bool decimal_is_zero(struct decimal d);
int decimal_sign(struct decimal d);
struct decimal decimal_neg(struct decimal d); // of INT64_MIN units: saturates to INT64_MAX
struct decimal decimal_min(struct decimal a, struct decimal b);

// Exact; the result has the larger scale, reduced by trailing zeros when needed. ERR_RANGE.
int decimal_add(struct decimal a, struct decimal b, struct decimal *out) MUST_CHECK;
int decimal_sub(struct decimal a, struct decimal b, struct decimal *out) MUST_CHECK;
// Product and quotient rounded to the scale asked for. ERR_RANGE; division by zero ERR_INVALID.
int decimal_mul(struct decimal a, struct decimal b, int32_t scale, enum decimal_round round,
                struct decimal *out) MUST_CHECK;
int decimal_div(struct decimal a, struct decimal b, int32_t scale, enum decimal_round round,
                struct decimal *out) MUST_CHECK;
int decimal_rescale(struct decimal d, int32_t scale, enum decimal_round round,
                    struct decimal *out) MUST_CHECK;
// Rounds to a multiple of step (tick size, lot size); step <= 0 leaves d as it is.
int decimal_to_step(struct decimal d, struct decimal step, enum decimal_round round,
                    struct decimal *out) MUST_CHECK;
bool decimal_is_multiple(struct decimal d, struct decimal step); // true when step <= 0

// The one place where double becomes money: nearest decimal with this scale, by the given rounding
// of the double's shortest decimal text. ERR_RANGE; not finite ERR_INVALID.
int decimal_from_double(double value, int32_t scale, enum decimal_round round,
                        struct decimal *out) MUST_CHECK;
double decimal_to_double(struct decimal d); // nearest double

#endif
