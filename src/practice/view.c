// SPDX-License-Identifier: Apache-2.0
// What the exchange lets the outside see: listed markets and their status, published candles, last
// prices and books. Faults of markets and of single candles take effect here.
#include "practice/path.h"
#include "practice/practice_internal.h"

#define PUBLISH_MIN_MS 20  // exchange time between a candle's close and its publication,
#define PUBLISH_MAX_MS 150 // seeded for each candle
#define OFF_GRID_MS    14838

static void apply_pause(struct market_view *v, const struct fault_rule *r, time_ms now)
{
    v->pause_from = r->from;
    v->pause_to = r->to;
    v->pause_is_flat = r->kind == FAULT_KIND_HALT;
    if (now < r->to)
        v->status = r->kind == FAULT_KIND_HALT ? "HALT" : "BREAK";
}

static void apply_market_faults(const struct practice *p, const struct practice_market *m,
                                time_ms now, struct market_view *v)
{
    size_t at = 0;
    const struct fault_rule *r;
    struct str symbol = str_from(m->symbol);
    while ((r = fault_next(&p->faults, FAULT_MARKET, symbol, now, &at)) != NULL) {
        bool over = now >= r->to;
        if (r->kind == FAULT_KIND_HALT || r->kind == FAULT_KIND_DELIST)
            apply_pause(v, r, now);
        else if (r->kind == FAULT_KIND_UNLISTED && over)
            v->data_from = r->to > v->data_from ? r->to : v->data_from;
        else if (r->kind == FAULT_KIND_RENAME && !over)
            v->symbol = r->word;
        else if (!over)
            v->listed = false;
    }
}

void practice_market_view(const struct practice *p, size_t market, time_ms now,
                          struct market_view *out)
{
    const struct practice_market *m = &p->feed->markets[market];
    *out = (struct market_view){
        .listed = now >= m->listed_at,
        .status = now < m->ended_at ? "TRADING" : "BREAK",
        .symbol = m->symbol,
        .data_from = m->listed_at,
    };
    if (p->faults.has_level[FAULT_MARKET])
        apply_market_faults(p, m, now, out);
}

static bool find_renamed(const struct practice *p, struct str symbol, time_ms now, size_t *out)
{
    struct market_view view;
    for (size_t i = 0; i < p->feed->market_count; i++) {
        practice_market_view(p, i, now, &view);
        if (view.listed && str_eq(symbol, str_from(view.symbol))) {
            *out = i;
            return true;
        }
    }
    return false;
}

bool practice_market_find(const struct practice *p, struct str symbol, time_ms now, size_t *out)
{
    struct market_view view;
    const struct practice_market *m = map_get(&p->by_symbol, symbol);
    if (p->faults.has_level[FAULT_MARKET] && !m)
        return find_renamed(p, symbol, now, out);
    if (!m)
        return false;
    *out = (size_t)(m - p->feed->markets);
    practice_market_view(p, *out, now, &view);
    return view.listed && str_eq(symbol, str_from(view.symbol));
}

// ---- candles ------------------------------------------------------------------------------------

static void flatten(struct practice_row *row, const struct practice_row *last)
{
    row->open = row->high = row->low = row->close = last->close;
    row->open_digits = row->high_digits = row->low_digits = row->close_digits = last->close_digits;
    row->volume.units = row->quote_volume.units = 0;
    row->taker_volume.units = row->taker_quote.units = 0;
    row->trades = 0;
}

// The row of one part of its window only.
static int cut_row(struct practice *p, size_t market, struct practice_row *row, time_ms until)
{
    struct practice_row part;
    int err = p->feed->ops->window(p->feed, market, row->open_time, until, &part);
    if (err != 0)
        return err;
    part.open_time = row->open_time;
    part.close_time = row->close_time;
    *row = part;
    return 0;
}

static int apply_pause_to_rows(struct practice *p, size_t market, const struct market_view *v,
                               struct practice_rows *rows)
{
    struct practice_row last;
    size_t kept = 0;
    if (v->pause_from == v->pause_to)
        return 0;
    int err = p->feed->ops->last(p->feed, market, v->pause_from, &last);
    if (err != 0)
        return err == ERR_NOT_FOUND ? 0 : err;
    for (size_t i = 0; i < rows->count; i++) {
        struct practice_row row = rows->items[i];
        bool inside = row.open_time >= v->pause_from && row.open_time < v->pause_to;
        if (inside && !v->pause_is_flat)
            continue;
        if (inside)
            flatten(&row, &last);
        else if (row.open_time < v->pause_from && row.close_time >= v->pause_from)
            err = cut_row(p, market, &row, v->pause_from);
        if (err != 0 && err != ERR_NOT_FOUND)
            return err;
        if (err == 0)
            rows->items[kept++] = row;
        err = 0;
    }
    rows->count = kept;
    return 0;
}

static void revise(struct practice_row *row)
{
    row->close = row->low + (row->high - row->low) / 2;
    row->close_digits = row->price_scale > row->close_digits ? row->price_scale : row->close_digits;
    row->volume.units += row->volume.units / 2;
}

// Does a fault of one candle apply, and until when after its close?
static bool candle_fault(struct practice *p, enum fault_kind kind, const struct fault_subject *s,
                         const struct practice_row *row, time_ms *until)
{
    const struct fault_rule *r = fault_of_candle(&p->faults, kind, s, row->open_time);
    if (r)
        *until = row->close_time + 1 + r->amount;
    return r != NULL;
}

static int apply_candle_faults(struct practice *p, size_t market, const struct feed_query *q,
                               struct practice_rows *rows)
{
    struct fault_subject s = {STR("klines"), str_from(p->feed->markets[market].symbol), true,
                              q->timeframe};
    size_t kept = 0;
    for (size_t i = 0; i < rows->count; i++) {
        struct practice_row row = rows->items[i];
        bool closed = row.close_time < q->now;
        time_ms until = 0;
        if (candle_fault(p, FAULT_KIND_GAP, &s, &row, &until))
            continue;
        if (closed && candle_fault(p, FAULT_KIND_LATE, &s, &row, &until) && q->now < until)
            break; // nor anything newer
        if (closed && candle_fault(p, FAULT_KIND_STALE, &s, &row, &until) && q->now < until) {
            int64_t length = row.close_time + 1 - row.open_time;
            int err = cut_row(p, market, &row, row.open_time + length * 9 / 10);
            if (err != 0 && err != ERR_NOT_FOUND)
                return err;
        }
        if (closed && candle_fault(p, FAULT_KIND_REVISE, &s, &row, &until) && q->now >= until)
            revise(&row);
        if (candle_fault(p, FAULT_KIND_OFF_GRID, &s, &row, &until))
            row.open_time += OFF_GRID_MS;
        rows->items[kept++] = row;
    }
    rows->count = kept;
    return 0;
}

// The newest closed candle is not there at once; until it is, nor is the running one.
static time_ms published_to(const struct practice *p, size_t market, const struct feed_query *q)
{
    time_ms running = feed_open_of(q->timeframe, q->zone_ms, q->now);
    uint64_t h = path_hash(p->feed->markets[market].seed ^ p->seed, (uint64_t)running);
    int64_t delay = PUBLISH_MIN_MS + (int64_t)(h % (PUBLISH_MAX_MS - PUBLISH_MIN_MS));
    if (q->now - running >= delay)
        return q->to;
    time_ms last = feed_open_of(q->timeframe, q->zone_ms, running - 1) - 1;
    return last < q->to ? last : q->to;
}

int practice_published_rows(struct practice *p, size_t market, const struct feed_query *query,
                            struct practice_rows *out)
{
    struct feed_query q = *query;
    struct market_view view;
    practice_market_view(p, market, q.now, &view);
    if (view.data_from > p->feed->markets[market].listed_at) {
        time_ms first = feed_open_of(q.timeframe, q.zone_ms, view.data_from);
        q.from = q.from > first ? q.from : first;
    }
    q.to = published_to(p, market, &q);
    if (q.to < q.from)
        return 0;
    int err = p->feed->ops->rows(p->feed, market, &q, out);
    if (err == 0)
        err = apply_pause_to_rows(p, market, &view, out);
    if (err == 0 && p->faults.has_level[FAULT_CANDLE])
        err = apply_candle_faults(p, market, &q, out);
    return err;
}

// ---- prices -------------------------------------------------------------------------------------

// In a pause the market stands where it was when that began.
static time_ms standing_at(const struct practice *p, size_t market, time_ms now)
{
    struct market_view view;
    practice_market_view(p, market, now, &view);
    return now >= view.pause_from && now < view.pause_to ? view.pause_from : now;
}

int practice_last(struct practice *p, size_t market, time_ms now, struct practice_row *out)
{
    return p->feed->ops->last(p->feed, market, standing_at(p, market, now), out);
}

int practice_window(struct practice *p, size_t market, time_ms from, time_ms now,
                    struct practice_row *out)
{
    time_ms to = standing_at(p, market, now);
    return to > from ? p->feed->ops->window(p->feed, market, from, to, out) : ERR_NOT_FOUND;
}

void practice_fill_book(struct practice *p, size_t market, time_ms now, size_t levels)
{
    struct market_view view;
    struct practice_row last;
    practice_market_view(p, market, now, &view);
    p->book.bid_count = p->book.ask_count = 0;
    if (strcmp(view.status, "BREAK") == 0 || practice_last(p, market, now, &last) != 0)
        return;
    bool halted = strcmp(view.status, "HALT") == 0;
    practice_book_make(&p->feed->markets[market], last.close, halted ? view.pause_from : now,
                       levels, &p->book);
}
