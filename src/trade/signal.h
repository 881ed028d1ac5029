// SPDX-License-Identifier: Apache-2.0
// A raw signal: what a strategy wants at the close of one candle. Pure data.
#ifndef TRADE_SIGNAL_H
#define TRADE_SIGNAL_H

#include "base/clock.h"
#include "market/pair.h"
#include "market/timeframe.h"
#include "market/watch.h"

enum signal_action {
    SIGNAL_ENTER_LONG,
    SIGNAL_ENTER_SHORT,
    SIGNAL_EXIT, // close what the strategy holds
    SIGNAL_ACTION_COUNT
};
const char *signal_action_name(enum signal_action a); // "enter_long", "enter_short", "exit"
int signal_action_parse(struct str text, enum signal_action *out) MUST_CHECK;

#define SIGNAL_REASON_MAX 96

struct raw_signal {
    int64_t id; // given by the store; 0 before
    int64_t stream_id;
    int64_t portfolio_id;
    int64_t strategy_id; // a version of a strategy (content hash) with its inputs
    struct pair pair;
    enum timeframe timeframe;
    time_ms candle_time; // open time of the candle that fired it
    enum signal_action action;
    double price;                   // close of that candle
    char reason[SIGNAL_REASON_MAX]; // order id and comment of the strategy call
    double qty;                     // as the script asked, NaN = default
    double qty_percent;             // of the position, for exits; NaN = all
    double
        equity_percent; // default size the strategy declares, percent of equity; NaN = portfolio's
    double cash_amount; // default size as quote cash; NaN = none
};

#endif
