// SPDX-License-Identifier: Apache-2.0
// Fills, positions and equity: what an order did to a portfolio's money, all of it or nothing.
#include "store/sqlite/sqlite_internal.h"

static int read_position(struct sqlite__query *q, struct position *out)
{
    memset(out, 0, sizeof(*out));
    int rc = sqlite__read_pair(q, &out->pair);
    if (rc == 0)
        rc = sqlite__decimal(q, &out->qty);
    if (rc == 0)
        rc = sqlite__decimal(q, &out->cost);
    if (rc == 0)
        rc = sqlite__decimal(q, &out->realised);
    if (rc == 0)
        rc = sqlite__decimal(q, &out->last_price);
    return rc;
}

// An empty position when there is no row.
static int get_position(struct sqlite__db *hub, int64_t portfolio_id, const struct pair *p,
                        struct position *out)
{
    struct sqlite__query q;
    sqlite__start(hub, HUB_POSITION_GET, &q);
    sqlite__bind_i64(&q, portfolio_id);
    sqlite__bind_text(&q, p->base);
    sqlite__bind_text(&q, p->quote);
    *out = (struct position){.pair = *p};
    int rc = sqlite__row(&q);
    if (rc > 0)
        rc = read_position(&q, out);
    sqlite__finish(&q);
    return rc;
}

static int put_position(struct sqlite__db *hub, int64_t portfolio_id, const struct position *p,
                        time_ms now)
{
    struct sqlite__query q;
    sqlite__start(hub, HUB_POSITION_PUT, &q);
    sqlite__bind_i64(&q, portfolio_id);
    sqlite__bind_text(&q, p->pair.base);
    sqlite__bind_text(&q, p->pair.quote);
    sqlite__bind_decimal(&q, p->qty);
    sqlite__bind_decimal(&q, p->cost);
    sqlite__bind_decimal(&q, p->realised);
    sqlite__bind_decimal(&q, p->last_price);
    sqlite__bind_i64(&q, now);
    return sqlite__run(&q);
}

static int get_cash(struct sqlite__db *hub, int64_t portfolio_id, struct decimal *out)
{
    struct sqlite__query q;
    sqlite__start(hub, HUB_PORTFOLIO_CASH, &q);
    sqlite__bind_i64(&q, portfolio_id);
    int rc = sqlite__row(&q);
    if (rc > 0)
        rc = sqlite__decimal(&q, out);
    else if (rc == 0)
        rc = store__fail(hub->owner, ERR_NOT_FOUND, "there is no such portfolio");
    sqlite__finish(&q);
    return rc;
}

static int put_cash(struct sqlite__db *hub, int64_t portfolio_id, struct decimal cash)
{
    struct sqlite__query q;
    sqlite__start(hub, HUB_PORTFOLIO_SET_CASH, &q);
    sqlite__bind_i64(&q, portfolio_id);
    sqlite__bind_decimal(&q, cash);
    return sqlite__run_one(&q);
}

int sqlite__equity_put(struct store *s, int64_t portfolio_id, time_ms at, struct decimal cash,
                       struct decimal equity)
{
    struct sqlite__query q;
    sqlite__start(&sqlite__of(s)->hub, HUB_EQUITY_PUT, &q);
    sqlite__bind_i64(&q, portfolio_id);
    sqlite__bind_i64(&q, at);
    sqlite__bind_decimal(&q, cash);
    sqlite__bind_decimal(&q, equity);
    return sqlite__run(&q);
}

static int add_value(void *arg, int64_t portfolio_id, const struct position *p)
{
    struct decimal *sum = arg, value;
    (void)portfolio_id;
    int rc = position_value(p, &value);
    return rc != 0 ? rc : decimal_add(*sum, value, sum);
}

static int note_equity(struct store *s, int64_t portfolio_id, struct decimal cash, time_ms now)
{
    struct decimal equity = cash;
    int rc = sqlite__position_each(s, portfolio_id, add_value, &equity);
    return rc != 0 ? rc : sqlite__equity_put(s, portfolio_id, now, cash, equity);
}

static int insert_fill(struct sqlite__db *hub, int64_t order_id, int number, const struct fill *f,
                       time_ms now, bool *inserted)
{
    struct sqlite__query q;
    sqlite__start(hub, HUB_FILL_INSERT, &q);
    sqlite__bind_i64(&q, order_id);
    sqlite__bind_i64(&q, number);
    sqlite__bind_decimal(&q, f->price);
    sqlite__bind_decimal(&q, f->qty);
    sqlite__bind_decimal(&q, f->fee);
    sqlite__bind_i64(&q, now);
    int rc = sqlite__run(&q);
    *inserted = rc == 0 && sqlite3_changes(hub->handle) != 0;
    return rc;
}

static int filled_so_far(struct sqlite__db *hub, int64_t order_id, struct decimal *out)
{
    struct sqlite__query q;
    struct decimal qty;
    int rc;
    *out = DECIMAL_ZERO;
    sqlite__start(hub, HUB_FILL_EACH, &q);
    sqlite__bind_i64(&q, order_id);
    while ((rc = sqlite__row(&q)) > 0) {
        rc = sqlite__decimal(&q, &qty);
        if (rc == 0)
            rc = decimal_add(*out, qty, out);
        if (rc != 0)
            break;
    }
    sqlite__finish(&q);
    return rc;
}

// A fill is a fact, so it is booked whatever the order's state; an order at its end stays there.
static int advance_order(struct store *s, const struct store_order *o, time_ms now)
{
    struct decimal filled;
    int rc = filled_so_far(&sqlite__of(s)->hub, o->id, &filled);
    if (rc != 0)
        return rc;
    enum order_state to = decimal_cmp(filled, o->qty) >= 0 ? ORDER_FILLED : ORDER_OPEN;
    if (!store__order_may_go(o->state, to))
        return 0;
    return sqlite__order_set_state(s, o->id, to, "", now);
}

static int book_money(struct store *s, const struct store_order *o, const struct fill *f,
                      time_ms now)
{
    struct sqlite__db *hub = &sqlite__of(s)->hub;
    struct decimal cash;
    struct position p;
    int rc = get_cash(hub, o->portfolio_id, &cash);
    if (rc == 0)
        rc = get_position(hub, o->portfolio_id, &o->pair, &p);
    if (rc != 0)
        return rc;
    rc = portfolio_apply_fill(&cash, &p, o->is_buy, f);
    if (rc != 0) {
        return store__fail(s, rc, "order %lld: its fill cannot be booked (%s)", (long long)o->id,
                           err_text(rc));
    }
    p.last_price = f->price;
    rc = put_cash(hub, o->portfolio_id, cash);
    if (rc == 0)
        rc = put_position(hub, o->portfolio_id, &p, now);
    return rc != 0 ? rc : note_equity(s, o->portfolio_id, cash, now);
}

static int apply_fill(struct store *s, int64_t order_id, int number, const struct fill *f,
                      time_ms now, bool *applied)
{
    struct store_order o;
    int rc = sqlite__order_get(s, order_id, &o);
    if (rc == 0)
        rc = insert_fill(&sqlite__of(s)->hub, order_id, number, f, now, applied);
    if (rc != 0 || !*applied)
        return rc;
    rc = book_money(s, &o, f, now);
    return rc != 0 ? rc : advance_order(s, &o, now);
}

int sqlite__fill_apply(struct store *s, int64_t order_id, int number, const struct fill *f,
                       time_ms now, bool *applied)
{
    struct sqlite__db *hub = &sqlite__of(s)->hub;
    *applied = false;
    int rc = sqlite__part_begin(hub);
    if (rc != 0)
        return rc;
    rc = sqlite__part_end(hub, apply_fill(s, order_id, number, f, now, applied));
    if (rc != 0)
        *applied = false;
    return rc;
}

static int read_fill(struct sqlite__query *q, struct store_fill *f)
{
    *f = (struct store_fill){.order_id = sqlite__i64(q)};
    f->portfolio_id = sqlite__i64(q);
    f->stream_id = sqlite__i64(q);
    f->number = (int)sqlite__i64(q);
    f->strategy = sqlite__text(q);
    int rc = sqlite__read_pair(q, &f->pair);
    f->is_buy = sqlite__i64(q) != 0;
    rc = rc != 0 ? rc : sqlite__decimal(q, &f->fill.price);
    rc = rc != 0 ? rc : sqlite__decimal(q, &f->fill.qty);
    rc = rc != 0 ? rc : sqlite__decimal(q, &f->fill.fee);
    f->at = sqlite__i64(q);
    return rc;
}

int sqlite__fill_each(struct store *s, int64_t portfolio_id,
                      int (*each)(void *arg, const struct store_fill *f), void *arg)
{
    struct sqlite__query q;
    struct store_fill f;
    int rc;
    sqlite__start(&sqlite__of(s)->hub, HUB_FILL_EACH_ALL, &q);
    sqlite__bind_i64(&q, portfolio_id);
    while ((rc = sqlite__row(&q)) > 0) {
        rc = read_fill(&q, &f);
        if (rc == 0)
            rc = each(arg, &f);
        if (rc != 0)
            break;
    }
    sqlite__finish(&q);
    return rc;
}

int sqlite__position_each(struct store *s, int64_t portfolio_id,
                          int (*each)(void *arg, int64_t portfolio_id, const struct position *p),
                          void *arg)
{
    struct sqlite__query q;
    struct position p;
    int rc;
    sqlite__start(&sqlite__of(s)->hub, HUB_POSITION_EACH, &q);
    sqlite__bind_i64(&q, portfolio_id);
    while ((rc = sqlite__row(&q)) > 0) {
        int64_t owner = sqlite__i64(&q);
        rc = read_position(&q, &p);
        if (rc == 0)
            rc = each(arg, owner, &p);
        if (rc != 0)
            break;
    }
    sqlite__finish(&q);
    return rc;
}

int sqlite__position_mark(struct store *s, const struct pair *p, struct decimal price, time_ms now)
{
    struct sqlite__query q;
    sqlite__start(&sqlite__of(s)->hub, HUB_POSITION_MARK, &q);
    sqlite__bind_decimal(&q, price);
    sqlite__bind_i64(&q, now);
    sqlite__bind_text(&q, p->base);
    sqlite__bind_text(&q, p->quote);
    return sqlite__run(&q);
}
