// SPDX-License-Identifier: Apache-2.0
// The descriptor record: everything in which one exchange's public REST data differs from another's
// (facts sheet of the exchanges, section 10). A new venue is one more record in venues.c.
#ifndef EXCHANGE_VENUE_INTERNAL_H
#define EXCHANGE_VENUE_INTERNAL_H

#include "exchange/json_reader.h"
#include "exchange/venue.h"

#include <stddef.h>

enum time_unit {
    UNIT_MS,
    UNIT_S,
    UNIT_US,
    UNIT_ISO
};

// Where in a row a value stands: an index when the rows are arrays, a name when they are objects.
struct venue_column {
    int index;       // -1: absent
    const char *key; // NULL when the rows are arrays
};
#define COL(i)                                                                                     \
    {                                                                                              \
        (i), NULL                                                                                  \
    }
#define COL_KEY(k)                                                                                 \
    {                                                                                              \
        0, (k)                                                                                     \
    }
#define COL_NONE                                                                                   \
    {                                                                                              \
        -1, NULL                                                                                   \
    }

enum candle_column {
    COLUMN_TIME,
    COLUMN_OPEN,
    COLUMN_HIGH,
    COLUMN_LOW,
    COLUMN_CLOSE,
    COLUMN_VOLUME,
    COLUMN_QUOTE_VOLUME,
    COLUMN_TRADES,
    COLUMN_CLOSED, // a flag: final when its text is closed_text
    COLUMN_COUNT
};

// Templates may hold {sym} {syms} {tf} {start} {end} {limit} {levels}; all else is sent as it
// stands.
struct venue_candles_spec {
    const char *request;
    int64_t weight;
    int rows_max;
    enum time_unit request_unit;
    // Our span is [from, to); what is sent is from + start_steps windows + start_ms, likewise for
    // to.
    int start_steps, end_steps;
    int64_t start_ms, end_ms;
    const char *root;         // path to the rows
    int cells_min, cells_max; // of an array row
    struct venue_column columns[COLUMN_COUNT];
    const char *closed_text;
    enum time_unit reply_unit;
    bool newest_first;
    const char *const *codes; // by enum timeframe; NULL = the venue has none
};

struct venue_weight_step {
    int levels_max;
    int64_t weight;
};

struct venue_book_spec {
    const char *request;
    const struct venue_weight_step *weights; // rising, ended by levels_max 0
    const int *depths;       // the only ones allowed, rising, ended by 0; NULL = any
    const char *bids, *asks; // paths to arrays of [price, quantity, …]
};

struct venue_ticker_spec {
    const char *request;
    int64_t weight;
    const char *bid, *bid_qty, *ask, *ask_qty;
    const char *symbol; // path to the symbol the reply is about; NULL = it names none
};

struct venue_stats_spec {
    const char *request;
    int64_t weight;
    const char *quote_volume, *last_price, *close_time; // close_time NULL = none
    enum time_unit close_unit;
    const char *symbol;
};

struct venue_time_spec {
    const char *request;
    int64_t weight;
    const char *value;
    enum time_unit unit;
};

enum filter_kind {
    FILTER_STEP,     // the value itself
    FILTER_DECIMALS, // a count of digits: 10^-value
    FILTER_FLAG      // a boolean
};
struct venue_filter_field {
    const char *path; // below venue_markets_spec.filters
    size_t offset;    // in struct market_filters
    enum filter_kind kind;
    bool required; // a market without it is skipped: it could not be traded safely
};

struct venue_status_name {
    const char *text;
    enum market_status status;
};

struct venue_markets_spec {
    const char *request_all, *request_one, *request_some; // some: NULL = one by one
    int64_t weight;
    const char *root; // array, or object keyed by market
    const char *symbol, *base, *quote;
    const char *status;
    const struct venue_status_name *statuses; // NULL-ended; NULL = the words of market_status_parse
    const char *base_precision, *quote_precision;
    const char *spot_allowed; // path to a boolean; NULL = all are
    const char *order_types;  // path to an array of strings with "MARKET"; NULL = all take them
    const char *filters;      // path to what the fields are below
    const struct venue_filter_field *fields; // ended by path NULL
    const char *limits;                      // path to the request-weight limit; NULL = none
    const char *limit_count, *limit_unit, *limit_units; // below it: 6000, "MINUTE", 1
};

// Judging. Rules are tried in order; the first that fits decides.
struct venue_status_rule {
    int from, to; // HTTP status, inclusive
    enum venue_reaction reaction;
    int64_t wait_ms; // of REACT_BACK_OFF when the reply names none; 0 = to the end of the window
};
struct venue_code_rule {
    int from, to; // error codes, inclusive
    enum venue_reaction reaction;
    int64_t wait_ms;
};
struct venue_text_rule {
    const char *prefix; // of the error text, for venues whose errors are words
    enum venue_reaction reaction;
    int64_t wait_ms;
};

struct venue_judge_spec {
    const char *ok_path; // where replies carry an envelope: path and the text that means success
    const char *ok_text; // NULL with ok_path: success is an empty array
    const char *code_path, *text_path;        // of error bodies
    const struct venue_status_rule *statuses; // ended by from 0
    const struct venue_code_rule *codes;      // ended by from 0
    const struct venue_text_rule *texts;      // ended by prefix NULL; NULL = none
    enum venue_reaction unknown_code;         // an error the tables do not know
    const char *weight_header; // lower case, without the window's suffix; NULL = none
    const char *retry_header;  // seconds; lower case
    const char *ban_prefix;    // of the time in ms inside an error text; NULL = none
};

struct venue_alias {
    const char *ours, *theirs; // asset names
};

struct venue {
    const char *name;
    const char *symbol_template;       // {B} {Q} upper case, {b} {q} lower case
    const struct venue_alias *aliases; // ended by ours NULL; NULL = none
    int64_t budget, budget_window_ms;
    int64_t settle_ms;
    struct venue_time_spec time;
    struct venue_markets_spec markets;
    struct venue_candles_spec candles;
    struct venue_book_spec book;
    struct venue_ticker_spec ticker;
    struct venue_stats_spec stats;
    struct venue_judge_spec judge;
};

extern const struct venue *const venue__all[]; // NULL-ended

// Times outside 1973 … 5138 are in another unit than the record says.
#define VENUE_TIME_MIN_MS INT64_C(100000000000)
#define VENUE_TIME_MAX_MS INT64_C(100000000000000)
// ERR_SYNTAX no whole number, ERR_RANGE not a time in that unit.
int venue__time_parse(struct str text, enum time_unit unit, time_ms *out) MUST_CHECK;
// A decimal at a path, from a string or number. Says in d which one is missing or malformed.
int venue__decimal_at(struct json_value in, const char *path, struct decimal *out,
                      struct diag *d) MUST_CHECK;
// The reply names the symbol it was asked for (path NULL: it names none).
int venue__symbol_check(const struct venue *v, struct json_value in, const char *path,
                        const struct pair *expected, struct diag *d) MUST_CHECK;

#endif
