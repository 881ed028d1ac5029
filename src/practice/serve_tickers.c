// SPDX-License-Identifier: Apache-2.0
// Book and tickers: depth, bookTicker, price, 24hr, avgPrice. All of one market are made from the
// same last price and the same book at one exchange time, so they agree with each other.
#include "practice/practice_internal.h"

#define SHOWN_DIGITS    8
#define PERCENT_DIGITS  3
#define AVERAGE_MINUTES 5

// ---- one answer or a list of them ---------------------------------------------------------------

typedef int (*write_fn)(struct call *c, size_t market);

static int write_all(struct call *c, write_fn write)
{
    if (c->has[PARAM_SYMBOL])
        return write(c, c->market);
    WIRE(&c->wire, "[");
    for (size_t i = 0; i < c->market_count; i++) {
        if (i > 0)
            WIRE(&c->wire, ",");
        int err = write(c, c->markets[i]);
        if (err != 0)
            return err;
    }
    WIRE(&c->wire, "]");
    return 0;
}

static void write_symbol(struct call *c, size_t market)
{
    struct market_view view;
    practice_market_view(c->p, market, c->now, &view);
    WIRE(&c->wire, "{\"symbol\":");
    wire_text(&c->wire, str_from(view.symbol));
}

// key comes with its comma, quotes and colon.
static void write_price(struct call *c, struct str key, int64_t units, int32_t scale,
                        int32_t digits)
{
    wire_raw(&c->wire, key);
    wire_decimal(&c->wire, units, scale, digits);
}

static void write_amount(struct call *c, struct str key, struct decimal amount, int32_t digits)
{
    wire_raw(&c->wire, key);
    wire_amount(&c->wire, amount, digits);
}

static void write_int(struct call *c, struct str key, int64_t value)
{
    wire_raw(&c->wire, key);
    wire_i64(&c->wire, value);
}

static int data_failed(struct call *c, int err)
{
    return call_fail(c, 500, -1000, "The recorded data cannot be read: %s.", err_text(err));
}

static struct decimal level_qty(const struct practice_market *m, const struct practice_level *l)
{
    return (struct decimal){l->lots * m->lot.units, m->lot.scale};
}

// ---- depth and bookTicker -----------------------------------------------------------------------

static void write_side(struct call *c, const struct practice_level *levels, size_t count)
{
    const struct practice_market *m = &c->p->feed->markets[c->market];
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            WIRE(&c->wire, ",");
        WIRE(&c->wire, "[");
        wire_decimal(&c->wire, levels[i].price, m->price_scale, m->price_digits);
        WIRE(&c->wire, ",");
        wire_amount(&c->wire, level_qty(m, &levels[i]), m->volume_digits);
        WIRE(&c->wire, "]");
    }
}

int serve_depth(struct call *c)
{
    practice_fill_book(c->p, c->market, c->now, (size_t)c->limit);
    WIRE(&c->wire, "{\"lastUpdateId\":");
    wire_i64(&c->wire, c->now / 100);
    WIRE(&c->wire, ",\"bids\":[");
    write_side(c, c->p->book.bids, c->p->book.bid_count);
    WIRE(&c->wire, "],\"asks\":[");
    write_side(c, c->p->book.asks, c->p->book.ask_count);
    WIRE(&c->wire, "]}");
    return 0;
}

static void write_best(struct call *c, size_t market)
{
    const struct practice_market *m = &c->p->feed->markets[market];
    static const struct practice_level none = {0, 0};
    practice_fill_book(c->p, market, c->now, 1);
    const struct practice_level *bid = c->p->book.bid_count ? &c->p->book.bids[0] : &none;
    const struct practice_level *ask = c->p->book.ask_count ? &c->p->book.asks[0] : &none;
    write_price(c, STR(",\"bidPrice\":"), bid->price, m->price_scale, m->price_digits);
    write_amount(c, STR(",\"bidQty\":"), level_qty(m, bid), m->volume_digits);
    write_price(c, STR(",\"askPrice\":"), ask->price, m->price_scale, m->price_digits);
    write_amount(c, STR(",\"askQty\":"), level_qty(m, ask), m->volume_digits);
}

static int write_book_ticker(struct call *c, size_t market)
{
    write_symbol(c, market);
    write_best(c, market);
    WIRE(&c->wire, "}");
    return 0;
}

int serve_book_ticker(struct call *c)
{
    return write_all(c, write_book_ticker);
}

// ---- price and average --------------------------------------------------------------------------

static int write_last_price(struct call *c, size_t market)
{
    struct practice_row last = {0};
    int err = practice_last(c->p, market, c->now, &last);
    if (err != 0 && err != ERR_NOT_FOUND)
        return data_failed(c, err);
    write_symbol(c, market);
    write_price(c, STR(",\"price\":"), last.close, last.price_scale, last.close_digits);
    WIRE(&c->wire, "}");
    return 0;
}

int serve_price(struct call *c)
{
    return write_all(c, write_last_price);
}

// Quote volume over base volume, half-even to eight digits; the last price without volume.
static struct decimal average_price(const struct practice_row *row)
{
    const struct decimal close = {row->close, row->price_scale};
    struct decimal out;
    if (row->volume.units <= 0 ||
        decimal_div(row->quote_volume, row->volume, SHOWN_DIGITS, ROUND_HALF_EVEN, &out) != 0)
        return close;
    return out;
}

int serve_avg_price(struct call *c)
{
    struct practice_row row = {0}, last = {0};
    time_ms from = c->now - AVERAGE_MINUTES * MS_MINUTE;
    int err = practice_last(c->p, c->market, c->now, &last);
    if (err == 0)
        err = practice_window(c->p, c->market, from, c->now, &row);
    if (err != 0 && err != ERR_NOT_FOUND)
        return data_failed(c, err);
    struct decimal price = average_price(err == 0 ? &row : &last);
    write_price(c, STR("{\"mins\":5,\"price\":"), price.units, price.scale, SHOWN_DIGITS);
    write_int(c, STR(",\"closeTime\":"), (last.close_time + 1) * c->unit - 1);
    WIRE(&c->wire, "}");
    return 0;
}

// ---- 24hr ---------------------------------------------------------------------------------------

struct stats {
    struct practice_row day, last;
    int64_t previous_close;
};

// A dead market keeps a stale last price and nothing else.
static void stale_stats(struct stats *s)
{
    s->day = s->last;
    s->day.open = s->day.high = s->day.low = s->day.close;
    s->day.volume.units = s->day.quote_volume.units = 0;
    s->day.trades = 0;
    s->previous_close = s->last.close;
}

static int gather_stats(struct call *c, size_t market, struct stats *s)
{
    struct practice_row before;
    time_ms from = c->now - MS_DAY;
    int err = practice_last(c->p, market, c->now, &s->last);
    if (err == 0)
        err = practice_window(c->p, market, from, c->now, &s->day);
    if (err == ERR_NOT_FOUND) {
        stale_stats(s);
        return 0;
    }
    if (err != 0)
        return data_failed(c, err);
    err = practice_last(c->p, market, from, &before);
    s->previous_close = err == 0 ? before.close : s->day.open;
    return err == 0 || err == ERR_NOT_FOUND ? 0 : data_failed(c, err);
}

static void write_change(struct call *c, const struct stats *s)
{
    const struct practice_row *d = &s->day;
    int64_t change = d->close - d->open;
    struct decimal percent = {0, PERCENT_DIGITS};
    if (d->open > 0 && decimal_div((struct decimal){change, 0}, (struct decimal){d->open, 2},
                                   PERCENT_DIGITS, ROUND_HALF_EVEN, &percent) != 0)
        percent = (struct decimal){0, PERCENT_DIGITS};
    struct decimal average = average_price(d);
    write_price(c, STR(",\"priceChange\":"), change, d->price_scale, SHOWN_DIGITS);
    write_price(c, STR(",\"priceChangePercent\":"), percent.units, percent.scale, PERCENT_DIGITS);
    write_price(c, STR(",\"weightedAvgPrice\":"), average.units, average.scale, SHOWN_DIGITS);
    write_price(c, STR(",\"prevClosePrice\":"), s->previous_close, d->price_scale, SHOWN_DIGITS);
    write_price(c, STR(",\"lastPrice\":"), d->close, d->price_scale, d->close_digits);
    write_amount(c, STR(",\"lastQty\":"), s->last.volume, s->last.volume_digits);
}

static void write_span(struct call *c, const struct practice_row *d)
{
    // Trade ids: a made-up numbering that rises with time.
    int64_t first = d->trades > 0 ? (c->now - MS_DAY) / 10 : -1;
    write_amount(c, STR(",\"volume\":"), d->volume, d->volume_digits);
    write_amount(c, STR(",\"quoteVolume\":"), d->quote_volume, d->volume_digits);
    write_int(c, STR(",\"openTime\":"), (c->now - MS_DAY) * c->unit);
    write_int(c, STR(",\"closeTime\":"), c->now * c->unit);
    write_int(c, STR(",\"firstId\":"), first);
    write_int(c, STR(",\"lastId\":"), d->trades > 0 ? first + d->trades - 1 : -1);
    write_int(c, STR(",\"count\":"), d->trades);
    WIRE(&c->wire, "}");
}

static int write_stats(struct call *c, size_t market)
{
    struct stats s = {0};
    const struct practice_row *d = &s.day;
    bool mini = str_eq(c->value[PARAM_TYPE], STR("MINI"));
    int err = gather_stats(c, market, &s);
    if (err != 0)
        return err;
    write_symbol(c, market);
    if (!mini) {
        write_change(c, &s);
        write_best(c, market);
    }
    write_price(c, STR(",\"openPrice\":"), d->open, d->price_scale, d->open_digits);
    write_price(c, STR(",\"highPrice\":"), d->high, d->price_scale, d->high_digits);
    write_price(c, STR(",\"lowPrice\":"), d->low, d->price_scale, d->low_digits);
    if (mini)
        write_price(c, STR(",\"lastPrice\":"), d->close, d->price_scale, d->close_digits);
    write_span(c, d);
    return 0;
}

int serve_stats(struct call *c)
{
    return write_all(c, write_stats);
}
