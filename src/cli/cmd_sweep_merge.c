// SPDX-License-Identifier: Apache-2.0
// oracle sweep merge: the state files of a sweep's parts put together.
#include "cli/sweep.h"

#include <stdlib.h>

// Of one combination, a result before a failure.
static int by_combination(const void *pa, const void *pb)
{
    const struct sweep_result *a = pa, *b = pb;

    if (a->combination != b->combination) {
        return a->combination < b->combination ? -1 : 1;
    }
    return (int)a->failed - (int)b->failed;
}

// Several parts may hold the same combination, when one was run twice: once is enough.
static void drop_doubles(struct cli_sweep *s)
{
    struct sweep_result *r = s->results;
    size_t kept = 0;

    if (s->count > 1) {
        qsort(r, s->count, sizeof *r, by_combination);
    }
    s->failed = 0;
    for (size_t i = 0; i < s->count; i++) {
        if (kept == 0 || r[kept - 1].combination != r[i].combination) {
            s->failed += r[i].failed;
            r[kept++] = r[i];
        }
    }
    s->count = kept;
    sweep_sort(r, kept, s->metric);
}

static int write_merged(struct cli_sweep *s)
{
    const char *path = cli_get(s->cli, "state");
    FILE *f = path ? fopen(path, "we") : NULL;
    int rc;

    if (!path) {
        return 0;
    }
    rc = f ? cli_sweep_write_header(f, s) : ERR_SYSTEM;
    for (size_t i = 0; i < s->count && rc == 0; i++) {
        rc = cli_sweep_write_row(f, s, &s->results[i]);
    }
    if (f && fclose(f) != 0) {
        rc = ERR_SYSTEM;
    }
    if (rc != 0) {
        cli_error(s->cli, "%s cannot be written; name another file with --state", path);
        return CLI_REFUSED;
    }
    return 0;
}

static int merge(struct cli_sweep *s)
{
    struct diag d = {0};
    uint64_t size;
    int exit_code = cli_sweep_options(s);

    for (size_t i = 0; i < s->cli->argument_count && exit_code == 0; i++) {
        if (cli_sweep_read(s, s->cli->arguments[i], i == 0, &d) != 0) {
            cli_error(s->cli, "%s", d.text);
            exit_code = CLI_DATA;
        }
    }
    if (exit_code != 0) {
        return exit_code;
    }
    if (s->train >= s->task.segment_count) {
        s->train = s->task.segment_count - 1;
    }
    drop_doubles(s);
    size = sweep_space_size(&s->space);
    if (s->count < size) {
        cli_note(s->cli, "%zu of %llu combinations of the grid are there", s->count,
                 (unsigned long long)size);
    }
    exit_code = write_merged(s);
    return exit_code != 0 ? exit_code : cli_sweep_show(s);
}

int cli_cmd_sweep_merge(struct cli *cli)
{
    struct cli_sweep *s = calloc(1, sizeof *s);
    int exit_code;

    if (!s) {
        cli_error(cli, "%s", err_text(ERR_NO_MEMORY));
        return CLI_BUG;
    }
    s->cli = cli;
    s->task.space = &s->space;
    exit_code = merge(s);
    cli_sweep_destroy(s);
    return exit_code;
}
