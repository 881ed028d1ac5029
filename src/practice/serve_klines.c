// SPDX-License-Identifier: Apache-2.0
// /klines and /uiKlines: rows of twelve columns, the running candle last.
#include "practice/spoil.h"

static void write_row(struct wire *w, const struct practice_row *r, int64_t unit, bool not_a_number)
{
    WIRE(w, "[");
    wire_i64(w, r->open_time * unit);
    WIRE(w, ",");
    wire_decimal(w, r->open, r->price_scale, r->open_digits);
    WIRE(w, ",");
    wire_decimal(w, r->high, r->price_scale, r->high_digits);
    WIRE(w, ",");
    wire_decimal(w, r->low, r->price_scale, r->low_digits);
    WIRE(w, ",");
    if (not_a_number)
        WIRE(w, "\"NaN\"");
    else
        wire_decimal(w, r->close, r->price_scale, r->close_digits);
    WIRE(w, ",");
    wire_amount(w, r->volume, r->volume_digits);
    WIRE(w, ",");
    wire_i64(w, (r->close_time + 1) * unit - 1);
    WIRE(w, ",");
    wire_amount(w, r->quote_volume, r->volume_digits);
    WIRE(w, ",");
    wire_i64(w, r->trades);
    WIRE(w, ",");
    wire_amount(w, r->taker_volume, r->volume_digits);
    WIRE(w, ",");
    wire_amount(w, r->taker_quote, r->volume_digits);
    WIRE(w, ",\"0\"]");
}

// Columns change places in the whole answer: the high stands where the low belongs.
static void swap_columns(struct practice_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        struct practice_row *r = &rows->items[i];
        int64_t high = r->high;
        uint8_t digits = r->high_digits;
        r->high = r->low;
        r->high_digits = r->low_digits;
        r->low = high;
        r->low_digits = digits;
    }
}

static bool is_kind(const struct row_spoil *spoil, enum fault_kind kind)
{
    return spoil->rule && spoil->rule->kind == kind;
}

int serve_klines(struct call *c)
{
    struct row_spoil spoil;
    struct practice *p = c->p;
    struct feed_query q = {
        .timeframe = c->timeframe,
        .zone_ms = c->zone_ms,
        .from = c->from,
        .to = c->to,
        .limit = (size_t)c->limit,
        .newest = !c->has[PARAM_START_TIME],
        .now = c->now,
    };
    p->rows.count = 0;
    int err = practice_published_rows(p, c->market, &q, &p->rows);
    if (err == ERR_UNSUPPORTED)
        return call_fail(c, 400, -1120, "Invalid interval.");
    if (err != 0)
        return call_fail(c, 500, -1000, "The recorded data cannot be read: %s.", err_text(err));
    spoil_rows(c, &p->rows, &spoil);
    if (is_kind(&spoil, FAULT_KIND_SWAP))
        swap_columns(&p->rows);
    WIRE(&c->wire, "[");
    for (size_t i = 0; i < p->rows.count; i++) {
        if (i > 0)
            WIRE(&c->wire, ",");
        write_row(&c->wire, &p->rows.items[i], c->unit,
                  i == spoil.victim && is_kind(&spoil, FAULT_KIND_NOT_A_NUMBER));
    }
    WIRE(&c->wire, "]");
    return 0;
}
