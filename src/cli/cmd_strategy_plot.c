// SPDX-License-Identifier: Apache-2.0
// oracle strategy plot: each bar's plots, alerts and orders as CSV, as the strategy says them.
#include "cli/history.h"

#include "base/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROWS      512
#define NOTE_MAX  ((size_t)64 << 10) // alert messages or orders of one bar
#define TITLE_MAX 128

struct plotting {
    struct cli *cli;
    const struct script_info *info;
    struct script_instance *instance;
    struct broker *broker;
    struct script_broker inner; // the emulator; orders pass through here on their way to it
    int64_t first_bar;          // of the block under way
    double *values;             // plot after plot, ROWS each
    bool *fired;                // alert after alert, ROWS each
    struct buf messages[ROWS], orders[ROWS];
    char error[256];
};

// ---- text

// A field of CSV: quoted when it must be (RFC 4180).
static void put_field(struct cli_out *out, struct str text)
{
    bool quote = text.len != str_find(text, ',', 0) || text.len != str_find(text, '"', 0) ||
                 text.len != str_find(text, '\n', 0) || text.len != str_find(text, '\r', 0);
    struct str part;

    if (!quote) {
        cli_out_add(out, text);
        return;
    }
    cli_out_add(out, STR("\""));
    for (bool first = true; str_split(&text, '"', &part); first = false) {
        if (!first) {
            cli_out_add(out, STR("\"\""));
        }
        cli_out_add(out, part);
    }
    cli_out_add(out, STR("\""));
}

// Titles that occur twice are told apart by their number.
static void put_title(struct plotting *p, const struct script_plot *list, size_t i)
{
    char title[TITLE_MAX];
    size_t same = 1;

    for (size_t k = 0; k < i; k++) {
        same += strcmp(list[k].title, list[i].title) == 0;
    }
    cli_out_add(&p->cli->out, STR(","));
    if (same == 1 || str_printf(title, sizeof title, "%.100s %zu", list[i].title, same) != 0) {
        put_field(&p->cli->out, str_from(list[i].title));
    } else {
        put_field(&p->cli->out, str_from(title));
    }
}

static void put_header(struct plotting *p)
{
    cli_out_add(&p->cli->out, STR("open_time"));
    for (size_t i = 0; i < p->info->plot_count; i++) {
        put_title(p, p->info->plots, i);
    }
    for (size_t i = 0; i < p->info->alert_count; i++) {
        put_title(p, p->info->alerts, i);
    }
    cli_out_add(&p->cli->out, STR(",alert,orders\n"));
}

static void put_rows(struct plotting *p, const time_ms *times, size_t n)
{
    char text[NUMBER_TEXT_MAX];

    for (size_t row = 0; row < n && !cli_out_closed(&p->cli->out); row++) {
        cli_out_printf(&p->cli->out, "%lld", (long long)times[row]);
        for (size_t i = 0; i < p->info->plot_count; i++) {
            double v = p->values[i * ROWS + row];

            cli_out_add(&p->cli->out, STR(","));
            if (!isnan(v)) {
                cli_out_add(&p->cli->out, (struct str){text, number_format_double(v, text)});
            }
        }
        for (size_t i = 0; i < p->info->alert_count; i++) {
            cli_out_add(&p->cli->out, p->fired[i * ROWS + row] ? STR(",1") : STR(",0"));
        }
        cli_out_add(&p->cli->out, STR(","));
        put_field(&p->cli->out, buf_str(&p->messages[row]));
        cli_out_add(&p->cli->out, STR(","));
        put_field(&p->cli->out, buf_str(&p->orders[row]));
        cli_out_add(&p->cli->out, STR("\n"));
        buf_clear(&p->messages[row]);
        buf_clear(&p->orders[row]);
    }
}

// ---- what the strategy says

static void on_plots(void *arg, int64_t first_bar, size_t n, const double *const *values)
{
    struct plotting *p = arg;
    size_t row = (size_t)(first_bar - p->first_bar);

    for (size_t i = 0; i < p->info->plot_count; i++) {
        memcpy(p->values + i * ROWS + row, values[i], n * sizeof *values[i]);
    }
}

// A bar that says more than fits keeps what came first.
static void add_note(struct buf *b, const char *text)
{
    if ((b->len > 0 && buf_add_str(b, STR("; ")) != 0) || buf_add_str(b, str_from(text)) != 0) {
        return;
    }
}

static void on_alert(void *arg, int64_t bar, int index, const char *message)
{
    struct plotting *p = arg;
    size_t row = (size_t)(bar - p->first_bar);

    if (index >= 0) {
        p->fired[(size_t)index * ROWS + row] = true;
    } else {
        add_note(&p->messages[row], message);
    }
}

static void on_error(void *arg, int64_t bar, const char *message)
{
    struct plotting *p = arg;

    if (!p->error[0] && str_printf(p->error, sizeof p->error, "at bar %lld: %.180s", (long long)bar,
                                   message) != 0) {
        p->error[0] = '?';
    }
}

static const char *const kinds[] = {[SCRIPT_ORDER_ENTRY] = "entry",
                                    [SCRIPT_ORDER_EXIT] = "exit",
                                    [SCRIPT_ORDER_CLOSE] = "close",
                                    [SCRIPT_ORDER_CLOSE_ALL] = "close_all",
                                    [SCRIPT_ORDER_RAW] = "order",
                                    [SCRIPT_ORDER_CANCEL] = "cancel",
                                    [SCRIPT_ORDER_CANCEL_ALL] = "cancel_all"};

static int add_number(struct buf *b, const char *name, double v)
{
    char text[NUMBER_TEXT_MAX];

    if (isnan(v)) {
        return 0;
    }
    (void)number_format_double(v, text);
    return buf_printf(b, " %s=%s", name, text);
}

static int add_text(struct buf *b, const char *name, const char *text)
{
    return text[0] ? buf_printf(b, " %s=%s", name, text) : 0;
}

// "entry long L qty=1 stop=9.5": kind, direction, id, then what was given.
static int describe(struct buf *b, const struct script_order *o)
{
    const struct {
        const char *name;
        double value;
    } numbers[] = {{"qty", o->qty},
                   {"qty_percent", o->qty_percent},
                   {"limit", o->limit},
                   {"stop", o->stop},
                   {"profit", o->profit},
                   {"loss", o->loss},
                   {"trail_price", o->trail_price},
                   {"trail_points", o->trail_points},
                   {"trail_offset", o->trail_offset}};
    bool directed = o->kind == SCRIPT_ORDER_ENTRY || o->kind == SCRIPT_ORDER_RAW;
    int rc = b->len > 0 ? buf_add_str(b, STR("; ")) : 0;

    rc = rc != 0 ? rc : buf_add_str(b, str_from(kinds[o->kind]));
    if (directed) {
        rc = rc != 0 ? rc : buf_add_str(b, o->is_long ? STR(" long") : STR(" short"));
    }
    if (o->id[0]) {
        rc = rc != 0 ? rc : buf_printf(b, " %s", o->id);
    }
    rc = rc != 0 ? rc : add_text(b, "from", o->from_entry);
    for (size_t i = 0; rc == 0 && i < sizeof numbers / sizeof numbers[0]; i++) {
        rc = add_number(b, numbers[i].name, numbers[i].value);
    }
    rc = rc != 0 ? rc : add_text(b, "oca", o->oca_name);
    return rc != 0 ? rc : add_text(b, "comment", o->comment);
}

static void on_bar(void *arg, int64_t bar, time_ms open_time, double open, double high, double low,
                   double close, struct script_account *account)
{
    struct plotting *p = arg;

    p->inner.bar(p->inner.arg, bar, open_time, open, high, low, close, account);
}

static void on_order(void *arg, int64_t bar, const struct script_order *o)
{
    struct plotting *p = arg;
    struct buf *b = &p->orders[bar - p->first_bar];

    if (describe(b, o) != 0 && b->len < NOTE_MAX - 4) {
        add_note(b, "...");
    }
    p->inner.order(p->inner.arg, bar, o);
}

// ---- running

static int plot_all(struct plotting *p, struct feed *feed, struct diag *d)
{
    static const struct script_sink sink = {
        .plots = on_plots, .alert = on_alert, .error = on_error};
    struct script_sink mine = sink;
    struct script_broker broker = {.arg = p, .bar = on_bar, .order = on_order};
    time_ms times[ROWS];
    double columns[5][ROWS];
    struct feed_columns room = {times, columns[0], columns[1], columns[2], columns[3], columns[4]};
    struct script_bars bars = {times, columns[0], columns[1], columns[2], columns[3], columns[4]};

    mine.arg = p;
    put_header(p);
    for (size_t n = 1; !cli_out_closed(&p->cli->out);) {
        int rc = feed_read(feed, ROWS, &room, &n, d);

        if (rc != 0 || n == 0) {
            return rc;
        }
        for (size_t i = 0; i < p->info->plot_count * ROWS; i++) {
            p->values[i] = NAN;
        }
        memset(p->fired, 0, p->info->alert_count * ROWS * sizeof *p->fired);
        rc = script_instance_run(p->instance, &bars, n, &broker, &mine);
        put_rows(p, times, n);
        if (p->error[0]) {
            return diag_set(d, ERR_INVALID, "the strategy ended itself %.200s", p->error);
        }
        if (rc != 0) {
            return diag_set(d, rc, "%s", err_text(rc));
        }
        p->first_bar += (int64_t)n;
    }
    return 0;
}

static int prepare(struct plotting *p, const struct cli_strategy *s, const struct cli_history *h,
                   struct diag *d)
{
    struct broker_settings settings;
    int rc = script_instance_create(s->program, &h->context, s->values, s->value_count, 0,
                                    &p->instance, d);

    if (rc != 0) {
        return rc;
    }
    p->info = script_program_info(s->program);
    p->values = calloc(p->info->plot_count * ROWS + 1, sizeof *p->values);
    p->fired = calloc(p->info->alert_count * ROWS + 1, sizeof *p->fired);
    if (!p->values || !p->fired) {
        return diag_set(d, ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY));
    }
    settings = run_broker_settings(p->info, script_instance_settings(p->instance, 0), &h->context);
    settings.max_closed_trades = RUN_TRADES_DEFAULT; // scripts may look at them
    rc = broker_create(&settings, &p->broker);
    if (rc != 0) {
        return diag_set(d, rc, "the strategy's settings make no account: %s", err_text(rc));
    }
    p->inner = broker_interface(p->broker);
    return 0;
}

static void plotting_finish(struct plotting *p)
{
    for (size_t i = 0; i < ROWS; i++) {
        buf_finish(&p->messages[i]);
        buf_finish(&p->orders[i]);
    }
    script_instance_destroy(p->instance);
    broker_destroy(p->broker);
    free(p->values);
    free(p->fired);
    free(p);
}

static int run_plot(struct cli *cli, struct plotting *p, const struct cli_strategy *s)
{
    struct cli_series series;
    struct cli_history history = {0};
    struct diag d = {0};
    size_t count = 0;
    int exit_code = cli_series_given(cli, 1, &series, 1, &count);

    if (exit_code != 0) {
        return exit_code;
    }
    exit_code = cli_history_open(cli, &series, &history, &d);
    if (exit_code == 0 &&
        (prepare(p, s, &history, &d) != 0 || plot_all(p, history.feed, &d) != 0)) {
        exit_code = CLI_DATA;
    }
    if (exit_code != 0) {
        cli_error(cli, "%s", d.text);
    }
    cli_history_finish(&history);
    return exit_code;
}

int cli_cmd_strategy_plot(struct cli *cli)
{
    struct cli_strategy strategy;
    struct plotting *p = calloc(1, sizeof *p);
    int exit_code;

    if (!p) {
        cli_error(cli, "%s", err_text(ERR_NO_MEMORY));
        return CLI_BUG;
    }
    p->cli = cli;
    for (size_t i = 0; i < ROWS; i++) {
        buf_init(&p->messages[i], NOTE_MAX);
        buf_init(&p->orders[i], NOTE_MAX);
    }
    exit_code = cli_strategy_load(cli, cli->arguments[0], &strategy);
    exit_code = exit_code != 0 ? exit_code : cli_strategy_inputs(cli, &strategy);
    if (exit_code == 0) {
        exit_code = run_plot(cli, p, &strategy);
    }
    plotting_finish(p);
    cli_strategy_finish(&strategy);
    return exit_code;
}
