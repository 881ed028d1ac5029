// SPDX-License-Identifier: Apache-2.0
// The gate, check by check: at, just under and just over each limit, missing data, and what the
// rejected are told.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "unit/trade/support_gate.h"
#include "unit/trade/support_trade.h"

static void expect(struct gate_setup *g, const char *name, bool pass, const char *measured)
{
    gate_setup_judge(g);
    const struct gate_check *check = gate_setup_check(g, name);
    if (strcmp(check->measured, measured) != 0 || check->pass != pass)
        fail_msg("%s: measured '%s' limit '%s' %s; wanted '%s' %s", name, check->measured,
                 check->limit, check->pass ? "pass" : "fail", measured, pass ? "pass" : "fail");
}

// The only failure: the whole verdict turns on it and its sentence is the reason.
static void expect_reason(struct gate_setup *g, const char *name, const char *reason)
{
    gate_setup_judge(g);
    assert_false(gate_setup_check(g, name)->pass);
    assert_string_equal(g->verdict.reason, reason);
}

static void approves_an_entry(void **state)
{
    (void)state;
    struct gate_setup g;
    gate_setup_entry(&g);
    gate_setup_judge(&g);
    assert_string_equal(g.verdict.reason, "");
    assert_true(g.verdict.approved);
    assert_true(g.verdict.is_buy);
    assert_dec(g.verdict.qty, "9.985"); // 1000 / (100.05 * 1.001), on the grid
    assert_dec(g.verdict.notional, "998.99925");
    assert_true(g.verdict.walk.complete);
    static const struct {
        const char *name, *measured, *limit;
    } rows[] = {
        {"signal_age", "7.25", ">= -1, <= 300"},
        {"market_status", "TRADING, spot, market orders", "TRADING, spot, market orders"},
        {"market_data", "rules, ticker, book, 24h volume", "rules, ticker, book, 24h volume"},
        {"position", "0", ">= 0"},
        {"spread_bps", "10", "<= 50"},
        {"volume_24h", "2500000", ">= 1000000"},
        {"depth", "4.9913", "<= 20"},
        {"slippage_bps", "0", "<= 20"},
        {"exchange_filters", "qty 9.985, notional 998.99925",
         "qty >= 0.001 step 0.001, notional >= 5"},
        {"balance", "999.99824925", "<= 10000"},
        {"exposure_pair", "9.99", "<= 25"},
        {"exposure_portfolio", "9.99", "<= 80"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct gate_check *check = gate_setup_check(&g, rows[i].name);
        assert_string_equal(check->measured, rows[i].measured);
        assert_string_equal(check->limit, rows[i].limit);
    }
}

static void approves_an_exit(void **state)
{
    (void)state;
    struct gate_setup g;
    gate_setup_exit(&g);
    gate_setup_judge(&g);
    assert_true(g.verdict.approved);
    assert_false(g.verdict.is_buy);
    assert_dec(g.verdict.qty, "10");
    assert_dec(g.verdict.walk.cost, "999.5");
    assert_string_equal(gate_setup_check(&g, "exposure_pair")->measured, "0.005");
    assert_string_equal(gate_setup_check(&g, "depth")->measured, "10");
    g.signal.qty_percent = 25;
    gate_setup_judge(&g);
    assert_dec(g.verdict.qty, "2.5");
}

static void signal_age(void **state)
{
    (void)state;
    static const struct {
        int64_t age;
        bool pass;
        const char *measured;
    } cases[] = {
        {0, true, "0"},        {299999, true, "299.999"},
        {300000, true, "300"}, {300001, false, "300.001"},
        {-1000, true, "-1"},   {-1001, false, "-1.001"},
    };
    struct gate_setup g;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gate_setup_entry(&g);
        g.now = GATE_CANDLE_CLOSE + cases[i].age;
        expect(&g, "signal_age", cases[i].pass, cases[i].measured);
        assert_int_equal(g.verdict.approved, cases[i].pass);
    }
    gate_setup_entry(&g);
    g.now = GATE_CANDLE_CLOSE + 12 * MS_MINUTE;
    expect_reason(&g, "signal_age", "the signal is 12m old, the limit is 5m");
    g.now = GATE_CANDLE_CLOSE - MS_MINUTE;
    expect_reason(&g, "signal_age", "the candle of this signal closes only in 1m: check the clock");
    // A candle's close follows the calendar: January has 31 days.
    gate_setup_entry(&g);
    g.signal.timeframe = TF_MN1;
    g.now = GATE_CANDLE_OPEN + 31 * MS_DAY + 5000;
    expect(&g, "signal_age", true, "5");
}

static void market_status(void **state)
{
    (void)state;
    struct gate_setup g;
    gate_setup_entry(&g);
    g.market.market.status = MARKET_HALTED;
    expect(&g, "market_status", false, "HALT, spot, market orders");
    expect_reason(&g, "market_status", "VET/USDT is not trading, its status is HALT");
    gate_setup_exit(&g);
    g.market.market.status = MARKET_BREAK; // an exit cannot trade there either
    expect_reason(&g, "market_status", "VET/USDT is not trading, its status is BREAK");
    gate_setup_entry(&g);
    g.market.market.spot_allowed = false;
    expect_reason(&g, "market_status", "the exchange does not allow spot trading of VET/USDT");
    gate_setup_entry(&g);
    g.market.market.market_orders = false;
    expect_reason(&g, "market_status", "the exchange takes no market orders for VET/USDT");
    gate_setup_entry(&g);
    g.market.have_market = false;
    expect(&g, "market_status", false, "none");
}

static void market_data(void **state)
{
    (void)state;
    struct gate_setup g;
    for (int exit = 0; exit < 2; exit++) {
        for (unsigned missing = 0; missing < 16; missing++) {
            exit ? gate_setup_exit(&g) : gate_setup_entry(&g);
            g.market.have_market = !(missing & 1);
            g.market.have_ticker = !(missing & 2);
            g.market.have_book = !(missing & 4);
            g.market.have_stats = !(missing & 8);
            gate_setup_judge(&g);
            bool wanted = exit ? (missing & 5) == 0 : missing == 0;
            assert_int_equal(gate_setup_check(&g, "market_data")->pass, wanted);
            assert_int_equal(g.verdict.approved, wanted);
        }
    }
    gate_setup_entry(&g);
    g.market.have_book = g.market.have_stats = false;
    g.market.problem = "timeout after 5s";
    expect(&g, "market_data", false, "rules, ticker");
    assert_string_equal(g.verdict.reason,
                        "no market data in time: book, 24h volume missing (timeout after 5s)");
    assert_string_equal(gate_setup_check(&g, "depth")->measured, "none");
    assert_string_equal(gate_setup_check(&g, "slippage_bps")->measured, "none");
    assert_string_equal(gate_setup_check(&g, "volume_24h")->measured, "none");
    assert_dec(g.verdict.qty, "9.985"); // the ticker sized it
}

static void nothing_at_all_fails_every_data_check(void **state)
{
    (void)state;
    struct gate_setup g;
    gate_setup_entry(&g);
    g.market = (struct gate_market){.problem = "HTTP 418"};
    gate_setup_judge(&g);
    for (size_t i = 0; i < g.verdict.check_count; i++) {
        const struct gate_check *check = &g.verdict.checks[i];
        bool known = strcmp(check->name, "signal_age") == 0 || strcmp(check->name, "position") == 0;
        assert_int_equal(check->pass, known);
        assert_int_equal(strcmp(check->measured, "none") != 0, known);
    }
    assert_string_equal(g.verdict.reason, "the exchange's rules for VET/USDT are not known");
}

static void broken_books(void **state)
{
    (void)state;
    struct gate_setup g;
    for (int exit = 0; exit < 2; exit++) {
        exit ? gate_setup_exit(&g) : gate_setup_entry(&g);
        book_side(&g.market.book, false, "100.06 1"); // crossed
        expect(&g, "market_data", false, "broken book");
        assert_string_equal(g.verdict.reason,
                            "the order book of VET/USDT is broken (crossed or out of order)");
        exit ? gate_setup_exit(&g) : gate_setup_entry(&g);
        g.market.book.ask_count = BOOK_LEVELS_MAX + 1; // not even walked
        expect(&g, "market_data", false, "broken book");
    }
}

static void position(void **state)
{
    (void)state;
    struct gate_setup g;
    gate_setup_entry(&g);
    g.signal.action = SIGNAL_ENTER_SHORT;
    expect(&g, "position", false, "0");
    assert_string_equal(g.verdict.reason, "short entries are not possible on a spot market");
    assert_true(gate_setup_check(&g, "spread_bps")->pass); // the market is measured all the same
    assert_string_equal(gate_setup_check(&g, "balance")->measured, "none");
    gate_setup_exit(&g);
    g.money.position.qty = DECIMAL_ZERO;
    expect(&g, "position", false, "0");
    assert_string_equal(g.verdict.reason,
                        "this strategy holds nothing of VET/USDT, there is nothing to exit");
    gate_setup_exit(&g); // the others' part stays
    g.money.share = dec("4");
    expect(&g, "position", true, "4");
    assert_int_equal(decimal_cmp(g.verdict.qty, dec("4")), 0);
    g.money.share = DECIMAL_ZERO;
    expect(&g, "position", false, "0");
    gate_setup_exit(&g); // held already: more may be bought within the exposure limits
    g.signal.action = SIGNAL_ENTER_LONG;
    expect(&g, "position", true, "10");
    assert_true(g.verdict.approved);
    assert_string_equal(gate_setup_check(&g, "exposure_pair")->measured, "19.99");
}

static void spread(void **state)
{
    (void)state;
    static const struct {
        const char *bid, *ask;
        bool pass;
        const char *measured;
    } cases[] = {
        {"99.75", "100.25", true, "50"},
        {"99.7501", "100.25", true, "49.99"}, // 49.98997…, rounded up
        {"99.7499", "100.25", false, "50.0101"},
        {"99.7499999999", "100.25", false, "50.0001"},
        {"100", "100", true, "0"},
        {"0", "100", false, "none"},
        {"100", "0", false, "none"},
        {"100.1", "100", false, "none"},
    };
    struct gate_setup g;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gate_setup_entry(&g);
        g.market.bid = dec(cases[i].bid);
        g.market.ask = dec(cases[i].ask);
        expect(&g, "spread_bps", cases[i].pass, cases[i].measured);
        assert_int_equal(g.verdict.approved, cases[i].pass);
    }
    gate_setup_entry(&g);
    g.market.bid = dec("99.5845");
    g.market.ask = dec("100.4155");
    expect_reason(&g, "spread_bps", "spread 83.1 bps is over the limit of 50 bps");
    gate_setup_entry(&g);
    g.market.bid = DECIMAL_ZERO;
    expect_reason(&g, "spread_bps", "the spread is not known: no bid for VET/USDT");
}

static void volume(void **state)
{
    (void)state;
    static const struct {
        const char *volume;
        bool pass;
        const char *measured;
    } cases[] = {
        {"1000000", true, "1000000"},
        {"999999.99999999", false, "999999.9999"},
        {"1000000.00000001", true, "1000000"},
        {"0", false, "0"},
    };
    struct gate_setup g;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gate_setup_entry(&g);
        g.market.volume_24h = dec(cases[i].volume);
        expect(&g, "volume_24h", cases[i].pass, cases[i].measured);
    }
    gate_setup_entry(&g);
    g.market.volume_24h = dec("1234.5");
    expect_reason(&g, "volume_24h",
                  "24 h volume of 1234.5 USDT is below the limit of 1000000 USDT");
}

static void depth(void **state)
{
    (void)state;
    // Within 20 bps: 100 at 100.05 and 100 at 100.10, 20015 USDT; a fifth of it is 4003.
    static const struct {
        double qty;
        bool pass;
        const char *measured;
    } cases[] = {
        {40, true, "19.9951"},
        {40.009, true, "19.9996"},
        {40.01, false, "20.0001"},
        {80, false, "39.9901"},
    };
    struct gate_setup g;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gate_setup_entry(&g);
        g.money.settings.max_exposure_pair = 1000;
        g.money.settings.max_exposure_total = 1000;
        g.signal.qty = cases[i].qty;
        expect(&g, "depth", cases[i].pass, cases[i].measured);
    }
    assert_string_equal(g.verdict.reason,
                        "the order is 39.9901% of the book within 20 bps, the limit is 20%");
    g.limits.max_depth_share = 1e6;
    g.signal.qty = 1300;
    gate_setup_judge(&g);
    assert_false(gate_setup_check(&g, "depth")->pass);
    assert_string_equal(g.verdict.reason, "the visible book holds 1200 of the 1300 VET to buy");
    gate_setup_entry(&g);
    g.market.book.ask_count = 0;
    expect_reason(&g, "depth", "nobody offers VET/USDT: it cannot be bought now");
    assert_string_equal(gate_setup_check(&g, "slippage_bps")->measured, "none");
}

static void exits_take_what_the_book_gives(void **state)
{
    (void)state;
    struct gate_setup g;
    gate_setup_exit(&g);
    book_side(&g.market.book, false, "99.95 3"); // fewer than held
    expect(&g, "depth", true, "3");
    assert_true(g.verdict.approved);
    assert_dec(g.verdict.qty, "10");
    assert_dec(g.verdict.walk.filled_qty, "3");
    assert_false(g.verdict.walk.complete);
    g.market.book.bid_count = 0;
    expect(&g, "depth", false, "0");
    assert_string_equal(g.verdict.reason, "nobody bids for VET/USDT: it cannot be sold now");
    g.market.have_ticker = false;
    gate_setup_judge(&g);
    assert_false(g.verdict.approved);
}

static void slippage(void **state)
{
    (void)state;
    // 10 at 100 and the rest at 101: n units at 101 of 10 + n.
    static const struct {
        double qty;
        bool pass;
        const char *measured;
    } cases[] = {
        {10, true, "0"},    {10.02, true, "0.1997"}, // 0.02 / 10.02 of 100 bps, rounded up
        {12.5, true, "20"}, {12.501, false, "20.0064"}, {12.499, true, "19.9936"},
    };
    struct gate_setup g;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gate_setup_entry(&g);
        book_side(&g.market.book, true, "100 10, 101 1000");
        g.limits.max_depth_share = 1e6;
        g.signal.qty = cases[i].qty;
        expect(&g, "slippage_bps", cases[i].pass, cases[i].measured);
        assert_int_equal(g.verdict.approved, cases[i].pass);
    }
    g.signal.qty = 20;
    expect_reason(&g, "slippage_bps", "slippage 50 bps is over the limit of 20 bps");
}

static void filters(void **state)
{
    (void)state;
    static const struct {
        enum signal_action action;
        double qty;
        bool pass;
        const char *measured, *reason;
    } cases[] = {
        {SIGNAL_ENTER_LONG, 0.05, true, "qty 0.05, notional 5.0025", ""},
        {SIGNAL_ENTER_LONG, 0.049, false, "qty 0.049, notional 4.90245",
         "the order of 4.90245 USDT is below the exchange's minimum of 5 USDT"},
        {SIGNAL_ENTER_LONG, 0.0009, false, "qty 0, notional 0",
         "the order is too small: at least 0.001 VET is needed"},
        {SIGNAL_ENTER_LONG, 0, false, "qty 0, notional 0",
         "the order size is zero: there is nothing to buy"},
        {SIGNAL_EXIT, 0.05, false, "qty 0.05, notional 4.9975",
         "the order of 4.9975 USDT is below the exchange's minimum of 5 USDT"},
        {SIGNAL_EXIT, 0.051, true, "qty 0.051, notional 5.09745", ""},
    };
    struct gate_setup g;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gate_setup_exit(&g);
        g.signal.action = cases[i].action;
        g.signal.qty = cases[i].qty;
        expect(&g, "exchange_filters", cases[i].pass, cases[i].measured);
        assert_string_equal(g.verdict.reason, cases[i].reason);
    }
    gate_setup_exit(&g);
    g.money.position.qty = g.money.share = dec("6000");
    gate_setup_judge(&g);
    assert_string_equal(g.verdict.reason, "6000 VET is above the exchange's maximum of 5000 VET");
    gate_setup_exit(&g);
    g.market.market.filters.market_min_qty = dec("11");
    gate_setup_judge(&g);
    assert_string_equal(g.verdict.reason, "10 VET is below the exchange's minimum of 11 VET");
    gate_setup_exit(&g);
    g.market.market.filters.max_notional = dec("999.49");
    g.market.market.filters.max_notional_market = true;
    gate_setup_judge(&g);
    assert_string_equal(g.verdict.reason,
                        "the order of 999.5 USDT is above the exchange's maximum of 999.49 USDT");
}

static void balance(void **state)
{
    (void)state;
    static const struct {
        const char *cash;
        bool pass;
    } cases[] = {{"1001.5005", true}, {"1001.50050001", true}, {"1001.50049999", false}};
    struct gate_setup g;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gate_setup_entry(&g);
        g.signal.qty = 10;
        g.money.cash = dec(cases[i].cash);
        expect(&g, "balance", cases[i].pass, "1001.5005"); // 1000.5 and a fee of 1.0005
        assert_int_equal(g.verdict.approved, cases[i].pass);
    }
    g.money.cash = dec("800");
    expect_reason(&g, "balance", "the order needs 1001.5005 USDT with its fee, 800 USDT is there");
}

static void exposure(void **state)
{
    (void)state;
    static const struct {
        double pair, total;
        bool pair_pass, total_pass;
    } cases[] = {
        {20.005, 40.005, true, true},
        {20.0049, 40.005, false, true},
        {20.005, 40.0049, true, false},
    };
    struct gate_setup g;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gate_setup_exit(&g); // 1000 of the pair held
        g.signal.action = SIGNAL_ENTER_LONG;
        g.signal.qty = 10; // and 1000.5 more
        g.money.exposure_total = dec("3000");
        g.money.settings.max_exposure_pair = cases[i].pair;
        g.money.settings.max_exposure_total = cases[i].total;
        expect(&g, "exposure_pair", cases[i].pair_pass, "20.005");
        expect(&g, "exposure_portfolio", cases[i].total_pass, "40.005");
    }
    assert_string_equal(g.verdict.reason,
                        "exposure of the portfolio would be 40.005% of equity, the limit is "
                        "40.0049%");
    gate_setup_exit(&g);
    g.signal.action = SIGNAL_ENTER_LONG;
    g.money.settings.max_exposure_pair = 15;
    expect_reason(&g, "exposure_pair",
                  "exposure in this pair would be 19.99% of equity, the limit is 15%");
    gate_setup_entry(&g);
    g.signal.qty = 1;
    g.money.equity = dec("-3");
    expect(&g, "exposure_pair", false, "none");
    assert_string_equal(g.verdict.reason, "the equity is -3 USDT: nothing can be put at risk");
}

// A whole account in one order: fee and slippage must fit in it.
static void all_of_the_equity_can_be_spent(void **state)
{
    (void)state;
    struct gate_setup g;
    gate_setup_entry(&g);
    g.signal.equity_percent = 100;
    g.money.settings.max_exposure_pair = g.money.settings.max_exposure_total = 100;
    g.limits.max_depth_share = 100;
    book_side(&g.market.book, true, "100.05 30, 100.10 1000");
    gate_setup_judge(&g);
    assert_string_equal(g.verdict.reason, "");
    assert_int_equal(g.verdict.walk.levels, 2);
    assert_dec(g.verdict.qty, "99.815"); // a unit of the grid below 10000 / 100.08495 / 1.001
}

static void limits_that_are_no_numbers(void **state)
{
    (void)state;
    struct gate_setup g;
    gate_setup_entry(&g);
    g.limits.max_spread_bps = NAN;
    int rc = gate_judge(&g.signal, &g.limits, &g.market, &g.money, g.now, &g.verdict);
    assert_int_equal(rc, ERR_INVALID);
    assert_false(g.verdict.approved);
    assert_int_equal(g.verdict.check_count, 12);
    assert_string_equal(g.verdict.reason, "the figures of check spread_bps are out of range "
                                          "(invalid argument or state)");
    // Exits do not depend on it.
    gate_setup_exit(&g);
    g.limits.max_spread_bps = NAN;
    gate_setup_judge(&g);
    assert_true(g.verdict.approved);
}

static void broken_arithmetic(void **state)
{
    (void)state;
    struct gate_setup g;
    gate_setup_entry(&g);
    g.signal.qty = 1e17;
    g.market.market.filters = (struct market_filters){0};
    g.market.book.asks[0] = (struct book_level){{INT64_MAX - 1, 0}, {INT64_MAX, 0}};
    g.market.book.ask_count = 1;
    int rc = gate_judge(&g.signal, &g.limits, &g.market, &g.money, g.now, &g.verdict);
    assert_int_equal(rc, ERR_RANGE);
    assert_false(g.verdict.approved);
    assert_int_equal(g.verdict.check_count, 12);
    assert_string_equal(g.verdict.reason, "the order size cannot be computed (value out of range)");
    gate_setup_entry(&g);
    g.signal.qty = INFINITY;
    rc = gate_judge(&g.signal, &g.limits, &g.market, &g.money, g.now, &g.verdict);
    assert_int_equal(rc, ERR_INVALID);
    assert_false(g.verdict.approved);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(approves_an_entry),
        cmocka_unit_test(approves_an_exit),
        cmocka_unit_test(signal_age),
        cmocka_unit_test(market_status),
        cmocka_unit_test(market_data),
        cmocka_unit_test(nothing_at_all_fails_every_data_check),
        cmocka_unit_test(broken_books),
        cmocka_unit_test(position),
        cmocka_unit_test(spread),
        cmocka_unit_test(volume),
        cmocka_unit_test(depth),
        cmocka_unit_test(exits_take_what_the_book_gives),
        cmocka_unit_test(slippage),
        cmocka_unit_test(filters),
        cmocka_unit_test(balance),
        cmocka_unit_test(exposure),
        cmocka_unit_test(all_of_the_equity_can_be_spent),
        cmocka_unit_test(limits_that_are_no_numbers),
        cmocka_unit_test(broken_arithmetic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
