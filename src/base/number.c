// SPDX-License-Identifier: Apache-2.0
// Numbers from and to text. The program never sets a locale, so strtod and printf speak "C".
#include "base/number.h"

#include "base/number_internal.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOUBLE_TEXT_MAX 512 // longer digit strings are refused, no venue or user writes them

// A checked decimal: what the grammar found, before it becomes a double.
struct scan {
    bool negative;
    uint64_t digits;  // the first 19 significant digits
    int digit_count;  // significant digits seen, leading zeros not counted
    int64_t exponent; // value = digits * 10^exponent while digit_count <= 19
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t scan_digits(struct str t, size_t i, struct scan *s, bool fraction)
{
    for (; i < t.len && is_digit(t.data[i]); i++) {
        unsigned digit = (unsigned)(t.data[i] - '0');
        if (digit != 0 || s->digit_count > 0) {
            if (s->digit_count < 19)
                s->digits = s->digits * 10 + digit;
            s->digit_count++;
        }
        if (fraction)
            s->exponent--;
    }
    return i;
}

// Strict grammar: [-]digits[.digits][(e|E)[+-]digits], the whole slice.
static int scan_number(struct str t, struct scan *s)
{
    *s = (struct scan){0};
    size_t i = 0;
    if (t.len > 0 && t.data[0] == '-') {
        s->negative = true;
        i = 1;
    }
    size_t start = i;
    i = scan_digits(t, i, s, false);
    if (i == start)
        return ERR_SYNTAX;
    if (i < t.len && t.data[i] == '.') {
        start = i + 1;
        i = scan_digits(t, start, s, true);
        if (i == start)
            return ERR_SYNTAX;
    }
    if (i < t.len && (t.data[i] == 'e' || t.data[i] == 'E')) {
        i++;
        bool down = i < t.len && t.data[i] == '-';
        if (i < t.len && (t.data[i] == '-' || t.data[i] == '+'))
            i++;
        start = i;
        int64_t e = 0;
        for (; i < t.len && is_digit(t.data[i]); i++)
            e = e < 100000 ? e * 10 + (t.data[i] - '0') : e;
        if (i == start)
            return ERR_SYNTAX;
        s->exponent += down ? -e : e;
    }
    return i == t.len ? 0 : ERR_SYNTAX;
}

// Powers of ten that a double holds exactly.
static const double exact_power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                     1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                     1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

int number_parse_double(struct str text, double *out)
{
    struct scan s;
    int rc = scan_number(text, &s);
    if (rc)
        return rc;
    // Both operands exact, one rounding: the result is the nearest double (Clinger 1990).
    if (s.digit_count <= 15 && s.exponent >= -22 && s.exponent <= 22) {
        double v = (double)s.digits;
        v = s.exponent < 0 ? v / exact_power[-s.exponent] : v * exact_power[s.exponent];
        *out = s.negative ? -v : v;
        return 0;
    }
    char copy[DOUBLE_TEXT_MAX];
    if (str_copy(copy, sizeof(copy), text))
        return ERR_RANGE;
    double v = strtod(copy, NULL);
    if (isinf(v))
        return ERR_RANGE;
    *out = v;
    return 0;
}

int number_parse_u64(struct str text, uint64_t *out)
{
    uint64_t v = 0;
    if (text.len == 0)
        return ERR_SYNTAX;
    bool overflow = false;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.data[i]))
            return ERR_SYNTAX;
        overflow |= __builtin_mul_overflow(v, UINT64_C(10), &v);
        overflow |= __builtin_add_overflow(v, (uint64_t)(text.data[i] - '0'), &v);
    }
    if (overflow)
        return ERR_RANGE;
    *out = v;
    return 0;
}

int number_parse_i64(struct str text, int64_t *out)
{
    bool negative = text.len > 0 && text.data[0] == '-';
    uint64_t magnitude = 0;
    int rc = number_parse_u64(negative ? str_sub(text, 1, text.len) : text, &magnitude);
    if (rc)
        return rc;
    if (magnitude > (uint64_t)INT64_MAX + (negative ? 1 : 0))
        return ERR_RANGE;
    *out = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return 0;
}

struct number__digits number__shortest(double v)
{
    struct number__digits d = {.negative = signbit(v) != 0};
    double size = fabs(v);
    if (size == 0)
        return d;
    char text[40];
    // Every normal double of 15 digits or fewer shows at 15; below that, precision is lost bit by
    // bit, so a subnormal is tried from one digit up.
    for (int precision = size < 0x1p-1022 ? 1 : 15; precision <= 17; precision++) {
        snprintf(text, sizeof(text), "%.*e", precision - 1, size);
        if (strtod(text, NULL) == size)
            break;
    }
    char *p = text;
    for (; *p && *p != 'e'; p++) {
        if (*p == '.')
            continue;
        d.digits = d.digits * 10 + (uint64_t)(*p - '0');
        d.exponent--;
    }
    d.exponent += 1 + (int)strtol(p + 1, NULL, 10);
    while (d.digits % 10 == 0) {
        d.digits /= 10;
        d.exponent++;
    }
    return d;
}

// Lays digits out with a point after the first `whole` of them (whole may be <= 0 or beyond the
// end).
static char *put_plain(char *p, const char *digits, int count, int whole)
{
    if (whole <= 0) {
        *p++ = '0';
        *p++ = '.';
        for (int i = whole; i < 0; i++)
            *p++ = '0';
        whole = -1;
    }
    for (int i = 0; i < count; i++) {
        if (i == whole)
            *p++ = '.';
        *p++ = digits[i];
    }
    for (int i = count; i < whole; i++)
        *p++ = '0';
    return p;
}

size_t number_format_double(double v, char out[static NUMBER_TEXT_MAX])
{
    if (!isfinite(v)) {
        const char *name = isnan(v) ? "nan" : v > 0 ? "inf" : "-inf";
        return str_copy(out, NUMBER_TEXT_MAX, str_from(name)) ? 0 : strlen(name);
    }
    if (v == 0)
        return str_copy(out, NUMBER_TEXT_MAX, STR("0")) ? 0 : 1;
    struct number__digits d = number__shortest(v);
    char digits[24];
    int count = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)d.digits);
    int whole = count + d.exponent; // digits before the point
    char *p = out;
    if (d.negative)
        *p++ = '-';
    if (whole > -12 && whole <= 21) {
        p = put_plain(p, digits, count, whole);
    } else {
        p = put_plain(p, digits, count, 1);
        p += snprintf(p, (size_t)(out + NUMBER_TEXT_MAX - p), "e%d", whole - 1);
    }
    *p = '\0';
    return (size_t)(p - out);
}
