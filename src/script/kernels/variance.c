// SPDX-License-Identifier: Apache-2.0
// Variance over a moving window, from sums of distances to an anchor near the prices: the textbook
// difference of large squares loses all digits when the spread is small against the price.
#include "script/kernels/parts.h"
#include "script/kernels/window.h"

struct spread {
    double anchor;
    double sum, squares; // of value - anchor
    double last;
    int64_t same; // how many of the newest values are equal
    double divisor;
};

KERNEL__INLINE struct window *window_of(void *state)
{
    return (struct window *)((struct spread *)state + 1);
}

size_t kernel__variance_bytes(double length)
{
    return sizeof(struct spread) + window__bytes(length);
}

void kernel__variance_init(void *state, double length, bool biased)
{
    *(struct spread *)state = (struct spread){.divisor = biased ? length : length - 1};
    window__init(window_of(state), length);
}

static void rebuild(void *sums, const struct window *w)
{
    struct spread *s = sums;
    s->anchor = window__at(w, w->length - 1);
    s->sum = s->squares = 0;
    s->last = s->anchor;
    s->same = 0;
    for (int64_t k = 0; k < w->length; k++) {
        double v = window__at(w, k) - s->anchor;
        s->sum += v;
        s->squares += v * v;
        s->same = v == 0 ? s->same + 1 : 0;
    }
}

// 0 / 0 of an unbiased window of one is na, as in Pine.
KERNEL__INLINE double variance(const struct spread *s, double length)
{
    double v = s->squares - s->sum * s->sum / length;
    v = v < 0 ? 0 : v;
    return v / s->divisor;
}

static void span(void *sums, const struct window *w, const double *restrict x,
                 const double *restrict gone, double *restrict out, size_t n)
{
    struct spread s = *(struct spread *)sums;
    double length = (double)w->length;
    for (size_t k = 0; k < n; k++) {
        double v = x[k] - s.anchor, g = gone[k] - s.anchor;
        s.sum += v - g;
        s.squares += (v - g) * (v + g);
        s.same = x[k] == s.last ? s.same + 1 : 1;
        s.last = x[k];
        if (__builtin_expect(s.same >= w->length, 0)) {
            // A flat window has no spread at all; rounding must not leave one.
            s.anchor = x[k];
            s.sum = s.squares = 0;
        }
        out[k] = variance(&s, length);
    }
    *(struct spread *)sums = s;
}

static double value(const void *sums, const struct window *w)
{
    return variance(sums, (double)w->length);
}

void kernel__variance_run(void *state, const double *in, double *out, size_t n)
{
    window__run(window_of(state), state, 0, span, rebuild, value, true, in, out, n);
}
