// SPDX-License-Identifier: Apache-2.0
// What one reply to a poll means: rows that are sound go to the architect, the rest decides how the
// poll goes on (next page, ladder, done).
#include "agents/harvester/harvester_internal.h"

#include <stdio.h>
#include <string.h>

#define CAUSE_MAX 256

// Keeps the rows that may be stored, in place. The unfinished candle at the end is cut off
// silently: the exchange always sends it. Off-grid rows before the candle waited for are set aside
// (real data has them, and they stay); any other fault condemns the reply. Returns the number kept,
// or an error with cause.
static int keep_sound(struct poll *p, struct candle *rows, size_t count, time_ms now, char *cause)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        enum candle_fault fault = candle_check(&rows[i], p->tf, now);

        if (fault == CANDLE_OK && kept > 0 && rows[i].open_time <= rows[kept - 1].open_time) {
            fault = CANDLE_DISORDERED;
        }
        if (fault == CANDLE_UNFINISHED && i + 1 == count) {
            continue;
        }
        if (fault == CANDLE_MISALIGNED &&
            (p->purpose == POLL_HISTORY || rows[i].open_time < timeframe_prev(p->tf, p->to))) {
            p->refused++;
            continue;
        }
        if (fault != CANDLE_OK) {
            char at[TIME_TEXT_MAX];

            time_format(rows[i].open_time, at);
            (void)snprintf(cause, CAUSE_MAX, "row %zu (%s): %s", i + 1, at,
                           candle_fault_text(fault));
            return ERR_CORRUPT;
        }
        rows[kept++] = rows[i];
    }
    return (int)kept;
}

static void send_rows(struct poll *p, const struct candle *rows, size_t count, time_ms now)
{
    struct harvester *h = p->owner;
    struct channel *architect = agent_peer(h->a, ROLE_ARCHITECT);
    struct ipc_candles msg = {.stream = p->stream,
                              .timeframe = (uint8_t)p->tf,
                              .at = now,
                              .due_from = p->due_from,
                              .live_open = now < p->deadline ? timeframe_prev(p->tf, p->to) : 0,
                              .attempts = p->attempt};

    buf_clear(&h->packed);
    for (size_t i = 0; i < count; i++) {
        if (ipc_candles_add(&h->packed, &rows[i]) != 0) {
            agent_fatal(h->a, "candles cannot be packed", err_text(ERR_NO_MEMORY));
        }
    }
    msg.rows.bytes = buf_str(&h->packed);
    if (architect) { // gone: the commander asks again once it is back
        agent_send(h->a, architect, IPC_CANDLES, &msg);
    }
    p->rows += (uint32_t)count;
    p->newest = rows[count - 1].open_time;
    p->cursor = timeframe_next(p->tf, p->newest);
    agent_work(h->a, count);
}

static void not_published(struct poll *p, time_ms now)
{
    int64_t pause = schedule_ladder_ms(p->ladder_step);

    if (p->purpose == POLL_LIVE && pause >= 0 && now + pause < p->deadline) {
        p->ladder_step++;
        harvester__poll_wait(p, now + pause);
        return;
    }
    harvester__poll_done(p, OUTCOME_NOT_PUBLISHED, "the exchange has not published it");
}

// The reply is sound and its rows were sent on; received counts what the server sent.
static void carry_on(struct poll *p, size_t received, bool holes, time_ms now)
{
    bool page_full = received >= (size_t)venue_candle_limit(p->owner->exchange.venue);

    if (p->cursor >= p->to) {
        harvester__poll_done(p, holes ? OUTCOME_HOLES : OUTCOME_COMPLETE, "");
    } else if (page_full) {
        harvester__poll_again(p);
    } else if (p->purpose == POLL_LIVE) {
        not_published(p, now);
    } else {
        harvester__poll_done(p, OUTCOME_HOLES, "the exchange has no more candles in this range");
    }
}

static void rows_came(struct poll *p, struct str body)
{
    struct harvester *h = p->owner;
    time_ms now = agent_now(h->a);
    time_ms asked_from = p->cursor;
    size_t count = 0;
    struct diag d = {0};
    char cause[CAUSE_MAX] = "";
    int kept;

    // Refused rows are counted at the boundary: one more row than asked for cannot pass unseen.
    if (venue_decode_candles(h->exchange.venue, body, p->cursor, p->to, h->rows, HARVESTER_ROWS_MAX,
                             &count, &d) != 0) {
        harvester__poll_done(p, OUTCOME_FAILED, d.text);
        return;
    }
    kept = keep_sound(p, h->rows, count, now, cause);
    if (kept < 0) {
        harvester__poll_done(p, OUTCOME_FAILED, cause);
        return;
    }
    if (kept > 0) {
        bool holes = timeframe_count(p->tf, asked_from, h->rows[kept - 1].open_time) + 1 != kept;

        send_rows(p, h->rows, (size_t)kept, now);
        carry_on(p, count, holes || p->rows < timeframe_count(p->tf, p->from, p->cursor), now);
    } else { // a page without one sound row is no reason to ask for the same page again
        carry_on(p, 0, p->rows < timeframe_count(p->tf, p->from, p->cursor), now);
    }
}

void harvester__poll_reply(struct poll *p, const struct http_response *r)
{
    struct harvester *h = p->owner;
    struct venue_verdict v;

    agent_exchange_judge(&h->exchange, VENUE_CANDLES, p->weight, r, &v);
    h->weight_changed = true;
    switch (v.reaction) {
    case REACT_OK:
        rows_came(p, r->body);
        return;
    case REACT_BAD_SYMBOL:
        harvester__poll_done(p, OUTCOME_BAD_SYMBOL, v.text);
        return;
    case REACT_BAD_REQUEST: // asking the same again will not help: a timeframe it does not have
    case REACT_FATAL:
        harvester__poll_done(p, OUTCOME_REFUSED, v.text);
        return;
    default:
        harvester__poll_done(p, OUTCOME_FAILED, v.text);
        return;
    }
}
