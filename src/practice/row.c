// SPDX-License-Identifier: Apache-2.0
// Lists of served candles and their exact sums.
#include "practice/row.h"

#include <stdlib.h>
#include <string.h>

#define SUM_SCALE 18

int practice_rows_add(struct practice_rows *r, const struct practice_row *row)
{
    if (r->count == PRACTICE_ROWS_MAX)
        return ERR_FULL;
    if (r->count == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 16;
        struct practice_row *items = realloc(r->items, cap * sizeof(*items));
        if (!items)
            return ERR_NO_MEMORY;
        r->items = items;
        r->cap = cap;
    }
    r->items[r->count++] = *row;
    return 0;
}

void practice_rows_finish(struct practice_rows *r)
{
    if (!r)
        return;
    free(r->items);
    memset(r, 0, sizeof(*r));
}

static __int128 widen(struct decimal d)
{
    __int128 v = d.units;
    for (int32_t i = d.scale; i < SUM_SCALE; i++)
        v *= 10;
    return v;
}

static struct decimal narrow(__int128 v, int32_t scale)
{
    for (int32_t i = scale; i < SUM_SCALE; i++)
        v /= 10; // exact: nothing finer than scale was added
    while (v > INT64_MAX) {
        v = (v + 5) / 10;
        scale--;
    }
    return (struct decimal){(int64_t)v, scale};
}

static int32_t larger(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

void practice_sum_add(struct practice_sum *s, const struct practice_row *row)
{
    if (!s->any) {
        s->row = *row;
        s->any = true;
    } else {
        if (row->high > s->row.high) {
            s->row.high = row->high;
            s->row.high_digits = row->high_digits;
        }
        if (row->low < s->row.low) {
            s->row.low = row->low;
            s->row.low_digits = row->low_digits;
        }
        s->row.close = row->close;
        s->row.close_digits = row->close_digits;
        s->row.trades += row->trades;
    }
    s->volume += widen(row->volume);
    s->quote += widen(row->quote_volume);
    s->taker_volume += widen(row->taker_volume);
    s->taker_quote += widen(row->taker_quote);
    s->scale = larger(s->scale, larger(row->volume.scale, row->taker_volume.scale));
    s->quote_scale =
        larger(s->quote_scale, larger(row->quote_volume.scale, row->taker_quote.scale));
}

int practice_sum_finish(struct practice_sum *s, time_ms open_time, time_ms close_time,
                        struct practice_row *out)
{
    if (!s->any)
        return ERR_NOT_FOUND;
    *out = s->row;
    out->open_time = open_time;
    out->close_time = close_time;
    out->volume = narrow(s->volume, s->scale);
    out->quote_volume = narrow(s->quote, s->quote_scale);
    out->taker_volume = narrow(s->taker_volume, s->scale);
    out->taker_quote = narrow(s->taker_quote, s->quote_scale);
    return 0;
}
