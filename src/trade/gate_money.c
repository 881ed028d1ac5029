// SPDX-License-Identifier: Apache-2.0
// The gate's checks of the order itself: what the book gives for it, what the exchange's filters
// and the portfolio's money say.
#include "trade/gate_internal.h"

#include "trade/trade_internal.h"

// For an exit the best buyer is enough: selling a part beats holding all.
static int depth_of_exit(const struct gate__case *c, struct gate__row *row)
{
    gate__limit(row, "> 0");
    if (!c->has_book) {
        gate__fail(row, "the depth is not known: no usable order book");
        return 0;
    }
    if (!c->walked && c->market->book.bid_count > 0) {
        // Nothing to sell: other checks say why; the book has buyers.
        gate__measured(row, "%u bids", (unsigned)c->market->book.bid_count);
        row->check->pass = true;
        return 0;
    }
    gate__measured(row, "%s", gate__show(c->walk.filled_qty).s);
    row->check->pass = c->walk.filled_qty.units > 0;
    if (!row->check->pass)
        gate__fail(row, "nobody bids for %s: it cannot be sold now", c->pair);
    return 0;
}

int gate__depth(const struct gate__case *c, struct gate__row *row)
{
    double limit = c->limits->max_depth_share;
    if (c->is_exit)
        return depth_of_exit(c, row);
    gate__limit(row, "<= %s", gate__show_number(limit).s);
    if (!c->has_book) {
        gate__fail(row, "the depth is not known: no usable order book");
        return 0;
    }
    if (c->market->book.ask_count == 0) {
        gate__fail(row, "nobody offers %s: it cannot be bought now", c->pair);
        return 0;
    }
    if (!c->sized) {
        gate__not_sized(c, row);
        return 0;
    }
    struct decimal depth, share;
    int rc = book_depth_within(&c->market->book, true, c->limits->max_slippage_bps, &depth);
    if (!rc)
        rc = gate__ratio(c->notional, depth, 100, &share);
    if (!rc)
        rc = gate__at_most(row, share, limit, &share);
    if (rc)
        return rc;
    if (c->walked && !c->walk.complete)
        gate__fail(row, "the visible book holds %s of the %s %s to buy",
                   gate__show(c->walk.filled_qty).s, gate__show(c->qty).s, c->signal->pair.base);
    else if (!row->check->pass)
        gate__fail(row, "the order is %s%% of the book within %s bps, the limit is %s%%",
                   gate__show(share).s, gate__show_number(c->limits->max_slippage_bps).s,
                   gate__show_number(limit).s);
    return 0;
}

// Value at the best price against what the walk gives for the part that is there.
static int slippage_of_walk(const struct gate__case *c, struct decimal *bps)
{
    struct decimal ideal, lost;
    int rc = fill_value(c->best, c->walk.filled_qty, !c->is_buy, &ideal);
    if (!rc)
        rc = c->is_buy ? decimal_sub(c->walk.cost, ideal, &lost)
                       : decimal_sub(ideal, c->walk.cost, &lost);
    // Each level's value is rounded against us, by less than one unit of the last digit.
    if (!rc && (c->walk.levels <= 1 || lost.units < 0))
        lost = DECIMAL_ZERO;
    if (!rc && ideal.units <= 0)
        ideal = c->walk.cost;
    if (!rc && ideal.units <= 0)
        return ERR_RANGE;
    return rc ? rc : gate__ratio(lost, ideal, 10000, bps);
}

int gate__slippage(const struct gate__case *c, struct gate__row *row)
{
    double limit = c->limits->max_slippage_bps;
    struct decimal bps = DECIMAL_ZERO;
    gate__limit(row, "<= %s", gate__show_number(limit).s);
    if (!c->sized || (!c->walked && c->qty.units > 0)) {
        gate__fail(row, "the slippage is not known: no order could be walked through a book");
        return 0;
    }
    if (c->walked && c->walk.levels == 0) {
        gate__fail(row, "the slippage is not known: that side of the book is empty");
        return 0;
    }
    int rc = c->walked ? slippage_of_walk(c, &bps) : 0;
    if (!rc)
        rc = gate__at_most(row, bps, limit, &bps);
    if (!rc && !row->check->pass)
        gate__fail(row, "slippage %s bps is over the limit of %s bps", gate__show(bps).s,
                   gate__show_number(limit).s);
    return rc;
}

static struct decimal larger(struct decimal a, struct decimal b)
{
    return decimal_cmp(a, b) > 0 ? a : b;
}

static void filters_limit(const struct market_filters *f, struct gate__row *row)
{
    struct decimal step = larger(f->lot_step, f->market_lot_step);
    struct decimal least = larger(larger(f->min_qty, f->market_min_qty), step);
    gate__limit(row, "qty >= %s step %s, notional >= %s", gate__show(least).s, gate__show(step).s,
                gate__show(f->min_notional).s);
}

static void filters_reason(const struct gate__case *c, enum filter_result r, struct gate__row *row)
{
    const struct market_filters *f = &c->market->market.filters;
    const char *base = c->signal->pair.base, *quote = c->signal->pair.quote;
    struct decimal least = larger(f->min_qty, f->market_min_qty);
    struct decimal most = f->max_qty;
    if (f->market_max_qty.units > 0 &&
        (most.units <= 0 || decimal_cmp(f->market_max_qty, most) < 0))
        most = f->market_max_qty;
    struct decimal step = larger(f->lot_step, f->market_lot_step);
    if (r == FILTER_MIN_NOTIONAL)
        gate__fail(row, "the order of %s %s is below the exchange's minimum of %s %s",
                   gate__show(c->notional).s, quote, gate__show(f->min_notional).s, quote);
    else if (r == FILTER_MAX_NOTIONAL)
        gate__fail(row, "the order of %s %s is above the exchange's maximum of %s %s",
                   gate__show(c->notional).s, quote, gate__show(f->max_notional).s, quote);
    else if (c->qty.units <= 0 && c->wanted.units <= 0)
        gate__fail(row, "the order size is zero: there is nothing to %s",
                   c->is_buy ? "buy" : "sell");
    else if (c->qty.units <= 0)
        gate__fail(row, "the order is too small: at least %s %s is needed",
                   gate__show(larger(least, step)).s, base);
    else if (most.units > 0 && decimal_cmp(c->qty, most) > 0)
        gate__fail(row, "%s %s is above the exchange's maximum of %s %s", gate__show(c->qty).s,
                   base, gate__show(most).s, base);
    else
        gate__fail(row, "%s %s is below the exchange's minimum of %s %s", gate__show(c->qty).s,
                   base, gate__show(least).s, base);
}

int gate__filters(const struct gate__case *c, struct gate__row *row)
{
    if (c->market->have_market)
        filters_limit(&c->market->market.filters, row);
    if (!c->sized) {
        gate__not_sized(c, row);
        return 0;
    }
    struct decimal price = c->walked && c->walk.levels > 0 ? c->walk.avg_price : c->best;
    enum filter_result r = filters_check(&c->market->market.filters, true, price, c->qty);
    gate__measured(row, "qty %s, notional %s", gate__show(c->qty).s, gate__show(c->notional).s);
    row->check->pass = r == FILTER_PASS;
    if (r != FILTER_PASS)
        filters_reason(c, r, row);
    return 0;
}

int gate__balance(const struct gate__case *c, struct gate__row *row)
{
    const char *quote = c->signal->pair.quote;
    struct decimal cash = c->money->cash, fee, need;
    gate__limit(row, "<= %s", gate__show(cash).s);
    if (!c->sized) {
        gate__not_sized(c, row);
        return 0;
    }
    int rc = trade__bps_of(c->notional, c->money->settings.fee_bps, ROUND_UP, &fee);
    if (!rc)
        rc = decimal_add(c->notional, fee, &need);
    if (rc)
        return rc;
    gate__measured(row, "%s", gate__show(need).s);
    row->check->pass = decimal_cmp(need, cash) <= 0;
    if (!row->check->pass)
        gate__fail(row, "the order needs %s %s with its fee, %s %s is there", gate__show(need).s,
                   quote, gate__show(cash).s, quote);
    return 0;
}

// value: of the positions concerned before the order.
static int exposure(const struct gate__case *c, struct gate__row *row, struct decimal value,
                    double limit, const char *what)
{
    struct decimal after, percent;
    gate__limit(row, "<= %s", gate__show_number(limit).s);
    if (!c->sized) {
        gate__not_sized(c, row);
        return 0;
    }
    if (c->money->equity.units <= 0) {
        gate__fail(row, "the equity is %s %s: nothing can be put at risk",
                   gate__show(c->money->equity).s, c->signal->pair.quote);
        return 0;
    }
    int rc = c->is_buy ? decimal_add(value, c->notional, &after)
                       : decimal_sub(value, c->notional, &after);
    if (!rc && after.units < 0)
        after = DECIMAL_ZERO; // sold above the last price the position was valued at
    if (!rc)
        rc = gate__ratio(after, c->money->equity, 100, &percent);
    if (!rc)
        rc = gate__at_most(row, percent, limit, &percent);
    if (!rc && !row->check->pass)
        gate__fail(row, "%s would be %s%% of equity, the limit is %s%%", what,
                   gate__show(percent).s, gate__show_number(limit).s);
    return rc;
}

int gate__exposure_pair(const struct gate__case *c, struct gate__row *row)
{
    struct decimal value;
    int rc = position_value(&c->money->position, &value);
    return rc ? rc
              : exposure(c, row, value, c->money->settings.max_exposure_pair,
                         "exposure in this pair");
}

int gate__exposure_portfolio(const struct gate__case *c, struct gate__row *row)
{
    return exposure(c, row, c->money->exposure_total, c->money->settings.max_exposure_total,
                    "exposure of the portfolio");
}
