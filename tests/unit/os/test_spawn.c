// SPDX-License-Identifier: Apache-2.0
// Starting this very program again, as the commander starts agents: the child tells what it was
// given (descriptors, environment, name), and dies with its parent.
#include "os/spawn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

// ---- the child
// -----------------------------------------------------------------------------------

static bool is_null_device(int fd)
{
    struct stat st, null;

    return fstat(fd, &st) == 0 && stat("/dev/null", &null) == 0 && st.st_rdev == null.st_rdev;
}

static int open_descriptors(char *out, size_t cap)
{
    DIR *d = opendir("/proc/self/fd");
    struct dirent *e;
    size_t at = 0;

    out[0] = '\0';
    while (d && (e = readdir(d)) != NULL) {
        int fd = (int)strtol(e->d_name, NULL, 10);

        if (e->d_name[0] != '.' && fd > 3 && fd != dirfd(d)) {
            at += (size_t)snprintf(out + at, cap - at, "%d ", fd);
        }
    }
    return d ? closedir(d) : -1;
}

static void tell(const char *what, const char *value)
{
    char line[512];
    int n = snprintf(line, sizeof line, "%s=%s\n", what, value ? value : "(none)");

    (void)!write(SPAWN_CONTROL_FD, line, (size_t)n);
}

static int child_main(char **argv)
{
    char text[256];
    sigset_t blocked;

    if (strcmp(argv[2], "wait") == 0) { // until killed
        char c;

        tell("ready", "1");
        while (read(SPAWN_CONTROL_FD, &c, 1) != 0 || errno == EINTR) {
        }
        (void)pause();
    }
    if (strcmp(argv[2], "parent") == 0) { // starts a child of its own, then is killed
        char name[] = "grandchild", flag[] = "--child", mode[] = "wait";
        char *args[] = {name, flag, mode, NULL};
        pid_t pid = 0;

        (void)spawn_self(args, SPAWN_CONTROL_FD, &pid);
        (void)snprintf(text, sizeof text, "%d", (int)pid);
        tell("grandchild", text);
        (void)pause();
    }
    tell("name", argv[0]);
    tell("stdin", is_null_device(0) ? "null" : "other");
    tell("stdout", is_null_device(1) ? "null" : "other");
    (void)open_descriptors(text, sizeof text);
    tell("open", text);
    tell("TZ", getenv("TZ"));
    tell("LANG", getenv("LANG"));
    tell("HOME", getenv("HOME"));
    tell("SECRET", getenv("SECRET"));
    tell("LD_PRELOAD", getenv("LD_PRELOAD"));
    (void)sigprocmask(SIG_SETMASK, NULL, &blocked);
    tell("usr1", sigismember(&blocked, SIGUSR1) ? "blocked" : "free");
    tell("pipe", signal(SIGPIPE, SIG_DFL) == SIG_IGN ? "ignored" : "default");
    tell("group", getpgrp() == getpid() ? "own" : "parent's");
    return 7;
}

// ---- the parent
// ----------------------------------------------------------------------------------

struct told {
    char text[4096];
    size_t len;
};

// Reads what the child tells until it ends, or until wanted was told.
static void listen_to(int fd, struct told *t, const char *wanted)
{
    *t = (struct told){.len = 0};
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        ssize_t n;

        assert_int_equal(poll(&p, 1, 20000), 1);
        n = read(fd, t->text + t->len, sizeof t->text - 1 - t->len);
        if (n <= 0) {
            return;
        }
        t->len += (size_t)n;
        t->text[t->len] = '\0';
        if (wanted && strstr(t->text, wanted) && t->text[t->len - 1] == '\n') {
            return;
        }
    }
}

static void assert_told(const struct told *t, const char *line)
{
    if (!strstr(t->text, line)) {
        fail_msg("the child did not say '%s' but:\n%s", line, t->text);
    }
}

static pid_t start(const char *mode_text, int *out_fd)
{
    char name[] = "oracle: tester 1", flag[] = "--child", mode[16];
    char *argv[] = {name, flag, mode, NULL};
    int pair[2];
    pid_t pid = 0;

    (void)snprintf(mode, sizeof mode, "%s", mode_text);
    assert_int_equal(spawn_socketpair(pair), 0);
    assert_int_equal(spawn_self(argv, pair[1], &pid), 0);
    (void)close(pair[1]);
    *out_fd = pair[0];
    return pid;
}

static void a_child_holds_only_what_it_is_given(void **state)
{
    struct told t;
    sigset_t block;
    int fd, status = 0, leak; // without close-on-exec
    pid_t pid;

    (void)state;
    leak = fcntl(STDERR_FILENO, F_DUPFD, 20);
    assert_true(leak >= 20);
    assert_int_equal(setenv("SECRET", "s3cret", 1), 0);
    assert_int_equal(setenv("TZ", "Asia/Tokyo", 1), 0);
    assert_int_equal(setenv("HOME", "/a/home", 1), 0);
    (void)sigemptyset(&block);
    (void)sigaddset(&block, SIGUSR1);
    (void)sigprocmask(SIG_BLOCK, &block, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    pid = start("tell", &fd);
    listen_to(fd, &t, NULL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);
    assert_told(&t, "name=oracle: tester 1\n");
    assert_told(&t, "stdin=null\n");
    assert_told(&t, "stdout=null\n");
    assert_told(&t, "open=\n");
    assert_told(&t, "TZ=UTC\n");
    assert_told(&t, "LANG=C\n");
    assert_told(&t, "HOME=/a/home\n");
    assert_told(&t, "SECRET=(none)\n");
    assert_told(&t, "LD_PRELOAD=(none)\n");
    assert_told(&t, "usr1=free\n");
    assert_told(&t, "pipe=default\n");
    assert_told(&t, "group=own\n");
    (void)close(leak);
    (void)close(fd);
}

// The control socket may happen to have the very number it shall have in the child.
static void the_control_end_has_its_number_already(void **state)
{
    char name[] = "oracle: tester 1", flag[] = "--child", mode[] = "tell";
    char *argv[] = {name, flag, mode, NULL};
    struct told t;
    int pair[2], kept, status = 0;
    pid_t pid = 0;

    (void)state;
    kept = fcntl(SPAWN_CONTROL_FD, F_DUPFD_CLOEXEC, 10); // -1 when nothing is there
    assert_int_equal(spawn_socketpair(pair), 0);
    if (pair[0] == SPAWN_CONTROL_FD) {
        pair[0] = dup(pair[0]);
    }
    assert_int_equal(dup3(pair[1], SPAWN_CONTROL_FD, O_CLOEXEC), SPAWN_CONTROL_FD);
    (void)close(pair[1]);
    assert_int_equal(spawn_self(argv, SPAWN_CONTROL_FD, &pid), 0);
    (void)close(SPAWN_CONTROL_FD);
    listen_to(pair[0], &t, NULL);
    assert_told(&t, "open=\n");
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), 7);
    (void)close(pair[0]);
    if (kept >= 0) {
        (void)dup2(kept, SPAWN_CONTROL_FD);
        (void)close(kept);
    }
}

static void a_child_dies_with_its_parent(void **state)
{
    struct told t;
    int fd, status = 0;
    pid_t pid = start("parent", &fd);

    (void)state;
    // Both hold the other end of fd: it closes when the last of them is gone.
    listen_to(fd, &t, "ready=1\n");
    while (!strstr(t.text, "grandchild=")) {
        listen_to(fd, &t, "grandchild=");
    }
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    listen_to(fd, &t, NULL);
    assert_int_equal(t.len, 0);
    (void)close(fd);
}

static void a_socket_pair_is_ready_for_a_loop(void **state)
{
    int pair[2], type = 0;
    socklen_t len = sizeof type;

    (void)state;
    assert_int_equal(spawn_socketpair(pair), 0);
    for (int i = 0; i < 2; i++) {
        assert_true(fcntl(pair[i], F_GETFL) & O_NONBLOCK);
        assert_true(fcntl(pair[i], F_GETFD) & FD_CLOEXEC);
        assert_int_equal(getsockopt(pair[i], SOL_SOCKET, SO_TYPE, &type, &len), 0);
        assert_int_equal(type, SOCK_STREAM);
        (void)close(pair[i]);
    }
}

static void no_descriptors_left(void **state)
{
    struct rlimit before, none;
    int pair[2] = {-1, -1};

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_int_equal(spawn_socketpair(pair), ERR_SYSTEM);
    assert_int_equal(pair[0], -1);
    spawn_raise_file_limit();
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &none), 0);
    assert_int_equal(none.rlim_cur, none.rlim_max);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_holds_only_what_it_is_given),
        cmocka_unit_test(the_control_end_has_its_number_already),
        cmocka_unit_test(a_child_dies_with_its_parent),
        cmocka_unit_test(a_socket_pair_is_ready_for_a_loop),
        cmocka_unit_test(no_descriptors_left),
    };

    if (argc > 2 && strcmp(argv[1], "--child") == 0) {
        return child_main(argv);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
