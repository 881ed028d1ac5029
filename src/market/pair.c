// SPDX-License-Identifier: Apache-2.0
// Trading pairs and the reading of what users type for them. Order of readings:
//   1. With a separator ('/', or '-', or '_'): each place where it stands, BASE before, QUOTE
//   behind.
//   2. Without: the whole text as base with the default quote ("VET").
//   3. Without: every split into base and quote that is a known market ("VETUSDT"). Of several, the
//      one in the default quote wins, then the one with the longest quote: quotes that end in
//      another quote's name (FDUSD, USD) are commoner than bases that end in a quote's beginning.
#include "market/pair.h"

bool pair_equal(const struct pair *a, const struct pair *b)
{
    return str_eq(str_from(a->base), str_from(b->base)) &&
           str_eq(str_from(a->quote), str_from(b->quote));
}

void pair_format(const struct pair *p, char out[static PAIR_TEXT_MAX])
{
    // Two names below ASSET_MAX and a slash always fit.
    if (str_printf(out, PAIR_TEXT_MAX, "%s/%s", p->base, p->quote) != 0)
        out[0] = '\0';
}

static bool is_separator(char c)
{
    return c == '/' || c == '-' || c == '_';
}

int asset_parse(struct str text, char out[static ASSET_MAX])
{
    out[0] = '\0';
    if (text.len == 0)
        return ERR_SYNTAX;
    for (size_t i = 0; i < text.len;) {
        size_t len = str_utf8_len(text, i);
        char c = text.data[i];
        if (len == 0 || (len == 1 && ((unsigned char)c <= ' ' || c == 0x7F)) || is_separator(c) ||
            c == '"' || c == '\'' || c == '\\')
            return ERR_SYNTAX;
        i += len;
    }
    if (text.len >= ASSET_MAX)
        return ERR_RANGE;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        out[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    out[text.len] = '\0';
    return 0;
}

static int make(struct str base, struct str quote, struct pair *out)
{
    int rc = asset_parse(base, out->base);
    return rc ? rc : asset_parse(quote, out->quote);
}

int pair_parse(struct str text, struct pair *out)
{
    struct pair p;
    size_t at = str_find(text, '/', 0);
    if (at == text.len)
        return ERR_SYNTAX;
    int rc = make(str_sub(text, 0, at), str_sub(text, at + 1, text.len), &p);
    if (!rc)
        *out = p;
    return rc;
}

// What is being resolved, and the readings tried so far for the message.
struct attempt {
    struct str text;
    pair_known_fn known;
    void *arg;
    char tried[PAIR_TEXT_MAX]; // the first reading that was well formed
};

static bool try_reading(struct attempt *a, struct str base, struct str quote, struct pair *out)
{
    struct pair p;
    if (make(base, quote, &p))
        return false;
    if (!a->tried[0])
        pair_format(&p, a->tried);
    if (!a->known(a->arg, &p))
        return false;
    *out = p;
    return true;
}

static bool resolve_separated(struct attempt *a, char separator, struct pair *out)
{
    size_t at = str_find(a->text, separator, 0);
    for (; at < a->text.len; at = str_find(a->text, separator, at + 1)) {
        if (try_reading(a, str_sub(a->text, 0, at), str_sub(a->text, at + 1, a->text.len), out))
            return true;
    }
    return false;
}

static bool resolve_joined(struct attempt *a, struct str default_quote, struct pair *out)
{
    bool found = false;
    // From the longest quote to the shortest.
    for (size_t at = 1; at < a->text.len; at++) {
        struct pair p;
        struct str quote = str_sub(a->text, at, a->text.len);
        bool is_default = str_eq_nocase(quote, default_quote);
        if ((found && !is_default) || !try_reading(a, str_sub(a->text, 0, at), quote, &p))
            continue;
        *out = p;
        found = true;
        if (is_default)
            return true;
    }
    return found;
}

// Neither reading of the text, nor any part of it, could be an asset's name.
static int refuse(struct str text, struct diag *d)
{
    bool too_long = text.len >= PAIR_TEXT_MAX;
    return diag_set(d, too_long ? ERR_RANGE : ERR_SYNTAX,
                    "\"" STR_FMT "\"%s cannot name a pair; write it as BASE/QUOTE, for example "
                    "VET/USDT",
                    STR_ARG(str_sub(text, 0, 48)), too_long ? "..." : "");
}

int pair_resolve(struct str text, struct str default_quote, pair_known_fn known, void *arg,
                 struct pair *out, struct diag *d)
{
    struct attempt a = {.text = text, .known = known, .arg = arg};
    if (text.len == 0 || text.len >= PAIR_TEXT_MAX)
        return refuse(text, d);
    bool separated = false;
    for (const char *c = "/-_"; *c; c++) {
        separated |= str_find(text, *c, 0) < text.len;
        if (resolve_separated(&a, *c, out))
            return 0;
    }
    if (!separated) {
        if (try_reading(&a, text, default_quote, out) || resolve_joined(&a, default_quote, out))
            return 0;
    }
    if (!a.tried[0])
        return refuse(text, d);
    if (separated)
        return diag_set(d, ERR_NOT_FOUND, "the exchange has no market %s; check both names",
                        a.tried);
    return diag_set(d, ERR_NOT_FOUND,
                    "the exchange has no market %s, and no split of \"" STR_FMT
                    "\" into base and quote is one; write the pair as BASE/QUOTE",
                    a.tried, STR_ARG(text));
}
