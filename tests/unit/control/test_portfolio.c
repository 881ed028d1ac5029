// SPDX-License-Identifier: Apache-2.0
// Portfolios as users make, change and remove them; packed arguments.
#include "support_control.h"

#include "base/random.h"

#include <string.h>

static struct store_portfolio portfolio(struct place *p, const char *name)
{
    struct store_portfolio out;

    assert_int_equal(store_portfolio_find(p->s, name, &out), 0);
    return out;
}

static void made_from_settings_and_arguments(void **state)
{
    struct place *p = *state;
    struct store_portfolio made;

    place_set(p, "paper.initial_balance=5000");
    place_set(p, "portfolio.order_size=7");
    assert_int_equal(ask(p, "portfolio.create", "name", "swing", "max_exposure_pair", "12.5",
                         "fee_bps", "7.5", NULL),
                     0);
    made = portfolio(p, "swing");
    assert_int_equal(made.cash.units / 1, 5000);
    assert_string_equal(made.settings.quote, "USDT");
    assert_true(made.settings.order_size_percent == 7);
    assert_true(made.settings.max_exposure_pair == 12.5);
    assert_true(made.settings.fee_bps == 7.5);
    assert_int_equal(ask(p, "portfolio.create", "name", "swing", NULL), 1);
    said(p, "there is a portfolio swing already");
    assert_int_equal(
        ask(p, "portfolio.create", "name", "euro", "quote", "eur", "balance", "12.50", NULL), 0);
    said(p, "12.5 EUR");
}

static void refused(void **state)
{
    static const struct {
        const char *op, *key, *value;
        int exit_code;
        const char *says;
    } cases[] = {
        {"portfolio.create", "order_size", "0", 65, "0.01 to 100"},
        {"portfolio.create", "order_size", "101", 65, "0.01 to 100"},
        {"portfolio.create", "order_size", "a lot", 65, "not 'a lot'"},
        {"portfolio.create", "max_exposure_total", "-1", 65, "0 to 100"},
        {"portfolio.create", "fee_bps", "1001", 65, "0 to 1000"},
        {"portfolio.create", "fee_bps", "nan", 65, "0 to 1000"},
        {"portfolio.create", "balance", "-5", 65, "balance"},
        {"portfolio.create", "quote", "U/S", 65, "quote"},
        {"portfolio.create", "mode", "live", 77, "paper only"},
        {"portfolio.create", "mode", "toy", 65, "paper"},
        {"portfolio.set", "fee_bps", "5", 65, "no portfolio new"},
        {"portfolio.remove", "x", "", 65, "no portfolio new"},
    };
    struct place *p = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(ask(p, cases[i].op, "name", "new", cases[i].key, cases[i].value, NULL),
                         cases[i].exit_code);
        said(p, cases[i].says);
    }
    assert_int_equal(ask(p, "portfolio.create", "name", "-x", NULL), 65);
    assert_int_equal(ask(p, "portfolio.create", NULL), 64);
    assert_int_equal(ask(p, "portfolio.make", "name", "x", NULL), 64);
    said(p, "no operation 'portfolio.make'");
    assert_int_equal(
        ask(p, "watch.add", "pair", "VET", "timeframe", "4h", "portfolio", "none", NULL), 65);
    said(p, "there is no portfolio none");
}

static void changed(void **state)
{
    struct place *p = *state;

    assert_int_equal(ask(p, "portfolio.create", "name", "swing", NULL), 0);
    assert_int_equal(ask(p, "portfolio.set", "name", "swing", "order_size", "2", NULL), 0);
    assert_true(portfolio(p, "swing").settings.order_size_percent == 2);
    assert_true(p->reply.portfolios.len > 0);
    assert_int_equal(ask(p, "portfolio.set", "name", "swing", "balance", "1", NULL), 77);
    said(p, "fixed when a portfolio is made");
    assert_int_equal(ask(p, "portfolio.set", "name", "swing", "order_size", "200", NULL), 65);
    assert_true(portfolio(p, "swing").settings.order_size_percent == 2);
}

static void removed_when_not_in_use(void **state)
{
    struct place *p = *state;
    struct store_portfolio gone;

    assert_int_equal(ask(p, "watch.add", "pair", "VET", "timeframe", "4h", NULL), 0);
    assert_int_equal(ask(p, "watch.add", "pair", "BTC", "timeframe", "1d", NULL), 0);
    assert_int_equal(ask(p, "portfolio.remove", "name", "main", NULL), 77);
    said(p, "watches VET/USDT 4h, watches BTC/USDT 1d");
    assert_int_equal(ask(p, "watch.remove", "pair", "VET", "timeframe", "4h", NULL), 0);
    assert_int_equal(ask(p, "watch.remove", "pair", "BTC", "timeframe", "1d", NULL), 0);
    assert_int_equal(ask(p, "portfolio.remove", "name", "main", NULL), 0);
    assert_int_equal(store_portfolio_find(p->s, "main", &gone), ERR_NOT_FOUND);
}

// Whatever bytes come, arguments end where the bytes end.
static void packed_arguments(void **state)
{
    struct str rest, key, value;
    struct buf args;
    struct random rng;

    (void)state;
    buf_init(&args, 4096);
    assert_int_equal(control_arg_add(&args, "pair", STR("VET/USDT")), 0);
    assert_int_equal(control_arg_add(&args, "source", STR("a\0b")), 0);
    rest = buf_str(&args);
    assert_true(control_arg_next(&rest, &key, &value));
    assert_true(str_eq(key, STR("pair")) && str_eq(value, STR("VET/USDT")));
    assert_true(control_arg_next(&rest, &key, &value));
    assert_true(str_eq(value, STR("a\0b")));
    assert_false(control_arg_next(&rest, &key, &value));
    random_init(&rng, 7);
    for (int i = 0; i < 2000; i++) {
        size_t cut = (size_t)random_below(&rng, args.len);
        size_t at = (size_t)random_below(&rng, args.len), found = 0;
        char was = args.data[at];

        args.data[at] = (char)random_below(&rng, 256);
        rest = str_sub(buf_str(&args), 0, cut);
        while (control_arg_next(&rest, &key, &value)) {
            assert_true(key.data >= args.data && value.data + value.len <= args.data + cut);
            found++;
        }
        assert_true(found <= cut / 8);
        args.data[at] = was;
    }
    buf_finish(&args);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)
        T(made_from_settings_and_arguments), T(refused), T(changed), T(removed_when_not_in_use),
        cmocka_unit_test(packed_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
