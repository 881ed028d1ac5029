// SPDX-License-Identifier: Apache-2.0
// An order book snapshot and what walking it costs. Prices and quantities as decimals.
#ifndef TRADE_BOOK_H
#define TRADE_BOOK_H

#include "base/decimal.h"

#define BOOK_LEVELS_MAX 100

struct book_level {
    struct decimal price, qty;
};

struct book { // best first; a side may be empty
    struct book_level bids[BOOK_LEVELS_MAX], asks[BOOK_LEVELS_MAX];
    uint16_t bid_count, ask_count;
};

struct book_walk {
    struct decimal filled_qty;
    struct decimal cost;      // quote spent (buy) or received (sell), before fees, scale <= 8
    struct decimal avg_price; // cost / filled_qty, rounded half-even to 8 digits; 0 when nothing
    struct decimal worst_price;
    uint16_t levels;          // levels touched
    bool complete;            // the whole quantity was there
};

// Takes qty from the asks (buy) or bids (sell). ERR_RANGE on overflow, ERR_INVALID on qty <= 0.
int book_walk_qty(const struct book *b, bool is_buy, struct decimal qty,
                  struct book_walk *out) MUST_CHECK;
// Quote value of a side within bps of its best price.
int book_depth_within(const struct book *b, bool is_buy, double bps,
                      struct decimal *out_quote) MUST_CHECK;
// (ask - bid) / mid in basis points; NaN when a side is empty.
double book_spread_bps(struct decimal bid, struct decimal ask);

#endif
