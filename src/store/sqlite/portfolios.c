// SPDX-License-Identifier: Apache-2.0
// Portfolios, and strategy versions by content hash.
#include "store/sqlite/sqlite_internal.h"

static const char *mode_name(enum portfolio_mode mode)
{
    return mode == PORTFOLIO_LIVE ? "live" : "paper";
}

static void bind_settings(struct sqlite__query *q, const struct portfolio_settings *p)
{
    sqlite__bind_text(q, p->name);
    sqlite__bind_text(q, p->quote);
    sqlite__bind_text(q, mode_name(p->mode));
    sqlite__bind_decimal(q, p->initial_balance);
    sqlite__bind_double(q, p->order_size_percent);
    sqlite__bind_double(q, p->max_exposure_pair);
    sqlite__bind_double(q, p->max_exposure_total);
    sqlite__bind_double(q, p->fee_bps);
}

static int read_portfolio(struct sqlite__query *q, struct store_portfolio *out)
{
    struct portfolio_settings *p = &out->settings;
    memset(out, 0, sizeof(*out));
    out->id = sqlite__i64(q);
    int rc = sqlite__copy(q, p->name, sizeof(p->name));
    if (rc == 0)
        rc = sqlite__copy(q, p->quote, sizeof(p->quote));
    if (rc != 0)
        return rc;
    p->mode = str_eq(sqlite__str(q), STR("live")) ? PORTFOLIO_LIVE : PORTFOLIO_PAPER;
    rc = sqlite__decimal(q, &p->initial_balance);
    p->order_size_percent = sqlite__double(q);
    p->max_exposure_pair = sqlite__double(q);
    p->max_exposure_total = sqlite__double(q);
    p->fee_bps = sqlite__double(q);
    if (rc == 0)
        rc = sqlite__decimal(q, &out->cash);
    out->created_at = sqlite__i64(q);
    return rc;
}

static int name_taken(struct store *s, int rc, const char *name)
{
    if (rc != ERR_EXISTS)
        return rc;
    return store__fail(s, ERR_EXISTS, "there is a portfolio '%s' already; choose another name",
                       name);
}

int sqlite__portfolio_create(struct store *s, const struct portfolio_settings *p, time_ms now,
                             int64_t *out_id)
{
    struct sqlite__db *hub = &sqlite__of(s)->hub;
    struct sqlite__query q;
    sqlite__start(hub, HUB_PORTFOLIO_INSERT, &q);
    bind_settings(&q, p);
    sqlite__bind_decimal(&q, p->initial_balance);
    sqlite__bind_i64(&q, now);
    int rc = sqlite__run(&q);
    if (rc == 0)
        *out_id = sqlite3_last_insert_rowid(hub->handle);
    return name_taken(s, rc, p->name);
}

int sqlite__portfolio_update(struct store *s, int64_t id, const struct portfolio_settings *p)
{
    struct sqlite__query q;
    sqlite__start(&sqlite__of(s)->hub, HUB_PORTFOLIO_UPDATE, &q);
    bind_settings(&q, p);
    sqlite__bind_i64(&q, id);
    return name_taken(s, sqlite__run_one(&q), p->name);
}

int sqlite__portfolio_remove(struct store *s, int64_t id)
{
    struct sqlite__db *hub = &sqlite__of(s)->hub;
    struct sqlite__query q;
    int64_t in_use = 0;
    sqlite__start(hub, HUB_PORTFOLIO_IN_USE, &q);
    sqlite__bind_i64(&q, id);
    int rc = sqlite__run_i64(&q, &in_use);
    if (rc != 0)
        return rc;
    if (in_use != 0) {
        return store__fail(
            s, ERR_BUSY, "the portfolio still watches pairs or holds positions; remove them first");
    }
    sqlite__start(hub, HUB_PORTFOLIO_REMOVE, &q);
    sqlite__bind_i64(&q, id);
    return sqlite__run_one(&q);
}

static int one_portfolio(struct sqlite__query *q, struct store_portfolio *out)
{
    int rc = sqlite__row(q);
    if (rc > 0)
        rc = read_portfolio(q, out);
    else if (rc == 0)
        rc = store__fail(q->db->owner, ERR_NOT_FOUND, "there is no such portfolio");
    sqlite__finish(q);
    return rc;
}

int sqlite__portfolio_find(struct store *s, const char *name, struct store_portfolio *out)
{
    struct sqlite__query q;
    sqlite__start(&sqlite__of(s)->hub, HUB_PORTFOLIO_FIND, &q);
    sqlite__bind_text(&q, name);
    return one_portfolio(&q, out);
}

int sqlite__portfolio_get(struct store *s, int64_t id, struct store_portfolio *out)
{
    struct sqlite__query q;
    sqlite__start(&sqlite__of(s)->hub, HUB_PORTFOLIO_GET, &q);
    sqlite__bind_i64(&q, id);
    return one_portfolio(&q, out);
}

int sqlite__portfolio_each(struct store *s, int (*each)(void *arg, const struct store_portfolio *p),
                           void *arg)
{
    struct sqlite__query q;
    struct store_portfolio p;
    int rc;
    sqlite__start(&sqlite__of(s)->hub, HUB_PORTFOLIO_EACH, &q);
    while ((rc = sqlite__row(&q)) > 0) {
        rc = read_portfolio(&q, &p);
        if (rc == 0)
            rc = each(arg, &p);
        if (rc != 0)
            break;
    }
    sqlite__finish(&q);
    return rc;
}

int sqlite__strategy_put(struct store *s, const char *name, const char *hash, struct str source,
                         time_ms now, int64_t *out_id)
{
    struct sqlite__db *hub = &sqlite__of(s)->hub;
    struct sqlite__query q;
    sqlite__start(hub, HUB_STRATEGY_INSERT, &q);
    sqlite__bind_text(&q, name);
    sqlite__bind_text(&q, hash);
    sqlite__bind_str(&q, source);
    sqlite__bind_i64(&q, now);
    int rc = sqlite__run(&q);
    if (rc != 0)
        return rc;
    sqlite__start(hub, HUB_STRATEGY_FIND, &q);
    sqlite__bind_text(&q, name);
    sqlite__bind_text(&q, hash);
    return sqlite__run_i64(&q, out_id);
}

int sqlite__strategy_get(struct store *s, int64_t id,
                         int (*with)(void *arg, const struct store_strategy *st), void *arg)
{
    struct sqlite__query q;
    sqlite__start(&sqlite__of(s)->hub, HUB_STRATEGY_GET, &q);
    sqlite__bind_i64(&q, id);
    int rc = sqlite__row(&q);
    if (rc > 0) {
        struct store_strategy st = {.id = sqlite__i64(&q)};
        st.name = sqlite__text(&q);
        st.hash = sqlite__text(&q);
        st.added_at = sqlite__i64(&q);
        st.source = sqlite__str(&q);
        rc = with(arg, &st);
    } else if (rc == 0) {
        rc = store__fail(s, ERR_NOT_FOUND, "there is no strategy version %lld", (long long)id);
    }
    sqlite__finish(&q);
    return rc;
}
