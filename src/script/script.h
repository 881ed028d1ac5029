// SPDX-License-Identifier: Apache-2.0
// The strategy language as the rest of the hub sees it: compile a source to a program, bind its
// inputs, run it over candles in blocks (history) or one by one (live). Pure: no I/O, no clock.
//
//   source --script_compile--> program --script_instance_create--> instance --run(block)--> outputs
//
// A program is immutable and may be shared by any number of instances; an instance is the state of
// one program on one stream and is one flat piece of memory.
#ifndef SCRIPT_SCRIPT_H
#define SCRIPT_SCRIPT_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "market/timeframe.h"

#include <stdbool.h>

#define SCRIPT_SOURCE_MAX_BYTES (1024 * 1024)
#define SCRIPT_DIAGS_MAX        32

struct script_program;
struct script_instance;

struct script_diags {
    size_t count;
    bool more;                           // there were more than fit
    struct diag items[SCRIPT_DIAGS_MAX]; // errors and warnings in source order
    bool is_warning[SCRIPT_DIAGS_MAX];
};

// Compiles. 0 and *out (destroy it), or ERR_SYNTAX with at least one error in diags. Warnings are
// there in both cases. Bounded in time and memory by the limits in docs/strategy-language.md.
int script_compile(struct str source, struct script_program **out,
                   struct script_diags *diags) MUST_CHECK;
void script_program_destroy(struct script_program *p);

enum script_kind {
    SCRIPT_INDICATOR,
    SCRIPT_STRATEGY
};
enum script_value_type {
    SCRIPT_INT,
    SCRIPT_FLOAT,
    SCRIPT_BOOL,
    SCRIPT_STRING,
    SCRIPT_COLOR
};

// What strategy(...) declares; percent values are in percent.
enum script_qty_kind {
    SCRIPT_QTY_FIXED,
    SCRIPT_QTY_CASH,
    SCRIPT_QTY_PERCENT_OF_EQUITY
};
enum script_commission_kind {
    SCRIPT_COMMISSION_PERCENT,
    SCRIPT_COMMISSION_CASH_PER_ORDER,
    SCRIPT_COMMISSION_CASH_PER_CONTRACT
};
enum script_allow {
    SCRIPT_ALLOW_ALL,
    SCRIPT_ALLOW_LONG,
    SCRIPT_ALLOW_SHORT
};
// strategy.risk.*; a limit that the script does not set is NaN.
struct script_risk {
    enum script_allow allow_entry;
    double max_drawdown; // cash, or percent of the greatest equity
    bool max_drawdown_percent;
    double max_intraday_loss;
    bool max_intraday_loss_percent; // of the day's first equity
    double max_intraday_filled_orders;
    double max_position_size;
    double max_cons_loss_days;
};
struct script_strategy_settings {
    double initial_capital; // default 1000000 (Pine)
    enum script_qty_kind default_qty_kind;
    double default_qty_value;
    int pyramiding;
    enum script_commission_kind commission_kind;
    double commission_value;
    double slippage_ticks;
    double margin_long, margin_short; // percent
    bool process_orders_on_close;
    bool close_entries_any; // close_entries_rule = "ANY"
    bool qty_given;         // default_qty_type or default_qty_value stands in the source
    struct script_risk risk;
};

struct script_input {
    const char *name;  // the variable it is assigned to, used for NAME=VALUE
    const char *title; // as shown to people
    const char *kind;  // "int", "float", "bool", "string", "source", "timeframe", "color", ...
    enum script_value_type type;
    double default_number;                      // also bool as 0 / 1
    const char *default_string;                 // NULL unless string-like
    double min, max, step;                      // NaN when not given
    const char *const *options;                 // NULL-ended list or NULL
    const char *tooltip, *group, *inline_group; // "" when not given
};

struct script_plot {
    const char *title;
    const char
        *kind; // "plot", "plotshape", "plotchar", "plotarrow", "hline", "bgcolor", "alert", ...
};

struct script_info {
    int version; // 4, 5 or 6
    enum script_kind kind;
    const char *title;
    const char *short_title;
    bool overlay;
    struct script_strategy_settings strategy; // of a strategy
    const struct script_input *inputs;
    size_t input_count;
    const struct script_plot *plots; // in source order; column i of a run's plot outputs
    size_t plot_count;
    const struct script_plot *alerts; // alertcondition titles
    size_t alert_count;
    const char *const *indicators; // kernels it uses, "ta.ema" ...; sorted, once each
    size_t indicator_count;
    bool needs_account; // reads strategy.position_size and the like
};
const struct script_info *script_program_info(const struct script_program *p);

// Where an instance runs.
struct script_context {
    const char *ticker;   // "VETUSDT"
    const char *base;     // "VET"
    const char *quote;    // "USDT"
    const char *exchange; // "binance"
    enum timeframe timeframe;
    double tick_size; // price step, e.g. 0.00001; 0 = unknown
    double lot_step;  // quantity step; 0 = unknown
};

struct script_value { // one bound input
    const char *name;
    struct str text; // as typed: "9", "0.5", "true", "close"
};

// Columns of n bars each, oldest first. Borrowed for the call.
struct script_bars {
    const time_ms *open_time;
    const double *open, *high, *low, *close, *volume;
};

enum script_order_kind {
    SCRIPT_ORDER_ENTRY,
    SCRIPT_ORDER_EXIT,
    SCRIPT_ORDER_CLOSE,
    SCRIPT_ORDER_CLOSE_ALL,
    SCRIPT_ORDER_RAW, // strategy.order
    SCRIPT_ORDER_CANCEL,
    SCRIPT_ORDER_CANCEL_ALL
};

struct script_order {
    enum script_order_kind kind;
    bool is_long;           // direction of entry / raw orders
    const char *id;         // "" when none; all strings live for the call
    const char *from_entry; // of an exit
    const char *oca_name;
    int oca_kind; // 0 none, 1 cancel, 2 reduce
    const char *comment;
    const char *comment_profit, *comment_loss, *comment_trailing; // of an exit
    const char *alert_message;
    double qty, qty_percent; // NaN = default
    double limit, stop;      // NaN = none
    double profit, loss;     // ticks, NaN = none
    double trail_price, trail_points, trail_offset;
    bool immediately; // close(..., immediately = true)
};

// Fields of one trade, for trade_value and trade_text.
enum script_trade_field {
    SCRIPT_TRADE_ENTRY_PRICE,
    SCRIPT_TRADE_ENTRY_BAR,
    SCRIPT_TRADE_ENTRY_TIME,
    SCRIPT_TRADE_ENTRY_ID,      // text
    SCRIPT_TRADE_ENTRY_COMMENT, // text
    SCRIPT_TRADE_SIZE,          // below 0 when short
    SCRIPT_TRADE_PROFIT,
    SCRIPT_TRADE_PROFIT_PERCENT,
    SCRIPT_TRADE_COMMISSION,
    SCRIPT_TRADE_MAX_RUNUP,
    SCRIPT_TRADE_MAX_RUNUP_PERCENT,
    SCRIPT_TRADE_MAX_DRAWDOWN,
    SCRIPT_TRADE_MAX_DRAWDOWN_PERCENT,
    SCRIPT_TRADE_EXIT_PRICE, // this and the rest: closed trades only
    SCRIPT_TRADE_EXIT_BAR,
    SCRIPT_TRADE_EXIT_TIME,
    SCRIPT_TRADE_EXIT_ID,     // text
    SCRIPT_TRADE_EXIT_COMMENT // text
};

// What the program may read of the emulated account while it runs (strategy.*).
struct script_account {
    double position_size, position_avg_price;
    double equity, net_profit, open_profit, gross_profit, gross_loss, max_drawdown, max_runup;
    double max_drawdown_percent; // of the peak it fell from
    double max_runup_percent;    // of the trough it rose from; NaN when that was 0 or less
    double initial_capital;
    double max_held, max_held_long, max_held_short; // greatest positions so far, >= 0
    double margin_price; // where the position is margin called; NaN when flat or never
    double capital_held; // margin of the open trades at their entry prices
    // Sums over closed trades of profit in percent of the entry: all, winners, losers (>= 0).
    double percent_all, percent_won, percent_lost;
    int64_t open_trades, closed_trades, win_trades, loss_trades, even_trades;
    void *trades; // the broker's own; read through the functions below
    // Quantity of an entry without qty that fills at price. May be NULL.
    double (*default_qty)(void *trades, double price);
    // index counts from 0; NaN / NULL for a trade or field that is not there. May be NULL. The text
    // lives until the next call into the broker.
    double (*trade_value)(void *trades, bool closed, int64_t index, int field);
    const char *(*trade_text)(void *trades, bool closed, int64_t index, int field);
};

// The broker the program trades with: an emulator in backtests and in live analysis alike.
struct script_broker {
    void *arg;
    // Once a bar, before the program's orders of that bar: fills what is pending with this bar's
    // prices and updates *account.
    void (*bar)(void *arg, int64_t bar_index, time_ms open_time, double open, double high,
                double low, double close, struct script_account *account);
    // Optional: n consecutive bars at once, n > 1, none of which but perhaps the last is followed
    // by an order. As if bar were called for each in turn; a program that reads the account (see
    // script_info.needs_account) never uses it, so *account need not be kept up. NULL: bar is
    // called for each.
    void (*bars)(void *arg, int64_t first_bar, size_t n, const struct script_bars *bars,
                 struct script_account *account);
    // An order the program issues at the close of the bar; bar (or bars) has covered that bar.
    // Strings live for the call.
    void (*order)(void *arg, int64_t bar_index, const struct script_order *order);
};

// What a run reports besides orders. Any member may be NULL.
struct script_sink {
    void *arg;
    // Plot values of a block: values[plot][i], i < n (NaN = na). Valid during the call.
    void (*plots)(void *arg, int64_t first_bar, size_t n, const double *const *values);
    // An alertcondition (index into info->alerts) or an alert() call (index -1) fired.
    void (*alert)(void *arg, int64_t bar_index, int index, const char *message);
    // runtime.error or an exhausted instruction budget: the instance is dead from this bar on.
    void (*error)(void *arg, int64_t bar_index, const char *message);
};

// Binds inputs and allocates state. ERR_NOT_FOUND / ERR_RANGE / ERR_SYNTAX with d (unknown input,
// value outside its range); ERR_NO_MEMORY; ERR_LIMIT when state would exceed max_state_bytes (0 =
// the default maximum). The program must outlive the instance.
int script_instance_create(const struct script_program *p, const struct script_context *ctx,
                           const struct script_value *values, size_t value_count,
                           size_t max_state_bytes, struct script_instance **out,
                           struct diag *d) MUST_CHECK;
void script_instance_destroy(struct script_instance *i);
// Feeds the next n bars (n >= 1, any block length gives the same values, bit for bit). broker and
// sink may be NULL. ERR_INVALID once the instance is dead, ERR_NO_MEMORY (nothing was fed).
int script_instance_run(struct script_instance *i, const struct script_bars *bars, size_t n,
                        const struct script_broker *broker,
                        const struct script_sink *sink) MUST_CHECK;

// Scratch memory of runs. One a thread serves any number of instances; it grows to what the largest
// of them needs. script_instance_run makes one for each call, so who feeds many instances bar by
// bar or calls often hands one over instead.
struct script_workspace;
struct script_workspace *script_workspace_create(void); // NULL when out of memory
void script_workspace_destroy(struct script_workspace *w);
int script_instance_run_with(struct script_instance *i, struct script_workspace *w,
                             const struct script_bars *bars, size_t n,
                             const struct script_broker *broker,
                             const struct script_sink *sink) MUST_CHECK;

// A group: several programs, or one with several bindings, over the same bars in one graph. Equal
// nodes are computed once (a sweep of 1,000 pairs of averages computes each average once). Each
// member has its own broker and sink; an error ends that member only. An instance made by
// script_instance_create is a group of one, and all functions below take both.
struct script_group_item {
    const struct script_program *program; // outlives the group
    const struct script_value *values;    // borrowed for the call
    size_t value_count;
};
// As script_instance_create; *failed (NULL allowed) is the place of the item an error is about.
int script_group_create(const struct script_group_item *items, size_t count,
                        const struct script_context *ctx, size_t max_state_bytes,
                        struct script_instance **out, size_t *failed, struct diag *d) MUST_CHECK;
// brokers and sinks: `count` pointers each, or NULL; single ones may be NULL. ERR_INVALID once all
// members are dead.
int script_group_run(struct script_instance *g, struct script_workspace *w,
                     const struct script_bars *bars, size_t n,
                     const struct script_broker *const *brokers,
                     const struct script_sink *const *sinks) MUST_CHECK;
size_t script_group_members(const struct script_instance *g);
bool script_group_is_dead(const struct script_instance *g, size_t member);
// What strategy() and strategy.risk.* say with the bound inputs. Lives as long as the instance.
const struct script_strategy_settings *script_instance_settings(const struct script_instance *i,
                                                                size_t member);
size_t
script_instance_state_bytes(const struct script_instance *i); // state alone, without the plan
// The reference of all builtins as Markdown, made from their table.
int script_write_docs(struct buf *out) MUST_CHECK;
// Bars needed before every plot and condition can be defined, with the bound inputs.
int64_t script_instance_warmup(const struct script_instance *i);
size_t script_instance_bytes(const struct script_instance *i); // state and buffers, for status
int64_t script_instance_bars(const struct script_instance *i); // bars fed so far
// Text of the graph: nodes, shared nodes, islands (oracle strategy graph).
int script_instance_graph(const struct script_instance *i, struct buf *out) MUST_CHECK;

#endif
