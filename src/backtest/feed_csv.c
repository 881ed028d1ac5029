// SPDX-License-Identifier: Apache-2.0
// Candles from a CSV file, plain or gzip, at the speed of memory: lines are parsed in place, eight
// characters at a time. Numbers of up to 19 digits whose digits fit a double exactly become one by
// one exact division, so by one rounding (Clinger, "How to Read Floating Point Numbers Accurately",
// 1990); all others go through number_parse_double.
#include "backtest/feed.h"

#include "base/number.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#define BUFFER_BYTES  (256u << 10)
#define INPUT_BYTES   (64u << 10) // compressed
#define LINE_BYTES    1024u       // longest line
#define PADDING_BYTES 16u         // read, never used, by the eight-character steps
#define PROBE_ROWS    1000        // looked at for the timeframe
#define HEADER        "open_time_ms,open,high,low,close,volume"
#define HEADER_LONG   HEADER ",quote_volume,trades"

struct feed_csv {
    struct feed feed;
    FILE *file;
    const char *path;
    z_stream inflater;
    bool is_gzip, inflating; // inflating: inside a member of the gzip file
    unsigned char *input;
    char *buffer;
    size_t begin, end; // what of the buffer is not read yet
    size_t whole;      // up to here lines are complete
    bool at_end;       // of the file
    bool is_long;      // with quote volume and trades
    uint32_t line;     // read last
    time_ms last;      // open time of the row before
    bool any;
    struct feed_csv_options options;
};

// --- bytes --------------------------------------------------------------------------------------

static int read_error(const struct feed_csv *f, struct diag *d)
{
    return diag_set(d, ERR_SYSTEM, "%.150s cannot be read to its end", f->path);
}

static int gzip_error(const struct feed_csv *f, struct diag *d)
{
    return diag_set(d, ERR_CORRUPT, "%.150s is damaged or cut off: it does not unpack as gzip",
                    f->path);
}

// Fills the inflater's input. ERR_CLOSED at the end of the file.
static int more_input(struct feed_csv *f, struct diag *d)
{
    if (f->inflater.avail_in > 0)
        return 0;
    size_t n = fread(f->input, 1, INPUT_BYTES, f->file);
    if (n == 0)
        return ferror(f->file) ? read_error(f, d) : ERR_CLOSED;
    f->inflater.next_in = f->input;
    f->inflater.avail_in = (unsigned)n;
    return 0;
}

static int fill_gzip(struct feed_csv *f, size_t room, struct diag *d)
{
    f->inflater.next_out = (unsigned char *)f->buffer + f->end;
    f->inflater.avail_out = (unsigned)room;
    while (f->inflater.avail_out > 0 && !f->at_end) {
        int rc = more_input(f, d);
        if (rc == ERR_CLOSED && f->inflating)
            return gzip_error(f, d);
        if (rc == ERR_CLOSED) {
            f->at_end = true;
            break;
        }
        if (rc)
            return rc;
        f->inflating = true;
        rc = inflate(&f->inflater, Z_NO_FLUSH);
        if (rc == Z_STREAM_END) { // a gzip file may have several members
            f->inflating = false;
            rc = inflateReset(&f->inflater);
        }
        if (rc != Z_OK && rc != Z_BUF_ERROR)
            return gzip_error(f, d);
    }
    f->end += room - f->inflater.avail_out;
    return 0;
}

static int fill_plain(struct feed_csv *f, size_t room, struct diag *d)
{
    size_t n = fread(f->buffer + f->end, 1, room, f->file);
    if (n < room && ferror(f->file))
        return read_error(f, d);
    f->at_end = n < room;
    f->end += n;
    return 0;
}

// Moves what is left to the front and fills up; whole then ends after the last line end.
static int fill(struct feed_csv *f, struct diag *d)
{
    memmove(f->buffer, f->buffer + f->begin, f->end - f->begin);
    f->end -= f->begin;
    f->begin = f->whole = 0;
    size_t room = BUFFER_BYTES - f->end;
    int rc = f->is_gzip ? fill_gzip(f, room, d) : fill_plain(f, room, d);
    if (rc)
        return rc;
    if (f->at_end && f->end > 0 && f->buffer[f->end - 1] != '\n')
        f->buffer[f->end++] = '\n'; // PADDING_BYTES leave room for it
    memset(f->buffer + f->end, 0, PADDING_BYTES);
    const char *last = memrchr(f->buffer, '\n', f->end);
    f->whole = last ? (size_t)(last - f->buffer) + 1 : 0;
    if (!last && f->end >= LINE_BYTES)
        return diag_set_at(d, ERR_SYNTAX, f->line + 1, 0, "the line is longer than %u bytes",
                           LINE_BYTES);
    return 0;
}

// --- numbers ------------------------------------------------------------------------------------

static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,
                                1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19};
static const uint64_t whole_powers[] = {1,      10,      100,      1000,     10000,
                                        100000, 1000000, 10000000, 100000000};

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

// The digits at p, at most eight, appended to *value; how many they were.
static inline size_t eat_eight(const char *p, uint64_t *value)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t chars;
    memcpy(&chars, p, sizeof chars);
    // A byte is a digit when its high half is 3 and stays so after adding 6.
    uint64_t odd =
        ((chars & EACH(0xF0)) ^ EACH(0x30)) | (((chars + EACH(0x06)) & EACH(0xF0)) ^ EACH(0x30));
    size_t n = odd ? (size_t)__builtin_ctzll(odd) / 8 : 8;
    if (n == 0)
        return 0;
    // Shifted up, the missing leading digits are zeros; then twos, fours and eights are joined,
    // each lane of the word by itself.
    chars = (chars & EACH(0x0F)) << (64 - 8 * n);
    chars = (chars * 10 + (chars >> 8)) & UINT64_C(0x00FF00FF00FF00FF);
    chars = (chars * 100 + (chars >> 16)) & UINT64_C(0x0000FFFF0000FFFF);
    chars = chars * 10000 + (chars >> 32);
    *value = *value * whole_powers[n] + (uint32_t)chars;
    return n;
#else
    size_t n = 0;
    for (; n < 8 && p[n] >= '0' && p[n] <= '9'; n++)
        *value = *value * 10 + (uint64_t)(p[n] - '0');
    return n;
#endif
}

// All digits at p; the number wraps when they are more than 19, which the caller sees by the count.
static inline size_t eat_digits(const char *p, uint64_t *value)
{
    size_t n = eat_eight(p, value), all = n;
    while (n == 8) {
        n = eat_eight(p + all, value);
        all += n;
    }
    return all;
}

static const char *field_end(const char *p)
{
    while (*p != ',' && *p != '\n' && *p != '\r')
        p++;
    return p;
}

static bool slow_number(const char **p, double *out)
{
    const char *end = field_end(*p);
    bool good = number_parse_double((struct str){*p, (size_t)(end - *p)}, out) == 0;
    *p = end;
    return good;
}

// Reads a number and stands behind it; false when there is none. A line end stops every step.
static inline bool read_number(const char **p, double *out)
{
    uint64_t value = 0;
    size_t whole = eat_digits(*p, &value), fraction = 0;
    const char *at = *p + whole;
    if (*at == '.') {
        fraction = eat_digits(at + 1, &value);
        at += 1 + fraction;
    }
    bool plain = whole > 0 && (fraction > 0 || at == *p + whole) && whole + fraction <= 19 &&
                 value <= UINT64_C(1) << 53 && (*at == ',' || *at == '\n' || *at == '\r');
    if (__builtin_expect(!plain, 0))
        return slow_number(p, out);
    *out = (double)value / powers[fraction];
    *p = at;
    return true;
}

static inline bool read_time(const char **p, time_ms *out)
{
    uint64_t value = 0;
    size_t n = eat_digits(*p, &value);
    *out = (time_ms)value;
    *p += n;
    return n > 0 && n <= 18 && **p == ',';
}

// --- rows ---------------------------------------------------------------------------------------

struct row {
    time_ms open_time;
    double value[7]; // open, high, low, close, volume, quote volume, trades
};

static const char *const field_names[] = {"open",   "high",         "low",   "close",
                                          "volume", "quote volume", "trades"};

static int row_error(const struct feed_csv *f, uint32_t column, const char *what, struct diag *d)
{
    return diag_set_at(d, ERR_SYNTAX, f->line, column, "%.120s:%u: %s", f->path, f->line, what);
}

// Says what is wrong with a line that could not be read.
static int explain_line(const struct feed_csv *f, const char *line, const char *at, size_t field,
                        struct diag *d)
{
    char what[96];
    uint32_t column = (uint32_t)(at - line) + 1;
    size_t wanted = f->is_long ? 8 : 6;
    if (field == 0)
        return row_error(f, column, "the open time is not a whole number of milliseconds", d);
    if (field >= wanted)
        (void)str_printf(what, sizeof what, "there are more than %zu fields", wanted);
    else if ((*at == '\n' || *at == '\r') && at[-1] != ',')
        (void)str_printf(what, sizeof what, "there are %zu fields of %zu", field, wanted);
    else
        (void)str_printf(what, sizeof what, "the %s is not a number", field_names[field - 1]);
    return row_error(f, column, what, d);
}

static int explain_candle(const struct feed_csv *f, const struct row *r, struct diag *d)
{
    const double *v = r->value;
    struct candle c = {r->open_time, v[0], v[1], v[2], v[3], v[4], 0, -1};
    enum candle_fault fault = candle_check(&c, TF_M1, INT64_MAX);
    if (f->any && r->open_time <= f->last)
        fault = CANDLE_DISORDERED;
    else if (fault == CANDLE_OK || fault == CANDLE_MISALIGNED)
        fault = CANDLE_NOT_POSITIVE; // of the two columns a candle here does not carry
    char what[96];
    (void)str_printf(what, sizeof what, "%s", candle_fault_text(fault));
    return row_error(f, 0, what, d);
}

static inline bool candle_good(const struct feed_csv *f, const struct row *r)
{
    const double *v = r->value;
    double low = v[0] < v[3] ? v[0] : v[3], high = v[0] > v[3] ? v[0] : v[3];
    return (v[2] > 0) & (v[2] <= low) & (v[1] >= high) & (v[4] >= 0) & (v[5] >= 0) & (v[6] >= -1) &
           ((r->open_time > f->last) | !f->any);
}

// Reads the line at *p, which ends within the buffer, into r. 1: a row, 0: an empty line.
static inline int read_row(struct feed_csv *f, const char **p, struct row *r, struct diag *d)
{
    const char *line = *p, *at = line;
    size_t fields = f->is_long ? 7 : 5, field = 0;
    f->line++;
    if (*at == '\n' || (*at == '\r' && at[1] == '\n')) {
        *p = at + (*at == '\r') + 1;
        return 0;
    }
    if (!read_time(&at, &r->open_time))
        return explain_line(f, line, at, 0, d);
    while (field < fields && *at == ',') {
        const char *begin = ++at;
        if (!read_number(&at, &r->value[field++]))
            return explain_line(f, line, begin, field, d);
    }
    at += *at == '\r';
    if (field < fields || *at != '\n')
        return explain_line(f, line, at, field + 1, d);
    if (!candle_good(f, r))
        return explain_candle(f, r, d);
    f->last = r->open_time;
    f->any = true;
    *p = at + 1;
    return 1;
}

static inline void put(const struct feed_columns *out, size_t i, const struct row *r)
{
    out->open_time[i] = r->open_time;
    out->open[i] = r->value[0];
    out->high[i] = r->value[1];
    out->low[i] = r->value[2];
    out->close[i] = r->value[3];
    out->volume[i] = r->value[4];
}

static int csv_read(struct feed *feed, size_t cap, const struct feed_columns *out, size_t *count,
                    struct diag *d)
{
    struct feed_csv *f = (struct feed_csv *)feed;
    struct row r = {0};
    time_ms to = f->options.to > 0 ? f->options.to : INT64_MAX;
    size_t n = 0;
    while (n < cap) {
        if (f->begin == f->whole) {
            if (f->at_end)
                break;
            int rc = fill(f, d);
            if (rc)
                return rc;
            continue;
        }
        const char *p = f->buffer + f->begin, *end = f->buffer + f->whole;
        while (p < end && n < cap) {
            int rc = read_row(f, &p, &r, d);
            if (rc < 0)
                return rc;
            if (rc == 0 || r.open_time < f->options.from)
                continue;
            if (r.open_time >= to) {
                f->at_end = true;
                p = end;
                break;
            }
            put(out, n++, &r);
        }
        f->begin = (size_t)(p - f->buffer);
    }
    *count = n;
    return 0;
}

static void csv_destroy(struct feed *feed)
{
    struct feed_csv *f = (struct feed_csv *)feed;
    if (f->is_gzip)
        (void)inflateEnd(&f->inflater);
    if (f->file)
        (void)fclose(f->file);
    free(f->input);
    free(f->buffer);
    free(f);
}

// --- opening ------------------------------------------------------------------------------------

static int open_file(struct feed_csv *f, struct diag *d)
{
    f->file = fopen(f->path, "rbe");
    if (!f->file)
        return diag_set(d, ERR_NOT_FOUND,
                        "there is no file of candles '%.150s' that can be read; check the path",
                        f->path);
    unsigned char magic[2];
    size_t n = fread(magic, 1, 2, f->file);
    if (fseek(f->file, 0, SEEK_SET) != 0)
        return diag_set(d, ERR_SYSTEM, "%.150s is no plain file; write the candles to one first",
                        f->path);
    (void)setvbuf(f->file, NULL, _IONBF, 0);              // our reads are large
    if (n == 2 && magic[0] == 0x1f && magic[1] == 0x8b) { // RFC 1952
        if (inflateInit2(&f->inflater, 16 + MAX_WBITS) != Z_OK)
            return diag_set(d, ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY));
        f->is_gzip = true;
    }
    return 0;
}

static int read_header(struct feed_csv *f, struct diag *d)
{
    struct str text = {f->buffer, f->whole};
    struct str line = str_trim(str_sub(text, 0, str_find(text, '\n', 0)));
    f->is_long = str_eq(line, STR(HEADER_LONG));
    f->line = 1;
    if (!f->is_long && !str_eq(line, STR(HEADER)))
        return diag_set_at(d, ERR_SYNTAX, 1, 1,
                           "%.80s:1: the first line must be " HEADER "[,quote_volume,trades]",
                           f->path);
    f->begin = str_find(text, '\n', 0) + 1;
    return 0;
}

// Shortest step and first time of the rows in the buffer. A row that cannot be read counts: reading
// the feed will say what is wrong with it.
static void probe(const struct feed_csv *f, int64_t *step, time_ms *first, size_t *rows)
{
    const char *p = f->buffer + f->begin, *end = f->buffer + f->whole;
    time_ms before = 0, time = 0;
    *step = INT64_MAX;
    for (*rows = 0; p < end && *rows < PROBE_ROWS; ++*rows) {
        const char *at = p;
        bool good = read_time(&at, &time);
        if (good && before > 0 && time > before && time - before < *step)
            *step = time - before;
        if (*rows == 0 && good)
            *first = time;
        before = good ? time : before;
        p = (const char *)memchr(p, '\n', (size_t)(end - p)) + 1;
    }
}

// The longest timeframe that is not longer than the step.
static enum timeframe timeframe_of_step(int64_t step)
{
    enum timeframe tf = TF_COUNT;
    for (int i = 0; i < TF_COUNT; i++) {
        if (timeframe_min_length_ms((enum timeframe)i) <= step)
            tf = (enum timeframe)i;
    }
    return tf;
}

static int find_timeframe(const struct feed_csv *f, struct feed_csv_info *info, struct diag *d)
{
    int64_t step = INT64_MAX;
    time_ms first = 0;
    size_t rows = 0;
    probe(f, &step, &first, &rows);
    info->timeframe = f->options.timeframe;
    if (info->timeframe == TF_COUNT && rows < 2)
        return diag_set(d, ERR_RANGE,
                        "%.100s has %zu candles, too few to tell their timeframe; say it with "
                        "--timeframe",
                        f->path, rows);
    if (info->timeframe == TF_COUNT)
        info->timeframe = timeframe_of_step(step);
    if (info->timeframe == TF_COUNT)
        return diag_set(d, ERR_RANGE, "the candles of %.100s are %lld ms apart; 1m is the shortest",
                        f->path, (long long)step);
    info->on_grid = rows == 0 || timeframe_is_aligned(info->timeframe, first);
    return 0;
}

int feed_csv_open(const char *path, const struct feed_csv_options *o, struct feed **out,
                  struct feed_csv_info *info, struct diag *d)
{
    struct feed_csv *f = calloc(1, sizeof *f);
    if (!f)
        return diag_set(d, ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY));
    *f = (struct feed_csv){.feed = {csv_read, csv_destroy}, .path = path, .options = *o};
    f->buffer = malloc(BUFFER_BYTES + PADDING_BYTES + 1);
    f->input = malloc(INPUT_BYTES);
    if (!f->buffer || !f->input) {
        csv_destroy(&f->feed);
        return diag_set(d, ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY));
    }
    int rc = open_file(f, d);
    if (!rc)
        rc = fill(f, d);
    if (!rc)
        rc = read_header(f, d);
    if (!rc)
        rc = find_timeframe(f, info, d);
    if (rc) {
        csv_destroy(&f->feed);
        return rc;
    }
    *out = &f->feed;
    return 0;
}

// --- names --------------------------------------------------------------------------------------

// The part of a path before its last '/', and what stands behind it.
static struct str cut_last(struct str *path)
{
    size_t at = path->len;
    while (at > 0 && path->data[at - 1] != '/')
        at--;
    struct str last = str_sub(*path, at, path->len);
    *path = str_sub(*path, 0, at > 0 ? at - 1 : 0);
    return last;
}

void feed_csv_name(const char *path, struct feed_csv_name *out)
{
    struct str rest = str_from(path);
    *out = (struct feed_csv_name){0};
    (void)cut_last(&rest);
    struct str pair = cut_last(&rest), exchange = cut_last(&rest);
    size_t dash = str_find(pair, '-', 0);
    if (dash == 0 || dash + 1 >= pair.len)
        return;
    if (str_copy(out->base, sizeof out->base, str_sub(pair, 0, dash)) != 0 ||
        str_copy(out->quote, sizeof out->quote, str_sub(pair, dash + 1, pair.len)) != 0 ||
        str_copy(out->exchange, sizeof out->exchange, exchange) != 0)
        *out = (struct feed_csv_name){0};
}
