// SPDX-License-Identifier: Apache-2.0
// oracle data repair: asks the running hub for each hole again and tells what became of it.
#include "cli/data.h"

#include "control/control.h"

#include <poll.h>
#include <unistd.h>

#define ASK_CANDLES 1000 // of one request to the hub
#define BUSY_MS     250  // before asking again while the stream heals
#define BUSY_TRIES  120
#define ROUNDS      3 // looks at a hole that was fetched in part

static const struct cli_column columns[] = {{"pair", -12},  {"tf", -3},     {"from", -20},
                                            {"to", -20},    {"candles", 7}, {"was", -12},
                                            {"fetched", 7}, {"outcome", -1}};

struct repair {
    struct cli *cli;
    struct store *s;
    struct data_hub hub;
    struct cli_listing listing;
    struct data_scan scan, again; // again: one hole looked at once more
    time_ms from, to;
    bool exchange_gaps;
    size_t holes;
    int exit_code;
};

struct outcome {
    int exit_code; // of the last answer
    char text[256];
};

static int pack(struct buf *args, const char *key, int64_t value)
{
    char text[32];
    int rc = str_printf(text, sizeof text, "%lld", (long long)value);

    return rc != 0 ? rc : control_arg_add(args, key, str_from(text));
}

// One request. 0 once the hub has answered, whatever it said; else the hub is gone.
static int ask_once(struct repair *r, time_ms from, time_ms to, struct outcome *out)
{
    struct cli_reply reply;
    struct diag d = {0};
    struct buf args;
    int rc;

    buf_init(&args, 512);
    cli_reply_init(&reply);
    rc = pack(&args, "stream", r->scan.stream.id);
    rc = rc != 0 ? rc : pack(&args, "from", from);
    rc = rc != 0 ? rc : pack(&args, "to", to);
    rc = rc != 0 ? rc : cli_hub_ask(r->cli, "data.repair", buf_str(&args), &reply, &d);
    if (rc == 0) {
        struct str text = buf_str(&reply.text);

        out->exit_code = reply.exit_code;
        rc = str_copy(out->text, sizeof out->text, str_sub(text, 0, sizeof out->text - 1));
    } else {
        out->exit_code = CLI_UNREACHABLE;
        if (str_copy(out->text, sizeof out->text, str_from(d.text)) != 0) {
            out->text[0] = '\0';
        }
    }
    cli_reply_finish(&reply);
    buf_finish(&args);
    return rc;
}

static int ask(struct repair *r, time_ms from, time_ms to, struct outcome *out)
{
    int rc = 0;

    for (int i = 0; i < BUSY_TRIES; i++) {
        rc = ask_once(r, from, to, out);
        if (rc != 0 || out->exit_code != CLI_LATER) {
            break;
        }
        (void)poll(NULL, 0, BUSY_MS);
    }
    return rc;
}

// What is still missing of [from, to) and may be asked for. Errors of the store are negative.
static int look_again(struct repair *r, time_ms from, time_ms to, int64_t *missing,
                      int64_t *exchange)
{
    int rc;

    r->again.stream = r->scan.stream;
    rc = data_scan(r->cli, r->s, &r->hub, from, to, &r->again);
    *exchange = r->again.result.missing[VERIFY_EXCHANGE_GAP];
    *missing = r->again.result.expected - r->again.result.stored - *exchange;
    return rc;
}

static int fetch(struct repair *r, time_ms from, time_ms to, struct outcome *out)
{
    enum timeframe tf = r->scan.stream.timeframe;

    for (int round = 0; round < ROUNDS; round++) {
        int64_t missing = 0, exchange = 0;
        int rc = 0;

        for (time_ms at = from; rc == 0 && at < to;) {
            time_ms end = timeframe_step(tf, at, ASK_CANDLES);

            end = end < to ? end : to;
            rc = ask(r, at, end, out);
            if (rc == 0 && out->exit_code != 0 && out->exit_code != CLI_NEGATIVE) {
                return 0;
            }
            at = end;
        }
        if (rc != 0) {
            return 0; // out says it
        }
        rc = look_again(r, from, to, &missing, &exchange);
        if (rc != 0 || missing == 0) {
            return rc;
        }
    }
    return 0;
}

static const char *conclude(struct repair *r, const struct verify_hole *h, int64_t missing,
                            int64_t exchange, const struct outcome *out)
{
    if (missing == 0) {
        return exchange == h->candles ? "the exchange has none"
               : exchange > 0         ? "fetched; the exchange lacks the rest"
                                      : "fetched";
    }
    r->exit_code = out->exit_code > CLI_NEGATIVE ? out->exit_code : CLI_NEGATIVE;
    return out->exit_code != 0 ? out->text : "still missing; look at 'oracle ledger'";
}

static int put(struct repair *r, const struct verify_hole *h, int64_t fetched, bool settled,
               const char *text)
{
    const struct store_stream *st = &r->scan.stream;
    struct cli_listing *l = &r->listing;
    char pair[PAIR_TEXT_MAX], from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];

    if (r->cli->json) {
        cli_listing_object(l);
        cli_json_pair(&l->json, &st->pair);
        cli_json_text(&l->json, "timeframe", timeframe_code(st->timeframe));
        cli_json_i64(&l->json, "from", h->from);
        cli_json_i64(&l->json, "to", h->to);
        cli_json_i64(&l->json, "candles", h->candles);
        cli_json_text(&l->json, "why", verify_why_name(h->why));
        cli_json_i64(&l->json, "fetched", fetched);
        cli_json_bool(&l->json, "settled", settled);
        cli_json_text(&l->json, "text", text);
        return cli_listing_object_end(l);
    }
    pair_format(&st->pair, pair);
    time_format(h->from, from);
    time_format(h->to, to);
    cli_listing_cell(l, "%s", pair);
    cli_listing_cell(l, "%s", timeframe_code(st->timeframe));
    cli_listing_cell(l, "%s", from);
    cli_listing_cell(l, "%s", to);
    cli_listing_cell(l, "%lld", (long long)h->candles);
    cli_listing_cell(l, "%s", verify_why_name(h->why));
    cli_listing_cell(l, "%lld", (long long)fetched);
    cli_listing_cell(l, "%s", text);
    return cli_listing_row_end(l);
}

static int repair_hole(struct repair *r, const struct verify_hole *h)
{
    struct outcome out = {0};
    int64_t missing = 0, exchange = 0;
    const char *text;
    int rc;

    r->holes++;
    if (isatty(STDERR_FILENO)) {
        cli_note(r->cli, "Asking for %lld candles ...", (long long)h->candles);
    }
    rc = fetch(r, h->from, h->to, &out);
    rc = rc != 0 ? rc : look_again(r, h->from, h->to, &missing, &exchange);
    if (rc != 0) {
        return rc;
    }
    text = conclude(r, h, missing, exchange, &out);
    rc = put(r, h, h->candles - missing - exchange, missing == 0, text);
    return rc;
}

static int repair_stream(void *arg, const struct store_stream *st)
{
    struct repair *r = arg;
    int rc;

    r->scan.stream = *st;
    rc = data_scan(r->cli, r->s, &r->hub, r->from, r->to, &r->scan);
    for (size_t i = 0; rc == 0 && i < r->scan.hole_count; i++) {
        const struct verify_hole *h = &r->scan.holes[i];

        if (!verify_why_is_whole(h->why) || (r->exchange_gaps && h->why == VERIFY_EXCHANGE_GAP)) {
            rc = repair_hole(r, h);
        }
    }
    return rc;
}

static int run(struct repair *r)
{
    struct cli *cli = r->cli;
    int exit_code = CLI_OK;
    int rc = cli_store_read(cli, &r->s, &exit_code);

    if (rc != 0) {
        return rc == ERR_NOT_FOUND ? CLI_NEGATIVE : exit_code;
    }
    cli_listing_begin(&r->listing, cli, columns, sizeof columns / sizeof columns[0]);
    rc = data_each_stream(cli, r->s, repair_stream, r, &exit_code);
    cli_listing_end(&r->listing, exit_code != 0 || rc < 0 ? "" : "Nothing has to be repaired.");
    if (rc < 0) {
        exit_code = cli_store_failed(cli, r->s, rc, "the store cannot be read");
    }
    store_close(r->s);
    return exit_code != 0 ? exit_code : r->exit_code;
}

int cli_cmd_data_repair(struct cli *cli)
{
    struct repair *r = calloc(1, sizeof *r);
    int exit_code;

    if (!r) {
        cli_error(cli, "%s", err_text(ERR_NO_MEMORY));
        return CLI_BUG;
    }
    r->cli = cli;
    r->from = cli_moment(cli, "from", 0);
    r->to = cli_moment(cli, "to", 0);
    r->exchange_gaps = cli_has(cli, "again");
    exit_code = data_hub_look(cli, &r->hub);
    if (exit_code == 0 && !r->hub.running) {
        cli_error(
            cli,
            "no hub runs in %s, and candles are fetched by the hub: start it with 'oracle run "
            "--data %s', then repeat this; at its start it fetches by itself what closed "
            "while it was away",
            cli_data_dir(cli), cli_data_dir(cli));
        exit_code = CLI_UNREACHABLE;
    } else if (exit_code == 0) {
        exit_code = run(r);
    }
    free(r);
    return exit_code;
}
