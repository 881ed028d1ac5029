// SPDX-License-Identifier: Apache-2.0
// One SQLite connection: opening with our pragmas, statements prepared once each, binding and
// reading in order, and SQLite's result codes turned into ours. Shared inside store/sqlite only.
#ifndef STORE_SQLITE_DB_H
#define STORE_SQLITE_DB_H

#include "base/decimal.h"
#include "store/migrations.h"
#include "store/store_internal.h"

#include <sqlite3.h>

#define SQLITE__PATH_MAX 4096

struct sqlite__db {
    sqlite3 *handle;         // NULL while closed
    struct store *owner;     // gets the words of errors
    const char *const *sql;  // statement texts, indexed by the statement's enum
    sqlite3_stmt **prepared; // same index; NULL until first used
    size_t count;
    int failed; // an error that ended the transaction under way; 0 = none
    char path[SQLITE__PATH_MAX];
};

struct sqlite__db_options {
    const char *path;
    bool writable, create;
    bool durable; // every commit survives a power cut (else: survives a crash of the process)
    int cache_kib;
    int checkpoint_pages; // size of the write-ahead log at which a commit moves it into the file
};

// sql and count: the statement table. ERR_NOT_FOUND when the file is absent and create is false.
int sqlite__db_open(struct sqlite__db *db, struct store *owner, const struct sqlite__db_options *o,
                    const char *const *sql, size_t count) MUST_CHECK;
void sqlite__db_close(struct sqlite__db *db); // closed or zeroed is fine
// Runs SQL text without results.
int sqlite__db_exec(struct sqlite__db *db, const char *sql) MUST_CHECK;
// Turns an SQLite result code into ours and keeps the words; what: the thing tried ("commit").
int sqlite__db_fail(struct sqlite__db *db, int code, const char *what);
bool sqlite__db_in_transaction(const struct sqlite__db *db);
void sqlite__db_rollback(struct sqlite__db *db); // nothing to roll back is fine

// Brings the schema to the newest version, one transaction a step. ERR_TOO_NEW.
int sqlite__db_migrate(struct sqlite__db *db, const struct store_migration *steps) MUST_CHECK;
int sqlite__db_version(struct sqlite__db *db, int *out) MUST_CHECK; // 0: an empty file
int sqlite__db_newest(const struct store_migration *steps);         // version they lead to

// Calls with one statement: start, bind in the order of the ?s, then run (no rows wanted) or row by
// row and finish. Binding errors are kept and come out at run/row.
struct sqlite__query {
    struct sqlite__db *db;
    sqlite3_stmt *st;
    bool own;   // prepared for this call only, since the shared one is in use up the stack
    int rc;     // first SQLite error
    int next;   // next parameter
    int column; // next column
};

void sqlite__start(struct sqlite__db *db, int statement, struct sqlite__query *q);
void sqlite__bind_i64(struct sqlite__query *q, int64_t v);
void sqlite__bind_double(struct sqlite__query *q, double v);       // NaN is NULL
void sqlite__bind_text(struct sqlite__query *q, const char *text); // valid until finish
void sqlite__bind_str(struct sqlite__query *q, struct str s);
void sqlite__bind_blob(struct sqlite__query *q, const void *data, size_t len);
void sqlite__bind_decimal(struct sqlite__query *q, struct decimal d);
int sqlite__row(struct sqlite__query *q) MUST_CHECK; // 1 = a row, 0 = no more, negative = error
void sqlite__finish(struct sqlite__query *q);
int sqlite__run(struct sqlite__query *q) MUST_CHECK;     // to the end, finished
int sqlite__run_one(struct sqlite__query *q) MUST_CHECK; // ERR_NOT_FOUND when no row was changed
// One row with one integer: ERR_NOT_FOUND when there is none.
int sqlite__run_i64(struct sqlite__query *q, int64_t *out) MUST_CHECK;

int64_t sqlite__i64(struct sqlite__query *q);
bool sqlite__bool(struct sqlite__query *q);
double sqlite__double(struct sqlite__query *q);    // NULL is NaN
const char *sqlite__text(struct sqlite__query *q); // valid until the next row or finish
struct str sqlite__str(struct sqlite__query *q);
// Fixed-size copies and decimals: ERR_CORRUPT when the stored text does not fit or parse.
int sqlite__copy(struct sqlite__query *q, char *dst, size_t cap) MUST_CHECK;
int sqlite__decimal(struct sqlite__query *q, struct decimal *out) MUST_CHECK;

#endif
