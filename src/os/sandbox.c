// SPDX-License-Identifier: Apache-2.0
// Landlock first (it needs open file descriptors), then seccomp. Unknown system calls answer
// ENOSYS, so that libraries fall back; those that no agent may ever make kill the process.
#include "os/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ACCESS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define ACCESS_WRITE                                                                               \
    (ACCESS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |                \
     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_DIR)
#define ACCESS_ALL                                                                                 \
    (ACCESS_WRITE | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |                    \
     LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | \
     LANDLOCK_ACCESS_FS_MAKE_SYM)
// Rights that make sense for a file that is not a folder.
#define ACCESS_FILE (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE)

static const int calls_common[] = {
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(pread64),
    SCMP_SYS(pwrite64),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(statx),
    SCMP_SYS(lseek),
    SCMP_SYS(mmap),
    SCMP_SYS(mprotect),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(openat),
    SCMP_SYS(open),
    SCMP_SYS(fcntl),
    SCMP_SYS(flock),
    SCMP_SYS(fsync),
    SCMP_SYS(fdatasync),
    SCMP_SYS(ftruncate),
    SCMP_SYS(fallocate),
    SCMP_SYS(getcwd),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchown),
    SCMP_SYS(chmod),
    SCMP_SYS(utimensat),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getdents64),
    SCMP_SYS(fadvise64),
    SCMP_SYS(fstatfs),
    SCMP_SYS(statfs),
    SCMP_SYS(sysinfo),
    SCMP_SYS(uname),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getppid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(getrandom),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(futex),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(get_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(prlimit64),
    SCMP_SYS(getrlimit),
    SCMP_SYS(getrusage),
    SCMP_SYS(times),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_pwait2),
    SCMP_SYS(eventfd2),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(pipe2),
    SCMP_SYS(dup),
    SCMP_SYS(dup3),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendmsg),
    SCMP_SYS(recvfrom),
    SCMP_SYS(sendto),
    SCMP_SYS(shutdown),
    SCMP_SYS(getsockopt),
    SCMP_SYS(getsockname),
    SCMP_SYS(getpeername),
    SCMP_SYS(prctl),
    SCMP_SYS(membarrier),
    SCMP_SYS(sync_file_range),
    SCMP_SYS(mincore),
};

static const int calls_network[] = {
    SCMP_SYS(connect),    SCMP_SYS(bind),     SCMP_SYS(setsockopt),
    SCMP_SYS(socketpair), SCMP_SYS(recvmmsg), SCMP_SYS(sendmmsg),
    SCMP_SYS(pipe),       SCMP_SYS(select),   SCMP_SYS(pselect6),
};

// Calls allowed for some values of one argument only.
struct call_with {
    int call;
    struct scmp_arg_cmp argument;
};

// A terminal may be the agent's stderr: no request that types into it or changes it.
static const struct call_with some_common[] = {
    {SCMP_SYS(ioctl), {1, SCMP_CMP_EQ, FIONBIO, 0}},
    {SCMP_SYS(ioctl), {1, SCMP_CMP_EQ, FIONREAD, 0}},
    {SCMP_SYS(ioctl), {1, SCMP_CMP_EQ, FIOCLEX, 0}},
    {SCMP_SYS(ioctl), {1, SCMP_CMP_EQ, TCGETS, 0}},
};

// No local sockets by name: the hub's own control socket answers everyone of this user. Threads
// (the resolver's), no processes; clone3 hides its flags, so it is refused and clone is tried.
static const struct call_with some_network[] = {
    {SCMP_SYS(socket), {0, SCMP_CMP_EQ, AF_INET, 0}},
    {SCMP_SYS(socket), {0, SCMP_CMP_EQ, AF_INET6, 0}},
    {SCMP_SYS(socket), {0, SCMP_CMP_EQ, AF_NETLINK, 0}},
    {SCMP_SYS(clone), {0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD}},
};

static const int calls_fatal[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(bpf),
    SCMP_SYS(setns),
    SCMP_SYS(unshare),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(setuid),
    SCMP_SYS(setgid),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
};

static int add_calls(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int rc = seccomp_rule_add(filter, action, calls[i], 0);

        // A call that this architecture does not have needs no rule.
        if (rc != 0 && rc != -EDOM && rc != -EFAULT) {
            return ERR_SYSTEM;
        }
    }
    return 0;
}

static int add_some(scmp_filter_ctx filter, const struct call_with *calls, size_t count)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < count; i++) {
        rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, calls[i].call, 1, &calls[i].argument);
    }
    return rc == 0 ? 0 : ERR_SYSTEM;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int apply_seccomp(const struct sandbox_rules *rules)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    // abort() sends itself a signal; nobody else gets one.
    const struct call_with self = {SCMP_SYS(tgkill), {0, SCMP_CMP_EQ, (uint64_t)getpid(), 0}};
    int rc = ERR_SYSTEM;

    if (!filter) {
        return ERR_NO_MEMORY;
    }
    rc = add_calls(filter, SCMP_ACT_ALLOW, calls_common, COUNT(calls_common));
    if (rc == 0) {
        rc = add_some(filter, some_common, COUNT(some_common));
    }
    if (rc == 0) {
        rc = add_some(filter, &self, 1);
    }
    if (rc == 0 && rules->network) {
        rc = add_calls(filter, SCMP_ACT_ALLOW, calls_network, COUNT(calls_network));
    }
    if (rc == 0 && rules->network) {
        rc = add_some(filter, some_network, COUNT(some_network));
    }
    if (rc == 0) {
        rc = add_calls(filter, SCMP_ACT_KILL_PROCESS, calls_fatal, COUNT(calls_fatal));
    }
    if (rc == 0 && seccomp_load(filter) != 0) {
        rc = ERR_SYSTEM;
    }
    seccomp_release(filter);
    return rc;
}

static int landlock_add(int ruleset, const char *path, uint64_t access)
{
    struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = -1};
    int rc;

    rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0) {
        return 0; // a path that does not exist needs no rule
    }
    rc = (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    if (rc != 0 && errno == EINVAL) { // not a folder
        rule.allowed_access = access & ACCESS_FILE;
        rc = (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    }
    (void)close(rule.parent_fd);
    return rc == 0 ? 0 : ERR_SYSTEM;
}

static int apply_landlock(const struct sandbox_rules *rules, struct sandbox_report *report)
{
    struct landlock_ruleset_attr attr = {.handled_access_fs = ACCESS_ALL};
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
    int rc = 0;

    if (ruleset < 0) {
        report->note = "the kernel has no Landlock";
        return 0;
    }
    for (size_t i = 0; rc == 0 && rules->read_paths && rules->read_paths[i]; i++) {
        rc = landlock_add(ruleset, rules->read_paths[i], ACCESS_READ);
    }
    for (size_t i = 0; rc == 0 && rules->write_paths && rules->write_paths[i]; i++) {
        rc = landlock_add(ruleset, rules->write_paths[i], ACCESS_WRITE);
    }
    if (rc == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) {
        rc = ERR_SYSTEM;
    }
    report->landlock = rc == 0;
    (void)close(ruleset);
    return rc;
}

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

int sandbox_apply(const struct sandbox_rules *rules, struct sandbox_report *report)
{
    int rc;

    *report = (struct sandbox_report){.note = ""};
    if (SANITIZED) { // their runtimes need calls that no agent makes
        report->note = "a sanitizer build runs without sandbox";
        return 0;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return ERR_SYSTEM;
    }
    rc = apply_landlock(rules, report);
    if (rc != 0 || rules->spawn) {
        return rc;
    }
    rc = apply_seccomp(rules);
    report->seccomp = rc == 0;
    return rc;
}
