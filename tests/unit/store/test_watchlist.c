// SPDX-License-Identifier: Apache-2.0
// Exchanges, markets, portfolios, strategies, streams and entries: what goes in comes out.
#include "support_store.h"

#include <stdio.h>
#include <string.h>

static struct market vet_market(void)
{
    struct market m = {
        .symbol = "VETUSDT",
        .status = MARKET_TRADING,
        .base_precision = 8,
        .quote_precision = 8,
        .spot_allowed = true,
        .market_orders = true,
        .filters = {.tick_size = dec("0.00001000"),
                    .min_price = dec("0.00001"),
                    .max_price = dec("1000.00000000"),
                    .lot_step = dec("0.10000000"),
                    .min_qty = dec("0.1"),
                    .max_qty = dec("9000000"),
                    .market_max_qty = dec("184067.5"),
                    .min_notional = dec("5.00000000"),
                    .min_notional_market = true},
    };
    m.pair = pair_of("VET/USDT");
    return m;
}

static int count_market(void *arg, const struct market *m)
{
    (void)m;
    ++*(int *)arg;
    return 0;
}

static void markets_come_back(void **state)
{
    struct place *p = *state;
    struct market m = vet_market(), got;
    time_ms at = -1;
    int n = 0;
    assert_int_equal(store_market_refreshed(p->s, "binance", &at), 0);
    assert_int_equal(at, 0);
    BURST(p, store_market_put(p->s, "binance", &m, T0));
    m.status = MARKET_HALTED;
    BURST(p, store_market_put(p->s, "binance", &m, T0 + 5));
    assert_int_equal(store_market_refreshed(p->s, "binance", &at), 0);
    assert_int_equal(at, T0 + 5);
    assert_int_equal(store_market_get(p->s, "binance", &m.pair, &got), 0);
    assert_int_equal(got.status, MARKET_HALTED);
    assert_string_equal(got.symbol, "VETUSDT");
    assert_int_equal(got.filters.tick_size.units, 1000);
    assert_int_equal(got.filters.tick_size.scale, 8); // digits kept exactly
    assert_int_equal(decimal_cmp(got.filters.market_max_qty, dec("184067.5")), 0);
    assert_true(got.filters.min_notional_market);
    assert_false(got.filters.max_notional_market);
    struct pair none = pair_of("NONE/USDT");
    assert_int_equal(store_market_get(p->s, "binance", &none, &got), ERR_NOT_FOUND);
    assert_int_equal(store_market_each(p->s, "binance", count_market, &n), 0);
    assert_int_equal(store_market_each(p->s, "kraken", count_market, &n), 0);
    assert_int_equal(n, 1);
}

static int count_portfolio(void *arg, const struct store_portfolio *p)
{
    (void)p;
    ++*(int *)arg;
    return 0;
}

static void portfolios_live_and_go(void **state)
{
    struct place *p = *state;
    struct portfolio_settings set = settings_of("main");
    struct store_portfolio got;
    int64_t id = 0, again = 0;
    int n = 0;
    BURST(p, store_portfolio_create(p->s, &set, T0, &id));
    assert_int_equal(store_begin(p->s), 0);
    assert_int_equal(store_portfolio_create(p->s, &set, T0, &again), ERR_EXISTS);
    assert_non_null(strstr(store_last_error(p->s), "main"));
    set.max_exposure_pair = 33.25;
    assert_int_equal(store_portfolio_update(p->s, id, &set), 0);
    assert_int_equal(store_portfolio_update(p->s, id + 7, &set), ERR_NOT_FOUND);
    assert_int_equal(store_commit(p->s), 0);
    assert_int_equal(store_portfolio_find(p->s, "main", &got), 0);
    assert_int_equal(got.id, id);
    assert_true(got.settings.max_exposure_pair == 33.25);
    assert_true(got.settings.fee_bps == 7.5);
    assert_int_equal(got.cash.units, 1000000);
    assert_int_equal(got.cash.scale, 2);
    assert_int_equal(store_portfolio_find(p->s, "other", &got), ERR_NOT_FOUND);

    int64_t stream = 0, entry = 0;
    assert_int_equal(store_begin(p->s), 0);
    stream = make_stream(p->s, "VET/USDT", TF_H4);
    assert_int_equal(store_entry_ensure(p->s, id, stream, T0, &entry), 0);
    assert_int_equal(store_portfolio_remove(p->s, id), ERR_BUSY);
    assert_int_equal(store_entry_remove(p->s, id, stream), 0);
    assert_int_equal(store_portfolio_remove(p->s, id), 0);
    assert_int_equal(store_portfolio_remove(p->s, id), ERR_NOT_FOUND);
    assert_int_equal(store_portfolio_create(p->s, &set, T0, &again), 0); // the name is free again
    assert_int_equal(store_commit(p->s), 0);
    assert_true(again > id);
    assert_int_equal(store_portfolio_get(p->s, id, &got), ERR_NOT_FOUND);
    assert_int_equal(store_portfolio_each(p->s, count_portfolio, &n), 0);
    assert_int_equal(n, 1);
}

static int check_source(void *arg, const struct store_strategy *st)
{
    assert_string_equal(st->name, "a.pine");
    assert_true(str_eq(st->source, str_from(arg)));
    return 42; // what the callback says comes back
}

static void a_strategy_version_is_stored_once(void **state)
{
    struct place *p = *state;
    int64_t a = 0, b = 0, c = 0;
    char source[] = "x = \"quoted; 'text'\"\n";
    assert_int_equal(store_begin(p->s), 0);
    assert_int_equal(store_strategy_put(p->s, "a.pine", "aa", str_from(source), T0, &a), 0);
    assert_int_equal(store_strategy_put(p->s, "a.pine", "aa", str_from(source), T0, &b), 0);
    assert_int_equal(store_strategy_put(p->s, "a.pine", "bb", STR("y"), T0, &c), 0);
    assert_int_equal(store_commit(p->s), 0);
    assert_int_equal(a, b);
    assert_int_not_equal(a, c);
    assert_int_equal(store_strategy_get(p->s, a, check_source, source), 42);
    assert_int_equal(store_strategy_get(p->s, 99, check_source, source), ERR_NOT_FOUND);
}

static void streams_keep_their_facts(void **state)
{
    struct place *p = *state;
    struct store_stream st;
    assert_int_equal(store_begin(p->s), 0);
    int64_t month = make_stream(p->s, "VET/USDT", TF_MN1);
    int64_t minute = make_stream(p->s, "VET/USDT", TF_M1);
    assert_int_not_equal(month, minute);
    assert_int_equal(make_stream(p->s, "VET/USDT", TF_M1), minute);
    assert_int_equal(store_stream_set_paused(p->s, minute, true), 0);
    assert_int_equal(store_stream_set_origin(p->s, minute, T0), 0);
    assert_int_equal(store_stream_set_first_due(p->s, minute, T0 + 60000), 0);
    assert_int_equal(store_stream_set_analysed(p->s, minute, T0 + 120000), 0);
    assert_int_equal(store_stream_set_analysed(p->s, minute, T0), 0); // never backwards
    assert_int_equal(store_stream_set_state(p->s, minute, STREAM_HALTED, "no trading"), 0);
    assert_int_equal(store_stream_set_state(p->s, 99, STREAM_LIVE, ""), ERR_NOT_FOUND);
    put_candle(p->s, minute, TF_M1, 3, 10);
    put_candle(p->s, minute, TF_M1, 1, 10);
    put_candle(p->s, minute, TF_M1, 3, 10);
    assert_int_equal(store_stream_get(p->s, minute, &st), 0); // sees its own burst
    assert_int_equal(st.candle_count, 2);
    assert_int_equal(store_commit(p->s), 0);
    place_reopen(p);
    assert_int_equal(store_stream_get(p->s, minute, &st), 0);
    assert_true(st.paused);
    assert_false(st.active);
    assert_int_equal(st.timeframe, TF_M1);
    assert_int_equal(st.origin, T0);
    assert_int_equal(st.first_due, T0 + 60000);
    assert_int_equal(st.analysed_to, T0 + 120000);
    assert_int_equal(st.state, STREAM_HALTED);
    assert_string_equal(st.state_text, "no trading");
    assert_int_equal(st.candle_count, 2);
    assert_int_equal(st.last_open, T0 + 3 * 60000);
    struct pair pair = pair_of("VET/USDT");
    assert_int_equal(store_stream_find(p->s, "binance", &pair, TF_MN1, &st), 0);
    assert_int_equal(st.id, month);
    assert_int_equal(st.candle_count, 0);
    assert_int_equal(store_stream_find(p->s, "binance", &pair, TF_D1, &st), ERR_NOT_FOUND);
}

static int count_stream(void *arg, const struct store_stream *st)
{
    (void)st;
    ++*(int *)arg;
    return 0;
}

static int count_entry(void *arg, const struct store_entry *e)
{
    assert_string_equal(e->portfolio, "main");
    ++*(int *)arg;
    return 0;
}

static int join_inputs(void *arg, const struct store_entry_strategy *e)
{
    char *out = arg;
    size_t used = strlen(out);
    snprintf(out + used, 200 - used, "%s(%s)%d ", e->strategy_name, e->inputs, (int)e->warmup);
    return 0;
}

static void entries_name_their_strategies(void **state)
{
    struct place *p = *state;
    int64_t entry = 0, same = 0, v1 = 0, v2 = 0;
    char text[200] = "";
    int n = 0;
    assert_int_equal(store_begin(p->s), 0);
    int64_t portfolio = make_portfolio(p->s, "main");
    int64_t stream = make_stream(p->s, "VET/USDT", TF_H4);
    make_stream(p->s, "BTC/USDT", TF_H4);
    assert_int_equal(store_entry_ensure(p->s, portfolio, stream, T0, &entry), 0);
    assert_int_equal(store_entry_ensure(p->s, portfolio, stream, T0, &same), 0);
    assert_int_equal(entry, same);
    assert_int_equal(store_entry_ensure(p->s, portfolio, 77, T0, &same), ERR_NOT_FOUND);
    assert_int_equal(store_strategy_put(p->s, "a.pine", "aa", STR("1"), T0, &v1), 0);
    assert_int_equal(store_strategy_put(p->s, "a.pine", "bb", STR("2"), T0, &v2), 0);
    assert_int_equal(store_entry_strategy_put(p->s, entry, v1, "fast=9", 21), 0);
    assert_int_equal(store_entry_strategy_put(p->s, entry, v2, "fast=12", 26),
                     0); // same name: replaced
    assert_int_equal(store_entry_strategy_put(p->s, entry, 99, "", 0), ERR_NOT_FOUND);
    assert_int_equal(store_strategy_put(p->s, "b.pine", "cc", STR("3"), T0, &v1), 0);
    assert_int_equal(store_entry_strategy_put(p->s, entry, v1, "", 0), 0);
    assert_int_equal(store_commit(p->s), 0);
    assert_int_equal(store_entry_strategy_each(p->s, 0, join_inputs, text), 0);
    assert_string_equal(text, "a.pine(fast=12)26 b.pine()0 ");
    assert_int_equal(store_entry_each(p->s, stream, count_entry, &n), 0);
    assert_int_equal(n, 1);
    assert_int_equal(store_stream_each(p->s, true, count_stream, &n), 0);
    assert_int_equal(n, 2);
    assert_int_equal(store_stream_each(p->s, false, count_stream, &n), 0);
    assert_int_equal(n, 4);
    assert_int_equal(store_begin(p->s), 0);
    assert_int_equal(store_entry_strategy_remove(p->s, entry, "a.pine"), 0);
    assert_int_equal(store_entry_strategy_remove(p->s, entry, "a.pine"), ERR_NOT_FOUND);
    assert_int_equal(store_entry_remove(p->s, portfolio, stream), 0);
    assert_int_equal(store_entry_remove(p->s, portfolio, stream), ERR_NOT_FOUND);
    assert_int_equal(store_commit(p->s), 0);
    text[0] = '\0';
    assert_int_equal(store_entry_strategy_each(p->s, stream, join_inputs, text), 0);
    assert_string_equal(text, "");
}

static void writes_want_a_burst(void **state)
{
    struct place *p = *state;
    int64_t id = 0;
    struct portfolio_settings set = settings_of("main");
    assert_int_equal(store_portfolio_create(p->s, &set, T0, &id), ERR_INVALID);
    assert_int_equal(store_commit(p->s), ERR_INVALID);
    assert_int_equal(store_begin(p->s), 0);
    assert_int_equal(store_begin(p->s), ERR_INVALID);
    assert_int_equal(store_portfolio_create(p->s, &set, T0, &id), 0);
    store_rollback(p->s);
    struct store_portfolio got;
    assert_int_equal(store_portfolio_find(p->s, "main", &got), ERR_NOT_FOUND);
    struct store *reader = place_open(p->dir, false);
    assert_int_equal(store_begin(reader), ERR_READ_ONLY);
    assert_int_equal(store_portfolio_create(reader, &set, T0, &id), ERR_READ_ONLY);
    store_close(reader);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, place_setup, place_teardown)
    const struct CMUnitTest tests[] = {
        TEST(markets_come_back),        TEST(portfolios_live_and_go),
        TEST(streams_keep_their_facts), TEST(a_strategy_version_is_stored_once),
        TEST(writes_want_a_burst),      TEST(entries_name_their_strategies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
