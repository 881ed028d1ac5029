// SPDX-License-Identifier: Apache-2.0
// The HTTP client against a real server on loopback: a forked process whose path decides how it
// answers or fails to.
#include "base/random.h"
#include "net/http_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

// ---- the server -----------------------------------------------------------------------------

#define BIG_BYTES 300000

static void put(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, text, len, MSG_NOSIGNAL);
        if (n <= 0)
            _exit(0);
        text += n;
        len -= (size_t)n;
    }
}

static void put_text(int fd, const char *text)
{
    put(fd, text, strlen(text));
}

static void put_reply(int fd, const char *head, const char *body)
{
    char text[1024];
    int n = snprintf(text, sizeof text, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", head,
                     strlen(body), body);
    put(fd, text, (size_t)n);
}

static void put_big(int fd, const char *head)
{
    char *block = calloc(1, BIG_BYTES);
    put_text(fd, head);
    if (block)
        put(fd, block, BIG_BYTES);
    free(block);
}

// One byte at a time, until the client hangs up.
static void put_drip(int fd)
{
    put_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    for (struct pollfd p = {.fd = fd, .events = POLLRDHUP}; poll(&p, 1, 10) == 0;)
        put(fd, "x", 1);
}

static void reset_now(int fd)
{
    struct linger hard = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(fd);
    _exit(0);
}

static void put_gzip(int fd)
{
    static const unsigned char packed[] = {
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9,
        0x57, 0xc8, 0xa0, 0x3b, 0x09, 0x00, 0x2f, 0xfa, 0xf8, 0x48, 0x78, 0x00, 0x00, 0x00};
    char head[128];
    int n = snprintf(head, sizeof head,
                     "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n",
                     sizeof packed);
    put(fd, head, (size_t)n);
    put(fd, (const char *)packed, sizeof packed);
}

static const struct {
    const char *path, *head, *body;
} plain_replies[] = {
    {"/204", "204 No Content", ""},
    {"/429", "429 Too Many Requests\r\nretry-after:  7 \r\nX-MBX-USED-WEIGHT-1M: 6001\r\nServer: x",
     "{\"code\":-1003,\"msg\":\"Too much request weight used\"}"},
    {"/302", "302 Found\r\nLocation: /ok", ""},
    {"/many",
     "200 OK\r\nX-A: 1\r\nX-A: 2\r\nX-A: 3\r\nX-A: 4\r\nX-A: 5\r\nX-A: 6\r\nX-A: 7\r\nX-A: 8\r\n"
     "X-A: 9",
     "many"},
    {"/cookie", "200 OK\r\nSet-Cookie: a=b; Path=/", ""},
};

// False: the connection is over.
static bool answer(int fd, const char *path, const char *request, int connection)
{
    char body[4096];
    for (size_t i = 0; i < sizeof plain_replies / sizeof *plain_replies; i++) {
        if (strcmp(path, plain_replies[i].path) == 0) {
            put_reply(fd, plain_replies[i].head, plain_replies[i].body);
            return true;
        }
    }
    if (strcmp(path, "/drip") == 0) {
        put_drip(fd);
    } else if (strcmp(path, "/reset") == 0) {
        put_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\npart");
        reset_now(fd);
    } else if (strcmp(path, "/short") == 0) {
        put_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
    } else if (strcmp(path, "/badstatus") == 0) {
        put_text(fd, "BANANA 200 OK\r\n\r\nhello");
    } else if (strcmp(path, "/nothing") == 0) {
        return false;
    } else if (strcmp(path, "/big") == 0) {
        put_big(fd, "HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n");
        return true;
    } else if (strcmp(path, "/bigclose") == 0) {
        put_big(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    } else if (strcmp(path, "/badchunk") == 0) {
        put_text(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n");
    } else if (strcmp(path, "/chunked") == 0) {
        put_text(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nTrailer: 1\r\n\r\n");
        return true;
    } else if (strcmp(path, "/gzip") == 0) {
        put_gzip(fd);
        return true;
    } else if (strcmp(path, "/dropafter") == 0) { // promises to keep the connection, and does not
        put_reply(fd, "200 OK", "last");
    } else if (strcmp(path, "/request") == 0) {
        snprintf(body, sizeof body, "%s", request);
        put_text(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        put_text(fd, body);
    } else {
        snprintf(body, sizeof body, "connection %d %.200s", connection, path);
        put_reply(fd, "200 OK", body);
        return true;
    }
    return false;
}

static void serve_connection(int fd, int connection)
{
    char request[4096];
    size_t len = 0;
    for (;;) {
        ssize_t n = read(fd, request + len, sizeof request - 1 - len);
        if (n <= 0)
            return;
        len += (size_t)n;
        request[len] = '\0';
        if (!strstr(request, "\r\n\r\n"))
            continue;
        char path[1024] = "";
        if (sscanf(request, "GET %1023s ", path) != 1 || !answer(fd, path, request, connection))
            return;
        len = 0;
    }
}

static void serve(int listener)
{
    signal(SIGCHLD, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int connection = 1;; connection++) {
        int fd = accept(listener, NULL, NULL);
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            close(listener);
            serve_connection(fd, connection);
            _exit(0);
        }
        close(fd);
    }
}

// ---- the test's side ------------------------------------------------------------------------

#define RECORDS_MAX 600

struct record { // what became of one request
    struct fixture *fixture;
    int calls, status, header_count;
    bool reused;
    char error[160], body[512];
    size_t body_len;
    char header_name[32], header_value[32];
    clock_ns sent_ns, received_ns;
};

struct fixture {
    pid_t server;
    uint16_t port;
    struct loop *loop;
    struct http_client *client;
    int waiting;
    struct record records[RECORDS_MAX];
    size_t count;
};

static bool want_header(void *arg, struct str name)
{
    (void)arg;
    return str_eq_nocase(name, STR("Retry-After")) || str_eq_nocase(name, STR("x-a")) ||
           str_eq_nocase(name, STR("x-mbx-used-weight-1m"));
}

// The port, 0 when there is none.
static uint16_t listen_somewhere(int *listener)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    *listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*listener < 0 || bind(*listener, (struct sockaddr *)&a, len) != 0 ||
        listen(*listener, 512) != 0 || getsockname(*listener, (struct sockaddr *)&a, &len) != 0)
        return 0;
    return ntohs(a.sin_port);
}

static void client_replace(struct fixture *f, int connections, size_t body_max)
{
    char base[64];
    snprintf(base, sizeof base, "http://127.0.0.1:%u", f->port);
    struct http_client_options o = {.base_url = base,
                                    .user_agent = "oracle-test",
                                    .verify_tls = true,
                                    .connections_max = connections,
                                    .timeout_ms = 20000,
                                    .body_max_bytes = body_max,
                                    .want_header = want_header};
    http_client_destroy(f->client);
    f->client = NULL;
    assert_int_equal(http_client_create(f->loop, &o, &f->client), 0);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    http_client_destroy(f->client);
    loop_destroy(f->loop);
    if (f->server > 0) {
        kill(f->server, SIGKILL);
        waitpid(f->server, NULL, 0);
    }
    free(f);
    return 0;
}

// The fixture is freed by tear_down, which cmocka does not call after a set-up that failed: so this
// one does no more than can be undone here.
static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    int listener = -1;
    if (!f)
        return -1;
    *state = f;
    f->port = listen_somewhere(&listener);
    if (f->port != 0 && loop_create(&f->loop) == 0) {
        f->server = fork();
        if (f->server == 0)
            serve(listener);
    }
    if (listener >= 0)
        close(listener);
    if (f->server > 0)
        return 0;
    tear_down(state);
    return -1;
}

static void on_done(void *arg, const struct http_response *response)
{
    struct record *r = arg;
    r->calls++;
    r->status = response->status;
    r->reused = response->reused;
    r->header_count = (int)response->header_count;
    r->sent_ns = response->sent_ns;
    r->received_ns = response->received_ns;
    r->body_len = response->body.len;
    snprintf(r->error, sizeof r->error, "%s", response->error ? response->error : "");
    snprintf(r->body, sizeof r->body, STR_FMT, STR_ARG(response->body));
    if (response->header_count > 0) {
        snprintf(r->header_name, sizeof r->header_name, STR_FMT,
                 STR_ARG(response->headers[0].name));
        snprintf(r->header_value, sizeof r->header_value, STR_FMT,
                 STR_ARG(response->headers[0].value));
    }
    if (--r->fixture->waiting == 0)
        loop_stop(r->fixture->loop);
}

static struct record *start(struct fixture *f, const char *target, int64_t timeout_ms)
{
    struct record *r = &f->records[f->count++];
    r->fixture = f;
    f->waiting++;
    assert_int_equal(http_client_get(f->client, target, timeout_ms, on_done, r, NULL), 0);
    assert_int_equal(r->calls, 0);
    return r;
}

static struct record *fetch(struct fixture *f, const char *target, int64_t timeout_ms)
{
    struct record *r = start(f, target, timeout_ms);
    assert_int_equal(loop_run(f->loop), 0);
    assert_int_equal(r->calls, 1);
    assert_int_equal(http_client_in_flight(f->client), 0);
    return r;
}

static void test_keeps_connections(void **state)
{
    struct fixture *f = *state;
    client_replace(f, 8, 100000);
    struct record *first = fetch(f, "/a?b=c%20d", 0);
    assert_int_equal(first->status, 200);
    assert_string_equal(first->body, "connection 1 /a?b=c%20d");
    assert_false(first->reused);
    for (int i = 0; i < 20; i++) {
        struct record *next = fetch(f, "/a", 0);
        assert_string_equal(next->body, "connection 1 /a");
        assert_true(next->reused);
        assert_true(next->sent_ns <= next->received_ns);
    }
}

static void test_many_in_parallel(void **state)
{
    struct fixture *f = *state;
    client_replace(f, 8, 100000);
    char target[64];
    for (int round = 0; round < 2; round++) {
        f->count = 0;
        memset(f->records, 0, sizeof f->records);
        for (int i = 0; i < 500; i++) {
            snprintf(target, sizeof target, "/item%d", i);
            start(f, target, 0);
        }
        assert_int_equal(http_client_in_flight(f->client), 500);
        loop_run(f->loop);
        for (int i = 0; i < 500; i++) {
            const struct record *r = &f->records[i];
            int connection = 0, item = -1;
            assert_int_equal(r->calls, 1);
            assert_int_equal(r->status, 200);
            assert_int_equal(sscanf(r->body, "connection %d /item%d", &connection, &item), 2);
            assert_int_equal(item, i);
            assert_in_range(connection, 1, 8); // connections_max, in both rounds
        }
    }
}

// Every way a reply can break ends in one callback without a status, and the client goes on.
static void test_broken_replies(void **state)
{
    static const struct {
        const char *target;
        int64_t timeout_ms;
        const char *error; // a part of it
    } cases[] = {
        {"/drip", 150, "timed out"},    {"/reset", 0, "reset"},
        {"/short", 0, "closed"},        {"/bigclose", 0, "larger than allowed"},
        {"/big", 0, "larger"},          {"/badstatus", 0, "HTTP/0.9"},
        {"/nothing", 0, "Empty reply"}, {"/badchunk", 0, "chunk"},
    };
    struct fixture *f = *state;
    client_replace(f, 8, 100000);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct record *r = fetch(f, cases[i].target, cases[i].timeout_ms);
        assert_int_equal(r->status, 0);
        assert_int_equal(r->body_len, 0);
        if (!strcasestr(r->error, cases[i].error))
            fail_msg("%s: \"%s\" does not say \"%s\"", cases[i].target, r->error, cases[i].error);
        assert_int_equal(fetch(f, "/after", 0)->status, 200);
    }
}

static void test_body_up_to_the_cap(void **state)
{
    struct fixture *f = *state;
    client_replace(f, 2, BIG_BYTES);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(fetch(f, "/big", 0)->body_len, BIG_BYTES);
        assert_int_equal(fetch(f, "/bigclose", 0)->body_len, BIG_BYTES);
    }
    client_replace(f, 2, BIG_BYTES - 1);
    assert_int_equal(fetch(f, "/big", 0)->status, 0);
}

static void test_plain_replies(void **state)
{
    struct fixture *f = *state;
    client_replace(f, 8, 100000);
    struct record *r = fetch(f, "/204", 0);
    assert_int_equal(r->status, 204);
    assert_int_equal(r->body_len, 0);
    r = fetch(f, "/429", 0);
    assert_int_equal(r->status, 429);
    assert_int_equal(r->header_count, 2);
    assert_string_equal(r->header_name, "retry-after");
    assert_string_equal(r->header_value, "7");
    assert_string_equal(r->body, "{\"code\":-1003,\"msg\":\"Too much request weight used\"}");
    assert_int_equal(fetch(f, "/302", 0)->status, 302);
    assert_int_equal(fetch(f, "/many", 0)->header_count, HTTP_HEADERS_MAX);
    r = fetch(f, "/chunked", 0);
    assert_string_equal(r->body, "hello world");
    r = fetch(f, "/gzip", 0);
    assert_int_equal(r->status, 200);
    assert_int_equal(r->body_len, 120);
    assert_memory_equal(r->body, "hello hello ", 12);
}

// Nothing of the environment and of earlier replies leaks into a request.
static void test_request_is_plain(void **state)
{
    struct fixture *f = *state;
    client_replace(f, 8, 100000);
    assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
    assert_int_equal(fetch(f, "/cookie", 0)->status, 200);
    struct record *r = fetch(f, "/request", 0);
    assert_int_equal(unsetenv("http_proxy"), 0);
    assert_int_equal(r->status, 200);
    assert_memory_equal(r->body, "GET /request HTTP/1.1\r\n", 23);
    assert_non_null(strstr(r->body, "User-Agent: oracle-test\r\n"));
    assert_non_null(strstr(r->body, "Accept-Encoding: gzip\r\n"));
    assert_null(strstr(r->body, "Cookie"));
}

static void test_dropped_idle_connection(void **state)
{
    struct fixture *f = *state;
    client_replace(f, 8, 100000);
    for (int i = 0; i < 10; i++) {
        assert_string_equal(fetch(f, "/dropafter", 0)->body, "last");
        struct record *next = fetch(f, "/next", 0);
        assert_string_equal(next->error, "");
        assert_int_equal(next->status, 200);
    }
    for (int i = 0; i < 8; i++) // the whole pool goes
        start(f, "/dropafter", 0);
    loop_run(f->loop);
    size_t first = f->count;
    for (int i = 0; i < 30; i++)
        start(f, "/next", 0);
    loop_run(f->loop);
    for (size_t i = first; i < f->count; i++)
        assert_int_equal(f->records[i].status, 200);
}

static void test_refused(void **state)
{
    struct fixture *f = *state;
    int listener;
    f->port = listen_somewhere(&listener);
    assert_true(f->port != 0);
    close(listener);
    client_replace(f, 2, 1000);
    struct record *r = fetch(f, "/a", 0);
    assert_int_equal(r->status, 0);
    assert_non_null(strcasestr(r->error, "connect"));
}

static void test_queue_time_counts(void **state)
{
    struct fixture *f = *state;
    client_replace(f, 1, 2000000);
    struct record *slow = start(f, "/drip", 20000);
    struct record *first = start(f, "/a", 100);
    struct record *second = start(f, "/b", 200);
    f->waiting--; // not for the slow one
    loop_run(f->loop);
    assert_int_equal(first->status, 0);
    assert_non_null(strstr(first->error, "no connection became free"));
    assert_int_equal(second->calls, 1);
    assert_int_equal(second->status, 0);
    assert_int_equal(slow->calls, 0);
    assert_int_equal(http_client_in_flight(f->client), 1);
}

static void test_cancel(void **state)
{
    struct fixture *f = *state;
    client_replace(f, 8, 100000);
    struct http_request *requests[12];
    struct random random;
    random_init(&random, 7);
    for (int round = 0; round < 20; round++) {
        f->count = 0;
        memset(f->records, 0, sizeof f->records);
        for (size_t i = 0; i < 12; i++) { // eight run, four wait
            struct record *r = &f->records[i];
            r->fixture = f;
            assert_int_equal(
                http_client_get(f->client, i % 2 ? "/drip" : "/a", 0, on_done, r, &requests[i]), 0);
        }
        if (random_below(&random, 2)) { // let them start
            f->count = 12;
            f->waiting = 1;
            loop_run(f->loop);
        }
        for (size_t i = 0; i < 12; i++)
            if (f->records[i].calls == 0)
                http_request_cancel(requests[i]);
        assert_int_equal(http_client_in_flight(f->client), 0);
        for (size_t i = 0; i < 12; i++)
            assert_in_range(f->records[i].calls, 0, 1);
        f->waiting = 0;
        f->count = 20;
        assert_int_equal(fetch(f, "/after", 0)->status, 200);
    }
}

// A callback may ask for more, and may cancel what runs beside it.
struct chain {
    struct fixture *f;
    struct http_request *victim;
    int left;
};

static void on_chain(void *arg, const struct http_response *response)
{
    struct chain *chain = arg;
    assert_int_equal(response->status, 200);
    http_request_cancel(chain->victim);
    chain->victim = NULL;
    if (--chain->left == 0)
        loop_stop(chain->f->loop);
    else
        assert_int_equal(http_client_get(chain->f->client, "/a", 0, on_chain, chain, NULL), 0);
}

static void test_calls_from_callbacks(void **state)
{
    struct fixture *f = *state;
    client_replace(f, 8, 100000);
    struct chain chain = {f, NULL, 10};
    struct record r = {.fixture = f};
    assert_int_equal(http_client_get(f->client, "/drip", 0, on_done, &r, &chain.victim), 0);
    assert_int_equal(http_client_get(f->client, "/a", 0, on_chain, &chain, NULL), 0);
    loop_run(f->loop);
    assert_int_equal(r.calls, 0);
    assert_int_equal(http_client_in_flight(f->client), 0);
}

static void on_destroy(void *arg, const struct http_response *response)
{
    struct fixture *f = arg;
    (void)response;
    http_client_destroy(f->client);
    f->client = NULL;
    loop_stop(f->loop);
}

static void test_destroy_from_callback(void **state)
{
    struct fixture *f = *state;
    client_replace(f, 8, 100000);
    struct record unused = {.fixture = f};
    for (int i = 0; i < 20; i++)
        assert_int_equal(http_client_get(f->client, i == 3 ? "/a" : "/drip", 0,
                                         i == 3 ? on_destroy : on_done,
                                         i == 3 ? (void *)f : &unused, NULL),
                         0);
    loop_run(f->loop);
    assert_null(f->client);
    assert_int_equal(unused.calls, 0);
}

static void test_bad_arguments(void **state)
{
    static const char *const targets[] = {"",        "no-slash", "/with blank", "/line\r\nX: y",
                                          "/frag#1", "/\xc3\xa9"};
    struct fixture *f = *state;
    client_replace(f, 8, 100000);
    struct http_client *c = NULL;
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        assert_int_equal(http_client_get(f->client, targets[i], 0, on_done, NULL, NULL),
                         ERR_INVALID);
    assert_int_equal(http_client_get(f->client, "/a", -1, on_done, NULL, NULL), ERR_INVALID);
    struct http_client_options o = {.connections_max = 1, .timeout_ms = 1};
    o.base_url = "ftp://127.0.0.1";
    assert_int_equal(http_client_create(f->loop, &o, &c), ERR_INVALID);
    o.base_url = "http://127.0.0.1/";
    assert_int_equal(http_client_create(f->loop, &o, &c), ERR_INVALID);
    o.base_url = "http://127.0.0.1";
    o.connections_max = 0;
    assert_int_equal(http_client_create(f->loop, &o, &c), ERR_INVALID);
    http_client_destroy(NULL);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_keeps_connections),       CASE(test_many_in_parallel),
        CASE(test_broken_replies),          CASE(test_body_up_to_the_cap),
        CASE(test_plain_replies),           CASE(test_request_is_plain),
        CASE(test_dropped_idle_connection), CASE(test_refused),
        CASE(test_queue_time_counts),       CASE(test_cancel),
        CASE(test_calls_from_callbacks),    CASE(test_destroy_from_callback),
        CASE(test_bad_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
