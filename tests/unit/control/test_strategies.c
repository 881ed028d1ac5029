// SPDX-License-Identifier: Apache-2.0
// Strategies bound to a watched stream: compiled, tried, replaced, removed.
#include "support_control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct seen {
    size_t count;
    int64_t strategy_id, warmup;
    char name[NAME_MAX_BYTES], inputs[256];
};

static int see(void *arg, const struct store_entry_strategy *e)
{
    struct seen *seen = arg;

    seen->count++;
    seen->strategy_id = e->strategy_id;
    seen->warmup = e->warmup;
    snprintf(seen->name, sizeof seen->name, "%s", e->strategy_name);
    snprintf(seen->inputs, sizeof seen->inputs, "%s", e->inputs);
    return 0;
}

static struct seen look(struct place *p)
{
    struct seen seen = {0};

    assert_int_equal(store_entry_strategy_each(p->s, 0, see, &seen), 0);
    return seen;
}

static int add(struct place *p, const char *name, const char *source, const char *inputs)
{
    return ask(p, "watch.add", "pair", "VET", "timeframe", "4h", "strategy", name, "source", source,
               "inputs", inputs, NULL);
}

static void bound_with_inputs(void **state)
{
    struct place *p = *state;
    struct seen first, second;

    assert_int_equal(add(p, "cross.pine", CROSS, "fast=5 slow=34"), 0);
    first = look(p);
    assert_int_equal(first.count, 1);
    assert_string_equal(first.name, "cross.pine");
    assert_string_equal(first.inputs, "fast=5 slow=34");
    assert_true(first.warmup >= 34);
    assert_non_null(strstr(
        p->json, "\"strategies\":[{\"name\":\"cross.pine\",\"inputs\":\"fast=5 slow=34\"}]"));

    assert_int_equal(add(p, "cross.pine", CROSS, "fast=5 slow=34"), 0);
    said(p, "is bound already");
    assert_int_equal(p->reply.streams.len, 0);

    assert_int_equal(add(p, "cross.pine", CROSS, "slow=12"), 0);
    said(p, "now in this version");
    assert_true(p->reply.streams.len > 0);
    second = look(p);
    assert_int_equal(second.count, 1);
    assert_int_equal(second.strategy_id, first.strategy_id);
    assert_string_equal(second.inputs, "slow=12");
}

static void several_at_once(void **state)
{
    struct place *p = *state;

    assert_int_equal(ask(p, "watch.add", "pair", "VET", "timeframe", "4h", "strategy", "a.pine",
                         "source", CROSS, "inputs", "", "strategy", "b.pine", "source", CROSS,
                         "inputs", "fast=2", NULL),
                     0);
    assert_int_equal(look(p).count, 2);
    assert_int_equal(
        ask(p, "watch.remove", "pair", "VET", "timeframe", "4h", "strategy", "a", NULL), 0);
    said(p, "a.pine no longer runs");
    assert_int_equal(look(p).count, 1);
    assert_int_equal(entries(p), 1);
    assert_int_equal(
        ask(p, "watch.remove", "pair", "VET", "timeframe", "4h", "strategy", "a.pine", NULL), 1);
    said(p, "no strategy 'a.pine' runs there");
}

static void refused(void **state)
{
    static const struct {
        const char *name, *source, *inputs;
        const char *says;
    } cases[] = {
        {"bad.pine", "//@version=5\nstrategy(\"x\")\nplot(closs)\n", "", "bad.pine:3:6: "},
        {"empty.pine", "", "", "empty.pine:"},
        {"cross.pine", NULL, "faster=3", "faster"},
        {"cross.pine", NULL, "fast=0", "fast"},
        {"cross.pine", NULL, "fast=x", "fast"},
        {"cross.pine", NULL, "fast", "name=value"},
        {"cross.pine", NULL, "=3", "name=value"},
        {"my cross.pine", NULL, "", "rename the file"},
    };
    struct place *p = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *source = cases[i].source ? cases[i].source : CROSS;

        assert_int_equal(add(p, cases[i].name, source, cases[i].inputs), 65);
        said(p, cases[i].says);
        assert_int_equal(entries(p), 0); // the whole request is undone
    }
}

static void no_more_than_an_analyst_runs(void **state)
{
    struct place *p = *state;
    char name[32];

    for (int i = 0; i < 64; i++) {
        assert_int_equal(str_printf(name, sizeof name, "s%d.pine", i), 0);
        assert_int_equal(add(p, name, CROSS, ""), 0);
    }
    assert_int_equal(add(p, "one-more.pine", CROSS, ""), 77);
    said(p, "64 strategies run on this stream already");
    assert_int_equal(add(p, "s3.pine", CROSS, "fast=4"), 0); // a replacement is no more
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)
        T(bound_with_inputs),
        T(several_at_once),
        T(refused),
        T(no_more_than_an_analyst_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
