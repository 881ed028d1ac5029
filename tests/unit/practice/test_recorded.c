// SPDX-License-Identifier: Apache-2.0
// Recorded candles: digit for digit, added up exactly, gaps left, the running candle inside its
// final one. On small files made here, and on real ones where they are at hand.
#include "practice/recorded_internal.h"
#include "practice/wire.h"
#include "unit/remove_tree.h"

#include "base/number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#define HEADER "open_time_ms,open,high,low,close,volume\n"
#define DAY0   INT64_C(1620604800000) // 2021-05-10, a Monday

static char folder[] = "/tmp/oracle-recorded-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return remove_tree(folder);
}

static void write_file(const char *market, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, market);
    mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/%s/%s", folder, market, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void clear_folder(void)
{
    (void)remove_tree(folder);
    assert_int_equal(mkdir(folder, 0700), 0);
}

static struct practice_feed *open_folder(const char *dir)
{
    struct practice_feed *f = NULL;
    struct diag d = {0};
    int err = recorded_create(dir, 1, &f, &d);
    if (err != 0)
        print_error("%s\n", d.text);
    assert_int_equal(err, 0);
    return f;
}

static void get_rows(struct practice_feed *f, size_t market, enum timeframe tf, time_ms from,
                     time_ms to, time_ms now, struct practice_rows *rows)
{
    rows->count = 0;
    const struct feed_query q = {tf, 0, from, to, 1000, false, now};
    assert_int_equal(f->ops->rows(f, market, &q, rows), 0);
}

static void expect_decimal(int64_t units, int32_t scale, int32_t digits, const char *text)
{
    char quoted[64];
    struct buf out;
    buf_init(&out, 64);
    struct wire w = {&out, 0};
    wire_decimal(&w, units, scale, digits);
    assert_int_equal(w.error, 0);
    snprintf(quoted, sizeof(quoted), "\"%s\"", text);
    assert_int_equal(out.len, strlen(quoted));
    assert_memory_equal(out.data, quoted, out.len);
    buf_finish(&out);
}

static void test_small_files(void **state)
{
    struct practice_rows rows = {0};
    (void)state;
    clear_folder();
    // Four quarters of an hour with one missing; digits as somebody happened to write them.
    write_file("VET-USDT", "15m.csv",
               HEADER "1620604800000,0.02250000,0.0235,0.02,0.021,10.5\n"
                      "1620605700000,0.021,0.022,0.0199,0.02,0.00000001\n"
                      "1620607500000,0.02,0.03,0.02,0.025,1e\n");
    struct practice_feed *f = NULL;
    struct diag d = {0};
    assert_int_equal(recorded_create(folder, 1, &f, &d), ERR_SYNTAX);
    assert_int_equal(d.line, 4);
    write_file("VET-USDT", "15m.csv",
               HEADER "1620604800000,0.02250000,0.0235,0.02,0.021,10.5\n"
                      "1620605700000,0.021,0.022,0.0199,0.02,0.00000001\n"
                      "1620607500000,0.02,0.03,0.02,0.025,9999999999\n");
    f = open_folder(folder);
    assert_int_equal(f->market_count, 1);
    assert_string_equal(f->markets[0].symbol, "VETUSDT");
    assert_int_equal(f->markets[0].price_digits, 4);
    get_rows(f, 0, TF_M15, 0, PRACTICE_NEVER, DAY0 + MS_DAY, &rows);
    assert_int_equal(rows.count, 3);
    const struct practice_row *first = &rows.items[0];
    expect_decimal(first->open, first->price_scale, first->open_digits, "0.02250000");
    expect_decimal(first->high, first->price_scale, first->high_digits, "0.0235");
    expect_decimal(first->low, first->price_scale, first->low_digits, "0.02");
    get_rows(f, 0, TF_H1, 0, PRACTICE_NEVER, DAY0 + MS_DAY, &rows);
    assert_int_equal(rows.count, 1);
    const struct practice_row *hour = &rows.items[0];
    expect_decimal(hour->open, hour->price_scale, hour->open_digits, "0.02250000");
    expect_decimal(hour->high, hour->price_scale, hour->high_digits, "0.03");
    expect_decimal(hour->low, hour->price_scale, hour->low_digits, "0.0199");
    expect_decimal(hour->close, hour->price_scale, hour->close_digits, "0.025");
    expect_decimal(hour->volume.units, hour->volume.scale, hour->volume.scale,
                   "10000000009.50000001");
    // Finer than the files: not there. Not a single row before the first.
    const struct feed_query fine = {TF_M5, 0, 0, PRACTICE_NEVER, 10, false, DAY0};
    assert_int_equal(f->ops->rows(f, 0, &fine, &rows), ERR_UNSUPPORTED);
    f->ops->destroy(f);
    practice_rows_finish(&rows);
}

static void test_bad_folders(void **state)
{
    static const struct {
        const char *text;
        int err;
    } files[] = {
        {"", ERR_SYNTAX},
        {HEADER, ERR_SYNTAX},
        {"time,open,high,low,close,volume\n1,1,1,1,1,1\n", ERR_SYNTAX},
        {HEADER "1620604800000,1,1,1,1\n", ERR_SYNTAX},
        {HEADER "1620604800000,1,1,1,1,1,1\n", ERR_SYNTAX},
        {HEADER "1620604800000,1,1,1,1,-1\n", ERR_SYNTAX},
        {HEADER "1620604800000,0,1,1,1,1\n", ERR_RANGE},
        {HEADER "1620604800000,1234567890123456789,1,1,1,1\n", ERR_RANGE},
        {HEADER "1620604800000,1,1,1,1,1\n1620604800000,1,1,1,1,1\n", ERR_SYNTAX},
    };
    struct practice_feed *f = NULL;
    struct diag d;
    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        clear_folder();
        write_file("VET-USDT", "1h.csv", files[i].text);
        memset(&d, 0, sizeof(d));
        assert_int_equal(recorded_create(folder, 1, &f, &d), files[i].err);
        assert_non_null(strstr(d.text, "VET-USDT/1h.csv"));
    }
    clear_folder();
    assert_int_equal(recorded_create(folder, 1, &f, &d), ERR_NOT_FOUND);
    assert_int_equal(recorded_create("/nonexistent", 1, &f, &d), ERR_NOT_FOUND);
    assert_non_null(strstr(d.text, "--data"));
}

// A running candle grows towards its final form and never leaves its range.
static void test_running_candle(void **state)
{
    struct practice_rows rows = {0};
    struct practice_row before = {0};
    (void)state;
    clear_folder();
    write_file("BTC-USDT", "1h.csv",
               HEADER "1620604800000,58000.5,58900.25,57100,57500.1,1234.5678\n"
                      "1620608400000,57500.1,57600,57000,57001,999\n");
    struct practice_feed *f = open_folder(folder);
    for (time_ms now = DAY0 + 1000; now < DAY0 + MS_HOUR; now += 7000) {
        get_rows(f, 0, TF_H1, 0, PRACTICE_NEVER, now, &rows);
        assert_int_equal(rows.count, 1);
        const struct practice_row *r = &rows.items[0];
        assert_true(r->open_time == DAY0 && r->close_time == DAY0 + MS_HOUR - 1);
        assert_true(r->open == 5800050 && r->high <= 5890025 && r->low >= 5710000);
        assert_true(r->high >= before.high && (before.low == 0 || r->low <= before.low));
        assert_true(r->volume.units >= before.volume.units && r->volume.units <= 12345678);
        before = *r;
    }
    get_rows(f, 0, TF_H1, 0, PRACTICE_NEVER, DAY0 + MS_HOUR, &rows);
    assert_int_equal(rows.count, 1);
    assert_true(rows.items[0].close == 5750010 && rows.items[0].volume.units == 12345678);
    // After the end of the data there is history, and nothing runs any more.
    get_rows(f, 0, TF_H1, 0, PRACTICE_NEVER, DAY0 + MS_DAY, &rows);
    assert_int_equal(rows.count, 2);
    struct practice_row last;
    assert_int_equal(f->ops->last(f, 0, DAY0 + MS_DAY, &last), 0);
    assert_true(last.close == 5700100);
    assert_true(f->markets[0].ended_at == DAY0 + 2 * MS_HOUR);
    f->ops->destroy(f);
    practice_rows_finish(&rows);
}

// ---- real data ----------------------------------------------------------------------------------

struct plain { // a coarse candle added up the simple way, in doubles
    double open, high, low, close, volume;
    int count;
};

static size_t plain_sums(const char *path, int64_t length, struct plain *out, size_t max)
{
    char line[256];
    size_t n = 0;
    gzFile f = gzopen(path, "rb");
    if (!f)
        return 0;
    (void)gzgets(f, line, sizeof(line));
    while (gzgets(f, line, sizeof(line))) {
        char *end = line;
        size_t i = (size_t)((strtoll(line, &end, 10) - INT64_C(1577836800000)) / length);
        double v[5];
        for (int k = 0; k < 5; k++)
            v[k] = strtod(end + 1, &end);
        assert_true(i < max);
        struct plain *p = &out[i];
        if (p->count == 0)
            *p = (struct plain){.open = v[0], .high = v[1], .low = v[2]};
        p->high = v[1] > p->high ? v[1] : p->high;
        p->low = v[2] < p->low ? v[2] : p->low;
        p->close = v[3];
        p->volume += v[4];
        p->count++;
        n++;
    }
    gzclose(f);
    return n;
}

static size_t find_market(const struct practice_feed *f, const char *symbol)
{
    for (size_t i = 0; i < f->market_count; i++) {
        if (strcmp(f->markets[i].symbol, symbol) == 0)
            return i;
    }
    fail_msg("%s is not there", symbol);
    return 0;
}

#define HOURS_MAX 30000 // from 2020-01-01 on

// Two hours have no file; for XLM they are built from 5m where there is 5m.
static void test_real_sums(void **state)
{
    static struct plain sums[HOURS_MAX];
    struct practice_rows rows = {0};
    struct stat st;
    const char *dir = ORACLE_SHARED "/data/binance";
    (void)state;
    if (stat(dir, &st) != 0) {
        print_message("%s is absent: not compared with real candles\n", dir);
        skip();
    }
    struct practice_feed *f = open_folder(ORACLE_SHARED "/data");
    assert_true(f->market_count > 50);
    assert_true(f->default_start > DAY0 && f->default_start < DAY0 + 7 * MS_DAY);
    assert_true(plain_sums(ORACLE_SHARED "/data/binance/XLM-USDT/5m.csv.gz", 2 * MS_HOUR, sums,
                           HOURS_MAX) > 10000);
    size_t market = find_market(f, "XLMUSDT");
    size_t compared = 0;
    double scale = 1;
    for (int i = 0; i < f->markets[market].price_scale; i++)
        scale *= 10;
    for (size_t i = 0; i < HOURS_MAX; i++) {
        time_ms open = INT64_C(1577836800000) + (time_ms)i * 2 * MS_HOUR;
        if (sums[i].count != 24)
            continue;
        get_rows(f, market, TF_H2, open, open, DAY0 + 1000 * MS_DAY, &rows);
        assert_int_equal(rows.count, 1);
        const struct practice_row *r = &rows.items[0];
        assert_true((double)r->open / scale == sums[i].open);
        assert_true((double)r->high / scale == sums[i].high);
        assert_true((double)r->low / scale == sums[i].low);
        assert_true((double)r->close / scale == sums[i].close);
        double off = decimal_to_double(r->volume) / sums[i].volume - 1;
        assert_true(off < 1e-9 && off > -1e-9);
        compared++;
    }
    assert_true(compared > 500);
    practice_rows_finish(&rows);
    f->ops->destroy(f);
}

// Every row of a real file comes out as its text went in.
static void test_real_digits(void **state)
{
    struct practice_rows rows = {0};
    const char *path = ORACLE_SHARED "/data/binance/VET-USDT/4h.csv.gz";
    char line[256];
    gzFile file = gzopen(path, "rb");
    (void)state;
    if (!file) {
        print_message("%s is absent: not compared with real candles\n", path);
        skip();
    }
    struct practice_feed *f = open_folder(ORACLE_SHARED "/data");
    size_t market = find_market(f, "VETUSDT"), n = 0;
    (void)gzgets(file, line, sizeof(line));
    while (gzgets(file, line, sizeof(line))) {
        struct str rest = str_trim(str_from(line)), part;
        int64_t open = 0;
        assert_true(str_split(&rest, ',', &part));
        assert_int_equal(number_parse_i64(part, &open), 0);
        get_rows(f, market, TF_H4, open, open, DAY0 + 1000 * MS_DAY, &rows);
        assert_int_equal(rows.count, 1);
        const struct practice_row *r = &rows.items[0];
        const struct {
            int64_t units;
            int32_t scale, digits;
        } values[] = {{r->open, r->price_scale, r->open_digits},
                      {r->high, r->price_scale, r->high_digits},
                      {r->low, r->price_scale, r->low_digits},
                      {r->close, r->price_scale, r->close_digits},
                      {r->volume.units, r->volume.scale, r->volume.scale}};
        for (size_t i = 0; i < 5; i++) {
            char text[64];
            assert_true(str_split(&rest, ',', &part));
            assert_int_equal(str_copy(text, sizeof(text), part), 0);
            expect_decimal(values[i].units, values[i].scale, values[i].digits, text);
        }
        n++;
    }
    assert_true(n > 9000);
    gzclose(file);
    practice_rows_finish(&rows);
    f->ops->destroy(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_files),    cmocka_unit_test(test_bad_folders),
        cmocka_unit_test(test_running_candle), cmocka_unit_test(test_real_sums),
        cmocka_unit_test(test_real_digits),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
