// SPDX-License-Identifier: Apache-2.0
// Acceptable candles: each fault by itself, and real recorded candles, all of which must pass.
#include "base/csv.h"
#include "base/number.h"
#include "market/candle.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct candle good = {.open_time = 1619827200000,
                                   .open = 10,
                                   .high = 12,
                                   .low = 9,
                                   .close = 11,
                                   .volume = 5,
                                   .quote_volume = 55,
                                   .trades = 7};

static void test_faults(void **state)
{
    (void)state;
    const time_ms close = 1619841600000;
    struct candle c = good;
    assert_int_equal(candle_check(&c, TF_H4, close), CANDLE_OK);
    assert_int_equal(candle_check(&c, TF_H4, close - 1), CANDLE_UNFINISHED);
    c.open_time++;
    assert_int_equal(candle_check(&c, TF_H4, close * 2), CANDLE_MISALIGNED);
#define FAULT(member, value, fault)                                                                \
    c = good;                                                                                      \
    c.member = (value);                                                                            \
    assert_int_equal(candle_check(&c, TF_H4, close), fault);
    FAULT(open, (double)NAN, CANDLE_NOT_FINITE)
    FAULT(high, (double)INFINITY, CANDLE_NOT_FINITE)
    FAULT(volume, (double)NAN, CANDLE_NOT_FINITE)
    FAULT(quote_volume, (double)INFINITY, CANDLE_NOT_FINITE)
    FAULT(quote_volume, (double)NAN, CANDLE_OK)
    FAULT(trades, -1, CANDLE_OK)
    FAULT(trades, -2, CANDLE_NOT_POSITIVE)
    FAULT(volume, 0, CANDLE_OK)
    FAULT(volume, -1, CANDLE_NOT_POSITIVE)
    FAULT(quote_volume, -1, CANDLE_NOT_POSITIVE)
    FAULT(low, 0, CANDLE_NOT_POSITIVE)
    FAULT(close, -1, CANDLE_NOT_POSITIVE)
    FAULT(low, 10.5, CANDLE_IMPOSSIBLE)
    FAULT(high, 10.5, CANDLE_IMPOSSIBLE)
    FAULT(open, 8.9, CANDLE_IMPOSSIBLE)
    FAULT(close, 12.1, CANDLE_IMPOSSIBLE)
#undef FAULT
    assert_int_equal(candle_check_next(&good, NULL, TF_H4, close), CANDLE_OK);
    assert_int_equal(candle_check_next(&good, &good, TF_H4, close), CANDLE_DISORDERED);
    c = good;
    c.open_time -= 4 * MS_HOUR;
    assert_int_equal(candle_check_next(&good, &c, TF_H4, close), CANDLE_OK);
    for (int i = 0; i < CANDLE_FAULT_COUNT; i++)
        assert_true(strlen(candle_fault_text((enum candle_fault)i)) > 0);
}

static void test_equal(void **state)
{
    (void)state;
    struct candle a = good;
    struct candle b = good;
    assert_true(candle_equal(&a, &b));
    b.trades = 8;
    assert_false(candle_equal(&a, &b));
    a.quote_volume = b.quote_volume = (double)NAN;
    b.trades = a.trades;
    assert_true(candle_equal(&a, &b));
    b.quote_volume = 1;
    assert_false(candle_equal(&a, &b));
    enum candle_source source = CANDLE_BOOTSTRAP;
    assert_string_equal(candle_source_name(CANDLE_HEAL), "heal");
    assert_int_equal(candle_source_parse(STR("live"), &source), 0);
    assert_int_equal(source, CANDLE_LIVE);
    assert_int_equal(candle_source_parse(STR("late"), &source), ERR_NOT_FOUND);
}

// One row of open_time_ms,open,high,low,close,volume[,quote_volume,trades].
static struct candle from_row(const struct str *fields, size_t count)
{
    struct candle c = {.quote_volume = (double)NAN, .trades = -1};
    double *const values[] = {&c.open, &c.high, &c.low, &c.close, &c.volume, &c.quote_volume};
    assert_int_equal(number_parse_i64(fields[0], &c.open_time), 0);
    for (size_t i = 1; i < count && i <= 6; i++)
        assert_int_equal(number_parse_double(fields[i], values[i - 1]), 0);
    if (count == 8)
        assert_int_equal(number_parse_i64(fields[7], &c.trades), 0);
    return c;
}

// Shortest texts of the values read back as the same values.
static void check_texts(const struct candle *c)
{
    const double values[] = {c->open, c->high, c->low, c->close, c->volume};
    for (size_t i = 0; i < 5; i++) {
        char text[NUMBER_TEXT_MAX];
        double back = 0;
        struct str s = {text, number_format_double(values[i], text)};
        assert_int_equal(number_parse_double(s, &back), 0);
        assert_true(back == values[i]);
    }
}

static size_t check_file(FILE *file, enum timeframe tf)
{
    struct csv csv;
    struct str fields[8];
    struct candle before = {0};
    size_t count = 0;
    size_t rows = 0;
    int rc = ERR_AGAIN;
    char chunk[4096];
    csv_init(&csv, ',', 512);
    while (rc == ERR_AGAIN) {
        size_t n = fread(chunk, 1, sizeof(chunk), file);
        if (n == 0)
            csv_end(&csv);
        else
            assert_int_equal(csv_feed(&csv, (struct str){chunk, n}), 0);
        while ((rc = csv_next(&csv, fields, 8, &count, NULL)) == 0) {
            if (csv.line_number == 1)
                continue;
            assert_true(count == 6 || count == 8);
            struct candle c = from_row(fields, count);
            assert_int_equal(candle_check_next(&c, rows ? &before : NULL, tf, INT64_C(1) << 42),
                             CANDLE_OK);
            check_texts(&c);
            before = c;
            rows++;
        }
    }
    assert_int_equal(rc, ERR_CLOSED);
    csv_finish(&csv);
    return rows;
}

static void test_recorded(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        enum timeframe tf;
    } files[] = {{"binance/VET-USDT/4h.csv.gz", TF_H4},
                 {"binance/BTC-USDT/15m.csv.gz", TF_M15},
                 {"binance/ETH-USDT/1d.csv.gz", TF_D1}};
    size_t seen = 0;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char command[600];
        // market links no decompressor; the shell's does.
        assert_int_equal(str_printf(command, sizeof(command), "gzip -dc '%s/data/%s' 2>/dev/null",
                                    ORACLE_SHARED, files[i].path),
                         0);
        FILE *file = popen(command, "r");
        assert_non_null(file);
        size_t rows = check_file(file, files[i].tf);
        pclose(file);
        assert_true(rows == 0 || rows > 1000);
        seen += rows > 0;
    }
    if (seen == 0) {
        print_message("no recorded candles on this machine: skipped\n");
        skip();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_recorded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
