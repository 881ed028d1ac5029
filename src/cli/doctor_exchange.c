// SPDX-License-Identifier: Apache-2.0
// oracle doctor: does the exchange answer, how fast, whose clock is off, does it tell the weight
// used.
#include "cli/doctor.h"

#include "exchange/venue.h"
#include "net/http_client.h"
#include "os/loop.h"

#include <stdlib.h>

#define TRIES         3 // the quickest says most about the clocks
#define SLOW_MS       1000
#define CLOCK_NOTE_MS 1000
#define CLOCK_BAD_MS  30000

struct visit {
    struct doctor *d;
    struct loop *loop;
    const struct venue *venue;
    struct http_client *http;
    struct venue_request request;
    int tries, answers;
    int64_t round_trip_ms, offset_ms, weight;
    char failure[200];
};

static bool want_header(void *arg, struct str name)
{
    const struct visit *v = arg;

    return venue_wants_header(v->venue, name);
}

static void ask(struct visit *v);

static int take_time(struct visit *v, const struct http_response *r)
{
    struct diag words = {0};
    time_ms server = 0;
    int64_t round_trip = (r->received_ns - r->sent_ns) / 1000000;
    int rc = venue_decode_time(v->venue, r->body, &server, &words);

    if (rc != 0) {
        return str_printf(v->failure, sizeof v->failure, "its answer is not a time: %.120s",
                          words.text);
    }
    if (v->answers++ == 0 || round_trip < v->round_trip_ms) {
        v->round_trip_ms = round_trip;
        v->offset_ms = clock_wall_ms() - round_trip / 2 - server;
    }
    return 0;
}

static void answered(void *arg, const struct http_response *r)
{
    struct visit *v = arg;
    struct venue_reply reply = {.status = r->status,
                                .transport_error = r->error,
                                .body = r->body,
                                .header_count = r->header_count,
                                .received = clock_wall_ms()};
    struct venue_verdict verdict;
    int rc;

    for (size_t i = 0; i < r->header_count && i < VENUE_HEADERS_MAX; i++) {
        reply.headers[i] = (struct venue_header){r->headers[i].name, r->headers[i].value};
    }
    venue_judge(v->venue, VENUE_TIME, &reply, &verdict);
    if (verdict.used_weight >= 0) {
        v->weight = verdict.used_weight;
    }
    rc = verdict.reaction == REACT_OK
             ? take_time(v, r)
             : str_copy(v->failure, sizeof v->failure, str_from(verdict.text));
    if (rc != 0 || v->failure[0] || ++v->tries == TRIES) {
        loop_stop(v->loop);
    } else {
        ask(v);
    }
}

static void ask(struct visit *v)
{
    int64_t timeout = config_ms(v->d->cli->config, CFG_BINANCE_REQUEST_TIMEOUT);

    if (http_client_get(v->http, v->request.target, timeout, answered, v, NULL) != 0 &&
        str_copy(v->failure, sizeof v->failure, STR("the request cannot be sent")) == 0) {
        loop_stop(v->loop);
    }
}

static int visit(struct visit *v)
{
    const struct config *c = v->d->cli->config;
    struct http_client_options o = {
        .base_url = config_str(c, CFG_BINANCE_BASE_URL),
        .user_agent = "oracle-trading-hub/" ORACLE_VERSION,
        .verify_tls = config_bool(c, CFG_BINANCE_VERIFY_TLS),
        .connections_max = 1,
        .timeout_ms = config_ms(c, CFG_BINANCE_REQUEST_TIMEOUT),
        .body_max_bytes = 65536,
        .want_header = want_header,
        .want_header_arg = v,
    };
    int rc = venue_build_time(v->venue, &v->request);

    rc = rc != 0 ? rc : loop_create(&v->loop);
    rc = rc != 0 ? rc : http_client_create(v->loop, &o, &v->http);
    if (rc == 0) {
        ask(v);
        rc = v->failure[0] ? 0 : loop_run(v->loop);
    }
    http_client_destroy(v->http);
    loop_destroy(v->loop);
    return rc;
}

static void judge_clock(struct visit *v)
{
    int64_t off = llabs(v->offset_ms);

    if (config_double(v->d->cli->config, CFG_HUB_SPEED) != 1) {
        doctor_say(v->d, "clock", DOCTOR_SKIP, "", "hub.speed is not 1: the clocks do not compare");
        return;
    }
    doctor_say(
        v->d, "clock",
        off > CLOCK_BAD_MS    ? DOCTOR_BAD
        : off > CLOCK_NOTE_MS ? DOCTOR_NOTE
                              : DOCTOR_OK,
        off > CLOCK_NOTE_MS
            ? "set the machine's clock: timedatectl set-ntp true; the hub itself goes by the "
              "exchange's"
            : "",
        "the machine is %.3f s %s the exchange (to %.3f s)", (double)off / 1000,
        v->offset_ms < 0 ? "behind" : "ahead of", (double)v->round_trip_ms / 2000);
}

static void judge_weight(struct visit *v)
{
    if (v->weight < 0) {
        doctor_say(v->d, "weight", DOCTOR_NOTE,
                   "the hub counts by itself then; is base_url the exchange, and no proxy between?",
                   "the answers do not tell the request weight used");
    } else {
        doctor_say(v->d, "weight", DOCTOR_OK, "", "%lld used in this minute by this address",
                   (long long)v->weight);
    }
}

void doctor_exchange(struct doctor *d)
{
    const char *url = config_str(d->cli->config, CFG_BINANCE_BASE_URL);
    struct visit v = {.d = d, .weight = -1};
    struct diag words = {0};
    bool tls = str_starts(str_from(url), STR("https://"));
    int rc = venue_find(str_from(config_str(d->cli->config, CFG_EXCHANGE_NAME)), &v.venue, &words);

    if (rc != 0) {
        doctor_say(d, "exchange", DOCTOR_BAD, "set exchange.name", "%s", words.text);
        return;
    }
    rc = visit(&v);
    if (rc != 0 || v.answers == 0 || v.failure[0]) {
        doctor_say(d, "exchange", DOCTOR_BAD,
                   "check the network, a proxy or firewall, and exchange.binance.base_url; the hub "
                   "keeps trying by itself",
                   "%s: %s", url, v.failure[0] ? v.failure : err_text(rc));
        return;
    }
    doctor_say(d, "exchange", v.round_trip_ms > SLOW_MS ? DOCTOR_NOTE : DOCTOR_OK,
               v.round_trip_ms > SLOW_MS ? "candles will be as late as the way is slow" : "",
               "%s answers in %lld ms%s", url, (long long)v.round_trip_ms,
               !tls                                                  ? ", not encrypted"
               : config_bool(d->cli->config, CFG_BINANCE_VERIFY_TLS) ? ", certificate checked"
                                                                     : "");
    judge_clock(&v);
    judge_weight(&v);
}
