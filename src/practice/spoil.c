// SPDX-License-Identifier: Apache-2.0
// Sends answers, and spoils them where a fault says so. Status bodies are the ones the exchange
// and the proxies before it are seen to send (facts: Binance spot REST docs, 2026-07-21).
#include "practice/spoil.h"

#include <limits.h>

#define DRIP_CHUNK_BYTES 16
#define MISALIGNED_BY_MS 1000
#define BAN_DEFAULT_S    120
#define WAIT_DEFAULT_S   10

#define HTML_403                                                                                   \
    "<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n<center><h1>403 Forbidden"   \
    "</h1></center>\r\n</body>\r\n</html>\r\n"
#define HTML_5XX                                                                                   \
    "<html>\r\n<head><title>Gateway problem</title></head>\r\n<body>\r\n<center><h1>The gateway "  \
    "got no answer</h1></center>\r\n</body>\r\n</html>\r\n"
#define HTML_PAGE                                                                                  \
    "<!DOCTYPE html><html><head><title>Maintenance</title></head><body><h1>We will be back "       \
    "soon</h1></body></html>"

static const struct status_body {
    int status;
    bool html;
    struct str body;
} status_bodies[] = {
    {400, false,
     STR("{\"code\":-1000,\"msg\":\"An unknown error occurred while processing the "
         "request.\"}")},
    {401, false,
     STR("{\"code\":-2015,\"msg\":\"Invalid API-key, IP, or permissions for "
         "action.\"}")},
    {403, true, STR(HTML_403)},
    {404, true, STR("<html><body><h2>404 Not found</h2></body></html>")},
    {451, false, STR("{\"code\":0,\"msg\":\"Service unavailable from a restricted location.\"}")},
    {500, false,
     STR("{\"code\":-1001,\"msg\":\"Internal error; unable to process your request. "
         "Please try again.\"}")},
    {502, true, STR(HTML_5XX)},
    {503, false,
     STR("{\"code\":-1008,\"msg\":\"Server is currently overloaded with other "
         "requests. Please try again in a few minutes.\"}")},
    {504, true, STR(HTML_5XX)},
};

static struct fault_subject subject_of(const struct call *c)
{
    bool one = c->has[PARAM_SYMBOL];
    return (struct fault_subject){
        .endpoint = str_from(c->endpoint->name),
        .symbol = one ? str_from(c->p->feed->markets[c->market].symbol) : STR(""),
        .has_timeframe = c->has[PARAM_INTERVAL],
        .timeframe = c->timeframe,
    };
}

// ---- before the work ----------------------------------------------------------------------------

static void swap_market(struct call *c)
{
    struct market_view view;
    size_t count = c->p->feed->market_count;
    for (size_t i = 1; i < count && c->has[PARAM_SYMBOL]; i++) {
        size_t other = (c->market + i) % count;
        practice_market_view(c->p, other, c->now, &view);
        if (view.listed) {
            c->market = other;
            return;
        }
    }
}

void spoil_call(struct call *c)
{
    struct fault_set *faults = &c->p->faults;
    if (!faults->has_level[FAULT_ANSWER] && !faults->has_level[FAULT_ROWS])
        return;
    struct fault_subject subject = subject_of(c);
    c->attempt = fault_attempt(faults, &subject);
    c->rule = fault_choose(faults, FAULT_ANSWER, &subject, c->attempt, c->now);
    if (c->rule && c->rule->kind == FAULT_KIND_WRONG_SYMBOL)
        swap_market(c);
}

// ---- rows ---------------------------------------------------------------------------------------

static int insert_copy(struct practice_rows *rows, size_t victim)
{
    struct practice_row copy = rows->items[victim];
    int err = practice_rows_add(rows, &copy);
    if (err != 0)
        return err;
    memmove(&rows->items[victim + 1], &rows->items[victim],
            (rows->count - 1 - victim) * sizeof(copy));
    return 0;
}

static void remove_row(struct practice_rows *rows, size_t victim)
{
    memmove(&rows->items[victim], &rows->items[victim + 1],
            (rows->count - 1 - victim) * sizeof(rows->items[0]));
    rows->count--;
}

static int add_future(struct practice_rows *rows, enum timeframe tf)
{
    struct practice_row next = rows->items[rows->count - 1];
    next.open_time = next.close_time + 1;
    next.close_time = timeframe_next(tf, timeframe_open_of(tf, next.open_time)) - 1;
    return practice_rows_add(rows, &next);
}

static void swap_with_neighbour(struct practice_rows *rows, size_t victim)
{
    if (rows->count < 2)
        return;
    size_t other = victim + 1 < rows->count ? victim + 1 : victim - 1;
    struct practice_row row = rows->items[victim];
    rows->items[victim] = rows->items[other];
    rows->items[other] = row;
}

void spoil_rows(struct call *c, struct practice_rows *rows, struct row_spoil *out)
{
    struct fault_subject subject = subject_of(c);
    int err = 0;
    *out = (struct row_spoil){NULL, 0};
    if (!c->p->faults.has_level[FAULT_ROWS] || rows->count == 0)
        return;
    out->rule = fault_choose(&c->p->faults, FAULT_ROWS, &subject, c->attempt, c->now);
    if (!out->rule)
        return;
    // Among the closed rows, the newest: the one a poller waits for.
    out->victim = rows->count - 1;
    if (out->victim > 0 && rows->items[out->victim].close_time >= c->now)
        out->victim--;
    struct practice_row *row = &rows->items[out->victim];
    switch (out->rule->kind) {
    case FAULT_KIND_DUPLICATE:
        err = insert_copy(rows, out->victim);
        break;
    case FAULT_KIND_MISSING:
        remove_row(rows, out->victim);
        break;
    case FAULT_KIND_MISALIGNED:
        row->open_time += MISALIGNED_BY_MS;
        break;
    case FAULT_KIND_UNSORTED:
        swap_with_neighbour(rows, out->victim);
        break;
    case FAULT_KIND_UNFINISHED:
        err = add_future(rows, c->timeframe);
        break;
    case FAULT_KIND_IMPOSSIBLE:
        row->high = row->low > 1 ? row->low - 1 : 0;
        break;
    case FAULT_KIND_NEGATIVE:
        row->open = -row->open;
        break;
    case FAULT_KIND_EMPTY:
        rows->count = 0;
        break;
    default: // nan and swap show when the row is written
        break;
    }
    if (err != 0) // no memory for one more row: the answer stays as it is
        out->rule = NULL;
}

// ---- the answer ---------------------------------------------------------------------------------

static void set_status(struct call *c, const struct fault_rule *r, const char **type)
{
    c->status = (int)r->amount;
    c->retry_after_s = r->retry_after_s;
    if (c->status == 429 || c->status == 418) {
        int64_t wait = c->status == 418 ? BAN_DEFAULT_S : WAIT_DEFAULT_S;
        wait = r->retry_after_s > 0 ? r->retry_after_s : wait;
        long long until = c->now + wait * MS_SECOND;
        if (c->status == 418)
            (void)call_fail(c, 418, -1003,
                            "Way too much request weight used; IP banned until %lld. Please use "
                            "WebSocket Streams for live updates to avoid bans.",
                            until);
        else
            (void)call_fail(c, 429, -1003,
                            "Too much request weight used; current limit is %lld request weight "
                            "per 1 MINUTE. Please use WebSocket Streams for live updates to avoid "
                            "polling the API.",
                            (long long)c->p->weight.limit);
        c->retry_after_s = r->retry_after_s < 0 ? 0 : wait;
        return;
    }
    buf_clear(c->wire.out);
    for (size_t i = 0; i < sizeof(status_bodies) / sizeof(status_bodies[0]); i++) {
        if (status_bodies[i].status == c->status) {
            wire_raw(&c->wire, status_bodies[i].body);
            *type = status_bodies[i].html ? "text/html" : *type;
        }
    }
}

struct answer_headers {
    char text[3][64];
    const char *list[4];
};

static void make_headers(const struct call *c, struct answer_headers *h)
{
    long long used = practice_weight_used(&c->p->weight, c->now);
    size_t n = 0;
    memset(h, 0, sizeof(*h));
    if (str_printf(h->text[n], sizeof(h->text[n]), "x-mbx-used-weight: %lld", used) == 0)
        n++;
    if (str_printf(h->text[n], sizeof(h->text[n]), "x-mbx-used-weight-1m: %lld", used) == 0)
        n++;
    if (c->retry_after_s > 0 && str_printf(h->text[n], sizeof(h->text[n]), "Retry-After: %lld",
                                           (long long)c->retry_after_s) == 0)
        n++;
    for (size_t i = 0; i < n; i++)
        h->list[i] = h->text[i];
}

static int deliver_drip(struct call *c, const char *type, const char *const *headers, size_t cut,
                        size_t chunk)
{
    const struct http_drip drip = {cut, chunk, c->rule->amount};
    return http_exchange_reply_drip(c->x, c->status, type, buf_str(c->wire.out), headers, &drip);
}

static int deliver(struct call *c, const char *type, const char *const *headers)
{
    struct str body = buf_str(c->wire.out);
    switch (c->rule ? (int)c->rule->kind : -1) {
    case FAULT_KIND_HANG:
        return practice_hold(c->p, c->x, c->rule->amount, 0, STR(""), NULL);
    case FAULT_KIND_DELAY:
        return practice_hold(c->p, c->x, c->rule->amount, c->status, body, headers);
    case FAULT_KIND_RESET:
        http_exchange_reset(c->x);
        return 0;
    case FAULT_KIND_CLOSE:
        http_exchange_abort(c->x);
        return 0;
    case FAULT_KIND_DRIP:
        return deliver_drip(c, type, headers, SIZE_MAX, DRIP_CHUNK_BYTES);
    case FAULT_KIND_TRUNCATE:
        return deliver_drip(c, type, headers, body.len / 2, 0);
    default:
        return http_exchange_reply(c->x, c->status, type, body, headers);
    }
}

void spoil_deliver(struct call *c)
{
    struct answer_headers headers;
    const char *type = PRACTICE_JSON_TYPE;
    enum fault_kind kind = c->rule ? c->rule->kind : FAULT_KIND_COUNT;
    if (kind == FAULT_KIND_STATUS) {
        set_status(c, c->rule, &type);
    } else if (kind == FAULT_KIND_HTML) {
        buf_clear(c->wire.out);
        wire_raw(&c->wire, STR(HTML_PAGE));
        type = "text/html;charset=UTF-8";
    } else if (kind == FAULT_KIND_CUT) {
        c->wire.out->len /= 2;
    } else if (kind == FAULT_KIND_GARBAGE) {
        buf_clear(c->wire.out);
        WIRE(&c->wire, "{\"data\":[[\"x\",null,{\"y\":[]}],17],\"success\":true}");
    }
    make_headers(c, &headers);
    if (deliver(c, type, headers.list) != 0)
        http_exchange_abort(c->x);
}
