// SPDX-License-Identifier: Apache-2.0
// The gate's table of checks, and those that judge the signal and its market.
#include "trade/gate_internal.h"

#include "trade/trade_internal.h"

#include <stdio.h>
#include <string.h>

static int signal_age(const struct gate__case *c, struct gate__row *row)
{
    time_ms closed = timeframe_next(c->signal->timeframe, c->signal->candle_time);
    int64_t age, max = c->limits->max_signal_age_ms;
    if (__builtin_sub_overflow(c->now, closed, &age))
        return ERR_RANGE;
    gate__measured(row, "%s", gate__show((struct decimal){age, 3}).s);
    gate__limit(row, ">= %s, <= %s", gate__show((struct decimal){-GATE_CLOCK_SLACK_MS, 3}).s,
                gate__show((struct decimal){max, 3}).s);
    row->check->pass = age >= -GATE_CLOCK_SLACK_MS && age <= max;
    char age_text[TIME_TEXT_MAX], max_text[TIME_TEXT_MAX];
    duration_format(age < 0 ? -age : age, age_text);
    duration_format(max, max_text);
    if (age < -GATE_CLOCK_SLACK_MS)
        gate__fail(row, "the candle of this signal closes only in %s: check the clock", age_text);
    else if (age > max)
        gate__fail(row, "the signal is %s old, the limit is %s", age_text, max_text);
    return 0;
}

static int market_status(const struct gate__case *c, struct gate__row *row)
{
    const struct market *m = &c->market->market;
    gate__limit(row, "TRADING, spot, market orders");
    if (!c->market->have_market) {
        gate__fail(row, "the exchange's rules for %s are not known", c->pair);
        return 0;
    }
    const char *status = market_status_name(m->status);
    gate__measured(row, "%s%s%s", status, m->spot_allowed ? ", spot" : ", no spot",
                   m->market_orders ? ", market orders" : ", no market orders");
    row->check->pass = m->status == MARKET_TRADING && m->spot_allowed && m->market_orders;
    if (m->status != MARKET_TRADING)
        gate__fail(row, "%s is not trading, its status is %s", c->pair, status);
    else if (!m->spot_allowed)
        gate__fail(row, "the exchange does not allow spot trading of %s", c->pair);
    else if (!m->market_orders)
        gate__fail(row, "the exchange takes no market orders for %s", c->pair);
    return 0;
}

static void append(char *text, size_t cap, const char *more)
{
    size_t len = strlen(text);
    snprintf(text + len, cap - len, "%s%s", len > 0 ? ", " : "", more);
}

// An exit needs only what it is carried out with: the rules and the book.
static int market_data(const struct gate__case *c, struct gate__row *row)
{
    const struct gate_market *m = c->market;
    const struct {
        const char *name;
        bool have;
        bool for_exits;
    } needs[] = {
        {"rules", m->have_market, true},
        {"ticker", m->have_ticker, false},
        {"book", m->have_book, true},
        {"24h volume", m->have_stats, false},
    };
    char have[GATE_TEXT_MAX] = "", limit[GATE_TEXT_MAX] = "", missing[GATE_TEXT_MAX] = "";
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++) {
        if (needs[i].have)
            append(have, sizeof have, needs[i].name);
        if (c->is_exit && !needs[i].for_exits)
            continue;
        append(limit, sizeof limit, needs[i].name);
        if (!needs[i].have)
            append(missing, sizeof missing, needs[i].name);
    }
    gate__limit(row, "%s", limit);
    if (have[0])
        gate__measured(row, "%s", have);
    row->check->pass = missing[0] == '\0';
    if (missing[0])
        gate__fail(row, "no market data in time: %s missing%s%s%s", missing, m->problem ? " (" : "",
                   m->problem ? m->problem : "", m->problem ? ")" : "");
    else if (!c->has_book) {
        gate__measured(row, "broken book");
        gate__fail(row, "the order book of %s is broken (crossed or out of order)", c->pair);
    }
    return 0;
}

static int position(const struct gate__case *c, struct gate__row *row)
{
    struct decimal held = c->money->position.qty;
    if (c->signal->action == SIGNAL_EXIT)
        held = decimal_min(held, c->money->share);
    gate__measured(row, "%s", gate__show(held).s);
    switch (c->signal->action) {
    case SIGNAL_ENTER_LONG:
        gate__limit(row, ">= 0");
        row->check->pass = held.units >= 0;
        if (held.units < 0)
            gate__fail(row, "a short position of %s is on the books of a spot market", c->pair);
        break;
    case SIGNAL_EXIT:
        gate__limit(row, "> 0");
        row->check->pass = held.units > 0;
        if (held.units <= 0)
            gate__fail(row, "this strategy holds nothing of %s, there is nothing to exit", c->pair);
        break;
    default:
        gate__limit(row, "no short entries on spot");
        gate__fail(row, "short entries are not possible on a spot market");
    }
    return 0;
}

static int spread(const struct gate__case *c, struct gate__row *row)
{
    const struct gate_market *m = c->market;
    double limit = c->limits->max_spread_bps;
    gate__limit(row, "<= %s", gate__show_number(limit).s);
    if (!m->have_ticker) {
        gate__fail(row, "the spread is not known: no ticker");
        return 0;
    }
    if (m->bid.units <= 0 || m->ask.units <= 0) {
        gate__fail(row, "the spread is not known: no %s for %s", m->bid.units <= 0 ? "bid" : "ask",
                   c->pair);
        return 0;
    }
    if (decimal_cmp(m->bid, m->ask) > 0) {
        gate__fail(row, "the ticker is broken: bid %s is above ask %s", gate__show(m->bid).s,
                   gate__show(m->ask).s);
        return 0;
    }
    struct decimal gap, sum, bps;
    int rc = decimal_sub(m->ask, m->bid, &gap);
    if (!rc)
        rc = decimal_add(m->ask, m->bid, &sum);
    if (!rc)
        rc = gate__ratio(gap, sum, 20000, &bps);
    if (!rc)
        rc = gate__at_most(row, bps, limit, &bps);
    if (!rc && !row->check->pass)
        gate__fail(row, "spread %s bps is over the limit of %s bps", gate__show(bps).s,
                   gate__show_number(limit).s);
    return rc;
}

static int volume(const struct gate__case *c, struct gate__row *row)
{
    const char *quote = c->signal->pair.quote;
    struct decimal limit = c->limits->min_volume_24h, shown = c->market->volume_24h;
    gate__limit(row, ">= %s", gate__show(limit).s);
    if (!c->market->have_stats) {
        gate__fail(row, "the 24 h volume is not known");
        return 0;
    }
    int rc = shown.scale > 4 ? decimal_rescale(shown, 4, ROUND_DOWN, &shown) : 0;
    if (rc)
        return rc;
    gate__measured(row, "%s", gate__show(shown).s);
    row->check->pass = decimal_cmp(shown, limit) >= 0;
    if (!row->check->pass)
        gate__fail(row, "24 h volume of %s %s is below the limit of %s %s", gate__show(shown).s,
                   quote, gate__show(limit).s, quote);
    return 0;
}

void gate__not_sized(const struct gate__case *c, struct gate__row *row)
{
    if (c->sizing_error)
        gate__fail(row, "the order size cannot be computed (%s)", err_text(c->sizing_error));
    else if (c->signal->action == SIGNAL_ENTER_SHORT)
        gate__fail(row, "there is no order for a short entry");
    else if (!c->market->have_market)
        gate__fail(row, "no order could be sized: the exchange's rules are not known");
    else
        gate__fail(row, "no order could be sized: no %s price for %s", c->is_buy ? "ask" : "bid",
                   c->pair);
}

#define GATE_CHECK_TABLE(X)                                                                        \
    X(signal_age, false, signal_age,                                                               \
      "Seconds of exchange time from the close of the signal's candle to now.")                    \
    X(market_status, true, market_status,                                                          \
      "Whether the exchange trades the pair on spot and takes market orders.")                     \
    X(market_data, true, market_data,                                                              \
      "Which market data arrived in time; an exit needs only the rules and the book.")             \
    X(position, true, position,                                                                    \
      "Quantity held of the pair: an exit needs some; a short entry is refused on spot.")          \
    X(spread_bps, false, spread, "Best ask minus best bid over their middle, in basis points.")    \
    X(volume_24h, false, volume, "Traded in the last 24 hours, in quote currency.")                \
    X(depth, true, gate__depth,                                                                    \
      "The order's value as percent of the book's side within max_slippage_bps of its best price " \
      "(for an exit the quantity bid for at all).")                                                \
    X(slippage_bps, false, gate__slippage,                                                         \
      "Average price of walking the book against its best price, in basis points.")                \
    X(exchange_filters, true, gate__filters,                                                       \
      "The order against the exchange's lot and notional filters.")                                \
    X(balance, false, gate__balance, "What the order takes out of the cash, fee included.")        \
    X(exposure_pair, false, gate__exposure_pair,                                                   \
      "Value of the pair's position after the order, percent of equity.")                          \
    X(exposure_portfolio, false, gate__exposure_portfolio,                                         \
      "Value of all positions after the order, percent of equity.")

const struct gate_check_def gate__checks[] = {
#define X(name, for_exits, fn, text) {#name, text, for_exits, fn},
    GATE_CHECK_TABLE(X)
#undef X
        {0},
};

const char *const gate_check_names[] = {
#define X(name, for_exits, fn, text) #name,
    GATE_CHECK_TABLE(X)
#undef X
        NULL,
};
