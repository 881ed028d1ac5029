// SPDX-License-Identifier: Apache-2.0
// The candle files: opening one when it is first needed, finding out whether it and hub.db tell the
// same story, and setting a damaged one aside.
#include "store/sqlite/sqlite_internal.h"

#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SHARD_CACHE_KIB        256
#define SHARD_CHECKPOINT_PAGES 2000

void sqlite__shard_name(enum timeframe tf, char out[static 32])
{
    // "1m" and "1M" differ in case only.
    const char *code = tf == TF_MN1 ? "1mo" : timeframe_code(tf);
    if (str_printf(out, 32, "candles_%s.db", code) != 0)
        out[0] = '\0';
}

static int shard_path(const struct sqlite__store *st, enum timeframe tf,
                      char out[static SQLITE__PATH_MAX])
{
    char name[32];
    sqlite__shard_name(tf, name);
    return str_printf(out, SQLITE__PATH_MAX, "%s/%s", st->dir, name);
}

void sqlite__shard_close(struct sqlite__shard *sh)
{
    sqlite__db_close(&sh->db);
    free(sh->burst);
    sh->burst = NULL;
    sh->in_burst = false;
}

static int put_settled(struct sqlite__store *st, enum timeframe tf, int64_t burst)
{
    struct sqlite__query q;
    sqlite__start(&st->hub, HUB_SHARD_PUT, &q);
    sqlite__bind_text(&q, timeframe_code(tf));
    sqlite__bind_i64(&q, burst);
    return sqlite__run(&q);
}

static int event_put(struct sqlite__store *st, const char *text)
{
    struct sqlite__query q;
    sqlite__start(&st->hub, HUB_EVENT_INSERT, &q);
    sqlite__bind_i64(&q, clock_wall_ms());
    sqlite__bind_text(&q, "store");
    sqlite__bind_text(&q, "warning");
    sqlite__bind_text(&q, text);
    return sqlite__run(&q);
}

// Candles that hub.db knows of are not in the file (power cut, file set aside or removed): its
// streams go back to healing.
static int mark_for_healing(struct sqlite__store *st, enum timeframe tf)
{
    char text[128], name[32];
    sqlite__shard_name(tf, name);
    int rc = str_printf(text, sizeof(text),
                        "%s lacks candles that were stored; fetching them again", name);
    struct sqlite__query q;
    sqlite__start(&st->hub, HUB_SHARD_HEAL, &q);
    sqlite__bind_text(&q, timeframe_code(tf));
    sqlite__bind_text(&q, text);
    if (rc == 0)
        rc = sqlite__run(&q);
    else
        sqlite__finish(&q);
    if (rc == 0)
        rc = event_put(st, text);
    if (rc == 0)
        store__note(&st->base, "%s.", text);
    return rc;
}

// Compares the file's last burst with the one hub.db knows to be complete.
static int settle(struct sqlite__store *st, struct sqlite__shard *sh)
{
    struct sqlite__query q;
    int64_t number = 0;
    sqlite__start(&sh->db, SHARD_BURST_GET, &q);
    int rc = sqlite__run_i64(&q, &number);
    if (rc != 0)
        return rc;
    sqlite__start(&st->hub, HUB_SHARD_GET, &q);
    sqlite__bind_text(&q, timeframe_code(sh->tf));
    rc = sqlite__run_i64(&q, &sh->settled);
    if (rc == ERR_NOT_FOUND) {
        sh->settled = 0;
        rc = 0;
    }
    if (rc != 0 || number == sh->settled)
        return rc;
    if (number == sh->settled + 1)
        return sqlite__burst_take_back(sh);
    // Further ahead than one burst: another hub.db (an older copy put back by hand) stands beside
    // it, and the stream numbers in the candles may mean other streams there.
    if (number > sh->settled)
        return store__fail(&st->base, ERR_CORRUPT, "it belongs to a newer hub.db");
    sh->settled = number;
    rc = put_settled(st, sh->tf, number);
    return rc == 0 ? mark_for_healing(st, sh->tf) : rc;
}

static int open_db(struct sqlite__store *st, struct sqlite__shard *sh, const char *path)
{
    bool writable = st->base.writable;
    struct sqlite__db_options o = {
        .path = path,
        .writable = writable,
        .create = writable,
        .durable = false,
        .cache_kib = sqlite__cache_kib(st, SHARD_CACHE_KIB),
        .checkpoint_pages = SHARD_CHECKPOINT_PAGES,
    };
    int version = 0, newest = sqlite__db_newest(store_migrations_sqlite_shard);
    int rc = sqlite__db_open(&sh->db, &st->base, &o, sqlite__shard_sql, SHARD_STATEMENT_COUNT);
    if (rc != 0)
        return rc;
    rc = sqlite__candle_functions(sh);
    if (rc != 0) {
        sqlite__db_close(&sh->db);
        return rc;
    }
    if (writable) {
        rc = sqlite__db_migrate(&sh->db, store_migrations_sqlite_shard);
    } else {
        rc = sqlite__db_version(&sh->db, &version);
        if (rc == 0 && version > newest)
            rc = sqlite__db_migrate(&sh->db, store_migrations_sqlite_shard); // says TOO_NEW
        else if (rc == 0 && version < newest)
            rc = ERR_NOT_FOUND; // being made right now
    }
    if (rc != 0)
        sqlite__db_close(&sh->db);
    return rc;
}

int sqlite__shard_open(struct sqlite__store *st, enum timeframe tf)
{
    struct sqlite__shard *sh = &st->shards[tf];
    char path[SQLITE__PATH_MAX];
    if (sh->db.handle != NULL)
        return 0;
    if (shard_path(st, tf, path) != 0)
        return store__fail(&st->base, ERR_RANGE, "the path of the store is too long");
    int rc = open_db(st, sh, path);
    if (rc == 0 && st->base.writable)
        rc = settle(st, sh);
    if (rc == ERR_CORRUPT && st->base.writable) {
        char why[STORE_TEXT_MAX];
        if (str_copy(why, sizeof(why), str_from(st->base.error)) != 0)
            why[0] = '\0';
        return sqlite__shard_set_aside(st, tf, why);
    }
    if (rc != 0)
        sqlite__shard_close(sh);
    sh->fresh = st->base.in_burst;
    return rc;
}

static int move_away(struct sqlite__store *st, const char *path, time_ms now)
{
    static const char *const suffixes[] = {"-wal", "-shm", ""};
    char from[SQLITE__PATH_MAX + 8], to[SQLITE__PATH_MAX + 48];
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        if (str_printf(from, sizeof(from), "%s%s", path, suffixes[i]) != 0 ||
            str_printf(to, sizeof(to), "%s.damaged-%lld%s", path, (long long)now, suffixes[i]) != 0)
            return store__fail(&st->base, ERR_RANGE, "the path of the store is too long");
        if (rename(from, to) != 0 && errno != ENOENT)
            return store__fail(&st->base, ERR_SYSTEM, "%s cannot be set aside: %s", from,
                               strerror(errno));
    }
    return 0;
}

int sqlite__shard_set_aside(struct sqlite__store *st, enum timeframe tf, const char *why)
{
    struct sqlite__shard *sh = &st->shards[tf];
    char path[SQLITE__PATH_MAX], name[32];
    time_ms now = clock_wall_ms();
    sqlite__shard_name(tf, name);
    sqlite__shard_close(sh);
    int rc = shard_path(st, tf, path);
    if (rc == 0)
        rc = move_away(st, path, now);
    if (rc != 0)
        return rc;
    store__note(&st->base, "%s was damaged (%s) and is set aside as %s.damaged-%lld.", name, why,
                name, (long long)now);
    sh->damaged = sh->ahead = false;
    rc = open_db(st, sh, path);
    if (rc == 0)
        rc = settle(st, sh);
    if (rc != 0)
        sqlite__shard_close(sh);
    return rc;
}

static bool in_use(sqlite3 *handle)
{
    sqlite3_stmt *st = NULL;
    while ((st = sqlite3_next_stmt(handle, st)) != NULL) {
        if (sqlite3_stmt_busy(st))
            return true;
    }
    return false;
}

// A file that was set aside lives on under the reader's old descriptor; the new one must be opened.
// A listing under way up the stack ends on the old one first.
static void drop_if_moved(struct sqlite__shard *sh)
{
    int moved = 0;
    if (sh->db.handle != NULL && !in_use(sh->db.handle) &&
        sqlite3_file_control(sh->db.handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
        moved != 0)
        sqlite__shard_close(sh);
}

static bool is_absent(const struct sqlite__store *st, const struct sqlite__shard *sh)
{
    char path[SQLITE__PATH_MAX];
    return sh->db.handle == NULL && shard_path(st, sh->tf, path) == 0 && access(path, F_OK) != 0;
}

int sqlite__shard_read(struct store *s, enum timeframe tf, struct sqlite__shard **out)
{
    struct sqlite__store *st = sqlite__of(s);
    *out = NULL;
    if ((unsigned)tf >= TF_COUNT)
        return store__fail(s, ERR_INVALID, "no such timeframe");
    struct sqlite__shard *sh = &st->shards[tf];
    if (!s->writable)
        drop_if_moved(sh);
    if (is_absent(st, sh))
        return 0;
    int rc = sqlite__shard_open(st, tf);
    if (rc == ERR_NOT_FOUND && !s->writable)
        return 0; // its tables are being made right now
    if (rc == 0)
        *out = sh;
    return rc;
}

int sqlite__shard_write(struct store *s, enum timeframe tf, struct sqlite__shard **out)
{
    struct sqlite__query q;
    struct sqlite__shard *sh = &sqlite__of(s)->shards[tf];
    int rc = sqlite__shard_open(sqlite__of(s), tf);
    *out = rc == 0 ? sh : NULL;
    if (rc != 0 || sh->in_burst)
        return rc;
    if (sh->burst == NULL)
        sh->burst = calloc(1, sizeof(*sh->burst));
    if (sh->burst == NULL)
        return store__fail(s, ERR_NO_MEMORY, "out of memory");
    sqlite__start(&sh->db, SHARD_BEGIN, &q);
    rc = sqlite__run(&q);
    if (rc != 0)
        return rc;
    sh->in_burst = true;
    sh->burst->undo_count = sh->burst->stat_count = 0;
    memset(sh->burst->slots, 0, sizeof(sh->burst->slots));
    sqlite__start(&sh->db, SHARD_UNDO_CLEAR, &q);
    return sqlite__run(&q);
}
