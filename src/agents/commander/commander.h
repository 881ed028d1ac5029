// SPDX-License-Identifier: Apache-2.0
// The commander: starts, watches, restarts and stops the other agents; keeps exchange time; orders
// each poll, bootstrap and retry; answers the command line. The only process a user starts.
#ifndef AGENTS_COMMANDER_COMMANDER_H
#define AGENTS_COMMANDER_COMMANDER_H

#include "config/config.h"

struct commander_options {
    struct config *config; // borrowed; data_dir is set
    // Reads the settings again from where they came (SIGHUP). The new config is the commander's.
    int (*reload)(void *arg, struct config **out, struct diag *d);
    void *reload_arg;
    // Called once all agents work and exchange time is known. May be NULL.
    void (*started)(void *arg);
    void *started_arg;
};

// Runs until SIGTERM or SIGINT. Exit code by sysexits: 0 stopped in order, 69 another hub runs
// here, 70 broken invariant, 75 an agent could not be kept running, 78 settings.
int commander_run(const struct commander_options *o);

#endif
