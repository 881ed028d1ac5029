// SPDX-License-Identifier: Apache-2.0
// One stream's way through time, as a pure state machine: history first (bootstrap or catching up),
// then candle after candle: due, polled, retried inside its window, given up at the next close;
// holes of the exchange asked for twice before they are believed. Time and answers come in, actions
// come out; the commander carries them out.
//
//            start/resume                 history stored
//   (idle) ---------------> CATCHING_UP ------------------> LIVE <----+  each candle:
//                              |  ^  failed: later again     |  |      |  due -> polled -> stored
//                              +--+                          +--+------+  failed -> retry -> gap
//
// What each candle that was due ends as is the ledger's to say: SAVED by whoever stores it, GAP
// when its window passed (TRACK_LEDGER), EXCHANGE_GAP when two sound answers lacked it.
#ifndef MARKET_TRACK_H
#define MARKET_TRACK_H

#include "market/schedule.h"
#include "market/watch.h"

enum poll_purpose {
    POLL_LIVE,
    POLL_HISTORY
};

enum poll_outcome {
    OUTCOME_COMPLETE,      // the newest candle asked for was found; everything found was sent on
    OUTCOME_NOT_PUBLISHED, // the newest one was not there after the ladder
    OUTCOME_FAILED,        // transport, server or decoding
    OUTCOME_HOLES,         // the answer is sound but lacks candles inside the range
    OUTCOME_BAD_SYMBOL,
    OUTCOME_REFUSED, // for good: address blocked, location refused
    OUTCOME_COUNT
};

enum track_action_kind {
    TRACK_POLL,      // ask for candles opening in [from, to)
    TRACK_LEDGER,    // candles opening in [from, to) have this status, for this cause
    TRACK_STATE,     // the stream's state or text changed
    TRACK_READY,     // history is whole and stored: the analyst may load the stream
    TRACK_FIND_HOLE, // look for the first hole in [from, to) of the store, then track_hole()
};

struct track_action {
    enum track_action_kind kind;
    enum poll_purpose purpose; // of a poll
    time_ms from, to;
    time_ms deadline;        // of a poll: close of the window after the newest candle asked for
    uint32_t attempts;       // of a poll: this try's number; of the ledger: tries so far
    enum poll_status status; // of the ledger
    const char *cause;       // of the ledger; static or inside the track until its next call
};

#define TRACK_ACTIONS_MAX 12 // more than any call makes
struct track_actions {
    struct track_action list[TRACK_ACTIONS_MAX];
    size_t count;
};

#define TRACK_CAUSE_MAX 160

enum track_history {
    TRACK_NO_HISTORY,
    TRACK_CATCH_UP, // bootstrap, or everything since the last stored candle
    TRACK_HOLE,     // a range that a sound answer lacked, asked for once more
};

struct track {
    enum timeframe tf;
    struct schedule_rules rules;
    int64_t bootstrap; // candles wanted when nothing is stored
    // What is known
    time_ms first_due; // candles from here on are accounted for in the ledger; 0 = not started
    time_ms last;      // newest candle committed to the store; 0 = none
    enum stream_state state;
    char text[TRACK_CAUSE_MAX];  // of the state
    char cause[TRACK_CAUSE_MAX]; // of the last failure of the candle opening at cause_open
    time_ms cause_open;
    // Live
    time_ms next_open; // the candle waited for
    bool awaiting;     // it is due
    bool live_out;     // a poll for it is out
    uint32_t attempts;
    time_ms retry_at; // when awaiting with no poll out
    // History
    enum track_history history;
    bool history_out, history_answered;
    time_ms history_from, history_to;
    time_ms history_newest; // newest candle the answer brought; 0 = none
    time_ms history_retry_at;
    uint32_t history_tries;
    time_ms scanned_to; // holes before here are known
    time_ms scan_at;    // when to look for further ones; 0 = no need
};

// Every call below appends what is to be done to *out; the caller empties it (count = 0) first and
// carries it out in order, before the next call on this track.

void track_init(struct track *t, enum timeframe tf, const struct schedule_rules *rules,
                int64_t bootstrap);

// Begins, or begins again after a stop, a pause, or a lost store writer: heals from what is stored.
// last and first_due as stored (0 = none).
void track_start(struct track *t, time_ms last, time_ms first_due, time_ms now,
                 struct track_actions *out);
void track_pause(struct track *t, struct track_actions *out);
// Does what is due at now.
void track_wake(struct track *t, time_ms now, struct track_actions *out);
// When track_wake() has something to do; INT64_MAX = only after an answer.
time_ms track_wake_at(const struct track *t);
// The harvester answered a poll: to is the poll's, rows and newest what it sent to the store.
void track_answer(struct track *t, enum poll_purpose purpose, enum poll_outcome outcome, time_ms to,
                  uint32_t rows, time_ms newest, const char *cause, time_ms now,
                  struct track_actions *out);
// The store committed candles from oldest to newest.
void track_stored(struct track *t, time_ms oldest, time_ms newest, time_ms now,
                  struct track_actions *out);
// Answer to TRACK_FIND_HOLE: the first hole, or from == to == 0.
void track_hole(struct track *t, time_ms from, time_ms to, struct track_actions *out);
// Polls that were out are lost (the harvester was started again).
void track_lost(struct track *t, time_ms now);
// Why the candle waited for is not here yet; "" when nothing failed.
const char *track_cause(const struct track *t);

#endif
