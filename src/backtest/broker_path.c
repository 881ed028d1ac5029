// SPDX-License-Identifier: Apache-2.0
// The way of price through a bar: which order it meets next, and the records of equity on the way.
#include "backtest/broker_internal.h"

#include <math.h>

enum event_kind {
    EVENT_NONE,
    EVENT_ORDER,    // fills
    EVENT_STOP_HIT, // a stop-limit order becomes a limit order
    EVENT_LEG,      // an exit's limit
    EVENT_LEG_STOP,
    EVENT_LEG_TRAIL,
    EVENT_TRAIL_ON,
};

struct event {
    enum event_kind kind;
    uint32_t index;
    uint64_t seq;
    double at, distance;
};

struct way { // from the price now to the next waypoint, without gaps
    double from, to;
};

// Where price first is at or above (below) a level; NaN when not on this way. A level behind
// us, gapped over or placed late, is met where we are.
static double reach_up(struct way w, double level)
{
    if (level <= w.from)
        return w.from;
    return level <= w.to ? level : NAN;
}

static double reach_down(struct way w, double level)
{
    if (level >= w.from)
        return w.from;
    return level >= w.to ? level : NAN;
}

static double reach(struct way w, double level, bool up)
{
    return up ? reach_up(w, level) : reach_down(w, level);
}

static void offer(struct event *best, struct way w, double at, enum event_kind kind, uint32_t index,
                  uint64_t seq)
{
    if (isnan(at))
        return;
    double distance = fabs(at - w.from);
    if (best->kind != EVENT_NONE &&
        (distance > best->distance || (distance == best->distance && seq >= best->seq)))
        return;
    *best = (struct event){kind, index, seq, at, distance};
}

static void offer_order(const struct broker *b, struct event *best, struct way w, uint32_t index)
{
    const struct broker__order *o = &b->orders[index];
    if (b->closing && !o->at_close)
        return;
    if (o->market)
        offer(best, w, w.from, EVENT_ORDER, index, o->seq);
    else if (!isnan(o->stop) && !o->stop_hit)
        offer(best, w, reach(w, o->stop, o->is_long),
              isnan(o->limit) ? EVENT_ORDER : EVENT_STOP_HIT, index, o->seq);
    else
        offer(best, w, reach(w, o->limit, !o->is_long), EVENT_ORDER, index, o->seq);
}

static double trail_stop(const struct broker__leg *leg)
{
    return leg->is_long ? leg->trail_best - leg->trail_by : leg->trail_best + leg->trail_by;
}

static void offer_leg(const struct broker *b, struct event *best, struct way w, uint32_t index)
{
    const struct broker__leg *leg = &b->legs[index];
    bool up = leg->is_long; // the direction of profit
    if (leg->done || leg->qty <= 0)
        return;
    offer(best, w, reach(w, leg->stop, !up), EVENT_LEG_STOP, index, leg->exit_seq);
    if (leg->trail_on)
        offer(best, w, reach(w, trail_stop(leg), !up), EVENT_LEG_TRAIL, index, leg->exit_seq);
    else if (!isnan(leg->trail_by))
        offer(best, w, reach(w, leg->trail_at, up), EVENT_TRAIL_ON, index, leg->exit_seq);
    offer(best, w, reach(w, leg->limit, up), EVENT_LEG, index, leg->exit_seq);
}

static struct event next_event(const struct broker *b, struct way w)
{
    struct event best = {.kind = EVENT_NONE};
    for (uint32_t i = 0; i < b->order_count; i++)
        offer_order(b, &best, w, i);
    if (!b->closing || b->settings.strategy.process_orders_on_close) {
        for (uint32_t i = 0; i < b->leg_count; i++)
            offer_leg(b, &best, w, i);
    }
    return best;
}

static void advance(struct broker *b, double price)
{
    broker__touch(b, price);
    for (uint32_t i = 0; i < b->leg_count; i++) {
        struct broker__leg *leg = &b->legs[i];
        if (leg->trail_on)
            leg->trail_best = leg->is_long ? broker__max(leg->trail_best, price)
                                           : broker__min(leg->trail_best, price);
    }
}

static void meet(struct broker *b, const struct event *e)
{
    switch (e->kind) {
    case EVENT_ORDER:
        broker__execute_order(b, e->index, e->at);
        break;
    case EVENT_STOP_HIT:
        b->orders[e->index].stop_hit = true;
        break;
    case EVENT_LEG:
        broker__execute_leg(b, e->index, e->at, MET_LIMIT);
        break;
    case EVENT_LEG_STOP:
        broker__execute_leg(b, e->index, e->at, MET_STOP);
        break;
    case EVENT_LEG_TRAIL:
        broker__execute_leg(b, e->index, e->at, MET_TRAIL);
        break;
    case EVENT_TRAIL_ON:
        b->legs[e->index].trail_on = true;
        b->legs[e->index].trail_best = e->at;
        break;
    default:
        break;
    }
}

static void walk(struct broker *b, double to)
{
    for (;;) {
        struct way w = {b->cur, to};
        struct event e = next_event(b, w);
        if (e.kind == EVENT_NONE)
            break;
        advance(b, e.at);
        meet(b, &e);
    }
    advance(b, to);
    if (b->size != 0 && b->margin_watched)
        broker__margin_call(b);
    if (b->risk.watched)
        broker__risk_check(b);
}

static bool high_first(double open, double high, double low)
{
    return high - open < open - low;
}

// Nothing but market orders: all of them fill at the open, in the order they were issued.
static bool only_market_orders(const struct broker *b)
{
    for (uint32_t i = 0; i < b->order_count; i++) {
        if (!b->orders[i].market)
            return false;
    }
    return b->leg_count == 0 && b->exit_count == 0;
}

void broker__through_bar(struct broker *b, double open, double high, double low, double close)
{
    bool up = high_first(open, high, low);
    if (b->size == 0)
        b->high = b->low = open;
    if (b->size == 0 && b->leg_count == 0)
        b->cur = open; // without a position equity stays where it was
    else
        advance(b, open);
    if (!b->risk.watched && only_market_orders(b)) {
        while (b->order_count > 0)
            broker__execute_order(b, 0, open);
        if (b->size == 0) {
            b->cur = close;
            return;
        }
        if (!b->margin_watched) {
            broker__touch(b, up ? high : low);
            broker__touch(b, up ? low : high);
            broker__touch(b, close);
            return;
        }
    }
    walk(b, open); // what fills at the open, gaps included
    walk(b, up ? high : low);
    walk(b, up ? low : high);
    walk(b, close);
}

void broker__settle_close(struct broker *b)
{
    b->close_waits = false;
    b->closing = true;
    b->cur = b->last_close;
    walk(b, b->last_close);
    b->closing = false;
    for (uint32_t i = 0; i < b->order_count; i++)
        b->orders[i].at_close = false; // not met at the close: from now on like any other
    broker__set_bands(b);
}

// ---- bands -------------------------------------------------------------------------------------

static void set_track_band(struct broker *b)
{
    b->track_low = -INFINITY;
    b->track_high = INFINITY;
    if (b->size == 0)
        return;
    // equity = base + size * price; records fall outside these two.
    double upper = (broker__min(b->peak, b->trough + b->max_runup) - b->base) / b->size;
    double lower = (broker__max(b->peak - b->max_drawdown, b->trough) - b->base) / b->size;
    b->track_high = b->size > 0 ? upper : lower;
    b->track_low = b->size > 0 ? lower : upper;
}

void broker__track(struct broker *b, double open, double high, double low, double close)
{
    bool up = high_first(open, high, low);
    broker__touch(b, open);
    broker__touch(b, up ? high : low);
    broker__touch(b, up ? low : high);
    broker__touch(b, close);
    set_track_band(b);
}

static void quiet_above(struct broker *b, double level) // met when price rises to it
{
    if (level < b->quiet_high)
        b->quiet_high = level;
}

static void quiet_below(struct broker *b, double level)
{
    if (level > b->quiet_low)
        b->quiet_low = level;
}

static void bound(struct broker *b, double level, bool up)
{
    if (up)
        quiet_above(b, level);
    else
        quiet_below(b, level);
}

static void bound_leg(struct broker *b, const struct broker__leg *leg)
{
    bool up = leg->is_long;
    if (leg->done || leg->qty <= 0)
        return;
    bound(b, leg->stop, !up);
    bound(b, leg->limit, up);
    if (leg->trail_on) {
        bound(b, trail_stop(leg), !up);
        bound(b, leg->trail_best, up);
    } else if (!isnan(leg->trail_by)) {
        bound(b, leg->trail_at, up);
    }
}

double broker__margin_price(const struct broker *b)
{
    const struct script_strategy_settings *s = &b->settings.strategy;
    double ratio = (b->size > 0 ? s->margin_long : s->margin_short) / 100;
    double slope = b->size - fabs(b->size) * ratio; // of what is available, by price
    if (b->size == 0 || ratio == 0 || slope == 0)
        return NAN;
    return -b->base / slope;
}

static void bound_margin(struct broker *b)
{
    const struct script_strategy_settings *s = &b->settings.strategy;
    double ratio = (b->size > 0 ? s->margin_long : s->margin_short) / 100;
    double price = broker__margin_price(b);
    if (!isnan(price))
        bound(b, price, b->size - fabs(b->size) * ratio < 0);
}

// Comparisons with NaN are false, so a level that is not there bounds nothing.
void broker__set_bands(struct broker *b)
{
    if (b->order_count > 0 && b->orders[b->order_count - 1].market) {
        b->quiet_low = INFINITY; // the next bar fills it and sets the bands anew
        return;
    }
    b->quiet_low = -INFINITY;
    b->quiet_high = INFINITY;
    for (uint32_t i = 0; i < b->order_count; i++) {
        const struct broker__order *o = &b->orders[i];
        if (o->market)
            b->quiet_low = INFINITY;
        else if (!isnan(o->stop) && !o->stop_hit)
            bound(b, o->stop, o->is_long);
        else
            bound(b, o->limit, !o->is_long);
    }
    for (uint32_t i = 0; i < b->leg_count; i++)
        bound_leg(b, &b->legs[i]);
    bound_margin(b);
    if (b->close_waits || b->risk.watched)
        b->quiet_low = INFINITY; // settles the last close first; or rules are looked at on each bar
    set_track_band(b);
}
