// SPDX-License-Identifier: Apache-2.0
// Highest and lowest of a moving window in O(1) without branches on the data (van Herk 1992, Gil
// and Werman 1993): bars are taken in runs of `length`; while a run fills up, the window is the
// rest of the run before, whose extremes from the end are known, and the bars of this run so far.
#include "script/kernels/parts.h"

struct extreme {
    int64_t length;
    int64_t taken;
    int64_t at;    // place of the next bar in its run
    double so_far; // extreme of this run; not finite while it has none
    // [0, at): this run's values; [at, length): extremes of the run before from there to its end.
    double run[];
};

size_t kernel__extreme_bytes(double length)
{
    return sizeof(struct extreme) + (size_t)length * sizeof(double);
}

void kernel__extreme_init(void *state, double length)
{
    struct extreme *e = state;
    *e = (struct extreme){.length = (int64_t)length, .so_far = KERNEL__NA};
    for (int64_t k = 0; k < e->length; k++)
        e->run[k] = KERNEL__NA;
}

// What loses against every value; na loses too, for no comparison with it holds.
KERNEL__INLINE double worst(bool highest)
{
    return highest ? -INFINITY : INFINITY;
}

KERNEL__INLINE double better(double a, double b, bool highest)
{
    return (highest ? a > b : a < b) ? a : b;
}

KERNEL__INLINE double known(double v, bool highest)
{
    return v == worst(highest) ? KERNEL__NA : v;
}

KERNEL__INLINE void end_run(struct extreme *e, bool highest)
{
    double best = worst(highest);
    for (int64_t k = e->length - 1; k >= 0; k--) {
        best = better(e->run[k], best, highest);
        e->run[k] = best;
    }
    e->at = 0;
    e->so_far = worst(highest);
}

KERNEL__INLINE void run(void *state, const double *restrict in, double *restrict out, size_t n,
                        bool highest)
{
    struct extreme *e = state;
    size_t i = 0;
    while (i < n) {
        size_t m = kernel__min(n - i, (size_t)(e->length - e->at));
        double best = kernel__is_na(e->so_far) ? worst(highest) : e->so_far, *at = e->run + e->at;
        bool last = e->at + (int64_t)m == e->length;
        size_t inner = last ? m - 1 : m;
        for (size_t k = 0; k < inner; k++) {
            double x = in[i + k];
            at[k] = x;
            best = better(x, best, highest);
            out[i + k] = known(better(at[k + 1], best, highest), highest);
        }
        e->so_far = best;
        e->at += (int64_t)m;
        if (last) {
            at[inner] = in[i + inner];
            out[i + inner] = known(better(in[i + inner], best, highest), highest);
            end_run(e, highest);
        }
        for (size_t k = 0; k < m && e->taken + (int64_t)k < e->length - 1; k++)
            out[i + k] = KERNEL__NA;
        e->taken += (int64_t)m;
        i += m;
    }
}

void kernel__highest_run(void *state, const double *in, double *out, size_t n)
{
    run(state, in, out, n, true);
}

void kernel__lowest_run(void *state, const double *in, double *out, size_t n)
{
    run(state, in, out, n, false);
}
