// SPDX-License-Identifier: Apache-2.0
// oracle queue: the verdict on each signal, with the checks behind it.
#include "cli/cli.h"

#include "base/number.h"

static const struct cli_column columns[] = {
    {"id", 6},         {"signal", 6},   {"pair", -12},  {"tf", -3},  {"candle", -20},
    {"strategy", -20}, {"action", -11}, {"status", -8}, {"qty", 14}, {"reason", -1}};

static const char *status_name(enum queue_status status)
{
    return status == QUEUE_APPROVED ? "APPROVED" : "REJECTED";
}

static void write_checks(struct jsonw *w, const struct store_queue *q)
{
    jsonw_key(w, "checks");
    jsonw_array(w);
    for (size_t i = 0; i < q->check_count; i++) {
        jsonw_object(w);
        cli_json_text(w, "name", q->checks[i].name);
        cli_json_text(w, "measured", q->checks[i].measured);
        cli_json_text(w, "limit", q->checks[i].limit);
        cli_json_bool(w, "pass", q->checks[i].pass);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static int write_json(struct cli_listing *l, const struct store_queue *q)
{
    struct jsonw *w = &l->json;
    const struct raw_signal *sig = &q->signal.signal;

    cli_listing_object(l);
    cli_json_i64(w, "id", q->id);
    cli_json_i64(w, "signal_id", sig->id);
    cli_json_pair(w, &sig->pair);
    cli_json_text(w, "timeframe", timeframe_code(sig->timeframe));
    cli_json_text(w, "strategy", q->signal.strategy);
    cli_json_i64(w, "candle_time", sig->candle_time);
    cli_json_text(w, "action", signal_action_name(sig->action));
    cli_json_text(w, "status", status_name(q->status));
    cli_json_text(w, "reason", q->reason);
    write_checks(w, q);
    cli_json_i64(w, "queued_at", q->queued_at);
    cli_json_text(w, "portfolio", q->signal.portfolio);
    cli_json_text(w, "side", q->is_buy ? "buy" : "sell");
    cli_json_decimal(w, "qty", q->qty);
    cli_json_decimal(w, "notional", q->notional);
    jsonw_key(w, "order_id");
    q->order_id > 0 ? jsonw_i64(w, q->order_id) : jsonw_null(w);
    return cli_listing_object_end(l);
}

static int on_entry(void *arg, const struct store_queue *q)
{
    struct cli_listing *l = arg;
    const struct raw_signal *sig = &q->signal.signal;
    char pair[PAIR_TEXT_MAX], at[TIME_TEXT_MAX], qty[DECIMAL_TEXT_MAX];

    l->last_id = q->id;
    if (l->cli->json) {
        return write_json(l, q);
    }
    pair_format(&sig->pair, pair);
    time_format(sig->candle_time, at);
    decimal_format_short(q->qty, qty);
    cli_listing_cell(l, "%lld", (long long)q->id);
    cli_listing_cell(l, "%lld", (long long)sig->id);
    cli_listing_cell(l, "%s", pair);
    cli_listing_cell(l, "%s", timeframe_code(sig->timeframe));
    cli_listing_cell(l, "%s", at);
    cli_listing_cell(l, "%s", q->signal.strategy);
    cli_listing_cell(l, "%s", signal_action_name(sig->action));
    cli_listing_cell(l, "%s", status_name(q->status));
    cli_listing_cell(l, "%s", qty);
    cli_listing_cell(l, "%s", q->reason);
    return cli_listing_row_end(l);
}

static int list(struct cli_listing *l, struct store *s, const struct store_range *r,
                const struct store_stream *stream)
{
    (void)stream;
    return store_queue_each(s, r, on_entry, l);
}

int cli_cmd_queue(struct cli *cli)
{
    return cli_list(cli, columns, sizeof columns / sizeof columns[0], list,
                    "The signal queue is empty in that range; 'oracle signals' shows whether a "
                    "strategy has asked for anything.");
}

// ---- one entry

static const struct cli_column check_columns[] = {
    {"check", -20}, {"result", -6}, {"measured", -36}, {"limit", -1}};

static void show_entry(struct cli_listing *l, const struct store_queue *q)
{
    const struct raw_signal *sig = &q->signal.signal;
    struct cli_out *out = &l->cli->out;
    char pair[PAIR_TEXT_MAX], at[TIME_TEXT_MAX], queued[TIME_TEXT_MAX], price[NUMBER_TEXT_MAX];
    char qty[DECIMAL_TEXT_MAX], notional[DECIMAL_TEXT_MAX];

    pair_format(&sig->pair, pair);
    time_format(sig->candle_time, at);
    time_format(q->queued_at, queued);
    (void)number_format_double(sig->price, price);
    decimal_format_short(q->qty, qty);
    decimal_format_short(q->notional, notional);
    cli_out_printf(out, "Queue entry %lld: %s%s%s\n", (long long)q->id, status_name(q->status),
                   q->reason[0] ? ", " : "", q->reason);
    cli_out_printf(out, "  signal     %lld, %s of %s at %s\n", (long long)sig->id,
                   signal_action_name(sig->action), q->signal.strategy, price);
    cli_out_printf(out, "  candle     %s %s %s\n  portfolio  %s\n", pair,
                   timeframe_code(sig->timeframe), at, q->signal.portfolio);
    cli_out_printf(out, "  order      %s %s %s, about %s %s\n  queued     %s\n\n",
                   q->is_buy ? "buy" : "sell", qty, sig->pair.base, notional, sig->pair.quote,
                   queued);
}

static int on_shown(void *arg, const struct store_queue *q)
{
    struct cli_listing *l = arg;

    if (q->id != l->last_id) {
        return 1; // the first one after it: there is no entry of that id
    }
    if (l->cli->json) {
        int rc = write_json(l, q);

        return rc < 0 ? rc : 1;
    }
    show_entry(l, q);
    for (size_t i = 0; i < q->check_count; i++) {
        cli_listing_cell(l, "%s", q->checks[i].name);
        cli_listing_cell(l, "%s", q->checks[i].pass ? "pass" : "FAIL");
        cli_listing_cell(l, "%s", q->checks[i].measured);
        cli_listing_cell(l, "%s", q->checks[i].limit);
        if (cli_listing_row_end(l) != 0) {
            break;
        }
    }
    l->rows++; // an entry without checks is an entry all the same
    return 1;
}

int cli_cmd_queue_show(struct cli *cli)
{
    struct store *s = NULL;
    struct cli_listing l;
    struct store_range range = {0};
    int64_t id = 0;
    int exit_code = CLI_OK, rc;

    if (number_parse_i64(str_from(cli->arguments[0]), &id) != 0 || id < 1) {
        cli_error(cli, "'%s' is no queue id; the first column of 'oracle queue' has them",
                  cli->arguments[0]);
        return CLI_USAGE;
    }
    rc = cli_store_read(cli, &s, &exit_code);
    if (rc != 0) {
        return exit_code == CLI_OK ? CLI_NEGATIVE : exit_code;
    }
    cli_listing_begin(&l, cli, check_columns, sizeof check_columns / sizeof check_columns[0]);
    l.last_id = id;
    range.after_id = id - 1;
    rc = store_queue_each(s, &range, on_shown, &l);
    if (rc < 0) {
        exit_code = cli_store_failed(cli, s, rc, "the signal queue cannot be read");
    }
    cli_listing_end(&l, "");
    if (rc >= 0 && l.rows == 0) {
        cli_error(cli, "the signal queue has no entry %lld", (long long)id);
        exit_code = CLI_NEGATIVE;
    }
    store_close(s);
    return exit_code;
}
