// SPDX-License-Identifier: Apache-2.0
// The SQLite back end's own struct and what its files share: hub.db, the candle files (shards) and
// the burst that keeps them in step. The protocol between the files is told in docs/store.md.
#ifndef STORE_SQLITE_INTERNAL_H
#define STORE_SQLITE_INTERNAL_H

#include "store/sqlite/db.h"
#include "store/sqlite/statements.h"

#define SQLITE__UNDO_MAX 2048
#define SQLITE__STAT_MAX 1024

enum sqlite__undo_kind {
    SQLITE__UNDO_NEW,
    SQLITE__UNDO_REVISED
};

// One candle written in this burst. Written to the file as it lies in memory: a file is only ever
// read on the machine (and byte order) that wrote it, or as a backup with an empty undo list.
struct sqlite__undo {
    int64_t stream;
    int64_t open_and_kind; // 2 * open_time + kind
};

// What a burst adds to a stream's counters.
struct sqlite__stat {
    int64_t stream;
    time_ms first, last;
    int64_t added;
};

struct sqlite__burst {
    struct sqlite__undo undo[SQLITE__UNDO_MAX];
    struct sqlite__stat stats[SQLITE__STAT_MAX];
    uint16_t slots[2 * SQLITE__STAT_MAX]; // hash of stream -> index in stats + 1; 0 = empty
    size_t undo_count, stat_count;
};

// Where take_candle() in SQL puts the rows it sees; all zero outside store_candle_columns.
struct sqlite__sink {
    const struct store_columns *out;
    size_t cap, count;
};

struct sqlite__shard {
    struct sqlite__db db;
    enum timeframe tf;
    struct sqlite__burst *burst; // made with the first write
    struct sqlite__sink sink;
    int64_t settled; // last burst that hub.db knows to be complete here
    bool in_burst;   // has a transaction of the burst under way
    bool ahead;      // committed a burst that hub.db did not; to be taken back
    bool fresh;      // opened inside the burst under way
    bool damaged;    // to be set aside at the next burst
};

struct sqlite__store {
    struct store base; // first: a struct store * is one of these
    struct sqlite__db hub;
    struct sqlite__shard shards[TF_COUNT];
    int lock_fd;       // -1: none
    int64_t cache_kib; // asked for; 0 = small
    char dir[SQLITE__PATH_MAX - 64];
};

static inline int sqlite__cache_kib(const struct sqlite__store *st, int small)
{
    return st->cache_kib > small ? (int)st->cache_kib : small;
}

static inline struct sqlite__store *sqlite__of(struct store *s)
{
    return (struct sqlite__store *)(void *)s;
}

// ---- lock.c: the data directory and who may write to it
// Makes the directory with its parents. ERR_READ_ONLY, ERR_DISK_FULL, ERR_SYSTEM.
int sqlite__directory_make(const char *path, struct diag *d) MUST_CHECK;
int sqlite__lock_take(const char *dir, int *out_fd, struct diag *d) MUST_CHECK; // ERR_BUSY
void sqlite__lock_release(int fd);                                              // -1 is fine

// ---- shard.c
// File name of a timeframe's shard, distinct also where file systems ignore case
// ("candles_1mo.db").
void sqlite__shard_name(enum timeframe tf, char out[static 32]);
// Ready for reading: *out is NULL when there is no such file yet.
int sqlite__shard_read(struct store *s, enum timeframe tf, struct sqlite__shard **out) MUST_CHECK;
// Ready for writing inside the burst; makes the file when absent. tf is a timeframe.
int sqlite__shard_write(struct store *s, enum timeframe tf, struct sqlite__shard **out) MUST_CHECK;
// Opens the file, brings its schema up to date and compares its last burst with hub.db's.
int sqlite__shard_open(struct sqlite__store *st, enum timeframe tf) MUST_CHECK;
// Moves a damaged file out of the way, starts an empty one, marks its streams for healing.
int sqlite__shard_set_aside(struct sqlite__store *st, enum timeframe tf,
                            const char *why) MUST_CHECK;
void sqlite__shard_close(struct sqlite__shard *sh);

// ---- burst.c
int sqlite__burst_undo_add(struct sqlite__shard *sh, int64_t stream, time_ms open,
                           enum sqlite__undo_kind kind) MUST_CHECK;
int sqlite__burst_count(struct sqlite__shard *sh, int64_t stream, time_ms open) MUST_CHECK;
int sqlite__burst_flush_stats(struct sqlite__shard *sh) MUST_CHECK;
// Takes the last burst back out of a shard (hub.db did not follow).
int sqlite__burst_take_back(struct sqlite__shard *sh) MUST_CHECK;
int sqlite__begin(struct store *s) MUST_CHECK;
int sqlite__commit(struct store *s) MUST_CHECK;
void sqlite__rollback(struct store *s);
// A part of a burst that happens as a whole or not at all.
int sqlite__part_begin(struct sqlite__db *hub) MUST_CHECK;
int sqlite__part_end(struct sqlite__db *hub,
                     int rc) MUST_CHECK; // returns rc or the release's error

// ---- candles.c: the SQL function that candle_columns needs, for a connection just opened
int sqlite__candle_functions(struct sqlite__shard *sh) MUST_CHECK;

// ---- check.c
// Quick check bounded in time. ERR_CORRUPT with the finding in out.
int sqlite__check_quick(struct sqlite__db *db, int64_t budget_ms, char *out, size_t cap) MUST_CHECK;

// ---- backup.c
int sqlite__restore(const struct store_options *o, const char *from, struct diag *d) MUST_CHECK;

// ---- rows that several files read
int sqlite__stream_timeframe(struct sqlite__query *q, enum timeframe *out) MUST_CHECK;
int sqlite__read_pair(struct sqlite__query *q, struct pair *out) MUST_CHECK; // two columns

// Bounds of a listing: its open end as a number that SQL can compare, and, for the newest n rows,
// the id after which they begin (q: a _START statement with all but its offset bound; *after_id
// stays as it is when there are no n rows).
time_ms sqlite__range_to(const struct store_range *r);
int sqlite__range_start(struct sqlite__query *q, const struct store_range *r,
                        int64_t *after_id) MUST_CHECK;

// ---- the operations, as in store.h
int sqlite__schema_version(struct store *s, int *out) MUST_CHECK;
int sqlite__market_put(struct store *s, const char *exchange, const struct market *m,
                       time_ms now) MUST_CHECK;
int sqlite__market_get(struct store *s, const char *exchange, const struct pair *p,
                       struct market *out) MUST_CHECK;
int sqlite__market_each(struct store *s, const char *exchange,
                        int (*each)(void *arg, const struct market *m), void *arg) MUST_CHECK;
int sqlite__market_refreshed(struct store *s, const char *exchange, time_ms *out) MUST_CHECK;
int sqlite__portfolio_create(struct store *s, const struct portfolio_settings *p, time_ms now,
                             int64_t *out_id) MUST_CHECK;
int sqlite__portfolio_update(struct store *s, int64_t id,
                             const struct portfolio_settings *p) MUST_CHECK;
int sqlite__portfolio_remove(struct store *s, int64_t id) MUST_CHECK;
int sqlite__portfolio_find(struct store *s, const char *name,
                           struct store_portfolio *out) MUST_CHECK;
int sqlite__portfolio_get(struct store *s, int64_t id, struct store_portfolio *out) MUST_CHECK;
int sqlite__portfolio_each(struct store *s, int (*each)(void *arg, const struct store_portfolio *p),
                           void *arg) MUST_CHECK;
int sqlite__strategy_put(struct store *s, const char *name, const char *hash, struct str source,
                         time_ms now, int64_t *out_id) MUST_CHECK;
int sqlite__strategy_get(struct store *s, int64_t id,
                         int (*with)(void *arg, const struct store_strategy *st),
                         void *arg) MUST_CHECK;
int sqlite__stream_ensure(struct store *s, const char *exchange, const struct pair *p,
                          enum timeframe tf, time_ms now, int64_t *out_id) MUST_CHECK;
int sqlite__stream_get(struct store *s, int64_t id, struct store_stream *out) MUST_CHECK;
int sqlite__stream_find(struct store *s, const char *exchange, const struct pair *p,
                        enum timeframe tf, struct store_stream *out) MUST_CHECK;
int sqlite__stream_each(struct store *s, bool active_only,
                        int (*each)(void *arg, const struct store_stream *st),
                        void *arg) MUST_CHECK;
int sqlite__stream_set_paused(struct store *s, int64_t id, bool paused) MUST_CHECK;
int sqlite__stream_set_state(struct store *s, int64_t id, enum stream_state state,
                             const char *text) MUST_CHECK;
int sqlite__stream_set_origin(struct store *s, int64_t id, time_ms origin) MUST_CHECK;
int sqlite__stream_set_first_due(struct store *s, int64_t id, time_ms open) MUST_CHECK;
int sqlite__stream_set_analysed(struct store *s, int64_t id, time_ms open) MUST_CHECK;
int sqlite__entry_ensure(struct store *s, int64_t portfolio_id, int64_t stream_id, time_ms now,
                         int64_t *out_id) MUST_CHECK;
int sqlite__entry_remove(struct store *s, int64_t portfolio_id, int64_t stream_id) MUST_CHECK;
int sqlite__entry_each(struct store *s, int64_t stream_id,
                       int (*each)(void *arg, const struct store_entry *e), void *arg) MUST_CHECK;
int sqlite__entry_strategy_put(struct store *s, int64_t entry_id, int64_t strategy_id,
                               const char *inputs, int64_t warmup) MUST_CHECK;
int sqlite__entry_strategy_remove(struct store *s, int64_t entry_id, const char *name) MUST_CHECK;
int sqlite__entry_strategy_each(struct store *s, int64_t stream_id,
                                int (*each)(void *arg, const struct store_entry_strategy *e),
                                void *arg) MUST_CHECK;
int sqlite__candle_put(struct store *s, int64_t stream_id, enum timeframe tf,
                       const struct candle *c, enum candle_source source, bool late, time_ms now,
                       enum store_put *out) MUST_CHECK;
int sqlite__candle_each(struct store *s, int64_t stream_id, enum timeframe tf, time_ms from,
                        time_ms to, int64_t last_n,
                        int (*each)(void *arg, const struct store_candle *c), void *arg) MUST_CHECK;
int sqlite__candle_columns(struct store *s, int64_t stream_id, enum timeframe tf, time_ms from,
                           size_t cap, const struct store_columns *out, size_t *count) MUST_CHECK;
int sqlite__candle_newest(struct store *s, int64_t stream_id, enum timeframe tf,
                          time_ms *out) MUST_CHECK;
int sqlite__candle_holes(struct store *s, int64_t stream_id, enum timeframe tf, time_ms from,
                         time_ms to, int (*each)(void *arg, time_ms hole_from, time_ms hole_to),
                         void *arg) MUST_CHECK;
int sqlite__ledger_put(struct store *s, const struct store_ledger *row) MUST_CHECK;
int sqlite__ledger_each(struct store *s, const struct store_range *r,
                        int (*each)(void *arg, const struct store_ledger *row),
                        void *arg) MUST_CHECK;
int sqlite__ledger_get(struct store *s, int64_t stream_id, time_ms open_time,
                       int (*with)(void *arg, const struct store_ledger *row),
                       void *arg) MUST_CHECK;
int sqlite__gap_put(struct store *s, const struct store_gap *g) MUST_CHECK;
int sqlite__gap_fill(struct store *s, int64_t stream_id, time_ms open_time, time_ms now) MUST_CHECK;
int sqlite__gap_each(struct store *s, const struct store_range *r,
                     int (*each)(void *arg, const struct store_gap *g), void *arg) MUST_CHECK;
int sqlite__signal_put(struct store *s, const struct raw_signal *sig, time_ms now, int64_t *out_id,
                       bool *is_new) MUST_CHECK;
int sqlite__signal_each(struct store *s, const struct store_range *r, bool unjudged_only,
                        int (*each)(void *arg, const struct store_signal *sig),
                        void *arg) MUST_CHECK;
int sqlite__queue_put(struct store *s, const struct store_verdict *v, int64_t *out_id) MUST_CHECK;
int sqlite__queue_each(struct store *s, const struct store_range *r,
                       int (*each)(void *arg, const struct store_queue *q), void *arg) MUST_CHECK;
int sqlite__queue_each_open(struct store *s, int (*each)(void *arg, const struct store_queue *q),
                            void *arg) MUST_CHECK;
int sqlite__order_put(struct store *s, const struct store_order *o, int64_t *out_id) MUST_CHECK;
int sqlite__order_set_state(struct store *s, int64_t id, enum order_state state, const char *text,
                            time_ms now) MUST_CHECK;
int sqlite__order_get(struct store *s, int64_t id, struct store_order *out) MUST_CHECK;
int sqlite__order_each(struct store *s, int64_t portfolio_id, bool open_only,
                       int (*each)(void *arg, const struct store_order *o), void *arg) MUST_CHECK;
int sqlite__fill_apply(struct store *s, int64_t order_id, int number, const struct fill *f,
                       time_ms now, bool *applied) MUST_CHECK;
int sqlite__fill_each(struct store *s, int64_t portfolio_id,
                      int (*each)(void *arg, const struct store_fill *f), void *arg) MUST_CHECK;
int sqlite__position_each(struct store *s, int64_t portfolio_id,
                          int (*each)(void *arg, int64_t portfolio_id, const struct position *p),
                          void *arg) MUST_CHECK;
int sqlite__position_mark(struct store *s, const struct pair *p, struct decimal price,
                          time_ms now) MUST_CHECK;
int sqlite__equity_put(struct store *s, int64_t portfolio_id, time_ms at, struct decimal cash,
                       struct decimal equity) MUST_CHECK;
int sqlite__agent_put(struct store *s, const struct store_agent *a) MUST_CHECK;
int sqlite__agent_each(struct store *s, int (*each)(void *arg, const struct store_agent *a),
                       void *arg) MUST_CHECK;
int sqlite__event_put(struct store *s, time_ms at, const char *agent, const char *level,
                      const char *text) MUST_CHECK;
int sqlite__event_each(struct store *s, const struct store_range *r,
                       int (*each)(void *arg, const struct store_event *e), void *arg) MUST_CHECK;
int sqlite__checkpoint(struct store *s) MUST_CHECK;
int sqlite__backup(struct store *s, const char *dir, void (*file)(void *arg, const char *name),
                   void *arg) MUST_CHECK;
int sqlite__check(struct store *s, store_check_fn report, void *arg) MUST_CHECK;
int sqlite__vacuum(struct store *s) MUST_CHECK;
int sqlite__retention(struct store *s, enum timeframe tf, int64_t keep,
                      int64_t *deleted) MUST_CHECK;
int sqlite__retention_stream(struct store *s, int64_t stream_id, enum timeframe tf, int64_t keep,
                             int64_t max, int64_t *deleted) MUST_CHECK;
int sqlite__prune(struct store *s, enum store_log log, time_ms before, int64_t max,
                  int64_t *deleted) MUST_CHECK;
int sqlite__ledger_from(struct store *s, time_ms *out) MUST_CHECK;

#endif
