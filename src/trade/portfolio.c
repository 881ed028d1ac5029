// SPDX-License-Identifier: Apache-2.0
// Cash, positions and equity: every change is computed whole before anything is written.
#include "trade/portfolio.h"

#include "trade/trade_internal.h"

int position_value(const struct position *p, struct decimal *out)
{
    if (p->qty.units == 0) {
        *out = DECIMAL_ZERO;
        return 0;
    }
    if (p->last_price.units <= 0) {
        *out = p->cost;
        return 0;
    }
    return trade__mul(p->qty, p->last_price, TRADE__MONEY_SCALE, ROUND_DOWN, out);
}

int portfolio_equity(struct decimal cash, const struct position *positions, size_t count,
                     struct decimal *out)
{
    struct decimal sum = cash, value;
    for (size_t i = 0; i < count; i++) {
        int rc = position_value(&positions[i], &value);
        if (!rc)
            rc = trade__add(sum, value, ROUND_DOWN, &sum);
        if (rc)
            return rc;
    }
    *out = sum;
    return 0;
}

int fill_value(struct decimal price, struct decimal qty, bool is_buy, struct decimal *out)
{
    return trade__mul(price, qty, TRADE__MONEY_SCALE, is_buy ? ROUND_UP : ROUND_DOWN, out);
}

static int apply_buy(struct decimal *cash, struct position *p, const struct fill *fill,
                     struct decimal value)
{
    struct decimal paid;
    if (decimal_cmp(value, *cash) > 0)
        return ERR_REFUSED;
    int rc = decimal_add(value, fill->fee, &paid);
    if (!rc)
        rc = decimal_sub(*cash, paid, cash);
    if (!rc && cash->units < 0)
        rc = ERR_REFUSED;
    if (!rc)
        rc = decimal_add(p->cost, paid, &p->cost);
    if (!rc)
        rc = decimal_add(p->qty, fill->qty, &p->qty);
    return rc;
}

// The part of the cost that leaves with qty of what is held.
static int cost_share(const struct position *p, struct decimal qty, struct decimal *out)
{
    if (decimal_cmp(qty, p->qty) == 0) {
        *out = p->cost;
        return 0;
    }
    struct decimal ratio;
    int rc = trade__div(qty, p->qty, DECIMAL_SCALE_MAX, ROUND_DOWN, &ratio);
    if (!rc)
        rc = trade__mul(p->cost, ratio, TRADE__MONEY_SCALE, ROUND_DOWN, out);
    return rc;
}

static int apply_sale(struct decimal *cash, struct position *p, const struct fill *fill,
                      struct decimal value)
{
    if (decimal_cmp(fill->qty, p->qty) > 0)
        return ERR_REFUSED;
    struct decimal received, share, profit;
    int rc = decimal_sub(value, fill->fee, &received);
    if (!rc)
        rc = decimal_add(*cash, received, cash);
    if (!rc && cash->units < 0)
        rc = ERR_REFUSED;
    if (!rc)
        rc = cost_share(p, fill->qty, &share);
    if (!rc)
        rc = decimal_sub(p->cost, share, &p->cost);
    if (!rc)
        rc = decimal_sub(received, share, &profit);
    if (!rc)
        rc = decimal_add(p->realised, profit, &p->realised);
    if (!rc)
        rc = decimal_sub(p->qty, fill->qty, &p->qty);
    return rc;
}

int portfolio_apply_fill(struct decimal *cash, struct position *position, bool is_buy,
                         const struct fill *fill)
{
    if (fill->price.units <= 0 || fill->qty.units <= 0 || fill->fee.units < 0)
        return ERR_INVALID;
    struct decimal value, new_cash = *cash;
    struct position after = *position;
    int rc = fill_value(fill->price, fill->qty, is_buy, &value);
    if (!rc)
        rc = is_buy ? apply_buy(&new_cash, &after, fill, value)
                    : apply_sale(&new_cash, &after, fill, value);
    if (rc)
        return rc;
    *cash = new_cash;
    *position = after;
    return 0;
}
