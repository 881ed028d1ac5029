// SPDX-License-Identifier: Apache-2.0
// oracle backtest: a strategy over history, one series or many at once, as JSON, table, CSV of
// trades and HTML report.
#include "backtest/html.h"
#include "backtest/report.h"
#include "cli/history.h"

#include "base/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define JSON_MAX    ((size_t)4 << 20)
#define TRADE_BYTES ((size_t)64 << 10)
#define INPUTS_TEXT 1024
#define MONTHS_MAX  600
#define TAGS_MAX    12
#define TRADES_MANY 20000 // closed trades kept of each, when there are many series

struct job { // one series
    struct cli_series series;
    struct cli_history history, finer; // finer: of --finer, else zeroed
    struct run *run;
    FILE *trades; // NULL: not asked for
    struct buf line;
    bool write_failed;
    int exit_code;
    struct diag d;
};

struct batch {
    struct cli *cli;
    const struct cli_strategy *strategy;
    struct job *jobs;
    size_t count;
    bool curve;
    const char *trades_path, *report_path;
    char inputs[INPUTS_TEXT];
};

// ---- running

static void on_trade(void *arg, const struct broker_trade *t)
{
    struct job *j = arg;

    buf_clear(&j->line);
    if (report_trade_csv(&j->line, t) != 0 ||
        fwrite(j->line.data, 1, j->line.len, j->trades) != j->line.len) {
        j->write_failed = true;
    }
}

// The finer candles of a series: another timeframe of the store, or another file.
static int open_finer(const struct cli *cli, struct job *j)
{
    const char *name = cli_get(cli, "finer");
    struct cli_series series = {
        .csv = j->series.csv ? name : NULL, .pair = j->series.pair, .timeframe = name};
    enum timeframe fine, coarse = j->history.context.timeframe;
    int exit_code = name ? cli_history_open(cli, &series, &j->finer, &j->d) : 0;

    if (!name || exit_code != 0) {
        return exit_code;
    }
    fine = j->finer.context.timeframe;
    if (!cli_get(cli, "timeframe") && (fine == coarse || !timeframe_divides(fine, coarse))) {
        (void)diag_set(&j->d, ERR_INVALID,
                       "--finer is %s: candles of %s do not consist of whole ones of it",
                       timeframe_code(fine), timeframe_code(coarse));
        return CLI_USAGE;
    }
    return 0;
}

static void run_job(void *arg, size_t i)
{
    struct batch *b = arg;
    struct job *j = &b->jobs[i];
    struct run_options o = {.program = b->strategy->program,
                            .context = &j->history.context,
                            .values = b->strategy->values,
                            .value_count = b->strategy->value_count,
                            .max_closed_trades = b->count > 1 ? TRADES_MANY : 0,
                            .curve = b->curve,
                            .initial_capital = cli_number(b->cli, "capital", 0),
                            .now_ns = clock_now_ns,
                            .arg = j,
                            .on_trade = j->trades ? on_trade : NULL};

    j->exit_code = cli_history_open(b->cli, &j->series, &j->history, &j->d);
    j->exit_code = j->exit_code != 0 ? j->exit_code : open_finer(b->cli, j);
    if (j->exit_code != 0) {
        return;
    }
    o.finer = j->finer.feed;
    if (run_create(&o, &j->run, &j->d) != 0 || run_feed(j->run, j->history.feed, &j->d) != 0) {
        j->exit_code = CLI_DATA;
    }
    cli_history_finish(&j->history); // hundreds of series are not all to stay open
    cli_history_finish(&j->finer);
    if (j->write_failed) {
        (void)diag_set(&j->d, ERR_SYSTEM, "the trades cannot be written to %.150s", b->trades_path);
        j->exit_code = CLI_LATER;
    }
}

// ---- JSON

static struct report_subject subject_of(const struct batch *b, const struct job *j)
{
    return (struct report_subject){.file = b->strategy->file,
                                   .title = script_program_info(b->strategy->program)->title,
                                   .series = j->history.label,
                                   .pair = j->history.ticker,
                                   .timeframe = timeframe_code(j->history.context.timeframe),
                                   .exchange = j->history.exchange,
                                   .inputs = b->inputs,
                                   .compile_ns = b->strategy->compile_ns};
}

static int show_json(struct batch *b, const struct job *j)
{
    struct report_subject s = subject_of(b, j);
    struct jsonw w;
    struct buf out;
    int rc;

    buf_init(&out, JSON_MAX);
    jsonw_init(&w, &out);
    jsonw_object(&w);
    rc = report_json(&w, &s, j->run);
    jsonw_object_end(&w);
    rc = rc != 0 ? rc : jsonw_finish(&w);
    cli_out_add(&b->cli->out, buf_str(&out));
    buf_finish(&out);
    return rc;
}

// ---- table

static void figure(struct cli *cli, const char *name, double v, const char *unit)
{
    if (isnan(v)) {
        cli_out_printf(&cli->out, "  %-22s %16s\n", name, "-");
    } else {
        cli_out_printf(&cli->out, "  %-22s %16.2f%s\n", name, v, unit);
    }
}

static void show_figures(struct cli *cli, const struct stats *s)
{
    const struct {
        const char *name;
        double value;
        const char *unit;
    } rows[] = {{"initial capital", s->initial_capital, ""},
                {"final equity", s->final_equity, ""},
                {"net profit", s->net_profit, ""},
                {"  of the capital", s->net_profit_percent, " %"},
                {"  of open trades", s->open_profit, ""},
                {"buy and hold", s->buy_and_hold, ""},
                {"  of the capital", s->buy_and_hold_percent, " %"},
                {"commission", s->commission, ""},
                {"growth a year", s->cagr, " %"},
                {"greatest drawdown", s->max_drawdown, ""},
                {"  of the peak", s->max_drawdown_percent, " %"},
                {"Sharpe", s->sharpe, ""},
                {"Sortino", s->sortino, ""},
                {"Calmar", s->calmar, ""},
                {"profit factor", s->profit_factor, ""},
                {"win rate", s->win_rate, " %"},
                {"mean profit of a trade", s->expectancy, ""},
                {"mean win", s->average_win, ""},
                {"mean loss", s->average_loss, ""},
                {"bars in a trade", s->average_bars, ""},
                {"time in the market", s->exposure, " %"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        figure(cli, rows[i].name, rows[i].value, rows[i].unit);
    }
}

static void show_months(struct cli *cli, const struct job *j)
{
    struct stats_month *months = calloc(MONTHS_MAX, sizeof *months);
    size_t n;

    if (!months) {
        return; // a table less; the figures are all in the JSON
    }
    n = stats_by_month(run_broker(j->run), run_initial_capital(j->run), months, MONTHS_MAX);
    n = n < MONTHS_MAX ? n : MONTHS_MAX;
    cli_out_printf(&cli->out, "\n  %-8s", "return %");
    for (unsigned m = 1; m <= 12; m++) {
        cli_out_printf(&cli->out, " %7u", m);
    }
    for (size_t i = 0; i < n;) {
        int32_t year = months[i].year;

        cli_out_printf(&cli->out, "\n  %-8d", year);
        for (unsigned m = 1; m <= 12; m++) {
            if (i < n && months[i].year == year && months[i].month == m) {
                cli_out_printf(&cli->out, " %7.2f", months[i++].return_percent);
            } else {
                cli_out_printf(&cli->out, " %7s", "");
            }
        }
    }
    cli_out_add(&cli->out, STR("\n"));
    free(months);
}

static void show_tags(struct cli *cli, const struct job *j)
{
    struct stats_tag tags[TAGS_MAX];
    size_t n = stats_by_tag(run_broker(j->run), tags, TAGS_MAX);

    if (n < 2) {
        return;
    }
    cli_out_printf(&cli->out, "\n  %-22s %8s %8s %14s\n", "entry", "trades", "wins", "profit");
    for (size_t i = 0; i < n; i++) {
        cli_out_printf(&cli->out, "  %-22.22s %8lld %8lld %14.2f\n", tags[i].tag,
                       (long long)tags[i].trades, (long long)tags[i].wins, tags[i].profit);
    }
}

static void show_one(struct batch *b, const struct job *j)
{
    struct cli *cli = b->cli;
    struct broker_state state;
    struct stats s;
    char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];
    int64_t load_ns, run_ns;

    run_stats(j->run, &s);
    broker_get_state(run_broker(j->run), &state);
    time_format(state.first_time, from);
    time_format(state.last_time, to);
    run_elapsed(j->run, &load_ns, &run_ns);
    cli_out_printf(&cli->out, "%s on %s%s%s\n", script_program_info(b->strategy->program)->title,
                   j->history.label, b->inputs[0] ? ", " : "", b->inputs);
    cli_out_printf(&cli->out, "  %lld candles from %s to %s, %lld trades, %lld open\n",
                   (long long)s.bars, s.bars > 0 ? from : "-", s.bars > 0 ? to : "-",
                   (long long)s.trades, (long long)s.open_trades);
    show_figures(cli, &s);
    show_months(cli, j);
    show_tags(cli, j);
    cli_out_printf(&cli->out, "\n  compiled in %.2f ms, read in %.1f ms, run in %.1f ms\n",
                   (double)b->strategy->compile_ns / 1e6, (double)load_ns / 1e6,
                   (double)run_ns / 1e6);
}

static void show_many(struct batch *b)
{
    struct cli *cli = b->cli;

    cli_out_printf(&cli->out, "%-28s %9s %7s %12s %9s %9s %8s %8s\n", "series", "candles", "trades",
                   "net profit", "percent", "drawdown%", "factor", "Sharpe");
    for (size_t i = 0; i < b->count; i++) {
        const struct job *j = &b->jobs[i];
        struct stats s;

        if (j->exit_code != 0) {
            continue;
        }
        run_stats(j->run, &s);
        cli_out_printf(&cli->out, "%-28.28s %9lld %7lld %12.2f %9.2f %9.2f %8.2f %8.2f\n",
                       j->history.label, (long long)s.bars, (long long)s.trades, s.net_profit,
                       s.net_profit_percent, s.max_drawdown_percent, s.profit_factor, s.sharpe);
    }
}

// ---- files

static int copy_trades(FILE *to, FILE *from, const char *label)
{
    char block[8192];

    // Lines of several series begin with the series; a temporary file holds one line a trade.
    rewind(from);
    while (fgets(block, sizeof block, from)) {
        if (fprintf(to, "%s,%s", label, block) < 0) {
            return ERR_SYSTEM;
        }
    }
    return ferror(from) ? ERR_SYSTEM : 0;
}

static int open_trades(struct batch *b, FILE **out)
{
    *out = fopen(b->trades_path, "we");
    if (!*out) {
        cli_error(b->cli, "%s cannot be written; name another file with --trades", b->trades_path);
        return CLI_REFUSED;
    }
    if (fputs(b->count > 1 ? "series," REPORT_TRADES_HEADER : REPORT_TRADES_HEADER, *out) < 0) {
        return CLI_LATER;
    }
    for (size_t i = 0; i < b->count; i++) {
        b->jobs[i].trades = b->count > 1 ? tmpfile() : *out;
        if (!b->jobs[i].trades) {
            cli_error(b->cli, "there is no room for temporary files");
            return CLI_LATER;
        }
    }
    return 0;
}

static int close_trades(struct batch *b, FILE *out)
{
    int rc = 0;

    for (size_t i = 0; i < b->count && b->count > 1; i++) {
        if (b->jobs[i].trades && rc == 0 && b->jobs[i].exit_code == 0) {
            rc = copy_trades(out, b->jobs[i].trades, b->jobs[i].history.label);
        }
        if (b->jobs[i].trades) {
            (void)fclose(b->jobs[i].trades);
        }
    }
    if (fclose(out) != 0 || rc != 0) {
        cli_error(b->cli, "the trades cannot be written to %s", b->trades_path);
        return CLI_LATER;
    }
    return 0;
}

static int write_report(struct batch *b)
{
    struct html_run *runs = calloc(b->count, sizeof *runs);
    FILE *out = runs ? fopen(b->report_path, "we") : NULL;
    size_t n = 0;
    int rc;

    if (!out) {
        free(runs);
        cli_error(b->cli, "%s cannot be written; name another file with --report", b->report_path);
        return CLI_REFUSED;
    }
    for (size_t i = 0; i < b->count; i++) {
        if (b->jobs[i].exit_code == 0) {
            runs[n++] = (struct html_run){subject_of(b, &b->jobs[i]), b->jobs[i].run};
        }
    }
    rc = html_report(out, runs, n);
    free(runs);
    if (fclose(out) != 0 || rc != 0) {
        cli_error(b->cli, "the report cannot be written to %s", b->report_path);
        return CLI_LATER;
    }
    return 0;
}

// ---- all of it

static int show_all(struct batch *b)
{
    size_t shown = 0;
    int exit_code = 0;

    if (!b->cli->json && b->count > 1) {
        show_many(b);
    }
    if (b->cli->json && b->count > 1) {
        cli_out_add(&b->cli->out, STR("["));
    }
    for (size_t i = 0; i < b->count; i++) {
        const struct job *j = &b->jobs[i];

        if (j->exit_code != 0) {
            cli_error(b->cli, "%s%s%s", j->d.text, b->count > 1 ? ": " : "",
                      b->count > 1 ? j->history.label : "");
            exit_code = j->exit_code;
            continue;
        }
        if (!j->history.on_grid) {
            cli_note(b->cli, "%s: the candles do not open on the grid of their timeframe",
                     j->history.label);
        }
        if (!b->cli->json) {
            if (b->count == 1) {
                show_one(b, j);
            }
            continue;
        }
        cli_out_add(&b->cli->out, shown++ > 0 ? STR(",\n ") : STR(""));
        if (show_json(b, j) != 0) {
            exit_code = CLI_BUG;
        }
    }
    if (b->cli->json) {
        cli_out_add(&b->cli->out, b->count > 1 ? STR("]\n") : shown > 0 ? STR("\n") : STR(""));
    }
    return exit_code;
}

static int run_batch(struct batch *b)
{
    FILE *trades = NULL;
    int exit_code = b->trades_path ? open_trades(b, &trades) : 0;
    int closed;

    if (exit_code == 0) {
        cli_parallel(b->cli, b->count, run_job, b);
    }
    if (trades) {
        closed = close_trades(b, trades);
        exit_code = exit_code != 0 ? exit_code : closed;
    }
    exit_code = exit_code != 0 ? exit_code : show_all(b);
    if (b->report_path && exit_code == 0) {
        exit_code = write_report(b);
    }
    return exit_code;
}

// Name and value of each input that was given, in one line.
static void describe_inputs(struct batch *b)
{
    size_t used = 0;

    for (size_t i = 0; i < b->strategy->value_count; i++) {
        const struct script_value *v = &b->strategy->values[i];

        if (str_printf(b->inputs + used, sizeof b->inputs - used, "%s%s=" STR_FMT,
                       used > 0 ? " " : "", v->name, STR_ARG(v->text)) != 0) {
            b->inputs[used] = '\0';
            return;
        }
        used += strlen(b->inputs + used);
    }
}

static int run_jobs(struct batch *b, const struct cli_series *series)
{
    int exit_code;

    b->jobs = calloc(b->count, sizeof *b->jobs);
    if (!b->jobs) {
        cli_error(b->cli, "%s", err_text(ERR_NO_MEMORY));
        return CLI_BUG;
    }
    for (size_t i = 0; i < b->count; i++) {
        b->jobs[i].series = series[i];
        buf_init(&b->jobs[i].line, TRADE_BYTES);
    }
    exit_code = run_batch(b);
    for (size_t i = 0; i < b->count; i++) {
        run_destroy(b->jobs[i].run);
        cli_history_finish(&b->jobs[i].history);
        buf_finish(&b->jobs[i].line);
    }
    free(b->jobs);
    return exit_code;
}

static int run_series(struct cli *cli, const struct cli_strategy *strategy)
{
    struct cli_series *series = calloc(CLI_SERIES_MAX, sizeof *series);
    struct batch b = {.cli = cli,
                      .strategy = strategy,
                      .trades_path = cli_get(cli, "trades"),
                      .report_path = cli_get(cli, "report")};
    int exit_code = CLI_BUG;

    if (!series) {
        cli_error(cli, "%s", err_text(ERR_NO_MEMORY));
        return exit_code;
    }
    exit_code = cli_series_given(cli, 1, series, CLI_SERIES_MAX, &b.count);
    b.curve = b.report_path != NULL;
    describe_inputs(&b);
    exit_code = exit_code != 0 ? exit_code : run_jobs(&b, series);
    free(series);
    return exit_code;
}

int cli_cmd_backtest(struct cli *cli)
{
    struct cli_strategy strategy;
    int exit_code = cli_strategy_load(cli, cli->arguments[0], &strategy);

    exit_code = exit_code != 0 ? exit_code : cli_strategy_inputs(cli, &strategy);
    if (exit_code == 0) {
        exit_code = run_series(cli, &strategy);
    }
    cli_strategy_finish(&strategy);
    return exit_code;
}
