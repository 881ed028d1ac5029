// SPDX-License-Identifier: Apache-2.0
// Unix sockets by a path of any length: the command line's way to a running hub.
#ifndef OS_LOCAL_SOCKET_H
#define OS_LOCAL_SOCKET_H

#include "base/err.h"

// Listens at path (mode 0600), replacing a socket that nobody serves. ERR_BUSY when somebody does;
// ERR_EXISTS when something else than a socket is there.
int local_socket_listen(const char *path, int *out_fd, struct diag *d) MUST_CHECK;
// Connects. ERR_UNREACHABLE when nobody serves it.
int local_socket_connect(const char *path, int *out_fd, struct diag *d) MUST_CHECK;
// Accepts one connection; refuses (ERR_REFUSED) a peer that is neither our own user nor root.
int local_socket_accept(int listen_fd, int *out_fd) MUST_CHECK; // ERR_AGAIN: none waits

#endif
