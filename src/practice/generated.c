// SPDX-License-Identifier: Apache-2.0
// The generated market. Days come from noise that can be computed for any day alone: the logarithm
// of the price is a sum of value noise over periods of 1, 2, 4 ... 1,024 days. Everything shorter
// is split out of the day (see path.h), so every timeframe agrees exactly with its minutes.
#include "practice/generated.h"
#include "practice/path.h"

#include <math.h>

#define OCTAVES         11    // 1 ... 1,024 days
#define DAILY_DEVIATION 0.022 // of the shortest octave's log price
#define SHOWN_DIGITS    8     // as the real exchange shows them
#define QUOTE_ASSET     "USDT"

enum {
    SALT_OCTAVE = 1000,
    SALT_UP,
    SALT_DOWN,
    SALT_VOLUME,
    SALT_TAKER,
    SALT_TRADES,
    SALT_SPLIT
};

struct generated_market {
    struct generated_coin coin;
    double ticks; // typical price in ticks
    double lots_per_quote;
    int32_t lot_digits;
};

struct generated_feed {
    struct practice_feed base;
    struct generated_market *markets; // owned
};

// The expanded ancestors of the moment a walk has reached.
struct walk {
    const struct practice_market *market;
    const struct generated_market *own;
    int64_t day, hour, quarter, minute; // which node is expanded; -1 = none
    struct path_node hours[24], quarters[4], minutes[15], seconds[60];
};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

// ---- one day ------------------------------------------------------------------------------------

static double log_price(uint64_t seed, int64_t day)
{
    double sum = 0;
    for (unsigned k = 0; k < OCTAVES; k++) {
        int64_t period = INT64_C(1) << k;
        int64_t cell = floor_div(day, period);
        double part = (double)(day - cell * period) / (double)period;
        uint64_t h = path_hash(seed, SALT_OCTAVE + k);
        double a = path_normal(path_hash(h, (uint64_t)cell));
        double b = path_normal(path_hash(h, (uint64_t)(cell + 1)));
        sum += (a + (b - a) * part) * sqrt((double)period);
    }
    return sum * DAILY_DEVIATION;
}

static int64_t day_price(const struct walk *w, int64_t day)
{
    double ticks = w->own->ticks * exp(log_price(w->market->seed, day));
    return ticks < 2 ? 2 : llround(ticks);
}

static void make_day(const struct walk *w, int64_t day, struct path_node *out)
{
    uint64_t h = path_hash(w->market->seed, (uint64_t)day * 16 + SALT_SPLIT);
    double up = path_unit(path_hash(h, SALT_UP)), down = path_unit(path_hash(h, SALT_DOWN));
    out->open = day_price(w, day);
    out->close = day_price(w, day + 1);
    int64_t top = out->open > out->close ? out->open : out->close;
    int64_t bottom = out->open < out->close ? out->open : out->close;
    out->high = top + llround((double)top * 0.06 * up * up);
    out->low = bottom - llround((double)bottom * 0.05 * down * down);
    out->low = out->low < 1 ? 1 : out->low;
    double move = fabs((double)(out->close - out->open)) / (double)out->open;
    double quote = w->own->coin.quote_volume * (1 + 8 * move) *
                   exp(0.45 * path_normal(path_hash(h, SALT_VOLUME)));
    double middle = (double)(out->open + out->high + out->low + out->close) / 4;
    double lots = quote * w->own->lots_per_quote * w->own->ticks / middle;
    double trades = quote / (20 + 180 * path_unit(path_hash(h, SALT_TRADES)));
    out->volume = lots < 4000 ? 4000 : llround(lots);
    out->trades = trades < 40 ? 40 : llround(trades);
    out->trades = out->trades > out->volume ? out->volume : out->trades;
    out->quote =
        (int64_t)((__int128)out->volume * (out->open + out->high + out->low + out->close) / 4);
    double taker = 0.4 + 0.2 * path_unit(path_hash(h, SALT_TAKER));
    out->taker_volume = (int64_t)((double)out->volume * taker);
    out->taker_quote = (int64_t)((double)out->quote * taker);
}

// ---- walking through time -----------------------------------------------------------------------

static void walk_init(struct walk *w, const struct generated_feed *f, size_t market)
{
    w->market = &f->base.markets[market];
    w->own = &f->markets[market];
    w->day = w->hour = w->quarter = w->minute = -1;
}

static uint64_t node_seed(const struct walk *w, int64_t length_ms, int64_t index)
{
    return path_hash(path_hash(w->market->seed, (uint64_t)length_ms), (uint64_t)index);
}

static const struct path_node *walk_hour(struct walk *w, time_ms t)
{
    int64_t day = t / MS_DAY;
    if (w->day != day) {
        struct path_node node;
        make_day(w, day, &node);
        path_split(&node, node_seed(w, MS_DAY, day), 24, 0, w->hours);
        w->day = day;
    }
    return &w->hours[t % MS_DAY / MS_HOUR];
}

static const struct path_node *walk_quarter(struct walk *w, time_ms t)
{
    int64_t hour = t / MS_HOUR;
    if (w->hour != hour) {
        path_split(walk_hour(w, t), node_seed(w, MS_HOUR, hour), 4, w->own->coin.silence / 8,
                   w->quarters);
        w->hour = hour;
    }
    return &w->quarters[t % MS_HOUR / (15 * MS_MINUTE)];
}

static const struct path_node *walk_minute(struct walk *w, time_ms t)
{
    int64_t quarter = t / (15 * MS_MINUTE);
    if (w->quarter != quarter) {
        path_split(walk_quarter(w, t), node_seed(w, 15 * MS_MINUTE, quarter), 15,
                   w->own->coin.silence, w->minutes);
        w->quarter = quarter;
    }
    return &w->minutes[t % (15 * MS_MINUTE) / MS_MINUTE];
}

static const struct path_node *walk_second(struct walk *w, time_ms t)
{
    int64_t minute = t / MS_MINUTE;
    if (w->minute != minute) {
        path_split(walk_minute(w, t), node_seed(w, MS_MINUTE, minute), 60, 0.3, w->seconds);
        w->minute = minute;
    }
    return &w->seconds[t % MS_MINUTE / MS_SECOND];
}

static void add_node(struct path_node *sum, bool *any, const struct path_node *n)
{
    if (!*any) {
        *sum = *n;
        *any = true;
        return;
    }
    sum->high = n->high > sum->high ? n->high : sum->high;
    sum->low = n->low < sum->low ? n->low : sum->low;
    sum->close = n->close;
    sum->volume += n->volume;
    sum->quote += n->quote;
    sum->taker_volume += n->taker_volume;
    sum->taker_quote += n->taker_quote;
    sum->trades += n->trades;
}

// Adds up [from, to) with the largest nodes that fit; whole seconds only.
static bool walk_sum(struct walk *w, time_ms from, time_ms to, struct path_node *sum)
{
    bool any = false;
    for (time_ms t = from; t + MS_SECOND <= to;) {
        if (t % MS_DAY == 0 && t + MS_DAY <= to) {
            struct path_node day;
            make_day(w, t / MS_DAY, &day);
            add_node(sum, &any, &day);
            t += MS_DAY;
        } else if (t % MS_HOUR == 0 && t + MS_HOUR <= to) {
            add_node(sum, &any, walk_hour(w, t));
            t += MS_HOUR;
        } else if (t % (15 * MS_MINUTE) == 0 && t + 15 * MS_MINUTE <= to) {
            add_node(sum, &any, walk_quarter(w, t));
            t += 15 * MS_MINUTE;
        } else if (t % MS_MINUTE == 0 && t + MS_MINUTE <= to) {
            add_node(sum, &any, walk_minute(w, t));
            t += MS_MINUTE;
        } else {
            add_node(sum, &any, walk_second(w, t));
            t += MS_SECOND;
        }
    }
    return any;
}

static void fill_row(const struct walk *w, const struct path_node *n, time_ms open, time_ms close,
                     struct practice_row *out)
{
    int32_t lot = w->own->lot_digits, quote = lot + w->market->price_scale;
    *out = (struct practice_row){
        .open_time = open,
        .close_time = close,
        .open = n->open,
        .high = n->high,
        .low = n->low,
        .close = n->close,
        .volume = {n->volume, lot},
        .quote_volume = {n->quote, quote},
        .taker_volume = {n->taker_volume, lot},
        .taker_quote = {n->taker_quote, quote},
        .trades = n->trades,
        .price_scale = (uint8_t)w->market->price_scale,
        .open_digits = SHOWN_DIGITS,
        .high_digits = SHOWN_DIGITS,
        .low_digits = SHOWN_DIGITS,
        .close_digits = SHOWN_DIGITS,
        .volume_digits = SHOWN_DIGITS,
    };
}

// ---- the feed -----------------------------------------------------------------------------------

static int walk_row(struct walk *w, time_ms open, time_ms next, time_ms now,
                    struct practice_row *out)
{
    struct path_node sum;
    time_ms from = open > w->market->listed_at ? open : w->market->listed_at;
    if (!walk_sum(w, from, next < now ? next : now, &sum))
        return ERR_NOT_FOUND;
    fill_row(w, &sum, open, next - 1, out);
    return 0;
}

// The first bucket of an answer.
static time_ms first_open(const struct feed_query *q, time_ms listed_at)
{
    time_ms oldest = feed_open_of(q->timeframe, q->zone_ms, listed_at);
    time_ms from = q->from > oldest ? q->from : oldest;
    if (q->newest) {
        time_ms last = q->to < q->now ? q->to : q->now;
        time_ms open = feed_open_of(q->timeframe, q->zone_ms, last);
        for (size_t i = 1; i < q->limit && open > from; i++)
            open = feed_open_of(q->timeframe, q->zone_ms, open - 1);
        from = open > from ? open : from;
    }
    time_ms open = feed_open_of(q->timeframe, q->zone_ms, from);
    return open < from ? feed_next(q->timeframe, q->zone_ms, open) : open;
}

static int generated_rows(struct practice_feed *feed, size_t market, const struct feed_query *q,
                          struct practice_rows *out)
{
    struct walk w;
    struct practice_row row;
    walk_init(&w, (struct generated_feed *)feed, market);
    time_ms open = first_open(q, w.market->listed_at);
    for (size_t n = 0; n < q->limit && open <= q->to && open <= q->now; n++) {
        time_ms next = feed_next(q->timeframe, q->zone_ms, open);
        int err = walk_row(&w, open, next, q->now, &row);
        if (err == ERR_NOT_FOUND) // no second of it is over yet
            return 0;
        if (err == 0)
            err = practice_rows_add(out, &row);
        if (err != 0)
            return err;
        open = next;
    }
    return 0;
}

static int generated_window(struct practice_feed *feed, size_t market, time_ms from, time_ms to,
                            struct practice_row *out)
{
    struct walk w;
    walk_init(&w, (struct generated_feed *)feed, market);
    time_ms whole = floor_div(from + MS_SECOND - 1, MS_SECOND) * MS_SECOND;
    return walk_row(&w, whole, to, to, out);
}

static int generated_last(struct practice_feed *feed, size_t market, time_ms now,
                          struct practice_row *out)
{
    struct walk w;
    walk_init(&w, (struct generated_feed *)feed, market);
    time_ms second = floor_div(now, MS_SECOND) * MS_SECOND - MS_SECOND;
    if (second < w.market->listed_at)
        return ERR_NOT_FOUND;
    fill_row(&w, walk_second(&w, second), second, second + MS_SECOND - 1, out);
    return 0;
}

static void generated_destroy(struct practice_feed *feed)
{
    struct generated_feed *f = (struct generated_feed *)feed;
    if (!f)
        return;
    free(f->markets);
    free(f->base.markets);
    free(f);
}

static const struct feed_ops generated_ops = {
    .destroy = generated_destroy,
    .rows = generated_rows,
    .window = generated_window,
    .last = generated_last,
};

// Tick: five significant digits, at least 8 digits after the point at most. Lot: worth about a
// tenth of a quote unit or less.
static int make_market(struct generated_feed *f, uint64_t seed, size_t index)
{
    struct practice_market *m = &f->base.markets[index];
    struct generated_market *own = &f->markets[index];
    int err = generated_coin(seed, index, &own->coin);
    if (err != 0)
        return err;
    int magnitude = (int)floor(log10(own->coin.price));
    int tick_digits = 4 - magnitude;
    int lot_digits = magnitude + 1;
    m->price_scale = tick_digits < 2 ? 2 : tick_digits > 8 ? 8 : tick_digits;
    own->lot_digits = lot_digits < 0 ? 0 : lot_digits > 5 ? 5 : lot_digits;
    own->ticks = own->coin.price * pow(10, m->price_scale);
    own->lots_per_quote = pow(10, own->lot_digits) / own->coin.price;
    m->seed = path_hash(seed, index + 1);
    m->tick = 1;
    m->price_digits = m->volume_digits = SHOWN_DIGITS;
    m->lot = (struct decimal){1, own->lot_digits};
    m->min_notional = (struct decimal){5, 0};
    m->listed_at = own->coin.listed_at;
    m->ended_at = PRACTICE_NEVER;
    m->spread_bps = own->coin.spread_bps;
    m->level_quote = own->coin.level_quote;
    err = str_copy(m->pair.base, sizeof(m->pair.base), str_from(own->coin.name));
    if (err == 0)
        err = str_copy(m->pair.quote, sizeof(m->pair.quote), STR(QUOTE_ASSET));
    if (err == 0)
        err = str_printf(m->symbol, sizeof(m->symbol), "%s%s", m->pair.base, m->pair.quote);
    return err;
}

int generated_create(uint64_t seed, size_t pairs, struct practice_feed **out, struct diag *d)
{
    if (pairs < 1 || pairs > GENERATED_PAIRS_MAX)
        return diag_set(d, ERR_RANGE, "%zu pairs: choose between 1 and %d", pairs,
                        GENERATED_PAIRS_MAX);
    int err = ERR_NO_MEMORY;
    struct generated_feed *f = calloc(1, sizeof(*f));
    if (!f)
        return diag_set(d, err, "out of memory");
    f->base.ops = &generated_ops;
    f->base.default_start = clock_wall_ms();
    f->base.markets = calloc(pairs, sizeof(*f->base.markets));
    f->markets = calloc(pairs, sizeof(*f->markets));
    if (!f->base.markets || !f->markets)
        goto out;
    err = 0;
    for (size_t i = 0; i < pairs && err == 0; i++)
        err = make_market(f, seed, i);
    f->base.market_count = pairs;
out:
    if (err != 0) {
        generated_destroy(&f->base);
        return diag_set(d, err, "the generated market could not be made: %s", err_text(err));
    }
    *out = &f->base;
    return 0;
}
