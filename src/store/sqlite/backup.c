// SPDX-License-Identifier: Apache-2.0
// Backup of all files while the hub runs, and putting a backup back. A file is copied under another
// name and renamed when it is complete, so that a broken copy never stands for a whole one.
#include "store/sqlite/sqlite_internal.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME_MAX 32

// Number 0 is hub.db, the others are the candle files.
#define FILE_COUNT (TF_COUNT + 1)

static void file_name(int number, char out[static FILE_NAME_MAX])
{
    if (number > 0)
        sqlite__shard_name((enum timeframe)(number - 1), out);
    else if (str_printf(out, FILE_NAME_MAX, "hub.db") != 0)
        out[0] = '\0';
}

static int sync_path(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int rc = fd < 0 || fsync(fd) != 0 ? ERR_SYSTEM : 0;
    if (fd >= 0)
        close(fd);
    return rc;
}

static int copy_failed(struct store *s, sqlite3 *to, int code, const char *path)
{
    int system = to == NULL ? 0 : sqlite3_system_errno(to);
    int rc = (code & 0xff) == SQLITE_FULL || system == ENOSPC || system == EDQUOT ? ERR_DISK_FULL
             : (code & 0xff) == SQLITE_READONLY || system == EACCES || system == EROFS
                 ? ERR_READ_ONLY
             : (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB ? ERR_CORRUPT
                                                                                 : ERR_SYSTEM;
    return store__fail(s, rc, "%s cannot be written: %s", path,
                       to == NULL ? sqlite3_errstr(code) : sqlite3_errmsg(to));
}

// Copies a database as one snapshot into path, complete and synced or not at all.
static int copy_db(struct store *s, sqlite3 *from, const char *path)
{
    char part[SQLITE__PATH_MAX];
    sqlite3 *to = NULL;
    if (str_printf(part, sizeof(part), "%s.part", path) != 0)
        return store__fail(s, ERR_RANGE, "the path of the backup is too long");
    unlink(part);
    int code = sqlite3_open_v2(part, &to,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
                                   SQLITE_OPEN_EXRESCODE,
                               NULL);
    int rc = 0;
    if (code == SQLITE_OK) {
        sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
        code = b == NULL ? sqlite3_errcode(to) : sqlite3_backup_step(b, -1);
        if (b != NULL)
            sqlite3_backup_finish(b);
        code = code == SQLITE_DONE ? SQLITE_OK : code;
    }
    if (code != SQLITE_OK)
        rc = copy_failed(s, to, code, part);
    sqlite3_close_v2(to);
    if (rc == 0 && (sync_path(part) != 0 || rename(part, path) != 0))
        rc = store__fail(s, ERR_SYSTEM, "%s: %s", path, strerror(errno));
    if (rc != 0)
        unlink(part);
    return rc;
}

// NULL when there is no such file.
static sqlite3 *handle_of(struct store *s, int number, int *rc)
{
    struct sqlite__shard *sh = NULL;
    *rc = 0;
    if (number == 0)
        return sqlite__of(s)->hub.handle;
    *rc = sqlite__shard_read(s, (enum timeframe)(number - 1), &sh);
    return *rc == 0 && sh != NULL ? sh->db.handle : NULL;
}

// hub.db first: candle files copied a moment later may be ahead of it, and that is settled at
// opening.
int sqlite__backup(struct store *s, const char *dir, void (*file)(void *arg, const char *name),
                   void *arg)
{
    char path[SQLITE__PATH_MAX], name[FILE_NAME_MAX];
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
        return store__fail(s, errno == EACCES || errno == EROFS ? ERR_READ_ONLY : ERR_SYSTEM,
                           "%s cannot be made: %s", dir, strerror(errno));
    }
    int rc = 0;
    for (int i = 0; rc == 0 && i < FILE_COUNT; i++) {
        file_name(i, name);
        sqlite3 *from = handle_of(s, i, &rc);
        if (rc == 0)
            rc = str_printf(path, sizeof(path), "%s/%s", dir, name);
        if (rc != 0)
            break;
        // A candle file of an older backup must not stand beside a newer hub.db.
        if (from == NULL) {
            unlink(path);
            continue;
        }
        if (file != NULL)
            file(arg, name);
        rc = copy_db(s, from, path);
    }
    if (rc == 0 && sync_path(dir) != 0)
        rc = store__fail(s, ERR_SYSTEM, "%s: %s", dir, strerror(errno));
    return rc;
}

// ---- restore --------------------------------------------------------------------------------

struct restore {
    const char *from, *dir;
    struct store words; // takes the errors of the helpers above
    bool there[FILE_COUNT];
};

static int check_backup(struct restore *r, const char *path, const struct store_migration *steps)
{
    struct sqlite__db db;
    struct sqlite__db_options o = {.path = path, .cache_kib = 256, .checkpoint_pages = 1000};
    char finding[128];
    int version = 0;
    int rc = sqlite__db_open(&db, &r->words, &o, sqlite__hub_sql, 0);
    if (rc != 0)
        return rc;
    rc = sqlite__db_version(&db, &version);
    if (rc == 0 && version > sqlite__db_newest(steps))
        rc = sqlite__db_migrate(&db, steps); // says TOO_NEW
    if (rc == 0)
        rc = sqlite__check_quick(&db, INT64_C(600000), finding, sizeof(finding));
    if (rc == ERR_CORRUPT) {
        rc = store__fail(&r->words, rc, "the backup %s is damaged (%s); take another one", path,
                         finding);
    }
    sqlite__db_close(&db);
    return rc;
}

static int path_of(const char *dir, int number, const char *suffix,
                   char out[static SQLITE__PATH_MAX])
{
    char name[FILE_NAME_MAX];
    file_name(number, name);
    return str_printf(out, SQLITE__PATH_MAX, "%s/%s%s", dir, name, suffix);
}

// Brings a copy of each file of the backup into the data directory as "<name>.restored".
static int fetch_one(struct restore *r, int number)
{
    char from[SQLITE__PATH_MAX], to[SQLITE__PATH_MAX];
    sqlite3 *handle = NULL;
    int rc = path_of(r->from, number, "", from);
    if (rc == 0)
        rc = path_of(r->dir, number, ".restored", to);
    if (rc != 0)
        return rc;
    r->there[number] = access(from, F_OK) == 0;
    if (!r->there[number] && number > 0)
        return 0;
    rc = check_backup(r, from,
                      number == 0 ? store_migrations_sqlite_hub : store_migrations_sqlite_shard);
    if (rc != 0)
        return rc;
    int code = sqlite3_open_v2(from, &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
    rc = code == SQLITE_OK
             ? copy_db(&r->words, handle, to)
             : store__fail(&r->words, ERR_SYSTEM, "%s: %s", from, sqlite3_errstr(code));
    sqlite3_close_v2(handle);
    return rc;
}

static int swap_one(struct restore *r, int number, time_ms now)
{
    static const char *const suffixes[] = {"-wal", "-shm", ""};
    char from[SQLITE__PATH_MAX], to[SQLITE__PATH_MAX], suffix[64];
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        rc = str_printf(suffix, sizeof(suffix), ".replaced-%lld%s", (long long)now, suffixes[i]);
        if (rc == 0)
            rc = path_of(r->dir, number, suffixes[i], from);
        if (rc == 0)
            rc = path_of(r->dir, number, suffix, to);
        if (rc == 0 && rename(from, to) != 0 && errno != ENOENT)
            rc = store__fail(&r->words, ERR_SYSTEM, "%s: %s", from, strerror(errno));
    }
    if (rc == 0 && r->there[number]) {
        rc = path_of(r->dir, number, ".restored", from);
        if (rc == 0)
            rc = path_of(r->dir, number, "", to);
        if (rc == 0 && rename(from, to) != 0)
            rc = store__fail(&r->words, ERR_SYSTEM, "%s: %s", from, strerror(errno));
    }
    return rc;
}

static void drop_copies(struct restore *r)
{
    char path[SQLITE__PATH_MAX];
    for (int i = 0; i < FILE_COUNT; i++) {
        if (path_of(r->dir, i, ".restored", path) == 0)
            unlink(path);
    }
}

int sqlite__restore(const struct store_options *o, const char *from, struct diag *d)
{
    struct restore r = {.from = from, .dir = o->location};
    int lock_fd = -1;
    int rc = sqlite__directory_make(o->location, d);
    if (rc == 0)
        rc = sqlite__lock_take(o->location, &lock_fd, d);
    if (rc != 0)
        return rc;
    for (int i = 0; rc == 0 && i < FILE_COUNT; i++)
        rc = fetch_one(&r, i);
    time_ms now = clock_wall_ms();
    // The candle files first: a stop in between leaves them and the old hub.db, whose bursts then
    // do not fit, and the restore can be started again.
    for (int i = FILE_COUNT - 1; rc == 0 && i >= 0; i--)
        rc = swap_one(&r, i, now);
    if (rc == 0)
        rc = sync_path(o->location);
    if (rc != 0)
        drop_copies(&r);
    sqlite__lock_release(lock_fd);
    return rc == 0 ? 0
                   : diag_set(d, rc, "%s", r.words.error[0] != '\0' ? r.words.error : err_text(rc));
}
