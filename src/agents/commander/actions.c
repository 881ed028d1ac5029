// SPDX-License-Identifier: Apache-2.0
// Carries out what a stream's track wants done: polls to the harvester, ledger rows and marks to
// the architect, the analyst's wake-up; and brings it the answers.
#include "agents/commander/commander_internal.h"

#include <stdio.h>
#include <string.h>

// Candles one message speaks of: a market that was halted for a year owes half a million.
#define LEDGER_STEP 100

struct schedule_rules commander__rules(const struct commander *cm)
{
    return (struct schedule_rules){config_ms(cm->config, CFG_SCHEDULER_CLOSE_DELAY),
                                   config_ms(cm->config, CFG_SCHEDULER_RETRY_INTERVAL)};
}

static void log_stream(struct commander *cm, enum log_level level, const struct stream *s,
                       const char *event, time_ms open, const char *cause)
{
    char pair[PAIR_TEXT_MAX], at[TIME_TEXT_MAX];

    pair_format(&s->pair, pair);
    time_format(open, at);
    log_write(&cm->log, level, event, "pair=%s timeframe=%s candle=%s cause=\"%s\"", pair,
              timeframe_code(s->track.tf), at, cause);
}

// ---- actions
// -------------------------------------------------------------------------------------

static void do_poll(struct commander *cm, struct stream *s, const struct track_action *a)
{
    struct ipc_poll msg = {.stream = s->id,
                           .pair = s->pair,
                           .timeframe = (uint8_t)s->track.tf,
                           .purpose = (uint8_t)a->purpose,
                           .from = a->from,
                           .to = a->to,
                           .due_from = s->track.first_due,
                           .deadline = a->deadline,
                           .attempt = a->attempts};

    if (!commander__send(cm, ROLE_HARVESTER, 0, IPC_POLL, &msg)) {
        track_lost(&s->track, commander__now(cm)); // asked again once there is a harvester
    }
}

static void do_ledger(struct commander *cm, struct stream *s, const struct track_action *a)
{
    struct ipc_ledger msg = {.stream = s->id,
                             .timeframe = (uint8_t)s->track.tf,
                             .attempts = a->attempts,
                             .status = (uint8_t)a->status,
                             .at = commander__now(cm),
                             .cause = str_from(a->cause)};

    for (time_ms open = a->from; open < a->to;) {
        int64_t left = timeframe_count(s->track.tf, open, a->to);

        msg.open_time = open;
        msg.count = (uint32_t)(left < LEDGER_STEP ? left : LEDGER_STEP);
        (void)commander__send(cm, ROLE_ARCHITECT, 0, IPC_LEDGER, &msg);
        open = timeframe_step(s->track.tf, open, msg.count);
    }
    log_stream(cm, LOG_WARN, s, poll_status_name(a->status), a->from, a->cause);
}

static void do_state(struct commander *cm, struct stream *s)
{
    struct ipc_stream_mark mark = {.stream = s->id,
                                   .state = (uint8_t)s->track.state,
                                   .first_due = s->track.first_due,
                                   .text = str_from(s->track.text)};
    char pair[PAIR_TEXT_MAX];

    pair_format(&s->pair, pair);
    log_write(&cm->log, s->track.state == STREAM_FAILED ? LOG_WARN : LOG_INFO, "stream",
              "pair=%s timeframe=%s state=%s text=\"%s\"", pair, timeframe_code(s->track.tf),
              stream_state_name(s->track.state), s->track.text);
    (void)commander__send(cm, ROLE_ARCHITECT, 0, IPC_STREAM_MARK, &mark);
}

struct hole {
    time_ms from, to;
};

static int first_hole(void *arg, time_ms from, time_ms to)
{
    struct hole *h = arg;

    *h = (struct hole){from, to};
    return 1; // one at a time
}

static void do_find_hole(struct commander *cm, struct stream *s, const struct track_action *a,
                         struct track_actions *more)
{
    struct hole hole = {0};

    if (cm->store &&
        store_candle_holes(cm->store, s->id, s->track.tf, a->from, a->to, first_hole, &hole) < 0) {
        log_stream(cm, LOG_ERROR, s, "the store cannot be searched for holes", a->from,
                   store_last_error(cm->store));
        return;
    }
    track_hole(&s->track, hole.from, hole.to, more);
}

static void do_ready(struct commander *cm, struct stream *s)
{
    struct ipc_stream_load load = {.stream = s->id};

    (void)commander__send(cm, ROLE_ANALYST, s->id % cm->analysts, IPC_STREAM_LOAD, &load);
}

// A search for holes can lead to one more poll, never to another search, so this ends.
void commander__act(struct commander *cm, struct stream *s, struct track_actions *todo)
{
    struct track_actions more = {.count = 0};

    for (size_t i = 0; i < todo->count; i++) {
        const struct track_action *a = &todo->list[i];

        switch (a->kind) {
        case TRACK_POLL:
            do_poll(cm, s, a);
            break;
        case TRACK_LEDGER:
            do_ledger(cm, s, a);
            break;
        case TRACK_STATE:
            do_state(cm, s);
            break;
        case TRACK_READY:
            do_ready(cm, s);
            break;
        case TRACK_FIND_HOLE:
            do_find_hole(cm, s, a, &more);
            break;
        }
    }
    for (size_t i = 0; i < more.count; i++) {
        do_poll(cm, s, &more.list[i]);
    }
    s->wake_at = track_wake_at(&s->track);
    if (heap_put(&cm->wakes, &s->node) != 0) {
        commander__fail(cm, 70, "the schedule is full");
    }
    commander__repair_look(cm, s);
}

// ---- answers
// -------------------------------------------------------------------------------------

void commander__on_poll_done(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct commander *cm = arg;
    const struct ipc_poll_done *m = &msg->poll_done;
    struct stream *s = map_get_u64(&cm->streams, m->stream);
    struct track_actions todo = {.count = 0};
    char cause[TRACK_CAUSE_MAX];

    (void)from;
    (void)fd;
    if (!s || m->purpose > POLL_HISTORY || m->outcome >= OUTCOME_COUNT) {
        return; // removed meanwhile
    }
    if (str_copy(cause, sizeof cause, str_sub(m->cause, 0, sizeof cause - 1)) != 0) {
        cause[0] = '\0';
    }
    if (m->refused > 0) {
        char text[64];

        (void)snprintf(text, sizeof text, "%u rows off the grid were set aside", m->refused);
        log_stream(cm, LOG_WARN, s, "odd history", m->newest, text);
    }
    commander__repair_heard(cm, s, m);
    track_answer(&s->track, m->purpose, m->outcome, m->to, m->rows, m->newest, cause,
                 commander__now(cm), &todo);
    commander__act(cm, s, &todo);
    commander__streams_run(cm);
}

void commander__on_stored(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct commander *cm = arg;
    const struct ipc_stored *m = &msg->stored;
    struct stream *s = map_get_u64(&cm->streams, m->stream);
    struct track_actions todo = {.count = 0};

    (void)from;
    (void)fd;
    if (!s) {
        return;
    }
    track_stored(&s->track, m->oldest, m->newest, commander__now(cm), &todo);
    commander__act(cm, s, &todo);
    commander__streams_run(cm);
}
