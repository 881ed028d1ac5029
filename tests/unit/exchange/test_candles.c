// SPDX-License-Identifier: Apache-2.0
// Candle replies as recorded and as a bad day brings them: what comes out, or which cell is
// refused.
#include "base/number.h"
#include "base/random.h"
#include "support_venues.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#define H4       (4 * MS_HOUR)
#define OPEN     INT64_C(1621296000000) // 2021-05-18T00:00:00Z
#define ROWS_MAX 1000

// A row in Binance's shape, its times and prices given as text.
#define ROW(t, o, h, l, c, v, q)                                                                   \
    "[" t "," o "," h "," l "," c "," v ",1621310399999," q ",308,\"1756.9\",\"28.46694368\","     \
    "\"0\"]"
#define GOOD(t) ROW(t, "\"0.16\"", "\"0.18\"", "\"0.15\"", "\"0.17\"", "\"1000\"", "\"165\"")
#define T1      "1621296000000"
#define T2      "1621310400000"
#define T3      "1621324800000"

static struct candle out[ROWS_MAX];

static int decode(const struct venue *v, const char *body, size_t *count, struct diag *d)
{
    memset(d, 0, sizeof *d);
    return venue_decode_candles(v, str_from(body), OPEN, OPEN + 10 * H4, out, ROWS_MAX, count, d);
}

// The sample row of the exchange's own documentation.
static void test_documented_row(void **state)
{
    static const char body[] =
        "[[1499040000000,\"0.01634790\",\"0.80000000\",\"0.01575800\",\"0.01577100\","
        "\"148976.11427815\",1499644799999,\"2434.19055334\",308,\"1756.87402397\","
        "\"28.46694368\",\"17928899.62484339\"]]";
    size_t count;
    struct diag d;
    (void)state;
    assert_int_equal(
        venue_decode_candles(test_binance(), STR(body), 0, INT64_MAX, out, ROWS_MAX, &count, &d),
        0);
    assert_int_equal(count, 1);
    assert_int_equal(out[0].open_time, 1499040000000);
    assert_true(out[0].open == 0.01634790 && out[0].high == 0.8 && out[0].low == 0.015758 &&
                out[0].close == 0.015771);
    assert_true(out[0].volume == 148976.11427815 && out[0].quote_volume == 2434.19055334);
    assert_int_equal(out[0].trades, 308);
}

// Oddities that are the caller's to judge come out as received.
static void test_odd_rows_come_out(void **state)
{
    static const struct {
        const char *body;
        size_t count;
        time_ms first, last;
    } cases[] = {
        {"[]", 0, 0, 0},
        {" [ ] \n", 0, 0, 0},
        {"[" GOOD(T1) "," GOOD(T2) "]", 2, OPEN, OPEN + H4},
        {"[" GOOD(T1) "," GOOD(T3) "]", 2, OPEN, OPEN + 2 * H4}, // one is missing
        {"[" GOOD(T2) "," GOOD(T1) "]", 2, OPEN + H4, OPEN},     // disordered
        {"[" GOOD("1621296000001") "]", 1, OPEN + 1, OPEN + 1},  // misaligned
        {"[" GOOD(T1) "," GOOD(T1) "]", 1, OPEN, OPEN},          // a page seam: merged
        {"[" GOOD(T1) "," ROW(T1, "\"0.16\"", "\"0.18\"", "\"0.15\"", "\"0.18\"", "\"1\"",
                              "\"0.17\"") "]",
         2, OPEN, OPEN}, // one time, two candles
        {"[" ROW(T1, "\"0.16\"", "\"0.10\"", "\"0.15\"", "\"0.17\"", "\"1\"", "\"0.1\"") "]", 1,
         OPEN, OPEN}, // high below low
        {"[" ROW(T1, "\"0\"", "\"0\"", "\"0\"", "\"0\"", "\"0\"", "\"0\"") "]", 1, OPEN, OPEN},
        {"[" ROW(T1, "\"-1\"", "\"1\"", "\"-1\"", "\"1\"", "\"-5\"", "\"0\"") "]", 1, OPEN, OPEN},
        {"[" ROW(T1, "0.16", "1.8E-1", "15e-2", "0.17", "1000", "165") "]", 1, OPEN, OPEN},
        {"[" GOOD("\"" T1 "\"") "]", 1, OPEN, OPEN},
        {"[" GOOD("1621295999999") "," GOOD(T1) "]", 1, OPEN, OPEN}, // before the span
        {"[" GOOD("1621440000000") "]", 0, 0, 0},                    // at its end
    };
    size_t count;
    struct diag d;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (decode(test_binance(), cases[i].body, &count, &d) != 0)
            fail_msg("case %zu: %s", i, d.text);
        assert_int_equal(count, cases[i].count);
        if (count > 0) {
            assert_int_equal(out[0].open_time, cases[i].first);
            assert_int_equal(out[count - 1].open_time, cases[i].last);
        }
    }
}

static void test_refused(void **state)
{
#define WITH(o, h, l, c, v, q) "[" GOOD(T1) "," ROW(T2, o, h, l, c, v, q) "]"
    static const struct {
        const char *body;
        int code;
        unsigned row, column;
        const char *text; // a part of it
    } cases[] = {
        {"", ERR_SYNTAX, 0, 0, "ends too early"},
        {"null", ERR_SYNTAX, 0, 0, "array"},
        {"{\"code\":-1121}", ERR_SYNTAX, 0, 0, "array"},
        {"<html>", ERR_SYNTAX, 0, 0, "array"},
        {"[" GOOD(T1), ERR_SYNTAX, 2, 0, "ends too early"},
        {"[" GOOD(T1) ",", ERR_SYNTAX, 2, 0, "ends too early"},
        {"[" GOOD(T1) "]]", ERR_SYNTAX, 2, 0, "more text"},
        {"[" GOOD(T1) " " GOOD(T2) "]", ERR_SYNTAX, 2, 0, "comma"},
        {"[[1621296000000,\"0.16", ERR_SYNTAX, 1, 0, "without its end"},
        {"[[1621296000000,NaN", ERR_SYNTAX, 1, 0, "value"},
        {"[1,2]", ERR_SYNTAX, 1, 0, "array"},
        {"[{}]", ERR_SYNTAX, 1, 0, "array"},
        {"[[]]", ERR_PROTOCOL, 1, 0, "0 columns instead of 12"},
        {"[[1621296000000,\"1\",\"1\",\"1\",\"1\",\"1\"]]", ERR_PROTOCOL, 1, 0, "6 columns"},
        {"[[1,2,3,4,5,6,7,8,9,10,11,12,13]]", ERR_PROTOCOL, 1, 0, "13 columns"},
        {WITH("\"NaN\"", "\"1\"", "\"1\"", "\"1\"", "\"1\"", "\"1\""), ERR_PROTOCOL, 2, 2, "NaN"},
        {WITH("\"1\"", "\"inf\"", "\"1\"", "\"1\"", "\"1\"", "\"1\""), ERR_PROTOCOL, 2, 3, "high"},
        {WITH("\"1\"", "\"1\"", "\"\"", "\"1\"", "\"1\"", "\"1\""), ERR_PROTOCOL, 2, 4, "low"},
        {WITH("\"1\"", "\"1\"", "\"1\"", "null", "\"1\"", "\"1\""), ERR_PROTOCOL, 2, 5, "close"},
        {WITH("\"1\"", "\"1\"", "\"1\"", "\"1\"", "true", "\"1\""), ERR_PROTOCOL, 2, 6, "volume"},
        {WITH("\"1\"", "\"1\"", "\"1\"", "\"1\"", "\"1\"", "[1]"), ERR_PROTOCOL, 2, 8, "quote"},
        {WITH("{}", "\"1\"", "\"1\"", "\"1\"", "\"1\"", "\"1\""), ERR_PROTOCOL, 2, 2, "open"},
        {WITH("\"1e999\"", "\"1\"", "\"1\"", "\"1\"", "\"1\"", "\"1\""), ERR_PROTOCOL, 2, 2, ""},
        {WITH("\"1,5\"", "\"1\"", "\"1\"", "\"1\"", "\"1\"", "\"1\""), ERR_PROTOCOL, 2, 2, ""},
        {WITH("\"0x10\"", "\"1\"", "\"1\"", "\"1\"", "\"1\"", "\"1\""), ERR_PROTOCOL, 2, 2, ""},
        {WITH("\" 1\"", "\"1\"", "\"1\"", "\"1\"", "\"1\"", "\"1\""), ERR_PROTOCOL, 2, 2, ""},
        {WITH("\"\\u0031\"", "\"1\"", "\"1\"", "\"1\"", "\"1\"", "\"1\""), ERR_PROTOCOL, 2, 2, ""},
        {"[" GOOD("1621296000000000") "]", ERR_PROTOCOL, 1, 1, "unit"}, // microseconds
        {"[" GOOD("1621296000") "]", ERR_PROTOCOL, 1, 1, "unit"},       // seconds
        {"[" GOOD("-1621296000000") "]", ERR_PROTOCOL, 1, 1, "unit"},
        {"[" GOOD("1621296000000.5") "]", ERR_PROTOCOL, 1, 1, "no time"},
        {"[" GOOD("99999999999999999999") "]", ERR_PROTOCOL, 1, 1, ""},
        {"[" GOOD("\"2021-05-18\"") "]", ERR_PROTOCOL, 1, 1, "no time"},
        {"[" GOOD("null") "]", ERR_PROTOCOL, 1, 1, "no time"},
    };
    size_t count;
    struct diag d;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int rc = decode(test_binance(), cases[i].body, &count, &d);
        bool place = cases[i].row == 0 || (d.line == cases[i].row && d.column == cases[i].column);
        if (rc != cases[i].code || !place || !strstr(d.text, cases[i].text))
            fail_msg("case %zu: %d at %u:%u, \"%s\"", i, rc, d.line, d.column, d.text);
        assert_int_equal(count, 0);
    }
}

// Base and quote volume swapped in every row is a wrong column; in one row of many it is history.
static void test_swapped_volumes(void **state)
{
    static const char row[] = "[%lld,\"0.16\",\"0.18\",\"0.15\",\"0.17\",\"%s\",%lld,\"%s\",1,"
                              "\"1\",\"1\",\"0\"]";
    size_t count;
    struct diag d;
    (void)state;
    for (int odd = 0; odd <= 10; odd++) {
        struct buf body;
        buf_init(&body, 4096);
        assert_int_equal(buf_add_char(&body, '['), 0);
        for (int i = 0; i < 10; i++) {
            char text[200];
            long long t = OPEN + i * (long long)H4;
            bool swapped = i < odd;
            (void)snprintf(text, sizeof text, row, t, swapped ? "165" : "1000", t + H4 - 1,
                           swapped ? "1000" : "165");
            assert_int_equal(buf_printf(&body, "%s%s", i ? "," : "", text), 0);
        }
        assert_int_equal(buf_add_str(&body, STR("]\0")), 0);
        int rc = decode(test_binance(), body.data, &count, &d);
        assert_int_equal(rc, odd > 5 ? ERR_PROTOCOL : 0);
        assert_int_equal(count, odd > 5 ? 0 : 10);
        buf_finish(&body);
    }
}

static void test_trades_column(void **state)
{
    static const struct {
        const char *cell;
        int code;
    } cells[] = {{"0", 0},
                 {"\"12\"", 0},
                 {"null", 0},
                 {"-1", ERR_PROTOCOL},
                 {"1.5", ERR_PROTOCOL},
                 {"true", ERR_PROTOCOL}};
    char body[256];
    size_t count;
    struct diag d;
    (void)state;
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        snprintf(body, sizeof body, "[[" T1 ",\"1\",\"1\",\"1\",\"1\",\"1\",1,\"1\",%s,1,1,1]]",
                 cells[i].cell);
        assert_int_equal(decode(test_binance(), body, &count, &d), cells[i].code);
    }
}

static void test_nesting(void **state)
{
    char body[20000];
    size_t count;
    struct diag d;
    (void)state;
    memset(body, '[', sizeof body);
    body[sizeof body - 1] = '\0';
    assert_int_equal(decode(test_binance(), body, &count, &d), ERR_SYNTAX);
    assert_non_null(strstr(d.text, "deep"));
}

static void test_more_than_asked_for(void **state)
{
    size_t count;
    struct diag d;
    (void)state;
    const char *body = "[" GOOD(T1) "," GOOD(T2) "," GOOD(T3) "]";
    assert_int_equal(venue_decode_candles(test_binance(), str_from(body), OPEN, OPEN + 10 * H4, out,
                                          2, &count, &d),
                     ERR_PROTOCOL);
    assert_int_equal(d.line, 3);
    // Rows outside the span take no room.
    assert_int_equal(venue_decode_candles(test_binance(), str_from(body), OPEN + H4, OPEN + 10 * H4,
                                          out, 2, &count, &d),
                     0);
    assert_int_equal(count, 2);
}

// However a reply is cut, nothing of it is taken.
static void test_cut_anywhere(void **state)
{
    static const char body[] = "[" GOOD(T1) "," GOOD(T2) "]";
    size_t count;
    struct diag d;
    (void)state;
    for (size_t len = 0; len < sizeof body - 1; len++) {
        assert_int_not_equal(venue_decode_candles(test_binance(), (struct str){body, len}, OPEN,
                                                  OPEN + 10 * H4, out, ROWS_MAX, &count, &d),
                             0);
        assert_int_equal(count, 0);
    }
}

// What is written as shortest decimal text comes back as the same double.
static void test_round_trip(void **state)
{
    static char body[300 * ROWS_MAX];
    struct candle in[100];
    struct random random;
    (void)state;
    random_init(&random, 3);
    for (int round = 0; round < 50; round++) {
        size_t used = 1, count;
        struct diag d;
        body[0] = '[';
        for (int i = 0; i < 100; i++) {
            double base = exp(random_normal(&random) * 5), text_values[6];
            char texts[6][NUMBER_TEXT_MAX];
            in[i] = (struct candle){.open_time = OPEN + i * MS_MINUTE,
                                    .open = base,
                                    .high = base * 1.5,
                                    .low = base / 1.5,
                                    .close = base * (0.7 + random_unit(&random) * 0.7),
                                    .volume = random_unit(&random) * 1e6,
                                    .trades = (int64_t)random_below(&random, 100000)};
            in[i].quote_volume = in[i].volume * in[i].close;
            memcpy(text_values, &in[i].open, sizeof text_values);
            for (int k = 0; k < 6; k++)
                number_format_double(text_values[k], texts[k]);
            used +=
                (size_t)snprintf(body + used, sizeof body - used,
                                 "%s[%lld,\"%s\",\"%s\",\"%s\",\"%s\",\"%s\",0,\"%s\",%lld,"
                                 "\"0\",\"0\",\"0\"]",
                                 i ? "," : "", (long long)in[i].open_time, texts[0], texts[1],
                                 texts[2], texts[3], texts[4], texts[5], (long long)in[i].trades);
        }
        body[used++] = ']';
        assert_int_equal(venue_decode_candles(test_binance(), (struct str){body, used}, OPEN,
                                              OPEN + 100 * MS_MINUTE, out, 100, &count, &d),
                         0);
        assert_int_equal(count, 100);
        for (int i = 0; i < 100; i++)
            assert_true(candle_equal(&in[i], &out[i]));
    }
}

// Kraken: result under the exchange's own pair name beside "last"; seconds; vwap before volume.
static void test_kraken_shape(void **state)
{
    static const char body[] =
        "{\"error\":[],\"result\":{\"last\":1621310400,\"XXBTZUSD\":[[1621296000,\"43538.1\","
        "\"45799.0\",\"42250.1\",\"44500.5\",\"44010.0\",\"512.25\",9801],[1621310400,\"44500.5\","
        "\"44600.0\",\"44400.0\",\"44550.0\",\"44500.0\",\"12.5\",310]]}}";
    size_t count;
    struct diag d;
    (void)state;
    assert_int_equal(decode(&test_kraken, body, &count, &d), 0);
    assert_int_equal(count, 2);
    assert_int_equal(out[0].open_time, OPEN);
    assert_true(out[0].volume == 512.25 && isnan(out[0].quote_volume));
    assert_int_equal(out[1].trades, 310);
    assert_int_equal(decode(&test_kraken, "{\"error\":[\"EQuery:x\"]}", &count, &d), ERR_PROTOCOL);
    assert_int_equal(decode(&test_kraken, "{\"result\":{\"X\":[[1,2]]}}", &count, &d),
                     ERR_PROTOCOL);
    assert_int_equal(decode(&test_kraken, "{\"result\":{", &count, &d), ERR_SYNTAX);
}

// OKX: newest first, everything text, and a flag that tells the unfinished row.
static void test_okx_shape(void **state)
{
    static const char body[] = "{\"code\":\"0\",\"msg\":\"\",\"data\":["
                               "[\"" T3 "\",\"3\",\"4\",\"2\",\"3\",\"10\",\"30\",\"30\",\"0\"],"
                               "[\"" T2 "\",\"2\",\"3\",\"1\",\"2\",\"10\",\"20\",\"20\",\"1\"],"
                               "[\"" T1 "\",\"1\",\"2\",\"1\",\"1\",\"10\",\"11\",\"11\",\"1\"]]}";
    size_t count;
    struct diag d;
    (void)state;
    assert_int_equal(decode(&test_okx, body, &count, &d), 0);
    assert_int_equal(count, 2);
    assert_int_equal(out[0].open_time, OPEN);
    assert_true(out[0].open == 1 && out[1].open == 2 && out[1].quote_volume == 20);
    assert_int_equal(out[0].trades, -1);
}

// HTX: objects with bare numbers, exponents among them.
static void test_object_rows(void **state)
{
    static const char body[] =
        "{\"ch\":\"market.btcusdt.kline.60min\",\"status\":\"ok\",\"ts\":1621314000000,\"data\":["
        "{\"id\":1621310400,\"open\":2,\"close\":2.5,\"low\":1.5,\"high\":3,\"amount\":1E2,"
        "\"vol\":2.38E2,\"count\":7},{\"id\":1621296000,\"open\":1,\"close\":1,\"low\":1,\"high\":"
        "1,"
        "\"amount\":0,\"vol\":0,\"count\":0}]}";
    size_t count;
    struct diag d;
    (void)state;
    assert_int_equal(decode(&test_htx, body, &count, &d), 0);
    assert_int_equal(count, 2);
    assert_int_equal(out[0].open_time, OPEN);
    assert_true(out[1].high == 3 && out[1].volume == 100 && out[1].quote_volume == 238);
    assert_int_equal(decode(&test_htx, "{\"data\":[{\"id\":1621296000,\"open\":1}]}", &count, &d),
                     ERR_PROTOCOL);
    assert_int_equal(decode(&test_htx, "{\"data\":[{}]}", &count, &d), ERR_PROTOCOL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_documented_row),
        cmocka_unit_test(test_odd_rows_come_out),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_swapped_volumes),
        cmocka_unit_test(test_trades_column),
        cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_more_than_asked_for),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_kraken_shape),
        cmocka_unit_test(test_okx_shape),
        cmocka_unit_test(test_object_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
