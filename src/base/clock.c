// SPDX-License-Identifier: Apache-2.0
// The machine's clocks, and UTC calendar arithmetic and texts that need none.
#include "base/clock.h"

#include "base/number.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

clock_ns clock_now_ns(void)
{
    struct timespec ts = {0};
    // Cannot fail for a clock the kernel has had since 2.6.39.
    (void)clock_gettime(CLOCK_BOOTTIME, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

time_ms clock_wall_ms(void)
{
    struct timespec ts = {0};
    (void)clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_monotonic_us(void)
{
    struct timespec ts = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

// The year is taken to begin in March, so that the leap day is its last; 400 years (an era) have
// 146,097 days.
int64_t days_from_civil(int64_t year, unsigned month, unsigned day)
{
    if (month <= 2)
        year--;
    int64_t era = floor_div(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t shifted_month = (month + 9) % 12; // March = 0
    int64_t day_of_year = (153 * shifted_month + 2) / 5 + (int64_t)day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468; // 0000-03-01 to 1970-01-01
}

void civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
    days += 719468;
    int64_t era = floor_div(days, 146097);
    int64_t day_of_era = days - era * 146097;
    // Leap days before this one taken out (every 1,461 and 146,096 days; every 36,524 put back).
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted_month = (5 * day_of_year + 2) / 153;
    *day = (unsigned)(day_of_year - (153 * shifted_month + 2) / 5 + 1);
    *month = (unsigned)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
    *year = era * 400 + year_of_era + (*month <= 2);
}

void time_format(time_ms t, char out[static TIME_TEXT_MAX])
{
    int64_t days = floor_div(t, MS_DAY);
    int64_t rest = t % MS_DAY + (t % MS_DAY < 0 ? MS_DAY : 0);
    int64_t year = 0;
    unsigned month = 0;
    unsigned day = 0;
    civil_from_days(days, &year, &month, &day);
    int n =
        snprintf(out, TIME_TEXT_MAX, "%04lld-%02u-%02uT%02d:%02d:%02d", (long long)year, month, day,
                 (int)(rest / MS_HOUR), (int)(rest / MS_MINUTE % 60), (int)(rest / MS_SECOND % 60));
    if (n < 0 || n >= TIME_TEXT_MAX)
        return;
    size_t room = TIME_TEXT_MAX - (size_t)n;
    if (rest % MS_SECOND != 0)
        snprintf(out + n, room, ".%03dZ", (int)(rest % MS_SECOND));
    else
        snprintf(out + n, room, "Z");
}

// Exactly count digits off the front of *rest.
static bool take_digits(struct str *rest, size_t count, int64_t *out)
{
    uint64_t v = 0;
    if (rest->len < count || number_parse_u64(str_sub(*rest, 0, count), &v))
        return false;
    *out = (int64_t)v;
    *rest = str_sub(*rest, count, rest->len);
    return true;
}

static bool take_char(struct str *rest, char c)
{
    if (rest->len == 0 || rest->data[0] != c)
        return false;
    *rest = str_sub(*rest, 1, rest->len);
    return true;
}

// "T00:00[:00[.000]][Z]" after the date.
static int parse_day_time(struct str rest, int64_t *out_ms)
{
    int64_t hour = 0;
    int64_t minute = 0;
    int64_t second = 0;
    int64_t ms = 0;
    if (!take_char(&rest, 'T') && !take_char(&rest, ' '))
        return ERR_SYNTAX;
    if (!take_digits(&rest, 2, &hour) || !take_char(&rest, ':') || !take_digits(&rest, 2, &minute))
        return ERR_SYNTAX;
    if (take_char(&rest, ':')) {
        if (!take_digits(&rest, 2, &second))
            return ERR_SYNTAX;
        if (take_char(&rest, '.') && !take_digits(&rest, 3, &ms))
            return ERR_SYNTAX;
    }
    (void)take_char(&rest, 'Z');
    if (rest.len > 0)
        return ERR_SYNTAX;
    if (hour > 23 || minute > 59 || second > 59)
        return ERR_RANGE;
    *out_ms = hour * MS_HOUR + minute * MS_MINUTE + second * MS_SECOND + ms;
    return 0;
}

// A number is held to the years that a date can say: arithmetic on such a time cannot overflow.
static int parse_number(struct str text, time_ms *out)
{
    int64_t t = 0;
    int rc = number_parse_i64(text, &t);
    if (rc)
        return rc;
    if (t < days_from_civil(0, 1, 1) * MS_DAY || t >= days_from_civil(10000, 1, 1) * MS_DAY)
        return ERR_RANGE;
    *out = t;
    return 0;
}

int time_parse(struct str text, time_ms *out)
{
    // A whole number has no '-' after its first character, a date always has.
    if (str_find(text, '-', 1) >= text.len)
        return parse_number(text, out);
    struct str rest = text;
    int64_t year = 0;
    int64_t month = 0;
    int64_t day = 0;
    if (!take_digits(&rest, 4, &year) || !take_char(&rest, '-') || !take_digits(&rest, 2, &month) ||
        !take_char(&rest, '-') || !take_digits(&rest, 2, &day))
        return ERR_SYNTAX;
    if (month < 1 || month > 12 || day < 1)
        return ERR_RANGE;
    int64_t first = days_from_civil(year, (unsigned)month, 1);
    int64_t next = month == 12 ? days_from_civil(year + 1, 1, 1)
                               : days_from_civil(year, (unsigned)month + 1, 1);
    if (day > next - first)
        return ERR_RANGE;
    int64_t ms = 0;
    int rc = rest.len > 0 ? parse_day_time(rest, &ms) : 0;
    if (rc)
        return rc;
    *out = (first + day - 1) * MS_DAY + ms;
    return 0;
}

static const struct unit {
    const char *name;
    int64_t ms;
} units[] = {{"d", MS_DAY}, {"h", MS_HOUR}, {"m", MS_MINUTE}, {"s", MS_SECOND}, {"ms", 1}};

#define UNIT_COUNT (sizeof(units) / sizeof(units[0]))

static size_t run(struct str s, size_t from, bool digits)
{
    while (from < s.len && (s.data[from] >= '0' && s.data[from] <= '9') == digits)
        from++;
    return from;
}

int duration_parse(struct str text, int64_t *out_ms)
{
    int64_t total = 0;
    size_t unit = 0; // units must come largest first, each once
    size_t at = 0;
    if (text.len == 0)
        return ERR_SYNTAX;
    while (at < text.len) {
        size_t digits_end = run(text, at, true);
        size_t unit_end = run(text, digits_end, false);
        struct str name = str_sub(text, digits_end, unit_end);
        if (name.len == 0 && at == 0)
            name = STR("s");
        while (unit < UNIT_COUNT && !str_eq(name, str_from(units[unit].name)))
            unit++;
        if (unit == UNIT_COUNT || digits_end == at)
            return ERR_SYNTAX;
        int64_t n = 0;
        int rc = number_parse_i64(str_sub(text, at, digits_end), &n);
        if (rc)
            return rc;
        if (__builtin_mul_overflow(n, units[unit].ms, &n) ||
            __builtin_add_overflow(total, n, &total))
            return ERR_RANGE;
        unit++;
        at = unit_end;
    }
    *out_ms = total;
    return 0;
}

void duration_format(int64_t ms, char out[static TIME_TEXT_MAX])
{
    uint64_t rest = ms < 0 ? (uint64_t)0 - (uint64_t)ms : (uint64_t)ms;
    if (rest == 0) {
        out[0] = '0';
        out[1] = 's';
        out[2] = '\0';
        return;
    }
    size_t len = 0;
    if (ms < 0)
        out[len++] = '-';
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        uint64_t n = rest / (uint64_t)units[i].ms;
        rest %= (uint64_t)units[i].ms;
        if (n == 0)
            continue;
        int wrote = snprintf(out + len, TIME_TEXT_MAX - len, "%llu%s", (unsigned long long)n,
                             units[i].name);
        len += wrote > 0 ? (size_t)wrote : 0;
    }
}
