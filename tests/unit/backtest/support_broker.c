// SPDX-License-Identifier: Apache-2.0
// A broker under test.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "unit/backtest/support_broker.h"

static void note_decision(void *arg, const struct broker_decision *decision)
{
    struct desk *d = arg;
    d->last = *decision;
}

static void note_fill(void *arg, const struct broker_fill *f)
{
    struct desk *d = arg;
    if (d->fill_count < DESK_FILLS_MAX)
        d->fills[d->fill_count++] = *f;
}

void desk_settings(struct desk *d)
{
    *d = (struct desk){
        .settings = {.strategy = {.initial_capital = 10000,
                                  .default_qty_kind = SCRIPT_QTY_FIXED,
                                  .default_qty_value = 1},
                     .tick_size = 0.01,
                     .max_closed_trades = 100000,
                     .max_samples = 1000},
    };
}

void desk_open(struct desk *d)
{
    d->settings.arg = d;
    d->settings.on_order = note_decision;
    d->settings.on_fill = note_fill;
    assert_int_equal(broker_create(&d->settings, &d->broker), 0);
    d->calls = broker_interface(d->broker);
}

void desk_close(struct desk *d)
{
    assert_int_equal(broker_error(d->broker), 0);
    broker_destroy(d->broker);
    d->broker = NULL;
}

void desk_bar(struct desk *d, double open, double high, double low, double close)
{
    time_ms time = INT64_C(1600000200000) + d->bar * 15 * MS_MINUTE;
    d->calls.bar(d->calls.arg, d->bar, time, open, high, low, close, &d->account);
    d->bar++;
}

struct script_order desk_order(enum script_order_kind kind, bool is_long, const char *id)
{
    return (struct script_order){.kind = kind,
                                 .is_long = is_long,
                                 .id = id,
                                 .from_entry = "",
                                 .oca_name = "",
                                 .comment = "",
                                 .alert_message = "",
                                 .qty = NAN,
                                 .qty_percent = NAN,
                                 .limit = NAN,
                                 .stop = NAN,
                                 .profit = NAN,
                                 .loss = NAN,
                                 .trail_price = NAN,
                                 .trail_points = NAN,
                                 .trail_offset = NAN};
}

enum broker_answer desk_send(struct desk *d, struct script_order order)
{
    d->calls.order(d->calls.arg, d->bar - 1, &order);
    return d->last.answer;
}

enum broker_answer desk_entry(struct desk *d, bool is_long, const char *id)
{
    return desk_send(d, desk_order(SCRIPT_ORDER_ENTRY, is_long, id));
}

enum broker_answer desk_close_id(struct desk *d, const char *id)
{
    return desk_send(d, desk_order(SCRIPT_ORDER_CLOSE, false, id));
}

enum broker_answer desk_exit(struct desk *d, const char *id, const char *from_entry, double limit,
                             double stop)
{
    struct script_order o = desk_order(SCRIPT_ORDER_EXIT, false, id);
    o.from_entry = from_entry;
    o.limit = limit;
    o.stop = stop;
    return desk_send(d, o);
}

struct broker_state desk_state(const struct desk *d)
{
    struct broker_state s;
    broker_get_state(d->broker, &s);
    return s;
}

const struct broker_trade *desk_trade(const struct desk *d, int64_t index)
{
    const struct broker_trade *t = broker_closed_trade(d->broker, index);
    assert_non_null(t);
    return t;
}

void assert_near(double got, double wanted)
{
    if (!(fabs(got - wanted) <= 1e-9 * fmax(1, fabs(wanted))))
        fail_msg("got %.12g, wanted %.12g", got, wanted);
}
