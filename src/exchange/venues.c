// SPDX-License-Identifier: Apache-2.0
// The records. Source of Binance's: its spot REST documentation as of 2026-07-21.
#include "exchange/venue_internal.h"

#define MINUTES(n) ((n)*MS_MINUTE)

static const char *const binance_timeframes[TF_COUNT] = {
    [TF_M1] = "1m",   [TF_M3] = "3m", [TF_M5] = "5m", [TF_M15] = "15m", [TF_M30] = "30m",
    [TF_H1] = "1h",   [TF_H2] = "2h", [TF_H4] = "4h", [TF_H6] = "6h",   [TF_H8] = "8h",
    [TF_H12] = "12h", [TF_D1] = "1d", [TF_D3] = "3d", [TF_W1] = "1w",   [TF_MN1] = "1M",
};

static const struct venue_weight_step binance_depth_weights[] = {
    {100, 5}, {500, 25}, {1000, 50}, {5000, 250}, {0, 0}};

#define FIELD(member) offsetof(struct market_filters, member)
static const struct venue_filter_field binance_filters[] = {
    {"[filterType=PRICE_FILTER].tickSize", FIELD(tick_size), FILTER_STEP, true},
    {"[filterType=PRICE_FILTER].minPrice", FIELD(min_price), FILTER_STEP, false},
    {"[filterType=PRICE_FILTER].maxPrice", FIELD(max_price), FILTER_STEP, false},
    {"[filterType=LOT_SIZE].stepSize", FIELD(lot_step), FILTER_STEP, true},
    {"[filterType=LOT_SIZE].minQty", FIELD(min_qty), FILTER_STEP, false},
    {"[filterType=LOT_SIZE].maxQty", FIELD(max_qty), FILTER_STEP, false},
    {"[filterType=MARKET_LOT_SIZE].stepSize", FIELD(market_lot_step), FILTER_STEP, false},
    {"[filterType=MARKET_LOT_SIZE].minQty", FIELD(market_min_qty), FILTER_STEP, false},
    {"[filterType=MARKET_LOT_SIZE].maxQty", FIELD(market_max_qty), FILTER_STEP, false},
    // A symbol carries one of the two kinds.
    {"[filterType=MIN_NOTIONAL].minNotional", FIELD(min_notional), FILTER_STEP, false},
    {"[filterType=MIN_NOTIONAL].applyToMarket", FIELD(min_notional_market), FILTER_FLAG, false},
    {"[filterType=NOTIONAL].minNotional", FIELD(min_notional), FILTER_STEP, false},
    {"[filterType=NOTIONAL].applyMinToMarket", FIELD(min_notional_market), FILTER_FLAG, false},
    {"[filterType=NOTIONAL].maxNotional", FIELD(max_notional), FILTER_STEP, false},
    {"[filterType=NOTIONAL].applyMaxToMarket", FIELD(max_notional_market), FILTER_FLAG, false},
    {NULL, 0, FILTER_STEP, false},
};

// Section 3 of the facts sheet. A firewall block (403) asks for minutes of silence, a location
// refused (451) or a bad key (401) for the operator.
static const struct venue_status_rule binance_statuses[] = {
    {401, 401, REACT_FATAL, 0},
    {403, 403, REACT_BACK_OFF, MINUTES(10)},
    {418, 418, REACT_BACK_OFF, MINUTES(2)}, // bans start at two minutes
    {429, 429, REACT_BACK_OFF, 0},
    {451, 451, REACT_FATAL, 0},
    {404, 404, REACT_BAD_REQUEST, 0},
    {400, 499, REACT_BAD_REQUEST, 0},
    {500, 599, REACT_RETRY, 0},
    {0, 0, REACT_RETRY, 0},
};

// Section 15 of the facts sheet, column "reads".
static const struct venue_code_rule binance_codes[] = {
    {-1001, -1000, REACT_RETRY, 0},
    {-1002, -1002, REACT_FATAL, 0},
    {-1003, -1003, REACT_BACK_OFF, 0},
    {-1007, -1006, REACT_RETRY, 0},
    {-1008, -1008, REACT_BACK_OFF, MINUTES(1)}, // overloaded: "try again in a few minutes"
    {-1015, -1015, REACT_BACK_OFF, 0},
    {-1016, -1016, REACT_FATAL, 0},
    {-1021, -1021, REACT_RESYNC_CLOCK, 0},
    {-1022, -1022, REACT_FATAL, 0},
    {-1034, -1034, REACT_BACK_OFF, MINUTES(1)},
    {-1112, -1112, REACT_RETRY, 0}, // an empty book fills again
    {-1121, -1121, REACT_BAD_SYMBOL, 0},
    {-1220, -1220, REACT_BAD_SYMBOL, 0}, // the symbol's status is another one
    {-2015, -2014, REACT_FATAL, 0},
    {0, 0, REACT_RETRY, 0},
};

#define API "/api/v3"

static const struct venue binance = {
    .name = "binance",
    .symbol_template = "{B}{Q}",
    .budget = 6000,
    .budget_window_ms = MS_MINUTE,
    .settle_ms = 2000,
    .time = {API "/time", 1, "serverTime", UNIT_MS},
    .markets = {.request_all = API "/exchangeInfo?showPermissionSets=false",
                .request_one = API "/exchangeInfo?symbol={sym}",
                .request_some = API "/exchangeInfo?symbols={syms}",
                .weight = 20,
                .root = "symbols",
                .symbol = "symbol",
                .base = "baseAsset",
                .quote = "quoteAsset",
                .status = "status",
                .base_precision = "baseAssetPrecision",
                .quote_precision = "quoteAssetPrecision",
                .spot_allowed = "isSpotTradingAllowed",
                .order_types = "orderTypes",
                .filters = "filters",
                .fields = binance_filters,
                .limits = "rateLimits.[rateLimitType=REQUEST_WEIGHT]",
                .limit_count = "limit",
                .limit_unit = "interval",
                .limit_units = "intervalNum"},
    .candles = {.request = API "/klines?symbol={sym}&interval={tf}&startTime={start}&endTime={end}"
                               "&limit={limit}",
                .weight = 2,
                .rows_max = 1000,
                .request_unit = UNIT_MS,
                .end_ms = -1, // endTime is inclusive
                .root = "",
                .cells_min = 12,
                .cells_max = 12,
                .columns = {[COLUMN_TIME] = COL(0),
                            [COLUMN_OPEN] = COL(1),
                            [COLUMN_HIGH] = COL(2),
                            [COLUMN_LOW] = COL(3),
                            [COLUMN_CLOSE] = COL(4),
                            [COLUMN_VOLUME] = COL(5),
                            [COLUMN_QUOTE_VOLUME] = COL(7),
                            [COLUMN_TRADES] = COL(8),
                            [COLUMN_CLOSED] = COL_NONE},
                .reply_unit = UNIT_MS,
                .codes = binance_timeframes},
    .book = {.request = API "/depth?symbol={sym}&limit={levels}",
             .weights = binance_depth_weights,
             .bids = "bids",
             .asks = "asks"},
    .ticker = {.request = API "/ticker/bookTicker?symbol={sym}",
               .weight = 2,
               .bid = "bidPrice",
               .bid_qty = "bidQty",
               .ask = "askPrice",
               .ask_qty = "askQty",
               .symbol = "symbol"},
    .stats = {.request = API "/ticker/24hr?symbol={sym}",
              .weight = 2,
              .quote_volume = "quoteVolume",
              .last_price = "lastPrice",
              .close_time = "closeTime",
              .close_unit = UNIT_MS,
              .symbol = "symbol"},
    .judge = {.code_path = "code",
              .text_path = "msg",
              .statuses = binance_statuses,
              .codes = binance_codes,
              .unknown_code = REACT_BAD_REQUEST,
              .weight_header = "x-mbx-used-weight",
              .retry_header = "retry-after",
              .ban_prefix = "banned until "},
};

const struct venue *const venue__all[] = {&binance, NULL};
