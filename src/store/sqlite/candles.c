// SPDX-License-Identifier: Apache-2.0
// Candles: stored once, told new, same and revised apart, read as rows, as columns and as holes.
#include "store/sqlite/sqlite_internal.h"

#include <math.h>

static void bind_values(struct sqlite__query *q, const struct candle *c)
{
    sqlite__bind_double(q, c->open);
    sqlite__bind_double(q, c->high);
    sqlite__bind_double(q, c->low);
    sqlite__bind_double(q, c->close);
    sqlite__bind_double(q, c->volume);
    sqlite__bind_double(q, c->quote_volume);
    if (c->trades >= 0)
        sqlite__bind_i64(q, c->trades);
    else
        sqlite__bind_double(q, (double)NAN); // NULL
}

static void read_values(struct sqlite__query *q, struct candle *c)
{
    c->open = sqlite__double(q);
    c->high = sqlite__double(q);
    c->low = sqlite__double(q);
    c->close = sqlite__double(q);
    c->volume = sqlite__double(q);
    c->quote_volume = sqlite__double(q);
    bool none = sqlite3_column_type(q->st, q->column) == SQLITE_NULL;
    c->trades = sqlite__i64(q);
    if (none)
        c->trades = -1;
}

static int get_stored(struct sqlite__shard *sh, int64_t stream_id, time_ms open, struct candle *out)
{
    struct sqlite__query q;
    out->open_time = open;
    sqlite__start(&sh->db, SHARD_CANDLE_GET, &q);
    sqlite__bind_i64(&q, stream_id);
    sqlite__bind_i64(&q, open);
    int rc = sqlite__row(&q);
    if (rc > 0)
        read_values(&q, out);
    sqlite__finish(&q);
    return rc < 0 ? rc : 0;
}

static int revise(struct sqlite__shard *sh, int64_t stream_id, const struct candle *c, time_ms now)
{
    struct sqlite__query q;
    sqlite__start(&sh->db, SHARD_CANDLE_KEEP_OLD, &q);
    sqlite__bind_i64(&q, stream_id);
    sqlite__bind_i64(&q, c->open_time);
    sqlite__bind_i64(&q, now);
    sqlite__bind_i64(&q, sh->settled + 1);
    int rc = sqlite__run(&q);
    if (rc != 0)
        return rc;
    sqlite__start(&sh->db, SHARD_CANDLE_REVISE, &q);
    bind_values(&q, c);
    sqlite__bind_i64(&q, stream_id);
    sqlite__bind_i64(&q, c->open_time);
    rc = sqlite__run(&q);
    return rc != 0 ? rc : sqlite__burst_undo_add(sh, stream_id, c->open_time, SQLITE__UNDO_REVISED);
}

static int put_existing(struct sqlite__shard *sh, int64_t stream_id, const struct candle *c,
                        time_ms now, enum store_put *out)
{
    struct candle old;
    int rc = get_stored(sh, stream_id, c->open_time, &old);
    if (rc != 0)
        return rc;
    if (candle_equal(&old, c)) {
        *out = STORE_SAME;
        return 0;
    }
    *out = STORE_REVISED;
    return revise(sh, stream_id, c, now);
}

static bool is_storable(const struct candle *c, enum timeframe tf)
{
    return (unsigned)tf < TF_COUNT && isfinite(c->open) && isfinite(c->high) && isfinite(c->low) &&
           isfinite(c->close) && isfinite(c->volume) && timeframe_is_aligned(tf, c->open_time);
}

int sqlite__candle_put(struct store *s, int64_t stream_id, enum timeframe tf,
                       const struct candle *c, enum candle_source source, bool late, time_ms now,
                       enum store_put *out)
{
    struct sqlite__shard *sh = NULL;
    struct sqlite__query q;
    if (!is_storable(c, tf)) {
        return store__fail(s, ERR_INVALID,
                           "a candle that is off the grid or not finite is not stored (open time "
                           "%lld)",
                           (long long)c->open_time);
    }
    int rc = sqlite__shard_write(s, tf, &sh);
    if (rc != 0)
        return rc;
    sqlite__start(&sh->db, SHARD_CANDLE_INSERT, &q);
    sqlite__bind_i64(&q, stream_id);
    sqlite__bind_i64(&q, c->open_time);
    bind_values(&q, c);
    sqlite__bind_i64(&q, now);
    sqlite__bind_i64(&q, source);
    sqlite__bind_i64(&q, late);
    rc = sqlite__run(&q);
    if (rc != 0)
        return rc;
    if (sqlite3_changes(sh->db.handle) == 0)
        return put_existing(sh, stream_id, c, now, out);
    *out = STORE_NEW;
    rc = sqlite__burst_undo_add(sh, stream_id, c->open_time, SQLITE__UNDO_NEW);
    return rc != 0 ? rc : sqlite__burst_count(sh, stream_id, c->open_time);
}

// ---- reading --------------------------------------------------------------------------------

static void bind_span(struct sqlite__query *q, int64_t stream_id, time_ms from, time_ms to)
{
    sqlite__bind_i64(q, stream_id);
    sqlite__bind_i64(q, from);
    sqlite__bind_i64(q, to);
}

// Where the newest n of a span begin; from itself when there are none.
static int find_start(struct sqlite__shard *sh, int64_t stream_id, time_ms from, time_ms to,
                      int64_t n, time_ms *out)
{
    struct sqlite__query q;
    sqlite__start(&sh->db, SHARD_CANDLE_START, &q);
    bind_span(&q, stream_id, from, to);
    sqlite__bind_i64(&q, n);
    int rc = sqlite__row(&q);
    if (rc > 0 && sqlite3_column_type(q.st, 0) != SQLITE_NULL)
        *out = sqlite__i64(&q);
    sqlite__finish(&q);
    return rc < 0 ? rc : 0;
}

int sqlite__candle_each(struct store *s, int64_t stream_id, enum timeframe tf, time_ms from,
                        time_ms to, int64_t last_n,
                        int (*each)(void *arg, const struct store_candle *c), void *arg)
{
    struct sqlite__shard *sh = NULL;
    struct sqlite__query q;
    int rc = sqlite__shard_read(s, tf, &sh);
    if (rc == 0 && sh != NULL && last_n > 0)
        rc = find_start(sh, stream_id, from, to, last_n, &from);
    if (rc != 0 || sh == NULL)
        return rc;
    sqlite__start(&sh->db, SHARD_CANDLE_EACH, &q);
    bind_span(&q, stream_id, from, to);
    while ((rc = sqlite__row(&q)) > 0) {
        struct store_candle row = {.candle.open_time = sqlite__i64(&q)};
        read_values(&q, &row.candle);
        row.source = (enum candle_source)sqlite__i64(&q);
        row.late = sqlite__bool(&q);
        row.revised = sqlite__bool(&q);
        rc = each(arg, &row);
        if (rc != 0)
            break;
    }
    sqlite__finish(&q);
    return rc;
}

// A scan into columns stays inside SQLite's machine: this function stands in the statement's WHERE,
// takes each row, and is true (ends the step) only when the columns are full.
static void take_candle(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    struct sqlite__sink *sink = sqlite3_user_data(context);
    (void)argc;
    if (sink->out != NULL && sink->count < sink->cap) {
        size_t n = sink->count++;
        sink->out->open_time[n] = sqlite3_value_int64(argv[0]);
        sink->out->open[n] = sqlite3_value_double(argv[1]);
        sink->out->high[n] = sqlite3_value_double(argv[2]);
        sink->out->low[n] = sqlite3_value_double(argv[3]);
        sink->out->close[n] = sqlite3_value_double(argv[4]);
        sink->out->volume[n] = sqlite3_value_double(argv[5]);
    }
    sqlite3_result_int(context, sink->count == sink->cap);
}

int sqlite__candle_functions(struct sqlite__shard *sh)
{
    int rc =
        sqlite3_create_function_v2(sh->db.handle, "take_candle", 6, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                   &sh->sink, take_candle, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : sqlite__db_fail(&sh->db, rc, "function");
}

int sqlite__candle_columns(struct store *s, int64_t stream_id, enum timeframe tf, time_ms from,
                           size_t cap, const struct store_columns *out, size_t *count)
{
    struct sqlite__shard *sh = NULL;
    struct sqlite__query q;
    *count = 0;
    int rc = sqlite__shard_read(s, tf, &sh);
    if (rc != 0 || sh == NULL || cap == 0)
        return rc;
    sh->sink = (struct sqlite__sink){.out = out, .cap = cap};
    sqlite__start(&sh->db, SHARD_CANDLE_COLUMNS, &q);
    sqlite__bind_i64(&q, stream_id);
    sqlite__bind_i64(&q, from);
    rc = sqlite__row(&q);
    sqlite__finish(&q);
    *count = rc < 0 ? 0 : sh->sink.count;
    sh->sink = (struct sqlite__sink){0};
    return rc < 0 ? rc : 0;
}

int sqlite__candle_newest(struct store *s, int64_t stream_id, enum timeframe tf, time_ms *out)
{
    struct sqlite__shard *sh = NULL;
    int rc = sqlite__shard_read(s, tf, &sh);
    time_ms newest = INT64_MIN;
    if (rc == 0 && sh != NULL)
        rc = find_start(sh, stream_id, INT64_MIN, INT64_MAX, 1, &newest);
    if (rc == 0 && newest == INT64_MIN)
        rc = store__fail(s, ERR_NOT_FOUND, "the stream has no candle yet");
    if (rc == 0)
        *out = newest;
    return rc;
}
