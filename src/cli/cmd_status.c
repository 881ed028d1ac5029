// SPDX-License-Identifier: Apache-2.0
// oracle status: what the running hub says of itself.
#include "cli/cli.h"

#include <jansson.h>

static const struct cli_column agent_columns[] = {
    {"agent", -12},     {"pid", 8},   {"state", -9}, {"restarts", 8},
    {"last work", -24}, {"queue", 6}, {"memory", 9}, {"note", -1}};
static const struct cli_column stream_columns[] = {
    {"pair", -12}, {"tf", -3},   {"state", -8}, {"last candle", -20},
    {"lag", -10},  {"tries", 5}, {"note", -1}};

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static int64_t number_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static void show_agents(struct cli *cli, const json_t *agents)
{
    struct cli_listing l;
    size_t i;
    const json_t *a;

    cli_listing_begin(&l, cli, agent_columns, sizeof agent_columns / sizeof agent_columns[0]);
    json_array_foreach(agents, i, a)
    {
        char at[TIME_TEXT_MAX];

        cli_time_text(number_of(a, "last_work"), at);
        cli_listing_cell(&l, "%s", text_of(a, "name"));
        cli_listing_cell(&l, "%lld", (long long)number_of(a, "pid"));
        cli_listing_cell(&l, "%s", text_of(a, "state"));
        cli_listing_cell(&l, "%lld", (long long)number_of(a, "restarts"));
        cli_listing_cell(&l, "%s", at);
        cli_listing_cell(&l, "%lld", (long long)number_of(a, "queue_depth"));
        cli_listing_cell(&l, "%.1f MB", (double)number_of(a, "memory_bytes") / 1e6);
        cli_listing_cell(&l, "%s", text_of(a, "note"));
        if (cli_listing_row_end(&l) != 0) {
            break;
        }
    }
    cli_listing_end(&l, "");
}

static void show_streams(struct cli *cli, const json_t *streams)
{
    struct cli_listing l;
    size_t i;
    const json_t *s;

    cli_listing_begin(&l, cli, stream_columns, sizeof stream_columns / sizeof stream_columns[0]);
    json_array_foreach(streams, i, s)
    {
        char at[TIME_TEXT_MAX], lag[TIME_TEXT_MAX];
        const char *note = text_of(s, "text");

        cli_time_text(number_of(s, "last_candle"), at);
        duration_format(number_of(s, "lag_ms"), lag);
        cli_listing_cell(&l, "%s", text_of(s, "pair"));
        cli_listing_cell(&l, "%s", text_of(s, "timeframe"));
        cli_listing_cell(&l, "%s", text_of(s, "state"));
        cli_listing_cell(&l, "%s", at);
        cli_listing_cell(&l, "%s", number_of(s, "lag_ms") > 0 ? lag : "none");
        cli_listing_cell(&l, "%lld", (long long)number_of(s, "attempts"));
        cli_listing_cell(&l, "%s", note[0] ? note : text_of(s, "cause"));
        if (cli_listing_row_end(&l) != 0) {
            break;
        }
    }
    cli_listing_end(&l, "No streams: 'oracle watch add VET 4h' watches one.");
}

static void show_head(struct cli *cli, const json_t *status)
{
    const json_t *clock = json_object_get(status, "clock");
    const json_t *weight = json_object_get(status, "weight");
    char at[TIME_TEXT_MAX];

    cli_time_text(number_of(clock, "exchange_time"), at);
    cli_out_printf(&cli->out, "exchange  %s, %s\ndata      %s\n", text_of(status, "exchange"),
                   text_of(status, "base_url"), text_of(status, "data_dir"));
    cli_out_printf(&cli->out, "time      %s, speed %g, measured within %lld ms\n", at,
                   json_number_value(json_object_get(clock, "speed")),
                   (long long)number_of(clock, "round_trip_ms"));
    cli_out_printf(&cli->out, "weight    %lld used of %lld allowed (the exchange grants %lld)\n\n",
                   (long long)number_of(weight, "used"), (long long)number_of(weight, "allowed"),
                   (long long)number_of(weight, "limit"));
}

static int show(struct cli *cli, struct str text)
{
    json_error_t error;
    json_t *status = json_loadb(text.data ? text.data : "", text.len, 0, &error);

    if (!json_is_object(status)) {
        cli_error(cli, "the hub's answer cannot be read: %s", error.text);
        json_decref(status);
        return CLI_BUG;
    }
    show_head(cli, status);
    show_agents(cli, json_object_get(status, "agents"));
    cli_out_add(&cli->out, STR("\n"));
    show_streams(cli, json_object_get(status, "streams"));
    json_decref(status);
    return CLI_OK;
}

int cli_cmd_status(struct cli *cli)
{
    struct cli_reply reply;
    struct diag d = {0};
    int exit_code, rc;

    cli_reply_init(&reply);
    rc = cli_hub_ask(cli, "status", STR(""), &reply, &d);
    if (rc == ERR_UNREACHABLE) {
        cli_error(cli, "no hub runs in %s; 'oracle run' starts one, --data names another folder",
                  cli_data_dir(cli));
        exit_code = CLI_UNREACHABLE;
    } else if (rc != 0) {
        cli_error(cli, "%s", d.text[0] ? d.text : err_text(rc));
        exit_code = CLI_LATER;
    } else if (reply.exit_code != 0) {
        cli_error(cli, STR_FMT, STR_ARG(buf_str(&reply.text)));
        exit_code = reply.exit_code;
    } else if (cli->json) {
        cli_out_add(&cli->out, buf_str(&reply.json));
        cli_out_add(&cli->out, STR("\n"));
        exit_code = CLI_OK;
    } else {
        exit_code = show(cli, buf_str(&reply.json));
    }
    cli_reply_finish(&reply);
    return exit_code;
}
