// SPDX-License-Identifier: Apache-2.0
// Paths by environment, directories, whole files.
#include "os/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_BYTES 4096

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

// Reads once. 1 when there may be more, 0 at the end, ERR_FULL, ERR_SYSTEM, ERR_NO_MEMORY.
static int read_block(int fd, struct buf *out)
{
    size_t rest = out->max - out->len;
    char past_the_end;
    char *at = &past_the_end; // a file of exactly the maximum ends here
    int rc = rest > 0 ? buf_reserve(out, rest < BLOCK_BYTES ? rest : BLOCK_BYTES, &at) : 0;
    ssize_t n;

    if (rc != 0) {
        return rc;
    }
    do {
        n = read(fd, at, rest == 0 ? 1 : rest < BLOCK_BYTES ? rest : BLOCK_BYTES);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        return ERR_SYSTEM;
    }
    if (n > 0 && rest == 0) {
        return ERR_FULL;
    }
    buf_commit(out, (size_t)n);
    return n > 0;
}

int paths_read_file(const char *path, struct buf *out, struct diag *d)
{
    // Without O_NONBLOCK a pipe would hold the caller until somebody writes to it.
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
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
    do {
        rc = read_block(fd, out);
    } while (rc > 0);
    if (rc == ERR_FULL) {
        rc = diag_set(d, rc, "%.160s is larger than %zu bytes", path, out->max);
    } else if (rc == ERR_SYSTEM) {
        rc = diag_set(d, rc, "cannot read %.160s: %s", path, strerror(errno));
    } else if (rc != 0) {
        rc = diag_set(d, rc, "cannot read %.160s: %s", path, err_text(rc));
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
