// SPDX-License-Identifier: Apache-2.0
// Candles from CSV: numbers to the last bit, rows in any blocks, and what is wrong with a line.
#include "backtest/feed.h"

#include "base/csv.h"
#include "base/number.h"
#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define CAP 4096

static time_ms times[CAP];
static double columns[5][CAP];
static char path[64];

static void write_plain(const char *text, size_t len)
{
    (void)str_printf(path, sizeof path, "/tmp/oracle-test-feed-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), (ssize_t)len);
    assert_int_equal(close(fd), 0);
}

static struct feed_csv_options any = {.timeframe = TF_COUNT, .from = INT64_MIN};

static int open_text(const char *text, struct feed **f, struct feed_csv_info *info, struct diag *d)
{
    write_plain(text, strlen(text));
    return feed_csv_open(path, &any, f, info, d);
}

// Reads all of a feed into the columns; the count, or a negative error.
static int read_all(struct feed *f, size_t block, struct diag *d)
{
    size_t all = 0, n = 1;
    while (n > 0) {
        struct feed_columns at = {times + all,      columns[0] + all, columns[1] + all,
                                  columns[2] + all, columns[3] + all, columns[4] + all};
        assert_true(all + block <= CAP);
        int rc = feed_read(f, block, &at, &n, d);
        if (rc)
            return rc;
        all += n;
    }
    return (int)all;
}

#define HEADER "open_time_ms,open,high,low,close,volume\n"
#define LONG   "open_time_ms,open,high,low,close,volume,quote_volume,trades\n"
#define ROW1   "1532491200000,0.0225,0.02489,0.0203,0.02145,203244956.5\n"
#define ROW2   "1532505600000,0.02144,0.02195,0.0205,0.02103,98430525.6\n"

static void test_rows(void **state)
{
    (void)state;
    static const char *const texts[] = {
        HEADER ROW1 ROW2, HEADER "\n" ROW1 "\n\n" ROW2 "\n",
        HEADER ROW1 "1532505600000,0.02144,0.02195,0.0205,0.02103,98430525.6",
        "open_time_ms,open,high,low,close,volume\r\n"
        "1532491200000,0.0225,0.02489,0.0203,0.02145,203244956.5\r\n\r\n"
        "1532505600000,0.02144,0.02195,0.0205,0.02103,98430525.6\r\n",
        LONG "1532491200000,0.0225,0.02489,0.0203,0.02145,203244956.5,4417563.5,11\n"
             "1532505600000,0.02144,0.02195,0.0205,0.02103,98430525.6,2094016.7,-1\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct feed *f = NULL;
        struct feed_csv_info info;
        struct diag d = {0};
        assert_int_equal(open_text(texts[i], &f, &info, &d), 0);
        assert_int_equal(info.timeframe, TF_H4);
        assert_true(info.on_grid);
        assert_int_equal(read_all(f, 10, &d), 2);
        assert_true(times[1] == INT64_C(1532505600000));
        assert_true(columns[0][0] == 0.0225 && columns[1][0] == 0.02489);
        assert_true(columns[2][1] == 0.0205 && columns[3][1] == 0.02103);
        assert_true(columns[4][0] == 203244956.5);
        feed_destroy(f);
        unlink(path);
    }
}

static void test_faults(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int code;
        uint32_t line;
        const char *says;
    } cases[] = {
        {"", ERR_SYNTAX, 1, "first line"},
        {"time,open\n", ERR_SYNTAX, 1, "first line"},
        {HEADER ROW1 "x" ROW2, ERR_SYNTAX, 3, "whole number"},
        {HEADER ROW1 "1532505600000,0.1,0.1,0.1,0.1\n", ERR_SYNTAX, 3, "5 fields of 6"},
        {HEADER ROW1 "1532505600000,0.1,0.1,0.1,0.1,1,2\n", ERR_SYNTAX, 3, "more than 6"},
        {HEADER ROW1 "1532505600000,0.1,nan,0.1,0.1,1\n", ERR_SYNTAX, 3, "high is not"},
        {HEADER ROW1 "1532505600000,0.1,0.1,0.1,0.1,\n", ERR_SYNTAX, 3, "volume is not"},
        {HEADER ROW1 "1532505600000, 0.1,0.1,0.1,0.1,1\n", ERR_SYNTAX, 3, "open is not"},
        {HEADER ROW1 "1532505600000,1.,1,1,1,1\n", ERR_SYNTAX, 3, "open is not"},
        {HEADER ROW1 ROW1, ERR_SYNTAX, 3, ""},
        {HEADER ROW2 ROW1, ERR_SYNTAX, 3, ""},
        {HEADER ROW1 "1532505600000,0.1,0.09,0.1,0.1,1\n", ERR_SYNTAX, 3, ""},
        {HEADER ROW1 "1532505600000,0.1,0.1,0.11,0.1,1\n", ERR_SYNTAX, 3, ""},
        {HEADER ROW1 "1532505600000,0,0.1,0,0.1,1\n", ERR_SYNTAX, 3, ""},
        {HEADER ROW1 "1532505600000,0.1,0.1,0.1,0.1,-1\n", ERR_SYNTAX, 3, ""},
        {HEADER ROW1 "1532505600000,1e400,1,1,1,1\n", ERR_SYNTAX, 3, "open is not"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct feed *f = NULL;
        struct feed_csv_info info;
        struct diag d = {0};
        int rc = open_text(cases[i].text, &f, &info, &d);
        if (rc == 0)
            rc = read_all(f, 10, &d);
        assert_int_equal(rc, cases[i].code);
        assert_int_equal(d.line, cases[i].line);
        assert_non_null(strstr(d.text, cases[i].says));
        feed_destroy(f);
        unlink(path);
    }
    struct diag d = {0};
    struct feed *f = NULL;
    struct feed_csv_info info;
    assert_int_equal(feed_csv_open("/nowhere/x.csv", &any, &f, &info, &d), ERR_NOT_FOUND);
    assert_int_equal(open_text(HEADER ROW1, &f, &info, &d), ERR_RANGE);
    unlink(path);
}

static void test_long_line(void **state)
{
    (void)state;
    static char text[400000];
    size_t used = strlen(HEADER);
    memcpy(text, HEADER ROW1, strlen(HEADER ROW1));
    used = strlen(HEADER ROW1);
    memset(text + used, '1', sizeof text - used);
    write_plain(text, sizeof text);
    struct feed *f = NULL;
    struct feed_csv_info info;
    struct diag d = {0};
    struct feed_csv_options o = any;
    o.timeframe = TF_H4;
    int rc = feed_csv_open(path, &o, &f, &info, &d);
    if (rc == 0)
        rc = read_all(f, 10, &d);
    assert_int_equal(rc, ERR_SYNTAX);
    feed_destroy(f);
    unlink(path);
}

// A number as text, of all the shapes the grammar has.
static size_t random_number(struct random *r, char *out)
{
    size_t n = 0, whole = 1 + random_below(r, random_below(r, 4) ? 8 : 22);
    size_t fraction = random_below(r, random_below(r, 4) ? 10 : 24);
    for (size_t i = 0; i < whole; i++)
        out[n++] = (char)('0' + random_below(r, 10));
    if (fraction > 0)
        out[n++] = '.';
    for (size_t i = 0; i < fraction; i++)
        out[n++] = (char)('0' + random_below(r, 10));
    if (random_below(r, 10) == 0) {
        out[n++] = random_below(r, 2) ? 'e' : 'E';
        if (random_below(r, 2))
            out[n++] = '-';
        out[n++] = (char)('0' + random_below(r, 10));
    }
    return n;
}

// Whatever the shape, the number is the one number_parse_double reads.
static void test_numbers(void **state)
{
    (void)state;
    static char text[CAP * 100];
    static double wanted[CAP];
    struct random r;
    random_init(&r, 42);
    for (int round = 0; round < 8; round++) {
        size_t used = strlen(HEADER), n = 2000;
        memcpy(text, HEADER, used);
        for (size_t i = 0; i < n; i++) {
            char number[64];
            size_t len = random_number(&r, number);
            assert_int_equal(number_parse_double((struct str){number, len}, &wanted[i]), 0);
            int m = snprintf(text + used, 200, "%lld,1,1,1,1,%.*s\n",
                             1532491200000LL + (long long)i * 60000, (int)len, number);
            used += (size_t)m;
        }
        write_plain(text, used);
        struct feed *f = NULL;
        struct feed_csv_info info;
        struct diag d = {0};
        assert_int_equal(feed_csv_open(path, &any, &f, &info, &d), 0);
        assert_int_equal(read_all(f, 1 + (size_t)random_below(&r, 500), &d), (int)n);
        assert_memory_equal(columns[4], wanted, n * sizeof wanted[0]);
        feed_destroy(f);
        unlink(path);
    }
}

static void test_range(void **state)
{
    (void)state;
    struct feed_csv_options o = {
        .timeframe = TF_COUNT, .from = INT64_C(1532505600000), .to = INT64_C(1532520000000)};
    struct feed *f = NULL;
    struct feed_csv_info info;
    struct diag d = {0};
    static const char text[] = HEADER ROW1 ROW2 "1532520000000,1,1,1,1,1\nthis is never read";
    write_plain(text, strlen(text));
    assert_int_equal(feed_csv_open(path, &o, &f, &info, &d), 0);
    assert_int_equal(read_all(f, 10, &d), 1);
    assert_true(times[0] == INT64_C(1532505600000));
    feed_destroy(f);
    unlink(path);
}

static void test_timeframes(void **state)
{
    (void)state;
    static const struct {
        int64_t first, step;
        enum timeframe tf;
        bool on_grid;
    } cases[] = {{1532476800000, MS_MINUTE, TF_M1, true},
                 {1532476800000, 5 * MS_MINUTE, TF_M5, true},
                 {1532476800000, 10 * MS_MINUTE, TF_M5, true},
                 {1532476800000 + MS_HOUR / 2, MS_HOUR, TF_H1, false},
                 {1532476800000, MS_DAY, TF_D1, true},
                 {1532908800000, 7 * MS_DAY, TF_W1, true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[256];
        struct feed *f = NULL;
        struct feed_csv_info info;
        struct diag d = {0};
        assert_int_equal(str_printf(text, sizeof text, HEADER "%lld,1,1,1,1,1\n%lld,1,1,1,1,1\n",
                                    (long long)cases[i].first,
                                    (long long)(cases[i].first + cases[i].step)),
                         0);
        assert_int_equal(open_text(text, &f, &info, &d), 0);
        assert_int_equal(info.timeframe, cases[i].tf);
        assert_int_equal(info.on_grid, cases[i].on_grid);
        feed_destroy(f);
        unlink(path);
    }
}

static void write_gzip(const char *const *members, size_t count)
{
    (void)str_printf(path, sizeof path, "/tmp/oracle-test-feed-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    for (size_t i = 0; i < count; i++) {
        gzFile z = gzopen(path, "ab");
        assert_non_null(z);
        assert_true(gzwrite(z, members[i], (unsigned)strlen(members[i])) > 0);
        assert_int_equal(gzclose(z), Z_OK);
    }
}

static void test_gzip(void **state)
{
    (void)state;
    static const char *const members[] = {HEADER ROW1, ROW2};
    struct feed *f = NULL;
    struct feed_csv_info info;
    struct diag d = {0};
    write_gzip(members, 2);
    assert_int_equal(feed_csv_open(path, &any, &f, &info, &d), 0);
    assert_int_equal(read_all(f, 10, &d), 2);
    feed_destroy(f);
    f = NULL;
    // Cut off, it is an error and not the end.
    assert_int_equal(truncate(path, 60), 0);
    int rc = feed_csv_open(path, &any, &f, &info, &d);
    if (rc == 0)
        rc = read_all(f, 10, &d);
    assert_int_equal(rc, ERR_CORRUPT);
    feed_destroy(f);
    unlink(path);
}

static void test_name(void **state)
{
    (void)state;
    struct feed_csv_name name;
    feed_csv_name("../shared/data/binance/VET-USDT/4h.csv.gz", &name);
    assert_string_equal(name.exchange, "binance");
    assert_string_equal(name.base, "VET");
    assert_string_equal(name.quote, "USDT");
    feed_csv_name("candles.csv", &name);
    assert_string_equal(name.base, "");
    feed_csv_name("BTC-USD/1h.csv", &name);
    assert_string_equal(name.base, "BTC");
    assert_string_equal(name.exchange, "");
}

// A real file, row by row beside the strict reader and the library's number parser.
static void test_real(void **state)
{
    (void)state;
    static const char file[] = ORACLE_SHARED "/data/binance/VET-USDT/1h.csv.gz";
    gzFile z = gzopen(file, "rb");
    if (!z) {
        print_message("the real candles are absent\n");
        skip();
    }
    struct feed *f = NULL;
    struct feed_csv_info info;
    struct diag d = {0};
    struct candles c;
    assert_int_equal(feed_csv_open(file, &any, &f, &info, &d), 0);
    assert_int_equal(info.timeframe, TF_H1);
    assert_int_equal(candles_load(f, 100000, &c, &d), 0);
    assert_int_equal(c.n, 26598);
    feed_destroy(f);
    struct csv csv;
    char chunk[16384];
    size_t row = 0;
    int n;
    csv_init(&csv, ',', 4096);
    while ((n = gzread(z, chunk, sizeof chunk)) > 0) {
        struct str fields[8];
        size_t count;
        assert_int_equal(csv_feed(&csv, (struct str){chunk, (size_t)n}), 0);
        while (csv_next(&csv, fields, 8, &count, &d) == 0) {
            double v;
            if (row++ == 0)
                continue;
            assert_int_equal(number_parse_double(fields[4], &v), 0);
            assert_true(v == c.columns.close[row - 2]);
            assert_int_equal(number_parse_double(fields[5], &v), 0);
            assert_true(v == c.columns.volume[row - 2]);
        }
    }
    assert_int_equal(row - 1, c.n);
    csv_finish(&csv);
    gzclose(z);
    // The same columns as a feed again, and too many for the room there is.
    struct script_bars bars = candles_bars(&c, 0);
    struct candles again;
    f = feed_columns_create(&bars, c.n);
    assert_non_null(f);
    assert_int_equal(candles_load(f, c.n, &again, &d), 0);
    assert_memory_equal(again.columns.low, c.columns.low, c.n * sizeof(double));
    candles_finish(&again);
    feed_destroy(f);
    f = feed_columns_create(&bars, c.n);
    assert_non_null(f);
    assert_int_equal(candles_load(f, c.n - 1, &again, &d), ERR_FULL);
    feed_destroy(f);
    candles_finish(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),      cmocka_unit_test(test_faults),
        cmocka_unit_test(test_long_line), cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_range),     cmocka_unit_test(test_timeframes),
        cmocka_unit_test(test_gzip),      cmocka_unit_test(test_name),
        cmocka_unit_test(test_real),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
