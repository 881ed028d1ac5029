// SPDX-License-Identifier: Apache-2.0
// Lowering of statements: variables with Pine's var and :=, blocks, and conditionals, whose sides
// are merged by a select (in a graph) or jumped over (in a loop).
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
        if (s->pending && s->val.dynamic && !script__is_bad(&s->val))
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

// --- branches -----------------------------------------------------------------------------------

struct changes {
    struct journal *items; // symbol and its new value
    size_t count;
};

// Takes the assignments since mark back and lists what they would have left.
static struct changes take_back(struct lower *l, size_t mark, size_t symbols)
{
    struct changes c = {NULL, 0};
    size_t n = l->journal_count - mark;
    if (n == 0)
        return c;
    c.items = ARENA_ARRAY(l->arena, n, struct journal);
    if (!c.items) {
        l->graph->no_memory = l->stopped = true;
        l->journal_count = mark;
        return c;
    }
    for (size_t i = l->journal_count; i-- > mark;) {
        struct journal *j = &l->journal[i];
        if (j->symbol >= symbols)
            continue;
        struct symbol *s = &l->symbols[j->symbol];
        bool seen = false;
        for (size_t k = 0; k < c.count; k++)
            seen = seen || c.items[k].symbol == j->symbol;
        if (!seen)
            c.items[c.count++] = (struct journal){j->symbol, s->val};
        s->val = j->old;
    }
    l->journal_count = mark;
    return c;
}

static const struct val *changed(const struct changes *c, uint32_t symbol)
{
    for (size_t i = 0; i < c->count; i++) {
        if (c->items[i].symbol == symbol)
            return &c->items[i].old;
    }
    return NULL;
}

static void merge_symbol(struct lower *l, uint32_t symbol, const struct val *cond,
                         const struct val *yes, const struct val *no)
{
    struct symbol *s = &l->symbols[symbol];
    struct val old = s->val;
    struct val merged = script__select(l, cond, yes ? yes : &old, no ? no : &old);
    s = &l->symbols[symbol];
    merged.type = s->type;
    merged.qual = Q_SERIES;
    script__assign(l, s, &merged);
}

static void merge(struct lower *l, const struct val *cond, const struct changes *yes,
                  const struct changes *no)
{
    // Backwards: in the order in which they were assigned first.
    for (size_t i = yes->count; i-- > 0;)
        merge_symbol(l, yes->items[i].symbol, cond, &yes->items[i].old,
                     changed(no, yes->items[i].symbol));
    for (size_t i = no->count; i-- > 0;) {
        if (!changed(yes, no->items[i].symbol))
            merge_symbol(l, no->items[i].symbol, cond, NULL, &no->items[i].old);
    }
}

static struct val void_value(void)
{
    struct val v = script__na();
    v.type.base = TY_VOID;
    return v;
}

static bool joinable(const struct val *a, const struct val *b)
{
    if (a->where == VAL_TUPLE || b->where == VAL_TUPLE)
        return false;
    if (a->type.base == TY_VOID || b->type.base == TY_VOID)
        return false;
    if ((a->type.base == TY_NA && !a->type.is_array) ||
        (b->type.base == TY_NA && !b->type.is_array))
        return true;
    return a->type.is_array == b->type.is_array &&
           (a->type.base == b->type.base || (script__is_number(a) && script__is_number(b)));
}

static struct val join_values(struct lower *l, const struct val *cond, struct val a, struct val b,
                              const struct ast *at)
{
    if (script__is_bad(&a) || script__is_bad(&b))
        return script__is_bad(&a) && !script__is_bad(&b) ? script__bad() : script__bad();
    if (a.where == VAL_TUPLE && b.where == VAL_TUPLE && a.count == b.count) {
        struct val out = a;
        out.items = ARENA_ARRAY(l->arena, a.count ? a.count : 1, struct val);
        for (unsigned i = 0; out.items && i < a.count; i++)
            out.items[i] = join_values(l, cond, a.items[i], b.items[i], at);
        return out.items ? out : script__bad();
    }
    if (a.where == VAL_TUPLE && b.type.base == TY_NA) {
        struct val none = a;
        none.items = ARENA_ARRAY(l->arena, a.count ? a.count : 1, struct val);
        for (unsigned i = 0; none.items && i < a.count; i++)
            none.items[i] = script__na();
        return none.items ? join_values(l, cond, a, none, at) : script__bad();
    }
    if (at->kind != AST_TERNARY && !joinable(&a, &b))
        return void_value(); // a conditional used as a statement
    struct type type = script__common_type(l, &a, &b, at);
    struct val out = script__select(l, cond, &a, &b);
    out.type = type;
    return out;
}

static struct val branch_known(struct lower *l, const struct val *cond, lower_branch yes,
                               const void *yes_arg, lower_branch no, const void *no_arg,
                               const struct ast *at)
{
    bool take = OP_TRUE(cond->num);
    // The side never taken is still checked, in a place that never runs.
    size_t mark = l->journal_count, symbols = l->symbol_count;
    size_t emitted = l->code ? l->code->count : 0;
    int32_t guard = l->guard;
    bool dead = l->dead;
    l->guard = script__graph_const(l->graph, 0);
    l->dead = true;
    struct val other = take ? no(l, no_arg) : yes(l, yes_arg);
    l->dead = dead;
    l->guard = guard;
    if (l->code)
        l->code->count = emitted;
    (void)take_back(l, mark, symbols);
    struct val v = take ? yes(l, yes_arg) : no(l, no_arg);
    if (other.where == VAL_TUPLE || v.where == VAL_TUPLE || script__is_bad(&v) ||
        script__is_bad(&other) || !joinable(&v, &other)) {
        if (at->kind == AST_TERNARY && !script__is_bad(&v) && !script__is_bad(&other) &&
            v.where != VAL_TUPLE)
            (void)script__common_type(l, &v, &other, at);
        return v;
    }
    v.type = script__common_type(l, &v, &other, at);
    if (cond->qual > v.qual)
        v.qual = cond->qual;
    return v;
}

static struct val branch_graph(struct lower *l, const struct val *cond, lower_branch yes,
                               const void *yes_arg, lower_branch no, const void *no_arg,
                               const struct ast *at)
{
    size_t mark = l->journal_count, symbols = l->symbol_count;
    int32_t guard = l->guard;
    l->guard = script__and_guard(l, cond, false);
    struct val a = yes(l, yes_arg);
    struct changes yes_changes = take_back(l, mark, symbols);
    l->guard = guard;
    l->guard = script__and_guard(l, cond, true);
    struct val b = no(l, no_arg);
    struct changes no_changes = take_back(l, mark, symbols);
    l->guard = guard;
    merge(l, cond, &yes_changes, &no_changes);
    return join_values(l, cond, a, b, at);
}

static void move_result(struct lower *l, const struct val *v, uint16_t *regs, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const struct val *item = v->where == VAL_TUPLE ? &v->items[i] : v;
        script__emit(l, VM_MOV, regs[i], script__as_reg(l, item), 0, 0);
    }
}

static void patch(struct lower *l, size_t at)
{
    if (at < l->code->count)
        l->code->items[at].dst = (uint16_t)l->code->count;
}

static struct val branch_code(struct lower *l, const struct val *cond, lower_branch yes,
                              const void *yes_arg, lower_branch no, const void *no_arg,
                              const struct ast *at)
{
    uint16_t result[1];
    size_t start = l->code->count;
    script__emit(l, VM_JUMP_UNLESS, 0, script__as_reg(l, cond), 0, 0);
    struct val a = yes(l, yes_arg);
    bool plain = l->code->count == start + 1;
    bool single = a.where != VAL_TUPLE && a.type.base != TY_VOID && !script__is_bad(&a);
    result[0] = script__new_reg(l);
    if (single)
        move_result(l, &a, result, 1);
    size_t skip = l->code->count;
    script__emit(l, VM_JUMP, 0, 0, 0, 0);
    patch(l, start);
    size_t second = l->code->count;
    struct val b = no(l, no_arg);
    plain = plain && l->code->count == second;
    if (plain) { // neither side does anything: no jumps needed
        l->code->count = start;
        return join_values(l, cond, a, b, at);
    }
    bool joins = single && !script__is_bad(&b) && joinable(&a, &b);
    if (joins)
        move_result(l, &b, result, 1);
    patch(l, skip);
    if (!joins) {
        if (at->kind == AST_TERNARY && !script__is_bad(&a) && !script__is_bad(&b))
            (void)script__common_type(l, &a, &b, at);
        return void_value();
    }
    struct val out = script__node_val(TY_FLOAT, result[0]);
    out.where = VAL_REG;
    out.type = script__common_type(l, &a, &b, at);
    out.dynamic = a.dynamic || b.dynamic;
    return out;
}

struct val script__branch(struct lower *l, struct val cond, lower_branch yes, const void *yes_arg,
                          lower_branch no, const void *no_arg, const struct ast *at)
{
    if (cond.where == VAL_CONST)
        return branch_known(l, &cond, yes, yes_arg, no, no_arg, at);
    if (l->code)
        return branch_code(l, &cond, yes, yes_arg, no, no_arg, at);
    return branch_graph(l, &cond, yes, yes_arg, no, no_arg, at);
}

static struct val lower_side(struct lower *l, const void *arg)
{
    const struct ast *n = arg;
    if (!n)
        return script__na();
    return n->kind == AST_BLOCK ? script__block(l, n) : script__expr(l, n);
}

struct val script__if(struct lower *l, const struct ast *n)
{
    struct val cond = script__condition(l, script__expr(l, n->a), n->a);
    return script__branch(l, cond, lower_side, n->b, lower_side, n->c, n);
}

struct switch_at {
    const struct ast *node, *branch;
    const struct val *subject;
};

static struct val lower_cases(struct lower *l, const void *arg)
{
    const struct switch_at *s = arg;
    const struct ast *c = s->branch;
    if (!c)
        return script__na();
    if (!c->a) {
        if (c->next)
            script__error(l, c->next, "the default branch of a switch has to be its last");
        return script__block(l, c->d);
    }
    struct val cond = script__expr(l, c->a);
    if (s->subject)
        cond = script__binary(l, OP2('=', '='), *s->subject, cond, c->a);
    cond = script__condition(l, cond, c->a);
    struct switch_at rest = {s->node, c->next, s->subject};
    if (++l->depth > LOWER_DEPTH_MAX) {
        script__error(l, c, "this switch has too many branches");
        l->stopped = true;
        return script__bad();
    }
    struct val v = script__branch(l, cond, lower_side, c->d, lower_cases, &rest, s->node);
    l->depth--;
    return v;
}

struct val script__switch(struct lower *l, const struct ast *n)
{
    struct val subject;
    struct switch_at start = {n, n->list, NULL};
    if (n->a) {
        subject = script__expr(l, n->a);
        start.subject = &subject;
    }
    return lower_cases(l, &start);
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
    bool keeps = s->is_mutable || v.where == VAL_REG;
    if (l->code && keeps && !v.type.is_array)
        v = loop_variable(l, &v);
    else if (l->code && s->is_mutable)
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
    if (init.dynamic && !script__is_bad(&init)) {
        script__error(l, n, "var cannot keep a string made while running");
        init = script__bad();
    }
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
    struct val prev = script__node_val(s->type.base, before);
    prev.type = s->type;
    struct val now = constant ? prev : script__select(l, &seen, &prev, &start);
    now.type = s->type;
    now.lo = -INFINITY;
    now.hi = INFINITY;
    s = &l->symbols[l->symbol_count - 1];
    s->val = now;
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

static bool may_assign(struct lower *l, const struct symbol *s, const struct ast *n)
{
    if (!s) {
        if (script__builtin_find(&l->program->builtins, n->text, false))
            script__error(l, n, "\"" STR_FMT "\" is built in and cannot be changed",
                          STR_ARG(n->text));
        else
            script__error(l, n,
                          "\"" STR_FMT "\" is not declared: declare it with = before changing it",
                          STR_ARG(n->text));
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
    return void_value();
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
        return void_value();
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
