// SPDX-License-Identifier: Apache-2.0
// Exchange time as a line through one measured point.
#include "market/xclock.h"

#define NS_PER_MS 1000000

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

time_ms xclock_at(const struct xclock *x, clock_ns now_ns)
{
    int64_t elapsed_ns = now_ns - x->anchor_ns;
    if (x->speed == 1.0)
        return x->anchor_ms + floor_div(elapsed_ns, NS_PER_MS);
    long double ms = (long double)elapsed_ns * x->speed / NS_PER_MS;
    int64_t whole = (int64_t)ms;
    return x->anchor_ms + whole - ((long double)whole > ms);
}

int64_t xclock_real_ms_until(const struct xclock *x, clock_ns now_ns, time_ms t)
{
    if (xclock_at(x, now_ns) >= t)
        return 0;
    long double elapsed_ms = (long double)(now_ns - x->anchor_ns) / NS_PER_MS;
    long double left = (long double)(t - x->anchor_ms) / x->speed - elapsed_ms;
    int64_t ms = left > 0 ? (int64_t)left : 0;
    // Rounded up: after the wait, t has been reached.
    while (xclock_at(x, now_ns + ms * NS_PER_MS) < t)
        ms++;
    return ms;
}

struct xclock xclock_measured(clock_ns received_ns, time_ms server_ms, double speed)
{
    return (struct xclock){.anchor_ns = received_ns, .anchor_ms = server_ms, .speed = speed};
}
