// SPDX-License-Identifier: Apache-2.0
// The settings: every source and its precedence, every kind of error, the table against itself.
#include "config/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int create(void **state)
{
    *state = config_create();
    return *state ? 0 : -1;
}

static int destroy(void **state)
{
    config_destroy(*state);
    return 0;
}

static void test_defaults(void **state)
{
    const struct config *c = *state;
    assert_string_equal(config_str(c, CFG_EXCHANGE_NAME), "binance");
    assert_int_equal(config_ms(c, CFG_SCHEDULER_CLOSE_DELAY), 5000);
    assert_int_equal(config_ms(c, CFG_SCHEDULER_RETRY_INTERVAL), 300000);
    assert_int_equal(config_i64(c, CFG_BOOTSTRAP_CANDLES), 500);
    assert_int_equal(config_bytes(c, CFG_BINANCE_MAX_REPLY), 64 << 20);
    assert_true(config_bool(c, CFG_BINANCE_VERIFY_TLS));
    assert_int_equal(config_enum(c, CFG_STORE_BACKEND), 0);
    assert_string_equal(config_str(c, CFG_STORE_BACKEND), "sqlite");
    assert_true(config_double(c, CFG_HUB_SPEED) == 1.0);
    assert_true(config_double(c, CFG_PAPER_FEE_BPS) == 10.0);
    assert_int_equal(
        decimal_cmp(config_decimal(c, CFG_GATE_MIN_VOLUME_24H), (struct decimal){100000, 0}), 0);
    time_ms t = 5;
    assert_false(config_time(c, CFG_PRACTICE_START, &t));
    assert_int_equal(t, 5);
    struct diag d;
    assert_int_equal(config_check(c, &d), 0);
}

// Every row has a text, a name that is found, and a default inside its range (else no config).
static void test_table(void **state)
{
    const struct config *c = *state;
    for (int k = 0; k < CFG_COUNT; k++) {
        const struct config_info *info = config_info((enum config_key)k);
        char name[100];
        enum config_key found = CFG_COUNT;
        assert_int_equal(str_printf(name, sizeof(name), "%s.%s", info->section, info->name), 0);
        assert_int_equal(config_find(str_from(name), &found, NULL), 0);
        assert_int_equal(found, k);
        size_t len = strlen(info->text);
        assert_true(len > 10 && info->text[len - 1] == '.');
        assert_int_equal(config_origin(c, (enum config_key)k), CONFIG_FROM_DEFAULT);
    }
}

static void test_text(void **state)
{
    struct config *c = *state;
    struct diag d = {0};
    assert_int_equal(config_load_text(c,
                                      STR("; comment\n# another\n\n[scheduler]\r\n"
                                          "close_delay = 1s   ; behind a value\r\n"
                                          "   retry_interval: 30s\n"
                                          "[practice]\nstart = 2021-05-01\nspeed=60\n"
                                          "[exchange.binance]\nbase_url = http://127.0.0.1:8778"),
                                      "test.conf", &d),
                     0);
    assert_int_equal(config_ms(c, CFG_SCHEDULER_CLOSE_DELAY), 1000);
    assert_int_equal(config_ms(c, CFG_SCHEDULER_RETRY_INTERVAL), 30000);
    assert_true(config_double(c, CFG_PRACTICE_SPEED) == 60);
    time_ms t = 0;
    assert_true(config_time(c, CFG_PRACTICE_START, &t));
    assert_int_equal(t, 1619827200000);
    assert_string_equal(config_str(c, CFG_BINANCE_BASE_URL), "http://127.0.0.1:8778");
    struct buf origin;
    buf_init(&origin, 100);
    assert_int_equal(config_origin_text(c, CFG_SCHEDULER_CLOSE_DELAY, &origin), 0);
    assert_true(str_eq(buf_str(&origin), STR("test.conf:5")));
    buf_finish(&origin);
}

static void test_text_errors(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int rc;
        uint32_t line;
        const char *says;
    } cases[] = {
        {"[hub]\nlog_levl = info\n", ERR_NOT_FOUND, 2, "did you mean log_level in [hub]?"},
        {"\n[hbu]\n", ERR_NOT_FOUND, 2, "did you mean [hub]?"},
        {"[gate]\nclose_delay = 5s\n", ERR_NOT_FOUND, 2, "close_delay in [scheduler]?"},
        {"[nothing like it]\n", ERR_NOT_FOUND, 1, "unknown section"},
        {"[hub]\n\nanalysts = 300\n", ERR_RANGE, 3, "0 to 256"},
        {"[hub]\nanalysts = many\n", ERR_SYNTAX, 2, "whole number"},
        {"[hub]\nlog_level = loud\n", ERR_RANGE, 2, "error, warn, info or debug"},
        {"[scheduler]\nclose_delay = 0s\n", ERR_RANGE, 2, "1ms to 50s"},
        {"[scheduler]\nclose_delay = soon\n", ERR_SYNTAX, 2, "duration"},
        {"[gate]\nmax_spread_bps = -1\n", ERR_RANGE, 2, "0 to 10000"},
        {"[gate]\nmin_volume_24h = -0.1\n", ERR_RANGE, 2, "at least 0"},
        {"[exchange]\nname =\n", ERR_SYNTAX, 2, "not empty"},
        {"[exchange.binance]\nbase_url = ftp://x\n", ERR_SYNTAX, 2, "https://host"},
        {"[exchange.binance]\nbase_url = https://user@x\n", ERR_SYNTAX, 2, "without user name"},
        {"[exchange.binance]\nverify_tls = maybe\n", ERR_SYNTAX, 2, "true or false"},
        {"[exchange.binance]\nmax_reply = 1T\n", ERR_SYNTAX, 2, "64K"},
        {"[practice]\nstart = 2021-02-30\n", ERR_RANGE, 2, "UTC time"},
        {"[hub]\nspeed = nan\n", ERR_SYNTAX, 2, "number"},
        {"[hub]\nspeed\n", ERR_SYNTAX, 2, "key = value"},
        {"[hub\n", ERR_SYNTAX, 1, "not closed"},
        {"speed = 1\n", ERR_SYNTAX, 1, "before any [section]"},
        {"[hub]\nspeed = 1\n[store]\n[hub]\nspeed = 2\n", ERR_SYNTAX, 5, "first in line 2"},
        {"[hub]\ndata_dir = "
         "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "a"
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "a"
         "aaaaaaaaaaaaaaaaaaaa\n",
         ERR_SYNTAX, 2, "longer than"},
        {"[hub]\ndata_dir = /a\x01\n", ERR_SYNTAX, 2, "a path"},
        {"[hub]\ndata_dir = /a\xFF\n", ERR_SYNTAX, 2, "a path"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct config *c = config_create();
        struct diag d = {0};
        assert_non_null(c);
        int rc = config_load_text(c, str_from(cases[i].text), "test.conf", &d);
        if (rc != cases[i].rc || d.line != cases[i].line || !strstr(d.text, cases[i].says))
            fail_msg("%s: %s line %u: %s", cases[i].text, err_name(rc), d.line, d.text);
        config_destroy(c);
    }
    struct config *c = config_create();
    struct diag d = {0};
    assert_int_equal(config_load_text(c, (struct str){"[hub]\0", 6}, "x", &d), ERR_SYNTAX);
    config_destroy(c);
}

static void test_precedence(void **state)
{
    struct config *c = *state;
    struct diag d = {0};
    char *env[] = {(char[]){"PATH=/bin"}, (char[]){"ORACLE__SCHEDULER__CLOSE_DELAY=3s"},
                   (char[]){"ORACLE__EXCHANGE_BINANCE__CONNECTIONS= 4 "}, NULL};
    assert_int_equal(
        config_load_text(c, STR("[scheduler]\nclose_delay=1s\n[hub]\nspeed=2\n"), "a", &d), 0);
    assert_int_equal(config_load_text(c, STR("[scheduler]\nclose_delay=2s\n"), "b", &d), 0);
    assert_int_equal(config_ms(c, CFG_SCHEDULER_CLOSE_DELAY), 2000);
    assert_int_equal(config_load_env(c, env, &d), 0);
    assert_int_equal(config_ms(c, CFG_SCHEDULER_CLOSE_DELAY), 3000);
    assert_int_equal(config_i64(c, CFG_BINANCE_CONNECTIONS), 4);
    assert_int_equal(config_origin(c, CFG_BINANCE_CONNECTIONS), CONFIG_FROM_ENV);
    assert_int_equal(config_set(c, "scheduler.close_delay=4s", &d), 0);
    assert_int_equal(config_set(c, "exchange.binance.connections = 5", &d), 0);
    assert_int_equal(config_ms(c, CFG_SCHEDULER_CLOSE_DELAY), 4000);
    assert_int_equal(config_i64(c, CFG_BINANCE_CONNECTIONS), 5);
    assert_int_equal(config_origin(c, CFG_SCHEDULER_CLOSE_DELAY), CONFIG_FROM_SET);
    assert_true(config_double(c, CFG_HUB_SPEED) == 2); // from the first file still
    // A wrong value leaves the one before.
    assert_int_equal(config_set(c, "scheduler.close_delay=4h", &d), ERR_RANGE);
    assert_int_equal(config_ms(c, CFG_SCHEDULER_CLOSE_DELAY), 4000);
}

static void test_set_errors(void **state)
{
    struct config *c = *state;
    struct diag d = {0};
    char *env[] = {(char[]){"ORACLE__HUB__SPED=1"}, NULL};
    assert_int_equal(config_load_env(c, env, &d), ERR_NOT_FOUND);
    assert_non_null(strstr(d.text, "did you mean ORACLE__HUB__SPEED?"));
    assert_int_equal(config_set(c, "hub.speed", &d), ERR_SYNTAX);
    assert_int_equal(config_set(c, "hub.sped=1", &d), ERR_NOT_FOUND);
    assert_non_null(strstr(d.text, "did you mean speed in [hub]?"));
    assert_int_equal(config_set(c, "speed=1", &d), ERR_NOT_FOUND);
    assert_int_equal(config_set(c, "=", &d), ERR_NOT_FOUND);
}

static void test_secret(void **state)
{
    struct config *c = *state;
    struct diag d = {0};
    struct buf text;
    buf_init(&text, 65536);
    assert_string_equal(config_shown(c, CFG_STORE_URL), "");
    assert_int_equal(config_set(c, "store.url=postgresql://u:hunter2@h/db", &d), 0);
    assert_string_equal(config_shown(c, CFG_STORE_URL), "(set)");
    assert_int_equal(config_serialise(c, false, &text), 0);
    assert_null(memmem(text.data, text.len, "hunter2", 7));
    buf_clear(&text);
    assert_int_equal(config_serialise(c, true, &text), 0);
    assert_non_null(memmem(text.data, text.len, "hunter2", 7));
    assert_int_equal(config_set(c, "store.url=hunter2\x01", &d), ERR_SYNTAX);
    assert_null(strstr(d.text, "hunter2"));
    buf_finish(&text);
}

static void test_serialise(void **state)
{
    struct config *c = *state;
    struct config *child = config_create();
    struct diag d = {0};
    struct buf text;
    buf_init(&text, 65536);
    assert_int_equal(config_set(c, "hub.data_dir=/a b/=c;d", &d), 0);
    assert_int_equal(config_set(c, "gate.max_spread_bps=12.5", &d), 0);
    assert_int_equal(config_set(c, "practice.start=2021-05-01", &d), 0);
    assert_int_equal(config_serialise(c, true, &text), 0);
    assert_int_equal(config_deserialise(child, buf_str(&text), &d), 0);
    for (int k = 0; k < CFG_COUNT; k++)
        assert_true(config_same(c, child, (enum config_key)k));
    assert_string_equal(config_str(child, CFG_HUB_DATA_DIR), "/a b/=c;d");
    assert_int_equal(config_set(c, "hub.speed=3", &d), 0);
    assert_false(config_same(c, child, CFG_HUB_SPEED));
    assert_int_equal(config_deserialise(child, STR("hub.speed=x\n"), &d), ERR_SYNTAX);
    config_destroy(child);
    buf_finish(&text);
}

static void test_check(void **state)
{
    (void)state;
    static const struct {
        const char *set[2];
        const char *says; // NULL: allowed
    } cases[] = {
        {{"hub.restart_backoff_min=1m", NULL}, "restart_backoff_max"},
        {{"hub.heartbeat_interval=10s", NULL}, "hang_timeout"},
        {{"store.backend=postgres", NULL}, "[store] url"},
        {{"store.backend=postgres", "store.url=postgres://h/d"}, NULL},
        {{"exchange.binance.base_url=http://example.org", NULL}, "https://"},
        {{"exchange.binance.base_url=http://127.evil.org", NULL}, "https://"},
        {{"exchange.binance.base_url=http://127.0.0.1:8778", NULL}, NULL},
        {{"exchange.binance.base_url=http://[::1]:8778", NULL}, NULL},
        {{"exchange.binance.base_url=http://localhost/x", NULL}, NULL},
        {{"exchange.binance.base_url=http://x", "exchange.binance.verify_tls=no"}, NULL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct config *c = config_create();
        struct diag d = {0};
        for (size_t k = 0; k < 2 && cases[i].set[k]; k++)
            assert_int_equal(config_set(c, cases[i].set[k], &d), 0);
        int rc = config_check(c, &d);
        assert_int_equal(rc, cases[i].says ? ERR_INVALID : 0);
        if (rc)
            assert_non_null(strstr(d.text, cases[i].says));
        config_destroy(c);
    }
}

static void test_file(void **state)
{
    struct config *c = *state;
    struct diag d = {0};
    char path[] = "/tmp/oracle-config-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "[hub]\nspeed=7\n", 14), 14);
    close(fd);
    assert_int_equal(config_load_file(c, path, &d), 0);
    assert_true(config_double(c, CFG_HUB_SPEED) == 7);
    assert_int_equal(truncate(path, (off_t)CONFIG_FILE_MAX + 1), 0);
    assert_int_equal(config_load_file(c, path, &d), ERR_FULL);
    unlink(path);
    assert_int_equal(config_load_file(c, path, &d), ERR_NOT_FOUND);
    assert_non_null(strstr(d.text, path));
    assert_int_equal(config_load_file(c, "/", &d), ERR_SYSTEM);
}

static void test_docs(void **state)
{
    (void)state;
    struct buf docs;
    buf_init(&docs, 65536);
    assert_int_equal(config_write_docs(&docs), 0);
    for (int k = 0; k < CFG_COUNT; k++) {
        const struct config_info *info = config_info((enum config_key)k);
        char row[64];
        assert_int_equal(str_printf(row, sizeof(row), "\n| `%s` | ", info->name), 0);
        assert_non_null(memmem(docs.data, docs.len, row, strlen(row)));
    }
    buf_finish(&docs);
    buf_init(&docs, 100);
    assert_int_equal(config_write_docs(&docs), ERR_FULL);
    buf_finish(&docs);
}

int main(void)
{
#define WITH_CONFIG(test) cmocka_unit_test_setup_teardown(test, create, destroy)
    const struct CMUnitTest tests[] = {
        WITH_CONFIG(test_defaults),
        WITH_CONFIG(test_table),
        WITH_CONFIG(test_text),
        WITH_CONFIG(test_precedence),
        WITH_CONFIG(test_set_errors),
        WITH_CONFIG(test_secret),
        WITH_CONFIG(test_serialise),
        WITH_CONFIG(test_file),
        cmocka_unit_test(test_text_errors),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_docs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
