// SPDX-License-Identifier: Apache-2.0
// The candle grid: every timeframe numbers its windows (months by the calendar, all others by a
// fixed length from an anchor), and all questions are answered by that number.
#include "market/timeframe.h"

struct grid {
    const char *code;
    int64_t length_ms; // 0: calendar months
    int64_t anchor_ms; // some open time
};

static const struct grid grids[TF_COUNT] = {
    [TF_M1] = {"1m", MS_MINUTE, 0},
    [TF_M3] = {"3m", 3 * MS_MINUTE, 0},
    [TF_M5] = {"5m", 5 * MS_MINUTE, 0},
    [TF_M15] = {"15m", 15 * MS_MINUTE, 0},
    [TF_M30] = {"30m", 30 * MS_MINUTE, 0},
    [TF_H1] = {"1h", MS_HOUR, 0},
    [TF_H2] = {"2h", 2 * MS_HOUR, 0},
    [TF_H4] = {"4h", 4 * MS_HOUR, 0},
    [TF_H6] = {"6h", 6 * MS_HOUR, 0},
    [TF_H8] = {"8h", 8 * MS_HOUR, 0},
    [TF_H12] = {"12h", 12 * MS_HOUR, 0},
    [TF_D1] = {"1d", MS_DAY, 0},
    [TF_D3] = {"3d", 3 * MS_DAY, 0},
    [TF_W1] = {"1w", 7 * MS_DAY, 4 * MS_DAY}, // 1970-01-05 was a Monday
    [TF_MN1] = {"1M", 0, 0},
};

#define MONTH_MIN_MS (28 * MS_DAY)

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

// Number of the window that contains t; falls and rises by one from window to window.
static int64_t index_of(enum timeframe tf, time_ms t)
{
    const struct grid *g = &grids[tf];
    if (g->length_ms)
        return floor_div(t - g->anchor_ms, g->length_ms);
    int64_t year = 0;
    unsigned month = 0;
    unsigned day = 0;
    civil_from_days(floor_div(t, MS_DAY), &year, &month, &day);
    return year * 12 + month - 1;
}

static time_ms open_at(enum timeframe tf, int64_t index)
{
    const struct grid *g = &grids[tf];
    if (g->length_ms)
        return g->anchor_ms + index * g->length_ms;
    int64_t year = floor_div(index, 12);
    return days_from_civil(year, (unsigned)(index - year * 12) + 1, 1) * MS_DAY;
}

const char *timeframe_code(enum timeframe tf)
{
    return grids[tf].code;
}

// The timeframe a slip of the pen most likely meant; TF_COUNT when none is near.
static enum timeframe nearest(struct str text)
{
    for (int tf = 0; tf < TF_COUNT; tf++) {
        if (str_eq_nocase(text, str_from(grids[tf].code)))
            return (enum timeframe)tf;
    }
    int64_t ms = 0;
    bool is_duration = duration_parse(text, &ms) == 0; // "60m", "24h", "1h0m"
    enum timeframe best = TF_COUNT;
    unsigned best_distance = 2;
    for (int tf = 0; tf < TF_COUNT; tf++) {
        if (is_duration && ms == grids[tf].length_ms)
            return (enum timeframe)tf;
        unsigned distance = str_distance(text, str_from(grids[tf].code), 1);
        if (distance < best_distance) {
            best = (enum timeframe)tf;
            best_distance = distance;
        }
    }
    return best;
}

int timeframe_parse(struct str text, enum timeframe *out, struct diag *d)
{
    for (int tf = 0; tf < TF_COUNT; tf++) {
        if (str_eq(text, str_from(grids[tf].code))) {
            *out = (enum timeframe)tf;
            return 0;
        }
    }
    enum timeframe near = nearest(text);
    char hint[32] = "";
    if (near != TF_COUNT &&
        str_printf(hint, sizeof(hint), "; did you mean %s?", grids[near].code) != 0)
        hint[0] = '\0';
    return diag_set(d, ERR_NOT_FOUND,
                    "unknown timeframe \"" STR_FMT "\"%s (1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d "
                    "3d 1w 1M)",
                    STR_ARG(str_sub(text, 0, 40)), hint);
}

int64_t timeframe_length_ms(enum timeframe tf, time_ms open)
{
    return grids[tf].length_ms ? grids[tf].length_ms : timeframe_next(tf, open) - open;
}

int64_t timeframe_min_length_ms(enum timeframe tf)
{
    return grids[tf].length_ms ? grids[tf].length_ms : MONTH_MIN_MS;
}

time_ms timeframe_open_of(enum timeframe tf, time_ms t)
{
    return open_at(tf, index_of(tf, t));
}

time_ms timeframe_next(enum timeframe tf, time_ms open)
{
    return timeframe_step(tf, open, 1);
}

time_ms timeframe_prev(enum timeframe tf, time_ms open)
{
    return timeframe_step(tf, open, -1);
}

bool timeframe_is_aligned(enum timeframe tf, time_ms open)
{
    return timeframe_open_of(tf, open) == open;
}

int64_t timeframe_count(enum timeframe tf, time_ms from, time_ms to)
{
    // Grid points below t are those up to the window that contains t - 1.
    return to <= from ? 0 : index_of(tf, to - 1) - index_of(tf, from - 1);
}

time_ms timeframe_step(enum timeframe tf, time_ms open, int64_t n)
{
    return open_at(tf, index_of(tf, open) + n);
}

bool timeframe_divides(enum timeframe fine, enum timeframe coarse)
{
    int64_t step = grids[fine].length_ms;
    if (fine == coarse)
        return true;
    if (step == 0)
        return false;
    // Months begin at any midnight, so only what divides a day divides them.
    int64_t whole = grids[coarse].length_ms ? grids[coarse].length_ms : MS_DAY;
    return whole % step == 0 && (grids[coarse].anchor_ms - grids[fine].anchor_ms) % step == 0;
}
