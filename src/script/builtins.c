// SPDX-License-Identifier: Apache-2.0
// Looking up names: the builtin tables' index, parameters of a row, names of version 4, the
// nearest known name, and what is known but not supported.
#include "script/builtin.h"

#include "base/arena.h"
#include "base/map.h"

const struct builtin_table *const script__builtin_tables[] = {
    &script__builtins_ta,       &script__builtins_math,   &script__builtins_text,
    &script__builtins_array,    &script__builtins_bar,    &script__builtins_time,
    &script__builtins_security, &script__builtins_input,  &script__builtins_plot,
    &script__builtins_strategy, &script__builtins_trades, NULL};

static uint64_t slot_of(struct str name, bool call)
{
    return hash_bytes(name.data, name.len, call ? 3 : 5);
}

int script__builtin_index_init(struct builtin_index *index, struct arena *arena)
{
    size_t total = 0;
    for (size_t t = 0; script__builtin_tables[t]; t++)
        total += script__builtin_tables[t]->count;
    index->count = 64;
    while (index->count < total * 2)
        index->count *= 2;
    index->slots = arena_array(arena, index->count, sizeof *index->slots);
    if (!index->slots)
        return ERR_NO_MEMORY;
    for (size_t t = 0; script__builtin_tables[t]; t++) {
        for (size_t i = 0; i < script__builtin_tables[t]->count; i++) {
            const struct builtin *b = &script__builtin_tables[t]->items[i];
            size_t at = slot_of(str_from(b->name), b->params != NULL) & (index->count - 1);
            while (index->slots[at])
                at = (at + 1) & (index->count - 1);
            index->slots[at] = b;
        }
    }
    return 0;
}

const struct builtin *script__builtin_find(const struct builtin_index *index, struct str name,
                                           bool call)
{
    size_t at = slot_of(name, call) & (index->count - 1);
    for (; index->slots[at]; at = (at + 1) & (index->count - 1)) {
        const struct builtin *b = index->slots[at];
        if ((b->params != NULL) == call && str_eq(str_from(b->name), name))
            return b;
    }
    return NULL;
}

bool script__builtin_param(struct str *rest, struct builtin_param *out)
{
    struct str part;
    if (!rest->len || !str_split(rest, ',', &part))
        return false;
    *out = (struct builtin_param){.qual = 3 /* series */};
    size_t colon = str_find(part, ':', 0);
    out->name = str_sub(part, 0, colon);
    struct str spec = str_sub(part, colon + 1, part.len);
    if (str_ends(spec, STR("…"))) {
        out->repeats = out->optional = true;
        spec = str_sub(spec, 0, spec.len - STR("…").len);
    }
    if (spec.len && (spec.data[0] == 'p' || spec.data[0] == 'i' || spec.data[0] == 'c')) {
        out->qual = 2;
        spec = str_sub(spec, 1, spec.len);
    }
    out->type = spec.len ? spec.data[0] : '*';
    size_t equals = str_find(spec, '=', 0);
    if (equals < spec.len) {
        out->optional = true;
        out->fallback = str_sub(spec, equals + 1, spec.len);
    } else if (str_ends(spec, STR("?"))) {
        out->optional = true;
    }
    return true;
}

static bool known(const struct builtin_index *index, struct str name, bool call)
{
    struct type type;
    double number;
    struct str text;
    return script__builtin_find(index, name, call) ||
           (!call && script__constant_find(name, &type, &number, &text));
}

bool script__builtin_rename(const struct builtin_index *index, struct str old, bool call, char *out,
                            size_t cap)
{
    static const struct {
        const char *old;
        const char *now;
    } names[] = {{"study", "indicator"},
                 {"security", "request.security"},
                 {"tostring", "str.tostring"},
                 {"tonumber", "str.tonumber"},
                 {"tickerid", "syminfo.tickerid"},
                 {"ticker", "syminfo.ticker"},
                 {"n", "bar_index"},
                 {"period", "timeframe.period"},
                 {"interval", "timeframe.multiplier"},
                 {"isintraday", "timeframe.isintraday"},
                 {"isdaily", "timeframe.isdaily"},
                 {"isweekly", "timeframe.isweekly"},
                 {"ismonthly", "timeframe.ismonthly"},
                 {"input.integer", "input.int"},
                 {"input.resolution", "input.timeframe"},
                 {"sum", "math.sum"},
                 {"avg", "math.avg"},
                 {"max", "math.max"},
                 {"min", "math.min"},
                 {"abs", "math.abs"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (str_eq(old, str_from(names[i].old)) && known(index, str_from(names[i].now), call))
            return !str_printf(out, cap, "%s", names[i].now);
    }
    static const char *const families[] = {"ta.",      "math.",    "str.",      "color.",
                                           "syminfo.", "request.", "strategy.", "timeframe."};
    if (str_find(old, '.', 0) < old.len)
        return false;
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        if (str_printf(out, cap, "%s" STR_FMT, families[i], STR_ARG(old)))
            return false;
        if (known(index, str_from(out), call))
            return true;
    }
    // plot.style_line was "line", hline.style_solid "solid" and so on: constants of one word.
    static const char *const styles[] = {"plot.style_", "hline.style_"};
    for (size_t i = 0; i < sizeof styles / sizeof styles[0] && !call; i++) {
        if (!str_printf(out, cap, "%s" STR_FMT, styles[i], STR_ARG(old)) &&
            known(index, str_from(out), false))
            return true;
    }
    return false;
}

struct nearest {
    struct str name;
    unsigned best;
    char *out;
    size_t cap;
};

static void try_name(void *arg, struct str known_name)
{
    struct nearest *n = arg;
    unsigned d = str_distance(n->name, known_name, n->best);
    if (d < n->best && !str_copy(n->out, n->cap, known_name))
        n->best = d;
}

void script__builtin_nearest(struct str name, char *out, size_t cap)
{
    struct nearest n = {name, name.len < 5 ? 2 : 3, out, cap};
    out[0] = '\0';
    for (size_t t = 0; script__builtin_tables[t]; t++) {
        for (size_t i = 0; i < script__builtin_tables[t]->count; i++)
            try_name(&n, str_from(script__builtin_tables[t]->items[i].name));
    }
    for (size_t i = 0; kernel_registry[i]; i++) {
        if (str_starts(str_from(kernel_registry[i]->name), STR("talib.")))
            try_name(&n, str_from(kernel_registry[i]->name));
    }
    script__constants_each(try_name, &n);
}

const char *script__builtin_unsupported(struct str name)
{
    static const struct {
        const char *prefix;
        const char *text;
    } rows[] = {
        {"last_bar_",
         "where the data ends differs between a backtest and a live run, which have to "
         "agree; compare time with timestamp(…), or count bars from bar_index 0"},
        {"chart.", "there is no chart while a script runs; leave it out"},
        {"dividends.", "only prices and volume are known"},
        {"earnings.", "only prices and volume are known"},
        {"input.enum", "enums are not in this language; use input.string with options"},
        {"syminfo.", "this is not known of a market here"},
        {"session.", "markets here trade around the clock; use hour and dayofweek"},
        {"matrix.", "matrices are not in this language; use arrays"},
        {"map.", "maps are not in this language; use two arrays or a switch"},
        {"array.new<", "arrays hold int, float, bool, string or color only"},
        {"str.match", "patterns are not in this language; use str.contains and str.pos"},
        {"str.split", "arrays hold constant strings only; use str.pos and str.substring"},
        {"array.", "this array function is not in this language; write a loop"},
        {"library", "libraries are not in this language; declare indicator() or strategy()"},
        {"request.security_lower_tf", "a stream knows its own candles only; run the script on the "
                                      "lower timeframe"},
        {"request.", "only request.security on the same market is there"},
        {"financial", "only prices and volume are known"},
        {"quandl", "only prices and volume are known"},
        {"polyline.", "leave the drawing out"},
        {"chart.point", "leave the drawing out"},
        {"ticker.", "streams show plain candles; use syminfo.tickerid"},
        {"heikinashi",
         "streams show plain candles; compute Heikin-Ashi from open, high, low, close"},
        {"renko", "streams show plain candles"},
        {"footprint", "only candles are known"},
        {"log.", "use alert() or a plot"},
        {"max_bars_back", "leave it out: buffers are sized by themselves"},
        {"varip", "use var"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (str_starts(name, str_from(rows[i].prefix)))
            return rows[i].text;
    }
    return NULL;
}
