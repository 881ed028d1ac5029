// SPDX-License-Identifier: Apache-2.0
// Due times, retries and deadlines, and the exchange time that they follow.
#include "base/random.h"
#include "market/schedule.h"
#include "market/xclock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct schedule_rules defaults = {.close_delay_ms = 5000, .retry_interval_ms = 300000};

static void test_examples(void **state)
{
    (void)state;
    const time_ms t0 = 1619827200000; // 2021-05-01T00:00:00Z
    // 1m: due 5 s after the close, tries every 12 s, over at the next close.
    assert_int_equal(schedule_due_at(TF_M1, t0, &defaults), t0 + 65000);
    assert_int_equal(schedule_deadline(TF_M1, t0), t0 + 120000);
    static const time_ms tries[] = {77000, 89000, 101000, 113000};
    time_ms now = t0 + 65000;
    for (size_t i = 0; i < 4; i++) {
        now = schedule_retry_at(TF_M1, t0, now, &defaults);
        assert_int_equal(now, t0 + tries[i]);
    }
    assert_true(schedule_retry_at(TF_M1, t0, now, &defaults) == INT64_MAX);
    // A fifth below 15 minutes, the interval from there on.
    assert_int_equal(schedule_retry_step_ms(TF_M3, t0, &defaults), 36000);
    assert_int_equal(schedule_retry_step_ms(TF_M5, t0, &defaults), 60000);
    assert_int_equal(schedule_retry_step_ms(TF_M15, t0, &defaults), 300000);
    assert_int_equal(schedule_retry_step_ms(TF_H4, t0, &defaults), 300000);
    // 15m: 00:15:05 due, then 00:20:05 and 00:25:05; 00:30:05 is past the deadline.
    assert_int_equal(schedule_retry_at(TF_M15, t0, t0 + 905000, &defaults), t0 + 1205000);
    assert_int_equal(schedule_retry_at(TF_M15, t0, t0 + 1205000, &defaults), t0 + 1505000);
    assert_true(schedule_retry_at(TF_M15, t0, t0 + 1505000, &defaults) == INT64_MAX);
    // Months: the window of January's candle is February.
    assert_int_equal(schedule_deadline(TF_MN1, 1609459200000), 1614556800000);
    assert_int_equal(schedule_ladder_ms(0), 2000);
    assert_int_equal(schedule_ladder_ms(3), 10000);
    assert_int_equal(schedule_ladder_ms(4), -1);
    // Before the delay is over, the candle before is the newest due.
    assert_int_equal(schedule_newest_due(TF_M1, t0 + 64999, &defaults), t0 - 60000);
    assert_int_equal(schedule_newest_due(TF_M1, t0 + 65000, &defaults), t0);
    assert_int_equal(schedule_next_due(TF_M1, t0 + 64999, &defaults), t0 + 65000);
    assert_int_equal(schedule_next_due(TF_M1, t0 + 65000, &defaults), t0 + 125000);
}

// From any moment inside the window, retry points rise strictly and stay inside.
static void check_retries(enum timeframe tf, time_ms open, time_ms from,
                          const struct schedule_rules *rules)
{
    time_ms due = schedule_due_at(tf, open, rules);
    time_ms deadline = schedule_deadline(tf, open);
    int64_t step = schedule_retry_step_ms(tf, open, rules);
    for (int k = 0; k < 20; k++) {
        time_ms point = schedule_retry_at(tf, open, from, rules);
        if (point == INT64_MAX) {
            assert_true(from + step >= deadline);
            break;
        }
        assert_true(point > from && point - from <= step && point < deadline);
        assert_true((point - due) % step == 0);
        from = point;
    }
    assert_true(schedule_retry_at(tf, open, deadline, rules) == INT64_MAX);
    time_ms first = schedule_retry_at(tf, open, due - 1, rules);
    assert_true(first == INT64_MAX ? due + step >= deadline : first == due + step);
}

static void test_laws(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 77);
    for (int i = 0; i < 50000; i++) {
        enum timeframe tf = (enum timeframe)random_below(&r, TF_COUNT);
        struct schedule_rules rules = {.close_delay_ms = 1 + (int64_t)random_below(&r, 50000),
                                       .retry_interval_ms =
                                           1000 + (int64_t)random_below(&r, 3600000)};
        time_ms now = 631152000000 + (time_ms)random_below(&r, 3471292800000);
        time_ms open = schedule_newest_due(tf, now, &rules);
        time_ms due = schedule_due_at(tf, open, &rules);
        time_ms deadline = schedule_deadline(tf, open);
        assert_true(timeframe_is_aligned(tf, open));
        assert_true(due <= now && due < deadline);
        assert_true(schedule_next_due(tf, now, &rules) > now);
        assert_true(schedule_next_due(tf, now, &rules) ==
                    schedule_due_at(tf, timeframe_next(tf, open), &rules));
        assert_true(deadline == timeframe_next(tf, timeframe_next(tf, open)));
        int64_t window = deadline - timeframe_next(tf, open);
        int64_t step = schedule_retry_step_ms(tf, open, &rules);
        assert_true(step == (window < 15 * MS_MINUTE ? window / 5 : rules.retry_interval_ms));
        check_retries(tf, open, due + (time_ms)random_below(&r, (uint64_t)(deadline - due)),
                      &rules);
    }
}

static void test_xclock(void **state)
{
    (void)state;
    struct xclock x = xclock_measured(1100000000, 1619827200000, 1.0);
    assert_int_equal(xclock_at(&x, 1100000000), 1619827200000);
    assert_int_equal(xclock_at(&x, 1101999999), 1619827200001);
    assert_int_equal(xclock_at(&x, 1099999999), 1619827199999);
    assert_int_equal(xclock_real_ms_until(&x, 1100000000, 1619827205000), 5000);
    assert_int_equal(xclock_real_ms_until(&x, 1100000001, 1619827205000), 5000);
    assert_int_equal(xclock_real_ms_until(&x, 1100000000, 1619827200000), 0);
    struct random r;
    random_init(&r, 78);
    static const double speeds[] = {1.0, 0.1, 2.5, 60, 1000, 99999.5};
    for (int i = 0; i < 50000; i++) {
        clock_ns sent = (clock_ns)random_below(&r, 1000000000000000);
        x = xclock_measured(sent, 1600000000000 + (time_ms)random_below(&r, 100000000000),
                            speeds[random_below(&r, 6)]);
        clock_ns now = sent + (clock_ns)random_below(&r, 100000000000000);
        time_ms here = xclock_at(&x, now);
        assert_true(xclock_at(&x, now + 1000000) >= here);
        time_ms t = here + (time_ms)random_below(&r, 1000000);
        int64_t wait = xclock_real_ms_until(&x, now, t);
        // Waiting is enough, and a millisecond less would not be.
        assert_true(xclock_at(&x, now + wait * 1000000) >= t);
        assert_true(wait == 0 || xclock_at(&x, now + (wait - 1) * 1000000) < t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_laws),
        cmocka_unit_test(test_xclock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
