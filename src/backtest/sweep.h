// SPDX-License-Identifier: Apache-2.0
// Many combinations of inputs over the same candles. A batch of combinations runs as one group, so
// equal nodes are computed once (script.h). Each combination is one continuous run; the history is
// cut into segments and the account is looked at where they meet, which is all that walk-forward
// needs. Pure; threads and files are the caller's.
#ifndef BACKTEST_SWEEP_H
#define BACKTEST_SWEEP_H

#include "backtest/feed.h"
#include "backtest/run.h"
#include "base/random.h"

#define SWEEP_AXES_MAX     16
#define SWEEP_VALUES_MAX   100000 // of an axis
#define SWEEP_SEGMENTS_MAX 24
#define SWEEP_TEXT_MAX     32
#define SWEEP_CANDLES_MAX  ((size_t)8 << 20)

// ---- the space
struct sweep_axis {
    char name[64];
    double from, step; // of a range; value i is from + i * step
    size_t count;
    char (*list)[SWEEP_TEXT_MAX]; // of a list, owned; else NULL
};

struct sweep_space {
    struct sweep_axis axes[SWEEP_AXES_MAX];
    size_t axis_count;
};

// "name=5:50", "name=20:200:5", "name=5,10,20" or "name=9". ERR_SYNTAX, ERR_RANGE (empty, too many
// values), ERR_EXISTS (the name again), ERR_FULL (axes), ERR_NO_MEMORY, with d.
int sweep_space_add(struct sweep_space *s, struct str text, struct diag *d) MUST_CHECK;
void sweep_space_finish(struct sweep_space *s); // zeroed is fine
// Number of combinations; UINT64_MAX when it does not fit.
uint64_t sweep_space_size(const struct sweep_space *s);
// Place on each axis of combination i; the last axis runs fastest.
void sweep_space_place(const struct sweep_space *s, uint64_t i, size_t place[SWEEP_AXES_MAX]);
uint64_t sweep_space_index(const struct sweep_space *s, const size_t place[SWEEP_AXES_MAX]);
void sweep_axis_text(const struct sweep_axis *a, size_t i, char out[static SWEEP_TEXT_MAX]);

// ---- running
struct sweep_segment { // what happened in it
    double equity;     // at its end
    double gross_profit, gross_loss;
    double returns, squares; // sums over the returns of days, r and r * r
    double drawdown;         // greatest of daily equity within it, percent
    int64_t days, trades;
};

struct sweep_result {
    uint64_t combination;
    bool failed; // the strategy refused its inputs or ended itself
    int64_t trades;
    double initial_capital, final_equity, net_profit, max_drawdown, max_drawdown_percent;
    double profit_factor, sharpe, win_rate, exposure, cagr;
    struct sweep_segment segments[SWEEP_SEGMENTS_MAX];
};

struct sweep_task {
    const struct script_program *program;
    const struct script_context *context;
    const struct sweep_space *space;
    const struct candles *candles;
    size_t segment_count;   // 1..SWEEP_SEGMENTS_MAX
    double initial_capital; // 0: the strategy's own
};

// Where segment i begins; sweep_segment_start(t, segment_count) is the end.
size_t sweep_segment_start(const struct sweep_task *t, size_t i);
// Runs n combinations as one group. A combination that fails is marked; d then says why the last
// one did. ERR_NO_MEMORY.
int sweep_batch(const struct sweep_task *t, const uint64_t *combinations, size_t n,
                struct sweep_result *out, struct diag *d) MUST_CHECK;

// ---- judging
enum sweep_metric {
    SWEEP_NET_PROFIT,
    SWEEP_SHARPE,
    SWEEP_PROFIT_FACTOR,
    SWEEP_CALMAR, // growth over greatest drawdown
    SWEEP_METRIC_COUNT
};
const char *sweep_metric_name(enum sweep_metric m);                         // "net_profit", ...
int sweep_metric_parse(struct str text, enum sweep_metric *out) MUST_CHECK; // ERR_NOT_FOUND
// Over the whole history; NaN (nothing to judge by) ranks last.
double sweep_score(const struct sweep_result *r, enum sweep_metric m);
// Over segments [from, to).
double sweep_score_part(const struct sweep_result *r, enum sweep_metric m, size_t from, size_t to);
// Best first; failed ones last; equal scores by combination.
void sweep_sort(struct sweep_result *r, size_t n, enum sweep_metric m);

// Walk-forward (Pardo, 1992): for each segment from train on, the combination that was best over
// the train segments before it is taken, and what it made in this segment counts. Segments chosen
// and judged never overlap.
struct sweep_step {
    size_t chosen;                // index into the results
    double in_score;              // over the segments before
    double in_return, out_return; // percent; in_return is a segment's mean
    int64_t out_trades;
};
struct sweep_forward {
    struct sweep_step steps[SWEEP_SEGMENTS_MAX];
    size_t step_count, train;
    double out_return;        // of all steps chained, percent
    double in_mean, out_mean; // mean return of a segment when chosen, and after, percent
    double efficiency;        // out_mean / in_mean, NaN when in_mean <= 0
    size_t winning;           // steps with a return above 0
};
void sweep_walk(const struct sweep_result *r, size_t n, size_t segment_count, size_t train,
                enum sweep_metric m, struct sweep_forward *out);

// ---- search: a few random combinations, then the neighbours of the best so far, at a distance
// that halves when none of them is better (pattern search, Hooke & Jeeves, 1961).
struct sweep_search {
    const struct sweep_space *space;
    struct random random;
    uint64_t *seen; // open-addressed set of combinations + 1, owned
    size_t seen_cap, seen_count;
    double reach; // share of each axis
    double best_score;
    uint64_t best;
    bool have_best;
};
int sweep_search_init(struct sweep_search *s, const struct sweep_space *space, uint64_t seed,
                      size_t budget) MUST_CHECK; // ERR_NO_MEMORY
void sweep_search_finish(struct sweep_search *s);
// Up to n combinations not yet proposed; fewer when there are no more. random: no neighbours.
size_t sweep_search_next(struct sweep_search *s, bool random, uint64_t *out, size_t n);
void sweep_search_learn(struct sweep_search *s, const struct sweep_result *r, size_t n,
                        enum sweep_metric m);

// ---- Monte Carlo of trades: the same number of trades drawn with replacement (bootstrap, Efron,
// 1979), runs times.
struct montecarlo {
    size_t runs, trades;
    double profit_5, profit_50, profit_95; // percentiles of the sum
    double drawdown_50, drawdown_95;       // of the greatest fall, money
    double loss_share, ruin_share; // of runs that end below the start; that lose all on the way
};
// ERR_NO_MEMORY; runs = 0 or n = 0: all NaN.
int montecarlo_trades(const double *profits, size_t n, double initial_capital, size_t runs,
                      uint64_t seed, struct montecarlo *out) MUST_CHECK;

#endif
