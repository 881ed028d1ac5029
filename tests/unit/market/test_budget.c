// SPDX-License-Identifier: Apache-2.0
// The weight budget: examples, and random traffic that must neither pass the ceiling nor stop.
#include "base/random.h"
#include "market/budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_examples(void **state)
{
    (void)state;
    struct budget b;
    time_ms retry = 0;
    time_ms now = 60000 * 1000 + 10000;
    budget_init(&b, 6000, 60000, 80);
    assert_int_equal(b.ceiling, 4800);
    assert_true(budget_take(&b, now, 4000, &retry));
    assert_int_equal(budget_left(&b, now), 800);
    // Another program on the same address has used 500.
    budget_settle(&b, now, 4000, 4500);
    assert_int_equal(budget_left(&b, now), 300);
    // A header that is older than our own count changes nothing.
    budget_settle(&b, now, 0, 10);
    assert_int_equal(budget_left(&b, now), 300);
    assert_false(budget_take(&b, now, 301, &retry));
    assert_int_equal(retry, 60000 * 1001);
    assert_true(budget_take(&b, retry, 4800, &retry));
    // In flight across the border: the server may count it on either side.
    now = 60000 * 1002;
    assert_false(budget_take(&b, now, 1, &retry));
    budget_settle(&b, now, 4800, -1);
    assert_int_equal(budget_left(&b, 60000 * 1003), 4800);
    assert_false(budget_take(&b, now, 4801, &retry));
    assert_true(retry == INT64_MAX);
    assert_false(budget_take(&b, now, -1, &retry));
    budget_freeze(&b, 60000 * 1010 + 5);
    budget_freeze(&b, 60000 * 1009); // never shorter
    assert_false(budget_take(&b, 60000 * 1005, 1, &retry));
    assert_int_equal(retry, 60000 * 1010 + 5);
    assert_int_equal(budget_left(&b, 60000 * 1005), 0);
    assert_true(budget_take(&b, retry, 1, &retry));
    budget_set_limit(&b, 1200, 60000, 50);
    assert_int_equal(budget_left(&b, 60000 * 1010 + 5), 599);
    budget_init(&b, 10, 60000, 1);
    assert_int_equal(b.ceiling, 1);
    budget_init(&b, 1200, 0, 500);
    assert_int_equal(b.ceiling, 1200);
}

static void test_clock_set_back(void **state)
{
    (void)state;
    struct budget b;
    time_ms retry = 0;
    time_ms border = 60000 * 1000;
    budget_init(&b, 100, 60000, 100);
    assert_true(budget_take(&b, border - 5, 100, &retry));
    budget_settle(&b, border - 5, 100, -1);
    assert_true(budget_take(&b, border + 1, 1, &retry));
    // Measured again, time is back before the border: that window was spent.
    assert_false(budget_take(&b, border - 3, 1, &retry));
    assert_int_equal(retry, border);
    // A leap far ahead and back costs one window, not all until then.
    assert_true(budget_take(&b, border + 86400000, 1, &retry));
    assert_false(budget_take(&b, border + 1, 1, &retry));
    assert_int_equal(retry, border + 60000);
    budget_settle(&b, border + 1, 2, -1);
    assert_true(budget_take(&b, retry, 100, &retry));
}

#define FLIGHT_MAX 32

struct flight {
    int64_t weight;
    time_ms until;
};

struct traffic {
    struct budget budget;
    struct flight flights[FLIGHT_MAX];
    time_ms now;
    time_ms window;
    int64_t taken; // weight granted in this window
    int refused;
};

// One request tried, or the reply to one with a header that may say anything.
static void one_turn(struct traffic *t, struct random *r)
{
    struct budget *b = &t->budget;
    t->now += (time_ms)random_below(r, 200);
    if (t->now - t->now % b->window_ms != t->window) {
        t->window = t->now - t->now % b->window_ms;
        t->taken = 0;
    }
    struct flight *f = &t->flights[random_below(r, FLIGHT_MAX)];
    if (f->weight > 0 && t->now >= f->until) {
        int64_t header = (int64_t)random_below(r, (uint64_t)b->limit * 2);
        budget_settle(b, t->now, f->weight, random_below(r, 3) ? -1 : header);
        f->weight = 0;
    }
    if (random_below(r, 500) == 0)
        budget_freeze(b, t->now + (time_ms)random_below(r, 3000));
    if (f->weight > 0)
        return;
    int64_t weight = 1 + (int64_t)random_below(r, (uint64_t)b->ceiling);
    int64_t left = budget_left(b, t->now);
    time_ms retry = 0;
    if (budget_take(b, t->now, weight, &retry)) {
        assert_true(weight <= left);
        *f = (struct flight){weight, t->now + (time_ms)random_below(r, 400)};
        t->taken += weight;
        assert_true(t->taken <= b->ceiling);
    } else {
        int64_t longest = b->window_ms > 3000 ? b->window_ms : 3000;
        assert_true(weight > left);
        assert_true(retry > t->now && retry <= t->now + longest);
        t->refused++;
    }
    assert_true(b->in_flight >= 0 && b->in_flight <= b->used);
}

static void test_traffic(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 99);
    for (int round = 0; round < 200; round++) {
        struct traffic t = {.now = 1600000000000};
        budget_init(&t.budget, 1 + (int64_t)random_below(&r, 6000),
                    1000 * (1 + (int64_t)random_below(&r, 60)),
                    1 + (unsigned)random_below(&r, 100));
        for (int i = 0; i < 3000; i++)
            one_turn(&t, &r);
        // Once all is answered, the window after the longest freeze grants the whole ceiling.
        for (size_t k = 0; k < FLIGHT_MAX; k++)
            budget_settle(&t.budget, t.now, t.flights[k].weight, -1);
        time_ms retry = 0;
        assert_true(
            budget_take(&t.budget, t.now + t.budget.window_ms + 3000, t.budget.ceiling, &retry));
        assert_true(t.refused > 0);
    }
}

static void test_poll_weight(void **state)
{
    (void)state;
    uint32_t counts[TF_COUNT] = {[TF_M1] = 100, [TF_M5] = 50, [TF_H1] = 60};
    assert_true(budget_poll_weight_per_minute(counts, 2) == 222);
    counts[TF_M1] = counts[TF_M5] = counts[TF_H1] = 0;
    assert_true(budget_poll_weight_per_minute(counts, 2) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_clock_set_back),
        cmocka_unit_test(test_traffic),
        cmocka_unit_test(test_poll_weight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
