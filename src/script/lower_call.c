// SPDX-License-Identifier: Apache-2.0
// Names and calls: variables, own functions inlined at each call site, and the binding of arguments
// to the builtin table's rows.
#include "script/lower.h"

#include "script/vm.h"

#include "base/number.h"

// The nearest name of the script itself: they are meant more often than those of the language.
static void nearest_own(struct lower *l, struct str name, bool call, char *near, size_t cap)
{
    unsigned best = 3;
    for (size_t i = 0; i < l->symbol_count && !call; i++) {
        unsigned d = str_distance(name, l->symbols[i].name, 2);
        if (d < best && (i >= l->function_base || l->symbols[i].is_global) &&
            !str_copy(near, cap, l->symbols[i].name))
            best = d;
    }
    for (const struct ast *f = l->program->body->list; f && call; f = f->next) {
        unsigned d = f->kind == AST_FUNC ? str_distance(name, f->text, 2) : 3;
        if (d < best && !str_copy(near, cap, f->text))
            best = d;
    }
}

static bool may_be_broken(const struct lower *l, struct str name)
{
    struct str first = str_sub(name, 0, str_find(name, '.', 0));
    return map_get(&l->program->broken, name) || map_get(&l->program->broken, first);
}

void script__unknown_name(struct lower *l, const struct ast *n, bool call)
{
    char near[64];
    const char *kind = call ? "function" : "name";
    const char *why = script__builtin_unsupported(n->text);
    int len = (int)(n->text.len > 60 ? 60 : n->text.len);
    size_t dot = str_find(n->text, '.', 0);
    const struct symbol *s = dot < n->text.len ? script__lookup(l, str_sub(n->text, 0, dot)) : NULL;
    if (may_be_broken(l, n->text) || (s && script__is_bad(&s->val)))
        return;
    if (s) {
        script__error(l, n, "\"" STR_FMT "\" is %s and has no fields: user types are not supported",
                      STR_ARG(s->name), script__type_name(s->type));
        return;
    }
    if (why) {
        script__error(l, n, "\"%.*s\" is not supported: %s", len, n->text.data, why);
        return;
    }
    if (!call && (script__builtin_find(&l->program->builtins, n->text, true) ||
                  map_get(&l->program->functions, n->text))) {
        script__error(l, n, "\"%.*s\" is a function: call it with brackets", len, n->text.data);
        return;
    }
    if (call && (script__builtin_find(&l->program->builtins, n->text, false) ||
                 script__lookup(l, n->text))) {
        script__error(l, n, "\"%.*s\" is a value, no function: leave out the brackets", len,
                      n->text.data);
        return;
    }
    if (script__builtin_rename(&l->program->builtins, n->text, call, near, sizeof near)) {
        script__error(l, n, "\"%.*s\" is its name in version 4: write %s", len, n->text.data, near);
        return;
    }
    script__builtin_nearest(n->text, near, sizeof near);
    nearest_own(l, n->text, call, near, sizeof near);
    if (near[0])
        script__error(l, n, "unknown %s \"%.*s\": did you mean %s?", kind, len, n->text.data, near);
    else
        script__error(l, n,
                      "unknown %s \"%.*s\": it is not in this language and not declared above",
                      kind, len, n->text.data);
}

// --- global variables on a higher timeframe -----------------------------------------------------

static struct val security_value(struct lower *l, const struct symbol *s, const struct ast *n)
{
    if (s->val.where == VAL_CONST)
        return s->val;
    for (struct security_memo *m = l->security->memo; m; m = m->next) {
        if (m->decl == s->decl && m->tuple_index == s->tuple_index)
            return m->val;
    }
    const struct ast *decl = s->decl;
    if ((s->is_mutable && !s->is_param) || !decl || !decl->a || decl->mode != DECL_PLAIN) {
        script__error(l, n,
                      "\"" STR_FMT "\" changes with := or var and cannot be computed on another "
                      "timeframe: put its computation into a function",
                      STR_ARG(n->text));
        return script__bad();
    }
    uint32_t index = s->tuple_index;
    size_t base = l->function_base;
    l->function_base = l->symbol_count; // its declaration sees global names only
    struct val v = script__expr(l, decl->a);
    l->function_base = base;
    if (decl->kind == AST_TUPLE_DECL)
        v = v.where == VAL_TUPLE && index < v.count ? v.items[index] : script__bad();
    struct security_memo *m = ARENA_NEW(l->arena, struct security_memo);
    if (m) {
        *m = (struct security_memo){decl, index, v, l->security->memo};
        l->security->memo = m;
    }
    return v;
}

// --- names --------------------------------------------------------------------------------------

struct val script__variable(struct lower *l, const struct ast *n)
{
    struct symbol *s = script__lookup(l, n->text);
    if (s) {
        bool foreign = l->security && (s->is_global || s->is_param) && s->guard != l->guard &&
                       s->guard != l->security->guard;
        return foreign ? security_value(l, s, n) : s->val;
    }
    const struct builtin *b = script__builtin_find(&l->program->builtins, n->text, false);
    if (b) {
        struct call c = {.at = n};
        // cppcheck-suppress returnDanglingLifetime ; a value holds no pointer into the call
        return b->lower(l, b, &c);
    }
    struct type type;
    double number;
    struct str text;
    if (script__constant_find(n->text, &type, &number, &text))
        return type.base == TY_STRING ? script__const_string(l, text)
                                      : script__const(type.base, number);
    char renamed[64];
    if (l->version < 5 &&
        script__builtin_rename(&l->program->builtins, n->text, false, renamed, sizeof renamed)) {
        struct ast copy = *n;
        copy.text = str_from(renamed);
        return script__variable(l, &copy);
    }
    script__unknown_name(l, n, false);
    return script__bad();
}

// --- own functions ------------------------------------------------------------------------------

struct actual {
    struct val val;
    const struct ast *at;
};

static void unknown_parameter(struct lower *l, const struct ast *fn, const struct ast *arg)
{
    struct str best = STR("");
    unsigned best_distance = 4;
    for (const struct ast *p = fn->list; p; p = p->next) {
        unsigned d = str_distance(p->text, arg->text, 3);
        if (d < best_distance) {
            best_distance = d;
            best = p->text;
        }
    }
    script__error(l, arg, "\"" STR_FMT "\" has no argument \"" STR_FMT "\"%s" STR_FMT "%s",
                  STR_ARG(fn->text), STR_ARG(arg->text), best.len ? ": did you mean " : "",
                  STR_ARG(best), best.len ? "?" : "");
}

static bool bind_actuals(struct lower *l, const struct ast *fn, const struct ast *n,
                         struct actual *actual)
{
    uint32_t position = 0;
    for (const struct ast *arg = n->list; arg; arg = arg->next) {
        uint32_t at = position++;
        if (arg->text.len) {
            at = 0;
            const struct ast *p = fn->list;
            for (; p && !str_eq(p->text, arg->text); p = p->next)
                at++;
            position = at + 1;
            if (!p) {
                unknown_parameter(l, fn, arg);
                return false;
            }
        }
        if (at >= fn->count) {
            script__error(l, arg, "\"" STR_FMT "\" takes %u argument%s", STR_ARG(fn->text),
                          fn->count, fn->count == 1 ? "" : "s");
            return false;
        }
        actual[at].at = arg;
        actual[at].val = script__expr(l, arg->a);
    }
    uint32_t i = 0;
    for (const struct ast *p = fn->list; p; p = p->next, i++) {
        if (actual[i].at)
            continue;
        if (!p->a) {
            script__error(l, n, "\"" STR_FMT "\" misses its argument \"" STR_FMT "\"",
                          STR_ARG(fn->text), STR_ARG(p->text));
            return false;
        }
        actual[i].at = p;
        actual[i].val = script__expr(l, p->a);
    }
    return true;
}

// The body with its parameters bound.
static struct val inline_body(struct lower *l, const struct ast *fn, const struct actual *actual)
{
    size_t symbols = l->symbol_count, base = l->function_base;
    bool in_function = l->in_function;
    struct loop *loop = l->loop;
    l->loop = NULL; // break cannot leave the function
    l->in_function = true;
    uint32_t i = 0;
    for (const struct ast *p = fn->list; p && !l->stopped; p = p->next, i++) {
        struct val v = actual[i].val;
        if (p->type.base != TY_VOID)
            v = script__convert(l, v, p->type, actual[i].at, "this argument");
        struct symbol *s = script__declare(l, p->text, actual[i].at);
        if (!s)
            break;
        *s = (struct symbol){.name = s->name,
                             .hash = s->hash,
                             .chain = s->chain,
                             .decl = actual[i].at,
                             .guard = s->guard,
                             .in_loop = v.where == VAL_REG,
                             .is_param = true,
                             .type = v.type,
                             .val = v};
    }
    l->function_base = symbols;
    l->calls[l->call_count++] = fn;
    struct val v = script__block(l, fn->d);
    l->call_count--;
    script__scope_end(l, symbols);
    l->function_base = base;
    l->in_function = in_function;
    l->loop = loop;
    return v;
}

static struct val call_own(struct lower *l, const struct ast *fn, const struct ast *n)
{
    struct actual actual[BUILTIN_ARGS_MAX] = {{.at = NULL}};
    for (size_t i = 0; i < l->call_count; i++) {
        if (l->calls[i] == fn) {
            script__error(l, n,
                          "\"" STR_FMT "\" calls itself: use a loop or var instead of recursion",
                          STR_ARG(fn->text));
            return script__bad();
        }
    }
    if (fn->count > BUILTIN_ARGS_MAX || l->call_count == sizeof l->calls / sizeof l->calls[0]) {
        script__error(l, n, "functions call one another too deeply here");
        return script__bad();
    }
    return bind_actuals(l, fn, n, actual) ? inline_body(l, fn, actual) : script__bad();
}

void script__check_function(struct lower *l, const struct ast *fn)
{
    struct actual actual[BUILTIN_ARGS_MAX] = {{.at = NULL}};
    uint32_t i = 0;
    if (fn->count > BUILTIN_ARGS_MAX) {
        script__error(l, fn, "a function has %d parameters at most", BUILTIN_ARGS_MAX);
        return;
    }
    for (const struct ast *p = fn->list; p; p = p->next, i++) {
        actual[i].at = p;
        actual[i].val = script__bad();
        if (p->a)
            (void)script__expr(l, p->a);
    }
    (void)inline_body(l, fn, actual);
}

// --- builtins -----------------------------------------------------------------------------------

static size_t read_params(const struct builtin *b, struct builtin_param *params)
{
    struct str rest = str_from(b->params);
    size_t n = 0;
    while (n < BUILTIN_ARGS_MAX && script__builtin_param(&rest, &params[n]))
        n++;
    return n;
}

static struct val fallback(struct lower *l, const struct builtin_param *p, const struct ast *at)
{
    struct str t = p->fallback;
    double number;
    if (t.len == 0 || str_eq(t, STR("na")))
        return script__na();
    if (str_eq(t, STR("true")) || str_eq(t, STR("false")))
        return script__const(TY_BOOL, str_eq(t, STR("true")));
    if (!number_parse_double(t, &number))
        return script__const(p->type == 'I' ? TY_INT : TY_FLOAT, number);
    if (t.data[0] == '\'')
        return script__const_string(l, str_sub(t, 1, t.len - 1));
    struct ast name = {.kind = AST_NAME, .text = t, .line = at->line, .column = at->column};
    return script__variable(l, &name);
}

static struct type type_of_letter(char letter)
{
    switch (letter) {
    case 'F':
        return (struct type){TY_FLOAT, false};
    case 'I':
        return (struct type){TY_INT, false};
    case 'B':
        return (struct type){TY_BOOL, false};
    case 'S':
        return (struct type){TY_STRING, false};
    case 'C':
        return (struct type){TY_COLOR, false};
    case 'L':
        return (struct type){TY_DRAWING, false};
    case 'P':
        return (struct type){TY_PLOT, false};
    default:
        return (struct type){TY_VOID, false};
    }
}

static struct val check_argument(struct lower *l, const struct builtin *b,
                                 const struct builtin_param *p, struct val v, const struct ast *at)
{
    char what[96];
    if (str_printf(what, sizeof what, "\"" STR_FMT "\" of %s", STR_ARG(p->name), b->name))
        what[0] = '\0';
    if (script__is_bad(&v))
        return v;
    if (v.where == VAL_TUPLE || v.type.base == TY_VOID) {
        script__error(l, at, "%s has to be a single value", what);
        return script__bad();
    }
    if (p->type == 'A' && !v.type.is_array) {
        script__error(l, at, "%s has to be an array, not %s", what, script__type_name(v.type));
        return script__bad();
    }
    if (p->type == 'N' && !script__is_number(&v)) {
        // Versions 4 and 5 take a bool for a number.
        if (l->version < 6 && v.type.base == TY_BOOL && !v.type.is_array) {
            v.type.base = TY_INT;
            return v;
        }
        script__error(l, at, "%s has to be a number, not %s", what, script__type_name(v.type));
        return script__bad();
    }
    if (p->type == 'I' && v.type.base == TY_FLOAT && !v.type.is_array &&
        (l->version < 5 || (v.where == VAL_CONST && v.num == floor(v.num)))) {
        v = script__op(l, OP_TRUNC, TY_INT, &v, NULL, NULL);
    }
    if (p->type == 'F' && v.type.base == TY_BOOL && !v.type.is_array && l->version < 6)
        v.type.base = TY_INT;
    v = script__convert(l, v, type_of_letter(p->type), at, what);
    if (p->qual < Q_SERIES && v.where != VAL_CONST && !script__is_bad(&v)) {
        script__error(l, at, "%s has to be known before the first bar: a constant or an input",
                      what);
        return script__bad();
    }
    return v;
}

static bool bind_one(struct lower *l, const struct builtin *b, struct call *c, size_t at,
                     const struct builtin_param *p, const struct ast *arg)
{
    if (c->given[at]) {
        script__error(l, arg, "argument \"" STR_FMT "\" of %s is given twice", STR_ARG(p->name),
                      b->name);
        return false;
    }
    c->given[at] = true;
    c->arg_at[at] = arg->a;
    if (p->type == 'X')
        return true; // lowered later, elsewhere
    struct val v = script__expr(l, arg->a);
    c->args[at] = check_argument(l, b, p, v, arg->a ? arg->a : arg);
    return !script__is_bad(&c->args[at]) && c->args[at].type.base != TY_VOID;
}

static bool find_param(const struct builtin_param *params, size_t count, struct str name,
                       size_t *at)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(params[i].name, name)) {
            *at = i;
            return true;
        }
    }
    return false;
}

// The same by what version 4 called it.
static bool find_old_param(const struct lower *l, const struct builtin_param *params, size_t count,
                           struct str name, size_t *at)
{
    struct str now;
    size_t place;
    if (l->version >= 5 || !script__argument_v4(name, &now, &place))
        return false;
    if (now.len)
        return find_param(params, count, now, at);
    *at = place;
    return place < count;
}

static void unknown_argument(struct lower *l, const struct builtin *b, const struct ast *arg,
                             const struct builtin_param *params, size_t count)
{
    struct str best = STR("");
    unsigned best_distance = 4;
    for (size_t i = 0; i < count; i++) {
        unsigned d = str_distance(params[i].name, arg->text, 3);
        if (d < best_distance) {
            best_distance = d;
            best = params[i].name;
        }
    }
    if (best.len)
        script__error(l, arg, "%s has no argument \"" STR_FMT "\": did you mean " STR_FMT "?",
                      b->name, STR_ARG(arg->text), STR_ARG(best));
    else
        script__error(l, arg, "%s has no argument \"" STR_FMT "\"", b->name, STR_ARG(arg->text));
}

static bool bind_list(struct lower *l, const struct builtin *b, struct call *c,
                      const struct builtin_param *params, size_t position)
{
    const size_t declared = c->count;
    bool ok = true;
    for (const struct ast *arg = c->at->list; arg && !l->stopped; arg = arg->next) {
        size_t at = position;
        if (arg->text.len) {
            if (!find_param(params, declared, arg->text, &at) &&
                !find_old_param(l, params, declared, arg->text, &at)) {
                unknown_argument(l, b, arg, params, declared);
                ok = false;
                continue;
            }
        } else {
            position++;
        }
        if (at >= declared && declared > 0 && params[declared - 1].repeats &&
            c->count < BUILTIN_ARGS_MAX) {
            at = c->count++;
        } else if (at >= declared) {
            script__error(l, arg, "%s takes %zu argument%s at most", b->name, declared,
                          declared == 1 ? "" : "s");
            return false;
        }
        const struct builtin_param *p = &params[at < declared ? at : declared - 1];
        ok = bind_one(l, b, c, at, p, arg) && ok;
    }
    return ok;
}

static size_t positional(const struct ast *n)
{
    size_t count = 0;
    for (const struct ast *arg = n->list; arg; arg = arg->next)
        count += arg->text.len == 0;
    return count;
}

// How many arguments have to be given when the first is optional and others are not; else none
// fits.
static size_t required(const struct builtin_param *params, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += !params[i].optional;
    return count > 0 && params[0].optional && n > 0 ? n : SIZE_MAX;
}

struct val script__call_builtin(struct lower *l, const struct builtin *b, const struct ast *n,
                                const struct val *receiver)
{
    struct builtin_param params[BUILTIN_ARGS_MAX] = {{.type = 0}};
    struct call c = {.at = n, .count = read_params(b, params)};
    size_t position = 0, declared = c.count;
    const struct ast *declaring = l->declaring;
    l->declaring = NULL;
    if (receiver) {
        c.args[0] = check_argument(l, b, &params[0], *receiver, n);
        c.given[0] = true;
        position = 1;
    } else if (positional(n) == n->count && n->count == required(params, declared)) {
        position = params[0].optional; // ta.highest(length): the source may be left out
    }
    bool ok = bind_list(l, b, &c, params, position);
    for (size_t i = 0; i < declared && !l->stopped; i++) {
        if (c.given[i] || params[i].repeats)
            continue;
        if (!params[i].optional) {
            if (ok)
                script__error(l, n, "%s misses its argument \"" STR_FMT "\"", b->name,
                              STR_ARG(params[i].name));
            ok = false;
            continue;
        }
        c.args[i] = fallback(l, &params[i], n);
        if (params[i].type != '*' && params[i].type != 'N' && params[i].type != 'X' &&
            params[i].type != 'A')
            c.args[i].type = type_of_letter(params[i].type);
    }
    while (c.count > 0 && c.count == declared && params[declared - 1].repeats &&
           !c.given[declared - 1])
        c.count--;
    l->declaring = declaring;
    return ok && !l->stopped ? b->lower(l, b, &c) : script__bad();
}

// full: the method's name with its family, "" for a type without methods.
static void unknown_method(struct lower *l, const struct ast *n, struct type type, struct str full,
                           struct str method)
{
    char near[64] = "";
    if (map_get(&l->program->broken, method))
        return; // declared where it could not be read
    if (full.len)
        script__builtin_nearest(full, near, sizeof near);
    size_t family = str_find(full, '.', 0);
    if (near[0] && str_starts(str_from(near), str_sub(full, 0, family + 1)))
        script__error(l, n, "%s has no method \"" STR_FMT "\": did you mean %s?",
                      script__type_name(type), STR_ARG(method), near + family + 1);
    else
        script__error(l, n,
                      "%s has no method \"" STR_FMT
                      "\": own methods are not supported, write a function",
                      script__type_name(type), STR_ARG(method));
}

// a.push(x): the part before the last dot is a variable.
static bool method_call(struct lower *l, const struct ast *n, struct val *out)
{
    struct val receiver;
    struct str method = n->text;
    if (n->a) {
        receiver = script__expr(l, n->a);
    } else {
        size_t dot = str_find(n->text, '.', 0);
        struct symbol *s = dot < n->text.len ? script__lookup(l, str_sub(n->text, 0, dot)) : NULL;
        if (!s)
            return false;
        // A variable may be called "color"; color.new(color, 50) is the function all the same.
        bool both = script__builtin_find(&l->program->builtins, n->text, true) != NULL;
        if (both && !s->type.is_array && (s->type.base != TY_STRING || n->count > 0))
            return false;
        receiver = s->val;
        method = str_sub(n->text, dot + 1, n->text.len);
    }
    *out = script__bad();
    if (script__is_bad(&receiver))
        return true;
    char name[64];
    const char *family = receiver.type.is_array             ? "array"
                         : receiver.type.base == TY_STRING  ? "str"
                         : receiver.type.base == TY_DRAWING ? "label"
                                                            : NULL;
    const struct builtin *b = NULL;
    if (receiver.type.base == TY_DRAWING && !receiver.type.is_array) {
        *out = script__na(); // drawings were warned of where they are made
        out->type.base = TY_DRAWING;
        return true;
    }
    if (family && !str_printf(name, sizeof name, "%s." STR_FMT, family, STR_ARG(method)))
        b = script__builtin_find(&l->program->builtins, str_from(name), true);
    if (b)
        *out = script__call_builtin(l, b, n, &receiver);
    else
        unknown_method(l, n, receiver.type, family ? str_from(name) : STR(""), method);
    return true;
}

struct val script__call(struct lower *l, const struct ast *n)
{
    struct val out;
    if (method_call(l, n, &out))
        return out;
    const struct ast *fn = map_get(&l->program->functions, n->text);
    if (fn) {
        bool later = fn->line > n->line && !l->in_function;
        if (later) {
            script__error(l, n,
                          "\"" STR_FMT "\" is declared further down: declare it before its use",
                          STR_ARG(n->text));
            return script__bad();
        }
        if (l->info && map_put(&l->called, n->text, (void *)&l->called))
            l->graph->no_memory = true;
        return call_own(l, fn, n);
    }
    static const char *const drawings[] = {"label.", "line.", "box.", "table.", "linefill."};
    for (size_t i = 0; i < sizeof drawings / sizeof drawings[0]; i++) {
        if (str_starts(n->text, str_from(drawings[i])))
            return script__drawing_call(l, n);
    }
    const struct builtin *b = l->version < 5 ? script__builtin_v4(n->text) : NULL;
    if (!b)
        b = script__builtin_find(&l->program->builtins, n->text, true);
    if (b)
        return script__call_builtin(l, b, n, NULL);
    if (script__talib_call(l, n, &out))
        return out;
    char renamed[64];
    if (l->version < 5 &&
        script__builtin_rename(&l->program->builtins, n->text, true, renamed, sizeof renamed)) {
        struct ast copy = *n;
        copy.text = str_from(renamed);
        return script__call(l, &copy);
    }
    script__unknown_name(l, n, true);
    return script__bad();
}
