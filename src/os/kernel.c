// SPDX-License-Identifier: Apache-2.0
// Questions to the kernel.
#include "os/kernel.h"

#include <errno.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

int kernel_landlock_version(void)
{
    long version =
        syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION);

    return version > 0 ? (int)version : 0;
}

bool kernel_has_seccomp(void)
{
    unsigned action = SECCOMP_RET_ERRNO;

    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

static int64_t limit_of(rlim_t value)
{
    return value == RLIM_INFINITY || value > (rlim_t)INT64_MAX ? INT64_MAX : (int64_t)value;
}

int kernel_file_limit(int64_t *soft, int64_t *hard)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return ERR_SYSTEM;
    }
    *soft = limit_of(limit.rlim_cur);
    *hard = limit_of(limit.rlim_max);
    return 0;
}

int kernel_disk_space(const char *path, int64_t *free_bytes, int64_t *all_bytes,
                      int64_t *free_files)
{
    struct statvfs fs;

    if (statvfs(path, &fs) != 0) {
        return errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_SYSTEM;
    }
    *free_bytes = (int64_t)(fs.f_bavail * fs.f_frsize);
    *all_bytes = (int64_t)(fs.f_blocks * fs.f_frsize);
    *free_files = fs.f_files > 0 ? (int64_t)fs.f_favail : -1;
    return 0;
}
