// SPDX-License-Identifier: Apache-2.0
// Aggregation of bars to a higher timeframe, a column at a time.
#include "script/htf.h"

#include "script/ops.h"

#include <stdbool.h>

struct htf_state {
    double period; // open time of the higher bar being built; NaN: none
    double close;  // its close time
    double value;
    double reported; // 1: its completion has been told
};

static size_t htf_bytes(const double *params)
{
    (void)params;
    return sizeof(struct htf_state);
}

static void htf_init(void *state, const double *params)
{
    (void)params;
    *(struct htf_state *)state = (struct htf_state){NAN, NAN, NAN, 1};
}

static double first(double value, double x)
{
    (void)x;
    return value;
}

static double greatest(double value, double x)
{
    return x > value || isnan(value) ? x : value;
}

static double least(double value, double x)
{
    return x < value || isnan(value) ? x : value;
}

static double last(double value, double x)
{
    (void)value;
    return x;
}

static double sum(double value, double x)
{
    return value + x;
}

// One bar; returns whether a higher bar completed and its value through *done.
static inline bool step(struct htf_state *s, const double *params, double time, double x,
                        double (*join)(double, double), double *done)
{
    bool complete = false;
    if (!(time < s->close)) {
        // The bar that would have closed the higher one is missing: it is known closed now.
        if (s->reported == 0) {
            complete = true;
            *done = s->value;
        }
        s->period = script__tf_open(time, params[0]);
        s->close = script__tf_close(time, params[0]);
        s->value = x;
        s->reported = 0;
    } else {
        s->value = join(s->value, x);
    }
    if (s->reported == 0 && script__tf_close(time, params[1]) >= s->close) {
        complete = true;
        *done = s->value;
        s->reported = 1;
    }
    return complete;
}

#define AGGREGATE(name, join)                                                                      \
    static void run_##name(void *state, const double *params, const double *const *in,             \
                           double *const *out, size_t n)                                           \
    {                                                                                              \
        for (size_t i = 0; i < n; i++) {                                                           \
            double done = NAN;                                                                     \
            (void)step(state, params, in[0][i], in[1][i], join, &done);                            \
            out[0][i] = done;                                                                      \
        }                                                                                          \
    }
AGGREGATE(first, first)
AGGREGATE(max, greatest)
AGGREGATE(min, least)
AGGREGATE(last, last)
AGGREGATE(sum, sum)

static void run_confirmed(void *state, const double *params, const double *const *in,
                          double *const *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double done;
        out[0][i] = step(state, params, in[0][i], 0, last, &done);
    }
}

static void run_time(void *state, const double *params, const double *const *in, double *const *out,
                     size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double done = NAN;
        (void)step(state, params, in[0][i], script__tf_open(in[0][i], params[0]), first, &done);
        out[0][i] = done;
    }
}

static size_t hold_bytes(const double *params)
{
    (void)params;
    return sizeof(double);
}

static void hold_init(void *state, const double *params)
{
    (void)params;
    *(double *)state = NAN;
}

static void run_hold(void *state, const double *params, const double *const *in, double *const *out,
                     size_t n)
{
    double held = *(double *)state;
    (void)params;
    for (size_t i = 0; i < n; i++) {
        if (OP_TRUE(in[1][i]))
            held = in[0][i];
        out[0][i] = held;
    }
    *(double *)state = held;
}

#define HTF(text, function)                                                                        \
    {                                                                                              \
        .name = "htf." text, .input_names = "time source", .output_names = "value",                \
        .param_names = "timeframe stream", .inputs = 2, .outputs = 1, .params = 2,                 \
        .state_bytes = htf_bytes, .init = htf_init, .run = function                                \
    }

static const struct kernel kernels[] = {
    [HTF_CONFIRMED] = HTF("confirmed", run_confirmed),
    [HTF_FIRST] = HTF("first", run_first),
    [HTF_MAX] = HTF("max", run_max),
    [HTF_MIN] = HTF("min", run_min),
    [HTF_LAST] = HTF("last", run_last),
    [HTF_SUM] = HTF("sum", run_sum),
    [HTF_TIME] = HTF("time", run_time),
    [HTF_HOLD] = {.name = "htf.hold",
                  .input_names = "source condition",
                  .output_names = "value",
                  .param_names = "",
                  .inputs = 2,
                  .outputs = 1,
                  .state_bytes = hold_bytes,
                  .init = hold_init,
                  .run = run_hold},
};

const struct kernel *script__htf_kernel(enum htf_kernel which)
{
    return &kernels[which];
}
