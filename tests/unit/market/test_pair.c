// SPDX-License-Identifier: Apache-2.0
// Pairs as users type them, names, and the names of states.
#include "market/pair.h"
#include "market/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const markets[] = {
    "VET/USDT", "VET/BTC",  "BTC/USDT", "ETH/BTC",  "1INCH/USDT",        "X/BUSD",
    "XB/USD",   "AB/CUSDT", "ABC/USDT", "USDT/TRY", "\xE5\xB8\x81/USDT",
};

static bool known(void *arg, const struct pair *candidate)
{
    (void)arg;
    char text[PAIR_TEXT_MAX];
    pair_format(candidate, text);
    for (size_t i = 0; i < sizeof(markets) / sizeof(markets[0]); i++) {
        if (strcmp(text, markets[i]) == 0)
            return true;
    }
    return false;
}

static void test_resolve(void **state)
{
    (void)state;
    static const struct {
        const char *text, *quote;
        int rc;
        const char *pair; // or a part of the message
    } cases[] = {
        {"VET", "USDT", 0, "VET/USDT"},
        {"vet", "usdt", 0, "VET/USDT"},
        {"VET", "BTC", 0, "VET/BTC"},
        {"VET/USDT", "BTC", 0, "VET/USDT"},
        {"VETUSDT", "BTC", 0, "VET/USDT"},
        {"vet-usdt", "USDT", 0, "VET/USDT"},
        {"VET_USDT", "USDT", 0, "VET/USDT"},
        {"ethbtc", "USDT", 0, "ETH/BTC"},
        {"1inchusdt", "USDT", 0, "1INCH/USDT"},
        {"\xE5\xB8\x81usdt", "USDT", 0, "\xE5\xB8\x81/USDT"},
        // Two readings: the longest quote, unless one is in the default quote.
        {"XBUSD", "USDT", 0, "X/BUSD"},
        {"XBUSD", "USD", 0, "XB/USD"},
        {"ABCUSDT", "EUR", 0, "AB/CUSDT"},
        {"ABCUSDT", "USDT", 0, "ABC/USDT"},
        {"USDTTRY", "USDT", 0, "USDT/TRY"},
        {"NOPE", "USDT", ERR_NOT_FOUND, "NOPE/USDT"},
        {"VET/EUR", "USDT", ERR_NOT_FOUND, "no market VET/EUR"},
        {"VET-EUR", "USDT", ERR_NOT_FOUND, "no market VET/EUR"},
        {"", "USDT", ERR_SYNTAX, "BASE/QUOTE"},
        {"/", "USDT", ERR_SYNTAX, "BASE/QUOTE"},
        {"VET/", "USDT", ERR_SYNTAX, "BASE/QUOTE"},
        {"A B", "USDT", ERR_SYNTAX, "BASE/QUOTE"},
        {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "USDT", ERR_RANGE, "BASE/QUOTE"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pair p = {{0}, {0}};
        struct diag d = {0};
        char text[PAIR_TEXT_MAX];
        int rc =
            pair_resolve(str_from(cases[i].text), str_from(cases[i].quote), known, NULL, &p, &d);
        pair_format(&p, text);
        const char *got = rc ? d.text : text;
        if (rc != cases[i].rc || (rc ? !strstr(got, cases[i].pair) : strcmp(got, cases[i].pair)))
            fail_msg("%s in %s: %s %s", cases[i].text, cases[i].quote, err_name(rc), got);
    }
}

static void test_parse(void **state)
{
    (void)state;
    struct pair p, q;
    assert_int_equal(pair_parse(STR("vet/usdt"), &p), 0);
    assert_int_equal(pair_parse(STR("VET/USDT"), &q), 0);
    assert_true(pair_equal(&p, &q));
    assert_int_equal(pair_parse(STR("VET/BTC"), &q), 0);
    assert_false(pair_equal(&p, &q));
    static const char *const bad[] = {"VET",   "VET-USDT", "/USDT",      "VET/",     "VET/US/DT",
                                      "V T/X", "V\x01/X",  "V\xFF/USDT", "VET/US\"", "V_T/USDT"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(pair_parse(str_from(bad[i]), &p), ERR_SYNTAX);
    assert_int_equal(pair_parse(STR("AAAAAAAAAAAAAAAAAAAAAAA/B"), &p), 0);
    assert_int_equal(pair_parse(STR("AAAAAAAAAAAAAAAAAAAAAAAA/B"), &p), ERR_RANGE);
}

static void test_names(void **state)
{
    (void)state;
    struct diag d;
    assert_int_equal(name_check(STR("main"), "portfolio", &d), 0);
    assert_int_equal(name_check(STR("_a.B-9"), "portfolio", &d), 0);
    static const char *const bad[] = {"",
                                      "-a",
                                      ".a",
                                      "a b",
                                      "a/b",
                                      "\xC3\xA9",
                                      "123456789012345678901234567890123456789012345678"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(name_check(str_from(bad[i]), "portfolio", &d), ERR_INVALID);
        assert_non_null(strstr(d.text, "portfolio"));
    }
    assert_int_equal(name_check(STR("12345678901234567890123456789012345678901234567"), "x", &d),
                     0);
}

static void test_states(void **state)
{
    (void)state;
    for (int i = 0; i < STREAM_STATE_COUNT; i++) {
        enum stream_state s = STREAM_STATE_COUNT;
        const char *name = stream_state_name((enum stream_state)i);
        assert_int_equal(stream_state_parse(str_from(name), &s), 0);
        assert_int_equal(s, i);
    }
    for (int i = 0; i < POLL_STATUS_COUNT; i++) {
        enum poll_status s = POLL_STATUS_COUNT;
        const char *name = poll_status_name((enum poll_status)i);
        assert_int_equal(poll_status_parse(str_from(name), &s), 0);
        assert_int_equal(s, i);
    }
    enum poll_status s;
    assert_string_equal(poll_status_name(POLL_PENDING_RETRY), "PENDING_RETRY");
    assert_int_equal(poll_status_parse(STR("due"), &s), ERR_NOT_FOUND);
    enum stream_state t;
    assert_int_equal(stream_state_parse(STR("dead"), &t), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resolve),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
