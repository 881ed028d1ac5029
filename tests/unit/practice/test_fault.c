// SPDX-License-Identifier: Apache-2.0
// Fault scripts: what parses, what is refused and where, and that choices repeat.
#include "practice/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define START INT64_C(1620691200000)

static void test_good_script(void **state)
{
    static const char script[] =
        "# a bad day\n"
        "\n"
        "klines symbol=VETUSDT interval=4h rate=0.1 from=+1h to=+2h late=30s\r\n"
        "* status=429 retry_after=7s count=3\n"
        "  depth   hang   # no answer\n"
        "market symbol=BTCUSDT from=+2h to=+3h halt\n"
        "market symbol=LUNAUSDT from=2021-05-12 rename=LUNCUSDT\n"
        "time offset=-90s\n"
        "klines off_grid rate=0.001";
    struct fault_set s;
    (void)state;
    fault_set_init(&s, 1);
    assert_int_equal(fault_set_parse(&s, STR(script), START, NULL), 0);
    assert_int_equal(s.count, 7);
    const struct fault_rule *late = &s.rules[0];
    assert_int_equal(late->kind, FAULT_KIND_LATE);
    assert_int_equal(late->amount, 30000);
    assert_int_equal(late->timeframe, TF_H4);
    assert_true(late->from == START + MS_HOUR && late->to == START + 2 * MS_HOUR);
    assert_string_equal(late->symbol, "VETUSDT");
    assert_int_equal(s.rules[1].amount, 429);
    assert_int_equal(s.rules[1].retry_after_s, 7);
    assert_int_equal(s.rules[1].limit, 3);
    assert_int_equal(s.rules[2].amount, 60000);
    assert_string_equal(s.rules[4].word, "LUNCUSDT");
    assert_int_equal(s.rules[5].amount, -90000);
    for (int level = FAULT_ANSWER; level <= FAULT_CLOCK; level++)
        assert_true(s.has_level[level] == (level != FAULT_ROWS));
    assert_true(fault_set_remove(&s, 2));
    assert_false(fault_set_remove(&s, 2));
    assert_int_equal(s.count, 6);
    assert_true(fault_set_remove(&s, 0));
    assert_int_equal(s.count, 0);
    fault_set_finish(&s);
}

static void test_refusals_name_the_place(void **state)
{
    static const struct {
        const char *script;
        unsigned line, column;
    } cases[] = {
        {"klins late", 1, 1},
        {"\n\nklines later=3s", 3, 8},
        {"klines late=3x", 1, 13},
        {"klines late=-3s", 1, 13},
        {"klines rate=0 late", 1, 13},
        {"klines rate=1.5 late", 1, 13},
        {"klines rate=nan late", 1, 13},
        {"klines interval=1H late", 1, 17},
        {"klines symbol=vet late", 1, 15},
        {"klines symbol= late", 1, 15},
        {"klines from=soon late", 1, 13},
        {"klines from=+2h to=+1h late", 1, 1},
        {"klines count=0 late", 1, 14},
        {"klines", 1, 1},
        {"klines late gap", 1, 13},
        {"klines gap=3", 1, 8},
        {"klines status=200", 1, 8},
        {"klines status", 1, 8},
        {"klines hang retry_after=3s", 1, 1},
        {"klines status=429 retry_after=3ms", 1, 31},
        {"depth late", 1, 1},
        {"klines halt", 1, 1},
        {"market hang", 1, 1},
        {"market rename=ABC", 1, 1},
        {"market symbol=A rename", 1, 17},
        {"market symbol=A unlisted", 1, 1},
        {"depth offset=3s", 1, 1},
        {"time offset", 1, 6},
    };
    struct fault_set s;
    (void)state;
    fault_set_init(&s, 1);
    assert_int_equal(fault_set_parse(&s, STR("ping reset"), START, NULL), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct diag d = {0};
        int err = fault_set_parse(&s, str_from(cases[i].script), START, &d);
        if (err != ERR_SYNTAX || d.line != cases[i].line || d.column != cases[i].column)
            print_error("%s: %d at %u:%u %s\n", cases[i].script, err, d.line, d.column, d.text);
        assert_int_equal(err, ERR_SYNTAX);
        assert_int_equal(d.line, cases[i].line);
        assert_int_equal(d.column, cases[i].column);
        assert_true(strlen(d.text) > 10);
        assert_int_equal(s.count, 1); // all or nothing
    }
    fault_set_finish(&s);
}

static void test_too_many(void **state)
{
    struct fault_set s;
    struct diag d = {0};
    char script[FAULT_RULES_MAX * 12 + 64] = "";
    size_t len = 0;
    (void)state;
    for (int i = 0; i <= FAULT_RULES_MAX; i++)
        len += (size_t)snprintf(script + len, sizeof(script) - len, "ping close\n");
    fault_set_init(&s, 1);
    assert_int_equal(fault_set_parse(&s, (struct str){script, len}, START, &d), ERR_FULL);
    assert_int_equal(s.count, 0);
    fault_set_finish(&s);
}

#define ATTEMPTS 4000

// The choices of two sets with one seed are equal, whatever other streams do in between.
static void test_choices_repeat(void **state)
{
    const struct fault_subject vet = {STR("klines"), STR("VETUSDT"), true, TF_H4};
    const struct fault_subject btc = {STR("klines"), STR("BTCUSDT"), true, TF_H4};
    struct fault_set a, b;
    int hits = 0;
    (void)state;
    fault_set_init(&a, 5);
    fault_set_init(&b, 5);
    assert_int_equal(fault_set_parse(&a, STR("klines rate=0.1 reset"), START, NULL), 0);
    assert_int_equal(fault_set_parse(&b, STR("klines rate=0.1 reset"), START, NULL), 0);
    for (int i = 0; i < ATTEMPTS; i++) {
        uint64_t n = fault_attempt(&a, &vet), m = fault_attempt(&b, &vet);
        if (i % 3 == 0)
            (void)fault_choose(&b, FAULT_ANSWER, &btc, fault_attempt(&b, &btc), START);
        bool hit_a = fault_choose(&a, FAULT_ANSWER, &vet, n, START) != NULL;
        bool hit_b = fault_choose(&b, FAULT_ANSWER, &vet, m, START) != NULL;
        assert_true(hit_a == hit_b);
        hits += hit_a;
    }
    assert_true(hits > ATTEMPTS / 10 * 0.8 && hits < ATTEMPTS / 10 * 1.2);
    fault_set_finish(&a);
    fault_set_finish(&b);
}

static void test_candles_are_chosen_for_good(void **state)
{
    const struct fault_subject vet = {STR("klines"), STR("VETUSDT"), true, TF_M1};
    struct fault_set s;
    int hits = 0;
    (void)state;
    fault_set_init(&s, 9);
    assert_int_equal(fault_set_parse(&s, STR("klines rate=0.25 from=+1m gap"), START, NULL), 0);
    assert_null(fault_of_candle(&s, FAULT_KIND_GAP, &vet, START));
    for (int i = 1; i <= ATTEMPTS; i++) {
        bool hit = fault_of_candle(&s, FAULT_KIND_GAP, &vet, START + i * MS_MINUTE) != NULL;
        assert_true(hit ==
                    (fault_of_candle(&s, FAULT_KIND_GAP, &vet, START + i * MS_MINUTE) != NULL));
        hits += hit;
    }
    assert_true(hits > ATTEMPTS / 4 * 0.9 && hits < ATTEMPTS / 4 * 1.1);
    fault_set_finish(&s);
}

static void test_counts_run_out(void **state)
{
    const struct fault_subject ping = {STR("ping"), STR(""), false, TF_M1};
    struct fault_set s;
    (void)state;
    fault_set_init(&s, 1);
    assert_int_equal(fault_set_parse(&s, STR("ping count=2 reset"), START, NULL), 0);
    assert_non_null(fault_choose(&s, FAULT_ANSWER, &ping, 0, START));
    assert_non_null(fault_choose(&s, FAULT_ANSWER, &ping, 1, START));
    assert_null(fault_choose(&s, FAULT_ANSWER, &ping, 2, START));
    fault_set_finish(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_script),
        cmocka_unit_test(test_refusals_name_the_place),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_choices_repeat),
        cmocka_unit_test(test_candles_are_chosen_for_good),
        cmocka_unit_test(test_counts_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
