// SPDX-License-Identifier: Apache-2.0
// Does the watchlist still fit once a stream is added: the number of streams, and the exchange's
// request weight that polling all of them takes.
#include "control/control_internal.h"

#include "market/budget.h"

#include <math.h>

#define SUM_TEXT_MAX 512

struct census {
    const char *exchange;
    uint32_t counts[TF_COUNT];
    uint32_t streams; // of every exchange
};

// A paused stream counts: it may go on at any time, and must not be refused then.
static int count_stream(void *arg, const struct store_stream *st)
{
    struct census *c = arg;

    c->streams++;
    if (str_eq(str_from(st->exchange), str_from(c->exchange))) {
        c->counts[st->timeframe]++;
    }
    return 0;
}

static int add_counts(struct buf *out, const struct census *c)
{
    const char *gap = "";
    int rc = 0;

    for (int tf = 0; rc == 0 && tf < TF_COUNT; tf++) {
        if (c->counts[tf] > 0) {
            rc = buf_printf(out, "%s%u stream%s of %s", gap, c->counts[tf],
                            c->counts[tf] == 1 ? "" : "s", timeframe_code((enum timeframe)tf));
            gap = ", ";
        }
    }
    return rc;
}

static int check_weight(struct request *rq, const struct target *t, const struct census *c)
{
    int64_t share = config_i64(rq->env->config, CFG_BINANCE_WEIGHT_SHARE);
    struct venue_request candles;
    int64_t limit = 0, window_ms = 0;
    double needed, allowed;
    struct buf sum;
    int rc =
        venue_build_candles(t->venue, &t->pair, t->tf, 0, timeframe_next(t->tf, 0), 1, &candles);

    if (rc != 0) {
        return rc;
    }
    venue_default_budget(t->venue, &limit, &window_ms);
    allowed = (double)limit * (double)MS_MINUTE / (double)window_ms * (double)share / 100.0;
    needed = budget_poll_weight_per_minute(c->counts, candles.weight);
    if (needed <= allowed) {
        return 0;
    }
    buf_init(&sum, SUM_TEXT_MAX);
    rc = add_counts(&sum, c);
    if (rc == 0) {
        rc = control__refuse(rq, EXIT_CODE_REFUSED,
                             "watching %s %s too would need %.0f request weight a minute, %.0f "
                             "allowed (%lld percent of what %s grants): " STR_FMT
                             "; choose a longer timeframe, remove streams, or raise "
                             "exchange.%s.weight_share",
                             t->pair_text, timeframe_code(t->tf), ceil(needed), floor(allowed),
                             (long long)share, t->exchange, STR_ARG(buf_str(&sum)), t->exchange);
    }
    buf_finish(&sum);
    return rc;
}

int control__check_limits(struct request *rq, const struct target *t)
{
    struct census census = {.exchange = t->exchange};
    int64_t most = config_i64(rq->env->config, CFG_HUB_MAX_STREAMS);
    int rc = store_stream_each(rq->env->store, true, count_stream, &census);

    if (rc != 0) {
        return rc;
    }
    if ((int64_t)census.streams + 1 > most) {
        return control__refuse(rq, EXIT_CODE_REFUSED,
                               "the watchlist holds %u streams and may hold %lld; remove one, or "
                               "raise hub.max_streams and start the hub again",
                               census.streams, (long long)most);
    }
    census.counts[t->tf]++;
    return check_weight(rq, t, &census);
}
