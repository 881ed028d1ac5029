// SPDX-License-Identifier: Apache-2.0
// Statistics of a backtest; the formulas and their sources stand in the header.
#include "backtest/stats.h"

#include <math.h>

#define YEAR_MS (365.25 * 86400000.0)

static double ratio(double a, double b)
{
    return b != 0 ? a / b : NAN;
}

struct returns {
    int64_t count;
    double mean, squares; // squares: sum of (r - mean)^2, kept as values come (Welford, 1962)
    double downside;      // sum of min(r, 0)^2
};

static void add_return(struct returns *r, double from, double to)
{
    if (!(from > 0))
        return;
    double v = to / from - 1, before = v - r->mean;
    r->count++;
    r->mean += before / (double)r->count;
    r->squares += before * (v - r->mean);
    if (v < 0)
        r->downside += v * v;
}

static struct returns sampled_returns(const struct broker *b, double initial, double final)
{
    struct returns r = {0};
    size_t count;
    const struct broker_sample *s = broker_samples(b, &count);
    double last = initial;
    for (size_t i = 0; i < count; i++) {
        add_return(&r, last, s[i].equity);
        last = s[i].equity;
    }
    add_return(&r, last, final);
    return r;
}

static void time_ratios(const struct broker *b, const struct broker_state *s, struct stats *out)
{
    out->years = s->bars > 0 ? (double)(s->last_time - s->first_time) / YEAR_MS : 0;
    out->cagr = NAN;
    if (out->years * YEAR_MS >= (double)MS_DAY && out->final_equity > 0)
        out->cagr = (pow(out->final_equity / out->initial_capital, 1 / out->years) - 1) * 100;
    out->calmar = ratio(out->cagr, s->max_drawdown_percent);

    out->sharpe = out->sortino = NAN;
    struct returns r = sampled_returns(b, out->initial_capital, out->final_equity);
    if (r.count < 2 || !(out->years > 0))
        return;
    double a_year = sqrt((double)r.count / out->years);
    out->sharpe = ratio(r.mean, sqrt(r.squares / (double)(r.count - 1))) * a_year;
    out->sortino = ratio(r.mean, sqrt(r.downside / (double)r.count)) * a_year;
}

struct trade_sums {
    int64_t count, wins_now, losses_now;
    double bars, entries;
};

static void look_at_trade(const struct broker_trade *t, struct trade_sums *sums, struct stats *out)
{
    sums->count++;
    sums->bars += (double)(t->exit_bar - t->entry_bar);
    sums->entries += fabs(t->size) * t->entry_price;
    sums->wins_now = t->profit > 0 ? sums->wins_now + 1 : 0;
    sums->losses_now = t->profit < 0 ? sums->losses_now + 1 : 0;
    if (sums->wins_now > out->longest_wins)
        out->longest_wins = sums->wins_now;
    if (sums->losses_now > out->longest_losses)
        out->longest_losses = sums->losses_now;
    if (t->profit > 0)
        out->largest_win = fmax(out->largest_win, t->profit);
    if (t->profit < 0)
        out->largest_loss = fmax(out->largest_loss, -t->profit);
}

static void trade_figures(const struct broker *b, const struct broker_state *s, struct stats *out)
{
    struct trade_sums sums = {0};
    out->largest_win = out->largest_loss = NAN; // fmax ignores it
    for (int64_t i = broker_closed_first(b); i < s->closed_trades; i++)
        look_at_trade(broker_closed_trade(b, i), &sums, out);
    out->average_bars = ratio(sums.bars, (double)sums.count);
    out->turnover = sums.entries / out->initial_capital;

    double trades = (double)s->closed_trades;
    out->profit_factor = ratio(s->gross_profit, s->gross_loss);
    out->expectancy = ratio(s->net_profit, trades);
    out->win_rate = ratio((double)s->win_trades * 100, trades);
    out->average_win = ratio(s->gross_profit, (double)s->win_trades);
    out->average_loss = ratio(s->gross_loss, (double)s->loss_trades);
    out->payoff = ratio(out->average_win, out->average_loss);
    out->expectancy_ratio = ratio(out->expectancy, out->average_loss);
}

void stats_compute(const struct broker *b, double initial_capital, struct stats *out)
{
    struct broker_state s;
    broker_get_state(b, &s);
    *out = (struct stats){
        .bars = s.bars,
        .trades = s.closed_trades,
        .open_trades = s.open_trades,
        .initial_capital = initial_capital,
        .final_equity = s.equity,
        .net_profit = s.net_profit,
        .net_profit_percent = s.net_profit / initial_capital * 100,
        .open_profit = s.open_profit,
        .gross_profit = s.gross_profit,
        .gross_loss = s.gross_loss,
        .commission = s.commission,
        .max_drawdown = s.max_drawdown,
        .max_drawdown_percent = s.max_drawdown_percent,
        .max_runup = s.max_runup,
        .exposure = ratio((double)s.bars_in_market * 100, (double)s.bars),
        .buy_and_hold_percent = (ratio(s.last_close, s.first_open) - 1) * 100,
    };
    out->buy_and_hold = out->buy_and_hold_percent / 100 * initial_capital;
    time_ratios(b, &s, out);
    trade_figures(b, &s, out);
}
