// SPDX-License-Identifier: Apache-2.0
// The generated market: any timeframe is the exact sum of its minutes, at any moment, in any run.
#include "practice/generated.h"

#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAIRS 120
#define T0    INT64_C(1709546430000) // 2024-03-04T10:00:30Z

static struct practice_feed *make_feed(uint64_t seed)
{
    struct practice_feed *f = NULL;
    assert_int_equal(generated_create(seed, PAIRS, &f, NULL), 0);
    return f;
}

static void get_rows(struct practice_feed *f, size_t market, const struct feed_query *q,
                     struct practice_rows *rows)
{
    rows->count = 0;
    assert_int_equal(f->ops->rows(f, market, q, rows), 0);
}

static void check_possible(const struct practice_row *r)
{
    assert_true(r->low > 0);
    assert_true(r->low <= r->open && r->low <= r->close);
    assert_true(r->high >= r->open && r->high >= r->close);
    assert_true(r->volume.units >= 0 && r->quote_volume.units >= 0 && r->trades >= 0);
}

static void check_equal(const struct practice_row *a, const struct practice_row *b)
{
    assert_true(a->open_time == b->open_time);
    assert_true(a->open == b->open && a->high == b->high);
    assert_true(a->low == b->low && a->close == b->close);
    assert_true(decimal_cmp(a->volume, b->volume) == 0);
    assert_true(decimal_cmp(a->quote_volume, b->quote_volume) == 0);
    assert_true(decimal_cmp(a->taker_volume, b->taker_volume) == 0);
    assert_true(decimal_cmp(a->taker_quote, b->taker_quote) == 0);
    assert_true(a->trades == b->trades);
}

// One candle of a timeframe against the sum of the minutes inside it, as of `now`.
static void check_against_minutes(struct practice_feed *f, size_t market, enum timeframe tf,
                                  time_ms open, time_ms now)
{
    struct practice_rows coarse = {0}, fine = {0};
    struct practice_sum sum = {0};
    struct practice_row added;
    time_ms next = timeframe_next(tf, open);
    get_rows(f, market, &(struct feed_query){tf, 0, open, open, 1, false, now}, &coarse);
    assert_int_equal(coarse.count, 1);
    check_possible(&coarse.items[0]);
    for (time_ms t = open; t < next && t <= now;) {
        get_rows(f, market, &(struct feed_query){TF_M1, 0, t, next - 1, 1000, false, now}, &fine);
        if (fine.count == 0)
            break;
        for (size_t i = 0; i < fine.count; i++) {
            check_possible(&fine.items[i]);
            practice_sum_add(&sum, &fine.items[i]);
        }
        t = fine.items[fine.count - 1].open_time + MS_MINUTE;
    }
    assert_int_equal(practice_sum_finish(&sum, open, next - 1, &added), 0);
    check_equal(&coarse.items[0], &added);
    practice_rows_finish(&coarse);
    practice_rows_finish(&fine);
}

static void test_timeframes_are_sums_of_minutes(void **state)
{
    struct practice_feed *f = make_feed(3);
    struct random r;
    (void)state;
    random_init(&r, 1);
    for (int tf = 0; tf < TF_COUNT; tf++) {
        int rounds = tf >= TF_D3 ? 2 : 25;
        for (int i = 0; i < rounds; i++) {
            size_t market = (size_t)random_below(&r, PAIRS);
            time_ms t = T0 - (time_ms)random_below(&r, 300 * (uint64_t)MS_DAY);
            time_ms now = i % 2 ? T0 : t + (time_ms)random_below(&r, (uint64_t)MS_DAY) + 61000;
            check_against_minutes(f, market, (enum timeframe)tf,
                                  timeframe_open_of((enum timeframe)tf, t), now);
        }
    }
    f->ops->destroy(f);
}

static void test_closed_candles_never_change(void **state)
{
    struct practice_feed *a = make_feed(11), *b = make_feed(11), *other = make_feed(12);
    struct practice_rows rows_a = {0}, rows_b = {0};
    bool differs = false;
    (void)state;
    for (size_t m = 0; m < PAIRS; m++) {
        const struct feed_query early = {TF_M15, 0, T0 - MS_DAY, T0, 50, false, T0};
        const struct feed_query later = {TF_M15, 0, T0 - MS_DAY, T0, 50, false, T0 + 90 * MS_DAY};
        get_rows(a, m, &early, &rows_a);
        get_rows(b, m, &later, &rows_b);
        assert_int_equal(rows_a.count, 50);
        for (size_t i = 0; i < 50; i++)
            check_equal(&rows_a.items[i], &rows_b.items[i]);
        get_rows(other, m, &early, &rows_b);
        differs = differs || rows_a.items[0].close != rows_b.items[0].close;
    }
    assert_true(differs);
    practice_rows_finish(&rows_a);
    practice_rows_finish(&rows_b);
    a->ops->destroy(a);
    b->ops->destroy(b);
    other->ops->destroy(other);
}

static void test_ranges(void **state)
{
    struct practice_feed *f = make_feed(1);
    struct practice_rows rows = {0};
    const time_ms hour = T0 - T0 % MS_HOUR;
    (void)state;
    // Newest rows: the running candle is the last one, its close lies ahead.
    get_rows(f, 2, &(struct feed_query){TF_H1, 0, 0, PRACTICE_NEVER, 500, true, T0}, &rows);
    assert_int_equal(rows.count, 500);
    assert_true(rows.items[499].open_time == hour && rows.items[499].close_time > T0);
    assert_true(rows.items[0].open_time == hour - 499 * MS_HOUR);
    // From a time that is not on the grid: the next row first.
    get_rows(f, 2,
             &(struct feed_query){TF_H1, 0, hour - 10 * MS_HOUR + 1, PRACTICE_NEVER, 3, false, T0},
             &rows);
    assert_int_equal(rows.count, 3);
    assert_true(rows.items[0].open_time == hour - 9 * MS_HOUR);
    // The end is included, and nothing begins before the listing.
    get_rows(f, 2,
             &(struct feed_query){TF_H1, 0, hour - 2 * MS_HOUR, hour - MS_HOUR, 10, false, T0},
             &rows);
    assert_int_equal(rows.count, 2);
    get_rows(f, 2, &(struct feed_query){TF_W1, 0, 0, PRACTICE_NEVER, 1, false, T0}, &rows);
    assert_true(rows.items[0].open_time == timeframe_open_of(TF_W1, f->markets[2].listed_at));
    // Nothing of the future.
    get_rows(f, 2, &(struct feed_query){TF_H1, 0, T0 + MS_DAY, PRACTICE_NEVER, 5, false, T0},
             &rows);
    assert_int_equal(rows.count, 0);
    practice_rows_finish(&rows);
    f->ops->destroy(f);
}

static void test_a_zone_moves_the_borders(void **state)
{
    struct practice_feed *f = make_feed(1);
    struct practice_rows rows = {0};
    (void)state;
    get_rows(f, 0, &(struct feed_query){TF_D1, 8 * MS_HOUR, 0, PRACTICE_NEVER, 3, true, T0}, &rows);
    assert_int_equal(rows.count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_true((rows.items[i].open_time + 8 * MS_HOUR) % MS_DAY == 0);
    practice_rows_finish(&rows);
    f->ops->destroy(f);
}

static void test_names_differ(void **state)
{
    struct practice_feed *f = NULL;
    struct map seen;
    (void)state;
    assert_int_equal(generated_create(1, 5000, &f, NULL), 0);
    map_init(&seen, 5001);
    for (size_t i = 0; i < f->market_count; i++) {
        struct str symbol = str_from(f->markets[i].symbol);
        assert_null(map_get(&seen, symbol));
        assert_int_equal(map_put(&seen, symbol, &f->markets[i]), 0);
    }
    assert_string_equal(f->markets[0].symbol, "BTCUSDT");
    assert_non_null(map_get(&seen, STR("VETUSDT")));
    map_finish(&seen);
    f->ops->destroy(f);
}

static void test_counts_out_of_range(void **state)
{
    struct practice_feed *f = NULL;
    struct diag d = {0};
    (void)state;
    assert_int_equal(generated_create(1, 0, &f, &d), ERR_RANGE);
    assert_int_equal(generated_create(1, GENERATED_PAIRS_MAX + 1, &f, &d), ERR_RANGE);
    assert_true(strlen(d.text) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timeframes_are_sums_of_minutes),
        cmocka_unit_test(test_closed_candles_never_change),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_a_zone_moves_the_borders),
        cmocka_unit_test(test_names_differ),
        cmocka_unit_test(test_counts_out_of_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
