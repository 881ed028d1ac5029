// SPDX-License-Identifier: Apache-2.0
// The state machine of one stream. Every change of what it waits for happens here and nowhere else.
#include "market/track.h"

#include <stdio.h>
#include <string.h>

#define GAP_BACK_CANDLES     5000 // missing at the end that a start writes down, at most
#define SCAN_BACK_CANDLES    2000 // looked through for holes when a stream goes live
#define HISTORY_PAUSE_MIN_MS 5000 // first pause after a failed history request
#define HISTORY_PAUSE_STEPS  8
#define LOST_PAUSE_MS        1000 // before asking again when nobody took the poll

static struct track_action *act(struct track_actions *out, enum track_action_kind kind)
{
    struct track_action *a = &out->list[out->count < TRACK_ACTIONS_MAX ? out->count++ : 0];

    *a = (struct track_action){.kind = kind};
    return a;
}

static void set_state(struct track *t, enum stream_state state, const char *text,
                      struct track_actions *out)
{
    if (t->state == state && strcmp(t->text, text) == 0) {
        return;
    }
    t->state = state;
    (void)snprintf(t->text, sizeof t->text, "%s", text);
    (void)act(out, TRACK_STATE);
}

static void note_ledger(time_ms from, time_ms to, enum poll_status status, uint32_t attempts,
                        const char *cause, struct track_actions *out)
{
    struct track_action *a;

    if (from >= to) {
        return;
    }
    a = act(out, TRACK_LEDGER);
    a->from = from;
    a->to = to;
    a->status = status;
    a->attempts = attempts;
    a->cause = cause;
}

const char *track_cause(const struct track *t)
{
    return t->cause_open == t->next_open ? t->cause : "";
}

void track_init(struct track *t, enum timeframe tf, const struct schedule_rules *rules,
                int64_t bootstrap)
{
    *t = (struct track){.tf = tf, .rules = *rules, .bootstrap = bootstrap, .state = STREAM_NEW};
}

// ---- polls
// ---------------------------------------------------------------------------------------

// The newest stored candle is asked for once more with the next one: should the exchange have
// revised it meanwhile, the store learns of it, and the request costs the same.
static void poll_live(struct track *t, struct track_actions *out)
{
    struct track_action *a = act(out, TRACK_POLL);

    a->purpose = POLL_LIVE;
    a->from = t->last > 0 && t->last < t->next_open ? t->last : t->next_open;
    a->to = timeframe_next(t->tf, t->next_open);
    a->deadline = schedule_deadline(t->tf, t->next_open);
    a->attempts = ++t->attempts;
    t->live_out = true;
}

static void poll_history(struct track *t, struct track_actions *out)
{
    struct track_action *a = act(out, TRACK_POLL);

    a->purpose = POLL_HISTORY;
    a->from = t->history == TRACK_CATCH_UP && t->last > 0 ? t->last : t->history_from;
    a->to = t->history_to;
    a->deadline = schedule_deadline(t->tf, timeframe_prev(t->tf, t->history_to));
    a->attempts = 1;
    t->history_out = true;
    t->history_answered = false;
    t->history_newest = 0;
}

// ---- history
// -------------------------------------------------------------------------------------

static void find_hole(struct track *t, struct track_actions *out)
{
    time_ms back = timeframe_step(t->tf, t->last, -SCAN_BACK_CANDLES);
    struct track_action *a;

    if (t->last == 0 || t->history != TRACK_NO_HISTORY || t->scanned_to >= t->last) {
        return;
    }
    a = act(out, TRACK_FIND_HOLE);
    a->from = t->scanned_to > back ? t->scanned_to : back;
    a->to = t->last;
}

// A hole is asked for again a retry step later: at once, the same disturbance would answer.
static void find_hole_later(struct track *t, time_ms now)
{
    t->scan_at = now + schedule_retry_step_ms(t->tf, t->last, &t->rules);
}

static void begin_history(struct track *t, time_ms now, struct track_actions *out);

// The history asked for is stored. What it did not bring and whose window is over is a gap until it
// comes; the newest due candle, if its window is still open, is waited for as a live one.
static void go_live(struct track *t, time_ms now, struct track_actions *out)
{
    time_ms newest_due = schedule_newest_due(t->tf, now, &t->rules);
    time_ms missing = t->last > 0 ? timeframe_next(t->tf, t->last) : newest_due;

    if (newest_due >= t->history_to) {
        begin_history(t, now, out); // time went on meanwhile
        return;
    }
    t->history = TRACK_NO_HISTORY;
    t->next_open = timeframe_next(t->tf, newest_due);
    if (missing <= newest_due && newest_due >= t->first_due) {
        t->next_open = newest_due;
        t->retry_at = now;
    }
    if (missing < t->first_due) {
        missing = t->first_due;
    }
    // A market that ended long ago is not accounted for from its end again at every start.
    if (timeframe_count(t->tf, missing, t->next_open) > GAP_BACK_CANDLES) {
        missing = timeframe_step(t->tf, t->next_open, -GAP_BACK_CANDLES);
    }
    note_ledger(missing, t->next_open, POLL_GAP, 0, "not received while the hub was away", out);
    set_state(t, STREAM_LIVE, "", out);
    (void)act(out, TRACK_READY);
    find_hole_later(t, now);
}

static void begin_history(struct track *t, time_ms now, struct track_actions *out)
{
    t->history = TRACK_CATCH_UP;
    t->scan_at = 0;
    t->history_to = timeframe_next(t->tf, schedule_newest_due(t->tf, now, &t->rules));
    t->history_from = t->last > 0 ? timeframe_next(t->tf, t->last)
                                  : timeframe_step(t->tf, t->history_to, -t->bootstrap);
    t->history_tries = 0;
    t->awaiting = t->live_out = false;
    t->attempts = 0;
    t->next_open = t->history_to;
    if (t->history_from >= t->history_to) {
        go_live(t, now, out);
        return;
    }
    set_state(t, STREAM_HEALING, t->last > 0 ? "catching up" : "fetching history", out);
    poll_history(t, out);
}

// History counts as arrived once it was answered and the store has committed what came.
static void settle_history(struct track *t, time_ms now, struct track_actions *out)
{
    if (!t->history_answered) {
        return;
    }
    if (t->history == TRACK_HOLE) {
        t->history = TRACK_NO_HISTORY;
        t->history_answered = false;
        find_hole(t, out);
    } else if (t->last >= t->history_newest) {
        t->history_answered = false;
        go_live(t, now, out);
    }
}

static void history_failed(struct track *t, enum poll_outcome outcome, const char *cause,
                           time_ms now, struct track_actions *out)
{
    uint32_t step = t->history_tries < HISTORY_PAUSE_STEPS ? t->history_tries : HISTORY_PAUSE_STEPS;
    int64_t pause = (int64_t)HISTORY_PAUSE_MIN_MS << step;

    if (pause > t->rules.retry_interval_ms) {
        pause = t->rules.retry_interval_ms;
    }
    t->history_tries++;
    t->history_retry_at = now + pause;
    if (t->history == TRACK_CATCH_UP) {
        bool refused = outcome == OUTCOME_BAD_SYMBOL || outcome == OUTCOME_REFUSED;

        set_state(t, refused ? STREAM_FAILED : STREAM_HEALING, cause, out);
    }
}

static void history_answer(struct track *t, enum poll_outcome outcome, time_ms to, uint32_t rows,
                           time_ms newest, const char *cause, time_ms now,
                           struct track_actions *out)
{
    if (t->history == TRACK_NO_HISTORY || to != t->history_to || !t->history_out) {
        return; // of an order that is no longer wanted
    }
    t->history_out = false;
    if (outcome != OUTCOME_COMPLETE && outcome != OUTCOME_HOLES &&
        outcome != OUTCOME_NOT_PUBLISHED) {
        history_failed(t, outcome, cause, now, out);
        return;
    }
    t->history_answered = true;
    t->history_newest = newest;
    if (t->history == TRACK_CATCH_UP) {
        settle_history(t, now, out);
    } else if (rows == 0) { // asked twice, answered soundly twice, without these candles
        note_ledger(t->history_from, t->history_to, POLL_EXCHANGE_GAP, 0,
                    "the exchange has no such candle", out);
        t->scanned_to = t->history_to;
        settle_history(t, now, out);
    } // else what fills the hole is on its way to the store
}

// ---- live
// ----------------------------------------------------------------------------------------

static void next_candle(struct track *t)
{
    t->awaiting = t->live_out = false;
    t->attempts = 0;
    t->next_open = timeframe_next(t->tf, t->next_open);
}

static void live_answer(struct track *t, enum poll_outcome outcome, time_ms to, const char *cause,
                        time_ms now, struct track_actions *out)
{
    if (!t->awaiting || !t->live_out || to != timeframe_next(t->tf, t->next_open)) {
        return; // its window is over, or the stream heals
    }
    t->live_out = false;
    if (outcome == OUTCOME_COMPLETE || outcome == OUTCOME_HOLES) {
        set_state(t, STREAM_LIVE, "", out);
        next_candle(t);
        return;
    }
    (void)snprintf(t->cause, sizeof t->cause, "%s", cause);
    t->cause_open = t->next_open;
    t->retry_at = schedule_retry_at(t->tf, t->next_open, now, &t->rules);
    if (now < schedule_deadline(t->tf, t->next_open)) {
        note_ledger(t->next_open, timeframe_next(t->tf, t->next_open), POLL_PENDING_RETRY,
                    t->attempts, t->cause, out);
    }
    if (outcome == OUTCOME_BAD_SYMBOL || outcome == OUTCOME_REFUSED) {
        set_state(t, STREAM_FAILED, cause, out);
    }
}

// Gives up what can no longer be had in its window: the candle waited for with its tries, and all
// that closed while nobody looked (the machine slept, the time jumped). What is stored is no gap:
// the answer to its poll may be lost, or the exchange's clock had been set back.
static void give_up(struct track *t, time_ms now, struct track_actions *out)
{
    time_ms newest_due = schedule_newest_due(t->tf, now, &t->rules);
    const char *cause = track_cause(t)[0] ? t->cause : "no answer inside the candle's window";
    time_ms missing = t->last > 0 ? timeframe_next(t->tf, t->last) : 0;

    if (!t->awaiting || now < schedule_deadline(t->tf, t->next_open)) {
        return;
    }
    if (t->next_open >= missing) {
        note_ledger(t->next_open, timeframe_next(t->tf, t->next_open), POLL_GAP, t->attempts, cause,
                    out);
    }
    next_candle(t);
    // Between a close and close + delay the newest due candle is the one just given up.
    if (newest_due > t->next_open) {
        note_ledger(t->next_open > missing ? t->next_open : missing, newest_due, POLL_GAP, 0,
                    "nobody asked inside the candle's window", out);
        t->next_open = newest_due;
    }
}

static void wake_live(struct track *t, time_ms now, struct track_actions *out)
{
    give_up(t, now, out);
    while (!t->awaiting && now >= schedule_due_at(t->tf, t->next_open, &t->rules)) {
        t->awaiting = true;
        t->retry_at = now;
        give_up(t, now, out); // it was due so long ago that its window is over too
    }
    if (t->awaiting && !t->live_out && now >= t->retry_at) {
        poll_live(t, out);
    }
}

// ---- calls
// ---------------------------------------------------------------------------------------

void track_start(struct track *t, time_ms last, time_ms first_due, time_ms now,
                 struct track_actions *out)
{
    t->last = last;
    // A candle that has closed and is not due yet is the first to be waited for: were it taken for
    // history, nobody would tell the analyst when it comes.
    t->first_due = first_due > 0
                       ? first_due
                       : timeframe_next(t->tf, schedule_newest_due(t->tf, now, &t->rules));
    t->history_out = t->history_answered = false;
    begin_history(t, now, out);
}

void track_pause(struct track *t, struct track_actions *out)
{
    t->history = TRACK_NO_HISTORY;
    t->awaiting = t->live_out = t->history_out = t->history_answered = false;
    t->attempts = 0;
    set_state(t, STREAM_PAUSED, "", out);
}

void track_wake(struct track *t, time_ms now, struct track_actions *out)
{
    if (t->state == STREAM_PAUSED || t->state == STREAM_NEW) {
        return;
    }
    if (t->history != TRACK_NO_HISTORY && !t->history_out && !t->history_answered &&
        now >= t->history_retry_at) {
        poll_history(t, out);
    }
    if (t->scan_at > 0 && now >= t->scan_at && t->history == TRACK_NO_HISTORY) {
        t->scan_at = 0;
        find_hole(t, out);
    }
    if (t->history != TRACK_CATCH_UP) {
        wake_live(t, now, out);
    }
}

time_ms track_wake_at(const struct track *t)
{
    time_ms wake = INT64_MAX;
    time_ms live;

    if (t->state == STREAM_PAUSED || t->state == STREAM_NEW) {
        return wake;
    }
    if (t->history != TRACK_NO_HISTORY && !t->history_out && !t->history_answered) {
        wake = t->history_retry_at;
    }
    if (t->history == TRACK_CATCH_UP) {
        return wake;
    }
    if (t->scan_at > 0 && t->history == TRACK_NO_HISTORY) {
        wake = t->scan_at;
    }
    live = t->awaiting ? schedule_deadline(t->tf, t->next_open)
                       : schedule_due_at(t->tf, t->next_open, &t->rules);
    if (t->awaiting && !t->live_out && t->retry_at < live) {
        live = t->retry_at;
    }
    return live < wake ? live : wake;
}

void track_answer(struct track *t, enum poll_purpose purpose, enum poll_outcome outcome, time_ms to,
                  uint32_t rows, time_ms newest, const char *cause, time_ms now,
                  struct track_actions *out)
{
    if (t->state == STREAM_PAUSED || t->state == STREAM_NEW) {
        return;
    }
    if (purpose == POLL_LIVE) {
        live_answer(t, outcome, to, cause, now, out);
    } else {
        history_answer(t, outcome, to, rows, newest, cause, now, out);
    }
}

void track_stored(struct track *t, time_ms oldest, time_ms newest, time_ms now,
                  struct track_actions *out)
{
    time_ms before = t->last;

    if (newest > t->last) {
        t->last = newest;
    }
    if (t->state == STREAM_PAUSED || t->state == STREAM_NEW) {
        return;
    }
    if (t->history == TRACK_HOLE) {
        if (oldest >= t->history_from && oldest < t->history_to && newest >= t->history_newest) {
            (void)act(out, TRACK_READY); // what the analyst has seen lacks these candles
            settle_history(t, now, out);
        }
    } else if (t->history == TRACK_CATCH_UP) {
        settle_history(t, now, out);
    } else if (before > 0 && timeframe_next(t->tf, before) < newest) {
        find_hole_later(t, now); // more than one step came at once: look at what lies between
    } else if (t->scanned_to == before) {
        t->scanned_to = t->last;
    }
}

void track_hole(struct track *t, time_ms from, time_ms to, struct track_actions *out)
{
    if (t->state == STREAM_PAUSED || t->history != TRACK_NO_HISTORY) {
        return;
    }
    if (from >= to) {
        t->scanned_to = t->last;
        return;
    }
    t->scanned_to = from;
    t->history = TRACK_HOLE;
    t->history_from = from;
    t->history_to = to;
    t->history_tries = 0;
    poll_history(t, out);
}

void track_lost(struct track *t, time_ms now)
{
    if (t->live_out) {
        t->live_out = false;
        t->attempts -= t->attempts > 0; // it was no try of the exchange
        t->retry_at = now + LOST_PAUSE_MS;
    }
    if (t->history_out) {
        t->history_out = false;
        t->history_retry_at = now + LOST_PAUSE_MS;
    }
}
