// SPDX-License-Identifier: Apache-2.0
// Tests of the questions to the kernel: the answers agree with what this process can observe.
#include "os/kernel.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

static void sandbox(void **state)
{
    (void)state;
    assert_true(kernel_landlock_version() >= 0);
    // A kernel that answers PR_GET_SECCOMP was built with filters, which is what is asked for.
    assert_int_equal(kernel_has_seccomp(), prctl(PR_GET_SECCOMP) >= 0);
}

static void file_limit(void **state)
{
    struct rlimit limit;
    int64_t soft = 0, hard = 0;
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_cur > 200 ? 200 : limit.rlim_cur;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(kernel_file_limit(&soft, &hard), 0);
    assert_int_equal(soft, limit.rlim_cur);
    assert_true(hard >= soft);
}

static void disk(void **state)
{
    char file[] = "/tmp/oracle-kernel-XXXXXX";
    int64_t free_bytes = 0, all_bytes = 0, files = 0;
    int fd = mkstemp(file);
    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(kernel_disk_space(file, &free_bytes, &all_bytes, &files), 0);
    assert_true(free_bytes >= 0 && free_bytes <= all_bytes && all_bytes > 0 && files >= -1);
    (void)close(fd);
    (void)unlink(file);
    assert_int_equal(kernel_disk_space(file, &free_bytes, &all_bytes, &files), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sandbox),
        cmocka_unit_test(file_limit),
        cmocka_unit_test(disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
