// SPDX-License-Identifier: Apache-2.0
// A writer killed at any moment: every burst whose commit returned is there whole, the one under
// way is there whole or not at all, in all files alike; nothing is doubled.
#include "support_store.h"

#include "base/random.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// A burst's whole content follows from its number, so the parent knows what must be there.
enum {
    STREAMS = 4,
    PUTS = 12,
    SLOTS = 64
};
static const enum timeframe frames[STREAMS] = {TF_M1, TF_M1, TF_H4, TF_MN1};

struct state {
    bool have[STREAMS][SLOTS];
    double price[STREAMS][SLOTS];
    int ledger, signals;
};

struct put {
    int stream, slot;
    double price;
};

static void plan(uint64_t seed, int burst, struct put out[PUTS])
{
    struct random r;
    random_init(&r, seed * 100003 + (uint64_t)burst);
    for (int i = 0; i < PUTS; i++) {
        out[i] = (struct put){(int)random_below(&r, STREAMS), (int)random_below(&r, SLOTS),
                              10 + (double)random_below(&r, 4)};
    }
}

static void model_burst(struct state *m, uint64_t seed, int burst)
{
    struct put puts[PUTS];
    plan(seed, burst, puts);
    for (int i = 0; i < PUTS; i++) {
        m->have[puts[i].stream][puts[i].slot] = true;
        m->price[puts[i].stream][puts[i].slot] = puts[i].price;
    }
    m->ledger++;
    m->signals++;
}

struct ids {
    int64_t stream[STREAMS], portfolio, strategy;
};

static struct ids make_rows(struct store *s)
{
    struct ids ids;
    for (int i = 0; i < STREAMS; i++)
        ids.stream[i] = make_stream(s, i % 2 == 0 ? "A/USDT" : "B/USDT", frames[i]);
    ids.portfolio = make_portfolio(s, "main");
    ids.strategy = make_strategy(s, "cross.pine");
    return ids;
}

static int write_rows(struct store *s, const struct ids *ids, uint64_t seed, int burst)
{
    struct put puts[PUTS];
    int64_t id;
    bool is_new;
    int rc = 0;
    plan(seed, burst, puts);
    for (int i = 0; rc == 0 && i < PUTS; i++) {
        enum timeframe tf = frames[puts[i].stream];
        struct candle c = candle_at(tf, puts[i].slot, puts[i].price);
        enum store_put put;
        rc = store_candle_put(s, ids->stream[puts[i].stream], tf, &c, CANDLE_LIVE, false, T0, &put);
    }
    struct store_ledger row = {.stream_id = ids->stream[2],
                               .open_time = T0 + burst * 4 * MS_HOUR,
                               .status = POLL_SAVED,
                               .attempts = 1,
                               .saved_at = T0,
                               .cause = ""};
    if (rc == 0)
        rc = store_ledger_put(s, &row);
    struct raw_signal sig =
        signal_at(ids->portfolio, ids->stream[2], ids->strategy, burst, SIGNAL_ENTER_LONG);
    return rc != 0 ? rc : store_signal_put(s, &sig, T0, &id, &is_new);
}

// The child: bursts for ever, each told to the parent through the pipe once its commit returned.
static void write_for_ever(const char *dir, const struct ids *ids, uint64_t seed, int first, int fd)
{
    struct store *s = NULL;
    struct diag d;
    int rc = place_try(dir, true, &s, &d);
    for (int burst = first; rc == 0; burst++) {
        rc = store_begin(s);
        if (rc == 0)
            rc = write_rows(s, ids, seed, burst);
        if (rc == 0 && burst % 7 == 6) { // a burst given up leaves nothing
            store_rollback(s);
            rc = store_begin(s);
            if (rc == 0)
                rc = write_rows(s, ids, seed, burst);
        }
        if (rc == 0)
            rc = store_commit(s);
        if (rc == 0 && write(fd, &burst, sizeof(burst)) != (ssize_t)sizeof(burst))
            rc = -1;
    }
    _exit(3);
}

// Lets a child write, kills it, and returns the number of the last burst it told of.
static int run_and_kill(const char *dir, const struct ids *ids, uint64_t seed, int first,
                        struct random *r)
{
    int fds[2], last = first - 1, got;
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(fds[0]);
        write_for_ever(dir, ids, seed, first, fds[1]);
    }
    close(fds[1]);
    // After some bursts were told of, at a moment that no one chose.
    int wanted = (int)random_below(r, 12);
    while (wanted-- > 0 && read(fds[0], &got, sizeof(got)) == (ssize_t)sizeof(got))
        last = got;
    for (uint64_t n = random_below(r, 1000000); n > 0; n--)
        (void)random_u64(r);
    kill(pid, SIGKILL);
    while (read(fds[0], &got, sizeof(got)) == (ssize_t)sizeof(got))
        last = got;
    close(fds[0]);
    int status = 0;
    waitpid(pid, &status, 0);
    assert_true(WIFSIGNALED(status));
    return last;
}

struct reading {
    struct state *m;
    int stream, n;
};

static int check_candle(void *arg, const struct store_candle *c)
{
    struct reading *r = arg;
    enum timeframe tf = frames[r->stream];
    time_ms origin = timeframe_open_of(tf, T0);
    int64_t slot = timeframe_count(tf, origin, c->candle.open_time);
    assert_in_range(slot, 0, SLOTS - 1);
    if (!r->m->have[r->stream][slot])
        return 1;
    struct candle want = candle_at(tf, slot, r->m->price[r->stream][slot]);
    r->n++;
    return candle_equal(&want, &c->candle) ? 0 : 1;
}

static int count_ledger(void *arg, const struct store_ledger *row)
{
    (void)row;
    ++*(int *)arg;
    return 0;
}

static int count_signal(void *arg, const struct store_signal *sig)
{
    (void)sig;
    ++*(int *)arg;
    return 0;
}

static bool matches(struct store *s, const struct ids *ids, struct state *m)
{
    int ledger = 0, signals = 0;
    struct store_range all = {0};
    assert_int_equal(store_ledger_each(s, &all, count_ledger, &ledger), 0);
    assert_int_equal(store_signal_each(s, &all, false, count_signal, &signals), 0);
    bool same = ledger == m->ledger && signals == m->signals;
    for (int st = 0; same && st < STREAMS; st++) {
        struct reading r = {.m = m, .stream = st};
        struct store_stream facts;
        int want = 0, rc;
        for (int slot = 0; slot < SLOTS; slot++)
            want += m->have[st][slot];
        rc = store_candle_each(s, ids->stream[st], frames[st], 0, INT64_MAX, 0, check_candle, &r);
        assert_true(rc >= 0);
        assert_int_equal(store_stream_get(s, ids->stream[st], &facts), 0);
        same = rc == 0 && r.n == want && (int)facts.candle_count == want;
    }
    return same;
}

static void a_killed_writer_loses_and_doubles_nothing(void **state)
{
    struct place *p = *state;
    static struct state model, next;
    struct random r;
    const uint64_t seed = 5;
    int first = 0;
    memset(&model, 0, sizeof(model));
    random_init(&r, seed);
    assert_int_equal(store_begin(p->s), 0);
    struct ids ids = make_rows(p->s);
    assert_int_equal(store_commit(p->s), 0);
    store_close(p->s);
    p->s = NULL;
    for (int round = 0; round < 60; round++) {
        int last = run_and_kill(p->dir, &ids, seed, first, &r);
        for (; first <= last; first++)
            model_burst(&model, seed, first);
        p->s = place_open(p->dir, true);
        assert_string_equal(store_recovery_note(p->s), ""); // nothing was lost
        if (!matches(p->s, &ids, &model)) {
            next = model; // then the one under way was complete
            model_burst(&next, seed, first);
            assert_true(matches(p->s, &ids, &next));
            model = next;
            first++;
        }
        store_close(p->s);
        p->s = NULL;
    }
    assert_true(first > 60);
    p->s = place_open(p->dir, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_killed_writer_loses_and_doubles_nothing, place_setup,
                                        place_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
