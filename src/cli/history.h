// SPDX-License-Identifier: Apache-2.0
// What the commands that run strategies over history share: the compiled strategy with its inputs,
// and candles from the store or a file with the market they belong to.
#ifndef CLI_HISTORY_H
#define CLI_HISTORY_H

#include "backtest/feed.h"
#include "backtest/run.h"
#include "cli/cli.h"
#include "os/digest.h"

#define CLI_INPUTS_MAX 64

struct cli_strategy {
    const char *file;
    struct script_program *program;
    struct script_value values[CLI_INPUTS_MAX]; // of --input NAME=VALUE
    char names[CLI_INPUTS_MAX][64];
    size_t value_count;
    int64_t compile_ns;
    char hash[DIGEST_TEXT_MAX]; // of the source
};

// Reads and compiles the file; warnings and errors are said. 0 or the exit code.
int cli_strategy_load(struct cli *cli, const char *file, struct cli_strategy *out) MUST_CHECK;
// Takes the values of --input NAME=VALUE. 0 or the exit code.
int cli_strategy_inputs(struct cli *cli, struct cli_strategy *s) MUST_CHECK;
void cli_strategy_finish(struct cli_strategy *s); // zeroed is fine

// Which candles: a file, or a pair and timeframe of the store.
struct cli_series {
    const char *csv; // NULL: pair and timeframe
    const char *pair, *timeframe;
};
#define CLI_SERIES_MAX 1024

// The series that were named: --csv FILE..., PAIR TIMEFRAME..., from the first-th argument on. 0 or
// the exit code after saying what is missing.
int cli_series_given(struct cli *cli, size_t first, struct cli_series *out, size_t cap,
                     size_t *count) MUST_CHECK;

struct cli_history {
    struct feed *feed;
    struct store *store; // NULL for a file
    struct script_context context;
    struct pair pair;
    char ticker[PAIR_TEXT_MAX], exchange[NAME_MAX_BYTES];
    char label[192]; // "VET/USDT 4h", or the file
    bool on_grid;    // of a file; see feed_csv_info
};
// Opens a series for reading from its first candle (--from, --to, --exchange, --timeframe,
// --tick-size, --lot-step). Says nothing, so that threads may call it: errors fill d, the result is
// the exit code.
int cli_history_open(const struct cli *cli, const struct cli_series *series,
                     struct cli_history *out, struct diag *d) MUST_CHECK;
void cli_history_finish(struct cli_history *h); // zeroed is fine

// Calls work(arg, i) for each i < count, on as many threads as there are processors (--threads
// says otherwise); fewer when the system has no more to give.
void cli_parallel(const struct cli *cli, size_t count, void (*work)(void *arg, size_t i),
                  void *arg);
size_t cli_thread_count(const struct cli *cli);
double cli_number(const struct cli *cli, const char *name, double def);
const char *cli_nth(const struct cli *cli, const char *name, size_t n); // NULL: fewer were given

#endif
