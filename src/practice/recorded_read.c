// SPDX-License-Identifier: Apache-2.0
// Reads one file of recorded candles, gzip or plain: a header line, then open_time_ms, open, high,
// low, close, volume and perhaps quote_volume, trades. Numbers stay decimal digits throughout.
#include "base/csv.h"
#include "base/number.h"
#include "practice/recorded_internal.h"

#include <zlib.h>

#define CHUNK_BYTES     (64 * 1024)
#define LINE_MAX_BYTES  512
#define FIELDS_MAX      12
#define VALUE_DIGITS    18
#define QUOTE_PER_TRADE 250 // trades are made up as one for so much, where a file has none

struct parsed_row {
    time_ms open_time;
    struct decimal price[4]; // open, high, low, close
    struct decimal volume, quote;
    int64_t trades;
    bool has_quote;
};

typedef int (*row_fn)(void *arg, const struct parsed_row *row);

struct reader {
    const char *path;
    size_t columns;
    time_ms previous;
    size_t count;
    row_fn each;
    void *arg;
};

// Digits and at most one point, as the files have them; no sign, no exponent.
static int parse_units(struct str text, struct decimal *out)
{
    int64_t units = 0;
    int32_t scale = 0;
    size_t digits = 0;
    bool point = false;
    for (size_t i = 0; i < text.len; i++) {
        char ch = text.data[i];
        if (ch == '.' && !point) {
            point = true;
            continue;
        }
        if (ch < '0' || ch > '9')
            return ERR_SYNTAX;
        digits += units > 0 || ch != '0';
        if (digits > VALUE_DIGITS)
            return ERR_RANGE;
        units = units * 10 + (ch - '0');
        scale += point;
    }
    if (text.len == 0 || text.len == (size_t)point || scale > VALUE_DIGITS)
        return ERR_SYNTAX;
    *out = (struct decimal){units, scale};
    return 0;
}

static int parse_row(const struct reader *r, const struct str *fields, struct parsed_row *out)
{
    int err = number_parse_i64(fields[0], &out->open_time);
    for (int i = 0; i < 4 && err == 0; i++)
        err = parse_units(fields[1 + i], &out->price[i]);
    if (err == 0)
        err = parse_units(fields[5], &out->volume);
    out->has_quote = r->columns == 8;
    if (err == 0 && out->has_quote)
        err = parse_units(fields[6], &out->quote);
    if (err == 0 && out->has_quote)
        err = number_parse_i64(fields[7], &out->trades);
    return err;
}

static int reader_row(struct reader *r, const struct csv *csv, const struct str *fields,
                      size_t count, struct diag *d)
{
    struct parsed_row row;
    if (r->columns == 0) { // the header
        if ((count != 6 && count != 8) || !str_eq(fields[0], STR("open_time_ms")))
            return diag_set_at(d, ERR_SYNTAX, csv->line_number, 1,
                               "%s: the header is not open_time_ms,open,high,low,close,volume"
                               "[,quote_volume,trades]",
                               r->path);
        r->columns = count;
        return 0;
    }
    int err = count == r->columns ? parse_row(r, fields, &row) : ERR_SYNTAX;
    if (err == 0 && r->count > 0 && row.open_time <= r->previous)
        err = ERR_SYNTAX;
    if (err == 0 && ++r->count > SERIES_ROWS_MAX)
        err = ERR_FULL;
    if (err == 0) {
        r->previous = row.open_time;
        err = r->each(r->arg, &row);
    }
    if (err != 0)
        return diag_set_at(d, err, csv->line_number, 1, "%s line %u: %s", r->path, csv->line_number,
                           err_text(err));
    return 0;
}

static int drain(struct reader *r, struct csv *csv, struct diag *d)
{
    struct str fields[FIELDS_MAX];
    size_t count = 0;
    int err = 0;
    while (err == 0) {
        struct diag why = {0};
        err = csv_next(csv, fields, FIELDS_MAX, &count, &why);
        if (err == 0)
            err = reader_row(r, csv, fields, count, d);
        else if (err != ERR_AGAIN && err != ERR_CLOSED)
            return diag_set_at(d, err, why.line, why.column, "%s: %s", r->path, why.text);
    }
    return err == ERR_AGAIN || err == ERR_CLOSED ? 0 : err;
}

static int read_file(struct reader *r, struct diag *d)
{
    struct csv csv;
    int err = 0, got = 0;
    char *chunk = malloc(CHUNK_BYTES);
    gzFile file = gzopen(r->path, "rb"); // also reads what is not compressed
    csv_init(&csv, ',', LINE_MAX_BYTES);
    if (!file || !chunk) {
        err = diag_set(d, file ? ERR_NO_MEMORY : ERR_NOT_FOUND, "cannot open %s", r->path);
        goto out;
    }
    while (err == 0 && (got = gzread(file, chunk, CHUNK_BYTES)) > 0) {
        err = csv_feed(&csv, (struct str){chunk, (size_t)got});
        if (err == 0)
            err = drain(r, &csv, d);
    }
    if (err == 0 && got < 0)
        err = diag_set(d, ERR_CORRUPT, "%s is damaged: it does not decompress", r->path);
    if (err == 0) {
        csv_end(&csv);
        err = drain(r, &csv, d);
    }
    if (err == 0 && r->count == 0)
        err = diag_set(d, ERR_SYNTAX, "%s has no candles; remove it", r->path);
out:
    csv_finish(&csv);
    if (file)
        gzclose(file);
    free(chunk);
    return err;
}

// ---- scan ---------------------------------------------------------------------------------------

static double to_double(struct decimal d)
{
    static const double powers[VALUE_DIGITS + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,
                                                    1e7,  1e8,  1e9,  1e10, 1e11, 1e12, 1e13,
                                                    1e14, 1e15, 1e16, 1e17, 1e18};
    return (double)d.units / powers[d.scale];
}

static int scan_row(void *arg, const struct parsed_row *row)
{
    struct series_scan *s = arg;
    for (int i = 0; i < 4; i++) {
        struct decimal p = row->price[i];
        if (p.units <= 0 || p.scale > PRICE_DIGITS_MAX)
            return ERR_RANGE;
        s->price_scale = p.scale > s->price_scale ? p.scale : s->price_scale;
        while (p.scale > s->price_digits && p.units % 10 == 0) {
            p.units /= 10;
            p.scale--;
        }
        s->price_digits = p.scale > s->price_digits ? p.scale : s->price_digits;
    }
    if (s->count == 0)
        s->first = row->open_time;
    s->last = row->open_time;
    s->count++;
    s->last_price = to_double(row->price[3]);
    s->quote_sum += to_double(row->volume) * s->last_price;
    return 0;
}

int series_scan(const char *path, struct series_scan *out, struct diag *d)
{
    struct reader r = {.path = path, .each = scan_row, .arg = out};
    memset(out, 0, sizeof(*out));
    return read_file(&r, d);
}

// ---- load ---------------------------------------------------------------------------------------

struct load {
    struct stored_row *rows;
    size_t count, cap;
    int32_t price_scale;
};

static int set_price(const struct load *l, struct decimal p, int64_t *units, uint8_t *digits)
{
    *digits = (uint8_t)p.scale;
    if (p.scale > l->price_scale)
        return ERR_RANGE;
    *units = p.units;
    for (int32_t i = p.scale; i < l->price_scale; i++) {
        if (__builtin_mul_overflow(*units, 10, units))
            return ERR_RANGE;
    }
    return 0;
}

// Where a file has no quote volume: volume times the mean of the four prices, to 8 digits.
static void make_quote(const struct load *l, struct stored_row *row)
{
    __int128 prices = (__int128)row->open + row->high + row->low + row->close;
    __int128 quote = prices * row->volume / 4;
    int32_t scale = l->price_scale + row->volume_scale;
    while (scale > 8 || quote > INT64_MAX) {
        quote /= 10;
        scale--;
    }
    row->quote = (int64_t)quote;
    row->quote_scale = (uint8_t)(scale < 0 ? 0 : scale);
}

static void make_trades(struct stored_row *row)
{
    double quote = to_double((struct decimal){row->quote, row->quote_scale});
    double trades = quote / QUOTE_PER_TRADE + 1;
    row->trades = row->volume > 0 ? (int32_t)(trades < 1e9 ? trades : 1e9) : 0;
}

static int load_row(void *arg, const struct parsed_row *in)
{
    struct load *l = arg;
    struct stored_row row = {.open_time = in->open_time,
                             .volume = in->volume.units,
                             .volume_scale = (uint8_t)in->volume.scale};
    int err = set_price(l, in->price[0], &row.open, &row.open_digits);
    if (err == 0)
        err = set_price(l, in->price[1], &row.high, &row.high_digits);
    if (err == 0)
        err = set_price(l, in->price[2], &row.low, &row.low_digits);
    if (err == 0)
        err = set_price(l, in->price[3], &row.close, &row.close_digits);
    if (err != 0)
        return err;
    if (in->has_quote) {
        row.quote = in->quote.units;
        row.quote_scale = (uint8_t)in->quote.scale;
        row.trades = (int32_t)(in->trades < INT32_MAX ? in->trades : INT32_MAX);
    } else {
        make_quote(l, &row);
        make_trades(&row);
    }
    if (l->count == l->cap) {
        size_t cap = l->cap * 2;
        struct stored_row *rows = realloc(l->rows, cap * sizeof(*rows));
        if (!rows)
            return ERR_NO_MEMORY;
        l->rows = rows;
        l->cap = cap;
    }
    l->rows[l->count++] = row;
    return 0;
}

int series_read(const char *path, int32_t price_scale, size_t expected, struct stored_row **rows,
                size_t *count, struct diag *d)
{
    struct load l = {.price_scale = price_scale, .cap = expected ? expected : 1024};
    struct reader r = {.path = path, .each = load_row, .arg = &l};
    l.rows = malloc(l.cap * sizeof(*l.rows));
    if (!l.rows)
        return diag_set(d, ERR_NO_MEMORY, "out of memory");
    int err = read_file(&r, d);
    if (err != 0) {
        free(l.rows);
        return err;
    }
    *rows = l.rows;
    *count = l.count;
    return 0;
}
