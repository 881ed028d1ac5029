// SPDX-License-Identifier: Apache-2.0
// Letting go of rows that tell of the past: ledger, events, equity.
#include "store/sqlite/sqlite_internal.h"

#define LEDGER_FROM "ledger_from" // key in the table meta

static int delete_rows(struct sqlite__db *hub, int statement, time_ms before, int64_t max,
                       int64_t *deleted)
{
    struct sqlite__query q;
    sqlite__start(hub, statement, &q);
    sqlite__bind_i64(&q, before);
    sqlite__bind_i64(&q, max - *deleted);
    int rc = sqlite__run(&q);
    if (rc == 0)
        *deleted += sqlite3_changes64(hub->handle);
    return rc;
}

int sqlite__ledger_from(struct store *s, time_ms *out)
{
    struct sqlite__query q;
    *out = 0;
    sqlite__start(&sqlite__of(s)->hub, HUB_META_GET, &q);
    sqlite__bind_text(&q, LEDGER_FROM);
    int rc = sqlite__run_i64(&q, out);
    return rc == ERR_NOT_FOUND ? 0 : rc;
}

// Written before the first row goes: whoever finds no row below it must not take that for a loss.
static int mark_ledger(struct store *s, time_ms before)
{
    struct sqlite__query q;
    time_ms from = 0;
    int rc = sqlite__ledger_from(s, &from);
    if (rc != 0 || from >= before)
        return rc;
    sqlite__start(&sqlite__of(s)->hub, HUB_META_PUT, &q);
    sqlite__bind_text(&q, LEDGER_FROM);
    sqlite__bind_i64(&q, before);
    return sqlite__run(&q);
}

int sqlite__prune(struct store *s, enum store_log log, time_ms before, int64_t max,
                  int64_t *deleted)
{
    static const struct {
        int first, second; // statements; -1: none
    } statements[STORE_LOG_COUNT] = {
        [STORE_LOG_LEDGER] = {HUB_LEDGER_PRUNE, HUB_GAP_PRUNE},
        [STORE_LOG_EVENTS] = {HUB_EVENT_PRUNE, -1},
        [STORE_LOG_EQUITY] = {HUB_EQUITY_PRUNE, -1},
    };
    struct sqlite__db *hub = &sqlite__of(s)->hub;
    int rc = 0;
    *deleted = 0;
    if (max < 1 || (int)log < 0 || log >= STORE_LOG_COUNT)
        return store__fail(s, ERR_RANGE, "nothing that can be pruned");
    if (log == STORE_LOG_LEDGER)
        rc = mark_ledger(s, before);
    if (rc == 0)
        rc = delete_rows(hub, statements[log].first, before, max, deleted);
    if (rc == 0 && statements[log].second >= 0 && *deleted < max)
        rc = delete_rows(hub, statements[log].second, before, max, deleted);
    return rc;
}
