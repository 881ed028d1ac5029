// SPDX-License-Identifier: Apache-2.0
// What decoding costs: candle replies of 1 and 1,000 rows, a book of 100 levels, a list of markets.
#include "base/clock.h"
#include "exchange/venue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 1000
#define OPEN INT64_C(1621296000000)

static struct candle candles[ROWS];
static struct book book;

static struct str make_candles(int rows)
{
    struct buf b;
    int rc;
    buf_init(&b, 1 << 20);
    rc = buf_add_char(&b, '[');
    for (int i = 0; i < rows && rc == 0; i++)
        rc = buf_printf(&b,
                        "%s[%lld,\"0.0163%04d\",\"0.80000000\",\"0.01575800\",\"0.01577100\","
                        "\"148976.11427815\",%lld,\"2434.19055334\",308,\"1756.87402397\","
                        "\"28.46694368\",\"0\"]",
                        i ? "," : "", (long long)(OPEN + i * MS_MINUTE), i,
                        (long long)(OPEN + (i + 1) * MS_MINUTE - 1));
    if (rc != 0 || buf_add_char(&b, ']') != 0)
        abort();
    return buf_str(&b);
}

static struct str make_book(void)
{
    struct buf b;
    int rc;
    buf_init(&b, 1 << 20);
    rc = buf_printf(&b, "{\"lastUpdateId\":1027024,\"bids\":[");
    for (int i = 0; i < 200 && rc == 0; i++)
        rc = buf_printf(&b, "%s[\"%d.00000000\",\"431.50000000\"]",
                        i == 100 ? "],\"asks\":["
                        : i      ? ","
                                 : "",
                        i < 100 ? 1000 - i : 1000 + i);
    if (rc != 0 || buf_printf(&b, "]}") != 0)
        abort();
    return buf_str(&b);
}

static struct str make_markets(int count)
{
    struct buf b;
    int rc;
    buf_init(&b, 64 << 20);
    rc = buf_printf(&b, "{\"symbols\":[");
    for (int i = 0; i < count && rc == 0; i++)
        rc = buf_printf(
            &b,
            "%s{\"symbol\":\"A%dUSDT\",\"status\":\"TRADING\",\"baseAsset\":\"A%d\","
            "\"baseAssetPrecision\":8,\"quoteAsset\":\"USDT\",\"quotePrecision\":8,"
            "\"quoteAssetPrecision\":8,\"orderTypes\":[\"LIMIT\",\"LIMIT_MAKER\",\"MARKET\"],"
            "\"isSpotTradingAllowed\":true,\"filters\":[{\"filterType\":\"PRICE_FILTER\","
            "\"minPrice\":\"0.01\",\"maxPrice\":\"1000000\",\"tickSize\":\"0.01\"},"
            "{\"filterType\":\"LOT_SIZE\",\"minQty\":\"0.00001\",\"maxQty\":\"9000\","
            "\"stepSize\":\"0.00001\"},{\"filterType\":\"ICEBERG_PARTS\",\"limit\":100},"
            "{\"filterType\":\"MARKET_LOT_SIZE\",\"minQty\":\"0\",\"maxQty\":\"100\","
            "\"stepSize\":\"0\"},{\"filterType\":\"TRAILING_DELTA\",\"minTrailingAboveDelta\":10,"
            "\"maxTrailingAboveDelta\":2000,\"minTrailingBelowDelta\":10,"
            "\"maxTrailingBelowDelta\":2000},{\"filterType\":\"NOTIONAL\",\"minNotional\":\"5\","
            "\"applyMinToMarket\":true,\"maxNotional\":\"9000000\",\"applyMaxToMarket\":false,"
            "\"avgPriceMins\":5},{\"filterType\":\"MAX_NUM_ORDERS\",\"maxNumOrders\":200}],"
            "\"permissionSets\":[[\"SPOT\",\"MARGIN\"]]}",
            i ? "," : "", i, i);
    if (rc != 0 || buf_printf(&b, "]}") != 0)
        abort();
    return buf_str(&b);
}

static int count_market(void *arg, const struct market *m)
{
    (void)m;
    ++*(size_t *)arg;
    return 0;
}

static int decode(const struct venue *v, enum venue_call call, struct str body)
{
    size_t count = 0;
    struct diag d;
    if (call == VENUE_CANDLES)
        return venue_decode_candles(v, body, 0, INT64_MAX, candles, ROWS, &count, &d);
    if (call == VENUE_BOOK)
        return venue_decode_book(v, body, &book, &d);
    return venue_decode_markets(v, body, count_market, &count, NULL, NULL, &d);
}

static void measure(const struct venue *v, const char *what, enum venue_call call, struct str body,
                    int times)
{
    clock_ns best = INT64_MAX;
    for (int round = 0; round < 5; round++) {
        clock_ns start = clock_now_ns();
        for (int i = 0; i < times; i++)
            if (decode(v, call, body) != 0)
                abort();
        clock_ns took = (clock_now_ns() - start) / times;
        best = took < best ? took : best;
    }
    printf("%-24s %9zu bytes %12.2f us %8.0f MB/s\n", what, body.len, (double)best / 1e3,
           (double)body.len / (double)best * 1e3);
}

int main(void)
{
    const struct venue *v = NULL;
    if (venue_find(STR("binance"), &v, NULL) != 0)
        return 1;
    measure(v, "candles, 1 row", VENUE_CANDLES, make_candles(1), 20000);
    measure(v, "candles, 1,000 rows", VENUE_CANDLES, make_candles(ROWS), 100);
    measure(v, "book, 100 levels a side", VENUE_BOOK, make_book(), 2000);
    measure(v, "markets, 3,000", VENUE_MARKETS, make_markets(3000), 3);
    return 0;
}
