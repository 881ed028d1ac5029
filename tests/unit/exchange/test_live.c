// SPDX-License-Identifier: Apache-2.0
// Server time, order book, best bid and ask, 24 h figures: recorded shapes and broken ones.
#include "support_venues.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <string.h>

static const struct pair btc = {"BTC", "USDT"}, eth = {"ETH", "USDT"};

static const char *text_of(struct decimal d)
{
    static char text[DECIMAL_TEXT_MAX];
    decimal_format(d, text);
    return text;
}

static void test_time(void **state)
{
    static const struct {
        const char *body;
        int code;
    } cases[] = {
        {"{\"serverTime\":1499827319559}", 0},
        {" {\"x\":{},\"serverTime\" : \"1499827319559\" } ", 0},
        {"{\"serverTime\":1499827319559000}", ERR_PROTOCOL}, // microseconds
        {"{\"serverTime\":1499827319}", ERR_PROTOCOL},       // seconds
        {"{\"serverTime\":1499827319559.5}", ERR_PROTOCOL},
        {"{\"serverTime\":null}", ERR_PROTOCOL},
        {"{\"serverTime\":[1]}", ERR_PROTOCOL},
        {"{\"serverTime\":99999999999999999999}", ERR_PROTOCOL},
        {"{}", ERR_PROTOCOL},
        {"[]", ERR_PROTOCOL},
        {"", ERR_SYNTAX},
        {"{\"serverTime\":1499827319559", ERR_SYNTAX},
        {"{\"serverTime\":1499827319559}}", ERR_SYNTAX},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct diag d = {0};
        time_ms t = 0;
        int rc = venue_decode_time(test_binance(), str_from(cases[i].body), &t, &d);
        if (rc != cases[i].code)
            fail_msg("%s: %d %s", cases[i].body, rc, d.text);
        assert_int_equal(t, rc == 0 ? 1499827319559 : 0);
        assert_int_equal(d.text[0] != '\0', rc != 0);
    }
    time_ms t;
    assert_int_equal(venue_decode_time(&test_kraken,
                                       STR("{\"error\":[],\"result\":{\"unixtime\":1616336594}}"),
                                       &t, NULL),
                     0);
    assert_int_equal(t, 1616336594000);
}

static void test_book(void **state)
{
    static const char body[] =
        "{\"lastUpdateId\":1027024,\"bids\":[[\"4.00000000\",\"431.00000000\"],[\"3.99\",\"9\"]],"
        "\"asks\":[[\"4.00000200\",\"12.00000000\"],[\"4.1\",\"92233720368.54775807\"]]}";
    static struct book book;
    struct diag d;
    (void)state;
    assert_int_equal(venue_decode_book(test_binance(), STR(body), &book, &d), 0);
    assert_int_equal(book.bid_count, 2);
    assert_int_equal(book.ask_count, 2);
    assert_string_equal(text_of(book.bids[0].price), "4.00000000");
    assert_string_equal(text_of(book.bids[0].qty), "431.00000000");
    assert_string_equal(text_of(book.asks[0].price), "4.00000200");
    // The quantity at which the exchange saturates.
    assert_string_equal(text_of(book.asks[1].qty), "92233720368.54775807");
    assert_int_equal(venue_decode_book(test_binance(), STR("{\"asks\":[],\"bids\":[]}"), &book, &d),
                     0);
    assert_int_equal(book.bid_count + book.ask_count, 0);
    static const char okx[] = "{\"code\":\"0\",\"data\":[{\"asks\":[[\"2\",\"1\",\"0\",\"4\"]],"
                              "\"bids\":[[\"1\",\"3\",\"0\",\"1\"]]}]}";
    assert_int_equal(venue_decode_book(&test_okx, STR(okx), &book, &d), 0);
    assert_string_equal(text_of(book.bids[0].qty), "3");
}

static void test_book_refused(void **state)
{
    static const struct {
        const char *body;
        int code;
        unsigned row;
    } cases[] = {
        {"{\"bids\":[],\"asks\":[]", ERR_SYNTAX, 0},
        {"{\"bids\":[]}", ERR_PROTOCOL, 0},
        {"{\"bids\":{},\"asks\":[]}", ERR_PROTOCOL, 0},
        {"{\"bids\":[],\"asks\":null}", ERR_PROTOCOL, 0},
        {"{\"bids\":[[\"1\"]],\"asks\":[]}", ERR_PROTOCOL, 1},
        {"{\"bids\":[1],\"asks\":[]}", ERR_PROTOCOL, 1},
        {"{\"bids\":[[\"x\",\"1\"]],\"asks\":[]}", ERR_PROTOCOL, 1},
        {"{\"bids\":[[\"1\",null]],\"asks\":[]}", ERR_PROTOCOL, 1},
        {"{\"bids\":[[\"99999999999999999999\",\"1\"]],\"asks\":[]}", ERR_PROTOCOL, 1},
        {"{\"bids\":[[\"1\",\"0\"]],\"asks\":[]}", ERR_PROTOCOL, 1},
        {"{\"bids\":[[\"-1\",\"1\"]],\"asks\":[]}", ERR_PROTOCOL, 1},
        {"{\"bids\":[[\"1\",\"1\"],[\"2\",\"1\"]],\"asks\":[]}", ERR_PROTOCOL, 2}, // bids rise
        {"{\"bids\":[[\"1\",\"1\"],[\"1.0\",\"1\"]],\"asks\":[]}", ERR_PROTOCOL, 2},
        {"{\"bids\":[],\"asks\":[[\"2\",\"1\"],[\"1\",\"1\"]]}", ERR_PROTOCOL, 2}, // asks fall
        {"{\"bids\":[[\"2\",\"1\"]],\"asks\":[[\"2\",\"1\"]]}", ERR_PROTOCOL, 0},  // crossed
    };
    static struct book book;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct diag d = {0};
        int rc = venue_decode_book(test_binance(), str_from(cases[i].body), &book, &d);
        if (rc != cases[i].code || (cases[i].row && d.line != cases[i].row))
            fail_msg("%s: %d, level %u, %s", cases[i].body, rc, d.line, d.text);
    }
}

static void test_deep_book(void **state)
{
    static char body[40000];
    static struct book book;
    size_t used = (size_t)snprintf(body, sizeof body, "{\"bids\":[");
    struct diag d;
    (void)state;
    for (int i = 0; i < 500; i++)
        used += (size_t)snprintf(body + used, sizeof body - used, "%s[\"%d.5\",\"1\"]",
                                 i ? "," : "", 1000 - i);
    snprintf(body + used, sizeof body - used, "],\"asks\":[]}");
    assert_int_equal(venue_decode_book(test_binance(), str_from(body), &book, &d), 0);
    assert_int_equal(book.bid_count, BOOK_LEVELS_MAX);
    assert_string_equal(text_of(book.bids[BOOK_LEVELS_MAX - 1].price), "901.5");
}

static void test_ticker(void **state)
{
    static const char body[] = "{\"symbol\":\"BTCUSDT\",\"bidPrice\":\"4.00000000\","
                               "\"bidQty\":\"431.00000000\",\"askPrice\":\"4.00000200\","
                               "\"askQty\":\"9.00000000\"}";
    struct venue_ticker t;
    struct diag d;
    (void)state;
    assert_int_equal(venue_decode_ticker(test_binance(), STR(body), &btc, &t, &d), 0);
    assert_string_equal(text_of(t.bid), "4.00000000");
    assert_string_equal(text_of(t.ask_qty), "9.00000000");
    assert_int_equal(venue_decode_ticker(test_binance(), STR(body), NULL, &t, &d), 0);
    assert_int_equal(venue_decode_ticker(test_binance(), STR(body), &eth, &t, &d), ERR_PROTOCOL);
    assert_string_equal(d.text, "the reply is about BTCUSDT, asked for was ETHUSDT");
    static const char kraken[] =
        "{\"error\":[],\"result\":{\"XXBTZUSD\":{\"a\":[\"52609.6\",\"1\",\"1.5\"],"
        "\"b\":[\"52609.5\",\"1\",\"2.25\"],\"c\":[\"52641.1\",\"0.0008\"],"
        "\"v\":[\"1920.8\",\"7954.0\"]}}}";
    assert_int_equal(venue_decode_ticker(&test_kraken, STR(kraken), &btc, &t, &d), 0);
    assert_string_equal(text_of(t.bid_qty), "2.25");
    struct venue_stats s;
    assert_int_equal(venue_decode_stats(&test_kraken, STR(kraken), &btc, &s, &d), 0);
    assert_string_equal(text_of(s.last_price), "52641.1");
}

static void test_ticker_refused(void **state)
{
#define TICKER(symbol, bid, bid_qty, ask)                                                          \
    "{\"symbol\":" symbol ",\"bidPrice\":" bid ",\"bidQty\":" bid_qty ",\"askPrice\":" ask         \
    ",\"askQty\":\"1\"}"
    static const struct {
        const char *body;
        int code;
    } cases[] = {
        {TICKER("\"BTCUSDT\"", "\"1\"", "\"1\"", "\"2\""), 0},
        {TICKER("\"BTCUSDT\"", "\"0.00000000\"", "\"0\"", "\"2\""), 0}, // no bids
        {TICKER("\"BTCUSDT\"", "1", "1", "2"), 0},
        {TICKER("\"BTCUSD\"", "\"1\"", "\"1\"", "\"2\""), ERR_PROTOCOL},
        {TICKER("1", "\"1\"", "\"1\"", "\"2\""), ERR_PROTOCOL},
        {TICKER("[]", "\"1\"", "\"1\"", "\"2\""), ERR_PROTOCOL},
        {TICKER("\"BTCUSDT\"", "\"3\"", "\"1\"", "\"2\""), ERR_PROTOCOL},
        {TICKER("\"BTCUSDT\"", "\"2\"", "\"1\"", "\"2\""), ERR_PROTOCOL},
        {TICKER("\"BTCUSDT\"", "\"-1\"", "\"1\"", "\"2\""), ERR_PROTOCOL},
        {TICKER("\"BTCUSDT\"", "null", "\"1\"", "\"2\""), ERR_PROTOCOL},
        {TICKER("\"BTCUSDT\"", "\"\"", "\"1\"", "\"2\""), ERR_PROTOCOL},
        {TICKER("\"BTCUSDT\"", "\"NaN\"", "\"1\"", "\"2\""), ERR_PROTOCOL},
        {"[" TICKER("\"BTCUSDT\"", "\"1\"", "\"1\"", "\"2\"") "]", ERR_PROTOCOL},
        {"{}", ERR_PROTOCOL},
        {"{", ERR_SYNTAX},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct venue_ticker t;
        struct diag d = {0};
        int rc = venue_decode_ticker(test_binance(), str_from(cases[i].body), &btc, &t, &d);
        if (rc != cases[i].code)
            fail_msg("%s: %d %s", cases[i].body, rc, d.text);
    }
}

static void test_stats(void **state)
{
    static const char body[] =
        "{\"symbol\":\"BTCUSDT\",\"priceChange\":\"-94.99999800\",\"lastPrice\":\"4.00000200\","
        "\"volume\":\"8913.30000000\",\"quoteVolume\":\"15.30000000\",\"openTime\":1499783499040,"
        "\"closeTime\":1499869899040,\"firstId\":28385,\"lastId\":28460,\"count\":76}";
    static const struct {
        const char *volume, *text; // NULL: refused
    } volumes[] = {
        {"\"15.30000000\"", "15.30000000"},
        {"\"123456789012345.12345678\"", "123456789012345.1234"},
        {"\"9223372036854775806.9\"", "9223372036854775806"},
        {"\"99999999999999999999.1\"", NULL},
        {"\"1e400\"", NULL},
        {"\"1.5e400\"", NULL},
        {"\"-1\"", NULL},
        {"\".\"", NULL},
        {"null", NULL},
    };
    struct venue_stats s;
    struct diag d;
    char text[300];
    (void)state;
    assert_int_equal(venue_decode_stats(test_binance(), STR(body), &btc, &s, &d), 0);
    assert_string_equal(text_of(s.last_price), "4.00000200");
    assert_int_equal(s.close_time, 1499869899040);
    assert_int_equal(venue_decode_stats(test_binance(), STR(body), &eth, &s, &d), ERR_PROTOCOL);
    for (size_t i = 0; i < sizeof volumes / sizeof *volumes; i++) {
        snprintf(text, sizeof text,
                 "{\"symbol\":\"BTCUSDT\",\"lastPrice\":\"1\",\"quoteVolume\":%s,"
                 "\"closeTime\":1499869899040}",
                 volumes[i].volume);
        int rc = venue_decode_stats(test_binance(), str_from(text), &btc, &s, &d);
        assert_int_equal(rc, volumes[i].text ? 0 : ERR_PROTOCOL);
        if (rc == 0)
            assert_string_equal(text_of(s.quote_volume), volumes[i].text);
    }
    assert_int_equal(venue_decode_stats(test_binance(),
                                        STR("{\"symbol\":\"BTCUSDT\",\"lastPrice\":\"1\","
                                            "\"quoteVolume\":\"1\",\"closeTime\":0}"),
                                        &btc, &s, &d),
                     ERR_PROTOCOL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time),         cmocka_unit_test(test_book),
        cmocka_unit_test(test_book_refused), cmocka_unit_test(test_deep_book),
        cmocka_unit_test(test_ticker),       cmocka_unit_test(test_ticker_refused),
        cmocka_unit_test(test_stats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
