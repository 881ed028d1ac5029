// SPDX-License-Identifier: Apache-2.0
// Conditionals: both sides are lowered, their assignments merged by a select (in a graph) or jumped
// over (in a loop); a condition known while compiling takes one side and only checks the other.
#include "script/lower.h"

#include "script/vm.h"

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

struct val script__void(void)
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
        return script__bad();
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
        return script__void(); // a conditional used as a statement
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
        return script__void();
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
