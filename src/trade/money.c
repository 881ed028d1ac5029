// SPDX-License-Identifier: Apache-2.0
// Money arithmetic at the finest scale that fits.
#include "trade/trade_internal.h"

typedef int (*rounding_op)(struct decimal a, struct decimal b, int32_t scale,
                           enum decimal_round round, struct decimal *out);

static int finest(rounding_op op, struct decimal a, struct decimal b, int32_t max_scale,
                  enum decimal_round round, struct decimal *out)
{
    int rc = ERR_RANGE;
    for (int32_t scale = max_scale; scale >= 0 && rc == ERR_RANGE; scale--)
        rc = op(a, b, scale, round, out);
    return rc;
}

int trade__mul(struct decimal a, struct decimal b, int32_t max_scale, enum decimal_round round,
               struct decimal *out)
{
    // More digits than the factors have would be zeros.
    int32_t exact = a.scale + b.scale;
    return finest(decimal_mul, a, b, exact < max_scale ? exact : max_scale, round, out);
}

int trade__div(struct decimal a, struct decimal b, int32_t max_scale, enum decimal_round round,
               struct decimal *out)
{
    return finest(decimal_div, a, b, max_scale, round, out);
}

int trade__add(struct decimal a, struct decimal b, enum decimal_round round, struct decimal *out)
{
    int rc = decimal_add(a, b, out);
    int32_t scale = a.scale > b.scale ? a.scale : b.scale;
    while (rc == ERR_RANGE && scale > 0) {
        scale--;
        struct decimal x = a, y = b;
        if (a.scale > scale && (rc = decimal_rescale(a, scale, round, &x)))
            return rc;
        if (b.scale > scale && (rc = decimal_rescale(b, scale, round, &y)))
            return rc;
        rc = decimal_add(x, y, out);
    }
    return rc;
}

int trade__from_double(double value, int32_t max_scale, enum decimal_round round,
                       struct decimal *out)
{
    int rc = ERR_RANGE;
    for (int32_t scale = max_scale; scale >= 0 && rc == ERR_RANGE; scale--)
        rc = decimal_from_double(value, scale, round, out);
    return rc;
}

static int share(struct decimal amount, double parts, int64_t whole, int32_t max_scale,
                 enum decimal_round round, struct decimal *out)
{
    struct decimal factor;
    int rc = trade__from_double(parts, 12, round, &factor);
    if (!rc)
        rc = trade__mul(amount, factor, DECIMAL_SCALE_MAX, round, &factor);
    if (!rc)
        rc = trade__div(factor, (struct decimal){whole, 0}, max_scale, round, out);
    return rc;
}

int trade__percent_of(struct decimal amount, double percent, enum decimal_round round,
                      struct decimal *out)
{
    return share(amount, percent, 100, DECIMAL_SCALE_MAX, round, out);
}

int trade__bps_of(struct decimal amount, double bps, enum decimal_round round, struct decimal *out)
{
    return share(amount, bps, 10000, TRADE__MONEY_SCALE, round, out);
}
