// SPDX-License-Identifier: Apache-2.0
// oracle record: real candles into a folder that 'oracle practice --data' replays.
#include "cli/cli.h"
#include "practice/record.h"

#include <string.h>
#include <unistd.h>

#define DEFAULT_CANDLES 1000

static void on_progress(void *arg, size_t rows, time_ms newest)
{
    struct cli *cli = arg;
    char at[TIME_TEXT_MAX];

    time_format(newest, at);
    if (!cli->quiet && isatty(STDERR_FILENO)) {
        (void)fprintf(stderr, "\r%zu candles, up to %s ", rows, at);
    }
}

static int exit_code_of(int rc)
{
    switch (rc) {
    case ERR_EXISTS:
    case ERR_NOT_FOUND:
        return CLI_NEGATIVE;
    case ERR_UNREACHABLE:
        return CLI_UNREACHABLE;
    case ERR_LIMIT:
        return CLI_LATER;
    case ERR_REFUSED:
    case ERR_PROTOCOL:
        return CLI_DATA;
    default:
        return CLI_BUG;
    }
}

// Nothing is known about markets here: a bare base takes the default quote.
static bool any_pair(void *arg, const struct pair *candidate)
{
    return strcmp(candidate->quote, arg) == 0;
}

static int take_stream(struct cli *cli, struct record_options *o)
{
    char quote[ASSET_MAX];
    struct diag d = {0};

    if (str_copy(quote, sizeof quote, str_from(config_str(cli->config, CFG_HUB_DEFAULT_QUOTE))) !=
            0 ||
        (pair_parse(str_from(cli->arguments[0]), &o->pair) != 0 &&
         pair_resolve(str_from(cli->arguments[0]), str_from(quote), any_pair, quote, &o->pair,
                      &d) != 0) ||
        timeframe_parse(str_from(cli->arguments[1]), &o->timeframe, &d) != 0) {
        cli_error(cli, "%s", d.text[0] ? d.text : "that is no pair; write it as VET/USDT");
        return CLI_DATA;
    }
    return CLI_OK;
}

int cli_cmd_record(struct cli *cli)
{
    struct record_options o = {
        .base_url = config_str(cli->config, CFG_BINANCE_BASE_URL),
        .verify_tls = config_bool(cli->config, CFG_BINANCE_VERIFY_TLS),
        .exchange = config_str(cli->config, CFG_EXCHANGE_NAME),
        .progress = on_progress,
        .progress_arg = cli,
    };
    struct diag d = {0};
    size_t rows = 0;
    char pair[PAIR_TEXT_MAX];
    time_ms now = clock_wall_ms();
    int rc = take_stream(cli, &o);

    if (rc != CLI_OK) {
        return rc;
    }
    o.dir = cli_get(cli, "into") ? cli_get(cli, "into") : "recorded";
    o.to = cli_moment(cli, "to", timeframe_open_of(o.timeframe, now));
    o.from = cli_moment(cli, "from",
                        timeframe_step(o.timeframe, timeframe_open_of(o.timeframe, o.to),
                                       -cli_count(cli, "last", DEFAULT_CANDLES)));
    rc = practice_record(&o, &rows, &d);
    if (!cli->quiet && isatty(STDERR_FILENO)) {
        (void)fprintf(stderr, "\n");
    }
    if (rc != 0) {
        cli_error(cli, "%s", d.text);
        return exit_code_of(rc);
    }
    pair_format(&o.pair, pair);
    cli_out_printf(&cli->out, "%zu candles of %s %s recorded into %s\n", rows, pair,
                   timeframe_code(o.timeframe), o.dir);
    return CLI_OK;
}
