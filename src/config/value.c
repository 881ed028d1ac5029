// SPDX-License-Identifier: Apache-2.0
// From the text of one value to the value: a parser and a comparison for each type.
#include "config/config_internal.h"

#include "base/number.h"

static int parse_text(struct str text, struct config__value *v)
{
    v->present = text.len > 0;
    return 0;
}

static int parse_url(struct str text, struct config__value *v)
{
    v->present = text.len > 0;
    if (!v->present)
        return 0;
    size_t scheme = str_starts(text, STR("http://"))    ? sizeof("http://") - 1
                    : str_starts(text, STR("https://")) ? sizeof("https://") - 1
                                                        : 0;
    if (scheme == 0 || text.len == scheme || text.data[scheme] == '/' || text.data[scheme] == ':')
        return ERR_SYNTAX;
    // A user name or a query has no place in an address that paths are appended to.
    for (size_t i = scheme; i < text.len; i++) {
        char c = text.data[i];
        if ((unsigned char)c <= ' ' || c == '@' || c == '?' || c == '#' || c == '"' || c == '\\')
            return ERR_SYNTAX;
    }
    return 0;
}

static int parse_int(struct str text, struct config__value *v)
{
    int rc = number_parse_i64(text, &v->i64);
    v->real = (double)v->i64;
    return rc;
}

static int parse_size(struct str text, struct config__value *v)
{
    static const char suffixes[] = "KMG";
    int shift = 0;
    for (int i = 0; suffixes[i] && text.len > 0; i++) {
        if (text.data[text.len - 1] == suffixes[i])
            shift = 10 * (i + 1);
    }
    if (shift)
        text = str_sub(text, 0, text.len - 1);
    int rc = number_parse_i64(text, &v->i64);
    if (!rc && v->i64 < 0)
        rc = ERR_RANGE;
    if (!rc && __builtin_mul_overflow(v->i64, INT64_C(1) << shift, &v->i64))
        rc = ERR_RANGE;
    return rc;
}

static int parse_bool(struct str text, struct config__value *v)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (str_eq_nocase(text, str_from(words[i]))) {
            v->i64 = (int64_t)(i % 2);
            return 0;
        }
    }
    return ERR_SYNTAX;
}

static int parse_duration(struct str text, struct config__value *v)
{
    return duration_parse(text, &v->i64);
}

static int parse_double(struct str text, struct config__value *v)
{
    return number_parse_double(text, &v->real);
}

static int parse_decimal(struct str text, struct config__value *v)
{
    int rc = decimal_parse(text, &v->decimal);
    if (!rc)
        v->real = decimal_to_double(v->decimal);
    return rc;
}

static int parse_time(struct str text, struct config__value *v)
{
    v->present = text.len > 0;
    return v->present ? time_parse(text, &v->i64) : 0;
}

static int compare_i64(const struct config__value *a, const struct config__value *b)
{
    return (a->i64 > b->i64) - (a->i64 < b->i64);
}

static int compare_real(const struct config__value *a, const struct config__value *b)
{
    return (a->real > b->real) - (a->real < b->real);
}

static int compare_decimal(const struct config__value *a, const struct config__value *b)
{
    return decimal_cmp(a->decimal, b->decimal);
}

static const struct type_ops {
    int (*parse)(struct str text, struct config__value *v);
    int (*compare)(const struct config__value *a, const struct config__value *b); // NULL: no order
    const char *expected;
} types[CONFIG_TYPE_COUNT] = {
    [CONFIG_STRING] = {parse_text, NULL, "a text"},
    [CONFIG_PATH] = {parse_text, NULL, "a path"},
    [CONFIG_URL] = {parse_url, NULL,
                    "an address such as https://host:port without user name or query"},
    [CONFIG_ENUM] = {NULL, NULL, "one of the choices"},
    [CONFIG_INT] = {parse_int, compare_i64, "a whole number"},
    [CONFIG_SIZE] = {parse_size, compare_i64, "bytes such as 4096, 64K, 16M or 1G"},
    [CONFIG_BOOL] = {parse_bool, NULL, "true or false"},
    [CONFIG_DURATION] = {parse_duration, compare_i64, "a duration such as 250ms, 5s, 5m or 1h30m"},
    [CONFIG_DOUBLE] = {parse_double, compare_real, "a number such as 1.5"},
    [CONFIG_DECIMAL] = {parse_decimal, compare_decimal, "a decimal number such as 12.5"},
    [CONFIG_TIME] = {parse_time, NULL, "a UTC time such as 2021-05-01 or 2021-05-01T04:00:00Z"},
};

static int parse_choice(const struct config_info *info, struct str text, struct config__value *v)
{
    struct str rest = str_from(info->low);
    struct str choice;
    for (int64_t i = 0; str_split(&rest, '|', &choice); i++) {
        if (str_eq(text, choice)) {
            v->i64 = i;
            return 0;
        }
    }
    return ERR_RANGE;
}

// Compares with a limit of the table; an empty limit allows everything.
static int beyond(const struct config_info *info, const struct config__value *v, const char *limit,
                  int sign)
{
    struct config__value bound = {0};
    if (!limit[0] || !types[info->type].compare)
        return 0;
    int rc = types[info->type].parse(str_from(limit), &bound);
    if (rc)
        return ERR_INTERNAL;
    return types[info->type].compare(v, &bound) * sign > 0 ? ERR_RANGE : 0;
}

static int parse(const struct config_info *info, struct str text, struct config__value *v)
{
    *v = (struct config__value){.present = true};
    if (text.len > CONFIG__VALUE_MAX)
        return ERR_SYNTAX;
    for (size_t i = 0; i < text.len;) {
        // Values travel in lines and are shown on terminals.
        size_t len = str_utf8_len(text, i);
        if (len == 0 || (unsigned char)text.data[i] < ' ' || text.data[i] == 0x7F)
            return ERR_SYNTAX;
        i += len;
    }
    if (info->type == CONFIG_ENUM)
        return parse_choice(info, text, v);
    int rc = types[info->type].parse(text, v);
    if (!rc && info->required && !v->present)
        rc = ERR_SYNTAX;
    if (!rc)
        rc = beyond(info, v, info->low, -1);
    return rc ? rc : beyond(info, v, info->high, 1);
}

int config__range_write(const struct config_info *info, struct buf *out)
{
    if (info->type == CONFIG_ENUM) {
        struct str rest = str_from(info->low);
        struct str choice;
        int rc = 0;
        for (bool first = true; !rc && str_split(&rest, '|', &choice); first = false)
            rc = buf_printf(out, "%s" STR_FMT,
                            first       ? ""
                            : rest.data ? ", "
                                        : " or ",
                            STR_ARG(choice));
        return rc;
    }
    if (info->low[0] && info->high[0])
        return buf_printf(out, "%s to %s", info->low, info->high);
    if (info->low[0])
        return buf_printf(out, "at least %s", info->low);
    if (info->high[0])
        return buf_printf(out, "at most %s", info->high);
    return info->required ? buf_add_str(out, STR("not empty")) : 0;
}

int config__value_parse(const struct config_info *info, struct str text, struct config__value *out,
                        struct diag *d)
{
    struct config__value v;
    int rc = parse(info, text, &v);
    if (!rc) {
        *out = v;
        return 0;
    }
    struct buf range;
    buf_init(&range, 256);
    struct str allowed = STR("");
    if (config__range_write(info, &range) == 0)
        allowed = buf_str(&range);
    // The wrong text helps to find it, unless it is a secret; its control characters stay out.
    char shown[64];
    struct str wrong = info->secret ? STR("(secret)") : str_sub(text, 0, sizeof(shown) - 1);
    for (size_t i = 0; i < wrong.len; i++) {
        bool plain = (unsigned char)wrong.data[i] >= ' ' && wrong.data[i] != 0x7F;
        shown[i] = plain ? wrong.data[i] : '?';
    }
    shown[wrong.len] = '\0';
    diag_set(d, rc, "[%s] %s = %s: %s %s%s" STR_FMT, info->section, info->name, shown,
             rc == ERR_RANGE ? "out of range; write" : "not valid; write",
             types[info->type].expected, allowed.len > 0 ? ": " : "", STR_ARG(allowed));
    buf_finish(&range);
    return rc;
}
