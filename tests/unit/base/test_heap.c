// SPDX-License-Identifier: Apache-2.0
// The heap against a plain search for the smallest, over random puts, moves and removals.
#include "base/heap.h"
#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct item {
    struct heap_node node;
    int64_t key;
};

static bool before(const struct heap_node *a, const struct heap_node *b)
{
    return ((const struct item *)(const void *)a)->key <
           ((const struct item *)(const void *)b)->key;
}

static void check_first(const struct heap *h, const struct item *items, size_t count)
{
    const struct item *first = (const struct item *)(const void *)heap_first(h);
    size_t inside = 0;

    for (size_t i = 0; i < count; i++) {
        if (items[i].node.place != 0) {
            inside++;
            assert_non_null(first);
            assert_true(first->key <= items[i].key);
            assert_ptr_equal(h->nodes[items[i].node.place - 1], &items[i].node);
        }
    }
    assert_int_equal(inside, h->count);
    assert_int_equal(first == NULL, inside == 0);
}

static void random_operations_keep_the_smallest_first(void **state)
{
    struct item items[60] = {0};
    struct random r;
    struct heap h;

    (void)state;
    for (uint64_t seed = 1; seed <= 30; seed++) {
        random_init(&r, seed);
        heap_init(&h, 60, before);
        for (int step = 0; step < 400; step++) {
            struct item *it = &items[random_below(&r, 60)];

            if (random_below(&r, 3) == 0) {
                heap_remove(&h, &it->node);
            } else {
                it->key = (int64_t)random_below(&r, 50);
                assert_int_equal(heap_put(&h, &it->node), 0);
            }
            check_first(&h, items, 60);
        }
        while (heap_first(&h)) {
            heap_remove(&h, heap_first(&h));
        }
        heap_finish(&h);
    }
}

static void a_full_heap_refuses(void **state)
{
    struct item items[3] = {0};
    struct heap h;

    (void)state;
    heap_init(&h, 2, before);
    assert_int_equal(heap_put(&h, &items[0].node), 0);
    assert_int_equal(heap_put(&h, &items[1].node), 0);
    assert_int_equal(heap_put(&h, &items[2].node), ERR_FULL);
    assert_int_equal(heap_put(&h, &items[0].node), 0); // a move needs no room
    heap_finish(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_operations_keep_the_smallest_first),
        cmocka_unit_test(a_full_heap_refuses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
