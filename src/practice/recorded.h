// SPDX-License-Identifier: Apache-2.0
// Recorded candles as a feed: a folder of BASE-QUOTE/TIMEFRAME.csv[.gz] files. A recorded timeframe
// is served as it is, digit for digit; others are added up from the finest one that fits.
#ifndef PRACTICE_RECORDED_H
#define PRACTICE_RECORDED_H

#include "practice/feed.h"

// dir holds market folders, or a folder `binance` that does. Every file is scanned once (times,
// digits), its rows are loaded when first asked for. seed makes paths inside candles and the books.
// ERR_NOT_FOUND: no candles there; ERR_SYNTAX: a file is damaged (d names file and line);
// ERR_SYSTEM, ERR_NO_MEMORY.
int recorded_create(const char *dir, uint64_t seed, struct practice_feed **out,
                    struct diag *d) MUST_CHECK;

#endif
