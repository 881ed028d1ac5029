// SPDX-License-Identifier: Apache-2.0
// Scripts generated from the grammar by the input's bytes have to give the same plots and events
// bar by bar as in blocks.
#include "../unit/script/support_script.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
// A fuzz target is one source file; the helpers are those of the unit tests.
#include "../unit/script/support_generate.c"
#include "../unit/script/support_script.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_same(const struct test_run *a, const struct test_run *b)
{
    if (a->rc != b->rc || !str_eq(buf_str(&a->events), buf_str(&b->events)))
        abort();
    for (size_t i = 0; a->plots && i < a->plot_count * a->bars; i++) {
        if (!(isnan(a->plots[i]) && isnan(b->plots[i])) &&
            memcmp(&a->plots[i], &b->plots[i], sizeof(double)) != 0)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf script;
    struct test_run whole, other;
    struct test_bars bars = test_bars_walk(150, 5);
    buf_init(&script, 1 << 18);
    generate_script(&script, data, size);
    test_run_script(&whole, buf_str(&script), &bars, NULL, 0, 0);
    for (uint64_t cuts = 1; cuts <= 2; cuts++) {
        test_run_script(&other, buf_str(&script), &bars, NULL, 0, cuts);
        expect_same(&whole, &other);
        test_run_free(&other);
    }
    test_run_free(&whole);
    test_bars_free(&bars);
    buf_finish(&script);
    return 0;
}
