// SPDX-License-Identifier: Apache-2.0
// Statistics of a backtest, from the broker's state, its closed trades and its equity samples.
// Pure.
//
// Conventions. Money is in the account's currency; ratios of time use years of 365.25 days, markets
// that never close. A figure that is not defined (no trade, no loss, no time) is NaN, never 0.
// Equity samples lie on day boundaries (broker_settings.sample_ms); the returns below are those
// between consecutive samples, the initial capital before the first and the final equity after the
// last.
#ifndef BACKTEST_STATS_H
#define BACKTEST_STATS_H

#include "backtest/broker.h"

struct stats {
    int64_t bars, trades, open_trades;
    double years; // from the first bar's open to the last bar's open
    double initial_capital, final_equity;
    double net_profit;         // of closed trades
    double net_profit_percent; // of the initial capital
    double open_profit;
    double gross_profit, gross_loss; // gross_loss >= 0
    double commission;
    // Compound annual growth rate in percent: (final / initial)^(1 / years) - 1. NaN below one day
    // or with an equity <= 0.
    double cagr;
    // Mean excess return over its standard deviation (n - 1), times the root of samples a year;
    // risk-free rate 0 (Sharpe, "The Sharpe Ratio", 1994).
    double sharpe;
    // The same over the downside deviation: root of the mean of min(return, 0)^2 over all n
    // (Sortino & Price, 1994; target 0).
    double sortino;
    double calmar;        // cagr / max_drawdown_percent (Young, 1991, over the whole time)
    double profit_factor; // gross profit / gross loss
    double expectancy;    // mean profit of a trade
    // expectancy / mean loss: what a trade earns for each unit at risk (Tharp's R).
    double expectancy_ratio;
    double win_rate;                          // percent of trades
    double average_win, average_loss, payoff; // payoff = average win / average loss
    double largest_win, largest_loss;
    int64_t longest_wins, longest_losses; // in a row
    double average_bars;                  // in a trade
    // Along the path inside the bars: money, and percent of the peak it fell from.
    double max_drawdown, max_drawdown_percent, max_runup;
    double exposure;     // percent of bars with a position
    double buy_and_hold; // bought with all at the first open, held: profit in money
    double buy_and_hold_percent;
    double turnover; // value of all entries over the initial capital
};
// Never fails: what cannot be computed is NaN. Figures of single trades (wins in a row, largest,
// bars, turnover) cover the trades the broker kept.
void stats_compute(const struct broker *b, double initial_capital, struct stats *out);

// Calendar months in UTC: closed trades by exit, equity by samples.
struct stats_month {
    int32_t year;
    uint32_t month; // 1..12
    int64_t trades;
    double profit; // closed trades
    double equity_start, equity_end;
    double return_percent; // equity_end / equity_start - 1
};
// Fills at most cap months, oldest first; returns how many there are (call again with more room).
size_t stats_by_month(const struct broker *b, double initial_capital, struct stats_month *out,
                      size_t cap);

// Closed trades by tag: the entry's id.
struct stats_tag {
    const char *tag; // the broker's; valid until its next order
    int64_t trades, wins;
    double profit, gross_profit, gross_loss;
};
// Most profit first. Fills at most cap tags, the rest are summed up in the last one, whose tag is
// then "(others)". Returns the number filled.
size_t stats_by_tag(const struct broker *b, struct stats_tag *out, size_t cap);

#endif
