// SPDX-License-Identifier: Apache-2.0
// Request weight: windows, 429, and bans that grow.
#include "practice/weight.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MINUTE_START INT64_C(1709546400000)

static void test_windows_are_fixed_minutes(void **state)
{
    struct practice_weight w;
    time_ms now = MINUTE_START + 59000;
    (void)state;
    practice_weight_init(&w, 100);
    assert_int_equal(practice_weight_charge(&w, now, 100), WEIGHT_OK);
    assert_int_equal(practice_weight_used(&w, now), 100);
    assert_int_equal(practice_weight_charge(&w, now, 1), WEIGHT_EXCEEDED);
    assert_int_equal(practice_weight_retry_after_s(&w, WEIGHT_EXCEEDED, now), 1);
    now = MINUTE_START + 60000;
    assert_int_equal(practice_weight_used(&w, now), 0);
    assert_int_equal(practice_weight_charge(&w, now, 5), WEIGHT_OK);
    assert_int_equal(practice_weight_used(&w, now), 5);
}

static void exhaust(struct practice_weight *w, time_ms now)
{
    assert_int_equal(practice_weight_charge(w, now, 200), WEIGHT_EXCEEDED);
    for (int i = 0; i < WEIGHT_PATIENCE; i++)
        assert_int_equal(practice_weight_charge(w, now, 1), WEIGHT_EXCEEDED);
    assert_int_equal(practice_weight_charge(w, now, 1), WEIGHT_BANNED);
}

static void test_bans_grow_to_three_days(void **state)
{
    static const int64_t lengths[] = {2 * MS_MINUTE,   10 * MS_MINUTE,   50 * MS_MINUTE,
                                      250 * MS_MINUTE, 1250 * MS_MINUTE, 3 * MS_DAY,
                                      3 * MS_DAY};
    struct practice_weight w;
    time_ms now = MINUTE_START;
    (void)state;
    practice_weight_init(&w, 100);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        exhaust(&w, now);
        assert_int_equal(practice_weight_retry_after_s(&w, WEIGHT_BANNED, now), lengths[i] / 1000);
        assert_int_equal(practice_weight_charge(&w, now + lengths[i] - 1, 1), WEIGHT_BANNED);
        now += lengths[i] + MS_MINUTE;
        assert_int_equal(practice_weight_charge(&w, now, 1), WEIGHT_OK);
        now += MS_MINUTE;
    }
}

static void test_who_waits_is_not_banned(void **state)
{
    struct practice_weight w;
    time_ms now = MINUTE_START;
    (void)state;
    practice_weight_init(&w, 100);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(practice_weight_charge(&w, now, 101), WEIGHT_EXCEEDED);
        now += practice_weight_retry_after_s(&w, WEIGHT_EXCEEDED, now) * MS_SECOND;
    }
}

static void test_raw_requests(void **state)
{
    struct practice_weight w;
    (void)state;
    practice_weight_init(&w, INT64_MAX / 2);
    w.raw_limit = 5;
    for (int i = 0; i < 5; i++)
        assert_int_equal(practice_weight_charge(&w, MINUTE_START, 1), WEIGHT_OK);
    assert_int_equal(practice_weight_charge(&w, MINUTE_START, 1), WEIGHT_RAW_EXCEEDED);
    assert_int_equal(practice_weight_retry_after_s(&w, WEIGHT_RAW_EXCEEDED, MINUTE_START), 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_windows_are_fixed_minutes),
        cmocka_unit_test(test_bans_grow_to_three_days),
        cmocka_unit_test(test_who_waits_is_not_banned),
        cmocka_unit_test(test_raw_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
