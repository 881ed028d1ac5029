// SPDX-License-Identifier: Apache-2.0
// A backtest by month and by tag.
#include "backtest/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int64_t month_number(time_ms t)
{
    int64_t days = t / MS_DAY - (t % MS_DAY < 0), year;
    unsigned month, day;
    civil_from_days(days, &year, &month, &day);
    return year * 12 + (int64_t)month - 1;
}

struct months {
    struct stats_month *items;
    size_t cap;
    int64_t first, count;
};

static struct stats_month *month_of(const struct months *m, time_ms t)
{
    int64_t place = month_number(t) - m->first;
    return place >= 0 && place < m->count && (uint64_t)place < m->cap ? &m->items[place] : NULL;
}

// A sample on the first day of a month closes the month before it; later ones move its end on.
static void add_samples(const struct broker *b, const struct months *m)
{
    size_t count;
    const struct broker_sample *s = broker_samples(b, &count);
    for (size_t i = 0; i < count; i++) {
        struct stats_month *month = month_of(m, s[i].time - 1);
        if (month)
            month->equity_end = s[i].equity;
    }
}

static void add_trades(const struct broker *b, const struct months *m, int64_t closed)
{
    for (int64_t i = broker_closed_first(b); i < closed; i++) {
        const struct broker_trade *t = broker_closed_trade(b, i);
        struct stats_month *month = month_of(m, t->exit_time);
        if (!month)
            continue;
        month->trades++;
        month->profit += t->profit;
    }
}

size_t stats_by_month(const struct broker *b, double initial_capital, struct stats_month *out,
                      size_t cap)
{
    struct broker_state s;
    broker_get_state(b, &s);
    if (s.bars == 0)
        return 0;
    struct months m = {out, cap, month_number(s.first_time), 0};
    m.count = month_number(s.last_time) - m.first + 1;
    size_t filled = (uint64_t)m.count < cap ? (size_t)m.count : cap;
    for (size_t i = 0; i < filled; i++) {
        int64_t number = m.first + (int64_t)i;
        out[i] = (struct stats_month){.year = (int32_t)(number / 12),
                                      .month = (uint32_t)(number % 12) + 1,
                                      .equity_end = NAN};
    }
    add_trades(b, &m, s.closed_trades);
    add_samples(b, &m);
    double last = initial_capital;
    for (size_t i = 0; i < filled; i++) {
        out[i].equity_start = last;
        if ((int64_t)i == m.count - 1)
            out[i].equity_end = s.equity;
        if (isnan(out[i].equity_end))
            out[i].equity_end = last; // no bar in this month
        out[i].return_percent = (out[i].equity_end / last - 1) * 100;
        last = out[i].equity_end;
    }
    return (size_t)m.count;
}

static void add_to_tag(struct stats_tag *tag, const struct broker_trade *t)
{
    tag->trades++;
    tag->wins += t->profit > 0;
    tag->profit += t->profit;
    tag->gross_profit += t->profit > 0 ? t->profit : 0;
    tag->gross_loss += t->profit < 0 ? -t->profit : 0;
}

// Equal ids are one text to the broker while both are kept, so an address tells them apart.
static struct stats_tag *tag_of(struct stats_tag *tags, size_t *count, size_t cap, const char *id)
{
    for (size_t i = 0; i < *count; i++) {
        if (tags[i].tag == id)
            return &tags[i];
    }
    if (*count < cap) {
        tags[*count] = (struct stats_tag){.tag = id};
        return &tags[(*count)++];
    }
    tags[cap - 1].tag = "(others)";
    return &tags[cap - 1];
}

static int by_profit(const void *a, const void *b)
{
    double x = ((const struct stats_tag *)a)->profit, y = ((const struct stats_tag *)b)->profit;
    return (x < y) - (x > y);
}

size_t stats_by_tag(const struct broker *b, struct stats_tag *out, size_t cap)
{
    if (cap == 0)
        return 0;
    struct broker_state s;
    broker_get_state(b, &s);
    size_t count = 0;
    for (int64_t i = broker_closed_first(b); i < s.closed_trades; i++) {
        const struct broker_trade *t = broker_closed_trade(b, i);
        add_to_tag(tag_of(out, &count, cap, t->entry_id), t);
    }
    bool others = count == cap && strcmp(out[cap - 1].tag, "(others)") == 0;
    qsort(out, others ? cap - 1 : count, sizeof *out, by_profit);
    return count;
}
