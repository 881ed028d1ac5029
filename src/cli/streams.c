// SPDX-License-Identifier: Apache-2.0
// The store opened for reading, the stream a user names, and the range of a listing.
#include "cli/cli.h"

#define FOLLOW_FIRST 10 // rows shown before the new ones

int cli_store_read(struct cli *cli, struct store **out, int *exit_code)
{
    struct store_options o = {.backend = config_str(cli->config, CFG_STORE_BACKEND),
                              .location = cli_data_dir(cli),
                              .writable = false};
    struct diag d = {0};
    int rc = store_open(&o, out, &d);

    *exit_code = CLI_OK;
    if (rc == ERR_NOT_FOUND) {
        cli_note(
            cli,
            "There is no store in %s yet: 'oracle watch add VET 4h' and 'oracle run' make one, "
            "or name another folder with --data.",
            cli_data_dir(cli));
    } else if (rc != 0) {
        cli_error(cli, "the store in %s cannot be read: %s", cli_data_dir(cli),
                  d.text[0] ? d.text : err_text(rc));
        *exit_code = rc == ERR_BUSY || rc == ERR_AGAIN ? CLI_LATER
                     : rc == ERR_UNSUPPORTED           ? CLI_CONFIG
                                                       : CLI_DATA;
    }
    return rc;
}

struct wanted {
    struct store *s;
    const char *exchange;
    enum timeframe tf;
    struct store_stream *stream;
    int error;
};

static bool stream_known(void *arg, const struct pair *candidate)
{
    struct wanted *w = arg;
    int rc = store_stream_find(w->s, w->exchange, candidate, w->tf, w->stream);

    if (rc != 0 && rc != ERR_NOT_FOUND) {
        w->error = rc;
    }
    return rc == 0;
}

int cli_stream_find(struct cli *cli, struct store *s, struct store_stream *out)
{
    const char *exchange = cli_get(cli, "exchange");
    struct wanted w = {s, exchange ? exchange : config_str(cli->config, CFG_EXCHANGE_NAME), TF_M1,
                       out, 0};
    struct pair pair;
    struct diag d = {0};
    int rc = timeframe_parse(str_from(cli->arguments[1]), &w.tf, &d);

    if (rc != 0) {
        cli_error(cli, "%s", d.text);
        return CLI_DATA;
    }
    rc = pair_resolve(str_from(cli->arguments[0]),
                      str_from(config_str(cli->config, CFG_HUB_DEFAULT_QUOTE)), stream_known, &w,
                      &pair, &d);
    if (w.error != 0) {
        return cli_store_failed(cli, s, w.error, "the stream cannot be looked up");
    }
    if (rc == ERR_NOT_FOUND) {
        cli_error(
            cli,
            "%s %s of %s was never watched; 'oracle watch add %s %s' begins to, 'oracle watch "
            "list' shows what is",
            cli->arguments[0], timeframe_code(w.tf), w.exchange, cli->arguments[0],
            timeframe_code(w.tf));
        return CLI_NEGATIVE;
    }
    if (rc != 0) {
        cli_error(cli, "%s", d.text);
        return CLI_DATA;
    }
    return 0;
}

// The range as typed, the stream aside. 0 or the exit code.
static int make_range(struct cli *cli, struct store_range *out)
{
    *out = (struct store_range){.from = cli_moment(cli, "from", 0),
                                .to = cli_moment(cli, "to", 0),
                                .last_n = cli_count(cli, "last", cli->follow ? FOLLOW_FIRST : 0)};
    if (out->to > 0 && out->from >= out->to) {
        cli_error(cli, "--from must be before --to");
        return CLI_USAGE;
    }
    if (cli->argument_count == 1) {
        cli_error(cli, "name the timeframe too: %s 4h", cli->arguments[0]);
        return CLI_USAGE;
    }
    return CLI_OK;
}

// Opens the store and finds the stream, if one is named. 0 or the exit code; *s is NULL when there
// is no store yet.
static int open_for_list(struct cli *cli, struct store **s, struct store_range *range,
                         struct store_stream *stream)
{
    int exit_code = CLI_OK;
    int rc = cli_store_read(cli, s, &exit_code);

    if (rc == ERR_NOT_FOUND) {
        *s = NULL;
        return cli->follow ? CLI_UNREACHABLE : CLI_OK;
    }
    if (rc == 0 && cli->argument_count == 2) {
        exit_code = cli_stream_find(cli, *s, stream);
        range->stream_id = stream->id;
    }
    return exit_code;
}

int cli_list(struct cli *cli, const struct cli_column *columns, size_t count, cli_list_fn list,
             const char *why_empty)
{
    struct store *s = NULL;
    struct store_stream stream = {0};
    struct store_range range;
    struct cli_listing l;
    int exit_code = make_range(cli, &range);
    int rc;

    if (exit_code == CLI_OK) {
        exit_code = open_for_list(cli, &s, &range, &stream);
    }
    if (exit_code != CLI_OK) {
        store_close(s);
        return exit_code;
    }
    cli_listing_begin(&l, cli, columns, count);
    if (cli->follow) {
        cli_follow_begin();
    }
    do {
        rc = s ? list(&l, s, &range, &stream) : 0;
        range.last_n = range.last_n > 0 && l.last_id == 0 ? range.last_n : 0;
        range.after_id = l.last_id;
    } while (rc == 0 && cli->follow && cli_follow_wait(cli, &exit_code));
    cli_listing_end(&l, s ? why_empty : "");
    if (rc < 0) {
        exit_code = cli_store_failed(cli, s, rc, "the store cannot be read");
    }
    store_close(s);
    return exit_code;
}
