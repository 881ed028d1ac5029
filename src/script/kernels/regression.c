// SPDX-License-Identifier: Apache-2.0
// Least squares over a moving window: linreg and correlation. Sums are of distances to an anchor
// near the values, so that the difference of large sums keeps its digits.
#include "script/kernels/list.h"
#include "script/kernels/parts.h"
#include "script/kernels/window.h"

#include <string.h>

// --- ta.linreg: intercept + slope * (length - 1 - offset) of the least squares line --------------

struct line {
    double anchor;
    double sum, weighted; // of value - anchor; weights 1 (oldest) to length
    double last;
    int64_t same; // how many of the newest values are equal
    double offset;
};

KERNEL__INLINE struct window *line_window(void *state)
{
    return (struct window *)((struct line *)state + 1);
}

static int linreg_check(const double *params, struct diag *d)
{
    int rc = kernel__check_length(params, d);
    return rc != 0 ? rc : kernel__check_whole(params[1], "offset", -1e6, 1e6, d);
}

static size_t linreg_bytes(const double *params)
{
    return sizeof(struct line) + window__bytes(params[0]);
}

static void linreg_init(void *state, const double *params)
{
    *(struct line *)state = (struct line){.offset = params[1]};
    window__init(line_window(state), params[0]);
}

static void line_rebuild(void *sums, const struct window *w)
{
    struct line *s = sums;
    s->anchor = window__at(w, w->length - 1);
    s->last = s->anchor;
    s->sum = s->weighted = 0;
    s->same = 0;
    for (int64_t k = 0; k < w->length; k++) {
        double v = window__at(w, k) - s->anchor;
        s->sum += v;
        s->weighted += (double)(k + 1) * v;
        s->same = v == 0 ? s->same + 1 : 0;
    }
}

KERNEL__INLINE double line_value(const struct line *s, double length)
{
    double mean = s->sum / length, middle = (length + 1) / 2;
    // sum of (position - middle)^2 over the window
    double squares = length * (length * length - 1) / 12;
    double slope = length > 1 ? (s->weighted - middle * s->sum) / squares : 0;
    return s->anchor + (mean + slope * (length - s->offset - middle));
}

static void line_span(void *sums, const struct window *w, const double *restrict x,
                      const double *restrict gone, double *restrict out, size_t n)
{
    struct line s = *(struct line *)sums;
    double length = (double)w->length;
    for (size_t k = 0; k < n; k++) {
        double v = x[k] - s.anchor;
        s.weighted += length * v - s.sum;
        s.sum += v - (gone[k] - s.anchor);
        s.same = x[k] == s.last ? s.same + 1 : 1;
        s.last = x[k];
        if (__builtin_expect(s.same >= w->length, 0)) {
            // A flat window is its own line; rounding must not tilt it.
            s.anchor = x[k];
            s.sum = s.weighted = 0;
        }
        out[k] = line_value(&s, length);
    }
    *(struct line *)sums = s;
}

static double line_present(const void *sums, const struct window *w)
{
    return line_value(sums, (double)w->length);
}

static void linreg_run(void *state, const double *params, const double *const *in,
                       double *const *out, size_t n)
{
    (void)params;
    window__run(line_window(state), state, 0, line_span, line_rebuild, line_present, true, in[0],
                out[0], n);
}

const struct kernel kernel__ta_linreg = {
    .name = "ta.linreg",
    .input_names = "source",
    .output_names = "linreg",
    .param_names = "length offset",
    .inputs = 1,
    .outputs = 1,
    .params = 2,
    .check = linreg_check,
    .state_bytes = linreg_bytes,
    .init = linreg_init,
    .run = linreg_run,
    .warmup = kernel__warmup_length,
};

// --- ta.correlation: cov(a, b) / sqrt(var(a) * var(b)) over bars where both are defined ----------

struct correlation {
    int64_t length;
    int64_t taken;
    int64_t pos;
    int64_t until_rebuild;
    double anchor_a, anchor_b;
    double a, b, aa, bb, ab; // sums of distances to the anchors, their squares and product
    double last_a, last_b;
    int64_t same_a, same_b; // how many of the newest values are equal
    double value;
    double ring[]; // pairs
};

static size_t correlation_bytes(const double *params)
{
    return sizeof(struct correlation) + 2 * (size_t)params[0] * sizeof(double);
}

static void correlation_init(void *state, const double *params)
{
    struct correlation *c = state;
    memset(c, 0, correlation_bytes(params));
    c->length = (int64_t)params[0];
    c->until_rebuild = window__period(c->length);
    c->last_a = c->last_b = c->value = KERNEL__NA;
}

KERNEL__INLINE void correlation_add(struct correlation *c, const double *pair_in, double sign)
{
    double a = pair_in[0] - c->anchor_a, b = pair_in[1] - c->anchor_b;
    c->a += sign * a;
    c->b += sign * b;
    c->aa += sign * (a * a);
    c->bb += sign * (b * b);
    c->ab += sign * (a * b);
}

static void correlation_rebuild(struct correlation *c)
{
    int64_t newest = (c->pos == 0 ? c->length : c->pos) - 1;
    c->anchor_a = c->ring[2 * newest];
    c->anchor_b = c->ring[2 * newest + 1];
    c->a = c->b = c->aa = c->bb = c->ab = 0;
    for (int64_t k = 0; k < c->length; k++) {
        int64_t at = c->pos + k;
        correlation_add(c, c->ring + 2 * (at >= c->length ? at - c->length : at), 1);
    }
}

static double correlation_value(const struct correlation *c)
{
    double n = (double)c->length;
    if (c->same_a >= c->length || c->same_b >= c->length)
        return KERNEL__NA;
    double cov = c->ab - c->a * c->b / n;
    double var_a = c->aa - c->a * c->a / n, var_b = c->bb - c->b * c->b / n;
    if (!(var_a > 0) || !(var_b > 0))
        return KERNEL__NA;
    double r = cov / sqrt(var_a * var_b);
    return kernel__is_na(r) ? KERNEL__NA : r;
}

static double correlation_step(struct correlation *c, double a, double b)
{
    if (kernel__is_na(a) || kernel__is_na(b))
        return c->value;
    double *slot = c->ring + 2 * c->pos, incoming[2] = {a, b};
    c->same_a = a == c->last_a ? c->same_a + 1 : 1;
    c->same_b = b == c->last_b ? c->same_b + 1 : 1;
    c->last_a = a;
    c->last_b = b;
    if (c->taken >= c->length)
        correlation_add(c, slot, -1);
    correlation_add(c, incoming, 1);
    slot[0] = a;
    slot[1] = b;
    c->pos = c->pos + 1 == c->length ? 0 : c->pos + 1;
    c->taken++;
    if (c->taken < c->length)
        return KERNEL__NA;
    if (c->taken == c->length || --c->until_rebuild == 0) {
        correlation_rebuild(c);
        c->until_rebuild = window__period(c->length);
    }
    c->value = correlation_value(c);
    return c->value;
}

static void correlation_run(void *state, const double *params, const double *const *in,
                            double *const *out, size_t n)
{
    (void)params;
    for (size_t i = 0; i < n; i++)
        out[0][i] = correlation_step(state, in[0][i], in[1][i]);
}

const struct kernel kernel__ta_correlation = {.name = "ta.correlation",
                                              .input_names = "source1 source2",
                                              .output_names = "correlation",
                                              .param_names = "length",
                                              .inputs = 2,
                                              .outputs = 1,
                                              .params = 1,
                                              .check = kernel__check_length,
                                              .state_bytes = correlation_bytes,
                                              .init = correlation_init,
                                              .run = correlation_run,
                                              .warmup = kernel__warmup_length};
