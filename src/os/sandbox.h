// SPDX-License-Identifier: Apache-2.0
// What an agent may still do once it has started: a seccomp list of system calls and, where the
// kernel has it, Landlock rules for files. Applied once, after the agent holds what it needs.
#ifndef OS_SANDBOX_H
#define OS_SANDBOX_H

#include "base/err.h"

#include <stdbool.h>

struct sandbox_rules {
    const char *const *read_paths;  // NULL-ended; files and folders that may be read
    const char *const *write_paths; // NULL-ended; folders in which files may be read and written
    bool network;                   // may open sockets to other hosts (and resolve names)
    bool spawn;                     // may start processes (commander only)
};

struct sandbox_report {
    bool seccomp, landlock; // what took effect
    const char *note;       // "" or why something did not: static text
};

// ERR_SYSTEM when the kernel refuses what it should support. Without Landlock in the kernel the
// call succeeds and says so in the report. A build with sanitizers applies nothing and says so.
int sandbox_apply(const struct sandbox_rules *rules, struct sandbox_report *report) MUST_CHECK;

#endif
