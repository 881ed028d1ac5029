// SPDX-License-Identifier: Apache-2.0
// oracle db: check, back up, put back, migrate and shrink the store's files. Reading ones work
// while the hub runs; the others say that it has to be stopped.
#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static struct store_options options_of(const struct cli *cli, bool writable)
{
    return (struct store_options){.backend = config_str(cli->config, CFG_STORE_BACKEND),
                                  .location = cli_data_dir(cli),
                                  .writable = writable};
}

static int open_failed(struct cli *cli, int rc, const struct diag *d, const char *what)
{
    static const struct {
        int code, exit_code;
    } table[] = {{ERR_BUSY, CLI_LATER},        {ERR_AGAIN, CLI_LATER},
                 {ERR_CORRUPT, CLI_DATA},      {ERR_TOO_NEW, CLI_DATA},
                 {ERR_NOT_FOUND, CLI_DATA},    {ERR_DISK_FULL, CLI_LATER},
                 {ERR_UNSUPPORTED, CLI_CONFIG}};

    if (rc == ERR_BUSY) {
        cli_error(cli, "%s needs the store for itself: stop the hub first ('oracle stop'); %s",
                  what, d->text);
        return CLI_LATER;
    }
    cli_error(cli, "%s", d->text[0] ? d->text : err_text(rc));
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].code == rc) {
            return table[i].exit_code;
        }
    }
    return CLI_REFUSED;
}

// Progress, one line a step, for people at a terminal.
static void progress(struct cli *cli, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void progress(struct cli *cli, const char *fmt, ...)
{
    char line[PATHS_MAX];
    va_list args;
    int n;

    if (!isatty(STDERR_FILENO)) {
        return;
    }
    va_start(args, fmt);
    n = vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    if (n > 0) {
        cli_note(cli, "%s", line);
    }
}

// ---- check

static const struct cli_column check_columns[] = {
    {"file", -16}, {"state", -8}, {"what is wrong", -1}};

static void on_file(void *arg, const char *file, bool whole, const char *text)
{
    struct cli_listing *l = arg;
    int rc;

    if (l->cli->json) {
        cli_listing_object(l);
        cli_json_text(&l->json, "file", file);
        cli_json_bool(&l->json, "whole", whole);
        cli_json_text(&l->json, "text", text);
        rc = cli_listing_object_end(l);
    } else {
        cli_listing_cell(l, "%s", file);
        cli_listing_cell(l, "%s", whole ? "whole" : "damaged");
        cli_listing_cell(l, "%s", text);
        rc = cli_listing_row_end(l);
    }
    (void)rc; // a reader that has gone away does not change what the check found
    cli_out_flush(&l->cli->out);
}

int cli_cmd_db_check(struct cli *cli)
{
    struct store *s = NULL;
    struct cli_listing l;
    int exit_code = CLI_OK;
    int rc = cli_store_read(cli, &s, &exit_code);

    if (rc != 0) {
        if (rc == ERR_NOT_FOUND && cli->json) {
            cli_out_add(&cli->out, STR("[]\n"));
        }
        return rc == ERR_NOT_FOUND ? CLI_NEGATIVE : exit_code;
    }
    progress(cli, "Reading every page of every file; large ones take a while ...");
    cli_listing_begin(&l, cli, check_columns, sizeof check_columns / sizeof check_columns[0]);
    rc = store_check(s, on_file, &l);
    cli_listing_end(&l, "");
    if (rc == ERR_CORRUPT) {
        cli_note(cli, "A damaged candle file is set aside and fetched again when the hub starts; a "
                      "damaged hub.db needs 'oracle db restore DIR'.");
        exit_code = CLI_NEGATIVE;
    } else if (rc != 0) {
        exit_code = cli_store_failed(cli, s, rc, "the check could not be finished");
    }
    store_close(s);
    return exit_code;
}

// ---- backup

static bool same_folder(const char *a, const char *b)
{
    struct stat x, y;

    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

struct backup {
    struct cli *cli;
    const char *dir;
    size_t files;
};

static int64_t bytes_of(const char *dir, const char *name)
{
    char path[PATHS_MAX];
    struct stat st;

    return str_printf(path, sizeof path, "%s/%s", dir, name) == 0 && stat(path, &st) == 0
               ? (int64_t)st.st_size
               : 0;
}

static void on_copy(void *arg, const char *name)
{
    struct backup *b = arg;

    b->files++;
    progress(b->cli, "  %-16s %9.1f MB", name, (double)bytes_of(cli_data_dir(b->cli), name) / 1e6);
}

int cli_cmd_db_backup(struct cli *cli)
{
    struct backup b = {.cli = cli, .dir = cli->arguments[0]};
    struct store *s = NULL;
    struct diag d = {0};
    int exit_code = CLI_OK;
    int rc;

    if (same_folder(b.dir, cli_data_dir(cli))) {
        cli_error(cli, "%s is the data folder itself; name another folder, on another disk at best",
                  b.dir);
        return CLI_DATA;
    }
    rc = cli_store_read(cli, &s, &exit_code);
    if (rc != 0) {
        return rc == ERR_NOT_FOUND ? CLI_NEGATIVE : exit_code;
    }
    if (paths_make_dir(b.dir, &d) != 0) {
        cli_error(cli, "%s; name a folder you may write", d.text);
        store_close(s);
        return CLI_REFUSED;
    }
    progress(cli, "Copying the store in %s to %s ...", cli_data_dir(cli), b.dir);
    rc = store_backup_watched(s, b.dir, on_copy, &b);
    if (rc != 0) {
        exit_code = cli_store_failed(cli, s, rc,
                                     "the backup was not finished; files that were "
                                     "complete in it still are");
    } else if (!cli->quiet) {
        cli_out_printf(&cli->out,
                       "Backed up %zu files to %s. 'oracle db restore %s' puts them back.\n",
                       b.files, b.dir, b.dir);
    }
    store_close(s);
    return exit_code;
}

// ---- restore

int cli_cmd_db_restore(struct cli *cli)
{
    struct store_options o = options_of(cli, true);
    const char *from = cli->arguments[0];
    struct diag d = {0};
    int rc;

    if (same_folder(from, cli_data_dir(cli))) {
        cli_error(cli, "%s is the data folder itself; name the folder of a backup", from);
        return CLI_DATA;
    }
    progress(cli, "Checking and copying the backup in %s ...", from);
    rc = store_restore(&o, from, &d);
    if (rc != 0) {
        return open_failed(cli, rc, &d, "a restore");
    }
    if (!cli->quiet) {
        cli_out_printf(
            &cli->out,
            "The store in %s is the one of %s again; the files before are kept beside it "
            "as *.replaced-*. Next: oracle run, which fetches what came since.\n",
            cli_data_dir(cli), from);
    }
    return CLI_OK;
}

// ---- migrate

// A file of candles is brought up to date when it is first opened; this opens each.
static int open_all(struct store *s)
{
    int rc = 0;

    for (int tf = 0; rc == 0 && tf < TF_COUNT; tf++) {
        time_ms newest;

        rc = store_candle_newest(s, 0, (enum timeframe)tf, &newest);
        rc = rc == ERR_NOT_FOUND ? 0 : rc;
    }
    return rc;
}

int cli_cmd_db_migrate(struct cli *cli)
{
    struct store_options read = options_of(cli, false), write = options_of(cli, true);
    struct store *s = NULL;
    struct diag d = {0};
    int version = 0, exit_code = CLI_OK;
    int rc = store_open(&read, &s, &d);
    bool older = rc == ERR_AGAIN;

    if (rc == ERR_NOT_FOUND) {
        cli_error(cli, "there is no store in %s to migrate; name its folder with --data",
                  cli_data_dir(cli));
        return CLI_NEGATIVE;
    }
    if (older) {
        progress(cli, "Bringing the store in %s to this version's schema ...", cli_data_dir(cli));
        rc = store_open(&write, &s, &d);
        if (rc == 0 && (rc = open_all(s)) != 0) {
            exit_code = cli_store_failed(cli, s, rc, "the migration was not finished");
            store_close(s);
            return exit_code;
        }
    }
    if (rc != 0) {
        return open_failed(cli, rc, &d, "a migration");
    }
    rc = store_schema_version(s, &version);
    if (rc != 0) {
        exit_code = cli_store_failed(cli, s, rc, "the schema's version cannot be read");
    } else if (!cli->quiet) {
        cli_out_printf(&cli->out,
                       older ? "The store's schema is now version %d.\n"
                             : "The store's schema is version %d, as this program "
                               "needs it; there is nothing to do.\n",
                       version);
    }
    store_close(s);
    return exit_code;
}

// ---- vacuum

static int64_t bytes_of_store(const char *dir)
{
    static const char *const rest[] = {"", "-wal"};
    int64_t sum = 0;
    char name[64];

    for (int i = -1; i < TF_COUNT; i++) {
        for (size_t k = 0; k < sizeof rest / sizeof rest[0]; k++) {
            const char *code = i < 0 ? "" : i == TF_MN1 ? "1mo" : timeframe_code((enum timeframe)i);
            int rc = i < 0 ? str_printf(name, sizeof name, "hub.db%s", rest[k])
                           : str_printf(name, sizeof name, "candles_%s.db%s", code, rest[k]);

            sum += rc == 0 ? bytes_of(dir, name) : 0;
        }
    }
    return sum;
}

int cli_cmd_db_vacuum(struct cli *cli)
{
    struct store_options read = options_of(cli, false), write = options_of(cli, true);
    struct store *s = NULL;
    struct diag d = {0};
    int64_t before = bytes_of_store(cli_data_dir(cli));
    int rc = store_open(&read, &s, &d); // a vacuum makes no store

    if (rc == ERR_NOT_FOUND) {
        cli_error(cli, "there is no store in %s; name its folder with --data", cli_data_dir(cli));
        return CLI_NEGATIVE;
    }
    store_close(s);
    s = NULL;
    rc = store_open(&write, &s, &d);
    if (rc != 0) {
        return open_failed(cli, rc, &d, "a vacuum");
    }
    progress(cli, "Writing each file anew without its free space; this needs as much space again "
                  "for a while ...");
    rc = store_vacuum(s);
    if (rc != 0) {
        int exit_code =
            cli_store_failed(cli, s, rc, "the vacuum was not finished; nothing is lost");

        store_close(s);
        return exit_code;
    }
    store_close(s);
    if (!cli->quiet) {
        cli_out_printf(&cli->out, "The store takes %.1f MB; it was %.1f MB.\n",
                       (double)bytes_of_store(cli_data_dir(cli)) / 1e6, (double)before / 1e6);
    }
    return CLI_OK;
}
