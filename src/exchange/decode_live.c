// SPDX-License-Identifier: Apache-2.0
// The small replies: server time, order book, best bid and ask, 24 h figures.
#include "base/number.h"
#include "exchange/venue_internal.h"

#include <string.h>

int venue_decode_time(const struct venue *v, struct str body, time_ms *out, struct diag *d)
{
    struct json_value root, value;
    int rc = venue__json_document(body, &root, d);
    if (rc != 0)
        return rc;
    if (venue__json_find(root, v->time.value, &value) != 0)
        return diag_set(d, ERR_PROTOCOL, "the reply has no \"%s\"", v->time.value);
    if ((value.kind != JSON_KIND_NUMBER && value.kind != JSON_KIND_STRING) ||
        venue__time_parse(value.text, v->time.unit, out) != 0)
        return diag_set(d, ERR_PROTOCOL, "\"%s\" is not a time in the unit expected: " STR_FMT,
                        v->time.value, STR_ARG(str_sub(value.text, 0, 40)));
    return 0;
}

struct side {
    const char *name;
    bool falling; // bids fall from the best on, asks rise
    struct book_level *levels;
    uint16_t *count;
};

static int say_level(const struct side *side, unsigned row, const char *what, struct diag *d)
{
    return diag_set_at(d, ERR_PROTOCOL, row, 0, "%s, level %u: %s", side->name, row, what);
}

static int read_cell(struct json_reader *r, struct decimal *out)
{
    struct json_value v;
    if (venue__json_more(r) != 1 || venue__json_value(r, &v) != 0 ||
        (v.kind != JSON_KIND_STRING && v.kind != JSON_KIND_NUMBER))
        return ERR_PROTOCOL;
    return decimal_parse(v.text, out);
}

// A row is [price, quantity, more that is not needed].
static int read_level(struct json_reader *r, struct book_level *out)
{
    struct json_value unused;
    int rc = venue__json_enter(r, '[');
    rc = rc ? rc : read_cell(r, &out->price);
    rc = rc ? rc : read_cell(r, &out->qty);
    while (rc == 0) {
        rc = venue__json_more(r);
        if (rc <= 0)
            break;
        rc = venue__json_value(r, &unused);
    }
    return rc;
}

// Levels beyond BOOK_LEVELS_MAX are not needed and not looked at.
static int read_side(struct json_value list, const struct side *side, struct diag *d)
{
    struct json_reader r;
    venue__json_start(&r, list.text);
    int rc = venue__json_enter(&r, '[');
    *side->count = 0;
    while (rc == 0 && *side->count < BOOK_LEVELS_MAX) {
        unsigned number = *side->count + 1U;
        struct book_level *level = &side->levels[*side->count];
        rc = venue__json_more(&r);
        if (rc <= 0)
            break;
        if (read_level(&r, level) != 0)
            return say_level(side, number, "no usable price and quantity", d);
        if (decimal_sign(level->price) <= 0 || decimal_sign(level->qty) <= 0)
            return say_level(side, number, "price and quantity must be above zero", d);
        if (number > 1) {
            int order = decimal_cmp(level->price, level[-1].price);
            if (side->falling ? order >= 0 : order <= 0)
                return say_level(side, number, "prices are not in order", d);
        }
        ++*side->count;
        rc = 0;
    }
    return rc;
}

int venue_decode_book(const struct venue *v, struct str body, struct book *out, struct diag *d)
{
    struct json_value root, bids, asks;
    int rc = venue__json_document(body, &root, d);
    if (rc != 0)
        return rc;
    if (venue__json_find(root, v->book.bids, &bids) != 0 || bids.kind != JSON_KIND_ARRAY ||
        venue__json_find(root, v->book.asks, &asks) != 0 || asks.kind != JSON_KIND_ARRAY)
        return diag_set(d, ERR_PROTOCOL, "the reply has no lists \"%s\" and \"%s\"", v->book.bids,
                        v->book.asks);
    rc = read_side(bids, &(struct side){"bids", true, out->bids, &out->bid_count}, d);
    rc = rc ? rc : read_side(asks, &(struct side){"asks", false, out->asks, &out->ask_count}, d);
    if (rc != 0)
        return rc;
    if (out->bid_count > 0 && out->ask_count > 0 &&
        decimal_cmp(out->bids[0].price, out->asks[0].price) >= 0)
        return diag_set(d, ERR_PROTOCOL, "the best bid is not below the best ask");
    return 0;
}

int venue_decode_ticker(const struct venue *v, struct str body, const struct pair *expected,
                        struct venue_ticker *out, struct diag *d)
{
    const struct venue_ticker_spec *s = &v->ticker;
    struct json_value root;
    int rc = venue__json_document(body, &root, d);
    rc = rc ? rc : venue__symbol_check(v, root, s->symbol, expected, d);
    rc = rc ? rc : venue__decimal_at(root, s->bid, &out->bid, d);
    rc = rc ? rc : venue__decimal_at(root, s->bid_qty, &out->bid_qty, d);
    rc = rc ? rc : venue__decimal_at(root, s->ask, &out->ask, d);
    rc = rc ? rc : venue__decimal_at(root, s->ask_qty, &out->ask_qty, d);
    if (rc != 0)
        return rc;
    if (decimal_sign(out->bid) < 0 || decimal_sign(out->bid_qty) < 0 ||
        decimal_sign(out->ask) < 0 || decimal_sign(out->ask_qty) < 0)
        return diag_set(d, ERR_PROTOCOL, "a price or quantity below zero");
    // Zero stands for an empty side.
    if (!decimal_is_zero(out->bid) && !decimal_is_zero(out->ask) &&
        decimal_cmp(out->bid, out->ask) >= 0)
        return diag_set(d, ERR_PROTOCOL, "the best bid is not below the best ask");
    return 0;
}

// A day's volume in a quote asset of little worth has more digits than a decimal holds: digits
// behind the point are cut until it fits, which is far below what any use of the figure can tell.
static int volume_at(struct json_value in, const char *path, struct decimal *out, struct diag *d)
{
    struct json_value v;
    int rc = ERR_NOT_FOUND;
    if (venue__json_find(in, path, &v) == 0 &&
        (v.kind == JSON_KIND_STRING || v.kind == JSON_KIND_NUMBER))
        rc = decimal_parse(v.text, out);
    while (rc == ERR_RANGE && str_find(v.text, '.', 0) < v.text.len &&
           str_find(v.text, 'e', 0) == v.text.len && str_find(v.text, 'E', 0) == v.text.len) {
        v.text.len -= v.text.data[v.text.len - 2] == '.' ? 2 : 1;
        rc = decimal_parse(v.text, out);
    }
    return rc == 0 ? 0 : venue__decimal_at(in, path, out, d);
}

int venue_decode_stats(const struct venue *v, struct str body, const struct pair *expected,
                       struct venue_stats *out, struct diag *d)
{
    const struct venue_stats_spec *s = &v->stats;
    struct json_value root, value;
    int rc = venue__json_document(body, &root, d);
    rc = rc ? rc : venue__symbol_check(v, root, s->symbol, expected, d);
    rc = rc ? rc : volume_at(root, s->quote_volume, &out->quote_volume, d);
    rc = rc ? rc : venue__decimal_at(root, s->last_price, &out->last_price, d);
    if (rc != 0)
        return rc;
    if (decimal_sign(out->quote_volume) < 0 || decimal_sign(out->last_price) < 0)
        return diag_set(d, ERR_PROTOCOL, "a price or volume below zero");
    out->close_time = 0;
    if (!s->close_time)
        return 0;
    if (venue__json_find(root, s->close_time, &value) != 0 ||
        venue__time_parse(value.text, s->close_unit, &out->close_time) != 0)
        return diag_set(d, ERR_PROTOCOL, "the reply has no usable \"%s\"", s->close_time);
    return 0;
}
