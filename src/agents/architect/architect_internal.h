// SPDX-License-Identifier: Apache-2.0
// Inside the architect: its one struct and the outbox that a commit sets free.
#ifndef AGENTS_ARCHITECT_INTERNAL_H
#define AGENTS_ARCHITECT_INTERNAL_H

#include "agents/agent.h"
#include "market/schedule.h"
#include "store/store.h"

struct outgoing { // one frame that waits for the commit
    enum ipc_role to;
    uint32_t index;
    size_t at, len; // in frames
};

struct architect {
    struct agent *a;
    struct store *store;
    struct loop_timer *commit_timer;
    bool open;     // a transaction is open
    uint32_t rows; // writes in it
    clock_ns opened_at, last_commit_ns;
    struct buf frames;
    struct outgoing *outbox;
    size_t outgoing_count, outgoing_cap;
    uint64_t commits;
    uint32_t analyst_count;
    struct architect__upkeep *upkeep;
};

// architect.c: every handler that writes calls begin first; a store error ends the agent.
void architect__begin(struct architect *w);
void architect__must(struct architect *w, int rc, const char *what);
// Queues a message that goes out once the transaction is committed.
void architect__after_commit(struct architect *w, enum ipc_role to, uint32_t index,
                             enum ipc_type type, const void *msg);
void architect__commit(struct architect *w);

// Handlers, by file: candles.c, trades.c, requests.c
void architect__on_candles(void *arg, struct channel *from, const union ipc_any *msg, int fd);
void architect__on_ledger(void *arg, struct channel *from, const union ipc_any *msg, int fd);
void architect__on_stream_mark(void *arg, struct channel *from, const union ipc_any *msg, int fd);
void architect__on_signal(void *arg, struct channel *from, const union ipc_any *msg, int fd);
void architect__on_analysed(void *arg, struct channel *from, const union ipc_any *msg, int fd);
void architect__on_verdict(void *arg, struct channel *from, const union ipc_any *msg, int fd);
void architect__on_fill(void *arg, struct channel *from, const union ipc_any *msg, int fd);
void architect__on_market(void *arg, struct channel *from, const union ipc_any *msg, int fd);
void architect__on_markets_end(void *arg, struct channel *from, const union ipc_any *msg, int fd);
void architect__on_event(void *arg, struct channel *from, const union ipc_any *msg, int fd);
void architect__on_control(void *arg, struct channel *from, const union ipc_any *msg, int fd);

// upkeep.c: retention once an hour of exchange time, checkpoints when idle
int architect__upkeep_create(struct architect *w) MUST_CHECK;
void architect__upkeep_destroy(struct architect *w);
void architect__upkeep_clock(struct architect *w);     // exchange time was set
void architect__upkeep_committed(struct architect *w); // a burst is done

#endif
