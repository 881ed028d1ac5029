// SPDX-License-Identifier: Apache-2.0
// One datagram a message: lines of NAME=value.
#include "os/notify.h"

#include "base/number.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MESSAGE_MAX 512

struct notify_env notify_env_own(void)
{
    return (struct notify_env){getenv("NOTIFY_SOCKET"), getenv("WATCHDOG_USEC"),
                               getenv("WATCHDOG_PID")};
}

// An abstract name is written with a leading '@' and begins with a NUL on the wire.
static int make_address(const char *name, struct sockaddr_un *addr, socklen_t *len)
{
    size_t n = strlen(name);

    if ((name[0] != '/' && name[0] != '@') || n < 2 || n >= sizeof addr->sun_path) {
        return ERR_RANGE;
    }
    *addr = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(addr->sun_path, name, n);
    if (name[0] == '@') {
        addr->sun_path[0] = '\0';
    }
    *len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
    return 0;
}

static int read_watchdog(struct notify *n, const struct notify_env *env, pid_t self, struct diag *d)
{
    uint64_t usec = 0, pid = 0;

    if (!env->watchdog_usec) {
        return 0;
    }
    if (env->watchdog_pid && number_parse_u64(str_from(env->watchdog_pid), &pid) == 0 &&
        pid != (uint64_t)self) {
        return 0; // it watches another process
    }
    if (number_parse_u64(str_from(env->watchdog_usec), &usec) != 0 || usec == 0 ||
        usec > (uint64_t)INT64_MAX) {
        return diag_set(d, ERR_SYNTAX, "WATCHDOG_USEC is '%.40s' and not a number of microseconds",
                        env->watchdog_usec);
    }
    n->watchdog_ms = (int64_t)(usec / 2000) > 0 ? (int64_t)(usec / 2000) : 1;
    return 0;
}

int notify_init(struct notify *n, const struct notify_env *env, pid_t self, struct diag *d)
{
    struct sockaddr_un addr;
    socklen_t len = 0;
    int rc;

    *n = (struct notify){.fd = -1};
    if (!env->socket || !env->socket[0]) {
        return 0;
    }
    rc = make_address(env->socket, &addr, &len);
    if (rc != 0) {
        return diag_set(d, rc, "NOTIFY_SOCKET is '%.100s' and not a socket's address", env->socket);
    }
    rc = read_watchdog(n, env, self, d);
    if (rc != 0) {
        return rc;
    }
    n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (n->fd < 0 || connect(n->fd, (const struct sockaddr *)&addr, len) != 0) {
        rc = diag_set(d, ERR_UNREACHABLE, "nobody listens at NOTIFY_SOCKET=%.100s: %s", env->socket,
                      strerror(errno));
        notify_finish(n);
    }
    return rc;
}

void notify_finish(struct notify *n)
{
    if (n->fd >= 0) {
        (void)close(n->fd);
    }
    n->fd = -1;
    n->watchdog_ms = 0;
}

bool notify_is_open(const struct notify *n)
{
    return n->fd >= 0;
}

static void send_text(struct notify *n, const char *text)
{
    ssize_t sent;

    if (n->fd < 0) {
        return;
    }
    do {
        sent = send(n->fd, text, strlen(text), MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
}

// A line break in the status would begin another assignment.
static void keep_status(struct notify *n, const char *status)
{
    size_t i = 0;

    for (; status[i] && i + 1 < sizeof n->status; i++) {
        n->status[i] = (unsigned char)status[i] < ' ' ? ' ' : status[i];
    }
    n->status[i] = '\0';
}

static void send_state(struct notify *n, const char *state, const char *status)
{
    char text[MESSAGE_MAX];

    keep_status(n, status);
    if (str_printf(text, sizeof text, "%s\nSTATUS=%s", state, n->status) == 0) {
        send_text(n, text);
    }
}

void notify_ready(struct notify *n, const char *status)
{
    send_state(n, "READY=1", status);
}

void notify_stopping(struct notify *n, const char *status)
{
    send_state(n, "STOPPING=1", status);
}

void notify_reloading(struct notify *n, int64_t monotonic_us)
{
    char text[MESSAGE_MAX];

    if (str_printf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld",
                   (long long)monotonic_us) == 0) {
        send_text(n, text);
    }
}

void notify_status(struct notify *n, const char *status)
{
    char before[NOTIFY_STATUS_MAX];
    char text[MESSAGE_MAX];

    memcpy(before, n->status, sizeof before);
    keep_status(n, status);
    if (strcmp(before, n->status) != 0 &&
        str_printf(text, sizeof text, "STATUS=%s", n->status) == 0) {
        send_text(n, text);
    }
}

void notify_alive(struct notify *n)
{
    send_text(n, "WATCHDOG=1");
}
