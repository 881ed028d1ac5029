// SPDX-License-Identifier: Apache-2.0
// The list of markets: the body is checked once as a whole, then handed out market by market, so
// that a list of many MB needs memory for one.
#include "base/number.h"
#include "exchange/venue_internal.h"

#include <string.h>

static int text_at(struct json_value in, const char *path, char *out, size_t cap)
{
    struct json_value v;
    int rc = venue__json_find(in, path, &v);
    return rc ? rc : venue__json_text(v, out, cap);
}

static int precision_at(struct json_value in, const char *path, int32_t *out)
{
    struct json_value v;
    int64_t digits;
    *out = DECIMAL_SCALE_MAX; // a venue that states none leaves it to the steps
    if (!path)
        return 0;
    if (venue__json_find(in, path, &v) != 0 ||
        (v.kind != JSON_KIND_NUMBER && v.kind != JSON_KIND_STRING) ||
        number_parse_i64(v.text, &digits) != 0 || digits < 0 || digits > DECIMAL_SCALE_MAX)
        return ERR_PROTOCOL;
    *out = (int32_t)digits;
    return 0;
}

static int filter_decimal(struct json_value v, enum filter_kind kind, struct decimal *out)
{
    int64_t digits;
    if (v.kind != JSON_KIND_NUMBER && v.kind != JSON_KIND_STRING)
        return ERR_PROTOCOL;
    if (kind == FILTER_STEP)
        return decimal_parse(v.text, out) != 0 || decimal_sign(*out) < 0 ? ERR_PROTOCOL : 0;
    if (number_parse_i64(v.text, &digits) != 0 || digits < 0 || digits > DECIMAL_SCALE_MAX)
        return ERR_PROTOCOL;
    *out = (struct decimal){1, (int32_t)digits};
    return 0;
}

static int filter_field(struct json_value filters, const struct venue_filter_field *field,
                        struct market_filters *out)
{
    struct json_value v;
    void *target = (char *)out + field->offset;
    if (venue__json_find(filters, field->path, &v) != 0)
        return field->required ? ERR_PROTOCOL : 0;
    if (field->kind != FILTER_FLAG)
        return filter_decimal(v, field->kind, target);
    if (v.kind != JSON_KIND_TRUE && v.kind != JSON_KIND_FALSE)
        return ERR_PROTOCOL;
    *(bool *)target = v.kind == JSON_KIND_TRUE;
    return 0;
}

static enum market_status status_of(const struct venue_markets_spec *s, const char *text)
{
    if (!s->statuses)
        return market_status_parse(str_from(text));
    for (const struct venue_status_name *n = s->statuses; n->text; n++)
        if (strcmp(n->text, text) == 0)
            return n->status;
    return MARKET_UNKNOWN;
}

static bool takes_market_orders(struct json_value market, const char *path)
{
    struct json_value types, type;
    struct json_reader r;
    if (!path)
        return true;
    if (venue__json_find(market, path, &types) != 0 || types.kind != JSON_KIND_ARRAY)
        return false;
    venue__json_start(&r, types.text);
    if (venue__json_enter(&r, '[') != 0)
        return false;
    while (venue__json_more(&r) == 1 && venue__json_value(&r, &type) == 0)
        if (type.kind == JSON_KIND_STRING && str_eq(type.text, STR("MARKET")))
            return true;
    return false;
}

static bool is_true_at(struct json_value in, const char *path)
{
    struct json_value v;
    return !path || (venue__json_find(in, path, &v) == 0 && v.kind == JSON_KIND_TRUE);
}

// Our name of an asset the venue calls otherwise.
static int asset_at(const struct venue *v, struct json_value in, const char *path,
                    char out[ASSET_MAX])
{
    int rc = text_at(in, path, out, ASSET_MAX);
    if (rc != 0 || out[0] == '\0')
        return ERR_PROTOCOL;
    for (const struct venue_alias *a = v->aliases; a && a->ours; a++)
        if (strcmp(a->theirs, out) == 0)
            return str_copy(out, ASSET_MAX, str_from(a->ours));
    for (char *c = out; *c; c++)
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    return 0;
}

static int decode_market(const struct venue *v, struct json_value in, struct market *m)
{
    const struct venue_markets_spec *s = &v->markets;
    struct json_value filters;
    char status[32];
    memset(m, 0, sizeof *m);
    int rc = text_at(in, s->symbol, m->symbol, sizeof m->symbol);
    rc = rc ? rc : asset_at(v, in, s->base, m->pair.base);
    rc = rc ? rc : asset_at(v, in, s->quote, m->pair.quote);
    rc = rc ? rc : precision_at(in, s->base_precision, &m->base_precision);
    rc = rc ? rc : precision_at(in, s->quote_precision, &m->quote_precision);
    rc = rc ? rc : venue__json_find(in, s->filters, &filters);
    if (rc != 0)
        return rc;
    m->status = MARKET_UNKNOWN; // also for a status word longer than any known
    if (text_at(in, s->status, status, sizeof status) == 0)
        m->status = status_of(s, status);
    m->spot_allowed = is_true_at(in, s->spot_allowed);
    m->market_orders = takes_market_orders(in, s->order_types);
    for (const struct venue_filter_field *f = s->fields; f->path && rc == 0; f++)
        rc = filter_field(filters, f, &m->filters);
    return rc;
}

static int64_t unit_ms(struct str text)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{"SECOND", MS_SECOND}, {"MINUTE", MS_MINUTE}, {"HOUR", MS_HOUR}, {"DAY", MS_DAY}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (str_eq(text, str_from(units[i].name)))
            return units[i].ms;
    return 0;
}

// Limits that cannot be understood are left out: the documented budget stays in force.
static void decode_limits(const struct venue_markets_spec *s, struct json_value root,
                          struct venue_limits *out)
{
    struct json_value row, count, unit, units;
    int64_t limit, n;
    if (!s->limits || venue__json_find(root, s->limits, &row) != 0 ||
        venue__json_find(row, s->limit_count, &count) != 0 ||
        venue__json_find(row, s->limit_unit, &unit) != 0 ||
        venue__json_find(row, s->limit_units, &units) != 0)
        return;
    if (number_parse_i64(count.text, &limit) != 0 || number_parse_i64(units.text, &n) != 0 ||
        limit < 1 || n < 1 || n > 1000000 || unit_ms(unit.text) == 0)
        return;
    out->weight_limit = limit;
    out->weight_window_ms = n * unit_ms(unit.text);
}

int venue_decode_markets(const struct venue *v, struct str body,
                         int (*each)(void *arg, const struct market *m), void *arg,
                         struct venue_limits *limits, size_t *skipped, struct diag *d)
{
    const struct venue_markets_spec *s = &v->markets;
    struct json_value root, list;
    struct json_reader r;
    struct market m;
    struct venue_limits found = {0, 0};
    size_t misunderstood = 0;
    int rc = venue__json_document(body, &root, d);
    if (rc != 0)
        return rc;
    if (venue__json_find(root, s->root, &list) != 0 ||
        (list.kind != JSON_KIND_ARRAY && list.kind != JSON_KIND_OBJECT))
        return diag_set(d, ERR_PROTOCOL, "the reply has no list of markets at \"%s\"", s->root);
    decode_limits(s, root, &found);
    bool keyed = list.kind == JSON_KIND_OBJECT;
    venue__json_start(&r, list.text);
    rc = venue__json_enter(&r, keyed ? '{' : '[');
    while (rc == 0) {
        struct json_value value;
        struct str key;
        rc = venue__json_more(&r);
        if (rc <= 0)
            break;
        rc = keyed ? venue__json_key(&r, &key) : 0;
        rc = rc ? rc : venue__json_value(&r, &value);
        if (rc != 0)
            break;
        if (decode_market(v, value, &m) != 0)
            misunderstood++;
        else
            rc = each(arg, &m);
    }
    if (limits)
        *limits = found;
    if (skipped)
        *skipped = misunderstood;
    return rc;
}
