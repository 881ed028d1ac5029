// SPDX-License-Identifier: Apache-2.0
// One way to the exchange for every agent that has one.
#include "agents/agent_exchange.h"

static bool want_header(void *arg, struct str name)
{
    const struct agent_exchange *x = arg;

    return venue_wants_header(x->venue, name);
}

int agent_exchange_open(struct agent_exchange *x, struct agent *a, unsigned weight_share,
                        int64_t timeout_ms, size_t body_max_bytes)
{
    struct http_client_options o = {
        .base_url = config_str(a->config, CFG_BINANCE_BASE_URL),
        .user_agent = "oracle-trading-hub/" ORACLE_VERSION,
        .verify_tls = config_bool(a->config, CFG_BINANCE_VERIFY_TLS),
        .connections_max = (int)config_i64(a->config, CFG_BINANCE_CONNECTIONS),
        .timeout_ms = timeout_ms,
        .body_max_bytes = body_max_bytes,
        .want_header = want_header,
        .want_header_arg = x,
    };
    struct diag d = {0};
    int64_t limit, window_ms;

    *x = (struct agent_exchange){.a = a};
    if (venue_find(str_from(config_str(a->config, CFG_EXCHANGE_NAME)), &x->venue, &d) != 0) {
        agent_fatal(a, "exchange", d.text);
    }
    venue_default_budget(x->venue, &limit, &window_ms);
    budget_init(&x->budget, limit, window_ms, weight_share);
    return http_client_create(a->loop, &o, &x->http);
}

void agent_exchange_close(struct agent_exchange *x)
{
    http_client_destroy(x->http);
    x->http = NULL;
}

void agent_exchange_judge(struct agent_exchange *x, enum venue_call call, int64_t weight,
                          const struct http_response *r, struct venue_verdict *out)
{
    time_ms now = agent_now(x->a);
    struct venue_reply reply = {.status = r->status,
                                .transport_error = r->error,
                                .body = r->body,
                                .header_count = r->header_count,
                                .received = now};

    for (size_t i = 0; i < r->header_count && i < VENUE_HEADERS_MAX; i++) {
        reply.headers[i] = (struct venue_header){r->headers[i].name, r->headers[i].value};
    }
    venue_judge(x->venue, call, &reply, out);
    budget_settle(&x->budget, now, weight, out->used_weight);
    if (out->reaction == REACT_BACK_OFF) {
        budget_freeze(&x->budget, out->wait_until_ms);
        log_warn(&x->a->log, "the exchange wants silence", "cause=\"%s\" wait_ms=%lld", out->text,
                 (long long)(out->wait_until_ms - now));
    }
}
