// SPDX-License-Identifier: Apache-2.0
// oracle candles: the stored candles of one stream.
#include "cli/cli.h"

#include "base/number.h"

#define CSV_HEADER "open_time_ms,open,high,low,close,volume\n"

static const struct cli_column columns[] = {{"open time", -20}, {"open", 14},  {"high", 14},
                                            {"low", 14},        {"close", 14}, {"volume", 18},
                                            {"late", -4},       {"source", -9}};

static int write_json(struct cli_listing *l, const struct store_candle *c)
{
    struct jsonw *w = &l->json;
    const struct {
        const char *key;
        double value;
    } prices[] = {{"open", c->candle.open},
                  {"high", c->candle.high},
                  {"low", c->candle.low},
                  {"close", c->candle.close},
                  {"volume", c->candle.volume}};

    cli_listing_object(l);
    cli_json_i64(w, "open_time", c->candle.open_time);
    for (size_t i = 0; i < sizeof prices / sizeof prices[0]; i++) {
        jsonw_key(w, prices[i].key);
        jsonw_double(w, prices[i].value);
    }
    cli_json_bool(w, "late", c->late);
    cli_json_text(w, "source", candle_source_name(c->source));
    cli_json_bool(w, "revised", c->revised);
    return cli_listing_object_end(l);
}

static int write_csv(struct cli_listing *l, const struct store_candle *c)
{
    const double values[] = {c->candle.open, c->candle.high, c->candle.low, c->candle.close,
                             c->candle.volume};
    char text[NUMBER_TEXT_MAX];

    cli_out_printf(&l->cli->out, "%lld", (long long)c->candle.open_time);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        size_t len = number_format_double(values[i], text);

        cli_out_add(&l->cli->out, STR(","));
        cli_out_add(&l->cli->out, (struct str){text, len});
    }
    return cli_listing_row_end(l);
}

static int write_row(struct cli_listing *l, const struct store_candle *c)
{
    const double values[] = {c->candle.open, c->candle.high, c->candle.low, c->candle.close,
                             c->candle.volume};
    char text[NUMBER_TEXT_MAX], at[TIME_TEXT_MAX];

    time_format(c->candle.open_time, at);
    cli_listing_cell(l, "%s", at);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        (void)number_format_double(values[i], text);
        cli_listing_cell(l, "%s", text);
    }
    cli_listing_cell(l, "%s", c->late ? "late" : "");
    cli_listing_cell(l, "%s%s", candle_source_name(c->source), c->revised ? " revised" : "");
    return cli_listing_row_end(l);
}

static int on_candle(void *arg, const struct store_candle *c)
{
    struct cli_listing *l = arg;

    return l->cli->json ? write_json(l, c) : l->cli->csv ? write_csv(l, c) : write_row(l, c);
}

static int list(struct cli_listing *l, struct store *s, const struct store_range *r,
                const struct store_stream *stream)
{
    return store_candle_each(s, stream->id, stream->timeframe, r->from,
                             r->to > 0 ? r->to : INT64_MAX, r->last_n, on_candle, l);
}

int cli_cmd_candles(struct cli *cli)
{
    if (cli->json && cli->csv) {
        cli_error(cli, "give --json or --csv, not both");
        return CLI_USAGE;
    }
    if (cli->csv) {
        cli_out_add(&cli->out, STR(CSV_HEADER));
    }
    return cli_list(cli, columns, sizeof columns / sizeof columns[0], list,
                    "No candles are stored there for that time; 'oracle status' shows what the "
                    "stream is doing.");
}
