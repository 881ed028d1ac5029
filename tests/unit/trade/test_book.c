// SPDX-License-Identifier: Apache-2.0
// Walking a book: hand-computed cases, then conservation and monotony on random books.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "trade/book.h"
#include "unit/trade/support_trade.h"

static struct book sample(void)
{
    struct book b = {0};
    book_side(&b, true, "100.1 2, 100.2 3, 100.5 10");
    book_side(&b, false, "100.0 1, 99.9 4, 99.0 20");
    return b;
}

static void walks(void **state)
{
    (void)state;
    static const struct {
        bool is_buy;
        const char *qty, *filled, *cost, *worst;
        unsigned levels;
        bool complete;
    } cases[] = {
        {true, "1", "1", "100.1", "100.1", 1, true},
        {true, "2", "2", "200.2", "100.1", 1, true},
        {true, "2.00000001", "2.00000001", "200.20000101", "100.2", 2, true}, // up: ...1.002
        {true, "5", "5", "500.8", "100.2", 2, true},
        {true, "15", "15", "1505.8", "100.5", 3, true},
        {true, "15.1", "15", "1505.8", "100.5", 3, false},
        {false, "0.5", "0.5", "50", "100.0", 1, true},
        {false, "5", "5", "499.6", "99.9", 2, true},
        {false, "1000", "25", "2479.6", "99.0", 3, false},
    };
    struct book b = sample();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct book_walk w;
        assert_int_equal(book_walk_qty(&b, cases[i].is_buy, dec(cases[i].qty), &w), 0);
        assert_dec(w.filled_qty, cases[i].filled);
        assert_dec(w.cost, cases[i].cost);
        assert_dec(w.worst_price, cases[i].worst);
        assert_int_equal(w.levels, cases[i].levels);
        assert_int_equal(w.complete, cases[i].complete);
    }
    struct book_walk w;
    assert_int_equal(book_walk_qty(&b, true, dec("5"), &w), 0);
    assert_dec(w.avg_price, "100.16");
}

static void fees_round_up_once(void **state)
{
    (void)state;
    struct book b = {0};
    book_side(&b, true, "0.00000003 1, 0.00000004 1, 0.00000005 1, 0.00000006 1");
    struct fill fills[BOOK_LEVELS_MAX];
    size_t count;
    struct decimal sum = DECIMAL_ZERO;
    assert_int_equal(book_walk_fills(&b, true, dec("3.5"), 100, fills, &count), 0);
    assert_int_equal(count, 4);
    for (size_t i = 0; i < count; i++) {
        assert_true(fills[i].fee.units >= 0);
        assert_int_equal(decimal_add(sum, fills[i].fee, &sum), 0);
    }
    assert_dec(sum, "0.00000001"); // one percent of 0.00000015, up
    assert_dec(fills[3].qty, "0.5");
}

static void edges(void **state)
{
    (void)state;
    struct book b = sample(), empty = {0};
    struct book_walk w;
    struct fill fills[BOOK_LEVELS_MAX];
    size_t count;
    assert_int_equal(book_walk_qty(&b, true, DECIMAL_ZERO, &w), ERR_INVALID);
    assert_int_equal(book_walk_qty(&b, true, dec("-1"), &w), ERR_INVALID);
    assert_int_equal(book_walk_qty(&empty, true, dec("1"), &w), 0);
    assert_false(w.complete);
    assert_int_equal(w.levels, 0);
    assert_true(decimal_is_zero(w.avg_price));
    assert_int_equal(book_walk_fills(&empty, true, dec("1"), 10, fills, &count), 0);
    assert_int_equal(count, 0);
    assert_int_equal(book_walk_fills(&b, true, dec("1"), -1, fills, &count), ERR_INVALID);
    assert_int_equal(book_walk_fills(&b, true, dec("1"), NAN, fills, &count), ERR_INVALID);
    assert_int_equal(book_walk_fills(&b, true, dec("0"), 10, fills, &count), ERR_INVALID);
    // The largest quantity the venue reports, at a price above one: digits give way, nothing wraps.
    struct book big = {0};
    book_side(&big, true, "12.5 92233720368.54775807, 13 92233720368.54775807");
    assert_int_equal(book_walk_qty(&big, true, dec("92233720368.54775807"), &w), 0);
    assert_dec(w.cost, "1152921504606.846976"); // ...975875 rounded up to what fits
    struct book vast = {.asks = {{{INT64_MAX, 0}, {INT64_MAX, 0}}}, .ask_count = 1};
    assert_int_equal(book_walk_qty(&vast, true, (struct decimal){INT64_MAX, 0}, &w), ERR_RANGE);
}

static void low_prices_keep_their_digits(void **state)
{
    (void)state;
    struct book b = {0};
    book_side(&b, true, "0.00000742 1000000, 0.00000743 3000000");
    struct book_walk w;
    assert_int_equal(book_walk_qty(&b, true, dec("4000000"), &w), 0);
    assert_dec(w.cost, "29.71");
    assert_dec(w.avg_price, "0.0000074275");
}

static void sanity(void **state)
{
    (void)state;
    static const struct {
        const char *bids, *asks;
        bool wanted;
    } cases[] = {
        {"", "", true},
        {"1 1", "", true},
        {"", "1 1", true},
        {"1 1", "1.1 1, 1.2 1", true},
        {"1 1", "1 1", false},   // locked
        {"1.1 1", "1 1", false}, // crossed
        {"1 1, 1.1 1", "2 1", false},
        {"1 1, 1.0 1", "2 1", false},
        {"1 1", "2 1, 1.9 1", false},
        {"1 0", "2 1", false},
        {"0 1", "2 1", false},
        {"1 1", "2 -1", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct book b = {0};
        book_side(&b, false, cases[i].bids);
        book_side(&b, true, cases[i].asks);
        if (book_is_sane(&b) != cases[i].wanted)
            fail_msg("case %zu", i);
    }
    struct book b = sample();
    b.ask_count = BOOK_LEVELS_MAX + 1;
    assert_false(book_is_sane(&b));
}

static void depth(void **state)
{
    (void)state;
    struct book b = sample();
    static const struct {
        bool is_buy;
        double bps;
        const char *wanted;
    } cases[] = {
        {true, 0, "200.2"},       {true, 9.99, "200.2"}, // 100.2 is 9.990009990 bps above 100.1
        {true, 10, "500.8"},      {true, 10000, "1505.8"}, {false, 0, "100"},
        {false, 10, "499.6"}, // 99.9 is exactly 10 bps below 100
        {false, 9.999999, "100"}, {false, 100, "2479.6"},  {false, 20000, "2479.6"},
    };
    struct decimal got;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(book_depth_within(&b, cases[i].is_buy, cases[i].bps, &got), 0);
        assert_dec(got, cases[i].wanted);
    }
    struct book empty = {0};
    assert_int_equal(book_depth_within(&empty, true, 10, &got), 0);
    assert_dec(got, "0");
    assert_int_equal(book_depth_within(&b, true, -1, &got), ERR_INVALID);
    assert_int_equal(book_depth_within(&b, true, NAN, &got), ERR_INVALID);
}

static void spread(void **state)
{
    (void)state;
    assert_true(fabs(book_spread_bps(dec("99.5"), dec("100.5")) - 100) < 1e-12);
    assert_true(book_spread_bps(dec("1"), dec("1")) == 0);
    assert_true(isnan(book_spread_bps(DECIMAL_ZERO, dec("1"))));
    assert_true(isnan(book_spread_bps(dec("1"), DECIMAL_ZERO)));
}

static void walk_conserves(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 11);
    struct fill fills[BOOK_LEVELS_MAX];
    for (int i = 0; i < 20000; i++) {
        struct book b;
        random_book(&r, 12, &b);
        assert_true(book_is_sane(&b));
        bool is_buy = random_below(&r, 2);
        struct decimal qty = random_decimal(&r, 50000000, 5);
        struct book_walk w;
        size_t count;
        assert_int_equal(book_walk_qty(&b, is_buy, qty, &w), 0);
        assert_int_equal(book_walk_fills(&b, is_buy, qty, 10, fills, &count), 0);
        assert_int_equal(count, w.levels);
        struct decimal sum_qty = DECIMAL_ZERO, sum_value = DECIMAL_ZERO, value;
        for (size_t k = 0; k < count; k++) {
            const struct book_level *level = is_buy ? &b.asks[k] : &b.bids[k];
            assert_int_equal(decimal_cmp(fills[k].price, level->price), 0);
            assert_true(decimal_cmp(fills[k].qty, level->qty) <= 0);
            assert_true(k + 1 == count || decimal_cmp(fills[k].qty, level->qty) == 0);
            assert_int_equal(fill_value(fills[k].price, fills[k].qty, is_buy, &value), 0);
            assert_int_equal(decimal_add(sum_value, value, &sum_value), 0);
            assert_int_equal(decimal_add(sum_qty, fills[k].qty, &sum_qty), 0);
        }
        assert_int_equal(decimal_cmp(sum_qty, w.filled_qty), 0);
        assert_int_equal(decimal_cmp(sum_value, w.cost), 0);
        assert_int_equal(w.complete, decimal_cmp(w.filled_qty, qty) == 0);
        assert_true(decimal_cmp(w.filled_qty, qty) <= 0);
        // The average lies between best and worst.
        struct decimal best = is_buy ? b.asks[0].price : b.bids[0].price;
        struct decimal low = is_buy ? best : w.worst_price, high = is_buy ? w.worst_price : best;
        double avg = decimal_to_double(w.avg_price);
        assert_true(avg >= decimal_to_double(low) * (1 - 1e-3));
        assert_true(avg <= decimal_to_double(high) * (1 + 1e-3));
    }
}

static void walk_is_monotone(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 12);
    for (int i = 0; i < 20000; i++) {
        struct book b;
        random_book(&r, 12, &b);
        bool is_buy = random_below(&r, 2);
        struct decimal less = random_decimal(&r, 30000000, 5), more;
        assert_int_equal(decimal_add(less, random_decimal(&r, 30000000, 5), &more), 0);
        struct book_walk a, c;
        assert_int_equal(book_walk_qty(&b, is_buy, less, &a), 0);
        assert_int_equal(book_walk_qty(&b, is_buy, more, &c), 0);
        assert_true(decimal_cmp(a.filled_qty, c.filled_qty) <= 0);
        assert_true(decimal_cmp(a.cost, c.cost) <= 0);
        assert_true(a.levels <= c.levels);
        int worse = decimal_cmp(c.worst_price, a.worst_price);
        assert_true(is_buy ? worse >= 0 : worse <= 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks),
        cmocka_unit_test(fees_round_up_once),
        cmocka_unit_test(edges),
        cmocka_unit_test(low_prices_keep_their_digits),
        cmocka_unit_test(sanity),
        cmocka_unit_test(depth),
        cmocka_unit_test(spread),
        cmocka_unit_test(walk_conserves),
        cmocka_unit_test(walk_is_monotone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
