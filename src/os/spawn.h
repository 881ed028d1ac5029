// SPDX-License-Identifier: Apache-2.0
// Starting an agent: the same program again, with its control channel on descriptor 3 and nothing
// else open, and pairs of connected sockets to hand around.
#ifndef OS_SPAWN_H
#define OS_SPAWN_H

#include "base/err.h"

#include <sys/types.h>

#define SPAWN_CONTROL_FD 3

// A connected, non-blocking, close-on-exec stream pair.
int spawn_socketpair(int out[static 2]) MUST_CHECK;

// Runs /proc/self/exe with argv (NULL-ended; argv[0] is what ps shows). The child has stdin and
// stdout on /dev/null, stderr inherited, control_fd as descriptor 3, dies with its parent, and has
// an environment of TZ=UTC, LANG=C, PATH and what keep_env lists only. ERR_SYSTEM.
int spawn_self(char *const argv[], int control_fd, pid_t *out) MUST_CHECK;

// Largest number of open files the process may have; raises the soft limit to the hard one.
void spawn_raise_file_limit(void);

#endif
