// SPDX-License-Identifier: Apache-2.0
// Exchange filters: the lot grid and the first filter an order would break.
#include "trade/filters.h"

#include "trade/trade_internal.h"

static const char *const status_names[MARKET_STATUS_COUNT] = {
    [MARKET_TRADING] = "TRADING",         [MARKET_HALTED] = "HALT",     [MARKET_BREAK] = "BREAK",
    [MARKET_CANCEL_ONLY] = "CANCEL_ONLY", [MARKET_UNKNOWN] = "UNKNOWN",
};

const char *market_status_name(enum market_status s)
{
    return (unsigned)s < MARKET_STATUS_COUNT ? status_names[s] : status_names[MARKET_UNKNOWN];
}

enum market_status market_status_parse(struct str text)
{
    for (unsigned s = 0; s < MARKET_UNKNOWN; s++) {
        if (str_eq(text, str_from(status_names[s])))
            return (enum market_status)s;
    }
    return MARKET_UNKNOWN;
}

static const char *const result_names[FILTER_RESULT_COUNT] = {
    [FILTER_PASS] = "PASS",
    [FILTER_PRICE_TICK] = "PRICE_FILTER",
    [FILTER_PRICE_RANGE] = "PRICE_FILTER",
    [FILTER_LOT_STEP] = "LOT_SIZE",
    [FILTER_LOT_RANGE] = "LOT_SIZE",
    [FILTER_MARKET_LOT_STEP] = "MARKET_LOT_SIZE",
    [FILTER_MARKET_LOT_RANGE] = "MARKET_LOT_SIZE",
    [FILTER_MIN_NOTIONAL] = "NOTIONAL",
    [FILTER_MAX_NOTIONAL] = "NOTIONAL",
};

const char *filter_result_name(enum filter_result r)
{
    return (unsigned)r < FILTER_RESULT_COUNT ? result_names[r] : "UNKNOWN";
}

static int64_t gcd(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

// Least common multiple of two steps: a quantity on both grids is a multiple of it.
static int common_step(struct decimal a, struct decimal b, struct decimal *out)
{
    if (a.units <= 0 || b.units <= 0) {
        *out = a.units > 0 ? a : b;
        return 0;
    }
    int32_t scale = a.scale > b.scale ? a.scale : b.scale;
    int rc = decimal_rescale(a, scale, ROUND_DOWN, &a);
    if (!rc)
        rc = decimal_rescale(b, scale, ROUND_DOWN, &b);
    if (rc)
        return rc;
    int64_t units;
    if (__builtin_mul_overflow(a.units / gcd(a.units, b.units), b.units, &units))
        return ERR_RANGE;
    *out = (struct decimal){units, scale};
    return 0;
}

int filters_round_qty(const struct market_filters *f, bool is_market, struct decimal qty,
                      struct decimal *out)
{
    if (qty.units < 0)
        return ERR_INVALID;
    struct decimal step = f->lot_step;
    if (is_market) {
        int rc = common_step(f->lot_step, f->market_lot_step, &step);
        if (rc)
            return rc;
    }
    return decimal_to_step(qty, step, ROUND_DOWN, out);
}

static bool in_range(struct decimal v, struct decimal min, struct decimal max)
{
    return (min.units <= 0 || decimal_cmp(v, min) >= 0) &&
           (max.units <= 0 || decimal_cmp(v, max) <= 0);
}

static enum filter_result check_price(const struct market_filters *f, struct decimal price)
{
    if (price.units <= 0 || !in_range(price, f->min_price, f->max_price))
        return FILTER_PRICE_RANGE;
    return decimal_is_multiple(price, f->tick_size) ? FILTER_PASS : FILTER_PRICE_TICK;
}

static enum filter_result check_lot(const struct market_filters *f, bool is_market,
                                    struct decimal qty)
{
    if (qty.units <= 0 || !in_range(qty, f->min_qty, f->max_qty))
        return FILTER_LOT_RANGE;
    if (!decimal_is_multiple(qty, f->lot_step))
        return FILTER_LOT_STEP;
    if (!is_market)
        return FILTER_PASS;
    if (!in_range(qty, f->market_min_qty, f->market_max_qty))
        return FILTER_MARKET_LOT_RANGE;
    return decimal_is_multiple(qty, f->market_lot_step) ? FILTER_PASS : FILTER_MARKET_LOT_STEP;
}

// Rounded against the order where the product has more digits than fit. A product beyond every
// decimal is above any bound.
static enum filter_result check_notional(const struct market_filters *f, bool is_market,
                                         struct decimal price, struct decimal qty)
{
    struct decimal notional;
    if (f->min_notional.units > 0 && (!is_market || f->min_notional_market)) {
        int rc = trade__mul(price, qty, DECIMAL_SCALE_MAX, ROUND_DOWN, &notional);
        if (!rc && decimal_cmp(notional, f->min_notional) < 0)
            return FILTER_MIN_NOTIONAL;
    }
    if (f->max_notional.units > 0 && (!is_market || f->max_notional_market)) {
        int rc = trade__mul(price, qty, DECIMAL_SCALE_MAX, ROUND_UP, &notional);
        if (rc || decimal_cmp(notional, f->max_notional) > 0)
            return FILTER_MAX_NOTIONAL;
    }
    return FILTER_PASS;
}

enum filter_result filters_check(const struct market_filters *f, bool is_market,
                                 struct decimal price, struct decimal qty)
{
    enum filter_result r = is_market ? FILTER_PASS : check_price(f, price);
    if (r == FILTER_PASS)
        r = check_lot(f, is_market, qty);
    if (r == FILTER_PASS)
        r = check_notional(f, is_market, price, qty);
    return r;
}
