// SPDX-License-Identifier: Apache-2.0
// Request weight: two fixed windows and a growing ban.
#include "practice/weight.h"

#include <stdbool.h>
#include <string.h>

#define RAW_WINDOW_MS (5 * MS_MINUTE)
#define RAW_LIMIT     300000
#define BAN_FIRST_MS  (2 * MS_MINUTE)
#define BAN_LAST_MS   (3 * MS_DAY)

void practice_weight_init(struct practice_weight *w, int64_t limit)
{
    memset(w, 0, sizeof(*w));
    w->limit = limit > 0 ? limit : 6000;
    w->raw_limit = RAW_LIMIT;
}

static void turn_windows(struct practice_weight *w, time_ms now)
{
    time_ms window = now - now % MS_MINUTE, raw = now - now % RAW_WINDOW_MS;
    if (w->window != window) {
        w->window = window;
        w->used = 0;
    }
    if (w->raw_window != raw) {
        w->raw_window = raw;
        w->raw_used = 0;
    }
}

// 2 minutes, then five times the last one, up to three days.
static int64_t ban_length_ms(unsigned bans)
{
    int64_t length = BAN_FIRST_MS;
    for (unsigned i = 0; i < bans && length < BAN_LAST_MS; i++)
        length *= 5;
    return length < BAN_LAST_MS ? length : BAN_LAST_MS;
}

enum weight_verdict practice_weight_charge(struct practice_weight *w, time_ms now, int64_t weight)
{
    turn_windows(w, now);
    w->used += weight;
    w->raw_used++;
    if (now < w->banned_until)
        return WEIGHT_BANNED;
    bool heavy = w->used > w->limit, raw = w->raw_used > w->raw_limit;
    if (!heavy && !raw)
        return WEIGHT_OK;
    if (now >= w->wait_until)
        w->ignored = 0;
    else if (++w->ignored > WEIGHT_PATIENCE) {
        w->ignored = 0;
        w->banned_until = now + ban_length_ms(w->bans++);
        return WEIGHT_BANNED;
    }
    w->wait_until = heavy ? w->window + MS_MINUTE : w->raw_window + RAW_WINDOW_MS;
    return heavy ? WEIGHT_EXCEEDED : WEIGHT_RAW_EXCEEDED;
}

int64_t practice_weight_retry_after_s(const struct practice_weight *w, enum weight_verdict v,
                                      time_ms now)
{
    time_ms until = v == WEIGHT_BANNED ? w->banned_until : w->wait_until;
    int64_t seconds = (until - now + MS_SECOND - 1) / MS_SECOND;
    return seconds < 1 ? 1 : seconds;
}

int64_t practice_weight_used(const struct practice_weight *w, time_ms now)
{
    return w->window == now - now % MS_MINUTE ? w->used : 0;
}
