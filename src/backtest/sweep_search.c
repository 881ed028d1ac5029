// SPDX-License-Identifier: Apache-2.0
// Proposing combinations when there are too many for all: at random, then around the best.
#include "backtest/sweep.h"

#include <math.h>
#include <stdlib.h>

#define REACH_FIRST 0.25
#define REACH_LEAST (1.0 / SWEEP_VALUES_MAX)
#define TRIES       64 // for a combination not seen yet

int sweep_search_init(struct sweep_search *s, const struct sweep_space *space, uint64_t seed,
                      size_t budget)
{
    *s = (struct sweep_search){.space = space, .reach = REACH_FIRST};
    random_init(&s->random, seed);
    s->seen_cap = 64;
    while (s->seen_cap < budget * 2)
        s->seen_cap *= 2;
    s->seen = calloc(s->seen_cap, sizeof *s->seen);
    return s->seen ? 0 : ERR_NO_MEMORY;
}

void sweep_search_finish(struct sweep_search *s)
{
    free(s->seen);
    s->seen = NULL;
}

// Remembers a combination; false when it was seen or there is no room for more.
static bool take(struct sweep_search *s, uint64_t combination)
{
    size_t at = (size_t)((combination + 1) * UINT64_C(0x9E3779B97F4A7C15) >> 20) % s->seen_cap;
    if (s->seen_count >= s->seen_cap / 4 * 3)
        return false;
    for (; s->seen[at] != 0; at = (at + 1) % s->seen_cap) {
        if (s->seen[at] == combination + 1)
            return false;
    }
    s->seen[at] = combination + 1;
    s->seen_count++;
    return true;
}

static bool take_random(struct sweep_search *s, uint64_t *out)
{
    uint64_t size = sweep_space_size(s->space);
    for (int i = 0; i < TRIES; i++) {
        *out = random_below(&s->random, size);
        if (take(s, *out))
            return true;
    }
    // Few are left: the next one not seen.
    uint64_t start = *out;
    for (uint64_t i = 0; i < size && s->seen_count < size && i <= s->seen_cap; i++) {
        *out = (start + i) % size;
        if (take(s, *out))
            return true;
    }
    return false;
}

static size_t moved(const struct sweep_axis *a, size_t from, double reach, int direction)
{
    size_t by = (size_t)fmax(1, floor((double)a->count * reach));
    if (direction < 0)
        return from > by ? from - by : 0;
    return from + by < a->count ? from + by : a->count - 1;
}

// One axis up, one axis down, for each axis.
static size_t neighbours(struct sweep_search *s, uint64_t *out, size_t n)
{
    size_t place[SWEEP_AXES_MAX] = {0}, count = 0;
    sweep_space_place(s->space, s->best, place);
    for (size_t a = 0; a < s->space->axis_count; a++) {
        for (int direction = -1; direction <= 1; direction += 2) {
            size_t kept = place[a];
            place[a] = moved(&s->space->axes[a], kept, s->reach, direction);
            uint64_t i = sweep_space_index(s->space, place);
            if (count < n && take(s, i))
                out[count++] = i;
            place[a] = kept;
        }
    }
    return count;
}

static bool reach_is_least(const struct sweep_search *s)
{
    for (size_t a = 0; a < s->space->axis_count; a++) {
        if ((double)s->space->axes[a].count * s->reach >= 2)
            return false;
    }
    return true;
}

size_t sweep_search_next(struct sweep_search *s, bool random, uint64_t *out, size_t n)
{
    size_t count = 0;
    while (!random && s->have_best && count == 0) {
        count = neighbours(s, out, n);
        if (count == 0 && reach_is_least(s))
            break;
        if (count == 0)
            s->reach /= 2;
    }
    // What is left of the budget goes to places nobody has looked at.
    while (count < n && (random || count == 0 || !s->have_best) && take_random(s, &out[count]))
        count++;
    return count;
}

void sweep_search_learn(struct sweep_search *s, const struct sweep_result *r, size_t n,
                        enum sweep_metric m)
{
    bool better = false;
    for (size_t i = 0; i < n; i++) {
        double score = sweep_score(&r[i], m);
        if (isnan(score) || (s->have_best && score <= s->best_score))
            continue;
        s->best_score = score;
        s->best = r[i].combination;
        s->have_best = better = true;
    }
    if (better)
        s->reach = fmin(REACH_FIRST, s->reach * 2);
    else
        s->reach = fmax(s->reach / 2, REACH_LEAST);
}
