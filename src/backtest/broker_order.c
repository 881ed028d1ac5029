// SPDX-License-Identifier: Apache-2.0
// What the emulator does with each order a strategy issues: refuse it with a reason, or keep it.
#include "backtest/broker_internal.h"

#include <math.h>
#include <string.h>

double broker__round_qty(const struct broker *b, double qty)
{
    double step = b->settings.lot_step;
    if (step <= 0)
        return qty;
    // A quantity that is on the grid but for its last bits stays there.
    double steps = floor(qty / step + 1e-9);
    double inverse = nearbyint(1 / step);
    return fabs(inverse * step - 1) < 1e-9 ? steps / inverse : steps * step;
}

uint32_t broker__entries_max(const struct broker *b)
{
    int n = b->settings.strategy.pyramiding;
    return n > 1 ? (uint32_t)n : 1;
}

double broker__open_qty(const struct broker *b, const char *entry_id)
{
    double sum = 0;
    for (uint32_t i = 0; i < b->lot_count; i++) {
        if (broker__same_text(b->lots[i].trade.entry_id, entry_id))
            sum += fabs(b->lots[i].trade.size);
    }
    return sum;
}

// On the tick grid, up or down; a price that is on it but for its last bits stays as it is.
static double round_price(const struct broker *b, double price, bool up)
{
    if (b->tick <= 0 || isnan(price))
        return price;
    double ticks = b->tick_inverse > 0 ? price * b->tick_inverse : price / b->tick;
    if (fabs(ticks - nearbyint(ticks)) < 1e-6)
        return price;
    ticks = up ? ceil(ticks) : floor(ticks);
    return b->tick_inverse > 0 ? ticks / b->tick_inverse : ticks * b->tick;
}

// Never better for the order than asked: a buy's limit down and its stop up, a sale's the other
// way.
static double round_limit(const struct broker *b, double price, bool is_buy)
{
    return round_price(b, price, !is_buy);
}

static double round_stop(const struct broker *b, double price, bool is_buy)
{
    return round_price(b, price, is_buy);
}

void broker__remove_order(struct broker *b, uint32_t index)
{
    if (index == --b->order_count)
        return;
    memmove(&b->orders[index], &b->orders[index + 1], (b->order_count - index) * sizeof *b->orders);
}

void broker__remove_exit(struct broker *b, uint32_t index)
{
    uint64_t seq = b->exits[index].seq;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < b->leg_count; i++) {
        if (b->legs[i].exit_seq != seq)
            b->legs[kept++] = b->legs[i];
    }
    b->leg_count = kept;
    b->exit_count--;
    memmove(&b->exits[index], &b->exits[index + 1], (b->exit_count - index) * sizeof *b->exits);
}

struct broker__exit *broker__exit_of(struct broker *b, uint64_t seq)
{
    for (uint32_t i = 0; i < b->exit_count; i++) {
        if (b->exits[i].seq == seq)
            return &b->exits[i];
    }
    return NULL;
}

// ---- legs --------------------------------------------------------------------------------------

static bool exit_matches(const struct broker__exit *e, const char *entry_id)
{
    return e->from_entry[0] == '\0' || strcmp(e->from_entry, entry_id) == 0;
}

static struct broker__leg *leg_of(struct broker *b, uint64_t exit_seq, uint64_t lot_seq)
{
    for (uint32_t i = 0; i < b->leg_count; i++) {
        if (b->legs[i].exit_seq == exit_seq && b->legs[i].lot_seq == lot_seq)
            return &b->legs[i];
    }
    return NULL;
}

// A level given as price and as ticks: the price, or whichever is nearer to the entry.
static double level_of(const struct broker *b, double price, double ticks, double entry, int sign)
{
    double tick = b->tick > 0 ? b->tick : BROKER__TICK_UNKNOWN;
    double other = entry + sign * ticks * tick; // NaN without ticks
    if (isnan(price) || isnan(other))
        return isnan(price) ? other : price;
    if (!b->settings.exit_takes_nearer)
        return price;
    return fabs(other - entry) < fabs(price - entry) ? other : price;
}

// Prices and quantity of a leg from its exit as it stands now.
static void resolve_leg(struct broker *b, const struct broker__exit *e, struct broker__leg *leg,
                        const struct broker__lot *lot)
{
    int sign = leg->is_long ? 1 : -1;
    bool is_buy = !leg->is_long;
    double tick = b->tick > 0 ? b->tick : BROKER__TICK_UNKNOWN;
    leg->limit = round_limit(b, level_of(b, e->limit, e->profit, leg->entry_price, sign), is_buy);
    leg->stop = round_stop(b, level_of(b, e->stop, e->loss, leg->entry_price, -sign), is_buy);
    leg->trail_at = level_of(b, e->trail_price, e->trail_points, leg->entry_price, sign);
    leg->trail_by = isnan(leg->trail_at) ? NAN : e->trail_offset * tick;
    if (!lot)
        return; // its trade was closed in another's place: the quantity stays
    double open = fabs(lot->trade.size), wanted = e->qty;
    if (isnan(wanted))
        wanted = isnan(e->qty_percent) || e->qty_percent >= 100
                     ? open
                     : broker__round_qty(b, lot->entry_qty * e->qty_percent / 100);
    for (uint32_t i = 0; i < b->leg_count; i++) {
        const struct broker__leg *other = &b->legs[i];
        if (other != leg && other->lot_seq == leg->lot_seq && !other->done)
            open -= other->qty;
    }
    leg->qty = fmax(fmin(wanted, open), 0);
}

static struct broker__lot *lot_of(struct broker *b, uint64_t seq)
{
    for (uint32_t i = 0; i < b->lot_count; i++) {
        if (b->lots[i].seq == seq)
            return &b->lots[i];
    }
    return NULL;
}

static void make_legs_of(struct broker *b, const struct broker__exit *e)
{
    for (uint32_t i = 0; i < b->lot_count; i++) {
        const struct broker__lot *lot = &b->lots[i];
        if (!exit_matches(e, lot->trade.entry_id) || leg_of(b, e->seq, lot->seq))
            continue;
        uint32_t max = b->order_max * 4;
        if (!broker__reserve(b, (void **)&b->legs, &b->leg_cap, b->leg_count, max,
                             sizeof *b->legs)) {
            b->refused++;
            return;
        }
        struct broker__leg *leg = &b->legs[b->leg_count++];
        *leg = (struct broker__leg){
            .exit_seq = e->seq,
            .lot_seq = lot->seq,
            .is_long = lot->trade.size > 0,
            .entry_price = lot->trade.entry_price,
            .trail_best = NAN,
        };
        resolve_leg(b, e, leg, lot);
    }
}

void broker__make_legs(struct broker *b)
{
    for (uint32_t i = 0; i < b->exit_count; i++)
        make_legs_of(b, &b->exits[i]);
}

// Legs whose trade is gone: with FIFO another trade stands in while anything is open.
static void drop_void_legs(struct broker *b)
{
    bool any = b->settings.strategy.close_entries_any;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < b->leg_count; i++) {
        const struct broker__leg *leg = &b->legs[i];
        bool lot_open = lot_of(b, leg->lot_seq) != NULL;
        bool turned = b->size == 0 || leg->is_long != (b->size > 0);
        if (lot_open || (!any && !turned && !leg->done))
            b->legs[kept++] = *leg;
    }
    b->leg_count = kept;
}

static bool exit_has_leg(const struct broker *b, const struct broker__exit *e)
{
    for (uint32_t i = 0; i < b->leg_count; i++) {
        if (b->legs[i].exit_seq == e->seq)
            return true;
    }
    return false;
}

// Could a waiting order still open a trade this exit is for?
static bool exit_awaits(const struct broker *b, const struct broker__exit *e)
{
    for (uint32_t i = 0; i < b->order_count; i++) {
        const struct broker__order *o = &b->orders[i];
        bool opens = o->kind == SCRIPT_ORDER_ENTRY || o->kind == SCRIPT_ORDER_RAW;
        if (opens && exit_matches(e, o->id))
            return true;
    }
    return false;
}

void broker__prune_exits(struct broker *b)
{
    drop_void_legs(b);
    for (uint32_t i = b->exit_count; i-- > 0;) {
        if (!exit_has_leg(b, &b->exits[i]) && !exit_awaits(b, &b->exits[i]))
            broker__remove_exit(b, i);
    }
}

// ---- orders ------------------------------------------------------------------------------------

// Default quantity of an entry, its own commission inside an amount of money.
double broker__default_qty(const struct broker *b, double price)
{
    const struct script_strategy_settings *s = &b->settings.strategy;
    if (s->default_qty_kind == SCRIPT_QTY_FIXED)
        return s->default_qty_value;
    double money = s->default_qty_value;
    if (s->default_qty_kind == SCRIPT_QTY_PERCENT_OF_EQUITY)
        money = broker__equity(b, b->last_close) * s->default_qty_value / 100;
    else
        return money / price; // a sum of cash buys that much, as documented
    switch (s->commission_kind) {
    case SCRIPT_COMMISSION_PERCENT:
        return money / (price * (1 + s->commission_value / 100));
    case SCRIPT_COMMISSION_CASH_PER_CONTRACT:
        return money / (price + s->commission_value);
    default:
        return (money - s->commission_value) / price;
    }
}

static bool affordable(const struct broker *b, bool is_long, double qty, double price, bool adds)
{
    const struct script_strategy_settings *s = &b->settings.strategy;
    double ratio = (is_long ? s->margin_long : s->margin_short) / 100;
    double equity = broker__equity(b, b->last_close);
    double held = adds ? fabs(b->size) : 0;
    return ratio == 0 ||
           (held + qty) * price * ratio <= equity + 1e-9 * broker__max(fabs(equity), 1);
}

// Market entries of this direction under other ids that will fill before this one.
static uint32_t entries_ahead(const struct broker *b, bool is_long, const char *id)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < b->order_count; i++) {
        const struct broker__order *o = &b->orders[i];
        count += o->kind == SCRIPT_ORDER_ENTRY && o->market && o->is_long == is_long &&
                 strcmp(o->id, id) != 0;
    }
    return count;
}

// The order with this id that a new one of the kind replaces, or a new place at the end.
static struct broker__order *order_place(struct broker *b, enum script_order_kind kind,
                                         const char *id)
{
    bool closes = kind == SCRIPT_ORDER_CLOSE || kind == SCRIPT_ORDER_CLOSE_ALL;
    for (uint32_t i = 0; i < b->order_count; i++) {
        const struct broker__order *o = &b->orders[i];
        bool other_closes = o->kind == SCRIPT_ORDER_CLOSE || o->kind == SCRIPT_ORDER_CLOSE_ALL;
        if (closes != other_closes || strcmp(o->id, id) != 0)
            continue;
        broker__remove_order(b, i);
        break;
    }
    if (!broker__reserve(b, (void **)&b->orders, &b->order_cap, b->order_count, b->order_max,
                         sizeof *b->orders))
        return NULL;
    return &b->orders[b->order_count++];
}

// A place for an accepted order with what all kinds share; NULL (and the answer) when there is
// none.
static struct broker__order *add_order(struct broker *b, const struct script_order *s,
                                       struct broker_decision *d)
{
    const char *id = broker__text(b, s->kind == SCRIPT_ORDER_CLOSE_ALL ? "close_all" : s->id);
    struct broker__order *o = order_place(b, s->kind, id);
    if (!o) {
        d->answer = BROKER_FULL;
        return NULL;
    }
    o->id = id;
    o->seq = ++b->seq;
    o->kind = s->kind;
    o->is_long = s->is_long;
    o->market = d->market;
    o->stop_hit = o->close_only = false;
    o->oca_kind = s->oca_kind;
    o->oca_name = broker__text(b, s->oca_name);
    o->comment = broker__text(b, s->comment);
    o->at_close = b->settings.strategy.process_orders_on_close || s->immediately;
    b->close_waits = b->close_waits || o->at_close;
    return o;
}

// entry and raw (strategy.order)
static void place_opening(struct broker *b, const struct script_order *s, struct broker_decision *d)
{
    bool is_entry = s->kind == SCRIPT_ORDER_ENTRY;
    bool adds = s->is_long ? b->size > 0 : b->size < 0;
    bool reverses = !adds && b->size != 0;
    double limit = round_limit(b, s->limit, s->is_long), stop = round_stop(b, s->stop, s->is_long);
    bool marketable = isnan(stop) || (s->is_long ? stop <= b->last_close : stop >= b->last_close);
    double price = !isnan(limit) ? limit : marketable ? b->last_close : stop;
    double qty = broker__round_qty(b, isnan(s->qty) ? broker__default_qty(b, price) : s->qty);

    bool close_only = false;
    if (is_entry && b->risk.watched) {
        qty = broker__round_qty(b, broker__risk_entry(b, s->is_long, qty, &close_only));
        if (!(qty > 0) || (close_only && !reverses)) {
            d->answer = BROKER_RISK;
            return;
        }
    }
    d->market = isnan(limit) && isnan(stop);
    d->opens = !close_only && (is_entry || !reverses || qty > fabs(b->size));
    d->closes = reverses;
    d->qty = qty;
    d->percent = !reverses ? NAN : is_entry ? 100 : fmin(qty / fabs(b->size), 1) * 100;
    if (is_entry) {
        uint32_t there = (adds ? b->lot_count : 0) + entries_ahead(b, s->is_long, s->id);
        if (there >= broker__entries_max(b)) {
            d->answer = BROKER_NO_ROOM_TO_ADD;
            return;
        }
    } else if (adds && b->lot_count >= b->lot_max) {
        d->answer = BROKER_FULL;
        return;
    }
    if (!(qty > 0) || !isfinite(qty)) {
        d->answer = BROKER_NO_SIZE;
        return;
    }
    double opening = close_only ? 0 : is_entry || !reverses ? qty : qty - fabs(b->size);
    if (opening > 0 && !affordable(b, s->is_long, opening, price, adds)) {
        d->answer = BROKER_NO_MONEY;
        return;
    }
    struct broker__order *o = add_order(b, s, d);
    if (!o)
        return;
    o->close_only = close_only;
    o->qty = qty;
    o->qty_percent = NAN;
    o->limit = limit;
    o->stop = stop;
}

static void place_close(struct broker *b, const struct script_order *s, struct broker_decision *d)
{
    bool all = s->kind == SCRIPT_ORDER_CLOSE_ALL;
    double open = all ? fabs(b->size) : broker__open_qty(b, s->id);
    if (!(open > 0)) {
        d->answer = BROKER_NO_TARGET;
        return;
    }
    double qty = open;
    if (!all && !isnan(s->qty))
        qty = fmin(broker__round_qty(b, s->qty), open);
    else if (!all && !isnan(s->qty_percent) && s->qty_percent < 100)
        qty = broker__round_qty(b, open * s->qty_percent / 100);
    d->market = d->closes = true;
    d->qty = qty;
    d->percent = qty / fabs(b->size) * 100;
    if (!(qty > 0)) {
        d->answer = BROKER_NO_SIZE;
        return;
    }
    struct broker__order *o = add_order(b, s, d);
    if (!o)
        return;
    o->qty = all || isnan(s->qty) ? NAN : qty;
    o->qty_percent = all ? NAN : s->qty_percent;
    o->limit = o->stop = NAN;
}

static struct broker__exit *exit_place(struct broker *b, const char *id, const char *from_entry)
{
    for (uint32_t i = 0; i < b->exit_count; i++) {
        struct broker__exit *e = &b->exits[i];
        if (strcmp(e->id, id) == 0 && strcmp(e->from_entry, from_entry) == 0)
            return e;
    }
    if (!broker__reserve(b, (void **)&b->exits, &b->exit_cap, b->exit_count, b->order_max,
                         sizeof *b->exits))
        return NULL;
    struct broker__exit *e = &b->exits[b->exit_count++];
    *e = (struct broker__exit){.seq = ++b->seq, .id = id, .from_entry = from_entry};
    return e;
}

// Takes over the values of a call; legs that stand follow it, a trail that runs keeps its best.
static void set_exit(struct broker *b, struct broker__exit *e, const struct script_order *s)
{
    e->oca_name = broker__text(b, s->oca_name);
    e->oca_kind = s->oca_kind;
    e->comment = broker__text(b, s->comment);
    e->comment_profit = broker__text(b, s->comment_profit);
    e->comment_loss = broker__text(b, s->comment_loss);
    e->comment_trailing = broker__text(b, s->comment_trailing);
    e->qty = s->qty;
    e->qty_percent = s->qty_percent;
    e->limit = s->limit;
    e->stop = s->stop;
    e->profit = s->profit;
    e->loss = s->loss;
    e->trail_price = s->trail_price;
    e->trail_points = s->trail_points;
    e->trail_offset = s->trail_offset;
    for (uint32_t i = 0; i < b->leg_count; i++) {
        if (b->legs[i].exit_seq == e->seq && !b->legs[i].done)
            resolve_leg(b, e, &b->legs[i], lot_of(b, b->legs[i].lot_seq));
    }
    make_legs_of(b, e);
}

static void place_exit(struct broker *b, const struct script_order *s, struct broker_decision *d)
{
    bool trails = (!isnan(s->trail_price) || !isnan(s->trail_points)) && !isnan(s->trail_offset);
    d->closes = true;
    d->percent = NAN;
    if (isnan(s->limit) && isnan(s->stop) && isnan(s->profit) && isnan(s->loss) && !trails) {
        d->answer = BROKER_NO_PRICE;
        return;
    }
    const char *id = broker__text(b, s->id), *from_entry = broker__text(b, s->from_entry);
    struct broker__exit probe = {.from_entry = from_entry};
    bool open = from_entry[0] ? broker__open_qty(b, from_entry) > 0 : b->size != 0;
    if (!open && !exit_awaits(b, &probe)) {
        d->answer = BROKER_NO_TARGET;
        return;
    }
    struct broker__exit *e = exit_place(b, id, from_entry);
    if (!e) {
        d->answer = BROKER_FULL;
        return;
    }
    set_exit(b, e, s);
    b->close_waits = b->close_waits || b->settings.strategy.process_orders_on_close;
}

static void cancel(struct broker *b, const struct script_order *s, struct broker_decision *d)
{
    bool all = s->kind == SCRIPT_ORDER_CANCEL_ALL;
    const char *id = s->id ? s->id : "";
    uint32_t before = b->order_count + b->exit_count;
    for (uint32_t i = b->order_count; i-- > 0;) {
        if (all || strcmp(b->orders[i].id, id) == 0)
            broker__remove_order(b, i);
    }
    for (uint32_t i = b->exit_count; i-- > 0;) {
        if (all || strcmp(b->exits[i].id, id) == 0)
            broker__remove_exit(b, i);
    }
    if (b->order_count + b->exit_count == before)
        d->answer = BROKER_NO_TARGET;
    else
        broker__prune_exits(b);
}

void broker__order(struct broker *b, const struct script_order *o)
{
    static void (*const place[])(struct broker *, const struct script_order *,
                                 struct broker_decision *) = {
        [SCRIPT_ORDER_ENTRY] = place_opening, [SCRIPT_ORDER_EXIT] = place_exit,
        [SCRIPT_ORDER_CLOSE] = place_close,   [SCRIPT_ORDER_CLOSE_ALL] = place_close,
        [SCRIPT_ORDER_RAW] = place_opening,   [SCRIPT_ORDER_CANCEL] = cancel,
        [SCRIPT_ORDER_CANCEL_ALL] = cancel,
    };
    struct broker_decision d = {.order = o, .qty = NAN, .percent = NAN};
    broker__texts_tidy(b);
    bool cancels = o->kind == SCRIPT_ORDER_CANCEL || o->kind == SCRIPT_ORDER_CANCEL_ALL;
    if (!cancels && (b->risk.stopped || b->risk.stopped_today))
        d.answer = BROKER_RISK;
    else
        place[o->kind](b, o, &d);
    if (d.answer == BROKER_ACCEPTED)
        b->order_count_total++;
    else
        b->refused++;
    broker__set_bands(b);
    if (b->settings.on_order)
        b->settings.on_order(b->settings.arg, &d);
}
