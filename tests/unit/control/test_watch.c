// SPDX-License-Identifier: Apache-2.0
// The watchlist as users change it: what is added, what is refused and in which words.
#include "support_control.h"

#include "base/number.h"

#include <string.h>
#include <sys/stat.h>

static void pairs_as_typed(void **state)
{
    static const struct {
        const char *typed, *timeframe, *pair;
        enum timeframe tf;
    } cases[] = {{"VET", "4h", "VET/USDT", TF_H4},
                 {"vet/usdt", "1m", "VET/USDT", TF_M1},
                 {"BTCUSDT", "1M", "BTC/USDT", TF_MN1},
                 {"ETH-BTC", "1w", "ETH/BTC", TF_W1},
                 {"PEPEFDUSD", "3d", "PEPE/FDUSD", TF_D3}};
    struct place *p = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct store_stream st;
        int64_t id = 0;

        assert_int_equal(
            ask(p, "watch.add", "pair", cases[i].typed, "timeframe", cases[i].timeframe, NULL), 0);
        st = stream_of(p, cases[i].pair, cases[i].tf);
        assert_true(st.active);
        assert_int_equal(st.added_at, T0);
        said(p, cases[i].pair);
        assert_non_null(strstr(p->json, "\"portfolio\":\"main\""));
        assert_int_equal(number_parse_i64(buf_str(&p->reply.streams), &id), 0);
        assert_int_equal(id, st.id);
    }
    assert_int_equal(entries(p), sizeof cases / sizeof cases[0]);
}

static void refused(void **state)
{
    static const struct {
        const char *pair, *timeframe, *exchange;
        int exit_code;
        const char *says[2];
    } cases[] = {
        {"VTE", "4h", "", 65, {"no market VTE/USDT on binance", "did you mean VET/USDT?"}},
        {"VTEUSDT", "4h", "", 65, {"no market VTE/USDT on binance", "VET/USDT"}},
        {"btc/usd", "4h", "", 65, {"no market BTC/USD", "BTC/USDT"}},
        {"QQQQQQ", "4h", "", 65, {"no market QQQQQQ/USDT", "BASE/QUOTE"}},
        {"VET", "7h", "", 65, {"7h", ""}},
        {"VET", "1H", "", 65, {"1h", ""}},
        {"VET", "", "", 64, {"timeframe", ""}},
        {"", "4h", "", 64, {"pair", ""}},
        {"VET", "4h", "nowhere", 65, {"nowhere", "binance"}},
        {"LUNA", "4h", "", 65, {"LUNA/USDT does not trade", "HALT"}},
        {"a b", "4h", "", 65, {"cannot name a pair", ""}},
    };
    struct place *p = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(ask(p, "watch.add", "pair", cases[i].pair, "timeframe", cases[i].timeframe,
                             "exchange", cases[i].exchange, NULL),
                         cases[i].exit_code);
        said(p, cases[i].says[0]);
        said(p, cases[i].says[1]);
        assert_string_equal(p->json, "[]");
        assert_int_equal(p->reply.streams.len, 0);
    }
    assert_int_equal(entries(p), 0);
}

static void no_market_list(void **state)
{
    struct place *p = *state;
    struct store_options o = {.backend = "sqlite", .writable = true};
    char dir[160];
    struct store *full = p->s;

    assert_int_equal(str_printf(dir, sizeof dir, "%s/empty", p->dir), 0);
    o.location = dir;
    assert_int_equal(mkdir(dir, 0700), 0);
    assert_int_equal(store_open(&o, &p->s, NULL), 0);
    assert_int_equal(ask(p, "watch.add", "pair", "VET", "timeframe", "4h", NULL), 75);
    said(p, "market list of binance has not been fetched yet");
    store_close(p->s);
    p->s = full;
}

static void again_changes_nothing(void **state)
{
    struct place *p = *state;

    assert_int_equal(ask(p, "watch.add", "pair", "VET", "timeframe", "4h", NULL), 0);
    assert_true(p->reply.portfolios.len > 0); // main was made
    assert_int_equal(ask(p, "watch.add", "pair", "VETUSDT", "timeframe", "4h", NULL), 0);
    said(p, "is in portfolio main already");
    assert_int_equal(p->reply.streams.len, 0);
    assert_int_equal(p->reply.portfolios.len, 0);
    assert_int_equal(entries(p), 1);
}

static void removed_streams_keep_their_candles(void **state)
{
    struct place *p = *state;
    struct candle c = {.open_time = T0, .open = 1, .high = 2, .low = 1, .close = 2, .volume = 3};
    struct store_stream st;
    enum store_put put;

    assert_int_equal(ask(p, "portfolio.create", "name", "second", NULL), 0);
    assert_int_equal(ask(p, "watch.add", "pair", "VET", "timeframe", "4h", NULL), 0);
    assert_int_equal(
        ask(p, "watch.add", "pair", "VET", "timeframe", "4h", "portfolio", "second", NULL), 0);
    st = stream_of(p, "VET/USDT", TF_H4);
    assert_int_equal(store_begin(p->s), 0);
    assert_int_equal(
        store_candle_put(p->s, st.id, TF_H4, &c, CANDLE_LIVE, false, T0 + 4 * MS_HOUR, &put), 0);
    assert_int_equal(store_commit(p->s), 0);

    assert_int_equal(ask(p, "watch.remove", "pair", "VET", "timeframe", "4h", NULL), 0);
    assert_true(stream_of(p, "VET/USDT", TF_H4).active);
    assert_int_equal(ask(p, "watch.remove", "pair", "VET", "timeframe", "4h", NULL), 1);
    said(p, "portfolio main does not watch VET/USDT 4h");
    assert_int_equal(
        ask(p, "watch.remove", "pair", "VET", "timeframe", "4h", "portfolio", "second", NULL), 0);
    said(p, "its candles are kept");
    st = stream_of(p, "VET/USDT", TF_H4);
    assert_false(st.active);
    assert_int_equal(st.candle_count, 1);
    assert_int_equal(ask(p, "watch.remove", "pair", "VET", "timeframe", "4h", NULL), 1);
    said(p, "no portfolio watches VET 4h");
}

static void delisted_markets_can_be_removed(void **state)
{
    struct place *p = *state;

    assert_int_equal(ask(p, "watch.add", "pair", "VET", "timeframe", "4h", NULL), 0);
    place_market(p, "VET/USDT", MARKET_BREAK);
    assert_int_equal(ask(p, "watch.remove", "pair", "VET", "timeframe", "4h", NULL), 0);
    assert_int_equal(entries(p), 0);
}

static void pausing(void **state)
{
    struct place *p = *state;

    assert_int_equal(ask(p, "watch.pause", "pair", "VET", "timeframe", "4h", NULL), 1);
    assert_int_equal(ask(p, "watch.add", "pair", "VET", "timeframe", "4h", NULL), 0);
    assert_int_equal(ask(p, "watch.resume", "pair", "VET", "timeframe", "4h", NULL), 0);
    said(p, "is not paused");
    assert_int_equal(p->reply.streams.len, 0);
    assert_int_equal(ask(p, "watch.pause", "pair", "VET", "timeframe", "4h", NULL), 0);
    assert_true(stream_of(p, "VET/USDT", TF_H4).paused);
    assert_non_null(strstr(p->json, "\"state\":\"paused\""));
    assert_int_equal(ask(p, "watch.resume", "pair", "VET", "timeframe", "4h", NULL), 0);
    assert_false(stream_of(p, "VET/USDT", TF_H4).paused);
    assert_int_equal(stream_of(p, "VET/USDT", TF_H4).state, STREAM_NEW);
}

static void too_many_streams(void **state)
{
    struct place *p = *state;

    place_set(p, "hub.max_streams=2");
    assert_int_equal(ask(p, "watch.add", "pair", "VET", "timeframe", "4h", NULL), 0);
    assert_int_equal(ask(p, "watch.add", "pair", "BTC", "timeframe", "4h", NULL), 0);
    assert_int_equal(ask(p, "watch.add", "pair", "ETH", "timeframe", "4h", NULL), 77);
    said(p, "holds 2 streams and may hold 2");
    assert_int_equal(ask(p, "watch.add", "pair", "VET", "timeframe", "4h", NULL), 0);
    assert_int_equal(ask(p, "watch.remove", "pair", "VET", "timeframe", "4h", NULL), 0);
    assert_int_equal(ask(p, "watch.add", "pair", "ETH", "timeframe", "4h", NULL), 0);
}

static void too_much_weight(void **state)
{
    struct place *p = *state;
    const struct venue *venue = NULL;
    struct venue_request request;
    struct pair pair;
    int64_t limit, window_ms, id, fits;

    assert_int_equal(venue_find(STR("binance"), &venue, NULL), 0);
    venue_default_budget(venue, &limit, &window_ms);
    assert_int_equal(pair_parse(STR("VET/USDT"), &pair), 0);
    assert_int_equal(venue_build_candles(venue, &pair, TF_M1, 0, MS_MINUTE, 1, &request), 0);
    place_set(p, "exchange.binance.weight_share=1");
    fits = limit / 100 / request.weight; // streams of 1m in one percent, windows being minutes
    assert_int_equal(window_ms, MS_MINUTE);
    assert_int_equal(ask(p, "portfolio.create", "name", "main", NULL), 0);
    assert_int_equal(store_begin(p->s), 0);
    for (int64_t i = 0; i < fits - 1; i++) {
        int64_t entry;

        assert_int_equal(str_printf(pair.base, sizeof pair.base, "A%lld", (long long)i), 0);
        assert_int_equal(store_stream_ensure(p->s, "binance", &pair, TF_M1, T0, &id), 0);
        assert_int_equal(store_entry_ensure(p->s, 1, id, T0, &entry), 0);
    }
    assert_int_equal(store_commit(p->s), 0);
    assert_int_equal(ask(p, "watch.add", "pair", "VET", "timeframe", "1m", NULL), 0);
    assert_int_equal(ask(p, "watch.add", "pair", "BTC", "timeframe", "1m", NULL), 77);
    said(p, "request weight a minute, 60 allowed");
    said(p, "streams of 1m");
    said(p, "exchange.binance.weight_share");
    assert_int_equal(ask(p, "watch.add", "pair", "BTC", "timeframe", "1d", NULL), 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)
        T(pairs_as_typed),
        T(refused),
        T(no_market_list),
        T(again_changes_nothing),
        T(removed_streams_keep_their_candles),
        T(delisted_markets_can_be_removed),
        T(pausing),
        T(too_many_streams),
        T(too_much_weight),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
