// SPDX-License-Identifier: Apache-2.0
// Requests as the exchanges' documents want them, and what a record says about itself.
#include "support_venues.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <string.h>

static const struct pair vet = {"VET", "USDT"}, btc = {"BTC", "USDT"};
// Testnet lists such a symbol on purpose.
static const struct pair unicode = {"\xe8\xbf\x99\xe6\x98\xaf", "456"};

#define NOON INT64_C(1621339200000) // 2021-05-18T12:00:00Z

static void test_find(void **state)
{
    const struct venue *v = NULL;
    struct diag d = {0};
    (void)state;
    assert_int_equal(venue_find(STR("Binance"), &v, &d), 0);
    assert_string_equal(venue_name(v), "binance");
    assert_int_equal(venue_candle_limit(v), 1000);
    assert_true(venue_settle_ms(v) > 0);
    int64_t limit, window;
    venue_default_budget(v, &limit, &window);
    assert_int_equal(limit, 6000);
    assert_int_equal(window, 60000);
    for (int tf = 0; tf < TF_COUNT; tf++)
        assert_true(venue_has_timeframe(v, (enum timeframe)tf));
    assert_false(venue_has_timeframe(v, TF_COUNT));
    assert_false(venue_has_timeframe(&test_kraken, TF_H2));
    assert_int_equal(venue_find(STR("bitmex"), &v, &d), ERR_NOT_FOUND);
    assert_non_null(strstr(d.text, "binance"));
}

static void test_symbols(void **state)
{
    char symbol[2 * ASSET_MAX];
    struct pair longest;
    (void)state;
    venue_symbol(test_binance(), &vet, symbol);
    assert_string_equal(symbol, "VETUSDT");
    venue_symbol(&test_kraken, &btc, symbol);
    assert_string_equal(symbol, "XBTUSDT");
    venue_symbol(&test_okx, &btc, symbol);
    assert_string_equal(symbol, "BTC-USDT");
    venue_symbol(&test_htx, &btc, symbol);
    assert_string_equal(symbol, "btcusdt");
    memset(&longest, 'A', sizeof longest);
    longest.base[ASSET_MAX - 1] = longest.quote[ASSET_MAX - 1] = '\0';
    venue_symbol(&test_okx, &longest, symbol);
    assert_int_equal(strlen(symbol), 2 * ASSET_MAX - 1);
}

static void test_candles(void **state)
{
    const struct venue *binance = test_binance();
    const struct {
        const struct venue *venue;
        const struct pair *pair;
        enum timeframe tf;
        time_ms from, to;
        int limit;
        const char *target;
    } cases[] = {
        {binance, &vet, TF_H4, NOON, NOON + 4 * MS_HOUR, 1,
         "/api/v3/klines?symbol=VETUSDT&interval=4h&startTime=1621339200000"
         "&endTime=1621353599999&limit=1"},
        {binance, &btc, TF_MN1, 0, NOON, 1000,
         "/api/v3/klines?symbol=BTCUSDT&interval=1M&startTime=0&endTime=1621339199999&limit=1000"},
        {binance, &unicode, TF_M1, NOON, NOON + MS_MINUTE, 5,
         "/api/v3/klines?symbol=%E8%BF%99%E6%98%AF456&interval=1m&startTime=1621339200000"
         "&endTime=1621339259999&limit=5"},
        {&test_kraken, &btc, TF_H1, NOON, NOON + MS_HOUR, 1,
         "/0/public/OHLC?pair=XBTUSDT&interval=60&since=1621335600"},
        {&test_okx, &btc, TF_D1, NOON - 12 * MS_HOUR, NOON + 12 * MS_HOUR, 300,
         "/api/v5/market/candles?instId=BTC-USDT&bar=1Dutc&before=1621295999999"
         "&after=1621382400000&limit=300"},
        {&test_htx, &btc, TF_H1, NOON, NOON + MS_HOUR, 2,
         "/market/history/kline?symbol=btcusdt&period=60min&size=2"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct venue_request r;
        assert_int_equal(venue_build_candles(cases[i].venue, cases[i].pair, cases[i].tf,
                                             cases[i].from, cases[i].to, cases[i].limit, &r),
                         0);
        assert_string_equal(r.target, cases[i].target);
        assert_int_equal(r.call, VENUE_CANDLES);
        assert_int_equal(r.weight, cases[i].venue->candles.weight);
    }
}

static void test_candles_refused(void **state)
{
    const struct venue *v = test_binance();
    struct venue_request r;
    (void)state;
    assert_int_equal(venue_build_candles(v, &vet, TF_H4, NOON, NOON, 1, &r), ERR_RANGE);
    assert_int_equal(venue_build_candles(v, &vet, TF_H4, -1, NOON, 1, &r), ERR_RANGE);
    assert_int_equal(venue_build_candles(v, &vet, TF_H4, 0, INT64_MAX, 1, &r), ERR_RANGE);
    assert_int_equal(venue_build_candles(v, &vet, TF_H4, 0, NOON, 0, &r), ERR_RANGE);
    assert_int_equal(venue_build_candles(v, &vet, TF_H4, 0, NOON, 1001, &r), ERR_RANGE);
    assert_int_equal(venue_build_candles(&test_okx, &vet, TF_H2, 0, NOON, 1, &r), ERR_UNSUPPORTED);
}

static void test_other_calls(void **state)
{
    const struct venue *v = test_binance();
    struct venue_request r;
    (void)state;
    assert_int_equal(venue_build_time(v, &r), 0);
    assert_string_equal(r.target, "/api/v3/time");
    assert_int_equal(r.weight, 1);
    assert_int_equal(venue_build_ticker(v, &vet, &r), 0);
    assert_string_equal(r.target, "/api/v3/ticker/bookTicker?symbol=VETUSDT");
    assert_int_equal(r.weight, 2);
    assert_int_equal(venue_build_stats(v, &vet, &r), 0);
    assert_string_equal(r.target, "/api/v3/ticker/24hr?symbol=VETUSDT");
    assert_int_equal(r.weight, 2);
    assert_int_equal(venue_build_book(v, &vet, 100, &r), 0);
    assert_string_equal(r.target, "/api/v3/depth?symbol=VETUSDT&limit=100");
    assert_int_equal(r.weight, 5);
    assert_int_equal(venue_build_book(v, &vet, 0, &r), ERR_RANGE);
    assert_int_equal(venue_build_book(v, &vet, BOOK_LEVELS_MAX + 1, &r), ERR_RANGE);
    // Only some depths exist: the smallest that is enough, or the largest there is.
    assert_int_equal(venue_build_book(&test_okx, &vet, 6, &r), 0);
    assert_string_equal(r.target, "/api/v5/market/books?instId=VET-USDT&sz=50");
    assert_int_equal(venue_build_book(&test_okx, &vet, 100, &r), 0);
    assert_string_equal(r.target, "/api/v5/market/books?instId=VET-USDT&sz=50");
}

static void test_markets(void **state)
{
    const struct venue *v = test_binance();
    struct pair pairs[100];
    struct venue_request r;
    (void)state;
    assert_int_equal(venue_build_markets(v, NULL, 0, &r), 0);
    assert_string_equal(r.target, "/api/v3/exchangeInfo?showPermissionSets=false");
    assert_int_equal(r.weight, 20);
    pairs[0] = btc;
    pairs[1] = vet;
    assert_int_equal(venue_build_markets(v, pairs, 1, &r), 0);
    assert_string_equal(r.target, "/api/v3/exchangeInfo?symbol=BTCUSDT");
    assert_int_equal(venue_build_markets(v, pairs, 2, &r), 0);
    assert_string_equal(r.target, "/api/v3/exchangeInfo?symbols=%5B%22BTCUSDT%22,%22VETUSDT%22%5D");
    assert_int_equal(venue_build_markets(&test_kraken, pairs, 2, &r), ERR_UNSUPPORTED);
    for (size_t i = 0; i < 100; i++)
        pairs[i] = vet;
    assert_int_equal(venue_build_markets(v, pairs, 100, &r), ERR_FULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),        cmocka_unit_test(test_symbols),
        cmocka_unit_test(test_candles),     cmocka_unit_test(test_candles_refused),
        cmocka_unit_test(test_other_calls), cmocka_unit_test(test_markets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
