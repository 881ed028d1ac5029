// SPDX-License-Identifier: Apache-2.0
// oracle replay-day: what happened on a day of a portfolio beside what its strategies say over the
// candles as they are stored now. Each difference has its cause; a hub that ran clean has none but
// the prices of its fills.
#include "cli/history.h"

#include "base/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define INPUTS_MAX  128
#define BLOCK       512
#define DAY_BARS    (24 * 60)
#define SIGNALS_MAX 65536 // of one strategy on one day

// What the engine says now, or what is stored.
struct day_signal {
    time_ms candle_time;
    enum signal_action action;
    double price;
    bool met; // the other side has it too
};

struct signals {
    struct day_signal *items;
    size_t count, cap;
    int error;
};

struct day_candle {
    time_ms open_time;
    double open, high, low, close, volume;
    enum candle_source source;
    bool late, revised;
};

struct replay {
    struct cli *cli;
    struct store *store;
    struct cli_listing listing;
    struct store_portfolio portfolio;
    time_ms from, to;
    size_t signals, differences, fills, before; // before: what was said of bars not yet live
    struct version {
        int64_t stream_id, strategy_id;
    } * versions; // replayed
    size_t version_count, version_cap;
    // of the strategy under way
    const struct store_entry_strategy *entry;
    struct store_stream stream;
    time_ms strategy_added;
    struct day_candle *candles; // of the day and the one after it
    size_t candle_count;
    struct signals said, stored;
    time_ms bar_time; // of the engine
    double bar_close;
    bool in_day;
};

static const struct cli_column columns[] = {{"pair", -12},     {"tf", -3},      {"candle", -20},
                                            {"strategy", -20}, {"action", -11}, {"cause", -16},
                                            {"what", -1}};

static int add_signal(struct signals *s, time_ms at, enum signal_action action, double price)
{
    for (size_t i = s->count; i-- > 0 && s->items[i].candle_time == at;) {
        if (s->items[i].action == action) {
            return 0; // the store keeps one of each
        }
    }
    if (s->count == s->cap) {
        size_t cap = s->cap ? s->cap * 2 : 64;
        struct day_signal *moved =
            cap > SIGNALS_MAX ? NULL : realloc(s->items, cap * sizeof *moved);

        if (!moved) {
            s->error = ERR_NO_MEMORY;
            return ERR_NO_MEMORY;
        }
        s->items = moved;
        s->cap = cap;
    }
    s->items[s->count++] = (struct day_signal){at, action, price, false};
    return 0;
}

// ---- what the engine says: the rules of agents/analyst/run.c

static void say(struct replay *r, enum signal_action action)
{
    if (r->in_day && add_signal(&r->said, r->bar_time, action, r->bar_close) != 0) {
        return; // the error is kept in the list
    }
}

static void on_order(void *arg, const struct broker_decision *d)
{
    if (d->answer != BROKER_ACCEPTED || !d->market) {
        return;
    }
    if (d->closes) {
        say(arg, SIGNAL_EXIT);
    }
    if (d->opens) {
        say(arg, d->order->is_long ? SIGNAL_ENTER_LONG : SIGNAL_ENTER_SHORT);
    }
}

static void on_fill(void *arg, const struct broker_fill *f)
{
    struct replay *r = arg;

    if (f->market || f->bar_time != r->bar_time) {
        return;
    }
    say(r, !f->opens ? SIGNAL_EXIT : f->is_long ? SIGNAL_ENTER_LONG : SIGNAL_ENTER_SHORT);
}

struct engine {
    struct script_program *program;
    struct script_instance *instance;
    struct script_workspace *workspace;
    struct broker *broker;
    struct script_broker interface;
};

static void engine_finish(struct engine *e)
{
    script_instance_destroy(e->instance);
    script_program_destroy(e->program);
    script_workspace_destroy(e->workspace);
    broker_destroy(e->broker);
}

static int with_source(void *arg, const struct store_strategy *st)
{
    struct engine *e = arg;
    struct script_diags *diags = calloc(1, sizeof *diags);
    int rc = diags ? script_compile(st->source, &e->program, diags) : ERR_NO_MEMORY;

    free(diags);
    return rc == ERR_NO_MEMORY ? rc : 0; // a source that does not compile leaves program NULL
}

static int added_at(void *arg, const struct store_strategy *st)
{
    *(time_ms *)arg = st->added_at;
    return 0;
}

static int split_inputs(char *inputs, struct script_value *values, size_t *count)
{
    struct str rest = str_from(inputs), part;

    *count = 0;
    while (str_split(&rest, ' ', &part)) {
        size_t eq = str_find(part, '=', 0);

        if (part.len == 0) {
            continue;
        }
        if (eq == part.len || *count == INPUTS_MAX) {
            return ERR_SYNTAX;
        }
        inputs[(size_t)(part.data - inputs) + eq] = '\0';
        values[(*count)++] = (struct script_value){part.data, str_sub(part, eq + 1, part.len)};
    }
    return 0;
}

static int bind_inputs(struct replay *r, struct engine *e, const struct script_context *ctx)
{
    struct script_value values[INPUTS_MAX];
    struct diag d = {0};
    size_t count = 0;
    char *inputs = strdup(r->entry->inputs);
    int rc = inputs ? split_inputs(inputs, values, &count) : ERR_NO_MEMORY;

    rc = rc != 0 ? rc : script_instance_create(e->program, ctx, values, count, 0, &e->instance, &d);
    free(inputs);
    return rc;
}

static int engine_make(struct replay *r, struct engine *e)
{
    struct market market = {0};
    char ticker[2 * ASSET_MAX];
    struct script_context ctx = {.ticker = ticker,
                                 .base = r->stream.pair.base,
                                 .quote = r->stream.pair.quote,
                                 .exchange = r->stream.exchange,
                                 .timeframe = r->stream.timeframe};
    struct broker_settings settings;
    int rc = store_strategy_get(r->store, r->entry->strategy_id, with_source, e);

    rc = rc != 0 ? rc : e->program ? 0 : ERR_SYNTAX;
    rc = rc != 0
             ? rc
             : str_printf(ticker, sizeof ticker, "%s%s", r->stream.pair.base, r->stream.pair.quote);
    if (rc == 0 && store_market_get(r->store, ctx.exchange, &r->stream.pair, &market) == 0) {
        ctx.tick_size = decimal_to_double(market.filters.tick_size);
        ctx.lot_step = decimal_to_double(market.filters.lot_step);
    }
    rc = rc != 0 ? rc : bind_inputs(r, e, &ctx);
    if (rc != 0) {
        return rc;
    }
    settings = run_broker_settings(script_program_info(e->program),
                                   script_instance_settings(e->instance, 0), &ctx);
    settings.arg = r;
    settings.on_order = on_order;
    settings.on_fill = on_fill;
    rc = broker_create(&settings, &e->broker);
    e->workspace = script_workspace_create();
    if (rc == 0) {
        e->interface = broker_interface(e->broker);
    }
    return rc != 0 ? rc : e->workspace ? 0 : ERR_NO_MEMORY;
}

// Bars before the day in blocks, those of the day one by one.
static int feed_history(struct replay *r, struct engine *e)
{
    time_ms times[BLOCK];
    double values[5][BLOCK];
    struct store_columns room = {times, values[0], values[1], values[2], values[3], values[4]};
    struct script_bars bars = {times, values[0], values[1], values[2], values[3], values[4]};
    time_ms next = 0;

    for (;;) {
        size_t n = 0;
        int rc = store_candle_columns(r->store, r->stream.id, r->stream.timeframe, next, BLOCK,
                                      &room, &n);

        while (n > 0 && times[n - 1] >= r->from) {
            n--;
        }
        if (rc != 0 || n == 0) {
            return rc;
        }
        rc = script_instance_run_with(e->instance, e->workspace, &bars, n, &e->interface, NULL);
        if (rc != 0) {
            return rc == ERR_INVALID ? 0 : rc; // the strategy has ended itself: it says no more
        }
        next = times[n - 1] + 1;
    }
}

static int feed_day(struct replay *r, struct engine *e)
{
    r->in_day = true;
    for (size_t i = 0; i < r->candle_count && r->candles[i].open_time < r->to; i++) {
        const struct day_candle *c = &r->candles[i];
        struct script_bars bar = {&c->open_time, &c->open,  &c->high,
                                  &c->low,       &c->close, &c->volume};
        int rc;

        r->bar_time = c->open_time;
        r->bar_close = c->close;
        rc = script_instance_run_with(e->instance, e->workspace, &bar, 1, &e->interface, NULL);
        if (rc != 0) {
            return rc == ERR_INVALID ? 0 : rc;
        }
    }
    return r->said.error;
}

// ---- what is stored

static int on_candle(void *arg, const struct store_candle *c)
{
    struct replay *r = arg;

    if (r->candle_count == DAY_BARS + 1) {
        return ERR_FULL;
    }
    r->candles[r->candle_count++] = (struct day_candle){
        c->candle.open_time, c->candle.open, c->candle.high, c->candle.low, c->candle.close,
        c->candle.volume,    c->source,      c->late,        c->revised};
    return 0;
}

static int on_signal(void *arg, const struct store_signal *s)
{
    struct replay *r = arg;

    if (s->signal.portfolio_id != r->portfolio.id ||
        s->signal.strategy_id != r->entry->strategy_id) {
        return 0;
    }
    return add_signal(&r->stored, s->signal.candle_time, s->signal.action, s->signal.price);
}

static const struct day_candle *candle_at(const struct replay *r, time_ms open_time)
{
    for (size_t i = 0; i < r->candle_count; i++) {
        if (r->candles[i].open_time == open_time) {
            return &r->candles[i];
        }
    }
    return NULL;
}

// ---- differences

static int put(struct replay *r, time_ms at, const char *action, const char *cause,
               const char *what)
{
    struct cli_listing *l = &r->listing;
    char pair[PAIR_TEXT_MAX], time[TIME_TEXT_MAX];

    if (r->cli->json) {
        cli_listing_object(l);
        cli_json_pair(&l->json, &r->stream.pair);
        cli_json_text(&l->json, "timeframe", timeframe_code(r->stream.timeframe));
        cli_json_i64(&l->json, "candle_time", at);
        cli_json_text(&l->json, "strategy", r->entry->strategy_name);
        cli_json_text(&l->json, "action", action);
        cli_json_text(&l->json, "cause", cause);
        cli_json_text(&l->json, "text", what);
        return cli_listing_object_end(l);
    }
    pair_format(&r->stream.pair, pair);
    time_format(at, time);
    cli_listing_cell(l, "%s", pair);
    cli_listing_cell(l, "%s", timeframe_code(r->stream.timeframe));
    cli_listing_cell(l, "%s", time);
    cli_listing_cell(l, "%s", r->entry->strategy_name);
    cli_listing_cell(l, "%s", action);
    cli_listing_cell(l, "%s", cause);
    cli_listing_cell(l, "%s", what);
    return cli_listing_row_end(l);
}

// Was any candle up to this one on the day revised? Its values may then all differ.
static bool revised_until(const struct replay *r, time_ms at)
{
    for (size_t i = 0; i < r->candle_count && r->candles[i].open_time <= at; i++) {
        if (r->candles[i].revised) {
            return true;
        }
    }
    return false;
}

static const struct cause {
    const char *name, *what;
} late = {"late data", "the candle came late or with the healing after a stop: it must not fire"},
  revision = {"revision", "the exchange revised a candle of this day after it was analysed"},
  missing = {"unexplained", "the engine says so, but no signal was stored; see the hub's log"},
  surplus = {"unexplained", "a signal was stored, but the engine does not say so now"},
  version = {"configuration", "this version of the strategy runs there no longer"},
  refused = {"configuration", "the strategy or its inputs are refused by this version of the hub"};

// Nobody was to act on a candle from before the strategy or the stream was there.
static bool was_live(const struct replay *r, time_ms at)
{
    return r->strategy_added < timeframe_next(r->stream.timeframe, at) &&
           r->stream.first_due != 0 && at >= r->stream.first_due;
}

static const struct cause *cause_of_missing(const struct replay *r, time_ms at)
{
    const struct day_candle *c = candle_at(r, at);

    if (c && (c->late || c->source != CANDLE_LIVE)) {
        return &late;
    }
    return revised_until(r, at) ? &revision : &missing;
}

static int put_difference(struct replay *r, const struct day_signal *s, const struct cause *cause)
{
    r->differences++;
    return put(r, s->candle_time, signal_action_name(s->action), cause->name, cause->what);
}

static int compare(struct replay *r)
{
    int rc = 0;

    for (size_t i = 0; i < r->said.count; i++) {
        for (size_t k = 0; k < r->stored.count && !r->said.items[i].met; k++) {
            if (r->stored.items[k].candle_time == r->said.items[i].candle_time &&
                r->stored.items[k].action == r->said.items[i].action) {
                r->stored.items[k].met = r->said.items[i].met = true;
            }
        }
    }
    r->signals += r->stored.count;
    for (size_t i = 0; i < r->said.count && rc == 0; i++) {
        const struct day_signal *s = &r->said.items[i];

        if (!s->met && !was_live(r, s->candle_time)) {
            r->before++;
        } else if (!s->met) {
            rc = put_difference(r, s, cause_of_missing(r, s->candle_time));
        }
    }
    for (size_t i = 0; i < r->stored.count && rc == 0; i++) {
        const struct day_signal *s = &r->stored.items[i];

        if (!s->met) {
            rc = put_difference(r, s, revised_until(r, s->candle_time) ? &revision : &surplus);
        }
    }
    return rc;
}

// ---- verdicts and fills

struct order_fills {
    int64_t order_id;
    double value, qty;
};

static int on_booked(void *arg, const struct store_fill *f)
{
    struct order_fills *sum = arg;

    if (f->order_id == sum->order_id) {
        double qty = decimal_to_double(f->fill.qty);

        sum->value += qty * decimal_to_double(f->fill.price);
        sum->qty += qty;
    }
    return 0;
}

static int put_fill(struct replay *r, const struct store_queue *q)
{
    const struct raw_signal *s = &q->signal.signal;
    const struct day_candle *next =
        candle_at(r, timeframe_next(r->stream.timeframe, s->candle_time));
    struct order_fills sum = {.order_id = q->order_id};
    char text[160], real[NUMBER_TEXT_MAX], model[NUMBER_TEXT_MAX];
    double price, worse;
    int rc = store_fill_each(r->store, r->portfolio.id, on_booked, &sum);

    if (rc != 0 || !(sum.qty > 0) || !next) {
        return rc;
    }
    price = sum.value / sum.qty;
    worse = (price / next->open - 1) * (q->is_buy ? 1e4 : -1e4);
    (void)number_format_double(price, real);
    (void)number_format_double(next->open, model);
    r->fills++;
    (void)str_printf(text, sizeof text, "filled at %s, the backtest at %s: %.1f bps %s", real,
                     model, fabs(worse),
                     worse > 0   ? "worse"
                     : worse < 0 ? "better"
                                 : "apart");
    return put(r, s->candle_time, signal_action_name(s->action), "fill price", text);
}

static int on_queue(void *arg, const struct store_queue *q)
{
    struct replay *r = arg;

    if (q->signal.signal.portfolio_id != r->portfolio.id ||
        q->signal.signal.strategy_id != r->entry->strategy_id) {
        return 0;
    }
    if (q->status == QUEUE_REJECTED) {
        r->differences++;
        return put(r, q->signal.signal.candle_time, signal_action_name(q->signal.signal.action),
                   "rejected by gate", q->reason);
    }
    return q->order_id > 0 ? put_fill(r, q) : 0;
}

// ---- one strategy on one stream, then all

static int replay_strategy(struct replay *r)
{
    struct engine e = {0};
    struct store_range range = {.stream_id = r->stream.id, .from = r->from, .to = r->to};
    time_ms after =
        timeframe_next(r->stream.timeframe, timeframe_open_of(r->stream.timeframe, r->to));
    int rc;

    r->candle_count = r->said.count = r->stored.count = 0;
    r->in_day = false;
    r->strategy_added = 0;
    rc = store_strategy_get(r->store, r->entry->strategy_id, added_at, &r->strategy_added);
    rc = rc != 0 ? rc
                 : store_candle_each(r->store, r->stream.id, r->stream.timeframe, r->from, after, 0,
                                     on_candle, r);
    rc = rc != 0 ? rc : store_signal_each(r->store, &range, false, on_signal, r);
    rc = rc != 0 ? rc : engine_make(r, &e);
    if (rc == ERR_SYNTAX || rc == ERR_NOT_FOUND || rc == ERR_RANGE) {
        engine_finish(&e);
        r->differences++;
        return put(r, r->from, "-", refused.name, refused.what);
    }
    rc = rc != 0 ? rc : feed_history(r, &e);
    rc = rc != 0 ? rc : feed_day(r, &e);
    engine_finish(&e);
    rc = rc != 0 ? rc : compare(r);
    return rc != 0 ? rc : store_queue_each(r->store, &range, on_queue, r);
}

static int on_entry(void *arg, const struct store_entry_strategy *e)
{
    struct replay *r = arg;
    int rc;

    if (e->portfolio_id != r->portfolio.id) {
        return 0;
    }
    if (r->version_count == r->version_cap) {
        size_t cap = r->version_cap ? r->version_cap * 2 : 64;
        struct version *moved = realloc(r->versions, cap * sizeof *moved);

        if (!moved) {
            return ERR_NO_MEMORY;
        }
        r->versions = moved;
        r->version_cap = cap;
    }
    r->versions[r->version_count++] = (struct version){e->stream_id, e->strategy_id};
    r->entry = e;
    rc = store_stream_get(r->store, e->stream_id, &r->stream);
    return rc != 0 ? rc : replay_strategy(r);
}

// Signals of the day whose strategy is not configured any more.
static int on_leftover(void *arg, const struct store_signal *s)
{
    struct replay *r = arg;
    const struct raw_signal *raw = &s->signal;
    struct store_entry_strategy gone = {.strategy_name = s->strategy};
    struct day_signal said = {raw->candle_time, raw->action, raw->price, false};

    if (raw->portfolio_id != r->portfolio.id) {
        return 0;
    }
    for (size_t i = 0; i < r->version_count; i++) {
        if (r->versions[i].stream_id == raw->stream_id &&
            r->versions[i].strategy_id == raw->strategy_id) {
            return 0;
        }
    }
    r->entry = &gone;
    r->stream.pair = raw->pair;
    r->stream.timeframe = raw->timeframe;
    r->signals++;
    return put_difference(r, &said, &version);
}

static int replay_all(struct replay *r)
{
    struct store_range day = {.from = r->from, .to = r->to};
    int rc = store_entry_strategy_each(r->store, 0, on_entry, r);

    return rc != 0 ? rc : store_signal_each(r->store, &day, false, on_leftover, r);
}

// The day that was named, or that of the newest candle which strategies have seen.
static int newest_day(void *arg, const struct store_stream *st)
{
    time_ms *day = arg;

    *day = st->analysed_to > *day ? st->analysed_to : *day;
    return 0;
}

static int take_arguments(struct replay *r)
{
    const char *name = r->cli->argument_count > 0 ? r->cli->arguments[0] : "main";
    time_ms at = 0;
    int rc = store_portfolio_find(r->store, name, &r->portfolio);

    if (rc == ERR_NOT_FOUND) {
        cli_error(r->cli, "there is no portfolio '%s'; 'oracle portfolio list' shows them", name);
        return CLI_NEGATIVE;
    }
    if (rc == 0 && r->cli->argument_count < 2) {
        rc = store_stream_each(r->store, true, newest_day, &at);
    }
    if (rc != 0) {
        return cli_store_failed(r->cli, r->store, rc, "the store cannot be read");
    }
    if (r->cli->argument_count == 2 && time_parse(str_from(r->cli->arguments[1]), &at) != 0) {
        cli_error(r->cli, "'%s' is no day; write it as 2021-05-01", r->cli->arguments[1]);
        return CLI_USAGE;
    }
    r->from = at - at % MS_DAY;
    r->to = r->from + MS_DAY;
    return 0;
}

static void sum_up(struct replay *r)
{
    char day[TIME_TEXT_MAX];

    time_format(r->from, day);
    cli_note(r->cli,
             "%.10s of %s: %zu signals; %zu differences between what happened and what the "
             "strategies say%s; %zu fills at prices of the market",
             day, r->portfolio.settings.name, r->signals, r->differences,
             r->differences == 0 ? ", a clean day" : "", r->fills);
    if (r->before > 0) {
        cli_note(r->cli,
                 "%zu signals of candles from before a strategy or stream was live are left "
                 "out",
                 r->before);
    }
}

int cli_cmd_replay_day(struct cli *cli)
{
    struct replay *r = calloc(1, sizeof *r);
    int exit_code = CLI_OK, rc;

    if (!r) {
        cli_error(cli, "%s", err_text(ERR_NO_MEMORY));
        return CLI_BUG;
    }
    r->cli = cli;
    r->candles = calloc(DAY_BARS + 1, sizeof *r->candles);
    rc = r->candles ? cli_store_read(cli, &r->store, &exit_code) : ERR_NO_MEMORY;
    if (rc == 0) {
        exit_code = take_arguments(r);
    } else if (exit_code == CLI_OK) {
        exit_code = rc == ERR_NOT_FOUND ? CLI_NEGATIVE : CLI_BUG;
    }
    if (exit_code == CLI_OK) {
        cli_listing_begin(&r->listing, cli, columns, sizeof columns / sizeof columns[0]);
        rc = replay_all(r);
        cli_listing_end(&r->listing, "");
        sum_up(r);
        exit_code = rc < 0 ? cli_store_failed(cli, r->store, rc, "the day cannot be replayed")
                           : (r->differences > 0 ? CLI_NEGATIVE : CLI_OK);
    }
    store_close(r->store);
    free(r->said.items);
    free(r->stored.items);
    free(r->candles);
    free(r->versions);
    free(r);
    return exit_code;
}
