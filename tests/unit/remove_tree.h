// SPDX-License-Identifier: Apache-2.0
// Removes a test's temporary folder with all that is in it.
#ifndef TESTS_UNIT_REMOVE_TREE_H
#define TESTS_UNIT_REMOVE_TREE_H

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

static inline int remove_tree_one(const char *path, const struct stat *st, int flag,
                                  struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

// 0, or what stopped it.
static inline int remove_tree(const char *folder)
{
    return nftw(folder, remove_tree_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
