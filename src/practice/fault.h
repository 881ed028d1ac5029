// SPDX-License-Identifier: Apache-2.0
// Fault scripts of the practice exchange: one fault a line, seeded and repeatable. The language is
// described in docs/practice.md. Parsing and choosing are pure; server.c and klines.c act.
//
//   klines symbol=VETUSDT interval=4h rate=0.1 from=+1h to=+2h late=30s
//   *      rate=0.01 status=500
//   market symbol=BTCUSDT from=+2h to=+3h halt
//   time   from=+1d offset=-90s
#ifndef PRACTICE_FAULT_H
#define PRACTICE_FAULT_H

#include "base/map.h"
#include "market/pair.h"
#include "market/timeframe.h"

#define FAULT_RULES_MAX        1000
#define FAULT_SCRIPT_MAX_BYTES (256u * 1024u)
#define FAULT_SYMBOL_MAX       (2 * ASSET_MAX)

// What a fault is done to.
enum fault_level {
    FAULT_ANSWER, // a whole answer, decided per request
    FAULT_ROWS,   // the rows of one klines answer, decided per request
    FAULT_CANDLE, // a candle, decided once for all requests
    FAULT_MARKET, // a market, for a time
    FAULT_CLOCK   // serverTime, for a time
};

// X(enumerator suffix, word in scripts, level, argument, text for the manual)
// Arguments: NONE, NUMBER, DURATION (may be left out when a default is said), SIGNED, WORD.
#define FAULT_TABLE(X)                                                                             \
    X(STATUS, "status", ANSWER, NUMBER, "this HTTP status with the exchange's usual body")         \
    X(HTML, "html", ANSWER, NONE, "status 200 with a web page instead of JSON")                    \
    X(HANG, "hang", ANSWER, DURATION, "no answer; the connection ends after this real time")       \
    X(DELAY, "delay", ANSWER, DURATION, "the right answer, this real time later")                  \
    X(RESET, "reset", ANSWER, NONE, "the connection is reset")                                     \
    X(CLOSE, "close", ANSWER, NONE, "the connection ends without an answer")                       \
    X(DRIP, "drip", ANSWER, DURATION, "the right answer, 16 bytes at a time with this real pause") \
    X(TRUNCATE, "truncate", ANSWER, NONE, "the connection ends in the middle of the body")         \
    X(CUT, "cut", ANSWER, NONE, "half of the JSON text as a complete answer")                      \
    X(GARBAGE, "garbage", ANSWER, NONE, "JSON of another shape")                                   \
    X(WRONG_SYMBOL, "wrong_symbol", ANSWER, NONE, "the answer of another market")                  \
    X(DUPLICATE, "duplicate", ROWS, NONE, "one candle twice")                                      \
    X(MISSING, "missing", ROWS, NONE, "one candle left out")                                       \
    X(MISALIGNED, "misaligned", ROWS, NONE, "one open time off the grid")                          \
    X(UNSORTED, "unsorted", ROWS, NONE, "two candles change places")                               \
    X(UNFINISHED, "unfinished", ROWS, NONE, "a candle of the future at the end")                   \
    X(IMPOSSIBLE, "impossible", ROWS, NONE, "a high below the low")                                \
    X(NEGATIVE, "negative", ROWS, NONE, "a price below zero")                                      \
    X(NOT_A_NUMBER, "nan", ROWS, NONE, "a price that is no number")                                \
    X(SWAP, "swap", ROWS, NONE, "high and low columns change places")                              \
    X(EMPTY, "empty", ROWS, NONE, "no candle at all")                                              \
    X(LATE, "late", CANDLE, DURATION, "published so much exchange time after its close")           \
    X(STALE, "stale", CANDLE, DURATION, "shown unfinished for so long after its close")            \
    X(REVISE, "revise", CANDLE, DURATION, "its close and volume change so long after its close")   \
    X(GAP, "gap", CANDLE, NONE, "never there")                                                     \
    X(OFF_GRID, "off_grid", CANDLE, NONE, "opens some seconds late, for ever")                     \
    X(HALT, "halt", MARKET, NONE, "status HALT, no trades")                                        \
    X(DELIST, "delist", MARKET, NONE, "status BREAK, no more data")                                \
    X(REMOVE, "remove", MARKET, NONE, "gone from the exchange")                                    \
    X(RENAME, "rename", MARKET, WORD, "answers to another symbol only")                            \
    X(UNLISTED, "unlisted", MARKET, NONE, "not yet there; listed with its first candle at to=")    \
    X(OFFSET, "offset", CLOCK, SIGNED, "serverTime is off by so much")

enum fault_kind {
#define X(name, word, level, argument, text) FAULT_KIND_##name,
    FAULT_TABLE(X)
#undef X
    FAULT_KIND_COUNT
};

struct fault_rule {
    uint32_t id; // 1, 2, 3 ... in the order they were added; seeds the choice
    enum fault_kind kind;
    char endpoint[16];             // "" = any
    char symbol[FAULT_SYMBOL_MAX]; // "" = any
    bool any_timeframe;
    enum timeframe timeframe;
    double rate;      // 0 < rate <= 1
    time_ms from, to; // exchange time, [from, to)
    int64_t limit;    // most often, 0 = no limit
    int64_t used;
    int64_t amount;        // status, or milliseconds
    int64_t retry_after_s; // with status; 0 = as the exchange has it, -1 = none
    char word[FAULT_SYMBOL_MAX];
    char text[160]; // the line as written
};

struct fault_set {
    struct fault_rule *rules; // owned
    size_t count;
    uint32_t next_id;
    uint64_t seed;
    struct map
        attempts; // requests seen so far for each (symbol, timeframe): makes choices repeatable
    bool has_level[FAULT_CLOCK + 1];
};

void fault_set_init(struct fault_set *s, uint64_t seed);
void fault_set_finish(struct fault_set *s);
// Adds the rules of a script; start is what "+1h" counts from. All or nothing: on ERR_SYNTAX,
// ERR_RANGE, ERR_FULL and ERR_NO_MEMORY no rule was added, d has line, column and text.
int fault_set_parse(struct fault_set *s, struct str script, time_ms start,
                    struct diag *d) MUST_CHECK;
// Removes one rule (id > 0) or all (0). False when there is no such rule.
bool fault_set_remove(struct fault_set *s, uint32_t id);

struct fault_subject {
    struct str endpoint, symbol; // symbol may be empty
    bool has_timeframe;
    enum timeframe timeframe;
};
// Counts a request; the same sequence of requests of one (endpoint, symbol, timeframe) meets the
// same faults in every run with the same seed.
uint64_t fault_attempt(struct fault_set *s, const struct fault_subject *subject);
// First rule of a level that befalls this attempt (FAULT_ANSWER, FAULT_ROWS), or NULL. Uses it up.
struct fault_rule *fault_choose(struct fault_set *s, enum fault_level level,
                                const struct fault_subject *subject, uint64_t attempt, time_ms now);
// First rule of that kind that befalls a candle (by its open time; from and to mean open times).
struct fault_rule *fault_of_candle(struct fault_set *s, enum fault_kind kind,
                                   const struct fault_subject *subject, time_ms open);
// Rules of FAULT_MARKET and FAULT_CLOCK in force at now: starts with *at = 0, NULL at the end.
const struct fault_rule *fault_next(const struct fault_set *s, enum fault_level level,
                                    struct str symbol, time_ms now, size_t *at);
enum fault_level fault_level_of(enum fault_kind kind);
const char *fault_word(enum fault_kind kind);

#endif
