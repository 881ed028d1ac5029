// SPDX-License-Identifier: Apache-2.0
// The lexer: tokens, indentation, wrapped lines, and its errors.
#include "script/lex.h"

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

// Tokens as one line of text: names and numbers as they stand, N I D for line structure.
static void spell(const struct token_list *list, char *out, size_t cap)
{
    size_t n = 0;
    for (size_t i = 0; i < list->count && n + 40 < cap; i++) {
        const struct token *t = &list->items[i];
        static const char *const marks[] = {
            [TOK_END] = "$", [TOK_NEWLINE] = "N", [TOK_INDENT] = "I", [TOK_DEDENT] = "D"};
        int wrote;
        if (t->kind <= TOK_DEDENT)
            wrote = snprintf(out + n, cap - n, "%s ", marks[t->kind]);
        else
            wrote = snprintf(out + n, cap - n, STR_FMT " ", STR_ARG(t->text));
        n += (size_t)wrote;
    }
    out[n ? n - 1 : 0] = '\0';
}

static void test_tokens(void **state)
{
    (void)state;
    static const struct {
        const char *source;
        const char *tokens;
    } cases[] = {
        {"", "$"},
        {"a = 1", "a = 1 N $"},
        {"a := b // note", "a := b N $"},
        {"x[1] >= .5", "x [ 1 ] >= .5 N $"},
        {"1e3 1.5E-2 7.", "1e3 1.5E-2 7. N $"},
        {"#FF00aa #FF00aa80", "#FF00aa #FF00aa80 N $"},
        {"'it''s'", "it s N $"},
        {"\"a\\\"b\"", "a\"b N $"},
        {"if a\n    b\nc", "if a N I b N D c N $"},
        {"if a\n\tb\n\t\tc", "if a N I b N I c N D D $"},
        {"if a\n    b\n\n    // note\n    c\n", "if a N I b N c N D $"},
        {"a = b +\n     c\nd", "a = b + c N d N $"},
        {"a = b +\n    c\nd", "a = b + c N d N $"},
        {"a = b\n  + c\nd", "a = b + c N d N $"},
        {"a = b\n    ? c\n    : d", "a = b ? c : d N $"},
        {"f(a,\n    b,\nc)\nd", "f ( a , b , c ) N d N $"},
        {"f(x) =>\n    x\ny", "f ( x ) => N I x N D y N $"},
        {"a\r\nb\r\n", "a N b N $"},
        {"\xef\xbb\xbf"
         "a",
         "a N $"},
        {"    a\nb", "a N b N $"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena arena;
        struct token_list list;
        static struct script_diags diags;
        char text[512];
        diags.count = 0;
        arena_init(&arena, 1 << 20);
        assert_int_equal(script__lex(&arena, str_from(cases[i].source), &list, &diags), 0);
        spell(&list, text, sizeof text);
        assert_string_equal(text, cases[i].tokens);
        assert_int_equal(diags.count, 0);
        arena_finish(&arena);
    }
}

static void test_errors(void **state)
{
    (void)state;
    static const struct {
        const char *source;
        uint32_t line, column;
    } cases[] = {{"a = \"abc", 1, 5},    {"a\nb = $", 2, 5},      {"#12345", 1, 1},
                 {"//@version=3", 1, 1}, {"a\n\nb = \x80", 3, 5}, {"if a\n        b\n    c", 3, 5}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena arena;
        struct token_list list;
        static struct script_diags diags;
        diags.count = 0;
        arena_init(&arena, 1 << 20);
        assert_int_equal(script__lex(&arena, str_from(cases[i].source), &list, &diags), 0);
        assert_true(diags.count > 0);
        assert_int_equal(diags.items[0].line, cases[i].line);
        assert_int_equal(diags.items[0].column, cases[i].column);
        arena_finish(&arena);
    }
}

static void test_version(void **state)
{
    (void)state;
    struct arena arena;
    struct token_list list;
    static struct script_diags diags;
    arena_init(&arena, 1 << 20);
    assert_int_equal(script__lex(&arena, STR("// x\n// @version = 6\na"), &list, &diags), 0);
    assert_int_equal(list.version, 6);
    arena_finish(&arena);
}

// Errors stay in source order and the last place is kept for an error.
static void test_diags(void **state)
{
    (void)state;
    static struct script_diags d;
    for (uint32_t i = 0; i < 40; i++)
        script__diag(&d, true, 40 - i, 1, "warning %u", i);
    assert_int_equal(d.count, SCRIPT_DIAGS_MAX);
    assert_false(script__has_error(&d));
    script__diag(&d, false, 99, 1, "error");
    assert_true(script__has_error(&d));
    assert_true(d.more);
    for (size_t i = 1; i < d.count; i++)
        assert_true(d.items[i - 1].line <= d.items[i].line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_tokens), cmocka_unit_test(test_errors),
                                       cmocka_unit_test(test_version),
                                       cmocka_unit_test(test_diags)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
