// SPDX-License-Identifier: Apache-2.0
// Errors, strings, buffers, arenas, maps, tables.
#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/random.h"
#include "base/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_errors(void **state)
{
    (void)state;
#define X(name, value, text)                                                                       \
    assert_string_equal(err_name(ERR_##name), #name);                                              \
    assert_string_equal(err_text(ERR_##name), text);
    ERR_TABLE(X)
#undef X
    assert_string_equal(err_name(-9999), "UNKNOWN");
    assert_string_equal(err_name(1), "UNKNOWN");
    struct diag d = {0};
    assert_int_equal(diag_set_at(&d, ERR_SYNTAX, 3, 7, "no %s", "way"), ERR_SYNTAX);
    assert_int_equal(d.line, 3);
    assert_int_equal(d.column, 7);
    // Its own text may be an argument.
    assert_int_equal(diag_set(&d, ERR_RANGE, "in file x: %s", d.text), ERR_RANGE);
    assert_string_equal(d.text, "in file x: no way");
    assert_int_equal(d.line, 0);
    assert_int_equal(diag_set(NULL, ERR_RANGE, "x"), ERR_RANGE);
}

static void test_str(void **state)
{
    (void)state;
    assert_true(str_eq(str_trim(STR(" \t a b\r\n")), STR("a b")));
    assert_true(str_eq_nocase(STR("VeT"), STR("vEt")));
    assert_false(str_eq_nocase(STR("vet"), STR("ve")));
    assert_true(str_starts(STR("abc"), STR("ab")) && !str_starts(STR("a"), STR("ab")));
    assert_true(str_ends(STR("abc"), STR("bc")) && !str_ends(STR("c"), STR("bc")));
    assert_true(str_eq(str_sub(STR("abc"), 1, 99), STR("bc")));
    assert_int_equal(str_sub(STR("abc"), 5, 2).len, 0);
    assert_int_equal(str_find(STR("a,b"), ',', 0), 1);
    assert_int_equal(str_find(STR("a,b"), ',', 2), 3);
    struct str rest = STR("a,,b,");
    struct str part;
    const char *const parts[] = {"a", "", "b", ""};
    for (size_t i = 0; i < 4; i++) {
        assert_true(str_split(&rest, ',', &part));
        assert_true(str_eq(part, str_from(parts[i])));
    }
    assert_false(str_split(&rest, ',', &part));
    char small[4];
    assert_int_equal(str_copy(small, sizeof(small), STR("abc")), 0);
    assert_int_equal(str_copy(small, sizeof(small), STR("abcd")), ERR_FULL);
    assert_string_equal(small, "");
    assert_int_equal(str_printf(small, sizeof(small), "%d", 123), 0);
    assert_int_equal(str_printf(small, sizeof(small), "%d", 1234), ERR_FULL);
    assert_string_equal(small, "");
    assert_int_equal(str_distance(STR("kitten"), STR("sitting"), 5), 3);
    assert_int_equal(str_distance(STR("kitten"), STR("sitting"), 2), 3);
    assert_int_equal(str_distance(STR(""), STR("ab"), 5), 2);
    assert_int_equal(str_from(NULL).len, 0);
}

static void test_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {{"a", 1},
                 {"\xC3\xA9", 2},
                 {"\xE2\x82\xAC", 3},
                 {"\xF0\x9F\x98\x80", 4},
                 {"\xC0\x80", 0},         // overlong
                 {"\xE0\x80\x80", 0},     // overlong
                 {"\xED\xA0\x80", 0},     // surrogate
                 {"\xF4\x90\x80\x80", 0}, // beyond U+10FFFF
                 {"\x80", 0},
                 {"\xE2\x82", 0},
                 {"\xFF", 0}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(str_utf8_len(str_from(cases[i].bytes), 0), cases[i].len);
    assert_int_equal(str_utf8_len(STR("a"), 1), 0);
}

static void test_buf(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 10);
    assert_int_equal(buf_add_str(&b, STR("12345678")), 0);
    assert_int_equal(buf_printf(&b, "%s", "abc"), ERR_FULL);
    assert_true(str_eq(buf_str(&b), STR("12345678")));
    assert_int_equal(buf_printf(&b, "%s", "ab"), 0); // exactly full
    assert_true(str_eq(buf_str(&b), STR("12345678ab")));
    assert_int_equal(buf_add_char(&b, 'c'), ERR_FULL);
    buf_consume(&b, 8);
    assert_true(str_eq(buf_str(&b), STR("ab")));
    char *at = NULL;
    assert_int_equal(buf_reserve(&b, 9, &at), ERR_FULL);
    assert_int_equal(buf_reserve(&b, 8, &at), 0);
    memcpy(at, "xyz", 3);
    buf_commit(&b, 3);
    assert_true(str_eq(buf_str(&b), STR("abxyz")));
    buf_consume(&b, 99);
    assert_int_equal(b.len, 0);
    buf_finish(&b);
    buf_finish(NULL);

    buf_init(&b, 100000);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(buf_printf(&b, "%d ", i % 10), 0);
    assert_int_equal(b.len, 20000);
    assert_true(str_eq(str_sub(buf_str(&b), 19998, 20000), STR("9 ")));
    buf_finish(&b);
}

static void test_arena(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 100000);
    size_t total = 0;
    unsigned char *first = arena_alloc(&a, 24);
    assert_non_null(first);
    memset(first, 0xFF, 24);
    for (size_t size = 1;; size = size * 3 / 2 + 1) {
        unsigned char *p = arena_alloc(&a, size);
        if (!p)
            break;
        assert_int_equal((uintptr_t)p % sizeof(long double), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xAA, size);
        total += size;
    }
    assert_true(total > 30000 && total <= 100000);
    assert_int_equal(first[23], 0xFF);
    assert_null(arena_array(&a, SIZE_MAX / 2, 3));
    arena_reset(&a);
    assert_int_equal(a.used_bytes, 0);
    char *s = arena_strdup(&a, STR("abc"));
    assert_string_equal(s, "abc");
    arena_finish(&a);
    arena_finish(NULL);
}

static void test_map(void **state)
{
    (void)state;
    struct map m;
    map_init(&m, 3);
    int values[4] = {0};
    assert_null(map_get(&m, STR("a")));
    assert_int_equal(map_put(&m, STR("a"), &values[0]), 0);
    assert_int_equal(map_put(&m, STR("b"), &values[1]), 0);
    assert_int_equal(map_put(&m, STR(""), &values[2]), 0);
    assert_int_equal(map_put(&m, STR("c"), &values[3]), ERR_FULL);
    assert_int_equal(map_put(&m, STR("a"), &values[3]), 0); // replaced though full
    assert_ptr_equal(map_get(&m, STR("a")), &values[3]);
    assert_ptr_equal(map_get(&m, STR("")), &values[2]);
    assert_ptr_equal(map_remove(&m, STR("b")), &values[1]);
    assert_null(map_remove(&m, STR("b")));
    map_finish(&m);
    map_finish(NULL);
}

// Random puts and removes against a plain array.
static void test_map_model(void **state)
{
    (void)state;
    enum {
        KEYS = 500
    };
    static char model[KEYS]; // the value of key k is &model[k]; its byte tells whether it is in
    memset(model, 0, sizeof(model));
    struct map m;
    struct map n;
    map_init(&m, KEYS);
    map_init(&n, KEYS);
    struct random r;
    random_init(&r, 5);
    size_t count = 0;
    for (int i = 0; i < 100000; i++) {
        size_t k = (size_t)random_below(&r, KEYS);
        char key[24];
        snprintf(key, sizeof(key), "key-%zu", k);
        void *expected = model[k] ? &model[k] : NULL;
        assert_ptr_equal(map_get(&m, str_from(key)), expected);
        assert_ptr_equal(map_get_u64(&n, k << 32), expected);
        if (random_below(&r, 2)) {
            assert_int_equal(map_put(&m, str_from(key), &model[k]), 0);
            assert_int_equal(map_put_u64(&n, k << 32, &model[k]), 0);
            count += !model[k];
            model[k] = 1;
        } else {
            assert_ptr_equal(map_remove(&m, str_from(key)), expected);
            assert_ptr_equal(map_remove_u64(&n, k << 32), expected);
            count -= model[k] != 0;
            model[k] = 0;
        }
        assert_int_equal(m.count, count);
    }
    size_t cursor = 0;
    size_t seen = 0;
    struct str key;
    void *value = NULL;
    while (map_next(&m, &cursor, &key, &value)) {
        assert_ptr_equal(map_get(&m, key), value);
        assert_int_equal(*(char *)value, 1);
        seen++;
    }
    assert_int_equal(seen, count);
    map_finish(&m);
    map_finish(&n);
}

static void test_table(void **state)
{
    (void)state;
    struct table *t = table_create(1000);
    struct buf out;
    buf_init(&out, 1000);
    table_column(t, "PAIR", TABLE_LEFT);
    table_column(t, "COUNT", TABLE_RIGHT);
    table_column(t, "STATE", TABLE_LEFT);
    table_cell(t, STR("VET/USDT"));
    table_cellf(t, "%d", 5);
    table_cell(t, STR("live"));
    table_cell(t, STR("\xE2\x82\xACX")); // two columns wide, four bytes long
    table_cellf(t, "%d", 1234567);
    table_cell(t, STR("")); // no blanks at a line's end
    assert_int_equal(table_write(t, &out), 0);
    assert_true(str_eq(buf_str(&out), STR("PAIR        COUNT  STATE\n"
                                          "VET/USDT        5  live\n"
                                          "\xE2\x82\xACX        1234567\n")));
    table_cell(t, STR("line\nfeed"));
    assert_int_equal(table_write(t, &out), ERR_INVALID); // the row is not complete
    table_destroy(t);
    table_destroy(NULL);
    t = table_create(4);
    assert_non_null(t);
    table_column(t, "LONG HEADER", TABLE_LEFT);
    assert_int_equal(table_write(t, &out), ERR_FULL);
    table_destroy(t);
    buf_finish(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors),    cmocka_unit_test(test_str),   cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_buf),       cmocka_unit_test(test_arena), cmocka_unit_test(test_map),
        cmocka_unit_test(test_map_model), cmocka_unit_test(test_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
