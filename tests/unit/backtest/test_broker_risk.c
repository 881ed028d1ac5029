// SPDX-License-Identifier: Apache-2.0
// strategy.risk.* rules, one a test; and the texts of trades.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "unit/backtest/support_broker.h"

static void flat_bar(struct desk *d, double price)
{
    desk_bar(d, price, price, price, price);
}

static void max_drawdown_stops_for_good(void **state)
{
    (void)state;
    for (int percent = 0; percent < 2; percent++) {
        struct desk d;
        desk_settings(&d);
        d.settings.strategy.default_qty_value = 10;
        d.settings.strategy.risk.max_drawdown = percent ? 1 : 100;
        d.settings.strategy.risk.max_drawdown_percent = percent;
        desk_open(&d);
        flat_bar(&d, 100);
        desk_entry(&d, true, "L");
        desk_bar(&d, 100, 100, 90.5, 95); // 95 lost at the low
        assert_int_equal(d.account.open_trades, 1);
        desk_exit(&d, "X", "L", 200, NAN);
        desk_bar(&d, 95, 95, 85, 95); // at the low of 85
        assert_int_equal(d.account.open_trades, 0);
        assert_near(desk_trade(&d, 0)->exit_price, 85);
        assert_string_equal(desk_trade(&d, 0)->exit_id, "Risk: max drawdown");
        assert_int_equal(desk_entry(&d, true, "L"), BROKER_RISK);
        for (int i = 0; i < 200; i++)
            flat_bar(&d, 95); // two days
        assert_int_equal(desk_entry(&d, true, "L"), BROKER_RISK);
        desk_close(&d);
    }
}

static void intraday_loss_stops_for_the_day(void **state)
{
    (void)state;
    for (int percent = 0; percent < 2; percent++) {
        struct desk d;
        desk_settings(&d);
        d.settings.strategy.default_qty_value = 10;
        d.settings.strategy.risk.max_intraday_loss = percent ? 0.5 : 50;
        d.settings.strategy.risk.max_intraday_loss_percent = percent;
        desk_open(&d);
        flat_bar(&d, 100);
        desk_entry(&d, false, "S");
        flat_bar(&d, 100);
        flat_bar(&d, 105);
        assert_int_equal(d.account.open_trades, 0);
        assert_near(desk_trade(&d, 0)->profit, -50);
        assert_int_equal(desk_entry(&d, true, "L"), BROKER_RISK);
        for (int i = 0; i < 50; i++)
            flat_bar(&d, 105); // past midnight
        assert_int_equal(desk_entry(&d, true, "L"), BROKER_ACCEPTED);
        desk_close(&d);
    }
}

static void filled_orders_a_day(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    d.settings.strategy.risk.max_intraday_filled_orders = 3;
    desk_open(&d);
    flat_bar(&d, 100);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(desk_entry(&d, i % 2, "E"), BROKER_ACCEPTED);
        flat_bar(&d, 100);
    }
    assert_int_equal(d.account.open_trades, 0); // the third was closed at once
    assert_int_equal(d.account.closed_trades, 3);
    assert_int_equal(desk_entry(&d, true, "E"), BROKER_RISK);
    assert_int_equal(desk_send(&d, desk_order(SCRIPT_ORDER_CANCEL_ALL, false, "")),
                     BROKER_NO_TARGET); // cancelling is always allowed
    desk_close(&d);
}

static void days_of_loss_in_a_row(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    d.settings.strategy.risk.max_cons_loss_days = 2;
    desk_open(&d);
    double price = 100;
    int days = 0;
    for (int i = 0; i < 500; i++) {
        flat_bar(&d, price);
        enum broker_answer answer = desk_entry(&d, true, "L");
        if (answer == BROKER_RISK)
            break;
        days = i / 96;
        price -= 0.01;
    }
    assert_int_equal(days, 1); // two days lost, the third is not begun
    assert_int_equal(d.account.open_trades, 0);
    assert_string_equal(desk_trade(&d, 0)->exit_id, "Risk: loss days");
    desk_close(&d);
}

static void one_direction_only(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    d.settings.strategy.risk.allow_entry = SCRIPT_ALLOW_LONG;
    desk_open(&d);
    flat_bar(&d, 100);
    assert_int_equal(desk_entry(&d, false, "S"), BROKER_RISK);
    assert_int_equal(desk_entry(&d, true, "L"), BROKER_ACCEPTED);
    flat_bar(&d, 101);
    assert_int_equal(desk_entry(&d, false, "S"), BROKER_ACCEPTED); // closes, does not reverse
    assert_true(d.last.closes && !d.last.opens);
    flat_bar(&d, 102);
    assert_int_equal(d.account.open_trades, 0);
    assert_near(d.account.net_profit, 1);
    desk_close(&d);
}

static void position_size(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    d.settings.strategy.pyramiding = 5;
    d.settings.strategy.default_qty_value = 4;
    d.settings.strategy.risk.max_position_size = 6;
    d.settings.lot_step = 1;
    desk_open(&d);
    flat_bar(&d, 100);
    desk_entry(&d, true, "L");
    assert_near(d.last.qty, 4);
    flat_bar(&d, 100);
    desk_entry(&d, true, "L");
    assert_near(d.last.qty, 2);
    flat_bar(&d, 100);
    assert_int_equal(desk_entry(&d, true, "L"), BROKER_RISK);
    desk_entry(&d, false, "S");
    assert_near(d.last.qty, 4);
    desk_close(&d);
}

static void texts_of_trades(void **state)
{
    (void)state;
    static const struct {
        double bar[4];
        const char *wanted;
    } cases[] = {
        {{100, 112, 100, 111}, "took profit"},
        {{100, 100, 88, 90}, "lost"},
        {{100, 106, 100, 102}, "trailed"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct desk d;
        desk_settings(&d);
        desk_open(&d);
        flat_bar(&d, 100);
        struct script_order o = desk_order(SCRIPT_ORDER_ENTRY, true, "L");
        o.comment = "in";
        desk_send(&d, o);
        flat_bar(&d, 100);
        assert_string_equal(d.account.trade_text(d.account.trades, false, 0, SCRIPT_TRADE_ENTRY_ID),
                            "L");
        assert_null(d.account.trade_text(d.account.trades, false, 0, SCRIPT_TRADE_EXIT_ID));
        o = desk_order(SCRIPT_ORDER_EXIT, false, "X");
        o.limit = 110;
        o.stop = 90;
        o.trail_points = 500;
        o.trail_offset = 300;
        o.comment = "out";
        o.comment_profit = i == 0 ? "took profit" : "";
        o.comment_loss = i == 1 ? "lost" : NULL;
        o.comment_trailing = i == 2 ? "trailed" : NULL;
        desk_send(&d, o);
        const double *p = cases[i].bar;
        desk_bar(&d, p[0], p[1], p[2], p[3]);
        void *trades = d.account.trades;
        assert_string_equal(d.account.trade_text(trades, true, 0, SCRIPT_TRADE_EXIT_COMMENT),
                            cases[i].wanted);
        assert_string_equal(d.account.trade_text(trades, true, 0, SCRIPT_TRADE_EXIT_ID), "X");
        assert_string_equal(d.account.trade_text(trades, true, 0, SCRIPT_TRADE_ENTRY_COMMENT),
                            "in");
        assert_null(d.account.trade_text(trades, true, 0, SCRIPT_TRADE_PROFIT));
        assert_true(isnan(d.account.trade_value(trades, true, 0, SCRIPT_TRADE_EXIT_ID)));
        desk_close(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(max_drawdown_stops_for_good),
        cmocka_unit_test(intraday_loss_stops_for_the_day),
        cmocka_unit_test(filled_orders_a_day),
        cmocka_unit_test(days_of_loss_in_a_row),
        cmocka_unit_test(one_direction_only),
        cmocka_unit_test(position_size),
        cmocka_unit_test(texts_of_trades),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
