// SPDX-License-Identifier: Apache-2.0
// "Did you mean": the listed markets whose names are nearest to what was typed.
#include "control/control_internal.h"

#include <string.h>

#define NEAREST_MAX  3
#define DISTANCE_MAX 2

struct near {
    struct pair pair;
    unsigned score; // smaller is nearer
};

struct search {
    char base[PAIR_TEXT_MAX], quote[PAIR_TEXT_MAX]; // as typed, upper case; quote "" = joined
    struct str default_quote;
    struct near found[NEAREST_MAX];
    size_t count;
};

static void upper(struct str text, char out[static PAIR_TEXT_MAX])
{
    size_t len = text.len < PAIR_TEXT_MAX ? text.len : PAIR_TEXT_MAX - 1;

    for (size_t i = 0; i < len; i++) {
        char c = text.data[i];

        out[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    out[len] = '\0';
}

static void split_typed(struct str typed, struct search *s)
{
    size_t at = 0;

    while (at < typed.len && !strchr("/-_", typed.data[at])) {
        at++;
    }
    upper(str_sub(typed, 0, at), s->base);
    upper(str_sub(typed, at + 1, typed.len), s->quote);
}

// Two neighbours swapped ("VTE") are one slip of the finger, not two.
static unsigned slips(const char *typed, const char *name)
{
    struct str a = str_from(typed), b = str_from(name);

    if (a.len == b.len) {
        for (size_t i = 0; i + 1 < a.len; i++) {
            if (a.data[i] == b.data[i + 1] && a.data[i + 1] == b.data[i] &&
                memcmp(a.data, b.data, i) == 0 &&
                memcmp(a.data + i + 2, b.data + i + 2, a.len - i - 2) == 0) {
                return a.data[i] == a.data[i + 1] ? 0 : 1;
            }
        }
    }
    return str_distance(a, b, DISTANCE_MAX);
}

static unsigned score_of(const struct search *s, const struct market *m, bool *near_enough)
{
    char joined[2 * ASSET_MAX];
    bool is_default = str_eq(str_from(m->pair.quote), s->default_quote);
    unsigned distance;

    if (s->quote[0] != '\0') {
        unsigned base = slips(s->base, m->pair.base), quote = slips(s->quote, m->pair.quote);

        // The right base in another quote is a choice however far the quote's name is.
        distance = base == 0 ? (quote > DISTANCE_MAX ? DISTANCE_MAX : quote) : base + quote;
    } else {
        unsigned alone = slips(s->base, m->pair.base), whole = DISTANCE_MAX + 1;

        if (str_printf(joined, sizeof joined, "%s%s", m->pair.base, m->pair.quote) == 0) {
            whole = slips(s->base, joined);
        }
        distance = alone < whole ? alone : whole;
    }
    // Of a three-letter name, two letters must be right.
    *near_enough =
        distance <= DISTANCE_MAX && (distance < 2 || strlen(s->base) > 3 || s->quote[0] != '\0');
    return distance * 4 + (is_default ? 0u : 1u) + (m->status == MARKET_TRADING ? 0u : 2u);
}

static int consider(void *arg, const struct market *m)
{
    struct search *s = arg;
    bool near_enough = false;
    unsigned score = score_of(s, m, &near_enough);
    size_t at = s->count;

    if (!near_enough) {
        return 0;
    }
    while (at > 0 && s->found[at - 1].score > score) {
        at--;
    }
    if (at == NEAREST_MAX) {
        return 0;
    }
    if (s->count < NEAREST_MAX) {
        s->count++;
    }
    memmove(&s->found[at + 1], &s->found[at], (s->count - 1 - at) * sizeof s->found[0]);
    s->found[at] = (struct near){m->pair, score};
    return 0;
}

int control__suggest(struct request *rq, const char *exchange, struct str typed, struct buf *out)
{
    struct search s = {.default_quote =
                           str_from(config_str(rq->env->config, CFG_HUB_DEFAULT_QUOTE))};
    int rc;

    split_typed(typed, &s);
    rc = store_market_each(rq->env->store, exchange, consider, &s);
    for (size_t i = 0; rc == 0 && i < s.count; i++) {
        char text[PAIR_TEXT_MAX];
        const char *lead = i == 0 ? "; did you mean " : i + 1 == s.count ? " or " : ", ";

        pair_format(&s.found[i].pair, text);
        rc = buf_printf(out, "%s%s", lead, text);
    }
    return rc == 0 && s.count > 0 ? buf_add_char(out, '?') : rc;
}
