// SPDX-License-Identifier: Apache-2.0
// ping, time and exchangeInfo.
#include "practice/practice_internal.h"

static time_ms shown_time(const struct call *c)
{
    size_t at = 0;
    time_ms t = c->now;
    const struct fault_rule *r;
    while ((r = fault_next(&c->p->faults, FAULT_CLOCK, STR(""), c->now, &at)) != NULL)
        t += r->amount;
    return t;
}

int serve_ping(struct call *c)
{
    WIRE(&c->wire, "{}");
    return 0;
}

int serve_time(struct call *c)
{
    WIRE(&c->wire, "{\"serverTime\":");
    wire_i64(&c->wire, shown_time(c) * c->unit);
    WIRE(&c->wire, "}");
    return 0;
}

static void write_filters(struct wire *w, const struct practice_market *m)
{
    WIRE(w, "\"filters\":[{\"filterType\":\"PRICE_FILTER\",\"minPrice\":");
    wire_decimal(w, m->tick, m->price_scale, 8);
    WIRE(w, ",\"maxPrice\":\"922327.00000000\",\"tickSize\":");
    wire_decimal(w, m->tick, m->price_scale, 8);
    WIRE(w, "},{\"filterType\":\"LOT_SIZE\",\"minQty\":");
    wire_decimal(w, m->lot.units, m->lot.scale, 8);
    WIRE(w, ",\"maxQty\":\"92141578.00000000\",\"stepSize\":");
    wire_decimal(w, m->lot.units, m->lot.scale, 8);
    WIRE(w, "},{\"filterType\":\"ICEBERG_PARTS\",\"limit\":100},"
            "{\"filterType\":\"MARKET_LOT_SIZE\",\"minQty\":\"0.00000000\","
            "\"maxQty\":\"9214157.00000000\",\"stepSize\":\"0.00000000\"},"
            "{\"filterType\":\"TRAILING_DELTA\",\"minTrailingAboveDelta\":10,"
            "\"maxTrailingAboveDelta\":2000,\"minTrailingBelowDelta\":10,"
            "\"maxTrailingBelowDelta\":2000},"
            "{\"filterType\":\"PERCENT_PRICE_BY_SIDE\",\"bidMultiplierUp\":\"5\","
            "\"bidMultiplierDown\":\"0.2\",\"askMultiplierUp\":\"5\","
            "\"askMultiplierDown\":\"0.2\",\"avgPriceMins\":5},"
            "{\"filterType\":\"NOTIONAL\",\"minNotional\":");
    wire_decimal(w, m->min_notional.units, m->min_notional.scale, 8);
    WIRE(w, ",\"applyMinToMarket\":true,\"maxNotional\":\"9000000.00000000\","
            "\"applyMaxToMarket\":false,\"avgPriceMins\":5},"
            "{\"filterType\":\"MAX_NUM_ORDERS\",\"maxNumOrders\":200},"
            "{\"filterType\":\"MAX_NUM_ORDER_LISTS\",\"maxNumOrderLists\":20},"
            "{\"filterType\":\"MAX_NUM_ALGO_ORDERS\",\"maxNumAlgoOrders\":5},"
            "{\"filterType\":\"MAX_NUM_ORDER_AMENDS\",\"maxNumOrderAmends\":10}]");
}

static void write_market(struct call *c, size_t index)
{
    struct wire *w = &c->wire;
    const struct practice_market *m = &c->p->feed->markets[index];
    struct market_view view;
    practice_market_view(c->p, index, c->now, &view);
    WIRE(w, "{\"symbol\":");
    wire_text(w, str_from(view.symbol));
    WIRE(w, ",\"status\":");
    wire_text(w, str_from(view.status));
    WIRE(w, ",\"baseAsset\":");
    wire_text(w, str_from(m->pair.base));
    WIRE(w, ",\"baseAssetPrecision\":8,\"quoteAsset\":");
    wire_text(w, str_from(m->pair.quote));
    WIRE(w, ",\"quotePrecision\":8,\"quoteAssetPrecision\":8,\"baseCommissionPrecision\":8,"
            "\"quoteCommissionPrecision\":8,\"orderTypes\":[\"LIMIT\",\"LIMIT_MAKER\",\"MARKET\","
            "\"STOP_LOSS\",\"STOP_LOSS_LIMIT\",\"TAKE_PROFIT\",\"TAKE_PROFIT_LIMIT\"],"
            "\"icebergAllowed\":true,\"ocoAllowed\":true,\"otoAllowed\":true,"
            "\"opoAllowed\":true,\"quoteOrderQtyMarketAllowed\":true,"
            "\"allowTrailingStop\":true,\"cancelReplaceAllowed\":true,\"amendAllowed\":true,"
            "\"pegInstructionsAllowed\":true,\"isSpotTradingAllowed\":");
    wire_bool(w, strcmp(view.status, "BREAK") != 0);
    WIRE(w, ",\"isMarginTradingAllowed\":false,");
    write_filters(w, m);
    WIRE(w, ",\"permissions\":[],\"permissionSets\":[");
    if (!str_eq(c->value[PARAM_SHOW_SETS], STR("false")))
        WIRE(w, "[\"SPOT\"]");
    WIRE(w, "],\"defaultSelfTradePreventionMode\":\"EXPIRE_MAKER\","
            "\"allowedSelfTradePreventionModes\":[\"EXPIRE_TAKER\",\"EXPIRE_MAKER\","
            "\"EXPIRE_BOTH\",\"DECREMENT\"]}");
}

// All markets here have the one permission SPOT.
static bool permissions_match(const struct call *c)
{
    struct str p = c->value[PARAM_PERMISSIONS];
    if (!c->has[PARAM_PERMISSIONS] || str_eq(p, STR("SPOT")))
        return true;
    return p.len > 0 && memmem(p.data, p.len, "\"SPOT\"", 6) != NULL;
}

int serve_exchange_info(struct call *c)
{
    struct wire *w = &c->wire;
    bool match = permissions_match(c);
    WIRE(w, "{\"timezone\":\"UTC\",\"serverTime\":");
    wire_i64(w, shown_time(c) * c->unit);
    WIRE(w, ",\"rateLimits\":[{\"rateLimitType\":\"REQUEST_WEIGHT\",\"interval\":\"MINUTE\","
            "\"intervalNum\":1,\"limit\":");
    wire_i64(w, c->p->weight.limit);
    WIRE(w, "},{\"rateLimitType\":\"ORDERS\",\"interval\":\"SECOND\",\"intervalNum\":10,"
            "\"limit\":100},{\"rateLimitType\":\"ORDERS\",\"interval\":\"DAY\",\"intervalNum\":1,"
            "\"limit\":200000},{\"rateLimitType\":\"RAW_REQUESTS\",\"interval\":\"MINUTE\","
            "\"intervalNum\":5,\"limit\":");
    wire_i64(w, c->p->weight.raw_limit);
    WIRE(w, "}],\"exchangeFilters\":[],\"symbols\":[");
    if (c->has[PARAM_SYMBOL])
        write_market(c, c->market);
    for (size_t i = 0; i < c->market_count && match; i++) {
        if (i > 0)
            WIRE(w, ",");
        write_market(c, c->markets[i]);
    }
    WIRE(w, "]}");
    return 0;
}
