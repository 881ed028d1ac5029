// SPDX-License-Identifier: Apache-2.0
// One request-weight budget for an exchange and address: fixed windows (Binance: 1 minute aligned
// to exchange time), what we have spent, corrected upwards by the server's own header. Pure.
#ifndef MARKET_BUDGET_H
#define MARKET_BUDGET_H

#include "base/clock.h"
#include "base/err.h"
#include "market/timeframe.h"

#include <stdbool.h>
#include <stdint.h>

struct budget {
    int64_t limit;        // weight per window as the server states it
    int64_t window_ms;    // its length
    int64_t ceiling;      // what we allow ourselves (limit * share / 100)
    time_ms window;       // start of the current window
    int64_t used;         // spent in it: max(own count, server's header) plus what is in flight
    int64_t in_flight;    // weight of requests sent whose header has not come back
    time_ms frozen_until; // 429 / 418 / ban: nothing goes out before
};

// The ceiling is limit * share_percent / 100, at least 1; share_percent is clamped to 1..100.
void budget_init(struct budget *b, int64_t limit, int64_t window_ms, unsigned share_percent);
// New figures from the server; what is spent, in flight or frozen stays.
void budget_set_limit(struct budget *b, int64_t limit, int64_t window_ms, unsigned share_percent);
// Takes weight (>= 0) at exchange time now; false = not now, and *retry_at says when to ask again
// (INT64_MAX: never, the weight is above the ceiling). Every taken weight must be settled, also
// after a time-out. When exchange time turns out to lie before the current window, nothing goes out
// until the next window begins, for what this one had spent is no longer known.
bool budget_take(struct budget *b, time_ms now, int64_t weight, time_ms *retry_at);
// A reply came (or never will): its weight is no longer in flight; server_used < 0 when no header
// was there. Requests still in flight are counted on top of the header.
void budget_settle(struct budget *b, time_ms now, int64_t weight, int64_t server_used);
void budget_freeze(struct budget *b, time_ms until);      // never shortens
int64_t budget_left(const struct budget *b, time_ms now); // 0 while frozen

// Steady-state weight per minute of polling a set of streams: one klines request per candle.
// counts[tf] = streams of each timeframe. Used to refuse a watchlist that cannot fit.
double budget_poll_weight_per_minute(const uint32_t counts[static TF_COUNT], int64_t weight_each);

#endif
