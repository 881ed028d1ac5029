// SPDX-License-Identifier: Apache-2.0
// A stream's state machine against a simulated exchange and store: random failures, late and
// missing candles, lost polls, restarted writers, long sleeps. Whatever happened, at the end the
// store holds every candle the exchange has, and the ledger knows each one it has not.
#include "base/random.h"
#include "market/track.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define CANDLES_MAX 4096
#define EVENTS_MAX  16

enum event_kind {
    EVENT_ANSWER,
    EVENT_STORED
};

struct event {
    enum event_kind kind;
    time_ms at;
    enum poll_purpose purpose;
    enum poll_outcome outcome;
    time_ms to, oldest, newest;
    uint32_t rows;
    bool store_rows[CANDLES_MAX]; // rows that become stored with EVENT_STORED
};

// The simulated world of one stream. Candle i opens at step(origin, i).
struct world {
    struct random r;
    struct track t;
    time_ms origin, now;
    bool exists[CANDLES_MAX];
    time_ms published[CANDLES_MAX];
    bool stored[CANDLES_MAX];
    enum poll_status ledger[CANDLES_MAX];
    bool in_ledger[CANDLES_MAX];
    struct event events[EVENTS_MAX];
    size_t event_count;
    struct track_actions out_list;
    bool out[2]; // a poll of this purpose is out
    unsigned fail_percent, ready_count;
};

static size_t index_of(const struct world *w, time_ms open)
{
    int64_t i = timeframe_count(w->t.tf, w->origin, open);

    assert_true(i >= 0 && i < CANDLES_MAX);
    return (size_t)i;
}

static time_ms open_at(const struct world *w, size_t i)
{
    return timeframe_step(w->t.tf, w->origin, (int64_t)i);
}

static time_ms newest_stored(const struct world *w)
{
    for (size_t i = CANDLES_MAX; i-- > 0;) {
        if (w->stored[i]) {
            return open_at(w, i);
        }
    }
    return 0;
}

static time_ms oldest_stored(const struct world *w)
{
    for (size_t i = 0; i < CANDLES_MAX; i++) {
        if (w->stored[i]) {
            return open_at(w, i);
        }
    }
    return INT64_MAX;
}

static struct event *add_event(struct world *w, enum event_kind kind, int64_t delay)
{
    struct event *e = &w->events[w->event_count++];

    assert_true(w->event_count <= EVENTS_MAX);
    memset(e, 0, sizeof *e);
    e->kind = kind;
    e->at = w->now + delay;
    return e;
}

static void answer_poll(struct world *w, const struct track_action *a)
{
    struct event *e = add_event(w, EVENT_ANSWER, 1 + (int64_t)random_below(&w->r, 400));
    struct event rows = {.oldest = 0};
    size_t wanted = 0;

    e->purpose = a->purpose;
    e->to = a->to;
    if (random_below(&w->r, 100) < w->fail_percent) {
        e->outcome = random_below(&w->r, 8) == 0 ? OUTCOME_BAD_SYMBOL : OUTCOME_FAILED;
        return;
    }
    for (time_ms open = a->from; open < a->to; open = timeframe_next(w->t.tf, open)) {
        size_t i;

        wanted++;
        if (open < w->origin) {
            continue; // before the market began
        }
        i = index_of(w, open);
        if (w->exists[i] && w->published[i] <= w->now) {
            rows.store_rows[i] = true;
            rows.oldest = rows.oldest ? rows.oldest : open;
            rows.newest = open;
            rows.rows++;
        }
    }
    e->rows = rows.rows;
    e->newest = rows.newest;
    e->outcome = OUTCOME_COMPLETE;
    if (rows.newest != timeframe_prev(w->t.tf, a->to)) {
        e->outcome = a->purpose == POLL_LIVE ? OUTCOME_NOT_PUBLISHED : OUTCOME_HOLES;
    } else if (rows.rows < wanted) {
        e->outcome = OUTCOME_HOLES;
    }
    if (rows.rows > 0) {
        struct event *s = add_event(w, EVENT_STORED, 1 + (int64_t)random_below(&w->r, 500));

        rows.kind = EVENT_STORED;
        rows.at = s->at;
        *s = rows;
    }
}

static void note(struct world *w, const struct track_action *a)
{
    for (time_ms open = a->from; open < a->to; open = timeframe_next(w->t.tf, open)) {
        size_t i = index_of(w, open);

        if (a->status == POLL_PENDING_RETRY) {
            assert_true(w->now < schedule_deadline(w->t.tf, open));
            assert_true(a->attempts >= 1);
        }
        if (a->status == POLL_GAP) { // never before its window is over
            assert_true(w->now >= schedule_deadline(w->t.tf, open));
        }
        if (a->status == POLL_EXCHANGE_GAP) { // never of a candle that the exchange has
            assert_false(w->exists[i]);
        }
        if (!w->in_ledger[i] || w->ledger[i] != POLL_EXCHANGE_GAP) {
            w->ledger[i] = a->status;
            w->in_ledger[i] = true;
        }
    }
}

static void carry_out(struct world *w)
{
    while (w->out_list.count > 0) {
        struct track_actions todo = w->out_list;

        assert_true(todo.count < TRACK_ACTIONS_MAX);
        w->out_list.count = 0;
        for (size_t i = 0; i < todo.count; i++) {
            const struct track_action *a = &todo.list[i];

            switch (a->kind) {
            case TRACK_POLL:
                assert_true(a->from < a->to);
                assert_false(w->out[a->purpose]); // one at a time
                w->out[a->purpose] = true;
                answer_poll(w, a);
                break;
            case TRACK_LEDGER:
                note(w, a);
                break;
            case TRACK_READY:
                w->ready_count++;
                break;
            case TRACK_FIND_HOLE: {
                time_ms from = 0, to = 0;
                bool seen = oldest_stored(w) <= a->from;

                for (time_ms o = a->from < w->origin ? w->origin : a->from; o < a->to;
                     o = timeframe_next(w->t.tf, o)) {
                    size_t k = index_of(w, o);
                    bool gap = w->in_ledger[k] && w->ledger[k] == POLL_EXCHANGE_GAP;

                    seen = seen || w->stored[k];
                    if (seen && !w->stored[k] && !gap) {
                        from = from ? from : o;
                        to = timeframe_next(w->t.tf, o);
                    } else if (from) {
                        break;
                    }
                }
                track_hole(&w->t, from, to, &w->out_list);
                break;
            }
            case TRACK_STATE:
                break;
            }
        }
    }
}

static void happen(struct world *w, size_t which)
{
    struct event e = w->events[which];

    w->events[which] = w->events[--w->event_count];
    if (e.kind == EVENT_ANSWER) {
        w->out[e.purpose] = false;
        track_answer(&w->t, e.purpose, e.outcome, e.to, e.rows, e.newest, "a failure", w->now,
                     &w->out_list);
    } else {
        for (size_t i = 0; i < CANDLES_MAX; i++) {
            w->stored[i] = w->stored[i] || e.store_rows[i];
        }
        track_stored(&w->t, e.oldest, e.newest, w->now, &w->out_list);
    }
    carry_out(w);
}

static void restart_everything(struct world *w)
{
    w->event_count = 0; // on its way, lost
    w->out[0] = w->out[1] = false;
    track_start(&w->t, newest_stored(w), w->t.first_due, w->now, &w->out_list);
    carry_out(w);
}

static void disturb(struct world *w)
{
    switch (random_below(&w->r, 60)) {
    case 0: // the store's writer was started again: what was not committed is lost
        restart_everything(w);
        break;
    case 1: // the harvester was started again
        for (size_t i = 0; i < w->event_count;) {
            if (w->events[i].kind == EVENT_ANSWER) {
                w->events[i] = w->events[--w->event_count];
            } else {
                i++;
            }
        }
        w->out[0] = w->out[1] = false;
        track_lost(&w->t, w->now);
        carry_out(w);
        break;
    case 2: // the machine slept
        w->now += (int64_t)random_below(&w->r, 7) * timeframe_min_length_ms(w->t.tf);
        break;
    case 3:
        track_pause(&w->t, &w->out_list);
        carry_out(w);
        restart_everything(w);
        break;
    default:
        break;
    }
}

// Goes on to the next thing that happens, or until.
static void step(struct world *w, time_ms until)
{
    time_ms at = track_wake_at(&w->t);
    size_t which = EVENTS_MAX;

    at = at > w->now ? at : w->now; // after a sleep, what came meanwhile is taken in first
    for (size_t i = 0; i < w->event_count; i++) {
        if (w->events[i].at <= at) {
            at = w->events[i].at;
            which = i;
        }
    }
    if (at > until) {
        w->now = until;
        return;
    }
    w->now = at > w->now ? at : w->now;
    if (which < EVENTS_MAX) {
        happen(w, which);
    } else {
        track_wake(&w->t, w->now, &w->out_list);
        carry_out(w);
        assert_true(track_wake_at(&w->t) > w->now); // never spins
    }
}

static void make_exchange(struct world *w, unsigned late_percent, unsigned gap_percent)
{
    bool halted = false;
    time_ms newest_published = 0;

    for (size_t i = 0; i < CANDLES_MAX; i++) {
        time_ms open = open_at(w, i);
        time_ms close = timeframe_next(w->t.tf, open);

        halted = halted ? random_below(&w->r, 4) != 0 : random_below(&w->r, 100) < gap_percent;
        w->exists[i] = i == 0 || !halted;
        w->published[i] = close + (int64_t)random_below(&w->r, 900);
        if (random_below(&w->r, 100) < late_percent) {
            w->published[i] = close + (int64_t)random_below(
                                          &w->r, (uint64_t)timeframe_min_length_ms(w->t.tf) * 3);
        }
        // Candles come out in their order: what is out for good is out.
        newest_published = w->published[i] > newest_published ? w->published[i] : newest_published;
        w->published[i] = newest_published;
    }
}

static void check_end(const struct world *w, uint64_t seed)
{
    time_ms last_due = schedule_newest_due(w->t.tf, w->now, &w->t.rules);
    time_ms oldest = w->t.first_due;

    for (time_ms open = oldest; open < last_due; open = timeframe_next(w->t.tf, open)) {
        size_t i = index_of(w, open);

        if (w->exists[i] && !w->stored[i]) {
            print_error("seed %lu: candle %zu exists and is not stored\n", (unsigned long)seed, i);
        }
        assert_int_equal(w->exists[i], w->stored[i]);
        if (!w->exists[i]) { // confirmed, or still behind everything stored
            assert_true(w->in_ledger[i]);
            assert_true(w->ledger[i] == POLL_EXCHANGE_GAP ||
                        (w->ledger[i] == POLL_GAP && open > newest_stored(w)));
        }
    }
    assert_true(w->ready_count > 0);
}

static void run_world(uint64_t seed, enum timeframe tf, unsigned fails, unsigned late,
                      unsigned gaps)
{
    static struct world w; // large
    struct schedule_rules rules = {5000, 300000};
    time_ms end;

    memset(&w, 0, sizeof w);
    random_init(&w.r, seed);
    w.origin = timeframe_open_of(tf, INT64_C(1600000000000));
    w.fail_percent = fails;
    track_init(&w.t, tf, &rules, 20);
    make_exchange(&w, late, gaps);
    w.now = timeframe_step(tf, w.origin, 30) +
            (int64_t)random_below(&w.r, (uint64_t)timeframe_min_length_ms(tf));
    track_start(&w.t, 0, 0, w.now, &w.out_list);
    carry_out(&w);
    end = timeframe_step(tf, w.origin, 250);
    while (w.now < end) {
        step(&w, end);
        disturb(&w);
    }
    // Then a healthy stretch: everything published, nothing fails.
    w.fail_percent = 0;
    for (size_t i = 0; i < CANDLES_MAX; i++) {
        time_ms healthy = timeframe_next(tf, open_at(&w, 265));
        time_ms close = timeframe_next(tf, open_at(&w, i));

        w.exists[i] = w.exists[i] || i > 265;
        if (w.published[i] > healthy) {
            w.published[i] = close > healthy ? close : healthy;
        }
    }
    end = timeframe_step(tf, w.origin, 300);
    while (w.now < end) {
        step(&w, end);
    }
    check_end(&w, seed);
}

static void whatever_happens_the_store_ends_whole(void **state)
{
    static const enum timeframe tfs[] = {TF_M1, TF_M5, TF_M15, TF_H4, TF_D1};

    (void)state;
    for (uint64_t seed = 1; seed <= 1500; seed++) {
        run_world(seed, tfs[seed % 5], (unsigned)(seed * 7 % 60), (unsigned)(seed * 3 % 20),
                  (unsigned)(seed % 4 == 0 ? 3 : 0));
    }
}

// Started between a close and the moment at which that candle is due: it is live, not history.
static void started_before_the_newest_is_due(void **state)
{
    struct schedule_rules rules = {5000, 300000};
    time_ms close = INT64_C(1620000000000) / 60000 * 60000;

    (void)state;
    for (int64_t after = 0; after < 60000; after += 100) {
        struct track_actions out = {.count = 0};
        struct track t;
        time_ms open = after < 5000 ? close - 60000 : close;

        track_init(&t, TF_M1, &rules, 500);
        track_start(&t, 0, 0, close + after, &out);
        assert_int_equal(t.first_due, open);
        assert_int_equal(out.list[1].to, open);
    }
}

// A hole of history that could be filled after all: the analyst loads the stream anew.
static void a_filled_hole_is_news_to_the_analyst(void **state)
{
    struct schedule_rules rules = {5000, 300000};
    struct track_actions out = {.count = 0};
    time_ms open = INT64_C(1620000000000) / 60000 * 60000, hole = open - 100 * 60000;
    struct track t;

    (void)state;
    track_init(&t, TF_M1, &rules, 500);
    track_start(&t, 0, 0, open + 30000, &out);
    track_answer(&t, POLL_HISTORY, OUTCOME_HOLES, open, 499, open - 60000, "", open + 30000, &out);
    track_stored(&t, open - 500 * 60000, open - 60000, open + 30100, &out);
    out.count = 0;
    track_hole(&t, hole, hole + 60000, &out);
    assert_int_equal(out.list[0].kind, TRACK_POLL);
    out.count = 0;
    track_answer(&t, POLL_HISTORY, OUTCOME_COMPLETE, hole + 60000, 1, hole, "", open + 30200, &out);
    assert_int_equal(out.count, 0);
    track_stored(&t, hole, hole, open + 30300, &out);
    assert_int_equal(out.list[0].kind, TRACK_READY);
}

// The exchange's clock set back and forward again: what is stored is never called a gap.
static void a_clock_set_back_makes_no_gaps(void **state)
{
    struct schedule_rules rules = {5000, 300000};
    struct track_actions out = {.count = 0};
    time_ms open = INT64_C(1620000000000) / 60000 * 60000, last = open - 60000;
    struct track t;

    (void)state;
    track_init(&t, TF_M1, &rules, 500);
    track_start(&t, last, open - 30 * 60000, open - 120 * 60000, &out);
    for (time_ms now = open - 119 * 60000; now < open - 110 * 60000; now += 1000) {
        out.count = 0;
        track_wake(&t, now, &out);
        for (size_t i = 0; i < out.count; i++) {
            assert_int_not_equal(out.list[i].kind, TRACK_LEDGER);
        }
    }
    out.count = 0;
    track_wake(&t, open + 3 * 60000 + 10000, &out);
    for (size_t i = 0; i < out.count; i++) {
        if (out.list[i].kind == TRACK_LEDGER) {
            assert_true(out.list[i].from >= open);
        }
    }
    assert_int_equal(t.next_open, open + 2 * 60000);
}

// The table of the ordinary day: bootstrap, a candle, a failure with its retry, a gap.
static void an_ordinary_day(void **state)
{
    struct schedule_rules rules = {5000, 300000};
    struct track_actions out = {.count = 0};
    const struct track_action *a = out.list;
    struct track t;
    time_ms open = INT64_C(1620000000000) / 14400000 * 14400000;
    time_ms start = open + 3600000;

    (void)state;
    track_init(&t, TF_H4, &rules, 500);
    track_start(&t, 0, 0, start, &out);
    assert_int_equal(out.count, 2);
    assert_int_equal(a[0].kind, TRACK_STATE);
    assert_int_equal(t.state, STREAM_HEALING);
    assert_int_equal(a[1].kind, TRACK_POLL);
    assert_int_equal(a[1].purpose, POLL_HISTORY);
    assert_int_equal(a[1].to, open);
    assert_int_equal(timeframe_count(TF_H4, a[1].from, a[1].to), 500);
    assert_int_equal(t.first_due, open);
    // The answer alone is not enough: it must be stored.
    out.count = 0;
    track_answer(&t, POLL_HISTORY, OUTCOME_COMPLETE, open, 500, open - 14400000, "", start + 100,
                 &out);
    assert_int_equal(out.count, 0);
    out.count = 0;
    track_stored(&t, open - 500 * INT64_C(14400000), open - 14400000, start + 200, &out);
    assert_int_equal(t.state, STREAM_LIVE);
    assert_int_equal(out.count, 2);
    assert_int_equal(a[1].kind, TRACK_READY);
    // Holes of the answer are looked for a retry step later, not while the same disturbance lasts.
    assert_int_equal(track_wake_at(&t), start + 200 + 300000);
    out.count = 0;
    track_wake(&t, start + 200 + 300000, &out);
    assert_int_equal(out.count, 1);
    assert_int_equal(a[0].kind, TRACK_FIND_HOLE);
    out.count = 0;
    track_hole(&t, 0, 0, &out);
    // Nothing before close + 5 s.
    assert_int_equal(track_wake_at(&t), open + 14400000 + 5000);
    out.count = 0;
    track_wake(&t, open + 14400000 + 4999, &out);
    assert_int_equal(out.count, 0);
    out.count = 0;
    track_wake(&t, open + 14400000 + 5000, &out);
    assert_int_equal(out.count, 1);
    assert_int_equal(a[0].purpose, POLL_LIVE);
    assert_int_equal(a[0].from, open - 14400000); // the newest stored one once more
    assert_int_equal(a[0].to, open + 14400000);
    assert_int_equal(a[0].deadline, open + 2 * 14400000);
    assert_int_equal(a[0].attempts, 1);
    // It fails: PENDING_RETRY, five minutes after it was due.
    out.count = 0;
    track_answer(&t, POLL_LIVE, OUTCOME_FAILED, open + 14400000, 0, 0, "HTTP 502",
                 open + 14400000 + 5400, &out);
    assert_int_equal(out.count, 1);
    assert_int_equal(a[0].kind, TRACK_LEDGER);
    assert_int_equal(a[0].status, POLL_PENDING_RETRY);
    assert_string_equal(t.cause, "HTTP 502");
    assert_int_equal(track_wake_at(&t), open + 14400000 + 5000 + 300000);
    out.count = 0;
    track_wake(&t, open + 14400000 + 5000 + 300000, &out);
    assert_int_equal(a[0].attempts, 2);
    // No answer ever: at the next close it is a gap, and the next poll still asks for it.
    out.count = 0;
    track_wake(&t, open + 2 * 14400000, &out);
    assert_int_equal(out.count, 1);
    assert_int_equal(a[0].status, POLL_GAP);
    assert_int_equal(a[0].attempts, 2);
    out.count = 0;
    track_wake(&t, open + 2 * 14400000 + 5000, &out);
    assert_int_equal(out.count, 1);
    assert_int_equal(a[0].kind, TRACK_POLL);
    assert_int_equal(a[0].from, open - 14400000);
    assert_int_equal(a[0].to, open + 2 * 14400000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ordinary_day),
        cmocka_unit_test(a_clock_set_back_makes_no_gaps),
        cmocka_unit_test(started_before_the_newest_is_due),
        cmocka_unit_test(a_filled_hole_is_news_to_the_analyst),
        cmocka_unit_test(whatever_happens_the_store_ends_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
