// SPDX-License-Identifier: Apache-2.0
// Raw signals, the queue they come to, and the verdict rows of each check.
#include "store/sqlite/sqlite_internal.h"

static void bind_identity(struct sqlite__query *q, const struct raw_signal *sig)
{
    sqlite__bind_i64(q, sig->portfolio_id);
    sqlite__bind_i64(q, sig->stream_id);
    sqlite__bind_i64(q, sig->strategy_id);
    sqlite__bind_i64(q, sig->candle_time);
    sqlite__bind_text(q, signal_action_name(sig->action));
}

int sqlite__signal_put(struct store *s, const struct raw_signal *sig, time_ms now, int64_t *out_id,
                       bool *is_new)
{
    struct sqlite__db *hub = &sqlite__of(s)->hub;
    struct sqlite__query q;
    sqlite__start(hub, HUB_SIGNAL_INSERT, &q);
    bind_identity(&q, sig);
    sqlite__bind_double(&q, sig->price);
    sqlite__bind_text(&q, sig->reason);
    sqlite__bind_double(&q, sig->qty);
    sqlite__bind_double(&q, sig->qty_percent);
    sqlite__bind_double(&q, sig->equity_percent);
    sqlite__bind_double(&q, sig->cash_amount);
    sqlite__bind_i64(&q, now);
    int rc = sqlite__run(&q);
    if (rc != 0)
        return rc;
    *is_new = sqlite3_changes(hub->handle) != 0;
    if (*is_new) {
        *out_id = sqlite3_last_insert_rowid(hub->handle);
        return 0;
    }
    sqlite__start(hub, HUB_SIGNAL_FIND, &q);
    bind_identity(&q, sig);
    return sqlite__run_i64(&q, out_id);
}

static int read_signal(struct sqlite__query *q, struct store_signal *out)
{
    struct raw_signal *r = &out->signal;
    memset(out, 0, sizeof(*out));
    r->id = sqlite__i64(q);
    r->stream_id = sqlite__i64(q);
    r->portfolio_id = sqlite__i64(q);
    r->strategy_id = sqlite__i64(q);
    int rc = sqlite__read_pair(q, &r->pair);
    if (rc == 0)
        rc = sqlite__stream_timeframe(q, &r->timeframe);
    if (rc != 0)
        return rc;
    r->candle_time = sqlite__i64(q);
    struct str action = sqlite__str(q);
    if (signal_action_parse(action, &r->action) != 0) {
        return store__fail(q->db->owner, ERR_CORRUPT, "hub.db: '" STR_FMT "' is no signal action",
                           STR_ARG(action));
    }
    r->price = sqlite__double(q);
    rc = sqlite__copy(q, r->reason, sizeof(r->reason));
    r->qty = sqlite__double(q);
    r->qty_percent = sqlite__double(q);
    r->equity_percent = sqlite__double(q);
    r->cash_amount = sqlite__double(q);
    out->strategy = sqlite__text(q);
    out->portfolio = sqlite__text(q);
    out->created_at = sqlite__i64(q);
    out->judged = sqlite__bool(q);
    return rc;
}

static void bind_range(struct sqlite__query *q, const struct store_range *r, int64_t after_id)
{
    sqlite__bind_i64(q, after_id);
    sqlite__bind_i64(q, r->stream_id);
    sqlite__bind_i64(q, r->from);
    sqlite__bind_i64(q, sqlite__range_to(r));
}

// Starts a listing; start: the statement that finds where its newest n rows begin.
static int begin_listing(struct store *s, int start, int each, const struct store_range *r,
                         struct sqlite__query *q)
{
    struct sqlite__db *hub = &sqlite__of(s)->hub;
    int64_t after_id = r->after_id;
    if (r->last_n > 0) {
        sqlite__start(hub, start, q);
        bind_range(q, r, after_id);
        int rc = sqlite__range_start(q, r, &after_id);
        if (rc != 0)
            return rc;
    }
    sqlite__start(hub, each, q);
    bind_range(q, r, after_id);
    return 0;
}

int sqlite__signal_each(struct store *s, const struct store_range *r, bool unjudged_only,
                        int (*each)(void *arg, const struct store_signal *sig), void *arg)
{
    struct sqlite__query q;
    struct store_signal sig;
    int rc = unjudged_only
                 ? begin_listing(s, HUB_SIGNAL_START_UNJUDGED, HUB_SIGNAL_EACH_UNJUDGED, r, &q)
                 : begin_listing(s, HUB_SIGNAL_START, HUB_SIGNAL_EACH, r, &q);
    if (rc != 0)
        return rc;
    while ((rc = sqlite__row(&q)) > 0) {
        rc = read_signal(&q, &sig);
        if (rc == 0)
            rc = each(arg, &sig);
        if (rc != 0)
            break;
    }
    sqlite__finish(&q);
    return rc;
}

// ---- queue ----------------------------------------------------------------------------------

static int put_checks(struct sqlite__db *hub, int64_t queue_id, const struct store_verdict *v)
{
    struct sqlite__query q;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < v->check_count; i++) {
        sqlite__start(hub, HUB_VERDICT_INSERT, &q);
        sqlite__bind_i64(&q, queue_id);
        sqlite__bind_i64(&q, (int64_t)i);
        sqlite__bind_text(&q, v->checks[i].name);
        sqlite__bind_text(&q, v->checks[i].measured);
        sqlite__bind_text(&q, v->checks[i].limit);
        sqlite__bind_i64(&q, v->checks[i].pass);
        rc = sqlite__run(&q);
    }
    return rc;
}

static int put_verdict(struct store *s, const struct store_verdict *v, int64_t *out_id)
{
    struct sqlite__db *hub = &sqlite__of(s)->hub;
    struct sqlite__query q;
    sqlite__start(hub, HUB_QUEUE_INSERT, &q);
    sqlite__bind_i64(&q, v->signal_id);
    sqlite__bind_text(&q, v->status == QUEUE_APPROVED ? "APPROVED" : "REJECTED");
    sqlite__bind_text(&q, v->reason);
    sqlite__bind_i64(&q, v->is_buy);
    sqlite__bind_decimal(&q, v->qty);
    sqlite__bind_decimal(&q, v->notional);
    sqlite__bind_i64(&q, v->queued_at);
    int rc = sqlite__run(&q);
    if (rc != 0)
        return rc;
    if (sqlite3_changes(hub->handle) == 0) {
        sqlite__start(hub, HUB_QUEUE_FIND, &q);
        sqlite__bind_i64(&q, v->signal_id);
        rc = sqlite__run_i64(&q, out_id);
        return rc != 0 ? rc : store__fail(s, ERR_EXISTS, "the signal has a verdict already");
    }
    *out_id = sqlite3_last_insert_rowid(hub->handle);
    sqlite__start(hub, HUB_SIGNAL_JUDGED, &q);
    sqlite__bind_i64(&q, v->signal_id);
    rc = sqlite__run_one(&q);
    return rc != 0 ? rc : put_checks(hub, *out_id, v);
}

int sqlite__queue_put(struct store *s, const struct store_verdict *v, int64_t *out_id)
{
    struct sqlite__db *hub = &sqlite__of(s)->hub;
    if (v->check_count > GATE_CHECKS_MAX)
        return store__fail(s, ERR_RANGE, "a verdict with more than %d checks", GATE_CHECKS_MAX);
    int rc = sqlite__part_begin(hub);
    if (rc != 0)
        return rc;
    return sqlite__part_end(hub, put_verdict(s, v, out_id));
}

#define CHECK_NAME_MAX 48

static int read_checks(struct sqlite__db *hub, int64_t queue_id, struct gate_check *checks,
                       char (*names)[CHECK_NAME_MAX], size_t *count)
{
    struct sqlite__query q;
    int rc = 0;
    size_t n = 0;
    sqlite__start(hub, HUB_VERDICT_EACH, &q);
    sqlite__bind_i64(&q, queue_id);
    while (n < GATE_CHECKS_MAX && (rc = sqlite__row(&q)) > 0) {
        rc = sqlite__copy(&q, names[n], CHECK_NAME_MAX);
        checks[n].name = names[n];
        if (rc == 0)
            rc = sqlite__copy(&q, checks[n].measured, sizeof(checks[n].measured));
        if (rc == 0)
            rc = sqlite__copy(&q, checks[n].limit, sizeof(checks[n].limit));
        checks[n].pass = sqlite__bool(&q);
        if (rc != 0)
            break;
        n++;
    }
    sqlite__finish(&q);
    *count = n;
    return rc < 0 ? rc : 0;
}

static int read_queue(struct sqlite__query *q, struct store_queue *out)
{
    memset(out, 0, sizeof(*out));
    int rc = read_signal(q, &out->signal);
    if (rc != 0)
        return rc;
    out->id = sqlite__i64(q);
    out->status = str_eq(sqlite__str(q), STR("APPROVED")) ? QUEUE_APPROVED : QUEUE_REJECTED;
    out->reason = sqlite__text(q);
    out->is_buy = sqlite__bool(q);
    rc = sqlite__decimal(q, &out->qty);
    if (rc == 0)
        rc = sqlite__decimal(q, &out->notional);
    out->queued_at = sqlite__i64(q);
    out->order_id = sqlite__i64(q);
    return rc;
}

static int each_queue_row(struct store *s, struct sqlite__query *q,
                          int (*each)(void *arg, const struct store_queue *q), void *arg)
{
    struct gate_check checks[GATE_CHECKS_MAX];
    char names[GATE_CHECKS_MAX][CHECK_NAME_MAX];
    struct store_queue row;
    int rc;
    while ((rc = sqlite__row(q)) > 0) {
        rc = read_queue(q, &row);
        row.checks = checks;
        if (rc == 0)
            rc = read_checks(&sqlite__of(s)->hub, row.id, checks, names, &row.check_count);
        if (rc == 0)
            rc = each(arg, &row);
        if (rc != 0)
            break;
    }
    sqlite__finish(q);
    return rc;
}

int sqlite__queue_each(struct store *s, const struct store_range *r,
                       int (*each)(void *arg, const struct store_queue *q), void *arg)
{
    struct sqlite__query q;
    int rc = begin_listing(s, HUB_QUEUE_START, HUB_QUEUE_EACH, r, &q);
    return rc != 0 ? rc : each_queue_row(s, &q, each, arg);
}

int sqlite__queue_each_open(struct store *s, int (*each)(void *arg, const struct store_queue *q),
                            void *arg)
{
    struct sqlite__query q;
    sqlite__start(&sqlite__of(s)->hub, HUB_QUEUE_EACH_OPEN, &q);
    return each_queue_row(s, &q, each, arg);
}
