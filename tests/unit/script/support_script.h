// SPDX-License-Identifier: Apache-2.0
// What the tests of the strategy language share: bars, a small broker that fills at the next open,
// and a run of a script whose plots, orders and alerts are kept.
#ifndef TESTS_SUPPORT_SCRIPT_H
#define TESTS_SUPPORT_SCRIPT_H

#include "base/buf.h"
#include "script/script.h"

struct test_bars {
    size_t n;
    time_ms *time;
    double *open, *high, *low, *close, *volume;
};

// A seeded walk of hourly bars from 2024-01-01; in one of three a price repeats, so that equal
// values occur. Free with test_bars_free.
struct test_bars test_bars_walk(size_t n, uint64_t seed);
// Bars whose close is given and whose open is the close before.
struct test_bars test_bars_of(const double *close, size_t n);
void test_bars_free(struct test_bars *b);

struct test_run {
    int rc;
    struct diag error;         // of instance creation
    struct script_diags diags; // of compilation
    size_t plot_count, bars;
    double *plots;     // [plot * bars + bar]; NaN where not reported
    struct buf events; // "12 entry L long qty=nan …\n", alerts and errors too
    int64_t warmup;
    char titles[64][64];
};

// How to cut the bars into blocks: 0 all at once, 1 bar by bar, otherwise a seed of random cuts.
void test_run_script(struct test_run *r, struct str source, const struct test_bars *bars,
                     const struct script_value *values, size_t value_count, uint64_t cuts);
void test_run_free(struct test_run *r);
double test_plot(const struct test_run *r, const char *title, size_t bar);

extern const struct script_context test_context;

#endif
