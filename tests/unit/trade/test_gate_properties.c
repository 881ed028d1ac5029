// SPDX-License-Identifier: Apache-2.0
// What holds for every verdict, over random signals, markets and money; and the gate's
// documentation.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "unit/trade/support_gate.h"
#include "unit/trade/support_trade.h"

static bool chance(struct random *r, unsigned percent)
{
    return random_below(r, 100) < percent;
}

static double maybe(struct random *r, unsigned percent, double limit)
{
    return chance(r, percent) ? random_unit(r) * limit : NAN;
}

static void random_setup(struct random *r, struct gate_setup *g)
{
    gate_setup_entry(g);
    g->signal.action = (enum signal_action)(chance(r, 5)    ? SIGNAL_ENTER_SHORT
                                            : chance(r, 50) ? SIGNAL_EXIT
                                                            : SIGNAL_ENTER_LONG);
    g->signal.qty = maybe(r, 30, 40);
    g->signal.qty_percent = maybe(r, 30, 120);
    g->signal.equity_percent = maybe(r, 30, 40);
    g->signal.cash_amount = maybe(r, 30, 4000);
    random_book(r, 10, &g->market.book);
    g->market.ask = g->market.book.asks[0].price;
    g->market.bid = g->market.book.bids[0].price;
    g->market.have_market = chance(r, 95);
    g->market.have_ticker = chance(r, 95);
    g->market.have_book = chance(r, 95);
    g->market.have_stats = chance(r, 95);
    g->market.volume_24h = random_decimal(r, 100000000, 1);
    g->market.market.filters.lot_step = random_decimal(r, 50, 4);
    g->market.market.filters.min_notional = random_decimal(r, 100, 1);
    g->limits.max_slippage_bps = random_unit(r) * 200;
    g->limits.max_depth_share = random_unit(r) * 150;
    g->money.cash = random_decimal(r, 1000000, 2);
    g->money.equity = random_decimal(r, 10000000, 2);
    g->money.settings.fee_bps = random_unit(r) * 50;
    g->money.settings.max_exposure_pair = random_unit(r) * 60;
    g->money.settings.max_exposure_total = random_unit(r) * 150;
    if (chance(r, 60)) {
        g->money.position.qty = random_decimal(r, 10000, 3);
        g->money.share = chance(r, 50) ? g->money.position.qty : random_decimal(r, 10000, 3);
        g->money.position.cost = random_decimal(r, 100000, 2);
        if (chance(r, 80))
            g->money.position.last_price = g->market.bid;
    }
    g->now += (int64_t)random_below(r, 400000);
}

// An approved order can be booked as it was judged: the money is there, the position is there, and
// the limits hold in the books that result.
static void book_it(const struct gate_setup *g)
{
    const struct gate_verdict *v = &g->verdict;
    static struct fill fills[BOOK_LEVELS_MAX];
    size_t count;
    assert_int_equal(book_walk_fills(&g->market.book, v->is_buy, v->qty, g->money.settings.fee_bps,
                                     fills, &count),
                     0);
    struct decimal cash = g->money.cash;
    struct position p = g->money.position;
    for (size_t i = 0; i < count; i++)
        assert_int_equal(portfolio_apply_fill(&cash, &p, v->is_buy, &fills[i]), 0);
    assert_true(cash.units >= 0 && p.qty.units >= 0);
    if (!v->is_buy)
        return;
    double equity = decimal_to_double(g->money.equity);
    double spent = decimal_to_double(g->money.cash) - decimal_to_double(cash);
    assert_true(decimal_to_double(v->notional) / equity * 100 <=
                g->money.settings.max_exposure_pair * (1 + 1e-9));
    if (isnan(g->signal.qty) && !isnan(g->signal.cash_amount))
        assert_true(spent <= g->signal.cash_amount * (1 + 1e-9) + 1e-7);
}

static void verdicts_hold_what_they_promise(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 424242);
    static struct gate_setup g;
    size_t entries = 0, exits = 0, rejected = 0;
    for (int i = 0; i < 30000; i++) {
        random_setup(&r, &g);
        gate_setup_judge(&g); // order of the rows, conjunction, reason
        const struct gate_verdict *v = &g.verdict;
        assert_true(v->qty.units >= 0);
        assert_true(decimal_is_multiple(v->qty, g.market.market.filters.lot_step));
        bool is_exit = g.signal.action == SIGNAL_EXIT;
        if (is_exit)
            assert_true(decimal_cmp(v->qty, g.money.position.qty) <= 0 &&
                        decimal_cmp(v->qty, g.money.share) <= 0);
        for (size_t k = 0; k < v->check_count; k++) {
            const struct gate_check *c = &v->checks[k];
            bool applies = !is_exit || gate_check_applies_to_exits(c->name);
            assert_int_equal(strcmp(c->limit, "not applied to exits") == 0, !applies);
            assert_true(applies || c->pass);
            assert_true(c->pass || !applies || v->reason[0] != '\0');
            if (applies && strcmp(c->measured, "none") == 0)
                assert_false(c->pass); // what is not known never passes
        }
        if (!v->approved) {
            rejected++;
            continue;
        }
        assert_true(g.signal.action != SIGNAL_ENTER_SHORT);
        assert_true(v->qty.units > 0);
        assert_true(is_exit || v->walk.complete);
        book_it(&g);
        entries += !is_exit;
        exits += is_exit;
    }
    assert_true(entries > 500 && exits > 500 && rejected > 500); // the draw reaches all three
}

static void same_input_same_verdict(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 3);
    static struct gate_setup g;
    static struct gate_verdict first;
    for (int i = 0; i < 1000; i++) {
        random_setup(&r, &g);
        gate_setup_judge(&g);
        first = g.verdict;
        memset(&g.verdict, 0xa5, sizeof g.verdict);
        gate_setup_judge(&g);
        assert_int_equal(first.approved, g.verdict.approved);
        assert_string_equal(first.reason, g.verdict.reason);
        for (size_t k = 0; k < first.check_count; k++) {
            assert_string_equal(first.checks[k].measured, g.verdict.checks[k].measured);
            assert_string_equal(first.checks[k].limit, g.verdict.checks[k].limit);
        }
    }
}

// docs/gate.md has a section for each check, in order, that says whether it holds exits.
static void documented(void **state)
{
    (void)state;
    static char text[65536];
    FILE *f = fopen(ORACLE_SOURCE "/docs/gate.md", "r");
    assert_non_null(f);
    size_t len = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[len] = '\0';
    const char *at = text;
    size_t count = 0;
    for (; gate_check_names[count]; count++) {
        const char *name = gate_check_names[count];
        assert_non_null(gate_check_text(name));
        char row[256];
        snprintf(row, sizeof row, "| `%s` | %s | ", name, gate_check_text(name));
        const char *found = strstr(at, row);
        if (!found)
            fail_msg("docs/gate.md lacks, or has out of order, the row: %s", row);
        at = found + strlen(row);
        const char *end = strchr(at, '\n');
        assert_non_null(end);
        const char *applies = gate_check_applies_to_exits(name) ? "| yes |" : "| no |";
        if (memcmp(end - strlen(applies), applies, strlen(applies)) != 0)
            fail_msg("docs/gate.md: the row of %s must end in %s", name, applies);
    }
    assert_int_equal(count, 12);
    assert_null(gate_check_text("no_such_check"));
    assert_false(gate_check_applies_to_exits("no_such_check"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts_hold_what_they_promise),
        cmocka_unit_test(same_input_same_verdict),
        cmocka_unit_test(documented),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
