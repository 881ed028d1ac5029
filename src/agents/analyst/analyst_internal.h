// SPDX-License-Identifier: Apache-2.0
// Inside the analyst: streams, the runs of strategies on them, and the desk that turns the orders
// of a strategy into raw signals.
#ifndef AGENTS_ANALYST_INTERNAL_H
#define AGENTS_ANALYST_INTERNAL_H

#include "agents/agent.h"
#include "backtest/broker.h"
#include "base/map.h"
#include "script/script.h"
#include "store/store.h"

#define ANALYST_STREAMS_MAX    100000
#define ANALYST_RUNS_MAX       64 // strategies on one stream
#define ANALYST_PORTFOLIOS_MAX 64 // portfolios that share one run
#define ANALYST_BLOCK          512

// A compiled strategy version, shared by all streams that use it.
struct program {
    int64_t strategy_id;
    struct script_program *script; // NULL: it does not compile with this version of the hub
    uint32_t users;
};

// One strategy with one set of inputs on one stream. Its broker is the emulator of the backtest:
// what the script reads of its account (strategy.*) is the same live as there, and it tells which
// orders are news.
struct run {
    struct analyst *an;
    struct stream *stream;
    struct program *program;
    char *inputs;  // owned
    size_t member; // of the stream's group
    bool refused;  // it does not compile or its inputs do not fit
    struct broker *broker;
    struct script_broker interface;
    struct script_sink sink;
    uint32_t portfolios[ANALYST_PORTFOLIOS_MAX];
    uint32_t portfolio_count;
};

struct stream {
    uint32_t id;
    struct pair pair;
    enum timeframe tf;
    struct script_instance
        *group;       // all runs in one graph: what two of them compute alike is shared
    struct run *runs; // owned array; does not move while the group lives
    size_t run_count;
    const struct script_broker **brokers; // one a member
    const struct script_sink **sinks;
    time_ms primed_to; // open time of the newest candle the runs have seen; 0 = none
    time_ms bar_time;  // the newest bar of the step under way
    double bar_close;
    bool bar_is_live; // it may fire signals
    bool loading;     // in the load queue
    struct stream *next_load;
};

struct analyst {
    struct agent *a;
    struct store *store;
    struct map streams;  // id -> struct stream *
    struct map programs; // strategy id -> struct program *
    struct stream *load_first, *load_last;
    size_t loading;
    struct loop_timer *load_timer;
    struct script_workspace *workspace; // scratch of all runs
    // Columns of one block while priming.
    time_ms open_time[ANALYST_BLOCK];
    double columns[5][ANALYST_BLOCK];
};

// load.c
void analyst__load_all(struct analyst *an);
// Loads a stream anew: its runs are made again and see the whole history.
void analyst__load(struct analyst *an, uint32_t stream_id);
void analyst__load_slice(struct analyst *an); // the next piece of work of the load queue
void analyst__stream_drop(struct analyst *an, struct stream *s);

// run.c
// Feeds n bars to every run of the stream. live: the last bar may fire signals.
void analyst__step(struct analyst *an, struct stream *s, const struct script_bars *bars, size_t n,
                   bool live);
void analyst__analysed(struct analyst *an, const struct stream *s);
// The compiled strategy, counted as used once more (runs_close gives it back).
int analyst__program_get(struct analyst *an, int64_t strategy_id, struct program **out) MUST_CHECK;
// Makes the group and the brokers of s->runs; runs that cannot be made are refused with a word.
void analyst__runs_open(struct analyst *an, struct stream *s);
void analyst__runs_close(struct analyst *an, struct stream *s);

#endif
