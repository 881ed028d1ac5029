// SPDX-License-Identifier: Apache-2.0
// Files that do not fit together, are damaged, missing, older or newer: what opening makes of them.
#include "support_files.h"
#include "support_store.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHARD "candles_4h.db"

static int count_candle(void *arg, const struct store_candle *c)
{
    (void)c;
    ++*(int *)arg;
    return 0;
}

static int stored(struct store *s, int64_t stream)
{
    int n = 0;
    assert_int_equal(store_candle_each(s, stream, TF_H4, 0, INT64_MAX, 0, count_candle, &n), 0);
    return n;
}

// A live stream with candles 0..4, cleanly closed: what most tests start from.
static int64_t five_candles(struct place *p)
{
    assert_int_equal(store_begin(p->s), 0);
    int64_t stream = make_stream(p->s, "VET/USDT", TF_H4);
    assert_int_equal(store_stream_set_state(p->s, stream, STREAM_LIVE, ""), 0);
    for (int i = 0; i < 5; i++)
        put_candle(p->s, stream, TF_H4, i, 10);
    assert_int_equal(store_commit(p->s), 0);
    store_close(p->s);
    p->s = NULL;
    return stream;
}

static void more_candles(struct place *p, int64_t stream, int from, int to)
{
    p->s = place_open(p->dir, true);
    assert_int_equal(store_begin(p->s), 0);
    for (int i = from; i < to; i++)
        put_candle(p->s, stream, TF_H4, i, 10);
    assert_int_equal(store_commit(p->s), 0);
    store_close(p->s);
    p->s = NULL;
}

static void look_unclean(struct place *p)
{
    file_sql(p->dir, "hub.db", "UPDATE meta SET value = 0 WHERE key = 'clean'");
}

static enum stream_state state_of(struct store *s, int64_t stream)
{
    struct store_stream st;
    assert_int_equal(store_stream_get(s, stream, &st), 0);
    return st.state;
}

static int last_candle(void *arg, const struct store_candle *c)
{
    *(struct store_candle *)arg = *c;
    return 0;
}

// A crash between the two commits: the candle file has the burst, hub.db has not.
static void a_burst_without_its_hub_is_taken_back(void **state)
{
    struct place *p = *state;
    int64_t stream = five_candles(p);
    file_copy(p->dir, "hub.db", "hub.keep");
    p->s = place_open(p->dir, true);
    assert_int_equal(store_begin(p->s), 0);
    assert_int_equal(put_candle(p->s, stream, TF_H4, 2, 20), STORE_REVISED);
    assert_int_equal(put_candle(p->s, stream, TF_H4, 5, 10), STORE_NEW);
    assert_int_equal(put_candle(p->s, stream, TF_H4, 5, 11), STORE_REVISED);
    assert_int_equal(put_candle(p->s, stream, TF_H4, 2, 21), STORE_REVISED);
    assert_int_equal(store_commit(p->s), 0);
    store_close(p->s);
    file_copy(p->dir, "hub.keep", "hub.db");
    look_unclean(p);
    p->s = place_open(p->dir, true);
    assert_string_equal(store_recovery_note(p->s), "");
    assert_int_equal(stored(p->s, stream), 5);
    struct store_candle c;
    assert_int_equal(
        store_candle_each(p->s, stream, TF_H4, T0, T0 + 9 * MS_HOUR, 0, last_candle, &c), 0);
    assert_true(c.candle.open == 10);
    assert_false(c.revised);
    struct store_stream facts;
    assert_int_equal(store_stream_get(p->s, stream, &facts), 0);
    assert_int_equal(facts.candle_count, 5);
    assert_int_equal(facts.last_open, T0 + 16 * MS_HOUR);
    assert_int_equal(file_sql(p->dir, SHARD, "SELECT count(*) FROM candle_revisions"), 0);
    // And the burst can be done again.
    assert_int_equal(store_begin(p->s), 0);
    assert_int_equal(put_candle(p->s, stream, TF_H4, 5, 10), STORE_NEW);
    assert_int_equal(store_commit(p->s), 0);
}

// A power cut took the end of the candle file with it.
static void a_file_that_lost_candles_sends_its_streams_healing(void **state)
{
    struct place *p = *state;
    int64_t stream = five_candles(p);
    file_copy(p->dir, SHARD, "shard.keep");
    more_candles(p, stream, 5, 8);
    file_copy(p->dir, "shard.keep", SHARD);
    look_unclean(p);
    p->s = place_open(p->dir, true);
    assert_non_null(strstr(store_recovery_note(p->s), SHARD));
    assert_int_equal(state_of(p->s, stream), STREAM_HEALING);
    assert_int_equal(stored(p->s, stream), 5);
    place_reopen(p); // said once
    assert_string_equal(store_recovery_note(p->s), "");
}

static void a_removed_file_is_noticed_after_a_clean_end(void **state)
{
    struct place *p = *state;
    int64_t stream = five_candles(p);
    file_remove(p->dir, SHARD);
    struct store *reader = place_open(p->dir, false); // copes with its absence
    assert_int_equal(stored(reader, stream), 0);
    assert_int_equal(state_of(reader, stream), STREAM_LIVE);
    p->s = place_open(p->dir, true);
    assert_int_equal(state_of(p->s, stream), STREAM_HEALING);
    store_close(p->s);
    more_candles(p, stream, 0, 3);
    assert_int_equal(stored(reader, stream), 3);
    store_close(reader);
    p->s = place_open(p->dir, true);
}

static void candles_of_a_newer_hub_are_set_aside(void **state)
{
    struct place *p = *state;
    int64_t stream = five_candles(p);
    file_copy(p->dir, "hub.db", "hub.keep");
    more_candles(p, stream, 5, 6);
    more_candles(p, stream, 6, 7);
    file_copy(p->dir, "hub.keep", "hub.db");
    look_unclean(p);
    p->s = place_open(p->dir, true);
    assert_true(file_glob(p->dir, SHARD ".damaged-*"));
    assert_int_equal(stored(p->s, stream), 0);
    assert_int_equal(state_of(p->s, stream), STREAM_HEALING);
}

static void a_damaged_candle_file_is_set_aside(void **state)
{
    const struct {
        long from, bytes;
        bool clean;
    } cases[] = {
        {0, 100, true}, // the header: no database at all; found when it is opened
        {0, 100, false},
        {8192, 4096, false}, // a page inside
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct place *p = *state;
        int64_t stream = five_candles(p);
        file_damage(p->dir, SHARD, cases[i].from, cases[i].bytes);
        if (!cases[i].clean)
            look_unclean(p);
        p->s = place_open(p->dir, true);
        struct store_stream facts;
        assert_int_equal(store_stream_get(p->s, stream, &facts), 0);
        assert_int_equal(facts.candle_count, 0);
        assert_int_equal(state_of(p->s, stream), STREAM_HEALING);
        assert_non_null(strstr(store_recovery_note(p->s), "set aside"));
        assert_true(file_glob(p->dir, SHARD ".damaged-*"));
        assert_int_equal(store_begin(p->s), 0);
        assert_int_equal(put_candle(p->s, stream, TF_H4, 0, 10), STORE_NEW);
        assert_int_equal(store_commit(p->s), 0);
        place_teardown(state);
        place_setup(state);
    }
}

static void report(void *arg, const char *file, bool whole, const char *text)
{
    char *out = arg;
    assert_int_equal(whole, text[0] == '\0');
    size_t used = strlen(out);
    snprintf(out + used, 400 - used, "%s%s ", file, whole ? "" : "!");
}

// Damage met while the hub runs: the next burst goes on with an empty file.
static void damage_met_in_use_is_set_aside_at_the_next_burst(void **state)
{
    struct place *p = *state;
    struct store_stream facts;
    assert_int_equal(store_begin(p->s), 0);
    int64_t stream = make_stream(p->s, "VET/USDT", TF_H4);
    for (int i = 0; i < 3000; i++)
        put_candle(p->s, stream, TF_H4, i, 10);
    assert_int_equal(store_commit(p->s), 0);
    store_close(p->s);
    file_damage(p->dir, SHARD, 30 * 4096, 10 * 4096);
    p->s = place_open(p->dir, true); // closed cleanly: not looked at
    struct store *reader = place_open(p->dir, false);
    char text[400] = "";
    assert_int_equal(store_check(reader, report, text), ERR_CORRUPT);
    assert_string_equal(text, "hub.db " SHARD "! ");
    int n = 0, rc = store_candle_each(p->s, stream, TF_H4, 0, INT64_MAX, 0, count_candle, &n);
    assert_int_equal(rc, ERR_CORRUPT);
    assert_int_equal(store_begin(p->s), 0);
    assert_int_equal(put_candle(p->s, stream, TF_H4, 7, 10), STORE_NEW);
    assert_int_equal(store_commit(p->s), 0);
    assert_int_equal(stored(p->s, stream), 1);
    assert_int_equal(stored(reader, stream), 1); // sees the new file, not the one set aside
    assert_int_equal(store_stream_get(reader, stream, &facts), 0);
    store_close(reader);
}

static void a_damaged_hub_names_the_way_out(void **state)
{
    struct place *p = *state;
    struct store *s = NULL;
    struct diag d = {0};
    five_candles(p);
    file_damage(p->dir, "hub.db", 0, 100);
    assert_int_equal(place_try(p->dir, true, &s, &d), ERR_CORRUPT);
    assert_non_null(strstr(d.text, "oracle db restore"));
    assert_int_equal(place_try(p->dir, false, &s, &d), ERR_CORRUPT);
    assert_null(s);
}

// ---- versions -------------------------------------------------------------------------------

static void a_newer_schema_is_refused(void **state)
{
    struct place *p = *state;
    struct store *s = NULL;
    struct diag d = {0};
    five_candles(p);
    file_sql(p->dir, "hub.db", "INSERT INTO schema_version VALUES (99, 'later', 0)");
    for (int writable = 0; writable < 2; writable++) {
        assert_int_equal(place_try(p->dir, writable, &s, &d), ERR_TOO_NEW);
        assert_non_null(strstr(d.text, "99"));
    }
}

static void version_one_is_brought_up_to_date(void **state)
{
    struct place *p = *state;
    int version = 0;
    struct store *s = NULL;
    struct diag d = {0};
    struct store_portfolio got;
    store_close(p->s);
    p->s = NULL;
    place_remove(p->dir);
    assert_int_equal(mkdir(p->dir, 0700), 0);
    file_sql_script(p->dir, "hub.db",
                    ORACLE_SOURCE "/src/store/migrations/sqlite_hub/0001_watchlist.sql");
    file_sql(
        p->dir, "hub.db",
        "INSERT INTO schema_version VALUES (1, '0001_watchlist', 5);"
        "INSERT INTO portfolios VALUES (4, 'old', 'USDT', 'paper', '100.0', 1, 2, 3, 4, '99.5', "
        "7, 0)");
    assert_int_equal(place_try(p->dir, false, &s, &d), ERR_AGAIN); // a reader does not migrate
    p->s = place_open(p->dir, true);
    assert_int_equal(store_schema_version(p->s, &version), 0);
    assert_int_equal(version, 3);
    assert_int_equal(store_portfolio_find(p->s, "old", &got), 0);
    assert_int_equal(got.id, 4);
    assert_int_equal(decimal_cmp(got.cash, dec("99.5")), 0);
    assert_int_equal(store_begin(p->s), 0);
    make_order(p->s, "main", "c-1", "1");
    assert_int_equal(store_commit(p->s), 0);
}

// A step that fails in the middle leaves the version before it.
static void a_failing_step_changes_nothing(void **state)
{
    struct place *p = *state;
    struct store *s = NULL;
    struct diag d = {0};
    store_close(p->s);
    p->s = NULL;
    place_remove(p->dir);
    assert_int_equal(mkdir(p->dir, 0700), 0);
    file_sql_script(p->dir, "hub.db",
                    ORACLE_SOURCE "/src/store/migrations/sqlite_hub/0001_watchlist.sql");
    file_sql(p->dir, "hub.db",
             "INSERT INTO schema_version VALUES (1, '0001_watchlist', 5);"
             "CREATE TABLE fills (in_the_way INTEGER)");
    assert_int_not_equal(place_try(p->dir, true, &s, &d), 0);
    assert_int_equal(file_sql(p->dir, "hub.db", "SELECT max(version) FROM schema_version"), 1);
    assert_int_equal(
        file_sql(p->dir, "hub.db", "SELECT count(*) FROM sqlite_master WHERE name = 'raw_signals'"),
        0);
}

// ---- backup ---------------------------------------------------------------------------------

static void a_backup_can_be_put_back(void **state)
{
    struct place *p = *state;
    char backup[256];
    char text[400] = "";
    struct store_options o = {.backend = "sqlite", .location = p->dir};
    struct diag d = {0};
    int64_t stream = five_candles(p);
    file_path(backup, p->dir, "backup");
    p->s = place_open(p->dir, true);
    struct store *reader = place_open(p->dir, false);
    assert_int_equal(store_backup(reader, backup), 0); // while the hub runs
    assert_int_equal(store_backup(p->s, backup), 0);   // over an older one
    store_close(reader);
    assert_false(file_glob(p->dir, "backup/*.part"));
    assert_int_equal(store_restore(&o, backup, &d), ERR_BUSY);
    store_close(p->s);
    more_candles(p, stream, 5, 9);
    file_damage(p->dir, "hub.db", 0, 100);
    assert_int_equal(store_restore(&o, backup, &d), 0);
    p->s = place_open(p->dir, true);
    assert_int_equal(stored(p->s, stream), 5);
    assert_string_equal(store_recovery_note(p->s), "");
    assert_int_equal(store_check(p->s, report, text), 0);
    assert_string_equal(text, "hub.db " SHARD " ");
    assert_true(file_glob(p->dir, "hub.db.replaced-*")); // nothing is thrown away
    char fresh[256];
    file_path(fresh, p->dir, "new/machine");
    o.location = fresh;
    assert_int_equal(store_restore(&o, backup, &d), 0);
    struct store *s = place_open(fresh, true);
    assert_int_equal(stored(s, stream), 5);
    store_close(s);
}

static void a_bad_backup_is_refused(void **state)
{
    struct place *p = *state;
    char backup[256];
    struct store_options o = {.backend = "sqlite", .location = p->dir};
    struct diag d = {0};
    int64_t stream = five_candles(p);
    file_path(backup, p->dir, "backup");
    assert_int_equal(store_restore(&o, backup, &d), ERR_NOT_FOUND);
    p->s = place_open(p->dir, true);
    assert_int_equal(store_backup(p->s, backup), 0);
    store_close(p->s);
    p->s = NULL;
    file_damage(backup, SHARD, 8192, 4096);
    assert_int_equal(store_restore(&o, backup, &d), ERR_CORRUPT);
    assert_false(file_glob(p->dir, "*.restored"));
    p->s = place_open(p->dir, true); // as it was
    assert_int_equal(stored(p->s, stream), 5);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, place_setup, place_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_burst_without_its_hub_is_taken_back),
        TEST(a_file_that_lost_candles_sends_its_streams_healing),
        TEST(a_removed_file_is_noticed_after_a_clean_end),
        TEST(candles_of_a_newer_hub_are_set_aside),
        TEST(a_damaged_candle_file_is_set_aside),
        TEST(damage_met_in_use_is_set_aside_at_the_next_burst),
        TEST(a_damaged_hub_names_the_way_out),
        TEST(a_newer_schema_is_refused),
        TEST(version_one_is_brought_up_to_date),
        TEST(a_failing_step_changes_nothing),
        TEST(a_backup_can_be_put_back),
        TEST(a_bad_backup_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
