// SPDX-License-Identifier: Apache-2.0
// Tests of "is a stream whole?": the reason of each missing candle, runs of holes, and a property:
// however the grid is cut into blocks, and whatever is recorded, the counts and holes add up.
#include "market/verify.h"

#include "base/random.h"
#include "market/schedule.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#define T0 INT64_C(1620000000000) // 2021-05-03T00:00:00Z, a Monday

static void reasons(void **state)
{
    const struct verify_cell nothing = {0};
    const struct {
        const char *what;
        struct verify_cell cell;
        time_ms settled; // after the candle's deadline: negative = before it, 0 = no hub
        enum verify_why want;
    } cases[] = {
        {"hub at work, window open, no row", nothing, -1, VERIFY_OPEN},
        {"hub at work, window over, no row", nothing, 0, VERIFY_UNEXPLAINED},
        {"no hub, no row", nothing, INT64_MIN, VERIFY_UNEXPLAINED},
        {"retry inside the window",
         {.has_ledger = true, .status = POLL_PENDING_RETRY},
         -1,
         VERIFY_RETRY},
        {"retry, no hub",
         {.has_ledger = true, .status = POLL_PENDING_RETRY},
         INT64_MIN,
         VERIFY_RETRY},
        {"retry left behind",
         {.has_ledger = true, .status = POLL_PENDING_RETRY},
         1,
         VERIFY_UNEXPLAINED},
        {"due inside the window", {.has_ledger = true, .status = POLL_DUE}, -1, VERIFY_RETRY},
        {"gap", {.has_ledger = true, .status = POLL_GAP}, 1, VERIFY_GAP},
        {"gap row alone, the ledger is no longer kept", {.has_gap = true}, 1, VERIFY_GAP},
        {"filled, yet missing", {.has_gap = true, .filled = true}, 1, VERIFY_LOST},
        {"exchange gap in the ledger",
         {.has_ledger = true, .status = POLL_EXCHANGE_GAP},
         1,
         VERIFY_EXCHANGE_GAP},
        {"exchange gap in the gap log",
         {.has_gap = true, .exchange_gap = true},
         1,
         VERIFY_EXCHANGE_GAP},
        {"exchange gap found after a gap",
         {.has_ledger = true, .status = POLL_GAP, .has_gap = true, .exchange_gap = true},
         1,
         VERIFY_EXCHANGE_GAP},
        {"saved, yet missing", {.has_ledger = true, .status = POLL_SAVED}, -1, VERIFY_LOST},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct verify v;
        time_ms deadline = schedule_deadline(TF_H4, T0);
        time_ms settled = cases[i].settled == INT64_MIN ? 0 : deadline + cases[i].settled;
        enum verify_why why;

        verify_begin(&v, TF_H4, settled, 0, NULL, NULL);
        why = verify_missing_why(&v, T0, &cases[i].cell);
        if (why != cases[i].want) {
            fail_msg("%s: %s, wanted %s", cases[i].what, verify_why_name(why),
                     verify_why_name(cases[i].want));
        }
    }
}

static void wholeness(void **state)
{
    struct verify_result r = {.expected = 9, .stored = 5, .late = 2, .revised = 1};
    (void)state;
    assert_true(verify_is_whole(&r));
    r.missing[VERIFY_OPEN] = r.missing[VERIFY_RETRY] = r.missing[VERIFY_EXCHANGE_GAP] = 1;
    assert_true(verify_is_whole(&r));
    for (int why = 0; why < VERIFY_WHY_COUNT; why++) {
        struct verify_result one = {0};

        one.missing[why] = 1;
        assert_int_equal(verify_is_whole(&one), verify_why_is_whole((enum verify_why)why));
        assert_true(verify_why_text((enum verify_why)why)[0] != '\0');
    }
    assert_false(verify_is_whole(&(struct verify_result){.invalid = 1}));
    assert_false(verify_is_whole(&(struct verify_result){.without_ledger = 1}));
    assert_false(verify_is_whole(&(struct verify_result){.ledger_disputes = 1}));
}

static void stored_ones(void **state)
{
    struct verify v;
    const struct verify_cell cells[] = {
        {.stored = true, .source = CANDLE_BOOTSTRAP},
        {.stored = true, .source = CANDLE_LIVE, .has_ledger = true, .status = POLL_SAVED},
        {.stored = true,
         .source = CANDLE_HEAL,
         .late = true,
         .has_ledger = true,
         .status = POLL_GAP},
        {.stored = true, .source = CANDLE_LIVE, .revised = true},
        {.stored = true, .source = CANDLE_LIVE, .fault = CANDLE_IMPOSSIBLE},
    };
    (void)state;
    // The ledger is kept from the last of them on.
    verify_begin(&v, TF_H1, T0 + MS_DAY, T0 + 4 * MS_HOUR, NULL, NULL);
    assert_int_equal(verify_block(&v, T0, cells, 5), 0);
    verify_end(&v);
    assert_int_equal(v.result.expected, 5);
    assert_int_equal(v.result.stored, 5);
    assert_int_equal(v.result.late, 1);
    assert_int_equal(v.result.revised, 1);
    assert_int_equal(v.result.invalid, 1);
    assert_int_equal(v.result.ledger_disputes, 1);
    assert_int_equal(v.result.without_ledger, 1);
    assert_int_equal(v.result.holes, 0);
    // Just stored: its row may have come after the ledger was read.
    verify_begin(&v, TF_H1, T0 + 5 * MS_HOUR - 1, T0 + 4 * MS_HOUR, NULL, NULL);
    assert_int_equal(verify_block(&v, T0, cells, 5), 0);
    assert_int_equal(v.result.without_ledger, 0);
    verify_begin(&v, TF_H1, T0 + 5 * MS_HOUR, T0 + 3 * MS_HOUR, NULL, NULL);
    assert_int_equal(verify_block(&v, T0, cells, 5), 0);
    assert_int_equal(v.result.without_ledger, 2);
}

static void blocks_follow(void **state)
{
    struct verify v;
    const struct verify_cell cells[2] = {{.stored = true}, {.stored = true}};
    (void)state;
    verify_begin(&v, TF_MN1, 0, 0, NULL, NULL);
    assert_int_equal(verify_block(&v, T0, cells, 2), ERR_INVALID); // not the first of a month
    verify_begin(&v, TF_H4, 0, 0, NULL, NULL);
    assert_int_equal(verify_block(&v, T0, cells, 2), 0);
    assert_int_equal(verify_block(&v, T0, cells, 2), ERR_INVALID);
    assert_int_equal(verify_block(&v, T0 + 12 * MS_HOUR, cells, 2), ERR_INVALID);
    assert_int_equal(verify_block(&v, T0 + 8 * MS_HOUR, cells, 2), 0);
}

// ---- property

#define CELLS 300

struct seen {
    enum timeframe tf;
    time_ms last_to;
    enum verify_why last_why;
    int64_t holes;
    int64_t missing[VERIFY_WHY_COUNT];
    uint64_t digest; // of the holes in order
};

static void on_hole(void *arg, const struct verify_hole *h)
{
    struct seen *s = arg;

    assert_true(h->candles > 0 && h->from < h->to);
    assert_int_equal(timeframe_count(s->tf, h->from, h->to), h->candles);
    assert_true(h->from >= s->last_to);
    // Two holes that touch are two only because their reasons differ.
    assert_true(h->from > s->last_to || h->why != s->last_why || s->holes == 0);
    s->last_to = h->to;
    s->last_why = h->why;
    s->holes++;
    s->missing[h->why] += h->candles;
    s->digest = (s->digest ^ (uint64_t)h->from ^ (uint64_t)h->to) * 1099511628211u + h->why;
}

static struct verify_cell any_cell(struct random *rnd)
{
    struct verify_cell c = {.stored = random_below(rnd, 3) > 0};

    c.late = c.stored && random_below(rnd, 8) == 0;
    c.revised = c.stored && random_below(rnd, 8) == 0;
    c.source = (enum candle_source)random_below(rnd, CANDLE_SOURCE_COUNT);
    c.fault = c.stored && random_below(rnd, 20) == 0 ? CANDLE_IMPOSSIBLE : CANDLE_OK;
    c.has_ledger = random_below(rnd, 2) == 0;
    c.status = (enum poll_status)random_below(rnd, POLL_STATUS_COUNT);
    c.has_gap = random_below(rnd, 3) == 0;
    c.exchange_gap = random_below(rnd, 3) == 0;
    c.filled = random_below(rnd, 3) == 0;
    return c;
}

static void run(struct seen *s, struct verify *v, time_ms first, const struct verify_cell *cells,
                time_ms settled, struct random *cut)
{
    size_t at = 0;
    time_ms open = first;

    *s = (struct seen){.tf = v->tf, .digest = 14695981039346656037u};
    verify_begin(v, s->tf, settled, 0, on_hole, s);
    while (at < CELLS) {
        size_t n = cut ? random_below(cut, 40) : CELLS;

        n = n < CELLS - at ? n : CELLS - at;
        assert_int_equal(verify_block(v, open, cells + at, n), 0);
        at += n;
        open = timeframe_step(s->tf, first, (int64_t)at);
    }
    verify_end(v);
}

static void any_records_any_blocks(void **state)
{
    struct random rnd;
    (void)state;
    random_init(&rnd, 20210503);
    for (int round = 0; round < 400; round++) {
        struct verify_cell cells[CELLS];
        struct verify whole = {.tf = (enum timeframe)random_below(&rnd, TF_COUNT)};
        struct verify cut = whole;
        struct seen a, b;
        time_ms first = timeframe_open_of(whole.tf, T0);
        time_ms settled = random_below(&rnd, 2)
                              ? 0
                              : timeframe_step(whole.tf, first, (int64_t)random_below(&rnd, 350));
        int64_t stored = 0, missing = 0;

        for (size_t i = 0; i < CELLS; i++) {
            cells[i] = any_cell(&rnd);
            stored += cells[i].stored;
        }
        run(&a, &whole, first, cells, settled, NULL);
        run(&b, &cut, first, cells, settled, &rnd);
        assert_int_equal(a.digest, b.digest);
        assert_memory_equal(&whole.result, &cut.result, sizeof whole.result);
        assert_int_equal(whole.result.expected, CELLS);
        assert_int_equal(whole.result.stored, stored);
        assert_int_equal(whole.result.holes, a.holes);
        for (int why = 0; why < VERIFY_WHY_COUNT; why++) {
            missing += whole.result.missing[why];
            assert_int_equal(a.missing[why], whole.result.missing[why]);
        }
        assert_int_equal(missing + stored, CELLS);
        if (settled == 0) {
            assert_int_equal(whole.result.missing[VERIFY_OPEN], 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reasons),
        cmocka_unit_test(wholeness),
        cmocka_unit_test(stored_ones),
        cmocka_unit_test(blocks_follow),
        cmocka_unit_test(any_records_any_blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
