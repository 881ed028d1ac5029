// SPDX-License-Identifier: Apache-2.0
// The manual pages, written from the tables they describe: oracle(1) from the commands,
// oracle.conf(5) from the settings, oracle-strategy(7) from the language's builtins.
#include "cli/cli.h"

#include "script/script.h"

#include <string.h>

#define DOCS_MAX_BYTES (1u << 20)

// ---- troff

// In running text '-' is a hyphen to troff, '\' an escape, and '.' or ''' begins a request when a
// line does.
static void put_text(struct cli *cli, struct str text)
{
    bool line_starts = true;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (line_starts && (c == '.' || c == '\'')) {
            cli_out_add(&cli->out, STR("\\&"));
        }
        if (c == '\\') {
            cli_out_add(&cli->out, STR("\\e"));
        } else if (c == '-') {
            cli_out_add(&cli->out, STR("\\-"));
        } else {
            cli_out_add(&cli->out, (struct str){&c, 1});
        }
        line_starts = c == '\n';
    }
}

static void put_line(struct cli *cli, const char *request, const char *text)
{
    cli_out_add(&cli->out, str_from(request));
    put_text(cli, str_from(text));
    cli_out_add(&cli->out, STR("\n"));
}

static void put_head(struct cli *cli, const char *title, const char *section, const char *summary)
{
    cli_out_printf(&cli->out,
                   ".TH %s %s \"\" \"oracle " ORACLE_VERSION "\" \"Oracle Trading Hub\"\n", title,
                   section);
    cli_out_add(&cli->out, STR(".SH NAME\n"));
    cli_out_add(&cli->out, str_from(summary));
    cli_out_add(&cli->out, STR("\n"));
}

// ---- oracle(1)

static void put_option(struct cli *cli, const struct cli_option *o)
{
    cli_out_add(&cli->out, STR(".TP\n\\fB"));
    if (o->letter) {
        cli_out_printf(&cli->out, "\\-%c\\fR, \\fB", o->letter);
    }
    cli_out_add(&cli->out, STR("\\-\\-"));
    put_text(cli, str_from(o->name));
    cli_out_add(&cli->out, STR("\\fR"));
    if (o->value) {
        cli_out_add(&cli->out, STR(" \\fI"));
        put_text(cli, str_from(o->value));
        cli_out_add(&cli->out, STR("\\fR"));
    }
    put_line(cli, "\n", o->text);
    if (o->repeatable) {
        put_line(cli, "", "May be given several times.");
    }
}

static void put_examples(struct cli *cli, const char *examples)
{
    struct str rest = str_from(examples), line;

    cli_out_add(&cli->out, STR(".PP\n.EX\n"));
    while (str_split(&rest, '\n', &line)) {
        if (line.len > 0) {
            cli_out_add(&cli->out, STR("oracle "));
            put_text(cli, line);
            cli_out_add(&cli->out, STR("\n"));
        }
    }
    cli_out_add(&cli->out, STR(".EE\n"));
}

static void put_command(struct cli *cli, const struct cli_command *c)
{
    cli_out_printf(&cli->out, ".SS \"oracle %s%s%s%s%s\"\n", c->noun, c->verb[0] ? " " : "",
                   c->verb, c->arguments[0] ? " " : "", c->arguments);
    put_line(cli, "", c->summary);
    if (c->text[0]) {
        put_line(cli, "", c->text);
    }
    for (const struct cli_option *o = c->options; o && o->name; o++) {
        put_option(cli, o);
    }
    put_examples(cli, c->examples);
}

static const char oracle_start[] =
    ".SH SYNOPSIS\n.B oracle\n.I command\n[\\fIoption\\fR ...] [\\fIargument\\fR ...]\n"
    ".SH DESCRIPTION\nOracle watches candles of chosen pairs and timeframes, stores each once and "
    "for "
    "good, runs strategies on it, judges whether their signals can be traded, and trades on "
    "paper.\n"
    "Data goes to standard output, words to standard error.\n"
    "Every listing takes \\fB\\-\\-json\\fR.\n.SH COMMANDS\n";

static const char oracle_end[] =
    ".SH EXIT STATUS\n.TP\n.B 0\ndone\n.TP\n.B 1\nthe answer is no: not found, not valid, not "
    "whole\n"
    ".TP\n.B 64\nthe command was typed wrongly\n.TP\n.B 65\nwhat was given cannot be used\n"
    ".TP\n.B 69\nthe hub or the exchange cannot be reached\n.TP\n.B 70\na defect of this program\n"
    ".TP\n.B 75\nnot now: try again\n.TP\n.B 77\nrefused by a rule or a permission\n"
    ".TP\n.B 78\nthe settings are wrong\n.TP\n.B 130\nended by Ctrl\\-C\n"
    ".SH SIGNALS\n\\fBoracle run\\fR stops in order on SIGTERM and SIGINT, and reads its settings "
    "again "
    "on SIGHUP.\n"
    ".SH ENVIRONMENT\n.TP\n.B ORACLE__SECTION__KEY\nsets one setting, over the settings file\n"
    ".TP\n.B ORACLE_DATA\nfolder of the data when \\fBhub.data_dir\\fR is empty\n"
    ".TP\n.B STATE_DIRECTORY\nthe same, set by the service manager\n"
    ".TP\n.B NO_COLOR\nno colour\n"
    ".SH FILES\n.TP\n.I /etc/oracle/oracle.conf\nsettings of the machine\n"
    ".TP\n.I $XDG_CONFIG_HOME/oracle/oracle.conf\nsettings of the user\n"
    ".TP\n.I ~/.local/state/oracle\ndata of a hub that a user starts\n"
    ".TP\n.I /var/lib/oracle\ndata of the service\n"
    ".SH SEE ALSO\n.BR oracle.conf (5),\n.BR oracle\\-strategy (7),\n.BR systemctl (1)\n";

static int oracle_1(struct cli *cli)
{
    put_head(cli, "ORACLE", "1",
             "oracle \\- watch candles, run strategies, judge and trade signals");
    cli_out_add(&cli->out, STR(oracle_start));
    for (const struct cli_command *c = cli_commands; c->noun; c++) {
        put_command(cli, c);
    }
    cli_out_add(&cli->out, STR(".SH OPTIONS OF EVERY COMMAND\n"));
    for (const struct cli_option *o = cli_global_options; o->name; o++) {
        put_option(cli, o);
    }
    cli_out_add(&cli->out, STR(oracle_end));
    return 0;
}

// ---- oracle.conf(5)

static int put_setting(struct cli *cli, enum config_key key)
{
    const struct config_info *info = config_info(key);
    struct buf range;
    int rc;

    buf_init(&range, 1024);
    rc = config_range_text(key, &range);
    put_line(cli, ".TP\n.B ", info->name);
    cli_out_printf(&cli->out, "(%s", config_type_name(info->type));
    if (range.len > 0) {
        cli_out_add(&cli->out, STR(", "));
        put_text(cli, buf_str(&range));
    }
    cli_out_add(&cli->out, info->def[0] ? STR("; default \\fB") : STR("; empty by default"));
    put_text(cli, str_from(info->def));
    cli_out_add(&cli->out, info->def[0] ? STR("\\fR)") : STR(")"));
    cli_out_add(&cli->out, info->reloadable ? STR(" reloadable\n.br\n") : STR("\n.br\n"));
    put_line(cli, "", info->text);
    buf_finish(&range);
    return rc;
}

static int oracle_conf_5(struct cli *cli)
{
    const char *section = "";
    int rc = 0;

    put_head(cli, "ORACLE.CONF", "5", "oracle.conf \\- settings of the Oracle Trading Hub");
    cli_out_add(
        &cli->out,
        STR(".SH DESCRIPTION\nLines \\fIkey\\fR = \\fIvalue\\fR under \\fB[section]\\fR; what "
            "follows "
            "\\(oq;\\(cq or \\(oq#\\(cq at the start of a line, or \\(oq ;\\(cq behind a value, is "
            "a "
            "comment.\nAn unknown section or key is an error.\n"
            "Read are /etc/oracle/oracle.conf, then the user\\(aqs oracle/oracle.conf, or only the "
            "file "
            "named by \\fB\\-\\-config\\fR; then the environment (\\fBORACLE__SECTION__KEY\\fR, a "
            "dot in "
            "a section becoming \\(oq_\\(cq), then \\fB\\-\\-set\\fR; each goes over the one "
            "before.\n"
            "\\fBoracle config\\fR prints each setting with its value and where it came from, "
            "\\fBoracle config check\\fR checks them.\n"
            "Reloadable ones are taken over on SIGHUP, without a restart.\n"));
    for (int key = 0; rc == 0 && key < CFG_COUNT; key++) {
        const struct config_info *info = config_info((enum config_key)key);

        if (strcmp(info->section, section) != 0) {
            section = info->section;
            cli_out_printf(&cli->out, ".SH [%s]\n", section);
        }
        rc = put_setting(cli, (enum config_key)key);
    }
    cli_out_add(&cli->out, STR(".SH SEE ALSO\n.BR oracle (1)\n"));
    return rc;
}

// ---- oracle-strategy(7)

// "| `name(args)` | type | text |"
static void put_builtin(struct cli *cli, struct str row)
{
    struct str cell[3] = {{0}};
    struct str rest = str_sub(row, 1, row.len);

    for (size_t i = 0; i < 3 && str_split(&rest, '|', &cell[i]); i++) {
        cell[i] = str_trim(cell[i]);
    }
    cli_out_add(&cli->out, STR(".TP\n.B "));
    put_text(cli, str_sub(cell[0], 1, cell[0].len > 0 ? cell[0].len - 1 : 0));
    cli_out_add(&cli->out, STR("\n"));
    if (cell[1].len > 0) {
        cli_out_add(&cli->out, STR("\\fI"));
        put_text(cli, cell[1]);
        cli_out_add(&cli->out, STR("\\fR: "));
    }
    put_text(cli, cell[2]);
    cli_out_add(&cli->out, STR("\n"));
}

static int oracle_strategy_7(struct cli *cli)
{
    struct buf docs;
    struct str rest, line;
    int rc;

    put_head(cli, "ORACLE\\-STRATEGY", "7", "oracle\\-strategy \\- the language of strategies");
    cli_out_add(
        &cli->out,
        STR(".SH DESCRIPTION\nA strategy is a text file in a documented subset of Pine Script v5 "
            "and "
            "v6.\nIt runs once for each closed candle of a stream and sees the past only.\nWhat is "
            "not "
            "supported is an error with line and column, and says what to write instead; "
            "\\fBoracle strategy check\\fR \\fIFILE\\fR compiles a file and lists its inputs, "
            "indicators, plots and warm\\-up.\n"
            ".SH EXAMPLE\n.EX\n//@version=5\nstrategy(\"EMA cross\", overlay=true)\n"
            "fast = input.int(9, \"fast\")\nslow = input.int(21, \"slow\")\n"
            "a = ta.ema(close, fast)\nb = ta.ema(close, slow)\nif ta.crossover(a, b)\n"
            "    strategy.entry(\"long\", strategy.long)\nif ta.crossunder(a, b)\n"
            "    strategy.close(\"long\")\n.EE\n.SH BUILTINS\n"));
    buf_init(&docs, DOCS_MAX_BYTES);
    rc = script_write_docs(&docs);
    rest = buf_str(&docs);
    while (rc == 0 && str_split(&rest, '\n', &line)) {
        if (str_starts(line, STR("## ")) || str_starts(line, STR("### "))) {
            cli_out_add(&cli->out, STR(".SS "));
            put_text(cli, str_sub(line, str_find(line, ' ', 0) + 1, line.len));
            cli_out_add(&cli->out, STR("\n"));
        } else if (str_starts(line, STR("| `"))) {
            put_builtin(cli, line);
        }
    }
    buf_finish(&docs);
    cli_out_add(&cli->out, STR(".SH SEE ALSO\n.BR oracle (1)\n"));
    return rc;
}

int cli_man(struct cli *cli, const char *page)
{
    static const struct {
        const char *name;
        int (*write)(struct cli *cli);
    } pages[] = {{"oracle.1", oracle_1},
                 {"oracle.conf.5", oracle_conf_5},
                 {"oracle-strategy.7", oracle_strategy_7}};

    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        if (strcmp(pages[i].name, page) == 0) {
            return pages[i].write(cli) == 0 ? CLI_OK : CLI_BUG;
        }
    }
    cli_error(cli,
              "there is no manual page '%s'; there are oracle.1, oracle.conf.5 and "
              "oracle-strategy.7",
              page);
    return CLI_USAGE;
}
