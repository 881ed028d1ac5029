// SPDX-License-Identifier: Apache-2.0
// Tests of the service manager's protocol, against a real datagram socket of each kind.
#include "os/notify.h"

#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

struct manager {
    int fd;
    char dir[64], name[108];
};

static void manager_start(struct manager *m, bool abstract)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    size_t len;

    (void)snprintf(m->dir, sizeof m->dir, "/tmp/oracle-notify-XXXXXX");
    assert_non_null(mkdtemp(m->dir));
    // The folder's name is this test's own, so the abstract name is too.
    (void)snprintf(m->name, sizeof m->name, "%s%s/s", abstract ? "@" : "", m->dir);
    len = strlen(m->name);
    memcpy(addr.sun_path, m->name, len);
    if (abstract) {
        addr.sun_path[0] = '\0';
    }
    m->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(m->fd >= 0);
    assert_int_equal(bind(m->fd, (const struct sockaddr *)&addr,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
                     0);
}

static void manager_stop(struct manager *m)
{
    (void)close(m->fd);
    if (m->name[0] != '@') {
        (void)unlink(m->name);
    }
    (void)rmdir(m->dir);
}

static void expect(struct manager *m, const char *text)
{
    char got[1024];
    ssize_t n = recv(m->fd, got, sizeof got - 1, 0);

    got[n > 0 ? n : 0] = '\0';
    assert_string_equal(got, text);
}

static void each_message(void **state)
{
    (void)state;
    for (int abstract = 0; abstract < 2; abstract++) {
        struct manager m;
        struct notify n;
        struct notify_env env = {0};

        manager_start(&m, abstract);
        env.socket = m.name;
        assert_int_equal(notify_init(&n, &env, 1, NULL), 0);
        assert_true(notify_is_open(&n));
        assert_int_equal(n.watchdog_ms, 0);
        notify_ready(&n, "3 streams live");
        expect(&m, "READY=1\nSTATUS=3 streams live");
        notify_status(&n, "3 streams live");
        expect(&m, "");
        notify_status(&n, "two\nREADY=1");
        expect(&m, "STATUS=two READY=1");
        notify_reloading(&n, 123456789);
        expect(&m, "RELOADING=1\nMONOTONIC_USEC=123456789");
        notify_alive(&n);
        expect(&m, "WATCHDOG=1");
        notify_stopping(&n, "stopping");
        expect(&m, "STOPPING=1\nSTATUS=stopping");
        manager_stop(&m);
        notify_alive(&n); // nobody is there any more: nothing happens
        notify_finish(&n);
        assert_false(notify_is_open(&n));
    }
}

static void long_status_is_cut(void **state)
{
    struct manager m;
    struct notify n;
    struct notify_env env = {0};
    char text[2 * NOTIFY_STATUS_MAX], want[3 * NOTIFY_STATUS_MAX];
    (void)state;
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    manager_start(&m, false);
    env.socket = m.name;
    assert_int_equal(notify_init(&n, &env, 1, NULL), 0);
    notify_status(&n, text);
    (void)snprintf(want, sizeof want, "STATUS=%.*s", NOTIFY_STATUS_MAX - 1, text);
    expect(&m, want);
    notify_finish(&n);
    manager_stop(&m);
}

static void without_a_manager(void **state)
{
    struct notify n;
    struct notify_env none = {0}, empty = {.socket = ""};
    (void)state;
    assert_int_equal(notify_init(&n, &none, 1, NULL), 0);
    assert_false(notify_is_open(&n));
    notify_ready(&n, "x");
    notify_status(&n, "y");
    notify_alive(&n);
    notify_stopping(&n, "z");
    notify_finish(&n);
    assert_int_equal(notify_init(&n, &empty, 1, NULL), 0);
    notify_finish(&n);
}

static void watchdog(void **state)
{
    struct manager m;
    const struct {
        const char *usec, *pid;
        int rc;
        int64_t want_ms;
    } cases[] = {
        {"30000000", NULL, 0, 15000},
        {"30000000", "4711", 0, 15000},
        {"30000000", "4712", 0, 0}, // means another process
        {"1000", NULL, 0, 1},
        {"0", NULL, ERR_SYNTAX, 0},
        {"-5", NULL, ERR_SYNTAX, 0},
        {"soon", NULL, ERR_SYNTAX, 0},
        {"99999999999999999999", NULL, ERR_SYNTAX, 0},
        {NULL, "4711", 0, 0},
    };
    (void)state;
    manager_start(&m, false);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct notify n;
        struct diag d = {0};
        struct notify_env env = {m.name, cases[i].usec, cases[i].pid};

        assert_int_equal(notify_init(&n, &env, 4711, &d), cases[i].rc);
        assert_int_equal(n.watchdog_ms, cases[i].want_ms);
        assert_int_equal(notify_is_open(&n), cases[i].rc == 0);
        assert_int_equal(d.text[0] != '\0', cases[i].rc != 0);
        notify_finish(&n);
    }
    manager_stop(&m);
}

static void bad_addresses(void **state)
{
    char overlong[200];
    (void)state;
    memset(overlong, 'a', sizeof overlong);
    overlong[0] = '/';
    overlong[sizeof overlong - 1] = '\0';
    const struct {
        const char *socket;
        int rc;
    } cases[] = {{"relative", ERR_RANGE},
                 {"/", ERR_RANGE},
                 {"@", ERR_RANGE},
                 {overlong, ERR_RANGE},
                 {"/nonexistent-folder/notify", ERR_UNREACHABLE},
                 {"@oracle-notify-nobody-listens-here", ERR_UNREACHABLE}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct notify n;
        struct diag d = {0};
        struct notify_env env = {.socket = cases[i].socket};

        assert_int_equal(notify_init(&n, &env, 1, &d), cases[i].rc);
        assert_false(notify_is_open(&n));
        assert_true(d.text[0] != '\0');
        notify_alive(&n);
        notify_finish(&n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_message),      cmocka_unit_test(long_status_is_cut),
        cmocka_unit_test(without_a_manager), cmocka_unit_test(watchdog),
        cmocka_unit_test(bad_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
