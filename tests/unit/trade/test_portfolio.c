// SPDX-License-Identifier: Apache-2.0
// Cash and positions: fills by hand, then exact conservation over random sequences.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "trade/portfolio.h"
#include "unit/trade/support_trade.h"

static struct fill fill_of(const char *price, const char *qty, const char *fee)
{
    return (struct fill){dec(price), dec(qty), dec(fee)};
}

static void round_trip(void **state)
{
    (void)state;
    struct decimal cash = dec("1000");
    struct position p = {0};
    struct fill f = fill_of("10", "30", "0.3");
    assert_int_equal(portfolio_apply_fill(&cash, &p, true, &f), 0);
    assert_dec(cash, "699.7");
    assert_dec(p.qty, "30");
    assert_dec(p.cost, "300.3");
    f = fill_of("12", "10", "0.12");
    assert_int_equal(portfolio_apply_fill(&cash, &p, false, &f), 0);
    assert_dec(cash, "819.58");
    assert_dec(p.qty, "20");
    assert_dec(p.cost, "200.20000001"); // the share 100.09999999 is rounded down
    assert_dec(p.realised, "19.78000001");
    f = fill_of("9", "20", "0.18");
    assert_int_equal(portfolio_apply_fill(&cash, &p, false, &f), 0);
    assert_dec(cash, "999.4");
    assert_dec(p.qty, "0");
    assert_dec(p.cost, "0");
    assert_dec(p.realised, "-0.6");
}

static void values_round_against_us(void **state)
{
    (void)state;
    struct decimal v;
    assert_int_equal(fill_value(dec("0.00000003"), dec("0.5"), true, &v), 0);
    assert_dec(v, "0.00000002");
    assert_int_equal(fill_value(dec("0.00000003"), dec("0.5"), false, &v), 0);
    assert_dec(v, "0.00000001");
}

static void refusals_change_nothing(void **state)
{
    (void)state;
    static const struct {
        bool is_buy;
        const char *price, *qty, *fee;
        int wanted;
    } cases[] = {
        {true, "10", "10", "0", 0},
        {true, "10", "10", "0.00000001", ERR_REFUSED}, // one unit more than the cash
        {true, "10", "10.00000001", "0", ERR_REFUSED},
        {false, "10", "5", "0", 0},
        {false, "10", "5.00000001", "0", ERR_REFUSED},
        {false, "0.01", "1", "100.02", ERR_REFUSED}, // the fee would take more than there is
        {false, "0.01", "1", "100.01", 0},
        {true, "0", "1", "0", ERR_INVALID},
        {true, "1", "0", "0", ERR_INVALID},
        {true, "1", "-1", "0", ERR_INVALID},
        {false, "1", "1", "-0.1", ERR_INVALID},
        {true, "9000000000000000000", "9000000000000000000", "0", ERR_RANGE},
        {true, "9000000000000000000", "1", "0.00000001", ERR_REFUSED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct decimal cash = dec("100"), before_cash = cash;
        struct position p = {.qty = dec("5"), .cost = dec("42")}, before = p;
        struct fill f = fill_of(cases[i].price, cases[i].qty, cases[i].fee);
        int rc = portfolio_apply_fill(&cash, &p, cases[i].is_buy, &f);
        if (rc != cases[i].wanted)
            fail_msg("case %zu: %s", i, err_name(rc));
        if (rc) {
            assert_int_equal(decimal_cmp(cash, before_cash), 0);
            assert_memory_equal(&p, &before, sizeof p);
        }
    }
}

static void values_and_equity(void **state)
{
    (void)state;
    struct position p[3] = {
        {.qty = dec("2"), .cost = dec("90"), .last_price = dec("50.5")},
        {.qty = dec("3"), .cost = dec("33.3")}, // no price known: at cost
        {.qty = dec("0"), .cost = dec("0"), .last_price = dec("7")},
    };
    struct decimal v;
    assert_int_equal(position_value(&p[0], &v), 0);
    assert_dec(v, "101");
    assert_int_equal(position_value(&p[1], &v), 0);
    assert_dec(v, "33.3");
    assert_int_equal(position_value(&p[2], &v), 0);
    assert_dec(v, "0");
    assert_int_equal(portfolio_equity(dec("1000"), p, 3, &v), 0);
    assert_dec(v, "1134.3");
    assert_int_equal(portfolio_equity(dec("5"), NULL, 0, &v), 0);
    assert_dec(v, "5");
    p[0].qty = p[0].last_price = (struct decimal){INT64_MAX, 0};
    assert_int_equal(portfolio_equity(dec("1"), p, 1, &v), ERR_RANGE);
}

// cash + cost - realised stays what it was, to the last unit, whatever is filled in whatever order;
// cash also equals the sum of all flows.
static void conserves_money(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 99);
    size_t booked = 0, refused = 0;
    for (int run = 0; run < 300; run++) {
        struct decimal cash = dec("10000"), flows = cash;
        struct position p = {0};
        for (int i = 0; i < 200; i++) {
            struct fill f = {{(int64_t)(9000000000 + random_below(&r, 2000000001)), 8},
                             random_decimal(&r, 1000000, 5),
                             random_decimal(&r, 1000, 8)};
            bool is_buy = random_below(&r, 2);
            if (!is_buy && p.qty.units > 0 && random_below(&r, 3) == 0)
                f.qty = p.qty; // all that is held
            struct decimal value, flow, sum;
            assert_int_equal(fill_value(f.price, f.qty, is_buy, &value), 0);
            int rc = portfolio_apply_fill(&cash, &p, is_buy, &f);
            assert_true(rc == 0 || rc == ERR_REFUSED);
            if (rc == 0) {
                assert_int_equal(decimal_sub(is_buy ? decimal_neg(value) : value, f.fee, &flow), 0);
                assert_int_equal(decimal_add(flows, flow, &flows), 0);
            }
            booked += rc == 0;
            refused += rc != 0;
            assert_true(decimal_cmp(cash, flows) == 0);
            assert_true(cash.units >= 0 && p.qty.units >= 0 && p.cost.units >= 0);
            assert_true(p.qty.units > 0 || p.cost.units == 0);
            assert_int_equal(decimal_add(cash, p.cost, &sum), 0);
            assert_int_equal(decimal_sub(sum, p.realised, &sum), 0);
            assert_dec(sum, "10000");
        }
    }
    assert_true(booked > 10000 && refused > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(values_round_against_us),
        cmocka_unit_test(refusals_change_nothing),
        cmocka_unit_test(values_and_equity),
        cmocka_unit_test(conserves_money),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
