// SPDX-License-Identifier: Apache-2.0
// Rows of recorded candles as served, whole or in part: inside a recorded candle the price follows
// a seeded path through its open, high, low and close, split down to seconds.
#include "practice/path.h"
#include "practice/recorded_internal.h"

void recorded__expand(const struct practice_market *m, const struct stored_row *row,
                      enum timeframe tf, struct practice_row *out)
{
    *out = (struct practice_row){
        .open_time = row->open_time,
        .close_time = timeframe_next(tf, timeframe_open_of(tf, row->open_time)) - 1,
        .open = row->open,
        .high = row->high,
        .low = row->low,
        .close = row->close,
        .volume = {row->volume, row->volume_scale},
        .quote_volume = {row->quote, row->quote_scale},
        .taker_volume = {row->volume / 2, row->volume_scale},
        .taker_quote = {row->quote / 2, row->quote_scale},
        .trades = row->trades,
        .price_scale = (uint8_t)m->price_scale,
        .open_digits = row->open_digits,
        .high_digits = row->high_digits,
        .low_digits = row->low_digits,
        .close_digits = row->close_digits,
    };
}

// ---- cutting ------------------------------------------------------------------------------------

struct cut {
    uint64_t seed;
    time_ms from, to;
    struct path_node sum;
    bool any;
};

// Into how many pieces of which length a span is split: days, hours, minutes, seconds.
static int64_t piece_length(int64_t length)
{
    if (length > 60 * MS_HOUR)
        return MS_DAY;
    if (length > MS_HOUR)
        return MS_HOUR;
    return length > MS_MINUTE ? MS_MINUTE : MS_SECOND;
}

static void add_piece(struct cut *c, const struct path_node *n)
{
    if (!c->any) {
        c->sum = *n;
        c->any = true;
        return;
    }
    c->sum.high = n->high > c->sum.high ? n->high : c->sum.high;
    c->sum.low = n->low < c->sum.low ? n->low : c->sum.low;
    c->sum.close = n->close;
    c->sum.volume += n->volume;
    c->sum.trades += n->trades;
}

// Adds what of [open, open + length) lies inside the cut. The depth is four: days to seconds.
static void cut_span(struct cut *c, const struct path_node *node, time_ms open, int64_t length)
{
    struct path_node pieces[PATH_CHILDREN_MAX];
    if (open >= c->from && open + length <= c->to) {
        add_piece(c, node);
        return;
    }
    if (length <= MS_SECOND || open >= c->to || open + length <= c->from)
        return;
    int64_t piece = piece_length(length);
    unsigned n = (unsigned)(length / piece);
    path_split(node, path_hash(path_hash(c->seed, (uint64_t)length), (uint64_t)open), n, 0.05,
               pieces);
    for (unsigned i = 0; i < n; i++)
        cut_span(c, &pieces[i], open + (int64_t)i * piece, piece);
}

static uint8_t most_digits(const struct practice_market *m, const struct stored_row *row)
{
    uint8_t most = (uint8_t)m->price_digits;
    most = row->open_digits > most ? row->open_digits : most;
    return row->close_digits > most ? row->close_digits : most;
}

bool recorded__cut(const struct practice_market *m, const struct stored_row *row, enum timeframe tf,
                   time_ms from, time_ms to, struct practice_row *out)
{
    time_ms next = timeframe_next(tf, timeframe_open_of(tf, row->open_time));
    const struct path_node node = {
        .open = row->open / m->tick,
        .high = row->high / m->tick,
        .low = row->low / m->tick,
        .close = row->close / m->tick,
        .volume = row->volume,
        .trades = row->trades,
    };
    struct cut c = {.seed = m->seed, .from = from, .to = to};
    recorded__expand(m, row, tf, out);
    if (row->open_time >= from && next <= to)
        return true;
    int64_t length = next - row->open_time;
    cut_span(&c, &node, row->open_time, length - length % MS_SECOND);
    if (!c.any)
        return false;
    out->open = c.sum.open * m->tick;
    out->high = c.sum.high * m->tick;
    out->low = c.sum.low * m->tick;
    out->close = c.sum.close * m->tick;
    out->open_digits = out->high_digits = out->low_digits = out->close_digits = most_digits(m, row);
    out->volume.units = c.sum.volume;
    out->taker_volume.units = c.sum.volume / 2;
    out->quote_volume.units =
        row->volume > 0 ? (int64_t)((__int128)row->quote * c.sum.volume / row->volume) : 0;
    out->taker_quote.units = out->quote_volume.units / 2;
    out->trades = c.sum.trades;
    return true;
}
