// SPDX-License-Identifier: Apache-2.0
// The libraries that agents use, inside the sandbox: SQLite in WAL mode as writer and as reader
// beside a writer, and the HTTP client against a server on loopback, by name.
#include "net/http_client.h"
#include "net/http_server.h"
#include "os/sandbox.h"
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_UNSANDBOXED 200
#define CANDLES          20000 // past the size at which the WAL is moved into the file
#define STEP(n, cond)                                                                              \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            _exit(n);                                                                              \
        }                                                                                          \
    } while (0)

static int make_place(void **state)
{
    char *dir = strdup("/tmp/oracle-sandboxed-XXXXXX");

    assert_non_null(dir);
    assert_non_null(mkdtemp(dir));
    *state = dir;
    return 0;
}

static int drop_place(void **state)
{
    char command[128];

    (void)snprintf(command, sizeof command, "rm -rf '%s'", (char *)*state);
    assert_int_equal(system(command), 0);
    free(*state);
    return 0;
}

static void confine(const char *dir, bool network)
{
    const char *read_paths[] = {"/etc", "/usr/lib", "/lib", "/proc/self", "/dev/null", NULL};
    const char *write_paths[] = {dir, NULL};
    struct sandbox_rules rules = {
        .read_paths = read_paths, .write_paths = write_paths, .network = network};
    struct sandbox_report report;

    STEP(201, sandbox_apply(&rules, &report) == 0);
    STEP(EXIT_UNSANDBOXED, report.seccomp);
}

static void assert_well(pid_t pid)
{
    int status = 0;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status)) {
        fail_msg("killed by signal %d", WTERMSIG(status));
    }
    if (WEXITSTATUS(status) == EXIT_UNSANDBOXED) {
        print_message("a sanitizer build runs without sandbox\n");
        skip();
    }
    if (WEXITSTATUS(status) != 0) {
        fail_msg("step %d went wrong", WEXITSTATUS(status));
    }
}

// ---- the store
// -----------------------------------------------------------------------------------

static int open_store(const char *dir, bool writable, struct store **out)
{
    struct store_options o = {.backend = "sqlite", .location = dir, .writable = writable};
    struct diag d = {0};

    return store_open(&o, out, &d);
}

static void write_candles(const char *dir, bool opened_inside)
{
    struct store *s = NULL;
    struct pair pair = {.base = "VET", .quote = "USDT"};
    int64_t id = 0;

    if (!opened_inside) { // as the architect does: the store is open when the sandbox closes
        STEP(1, open_store(dir, true, &s) == 0);
    }
    confine(dir, false);
    if (opened_inside) {
        STEP(1, open_store(dir, true, &s) == 0);
    }
    STEP(2, store_begin(s) == 0);
    STEP(3, store_stream_ensure(s, "binance", &pair, TF_M1, 1, &id) == 0);
    for (int i = 0; i < CANDLES; i++) {
        struct candle c = {.open_time = MS_MINUTE * (i + 1),
                           .open = 1,
                           .high = 2,
                           .low = 0.5,
                           .close = 1.5,
                           .volume = i};
        enum store_put put;

        STEP(4, store_candle_put(s, id, TF_M1, &c, CANDLE_LIVE, false, 1, &put) == 0);
        if (i % 1000 == 999) {
            STEP(5, store_commit(s) == 0 && store_begin(s) == 0);
        }
    }
    STEP(6, store_commit(s) == 0);
    store_close(s);
    _exit(0);
}

static void read_candles(const char *dir)
{
    struct store *s = NULL;
    struct pair pair = {.base = "VET", .quote = "USDT"};
    struct store_stream st;

    STEP(1, open_store(dir, false, &s) == 0);
    confine(dir, false);
    STEP(2, store_stream_find(s, "binance", &pair, TF_M1, &st) == 0);
    STEP(3, st.last_open == MS_MINUTE * CANDLES); // opens the shard inside the sandbox
    store_close(s);
    _exit(0);
}

static void a_writer_and_then_a_reader(void **state)
{
    for (int opened_inside = 0; opened_inside < 2; opened_inside++) {
        pid_t pid = fork();

        if (pid == 0) {
            write_candles(*state, opened_inside);
        }
        assert_well(pid);
        pid = fork();
        if (pid == 0) {
            read_candles(*state);
        }
        assert_well(pid);
    }
}

// ---- the HTTP client
// -----------------------------------------------------------------------------

static void serve(void *arg, struct http_exchange *x, const struct http_server_request *request)
{
    (void)arg;
    (void)request;
    if (http_exchange_reply(x, 200, "text/plain", STR("hello"), NULL) != 0) {
        _exit(1);
    }
}

static pid_t start_server(uint16_t *port)
{
    int fds[2];
    pid_t pid;

    assert_int_equal(pipe(fds), 0);
    pid = fork();
    if (pid == 0) {
        struct http_server_options o = {
            .listen = "127.0.0.1", .connections_max = 4, .idle_timeout_s = 30};
        struct http_server *server = NULL;
        struct loop *loop = NULL;

        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        STEP(1, loop_create(&loop) == 0);
        STEP(2, http_server_create(loop, &o, serve, NULL, &server, NULL) == 0);
        *port = http_server_port(server);
        STEP(3, write(fds[1], port, sizeof *port) == sizeof *port);
        (void)loop_run(loop);
        _exit(0);
    }
    assert_int_equal(read(fds[0], port, sizeof *port), sizeof *port);
    (void)close(fds[0]);
    (void)close(fds[1]);
    return pid;
}

struct got {
    struct loop *loop;
    int status, replies;
};

static void answered(void *arg, const struct http_response *r)
{
    struct got *g = arg;

    g->status = r->status;
    g->replies++;
    STEP(20, str_eq(r->body, STR("hello")));
    loop_stop(g->loop);
}

static void fetch(const char *dir, uint16_t port)
{
    char url[64];
    struct http_client_options o = {.base_url = url,
                                    .user_agent = "test",
                                    .verify_tls = true,
                                    .connections_max = 2,
                                    .timeout_ms = 20000,
                                    .body_max_bytes = 4096};
    struct http_client *client = NULL;
    struct got g = {0};

    (void)snprintf(url, sizeof url, "http://localhost:%u", port); // a name: the resolver's thread
    STEP(1, loop_create(&g.loop) == 0);
    STEP(2, http_client_create(g.loop, &o, &client) == 0);
    confine(dir, true);
    for (int i = 0; i < 3; i++) { // the first connects, the others go over the kept connection
        STEP(3, http_client_get(client, "/", 0, answered, &g, NULL) == 0);
        STEP(4, loop_run(g.loop) == 0);
    }
    STEP(5, g.replies == 3 && g.status == 200);
    http_client_destroy(client);
    loop_destroy(g.loop);
    _exit(0);
}

static void a_client_resolves_and_fetches(void **state)
{
    uint16_t port = 0;
    pid_t server = start_server(&port);
    pid_t pid = fork();

    if (pid == 0) {
        fetch(*state, port);
    }
    assert_well(pid);
    assert_int_equal(kill(server, SIGKILL), 0);
    assert_int_equal(waitpid(server, NULL, 0), server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_writer_and_then_a_reader, make_place, drop_place),
        cmocka_unit_test_setup_teardown(a_client_resolves_and_fetches, make_place, drop_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
