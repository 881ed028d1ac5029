// SPDX-License-Identifier: Apache-2.0
// Commands of a few lines: stop, reload, version, help, messages.
#include "cli/cli.h"

#include "ipc/codec.h"

#define DOCS_MAX_BYTES (1u << 20)

static int tell(struct cli *cli, const char *op)
{
    struct cli_reply reply;
    struct diag d = {0};
    int exit_code, rc;

    cli_reply_init(&reply);
    rc = cli_hub_ask(cli, op, STR(""), &reply, &d);
    if (rc == ERR_UNREACHABLE) {
        cli_error(cli, "no hub runs in %s", cli_data_dir(cli));
        exit_code = CLI_UNREACHABLE;
    } else if (rc != 0) {
        cli_error(cli, "%s", d.text[0] ? d.text : err_text(rc));
        exit_code = CLI_LATER;
    } else {
        exit_code = reply.exit_code;
        if (!cli->quiet || exit_code != 0) {
            cli_note(cli, STR_FMT, STR_ARG(buf_str(&reply.text)));
        }
    }
    cli_reply_finish(&reply);
    return exit_code;
}

int cli_cmd_stop(struct cli *cli)
{
    return tell(cli, "stop");
}

int cli_cmd_reload(struct cli *cli)
{
    return tell(cli, "reload");
}

int cli_cmd_version(struct cli *cli)
{
    cli_out_add(&cli->out, STR("oracle " ORACLE_VERSION "\n"));
    return CLI_OK;
}

int cli_cmd_messages(struct cli *cli)
{
    struct buf docs;
    int rc;

    buf_init(&docs, DOCS_MAX_BYTES);
    rc = ipc_write_docs(&docs);
    cli_out_add(&cli->out, buf_str(&docs));
    buf_finish(&docs);
    return rc == 0 ? CLI_OK : CLI_BUG;
}

int cli_cmd_help(struct cli *cli)
{
    bool noun_known = false;

    if (cli_has(cli, "markdown")) {
        return cli_help_markdown(cli) == 0 ? CLI_OK : CLI_BUG;
    }
    if (cli_has(cli, "man")) {
        return cli_man(cli, cli_get(cli, "man"));
    }
    if (cli->argument_count == 0) {
        cli_help(cli, NULL);
        return CLI_OK;
    }
    for (const struct cli_command *c = cli_commands; c->noun; c++) {
        if (!str_eq(str_from(c->noun), str_from(cli->arguments[0]))) {
            continue;
        }
        noun_known = true;
        if (cli->argument_count == 2 && str_eq(str_from(c->verb), str_from(cli->arguments[1]))) {
            cli_help(cli, c);
            return CLI_OK;
        }
    }
    if (!noun_known || cli->argument_count == 2) {
        cli_error(cli, "there is no command '%s%s%s'; 'oracle help' lists them all",
                  cli->arguments[0], cli->argument_count == 2 ? " " : "",
                  cli->argument_count == 2 ? cli->arguments[1] : "");
        return CLI_USAGE;
    }
    cli_help_noun(cli, cli->arguments[0]);
    return CLI_OK;
}
