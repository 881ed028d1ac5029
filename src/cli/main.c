// SPDX-License-Identifier: Apache-2.0
// The program: an agent when the commander started it as one, else the command that was typed.
#include "agents/analyst/analyst.h"
#include "agents/architect/architect.h"
#include "agents/gatekeeper/gatekeeper.h"
#include "agents/harvester/harvester.h"
#include "cli/cli.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PENDING_MAX_BYTES (64u << 10)

static const struct {
    const char *name;
    int (*main)(void);
} agents[] = {
    {"harvester", harvester_main},
    {"architect", architect_main},
    {"analyst", analyst_main},
    {"gatekeeper", gatekeeper_main},
};

// "oracle: harvester" --agent harvester: see agents/commander/children.c.
static int run_agent(const char *name)
{
    for (size_t i = 0; i < sizeof agents / sizeof agents[0]; i++) {
        if (strcmp(agents[i].name, name) == 0) {
            return agents[i].main();
        }
    }
    return CLI_USAGE;
}

static bool wants_colour(void)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

    return isatty(STDOUT_FILENO) && (!no || !*no) && term && *term && strcmp(term, "dumb") != 0;
}

// Commands that need no settings must work with broken ones.
static bool needs_settings(const struct cli *cli, const struct cli_command *c)
{
    static const char *const without[] = {"help", "version", "messages", "completion"};

    if (cli_has(cli, "markdown")) {
        return false;
    }
    for (size_t i = 0; i < sizeof without / sizeof without[0]; i++) {
        if (strcmp(c->noun, without[i]) == 0) {
            return false;
        }
    }
    return true;
}

static int run_command(struct cli *cli)
{
    struct diag d = {0};

    if (cli->version) {
        return cli_cmd_version(cli);
    }
    if (!cli->command || cli->help) {
        if (cli->noun && (!cli->command || cli->command->verb[0] == '\0')) {
            cli_help_noun(cli, cli->noun);
        } else {
            cli_help(cli, cli->command);
        }
        return CLI_OK;
    }
    if (needs_settings(cli, cli->command) && cli_settings_load(cli, &cli->config, &d) != 0) {
        cli_error(cli, "%s", d.text);
        return CLI_CONFIG;
    }
    return cli->command->run(cli);
}

// A caller may have closed some of the first three descriptors: a file opened later must not get
// their numbers, or log lines would land in it.
static void open_standard_files(void)
{
    int fd;

    do {
        fd = open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO) {
        (void)close(fd);
    }
}

int main(int argc, char **argv)
{
    struct cli cli = {0};
    int exit_code;

    open_standard_files();
    if (argc == 3 && strcmp(argv[1], "--agent") == 0) {
        return run_agent(argv[2]);
    }
    (void)signal(SIGPIPE, SIG_IGN); // a reader that has enough is no accident: see cli_out
    cli.colour = wants_colour();
    buf_init(&cli.out.pending, PENDING_MAX_BYTES);
    exit_code = cli_parse(&cli, argc, argv);
    if (exit_code == 0) {
        exit_code = run_command(&cli);
    }
    cli_out_flush(&cli.out);
    if (cli.out.error != 0) {
        cli_error(&cli, "the output could not be written: %s", err_text(cli.out.error));
        exit_code = exit_code == 0 ? CLI_LATER : exit_code;
    }
    buf_finish(&cli.out.pending);
    config_destroy(cli.config);
    return exit_code;
}
