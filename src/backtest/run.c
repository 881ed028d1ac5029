// SPDX-License-Identifier: Apache-2.0
// One strategy over one feed: blocks of candles to the script's instance, its orders to the broker.
#include "backtest/run.h"

#include "backtest/finer.h"

#include <stdlib.h>
#include <string.h>

struct curve { // when full every second point goes, and half as many come
    struct run_point *points;
    size_t count;
    int64_t stride, next; // bars between points
};

struct run {
    struct run_options options;
    struct script_instance *instance;
    struct script_workspace *workspace;
    struct broker *broker;
    struct script_broker interface; // what the script talks to
    struct finer *finer;            // NULL: to the broker itself
    struct script_sink sink;
    double initial_capital;
    int64_t bars;
    int64_t error_bar;
    char error[256];
    struct curve curve;
    int64_t load_ns, run_ns;
    struct feed_columns block;
};

struct broker_settings run_broker_settings(const struct script_info *info,
                                           const struct script_strategy_settings *strategy,
                                           const struct script_context *context)
{
    return (struct broker_settings){.strategy = *strategy,
                                    .tick_size = context->tick_size,
                                    .lot_step = context->lot_step,
                                    .exit_takes_nearer = info->version >= 6};
}

static void on_plots(void *arg, int64_t first_bar, size_t n, const double *const *values)
{
    const struct script_sink *s = ((struct run *)arg)->options.sink;
    s->plots(s->arg, first_bar, n, values);
}

static void on_alert(void *arg, int64_t bar, int index, const char *message)
{
    const struct script_sink *s = ((struct run *)arg)->options.sink;
    s->alert(s->arg, bar, index, message);
}

static void on_error(void *arg, int64_t bar, const char *message)
{
    struct run *r = arg;
    size_t len = strlen(message);
    if (r->error[0])
        return;
    if (len >= sizeof r->error)
        len = sizeof r->error - 1;
    memcpy(r->error, len ? message : "?", len ? len : 1);
    r->error_bar = bar;
}

static int make_broker(struct run *r, struct diag *d)
{
    const struct run_options *o = &r->options;
    const struct script_strategy_settings *strategy = script_instance_settings(r->instance, 0);
    struct broker_settings s =
        run_broker_settings(script_program_info(o->program), strategy, o->context);
    if (o->initial_capital > 0)
        s.strategy.initial_capital = o->initial_capital;
    s.max_closed_trades = o->max_closed_trades ? o->max_closed_trades : RUN_TRADES_DEFAULT;
    s.max_samples = RUN_SAMPLES_MAX;
    s.arg = o->arg;
    s.on_trade = o->on_trade;
    s.on_order = o->on_order;
    r->initial_capital = s.strategy.initial_capital;
    int rc = broker_create(&s, &r->broker);
    if (rc == ERR_INVALID)
        return diag_set(d, rc,
                        "the strategy's settings make no account: initial_capital must be above 0, "
                        "and no size, commission, slippage or margin below 0");
    if (rc)
        return diag_set(d, rc, "%s", err_text(rc));
    r->interface = broker_interface(r->broker);
    if (!o->finer)
        return 0;
    r->finer = finer_create(o->finer, o->context->timeframe, &r->interface);
    if (!r->finer)
        return diag_set(d, ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY));
    r->interface = finer_interface(r->finer);
    return 0;
}

static void columns_finish(struct feed_columns *c)
{
    free(c->open_time);
    free(c->open); // one piece of memory for the five
}

static int make_room(struct run *r, struct diag *d)
{
    double *room = malloc(5 * RUN_BLOCK * sizeof *room);
    time_ms *times = malloc(RUN_BLOCK * sizeof *times);
    r->block = (struct feed_columns){.open_time = times, .open = room};
    r->workspace = script_workspace_create();
    if (r->options.curve)
        r->curve.points = malloc(RUN_CURVE_MAX * sizeof *r->curve.points);
    if (!room || !times || !r->workspace || (r->options.curve && !r->curve.points))
        return diag_set(d, ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY));
    r->block.high = room + RUN_BLOCK;
    r->block.low = room + (size_t)2 * RUN_BLOCK;
    r->block.close = room + (size_t)3 * RUN_BLOCK;
    r->block.volume = room + (size_t)4 * RUN_BLOCK;
    return 0;
}

int run_create(const struct run_options *o, struct run **out, struct diag *d)
{
    struct run *r = calloc(1, sizeof *r);
    if (!r)
        return diag_set(d, ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY));
    r->options = *o;
    r->curve.stride = 1;
    r->sink = (struct script_sink){.arg = r, .error = on_error};
    if (o->sink && o->sink->plots)
        r->sink.plots = on_plots;
    if (o->sink && o->sink->alert)
        r->sink.alert = on_alert;
    int rc = script_instance_create(o->program, o->context, o->values, o->value_count, 0,
                                    &r->instance, d);
    if (!rc)
        rc = make_broker(r, d);
    if (!rc)
        rc = make_room(r, d);
    if (rc) {
        run_destroy(r);
        return rc;
    }
    *out = r;
    return 0;
}

void run_destroy(struct run *r)
{
    if (!r)
        return;
    script_instance_destroy(r->instance);
    script_workspace_destroy(r->workspace);
    finer_destroy(r->finer);
    broker_destroy(r->broker);
    columns_finish(&r->block);
    free(r->curve.points);
    free(r);
}

// --- the curve ----------------------------------------------------------------------------------

static void add_point(struct run *r, time_ms time)
{
    struct curve *c = &r->curve;
    struct broker_state s;
    broker_get_state(r->broker, &s);
    if (c->count == RUN_CURVE_MAX) {
        for (size_t i = 0; i < RUN_CURVE_MAX / 2; i++)
            c->points[i] = c->points[2 * i];
        c->count /= 2;
        c->stride *= 2;
    }
    c->points[c->count++] = (struct run_point){time, s.equity, s.last_close};
    c->next = r->bars + c->stride;
}

// --- feeding ------------------------------------------------------------------------------------

static struct script_bars bars_from(const struct script_bars *b, size_t from)
{
    return (struct script_bars){b->open_time + from, b->open + from,  b->high + from,
                                b->low + from,       b->close + from, b->volume + from};
}

static int feed_bars(struct run *r, const struct script_bars *bars, size_t n)
{
    int rc = script_instance_run_with(r->instance, r->workspace, bars, n, &r->interface, &r->sink);
    r->bars += (int64_t)n;
    if (!rc && r->error[0])
        rc = ERR_INVALID;
    if (!rc && r->finer)
        rc = finer_error(r->finer, NULL);
    return rc ? rc : broker_error(r->broker);
}

int run_bars(struct run *r, const struct script_bars *bars, size_t n)
{
    if (!r->options.curve)
        return n > 0 ? feed_bars(r, bars, n) : 0;
    for (size_t at = 0; at < n;) {
        size_t part = n - at;
        if (r->curve.next > r->bars && (size_t)(r->curve.next - r->bars) < part)
            part = (size_t)(r->curve.next - r->bars);
        else if (r->curve.next <= r->bars)
            part = 1;
        struct script_bars b = bars_from(bars, at);
        int rc = feed_bars(r, &b, part);
        at += part;
        if (rc)
            return rc;
        if (r->bars >= r->curve.next)
            add_point(r, bars->open_time[at - 1]);
    }
    return 0;
}

static int64_t now(const struct run *r)
{
    return r->options.now_ns ? r->options.now_ns() : 0;
}

static int say(const struct run *r, int rc, struct diag *d)
{
    if (r->finer && finer_error(r->finer, d))
        return rc;
    if (r->error[0])
        return diag_set(d, rc, "the strategy ended itself at bar %lld: %.180s",
                        (long long)r->error_bar, r->error);
    return diag_set(d, rc, "%s", err_text(rc));
}

int run_feed(struct run *r, struct feed *f, struct diag *d)
{
    const struct feed_columns *k = &r->block;
    struct script_bars bars = {k->open_time, k->open, k->high, k->low, k->close, k->volume};
    for (;;) {
        size_t n = 0;
        int64_t start = now(r);
        int rc = feed_read(f, RUN_BLOCK, k, &n, d);
        int64_t loaded = now(r);
        r->load_ns += loaded - start;
        if (rc || n == 0)
            return rc ? rc : run_finish(r);
        rc = run_bars(r, &bars, n);
        r->run_ns += now(r) - loaded;
        if (rc)
            return say(r, rc, d);
    }
}

int run_finish(struct run *r)
{
    int64_t start = now(r);
    broker_finish(r->broker);
    if (r->options.curve && r->bars > 0 && r->bars + r->curve.stride != r->curve.next) {
        struct broker_state s;
        broker_get_state(r->broker, &s);
        add_point(r, s.last_time);
    }
    // Many runs may wait for their results to be shown: what only feeding needs goes now.
    script_workspace_destroy(r->workspace);
    columns_finish(&r->block);
    r->workspace = NULL;
    r->block = (struct feed_columns){0};
    r->run_ns += now(r) - start;
    return broker_error(r->broker);
}

// --- results ------------------------------------------------------------------------------------

const struct broker *run_broker(const struct run *r)
{
    return r->broker;
}

void run_stats(const struct run *r, struct stats *out)
{
    struct broker_state state;
    stats_compute(r->broker, r->initial_capital, out);
    if (!r->finer || r->bars == 0)
        return;
    broker_get_state(r->broker, &state); // counts the bars it saw, and those held by their index
    out->bars = r->bars;
    out->exposure = (double)state.bars_in_market / (double)r->bars * 100;
}

int64_t run_bars_fed(const struct run *r)
{
    return r->bars;
}

int64_t run_warmup(const struct run *r)
{
    return script_instance_warmup(r->instance);
}

double run_initial_capital(const struct run *r)
{
    return r->initial_capital;
}

const char *run_error(const struct run *r, int64_t *bar)
{
    if (bar)
        *bar = r->error_bar;
    return r->error;
}

const struct run_point *run_curve(const struct run *r, size_t *count)
{
    *count = r->curve.count;
    return r->curve.points;
}

void run_elapsed(const struct run *r, int64_t *load_ns, int64_t *run_ns)
{
    *load_ns = r->load_ns;
    *run_ns = r->run_ns;
}
