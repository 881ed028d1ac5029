// SPDX-License-Identifier: Apache-2.0
// Windows whose length changes from bar to bar ("@series"): the last KERNEL_LENGTH_MAX values are
// kept, and each bar looks at as many as its length says. A length that is na, below 1 or beyond
// what is kept gives na.
#include "script/kernels/list.h"
#include "script/kernels/parts.h"

#include <string.h>

struct recent {
    int64_t taken;
    int64_t pos; // where the next value goes
    double ring[KERNEL_LENGTH_MAX];
};

static size_t recent_bytes(const double *params)
{
    (void)params;
    return sizeof(struct recent);
}

static void recent_init(void *state, const double *params)
{
    (void)params;
    memset(state, 0, sizeof(struct recent));
}

static void recent_push(struct recent *r, double x)
{
    r->ring[r->pos] = x;
    r->pos = r->pos + 1 == KERNEL_LENGTH_MAX ? 0 : r->pos + 1;
    r->taken++;
}

// Value of `back` values ago, 0 = the newest.
KERNEL__INLINE double recent_at(const struct recent *r, int64_t back)
{
    int64_t i = r->pos - 1 - back;
    return r->ring[i < 0 ? i + KERNEL_LENGTH_MAX : i];
}

// The length as a number of values there are, 0 when there are not.
static int64_t recent_length(const struct recent *r, double length)
{
    if (!(length >= 1 && length < KERNEL_LENGTH_MAX + 1.0))
        return 0;
    return (int64_t)length <= r->taken ? (int64_t)length : 0;
}

// --- over values that are not na -----------------------------------------------------------------

// Sum of the last `length` values, each times `length` for the newest, one less for each older one.
static double recent_sum(const struct recent *r, int64_t length, bool weighted)
{
    double sum = 0, err = 0;
    for (int64_t k = length - 1; k >= 0; k--) {
        double x = recent_at(r, k) * (weighted ? (double)(length - k) : 1.0);
        double t = sum + x, b = t - sum;
        err += (sum - (t - b)) + (x - b);
        sum = t;
    }
    return sum + err;
}

KERNEL__INLINE void sums_run(struct recent *r, const double *const *in, double *out, size_t n,
                             bool mean, bool weighted)
{
    for (size_t i = 0; i < n; i++) {
        bool na = kernel__is_na(in[0][i]);
        if (!na)
            recent_push(r, in[0][i]);
        int64_t length = recent_length(r, in[1][i]);
        double divisor = weighted ? (double)length * ((double)length + 1) / 2
                         : mean   ? (double)length
                                  : 1.0;
        bool given = length > 0 && !(na && weighted);
        out[i] = given ? recent_sum(r, length, weighted) / divisor : KERNEL__NA;
    }
}

static void sum_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    (void)params;
    sums_run(state, in, out[0], n, false, false);
}

static void sma_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    (void)params;
    sums_run(state, in, out[0], n, true, false);
}

static void wma_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    (void)params;
    sums_run(state, in, out[0], n, true, true);
}

// --- over bars, na passed over -------------------------------------------------------------------

// How many bars back the extreme stands (the oldest of equal ones), -1 when all are na.
static int64_t extreme_back(const struct recent *r, int64_t length, bool highest)
{
    int64_t best = -1;
    for (int64_t k = length - 1; k >= 0; k--) {
        double x = recent_at(r, k), v = best < 0 ? KERNEL__NA : recent_at(r, best);
        if (!kernel__is_na(x) && (best < 0 || (highest ? x > v : x < v)))
            best = k;
    }
    return best;
}

KERNEL__INLINE void extreme_run(struct recent *r, const double *const *in, double *out, size_t n,
                                bool highest, bool offset)
{
    for (size_t i = 0; i < n; i++) {
        recent_push(r, in[0][i]);
        int64_t back = extreme_back(r, recent_length(r, in[1][i]), highest);
        out[i] = back < 0 ? KERNEL__NA : offset ? 0.0 - (double)back : recent_at(r, back);
    }
}

static void highest_run(void *state, const double *params, const double *const *in,
                        double *const *out, size_t n)
{
    (void)params;
    extreme_run(state, in, out[0], n, true, false);
}

static void lowest_run(void *state, const double *params, const double *const *in,
                       double *const *out, size_t n)
{
    (void)params;
    extreme_run(state, in, out[0], n, false, false);
}

static void highestbars_run(void *state, const double *params, const double *const *in,
                            double *const *out, size_t n)
{
    (void)params;
    extreme_run(state, in, out[0], n, true, true);
}

static void lowestbars_run(void *state, const double *params, const double *const *in,
                           double *const *out, size_t n)
{
    (void)params;
    extreme_run(state, in, out[0], n, false, true);
}

#define SERIES(run_function, output)                                                               \
    .input_names = "source length", .output_names = output, .param_names = "", .inputs = 2,        \
    .outputs = 1, .params = 0, .state_bytes = recent_bytes, .init = recent_init,                   \
    .run = run_function

const struct kernel kernel__math_sum_series = {.name = "math.sum@series", SERIES(sum_run, "sum")};
const struct kernel kernel__ta_sma_series = {.name = "ta.sma@series", SERIES(sma_run, "sma")};
const struct kernel kernel__ta_wma_series = {.name = "ta.wma@series", SERIES(wma_run, "wma")};
const struct kernel kernel__ta_highest_series = {.name = "ta.highest@series",
                                                 SERIES(highest_run, "highest")};
const struct kernel kernel__ta_lowest_series = {.name = "ta.lowest@series",
                                                SERIES(lowest_run, "lowest")};
const struct kernel kernel__ta_highestbars_series = {.name = "ta.highestbars@series",
                                                     SERIES(highestbars_run, "offset")};
const struct kernel kernel__ta_lowestbars_series = {.name = "ta.lowestbars@series",
                                                    SERIES(lowestbars_run, "offset")};
