// SPDX-License-Identifier: Apache-2.0
// The grid beside the records.
#include "market/verify.h"

#include "market/schedule.h"

static const struct {
    const char *name, *text;
    bool whole;
} whys[VERIFY_WHY_COUNT] = {
    [VERIFY_OPEN] = {"OPEN", "its window is open and the hub asks for it", true},
    [VERIFY_RETRY] = {"PENDING_RETRY", "a try failed and the hub asks again", true},
    [VERIFY_EXCHANGE_GAP] = {"EXCHANGE_GAP", "the exchange has no such candle", true},
    [VERIFY_GAP] = {"GAP", "it did not come inside its window", false},
    [VERIFY_LOST] = {"LOST", "the ledger says SAVED, but the candle is not stored", false},
    [VERIFY_UNEXPLAINED] = {"UNEXPLAINED", "nothing is recorded about it", false},
};

const char *verify_why_name(enum verify_why why)
{
    return whys[why].name;
}

const char *verify_why_text(enum verify_why why)
{
    return whys[why].text;
}

bool verify_why_is_whole(enum verify_why why)
{
    return whys[why].whole;
}

void verify_begin(struct verify *v, enum timeframe tf, time_ms settled, time_ms ledger_from,
                  void (*on_hole)(void *arg, const struct verify_hole *hole), void *arg)
{
    *v = (struct verify){
        .tf = tf, .settled = settled, .ledger_from = ledger_from, .on_hole = on_hole, .arg = arg};
}

static bool window_is_open(const struct verify *v, time_ms open)
{
    return v->settled == 0 || schedule_deadline(v->tf, open) > v->settled;
}

enum verify_why verify_missing_why(const struct verify *v, time_ms open,
                                   const struct verify_cell *cell)
{
    if (cell->has_gap && cell->exchange_gap) {
        return VERIFY_EXCHANGE_GAP;
    }
    if (cell->has_ledger) {
        switch (cell->status) {
        case POLL_SAVED:
            return VERIFY_LOST;
        case POLL_EXCHANGE_GAP:
            return VERIFY_EXCHANGE_GAP;
        case POLL_GAP:
            return VERIFY_GAP;
        case POLL_DUE:
        case POLL_PENDING_RETRY:
        default:
            return window_is_open(v, open) ? VERIFY_RETRY : VERIFY_UNEXPLAINED;
        }
    }
    if (cell->has_gap) {
        return cell->filled ? VERIFY_LOST : VERIFY_GAP;
    }
    // With no hub at work nothing is being asked for.
    return v->settled > 0 && window_is_open(v, open) ? VERIFY_OPEN : VERIFY_UNEXPLAINED;
}

static void end_run(struct verify *v)
{
    if (v->run.candles == 0) {
        return;
    }
    v->result.holes++;
    if (v->on_hole) {
        v->on_hole(v->arg, &v->run);
    }
    v->run.candles = 0;
}

static void take_missing(struct verify *v, time_ms open, const struct verify_cell *cell)
{
    enum verify_why why = verify_missing_why(v, open, cell);

    v->result.missing[why]++;
    if (v->run.candles > 0 && v->run.why != why) {
        end_run(v);
    }
    if (v->run.candles == 0) {
        v->run = (struct verify_hole){.from = open, .why = why};
    }
    v->run.candles++;
    v->run.to = timeframe_next(v->tf, open);
}

static void take_stored(struct verify *v, time_ms open, const struct verify_cell *cell)
{
    struct verify_result *r = &v->result;

    end_run(v);
    r->stored++;
    r->late += cell->late;
    r->revised += cell->revised;
    r->invalid += cell->fault != CANDLE_OK;
    if (cell->source == CANDLE_BOOTSTRAP) {
        return; // history is not accounted for candle by candle
    }
    if (!cell->has_ledger) {
        // What closed after the settled time may have been stored since the ledger was read.
        r->without_ledger += open >= v->ledger_from &&
                             (v->settled == 0 || timeframe_next(v->tf, open) <= v->settled);
    } else if (cell->status != POLL_SAVED) {
        r->ledger_disputes++;
    }
}

int verify_block(struct verify *v, time_ms first, const struct verify_cell *cells, size_t count)
{
    time_ms open = first;

    if (!timeframe_is_aligned(v->tf, first) || (v->next != 0 && v->next != first)) {
        return ERR_INVALID;
    }
    for (size_t i = 0; i < count; i++) {
        v->result.expected++;
        if (cells[i].stored) {
            take_stored(v, open, &cells[i]);
        } else {
            take_missing(v, open, &cells[i]);
        }
        open = timeframe_next(v->tf, open);
    }
    v->next = open;
    return 0;
}

void verify_end(struct verify *v)
{
    end_run(v);
}

bool verify_is_whole(const struct verify_result *r)
{
    for (int why = 0; why < VERIFY_WHY_COUNT; why++) {
        if (r->missing[why] > 0 && !whys[why].whole) {
            return false;
        }
    }
    return r->invalid == 0 && r->without_ledger == 0 && r->ledger_disputes == 0;
}
