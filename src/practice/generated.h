// SPDX-License-Identifier: Apache-2.0
// The generated market: seeded, endless in both directions from each market's listing, the same for
// ever for a given (seed, pair, time); nothing is stored. See docs/practice.md for the model.
#ifndef PRACTICE_GENERATED_H
#define PRACTICE_GENERATED_H

#include "practice/feed.h"

#define GENERATED_PAIRS_MAX 20000

// pairs in 1..GENERATED_PAIRS_MAX, all quoted in USDT; ERR_RANGE otherwise, ERR_NO_MEMORY.
int generated_create(uint64_t seed, size_t pairs, struct practice_feed **out,
                     struct diag *d) MUST_CHECK;

// Shared inside the folder: what the coins of a generated market are called and cost.
struct generated_coin {
    char name[ASSET_MAX];
    double price;        // typical, in USDT
    double quote_volume; // typical, a day
    double spread_bps;
    double level_quote;
    double silence; // share of minutes without a trade
    time_ms listed_at;
};
// The index-th coin: well-known names first, then made-up ones, all different. ERR_FULL: a name too
// long for a pair.
int generated_coin(uint64_t seed, size_t index, struct generated_coin *out) MUST_CHECK;

#endif
