// SPDX-License-Identifier: Apache-2.0
// Lowering of statements: variables with Pine's var and :=, functions' places, blocks and scopes.
#include "script/lower.h"

#include "script/vm.h"

static uint32_t name_hash(struct str name)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < name.len; i++)
        h = (h ^ (unsigned char)name.data[i]) * 16777619u;
    return h;
}

struct symbol *script__lookup(struct lower *l, struct str name)
{
    uint32_t hash = name_hash(name);
    for (uint32_t i = l->buckets[hash % LOWER_BUCKETS]; i > 0; i = l->symbols[i - 1].chain) {
        struct symbol *s = &l->symbols[i - 1];
        if (s->hash == hash && (i > l->function_base || s->is_global) && str_eq(s->name, name))
            return s;
    }
    return NULL;
}

struct symbol *script__declare(struct lower *l, struct str name, const struct ast *at)
{
    struct symbol *s =
        script__grow(l->arena, (void **)&l->symbols, &l->symbol_count, &l->symbol_cap, sizeof *s);
    if (!s) {
        l->graph->no_memory = l->stopped = true;
        return NULL;
    }
    uint32_t hash = name_hash(name);
    *s = (struct symbol){.name = name,
                         .hash = hash,
                         .chain = l->buckets[hash % LOWER_BUCKETS],
                         .decl = at,
                         .guard = l->guard,
                         .in_loop = l->code != NULL,
                         .is_global =
                             !l->in_function && l->block_depth == 0 && !l->code && !l->security};
    s->is_mutable = map_get(&l->program->reassigned, name) != NULL;
    l->buckets[hash % LOWER_BUCKETS] = (uint32_t)l->symbol_count;
    return s;
}

void script__scope_end(struct lower *l, size_t symbol_count)
{
    while (l->symbol_count > symbol_count) {
        struct symbol *s = &l->symbols[l->symbol_count - 1];
        if (s->pending && s->val.dynamic && !s->keeps_text && !script__is_bad(&s->val))
            script__error(l, s->decl,
                          "\"" STR_FMT "\" keeps a string made while running for the next bar: "
                          "only constant strings can be kept",
                          STR_ARG(s->name));
        for (const struct pending *p = s->pending; p; p = p->next)
            script__graph_set_input(l->graph, p->node, p->input, script__as_node(l, &s->val));
        l->buckets[s->hash % LOWER_BUCKETS] = s->chain;
        l->symbol_count--;
    }
}

static void write_journal(struct lower *l, const struct symbol *s)
{
    struct journal *j =
        script__grow(l->arena, (void **)&l->journal, &l->journal_count, &l->journal_cap, sizeof *j);
    if (!j) {
        l->graph->no_memory = l->stopped = true;
        return;
    }
    *j = (struct journal){.symbol = (uint32_t)(s - l->symbols), .old = s->val};
}

void script__assign(struct lower *l, struct symbol *s, const struct val *v)
{
    if (s->val.where == VAL_REG) {
        script__emit(l, VM_MOV, (unsigned)s->val.ref, script__as_reg(l, v), 0, 0);
        return;
    }
    write_journal(l, s);
    s->val = *v;
}

// --- variables ----------------------------------------------------------------------------------

static struct val loop_variable(struct lower *l, const struct val *v)
{
    uint16_t reg = script__new_reg(l);
    script__emit(l, VM_MOV, reg, script__as_reg(l, v), 0, 0);
    struct val out = *v;
    out.where = VAL_REG;
    out.ref = reg;
    out.qual = Q_SERIES;
    out.lo = -INFINITY;
    out.hi = INFINITY;
    return out;
}

static struct symbol *bind(struct lower *l, struct str name, struct val v, struct type annotation,
                           const struct ast *at)
{
    if (annotation.base != TY_VOID)
        v = script__convert(l, v, annotation, at, "this variable");
    if (v.type.base == TY_VOID || v.where == VAL_TUPLE) {
        script__error(l, at,
                      v.where == VAL_TUPLE
                          ? "\"" STR_FMT
                            "\" gets several values: write [a, b] = … with as many names"
                          : "\"" STR_FMT "\" gets no value from the right side",
                      STR_ARG(name));
        v = script__bad();
    }
    struct symbol *s = script__declare(l, name, at);
    if (!s)
        return NULL;
    s->type = v.type;
    if (l->code && (s->is_mutable || (v.where == VAL_REG && !v.type.is_array)))
        v = loop_variable(l, &v);
    // The symbols may have moved.
    s = &l->symbols[l->symbol_count - 1];
    s->val = v;
    return s;
}

static void check_redeclared(struct lower *l, struct str name, const struct ast *at)
{
    if (l->in_function || l->block_depth > 0 || l->security || str_eq(name, STR("_")))
        return;
    const struct symbol *s = script__lookup(l, name);
    if (s && s->is_global)
        script__error(l, at,
                      "\"" STR_FMT "\" is declared already: change it with :=", STR_ARG(name));
}

// Node that is true from the second time on that this place runs.
static int32_t seen_before(struct lower *l)
{
    if (l->guard == GRAPH_NONE)
        return script__graph_op(l->graph, OP_GT, script__graph_column(l->graph, COLUMN_BAR_INDEX),
                                script__graph_const(l->graph, 0), GRAPH_NONE);
    return script__graph_hist(l->graph, script__graph_const(l->graph, 1), 1, 0, l->guard);
}

// May the value be a string that is made while running?
static bool may_build_text(struct lower *l, const struct ast *n, int depth)
{
    if (!n || depth > AST_DEPTH_MAX)
        return false;
    bool builds = n->kind == AST_BINARY && n->op == '+';
    const struct symbol *s = n->kind == AST_NAME ? script__lookup(l, n->text) : NULL;
    builds = builds || (s && (s->keeps_text || (s->val.dynamic && s->type.base == TY_STRING)));
    builds = builds || (n->kind == AST_CALL &&
                        (str_starts(n->text, STR("str.")) || str_eq(n->text, STR("tostring"))));
    const struct ast *const parts[] = {n->a, n->b, n->c, n->d};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && !builds; i++)
        builds = may_build_text(l, parts[i], depth + 1);
    for (const struct ast *item = n->list; item && !builds; item = item->next)
        builds = may_build_text(l, item, depth + 1);
    return builds;
}

// Does an assignment below n give the variable such a string?
static bool assigned_text(struct lower *l, const struct ast *n, struct str name)
{
    bool found = false;
    for (; n && !found; n = n->next) {
        if (n->kind == AST_ASSIGN && str_eq(n->text, name))
            found = n->op == OP2('+', '=') || may_build_text(l, n->a, 0);
        const struct ast *const parts[] = {n->a, n->b, n->c, n->d, n->list};
        for (size_t i = 0; i < sizeof parts / sizeof parts[0] && !found; i++)
            found = assigned_text(l, parts[i], name);
    }
    return found;
}

static struct val lower_var(struct lower *l, const struct ast *n)
{
    if (l->code) {
        script__error(l, n, "var cannot stand inside a loop: declare it before the loop");
        return script__bad();
    }
    struct val seen = script__node_val(TY_BOOL, seen_before(l));
    int32_t guard = l->guard;
    l->guard = script__and_guard(l, &seen, true);
    l->declaring = n;
    struct val init = script__expr(l, n->a);
    l->declaring = NULL;
    l->guard = guard;
    struct symbol *s = bind(l, n->text, init, n->type, n);
    if (!s || script__is_bad(&s->val))
        return script__bad();
    bool constant = s->val.where == VAL_CONST;
    if (constant && !s->is_mutable)
        return s->val;
    s->is_mutable = true;
    int32_t before =
        script__graph_hist(l->graph, GRAPH_NONE, 1, constant ? s->val.num : NAN, l->guard);
    struct val start = s->val;
    bool keeps = s->type.base == TY_STRING && !s->type.is_array &&
                 (start.dynamic || assigned_text(l, l->program->body->list, n->text));
    if (keeps) {
        l->graph->nodes[before].dynamic = true;
        l->graph->nodes[before].member = l->member;
    }
    struct val prev = script__node_val(s->type.base, before);
    prev.type = s->type;
    prev.dynamic = keeps;
    struct val now = constant ? prev : script__select(l, &seen, &prev, &start);
    now.type = s->type;
    now.lo = -INFINITY;
    now.hi = INFINITY;
    s = &l->symbols[l->symbol_count - 1];
    s->val = now;
    s->keeps_text = keeps;
    struct pending *p = ARENA_NEW(l->arena, struct pending);
    if (!p) {
        l->graph->no_memory = true;
        return script__bad();
    }
    *p = (struct pending){.node = before, .next = s->pending};
    s->pending = p;
    return now;
}

static struct val lower_decl(struct lower *l, const struct ast *n)
{
    check_redeclared(l, n->text, n);
    if (n->mode != DECL_PLAIN)
        return lower_var(l, n);
    const struct ast *outer = l->declaring;
    l->declaring = n;
    struct val v = script__expr(l, n->a);
    l->declaring = outer;
    struct symbol *s = bind(l, n->text, v, n->type, n);
    return s ? s->val : script__bad();
}

static struct val lower_tuple_decl(struct lower *l, const struct ast *n)
{
    struct val v = script__expr(l, n->a);
    bool fits = v.where == VAL_TUPLE && v.count == n->count;
    if (!fits && !script__is_bad(&v))
        script__error(l, n, "%u names stand on the left, the right side gives %u value%s", n->count,
                      v.where == VAL_TUPLE ? v.count : v.type.base != TY_VOID,
                      v.where == VAL_TUPLE && v.count != 1 ? "s" : "");
    uint32_t i = 0;
    for (const struct ast *name = n->list; name; name = name->next, i++) {
        struct val item = fits ? v.items[i] : script__bad();
        bool skipped = str_eq(name->text, STR("_"));
        if (!skipped)
            check_redeclared(l, name->text, name);
        struct symbol *s = bind(l, name->text, item, (struct type){TY_VOID, false}, name);
        if (!s)
            return script__bad();
        s->decl = n;
        s->tuple_index = i;
        s->is_global = s->is_global && !skipped;
    }
    return v;
}

static void undeclared(struct lower *l, const struct ast *n)
{
    struct str near = STR("");
    unsigned best = 3;
    if (map_get(&l->program->broken, n->text))
        return;
    for (size_t i = 0; i < l->symbol_count; i++) {
        unsigned d = str_distance(n->text, l->symbols[i].name, 2);
        if (d < best && (i >= l->function_base || l->symbols[i].is_global)) {
            best = d;
            near = l->symbols[i].name;
        }
    }
    if (near.len)
        script__error(l, n, "\"" STR_FMT "\" is not declared: did you mean " STR_FMT "?",
                      STR_ARG(n->text), STR_ARG(near));
    else
        script__error(l, n, "\"" STR_FMT "\" is not declared: declare it with = before changing it",
                      STR_ARG(n->text));
}

static bool may_assign(struct lower *l, const struct symbol *s, const struct ast *n)
{
    if (!s) {
        if (script__builtin_find(&l->program->builtins, n->text, false))
            script__error(l, n, "\"" STR_FMT "\" is built in and cannot be changed",
                          STR_ARG(n->text));
        else
            undeclared(l, n);
        return false;
    }
    if (s->is_param) {
        script__error(l, n, "\"" STR_FMT "\" is a parameter and cannot be changed: copy it first",
                      STR_ARG(n->text));
        return false;
    }
    if (l->in_function && s->is_global) {
        script__error(l, n,
                      "a function cannot change the global variable \"" STR_FMT
                      "\": return the value and assign it at the call",
                      STR_ARG(n->text));
        return false;
    }
    return true;
}

static struct val lower_assign(struct lower *l, const struct ast *n)
{
    struct symbol *s = script__lookup(l, n->text);
    struct val v = script__expr(l, n->a);
    s = s ? script__lookup(l, n->text) : NULL;
    if (!may_assign(l, s, n))
        return script__bad();
    if (n->op != OP2(':', '='))
        v = script__binary(l, n->op, s->val, v, n);
    s = script__lookup(l, n->text);
    if (script__is_bad(&v))
        return v;
    if (v.where == VAL_TUPLE || v.type.base == TY_VOID) {
        script__error(l, n, "\"" STR_FMT "\" gets no single value from the right side",
                      STR_ARG(n->text));
        return script__bad();
    }
    if (s->type.base == TY_NA && !s->type.is_array) {
        s->type = v.type; // declared as na: the first value decides
        s->val.type = v.type;
    }
    v = script__convert(l, v, s->type, n, "the new value");
    s = script__lookup(l, n->text);
    if (v.where != VAL_CONST)
        v.qual = Q_SERIES;
    script__assign(l, s, &v);
    return v;
}

static struct val lower_function(struct lower *l, const struct ast *n)
{
    if (l->in_function || l->block_depth > 0 || l->code)
        script__error(l, n, "a function has to be declared outside of blocks");
    return script__void();
}

struct val script__statement(struct lower *l, const struct ast *n)
{
    switch (n->kind) {
    case AST_DECL:
        return lower_decl(l, n);
    case AST_TUPLE_DECL:
        return lower_tuple_decl(l, n);
    case AST_ASSIGN:
        return lower_assign(l, n);
    case AST_FUNC:
        return lower_function(l, n);
    case AST_BREAK:
    case AST_CONTINUE:
        script__loop_jump(l, n);
        return script__void();
    default:
        return script__expr(l, n);
    }
}

struct val script__block(struct lower *l, const struct ast *block)
{
    size_t symbols = l->symbol_count;
    struct val v = script__na();
    l->block_depth++;
    for (const struct ast *n = block->list; n && !l->stopped; n = n->next)
        v = script__statement(l, n);
    l->block_depth--;
    script__scope_end(l, symbols);
    return v;
}
