// SPDX-License-Identifier: Apache-2.0
// Candles: new, same and revised; rows, columns, the newest, and holes against a plain model.
#include "support_store.h"

#include "base/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rows {
    struct store_candle row[600];
    int n;
};

static int keep_row(void *arg, const struct store_candle *c)
{
    struct rows *r = arg;
    assert_true(r->n < 600);
    r->row[r->n++] = *c;
    return 0;
}

static void put_tells_new_same_and_revised_apart(void **state)
{
    struct place *p = *state;
    struct rows got = {0};
    struct candle c = candle_at(TF_H4, 0, 10), bare = candle_at(TF_H4, 1, 11);
    enum store_put put;
    bare.quote_volume = (double)NAN;
    bare.trades = -1;
    assert_int_equal(store_begin(p->s), 0);
    assert_int_equal(store_candle_put(p->s, 1, TF_H4, &c, CANDLE_LIVE, true, T0, &put), 0);
    assert_int_equal(put, STORE_NEW);
    assert_int_equal(store_candle_put(p->s, 1, TF_H4, &c, CANDLE_HEAL, false, T0, &put), 0);
    assert_int_equal(put, STORE_SAME);
    assert_int_equal(store_candle_put(p->s, 1, TF_H4, &bare, CANDLE_HEAL, false, T0, &put), 0);
    assert_int_equal(store_candle_put(p->s, 1, TF_H4, &bare, CANDLE_HEAL, false, T0, &put), 0);
    assert_int_equal(put, STORE_SAME); // NaN equals NaN
    assert_int_equal(store_commit(p->s), 0);
    c.close = 10.5;
    BURST(p, store_candle_put(p->s, 1, TF_H4, &c, CANDLE_HEAL, false, T0 + 9, &put));
    assert_int_equal(put, STORE_REVISED);
    assert_int_equal(store_candle_each(p->s, 1, TF_H4, 0, INT64_MAX, 0, keep_row, &got), 0);
    assert_int_equal(got.n, 2);
    assert_true(candle_equal(&got.row[0].candle, &c));
    assert_true(got.row[0].revised);
    assert_true(got.row[0].late); // how it first came stays
    assert_int_equal(got.row[0].source, CANDLE_LIVE);
    assert_true(candle_equal(&got.row[1].candle, &bare));
    assert_false(got.row[1].revised);
}

static void doubles_come_back_bit_for_bit(void **state)
{
    struct place *p = *state;
    struct rows got = {0};
    const double values[] = {0.1, 1e-8, 43210.12345678, 123456789012345.0, 5e-324, 1.7e308, 3.0, 0};
    assert_int_equal(store_begin(p->s), 0);
    for (int i = 0; i < 8; i++) {
        struct candle c = candle_at(TF_M1, i, values[i]);
        enum store_put put;
        c.volume = values[7 - i];
        assert_int_equal(store_candle_put(p->s, 9, TF_M1, &c, CANDLE_LIVE, false, T0, &put), 0);
    }
    assert_int_equal(store_commit(p->s), 0);
    place_reopen(p);
    assert_int_equal(store_candle_each(p->s, 9, TF_M1, 0, INT64_MAX, 0, keep_row, &got), 0);
    assert_int_equal(got.n, 8);
    for (int i = 0; i < 8; i++) {
        assert_memory_equal(&got.row[i].candle.open, &values[i], sizeof(double));
        assert_memory_equal(&got.row[i].candle.volume, &values[7 - i], sizeof(double));
    }
}

static void impossible_candles_are_refused(void **state)
{
    struct place *p = *state;
    struct candle off = candle_at(TF_H4, 0, 10), nan = candle_at(TF_H4, 1, (double)NAN);
    enum store_put put;
    time_ms newest;
    off.open_time += 1;
    assert_int_equal(store_begin(p->s), 0);
    assert_int_equal(store_candle_put(p->s, 1, TF_H4, &off, CANDLE_LIVE, false, T0, &put),
                     ERR_INVALID);
    assert_int_equal(store_candle_put(p->s, 1, TF_H4, &nan, CANDLE_LIVE, false, T0, &put),
                     ERR_INVALID);
    assert_int_equal(store_commit(p->s), 0);
    assert_int_equal(store_candle_newest(p->s, 1, TF_H4, &newest), ERR_NOT_FOUND);
}

static void spans_and_last_n(void **state)
{
    struct place *p = *state;
    const time_ms step = 4 * MS_HOUR;
    const struct {
        time_ms from, to;
        int64_t last_n;
        int first, count;
    } cases[] = {
        {0, INT64_MAX, 0, 0, 100},
        {0, INT64_MAX, 3, 97, 3},
        {0, INT64_MAX, 500, 0, 100},
        {T0 + step, T0 + 4 * step, 0, 1, 3},
        {T0 + 1, T0 + 4 * step + 1, 0, 1, 4},
        {T0, T0 + 50 * step, 2, 48, 2},
        {T0 + 100 * step, INT64_MAX, 5, 0, 0},
        {T0 + 3 * step, T0 + 3 * step, 0, 0, 0},
    };
    assert_int_equal(store_begin(p->s), 0);
    for (int i = 0; i < 100; i++) {
        put_candle(p->s, 1, TF_H4, i, 100 + i);
        put_candle(p->s, 2, TF_H4, i + 1000, 1);
    }
    assert_int_equal(store_commit(p->s), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rows got = {0};
        assert_int_equal(store_candle_each(p->s, 1, TF_H4, cases[i].from, cases[i].to,
                                           cases[i].last_n, keep_row, &got),
                         0);
        assert_int_equal(got.n, cases[i].count);
        for (int k = 0; k < got.n; k++)
            assert_int_equal(got.row[k].candle.open_time, T0 + (cases[i].first + k) * step);
    }
    time_ms newest = 0;
    assert_int_equal(store_candle_newest(p->s, 1, TF_H4, &newest), 0);
    assert_int_equal(newest, T0 + 99 * step);
}

static void columns_page_through_a_stream(void **state)
{
    struct place *p = *state;
    time_ms times[40];
    double cells[5][40];
    struct store_columns out = {times, cells[0], cells[1], cells[2], cells[3], cells[4]};
    size_t n = 99;
    int seen = 0;
    assert_int_equal(store_candle_columns(p->s, 1, TF_D1, 0, 40, &out, &n), 0);
    assert_int_equal(n, 0);
    assert_int_equal(store_begin(p->s), 0);
    for (int i = 0; i < 100; i++) {
        put_candle(p->s, 1, TF_D1, i, 100 + i);
        put_candle(p->s, 2, TF_D1, i, 5);
    }
    assert_int_equal(store_commit(p->s), 0);
    time_ms from = 0;
    do {
        assert_int_equal(store_candle_columns(p->s, 1, TF_D1, from, 40, &out, &n), 0);
        for (size_t i = 0; i < n; i++, seen++) {
            struct candle want = candle_at(TF_D1, seen, 100 + seen);
            assert_int_equal(times[i], want.open_time);
            assert_true(cells[0][i] == want.open && cells[1][i] == want.high &&
                        cells[2][i] == want.low && cells[3][i] == want.close &&
                        cells[4][i] == want.volume);
            from = times[i] + 1;
        }
    } while (n == 40);
    assert_int_equal(seen, 100);
}

// ---- holes ----------------------------------------------------------------------------------

struct holes {
    char missing[400]; // by index on the grid
    enum timeframe tf;
    time_ms origin;
    time_ms last_end;
};

static int mark_hole(void *arg, time_ms from, time_ms to)
{
    struct holes *h = arg;
    assert_true(from < to);
    assert_true(from >= h->last_end); // rising, apart
    assert_true(timeframe_is_aligned(h->tf, from) && timeframe_is_aligned(h->tf, to));
    for (time_ms t = from; t < to; t = timeframe_next(h->tf, t))
        h->missing[timeframe_count(h->tf, h->origin, t)] = 1;
    h->last_end = to;
    return 0;
}

static void put_gap(struct store *s, int64_t stream, time_ms open, bool of_exchange)
{
    struct store_gap g = {.stream_id = stream,
                          .open_time = open,
                          .cause = "no data",
                          .exchange_gap = of_exchange,
                          .logged_at = T0};
    assert_int_equal(store_gap_put(s, &g), 0);
}

static void holes_match_a_model(void **state)
{
    struct place *p = *state;
    const enum timeframe frames[] = {TF_M1, TF_H4, TF_W1, TF_MN1};
    struct random r;
    random_init(&r, 7);
    for (int round = 0; round < 60; round++) {
        enum timeframe tf = frames[round % 4];
        time_ms origin = timeframe_open_of(tf, T0);
        char stored[300] = {0}, lacking[300] = {0}, want[400] = {0};
        assert_int_equal(store_begin(p->s), 0);
        char name[32];
        snprintf(name, sizeof(name), "C%d/USDT", round);
        int64_t stream = make_stream(p->s, name, tf);
        int density = (int)random_below(&r, 101), first = 300;
        for (int i = 299; i >= 0; i--) {
            time_ms open = timeframe_step(tf, origin, i);
            stored[i] = (int)random_below(&r, 100) < density;
            lacking[i] = !stored[i] && random_below(&r, 10) == 0;
            if (stored[i]) {
                put_candle(p->s, stream, tf, i, 10);
                first = i;
            } else if (lacking[i] || random_below(&r, 10) == 0) {
                put_gap(p->s, stream, open, lacking[i]);
            }
        }
        assert_int_equal(store_commit(p->s), 0);
        int a = (int)random_below(&r, 300), b = a + (int)random_below(&r, (uint64_t)(301 - a));
        for (int i = a; i < b; i++)
            want[i] = i > first && !stored[i] && !lacking[i];
        struct holes got = {.tf = tf, .origin = origin};
        assert_int_equal(store_candle_holes(p->s, stream, tf, timeframe_step(tf, origin, a),
                                            timeframe_step(tf, origin, b), mark_hole, &got),
                         0);
        assert_memory_equal(got.missing, want, sizeof(want));
    }
}

// Many calls in random order against an array: the counters, the newest and the rows agree.
static void random_bursts_match_a_model(void **state)
{
    struct place *p = *state;
    enum {
        STREAMS = 3,
        SLOTS = 120
    };
    static double model[STREAMS][SLOTS];
    static bool have[STREAMS][SLOTS];
    double burst_model[STREAMS][SLOTS];
    bool burst_have[STREAMS][SLOTS];
    struct random r;
    random_init(&r, 11);
    assert_int_equal(store_begin(p->s), 0);
    int64_t ids[STREAMS] = {make_stream(p->s, "A/USDT", TF_M5), make_stream(p->s, "B/USDT", TF_M5),
                            make_stream(p->s, "C/USDT", TF_M5)};
    assert_int_equal(store_commit(p->s), 0);
    for (int round = 0; round < 80; round++) {
        memcpy(burst_model, model, sizeof(model));
        memcpy(burst_have, have, sizeof(have));
        assert_int_equal(store_begin(p->s), 0);
        for (int n = (int)random_below(&r, 30); n > 0; n--) {
            int st = (int)random_below(&r, STREAMS), slot = (int)random_below(&r, SLOTS);
            double price = 10 + (double)random_below(&r, 3);
            enum store_put want = !burst_have[st][slot]            ? STORE_NEW
                                  : burst_model[st][slot] == price ? STORE_SAME
                                                                   : STORE_REVISED;
            assert_int_equal(put_candle(p->s, ids[st], TF_M5, slot, price), want);
            burst_have[st][slot] = true;
            burst_model[st][slot] = price;
        }
        if (random_below(&r, 4) == 0) {
            store_rollback(p->s);
            continue;
        }
        assert_int_equal(store_commit(p->s), 0);
        memcpy(model, burst_model, sizeof(model));
        memcpy(have, burst_have, sizeof(have));
        if (random_below(&r, 10) == 0)
            place_reopen(p);
    }
    for (int st = 0; st < STREAMS; st++) {
        struct rows got = {0};
        struct store_stream facts;
        int n = 0;
        assert_int_equal(store_candle_each(p->s, ids[st], TF_M5, 0, INT64_MAX, 0, keep_row, &got),
                         0);
        for (int slot = 0; slot < SLOTS; slot++) {
            if (!have[st][slot])
                continue;
            struct candle want = candle_at(TF_M5, slot, model[st][slot]);
            assert_true(candle_equal(&got.row[n++].candle, &want));
        }
        assert_int_equal(got.n, n);
        assert_int_equal(store_stream_get(p->s, ids[st], &facts), 0);
        assert_int_equal(facts.candle_count, n);
        assert_int_equal(facts.last_open, got.row[n - 1].candle.open_time);
    }
}

static void more_streams_than_a_burst_remembers(void **state)
{
    struct place *p = *state;
    assert_int_equal(store_begin(p->s), 0);
    for (int64_t stream = 1; stream <= 2500; stream++) {
        put_candle(p->s, stream, TF_H1, 0, 1);
        put_candle(p->s, stream, TF_H1, 1, 1);
    }
    int64_t id = make_stream(p->s, "VET/USDT", TF_H1);
    struct store_stream facts;
    assert_int_equal(store_stream_get(p->s, id, &facts), 0);
    assert_int_equal(facts.candle_count, 2);
    assert_int_equal(store_commit(p->s), 0);
    time_ms newest;
    assert_int_equal(store_candle_newest(p->s, 2500, TF_H1, &newest), 0);
    assert_int_equal(newest, T0 + MS_HOUR);
}

static void retention_keeps_the_newest(void **state)
{
    struct place *p = *state;
    struct rows got = {0};
    struct store_stream facts;
    int64_t deleted = 0;
    assert_int_equal(store_begin(p->s), 0);
    int64_t a = make_stream(p->s, "A/USDT", TF_M1), b = make_stream(p->s, "B/USDT", TF_M1);
    for (int i = 0; i < 50; i++)
        put_candle(p->s, a, TF_M1, i, 10);
    for (int i = 0; i < 5; i++)
        put_candle(p->s, b, TF_M1, i, 10);
    assert_int_equal(store_retention(p->s, TF_M1, 10, &deleted), ERR_INVALID);
    assert_int_equal(store_commit(p->s), 0);
    assert_int_equal(store_retention(p->s, TF_M1, 0, &deleted), ERR_RANGE);
    assert_int_equal(store_retention(p->s, TF_M1, 10, &deleted), 0);
    assert_int_equal(deleted, 40);
    assert_int_equal(store_candle_each(p->s, a, TF_M1, 0, INT64_MAX, 0, keep_row, &got), 0);
    assert_int_equal(got.n, 10);
    assert_int_equal(got.row[0].candle.open_time, T0 + 40 * MS_MINUTE);
    assert_int_equal(store_stream_get(p->s, a, &facts), 0);
    assert_int_equal(facts.candle_count, 10);
    assert_int_equal(store_stream_get(p->s, b, &facts), 0);
    assert_int_equal(facts.candle_count, 5);
    assert_int_equal(store_vacuum(p->s), 0);
    assert_int_equal(store_checkpoint(p->s), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, place_setup, place_teardown)
    const struct CMUnitTest tests[] = {
        TEST(put_tells_new_same_and_revised_apart), TEST(doubles_come_back_bit_for_bit),
        TEST(impossible_candles_are_refused),       TEST(spans_and_last_n),
        TEST(columns_page_through_a_stream),        TEST(holes_match_a_model),
        TEST(random_bursts_match_a_model),          TEST(more_streams_than_a_burst_remembers),
        TEST(retention_keeps_the_newest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
