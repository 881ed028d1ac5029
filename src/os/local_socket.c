// SPDX-License-Identifier: Apache-2.0
// Socket addresses hold about 100 bytes; a longer folder is reached through /proc/self/fd.
#include "os/local_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

// Fills addr for the path's last component inside *dir_fd (opened here, to be closed by the
// caller).
static int make_address(const char *path, struct sockaddr_un *addr, int *dir_fd, struct diag *d)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    char dir[4096];
    int n = slash ? snprintf(dir, sizeof dir, "%.*s", (int)(slash - path) + 1, path)
                  : snprintf(dir, sizeof dir, ".");

    *dir_fd = -1;
    if (n < 0 || (size_t)n >= sizeof dir) {
        return diag_set(d, ERR_FULL, "the path %.100s is too long", path);
    }
    *dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*dir_fd < 0) {
        return diag_set(d, ERR_UNREACHABLE, "cannot open the folder %.150s: %s", dir,
                        strerror(errno));
    }
    *addr = (struct sockaddr_un){.sun_family = AF_UNIX};
    n = snprintf(addr->sun_path, sizeof addr->sun_path, "/proc/self/fd/%d/%s", *dir_fd, name);
    if (n < 0 || (size_t)n >= sizeof addr->sun_path) {
        (void)close(*dir_fd);
        return diag_set(d, ERR_FULL, "the socket name %.100s is too long", name);
    }
    return 0;
}

int local_socket_connect(const char *path, int *out_fd, struct diag *d)
{
    struct sockaddr_un addr;
    int dir_fd = -1, fd = -1;
    int rc = make_address(path, &addr, &dir_fd, d);

    if (rc != 0) {
        return rc;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        rc = diag_set(d, ERR_SYSTEM, "cannot make a socket: %s", strerror(errno));
    } else if (connect(fd, (struct sockaddr *)&addr, sizeof addr) != 0) {
        rc = diag_set(d, errno == EACCES || errno == EPERM ? ERR_REFUSED : ERR_UNREACHABLE,
                      "no hub answers at %.150s: %s", path, strerror(errno));
    }
    (void)close(dir_fd);
    if (rc != 0) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return rc;
    }
    *out_fd = fd;
    return 0;
}

int local_socket_listen(const char *path, int *out_fd, struct diag *d)
{
    struct sockaddr_un addr;
    int dir_fd = -1, fd = -1, probe = -1;
    struct stat there;
    int rc = local_socket_connect(path, &probe, NULL);

    if (rc == 0) {
        (void)close(probe);
        return diag_set(d, ERR_BUSY, "another hub answers at %.150s", path);
    }
    rc = make_address(path, &addr, &dir_fd, d);
    if (rc != 0) {
        return rc;
    }
    if (lstat(addr.sun_path, &there) == 0) {
        if (!S_ISSOCK(there.st_mode)) { // a mistyped setting must not cost anybody a file
            (void)close(dir_fd);
            return diag_set(d, ERR_EXISTS, "%.150s is there and is not a socket; give another path",
                            path);
        }
        (void)unlink(addr.sun_path); // left by a hub that was killed
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof addr) != 0 ||
        chmod(addr.sun_path, 0600) != 0 || listen(fd, 64) != 0) {
        rc = diag_set(d, ERR_SYSTEM, "cannot listen at %.150s: %s", path, strerror(errno));
    }
    (void)close(dir_fd);
    if (rc != 0) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return rc;
    }
    *out_fd = fd;
    return 0;
}

int local_socket_accept(int listen_fd, int *out_fd)
{
    struct ucred peer;
    socklen_t len = sizeof peer;
    int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0) {
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? ERR_AGAIN : ERR_SYSTEM;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0 ||
        (peer.uid != 0 && peer.uid != geteuid())) {
        (void)close(fd);
        return ERR_REFUSED;
    }
    *out_fd = fd;
    return 0;
}
