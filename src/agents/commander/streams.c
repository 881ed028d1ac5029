// SPDX-License-Identifier: Apache-2.0
// The table of streams and what wakes each: one heap, one timer, exchange time.
#include "agents/commander/commander_internal.h"

#include <stdlib.h>
#include <string.h>

// The machine may sleep or its clock be moved under the timer: never wait longer than this in one
// go.
#define TICK_MAX_MS 1000

static struct stream *first_wake(struct commander *cm)
{
    return (struct stream *)(void *)heap_first(&cm->wakes);
}

void commander__stream_schedule(struct commander *cm, struct stream *s)
{
    struct schedule_rules rules = commander__rules(cm);
    time_ms wake = INT64_MAX;

    if (s->paused) {
        heap_remove(&cm->wakes, &s->node);
        return;
    }
    if (s->history != HISTORY_NONE && !s->history_out && !s->history_answered) {
        wake = s->history_retry_at;
    }
    if (s->history != HISTORY_CATCH_UP) {
        time_ms live = s->awaiting ? schedule_deadline(s->tf, s->next_open)
                                   : schedule_due_at(s->tf, s->next_open, &rules);

        if (s->awaiting && !s->live_out && s->retry_at < live) {
            live = s->retry_at;
        }
        wake = live < wake ? live : wake;
    }
    s->wake_at = wake;
    if (heap_put(&cm->wakes, &s->node) != 0) {
        commander__fail(cm, 70, "the schedule is full");
    }
}

// The window of the candle waited for is over: it is a gap, and its opportunity is gone.
static void give_up(struct commander *cm, struct stream *s)
{
    const char *cause = s->cause[0] ? s->cause : "no answer inside the candle's window";
    char pair[PAIR_TEXT_MAX], at[TIME_TEXT_MAX];

    pair_format(&s->pair, pair);
    time_format(s->next_open, at);
    log_warn(&cm->log, "a candle never came inside its window",
             "pair=%s timeframe=%s candle=%s cause=\"%s\"", pair, timeframe_code(s->tf), at, cause);
    commander__ledger(cm, s, s->next_open, POLL_GAP, s->attempts, cause);
    s->awaiting = false;
    s->live_out = false;
    s->attempts = 0;
    s->cause[0] = '\0';
    s->next_open = timeframe_next(s->tf, s->next_open);
}

static void run_live(struct commander *cm, struct stream *s, time_ms now)
{
    struct schedule_rules rules = commander__rules(cm);

    while (s->awaiting && now >= schedule_deadline(s->tf, s->next_open)) {
        give_up(cm, s);
        if (now >= schedule_due_at(s->tf, s->next_open, &rules)) {
            s->awaiting = true;
            s->retry_at = now;
        }
    }
    if (!s->awaiting && now >= schedule_due_at(s->tf, s->next_open, &rules)) {
        s->awaiting = true;
        s->retry_at = now;
    }
    if (s->awaiting && !s->live_out && now >= s->retry_at) {
        commander__poll_live(cm, s);
        if (!s->live_out) { // no harvester just now: it is told when it is back
            s->retry_at = now + 1000;
        }
    }
}

static void run_stream(struct commander *cm, struct stream *s, time_ms now)
{
    if (s->history != HISTORY_NONE && !s->history_out && !s->history_answered &&
        now >= s->history_retry_at) {
        commander__poll_history(cm, s);
        if (!s->history_out) {
            s->history_retry_at = now + 1000;
        }
    }
    if (s->history != HISTORY_CATCH_UP) {
        run_live(cm, s, now);
    }
    commander__stream_schedule(cm, s);
}

void commander__streams_run(struct commander *cm)
{
    time_ms now = commander__now(cm);
    struct stream *s;
    int64_t pause = TICK_MAX_MS;

    if (!cm->have_clock || cm->stopping) {
        return;
    }
    while ((s = first_wake(cm)) != NULL && s->wake_at <= now) {
        run_stream(cm, s, now);
    }
    if (s && s->wake_at < INT64_MAX) {
        int64_t real = xclock_real_ms_until(&cm->clock, loop_now(cm->loop), s->wake_at);

        pause = real < pause ? real : pause;
    }
    loop_timer_start(cm->tick, pause);
}

// ---- the table
// -----------------------------------------------------------------------------------

static void stream_drop(struct commander *cm, struct stream *s)
{
    heap_remove(&cm->wakes, &s->node);
    (void)map_remove_u64(&cm->streams, s->id);
    free(s);
}

static int take_stream(void *arg, const struct store_stream *st)
{
    struct commander *cm = arg;
    struct stream *s = map_get_u64(&cm->streams, (uint64_t)st->id);
    bool is_new = s == NULL;
    struct ipc_stream_load load = {.stream = (uint32_t)st->id};

    if (strcmp(st->exchange, config_str(cm->config, CFG_EXCHANGE_NAME)) != 0) {
        return 0; // of an exchange this hub is not pointed at now
    }
    if (is_new) {
        s = calloc(1, sizeof *s);
        if (!s || map_put_u64(&cm->streams, (uint64_t)st->id, s) != 0) {
            free(s);
            return ERR_NO_MEMORY;
        }
        s->id = (uint32_t)st->id;
        s->pair = st->pair;
        s->tf = st->timeframe;
        s->state = st->state;
    }
    s->last = st->last_open;
    s->first_due = st->first_due > 0 ? st->first_due : s->first_due;
    if (st->paused) {
        s->paused = true;
        s->history = HISTORY_NONE;
        commander__stream_state(cm, s, STREAM_PAUSED, "");
        commander__stream_schedule(cm, s);
        return 0;
    }
    if (!is_new && !s->paused && s->state == STREAM_LIVE && s->history == HISTORY_NONE) {
        // Only its strategies changed: the analyst makes its runs again.
        (void)commander__send(cm, ROLE_ANALYST, s->id % cm->analysts, IPC_STREAM_LOAD, &load);
        return 0;
    }
    s->paused = false;
    commander__history_begin(cm, s);
    return 0;
}

void commander__streams_load(struct commander *cm)
{
    size_t cursor = 0;
    struct str key;
    void *value;

    if (!cm->store || !cm->have_clock || cm->stopping) {
        return;
    }
    // What was on its way to an architect that died may be lost: every stream heals from what is
    // stored.
    while (map_next(&cm->streams, &cursor, &key, &value)) {
        struct stream *s = value;

        s->history = HISTORY_NONE;
        s->state = STREAM_HEALING;
    }
    if (store_stream_each(cm->store, true, take_stream, cm) != 0) {
        commander__fail(cm, 75, "the watchlist cannot be read");
        return;
    }
    commander__streams_run(cm);
}

void commander__stream_refresh(struct commander *cm, uint32_t id)
{
    struct stream *s = map_get_u64(&cm->streams, id);
    struct store_stream st;
    struct ipc_stream_load load = {.stream = id};
    int rc;

    if (!cm->store || !cm->have_clock) {
        return;
    }
    rc = store_stream_get(cm->store, id, &st);
    if (rc == 0 && st.active) {
        rc = take_stream(cm, &st);
    } else if (rc == 0 || rc == ERR_NOT_FOUND) {
        if (s) {
            stream_drop(cm, s);
        }
        (void)commander__send(cm, ROLE_ANALYST, id % cm->analysts, IPC_STREAM_LOAD, &load);
        rc = 0;
    }
    if (rc != 0) {
        log_error(&cm->log, "a stream cannot be read", "stream=%u cause=\"%s\"", id, err_text(rc));
    }
    commander__streams_run(cm);
}

void commander__streams_resend(struct commander *cm)
{
    size_t cursor = 0;
    struct str key;
    void *value;

    while (map_next(&cm->streams, &cursor, &key, &value)) {
        struct stream *s = value;

        s->live_out = s->history_out = false;
        s->retry_at = 0;
        s->history_retry_at = 0;
        commander__stream_schedule(cm, s);
    }
    commander__streams_run(cm);
}

void commander__streams_finish(struct commander *cm)
{
    size_t cursor = 0;
    struct str key;
    void *value;

    while (map_next(&cm->streams, &cursor, &key, &value)) {
        free(value);
    }
    map_finish(&cm->streams);
    heap_finish(&cm->wakes);
}
