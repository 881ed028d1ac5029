// SPDX-License-Identifier: Apache-2.0
// The recorded feed. Each timeframe of a market is a sorted array of complete rows, read from its
// file or added up from finer ones when first asked for; the clock then only decides how far one
// may look. What runs right now is cut out of the finest recorded row that contains it.
#include "practice/recorded.h"
#include "practice/recorded_internal.h"

struct place {
    const struct practice_market *market;
    struct recorded_market *own;
};

static struct place place_of(struct practice_feed *feed, size_t market)
{
    struct recorded_feed *f = (struct recorded_feed *)feed;
    return (struct place){&f->base.markets[market], &f->markets[market]};
}

static time_ms series_end(const struct series *s, enum timeframe tf)
{
    return timeframe_next(tf, timeframe_open_of(tf, s->last));
}

// First index with open_time >= t.
static size_t lower_bound(const struct series *s, time_ms t)
{
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->rows[middle].open_time < t)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// ---- loading ------------------------------------------------------------------------------------

static int load_recorded(const struct place *p, struct series *s)
{
    if (s->loaded)
        return 0;
    struct diag d; // the scan at the start has read the file without an error
    int err = series_read(s->path, p->market->price_scale, s->count, &s->rows, &s->count, &d);
    s->loaded = err == 0;
    return err;
}

// How much of [open, next) lies inside the span of a recorded series.
static int64_t overlap(const struct series *s, enum timeframe tf, time_ms open, time_ms next)
{
    time_ms end = series_end(s, tf);
    time_ms from = s->first > open ? s->first : open;
    time_ms to = end < next ? end : next;
    return to > from ? to - from : 0;
}

// The series to build one bucket of tf from: the one that knows most of it, of equals the finest.
static int source_of(const struct place *p, enum timeframe tf, time_ms open, time_ms next)
{
    int best = -1;
    int64_t most = 0;
    for (int fine = 0; fine < (int)tf; fine++) {
        const struct series *s = &p->own->series[fine];
        if (!s->recorded || !timeframe_divides((enum timeframe)fine, tf))
            continue;
        int64_t o = overlap(s, (enum timeframe)fine, open, next);
        if (o > most) {
            most = o;
            best = fine;
        }
    }
    return best;
}

static int store_sum(struct series *s, size_t *cap, struct practice_sum *sum, time_ms open)
{
    struct practice_row row;
    if (practice_sum_finish(sum, open, open, &row) != 0)
        return 0; // nothing was traded: a gap
    if (s->count == *cap) {
        size_t more = *cap ? *cap * 2 : 256;
        struct stored_row *rows = realloc(s->rows, more * sizeof(*rows));
        if (!rows)
            return ERR_NO_MEMORY;
        s->rows = rows;
        *cap = more;
    }
    s->rows[s->count++] = (struct stored_row){
        .open_time = open,
        .open = row.open,
        .high = row.high,
        .low = row.low,
        .close = row.close,
        .volume = row.volume.units,
        .quote = row.quote_volume.units,
        .trades = (int32_t)(row.trades < INT32_MAX ? row.trades : INT32_MAX),
        .open_digits = row.open_digits,
        .high_digits = row.high_digits,
        .low_digits = row.low_digits,
        .close_digits = row.close_digits,
        .volume_scale = (uint8_t)row.volume.scale,
        .quote_scale = (uint8_t)row.quote_volume.scale,
    };
    return 0;
}

static int build_bucket(const struct place *p, enum timeframe tf, time_ms open, size_t *cap)
{
    time_ms next = timeframe_next(tf, open);
    int fine = source_of(p, tf, open, next);
    struct practice_sum sum = {0};
    struct practice_row row;
    if (fine < 0)
        return 0;
    struct series *from = &p->own->series[fine];
    int err = load_recorded(p, from);
    if (err != 0)
        return err;
    for (size_t i = lower_bound(from, open); i < from->count && from->rows[i].open_time < next;
         i++) {
        recorded__expand(p->market, &from->rows[i], (enum timeframe)fine, &row);
        practice_sum_add(&sum, &row);
    }
    return store_sum(&p->own->series[tf], cap, &sum, open);
}

// Adds a timeframe without a file up from finer ones. ERR_UNSUPPORTED when there are none.
static int build_series(const struct place *p, enum timeframe tf)
{
    struct series *s = &p->own->series[tf];
    size_t cap = 0;
    int err = 0;
    if (source_of(p, tf, 0, PRACTICE_NEVER) < 0)
        return ERR_UNSUPPORTED;
    for (time_ms open = timeframe_open_of(tf, p->market->listed_at);
         err == 0 && open < p->market->ended_at; open = timeframe_next(tf, open))
        err = build_bucket(p, tf, open, &cap);
    if (err != 0 || s->count == 0) {
        free(s->rows);
        s->rows = NULL;
        s->count = 0;
        return err != 0 ? err : ERR_UNSUPPORTED;
    }
    s->first = s->rows[0].open_time;
    s->last = s->rows[s->count - 1].open_time;
    s->loaded = true;
    return 0;
}

static int series_of(const struct place *p, enum timeframe tf, struct series **out)
{
    struct series *s = &p->own->series[tf];
    *out = s;
    if (s->loaded)
        return 0;
    return s->recorded ? load_recorded(p, s) : build_series(p, tf);
}

// ---- what has happened --------------------------------------------------------------------------

// The finest recorded series that covers a moment; of those that have ended, the last to end.
static int finest_at(const struct place *p, time_ms t)
{
    int ended = -1;
    time_ms latest = INT64_MIN;
    for (int tf = 0; tf < TF_COUNT; tf++) {
        const struct series *s = &p->own->series[tf];
        if (!s->recorded || s->first > t)
            continue;
        time_ms end = series_end(s, (enum timeframe)tf);
        if (end > t)
            return tf;
        if (end > latest) {
            latest = end;
            ended = tf;
        }
    }
    return ended;
}

static int recorded_window(struct practice_feed *feed, size_t market, time_ms from, time_ms to,
                           struct practice_row *out)
{
    struct place p = place_of(feed, market);
    struct practice_sum sum = {0};
    struct practice_row row;
    int tf = to > from ? finest_at(&p, to - 1) : -1;
    if (tf < 0)
        return ERR_NOT_FOUND;
    struct series *s = &p.own->series[tf];
    int err = load_recorded(&p, s);
    if (err != 0)
        return err;
    time_ms first = timeframe_open_of((enum timeframe)tf, from);
    for (size_t i = lower_bound(s, first); i < s->count && s->rows[i].open_time < to; i++) {
        if (recorded__cut(p.market, &s->rows[i], (enum timeframe)tf, from, to, &row))
            practice_sum_add(&sum, &row);
    }
    return practice_sum_finish(&sum, from, to - 1, out);
}

static int recorded_last(struct practice_feed *feed, size_t market, time_ms now,
                         struct practice_row *out)
{
    struct place p = place_of(feed, market);
    int tf = finest_at(&p, now);
    if (tf < 0)
        return ERR_NOT_FOUND;
    struct series *s = &p.own->series[tf];
    int err = load_recorded(&p, s);
    if (err != 0)
        return err;
    size_t i = lower_bound(s, now);
    while (i > 0) { // a row whose first second is not over says nothing yet
        const struct stored_row *row = &s->rows[--i];
        if (recorded__cut(p.market, row, (enum timeframe)tf, row->open_time, now, out)) {
            out->close_time = out->close_time < now ? out->close_time : now - 1;
            return 0;
        }
    }
    return ERR_NOT_FOUND;
}

// ---- rows ---------------------------------------------------------------------------------------

// A bucket of the grid as far as it has happened.
static int add_bucket(struct practice_feed *feed, size_t market, const struct feed_query *q,
                      time_ms open, struct practice_rows *out)
{
    struct practice_row row;
    time_ms next = feed_next(q->timeframe, q->zone_ms, open);
    int err = recorded_window(feed, market, open, next < q->now ? next : q->now, &row);
    if (err != 0)
        return err == ERR_NOT_FOUND ? 0 : err;
    row.open_time = open;
    row.close_time = next - 1;
    return practice_rows_add(out, &row);
}

// Another zone's borders fit no file: every bucket is added up.
static int zoned_rows(struct practice_feed *feed, size_t market, const struct feed_query *q,
                      struct practice_rows *out)
{
    struct place p = place_of(feed, market);
    time_ms last = q->to < q->now ? q->to : q->now;
    time_ms from = q->from > p.market->listed_at
                       ? q->from
                       : feed_open_of(q->timeframe, q->zone_ms, p.market->listed_at);
    time_ms open = feed_open_of(q->timeframe, q->zone_ms, q->newest ? last : from);
    for (size_t i = 1; q->newest && i < q->limit && open > from; i++)
        open = feed_open_of(q->timeframe, q->zone_ms, open - 1);
    if (open < from)
        open = feed_next(q->timeframe, q->zone_ms, open);
    int err = 0;
    for (; err == 0 && open <= last && out->count < q->limit;
         open = feed_next(q->timeframe, q->zone_ms, open))
        err = add_bucket(feed, market, q, open, out);
    return err;
}

static int recorded_rows(struct practice_feed *feed, size_t market, const struct feed_query *q,
                         struct practice_rows *out)
{
    struct place p = place_of(feed, market);
    struct series *s = NULL;
    struct practice_row row;
    int err = series_of(&p, q->timeframe, &s);
    if (err != 0)
        return err;
    if (q->zone_ms != 0)
        return zoned_rows(feed, market, q, out);
    time_ms running = timeframe_open_of(q->timeframe, q->now);
    bool show_running =
        running >= q->from && running <= q->to && running < series_end(s, q->timeframe);
    size_t low = lower_bound(s, q->from), high = lower_bound(s, running);
    if (q->to < running)
        high = lower_bound(s, q->to + 1);
    size_t limit = q->limit;
    if (q->newest && show_running) {
        struct practice_rows probe = {0};
        err = add_bucket(feed, market, q, running, &probe);
        limit -= err == 0 && probe.count > 0;
        practice_rows_finish(&probe);
    }
    if (q->newest && high > low && high - low > limit)
        low = high - limit;
    for (; err == 0 && low < high && limit > 0; low++, limit--) {
        recorded__expand(p.market, &s->rows[low], q->timeframe, &row);
        err = practice_rows_add(out, &row);
    }
    if (err == 0 && show_running && out->count < q->limit)
        err = add_bucket(feed, market, q, running, out);
    return err;
}

// ---- the feed -----------------------------------------------------------------------------------

static void recorded_destroy(struct practice_feed *feed)
{
    struct recorded_feed *f = (struct recorded_feed *)feed;
    for (size_t i = 0; i < f->base.market_count; i++) {
        for (int tf = 0; tf < TF_COUNT; tf++)
            free(f->markets[i].series[tf].rows);
    }
    free(f->markets);
    free(f->base.markets);
    free(f);
}

static const struct feed_ops recorded_ops = {
    .destroy = recorded_destroy,
    .rows = recorded_rows,
    .window = recorded_window,
    .last = recorded_last,
};

int recorded_create(const char *dir, uint64_t seed, struct practice_feed **out, struct diag *d)
{
    struct recorded_feed *f = calloc(1, sizeof(*f));
    if (!f)
        return diag_set(d, ERR_NO_MEMORY, "out of memory");
    f->base.ops = &recorded_ops;
    int err = recorded__scan(f, dir, seed, d);
    if (err != 0) {
        recorded_destroy(&f->base);
        return err;
    }
    *out = &f->base;
    return 0;
}
