// SPDX-License-Identifier: Apache-2.0
// Records of exchanges shaped unlike Binance; see the header.
#include "support_venues.h"

#include <stdlib.h>

#define FIELD(member) offsetof(struct market_filters, member)

static const struct venue_weight_step flat[] = {{1000, 1}, {0, 0}};

static const char *const kraken_codes[TF_COUNT] = {
    [TF_M1] = "1",  [TF_M5] = "5",   [TF_M15] = "15",  [TF_M30] = "30",
    [TF_H1] = "60", [TF_H4] = "240", [TF_D1] = "1440",
};
static const struct venue_alias kraken_names[] = {{"BTC", "XBT"}, {"DOGE", "XDG"}, {NULL, NULL}};
static const struct venue_status_name kraken_states[] = {
    {"online", MARKET_TRADING}, {"cancel_only", MARKET_CANCEL_ONLY}, {NULL, MARKET_UNKNOWN}};
static const struct venue_filter_field kraken_fields[] = {
    {"tick_size", FIELD(tick_size), FILTER_STEP, true},
    {"lot_decimals", FIELD(lot_step), FILTER_DECIMALS, true},
    {"ordermin", FIELD(min_qty), FILTER_STEP, false},
    {"costmin", FIELD(min_notional), FILTER_STEP, false},
    {NULL, 0, FILTER_STEP, false}};
static const struct venue_status_rule kraken_statuses[] = {{451, 451, REACT_FATAL, 0},
                                                           {400, 499, REACT_BAD_REQUEST, 0},
                                                           {500, 599, REACT_RETRY, 0},
                                                           {0, 0, REACT_RETRY, 0}};
static const struct venue_code_rule no_codes[] = {{0, 0, REACT_RETRY, 0}};
static const struct venue_text_rule kraken_texts[] = {
    {"EAPI:Rate limit", REACT_BACK_OFF, 15000},
    {"EGeneral:Temporary lockout", REACT_BACK_OFF, 900000},
    {"EService:", REACT_RETRY, 0},
    {"EQuery:Unknown asset pair", REACT_BAD_SYMBOL, 0},
    {NULL, REACT_RETRY, 0}};

const struct venue test_kraken = {
    .name = "kraken",
    .symbol_template = "{B}{Q}",
    .aliases = kraken_names,
    .budget = 1,
    .budget_window_ms = 1000,
    .settle_ms = 2000,
    .time = {"/0/public/Time", 1, "result.unixtime", UNIT_S},
    .markets = {.request_all = "/0/public/AssetPairs",
                .request_one = "/0/public/AssetPairs?pair={sym}",
                .weight = 1,
                .root = "result",
                .symbol = "altname",
                .base = "base",
                .quote = "quote",
                .status = "status",
                .statuses = kraken_states,
                .filters = "",
                .fields = kraken_fields},
    .candles = {.request = "/0/public/OHLC?pair={sym}&interval={tf}&since={start}",
                .weight = 1,
                .rows_max = 720,
                .request_unit = UNIT_S,
                .start_steps = -1, // "since" is exclusive
                .root = "result.*",
                .cells_min = 8,
                .cells_max = 8,
                .columns = {[COLUMN_TIME] = COL(0),
                            [COLUMN_OPEN] = COL(1),
                            [COLUMN_HIGH] = COL(2),
                            [COLUMN_LOW] = COL(3),
                            [COLUMN_CLOSE] = COL(4),
                            [COLUMN_VOLUME] = COL(6),
                            [COLUMN_QUOTE_VOLUME] = COL_NONE,
                            [COLUMN_TRADES] = COL(7),
                            [COLUMN_CLOSED] = COL_NONE},
                .reply_unit = UNIT_S,
                .codes = kraken_codes},
    .book = {.request = "/0/public/Depth?pair={sym}&count={levels}",
             .weights = flat,
             .bids = "result.*.bids",
             .asks = "result.*.asks"},
    .ticker = {.request = "/0/public/Ticker?pair={sym}",
               .weight = 1,
               .bid = "result.*.b.0",
               .bid_qty = "result.*.b.2",
               .ask = "result.*.a.0",
               .ask_qty = "result.*.a.2"},
    .stats = {.request = "/0/public/Ticker?pair={sym}",
              .weight = 1,
              .quote_volume = "result.*.v.1",
              .last_price = "result.*.c.0"},
    .judge = {.ok_path = "error",
              .text_path = "error.0",
              .statuses = kraken_statuses,
              .codes = no_codes,
              .texts = kraken_texts,
              .unknown_code = REACT_BAD_REQUEST},
};

static const char *const okx_codes[TF_COUNT] = {
    [TF_M1] = "1m", [TF_H1] = "1H", [TF_H4] = "4H", [TF_D1] = "1Dutc"};
static const struct venue_code_rule okx_errors[] = {{50001, 50004, REACT_RETRY, 0},
                                                    {50011, 50011, REACT_BACK_OFF, 2000},
                                                    {51001, 51001, REACT_BAD_SYMBOL, 0},
                                                    {0, 0, REACT_RETRY, 0}};
static const int okx_depths[] = {1, 5, 50, 0};

const struct venue test_okx = {
    .name = "okx",
    .symbol_template = "{B}-{Q}",
    .budget = 40,
    .budget_window_ms = 2000,
    .time = {"/api/v5/public/time", 1, "data.0.ts", UNIT_MS},
    .candles = {.request = "/api/v5/market/candles?instId={sym}&bar={tf}&before={start}"
                           "&after={end}&limit={limit}",
                .weight = 1,
                .rows_max = 300,
                .start_ms = -1,
                .root = "data",
                .cells_min = 9,
                .cells_max = 9,
                .columns = {[COLUMN_TIME] = COL(0),
                            [COLUMN_OPEN] = COL(1),
                            [COLUMN_HIGH] = COL(2),
                            [COLUMN_LOW] = COL(3),
                            [COLUMN_CLOSE] = COL(4),
                            [COLUMN_VOLUME] = COL(5),
                            [COLUMN_QUOTE_VOLUME] = COL(7),
                            [COLUMN_TRADES] = COL_NONE,
                            [COLUMN_CLOSED] = COL(8)},
                .closed_text = "1",
                .newest_first = true,
                .codes = okx_codes},
    .book = {.request = "/api/v5/market/books?instId={sym}&sz={levels}",
             .weights = flat,
             .depths = okx_depths,
             .bids = "data.0.bids",
             .asks = "data.0.asks"},
    .ticker = {.request = "/api/v5/market/ticker?instId={sym}",
               .weight = 1,
               .bid = "data.0.bidPx",
               .bid_qty = "data.0.bidSz",
               .ask = "data.0.askPx",
               .ask_qty = "data.0.askSz",
               .symbol = "data.0.instId"},
    .judge = {.ok_path = "code",
              .ok_text = "0",
              .code_path = "code",
              .text_path = "msg",
              .statuses = kraken_statuses,
              .codes = okx_errors,
              .unknown_code = REACT_BAD_REQUEST},
};

static const char *const htx_codes[TF_COUNT] = {[TF_M1] = "1min", [TF_H1] = "60min"};

const struct venue test_htx = {
    .name = "htx",
    .symbol_template = "{b}{q}",
    .budget = 800,
    .budget_window_ms = 1000,
    .candles = {.request = "/market/history/kline?symbol={sym}&period={tf}&size={limit}",
                .weight = 1,
                .rows_max = 2000,
                .root = "data",
                .columns = {[COLUMN_TIME] = COL_KEY("id"),
                            [COLUMN_OPEN] = COL_KEY("open"),
                            [COLUMN_HIGH] = COL_KEY("high"),
                            [COLUMN_LOW] = COL_KEY("low"),
                            [COLUMN_CLOSE] = COL_KEY("close"),
                            [COLUMN_VOLUME] = COL_KEY("amount"),
                            [COLUMN_QUOTE_VOLUME] = COL_KEY("vol"),
                            [COLUMN_TRADES] = COL_KEY("count"),
                            [COLUMN_CLOSED] = COL_NONE},
                .reply_unit = UNIT_S,
                .newest_first = true,
                .codes = htx_codes},
    .judge = {.ok_path = "status",
              .ok_text = "ok",
              .text_path = "err-msg",
              .statuses = kraken_statuses,
              .codes = no_codes,
              .unknown_code = REACT_BAD_REQUEST},
};

const struct venue *test_binance(void)
{
    const struct venue *v = NULL;
    if (venue_find(STR("binance"), &v, NULL) != 0)
        abort();
    return v;
}
