// SPDX-License-Identifier: Apache-2.0
// oracle ledger and oracle gaps: what became of each candle that was due.
#include "cli/cli.h"

static const struct cli_column ledger_columns[] = {
    {"pair", -12},   {"tf", -3},        {"open time", -20}, {"due at", -20}, {"tries", 5},
    {"status", -13}, {"saved at", -24}, {"late", -4},       {"cause", -1}};

static int on_ledger(void *arg, const struct store_ledger *row)
{
    struct cli_listing *l = arg;
    struct jsonw *w = &l->json;
    char pair[PAIR_TEXT_MAX], open[TIME_TEXT_MAX], due[TIME_TEXT_MAX], saved[TIME_TEXT_MAX];

    if (l->cli->json) {
        cli_listing_object(l);
        cli_json_pair(w, &row->pair);
        cli_json_text(w, "timeframe", timeframe_code(row->timeframe));
        cli_json_i64(w, "open_time", row->open_time);
        cli_json_i64(w, "due_at", row->due_at);
        cli_json_i64(w, "attempts", row->attempts);
        cli_json_text(w, "status", poll_status_name(row->status));
        cli_json_time(w, "saved_at", row->saved_at);
        cli_json_bool(w, "late", row->late);
        cli_json_text(w, "cause", row->cause);
        return cli_listing_object_end(l);
    }
    pair_format(&row->pair, pair);
    time_format(row->open_time, open);
    time_format(row->due_at, due);
    cli_time_text(row->saved_at, saved);
    cli_listing_cell(l, "%s", pair);
    cli_listing_cell(l, "%s", timeframe_code(row->timeframe));
    cli_listing_cell(l, "%s", open);
    cli_listing_cell(l, "%s", due);
    cli_listing_cell(l, "%u", row->attempts);
    cli_listing_cell(l, "%s", poll_status_name(row->status));
    cli_listing_cell(l, "%s", saved);
    cli_listing_cell(l, "%s", row->late ? "late" : "");
    cli_listing_cell(l, "%s", row->cause);
    return cli_listing_row_end(l);
}

static int list_ledger(struct cli_listing *l, struct store *s, const struct store_range *r,
                       const struct store_stream *stream)
{
    (void)stream;
    return store_ledger_each(s, r, on_ledger, l);
}

int cli_cmd_ledger(struct cli *cli)
{
    return cli_list(
        cli, ledger_columns, sizeof ledger_columns / sizeof ledger_columns[0], list_ledger,
        "No candle was due yet in that range; the first is when a watched stream's next "
        "candle closes.");
}

static const struct cli_column gap_columns[] = {
    {"pair", -12},      {"tf", -3},         {"open time", -20}, {"missing", -8},
    {"logged at", -24}, {"filled at", -24}, {"cause", -1}};

static int on_gap(void *arg, const struct store_gap *g)
{
    struct cli_listing *l = arg;
    struct jsonw *w = &l->json;
    char pair[PAIR_TEXT_MAX], open[TIME_TEXT_MAX], logged[TIME_TEXT_MAX], filled[TIME_TEXT_MAX];

    if (l->cli->json) {
        cli_listing_object(l);
        cli_json_pair(w, &g->pair);
        cli_json_text(w, "timeframe", timeframe_code(g->timeframe));
        cli_json_i64(w, "open_time", g->open_time);
        cli_json_text(w, "cause", g->cause);
        cli_json_bool(w, "exchange_gap", g->exchange_gap);
        cli_json_i64(w, "logged_at", g->logged_at);
        cli_json_time(w, "filled_at", g->filled_at);
        return cli_listing_object_end(l);
    }
    pair_format(&g->pair, pair);
    time_format(g->open_time, open);
    time_format(g->logged_at, logged);
    cli_time_text(g->filled_at, filled);
    cli_listing_cell(l, "%s", pair);
    cli_listing_cell(l, "%s", timeframe_code(g->timeframe));
    cli_listing_cell(l, "%s", open);
    cli_listing_cell(l, "%s", g->exchange_gap ? "exchange" : g->filled_at > 0 ? "no" : "yes");
    cli_listing_cell(l, "%s", logged);
    cli_listing_cell(l, "%s", filled);
    cli_listing_cell(l, "%s", g->cause);
    return cli_listing_row_end(l);
}

static int list_gaps(struct cli_listing *l, struct store *s, const struct store_range *r,
                     const struct store_stream *stream)
{
    (void)stream;
    return store_gap_each(s, r, on_gap, l);
}

int cli_cmd_gaps(struct cli *cli)
{
    return cli_list(cli, gap_columns, sizeof gap_columns / sizeof gap_columns[0], list_gaps,
                    "No gaps are recorded in that range.");
}
