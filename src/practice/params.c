// SPDX-License-Identifier: Apache-2.0
// Query parameters as the exchange takes them: strictly. Codes and texts: Binance spot REST docs,
// "Error codes" (2026-07-21) and the texts the exchange is seen to send.
#include "base/number.h"
#include "practice/practice_internal.h"

#define LIMIT_KLINES_DEFAULT 500
#define LIMIT_KLINES_MAX     1000
#define LIMIT_DEPTH_DEFAULT  100
#define MICROSECONDS_FROM    INT64_C(100000000000000) // larger request times are in microseconds
#define ZONE_MIN             (-12 * MS_HOUR)
#define ZONE_MAX             (14 * MS_HOUR)

static const char *const param_names[PARAM_COUNT] = {
    [PARAM_SYMBOL] = "symbol",
    [PARAM_SYMBOLS] = "symbols",
    [PARAM_SYMBOL_STATUS] = "symbolStatus",
    [PARAM_PERMISSIONS] = "permissions",
    [PARAM_SHOW_SETS] = "showPermissionSets",
    [PARAM_INTERVAL] = "interval",
    [PARAM_START_TIME] = "startTime",
    [PARAM_END_TIME] = "endTime",
    [PARAM_TIME_ZONE] = "timeZone",
    [PARAM_LIMIT] = "limit",
    [PARAM_TYPE] = "type",
};

static bool is_symbol_char(unsigned char ch)
{
    return (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || ch == '-' || ch == '_' ||
           ch == '.' || ch >= 0x80;
}

static bool is_symbol(struct str s)
{
    if (s.len < 1 || s.len > 50)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (!is_symbol_char((unsigned char)s.data[i]))
            return false;
    }
    return true;
}

static int fail_illegal(struct call *c, enum param p, const char *rule)
{
    return call_fail(c, 400, -1100,
                     "Illegal characters found in parameter '%s'; legal range is '%s'.",
                     param_names[p], rule);
}

static int fail_value(struct call *c, enum param p)
{
    return call_fail(c, 400, -1130, "Data sent for parameter '%s' is not valid.", param_names[p]);
}

static int read_integer(struct call *c, enum param p, int64_t *out)
{
    struct str v = c->value[p];
    for (size_t i = 0; i < v.len; i++) {
        if (v.data[i] < '0' || v.data[i] > '9' || i == 20)
            return fail_illegal(c, p, "^[0-9]{1,20}$");
    }
    if (number_parse_i64(v, out) != 0) // twenty digits do not fit
        *out = INT64_MAX;
    return 0;
}

// ---- which parameters are there -----------------------------------------------------------------

static unsigned count_bits(unsigned v)
{
    unsigned n = 0;
    for (; v; v &= v - 1)
        n++;
    return n;
}

static int find_param(struct str name)
{
    for (int i = 0; i < PARAM_COUNT; i++) {
        if (str_eq(name, str_from(param_names[i])))
            return i;
    }
    return -1;
}

static int gather(struct call *c)
{
    const struct http_server_request *r = c->request;
    unsigned allowed = count_bits(c->endpoint->params);
    unsigned known = 0;
    if (r->query_overflow || r->query_count > allowed)
        return call_fail(c, 400, -1101, "Too many parameters; expected '%u' and received '%zu'.",
                         allowed, r->query_count);
    for (size_t i = 0; i < r->query_count; i++) {
        int p = find_param(r->query[i].name);
        if (p < 0 || !(c->endpoint->params & PARAM_BIT(p)))
            continue;
        if (c->has[p])
            return call_fail(c, 400, -1101, "Duplicate values for parameter '%s'.", param_names[p]);
        c->has[p] = true;
        c->value[p] = r->query[i].value;
        known++;
    }
    if (known != r->query_count)
        return call_fail(c, 400, -1104,
                         "Not all sent parameters were read; read '%u' parameter(s) but was sent "
                         "'%zu'.",
                         known, r->query_count);
    for (int p = 0; p < PARAM_COUNT; p++) {
        if (c->has[p] && c->value[p].len == 0)
            return call_fail(c, 400, -1105, "Parameter '%s' was empty.", param_names[p]);
        if (!c->has[p] && (c->endpoint->mandatory & PARAM_BIT(p)))
            return call_fail(c, 400, -1102,
                             "Mandatory parameter '%s' was not sent, was empty/null, or malformed.",
                             param_names[p]);
    }
    return 0;
}

// ---- what they say ------------------------------------------------------------------------------

static int find_market(struct call *c, enum param p, struct str symbol, size_t *out)
{
    if (!is_symbol(symbol))
        return fail_illegal(c, p, PRACTICE_SYMBOL_RULE);
    if (!practice_market_find(c->p, symbol, c->now, out))
        return call_fail(c, 400, -1121, "Invalid symbol.");
    return 0;
}

static int read_symbol(struct call *c)
{
    if (c->has[PARAM_SYMBOLS])
        return call_fail(c, 400, -1128, "Combination of optional parameters invalid.");
    return find_market(c, PARAM_SYMBOL, c->value[PARAM_SYMBOL], &c->market);
}

static int add_listed_symbol(struct call *c, struct str symbol)
{
    size_t market = 0;
    int err = find_market(c, PARAM_SYMBOLS, symbol, &market);
    if (err != 0)
        return err;
    for (size_t i = 0; i < c->market_count; i++) {
        if (c->markets[i] == market)
            return call_fail(c, 400, -1151, "Symbol is present multiple times in the list.");
    }
    c->markets[c->market_count++] = market;
    return 0;
}

// ["BTCUSDT","VETUSDT"]; blanks are not allowed.
static int read_symbols(struct call *c)
{
    static const char rule[] = "^\\\\[(\\\"[\\\\w\\\\-._&&[^a-z]]{1,50}\\\"(,\\\"[\\\\w\\\\-._&&"
                               "[^a-z]]{1,50}\\\"){0,}){0,1}\\\\]$";
    struct str v = c->value[PARAM_SYMBOLS];
    c->markets = calloc(v.len / 3 + 1, sizeof(*c->markets));
    if (!c->markets)
        return call_fail(c, 500, -1000, "An unknown error occurred while processing the request.");
    if (v.len < 2 || v.data[0] != '[' || v.data[v.len - 1] != ']')
        return fail_illegal(c, PARAM_SYMBOLS, rule);
    struct str rest = str_sub(v, 1, v.len - 1), part = STR("");
    while (rest.len > 0 && str_split(&rest, ',', &part)) {
        if (part.len < 3 || part.data[0] != '"' || part.data[part.len - 1] != '"')
            return fail_illegal(c, PARAM_SYMBOLS, rule);
        int err = add_listed_symbol(c, str_sub(part, 1, part.len - 1));
        if (err != 0)
            return err;
    }
    return c->market_count > 0 ? 0 : fail_value(c, PARAM_SYMBOLS);
}

static int all_markets(struct call *c)
{
    struct market_view view;
    c->markets = calloc(c->p->feed->market_count + 1, sizeof(*c->markets));
    if (!c->markets)
        return call_fail(c, 500, -1000, "An unknown error occurred while processing the request.");
    for (size_t i = 0; i < c->p->feed->market_count; i++) {
        practice_market_view(c->p, i, c->now, &view);
        if (view.listed)
            c->markets[c->market_count++] = i;
    }
    return 0;
}

// symbolStatus: a single symbol in another status is an error, in lists such symbols are dropped.
static int apply_status(struct call *c)
{
    struct str wanted = c->value[PARAM_SYMBOL_STATUS];
    struct market_view view;
    if (!str_eq(wanted, STR("TRADING")) && !str_eq(wanted, STR("HALT")) &&
        !str_eq(wanted, STR("BREAK")))
        return fail_value(c, PARAM_SYMBOL_STATUS);
    if (c->has[PARAM_SYMBOL]) {
        practice_market_view(c->p, c->market, c->now, &view);
        if (!str_eq(wanted, str_from(view.status)))
            return call_fail(c, 400, -1220,
                             "The symbol's status does not match the requested symbolStatus.");
        return 0;
    }
    size_t kept = 0;
    for (size_t i = 0; i < c->market_count; i++) {
        practice_market_view(c->p, c->markets[i], c->now, &view);
        if (str_eq(wanted, str_from(view.status)))
            c->markets[kept++] = c->markets[i];
    }
    c->market_count = kept;
    return 0;
}

static int read_limit(struct call *c)
{
    bool depth = (c->endpoint->params & PARAM_BIT(PARAM_INTERVAL)) == 0;
    int64_t most = depth ? PRACTICE_BOOK_LEVELS_MAX : LIMIT_KLINES_MAX;
    c->limit = depth ? LIMIT_DEPTH_DEFAULT : LIMIT_KLINES_DEFAULT;
    if (!c->has[PARAM_LIMIT])
        return 0;
    int err = read_integer(c, PARAM_LIMIT, &c->limit);
    if (err != 0)
        return err;
    if (c->limit < 1)
        return fail_value(c, PARAM_LIMIT);
    c->limit = c->limit < most ? c->limit : most;
    return 0;
}

static int read_time(struct call *c, enum param p, time_ms *out)
{
    if (!c->has[p])
        return 0;
    int64_t v = 0;
    int err = read_integer(c, p, &v);
    if (err != 0)
        return err;
    *out = v >= MICROSECONDS_FROM ? v / 1000 : v;
    return 0;
}

static int read_zone(struct call *c)
{
    struct str v = c->value[PARAM_TIME_ZONE];
    int64_t hours = 0, minutes = 0;
    bool negative = v.data[0] == '-';
    if (negative)
        v = str_sub(v, 1, v.len);
    struct str hour_text = v, rest = v;
    if (str_split(&rest, ':', &hour_text) && rest.len > 0 &&
        (rest.len != 2 || number_parse_i64(rest, &minutes) != 0 || minutes < 0 || minutes > 59))
        return fail_value(c, PARAM_TIME_ZONE);
    if (hour_text.len < 1 || hour_text.len > 2 || number_parse_i64(hour_text, &hours) != 0 ||
        hours < 0)
        return fail_value(c, PARAM_TIME_ZONE);
    c->zone_ms = (hours * MS_HOUR + minutes * MS_MINUTE) * (negative ? -1 : 1);
    if (c->zone_ms < ZONE_MIN || c->zone_ms > ZONE_MAX)
        return fail_value(c, PARAM_TIME_ZONE);
    return 0;
}

static int read_kline_params(struct call *c)
{
    if (timeframe_parse(c->value[PARAM_INTERVAL], &c->timeframe, NULL) != 0)
        return call_fail(c, 400, -1120, "Invalid interval.");
    int err = read_time(c, PARAM_START_TIME, &c->from);
    if (err == 0)
        err = read_time(c, PARAM_END_TIME, &c->to);
    if (err == 0 && c->has[PARAM_TIME_ZONE])
        err = read_zone(c);
    return err;
}

static int read_type(struct call *c)
{
    struct str v = c->value[PARAM_TYPE];
    if (str_eq(v, STR("FULL")) || str_eq(v, STR("MINI")))
        return 0;
    return call_fail(c, 400, -1139, "Invalid ticker type.");
}

static int check_exchange_info(struct call *c)
{
    int selectors = c->has[PARAM_SYMBOL] + c->has[PARAM_SYMBOLS] + c->has[PARAM_PERMISSIONS];
    struct str show = c->value[PARAM_SHOW_SETS];
    if (selectors > 1 ||
        (c->has[PARAM_SYMBOL_STATUS] && (c->has[PARAM_SYMBOL] || c->has[PARAM_SYMBOLS])))
        return call_fail(c, 400, -1128, "Combination of optional parameters invalid.");
    if (c->has[PARAM_SHOW_SETS] && !str_eq(show, STR("true")) && !str_eq(show, STR("false")))
        return fail_value(c, PARAM_SHOW_SETS);
    return 0;
}

int call_read_params(struct call *c)
{
    const unsigned known = c->endpoint->params;
    c->from = 0;
    c->to = PRACTICE_NEVER;
    int err = gather(c);
    if (err == 0 && (known & PARAM_BIT(PARAM_PERMISSIONS)))
        err = check_exchange_info(c);
    if (err == 0 && c->has[PARAM_SYMBOL])
        err = read_symbol(c);
    else if (err == 0 && c->has[PARAM_SYMBOLS])
        err = read_symbols(c);
    else if (err == 0 && (known & PARAM_BIT(PARAM_SYMBOLS)))
        err = all_markets(c);
    if (err == 0 && (known & PARAM_BIT(PARAM_INTERVAL)))
        err = read_kline_params(c);
    if (err == 0 && (known & PARAM_BIT(PARAM_LIMIT)))
        err = read_limit(c);
    if (err == 0 && c->has[PARAM_TYPE])
        err = read_type(c);
    if (err == 0 && c->has[PARAM_SYMBOL_STATUS])
        err = apply_status(c);
    return err;
}
