// SPDX-License-Identifier: Apache-2.0
// How much to trade for a signal. Pure.
#ifndef TRADE_SIZING_H
#define TRADE_SIZING_H

#include "trade/filters.h"
#include "trade/portfolio.h"
#include "trade/signal.h"

// Order of preference for an entry: the script's qty; the strategy's declared cash, then its
// percent of equity; the portfolio's order_size_percent. An amount of money is what leaves the
// account: the portfolio's fee is inside it, so that "100 percent of equity" can be paid. Exits:
// the script's qty (at most what is held), else qty_percent of the position, all by default.
//
// Quantity before the lot grid, rounded down; 0 when the amount is zero or less. price: what one
// unit will cost. ERR_INVALID: price <= 0 for an amount of money, a figure that is infinite, a
// negative fee. ERR_RANGE.
int sizing_wanted(const struct raw_signal *signal, const struct portfolio_settings *settings,
                  struct decimal equity, struct decimal position_qty, struct decimal price,
                  struct decimal *out_qty) MUST_CHECK;
// The same rounded down to the lot grid of market orders; zero (with 0 returned) when nothing
// tradable is left. Never more than sizing_wanted.
int sizing_qty(const struct raw_signal *signal, const struct portfolio_settings *settings,
               struct decimal equity, struct decimal position_qty, struct decimal price,
               const struct market_filters *filters, struct decimal *out_qty) MUST_CHECK;
// Does the price decide how much is bought (cash or percent of equity, not an explicit quantity)?
bool sizing_is_by_money(const struct raw_signal *signal);

#endif
