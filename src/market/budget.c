// SPDX-License-Identifier: Apache-2.0
// The request-weight budget: fixed windows, own count, corrected upwards by the server's header.
#include "market/budget.h"

static time_ms window_of(const struct budget *b, time_ms now)
{
    int64_t rest = now % b->window_ms;
    return now - rest - (rest < 0 ? b->window_ms : 0);
}

void budget_set_limit(struct budget *b, int64_t limit, int64_t window_ms, unsigned share_percent)
{
    int64_t share = share_percent < 1 ? 1 : share_percent > 100 ? 100 : share_percent;
    b->limit = limit;
    b->window_ms = window_ms > 0 ? window_ms : MS_MINUTE;
    b->ceiling = limit / 100 * share + limit % 100 * share / 100;
    if (b->ceiling < 1)
        b->ceiling = 1;
    b->window = window_of(b, b->window);
}

void budget_init(struct budget *b, int64_t limit, int64_t window_ms, unsigned share_percent)
{
    *b = (struct budget){0};
    budget_set_limit(b, limit, window_ms, share_percent);
}

static void roll(struct budget *b, time_ms now)
{
    time_ms window = window_of(b, now);
    if (window > b->window) {
        b->window = window;
        // The server may count in the new window what we sent in the old one.
        b->used = b->in_flight;
    } else if (window < b->window) {
        // Time was set back: this window's true count is lost, so it counts as spent.
        b->window = window;
        if (b->used < b->ceiling)
            b->used = b->ceiling;
    }
}

bool budget_take(struct budget *b, time_ms now, int64_t weight, time_ms *retry_at)
{
    roll(b, now);
    if (weight < 0 || weight > b->ceiling) {
        *retry_at = INT64_MAX;
        return false;
    }
    if (now < b->frozen_until) {
        *retry_at = b->frozen_until;
        return false;
    }
    if (weight > b->ceiling - b->used) {
        *retry_at = b->window + b->window_ms;
        return false;
    }
    b->used += weight;
    b->in_flight += weight;
    return true;
}

void budget_settle(struct budget *b, time_ms now, int64_t weight, int64_t server_used)
{
    roll(b, now);
    b->in_flight -= weight < b->in_flight ? weight : b->in_flight;
    // The header counts what the server has served; what is still under way comes on top.
    if (server_used >= 0 && server_used > b->used - b->in_flight)
        b->used = server_used < INT64_MAX - b->in_flight ? server_used + b->in_flight : INT64_MAX;
}

void budget_freeze(struct budget *b, time_ms until)
{
    if (until > b->frozen_until)
        b->frozen_until = until;
}

int64_t budget_left(const struct budget *b, time_ms now)
{
    struct budget copy = *b;
    roll(&copy, now);
    if (now < copy.frozen_until || copy.used >= copy.ceiling)
        return 0;
    return copy.ceiling - copy.used;
}

double budget_poll_weight_per_minute(const uint32_t counts[static TF_COUNT], int64_t weight_each)
{
    double sum = 0;
    for (int tf = 0; tf < TF_COUNT; tf++) {
        double per_minute = (double)MS_MINUTE / (double)timeframe_min_length_ms((enum timeframe)tf);
        sum += per_minute * counts[tf];
    }
    return sum * (double)weight_each;
}
