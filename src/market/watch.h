// SPDX-License-Identifier: Apache-2.0
// What a user may say about a stream: "VET 4h", "VET/USDT 4h", states, names of portfolios. Pure.
#ifndef MARKET_WATCH_H
#define MARKET_WATCH_H

#include "market/pair.h"
#include "market/timeframe.h"

#define NAME_MAX_BYTES 48 // portfolio, strategy and exchange names, with NUL

// Names: 1..47 of [A-Za-z0-9._-], not starting with '-' or '.'. ERR_INVALID with a sentence in d.
int name_check(struct str name, const char *what, struct diag *d) MUST_CHECK;

enum stream_state {
    STREAM_NEW,     // in the watchlist, nothing fetched yet
    STREAM_HEALING, // bootstrap or catching up
    STREAM_LIVE,
    STREAM_PAUSED,
    STREAM_HALTED, // the market does not trade; polling goes on
    STREAM_FAILED, // cannot be polled (unknown symbol, refused); says why
    STREAM_STATE_COUNT
};
const char *stream_state_name(enum stream_state s); // "new", "healing", "live", ...
int stream_state_parse(struct str text, enum stream_state *out) MUST_CHECK;

// Ledger: what became of a candle that was due.
enum poll_status {
    POLL_DUE,           // asked for, no answer yet
    POLL_PENDING_RETRY, // a try failed; another comes inside the window
    POLL_SAVED,         // stored (late tells whether inside its window)
    POLL_GAP, // the window passed without it (a later poll may still bring it: SAVED, late)
    POLL_EXCHANGE_GAP, // the exchange itself has no such candle, confirmed
    POLL_STATUS_COUNT
};
const char *poll_status_name(enum poll_status s); // "DUE", "PENDING_RETRY", ...; static
int poll_status_parse(struct str text, enum poll_status *out) MUST_CHECK;

#endif
