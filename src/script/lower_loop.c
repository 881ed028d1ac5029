// SPDX-License-Identifier: Apache-2.0
// Loops: for, for … in and while become bytecode of one CODE node. Outer variables that the body
// assigns live in registers meanwhile and come out as the node's outputs.
#include "script/lower.h"

#include "script/vm.h"

uint16_t script__new_reg(struct lower *l)
{
    if (l->code->regs >= LOWER_CODE_MAX) {
        l->graph->full = true;
        return 0;
    }
    return l->code->regs++;
}

struct instr *script__emit(struct lower *l, unsigned op, unsigned dst, unsigned a, unsigned b,
                           unsigned c)
{
    struct code *code = l->code;
    if (code->count >= LOWER_CODE_MAX) {
        l->graph->full = true;
        return NULL;
    }
    struct instr *in =
        script__grow(l->graph->arena, (void **)&code->items, &code->count, &code->cap, sizeof *in);
    if (!in) {
        l->graph->no_memory = true;
        return NULL;
    }
    *in = (struct instr){(uint16_t)op, (uint16_t)dst, (uint16_t)a, (uint16_t)b, (uint16_t)c, 0};
    return in;
}

void script__loop_skip(struct lower *l, size_t at, const struct val *cond)
{
    uint16_t reg = script__as_reg(l, cond);
    if (at < l->code->count)
        l->code->items[at] = (struct instr){.op = VM_JUMP_UNLESS, .a = reg};
    if (at < l->code->count)
        l->code->items[at].dst = (uint16_t)l->code->count;
}

unsigned script__loop_buffer(struct lower *l, int32_t input, int32_t guard, unsigned longest,
                             int32_t *node)
{
    struct code *code = l->code;
    *node = script__graph_add(l->graph, NODE_BUFFER, longest, &input, 1, guard, l->member);
    int32_t *slot = script__grow(l->graph->arena, (void **)&code->buffers, &code->buffer_count,
                                 &code->buffer_cap, sizeof *slot);
    if (!slot) {
        l->graph->no_memory = true;
        return 0;
    }
    *slot = *node;
    return (unsigned)(code->buffer_count - 1);
}

// --- variables of the outside -------------------------------------------------------------------

struct carried {
    struct journal *items; // symbol and what it held outside
    size_t count, cap;
};

static void carry(struct lower *l, struct carried *c, struct str name)
{
    struct symbol *s = script__lookup(l, name);
    if (!s || s->val.where == VAL_REG || s->is_param || (l->in_function && s->is_global))
        return;
    struct journal *j = script__grow(l->arena, (void **)&c->items, &c->count, &c->cap, sizeof *j);
    if (!j) {
        l->graph->no_memory = l->stopped = true;
        return;
    }
    *j = (struct journal){(uint32_t)(s - l->symbols), s->val};
    uint16_t reg = script__new_reg(l);
    script__emit(l, VM_MOV, reg, script__as_reg(l, &j->old), 0, 0);
    s->val.where = VAL_REG;
    s->val.ref = reg;
    s->val.lo = -INFINITY;
    s->val.hi = INFINITY;
}

// Finds the assignments below n.
static void scan(struct lower *l, const struct ast *n, struct carried *c)
{
    for (; n && !l->stopped; n = n->next) {
        if (n->kind == AST_ASSIGN)
            carry(l, c, n->text);
        const struct ast *const parts[] = {n->a, n->b, n->c, n->d, n->list};
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
            if (parts[i])
                scan(l, parts[i], c);
        }
    }
}

// --- the loops ----------------------------------------------------------------------------------

static void patch_jumps(struct lower *l, const struct jump_list *jumps, size_t target)
{
    for (size_t i = 0; i < jumps->count; i++) {
        if (jumps->at[i] < l->code->count)
            l->code->items[jumps->at[i]].dst = (uint16_t)target;
    }
}

void script__loop_jump(struct lower *l, const struct ast *n)
{
    const char *word = n->kind == AST_BREAK ? "break" : "continue";
    if (!l->code || !l->loop) {
        script__error(l, n, "%s stands outside of a loop", word);
        return;
    }
    struct jump_list *list = n->kind == AST_BREAK ? &l->loop->breaks : &l->loop->continues;
    if (list->count == sizeof list->at / sizeof list->at[0]) {
        script__error(l, n, "too many %s in one loop", word);
        return;
    }
    if (!l->dead)
        list->at[list->count++] = (uint32_t)l->code->count;
    script__emit(l, VM_JUMP, 0, 0, 0, 0);
}

struct loop_result {
    uint16_t reg;
    struct val val;
    bool any;
};

static void loop_body(struct lower *l, const struct ast *body, struct loop *loop,
                      struct loop_result *result)
{
    loop->outer = l->loop;
    l->loop = loop;
    struct val v = script__block(l, body);
    l->loop = loop->outer;
    if (v.where == VAL_TUPLE || v.type.base == TY_VOID || script__is_bad(&v) || v.type.is_array)
        return;
    result->any = true;
    result->val = v;
    script__emit(l, VM_MOV, result->reg, script__as_reg(l, &v), 0, 0);
}

static struct val number(struct lower *l, const struct ast *n, const char *what)
{
    struct val v = script__expr(l, n);
    if (script__is_bad(&v))
        return script__const(TY_INT, 0);
    if (!script__is_number(&v)) {
        script__error(l, n, "%s has to be a number, not %s", what, script__type_name(v.type));
        return script__const(TY_INT, 0);
    }
    return v;
}

static struct val reg_val(uint8_t type, uint16_t reg)
{
    struct val v = script__node_val(type, reg);
    v.where = VAL_REG;
    return v;
}

static void declare_reg(struct lower *l, struct str name, const struct ast *at, struct val v)
{
    struct symbol *s = script__declare(l, name, at);
    if (!s)
        return;
    s->type = v.type;
    s->val = v;
}

static void set_target(struct lower *l, size_t at)
{
    if (at < l->code->count)
        l->code->items[at].dst = (uint16_t)l->code->count;
}

static void emit_for(struct lower *l, const struct ast *n, struct loop_result *result)
{
    struct val from = number(l, n->a, "the start of a loop");
    struct val to = number(l, n->b, "the end of a loop");
    struct val step = n->c ? number(l, n->c, "the step of a loop") : script__const(TY_INT, 1);
    uint8_t type = from.type.base == TY_INT && step.type.base == TY_INT ? TY_INT : TY_FLOAT;
    // The direction follows from the bounds, whatever the sign of the step.
    step = script__op(l, OP_ABS, type, &step, NULL, NULL);
    struct val up = script__op(l, OP_GE, TY_BOOL, &to, &from, NULL);
    struct val down_step = script__op(l, OP_NEG, type, &step, NULL, NULL);
    step = script__select(l, &up, &step, &down_step);
    uint16_t counter = script__new_reg(l), last = script__new_reg(l);
    script__emit(l, VM_MOV, counter, script__as_reg(l, &from), 0, 0);
    // A copy: the body may change the variable the end was read from.
    script__emit(l, VM_MOV, last, script__as_reg(l, &to), 0, 0);
    uint16_t step_reg = script__as_reg(l, &step);
    size_t top = l->code->count;
    script__emit(l, VM_JUMP_FOR_END, 0, counter, last, step_reg);
    size_t symbols = l->symbol_count;
    struct val v = reg_val(type, counter);
    v.lo = fmin(from.lo, to.lo);
    v.hi = fmax(from.hi, to.hi);
    declare_reg(l, n->text, n, v);
    struct loop loop = {.breaks = {.count = 0}};
    loop_body(l, n->d, &loop, result);
    script__scope_end(l, symbols);
    patch_jumps(l, &loop.continues, l->code->count);
    script__emit(l, OP_ADD, counter, counter, step_reg, 0);
    script__emit(l, VM_JUMP, (unsigned)top, 0, 0, 0);
    patch_jumps(l, &loop.breaks, l->code->count);
    set_target(l, top);
}

static void emit_for_in(struct lower *l, const struct ast *n, struct loop_result *result)
{
    struct val array = script__expr(l, n->a);
    if (script__is_bad(&array))
        return;
    if (!array.type.is_array) {
        script__error(l, n->a, "for … in goes through an array, not %s",
                      script__type_name(array.type));
        return;
    }
    struct val zero = script__const(TY_INT, 0), one = script__const(TY_INT, 1);
    uint16_t index = script__new_reg(l);
    script__emit(l, VM_MOV, index, script__as_reg(l, &zero), 0, 0);
    uint16_t one_reg = script__as_reg(l, &one);
    size_t top = l->code->count;
    struct val size = script__row(l, VM_ARRAY_SIZE, (struct type){TY_INT, false}, &array, 1);
    uint16_t inside = script__new_reg(l);
    script__emit(l, OP_LT, inside, index, script__as_reg(l, &size), 0);
    size_t exit = l->code->count;
    script__emit(l, VM_JUMP_UNLESS, 0, inside, 0, 0);
    size_t symbols = l->symbol_count;
    struct val args[2] = {array, reg_val(TY_INT, index)};
    struct val element =
        script__row(l, VM_ARRAY_GET, (struct type){array.type.base, false}, args, 2);
    if (n->e)
        declare_reg(l, n->e->text, n->e, args[1]);
    declare_reg(l, n->text, n, element);
    struct loop loop = {.breaks = {.count = 0}};
    loop_body(l, n->d, &loop, result);
    script__scope_end(l, symbols);
    patch_jumps(l, &loop.continues, l->code->count);
    script__emit(l, OP_ADD, index, index, one_reg, 0);
    script__emit(l, VM_JUMP, (unsigned)top, 0, 0, 0);
    patch_jumps(l, &loop.breaks, l->code->count);
    set_target(l, exit);
}

static void emit_while(struct lower *l, const struct ast *n, struct loop_result *result)
{
    size_t top = l->code->count;
    struct val cond = script__condition(l, script__expr(l, n->a), n->a);
    uint16_t cond_reg = script__as_reg(l, &cond);
    size_t exit = l->code->count;
    script__emit(l, VM_JUMP_UNLESS, 0, cond_reg, 0, 0);
    struct loop loop = {.breaks = {.count = 0}};
    loop_body(l, n->d, &loop, result);
    patch_jumps(l, &loop.continues, top);
    script__emit(l, VM_JUMP, (unsigned)top, 0, 0, 0);
    patch_jumps(l, &loop.breaks, l->code->count);
    set_target(l, exit);
}

static void emit_loop(struct lower *l, const struct ast *n, struct loop_result *result)
{
    result->reg = script__new_reg(l);
    struct val na = script__na();
    script__emit(l, VM_MOV, result->reg, script__as_reg(l, &na), 0, 0);
    if (n->kind == AST_FOR)
        emit_for(l, n, result);
    else if (n->kind == AST_FOR_IN)
        emit_for_in(l, n, result);
    else
        emit_while(l, n, result);
}

static unsigned add_out(struct lower *l, uint16_t reg)
{
    struct code *c = l->code;
    uint16_t *slot =
        script__grow(l->graph->arena, (void **)&c->outs, &c->out_count, &c->out_cap, sizeof *slot);
    if (!slot) {
        l->graph->no_memory = true;
        return 0;
    }
    *slot = reg;
    return (unsigned)(c->out_count - 1);
}

static int32_t add_code_node(struct lower *l, struct code *code)
{
    size_t count = code->input_count + code->buffer_count;
    int32_t *in = ARENA_ARRAY(l->arena, count ? count : 1, int32_t);
    if (!in) {
        l->graph->no_memory = true;
        return 0;
    }
    for (size_t i = 0; i < code->input_count; i++)
        in[i] = code->inputs[i].node;
    for (size_t i = 0; i < code->buffer_count; i++)
        in[code->input_count + i] = code->buffers[i];
    int32_t node = script__graph_add(l->graph, NODE_CODE, 0, in, count, l->guard, l->member);
    if (l->graph->no_memory || l->graph->full)
        return 0;
    l->graph->nodes[node].code = code;
    l->graph->nodes[node].forced = code->forced;
    return node;
}

static struct val code_out(struct lower *l, int32_t code_node, unsigned out, const struct val *like)
{
    int32_t node =
        script__graph_add(l->graph, NODE_CODE_OUT, out, &code_node, 1, GRAPH_NONE, l->member);
    struct val v = script__node_val(like->type.base, node);
    v.type = like->type;
    v.dynamic = like->dynamic;
    l->graph->nodes[node].dynamic = like->dynamic;
    return v;
}

// After the loop: the outer variables get the node's outputs.
static void bring_back(struct lower *l, const struct carried *carried, int32_t node, unsigned first)
{
    for (size_t i = 0; i < carried->count; i++) {
        struct symbol *s = &l->symbols[carried->items[i].symbol];
        struct val now = code_out(l, node, first + (unsigned)i, &s->val);
        now.type = s->type;
        s->val = carried->items[i].old;
        script__assign(l, s, &now);
    }
}

static struct val outermost_loop(struct lower *l, const struct ast *n)
{
    struct loop_result result = {.val = script__na()};
    struct code *code = ARENA_NEW(l->graph->arena, struct code);
    if (!code) {
        l->graph->no_memory = l->stopped = true;
        return script__bad();
    }
    l->code = code;
    struct carried carried = {NULL, 0, 0};
    size_t symbols = l->symbol_count;
    scan(l, n->d, &carried);
    emit_loop(l, n, &result);
    script__scope_end(l, symbols);
    unsigned first = result.any ? add_out(l, result.reg) + 1 : 0;
    for (size_t i = 0; i < carried.count; i++)
        add_out(l, (uint16_t)l->symbols[carried.items[i].symbol].val.ref);
    l->code = NULL;
    int32_t node = add_code_node(l, code);
    bring_back(l, &carried, node, first);
    return result.any ? code_out(l, node, 0, &result.val) : script__na();
}

struct val script__loop(struct lower *l, const struct ast *n)
{
    if (!l->code)
        return outermost_loop(l, n);
    struct loop_result result = {.val = script__na()};
    emit_loop(l, n, &result);
    if (!result.any)
        return script__na();
    struct val v = reg_val(result.val.type.base, result.reg);
    v.type = result.val.type;
    v.dynamic = result.val.dynamic;
    return v;
}
