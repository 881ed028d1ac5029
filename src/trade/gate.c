// SPDX-License-Identifier: Apache-2.0
// The gate: sizes the order of a signal, runs the table of checks, and joins their rows to a
// verdict.
#include "trade/gate.h"

#include "trade/gate_internal.h"
#include "trade/sizing.h"
#include "trade/trade_internal.h"

#include <string.h>

static const struct gate_check_def *find(const char *name)
{
    for (const struct gate_check_def *d = gate__checks; d->name; d++) {
        if (strcmp(d->name, name) == 0)
            return d;
    }
    return NULL;
}

const char *gate_check_text(const char *name)
{
    const struct gate_check_def *d = find(name);
    return d ? d->text : NULL;
}

bool gate_check_applies_to_exits(const char *name)
{
    const struct gate_check_def *d = find(name);
    return d && d->for_exits;
}

// The book is walked, so its best price counts; the ticker stands in where there is no book.
static struct decimal best_price(const struct gate_market *m, bool has_book, bool is_buy)
{
    if (has_book && (is_buy ? m->book.ask_count : m->book.bid_count) > 0)
        return is_buy ? m->book.asks[0].price : m->book.bids[0].price;
    if (m->have_ticker)
        return is_buy ? m->ask : m->bid;
    return DECIMAL_ZERO;
}

static int size_at(struct gate__case *c, struct decimal price)
{
    const struct gate_money *money = c->money;
    struct decimal held = decimal_min(money->position.qty, money->share);
    int rc = sizing_wanted(c->signal, &money->settings, money->equity, held, price, &c->wanted);
    if (!rc)
        rc = filters_round_qty(&c->market->market.filters, true, c->wanted, &c->qty);
    return rc;
}

static int walk(struct gate__case *c)
{
    c->walk = (struct book_walk){0};
    c->walked = false;
    if (!c->has_book || c->qty.units <= 0)
        return 0;
    int rc = book_walk_qty(&c->market->book, c->is_buy, c->qty, &c->walk);
    c->walked = !rc;
    return rc;
}

// An amount of money buys less when the order reaches into worse levels: size again at the average
// price. That order is smaller, so its own average is no worse and it fits in the amount.
static int size_again(struct gate__case *c)
{
    if (!c->walked || !sizing_is_by_money(c->signal) || c->walk.levels < 2)
        return 0;
    struct decimal price;
    int rc = trade__div(c->walk.cost, c->walk.filled_qty, DECIMAL_SCALE_MAX, ROUND_UP, &price);
    if (!rc && decimal_cmp(price, c->best) > 0)
        rc = size_at(c, price);
    return rc ? rc : walk(c);
}

static int price_order(struct gate__case *c)
{
    struct decimal rest = c->qty, price = c->best, value;
    c->notional = DECIMAL_ZERO;
    if (c->walked) {
        c->notional = c->walk.cost;
        int rc = decimal_sub(c->qty, c->walk.filled_qty, &rest);
        if (rc)
            return rc;
        if (c->walk.levels > 0)
            price = c->walk.worst_price;
    }
    if (rest.units <= 0)
        return 0;
    int rc = fill_value(price, rest, c->is_buy, &value);
    if (!rc)
        rc = trade__add(c->notional, value, c->is_buy ? ROUND_UP : ROUND_DOWN, &c->notional);
    return rc;
}

// Finds quantity and cost of the order as far as the data allow; c->sized tells whether they did.
static int size_order(struct gate__case *c)
{
    if (c->signal->action == SIGNAL_ENTER_SHORT || !c->market->have_market)
        return 0;
    if (c->best.units <= 0)
        return 0;
    int rc = size_at(c, c->best);
    if (!rc)
        rc = walk(c);
    if (!rc)
        rc = size_again(c);
    if (!rc)
        rc = price_order(c);
    c->sized = !rc;
    return rc;
}

static void run_check(const struct gate__case *c, const struct gate_check_def *def,
                      struct gate_verdict *v, int *error)
{
    char reason[sizeof v->reason] = "";
    struct gate_check *check = &v->checks[v->check_count++];
    *check = (struct gate_check){.name = def->name};
    struct gate__row row = {check, reason, sizeof reason};
    gate__measured(&row, "none");
    int rc = def->fn(c, &row);
    if (rc) {
        gate__measured(&row, "none");
        gate__fail(&row, "the figures of check %s are out of range (%s)", def->name, err_text(rc));
    }
    if (c->is_exit && !def->for_exits) {
        gate__limit(&row, "not applied to exits");
        check->pass = true;
        return;
    }
    if (rc && !*error)
        *error = rc;
    if (!check->pass && v->reason[0] == '\0')
        memcpy(v->reason, reason, sizeof reason);
}

int gate_judge(const struct raw_signal *signal, const struct gate_limits *limits,
               const struct gate_market *market, const struct gate_money *money, time_ms now,
               struct gate_verdict *out)
{
    struct gate__case c = {
        .signal = signal, .limits = limits, .market = market, .money = money, .now = now};
    c.is_exit = signal->action == SIGNAL_EXIT;
    c.is_buy = signal->action == SIGNAL_ENTER_LONG;
    pair_format(&signal->pair, c.pair);
    c.has_book = market->have_book && book_is_sane(&market->book);
    c.best = best_price(market, c.has_book, c.is_buy);
    c.sizing_error = size_order(&c);
    int error = c.sizing_error;

    *out = (struct gate_verdict){.is_buy = c.is_buy};
    for (const struct gate_check_def *d = gate__checks; d->name; d++)
        run_check(&c, d, out, &error);
    if (c.sized) {
        out->qty = c.qty;
        out->notional = c.notional;
        out->walk = c.walk;
    }
    out->approved = true;
    for (size_t i = 0; i < out->check_count; i++)
        out->approved = out->approved && out->checks[i].pass;
    return error;
}
