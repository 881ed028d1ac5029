// SPDX-License-Identifier: Apache-2.0
// The settings in force: one checked value and its origin for each row of the table.
#include "config/config_internal.h"

#include <stdlib.h>

struct entry {
    char *text; // owned, as written
    char *file; // owned; NULL unless the origin is a file
    uint32_t line;
    enum config_origin origin;
    struct config__value value;
};

struct config {
    struct entry entries[CFG_COUNT];
};

static char *duplicate(struct str s)
{
    char *copy = malloc(s.len + 1);
    if (copy && str_copy(copy, s.len + 1, s)) {
        free(copy);
        copy = NULL;
    }
    return copy;
}

int config__put(struct config *c, enum config_key key, struct str text, enum config_origin origin,
                const char *file, uint32_t line, struct diag *d)
{
    struct config__value value;
    int rc = config__value_parse(config_info(key), text, &value, d);
    if (rc) {
        if (d)
            d->line = line;
        return rc;
    }
    char *copy = duplicate(text);
    char *file_copy = file ? duplicate(str_from(file)) : NULL;
    if (!copy || (file && !file_copy)) {
        free(copy);
        free(file_copy);
        return diag_set_at(d, ERR_NO_MEMORY, line, 0, "%s", err_text(ERR_NO_MEMORY));
    }
    struct entry *e = &c->entries[key];
    free(e->text);
    free(e->file);
    *e = (struct entry){
        .text = copy, .file = file_copy, .line = line, .origin = origin, .value = value};
    return 0;
}

struct config *config_create(void)
{
    struct config *c = calloc(1, sizeof(*c));
    if (!c)
        return NULL;
    for (size_t i = 0; i < CFG_COUNT; i++) {
        struct str def = str_from(config_info((enum config_key)i)->def);
        if (config__put(c, (enum config_key)i, def, CONFIG_FROM_DEFAULT, NULL, 0, NULL)) {
            config_destroy(c);
            return NULL;
        }
    }
    return c;
}

void config_destroy(struct config *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < CFG_COUNT; i++) {
        free(c->entries[i].text);
        free(c->entries[i].file);
    }
    free(c);
}

const char *config__text(const struct config *c, enum config_typed_key key)
{
    return c->entries[key].text;
}

int64_t config__i64(const struct config *c, enum config_typed_key key)
{
    return c->entries[key].value.i64;
}

double config__double(const struct config *c, enum config_typed_key key)
{
    return c->entries[key].value.real;
}

struct decimal config__decimal(const struct config *c, enum config_typed_key key)
{
    return c->entries[key].value.decimal;
}

bool config__time(const struct config *c, enum config_typed_key key, time_ms *out)
{
    const struct config__value *v = &c->entries[key].value;
    if (v->present)
        *out = v->i64;
    return v->present;
}

const char *config_shown(const struct config *c, enum config_key key)
{
    const char *text = c->entries[key].text;
    return config_info(key)->secret && text[0] ? "(set)" : text;
}

enum config_origin config_origin(const struct config *c, enum config_key key)
{
    return c->entries[key].origin;
}

int config_origin_text(const struct config *c, enum config_key key, struct buf *out)
{
    static const char *const names[] = {
        [CONFIG_FROM_DEFAULT] = "default",
        [CONFIG_FROM_FILE] = "file",
        [CONFIG_FROM_ENV] = "environment",
        [CONFIG_FROM_SET] = "--set",
    };
    const struct entry *e = &c->entries[key];
    if (e->file)
        return buf_printf(out, "%s:%u", e->file, e->line);
    return buf_add_str(out, str_from(names[e->origin]));
}

bool config_same(const struct config *a, const struct config *b, enum config_key key)
{
    return str_eq(str_from(a->entries[key].text), str_from(b->entries[key].text));
}

int config_serialise(const struct config *c, bool with_secrets, struct buf *out)
{
    int rc = 0;
    for (size_t i = 0; i < CFG_COUNT && !rc; i++) {
        const struct config_info *info = config_info((enum config_key)i);
        if (info->secret && !with_secrets)
            continue;
        rc = buf_printf(out, "%s.%s=%s\n", info->section, info->name, c->entries[i].text);
    }
    return rc;
}

// Is the host of an http:// address this machine itself?
static bool is_loopback(struct str url)
{
    struct str host = str_sub(url, sizeof("http://") - 1, url.len);
    if (str_starts(host, STR("[::1]")))
        return true;
    host = str_sub(host, 0, str_find(host, '/', 0));
    host = str_sub(host, 0, str_find(host, ':', 0));
    if (str_eq_nocase(host, STR("localhost")))
        return true;
    // 127.0.0.0/8 as four numbers, not a name that begins like one.
    size_t dots = 0;
    for (size_t i = 0; i < host.len; i++) {
        dots += host.data[i] == '.';
        if (host.data[i] != '.' && (host.data[i] < '0' || host.data[i] > '9'))
            return false;
    }
    return dots == 3 && str_starts(host, STR("127."));
}

int config_check(const struct config *c, struct diag *d)
{
    if (config_ms(c, CFG_HUB_RESTART_BACKOFF_MIN) > config_ms(c, CFG_HUB_RESTART_BACKOFF_MAX))
        return diag_set(d, ERR_INVALID,
                        "[hub] restart_backoff_min (%s) is above restart_backoff_max (%s); lower "
                        "the first or raise the second",
                        config_shown(c, CFG_HUB_RESTART_BACKOFF_MIN),
                        config_shown(c, CFG_HUB_RESTART_BACKOFF_MAX));
    if (config_ms(c, CFG_HUB_HANG_TIMEOUT) < 2 * config_ms(c, CFG_HUB_HEARTBEAT_INTERVAL))
        return diag_set(d, ERR_INVALID,
                        "[hub] hang_timeout (%s) must be at least twice heartbeat_interval (%s), "
                        "or healthy agents are killed",
                        config_shown(c, CFG_HUB_HANG_TIMEOUT),
                        config_shown(c, CFG_HUB_HEARTBEAT_INTERVAL));
    struct str store_url = str_from(config_str(c, CFG_STORE_URL));
    if (str_eq(str_from(config_str(c, CFG_STORE_BACKEND)), STR("postgres")) &&
        !str_starts(store_url, STR("postgres://")) && !str_starts(store_url, STR("postgresql://")))
        return diag_set(d, ERR_INVALID,
                        "[store] backend = postgres needs [store] url = "
                        "postgresql://user:password@host:port/database");
    struct str base_url = str_from(config_str(c, CFG_BINANCE_BASE_URL));
    if (str_starts(base_url, STR("http://")) && !is_loopback(base_url) &&
        config_bool(c, CFG_BINANCE_VERIFY_TLS))
        return diag_set(d, ERR_INVALID,
                        "[exchange.binance] base_url is not encrypted (http://) and not on this "
                        "machine; use https://, or set verify_tls = false if this is meant");
    return 0;
}
