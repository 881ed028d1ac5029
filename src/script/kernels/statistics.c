// SPDX-License-Identifier: Apache-2.0
// Order statistics over a window kept sorted: median mode percentrank percentile_nearest_rank
// percentile_linear_interpolation.
#include "script/kernels/list.h"
#include "script/kernels/parts.h"

#include <string.h>

struct ordered {
    int64_t count; // values in sorted; na is not among them
    // then double sorted[length], then struct history
};

KERNEL__INLINE double *ordered_values(struct ordered *o)
{
    return (double *)(o + 1);
}

static struct history *ordered_history(struct ordered *o, const double *params)
{
    return (struct history *)(ordered_values(o) + (size_t)params[0]);
}

static size_t ordered_bytes(const double *params)
{
    return sizeof(struct ordered) + (size_t)params[0] * sizeof(double) +
           kernel__history_bytes(params[0]);
}

static void ordered_init(void *state, const double *params)
{
    memset(state, 0, ordered_bytes(params));
    kernel__history_init(ordered_history(state, params), params[0]);
}

// First place in sorted whose value is not below x.
static size_t place_of(const double *sorted, size_t count, double x)
{
    size_t from = 0, to = count;
    while (from < to) {
        size_t middle = (from + to) / 2;
        if (sorted[middle] < x)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static void ordered_insert(struct ordered *o, double x)
{
    if (kernel__is_na(x))
        return;
    double *v = ordered_values(o);
    size_t count = (size_t)o->count, at = place_of(v, count, x);
    memmove(v + at + 1, v + at, (count - at) * sizeof(double));
    v[at] = x;
    o->count++;
}

static void ordered_remove(struct ordered *o, double x)
{
    if (kernel__is_na(x))
        return;
    double *v = ordered_values(o);
    size_t count = (size_t)o->count, at = place_of(v, count, x);
    memmove(v + at, v + at + 1, (count - at - 1) * sizeof(double));
    o->count--;
}

// Takes x in and the oldest out; true when the window is full.
static bool ordered_push(struct ordered *o, const double *params, double x)
{
    struct history *h = ordered_history(o, params);
    if (h->taken >= h->length)
        ordered_remove(o, h->values[h->end - h->length]);
    ordered_insert(o, x);
    return kernel__history_push(h, x) != NULL;
}

// --- ta.median, ta.mode: na bars are left out of the window --------------------------------------

static double median_of(const double *v, size_t count)
{
    return count % 2 == 1 ? v[count / 2] : (v[count / 2 - 1] + v[count / 2]) / 2;
}

// The longest run of equal values; the smallest of several.
static double mode_of(const double *v, size_t count)
{
    size_t best = 0, best_run = 1, run = 1;
    for (size_t k = 1; k < count; k++) {
        run = v[k] == v[k - 1] ? run + 1 : 1;
        if (run > best_run) {
            best_run = run;
            best = k;
        }
    }
    return v[best];
}

KERNEL__INLINE void compact_run(void *state, const double *params, const double *in, double *out,
                                size_t n, double (*of)(const double *v, size_t count))
{
    for (size_t i = 0; i < n; i++) {
        bool full = !kernel__is_na(in[i]) && ordered_push(state, params, in[i]);
        out[i] = full ? of(ordered_values(state), (size_t)params[0]) : KERNEL__NA;
    }
}

static void median_run(void *state, const double *params, const double *const *in,
                       double *const *out, size_t n)
{
    compact_run(state, params, in[0], out[0], n, median_of);
}

static void mode_run(void *state, const double *params, const double *const *in, double *const *out,
                     size_t n)
{
    compact_run(state, params, in[0], out[0], n, mode_of);
}

const struct kernel kernel__ta_median = {.name = "ta.median",
                                         .input_names = "source",
                                         .output_names = "median",
                                         .param_names = "length",
                                         .inputs = 1,
                                         .outputs = 1,
                                         .params = 1,
                                         .check = kernel__check_length,
                                         .state_bytes = ordered_bytes,
                                         .init = ordered_init,
                                         .run = median_run,
                                         .warmup = kernel__warmup_length};

const struct kernel kernel__ta_mode = {.name = "ta.mode",
                                       .input_names = "source",
                                       .output_names = "mode",
                                       .param_names = "length",
                                       .inputs = 1,
                                       .outputs = 1,
                                       .params = 1,
                                       .check = kernel__check_length,
                                       .state_bytes = ordered_bytes,
                                       .init = ordered_init,
                                       .run = mode_run,
                                       .warmup = kernel__warmup_length};

// --- percentiles ---------------------------------------------------------------------------------

static int percentile_check(const double *params, struct diag *d)
{
    int rc = kernel__check_length(params, d);
    return rc != 0 ? rc : kernel__check_real(params[1], "percentage", 0, 100, d);
}

// The smallest value that percentage of the window does not exceed: rank ceil(p / 100 * length).
static void nearest_run(void *state, const double *params, const double *const *in,
                        double *const *out, size_t n)
{
    double length = params[0], rank = ceil(params[1] / 100 * length);
    size_t at = rank < 1 ? 0 : (size_t)rank - 1;
    for (size_t i = 0; i < n; i++) {
        bool full = !kernel__is_na(in[0][i]) && ordered_push(state, params, in[0][i]);
        out[0][i] = full ? ordered_values(state)[at] : KERNEL__NA;
    }
}

// Rank length * p / 100 + 1/2, counted from 1, between its two neighbours; any na gives na.
static void linear_run(void *state, const double *params, const double *const *in,
                       double *const *out, size_t n)
{
    double length = params[0], rank = length * params[1] / 100 - 0.5;
    rank = rank < 0 ? 0 : rank > length - 1 ? length - 1 : rank;
    size_t at = (size_t)rank, next = at + 1 < (size_t)length ? at + 1 : at;
    double part = rank - (double)at;
    struct ordered *o = state;
    const double *v = ordered_values(o);
    for (size_t i = 0; i < n; i++) {
        bool full = ordered_push(o, params, in[0][i]) && o->count == (int64_t)length;
        out[0][i] = full ? v[at] + part * (v[next] - v[at]) : KERNEL__NA;
    }
}

const struct kernel kernel__ta_percentile_nearest_rank = {.name = "ta.percentile_nearest_rank",
                                                          .input_names = "source",
                                                          .output_names = "percentile",
                                                          .param_names = "length percentage",
                                                          .inputs = 1,
                                                          .outputs = 1,
                                                          .params = 2,
                                                          .check = percentile_check,
                                                          .state_bytes = ordered_bytes,
                                                          .init = ordered_init,
                                                          .run = nearest_run,
                                                          .warmup = kernel__warmup_length};

const struct kernel kernel__ta_percentile_linear_interpolation = {
    .name = "ta.percentile_linear_interpolation",
    .input_names = "source",
    .output_names = "percentile",
    .param_names = "length percentage",
    .inputs = 1,
    .outputs = 1,
    .params = 2,
    .check = percentile_check,
    .state_bytes = ordered_bytes,
    .init = ordered_init,
    .run = linear_run,
    .warmup = kernel__warmup_length};

// --- ta.percentrank: how many of the `length` values before are not above this one, in percent ---

static size_t rank_bytes(const double *params)
{
    return kernel__history_bytes(params[0] + 1);
}

static void rank_init(void *state, const double *params)
{
    kernel__history_init(state, params[0] + 1);
}

static double rank_of(const double *w, size_t length)
{
    double x = w[length], na = x - x;
    size_t count = 0;
    for (size_t k = 0; k < length; k++) {
        count += w[k] <= x;
        na += w[k] - w[k];
    }
    return kernel__is_na(na) ? KERNEL__NA : 100 * (double)count / (double)length;
}

static void rank_run(void *state, const double *params, const double *const *in, double *const *out,
                     size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const double *w = kernel__history_push(state, in[0][i]);
        out[0][i] = w == NULL ? KERNEL__NA : rank_of(w, (size_t)params[0]);
    }
}

const struct kernel kernel__ta_percentrank = {.name = "ta.percentrank",
                                              .input_names = "source",
                                              .output_names = "rank",
                                              .param_names = "length",
                                              .inputs = 1,
                                              .outputs = 1,
                                              .params = 1,
                                              .check = kernel__check_length,
                                              .state_bytes = rank_bytes,
                                              .init = rank_init,
                                              .run = rank_run,
                                              .warmup = kernel__warmup_lag};
