// SPDX-License-Identifier: Apache-2.0
// Exchange filters: each bound at, under and over; rounding to the grids; a naive second opinion.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "trade/filters.h"
#include "unit/trade/support_trade.h"

static struct market_filters sample(void)
{
    struct market_filters f = {
        .tick_size = dec("0.01000000"),
        .min_price = dec("0.01000000"),
        .max_price = dec("1000.00000000"),
        .lot_step = dec("0.00100000"),
        .min_qty = dec("0.00200000"),
        .max_qty = dec("900.00000000"),
        .market_lot_step = dec("0.00000000"),
        .market_min_qty = dec("0.00000000"),
        .market_max_qty = dec("100.00000000"),
        .min_notional = dec("5.00000000"),
        .max_notional = dec("9000.00000000"),
        .min_notional_market = true,
        .max_notional_market = false,
    };
    return f;
}

struct filter_case {
    bool is_market;
    const char *price, *qty;
    enum filter_result wanted;
};

static void each_bound(void **state)
{
    (void)state;
    static const struct filter_case cases[] = {
        {false, "100.00", "0.050", FILTER_PASS},
        {false, "100.005", "0.050", FILTER_PRICE_TICK},
        {false, "100.01", "0.050", FILTER_PASS},
        {false, "0", "1", FILTER_PRICE_RANGE},
        {false, "-1", "1", FILTER_PRICE_RANGE},
        {false, "0.01", "500", FILTER_PASS},
        {false, "0.009", "900", FILTER_PRICE_RANGE},
        {false, "1000.00", "1", FILTER_PASS},
        {false, "1000.01", "1", FILTER_PRICE_RANGE},
        {false, "1000", "0.0505", FILTER_LOT_STEP},
        {false, "1000", "0.005", FILTER_PASS},
        {false, "1000", "0.001", FILTER_LOT_RANGE},
        {false, "1000", "0.002", FILTER_MIN_NOTIONAL},
        {false, "1", "900", FILTER_PASS},
        {false, "1", "900.001", FILTER_LOT_RANGE},
        {false, "1", "5", FILTER_PASS},
        {false, "1", "4.999", FILTER_MIN_NOTIONAL},
        {false, "1", "5.001", FILTER_PASS},
        {false, "10", "900", FILTER_PASS},
        {false, "10.01", "900", FILTER_MAX_NOTIONAL},
        {false, "1", "0", FILTER_LOT_RANGE},
        {false, "1", "-5", FILTER_LOT_RANGE},
        // A market order has no price of its own: only its notional is looked at.
        {true, "100.005", "0.050", FILTER_PASS},
        {true, "1", "100", FILTER_PASS},
        {true, "1", "100.001", FILTER_MARKET_LOT_RANGE},
        {true, "1", "4.999", FILTER_MIN_NOTIONAL},
        {true, "999", "100", FILTER_PASS}, // the maximum is off for market orders
    };
    struct market_filters f = sample();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum filter_result got =
            filters_check(&f, cases[i].is_market, dec(cases[i].price), dec(cases[i].qty));
        if (got != cases[i].wanted)
            fail_msg("case %zu: got %s (%d)", i, filter_result_name(got), got);
    }
}

static void flags_and_zero_bounds(void **state)
{
    (void)state;
    struct market_filters f = sample();
    f.min_notional_market = false;
    f.max_notional_market = true;
    assert_int_equal(filters_check(&f, true, dec("1"), dec("4.999")), FILTER_PASS);
    assert_int_equal(filters_check(&f, true, dec("90"), dec("100")), FILTER_PASS);
    assert_int_equal(filters_check(&f, true, dec("90.01"), dec("100")), FILTER_MAX_NOTIONAL);
    f.market_lot_step = dec("0.005");
    assert_int_equal(filters_check(&f, true, dec("1"), dec("1.003")), FILTER_MARKET_LOT_STEP);
    assert_int_equal(filters_check(&f, false, dec("1"), dec("5.003")), FILTER_PASS);
    struct market_filters off = {0};
    assert_int_equal(filters_check(&off, false, dec("0.123456789"), dec("0.000000000000000001")),
                     FILTER_PASS);
    assert_int_equal(filters_check(&off, true, dec("1"), DECIMAL_ZERO), FILTER_LOT_RANGE);
}

static void huge_notional_is_over_the_maximum(void **state)
{
    (void)state;
    struct market_filters f = {.max_notional = dec("9000000000000"),
                               .min_notional = dec("5"),
                               .max_notional_market = true,
                               .min_notional_market = true};
    struct decimal much = {INT64_MAX, 0};
    assert_int_equal(filters_check(&f, true, much, much), FILTER_MAX_NOTIONAL);
    f.max_notional = DECIMAL_ZERO;
    assert_int_equal(filters_check(&f, true, much, much), FILTER_PASS);
}

static void rounds_down_to_the_grids(void **state)
{
    (void)state;
    static const struct {
        const char *lot, *market_lot;
        bool is_market;
        const char *qty, *wanted;
    } cases[] = {
        {"0.001", "0", true, "1.2349", "1.234"},
        {"0.001", "0", false, "1.2349", "1.234"},
        {"0.001", "0.005", false, "1.2349", "1.234"},
        {"0.001", "0.005", true, "1.2349", "1.230"},
        {"0.004", "0.006", true, "0.035", "0.024"}, // both grids meet at 0.012
        {"0", "0.1", true, "7.77", "7.7"},
        {"0", "0.1", false, "7.77", "7.77"},
        {"0", "0", true, "0.123456789", "0.123456789"},
        {"1.00000000", "0.00000000", true, "99999999999.9", "99999999999"},
        {"100", "0", true, "99.99", "0"},
        {"1", "0", true, "0", "0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct market_filters f = {.lot_step = dec(cases[i].lot),
                                   .market_lot_step = dec(cases[i].market_lot)};
        struct decimal got;
        assert_int_equal(filters_round_qty(&f, cases[i].is_market, dec(cases[i].qty), &got), 0);
        assert_dec(got, cases[i].wanted);
    }
    struct market_filters f = {.lot_step = dec("1")};
    struct decimal got;
    assert_int_equal(filters_round_qty(&f, true, dec("-1"), &got), ERR_INVALID);
    f = (struct market_filters){.lot_step = {INT64_MAX, 18},
                                .market_lot_step = {INT64_MAX - 1, 18}};
    assert_int_equal(filters_round_qty(&f, true, dec("1"), &got), ERR_RANGE);
}

// The rules once more in whole numbers of 10^-4, written as a list of questions.
static bool naive_pass(const struct market_filters *f, bool is_market, int64_t price, int64_t qty)
{
    int64_t notional = price * qty; // of 10^-8
    if (qty <= 0)
        return false;
    if (!is_market) {
        if (price <= 0)
            return false;
        if (f->min_price.units != 0 && price < f->min_price.units)
            return false;
        if (f->max_price.units != 0 && price > f->max_price.units)
            return false;
        if (f->tick_size.units != 0 && price % f->tick_size.units != 0)
            return false;
    }
    if (f->min_qty.units != 0 && qty < f->min_qty.units)
        return false;
    if (f->max_qty.units != 0 && qty > f->max_qty.units)
        return false;
    if (f->lot_step.units != 0 && qty % f->lot_step.units != 0)
        return false;
    if (is_market && f->market_min_qty.units != 0 && qty < f->market_min_qty.units)
        return false;
    if (is_market && f->market_max_qty.units != 0 && qty > f->market_max_qty.units)
        return false;
    if (is_market && f->market_lot_step.units != 0 && qty % f->market_lot_step.units != 0)
        return false;
    bool min_on = !is_market || f->min_notional_market;
    bool max_on = !is_market || f->max_notional_market;
    if (min_on && f->min_notional.units != 0 && notional < f->min_notional.units * 10000)
        return false;
    return !(max_on && f->max_notional.units != 0 && notional > f->max_notional.units * 10000);
}

static struct decimal bound(struct random *r, uint64_t limit)
{
    int64_t units = random_below(r, 3) == 0 ? 0 : (int64_t)random_below(r, limit);
    return (struct decimal){units, 4};
}

static void agrees_with_a_naive_checker(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 20260722);
    size_t passed = 0;
    for (int i = 0; i < 200000; i++) {
        struct market_filters f = {
            .tick_size = bound(&r, 4),
            .min_price = bound(&r, 500),
            .max_price = {random_below(&r, 2) ? (int64_t)random_below(&r, 20000) : 0, 4},
            .lot_step = bound(&r, 4),
            .min_qty = bound(&r, 500),
            .max_qty = {random_below(&r, 2) ? (int64_t)random_below(&r, 20000) : 0, 4},
            .market_lot_step = bound(&r, 4),
            .market_min_qty = bound(&r, 500),
            .market_max_qty = {random_below(&r, 2) ? (int64_t)random_below(&r, 20000) : 0, 4},
            .min_notional = bound(&r, 3000),
            .max_notional = {random_below(&r, 2) ? (int64_t)random_below(&r, 20000) : 0, 4},
            .min_notional_market = random_below(&r, 2),
            .max_notional_market = random_below(&r, 2),
        };
        int64_t price = (int64_t)random_below(&r, 10000) - 10;
        int64_t qty = (int64_t)random_below(&r, 10000) - 10;
        bool is_market = random_below(&r, 2);
        if (is_market && price <= 0)
            price = 1; // a market order's reference price exists
        enum filter_result got =
            filters_check(&f, is_market, (struct decimal){price, 4}, (struct decimal){qty, 4});
        assert_int_equal(got == FILTER_PASS, naive_pass(&f, is_market, price, qty));
        passed += got == FILTER_PASS;
    }
    assert_in_range(passed, 1000, 199000); // the draw reaches both answers
}

static void rounding_never_increases(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 7);
    for (int i = 0; i < 100000; i++) {
        struct market_filters f = {.lot_step = random_decimal(&r, 2000, 8),
                                   .market_lot_step = random_decimal(&r, 2000, 8)};
        if (random_below(&r, 3) == 0)
            f.market_lot_step = DECIMAL_ZERO;
        bool is_market = random_below(&r, 2);
        struct decimal qty = random_decimal(&r, 10000000000, 8), got, again;
        assert_int_equal(filters_round_qty(&f, is_market, qty, &got), 0);
        assert_true(decimal_cmp(got, qty) <= 0);
        assert_true(got.units >= 0);
        assert_true(decimal_is_multiple(got, f.lot_step));
        assert_true(!is_market || decimal_is_multiple(got, f.market_lot_step));
        assert_int_equal(filters_round_qty(&f, is_market, got, &again), 0);
        assert_int_equal(decimal_cmp(got, again), 0);
        if (!is_market) { // and it is the largest: one step more is too much
            struct decimal next;
            assert_int_equal(decimal_add(got, f.lot_step, &next), 0);
            assert_true(decimal_cmp(next, qty) > 0);
        }
    }
}

static void names(void **state)
{
    (void)state;
    for (int s = 0; s < MARKET_STATUS_COUNT; s++) {
        const char *name = market_status_name((enum market_status)s);
        assert_int_equal(market_status_parse(str_from(name)), s);
    }
    assert_int_equal(market_status_parse(STR("HALT")), MARKET_HALTED);
    assert_int_equal(market_status_parse(STR("END_OF_DAY")), MARKET_UNKNOWN);
    assert_int_equal(market_status_parse(STR("")), MARKET_UNKNOWN);
    assert_int_equal(market_status_parse(STR("trading")), MARKET_UNKNOWN);
    assert_string_equal(market_status_name((enum market_status)99), "UNKNOWN");
    assert_string_equal(filter_result_name(FILTER_LOT_STEP), "LOT_SIZE");
    assert_string_equal(filter_result_name(FILTER_MARKET_LOT_RANGE), "MARKET_LOT_SIZE");
    assert_string_equal(filter_result_name(FILTER_MIN_NOTIONAL), "NOTIONAL");
    assert_string_equal(filter_result_name(FILTER_PRICE_TICK), "PRICE_FILTER");
    assert_string_equal(filter_result_name((enum filter_result)99), "UNKNOWN");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_bound),
        cmocka_unit_test(flags_and_zero_bounds),
        cmocka_unit_test(huge_notional_is_over_the_maximum),
        cmocka_unit_test(rounds_down_to_the_grids),
        cmocka_unit_test(agrees_with_a_naive_checker),
        cmocka_unit_test(rounding_never_increases),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
