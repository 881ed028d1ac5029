// SPDX-License-Identifier: Apache-2.0
// One stream's way: history first (bootstrap, catching up, holes asked for twice), then candle
// after candle: due, polled, retried inside its window, given up at the next close.
#include "agents/commander/commander_internal.h"

#include <stdio.h>
#include <string.h>

// Candles before the newest one that are looked through for holes when a stream goes live.
#define SCAN_BACK_CANDLES 2000

struct schedule_rules commander__rules(const struct commander *cm)
{
    return (struct schedule_rules){config_ms(cm->config, CFG_SCHEDULER_CLOSE_DELAY),
                                   config_ms(cm->config, CFG_SCHEDULER_RETRY_INTERVAL)};
}

void commander__stream_state(struct commander *cm, struct stream *s, enum stream_state state,
                             const char *text)
{
    struct ipc_stream_mark mark = {
        .stream = s->id, .state = (uint8_t)state, .first_due = s->first_due};

    if (s->state == state && strcmp(s->text, text) == 0) {
        return;
    }
    s->state = state;
    (void)snprintf(s->text, sizeof s->text, "%s", text);
    mark.text = str_from(s->text);
    (void)commander__send(cm, ROLE_ARCHITECT, 0, IPC_STREAM_MARK, &mark);
}

void commander__ledger(struct commander *cm, const struct stream *s, time_ms open,
                       enum poll_status status, uint32_t attempts, const char *cause)
{
    struct schedule_rules rules = commander__rules(cm);
    struct ipc_ledger msg = {.stream = s->id,
                             .timeframe = (uint8_t)s->tf,
                             .open_time = open,
                             .due_at = schedule_due_at(s->tf, open, &rules),
                             .attempts = attempts,
                             .status = (uint8_t)status,
                             .at = commander__now(cm),
                             .cause = str_from(cause)};

    (void)commander__send(cm, ROLE_ARCHITECT, 0, IPC_LEDGER, &msg);
}

static void log_stream(struct commander *cm, enum log_level level, const struct stream *s,
                       const char *event, time_ms open, const char *cause)
{
    char pair[PAIR_TEXT_MAX], at[TIME_TEXT_MAX];

    pair_format(&s->pair, pair);
    time_format(open, at);
    log_write(&cm->log, level, event, "pair=%s timeframe=%s candle=%s cause=\"%s\"", pair,
              timeframe_code(s->tf), at, cause);
}

// ---- orders to the harvester
// -----------------------------------------------------------------------

void commander__poll_live(struct commander *cm, struct stream *s)
{
    struct ipc_poll msg = {.stream = s->id,
                           .pair = s->pair,
                           .timeframe = (uint8_t)s->tf,
                           .purpose = POLL_LIVE,
                           .from = s->last > 0 ? timeframe_next(s->tf, s->last) : s->next_open,
                           .to = timeframe_next(s->tf, s->next_open),
                           .due_from = s->first_due,
                           .deadline = schedule_deadline(s->tf, s->next_open),
                           .attempt = s->attempts + 1};

    if (msg.from >= msg.to) { // it came by another way
        msg.from = s->next_open;
    }
    s->live_out = commander__send(cm, ROLE_HARVESTER, 0, IPC_POLL, &msg);
    if (s->live_out) {
        s->attempts++;
    }
}

void commander__poll_history(struct commander *cm, struct stream *s)
{
    time_ms newest = timeframe_prev(s->tf, s->history_to);
    struct ipc_poll msg = {.stream = s->id,
                           .pair = s->pair,
                           .timeframe = (uint8_t)s->tf,
                           .purpose = POLL_HISTORY,
                           .from = s->history_from,
                           .to = s->history_to,
                           .due_from = s->first_due,
                           .deadline = schedule_deadline(s->tf, newest),
                           .attempt = 1};

    s->history_answered = false;
    s->history_newest = 0;
    s->history_out = commander__send(cm, ROLE_HARVESTER, 0, IPC_POLL, &msg);
}

static int64_t bootstrap_candles(const struct commander *cm, const struct stream *s)
{
    int64_t wanted = config_i64(cm->config, CFG_BOOTSTRAP_CANDLES);

    return s->warmup > wanted ? (int64_t)s->warmup : wanted;
}

static void go_live(struct commander *cm, struct stream *s);

void commander__history_begin(struct commander *cm, struct stream *s)
{
    struct schedule_rules rules = commander__rules(cm);
    time_ms now = commander__now(cm);
    time_ms newest = schedule_newest_due(s->tf, now, &rules);

    if (s->first_due == 0) { // watched from now on: the running candle is the first that is due
        s->first_due = timeframe_open_of(s->tf, now);
    }
    s->awaiting = s->live_out = false;
    s->attempts = 0;
    s->next_open = timeframe_next(s->tf, newest);
    s->history_to = s->next_open;
    s->history_from = s->last > 0 ? timeframe_next(s->tf, s->last)
                                  : timeframe_step(s->tf, s->history_to, -bootstrap_candles(cm, s));
    s->history_tries = 0;
    s->history_retry_at = 0;
    if (s->history_from >= s->history_to) {
        s->history = HISTORY_NONE;
        go_live(cm, s);
        return;
    }
    s->history = HISTORY_CATCH_UP;
    commander__stream_state(cm, s, STREAM_HEALING,
                            s->last > 0 ? "catching up" : "fetching history");
    commander__poll_history(cm, s);
    commander__stream_schedule(cm, s);
}

// ---- holes
// ---------------------------------------------------------------------------------------

struct hole {
    time_ms from, to;
};

static int first_hole(void *arg, time_ms from, time_ms to)
{
    struct hole *h = arg;

    *h = (struct hole){from, to};
    return 1; // one at a time
}

// Asks again for the first hole after what is scanned. False when there is none.
static bool ask_for_hole(struct commander *cm, struct stream *s)
{
    struct hole hole = {0};
    time_ms back = timeframe_step(s->tf, s->last, -SCAN_BACK_CANDLES);
    time_ms from = s->scanned_to > back ? s->scanned_to : back;

    if (s->last == 0 || s->history != HISTORY_NONE || !cm->store) {
        return false;
    }
    if (store_candle_holes(cm->store, s->id, s->tf, from, s->last, first_hole, &hole) != 1 ||
        hole.to <= hole.from) {
        s->scanned_to = s->last;
        return false;
    }
    s->history = HISTORY_HOLE;
    s->history_from = hole.from;
    s->history_to = hole.to;
    s->history_tries = 0;
    commander__poll_history(cm, s);
    return true;
}

// The exchange was asked twice and answered soundly both times without these candles.
static void confirm_gap(struct commander *cm, struct stream *s)
{
    uint32_t count = 0;

    for (time_ms open = s->history_from; open < s->history_to; open = timeframe_next(s->tf, open)) {
        commander__ledger(cm, s, open, POLL_EXCHANGE_GAP, 0, "the exchange has no such candle");
        count++;
    }
    s->scanned_to = s->history_to;
    log_stream(cm, LOG_WARN, s, "the exchange has a gap here", s->history_from,
               "asked twice, no such candles");
}

// ---- answers
// -------------------------------------------------------------------------------------

static void go_live(struct commander *cm, struct stream *s)
{
    struct ipc_stream_load load = {.stream = s->id};
    struct schedule_rules rules = commander__rules(cm);

    if (schedule_newest_due(s->tf, commander__now(cm), &rules) >= s->next_open) {
        commander__history_begin(cm, s); // time went on meanwhile
        return;
    }
    if (s->state != STREAM_LIVE) {
        char pair[PAIR_TEXT_MAX];

        pair_format(&s->pair, pair);
        log_info(&cm->log, "stream is live", "pair=%s timeframe=%s", pair, timeframe_code(s->tf));
        commander__stream_state(cm, s, STREAM_LIVE, "");
        (void)commander__send(cm, ROLE_ANALYST, s->id % cm->analysts, IPC_STREAM_LOAD, &load);
    }
    (void)ask_for_hole(cm, s);
    commander__stream_schedule(cm, s);
}

// History counts as arrived once the harvester has answered and the architect has committed it.
static void history_settled(struct commander *cm, struct stream *s)
{
    if (!s->history_answered || s->last < s->history_newest) {
        return;
    }
    s->history_answered = false;
    if (s->history == HISTORY_HOLE) {
        s->history = HISTORY_NONE;
        if (!ask_for_hole(cm, s)) {
            commander__stream_schedule(cm, s);
        }
        return;
    }
    s->history = HISTORY_NONE;
    go_live(cm, s);
}

static void history_failed(struct commander *cm, struct stream *s, const char *cause,
                           enum poll_outcome outcome)
{
    struct schedule_rules rules = commander__rules(cm);
    int64_t pause = HISTORY_PAUSE_MIN_MS << (s->history_tries < 8 ? s->history_tries : 8);

    if (pause > rules.retry_interval_ms) {
        pause = rules.retry_interval_ms;
    }
    s->history_tries++;
    s->history_retry_at = commander__now(cm) + pause;
    log_stream(cm, LOG_WARN, s, "history could not be fetched", s->history_from, cause);
    if (s->history == HISTORY_CATCH_UP) {
        commander__stream_state(cm, s,
                                outcome == OUTCOME_BAD_SYMBOL || outcome == OUTCOME_REFUSED
                                    ? STREAM_FAILED
                                    : STREAM_HEALING,
                                cause);
    }
    commander__stream_schedule(cm, s);
}

static void history_done(struct commander *cm, struct stream *s, const struct ipc_poll_done *m,
                         const char *cause)
{
    s->history_out = false;
    if (s->history == HISTORY_NONE || m->to != s->history_to) {
        return; // of an order that is no longer wanted
    }
    switch (m->outcome) {
    case OUTCOME_COMPLETE:
    case OUTCOME_HOLES:
    case OUTCOME_NOT_PUBLISHED:
        if (s->history == HISTORY_HOLE && m->rows == 0) {
            confirm_gap(cm, s);
        }
        s->history_answered = true;
        s->history_newest = s->history == HISTORY_HOLE ? 0 : m->newest;
        history_settled(cm, s);
        return;
    default:
        history_failed(cm, s, cause, m->outcome);
        return;
    }
}

static void live_failed(struct commander *cm, struct stream *s, const char *cause)
{
    struct schedule_rules rules = commander__rules(cm);

    (void)snprintf(s->cause, sizeof s->cause, "%s", cause);
    s->retry_at = schedule_retry_at(s->tf, s->next_open, commander__now(cm), &rules);
    commander__ledger(cm, s, s->next_open, POLL_PENDING_RETRY, s->attempts, cause);
    log_stream(cm, LOG_WARN, s, "a candle could not be fetched, PENDING_RETRY", s->next_open,
               cause);
    commander__stream_schedule(cm, s);
}

static void live_done(struct commander *cm, struct stream *s, const struct ipc_poll_done *m,
                      const char *cause)
{
    s->live_out = false;
    if (!s->awaiting || m->to != timeframe_next(s->tf, s->next_open)) {
        commander__stream_schedule(cm, s);
        return; // its window is over, or the stream is being healed
    }
    if (m->outcome != OUTCOME_COMPLETE && m->outcome != OUTCOME_HOLES) {
        if (m->outcome == OUTCOME_BAD_SYMBOL || m->outcome == OUTCOME_REFUSED) {
            commander__stream_state(cm, s, STREAM_FAILED, cause);
        }
        live_failed(cm, s, cause);
        return;
    }
    commander__stream_state(cm, s, STREAM_LIVE, "");
    s->awaiting = false;
    s->attempts = 0;
    s->cause[0] = '\0';
    s->next_open = timeframe_next(s->tf, s->next_open);
    commander__stream_schedule(cm, s);
}

void commander__on_poll_done(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct commander *cm = arg;
    const struct ipc_poll_done *m = &msg->poll_done;
    struct stream *s = map_get_u64(&cm->streams, m->stream);
    char cause[256];

    (void)from;
    (void)fd;
    if (!s) {
        return; // removed meanwhile
    }
    if (str_copy(cause, sizeof cause, str_sub(m->cause, 0, sizeof cause - 1)) != 0) {
        cause[0] = '\0';
    }
    if (m->refused > 0) {
        char text[64];

        (void)snprintf(text, sizeof text, "%u rows off the grid were set aside", m->refused);
        log_stream(cm, LOG_WARN, s, "odd history", s->history_from, text);
    }
    if (m->purpose == POLL_LIVE) {
        live_done(cm, s, m, cause);
    } else {
        history_done(cm, s, m, cause);
    }
}

void commander__on_stored(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct commander *cm = arg;
    const struct ipc_stored *m = &msg->stored;
    struct stream *s = map_get_u64(&cm->streams, m->stream);
    time_ms before;

    (void)from;
    (void)fd;
    if (!s) {
        return;
    }
    before = s->last;
    if (m->newest > s->last) {
        s->last = m->newest;
    }
    if (s->history != HISTORY_NONE) {
        history_settled(cm, s);
    } else if (before > 0 && m->rows > 0 && timeframe_next(s->tf, before) < m->newest &&
               s->scanned_to <= before) {
        s->scanned_to = before; // more than one step came at once: look for what lies between
        (void)ask_for_hole(cm, s);
    }
}
