// SPDX-License-Identifier: Apache-2.0
// Orders and their events: the row exists before anything is sent, and the state changes in one
// place.
#include "store/sqlite/sqlite_internal.h"

static int put_event(struct sqlite__db *hub, int64_t order_id, enum order_state state,
                     const char *text, time_ms now)
{
    struct sqlite__query q;
    sqlite__start(hub, HUB_ORDER_EVENT, &q);
    sqlite__bind_i64(&q, order_id);
    sqlite__bind_i64(&q, now);
    sqlite__bind_text(&q, order_state_name(state));
    sqlite__bind_text(&q, text);
    return sqlite__run(&q);
}

static int put_order(struct sqlite__db *hub, const struct store_order *o, int64_t *out_id)
{
    struct sqlite__query q;
    sqlite__start(hub, HUB_ORDER_INSERT, &q);
    sqlite__bind_i64(&q, o->queue_id);
    sqlite__bind_i64(&q, o->portfolio_id);
    sqlite__bind_text(&q, o->client_id);
    sqlite__bind_text(&q, o->pair.base);
    sqlite__bind_text(&q, o->pair.quote);
    sqlite__bind_i64(&q, o->is_buy);
    sqlite__bind_i64(&q, o->is_paper);
    sqlite__bind_decimal(&q, o->qty);
    sqlite__bind_decimal(&q, o->limit_price);
    sqlite__bind_text(&q, order_state_name(o->state));
    sqlite__bind_i64(&q, o->created_at);
    int rc = sqlite__run(&q);
    if (rc != 0)
        return rc;
    *out_id = sqlite3_last_insert_rowid(hub->handle);
    sqlite__start(hub, HUB_QUEUE_SET_ORDER, &q);
    sqlite__bind_i64(&q, *out_id);
    sqlite__bind_i64(&q, o->queue_id);
    rc = sqlite__run_one(&q);
    return rc != 0 ? rc : put_event(hub, *out_id, o->state, "", o->created_at);
}

int sqlite__order_put(struct store *s, const struct store_order *o, int64_t *out_id)
{
    struct sqlite__db *hub = &sqlite__of(s)->hub;
    int rc = sqlite__part_begin(hub);
    if (rc != 0)
        return rc;
    return sqlite__part_end(hub, put_order(hub, o, out_id));
}

static int read_state(struct sqlite__query *q, enum order_state *out)
{
    struct str text = sqlite__str(q);
    for (int i = 0; i < ORDER_STATE_COUNT; i++) {
        if (str_eq(text, str_from(order_state_name((enum order_state)i)))) {
            *out = (enum order_state)i;
            return 0;
        }
    }
    return store__fail(q->db->owner, ERR_CORRUPT, "hub.db: '" STR_FMT "' is no order state",
                       STR_ARG(text));
}

static int read_order(struct sqlite__query *q, struct store_order *out)
{
    memset(out, 0, sizeof(*out));
    out->id = sqlite__i64(q);
    out->queue_id = sqlite__i64(q);
    out->portfolio_id = sqlite__i64(q);
    int rc = sqlite__copy(q, out->client_id, sizeof(out->client_id));
    if (rc == 0)
        rc = sqlite__read_pair(q, &out->pair);
    if (rc != 0)
        return rc;
    out->is_buy = sqlite__bool(q);
    out->is_paper = sqlite__bool(q);
    rc = sqlite__decimal(q, &out->qty);
    if (rc == 0)
        rc = sqlite__decimal(q, &out->limit_price);
    if (rc == 0)
        rc = read_state(q, &out->state);
    out->created_at = sqlite__i64(q);
    return rc;
}

int sqlite__order_get(struct store *s, int64_t id, struct store_order *out)
{
    struct sqlite__query q;
    sqlite__start(&sqlite__of(s)->hub, HUB_ORDER_GET, &q);
    sqlite__bind_i64(&q, id);
    int rc = sqlite__row(&q);
    if (rc > 0)
        rc = read_order(&q, out);
    else if (rc == 0)
        rc = store__fail(s, ERR_NOT_FOUND, "there is no order %lld", (long long)id);
    sqlite__finish(&q);
    return rc;
}

static int change_state(struct sqlite__db *hub, int64_t id, enum order_state state,
                        const char *text, time_ms now)
{
    struct sqlite__query q;
    sqlite__start(hub, HUB_ORDER_SET_STATE, &q);
    sqlite__bind_text(&q, order_state_name(state));
    sqlite__bind_i64(&q, id);
    int rc = sqlite__run_one(&q);
    return rc != 0 ? rc : put_event(hub, id, state, text, now);
}

int sqlite__order_set_state(struct store *s, int64_t id, enum order_state state, const char *text,
                            time_ms now)
{
    struct sqlite__db *hub = &sqlite__of(s)->hub;
    struct store_order o = {0};
    int rc = sqlite__order_get(s, id, &o);
    if (rc != 0 || o.state == state)
        return rc;
    if (!store__order_may_go(o.state, state)) {
        return store__fail(s, ERR_INVALID, "order %lld is %s and cannot become %s", (long long)id,
                           order_state_name(o.state), order_state_name(state));
    }
    rc = sqlite__part_begin(hub);
    if (rc != 0)
        return rc;
    return sqlite__part_end(hub, change_state(hub, id, state, text, now));
}

int sqlite__order_each(struct store *s, int64_t portfolio_id, bool open_only,
                       int (*each)(void *arg, const struct store_order *o), void *arg)
{
    struct sqlite__query q;
    struct store_order o;
    int rc;
    sqlite__start(&sqlite__of(s)->hub, open_only ? HUB_ORDER_EACH_OPEN : HUB_ORDER_EACH, &q);
    sqlite__bind_i64(&q, portfolio_id);
    while ((rc = sqlite__row(&q)) > 0) {
        rc = read_order(&q, &o);
        if (rc == 0)
            rc = each(arg, &o);
        if (rc != 0)
            break;
    }
    sqlite__finish(&q);
    return rc;
}
