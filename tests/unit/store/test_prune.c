// SPDX-License-Identifier: Apache-2.0
// Tests of letting go: candles of one stream in bounded steps, and old rows of ledger, gaps, events
// and equity, where what explains a missing candle stays.
#include "unit/store/support_store.h"

#include <string.h>

static int count_ledger(void *arg, const struct store_ledger *row)
{
    int *n = arg;
    (void)row;
    (*n)++;
    return 0;
}

static int count_gap(void *arg, const struct store_gap *g)
{
    int *n = arg;
    (void)g;
    (*n)++;
    return 0;
}

static int count_event(void *arg, const struct store_event *e)
{
    int *n = arg;
    (void)e;
    (*n)++;
    return 0;
}

static int oldest(void *arg, const struct store_candle *c)
{
    *(time_ms *)arg = c->candle.open_time;
    return 1;
}

static void one_stream_in_steps(void **state)
{
    struct place *p = *state;
    struct store_stream facts;
    int64_t deleted = 0, steps = 0;
    time_ms first = 0;
    assert_int_equal(store_begin(p->s), 0);
    int64_t a = make_stream(p->s, "A/USDT", TF_M1), b = make_stream(p->s, "B/USDT", TF_M1);
    for (int i = 0; i < 100; i++) {
        put_candle(p->s, a, TF_M1, i, 10);
        put_candle(p->s, b, TF_M1, i, 10);
    }
    assert_int_equal(store_retention_stream(p->s, a, TF_M1, 10, 25, &deleted), ERR_INVALID);
    assert_int_equal(store_commit(p->s), 0);
    assert_int_equal(store_retention_stream(p->s, a, TF_M1, 0, 25, &deleted), ERR_RANGE);
    assert_int_equal(store_retention_stream(p->s, a, TF_M1, 10, 0, &deleted), ERR_RANGE);
    do {
        assert_int_equal(store_retention_stream(p->s, a, TF_M1, 10, 25, &deleted), 0);
        steps++;
        assert_int_equal(store_stream_get(p->s, a, &facts), 0);
        assert_int_equal(facts.candle_count, steps < 4 ? 100 - 25 * steps : 10);
    } while (deleted == 25);
    assert_int_equal(steps, 4);
    assert_int_equal(deleted, 15);
    assert_int_equal(store_candle_each(p->s, a, TF_M1, 0, INT64_MAX, 0, oldest, &first), 1);
    assert_int_equal(first, T0 + 90 * MS_MINUTE);
    assert_int_equal(facts.last_open, T0 + 99 * MS_MINUTE);
    assert_int_equal(store_stream_get(p->s, b, &facts), 0);
    assert_int_equal(facts.candle_count, 100);
    // Nothing there, nothing to do.
    assert_int_equal(store_retention_stream(p->s, a, TF_M1, 10, 25, &deleted), 0);
    assert_int_equal(deleted, 0);
    assert_int_equal(store_retention_stream(p->s, 4711, TF_H8, 10, 25, &deleted), 0);
    assert_int_equal(deleted, 0);
}

static void put_ledger(struct store *s, int64_t stream, int64_t index, enum poll_status status)
{
    struct store_ledger row = {.stream_id = stream,
                               .timeframe = TF_M1,
                               .open_time = T0 + index * MS_MINUTE,
                               .due_at = T0 + (index + 1) * MS_MINUTE,
                               .attempts = 1,
                               .status = status,
                               .cause = ""};
    struct store_gap gap = {.stream_id = stream,
                            .timeframe = TF_M1,
                            .open_time = row.open_time,
                            .cause = "",
                            .exchange_gap = status == POLL_EXCHANGE_GAP,
                            .logged_at = row.due_at};
    row.saved_at = status == POLL_SAVED ? row.due_at : 0;
    assert_int_equal(store_ledger_put(s, &row), 0);
    if (status == POLL_GAP || status == POLL_EXCHANGE_GAP)
        assert_int_equal(store_gap_put(s, &gap), 0);
}

static void ledger_keeps_what_explains(void **state)
{
    struct place *p = *state;
    const struct store_range all = {0};
    int64_t deleted = 0;
    int rows = 0, gaps = 0;
    time_ms from = -1;
    assert_int_equal(store_ledger_from(p->s, &from), 0);
    assert_int_equal(from, 0);
    assert_int_equal(store_begin(p->s), 0);
    int64_t a = make_stream(p->s, "A/USDT", TF_M1);
    // Minutes 0..9 saved, 10 waits for a retry, 11 a gap, 12 the exchange's, 13 a gap filled since.
    for (int i = 0; i < 10; i++)
        put_ledger(p->s, a, i, POLL_SAVED);
    put_ledger(p->s, a, 10, POLL_PENDING_RETRY);
    put_ledger(p->s, a, 11, POLL_GAP);
    put_ledger(p->s, a, 12, POLL_EXCHANGE_GAP);
    put_ledger(p->s, a, 13, POLL_GAP);
    assert_int_equal(store_gap_fill(p->s, a, T0 + 13 * MS_MINUTE, T0 + MS_DAY), 0);
    put_ledger(p->s, a, 20, POLL_SAVED);
    assert_int_equal(store_commit(p->s), 0);
    assert_int_equal(store_prune(p->s, STORE_LOG_LEDGER, T0, 10, &deleted), ERR_INVALID);

    // Cut short at first, then to the end: thirteen settled ledger rows and one filled gap.
    BURST(p, store_prune(p->s, STORE_LOG_LEDGER, T0 + 15 * MS_MINUTE, 4, &deleted));
    assert_int_equal(deleted, 4);
    BURST(p, store_prune(p->s, STORE_LOG_LEDGER, T0 + 15 * MS_MINUTE, 100, &deleted));
    assert_int_equal(deleted, 10);
    assert_int_equal(store_ledger_each(p->s, &all, count_ledger, &rows), 0);
    assert_int_equal(rows, 2); // the retry, and what is younger
    assert_int_equal(store_gap_each(p->s, &all, count_gap, &gaps), 0);
    assert_int_equal(gaps, 2); // the open one and the exchange's
    assert_int_equal(store_ledger_from(p->s, &from), 0);
    assert_int_equal(from, T0 + 15 * MS_MINUTE);
    // The mark never goes back.
    BURST(p, store_prune(p->s, STORE_LOG_LEDGER, T0, 100, &deleted));
    assert_int_equal(deleted, 0);
    assert_int_equal(store_ledger_from(p->s, &from), 0);
    assert_int_equal(from, T0 + 15 * MS_MINUTE);
}

static void events_and_equity(void **state)
{
    struct place *p = *state;
    const struct store_range all = {0};
    int64_t deleted = 0;
    int events = 0;
    assert_int_equal(store_begin(p->s), 0);
    int64_t main_id = make_portfolio(p->s, "main"), quiet = make_portfolio(p->s, "quiet");
    for (int i = 0; i < 20; i++) {
        assert_int_equal(store_event_put(p->s, T0 + i * MS_HOUR, "harvester", "warn", "x"), 0);
        assert_int_equal(store_equity_put(p->s, main_id, T0 + i * MS_HOUR, dec("1"), dec("2")), 0);
    }
    assert_int_equal(store_equity_put(p->s, quiet, T0, dec("1"), dec("2")), 0);
    assert_int_equal(store_commit(p->s), 0);
    BURST(p, store_prune(p->s, STORE_LOG_EVENTS, T0 + 5 * MS_HOUR, 3, &deleted));
    assert_int_equal(deleted, 3);
    BURST(p, store_prune(p->s, STORE_LOG_EVENTS, T0 + 5 * MS_HOUR, 3, &deleted));
    assert_int_equal(deleted, 2);
    assert_int_equal(store_event_each(p->s, &all, count_event, &events), 0);
    assert_int_equal(events, 15);
    // The newest row of a portfolio is its value today, however old.
    BURST(p, store_prune(p->s, STORE_LOG_EQUITY, T0 + MS_DAY, 100, &deleted));
    assert_int_equal(deleted, 19);
    BURST(p, store_prune(p->s, STORE_LOG_EQUITY, T0 + MS_DAY, 100, &deleted));
    assert_int_equal(deleted, 0);
    assert_int_equal(store_begin(p->s), 0);
    assert_int_equal(store_prune(p->s, STORE_LOG_COUNT, T0, 1, &deleted), ERR_RANGE);
    assert_int_equal(store_prune(p->s, STORE_LOG_EVENTS, T0, 0, &deleted), ERR_RANGE);
    store_rollback(p->s);
}

// What is pruned in a burst that is rolled back is there again, the mark too.
static void rolled_back(void **state)
{
    struct place *p = *state;
    const struct store_range all = {0};
    int64_t deleted = 0;
    int rows = 0;
    time_ms from = -1;
    assert_int_equal(store_begin(p->s), 0);
    int64_t a = make_stream(p->s, "A/USDT", TF_M1);
    for (int i = 0; i < 10; i++)
        put_ledger(p->s, a, i, POLL_SAVED);
    assert_int_equal(store_commit(p->s), 0);
    assert_int_equal(store_begin(p->s), 0);
    assert_int_equal(store_prune(p->s, STORE_LOG_LEDGER, T0 + MS_DAY, 100, &deleted), 0);
    assert_int_equal(deleted, 10);
    store_rollback(p->s);
    assert_int_equal(store_ledger_each(p->s, &all, count_ledger, &rows), 0);
    assert_int_equal(rows, 10);
    assert_int_equal(store_ledger_from(p->s, &from), 0);
    assert_int_equal(from, 0);
}

static void note_file(void *arg, const char *name)
{
    char *names = arg;
    size_t len = strlen(names);
    assert_int_equal(str_printf(names + len, 256 - len, "%s ", name), 0);
}

static void backup_names_its_files(void **state)
{
    struct place *p = *state;
    char names[256] = "", dir[256];
    assert_int_equal(store_begin(p->s), 0);
    int64_t a = make_stream(p->s, "A/USDT", TF_M1), b = make_stream(p->s, "A/USDT", TF_MN1);
    put_candle(p->s, a, TF_M1, 0, 10);
    put_candle(p->s, b, TF_MN1, 0, 10);
    assert_int_equal(store_commit(p->s), 0);
    assert_int_equal(str_printf(dir, sizeof dir, "%s/backup", p->dir), 0);
    assert_int_equal(store_backup_watched(p->s, dir, note_file, names), 0);
    assert_string_equal(names, "hub.db candles_1m.db candles_1mo.db ");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, place_setup, place_teardown)
    const struct CMUnitTest tests[] = {
        TEST(one_stream_in_steps), TEST(ledger_keeps_what_explains), TEST(events_and_equity),
        TEST(rolled_back),         TEST(backup_names_its_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
