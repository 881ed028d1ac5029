// SPDX-License-Identifier: Apache-2.0
// Files and folders: where the hub's data lies by default, reading whole files within a maximum.
#ifndef OS_PATHS_H
#define OS_PATHS_H

#include "base/buf.h"

#define PATHS_MAX 4096

// $ORACLE_DATA, else $STATE_DIRECTORY (systemd), else $XDG_STATE_HOME/oracle, else
// ~/.local/state/oracle. ERR_NOT_FOUND without a home, ERR_FULL.
int paths_default_data(char out[static PATHS_MAX]) MUST_CHECK;
// mkdir -p with mode 0700 for what is created. ERR_SYSTEM with d.
int paths_make_dir(const char *path, struct diag *d) MUST_CHECK;
// Reads a regular file whole. ERR_NOT_FOUND, ERR_FULL (larger than out->max), ERR_SYSTEM, with d.
int paths_read_file(const char *path, struct buf *out, struct diag *d) MUST_CHECK;
// Last component without directory and without the given suffix.
struct str paths_base_name(struct str path, struct str suffix);

#endif
