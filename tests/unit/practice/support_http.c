// SPDX-License-Identifier: Apache-2.0
// The child process and the blocking client of the practice tests.
#include "unit/practice/support_http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define REPLY_MAX (16u * 1024 * 1024)

struct practice_options support_options(time_ms start)
{
    return (struct practice_options){.seed = 1, .pairs = 60, .start = start, .speed = 0.001};
}

void support_start(struct support_exchange *e, struct practice_options options)
{
    char line[256] = "";
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    e->pid = fork();
    assert_true(e->pid >= 0);
    if (e->pid == 0) {
        struct diag d = {0};
        close(ends[0]);
        options.ready_fd = ends[1];
        int err = practice_main(&options, NULL, &d);
        if (err != 0)
            dprintf(2, "practice: %s\n", d.text);
        exit(err == 0 ? 0 : 1); // the leak checker looks at the child, too
    }
    close(ends[1]);
    ssize_t got = read(ends[0], line, sizeof(line) - 1);
    close(ends[0]);
    assert_true(got > 0);
    const char *colon = strrchr(line, ':');
    assert_non_null(colon);
    e->port = (uint16_t)strtoul(colon + 1, NULL, 10);
}

void support_stop(struct support_exchange *e)
{
    kill(e->pid, SIGTERM);
    assert_int_equal(support_wait(e->pid), 0);
}

int support_wait(pid_t child)
{
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int dial(const struct support_exchange *e)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(e->port)};
    struct timeval patience = {.tv_sec = 30};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    return fd;
}

void support_ask(const struct support_exchange *e, const char *method, const char *path,
                 const char *headers, const char *body, struct support_reply *out)
{
    size_t len = 0;
    ssize_t got = 0;
    int fd = dial(e);
    memset(out, 0, sizeof(*out));
    if (body)
        dprintf(fd,
                "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%sContent-Length: %zu\r\n\r\n%s",
                method, path, headers, strlen(body), body);
    else
        dprintf(fd, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n", method, path,
                headers);
    out->text = calloc(1, REPLY_MAX);
    assert_non_null(out->text);
    while (len < REPLY_MAX - 1 && (got = read(fd, out->text + len, REPLY_MAX - 1 - len)) > 0)
        len += (size_t)got;
    out->reset = got < 0 && errno == ECONNRESET;
    close(fd);
    char *end = strstr(out->text, "\r\n\r\n");
    if (!end)
        return;
    out->body = end + 4;
    out->body_len = len - (size_t)(out->body - out->text);
    out->status = (int)strtol(out->text + strlen("HTTP/1.1 "), NULL, 10);
    out->truncated = strtoul(support_header(out, "Content-Length"), NULL, 10) != out->body_len;
}

void support_get(const struct support_exchange *e, const char *path, struct support_reply *out)
{
    support_ask(e, "GET", path, "", NULL, out);
}

const char *support_header(const struct support_reply *r, const char *name)
{
    static char value[256];
    size_t len = strlen(name);
    value[0] = '\0';
    for (const char *line = r->text; line && line < r->body; line = strstr(line, "\r\n")) {
        line += line == r->text ? 0 : 2;
        if (strncasecmp(line, name, len) == 0 && line[len] == ':') {
            size_t n = strcspn(line + len + 2, "\r");
            snprintf(value, sizeof(value), "%.*s", (int)n, line + len + 2);
            return value;
        }
    }
    return value;
}

void support_reply_finish(struct support_reply *r)
{
    free(r->text);
    memset(r, 0, sizeof(*r));
}
