// SPDX-License-Identifier: Apache-2.0
// What a user asks of the watchlist and the portfolios, executed on a store: the same code whether
// the hub runs (the architect calls it for the commander) or not (the command line calls it).
// Reading (list, show) needs no request: the command line reads the store itself.
//
// A request is an operation and key/value arguments:
//   watch.add        pair timeframe [portfolio] [exchange] {strategy source inputs}…
//   watch.remove     pair timeframe [portfolio] [exchange] [strategy]   (a strategy: only that one)
//   watch.pause / watch.resume   pair timeframe [exchange]
//   portfolio.create name [balance quote order_size max_exposure_pair max_exposure_total fee_bps
//   mode] portfolio.set    name {same keys} portfolio.remove name
// A strategy is the file's name without directory, its source text, and its inputs as typed
// ("fast=9 slow=21"); the three come in a row, any number of times.
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include "base/buf.h"
#include "config/config.h"
#include "exchange/venue.h"
#include "store/store.h"

struct control_env {
    struct store *store; // writable; a transaction is open: the caller commits or rolls back
    const struct config *config;
    time_ms now; // exchange time; 0 = not known (the wall clock is used for stamps only)
};

// exit_code follows sysexits: 0 done, 1 negative result, 64 usage, 65 bad data, 69 unreachable,
// 70 internal, 75 temporary, 78 configuration. Not 0: nothing may be committed.
struct control_reply {
    int exit_code;
    struct buf text;       // for people: what was done, or what is wrong and what to do next
    struct buf json;       // an array with one object a changed thing
    struct buf streams;    // decimal ids of streams to look at again, separated by blanks
    struct buf portfolios; // same of portfolios
};

void control_reply_init(struct control_reply *r);
void control_reply_finish(struct control_reply *r);

// Arguments are packed as u32 length + bytes, key then value.
int control_arg_add(struct buf *args, const char *key, struct str value) MUST_CHECK;
bool control_arg_next(struct str *rest, struct str *key, struct str *value);

// Always fills the reply; the return value is only for lack of memory or a broken store.
int control_execute(const struct control_env *env, struct str op, struct str args,
                    struct control_reply *reply) MUST_CHECK;

#endif
