// SPDX-License-Identifier: Apache-2.0
// Crossings and memory of conditions: crossover crossunder cross valuewhen barssince cum.
#include "script/kernels/list.h"
#include "script/kernels/parts.h"

#include <string.h>

// --- crossings: against the last bar on which both sides were defined ----------------------------

struct sides {
    double a, b;
};

static size_t sides_bytes(const double *params)
{
    (void)params;
    return sizeof(struct sides);
}

static void sides_init(void *state, const double *params)
{
    (void)params;
    *(struct sides *)state = (struct sides){KERNEL__NA, KERNEL__NA};
}

// One bar after a bar with a and b.
KERNEL__INLINE double crossed(double a, double b, double x, double y, bool over, bool under)
{
    return kernel__bool((over && x > y && a <= b) || (under && x < y && a >= b));
}

KERNEL__INLINE uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

// n bars, each after one with a and b. False when a value of them may be na: then what was written
// is void. No branches, for what a market does next cannot be predicted; the compiler makes vectors
// of it, which it does not when it knows that a and b are x and y one bar back. A difference has
// the sign of the comparison, underflow being gradual, and shows na of either: less itself it is +0
// or na.
#define CROSS_DEFINED(name, hit)                                                                   \
    static __attribute__((noinline)) bool name(const double *restrict a, const double *restrict b, \
                                               const double *restrict x, const double *restrict y, \
                                               double *restrict out, size_t n)                     \
    {                                                                                              \
        uint64_t odd = 0;                                                                          \
        for (size_t i = 0; i < n; i++) {                                                           \
            double before = a[i] - b[i], now = x[i] - y[i];                                        \
            out[i] = (hit) ? 1.0 : 0.0;                                                            \
            odd |= bits_of(now - now);                                                             \
        }                                                                                          \
        return odd == 0;                                                                           \
    }
CROSS_DEFINED(over_defined, (now > 0) & (before <= 0))
CROSS_DEFINED(under_defined, (now < 0) & (before >= 0))
CROSS_DEFINED(either_defined, ((now > 0) & (before <= 0)) | ((now < 0) & (before >= 0)))

KERNEL__INLINE bool cross_defined(const double *x, const double *y, double *out, size_t n,
                                  bool over, bool under)
{
    return (over && under ? either_defined
            : over        ? over_defined
                          : under_defined)(x, y, x + 1, y + 1, out, n);
}

KERNEL__INLINE void cross_careful(struct sides *s, const double *x, const double *y, double *out,
                                  size_t n, bool over, bool under)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = 0;
        if (kernel__is_na(x[i]) || kernel__is_na(y[i]))
            continue;
        out[i] = crossed(s->a, s->b, x[i], y[i], over, under);
        *s = (struct sides){x[i], y[i]};
    }
}

KERNEL__INLINE void cross_run(struct sides *s, const double *const *in, double *out, size_t n,
                              bool over, bool under)
{
    for (size_t i = 0; i < n; i += KERNEL__CHUNK) {
        const double *x = in[0] + i, *y = in[1] + i;
        size_t m = kernel__min(n - i, KERNEL__CHUNK);
        if (!kernel__is_na(x[0] - y[0]) && cross_defined(x, y, out + i + 1, m - 1, over, under)) {
            out[i] = crossed(s->a, s->b, x[0], y[0], over, under);
            *s = (struct sides){x[m - 1], y[m - 1]};
        } else {
            cross_careful(s, x, y, out + i, m, over, under);
        }
    }
}

static void crossover_run(void *state, const double *params, const double *const *in,
                          double *const *out, size_t n)
{
    (void)params;
    cross_run(state, in, out[0], n, true, false);
}

static void crossunder_run(void *state, const double *params, const double *const *in,
                           double *const *out, size_t n)
{
    (void)params;
    cross_run(state, in, out[0], n, false, true);
}

static void either_run(void *state, const double *params, const double *const *in,
                       double *const *out, size_t n)
{
    (void)params;
    cross_run(state, in, out[0], n, true, true);
}

const struct kernel kernel__ta_crossover = {.name = "ta.crossover",
                                            .input_names = "source1 source2",
                                            .output_names = "crossover",
                                            .param_names = "",
                                            .inputs = 2,
                                            .outputs = 1,
                                            .params = 0,
                                            .state_bytes = sides_bytes,
                                            .init = sides_init,
                                            .run = crossover_run,
                                            .warmup = kernel__warmup_one};

const struct kernel kernel__ta_crossunder = {.name = "ta.crossunder",
                                             .input_names = "source1 source2",
                                             .output_names = "crossunder",
                                             .param_names = "",
                                             .inputs = 2,
                                             .outputs = 1,
                                             .params = 0,
                                             .state_bytes = sides_bytes,
                                             .init = sides_init,
                                             .run = crossunder_run,
                                             .warmup = kernel__warmup_one};

const struct kernel kernel__ta_cross = {.name = "ta.cross",
                                        .input_names = "source1 source2",
                                        .output_names = "cross",
                                        .param_names = "",
                                        .inputs = 2,
                                        .outputs = 1,
                                        .params = 0,
                                        .state_bytes = sides_bytes,
                                        .init = sides_init,
                                        .run = either_run,
                                        .warmup = kernel__warmup_one};

// --- ta.valuewhen --------------------------------------------------------------------------------

static int valuewhen_check(const double *params, struct diag *d)
{
    return kernel__check_whole(params[0], "occurrence", 0, KERNEL_LENGTH_MAX, d);
}

// The last occurrence + 1 values.
struct values {
    int64_t pos; // the oldest of them
    double ring[];
};

static size_t valuewhen_bytes(const double *params)
{
    return sizeof(struct values) + ((size_t)params[0] + 1) * sizeof(double);
}

static void valuewhen_init(void *state, const double *params)
{
    struct values *s = state;
    s->pos = 0;
    for (size_t k = 0; k <= (size_t)params[0]; k++)
        s->ring[k] = KERNEL__NA;
}

static void valuewhen_run(void *state, const double *params, const double *const *in,
                          double *const *out, size_t n)
{
    struct values *s = state;
    int64_t last = (int64_t)params[0];
    for (size_t i = 0; i < n; i++) {
        if (in[0][i] != 0 && !kernel__is_na(in[0][i])) {
            s->ring[s->pos] = in[1][i];
            s->pos = s->pos == last ? 0 : s->pos + 1;
        }
        out[0][i] = s->ring[s->pos];
    }
}

const struct kernel kernel__ta_valuewhen = {.name = "ta.valuewhen",
                                            .input_names = "condition source",
                                            .output_names = "value",
                                            .param_names = "occurrence",
                                            .inputs = 2,
                                            .outputs = 1,
                                            .params = 1,
                                            .check = valuewhen_check,
                                            .state_bytes = valuewhen_bytes,
                                            .init = valuewhen_init,
                                            .run = valuewhen_run,
                                            .warmup = kernel__warmup_lag};

// --- ta.barssince --------------------------------------------------------------------------------

static size_t one_bytes(const double *params)
{
    (void)params;
    return sizeof(double);
}

static void na_init(void *state, const double *params)
{
    (void)params;
    *(double *)state = KERNEL__NA;
}

static void barssince_run(void *state, const double *params, const double *const *in,
                          double *const *out, size_t n)
{
    (void)params;
    double since = *(double *)state;
    for (size_t i = 0; i < n; i++) {
        bool met = in[0][i] != 0 && !kernel__is_na(in[0][i]);
        since = met ? 0 : since + 1;
        out[0][i] = since;
    }
    *(double *)state = since;
}

const struct kernel kernel__ta_barssince = {.name = "ta.barssince",
                                            .input_names = "condition",
                                            .output_names = "bars",
                                            .param_names = "",
                                            .inputs = 1,
                                            .outputs = 1,
                                            .params = 0,
                                            .state_bytes = one_bytes,
                                            .init = na_init,
                                            .run = barssince_run};

// --- ta.cum: compensated, so that a long history does not blunt it -------------------------------

struct total {
    double sum, err;
};

static size_t total_bytes(const double *params)
{
    (void)params;
    return sizeof(struct total);
}

static void total_init(void *state, const double *params)
{
    (void)params;
    *(struct total *)state = (struct total){0};
}

static void cum_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    (void)params;
    struct total s = *(struct total *)state;
    for (size_t i = 0; i < n; i++) {
        double x = in[0][i];
        if (kernel__is_na(x)) {
            out[0][i] = KERNEL__NA;
            continue;
        }
        double t = s.sum + x, b = t - s.sum;
        s.err += (s.sum - (t - b)) + (x - b);
        s.sum = t;
        out[0][i] = s.sum + s.err;
    }
    *(struct total *)state = s;
}

const struct kernel kernel__ta_cum = {.name = "ta.cum",
                                      .input_names = "source",
                                      .output_names = "cum",
                                      .param_names = "",
                                      .inputs = 1,
                                      .outputs = 1,
                                      .params = 0,
                                      .state_bytes = total_bytes,
                                      .init = total_init,
                                      .run = cum_run};
