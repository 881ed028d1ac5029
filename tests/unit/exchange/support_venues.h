// SPDX-License-Identifier: Apache-2.0
// Records of two exchanges shaped unlike Binance, from the facts sheet of the exchanges: they prove
// that the descriptor carries them.
#ifndef TESTS_EXCHANGE_SUPPORT_VENUES_H
#define TESTS_EXCHANGE_SUPPORT_VENUES_H

#include "exchange/venue_internal.h"

extern const struct venue test_kraken; // envelope in errors of words, keyed results, seconds
extern const struct venue test_okx;    // newest first, exclusive bounds, closed flag, codes as text
extern const struct venue test_htx;    // rows as objects with bare numbers, lower-case symbols
const struct venue *test_binance(void);

#endif
