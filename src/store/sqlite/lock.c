// SPDX-License-Identifier: Apache-2.0
// The data directory and the writer's lock on it: an flock on hub.lock, which the kernel drops when
// the holder dies however it dies.
#include "store/sqlite/sqlite_internal.h"

#include "base/number.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int sqlite__directory_make(const char *path, struct diag *d)
{
    char part[SQLITE__PATH_MAX];
    if (str_copy(part, sizeof(part), str_from(path)) != 0)
        return diag_set(d, ERR_RANGE, "the path of the store is too long");
    for (char *p = part + 1;; p++) {
        if (*p != '/' && *p != '\0')
            continue;
        char end = *p;
        *p = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST) {
            int rc = errno == EACCES || errno == EROFS || errno == EPERM ? ERR_READ_ONLY
                     : errno == ENOSPC || errno == EDQUOT                ? ERR_DISK_FULL
                                                                         : ERR_SYSTEM;
            return diag_set(d, rc,
                            "cannot make the data directory %s: %s; choose another with --data",
                            part, strerror(errno));
        }
        if (end == '\0')
            return 0;
        *p = end;
    }
}

static int say_busy(int fd, const char *dir, struct diag *d)
{
    char text[64] = "";
    ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
    struct str holder = str_trim((struct str){text, n > 0 ? (size_t)n : 0});
    if (holder.len == 0)
        holder = STR("unknown");
    return diag_set(d, ERR_BUSY,
                    "another process (pid " STR_FMT ") writes the store in %s; stop it, or let the "
                    "running hub do it",
                    STR_ARG(holder), dir);
}

int sqlite__lock_take(const char *dir, int *out_fd, struct diag *d)
{
    char path[SQLITE__PATH_MAX], text[32];
    *out_fd = -1;
    if (str_printf(path, sizeof(path), "%s/hub.lock", dir) != 0)
        return diag_set(d, ERR_RANGE, "the path of the store is too long");
    int rc = 0;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        rc = errno == EACCES || errno == EROFS || errno == EPERM ? ERR_READ_ONLY : ERR_SYSTEM;
        rc = errno == ENOSPC || errno == EDQUOT ? ERR_DISK_FULL : rc;
        return diag_set(d, rc, "%s: %s; the data directory must be writable for this user", path,
                        strerror(errno));
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        rc = errno == EWOULDBLOCK ? say_busy(fd, dir, d)
                                  : diag_set(d, ERR_SYSTEM, "%s: %s", path, strerror(errno));
        goto out;
    }
    // The text only helps people; a full disk must not keep the hub from starting.
    if (str_printf(text, sizeof(text), "%ld\n", (long)getpid()) == 0 && ftruncate(fd, 0) == 0 &&
        pwrite(fd, text, strlen(text), 0) < 0) {
        rc = 0;
    }
    *out_fd = fd;
    fd = -1;
out:
    if (fd >= 0)
        close(fd);
    return rc;
}

void sqlite__lock_release(int fd)
{
    if (fd >= 0)
        close(fd);
}
