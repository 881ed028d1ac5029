// SPDX-License-Identifier: Apache-2.0
// Market lists: filters, limits, states, what is skipped, and a list of thousands.
#include "support_venues.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#define LIMITS                                                                                     \
    "{\"timezone\":\"UTC\",\"serverTime\":1565246363776,\"rateLimits\":[{\"rateLimitType\":"       \
    "\"RAW_REQUESTS\",\"interval\":\"MINUTE\",\"intervalNum\":5,\"limit\":300000},"                \
    "{\"rateLimitType\":\"REQUEST_WEIGHT\",\"interval\":\"MINUTE\",\"intervalNum\":1,\"limit\":"   \
    "6000},{\"rateLimitType\":\"ORDERS\",\"interval\":\"SECOND\",\"intervalNum\":10,\"limit\":"    \
    "100}],\"exchangeFilters\":[],\"symbols\":["
#define FILTERS                                                                                    \
    "{\"filterType\":\"PRICE_FILTER\",\"minPrice\":\"0.00000100\",\"maxPrice\":\"1000.00000000\"," \
    "\"tickSize\":\"0.00000100\"},{\"filterType\":\"LOT_SIZE\",\"minQty\":\"0.10000000\","         \
    "\"maxQty\":\"92141578.00000000\",\"stepSize\":\"0.10000000\"},{\"filterType\":"               \
    "\"ICEBERG_PARTS\",\"limit\":100},{\"filterType\":\"MARKET_LOT_SIZE\",\"minQty\":"             \
    "\"0.00000000\",\"maxQty\":\"5000.5\",\"stepSize\":\"0.00000000\"},{\"filterType\":"           \
    "\"A_FILTER_OF_TOMORROW\",\"x\":[[1]]},{\"filterType\":\"NOTIONAL\",\"minNotional\":"          \
    "\"5.00000000\",\"applyMinToMarket\":true,\"maxNotional\":\"9000000.00000000\","               \
    "\"applyMaxToMarket\":false,\"avgPriceMins\":5}"
#define MARKET_AS(symbol, base, status, types, filters)                                            \
    "{\"symbol\":" symbol ",\"status\":" status ",\"baseAsset\":" base ",\"baseAssetPrecision\":"  \
    "8,\"quoteAsset\":\"USDT\",\"quotePrecision\":8,\"quoteAssetPrecision\":7,\"orderTypes\":"     \
    "[" types "],\"isSpotTradingAllowed\":true,\"filters\":[" filters                              \
    "],\"permissionSets\":[[\"SPOT\""                                                              \
    "]]}"
#define MARKET(symbol, base, status)                                                               \
    MARKET_AS(symbol, base, status, "\"LIMIT\",\"MARKET\"", FILTERS)

struct seen {
    struct market markets[16];
    size_t count, total;
    int stop; // returned from the callback
};

static int each(void *arg, const struct market *m)
{
    struct seen *s = arg;
    s->total++;
    if (s->count < 16)
        s->markets[s->count++] = *m;
    return s->stop;
}

static int decode(const struct venue *v, const char *body, struct seen *s,
                  struct venue_limits *limits, size_t *skipped, struct diag *d)
{
    memset(s, 0, sizeof *s);
    memset(d, 0, sizeof *d);
    return venue_decode_markets(v, str_from(body), each, s, limits, skipped, d);
}

static void is_decimal(struct decimal d, const char *text)
{
    char got[DECIMAL_TEXT_MAX];
    decimal_format_short(d, got);
    assert_string_equal(got, text);
}

static void test_one_market(void **state)
{
    struct seen s;
    struct venue_limits limits;
    size_t skipped;
    struct diag d;
    (void)state;
    assert_int_equal(decode(test_binance(),
                            LIMITS MARKET("\"VETUSDT\"", "\"VET\"", "\"TRADING\"") "]}", &s,
                            &limits, &skipped, &d),
                     0);
    assert_int_equal(s.count, 1);
    assert_int_equal(skipped, 0);
    assert_int_equal(limits.weight_limit, 6000);
    assert_int_equal(limits.weight_window_ms, 60000);
    const struct market *m = &s.markets[0];
    assert_string_equal(m->symbol, "VETUSDT");
    assert_string_equal(m->pair.base, "VET");
    assert_string_equal(m->pair.quote, "USDT");
    assert_int_equal(m->status, MARKET_TRADING);
    assert_int_equal(m->base_precision, 8);
    assert_int_equal(m->quote_precision, 7);
    assert_true(m->spot_allowed);
    assert_true(m->market_orders);
    is_decimal(m->filters.tick_size, "0.000001");
    is_decimal(m->filters.min_price, "0.000001");
    is_decimal(m->filters.max_price, "1000");
    is_decimal(m->filters.lot_step, "0.1");
    is_decimal(m->filters.min_qty, "0.1");
    is_decimal(m->filters.max_qty, "92141578");
    is_decimal(m->filters.market_lot_step, "0");
    is_decimal(m->filters.market_max_qty, "5000.5");
    is_decimal(m->filters.min_notional, "5");
    is_decimal(m->filters.max_notional, "9000000");
    assert_true(m->filters.min_notional_market);
    assert_false(m->filters.max_notional_market);
}

static void test_states_and_kinds(void **state)
{
    static const char old_notional[] =
        "{\"filterType\":\"PRICE_FILTER\",\"tickSize\":\"0.01\"},{\"filterType\":\"LOT_SIZE\","
        "\"stepSize\":\"1\"},{\"filterType\":\"MIN_NOTIONAL\",\"minNotional\":\"10\","
        "\"applyToMarket\":true,\"avgPriceMins\":5}";
    char body[6000];
    struct seen s;
    struct diag d;
    size_t skipped;
    (void)state;
    snprintf(body, sizeof body, "%s%s,%s,%s,%s%s%s]}", LIMITS, MARKET("\"A\"", "\"A\"", "\"HALT\""),
             MARKET("\"B\"", "\"B\"", "\"BREAK\""), MARKET("\"C\"", "\"C\"", "\"CANCEL_ONLY\""),
             "{\"symbol\":\"D\",\"status\":\"A_STATE_OF_TOMORROW_LONGER_THAN_ANY\",\"baseAsset\":"
             "\"\xe8\xbf\x99\\u662f\",\"baseAssetPrecision\":8,\"quoteAsset\":\"456\","
             "\"quoteAssetPrecision\":8,\"orderTypes\":[\"LIMIT\"],\"isSpotTradingAllowed\":false,"
             "\"filters\":[",
             old_notional, "]}");
    assert_int_equal(decode(test_binance(), body, &s, NULL, &skipped, &d), 0);
    assert_int_equal(s.count, 4);
    assert_int_equal(skipped, 0);
    assert_int_equal(s.markets[0].status, MARKET_HALTED);
    assert_int_equal(s.markets[1].status, MARKET_BREAK);
    assert_int_equal(s.markets[2].status, MARKET_CANCEL_ONLY);
    assert_int_equal(s.markets[3].status, MARKET_UNKNOWN);
    assert_string_equal(s.markets[3].pair.base, "\xe8\xbf\x99\xe6\x98\xaf");
    assert_false(s.markets[3].spot_allowed);
    assert_false(s.markets[3].market_orders);
    is_decimal(s.markets[3].filters.min_notional, "10");
    assert_true(s.markets[3].filters.min_notional_market);
}

// What cannot be understood is counted; the rest of the list is not lost with it.
static void test_skipped(void **state)
{
    static const char *const odd[] = {
        "1",
        "null",
        "[]",
        "{}",
        "\"VETUSDT\"",
        MARKET("1.5", "null", "\"TRADING\""),
        MARKET("\"V\"", "\"\"", "\"TRADING\""),
        MARKET("\"V\"", "\"A_NAME_LONGER_THAN_ANY_ASSET_HAS\"", "\"TRADING\""),
        MARKET_AS("\"V\"", "\"V\"", "\"TRADING\"", "", ""),
        MARKET_AS("\"V\"", "\"V\"", "\"TRADING\"", "",
                  "{\"filterType\":\"PRICE_FILTER\",\"tickSize\":\"0.1\"}"), // no lot size
        MARKET_AS("\"V\"", "\"V\"", "\"TRADING\"", "",
                  "{\"filterType\":\"PRICE_FILTER\",\"tickSize\":\"-1\"},{\"filterType\":"
                  "\"LOT_SIZE\",\"stepSize\":\"1\"}"),
        MARKET_AS("\"V\"", "\"V\"", "\"TRADING\"", "",
                  "{\"filterType\":\"PRICE_FILTER\",\"tickSize\":\"NaN\"},{\"filterType\":"
                  "\"LOT_SIZE\",\"stepSize\":\"1\"}"),
    };
    const char *good = MARKET("\"VETUSDT\"", "\"VET\"", "\"TRADING\"");
    static char body[8000];
    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        struct seen s;
        struct diag d;
        size_t skipped;
        snprintf(body, sizeof body, "%s%s,%s]}", LIMITS, odd[i], good);
        assert_int_equal(decode(test_binance(), body, &s, NULL, &skipped, &d), 0);
        assert_int_equal(skipped, 1);
        assert_int_equal(s.count, 1);
        assert_string_equal(s.markets[0].symbol, "VETUSDT");
    }
}

static void test_refused(void **state)
{
    static const char *const bodies[] = {
        "", "{}", "[]", "{\"symbols\":1}", "{\"symbols\":[}", "<html>", LIMITS "]", LIMITS "]}}"};
    struct seen s;
    struct diag d;
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        assert_true(decode(test_binance(), bodies[i], &s, NULL, NULL, &d) < 0);
        assert_int_equal(s.total, 0);
        assert_true(d.text[0] != '\0');
    }
}

static void test_limits(void **state)
{
    static const struct {
        const char *limits;
        int64_t limit, window_ms;
    } cases[] = {
        {"\"rateLimits\":[],", 0, 0},
        {"", 0, 0},
        {"\"rateLimits\":[{\"rateLimitType\":\"REQUEST_WEIGHT\",\"interval\":\"SECOND\","
         "\"intervalNum\":10,\"limit\":50}],",
         50, 10000},
        {"\"rateLimits\":[{\"rateLimitType\":\"REQUEST_WEIGHT\",\"interval\":\"FORTNIGHT\","
         "\"intervalNum\":1,\"limit\":50}],",
         0, 0},
        {"\"rateLimits\":[{\"rateLimitType\":\"REQUEST_WEIGHT\",\"interval\":\"MINUTE\","
         "\"intervalNum\":0,\"limit\":50}],",
         0, 0},
        {"\"rateLimits\":[{\"rateLimitType\":\"REQUEST_WEIGHT\",\"interval\":\"MINUTE\","
         "\"intervalNum\":1,\"limit\":-5}],",
         0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char body[400];
        struct seen s;
        struct diag d;
        struct venue_limits limits = {1, 1};
        snprintf(body, sizeof body, "{%s\"symbols\":[]}", cases[i].limits);
        assert_int_equal(decode(test_binance(), body, &s, &limits, NULL, &d), 0);
        assert_int_equal(limits.weight_limit, cases[i].limit);
        assert_int_equal(limits.weight_window_ms, cases[i].window_ms);
    }
}

static void test_thousands(void **state)
{
    const char *market = MARKET("\"VETUSDT\"", "\"VET\"", "\"TRADING\"");
    size_t each_len = strlen(market), count = 3000, used = strlen(LIMITS);
    char *body = malloc(used + count * (each_len + 1) + 8);
    struct seen s = {.stop = 0};
    struct diag d;
    size_t skipped;
    (void)state;
    assert_non_null(body);
    memcpy(body, LIMITS, used);
    for (size_t i = 0; i < count; i++) {
        memcpy(body + used, market, each_len);
        used += each_len;
        body[used++] = i + 1 < count ? ',' : ']';
    }
    body[used++] = '}';
    struct str text = {body, used};
    assert_int_equal(venue_decode_markets(test_binance(), text, each, &s, NULL, &skipped, &d), 0);
    assert_int_equal(s.total, count);
    assert_int_equal(skipped, 0);
    // Cut anywhere: nothing is handed out. Stopped: at once.
    text.len = used - 1;
    s.total = 0;
    assert_int_equal(venue_decode_markets(test_binance(), text, each, &s, NULL, NULL, &d),
                     ERR_SYNTAX);
    assert_int_equal(s.total, 0);
    text.len = used;
    s.stop = -77;
    assert_int_equal(venue_decode_markets(test_binance(), text, each, &s, NULL, NULL, &d), -77);
    assert_int_equal(s.total, 1);
    free(body);
}

// Kraken: an object keyed by market, decimals instead of steps, names of its own.
static void test_kraken_shape(void **state)
{
    static const char body[] =
        "{\"error\":[],\"result\":{\"XXBTZUSD\":{\"altname\":\"XBTUSD\",\"base\":\"XBT\","
        "\"quote\":\"usd\",\"lot_decimals\":8,\"tick_size\":\"0.1\",\"ordermin\":\"0.0001\","
        "\"costmin\":\"0.5\",\"status\":\"online\"},\"BAD\":{\"altname\":\"BAD\"},"
        "\"X\":{\"altname\":\"X\",\"base\":\"X\",\"quote\":\"Y\",\"lot_decimals\":99,"
        "\"tick_size\":\"1\",\"status\":\"online\"}}}";
    struct seen s;
    struct diag d;
    struct venue_limits limits;
    size_t skipped;
    (void)state;
    assert_int_equal(decode(&test_kraken, body, &s, &limits, &skipped, &d), 0);
    assert_int_equal(s.count, 1);
    assert_int_equal(skipped, 2);
    assert_int_equal(limits.weight_limit, 0);
    assert_string_equal(s.markets[0].pair.base, "BTC");
    assert_string_equal(s.markets[0].pair.quote, "USD");
    assert_int_equal(s.markets[0].status, MARKET_TRADING);
    is_decimal(s.markets[0].filters.lot_step, "0.00000001");
    is_decimal(s.markets[0].filters.tick_size, "0.1");
    is_decimal(s.markets[0].filters.min_notional, "0.5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_market),   cmocka_unit_test(test_states_and_kinds),
        cmocka_unit_test(test_skipped),      cmocka_unit_test(test_refused),
        cmocka_unit_test(test_limits),       cmocka_unit_test(test_thousands),
        cmocka_unit_test(test_kraken_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
