// SPDX-License-Identifier: Apache-2.0
// The exchange's market list for a store that has none yet, fetched while no hub runs.
#include "cli/cli.h"

#include "exchange/venue.h"
#include "net/http_client.h"
#include "os/loop.h"

#include <unistd.h>

#define LONG_REPLY_FACTOR 6 // the list is many times longer than any other reply

struct fetch {
    struct cli *cli;
    struct store *store;
    struct loop *loop;
    const struct venue *venue;
    size_t count;
    int exit_code;
};

static int put_market(void *arg, const struct market *m)
{
    struct fetch *f = arg;

    f->count++;
    return store_market_put(f->store, venue_name(f->venue), m, clock_wall_ms());
}

static int keep(struct fetch *f, struct str body)
{
    struct diag d = {0};
    int rc = store_begin(f->store);

    if (rc != 0) {
        return cli_store_failed(f->cli, f->store, rc, "the market list cannot be kept");
    }
    rc = venue_decode_markets(f->venue, body, put_market, f, NULL, NULL, &d);
    if (rc == ERR_SYNTAX || rc == ERR_PROTOCOL) {
        store_rollback(f->store);
        cli_error(f->cli, "%s answered, but not with a market list: %s; is %s its address?",
                  venue_name(f->venue), d.text, config_str(f->cli->config, CFG_BINANCE_BASE_URL));
        return CLI_UNREACHABLE;
    }
    rc = rc != 0 ? rc : store_commit(f->store);
    if (rc != 0) {
        store_rollback(f->store);
        return cli_store_failed(f->cli, f->store, rc, "the market list cannot be kept");
    }
    return 0;
}

static void answered(void *arg, const struct http_response *r)
{
    struct fetch *f = arg;
    struct venue_reply reply = {.status = r->status,
                                .transport_error = r->error,
                                .body = r->body,
                                .received = clock_wall_ms()};
    struct venue_verdict verdict;

    venue_judge(f->venue, VENUE_MARKETS, &reply, &verdict);
    if (verdict.reaction == REACT_OK) {
        f->exit_code = keep(f, r->body);
    } else {
        cli_error(f->cli,
                  "the market list of %s cannot be fetched from %s: %s; check the network and "
                  "exchange.%s.base_url, or start the hub, which keeps trying",
                  venue_name(f->venue), config_str(f->cli->config, CFG_BINANCE_BASE_URL),
                  verdict.text, venue_name(f->venue));
        f->exit_code = verdict.reaction == REACT_BACK_OFF ? CLI_LATER : CLI_UNREACHABLE;
    }
    loop_stop(f->loop);
}

static int ask(struct fetch *f)
{
    const struct config *c = f->cli->config;
    int64_t timeout_ms = config_ms(c, CFG_BINANCE_REQUEST_TIMEOUT) * LONG_REPLY_FACTOR;
    struct http_client_options o = {
        .base_url = config_str(c, CFG_BINANCE_BASE_URL),
        .user_agent = "oracle-trading-hub/" ORACLE_VERSION,
        .verify_tls = config_bool(c, CFG_BINANCE_VERIFY_TLS),
        .connections_max = 1,
        .timeout_ms = timeout_ms,
        .body_max_bytes = (size_t)config_bytes(c, CFG_BINANCE_MAX_REPLY),
    };
    struct http_client *http = NULL;
    struct venue_request request;
    int rc = venue_build_markets(f->venue, NULL, 0, &request);

    rc = rc != 0 ? rc : http_client_create(f->loop, &o, &http);
    rc = rc != 0 ? rc : http_client_get(http, request.target, timeout_ms, answered, f, NULL);
    rc = rc != 0 ? rc : loop_run(f->loop);
    http_client_destroy(http);
    return rc;
}

int cli_markets_fetch(struct cli *cli, struct store *s)
{
    struct fetch f = {.cli = cli, .store = s, .exit_code = CLI_UNREACHABLE};
    struct diag d = {0};
    int rc = venue_find(str_from(config_str(cli->config, CFG_EXCHANGE_NAME)), &f.venue, &d);

    if (rc != 0) {
        cli_error(cli, "%s", d.text);
        return CLI_CONFIG;
    }
    if (isatty(STDERR_FILENO)) {
        cli_note(cli, "Fetching the market list of %s ...", venue_name(f.venue));
    }
    rc = loop_create(&f.loop);
    rc = rc != 0 ? rc : ask(&f);
    loop_destroy(f.loop);
    if (rc != 0) {
        cli_error(cli, "the market list cannot be fetched: %s", err_text(rc));
        return CLI_UNREACHABLE;
    }
    return f.exit_code;
}
