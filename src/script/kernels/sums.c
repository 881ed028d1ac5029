// SPDX-License-Identifier: Apache-2.0
// Running sums over a moving window: sum, mean, weighted mean and center of gravity. The sum is
// compensated, so that prices standing still give a mean equal to the price.
#include "script/kernels/parts.h"
#include "script/kernels/window.h"

struct sums {
    double sum;
    double err;      // what rounding took from sum
    double weighted; // 1 * oldest + ... + length * newest; wma and cog only
    double last;
    int64_t same; // how many of the newest values are equal; exact sums only
};

KERNEL__INLINE struct window *window_of(void *state)
{
    return (struct window *)((struct sums *)state + 1);
}

KERNEL__INLINE void add(struct sums *s, double d)
{
    double t = s->sum + d, b = t - s->sum;
    s->err += (s->sum - (t - b)) + (d - b);
    s->sum = t;
}

size_t kernel__sum_bytes(double length)
{
    return sizeof(struct sums) + window__bytes(length);
}

void kernel__sum_init(void *state, double length)
{
    *(struct sums *)state = (struct sums){0};
    window__init(window_of(state), length);
}

static void rebuild_sum(void *sums, const struct window *w)
{
    struct sums s = {0};
    for (int64_t k = 0; k < w->length; k++) {
        double x = window__at(w, k);
        add(&s, x);
        s.same = k > 0 && x == s.last ? s.same + 1 : 1;
        s.last = x;
    }
    *(struct sums *)sums = s;
}

// Where all of the window is equal the mean is that value to the last bit (dividing its sum would
// miss it by one) and nothing of what went through before stays.
static double flat(struct sums *s, double x, double length)
{
    s->sum = x * length;
    s->err = 0;
    return x;
}

// Whether a flat window may end within x: two values half a length apart are equal, or the flat
// piece began before x. Spares the usual case the counting of equal values.
static bool may_be_flat(const struct sums *s, const double *x, size_t n, int64_t length)
{
    size_t half = (size_t)length / 2;
    if (half == 0 || n == 0 || x[0] == s->last)
        return true;
    for (size_t k = half; k < n; k += half) {
        if (x[k] == x[k - half])
            return true;
    }
    return false;
}

// The difference of two prices of one window is exact nearly always: they are within a factor of
// two.
KERNEL__INLINE void mean_loop(struct sums *sums, int64_t whole, const double *restrict x,
                              const double *restrict gone, double *restrict out, size_t n,
                              bool counting)
{
    struct sums s = *sums;
    double length = (double)whole;
    for (size_t k = 0; k < n; k++) {
        double d = x[k] - gone[k], t = s.sum + d;
        s.err += d - (t - s.sum);
        s.sum = t;
        out[k] = (s.sum + s.err) / length;
        if (!counting)
            continue;
        s.same = x[k] == s.last ? s.same + 1 : 1;
        s.last = x[k];
        // Sums that are na must stay so: that is how the driver learns of an na among x.
        if (__builtin_expect(s.same >= whole && !kernel__is_na(s.sum), 0))
            out[k] = flat(&s, x[k], length);
    }
    *sums = s;
}

static void span_mean(void *sums, const struct window *w, const double *x, const double *gone,
                      double *out, size_t n)
{
    struct sums *s = sums;
    if (may_be_flat(s, x, n, w->length)) {
        mean_loop(s, w->length, x, gone, out, n, true);
        return;
    }
    mean_loop(s, w->length, x, gone, out, n, false);
    s->last = x[n - 1];
    s->same = 1;
    while ((size_t)s->same < n && x[n - 1 - (size_t)s->same] == s->last)
        s->same++;
}

// For values of any size: what x - gone rounds off is kept too, and where all of the window is
// equal (no volume, no losses) nothing of what went through before stays.
static void span_total(void *sums, const struct window *w, const double *restrict x,
                       const double *restrict gone, double *restrict out, size_t n)
{
    struct sums s = *(struct sums *)sums;
    for (size_t k = 0; k < n; k++) {
        double d = x[k] - gone[k], b = d - x[k];
        s.err += (x[k] - (d - b)) - (gone[k] + b);
        add(&s, d);
        s.same = x[k] == s.last ? s.same + 1 : 1;
        s.last = x[k];
        if (__builtin_expect(s.same >= w->length, 0))
            (void)flat(&s, x[k], (double)w->length);
        out[k] = s.sum + s.err;
    }
    *(struct sums *)sums = s;
}

static double value_total(const void *sums, const struct window *w)
{
    (void)w;
    const struct sums *s = sums;
    return s->sum + s->err;
}

static double value_mean(const void *sums, const struct window *w)
{
    return value_total(sums, w) / (double)w->length;
}

void kernel__sum_run(void *state, const double *in, double *out, size_t n)
{
    window__run(window_of(state), state, 0, span_total, rebuild_sum, value_total, true, in, out, n);
}

void kernel__sma_run(void *state, const double *in, double *out, size_t n)
{
    window__run(window_of(state), state, sizeof(struct sums), span_mean, rebuild_sum, value_mean,
                true, in, out, n);
}

size_t kernel__wma_bytes(double length)
{
    return kernel__sum_bytes(length);
}

void kernel__wma_init(void *state, double length)
{
    kernel__sum_init(state, length);
}

static void rebuild_weighted(void *sums, const struct window *w)
{
    struct sums s = {0};
    for (int64_t k = 0; k < w->length; k++) {
        double x = window__at(w, k);
        add(&s, x);
        s.weighted += (double)(k + 1) * x;
    }
    *(struct sums *)sums = s;
}

// When x comes, each older value's weight falls by one: weighted + length * x - sum before.
KERNEL__INLINE void step_weighted(struct sums *s, double x, double gone, double length)
{
    s->weighted += length * x - (s->sum + s->err);
    add(s, x - gone);
}

static void span_wma(void *sums, const struct window *w, const double *x, const double *gone,
                     double *out, size_t n)
{
    struct sums s = *(struct sums *)sums;
    double length = (double)w->length, norm = length * (length + 1) / 2;
    for (size_t k = 0; k < n; k++) {
        step_weighted(&s, x[k], gone[k], length);
        out[k] = s.weighted / norm;
    }
    *(struct sums *)sums = s;
}

static double value_wma(const void *sums, const struct window *w)
{
    double length = (double)w->length;
    return ((const struct sums *)sums)->weighted / (length * (length + 1) / 2);
}

void kernel__wma_run(void *state, const double *in, double *out, size_t n)
{
    window__run(window_of(state), state, sizeof(struct sums), span_wma, rebuild_weighted, value_wma,
                false, in, out, n);
}

// -sum(source[i] * (i + 1)) / sum(source), i = 0 the newest: the weights of wma turned round.
KERNEL__INLINE double cog(const struct sums *s, double length)
{
    double sum = s->sum + s->err;
    double v = -((length + 1) * sum - s->weighted) / sum;
    return kernel__is_na(v) ? KERNEL__NA : v;
}

static double value_cog(const void *sums, const struct window *w)
{
    return cog(sums, (double)w->length);
}

static void span_cog(void *sums, const struct window *w, const double *x, const double *gone,
                     double *out, size_t n)
{
    struct sums s = *(struct sums *)sums;
    double length = (double)w->length;
    for (size_t k = 0; k < n; k++) {
        step_weighted(&s, x[k], gone[k], length);
        out[k] = cog(&s, length);
    }
    *(struct sums *)sums = s;
}

void kernel__cog_run(void *state, const double *in, double *out, size_t n)
{
    window__run(window_of(state), state, sizeof(struct sums), span_cog, rebuild_weighted, value_cog,
                true, in, out, n);
}
