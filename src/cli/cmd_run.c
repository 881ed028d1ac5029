// SPDX-License-Identifier: Apache-2.0
// oracle run: the hub in the foreground.
#include "agents/commander/commander.h"
#include "base/number.h"
#include "cli/cli.h"

static int count_stream(void *arg, const struct store_stream *st)
{
    size_t *count = arg;

    (void)st;
    (*count)++;
    return 0;
}

// How many streams are watched; the store is there once the agents work.
static size_t count_streams(struct cli *cli)
{
    struct store_options o = {.backend = config_str(cli->config, CFG_STORE_BACKEND),
                              .location = cli_data_dir(cli),
                              .writable = false};
    struct store *s = NULL;
    size_t count = 0;

    if (store_open(&o, &s, NULL) != 0) {
        return 0;
    }
    if (store_stream_each(s, true, count_stream, &count) != 0) {
        count = 0;
    }
    store_close(s);
    return count;
}

static void started(void *arg)
{
    struct cli *cli = arg;
    const struct config *c = cli->config;
    char speed[NUMBER_TEXT_MAX];
    size_t streams = count_streams(cli);

    (void)number_format_double(config_double(c, CFG_HUB_SPEED), speed);
    cli_out_printf(&cli->out, "The hub runs.\n  data       %s\n", cli_data_dir(cli));
    cli_out_printf(&cli->out, "  exchange   %s, %s\n", config_str(c, CFG_EXCHANGE_NAME),
                   config_str(c, CFG_BINANCE_BASE_URL));
    cli_out_printf(&cli->out, "  speed      %s\n  control    %s\n", speed,
                   config_str(c, CFG_CONTROL_SOCKET));
    cli_out_printf(&cli->out, "  streams    %zu watched\n", streams);
    cli_out_printf(&cli->out, "Next: %s   (add --data %s)\n",
                   streams == 0 ? "oracle watch add VET 4h --strategy FILE"
                                : "oracle status | oracle queue --follow",
                   cli_data_dir(cli));
    cli_out_flush(&cli->out);
}

int cli_cmd_run(struct cli *cli)
{
    struct commander_options o = {.config = cli->config,
                                  .reload = cli_settings_reload,
                                  .reload_arg = cli,
                                  .started = started,
                                  .started_arg = cli};
    struct diag d = {0};

    if (paths_make_dir(cli_data_dir(cli), &d) != 0) {
        cli_error(cli, "%s; name a folder you may write with --data", d.text);
        return CLI_REFUSED;
    }
    cli_note(cli, "Starting the hub in %s ...", cli_data_dir(cli));
    return commander_run(&o);
}
