// SPDX-License-Identifier: Apache-2.0
// When a candle is due, tried again, and given up.
#include "market/schedule.h"

#define SHORT_WINDOW_MS    (15 * MS_MINUTE)
#define SHORT_WINDOW_TRIES 5

static const int64_t ladder_ms[SCHEDULE_LADDER_STEPS] = {2000, 3000, 5000, 10000};

time_ms schedule_due_at(enum timeframe tf, time_ms open, const struct schedule_rules *r)
{
    return timeframe_next(tf, open) + r->close_delay_ms;
}

time_ms schedule_deadline(enum timeframe tf, time_ms open)
{
    return timeframe_step(tf, open, 2);
}

int64_t schedule_retry_step_ms(enum timeframe tf, time_ms open, const struct schedule_rules *r)
{
    int64_t window = schedule_deadline(tf, open) - timeframe_next(tf, open);
    return window < SHORT_WINDOW_MS ? window / SHORT_WINDOW_TRIES : r->retry_interval_ms;
}

time_ms schedule_retry_at(enum timeframe tf, time_ms open, time_ms now,
                          const struct schedule_rules *r)
{
    time_ms due = schedule_due_at(tf, open, r);
    int64_t step = schedule_retry_step_ms(tf, open, r);
    int64_t passed = now < due ? 0 : (now - due) / step;
    time_ms at = due + (passed + 1) * step;
    return at < schedule_deadline(tf, open) ? at : INT64_MAX;
}

int64_t schedule_ladder_ms(unsigned step)
{
    return step < SCHEDULE_LADDER_STEPS ? ladder_ms[step] : -1;
}

time_ms schedule_newest_due(enum timeframe tf, time_ms now, const struct schedule_rules *r)
{
    // Closes are the grid points: the newest one at or before now - delay closed the candle before.
    return timeframe_prev(tf, timeframe_open_of(tf, now - r->close_delay_ms));
}

time_ms schedule_next_due(enum timeframe tf, time_ms now, const struct schedule_rules *r)
{
    return schedule_due_at(tf, timeframe_next(tf, schedule_newest_due(tf, now, r)), r);
}
