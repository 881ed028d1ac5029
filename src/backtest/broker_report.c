// SPDX-License-Identifier: Apache-2.0
// What the emulator tells about itself: state, trades, samples.
#include "backtest/broker_internal.h"

#include <math.h>

void broker_get_state(const struct broker *b, struct broker_state *out)
{
    bool held = b->size != 0;
    double open_profit = held ? b->size * b->last_close - b->entry_value - b->open_commission : 0;
    int64_t in_market = b->in_market;
    if (held)
        in_market +=
            b->last_bar - (b->held_from > b->counted_to ? b->held_from : b->counted_to + 1) + 1;
    *out = (struct broker_state){
        .equity = broker__equity(b, b->last_close),
        .net_profit = b->net_profit,
        .open_profit = open_profit,
        .gross_profit = b->gross_profit,
        .gross_loss = b->gross_loss,
        .commission = b->commission,
        .position_size = b->size,
        .position_avg_price = held ? b->entry_value / b->size : NAN,
        .max_drawdown = b->max_drawdown,
        .max_runup = b->max_runup,
        .max_drawdown_percent = b->max_drawdown_percent,
        .bars = b->bars,
        .bars_in_market = in_market,
        .closed_trades = b->closed,
        .win_trades = b->wins,
        .loss_trades = b->losses,
        .even_trades = b->evens,
        .open_trades = b->lot_count,
        .orders = b->order_count_total,
        .refused = b->refused,
        .margin_calls = b->margin_calls,
        .first_time = b->first_time,
        .last_time = b->last_time,
        .first_open = b->first_open,
        .last_close = b->last_close,
    };
}

int64_t broker_closed_first(const struct broker *b)
{
    int64_t max = b->settings.max_closed_trades;
    if (max == 0)
        return b->closed;
    return b->closed > max ? b->closed - max : 0;
}

const struct broker_trade *broker_closed_trade(const struct broker *b, int64_t index)
{
    if (index < broker_closed_first(b) || index >= b->closed)
        return NULL;
    return &b->trades[index % (int64_t)b->settings.max_closed_trades];
}

bool broker_open_trade(const struct broker *b, int64_t index, struct broker_trade *out)
{
    if (index < 0 || index >= (int64_t)b->lot_count)
        return false;
    const struct broker__lot *lot = &b->lots[index];
    *out = lot->trade;
    broker__excursions(out, fmax(lot->high, b->high), fmin(lot->low, b->low));
    out->exit_price = b->last_close;
    out->profit = (b->last_close - out->entry_price) * out->size - out->commission;
    return true;
}

const struct broker_sample *broker_samples(const struct broker *b, size_t *out_count)
{
    *out_count = b->sample_count;
    return b->samples;
}

static double percent_of_entry(const struct broker_trade *t, double money)
{
    return money / (t->entry_price * fabs(t->size)) * 100;
}

static double field_of(const struct broker_trade *t, bool closed, int field)
{
    switch (field) {
    case BROKER_TRADE_ENTRY_PRICE:
        return t->entry_price;
    case BROKER_TRADE_EXIT_PRICE:
        return closed ? t->exit_price : NAN;
    case BROKER_TRADE_ENTRY_BAR:
        return (double)t->entry_bar;
    case BROKER_TRADE_EXIT_BAR:
        return closed ? (double)t->exit_bar : NAN;
    case BROKER_TRADE_ENTRY_TIME:
        return (double)t->entry_time;
    case BROKER_TRADE_EXIT_TIME:
        return closed ? (double)t->exit_time : NAN;
    case BROKER_TRADE_SIZE:
        return t->size;
    case BROKER_TRADE_PROFIT:
        return t->profit;
    case BROKER_TRADE_PROFIT_PERCENT:
        return percent_of_entry(t, t->profit);
    case BROKER_TRADE_COMMISSION:
        return t->commission;
    case BROKER_TRADE_MAX_RUNUP:
        return t->max_runup;
    case BROKER_TRADE_MAX_RUNUP_PERCENT:
        return percent_of_entry(t, t->max_runup);
    case BROKER_TRADE_MAX_DRAWDOWN:
        return t->max_drawdown;
    case BROKER_TRADE_MAX_DRAWDOWN_PERCENT:
        return percent_of_entry(t, t->max_drawdown);
    default:
        return NAN;
    }
}

double broker_trade_value(const struct broker *b, bool closed, int64_t index, int field)
{
    struct broker_trade open;
    if (!closed)
        return broker_open_trade(b, index, &open) ? field_of(&open, false, field) : NAN;
    const struct broker_trade *t = broker_closed_trade(b, index);
    return t ? field_of(t, true, field) : NAN;
}
