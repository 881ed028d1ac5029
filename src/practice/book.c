// SPDX-License-Identifier: Apache-2.0
// The order book: a spread around the last price, then levels with seeded gaps and quantities that
// grow with the distance.
#include "practice/book.h"
#include "practice/path.h"

#include <math.h>

struct side {
    uint64_t seed;
    int64_t price, step;     // step < 0: bids
    double gap_ticks;        // largest distance between two levels, in ticks
    double lots_times_price; // typical level: lots x price
};

static size_t fill_side(struct side s, size_t levels, struct practice_level *out)
{
    size_t n = 0;
    for (; n < levels && s.price > 0; n++) {
        uint64_t h = path_hash(s.seed, n);
        double u = path_unit(h), gap = path_unit(path_hash(h, 1));
        double lots = s.lots_times_price / (double)s.price * (0.2 + 1.6 * u) *
                      (1 + 0.12 * (double)(n < 40 ? n : 40));
        out[n].price = s.price;
        out[n].lots = lots < 1 ? 1 : llround(lots);
        s.price += s.step * (1 + (int64_t)(s.gap_ticks * gap * gap));
    }
    return n;
}

void practice_book_make(const struct practice_market *m, int64_t last, time_ms now, size_t levels,
                        struct practice_book *out)
{
    uint64_t h = path_hash(m->seed ^ UINT64_C(0xb00c), (uint64_t)(now / MS_SECOND));
    double ticks = (double)last / (double)m->tick;
    double width = ticks * m->spread_bps / 1e4 * (0.7 + 0.6 * path_unit(path_hash(h, 0)));
    int64_t spread = width < 1 ? 1 : llround(width);
    int64_t below = (int64_t)((double)spread * path_unit(path_hash(h, 1)));
    int64_t bid = last / m->tick - below;
    // A last price between two ticks (markets whose tick was finer once) stays inside the spread.
    int64_t ask = bid + spread;
    if (ask * m->tick < last)
        ask++;
    double lot = pow(10, m->lot.scale) / (double)m->lot.units;
    double lots_times_price = m->level_quote * lot * pow(10, m->price_scale);
    double gap = ticks * m->spread_bps / 1e4 / 2;
    gap = gap < ticks * 1e-4 ? ticks * 1e-4 : gap;
    levels = levels < PRACTICE_BOOK_LEVELS_MAX ? levels : PRACTICE_BOOK_LEVELS_MAX;
    out->bid_count =
        fill_side((struct side){path_hash(h, 2), bid * m->tick, -m->tick, gap, lots_times_price},
                  levels, out->bids);
    out->ask_count =
        fill_side((struct side){path_hash(h, 3), ask * m->tick, m->tick, gap, lots_times_price},
                  levels, out->asks);
}
