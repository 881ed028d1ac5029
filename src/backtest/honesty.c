// SPDX-License-Identifier: Apache-2.0
// Running a strategy on parts of its history and holding what it says against the whole.
#include "backtest/honesty.h"

#include "base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CANDLES_MIN 20
#define BLOCK_MAX   700 // random block lengths are below
#define FNV_OFFSET  UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME   UINT64_C(0x100000001b3)

struct trace { // what a run said, by its own bars
    size_t n, plot_count;
    double *plots;    // plot after plot, n each
    uint64_t *events; // of alerts and orders; 0 = none
    struct script_broker inner;
    char error[200];
};

static void trace_finish(struct trace *t)
{
    free(t->plots);
    free(t->events);
}

static int trace_init(struct trace *t, size_t n, size_t plot_count)
{
    *t = (struct trace){.n = n, .plot_count = plot_count};
    t->plots = malloc((n * plot_count + 1) * sizeof *t->plots);
    t->events = calloc(n + 1, sizeof *t->events);
    if (!t->plots || !t->events) {
        trace_finish(t);
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < n * plot_count; i++)
        t->plots[i] = NAN;
    return 0;
}

// --- what is said -------------------------------------------------------------------------------

static void mix(uint64_t *hash, uint64_t number)
{
    uint64_t h = ((*hash ? *hash : FNV_OFFSET) ^ number) * FNV_PRIME;
    *hash = h ? h : 1;
}

static void mix_text(uint64_t *hash, const char *text)
{
    for (; *text; text++)
        mix(hash, (unsigned char)*text);
}

static void on_plots(void *arg, int64_t first_bar, size_t n, const double *const *values)
{
    struct trace *t = arg;
    for (size_t i = 0; i < t->plot_count; i++)
        memcpy(t->plots + i * t->n + first_bar, values[i], n * sizeof *values[i]);
}

static void on_alert(void *arg, int64_t bar, int index, const char *message)
{
    struct trace *t = arg;
    mix(&t->events[bar], (uint64_t)index);
    mix_text(&t->events[bar], message);
}

static void on_error(void *arg, int64_t bar, const char *message)
{
    struct trace *t = arg;
    if (!t->error[0] &&
        str_printf(t->error, sizeof t->error, "at bar %lld: %.150s", (long long)bar, message))
        t->error[0] = '?';
}

static void on_bar(void *arg, int64_t bar, time_ms open_time, double open, double high, double low,
                   double close, struct script_account *account)
{
    struct trace *t = arg;
    t->inner.bar(t->inner.arg, bar, open_time, open, high, low, close, account);
}

static void on_order(void *arg, int64_t bar, const struct script_order *o)
{
    struct trace *t = arg;
    mix(&t->events[bar], (uint64_t)o->kind);
    mix(&t->events[bar], o->is_long);
    mix_text(&t->events[bar], o->id);
    t->inner.order(t->inner.arg, bar, o);
}

// --- one run ------------------------------------------------------------------------------------

static int run_blocks(struct script_instance *instance, const struct script_bars *bars, size_t n,
                      struct random *random, struct trace *t)
{
    struct script_broker broker = {.arg = t, .bar = on_bar, .order = on_order};
    struct script_sink sink = {.arg = t, .plots = on_plots, .alert = on_alert, .error = on_error};
    struct script_workspace *w = script_workspace_create();
    int rc = w ? 0 : ERR_NO_MEMORY;
    for (size_t at = 0; at < n && !rc && !t->error[0];) {
        size_t block = 1 + (size_t)random_below(random, BLOCK_MAX);
        struct script_bars part = {bars->open_time + at, bars->open + at,  bars->high + at,
                                   bars->low + at,       bars->close + at, bars->volume + at};
        block = block < n - at ? block : n - at;
        rc = script_instance_run_with(instance, w, &part, block, &broker, &sink);
        at += block;
    }
    script_workspace_destroy(w);
    return rc;
}

// Runs over candles [from, to); t->error tells when the strategy ended itself.
static int run_part(const struct honesty_options *o, size_t from, size_t to, struct random *random,
                    struct trace *t, int64_t *warmup, struct diag *d)
{
    const struct script_info *info = script_program_info(o->program);
    struct script_instance *instance = NULL;
    struct broker *broker = NULL;
    int rc =
        script_instance_create(o->program, o->context, o->values, o->value_count, 0, &instance, d);
    if (rc)
        return rc;
    struct broker_settings s =
        run_broker_settings(info, script_instance_settings(instance, 0), o->context);
    s.max_closed_trades = RUN_TRADES_DEFAULT;
    if (warmup)
        *warmup = script_instance_warmup(instance);
    rc = broker_create(&s, &broker);
    if (!rc)
        rc = trace_init(t, to - from, info->plot_count);
    if (rc) {
        (void)diag_set(d, rc, "the strategy cannot be run: %s", err_text(rc));
    } else {
        struct script_bars bars = candles_bars(o->candles, from);
        t->inner = broker_interface(broker);
        rc = run_blocks(instance, &bars, to - from, random, t);
        if (rc == ERR_INVALID || t->error[0])
            rc = diag_set(d, ERR_INVALID, "the strategy ended itself %.180s", t->error);
        if (rc)
            trace_finish(t);
    }
    broker_destroy(broker);
    script_instance_destroy(instance);
    return rc;
}

// --- comparing ----------------------------------------------------------------------------------

static bool same_bits(double a, double b)
{
    uint64_t x, y;
    memcpy(&x, &a, sizeof x);
    memcpy(&y, &b, sizeof y);
    return x == y || (isnan(a) && isnan(b));
}

static bool near(double a, double b, double tolerance)
{
    if (isnan(a) || isnan(b))
        return isnan(a) && isnan(b);
    return a == b || fabs(a - b) <= tolerance * fmax(fabs(a), fabs(b));
}

static void add_finding(struct honesty_report *r, const struct honesty_finding *f)
{
    for (size_t i = 0; i < r->finding_count; i++) {
        if (r->findings[i].what == f->what && r->findings[i].look_ahead == f->look_ahead)
            return; // once a plot
    }
    if (r->finding_count < HONESTY_FINDINGS_MAX)
        r->findings[r->finding_count++] = *f;
}

static const char event_name[] = "an alert or order";

static void compare_cut(const struct honesty_options *o, const struct trace *whole,
                        const struct trace *part, struct honesty_report *r)
{
    const struct script_info *info = script_program_info(o->program);
    for (size_t bar = 0; bar < part->n; bar++) {
        if (whole->events[bar] != part->events[bar]) {
            r->look_ahead = true;
            add_finding(r, &(struct honesty_finding){true, part->n, bar, event_name, NAN, NAN});
        }
        for (size_t p = 0; p < part->plot_count; p++) {
            double a = whole->plots[p * whole->n + bar], b = part->plots[p * part->n + bar];
            if (same_bits(a, b))
                continue;
            r->look_ahead = true;
            add_finding(r,
                        &(struct honesty_finding){true, part->n, bar, info->plots[p].title, a, b});
        }
    }
}

// A plot that still differs in the last quarter of what was compared does not settle.
static void compare_start(const struct honesty_options *o, const struct trace *whole,
                          const struct trace *part, size_t start, struct honesty_report *r)
{
    const struct script_info *info = script_program_info(o->program);
    size_t late = part->n - part->n / 4;
    for (size_t p = 0; p < part->plot_count; p++) {
        size_t bar = part->n;
        while (bar > 0 && near(whole->plots[p * whole->n + start + bar - 1],
                               part->plots[p * part->n + bar - 1], o->tolerance))
            bar--;
        if (bar > late) {
            r->never_settles = true;
            add_finding(r, &(struct honesty_finding){false, start, start + bar - 1,
                                                     info->plots[p].title,
                                                     whole->plots[p * whole->n + start + bar - 1],
                                                     part->plots[p * part->n + bar - 1]});
        } else if (bar > r->settled) {
            r->settled = bar;
        }
    }
    size_t bar = part->n;
    while (bar > 0 && whole->events[start + bar - 1] == part->events[bar - 1])
        bar--;
    if (bar > r->orders_settled)
        r->orders_settled = bar;
}

// --- both questions -----------------------------------------------------------------------------

static int check_cuts(const struct honesty_options *o, const struct trace *whole,
                      struct random *random, struct honesty_report *out, struct diag *d)
{
    for (; out->cuts < o->cuts; out->cuts++) {
        struct trace part;
        size_t cut = 1 + (size_t)random_below(random, o->candles->n - 1);
        int rc = run_part(o, 0, cut, random, &part, NULL, d);
        if (rc)
            return rc;
        compare_cut(o, whole, &part, out);
        trace_finish(&part);
    }
    return 0;
}

static int check_starts(const struct honesty_options *o, const struct trace *whole,
                        struct random *random, struct honesty_report *out, struct diag *d)
{
    for (; out->starts < o->starts; out->starts++) {
        struct trace part;
        size_t start = 1 + (size_t)random_below(random, o->candles->n / 2);
        int rc = run_part(o, start, o->candles->n, random, &part, NULL, d);
        if (rc)
            return rc;
        compare_start(o, whole, &part, start, out);
        trace_finish(&part);
    }
    return 0;
}

int honesty_check(const struct honesty_options *o, struct honesty_report *out, struct diag *d)
{
    struct random random;
    struct trace whole;
    *out = (struct honesty_report){0};
    if (o->candles->n < CANDLES_MIN)
        return diag_set(d, ERR_INVALID, "%zu candles are too few to cut; %d are needed",
                        o->candles->n, CANDLES_MIN);
    random_init(&random, o->seed);
    int rc = run_part(o, 0, o->candles->n, &random, &whole, &out->warmup, d);
    if (rc)
        return rc;
    rc = check_cuts(o, &whole, &random, out, d);
    if (!rc)
        rc = check_starts(o, &whole, &random, out, d);
    trace_finish(&whole);
    return rc;
}
