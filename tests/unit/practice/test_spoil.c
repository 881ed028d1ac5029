// SPDX-License-Identifier: Apache-2.0
// Every fault as a caller meets it, set through the control endpoint of a running exchange.
#include "unit/practice/support_http.h"

#include "practice/fault.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define T0     INT64_C(1709546430000) // 2024-03-04T10:00:30Z
#define KLINES "/api/v3/klines?symbol=VETUSDT&interval=1m&limit=5"

static struct support_exchange exchange;

static int start_exchange(void **state)
{
    struct practice_options o = support_options(T0);
    (void)state;
    o.weight_limit = 100000000;
    support_start(&exchange, o);
    return 0;
}

static int stop_exchange(void **state)
{
    (void)state;
    support_stop(&exchange);
    return 0;
}

static void set_fault(const char *script)
{
    struct support_reply r;
    support_ask(&exchange, "DELETE", "/practice/control", "", NULL, &r);
    assert_int_equal(r.status, 200);
    support_reply_finish(&r);
    support_ask(&exchange, "POST", "/practice/control", "", script, &r);
    if (r.status != 200)
        print_error("%s: %s\n", script, r.body);
    assert_int_equal(r.status, 200);
    support_reply_finish(&r);
}

static json_t *rows_of(const char *path)
{
    struct support_reply r;
    support_get(&exchange, path, &r);
    assert_int_equal(r.status, 200);
    json_t *rows = json_loadb(r.body, r.body_len, 0, NULL);
    assert_non_null(rows);
    support_reply_finish(&r);
    return rows;
}

static json_int_t open_of(const json_t *rows, size_t i)
{
    return json_integer_value(json_array_get(json_array_get(rows, i), 0));
}

static double column(const json_t *rows, size_t row, size_t i)
{
    return strtod(json_string_value(json_array_get(json_array_get(rows, row), i)), NULL);
}

static void test_statuses(void **state)
{
    static const struct {
        int status;
        const char *type, *part, *retry_after;
    } cases[] = {
        {400, "json", "\"code\"", ""},
        {401, "json", "-2015", ""},
        {403, "html", "<html>", ""},
        {404, "html", "<html>", ""},
        {418, "json", "IP banned until", "120"},
        {429, "json", "-1003", "10"},
        {451, "json", "restricted", ""},
        {500, "json", "-1001", ""},
        {502, "html", "<html>", ""},
        {503, "json", "-1008", ""},
        {504, "html", "<html>", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char script[64];
        struct support_reply r;
        snprintf(script, sizeof(script), "klines status=%d", cases[i].status);
        set_fault(script);
        support_get(&exchange, KLINES, &r);
        assert_int_equal(r.status, cases[i].status);
        assert_non_null(strstr(support_header(&r, "Content-Type"), cases[i].type));
        assert_string_equal(support_header(&r, "Retry-After"), cases[i].retry_after);
        assert_non_null(strstr(r.body, cases[i].part));
        support_reply_finish(&r);
        support_get(&exchange, "/api/v3/ping", &r); // another endpoint is not touched
        assert_int_equal(r.status, 200);
        support_reply_finish(&r);
    }
    struct support_reply r;
    set_fault("klines status=429 retry_after=none");
    support_get(&exchange, KLINES, &r);
    assert_string_equal(support_header(&r, "Retry-After"), "");
    support_reply_finish(&r);
}

static void test_broken_answers(void **state)
{
    struct support_reply r;
    (void)state;
    set_fault("klines html");
    support_get(&exchange, KLINES, &r);
    assert_int_equal(r.status, 200);
    assert_non_null(strstr(r.body, "<html>"));
    support_reply_finish(&r);
    set_fault("klines cut");
    support_get(&exchange, KLINES, &r);
    assert_int_equal(r.status, 200);
    assert_false(r.truncated);
    assert_null(json_loadb(r.body, r.body_len, 0, NULL));
    support_reply_finish(&r);
    set_fault("klines garbage");
    support_get(&exchange, KLINES, &r);
    json_t *j = json_loadb(r.body, r.body_len, 0, NULL);
    assert_true(json_is_object(j));
    json_decref(j);
    support_reply_finish(&r);
    set_fault("klines truncate");
    support_get(&exchange, KLINES, &r);
    assert_int_equal(r.status, 200);
    assert_true(r.truncated);
    support_reply_finish(&r);
}

static void test_broken_connections(void **state)
{
    struct support_reply r;
    (void)state;
    set_fault("klines close");
    support_get(&exchange, KLINES, &r);
    assert_int_equal(r.status, 0);
    assert_false(r.reset);
    support_reply_finish(&r);
    set_fault("klines reset");
    support_get(&exchange, KLINES, &r);
    assert_int_equal(r.status, 0);
    assert_true(r.reset);
    support_reply_finish(&r);
    set_fault("klines hang=50ms");
    support_get(&exchange, KLINES, &r);
    assert_int_equal(r.status, 0);
    support_reply_finish(&r);
    set_fault("klines delay=50ms");
    support_get(&exchange, KLINES, &r);
    assert_int_equal(r.status, 200);
    assert_false(r.truncated);
    support_reply_finish(&r);
    set_fault("klines drip=1ms");
    support_get(&exchange, KLINES, &r);
    assert_int_equal(r.status, 200);
    assert_false(r.truncated);
    assert_true(r.body_len > 100);
    support_reply_finish(&r);
}

static void test_spoilt_rows(void **state)
{
    (void)state;
    set_fault("");
    json_t *good = rows_of(KLINES);
    json_t *rows = NULL;
    set_fault("klines duplicate");
    rows = rows_of(KLINES);
    assert_int_equal(json_array_size(rows), 6);
    assert_true(open_of(rows, 3) == open_of(rows, 4));
    json_decref(rows);
    set_fault("klines missing");
    rows = rows_of(KLINES);
    assert_int_equal(json_array_size(rows), 4);
    assert_true(open_of(rows, 3) - open_of(rows, 2) == 2 * MS_MINUTE);
    json_decref(rows);
    set_fault("klines misaligned");
    rows = rows_of(KLINES);
    assert_true(open_of(rows, 3) % MS_MINUTE == 1000);
    json_decref(rows);
    set_fault("klines unsorted");
    rows = rows_of(KLINES);
    assert_true(open_of(rows, 3) > open_of(rows, 4));
    json_decref(rows);
    set_fault("klines unfinished");
    rows = rows_of(KLINES);
    assert_true(open_of(rows, 5) > T0);
    json_decref(rows);
    set_fault("klines impossible");
    rows = rows_of(KLINES);
    assert_true(column(rows, 3, 2) < column(rows, 3, 3));
    json_decref(rows);
    set_fault("klines negative");
    rows = rows_of(KLINES);
    assert_true(column(rows, 3, 1) < 0);
    json_decref(rows);
    set_fault("klines nan");
    rows = rows_of(KLINES);
    assert_string_equal(json_string_value(json_array_get(json_array_get(rows, 3), 4)), "NaN");
    json_decref(rows);
    set_fault("klines swap");
    rows = rows_of(KLINES);
    assert_true(column(rows, 0, 2) == column(good, 0, 3));
    assert_true(column(rows, 0, 3) == column(good, 0, 2));
    json_decref(rows);
    set_fault("klines empty");
    rows = rows_of(KLINES);
    assert_int_equal(json_array_size(rows), 0);
    json_decref(rows);
    set_fault("klines wrong_symbol");
    rows = rows_of(KLINES);
    assert_true(column(rows, 0, 1) > 2 * column(good, 0, 1)); // BNB's prices, not VET's
    json_decref(rows);
    json_decref(good);
}

// The clock stands at 10:00:30: the 09:59 minute closed half a minute ago.
static void test_candle_faults(void **state)
{
    const json_int_t newest = T0 - T0 % MS_MINUTE - MS_MINUTE;
    (void)state;
    set_fault("");
    json_t *good = rows_of(KLINES), *rows = NULL;
    assert_true(open_of(good, 3) == newest);
    set_fault("klines late=2m");
    rows = rows_of(KLINES);
    assert_int_equal(json_array_size(rows),
                     3 - 1); // the two closed within two minutes are not there
    json_decref(rows);
    set_fault("klines late=20s");
    rows = rows_of(KLINES);
    assert_true(json_equal(json_array_get(rows, 3), json_array_get(good, 3)));
    json_decref(rows);
    set_fault("klines gap from=2024-03-04T09:59 to=2024-03-04T10:00");
    rows = rows_of(KLINES);
    assert_int_equal(json_array_size(rows), 4);
    assert_true(open_of(rows, 2) == newest - MS_MINUTE && open_of(rows, 3) == newest + MS_MINUTE);
    json_decref(rows);
    set_fault("klines stale=40s");
    rows = rows_of(KLINES);
    assert_false(json_equal(json_array_get(rows, 3), json_array_get(good, 3)));
    assert_true(json_equal(json_array_get(rows, 2), json_array_get(good, 2)));
    assert_true(column(rows, 3, 5) < column(good, 3, 5));
    json_decref(rows);
    set_fault("klines revise=40s");
    rows = rows_of(KLINES);
    assert_true(json_equal(json_array_get(rows, 3), json_array_get(good, 3)));
    assert_false(json_equal(json_array_get(rows, 2), json_array_get(good, 2)));
    json_decref(rows);
    set_fault("klines off_grid");
    rows = rows_of(KLINES);
    assert_true(open_of(rows, 0) % MS_MINUTE != 0);
    json_decref(rows);
    json_decref(good);
}

static void expect_code(const char *path, const char *code)
{
    struct support_reply r;
    support_get(&exchange, path, &r);
    assert_int_equal(r.status, 400);
    assert_non_null(strstr(r.body, code));
    support_reply_finish(&r);
}

static void expect_status(const char *status)
{
    json_t *info = rows_of("/api/v3/exchangeInfo?symbol=VETUSDT");
    const json_t *symbol = json_array_get(json_object_get(info, "symbols"), 0);
    assert_string_equal(json_string_value(json_object_get(symbol, "status")), status);
    json_decref(info);
}

static void test_markets(void **state)
{
    (void)state;
    set_fault("market symbol=VETUSDT from=2024-03-04T09:58 halt");
    expect_status("HALT");
    json_t *rows = rows_of(KLINES);
    assert_int_equal(json_array_size(rows), 5);
    assert_true(column(rows, 3, 5) == 0 && column(rows, 3, 2) == column(rows, 3, 3));
    assert_true(column(rows, 3, 1) == column(rows, 1, 4));
    json_decref(rows);
    set_fault("market symbol=VETUSDT from=2024-03-04T09:58 to=2024-03-04T10:00 delist");
    expect_status("TRADING");
    rows = rows_of(KLINES);
    assert_int_equal(json_array_size(rows), 3);
    json_decref(rows);
    set_fault("market symbol=VETUSDT from=2024-03-04T09:58 delist");
    expect_status("BREAK");
    json_t *best = rows_of("/api/v3/ticker/bookTicker?symbol=VETUSDT");
    assert_string_equal(json_string_value(json_object_get(best, "bidPrice")), "0.00000000");
    json_decref(best);
    set_fault("market symbol=VETUSDT from=2024-03-02 delist"); // longer ago than a day
    json_t *day = rows_of("/api/v3/ticker/24hr?symbol=VETUSDT");
    assert_int_equal(json_integer_value(json_object_get(day, "count")), 0);
    assert_int_equal(json_integer_value(json_object_get(day, "lastId")), -1);
    assert_true(strtod(json_string_value(json_object_get(day, "lastPrice")), NULL) > 0);
    json_decref(day);
    set_fault("market symbol=VETUSDT remove");
    expect_code(KLINES, "-1121");
    set_fault("market symbol=VETUSDT rename=VETNEW");
    expect_code(KLINES, "-1121");
    rows = rows_of("/api/v3/klines?symbol=VETNEW&interval=1m&limit=5");
    assert_int_equal(json_array_size(rows), 5);
    json_decref(rows);
    set_fault("market symbol=VETUSDT unlisted to=+1h");
    expect_code(KLINES, "-1121");
    set_fault("market symbol=VETUSDT unlisted to=2024-03-04T09:59");
    rows = rows_of("/api/v3/klines?symbol=VETUSDT&interval=1m&limit=500");
    assert_int_equal(json_array_size(rows), 2);
    json_decref(rows);
}

static void test_clock(void **state)
{
    (void)state;
    set_fault("time offset=-90s");
    json_t *time = rows_of("/api/v3/time");
    json_int_t now = json_integer_value(json_object_get(time, "serverTime"));
    assert_true(now >= T0 - 90000 && now < T0 - 85000);
    json_decref(time);
}

static void test_control_refuses(void **state)
{
    struct support_reply r;
    (void)state;
    support_ask(&exchange, "POST", "/practice/control", "", "ping reset\nklines lat=3s", &r);
    assert_int_equal(r.status, 400);
    assert_non_null(strstr(r.body, "\"line\":2,\"column\":8"));
    support_reply_finish(&r);
    support_ask(&exchange, "DELETE", "/practice/control?id=99999", "", NULL, &r);
    assert_int_equal(r.status, 400);
    support_reply_finish(&r);
    support_ask(&exchange, "PUT", "/practice/control", "", "x", &r);
    assert_int_equal(r.status, 405);
    support_reply_finish(&r);
}

// What still waits for an answer when the exchange ends is cut off, not leaked.
static void test_ending_with_held_calls(void **state)
{
    (void)state;
    struct support_exchange e;
    struct support_reply r;
    struct practice_options o = support_options(T0);
    support_start(&e, o);
    support_ask(&e, "POST", "/practice/control", "", "ping count=1 hang=1h", &r);
    support_reply_finish(&r);
    pid_t child = fork();
    if (child == 0) {
        support_get(&e, "/api/v3/ping", &r);
        _exit(r.status == 0 ? 0 : 1);
    }
    do { // until the exchange says that it holds the call
        support_get(&e, "/practice/control", &r);
        bool held = strstr(r.body, "\"held\":1") != NULL;
        support_reply_finish(&r);
        if (held)
            break;
    } while (true);
    support_stop(&e);
    assert_int_equal(support_wait(child), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_broken_answers),
        cmocka_unit_test(test_broken_connections),
        cmocka_unit_test(test_spoilt_rows),
        cmocka_unit_test(test_candle_faults),
        cmocka_unit_test(test_markets),
        cmocka_unit_test(test_clock),
        cmocka_unit_test(test_control_refuses),
        cmocka_unit_test(test_ending_with_held_calls),
    };
    return cmocka_run_group_tests(tests, start_exchange, stop_exchange);
}
