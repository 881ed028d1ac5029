// SPDX-License-Identifier: Apache-2.0
// A small seeded generator (xoshiro256**, Blackman & Vigna 2018) for generated markets, fault
// scripts, jitter and property tests. Never for keys or tokens.
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

struct random {
    uint64_t s[4];
};

void random_init(struct random *r, uint64_t seed); // splitmix64 spreads the seed
uint64_t random_u64(struct random *r);
uint64_t random_below(struct random *r, uint64_t limit); // unbiased; 0 when limit is 0
double random_unit(struct random *r);                    // [0, 1)
double random_normal(struct random *r);                  // mean 0, deviation 1

#endif
