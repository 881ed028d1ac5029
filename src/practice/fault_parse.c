// SPDX-License-Identifier: Apache-2.0
// Parses fault scripts: one fault a line, blanks between words, # begins a comment. Strict: every
// word must be known, every rule complete; errors name line, column and the choices.
#include "base/number.h"
#include "practice/fault_internal.h"

#include <stdlib.h>
#include <string.h>

struct parse {
    struct str line;
    uint32_t number;
    time_ms start;
    struct fault_rule *rule;
    bool has_kind;
    uint32_t argument_column;
    struct diag *d;
};

static const char *const endpoint_names[] = {"*",      "ping",     "time",       "exchangeInfo",
                                             "klines", "uiKlines", "depth",      "avgPrice",
                                             "price",  "24hr",     "bookTicker", "market"};

static const int statuses[] = {400, 401, 403, 404, 418, 429, 451, 500, 502, 503, 504};

static int fail(struct parse *p, struct str at, const char *text)
{
    uint32_t column = (uint32_t)(at.data - p->line.data) + 1;
    return diag_set_at(p->d, ERR_SYNTAX, p->number, column, "'%.*s': %s",
                       (int)(at.len < 40 ? at.len : 40), at.data, text);
}

// ---- values -------------------------------------------------------------------------------------

static int read_duration(struct parse *p, struct str v, int64_t *out)
{
    if (duration_parse(v, out) != 0 || *out < 0 || *out > 3660 * MS_DAY)
        return fail(p, v, "is no duration; write 250ms, 30s, 5m, 4h or 2d");
    return 0;
}

static int read_signed(struct parse *p, struct str v, int64_t *out)
{
    bool negative = v.len > 0 && v.data[0] == '-';
    bool sign = negative || (v.len > 0 && v.data[0] == '+');
    int err = read_duration(p, sign ? str_sub(v, 1, v.len) : v, out);
    if (err == 0 && negative)
        *out = -*out;
    return err;
}

static int read_moment(struct parse *p, struct str v, time_ms *out)
{
    int64_t after = 0;
    if (v.len > 0 && v.data[0] == '+') {
        int err = read_duration(p, str_sub(v, 1, v.len), &after);
        *out = p->start + after;
        return err;
    }
    if (time_parse(v, out) != 0)
        return fail(p, v, "is no time; write +1h (after the start) or 2021-05-01T00:00Z");
    return 0;
}

static int read_rate(struct parse *p, struct str v)
{
    if (number_parse_double(v, &p->rule->rate) != 0 || !(p->rule->rate > 0) || p->rule->rate > 1)
        return fail(p, v, "is no rate; write a number above 0 and up to 1");
    return 0;
}

static int read_count(struct parse *p, struct str v, int64_t *out)
{
    if (number_parse_i64(v, out) != 0 || *out < 1 || *out > 1000000000)
        return fail(p, v, "is no count; write a whole number from 1 on");
    return 0;
}

static int read_symbol(struct parse *p, struct str v, char out[static FAULT_SYMBOL_MAX])
{
    for (size_t i = 0; i < v.len; i++) {
        if ((unsigned char)v.data[i] <= ' ' || v.data[i] == '"' || v.data[i] == '\\' ||
            (v.data[i] >= 'a' && v.data[i] <= 'z'))
            return fail(p, v, "is no symbol; write it as the exchange does: BTCUSDT");
    }
    if (v.len == 0 || str_copy(out, FAULT_SYMBOL_MAX, v) != 0)
        return fail(p, v, "is no symbol; write it as the exchange does: BTCUSDT");
    return 0;
}

static int read_interval(struct parse *p, struct str v)
{
    p->rule->any_timeframe = false;
    if (timeframe_parse(v, &p->rule->timeframe, NULL) != 0)
        return fail(p, v, "is no interval; write 1m, 5m, 15m, 1h, 4h, 1d, 1w, 1M ...");
    return 0;
}

static int read_retry_after(struct parse *p, struct str v)
{
    if (str_eq(v, STR("none"))) {
        p->rule->retry_after_s = -1;
        return 0;
    }
    int64_t ms = 0;
    int err = read_duration(p, v, &ms);
    if (err == 0 && ms < MS_SECOND)
        return fail(p, v, "is too short; Retry-After counts whole seconds, or write none");
    p->rule->retry_after_s = ms / MS_SECOND;
    return err;
}

// ---- words --------------------------------------------------------------------------------------

static int64_t default_amount(enum fault_kind kind)
{
    static const struct {
        enum fault_kind kind;
        int64_t ms;
    } defaults[] = {{FAULT_KIND_HANG, 60 * MS_SECOND},
                    {FAULT_KIND_DELAY, 2 * MS_SECOND},
                    {FAULT_KIND_DRIP, 200},
                    {FAULT_KIND_LATE, 30 * MS_SECOND},
                    {FAULT_KIND_STALE, 3 * MS_SECOND},
                    {FAULT_KIND_REVISE, MS_MINUTE}};
    for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
        if (defaults[i].kind == kind)
            return defaults[i].ms;
    }
    return 0;
}

static int read_status(struct parse *p, struct str word, struct str v)
{
    int64_t n = 0;
    if (number_parse_i64(v, &n) == 0) {
        for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
            if (statuses[i] == n) {
                p->rule->amount = n;
                return 0;
            }
        }
    }
    return fail(p, word, "needs one of 400 401 403 404 418 429 451 500 502 503 504");
}

static int read_action(struct parse *p, enum fault_kind kind, struct str word, bool has_value,
                       struct str v)
{
    if (p->has_kind)
        return fail(p, word, "is a second action; write one fault a line");
    p->has_kind = true;
    p->rule->kind = kind;
    p->rule->amount = default_amount(kind);
    switch (fault__argument_of(kind)) {
    case FAULT_ARGUMENT_NONE:
        return has_value ? fail(p, word, "takes no value") : 0;
    case FAULT_ARGUMENT_NUMBER:
        return read_status(p, word, has_value ? v : STR(""));
    case FAULT_ARGUMENT_DURATION:
        return has_value ? read_duration(p, v, &p->rule->amount) : 0;
    case FAULT_ARGUMENT_SIGNED:
        return has_value ? read_signed(p, v, &p->rule->amount)
                         : fail(p, word, "needs a value, as in offset=-90s");
    case FAULT_ARGUMENT_WORD:
        return has_value ? read_symbol(p, v, p->rule->word)
                         : fail(p, word, "needs a value, as in rename=NEWUSDT");
    }
    return ERR_INTERNAL;
}

static int read_condition(struct parse *p, struct str word, struct str name, struct str v)
{
    if (str_eq(name, STR("symbol")))
        return read_symbol(p, v, p->rule->symbol);
    if (str_eq(name, STR("interval")))
        return read_interval(p, v);
    if (str_eq(name, STR("rate")))
        return read_rate(p, v);
    if (str_eq(name, STR("from")))
        return read_moment(p, v, &p->rule->from);
    if (str_eq(name, STR("to")))
        return read_moment(p, v, &p->rule->to);
    if (str_eq(name, STR("count")))
        return read_count(p, v, &p->rule->limit);
    if (str_eq(name, STR("retry_after")))
        return read_retry_after(p, v);
    return fail(p, word,
                "is not known here; conditions are symbol interval rate from to count "
                "retry_after, then an action such as status=429 or late=30s");
}

static int read_word(struct parse *p, struct str word)
{
    size_t equals = str_find(word, '=', 0);
    bool has_value = equals < word.len;
    struct str name = str_sub(word, 0, equals), v = str_sub(word, equals + 1, word.len);
    for (int kind = 0; kind < FAULT_KIND_COUNT; kind++) {
        if (str_eq(name, str_from(fault_word((enum fault_kind)kind))))
            return read_action(p, (enum fault_kind)kind, word, has_value, v);
    }
    return read_condition(p, word, name, v);
}

static int read_endpoint(struct parse *p, struct str word)
{
    for (size_t i = 0; i < sizeof(endpoint_names) / sizeof(endpoint_names[0]); i++) {
        if (!str_eq(word, str_from(endpoint_names[i])))
            continue;
        if (i == 0) // any
            return 0;
        return str_copy(p->rule->endpoint, sizeof(p->rule->endpoint), word);
    }
    return fail(p, word,
                "is no endpoint; write * ping time exchangeInfo klines uiKlines depth "
                "avgPrice price 24hr bookTicker or market");
}

// ---- whole rules --------------------------------------------------------------------------------

static int check_rule(struct parse *p, struct str first)
{
    const struct fault_rule *r = p->rule;
    bool market = strcmp(r->endpoint, "market") == 0;
    bool klines = !r->endpoint[0] || strcmp(r->endpoint, "klines") == 0;
    if (!p->has_kind)
        return fail(p, first, "has no action; add one such as status=429, late=30s, hang");
    enum fault_level level = fault_level_of(r->kind);
    if (market != (level == FAULT_MARKET))
        return fail(p, first,
                    market ? "takes halt delist remove rename unlisted only"
                           : "does not fit this action; begin the line with market");
    if ((level == FAULT_ROWS || level == FAULT_CANDLE) && !klines)
        return fail(p, first, "does not fit this action; begin the line with klines");
    if (level == FAULT_CLOCK && strcmp(r->endpoint, "time") != 0)
        return fail(p, first, "does not fit this action; begin the line with time");
    if (r->kind == FAULT_KIND_RENAME && !r->symbol[0])
        return fail(p, first, "with rename needs symbol=");
    if (r->kind == FAULT_KIND_UNLISTED && r->to == INT64_MAX)
        return fail(p, first, "with unlisted needs to=, the moment of listing");
    if (r->retry_after_s != 0 && r->kind != FAULT_KIND_STATUS)
        return fail(p, first, "with retry_after needs status=429 or status=418");
    if (r->from >= r->to)
        return fail(p, first, "has a time range that ends before it begins");
    return 0;
}

static bool next_word(struct str *rest, struct str *word)
{
    size_t i = 0, end = 0;
    while (i < rest->len && (rest->data[i] == ' ' || rest->data[i] == '\t'))
        i++;
    for (end = i; end < rest->len && rest->data[end] != ' ' && rest->data[end] != '\t';)
        end++;
    *word = str_sub(*rest, i, end);
    *rest = str_sub(*rest, end, rest->len);
    return word->len > 0 && word->data[0] != '#';
}

// 0 and *any = false for a line without a rule.
static int parse_line(struct parse *p, bool *any)
{
    struct str rest = p->line, first, word;
    *any = next_word(&rest, &first);
    if (!*any)
        return 0;
    memset(p->rule, 0, sizeof(*p->rule));
    p->rule->any_timeframe = true;
    p->rule->rate = 1;
    p->rule->from = INT64_MIN;
    p->rule->to = INT64_MAX;
    p->has_kind = false;
    int err = read_endpoint(p, first);
    while (err == 0 && next_word(&rest, &word))
        err = read_word(p, word);
    if (err == 0)
        err = check_rule(p, first);
    if (err == 0) {
        size_t most = sizeof(p->rule->text) - 1;
        err = str_copy(p->rule->text, sizeof(p->rule->text), str_sub(p->line, 0, most));
    }
    return err;
}

static int add_rule(struct fault_set *s, const struct fault_rule *r, struct diag *d)
{
    if (s->count == FAULT_RULES_MAX)
        return diag_set(d, ERR_FULL, "more than %d faults; remove some first", FAULT_RULES_MAX);
    struct fault_rule *rules = realloc(s->rules, (s->count + 1) * sizeof(*rules));
    if (!rules)
        return diag_set(d, ERR_NO_MEMORY, "out of memory");
    s->rules = rules;
    s->rules[s->count] = *r;
    s->rules[s->count].id = s->next_id++;
    s->count++;
    return 0;
}

int fault_set_parse(struct fault_set *s, struct str script, time_ms start, struct diag *d)
{
    struct fault_rule rule;
    struct parse p = {.start = start, .rule = &rule, .d = d};
    size_t before = s->count;
    uint32_t next_id = s->next_id;
    int err = 0;
    if (script.len > FAULT_SCRIPT_MAX_BYTES)
        return diag_set(d, ERR_FULL, "a fault script may have %u bytes at most",
                        FAULT_SCRIPT_MAX_BYTES);
    while (err == 0 && str_split(&script, '\n', &p.line)) {
        bool any = false;
        p.number++;
        p.line = str_ends(p.line, STR("\r")) ? str_sub(p.line, 0, p.line.len - 1) : p.line;
        err = parse_line(&p, &any);
        if (err == 0 && any)
            err = add_rule(s, &rule, d);
    }
    if (err != 0) {
        s->count = before;
        s->next_id = next_id;
    }
    fault__note_levels(s);
    return err;
}
