// SPDX-License-Identifier: Apache-2.0
// Paths by environment, directories, whole files.
#include "os/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int paths_default_data(char out[static PATHS_MAX])
{
    const char *given = getenv("ORACLE_DATA");
    const char *service = getenv("STATE_DIRECTORY");
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");

    if (given && *given) {
        return str_copy(out, PATHS_MAX, str_from(given));
    }
    if (service && *service) {
        return str_copy(out, PATHS_MAX, str_from(service));
    }
    if (state && *state == '/') {
        return str_printf(out, PATHS_MAX, "%s/oracle", state);
    }
    if (home && *home == '/') {
        return str_printf(out, PATHS_MAX, "%s/.local/state/oracle", home);
    }
    return ERR_NOT_FOUND;
}

int paths_make_dir(const char *path, struct diag *d)
{
    char part[PATHS_MAX];
    size_t len = strlen(path);

    if (len == 0 || len >= sizeof part) {
        return diag_set(d, ERR_FULL, "the path '%.80s' is too long or empty", path);
    }
    memcpy(part, path, len + 1);
    for (size_t i = 1; i <= len; i++) {
        if (part[i] != '/' && part[i] != '\0') {
            continue;
        }
        part[i] = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST) {
            return diag_set(d, ERR_SYSTEM, "cannot create the folder %.120s: %s", part,
                            strerror(errno));
        }
        if (i < len) {
            part[i] = '/';
        }
    }
    return 0;
}

int paths_read_file(const char *path, struct buf *out, struct diag *d)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    int rc = 0;

    if (fd < 0) {
        return diag_set(d, errno == ENOENT ? ERR_NOT_FOUND : ERR_SYSTEM, "cannot open %.160s: %s",
                        path, strerror(errno));
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        rc = diag_set(d, ERR_SYSTEM, "%.160s is not a regular file", path);
        goto out;
    }
    for (;;) {
        char *at = NULL;
        ssize_t n;

        rc = buf_reserve(out, 4096, &at);
        if (rc != 0) {
            // The last block may be smaller than what was asked for: try the exact rest.
            size_t rest = out->max - out->len;

            if (rc != ERR_FULL || rest == 0 || buf_reserve(out, rest, &at) != 0) {
                rc = diag_set(d, rc, "%.160s is larger than %zu bytes", path, out->max);
                goto out;
            }
            n = read(fd, at, rest);
        } else {
            n = read(fd, at, 4096);
        }
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            rc = diag_set(d, ERR_SYSTEM, "cannot read %.160s: %s", path, strerror(errno));
            goto out;
        }
        if (n == 0) {
            rc = 0;
            goto out;
        }
        buf_commit(out, (size_t)n);
    }
out:
    (void)close(fd);
    return rc;
}

struct str paths_base_name(struct str path, struct str suffix)
{
    size_t start = 0;

    for (size_t i = 0; i < path.len; i++) {
        if (path.data[i] == '/') {
            start = i + 1;
        }
    }
    path = str_sub(path, start, path.len);
    if (path.len > suffix.len && str_ends(path, suffix)) {
        path.len -= suffix.len;
    }
    return path;
}
