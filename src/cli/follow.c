// SPDX-License-Identifier: Apache-2.0
// Waiting between two looks at the store, until the user or the reader of the output has enough.
#include "cli/cli.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#define PAUSE_MS 200

// Only a handler may write it, and only to be read here: a signal leaves no other way.
static volatile sig_atomic_t caught;

static void on_signal(int signum)
{
    caught = signum;
}

void cli_follow_begin(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
}

bool cli_follow_wait(struct cli *cli, int *exit_code)
{
    // Tells when the reader of a pipe or socket has gone, also while there is nothing to write.
    struct pollfd p = {.fd = STDOUT_FILENO, .events = 0};

    cli_out_flush(&cli->out);
    if (caught == 0 && !cli_out_closed(&cli->out)) {
        int n = poll(&p, 1, PAUSE_MS);

        if (n > 0 && (p.revents & (POLLERR | POLLHUP | POLLNVAL))) {
            cli->out.closed = true;
        }
    }
    *exit_code = caught == SIGINT ? CLI_INTERRUPTED : CLI_OK;
    return caught == 0 && !cli_out_closed(&cli->out);
}
