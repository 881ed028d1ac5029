// SPDX-License-Identifier: Apache-2.0
// TA-Lib's MAXINDEX MININDEX MINMAXINDEX: the number of the bar (the first is 0) with the extreme
// of the last timePeriod bars. Of equal ones TA-Lib takes the newest when it comes, and the oldest
// when it has to look for a new one; that depends on the bars before the window.
#include "script/kernels/parts.h"
#include "script/kernels/talib_internal.h"

struct place {
    int64_t bars;
    int64_t at; // bar of the extreme, -1 = not known
    struct history window;
};

static size_t place_bytes(double length)
{
    return offsetof(struct place, window) + kernel__history_bytes(length);
}

static void place_start(struct place *s, double length)
{
    s->bars = 0;
    s->at = -1;
    kernel__history_init(&s->window, length);
}

static int64_t place_search(const double *w, int64_t length, bool highest)
{
    int64_t best = 0;
    for (int64_t k = 1; k < length; k++) {
        if (highest ? w[k] > w[best] : w[k] < w[best])
            best = k;
    }
    return best;
}

// A bar that is na ends the window: a new one begins after it.
static double place_step(struct place *s, double x, bool highest)
{
    int64_t length = s->window.length, oldest = ++s->bars - length;
    if (kernel__is_na(x)) {
        kernel__history_init(&s->window, (double)length);
        s->at = -1;
        return KERNEL__NA;
    }
    const double *w = kernel__history_push(&s->window, x);
    if (w == NULL)
        return KERNEL__NA;
    if (s->at < oldest)
        s->at = oldest + place_search(w, length, highest);
    else if (highest ? x >= w[s->at - oldest] : x <= w[s->at - oldest])
        s->at = s->bars - 1;
    return (double)s->at;
}

#define PLACE(id, highest)                                                                         \
    size_t talib__bytes_##id(const double *params)                                                 \
    {                                                                                              \
        return place_bytes(params[0]);                                                             \
    }                                                                                              \
    void talib__init_##id(void *state, const double *params)                                       \
    {                                                                                              \
        place_start(state, params[0]);                                                             \
    }                                                                                              \
    void talib__run_##id(void *state, const double *params, const double *const *in,               \
                         double *const *out, size_t n)                                             \
    {                                                                                              \
        (void)params;                                                                              \
        for (size_t i = 0; i < n; i++)                                                             \
            out[0][i] = place_step(state, in[0][i], highest);                                      \
    }

PLACE(MAXINDEX, true)
PLACE(MININDEX, false)

size_t talib__bytes_MINMAXINDEX(const double *params)
{
    return 2 * place_bytes(params[0]);
}

void talib__init_MINMAXINDEX(void *state, const double *params)
{
    place_start(state, params[0]);
    place_start((struct place *)((char *)state + place_bytes(params[0])), params[0]);
}

void talib__run_MINMAXINDEX(void *state, const double *params, const double *const *in,
                            double *const *out, size_t n)
{
    struct place *most = (struct place *)((char *)state + place_bytes(params[0]));
    for (size_t i = 0; i < n; i++) {
        out[0][i] = place_step(state, in[0][i], false);
        out[1][i] = place_step(most, in[0][i], true);
    }
}
