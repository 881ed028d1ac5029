// SPDX-License-Identifier: Apache-2.0
// Exchanges and their markets with the filters an order must pass.
#include "store/sqlite/sqlite_internal.h"

static void bind_filters(struct sqlite__query *q, const struct market_filters *f)
{
    const struct decimal *const values[] = {
        &f->tick_size,      &f->min_price,    &f->max_price,       &f->lot_step,
        &f->min_qty,        &f->max_qty,      &f->market_lot_step, &f->market_min_qty,
        &f->market_max_qty, &f->min_notional, &f->max_notional,
    };
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        sqlite__bind_decimal(q, *values[i]);
    sqlite__bind_i64(q, f->min_notional_market);
    sqlite__bind_i64(q, f->max_notional_market);
}

static int read_filters(struct sqlite__query *q, struct market_filters *f)
{
    struct decimal *const values[] = {
        &f->tick_size,      &f->min_price,    &f->max_price,       &f->lot_step,
        &f->min_qty,        &f->max_qty,      &f->market_lot_step, &f->market_min_qty,
        &f->market_max_qty, &f->min_notional, &f->max_notional,
    };
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof(values) / sizeof(values[0]); i++)
        rc = sqlite__decimal(q, values[i]);
    f->min_notional_market = sqlite__bool(q);
    f->max_notional_market = sqlite__bool(q);
    return rc;
}

static int read_market(struct sqlite__query *q, struct market *m)
{
    memset(m, 0, sizeof(*m));
    int rc = sqlite__read_pair(q, &m->pair);
    if (rc == 0)
        rc = sqlite__copy(q, m->symbol, sizeof(m->symbol));
    if (rc != 0)
        return rc;
    m->status = market_status_parse(sqlite__str(q));
    m->base_precision = (int32_t)sqlite__i64(q);
    m->quote_precision = (int32_t)sqlite__i64(q);
    m->spot_allowed = sqlite__bool(q);
    m->market_orders = sqlite__bool(q);
    return read_filters(q, &m->filters);
}

int sqlite__market_put(struct store *s, const char *exchange, const struct market *m, time_ms now)
{
    struct sqlite__db *hub = &sqlite__of(s)->hub;
    struct sqlite__query q;
    sqlite__start(hub, HUB_EXCHANGE_PUT, &q);
    sqlite__bind_text(&q, exchange);
    sqlite__bind_i64(&q, now);
    int rc = sqlite__run(&q);
    if (rc != 0)
        return rc;
    sqlite__start(hub, HUB_MARKET_PUT, &q);
    sqlite__bind_text(&q, exchange);
    sqlite__bind_text(&q, m->pair.base);
    sqlite__bind_text(&q, m->pair.quote);
    sqlite__bind_text(&q, m->symbol);
    sqlite__bind_text(&q, market_status_name(m->status));
    sqlite__bind_i64(&q, m->base_precision);
    sqlite__bind_i64(&q, m->quote_precision);
    sqlite__bind_i64(&q, m->spot_allowed);
    sqlite__bind_i64(&q, m->market_orders);
    bind_filters(&q, &m->filters);
    sqlite__bind_i64(&q, now);
    return sqlite__run(&q);
}

int sqlite__market_get(struct store *s, const char *exchange, const struct pair *p,
                       struct market *out)
{
    struct sqlite__query q;
    sqlite__start(&sqlite__of(s)->hub, HUB_MARKET_GET, &q);
    sqlite__bind_text(&q, exchange);
    sqlite__bind_text(&q, p->base);
    sqlite__bind_text(&q, p->quote);
    int rc = sqlite__row(&q);
    if (rc > 0)
        rc = read_market(&q, out);
    else if (rc == 0)
        rc = store__fail(s, ERR_NOT_FOUND, "%s has no market %s/%s", exchange, p->base, p->quote);
    sqlite__finish(&q);
    return rc;
}

int sqlite__market_each(struct store *s, const char *exchange,
                        int (*each)(void *arg, const struct market *m), void *arg)
{
    struct sqlite__query q;
    struct market m;
    int rc;
    sqlite__start(&sqlite__of(s)->hub, HUB_MARKET_EACH, &q);
    sqlite__bind_text(&q, exchange);
    while ((rc = sqlite__row(&q)) > 0) {
        rc = read_market(&q, &m);
        if (rc == 0)
            rc = each(arg, &m);
        if (rc != 0)
            break;
    }
    sqlite__finish(&q);
    return rc;
}

int sqlite__market_refreshed(struct store *s, const char *exchange, time_ms *out)
{
    struct sqlite__query q;
    *out = 0;
    sqlite__start(&sqlite__of(s)->hub, HUB_EXCHANGE_GET, &q);
    sqlite__bind_text(&q, exchange);
    int rc = sqlite__run_i64(&q, out);
    return rc == ERR_NOT_FOUND ? 0 : rc;
}
