// SPDX-License-Identifier: Apache-2.0
// Opening and closing of the SQLite back end: lock, hub.db, schema, integrity, the candle files'
// state; and the table that connects its operations to store.h.
#include "store/sqlite/sqlite_internal.h"

#include "market/timeframe.h"

#include <stdlib.h>
#include <unistd.h>

#define HUB_CACHE_KIB        1024
#define HUB_CHECKPOINT_PAGES 1000
#define QUICK_CHECK_MS       2000

const char *const sqlite__hub_sql[] = {
#define X(name, text) text,
    HUB_STATEMENTS(X)
#undef X
};

const char *const sqlite__shard_sql[] = {
#define X(name, text) text,
    SHARD_STATEMENTS(X)
#undef X
};

static void close_store(struct store *s);

static const struct store_ops ops = {
    .close = close_store,
    .schema_version = sqlite__schema_version,
    .begin = sqlite__begin,
    .commit = sqlite__commit,
    .rollback = sqlite__rollback,
    .market_put = sqlite__market_put,
    .market_get = sqlite__market_get,
    .market_each = sqlite__market_each,
    .market_refreshed = sqlite__market_refreshed,
    .portfolio_create = sqlite__portfolio_create,
    .portfolio_update = sqlite__portfolio_update,
    .portfolio_remove = sqlite__portfolio_remove,
    .portfolio_find = sqlite__portfolio_find,
    .portfolio_get = sqlite__portfolio_get,
    .portfolio_each = sqlite__portfolio_each,
    .strategy_put = sqlite__strategy_put,
    .strategy_get = sqlite__strategy_get,
    .stream_ensure = sqlite__stream_ensure,
    .stream_get = sqlite__stream_get,
    .stream_find = sqlite__stream_find,
    .stream_each = sqlite__stream_each,
    .stream_set_paused = sqlite__stream_set_paused,
    .stream_set_state = sqlite__stream_set_state,
    .stream_set_origin = sqlite__stream_set_origin,
    .stream_set_first_due = sqlite__stream_set_first_due,
    .stream_set_analysed = sqlite__stream_set_analysed,
    .entry_ensure = sqlite__entry_ensure,
    .entry_remove = sqlite__entry_remove,
    .entry_each = sqlite__entry_each,
    .entry_strategy_put = sqlite__entry_strategy_put,
    .entry_strategy_remove = sqlite__entry_strategy_remove,
    .entry_strategy_each = sqlite__entry_strategy_each,
    .candle_put = sqlite__candle_put,
    .candle_each = sqlite__candle_each,
    .candle_columns = sqlite__candle_columns,
    .candle_newest = sqlite__candle_newest,
    .candle_holes = sqlite__candle_holes,
    .ledger_put = sqlite__ledger_put,
    .ledger_each = sqlite__ledger_each,
    .ledger_get = sqlite__ledger_get,
    .gap_put = sqlite__gap_put,
    .gap_fill = sqlite__gap_fill,
    .gap_each = sqlite__gap_each,
    .signal_put = sqlite__signal_put,
    .signal_each = sqlite__signal_each,
    .queue_put = sqlite__queue_put,
    .queue_each = sqlite__queue_each,
    .queue_each_open = sqlite__queue_each_open,
    .order_put = sqlite__order_put,
    .order_set_state = sqlite__order_set_state,
    .order_get = sqlite__order_get,
    .order_each = sqlite__order_each,
    .fill_apply = sqlite__fill_apply,
    .fill_each = sqlite__fill_each,
    .position_each = sqlite__position_each,
    .position_mark = sqlite__position_mark,
    .equity_put = sqlite__equity_put,
    .agent_put = sqlite__agent_put,
    .agent_each = sqlite__agent_each,
    .event_put = sqlite__event_put,
    .event_each = sqlite__event_each,
    .checkpoint = sqlite__checkpoint,
    .backup = sqlite__backup,
    .check = sqlite__check,
    .vacuum = sqlite__vacuum,
    .retention = sqlite__retention,
    .retention_stream = sqlite__retention_stream,
    .prune = sqlite__prune,
    .ledger_from = sqlite__ledger_from,
};

// ---- opening --------------------------------------------------------------------------------

static int get_meta(struct sqlite__store *st, const char *key, int64_t *out)
{
    struct sqlite__query q;
    sqlite__start(&st->hub, HUB_META_GET, &q);
    sqlite__bind_text(&q, key);
    return sqlite__run_i64(&q, out);
}

static int put_meta(struct sqlite__store *st, const char *key, int64_t value)
{
    struct sqlite__query q;
    sqlite__start(&st->hub, HUB_META_PUT, &q);
    sqlite__bind_text(&q, key);
    sqlite__bind_i64(&q, value);
    return sqlite__run(&q);
}

static int open_hub(struct sqlite__store *st)
{
    char path[SQLITE__PATH_MAX];
    if (str_printf(path, sizeof(path), "%s/hub.db", st->dir) != 0)
        return store__fail(&st->base, ERR_RANGE, "the path of the store is too long");
    struct sqlite__db_options o = {
        .path = path,
        .writable = st->base.writable,
        .create = st->base.writable,
        .durable = true,
        .cache_kib = sqlite__cache_kib(st, HUB_CACHE_KIB),
        .checkpoint_pages = HUB_CHECKPOINT_PAGES,
    };
    return sqlite__db_open(&st->hub, &st->base, &o, sqlite__hub_sql, HUB_STATEMENT_COUNT);
}

// A reader works with exactly the schema it was built for.
static int check_version(struct sqlite__store *st)
{
    int version = 0, newest = sqlite__db_newest(store_migrations_sqlite_hub);
    int rc = sqlite__db_version(&st->hub, &version);
    if (rc != 0 || version == newest)
        return rc;
    if (version > newest)
        return sqlite__db_migrate(&st->hub, store_migrations_sqlite_hub); // says TOO_NEW
    return store__fail(&st->base, ERR_AGAIN,
                       "%s has schema version %d, this program needs %d: start the hub, or run "
                       "'oracle db migrate'",
                       st->hub.path, version, newest);
}

// After an unclean end every file gets a quick look; the candle files are also asked for their last
// burst. After a clean one only their being there is looked at.
static int check_shards(struct sqlite__store *st, bool clean)
{
    char path[SQLITE__PATH_MAX], name[32], finding[256];
    for (int i = 0; i < TF_COUNT; i++) {
        enum timeframe tf = (enum timeframe)i;
        int64_t burst = 0;
        struct sqlite__query q;
        sqlite__start(&st->hub, HUB_SHARD_GET, &q);
        sqlite__bind_text(&q, timeframe_code(tf));
        int rc = sqlite__run_i64(&q, &burst);
        sqlite__shard_name(tf, name);
        if (str_printf(path, sizeof(path), "%s/%s", st->dir, name) != 0)
            return ERR_RANGE;
        bool there = access(path, F_OK) == 0;
        if (rc != 0 && rc != ERR_NOT_FOUND)
            return rc;
        if ((rc == ERR_NOT_FOUND && !there) || (clean && there))
            continue;
        rc = sqlite__shard_open(st, tf);
        if (rc == 0 && !clean) {
            rc = sqlite__check_quick(&st->shards[i].db, QUICK_CHECK_MS / 4, finding,
                                     sizeof(finding));
            if (rc == ERR_CORRUPT)
                rc = sqlite__shard_set_aside(st, tf, finding);
        }
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int say_hub_damaged(struct sqlite__store *st, const char *finding)
{
    return store__fail(&st->base, ERR_CORRUPT,
                       "%s/hub.db is damaged (%s): stop the hub and put the last backup back with "
                       "'oracle db restore DIR'",
                       st->dir, finding);
}

static int open_writable(struct sqlite__store *st)
{
    char finding[256];
    int64_t clean = 0;
    int rc = sqlite__db_migrate(&st->hub, store_migrations_sqlite_hub);
    if (rc == 0)
        rc = get_meta(st, "clean", &clean);
    if (rc == 0 && clean == 0) {
        rc = sqlite__check_quick(&st->hub, QUICK_CHECK_MS, finding, sizeof(finding));
        if (rc == ERR_CORRUPT)
            return say_hub_damaged(st, finding);
    }
    if (rc == 0)
        rc = put_meta(st, "clean", 0);
    return rc != 0 ? rc : check_shards(st, clean != 0);
}

static int open_files(struct sqlite__store *st, struct diag *d)
{
    int rc = open_hub(st);
    if (rc == ERR_NOT_FOUND) {
        return diag_set(d, rc,
                        "there is no store in %s yet; start the hub, or choose another "
                        "directory with --data",
                        st->dir);
    }
    if (rc == 0)
        rc = st->base.writable ? open_writable(st) : check_version(st);
    if (rc == ERR_CORRUPT && strstr(st->base.error, "oracle db restore") == NULL) {
        char finding[256];
        if (str_copy(finding, sizeof(finding),
                     str_sub(str_from(st->base.error), 0, sizeof(finding) - 1)) == 0)
            rc = say_hub_damaged(st, finding);
    }
    return rc == 0 ? 0 : diag_set(d, rc, "%s", st->base.error);
}

static int open_store(const struct store_options *o, struct store **out, struct diag *d)
{
    struct sqlite__store *st = calloc(1, sizeof(*st));
    int rc = 0;
    if (st == NULL)
        return diag_set(d, ERR_NO_MEMORY, "out of memory");
    st->base.ops = &ops;
    st->base.writable = o->writable;
    st->cache_kib = o->cache_bytes / 1024 < INT32_MAX ? o->cache_bytes / 1024 : INT32_MAX;
    st->lock_fd = -1;
    for (int i = 0; i < TF_COUNT; i++)
        st->shards[i].tf = (enum timeframe)i;
    if (str_copy(st->dir, sizeof(st->dir), str_from(o->location)) != 0 || st->dir[0] == '\0') {
        rc = diag_set(d, ERR_INVALID, "the data directory's path is empty or too long");
        goto out;
    }
    if (o->writable) {
        rc = sqlite__directory_make(st->dir, d);
        if (rc == 0)
            rc = sqlite__lock_take(st->dir, &st->lock_fd, d);
    }
    if (rc == 0)
        rc = open_files(st, d);
    if (rc != 0)
        goto out;
    *out = &st->base;
    st = NULL;
out:
    if (st != NULL) {
        // Not close_store: what was not opened well is not marked as closed well.
        for (int i = 0; i < TF_COUNT; i++)
            sqlite__shard_close(&st->shards[i]);
        sqlite__db_close(&st->hub);
        sqlite__lock_release(st->lock_fd);
        free(st);
    }
    return rc;
}

static void close_store(struct store *s)
{
    struct sqlite__store *st = sqlite__of(s);
    bool clean = s->writable;
    for (int i = 0; i < TF_COUNT; i++) {
        clean = clean && !st->shards[i].damaged && !st->shards[i].ahead;
        sqlite__shard_close(&st->shards[i]);
    }
    int rc = clean ? put_meta(st, "clean", 1) : 0;
    (void)rc; // unmarked, the next opening only looks closer
    sqlite__db_close(&st->hub);
    sqlite__lock_release(st->lock_fd);
    free(st);
}

int sqlite__schema_version(struct store *s, int *out)
{
    return sqlite__db_version(&sqlite__of(s)->hub, out);
}

const struct store_backend store_backend_sqlite = {
    .name = "sqlite",
    .open = open_store,
    .restore = sqlite__restore,
};
