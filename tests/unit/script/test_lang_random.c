// SPDX-License-Identifier: Apache-2.0
// Random scripts from the grammar: whole history at once, bar by bar and in random blocks give the
// same plots, orders and alerts, bit for bit.
#include "support_generate.h"
#include "support_script.h"

#include "base/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// cmocka.h needs the headers above first.
#include <cmocka.h>

#define SCRIPTS 400
#define BARS    700

static bool same(const struct test_run *a, const struct test_run *b)
{
    if (a->rc != b->rc || !str_eq(buf_str(&a->events), buf_str(&b->events)))
        return false;
    for (size_t i = 0; a->plots && i < a->plot_count * a->bars; i++) {
        if (!(isnan(a->plots[i]) && isnan(b->plots[i])) &&
            memcmp(&a->plots[i], &b->plots[i], sizeof(double)) != 0)
            return false;
    }
    return true;
}

static void test_splits(void **state)
{
    (void)state;
    struct random r;
    struct test_bars bars = test_bars_walk(BARS, 11);
    unsigned ran = 0;
    random_init(&r, 20240101);
    for (int i = 0; i < SCRIPTS; i++) {
        uint8_t bytes[512];
        struct buf script;
        struct test_run whole;
        buf_init(&script, 1 << 20);
        for (size_t k = 0; k < sizeof bytes; k++)
            bytes[k] = (uint8_t)random_u64(&r);
        generate_script(&script, bytes, sizeof bytes);
        test_run_script(&whole, buf_str(&script), &bars, NULL, 0, 0);
        if (whole.rc && whole.diags.count)
            print_error("%u:%u %s\n", whole.diags.items[0].line, whole.diags.items[0].column,
                        whole.diags.items[0].text);
        if (whole.rc)
            fail_msg("script %d does not run (%d):\n" STR_FMT, i, whole.rc,
                     STR_ARG(buf_str(&script)));
        ran += whole.events.len > 0;
        for (uint64_t cuts = 1; cuts <= 3; cuts++) {
            struct test_run other;
            test_run_script(&other, buf_str(&script), &bars, NULL, 0, cuts);
            if (!same(&whole, &other))
                fail_msg("script %d differs with cuts %llu:\n" STR_FMT, i, (unsigned long long)cuts,
                         STR_ARG(buf_str(&script)));
            test_run_free(&other);
        }
        test_run_free(&whole);
        buf_finish(&script);
    }
    assert_true(ran > SCRIPTS / 4);
    test_bars_free(&bars);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_splits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
