// SPDX-License-Identifier: Apache-2.0
// How much to trade for a signal. Pure.
#ifndef TRADE_SIZING_H
#define TRADE_SIZING_H

#include "trade/filters.h"
#include "trade/portfolio.h"
#include "trade/signal.h"

// Order of preference for an entry: the script's qty; the strategy's declared cash or percent of
// equity; the portfolio's order_size_percent. Exits: qty_percent of the position, all by default.
// The result is rounded down to the lot grid; zero (with 0 returned) when nothing tradable is left.
int sizing_qty(const struct raw_signal *signal, const struct portfolio_settings *settings,
               struct decimal equity, struct decimal position_qty, struct decimal price,
               const struct market_filters *filters, struct decimal *out_qty) MUST_CHECK;

#endif
