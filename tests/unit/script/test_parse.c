// SPDX-License-Identifier: Apache-2.0
// The parser: the shape of the tree, recovery after errors, and bounded depth.
#include "base/buf.h"
#include "base/map.h"
#include "script/ast.h"

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

static void put(struct buf *out, const char *text)
{
    assert_int_equal(buf_add_str(out, str_from(text)), 0);
}

// The tree with brackets around everything.
static void spell(const struct ast *n, struct buf *out)
{
    static const char *const names[] = {
        [AST_IF] = "if",       [AST_FOR] = "for",       [AST_FOR_IN] = "forin",
        [AST_WHILE] = "while", [AST_SWITCH] = "switch", [AST_CASE] = "case",
        [AST_BLOCK] = "block", [AST_DECL] = "decl",     [AST_TUPLE_DECL] = "decls",
        [AST_ASSIGN] = "set",  [AST_FUNC] = "func",     [AST_TUPLE] = "tuple",
        [AST_ARG] = "arg",     [AST_INDEX] = "index",   [AST_TERNARY] = "?",
        [AST_CALL] = "call",   [AST_BREAK] = "break",   [AST_CONTINUE] = "continue"};
    if (!n)
        return;
    if (n->kind <= AST_NAME) {
        assert_int_equal(n->kind == AST_BOOL ? buf_printf(out, n->number != 0 ? "true" : "false")
                                             : buf_add_str(out, n->text),
                         0);
        return;
    }
    put(out, "(");
    if (n->kind == AST_UNARY || n->kind == AST_BINARY) {
        assert_int_equal(buf_add_char(out, (char)(n->op & 0xff)), 0);
    } else {
        put(out, names[n->kind]);
        if (n->text.len) {
            put(out, " ");
            assert_int_equal(buf_add_str(out, n->text), 0);
        }
    }
    const struct ast *const parts[] = {n->a, n->b, n->c, n->list, n->d};
    for (size_t i = 0; i < 5; i++) {
        for (const struct ast *p = parts[i]; p; p = i == 3 ? p->next : NULL) {
            put(out, " ");
            spell(p, out);
        }
    }
    put(out, ")");
}

struct parsed {
    struct arena arena;
    struct map reassigned, broken;
    struct ast *body;
    struct script_diags diags;
    int rc;
};

static void parse(struct parsed *p, struct str source)
{
    struct token_list tokens;
    memset(p, 0, sizeof *p);
    arena_init(&p->arena, 64 << 20);
    map_init(&p->reassigned, 1000);
    map_init(&p->broken, 1000);
    assert_int_equal(script__lex(&p->arena, source, &tokens, &p->diags), 0);
    p->rc = script__parse(&p->arena, &tokens, &p->reassigned, &p->broken, &p->body, &p->diags);
}

static void finish(struct parsed *p)
{
    map_finish(&p->reassigned);
    map_finish(&p->broken);
    arena_finish(&p->arena);
}

static void test_trees(void **state)
{
    (void)state;
    static const struct {
        const char *source;
        const char *tree;
    } cases[] = {
        {"1 + 2 * 3", "(+ 1 (* 2 3))"},
        {"1 - 2 - 3", "(- (- 1 2) 3)"},
        {"-a * b", "(* (- a) b)"},
        {"not a and b or c", "(o (a (n a) b) c)"},
        {"a < b == c", "(= (< a b) c)"},
        {"a ? b : c ? d : e", "(? a b (? c d e))"},
        {"a[1][2]", "(index (index a 1) 2)"},
        {"f(a, n = 2)[3]", "(index (call f (arg a) (arg n 2)) 3)"},
        {"ta.sma(close, 3)", "(call ta.sma (arg close) (arg 3))"},
        {"array.new<float>(3)", "(call array.new<float> (arg 3))"},
        {"f(x).get(0)", "(call get (call f (arg x)) (arg 0))"},
        {"var float x = na", "(decl x na)"},
        {"x += 1", "(set x 1)"},
        {"[a, b] = f()", "(decls (call f) a b)"},
        {"[a, b]", "(tuple a b)"},
        {"f(a, b = 1) => a + b", "(func f (arg a) (arg b 1) (block (+ a b)))"},
        {"f() =>\n    1\n    2", "(func f (block 1 2))"},
        {"if a\n    b\nelse if c\n    d\nelse\n    e",
         "(if a (block b) (if c (block d) (block e)))"},
        {"x = if a\n    b", "(decl x (if a (block b)))"},
        {"for i = 1 to 3 by 2\n    break", "(for i 1 3 2 (block (break)))"},
        {"for [i, x] in a\n    continue", "(forin x a (block (continue)))"},
        {"while a\n    b", "(while a (block b))"},
        {"switch a\n    1 => b\n    => c", "(switch a (case 1 (block b)) (case (block c)))"},
        {"a = 1, b = 2", "(decl a 1) (decl b 2)"},
        {"float[] a = b", "(decl a b)"},
        {"series int x = 1", "(decl x 1)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static struct parsed p;
        struct buf out;
        char want[256];
        parse(&p, str_from(cases[i].source));
        assert_int_equal(p.rc, 0);
        buf_init(&out, 4096);
        spell(p.body, &out);
        assert_int_equal(str_printf(want, sizeof want, "(block %s)", cases[i].tree), 0);
        if (!str_eq(buf_str(&out), str_from(want)))
            fail_msg("%s: " STR_FMT, cases[i].source, STR_ARG(buf_str(&out)));
        buf_finish(&out);
        finish(&p);
    }
}

static void test_recovery(void **state)
{
    (void)state;
    static struct parsed p;
    parse(&p, STR("a = )\nb = 1\nif (\n    c = 2\nd = * 3\ntype t\n    int x\ne = 1 2\n"));
    assert_int_equal(p.rc, ERR_SYNTAX);
    static const uint32_t lines[] = {1, 5, 6, 8};
    size_t found = 0;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        for (size_t k = 0; k < p.diags.count; k++)
            found += p.diags.items[k].line == lines[i];
    }
    assert_true(found >= 4);
    finish(&p);
}

static void test_depth(void **state)
{
    (void)state;
    static const char *const patterns[] = {"(", "-", "a + ", "a ? b : ", "f(", "not "};
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        static struct parsed p;
        struct buf source;
        buf_init(&source, 1 << 20);
        for (int k = 0; k < 20000; k++)
            put(&source, patterns[i]);
        put(&source, "1");
        parse(&p, buf_str(&source));
        assert_int_equal(p.rc, ERR_SYNTAX);
        finish(&p);
        buf_finish(&source);
    }
}

static void test_reassigned(void **state)
{
    (void)state;
    static struct parsed p;
    parse(&p, STR("a = 1\nb = 2\nif a\n    b += 1\nf(x) =>\n    c = x\n    c := 2\n    c\n"));
    assert_int_equal(p.rc, 0);
    assert_null(map_get(&p.reassigned, STR("a")));
    assert_non_null(map_get(&p.reassigned, STR("b")));
    assert_non_null(map_get(&p.reassigned, STR("c")));
    finish(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trees), cmocka_unit_test(test_recovery), cmocka_unit_test(test_depth),
        cmocka_unit_test(test_reassigned)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
