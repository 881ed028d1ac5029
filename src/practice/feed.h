// SPDX-License-Identifier: Apache-2.0
// Where the practice exchange's prices come from: a feed has markets and tells, for any exchange
// time, what had been traded by then. Two feeds: generated.h and recorded.h.
#ifndef PRACTICE_FEED_H
#define PRACTICE_FEED_H

#include "base/map.h"
#include "market/pair.h"
#include "market/timeframe.h"
#include "practice/row.h"

#define PRACTICE_SYMBOL_MAX (2 * ASSET_MAX)
#define PRACTICE_NEVER      INT64_MAX

struct practice_market {
    char symbol[PRACTICE_SYMBOL_MAX];
    struct pair pair;
    uint64_t seed;
    int32_t price_scale;                 // rows' prices are units of 10^-price_scale
    int64_t tick;                        // price step in those units
    int32_t price_digits, volume_digits; // least digits shown
    struct decimal lot, min_notional;
    time_ms listed_at, ended_at; // first and one past the last moment with data
    double spread_bps;           // typical
    double level_quote;          // typical quote value of one book level
};

struct feed_query {
    enum timeframe timeframe;
    int64_t zone_ms;  // bucket borders are those of UTC + zone
    time_ms from, to; // open times, both included
    size_t limit;
    bool newest; // the newest rows up to `to` instead of the oldest ones from `from`
    time_ms now; // nothing later than this has happened; the running candle comes last
};

struct practice_feed;

struct feed_ops {
    void (*destroy)(struct practice_feed *feed);
    // Rows in rising order. ERR_UNSUPPORTED: the feed has no such timeframe for this market.
    int (*rows)(struct practice_feed *feed, size_t market, const struct feed_query *q,
                struct practice_rows *out);
    // Everything traded in [from, to) as one row; ERR_NOT_FOUND when there was nothing.
    int (*window)(struct practice_feed *feed, size_t market, time_ms from, time_ms to,
                  struct practice_row *out);
    // The row that holds the last price at now (its close); ERR_NOT_FOUND before the first trade.
    int (*last)(struct practice_feed *feed, size_t market, time_ms now, struct practice_row *out);
};

struct practice_feed { // first member of each feed
    const struct feed_ops *ops;
    struct practice_market *markets; // owned, in the order of exchangeInfo
    size_t market_count;
    time_ms default_start; // exchange time to begin at when the user names none
};

// Grid of a timeframe in a zone (see timeframe.h for zone 0).
time_ms feed_open_of(enum timeframe tf, int64_t zone_ms, time_ms t);
time_ms feed_next(enum timeframe tf, int64_t zone_ms, time_ms open);

#endif
