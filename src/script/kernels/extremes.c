// SPDX-License-Identifier: Apache-2.0
// Highs and lows: highest lowest highestbars lowestbars range max min pivothigh pivotlow rising
// falling.
#include "script/kernels/list.h"
#include "script/kernels/parts.h"

#include <string.h>

static size_t extreme_bytes(const double *params)
{
    return kernel__extreme_bytes(params[0]);
}

static void extreme_init(void *state, const double *params)
{
    kernel__extreme_init(state, params[0]);
}

static void highest_run(void *state, const double *params, const double *const *in,
                        double *const *out, size_t n)
{
    (void)params;
    kernel__highest_run(state, in[0], out[0], n);
}

static void lowest_run(void *state, const double *params, const double *const *in,
                       double *const *out, size_t n)
{
    (void)params;
    kernel__lowest_run(state, in[0], out[0], n);
}

const struct kernel kernel__ta_highest = {.name = "ta.highest",
                                          .input_names = "source",
                                          .output_names = "highest",
                                          .param_names = "length",
                                          .inputs = 1,
                                          .outputs = 1,
                                          .params = 1,
                                          .check = kernel__check_length,
                                          .state_bytes = extreme_bytes,
                                          .init = extreme_init,
                                          .run = highest_run,
                                          .warmup = kernel__warmup_length};

const struct kernel kernel__ta_lowest = {.name = "ta.lowest",
                                         .input_names = "source",
                                         .output_names = "lowest",
                                         .param_names = "length",
                                         .inputs = 1,
                                         .outputs = 1,
                                         .params = 1,
                                         .check = kernel__check_length,
                                         .state_bytes = extreme_bytes,
                                         .init = extreme_init,
                                         .run = lowest_run,
                                         .warmup = kernel__warmup_length};

static size_t range_bytes(const double *params)
{
    return 2 * kernel__extreme_bytes(params[0]);
}

static void range_init(void *state, const double *params)
{
    kernel__extreme_init(state, params[0]);
    kernel__extreme_init((char *)state + kernel__extreme_bytes(params[0]), params[0]);
}

static void range_run(void *state, const double *params, const double *const *in,
                      double *const *out, size_t n)
{
    double low[KERNEL__CHUNK];
    for (size_t i = 0; i < n; i += KERNEL__CHUNK) {
        size_t m = kernel__min(n - i, KERNEL__CHUNK);
        kernel__highest_run(state, in[0] + i, out[0] + i, m);
        kernel__lowest_run((char *)state + kernel__extreme_bytes(params[0]), in[0] + i, low, m);
        for (size_t k = 0; k < m; k++)
            out[0][i + k] -= low[k];
    }
}

const struct kernel kernel__ta_range = {.name = "ta.range",
                                        .input_names = "source",
                                        .output_names = "range",
                                        .param_names = "length",
                                        .inputs = 1,
                                        .outputs = 1,
                                        .params = 1,
                                        .check = kernel__check_length,
                                        .state_bytes = range_bytes,
                                        .init = range_init,
                                        .run = range_run,
                                        .warmup = kernel__warmup_length};

// --- ta.max, ta.min: of all bars so far ----------------------------------------------------------

static size_t one_bytes(const double *params)
{
    (void)params;
    return sizeof(double);
}

static void one_init(void *state, const double *params)
{
    (void)params;
    *(double *)state = KERNEL__NA;
}

static void max_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    (void)params;
    double *best = state;
    for (size_t i = 0; i < n; i++) {
        double x = in[0][i];
        if (x > *best || (kernel__is_na(*best) && !kernel__is_na(x)))
            *best = x;
        out[0][i] = *best;
    }
}

static void min_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    (void)params;
    double *best = state;
    for (size_t i = 0; i < n; i++) {
        double x = in[0][i];
        if (x < *best || (kernel__is_na(*best) && !kernel__is_na(x)))
            *best = x;
        out[0][i] = *best;
    }
}

const struct kernel kernel__ta_max = {.name = "ta.max",
                                      .input_names = "source",
                                      .output_names = "max",
                                      .param_names = "",
                                      .inputs = 1,
                                      .outputs = 1,
                                      .params = 0,
                                      .state_bytes = one_bytes,
                                      .init = one_init,
                                      .run = max_run};

const struct kernel kernel__ta_min = {.name = "ta.min",
                                      .input_names = "source",
                                      .output_names = "min",
                                      .param_names = "",
                                      .inputs = 1,
                                      .outputs = 1,
                                      .params = 0,
                                      .state_bytes = one_bytes,
                                      .init = one_init,
                                      .run = min_run};

// --- where the extreme stands --------------------------------------------------------------------
// A queue of candidates, best first: a bar that is no worse than an older one makes that one
// useless (for "newest wins ties"; with "oldest wins" it must be strictly better).

struct candidates {
    int64_t length;
    int64_t bar; // bars seen
    int64_t first, count;
    struct candidate {
        double value;
        int64_t bar;
    } queue[];
};

static size_t candidates_bytes(double length)
{
    return sizeof(struct candidates) + (size_t)length * sizeof(struct candidate);
}

static void candidates_init(struct candidates *c, double length)
{
    memset(c, 0, candidates_bytes(length));
    c->length = (int64_t)length;
}

KERNEL__INLINE int64_t wrap(const struct candidates *c, int64_t i)
{
    return i >= c->length ? i - c->length : i;
}

// The best candidate of the last `length` bars; NULL when all are na or there are too few bars.
KERNEL__INLINE const struct candidate *candidates_push(struct candidates *c, double x, bool highest,
                                                       bool newest)
{
    int64_t bar = c->bar++;
    if (c->count > 0 && c->queue[c->first].bar <= bar - c->length) {
        c->first = wrap(c, c->first + 1);
        c->count--;
    }
    if (!kernel__is_na(x)) {
        while (c->count > 0) {
            double v = c->queue[wrap(c, c->first + c->count - 1)].value;
            if (highest ? x > v || (newest && x == v) : x < v || (newest && x == v))
                c->count--;
            else
                break;
        }
        c->queue[wrap(c, c->first + c->count)] = (struct candidate){x, bar};
        c->count++;
    }
    return c->count > 0 && c->bar >= c->length ? c->queue + c->first : NULL;
}

static size_t bars_bytes(const double *params)
{
    return candidates_bytes(params[0]);
}

static void bars_init(void *state, const double *params)
{
    candidates_init(state, params[0]);
}

KERNEL__INLINE void bars_run(struct candidates *c, const double *in, double *out, size_t n,
                             bool highest)
{
    for (size_t i = 0; i < n; i++) {
        const struct candidate *best = candidates_push(c, in[i], highest, false);
        out[i] = best == NULL ? KERNEL__NA : (double)(best->bar - (c->bar - 1));
    }
}

static void highestbars_run(void *state, const double *params, const double *const *in,
                            double *const *out, size_t n)
{
    (void)params;
    bars_run(state, in[0], out[0], n, true);
}

static void lowestbars_run(void *state, const double *params, const double *const *in,
                           double *const *out, size_t n)
{
    (void)params;
    bars_run(state, in[0], out[0], n, false);
}

const struct kernel kernel__ta_highestbars = {.name = "ta.highestbars",
                                              .input_names = "source",
                                              .output_names = "offset",
                                              .param_names = "length",
                                              .inputs = 1,
                                              .outputs = 1,
                                              .params = 1,
                                              .check = kernel__check_length,
                                              .state_bytes = bars_bytes,
                                              .init = bars_init,
                                              .run = highestbars_run,
                                              .warmup = kernel__warmup_length};

const struct kernel kernel__ta_lowestbars = {.name = "ta.lowestbars",
                                             .input_names = "source",
                                             .output_names = "offset",
                                             .param_names = "length",
                                             .inputs = 1,
                                             .outputs = 1,
                                             .params = 1,
                                             .check = kernel__check_length,
                                             .state_bytes = bars_bytes,
                                             .init = bars_init,
                                             .run = lowestbars_run,
                                             .warmup = kernel__warmup_length};

// --- ta.pivothigh, ta.pivotlow -------------------------------------------------------------------

static int pivot_check(const double *params, struct diag *d)
{
    int rc = kernel__check_whole(params[0], "leftbars", 0, KERNEL_LENGTH_MAX / 2.0, d);
    return rc != 0 ? rc
                   : kernel__check_whole(params[1], "rightbars", 0, KERNEL_LENGTH_MAX / 2.0, d);
}

static size_t pivot_bytes(const double *params)
{
    return candidates_bytes(params[0] + params[1] + 1);
}

static void pivot_init(void *state, const double *params)
{
    candidates_init(state, params[0] + params[1] + 1);
}

// The bar `rightbars` ago is a pivot when it is the newest of the window's extremes.
KERNEL__INLINE void pivot_run(struct candidates *c, const double *params, const double *in,
                              double *out, size_t n, bool highest)
{
    for (size_t i = 0; i < n; i++) {
        const struct candidate *best = candidates_push(c, in[i], highest, true);
        bool pivot = best != NULL && best->bar == c->bar - 1 - (int64_t)params[1];
        out[i] = pivot && !kernel__is_na(in[i]) ? best->value : KERNEL__NA;
    }
}

static void pivothigh_run(void *state, const double *params, const double *const *in,
                          double *const *out, size_t n)
{
    pivot_run(state, params, in[0], out[0], n, true);
}

static void pivotlow_run(void *state, const double *params, const double *const *in,
                         double *const *out, size_t n)
{
    pivot_run(state, params, in[0], out[0], n, false);
}

static int64_t pivot_warmup(const double *params)
{
    return (int64_t)params[0] + (int64_t)params[1];
}

const struct kernel kernel__ta_pivothigh = {.name = "ta.pivothigh",
                                            .input_names = "source",
                                            .output_names = "pivot",
                                            .param_names = "leftbars rightbars",
                                            .inputs = 1,
                                            .outputs = 1,
                                            .params = 2,
                                            .check = pivot_check,
                                            .state_bytes = pivot_bytes,
                                            .init = pivot_init,
                                            .run = pivothigh_run,
                                            .warmup = pivot_warmup};

const struct kernel kernel__ta_pivotlow = {.name = "ta.pivotlow",
                                           .input_names = "source",
                                           .output_names = "pivot",
                                           .param_names = "leftbars rightbars",
                                           .inputs = 1,
                                           .outputs = 1,
                                           .params = 2,
                                           .check = pivot_check,
                                           .state_bytes = pivot_bytes,
                                           .init = pivot_init,
                                           .run = pivotlow_run,
                                           .warmup = pivot_warmup};

// --- ta.rising, ta.falling: each of the last `length` steps went the same way --------------------

struct steps {
    double last;
    int64_t count;
};

static size_t steps_bytes(const double *params)
{
    (void)params;
    return sizeof(struct steps);
}

static void steps_init(void *state, const double *params)
{
    (void)params;
    *(struct steps *)state = (struct steps){.last = KERNEL__NA};
}

static void rising_run(void *state, const double *params, const double *const *in,
                       double *const *out, size_t n)
{
    struct steps s = *(struct steps *)state;
    int64_t length = (int64_t)params[0];
    for (size_t i = 0; i < n; i++) {
        // A product, not a choice: half of all bars would be mispredicted.
        s.count = (s.count + 1) * (in[0][i] > s.last);
        s.last = in[0][i];
        out[0][i] = kernel__bool(s.count >= length);
    }
    *(struct steps *)state = s;
}

static void falling_run(void *state, const double *params, const double *const *in,
                        double *const *out, size_t n)
{
    struct steps s = *(struct steps *)state;
    int64_t length = (int64_t)params[0];
    for (size_t i = 0; i < n; i++) {
        // A product, not a choice: half of all bars would be mispredicted.
        s.count = (s.count + 1) * (in[0][i] < s.last);
        s.last = in[0][i];
        out[0][i] = kernel__bool(s.count >= length);
    }
    *(struct steps *)state = s;
}

const struct kernel kernel__ta_rising = {.name = "ta.rising",
                                         .input_names = "source",
                                         .output_names = "rising",
                                         .param_names = "length",
                                         .inputs = 1,
                                         .outputs = 1,
                                         .params = 1,
                                         .check = kernel__check_recursive,
                                         .state_bytes = steps_bytes,
                                         .init = steps_init,
                                         .run = rising_run,
                                         .warmup = kernel__warmup_lag};

const struct kernel kernel__ta_falling = {.name = "ta.falling",
                                          .input_names = "source",
                                          .output_names = "falling",
                                          .param_names = "length",
                                          .inputs = 1,
                                          .outputs = 1,
                                          .params = 1,
                                          .check = kernel__check_recursive,
                                          .state_bytes = steps_bytes,
                                          .init = steps_init,
                                          .run = falling_run,
                                          .warmup = kernel__warmup_lag};
