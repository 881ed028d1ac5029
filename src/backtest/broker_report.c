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

struct field {
    bool of_exit;
    double (*number)(const struct broker_trade *t);
    const char *(*text)(const struct broker_trade *t);
};

#define NUMBER(name, expression)                                                                   \
    static double get_##name(const struct broker_trade *t)                                         \
    {                                                                                              \
        return expression;                                                                         \
    }
#define TEXT(name)                                                                                 \
    static const char *get_##name(const struct broker_trade *t)                                    \
    {                                                                                              \
        return t->name;                                                                            \
    }
NUMBER(entry_price, t->entry_price)
NUMBER(entry_bar, (double)t->entry_bar)
NUMBER(entry_time, (double)t->entry_time)
NUMBER(exit_price, t->exit_price)
NUMBER(exit_bar, (double)t->exit_bar)
NUMBER(exit_time, (double)t->exit_time)
NUMBER(size, t->size)
NUMBER(profit, t->profit)
NUMBER(profit_percent, percent_of_entry(t, t->profit))
NUMBER(commission, t->commission)
NUMBER(max_runup, t->max_runup)
NUMBER(max_runup_percent, percent_of_entry(t, t->max_runup))
NUMBER(max_drawdown, t->max_drawdown)
NUMBER(max_drawdown_percent, percent_of_entry(t, t->max_drawdown))
TEXT(entry_id)
TEXT(entry_comment)
TEXT(exit_id)
TEXT(exit_comment)

static const struct field fields[] = {
    [SCRIPT_TRADE_ENTRY_PRICE] = {false, get_entry_price, NULL},
    [SCRIPT_TRADE_ENTRY_BAR] = {false, get_entry_bar, NULL},
    [SCRIPT_TRADE_ENTRY_TIME] = {false, get_entry_time, NULL},
    [SCRIPT_TRADE_ENTRY_ID] = {false, NULL, get_entry_id},
    [SCRIPT_TRADE_ENTRY_COMMENT] = {false, NULL, get_entry_comment},
    [SCRIPT_TRADE_SIZE] = {false, get_size, NULL},
    [SCRIPT_TRADE_PROFIT] = {false, get_profit, NULL},
    [SCRIPT_TRADE_PROFIT_PERCENT] = {false, get_profit_percent, NULL},
    [SCRIPT_TRADE_COMMISSION] = {false, get_commission, NULL},
    [SCRIPT_TRADE_MAX_RUNUP] = {false, get_max_runup, NULL},
    [SCRIPT_TRADE_MAX_RUNUP_PERCENT] = {false, get_max_runup_percent, NULL},
    [SCRIPT_TRADE_MAX_DRAWDOWN] = {false, get_max_drawdown, NULL},
    [SCRIPT_TRADE_MAX_DRAWDOWN_PERCENT] = {false, get_max_drawdown_percent, NULL},
    [SCRIPT_TRADE_EXIT_PRICE] = {true, get_exit_price, NULL},
    [SCRIPT_TRADE_EXIT_BAR] = {true, get_exit_bar, NULL},
    [SCRIPT_TRADE_EXIT_TIME] = {true, get_exit_time, NULL},
    [SCRIPT_TRADE_EXIT_ID] = {true, NULL, get_exit_id},
    [SCRIPT_TRADE_EXIT_COMMENT] = {true, NULL, get_exit_comment},
};

// The field and its trade; NULL when either is not there. open is room for an open trade.
static const struct field *find(const struct broker *b, bool closed, int64_t index,
                                enum script_trade_field field, struct broker_trade *open,
                                const struct broker_trade **t)
{
    if ((size_t)field >= sizeof fields / sizeof fields[0] || (fields[field].of_exit && !closed))
        return NULL;
    if (closed)
        *t = broker_closed_trade(b, index);
    else
        *t = broker_open_trade(b, index, open) ? open : NULL;
    return *t ? &fields[field] : NULL;
}

double broker_trade_value(const struct broker *b, bool closed, int64_t index,
                          enum script_trade_field field)
{
    struct broker_trade open;
    const struct broker_trade *t;
    const struct field *f = find(b, closed, index, field, &open, &t);
    return f && f->number ? f->number(t) : NAN;
}

const char *broker_trade_text(const struct broker *b, bool closed, int64_t index,
                              enum script_trade_field field)
{
    struct broker_trade open;
    const struct broker_trade *t;
    const struct field *f = find(b, closed, index, field, &open, &t);
    return f && f->text ? f->text(t) : NULL;
}
