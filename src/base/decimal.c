// SPDX-License-Identifier: Apache-2.0
// Checked decimal arithmetic: 64-bit units, 128-bit intermediates, every rounding named.
#include "base/decimal.h"

#include "base/number.h"
#include "base/number_internal.h"

#include <math.h>
#include <stdio.h>

typedef __int128 wide;
typedef unsigned __int128 uwide;

// 10^37 is the largest power of ten used below; 128 signed bits hold it.
#define POWER_MAX 37

static wide power10(int32_t n) // n in 0..37
{
    wide p = 1;
    for (int32_t i = 0; i < n; i++)
        p *= 10;
    return p;
}

static bool scale_ok(int32_t scale)
{
    return scale >= 0 && scale <= DECIMAL_SCALE_MAX;
}

static uwide magnitude(wide v)
{
    return v < 0 ? (uwide)0 - (uwide)v : (uwide)v;
}

// Magnitude and sign into a decimal; trailing zeros give way when the units do not fit.
static int settle(bool negative, uwide units, int32_t scale, struct decimal *out)
{
    while (units > INT64_MAX && scale > 0 && units % 10 == 0) {
        units /= 10;
        scale--;
    }
    if (units > INT64_MAX)
        return ERR_RANGE;
    *out = (struct decimal){negative ? -(int64_t)units : (int64_t)units, scale};
    return 0;
}

// quotient of magnitudes with remainder rest of divisor, one rounding.
static uwide rounded(uwide quotient, uwide rest, uwide divisor, enum decimal_round round)
{
    if (rest == 0 || round == ROUND_DOWN)
        return quotient;
    if (round == ROUND_UP)
        return quotient + 1;
    uwide other = divisor - rest; // rest > other means above the half, without doubling
    if (rest > other || (rest == other && quotient % 2 == 1))
        return quotient + 1;
    return quotient;
}

static uwide shortened(uwide units, uwide divisor, enum decimal_round round)
{
    return rounded(units / divisor, units % divisor, divisor, round);
}

// units * 10^exponent as a decimal of the given scale.
static int place(bool negative, uwide units, int64_t exponent, int32_t scale,
                 enum decimal_round round, struct decimal *out)
{
    int64_t shift = exponent + scale;
    if (units == 0)
        shift = 0;
    for (; shift > 0; shift--) {
        if (units > INT64_MAX)
            return ERR_RANGE;
        units *= 10;
    }
    if (shift < -POWER_MAX)
        units = rounded(0, units != 0, 3, round); // far below half a unit
    else if (shift < 0)
        units = shortened(units, (uwide)power10((int32_t)-shift), round);
    if (units > INT64_MAX)
        return ERR_RANGE;
    *out = (struct decimal){negative ? -(int64_t)units : (int64_t)units, scale};
    return 0;
}

struct decimal_scan {
    bool negative;
    bool overflow;    // more significant digits than any decimal holds
    uwide units;      // without trailing zeros
    int64_t zeros;    // trailing zeros left off
    int64_t fraction; // digits after the point
    int64_t exponent; // written exponent
};

static size_t scan_digits(struct str t, size_t i, struct decimal_scan *s)
{
    for (; i < t.len && t.data[i] >= '0' && t.data[i] <= '9'; i++) {
        unsigned digit = (unsigned)(t.data[i] - '0');
        if (digit == 0) {
            s->zeros += s->units != 0;
            continue;
        }
        for (; s->zeros >= 0 && !s->overflow; s->zeros--) {
            s->overflow = s->units > INT64_MAX;
            s->units *= 10;
        }
        s->zeros = 0;
        s->units += digit;
    }
    return i;
}

static int scan_exponent(struct str t, size_t i, struct decimal_scan *s)
{
    bool down = i < t.len && t.data[i] == '-';
    if (i < t.len && (t.data[i] == '-' || t.data[i] == '+'))
        i++;
    if (i == t.len)
        return ERR_SYNTAX;
    for (; i < t.len; i++) {
        if (t.data[i] < '0' || t.data[i] > '9')
            return ERR_SYNTAX;
        if (s->exponent < 1000000)
            s->exponent = s->exponent * 10 + (t.data[i] - '0');
    }
    if (down)
        s->exponent = -s->exponent;
    return 0;
}

static int scan(struct str t, struct decimal_scan *s)
{
    *s = (struct decimal_scan){0};
    size_t i = 0;
    if (t.len > 0 && t.data[0] == '-') {
        s->negative = true;
        i = 1;
    }
    size_t start = i;
    i = scan_digits(t, i, s);
    if (i == start)
        return ERR_SYNTAX;
    if (i < t.len && t.data[i] == '.') {
        start = i + 1;
        i = scan_digits(t, start, s);
        if (i == start)
            return ERR_SYNTAX;
        s->fraction = (int64_t)(i - start);
    }
    if (i == t.len)
        return 0;
    if (t.data[i] != 'e' && t.data[i] != 'E')
        return ERR_SYNTAX;
    return scan_exponent(t, i + 1, s);
}

int decimal_parse(struct str text, struct decimal *out)
{
    struct decimal_scan s;
    int rc = scan(text, &s);
    if (rc)
        return rc;
    if (s.overflow)
        return ERR_RANGE;
    int64_t wanted = s.fraction - s.exponent; // the scale as written
    int64_t exponent = s.zeros - wanted;      // value = units * 10^exponent
    if (wanted < 0)
        wanted = 0;
    if (wanted > DECIMAL_SCALE_MAX)
        wanted = DECIMAL_SCALE_MAX;
    if (s.units == 0) {
        *out = (struct decimal){0, (int32_t)wanted};
        return 0;
    }
    int64_t least = exponent < 0 ? -exponent : 0; // digits that are not zero need this scale
    for (int64_t scale = wanted; scale >= least; scale--) {
        if (place(s.negative, s.units, exponent, (int32_t)scale, ROUND_DOWN, out) == 0)
            return 0;
    }
    return ERR_RANGE;
}

static void format(struct decimal d, char out[static DECIMAL_TEXT_MAX])
{
    char digits[24]; // least significant first
    int count = 0;
    uint64_t rest = d.units < 0 ? (uint64_t)0 - (uint64_t)d.units : (uint64_t)d.units;
    while (rest > 0 || count <= d.scale) {
        digits[count++] = (char)('0' + rest % 10);
        rest /= 10;
    }
    char *p = out;
    if (d.units < 0)
        *p++ = '-';
    while (count > 0) {
        *p++ = digits[--count];
        if (count == d.scale && count > 0)
            *p++ = '.';
    }
    *p = '\0';
}

void decimal_format(struct decimal d, char out[static DECIMAL_TEXT_MAX])
{
    if (!scale_ok(d.scale))
        d.scale = d.scale < 0 ? 0 : DECIMAL_SCALE_MAX;
    format(d, out);
}

void decimal_format_short(struct decimal d, char out[static DECIMAL_TEXT_MAX])
{
    while (d.scale > 0 && d.units % 10 == 0) {
        d.units /= 10;
        d.scale--;
    }
    decimal_format(d, out);
}

int decimal_cmp(struct decimal a, struct decimal b)
{
    // 2^63 * 10^18 < 2^127.
    wide left = (wide)a.units * power10(b.scale);
    wide right = (wide)b.units * power10(a.scale);
    return (left > right) - (left < right);
}

bool decimal_is_zero(struct decimal d)
{
    return d.units == 0;
}

int decimal_sign(struct decimal d)
{
    return (d.units > 0) - (d.units < 0);
}

struct decimal decimal_neg(struct decimal d)
{
    return (struct decimal){d.units == INT64_MIN ? INT64_MAX : -d.units, d.scale};
}

struct decimal decimal_min(struct decimal a, struct decimal b)
{
    return decimal_cmp(b, a) < 0 ? b : a;
}

static int sum(struct decimal a, struct decimal b, int sign, struct decimal *out)
{
    if (!scale_ok(a.scale) || !scale_ok(b.scale))
        return ERR_INVALID;
    int32_t scale = a.scale > b.scale ? a.scale : b.scale;
    wide total =
        (wide)a.units * power10(scale - a.scale) + sign * (wide)b.units * power10(scale - b.scale);
    return settle(total < 0, magnitude(total), scale, out);
}

int decimal_add(struct decimal a, struct decimal b, struct decimal *out)
{
    return sum(a, b, 1, out);
}

int decimal_sub(struct decimal a, struct decimal b, struct decimal *out)
{
    return sum(a, b, -1, out);
}

int decimal_mul(struct decimal a, struct decimal b, int32_t scale, enum decimal_round round,
                struct decimal *out)
{
    if (!scale_ok(a.scale) || !scale_ok(b.scale) || !scale_ok(scale))
        return ERR_INVALID;
    wide product = (wide)a.units * b.units;
    return place(product < 0, magnitude(product), -(int64_t)(a.scale + b.scale), scale, round, out);
}

int decimal_div(struct decimal a, struct decimal b, int32_t scale, enum decimal_round round,
                struct decimal *out)
{
    if (!scale_ok(a.scale) || !scale_ok(b.scale) || !scale_ok(scale) || b.units == 0)
        return ERR_INVALID;
    uwide divisor = magnitude(b.units);
    uwide rest = magnitude(a.units);
    int32_t shift = scale + b.scale - a.scale;
    if (shift < 0)
        divisor *= (uwide)power10(-shift); // below 2^63 * 10^18
    uwide quotient = rest / divisor;
    rest %= divisor;
    // Long division by hand: the whole numerator would not fit 128 bits.
    for (; shift > 0; shift--) {
        if (quotient > INT64_MAX)
            return ERR_RANGE;
        rest *= 10;
        quotient = quotient * 10 + rest / divisor;
        rest %= divisor;
    }
    quotient = rounded(quotient, rest, divisor, round);
    if (quotient > INT64_MAX)
        return ERR_RANGE;
    bool negative = (a.units < 0) != (b.units < 0);
    *out = (struct decimal){negative ? -(int64_t)quotient : (int64_t)quotient, scale};
    return 0;
}

int decimal_rescale(struct decimal d, int32_t scale, enum decimal_round round, struct decimal *out)
{
    if (!scale_ok(d.scale) || !scale_ok(scale))
        return ERR_INVALID;
    return place(d.units < 0, magnitude(d.units), -(int64_t)d.scale, scale, round, out);
}

int decimal_to_step(struct decimal d, struct decimal step, enum decimal_round round,
                    struct decimal *out)
{
    if (!scale_ok(d.scale) || !scale_ok(step.scale))
        return ERR_INVALID;
    if (step.units <= 0) {
        *out = d;
        return 0;
    }
    uwide value = magnitude(d.units) * (uwide)power10(step.scale);
    uwide step_units = magnitude(step.units);
    uwide width = step_units * (uwide)power10(d.scale);
    // count * step_units is at most value + step_units: it fits 128 bits; settle() checks 64.
    uwide count = shortened(value, width, round);
    return settle(d.units < 0, count * step_units, step.scale, out);
}

bool decimal_is_multiple(struct decimal d, struct decimal step)
{
    if (step.units <= 0)
        return true;
    uwide value = magnitude(d.units) * (uwide)power10(step.scale);
    uwide width = (uwide)step.units * (uwide)power10(d.scale);
    return value % width == 0;
}

int decimal_from_double(double value, int32_t scale, enum decimal_round round, struct decimal *out)
{
    if (!isfinite(value) || !scale_ok(scale))
        return ERR_INVALID;
    struct number__digits d = number__shortest(value);
    return place(d.negative, d.digits, d.exponent, scale, round, out);
}

double decimal_to_double(struct decimal d)
{
    char text[DECIMAL_TEXT_MAX];
    decimal_format(d, text);
    double v = 0;
    // A formatted decimal always parses: 19 digits at most, scale at most 18.
    return number_parse_double(str_from(text), &v) ? 0 : v;
}
