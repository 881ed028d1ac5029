// SPDX-License-Identifier: Apache-2.0
// The sandbox in forked children: what an agent needs goes on working (files, names, sockets,
// epoll, threads, the event loop), and what it must not do is refused or ends it. The store and the
// HTTP client inside it: tests/unit/agents/test_sandboxed.c.
#include "os/loop.h"
#include "os/sandbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

struct place {
    char dir[64], inside[96], outside[96]; // inside: may be written; outside: not named at all
    char secret[128];
    struct sandbox_rules rules;
    const char *read_paths[8], *write_paths[2];
};

static const char *const system_paths[] = {"/etc", "/usr/lib", "/lib", "/proc/self", "/dev/null"};

static int make_place(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    int fd;

    assert_non_null(p);
    (void)snprintf(p->dir, sizeof p->dir, "/tmp/oracle-sandbox-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    (void)snprintf(p->inside, sizeof p->inside, "%s/inside", p->dir);
    (void)snprintf(p->outside, sizeof p->outside, "%s/outside", p->dir);
    (void)snprintf(p->secret, sizeof p->secret, "%s/secret", p->outside);
    assert_int_equal(mkdir(p->inside, 0700), 0);
    assert_int_equal(mkdir(p->outside, 0700), 0);
    fd = open(p->secret, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    (void)close(fd);
    memcpy(p->read_paths, system_paths, sizeof system_paths);
    p->write_paths[0] = p->inside;
    p->rules = (struct sandbox_rules){.read_paths = p->read_paths, .write_paths = p->write_paths};
    *state = p;
    return 0;
}

static int drop_place(void **state)
{
    struct place *p = *state;
    char command[128];

    (void)snprintf(command, sizeof command, "rm -rf '%s'", p->dir);
    assert_int_equal(system(command), 0);
    free(p);
    return 0;
}

// ---- running a piece of work inside the sandbox
// --------------------------------------------------

// Returns 0, or the number of the step that went wrong.
typedef int (*work_fn)(struct place *p, const struct sandbox_report *report);

#define EXIT_UNSANDBOXED 200 // a build that applies nothing
#define STEP(n, cond)                                                                              \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            return (n);                                                                            \
        }                                                                                          \
    } while (0)

static int run_inside(struct place *p, work_fn work)
{
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        struct sandbox_report report;

        if (sandbox_apply(&p->rules, &report) != 0) {
            _exit(201);
        }
        if (!report.seccomp) {
            _exit(EXIT_UNSANDBOXED);
        }
        _exit(work(p, &report));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void assert_works(struct place *p, work_fn work)
{
    int status = run_inside(p, work);

    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_UNSANDBOXED) {
        print_message("a sanitizer build runs without sandbox\n");
        skip();
    }
    if (WIFSIGNALED(status)) {
        fail_msg("killed by signal %d", WTERMSIG(status));
    }
    if (WEXITSTATUS(status) != 0) {
        fail_msg("step %d went wrong", WEXITSTATUS(status));
    }
}

static void assert_killed(struct place *p, work_fn work)
{
    int status = run_inside(p, work);

    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_UNSANDBOXED) {
        skip();
    }
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
}

// ---- files
// ---------------------------------------------------------------------------------------

static int use_files(struct place *p, const struct sandbox_report *report)
{
    char path[160], other[160];
    int fd;

    (void)snprintf(path, sizeof path, "%s/file", p->inside);
    (void)snprintf(other, sizeof other, "%s/renamed", p->inside);
    fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    STEP(1, fd >= 0);
    STEP(2, write(fd, "data", 4) == 4 && fsync(fd) == 0 && ftruncate(fd, 2) == 0);
    STEP(3, close(fd) == 0 && rename(path, other) == 0 && unlink(other) == 0);
    STEP(4, open("/proc/self/statm", O_RDONLY | O_CLOEXEC) >= 0);
    STEP(5, open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0);
    if (!report->landlock) {
        return 0;
    }
    STEP(6, open(p->secret, O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES);
    STEP(7, open("/etc/passwd", O_WRONLY | O_CLOEXEC) < 0 && errno == EACCES);
    (void)snprintf(path, sizeof path, "%s/new", p->outside);
    STEP(8, open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600) < 0 && errno == EACCES);
    STEP(9, unlink(p->secret) != 0 && errno == EACCES);
    STEP(10, open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) < 0 && errno == EACCES);
    return 0;
}

static void files_of_the_rules_and_no_others(void **state)
{
    assert_works(*state, use_files);
}

// ---- the loop and epoll
// --------------------------------------------------------------------------

static void stop_loop(void *arg)
{
    loop_stop(arg);
}

static void stop_loop_on_signal(void *arg, int signum)
{
    (void)signum;
    loop_stop(arg);
}

static int use_loop(struct place *p, const struct sandbox_report *report)
{
    struct loop *loop = NULL;
    struct loop_timer *timer = NULL;
    struct loop_signal *term = NULL;
    struct epoll_event event;
    int epoll = epoll_create1(EPOLL_CLOEXEC);

    (void)p;
    (void)report;
    STEP(1, epoll >= 0 && epoll_wait(epoll, &event, 1, 0) == 0);
    STEP(2, loop_create(&loop) == 0);
    STEP(3, loop_timer_create(loop, stop_loop, loop, &timer) == 0);
    loop_timer_start(timer, 1);
    STEP(4, loop_run(loop) == 0);
    STEP(5, loop_signal_create(loop, SIGTERM, stop_loop_on_signal, loop, &term) == 0);
    STEP(6, raise(SIGTERM) == 0); // to itself: allowed, and it comes through the loop
    STEP(7, loop_run(loop) == 0);
    loop_destroy(loop);
    return 0;
}

static void the_event_loop_runs(void **state)
{
    assert_works(*state, use_loop);
}

// ---- network
// -------------------------------------------------------------------------------------

static void *lookup(void *arg)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int *rc = arg;

    *rc = getaddrinfo("localhost", "80", &hints, &found);
    if (*rc == 0) {
        freeaddrinfo(found);
    }
    return NULL;
}

// The listener was opened before the sandbox, as fd 50.
static int use_network(struct place *p, const struct sandbox_report *report)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    socklen_t len = sizeof to;
    pthread_t thread;
    int one = 1, fd, rc = -1;
    struct pollfd ready;

    (void)p;
    (void)report;
    STEP(1, getsockname(50, (struct sockaddr *)&to, &len) == 0);
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    STEP(2, fd >= 0);
    STEP(3, setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one) == 0);
    STEP(4, connect(fd, (struct sockaddr *)&to, sizeof to) == 0 || errno == EINPROGRESS);
    ready = (struct pollfd){.fd = fd, .events = POLLOUT};
    STEP(5, poll(&ready, 1, 10000) == 1);
    STEP(6, send(fd, "x", 1, MSG_NOSIGNAL) == 1);
    STEP(7, getaddrinfo("localhost", "80", &hints, &found) == 0);
    freeaddrinfo(found);
    // libcurl's resolver asks in a thread of its own.
    STEP(8, pthread_create(&thread, NULL, lookup, &rc) == 0);
    STEP(9, pthread_join(thread, NULL) == 0 && rc == 0);
    return 0;
}

static void network_agents_connect_and_resolve(void **state)
{
    struct place *p = *state;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(dup2(fd, 50), 50);
    p->rules.network = true;
    assert_works(p, use_network);
    (void)close(fd);
    (void)close(50);
}

static int try_network(struct place *p, const struct sandbox_report *report)
{
    (void)p;
    (void)report;
    STEP(1, socket(AF_INET, SOCK_STREAM, 0) < 0);
    STEP(2, socket(AF_UNIX, SOCK_STREAM, 0) < 0);
    STEP(3, syscall(SYS_connect, 0, NULL, 0) < 0 && errno == ENOSYS);
    STEP(4, fork() < 0);
    return 0;
}

static void other_agents_have_no_sockets(void **state)
{
    assert_works(*state, try_network);
}

// The hub's control socket obeys everyone of the same user: an agent that was broken into over the
// network must not come near it, nor start processes, nor signal any, nor type into the terminal.
static int try_to_break_out(struct place *p, const struct sandbox_report *report)
{
    char c = 'x';

    (void)p;
    (void)report;
    STEP(1, socket(AF_UNIX, SOCK_STREAM, 0) < 0);
    STEP(2, socket(AF_PACKET, SOCK_RAW, 0) < 0);
    STEP(3, fork() < 0);
    STEP(4, syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0) < 0);
    STEP(5, kill(getppid(), 0) != 0);
    STEP(6, kill(getpid(), 0) != 0);
    STEP(7, syscall(SYS_tgkill, getppid(), getppid(), 0) != 0 && errno == ENOSYS);
    STEP(8, ioctl(0, TIOCSTI, &c) != 0 && errno == ENOSYS);
    STEP(9, syscall(SYS_memfd_create, "x", 0) < 0);
    STEP(10, symlink("/etc/passwd", p->secret) != 0);
    STEP(11, syscall(SYS_io_uring_setup, 1, NULL) < 0 && errno == ENOSYS);
    return 0;
}

static void a_network_agent_cannot_break_out(void **state)
{
    struct place *p = *state;

    p->rules.network = true;
    assert_works(p, try_to_break_out);
}

// ---- what ends an agent
// --------------------------------------------------------------------------

static int run_a_program(struct place *p, const struct sandbox_report *report)
{
    char name[] = "/bin/true";
    char *argv[] = {name, NULL};
    char *env[] = {NULL};

    (void)p;
    (void)report;
    (void)execve(name, argv, env);
    return 1;
}

static int trace_the_parent(struct place *p, const struct sandbox_report *report)
{
    (void)p;
    (void)report;
    (void)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
    return 1;
}

static int leave_the_namespace(struct place *p, const struct sandbox_report *report)
{
    (void)p;
    (void)report;
    (void)unshare(CLONE_NEWUSER);
    return 1;
}

static void what_no_agent_does_ends_it(void **state)
{
    static const work_fn works[] = {run_a_program, trace_the_parent, leave_the_namespace};

    for (size_t i = 0; i < sizeof works / sizeof works[0]; i++) {
        assert_killed(*state, works[i]);
    }
}

static int abort_now(struct place *p, const struct sandbox_report *report)
{
    (void)p;
    (void)report;
    abort();
}

static void an_abort_is_seen_as_one(void **state)
{
    int status = run_inside(*state, abort_now);

    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_UNSANDBOXED) {
        skip();
    }
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(files_of_the_rules_and_no_others, make_place, drop_place),
        cmocka_unit_test_setup_teardown(the_event_loop_runs, make_place, drop_place),
        cmocka_unit_test_setup_teardown(network_agents_connect_and_resolve, make_place, drop_place),
        cmocka_unit_test_setup_teardown(other_agents_have_no_sockets, make_place, drop_place),
        cmocka_unit_test_setup_teardown(a_network_agent_cannot_break_out, make_place, drop_place),
        cmocka_unit_test_setup_teardown(what_no_agent_does_ends_it, make_place, drop_place),
        cmocka_unit_test_setup_teardown(an_abort_is_seen_as_one, make_place, drop_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
