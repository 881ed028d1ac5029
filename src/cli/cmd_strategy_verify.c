// SPDX-License-Identifier: Apache-2.0
// oracle strategy verify: is the strategy honest about past and warm-up? A verdict in words.
#include "backtest/honesty.h"
#include "cli/history.h"

#include "base/number.h"

#include <math.h>
#include <stdlib.h>

#define CUTS_DEFAULT      20
#define STARTS_DEFAULT    5
#define TOLERANCE_DEFAULT 1e-6
#define JSON_MAX          ((size_t)64 << 10)

static int show_json(struct cli *cli, const struct honesty_report *r)
{
    struct jsonw w;
    struct buf out;
    int rc;

    buf_init(&out, JSON_MAX);
    jsonw_init(&w, &out);
    jsonw_object(&w);
    cli_json_bool(&w, "ok", !r->look_ahead && !r->never_settles);
    cli_json_bool(&w, "look_ahead", r->look_ahead);
    cli_json_bool(&w, "settles", !r->never_settles);
    cli_json_i64(&w, "cuts", (int64_t)r->cuts);
    cli_json_i64(&w, "starts", (int64_t)r->starts);
    cli_json_i64(&w, "warm_up", r->warmup);
    cli_json_i64(&w, "settled_after", (int64_t)r->settled);
    cli_json_i64(&w, "orders_settled_after", (int64_t)r->orders_settled);
    jsonw_key(&w, "findings");
    jsonw_array(&w);
    for (size_t i = 0; i < r->finding_count; i++) {
        const struct honesty_finding *f = &r->findings[i];

        jsonw_object(&w);
        cli_json_text(&w, "kind", f->look_ahead ? "look_ahead" : "start");
        cli_json_text(&w, "what", f->what);
        cli_json_i64(&w, "bar", (int64_t)f->bar);
        cli_json_i64(&w, "cut", (int64_t)f->cut);
        jsonw_key(&w, "whole");
        jsonw_double(&w, f->whole);
        jsonw_key(&w, "part");
        jsonw_double(&w, f->part);
        jsonw_object_end(&w);
    }
    jsonw_array_end(&w);
    jsonw_object_end(&w);
    rc = jsonw_finish(&w);
    cli_out_add(&cli->out, buf_str(&out));
    cli_out_add(&cli->out, STR("\n"));
    buf_finish(&out);
    return rc;
}

static void show_findings(struct cli *cli, const struct honesty_report *r, bool look_ahead)
{
    for (size_t i = 0; i < r->finding_count; i++) {
        const struct honesty_finding *f = &r->findings[i];

        if (f->look_ahead != look_ahead) {
            continue;
        }
        cli_out_printf(&cli->out, "    %s at bar %zu: %.10g with all candles, %.10g %s %zu\n",
                       f->what, f->bar, f->whole, f->part,
                       look_ahead ? "when they end before bar" : "when they begin at bar", f->cut);
    }
}

static void show_text(struct cli *cli, const struct honesty_report *r, double tolerance)
{
    struct cli_out *out = &cli->out;

    if (r->look_ahead) {
        cli_out_printf(out, "LOOK-AHEAD: values of the past change when later candles are taken "
                            "away. Do not trust its backtest.\n");
        show_findings(cli, r, true);
    } else {
        cli_out_printf(out,
                       "No look-ahead: history was cut at %zu bars, and no value, alert or "
                       "order before a cut changed.\n",
                       r->cuts);
    }
    if (r->never_settles) {
        cli_out_printf(out,
                       "DEPENDS ON ITS BEGINNING: some values still differ long after the "
                       "warm-up of %lld candles, so live and backtest can disagree.\n",
                       (long long)r->warmup);
        show_findings(cli, r, false);
        cli_out_printf(out, "  Sums over all of history do this (ta.cum, ta.obv, counters kept in "
                            "var); use a window instead.\n");
        return;
    }
    cli_out_printf(out,
                   "Does not depend on where history begins: from %zu later starts all values "
                   "agree to %.0e after %zu candles (its warm-up says %lld).\n",
                   r->starts, tolerance, r->settled, (long long)r->warmup);
    if (r->orders_settled > r->settled) {
        cli_out_printf(out,
                       "  Alerts and orders agree after %zu candles: a position taken early "
                       "lasts until it is closed.\n",
                       r->orders_settled);
    }
}

static int check(struct cli *cli, const struct cli_strategy *s, struct cli_history *h)
{
    struct candles candles = {0};
    struct honesty_report report;
    struct honesty_options o = {.program = s->program,
                                .context = &h->context,
                                .values = s->values,
                                .value_count = s->value_count,
                                .candles = &candles,
                                .cuts = (size_t)cli_count(cli, "cuts", CUTS_DEFAULT),
                                .starts = (size_t)cli_count(cli, "starts", STARTS_DEFAULT),
                                .tolerance = cli_number(cli, "tolerance", TOLERANCE_DEFAULT),
                                .seed = (uint64_t)cli_count(cli, "seed", 1)};
    struct diag d = {0};
    int exit_code = CLI_DATA;

    if (candles_load(h->feed, HONESTY_CANDLES_MAX, &candles, &d) != 0 ||
        honesty_check(&o, &report, &d) != 0) {
        cli_error(cli, "%s", d.text);
    } else {
        exit_code = report.look_ahead || report.never_settles ? CLI_NEGATIVE : CLI_OK;
        if (!cli->json) {
            show_text(cli, &report, o.tolerance);
        } else if (show_json(cli, &report) != 0) {
            exit_code = CLI_BUG;
        }
    }
    candles_finish(&candles);
    return exit_code;
}

int cli_cmd_strategy_verify(struct cli *cli)
{
    struct cli_strategy strategy;
    struct cli_series series;
    struct cli_history history = {0};
    struct diag d = {0};
    size_t count = 0;
    int exit_code = cli_strategy_load(cli, cli->arguments[0], &strategy);

    exit_code = exit_code != 0 ? exit_code : cli_strategy_inputs(cli, &strategy);
    exit_code = exit_code != 0 ? exit_code : cli_series_given(cli, 1, &series, 1, &count);
    if (exit_code == 0) {
        exit_code = cli_history_open(cli, &series, &history, &d);
        if (exit_code != 0) {
            cli_error(cli, "%s", d.text);
        }
    }
    exit_code = exit_code != 0 ? exit_code : check(cli, &strategy, &history);
    cli_history_finish(&history);
    cli_strategy_finish(&strategy);
    return exit_code;
}
