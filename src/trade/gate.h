// SPDX-License-Identifier: Apache-2.0
// The gate: can this raw signal really be traded? Each check is one row of a table and leaves its
// measured value and its limit, pass or not; the verdict is the conjunction. Pure: market data and
// money come in as arguments, "no data" is itself a failed check, never a guess.
#ifndef TRADE_GATE_H
#define TRADE_GATE_H

#include "base/clock.h"
#include "trade/book.h"
#include "trade/filters.h"
#include "trade/portfolio.h"
#include "trade/signal.h"

struct gate_limits { // from the [gate] settings
    double max_spread_bps;
    double max_slippage_bps;   // average fill price against the best price
    double max_depth_share;    // percent of the visible depth within max_slippage_bps
    struct decimal min_volume_24h; // quote
    int64_t max_signal_age_ms; // exchange time since the candle's close
};

// What was fetched for this signal. have_* false: not obtained within the time allowed.
struct gate_market {
    bool have_market, have_ticker, have_book, have_stats;
    struct market market;
    struct decimal bid, bid_qty, ask, ask_qty; // bookTicker
    struct book book;
    struct decimal volume_24h; // quote volume, ticker/24hr
    const char *problem;       // why something is missing ("timeout after 5s", "HTTP 418"); or NULL
};

struct gate_money {
    struct portfolio_settings settings;
    struct decimal cash;
    struct position position;       // of the signal's pair; qty 0 when none
    struct decimal exposure_total;  // value of all positions, quote
    struct decimal equity;
};

#define GATE_CHECKS_MAX 16
#define GATE_TEXT_MAX   64

struct gate_check {
    const char *name;             // static: "spread_bps"
    char measured[GATE_TEXT_MAX]; // text of the number measured, "none" when not measurable
    char limit[GATE_TEXT_MAX];    // "<= 50"
    bool pass;
};

struct gate_verdict {
    bool approved;
    char reason[128]; // of the first failed check, in words; "" when approved
    struct gate_check checks[GATE_CHECKS_MAX];
    size_t check_count;
    // The order that was judged (also when rejected, as far as it could be sized).
    bool is_buy;
    struct decimal qty;       // on the lot grid
    struct decimal notional;  // quote
    struct book_walk walk;    // what the paper broker will do with it
};

// Names of all checks in order, for docs: signal_age, market_status, market_data, position,
// spread_bps, volume_24h, depth, slippage_bps, exchange_filters, balance, exposure_pair,
// exposure_portfolio. NULL-ended.
extern const char *const gate_check_names[];

// Sizes the order (see sizing.h) and runs every check; never stops at the first failure.
// Errors only for broken arithmetic (ERR_RANGE) – the caller then rejects with that reason.
int gate_judge(const struct raw_signal *signal, const struct gate_limits *limits,
               const struct gate_market *market, const struct gate_money *money, time_ms now,
               struct gate_verdict *out) MUST_CHECK;

#endif
