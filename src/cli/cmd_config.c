// SPDX-License-Identifier: Apache-2.0
// oracle config: every setting with its value and where it came from.
#include "cli/cli.h"

#define DOCS_MAX_BYTES (1u << 20)
#define CELL_MAX       512

static const struct cli_column columns[] = {
    {"setting", -34}, {"value", -36}, {"from", -14}, {"default", -20}, {"meaning", -1}};

struct words { // of one setting
    char name[96];
    struct buf origin, range;
};

static int describe(const struct cli *cli, enum config_key key, struct words *out)
{
    const struct config_info *info = config_info(key);
    int rc = str_printf(out->name, sizeof out->name, "%s.%s", info->section, info->name);

    buf_clear(&out->origin);
    buf_clear(&out->range);
    rc = rc != 0 ? rc : config_origin_text(cli->config, key, &out->origin);
    return rc != 0 ? rc : config_range_text(key, &out->range);
}

static int write_json(struct cli_listing *l, enum config_key key, const struct words *words)
{
    const struct config_info *info = config_info(key);
    struct jsonw *w = &l->json;

    cli_listing_object(l);
    cli_json_text(w, "name", words->name);
    cli_json_text(w, "value", config_shown(l->cli->config, key));
    cli_json_text(w, "default", info->def);
    jsonw_key(w, "origin");
    jsonw_str(w, buf_str(&words->origin));
    cli_json_text(w, "type", config_type_name(info->type));
    jsonw_key(w, "range");
    jsonw_str(w, buf_str(&words->range));
    cli_json_bool(w, "secret", info->secret);
    cli_json_bool(w, "reloadable", info->reloadable);
    cli_json_text(w, "text", info->text);
    return cli_listing_object_end(l);
}

static int write_row(struct cli_listing *l, enum config_key key, const struct words *words)
{
    const struct config_info *info = config_info(key);

    cli_listing_cell(l, "%s", words->name);
    cli_listing_cell(l, "%s", config_shown(l->cli->config, key));
    cli_listing_cell(l, STR_FMT, STR_ARG(buf_str(&words->origin)));
    cli_listing_cell(l, "%s", info->def);
    cli_listing_cell(l, "%s", info->text);
    return cli_listing_row_end(l);
}

static int markdown(struct cli *cli)
{
    struct buf docs;
    int rc;

    buf_init(&docs, DOCS_MAX_BYTES);
    rc = config_write_docs(&docs);
    cli_out_add(&cli->out, buf_str(&docs));
    buf_finish(&docs);
    return rc == 0 ? CLI_OK : CLI_BUG;
}

int cli_cmd_config(struct cli *cli)
{
    struct words words;
    struct cli_listing l;
    int rc = 0;

    if (cli_has(cli, "markdown")) {
        return markdown(cli);
    }
    buf_init(&words.origin, CELL_MAX);
    buf_init(&words.range, CELL_MAX);
    cli_listing_begin(&l, cli, columns, sizeof columns / sizeof columns[0]);
    for (int key = 0; rc == 0 && key < CFG_COUNT; key++) {
        rc = describe(cli, (enum config_key)key, &words);
        if (rc == 0) {
            rc = cli->json ? write_json(&l, (enum config_key)key, &words)
                           : write_row(&l, (enum config_key)key, &words);
        }
    }
    cli_listing_end(&l, "");
    buf_finish(&words.origin);
    buf_finish(&words.range);
    return rc < 0 ? CLI_BUG : CLI_OK;
}

// The settings were loaded and held against one another before this runs; exit code 78 if not.
int cli_cmd_config_check(struct cli *cli)
{
    if (!cli->quiet) {
        cli_out_add(&cli->out, STR("The settings are sound.\n"));
    }
    return CLI_OK;
}
