// SPDX-License-Identifier: Apache-2.0
// The grid that both feeds share: timeframes whose borders follow another zone than UTC.
#include "practice/feed.h"

time_ms feed_open_of(enum timeframe tf, int64_t zone_ms, time_ms t)
{
    return timeframe_open_of(tf, t + zone_ms) - zone_ms;
}

time_ms feed_next(enum timeframe tf, int64_t zone_ms, time_ms open)
{
    return timeframe_next(tf, open + zone_ms) - zone_ms;
}
