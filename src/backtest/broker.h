// SPDX-License-Identifier: Apache-2.0
// The broker emulator: fills a strategy's orders against candles as TradingView documents it (Pine
// Script user manual, "Strategies": broker emulator, orders and trades, leverage and margin). Used
// by backtests and, as shadow account, by live analysis. Pure; doubles, as the strategy language
// has.
//
// The rules, where the manual leaves a choice the one taken:
//  - market orders fill at the next bar's open, in the order they were issued; with
//    process_orders_on_close, and for close(immediately), at the close of the bar that issued them
//  - inside a bar price moves open-high-low-close when the open is nearer to the high, else
//    open-low-high-close, without gaps; every order that can fill on the way does, nearest first,
//    at the same price the one issued first; a stop before a limit of the same exit
//  - a price gapped over fills at the open; limit prices never fill worse than asked, are rounded
//    to the tick away from the market, stops likewise; slippage (ticks) is added to market, stop
//    and trailing fills
//  - entry: at most max(1, pyramiding) open entries in a direction; the opposite direction closes
//    everything first; an order with the id of a waiting one replaces it; raw orders net
//  - exit: one leg an open trade it matches, made when either comes; a leg fills once for its
//    trade; legs of several exits reserve quantity in the order they were issued; one price
//    of a leg filling ends its others; an exit with nothing to match, now or waiting, is refused
//  - FIFO: the oldest trade is closed first, whatever the exit names; ANY: the one it names
//  - sizes by money are taken at the price the fill is expected at (stop, limit, else the close),
//    a percentage of equity with the order's own commission inside, rounded down to the lot step
//  - an entry whose margin exceeds the equity is refused when issued; a position whose margin does,
//    at a bar's open, extremes or after a fill, is cut by four times what is missing (margin call)
//  - strategy.risk: drawdown and the day's loss are looked at on a bar's open, extremes and close
//  and
//    after a fill; days are those of UTC; a rule that stops the strategy closes at that price
//  - commission of an order that closes several trades is shared by quantity; a fixed sum for an
//    order that reverses is charged to the trade it opens
#ifndef BACKTEST_BROKER_H
#define BACKTEST_BROKER_H

#include "script/script.h"

struct broker;

enum broker_answer {
    BROKER_ACCEPTED,
    BROKER_NO_ROOM_TO_ADD, // pyramiding: as many entries as allowed are open
    BROKER_NO_SIZE,        // the quantity is zero, negative or below the lot step
    BROKER_NO_MONEY,       // its margin exceeds the equity
    BROKER_NO_TARGET,      // nothing to close, to exit or to cancel
    BROKER_NO_PRICE,       // an exit without any price
    BROKER_RISK,           // a strategy.risk rule forbids it
    BROKER_FULL,           // more waiting orders or open trades than the maximum
    BROKER_ANSWER_COUNT
};
const char *broker_answer_text(enum broker_answer a); // a clause for people

// What became of one order the strategy issued.
struct broker_decision {
    const struct script_order *order;
    enum broker_answer answer;
    bool market;    // fills at the next open (or this close) whatever the price
    bool opens;     // will open or add; with closes too: reverses
    bool closes;    // will close or reduce
    double qty;     // size it was given; NaN for exits (resolved per trade)
    double percent; // of the position it closes, 0..100; NaN when it closes nothing
};

// A fill. An order that reverses reports its closing part and its opening part. For live analysis:
// a market order is news when on_order reports it; every other fill (a price met, a margin call, a
// risk rule) is news when it happens.
struct broker_fill {
    int64_t bar_index;
    time_ms bar_time;
    bool market;  // from an order that had no price
    bool opens;   // else closes
    bool is_long; // direction of the trade opened or closed
    double price, qty;
    double percent; // of the position before, when closing; NaN when opening
    const char *id; // of the order; lives as long as the trade, at least for the call
    const char *comment;
};

struct broker_trade {
    const char *entry_id, *entry_comment;
    const char *exit_id, *exit_comment; // "" while open
    int64_t entry_bar, exit_bar;        // exit_bar -1 while open
    time_ms entry_time, exit_time;      // open time of those bars
    double entry_price, exit_price;     // exit_price of an open trade: the last close
    double size;                        // > 0 long, < 0 short
    double commission;                  // of entry and exit
    double profit;                      // commission taken off
    double max_runup, max_drawdown;     // money, before commission, >= 0
};

struct broker_settings {
    struct script_strategy_settings strategy;
    double tick_size; // 0 = unknown: prices are not rounded, tick distances count 0.01
    double lot_step;  // 0 = unknown: quantities are not rounded
    // Exits that give a price both as level and as ticks: the nearer one (Pine v6) or the level
    // (v5).
    bool exit_takes_nearer;
    uint32_t max_orders;        // waiting orders and exits; 0 = 256
    uint32_t max_open_trades;   // 0 = max(1, pyramiding) + 1
    uint32_t max_closed_trades; // kept, the newest; 0 = none
    uint32_t max_samples;       // equity samples kept; 0 = none
    int64_t sample_ms;          // distance of samples; 0 = one day
    // Hooks, each may be NULL. Called in the order things happen; they must not call the broker.
    void *arg;
    void (*on_order)(void *arg, const struct broker_decision *d);
    void (*on_fill)(void *arg, const struct broker_fill *f);
    void (*on_trade)(void *arg, const struct broker_trade *t); // closed, kept or not
};

// ERR_NO_MEMORY; ERR_INVALID: initial capital not > 0, or a negative or infinite setting.
int broker_create(const struct broker_settings *settings, struct broker **out) MUST_CHECK;
void broker_destroy(struct broker *b);

// The broker as the script sees it; valid as long as b. The account is written at each bar.
struct script_broker broker_interface(struct broker *b);
// script_broker.bars without an account.
void broker_bars(struct broker *b, int64_t first_bar, size_t n, const struct script_bars *bars);
// After the last bar, before results are read: fills what waits for its close, completes the
// samples.
void broker_finish(struct broker *b);
// 0, or ERR_NO_MEMORY when a record could not be kept (trades and samples; money is right even so).
int broker_error(const struct broker *b) MUST_CHECK;
size_t broker_bytes(const struct broker *b); // memory held

struct broker_state {                                                 // at the last close
    double equity, net_profit, open_profit, gross_profit, gross_loss; // gross_loss >= 0
    double commission;                                                // paid so far
    double position_size, position_avg_price;
    double max_drawdown, max_runup; // money, along the path inside the bars
    double max_drawdown_percent;    // of the peak it fell from
    int64_t bars, bars_in_market;   // bars during which a position was held
    int64_t closed_trades, win_trades, loss_trades, even_trades, open_trades;
    int64_t orders; // accepted
    int64_t refused;
    int64_t margin_calls;
    time_ms first_time, last_time; // open times
    double first_open, last_close;
};
void broker_get_state(const struct broker *b, struct broker_state *out);

// Kept closed trades, oldest first: index first..closed_trades-1, where first is what the maximum
// has pushed out. NULL outside. Valid until the next bar or order.
int64_t broker_closed_first(const struct broker *b);
const struct broker_trade *broker_closed_trade(const struct broker *b, int64_t index);
// Open trades, oldest first, valued at the last close. False outside.
bool broker_open_trade(const struct broker *b, int64_t index, struct broker_trade *out);

struct broker_sample {
    // Every boundary once, days without bars included: the equity is that of the last close before.
    time_ms time;
    double equity;
};
const struct broker_sample *broker_samples(const struct broker *b, size_t *out_count);

// The broker's side of script_account.trade_value and trade_text: NaN or NULL for a trade that is
// not there, an exit field of an open trade, or a field of the other type.
double broker_trade_value(const struct broker *b, bool closed, int64_t index,
                          enum script_trade_field field);
const char *broker_trade_text(const struct broker *b, bool closed, int64_t index,
                              enum script_trade_field field);

#endif
