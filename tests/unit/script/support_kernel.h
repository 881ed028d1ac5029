// SPDX-License-Identifier: Apache-2.0
// Columns, parameters and runs for the tests of the indicator kernels.
#ifndef TESTS_UNIT_SCRIPT_SUPPORT_KERNEL_H
#define TESTS_UNIT_SCRIPT_SUPPORT_KERNEL_H

#include "base/random.h"
#include "script/kernel.h"

#include <stdbool.h>

// Input columns for one kernel, allocated to the exact length so that a sanitizer sees any excess.
struct columns {
    size_t n, count;
    double *in[KERNEL_INPUTS_MAX];
};

enum weather {
    CALM, // noisy prices, never na
    ROUGH // na runs, flat stretches, jumps over many orders of magnitude
};

struct columns columns_make(struct random *r, const struct kernel *k, size_t n, enum weather w);
void columns_free(struct columns *c);

struct outputs {
    size_t n, count;
    double *out[KERNEL_OUTPUTS_MAX];
};

struct outputs outputs_make(const struct kernel *k, size_t n);
void outputs_free(struct outputs *o);

// Valid parameters drawn at random; windows of up to max_length.
void params_make(struct random *r, const struct kernel *k, int max_length, double *params);

void *state_make(const struct kernel *k, const double *params); // NULL for a kernel without state
// Runs bars [from, to) of the columns.
void run_piece(const struct kernel *k, void *state, const double *params, const struct columns *c,
               struct outputs *o, size_t from, size_t to);
// One block of all bars with a fresh state.
void run_whole(const struct kernel *k, const double *params, const struct columns *c,
               struct outputs *o);

// Equal to the last bit, na too. Fails with kernel, output and bar.
void assert_same(const struct kernel *k, const char *how, const struct outputs *a,
                 const struct outputs *b);

bool is_na(double x);
// Word i of a list of words separated by one space, "" when there are fewer.
const char *word_at(const char *list, size_t i, char out[64]);
size_t words_in(const char *list);

#endif
