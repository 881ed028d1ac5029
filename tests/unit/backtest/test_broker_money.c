// SPDX-License-Identifier: Apache-2.0
// The emulator's money: sizes, commission, slippage, margin, records of equity, the trade list.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>

#include "unit/backtest/support_broker.h"

static void sizes(void **state)
{
    (void)state;
    static const struct {
        enum script_qty_kind kind;
        double value, lot_step;
        enum script_commission_kind fee_kind;
        double fee, wanted;
    } cases[] = {
        {SCRIPT_QTY_FIXED, 3, 0, SCRIPT_COMMISSION_PERCENT, 0, 3},
        {SCRIPT_QTY_FIXED, 3.57, 0.1, SCRIPT_COMMISSION_PERCENT, 1, 3.5},
        {SCRIPT_QTY_CASH, 500, 0, SCRIPT_COMMISSION_PERCENT, 0, 5},
        {SCRIPT_QTY_CASH, 555, 0.1, SCRIPT_COMMISSION_PERCENT, 1, 5.5},
        {SCRIPT_QTY_PERCENT_OF_EQUITY, 10, 0, SCRIPT_COMMISSION_PERCENT, 0, 10},
        {SCRIPT_QTY_PERCENT_OF_EQUITY, 10, 0.001, SCRIPT_COMMISSION_PERCENT, 0.1, 9.99},
        {SCRIPT_QTY_PERCENT_OF_EQUITY, 10, 0, SCRIPT_COMMISSION_CASH_PER_CONTRACT, 1, 1000.0 / 101},
        {SCRIPT_QTY_PERCENT_OF_EQUITY, 10, 0, SCRIPT_COMMISSION_CASH_PER_ORDER, 50, 9.5},
        {SCRIPT_QTY_PERCENT_OF_EQUITY, 100, 1, SCRIPT_COMMISSION_PERCENT, 0, 100},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct desk d;
        desk_settings(&d);
        d.settings.strategy.default_qty_kind = cases[i].kind;
        d.settings.strategy.default_qty_value = cases[i].value;
        d.settings.strategy.commission_kind = cases[i].fee_kind;
        d.settings.strategy.commission_value = cases[i].fee;
        d.settings.lot_step = cases[i].lot_step;
        desk_open(&d);
        desk_bar(&d, 90, 101, 90, 100);
        assert_int_equal(desk_entry(&d, true, "L"), BROKER_ACCEPTED);
        assert_near(d.last.qty, cases[i].wanted);
        desk_close(&d);
    }
}

static void sized_at_the_expected_price(void **state)
{
    (void)state;
    static const struct {
        bool is_long;
        double limit, stop, qty;
    } cases[] = {
        {true, 80, NAN, 12.5},  {true, NAN, 125, 8},  {true, NAN, 90, 10}, // stop met already
        {false, NAN, 80, 12.5}, {false, 125, NAN, 8}, {true, 125, 120, 8},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct desk d;
        desk_settings(&d);
        d.settings.strategy.default_qty_kind = SCRIPT_QTY_PERCENT_OF_EQUITY;
        d.settings.strategy.default_qty_value = 10;
        desk_open(&d);
        desk_bar(&d, 100, 100, 100, 100);
        struct script_order o = desk_order(SCRIPT_ORDER_ENTRY, cases[i].is_long, "E");
        o.limit = cases[i].limit;
        o.stop = cases[i].stop;
        desk_send(&d, o);
        assert_near(d.last.qty, cases[i].qty);
        desk_close(&d);
    }
}

static void commission(void **state)
{
    (void)state;
    static const struct {
        enum script_commission_kind kind;
        double value;
        double after_entry, first, second; // equity at 100; commission of the two trades
    } cases[] = {
        {SCRIPT_COMMISSION_PERCENT, 0.1, 10000 - 0.4, 0.1 + 0.11, 0.3 + 0.36},
        {SCRIPT_COMMISSION_CASH_PER_CONTRACT, 0.5, 10000 - 2, 1, 3},
        {SCRIPT_COMMISSION_CASH_PER_ORDER, 8, 10000 - 8, 2 + 8, 6 + 8},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct desk d;
        desk_settings(&d);
        d.settings.strategy.commission_kind = cases[i].kind;
        d.settings.strategy.commission_value = cases[i].value;
        d.settings.strategy.default_qty_value = 4;
        desk_open(&d);
        desk_bar(&d, 100, 100, 100, 100);
        desk_entry(&d, true, "L");
        desk_bar(&d, 100, 100, 100, 100);
        assert_near(d.account.equity, cases[i].after_entry);
        struct script_order o = desk_order(SCRIPT_ORDER_CLOSE, false, "L");
        o.qty = 1;
        desk_send(&d, o);
        desk_bar(&d, 110, 110, 110, 110);
        desk_close_id(&d, "L");
        desk_bar(&d, 120, 120, 120, 120);
        assert_near(desk_trade(&d, 0)->commission, cases[i].first);
        assert_near(desk_trade(&d, 0)->profit, 10 - cases[i].first);
        assert_near(desk_trade(&d, 1)->commission, cases[i].second);
        assert_near(desk_trade(&d, 1)->profit, 60 - cases[i].second);
        assert_near(desk_state(&d).commission, cases[i].first + cases[i].second);
        assert_near(d.account.equity, 10070 - cases[i].first - cases[i].second);
        desk_close(&d);
    }
}

// One order, one fee: an order that reverses pays it with the trade it opens; an order that closes
// several trades shares it.
static void a_fee_an_order(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    d.settings.strategy.commission_kind = SCRIPT_COMMISSION_CASH_PER_ORDER;
    d.settings.strategy.commission_value = 8;
    d.settings.strategy.pyramiding = 2;
    desk_open(&d);
    desk_bar(&d, 100, 100, 100, 100);
    desk_entry(&d, true, "L");
    desk_bar(&d, 100, 100, 100, 100);
    struct script_order o = desk_order(SCRIPT_ORDER_ENTRY, true, "M");
    o.qty = 3;
    desk_send(&d, o);
    desk_bar(&d, 100, 100, 100, 100);
    desk_send(&d, desk_order(SCRIPT_ORDER_CLOSE_ALL, false, ""));
    desk_bar(&d, 100, 100, 100, 100);
    assert_near(desk_trade(&d, 0)->commission, 8 + 2);
    assert_near(desk_trade(&d, 1)->commission, 8 + 6);
    desk_entry(&d, true, "L");
    desk_bar(&d, 100, 100, 100, 100);
    desk_entry(&d, false, "S");
    desk_bar(&d, 100, 100, 100, 100);
    assert_near(desk_trade(&d, 2)->commission, 8);
    assert_near(desk_state(&d).commission, 5 * 8);
    assert_near(d.account.equity, 10000 - 5 * 8);
    desk_close(&d);
}

static void slippage(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    d.settings.strategy.slippage_ticks = 5;
    desk_open(&d);
    desk_bar(&d, 100, 100, 100, 100);
    desk_entry(&d, true, "L");
    desk_bar(&d, 100, 100, 100, 100); // market: 100.05
    desk_exit(&d, "X", "L", 103, 97);
    desk_bar(&d, 100, 100.5, 96, 100); // stop: 96.95
    desk_entry(&d, false, "S");
    desk_bar(&d, 100, 100, 100, 100); // market: 99.95
    desk_exit(&d, "X", "S", 97, 103);
    desk_bar(&d, 100, 100, 96, 97); // limit: as asked
    assert_near(desk_trade(&d, 0)->entry_price, 100.05);
    assert_near(desk_trade(&d, 0)->exit_price, 96.95);
    assert_near(desk_trade(&d, 1)->entry_price, 99.95);
    assert_near(desk_trade(&d, 1)->exit_price, 97);
    desk_close(&d);
}

static void margin_refuses_what_cannot_be_paid(void **state)
{
    (void)state;
    static const struct {
        bool is_long;
        double margin, qty;
        enum broker_answer wanted;
    } cases[] = {
        {true, 100, 100, BROKER_ACCEPTED}, {true, 100, 100.1, BROKER_NO_MONEY},
        {true, 20, 500, BROKER_ACCEPTED},  {true, 20, 501, BROKER_NO_MONEY},
        {false, 50, 200, BROKER_ACCEPTED}, {false, 50, 201, BROKER_NO_MONEY},
        {true, 0, 1e6, BROKER_ACCEPTED}, // no margin: no limit
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct desk d;
        desk_settings(&d);
        d.settings.strategy.margin_long = d.settings.strategy.margin_short = cases[i].margin;
        desk_open(&d);
        desk_bar(&d, 100, 100, 100, 100);
        struct script_order o = desk_order(SCRIPT_ORDER_ENTRY, cases[i].is_long, "E");
        o.qty = cases[i].qty;
        assert_int_equal(desk_send(&d, o), cases[i].wanted);
        desk_close(&d);
    }
}

// 40 at 100 with 1000 and a margin of 20 percent. At 90: equity 600, margin 720, 120 missing, that
// is 600 of value or 6.67 shares; 6 cover it, 24 are closed.
static void margin_call_of_a_long(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    d.settings.strategy.initial_capital = 1000;
    d.settings.strategy.margin_long = 20;
    d.settings.strategy.default_qty_value = 40;
    d.settings.lot_step = 1;
    desk_open(&d);
    desk_bar(&d, 100, 100, 100, 100);
    assert_int_equal(desk_entry(&d, true, "L"), BROKER_ACCEPTED);
    desk_bar(&d, 100, 101, 99, 100);
    assert_int_equal(desk_state(&d).margin_calls, 0);
    desk_bar(&d, 100, 100, 90, 95);
    assert_int_equal(desk_state(&d).margin_calls, 1);
    assert_near(desk_trade(&d, 0)->size, 24);
    assert_near(desk_trade(&d, 0)->exit_price, 90);
    assert_string_equal(desk_trade(&d, 0)->exit_id, "Margin call");
    assert_true(d.fills[0].market && !d.fills[1].market); // nobody ordered it
    assert_near(d.account.position_size, 16);
    desk_close(&d);
}

// A short of 100 at 100 on 10000: at 105 the equity is 9500, the margin 10500; 1000 are missing,
// 9 shares cover it, 36 are bought back.
static void margin_call_of_a_short(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    d.settings.strategy.margin_short = 100;
    d.settings.strategy.default_qty_value = 100;
    d.settings.lot_step = 1;
    desk_open(&d);
    desk_bar(&d, 100, 100, 100, 100);
    assert_int_equal(desk_entry(&d, false, "S"), BROKER_ACCEPTED);
    desk_bar(&d, 100, 100, 99, 100);
    desk_bar(&d, 100, 105, 100, 101);
    assert_near(desk_trade(&d, 0)->size, -36);
    assert_near(desk_trade(&d, 0)->exit_price, 105);
    desk_close(&d);
}

// All of the equity at the close, and the next open gaps up: what is missing is sold at once.
static void margin_call_after_a_gap(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    d.settings.strategy.margin_long = 100;
    d.settings.strategy.default_qty_kind = SCRIPT_QTY_PERCENT_OF_EQUITY;
    d.settings.strategy.default_qty_value = 100;
    d.settings.lot_step = 0.01;
    desk_open(&d);
    desk_bar(&d, 100, 100, 100, 100);
    desk_entry(&d, true, "L");
    desk_bar(&d, 101, 101, 101, 101); // 10100 wanted, 100 missing: 0.99 cover it
    assert_near(desk_trade(&d, 0)->size, 3.96);
    assert_int_equal(desk_trade(&d, 0)->entry_bar, desk_trade(&d, 0)->exit_bar);
    desk_close(&d);
}

// Equity follows the path inside the bar, so a bar's high before its low is a fall from it.
static void drawdown_and_runup_follow_the_path(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    d.settings.strategy.default_qty_value = 10;
    desk_open(&d);
    desk_bar(&d, 100, 100, 100, 100);
    desk_entry(&d, true, "L");
    desk_bar(&d, 100, 105, 100, 104); // down first (open is the low): +50
    assert_near(d.account.max_runup, 50);
    assert_near(d.account.max_drawdown, 10); // from 105 to the close
    desk_bar(&d, 104, 106, 95, 101);         // up first: from 106 down to 95
    assert_near(d.account.max_drawdown, 110);
    assert_near(desk_state(&d).max_drawdown_percent, 110.0 / 10060 * 100);
    desk_bar(&d, 101, 110, 100, 109); // low first; up from the lowest, 95
    assert_near(d.account.max_runup, 150);
    assert_near(d.account.max_drawdown, 110);
    struct broker_trade t;
    assert_true(broker_open_trade(d.broker, 0, &t));
    assert_near(t.max_runup, 100);
    assert_near(t.max_drawdown, 50);
    assert_near(t.profit, 90);
    assert_int_equal(t.exit_bar, -1);
    assert_false(broker_open_trade(d.broker, 1, &t));
    assert_false(broker_open_trade(d.broker, -1, &t));
    desk_close(&d);
}

static void trade_fields(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    d.settings.strategy.commission_value = 1;
    d.settings.strategy.default_qty_value = 2;
    desk_open(&d);
    desk_bar(&d, 100, 100, 100, 100);
    desk_entry(&d, false, "S");
    desk_bar(&d, 100, 110, 80, 90);
    double (*value)(void *, bool, int64_t, int) = d.account.trade_value;
    void *trades = d.account.trades;
    assert_near(value(trades, false, 0, SCRIPT_TRADE_ENTRY_PRICE), 100);
    assert_near(value(trades, false, 0, SCRIPT_TRADE_SIZE), -2);
    assert_near(value(trades, false, 0, SCRIPT_TRADE_PROFIT), 20 - 2);
    assert_near(value(trades, false, 0, SCRIPT_TRADE_PROFIT_PERCENT), 9);
    assert_true(isnan(value(trades, false, 0, SCRIPT_TRADE_EXIT_PRICE)));
    assert_true(isnan(value(trades, true, 0, SCRIPT_TRADE_ENTRY_PRICE)));
    desk_close_id(&d, "S");
    desk_bar(&d, 95, 95, 95, 95);
    static const struct {
        int field;
        double wanted;
    } fields[] = {
        {SCRIPT_TRADE_ENTRY_PRICE, 100},
        {SCRIPT_TRADE_EXIT_PRICE, 95},
        {SCRIPT_TRADE_ENTRY_BAR, 1},
        {SCRIPT_TRADE_EXIT_BAR, 2},
        {SCRIPT_TRADE_ENTRY_TIME, 1600000200000.0 + 900000},
        {SCRIPT_TRADE_EXIT_TIME, 1600000200000.0 + 1800000},
        {SCRIPT_TRADE_SIZE, -2},
        {SCRIPT_TRADE_PROFIT, 10 - 3.9},
        {SCRIPT_TRADE_PROFIT_PERCENT, 6.1 / 2},
        {SCRIPT_TRADE_COMMISSION, 3.9},
        {SCRIPT_TRADE_MAX_RUNUP, 40},
        {SCRIPT_TRADE_MAX_RUNUP_PERCENT, 20},
        {SCRIPT_TRADE_MAX_DRAWDOWN, 20},
        {SCRIPT_TRADE_MAX_DRAWDOWN_PERCENT, 10},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        assert_near(value(trades, true, 0, fields[i].field), fields[i].wanted);
    assert_true(isnan(value(trades, true, 0, 99)));
    assert_true(isnan(value(trades, true, 1, 0)));
    assert_true(isnan(value(trades, true, -1, 0)));
    desk_close(&d);
}

// The newest trades are kept; ids made while running do not pile up.
static void kept_trades_and_texts_are_bounded(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    d.settings.max_closed_trades = 3;
    desk_open(&d);
    size_t bytes = 0;
    for (int i = 0; i < 5000; i++) {
        char id[32], comment[32];
        snprintf(id, sizeof id, "entry %d", i);
        snprintf(comment, sizeof comment, "comment %d", i);
        desk_bar(&d, 100 + i, 100 + i, 100 + i, 100 + i);
        struct script_order o = desk_order(SCRIPT_ORDER_ENTRY, i % 2, id);
        o.comment = comment;
        assert_int_equal(desk_send(&d, o), BROKER_ACCEPTED);
        if (i == 200)
            bytes = broker_bytes(d.broker);
    }
    assert_int_equal(broker_bytes(d.broker), bytes);
    assert_int_equal(d.account.closed_trades, 4998);
    assert_int_equal(broker_closed_first(d.broker), 4995);
    assert_null(broker_closed_trade(d.broker, 4994));
    assert_null(broker_closed_trade(d.broker, 4998));
    const struct broker_trade *t = desk_trade(&d, 4996);
    assert_string_equal(t->entry_id, "entry 4996");
    assert_string_equal(t->entry_comment, "comment 4996");
    assert_string_equal(t->exit_id, "entry 4997");
    desk_close(&d);
}

static void samples(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d); // 15 minute bars from 2020-09-13T12:30Z
    desk_open(&d);
    desk_bar(&d, 100, 100, 100, 100);
    desk_entry(&d, true, "L");
    for (int i = 0; i < 150; i++)
        desk_bar(&d, 100 + i, 100 + i, 100 + i, 100 + i);
    size_t count;
    const struct broker_sample *s = broker_samples(d.broker, &count);
    assert_int_equal(count, 2);
    assert_int_equal(s[0].time, INT64_C(1600041600000)); // 2020-09-14
    assert_int_equal(s[1].time - s[0].time, MS_DAY);
    // The last bar before the boundary is number 45, the entry was at bar 1.
    assert_near(s[0].equity, 10000 + 44);
    assert_near(s[1].equity, 10000 + 44 + 96);
    desk_close(&d);
}

static void bad_settings(void **state)
{
    (void)state;
    struct broker *b = NULL;
    for (int i = 0; i < 6; i++) {
        struct desk d;
        desk_settings(&d);
        double *const fields[] = {&d.settings.strategy.initial_capital,
                                  &d.settings.strategy.default_qty_value,
                                  &d.settings.strategy.commission_value,
                                  &d.settings.strategy.margin_long,
                                  &d.settings.tick_size,
                                  &d.settings.lot_step};
        *fields[i] = i % 2 ? NAN : -1;
        assert_int_equal(broker_create(&d.settings, &b), ERR_INVALID);
        assert_null(b);
    }
    broker_destroy(NULL);
}

// What the script may read besides money. Worked out by hand: 190 at 100 with half of it as margin
// holds 9500 and is called at p where 10000 + 190 (p - 100) = 95 p.
static void what_the_script_reads_of_the_position(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    d.settings.strategy.default_qty_value = 190;
    d.settings.strategy.margin_long = 50;
    d.settings.strategy.margin_short = 100;
    desk_open(&d);
    desk_bar(&d, 100, 100, 100, 100);
    assert_true(isnan(d.account.margin_price));
    assert_near(d.account.default_qty(d.account.trades, 50), 190);
    assert_int_equal(desk_entry(&d, true, "L"), BROKER_ACCEPTED);
    desk_bar(&d, 100, 120, 99, 110); // low first: 9810, 13800, then 11900
    assert_near(d.account.margin_price, 9000.0 / 95);
    assert_near(d.account.capital_held, 9500);
    assert_near(d.account.max_held, 190);
    assert_near(d.account.max_held_long, 190);
    assert_near(d.account.max_held_short, 0);
    assert_near(d.account.max_drawdown_percent, 1900.0 / 138);
    assert_near(d.account.max_runup_percent, (13800.0 - 9810) / 9810 * 100);
    assert_int_equal(desk_close_id(&d, "L"), BROKER_ACCEPTED);
    desk_bar(&d, 110, 110, 110, 110);
    assert_true(isnan(d.account.margin_price));
    assert_near(d.account.capital_held, 0);
    assert_near(d.account.percent_all, 10);
    assert_near(d.account.percent_won, 10);
    struct script_order o = desk_order(SCRIPT_ORDER_ENTRY, false, "S");
    o.qty = 50;
    assert_int_equal(desk_send(&d, o), BROKER_ACCEPTED);
    desk_bar(&d, 110, 110, 110, 110);
    assert_near(d.account.margin_price, (11900.0 + 5500) / 100);
    assert_near(d.account.max_held_short, 50);
    assert_near(d.account.max_held, 190);
    assert_int_equal(desk_close_id(&d, "S"), BROKER_ACCEPTED);
    desk_bar(&d, 121, 121, 121, 121);
    assert_near(d.account.percent_all, 0);
    assert_near(d.account.percent_lost, 10);
    desk_close(&d);
}

// A long that never owes anything is never called.
static void no_margin_price_without_debt(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    d.settings.strategy.margin_long = 50;
    desk_open(&d);
    desk_bar(&d, 100, 100, 100, 100);
    assert_int_equal(desk_entry(&d, true, "L"), BROKER_ACCEPTED);
    desk_bar(&d, 100, 100, 100, 100);
    assert_true(isnan(d.account.margin_price));
    desk_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_script_reads_of_the_position),
        cmocka_unit_test(no_margin_price_without_debt),
        cmocka_unit_test(sizes),
        cmocka_unit_test(sized_at_the_expected_price),
        cmocka_unit_test(commission),
        cmocka_unit_test(a_fee_an_order),
        cmocka_unit_test(slippage),
        cmocka_unit_test(margin_refuses_what_cannot_be_paid),
        cmocka_unit_test(margin_call_of_a_long),
        cmocka_unit_test(margin_call_of_a_short),
        cmocka_unit_test(margin_call_after_a_gap),
        cmocka_unit_test(drawdown_and_runup_follow_the_path),
        cmocka_unit_test(trade_fields),
        cmocka_unit_test(kept_trades_and_texts_are_bounded),
        cmocka_unit_test(samples),
        cmocka_unit_test(bad_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
