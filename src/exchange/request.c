// SPDX-License-Identifier: Apache-2.0
// Builds request targets from the templates of a venue's record.
#include "exchange/venue_internal.h"

#include <stdio.h>
#include <string.h>

struct values { // what a template's words stand for; NULL = the template has no business with it
    const char *sym, *syms, *tf, *start, *end, *limit, *levels;
};

static const char *value_of(const struct values *v, struct str word)
{
    const struct {
        const char *word, *value;
    } table[] = {{"sym", v->sym}, {"syms", v->syms},   {"tf", v->tf},        {"start", v->start},
                 {"end", v->end}, {"limit", v->limit}, {"levels", v->levels}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (str_eq(word, str_from(table[i].word)))
            return table[i].value;
    return NULL;
}

static int append(char *out, size_t *used, const char *data, size_t len)
{
    if (*used + len >= VENUE_TARGET_MAX)
        return ERR_FULL;
    memcpy(out + *used, data, len);
    *used += len;
    out[*used] = '\0';
    return 0;
}

// RFC 3986: everything but the unreserved characters is written as %XX, upper case.
static int percent_encode(const char *text, char *out, size_t cap)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t used = 0;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '.' || c == '_' || c == '~';
        if (used + (plain ? 1 : 3) >= cap)
            return ERR_FULL;
        if (plain) {
            out[used++] = (char)c;
            continue;
        }
        out[used++] = '%';
        out[used++] = hex[c >> 4];
        out[used++] = hex[c & 15];
    }
    out[used] = '\0';
    return 0;
}

static int expand(const char *template, const struct values *v, struct venue_request *out)
{
    size_t used = 0;
    int rc = 0;
    out->target[0] = '\0';
    while (*template && rc == 0) {
        size_t plain = strcspn(template, "{");
        const char *close = strchr(template + plain, '}');
        rc = append(out->target, &used, template, plain);
        template += plain;
        if (rc != 0 || !*template)
            break;
        if (!close)
            return ERR_INTERNAL;
        struct str word = {template + 1, (size_t)(close - template - 1)};
        const char *value = value_of(v, word);
        if (!value)
            return ERR_INTERNAL;
        rc = append(out->target, &used, value, strlen(value));
        template = close + 1;
    }
    return rc;
}

#define SYMBOL_ENCODED (3 * 2 * ASSET_MAX)

static int symbol_encoded(const struct venue *v, const struct pair *p, char out[SYMBOL_ENCODED])
{
    char symbol[2 * ASSET_MAX];
    venue_symbol(v, p, symbol);
    return percent_encode(symbol, out, SYMBOL_ENCODED);
}

// Requests that hold nothing but a symbol.
static int build_symbol(const struct venue *v, enum venue_call call, const char *template,
                        int64_t weight, const struct pair *p, struct venue_request *out)
{
    char symbol[SYMBOL_ENCODED];
    int rc = symbol_encoded(v, p, symbol);
    if (rc != 0)
        return rc;
    out->call = call;
    out->weight = weight;
    return expand(template, &(struct values){.sym = symbol}, out);
}

int venue_build_time(const struct venue *v, struct venue_request *out)
{
    out->call = VENUE_TIME;
    out->weight = v->time.weight;
    return expand(v->time.request, &(struct values){.sym = NULL}, out);
}

// ["A","B"] percent-encoded, as the symbols parameter wants it.
static int symbols_list(const struct venue *v, const struct pair *pairs, size_t count,
                        char list[VENUE_TARGET_MAX])
{
    size_t used = 0;
    int rc = append(list, &used, "%5B", 3);
    for (size_t i = 0; i < count && rc == 0; i++) {
        char symbol[SYMBOL_ENCODED];
        rc = append(list, &used, i ? ",%22" : "%22", i ? 4 : 3);
        rc = rc ? rc : symbol_encoded(v, &pairs[i], symbol);
        rc = rc ? rc : append(list, &used, symbol, strlen(symbol));
        rc = rc ? rc : append(list, &used, "%22", 3);
    }
    return rc ? rc : append(list, &used, "%5D", 3);
}

int venue_build_markets(const struct venue *v, const struct pair *pairs, size_t count,
                        struct venue_request *out)
{
    const struct venue_markets_spec *m = &v->markets;
    char list[VENUE_TARGET_MAX];
    out->call = VENUE_MARKETS;
    out->weight = m->weight;
    if (!pairs || count == 0)
        return expand(m->request_all, &(struct values){.sym = NULL}, out);
    if (count == 1)
        return build_symbol(v, VENUE_MARKETS, m->request_one, m->weight, pairs, out);
    if (!m->request_some)
        return ERR_UNSUPPORTED;
    int rc = symbols_list(v, pairs, count, list);
    return rc ? rc : expand(m->request_some, &(struct values){.syms = list}, out);
}

// A bound of the span as the venue wants to read it.
static int bound_text(time_ms t, enum timeframe tf, int steps, int64_t ms, enum time_unit unit,
                      char out[TIME_TEXT_MAX * 3])
{
    char iso[TIME_TEXT_MAX];
    if (steps != 0)
        t = timeframe_step(tf, timeframe_open_of(tf, t), steps);
    t += ms;
    if (t < 0)
        t = 0;
    switch (unit) {
    case UNIT_ISO:
        time_format(t, iso);
        return percent_encode(iso, out, TIME_TEXT_MAX * 3);
    case UNIT_S:
        return str_printf(out, TIME_TEXT_MAX, "%lld", (long long)(t / 1000));
    case UNIT_US:
        return str_printf(out, TIME_TEXT_MAX, "%lld", (long long)t * 1000);
    case UNIT_MS:
        break;
    }
    return str_printf(out, TIME_TEXT_MAX, "%lld", (long long)t);
}

int venue_build_candles(const struct venue *v, const struct pair *p, enum timeframe tf,
                        time_ms from, time_ms to, int limit, struct venue_request *out)
{
    const struct venue_candles_spec *s = &v->candles;
    char symbol[SYMBOL_ENCODED], start[TIME_TEXT_MAX * 3], end[TIME_TEXT_MAX * 3], rows[16];
    if (!venue_has_timeframe(v, tf))
        return ERR_UNSUPPORTED;
    if (from < 0 || from >= to || to >= VENUE_TIME_MAX_MS || limit < 1 || limit > s->rows_max)
        return ERR_RANGE;
    out->call = VENUE_CANDLES;
    out->weight = s->weight;
    int rc = symbol_encoded(v, p, symbol);
    rc = rc ? rc : bound_text(from, tf, s->start_steps, s->start_ms, s->request_unit, start);
    rc = rc ? rc : bound_text(to, tf, s->end_steps, s->end_ms, s->request_unit, end);
    rc = rc ? rc : str_printf(rows, sizeof rows, "%d", limit);
    if (rc != 0)
        return rc;
    return expand(s->request,
                  &(struct values){
                      .sym = symbol, .tf = s->codes[tf], .start = start, .end = end, .limit = rows},
                  out);
}

int venue_build_book(const struct venue *v, const struct pair *p, int levels,
                     struct venue_request *out)
{
    const struct venue_book_spec *s = &v->book;
    char symbol[SYMBOL_ENCODED], text[16];
    if (levels < 1 || levels > BOOK_LEVELS_MAX)
        return ERR_RANGE;
    for (const int *depth = s->depths; depth && *depth; depth++) {
        if (*depth >= levels || !depth[1]) { // the smallest that is enough, else the largest
            levels = *depth;
            break;
        }
    }
    const struct venue_weight_step *w = s->weights;
    while (w->levels_max && w->levels_max < levels && w[1].levels_max)
        w++;
    out->call = VENUE_BOOK;
    out->weight = w->weight;
    int rc = symbol_encoded(v, p, symbol);
    rc = rc ? rc : str_printf(text, sizeof text, "%d", levels);
    if (rc != 0)
        return rc;
    return expand(s->request, &(struct values){.sym = symbol, .levels = text}, out);
}

int venue_build_ticker(const struct venue *v, const struct pair *p, struct venue_request *out)
{
    return build_symbol(v, VENUE_TICKER, v->ticker.request, v->ticker.weight, p, out);
}

int venue_build_stats(const struct venue *v, const struct pair *p, struct venue_request *out)
{
    return build_symbol(v, VENUE_STATS, v->stats.request, v->stats.weight, p, out);
}
