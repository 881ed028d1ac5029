// SPDX-License-Identifier: Apache-2.0
// Tests of the rule by which candles are let go.
#include "market/retention.h"

#include "base/random.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

static void table(void **state)
{
    const struct {
        int64_t stored, keep, needed, want;
    } cases[] = {
        {1000000, 0, 500, 0},                           // all are kept
        {1000, 1000, 500, 0},                           // as many as wanted
        {1249, 1000, 500, 0},                           // a step is a quarter
        {1250, 1000, 500, 1000},                        // now
        {5000, 1000, 500, 1000}, {5000, 100, 500, 500}, // the strategies need more
        {599, 100, 500, 0},                             // and the step follows what is kept
        {624, 100, 500, 0},      {625, 100, 500, 500},
        {109, 10, 1, 0}, // small ones wait for a hundred
        {110, 10, 1, 10},        {0, 10, 1, 0},
        {10, 1000, 500, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(retention_keep(cases[i].stored, cases[i].keep, cases[i].needed),
                         cases[i].want);
    }
}

// A stream that grows for ever: what is needed is always there, and what is stored stays bounded.
static void grows_for_ever(void **state)
{
    struct random rnd;
    (void)state;
    random_init(&rnd, 7);
    for (int round = 0; round < 200; round++) {
        int64_t keep = 1 + (int64_t)random_below(&rnd, 3000);
        int64_t needed = (int64_t)random_below(&rnd, 3000);
        int64_t kept = keep > needed ? keep : needed;
        int64_t stored = 0, steps = 0, grown = 20000;

        for (int64_t i = 0; i < grown; i++) {
            int64_t now = retention_keep(++stored, keep, needed);

            if (now > 0) {
                assert_true(now >= needed && now >= keep && now < stored);
                stored = now;
                steps++;
            }
            assert_true(stored <= kept + kept / 4 + RETENTION_STEP_MIN);
        }
        assert_true(steps <=
                    grown / (kept / 4 > RETENTION_STEP_MIN ? kept / 4 : RETENTION_STEP_MIN));
        assert_true(stored >= (grown < kept ? grown : kept));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table),
        cmocka_unit_test(grows_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
