// SPDX-License-Identifier: Apache-2.0
// Between a script and its broker: each candle of the script becomes the finer candles inside it,
// so that stops and limits are met in the order in which the market met them.
#ifndef BACKTEST_FINER_H
#define BACKTEST_FINER_H

#include "backtest/feed.h"
#include "script/script.h"

struct finer;

// Borrows the feed and the broker. NULL: no memory.
struct finer *finer_create(struct feed *feed, enum timeframe coarse,
                           const struct script_broker *broker);
void finer_destroy(struct finer *f); // NULL is fine
struct script_broker finer_interface(struct finer *f);
// 0, or the feed's error with its words in d (NULL allowed); the broker got the coarse candles from
// then on.
int finer_error(const struct finer *f, struct diag *d) MUST_CHECK;

#endif
