// SPDX-License-Identifier: Apache-2.0
// The rules of script/kernel.h, held against every kernel of the registry.
#include "unit/script/support_kernel.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEEDS 6
#define BARS  2600

static void registry_is_sorted_and_found(void **state)
{
    (void)state;
    for (size_t i = 0; kernel_registry[i] != NULL; i++) {
        const struct kernel *k = kernel_registry[i];
        if (i > 0)
            assert_true(strcmp(kernel_registry[i - 1]->name, k->name) < 0);
        assert_ptr_equal(kernel_find(k->name), k);
        assert_true(k->inputs <= KERNEL_INPUTS_MAX && k->outputs >= 1 &&
                    k->outputs <= KERNEL_OUTPUTS_MAX && k->params <= KERNEL_PARAMS_MAX);
        assert_int_equal(words_in(k->input_names), k->inputs);
        assert_int_equal(words_in(k->output_names), k->outputs);
        assert_int_equal(words_in(k->param_names), k->params);
        assert_non_null(k->run);
        assert_true((k->state_bytes == NULL) == (k->init == NULL));
    }
    assert_null(kernel_find("ta.nosuch"));
    assert_null(kernel_find(""));
    assert_null(kernel_find("zz"));
}

// Lengths around those of blocks and windows, and longer than a rebuild period now and then.
static int window_for(struct random *r)
{
    static const int lengths[] = {3, 8, 40, 40, 300};
    return lengths[random_below(r, sizeof lengths / sizeof *lengths)];
}

static void check_splits(const struct kernel *k, uint64_t seed)
{
    struct random r;
    random_init(&r, seed);
    double params[KERNEL_PARAMS_MAX] = {0};
    params_make(&r, k, window_for(&r), params);
    struct columns c = columns_make(&r, k, BARS, seed % 2 == 0 ? CALM : ROUGH);
    struct outputs whole = outputs_make(k, BARS), single = outputs_make(k, BARS),
                   pieces = outputs_make(k, BARS), resumed = outputs_make(k, BARS);
    run_whole(k, params, &c, &whole);

    void *a = state_make(k, params);
    for (size_t i = 0; i < BARS; i++)
        run_piece(k, a, params, &c, &single, i, i + 1);
    assert_same(k, "bar by bar", &whole, &single);

    // Random pieces; in the middle the state is copied and the copy goes on.
    void *b = state_make(k, params);
    size_t bytes = k->state_bytes == NULL ? 0 : k->state_bytes(params);
    void *copy = bytes == 0 ? NULL : malloc(bytes);
    size_t copied_at = random_below(&r, BARS);
    for (size_t i = 0; i < BARS;) {
        size_t most = random_below(&r, 3) == 0 ? 4 : 400, m = 1 + random_below(&r, most);
        size_t to = i + m < BARS ? i + m : BARS;
        if (i < copied_at && to > copied_at)
            to = copied_at;
        run_piece(k, b, params, &c, &pieces, i, to);
        i = to;
        if (i == copied_at && bytes > 0)
            memcpy(copy, b, bytes);
    }
    assert_same(k, "in pieces", &whole, &pieces);
    if (copied_at > 0) {
        for (size_t j = 0; j < whole.count; j++)
            memcpy(resumed.out[j], whole.out[j], copied_at * sizeof(double));
        run_piece(k, copy, params, &c, &resumed, copied_at, BARS);
        assert_same(k, "from a copied state", &whole, &resumed);
    }
    free(copy);
    free(a);
    free(b);
    outputs_free(&whole);
    outputs_free(&single);
    outputs_free(&pieces);
    outputs_free(&resumed);
    columns_free(&c);
}

static void splits_cannot_be_seen(void **state)
{
    (void)state;
    for (size_t i = 0; kernel_registry[i] != NULL; i++) {
        for (uint64_t seed = 1; seed <= SEEDS; seed++)
            check_splits(kernel_registry[i], seed * 1000 + i);
    }
}

// The past stays what it was, whatever comes after.
static void the_future_cannot_be_seen(void **state)
{
    (void)state;
    for (size_t i = 0; kernel_registry[i] != NULL; i++) {
        const struct kernel *k = kernel_registry[i];
        struct random r;
        random_init(&r, i + 1);
        double params[KERNEL_PARAMS_MAX] = {0};
        params_make(&r, k, 30, params);
        struct columns c = columns_make(&r, k, 500, ROUGH);
        struct outputs before = outputs_make(k, 500), after = outputs_make(k, 500);
        run_whole(k, params, &c, &before);
        size_t cut = 100 + random_below(&r, 300);
        for (size_t j = 0; j < c.count; j++) {
            for (size_t b = cut; b < c.n; b++)
                c.in[j][b] = 7 + (double)b;
        }
        run_whole(k, params, &c, &after);
        before.n = after.n = cut;
        assert_same(k, "with another future", &before, &after);
        outputs_free(&before);
        outputs_free(&after);
        columns_free(&c);
    }
}

// Kernels whose outputs come with events, or are defined from the first bar on.
static bool waits_for_events(const char *name)
{
    if (strstr(name, "@series") != NULL)
        return true; // there is no length to wait for
    static const char *const names[] = {"ta.pivothigh", "ta.pivotlow",    "ta.valuewhen",
                                        "ta.barssince", "ta.vwap@anchor", "ta.vwap@bands"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

static bool defined_early(const char *name)
{
    static const char *const names[] = {"ta.crossover", "ta.crossunder", "ta.cross", "ta.rising",
                                        "ta.falling"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

static bool all_defined(const struct outputs *o, size_t bar)
{
    bool defined = true;
    for (size_t j = 0; j < o->count; j++)
        defined = defined && !is_na(o->out[j][bar]);
    return defined;
}

static void warmup_is_exact(void **state)
{
    (void)state;
    for (size_t i = 0; kernel_registry[i] != NULL; i++) {
        const struct kernel *k = kernel_registry[i];
        if (waits_for_events(k->name))
            continue;
        for (uint64_t seed = 0; seed < 5; seed++) {
            struct random r;
            random_init(&r, seed * 999 + i);
            double params[KERNEL_PARAMS_MAX] = {0};
            params_make(&r, k, 30, params);
            struct columns c = columns_make(&r, k, 400, CALM);
            struct outputs o = outputs_make(k, 400);
            run_whole(k, params, &c, &o);
            int64_t warmup = k->warmup == NULL ? 0 : k->warmup(params);
            assert_true(warmup >= 0 && warmup < 380);
            if (warmup > 0 && !defined_early(k->name) && all_defined(&o, (size_t)warmup - 1))
                fail_msg("%s is defined before its warm-up of %d", k->name, (int)warmup);
            // Functions of one number may be outside their domain (acos of a price).
            bool partial = strncmp(k->name, "math.", 5) == 0 ||
                           (strncmp(k->name, "talib.", 6) == 0 && warmup == 0);
            // An unbiased window of one has no variance, a correlation of one bar none.
            bool single = k->params > 0 && params[0] == 1;
            for (size_t b = (size_t)warmup; b < c.n && !partial && !single; b++) {
                if (!all_defined(&o, b))
                    fail_msg("%s is na on bar %zu, after its warm-up of %d", k->name, b,
                             (int)warmup);
            }
            outputs_free(&o);
            columns_free(&c);
        }
    }
}

static void bad_parameters_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *kernel;
        double params[KERNEL_PARAMS_MAX];
        const char *says;
    } cases[] = {
        {"ta.sma", {0}, "length must be a whole number from 1 to 5000, is 0"},
        {"ta.sma", {5001}, "is 5001"},
        {"ta.sma", {2.5}, "is 2.5"},
        {"ta.sma", {NAN}, "length must be"},
        {"ta.ema", {1000001}, "1000000"},
        {"ta.macd", {12, 0, 9}, "slowlen"},
        {"ta.percentile_nearest_rank", {10, 100.5}, "percentage"},
        {"ta.pivothigh", {-1, 2}, "leftbars"},
        {"ta.stdev", {10, 2}, "biased"},
        {"ta.sar", {0.02, -1, 0.2}, "inc"},
        {"math.round_to_mintick", {0}, "tick size"},
        {"talib.SMA", {1}, "Time Period"},
        {"talib.MA", {10, 9}, "moving average type"},
        {"talib.MAVP", {2, 30, 1}, "SMA"},
        {"talib.MACD", {26, 12, 9}, "Fast Period"},
        {"talib.TRIX", {1}, "2 or more"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct kernel *k = kernel_find(cases[i].kernel);
        struct diag d = {0};
        assert_non_null(k);
        assert_int_equal(k->check(cases[i].params, &d), ERR_RANGE);
        if (strstr(d.text, cases[i].says) == NULL)
            fail_msg("%s says \"%s\"", cases[i].kernel, d.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registry_is_sorted_and_found), cmocka_unit_test(splits_cannot_be_seen),
        cmocka_unit_test(the_future_cannot_be_seen),    cmocka_unit_test(warmup_is_exact),
        cmocka_unit_test(bad_parameters_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
