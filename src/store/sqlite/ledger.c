// SPDX-License-Identifier: Apache-2.0
// The poll ledger (what became of each due candle) and the gaps.
#include "store/sqlite/sqlite_internal.h"

int sqlite__ledger_put(struct store *s, const struct store_ledger *row)
{
    struct sqlite__query q;
    bool saved = row->status == POLL_SAVED;
    sqlite__start(&sqlite__of(s)->hub, HUB_LEDGER_PUT, &q);
    sqlite__bind_i64(&q, row->open_time);
    sqlite__bind_i64(&q, row->stream_id);
    sqlite__bind_i64(&q, row->due_at);
    sqlite__bind_i64(&q, row->attempts);
    sqlite__bind_text(&q, poll_status_name(row->status));
    sqlite__bind_i64(&q, saved ? row->saved_at : 0);
    sqlite__bind_i64(&q, saved && row->late);
    sqlite__bind_text(&q, row->cause);
    return sqlite__run(&q);
}

static int read_ledger(struct sqlite__query *q, struct store_ledger *out)
{
    memset(out, 0, sizeof(*out));
    out->stream_id = sqlite__i64(q);
    int rc = sqlite__read_pair(q, &out->pair);
    if (rc == 0)
        rc = sqlite__stream_timeframe(q, &out->timeframe);
    if (rc != 0)
        return rc;
    out->open_time = sqlite__i64(q);
    out->due_at = sqlite__i64(q);
    out->attempts = (uint32_t)sqlite__i64(q);
    struct str status = sqlite__str(q);
    if (poll_status_parse(status, &out->status) != 0) {
        return store__fail(q->db->owner, ERR_CORRUPT, "hub.db: '" STR_FMT "' is no poll status",
                           STR_ARG(status));
    }
    out->saved_at = sqlite__i64(q);
    out->late = sqlite__bool(q);
    out->cause = sqlite__text(q);
    return 0;
}

static int ledger_point(struct store *s, int64_t stream_id, time_ms open,
                        int (*with)(void *arg, const struct store_ledger *row), void *arg,
                        bool *found)
{
    struct sqlite__query q;
    struct store_ledger row;
    sqlite__start(&sqlite__of(s)->hub, HUB_LEDGER_GET, &q);
    sqlite__bind_i64(&q, open);
    sqlite__bind_i64(&q, stream_id);
    int rc = sqlite__row(&q);
    *found = rc > 0;
    if (rc > 0) {
        rc = read_ledger(&q, &row);
        if (rc == 0 && with != NULL)
            rc = with(arg, &row);
    }
    sqlite__finish(&q);
    return rc;
}

int sqlite__ledger_get(struct store *s, int64_t stream_id, time_ms open_time,
                       int (*with)(void *arg, const struct store_ledger *row), void *arg)
{
    bool found = false;
    int rc = ledger_point(s, stream_id, open_time, with, arg, &found);
    if (rc == 0 && !found)
        return store__fail(s, ERR_NOT_FOUND, "the ledger has no such candle");
    return rc;
}

// The table is clustered by time, so that a burst touches few pages. One stream's rows are found by
// asking for each open time of its grid.
struct grid {
    enum timeframe tf;
    time_ms first, end; // first is aligned; [first, end)
};

static int grid_timeframe(struct store *s, int64_t stream_id, enum timeframe *out)
{
    struct sqlite__query q;
    sqlite__start(&sqlite__of(s)->hub, HUB_STREAM_TIMEFRAME, &q);
    sqlite__bind_i64(&q, stream_id);
    int rc = sqlite__row(&q);
    if (rc > 0)
        rc = sqlite__stream_timeframe(&q, out);
    else if (rc == 0)
        rc = store__fail(s, ERR_NOT_FOUND, "there is no such stream");
    sqlite__finish(&q);
    return rc;
}

static int grid_of(struct store *s, const struct store_range *r, struct grid *out)
{
    struct sqlite__query q;
    int rc = grid_timeframe(s, r->stream_id, &out->tf);
    if (rc != 0)
        return rc;
    sqlite__start(&sqlite__of(s)->hub, HUB_LEDGER_BOUNDS, &q);
    rc = sqlite__row(&q);
    if (rc > 0) {
        time_ms low = sqlite__i64(&q), high = sqlite__i64(&q);
        low = r->from > low ? r->from : low;
        out->first = timeframe_open_of(out->tf, low);
        out->first = out->first < low ? timeframe_next(out->tf, out->first) : out->first;
        out->end = sqlite__range_to(r) <= high ? sqlite__range_to(r) : high + 1;
        rc = 0;
    }
    sqlite__finish(&q);
    return rc;
}

// Moves first so that the newest n rows are left.
static int keep_newest(struct store *s, const struct store_range *r, struct grid *g)
{
    int64_t left = r->last_n;
    if (g->end <= g->first)
        return 0;
    time_ms open = timeframe_open_of(g->tf, g->end - 1);
    for (; left > 0 && open >= g->first; open = timeframe_prev(g->tf, open)) {
        bool found = false;
        int rc = ledger_point(s, r->stream_id, open, NULL, NULL, &found);
        if (rc != 0)
            return rc;
        left -= found ? 1 : 0;
        if (left == 0)
            g->first = open;
    }
    return 0;
}

static int ledger_of_stream(struct store *s, const struct store_range *r,
                            int (*each)(void *arg, const struct store_ledger *row), void *arg)
{
    struct grid g = {0};
    bool found;
    int rc = grid_of(s, r, &g);
    if (rc == 0 && r->last_n > 0)
        rc = keep_newest(s, r, &g);
    for (time_ms open = g.first; rc == 0 && open < g.end; open = timeframe_next(g.tf, open))
        rc = ledger_point(s, r->stream_id, open, each, arg, &found);
    return rc;
}

// Where the newest n rows begin (statement: LEDGER_START and its like); unchanged when there are no
// n.
static int newest(struct store *s, int statement, const struct store_range *r, time_ms *open,
                  int64_t *stream_id)
{
    struct sqlite__query q;
    sqlite__start(&sqlite__of(s)->hub, statement, &q);
    sqlite__bind_i64(&q, r->from);
    sqlite__bind_i64(&q, sqlite__range_to(r));
    sqlite__bind_i64(&q, r->last_n - 1);
    if (r->stream_id != 0)
        sqlite__bind_i64(&q, r->stream_id);
    int rc = sqlite__row(&q);
    if (rc > 0) {
        *open = sqlite__i64(&q);
        *stream_id = sqlite__i64(&q);
    }
    sqlite__finish(&q);
    return rc < 0 ? rc : 0;
}

int sqlite__ledger_each(struct store *s, const struct store_range *r,
                        int (*each)(void *arg, const struct store_ledger *row), void *arg)
{
    struct sqlite__query q;
    struct store_ledger row;
    time_ms open = r->from;
    int64_t stream_id = 0;
    if (r->stream_id != 0)
        return ledger_of_stream(s, r, each, arg);
    int rc = r->last_n > 0 ? newest(s, HUB_LEDGER_START, r, &open, &stream_id) : 0;
    if (rc != 0)
        return rc;
    sqlite__start(&sqlite__of(s)->hub, HUB_LEDGER_EACH, &q);
    sqlite__bind_i64(&q, open);
    sqlite__bind_i64(&q, stream_id);
    sqlite__bind_i64(&q, sqlite__range_to(r));
    while ((rc = sqlite__row(&q)) > 0) {
        rc = read_ledger(&q, &row);
        if (rc == 0)
            rc = each(arg, &row);
        if (rc != 0)
            break;
    }
    sqlite__finish(&q);
    return rc;
}

// ---- gaps -----------------------------------------------------------------------------------

int sqlite__gap_put(struct store *s, const struct store_gap *g)
{
    struct sqlite__query q;
    sqlite__start(&sqlite__of(s)->hub, HUB_GAP_PUT, &q);
    sqlite__bind_i64(&q, g->stream_id);
    sqlite__bind_i64(&q, g->open_time);
    sqlite__bind_text(&q, g->cause);
    sqlite__bind_i64(&q, g->exchange_gap);
    sqlite__bind_i64(&q, g->logged_at);
    sqlite__bind_i64(&q, g->filled_at);
    return sqlite__run(&q);
}

int sqlite__gap_fill(struct store *s, int64_t stream_id, time_ms open_time, time_ms now)
{
    struct sqlite__query q;
    sqlite__start(&sqlite__of(s)->hub, HUB_GAP_FILL, &q);
    sqlite__bind_i64(&q, stream_id);
    sqlite__bind_i64(&q, open_time);
    sqlite__bind_i64(&q, now);
    return sqlite__run(&q);
}

int sqlite__gap_each(struct store *s, const struct store_range *r,
                     int (*each)(void *arg, const struct store_gap *g), void *arg)
{
    struct sqlite__query q;
    bool all = r->stream_id == 0;
    time_ms open = r->from;
    int64_t stream_id = r->stream_id;
    int rc = 0;
    if (r->last_n > 0)
        rc = newest(s, all ? HUB_GAP_START : HUB_GAP_START_OF_STREAM, r, &open, &stream_id);
    if (rc != 0)
        return rc;
    sqlite__start(&sqlite__of(s)->hub, all ? HUB_GAP_EACH : HUB_GAP_EACH_OF_STREAM, &q);
    sqlite__bind_i64(&q, open);
    sqlite__bind_i64(&q, stream_id);
    sqlite__bind_i64(&q, sqlite__range_to(r));
    while ((rc = sqlite__row(&q)) > 0) {
        struct store_gap g = {.stream_id = sqlite__i64(&q)};
        rc = sqlite__read_pair(&q, &g.pair);
        if (rc == 0)
            rc = sqlite__stream_timeframe(&q, &g.timeframe);
        if (rc != 0)
            break;
        g.open_time = sqlite__i64(&q);
        g.cause = sqlite__text(&q);
        g.exchange_gap = sqlite__bool(&q);
        g.logged_at = sqlite__i64(&q);
        g.filled_at = sqlite__i64(&q);
        rc = each(arg, &g);
        if (rc != 0)
            break;
    }
    sqlite__finish(&q);
    return rc;
}
