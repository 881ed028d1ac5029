// SPDX-License-Identifier: Apache-2.0
// When a candle is due, when a failed poll is tried again, and when its window is over. Pure.
//
//   close + close_delay ........ due: the first request
//   not yet published .......... the short ladder inside that poll: +2, +3, +5, +10 s
//   failed or corrupt .......... PENDING_RETRY: every retry_interval (5 min) inside the window;
//                                a window shorter than 15 min uses every fifth of the window
//   close of the next candle ... deadline: gap row, opportunity discarded
#ifndef MARKET_SCHEDULE_H
#define MARKET_SCHEDULE_H

#include "market/timeframe.h"

struct schedule_rules {
    int64_t close_delay_ms;    // > 0, default 5000
    int64_t retry_interval_ms; // > 0, default 300000
};

#define SCHEDULE_LADDER_STEPS 4

// All take the open time of the candle waited for. "Window" is the time from its close to the
// deadline, that is the length of the candle after it.
time_ms schedule_due_at(enum timeframe tf, time_ms open, const struct schedule_rules *r);
time_ms schedule_deadline(enum timeframe tf, time_ms open); // = close of the next candle
int64_t schedule_retry_step_ms(enum timeframe tf, time_ms open, const struct schedule_rules *r);
// First retry point strictly after now (points: due + k * step, k >= 1); INT64_MAX when none lies
// before the deadline.
time_ms schedule_retry_at(enum timeframe tf, time_ms open, time_ms now,
                          const struct schedule_rules *r);
// Ladder: pause before try number step (0-based) after "not yet published"; -1 past the last step.
int64_t schedule_ladder_ms(unsigned step);
// The newest candle that is due at now: the largest open with due_at <= now.
time_ms schedule_newest_due(enum timeframe tf, time_ms now, const struct schedule_rules *r);
// When the next candle after that becomes due.
time_ms schedule_next_due(enum timeframe tf, time_ms now, const struct schedule_rules *r);

#endif
