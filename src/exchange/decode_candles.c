// SPDX-License-Identifier: Apache-2.0
// Rows of candles: the hot path. One pass over the body, cell by cell, straight into the caller's
// array; no allocation.
#include "base/number.h"
#include "exchange/venue_internal.h"

#include <math.h>
#include <string.h>

static const char *const column_names[COLUMN_COUNT] = {
    [COLUMN_TIME] = "open time",
    [COLUMN_OPEN] = "open",
    [COLUMN_HIGH] = "high",
    [COLUMN_LOW] = "low",
    [COLUMN_CLOSE] = "close",
    [COLUMN_VOLUME] = "volume",
    [COLUMN_QUOTE_VOLUME] = "quote volume",
    [COLUMN_TRADES] = "trades",
    [COLUMN_CLOSED] = "closed flag",
};

struct rows {
    const struct venue_candles_spec *spec;
    struct json_reader reader;
    unsigned row;     // 1-based, of the one being read
    size_t odd, wild; // rows whose quote volume does not fit, a little or by far
    struct diag *diag;
};

static int say_syntax(struct rows *rows)
{
    return diag_set_at(rows->diag, ERR_SYNTAX, rows->row, 0,
                       "the candles are no valid JSON: %s at byte %zu (row %u)", rows->reader.error,
                       venue__json_offset(&rows->reader), rows->row);
}

static int say_row(struct rows *rows, const char *what)
{
    return diag_set_at(rows->diag, ERR_PROTOCOL, rows->row, 0, "row %u %s", rows->row, what);
}

static int say_cell(struct rows *rows, enum candle_column column, struct json_value v,
                    const char *what)
{
    unsigned place = (unsigned)rows->spec->columns[column].index + 1;
    return diag_set_at(rows->diag, ERR_PROTOCOL, rows->row, place,
                       "row %u, column %u (%s): \"" STR_FMT "\" %s", rows->row, place,
                       column_names[column], STR_ARG(str_sub(v.text, 0, 40)), what);
}

// Which column an array's cell or an object's member belongs to; COLUMN_COUNT for none.
static enum candle_column column_at(const struct venue_candles_spec *s, int index)
{
    for (int c = 0; c < COLUMN_COUNT; c++)
        if (s->columns[c].index == index && !s->columns[c].key)
            return (enum candle_column)c;
    return COLUMN_COUNT;
}

static enum candle_column column_named(const struct venue_candles_spec *s, struct str key)
{
    for (int c = 0; c < COLUMN_COUNT; c++)
        if (s->columns[c].key && str_eq(key, str_from(s->columns[c].key)))
            return (enum candle_column)c;
    return COLUMN_COUNT;
}

static int read_array_row(struct rows *rows, struct json_value cells[COLUMN_COUNT])
{
    const struct venue_candles_spec *s = rows->spec;
    int count = 0, rc = venue__json_enter(&rows->reader, '[');
    while (rc == 0) {
        struct json_value v;
        rc = venue__json_more(&rows->reader);
        if (rc <= 0)
            break;
        rc = venue__json_value(&rows->reader, &v);
        enum candle_column c = rc == 0 ? column_at(s, count++) : COLUMN_COUNT;
        if (c != COLUMN_COUNT)
            cells[c] = v;
    }
    if (rc != 0)
        return say_syntax(rows);
    if (count < s->cells_min || count > s->cells_max)
        return diag_set_at(rows->diag, ERR_PROTOCOL, rows->row, 0,
                           "row %u has %d columns instead of %d", rows->row, count, s->cells_min);
    return 0;
}

static int read_object_row(struct rows *rows, struct json_value cells[COLUMN_COUNT])
{
    int rc = venue__json_enter(&rows->reader, '{');
    while (rc == 0) {
        struct json_value v;
        struct str key;
        rc = venue__json_more(&rows->reader);
        if (rc <= 0)
            break;
        rc = venue__json_key(&rows->reader, &key);
        rc = rc ? rc : venue__json_value(&rows->reader, &v);
        enum candle_column c = rc == 0 ? column_named(rows->spec, key) : COLUMN_COUNT;
        if (c != COLUMN_COUNT)
            cells[c] = v;
    }
    return rc == 0 ? 0 : say_syntax(rows);
}

static bool is_scalar(struct json_value v)
{
    return v.kind == JSON_KIND_STRING || v.kind == JSON_KIND_NUMBER;
}

// A quote volume may be absent or null: it stays what it was.
static int cell_double(struct rows *rows, const struct json_value *cells, enum candle_column column,
                       double *value)
{
    struct json_value v = cells[column];
    if (column == COLUMN_QUOTE_VOLUME && (!v.text.data || v.kind == JSON_KIND_NULL))
        return 0;
    if (!v.text.data)
        return say_row(rows, "lacks a price or the volume");
    if (!is_scalar(v))
        return say_cell(rows, column, v, "is neither text nor a number");
    if (number_parse_double(v.text, value) != 0)
        return say_cell(rows, column, v, "is no usable number");
    return 0;
}

static int cell_time(struct rows *rows, struct json_value v, time_ms *out)
{
    if (!v.text.data)
        return say_row(rows, "has no open time");
    int rc = is_scalar(v) ? venue__time_parse(v.text, rows->spec->reply_unit, out) : ERR_SYNTAX;
    if (rc == ERR_RANGE)
        return say_cell(rows, COLUMN_TIME, v, "is not a time in the unit expected");
    return rc == 0 ? 0 : say_cell(rows, COLUMN_TIME, v, "is no time");
}

static int cell_trades(struct rows *rows, struct json_value v, int64_t *out)
{
    if (!v.text.data || v.kind == JSON_KIND_NULL)
        return 0;
    if (!is_scalar(v) || number_parse_i64(v.text, out) != 0 || *out < 0)
        return say_cell(rows, COLUMN_TRADES, v, "is no count of trades");
    return 0;
}

// Swapped columns: a candle's average price, quote / base volume, lies within its range. Both
// volumes are rounded by the venue, so a volume of a few units in the last place proves nothing.
static bool volumes_fit(const struct candle *c, double slack)
{
    const double least = 1e-3;
    if (isnan(c->quote_volume) || c->low <= 0 || c->high < c->low || c->volume < least ||
        c->quote_volume < least)
        return true;
    return c->quote_volume <= c->volume * c->high * slack &&
           c->quote_volume * slack >= c->volume * c->low;
}

// One odd row is the venue's history (real data has such rows); columns are swapped when most rows
// are odd and some wildly so.
static int judge_volumes(const struct rows *rows, size_t count)
{
    if (rows->wild == 0 || rows->odd * 2 <= count)
        return 0;
    return diag_set(rows->diag, ERR_PROTOCOL,
                    "%zu of %zu rows have a quote volume that does not belong to their volume and "
                    "prices (columns swapped?)",
                    rows->odd, count);
}

static int read_row(struct rows *rows, struct candle *c, bool *final)
{
    struct json_value cells[COLUMN_COUNT] = {{0}};
    bool keyed = rows->spec->columns[COLUMN_TIME].key != NULL;
    *c = (struct candle){.quote_volume = NAN, .trades = -1};
    int rc = keyed ? read_object_row(rows, cells) : read_array_row(rows, cells);
    rc = rc ? rc : cell_time(rows, cells[COLUMN_TIME], &c->open_time);
    rc = rc ? rc : cell_double(rows, cells, COLUMN_OPEN, &c->open);
    rc = rc ? rc : cell_double(rows, cells, COLUMN_HIGH, &c->high);
    rc = rc ? rc : cell_double(rows, cells, COLUMN_LOW, &c->low);
    rc = rc ? rc : cell_double(rows, cells, COLUMN_CLOSE, &c->close);
    rc = rc ? rc : cell_double(rows, cells, COLUMN_VOLUME, &c->volume);
    rc = rc ? rc : cell_double(rows, cells, COLUMN_QUOTE_VOLUME, &c->quote_volume);
    rc = rc ? rc : cell_trades(rows, cells[COLUMN_TRADES], &c->trades);
    if (rc != 0)
        return rc;
    rows->odd += !volumes_fit(c, 1.02);
    rows->wild += !volumes_fit(c, 2);
    struct json_value flag = cells[COLUMN_CLOSED];
    *final = !flag.text.data || !rows->spec->closed_text ||
             str_eq(flag.text, str_from(rows->spec->closed_text));
    return 0;
}

static void reverse(struct candle *c, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        struct candle t = c[i];
        c[i] = c[count - 1 - i];
        c[count - 1 - i] = t;
    }
}

static size_t merge_equal(struct candle *c, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || c[kept - 1].open_time != c[i].open_time ||
            !candle_equal(&c[kept - 1], &c[i]))
            c[kept++] = c[i];
    return kept;
}

static int read_rows(struct rows *rows, time_ms from, time_ms to, struct candle *out, size_t cap,
                     size_t *count)
{
    size_t kept = 0;
    if (venue__json_enter(&rows->reader, '[') != 0)
        return say_syntax(rows);
    for (;;) {
        struct candle c;
        bool final = true;
        rows->row++;
        int rc = venue__json_more(&rows->reader);
        if (rc < 0)
            return say_syntax(rows);
        if (rc == 0)
            break;
        rc = read_row(rows, &c, &final);
        if (rc != 0)
            return rc;
        if (c.open_time < from || c.open_time >= to || !final)
            continue;
        if (kept == cap)
            return say_row(rows, "is one more than was asked for");
        out[kept++] = c;
    }
    if (venue__json_finish(&rows->reader) != 0)
        return say_syntax(rows);
    int rc = judge_volumes(rows, rows->row - 1);
    *count = rc == 0 ? kept : 0;
    return rc;
}

int venue_decode_candles(const struct venue *v, struct str body, time_ms from, time_ms to,
                         struct candle *out, size_t cap, size_t *count, struct diag *d)
{
    struct rows rows = {.spec = &v->candles, .diag = d};
    struct json_value root = {JSON_KIND_ARRAY, body};
    *count = 0;
    if (*v->candles.root) {
        int rc = venue__json_document(body, &root, d);
        if (rc != 0)
            return rc;
        if (venue__json_find(root, v->candles.root, &root) != 0)
            return diag_set(d, ERR_PROTOCOL, "the reply has no candles at \"%s\"", v->candles.root);
    }
    venue__json_start(&rows.reader, root.text);
    int rc = read_rows(&rows, from, to, out, cap, count);
    if (rc != 0)
        return rc;
    if (v->candles.newest_first)
        reverse(out, *count);
    *count = merge_equal(out, *count);
    return 0;
}
