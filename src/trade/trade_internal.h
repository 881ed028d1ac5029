// SPDX-License-Identifier: Apache-2.0
// Money arithmetic shared inside this folder: the finest scale that fits instead of a fixed one, so
// that a book of a low-priced asset keeps its digits and one of a high-priced asset does not
// overflow.
#ifndef TRADE_INTERNAL_H
#define TRADE_INTERNAL_H

#include "base/decimal.h"

// Quote amounts (cash, cost, fees) carry at most this many digits after the point, as venues do.
#define TRADE__MONEY_SCALE 8

// Each tries max_scale first and goes down until the result fits; rounding happens once, in the
// direction asked for. ERR_RANGE when not even whole units fit; ERR_INVALID as in base/decimal.h.
int trade__mul(struct decimal a, struct decimal b, int32_t max_scale, enum decimal_round round,
               struct decimal *out) MUST_CHECK;
int trade__div(struct decimal a, struct decimal b, int32_t max_scale, enum decimal_round round,
               struct decimal *out) MUST_CHECK;
int trade__add(struct decimal a, struct decimal b, enum decimal_round round,
               struct decimal *out) MUST_CHECK;
int trade__from_double(double value, int32_t max_scale, enum decimal_round round,
                       struct decimal *out) MUST_CHECK;
// amount * percent / 100; ERR_INVALID when percent is not finite.
int trade__percent_of(struct decimal amount, double percent, enum decimal_round round,
                      struct decimal *out) MUST_CHECK;
// amount * bps / 10000, at money scale; ERR_INVALID when bps is not finite.
int trade__bps_of(struct decimal amount, double bps, enum decimal_round round,
                  struct decimal *out) MUST_CHECK;

#endif
