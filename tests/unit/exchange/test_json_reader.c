// SPDX-License-Identifier: Apache-2.0
// The JSON reader against cases and against jansson on mutated texts; paths; texts with escapes.
#include "base/random.h"
#include "exchange/json_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <jansson.h>
#include <string.h>

static bool reads(const char *text, size_t len)
{
    struct json_value v;
    struct diag d;
    return venue__json_document((struct str){text, len}, &v, &d) == 0;
}

static void test_accepts(void **state)
{
    static const char *const texts[] = {
        "null",
        " true ",
        "false\n",
        "0",
        "-0",
        "12.50",
        "1e5",
        "-1.5E-7",
        "2.38E8",
        "\"\"",
        "\"a\"",
        "\"\\u00e9\\n\\\"\\\\\\/\"",
        "\"\\ud83d\\ude00\"",
        "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
        "[]",
        "{}",
        "[ ]",
        "[1,2 , 3]",
        "{\"a\":{\"b\":[{}]},\"a\":1}",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", // 32 deep
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!reads(texts[i], strlen(texts[i])))
            fail_msg("refused: %s", texts[i]);
}

static void test_refuses(void **state)
{
    static const char *const texts[] = {
        "",
        " ",
        "nul",
        "tru",
        "True",
        "NaN",
        "Infinity",
        "+1",
        "01",
        "1.",
        ".5",
        "1e",
        "1e+",
        "-",
        "--1",
        "0x1",
        "1 2",
        "\"",
        "\"a",
        "\"\\",
        "\"\\u12",
        "\"\\u12g4\"",
        "\"\\x\"",
        "\"\\u0000\"",
        "\"\\ud800\"",
        "\"\\ude00\"",
        "\"\\ud83d\\u0041\"",
        "\"\n\"",
        "\"\t\"",
        "\"\xff\"",
        "\"\xc3\"",
        "\"\xc0\x80\"",
        "\"\xed\xa0\x80\"",
        "\"\xf4\x90\x80\x80\"",
        "\"\xe0\x80\x80\"",
        "[",
        "]",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1}",
        "{",
        "}",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,}",
        "{a:1}",
        "{1:1}",
        "{\"a\" 1}",
        "{\"a\":1]",
        "{,}",
        "[]]",
        "{}x",
        "'a'",
        "\xef\xbb\xbf[]",                                                     // a byte order mark
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", // 33 deep
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (reads(texts[i], strlen(texts[i])))
            fail_msg("accepted: %s", texts[i]);
    assert_false(reads("[\0]", 3));
    char deep[4000];
    memset(deep, '[', sizeof deep);
    assert_false(reads(deep, sizeof deep));
}

static unsigned depth_of(const char *text, size_t len)
{
    unsigned depth = 0, deepest = 0;
    for (size_t i = 0; i < len; i++) {
        depth += text[i] == '[' || text[i] == '{';
        depth -= (text[i] == ']' || text[i] == '}') && depth > 0;
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest;
}

// What jansson says must be what we say; it refuses numbers beyond its types, which we keep as
// text.
static void check_against_jansson(const char *text, size_t len)
{
    json_error_t error;
    json_t *root = json_loadb(text, len, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, &error);
    bool theirs = root != NULL || json_error_code(&error) == json_error_numeric_overflow;
    bool overflow = root == NULL && theirs;
    json_decref(root);
    bool ours = reads(text, len);
    if (depth_of(text, len) > JSON_DEPTH_MAX || overflow)
        return;
    if (ours != theirs)
        fail_msg("we say %d, jansson %d: %.*s", ours, theirs, (int)len, text);
}

static void test_like_jansson(void **state)
{
    static const char *const seeds[] = {
        "[[1499040000000,\"0.01634790\",\"0.8\",308,null,true,1.5e-3]]",
        "{\"symbol\":\"BTCUSDT\",\"filters\":[{\"filterType\":\"LOT_SIZE\"}],\"\\u00e9\":\"\\\"\"}",
        "{\"error\":[],\"result\":{\"XXBTZUSD\":[[1,\"2\",-3]],\"last\":1616662920}}",
        "\"\xe8\xbf\x99\\ud83d\\ude00\"",
    };
    static const char bytes[] = "[]{}\",:\\u0123456789abdef+-.eE ntrls\n\xc3\xa9\xed\xf0\x80";
    char text[200];
    struct random random;
    (void)state;
    random_init(&random, 20261122);
    for (int i = 0; i < 200000; i++) {
        const char *seed = seeds[random_below(&random, sizeof seeds / sizeof *seeds)];
        size_t len = strlen(seed);
        memcpy(text, seed, len);
        for (uint64_t n = 1 + random_below(&random, 3); n > 0; n--) {
            size_t at = random_below(&random, len);
            if (random_below(&random, 8) == 0)
                len = at + 1;
            else if (random_below(&random, 3) == 0 && len > 2) {
                memmove(text + at, text + at + 1, len - at - 1);
                len--;
            } else {
                text[at] = bytes[random_below(&random, sizeof bytes - 1)];
            }
        }
        check_against_jansson(text, len);
    }
}

static void test_paths(void **state)
{
    static const char body[] =
        "{\"error\":[],\"n\":7,\"result\":{\"last\":5,\"pair\":[[1,\"a\"],[2,\"b\"]],\"x\":{}},"
        "\"filters\":[3,{\"t\":\"LOT\"},{\"t\":\"A.B\",\"step\":\"0.1\",\"id\":4},{\"t\":\"A.B\","
        "\"step\":\"9\"}]}";
    static const struct {
        const char *path, *text; // NULL: not there
    } cases[] = {
        {"n", "7"},
        {"result.last", "5"},
        {"result.*.1.1", "b"},
        {"result.pair.0.0", "1"},
        {"*", "[]"},
        {"error", "[]"},
        {"error.0", NULL},
        {"filters.[t=A.B].step", "0.1"},
        {"filters.[id=4].t", "A.B"},
        {"filters.[t=NONE].step", NULL},
        {"filters.[t=LOT].step", NULL},
        {"filters.9", NULL},
        {"result.pair.-1", NULL},
        {"nothing", NULL},
        {"n.x", NULL},
        {"n.*", NULL},
        {"[t=A.B]", NULL},
        {"filters.[t", NULL},
        {"..", NULL},
    };
    struct json_value root, v;
    (void)state;
    assert_int_equal(venue__json_document(STR(body), &root, NULL), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int rc = venue__json_find(root, cases[i].path, &v);
        if (!cases[i].text) {
            assert_int_equal(rc, ERR_NOT_FOUND);
            continue;
        }
        assert_int_equal(rc, 0);
        if (!str_eq(v.text, str_from(cases[i].text)))
            fail_msg("%s gives " STR_FMT, cases[i].path, STR_ARG(v.text));
    }
    assert_int_equal(venue__json_find(root, "", &v), 0);
    assert_true(str_eq(v.text, STR(body)));
}

static void test_text(void **state)
{
    static const struct {
        const char *json, *text;
    } cases[] = {
        {"\"BTC\"", "BTC"},
        {"12.50", "12.50"},
        {"\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\\/\\\\\\\"\\b\\f\\n\\r\\t\"",
         "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80/\\\"\b\f\n\r\t"},
    };
    struct json_value v;
    char out[64];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(venue__json_document(str_from(cases[i].json), &v, NULL), 0);
        assert_int_equal(venue__json_text(v, out, sizeof out), 0);
        assert_string_equal(out, cases[i].text);
        size_t len = strlen(cases[i].text);
        assert_int_equal(venue__json_text(v, out, len + 1), 0);
        assert_int_equal(venue__json_text(v, out, len), ERR_FULL);
    }
    assert_int_equal(venue__json_document(STR("[1]"), &v, NULL), 0);
    assert_int_equal(venue__json_text(v, out, sizeof out), ERR_INVALID);
}

// Large lists are accepted whole, and refused wherever they are cut.
static void test_cut_anywhere(void **state)
{
    static const char body[] = "{\"a\":[{\"b\":\"\\u00e9x\"},-1.5e3,true,null],\"c\":\"\xc3\xa9\"}";
    (void)state;
    assert_true(reads(body, sizeof body - 1));
    for (size_t len = 0; len < sizeof body - 1; len++)
        assert_false(reads(body, len));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepts),      cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_like_jansson), cmocka_unit_test(test_paths),
        cmocka_unit_test(test_text),         cmocka_unit_test(test_cut_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
