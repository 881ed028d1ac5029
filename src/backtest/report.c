// SPDX-License-Identifier: Apache-2.0
// Figures of a backtest for programs: JSON members from one table, trades as CSV.
#include "backtest/report.h"

#include "base/number.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

// --- JSON ---------------------------------------------------------------------------------------

#define FIGURE(name)                                                                               \
    {                                                                                              \
#name, offsetof(struct stats, name)                                                        \
    }

static const struct figure {
    const char *key;
    size_t at; // of a double in struct stats
} figures[] = {
    FIGURE(initial_capital), FIGURE(final_equity),
    FIGURE(net_profit),      FIGURE(net_profit_percent),
    FIGURE(open_profit),     FIGURE(gross_profit),
    FIGURE(gross_loss),      FIGURE(commission),
    FIGURE(max_drawdown),    FIGURE(max_drawdown_percent),
    FIGURE(max_runup),       FIGURE(profit_factor),
    FIGURE(sharpe),          FIGURE(sortino),
    FIGURE(calmar),          FIGURE(cagr),
    FIGURE(expectancy),      FIGURE(expectancy_ratio),
    FIGURE(win_rate),        FIGURE(average_win),
    FIGURE(average_loss),    FIGURE(payoff),
    FIGURE(largest_win),     FIGURE(largest_loss),
    FIGURE(average_bars),    FIGURE(exposure),
    FIGURE(buy_and_hold),    FIGURE(buy_and_hold_percent),
    FIGURE(turnover),        FIGURE(years),
};

static void put_text(struct jsonw *w, const char *key, const char *value)
{
    jsonw_key(w, key);
    jsonw_str(w, str_from(value));
}

static void put_i64(struct jsonw *w, const char *key, int64_t value)
{
    jsonw_key(w, key);
    jsonw_i64(w, value);
}

static void put_double(struct jsonw *w, const char *key, double value)
{
    jsonw_key(w, key);
    jsonw_double(w, value);
}

static void put_figures(struct jsonw *w, const struct run *r)
{
    struct stats s;
    struct broker_state state;
    run_stats(r, &s);
    broker_get_state(run_broker(r), &state);
    put_i64(w, "bars", s.bars);
    put_i64(w, "trades", s.trades);
    put_i64(w, "open_trades", s.open_trades);
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++)
        put_double(w, figures[i].key,
                   *(const double *)(const void *)((const char *)&s + figures[i].at));
    put_i64(w, "win_trades", state.win_trades);
    put_i64(w, "loss_trades", state.loss_trades);
    put_i64(w, "even_trades", state.even_trades);
    put_i64(w, "longest_wins", s.longest_wins);
    put_i64(w, "longest_losses", s.longest_losses);
    put_i64(w, "orders", state.orders);
    put_i64(w, "refused_orders", state.refused);
    put_i64(w, "margin_calls", state.margin_calls);
    put_i64(w, "warmup", run_warmup(r));
    put_i64(w, "first_time", state.first_time);
    put_i64(w, "last_time", state.last_time);
}

static int put_months(struct jsonw *w, const struct run *r)
{
    struct stats_month *months = calloc(REPORT_MONTHS_MAX, sizeof *months);
    if (!months)
        return ERR_NO_MEMORY;
    size_t n = stats_by_month(run_broker(r), run_initial_capital(r), months, REPORT_MONTHS_MAX);
    if (n > REPORT_MONTHS_MAX)
        n = REPORT_MONTHS_MAX;
    jsonw_key(w, "months");
    jsonw_array(w);
    for (size_t i = 0; i < n; i++) {
        char name[16];
        (void)str_printf(name, sizeof name, "%04d-%02u", months[i].year, months[i].month);
        jsonw_object(w);
        put_text(w, "month", name);
        put_i64(w, "trades", months[i].trades);
        put_double(w, "profit", months[i].profit);
        put_double(w, "equity", months[i].equity_end);
        put_double(w, "return_percent", months[i].return_percent);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
    free(months);
    return 0;
}

static void put_tags(struct jsonw *w, const struct run *r)
{
    struct stats_tag tags[REPORT_TAGS_MAX];
    size_t n = stats_by_tag(run_broker(r), tags, REPORT_TAGS_MAX);
    jsonw_key(w, "tags");
    jsonw_array(w);
    for (size_t i = 0; i < n; i++) {
        jsonw_object(w);
        put_text(w, "tag", tags[i].tag);
        put_i64(w, "trades", tags[i].trades);
        put_i64(w, "wins", tags[i].wins);
        put_double(w, "profit", tags[i].profit);
        put_double(w, "gross_profit", tags[i].gross_profit);
        put_double(w, "gross_loss", tags[i].gross_loss);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void put_open(struct jsonw *w, const struct run *r)
{
    struct broker_trade t;
    jsonw_key(w, "open_positions");
    jsonw_array(w);
    for (int64_t i = 0; broker_open_trade(run_broker(r), i, &t); i++) {
        jsonw_object(w);
        put_text(w, "id", t.entry_id);
        put_text(w, "direction", t.size > 0 ? "long" : "short");
        put_double(w, "qty", fabs(t.size));
        put_i64(w, "entry_time", t.entry_time);
        put_double(w, "entry_price", t.entry_price);
        put_double(w, "profit", t.profit);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void put_elapsed(struct jsonw *w, const struct report_subject *s, const struct run *r)
{
    int64_t load_ns, run_ns;
    run_elapsed(r, &load_ns, &run_ns);
    jsonw_key(w, "elapsed");
    jsonw_object(w);
    put_double(w, "compile_ms", (double)s->compile_ns / 1e6);
    put_double(w, "load_ms", (double)load_ns / 1e6);
    put_double(w, "run_ms", (double)run_ns / 1e6);
    jsonw_object_end(w);
}

int report_json(struct jsonw *w, const struct report_subject *s, const struct run *r)
{
    put_text(w, "strategy", s->title);
    put_text(w, "file", s->file);
    put_text(w, "pair", s->pair);
    put_text(w, "timeframe", s->timeframe);
    put_text(w, "exchange", s->exchange);
    put_text(w, "inputs", s->inputs);
    put_figures(w, r);
    int rc = put_months(w, r);
    put_tags(w, r);
    put_open(w, r);
    put_elapsed(w, s, r);
    return rc;
}

// --- trades as CSV ------------------------------------------------------------------------------

static int add_number(struct buf *out, double v)
{
    char text[NUMBER_TEXT_MAX];
    size_t len = isfinite(v) ? number_format_double(v, text) : 0;
    int rc = buf_add_char(out, ',');
    return rc ? rc : buf_add(out, text, len);
}

// RFC 4180: quoted when it holds a separator, a quote or a line end.
static int add_text(struct buf *out, const char *text)
{
    struct str s = str_from(text);
    bool quote = false;
    int rc = buf_add_char(out, ',');
    for (size_t i = 0; i < s.len; i++)
        quote =
            quote || s.data[i] == ',' || s.data[i] == '"' || s.data[i] == '\n' || s.data[i] == '\r';
    if (rc || !quote)
        return rc ? rc : buf_add_str(out, s);
    rc = buf_add_char(out, '"');
    for (size_t i = 0; !rc && i < s.len; i++) {
        if (s.data[i] == '"')
            rc = buf_add_char(out, '"');
        rc = rc ? rc : buf_add_char(out, s.data[i]);
    }
    return rc ? rc : buf_add_char(out, '"');
}

int report_trade_csv(struct buf *out, const struct broker_trade *t)
{
    double qty = fabs(t->size);
    const double numbers[] = {qty,
                              t->entry_price,
                              t->exit_price,
                              t->profit,
                              t->profit / (t->entry_price * qty) * 100,
                              t->commission,
                              t->max_runup,
                              t->max_drawdown,
                              (double)(t->exit_bar - t->entry_bar)};
    const char *const texts[] = {t->entry_id, t->exit_id, t->entry_comment, t->exit_comment};
    int rc = buf_printf(out, "%lld,%lld,%s", (long long)t->entry_time, (long long)t->exit_time,
                        t->size > 0 ? "long" : "short");
    for (size_t i = 0; !rc && i < sizeof numbers / sizeof numbers[0]; i++)
        rc = add_number(out, numbers[i]);
    for (size_t i = 0; !rc && i < sizeof texts / sizeof texts[0]; i++)
        rc = add_text(out, texts[i]);
    return rc ? rc : buf_add_char(out, '\n');
}
