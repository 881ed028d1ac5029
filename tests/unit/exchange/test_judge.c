// SPDX-License-Identifier: Apache-2.0
// Every refusal and failure an exchange can answer with, and the reaction the facts sheet names.
#include "support_venues.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <string.h>

#define NOW      INT64_C(1653452340000) // 2022-05-25T04:19:00Z
#define HTML     "<html><body><h1>403 Forbidden</h1></body></html>"
#define KLINES   "[[1499040000000,\"0.1\"]]"
#define ERROR(c) "{\"code\":" #c ",\"msg\":\"text of it\"}"

static struct venue_verdict judge_at(const struct venue *v, time_ms now, int status,
                                     const char *body, const char *retry_after)
{
    struct venue_verdict verdict;
    struct venue_reply reply = {.status = status, .body = str_from(body), .received = now};
    if (retry_after) {
        reply.headers[0] = (struct venue_header){STR("Retry-After"), str_from(retry_after)};
        reply.header_count = 1;
    }
    venue_judge(v, VENUE_CANDLES, &reply, &verdict);
    return verdict;
}

static struct venue_verdict judge(int status, const char *body, const char *retry_after)
{
    return judge_at(test_binance(), NOW, status, body, retry_after);
}

static void test_reactions(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum venue_reaction reaction;
        int code;
        const char *text; // a part of it
    } cases[] = {
        {200, KLINES, REACT_OK, 0, "HTTP 200"},
        {200, "{\"serverTime\":1499827319559}", REACT_OK, 0, ""},
        {200, " \n[]", REACT_OK, 0, ""},
        {200, "", REACT_RETRY, 0, "empty body"},
        {200, " \r\n", REACT_RETRY, 0, "empty body"},
        {204, "", REACT_RETRY, 0, "empty body"},
        {200, HTML, REACT_RETRY, 0, "web page"},
        {200, "OK", REACT_RETRY, 0, "not JSON"},
        {200, "\"text\"", REACT_RETRY, 0, "not JSON"},
        // An error that comes as a success.
        {200, ERROR(-1121), REACT_BAD_SYMBOL, -1121, "HTTP 200 code -1121: text of it"},
        {200, ERROR(-1000), REACT_RETRY, -1000, ""},
        {200, ERROR(-9999), REACT_BAD_REQUEST, -9999, ""},
        {200, ERROR(0), REACT_OK, 0, ""},
        {302, HTML, REACT_RETRY, 0, "HTTP 302"},
        {400, ERROR(-1121), REACT_BAD_SYMBOL, -1121, "HTTP 400 code -1121: text of it"},
        {400, ERROR(-1220), REACT_BAD_SYMBOL, -1220, ""},
        {400, ERROR(-1120), REACT_BAD_REQUEST, -1120, ""},
        {400, ERROR(-1100), REACT_BAD_REQUEST, -1100, ""},
        {400, ERROR(-1130), REACT_BAD_REQUEST, -1130, ""},
        {400, ERROR(-1020), REACT_BAD_REQUEST, -1020, ""},
        {400, ERROR(-4711), REACT_BAD_REQUEST, -4711, ""},
        {400, ERROR(-1021), REACT_RESYNC_CLOCK, -1021, ""},
        {400, ERROR(-1000), REACT_RETRY, -1000, ""},
        {400, ERROR(-1001), REACT_RETRY, -1001, ""},
        {400, ERROR(-1006), REACT_RETRY, -1006, ""},
        {400, ERROR(-1007), REACT_RETRY, -1007, ""},
        {400, ERROR(-1112), REACT_RETRY, -1112, ""},
        {400, ERROR(-1003), REACT_BACK_OFF, -1003, ""},
        {400, ERROR(-1008), REACT_BACK_OFF, -1008, ""},
        {400, ERROR(-1015), REACT_BACK_OFF, -1015, ""},
        {400, ERROR(-1034), REACT_BACK_OFF, -1034, ""},
        {400, ERROR(-1002), REACT_FATAL, -1002, ""},
        {400, ERROR(-1016), REACT_FATAL, -1016, ""},
        {400, ERROR(-1022), REACT_FATAL, -1022, ""},
        {401, ERROR(-2014), REACT_FATAL, -2014, ""},
        {401, ERROR(-2015), REACT_FATAL, -2015, ""},
        {400, HTML, REACT_RETRY, 0, "web page"}, // from something in between
        {400, "", REACT_RETRY, 0, ""},
        {400, "{\"code\":-11", REACT_RETRY, 0, "broken JSON"}, // cut inside -1121
        {200, "{\"serverTime\":14998", REACT_RETRY, 0, "broken JSON"},
        {400, "{\"co", REACT_RETRY, 0, ""},
        {403, HTML, REACT_BACK_OFF, 0, "web page"},
        {403, ERROR(-1003), REACT_BACK_OFF, -1003, ""},
        {404, HTML, REACT_RETRY, 0, ""},
        {404, "{\"error\":\"no such path\"}", REACT_BAD_REQUEST, 0, ""},
        {418, ERROR(-1003), REACT_BACK_OFF, -1003, ""},
        {418, "", REACT_BACK_OFF, 0, ""},
        {429, ERROR(-1003), REACT_BACK_OFF, -1003, ""},
        {429, HTML, REACT_BACK_OFF, 0, ""},
        {451, HTML, REACT_FATAL, 0, "HTTP 451"},
        {451, ERROR(0), REACT_FATAL, 0, ""},
        {500, HTML, REACT_RETRY, 0, ""},
        {500, ERROR(-1000), REACT_RETRY, -1000, ""},
        {502, HTML, REACT_RETRY, 0, ""},
        {503, ERROR(-1008), REACT_BACK_OFF, -1008, ""},
        {503, ERROR(-4711), REACT_RETRY, -4711, ""},
        {504, "", REACT_RETRY, 0, ""},
        {520, "error code: 520", REACT_RETRY, 0, ""},
        {999, "", REACT_RETRY, 0, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct venue_verdict v = judge(cases[i].status, cases[i].body, NULL);
        if (v.reaction != cases[i].reaction || v.code != cases[i].code ||
            !strstr(v.text, cases[i].text))
            fail_msg("HTTP %d %s: %s, code %d, \"%s\"", cases[i].status, cases[i].body,
                     venue_reaction_name(v.reaction), v.code, v.text);
        assert_int_equal(v.wait_until_ms > 0, v.reaction == REACT_BACK_OFF);
        assert_int_equal(v.used_weight, -1);
    }
}

#define BAN(t)                                                                                     \
    "{\"code\":-1003,\"msg\":\"Way too much request weight used; IP banned until " t               \
    ". Please use the websocket.\"}"

static void test_how_long(void **state)
{
    static const struct {
        int status;
        const char *body, *retry_after;
        int64_t wait_ms;
    } cases[] = {
        {429, ERROR(-1003), "7", 7000},
        {429, ERROR(-1003), " 7 ", 7000},
        {429, ERROR(-1003), NULL, 60000}, // to the end of the minute
        {429, ERROR(-1003), "soon", 60000},
        {429, ERROR(-1003), "Wed, 25 May 2022 04:20:00 GMT", 60000},
        {429, ERROR(-1003), "-5", 60000},
        {429, ERROR(-1003), "0", 1000},
        {429, ERROR(-1003), "99999999999", 4 * MS_DAY},
        {429, ERROR(-1003), "99999999999999999999", 60000},
        {418, ERROR(-1003), "259200", 259200000},
        {418, ERROR(-1003), NULL, 120000},
        {418, BAN("1653452642000"), NULL, 302000},
        {418, BAN("1653452642000"), "5", 302000}, // the later one counts
        {418, BAN("1653452342000"), "300", 300000},
        {418, BAN("1653452642"), NULL, 120000}, // seconds are not what is documented
        {418, BAN("soon"), NULL, 120000},
        {418, BAN("1999999999999"), NULL, 4 * MS_DAY},
        {418, BAN("1653400000000"), NULL, 1000}, // over already
        {400, BAN("1653452642000"), NULL, 302000},
        {403, HTML, NULL, 600000},
        {403, HTML, "30", 30000},
        {503, ERROR(-1008), NULL, 60000},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct venue_verdict v = judge(cases[i].status, cases[i].body, cases[i].retry_after);
        assert_int_equal(v.reaction, REACT_BACK_OFF);
        if (v.wait_until_ms != NOW + cases[i].wait_ms)
            fail_msg("case %zu: %lld ms", i, (long long)(v.wait_until_ms - NOW));
    }
    struct venue_verdict v = judge_at(test_binance(), NOW + 59999, 429, "", NULL);
    assert_int_equal(v.wait_until_ms, NOW + 60999); // never less than a second
}

static void test_used_weight(void **state)
{
    static const struct {
        const char *names[3], *values[3];
        int64_t used;
    } cases[] = {
        {{"X-MBX-USED-WEIGHT-1M"}, {"37"}, 37},
        {{"x-mbx-used-weight-1m"}, {" 37 "}, 37},
        {{"x-mbx-used-weight"}, {"12"}, 12},
        {{"x-mbx-used-weight", "X-Mbx-Used-Weight-1m"}, {"12", "37"}, 37},
        {{"x-mbx-used-weight-1m", "x-mbx-used-weight"}, {"37", "12"}, 37},
        {{"x-mbx-used-weight-60s"}, {"5"}, 5}, // the same window in other words
        {{"x-mbx-used-weight-1s", "x-mbx-used-weight-5m"}, {"1", "90"}, 90},
        {{"x-mbx-used-weight-1m"}, {"many"}, -1},
        {{"x-mbx-used-weight-1m"}, {"-1"}, -1},
        {{"x-mbx-used-weight-xm"}, {"1"}, -1},
        {{"x-mbx-used-weight-1y"}, {"1"}, -1},
        {{"x-mbx-order-count-1d"}, {"1"}, -1},
        {{NULL}, {NULL}, -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct venue_reply reply = {.status = 200, .body = STR(KLINES), .received = NOW};
        for (; reply.header_count < 3 && cases[i].names[reply.header_count]; reply.header_count++)
            reply.headers[reply.header_count] =
                (struct venue_header){str_from(cases[i].names[reply.header_count]),
                                      str_from(cases[i].values[reply.header_count])};
        struct venue_verdict v;
        venue_judge(test_binance(), VENUE_TIME, &reply, &v);
        assert_int_equal(v.reaction, REACT_OK);
        assert_int_equal(v.used_weight, cases[i].used);
    }
    assert_true(venue_wants_header(test_binance(), STR("X-MBX-USED-WEIGHT-1M")));
    assert_true(venue_wants_header(test_binance(), STR("retry-AFTER")));
    assert_false(venue_wants_header(test_binance(), STR("Content-Type")));
    assert_false(venue_wants_header(&test_kraken, STR("retry-after")));
}

static void test_no_reply(void **state)
{
    struct venue_reply reply = {.status = 0, .transport_error = "Timeout was reached"};
    struct venue_verdict v;
    (void)state;
    venue_judge(test_binance(), VENUE_TIME, &reply, &v);
    assert_int_equal(v.reaction, REACT_RETRY);
    assert_string_equal(v.text, "no reply: Timeout was reached");
    reply.transport_error = NULL;
    venue_judge(test_binance(), VENUE_TIME, &reply, &v);
    assert_int_equal(v.reaction, REACT_RETRY);
}

// The text goes to a log and a ledger: it is cut whole characters and holds no control character.
static void test_text_is_clean(void **state)
{
    char body[600] = "{\"code\":-1100,\"msg\":\"";
    (void)state;
    for (int i = 0; i < 100; i++)
        memcpy(body + strlen(body), "\xe2\x82\xac", 4);
    memcpy(body + strlen(body), "\"}", 3);
    struct venue_verdict v = judge(400, body, NULL);
    assert_int_equal(v.code, -1100);
    const char *text = strstr(v.text, ": ") + 2;
    assert_int_equal(strlen(text) % 3, 0);
    assert_true(strlen(text) > 100);
    assert_null(strchr(judge(400, "{\"code\":-1100,\"msg\":\"a\nb\"}", NULL).text, '\n'));
    assert_null(strchr(judge(400, "{\"code\":-1100,\"msg\":\"a\\nb\"}", NULL).text, '\n'));
}

// Envelopes: words and codes decide, whatever the HTTP status.
static void test_other_venues(void **state)
{
    static const struct {
        const struct venue *venue;
        int status;
        const char *body;
        enum venue_reaction reaction;
    } cases[] = {
        {&test_kraken, 200, "{\"error\":[],\"result\":{}}", REACT_OK},
        {&test_kraken, 200, "{\"error\":[\"EAPI:Rate limit exceeded\"]}", REACT_BACK_OFF},
        {&test_kraken, 200, "{\"error\":[\"EService:Unavailable\"]}", REACT_RETRY},
        {&test_kraken, 200, "{\"error\":[\"EQuery:Unknown asset pair\"]}", REACT_BAD_SYMBOL},
        {&test_kraken, 200, "{\"error\":[\"EGeneral:Invalid arguments\"]}", REACT_BAD_REQUEST},
        {&test_kraken, 200, "{\"result\":{}}", REACT_BAD_REQUEST},
        {&test_kraken, 520, HTML, REACT_RETRY},
        {&test_okx, 200, "{\"code\":\"0\",\"msg\":\"\",\"data\":[]}", REACT_OK},
        {&test_okx, 429, "{\"code\":\"50011\",\"msg\":\"Too Many Requests\"}", REACT_BACK_OFF},
        {&test_okx, 200, "{\"code\":\"50011\",\"msg\":\"Too Many Requests\"}", REACT_BACK_OFF},
        {&test_okx, 200, "{\"code\":\"51001\",\"msg\":\"no such instrument\"}", REACT_BAD_SYMBOL},
        {&test_okx, 200, "{\"code\":\"50026\",\"msg\":\"?\"}", REACT_BAD_REQUEST},
        {&test_htx, 200, "{\"status\":\"ok\",\"data\":[]}", REACT_OK},
        {&test_htx, 200, "{\"status\":\"error\",\"err-msg\":\"invalid symbol\"}",
         REACT_BAD_REQUEST},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct venue_verdict v =
            judge_at(cases[i].venue, NOW, cases[i].status, cases[i].body, NULL);
        if (v.reaction != cases[i].reaction)
            fail_msg("%s: %s", cases[i].body, venue_reaction_name(v.reaction));
    }
}

static void test_names(void **state)
{
    (void)state;
    for (int i = 0; i < REACT_COUNT; i++)
        assert_non_null(venue_reaction_name((enum venue_reaction)i));
    assert_string_equal(venue_reaction_name(REACT_COUNT), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reactions),     cmocka_unit_test(test_how_long),
        cmocka_unit_test(test_used_weight),   cmocka_unit_test(test_no_reply),
        cmocka_unit_test(test_text_is_clean), cmocka_unit_test(test_other_venues),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
