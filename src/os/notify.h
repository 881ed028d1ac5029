// SPDX-License-Identifier: Apache-2.0
// Tells the service manager how the service does: the datagram protocol of sd_notify(3), without
// its library. A process that was not started by a service manager notifies nobody.
#ifndef OS_NOTIFY_H
#define OS_NOTIFY_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define NOTIFY_STATUS_MAX 256

// What the service manager put into the environment; NULL where it did not.
struct notify_env {
    const char *socket;        // NOTIFY_SOCKET: "/path", or "@name" of the abstract namespace
    const char *watchdog_usec; // WATCHDOG_USEC: silence after which it restarts us
    const char *watchdog_pid;  // WATCHDOG_PID: whom it means; NULL = anybody
};

struct notify {
    int fd;              // -1: nobody listens
    int64_t watchdog_ms; // how often to notify_alive(): half of what is allowed; 0 = not wanted
    char status[NOTIFY_STATUS_MAX];
};

// The process's own environment; strings live as long as it.
struct notify_env notify_env_own(void);
// Without a socket in env: 0, and every call below does nothing. ERR_RANGE: the address is neither
// a path nor an abstract name of a socket's length; ERR_SYNTAX: the watchdog's time is no number;
// ERR_UNREACHABLE: nobody is there. On errors nothing is open and d (may be NULL) has the words.
int notify_init(struct notify *n, const struct notify_env *env, pid_t self,
                struct diag *d) MUST_CHECK;
void notify_finish(struct notify *n); // zeroed is not fine: use after notify_init()
bool notify_is_open(const struct notify *n);

// None of these blocks or fails: a manager that does not read must not stop the service.
void notify_ready(struct notify *n, const char *status);
void notify_reloading(struct notify *n, int64_t monotonic_us); // then notify_ready() once done
void notify_stopping(struct notify *n, const char *status);
void notify_status(struct notify *n, const char *status); // sent only when it changed
void notify_alive(struct notify *n);

#endif
