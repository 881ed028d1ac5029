// SPDX-License-Identifier: Apache-2.0
// What the system refuses: a full disk, a directory without write permission, a second writer; and
// a reader beside a writer at work.
#include "support_files.h"
#include "support_store.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

// ---- a second writer ------------------------------------------------------------------------

static void a_second_writer_is_refused(void **state)
{
    struct place *p = *state;
    struct store *s = NULL;
    struct diag d = {0};
    char pid[32];
    assert_int_equal(place_try(p->dir, true, &s, &d), ERR_BUSY);
    assert_null(s);
    snprintf(pid, sizeof(pid), "%ld", (long)getpid());
    assert_non_null(strstr(d.text, pid)); // says who
    store_close(p->s);
    p->s = place_open(p->dir, true);
}

static void unknown_places_and_back_ends(void **state)
{
    struct place *p = *state;
    struct store *s = NULL;
    struct diag d = {0};
    char path[256];
    struct store_options o = {.backend = "clay", .location = p->dir};
    assert_int_equal(store_open(&o, &s, &d), ERR_UNSUPPORTED);
    assert_non_null(strstr(d.text, "clay"));
    file_path(path, p->dir, "not/there");
    assert_int_equal(place_try(path, false, &s, &d), ERR_NOT_FOUND);
    assert_false(file_exists(p->dir, "not")); // a reader makes nothing
    assert_int_equal(place_try("", true, &s, &d), ERR_INVALID);
    assert_int_equal(place_try("/dev/null/x", true, &s, &d), ERR_SYSTEM);
    store_close(place_open(path, true)); // a writer makes the whole path
    assert_true(file_exists(p->dir, "not/there/hub.db"));
    store_close(NULL);
}

// ---- in a child of its own: limits and user ids do not come back --------------------------------

// Runs fn in a child; it returns 0 or the line that failed.
static void in_child(int (*fn)(const char *dir), const char *dir)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(fn(dir));
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) != 0)
        fail_msg("failed in step %d of the child", WEXITSTATUS(status));
}

static int fill(struct store *s, int64_t stream, int from, int to)
{
    int rc = store_begin(s);
    for (int i = from; rc == 0 && i < to; i++) {
        struct candle c = candle_at(TF_M1, i, 10 + i / 7.0);
        enum store_put put;
        rc = store_candle_put(s, stream, TF_M1, &c, CANDLE_LIVE, false, T0, &put);
        if (rc == 0 && i % 10 == 0)
            rc = store_event_put(s, T0, "test", "info", "some words to fill the other file with");
    }
    if (rc == 0)
        return store_commit(s);
    // What the store says must come out of the commit too.
    int again = store_commit(s);
    return again == rc || rc == ERR_BUSY ? rc : ERR_INTERNAL;
}

static int count_candle(void *arg, const struct store_candle *c)
{
    (void)c;
    ++*(int *)arg;
    return 0;
}

static int stored(struct store *s, int64_t stream)
{
    int n = 0;
    int rc = store_candle_each(s, stream, TF_M1, 0, INT64_MAX, 0, count_candle, &n);
    return rc == 0 ? n : -1;
}

// No file may grow past a limit that falls in the middle of a burst, at many places.
static int on_a_full_disk(const char *dir)
{
    struct store *s = NULL;
    struct diag d;
    int64_t stream = 1;
    int have = 0, full = 0;
    signal(SIGXFSZ, SIG_IGN);
    if (place_try(dir, true, &s, &d) != 0)
        return 1;
    struct rlimit unlimited;
    if (getrlimit(RLIMIT_FSIZE, &unlimited) != 0)
        return 2;
    if (fill(s, stream, 0, 500) != 0)
        return 3;
    have = 500;
    for (rlim_t kib = 40; kib < 1200; kib += 60) {
        struct rlimit tight = {kib * 1024, unlimited.rlim_max};
        if (setrlimit(RLIMIT_FSIZE, &tight) != 0)
            return 4;
        int rc = fill(s, stream, have, have + 3000);
        if (setrlimit(RLIMIT_FSIZE, &unlimited) != 0)
            return 5;
        if (rc == 0)
            have += 3000;
        else if (rc != ERR_DISK_FULL || strstr(store_last_error(s), "free some space") == NULL)
            return 6;
        full += rc == ERR_DISK_FULL;
        // Space is back: the same store goes on where it was, nothing more and nothing less.
        if (fill(s, stream, have, have + 100) != 0)
            return 7;
        have += 100;
        if (stored(s, stream) != have)
            return 8;
    }
    store_close(s);
    if (full < 10)
        return 12;
    if (place_try(dir, true, &s, &d) != 0)
        return 9;
    struct store_stream unused;
    int rc = stored(s, stream) == have && store_recovery_note(s)[0] == '\0' ? 0 : 10;
    if (store_stream_get(s, 77, &unused) != ERR_NOT_FOUND)
        rc = 11;
    store_close(s);
    return rc;
}

static void a_full_disk_costs_the_burst_only(void **state)
{
    struct place *p = *state;
    store_close(p->s);
    p->s = NULL;
    in_child(on_a_full_disk, p->dir);
}

static int without_permission(const char *dir)
{
    struct store *s = NULL;
    struct diag d = {0};
    if (geteuid() == 0 && seteuid(65534) != 0)
        return 1;
    if (place_try(dir, true, &s, &d) != ERR_READ_ONLY)
        return 2;
    if (strstr(d.text, "writable") == NULL)
        return 3;
    if (place_try(dir, false, &s, &d) != 0) // reading a store at rest is fine
        return 4;
    int rc = stored(s, 1) == 20 ? 0 : 5;
    store_close(s);
    return rc;
}

static void a_directory_without_write_permission(void **state)
{
    struct place *p = *state;
    char path[256];
    assert_int_equal(fill(p->s, 1, 0, 20), 0);
    store_close(p->s);
    p->s = NULL;
    file_path(path, p->dir, "hub.db");
    assert_int_equal(chmod(path, 0444), 0);
    file_path(path, p->dir, "candles_1m.db");
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(chmod(p->dir, 0555), 0);
    in_child(without_permission, p->dir);
    assert_int_equal(chmod(p->dir, 0755), 0);
}

// ---- a reader beside a writer -----------------------------------------------------------------

enum {
    BURSTS = 150,
    EACH = 20
};

static int write_bursts(const char *dir)
{
    struct store *s = NULL;
    struct diag d;
    if (place_try(dir, true, &s, &d) != 0)
        return 1;
    for (int i = 0; i < BURSTS; i++) {
        if (fill(s, 1, i * EACH, (i + 1) * EACH) != 0)
            return 2;
    }
    store_close(s);
    return 0;
}

static void a_reader_sees_whole_bursts_only(void **state)
{
    struct place *p = *state;
    int seen = 0, status = 0, rounds = 0;
    bool over = false;
    store_close(p->s);
    p->s = NULL;
    struct store *reader = place_open(p->dir, false); // before the candle file exists
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(write_bursts(p->dir));
    while (!over) {
        over = waitpid(pid, &status, WNOHANG) == pid; // then one look more
        int n = stored(reader, 1);
        assert_true(n >= seen); // never less, never an error, never half a burst
        assert_int_equal(n % EACH, 0);
        seen = n;
        rounds++;
    }
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(seen, BURSTS * EACH);
    assert_true(rounds > 1);
    store_close(reader);
}

// Callbacks may ask the store again, also the same question.
static int look_again(void *arg, const struct store_stream *st)
{
    struct place *p = arg;
    struct store_stream same;
    assert_int_equal(store_stream_get(p->s, st->id, &same), 0);
    assert_int_equal(same.id, st->id);
    int64_t id = make_stream(p->s, "NEW/USDT", TF_H4);
    assert_true(id > 0);
    return 0;
}

static int nest(void *arg, const struct store_stream *st)
{
    (void)st;
    return store_stream_each(((struct place *)arg)->s, false, look_again, arg);
}

static void callbacks_may_call_the_store(void **state)
{
    struct place *p = *state;
    assert_int_equal(store_begin(p->s), 0);
    make_stream(p->s, "A/USDT", TF_H1);
    make_stream(p->s, "B/USDT", TF_D1);
    assert_int_equal(store_stream_each(p->s, false, nest, p), 0);
    assert_int_equal(store_commit(p->s), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, place_setup, place_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_second_writer_is_refused),       TEST(unknown_places_and_back_ends),
        TEST(a_full_disk_costs_the_burst_only), TEST(a_directory_without_write_permission),
        TEST(a_reader_sees_whole_bursts_only),  TEST(callbacks_may_call_the_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
