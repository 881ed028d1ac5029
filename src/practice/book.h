// SPDX-License-Identifier: Apache-2.0
// A market's order book at one exchange time, made from its last price, its typical spread and
// depth and a seed: the same for all endpoints that show parts of it. Pure.
#ifndef PRACTICE_BOOK_H
#define PRACTICE_BOOK_H

#include "practice/feed.h"

#define PRACTICE_BOOK_LEVELS_MAX 5000

struct practice_level {
    int64_t price; // units of the market's price_scale
    int64_t lots;
};

struct practice_book {
    struct practice_level bids[PRACTICE_BOOK_LEVELS_MAX], asks[PRACTICE_BOOK_LEVELS_MAX];
    size_t bid_count, ask_count;
};

// last: last price in units; best bid <= last <= best ask, bid < ask, both on the tick grid, sides
// sorted best first. The book changes once a second. Fewer bids when the price would reach zero.
void practice_book_make(const struct practice_market *m, int64_t last, time_ms now, size_t levels,
                        struct practice_book *out);

#endif
