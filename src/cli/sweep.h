// SPDX-License-Identifier: Apache-2.0
// Shared by the files of oracle sweep: what was asked, what came out, the state file, the views.
#ifndef CLI_SWEEP_H
#define CLI_SWEEP_H

#include "backtest/sweep.h"
#include "cli/history.h"

#include <stdio.h>

#define CLI_SWEEP_HEADER_MAX 16384

struct cli_sweep {
    struct cli *cli;
    struct sweep_space space;
    struct candles candles; // empty when merging
    struct sweep_task task;
    enum sweep_metric metric;
    size_t train;                      // segments to choose by
    char label[192];                   // of the series
    char header[CLI_SWEEP_HEADER_MAX]; // identity: what the state file begins with
    struct sweep_result *results;      // of combinations done, best first once sorted
    size_t count, cap, failed;
    size_t resumed; // of them, read from the state file
    int64_t compile_ns, load_ns, run_ns;
    struct montecarlo luck; // of the best combination's trades
    bool have_luck;
};

// ---- cmd_sweep.c
int cli_sweep_options(struct cli_sweep *s) MUST_CHECK; // from the command line: exit code
void cli_sweep_destroy(struct cli_sweep *s);

// ---- sweep_state.c
int cli_sweep_add(struct cli_sweep *s, const struct sweep_result *r) MUST_CHECK; // copies
// Reads a state file into s. first: its header becomes s's (axes, segments, label); else it must
// be the same. ERR_NOT_FOUND when there is none, ERR_SYNTAX, ERR_INVALID (another sweep's), with d.
int cli_sweep_read(struct cli_sweep *s, const char *path, bool first, struct diag *d) MUST_CHECK;
int cli_sweep_write_header(FILE *f, const struct cli_sweep *s) MUST_CHECK;
int cli_sweep_write_row(FILE *f, const struct cli_sweep *s,
                        const struct sweep_result *r) MUST_CHECK;

// ---- sweep_show.c
int cli_sweep_show(struct cli_sweep *s) MUST_CHECK; // sorted results as table or JSON: exit code
void cli_sweep_inputs(const struct cli_sweep *s, uint64_t combination, char *out, size_t cap);

#endif
