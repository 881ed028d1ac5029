// SPDX-License-Identifier: Apache-2.0
// Calendar, times and durations as text.
#include "base/clock.h"
#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_calendar(void **state)
{
    (void)state;
    // Every day of four centuries follows the one before by the rules of the calendar.
    int64_t year = 1800;
    unsigned month = 1;
    unsigned day = 1;
    static const unsigned lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t days = days_from_civil(year, month, day);
    assert_int_equal(days_from_civil(1970, 1, 1), 0);
    assert_int_equal(days_from_civil(2000, 3, 1), 11017);
    for (; year < 2210; days++) {
        int64_t y = 0;
        unsigned m = 0;
        unsigned d = 0;
        civil_from_days(days, &y, &m, &d);
        assert_true(y == year && m == month && d == day);
        assert_int_equal(days_from_civil(y, m, d), days);
        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        if (++day > lengths[month - 1] + (month == 2 && leap)) {
            day = 1;
            if (++month > 12) {
                month = 1;
                year++;
            }
        }
    }
}

static void test_time_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int rc;
        time_ms t;
    } cases[] = {
        {"2021-05-01", 0, 1619827200000},
        {"2021-05-01T00:00", 0, 1619827200000},
        {"2021-05-01 00:00:05Z", 0, 1619827205000},
        {"2021-05-01T23:59:59.123Z", 0, 1619913599123},
        {"1969-12-31T23:59:59.999Z", 0, -1},
        {"1619827200000", 0, 1619827200000},
        {"-5", 0, -5},
        {"2020-02-29", 0, 1582934400000},
        {"2021-02-29", ERR_RANGE, 0},
        {"2021-13-01", ERR_RANGE, 0},
        {"2021-00-01", ERR_RANGE, 0},
        {"2021-01-00", ERR_RANGE, 0},
        {"2021-01-01T24:00", ERR_RANGE, 0},
        {"2021-01-01T00:60", ERR_RANGE, 0},
        {"2021-01-01T", ERR_SYNTAX, 0},
        {"2021-01-01T00", ERR_SYNTAX, 0},
        {"2021-01-01T00:00:00.1", ERR_SYNTAX, 0},
        {"2021-01-01T00:00:00+02:00", ERR_SYNTAX, 0},
        {"2021-1-1", ERR_SYNTAX, 0},
        {"2021-01-01x", ERR_SYNTAX, 0},
        {"", ERR_SYNTAX, 0},
        {"yesterday", ERR_SYNTAX, 0},
        {"9999999999999999999999", ERR_RANGE, 0},
        {"253402300799999", 0, 253402300799999},
        {"253402300800000", ERR_RANGE, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        time_ms t = 0;
        int rc = time_parse(str_from(cases[i].text), &t);
        if (rc != cases[i].rc || (rc == 0 && t != cases[i].t))
            fail_msg("%s: %s %lld", cases[i].text, err_name(rc), (long long)t);
    }
}

static void test_time_round_trip(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 3);
    char text[TIME_TEXT_MAX];
    for (int i = 0; i < 100000; i++) {
        // Year 0 to 9999.
        time_ms t = (time_ms)random_below(&r, 315569520000000) - 62167219200000;
        if (i % 2)
            t -= t % 1000;
        time_ms back = 0;
        time_format(t, text);
        assert_int_equal(time_parse(str_from(text), &back), 0);
        assert_true(back == t);
    }
    time_format(INT64_MIN, text);
    assert_string_equal(text, "-292275055-05-16T16:47:04.192Z");
    time_format(1619827200000, text);
    assert_string_equal(text, "2021-05-01T00:00:00Z");
}

static void test_duration(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int rc;
        int64_t ms;
        const char *shown;
    } cases[] = {
        {"90s", 0, 90000, "1m30s"},
        {"5m", 0, 300000, "5m"},
        {"4h", 0, 14400000, "4h"},
        {"2d", 0, 172800000, "2d"},
        {"250ms", 0, 250, "250ms"},
        {"90", 0, 90000, "1m30s"},
        {"1h30m", 0, 5400000, "1h30m"},
        {"0", 0, 0, "0s"},
        {"1m1m", ERR_SYNTAX, 0, ""},
        {"1s1m", ERR_SYNTAX, 0, ""},
        {"1m30", ERR_SYNTAX, 0, ""},
        {"", ERR_SYNTAX, 0, ""},
        {"-5s", ERR_SYNTAX, 0, ""},
        {"5 s", ERR_SYNTAX, 0, ""},
        {"5w", ERR_SYNTAX, 0, ""},
        {"1.5s", ERR_SYNTAX, 0, ""},
        {"ms", ERR_SYNTAX, 0, ""},
        {"99999999999999999d", ERR_RANGE, 0, ""},
        {"9223372036854775807ms", 0, INT64_MAX, "106751991167d7h12m55s807ms"},
        {"1d9223372036854775807ms", ERR_RANGE, 0, ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t ms = 0;
        char shown[TIME_TEXT_MAX];
        int rc = duration_parse(str_from(cases[i].text), &ms);
        if (rc != cases[i].rc || ms != cases[i].ms)
            fail_msg("%s: %s %lld", cases[i].text, err_name(rc), (long long)ms);
        if (rc)
            continue;
        duration_format(ms, shown);
        assert_string_equal(shown, cases[i].shown);
    }
    char shown[TIME_TEXT_MAX];
    duration_format(-1500, shown);
    assert_string_equal(shown, "-1s500ms");
}

static void test_clocks(void **state)
{
    (void)state;
    clock_ns a = clock_now_ns();
    clock_ns b = clock_now_ns();
    assert_true(a > 0 && b >= a);
    assert_true(clock_wall_ms() > 1600000000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calendar),        cmocka_unit_test(test_time_parse),
        cmocka_unit_test(test_time_round_trip), cmocka_unit_test(test_duration),
        cmocka_unit_test(test_clocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
