// SPDX-License-Identifier: Apache-2.0
// Exchange time: a line through one measured point with a slope (1 on a real exchange, N on a
// practice exchange that runs N times faster). All waiting of the hub follows it.
#ifndef MARKET_XCLOCK_H
#define MARKET_XCLOCK_H

#include "base/clock.h"

struct xclock {
    clock_ns anchor_ns; // our never-jumping clock at the measured point
    time_ms anchor_ms;  // exchange time at that point
    double speed;       // > 0; exchange milliseconds per real millisecond
};

time_ms xclock_at(const struct xclock *x, clock_ns now_ns);
// Real milliseconds (rounded up) until exchange time t; 0 when it has passed.
int64_t xclock_real_ms_until(const struct xclock *x, clock_ns now_ns, time_ms t);
// A point measured by a request. The server read its clock before we received its answer, so taking
// that time for the moment of receipt makes our clock late by at most one way of the request and
// never early: a candle is not taken for closed before it is.
struct xclock xclock_measured(clock_ns received_ns, time_ms server_ms, double speed);

#endif
