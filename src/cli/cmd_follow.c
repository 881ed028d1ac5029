// SPDX-License-Identifier: Apache-2.0
// oracle follow: what happens, as it happens: history, candles, raw signals, verdicts, gaps; one
// line each, read from the store.
#include "cli/cli.h"

#include "base/map.h"
#include "base/number.h"

#include <stdlib.h>

#define STREAMS_MAX 100000

struct follow {
    struct cli *cli;
    struct store *store;
    struct map shown; // stream id -> struct seen *
    struct store_range signals, queue;
    const char *event; // of the line under way
};

struct seen {                          // of one stream
    time_ms open;                      // newest candle shown; 0 = its history was not shown yet
    const struct store_stream *stream; // only while its candles are listed
    struct follow *f;
};

static const char *colour_of(const struct follow *f, const char *event)
{
    static const struct {
        const char *event, *start;
    } colours[] = {{"candle", "\033[2m"},
                   {"history", "\033[2m"},
                   {"signal", "\033[36m"},
                   {"APPROVED", "\033[1;34m"},
                   {"REJECTED", "\033[33m"}};

    for (size_t i = 0; f->cli->colour && i < sizeof colours / sizeof colours[0]; i++) {
        if (str_eq(str_from(event), str_from(colours[i].event))) {
            return colours[i].start;
        }
    }
    return "";
}

static void say(struct follow *f, time_ms at, const char *event, const struct pair *p,
                enum timeframe tf, const char *text)
{
    const char *colour = colour_of(f, event);
    char pair[PAIR_TEXT_MAX], time[TIME_TEXT_MAX];

    pair_format(p, pair);
    cli_time_text(at, time);
    cli_out_printf(&f->cli->out, "%-24s  %s%-8s%s  %-12s %-3s  %s\n", time, colour, event,
                   colour[0] ? "\033[0m" : "", pair, timeframe_code(tf), text);
}

static int on_candle(void *arg, const struct store_candle *c)
{
    struct seen *seen = arg;
    const struct store_stream *st = seen->stream;
    char close[NUMBER_TEXT_MAX], volume[NUMBER_TEXT_MAX], text[160];

    (void)number_format_double(c->candle.close, close);
    (void)number_format_double(c->candle.volume, volume);
    if (str_printf(text, sizeof text, "close %s, volume %s%s", close, volume,
                   c->late ? ", late: fires no signal" : "") != 0) {
        text[0] = '\0';
    }
    say(seen->f, timeframe_next(st->timeframe, c->candle.open_time), "candle", &st->pair,
        st->timeframe, text);
    seen->open = c->candle.open_time;
    return 0;
}

static int on_stream(void *arg, const struct store_stream *st)
{
    struct follow *f = arg;
    struct seen *seen = map_get_u64(&f->shown, (uint64_t)st->id);
    char text[64];

    if (!seen) {
        seen = calloc(1, sizeof *seen);
        if (!seen || map_put_u64(&f->shown, (uint64_t)st->id, seen) != 0) {
            free(seen);
            return ERR_NO_MEMORY;
        }
        seen->f = f;
    }
    if (st->last_open == 0 || st->last_open <= seen->open) {
        return 0;
    }
    if (seen->open == 0) { // its history in one line
        seen->open = st->last_open;
        if (str_printf(text, sizeof text, "%u candles stored", st->candle_count) != 0) {
            text[0] = '\0';
        }
        say(f, timeframe_next(st->timeframe, st->last_open), "history", &st->pair, st->timeframe,
            text);
        return 0;
    }
    seen->stream = st;
    return store_candle_each(f->store, st->id, st->timeframe, seen->open + 1, INT64_MAX, 0,
                             on_candle, seen);
}

static int on_signal(void *arg, const struct store_signal *s)
{
    struct follow *f = arg;
    char price[NUMBER_TEXT_MAX], text[256];

    f->signals.after_id = s->signal.id;
    (void)number_format_double(s->signal.price, price);
    if (str_printf(text, sizeof text, "%s at %s, %s (%s)", signal_action_name(s->signal.action),
                   price, s->strategy, s->signal.reason) != 0) {
        text[0] = '\0';
    }
    say(f, s->created_at, "signal", &s->signal.pair, s->signal.timeframe, text);
    return 0;
}

static int on_verdict(void *arg, const struct store_queue *q)
{
    struct follow *f = arg;
    const struct raw_signal *sig = &q->signal.signal;
    char qty[DECIMAL_TEXT_MAX], notional[DECIMAL_TEXT_MAX], text[320];
    int rc;

    f->queue.after_id = q->id;
    decimal_format_short(q->qty, qty);
    decimal_format_short(q->notional, notional);
    rc = q->status == QUEUE_APPROVED
             ? str_printf(text, sizeof text, "%s %s %s for %s %s (queue %lld)",
                          q->is_buy ? "buy" : "sell", qty, sig->pair.base, notional,
                          sig->pair.quote, (long long)q->id)
             : str_printf(text, sizeof text, "%s (queue %lld)", q->reason, (long long)q->id);
    if (rc != 0) {
        text[0] = '\0';
    }
    say(f, q->queued_at, q->status == QUEUE_APPROVED ? "APPROVED" : "REJECTED", &sig->pair,
        sig->timeframe, text);
    return 0;
}

static int skip_signal(void *arg, const struct store_signal *s)
{
    ((struct store_range *)arg)->after_id = s->signal.id;
    return 0;
}

static int skip_verdict(void *arg, const struct store_queue *q)
{
    ((struct store_range *)arg)->after_id = q->id;
    return 0;
}

// What is there already is old news: only the newest ids are taken note of.
static int skip_old(struct follow *f)
{
    struct store_range newest = {.last_n = 1};
    int rc = store_signal_each(f->store, &newest, false, skip_signal, &f->signals);

    return rc != 0 ? rc : store_queue_each(f->store, &newest, skip_verdict, &f->queue);
}

static int look(struct follow *f)
{
    int rc = store_stream_each(f->store, true, on_stream, f);

    rc = rc != 0 ? rc : store_signal_each(f->store, &f->signals, false, on_signal, f);
    return rc != 0 ? rc : store_queue_each(f->store, &f->queue, on_verdict, f);
}

static void forget(struct follow *f)
{
    size_t cursor = 0;
    struct str key;
    void *value;

    while (map_next(&f->shown, &cursor, &key, &value)) {
        free(value);
    }
    map_finish(&f->shown);
}

int cli_cmd_follow(struct cli *cli)
{
    struct follow f = {.cli = cli};
    int exit_code = CLI_OK;
    int rc = cli_store_read(cli, &f.store, &exit_code);

    if (rc != 0) {
        return exit_code;
    }
    map_init(&f.shown, STREAMS_MAX);
    cli_follow_begin();
    rc = skip_old(&f);
    do {
        rc = rc != 0 ? rc : look(&f);
        if (rc < 0) {
            exit_code = cli_store_failed(cli, f.store, rc, "the store");
        }
    } while (rc == 0 && cli_follow_wait(cli, &exit_code));
    forget(&f);
    store_close(f.store);
    return exit_code;
}
