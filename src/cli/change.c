// SPDX-License-Identifier: Apache-2.0
// A change of the watchlist or the portfolios: done by the running hub, or here when none runs.
#include "cli/cli.h"

#include "control/control.h"
#include "exchange/venue.h"

#include <poll.h>
#include <string.h>

// A hub needs a moment to start, to stop, and to fetch its first market list.
#define PATIENCE_MS 10000
#define PAUSE_MS    100

static int show(struct cli *cli, int exit_code, struct str text, struct str json)
{
    if (exit_code != 0) {
        cli_error(cli, STR_FMT, STR_ARG(text));
        if (cli->json) {
            cli_out_add(&cli->out, STR("[]\n"));
        }
        return exit_code;
    }
    if (cli->json) {
        cli_out_add(&cli->out, json);
        cli_out_add(&cli->out, STR("\n"));
    } else if (!cli->quiet) {
        cli_out_add(&cli->out, text);
        cli_out_add(&cli->out, STR("\n"));
    }
    return CLI_OK;
}

// A pair can only be looked up in a market list: a store without one gets it now.
static int need_markets(struct cli *cli, struct store *s, const char *op)
{
    const struct venue *venue = NULL;
    time_ms refreshed = 0;
    int rc;

    if (strcmp(op, "watch.add") != 0 ||
        venue_find(str_from(config_str(cli->config, CFG_EXCHANGE_NAME)), &venue, NULL) != 0) {
        return 0; // control refuses an unknown exchange in its own words
    }
    rc = store_market_refreshed(s, venue_name(venue), &refreshed);
    if (rc != 0) {
        return cli_store_failed(cli, s, rc, "the market list cannot be read");
    }
    return refreshed == 0 ? cli_markets_fetch(cli, s) : 0;
}

static int execute(struct cli *cli, struct store *s, const char *op, struct str args)
{
    struct control_env env = {.store = s, .config = cli->config, .now = 0};
    struct control_reply reply;
    int exit_code;
    int rc = store_begin(s);

    if (rc != 0) {
        return cli_store_failed(cli, s, rc, "the store cannot be changed");
    }
    control_reply_init(&reply);
    rc = control_execute(&env, str_from(op), args, &reply);
    exit_code = reply.exit_code;
    if (rc == 0 && exit_code == 0) {
        rc = store_commit(s);
    } else {
        store_rollback(s);
    }
    exit_code = rc != 0 ? cli_store_failed(cli, s, rc, "the change was not made")
                        : show(cli, exit_code, buf_str(&reply.text), buf_str(&reply.json));
    control_reply_finish(&reply);
    return exit_code;
}

// The store opened for writing. 0, or ERR_AGAIN when another process holds it and the caller is
// patient, or an error after saying it, with the exit code.
static int open_here(struct cli *cli, bool patient, struct store **out, int *exit_code)
{
    struct store_options o = {.backend = config_str(cli->config, CFG_STORE_BACKEND),
                              .location = cli_data_dir(cli),
                              .writable = true};
    struct diag d = {0};
    int rc = paths_make_dir(cli_data_dir(cli), &d);

    rc = rc != 0 ? rc : store_open(&o, out, &d);
    if (rc == ERR_BUSY && patient) {
        return ERR_AGAIN;
    }
    if (rc == ERR_BUSY) {
        cli_error(cli, "%s; try again in a moment", d.text);
        *exit_code = CLI_LATER;
    } else if (rc != 0) {
        cli_error(cli, "%s", d.text[0] ? d.text : err_text(rc));
        *exit_code = rc == ERR_UNSUPPORTED                    ? CLI_CONFIG
                     : rc == ERR_CORRUPT || rc == ERR_TOO_NEW ? CLI_DATA
                                                              : CLI_REFUSED;
    }
    return rc;
}

static int change_here(struct cli *cli, const char *op, struct str args, bool patient,
                       int *exit_code)
{
    struct store *s = NULL;
    int rc = open_here(cli, patient, &s, exit_code);

    if (rc != 0) {
        return rc == ERR_AGAIN ? ERR_AGAIN : 0;
    }
    if (store_recovery_note(s)[0]) {
        cli_note(cli, "%s", store_recovery_note(s));
    }
    *exit_code = need_markets(cli, s, op);
    if (*exit_code == 0) {
        *exit_code = execute(cli, s, op, args);
    }
    store_close(s);
    return 0;
}

// One try. ERR_AGAIN: a hub is just starting or stopping, or has no market list yet.
static int try_change(struct cli *cli, const char *op, struct str args, bool patient,
                      int *exit_code)
{
    struct cli_reply reply;
    struct diag d = {0};
    int rc;

    cli_reply_init(&reply);
    rc = cli_hub_ask(cli, op, args, &reply, &d);
    if (rc == ERR_UNREACHABLE) {
        rc = change_here(cli, op, args, patient, exit_code);
    } else if (rc == 0 && reply.exit_code == CLI_LATER && patient) {
        rc = ERR_AGAIN;
    } else if (rc == 0) {
        *exit_code = show(cli, reply.exit_code, buf_str(&reply.text), buf_str(&reply.json));
    } else {
        cli_error(cli, "%s", d.text[0] ? d.text : err_text(rc));
        *exit_code = rc == ERR_FULL ? CLI_DATA : rc == ERR_REFUSED ? CLI_REFUSED : CLI_LATER;
        rc = 0;
    }
    cli_reply_finish(&reply);
    return rc;
}

int cli_change(struct cli *cli, const char *op, struct str args)
{
    clock_ns deadline = clock_now_ns() + PATIENCE_MS * INT64_C(1000000);
    int exit_code = CLI_BUG;

    for (;;) {
        bool patient = clock_now_ns() < deadline;

        if (try_change(cli, op, args, patient, &exit_code) != ERR_AGAIN) {
            return exit_code;
        }
        (void)poll(NULL, 0, PAUSE_MS);
    }
}
