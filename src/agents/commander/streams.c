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

void commander__streams_run(struct commander *cm)
{
    time_ms now = commander__now(cm);
    struct stream *s;
    int64_t pause = TICK_MAX_MS;

    if (!cm->have_clock || cm->stopping) {
        return;
    }
    while ((s = first_wake(cm)) != NULL && s->wake_at <= now) {
        struct track_actions todo = {.count = 0};

        track_wake(&s->track, now, &todo);
        commander__act(cm, s, &todo);
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
    commander__repair_drop(cm, s);
    heap_remove(&cm->wakes, &s->node);
    (void)map_remove_u64(&cm->streams, s->id);
    free(s);
}

static int take_warmup(void *arg, const struct store_entry_strategy *e)
{
    struct stream *s = arg;

    if (e->warmup > 0 && (uint64_t)e->warmup > s->warmup) {
        s->warmup = (uint32_t)e->warmup;
    }
    return 0;
}

static struct stream *stream_add(struct commander *cm, const struct store_stream *st)
{
    struct stream *s = calloc(1, sizeof *s);

    if (!s || map_put_u64(&cm->streams, (uint64_t)st->id, s) != 0) {
        free(s);
        return NULL;
    }
    s->id = (uint32_t)st->id;
    s->pair = st->pair;
    return s;
}

static void stream_begin(struct commander *cm, struct stream *s, const struct store_stream *st)
{
    struct schedule_rules rules = commander__rules(cm);
    int64_t bootstrap = config_i64(cm->config, CFG_BOOTSTRAP_CANDLES);
    time_ms first_due = st->first_due > 0 ? st->first_due : s->track.first_due;
    struct track_actions todo = {.count = 0};

    track_init(&s->track, st->timeframe, &rules, s->warmup > bootstrap ? s->warmup : bootstrap);
    if (st->paused) {
        s->track.first_due = first_due;
        s->track.last = st->last_open;
        track_pause(&s->track, &todo);
    } else {
        track_start(&s->track, st->last_open, first_due, commander__now(cm), &todo);
    }
    commander__act(cm, s, &todo);
}

// A stream as the store has it now: new, changed, or read again after the architect came back.
static int take_stream(struct commander *cm, const struct store_stream *st, bool anew)
{
    struct stream *s = map_get_u64(&cm->streams, (uint64_t)st->id);
    bool known = s != NULL;
    struct ipc_stream_load load = {.stream = (uint32_t)st->id, .anew = 1};

    if (strcmp(st->exchange, config_str(cm->config, CFG_EXCHANGE_NAME)) != 0) {
        return 0; // of an exchange this hub is not pointed at now
    }
    if (!known) {
        s = stream_add(cm, st);
    }
    if (!s) {
        return ERR_NO_MEMORY;
    }
    s->seen = true;
    s->warmup = 0;
    if (store_entry_strategy_each(cm->store, st->id, take_warmup, s) != 0) {
        return ERR_SYSTEM;
    }
    if (known && !anew && st->paused == (s->track.state == STREAM_PAUSED)) {
        // Only its strategies changed: the analyst makes its runs again.
        (void)commander__send(cm, ROLE_ANALYST, s->id % cm->analysts, IPC_STREAM_LOAD, &load);
        return 0;
    }
    stream_begin(cm, s, st);
    return 0;
}

// A stream removed while the architect died on the way of saying so.
static void drop_unseen(struct commander *cm)
{
    size_t cursor = 0;
    struct str key;
    void *value;

    while (map_next(&cm->streams, &cursor, &key, &value)) {
        struct stream *s = value;

        if (!s->seen) {
            stream_drop(cm, s);
            cursor = 0; // the map has moved
        }
    }
}

static int take_anew(void *arg, const struct store_stream *st)
{
    return take_stream(arg, st, true);
}

// What was on its way to an architect that died may be lost: every stream heals from what is
// stored.
void commander__streams_load(struct commander *cm)
{
    size_t cursor = 0;
    struct str key;
    void *value;

    if (!cm->store || !cm->have_clock || cm->stopping) {
        return;
    }
    while (map_next(&cm->streams, &cursor, &key, &value)) {
        ((struct stream *)value)->seen = false;
    }
    if (store_stream_each(cm->store, true, take_anew, cm) != 0) {
        commander__fail(cm, 75, "the watchlist cannot be read");
        return;
    }
    drop_unseen(cm);
    commander__streams_run(cm);
}

void commander__stream_refresh(struct commander *cm, uint32_t id)
{
    struct stream *s = map_get_u64(&cm->streams, id);
    struct store_stream st;
    struct ipc_stream_load load = {.stream = id, .anew = 1};
    int rc;

    if (!cm->store || !cm->have_clock) {
        return;
    }
    rc = store_stream_get(cm->store, id, &st);
    if (rc == 0 && st.active) {
        rc = take_stream(cm, &st, false);
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
        struct track_actions none = {.count = 0};

        track_lost(&s->track, commander__now(cm) - MS_MINUTE); // may go out at once
        commander__act(cm, s, &none);
    }
    commander__streams_run(cm);
}

void commander__streams_rules(struct commander *cm)
{
    size_t cursor = 0;
    struct str key;
    void *value;

    while (map_next(&cm->streams, &cursor, &key, &value)) {
        struct stream *s = value;
        struct track_actions none = {.count = 0};

        s->track.rules = commander__rules(cm);
        commander__act(cm, s, &none); // when it wakes next
    }
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
