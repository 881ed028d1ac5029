// SPDX-License-Identifier: Apache-2.0
// Statistics of small backtests worked out by hand, and what holds for any.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "backtest/stats.h"
#include "base/random.h"
#include "unit/backtest/support_broker.h"

#define NOON_2021 INT64_C(1609502400000) // 2021-01-01T12:00Z

static void day_bar(struct desk *d, int64_t day, double price)
{
    d->calls.bar(d->calls.arg, d->bar++, NOON_2021 + day * MS_DAY, price, price, price, price,
                 &d->account);
}

// One unit each: +10, -5, -5, +20, 0.
static void five_trades(struct desk *d)
{
    static const double steps[] = {10, -5, -5, 20, 0};
    static const char *const ids[] = {"A", "B", "A", "B", "C"};
    desk_settings(d);
    desk_open(d);
    double price = 100;
    day_bar(d, 0, price);
    for (int i = 0; i < 5; i++) {
        desk_entry(d, true, ids[i]);
        day_bar(d, d->bar, price);
        desk_close_id(d, ids[i]);
        price += steps[i];
        day_bar(d, d->bar, price);
    }
}

static void figures_by_hand(void **state)
{
    (void)state;
    struct desk d;
    five_trades(&d);
    struct stats s;
    stats_compute(d.broker, 10000, &s);
    assert_int_equal(s.bars, 11);
    assert_int_equal(s.trades, 5);
    assert_near(s.net_profit, 20);
    assert_near(s.net_profit_percent, 0.2);
    assert_near(s.gross_profit, 30);
    assert_near(s.gross_loss, 10);
    assert_near(s.profit_factor, 3);
    assert_near(s.expectancy, 4);
    assert_near(s.win_rate, 40);
    assert_near(s.average_win, 15);
    assert_near(s.average_loss, 5);
    assert_near(s.payoff, 3);
    assert_near(s.expectancy_ratio, 0.8);
    assert_near(s.largest_win, 20);
    assert_near(s.largest_loss, 5);
    assert_int_equal(s.longest_wins, 1);
    assert_int_equal(s.longest_losses, 2);
    assert_near(s.average_bars, 1);
    assert_near(s.max_drawdown, 10);
    assert_near(s.max_drawdown_percent, 10.0 / 10010 * 100);
    assert_near(s.max_runup, 20);
    assert_near(s.exposure, 1000.0 / 11); // ten of eleven bars
    assert_near(s.buy_and_hold_percent, 20);
    assert_near(s.buy_and_hold, 2000);
    assert_near(s.turnover, (100 + 110 + 105 + 100 + 120) / 10000.0);
    assert_near(s.years, 10 / 365.25);
    assert_near(s.cagr, (pow(1.002, 36.525) - 1) * 100);
    assert_near(s.calmar, s.cagr / s.max_drawdown_percent);
    desk_close(&d);
}

// Samples on the days' boundaries: the equity of the noon before each.
static void risk_ratios_by_hand(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    d.settings.strategy.initial_capital = 100;
    desk_open(&d);
    static const double prices[] = {100, 100, 110, 99, 118.8};
    for (int i = 0; i < 5; i++) {
        day_bar(&d, i, prices[i]);
        if (i == 0)
            desk_entry(&d, true, "L");
    }
    struct stats s;
    stats_compute(d.broker, 100, &s);
    // returns 0, 0, 0.1, -0.1, 0.2: mean 0.04, squares 0.052, downside 0.01
    double a_year = sqrt(5 / (4 / 365.25));
    assert_near(s.sharpe, 0.04 / sqrt(0.052 / 4) * a_year);
    assert_near(s.sortino, 0.04 / sqrt(0.01 / 5) * a_year);
    assert_near(s.open_profit, 18.8);
    assert_near(s.final_equity, 118.8);
    assert_int_equal(s.open_trades, 1);
    desk_close(&d);
}

static void nothing_is_not_zero(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    desk_open(&d);
    struct stats s;
    struct stats_month months[2];
    struct stats_tag tags[2];
    stats_compute(d.broker, 10000, &s);
    assert_int_equal(s.bars, 0);
    assert_true(isnan(s.cagr) && isnan(s.sharpe) && isnan(s.exposure));
    assert_int_equal(stats_by_month(d.broker, 10000, months, 2), 0);
    assert_int_equal(stats_by_tag(d.broker, tags, 2), 0);
    day_bar(&d, 0, 100);
    day_bar(&d, 1, 101);
    stats_compute(d.broker, 10000, &s);
    assert_true(isnan(s.profit_factor) && isnan(s.expectancy) && isnan(s.win_rate));
    assert_true(isnan(s.largest_win) && isnan(s.largest_loss) && isnan(s.average_bars));
    assert_true(isnan(s.sharpe) && isnan(s.calmar)); // no deviation, no drawdown
    assert_near(s.cagr, 0);
    assert_near(s.exposure, 0);
    desk_close(&d);
}

static void months(void **state)
{
    (void)state;
    struct desk d;
    desk_settings(&d);
    desk_open(&d);
    // In at 100 on January 2nd; 110 on the 31st; out at 105 on February 1st; nothing in March.
    day_bar(&d, 0, 100);
    desk_entry(&d, true, "L");
    day_bar(&d, 1, 100);
    day_bar(&d, 30, 110);
    desk_close_id(&d, "L");
    day_bar(&d, 31, 105);
    day_bar(&d, 58, 105); // February 28th
    day_bar(&d, 91, 130); // April 2nd
    struct stats_month m[6];
    assert_int_equal(stats_by_month(d.broker, 10000, m, 6), 4);
    assert_int_equal(m[0].year, 2021);
    assert_int_equal(m[0].month, 1);
    assert_near(m[0].equity_start, 10000);
    assert_near(m[0].equity_end, 10010);
    assert_near(m[0].return_percent, 0.1);
    assert_int_equal(m[0].trades, 0);
    assert_int_equal(m[1].trades, 1);
    assert_near(m[1].profit, 5);
    assert_near(m[1].equity_end, 10005);
    assert_near(m[2].return_percent, 0);
    assert_int_equal(m[3].month, 4);
    assert_near(m[3].equity_end, 10005);
    struct stats_month two[2];
    assert_int_equal(stats_by_month(d.broker, 10000, two, 2), 4); // tells how many there are
    assert_near(two[1].equity_end, 10005);
    desk_close(&d);
}

static void tags(void **state)
{
    (void)state;
    struct desk d;
    five_trades(&d);
    struct stats_tag t[3];
    assert_int_equal(stats_by_tag(d.broker, t, 3), 3);
    assert_string_equal(t[0].tag, "B");
    assert_near(t[0].profit, 15);
    assert_int_equal(t[0].trades, 2);
    assert_int_equal(t[0].wins, 1);
    assert_near(t[0].gross_loss, 5);
    assert_string_equal(t[1].tag, "A");
    assert_near(t[1].profit, 5);
    assert_string_equal(t[2].tag, "C");
    assert_int_equal(stats_by_tag(d.broker, t, 2), 2);
    assert_string_equal(t[0].tag, "A");
    assert_string_equal(t[1].tag, "(others)");
    assert_near(t[1].profit, 15);
    assert_int_equal(t[1].trades, 3);
    desk_close(&d);
}

static void groups_add_up(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 5);
    for (int run = 0; run < 30; run++) {
        struct desk d;
        desk_settings(&d);
        desk_open(&d);
        double price = 100;
        for (int i = 0; i < 400; i++) {
            price = fmax(price * (1 + (random_unit(&r) - 0.5) * 0.1), 1);
            day_bar(&d, i, price);
            if (random_below(&r, 5) == 0)
                desk_entry(&d, random_below(&r, 2), random_below(&r, 2) ? "A" : "B");
        }
        struct stats s;
        struct stats_month m[16];
        struct stats_tag t[4];
        stats_compute(d.broker, 10000, &s);
        size_t count = stats_by_month(d.broker, 10000, m, 16);
        double profit = 0, growth = 1;
        int64_t trades = 0;
        for (size_t i = 0; i < count; i++) {
            profit += m[i].profit;
            trades += m[i].trades;
            growth *= 1 + m[i].return_percent / 100;
        }
        assert_int_equal(trades, s.trades);
        assert_true(fabs(profit - s.net_profit) < 1e-6);
        assert_true(fabs(growth - s.final_equity / 10000) < 1e-9);
        count = stats_by_tag(d.broker, t, 4);
        profit = 0;
        for (size_t i = 0; i < count; i++)
            profit += t[i].profit;
        assert_true(fabs(profit - s.net_profit) < 1e-6);
        assert_near(s.final_equity, 10000 + s.net_profit + s.open_profit);
        desk_close(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_by_hand),
        cmocka_unit_test(risk_ratios_by_hand),
        cmocka_unit_test(nothing_is_not_zero),
        cmocka_unit_test(months),
        cmocka_unit_test(tags),
        cmocka_unit_test(groups_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
