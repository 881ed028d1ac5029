// SPDX-License-Identifier: Apache-2.0
// The candle grid: known edges, and round trips over random times for every timeframe.
#include "base/random.h"
#include "market/timeframe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static time_ms at(const char *text)
{
    time_ms t = 0;
    assert_int_equal(time_parse(str_from(text), &t), 0);
    return t;
}

static void test_edges(void **state)
{
    (void)state;
    static const struct {
        enum timeframe tf;
        const char *t, *open, *next;
    } cases[] = {
        {TF_M1, "2021-05-01T00:00:59.999Z", "2021-05-01T00:00", "2021-05-01T00:01"},
        {TF_M3, "2021-05-01T00:05", "2021-05-01T00:03", "2021-05-01T00:06"},
        {TF_M15, "2021-05-01T00:15", "2021-05-01T00:15", "2021-05-01T00:30"},
        {TF_H4, "2021-05-01T03:59:59", "2021-05-01", "2021-05-01T04:00"},
        {TF_H12, "2021-12-31T12:00", "2021-12-31T12:00", "2022-01-01"},
        {TF_D1, "2024-02-29T23:59", "2024-02-29", "2024-03-01"},
        {TF_D3, "1970-01-03T23:59", "1970-01-01", "1970-01-04"},
        {TF_D3, "1969-12-31T23:59", "1969-12-29", "1970-01-01"},
        // 2021-05-03 was a Monday.
        {TF_W1, "2021-05-02T23:59:59.999Z", "2021-04-26", "2021-05-03"},
        {TF_W1, "2021-05-03", "2021-05-03", "2021-05-10"},
        {TF_W1, "1970-01-01", "1969-12-29", "1970-01-05"},
        {TF_MN1, "2021-02-28T23:59:59.999Z", "2021-02-01", "2021-03-01"},
        {TF_MN1, "2020-02-29", "2020-02-01", "2020-03-01"},
        {TF_MN1, "2021-12-31T23:00", "2021-12-01", "2022-01-01"},
        {TF_MN1, "1969-12-31T23:00", "1969-12-01", "1970-01-01"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        time_ms open = at(cases[i].open);
        assert_int_equal(timeframe_open_of(cases[i].tf, at(cases[i].t)), open);
        assert_int_equal(timeframe_next(cases[i].tf, open), at(cases[i].next));
        assert_int_equal(timeframe_prev(cases[i].tf, at(cases[i].next)), open);
    }
    assert_int_equal(timeframe_length_ms(TF_MN1, at("2020-02-01")), 29 * MS_DAY);
    assert_int_equal(timeframe_min_length_ms(TF_MN1), 28 * MS_DAY);
    assert_int_equal(timeframe_count(TF_MN1, at("2020-01-01"), at("2021-01-01")), 12);
    assert_int_equal(timeframe_count(TF_MN1, at("2020-01-02"), at("2021-01-02")), 12);
    assert_int_equal(timeframe_count(TF_H1, at("2021-01-02"), at("2021-01-01")), 0);
}

// 1990-01-01 to 2100-01-01.
static time_ms any_time(struct random *r)
{
    return 631152000000 + (time_ms)random_below(r, 3471292800000);
}

static void test_round_trips(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 42);
    for (int k = 0; k < TF_COUNT; k++) {
        enum timeframe tf = (enum timeframe)k;
        for (int i = 0; i < 20000; i++) {
            time_ms t = any_time(&r);
            time_ms open = timeframe_open_of(tf, t);
            time_ms next = timeframe_next(tf, open);
            assert_true(open <= t && t < next);
            assert_true(timeframe_is_aligned(tf, open) && timeframe_is_aligned(tf, next));
            assert_true(timeframe_is_aligned(tf, t) == (t == open));
            assert_true(timeframe_open_of(tf, next - 1) == open);
            assert_true(timeframe_prev(tf, next) == open);
            assert_true(next - open == timeframe_length_ms(tf, open));
            assert_true(next - open >= timeframe_min_length_ms(tf));
            assert_true(timeframe_next(tf, t) == next); // also from inside the window
            int64_t n = (int64_t)random_below(&r, 2000) - 1000;
            time_ms far = timeframe_step(tf, open, n);
            assert_true(timeframe_is_aligned(tf, far));
            assert_true(timeframe_step(tf, far, -n) == open);
            assert_true((n >= 0 ? timeframe_count(tf, open, far)
                                : timeframe_count(tf, far, open)) == (n >= 0 ? n : -n));
        }
    }
}

static void test_weeks_and_months(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 43);
    for (int i = 0; i < 20000; i++) {
        time_ms t = any_time(&r);
        // 1970-01-01 was a Thursday, three days after a Monday.
        assert_int_equal((timeframe_open_of(TF_W1, t) / MS_DAY + 3) % 7, 0);
        int64_t year = 0;
        unsigned month = 0;
        unsigned day = 0;
        civil_from_days(timeframe_open_of(TF_MN1, t) / MS_DAY, &year, &month, &day);
        assert_int_equal(day, 1);
        assert_int_equal(timeframe_open_of(TF_MN1, t) % MS_DAY, 0);
    }
}

// What divides() says is true of every window, and what it denies fails somewhere.
static void test_divides(void **state)
{
    (void)state;
    for (int f = 0; f < TF_COUNT; f++) {
        for (int c = 0; c < TF_COUNT; c++) {
            enum timeframe fine = (enum timeframe)f;
            enum timeframe coarse = (enum timeframe)c;
            bool holds = timeframe_min_length_ms(fine) <= timeframe_min_length_ms(coarse);
            time_ms open = timeframe_open_of(coarse, at("2019-01-01"));
            for (int i = 0; i < 60; i++, open = timeframe_next(coarse, open))
                holds &= timeframe_is_aligned(fine, open);
            assert_int_equal(timeframe_divides(fine, coarse), holds);
        }
    }
}

static void test_parse(void **state)
{
    (void)state;
    enum timeframe tf = TF_COUNT;
    struct diag d;
    for (int k = 0; k < TF_COUNT; k++) {
        const char *code = timeframe_code((enum timeframe)k);
        assert_int_equal(timeframe_parse(str_from(code), &tf, NULL), 0);
        assert_int_equal(tf, k);
    }
    static const struct {
        const char *text, *hint;
    } cases[] = {{"1H", "did you mean 1h?"},  {"60m", "did you mean 1h?"},
                 {"24h", "did you mean 1d?"}, {"7d", "did you mean 1w?"},
                 {"4hh", "did you mean 4h?"}, {"1D", "did you mean 1d?"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(timeframe_parse(str_from(cases[i].text), &tf, &d), ERR_NOT_FOUND);
        assert_non_null(strstr(d.text, cases[i].hint));
    }
    assert_int_equal(timeframe_parse(STR("banana"), &tf, &d), ERR_NOT_FOUND);
    assert_null(strstr(d.text, "did you mean"));
    assert_non_null(strstr(d.text, "1m 3m 5m"));
    assert_int_equal(timeframe_parse(STR(""), &tf, &d), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_weeks_and_months),
        cmocka_unit_test(test_divides),
        cmocka_unit_test(test_parse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
