// SPDX-License-Identifier: Apache-2.0
// The generator: repeatable, bounded, roughly even; the hash spreads.
#include "base/map.h"
#include "base/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_repeatable(void **state)
{
    (void)state;
    struct random a, b, c;
    random_init(&a, 1);
    random_init(&b, 1);
    random_init(&c, 2);
    int same = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t x = random_u64(&a);
        assert_true(x == random_u64(&b));
        same += x == random_u64(&c);
    }
    assert_int_equal(same, 0);
    // First output of xoshiro256** from the state 1, 2, 3, 4 by its definition: rotl(2 * 5, 7) * 9.
    struct random known = {{1, 2, 3, 4}};
    assert_true(random_u64(&known) == 11520);
    assert_true(random_u64(&known) == 0);
    assert_true(random_u64(&known) == 1509978240);
}

static void test_shape(void **state)
{
    (void)state;
    struct random r;
    random_init(&r, 9);
    int counts[7] = {0};
    double sum = 0, squares = 0;
    for (int i = 0; i < 70000; i++) {
        counts[random_below(&r, 7)]++;
        double u = random_unit(&r);
        assert_true(u >= 0 && u < 1);
        double n = random_normal(&r);
        sum += n;
        squares += n * n;
    }
    for (int i = 0; i < 7; i++)
        assert_in_range(counts[i], 9500, 10500);
    assert_true(fabs(sum / 70000) < 0.02 && fabs(squares / 70000 - 1) < 0.03);
    assert_true(random_below(&r, 0) == 0 && random_below(&r, 1) == 0);
}

static void test_hash(void **state)
{
    (void)state;
    // Every bit of the input moves about half of the output.
    unsigned char data[37] = {0};
    for (size_t len = 1; len <= sizeof(data); len++) {
        uint64_t base = hash_bytes(data, len, 0);
        assert_true(base != hash_bytes(data, len - 1, 0));
        assert_true(base != hash_bytes(data, len, 1));
        for (size_t bit = 0; bit < len * 8; bit++) {
            data[bit / 8] ^= (unsigned char)(1u << bit % 8);
            int moved = __builtin_popcountll(base ^ hash_bytes(data, len, 0));
            data[bit / 8] ^= (unsigned char)(1u << bit % 8);
            assert_in_range(moved, 10, 54);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_repeatable),
        cmocka_unit_test(test_shape),
        cmocka_unit_test(test_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
