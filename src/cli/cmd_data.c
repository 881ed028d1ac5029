// SPDX-License-Identifier: Apache-2.0
// oracle data verify: is each stream whole, and if not, what is missing and why.
#include "cli/data.h"

#include <unistd.h>

static const struct cli_column columns[] = {
    {"pair", -12}, {"tf", -3},     {"verdict", -24}, {"expected", 8}, {"stored", 8},
    {"late", 6},   {"revised", 7}, {"invalid", 7},   {"from", -20},   {"to", -20}};

struct work {
    struct cli *cli;
    struct store *s;
    struct data_hub hub;
    struct cli_listing listing;
    struct data_scan scan;
    time_ms from, to;
    size_t streams, broken;
};

static void verdict_of(const struct verify_result *r, char out[static 64])
{
    bool whole = verify_is_whole(r);
    int rc;

    if (r->expected == 0) {
        rc = str_printf(out, 64, "nothing yet");
    } else if (whole && r->holes == 0) {
        rc = str_printf(out, 64, "whole");
    } else if (whole) {
        rc = str_printf(out, 64, "whole, %lld explained", (long long)r->holes);
    } else if (r->holes > 0) {
        rc = str_printf(out, 64, "%lld hole%s", (long long)r->holes, r->holes == 1 ? "" : "s");
    } else {
        rc = str_printf(out, 64, "not whole");
    }
    if (rc != 0) {
        out[0] = '\0';
    }
}

static void put_remarks(struct cli *cli, const struct data_scan *scan)
{
    const struct verify_result *r = &scan->result;

    for (size_t i = 0; i < scan->hole_count; i++) {
        const struct verify_hole *h = &scan->holes[i];
        char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];

        time_format(h->from, from);
        time_format(h->to, to);
        cli_out_printf(&cli->out, "    %s to %s  %lld candle%s  %s: %s\n", from, to,
                       (long long)h->candles, h->candles == 1 ? "" : "s", verify_why_name(h->why),
                       verify_why_text(h->why));
    }
    if (scan->holes_left_out > 0) {
        cli_out_printf(&cli->out, "    and %zu more holes\n", scan->holes_left_out);
    }
    if (r->invalid > 0) {
        cli_out_printf(&cli->out, "    %lld stored candles are not valid\n", (long long)r->invalid);
    }
    if (r->without_ledger > 0) {
        cli_out_printf(&cli->out, "    %lld stored candles that were due have no ledger row\n",
                       (long long)r->without_ledger);
    }
    if (r->ledger_disputes > 0) {
        cli_out_printf(&cli->out, "    %lld stored candles are not SAVED in the ledger\n",
                       (long long)r->ledger_disputes);
    }
}

static int put_row(struct work *w)
{
    const struct data_scan *scan = &w->scan;
    const struct verify_result *r = &scan->result;
    struct cli_listing *l = &w->listing;
    char pair[PAIR_TEXT_MAX], verdict[64], from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];
    int rc;

    pair_format(&scan->stream.pair, pair);
    verdict_of(r, verdict);
    cli_time_text(scan->from, from);
    cli_time_text(scan->to, to);
    cli_listing_cell(l, "%s", pair);
    cli_listing_cell(l, "%s", timeframe_code(scan->stream.timeframe));
    cli_listing_cell(l, "%s", verdict);
    cli_listing_cell(l, "%lld", (long long)r->expected);
    cli_listing_cell(l, "%lld", (long long)r->stored);
    cli_listing_cell(l, "%lld", (long long)r->late);
    cli_listing_cell(l, "%lld", (long long)r->revised);
    cli_listing_cell(l, "%lld", (long long)r->invalid);
    cli_listing_cell(l, "%s", from);
    cli_listing_cell(l, "%s", to);
    rc = cli_listing_row_end(l);
    put_remarks(w->cli, scan);
    return rc;
}

static int put_object(struct work *w)
{
    const struct data_scan *scan = &w->scan;
    const struct verify_result *r = &scan->result;
    struct cli_listing *l = &w->listing;
    struct jsonw *j = &l->json;

    cli_listing_object(l);
    cli_json_text(j, "exchange", scan->stream.exchange);
    cli_json_pair(j, &scan->stream.pair);
    cli_json_text(j, "timeframe", timeframe_code(scan->stream.timeframe));
    cli_json_bool(j, "whole", verify_is_whole(r));
    cli_json_time(j, "from", scan->from);
    cli_json_time(j, "to", scan->to);
    cli_json_i64(j, "expected", r->expected);
    cli_json_i64(j, "stored", r->stored);
    cli_json_i64(j, "late", r->late);
    cli_json_i64(j, "revised", r->revised);
    cli_json_i64(j, "invalid", r->invalid);
    cli_json_i64(j, "saved_without_candle", r->missing[VERIFY_LOST]);
    cli_json_i64(j, "without_ledger", r->without_ledger);
    cli_json_i64(j, "ledger_disputes", r->ledger_disputes);
    cli_json_i64(j, "hole_count", r->holes);
    jsonw_key(j, "holes");
    jsonw_array(j);
    for (size_t i = 0; i < scan->hole_count; i++) {
        const struct verify_hole *h = &scan->holes[i];

        jsonw_object(j);
        cli_json_i64(j, "from", h->from);
        cli_json_i64(j, "to", h->to);
        cli_json_i64(j, "candles", h->candles);
        cli_json_text(j, "why", verify_why_name(h->why));
        cli_json_text(j, "text", verify_why_text(h->why));
        jsonw_object_end(j);
    }
    jsonw_array_end(j);
    return cli_listing_object_end(l);
}

static int verify_one(void *arg, const struct store_stream *st)
{
    struct work *w = arg;
    int rc;

    w->scan.stream = *st;
    rc = data_scan(w->cli, w->s, &w->hub, w->from, w->to, &w->scan);
    if (rc != 0) {
        return rc;
    }
    w->streams++;
    w->broken += !verify_is_whole(&w->scan.result);
    rc = w->cli->json ? put_object(w) : put_row(w);
    if (isatty(STDOUT_FILENO)) {
        cli_out_flush(&w->cli->out); // a long history takes its time: show each as it is done
    }
    return rc;
}

static void sum_up(const struct work *w)
{
    if (w->streams == 0) {
        cli_note(w->cli, "Nothing is watched yet; 'oracle watch add VET 4h' begins to.");
    } else if (w->broken == 0) {
        cli_note(w->cli, "%zu stream%s: whole.", w->streams, w->streams == 1 ? "" : "s");
    } else {
        cli_note(w->cli,
                 "%zu of %zu streams not whole; 'oracle data repair' fetches what can be had%s.",
                 w->broken, w->streams, w->hub.running ? "" : ", once 'oracle run' is started");
    }
}

int cli_cmd_data_verify(struct cli *cli)
{
    struct work *w = calloc(1, sizeof *w);
    int exit_code = CLI_OK, stream_exit = CLI_OK;
    int rc;

    if (!w) {
        cli_error(cli, "%s", err_text(ERR_NO_MEMORY));
        return CLI_BUG;
    }
    w->cli = cli;
    w->from = cli_moment(cli, "from", 0);
    w->to = cli_moment(cli, "to", 0);
    exit_code = data_hub_look(cli, &w->hub);
    rc = exit_code != 0 ? 0 : cli_store_read(cli, &w->s, &exit_code);
    if (w->s) {
        cli_listing_begin(&w->listing, cli, columns, sizeof columns / sizeof columns[0]);
        rc = data_each_stream(cli, w->s, verify_one, w, &stream_exit);
        cli_listing_end(&w->listing, "");
        exit_code = stream_exit != 0 ? stream_exit
                    : rc < 0         ? cli_store_failed(cli, w->s, rc, "the store cannot be read")
                    : w->broken > 0  ? CLI_NEGATIVE
                                     : CLI_OK;
        if (rc >= 0 && stream_exit == 0) {
            sum_up(w);
        }
    } else if (rc == ERR_NOT_FOUND && cli->json) {
        cli_out_add(&cli->out, STR("[]\n"));
    }
    store_close(w->s);
    free(w);
    return exit_code;
}
