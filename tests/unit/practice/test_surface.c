// SPDX-License-Identifier: Apache-2.0
// The exchange as callers meet it: shapes, parameter errors, weights, limits, agreement between
// endpoints. The clock (nearly) stands still, so answers can be compared.
#include "unit/practice/support_http.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define T0 INT64_C(1709546430000) // 2024-03-04T10:00:30Z

static struct support_exchange exchange;

static int start_exchange(void **state)
{
    struct practice_options o = support_options(T0);
    (void)state;
    o.weight_limit = 100000000;
    support_start(&exchange, o);
    return 0;
}

static int stop_exchange(void **state)
{
    (void)state;
    support_stop(&exchange);
    return 0;
}

static json_t *get_json(const char *path)
{
    struct support_reply r;
    support_get(&exchange, path, &r);
    assert_int_equal(r.status, 200);
    json_t *j = json_loadb(r.body, r.body_len, 0, NULL);
    assert_non_null(j);
    support_reply_finish(&r);
    return j;
}

static double number(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    assert_non_null(text);
    return strtod(text, NULL);
}

static double column(const json_t *row, size_t i)
{
    return strtod(json_string_value(json_array_get(row, i)), NULL);
}

static void test_errors(void **state)
{
    static const struct {
        const char *path;
        int code;
    } cases[] = {
        {"/api/v3/time?x=1", -1101},
        {"/api/v3/ping?a=1&b=2", -1101},
        {"/api/v3/klines", -1102},
        {"/api/v3/klines?symbol=BTCUSDT", -1102},
        {"/api/v3/klines?interval=1h", -1102},
        {"/api/v3/klines?symbol=&interval=1h", -1105},
        {"/api/v3/klines?symbol=BTCUSDT&interval=1h&limit", -1105},
        {"/api/v3/klines?symbol=BTCUSDT&interval=1h&foo=1", -1104},
        {"/api/v3/klines?symbol=BTCUSDT&symbol=ETHUSDT&interval=1h", -1101},
        {"/api/v3/klines?symbol=btcusdt&interval=1h", -1100},
        {"/api/v3/klines?symbol=BTC%22USDT&interval=1h", -1100},
        {"/api/v3/klines?symbol=NOSUCH&interval=1h", -1121},
        {"/api/v3/klines?symbol=BTCUSDT&interval=1H", -1120},
        {"/api/v3/klines?symbol=BTCUSDT&interval=7m", -1120},
        {"/api/v3/klines?symbol=BTCUSDT&interval=1h&limit=0", -1130},
        {"/api/v3/klines?symbol=BTCUSDT&interval=1h&limit=-5", -1100},
        {"/api/v3/klines?symbol=BTCUSDT&interval=1h&limit=abc", -1100},
        {"/api/v3/klines?symbol=BTCUSDT&interval=1h&startTime=1.5", -1100},
        {"/api/v3/klines?symbol=BTCUSDT&interval=1h&endTime=123456789012345678901", -1100},
        {"/api/v3/klines?symbol=BTCUSDT&interval=1h&timeZone=15", -1130},
        {"/api/v3/klines?symbol=BTCUSDT&interval=1h&timeZone=-12:30", -1130},
        {"/api/v3/klines?symbol=BTCUSDT&interval=1h&timeZone=x", -1130},
        {"/api/v3/depth?symbol=BTCUSDT&limit=0", -1130},
        {"/api/v3/depth?symbol=BTCUSDT&symbolStatus=HALT", -1220},
        {"/api/v3/depth?symbol=BTCUSDT&symbolStatus=OPEN", -1130},
        {"/api/v3/avgPrice", -1102},
        {"/api/v3/ticker/price?symbol=BTCUSDT&symbols=[%22ETHUSDT%22]", -1128},
        {"/api/v3/ticker/price?symbols=[]", -1130},
        {"/api/v3/ticker/price?symbols=BTCUSDT", -1100},
        {"/api/v3/ticker/price?symbols=[%22BTCUSDT%22,%22NOSUCH%22]", -1121},
        {"/api/v3/ticker/price?symbols=[%22BTCUSDT%22,%22BTCUSDT%22]", -1151},
        {"/api/v3/ticker/24hr?symbol=BTCUSDT&type=HUGE", -1139},
        {"/api/v3/exchangeInfo?symbol=BTCUSDT&permissions=SPOT", -1128},
        {"/api/v3/exchangeInfo?symbol=BTCUSDT&symbolStatus=TRADING", -1128},
        {"/api/v3/exchangeInfo?showPermissionSets=maybe", -1130},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct support_reply r;
        support_get(&exchange, cases[i].path, &r);
        json_t *j = json_loadb(r.body, r.body_len, 0, NULL);
        int code = (int)json_integer_value(json_object_get(j, "code"));
        if (r.status != 400 || code != cases[i].code)
            print_error("%s: HTTP %d, %.*s\n", cases[i].path, r.status, (int)r.body_len, r.body);
        assert_int_equal(r.status, 400);
        assert_int_equal(code, cases[i].code);
        assert_true(json_string_length(json_object_get(j, "msg")) > 10);
        json_decref(j);
        support_reply_finish(&r);
    }
}

static long used_weight(const char *path)
{
    struct support_reply r;
    support_get(&exchange, path, &r);
    assert_int_equal(r.status, 200);
    long used = strtol(support_header(&r, "X-MBX-USED-WEIGHT-1M"), NULL, 10);
    support_reply_finish(&r);
    return used;
}

static void test_weights(void **state)
{
    static const struct {
        const char *path;
        long weight;
    } cases[] = {
        {"/api/v3/ping", 1},
        {"/api/v3/time", 1},
        {"/api/v3/exchangeInfo?symbol=VETUSDT", 20},
        {"/api/v3/klines?symbol=VETUSDT&interval=1h&limit=1000", 2},
        {"/api/v3/uiKlines?symbol=VETUSDT&interval=1h", 2},
        {"/api/v3/depth?symbol=VETUSDT", 5},
        {"/api/v3/depth?symbol=VETUSDT&limit=101", 25},
        {"/api/v3/depth?symbol=VETUSDT&limit=1000", 50},
        {"/api/v3/depth?symbol=VETUSDT&limit=9999", 250},
        {"/api/v3/avgPrice?symbol=VETUSDT", 2},
        {"/api/v3/ticker/bookTicker?symbol=VETUSDT", 2},
        {"/api/v3/ticker/bookTicker", 4},
        {"/api/v3/ticker/price", 4},
        {"/api/v3/ticker/24hr?symbol=VETUSDT", 2},
        {"/api/v3/ticker/24hr?symbols=[%22VETUSDT%22,%22BTCUSDT%22]", 2},
        {"/api/v3/ticker/24hr", 80},
    };
    (void)state;
    long before = used_weight("/api/v3/ping");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        long after = used_weight(cases[i].path);
        assert_int_equal(after - before, cases[i].weight);
        before = after;
    }
}

static void test_clock_and_running_candle(void **state)
{
    (void)state;
    json_t *time = get_json("/api/v3/time");
    json_int_t now = json_integer_value(json_object_get(time, "serverTime"));
    assert_true(now >= T0 && now < T0 + 1000);
    json_t *rows = get_json("/api/v3/klines?symbol=VETUSDT&interval=1h&limit=3");
    assert_int_equal(json_array_size(rows), 3);
    for (size_t i = 0; i < 3; i++) {
        const json_t *row = json_array_get(rows, i);
        assert_int_equal(json_array_size(row), 12);
        json_int_t open = json_integer_value(json_array_get(row, 0));
        json_int_t close = json_integer_value(json_array_get(row, 6));
        assert_true(open % MS_HOUR == 0 && close == open + MS_HOUR - 1);
        assert_true((close >= now) == (i == 2));
        assert_true(column(row, 2) >= column(row, 3));
        assert_string_equal(json_string_value(json_array_get(row, 11)), "0");
    }
    json_decref(rows);
    json_decref(time);
}

static void test_microseconds(void **state)
{
    struct support_reply r;
    (void)state;
    support_ask(&exchange, "GET", "/api/v3/klines?symbol=VETUSDT&interval=1h&limit=1",
                "X-MBX-TIME-UNIT: MICROSECOND\r\n", NULL, &r);
    json_t *rows = json_loadb(r.body, r.body_len, 0, NULL);
    json_t *row = json_array_get(rows, 0);
    json_int_t open = json_integer_value(json_array_get(row, 0));
    assert_true(open == (T0 - T0 % MS_HOUR) * 1000);
    assert_true(json_integer_value(json_array_get(row, 6)) == open + MS_HOUR * 1000 - 1);
    json_decref(rows);
    support_reply_finish(&r);
    support_ask(&exchange, "GET", "/api/v3/time", "X-MBX-TIME-UNIT: DAYS\r\n", NULL, &r);
    assert_int_equal(r.status, 400);
    assert_non_null(strstr(r.body, "-1194"));
    support_reply_finish(&r);
}

static bool on_grid(double value, double step)
{
    double steps = value / step;
    double off = steps - (double)(long long)(steps + 0.5);
    return off < 1e-4 && off > -1e-4;
}

// Book, best prices and statistics of every market agree with each other and with the filters.
static void test_endpoints_agree(void **state)
{
    (void)state;
    json_t *info = get_json("/api/v3/exchangeInfo");
    json_t *symbols = json_object_get(info, "symbols");
    size_t i;
    json_t *symbol;
    assert_int_equal(json_array_size(symbols), 60);
    json_array_foreach(symbols, i, symbol)
    {
        char path[128];
        const char *name = json_string_value(json_object_get(symbol, "symbol"));
        json_t *filters = json_object_get(symbol, "filters");
        double tick = number(json_array_get(filters, 0), "tickSize");
        double lot = number(json_array_get(filters, 1), "stepSize");
        snprintf(path, sizeof(path), "/api/v3/depth?symbol=%s&limit=50", name);
        json_t *depth = get_json(path);
        snprintf(path, sizeof(path), "/api/v3/ticker/bookTicker?symbol=%s", name);
        json_t *best = get_json(path);
        snprintf(path, sizeof(path), "/api/v3/ticker/24hr?symbol=%s", name);
        json_t *day = get_json(path);
        const char *sides[] = {"bids", "asks"};
        for (int s = 0; s < 2; s++) {
            json_t *levels = json_object_get(depth, sides[s]);
            double before = s == 0 ? 1e18 : 0;
            assert_true(json_array_size(levels) > 0);
            for (size_t k = 0; k < json_array_size(levels); k++) {
                double price = column(json_array_get(levels, k), 0);
                double qty = column(json_array_get(levels, k), 1);
                assert_true(s == 0 ? price < before : price > before);
                assert_true(price > 0 && qty > 0);
                assert_true(on_grid(price, tick) && on_grid(qty, lot));
                before = price;
            }
        }
        double bid = number(best, "bidPrice"), ask = number(best, "askPrice");
        assert_true(bid < ask);
        assert_true(bid == column(json_array_get(json_object_get(depth, "bids"), 0), 0));
        assert_true(ask == column(json_array_get(json_object_get(depth, "asks"), 0), 0));
        assert_true(bid == number(day, "bidPrice") && ask == number(day, "askPrice"));
        double last = number(day, "lastPrice");
        assert_true(bid <= last && last <= ask);
        assert_true(number(day, "lowPrice") <= last && last <= number(day, "highPrice"));
        assert_true(number(day, "weightedAvgPrice") >= number(day, "lowPrice"));
        assert_true(number(day, "weightedAvgPrice") <= number(day, "highPrice"));
        json_decref(depth);
        json_decref(best);
        json_decref(day);
    }
    json_decref(info);
}

static void test_other_paths(void **state)
{
    struct support_reply r;
    (void)state;
    support_get(&exchange, "/api/v3/nothing", &r);
    assert_int_equal(r.status, 404);
    support_reply_finish(&r);
    support_ask(&exchange, "POST", "/api/v3/time", "", "", &r);
    assert_int_equal(r.status, 405);
    support_reply_finish(&r);
}

static void test_limits(void **state)
{
    struct support_exchange e;
    struct support_reply r;
    struct practice_options o = support_options(T0);
    (void)state;
    o.weight_limit = 10;
    support_start(&e, o);
    for (int i = 0; i < 10; i++) {
        support_get(&e, "/api/v3/ping", &r);
        assert_int_equal(r.status, 200);
        support_reply_finish(&r);
    }
    // The window ends at 10:01:00, half a minute from now.
    for (int i = 0; i < 11; i++) {
        support_get(&e, "/api/v3/ping", &r);
        assert_int_equal(r.status, 429);
        assert_string_equal(support_header(&r, "Retry-After"), "30");
        assert_non_null(strstr(r.body, "-1003"));
        support_reply_finish(&r);
    }
    support_get(&e, "/api/v3/ping", &r);
    assert_int_equal(r.status, 418);
    assert_string_equal(support_header(&r, "Retry-After"), "120");
    assert_non_null(strstr(r.body, "IP banned until 17095465"));
    support_reply_finish(&r);
    support_stop(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_clock_and_running_candle),
        cmocka_unit_test(test_microseconds),
        cmocka_unit_test(test_endpoints_agree),
        cmocka_unit_test(test_other_paths),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, start_exchange, stop_exchange);
}
