// SPDX-License-Identifier: Apache-2.0
// A backtest: one strategy with one set of inputs over the candles of a feed, traded by the broker
// emulator. The strategy takes the same path as in live analysis (script.h).
#ifndef BACKTEST_RUN_H
#define BACKTEST_RUN_H

#include "backtest/broker.h"
#include "backtest/feed.h"
#include "backtest/stats.h"

#define RUN_BLOCK          2048   // candles read at a time
#define RUN_TRADES_DEFAULT 100000 // closed trades kept, the newest
#define RUN_SAMPLES_MAX    36525  // a century of days
#define RUN_CURVE_MAX      2048   // points of an equity curve

struct run_options {
    const struct script_program *program; // outlives the run
    const struct script_context *context;
    const struct script_value *values;
    size_t value_count;
    uint32_t max_closed_trades; // 0 = RUN_TRADES_DEFAULT
    bool curve;                 // keep an equity curve
    // Replaces what the source says, where set: 0 / false leaves it.
    double initial_capital;
    // Candles of a shorter timeframe of the same market, from which the broker learns what happened
    // inside each candle instead of assuming a path; NULL: the path rule of broker.h. Candles that
    // lie in none of the coarse ones are left out; a coarse candle without finer ones is taken as
    // it is. Borrowed.
    struct feed *finer;
    int64_t (*now_ns)(void); // a clock for elapsed; NULL: not measured
    // Hooks, each may be NULL.
    void *arg;
    void (*on_trade)(void *arg, const struct broker_trade *t);
    void (*on_order)(void *arg, const struct broker_decision *d);
    const struct script_sink *sink; // plots and alerts; its error member is not used
};

struct run_point { // of the equity curve, at a close
    time_ms time;
    double equity, price;
};

struct run;

// Binds the inputs and makes the broker the strategy asks for; an indicator trades nothing. Errors
// of script_instance_create, or ERR_INVALID for settings that make no sense, with d.
int run_create(const struct run_options *o, struct run **out, struct diag *d) MUST_CHECK;
void run_destroy(struct run *r); // NULL is fine

// Feeds the next n bars. 0, or ERR_INVALID once the strategy has ended with an error of its own
// (run_error has it), ERR_NO_MEMORY.
int run_bars(struct run *r, const struct script_bars *bars, size_t n) MUST_CHECK;
// Reads the feed to its end and finishes. Errors of the feed and of run_bars, with d.
int run_feed(struct run *r, struct feed *f, struct diag *d) MUST_CHECK;
// After the last bar, when fed by run_bars; no more can be fed then.
int run_finish(struct run *r) MUST_CHECK;

const struct broker *run_broker(const struct run *r);
// With finer candles, bars and exposure are still those of the strategy.
void run_stats(const struct run *r, struct stats *out);
int64_t run_bars_fed(const struct run *r);
int64_t run_warmup(const struct run *r);
double run_initial_capital(const struct run *r);
// The error the strategy ended with, "" when it did not; *bar where.
const char *run_error(const struct run *r, int64_t *bar);
const struct run_point *run_curve(const struct run *r, size_t *count);
// Nanoseconds spent in the feed and in strategy and broker.
void run_elapsed(const struct run *r, int64_t *load_ns, int64_t *run_ns);

// What a broker for this program has to be; the caller adds limits and hooks.
struct broker_settings run_broker_settings(const struct script_info *info,
                                           const struct script_strategy_settings *strategy,
                                           const struct script_context *context);

#endif
