// SPDX-License-Identifier: Apache-2.0
// Help from the table of commands: for one, for all, and as docs/cli.md.
#include "cli/cli.h"

#include <string.h>

#define OPTION_WIDTH 30

int cli_command_name(const struct cli_command *c, char out[static 64])
{
    return str_printf(out, 64, "%s%s%s", c->noun, c->verb[0] ? " " : "", c->verb);
}

// "-f, --from TIME"
static int option_words(const struct cli_option *o, char out[static 96])
{
    char letter[8] = "";

    if (o->letter && str_printf(letter, sizeof letter, "-%c, ", o->letter) != 0) {
        letter[0] = '\0';
    }
    return str_printf(out, 96, "%s--%s%s%s", letter, o->name, o->value ? " " : "",
                      o->value ? o->value : "");
}

static void put_options(struct cli *cli, const struct cli_option *options, const char *title)
{
    char words[96];

    if (!options || !options->name) {
        return;
    }
    cli_out_printf(&cli->out, "\n%s\n", title);
    for (const struct cli_option *o = options; o->name; o++) {
        if (option_words(o, words) == 0) {
            cli_out_printf(&cli->out, "  %-*s  %s%s\n", OPTION_WIDTH, words, o->text,
                           o->repeatable ? " Repeatable." : "");
        }
    }
}

static void put_examples(struct cli *cli, const char *examples, const char *indent)
{
    struct str rest = str_from(examples), line;

    while (str_split(&rest, '\n', &line)) {
        if (line.len > 0) {
            cli_out_printf(&cli->out, "%soracle " STR_FMT "\n", indent, STR_ARG(line));
        }
    }
}

static void help_command(struct cli *cli, const struct cli_command *c)
{
    char name[64];

    if (cli_command_name(c, name) != 0) {
        return;
    }
    cli_out_printf(&cli->out, "%s\n\nExamples\n", c->summary);
    put_examples(cli, c->examples, "  ");
    cli_out_printf(&cli->out, "\nUsage\n  oracle %s%s%s [options]\n", name,
                   c->arguments[0] ? " " : "", c->arguments);
    if (c->text[0]) {
        cli_out_printf(&cli->out, "\n%s\n", c->text);
    }
    put_options(cli, c->options, "Options");
    put_options(cli, cli_global_options, "Options of every command");
}

static void put_summary(struct cli *cli, const struct cli_command *c)
{
    char name[64];

    if (cli_command_name(c, name) == 0) {
        cli_out_printf(&cli->out, "  %-18s %s\n", name, c->summary);
    }
}

void cli_help_noun(struct cli *cli, const char *noun)
{
    size_t count = 0;
    const struct cli_command *only = NULL;

    for (const struct cli_command *c = cli_commands; c->noun; c++) {
        if (strcmp(c->noun, noun) == 0) {
            count++;
            only = c->verb[0] == '\0' ? c : only;
        }
    }
    if (count == 1 && only) {
        help_command(cli, only);
        return;
    }
    if (only) {
        help_command(cli, only);
        cli_out_add(&cli->out, STR("\nSee also\n"));
    } else {
        cli_out_printf(&cli->out, "Commands of 'oracle %s'\n", noun);
    }
    for (const struct cli_command *c = cli_commands; c->noun; c++) {
        if (strcmp(c->noun, noun) == 0 && c != only) {
            put_summary(cli, c);
        }
    }
    if (!only) {
        cli_out_printf(&cli->out, "\n'oracle help %s VERB' says more.\n", noun);
    }
}

void cli_help(struct cli *cli, const struct cli_command *command)
{
    if (command) {
        help_command(cli, command);
        return;
    }
    cli_out_add(&cli->out, STR("Oracle Trading Hub: watches candles, runs strategies, judges their "
                               "signals, trades on paper.\n\n"
                               "Begin\n"
                               "  oracle run              start the hub\n"
                               "  oracle watch add VET 4h --strategy FILE\n"
                               "  oracle queue --follow   watch the verdicts\n"
                               "\nCommands\n"));
    for (const struct cli_command *c = cli_commands; c->noun; c++) {
        put_summary(cli, c);
    }
    put_options(cli, cli_global_options, "Options of every command");
    cli_out_add(&cli->out, STR("\n'oracle help COMMAND' says more.\n"));
}

// ---- docs/cli.md

static void markdown_options(struct cli *cli, const struct cli_option *options)
{
    char words[96];

    if (!options || !options->name) {
        return;
    }
    cli_out_add(&cli->out, STR("\n| option | |\n|---|---|\n"));
    for (const struct cli_option *o = options; o->name; o++) {
        if (option_words(o, words) == 0) {
            cli_out_printf(&cli->out, "| `%s` | %s%s |\n", words, o->text,
                           o->repeatable ? " Repeatable." : "");
        }
    }
}

int cli_help_markdown(struct cli *cli)
{
    static const char head[] =
        "# The command line\n\n"
        "Printed by `oracle help --markdown` from the table in `src/cli/commands.c`.\n\n"
        "Data goes to standard output, words to standard error. Exit codes follow sysexits:\n\n"
        "| code | meaning |\n|---|---|\n"
        "| 0 | done |\n| 1 | the answer is no: not found, not watched |\n"
        "| 64 | the command was typed wrongly |\n| 65 | what was given cannot be used |\n"
        "| 69 | the hub or the exchange cannot be reached |\n| 70 | a defect of this program |\n"
        "| 75 | not now: try again |\n| 77 | refused by a rule or a permission |\n"
        "| 78 | the settings are wrong |\n| 130 | ended by Ctrl-C |\n\n"
        "Settings come from `/etc/oracle/oracle.conf`, then `$XDG_CONFIG_HOME/oracle/oracle.conf` "
        "(or\n"
        "`~/.config/oracle/oracle.conf`), or from the file named by `--config` alone; then from "
        "the\n"
        "environment (`ORACLE__SECTION__KEY`), then from `--set`, each over the one before.\n\n"
        "## Options of every command\n";

    cli_out_add(&cli->out, STR(head));
    markdown_options(cli, cli_global_options);
    for (const struct cli_command *c = cli_commands; c->noun; c++) {
        char name[64];

        if (cli_command_name(c, name) != 0) {
            return ERR_FULL;
        }
        cli_out_printf(&cli->out, "\n## oracle %s\n\n%s%s%s\n\n```\noracle %s%s%s [options]\n```\n",
                       name, c->summary, c->text[0] ? " " : "", c->text, name,
                       c->arguments[0] ? " " : "", c->arguments);
        markdown_options(cli, c->options);
        cli_out_add(&cli->out, STR("\n```\n"));
        put_examples(cli, c->examples, "");
        cli_out_add(&cli->out, STR("```\n"));
    }
    return 0;
}
