// SPDX-License-Identifier: Apache-2.0
// The CSV reader: rows, errors with their place, and independence of where chunks are cut.
#include "base/csv.h"
#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

// Reads text in chunks of the given size; writes rows as "a|b|c;" into out. The reader's last code.
static int read_rows(struct str text, size_t chunk, struct buf *out, struct diag *d)
{
    struct csv c;
    struct str fields[8];
    size_t count = 0;
    int rc = ERR_AGAIN;
    csv_init(&c, ',', 40);
    for (size_t at = 0; rc == ERR_AGAIN; at += chunk) {
        if (at < text.len)
            assert_int_equal(csv_feed(&c, str_sub(text, at, at + chunk)), 0);
        else
            csv_end(&c);
        while ((rc = csv_next(&c, fields, 8, &count, d)) == 0) {
            for (size_t i = 0; i < count; i++)
                assert_int_equal(buf_printf(out, "%s" STR_FMT, i ? "|" : "", STR_ARG(fields[i])),
                                 0);
            assert_int_equal(buf_add_char(out, ';'), 0);
        }
    }
    csv_finish(&c);
    return rc;
}

static void test_rows(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int rc;
        uint32_t line, column;
        const char *rows;
    } cases[] = {
        {"a,b\n1,2\n", ERR_CLOSED, 0, 0, "a|b;1|2;"},
        {"a,b\r\n\r\n1,2", ERR_CLOSED, 0, 0, "a|b;1|2;"},
        {"", ERR_CLOSED, 0, 0, ""},
        {"\n\n", ERR_CLOSED, 0, 0, ""},
        {",\n", ERR_CLOSED, 0, 0, "|;"},
        {"\"a,b\",\"\",c\n", ERR_CLOSED, 0, 0, "a,b||c;"},
        {"a\n\"b\n", ERR_SYNTAX, 2, 1, "a;"},
        {"a,\"b\"c\n", ERR_SYNTAX, 1, 6, ""},
        {"a,b\"c\n", ERR_SYNTAX, 1, 4, ""},
        {"a\rb\n", ERR_SYNTAX, 1, 2, ""},
        {"1,2,3,4,5,6,7,8\n1,2,3,4,5,6,7,8,9\n", ERR_FULL, 2, 17, "1|2|3|4|5|6|7|8;"},
        {"ok\n12345678901234567890123456789012345678901\n", ERR_FULL, 2, 0, "ok;"},
        {"1234567890123456789012345678901234567890\n", ERR_CLOSED, 0, 0,
         "1234567890123456789012345678901234567890;"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct str text = str_from(cases[i].text);
        for (size_t chunk = 1; chunk <= text.len + 1; chunk++) {
            struct buf out;
            struct diag d = {0};
            buf_init(&out, 1000);
            int rc = read_rows(text, chunk, &out, &d);
            if (rc != cases[i].rc || !str_eq(buf_str(&out), str_from(cases[i].rows)) ||
                d.line != cases[i].line || d.column != cases[i].column)
                fail_msg("case %zu chunk %zu: %s %u:%u " STR_FMT, i, chunk, err_name(rc), d.line,
                         d.column, STR_ARG(buf_str(&out)));
            buf_finish(&out);
        }
    }
}

static void test_misuse(void **state)
{
    (void)state;
    struct csv c;
    struct str field;
    size_t count = 0;
    csv_init(&c, ',', 40);
    assert_int_equal(csv_next(&c, &field, 1, &count, NULL), ERR_AGAIN);
    assert_int_equal(csv_feed(&c, STR("a\nb\n")), 0);
    assert_int_equal(csv_feed(&c, STR("c\n")), ERR_INVALID); // the chunk before is not used up
    csv_end(&c);
    assert_int_equal(csv_next(&c, &field, 1, &count, NULL), 0);
    assert_int_equal(csv_next(&c, &field, 1, &count, NULL), 0);
    assert_int_equal(c.line_number, 2);
    assert_int_equal(csv_next(&c, &field, 1, &count, NULL), ERR_CLOSED);
    assert_int_equal(csv_feed(&c, STR("c\n")), ERR_INVALID);
    csv_finish(&c);
    csv_init(&c, ',', 40);
    assert_int_equal(csv_feed(&c, (struct str){"a\0b\n", 4}), 0);
    assert_int_equal(csv_next(&c, &field, 1, &count, NULL), ERR_SYNTAX);
    csv_finish(&c);
    csv_finish(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_misuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
