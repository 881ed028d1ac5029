// SPDX-License-Identifier: Apache-2.0
// The operations on the hub's truth. One writer (the architect, or a CLI command while no hub
// runs), any number of readers. Back ends: sqlite/ (default), postgres/ (later); callers see only
// this.
//
// Writes happen inside store_begin/store_commit (one transaction a burst); outside they are refused
// with ERR_INVALID. All functions return 0 or an error: ERR_NOT_FOUND, ERR_EXISTS, ERR_BUSY
// (another writer), ERR_DISK_FULL, ERR_READ_ONLY, ERR_CORRUPT, ERR_TOO_NEW (schema of a newer
// version), ERR_SYSTEM; store_last_error() has the words. After ERR_DISK_FULL, ERR_READ_ONLY,
// ERR_CORRUPT or ERR_SYSTEM the burst is lost: store_commit gives the same error and rolls back,
// and the store can be used again. Strings in rows passed to callbacks are valid during the
// callback only. A callback returns 0 to go on; any other value ends the listing and is returned by
// it. Callbacks may call the store; they should be brief, because a listing holds a snapshot.
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/clock.h"
#include "base/decimal.h"
#include "base/err.h"
#include "market/candle.h"
#include "market/watch.h"
#include "trade/filters.h"
#include "trade/gate.h"
#include "trade/portfolio.h"
#include "trade/signal.h"

struct store;

struct store_options {
    const char *backend;  // "sqlite"
    const char *location; // data directory; connection string for a server database
    bool writable;        // takes the writer's lock, creates and migrates; ERR_BUSY when taken
    int64_t cache_bytes;  // page cache of each file; 0 = small
};

int store_open(const struct store_options *o, struct store **out, struct diag *d) MUST_CHECK;
void store_close(struct store *s);
const char *store_last_error(const struct store *s);
int store_schema_version(struct store *s, int *out) MUST_CHECK;

// What was found at opening and since: files set aside, candles lost in a power cut and to be
// fetched again. Empty when all was well. Valid until the next call on this store.
const char *store_recovery_note(const struct store *s);

int store_begin(struct store *s) MUST_CHECK;
int store_commit(struct store *s) MUST_CHECK;
void store_rollback(struct store *s);

// ---- exchanges and markets -----------------------------------------------------------------
// Inserts or refreshes markets of an exchange. now: exchange time of the listing.
int store_market_put(struct store *s, const char *exchange, const struct market *m,
                     time_ms now) MUST_CHECK;
int store_market_get(struct store *s, const char *exchange, const struct pair *p,
                     struct market *out) MUST_CHECK;
int store_market_each(struct store *s, const char *exchange,
                      int (*each)(void *arg, const struct market *m), void *arg) MUST_CHECK;
// When the list was last refreshed; 0 = never.
int store_market_refreshed(struct store *s, const char *exchange, time_ms *out) MUST_CHECK;

// ---- portfolios, strategies, watchlist ------------------------------------------------------
struct store_portfolio {
    int64_t id;
    struct portfolio_settings settings;
    struct decimal cash;
    time_ms created_at;
};
int store_portfolio_create(struct store *s, const struct portfolio_settings *p, time_ms now,
                           int64_t *out_id) MUST_CHECK; // ERR_EXISTS
int store_portfolio_update(struct store *s, int64_t id,
                           const struct portfolio_settings *p) MUST_CHECK;
int store_portfolio_remove(struct store *s,
                           int64_t id) MUST_CHECK; // ERR_BUSY: has entries or positions
int store_portfolio_find(struct store *s, const char *name, struct store_portfolio *out) MUST_CHECK;
int store_portfolio_get(struct store *s, int64_t id, struct store_portfolio *out) MUST_CHECK;
int store_portfolio_each(struct store *s, int (*each)(void *arg, const struct store_portfolio *p),
                         void *arg) MUST_CHECK;

// A strategy version: its source by content hash. The same name and source are stored once.
struct store_strategy {
    int64_t id;
    const char *name; // file name without directory
    const char *hash; // lower-case hex of the content hash
    struct str source;
    time_ms added_at;
};
int store_strategy_put(struct store *s, const char *name, const char *hash, struct str source,
                       time_ms now, int64_t *out_id) MUST_CHECK; // existing: its id
int store_strategy_get(struct store *s, int64_t id,
                       int (*with)(void *arg, const struct store_strategy *st),
                       void *arg) MUST_CHECK;

// A stream is one (exchange, pair, timeframe), polled once however many portfolios watch it.
struct store_stream {
    int64_t id;
    char exchange[NAME_MAX_BYTES];
    struct pair pair;
    enum timeframe timeframe;
    bool paused;
    bool active;       // some portfolio entry watches it
    time_ms added_at;  // exchange time
    time_ms first_due; // open time of the first candle that was due live after adding; 0 = not yet
    time_ms origin;    // open time of the first candle strategies start from; 0 = not yet
    time_ms analysed_to; // open time of the last candle whose analysis is complete; 0 = none
    time_ms last_open;   // newest stored candle; 0 = none
    uint32_t candle_count;
    enum stream_state state;
    char state_text[128];
};
int store_stream_ensure(struct store *s, const char *exchange, const struct pair *p,
                        enum timeframe tf, time_ms now, int64_t *out_id) MUST_CHECK;
int store_stream_get(struct store *s, int64_t id, struct store_stream *out) MUST_CHECK;
int store_stream_find(struct store *s, const char *exchange, const struct pair *p,
                      enum timeframe tf, struct store_stream *out) MUST_CHECK;
int store_stream_each(struct store *s, bool active_only,
                      int (*each)(void *arg, const struct store_stream *st), void *arg) MUST_CHECK;
int store_stream_set_paused(struct store *s, int64_t id, bool paused) MUST_CHECK;
int store_stream_set_state(struct store *s, int64_t id, enum stream_state state,
                           const char *text) MUST_CHECK;
int store_stream_set_origin(struct store *s, int64_t id, time_ms origin) MUST_CHECK;
int store_stream_set_first_due(struct store *s, int64_t id, time_ms open) MUST_CHECK;
int store_stream_set_analysed(struct store *s, int64_t id,
                              time_ms open) MUST_CHECK; // never backwards

// An entry: a portfolio watches a stream, with zero or more strategies. active_watchlist is the
// view of all entries whose portfolio and stream are there.
struct store_entry {
    int64_t id, portfolio_id, stream_id;
    char portfolio[NAME_MAX_BYTES];
};
int store_entry_ensure(struct store *s, int64_t portfolio_id, int64_t stream_id, time_ms now,
                       int64_t *out_id) MUST_CHECK;
int store_entry_remove(struct store *s, int64_t portfolio_id, int64_t stream_id) MUST_CHECK;
int store_entry_each(struct store *s, int64_t stream_id, // 0 = all
                     int (*each)(void *arg, const struct store_entry *e), void *arg) MUST_CHECK;
// Strategies of an entry with their bound inputs ("fast=9 slow=21", may be "").
struct store_entry_strategy {
    int64_t entry_id, portfolio_id, stream_id, strategy_id;
    const char *strategy_name;
    const char *inputs;
    int64_t warmup; // bars its instance needs before every value can be defined
};
int store_entry_strategy_put(struct store *s, int64_t entry_id, int64_t strategy_id,
                             const char *inputs,
                             int64_t warmup) MUST_CHECK; // same strategy name: replaced
int store_entry_strategy_remove(struct store *s, int64_t entry_id, const char *name) MUST_CHECK;
int store_entry_strategy_each(struct store *s, int64_t stream_id, // 0 = all
                              int (*each)(void *arg, const struct store_entry_strategy *e),
                              void *arg) MUST_CHECK;

// ---- candles --------------------------------------------------------------------------------
enum store_put {
    STORE_NEW,
    STORE_SAME,
    STORE_REVISED
};
// Upserts one candle. REVISED: the old values go to the revisions table, the new ones are stored.
int store_candle_put(struct store *s, int64_t stream_id, enum timeframe tf, const struct candle *c,
                     enum candle_source source, bool late, time_ms now,
                     enum store_put *out) MUST_CHECK;
struct store_candle {
    struct candle candle;
    enum candle_source source;
    bool late;
    bool revised;
};
// Candles with open time in [from, to), oldest first. last_n > 0: only the newest n of them.
int store_candle_each(struct store *s, int64_t stream_id, enum timeframe tf, time_ms from,
                      time_ms to, int64_t last_n,
                      int (*each)(void *arg, const struct store_candle *c), void *arg) MUST_CHECK;
// Columns for block execution: fills up to cap rows from open time >= from, returns the count.
struct store_columns {
    time_ms *open_time;
    double *open, *high, *low, *close, *volume;
};
int store_candle_columns(struct store *s, int64_t stream_id, enum timeframe tf, time_ms from,
                         size_t cap, const struct store_columns *out, size_t *count) MUST_CHECK;
int store_candle_newest(struct store *s, int64_t stream_id, enum timeframe tf,
                        time_ms *out) MUST_CHECK; // ERR_NOT_FOUND when none
// Open times in [from, to) that are missing after a stored candle: calls each(from, to) per hole,
// the exchange's own confirmed gaps left out. What lies before the stream's oldest candle is no
// hole.
int store_candle_holes(struct store *s, int64_t stream_id, enum timeframe tf, time_ms from,
                       time_ms to, int (*each)(void *arg, time_ms hole_from, time_ms hole_to),
                       void *arg) MUST_CHECK;

// ---- ledger and gaps ------------------------------------------------------------------------
struct store_ledger {
    int64_t stream_id;
    struct pair pair;
    enum timeframe timeframe;
    time_ms open_time, due_at;
    uint32_t attempts;
    enum poll_status status;
    time_ms saved_at; // 0 = not saved
    bool late;
    const char *cause; // last failure, "" when none
};
// One row a due candle; later facts overwrite (attempts never shrink; SAVED never becomes less).
int store_ledger_put(struct store *s, const struct store_ledger *row) MUST_CHECK;
struct store_range {   // filter of listings; zeroed = everything
    int64_t stream_id; // 0 = all
    time_ms from, to;  // to = 0: open end
    int64_t last_n;    // 0 = all; else the newest n, still oldest first
    int64_t after_id;  // of signals and queue: only ids greater (follow)
};
int store_ledger_each(struct store *s, const struct store_range *r,
                      int (*each)(void *arg, const struct store_ledger *row), void *arg) MUST_CHECK;
struct store_gap {
    int64_t stream_id;
    struct pair pair;
    enum timeframe timeframe;
    time_ms open_time;
    const char *cause;
    bool exchange_gap;            // the exchange has no such candle
    time_ms logged_at, filled_at; // filled_at 0 = still missing
};
int store_ledger_get(struct store *s, int64_t stream_id, time_ms open_time,
                     int (*with)(void *arg, const struct store_ledger *row),
                     void *arg) MUST_CHECK; // ERR_NOT_FOUND
// Idempotent: an existing row keeps logged_at and filled_at once set; exchange_gap is never unsaid.
int store_gap_put(struct store *s, const struct store_gap *g) MUST_CHECK;
int store_gap_fill(struct store *s, int64_t stream_id, time_ms open_time, time_ms now) MUST_CHECK;
int store_gap_each(struct store *s, const struct store_range *r,
                   int (*each)(void *arg, const struct store_gap *g), void *arg) MUST_CHECK;

// ---- signals, verdicts, queue ---------------------------------------------------------------
// Unique per portfolio, stream, strategy version, candle, action: an existing one gives its id and
// *is_new = false.
int store_signal_put(struct store *s, const struct raw_signal *sig, time_ms now, int64_t *out_id,
                     bool *is_new) MUST_CHECK;
struct store_signal {
    struct raw_signal signal;
    const char *strategy;  // name
    const char *portfolio; // name
    time_ms created_at;
    bool judged;
};
int store_signal_each(struct store *s, const struct store_range *r, bool unjudged_only,
                      int (*each)(void *arg, const struct store_signal *sig), void *arg) MUST_CHECK;

enum queue_status {
    QUEUE_APPROVED,
    QUEUE_REJECTED
};
struct store_verdict {
    int64_t signal_id;
    enum queue_status status;
    const char *reason;
    bool is_buy;
    struct decimal qty, notional;
    const struct gate_check *checks;
    size_t check_count;
    time_ms queued_at;
};
// Writes the queue entry and one verdict row a check. ERR_EXISTS when the signal has one already
// (*out_id is then the old entry's).
int store_queue_put(struct store *s, const struct store_verdict *v, int64_t *out_id) MUST_CHECK;
struct store_queue {
    int64_t id;
    struct store_signal signal;
    enum queue_status status;
    const char *reason;
    bool is_buy;
    struct decimal qty, notional;
    const struct gate_check *checks;
    size_t check_count;
    time_ms queued_at;
    int64_t order_id; // 0 = none
};
int store_queue_each(struct store *s, const struct store_range *r,
                     int (*each)(void *arg, const struct store_queue *q), void *arg) MUST_CHECK;
// Approved entries that have no order yet (what the gatekeeper still owes).
int store_queue_each_open(struct store *s, int (*each)(void *arg, const struct store_queue *q),
                          void *arg) MUST_CHECK;

// ---- orders, fills, positions, equity --------------------------------------------------------
enum order_state {
    ORDER_INTENT, // the row exists, nothing was sent
    ORDER_SENT,
    ORDER_UNKNOWN, // sent, outcome not known
    ORDER_OPEN,
    ORDER_FILLED,
    ORDER_CANCELLED,
    ORDER_REJECTED,
    ORDER_EXPIRED,
    ORDER_STATE_COUNT
};
struct store_order {
    int64_t id, queue_id, portfolio_id;
    char client_id[40]; // unique for ever
    struct pair pair;
    bool is_buy, is_paper;
    struct decimal qty;
    struct decimal limit_price; // 0 = market
    enum order_state state;
    time_ms created_at;
};
int store_order_put(struct store *s, const struct store_order *o,
                    int64_t *out_id) MUST_CHECK; // ERR_EXISTS
// Also writes order_events. The same state again: nothing happens. ERR_INVALID when the order
// cannot go there (FILLED, CANCELLED, REJECTED and EXPIRED are final).
int store_order_set_state(struct store *s, int64_t id, enum order_state state, const char *text,
                          time_ms now) MUST_CHECK;
const char *order_state_name(enum order_state state); // "INTENT", "SENT", ...
int store_order_get(struct store *s, int64_t id, struct store_order *out) MUST_CHECK;
int store_order_each(struct store *s, int64_t portfolio_id, bool open_only,
                     int (*each)(void *arg, const struct store_order *o), void *arg) MUST_CHECK;
// Books a fill: fills row, order (FILLED once its fills reach its quantity, OPEN before), cash,
// position and equity in one go or not at all. Idempotent by (order, number): *applied = false when
// it was there. ERR_REFUSED: more than the cash, or more than is held.
int store_fill_apply(struct store *s, int64_t order_id, int number, const struct fill *f,
                     time_ms now, bool *applied) MUST_CHECK;
// All fills in the order in which they were booked by their orders, with the signal behind each:
// who bought what (a portfolio's position is the sum of what its strategies bought).
struct store_fill {
    int64_t order_id, portfolio_id, stream_id;
    int number;
    const char *strategy; // name
    struct pair pair;
    bool is_buy;
    struct fill fill;
    time_ms at;
};
int store_fill_each(struct store *s, int64_t portfolio_id, // 0 = all
                    int (*each)(void *arg, const struct store_fill *f), void *arg) MUST_CHECK;
int store_position_each(struct store *s, int64_t portfolio_id, // 0 = all
                        int (*each)(void *arg, int64_t portfolio_id, const struct position *p),
                        void *arg) MUST_CHECK;
// Remembers the last price of a pair for valuation (from candles or tickers).
int store_position_mark(struct store *s, const struct pair *p, struct decimal price,
                        time_ms now) MUST_CHECK;
int store_equity_put(struct store *s, int64_t portfolio_id, time_ms at, struct decimal cash,
                     struct decimal equity) MUST_CHECK;

// ---- agents and events ----------------------------------------------------------------------
struct store_agent {
    const char *name;  // "harvester", "analyst 2"
    const char *state; // "running"
    int64_t pid;
    uint32_t restarts;
    time_ms last_work, updated_at;
};
int store_agent_put(struct store *s, const struct store_agent *a) MUST_CHECK; // replaces by name
int store_agent_each(struct store *s, int (*each)(void *arg, const struct store_agent *a),
                     void *arg) MUST_CHECK;
int store_event_put(struct store *s, time_ms at, const char *agent, const char *level,
                    const char *text) MUST_CHECK;

struct store_event {
    int64_t id;
    time_ms at;
    const char *agent, *level, *text;
};
int store_event_each(struct store *s, const struct store_range *r,
                     int (*each)(void *arg, const struct store_event *e), void *arg) MUST_CHECK;

// ---- upkeep: none of these inside store_begin/store_commit ------------------------------------
// Moves what the write-ahead logs hold into the files, as far as readers allow; for idle moments.
int store_checkpoint(struct store *s) MUST_CHECK;
// Copies every file into dir (made when absent) while the hub runs; an older backup of the same
// name is replaced only once its copy is complete. Works for readers too.
int store_backup(struct store *s, const char *dir) MUST_CHECK;
// The same; file is called before each file is copied, with its name.
int store_backup_watched(struct store *s, const char *dir,
                         void (*file)(void *arg, const char *name), void *arg) MUST_CHECK;
// Puts the backup in dir from into the place of the data directory's files, which are set aside. No
// store may be open there. ERR_BUSY: a hub runs; ERR_CORRUPT, ERR_TOO_NEW, ERR_NOT_FOUND: the
// backup.
int store_restore(const struct store_options *o, const char *from, struct diag *d) MUST_CHECK;
// Full integrity check of each file. report: file name, whether it is whole, what is wrong ("" when
// nothing). ERR_CORRUPT when one is damaged.
typedef void (*store_check_fn)(void *arg, const char *file, bool whole, const char *text);
int store_check(struct store *s, store_check_fn report, void *arg) MUST_CHECK;
int store_vacuum(struct store *s) MUST_CHECK; // gives free space back to the disk
// Deletes candles of a timeframe older than the newest keep of each stream; *deleted counts them.
// Revisions, the ledger and gaps stay.
int store_retention(struct store *s, enum timeframe tf, int64_t keep, int64_t *deleted) MUST_CHECK;
// The same for one stream, at most max candles in one call: call again while *deleted == max.
int store_retention_stream(struct store *s, int64_t stream_id, enum timeframe tf, int64_t keep,
                           int64_t max, int64_t *deleted) MUST_CHECK;

// Rows that tell of the past and may be let go. Unlike the upkeep above these are writes, inside
// store_begin/store_commit.
enum store_log {
    STORE_LOG_LEDGER, // settled rows of poll_ledger, and gaps filled since
    STORE_LOG_EVENTS,
    STORE_LOG_EQUITY, // each portfolio's newest row stays
    STORE_LOG_COUNT
};
// Deletes at most max rows older than before (open time, or the time of the event); *deleted counts
// them. Ledger rows that wait for a retry, open gaps and the exchange's own gaps stay: they explain
// what is missing.
int store_prune(struct store *s, enum store_log log, time_ms before, int64_t max,
                int64_t *deleted) MUST_CHECK;
// Ledger rows are complete from this open time on; 0 when none was ever let go.
int store_ledger_from(struct store *s, time_ms *out) MUST_CHECK;

#endif
