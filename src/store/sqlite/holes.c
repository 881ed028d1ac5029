// SPDX-License-Identifier: Apache-2.0
// What is missing in a stream: the timeframe's grid walked beside the stored open times and beside
// the gaps that the exchange itself is known to have.
#include "store/sqlite/sqlite_internal.h"

struct walk {
    enum timeframe tf;
    struct sqlite__query gaps; // confirmed gaps of the exchange, rising
    time_ms next_gap;          // INT64_MAX: no more
    int (*each)(void *arg, time_ms hole_from, time_ms hole_to);
    void *arg;
};

static int advance_gap(struct walk *w)
{
    int rc = sqlite__row(&w->gaps);
    w->next_gap = rc > 0 ? sqlite__i64(&w->gaps) : INT64_MAX;
    return rc < 0 ? rc : 0;
}

// Reports [from, to) without the open times that the exchange lacks.
static int report(struct walk *w, time_ms from, time_ms to)
{
    int rc = 0;
    while (rc == 0 && from < to) {
        while (rc == 0 && w->next_gap < from)
            rc = advance_gap(w);
        if (rc != 0)
            break;
        time_ms end = w->next_gap < to ? w->next_gap : to;
        if (from < end)
            rc = w->each(w->arg, from, end);
        from = end < to ? timeframe_next(w->tf, end) : to;
    }
    return rc;
}

// First open time that can be missing: from itself when the stream has an older candle, else the
// one of its first candle in the span (INT64_MAX: none).
static int find_first(struct sqlite__shard *sh, int64_t stream_id, enum timeframe tf, time_ms from,
                      time_ms *out)
{
    struct sqlite__query q;
    int64_t older = 0;
    sqlite__start(&sh->db, SHARD_CANDLE_BEFORE, &q);
    sqlite__bind_i64(&q, stream_id);
    sqlite__bind_i64(&q, from);
    int rc = sqlite__run_i64(&q, &older);
    time_ms open = timeframe_open_of(tf, from);
    if (open < from)
        open = timeframe_next(tf, open);
    *out = older != 0 ? open : INT64_MAX;
    return rc;
}

static int walk_candles(struct walk *w, struct sqlite__query *candles, time_ms expected, time_ms to)
{
    int rc;
    while ((rc = sqlite__row(candles)) > 0) {
        time_ms open = sqlite__i64(candles);
        rc = expected < open ? report(w, expected, open) : 0;
        if (rc != 0)
            return rc;
        expected = timeframe_next(w->tf, open);
    }
    if (rc == 0 && expected < to)
        rc = report(w, expected, to);
    return rc;
}

int sqlite__candle_holes(struct store *s, int64_t stream_id, enum timeframe tf, time_ms from,
                         time_ms to, int (*each)(void *arg, time_ms hole_from, time_ms hole_to),
                         void *arg)
{
    struct sqlite__shard *sh = NULL;
    struct sqlite__query candles;
    struct walk w = {.tf = tf, .each = each, .arg = arg};
    time_ms expected = INT64_MAX;
    int rc = sqlite__shard_read(s, tf, &sh);
    if (rc == 0 && sh != NULL)
        rc = find_first(sh, stream_id, tf, from, &expected);
    if (rc != 0 || sh == NULL)
        return rc;
    // The end of the last hole lies on the grid too.
    time_ms end = timeframe_open_of(tf, to);
    end = end < to ? timeframe_next(tf, end) : end;
    sqlite__start(&sqlite__of(s)->hub, HUB_GAP_OF_EXCHANGE, &w.gaps);
    sqlite__bind_i64(&w.gaps, stream_id);
    sqlite__bind_i64(&w.gaps, from);
    sqlite__bind_i64(&w.gaps, to);
    rc = advance_gap(&w);
    sqlite__start(&sh->db, SHARD_CANDLE_TIMES, &candles);
    sqlite__bind_i64(&candles, stream_id);
    sqlite__bind_i64(&candles, from);
    sqlite__bind_i64(&candles, to);
    if (rc == 0)
        rc = walk_candles(&w, &candles, expected, end);
    sqlite__finish(&candles);
    sqlite__finish(&w.gaps);
    return rc;
}
