// SPDX-License-Identifier: Apache-2.0
// Bars, a small broker and recorded runs for the tests of the strategy language.
#include "support_script.h"

#include "base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct script_context test_context = {"VETUSDT", "VET", "USDT", "binance", TF_H1, 0.01, 0.1};

static struct test_bars allocate(size_t n)
{
    struct test_bars b = {.n = n, .time = calloc(n + 1, sizeof *b.time)};
    double **columns[] = {&b.open, &b.high, &b.low, &b.close, &b.volume};
    for (size_t i = 0; i < 5; i++)
        *columns[i] = calloc(n + 1, sizeof(double));
    for (size_t i = 0; i < n; i++)
        b.time[i] = INT64_C(1704067200000) + (int64_t)i * MS_HOUR;
    return b;
}

struct test_bars test_bars_walk(size_t n, uint64_t seed)
{
    struct test_bars b = allocate(n);
    struct random r;
    random_init(&r, seed);
    double price = 100;
    for (size_t i = 0; i < n; i++) {
        b.open[i] = price;
        if (random_below(&r, 3))
            price = floor((price * (1 + 0.02 * random_normal(&r)) + 0.005) * 100) / 100;
        if (price < 1)
            price = 1;
        b.close[i] = price;
        double top = fmax(b.open[i], price), bottom = fmin(b.open[i], price);
        b.high[i] = top + floor(random_unit(&r) * 100) / 100;
        b.low[i] = fmax(0.01, bottom - floor(random_unit(&r) * 100) / 100);
        b.volume[i] = floor(random_unit(&r) * 1000);
    }
    return b;
}

struct test_bars test_bars_of(const double *close, size_t n)
{
    struct test_bars b = allocate(n);
    for (size_t i = 0; i < n; i++) {
        b.close[i] = close[i];
        b.open[i] = i ? close[i - 1] : close[0];
        b.high[i] = fmax(b.open[i], close[i]) + 1;
        b.low[i] = fmin(b.open[i], close[i]) - 1;
        b.volume[i] = 10;
    }
    return b;
}

void test_bars_free(struct test_bars *b)
{
    double *columns[] = {b->open, b->high, b->low, b->close, b->volume};
    free(b->time);
    for (size_t i = 0; i < 5; i++)
        free(columns[i]);
}

// Entries of one unit and closes, at the next open; enough for a script to see its account change.
struct broker {
    struct test_run *run;
    double size, price, net;
    double next_size; // asked for on this bar
    bool pending;
    int64_t closed, wins, last_bar;
};

static void broker_bar(void *arg, int64_t bar, time_ms open_time, double open, double high,
                       double low, double close, struct script_account *a)
{
    struct broker *b = arg;
    (void)open_time, (void)high, (void)low;
    if (bar != b->last_bar + 1)
        b->run->rc = -100;
    b->last_bar = bar;
    if (b->pending && b->next_size != b->size) {
        if (b->size != 0) {
            double profit = (open - b->price) * b->size;
            b->net += profit;
            b->closed++;
            b->wins += profit > 0;
        }
        b->size = b->next_size;
        b->price = b->size != 0 ? open : NAN;
    }
    b->pending = false;
    *a = (struct script_account){.position_size = b->size,
                                 .position_avg_price = b->price,
                                 .net_profit = b->net,
                                 .open_profit = b->size != 0 ? (close - b->price) * b->size : 0,
                                 .initial_capital = 1000,
                                 .open_trades = b->size != 0,
                                 .closed_trades = b->closed,
                                 .win_trades = b->wins,
                                 .loss_trades = b->closed - b->wins};
    a->equity = 1000 + a->net_profit + a->open_profit;
}

static void put_number(struct buf *out, const char *name, double v)
{
    if (!isnan(v) && buf_printf(out, " %s=%.10g", name, v))
        abort();
}

static void broker_order(void *arg, int64_t bar, const struct script_order *o)
{
    static const char *const kinds[] = {"entry", "exit",   "close",     "close_all",
                                        "order", "cancel", "cancel_all"};
    struct broker *b = arg;
    struct buf *out = &b->run->events;
    if (bar != b->last_bar)
        b->run->rc = -101;
    if (buf_printf(out, "%lld %s %s", (long long)bar, kinds[o->kind], o->id))
        abort();
    if (o->kind == SCRIPT_ORDER_ENTRY || o->kind == SCRIPT_ORDER_RAW) {
        if (buf_printf(out, o->is_long ? " long" : " short"))
            abort();
        b->pending = true;
        b->next_size = o->is_long ? 1 : -1;
    }
    if (o->kind == SCRIPT_ORDER_CLOSE || o->kind == SCRIPT_ORDER_CLOSE_ALL) {
        b->pending = true;
        b->next_size = 0;
    }
    if (o->from_entry[0] && buf_printf(out, " from=%s", o->from_entry))
        abort();
    put_number(out, "qty", o->qty);
    put_number(out, "percent", o->qty_percent);
    put_number(out, "limit", o->limit);
    put_number(out, "stop", o->stop);
    put_number(out, "profit", o->profit);
    put_number(out, "loss", o->loss);
    put_number(out, "trail", o->trail_points);
    if (o->comment[0] && buf_printf(out, " \"%s\"", o->comment))
        abort();
    if (buf_add_char(out, '\n'))
        abort();
}

static void sink_plots(void *arg, int64_t first, size_t n, const double *const *values)
{
    struct test_run *r = ((struct broker *)arg)->run;
    for (size_t p = 0; p < r->plot_count; p++)
        memcpy(&r->plots[p * r->bars + (size_t)first], values[p], n * sizeof(double));
}

static void sink_alert(void *arg, int64_t bar, int index, const char *message)
{
    struct test_run *r = ((struct broker *)arg)->run;
    if (buf_printf(&r->events, "%lld alert %d %s\n", (long long)bar, index, message))
        abort();
}

static void sink_error(void *arg, int64_t bar, const char *message)
{
    struct test_run *r = ((struct broker *)arg)->run;
    if (buf_printf(&r->events, "%lld error %s\n", (long long)bar, message))
        abort();
}

static size_t next_length(struct random *r, uint64_t cuts, size_t left)
{
    size_t n = cuts == 0 ? left : cuts == 1 ? 1 : 1 + (size_t)random_below(r, 1400);
    return n < left ? n : left;
}

static void feed(struct test_run *r, struct script_instance *inst, const struct test_bars *b,
                 uint64_t cuts)
{
    struct broker broker = {.run = r, .price = NAN, .last_bar = -1};
    struct script_broker sb = {.arg = &broker, .bar = broker_bar, .order = broker_order};
    struct script_sink sink = {&broker, sink_plots, sink_alert, sink_error};
    struct script_workspace *w = script_workspace_create();
    struct random random;
    random_init(&random, cuts);
    for (size_t at = 0; at < b->n && r->rc == 0;) {
        size_t n = next_length(&random, cuts, b->n - at);
        struct script_bars part = {b->time + at, b->open + at,  b->high + at,
                                   b->low + at,  b->close + at, b->volume + at};
        int rc = script_instance_run_with(inst, w, &part, n, &sb, &sink);
        if (rc == ERR_INVALID)
            break; // dead
        if (rc)
            r->rc = rc;
        at += n;
    }
    script_workspace_destroy(w);
}

void test_run_script(struct test_run *r, struct str source, const struct test_bars *bars,
                     const struct script_value *values, size_t value_count, uint64_t cuts)
{
    struct script_program *p = NULL;
    struct script_instance *inst = NULL;
    memset(r, 0, sizeof *r);
    buf_init(&r->events, 64 << 20);
    r->rc = script_compile(source, &p, &r->diags);
    if (r->rc)
        return;
    r->rc = script_instance_create(p, &test_context, values, value_count, 0, &inst, &r->error);
    if (r->rc == 0) {
        const struct script_info *info = script_program_info(p);
        r->plot_count = info->plot_count;
        r->bars = bars->n;
        r->warmup = script_instance_warmup(inst);
        r->plots = malloc((r->plot_count * bars->n + 1) * sizeof(double));
        for (size_t i = 0; i < r->plot_count * bars->n; i++)
            r->plots[i] = NAN;
        for (size_t i = 0; i < r->plot_count && i < 64; i++) {
            if (str_copy(r->titles[i], sizeof r->titles[i], str_from(info->plots[i].title)))
                r->titles[i][0] = '\0';
        }
        feed(r, inst, bars, cuts);
    }
    script_instance_destroy(inst);
    script_program_destroy(p);
}

void test_run_free(struct test_run *r)
{
    buf_finish(&r->events);
    free(r->plots);
}

double test_plot(const struct test_run *r, const char *title, size_t bar)
{
    for (size_t i = 0; i < r->plot_count && i < 64; i++) {
        if (strcmp(r->titles[i], title) == 0)
            return r->plots[i * r->bars + bar];
    }
    return NAN;
}
