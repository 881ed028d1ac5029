// SPDX-License-Identifier: Apache-2.0
// A portfolio's money: cash, positions, exposure, equity. Decimal throughout, checked. Pure.
#ifndef TRADE_PORTFOLIO_H
#define TRADE_PORTFOLIO_H

#include "base/decimal.h"
#include "market/watch.h"

enum portfolio_mode {
    PORTFOLIO_PAPER,
    PORTFOLIO_LIVE
};

// As created by the user: oracle portfolio create NAME --balance 10000 --quote USDT ...
// Percent values are whole numbers or fractions in percent (25 = a quarter of equity).
struct portfolio_settings {
    char name[NAME_MAX_BYTES];
    char quote[ASSET_MAX];
    enum portfolio_mode mode;
    struct decimal initial_balance; // of a paper portfolio, in quote
    double order_size_percent;      // default order size, percent of equity
    double max_exposure_pair;       // percent of equity in one pair
    double max_exposure_total;      // percent of equity in all pairs
    double fee_bps;                 // paper taker fee
};

struct position {
    struct pair pair;
    struct decimal qty;        // base held, >= 0
    struct decimal cost;       // quote paid for what is held, fees in it
    struct decimal realised;   // profit taken so far, quote
    struct decimal last_price; // for exposure and equity; 0 = unknown: cost is used
};

// Value of one position at its last price (at cost when no price is known yet), rounded down to 8
// digits. ERR_RANGE.
int position_value(const struct position *p, struct decimal *out) MUST_CHECK;
// Cash plus value of all positions. ERR_RANGE.
int portfolio_equity(struct decimal cash, const struct position *positions, size_t count,
                     struct decimal *out) MUST_CHECK;

struct fill {
    struct decimal price, qty;
    struct decimal fee; // in quote, >= 0
};
// price * qty in quote at scale <= 8 (less only when it would not fit), rounded against us: up for
// a buy, down for a sale. The one rule by which a fill becomes money. ERR_RANGE.
int fill_value(struct decimal price, struct decimal qty, bool is_buy,
               struct decimal *out) MUST_CHECK;
// Books a fill: cash and position change together or (on error) not at all.
//   buy:  cash -= value + fee, cost += value + fee
//   sale: cash += value - fee, cost -= its share (all of it with the last unit sold, else in
//         proportion, rounded down to 8 digits), realised += value - fee - that share
// So cash + cost - realised never changes, to the last unit.
// ERR_REFUSED: more than the cash, or more than is held. ERR_INVALID: price or qty <= 0, fee < 0.
// ERR_RANGE.
int portfolio_apply_fill(struct decimal *cash, struct position *position, bool is_buy,
                         const struct fill *fill) MUST_CHECK;

#endif
