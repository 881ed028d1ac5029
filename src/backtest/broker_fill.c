// SPDX-License-Identifier: Apache-2.0
// Fills: trades opened and closed, commission, the account's money, OCA groups, margin calls.
#include "backtest/broker_internal.h"

#include <math.h>
#include <string.h>

// Quantities this close to each other, relatively, are the same: 0.1 + 0.2 - 0.3 leaves dust.
#define QTY_DUST 1e-12

double broker__slipped(const struct broker *b, double price, bool is_buy)
{
    double ticks = b->settings.strategy.slippage_ticks;
    if (ticks == 0)
        return price;
    double by = ticks * (b->tick > 0 ? b->tick : BROKER__TICK_UNKNOWN);
    if (is_buy)
        return price + by;
    return price > by ? price - by : price; // a price never turns negative
}

void broker__excursions(struct broker_trade *t, double high, double low)
{
    double up = (high - t->entry_price) * fabs(t->size);
    double down = (t->entry_price - low) * fabs(t->size);
    t->max_runup = broker__max(t->size > 0 ? up : down, 0);
    t->max_drawdown = broker__max(t->size > 0 ? down : up, 0);
}

// Commission of qty at price without sums per order.
static double commission_of(const struct broker *b, double qty, double price)
{
    const struct script_strategy_settings *s = &b->settings.strategy;
    if (s->commission_kind == SCRIPT_COMMISSION_PERCENT)
        return qty * price * s->commission_value / 100;
    return s->commission_kind == SCRIPT_COMMISSION_CASH_PER_CONTRACT ? qty * s->commission_value
                                                                     : 0;
}

static double order_fee(const struct broker *b)
{
    const struct script_strategy_settings *s = &b->settings.strategy;
    return s->commission_kind == SCRIPT_COMMISSION_CASH_PER_ORDER ? s->commission_value : 0;
}

// The lots have seen what price did since the position last changed; from here on it is new.
static void fold_extremes(struct broker *b)
{
    for (uint32_t i = 0; i < b->lot_count; i++) {
        b->lots[i].high = broker__max(b->lots[i].high, b->high);
        b->lots[i].low = broker__min(b->lots[i].low, b->low);
    }
    b->high = b->low = b->cur;
}

// Sums over the open trades, made anew each time so that nothing drifts.
static void sum_up(struct broker *b)
{
    double size = 0, value = 0, fees = 0;
    for (uint32_t i = 0; i < b->lot_count; i++) {
        const struct broker_trade *t = &b->lots[i].trade;
        size += t->size;
        value += t->size * t->entry_price;
        fees += t->commission;
    }
    bool was_held = b->size != 0;
    b->size = size;
    b->max_long = broker__max(b->max_long, size);
    b->max_short = broker__max(b->max_short, -size);
    b->entry_value = value;
    b->open_commission = fees;
    b->base = b->settings.strategy.initial_capital + b->net_profit - value - fees;
    if (!was_held && size != 0)
        b->held_from = b->last_bar;
    if (was_held && size == 0) {
        int64_t from = b->held_from > b->counted_to ? b->held_from : b->counted_to + 1;
        b->in_market += b->last_bar - from + 1;
        b->counted_to = b->last_bar;
    }
    b->changed = true;
    broker__touch(b, b->cur);
}

static inline void report_fill(struct broker *b, const struct broker_fill *f)
{
    if (!b->settings.on_fill)
        return;
    struct broker_fill whole = *f;
    whole.bar_index = b->last_bar;
    whole.bar_time = b->last_time;
    b->settings.on_fill(b->settings.arg, &whole);
}

void broker__open(struct broker *b, const struct broker__order *o, double qty, double price)
{
    if (!broker__reserve(b, (void **)&b->lots, &b->lot_cap, b->lot_count, b->lot_max,
                         sizeof *b->lots)) {
        b->refused++;
        return;
    }
    double fee = commission_of(b, qty, price) + order_fee(b);
    fold_extremes(b);
    b->lots[b->lot_count++] = (struct broker__lot){
        .seq = ++b->seq,
        .entry_qty = qty,
        .high = b->cur,
        .low = b->cur,
        .trade = {.entry_id = o->id,
                  .entry_comment = o->comment,
                  .exit_id = "",
                  .exit_comment = "",
                  .entry_bar = b->last_bar,
                  .exit_bar = -1,
                  .entry_time = b->last_time,
                  .entry_price = price,
                  .size = o->is_long ? qty : -qty,
                  .commission = fee},
    };
    b->commission += fee;
    sum_up(b);
    report_fill(b, &(struct broker_fill){.market = o->market,
                                         .opens = true,
                                         .is_long = o->is_long,
                                         .price = price,
                                         .qty = qty,
                                         .percent = NAN,
                                         .id = o->id,
                                         .comment = o->comment});
}

static void count_trade(struct broker *b, const struct broker_trade *t)
{
    double percent = t->profit / (t->entry_price * fabs(t->size)) * 100;
    b->net_profit += t->profit;
    b->percent_all += percent;
    if (t->profit > 0) {
        b->gross_profit += t->profit;
        b->percent_won += percent;
        b->wins++;
    } else if (t->profit < 0) {
        b->gross_loss -= t->profit;
        b->percent_lost -= percent;
        b->losses++;
    } else {
        b->evens++;
    }
    broker__keep_trade(b, t);
    b->closed++;
}

// Closes part of one lot; fee is the exit's commission.
static void close_part(struct broker *b, struct broker__lot *lot, double qty, double price,
                       double fee, const struct broker__closing *c)
{
    struct broker_trade t = lot->trade;
    double whole = fabs(t.size);
    double share = qty >= whole ? t.commission : t.commission * (qty / whole);
    t.size = t.size > 0 ? qty : -qty;
    t.commission = share + fee;
    t.exit_id = c->id;
    t.exit_comment = c->comment;
    t.exit_bar = b->last_bar;
    t.exit_time = b->last_time;
    t.exit_price = price;
    t.profit = (price - t.entry_price) * t.size - t.commission;
    broker__excursions(&t, lot->high, lot->low);
    b->commission += fee;
    lot->trade.commission -= share;
    lot->trade.size = qty >= whole ? 0 : lot->trade.size - t.size;
    count_trade(b, &t);
}

static bool selected(const struct broker__closing *c, const struct broker__lot *lot)
{
    if (c->lot_seq)
        return lot->seq == c->lot_seq;
    return !c->entry_id || broker__same_text(lot->trade.entry_id, c->entry_id);
}

static void drop_closed_lots(struct broker *b)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < b->lot_count; i++) {
        if (b->lots[i].trade.size == 0)
            continue;
        if (kept != i)
            b->lots[kept] = b->lots[i];
        kept++;
    }
    b->lot_count = kept;
}

void broker__close(struct broker *b, const struct broker__closing *c, double price)
{
    double before = fabs(b->size), available = 0;
    bool is_long = b->size > 0;
    fold_extremes(b);
    for (uint32_t i = 0; i < b->lot_count; i++)
        available += selected(c, &b->lots[i]) ? fabs(b->lots[i].trade.size) : 0;
    double total = c->qty >= available * (1 - QTY_DUST) ? available : c->qty;
    if (!(total > 0))
        return;
    double left = total, per_order = c->order_fee ? order_fee(b) : 0;
    for (uint32_t i = 0; i < b->lot_count && left > total * QTY_DUST; i++) {
        struct broker__lot *lot = &b->lots[i];
        if (!selected(c, lot))
            continue;
        double whole = fabs(lot->trade.size);
        double part = left >= whole * (1 - QTY_DUST) ? whole : left;
        double fee = commission_of(b, part, price) + per_order * (part / total);
        close_part(b, lot, part, price, fee, c);
        left -= part;
    }
    drop_closed_lots(b);
    sum_up(b);
    report_fill(b, &(struct broker_fill){.market = c->market,
                                         .is_long = is_long,
                                         .price = price,
                                         .qty = total,
                                         .percent = total / before * 100,
                                         .id = c->id,
                                         .comment = c->comment});
}

// The rest of an OCA group after one of it filled.
static void settle_group(struct broker *b, const char *name, int kind, double filled)
{
    if (kind == 0 || name[0] == '\0')
        return;
    for (uint32_t i = b->order_count; i-- > 0;) {
        struct broker__order *o = &b->orders[i];
        if (o->oca_kind != kind || strcmp(o->oca_name, name) != 0)
            continue;
        o->qty -= kind == BROKER__OCA_REDUCE ? filled : 0;
        if (kind == BROKER__OCA_CANCEL || !(o->qty > 0))
            broker__remove_order(b, i);
    }
    for (uint32_t i = b->exit_count; i-- > 0;) {
        struct broker__exit *e = &b->exits[i];
        if (e->oca_kind != kind || strcmp(e->oca_name, name) != 0)
            continue;
        if (kind == BROKER__OCA_CANCEL) {
            broker__remove_exit(b, i);
            continue;
        }
        double left = filled;
        for (uint32_t k = 0; k < b->leg_count && left > 0; k++) {
            struct broker__leg *leg = &b->legs[k];
            if (leg->exit_seq != e->seq || leg->done)
                continue;
            double cut = fmin(left, leg->qty);
            leg->qty -= cut;
            left -= cut;
        }
    }
}

static void after_fill(struct broker *b)
{
    if (b->margin_watched)
        broker__margin_call(b);
    b->risk.filled_today++;
    if (b->risk.watched)
        broker__risk_check(b);
    if (b->exit_count == 0)
        return;
    broker__make_legs(b);
    broker__prune_exits(b);
}

static uint32_t entries_open(const struct broker *b, bool is_long)
{
    return (is_long ? b->size > 0 : b->size < 0) ? b->lot_count : 0;
}

static void fill_entry(struct broker *b, const struct broker__order *o, double price)
{
    if (entries_open(b, o->is_long) >= broker__entries_max(b)) {
        b->refused++;
        return;
    }
    if (o->is_long ? b->size < 0 : b->size > 0)
        broker__close(b,
                      &(struct broker__closing){
                          .qty = INFINITY, .id = o->id, .comment = o->comment, .market = o->market},
                      price);
    if (!o->close_only)
        broker__open(b, o, o->qty, price);
}

static void fill_raw(struct broker *b, const struct broker__order *o, double price)
{
    double qty = o->qty, held = fabs(b->size);
    if (o->is_long ? b->size < 0 : b->size > 0) {
        bool reverses = qty > held * (1 + QTY_DUST);
        broker__close(b,
                      &(struct broker__closing){.qty = qty,
                                                .id = o->id,
                                                .comment = o->comment,
                                                .market = o->market,
                                                .order_fee = !reverses},
                      price);
        qty = reverses ? qty - held : 0;
    }
    if (qty > 0)
        broker__open(b, o, qty, price);
}

// With all of an entry closed, what its exits still wait for is void, also where FIFO closes other
// trades in its place.
static void void_legs_of(struct broker *b, const char *entry_id)
{
    for (uint32_t i = 0; i < b->lot_count; i++) {
        if (strcmp(b->lots[i].trade.entry_id, entry_id) != 0)
            continue;
        for (uint32_t k = 0; k < b->leg_count; k++) {
            if (b->legs[k].lot_seq == b->lots[i].seq)
                b->legs[k].done = true;
        }
    }
}

static void fill_close(struct broker *b, const struct broker__order *o, double price)
{
    bool all = o->kind == SCRIPT_ORDER_CLOSE_ALL;
    double open = all ? fabs(b->size) : broker__open_qty(b, o->id);
    double qty = open;
    if (!isnan(o->qty))
        qty = fmin(o->qty, open);
    else if (!isnan(o->qty_percent) && o->qty_percent < 100)
        qty = broker__round_qty(b, open * o->qty_percent / 100);
    if (!(qty > 0))
        return;
    if (!all && qty >= open)
        void_legs_of(b, o->id);
    struct broker__closing c = {
        .qty = qty,
        .entry_id = !all && b->settings.strategy.close_entries_any ? o->id : NULL,
        .id = o->id,
        .comment = o->comment,
        .market = true,
        .order_fee = true,
    };
    broker__close(b, &c, price);
}

void broker__execute_order(struct broker *b, uint32_t index, double price)
{
    struct broker__order o = b->orders[index];
    broker__remove_order(b, index);
    bool slips = o.market || isnan(o.limit);
    bool closes = o.kind == SCRIPT_ORDER_CLOSE || o.kind == SCRIPT_ORDER_CLOSE_ALL;
    bool is_buy = closes ? b->size < 0 : o.is_long;
    double at = slips ? broker__slipped(b, price, is_buy) : price;
    if (closes)
        fill_close(b, &o, at);
    else if (o.kind == SCRIPT_ORDER_ENTRY)
        fill_entry(b, &o, at);
    else
        fill_raw(b, &o, at);
    settle_group(b, o.oca_name, o.oca_kind, o.qty);
    after_fill(b);
}

// A comment of its own for each way out; without one the common comment.
static const char *exit_comment(const struct broker__exit *e, enum broker__met met)
{
    const char *own = met == MET_LIMIT  ? e->comment_profit
                      : met == MET_STOP ? e->comment_loss
                                        : e->comment_trailing;
    return own[0] ? own : e->comment;
}

void broker__execute_leg(struct broker *b, uint32_t index, double price, enum broker__met met)
{
    struct broker__leg *leg = &b->legs[index];
    const struct broker__exit *e = broker__exit_of(b, leg->exit_seq);
    double qty = fmin(leg->qty, fabs(b->size));
    struct broker__closing c = {
        .qty = qty,
        .lot_seq = b->settings.strategy.close_entries_any ? leg->lot_seq : 0,
        .id = e->id,
        .comment = exit_comment(e, met),
        .order_fee = true,
    };
    const char *group = e->oca_name;
    int kind = e->oca_kind;
    double at = met == MET_LIMIT ? price : broker__slipped(b, price, !leg->is_long);
    leg->done = true;
    broker__close(b, &c, at);
    settle_group(b, group, kind, qty);
    after_fill(b);
}

void broker__margin_call(struct broker *b)
{
    const struct script_strategy_settings *s = &b->settings.strategy;
    double ratio = (b->size > 0 ? s->margin_long : s->margin_short) / 100;
    if (b->size == 0 || ratio == 0)
        return;
    double equity = broker__equity(b, b->cur), held = fabs(b->size);
    double available = equity - held * b->cur * ratio;
    if (available >= -1e-9 * fmax(fabs(equity), 1))
        return;
    // TradingView: cover = truncate(missing / ratio / price), and four times that is closed.
    double cover = broker__round_qty(b, -available / ratio / b->cur);
    cover = fmax(cover, b->settings.lot_step);
    b->margin_calls++;
    broker__close(
        b,
        &(struct broker__closing){
            .qty = fmin(cover * 4, held), .id = "Margin call", .comment = "", .order_fee = true},
        broker__slipped(b, b->cur, b->size < 0));
}
