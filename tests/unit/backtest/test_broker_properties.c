// SPDX-License-Identifier: Apache-2.0
// The emulator on random bars and orders: money adds up, blocks change nothing, and a second
// emulator that walks every tick of every bar fills the same.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "unit/backtest/support_broker.h"

static int between(struct random *r, int from, int to)
{
    return from + (int)random_below(r, (uint64_t)(to - from + 1));
}

// Whole prices, so that a tick is 1.
struct bar {
    int open, high, low, close;
};

static struct bar random_bar(struct random *r, int last)
{
    struct bar b;
    b.open = last + (random_below(r, 4) == 0 ? between(r, -6, 6) : 0);
    b.close = b.open + between(r, -6, 6);
    b.high = (b.open > b.close ? b.open : b.close) + between(r, 0, 5);
    b.low = (b.open < b.close ? b.open : b.close) - between(r, 0, 5);
    int lift = b.low < 20 ? 20 - b.low : 0;
    return (struct bar){b.open + lift, b.high + lift, b.low + lift, b.close + lift};
}

// ---- a second emulator --------------------------------------------------------------------------

enum {
    SIDE_L,
    SIDE_S
};

struct plain_order {
    bool there, market;
    int limit, stop; // 0 = none
    int seq;
};

struct plain_exit {
    bool there;
    int limit, stop;
    int seq;
};

// One unit, one position; entries "L" and "S", one exit each, "XL" and "XS".
struct plain {
    int side; // -1 none
    int entry;
    int seq;
    struct plain_order orders[2];
    struct plain_exit exits[2];
    bool close_order;
    int close_seq;
    int fills[4096]; // price, negative for a closing fill
    int fill_count;
};

static void plain_note(struct plain *p, int price)
{
    assert_true(p->fill_count < 4096);
    p->fills[p->fill_count++] = price;
}

static void plain_prune(struct plain *p)
{
    for (int s = 0; s < 2; s++) {
        if (p->side != s && !p->orders[s].there)
            p->exits[s].there = false;
    }
}

static void plain_leave(struct plain *p, int price)
{
    plain_note(p, -price);
    p->side = -1;
}

static void plain_enter(struct plain *p, int side, int price)
{
    p->orders[side].there = false;
    if (p->side == side)
        return;
    if (p->side >= 0)
        plain_leave(p, price);
    p->side = side;
    p->entry = price;
    plain_note(p, price);
}

static bool order_met(const struct plain_order *o, int side, int price)
{
    if (!o->there)
        return false;
    bool buy = side == SIDE_L;
    return o->market || (o->limit && (buy ? price <= o->limit : price >= o->limit)) ||
           (o->stop && (buy ? price >= o->stop : price <= o->stop));
}

static bool exit_met(const struct plain *p, int side, int price)
{
    const struct plain_exit *e = &p->exits[side];
    if (!e->there || p->side != side)
        return false;
    bool is_long = side == SIDE_L;
    return (e->stop && (is_long ? price <= e->stop : price >= e->stop)) ||
           (e->limit && (is_long ? price >= e->limit : price <= e->limit));
}

// Everything that price meets where it stands, the oldest first.
static void plain_tick(struct plain *p, int price)
{
    for (;;) {
        int best = 0, seq = 0;
        for (int s = 0; s < 2; s++) {
            if (order_met(&p->orders[s], s, price) && (!best || p->orders[s].seq < seq)) {
                best = 1 + s;
                seq = p->orders[s].seq;
            }
            if (exit_met(p, s, price) && (!best || p->exits[s].seq < seq)) {
                best = 3 + s;
                seq = p->exits[s].seq;
            }
        }
        if (p->close_order && (!best || p->close_seq < seq))
            best = 5;
        if (!best)
            return;
        if (best <= 2) {
            plain_enter(p, best - 1, price);
        } else if (best <= 4) {
            plain_leave(p, price);
        } else {
            p->close_order = false;
            if (p->side == SIDE_L) // it named "L"
                plain_leave(p, price);
        }
        plain_prune(p);
    }
}

static void plain_walk(struct plain *p, int from, int to)
{
    for (int price = from; price != to; price += to > from ? 1 : -1)
        plain_tick(p, price);
    plain_tick(p, to);
}

static void plain_bar(struct plain *p, const struct bar *b)
{
    bool up = b->high - b->open < b->open - b->low;
    int first = up ? b->high : b->low, second = up ? b->low : b->high;
    plain_tick(p, b->open);
    plain_walk(p, b->open, first);
    plain_walk(p, first, second);
    plain_walk(p, second, b->close);
}

// ---- the same orders to both --------------------------------------------------------------------

static void send_entry(struct desk *d, struct plain *p, struct random *r, int close)
{
    int side = (int)random_below(r, 2), kind = (int)random_below(r, 3);
    int level = close + between(r, -6, 6);
    struct script_order o =
        desk_order(SCRIPT_ORDER_ENTRY, side == SIDE_L, side == SIDE_L ? "L" : "S");
    if (kind == 1)
        o.limit = level;
    if (kind == 2)
        o.stop = level;
    enum broker_answer got = desk_send(d, o);
    assert_int_equal(got, p->side == side ? BROKER_NO_ROOM_TO_ADD : BROKER_ACCEPTED);
    if (p->side != side)
        p->orders[side] = (struct plain_order){true, kind == 0, kind == 1 ? level : 0,
                                               kind == 2 ? level : 0, ++p->seq};
}

static void send_exit(struct desk *d, struct plain *p, struct random *r, int close)
{
    int side = (int)random_below(r, 2), sign = side == SIDE_L ? 1 : -1;
    int limit = random_below(r, 3) ? close + sign * between(r, -1, 8) : 0;
    int stop = random_below(r, 3) || !limit ? close - sign * between(r, -1, 8) : 0;
    enum broker_answer got =
        desk_exit(d, side == SIDE_L ? "XL" : "XS", side == SIDE_L ? "L" : "S",
                  limit ? (double)limit : (double)NAN, stop ? (double)stop : (double)NAN);
    bool target = p->side == side || p->orders[side].there;
    assert_int_equal(got, target ? BROKER_ACCEPTED : BROKER_NO_TARGET);
    if (!target)
        return;
    int seq = p->exits[side].there ? p->exits[side].seq : ++p->seq;
    p->exits[side] = (struct plain_exit){true, limit, stop, seq};
}

static void send_close(struct desk *d, struct plain *p)
{
    enum broker_answer got = desk_close_id(d, "L");
    assert_int_equal(got, p->side == SIDE_L ? BROKER_ACCEPTED : BROKER_NO_TARGET);
    if (p->side == SIDE_L) {
        p->close_order = true;
        p->close_seq = ++p->seq;
    }
}

static void send_cancel(struct desk *d, struct plain *p)
{
    desk_send(d, desk_order(SCRIPT_ORDER_CANCEL, false, "S"));
    p->orders[SIDE_S].there = false;
    plain_prune(p);
}

static void send_random(struct desk *d, struct plain *p, struct random *r, int close)
{
    switch (random_below(r, 12)) {
    case 0:
    case 1:
        send_entry(d, p, r, close);
        break;
    case 2:
    case 3:
    case 4:
        send_exit(d, p, r, close);
        break;
    case 5:
        send_close(d, p);
        break;
    case 6:
        send_cancel(d, p);
        break;
    default:
        break; // most bars pass without
    }
}

static void compare_fills(const struct desk *d, const struct plain *p, int *seen)
{
    assert_int_equal(d->fill_count, p->fill_count - *seen);
    for (size_t i = 0; i < d->fill_count; i++) {
        int wanted = p->fills[*seen + (int)i];
        assert_true(d->fills[i].price == abs(wanted));
        assert_int_equal(d->fills[i].opens, wanted > 0);
    }
    *seen = p->fill_count;
}

static void fills_as_tick_by_tick(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 77);
    static struct plain p;
    long fills = 0;
    for (int run = 0; run < 300; run++) {
        struct desk d;
        desk_settings(&d);
        d.settings.tick_size = 1;
        desk_open(&d);
        p = (struct plain){.side = -1};
        int last = 100, seen = 0;
        for (int i = 0; i < 300; i++) {
            struct bar b = random_bar(&r, last);
            last = b.close;
            d.fill_count = 0;
            desk_bar(&d, b.open, b.high, b.low, b.close);
            plain_bar(&p, &b);
            compare_fills(&d, &p, &seen);
            int held = p.side == SIDE_L ? 1 : p.side == SIDE_S ? -1 : 0;
            assert_true(d.account.position_size == held);
            for (uint64_t k = random_below(&r, 3); k > 0; k--)
                send_random(&d, &p, &r, b.close);
        }
        fills += seen;
        desk_close(&d);
    }
    assert_true(fills > 5000);
}

// ---- money --------------------------------------------------------------------------------------

static void random_settings(struct desk *d, struct random *r)
{
    desk_settings(d);
    struct script_strategy_settings *s = &d->settings.strategy;
    s->pyramiding = between(r, 0, 4);
    s->commission_kind = (enum script_commission_kind)random_below(r, 3);
    s->commission_value = random_unit(r);
    s->slippage_ticks = between(r, 0, 3);
    s->default_qty_kind = (enum script_qty_kind)random_below(r, 3);
    s->default_qty_value = 1 + random_unit(r) * 40;
    s->margin_long = random_below(r, 2) ? 100 : 0;
    s->margin_short = random_below(r, 2) ? 50 : 0;
    s->process_orders_on_close = random_below(r, 4) == 0;
    s->close_entries_any = random_below(r, 2);
    d->settings.lot_step = random_below(r, 2) ? 0.01 : 0;
    d->settings.max_open_trades = 12;
}

static struct script_order random_order(struct random *r, double close)
{
    static const char *const ids[] = {"A", "B", "C"};
    static const enum script_order_kind kinds[] = {
        SCRIPT_ORDER_ENTRY, SCRIPT_ORDER_ENTRY, SCRIPT_ORDER_EXIT,   SCRIPT_ORDER_EXIT,
        SCRIPT_ORDER_CLOSE, SCRIPT_ORDER_RAW,   SCRIPT_ORDER_CANCEL, SCRIPT_ORDER_CLOSE_ALL,
    };
    struct script_order o =
        desk_order(kinds[random_below(r, 8)], random_below(r, 2), ids[random_below(r, 3)]);
    if (random_below(r, 3) == 0)
        o.limit = close * (0.95 + random_unit(r) / 10);
    if (random_below(r, 3) == 0)
        o.stop = close * (0.95 + random_unit(r) / 10);
    if (random_below(r, 4) == 0)
        o.qty = random_unit(r) * 20;
    if (random_below(r, 4) == 0)
        o.qty_percent = random_unit(r) * 120;
    if (o.kind == SCRIPT_ORDER_EXIT) {
        o.from_entry = random_below(r, 3) ? ids[random_below(r, 3)] : "";
        if (random_below(r, 3) == 0)
            o.profit = random_unit(r) * 500;
        if (random_below(r, 3) == 0)
            o.loss = random_unit(r) * 500;
        if (random_below(r, 3) == 0) {
            o.trail_points = random_unit(r) * 300;
            o.trail_offset = random_unit(r) * 300;
        }
    }
    if (random_below(r, 5) == 0) {
        o.oca_name = "G";
        o.oca_kind = between(r, 0, 2);
    }
    return o;
}

static void assert_books(const struct desk *d)
{
    struct broker_state s = desk_state(d);
    double closed = 0, fees = 0, open = 0, size = 0;
    for (int64_t i = 0; i < s.closed_trades; i++) {
        const struct broker_trade *t = desk_trade(d, i);
        double gross = (t->exit_price - t->entry_price) * t->size;
        assert_true(fabs(t->profit - (gross - t->commission)) < 1e-6);
        assert_true(t->commission >= 0 && t->size != 0);
        assert_true(t->max_runup >= 0 && t->max_drawdown >= 0);
        assert_true(t->exit_bar >= t->entry_bar && t->exit_price > 0);
        closed += t->profit;
        fees += t->commission;
    }
    struct broker_trade t;
    int64_t count = 0;
    for (; broker_open_trade(d->broker, count, &t); count++) {
        open += t.profit;
        size += t.size;
        fees += t.commission;
        assert_true((t.size > 0) == (s.position_size > 0)); // one direction at a time
    }
    double initial = d->settings.strategy.initial_capital;
    assert_int_equal(count, s.open_trades);
    assert_true(fabs(size - s.position_size) < 1e-9);
    assert_true(fabs(fees - s.commission) < 1e-6);
    assert_true(fabs(s.net_profit - closed) < 1e-6);
    assert_true(fabs(s.open_profit - open) < 1e-6);
    assert_true(fabs(s.equity - (initial + closed + open)) < 1e-6);
    assert_true(fabs(s.gross_profit - s.gross_loss - s.net_profit) < 1e-6);
    assert_int_equal(s.win_trades + s.loss_trades + s.even_trades, s.closed_trades);
    assert_true(s.max_drawdown >= initial - s.equity - 1e-6);
    assert_true(s.max_runup >= s.equity - initial - 1e-6);
    assert_true(s.bars_in_market <= s.bars);
}

static void random_price_bar(struct random *r, double last, double out[4])
{
    double open = last * (1 + (random_unit(r) - 0.5) * 0.01);
    double close = open * (1 + (random_unit(r) - 0.5) * 0.06);
    out[0] = nearbyint(open * 100) / 100;
    out[3] = nearbyint(close * 100) / 100;
    out[1] = nearbyint(fmax(out[0], out[3]) * (1 + random_unit(r) * 0.02) * 100) / 100;
    out[2] = nearbyint(fmin(out[0], out[3]) * (1 - random_unit(r) * 0.02) * 100) / 100;
    out[1] = fmax(out[1], fmax(out[0], out[3]));
    out[2] = fmin(out[2], fmin(out[0], out[3]));
}

static void money_adds_up(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 78);
    int64_t trades = 0, calls = 0;
    for (int run = 0; run < 150; run++) {
        struct desk d;
        random_settings(&d, &r);
        desk_open(&d);
        double last = 100, bar[4];
        for (int i = 0; i < 300; i++) {
            random_price_bar(&r, last, bar);
            last = bar[3];
            desk_bar(&d, bar[0], bar[1], bar[2], bar[3]);
            for (uint64_t k = random_below(&r, 3); k > 0; k--)
                desk_send(&d, random_order(&r, last));
            if (i % 50 == 0)
                assert_books(&d);
        }
        broker_finish(d.broker);
        assert_books(&d);
        trades += desk_state(&d).closed_trades;
        calls += desk_state(&d).margin_calls;
        desk_close(&d);
    }
    assert_true(trades > 3000);
    assert_true(calls > 0);
}

// ---- blocks -------------------------------------------------------------------------------------

#define BLOCK_BARS 400

struct history {
    time_ms time[BLOCK_BARS];
    double open[BLOCK_BARS], high[BLOCK_BARS], low[BLOCK_BARS], close[BLOCK_BARS];
    double volume[BLOCK_BARS];
};

static void random_history(struct history *h, struct random *r)
{
    double last = 100, bar[4];
    for (int i = 0; i < BLOCK_BARS; i++) {
        random_price_bar(r, last, bar);
        last = bar[3];
        h->time[i] = INT64_C(1600000200000) + i * 15 * MS_MINUTE;
        h->open[i] = bar[0];
        h->high[i] = bar[1];
        h->low[i] = bar[2];
        h->close[i] = bar[3];
    }
}

static void assert_same_books(struct desk *a, struct desk *b)
{
    struct broker_state x = desk_state(a), y = desk_state(b);
    assert_true(x.equity == y.equity && x.net_profit == y.net_profit);
    assert_true(x.max_drawdown == y.max_drawdown && x.max_runup == y.max_runup);
    assert_true(x.max_drawdown_percent == y.max_drawdown_percent);
    assert_int_equal(x.bars, y.bars);
    assert_int_equal(x.bars_in_market, y.bars_in_market);
    assert_int_equal(x.closed_trades, y.closed_trades);
    for (int64_t i = 0; i < x.closed_trades; i++) {
        const struct broker_trade *s = desk_trade(a, i), *t = desk_trade(b, i);
        assert_true(s->profit == t->profit && s->exit_bar == t->exit_bar);
        assert_true(s->max_runup == t->max_runup && s->max_drawdown == t->max_drawdown);
    }
    size_t n, m;
    const struct broker_sample *p = broker_samples(a->broker, &n);
    const struct broker_sample *q = broker_samples(b->broker, &m);
    assert_int_equal(n, m);
    for (size_t i = 0; i < n; i++)
        assert_true(p[i].time == q[i].time && p[i].equity == q[i].equity);
}

// Bars one by one with an account, and in stretches without: bit-identical.
static void blocks_change_nothing(void **state)
{
    (void)state;
    struct random r, orders;
    random_init(&r, 79);
    static struct history h;
    for (int run = 0; run < 60; run++) {
        random_history(&h, &r);
        struct desk a, b;
        random_settings(&a, &r);
        b = a;
        desk_open(&a);
        desk_open(&b);
        random_init(&orders, (uint64_t)run);
        size_t fed = 0;
        for (size_t i = 0; i < BLOCK_BARS; i++) {
            desk_bar(&a, h.open[i], h.high[i], h.low[i], h.close[i]);
            if (random_below(&orders, 6) != 0)
                continue;
            struct script_bars part = {h.time + fed, h.open + fed,  h.high + fed,
                                       h.low + fed,  h.close + fed, h.volume + fed};
            broker_bars(b.broker, (int64_t)fed, i + 1 - fed, &part);
            fed = i + 1;
            b.bar = (int64_t)fed;
            struct script_order o = random_order(&orders, h.close[i]);
            assert_int_equal(desk_send(&a, o), desk_send(&b, o));
        }
        struct script_bars rest = {h.time + fed, h.open + fed,  h.high + fed,
                                   h.low + fed,  h.close + fed, h.volume + fed};
        broker_bars(b.broker, (int64_t)fed, BLOCK_BARS - fed, &rest);
        broker_finish(a.broker);
        broker_finish(b.broker);
        assert_same_books(&a, &b);
        desk_close(&a);
        desk_close(&b);
    }
}

// Equity records kept by skipping bars equal those found by looking at every bar's path.
static void records_equal_a_full_walk(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 80);
    static struct history h;
    for (int run = 0; run < 60; run++) {
        random_history(&h, &r);
        struct desk d;
        desk_settings(&d);
        desk_open(&d);
        double peak = 10000, trough = 10000, drawdown = 0, runup = 0;
        int held = 0, wanted = 0;
        double entry = 0, banked = 10000;
        for (size_t i = 0; i < BLOCK_BARS; i++) {
            desk_bar(&d, h.open[i], h.high[i], h.low[i], h.close[i]);
            if (wanted != held) {
                banked += held * (h.open[i] - entry);
                entry = h.open[i];
                held = wanted;
            }
            bool up = h.high[i] - h.open[i] < h.open[i] - h.low[i];
            double path[4] = {h.open[i], up ? h.high[i] : h.low[i], up ? h.low[i] : h.high[i],
                              h.close[i]};
            for (int k = 0; k < 4; k++) {
                double equity = banked + held * (path[k] - entry);
                peak = fmax(peak, equity);
                trough = fmin(trough, equity);
                drawdown = fmax(drawdown, peak - equity);
                runup = fmax(runup, equity - trough);
            }
            assert_true(fabs(d.account.max_drawdown - drawdown) < 1e-7);
            assert_true(fabs(d.account.max_runup - runup) < 1e-7);
            if (random_below(&r, 15) == 0) {
                wanted = random_below(&r, 2) ? 1 : -1;
                desk_entry(&d, wanted > 0, wanted > 0 ? "L" : "S");
            }
        }
        desk_close(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_as_tick_by_tick),
        cmocka_unit_test(money_adds_up),
        cmocka_unit_test(blocks_change_nothing),
        cmocka_unit_test(records_equal_a_full_walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
