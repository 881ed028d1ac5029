// SPDX-License-Identifier: Apache-2.0
// Finding a record, what it says about itself, and the small readers all decoders share.
#include "base/number.h"
#include "exchange/venue_internal.h"

#include <string.h>

static int say_unknown(struct str name, struct diag *d)
{
    char known[160] = "";
    size_t used = 0;
    for (size_t i = 0; venue__all[i]; i++) {
        int n =
            snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", venue__all[i]->name);
        if (n < 0 || (size_t)n >= sizeof known - used)
            break;
        used += (size_t)n;
    }
    return diag_set(d, ERR_NOT_FOUND, "no exchange \"" STR_FMT "\" is known; choose one of: %s",
                    STR_ARG(str_sub(name, 0, 40)), known);
}

int venue_find(struct str name, const struct venue **out, struct diag *d)
{
    for (size_t i = 0; venue__all[i]; i++) {
        if (str_eq_nocase(name, str_from(venue__all[i]->name))) {
            *out = venue__all[i];
            return 0;
        }
    }
    return say_unknown(name, d);
}

const char *venue_name(const struct venue *v)
{
    return v->name;
}

bool venue_has_timeframe(const struct venue *v, enum timeframe tf)
{
    return (unsigned)tf < TF_COUNT && v->candles.codes[tf] != NULL;
}

int venue_candle_limit(const struct venue *v)
{
    return v->candles.rows_max;
}

int64_t venue_settle_ms(const struct venue *v)
{
    return v->settle_ms;
}

void venue_default_budget(const struct venue *v, int64_t *limit, int64_t *window_ms)
{
    *limit = v->budget;
    *window_ms = v->budget_window_ms;
}

static const char *asset_alias(const struct venue *v, const char *asset)
{
    for (const struct venue_alias *a = v->aliases; a && a->ours; a++)
        if (strcmp(a->ours, asset) == 0)
            return a->theirs;
    return asset;
}

void venue_symbol(const struct venue *v, const struct pair *p, char out[static 2 * ASSET_MAX])
{
    size_t used = 0;
    for (const char *t = v->symbol_template; *t && used + 1 < 2 * ASSET_MAX; t++) {
        bool is_asset = t[0] == '{' && strchr("BQbq", t[1]) && t[2] == '}';
        if (!is_asset) {
            out[used++] = *t;
            continue;
        }
        bool lower = t[1] == 'b' || t[1] == 'q';
        const char *asset = asset_alias(v, t[1] == 'B' || t[1] == 'b' ? p->base : p->quote);
        for (; *asset && used + 1 < 2 * ASSET_MAX; asset++)
            out[used++] = (char)(lower && *asset >= 'A' && *asset <= 'Z' ? *asset | 0x20 : *asset);
        t += 2;
    }
    out[used] = '\0';
}

int venue__time_parse(struct str text, enum time_unit unit, time_ms *out)
{
    int64_t value;
    if (unit == UNIT_ISO)
        return time_parse(text, out);
    int rc = number_parse_i64(text, &value);
    if (rc != 0)
        return rc;
    if (unit == UNIT_S && (value > VENUE_TIME_MAX_MS / 1000 || value < 0))
        return ERR_RANGE;
    if (unit == UNIT_S)
        value *= 1000;
    if (unit == UNIT_US)
        value /= 1000;
    if (value < VENUE_TIME_MIN_MS || value >= VENUE_TIME_MAX_MS)
        return ERR_RANGE;
    *out = value;
    return 0;
}

int venue__decimal_at(struct json_value in, const char *path, struct decimal *out, struct diag *d)
{
    struct json_value v;
    if (venue__json_find(in, path, &v) != 0)
        return diag_set(d, ERR_PROTOCOL, "the reply has no \"%s\"", path);
    if (v.kind != JSON_KIND_STRING && v.kind != JSON_KIND_NUMBER)
        return diag_set(d, ERR_PROTOCOL, "\"%s\" is neither text nor a number", path);
    if (decimal_parse(v.text, out) != 0)
        return diag_set(d, ERR_PROTOCOL, "\"%s\" is no usable number: \"" STR_FMT "\"", path,
                        STR_ARG(str_sub(v.text, 0, 40)));
    return 0;
}

int venue__symbol_check(const struct venue *v, struct json_value in, const char *path,
                        const struct pair *expected, struct diag *d)
{
    char asked[2 * ASSET_MAX], told[2 * ASSET_MAX];
    struct json_value value;
    if (!path || !expected)
        return 0;
    venue_symbol(v, expected, asked);
    if (venue__json_find(in, path, &value) != 0 || venue__json_text(value, told, sizeof told) != 0)
        return diag_set(d, ERR_PROTOCOL, "the reply does not say which symbol it is about");
    if (strcmp(asked, told) != 0)
        return diag_set(d, ERR_PROTOCOL, "the reply is about %s, asked for was %s", told, asked);
    return 0;
}
