// SPDX-License-Identifier: Apache-2.0
// The settings of a command: files, environment, --set, --data, each over the one before.
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYSTEM_FILE "/etc/oracle/oracle.conf"
#define SOCKET_NAME "hub.sock"

extern char **environ;

// A file that need not be there.
static int load_if_there(struct config *c, const char *path, struct diag *d)
{
    int rc;

    if (access(path, F_OK) != 0) {
        return 0;
    }
    rc = config_load_file(c, path, d);
    if (rc != 0 && d->line > 0) {
        struct diag inner = *d;

        return diag_set_at(d, rc, inner.line, inner.column, "%.80s:%u: %.150s", path, inner.line,
                           inner.text);
    }
    return rc;
}

static int load_files(const struct cli *cli, struct config *c, struct diag *d)
{
    const char *named = cli_get(cli, "config");
    const char *config_home = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    char path[PATHS_MAX];
    int rc;

    if (named) {
        if (access(named, F_OK) != 0) {
            return diag_set(d, ERR_NOT_FOUND,
                            "there is no settings file '%.120s'; check what --config names", named);
        }
        return load_if_there(c, named, d);
    }
    rc = load_if_there(c, SYSTEM_FILE, d);
    if (rc != 0) {
        return rc;
    }
    if (config_home && config_home[0] == '/') {
        rc = str_printf(path, sizeof path, "%s/oracle/oracle.conf", config_home);
    } else if (home && home[0] == '/') {
        rc = str_printf(path, sizeof path, "%s/.config/oracle/oracle.conf", home);
    } else {
        return 0;
    }
    return rc != 0 ? diag_set(d, rc, "the path of the user's settings is too long")
                   : load_if_there(c, path, d);
}

static int load_given(const struct cli *cli, struct config *c, struct diag *d)
{
    for (size_t i = 0; i < cli->given_count; i++) {
        if (strcmp(cli->given[i].option->name, "set") == 0) {
            int rc = config_set(c, cli->given[i].value, d);

            if (rc != 0) {
                return rc;
            }
        }
    }
    return 0;
}

// Agents and a later command line may stand in another folder: paths are kept whole.
static int make_absolute(struct config *c, enum config_key key, const char *path, struct diag *d)
{
    char whole[PATHS_MAX], here[PATHS_MAX];
    int rc;

    if (path[0] == '/') {
        rc = str_printf(whole, sizeof whole, "%s", path);
    } else if (!getcwd(here, sizeof here)) {
        return diag_set(d, ERR_SYSTEM, "the current folder is gone; go to another one");
    } else {
        rc = str_printf(whole, sizeof whole, "%s/%s", here, path);
    }
    if (rc != 0) {
        return diag_set(d, rc, "the path '%.120s' is too long", path);
    }
    return config_set_value(c, key, str_from(whole), config_origin(c, key), d);
}

static int place(const struct cli *cli, struct config *c, struct diag *d)
{
    bool global = cli->command && strcmp(cli->command->noun, "practice") == 0;
    const char *given = global ? NULL : cli_get(cli, "data");
    char path[PATHS_MAX];
    int rc = 0;

    if (given) {
        rc = config_set_value(c, CFG_HUB_DATA_DIR, str_from(given), CONFIG_FROM_SET, d);
    } else if (config_str(c, CFG_HUB_DATA_DIR)[0] == '\0') {
        rc = paths_default_data(path);
        if (rc != 0) {
            return diag_set(d, rc,
                            "there is no home folder for the data; name one with --data DIR");
        }
        rc = config_set_value(c, CFG_HUB_DATA_DIR, str_from(path), CONFIG_FROM_DEFAULT, d);
    }
    rc = rc != 0 ? rc : make_absolute(c, CFG_HUB_DATA_DIR, config_str(c, CFG_HUB_DATA_DIR), d);
    if (rc != 0) {
        return rc;
    }
    if (config_str(c, CFG_CONTROL_SOCKET)[0] != '\0') {
        return make_absolute(c, CFG_CONTROL_SOCKET, config_str(c, CFG_CONTROL_SOCKET), d);
    }
    rc = str_printf(path, sizeof path, "%s/" SOCKET_NAME, config_str(c, CFG_HUB_DATA_DIR));
    return rc != 0
               ? diag_set(d, rc, "the path of the data folder is too long")
               : config_set_value(c, CFG_CONTROL_SOCKET, str_from(path), CONFIG_FROM_DEFAULT, d);
}

int cli_settings_load(const struct cli *cli, struct config **out, struct diag *d)
{
    struct config *c = config_create();
    const char *speed = NULL;
    int rc;

    if (!c) {
        return diag_set(d, ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY));
    }
    rc = load_files(cli, c, d);
    rc = rc != 0 ? rc : config_load_env(c, environ, d);
    rc = rc != 0 ? rc : load_given(cli, c, d);
    rc = rc != 0 ? rc : place(cli, c, d);
    if (rc == 0 && cli->command && strcmp(cli->command->noun, "run") == 0) {
        speed = cli_get(cli, "speed");
    }
    if (rc == 0 && speed) {
        rc = config_set_value(c, CFG_HUB_SPEED, str_from(speed), CONFIG_FROM_SET, d);
    }
    rc = rc != 0 ? rc : config_check(c, d);
    if (rc != 0) {
        config_destroy(c);
        return rc;
    }
    *out = c;
    return 0;
}

int cli_settings_reload(void *cli, struct config **out, struct diag *d)
{
    return cli_settings_load(cli, out, d);
}

const char *cli_data_dir(const struct cli *cli)
{
    return config_str(cli->config, CFG_HUB_DATA_DIR);
}
