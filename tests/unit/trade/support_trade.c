// SPDX-License-Identifier: Apache-2.0
// Helpers of the trade tests.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/trade/support_trade.h"

struct decimal dec(const char *text)
{
    struct decimal d = DECIMAL_ZERO;
    if (decimal_parse(str_from(text), &d))
        fail_msg("not a decimal: %s", text);
    return d;
}

void assert_dec(struct decimal got, const char *wanted)
{
    char text[DECIMAL_TEXT_MAX];
    decimal_format(got, text);
    if (decimal_cmp(got, dec(wanted)) != 0)
        fail_msg("got %s, wanted %s", text, wanted);
}

struct decimal random_decimal(struct random *r, uint64_t limit, int32_t max_scale)
{
    return (struct decimal){(int64_t)(1 + random_below(r, limit)),
                            (int32_t)random_below(r, (uint64_t)max_scale + 1)};
}

void random_book(struct random *r, unsigned max, struct book *out)
{
    *out = (struct book){0};
    out->ask_count = (uint16_t)(1 + random_below(r, max));
    out->bid_count = (uint16_t)(1 + random_below(r, max));
    int64_t ask = 10000, bid = 9999; // at scale 2
    for (unsigned i = 0; i < out->ask_count; i++) {
        ask += 1 + (int64_t)random_below(r, 20);
        out->asks[i] = (struct book_level){{ask, 2}, random_decimal(r, 5000000, 5)};
    }
    for (unsigned i = 0; i < out->bid_count; i++) {
        bid -= 1 + (int64_t)random_below(r, 20);
        out->bids[i] = (struct book_level){{bid, 2}, random_decimal(r, 5000000, 5)};
    }
}

void book_side(struct book *b, bool asks, const char *levels)
{
    struct str rest = str_from(levels), part;
    uint16_t count = 0;
    while (str_split(&rest, ',', &part)) {
        part = str_trim(part);
        if (part.len == 0)
            continue;
        size_t blank = str_find(part, ' ', 0);
        struct book_level *level = asks ? &b->asks[count] : &b->bids[count];
        assert_int_equal(decimal_parse(str_sub(part, 0, blank), &level->price), 0);
        assert_int_equal(decimal_parse(str_trim(str_sub(part, blank, part.len)), &level->qty), 0);
        count++;
    }
    *(asks ? &b->ask_count : &b->bid_count) = count;
}
