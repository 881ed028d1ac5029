// SPDX-License-Identifier: Apache-2.0
// strategy.risk.*: rules that make entries smaller, forbid them, or stop the strategy for the day
// or for good (Pine Script reference manual, strategy.risk.*).
#include "backtest/broker_internal.h"

#include <math.h>

// A limit that is NaN or zero is not set.
static bool set(double limit)
{
    return limit > 0;
}

void broker__risk_init(struct broker *b)
{
    const struct script_risk *r = &b->settings.strategy.risk;
    b->risk.watched = r->allow_entry != SCRIPT_ALLOW_ALL || set(r->max_drawdown) ||
                      set(r->max_intraday_loss) || set(r->max_intraday_filled_orders) ||
                      set(r->max_position_size) || set(r->max_cons_loss_days);
    b->risk.day = INT64_MIN;
    b->risk.day_equity = b->base;
}

static void stop(struct broker *b, bool for_good, const char *id)
{
    b->risk.stopped = b->risk.stopped || for_good;
    b->risk.stopped_today = true;
    b->order_count = 0;
    b->exit_count = 0;
    b->leg_count = 0;
    if (b->size == 0)
        return;
    struct broker__closing c = {.qty = INFINITY, .id = id, .comment = "", .order_fee = true};
    broker__close(b, &c, broker__slipped(b, b->cur, b->size < 0));
}

void broker__risk_day(struct broker *b, time_ms open_time)
{
    struct broker__risk *r = &b->risk;
    int64_t day = open_time / MS_DAY - (open_time % MS_DAY < 0);
    if (day == r->day)
        return;
    double equity = b->bars > 1 ? broker__equity(b, b->last_close) : b->base;
    if (equity != r->day_equity)
        r->loss_days = equity < r->day_equity ? r->loss_days + 1 : 0;
    r->day = day;
    r->day_equity = equity;
    r->filled_today = 0;
    r->stopped_today = false;
}

void broker__risk_check(struct broker *b)
{
    const struct script_risk *rules = &b->settings.strategy.risk;
    struct broker__risk *r = &b->risk;
    if (r->stopped || r->stopped_today)
        return;
    double equity = broker__equity(b, b->cur);
    double drop = b->peak - equity, loss = r->day_equity - equity;
    if (rules->max_drawdown_percent)
        drop = drop / b->peak * 100;
    if (rules->max_intraday_loss_percent)
        loss = loss / r->day_equity * 100;
    if (set(rules->max_drawdown) && drop >= rules->max_drawdown)
        stop(b, true, "Risk: max drawdown");
    else if (set(rules->max_cons_loss_days) && (double)r->loss_days >= rules->max_cons_loss_days)
        stop(b, true, "Risk: loss days");
    else if (set(rules->max_intraday_loss) && loss >= rules->max_intraday_loss)
        stop(b, false, "Risk: intraday loss");
    else if (set(rules->max_intraday_filled_orders) &&
             (double)r->filled_today >= rules->max_intraday_filled_orders)
        stop(b, false, "Risk: filled orders");
}

double broker__risk_entry(const struct broker *b, bool is_long, double qty, bool *close_only)
{
    const struct script_risk *r = &b->settings.strategy.risk;
    enum script_allow needed = is_long ? SCRIPT_ALLOW_LONG : SCRIPT_ALLOW_SHORT;
    *close_only = r->allow_entry != SCRIPT_ALLOW_ALL && r->allow_entry != needed;
    if (!set(r->max_position_size) || *close_only)
        return qty;
    bool adds = is_long ? b->size > 0 : b->size < 0;
    return broker__min(qty, r->max_position_size - (adds ? fabs(b->size) : 0));
}
