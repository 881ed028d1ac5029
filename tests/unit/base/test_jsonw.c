// SPDX-License-Identifier: Apache-2.0
// The JSON writer and the log lines built on it.
#include "base/jsonw.h"
#include "base/log.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void test_values(void **state)
{
    (void)state;
    struct buf b;
    struct jsonw w;
    buf_init(&b, 1000);
    jsonw_init(&w, &b);
    jsonw_object(&w);
    jsonw_key(&w, "a\"");
    jsonw_array(&w);
    jsonw_i64(&w, -1);
    jsonw_u64(&w, UINT64_MAX);
    jsonw_double(&w, 0.0225);
    jsonw_double(&w, (double)NAN);
    jsonw_bool(&w, true);
    jsonw_null(&w);
    jsonw_array_end(&w);
    jsonw_key(&w, "s");
    jsonw_str(&w, STR("q\" b\\ n\n u\x01 \xE2\x82\xAC bad\xFF end"));
    jsonw_key(&w, "d");
    jsonw_decimal(&w, (struct decimal){1050, 2});
    jsonw_key(&w, "e");
    jsonw_object(&w);
    jsonw_object_end(&w);
    jsonw_object_end(&w);
    assert_int_equal(jsonw_finish(&w), 0);
    assert_true(str_eq(
        buf_str(&b),
        STR("{\"a\\\"\":[-1,18446744073709551615,0.0225,null,true,null],\"s\":\"q\\\" b\\\\ n\\n "
            "u\\u0001 \xE2\x82\xAC bad\xEF\xBF\xBD end\",\"d\":\"10.50\",\"e\":{}}")));
    buf_finish(&b);
}

static void value_without_key(struct jsonw *w)
{
    jsonw_object(w);
    jsonw_i64(w, 1);
    jsonw_object_end(w);
}

static void key_in_array(struct jsonw *w)
{
    jsonw_array(w);
    jsonw_key(w, "a");
    jsonw_i64(w, 1);
    jsonw_array_end(w);
}

static void key_without_value(struct jsonw *w)
{
    jsonw_object(w);
    jsonw_key(w, "a");
    jsonw_object_end(w);
}

static void wrong_bracket(struct jsonw *w)
{
    jsonw_object(w);
    jsonw_array_end(w);
}

static void not_closed(struct jsonw *w)
{
    jsonw_array(w);
}

static void two_values(struct jsonw *w)
{
    jsonw_i64(w, 1);
    jsonw_i64(w, 2);
}

static void nothing(struct jsonw *w)
{
    (void)w;
}

static void test_misuse(void **state)
{
    (void)state;
    void (*const cases[])(struct jsonw *) = {
        value_without_key, key_in_array, key_without_value, wrong_bracket, not_closed,
        two_values,        nothing};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf b;
        struct jsonw w;
        buf_init(&b, 1000);
        jsonw_init(&w, &b);
        cases[i](&w);
        assert_int_equal(jsonw_finish(&w), ERR_INVALID);
        buf_finish(&b);
    }
}

static void test_limits(void **state)
{
    (void)state;
    struct buf b;
    struct jsonw w;
    buf_init(&b, 1000);
    jsonw_init(&w, &b);
    for (int i = 0; i < 100; i++)
        jsonw_array(&w);
    for (int i = 0; i < 100; i++)
        jsonw_array_end(&w);
    assert_int_equal(jsonw_finish(&w), ERR_FULL);
    buf_finish(&b);
    buf_init(&b, 5);
    jsonw_init(&w, &b);
    jsonw_str(&w, STR("too long"));
    assert_int_equal(jsonw_finish(&w), ERR_FULL);
    buf_finish(&b);
}

static time_ms fixed_time(void *arg)
{
    (void)arg;
    return 1619827200000;
}

// What one call writes, read back through a pipe.
static void logged(enum log_format format, const char *value, char *out, size_t cap)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    struct log log = {
        .fd = fds[1], .level = LOG_INFO, .format = format, .role = "test", .now = fixed_time};
    log_info(&log, "candle saved", "pair=%s n=%d ok=true", LOG_Q(value), 3);
    log_debug(&log, "not this one", "");
    log_warn(&log, "bare", "");
    close(fds[1]);
    size_t len = 0;
    ssize_t n = 0;
    while (len + 1 < cap && (n = read(fds[0], out + len, cap - 1 - len)) > 0)
        len += (size_t)n;
    out[len] = '\0';
    close(fds[0]);
}

static void test_log(void **state)
{
    (void)state;
    char text[8192];
    logged(LOG_LOGFMT, "a \"b\"\nlevel=error", text, sizeof(text));
    assert_string_equal(text, "at=2021-05-01T00:00:00Z level=info role=test event=\"candle saved\" "
                              "pair=\"a \\\"b\\\" level=error\" n=3 ok=true\n"
                              "at=2021-05-01T00:00:00Z level=warn role=test event=\"bare\"\n");
    logged(LOG_JOURNAL, "x", text, sizeof(text));
    assert_int_equal(strncmp(text, "<6>at=", 6), 0);
    logged(LOG_JSON, "a \"b\" =c", text, sizeof(text));
    assert_string_equal(
        text, "{\"at\":\"2021-05-01T00:00:00Z\",\"level\":\"info\",\"role\":\"test\",\"event\":"
              "\"candle saved\",\"pair\":\"a \\\"b\\\" =c\",\"n\":3,\"ok\":true}\n"
              "{\"at\":\"2021-05-01T00:00:00Z\",\"level\":\"warn\",\"role\":\"test\",\"event\":"
              "\"bare\"}\n");
    log_error(NULL, "silent", "a=%d", 1);
}

static void test_log_long(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    struct log log = {.fd = fds[1], .level = LOG_DEBUG, .format = LOG_LOGFMT, .now = fixed_time};
    char huge[5000];
    memset(huge, 'x', sizeof(huge) - 1);
    huge[sizeof(huge) - 1] = '\0';
    log_debug(&log, "huge", "text=%s", huge);
    close(fds[1]);
    char text[8192];
    ssize_t n = read(fds[0], text, sizeof(text) - 1);
    assert_true(n > 1000 && n <= LOG_LINE_MAX);
    text[n] = '\0';
    assert_non_null(strstr(text, " truncated=true\n"));
    close(fds[0]);
    enum log_level level = LOG_INFO;
    enum log_format format = LOG_LOGFMT;
    assert_int_equal(log_level_parse(STR("debug"), &level), 0);
    assert_int_equal(level, LOG_DEBUG);
    assert_int_equal(log_level_parse(STR("loud"), &level), ERR_NOT_FOUND);
    assert_int_equal(log_format_parse(STR("json"), &format), 0);
    assert_int_equal(format, LOG_JSON);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),   cmocka_unit_test(test_misuse),
        cmocka_unit_test(test_limits),   cmocka_unit_test(test_log),
        cmocka_unit_test(test_log_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
