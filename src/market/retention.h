// SPDX-License-Identifier: Apache-2.0
// How many of a stream's candles are kept, and when older ones are let go. Pure.
#ifndef MARKET_RETENTION_H
#define MARKET_RETENTION_H

#include <stdint.h>

// Older candles go in large steps, since each step makes the analyst read the stream again: a
// quarter of what is kept, and at least this many.
#define RETENTION_STEP_MIN 100

// stored: candles there are; keep: as set, 0 = all; needed: what bootstrap and the strategies on
// the stream need. Returns how many of the newest to keep, never less than needed; 0: let nothing
// go now.
int64_t retention_keep(int64_t stored, int64_t keep, int64_t needed);

#endif
