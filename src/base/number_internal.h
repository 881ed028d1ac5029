// SPDX-License-Identifier: Apache-2.0
// The decimal digits of a double, shared by number.c and decimal.c.
#ifndef BASE_NUMBER_INTERNAL_H
#define BASE_NUMBER_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

struct number__digits {
    bool negative;
    uint64_t digits; // at most 17 decimal digits, no trailing zero; 0 for zero
    int exponent;    // value = digits * 10^exponent
};

// The fewest of 15, 16 or 17 significant digits that read back as v (fewer after dropping zeros).
// v must be finite.
struct number__digits number__shortest(double v);

#endif
