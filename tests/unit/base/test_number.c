// SPDX-License-Identifier: Apache-2.0
// Numbers from and to text: the grammar, correct rounding, shortest round trips.
#include "base/number.h"
#include "base/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_double_grammar(void **state)
{
    (void)state;
    static const char *const bad[] = {"",    "-",   "+1",   ".5",    "5.",  "1e",    "1e+",
                                      " 1",  "1 ",  "0x10", "nan",   "inf", "-inf",  "1_0",
                                      "1,5", "--1", "1e5x", "1.2.3", "e5",  "1e--5", "infinity"};
    double v = 0;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(number_parse_double(str_from(bad[i]), &v), ERR_SYNTAX);
    assert_int_equal(number_parse_double(STR("1e309"), &v), ERR_RANGE);
    assert_int_equal(number_parse_double(STR("-1e99999999999999999999"), &v), ERR_RANGE);
    assert_int_equal(number_parse_double(STR("1e-400"), &v), 0);
    assert_true(v == 0);
    assert_int_equal(number_parse_double(STR("-0"), &v), 0);
    assert_true(v == 0 && signbit(v));
    assert_int_equal(number_parse_double(STR("2.38E8"), &v), 0);
    assert_true(v == 238000000.0);
    // The slice ends where it says, not at a NUL.
    assert_int_equal(number_parse_double((struct str){"12345", 2}, &v), 0);
    assert_true(v == 12.0);
    char longest[600];
    memset(longest, '1', sizeof(longest));
    assert_int_equal(number_parse_double((struct str){longest, 300}, &v), 0);
    assert_int_equal(number_parse_double((struct str){longest, sizeof(longest)}, &v), ERR_RANGE);
}

static void test_double_rounding(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 11);
    for (int i = 0; i < 200000; i++) {
        char text[64];
        int digits = 1 + (int)random_below(&r, 19);
        unsigned long long whole = random_u64(&r) >> random_below(&r, 64);
        if (random_below(&r, 2))
            snprintf(text, sizeof(text), "%llu.%0*llu", whole, digits,
                     (unsigned long long)random_below(&r, 1000000000));
        else
            snprintf(text, sizeof(text), "%llue%d", whole, (int)random_below(&r, 640) - 340);
        double v = 0;
        int rc = number_parse_double(str_from(text), &v);
        double reference = strtod(text, NULL);
        if (isinf(reference))
            assert_int_equal(rc, ERR_RANGE);
        else
            assert_true(rc == 0 && v == reference);
    }
}

static void test_integers(void **state)
{
    (void)state;
    int64_t i = 0;
    uint64_t u = 0;
    assert_int_equal(number_parse_i64(STR("-9223372036854775808"), &i), 0);
    assert_true(i == INT64_MIN);
    assert_int_equal(number_parse_i64(STR("9223372036854775807"), &i), 0);
    assert_true(i == INT64_MAX);
    assert_int_equal(number_parse_i64(STR("9223372036854775808"), &i), ERR_RANGE);
    assert_int_equal(number_parse_i64(STR("-9223372036854775809"), &i), ERR_RANGE);
    assert_int_equal(number_parse_u64(STR("18446744073709551615"), &u), 0);
    assert_true(u == UINT64_MAX);
    assert_int_equal(number_parse_u64(STR("18446744073709551616"), &u), ERR_RANGE);
    assert_int_equal(number_parse_u64(STR("99999999999999999999999"), &u), ERR_RANGE);
    assert_int_equal(number_parse_u64(STR("-1"), &u), ERR_SYNTAX);
    assert_int_equal(number_parse_i64(STR("-"), &i), ERR_SYNTAX);
    assert_int_equal(number_parse_i64(STR("1.0"), &i), ERR_SYNTAX);
    assert_int_equal(number_parse_i64(STR("+1"), &i), ERR_SYNTAX);
}

static void test_format(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0.0, "0"},
        {-0.0, "0"},
        {0.0225, "0.0225"},
        {1532491200000.0, "1532491200000"},
        {0.1, "0.1"},
        {-28923.63, "-28923.63"},
        {1e20, "100000000000000000000"},
        {1e21, "1e21"},
        {1.5e300, "1.5e300"},
        {1e-12, "0.000000000001"},
        {1e-13, "1e-13"},
        {-1.2345678901234567e-12, "-0.0000000000012345678901234567"},
        {5e-324, "5e-324"},
        {1.7976931348623157e308, "1.7976931348623157e308"},
        {0.30000000000000004, "0.30000000000000004"},
        {100, "100"},
        {-(double)INFINITY, "-inf"},
        {(double)INFINITY, "inf"},
        {(double)NAN, "nan"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[NUMBER_TEXT_MAX];
        size_t len = number_format_double(cases[i].value, text);
        assert_string_equal(text, cases[i].text);
        assert_int_equal(len, strlen(text));
    }
}

static void test_round_trip(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 12);
    for (int i = 0; i < 200000; i++) {
        uint64_t bits = random_u64(&r);
        double v = 0;
        memcpy(&v, &bits, sizeof(v));
        if (i % 2) // prices with eight decimals
            v = (double)random_below(&r, 1u << 31) / 1e8 * (double)random_below(&r, 1000000);
        if (!isfinite(v))
            continue;
        char text[NUMBER_TEXT_MAX];
        double back = 0;
        size_t len = number_format_double(v, text);
        assert_true(len < NUMBER_TEXT_MAX && len == strlen(text));
        assert_int_equal(number_parse_double((struct str){text, len}, &back), 0);
        assert_true(back == v);
        bool plain = v == 0 || (fabs(v) >= 1e-12 && fabs(v) < 1e21);
        assert_true(plain == (strchr(text, 'e') == NULL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_double_grammar), cmocka_unit_test(test_double_rounding),
        cmocka_unit_test(test_integers),       cmocka_unit_test(test_format),
        cmocka_unit_test(test_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
