// SPDX-License-Identifier: Apache-2.0
// Block loops and single evaluation of the elementwise operations, made from their table.
#include "script/ops.h"

#include "base/clock.h"
#include "market/timeframe.h"

#include <float.h>
#include <stdbool.h>

double script__round_to(double value, double digits)
{
    double scaled = value, scale = 1;
    for (int k = 0; k < digits && k < 16; k++)
        scale *= 10;
    scaled *= scale;
    // Beyond 2^52 a double has no digits behind the point to round.
    if (!(fabs(scaled) < 4503599627370496.0))
        return value;
    double below = floor(fabs(scaled)), part = fabs(scaled) - below;
    double rounded = part >= 0.5 - 4 * DBL_EPSILON * fabs(scaled) ? below + 1 : below;
    return copysign(rounded, scaled) / scale;
}

double script__round_tick(double value, double tick)
{
    if (!(tick > 0))
        return value;
    // Where the tick is one part of a whole number (0.01 = 1 / 100) the quotient is the double
    // nearest to the decimal price.
    double parts = round(1 / tick), ticks = value / tick;
    double rounded = floor(ticks + 0.5 + 4 * DBL_EPSILON * fabs(ticks));
    bool whole = parts >= 1 && fabs(parts * tick - 1) < 1e-9;
    return script__finite(whole ? rounded / parts : rounded * tick);
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

// Weeks begin on Monday; week 1 holds the year's first Thursday.
static double iso_week(int64_t days)
{
    int64_t thursday = floor_div(days + 3, 7) * 7; // 1970-01-01 was one
    int64_t year;
    unsigned month, day;
    civil_from_days(thursday, &year, &month, &day);
    int64_t week = (thursday - days_from_civil(year, 1, 1)) / 7 + 1;
    return (double)week;
}

double script__time_field(double time, double zone_minutes, enum script_time_field field)
{
    if (isnan(time) || isnan(zone_minutes) || fabs(time) > 8.64e15)
        return NAN;
    int64_t local = (int64_t)time + (int64_t)zone_minutes * MS_MINUTE;
    int64_t days = floor_div(local, MS_DAY);
    int64_t in_day = local - days * MS_DAY;
    int64_t minute = in_day / MS_MINUTE, second = in_day % MS_MINUTE / MS_SECOND;
    int64_t year;
    unsigned month, day;
    switch (field) {
    case SCRIPT_DOW:
        return (double)(days + 4 - floor_div(days + 4, 7) * 7 + 1);
    case SCRIPT_WEEK:
        return iso_week(days);
    case SCRIPT_MINUTE_OF_DAY:
        return (double)minute;
    case SCRIPT_SECOND:
        return (double)second;
    default:
        break;
    }
    civil_from_days(days, &year, &month, &day);
    return field == SCRIPT_YEAR ? (double)year : field == SCRIPT_MONTH ? month : day;
}

double script__date_ms(double year, double month, double day)
{
    if (isnan(year) || isnan(month) || isnan(day) || fabs(year) > 200000 || fabs(month) > 1e6 ||
        fabs(day) > 1e7)
        return NAN;
    int64_t months = (int64_t)year * 12 + (int64_t)month - 1;
    int64_t y = floor_div(months, 12);
    int64_t days = days_from_civil(y, (unsigned)(months - y * 12 + 1), 1) + (int64_t)day - 1;
    return (double)(days * MS_DAY);
}

double script__tf_open(double time, double timeframe)
{
    if (isnan(time) || fabs(time) > 8.64e15)
        return NAN;
    int64_t t = (int64_t)time;
    if (timeframe < 1000)
        return (double)timeframe_open_of((enum timeframe)timeframe, t);
    int64_t step = ((int64_t)timeframe - 1000) * MS_MINUTE;
    return (double)(floor_div(t, step) * step);
}

double script__tf_close(double time, double timeframe)
{
    double open = script__tf_open(time, timeframe);
    if (isnan(open))
        return NAN;
    if (timeframe < 1000)
        return (double)timeframe_next((enum timeframe)timeframe, (int64_t)open);
    return open + (timeframe - 1000) * (double)MS_MINUTE;
}

double script__bit(double mask, double index)
{
    if (isnan(mask) || isnan(index) || index < 0 || index > 62)
        return 0;
    return (double)((uint64_t)mask >> (unsigned)index & 1);
}

static double clamp(double v, double low, double high)
{
    return v < low ? low : v > high ? high : v;
}

double script__color_new(double color, double transparency)
{
    if (isnan(color))
        return NAN;
    double t = isnan(transparency) ? 0 : clamp(transparency, 0, 100);
    return floor(color / 256) * 256 + floor((100 - t) * 2.55 + 0.5);
}

double script__color_mix(double from, double to, double weight)
{
    if (isnan(from) || isnan(to) || isnan(weight))
        return NAN;
    weight = clamp(weight, 0, 1);
    uint32_t x = (uint32_t)clamp(from, 0, 4294967295.0), y = (uint32_t)clamp(to, 0, 4294967295.0);
    uint32_t out = 0;
    for (unsigned shift = 0; shift < 32; shift += 8) {
        double a = x >> shift & 255, b = y >> shift & 255;
        out |= (uint32_t)floor(a + (b - a) * weight + 0.5) << shift;
    }
    return out;
}

// Operations that take fewer operands are handed any column for the rest.
#define X(name, text, n_operands, expr)                                                            \
    static void run_##name(const double *restrict pa, const double *restrict pb,                   \
                           const double *restrict pc, double *restrict out, size_t n)              \
    {                                                                                              \
        for (size_t i = 0; i < n; i++) {                                                           \
            const double a = pa[i], b = pb[i], c = pc[i];                                          \
            (void)a, (void)b, (void)c;                                                             \
            out[i] = expr;                                                                         \
        }                                                                                          \
    }
OP_TABLE(X)
#undef X

const struct op_info script__ops[OP_COUNT] = {
#define X(name, text, n, expr) {text, n, run_##name},
    OP_TABLE(X)
#undef X
};

double script__op_eval(enum op_code op, double a, double b, double c)
{
    double out;
    script__ops[op].run(&a, &b, &c, &out, 1);
    return out;
}
