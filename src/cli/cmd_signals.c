// SPDX-License-Identifier: Apache-2.0
// oracle signals: what strategies asked for.
#include "cli/cli.h"

#include "base/number.h"

static const struct cli_column columns[] = {
    {"id", 6},       {"pair", -12}, {"tf", -3},        {"candle", -20}, {"strategy", -20},
    {"action", -11}, {"price", 14}, {"portfolio", -9}, {"verdict", -7}, {"reason", -1}};

static int write_json(struct cli_listing *l, const struct store_signal *sig)
{
    struct jsonw *w = &l->json;

    cli_listing_object(l);
    cli_json_i64(w, "id", sig->signal.id);
    cli_json_pair(w, &sig->signal.pair);
    cli_json_text(w, "timeframe", timeframe_code(sig->signal.timeframe));
    cli_json_text(w, "strategy", sig->strategy);
    cli_json_i64(w, "candle_time", sig->signal.candle_time);
    cli_json_text(w, "action", signal_action_name(sig->signal.action));
    jsonw_key(w, "price");
    jsonw_double(w, sig->signal.price);
    cli_json_text(w, "reason", sig->signal.reason);
    cli_json_text(w, "portfolio", sig->portfolio);
    cli_json_i64(w, "created_at", sig->created_at);
    cli_json_bool(w, "judged", sig->judged);
    return cli_listing_object_end(l);
}

static int on_signal(void *arg, const struct store_signal *sig)
{
    struct cli_listing *l = arg;
    char pair[PAIR_TEXT_MAX], at[TIME_TEXT_MAX], price[NUMBER_TEXT_MAX];

    l->last_id = sig->signal.id;
    if (l->cli->json) {
        return write_json(l, sig);
    }
    pair_format(&sig->signal.pair, pair);
    time_format(sig->signal.candle_time, at);
    (void)number_format_double(sig->signal.price, price);
    cli_listing_cell(l, "%lld", (long long)sig->signal.id);
    cli_listing_cell(l, "%s", pair);
    cli_listing_cell(l, "%s", timeframe_code(sig->signal.timeframe));
    cli_listing_cell(l, "%s", at);
    cli_listing_cell(l, "%s", sig->strategy);
    cli_listing_cell(l, "%s", signal_action_name(sig->signal.action));
    cli_listing_cell(l, "%s", price);
    cli_listing_cell(l, "%s", sig->portfolio);
    cli_listing_cell(l, "%s", sig->judged ? "judged" : "open");
    cli_listing_cell(l, "%s", sig->signal.reason);
    return cli_listing_row_end(l);
}

static int list(struct cli_listing *l, struct store *s, const struct store_range *r,
                const struct store_stream *stream)
{
    (void)stream;
    return store_signal_each(s, r, false, on_signal, l);
}

int cli_cmd_signals(struct cli *cli)
{
    return cli_list(cli, columns, sizeof columns / sizeof columns[0], list,
                    "No signals in that range: a strategy must run on a watched stream ('oracle "
                    "watch list') and its condition come true.");
}
