// SPDX-License-Identifier: Apache-2.0
// oracle practice: options over the [practice] settings, then the practice exchange itself.
#include "cli/cli.h"
#include "practice/practice.h"

#include <unistd.h>

// What is typed goes through the setting of the same name, so that both have the same limits.
static int take_options(struct cli *cli, struct diag *d)
{
    static const struct {
        const char *option;
        enum config_key key;
    } taken[] = {
        {"listen", CFG_PRACTICE_LISTEN}, {"port", CFG_PRACTICE_PORT},
        {"pairs", CFG_PRACTICE_PAIRS},   {"seed", CFG_PRACTICE_SEED},
        {"data", CFG_PRACTICE_DATA},     {"start", CFG_PRACTICE_START},
        {"speed", CFG_PRACTICE_SPEED},   {"weight-limit", CFG_PRACTICE_WEIGHT_LIMIT},
    };
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        const char *value = cli_get(cli, taken[i].option);
        int err =
            value ? config_set_value(cli->config, taken[i].key, str_from(value), CONFIG_FROM_SET, d)
                  : 0;
        if (err != 0)
            return err;
    }
    return 0;
}

static int exit_code(int err)
{
    switch (err) {
    case ERR_NOT_FOUND:
    case ERR_SYNTAX:
    case ERR_RANGE:
    case ERR_CORRUPT:
        return CLI_DATA;
    case ERR_BUSY:
    case ERR_INVALID:
        return CLI_CONFIG;
    default:
        return CLI_LATER;
    }
}

int cli_cmd_practice(struct cli *cli)
{
    struct diag d = {0};
    struct log log = {.fd = STDERR_FILENO, .level = cli->quiet ? LOG_WARN : LOG_INFO};
    struct practice_options o = {
        .start = PRACTICE_START_DEFAULT,
        .stop_at = cli_moment(cli, "stop-at", 0),
        .fault_file = cli_get(cli, "fault"),
        .ready_fd = STDOUT_FILENO,
    };
    int err = take_options(cli, &d);
    if (err != 0) {
        cli_error(cli, "%s", d.text);
        return CLI_USAGE;
    }
    const char *data = config_str(cli->config, CFG_PRACTICE_DATA);
    o.listen = config_str(cli->config, CFG_PRACTICE_LISTEN);
    o.port = (uint16_t)config_i64(cli->config, CFG_PRACTICE_PORT);
    o.pairs = (size_t)config_i64(cli->config, CFG_PRACTICE_PAIRS);
    o.seed = (uint64_t)config_i64(cli->config, CFG_PRACTICE_SEED);
    o.speed = config_double(cli->config, CFG_PRACTICE_SPEED);
    o.weight_limit = config_i64(cli->config, CFG_PRACTICE_WEIGHT_LIMIT);
    o.data_dir = data[0] ? data : NULL;
    (void)config_time(cli->config, CFG_PRACTICE_START, &o.start);
    err = str_copy(log.role, sizeof(log.role), STR("practice"));
    if (err == 0)
        err = practice_main(&o, &log, &d);
    if (err == 0)
        return CLI_OK;
    if (d.line > 0 && o.fault_file)
        cli_error(cli, "%s:%u:%u: %s", o.fault_file, d.line, d.column, d.text);
    else
        cli_error(cli, "%s", d.text);
    return exit_code(err);
}
