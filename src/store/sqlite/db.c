// SPDX-License-Identifier: Apache-2.0
// One SQLite connection: opening with our pragmas, SQLite's result codes turned into ours, and
// calls with statements that are prepared once.
#include "store/sqlite/db.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BUSY_WAIT_MS 5000

// ---- errors ---------------------------------------------------------------------------------

// A write that the system refused says why in errno: no room, or no permission.
static int code_of_errno(int error, int otherwise)
{
    switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return ERR_DISK_FULL;
    case EACCES:
    case EPERM:
    case EROFS:
        return ERR_READ_ONLY;
    case ENOENT:
        return ERR_NOT_FOUND;
    default:
        return otherwise;
    }
}

static int code_of_constraint(int extended)
{
    switch (extended) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
        return ERR_EXISTS;
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        return ERR_NOT_FOUND;
    default:
        return ERR_INVALID;
    }
}

static int code_of(int extended, int system_error)
{
    static const struct {
        int sqlite, ours;
    } table[] = {
        {SQLITE_FULL, ERR_DISK_FULL},    {SQLITE_READONLY, ERR_READ_ONLY},
        {SQLITE_CORRUPT, ERR_CORRUPT},   {SQLITE_NOTADB, ERR_CORRUPT},
        {SQLITE_BUSY, ERR_BUSY},         {SQLITE_LOCKED, ERR_BUSY},
        {SQLITE_NOMEM, ERR_NO_MEMORY},   {SQLITE_TOOBIG, ERR_RANGE},
        {SQLITE_INTERRUPT, ERR_TIMEOUT}, {SQLITE_PERM, ERR_READ_ONLY},
    };
    int primary = extended & 0xff;
    if (primary == SQLITE_CONSTRAINT)
        return code_of_constraint(extended);
    if (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN)
        return code_of_errno(system_error, ERR_SYSTEM);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (table[i].sqlite == primary)
            return table[i].ours;
    }
    return ERR_SYSTEM;
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static const char *advice_for(int code)
{
    switch (code) {
    case ERR_DISK_FULL:
        return "; free some space on that disk, then it goes on";
    case ERR_READ_ONLY:
        return "; make the file, its -wal and -shm and their directory writable for this user";
    case ERR_CORRUPT:
        return "; see 'oracle db check'";
    default:
        return "";
    }
}

int sqlite__db_fail(struct sqlite__db *db, int code, const char *what)
{
    int extended = db->handle == NULL ? code : sqlite3_extended_errcode(db->handle);
    if ((extended & 0xff) != (code & 0xff))
        extended = code;
    int ours = code_of(extended, db->handle == NULL ? 0 : sqlite3_system_errno(db->handle));
    const char *words = db->handle == NULL ? sqlite3_errstr(code) : sqlite3_errmsg(db->handle);
    bool fatal = ours == ERR_DISK_FULL || ours == ERR_READ_ONLY || ours == ERR_CORRUPT ||
                 ours == ERR_SYSTEM || ours == ERR_NO_MEMORY;
    if (fatal && db->failed == 0)
        db->failed = ours;
    return store__fail(db->owner, ours, "%s: %s: %s (%d)%s", file_name(db->path), what, words,
                       extended, advice_for(ours));
}

// ---- opening --------------------------------------------------------------------------------

static int set_up(struct sqlite__db *db, const struct sqlite__db_options *o)
{
    char pragmas[512];
    int rc = str_printf(pragmas, sizeof(pragmas),
                        "PRAGMA cache_size=-%d; PRAGMA temp_store=MEMORY;"
                        "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;",
                        o->cache_kib);
    if (rc == 0)
        rc = sqlite__db_exec(db, pragmas);
    if (rc != 0 || !o->writable)
        return rc;
    // The order matters: the page size and the log are fixed when the first page is written.
    rc =
        str_printf(pragmas, sizeof(pragmas),
                   "PRAGMA journal_mode=WAL; PRAGMA synchronous=%s; PRAGMA secure_delete=OFF;"
                   "PRAGMA wal_autocheckpoint=%d; PRAGMA journal_size_limit=%d;",
                   o->durable ? "FULL" : "NORMAL", o->checkpoint_pages, o->checkpoint_pages * 4096);
    return rc != 0 ? rc : sqlite__db_exec(db, pragmas);
}

// A reader of a directory it may not write to cannot make the shared-memory file of the log. When
// there is no log, nobody writes either and the file can be read as it lies.
static int open_immutable(struct sqlite__db *db)
{
    char name[SQLITE__PATH_MAX + 32];
    if (str_printf(name, sizeof(name), "%s-wal", db->path) != 0 || access(name, F_OK) == 0)
        return SQLITE_CANTOPEN;
    char *uri = sqlite3_mprintf("file:%s?immutable=1", db->path);
    if (uri == NULL)
        return SQLITE_NOMEM;
    sqlite3_close_v2(db->handle);
    db->handle = NULL;
    int rc = sqlite3_open_v2(uri, &db->handle,
                             SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, NULL);
    sqlite3_free(uri);
    return rc;
}

static int open_handle(struct sqlite__db *db, const struct sqlite__db_options *o)
{
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    flags |= o->writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    flags |= o->create ? SQLITE_OPEN_CREATE : 0;
    int rc = sqlite3_open_v2(db->path, &db->handle, flags, NULL);
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_busy_timeout(db->handle, BUSY_WAIT_MS);
    // Opening touches nothing; the first read tells whether the file can be used.
    rc = sqlite3_exec(db->handle, "SELECT 1 FROM sqlite_master LIMIT 1", NULL, NULL, NULL);
    int primary = rc & 0xff;
    if (!o->writable && (primary == SQLITE_CANTOPEN || primary == SQLITE_READONLY))
        rc = open_immutable(db);
    return rc;
}

int sqlite__db_open(struct sqlite__db *db, struct store *owner, const struct sqlite__db_options *o,
                    const char *const *sql, size_t count)
{
    memset(db, 0, sizeof(*db));
    db->owner = owner;
    db->sql = sql;
    db->count = count;
    int rc = str_copy(db->path, sizeof(db->path), str_from(o->path));
    if (rc != 0)
        return store__fail(owner, ERR_RANGE, "the path of the store is too long");
    if (!o->create && access(o->path, F_OK) != 0)
        return store__fail(owner, code_of_errno(errno, ERR_SYSTEM), "%s: %s", o->path,
                           strerror(errno));
    db->prepared = calloc(count > 0 ? count : 1, sizeof(sqlite3_stmt *));
    if (db->prepared == NULL)
        return store__fail(owner, ERR_NO_MEMORY, "out of memory");
    int code = open_handle(db, o);
    rc = code != SQLITE_OK ? sqlite__db_fail(db, code, "open") : set_up(db, o);
    if (rc != 0)
        sqlite__db_close(db);
    return rc;
}

void sqlite__db_close(struct sqlite__db *db)
{
    for (size_t i = 0; db->prepared != NULL && i < db->count; i++)
        sqlite3_finalize(db->prepared[i]);
    free(db->prepared);
    db->prepared = NULL;
    sqlite3_close_v2(db->handle);
    db->handle = NULL;
    db->failed = 0;
}

int sqlite__db_exec(struct sqlite__db *db, const char *sql)
{
    int rc = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : sqlite__db_fail(db, rc, "statement");
}

bool sqlite__db_in_transaction(const struct sqlite__db *db)
{
    return db->handle != NULL && sqlite3_get_autocommit(db->handle) == 0;
}

void sqlite__db_rollback(struct sqlite__db *db)
{
    // SQLite may have rolled back by itself after a full disk; then there is nothing to do. Its own
    // failure leaves no transaction either.
    if (sqlite__db_in_transaction(db))
        (void)sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
    db->failed = 0;
}

// ---- calls ----------------------------------------------------------------------------------

void sqlite__start(struct sqlite__db *db, int statement, struct sqlite__query *q)
{
    *q = (struct sqlite__query){.db = db, .next = 1};
    sqlite3_stmt **slot = &db->prepared[statement];
    if (db->failed != 0 && db->owner->in_burst) {
        q->rc = SQLITE_ABORT;
        return;
    }
    if (*slot == NULL) {
        q->rc = sqlite3_prepare_v3(db->handle, db->sql[statement], -1, SQLITE_PREPARE_PERSISTENT,
                                   slot, NULL);
    } else if (sqlite3_stmt_busy(*slot)) {
        q->own = true;
        q->rc = sqlite3_prepare_v2(db->handle, db->sql[statement], -1, &q->st, NULL);
        return;
    }
    q->st = *slot;
}

static void keep(struct sqlite__query *q, int rc)
{
    if (q->rc == SQLITE_OK)
        q->rc = rc;
}

void sqlite__bind_i64(struct sqlite__query *q, int64_t v)
{
    keep(q, sqlite3_bind_int64(q->st, q->next++, v));
}

void sqlite__bind_double(struct sqlite__query *q, double v)
{
    keep(q, sqlite3_bind_double(q->st, q->next++, v));
}

void sqlite__bind_text(struct sqlite__query *q, const char *text)
{
    sqlite__bind_str(q, str_from(text));
}

void sqlite__bind_str(struct sqlite__query *q, struct str s)
{
    const char *data = s.data == NULL ? "" : s.data;
    keep(q, sqlite3_bind_text64(q->st, q->next++, data, s.len, SQLITE_STATIC, SQLITE_UTF8));
}

void sqlite__bind_blob(struct sqlite__query *q, const void *data, size_t len)
{
    keep(q, sqlite3_bind_blob64(q->st, q->next++, data, len, SQLITE_STATIC));
}

void sqlite__bind_decimal(struct sqlite__query *q, struct decimal d)
{
    char text[DECIMAL_TEXT_MAX];
    decimal_format(d, text);
    keep(q, sqlite3_bind_text(q->st, q->next++, text, -1, SQLITE_TRANSIENT));
}

int sqlite__row(struct sqlite__query *q)
{
    if (q->rc == SQLITE_OK) {
        int rc = sqlite3_step(q->st);
        q->column = 0;
        if (rc == SQLITE_ROW)
            return 1;
        if (rc == SQLITE_DONE)
            return 0;
        q->rc = rc;
    }
    // After an error that ended the transaction the words of that error stand.
    if (q->st == NULL && q->db->failed != 0)
        return q->db->failed;
    return sqlite__db_fail(q->db, q->rc, "statement");
}

void sqlite__finish(struct sqlite__query *q)
{
    if (q->own) {
        sqlite3_finalize(q->st);
    } else if (q->st != NULL) {
        sqlite3_reset(q->st);
    }
    q->st = NULL;
}

int sqlite__run(struct sqlite__query *q)
{
    int rc = sqlite__row(q);
    sqlite__finish(q);
    return rc < 0 ? rc : 0;
}

int sqlite__run_one(struct sqlite__query *q)
{
    struct sqlite__db *db = q->db;
    int rc = sqlite__run(q);
    if (rc == 0 && sqlite3_changes(db->handle) == 0)
        return store__fail(db->owner, ERR_NOT_FOUND, "the store has no such row");
    return rc;
}

int sqlite__run_i64(struct sqlite__query *q, int64_t *out)
{
    int rc = sqlite__row(q);
    if (rc > 0)
        *out = sqlite__i64(q);
    sqlite__finish(q);
    if (rc == 0)
        return store__fail(q->db->owner, ERR_NOT_FOUND, "the store has no such row");
    return rc < 0 ? rc : 0;
}

int64_t sqlite__i64(struct sqlite__query *q)
{
    return sqlite3_column_int64(q->st, q->column++);
}

bool sqlite__bool(struct sqlite__query *q)
{
    return sqlite__i64(q) != 0;
}

double sqlite__double(struct sqlite__query *q)
{
    int column = q->column++;
    if (sqlite3_column_type(q->st, column) == SQLITE_NULL)
        return (double)NAN;
    return sqlite3_column_double(q->st, column);
}

const char *sqlite__text(struct sqlite__query *q)
{
    const unsigned char *text = sqlite3_column_text(q->st, q->column++);
    return text == NULL ? "" : (const char *)text;
}

struct str sqlite__str(struct sqlite__query *q)
{
    int column = q->column;
    const char *text = sqlite__text(q);
    return (struct str){text, (size_t)sqlite3_column_bytes(q->st, column)};
}

static int unreadable(struct sqlite__query *q)
{
    return store__fail(q->db->owner, ERR_CORRUPT, "%s: '%s' in column %s is no valid value%s",
                       file_name(q->db->path), sqlite3_column_text(q->st, q->column - 1),
                       sqlite3_column_name(q->st, q->column - 1), advice_for(ERR_CORRUPT));
}

int sqlite__copy(struct sqlite__query *q, char *dst, size_t cap)
{
    struct str s = sqlite__str(q);
    return str_copy(dst, cap, s) == 0 ? 0 : unreadable(q);
}

int sqlite__decimal(struct sqlite__query *q, struct decimal *out)
{
    struct str s = sqlite__str(q);
    return decimal_parse(s, out) == 0 ? 0 : unreadable(q);
}
