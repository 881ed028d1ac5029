// SPDX-License-Identifier: Apache-2.0
// The sources of settings: INI text and files, environment, command line, a parent's text.
#include "config/config_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <string.h>
#include <unistd.h>

// inih reads lines into a buffer of 200 bytes unless built otherwise and would read a longer line
// as two. The reader below refuses such a line instead.
#define LINE_MAX_BYTES 190

struct load {
    struct config *config;
    struct str rest;
    const char *name;
    struct diag *diag;
    uint32_t line;
    int error;
    uint32_t set_at[CFG_COUNT]; // line that set a key; 0 = none yet
};

static void fail(struct load *l, int code)
{
    if (!l->error)
        l->error = code;
}

static void check_section(struct load *l, struct str line)
{
    size_t end = str_find(line, ']', 1);
    struct str section = str_sub(line, 1, end);
    if (end == line.len) {
        fail(l, diag_set_at(l->diag, ERR_SYNTAX, l->line, 1,
                            "section is not closed; write [section]"));
    } else if (!config__section_known(section)) {
        char hint[CONFIG__HINT_MAX];
        config__hint_section(section, hint);
        fail(l, diag_set_at(l->diag, ERR_NOT_FOUND, l->line, 2, "unknown section [" STR_FMT "]%s",
                            STR_ARG(str_sub(section, 0, 60)), hint));
    }
}

// inih's line source. Leading blanks go, so that no line counts as the continuation of another.
static char *read_line(char *dst, int cap, void *arg)
{
    struct load *l = arg;
    struct str line;
    if (l->error || l->rest.len == 0 || !str_split(&l->rest, '\n', &line))
        return NULL;
    l->line++;
    line = str_trim(line);
    if (line.len > LINE_MAX_BYTES || (int)line.len + 2 > cap) {
        fail(l, diag_set_at(l->diag, ERR_SYNTAX, l->line, 0,
                            "line is longer than %d bytes; shorten it", LINE_MAX_BYTES));
        return NULL;
    }
    if (line.len > 0 && line.data[0] == '[')
        check_section(l, line);
    if (l->error || str_copy(dst, (size_t)cap, line))
        return NULL;
    dst[line.len] = '\n';
    dst[line.len + 1] = '\0';
    return dst;
}

// inih's callback: nonzero goes on.
static int take_pair(void *arg, const char *section, const char *name, const char *value)
{
    struct load *l = arg;
    if (l->error)
        return 0;
    if (!section[0]) {
        fail(l, diag_set_at(l->diag, ERR_SYNTAX, l->line, 0,
                            "\"%.60s\" stands before any [section]; put it below one", name));
        return 0;
    }
    enum config_key key = config__lookup(str_from(section), str_from(name));
    if (key == CFG_COUNT) {
        char hint[CONFIG__HINT_MAX];
        config__hint_key(str_from(section), str_from(name), hint);
        fail(l, diag_set_at(l->diag, ERR_NOT_FOUND, l->line, 1,
                            "unknown setting \"%.60s\" in [%s]%s", name, section, hint));
        return 0;
    }
    if (l->set_at[key]) {
        fail(l, diag_set_at(l->diag, ERR_SYNTAX, l->line, 1,
                            "[%s] %s is set twice, first in line %u; remove one", section, name,
                            l->set_at[key]));
        return 0;
    }
    l->set_at[key] = l->line;
    int rc =
        config__put(l->config, key, str_from(value), CONFIG_FROM_FILE, l->name, l->line, l->diag);
    if (rc)
        fail(l, rc);
    return rc == 0;
}

int config_load_text(struct config *c, struct str text, const char *name, struct diag *d)
{
    if (text.len > CONFIG_FILE_MAX)
        return diag_set(d, ERR_FULL, "%s is larger than %u bytes; is it a settings file?", name,
                        CONFIG_FILE_MAX);
    size_t nul = str_find(text, '\0', 0);
    if (nul < text.len)
        return diag_set(d, ERR_SYNTAX, "%s is not a text file (it holds a NUL byte)", name);
    struct load l = {.config = c, .rest = text, .name = name, .diag = d};
    int rc = ini_parse_stream(read_line, &l, take_pair, &l);
    if (l.error)
        return l.error;
    if (rc > 0)
        return diag_set_at(d, ERR_SYNTAX, (uint32_t)rc, 0,
                           "neither [section] nor key = value; a comment begins with ';' or '#'");
    if (rc < 0)
        return diag_set(d, ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY));
    return 0;
}

static int read_all(int fd, struct buf *out)
{
    for (;;) {
        char *at = NULL;
        int rc = buf_reserve(out, 4096, &at);
        if (rc)
            return rc;
        ssize_t n = read(fd, at, 4096);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ERR_SYSTEM;
        if (n == 0)
            return 0;
        buf_commit(out, (size_t)n);
    }
}

int config_load_file(struct config *c, const char *path, struct diag *d)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return diag_set(d, ERR_NOT_FOUND, "no settings file %s; create it or leave --config out",
                        path);
    if (fd < 0)
        return diag_set(d, ERR_SYSTEM, "cannot open the settings file %s: %s", path,
                        strerror(errno));
    struct buf text;
    buf_init(&text, CONFIG_FILE_MAX + 8192);
    int rc = read_all(fd, &text);
    if (rc == ERR_SYSTEM)
        diag_set(d, rc, "cannot read the settings file %s: %s", path, strerror(errno));
    else if (rc)
        diag_set(d, rc, "cannot read the settings file %s: %s", path, err_text(rc));
    else
        rc = config_load_text(c, buf_str(&text), path, d);
    buf_finish(&text);
    close(fd);
    return rc;
}

#define ENV_PREFIX   "ORACLE__"
#define ENV_NAME_MAX 96

static int env_name(const struct config_info *info, char out[static ENV_NAME_MAX])
{
    int rc = str_printf(out, ENV_NAME_MAX, ENV_PREFIX "%s__%s", info->section, info->name);
    for (char *p = out; *p; p++) {
        if (*p == '.')
            *p = '_';
        else if (*p >= 'a' && *p <= 'z')
            *p = (char)(*p - 'a' + 'A');
    }
    return rc;
}

// The nearest variable, for a slip in the name.
static void hint_env(struct str name, char out[static CONFIG__HINT_MAX])
{
    unsigned best = 4;
    out[0] = '\0';
    for (size_t i = 0; i < CFG_COUNT; i++) {
        char candidate[ENV_NAME_MAX];
        if (env_name(config_info((enum config_key)i), candidate))
            continue;
        unsigned distance = str_distance(name, str_from(candidate), 3);
        if (distance < best &&
            str_printf(out, CONFIG__HINT_MAX, "; did you mean %s?", candidate) == 0)
            best = distance;
    }
}

static int take_variable(struct config *c, struct str name, struct str value, struct diag *d)
{
    for (size_t i = 0; i < CFG_COUNT; i++) {
        char candidate[ENV_NAME_MAX];
        if (env_name(config_info((enum config_key)i), candidate) == 0 &&
            str_eq(name, str_from(candidate)))
            return config__put(c, (enum config_key)i, value, CONFIG_FROM_ENV, NULL, 0, d);
    }
    char hint[CONFIG__HINT_MAX];
    hint_env(name, hint);
    return diag_set(d, ERR_NOT_FOUND, "environment variable " STR_FMT " names no setting%s",
                    STR_ARG(str_sub(name, 0, 80)), hint);
}

int config_load_env(struct config *c, char *const *environment, struct diag *d)
{
    for (; environment && *environment; environment++) {
        struct str entry = str_from(*environment);
        size_t equals = str_find(entry, '=', 0);
        struct str name = str_sub(entry, 0, equals);
        if (!str_starts(name, STR(ENV_PREFIX)))
            continue;
        int rc = take_variable(c, name, str_trim(str_sub(entry, equals + 1, entry.len)), d);
        if (rc)
            return rc;
    }
    return 0;
}

static int assign(struct config *c, struct str assignment, struct diag *d)
{
    size_t equals = str_find(assignment, '=', 0);
    if (equals == assignment.len)
        return diag_set(d, ERR_SYNTAX, "\"" STR_FMT "\" is not section.key=value",
                        STR_ARG(str_sub(assignment, 0, 80)));
    enum config_key key = CFG_COUNT;
    int rc = config_find(str_trim(str_sub(assignment, 0, equals)), &key, d);
    if (rc)
        return rc;
    struct str value = str_trim(str_sub(assignment, equals + 1, assignment.len));
    return config__put(c, key, value, CONFIG_FROM_SET, NULL, 0, d);
}

int config_set(struct config *c, const char *assignment, struct diag *d)
{
    return assign(c, str_from(assignment), d);
}

int config_set_value(struct config *c, enum config_key key, struct str value,
                     enum config_origin origin, struct diag *d)
{
    return config__put(c, key, value, origin, NULL, 0, d);
}

int config_deserialise(struct config *c, struct str text, struct diag *d)
{
    struct str line;
    while (text.len > 0 && str_split(&text, '\n', &line)) {
        int rc = line.len > 0 ? assign(c, line, d) : 0;
        if (rc)
            return rc;
    }
    return 0;
}
