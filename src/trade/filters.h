// SPDX-License-Identifier: Apache-2.0
// Exchange filters of a market (tick, lot, notional, …) and whether an order passes them. Pure.
// Source of the rules: Binance spot REST docs, "Filters" (2026-07-21); see facts in exchange/.
#ifndef TRADE_FILTERS_H
#define TRADE_FILTERS_H

#include "base/decimal.h"
#include "market/pair.h"

enum market_status {
    MARKET_TRADING,
    MARKET_HALTED, // no matching; data goes on
    MARKET_BREAK,  // no trading, no data (also delisted)
    MARKET_CANCEL_ONLY,
    MARKET_UNKNOWN, // a status this program does not know: not tradable
    MARKET_STATUS_COUNT
};
const char *market_status_name(enum market_status s);    // "TRADING", "HALT", "BREAK", ...
enum market_status market_status_parse(struct str text); // unknown text -> MARKET_UNKNOWN

// A bound of zero means "off", as in the exchange's own filters.
struct market_filters {
    struct decimal tick_size, min_price, max_price;
    struct decimal lot_step, min_qty, max_qty; // LOT_SIZE
    struct decimal market_lot_step, market_min_qty, market_max_qty;
    struct decimal min_notional, max_notional;
    bool min_notional_market, max_notional_market; // apply to MARKET orders
};

struct market {
    struct pair pair;
    char symbol[2 * ASSET_MAX]; // the venue's own name
    enum market_status status;
    int32_t base_precision, quote_precision; // digits after the point, 0..18
    bool spot_allowed;
    bool market_orders; // MARKET is among its order types
    struct market_filters filters;
};

enum filter_result {
    FILTER_PASS,
    FILTER_PRICE_TICK,
    FILTER_PRICE_RANGE,
    FILTER_LOT_STEP,
    FILTER_LOT_RANGE,
    FILTER_MARKET_LOT_STEP,
    FILTER_MARKET_LOT_RANGE,
    FILTER_MIN_NOTIONAL,
    FILTER_MAX_NOTIONAL,
    FILTER_RESULT_COUNT
};
const char *
filter_result_name(enum filter_result r); // "LOT_SIZE", "NOTIONAL", ... the venue's names

// Largest quantity <= qty that is on the lot grid (limit order) or on both grids, lot and market
// lot (is_market). Bounds are left to filters_check. ERR_INVALID: qty < 0; ERR_RANGE: the two grids
// meet nowhere within the range of decimals.
int filters_round_qty(const struct market_filters *f, bool is_market, struct decimal qty,
                      struct decimal *out) MUST_CHECK;
// First filter that an order would break, in the venue's order: price (limit orders only), lot,
// market lot (market orders only), notional. A quantity <= 0 breaks LOT_SIZE even with its bounds
// off. price: the limit price, or for a market order the price used for its notional (average or
// last). None of these filters depends on the side of the order.
enum filter_result filters_check(const struct market_filters *f, bool is_market,
                                 struct decimal price, struct decimal qty);

#endif
