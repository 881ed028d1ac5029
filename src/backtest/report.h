// SPDX-License-Identifier: Apache-2.0
// A finished backtest as text: the members of a JSON object, and trades as CSV.
#ifndef BACKTEST_REPORT_H
#define BACKTEST_REPORT_H

#include "backtest/run.h"
#include "base/jsonw.h"

#define REPORT_MONTHS_MAX 2400
#define REPORT_TAGS_MAX   64

// What the figures are about; all borrowed.
struct report_subject {
    const char *file;   // of the strategy
    const char *title;  // its own
    const char *series; // "VET/USDT 4h"
    const char *pair, *timeframe, *exchange;
    const char *inputs; // "fast=9 slow=21", "" when all have their defaults
    int64_t compile_ns;
};

// Members of the object that is open in w: figures, months, tags, open positions, elapsed.
int report_json(struct jsonw *w, const struct report_subject *s, const struct run *r) MUST_CHECK;

// One closed trade as a line of CSV under this header.
#define REPORT_TRADES_HEADER                                                                       \
    "entry_time,exit_time,direction,qty,entry_price,exit_price,profit,profit_percent,commission,"  \
    "max_runup,max_drawdown,bars,entry_id,exit_id,entry_comment,exit_comment\n"
int report_trade_csv(struct buf *out, const struct broker_trade *t) MUST_CHECK;

#endif
