// SPDX-License-Identifier: Apache-2.0
// Linked into test programs by -Wl,--wrap=: counts the calls of one kind that the program's own
// code makes and fails the one it is told to. Environment: ORACLE_FAIL_KIND "memory" or "system",
// ORACLE_FAIL_AT the number of the call that fails (counted from 1; 0 fails none),
// ORACLE_FAIL_REPORT a file that receives the count when the program exits.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define KILL_ALL_STATUS 197 // known to tools/torture

enum fail_kind {
    FAIL_NONE,
    FAIL_MEMORY,
    FAIL_SYSTEM
};

static enum fail_kind wanted_kind;
static unsigned long fail_at;
static atomic_ulong calls;
static pid_t counting_pid;

static bool fails(enum fail_kind kind)
{
    return kind == wanted_kind && atomic_fetch_add(&calls, 1) + 1 == fail_at;
}

// The names that the linker's --wrap makes are reserved ones.
#define CALL(name, kind, type, failure, error, parameters, arguments)                              \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        if (fails(kind)) {                                                                         \
            errno = error;                                                                         \
            return failure;                                                                        \
        }                                                                                          \
        return __real_##name arguments;                                                            \
    }
#define OWN(name)
#include "calls.def"
#undef CALL
#undef OWN

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_openat(int folder, const char *path, int flags, ...);
int __wrap_openat(int folder, const char *path, int flags, ...);

static bool takes_mode(int flags)
{
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

int __wrap_open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    if (takes_mode(flags)) {
        va_list rest;
        va_start(rest, flags);
        mode = va_arg(rest, mode_t);
        va_end(rest);
    }
    if (fails(FAIL_SYSTEM)) {
        errno = EMFILE;
        return -1;
    }
    return __real_open(path, flags, mode);
}

int __wrap_openat(int folder, const char *path, int flags, ...)
{
    mode_t mode = 0;
    if (takes_mode(flags)) {
        va_list rest;
        va_start(rest, flags);
        mode = va_arg(rest, mode_t);
        va_end(rest);
    }
    if (fails(FAIL_SYSTEM)) {
        errno = EMFILE;
        return -1;
    }
    return __real_openat(folder, path, flags, mode);
}

int __real_kill(pid_t pid, int number);
int __wrap_kill(pid_t pid, int number);

// A fork() that failed leaves -1 where a pid belongs, and kill(-1) would end every process it may.
// That is a finding, and never carried out.
int __wrap_kill(pid_t pid, int number)
{
    if (pid == -1) {
        (void)fputs("torture: kill(-1, ...): a failed fork's result was used as a pid\n", stderr);
        _exit(KILL_ALL_STATUS);
    }
    return __real_kill(pid, number);
}

__attribute__((constructor)) static void start_counting(void)
{
    const char *kind = getenv("ORACLE_FAIL_KIND");
    const char *at = getenv("ORACLE_FAIL_AT");
    counting_pid = getpid();
    fail_at = at != NULL ? strtoul(at, NULL, 10) : 0;
    if (kind != NULL && strcmp(kind, "memory") == 0)
        wanted_kind = FAIL_MEMORY;
    else if (kind != NULL && strcmp(kind, "system") == 0)
        wanted_kind = FAIL_SYSTEM;
}

__attribute__((destructor)) static void report_count(void)
{
    const char *path = getenv("ORACLE_FAIL_REPORT");
    unsigned long counted = atomic_load(&calls);
    wanted_kind = FAIL_NONE;
    if (path == NULL || getpid() != counting_pid)
        return; // a forked child's count is its own
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return;
    (void)fprintf(file, "%lu\n", counted);
    (void)fclose(file);
}
