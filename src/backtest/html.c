// SPDX-License-Identifier: Apache-2.0
// The report of a backtest: one page, its style and script inside it, charts drawn as SVG here and
// given a readout under the pointer by the script. Without scripts the page still shows everything.
#include "backtest/html.h"

#include "backtest/html_internal.h"
#include "base/number.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

#define TRADES_SHOWN 500
#define MONTHS_MAX   600
#define TAGS_MAX     24

void html__text(FILE *out, const char *text)
{
    for (const char *p = text; *p; p++) {
        const char *safe = *p == '<'   ? "&lt;"
                           : *p == '>' ? "&gt;"
                           : *p == '&' ? "&amp;"
                           : *p == '"' ? "&quot;"
                                       : NULL;
        if (safe)
            (void)fputs(safe, out);
        else
            (void)fputc(*p, out);
    }
}

static void put_day(FILE *out, time_ms t)
{
    char text[TIME_TEXT_MAX];
    time_format(t, text);
    (void)fprintf(out, "%.10s", text);
}

static void put_minute(FILE *out, time_ms t)
{
    char text[TIME_TEXT_MAX];
    time_format(t, text);
    (void)fprintf(out, "%.10s %.5s", text, text + 11);
}

// 1234567.891 as 1,234,567.89; what is not defined as a dash.
static void put_money(FILE *out, double v)
{
    char digits[64];
    if (!isfinite(v)) {
        (void)fputs("&ndash;", out);
        return;
    }
    int n = snprintf(digits, sizeof digits, "%.2f", fabs(v));
    if (v < 0 && fabs(v) >= 0.005)
        (void)fputs("&minus;", out);
    for (int i = 0; i < n; i++) {
        if (i > 0 && i < n - 3 && (n - 3 - i) % 3 == 0)
            (void)fputc(',', out);
        (void)fputc(digits[i], out);
    }
}

static void put_price(FILE *out, double v)
{
    char text[NUMBER_TEXT_MAX];
    (void)number_format_double(v, text);
    (void)fputs(isfinite(v) ? text : "&ndash;", out);
}

static const char *sign_class(double v)
{
    return v > 0 ? "good" : v < 0 ? "bad" : "";
}

// --- tiles and tables ---------------------------------------------------------------------------

static void put_tile(FILE *out, const char *name, double v, const char *unit, const char *class)
{
    (void)fprintf(out, "<div class=tile><span>%s</span><b class=\"%s\">", name, class);
    put_money(out, v);
    (void)fprintf(out, "%s</b></div>\n", isfinite(v) ? unit : "");
}

static void put_tiles(FILE *out, const struct stats *s)
{
    (void)fputs("<div class=tiles>\n", out);
    put_tile(out, "Net profit", s->net_profit, "", sign_class(s->net_profit));
    put_tile(out, "of the capital", s->net_profit_percent, " %", sign_class(s->net_profit));
    put_tile(out, "Buy and hold", s->buy_and_hold_percent, " %", sign_class(s->buy_and_hold));
    put_tile(out, "Drawdown", s->max_drawdown_percent, " %", "");
    put_tile(out, "Profit factor", s->profit_factor, "", "");
    put_tile(out, "Sharpe", s->sharpe, "", "");
    put_tile(out, "Win rate", s->win_rate, " %", "");
    (void)fprintf(out, "<div class=tile><span>Trades</span><b>%lld</b></div>\n</div>\n",
                  (long long)s->trades);
}

static void put_figures(FILE *out, const struct stats *s)
{
    const struct {
        const char *name;
        double value;
        const char *unit;
    } rows[] = {{"Initial capital", s->initial_capital, ""},
                {"Final equity", s->final_equity, ""},
                {"Net profit of closed trades", s->net_profit, ""},
                {"Profit of open trades", s->open_profit, ""},
                {"Gross profit", s->gross_profit, ""},
                {"Gross loss", s->gross_loss, ""},
                {"Commission paid", s->commission, ""},
                {"Buy and hold", s->buy_and_hold, ""},
                {"Growth a year", s->cagr, " %"},
                {"Greatest drawdown", s->max_drawdown, ""},
                {"Greatest run-up", s->max_runup, ""},
                {"Sharpe ratio", s->sharpe, ""},
                {"Sortino ratio", s->sortino, ""},
                {"Calmar ratio", s->calmar, ""},
                {"Mean profit of a trade", s->expectancy, ""},
                {"Mean win", s->average_win, ""},
                {"Mean loss", s->average_loss, ""},
                {"Mean win to mean loss", s->payoff, ""},
                {"Largest win", s->largest_win, ""},
                {"Largest loss", s->largest_loss, ""},
                {"Wins in a row", (double)s->longest_wins, ""},
                {"Losses in a row", (double)s->longest_losses, ""},
                {"Bars in a trade", s->average_bars, ""},
                {"Time in the market", s->exposure, " %"},
                {"Turnover of the capital", s->turnover, " &times;"}};
    (void)fputs("<h3>All figures</h3>\n<div class=figures>\n", out);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        (void)fprintf(out, "<div><span>%s</span><b>", rows[i].name);
        put_money(out, rows[i].value);
        (void)fprintf(out, "%s</b></div>\n", isfinite(rows[i].value) ? rows[i].unit : "");
    }
    (void)fputs("</div>\n", out);
}

// The cell's tint says the return as its text does: full at 20 percent.
static void put_month(FILE *out, const struct stats_month *m)
{
    double v = m->return_percent, strength = isfinite(v) ? fmin(fabs(v) / 20, 1) * 0.55 : 0;
    (void)fprintf(out, "<td style=\"background:rgba(%s,%.2f)\" title=\"%lld trades\">",
                  v >= 0 ? "34,160,107" : "214,69,80", strength, (long long)m->trades);
    put_money(out, v);
    (void)fputs("</td>", out);
}

static int put_months(FILE *out, const struct run *r)
{
    struct stats_month *months = calloc(MONTHS_MAX, sizeof *months);
    if (!months)
        return ERR_NO_MEMORY;
    size_t n = stats_by_month(run_broker(r), run_initial_capital(r), months, MONTHS_MAX);
    if (n > MONTHS_MAX)
        n = MONTHS_MAX;
    (void)fputs("<h3>Return by month, percent</h3>\n<div class=wide><table class=months><tr>"
                "<th>Year<th>Jan<th>Feb<th>Mar<th>Apr<th>May<th>Jun<th>Jul<th>Aug<th>Sep<th>Oct"
                "<th>Nov<th>Dec<th>Year</tr>\n",
                out);
    for (size_t i = 0; i < n;) {
        int32_t year = months[i].year;
        double start = months[i].equity_start, end = start;
        (void)fprintf(out, "<tr><th>%d</th>", year);
        for (unsigned m = 1; m <= 12; m++) {
            if (i >= n || months[i].year != year || months[i].month != m) {
                (void)fputs("<td></td>", out);
                continue;
            }
            end = months[i].equity_end;
            put_month(out, &months[i++]);
        }
        (void)fprintf(out, "<td class=\"%s\"><b>", sign_class(end - start));
        put_money(out, start > 0 ? (end / start - 1) * 100 : NAN);
        (void)fputs("</b></td></tr>\n", out);
    }
    (void)fputs("</table></div>\n", out);
    free(months);
    return 0;
}

static void put_tags(FILE *out, const struct run *r)
{
    struct stats_tag tags[TAGS_MAX];
    size_t n = stats_by_tag(run_broker(r), tags, TAGS_MAX);
    if (n == 0)
        return;
    (void)fputs("<h3>By entry</h3>\n<div class=wide><table><tr><th>Entry<th>Trades<th>Wins<th>"
                "Gross profit<th>Gross loss<th>Profit</tr>\n",
                out);
    for (size_t i = 0; i < n; i++) {
        (void)fputs("<tr><th>", out);
        html__text(out, tags[i].tag);
        (void)fprintf(out, "</th><td>%lld<td>%lld<td>", (long long)tags[i].trades,
                      (long long)tags[i].wins);
        put_money(out, tags[i].gross_profit);
        (void)fputs("<td>", out);
        put_money(out, tags[i].gross_loss);
        (void)fprintf(out, "<td class=\"%s\">", sign_class(tags[i].profit));
        put_money(out, tags[i].profit);
        (void)fputs("</tr>\n", out);
    }
    (void)fputs("</table></div>\n", out);
}

static void put_trade(FILE *out, int64_t number, const struct broker_trade *t)
{
    (void)fprintf(out, "<tr><td>%lld<td>%s<td>", (long long)number, t->size > 0 ? "long" : "short");
    html__text(out, t->entry_id);
    (void)fputs("<td>", out);
    put_minute(out, t->entry_time);
    (void)fputs("<td>", out);
    put_price(out, t->entry_price);
    (void)fputs("<td>", out);
    if (t->exit_bar >= 0)
        put_minute(out, t->exit_time);
    else
        (void)fputs("open", out);
    (void)fputs("<td>", out);
    put_price(out, t->exit_price);
    (void)fputs("<td>", out);
    put_price(out, fabs(t->size));
    (void)fprintf(out, "<td class=\"%s\">", sign_class(t->profit));
    put_money(out, t->profit);
    (void)fputs("</tr>\n", out);
}

static void put_trades(FILE *out, const struct run *r, const struct stats *s)
{
    const struct broker *b = run_broker(r);
    const struct broker_trade *t;
    struct broker_trade open;
    int64_t first = s->trades > TRADES_SHOWN ? s->trades - TRADES_SHOWN : 0;
    if (first < broker_closed_first(b))
        first = broker_closed_first(b);
    (void)fprintf(out,
                  "<details%s><summary>Trades (%s%lld of %lld)</summary>\n<div class=wide><table "
                  "class=trades><tr><th>#<th>Side<th>Entry<th>Opened<th>at<th>Closed<th>at<th>Size"
                  "<th>Profit</tr>\n",
                  s->trades <= 100 ? " open" : "", first > 0 ? "the newest " : "",
                  (long long)(s->trades - first), (long long)s->trades);
    for (int64_t i = first; (t = broker_closed_trade(b, i)) != NULL; i++)
        put_trade(out, i + 1, t);
    for (int64_t i = 0; broker_open_trade(b, i, &open); i++)
        put_trade(out, s->trades + 1 + i, &open);
    (void)fputs("</table></div></details>\n", out);
}

// --- the page -----------------------------------------------------------------------------------

static const char style[] =
    ":root{--ink:#1b2430;--soft:#5d6b7c;--paper:#f6f7f9;--card:#fff;--line:#dfe4ea;--blue:#2563c9;"
    "--grey:#9aa6b4;--good:#178a58;--bad:#c93644;color-scheme:light dark}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6ebf1;--soft:#93a1b3;--paper:#10151c;"
    "--card:#182029;--line:#2a3542;--blue:#6ea3ff;--grey:#6d7a8a;--good:#3fc98a;--bad:#ff7480}}"
    "*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);"
    "font:15px/1.45 system-ui,sans-serif}main{max-width:1120px;margin:0 auto;padding:28px 20px}"
    "h1{font-size:26px;margin:0}h2{font-size:20px;margin:0 0 2px}h3{font-size:15px;margin:26px 0 "
    "8px}"
    "p.sub{color:var(--soft);margin:2px 0 18px}section{background:var(--card);border:1px solid "
    "var(--line);border-radius:12px;padding:22px;margin:18px 0}"
    ".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(112px,1fr));gap:10px;"
    "margin:14px 0 20px}.tile{border:1px solid var(--line);border-radius:9px;padding:9px 12px}"
    ".tile span,.figures span{display:block;color:var(--soft);font-size:12.5px}"
    "a{color:var(--blue)}.tile b{font-size:16px}b,td{font-variant-numeric:tabular-nums}"
    ".good{color:var(--good)}.bad{color:var(--bad)}"
    ".figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(200px,1fr));gap:0 28px}"
    ".figures div{display:flex;justify-content:space-between;border-bottom:1px solid var(--line);"
    "padding:5px 0}"
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:13.5px}"
    "th,td{padding:5px 8px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}"
    "th{color:var(--soft);font-weight:600}th:first-child{text-align:left}"
    ".trades td:nth-child(2),.trades td:nth-child(3){text-align:left}"
    "summary{cursor:pointer;font-weight:600;margin:26px 0 8px}"
    "svg{display:block;width:100%;height:auto}svg text{fill:var(--soft);font:11px "
    "system-ui,sans-serif}"
    ".grid{stroke:var(--line)}.equity{stroke:var(--blue);fill:none;stroke-width:1.6}"
    ".under{fill:var(--blue);opacity:.09}.hold{stroke:var(--grey);fill:none;stroke-dasharray:4 3}"
    ".drop{fill:var(--bad);opacity:.32}.cross{stroke:var(--soft);stroke-width:.7}"
    ".key{display:flex;gap:18px;color:var(--soft);font-size:12.5px;min-height:20px}"
    ".key i{display:inline-block;width:16px;border-top:2px solid var(--blue);vertical-align:middle;"
    "margin-right:6px}.key i.h{border-top:2px dashed var(--grey)}.key output{margin-left:auto;"
    "color:var(--ink)}footer{color:var(--soft);font-size:12.5px}";

static const char script[] =
    "document.querySelectorAll('svg.chart').forEach(s=>{const d=JSON.parse(s.dataset.points),"
    "l=s.querySelector('.cross'),o=s.parentNode.querySelector('output'),m=v=>v.toLocaleString("
    "'en',{minimumFractionDigits:2,maximumFractionDigits:2});if(!d.length)return;"
    "s.addEventListener('pointermove',e=>{const r=s.getBoundingClientRect(),x=(e.clientX-r.left)/"
    "r.width*1000,i=Math.max(0,Math.min(d.length-1,Math.round((x-64)/926*(d.length-1)))),p=d[i],"
    "q=64+926*i/Math.max(1,d.length-1);l.setAttribute('x1',q);l.setAttribute('x2',q);"
    "l.style.display='';o.textContent=new Date(p[0]).toISOString().slice(0,16).replace('T',' ')+"
    "'  equity '+m(p[1])+'  drawdown '+m(p[2])+' %  price '+p[3]});"
    "s.addEventListener('pointerleave',()=>{l.style.display='none';o.textContent=''})})";

static int put_run(FILE *out, const struct html_run *h, size_t index)
{
    struct stats s;
    struct broker_state state;
    run_stats(h->run, &s);
    broker_get_state(run_broker(h->run), &state);
    (void)fprintf(out, "<section id=run%zu>\n<h2>", index);
    html__text(out, h->subject.series);
    (void)fprintf(out, "</h2>\n<p class=sub>%lld candles", (long long)s.bars);
    if (s.bars > 0) {
        (void)fputs(", ", out);
        put_day(out, state.first_time);
        (void)fputs(" to ", out);
        put_day(out, state.last_time);
    }
    (void)fputs("</p>\n", out);
    put_tiles(out, &s);
    int rc = html__charts(out, h->run);
    rc = rc ? rc : put_months(out, h->run);
    put_tags(out, h->run);
    put_figures(out, &s);
    put_trades(out, h->run, &s);
    (void)fputs("</section>\n", out);
    return rc;
}

static void put_overview(FILE *out, const struct html_run *runs, size_t count)
{
    (void)fputs("<section><h2>Overview</h2><div class=wide><table><tr><th>Series<th>Trades<th>Net "
                "profit<th>Percent<th>Buy and hold %<th>Drawdown %<th>Factor<th>Sharpe</tr>\n",
                out);
    for (size_t i = 0; i < count; i++) {
        struct stats s;
        run_stats(runs[i].run, &s);
        (void)fprintf(out, "<tr><th><a href=\"#run%zu\">", i);
        html__text(out, runs[i].subject.series);
        (void)fprintf(out, "</a></th><td>%lld<td class=\"%s\">", (long long)s.trades,
                      sign_class(s.net_profit));
        put_money(out, s.net_profit);
        const double rest[] = {s.net_profit_percent, s.buy_and_hold_percent, s.max_drawdown_percent,
                               s.profit_factor, s.sharpe};
        for (size_t k = 0; k < sizeof rest / sizeof rest[0]; k++) {
            (void)fputs("<td>", out);
            put_money(out, rest[k]);
        }
        (void)fputs("</tr>\n", out);
    }
    (void)fputs("</table></div></section>\n", out);
}

int html_report(FILE *out, const struct html_run *runs, size_t count)
{
    const struct report_subject *first = count > 0 ? &runs[0].subject : NULL;
    int rc = 0;
    (void)fputs("<!doctype html>\n<html lang=en><meta charset=utf-8><meta name=viewport "
                "content=\"width=device-width\">\n<title>",
                out);
    html__text(out, first ? first->title : "Backtest");
    (void)fprintf(out, "</title>\n<style>%s</style>\n<main>\n<h1>", style);
    html__text(out, first ? first->title : "Backtest");
    (void)fputs("</h1>\n<p class=sub>Backtest of ", out);
    html__text(out, first ? first->file : "");
    if (first && first->inputs[0]) {
        (void)fputs(" with ", out);
        html__text(out, first->inputs);
    }
    (void)fputs("</p>\n", out);
    if (count > 1)
        put_overview(out, runs, count);
    for (size_t i = 0; i < count && !rc; i++)
        rc = put_run(out, &runs[i], i);
    (void)fprintf(out,
                  "<footer>Oracle Trading Hub. Times are UTC. Past results say little about the "
                  "future.</footer>\n</main>\n<script>%s</script>\n</html>\n",
                  script);
    return rc ? rc : ferror(out) ? ERR_SYSTEM : 0;
}
