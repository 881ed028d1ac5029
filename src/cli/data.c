// SPDX-License-Identifier: Apache-2.0
// The grid of a stream beside its candles, its ledger and its gaps, block by block.
#include "cli/data.h"

#include "market/schedule.h"

#include <jansson.h>

#define BLOCK_CELLS 4096
// Real time that a fact may be on its way from the exchange's answer to the files.
#define SETTLE_MS 5000
#define LOOKS_MAX 3

int data_hub_look(struct cli *cli, struct data_hub *out)
{
    struct cli_reply reply;
    struct diag d = {0};
    json_t *root = NULL, *clock;
    int rc;

    *out = (struct data_hub){false, 0, 0};
    cli_reply_init(&reply);
    rc = cli_hub_ask(cli, "status", STR(""), &reply, &d);
    if (rc == 0 && reply.exit_code == 0) {
        root = json_loadb(reply.json.data, reply.json.len, 0, NULL);
        clock = json_object_get(root, "clock");
        out->running = true;
        out->now = json_integer_value(json_object_get(clock, "exchange_time"));
        if (out->now > 0) {
            double speed = json_number_value(json_object_get(clock, "speed"));

            out->settled = out->now - (int64_t)(SETTLE_MS * (speed > 0 ? speed : 1));
        }
    } else if (rc != ERR_UNREACHABLE) {
        cli_error(cli, "%s", rc != 0 && d.text[0] ? d.text : "the hub cannot tell its state");
    }
    json_decref(root);
    cli_reply_finish(&reply);
    return rc == 0 || rc == ERR_UNREACHABLE ? 0 : CLI_LATER;
}

// ---- which part of the grid

static int take_open(void *arg, const struct store_candle *c)
{
    *(time_ms *)arg = c->candle.open_time;
    return 1;
}

static int take_ledger_open(void *arg, const struct store_ledger *row)
{
    *(time_ms *)arg = row->open_time;
    return 0;
}

// From the first candle that has ever been there, or was due; what retention let go lies before
// the stream's origin. Up to the newest that is due, or, of a stream nobody polls now, the newest
// that anything is known of.
static int known_span(const struct cli *cli, struct store *s, const struct data_hub *hub,
                      const struct store_stream *st, time_ms *from, time_ms *to)
{
    struct store_range newest = {.stream_id = st->id, .last_n = 1};
    struct schedule_rules rules = {config_ms(cli->config, CFG_SCHEDULER_CLOSE_DELAY),
                                   config_ms(cli->config, CFG_SCHEDULER_RETRY_INTERVAL)};
    time_ms first = 0, ledger = 0, last = st->last_open;
    int rc = store_candle_each(s, st->id, st->timeframe, 0, INT64_MAX, 0, take_open, &first);

    *from = *to = 0;
    rc = rc < 0 ? rc : store_ledger_each(s, &newest, take_ledger_open, &ledger);
    if (rc != 0) {
        return rc;
    }
    if (st->first_due > 0 && (first == 0 || st->first_due < first)) {
        first = st->first_due;
    }
    if (st->origin > first) {
        first = st->origin;
    }
    last = ledger > last ? ledger : last;
    if (hub->settled > 0 && (st->state == STREAM_LIVE || st->state == STREAM_HALTED)) {
        time_ms due = schedule_newest_due(st->timeframe, hub->now, &rules);

        last = due > last ? due : last;
    }
    if (first > 0 && last >= first) {
        *from = first;
        *to = timeframe_next(st->timeframe, last);
    }
    return 0;
}

// ---- one block of the grid

struct block {
    enum timeframe tf;
    time_ms first, end;
    time_ms now; // for the check of what is stored
    int64_t off_grid;
    struct verify_cell cells[BLOCK_CELLS];
};

static struct verify_cell *cell_of(struct block *b, time_ms open)
{
    return &b->cells[timeframe_count(b->tf, b->first, open)];
}

static int on_candle(void *arg, const struct store_candle *c)
{
    struct block *b = arg;
    struct verify_cell *cell;

    if (!timeframe_is_aligned(b->tf, c->candle.open_time)) {
        b->off_grid++;
        return 0;
    }
    cell = cell_of(b, c->candle.open_time);
    cell->stored = true;
    cell->late = c->late;
    cell->revised = c->revised;
    cell->source = c->source;
    cell->fault = candle_check(&c->candle, b->tf, b->now);
    return 0;
}

static int on_ledger(void *arg, const struct store_ledger *row)
{
    struct block *b = arg;

    if (timeframe_is_aligned(b->tf, row->open_time)) {
        struct verify_cell *cell = cell_of(b, row->open_time);

        cell->has_ledger = true;
        cell->status = row->status;
    }
    return 0;
}

static int on_gap(void *arg, const struct store_gap *g)
{
    struct block *b = arg;

    if (timeframe_is_aligned(b->tf, g->open_time)) {
        struct verify_cell *cell = cell_of(b, g->open_time);

        cell->has_gap = true;
        cell->exchange_gap = g->exchange_gap;
        cell->filled = g->filled_at > 0;
    }
    return 0;
}

// The ledger first: a candle is in its file before its row is in the ledger, so what was SAVED when
// this began is there.
static int read_block(struct store *s, int64_t stream, struct block *b)
{
    struct store_range range = {.stream_id = stream, .from = b->first, .to = b->end};
    int rc;

    memset(b->cells, 0, sizeof b->cells);
    rc = store_ledger_each(s, &range, on_ledger, b);
    rc = rc != 0 ? rc : store_gap_each(s, &range, on_gap, b);
    return rc != 0 ? rc : store_candle_each(s, stream, b->tf, b->first, b->end, 0, on_candle, b);
}

static void on_hole(void *arg, const struct verify_hole *hole)
{
    struct data_scan *scan = arg;

    if (scan->hole_count < DATA_HOLES_MAX) {
        scan->holes[scan->hole_count++] = *hole;
    } else {
        scan->holes_left_out++;
    }
}

static int scan_blocks(struct store *s, struct block *b, struct verify *v,
                       const struct data_scan *scan)
{
    int rc = 0;

    for (time_ms at = scan->from; rc == 0 && at < scan->to; at = b->end) {
        time_ms end = timeframe_step(b->tf, at, BLOCK_CELLS);

        b->first = at;
        b->end = end < scan->to ? end : scan->to;
        rc = read_block(s, scan->stream.id, b);
        if (rc == 0) {
            rc = verify_block(v, at, b->cells, (size_t)timeframe_count(b->tf, at, b->end));
        }
    }
    return rc;
}

static time_ms up_to_grid(enum timeframe tf, time_ms t)
{
    time_ms open = timeframe_open_of(tf, t);

    return open < t ? timeframe_next(tf, open) : open;
}

static int scan_once(struct cli *cli, struct store *s, const struct data_hub *hub, time_ms from,
                     time_ms to, struct data_scan *out)
{
    enum timeframe tf = out->stream.timeframe;
    struct block *b = calloc(1, sizeof *b);
    struct verify v;
    time_ms ledger_from = 0;
    int rc = b ? store_ledger_from(s, &ledger_from) : ERR_NO_MEMORY;

    out->hole_count = out->holes_left_out = 0;
    rc = rc != 0 ? rc : known_span(cli, s, hub, &out->stream, &out->from, &out->to);
    if (rc == 0 && from > out->from) {
        out->from = up_to_grid(tf, from);
    }
    if (rc == 0 && to > 0 && to < out->to) {
        out->to = up_to_grid(tf, to);
    }
    verify_begin(&v, tf, hub->settled, ledger_from, on_hole, out);
    if (rc == 0 && out->from < out->to) {
        b->tf = tf;
        b->now = hub->now > 0 ? hub->now : INT64_MAX;
        rc = scan_blocks(s, b, &v, out);
        v.result.invalid += b->off_grid;
    } else {
        out->to = out->from;
    }
    verify_end(&v);
    out->result = v.result;
    free(b);
    return rc;
}

// Candles and ledger lie in two files, so a reader can see the one before the other while the hub
// writes. A contradiction between them counts only when it is still there at another look.
int data_scan(struct cli *cli, struct store *s, const struct data_hub *hub, time_ms from,
              time_ms to, struct data_scan *out)
{
    int rc = 0;

    for (int look = 0; rc == 0 && look < LOOKS_MAX; look++) {
        const struct verify_result *r = &out->result;

        rc = scan_once(cli, s, hub, from, to, out);
        if (!hub->running ||
            r->without_ledger + r->ledger_disputes + r->missing[VERIFY_LOST] == 0) {
            break;
        }
    }
    return rc;
}

int data_each_stream(struct cli *cli, struct store *s,
                     int (*each)(void *arg, const struct store_stream *st), void *arg,
                     int *exit_code)
{
    struct store_stream st = {0};

    *exit_code = CLI_OK;
    if (cli->argument_count == 1) {
        cli_error(cli, "name the timeframe too: %s 4h", cli->arguments[0]);
        *exit_code = CLI_USAGE;
        return 0;
    }
    if (cli->argument_count == 2) {
        *exit_code = cli_stream_find(cli, s, &st);
        return *exit_code == 0 ? each(arg, &st) : 0;
    }
    return store_stream_each(s, true, each, arg);
}
