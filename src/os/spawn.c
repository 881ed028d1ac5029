// SPDX-License-Identifier: Apache-2.0
// Child processes by vfork-free fork and exec: the child touches only async-signal-safe calls.
#include "os/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

int spawn_socketpair(int out[static 2])
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, out) != 0) {
        return ERR_SYSTEM;
    }
    return 0;
}

static const char *const kept_env[] = {
    "PATH",         "HOME",          "SSL_CERT_FILE", "SSL_CERT_DIR",   "NO_COLOR",
    "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS",  "ORACLE_FAIL_AT", "ORACLE_FAIL_KIND"};
#define KEPT_ENV_COUNT (sizeof kept_env / sizeof kept_env[0])
#define ENV_LINE_MAX   4096

// Builds the child's environment before the fork. Lines that do not fit are left out.
static char **make_env(void)
{
    char **env = calloc(KEPT_ENV_COUNT + 3, sizeof *env);
    size_t n = 0;

    if (!env) {
        return NULL;
    }
    env[n++] = strdup("TZ=UTC");
    env[n++] = strdup("LANG=C");
    for (size_t i = 0; i < KEPT_ENV_COUNT; i++) {
        const char *value = getenv(kept_env[i]);
        size_t len = value ? strlen(kept_env[i]) + strlen(value) + 2 : 0;

        if (value && len <= ENV_LINE_MAX) {
            env[n] = malloc(len);
            if (env[n]) {
                (void)snprintf(env[n], len, "%s=%s", kept_env[i], value);
                n++;
            }
        }
    }
    return env;
}

static void free_env(char **env)
{
    for (size_t i = 0; env && env[i]; i++) {
        free(env[i]);
    }
    free(env);
}

static void close_from(int lowest)
{
    if (syscall(SYS_close_range, lowest, ~0U, 0) != 0) {
        struct rlimit limit;
        int top = getrlimit(RLIMIT_NOFILE, &limit) == 0 ? (int)limit.rlim_cur : 1024;

        for (int fd = lowest; fd < top; fd++) {
            (void)close(fd);
        }
    }
}

static _Noreturn void child_exec(char *const argv[], int control_fd, char *const env[],
                                 pid_t parent)
{
    sigset_t none;
    int null_fd;

    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) { // the parent died before prctl took effect
        _exit(70);
    }
    null_fd = open("/dev/null", O_RDWR);
    if (null_fd < 0 || dup2(null_fd, 0) < 0 || dup2(null_fd, 1) < 0) {
        _exit(70);
    }
    if (control_fd != SPAWN_CONTROL_FD) {
        if (dup2(control_fd, SPAWN_CONTROL_FD) < 0) {
            _exit(70);
        }
    } else if (fcntl(control_fd, F_SETFD, 0) != 0) { // dup2 onto itself keeps close-on-exec
        _exit(70);
    }
    close_from(SPAWN_CONTROL_FD + 1);
    (void)setpgid(0, 0); // a Ctrl-C at the terminal reaches the commander only
    (void)execve("/proc/self/exe", argv, env);
    _exit(70);
}

int spawn_self(char *const argv[], int control_fd, pid_t *out)
{
    char **env = make_env();
    pid_t parent = getpid();
    pid_t pid;

    if (!env) {
        return ERR_NO_MEMORY;
    }
    pid = fork();
    if (pid == 0) {
        child_exec(argv, control_fd, env, parent);
    }
    free_env(env);
    if (pid < 0) {
        return ERR_SYSTEM;
    }
    *out = pid;
    return 0;
}

void spawn_raise_file_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit); // fewer connections otherwise, not fatal
    }
}
