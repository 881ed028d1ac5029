// SPDX-License-Identifier: Apache-2.0
// The emulator's state, shared by its files: orders (broker_order.c), the way of price through a
// bar (broker_path.c), fills and money (broker_fill.c), texts (broker_text.c).
#ifndef BACKTEST_BROKER_INTERNAL_H
#define BACKTEST_BROKER_INTERNAL_H

#include "backtest/broker.h"

#include <string.h>

#include <math.h>

// Texts of orders, one copy each: a hash table whose unused texts are swept when it fills up.
#define TEXT__CACHE 16
struct broker__text {
    char *text; // NULL: free
    uint32_t hash;
    bool used; // mark while sweeping
};
struct broker__texts {
    struct broker__text *slots;
    size_t count, cap; // cap is a power of two or 0
    struct {
        const char *given; // address last seen
        const char *kept;
    } cache[TEXT__CACHE];
};

struct broker__order { // waiting entry, raw, close or close_all order
    uint64_t seq;      // order of issue, shared with exits
    enum script_order_kind kind;
    bool is_long;
    bool market;
    bool at_close;   // fills at the close of the bar that issued it
    bool stop_hit;   // of a stop-limit order
    bool close_only; // an entry that may only close the other direction
    int oca_kind;
    const char *id, *oca_name, *comment;
    double qty, qty_percent; // of a close: NaN = all
    double limit, stop;      // NaN = none
};

struct broker__exit { // a strategy.exit call that stands
    uint64_t seq;
    int oca_kind;
    const char *id, *from_entry, *oca_name;
    const char *comment, *comment_profit, *comment_loss, *comment_trailing;
    double qty, qty_percent;
    double limit, stop, profit, loss, trail_price, trail_points, trail_offset;
};

struct broker__leg { // one exit for one entry
    uint64_t exit_seq, lot_seq;
    bool is_long; // of the trade it closes
    bool done;    // filled: never again for this entry
    bool trail_on;
    double qty; // reserved
    double entry_price;
    double limit, stop;        // resolved, NaN = none
    double trail_at, trail_by; // activation price and distance; NaN = none
    double trail_best;
};

struct broker__lot { // an open trade
    uint64_t seq;
    struct broker_trade trade; // size is what is still open, commission its entry's
    double entry_qty;          // as opened
    double high, low;          // since entry, as of the last change of the position
};

struct broker__risk { // strategy.risk.*; see broker_risk.c
    bool watched;     // some rule is set
    bool stopped;     // for good
    bool stopped_today;
    int64_t day;       // since the epoch; -1 before the first bar
    double day_equity; // at its start
    int64_t filled_today, loss_days;
};

struct broker {
    // Hot: read on every bar.
    double quiet_low, quiet_high; // bars strictly between fill nothing and change no order
    double track_low, track_high; // and bars within these set no equity record
    double high, low;             // since the position last changed
    time_ms next_sample;
    double last_close;
    double size; // signed position
    double base; // equity(price) = base + size * price
    time_ms last_time;
    int64_t last_bar, bars;

    double cur; // where price is inside the bar
    double peak, trough, max_drawdown, max_runup, max_drawdown_percent;
    double net_profit, gross_profit, gross_loss, commission, entry_value, open_commission;
    double max_runup_percent;
    double max_long, max_short;                    // greatest positions, >= 0
    double percent_all, percent_won, percent_lost; // sums of profit in percent of the entry
    int64_t closed, wins, losses, evens, order_count_total, refused, margin_calls;
    int64_t in_market, held_from, counted_to;
    double first_open;
    time_ms first_time;
    double tick, tick_inverse; // 0 = no rounding; inverse only when whole
    bool closing;              // settling orders at the last close
    bool close_waits;          // something is to fill at this bar's close
    bool changed;              // fills since the account was last written
    bool margin_watched;       // some margin is set
    int error;
    const struct script_account *account; // last written

    struct broker__lot *lots;
    struct broker__order *orders;
    struct broker__exit *exits;
    struct broker__leg *legs;
    uint32_t lot_count, lot_cap, lot_max;
    uint32_t order_count, order_cap;
    uint32_t exit_count, exit_cap, order_max;
    uint32_t leg_count, leg_cap;
    uint64_t seq;

    struct broker_trade *trades; // ring of the newest
    size_t trade_cap;
    struct broker_sample *samples;
    size_t sample_count, sample_cap;

    struct broker__texts texts;
    struct broker__risk risk;
    struct broker_settings settings;
};

#define BROKER__ORDERS_DEFAULT 256
#define BROKER__ORDER_TEXTS    7    // of one order at most
#define BROKER__TICK_UNKNOWN   0.01 // tick distances where the market's tick is not known
#define BROKER__OCA_CANCEL     1    // script_order.oca_kind
#define BROKER__OCA_REDUCE     2

// broker_text.c: the one copy of a text; "" for NULL, and when memory is short (error is set).
const char *broker__keep_text(struct broker *b, const char *text);
// Makes room, dropping texts nothing refers to.
void broker__texts_make_room(struct broker *b);
void broker__texts_finish(struct broker__texts *t);

static inline const char *broker__text(struct broker *b, const char *text)
{
    return !text || text[0] == '\0' ? "" : broker__keep_text(b, text);
}

// Before an order's texts are taken.
static inline void broker__texts_tidy(struct broker *b)
{
    if ((b->texts.count + BROKER__ORDER_TEXTS) * 2 > b->texts.cap)
        broker__texts_make_room(b);
}

// Kept texts are one copy each, so most comparisons end with their addresses.
static inline bool broker__same_text(const char *a, const char *b)
{
    return a == b || strcmp(a, b) == 0;
}

// Makes room for one more element of the named array; false when at max or out of memory.
bool broker__grow(struct broker *b, void **items, uint32_t *cap, uint32_t count, uint32_t max,
                  size_t each);

static inline bool broker__reserve(struct broker *b, void **items, uint32_t *cap, uint32_t count,
                                   uint32_t max, size_t each)
{
    return (count < *cap && count < max) || broker__grow(b, items, cap, count, max, each);
}

// broker_order.c
void broker__order(struct broker *b, const struct script_order *o);
void broker__remove_order(struct broker *b, uint32_t index);
void broker__remove_exit(struct broker *b, uint32_t index); // with its legs
struct broker__exit *broker__exit_of(struct broker *b, uint64_t seq);
// Legs for all pairs of exit and lot that match and have none.
void broker__make_legs(struct broker *b);
// Drops exits that match no open trade and no waiting order.
void broker__prune_exits(struct broker *b);
double broker__round_qty(const struct broker *b, double qty); // down to the lot step
// Quantity of an entry without qty at a price, not rounded.
double broker__default_qty(const struct broker *b, double price);
// Price at which the position's margin is used up; NaN when flat, without margin or never.
double broker__margin_price(const struct broker *b);
uint32_t broker__entries_max(const struct broker *b);
double broker__open_qty(const struct broker *b, const char *entry_id); // still open of an entry

// broker_path.c
void broker__through_bar(struct broker *b, double open, double high, double low, double close);
void broker__settle_close(struct broker *b); // orders that fill at the last close
void broker__track(struct broker *b, double open, double high, double low, double close);
void broker__set_bands(struct broker *b); // after anything changed

// broker_fill.c
void broker__open(struct broker *b, const struct broker__order *o, double qty, double price);
// Closes qty (all when it is more) oldest first, or of one lot (lot_seq != 0) or of lots with an
// entry id (entry_id != NULL). order_fee: whether a fixed sum an order is charged here.
struct broker__closing {
    double qty;
    uint64_t lot_seq;
    const char *entry_id;
    const char *id, *comment;
    bool market, order_fee;
};
void broker__close(struct broker *b, const struct broker__closing *c, double price);
void broker__execute_order(struct broker *b, uint32_t index, double price);
enum broker__met {
    MET_LIMIT,
    MET_STOP,
    MET_TRAIL
};
void broker__execute_leg(struct broker *b, uint32_t index, double price, enum broker__met met);
void broker__margin_call(struct broker *b); // when the margin is no longer there at cur
// Best and worst a trade saw, from the highest and lowest price during it.
void broker__excursions(struct broker_trade *t, double high, double low);
double broker__slipped(const struct broker *b, double price, bool is_buy);

// fmax and fmin without their care for NaN, which costs a call.
static inline double broker__max(double a, double b)
{
    return a > b ? a : b;
}

static inline double broker__min(double a, double b)
{
    return a < b ? a : b;
}

static inline double broker__equity(const struct broker *b, double price)
{
    return b->base + b->size * price;
}

// broker_risk.c
void broker__risk_init(struct broker *b);
void broker__risk_day(struct broker *b, time_ms open_time); // a bar begins
void broker__risk_check(struct broker *b);                  // at cur: stops the strategy when due
// What the rules leave of an entry: its quantity, 0 when nothing. *close_only: it may only close.
double broker__risk_entry(const struct broker *b, bool is_long, double qty, bool *close_only);

// broker.c
void broker__keep_trade(struct broker *b, const struct broker_trade *t);

// Price is here now: records of equity and of the position's extremes.
static inline void broker__touch(struct broker *b, double price)
{
    b->cur = price;
    b->high = broker__max(b->high, price);
    b->low = broker__min(b->low, price);
    double equity = broker__equity(b, price);
    b->peak = broker__max(b->peak, equity);
    b->trough = broker__min(b->trough, equity);
    double drop = b->peak - equity, rise = equity - b->trough;
    if (rise > b->max_runup) {
        b->max_runup = rise;
        b->max_runup_percent = b->trough > 0 ? rise / b->trough * 100 : NAN;
    }
    if (drop > b->max_drawdown) {
        b->max_drawdown = drop;
        // The peak never sinks, so only a larger drop can be a larger share of it.
        b->max_drawdown_percent = broker__max(b->max_drawdown_percent, drop / b->peak * 100);
    }
}

#endif
