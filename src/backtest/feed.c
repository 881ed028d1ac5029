// SPDX-License-Identifier: Apache-2.0
// Feeds in general: reading one, a feed over columns in memory, a feed loaded whole.
#include "backtest/feed.h"

#include <stdlib.h>
#include <string.h>

#define LOAD_BLOCK 16384

int feed_read(struct feed *f, size_t cap, const struct feed_columns *out, size_t *count,
              struct diag *d)
{
    *count = 0;
    return f->read(f, cap, out, count, d);
}

void feed_destroy(struct feed *f)
{
    if (f)
        f->destroy(f);
}

// --- columns in memory --------------------------------------------------------------------------

struct feed_memory {
    struct feed feed;
    struct script_bars bars;
    size_t n, at;
};

static int memory_read(struct feed *f, size_t cap, const struct feed_columns *out, size_t *count,
                       struct diag *d)
{
    struct feed_memory *m = (struct feed_memory *)f;
    size_t n = m->n - m->at < cap ? m->n - m->at : cap;
    (void)d; // nothing can go wrong here
    if (n > 0) {
        memcpy(out->open_time, m->bars.open_time + m->at, n * sizeof *out->open_time);
        memcpy(out->open, m->bars.open + m->at, n * sizeof *out->open);
        memcpy(out->high, m->bars.high + m->at, n * sizeof *out->high);
        memcpy(out->low, m->bars.low + m->at, n * sizeof *out->low);
        memcpy(out->close, m->bars.close + m->at, n * sizeof *out->close);
        memcpy(out->volume, m->bars.volume + m->at, n * sizeof *out->volume);
    }
    m->at += n;
    *count = n;
    return 0;
}

static void memory_destroy(struct feed *f)
{
    free(f);
}

struct feed *feed_columns_create(const struct script_bars *bars, size_t n)
{
    struct feed_memory *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    *m = (struct feed_memory){{memory_read, memory_destroy}, *bars, n, 0};
    return &m->feed;
}

// --- loaded whole -------------------------------------------------------------------------------

static int grow(struct candles *c, size_t max)
{
    size_t cap = c->cap ? c->cap * 2 : LOAD_BLOCK;
    if (cap > max)
        cap = max;
    time_ms *times = realloc(c->columns.open_time, cap * sizeof *times);
    if (!times)
        return ERR_NO_MEMORY;
    c->columns.open_time = times;
    double **columns[] = {&c->columns.open, &c->columns.high, &c->columns.low, &c->columns.close,
                          &c->columns.volume};
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        double *moved = realloc(*columns[i], cap * sizeof *moved);
        if (!moved)
            return ERR_NO_MEMORY;
        *columns[i] = moved;
    }
    c->cap = cap;
    return 0;
}

static struct feed_columns columns_at(const struct candles *c, size_t from)
{
    const struct feed_columns *k = &c->columns;
    return (struct feed_columns){k->open_time + from, k->open + from,  k->high + from,
                                 k->low + from,       k->close + from, k->volume + from};
}

// Is there a candle more than the maximum?
static int check_end(struct feed *f, size_t max, struct diag *d)
{
    time_ms time;
    double value[5];
    struct feed_columns one = {&time, &value[0], &value[1], &value[2], &value[3], &value[4]};
    size_t count;
    int rc = feed_read(f, 1, &one, &count, d);
    if (rc || count == 0)
        return rc;
    return diag_set(d, ERR_FULL,
                    "there are more than %zu candles, too many to keep at once; take a part of the "
                    "history with --from and --to",
                    max);
}

int candles_load(struct feed *f, size_t max, struct candles *out, struct diag *d)
{
    *out = (struct candles){0};
    size_t count = 1;
    int rc = 0;
    while (!rc && count > 0) {
        if (out->n == max) {
            rc = check_end(f, max, d);
            break;
        }
        if (out->n == out->cap && grow(out, max)) {
            rc = diag_set(d, ERR_NO_MEMORY, "there is no memory for %zu candles", out->n);
            break;
        }
        struct feed_columns room = columns_at(out, out->n);
        rc = feed_read(f, out->cap - out->n, &room, &count, d);
        out->n += count;
    }
    if (rc)
        candles_finish(out);
    return rc;
}

void candles_finish(struct candles *c)
{
    if (!c)
        return;
    free(c->columns.open_time);
    free(c->columns.open);
    free(c->columns.high);
    free(c->columns.low);
    free(c->columns.close);
    free(c->columns.volume);
    *c = (struct candles){0};
}

struct script_bars candles_bars(const struct candles *c, size_t from)
{
    struct feed_columns k = columns_at(c, from);
    return (struct script_bars){k.open_time, k.open, k.high, k.low, k.close, k.volume};
}
