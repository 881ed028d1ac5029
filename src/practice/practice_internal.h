// SPDX-License-Identifier: Apache-2.0
// Shared inside the folder: the exchange's state and one call to it.
#ifndef PRACTICE_INTERNAL_H
#define PRACTICE_INTERNAL_H

#include "net/http_server.h"
#include "practice/book.h"
#include "practice/fault.h"
#include "practice/feed.h"
#include "practice/practice.h"
#include "practice/weight.h"
#include "practice/wire.h"

#define PRACTICE_OUT_MAX     (256u * 1024u * 1024u)
#define PRACTICE_HELD_MAX    4096 // calls that faults hold back at one time
#define PRACTICE_HEADERS_MAX 8
#define PRACTICE_JSON_TYPE   "application/json;charset=UTF-8"
#define PRACTICE_SYMBOL_RULE "^[\\\\w\\\\-._&&[^a-z]]{1,50}$" // JSON-escaped, for error texts

struct held;

struct practice {
    struct loop *loop;
    struct http_server *server;
    struct practice_feed *feed;
    struct log *log;
    struct map by_symbol; // symbol -> index + 1, as a pointer-sized number
    struct practice_weight weight;
    struct fault_set faults;
    struct practice_rows rows; // scratch of one call
    struct practice_book book; // scratch of one call
    struct buf out;            // scratch of one call: the answer's body
    struct held *held;         // calls held back by faults
    size_t held_count;
    uint64_t seed;
    double speed;
    time_ms start, stop_at;
    clock_ns start_ns;
};

// Parameters of all endpoints; PARAM_BIT(x) in the table of endpoints.
enum param {
    PARAM_SYMBOL,
    PARAM_SYMBOLS,
    PARAM_SYMBOL_STATUS,
    PARAM_PERMISSIONS,
    PARAM_SHOW_SETS,
    PARAM_INTERVAL,
    PARAM_START_TIME,
    PARAM_END_TIME,
    PARAM_TIME_ZONE,
    PARAM_LIMIT,
    PARAM_TYPE,
    PARAM_COUNT
};
#define PARAM_BIT(p) (1u << (p))

struct call;

struct endpoint {
    const char *name; // as fault scripts call it
    const char *path;
    int weight;         // charged when the parameters are refused, and for weigh NULL
    unsigned params;    // bits of the parameters it knows
    unsigned mandatory; // of these, the ones that must be there
    // Weight of a call whose parameters have been read; NULL: always .weight.
    int (*weigh)(const struct call *c);
    // Writes the body to call->p->out. 0, or what call_fail() returned.
    int (*serve)(struct call *c);
};

struct call {
    struct practice *p;
    struct http_exchange *x;
    const struct http_server_request *request;
    const struct endpoint *endpoint;
    time_ms now;
    int64_t unit; // 1 = answers in milliseconds, 1000 = in microseconds
    bool has[PARAM_COUNT];
    struct str value[PARAM_COUNT];
    // Read from the parameters:
    size_t market; // of symbol
    enum timeframe timeframe;
    int64_t zone_ms;
    time_ms from, to;
    int64_t limit;
    size_t *markets; // of symbols, or all that are listed; owned
    size_t market_count;
    // The answer:
    int status;
    struct wire wire;
    int64_t retry_after_s;   // 0 = no such header
    uint64_t attempt;        // which of its kind, for the choice of faults
    struct fault_rule *rule; // answer-level fault that befalls this call, or NULL
};

// Answers with an error: body {"code":..,"msg":".."}. Returns ERR_REFUSED.
int call_fail(struct call *c, int status, int code, const char *fmt, ...) PRINTF_LIKE(4, 5);

// params.c: checks the query against the endpoint and reads it. 0 or ERR_REFUSED (answered).
int call_read_params(struct call *c) MUST_CHECK;

// What the outside sees of a market at a time, faults included.
struct market_view {
    bool listed;
    const char *status; // "TRADING", "HALT", "BREAK"
    const char *symbol; // after renaming
    time_ms data_from;  // candles before it do not exist
    // A pause [from, to) that has begun; equal = none. Candles inside are flat after a halt and
    // missing after a delisting.
    time_ms pause_from, pause_to;
    bool pause_is_flat;
};
void practice_market_view(const struct practice *p, size_t market, time_ms now,
                          struct market_view *out);
// Index of a listed market by its present symbol; false when there is none.
bool practice_market_find(const struct practice *p, struct str symbol, time_ms now,
                          size_t *out) MUST_CHECK;

// The endpoints' work.
extern const struct endpoint practice_endpoints[];
extern const size_t practice_endpoint_count;
int serve_ping(struct call *c);
int serve_time(struct call *c);
int serve_exchange_info(struct call *c);
int serve_klines(struct call *c);
int serve_depth(struct call *c);
int serve_avg_price(struct call *c);
int serve_book_ticker(struct call *c);
int serve_price(struct call *c);
int serve_stats(struct call *c);

// The feed's rows as published at q->now: pauses, publication delay and faults of single candles.
int practice_published_rows(struct practice *p, size_t market, const struct feed_query *q,
                            struct practice_rows *out) MUST_CHECK;
// Last price at a time as seen from outside; ERR_NOT_FOUND when there never was one.
int practice_last(struct practice *p, size_t market, time_ms now,
                  struct practice_row *out) MUST_CHECK;
// What was traded in [from, now) as seen from outside; ERR_NOT_FOUND when nothing was.
int practice_window(struct practice *p, size_t market, time_ms from, time_ms now,
                    struct practice_row *out) MUST_CHECK;
// Fills p->book for a market at a time; both sides empty when it is not tradable.
void practice_fill_book(struct practice *p, size_t market, time_ms now, size_t levels);

// server.c
void practice_on_request(void *arg, struct http_exchange *x,
                         const struct http_server_request *request);
// control.c: GET/POST /practice/control.
void practice_on_control(struct practice *p, struct http_exchange *x,
                         const struct http_server_request *request);
// hold.c: keeps a call for so much real time; then it gets this answer (body and headers are
// copied), or with status 0 its connection ends. ERR_FULL beyond PRACTICE_HELD_MAX.
int practice_hold(struct practice *p, struct http_exchange *x, int64_t for_ms, int status,
                  struct str body, const char *const *headers) MUST_CHECK;
void practice_hold_finish(struct practice *p);

#endif
