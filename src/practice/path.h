// SPDX-License-Identifier: Apache-2.0
// Splits one candle into n consecutive smaller ones that add up to it exactly: same open, high,
// low, close and sums. A generated market is a tree of such splits (day, hour, quarter, minute,
// second), so any past candle is computed without storing any; the running candle of a recorded
// market follows one split of the recorded row. Pure and seeded: same arguments, same children.
#ifndef PRACTICE_PATH_H
#define PRACTICE_PATH_H

#include <stdbool.h>
#include <stdint.h>

#define PATH_CHILDREN_MAX 60

// Prices in ticks, volume in lots, quote in ticks x lots.
struct path_node {
    int64_t open, high, low, close;
    int64_t volume, quote;
    int64_t taker_volume, taker_quote; // 0 <= taker <= all
    int64_t trades;
};

// A well mixed number of seed and salt (splitmix64's finalizer, Steele et al. 2014).
uint64_t path_hash(uint64_t seed, uint64_t salt);
double path_unit(uint64_t hash);   // [0, 1)
double path_normal(uint64_t hash); // mean 0, deviation 1, within +-3.5 (sum of four uniforms)

// parent: 0 < low <= open, close <= high. n in 1..PATH_CHILDREN_MAX. silence in [0, 1): the share
// of children without a trade (flat, all sums 0). Every other child of a parent with
// volume >= trades >= n has a trade and a lot at least.
void path_split(const struct path_node *parent, uint64_t seed, unsigned n, double silence,
                struct path_node *out);

#endif
