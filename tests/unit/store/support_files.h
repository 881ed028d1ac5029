// SPDX-License-Identifier: Apache-2.0
// Doing to a store's files what a bad day does: copies of other moments, damage, foreign writes.
#ifndef TESTS_SUPPORT_FILES_H
#define TESTS_SUPPORT_FILES_H

#include <stdbool.h>
#include <stdint.h>

void file_path(char out[static 256], const char *dir, const char *name);
bool file_exists(const char *dir, const char *name);
bool file_glob(const char *dir, const char *pattern); // does one match?
void file_copy(const char *dir, const char *from, const char *to);
void file_remove(const char *dir, const char *name);
void file_damage(const char *dir, const char *name, long from, long bytes); // overwrites with 0xAA
// Runs SQL on a file with a connection of its own; returns the first integer of the last row.
int64_t file_sql(const char *dir, const char *name, const char *sql);
void file_sql_script(const char *dir, const char *name, const char *script_path);

#endif
