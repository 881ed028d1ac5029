// SPDX-License-Identifier: Apache-2.0
// Doing to a store's files what a bad day does: copies of other moments, damage, foreign writes.
#include "support_files.h"

#include "support_store.h"

#include <glob.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void file_path(char out[static 256], const char *dir, const char *name)
{
    assert_true(snprintf(out, 256, "%s/%s", dir, name) < 256);
}

bool file_exists(const char *dir, const char *name)
{
    char path[256];
    file_path(path, dir, name);
    return access(path, F_OK) == 0;
}

bool file_glob(const char *dir, const char *pattern)
{
    char path[256];
    glob_t g;
    file_path(path, dir, pattern);
    int rc = glob(path, 0, NULL, &g);
    if (rc == 0)
        globfree(&g);
    return rc == 0;
}

void file_copy(const char *dir, const char *from, const char *to)
{
    char a[256], b[256], block[65536];
    size_t n;
    file_path(a, dir, from);
    file_path(b, dir, to);
    FILE *in = fopen(a, "rb"), *out = fopen(b, "wb");
    assert_non_null(in);
    assert_non_null(out);
    while ((n = fread(block, 1, sizeof(block), in)) > 0)
        assert_int_equal(fwrite(block, 1, n, out), n);
    fclose(in);
    assert_int_equal(fclose(out), 0);
}

void file_remove(const char *dir, const char *name)
{
    char path[256];
    file_path(path, dir, name);
    assert_int_equal(remove(path), 0);
}

void file_damage(const char *dir, const char *name, long from, long bytes)
{
    char path[256];
    file_path(path, dir, name);
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, from, SEEK_SET), 0);
    for (long i = 0; i < bytes; i++)
        assert_int_equal(fputc(0xAA, f), 0xAA);
    assert_int_equal(fclose(f), 0);
}

int64_t file_sql(const char *dir, const char *name, const char *sql)
{
    char path[256];
    sqlite3 *db = NULL;
    int64_t value = 0;
    file_path(path, dir, name);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    while (sql[0] != '\0') {
        sqlite3_stmt *st = NULL;
        if (sqlite3_prepare_v2(db, sql, -1, &st, &sql) != SQLITE_OK)
            fail_msg("%s: %s", name, sqlite3_errmsg(db));
        int rc = SQLITE_DONE;
        while (st != NULL && (rc = sqlite3_step(st)) == SQLITE_ROW)
            value = sqlite3_column_int64(st, 0);
        if (rc != SQLITE_DONE)
            fail_msg("%s: %s", name, sqlite3_errmsg(db));
        sqlite3_finalize(st);
    }
    sqlite3_close(db);
    return value;
}

void file_sql_script(const char *dir, const char *name, const char *script_path)
{
    char text[65536];
    FILE *f = fopen(script_path, "rb");
    assert_non_null(f);
    size_t n = fread(text, 1, sizeof(text) - 1, f);
    fclose(f);
    text[n] = '\0';
    file_sql(dir, name, text);
}
