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

struct gate_limits { // from the [gate] settings; every one finite and >= 0
    double max_spread_bps;
    double max_slippage_bps;       // average fill price against the best price
    double max_depth_share;        // percent of the visible depth within max_slippage_bps
    struct decimal min_volume_24h; // quote
    int64_t max_signal_age_ms;     // exchange time since the candle's close
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
    struct position position; // of the signal's pair; qty 0 when none
    // What of that position the signal's own strategy bought on its stream: an exit sells only this
    // much, so that strategies which share a portfolio do not sell each other's holdings.
    struct decimal share;
    struct decimal exposure_total; // value of all positions, quote
    struct decimal equity;
};

#define GATE_CHECKS_MAX 16
#define GATE_TEXT_MAX   64
// A signal may look this much younger than its candle's close: exchange time is measured again now
// and then and may step back a little.
#define GATE_CLOCK_SLACK_MS 1000

struct gate_check {
    const char *name; // static: "spread_bps"
    // The number measured, rounded to 4 digits towards the limit, or words; "none" when it could
    // not be measured. The verdict of the check is taken from this figure, so a row never
    // contradicts itself.
    char measured[GATE_TEXT_MAX];
    char limit[GATE_TEXT_MAX]; // "<= 50"; "not applied to exits" where that is so
    bool pass;
};

struct gate_verdict {
    bool approved;
    char reason[128]; // of the first failed check, in words; "" when approved
    struct gate_check checks[GATE_CHECKS_MAX];
    size_t check_count;
    // The order that was judged (also when rejected, as far as it could be sized).
    bool is_buy;
    struct decimal qty; // on the lot grid
    // Quote, before fees: walk.cost, plus what the visible book does not hold at its worst price.
    struct decimal notional;
    struct book_walk walk; // what the paper broker will do with it
};

// Names of all checks in order, for docs: signal_age, market_status, market_data, position,
// spread_bps, volume_24h, depth, slippage_bps, exchange_filters, balance, exposure_pair,
// exposure_portfolio. NULL-ended.
extern const char *const gate_check_names[];
// What a check measures, in one sentence, and whether its limit holds exits too; for docs and the
// UI. NULL / false for a name that is no check.
const char *gate_check_text(const char *name);
bool gate_check_applies_to_exits(const char *name);

// Sizes the order (see sizing.h) and runs every check; never stops at the first failure.
// An exit only ever makes risk smaller, so checks that limit risk or cost (age, spread, volume,
// slippage, balance, exposures) leave their measured value but do not hold it back.
// An entry sized by money is sized again at the average price of walking the book with the first
// size, so that slippage and fee fit in the amount.
// Errors only for broken arithmetic (ERR_RANGE) and limits or settings that are no numbers
// (ERR_INVALID): *out is filled even then, not approved, with the reason and all rows.
int gate_judge(const struct raw_signal *signal, const struct gate_limits *limits,
               const struct gate_market *market, const struct gate_money *money, time_ms now,
               struct gate_verdict *out) MUST_CHECK;

#endif
