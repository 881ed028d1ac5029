// SPDX-License-Identifier: Apache-2.0
// Brings a file's schema from the version it has to the newest, one transaction a step, and refuses
// a file that a newer program wrote.
#include "store/sqlite/db.h"

#include "base/clock.h"

int sqlite__db_newest(const struct store_migration *steps)
{
    int n = 0;
    while (steps[n].name != NULL)
        n++;
    return n;
}

// Reads one integer by SQL text; for the few questions asked before the schema is known.
static int ask(struct sqlite__db *db, const char *sql, int *out)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(db->handle, sql, -1, &st, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    if (rc == SQLITE_ROW)
        *out = sqlite3_column_int(st, 0);
    int ours = rc == SQLITE_ROW ? 0 : sqlite__db_fail(db, rc, "schema version");
    sqlite3_finalize(st);
    return ours;
}

int sqlite__db_version(struct sqlite__db *db, int *out)
{
    int tables = 0;
    *out = 0;
    int rc = ask(db, "SELECT count(*) FROM sqlite_master WHERE name = 'schema_version'", &tables);
    if (rc != 0 || tables == 0)
        return rc;
    return ask(db, "SELECT coalesce(max(version), 0) FROM schema_version", out);
}

static int record(struct sqlite__db *db, int version, const char *name)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(db->handle, "INSERT INTO schema_version VALUES (?, ?, ?)", -1, &st,
                                NULL);
    if (rc == SQLITE_OK) {
        sqlite3_bind_int(st, 1, version);
        sqlite3_bind_text(st, 2, name, -1, SQLITE_STATIC);
        sqlite3_bind_int64(st, 3, clock_wall_ms());
        rc = sqlite3_step(st);
    }
    int ours = rc == SQLITE_DONE ? 0 : sqlite__db_fail(db, rc, "schema version");
    sqlite3_finalize(st);
    return ours;
}

static int migrate_step(struct sqlite__db *db, int version, const struct store_migration *step)
{
    int rc = sqlite__db_exec(db, "BEGIN IMMEDIATE");
    if (rc == 0)
        rc = sqlite__db_exec(db, step->sql);
    if (rc == 0)
        rc = record(db, version, step->name);
    if (rc == 0)
        rc = sqlite__db_exec(db, "COMMIT");
    if (rc != 0)
        sqlite__db_rollback(db);
    return rc;
}

int sqlite__db_migrate(struct sqlite__db *db, const struct store_migration *steps)
{
    int version = 0, newest = sqlite__db_newest(steps);
    int rc = sqlite__db_version(db, &version);
    if (rc != 0)
        return rc;
    if (version > newest) {
        return store__fail(db->owner, ERR_TOO_NEW,
                           "%s has schema version %d; this program knows up to %d: use the newer "
                           "program that wrote it, or restore a backup of before",
                           db->path, version, newest);
    }
    for (; rc == 0 && version < newest; version++)
        rc = migrate_step(db, version + 1, &steps[version]);
    return rc;
}
