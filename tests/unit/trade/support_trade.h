// SPDX-License-Identifier: Apache-2.0
// Helpers of the trade tests: decimals from text, small random figures, books.
#ifndef TESTS_SUPPORT_TRADE_H
#define TESTS_SUPPORT_TRADE_H

#include "base/decimal.h"
#include "base/random.h"
#include "trade/book.h"

struct decimal dec(const char *text); // fails the test on malformed text
// Fails the test with both texts unless equal by value.
void assert_dec(struct decimal got, const char *wanted);
// Uniform units in 1..limit at a scale in 0..max_scale.
struct decimal random_decimal(struct random *r, uint64_t limit, int32_t max_scale);
// A sane book of 1..max levels a side around a price of some 100 with random gaps and sizes.
void random_book(struct random *r, unsigned max, struct book *out);
// "price qty, price qty, ..." into one side, best first.
void book_side(struct book *b, bool asks, const char *levels);

#endif
