// SPDX-License-Identifier: Apache-2.0
// Numbers from and to text under no locale: shortest decimals that read back as the same double.
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

#define NUMBER_TEXT_MAX 32

// Whole slice or error: ERR_SYNTAX, ERR_RANGE. The double parser takes [-]digits[.digits][e[+-]d],
// is correctly rounded, and refuses inf, nan, hex and white space.
int number_parse_double(struct str text, double *out) MUST_CHECK;
int number_parse_i64(struct str text, int64_t *out) MUST_CHECK;
int number_parse_u64(struct str text, uint64_t *out) MUST_CHECK;
// Shortest text that reads back as the same double, without exponent for 1e-12 <= |v| < 1e21
// ("0.0225", "1532491200000", "-0" becomes "0"; not finite: "nan", "inf", "-inf"). Returns the
// length.
size_t number_format_double(double v, char out[static NUMBER_TEXT_MAX]);

#endif
