// SPDX-License-Identifier: Apache-2.0
// What this machine offers to a process: sandbox mechanisms, file limit, disk space. For reports;
// nothing here changes anything.
#ifndef OS_KERNEL_H
#define OS_KERNEL_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

int kernel_landlock_version(void); // 0: this kernel has none, or it is switched off
bool kernel_has_seccomp(void);     // filters, as the agents load them
// Soft and hard limit of open files; INT64_MAX is no limit. ERR_SYSTEM.
int kernel_file_limit(int64_t *soft, int64_t *hard) MUST_CHECK;
// Bytes that this user may still write where path lies, of how many; and files left (-1: the file
// system does not count them). ERR_NOT_FOUND, ERR_SYSTEM.
int kernel_disk_space(const char *path, int64_t *free_bytes, int64_t *all_bytes,
                      int64_t *free_files) MUST_CHECK;

#endif
