// SPDX-License-Identifier: Apache-2.0
// An exchange as data: one descriptor record a venue (paths, parameter names, units, columns,
// limits), from which requests are built and replies decoded. Sans I/O: bytes and times come in,
// bytes and decisions go out.
#ifndef EXCHANGE_VENUE_H
#define EXCHANGE_VENUE_H

#include "base/buf.h"
#include "market/candle.h"
#include "market/pair.h"
#include "trade/book.h"
#include "trade/filters.h"

struct venue; // the record; static, see venues.c

// "binance". ERR_NOT_FOUND names the known ones in d.
int venue_find(struct str name, const struct venue **out, struct diag *d) MUST_CHECK;
const char *venue_name(const struct venue *v);
bool venue_has_timeframe(const struct venue *v, enum timeframe tf);
int venue_candle_limit(const struct venue *v); // rows a request may ask for
int64_t venue_settle_ms(const struct venue *v);
void venue_symbol(const struct venue *v, const struct pair *p, char out[static 2 * ASSET_MAX]);
// The documented request budget before the server states its own (limit, window).
void venue_default_budget(const struct venue *v, int64_t *limit, int64_t *window_ms);

enum venue_call {
    VENUE_TIME,
    VENUE_MARKETS, // all markets, or those of one symbol
    VENUE_CANDLES,
    VENUE_BOOK,
    VENUE_TICKER, // best bid and ask
    VENUE_STATS,  // 24 h volume
    VENUE_CALL_COUNT
};

#define VENUE_TARGET_MAX 1024

struct venue_request {
    enum venue_call call;
    char target[VENUE_TARGET_MAX]; // path and query, to be put behind the base URL
    int64_t weight;                // what the venue charges for it
};

int venue_build_time(const struct venue *v, struct venue_request *out) MUST_CHECK;
// symbols: NULL/0 = all markets.
int venue_build_markets(const struct venue *v, const struct pair *pairs, size_t count,
                        struct venue_request *out) MUST_CHECK;
// Candles whose open time lies in [from, to); at most limit rows (<= venue_candle_limit).
int venue_build_candles(const struct venue *v, const struct pair *p, enum timeframe tf,
                        time_ms from, time_ms to, int limit, struct venue_request *out) MUST_CHECK;
int venue_build_book(const struct venue *v, const struct pair *p, int levels,
                     struct venue_request *out) MUST_CHECK;
int venue_build_ticker(const struct venue *v, const struct pair *p,
                       struct venue_request *out) MUST_CHECK;
int venue_build_stats(const struct venue *v, const struct pair *p,
                      struct venue_request *out) MUST_CHECK;

// What a reply means for the one who asked.
enum venue_reaction {
    REACT_OK,
    REACT_RETRY,       // a passing failure: the caller's retry rule applies
    REACT_BACK_OFF,    // the whole address must be silent until wait_until_ms (429, 418 ban, 403
                       // block)
    REACT_BAD_SYMBOL,  // the market is unknown (delisted, renamed): refresh the market list
    REACT_BAD_REQUEST, // our request is wrong: do not repeat it unchanged
    REACT_RESYNC_CLOCK,
    REACT_FATAL, // refused for good (451 location, bad key): stop and tell the operator
    REACT_COUNT
};
const char *venue_reaction_name(enum venue_reaction r);

#define VENUE_HEADERS_MAX 8
struct venue_header {
    struct str name, value; // as received, any letter case
};
struct venue_reply {
    int status; // HTTP status; 0 when no reply came (then transport_error says why)
    const char *transport_error;
    struct str body;
    struct venue_header headers[VENUE_HEADERS_MAX]; // those of interest (weights, Retry-After)
    size_t header_count;
    time_ms received; // exchange time
};
struct venue_verdict {
    enum venue_reaction reaction;
    int64_t used_weight;   // from the header; -1 when absent
    time_ms wait_until_ms; // of REACT_BACK_OFF
    int code;              // the venue's own error code, 0 when none
    char text[160]; // for the ledger and the log: "HTTP 429 code -1003: Too much request weight"
};
// Judges status, headers and error body (table of codes per venue). Does not decode the payload.
void venue_judge(const struct venue *v, enum venue_call call, const struct venue_reply *reply,
                 struct venue_verdict *out);
// True when this response header's name is one venue_judge wants to see.
bool venue_wants_header(const struct venue *v, struct str name);

// Decoders: strict; ERR_SYNTAX (no valid JSON) or ERR_PROTOCOL (not what was asked for) with d:
// what, and at which row (d->line) and column (d->column), 1-based. Candles: rows outside [from,
// to) and rows that the venue itself flags as unfinished are dropped, the order of the venue is
// turned into oldest first, neighbours equal in every value are merged. Refused: a wrong number of
// columns, a cell that is no number, a time in another unit, a quote volume that cannot belong to
// volume and prices (swapped columns), more rows than cap. Anything else that is odd (misaligned,
// disordered, missing, impossible, unfinished by the clock) is the caller's to judge by
// candle_check, row by row: rows come out as received. On error *count is 0.
int venue_decode_candles(const struct venue *v, struct str body, time_ms from, time_ms to,
                         struct candle *out, size_t cap, size_t *count, struct diag *d) MUST_CHECK;
int venue_decode_time(const struct venue *v, struct str body, time_ms *out,
                      struct diag *d) MUST_CHECK;
// Calls each() for every market in the body, one at a time (the body may be many MB; memory stays
// at one market), after the whole body was found to be valid JSON. A market that cannot be
// understood (also one without tick or lot size) is skipped and counted. Stops on each() != 0 and
// returns that. limits and skipped may be NULL.
struct venue_limits {
    int64_t weight_limit, weight_window_ms; // 0 when the reply has none
};
int venue_decode_markets(const struct venue *v, struct str body,
                         int (*each)(void *arg, const struct market *m), void *arg,
                         struct venue_limits *limits, size_t *skipped, struct diag *d) MUST_CHECK;
// At most BOOK_LEVELS_MAX levels a side. Refused: levels out of order, zero or negative ones, a
// best bid that is not below the best ask.
int venue_decode_book(const struct venue *v, struct str body, struct book *out,
                      struct diag *d) MUST_CHECK;
// expected: ERR_PROTOCOL when the reply names another symbol; NULL = any. A side without orders is
// zero in price and quantity.
struct venue_ticker {
    struct decimal bid, bid_qty, ask, ask_qty;
};
int venue_decode_ticker(const struct venue *v, struct str body, const struct pair *expected,
                        struct venue_ticker *out, struct diag *d) MUST_CHECK;
struct venue_stats {
    struct decimal quote_volume, last_price;
    time_ms close_time;
};
int venue_decode_stats(const struct venue *v, struct str body, const struct pair *expected,
                       struct venue_stats *out, struct diag *d) MUST_CHECK;

#endif
