// SPDX-License-Identifier: Apache-2.0
// Walking an order book snapshot.
#include "trade/book.h"

#include "trade/trade_internal.h"

#include <math.h>

struct side {
    const struct book_level *levels;
    size_t count;
};

static struct side side_of(const struct book *b, bool is_buy)
{
    return is_buy ? (struct side){b->asks, b->ask_count} : (struct side){b->bids, b->bid_count};
}

// worsening: 1 when prices rise (asks), -1 when they fall (bids).
static bool side_is_sane(struct side s, int worsening)
{
    if (s.count > BOOK_LEVELS_MAX)
        return false;
    for (size_t i = 0; i < s.count; i++) {
        if (s.levels[i].price.units <= 0 || s.levels[i].qty.units <= 0)
            return false;
        if (i > 0 && decimal_cmp(s.levels[i].price, s.levels[i - 1].price) != worsening)
            return false;
    }
    return true;
}

bool book_is_sane(const struct book *b)
{
    if (!side_is_sane(side_of(b, true), 1) || !side_is_sane(side_of(b, false), -1))
        return false;
    return b->ask_count == 0 || b->bid_count == 0 ||
           decimal_cmp(b->bids[0].price, b->asks[0].price) < 0;
}

// Adds what one level gives (at most *rest) to the walk.
static int walk_level(const struct book_level *level, bool is_buy, struct decimal *rest,
                      struct book_walk *w)
{
    struct decimal taken = decimal_min(level->qty, *rest), value;
    int rc = fill_value(level->price, taken, is_buy, &value);
    if (!rc)
        rc = trade__add(w->cost, value, is_buy ? ROUND_UP : ROUND_DOWN, &w->cost);
    if (!rc)
        rc = decimal_add(w->filled_qty, taken, &w->filled_qty);
    if (!rc)
        rc = decimal_sub(*rest, taken, rest);
    w->worst_price = level->price;
    w->levels++;
    return rc;
}

int book_walk_qty(const struct book *b, bool is_buy, struct decimal qty, struct book_walk *out)
{
    if (qty.units <= 0)
        return ERR_INVALID;
    struct side s = side_of(b, is_buy);
    struct book_walk w = {0};
    struct decimal rest = qty;
    for (size_t i = 0; i < s.count && rest.units > 0; i++) {
        int rc = walk_level(&s.levels[i], is_buy, &rest, &w);
        if (rc)
            return rc;
    }
    w.complete = rest.units == 0;
    if (w.filled_qty.units > 0) {
        int rc = trade__div(w.cost, w.filled_qty, DECIMAL_SCALE_MAX, ROUND_HALF_EVEN, &w.avg_price);
        if (rc)
            return rc;
    }
    *out = w;
    return 0;
}

// One level's fill. total: value of the fills so far, brought up to date here. Its fee is what the
// fee of the whole grows by, so that rounding up happens once however many levels there are.
static int level_fill(const struct book_level *level, bool is_buy, struct decimal qty,
                      double fee_bps, struct decimal *total, struct fill *out)
{
    struct decimal value, before, after;
    enum decimal_round round = is_buy ? ROUND_UP : ROUND_DOWN;
    out->price = level->price;
    out->qty = qty;
    int rc = fill_value(level->price, qty, is_buy, &value);
    if (!rc)
        rc = trade__bps_of(*total, fee_bps, ROUND_UP, &before);
    if (!rc)
        rc = trade__add(*total, value, round, total);
    if (!rc)
        rc = trade__bps_of(*total, fee_bps, ROUND_UP, &after);
    return rc ? rc : decimal_sub(after, before, &out->fee);
}

int book_walk_fills(const struct book *b, bool is_buy, struct decimal qty, double fee_bps,
                    struct fill out[static BOOK_LEVELS_MAX], size_t *out_count)
{
    if (qty.units <= 0 || !isfinite(fee_bps) || fee_bps < 0)
        return ERR_INVALID;
    struct side s = side_of(b, is_buy);
    struct decimal total = DECIMAL_ZERO;
    size_t count = 0;
    for (size_t i = 0; i < s.count && qty.units > 0; i++) {
        struct decimal taken = decimal_min(s.levels[i].qty, qty);
        int rc = level_fill(&s.levels[i], is_buy, taken, fee_bps, &total, &out[count]);
        if (!rc)
            rc = decimal_sub(qty, taken, &qty);
        if (rc)
            return rc;
        count++;
    }
    *out_count = count;
    return 0;
}

// The worst price still within bps of best.
static int price_bound(struct decimal best, bool is_buy, double bps, struct decimal *out)
{
    struct decimal ten_thousand = {10000, 0}, factor;
    int rc = trade__from_double(bps, 12, ROUND_DOWN, &factor);
    if (!rc)
        rc = is_buy ? decimal_add(ten_thousand, factor, &factor)
                    : decimal_sub(ten_thousand, factor, &factor);
    if (!rc)
        rc = trade__mul(best, factor, DECIMAL_SCALE_MAX, is_buy ? ROUND_DOWN : ROUND_UP, &factor);
    if (!rc)
        rc = trade__div(factor, ten_thousand, DECIMAL_SCALE_MAX, is_buy ? ROUND_DOWN : ROUND_UP,
                        out);
    return rc;
}

int book_depth_within(const struct book *b, bool is_buy, double bps, struct decimal *out_quote)
{
    if (!isfinite(bps) || bps < 0)
        return ERR_INVALID;
    struct side s = side_of(b, is_buy);
    struct decimal sum = DECIMAL_ZERO, bound = DECIMAL_ZERO;
    int rc = s.count > 0 ? price_bound(s.levels[0].price, is_buy, bps, &bound) : 0;
    for (size_t i = 0; i < s.count && !rc; i++) {
        int order = decimal_cmp(s.levels[i].price, bound);
        if (is_buy ? order > 0 : order < 0)
            break;
        struct decimal value;
        rc = trade__mul(s.levels[i].price, s.levels[i].qty, TRADE__MONEY_SCALE, ROUND_DOWN, &value);
        if (!rc)
            rc = trade__add(sum, value, ROUND_DOWN, &sum);
    }
    if (!rc)
        *out_quote = sum;
    return rc;
}

double book_spread_bps(struct decimal bid, struct decimal ask)
{
    if (bid.units <= 0 || ask.units <= 0)
        return NAN;
    double low = decimal_to_double(bid), high = decimal_to_double(ask);
    return (high - low) * 20000 / (high + low);
}
