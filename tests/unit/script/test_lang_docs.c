// SPDX-License-Identifier: Apache-2.0
// The reference in docs/strategy-language.md is what the builtin table says, and every row of the
// table can be resolved: its kernel exists and takes what the row gives it.
#include "script/builtin.h"
#include "script/script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// cmocka.h needs the headers above first.
#include <cmocka.h>

#define MARK "<!-- reference: made from the builtin table -->\n"

static void read_file(const char *path, struct buf *out)
{
    FILE *f = fopen(path, "r");
    char part[4096];
    assert_non_null(f);
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;)
        assert_int_equal(buf_add(out, part, n), 0);
    (void)fclose(f);
}

static void test_reference(void **state)
{
    (void)state;
    struct buf doc, made;
    buf_init(&doc, 1 << 20);
    buf_init(&made, 1 << 20);
    read_file(ORACLE_SOURCE "/docs/strategy-language.md", &doc);
    assert_int_equal(script_write_docs(&made), 0);
    assert_int_equal(buf_add_char(&doc, '\0'), 0);
    assert_int_equal(buf_add_char(&made, '\0'), 0);
    const char *mark = strstr(doc.data, MARK);
    assert_non_null(mark);
    if (strcmp(mark + strlen(MARK), made.data) != 0) {
        FILE *f = fopen("strategy-reference.md", "w");
        if (f) {
            (void)fwrite(made.data, 1, made.len - 1, f);
            (void)fclose(f);
        }
        fail_msg("docs/strategy-language.md is not what the builtin table says: put "
                 "strategy-reference.md (written to the current folder) below its mark");
    }
    buf_finish(&doc);
    buf_finish(&made);
}

static void test_names_unique(void **state)
{
    (void)state;
    for (size_t t = 0; script__builtin_tables[t]; t++) {
        for (size_t i = 0; i < script__builtin_tables[t]->count; i++) {
            const struct builtin *b = &script__builtin_tables[t]->items[i];
            unsigned seen = 0;
            for (size_t u = 0; script__builtin_tables[u]; u++) {
                for (size_t k = 0; k < script__builtin_tables[u]->count; k++) {
                    const struct builtin *o = &script__builtin_tables[u]->items[k];
                    seen += strcmp(o->name, b->name) == 0 && !o->params == !b->params;
                }
            }
            if (seen != 1)
                fail_msg("%s stands in the table %u times", b->name, seen);
            assert_true(b->doc && b->doc[0] && b->lower && b->returns);
        }
    }
}

// A value of each parameter type, so that every function can be called once.
static const char *sample(char type)
{
    switch (type) {
    case 'B':
        return "close > open";
    case 'S':
        return "\"abc\"";
    case 'C':
        return "color.red";
    case 'A':
        return "arr";
    case 'P':
        return "plot(close)";
    case 'I':
        return "3";
    case 'F':
        return "2.5";
    default:
        return "close";
    }
}

static bool skipped(const struct builtin *b)
{
    static const char *const own[] = {
        "indicator", "strategy", "request.security", "timestamp", "color.from_gradient",
        "input",     "time",     "time_close"};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (strcmp(b->name, own[i]) == 0)
            return true; // have scripts of their own in tests/scripts
    }
    return strstr(b->name, "<line>") || strstr(b->name, "timeframe") ||
           strstr(b->name, "strategy.exit");
}

static void call_row(const struct builtin *b, struct buf *script)
{
    struct str rest = str_from(b->params);
    struct builtin_param p;
    const char *comma = "";
    int rc = buf_printf(script, "%s%s(",
                        b->returns[0] == 'V' || b->returns[0] == 'P' ? "" : "x = ", b->name);
    while (!rc && script__builtin_param(&rest, &p)) {
        if (p.optional)
            continue;
        const char *text = sample(p.type);
        if (p.qual < 3 && p.type == 'B')
            text = "true";
        if (str_eq(p.name, STR("direction")))
            text = "strategy.long";
        if (p.qual < 3 && p.type == '*')
            text = "1";
        rc = buf_printf(script, "%s%s", comma, text);
        comma = ", ";
    }
    rc = rc ? rc : buf_printf(script, ")\n");
    assert_int_equal(rc, 0);
}

static void check_row(const struct builtin *b)
{
    struct script_program *p = NULL;
    static struct script_diags diags;
    struct buf script;
    buf_init(&script, 4096);
    assert_int_equal(
        buf_printf(&script, "//@version=5\nstrategy(\"t\")\narr = array.from(1.0, 2.0)\n"), 0);
    if (!b->params)
        assert_int_equal(buf_printf(&script, "x = %s\n", b->name), 0);
    else if (strlen(b->returns) > 1)
        assert_int_equal(
            buf_printf(&script, "[%s] = ", strlen(b->returns) == 2 ? "a, b" : "a, b, c"), 0);
    if (b->params) {
        size_t at = script.len;
        call_row(b, &script);
        if (strlen(b->returns) > 1) // "x = " goes
            memmove(script.data + at, script.data + at + 4, script.len - at - 4), script.len -= 4;
    }
    if (script_compile(buf_str(&script), &p, &diags))
        fail_msg("%s: %u:%u %s in\n" STR_FMT, b->name, diags.items[0].line, diags.items[0].column,
                 diags.items[0].text, STR_ARG(buf_str(&script)));
    script_program_destroy(p);
    buf_finish(&script);
}

static void test_every_row_compiles(void **state)
{
    (void)state;
    for (size_t t = 0; script__builtin_tables[t]; t++) {
        for (size_t i = 0; i < script__builtin_tables[t]->count; i++) {
            if (!skipped(&script__builtin_tables[t]->items[i]))
                check_row(&script__builtin_tables[t]->items[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names_unique),
                                       cmocka_unit_test(test_every_row_compiles),
                                       cmocka_unit_test(test_reference)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
