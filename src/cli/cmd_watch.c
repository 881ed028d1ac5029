// SPDX-License-Identifier: Apache-2.0
// oracle watch: the watchlist.
#include "cli/cli.h"

#include "control/control.h"
#include "script/script.h"

#include <string.h>

#define ARGS_MAX_BYTES   (2u << 20) // what a running hub takes
#define INPUTS_MAX_BYTES 4096

// ---- changing it

static int add_arg(struct buf *args, const char *key, const char *value)
{
    return value ? control_arg_add(args, key, str_from(value)) : 0;
}

static int add_target(struct cli *cli, struct buf *args)
{
    int rc = add_arg(args, "pair", cli->arguments[0]);

    rc = rc != 0 ? rc : add_arg(args, "timeframe", cli->arguments[1]);
    rc = rc != 0 ? rc : add_arg(args, "portfolio", cli_get(cli, "portfolio"));
    return rc != 0 ? rc : add_arg(args, "exchange", cli_get(cli, "exchange"));
}

static int too_large(struct cli *cli)
{
    cli_error(cli, "the strategies are more than %u bytes together; add them in several steps",
              ARGS_MAX_BYTES);
    return CLI_DATA;
}

static int change(struct cli *cli, const char *op, const char *strategy)
{
    struct buf args;
    int rc, exit_code;

    buf_init(&args, ARGS_MAX_BYTES);
    rc = add_target(cli, &args);
    rc = rc != 0 ? rc : add_arg(&args, "strategy", strategy);
    exit_code = rc != 0 ? too_large(cli) : cli_change(cli, op, buf_str(&args));
    buf_finish(&args);
    return exit_code;
}

// The inputs given between this strategy and the next, as "fast=9 slow=21".
static int join_inputs(struct cli *cli, size_t from, struct buf *out)
{
    for (size_t i = from; i < cli->given_count; i++) {
        const struct cli_given *g = &cli->given[i];

        if (strcmp(g->option->name, "strategy") == 0) {
            break;
        }
        if (strcmp(g->option->name, "input") != 0) {
            continue;
        }
        if (!strchr(g->value, '=') || g->value[0] == '=' || strchr(g->value, ' ')) {
            cli_error(cli, "--input needs NAME=VALUE without blanks, not '%s'", g->value);
            return CLI_USAGE;
        }
        if (buf_printf(out, "%s%s", out->len > 0 ? " " : "", g->value) != 0) {
            cli_error(cli, "the inputs of a strategy are more than %d bytes", INPUTS_MAX_BYTES);
            return CLI_DATA;
        }
    }
    return 0;
}

static int add_strategy(struct cli *cli, size_t at, struct buf *args)
{
    const char *path = cli->given[at].value;
    struct buf source, inputs;
    struct diag d = {0};
    int exit_code, rc;

    buf_init(&source, SCRIPT_SOURCE_MAX_BYTES);
    buf_init(&inputs, INPUTS_MAX_BYTES);
    exit_code = join_inputs(cli, at + 1, &inputs);
    if (exit_code == 0 && paths_read_file(path, &source, &d) != 0) {
        cli_error(cli, "%s", d.text);
        exit_code = CLI_DATA;
    }
    if (exit_code == 0) {
        rc = control_arg_add(args, "strategy", paths_base_name(str_from(path), STR("")));
        rc = rc != 0 ? rc : control_arg_add(args, "source", buf_str(&source));
        rc = rc != 0 ? rc : control_arg_add(args, "inputs", buf_str(&inputs));
        exit_code = rc != 0 ? too_large(cli) : 0;
    }
    buf_finish(&source);
    buf_finish(&inputs);
    return exit_code;
}

static int check_inputs_order(struct cli *cli)
{
    for (size_t i = 0; i < cli->given_count; i++) {
        const char *name = cli->given[i].option->name;

        if (strcmp(name, "strategy") == 0) {
            return 0;
        }
        if (strcmp(name, "input") == 0) {
            cli_error(cli, "--input %s stands before any --strategy; write it behind its strategy",
                      cli->given[i].value);
            return CLI_USAGE;
        }
    }
    return 0;
}

int cli_cmd_watch_add(struct cli *cli)
{
    struct buf args;
    int exit_code = check_inputs_order(cli);

    if (exit_code != 0) {
        return exit_code;
    }
    buf_init(&args, ARGS_MAX_BYTES);
    exit_code = add_target(cli, &args) != 0 ? too_large(cli) : 0;
    for (size_t i = 0; exit_code == 0 && i < cli->given_count; i++) {
        if (strcmp(cli->given[i].option->name, "strategy") == 0) {
            exit_code = add_strategy(cli, i, &args);
        }
    }
    if (exit_code == 0) {
        exit_code = cli_change(cli, "watch.add", buf_str(&args));
    }
    buf_finish(&args);
    return exit_code;
}

int cli_cmd_watch_remove(struct cli *cli)
{
    return change(cli, "watch.remove", cli_get(cli, "strategy"));
}

int cli_cmd_watch_pause(struct cli *cli)
{
    return change(cli, "watch.pause", NULL);
}

int cli_cmd_watch_resume(struct cli *cli)
{
    return change(cli, "watch.resume", NULL);
}

// ---- listing it

#define STRATEGIES_MAX_BYTES 16384

static const struct cli_column columns[] = {
    {"pair", -12}, {"tf", -3},     {"portfolio", -12}, {"exchange", -10},
    {"state", -8}, {"candles", 8}, {"newest", -20},    {"strategies", -1}};

struct show {
    struct cli_listing *l;
    struct store *s;
    const char *portfolio; // NULL: all
    int64_t entry_id;      // of the entry whose strategies are gathered
    struct buf names;      // for the table
};

static int on_strategy(void *arg, const struct store_entry_strategy *e)
{
    struct show *show = arg;
    struct jsonw *w = &show->l->json;

    if (e->entry_id != show->entry_id) {
        return 0;
    }
    if (show->l->cli->json) {
        jsonw_object(w);
        cli_json_text(w, "name", e->strategy_name);
        cli_json_text(w, "inputs", e->inputs);
        jsonw_object_end(w);
        return 0;
    }
    return buf_printf(&show->names, "%s%s%s%s%s", show->names.len > 0 ? ", " : "", e->strategy_name,
                      e->inputs[0] ? " (" : "", e->inputs, e->inputs[0] ? ")" : "");
}

static const char *state_shown(const struct store_stream *st)
{
    return stream_state_name(st->paused ? STREAM_PAUSED : st->state);
}

static int write_json(struct show *show, const struct store_entry *e, const struct store_stream *st)
{
    struct jsonw *w = &show->l->json;
    int rc;

    cli_listing_object(show->l);
    cli_json_pair(w, &st->pair);
    cli_json_text(w, "timeframe", timeframe_code(st->timeframe));
    cli_json_text(w, "portfolio", e->portfolio);
    cli_json_text(w, "exchange", st->exchange);
    cli_json_text(w, "state", state_shown(st));
    cli_json_text(w, "state_text", st->state_text);
    cli_json_i64(w, "candles", st->candle_count);
    cli_json_time(w, "last_candle", st->last_open);
    jsonw_key(w, "strategies");
    jsonw_array(w);
    rc = store_entry_strategy_each(show->s, e->stream_id, on_strategy, show);
    jsonw_array_end(w);
    return rc != 0 ? rc : cli_listing_object_end(show->l);
}

static int write_row(struct show *show, const struct store_entry *e, const struct store_stream *st)
{
    struct cli_listing *l = show->l;
    char pair[PAIR_TEXT_MAX], newest[TIME_TEXT_MAX];
    int rc;

    buf_clear(&show->names);
    rc = store_entry_strategy_each(show->s, e->stream_id, on_strategy, show);
    if (rc != 0) {
        return rc;
    }
    pair_format(&st->pair, pair);
    cli_time_text(st->last_open, newest);
    cli_listing_cell(l, "%s", pair);
    cli_listing_cell(l, "%s", timeframe_code(st->timeframe));
    cli_listing_cell(l, "%s", e->portfolio);
    cli_listing_cell(l, "%s", st->exchange);
    cli_listing_cell(l, "%s", state_shown(st));
    cli_listing_cell(l, "%u", st->candle_count);
    cli_listing_cell(l, "%s", newest);
    cli_listing_cell(l, STR_FMT, STR_ARG(buf_str(&show->names)));
    return cli_listing_row_end(l);
}

static int on_entry(void *arg, const struct store_entry *e)
{
    struct show *show = arg;
    struct store_stream st = {0};
    int rc;

    if (show->portfolio && strcmp(show->portfolio, e->portfolio) != 0) {
        return 0;
    }
    rc = store_stream_get(show->s, e->stream_id, &st);
    show->entry_id = e->id;
    if (rc != 0) {
        return rc;
    }
    return show->l->cli->json ? write_json(show, e, &st) : write_row(show, e, &st);
}

static int list(struct cli_listing *l, struct store *s, const struct store_range *r,
                const struct store_stream *stream)
{
    struct show show = {.l = l, .s = s, .portfolio = cli_get(l->cli, "portfolio")};
    int rc;

    (void)r;
    (void)stream;
    buf_init(&show.names, STRATEGIES_MAX_BYTES);
    rc = store_entry_each(s, 0, on_entry, &show);
    buf_finish(&show.names);
    return rc;
}

int cli_cmd_watch_list(struct cli *cli)
{
    return cli_list(cli, columns, sizeof columns / sizeof columns[0], list,
                    "Nothing is watched yet: 'oracle watch add VET 4h' begins.");
}
