// SPDX-License-Identifier: Apache-2.0
// The HTTP server against plain sockets: requests, bodies, keep-alive, late, spoilt and broken
// answers. The server runs in a child process with its own loop.
#include "net/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define LATER_MS 20

struct service {
    struct loop *loop;
    struct loop_timer *timer;
    struct http_exchange *later; // answered when the timer fires
};

static pid_t child;
static uint16_t port;

// ---- the service in the child -------------------------------------------------------------------

static void reply(struct http_exchange *x, const char *text)
{
    const char *const headers[] = {"X-Test: one", NULL};
    if (http_exchange_reply(x, 200, "text/plain", str_from(text), headers) != 0)
        abort();
}

static void on_time(void *arg)
{
    struct service *s = arg;
    reply(s->later, "late");
    s->later = NULL;
}

static void describe(struct http_exchange *x, const struct http_server_request *r)
{
    char text[2048];
    size_t len = (size_t)snprintf(
        text, sizeof(text), "%.*s %.*s body=%zu%s ua=%.*s", STR_ARG(r->method), STR_ARG(r->path),
        r->body.len, r->body_overflow ? "!" : "", STR_ARG(http_exchange_header(x, "user-agent")));
    for (size_t i = 0; i < r->query_count; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, " [%.*s=%.*s]",
                                STR_ARG(r->query[i].name), STR_ARG(r->query[i].value));
    if (r->query_overflow)
        snprintf(text + len, sizeof(text) - len, " more");
    reply(x, text);
}

static void on_request(void *arg, struct http_exchange *x, const struct http_server_request *r)
{
    struct service *s = arg;
    const struct http_drip cut = {.cut_bytes = 5};
    const struct http_drip slow = {.cut_bytes = SIZE_MAX, .chunk_bytes = 3, .interval_ms = 1};
    const char *const bad[] = {"no colon", NULL};
    if (str_eq(r->path, STR("/later"))) {
        s->later = x;
        loop_timer_start(s->timer, LATER_MS);
    } else if (str_eq(r->path, STR("/never"))) {
        return; // ended with the server
    } else if (str_eq(r->path, STR("/abort"))) {
        http_exchange_abort(x);
    } else if (str_eq(r->path, STR("/reset"))) {
        http_exchange_reset(x);
    } else if (str_eq(r->path, STR("/cut"))) {
        if (http_exchange_reply_drip(x, 200, "text/plain", STR("0123456789"), NULL, &cut) != 0)
            abort();
    } else if (str_eq(r->path, STR("/slow"))) {
        if (http_exchange_reply_drip(x, 200, "text/plain", STR("0123456789"), NULL, &slow) != 0)
            abort();
    } else if (str_eq(r->path, STR("/twice"))) {
        if (http_exchange_reply(x, 200, NULL, STR(""), bad) != ERR_INVALID)
            abort();
        reply(x, "first");
        if (http_exchange_reply(x, 200, NULL, STR("second"), NULL) != ERR_INVALID)
            abort();
    } else {
        describe(x, r);
    }
}

static void on_signal(void *arg, int signum)
{
    (void)signum;
    loop_stop(arg);
}

static int serve(int ready)
{
    struct service s = {0};
    struct loop_signal *signal = NULL;
    struct http_server *server = NULL;
    const struct http_server_options o = {"127.0.0.1", 0, 64, 10};
    int err = loop_create(&s.loop);
    if (err == 0)
        err = loop_timer_create(s.loop, on_time, &s, &s.timer);
    if (err == 0)
        err = loop_signal_create(s.loop, SIGTERM, on_signal, s.loop, &signal);
    if (err == 0)
        err = http_server_create(s.loop, &o, on_request, &s, &server, NULL);
    if (err != 0)
        return 1;
    uint16_t p = http_server_port(server);
    if (write(ready, &p, sizeof(p)) != sizeof(p))
        return 1;
    close(ready);
    err = loop_run(s.loop);
    http_server_destroy(server);
    loop_destroy(s.loop);
    return err == 0 ? 0 : 1;
}

static int start_server(void **state)
{
    int ends[2];
    (void)state;
    if (pipe(ends) != 0)
        return -1;
    child = fork();
    if (child == 0) {
        close(ends[0]);
        exit(serve(ends[1])); // the leak checker looks at the child, too
    }
    close(ends[1]);
    ssize_t got = read(ends[0], &port, sizeof(port));
    close(ends[0]);
    return got == sizeof(port) ? 0 : -1;
}

// A call is left without answer on purpose: the server must end well all the same.
static int stop_server(void **state)
{
    int status = 0;
    (void)state;
    kill(child, SIGTERM);
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

// ---- the client ---------------------------------------------------------------------------------

static int dial(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct timeval patience = {.tv_sec = 20};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    return fd;
}

static void send_text(int fd, const char *text)
{
    size_t len = strlen(text);
    while (len > 0) {
        ssize_t n = send(fd, text, len, MSG_NOSIGNAL);
        assert_true(n > 0);
        text += n;
        len -= (size_t)n;
    }
}

// Reads one answer as Content-Length says, or up to the end; returns the bytes read, -1 on a reset.
static ssize_t receive(int fd, char *out, size_t cap)
{
    size_t len = 0;
    for (;;) {
        out[len] = '\0';
        const char *body = strstr(out, "\r\n\r\n");
        const char *length = strstr(out, "Content-Length: ");
        if (body && length && len >= (size_t)(body + 4 - out) + strtoul(length + 16, NULL, 10))
            return (ssize_t)len;
        assert_true(len + 1 < cap);
        ssize_t n = read(fd, out + len, cap - len - 1);
        if (n < 0)
            return -1;
        if (n == 0)
            return (ssize_t)len;
        len += (size_t)n;
    }
}

static const char *ask(const char *request, char *out, size_t cap)
{
    int fd = dial();
    send_text(fd, request);
    ssize_t n = receive(fd, out, cap);
    close(fd);
    assert_true(n >= 0);
    const char *body = strstr(out, "\r\n\r\n");
    return body ? body + 4 : "";
}

// ---- tests --------------------------------------------------------------------------------------

static void test_requests(void **state)
{
    static const struct {
        const char *request, *body;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / body=0 ua="},
        {"GET /a/b?x=1&y=%22%5B&z HTTP/1.1\r\nHost: x\r\nUser-Agent: me\r\n\r\n",
         "GET /a/b body=0 ua=me [x=1] [y=\"[] [z=]"},
        {"POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", "POST /p body=5 ua="},
        {"DELETE /p?id=3 HTTP/1.1\r\nHost: x\r\n\r\n", "DELETE /p body=0 ua= [id=3]"},
        {"GET /twice HTTP/1.1\r\nHost: x\r\n\r\n", "first"},
        {"GET /later HTTP/1.1\r\nHost: x\r\n\r\n", "late"},
        {"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n", "0123456789"},
    };
    char text[4096];
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *body = ask(cases[i].request, text, sizeof(text));
        assert_non_null(strstr(text, "HTTP/1.1 200"));
        assert_string_equal(body, cases[i].body);
    }
    assert_string_equal(ask(cases[0].request, text, sizeof(text)), cases[0].body);
    assert_non_null(strstr(text, "X-Test: one\r\n"));
}

static void test_too_much(void **state)
{
    static char request[HTTP_BODY_MAX_BYTES + 1024];
    char text[8192];
    size_t len = 0;
    (void)state;
    len += (size_t)snprintf(request, sizeof(request), "GET /q?a=1");
    for (int i = 0; i < HTTP_QUERY_MAX; i++)
        len += (size_t)snprintf(request + len, sizeof(request) - len, "&a=1");
    snprintf(request + len, sizeof(request) - len, " HTTP/1.1\r\nHost: x\r\n\r\n");
    const char *body = ask(request, text, sizeof(text));
    assert_non_null(strstr(body, " more"));
    len = (size_t)snprintf(request, sizeof(request),
                           "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %u\r\n\r\n",
                           HTTP_BODY_MAX_BYTES + 1);
    memset(request + len, 'x', HTTP_BODY_MAX_BYTES + 1);
    request[len + HTTP_BODY_MAX_BYTES + 1] = '\0';
    assert_string_equal(ask(request, text, sizeof(text)), "POST / body=0! ua=");
}

static void test_keep_alive(void **state)
{
    char text[4096];
    int fd = dial();
    (void)state;
    for (int i = 0; i < 200; i++) {
        send_text(fd, "GET /again HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_true(receive(fd, text, sizeof(text)) > 0);
        assert_non_null(strstr(text, "GET /again"));
    }
    // Also after an answer that came late, and one that came slowly.
    send_text(fd, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(receive(fd, text, sizeof(text)) > 0);
    send_text(fd, "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(receive(fd, text, sizeof(text)) > 0);
    send_text(fd, "GET /again HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(receive(fd, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, "GET /again"));
    close(fd);
}

static void test_endings(void **state)
{
    char text[4096];
    int fd = dial();
    (void)state;
    send_text(fd, "GET /abort HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(receive(fd, text, sizeof(text)), 0);
    close(fd);
    fd = dial();
    send_text(fd, "GET /reset HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(receive(fd, text, sizeof(text)), -1);
    assert_int_equal(errno, ECONNRESET);
    close(fd);
    const char *body = ask("GET /cut HTTP/1.1\r\nHost: x\r\n\r\n", text, sizeof(text));
    assert_non_null(strstr(text, "Content-Length: 10"));
    assert_string_equal(body, "01234");
    fd = dial(); // stays open until the server ends
    send_text(fd, "GET /never HTTP/1.1\r\nHost: x\r\n\r\n");
}

static void test_listening_refused(void **state)
{
    struct loop *loop = NULL;
    struct http_server *server = NULL;
    struct diag d = {0};
    struct http_server_options o = {"127.0.0.1", port, 64, 10};
    (void)state;
    assert_int_equal(loop_create(&loop), 0);
    assert_int_equal(http_server_create(loop, &o, on_request, NULL, &server, &d), ERR_BUSY);
    assert_non_null(strstr(d.text, "in use"));
    o.listen = "localhost";
    assert_int_equal(http_server_create(loop, &o, on_request, NULL, &server, &d), ERR_INVALID);
    assert_null(server);
    loop_destroy(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),          cmocka_unit_test(test_too_much),
        cmocka_unit_test(test_keep_alive),        cmocka_unit_test(test_endings),
        cmocka_unit_test(test_listening_refused),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
