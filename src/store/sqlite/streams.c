// SPDX-License-Identifier: Apache-2.0
// Streams and the portfolio entries that watch them, with their strategies.
#include "store/sqlite/sqlite_internal.h"

// Counters live beside the candles; a shard that is not there yet has none.
static int read_counters(struct store *s, struct store_stream *out)
{
    struct sqlite__shard *sh = NULL;
    struct sqlite__query q;
    int rc = sqlite__shard_read(s, out->timeframe, &sh);
    if (rc != 0 || sh == NULL)
        return rc;
    if (sh->in_burst)
        rc = sqlite__burst_flush_stats(sh);
    if (rc != 0)
        return rc;
    sqlite__start(&sh->db, SHARD_STAT_GET, &q);
    sqlite__bind_i64(&q, out->id);
    rc = sqlite__row(&q);
    if (rc > 0) {
        out->last_open = sqlite__i64(&q);
        out->candle_count = (uint32_t)sqlite__i64(&q);
        rc = 0;
    }
    sqlite__finish(&q);
    return rc;
}

static int read_stream(struct sqlite__query *q, struct store_stream *out)
{
    memset(out, 0, sizeof(*out));
    out->id = sqlite__i64(q);
    int rc = sqlite__copy(q, out->exchange, sizeof(out->exchange));
    if (rc == 0)
        rc = sqlite__read_pair(q, &out->pair);
    if (rc == 0)
        rc = sqlite__stream_timeframe(q, &out->timeframe);
    if (rc != 0)
        return rc;
    out->paused = sqlite__bool(q);
    out->added_at = sqlite__i64(q);
    out->first_due = sqlite__i64(q);
    out->origin = sqlite__i64(q);
    out->analysed_to = sqlite__i64(q);
    struct str state = sqlite__str(q);
    if (stream_state_parse(state, &out->state) != 0) {
        return store__fail(q->db->owner, ERR_CORRUPT, "hub.db: '" STR_FMT "' is no stream state",
                           STR_ARG(state));
    }
    rc = sqlite__copy(q, out->state_text, sizeof(out->state_text));
    out->active = sqlite__bool(q);
    return rc != 0 ? rc : read_counters(q->db->owner, out);
}

static int one_stream(struct sqlite__query *q, struct store_stream *out)
{
    int rc = sqlite__row(q);
    if (rc > 0)
        rc = read_stream(q, out);
    else if (rc == 0)
        rc = store__fail(q->db->owner, ERR_NOT_FOUND, "there is no such stream");
    sqlite__finish(q);
    return rc;
}

static void bind_identity(struct sqlite__query *q, const char *exchange, const struct pair *p,
                          enum timeframe tf)
{
    sqlite__bind_text(q, exchange);
    sqlite__bind_text(q, p->base);
    sqlite__bind_text(q, p->quote);
    sqlite__bind_text(q, timeframe_code(tf));
}

int sqlite__stream_ensure(struct store *s, const char *exchange, const struct pair *p,
                          enum timeframe tf, time_ms now, int64_t *out_id)
{
    struct sqlite__db *hub = &sqlite__of(s)->hub;
    struct sqlite__query q;
    sqlite__start(hub, HUB_STREAM_INSERT, &q);
    bind_identity(&q, exchange, p, tf);
    sqlite__bind_i64(&q, now);
    int rc = sqlite__run(&q);
    if (rc != 0)
        return rc;
    sqlite__start(hub, HUB_STREAM_FIND, &q);
    bind_identity(&q, exchange, p, tf);
    return sqlite__run_i64(&q, out_id);
}

int sqlite__stream_get(struct store *s, int64_t id, struct store_stream *out)
{
    struct sqlite__query q;
    sqlite__start(&sqlite__of(s)->hub, HUB_STREAM_GET, &q);
    sqlite__bind_i64(&q, id);
    return one_stream(&q, out);
}

int sqlite__stream_find(struct store *s, const char *exchange, const struct pair *p,
                        enum timeframe tf, struct store_stream *out)
{
    struct sqlite__query q;
    sqlite__start(&sqlite__of(s)->hub, HUB_STREAM_FIND, &q);
    bind_identity(&q, exchange, p, tf);
    return one_stream(&q, out);
}

int sqlite__stream_each(struct store *s, bool active_only,
                        int (*each)(void *arg, const struct store_stream *st), void *arg)
{
    struct sqlite__query q;
    struct store_stream st;
    int rc;
    sqlite__start(&sqlite__of(s)->hub, HUB_STREAM_EACH, &q);
    sqlite__bind_i64(&q, active_only);
    while ((rc = sqlite__row(&q)) > 0) {
        rc = read_stream(&q, &st);
        if (rc == 0)
            rc = each(arg, &st);
        if (rc != 0)
            break;
    }
    sqlite__finish(&q);
    return rc;
}

static int set_number(struct store *s, int statement, int64_t id, int64_t value)
{
    struct sqlite__query q;
    sqlite__start(&sqlite__of(s)->hub, statement, &q);
    sqlite__bind_i64(&q, value);
    sqlite__bind_i64(&q, id);
    return sqlite__run_one(&q);
}

int sqlite__stream_set_paused(struct store *s, int64_t id, bool paused)
{
    return set_number(s, HUB_STREAM_SET_PAUSED, id, paused);
}

int sqlite__stream_set_origin(struct store *s, int64_t id, time_ms origin)
{
    return set_number(s, HUB_STREAM_SET_ORIGIN, id, origin);
}

int sqlite__stream_set_first_due(struct store *s, int64_t id, time_ms open)
{
    return set_number(s, HUB_STREAM_SET_FIRST_DUE, id, open);
}

int sqlite__stream_set_analysed(struct store *s, int64_t id, time_ms open)
{
    return set_number(s, HUB_STREAM_SET_ANALYSED, id, open);
}

int sqlite__stream_set_state(struct store *s, int64_t id, enum stream_state state, const char *text)
{
    struct store_stream *fits = NULL;
    struct sqlite__query q;
    struct str words = str_sub(str_from(text), 0, sizeof(fits->state_text) - 1);
    sqlite__start(&sqlite__of(s)->hub, HUB_STREAM_SET_STATE, &q);
    sqlite__bind_text(&q, stream_state_name(state));
    sqlite__bind_str(&q, words);
    sqlite__bind_i64(&q, id);
    return sqlite__run_one(&q);
}

// ---- entries --------------------------------------------------------------------------------

int sqlite__entry_ensure(struct store *s, int64_t portfolio_id, int64_t stream_id, time_ms now,
                         int64_t *out_id)
{
    struct sqlite__db *hub = &sqlite__of(s)->hub;
    struct sqlite__query q;
    sqlite__start(hub, HUB_ENTRY_INSERT, &q);
    sqlite__bind_i64(&q, portfolio_id);
    sqlite__bind_i64(&q, stream_id);
    sqlite__bind_i64(&q, now);
    int rc = sqlite__run(&q);
    if (rc != 0)
        return rc;
    sqlite__start(hub, HUB_ENTRY_FIND, &q);
    sqlite__bind_i64(&q, portfolio_id);
    sqlite__bind_i64(&q, stream_id);
    return sqlite__run_i64(&q, out_id);
}

int sqlite__entry_remove(struct store *s, int64_t portfolio_id, int64_t stream_id)
{
    struct sqlite__query q;
    sqlite__start(&sqlite__of(s)->hub, HUB_ENTRY_REMOVE, &q);
    sqlite__bind_i64(&q, portfolio_id);
    sqlite__bind_i64(&q, stream_id);
    return sqlite__run_one(&q);
}

int sqlite__entry_each(struct store *s, int64_t stream_id,
                       int (*each)(void *arg, const struct store_entry *e), void *arg)
{
    struct sqlite__query q;
    int rc;
    sqlite__start(&sqlite__of(s)->hub, HUB_ENTRY_EACH, &q);
    sqlite__bind_i64(&q, stream_id);
    while ((rc = sqlite__row(&q)) > 0) {
        struct store_entry e = {.id = sqlite__i64(&q)};
        e.portfolio_id = sqlite__i64(&q);
        e.stream_id = sqlite__i64(&q);
        rc = sqlite__copy(&q, e.portfolio, sizeof(e.portfolio));
        if (rc == 0)
            rc = each(arg, &e);
        if (rc != 0)
            break;
    }
    sqlite__finish(&q);
    return rc;
}

int sqlite__entry_strategy_put(struct store *s, int64_t entry_id, int64_t strategy_id,
                               const char *inputs, int64_t warmup)
{
    struct sqlite__query q;
    sqlite__start(&sqlite__of(s)->hub, HUB_ENTRY_STRATEGY_PUT, &q);
    sqlite__bind_i64(&q, entry_id);
    sqlite__bind_i64(&q, strategy_id);
    sqlite__bind_text(&q, inputs);
    sqlite__bind_i64(&q, warmup);
    return sqlite__run_one(&q);
}

int sqlite__entry_strategy_remove(struct store *s, int64_t entry_id, const char *name)
{
    struct sqlite__query q;
    sqlite__start(&sqlite__of(s)->hub, HUB_ENTRY_STRATEGY_REMOVE, &q);
    sqlite__bind_i64(&q, entry_id);
    sqlite__bind_text(&q, name);
    return sqlite__run_one(&q);
}

int sqlite__entry_strategy_each(struct store *s, int64_t stream_id,
                                int (*each)(void *arg, const struct store_entry_strategy *e),
                                void *arg)
{
    struct sqlite__query q;
    int rc;
    sqlite__start(&sqlite__of(s)->hub, HUB_ENTRY_STRATEGY_EACH, &q);
    sqlite__bind_i64(&q, stream_id);
    while ((rc = sqlite__row(&q)) > 0) {
        struct store_entry_strategy e = {.entry_id = sqlite__i64(&q)};
        e.portfolio_id = sqlite__i64(&q);
        e.stream_id = sqlite__i64(&q);
        e.strategy_id = sqlite__i64(&q);
        e.strategy_name = sqlite__text(&q);
        e.inputs = sqlite__text(&q);
        e.warmup = sqlite__i64(&q);
        rc = each(arg, &e);
        if (rc != 0)
            break;
    }
    sqlite__finish(&q);
    return rc;
}
