// SPDX-License-Identifier: Apache-2.0
// Default folders by environment, folders made with their parents, whole files within a maximum.
#include "os/paths.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
    char dir[64];
};

static int make_place(void **state)
{
    struct place *p = calloc(1, sizeof *p);

    assert_non_null(p);
    (void)snprintf(p->dir, sizeof p->dir, "/tmp/oracle-paths-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    *state = p;
    return 0;
}

static int drop_place(void **state)
{
    struct place *p = *state;
    static const char *const rest[] = {"/a/b/c", "/a/b", "/a", "/file", "/pipe", ""};
    char path[128];

    for (size_t i = 0; i < sizeof rest / sizeof rest[0]; i++) {
        (void)snprintf(path, sizeof path, "%s%s", p->dir, rest[i]);
        (void)remove(path);
    }
    free(p);
    return 0;
}

static const char *in(const struct place *p, const char *name, char out[static 128])
{
    (void)snprintf(out, 128, "%s/%s", p->dir, name);
    return out;
}

static void set(const char *name, const char *value)
{
    assert_int_equal(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

static void data_folder_by_environment(void **state)
{
    static const struct {
        const char *oracle, *service, *xdg, *home, *wanted; // wanted NULL: not found
    } cases[] = {
        {"/o", "/s", "/x", "/h", "/o"},
        {NULL, "/s", "/x", "/h", "/s"},
        {NULL, NULL, "/x", "/h", "/x/oracle"},
        {NULL, NULL, NULL, "/h", "/h/.local/state/oracle"},
        {"", "", "", "/h", "/h/.local/state/oracle"},
        {NULL, NULL, "relative", "/h", "/h/.local/state/oracle"}, // as the XDG rules say: ignored
        {NULL, NULL, NULL, "relative", NULL},
        {NULL, NULL, NULL, NULL, NULL},
    };
    char out[PATHS_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int rc;

        set("ORACLE_DATA", cases[i].oracle);
        set("STATE_DIRECTORY", cases[i].service);
        set("XDG_STATE_HOME", cases[i].xdg);
        set("HOME", cases[i].home);
        rc = paths_default_data(out);
        assert_int_equal(rc, cases[i].wanted ? 0 : ERR_NOT_FOUND);
        if (cases[i].wanted) {
            assert_string_equal(out, cases[i].wanted);
        }
    }
}

static void a_home_too_long(void **state)
{
    char *home = malloc(PATHS_MAX + 1);
    char out[PATHS_MAX];

    (void)state;
    assert_non_null(home);
    memset(home, 'h', PATHS_MAX);
    home[0] = '/';
    home[PATHS_MAX] = '\0';
    set("ORACLE_DATA", NULL);
    set("STATE_DIRECTORY", NULL);
    set("XDG_STATE_HOME", NULL);
    set("HOME", home);
    assert_int_equal(paths_default_data(out), ERR_FULL);
    set("ORACLE_DATA", home);
    assert_int_equal(paths_default_data(out), ERR_FULL);
    set("ORACLE_DATA", NULL);
    free(home);
}

static void folders_with_their_parents(void **state)
{
    struct place *p = *state;
    struct diag d = {0};
    struct stat st;
    char path[128];
    mode_t before = umask(0);

    assert_int_equal(paths_make_dir(in(p, "a/b/c", path), &d), 0);
    (void)umask(before);
    assert_int_equal(stat(in(p, "a/b/c", path), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(stat(in(p, "a", path), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(paths_make_dir(in(p, "a/b/c", path), &d), 0); // again: fine
    assert_int_equal(paths_make_dir(in(p, "a/b/c/", path), &d), 0);
    assert_int_equal(paths_make_dir("", &d), ERR_FULL);
}

static void write_file(const char *path, size_t len)
{
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    for (size_t i = 0; i < len; i++) {
        char c = (char)('a' + i % 26);

        assert_int_equal(write(fd, &c, 1), 1);
    }
    assert_int_equal(close(fd), 0);
}

static void a_folder_where_a_file_is(void **state)
{
    struct place *p = *state;
    struct diag d = {0};
    char path[128];

    write_file(in(p, "file", path), 1);
    assert_int_equal(paths_make_dir(in(p, "file/x", path), &d), ERR_SYSTEM);
    assert_non_null(strstr(d.text, "file/x"));
}

static void whole_files(void **state)
{
    struct place *p = *state;
    static const struct {
        size_t size, max;
        int rc;
    } cases[] = {
        {0, 10, 0},
        {1, 1, 0},
        {4095, 4096, 0},
        {4096, 4096, 0},
        {5000, 5000, 0},
        {9000, 100000, 0},
        {2, 1, ERR_FULL},
        {4097, 4096, ERR_FULL},
        {9000, 8999, ERR_FULL},
    };
    char path[128];

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct diag d = {0};
        struct buf out;
        int rc;

        write_file(in(p, "file", path), cases[i].size);
        buf_init(&out, cases[i].max);
        rc = paths_read_file(path, &out, &d);
        assert_int_equal(rc, cases[i].rc);
        if (rc == 0) {
            assert_int_equal(out.len, cases[i].size);
            for (size_t k = 0; k < out.len; k++) {
                assert_int_equal(out.data[k], 'a' + (int)(k % 26));
            }
        } else {
            assert_non_null(strstr(d.text, "larger than"));
        }
        buf_finish(&out);
    }
}

static void what_is_no_file(void **state)
{
    struct place *p = *state;
    struct diag d = {0};
    struct buf out;
    char path[128];

    buf_init(&out, 100);
    assert_int_equal(paths_read_file(in(p, "nothing", path), &out, &d), ERR_NOT_FOUND);
    assert_non_null(strstr(d.text, "nothing"));
    assert_int_equal(paths_read_file(p->dir, &out, &d), ERR_SYSTEM);
    assert_int_equal(out.len, 0);
    buf_finish(&out);
}

// A pipe without a writer must not hold the caller for ever.
static void a_pipe_is_refused_at_once(void **state)
{
    struct place *p = *state;
    struct diag d = {0};
    struct buf out;
    char path[128];

    buf_init(&out, 100);
    assert_int_equal(mkfifo(in(p, "pipe", path), 0600), 0);
    (void)alarm(10);
    assert_int_equal(paths_read_file(path, &out, &d), ERR_SYSTEM);
    (void)alarm(0);
    assert_non_null(strstr(d.text, "not a regular file"));
    buf_finish(&out);
}

static void base_names(void **state)
{
    static const struct {
        const char *path, *suffix, *wanted;
    } cases[] = {
        {"/a/b/ema.pine", ".pine", "ema"},
        {"ema.pine", ".pine", "ema"},
        {"ema", ".pine", "ema"},
        {"/a/.pine", ".pine", ".pine"},
        {"/a/b/", ".pine", ""},
        {"", ".pine", ""},
        {"x.txt", "", "x.txt"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct str got = paths_base_name(str_from(cases[i].path), str_from(cases[i].suffix));

        assert_true(str_eq(got, str_from(cases[i].wanted)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_folder_by_environment),
        cmocka_unit_test(a_home_too_long),
        cmocka_unit_test_setup_teardown(folders_with_their_parents, make_place, drop_place),
        cmocka_unit_test_setup_teardown(a_folder_where_a_file_is, make_place, drop_place),
        cmocka_unit_test_setup_teardown(whole_files, make_place, drop_place),
        cmocka_unit_test_setup_teardown(what_is_no_file, make_place, drop_place),
        cmocka_unit_test_setup_teardown(a_pipe_is_refused_at_once, make_place, drop_place),
        cmocka_unit_test(base_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
