// SPDX-License-Identifier: Apache-2.0
// Decimal, number, time and duration parsers: what they accept must read back as the same value.
#include "base/clock.h"
#include "base/decimal.h"
#include "base/number.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void try_decimal(struct str text)
{
    struct decimal d;
    struct decimal back;
    char shown[DECIMAL_TEXT_MAX];
    double v = 0;
    if (decimal_parse(text, &d))
        return;
    decimal_format(d, shown);
    require(decimal_parse(str_from(shown), &back) == 0);
    require(back.units == d.units && back.scale == d.scale);
    decimal_format_short(d, shown);
    require(decimal_parse(str_from(shown), &back) == 0 && decimal_cmp(back, d) == 0);
    // Both grammars are the same; a text may only be too long for one of them.
    int rc = number_parse_double(text, &v);
    require(rc == ERR_RANGE || (rc == 0 && v == decimal_to_double(d)));
}

static void try_number(struct str text)
{
    double v = 0;
    double back = 0;
    int64_t i = 0;
    char shown[NUMBER_TEXT_MAX];
    if (number_parse_double(text, &v) == 0) {
        struct str s = {shown, number_format_double(v, shown)};
        require(s.len < NUMBER_TEXT_MAX);
        require(number_parse_double(s, &back) == 0 && back == v);
    }
    if (number_parse_i64(text, &i) == 0)
        require(number_parse_double(text, &v) != ERR_SYNTAX);
}

static void try_time(struct str text)
{
    int64_t t = 0;
    int64_t back = 0;
    char shown[TIME_TEXT_MAX];
    if (time_parse(text, &t) == 0) {
        time_format(t, shown);
        require(time_parse(str_from(shown), &back) == 0 && back == t);
    }
    if (duration_parse(text, &t) == 0) {
        duration_format(t, shown);
        require(duration_parse(str_from(shown), &back) == 0 && back == t);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    try_decimal(text);
    try_number(text);
    try_time(text);
    return 0;
}
