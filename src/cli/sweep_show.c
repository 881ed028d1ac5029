// SPDX-License-Identifier: Apache-2.0
// What a sweep found: walk-forward first, then the best combinations, a heat map, and luck; or all
// of it as JSON.
#include "cli/sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_SHOWN  15
#define MAP_COLUMNS 36
#define MAP_ROWS    24
#define TEXT_MAX    512
#define JSON_BYTES  ((size_t)16 << 10)

void cli_sweep_inputs(const struct cli_sweep *s, uint64_t combination, char *out, size_t cap)
{
    size_t place[SWEEP_AXES_MAX] = {0}, used = 0;

    out[0] = '\0';
    sweep_space_place(&s->space, combination, place);
    for (size_t a = 0; a < s->space.axis_count; a++) {
        char text[SWEEP_TEXT_MAX];

        sweep_axis_text(&s->space.axes[a], place[a], text);
        if (str_printf(out + used, cap - used, "%s%s=%s", a > 0 ? " " : "", s->space.axes[a].name,
                       text) != 0) {
            return;
        }
        used += strlen(out + used);
    }
}

// ---- JSON

static void json_double(struct jsonw *w, const char *key, double v)
{
    jsonw_key(w, key);
    jsonw_double(w, v);
}

static void json_inputs(const struct cli_sweep *s, struct jsonw *w, uint64_t combination)
{
    size_t place[SWEEP_AXES_MAX] = {0};

    sweep_space_place(&s->space, combination, place);
    jsonw_key(w, "inputs");
    jsonw_object(w);
    for (size_t a = 0; a < s->space.axis_count; a++) {
        const struct sweep_axis *axis = &s->space.axes[a];
        char text[SWEEP_TEXT_MAX];

        jsonw_key(w, axis->name);
        if (axis->list) {
            sweep_axis_text(axis, place[a], text);
            jsonw_str(w, str_from(text));
        } else {
            jsonw_double(w, axis->from + (double)place[a] * axis->step);
        }
    }
    jsonw_object_end(w);
}

static void json_result(const struct cli_sweep *s, struct jsonw *w, const struct sweep_result *r)
{
    jsonw_object(w);
    json_inputs(s, w, r->combination);
    cli_json_bool(w, "failed", r->failed);
    json_double(w, "score", sweep_score(r, s->metric));
    cli_json_i64(w, "trades", r->trades);
    json_double(w, "initial_capital", r->initial_capital);
    json_double(w, "final_equity", r->final_equity);
    json_double(w, "net_profit", r->net_profit);
    json_double(w, "max_drawdown", r->max_drawdown);
    json_double(w, "max_drawdown_percent", r->max_drawdown_percent);
    json_double(w, "profit_factor", r->profit_factor);
    json_double(w, "sharpe", r->sharpe);
    json_double(w, "win_rate", r->win_rate);
    json_double(w, "exposure", r->exposure);
    json_double(w, "cagr", r->cagr);
    jsonw_object_end(w);
}

static void json_forward(const struct cli_sweep *s, struct jsonw *w, const struct sweep_forward *f)
{
    jsonw_key(w, "walk_forward");
    jsonw_object(w);
    cli_json_i64(w, "segments", (int64_t)s->task.segment_count);
    cli_json_i64(w, "train", (int64_t)f->train);
    json_double(w, "out_of_sample_return_percent", f->step_count > 0 ? f->out_return : NAN);
    json_double(w, "in_sample_mean_percent", f->step_count > 0 ? f->in_mean : NAN);
    json_double(w, "out_of_sample_mean_percent", f->step_count > 0 ? f->out_mean : NAN);
    json_double(w, "efficiency", f->efficiency);
    jsonw_key(w, "steps");
    jsonw_array(w);
    for (size_t i = 0; i < f->step_count; i++) {
        const struct sweep_step *step = &f->steps[i];

        jsonw_object(w);
        json_inputs(s, w, s->results[step->chosen].combination);
        json_double(w, "in_sample_percent", step->in_return);
        json_double(w, "out_of_sample_percent", step->out_return);
        cli_json_i64(w, "trades", step->out_trades);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    jsonw_object_end(w);
}

static void json_tail(const struct cli_sweep *s, struct jsonw *w)
{
    if (s->have_luck) {
        jsonw_key(w, "monte_carlo");
        jsonw_object(w);
        cli_json_i64(w, "runs", (int64_t)s->luck.runs);
        cli_json_i64(w, "trades", (int64_t)s->luck.trades);
        json_double(w, "profit_5", s->luck.profit_5);
        json_double(w, "profit_50", s->luck.profit_50);
        json_double(w, "profit_95", s->luck.profit_95);
        json_double(w, "drawdown_50", s->luck.drawdown_50);
        json_double(w, "drawdown_95", s->luck.drawdown_95);
        json_double(w, "loss_share", s->luck.loss_share);
        json_double(w, "ruin_share", s->luck.ruin_share);
        jsonw_object_end(w);
    }
    cli_json_text(w, "series", s->label);
    cli_json_i64(w, "candles", (int64_t)s->candles.n);
    cli_json_i64(w, "failed", (int64_t)s->failed);
    cli_json_i64(w, "resumed", (int64_t)s->resumed);
    cli_json_text(w, "metric", sweep_metric_name(s->metric));
    jsonw_key(w, "elapsed");
    jsonw_object(w);
    json_double(w, "compile_ms", (double)s->compile_ns / 1e6);
    json_double(w, "load_ms", (double)s->load_ns / 1e6);
    json_double(w, "run_ms", (double)s->run_ns / 1e6);
    jsonw_object_end(w);
}

// Rows go out one by one, so that a million of them need no memory.
static int show_json(struct cli_sweep *s, const struct sweep_forward *f)
{
    struct jsonw w;
    struct buf row;
    int rc = 0;

    buf_init(&row, JSON_BYTES * 8);
    cli_out_add(&s->cli->out, STR("{\"combinations\":["));
    for (size_t i = 0; i < s->count && rc == 0; i++) {
        buf_clear(&row);
        jsonw_init(&w, &row);
        json_result(s, &w, &s->results[i]);
        rc = jsonw_finish(&w);
        cli_out_add(&s->cli->out, i > 0 ? STR(",\n") : STR("\n"));
        cli_out_add(&s->cli->out, buf_str(&row));
    }
    buf_clear(&row);
    jsonw_init(&w, &row);
    jsonw_object(&w);
    json_forward(s, &w, f);
    json_tail(s, &w);
    jsonw_object_end(&w);
    rc = rc != 0 ? rc : jsonw_finish(&w);
    cli_out_add(&s->cli->out, STR("],\n"));
    // The second object's members, without its opening bracket.
    cli_out_add(&s->cli->out, str_sub(buf_str(&row), 1, row.len));
    cli_out_add(&s->cli->out, STR("\n"));
    buf_finish(&row);
    return rc == 0 ? CLI_OK : CLI_BUG;
}

// ---- table

static void show_forward(struct cli_sweep *s, const struct sweep_forward *f)
{
    struct cli_out *out = &s->cli->out;
    char text[TEXT_MAX];

    cli_out_printf(out,
                   "Walk-forward: history in %zu segments; for each, the best by %s over the %zu "
                   "before it is taken\n",
                   s->task.segment_count, sweep_metric_name(s->metric), f->train);
    if (f->step_count == 0) {
        cli_out_printf(out, "  no combination traded enough to be chosen\n");
        return;
    }
    cli_out_printf(out, "  %-8s %-40s %14s %14s %7s\n", "segment", "chosen", "in sample %",
                   "out of it %", "trades");
    for (size_t i = 0; i < f->step_count; i++) {
        const struct sweep_step *step = &f->steps[i];

        cli_sweep_inputs(s, s->results[step->chosen].combination, text, sizeof text);
        cli_out_printf(out, "  %-8zu %-40.40s %14.2f %14.2f %7lld\n", f->train + i + 1, text,
                       step->in_return, step->out_return, (long long)step->out_trades);
    }
    cli_out_printf(out, "  out of sample %+.2f %% in all, %zu of %zu segments with a profit\n",
                   f->out_return, f->winning, f->step_count);
    if (!isnan(f->efficiency)) {
        cli_out_printf(out, "  a segment makes %+.2f %% when it is chosen by, %+.2f %% after: %s\n",
                       f->in_mean, f->out_mean,
                       f->efficiency >= 0.5 ? "most of it lasts"
                       : f->out_mean > 0    ? "little of it lasts"
                                            : "none of it lasts");
    }
}

static void show_best(struct cli_sweep *s)
{
    struct cli_out *out = &s->cli->out;
    size_t rows = s->count < ROWS_SHOWN ? s->count : ROWS_SHOWN;
    char text[TEXT_MAX];

    cli_out_printf(out, "\nBest over the whole history by %s (seen afterwards: no forecast)\n",
                   sweep_metric_name(s->metric));
    cli_out_printf(out, "  %-40s %14s %10s %8s %8s %7s\n", "inputs", "net profit", "drawdown%",
                   "factor", "Sharpe", "trades");
    for (size_t i = 0; i < rows; i++) {
        const struct sweep_result *r = &s->results[i];

        cli_sweep_inputs(s, r->combination, text, sizeof text);
        if (r->failed) {
            cli_out_printf(out, "  %-40.40s %14s\n", text, "refused");
        } else {
            cli_out_printf(out, "  %-40.40s %14.2f %10.2f %8.2f %8.2f %7lld\n", text, r->net_profit,
                           r->max_drawdown_percent, r->profit_factor, r->sharpe,
                           (long long)r->trades);
        }
    }
    if (s->count > rows) {
        cli_out_printf(out, "  ... and %zu more; --json has them all\n", s->count - rows);
    }
}

// The two axes with more than one value; false when there are others.
static bool map_axes(const struct cli_sweep *s, size_t axes[2])
{
    size_t n = 0;

    for (size_t a = 0; a < s->space.axis_count; a++) {
        if (s->space.axes[a].count > 1) {
            if (n == 2) {
                return false;
            }
            axes[n++] = a;
        }
    }
    return n == 2;
}

struct map {
    size_t rows, columns; // cells; several values share one when they are many
    double best[MAP_ROWS][MAP_COLUMNS];
    double low, high;
};

static void fill_map(const struct cli_sweep *s, const size_t axes[2], struct map *m)
{
    size_t rows = s->space.axes[axes[0]].count, columns = s->space.axes[axes[1]].count;

    *m = (struct map){.rows = rows < MAP_ROWS ? rows : MAP_ROWS,
                      .columns = columns < MAP_COLUMNS ? columns : MAP_COLUMNS,
                      .low = INFINITY,
                      .high = -INFINITY};
    for (size_t i = 0; i < MAP_ROWS * MAP_COLUMNS; i++) {
        m->best[i / MAP_COLUMNS][i % MAP_COLUMNS] = NAN;
    }
    for (size_t i = 0; i < s->count; i++) {
        size_t place[SWEEP_AXES_MAX] = {0};
        double score = sweep_score(&s->results[i], s->metric);
        double *cell;

        sweep_space_place(&s->space, s->results[i].combination, place);
        cell = &m->best[place[axes[0]] * m->rows / rows][place[axes[1]] * m->columns / columns];
        if (isfinite(score) && !(*cell >= score)) {
            *cell = score;
            m->low = fmin(m->low, score);
            m->high = fmax(m->high, score);
        }
    }
}

// Dark to bright in the 256 colours of terminals: red below, green above the middle.
static void show_cell(struct cli_out *out, bool colour, double share)
{
    static const char shades[] = ".:-=+*#%@";
    static const int ramp[] = {52, 88, 124, 166, 178, 142, 106, 70, 34};
    size_t i = (size_t)(share * 8.999);

    if (colour) {
        cli_out_printf(out, "\033[48;5;%dm %c\033[0m", ramp[i], shades[i]);
    } else {
        cli_out_printf(out, " %c", shades[i]);
    }
}

static void show_map(struct cli_sweep *s)
{
    struct cli_out *out = &s->cli->out;
    size_t axes[2];
    struct map m;

    if (!map_axes(s, axes)) {
        return;
    }
    fill_map(s, axes, &m);
    if (!(m.high > m.low)) {
        return;
    }
    cli_out_printf(out, "\n%s by %s (down) and %s (across), '.' %.4g to '@' %.4g\n",
                   sweep_metric_name(s->metric), s->space.axes[axes[0]].name,
                   s->space.axes[axes[1]].name, m.low, m.high);
    for (size_t row = 0; row < m.rows; row++) {
        const struct sweep_axis *a = &s->space.axes[axes[0]];
        char text[SWEEP_TEXT_MAX];

        sweep_axis_text(a, row * a->count / m.rows, text);
        cli_out_printf(out, "  %10.10s ", text);
        for (size_t column = 0; column < m.columns; column++) {
            double v = m.best[row][column];

            if (isnan(v)) {
                cli_out_add(out, STR("  "));
            } else {
                show_cell(out, s->cli->colour, (v - m.low) / (m.high - m.low));
            }
        }
        cli_out_add(out, STR("\n"));
    }
}

static void show_luck(struct cli_sweep *s)
{
    if (!s->have_luck || s->luck.trades == 0) {
        return;
    }
    cli_out_printf(&s->cli->out,
                   "\nThe best one's %zu trades drawn anew %zu times: profit %.2f to %.2f in nine "
                   "of ten, %.2f in the middle; drawdown %.2f, in one of twenty above %.2f; a loss "
                   "in %.0f %%\n",
                   s->luck.trades, s->luck.runs, s->luck.profit_5, s->luck.profit_95,
                   s->luck.profit_50, s->luck.drawdown_50, s->luck.drawdown_95,
                   s->luck.loss_share * 100);
}

int cli_sweep_show(struct cli_sweep *s)
{
    struct sweep_forward forward;

    sweep_walk(s->results, s->count, s->task.segment_count, s->train, s->metric, &forward);
    if (s->cli->json) {
        return show_json(s, &forward);
    }
    cli_out_printf(&s->cli->out, "%zu combinations on %s%s", s->count, s->label,
                   s->failed > 0 ? "" : "\n");
    if (s->failed > 0) {
        cli_out_printf(&s->cli->out, ", %zu refused by the strategy\n", s->failed);
    }
    show_forward(s, &forward);
    show_best(s);
    show_map(s);
    show_luck(s);
    if (s->run_ns > 0) {
        cli_out_printf(&s->cli->out, "\ncompiled in %.2f ms, read in %.1f ms, run in %.1f ms\n",
                       (double)s->compile_ns / 1e6, (double)s->load_ns / 1e6,
                       (double)s->run_ns / 1e6);
    }
    return CLI_OK;
}
