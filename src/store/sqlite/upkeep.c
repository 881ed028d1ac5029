// SPDX-License-Identifier: Apache-2.0
// Upkeep of a running store: checkpoints, vacuum, retention.
#include "store/sqlite/sqlite_internal.h"

// Calls fn for hub.db and for each candle file there is.
static int each_file(struct store *s, int (*fn)(struct sqlite__db *db))
{
    struct sqlite__store *st = sqlite__of(s);
    int rc = fn(&st->hub);
    for (int i = 0; rc == 0 && i < TF_COUNT; i++) {
        struct sqlite__shard *sh = NULL;
        rc = sqlite__shard_read(s, (enum timeframe)i, &sh);
        if (rc == 0 && sh != NULL)
            rc = fn(&sh->db);
    }
    return rc;
}

static int checkpoint(struct sqlite__db *db)
{
    int rc = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    // A reader in the way is no failure: the next one goes further.
    bool done = rc == SQLITE_OK || (rc & 0xff) == SQLITE_BUSY;
    return done ? 0 : sqlite__db_fail(db, rc, "checkpoint");
}

int sqlite__checkpoint(struct store *s)
{
    struct sqlite__store *st = sqlite__of(s);
    int rc = checkpoint(&st->hub);
    for (int i = 0; rc == 0 && i < TF_COUNT; i++) {
        if (st->shards[i].db.handle != NULL)
            rc = checkpoint(&st->shards[i].db);
    }
    return rc;
}

static int vacuum(struct sqlite__db *db)
{
    int rc = sqlite__db_exec(db, "VACUUM");
    if (rc != 0)
        return rc;
    rc = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    bool done = rc == SQLITE_OK || (rc & 0xff) == SQLITE_BUSY;
    return done ? 0 : sqlite__db_fail(db, rc, "checkpoint");
}

int sqlite__vacuum(struct store *s)
{
    return each_file(s, vacuum);
}

// ---- retention ------------------------------------------------------------------------------

static int prune_stream(struct sqlite__shard *sh, int64_t stream, int64_t keep, int64_t *deleted)
{
    struct sqlite__query q;
    sqlite__start(&sh->db, SHARD_CANDLE_PRUNE, &q);
    sqlite__bind_i64(&q, stream);
    sqlite__bind_i64(&q, keep - 1);
    int rc = sqlite__run(&q);
    if (rc != 0)
        return rc;
    int64_t gone = sqlite3_changes64(sh->db.handle);
    sqlite__start(&sh->db, SHARD_STAT_SHRINK, &q);
    sqlite__bind_i64(&q, stream);
    sqlite__bind_i64(&q, gone);
    *deleted += gone;
    return sqlite__run(&q);
}

struct pruning {
    int64_t stream, keep, max, deleted;
};

static int prune_all(struct sqlite__shard *sh, void *arg)
{
    struct pruning *p = arg;
    struct sqlite__query q;
    int rc;
    sqlite__start(&sh->db, SHARD_STAT_EACH, &q);
    sqlite__bind_i64(&q, p->keep);
    while ((rc = sqlite__row(&q)) > 0) {
        rc = prune_stream(sh, sqlite__i64(&q), p->keep, &p->deleted);
        if (rc != 0)
            break;
    }
    sqlite__finish(&q);
    return rc;
}

// Everything that stands behind one shard's transaction: work() deletes and counts into *deleted.
static int in_shard(struct store *s, struct sqlite__shard *sh,
                    int (*work)(struct sqlite__shard *sh, void *arg), void *arg)
{
    struct sqlite__query q;
    if (sh->ahead)
        return store__fail(s, ERR_AGAIN, "a burst has to be taken back first; try again");
    sqlite__start(&sh->db, SHARD_BEGIN, &q);
    int rc = sqlite__run(&q);
    if (rc == 0)
        rc = work(sh, arg);
    sqlite__start(&sh->db, SHARD_COMMIT, &q);
    if (rc == 0)
        rc = sqlite__run(&q);
    if (rc != 0)
        sqlite__db_rollback(&sh->db);
    return rc;
}

int sqlite__retention(struct store *s, enum timeframe tf, int64_t keep, int64_t *deleted)
{
    struct sqlite__shard *sh = NULL;
    struct pruning p = {.keep = keep};
    *deleted = 0;
    if (keep < 1)
        return store__fail(s, ERR_RANGE, "retention keeps at least one candle");
    int rc = sqlite__shard_read(s, tf, &sh);
    if (rc == 0 && sh != NULL)
        rc = in_shard(s, sh, prune_all, &p);
    *deleted = rc == 0 ? p.deleted : 0;
    return rc;
}

static int prune_some(struct sqlite__shard *sh, void *arg)
{
    struct pruning *p = arg;
    struct sqlite__query q;
    sqlite__start(&sh->db, SHARD_STAT_GET, &q);
    sqlite__bind_i64(&q, p->stream);
    int rc = sqlite__row(&q);
    if (rc > 0)
        (void)sqlite__i64(&q); // last_open
    int64_t count = rc > 0 ? sqlite__i64(&q) : 0;
    sqlite__finish(&q);
    if (rc < 0 || count <= p->keep)
        return rc < 0 ? rc : 0;
    int64_t keep = count - p->keep > p->max ? count - p->max : p->keep;
    return prune_stream(sh, p->stream, keep, &p->deleted);
}

int sqlite__retention_stream(struct store *s, int64_t stream_id, enum timeframe tf, int64_t keep,
                             int64_t max, int64_t *deleted)
{
    struct sqlite__shard *sh = NULL;
    struct pruning p = {.stream = stream_id, .keep = keep, .max = max};
    *deleted = 0;
    if (keep < 1 || max < 1)
        return store__fail(s, ERR_RANGE, "retention keeps at least one candle");
    int rc = sqlite__shard_read(s, tf, &sh);
    if (rc == 0 && sh != NULL)
        rc = in_shard(s, sh, prune_some, &p);
    *deleted = rc == 0 ? p.deleted : 0;
    return rc;
}
