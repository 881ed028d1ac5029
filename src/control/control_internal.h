// SPDX-License-Identifier: Apache-2.0
// Inside control: one request while it is executed, and what its operations share.
#ifndef CONTROL_INTERNAL_H
#define CONTROL_INTERNAL_H

#include "base/jsonw.h"
#include "control/control.h"

// Exit codes by sysexits, as the command line gives them back.
enum {
    EXIT_CODE_NEGATIVE = 1,
    EXIT_CODE_USAGE = 64,
    EXIT_CODE_DATA = 65,
    EXIT_CODE_BUG = 70,
    EXIT_CODE_LATER = 75,
    EXIT_CODE_REFUSED = 77,
    EXIT_CODE_CONFIG = 78
};

// What an operation returns besides 0 and errors: the reply says why it is refused.
#define CONTROL__REFUSED 1

struct request {
    const struct control_env *env;
    struct control_reply *reply;
    struct str args;
    time_ms now; // for stamps: exchange time, else wall time
};

// The (exchange, pair, timeframe) a request is about.
struct target {
    const struct venue *venue;
    char exchange[NAME_MAX_BYTES];
    struct pair pair;
    char pair_text[PAIR_TEXT_MAX];
    enum timeframe tf;
    struct market market; // filled by control__target_market() only
};

// Replaces the reply by a refusal. Always CONTROL__REFUSED, or lack of memory.
int control__refuse(struct request *rq, int exit_code, const char *fmt, ...)
    PRINTF_LIKE(3, 4) MUST_CHECK;
int control__say(struct request *rq, const char *fmt, ...) PRINTF_LIKE(2, 3) MUST_CHECK;
// First value of a key; false (and the empty slice) when it is not given.
bool control__arg(const struct request *rq, const char *key, struct str *out);
// Appends an id to reply.streams or reply.portfolios.
int control__add_id(struct buf *ids, int64_t id) MUST_CHECK;

// target.c
// For a stream to be added: the market must be listed and trading, the venue have the timeframe.
int control__target_market(struct request *rq, struct target *out) MUST_CHECK;
// For a stream that is there already, its market listed or not. ERR_NOT_FOUND never comes out: it
// is refused with where to look.
int control__target_stream(struct request *rq, struct target *out,
                           struct store_stream *stream) MUST_CHECK;

// suggest.c: the nearest markets to what was typed: "; did you mean VET/USDT or ..?" or "".
int control__suggest(struct request *rq, const char *exchange, struct str typed,
                     struct buf *out) MUST_CHECK;

// limits.c: may one more stream of this timeframe be polled?
int control__check_limits(struct request *rq, const struct target *t) MUST_CHECK;

// portfolio.c: the portfolio a request names, or "main", which may be made on first use.
int control__portfolio_use(struct request *rq, bool may_create,
                           struct store_portfolio *out) MUST_CHECK;
int control__portfolio_create(struct request *rq) MUST_CHECK;
int control__portfolio_set(struct request *rq) MUST_CHECK;
int control__portfolio_remove(struct request *rq) MUST_CHECK;

// strategies.c: binds each strategy of the request to the entry. *changed counts those that were
// not there before in just this version and with just these inputs.
int control__strategies_put(struct request *rq, const struct target *t, int64_t entry_id,
                            int64_t stream_id, size_t *changed) MUST_CHECK;

// watch.c
int control__watch_add(struct request *rq) MUST_CHECK;
int control__watch_remove(struct request *rq) MUST_CHECK;
int control__watch_pause(struct request *rq) MUST_CHECK;
int control__watch_resume(struct request *rq) MUST_CHECK;

#endif
