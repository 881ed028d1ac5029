// SPDX-License-Identifier: Apache-2.0
// A burst is one transaction over several files. The candle files commit first, each with the list
// of what it did; then hub.db commits, and that decides. A candle file that is one burst ahead of
// hub.db (a crash between the two, or a full disk) takes its last burst back.
#include "store/sqlite/sqlite_internal.h"

// ---- what a burst did -----------------------------------------------------------------------

static int write_undo(struct sqlite__shard *sh)
{
    struct sqlite__burst *b = sh->burst;
    if (b->undo_count == 0)
        return 0;
    struct sqlite__query q;
    sqlite__start(&sh->db, SHARD_UNDO_INSERT, &q);
    sqlite__bind_blob(&q, b->undo, b->undo_count * sizeof(b->undo[0]));
    b->undo_count = 0;
    return sqlite__run(&q);
}

int sqlite__burst_undo_add(struct sqlite__shard *sh, int64_t stream, time_ms open,
                           enum sqlite__undo_kind kind)
{
    struct sqlite__burst *b = sh->burst;
    int rc = b->undo_count == SQLITE__UNDO_MAX ? write_undo(sh) : 0;
    if (rc == 0)
        b->undo[b->undo_count++] = (struct sqlite__undo){stream, 2 * open + (int64_t)kind};
    return rc;
}

int sqlite__burst_flush_stats(struct sqlite__shard *sh)
{
    struct sqlite__burst *b = sh->burst;
    struct sqlite__query q;
    int rc = 0;
    if (b == NULL || b->stat_count == 0)
        return 0;
    for (size_t i = 0; rc == 0 && i < b->stat_count; i++) {
        sqlite__start(&sh->db, SHARD_STAT_ADD, &q);
        sqlite__bind_i64(&q, b->stats[i].stream);
        sqlite__bind_i64(&q, b->stats[i].first);
        sqlite__bind_i64(&q, b->stats[i].last);
        sqlite__bind_i64(&q, b->stats[i].added);
        rc = sqlite__run(&q);
    }
    b->stat_count = 0;
    memset(b->slots, 0, sizeof(b->slots));
    return rc;
}

int sqlite__burst_count(struct sqlite__shard *sh, int64_t stream, time_ms open)
{
    struct sqlite__burst *b = sh->burst;
    const size_t mask = 2 * SQLITE__STAT_MAX - 1;
    if (b->stat_count == SQLITE__STAT_MAX) {
        int rc = sqlite__burst_flush_stats(sh);
        if (rc != 0)
            return rc;
    }
    size_t slot = (size_t)(((uint64_t)stream * UINT64_C(0x9E3779B97F4A7C15)) >> 40) & mask;
    while (b->slots[slot] != 0 && b->stats[b->slots[slot] - 1].stream != stream)
        slot = (slot + 1) & mask;
    if (b->slots[slot] == 0) {
        b->stats[b->stat_count++] = (struct sqlite__stat){stream, open, open, 0};
        b->slots[slot] = (uint16_t)b->stat_count;
    }
    struct sqlite__stat *stat = &b->stats[b->slots[slot] - 1];
    stat->first = open < stat->first ? open : stat->first;
    stat->last = open > stat->last ? open : stat->last;
    stat->added++;
    return 0;
}

// ---- taking a burst back --------------------------------------------------------------------

static int run_keyed(struct sqlite__shard *sh, int statement, int64_t stream, time_ms open)
{
    struct sqlite__query q;
    sqlite__start(&sh->db, statement, &q);
    sqlite__bind_i64(&q, stream);
    sqlite__bind_i64(&q, open);
    return sqlite__run(&q);
}

static int undo_new(struct sqlite__shard *sh, int64_t stream, time_ms open)
{
    struct sqlite__query q;
    int rc = run_keyed(sh, SHARD_CANDLE_DELETE, stream, open);
    if (rc == 0)
        rc = run_keyed(sh, SHARD_STAT_SHRINK, stream, 1);
    if (rc != 0)
        return rc;
    sqlite__start(&sh->db, SHARD_STAT_PRUNE, &q);
    sqlite__bind_i64(&q, stream);
    return sqlite__run(&q);
}

static int undo_revised(struct sqlite__shard *sh, int64_t stream, time_ms open)
{
    int rc = run_keyed(sh, SHARD_CANDLE_RESTORE, stream, open);
    return rc != 0 ? rc : run_keyed(sh, SHARD_REVISION_DROP, stream, open);
}

// Backwards, since a candle may have been stored and revised in the same burst.
static int undo_block(struct sqlite__shard *sh, struct str block)
{
    int rc = 0;
    for (size_t n = block.len / sizeof(struct sqlite__undo); rc == 0 && n > 0; n--) {
        struct sqlite__undo u;
        memcpy(&u, block.data + (n - 1) * sizeof(u), sizeof(u));
        time_ms open = u.open_and_kind >> 1;
        rc = (u.open_and_kind & 1) == SQLITE__UNDO_NEW ? undo_new(sh, u.stream, open)
                                                       : undo_revised(sh, u.stream, open);
    }
    return rc;
}

static int undo_all(struct sqlite__shard *sh)
{
    struct sqlite__query q;
    int rc;
    sqlite__start(&sh->db, SHARD_UNDO_EACH, &q);
    while ((rc = sqlite__row(&q)) > 0) {
        struct str block = {sqlite3_column_blob(q.st, 0), (size_t)sqlite3_column_bytes(q.st, 0)};
        rc = undo_block(sh, block);
        if (rc != 0)
            break;
    }
    sqlite__finish(&q);
    return rc;
}

int sqlite__burst_take_back(struct sqlite__shard *sh)
{
    struct sqlite__query q;
    sqlite__start(&sh->db, SHARD_BEGIN, &q);
    int rc = sqlite__run(&q);
    if (rc == 0)
        rc = undo_all(sh);
    sqlite__start(&sh->db, SHARD_UNDO_CLEAR, &q);
    if (rc == 0)
        rc = sqlite__run(&q);
    sqlite__start(&sh->db, SHARD_BURST_SET, &q);
    sqlite__bind_i64(&q, sh->settled);
    if (rc == 0)
        rc = sqlite__run(&q);
    sqlite__start(&sh->db, SHARD_COMMIT, &q);
    if (rc == 0)
        rc = sqlite__run(&q);
    if (rc != 0)
        sqlite__db_rollback(&sh->db);
    sh->ahead = rc != 0;
    return rc;
}

// ---- begin, commit, rollback ----------------------------------------------------------------

// Clears up what an earlier error left: damaged files, bursts still to be taken back.
static int tidy(struct sqlite__store *st)
{
    int rc = 0;
    st->hub.failed = 0;
    for (int i = 0; rc == 0 && i < TF_COUNT; i++) {
        struct sqlite__shard *sh = &st->shards[i];
        if (sh->db.failed == ERR_CORRUPT)
            sh->damaged = true;
        sh->db.failed = 0;
        if (sh->damaged)
            rc = sqlite__shard_set_aside(st, sh->tf, "found while in use");
        else if (sh->ahead)
            rc = sqlite__burst_take_back(sh);
    }
    return rc;
}

int sqlite__begin(struct store *s)
{
    struct sqlite__store *st = sqlite__of(s);
    struct sqlite__query q;
    int rc = tidy(st);
    if (rc != 0)
        return rc;
    sqlite__start(&st->hub, HUB_BEGIN, &q);
    return sqlite__run(&q);
}

static int first_failure(const struct sqlite__store *st)
{
    int rc = st->hub.failed;
    for (int i = 0; rc == 0 && i < TF_COUNT; i++) {
        if (st->shards[i].in_burst)
            rc = st->shards[i].db.failed;
    }
    return rc;
}

static int commit_shard(struct sqlite__shard *sh)
{
    struct sqlite__query q;
    int rc = sqlite__burst_flush_stats(sh);
    if (rc == 0)
        rc = write_undo(sh);
    if (rc != 0)
        return rc;
    sqlite__start(&sh->db, SHARD_BURST_SET, &q);
    sqlite__bind_i64(&q, sh->settled + 1);
    rc = sqlite__run(&q);
    if (rc != 0)
        return rc;
    sqlite__start(&sh->db, SHARD_COMMIT, &q);
    rc = sqlite__run(&q);
    if (rc == 0) {
        sh->in_burst = false;
        sh->ahead = true; // until hub.db follows
    }
    return rc;
}

static int commit_hub(struct sqlite__store *st)
{
    struct sqlite__query q;
    int rc = 0;
    for (int i = 0; rc == 0 && i < TF_COUNT; i++) {
        if (!st->shards[i].ahead)
            continue;
        sqlite__start(&st->hub, HUB_SHARD_PUT, &q);
        sqlite__bind_text(&q, timeframe_code((enum timeframe)i));
        sqlite__bind_i64(&q, st->shards[i].settled + 1);
        rc = sqlite__run(&q);
    }
    if (rc != 0)
        return rc;
    sqlite__start(&st->hub, HUB_COMMIT, &q);
    return sqlite__run(&q);
}

static void settle_all(struct sqlite__store *st)
{
    for (int i = 0; i < TF_COUNT; i++) {
        struct sqlite__shard *sh = &st->shards[i];
        sh->settled += sh->ahead ? 1 : 0;
        sh->ahead = sh->fresh = false;
    }
}

int sqlite__commit(struct store *s)
{
    struct sqlite__store *st = sqlite__of(s);
    int rc = first_failure(st);
    for (int i = 0; rc == 0 && i < TF_COUNT; i++) {
        if (st->shards[i].in_burst)
            rc = commit_shard(&st->shards[i]);
    }
    if (rc == 0)
        rc = commit_hub(st);
    if (rc == 0) {
        settle_all(st);
        return 0;
    }
    char words[STORE_TEXT_MAX];
    memcpy(words, s->error, sizeof(words)); // of the cause, not of the clearing up
    sqlite__rollback(s);
    memcpy(s->error, words, sizeof(words));
    return rc;
}

void sqlite__rollback(struct store *s)
{
    struct sqlite__store *st = sqlite__of(s);
    sqlite__db_rollback(&st->hub);
    for (int i = 0; i < TF_COUNT; i++) {
        struct sqlite__shard *sh = &st->shards[i];
        sh->damaged = sh->damaged || sh->db.failed == ERR_CORRUPT;
        if (sh->in_burst)
            sqlite__db_rollback(&sh->db);
        sh->in_burst = false;
        sh->db.failed = 0;
        if (sh->burst != NULL)
            sh->burst->undo_count = sh->burst->stat_count = 0;
        // When this fails too (the disk is still full) it stays ahead and the next begin tries
        // again.
        if (sh->ahead && sqlite__burst_take_back(sh) != 0)
            sh->ahead = true;
        sh->db.failed = 0;
        // What opening it wrote to hub.db is rolled back: open it anew when it is next needed.
        if (sh->fresh)
            sqlite__shard_close(sh);
        sh->fresh = false;
    }
}

int sqlite__part_begin(struct sqlite__db *hub)
{
    struct sqlite__query q;
    sqlite__start(hub, HUB_PART_BEGIN, &q);
    return sqlite__run(&q);
}

int sqlite__part_end(struct sqlite__db *hub, int rc)
{
    if (rc != 0) {
        // Where SQLite has ended the whole transaction, the burst is lost and there is no part
        // left.
        if (sqlite__db_in_transaction(hub))
            (void)sqlite3_exec(hub->handle, "ROLLBACK TO part; RELEASE part", NULL, NULL, NULL);
        return rc;
    }
    struct sqlite__query q;
    sqlite__start(hub, HUB_PART_RELEASE, &q);
    return sqlite__run(&q);
}
