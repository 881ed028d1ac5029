// SPDX-License-Identifier: Apache-2.0
// Decimals: texts, rounding, ranges, and the laws that random values must keep.
#include "base/decimal.h"
#include "base/number.h"
#include "base/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct decimal dec(const char *text)
{
    struct decimal d = {0};
    assert_int_equal(decimal_parse(str_from(text), &d), 0);
    return d;
}

static void assert_text(struct decimal d, const char *expected)
{
    char text[DECIMAL_TEXT_MAX];
    decimal_format(d, text);
    assert_string_equal(text, expected);
}

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int rc;
        int64_t units;
        int32_t scale;
    } cases[] = {
        {"0", 0, 0, 0},
        {"-12.3400", 0, -123400, 4},
        {"2.38E8", 0, 238000000, 0},
        {"1e-8", 0, 1, 8},
        {"1.50e1", 0, 150, 1},
        {"0.000", 0, 0, 3},
        {"0e99", 0, 0, 0},
        {"0e-99", 0, 0, 18},
        {"007", 0, 7, 0},
        {"9223372036854775807", 0, INT64_MAX, 0},
        {"-9223372036854775807", 0, -INT64_MAX, 0},
        {"9223372036854775808", ERR_RANGE, 0, 0},
        {"0.000000000000000001", 0, 1, 18},
        {"0.0000000000000000001", ERR_RANGE, 0, 0},
        {"0.0000000000000000010", 0, 1, 18},
        // The written scale gives way where zeros are all it costs.
        {"100000000000000.000000", 0, 1000000000000000000, 4},
        {"1.5000000000000000000000000", 0, 1500000000000000000, 18},
        {"123456789012345678901", ERR_RANGE, 0, 0},
        {"1e18", 0, 1000000000000000000, 0},
        {"1e19", ERR_RANGE, 0, 0},
        {"1e999999999999", ERR_RANGE, 0, 0},
        {"", ERR_SYNTAX, 0, 0},
        {"-", ERR_SYNTAX, 0, 0},
        {"+1", ERR_SYNTAX, 0, 0},
        {".5", ERR_SYNTAX, 0, 0},
        {"5.", ERR_SYNTAX, 0, 0},
        {"1e", ERR_SYNTAX, 0, 0},
        {"1e+", ERR_SYNTAX, 0, 0},
        {"1 ", ERR_SYNTAX, 0, 0},
        {"0x1", ERR_SYNTAX, 0, 0},
        {"nan", ERR_SYNTAX, 0, 0},
        {"1,5", ERR_SYNTAX, 0, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct decimal d = {77, 7};
        int rc = decimal_parse(str_from(cases[i].text), &d);
        if (rc != cases[i].rc)
            fail_msg("%s: %s", cases[i].text, err_name(rc));
        if (rc == 0 && (d.units != cases[i].units || d.scale != cases[i].scale))
            fail_msg("%s: %lld scale %d", cases[i].text, (long long)d.units, d.scale);
    }
}

static void test_format(void **state)
{
    (void)state;
    assert_text((struct decimal){-5, 3}, "-0.005");
    assert_text((struct decimal){0, 2}, "0.00");
    assert_text((struct decimal){INT64_MIN, 18}, "-9.223372036854775808");
    assert_text((struct decimal){INT64_MAX, 0}, "9223372036854775807");
    char text[DECIMAL_TEXT_MAX];
    decimal_format_short((struct decimal){123400, 4}, text);
    assert_string_equal(text, "12.34");
    decimal_format_short((struct decimal){-1000, 3}, text);
    assert_string_equal(text, "-1");
    decimal_format_short((struct decimal){0, 5}, text);
    assert_string_equal(text, "0");
}

static void test_rounding(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        int32_t scale;
        const char *down, *up, *even;
    } cases[] = {
        {"2.5", 0, "2", "3", "2"},
        {"3.5", 0, "3", "4", "4"},
        {"-2.5", 0, "-2", "-3", "-2"},
        {"2.500000001", 0, "2", "3", "3"},
        {"0.0000001", 2, "0.00", "0.01", "0.00"},
        {"1.005", 2, "1.00", "1.01", "1.00"},
        {"7", 3, "7.000", "7.000", "7.000"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct decimal out;
        struct decimal d = dec(cases[i].value);
        assert_int_equal(decimal_rescale(d, cases[i].scale, ROUND_DOWN, &out), 0);
        assert_text(out, cases[i].down);
        assert_int_equal(decimal_rescale(d, cases[i].scale, ROUND_UP, &out), 0);
        assert_text(out, cases[i].up);
        assert_int_equal(decimal_rescale(d, cases[i].scale, ROUND_HALF_EVEN, &out), 0);
        assert_text(out, cases[i].even);
    }
}

static void test_arithmetic(void **state)
{
    (void)state;
    struct decimal out = DECIMAL_ZERO;
    assert_int_equal(decimal_add(dec("0.1"), dec("0.25"), &out), 0);
    assert_text(out, "0.35");
    assert_int_equal(decimal_sub(dec("1"), dec("1.000"), &out), 0);
    assert_text(out, "0.000");
    // A sum that fits only with fewer trailing zeros.
    assert_int_equal(decimal_add(dec("9000000000000000000"), dec("0.0"), &out), 0);
    assert_text(out, "9000000000000000000");
    assert_int_equal(decimal_add(dec("9000000000000000000"), dec("0.1"), &out), ERR_RANGE);
    assert_int_equal(decimal_add(dec("9000000000000000000"), dec("1e18"), &out), ERR_RANGE);
    assert_int_equal(decimal_mul(dec("0.0225"), dec("123.456"), 8, ROUND_HALF_EVEN, &out), 0);
    assert_text(out, "2.77776000");
    assert_int_equal(decimal_mul(dec("9e18"), dec("0.000000000000000001"), 0, ROUND_DOWN, &out), 0);
    assert_text(out, "9");
    assert_int_equal(decimal_mul(dec("9e18"), dec("2"), 0, ROUND_DOWN, &out), ERR_RANGE);
    assert_int_equal(decimal_div(dec("1"), dec("3"), 18, ROUND_DOWN, &out), 0);
    assert_text(out, "0.333333333333333333");
    assert_int_equal(decimal_div(dec("-1"), dec("3"), 2, ROUND_UP, &out), 0);
    assert_text(out, "-0.34");
    assert_int_equal(decimal_div(dec("1e-18"), dec("9e18"), 18, ROUND_UP, &out), 0);
    assert_text(out, "0.000000000000000001");
    assert_int_equal(decimal_div(dec("9e18"), dec("1e-18"), 0, ROUND_UP, &out), ERR_RANGE);
    assert_int_equal(decimal_div(dec("1"), DECIMAL_ZERO, 2, ROUND_UP, &out), ERR_INVALID);
    assert_int_equal(decimal_rescale(dec("1"), 19, ROUND_UP, &out), ERR_INVALID);
    assert_int_equal(decimal_cmp(dec("1.0"), dec("1")), 0);
    assert_int_equal(decimal_cmp(dec("-9e18"), dec("0.000000000000000001")), -1);
    assert_int_equal(decimal_cmp(dec("0.1"), dec("0.09999")), 1);
    assert_int_equal(decimal_neg((struct decimal){INT64_MIN, 0}).units, INT64_MAX);
    assert_text(decimal_min(dec("2"), dec("1.5")), "1.5");
    assert_int_equal(decimal_sign(dec("-0.1")), -1);
    assert_true(decimal_is_zero(dec("0.00")));
}

static void test_steps(void **state)
{
    (void)state;
    struct decimal out;
    assert_int_equal(decimal_to_step(dec("1.23456"), dec("0.01"), ROUND_DOWN, &out), 0);
    assert_text(out, "1.23");
    assert_int_equal(decimal_to_step(dec("1.23456"), dec("0.05"), ROUND_UP, &out), 0);
    assert_text(out, "1.25");
    assert_int_equal(decimal_to_step(dec("17"), dec("5"), ROUND_HALF_EVEN, &out), 0);
    assert_text(out, "15");
    assert_int_equal(decimal_to_step(dec("17.5"), dec("0"), ROUND_UP, &out), 0);
    assert_text(out, "17.5");
    assert_int_equal(decimal_to_step(dec("9e18"), dec("0.000000000000000001"), ROUND_UP, &out), 0);
    assert_int_equal(decimal_cmp(out, dec("9e18")), 0);
    assert_int_equal(decimal_to_step(dec("1"), dec("9223372036854775807"), ROUND_UP, &out), 0);
    assert_text(out, "9223372036854775807");
    assert_true(decimal_is_multiple(dec("0.30"), dec("0.1")));
    assert_false(decimal_is_multiple(dec("0.35"), dec("0.1")));
    assert_true(decimal_is_multiple(dec("0.35"), dec("0")));
}

static void test_double(void **state)
{
    (void)state;
    struct decimal out;
    assert_int_equal(decimal_from_double(0.1, 18, ROUND_DOWN, &out), 0);
    assert_text(out, "0.100000000000000000");
    // The shortest text of 1.005 is 1.005, though the binary value lies below it.
    assert_int_equal(decimal_from_double(1.005, 2, ROUND_UP, &out), 0);
    assert_text(out, "1.01");
    assert_int_equal(decimal_from_double(-1e-300, 2, ROUND_DOWN, &out), 0);
    assert_text(out, "0.00");
    assert_int_equal(decimal_from_double(1e-300, 2, ROUND_UP, &out), 0);
    assert_text(out, "0.01");
    assert_int_equal(decimal_from_double(1e300, 2, ROUND_UP, &out), ERR_RANGE);
    assert_int_equal(decimal_from_double((double)NAN, 2, ROUND_UP, &out), ERR_INVALID);
    assert_true(decimal_to_double(dec("28923.63")) == 28923.63);
    assert_true(decimal_to_double(dec("9223372036854775807")) == 9223372036854775807.0);
}

static struct decimal any(struct random *r)
{
    int64_t units = (int64_t)(random_u64(r) >> random_below(r, 64));
    if (units < 0)
        units = -(units / 2);
    if (random_below(r, 2))
        units = -units;
    return (struct decimal){units, (int32_t)random_below(r, 19)};
}

static void test_laws(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 20261);
    for (int i = 0; i < 200000; i++) {
        struct decimal a = any(&r), b = any(&r), x, y, back;
        char text[DECIMAL_TEXT_MAX];
        decimal_format(a, text);
        assert_int_equal(decimal_parse(str_from(text), &back), 0);
        assert_true(back.units == a.units && back.scale == a.scale);
        assert_int_equal(decimal_cmp(a, b), -decimal_cmp(b, a));
        int rc = decimal_add(a, b, &x);
        assert_int_equal(decimal_add(b, a, &y), rc);
        if (rc == 0) {
            assert_int_equal(decimal_cmp(x, y), 0);
            if (decimal_sub(x, b, &back) == 0)
                assert_int_equal(decimal_cmp(back, a), 0);
        }
        int32_t scale = (int32_t)random_below(&r, 19);
        struct decimal low, high;
        if (decimal_rescale(a, scale, ROUND_DOWN, &low) == 0 &&
            decimal_rescale(a, scale, ROUND_UP, &high) == 0 &&
            decimal_rescale(a, scale, ROUND_HALF_EVEN, &x) == 0) {
            int64_t width = high.units - low.units;
            assert_true(width == 0 || width == 1 || width == -1);
            assert_true(x.units == low.units || x.units == high.units);
            assert_true((width == 0) == (decimal_cmp(low, a) == 0));
        }
        // a / b rounded down, times b, never passes a; one unit more does.
        if (b.units != 0 && decimal_div(a, b, scale, ROUND_DOWN, &x) == 0) {
            __int128 q = x.units < 0 ? -(__int128)x.units : x.units;
            long double ratio =
                (long double)a.units / (long double)b.units * powl(10, b.scale + scale - a.scale);
            assert_true(fabsl(fabsl(ratio) - (long double)q) <= 1.0L + fabsl(ratio) * 1e-15L);
        }
        if (decimal_to_step(a, b, ROUND_DOWN, &x) == 0 && b.units > 0) {
            assert_true(decimal_is_multiple(x, b));
            assert_true(decimal_sign(a) >= 0 ? decimal_cmp(x, a) <= 0 : decimal_cmp(x, a) >= 0);
        }
    }
}

static void test_product_laws(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 7);
    for (int i = 0; i < 100000; i++) {
        struct decimal a = {(int64_t)random_below(&r, 1u << 30), (int32_t)random_below(&r, 9)};
        struct decimal b = {(int64_t)random_below(&r, 1u << 30), (int32_t)random_below(&r, 9)};
        struct decimal exact, rounded;
        assert_int_equal(decimal_mul(a, b, a.scale + b.scale, ROUND_DOWN, &exact), 0);
        assert_true(exact.units == a.units * b.units);
        assert_int_equal(decimal_mul(a, b, 0, ROUND_HALF_EVEN, &rounded), 0);
        struct decimal again;
        assert_int_equal(decimal_rescale(exact, 0, ROUND_HALF_EVEN, &again), 0);
        assert_true(rounded.units == again.units);
        if (b.units > 0) { // exact division finds the factor again
            assert_int_equal(decimal_div(exact, b, a.scale, ROUND_UP, &again), 0);
            assert_true(again.units == a.units);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),    cmocka_unit_test(test_format),
        cmocka_unit_test(test_rounding), cmocka_unit_test(test_arithmetic),
        cmocka_unit_test(test_steps),    cmocka_unit_test(test_double),
        cmocka_unit_test(test_laws),     cmocka_unit_test(test_product_laws),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
