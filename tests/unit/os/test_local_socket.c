// SPDX-License-Identifier: Apache-2.0
// Local sockets: paths longer than an address holds, left-overs of killed hubs, files that must
// survive, and the mode that keeps other users out.
#include "os/local_socket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct place {
    char dir[400], path[420];
};

static int make_place(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    char root[] = "/tmp/oracle-socket-XXXXXX";

    assert_non_null(p);
    assert_non_null(mkdtemp(root));
    // Longer than the about 100 bytes that a socket's address holds.
    (void)snprintf(p->dir, sizeof p->dir, "%s/%0200d", root, 7);
    assert_int_equal(mkdir(p->dir, 0700), 0);
    (void)snprintf(p->path, sizeof p->path, "%s/hub.sock", p->dir);
    *state = p;
    return 0;
}

static int drop_place(void **state)
{
    struct place *p = *state;

    (void)unlink(p->path);
    (void)rmdir(p->dir);
    *strrchr(p->dir, '/') = '\0';
    (void)rmdir(p->dir);
    free(p);
    return 0;
}

static void wait_for(int fd)
{
    struct pollfd wanted = {.fd = fd, .events = POLLIN};

    assert_int_equal(poll(&wanted, 1, 10000), 1);
}

static void bytes_go_both_ways(void **state)
{
    struct place *p = *state;
    struct diag d = {0};
    int listener = -1, client = -1, server = -1;
    char c = 0;

    assert_int_equal(local_socket_listen(p->path, &listener, &d), 0);
    assert_int_equal(local_socket_accept(listener, &server), ERR_AGAIN);
    assert_int_equal(local_socket_connect(p->path, &client, &d), 0);
    assert_int_equal(local_socket_accept(listener, &server), 0);
    assert_int_equal(write(client, "q", 1), 1);
    wait_for(server);
    assert_int_equal(read(server, &c, 1), 1);
    assert_int_equal(c, 'q');
    assert_int_equal(write(server, "a", 1), 1);
    assert_int_equal(read(client, &c, 1), 1);
    assert_int_equal(c, 'a');
    assert_true(fcntl(server, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(server, F_GETFD) & FD_CLOEXEC);
    assert_true(fcntl(client, F_GETFD) & FD_CLOEXEC);
    assert_true(fcntl(listener, F_GETFD) & FD_CLOEXEC);
    (void)close(client);
    (void)close(server);
    (void)close(listener);
}

static void only_the_owner_may_connect(void **state)
{
    struct place *p = *state;
    struct diag d = {0};
    struct stat st;
    int listener = -1;
    mode_t before = umask(0);

    assert_int_equal(local_socket_listen(p->path, &listener, &d), 0);
    (void)umask(before);
    assert_int_equal(stat(p->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    (void)close(listener);
}

static void one_hub_a_path(void **state)
{
    struct place *p = *state;
    struct diag d = {0};
    int first = -1, second = -1, client = -1;

    assert_int_equal(local_socket_listen(p->path, &first, &d), 0);
    assert_int_equal(local_socket_listen(p->path, &second, &d), ERR_BUSY);
    assert_int_equal(second, -1);
    assert_int_equal(local_socket_connect(p->path, &client, &d), 0); // the first still serves
    (void)close(client);
    (void)close(first);
    // Its file stays behind, as after a kill: the next one takes its place.
    assert_int_equal(local_socket_connect(p->path, &client, &d), ERR_UNREACHABLE);
    assert_int_equal(local_socket_listen(p->path, &second, &d), 0);
    assert_int_equal(local_socket_connect(p->path, &client, &d), 0);
    (void)close(client);
    (void)close(second);
}

static void a_file_is_never_replaced(void **state)
{
    struct place *p = *state;
    struct diag d = {0};
    struct stat st;
    int listener = -1;
    int fd = open(p->path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, "precious", 8), 8);
    (void)close(fd);
    assert_int_equal(local_socket_listen(p->path, &listener, &d), ERR_EXISTS);
    assert_int_equal(stat(p->path, &st), 0);
    assert_true(S_ISREG(st.st_mode));
    assert_int_equal(st.st_size, 8);
    assert_non_null(strstr(d.text, "not a socket"));
}

static void places_that_are_not_there(void **state)
{
    struct place *p = *state;
    struct diag d = {0};
    char path[600], long_name[600];
    int fd = -1;

    assert_int_equal(local_socket_connect(p->path, &fd, &d), ERR_UNREACHABLE);
    (void)snprintf(path, sizeof path, "%s/none/hub.sock", p->dir);
    assert_int_equal(local_socket_listen(path, &fd, &d), ERR_UNREACHABLE);
    assert_non_null(strstr(d.text, "folder"));
    (void)snprintf(long_name, sizeof long_name, "%s/%0100d", p->dir, 1);
    assert_int_equal(local_socket_connect(long_name, &fd, &d), ERR_FULL);
    assert_int_equal(fd, -1);
}

// Another user's process is turned away even where the file's mode let it in.
static void strangers_are_refused(void **state)
{
    struct place *p = *state;
    struct diag d = {0};
    int listener = -1, server = -1, status = 0;
    int ready[2];
    pid_t child;
    char root[400];

    if (geteuid() != 0) {
        print_message("needs root to become another user\n");
        skip();
    }
    assert_int_equal(local_socket_listen(p->path, &listener, &d), 0);
    assert_int_equal(chmod(p->path, 0666), 0);
    assert_int_equal(chmod(p->dir, 0755), 0);
    (void)snprintf(root, sizeof root, "%s", p->dir);
    *strrchr(root, '/') = '\0';
    assert_int_equal(chmod(root, 0755), 0);
    assert_int_equal(pipe(ready), 0);
    child = fork();
    if (child == 0) {
        int fd = -1;
        char c;

        if (setuid(65534) != 0 || local_socket_connect(p->path, &fd, &d) != 0) {
            _exit(1);
        }
        (void)!write(ready[1], "x", 1);
        _exit(read(fd, &c, 1) == 0 ? 0 : 2); // closed without a word
    }
    wait_for(listener);
    assert_int_equal(local_socket_accept(listener, &server), ERR_REFUSED);
    assert_int_equal(server, -1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    (void)close(ready[0]);
    (void)close(ready[1]);
    (void)close(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bytes_go_both_ways, make_place, drop_place),
        cmocka_unit_test_setup_teardown(only_the_owner_may_connect, make_place, drop_place),
        cmocka_unit_test_setup_teardown(one_hub_a_path, make_place, drop_place),
        cmocka_unit_test_setup_teardown(a_file_is_never_replaced, make_place, drop_place),
        cmocka_unit_test_setup_teardown(places_that_are_not_there, make_place, drop_place),
        cmocka_unit_test_setup_teardown(strangers_are_refused, make_place, drop_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
