// SPDX-License-Identifier: Apache-2.0
// Stores in a temporary directory of their own, and rows to put into them.
#include "support_store.h"

#include "unit/remove_tree.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int place_try(const char *dir, bool writable, struct store **out, struct diag *d)
{
    struct store_options o = {.backend = "sqlite", .location = dir, .writable = writable};
    return store_open(&o, out, d);
}

struct store *place_open(const char *dir, bool writable)
{
    struct store *s = NULL;
    struct diag d = {0};
    int rc = place_try(dir, writable, &s, &d);
    if (rc != 0)
        fail_msg("store_open: %s: %s", err_name(rc), d.text);
    return s;
}

int place_setup(void **state)
{
    struct place *p = calloc(1, sizeof(*p));
    if (p == NULL)
        return -1;
    snprintf(p->dir, sizeof(p->dir), "%s", "/tmp/oracle-store-XXXXXX");
    if (mkdtemp(p->dir) == NULL)
        return -1;
    p->s = place_open(p->dir, true);
    *state = p;
    return 0;
}

void place_remove(const char *dir)
{
    remove_tree(dir);
}

int place_teardown(void **state)
{
    struct place *p = *state;
    store_close(p->s);
    place_remove(p->dir);
    free(p);
    return 0;
}

void place_reopen(struct place *p)
{
    store_close(p->s);
    p->s = NULL;
    p->s = place_open(p->dir, true);
}

struct decimal dec(const char *text)
{
    struct decimal d;
    assert_int_equal(decimal_parse(str_from(text), &d), 0);
    return d;
}

struct pair pair_of(const char *text)
{
    struct pair p;
    assert_int_equal(pair_parse(str_from(text), &p), 0);
    return p;
}

struct portfolio_settings settings_of(const char *name)
{
    struct portfolio_settings p = {
        .quote = "USDT",
        .mode = PORTFOLIO_PAPER,
        .initial_balance = dec("10000.00"),
        .order_size_percent = 10,
        .max_exposure_pair = 25,
        .max_exposure_total = 80.5,
        .fee_bps = 7.5,
    };
    snprintf(p.name, sizeof(p.name), "%s", name);
    return p;
}

int64_t make_portfolio(struct store *s, const char *name)
{
    struct portfolio_settings p = settings_of(name);
    int64_t id = 0;
    assert_int_equal(store_portfolio_create(s, &p, T0, &id), 0);
    return id;
}

int64_t make_stream(struct store *s, const char *pair, enum timeframe tf)
{
    struct pair p = pair_of(pair);
    int64_t id = 0;
    assert_int_equal(store_stream_ensure(s, "binance", &p, tf, T0, &id), 0);
    return id;
}

int64_t make_strategy(struct store *s, const char *name)
{
    int64_t id = 0;
    assert_int_equal(store_strategy_put(s, name, "00ff", STR("//@version=6\n"), T0, &id), 0);
    return id;
}

struct candle candle_at(enum timeframe tf, int64_t index, double price)
{
    return (struct candle){
        .open_time = timeframe_step(tf, timeframe_open_of(tf, T0), index),
        .open = price,
        .high = price + 1,
        .low = price - 0.5,
        .close = price + 0.25,
        .volume = 1234.5,
        .quote_volume = 99.75,
        .trades = 17,
    };
}

enum store_put put_candle(struct store *s, int64_t stream, enum timeframe tf, int64_t index,
                          double price)
{
    struct candle c = candle_at(tf, index, price);
    enum store_put put = STORE_SAME;
    assert_int_equal(store_candle_put(s, stream, tf, &c, CANDLE_LIVE, false, T0, &put), 0);
    return put;
}

struct raw_signal signal_at(int64_t portfolio, int64_t stream, int64_t strategy, int64_t index,
                            enum signal_action action)
{
    return (struct raw_signal){
        .stream_id = stream,
        .portfolio_id = portfolio,
        .strategy_id = strategy,
        .candle_time = timeframe_step(TF_H4, T0, index),
        .action = action,
        .price = 0.0225,
        .reason = "long",
        .qty = (double)NAN,
        .qty_percent = 50,
        .equity_percent = (double)NAN,
        .cash_amount = (double)NAN,
    };
}

struct trade_ids make_order(struct store *s, const char *portfolio, const char *client_id,
                            const char *qty)
{
    struct trade_ids t = {.portfolio = make_portfolio(s, portfolio)};
    bool is_new = false;
    t.stream = make_stream(s, "VET/USDT", TF_H4);
    t.strategy = make_strategy(s, "cross.pine");
    struct raw_signal sig = signal_at(t.portfolio, t.stream, t.strategy, 1, SIGNAL_ENTER_LONG);
    assert_int_equal(store_signal_put(s, &sig, T0, &t.signal, &is_new), 0);
    struct store_verdict v = {.signal_id = t.signal,
                              .status = QUEUE_APPROVED,
                              .reason = "",
                              .is_buy = true,
                              .qty = dec(qty),
                              .notional = dec("100"),
                              .queued_at = T0};
    assert_int_equal(store_queue_put(s, &v, &t.queue), 0);
    struct store_order o = {.queue_id = t.queue,
                            .portfolio_id = t.portfolio,
                            .pair = pair_of("VET/USDT"),
                            .is_buy = true,
                            .is_paper = true,
                            .qty = dec(qty),
                            .created_at = T0};
    snprintf(o.client_id, sizeof(o.client_id), "%s", client_id);
    assert_int_equal(store_order_put(s, &o, &t.order), 0);
    return t;
}
