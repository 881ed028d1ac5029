// SPDX-License-Identifier: Apache-2.0
// Integrity: a quick look bounded in time at opening, and the full check that a user asks for.
#include "store/sqlite/sqlite_internal.h"

#include "base/clock.h"

#define STEPS_BETWEEN_LOOKS 20000 // instructions of SQLite's machine; well under a millisecond

static int is_over(void *arg)
{
    const clock_ns *deadline = arg;
    return clock_now_ns() > *deadline;
}

// Runs one of the check pragmas; out gets the first finding, "" when the file is whole.
static int run_pragma(struct sqlite__db *db, const char *pragma, char *out, size_t cap)
{
    sqlite3_stmt *st = NULL;
    out[0] = '\0';
    int rc = sqlite3_prepare_v2(db->handle, pragma, -1, &st, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    struct str finding = str_from(rc == SQLITE_ROW ? (const char *)sqlite3_column_text(st, 0)
                                                   : sqlite3_errmsg(db->handle));
    int primary = rc & 0xff, ours = 0;
    bool damaged = primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB ||
                   (rc == SQLITE_ROW && !str_eq(finding, STR("ok")));
    if (damaged) {
        // Cut to size it always fits.
        ours = str_copy(out, cap, str_sub(finding, 0, cap - 1)) == 0 ? ERR_CORRUPT : ERR_INTERNAL;
    } else if (rc != SQLITE_ROW) {
        ours = sqlite__db_fail(db, rc, "integrity check");
    }
    sqlite3_finalize(st);
    return ours;
}

int sqlite__check_quick(struct sqlite__db *db, int64_t budget_ms, char *out, size_t cap)
{
    clock_ns deadline = clock_now_ns() + budget_ms * 1000000;
    sqlite3_progress_handler(db->handle, STEPS_BETWEEN_LOOKS, is_over, &deadline);
    int rc = run_pragma(db, "PRAGMA quick_check(1)", out, cap);
    sqlite3_progress_handler(db->handle, 0, NULL, NULL);
    // What the time allowed to be seen was whole; the rest is found when it is read.
    return rc == ERR_TIMEOUT ? 0 : rc;
}

static int check_file(struct sqlite__db *db, const char *name, store_check_fn report, void *arg)
{
    char finding[256];
    int rc = run_pragma(db, "PRAGMA integrity_check(1)", finding, sizeof(finding));
    if (rc == 0 || rc == ERR_CORRUPT)
        report(arg, name, rc == 0, finding);
    return rc;
}

int sqlite__check(struct store *s, store_check_fn report, void *arg)
{
    struct sqlite__shard *sh = NULL;
    char name[32];
    int worst = check_file(&sqlite__of(s)->hub, "hub.db", report, arg);
    for (int i = 0; i < TF_COUNT && (worst == 0 || worst == ERR_CORRUPT); i++) {
        sqlite__shard_name((enum timeframe)i, name);
        int rc = sqlite__shard_read(s, (enum timeframe)i, &sh);
        if (rc == 0 && sh != NULL)
            rc = check_file(&sh->db, name, report, arg);
        else if (rc == ERR_CORRUPT)
            report(arg, name, false, s->error);
        worst = rc != 0 ? rc : worst;
    }
    return worst;
}
