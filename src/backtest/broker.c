// SPDX-License-Identifier: Apache-2.0
// The emulator's frame: making it, feeding bars, keeping records.
#include "backtest/broker.h"

#include "backtest/broker_internal.h"

#include <math.h>
#include <stdlib.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static const char *const answers[BROKER_ANSWER_COUNT] = {
    [BROKER_ACCEPTED] = "accepted",
    [BROKER_NO_ROOM_TO_ADD] = "as many entries are open as pyramiding allows",
    [BROKER_NO_SIZE] = "the quantity is zero or below the lot step",
    [BROKER_NO_MONEY] = "its margin is more than the equity",
    [BROKER_NO_TARGET] = "there is nothing it would act on",
    [BROKER_NO_PRICE] = "an exit needs a price: limit, stop, profit, loss or a trail",
    [BROKER_RISK] = "a risk rule of the strategy forbids it",
    [BROKER_FULL] = "too many orders wait or trades are open",
};

const char *broker_answer_text(enum broker_answer a)
{
    return (unsigned)a < BROKER_ANSWER_COUNT ? answers[a] : "unknown";
}

static bool sane(double v)
{
    return isfinite(v) && v >= 0;
}

static bool settings_sane(const struct broker_settings *s)
{
    const struct script_strategy_settings *t = &s->strategy;
    return t->initial_capital > 0 && sane(t->initial_capital) && sane(t->default_qty_value) &&
           sane(t->commission_value) && sane(t->slippage_ticks) && sane(t->margin_long) &&
           sane(t->margin_short) && sane(s->tick_size) && sane(s->lot_step) && t->pyramiding >= 0 &&
           s->sample_ms >= 0;
}

static void set_tick(struct broker *b, double tick)
{
    b->tick = tick;
    // 123.45 is 12345 / 100 to the last bit, but 12345 * 0.01 is not.
    double inverse = tick > 0 ? nearbyint(1 / tick) : 0;
    if (inverse >= 1 && fabs(inverse * tick - 1) < 1e-9)
        b->tick_inverse = inverse;
}

int broker_create(const struct broker_settings *settings, struct broker **out)
{
    if (!settings_sane(settings))
        return ERR_INVALID;
    struct broker *b = calloc(1, sizeof *b);
    if (!b)
        return ERR_NO_MEMORY;
    b->settings = *settings;
    uint32_t entries =
        settings->strategy.pyramiding > 1 ? (uint32_t)settings->strategy.pyramiding : 1;
    b->lot_max = settings->max_open_trades ? settings->max_open_trades : entries + 1;
    b->order_max = settings->max_orders ? settings->max_orders : BROKER__ORDERS_DEFAULT;
    if (!settings->sample_ms)
        b->settings.sample_ms = MS_DAY;
    set_tick(b, settings->tick_size);
    b->base = b->peak = b->trough = settings->strategy.initial_capital;
    b->next_sample = INT64_MIN;
    b->margin_watched = settings->strategy.margin_long > 0 || settings->strategy.margin_short > 0;
    b->counted_to = -1;
    broker__risk_init(b);
    broker__set_bands(b);
    *out = b;
    return 0;
}

void broker_destroy(struct broker *b)
{
    if (!b)
        return;
    broker__texts_finish(&b->texts);
    free(b->lots);
    free(b->orders);
    free(b->exits);
    free(b->legs);
    free(b->trades);
    free(b->samples);
    free(b);
}

bool broker__grow(struct broker *b, void **items, uint32_t *cap, uint32_t count, uint32_t max,
                  size_t each)
{
    if (count >= max)
        return false;
    uint32_t grown = *cap ? *cap * 2 : 2;
    if (grown > max)
        grown = max;
    void *moved = realloc(*items, grown * each);
    if (!moved) {
        b->error = ERR_NO_MEMORY;
        return false;
    }
    *items = moved;
    *cap = grown;
    return true;
}

void broker__keep_trade(struct broker *b, const struct broker_trade *t)
{
    if (b->settings.on_trade)
        b->settings.on_trade(b->settings.arg, t);
    size_t max = b->settings.max_closed_trades;
    if (max == 0)
        return;
    size_t place = (size_t)b->closed;
    if (place >= b->trade_cap && b->trade_cap < max) {
        size_t grown = b->trade_cap ? b->trade_cap * 2 : 256;
        if (grown > max)
            grown = max;
        struct broker_trade *moved = realloc(b->trades, grown * sizeof *moved);
        if (!moved) {
            b->error = ERR_NO_MEMORY;
            b->settings.max_closed_trades = 0; // what is kept would have a hole
            return;
        }
        b->trades = moved;
        b->trade_cap = grown;
    }
    b->trades[place < max ? place : place % max] = *t;
}

static void keep_sample(struct broker *b, time_ms boundary)
{
    if (b->sample_count == b->sample_cap) {
        size_t grown = b->sample_cap ? b->sample_cap * 2 : 64;
        struct broker_sample *moved = realloc(b->samples, grown * sizeof *moved);
        if (!moved) {
            b->error = ERR_NO_MEMORY;
            b->settings.max_samples = 0;
            return;
        }
        b->samples = moved;
        b->sample_cap = grown;
    }
    b->samples[b->sample_count++] =
        (struct broker_sample){boundary, broker__equity(b, b->last_close)};
}

// The first bar at or after a boundary, or after several: the equity of the close before it belongs
// to each of them, whether bars are missing or were skipped with nothing held.
static void cross_boundaries(struct broker *b, time_ms open_time)
{
    int64_t step = b->settings.sample_ms;
    int64_t first = b->next_sample;
    int64_t last = (open_time / step - (open_time % step < 0)) * step;
    b->next_sample = last + step;
    if (b->bars == 0)
        return;
    for (int64_t at = first; at <= last && b->sample_count < b->settings.max_samples; at += step)
        keep_sample(b, at);
}

// One bar on which something may happen.
static void eventful_bar(struct broker *b, int64_t index, time_ms open_time, double open,
                         double high, double low, double close)
{
    if (b->bars > 0 && b->last_time >= b->next_sample)
        cross_boundaries(b, b->last_time); // of bars skipped with nothing held
    if (b->close_waits)
        broker__settle_close(b);
    if (open_time >= b->next_sample)
        cross_boundaries(b, open_time);
    if (b->bars == 0) {
        b->first_time = open_time;
        b->first_open = open;
    }
    b->last_bar = index;
    b->last_time = open_time;
    b->bars++;
    if (b->risk.watched)
        broker__risk_day(b, open_time);
    if (low > b->quiet_low && high < b->quiet_high) {
        broker__track(b, open, high, low, close);
    } else {
        broker__through_bar(b, open, high, low, close);
        broker__set_bands(b);
    }
    b->last_close = close;
}

static inline void feed(struct broker *b, int64_t index, time_ms open_time, double open,
                        double high, double low, double close)
{
    bool quiet = low > b->quiet_low && high < b->quiet_high && open_time < b->next_sample;
    if (!quiet) {
        eventful_bar(b, index, open_time, open, high, low, close);
        return;
    }
    if (low < b->track_low || high > b->track_high)
        broker__track(b, open, high, low, close);
    b->high = high > b->high ? high : b->high;
    b->low = low < b->low ? low : b->low;
    b->last_bar = index;
    b->last_time = open_time;
    b->last_close = close;
    b->bars++;
}

static double trade_value(void *trades, bool closed, int64_t index, int field)
{
    return broker_trade_value(trades, closed, index, (enum script_trade_field)field);
}

static const char *trade_text(void *trades, bool closed, int64_t index, int field)
{
    return broker_trade_text(trades, closed, index, (enum script_trade_field)field);
}

static double default_qty(void *trades, double price)
{
    const struct broker *b = trades;
    return broker__round_qty(b, broker__default_qty(b, price));
}

static double capital_held(const struct broker *b)
{
    const struct script_strategy_settings *s = &b->settings.strategy;
    return fabs(b->entry_value) * (b->size > 0 ? s->margin_long : s->margin_short) / 100;
}

// A price that no market reaches is none.
static double margin_price(const struct broker *b)
{
    double price = broker__margin_price(b);
    return price > 0 ? price : NAN;
}

static double open_profit(const struct broker *b)
{
    return b->size != 0 ? b->size * b->last_close - b->entry_value - b->open_commission : 0;
}

static void write_account(struct broker *b, struct script_account *a)
{
    *a = (struct script_account){
        .position_size = b->size,
        .position_avg_price = b->size != 0 ? b->entry_value / b->size : NAN,
        .equity = broker__equity(b, b->last_close),
        .net_profit = b->net_profit,
        .open_profit = open_profit(b),
        .gross_profit = b->gross_profit,
        .gross_loss = b->gross_profit - b->net_profit,
        .max_drawdown = b->max_drawdown,
        .max_runup = b->max_runup,
        .max_drawdown_percent = b->max_drawdown_percent,
        .max_runup_percent = b->max_runup_percent,
        .max_held = broker__max(b->max_long, b->max_short),
        .max_held_long = b->max_long,
        .max_held_short = b->max_short,
        .margin_price = margin_price(b),
        .capital_held = capital_held(b),
        .percent_all = b->percent_all,
        .percent_won = b->percent_won,
        .percent_lost = b->percent_lost,
        .initial_capital = b->settings.strategy.initial_capital,
        .open_trades = b->lot_count,
        .closed_trades = b->closed,
        .win_trades = b->wins,
        .loss_trades = b->losses,
        .even_trades = b->evens,
        .trades = b,
        .default_qty = default_qty,
        .trade_value = trade_value,
        .trade_text = trade_text,
    };
}

static void update_account(struct broker *b, struct script_account *account)
{
    if (b->changed || b->account != account || account->trades != b) {
        write_account(b, account);
        b->account = account;
        b->changed = false;
    } else if (b->size != 0) {
        account->equity = broker__equity(b, b->last_close);
        account->open_profit = open_profit(b);
        account->max_drawdown = b->max_drawdown;
        account->max_runup = b->max_runup;
        account->max_drawdown_percent = b->max_drawdown_percent;
        account->max_runup_percent = b->max_runup_percent;
    }
}

static void on_bar(void *arg, int64_t index, time_ms open_time, double open, double high,
                   double low, double close, struct script_account *account)
{
    struct broker *b = arg;
    feed(b, index, open_time, open, high, low, close);
    if (account)
        update_account(b, account);
}

static void on_bars(void *arg, int64_t index, size_t n, const struct script_bars *bars,
                    struct script_account *account)
{
    (void)account; // who reads it feeds bar by bar
    broker_bars(arg, index, n, bars);
}

static void on_order(void *arg, int64_t index, const struct script_order *order)
{
    (void)index; // the bar just fed
    broker__order(arg, order);
}

struct script_broker broker_interface(struct broker *b)
{
    return (struct script_broker){.arg = b, .bar = on_bar, .bars = on_bars, .order = on_order};
}

#define LINE  8 // values in a cache line
#define AHEAD 32

// The first of bars from..n that lies at or after a time; n when none does. Times rise.
static size_t first_at(const time_ms *times, size_t from, size_t n, time_ms at)
{
    if (times[n - 1] < at)
        return n;
    size_t end = n - 1;
    while (from < end) {
        size_t middle = from + (end - from) / 2;
        if (times[middle] < at)
            from = middle + 1;
        else
            end = middle;
    }
    return end;
}

struct range {
    double high, low;
};

// Do LINE bars stay strictly between two levels? Then the range takes them in.
static inline bool line_between(const double *high, const double *low, double below, double above,
                                struct range *range)
{
#ifdef __SSE2__
    __m128d highest = _mm_set1_pd(range->high), lowest = _mm_set1_pd(range->low);
    const __m128d under = _mm_set1_pd(below), over = _mm_set1_pd(above);
    __m128d good = _mm_cmpeq_pd(_mm_setzero_pd(), _mm_setzero_pd());
    for (int k = 0; k < LINE; k += 2) {
        __m128d h = _mm_loadu_pd(high + k), l = _mm_loadu_pd(low + k);
        good = _mm_and_pd(good, _mm_and_pd(_mm_cmplt_pd(h, under), _mm_cmpgt_pd(l, over)));
        highest = _mm_max_pd(h, highest);
        lowest = _mm_min_pd(l, lowest);
    }
    if (_mm_movemask_pd(good) != 3)
        return false;
    range->high =
        broker__max(_mm_cvtsd_f64(highest), _mm_cvtsd_f64(_mm_unpackhi_pd(highest, highest)));
    range->low = broker__min(_mm_cvtsd_f64(lowest), _mm_cvtsd_f64(_mm_unpackhi_pd(lowest, lowest)));
#else
    struct range r = *range;
    for (int k = 0; k < LINE; k++) {
        if (!(high[k] < below && low[k] > above))
            return false;
        r.high = broker__max(high[k], r.high);
        r.low = broker__min(low[k], r.low);
    }
    *range = r;
#endif
    return true;
}

// How many bars from one on are quiet and set no record. Looks at as few columns as it can: the
// history is larger than the caches, so each column read is time.
static size_t quiet_stretch(struct broker *b, const struct script_bars *bars, size_t from, size_t n)
{
    if (b->quiet_low == INFINITY)
        return 0; // the next bar fills something
    if (b->size == 0 && b->quiet_low == -INFINITY && b->quiet_high == INFINITY && b->bars > 0)
        return n - from; // no position, no order: neither prices nor days matter
    size_t end = first_at(bars->open_time, from, n, b->next_sample);
    double above = broker__max(b->quiet_low, b->track_low);
    double below = broker__min(b->quiet_high, b->track_high);
    struct range range = {b->high, b->low};
    size_t i = from;
    while (i + LINE <= end) {
        __builtin_prefetch(bars->high + i + AHEAD);
        __builtin_prefetch(bars->low + i + AHEAD);
        if (!line_between(bars->high + i, bars->low + i, below, above, &range))
            break;
        i += LINE;
    }
    for (; i < end && bars->low[i] > above && bars->high[i] < below; i++) {
        range.high = broker__max(range.high, bars->high[i]);
        range.low = broker__min(range.low, bars->low[i]);
    }
    b->high = range.high;
    b->low = range.low;
    return i - from;
}

void broker_bars(struct broker *b, int64_t first_bar_index, size_t n,
                 const struct script_bars *bars)
{
    for (size_t i = 0; i < n; i++) {
        size_t quiet = quiet_stretch(b, bars, i, n);
        if (quiet > 0) {
            i += quiet;
            b->last_bar = first_bar_index + (int64_t)i - 1;
            b->last_time = bars->open_time[i - 1];
            b->last_close = bars->close[i - 1];
            b->bars += (int64_t)quiet;
        }
        if (i < n)
            feed(b, first_bar_index + (int64_t)i, bars->open_time[i], bars->open[i], bars->high[i],
                 bars->low[i], bars->close[i]);
    }
}

void broker_finish(struct broker *b)
{
    if (b->bars > 0 && b->last_time >= b->next_sample)
        cross_boundaries(b, b->last_time);
    if (b->close_waits)
        broker__settle_close(b);
}

int broker_error(const struct broker *b)
{
    return b->error;
}

size_t broker_bytes(const struct broker *b)
{
    return sizeof *b + b->lot_cap * sizeof *b->lots + b->order_cap * sizeof *b->orders +
           b->exit_cap * sizeof *b->exits + b->leg_cap * sizeof *b->legs +
           b->trade_cap * sizeof *b->trades + b->sample_cap * sizeof *b->samples +
           b->texts.cap * sizeof *b->texts.slots;
}
