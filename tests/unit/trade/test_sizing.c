// SPDX-License-Identifier: Apache-2.0
// How much to trade: order of preference, fee inside money amounts, rounding; the signal's names.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "trade/sizing.h"
#include "unit/trade/support_trade.h"

struct sizing_case {
    enum signal_action action;
    double qty, qty_percent, equity_percent, cash;
    double fee_bps;
    const char *held, *price, *wanted;
};

static const struct market_filters grid = {.lot_step = {1, 3}};

static int size_of(const struct sizing_case *c, struct decimal *out)
{
    struct raw_signal s = {.action = c->action,
                           .qty = c->qty,
                           .qty_percent = c->qty_percent,
                           .equity_percent = c->equity_percent,
                           .cash_amount = c->cash};
    struct portfolio_settings p = {.order_size_percent = 10, .fee_bps = c->fee_bps};
    return sizing_qty(&s, &p, dec("10000"), dec(c->held), dec(c->price), &grid, out);
}

static void preferences(void **state)
{
    (void)state;
    static const struct sizing_case cases[] = {
        // the portfolio's ten percent, without and with fee
        {SIGNAL_ENTER_LONG, NAN, NAN, NAN, NAN, 0, "0", "100", "10"},
        {SIGNAL_ENTER_LONG, NAN, NAN, NAN, NAN, 10, "0", "100", "9.99"},
        // the strategy's percent, its cash, both, the script's quantity above all
        {SIGNAL_ENTER_LONG, NAN, NAN, 100, NAN, 0, "0", "100", "100"},
        {SIGNAL_ENTER_LONG, NAN, NAN, 100, NAN, 100, "0", "100", "99.009"},
        {SIGNAL_ENTER_LONG, NAN, NAN, NAN, 250, 0, "0", "100", "2.5"},
        {SIGNAL_ENTER_LONG, NAN, NAN, 100, 250, 0, "0", "100", "2.5"},
        {SIGNAL_ENTER_LONG, 0.12345, NAN, 100, 250, 50, "0", "100", "0.123"},
        // a position held already changes nothing about an entry's size
        {SIGNAL_ENTER_LONG, NAN, NAN, NAN, 250, 0, "77", "100", "2.5"},
        // nothing tradable
        {SIGNAL_ENTER_LONG, 0.0009, NAN, NAN, NAN, 0, "0", "100", "0"},
        {SIGNAL_ENTER_LONG, 0, NAN, NAN, NAN, 0, "0", "100", "0"},
        {SIGNAL_ENTER_LONG, -3, NAN, NAN, NAN, 0, "0", "100", "0"},
        {SIGNAL_ENTER_LONG, NAN, NAN, -5, NAN, 0, "0", "100", "0"},
        {SIGNAL_ENTER_LONG, NAN, NAN, NAN, 0, 0, "0", "100", "0"},
        // exits
        {SIGNAL_EXIT, NAN, NAN, NAN, NAN, 10, "7.5", "100", "7.5"},
        {SIGNAL_EXIT, NAN, 50, NAN, NAN, 10, "7.5", "100", "3.75"},
        {SIGNAL_EXIT, NAN, 33.3, NAN, NAN, 10, "10", "100", "3.33"},
        {SIGNAL_EXIT, NAN, 100, NAN, NAN, 10, "7.5", "100", "7.5"},
        {SIGNAL_EXIT, NAN, 250, NAN, NAN, 10, "7.5", "100", "7.5"},
        {SIGNAL_EXIT, NAN, -1, NAN, NAN, 10, "7.5", "100", "0"},
        {SIGNAL_EXIT, 2, 50, NAN, NAN, 10, "7.5", "100", "2"},
        {SIGNAL_EXIT, 20, NAN, NAN, NAN, 10, "7.5", "100", "7.5"},
        {SIGNAL_EXIT, NAN, NAN, NAN, NAN, 10, "7.5009", "0", "7.5"}, // needs no price
        {SIGNAL_EXIT, NAN, NAN, NAN, NAN, 10, "0", "100", "0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct decimal got;
        int rc = size_of(&cases[i], &got);
        if (rc)
            fail_msg("case %zu: %s", i, err_name(rc));
        if (decimal_cmp(got, dec(cases[i].wanted)) != 0)
            fail_msg("case %zu: %s, got units %lld scale %d", i, cases[i].wanted,
                     (long long)got.units, got.scale);
    }
}

static void errors(void **state)
{
    (void)state;
    static const struct sizing_case cases[] = {
        {SIGNAL_ENTER_LONG, NAN, NAN, NAN, NAN, 0, "0", "0", ""},
        {SIGNAL_ENTER_LONG, INFINITY, NAN, NAN, NAN, 0, "0", "1", ""},
        {SIGNAL_ENTER_LONG, NAN, NAN, INFINITY, NAN, 0, "0", "1", ""},
        {SIGNAL_ENTER_LONG, NAN, NAN, NAN, -INFINITY, 0, "0", "1", ""},
        {SIGNAL_ENTER_LONG, NAN, NAN, NAN, NAN, -1, "0", "1", ""},
        {SIGNAL_ENTER_LONG, NAN, NAN, NAN, NAN, NAN, "0", "1", ""},
        {SIGNAL_EXIT, INFINITY, NAN, NAN, NAN, 0, "1", "1", ""},
    };
    struct decimal got;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(size_of(&cases[i], &got), ERR_INVALID);
    struct sizing_case vast = {SIGNAL_ENTER_LONG, 1e30, NAN, NAN, NAN, 0, "0", "1", ""};
    assert_int_equal(size_of(&vast, &got), ERR_RANGE);
}

static void money_amounts_are_never_exceeded(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 5);
    for (int i = 0; i < 50000; i++) {
        struct raw_signal s = {.qty = NAN, .qty_percent = NAN, .equity_percent = NAN};
        s.cash_amount = (double)random_below(&r, 1000000) / 100;
        struct portfolio_settings p = {.fee_bps = (double)random_below(&r, 1000) / 10};
        struct market_filters f = {.lot_step = random_decimal(&r, 100, 6)};
        struct decimal price = random_decimal(&r, 100000000, 8), wanted, qty, value, spent;
        assert_int_equal(sizing_wanted(&s, &p, dec("1"), DECIMAL_ZERO, price, &wanted), 0);
        assert_int_equal(sizing_qty(&s, &p, dec("1"), DECIMAL_ZERO, price, &f, &qty), 0);
        assert_true(qty.units >= 0 && decimal_cmp(qty, wanted) <= 0);
        assert_true(decimal_is_multiple(qty, f.lot_step));
        assert_int_equal(decimal_mul(price, qty, 8, ROUND_DOWN, &value), 0);
        spent = value;
        double with_fee = decimal_to_double(spent) * (1 + p.fee_bps / 10000);
        assert_true(with_fee <= s.cash_amount * (1 + 1e-12));
    }
}

static void signal_names(void **state)
{
    (void)state;
    for (int a = 0; a < SIGNAL_ACTION_COUNT; a++) {
        enum signal_action got;
        const char *name = signal_action_name((enum signal_action)a);
        assert_int_equal(signal_action_parse(str_from(name), &got), 0);
        assert_int_equal(got, a);
    }
    enum signal_action got;
    assert_int_equal(signal_action_parse(STR("buy"), &got), ERR_NOT_FOUND);
    assert_int_equal(signal_action_parse(STR(""), &got), ERR_NOT_FOUND);
    assert_string_equal(signal_action_name((enum signal_action)9), "unknown");
    assert_string_equal(signal_action_name(SIGNAL_EXIT), "exit");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(preferences),
        cmocka_unit_test(errors),
        cmocka_unit_test(money_amounts_are_never_exceeded),
        cmocka_unit_test(signal_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
