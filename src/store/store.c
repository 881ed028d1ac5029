// SPDX-License-Identifier: Apache-2.0
// Finds the back end and hands every operation of store.h on to it, after the checks that hold for
// all back ends: writes need a writable store and a burst, upkeep needs that there is none.
#include "store/store.h"

#include "store/store_internal.h"

#include <stdarg.h>
#include <stdio.h>

static const struct store_backend *const backends[] = {&store_backend_sqlite, NULL};

// NULL, with the words in d, when there is none of that name.
static const struct store_backend *backend_find(const char *name, struct diag *d)
{
    for (size_t i = 0; backends[i] != NULL; i++) {
        if (str_eq(str_from(name), str_from(backends[i]->name)))
            return backends[i];
    }
    (void)diag_set(d, ERR_UNSUPPORTED, "there is no store back end '%s'; use 'sqlite'",
                   name == NULL ? "" : name);
    return NULL;
}

int store_open(const struct store_options *o, struct store **out, struct diag *d)
{
    *out = NULL;
    const struct store_backend *backend = backend_find(o->backend, d);
    return backend == NULL ? ERR_UNSUPPORTED : backend->open(o, out, d);
}

int store_restore(const struct store_options *o, const char *from, struct diag *d)
{
    const struct store_backend *backend = backend_find(o->backend, d);
    return backend == NULL ? ERR_UNSUPPORTED : backend->restore(o, from, d);
}

void store_close(struct store *s)
{
    if (s == NULL)
        return;
    store_rollback(s);
    s->ops->close(s);
}

const char *store_last_error(const struct store *s)
{
    return s->error;
}

const char *store_recovery_note(const struct store *s)
{
    return s->note;
}

int store__fail(struct store *s, int code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(s->error, sizeof(s->error), fmt, args);
    va_end(args);
    if (n < 0)
        s->error[0] = '\0';
    return code;
}

void store__note(struct store *s, const char *fmt, ...)
{
    size_t used = strlen(s->note);
    size_t room = sizeof(s->note) - used;
    const char *gap = used > 0 ? " " : "";
    char text[STORE_TEXT_MAX];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (n < 0 || str_printf(s->note + used, room, "%s%s", gap, text) != 0)
        s->note[used] = '\0';
}

static int may_write(struct store *s)
{
    if (!s->writable)
        return store__fail(s, ERR_READ_ONLY, "this store was opened for reading only");
    if (!s->in_burst)
        return store__fail(s, ERR_INVALID, "a write outside store_begin and store_commit");
    return 0;
}

static int may_tend(struct store *s, bool writes)
{
    if (writes && !s->writable)
        return store__fail(s, ERR_READ_ONLY, "this store was opened for reading only");
    if (s->in_burst)
        return store__fail(s, ERR_INVALID, "upkeep of the store inside a burst");
    return 0;
}

int store_begin(struct store *s)
{
    if (!s->writable)
        return store__fail(s, ERR_READ_ONLY, "this store was opened for reading only");
    if (s->in_burst)
        return store__fail(s, ERR_INVALID, "store_begin inside a burst");
    int rc = s->ops->begin(s);
    s->in_burst = rc == 0;
    return rc;
}

int store_commit(struct store *s)
{
    if (!s->in_burst)
        return store__fail(s, ERR_INVALID, "store_commit without store_begin");
    s->in_burst = false;
    return s->ops->commit(s);
}

void store_rollback(struct store *s)
{
    if (!s->in_burst)
        return;
    s->in_burst = false;
    s->ops->rollback(s);
}

static const char *const order_state_names[ORDER_STATE_COUNT] = {
    [ORDER_INTENT] = "INTENT",     [ORDER_SENT] = "SENT",       [ORDER_UNKNOWN] = "UNKNOWN",
    [ORDER_OPEN] = "OPEN",         [ORDER_FILLED] = "FILLED",   [ORDER_CANCELLED] = "CANCELLED",
    [ORDER_REJECTED] = "REJECTED", [ORDER_EXPIRED] = "EXPIRED",
};

const char *order_state_name(enum order_state state)
{
    return (unsigned)state < ORDER_STATE_COUNT ? order_state_names[state] : "UNKNOWN";
}

#define TO(state) (1u << ORDER_##state)
#define TO_AN_END (TO(FILLED) | TO(CANCELLED) | TO(REJECTED) | TO(EXPIRED))

// Where an order may go from each state. UNKNOWN waits for the exchange's word, which may be any;
// an open order becomes UNKNOWN when a request about it gets no answer.
static const unsigned order_ways[ORDER_STATE_COUNT] = {
    [ORDER_INTENT] = TO(SENT) | TO(UNKNOWN) | TO(OPEN) | TO_AN_END,
    [ORDER_SENT] = TO(UNKNOWN) | TO(OPEN) | TO_AN_END,
    [ORDER_UNKNOWN] = TO(OPEN) | TO_AN_END,
    [ORDER_OPEN] = TO(UNKNOWN) | TO(FILLED) | TO(CANCELLED) | TO(EXPIRED),
};

bool store__order_may_go(enum order_state from, enum order_state to)
{
    return (unsigned)from < ORDER_STATE_COUNT && (unsigned)to < ORDER_STATE_COUNT &&
           (order_ways[from] & (1u << to)) != 0;
}

int store_schema_version(struct store *s, int *out)
{
    return s->ops->schema_version(s, out);
}

int store_market_put(struct store *s, const char *exchange, const struct market *m, time_ms now)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->market_put(s, exchange, m, now);
}

int store_market_get(struct store *s, const char *exchange, const struct pair *p,
                     struct market *out)
{
    return s->ops->market_get(s, exchange, p, out);
}

int store_market_each(struct store *s, const char *exchange,
                      int (*each)(void *arg, const struct market *m), void *arg)
{
    return s->ops->market_each(s, exchange, each, arg);
}

int store_market_refreshed(struct store *s, const char *exchange, time_ms *out)
{
    return s->ops->market_refreshed(s, exchange, out);
}

int store_portfolio_create(struct store *s, const struct portfolio_settings *p, time_ms now,
                           int64_t *out_id)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->portfolio_create(s, p, now, out_id);
}

int store_portfolio_update(struct store *s, int64_t id, const struct portfolio_settings *p)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->portfolio_update(s, id, p);
}

int store_portfolio_remove(struct store *s, int64_t id)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->portfolio_remove(s, id);
}

int store_portfolio_find(struct store *s, const char *name, struct store_portfolio *out)
{
    return s->ops->portfolio_find(s, name, out);
}

int store_portfolio_get(struct store *s, int64_t id, struct store_portfolio *out)
{
    return s->ops->portfolio_get(s, id, out);
}

int store_portfolio_each(struct store *s, int (*each)(void *arg, const struct store_portfolio *p),
                         void *arg)
{
    return s->ops->portfolio_each(s, each, arg);
}

int store_strategy_put(struct store *s, const char *name, const char *hash, struct str source,
                       time_ms now, int64_t *out_id)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->strategy_put(s, name, hash, source, now, out_id);
}

int store_strategy_get(struct store *s, int64_t id,
                       int (*with)(void *arg, const struct store_strategy *st), void *arg)
{
    return s->ops->strategy_get(s, id, with, arg);
}

int store_stream_ensure(struct store *s, const char *exchange, const struct pair *p,
                        enum timeframe tf, time_ms now, int64_t *out_id)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->stream_ensure(s, exchange, p, tf, now, out_id);
}

int store_stream_get(struct store *s, int64_t id, struct store_stream *out)
{
    return s->ops->stream_get(s, id, out);
}

int store_stream_find(struct store *s, const char *exchange, const struct pair *p,
                      enum timeframe tf, struct store_stream *out)
{
    return s->ops->stream_find(s, exchange, p, tf, out);
}

int store_stream_each(struct store *s, bool active_only,
                      int (*each)(void *arg, const struct store_stream *st), void *arg)
{
    return s->ops->stream_each(s, active_only, each, arg);
}

int store_stream_set_paused(struct store *s, int64_t id, bool paused)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->stream_set_paused(s, id, paused);
}

int store_stream_set_state(struct store *s, int64_t id, enum stream_state state, const char *text)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->stream_set_state(s, id, state, text);
}

int store_stream_set_origin(struct store *s, int64_t id, time_ms origin)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->stream_set_origin(s, id, origin);
}

int store_stream_set_first_due(struct store *s, int64_t id, time_ms open)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->stream_set_first_due(s, id, open);
}

int store_stream_set_analysed(struct store *s, int64_t id, time_ms open)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->stream_set_analysed(s, id, open);
}

int store_entry_ensure(struct store *s, int64_t portfolio_id, int64_t stream_id, time_ms now,
                       int64_t *out_id)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->entry_ensure(s, portfolio_id, stream_id, now, out_id);
}

int store_entry_remove(struct store *s, int64_t portfolio_id, int64_t stream_id)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->entry_remove(s, portfolio_id, stream_id);
}

int store_entry_each(struct store *s, int64_t stream_id,
                     int (*each)(void *arg, const struct store_entry *e), void *arg)
{
    return s->ops->entry_each(s, stream_id, each, arg);
}

int store_entry_strategy_put(struct store *s, int64_t entry_id, int64_t strategy_id,
                             const char *inputs, int64_t warmup)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->entry_strategy_put(s, entry_id, strategy_id, inputs, warmup);
}

int store_entry_strategy_remove(struct store *s, int64_t entry_id, const char *name)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->entry_strategy_remove(s, entry_id, name);
}

int store_entry_strategy_each(struct store *s, int64_t stream_id,
                              int (*each)(void *arg, const struct store_entry_strategy *e),
                              void *arg)
{
    return s->ops->entry_strategy_each(s, stream_id, each, arg);
}

int store_candle_put(struct store *s, int64_t stream_id, enum timeframe tf, const struct candle *c,
                     enum candle_source source, bool late, time_ms now, enum store_put *out)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->candle_put(s, stream_id, tf, c, source, late, now, out);
}

int store_candle_each(struct store *s, int64_t stream_id, enum timeframe tf, time_ms from,
                      time_ms to, int64_t last_n,
                      int (*each)(void *arg, const struct store_candle *c), void *arg)
{
    return s->ops->candle_each(s, stream_id, tf, from, to, last_n, each, arg);
}

int store_candle_columns(struct store *s, int64_t stream_id, enum timeframe tf, time_ms from,
                         size_t cap, const struct store_columns *out, size_t *count)
{
    return s->ops->candle_columns(s, stream_id, tf, from, cap, out, count);
}

int store_candle_newest(struct store *s, int64_t stream_id, enum timeframe tf, time_ms *out)
{
    return s->ops->candle_newest(s, stream_id, tf, out);
}

int store_candle_holes(struct store *s, int64_t stream_id, enum timeframe tf, time_ms from,
                       time_ms to, int (*each)(void *arg, time_ms hole_from, time_ms hole_to),
                       void *arg)
{
    return s->ops->candle_holes(s, stream_id, tf, from, to, each, arg);
}

int store_ledger_put(struct store *s, const struct store_ledger *row)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->ledger_put(s, row);
}

int store_ledger_each(struct store *s, const struct store_range *r,
                      int (*each)(void *arg, const struct store_ledger *row), void *arg)
{
    return s->ops->ledger_each(s, r, each, arg);
}

int store_ledger_get(struct store *s, int64_t stream_id, time_ms open_time,
                     int (*with)(void *arg, const struct store_ledger *row), void *arg)
{
    return s->ops->ledger_get(s, stream_id, open_time, with, arg);
}

int store_gap_put(struct store *s, const struct store_gap *g)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->gap_put(s, g);
}

int store_gap_fill(struct store *s, int64_t stream_id, time_ms open_time, time_ms now)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->gap_fill(s, stream_id, open_time, now);
}

int store_gap_each(struct store *s, const struct store_range *r,
                   int (*each)(void *arg, const struct store_gap *g), void *arg)
{
    return s->ops->gap_each(s, r, each, arg);
}

int store_signal_put(struct store *s, const struct raw_signal *sig, time_ms now, int64_t *out_id,
                     bool *is_new)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->signal_put(s, sig, now, out_id, is_new);
}

int store_signal_each(struct store *s, const struct store_range *r, bool unjudged_only,
                      int (*each)(void *arg, const struct store_signal *sig), void *arg)
{
    return s->ops->signal_each(s, r, unjudged_only, each, arg);
}

int store_queue_put(struct store *s, const struct store_verdict *v, int64_t *out_id)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->queue_put(s, v, out_id);
}

int store_queue_each(struct store *s, const struct store_range *r,
                     int (*each)(void *arg, const struct store_queue *q), void *arg)
{
    return s->ops->queue_each(s, r, each, arg);
}

int store_queue_each_open(struct store *s, int (*each)(void *arg, const struct store_queue *q),
                          void *arg)
{
    return s->ops->queue_each_open(s, each, arg);
}

int store_order_put(struct store *s, const struct store_order *o, int64_t *out_id)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->order_put(s, o, out_id);
}

int store_order_set_state(struct store *s, int64_t id, enum order_state state, const char *text,
                          time_ms now)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->order_set_state(s, id, state, text, now);
}

int store_order_get(struct store *s, int64_t id, struct store_order *out)
{
    return s->ops->order_get(s, id, out);
}

int store_order_each(struct store *s, int64_t portfolio_id, bool open_only,
                     int (*each)(void *arg, const struct store_order *o), void *arg)
{
    return s->ops->order_each(s, portfolio_id, open_only, each, arg);
}

int store_fill_apply(struct store *s, int64_t order_id, int number, const struct fill *f,
                     time_ms now, bool *applied)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->fill_apply(s, order_id, number, f, now, applied);
}

int store_fill_each(struct store *s, int64_t portfolio_id,
                    int (*each)(void *arg, const struct store_fill *f), void *arg)
{
    return s->ops->fill_each(s, portfolio_id, each, arg);
}

int store_position_each(struct store *s, int64_t portfolio_id,
                        int (*each)(void *arg, int64_t portfolio_id, const struct position *p),
                        void *arg)
{
    return s->ops->position_each(s, portfolio_id, each, arg);
}

int store_position_mark(struct store *s, const struct pair *p, struct decimal price, time_ms now)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->position_mark(s, p, price, now);
}

int store_equity_put(struct store *s, int64_t portfolio_id, time_ms at, struct decimal cash,
                     struct decimal equity)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->equity_put(s, portfolio_id, at, cash, equity);
}

int store_agent_put(struct store *s, const struct store_agent *a)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->agent_put(s, a);
}

int store_agent_each(struct store *s, int (*each)(void *arg, const struct store_agent *a),
                     void *arg)
{
    return s->ops->agent_each(s, each, arg);
}

int store_event_put(struct store *s, time_ms at, const char *agent, const char *level,
                    const char *text)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->event_put(s, at, agent, level, text);
}

int store_event_each(struct store *s, const struct store_range *r,
                     int (*each)(void *arg, const struct store_event *e), void *arg)
{
    return s->ops->event_each(s, r, each, arg);
}

int store_checkpoint(struct store *s)
{
    int rc = may_tend(s, true);
    return rc != 0 ? rc : s->ops->checkpoint(s);
}

int store_backup(struct store *s, const char *dir)
{
    return store_backup_watched(s, dir, NULL, NULL);
}

int store_backup_watched(struct store *s, const char *dir,
                         void (*file)(void *arg, const char *name), void *arg)
{
    int rc = may_tend(s, false);
    return rc != 0 ? rc : s->ops->backup(s, dir, file, arg);
}

int store_check(struct store *s, store_check_fn report, void *arg)
{
    int rc = may_tend(s, false);
    return rc != 0 ? rc : s->ops->check(s, report, arg);
}

int store_vacuum(struct store *s)
{
    int rc = may_tend(s, true);
    return rc != 0 ? rc : s->ops->vacuum(s);
}

int store_retention(struct store *s, enum timeframe tf, int64_t keep, int64_t *deleted)
{
    int rc = may_tend(s, true);
    return rc != 0 ? rc : s->ops->retention(s, tf, keep, deleted);
}

int store_retention_stream(struct store *s, int64_t stream_id, enum timeframe tf, int64_t keep,
                           int64_t max, int64_t *deleted)
{
    int rc = may_tend(s, true);
    return rc != 0 ? rc : s->ops->retention_stream(s, stream_id, tf, keep, max, deleted);
}

int store_prune(struct store *s, enum store_log log, time_ms before, int64_t max, int64_t *deleted)
{
    int rc = may_write(s);
    return rc != 0 ? rc : s->ops->prune(s, log, before, max, deleted);
}

int store_ledger_from(struct store *s, time_ms *out)
{
    return s->ops->ledger_from(s, out);
}
