// SPDX-License-Identifier: Apache-2.0
// The input.* rows: they take the bound value and describe the form field. The name for NAME=VALUE
// is the variable the input is assigned to.
#include "script/lower.h"

#include "base/number.h"

// Parameters of every row, by place; a row leaves out what its kind has not.
#define COMMON "tooltip:cS?,inline:cS?,group:cS?,confirm:*?,display:*?,active:*?"

static struct val *argument(const struct builtin *b, struct call *c, const char *name, bool *given)
{
    struct str rest = str_from(b->params);
    struct builtin_param p;
    size_t i = 0;
    while (script__builtin_param(&rest, &p)) {
        if (str_eq(p.name, str_from(name))) {
            *given = c->given[i];
            return &c->args[i];
        }
        i++;
    }
    *given = false;
    return NULL;
}

static struct str text_argument(struct lower *l, const struct builtin *b, struct call *c,
                                const char *name)
{
    bool given;
    struct val *v = argument(b, c, name, &given);
    return given && v ? script__text(l, v) : STR("");
}

static double number_argument(const struct builtin *b, struct call *c, const char *name)
{
    bool given;
    struct val *v = argument(b, c, name, &given);
    return given && v && v->where == VAL_CONST ? v->num : NAN;
}

static const struct ast *ast_argument(const struct builtin *b, struct call *c, const char *name)
{
    struct str rest = str_from(b->params);
    struct builtin_param p;
    for (size_t i = 0; script__builtin_param(&rest, &p); i++) {
        if (str_eq(p.name, str_from(name)))
            return c->given[i] ? c->arg_at[i] : NULL;
    }
    return NULL;
}

static struct str input_name(struct lower *l, struct str title)
{
    if (l->declaring && l->declaring->kind == AST_DECL)
        return l->declaring->text;
    return title;
}

static const struct script_value *bound_value(const struct lower *l, struct str name,
                                              struct str title)
{
    for (size_t i = 0; i < l->value_count; i++) {
        struct str given = str_from(l->values[i].name);
        if (str_eq(given, name) || (title.len && str_eq(given, title)))
            return &l->values[i];
    }
    return NULL;
}

static void bad_value(struct lower *l, const struct ast *at, struct str name, struct str text,
                      const char *wanted)
{
    script__error(l, at, "input " STR_FMT ": \"" STR_FMT "\" is not %s", STR_ARG(name),
                  (int)(text.len > 60 ? 60 : text.len), text.data, wanted);
}

// The bound text as a value of the default's type.
static struct val parse_bound(struct lower *l, uint8_t type, struct str text, struct str name,
                              const struct ast *at)
{
    double number = NAN;
    text = type == TY_STRING ? text : str_trim(text);
    switch (type) {
    case TY_STRING:
        return script__const_string(l, text);
    case TY_BOOL:
        if (str_eq_nocase(text, STR("true")) || str_eq(text, STR("1")))
            return script__const(TY_BOOL, 1);
        if (!str_eq_nocase(text, STR("false")) && !str_eq(text, STR("0")))
            bad_value(l, at, name, text, "true or false");
        return script__const(TY_BOOL, 0);
    case TY_COLOR:
        if (text.len == 7 || text.len == 9) {
            uint64_t v = 0;
            bool ok = text.data[0] == '#';
            for (size_t i = 1; i < text.len && ok; i++) {
                const char *digits = "0123456789abcdef", *d = strchr(digits, text.data[i] | 32);
                ok = d && text.data[i] != '\0';
                v = v * 16 + (ok ? (uint64_t)(d - digits) : 0);
            }
            if (ok)
                return script__const(TY_COLOR, (double)(text.len == 7 ? v * 256 + 255 : v));
        }
        bad_value(l, at, name, text, "a colour such as #2196F3");
        return script__const(TY_COLOR, 0);
    default:
        if (number_parse_double(text, &number) || (type == TY_INT && number != floor(number)))
            bad_value(l, at, name, text, type == TY_INT ? "a whole number" : "a number");
        return script__const(type, number);
    }
}

static const char *keep(struct lower *l, struct str s)
{
    char *copy = l->info ? arena_strdup(l->info->arena, s) : NULL;
    if (l->info && !copy)
        l->graph->no_memory = true;
    return copy ? copy : "";
}

static const char *option_text(struct lower *l, const struct val *v)
{
    char number[NUMBER_TEXT_MAX];
    if (v->type.base == TY_STRING)
        return keep(l, script__text(l, v));
    if (v->type.base == TY_BOOL)
        return keep(l, v->num != 0 ? STR("true") : STR("false"));
    size_t n = number_format_double(v->num, number);
    return keep(l, (struct str){number, n});
}

static bool same_option(const struct val *a, const struct val *b)
{
    return a->num == b->num;
}

static const char *const *read_options(struct lower *l, const struct ast *at,
                                       const struct val *value, struct str name)
{
    if (!at)
        return NULL;
    struct val list = script__expr(l, at);
    if (list.where != VAL_TUPLE) {
        script__error(l, at, "options are a list: [a, b, c]");
        return NULL;
    }
    bool found = false;
    const char **texts = ARENA_ARRAY(l->arena, list.count + 1u, const char *);
    if (l->info)
        texts = ARENA_ARRAY(l->info->arena, list.count + 1u, const char *);
    if (!texts)
        return NULL;
    for (unsigned i = 0; i < list.count; i++) {
        if (list.items[i].where != VAL_CONST) {
            script__error(l, at, "options have to be constants");
            return NULL;
        }
        found = found || same_option(&list.items[i], value);
        texts[i] = option_text(l, &list.items[i]);
    }
    if (!found)
        script__error(l, at, "input " STR_FMT ": its value is not one of the options",
                      STR_ARG(name));
    return texts;
}

static void check_range(struct lower *l, const struct val *v, double min, double max,
                        struct str name, const struct ast *at)
{
    if (isnan(v->num) || v->type.base == TY_STRING)
        return;
    if (v->num < min)
        script__error(l, at, "input " STR_FMT ": %g is below its minimum %g", STR_ARG(name), v->num,
                      min);
    else if (v->num > max)
        script__error(l, at, "input " STR_FMT ": %g is above its maximum %g", STR_ARG(name), v->num,
                      max);
}

static void describe(struct lower *l, const struct builtin *b, struct call *c, const char *kind,
                     const struct val *def, const char *def_text, struct str name,
                     const char *const *options)
{
    if (!l->info || l->security || l->in_function)
        return;
    struct script_input *in = script__grow(l->info->arena, (void **)&l->info->inputs,
                                           &l->info->input_count, &l->info->input_cap, sizeof *in);
    if (!in) {
        l->graph->no_memory = true;
        return;
    }
    struct str title = text_argument(l, b, c, "title");
    *in = (struct script_input){.name = keep(l, name),
                                .title = keep(l, title.len ? title : name),
                                .kind = kind,
                                .type = def->type.base == TY_INT      ? SCRIPT_INT
                                        : def->type.base == TY_BOOL   ? SCRIPT_BOOL
                                        : def->type.base == TY_STRING ? SCRIPT_STRING
                                        : def->type.base == TY_COLOR  ? SCRIPT_COLOR
                                                                      : SCRIPT_FLOAT,
                                .default_number = def_text ? NAN : def->num,
                                .default_string = def_text,
                                .min = number_argument(b, c, "minval"),
                                .max = number_argument(b, c, "maxval"),
                                .step = number_argument(b, c, "step"),
                                .options = options,
                                .tooltip = keep(l, text_argument(l, b, c, "tooltip")),
                                .group = keep(l, text_argument(l, b, c, "group")),
                                .inline_group = keep(l, text_argument(l, b, c, "inline"))};
}

static struct val typed_input(struct lower *l, const struct builtin *b, struct call *c,
                              const char *kind, uint8_t type)
{
    struct val def = c->args[0];
    struct str title = text_argument(l, b, c, "title");
    struct str name = input_name(l, title);
    if (!name.len)
        name = STR("input");
    def = script__convert(l, def, (struct type){type, false}, c->at, "the default of an input");
    if (def.where != VAL_CONST) {
        script__error(l, c->at, "the default of an input has to be a constant");
        return script__bad();
    }
    struct val value = def;
    const struct script_value *bound = bound_value(l, name, title);
    if (bound)
        value = parse_bound(l, type, bound->text, name, c->at);
    check_range(l, &value, number_argument(b, c, "minval"), number_argument(b, c, "maxval"), name,
                c->at);
    const char *const *options = read_options(l, ast_argument(b, c, "options"), &value, name);
    const char *text = type == TY_STRING ? keep(l, script__text(l, &def)) : NULL;
    if (type == TY_STRING && str_eq(str_from(kind), STR("timeframe")) &&
        script__text(l, &value).len && script__timeframe_code(script__text(l, &value)) < 0)
        bad_value(l, c->at, name, script__text(l, &value), "a timeframe such as 60, D, W or M");
    describe(l, b, c, kind, &def, text, name, options);
    value.qual = Q_INPUT;
    value.lo = isnan(value.num) || type == TY_STRING ? -INFINITY : value.num;
    value.hi = isnan(value.num) || type == TY_STRING ? INFINITY : value.num;
    return value;
}

static struct val low_input(struct lower *l, const struct builtin *b, struct call *c)
{
    static const struct {
        const char *kind;
        uint8_t type;
    } kinds[] = {{"int", TY_INT},        {"float", TY_FLOAT},     {"bool", TY_BOOL},
                 {"string", TY_STRING},  {"color", TY_COLOR},     {"timeframe", TY_STRING},
                 {"session", TY_STRING}, {"symbol", TY_STRING},   {"time", TY_INT},
                 {"price", TY_FLOAT},    {"text_area", TY_STRING}};
    return typed_input(l, b, c, kinds[b->op].kind, kinds[b->op].type);
}

static const char *const sources[] = {"open", "high",  "low",   "close",  "hl2",
                                      "hlc3", "ohlc4", "hlcc4", "volume", NULL};

static struct val low_source(struct lower *l, const struct builtin *b, struct call *c)
{
    struct str title = text_argument(l, b, c, "title");
    struct str name = input_name(l, title);
    struct str def =
        c->arg_at[0] && c->arg_at[0]->kind == AST_NAME ? c->arg_at[0]->text : STR("close");
    struct val out = c->args[0];
    const struct script_value *bound = bound_value(l, name, title);
    if (bound) {
        bool ok = false;
        for (size_t i = 0; sources[i]; i++)
            ok = ok || str_eq(bound->text, str_from(sources[i]));
        if (!ok) {
            bad_value(l, c->at, name, bound->text,
                      "a source: open, high, low, close, hl2, hlc3, ohlc4, hlcc4 or volume");
            return script__bad();
        }
        struct ast n = {.kind = AST_NAME, .text = bound->text};
        out = script__variable(l, &n);
    }
    struct val text = script__const_string(l, def);
    describe(l, b, c, "source", &text, keep(l, def), name, sources);
    return out;
}

// input(defval): the kind follows from the default (and from type= in version 4).
static struct val low_any(struct lower *l, const struct builtin *b, struct call *c)
{
    struct val *def = &c->args[0];
    if (def->where == VAL_NODE)
        return low_source(l, b, c);
    struct str type = text_argument(l, b, c, "type");
    if (str_eq(type, STR("source")))
        return low_source(l, b, c);
    if (str_eq(type, STR("float")) && def->type.base == TY_INT)
        return typed_input(l, b, c, "float", TY_FLOAT);
    static const struct {
        const char *type, *kind;
        uint8_t base;
    } typed[] = {{"resolution", "timeframe", TY_STRING},
                 {"session", "session", TY_STRING},
                 {"symbol", "symbol", TY_STRING},
                 {"text_area", "text_area", TY_STRING},
                 {"time", "time", TY_INT},
                 {"price", "price", TY_FLOAT}};
    for (size_t i = 0; i < sizeof typed / sizeof typed[0]; i++) {
        if (str_eq(type, str_from(typed[i].type)))
            return typed_input(l, b, c, typed[i].kind, typed[i].base);
    }
    static const char *const kinds[] = {[TY_BOOL] = "bool",
                                        [TY_INT] = "int",
                                        [TY_FLOAT] = "float",
                                        [TY_STRING] = "string",
                                        [TY_COLOR] = "color"};
    if (def->type.is_array || def->type.base < TY_BOOL || def->type.base > TY_COLOR) {
        script__error(l, c->at,
                      "the default of an input has to be a number, bool, string or colour");
        return script__bad();
    }
    return typed_input(l, b, c, kinds[def->type.base], def->type.base);
}

#define NUM "title:cS?,minval:cF?,maxval:cF?,step:cF?,"
#define OPT "title:cS?,options:X?,"

static const struct builtin rows[] = {
    {"input",
     "defval:*,title:cS?,type:*?,minval:cF?,maxval:cF?,confirm:*?,step:cF?,options:X?,"
     "tooltip:cS?,inline:cS?,group:cS?,display:*?,active:*?",
     "0", low_any, NULL, NULL, 0, "an input whose kind follows from its default"},
    {"input.int", "defval:cI," NUM COMMON ",options:X?", "I", low_input, NULL, NULL, 0,
     "whole number"},
    {"input.float", "defval:cF," NUM COMMON ",options:X?", "F", low_input, NULL, NULL, 1, "number"},
    {"input.bool", "defval:cB,title:cS?," COMMON, "B", low_input, NULL, NULL, 2, "check box"},
    {"input.string", "defval:cS," OPT COMMON, "S", low_input, NULL, NULL, 3, "text or choice"},
    {"input.color", "defval:cC,title:cS?," COMMON, "C", low_input, NULL, NULL, 4, "colour"},
    {"input.timeframe", "defval:cS," OPT COMMON, "S", low_input, NULL, NULL, 5, "timeframe"},
    {"input.session", "defval:cS," OPT COMMON, "S", low_input, NULL, NULL, 6, "session"},
    {"input.symbol", "defval:cS,title:cS?," COMMON, "S", low_input, NULL, NULL, 7, "market"},
    {"input.time", "defval:cI,title:cS?," COMMON, "I", low_input, NULL, NULL, 8, "time in ms"},
    {"input.price", "defval:cF,title:cS?," COMMON, "F", low_input, NULL, NULL, 9, "price"},
    {"input.text_area", "defval:cS,title:cS?," COMMON, "S", low_input, NULL, NULL, 10, "long text"},
    {"input.source", "defval:F,title:cS?," COMMON, "F", low_source, NULL, NULL, 0, "price series"},
};
const struct builtin_table script__builtins_input = {rows, sizeof rows / sizeof rows[0]};
