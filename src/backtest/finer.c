// SPDX-License-Identifier: Apache-2.0
// Merging finer candles into the bars a broker sees. They carry the coarse candle's index, so
// trades still say on which bar of the strategy they happened.
#include "backtest/finer.h"

#include <stdlib.h>

#define BLOCK 1024

struct finer {
    struct feed *feed;
    struct script_broker inner;
    enum timeframe coarse;
    size_t at, n; // in the block
    bool ended;
    int error;
    struct diag d;
    time_ms time[BLOCK];
    double open[BLOCK], high[BLOCK], low[BLOCK], close[BLOCK], volume[BLOCK];
};

struct finer *finer_create(struct feed *feed, enum timeframe coarse,
                           const struct script_broker *broker)
{
    struct finer *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    f->feed = feed;
    f->coarse = coarse;
    f->inner = *broker;
    return f;
}

void finer_destroy(struct finer *f)
{
    free(f);
}

int finer_error(const struct finer *f, struct diag *d)
{
    if (f->error && d)
        *d = f->d;
    return f->error;
}

// Is there a candle at f->at? Reads the next block when need be.
static bool have_one(struct finer *f)
{
    struct feed_columns room = {f->time, f->open, f->high, f->low, f->close, f->volume};
    if (f->at < f->n)
        return true;
    f->at = f->n = 0;
    if (!f->ended) {
        f->error = feed_read(f->feed, BLOCK, &room, &f->n, &f->d);
        f->ended = f->error != 0 || f->n == 0;
    }
    return f->n > 0 && !f->error;
}

static void on_bar(void *arg, int64_t index, time_ms open_time, double open, double high,
                   double low, double close, struct script_account *account)
{
    struct finer *f = arg;
    time_ms end = timeframe_next(f->coarse, open_time);
    bool any = false;
    while (have_one(f) && f->time[f->at] < open_time)
        f->at++;
    for (; have_one(f) && f->time[f->at] < end; f->at++) {
        size_t i = f->at;
        f->inner.bar(f->inner.arg, index, f->time[i], f->open[i], f->high[i], f->low[i],
                     f->close[i], account);
        any = true;
    }
    if (!any)
        f->inner.bar(f->inner.arg, index, open_time, open, high, low, close, account);
}

static void on_order(void *arg, int64_t index, const struct script_order *order)
{
    struct finer *f = arg;
    f->inner.order(f->inner.arg, index, order);
}

struct script_broker finer_interface(struct finer *f)
{
    return (struct script_broker){.arg = f, .bar = on_bar, .order = on_order};
}
