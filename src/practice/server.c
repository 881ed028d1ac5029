// SPDX-License-Identifier: Apache-2.0
// From an HTTP request to its answer: which endpoint, its parameters, its weight, faults, the
// endpoint's work. spoil.c sends what comes out.
#include "practice/spoil.h"

#define SYMBOL_AND_STATUS (PARAM_BIT(PARAM_SYMBOL) | PARAM_BIT(PARAM_SYMBOL_STATUS))
#define TICKER_PARAMS     (SYMBOL_AND_STATUS | PARAM_BIT(PARAM_SYMBOLS))
#define KLINE_NEEDS       (PARAM_BIT(PARAM_SYMBOL) | PARAM_BIT(PARAM_INTERVAL))
#define KLINE_PARAMS                                                                               \
    (KLINE_NEEDS | PARAM_BIT(PARAM_START_TIME) | PARAM_BIT(PARAM_END_TIME) |                       \
     PARAM_BIT(PARAM_TIME_ZONE) | PARAM_BIT(PARAM_LIMIT))

// ---- weights (source: Binance spot REST docs, 2026-07-21) ---------------------------------------

static int weigh_depth(const struct call *c)
{
    return c->limit <= 100 ? 5 : c->limit <= 500 ? 25 : c->limit <= 1000 ? 50 : 250;
}

static int weigh_ticker(const struct call *c)
{
    return c->has[PARAM_SYMBOL] ? 2 : 4;
}

static int weigh_stats(const struct call *c)
{
    if (c->has[PARAM_SYMBOL])
        return 2;
    if (!c->has[PARAM_SYMBOLS] || c->market_count > 100)
        return 80;
    return c->market_count <= 20 ? 2 : 40;
}

const struct endpoint practice_endpoints[] = {
    {"ping", "/api/v3/ping", 1, 0, 0, NULL, serve_ping},
    {"time", "/api/v3/time", 1, 0, 0, NULL, serve_time},
    {"exchangeInfo", "/api/v3/exchangeInfo", 20,
     TICKER_PARAMS | PARAM_BIT(PARAM_PERMISSIONS) | PARAM_BIT(PARAM_SHOW_SETS), 0, NULL,
     serve_exchange_info},
    {"klines", "/api/v3/klines", 2, KLINE_PARAMS, KLINE_NEEDS, NULL, serve_klines},
    {"uiKlines", "/api/v3/uiKlines", 2, KLINE_PARAMS, KLINE_NEEDS, NULL, serve_klines},
    {"depth", "/api/v3/depth", 5, SYMBOL_AND_STATUS | PARAM_BIT(PARAM_LIMIT),
     PARAM_BIT(PARAM_SYMBOL), weigh_depth, serve_depth},
    {"avgPrice", "/api/v3/avgPrice", 2, PARAM_BIT(PARAM_SYMBOL), PARAM_BIT(PARAM_SYMBOL), NULL,
     serve_avg_price},
    {"bookTicker", "/api/v3/ticker/bookTicker", 2, TICKER_PARAMS, 0, weigh_ticker,
     serve_book_ticker},
    {"price", "/api/v3/ticker/price", 2, TICKER_PARAMS, 0, weigh_ticker, serve_price},
    {"24hr", "/api/v3/ticker/24hr", 2, TICKER_PARAMS | PARAM_BIT(PARAM_TYPE), 0, weigh_stats,
     serve_stats},
};
const size_t practice_endpoint_count = sizeof(practice_endpoints) / sizeof(practice_endpoints[0]);

// ---- the answer ---------------------------------------------------------------------------------

int call_fail(struct call *c, int status, int code, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    buf_clear(c->wire.out);
    c->wire.error = len < 0 || (size_t)len >= sizeof(text) ? ERR_INTERNAL : 0;
    c->status = status;
    WIRE(&c->wire, "{\"code\":");
    wire_i64(&c->wire, code);
    WIRE(&c->wire, ",\"msg\":\"");
    wire_raw(&c->wire, str_from(text));
    WIRE(&c->wire, "\"}");
    return ERR_REFUSED;
}

static int fail_limit(struct call *c, enum weight_verdict v)
{
    const struct practice_weight *w = &c->p->weight;
    c->retry_after_s = practice_weight_retry_after_s(w, v, c->now);
    if (v == WEIGHT_BANNED)
        return call_fail(c, 418, -1003,
                         "Way too much request weight used; IP banned until %lld. Please use "
                         "WebSocket Streams for live updates to avoid bans.",
                         (long long)w->banned_until);
    if (v == WEIGHT_RAW_EXCEEDED)
        return call_fail(c, 429, -1003,
                         "Too many requests; current limit is %lld raw requests per 5 MINUTE.",
                         (long long)w->raw_limit);
    return call_fail(c, 429, -1003,
                     "Too much request weight used; current limit is %lld request weight per 1 "
                     "MINUTE. Please use WebSocket Streams for live updates to avoid polling the "
                     "API.",
                     (long long)w->limit);
}

static int read_time_unit(struct call *c)
{
    struct str unit = http_exchange_header(c->x, "X-MBX-TIME-UNIT");
    c->unit = 1;
    if (unit.len == 0 || str_eq(unit, STR("MILLISECOND")) || str_eq(unit, STR("millisecond")))
        return 0;
    if (!str_eq(unit, STR("MICROSECOND")) && !str_eq(unit, STR("microsecond")))
        return call_fail(c, 400, -1194,
                         "Invalid value for time unit; expected either MICROSECOND or "
                         "MILLISECOND.");
    c->unit = 1000;
    return 0;
}

static void work(struct call *c)
{
    int err = read_time_unit(c);
    if (err == 0)
        err = call_read_params(c);
    int weight = err == 0 && c->endpoint->weigh ? c->endpoint->weigh(c) : c->endpoint->weight;
    enum weight_verdict v = practice_weight_charge(&c->p->weight, c->now, weight);
    if (v != WEIGHT_OK) {
        err = fail_limit(c, v);
    } else if (err == 0) {
        spoil_call(c);
        err = c->endpoint->serve(c);
    }
    if (c->wire.error != 0 && err == 0)
        (void)call_fail(c, 500, -1000, "The answer could not be made: %s.",
                        err_text(c->wire.error));
}

static void serve_call(struct practice *p, struct http_exchange *x,
                       const struct http_server_request *request, const struct endpoint *endpoint)
{
    struct call c = {
        .p = p,
        .x = x,
        .request = request,
        .endpoint = endpoint,
        .now = practice_now(p),
        .unit = 1,
        .status = 200,
        .wire = {.out = &p->out},
    };
    buf_clear(&p->out);
    work(&c);
    spoil_deliver(&c);
    free(c.markets);
}

static const struct endpoint *find_endpoint(struct str path)
{
    for (size_t i = 0; i < practice_endpoint_count; i++) {
        if (str_eq(path, str_from(practice_endpoints[i].path)))
            return &practice_endpoints[i];
    }
    return NULL;
}

static void reply_plain(struct http_exchange *x, int status, struct str body)
{
    if (http_exchange_reply(x, status, PRACTICE_JSON_TYPE, body, NULL) != 0)
        http_exchange_abort(x);
}

void practice_on_request(void *arg, struct http_exchange *x,
                         const struct http_server_request *request)
{
    struct practice *p = arg;
    const struct endpoint *endpoint = find_endpoint(request->path);
    if (endpoint && str_eq(request->method, STR("GET")))
        serve_call(p, x, request, endpoint);
    else if (str_eq(request->path, STR("/practice/control")))
        practice_on_control(p, x, request);
    else if (endpoint)
        reply_plain(x, 405, STR("{\"code\":-1000,\"msg\":\"Request method is not supported.\"}"));
    else
        reply_plain(x, 404, STR("{\"code\":-1000,\"msg\":\"No such path.\"}"));
}
