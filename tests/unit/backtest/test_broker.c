// SPDX-License-Identifier: Apache-2.0
// The emulator's fills, one rule a test, prices worked out by hand.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "unit/backtest/support_broker.h"

static void assert_trade(const struct desk *d, int64_t index, double entry, double exit,
                         double size)
{
    const struct broker_trade *t = desk_trade(d, index);
    assert_near(t->entry_price, entry);
    assert_near(t->exit_price, exit);
    assert_near(t->size, size);
}

static void market_orders_fill_at_the_next_open(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    desk_open(&d);
    desk_bar(&d, 100, 105, 95, 102);
    assert_int_equal(desk_entry(&d, true, "L"), BROKER_ACCEPTED);
    assert_true(d.last.market && d.last.opens && !d.last.closes);
    assert_near(d.last.qty, 1);
    assert_near(desk_state(&d).position_size, 0);
    desk_bar(&d, 103, 110, 101, 109);
    assert_near(d.account.position_size, 1);
    assert_near(d.account.position_avg_price, 103);
    assert_near(d.account.open_profit, 6);
    assert_near(d.account.equity, 10006);
    assert_int_equal(desk_close_id(&d, "L"), BROKER_ACCEPTED);
    assert_true(d.last.closes && !d.last.opens);
    assert_near(d.last.percent, 100);
    desk_bar(&d, 111, 112, 90, 95);
    assert_trade(&d, 0, 103, 111, 1);
    const struct broker_trade *t = desk_trade(&d, 0);
    assert_near(t->profit, 8);
    assert_int_equal(t->entry_bar, 1);
    assert_int_equal(t->exit_bar, 2);
    assert_string_equal(t->entry_id, "L");
    assert_near(t->max_runup, 8); // the way to 111 included
    assert_near(t->max_drawdown, 2);
    assert_near(d.account.equity, 10008);
    assert_true(isnan(d.account.position_avg_price));
    assert_int_equal(d.account.win_trades, 1);
    assert_int_equal(desk_state(&d).bars_in_market, 2);
    assert_int_equal(d.fill_count, 2);
    assert_true(d.fills[0].opens && !d.fills[1].opens && d.fills[1].market);
    desk_close(&d);
}

// A limit at one extreme and a stop at the other: the path decides which comes first.
static void the_path_decides(void **state)
{
    (void)state;
    static const struct {
        double open, high, low, close, exit;
    } cases[] = {
        {100, 104, 95, 101, 103},     // nearer to the high: up first, limit
        {100, 105, 96, 101, 97},      // nearer to the low: down first, stop
        {100, 104, 96, 101, 97},      // as near: down first
        {103.5, 104, 96, 101, 103.5}, // gapped over the limit: at the open
        {96.5, 104, 96, 101, 96.5},   // gapped over the stop: at the open
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct desk d;
        desk_settings(&d);
        desk_open(&d);
        desk_bar(&d, 100, 100, 100, 100);
        desk_entry(&d, true, "L");
        desk_bar(&d, 100, 100, 100, 100);
        assert_int_equal(desk_exit(&d, "X", "L", 103, 97), BROKER_ACCEPTED);
        desk_bar(&d, cases[i].open, cases[i].high, cases[i].low, cases[i].close);
        assert_trade(&d, 0, 100, cases[i].exit, 1);
        assert_int_equal(desk_state(&d).closed_trades, 1);
        desk_close(&d);
    }
}

static void entries_at_a_price(void **state)
{
    (void)state;
    static const struct {
        bool is_long;
        double limit, stop;
        double bars[2][4];
        double fill; // 0: not filled
        int bar;
    } cases[] = {
        // buy limit: touched, gapped, missed
        {true, 98, NAN, {{100, 101, 97, 99}, {99, 99, 99, 99}}, 98, 1},
        {true, 98, NAN, {{97, 99, 96, 98}, {99, 99, 99, 99}}, 97, 1},
        {true, 98, NAN, {{100, 101, 98.01, 99}, {99, 99, 99, 99}}, 0, 0},
        {true, 98, NAN, {{100, 101, 98.01, 99}, {99, 99, 98, 99}}, 98, 2},
        // sell limit
        {false, 102, NAN, {{100, 103, 99, 100}, {99, 99, 99, 99}}, 102, 1},
        {false, 102, NAN, {{104, 105, 99, 100}, {99, 99, 99, 99}}, 104, 1},
        // buy stop, sell stop
        {true, NAN, 102, {{100, 103, 99, 100}, {99, 99, 99, 99}}, 102, 1},
        {true, NAN, 102, {{104, 105, 99, 100}, {99, 99, 99, 99}}, 104, 1},
        {false, NAN, 98, {{100, 101, 97, 99}, {99, 99, 99, 99}}, 98, 1},
        {false, NAN, 98, {{100, 101, 98.5, 99}, {95, 96, 94, 95}}, 95, 2},
        // buy stop-limit: above its limit after the stop it waits for price to come back
        {true, 101, 102, {{100, 103, 99, 100}, {99, 99, 99, 99}}, 101, 1}, // 102 up, then down
        {true, 101, 102, {{101.5, 103, 101.2, 102.5}, {102, 102, 100, 102}}, 101, 2},
        {true, 103, 102, {{100, 104, 99, 100}, {99, 99, 99, 99}}, 102, 1},
        {true, 101, 102, {{100, 101.9, 99, 100}, {99, 99, 99, 99}}, 0, 0}, // stop never met
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct desk d;
        desk_settings(&d);
        desk_open(&d);
        desk_bar(&d, 100, 100, 100, 100);
        struct script_order o = desk_order(SCRIPT_ORDER_ENTRY, cases[i].is_long, "E");
        o.limit = cases[i].limit;
        o.stop = cases[i].stop;
        assert_int_equal(desk_send(&d, o), BROKER_ACCEPTED);
        assert_false(d.last.market);
        for (int k = 0; k < 2; k++) {
            const double *p = cases[i].bars[k];
            desk_bar(&d, p[0], p[1], p[2], p[3]);
        }
        if (cases[i].fill == 0) {
            assert_int_equal(d.fill_count, 0);
        } else {
            assert_int_equal(d.fill_count, 1);
            if (fabs(d.fills[0].price - cases[i].fill) > 1e-9 ||
                d.fills[0].bar_index != cases[i].bar)
                fail_msg("case %zu: %g on bar %d", i, d.fills[0].price, (int)d.fills[0].bar_index);
            assert_false(d.fills[0].market);
        }
        desk_close(&d);
    }
}

static void an_exit_can_fill_on_the_bar_of_its_entry(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    desk_open(&d);
    desk_bar(&d, 100, 100, 100, 100);
    struct script_order o = desk_order(SCRIPT_ORDER_ENTRY, true, "L");
    o.stop = 102;
    desk_send(&d, o);
    assert_int_equal(desk_exit(&d, "X", "L", 104, 99), BROKER_ACCEPTED); // waits for the entry
    desk_bar(&d, 101, 103, 98, 100); // up to 103: in at 102; down to 98: out at 99
    assert_trade(&d, 0, 102, 99, 1);
    assert_int_equal(desk_trade(&d, 0)->exit_bar, 1);
    desk_bar(&d, 100, 110, 90, 100); // the exit went with its trade
    assert_int_equal(d.fill_count, 2);
    assert_int_equal(desk_exit(&d, "X", "L", 104, 99), BROKER_NO_TARGET);
    desk_close(&d);
}

static void reversal_and_pyramiding(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    d.settings.strategy.pyramiding = 2;
    desk_open(&d);
    desk_bar(&d, 100, 100, 100, 100);
    assert_int_equal(desk_entry(&d, true, "L"), BROKER_ACCEPTED);
    desk_bar(&d, 101, 101, 101, 101);
    assert_int_equal(desk_entry(&d, true, "L"), BROKER_ACCEPTED);
    desk_bar(&d, 103, 103, 103, 103);
    assert_near(d.account.position_size, 2);
    assert_near(d.account.position_avg_price, 102);
    assert_int_equal(desk_entry(&d, true, "L"), BROKER_NO_ROOM_TO_ADD);
    assert_int_equal(desk_entry(&d, true, "other"), BROKER_NO_ROOM_TO_ADD);
    struct script_order o = desk_order(SCRIPT_ORDER_ENTRY, false, "S");
    o.qty = 3;
    assert_int_equal(desk_send(&d, o), BROKER_ACCEPTED);
    assert_true(d.last.opens && d.last.closes && d.last.market);
    assert_near(d.last.percent, 100);
    desk_bar(&d, 105, 105, 105, 105);
    assert_trade(&d, 0, 101, 105, 1);
    assert_trade(&d, 1, 103, 105, 1);
    assert_string_equal(desk_trade(&d, 1)->exit_id, "S");
    assert_near(d.account.position_size, -3);
    assert_near(d.account.net_profit, 6);
    desk_bar(&d, 100, 100, 100, 100);
    assert_near(d.account.open_profit, 15);
    desk_close(&d);
}

// Two market entries on one bar: the second finds no room, as it would at the open.
static void entries_of_one_bar_count(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    desk_open(&d);
    desk_bar(&d, 100, 100, 100, 100);
    assert_int_equal(desk_entry(&d, true, "A"), BROKER_ACCEPTED);
    assert_int_equal(desk_entry(&d, true, "B"), BROKER_NO_ROOM_TO_ADD);
    assert_int_equal(desk_entry(&d, true, "A"), BROKER_ACCEPTED); // the same order again
    desk_bar(&d, 101, 101, 101, 101);
    assert_int_equal(d.fill_count, 1);
    assert_int_equal(d.account.open_trades, 1);
    desk_close(&d);
}

static void raw_orders_net(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    d.settings.max_open_trades = 3;
    desk_open(&d);
    desk_bar(&d, 100, 100, 100, 100);
    struct script_order o = desk_order(SCRIPT_ORDER_RAW, true, "B");
    o.qty = 2;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(desk_send(&d, o), BROKER_ACCEPTED); // no pyramiding limit
        desk_bar(&d, 100 + i, 100 + i, 100 + i, 100 + i);
    }
    assert_near(d.account.position_size, 6);
    assert_int_equal(desk_send(&d, o), BROKER_FULL);
    o = desk_order(SCRIPT_ORDER_RAW, false, "S");
    o.qty = 3;
    assert_int_equal(desk_send(&d, o), BROKER_ACCEPTED);
    assert_true(d.last.closes && !d.last.opens);
    assert_near(d.last.percent, 50);
    desk_bar(&d, 110, 110, 110, 110); // the oldest lot and half of the next
    assert_trade(&d, 0, 100, 110, 2);
    assert_trade(&d, 1, 101, 110, 1);
    assert_near(d.account.position_size, 3);
    o.qty = 5;
    assert_int_equal(desk_send(&d, o), BROKER_ACCEPTED);
    assert_true(d.last.closes && d.last.opens);
    desk_bar(&d, 111, 111, 111, 111);
    assert_near(d.account.position_size, -2);
    assert_int_equal(d.account.closed_trades, 4);
    desk_close(&d);
}

static void partial_exits_reserve(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    d.settings.strategy.default_qty_value = 10;
    d.settings.lot_step = 1;
    desk_open(&d);
    desk_bar(&d, 100, 100, 100, 100);
    desk_entry(&d, true, "L");
    struct script_order first = desk_order(SCRIPT_ORDER_EXIT, false, "T1");
    first.from_entry = "L";
    first.qty_percent = 35; // three of ten on the grid
    first.limit = 105;
    struct script_order second = first;
    second.id = "T2";
    second.qty_percent = 100; // what the first left
    second.limit = 110;
    second.stop = 95;
    // Issued again on every bar, as scripts do: a leg fills once for its trade.
    for (int i = 0; i < 3; i++) {
        desk_send(&d, first);
        desk_send(&d, second);
        desk_bar(&d, 100, 106, 99, 105.5);
    }
    assert_int_equal(d.account.closed_trades, 1);
    assert_trade(&d, 0, 100, 105, 3);
    assert_near(d.account.position_size, 7);
    desk_send(&d, second);
    desk_bar(&d, 100, 100, 90, 95);
    assert_trade(&d, 1, 100, 95, 7);
    assert_string_equal(desk_trade(&d, 1)->exit_id, "T2");
    desk_close(&d);
}

static void exits_in_ticks(void **state)
{
    (void)state;
    for (int is_short = 0; is_short < 2; is_short++) {
        struct desk d;
        desk_settings(&d);
        desk_open(&d);
        desk_bar(&d, 100, 100, 100, 100);
        desk_entry(&d, !is_short, "E");
        struct script_order o = desk_order(SCRIPT_ORDER_EXIT, false, "X");
        o.profit = 200;
        o.loss = 100;
        assert_int_equal(desk_send(&d, o), BROKER_ACCEPTED);
        desk_bar(&d, 101, 101.5, 100.5, 101);
        desk_bar(&d, 101, 104, 98, 101); // as near to both: low first
        assert_trade(&d, 0, 101, is_short ? 99 : 100, is_short ? -1 : 1);
        desk_close(&d);
    }
}

// A level given both ways: the price (Pine v5) or the nearer one (v6).
static void level_given_twice(void **state)
{
    (void)state;
    for (int nearer = 0; nearer < 2; nearer++) {
        struct desk d;
        desk_settings(&d);
        d.settings.exit_takes_nearer = nearer;
        desk_open(&d);
        desk_bar(&d, 100, 100, 100, 100);
        desk_entry(&d, true, "E");
        struct script_order o = desk_order(SCRIPT_ORDER_EXIT, false, "X");
        o.limit = 105;
        o.profit = 200;
        desk_send(&d, o);
        desk_bar(&d, 100, 110, 100, 110);
        assert_trade(&d, 0, 100, nearer ? 102 : 105, 1);
        desk_close(&d);
    }
}

static void trailing_stop(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    desk_open(&d);
    desk_bar(&d, 100, 100, 100, 100);
    desk_entry(&d, true, "L");
    struct script_order o = desk_order(SCRIPT_ORDER_EXIT, false, "T");
    o.trail_points = 300; // starts at 103
    o.trail_offset = 150; // 1.50 behind the best
    assert_int_equal(desk_send(&d, o), BROKER_ACCEPTED);
    desk_bar(&d, 100, 102.9, 99, 102); // not yet
    assert_int_equal(d.account.open_trades, 1);
    desk_bar(&d, 102.5, 105, 102.4, 104.9); // low first, then 103 on the way to 105
    assert_int_equal(d.account.open_trades, 1);
    desk_send(&d, o);                         // issued again: the trail goes on
    desk_bar(&d, 104.9, 105.5, 104.1, 105.2); // low first; 105.50 is the best now
    assert_int_equal(d.account.open_trades, 1);
    desk_bar(&d, 105.2, 105.3, 103, 103.5);
    assert_trade(&d, 0, 100, 104, 1);
    desk_close(&d);
    // A short with an absolute activation price, gapped through.
    desk_settings(&d);
    desk_open(&d);
    desk_bar(&d, 100, 100, 100, 100);
    desk_entry(&d, false, "S");
    o.trail_points = NAN;
    o.trail_price = 95;
    desk_send(&d, o);
    desk_bar(&d, 100, 100, 100, 100);
    desk_bar(&d, 94, 96, 93, 95.9); // active at 94, low 93 first, then up: 94.50
    assert_trade(&d, 0, 100, 94.5, -1);
    desk_close(&d);
}

static void oca_groups(void **state)
{
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        struct desk d;
        desk_settings(&d);
        d.settings.strategy.pyramiding = 5;
        desk_open(&d);
        desk_bar(&d, 100, 100, 100, 100);
        struct script_order a = desk_order(SCRIPT_ORDER_RAW, true, "A");
        a.oca_name = "G";
        a.oca_kind = kind;
        a.qty = 2;
        a.limit = 99;
        struct script_order b = a;
        b.id = "B";
        b.qty = 5;
        b.limit = 98;
        desk_send(&d, a);
        desk_send(&d, b);
        desk_bar(&d, 100, 100, 97, 98);
        static const double wanted[] = {7, 2, 5}; // none, cancel, reduce
        assert_near(d.account.position_size, wanted[kind]);
        desk_close(&d);
    }
}

static void fifo_and_any(void **state)
{
    (void)state;
    for (int any = 0; any < 2; any++) {
        struct desk d;
        desk_settings(&d);
        d.settings.strategy.pyramiding = 2;
        d.settings.strategy.close_entries_any = any;
        desk_open(&d);
        desk_bar(&d, 100, 100, 100, 100);
        desk_entry(&d, true, "A");
        desk_bar(&d, 101, 101, 101, 101);
        struct script_order o = desk_order(SCRIPT_ORDER_ENTRY, true, "B");
        o.qty = 3;
        desk_send(&d, o);
        desk_bar(&d, 102, 102, 102, 102);
        assert_int_equal(desk_close_id(&d, "nobody"), BROKER_NO_TARGET);
        assert_int_equal(desk_close_id(&d, "B"), BROKER_ACCEPTED);
        assert_near(d.last.percent, 75);
        desk_bar(&d, 103, 103, 103, 103);
        assert_near(d.account.position_size, 1);
        if (any) {
            assert_int_equal(d.account.closed_trades, 1);
            assert_trade(&d, 0, 102, 103, 3);
        } else {
            assert_int_equal(d.account.closed_trades, 2);
            assert_trade(&d, 0, 101, 103, 1);
            assert_trade(&d, 1, 102, 103, 2);
        }
        desk_close(&d);
    }
}

// With FIFO an exit may close an older trade; what the other exit still holds stays guarded.
static void fifo_exits_guard_what_is_left(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    d.settings.strategy.pyramiding = 2;
    desk_open(&d);
    desk_bar(&d, 100, 100, 100, 100);
    desk_entry(&d, true, "A");
    desk_bar(&d, 100, 100, 100, 100);
    desk_entry(&d, true, "B");
    desk_bar(&d, 104, 104, 104, 104);
    desk_exit(&d, "XA", "A", NAN, 90);
    desk_exit(&d, "XB", "B", NAN, 95);
    desk_bar(&d, 100, 100, 94, 96);
    assert_trade(&d, 0, 100, 95, 1); // XB met; the older trade is closed
    assert_string_equal(desk_trade(&d, 0)->exit_id, "XB");
    desk_bar(&d, 96, 96, 89, 92);
    assert_trade(&d, 1, 104, 90, 1);
    assert_string_equal(desk_trade(&d, 1)->exit_id, "XA");
    desk_close(&d);
}

static void close_by_percent_and_close_all(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    d.settings.strategy.default_qty_value = 10;
    d.settings.lot_step = 1;
    desk_open(&d);
    desk_bar(&d, 100, 100, 100, 100);
    assert_int_equal(desk_send(&d, desk_order(SCRIPT_ORDER_CLOSE_ALL, false, "")),
                     BROKER_NO_TARGET);
    desk_entry(&d, true, "L");
    desk_bar(&d, 100, 100, 100, 100);
    struct script_order o = desk_order(SCRIPT_ORDER_CLOSE, false, "L");
    o.qty_percent = 25;
    assert_int_equal(desk_send(&d, o), BROKER_ACCEPTED);
    assert_near(d.last.qty, 2);
    desk_bar(&d, 101, 101, 101, 101);
    assert_near(d.account.position_size, 8);
    o.qty_percent = 1;
    assert_int_equal(desk_send(&d, o), BROKER_NO_SIZE);
    o.qty = 3;
    assert_int_equal(desk_send(&d, o), BROKER_ACCEPTED);
    desk_bar(&d, 102, 102, 102, 102);
    assert_near(d.account.position_size, 5);
    assert_int_equal(desk_send(&d, desk_order(SCRIPT_ORDER_CLOSE_ALL, false, "")), BROKER_ACCEPTED);
    desk_bar(&d, 103, 103, 103, 103);
    assert_near(d.account.position_size, 0);
    assert_near(d.account.net_profit, 2 * 1 + 3 * 2 + 5 * 3);
    desk_close(&d);
}

static void at_the_close(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    d.settings.strategy.process_orders_on_close = true;
    desk_open(&d);
    desk_bar(&d, 100, 101, 99, 100.5);
    desk_entry(&d, true, "L");
    desk_bar(&d, 102, 103, 101, 102.5);
    assert_near(d.account.position_avg_price, 100.5);
    assert_int_equal(d.fills[0].bar_index, 0);
    desk_close_id(&d, "L");
    broker_finish(d.broker);
    assert_trade(&d, 0, 100.5, 102.5, 1);
    assert_int_equal(desk_trade(&d, 0)->exit_bar, 1);
    desk_close(&d);
    // close(immediately) alone
    desk_settings(&d);
    desk_open(&d);
    desk_bar(&d, 100, 100, 100, 100);
    desk_entry(&d, true, "L");
    desk_bar(&d, 101, 101, 101, 101);
    struct script_order o = desk_order(SCRIPT_ORDER_CLOSE, false, "L");
    o.immediately = true;
    desk_send(&d, o);
    desk_bar(&d, 150, 150, 150, 150);
    assert_trade(&d, 0, 101, 101, 1);
    desk_close(&d);
}

static void cancels(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    desk_open(&d);
    desk_bar(&d, 100, 100, 100, 100);
    struct script_order o = desk_order(SCRIPT_ORDER_ENTRY, true, "L");
    o.limit = 95;
    desk_send(&d, o);
    desk_exit(&d, "X", "L", 120, NAN);
    assert_int_equal(desk_send(&d, desk_order(SCRIPT_ORDER_CANCEL, false, "M")), BROKER_NO_TARGET);
    assert_int_equal(desk_send(&d, desk_order(SCRIPT_ORDER_CANCEL, false, "L")), BROKER_ACCEPTED);
    desk_bar(&d, 100, 100, 90, 95);
    assert_int_equal(d.fill_count, 0);
    assert_int_equal(desk_send(&d, desk_order(SCRIPT_ORDER_CANCEL_ALL, false, "")),
                     BROKER_NO_TARGET); // the exit went with the entry it waited for
    desk_send(&d, o);
    o.limit = 80; // the same id: the order moves
    desk_send(&d, o);
    desk_bar(&d, 95, 95, 85, 90);
    assert_int_equal(d.fill_count, 0);
    assert_int_equal(desk_send(&d, desk_order(SCRIPT_ORDER_CANCEL_ALL, false, "")),
                     BROKER_ACCEPTED);
    desk_bar(&d, 90, 90, 70, 75);
    assert_int_equal(d.fill_count, 0);
    desk_close(&d);
}

static void refusals(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    d.settings.max_orders = 2;
    d.settings.lot_step = 0.1;
    desk_open(&d);
    desk_bar(&d, 100, 100, 100, 100);
    struct script_order o = desk_order(SCRIPT_ORDER_ENTRY, true, "L");
    o.qty = 0.09;
    assert_int_equal(desk_send(&d, o), BROKER_NO_SIZE);
    o.qty = -1;
    assert_int_equal(desk_send(&d, o), BROKER_NO_SIZE);
    o.qty = INFINITY;
    assert_int_equal(desk_send(&d, o), BROKER_NO_SIZE);
    o.qty = 1;
    static const char *const ids[] = {"1", "2", "3"};
    for (int i = 0; i < 3; i++) {
        o.limit = 50;
        o.id = ids[i];
        assert_int_equal(desk_send(&d, o), i < 2 ? BROKER_ACCEPTED : BROKER_FULL);
    }
    assert_int_equal(desk_exit(&d, "X", "1", NAN, NAN), BROKER_NO_PRICE);
    assert_int_equal(desk_exit(&d, "X", "nobody", 120, NAN), BROKER_NO_TARGET);
    struct broker_state s = desk_state(&d);
    assert_int_equal(s.orders, 2);
    assert_int_equal(s.refused, 6);
    for (int a = 0; a < BROKER_ANSWER_COUNT; a++)
        assert_true(broker_answer_text((enum broker_answer)a)[0] != '\0');
    desk_close(&d);
}

static void prices_are_rounded_away_from_the_market(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    desk_open(&d);
    desk_bar(&d, 100, 100, 100, 100);
    struct script_order o = desk_order(SCRIPT_ORDER_ENTRY, true, "L");
    o.limit = 98.019; // a buy's limit down
    desk_send(&d, o);
    desk_bar(&d, 100, 100, 97, 98);
    assert_near(d.fills[0].price, 98.01);
    desk_exit(&d, "X", "L", 98.123, NAN); // a sale's limit up
    desk_bar(&d, 98, 99, 98, 98);
    assert_near(desk_trade(&d, 0)->exit_price, 98.13);
    desk_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(market_orders_fill_at_the_next_open),
        cmocka_unit_test(the_path_decides),
        cmocka_unit_test(entries_at_a_price),
        cmocka_unit_test(an_exit_can_fill_on_the_bar_of_its_entry),
        cmocka_unit_test(reversal_and_pyramiding),
        cmocka_unit_test(entries_of_one_bar_count),
        cmocka_unit_test(raw_orders_net),
        cmocka_unit_test(partial_exits_reserve),
        cmocka_unit_test(exits_in_ticks),
        cmocka_unit_test(level_given_twice),
        cmocka_unit_test(trailing_stop),
        cmocka_unit_test(oca_groups),
        cmocka_unit_test(fifo_and_any),
        cmocka_unit_test(fifo_exits_guard_what_is_left),
        cmocka_unit_test(close_by_percent_and_close_all),
        cmocka_unit_test(at_the_close),
        cmocka_unit_test(cancels),
        cmocka_unit_test(refusals),
        cmocka_unit_test(prices_are_rounded_away_from_the_market),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
