// SPDX-License-Identifier: Apache-2.0
// Inside oracle doctor: one finding after another, and the checks that make them.
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include "cli/cli.h"

enum doctor_grade {
    DOCTOR_OK,
    DOCTOR_NOTE, // works, but somebody should know
    DOCTOR_BAD,  // does not work, or is not safe
    DOCTOR_SKIP  // could not be looked at, and why
};

struct doctor {
    struct cli *cli;
    struct cli_listing listing;
    size_t notes, bad;
    bool hub_running;
};

// One finding: what was looked at, its grade, what was found, and what to do ("" for nothing).
void doctor_say(struct doctor *d, const char *check, enum doctor_grade grade, const char *advice,
                const char *fmt, ...) PRINTF_LIKE(5, 6);

// doctor_machine.c
void doctor_settings(struct doctor *d);
void doctor_folder(struct doctor *d);
void doctor_disk(struct doctor *d);
void doctor_store(struct doctor *d);
void doctor_kernel(struct doctor *d);
void doctor_files(struct doctor *d);
// doctor_hub.c
void doctor_hub(struct doctor *d);
// doctor_exchange.c
void doctor_exchange(struct doctor *d);

#endif
