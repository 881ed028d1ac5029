// SPDX-License-Identifier: Apache-2.0
// The graph and its plan: equal nodes made once, constants folded, islands found, columns reused,
// and bytecode that was tampered with refused.
#include "script/plan.h"
#include "script/vm.h"

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

struct fixture {
    struct arena arena;
    struct graph g;
    struct plan p;
};

static void begin(struct fixture *f)
{
    arena_init(&f->arena, 16 << 20);
    assert_int_equal(script__graph_init(&f->g, &f->arena, 1), 0);
}

static void plot(struct fixture *f, int32_t node)
{
    struct graph_member *m = &f->g.members[0];
    struct graph_plot *p =
        script__grow(&f->arena, (void **)&m->plots, &m->plot_count, &m->plot_cap, sizeof *p);
    assert_non_null(p);
    p->node = node;
}

static int32_t op2(struct fixture *f, enum op_code op, int32_t a, int32_t b)
{
    return script__graph_op(&f->g, op, a, b, GRAPH_NONE);
}

static void test_shared(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    int32_t close = script__graph_column(&f.g, COLUMN_CLOSE),
            open = script__graph_column(&f.g, COLUMN_OPEN);
    assert_int_equal(op2(&f, OP_ADD, close, open), op2(&f, OP_ADD, close, open));
    assert_int_not_equal(op2(&f, OP_ADD, close, open), op2(&f, OP_SUB, close, open));
    const struct kernel *k = kernel_find("ta.sma");
    double ten[] = {10}, nine[] = {9};
    int32_t guard = op2(&f, OP_GT, close, open);
    int32_t a = script__graph_kernel(&f.g, k, ten, &close, GRAPH_NONE);
    assert_int_equal(a, script__graph_kernel(&f.g, k, ten, &close, GRAPH_NONE));
    assert_int_not_equal(a, script__graph_kernel(&f.g, k, nine, &close, GRAPH_NONE));
    assert_int_not_equal(a, script__graph_kernel(&f.g, k, ten, &open, GRAPH_NONE));
    assert_int_not_equal(a, script__graph_kernel(&f.g, k, ten, &close, guard));
    assert_int_equal(f.g.nodes[a].uses, 2);
    for (int i = 0; i < 5000; i++)
        (void)script__graph_const(&f.g, i);
    assert_int_equal(a, script__graph_kernel(&f.g, k, ten, &close, GRAPH_NONE));
    assert_int_equal(script__graph_const(&f.g, NAN), script__graph_const(&f.g, -NAN));
    assert_int_not_equal(script__graph_const(&f.g, 0.0), script__graph_const(&f.g, -0.0));
    arena_finish(&f.arena);
}

static void test_folding(void **state)
{
    (void)state;
    struct fixture f;
    double v;
    begin(&f);
    int32_t close = script__graph_column(&f.g, COLUMN_CLOSE);
    int32_t yes = script__graph_const(&f.g, 1), no = script__graph_const(&f.g, 0);
    int32_t cond = op2(&f, OP_GT, close, yes), other = op2(&f, OP_LT, close, yes);
    assert_true(script__graph_is_const(
        &f.g, op2(&f, OP_ADD, script__graph_const(&f.g, 2), script__graph_const(&f.g, 3)), &v));
    assert_true(v == 5);
    assert_int_equal(script__graph_op(&f.g, OP_SELECT, yes, close, cond), close);
    assert_int_equal(script__graph_op(&f.g, OP_SELECT, cond, close, close), close);
    assert_int_equal(op2(&f, OP_AND, cond, yes), cond);
    assert_int_equal(op2(&f, OP_AND, cond, no), no);
    assert_int_equal(op2(&f, OP_OR, no, cond), cond);
    assert_int_equal(op2(&f, OP_AND, cond, cond), cond);
    assert_int_equal(script__graph_op(&f.g, OP_SELECT, cond, other, no),
                     op2(&f, OP_AND, cond, other));
    arena_finish(&f.arena);
}

// x := nz(x[1]) + close: the smallest island is the cycle; what stands around it is not in it.
static void feedback(struct fixture *f, int32_t *outside)
{
    begin(f);
    int32_t close = script__graph_column(&f->g, COLUMN_CLOSE);
    int32_t before = op2(f, OP_MUL, close, script__graph_const(&f->g, 2));
    int32_t prev = script__graph_hist(&f->g, GRAPH_NONE, 1, NAN, GRAPH_NONE);
    int32_t x = op2(f, OP_ADD, op2(f, OP_NZ, prev, script__graph_const(&f->g, 0)), before);
    script__graph_set_input(&f->g, prev, 0, x);
    *outside = op2(f, OP_SUB, x, close);
    plot(f, *outside);
    (void)op2(f, OP_DIV, close, before); // dead
    assert_int_equal(script__plan(&f->p, &f->g, &f->arena, 60), 0);
}

static void test_island(void **state)
{
    (void)state;
    struct fixture f;
    int32_t outside;
    feedback(&f, &outside);
    assert_int_equal(f.p.step_count, 4); // mul, island, sub, plots
    assert_int_equal(f.p.steps[0].kind, STEP_OP);
    assert_int_equal(f.p.steps[1].kind, STEP_ISLAND);
    assert_int_equal(f.p.steps[1].island->node_count, 3);
    assert_int_equal(f.p.steps[2].node, outside);
    assert_int_equal(f.p.steps[3].kind, STEP_PLOTS);
    arena_finish(&f.arena);
}

static void test_columns_reused(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    int32_t v = script__graph_column(&f.g, COLUMN_CLOSE);
    for (int i = 0; i < 1000; i++)
        v = script__graph_op(&f.g, OP_SQRT, v, GRAPH_NONE, GRAPH_NONE);
    plot(&f, v);
    assert_int_equal(script__plan(&f.p, &f.g, &f.arena, 60), 0);
    assert_int_equal(f.p.step_count, 1001);
    assert_true(f.p.slot_count <= 5);
    arena_finish(&f.arena);
}

static void test_verifier(void **state)
{
    (void)state;
    struct fixture f;
    int32_t outside;
    struct diag d;
    feedback(&f, &outside);
    struct island *island = f.p.steps[1].island;
    assert_int_equal(script__island_verify(&f.p, island, &d), 0);
    // Every single field set to a wild number is either harmless or noticed; a wild register or
    // jump is always noticed.
    for (size_t i = 0; i < island->count; i++) {
        struct instr good = island->code[i];
        if (good.op == VM_END)
            continue;
        island->code[i].dst = 60000;
        assert_int_equal(script__island_verify(&f.p, island, &d), ERR_INTERNAL);
        island->code[i] = good;
        island->code[i].op = 250;
        assert_int_equal(script__island_verify(&f.p, island, &d), ERR_INTERNAL);
        island->code[i] = good;
        island->code[i].op = VM_JUMP;
        island->code[i].dst = (uint16_t)island->count;
        assert_int_equal(script__island_verify(&f.p, island, &d), ERR_INTERNAL);
        island->code[i].op = VM_KERNEL;
        island->code[i].dst = 0;
        assert_int_equal(script__island_verify(&f.p, island, &d), ERR_INTERNAL);
        island->code[i] = good;
    }
    island->inputs[0].slot = 9999;
    assert_int_equal(script__island_verify(&f.p, island, &d), ERR_INTERNAL);
    arena_finish(&f.arena);
}

static void test_full(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    f.g.max_nodes = 10;
    int32_t v = script__graph_column(&f.g, COLUMN_CLOSE);
    for (int i = 0; i < 100; i++)
        v = script__graph_op(&f.g, OP_SQRT, v, GRAPH_NONE, GRAPH_NONE);
    assert_true(f.g.full);
    assert_int_equal(f.g.count, 10);
    assert_in_range(v, 0, 9);
    arena_finish(&f.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shared),   cmocka_unit_test(test_folding),
        cmocka_unit_test(test_island),   cmocka_unit_test(test_columns_reused),
        cmocka_unit_test(test_verifier), cmocka_unit_test(test_full)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
