// SPDX-License-Identifier: Apache-2.0
// The moving window under the kernels that are updated by "one value comes, one value goes": a ring
// of the last `length` values and the driver that feeds whole spans of a block to a family's inner
// loop. Values that are na are left out of the window, as Pine's "na values are ignored" has it.
//
// Rounding of the running sums is wiped out by rebuilding them from the ring after a number of
// values that depends on the length alone, so block splits cannot be seen in the results.
#ifndef SCRIPT_KERNELS_WINDOW_H
#define SCRIPT_KERNELS_WINDOW_H

#include "script/kernels/kernel_internal.h"

#include <string.h>

struct window {
    int64_t length;
    int64_t taken; // values taken in so far
    int64_t pos;   // where the next one goes; the oldest once the ring is full
    int64_t until_rebuild;
    double ring[];
};

size_t window__bytes(double length);
void window__init(struct window *w, double length);
// Value k of a full ring, 0 = oldest.
KERNEL__INLINE double window__at(const struct window *w, int64_t k)
{
    int64_t i = w->pos + k;
    return w->ring[i >= w->length ? i - w->length : i];
}

// Steps a full window over n finite values: x comes, gone leaves, out is written.
typedef void (*window_span)(void *sums, const struct window *w, const double *x, const double *gone,
                            double *out, size_t n);
// Sets the sums from a full ring.
typedef void (*window_rebuild)(void *sums, const struct window *w);
// The present value of a full window.
typedef double (*window_value)(const void *sums, const struct window *w);

int64_t window__period(int64_t length);

KERNEL__INLINE void window__store(struct window *w, const double *x, size_t n)
{
    int64_t length = w->length;
    size_t kept = kernel__min(n, (size_t)length);
    int64_t pos = (int64_t)n < length ? w->pos : (w->pos + (int64_t)(n - kept)) % length;
    for (size_t k = n - kept; k < n; k++) {
        w->ring[pos] = x[k];
        pos = pos + 1 == length ? 0 : pos + 1;
    }
    w->pos = pos;
    w->taken += (int64_t)n;
}

// n values through a full window: what leaves stands first in the ring (in up to two pieces), then
// in the block itself. The ring is left as it is.
KERNEL__INLINE void window__pass(const struct window *w, void *sums, window_span span,
                                 const double *x, double *out, size_t n)
{
    size_t length = (size_t)w->length, pos = (size_t)w->pos;
    size_t a = kernel__min(n, length - pos), b = kernel__min(n - a, pos);
    span(sums, w, x, w->ring + pos, out, a);
    if (b > 0)
        span(sums, w, x + a, w->ring, out + a, b);
    if (n > length)
        span(sums, w, x + length, x, out + length, n - length);
}

KERNEL__INLINE void window__spans(struct window *w, void *sums, window_span span, const double *x,
                                  double *out, size_t n)
{
    window__pass(w, sums, span, x, out, n);
    window__store(w, x, n);
}

// Takes up to n values, none of them na, and says how many; 0 when the first is na.
// sums_bytes > 0 says that sums once na stay na: then the piece is taken on trust, and only when na
// shows in the end is it done again with a look at each value.
KERNEL__INLINE size_t window__take(struct window *w, void *sums, size_t sums_bytes,
                                   window_span span, window_value value, const double *x,
                                   double *out, size_t n)
{
    if (sums_bytes > 0) {
        double before[8];
        memcpy(before, sums, sums_bytes);
        window__pass(w, sums, span, x, out, n);
        if (__builtin_expect(!kernel__is_na(value(sums, w)), 1)) {
            window__store(w, x, n);
            return n;
        }
        memcpy(sums, before, sums_bytes);
    }
    size_t m = kernel__finite_prefix(x, n);
    window__spans(w, sums, span, x, out, m);
    return m;
}

// Runs a block. hold: a bar that is na repeats the window's value instead of giving na.
KERNEL__INLINE void window__run(struct window *w, void *sums, size_t sums_bytes, window_span span,
                                window_rebuild rebuild, window_value value, bool hold,
                                const double *in, double *out, size_t n)
{
    size_t i = 0;
    while (i < n) {
        bool full = w->taken >= w->length;
        if (kernel__is_na(in[i])) {
            out[i++] = full && hold ? value(sums, w) : KERNEL__NA;
            continue;
        }
        if (!full) {
            window__store(w, in + i, 1);
            full = w->taken == w->length;
            if (full)
                rebuild(sums, w);
            out[i++] = full ? value(sums, w) : KERNEL__NA;
            continue;
        }
        size_t m = window__take(w, sums, sums_bytes, span, value, in + i, out + i,
                                kernel__min(n - i, (size_t)w->until_rebuild));
        i += m;
        w->until_rebuild -= (int64_t)m;
        if (w->until_rebuild == 0) {
            rebuild(sums, w);
            w->until_rebuild = window__period(w->length);
        }
    }
}

#endif
