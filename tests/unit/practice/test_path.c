// SPDX-License-Identifier: Apache-2.0
// Splits of candles: children add up to their parent exactly and are possible candles themselves.
#include "practice/path.h"

#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ROUNDS 20000

static struct path_node random_parent(struct random *r)
{
    int64_t base = 1 + (int64_t)random_below(r, random_below(r, 2) ? 50 : 5000000);
    int64_t range = (int64_t)random_below(r, (uint64_t)base + 2);
    struct path_node p = {.low = base, .high = base + range};
    p.open = base + (int64_t)random_below(r, (uint64_t)range + 1);
    p.close = base + (int64_t)random_below(r, (uint64_t)range + 1);
    p.volume = (int64_t)random_below(r, random_below(r, 2) ? 40 : 1000000000);
    p.trades = p.volume > 0 ? 1 + (int64_t)random_below(r, (uint64_t)p.volume) : 0;
    if (p.volume == 0)
        p.open = p.close = p.high = p.low;
    p.quote = p.volume * (p.open + p.close + p.high + p.low) / 4;
    p.taker_volume = (int64_t)random_below(r, (uint64_t)p.volume + 1);
    p.taker_quote = (int64_t)random_below(r, (uint64_t)p.quote + 1);
    return p;
}

// slack: by how much the quote volume may miss the child's price range, negative = do not look.
// Lots are whole, so narrow children meet their parent's sum within a lot each only.
static void check_child(const struct path_node *c, int64_t slack)
{
    assert_true(c->low >= 1);
    assert_true(c->low <= c->open && c->low <= c->close);
    assert_true(c->high >= c->open && c->high >= c->close);
    assert_true(c->volume >= 0 && c->trades >= 0 && c->quote >= 0);
    assert_true(c->taker_volume >= 0 && c->taker_volume <= c->volume);
    if (slack >= 0) {
        assert_true(c->quote >= c->volume * c->low - slack);
        assert_true(c->quote <= c->volume * c->high + slack);
    }
    if (c->volume == 0) {
        assert_true(c->trades == 0);
        assert_true(c->low == c->high);
    } else {
        assert_true(c->trades >= 1);
    }
}

static void check_sum(const struct path_node *parent, const struct path_node *c, unsigned n)
{
    struct path_node sum = c[0];
    for (unsigned i = 1; i < n; i++) {
        assert_true(c[i].open == c[i - 1].close);
        sum.high = c[i].high > sum.high ? c[i].high : sum.high;
        sum.low = c[i].low < sum.low ? c[i].low : sum.low;
        sum.volume += c[i].volume;
        sum.quote += c[i].quote;
        sum.taker_volume += c[i].taker_volume;
        sum.taker_quote += c[i].taker_quote;
        sum.trades += c[i].trades;
    }
    assert_true(sum.open == parent->open && c[n - 1].close == parent->close);
    assert_true(sum.high == parent->high && sum.low == parent->low);
    assert_true(sum.volume == parent->volume && sum.trades == parent->trades);
    assert_true(sum.quote == parent->quote);
    assert_true(sum.taker_volume == parent->taker_volume);
    assert_true(sum.taker_quote == parent->taker_quote);
}

static void test_children_add_up(void **state)
{
    struct random r;
    struct path_node children[PATH_CHILDREN_MAX];
    (void)state;
    random_init(&r, 20260111);
    for (int i = 0; i < ROUNDS; i++) {
        struct path_node parent = random_parent(&r);
        unsigned n = 1 + (unsigned)random_below(&r, PATH_CHILDREN_MAX);
        path_split(&parent, random_u64(&r), n, random_unit(&r) * 0.95, children);
        bool roomy = parent.volume > 100 * parent.trades;
        int64_t slack = roomy ? (parent.high - parent.low + 1) * (int64_t)n : -1;
        for (unsigned k = 0; k < n; k++)
            check_child(&children[k], slack);
        check_sum(&parent, children, n);
    }
}

static void test_same_seed_same_children(void **state)
{
    struct random r;
    struct path_node a[PATH_CHILDREN_MAX], b[PATH_CHILDREN_MAX];
    (void)state;
    random_init(&r, 7);
    struct path_node parent = random_parent(&r);
    path_split(&parent, 99, 24, 0.1, a);
    path_split(&parent, 99, 24, 0.1, b);
    assert_memory_equal(a, b, 24 * sizeof(a[0]));
}

static void test_normal_has_the_stated_moments(void **state)
{
    double sum = 0, squares = 0;
    const int n = 100000;
    (void)state;
    for (int i = 0; i < n; i++) {
        double z = path_normal(path_hash(5, (uint64_t)i));
        assert_true(z > -3.5 && z < 3.5);
        sum += z;
        squares += z * z;
    }
    assert_true(sum / n > -0.02 && sum / n < 0.02);
    assert_true(squares / n > 0.98 && squares / n < 1.02);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_children_add_up),
        cmocka_unit_test(test_same_seed_same_children),
        cmocka_unit_test(test_normal_has_the_stated_moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
