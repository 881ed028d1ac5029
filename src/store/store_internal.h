// SPDX-License-Identifier: Apache-2.0
// What a back end implements: one slot an operation of store.h, with the contract written there.
// The dispatch in store.c has checked that a write stands inside a burst of a writable store.
#ifndef STORE_STORE_INTERNAL_H
#define STORE_STORE_INTERNAL_H

#include "store/store.h"

struct store_ops {
    void (*close)(struct store *s);
    int (*schema_version)(struct store *s, int *out);
    int (*begin)(struct store *s);
    int (*commit)(struct store *s);
    void (*rollback)(struct store *s);
    int (*market_put)(struct store *s, const char *exchange, const struct market *m, time_ms now);
    int (*market_get)(struct store *s, const char *exchange, const struct pair *p,
                      struct market *out);
    int (*market_each)(struct store *s, const char *exchange,
                       int (*each)(void *arg, const struct market *m), void *arg);
    int (*market_refreshed)(struct store *s, const char *exchange, time_ms *out);
    int (*portfolio_create)(struct store *s, const struct portfolio_settings *p, time_ms now,
                            int64_t *out_id);
    int (*portfolio_update)(struct store *s, int64_t id, const struct portfolio_settings *p);
    int (*portfolio_remove)(struct store *s, int64_t id);
    int (*portfolio_find)(struct store *s, const char *name, struct store_portfolio *out);
    int (*portfolio_get)(struct store *s, int64_t id, struct store_portfolio *out);
    int (*portfolio_each)(struct store *s, int (*each)(void *arg, const struct store_portfolio *p),
                          void *arg);
    int (*strategy_put)(struct store *s, const char *name, const char *hash, struct str source,
                        time_ms now, int64_t *out_id);
    int (*strategy_get)(struct store *s, int64_t id,
                        int (*with)(void *arg, const struct store_strategy *st), void *arg);
    int (*stream_ensure)(struct store *s, const char *exchange, const struct pair *p,
                         enum timeframe tf, time_ms now, int64_t *out_id);
    int (*stream_get)(struct store *s, int64_t id, struct store_stream *out);
    int (*stream_find)(struct store *s, const char *exchange, const struct pair *p,
                       enum timeframe tf, struct store_stream *out);
    int (*stream_each)(struct store *s, bool active_only,
                       int (*each)(void *arg, const struct store_stream *st), void *arg);
    int (*stream_set_paused)(struct store *s, int64_t id, bool paused);
    int (*stream_set_state)(struct store *s, int64_t id, enum stream_state state, const char *text);
    int (*stream_set_origin)(struct store *s, int64_t id, time_ms origin);
    int (*stream_set_first_due)(struct store *s, int64_t id, time_ms open);
    int (*stream_set_analysed)(struct store *s, int64_t id, time_ms open);
    int (*entry_ensure)(struct store *s, int64_t portfolio_id, int64_t stream_id, time_ms now,
                        int64_t *out_id);
    int (*entry_remove)(struct store *s, int64_t portfolio_id, int64_t stream_id);
    int (*entry_each)(struct store *s, int64_t stream_id,
                      int (*each)(void *arg, const struct store_entry *e), void *arg);
    int (*entry_strategy_put)(struct store *s, int64_t entry_id, int64_t strategy_id,
                              const char *inputs, int64_t warmup);
    int (*entry_strategy_remove)(struct store *s, int64_t entry_id, const char *name);
    int (*entry_strategy_each)(struct store *s, int64_t stream_id,
                               int (*each)(void *arg, const struct store_entry_strategy *e),
                               void *arg);
    int (*candle_put)(struct store *s, int64_t stream_id, enum timeframe tf, const struct candle *c,
                      enum candle_source source, bool late, time_ms now, enum store_put *out);
    int (*candle_each)(struct store *s, int64_t stream_id, enum timeframe tf, time_ms from,
                       time_ms to, int64_t last_n,
                       int (*each)(void *arg, const struct store_candle *c), void *arg);
    int (*candle_columns)(struct store *s, int64_t stream_id, enum timeframe tf, time_ms from,
                          size_t cap, const struct store_columns *out, size_t *count);
    int (*candle_newest)(struct store *s, int64_t stream_id, enum timeframe tf, time_ms *out);
    int (*candle_holes)(struct store *s, int64_t stream_id, enum timeframe tf, time_ms from,
                        time_ms to, int (*each)(void *arg, time_ms hole_from, time_ms hole_to),
                        void *arg);
    int (*ledger_put)(struct store *s, const struct store_ledger *row);
    int (*ledger_each)(struct store *s, const struct store_range *r,
                       int (*each)(void *arg, const struct store_ledger *row), void *arg);
    int (*ledger_get)(struct store *s, int64_t stream_id, time_ms open_time,
                      int (*with)(void *arg, const struct store_ledger *row), void *arg);
    int (*gap_put)(struct store *s, const struct store_gap *g);
    int (*gap_fill)(struct store *s, int64_t stream_id, time_ms open_time, time_ms now);
    int (*gap_each)(struct store *s, const struct store_range *r,
                    int (*each)(void *arg, const struct store_gap *g), void *arg);
    int (*signal_put)(struct store *s, const struct raw_signal *sig, time_ms now, int64_t *out_id,
                      bool *is_new);
    int (*signal_each)(struct store *s, const struct store_range *r, bool unjudged_only,
                       int (*each)(void *arg, const struct store_signal *sig), void *arg);
    int (*queue_put)(struct store *s, const struct store_verdict *v, int64_t *out_id);
    int (*queue_each)(struct store *s, const struct store_range *r,
                      int (*each)(void *arg, const struct store_queue *q), void *arg);
    int (*queue_each_open)(struct store *s, int (*each)(void *arg, const struct store_queue *q),
                           void *arg);
    int (*order_put)(struct store *s, const struct store_order *o, int64_t *out_id);
    int (*order_set_state)(struct store *s, int64_t id, enum order_state state, const char *text,
                           time_ms now);
    int (*order_get)(struct store *s, int64_t id, struct store_order *out);
    int (*order_each)(struct store *s, int64_t portfolio_id, bool open_only,
                      int (*each)(void *arg, const struct store_order *o), void *arg);
    int (*fill_apply)(struct store *s, int64_t order_id, int number, const struct fill *f,
                      time_ms now, bool *applied);
    int (*fill_each)(struct store *s, int64_t portfolio_id,
                     int (*each)(void *arg, const struct store_fill *f), void *arg);
    int (*position_each)(struct store *s, int64_t portfolio_id,
                         int (*each)(void *arg, int64_t portfolio_id, const struct position *p),
                         void *arg);
    int (*position_mark)(struct store *s, const struct pair *p, struct decimal price, time_ms now);
    int (*equity_put)(struct store *s, int64_t portfolio_id, time_ms at, struct decimal cash,
                      struct decimal equity);
    int (*agent_put)(struct store *s, const struct store_agent *a);
    int (*agent_each)(struct store *s, int (*each)(void *arg, const struct store_agent *a),
                      void *arg);
    int (*event_put)(struct store *s, time_ms at, const char *agent, const char *level,
                     const char *text);
    int (*event_each)(struct store *s, const struct store_range *r,
                      int (*each)(void *arg, const struct store_event *e), void *arg);
    int (*checkpoint)(struct store *s);
    int (*backup)(struct store *s, const char *dir, void (*file)(void *arg, const char *name),
                  void *arg);
    int (*check)(struct store *s, store_check_fn report, void *arg);
    int (*vacuum)(struct store *s);
    int (*retention)(struct store *s, enum timeframe tf, int64_t keep, int64_t *deleted);
    int (*retention_stream)(struct store *s, int64_t stream_id, enum timeframe tf, int64_t keep,
                            int64_t max, int64_t *deleted);
    int (*prune)(struct store *s, enum store_log log, time_ms before, int64_t max,
                 int64_t *deleted);
    int (*ledger_from)(struct store *s, time_ms *out);
};

#define STORE_TEXT_MAX 768

// First member of every back end's own struct.
struct store {
    const struct store_ops *ops;
    bool writable;
    bool in_burst;
    char error[STORE_TEXT_MAX];
    char note[STORE_TEXT_MAX];
};

struct store_backend {
    const char *name; // "sqlite"
    // As store_open and store_restore; o->backend names this one.
    int (*open)(const struct store_options *o, struct store **out, struct diag *d);
    int (*restore)(const struct store_options *o, const char *from, struct diag *d);
};

extern const struct store_backend store_backend_sqlite;

// Keeps the words for store_last_error (cut when too long) and returns code.
int store__fail(struct store *s, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);
// Adds a sentence to the recovery note; what does not fit is left out.
void store__note(struct store *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
// May an order go from one state to the other?
bool store__order_may_go(enum order_state from, enum order_state to);

#endif
