// SPDX-License-Identifier: Apache-2.0
// Is a stream whole? Its grid is walked beside what is stored and what the ledger and the gap log
// say, and every open time that lacks its candle is given the one reason that the records support.
// Pure: the caller reads the records, a block of the grid at a time.
#ifndef MARKET_VERIFY_H
#define MARKET_VERIFY_H

#include "market/candle.h"
#include "market/watch.h"

#include <stddef.h>

// What is recorded about one open time of the grid.
struct verify_cell {
    bool stored;
    bool late, revised;
    enum candle_source source; // of a stored one
    enum candle_fault fault;   // of a stored one
    bool has_ledger;
    enum poll_status status; // of the ledger row
    bool has_gap, exchange_gap, filled;
};

// Why a candle is not there, from the harmless to the alarming.
enum verify_why {
    VERIFY_OPEN,         // its window is open: it is being asked for
    VERIFY_RETRY,        // PENDING_RETRY: a try failed, the hub asks again
    VERIFY_EXCHANGE_GAP, // the exchange itself has no such candle, confirmed
    VERIFY_GAP,          // GAP: its window passed; it can still be fetched
    VERIFY_LOST,         // the ledger says SAVED and the candle is not there
    VERIFY_UNEXPLAINED,  // nothing is recorded about it
    VERIFY_WHY_COUNT
};
// "OPEN", "PENDING_RETRY", "EXCHANGE_GAP", "GAP", "LOST", "UNEXPLAINED"; static.
const char *verify_why_name(enum verify_why why);
// A sentence for people; static.
const char *verify_why_text(enum verify_why why);
// Does this kind leave a stream whole (nothing that could be had is missing)?
bool verify_why_is_whole(enum verify_why why);

struct verify_hole { // open times in [from, to), all missing for the same reason
    time_ms from, to;
    int64_t candles;
    enum verify_why why;
};

struct verify_result {
    int64_t expected;               // open times of the grid looked at
    int64_t stored;                 // of them
    int64_t late, revised, invalid; // of the stored ones
    int64_t missing[VERIFY_WHY_COUNT];
    int64_t holes;           // runs of missing candles
    int64_t without_ledger;  // stored as live or healed, settled, without a row
    int64_t ledger_disputes; // stored, but the ledger says otherwise
};

struct verify {
    enum timeframe tf;
    time_ms settled;     // candles whose window was over by then are settled; 0: the hub is at rest
    time_ms ledger_from; // older ledger rows are no longer kept
    void (*on_hole)(void *arg, const struct verify_hole *hole);
    void *arg;
    struct verify_result result;
    struct verify_hole run; // the hole under way; candles == 0: none
    time_ms next;           // open time that the next block must begin with; 0 before the first
};

// settled: exchange time less the time the hub is allowed for writing; 0 when no hub runs (then
// PENDING_RETRY explains whatever its window, since the next start asks again). on_hole may be
// NULL; it is called for each hole, in order, inside verify_block() and verify_end().
void verify_begin(struct verify *v, enum timeframe tf, time_ms settled, time_ms ledger_from,
                  void (*on_hole)(void *arg, const struct verify_hole *hole), void *arg);
// count cells of the grid from open time first on; blocks follow one another without a break.
// ERR_INVALID when they do not, or first is off the grid.
int verify_block(struct verify *v, time_ms first, const struct verify_cell *cells,
                 size_t count) MUST_CHECK;
// Reports the last hole; v->result is complete.
void verify_end(struct verify *v);
// Why the candle opening at open is missing; its cell is not stored.
enum verify_why verify_missing_why(const struct verify *v, time_ms open,
                                   const struct verify_cell *cell);
// Nothing that can be had is missing, nothing stored is wrong, and the ledger agrees.
bool verify_is_whole(const struct verify_result *r);

#endif
