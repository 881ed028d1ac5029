// SPDX-License-Identifier: Apache-2.0
// An order book snapshot and what walking it costs. Prices and quantities as decimals.
#ifndef TRADE_BOOK_H
#define TRADE_BOOK_H

#include "base/decimal.h"
#include "trade/portfolio.h"

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
    // Quote spent (buy) or received (sell), before fees: the sum of fill_value() of each level
    // touched, scale <= 8.
    struct decimal cost;
    // cost / filled_qty, half-even, at the finest scale that fits (an asset priced 0.00000742 needs
    // more than 8 digits); 0 when nothing was filled.
    struct decimal avg_price;
    struct decimal worst_price;
    uint16_t levels; // levels touched
    bool complete;   // the whole quantity was there
};

// Is it a book at all: prices and quantities > 0, prices strictly worsening, best bid below best
// ask? The walks below rely on it.
bool book_is_sane(const struct book *b);
// Takes qty from the asks (buy) or bids (sell). ERR_RANGE on overflow, ERR_INVALID on qty <= 0.
int book_walk_qty(const struct book *b, bool is_buy, struct decimal qty,
                  struct book_walk *out) MUST_CHECK;
// The same walk as one fill a level: what a paper broker books. The values add up to
// book_walk.cost, the fees to fee_bps of it rounded up (scale <= 8), both to the last unit. Writes
// at most one fill a level of the book. ERR_INVALID also when fee_bps is negative or not finite.
int book_walk_fills(const struct book *b, bool is_buy, struct decimal qty, double fee_bps,
                    struct fill out[static BOOK_LEVELS_MAX], size_t *out_count) MUST_CHECK;
// Quote value of a side from its best price to bps away from it, rounded down. 0 when the side is
// empty. ERR_INVALID when bps is negative or not finite; ERR_RANGE.
int book_depth_within(const struct book *b, bool is_buy, double bps,
                      struct decimal *out_quote) MUST_CHECK;
// (ask - bid) / mid in basis points; NaN when a side is empty (price <= 0).
double book_spread_bps(struct decimal bid, struct decimal ask);

#endif
