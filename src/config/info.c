// SPDX-License-Identifier: Apache-2.0
// The settings table as data: lookup, near misses, and the generated documentation.
#include "config/config_internal.h"

enum flag {
    SECRET = 1,
    RELOAD = 2,
    REQUIRED = 4
};

static const char *const type_names[CONFIG_TYPE_COUNT] = {
    [CONFIG_STRING] = "text",        [CONFIG_PATH] = "path",         [CONFIG_URL] = "URL",
    [CONFIG_ENUM] = "choice",        [CONFIG_INT] = "whole number",  [CONFIG_SIZE] = "size",
    [CONFIG_BOOL] = "true or false", [CONFIG_DURATION] = "duration", [CONFIG_DOUBLE] = "number",
    [CONFIG_DECIMAL] = "number",     [CONFIG_TIME] = "time",
};

static const struct config_info infos[CFG_COUNT] = {
#define X(id, section_, name_, type_, def_, low_, high_, flags, text_)                             \
    [CFG_##id] = {.section = (section_),                                                           \
                  .name = (name_),                                                                 \
                  .type = CONFIG_##type_,                                                          \
                  .def = (def_),                                                                   \
                  .low = (low_),                                                                   \
                  .high = (high_),                                                                 \
                  .secret = ((flags)&SECRET) != 0,                                                 \
                  .reloadable = ((flags)&RELOAD) != 0,                                             \
                  .required = ((flags)&REQUIRED) != 0,                                             \
                  .text = (text_)},
    CONFIG_SETTINGS(X)
#undef X
};

const struct config_info *config_info(enum config_key key)
{
    return &infos[key];
}

const char *config_type_name(enum config_type type)
{
    return type_names[type];
}

bool config__section_known(struct str section)
{
    for (size_t i = 0; i < CFG_COUNT; i++) {
        if (str_eq(section, str_from(infos[i].section)))
            return true;
    }
    return false;
}

enum config_key config__lookup(struct str section, struct str name)
{
    for (size_t i = 0; i < CFG_COUNT; i++) {
        if (str_eq(section, str_from(infos[i].section)) && str_eq(name, str_from(infos[i].name)))
            return (enum config_key)i;
    }
    return CFG_COUNT;
}

#define NEAR_MAX 3 // edits that still count as a slip

void config__hint_section(struct str section, char out[static CONFIG__HINT_MAX])
{
    const char *best = NULL;
    unsigned best_distance = NEAR_MAX + 1;
    for (size_t i = 0; i < CFG_COUNT; i++) {
        unsigned distance = str_distance(section, str_from(infos[i].section), NEAR_MAX);
        if (distance < best_distance) {
            best = infos[i].section;
            best_distance = distance;
        }
    }
    out[0] = '\0';
    if (best && str_printf(out, CONFIG__HINT_MAX, "; did you mean [%s]?", best))
        out[0] = '\0';
}

// How far a setting is from what was written: the same name elsewhere is nearer than any slip.
static unsigned distance_to(const struct config_info *info, struct str section, struct str name)
{
    bool same_section = str_eq(section, str_from(info->section));
    unsigned distance = str_distance(name, str_from(info->name), NEAR_MAX);
    if (distance > NEAR_MAX)
        return distance * 2;
    return distance * 2 + (same_section ? 0 : 1);
}

void config__hint_key(struct str section, struct str name, char out[static CONFIG__HINT_MAX])
{
    const struct config_info *best = NULL;
    unsigned best_distance = NEAR_MAX * 2 + 2;
    for (size_t i = 0; i < CFG_COUNT; i++) {
        unsigned distance = distance_to(&infos[i], section, name);
        if (distance < best_distance) {
            best = &infos[i];
            best_distance = distance;
        }
    }
    out[0] = '\0';
    if (best &&
        str_printf(out, CONFIG__HINT_MAX, "; did you mean %s in [%s]?", best->name, best->section))
        out[0] = '\0';
}

int config_find(struct str name, enum config_key *out, struct diag *d)
{
    size_t dot = name.len;
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] == '.')
            dot = i;
    }
    struct str section = str_sub(name, 0, dot);
    struct str key = str_sub(name, dot + 1, name.len);
    enum config_key found = config__lookup(section, key);
    if (found == CFG_COUNT) {
        char hint[CONFIG__HINT_MAX];
        config__hint_key(section, key, hint);
        return diag_set(d, ERR_NOT_FOUND, "unknown setting \"" STR_FMT "\"%s (see `oracle config`)",
                        STR_ARG(str_sub(name, 0, 60)), hint);
    }
    *out = found;
    return 0;
}

int config_range_text(enum config_key key, struct buf *out)
{
    return config__range_write(&infos[key], out);
}

// A '|' would end a table's cell.
static int put_cell(struct buf *out, struct str text)
{
    int rc = 0;
    for (size_t i = 0; i < text.len && !rc; i++)
        rc = text.data[i] == '|' ? buf_add_str(out, STR("\\|")) : buf_add_char(out, text.data[i]);
    return rc;
}

static int put_row(const struct config_info *info, struct buf *out)
{
    int rc = buf_printf(out, "| `%s` | %s | ", info->name, config_type_name(info->type));
    if (!rc && info->def[0])
        rc = buf_printf(out, "`%s`", info->def);
    if (!rc)
        rc = buf_add_str(out, STR(" | "));
    if (!rc)
        rc = config__range_write(info, out);
    if (!rc)
        rc = buf_printf(out, " | %s | ", info->reloadable ? "yes" : "no");
    if (!rc)
        rc = put_cell(out, str_from(info->text));
    if (!rc && info->secret)
        rc = buf_add_str(out, STR(" Secret: never shown."));
    return rc ? rc : buf_add_str(out, STR(" |\n"));
}

int config_write_docs(struct buf *out)
{
    int rc = buf_add_str(
        out,
        STR("# Settings\n\n"
            "Generated by `oracle config --markdown`; do not edit.\n\n"
            "Sources, each later one wins: defaults, `/etc/oracle/oracle.conf`, the file given "
            "with `--config`, the environment (`ORACLE__SECTION__KEY`, a dot in a section is "
            "an underscore), `--set section.key=value`. \"Reload\" says whether SIGHUP takes "
            "a new value over; all others need a restart.\n"));
    const char *section = "";
    for (size_t i = 0; i < CFG_COUNT && !rc; i++) {
        if (!str_eq(str_from(section), str_from(infos[i].section))) {
            section = infos[i].section;
            rc = buf_printf(out,
                            "\n## [%s]\n\n"
                            "| Setting | Type | Default | Allowed | Reload | What it does |\n"
                            "|---|---|---|---|---|---|\n",
                            section);
        }
        if (!rc)
            rc = put_row(&infos[i], out);
    }
    return rc;
}
