// SPDX-License-Identifier: Apache-2.0
// Compiles an island to bytecode: its nodes in program order, then the values that the next bar
// needs. Registers stay in the instance's state, so what is kept from bar to bar is not copied.
#include "script/plan.h"

#include "script/vm.h"

struct compiler {
    struct plan *p;
    struct island *island;
    struct arena *arena;
    uint16_t *reg_of; // by node; 0: none yet (register 0 is never used)
    uint16_t *out_of; // by node: the register that leaves the island, when it is another
    int32_t *touched; // nodes with a register, to be forgotten for the next island
    size_t touched_count, touched_cap;
    uint16_t regs;
    int32_t guard; // node of the open conditional part
    size_t guard_jump;
    uint32_t *buffer_of;  // by node: buffer + 1
    struct instr nowhere; // written to when there is no room
    bool no_memory, full;
};

static uint16_t new_reg(struct compiler *c)
{
    if (c->regs >= VM_REGISTERS_MAX) {
        c->full = true;
        return 0;
    }
    return c->regs++;
}

static struct instr *emit(struct compiler *c, unsigned op, unsigned dst, unsigned a, unsigned b,
                          unsigned third)
{
    struct island *i = c->island;
    struct instr *in = script__grow(c->arena, (void **)&i->code, &i->count, &i->cap, sizeof *in);
    if (!in || i->count > UINT16_MAX) {
        c->no_memory = c->no_memory || !in;
        c->full = true;
        return in ? in : &c->nowhere;
    }
    *in = (struct instr){(uint16_t)op, (uint16_t)dst, (uint16_t)a, (uint16_t)b, (uint16_t)third, 0};
    return in;
}

static bool inside(const struct compiler *c, int32_t node)
{
    const struct plan *p = c->p;
    return p->island_of[node] != GRAPH_NONE &&
           p->island_of[node] == p->island_of[c->island->nodes[0]];
}

static uint16_t preset_reg(struct compiler *c, double value)
{
    struct island *i = c->island;
    struct reg_value *v =
        script__grow(c->arena, (void **)&i->presets, &i->preset_count, &i->preset_cap, sizeof *v);
    if (!v) {
        c->no_memory = true;
        return 0;
    }
    *v = (struct reg_value){new_reg(c), value};
    return v->reg;
}

// The register that holds a node's value; a node from outside becomes an input.
static uint16_t reg_of(struct compiler *c, int32_t node)
{
    if (c->reg_of[node])
        return c->reg_of[node];
    int32_t *touched = script__grow(c->arena, (void **)&c->touched, &c->touched_count,
                                    &c->touched_cap, sizeof *touched);
    if (!touched) {
        c->no_memory = true;
        return 0;
    }
    *touched = node;
    const struct node *n = &c->p->graph->nodes[node];
    struct island *i = c->island;
    double value;
    if (script__graph_is_const(c->p->graph, node, &value)) {
        c->reg_of[node] = preset_reg(c, value);
    } else if (inside(c, node)) {
        c->reg_of[node] = new_reg(c);
        if (n->kind == NODE_ACCOUNT) {
            struct island_port *port = script__grow(
                c->arena, (void **)&i->accounts, &i->account_count, &i->account_cap, sizeof *port);
            if (port)
                *port = (struct island_port){n->op, c->reg_of[node]};
        }
    } else {
        c->reg_of[node] = new_reg(c);
        struct island_port *port = script__grow(c->arena, (void **)&i->inputs, &i->input_count,
                                                &i->input_cap, sizeof *port);
        if (port)
            *port = (struct island_port){c->p->slot_of[node], c->reg_of[node]};
        else
            c->no_memory = true;
    }
    return c->reg_of[node];
}

static void close_guard(struct compiler *c)
{
    if (c->guard != GRAPH_NONE)
        c->island->code[c->guard_jump].dst = (uint16_t)c->island->count;
    c->guard = GRAPH_NONE;
}

// What follows runs only where the guard holds.
static void open_guard(struct compiler *c, int32_t guard)
{
    if (c->guard == guard)
        return;
    close_guard(c);
    if (guard == GRAPH_NONE)
        return;
    uint16_t reg = reg_of(c, guard);
    c->guard_jump = c->island->count;
    emit(c, VM_JUMP_UNLESS, 0, reg, 0, 0);
    if (!c->full)
        c->guard = guard;
}

static unsigned add_buffer(struct compiler *c, int32_t node, uint32_t longest)
{
    struct island *i = c->island;
    struct island_buffer *b =
        script__grow(c->arena, (void **)&i->buffers, &i->buffer_count, &i->buffer_cap, sizeof *b);
    if (!b) {
        c->no_memory = true;
        return 0;
    }
    b->longest = longest;
    // Number of values taken, place of the newest, the values.
    b->state = script__plan_state(c->p, sizeof(double) * ((size_t)longest + 2));
    c->buffer_of[node] = (uint32_t)i->buffer_count;
    return (unsigned)(i->buffer_count - 1);
}

static void compile_kernel(struct compiler *c, int32_t node, const struct node *n)
{
    struct island *i = c->island;
    struct kernel_call *call =
        script__grow(c->arena, (void **)&i->calls, &i->call_count, &i->call_cap, sizeof *call);
    if (!call) {
        c->no_memory = true;
        return;
    }
    size_t index = i->call_count - 1;
    *call = (struct kernel_call){.kernel = n->kernel, .params = n->params};
    if (n->kernel->state_bytes)
        call->state = script__plan_state(c->p, n->kernel->state_bytes(n->params));
    for (unsigned k = 0; k < n->kernel->inputs; k++) {
        uint16_t reg = reg_of(c, n->in[k]);
        i->calls[index].in[k] = reg;
    }
    for (unsigned k = 0; k < n->kernel->outputs; k++)
        i->calls[index].out[k] = k == 0 ? reg_of(c, node) : new_reg(c);
    open_guard(c, n->guard);
    emit(c, VM_KERNEL, (unsigned)index, 0, 0, 0);
}

// Outputs of a kernel inside: the register its call writes.
static void compile_out(struct compiler *c, int32_t node, const struct node *n)
{
    for (size_t i = 0; i < c->island->call_count; i++) {
        if (c->island->calls[i].out[0] == c->reg_of[n->in[0]])
            c->reg_of[node] = c->island->calls[i].out[n->op];
    }
}

static void compile_row(struct compiler *c, int32_t node, const struct node *n)
{
    uint16_t r[4] = {0, 0, 0, 0};
    for (uint32_t k = 0; k < n->in_count && k < 4; k++)
        r[k] = reg_of(c, n->in[k]);
    uint16_t dst = reg_of(c, node);
    open_guard(c, n->guard);
    emit(c, n->op, dst, r[0], r[1], r[2])->d = r[3];
}

static unsigned add_effect(struct compiler *c, const struct effect *from)
{
    struct island *i = c->island;
    struct effect *e =
        script__grow(c->arena, (void **)&i->effects, &i->effect_count, &i->effect_cap, sizeof *e);
    if (!e) {
        c->no_memory = true;
        return 0;
    }
    *e = *from;
    return (unsigned)(i->effect_count - 1);
}

static void compile_effect(struct compiler *c, const struct node *n)
{
    unsigned index = add_effect(c, n->effect);
    for (unsigned k = 0; k < ARG_COUNT && !c->no_memory; k++) {
        if (n->effect->at[k] != GRAPH_NONE) {
            uint16_t reg = reg_of(c, n->effect->at[k]);
            c->island->effects[index].at[k] = reg;
        }
    }
    open_guard(c, n->guard);
    emit(c, VM_EFFECT, index, 0, 0, 0);
}

// Rewrites one instruction of a loop: registers, jumps and tables become the island's.
static struct instr relocate(struct instr in, const uint16_t *regs, size_t code_at,
                             const uint32_t *buffers, size_t effects)
{
    const char *kinds = in.op > VM_FIRST ? script__vm_ops[in.op - VM_FIRST - 1].operands : NULL;
    uint16_t *operands[5] = {&in.dst, &in.a, &in.b, &in.c, &in.d};
    if (!kinds) {
        in.dst = regs[in.dst];
        for (unsigned i = 0; i < script__ops[in.op].operands; i++)
            *operands[i + 1] = regs[*operands[i + 1]];
        return in;
    }
    for (unsigned i = 0; i < 5; i++) {
        if (kinds[i] == 'R' || kinds[i] == 'W')
            *operands[i] = regs[*operands[i]];
        else if (kinds[i] == 'T')
            *operands[i] = (uint16_t)(*operands[i] + code_at);
        else if (kinds[i] == 'B')
            *operands[i] = (uint16_t)buffers[*operands[i]];
        else if (kinds[i] == 'E')
            *operands[i] = (uint16_t)(*operands[i] + effects);
    }
    return in;
}

static void compile_code(struct compiler *c, int32_t node, const struct node *n)
{
    const struct code *code = n->code;
    (void)node;
    uint16_t *regs = ARENA_ARRAY(c->arena, code->regs + 1u, uint16_t);
    uint32_t *buffers = ARENA_ARRAY(c->arena, code->buffer_count + 1, uint32_t);
    if (!regs || !buffers) {
        c->no_memory = true;
        return;
    }
    for (size_t i = 0; i < code->input_count; i++)
        regs[code->inputs[i].reg] = reg_of(c, code->inputs[i].node);
    for (unsigned i = 0; i < code->regs; i++) {
        if (!regs[i])
            regs[i] = new_reg(c);
    }
    for (size_t i = 0; i < code->buffer_count; i++) {
        int32_t b = code->buffers[i];
        buffers[i] =
            c->buffer_of[b] ? c->buffer_of[b] - 1 : add_buffer(c, b, c->p->graph->nodes[b].op);
    }
    size_t effects = c->island->effect_count;
    for (size_t i = 0; i < code->effect_count; i++) {
        unsigned index = add_effect(c, &code->effects[i]);
        for (unsigned k = 0; k < ARG_COUNT && !c->no_memory; k++) {
            if (code->effects[i].at[k] != GRAPH_NONE)
                c->island->effects[index].at[k] = regs[code->effects[i].at[k]];
        }
    }
    open_guard(c, n->guard);
    size_t at = c->island->count;
    for (size_t i = 0; i < code->count && !c->no_memory && !c->full; i++) {
        struct instr in = relocate(code->items[i], regs, at, buffers, effects);
        *emit(c, 0, 0, 0, 0, 0) = in;
    }
    for (size_t i = 0; i < c->island->node_count; i++) {
        int32_t out = c->island->nodes[i];
        const struct node *o = &c->p->graph->nodes[out];
        if (o->kind == NODE_CODE_OUT && o->in[0] == node)
            c->reg_of[out] = regs[code->outs[o->op]];
    }
    close_guard(c);
}

static void compile_hist_dyn(struct compiler *c, int32_t node, const struct node *n)
{
    unsigned buffer = add_buffer(c, node, n->op);
    uint16_t offset = reg_of(c, n->in[1]), now = reg_of(c, n->in[2]);
    uint16_t dst = reg_of(c, node);
    open_guard(c, n->guard);
    emit(c, VM_HIST, dst, buffer, offset, now);
}

static void compile_hist(struct compiler *c, int32_t node, const struct node *n)
{
    uint16_t dst = reg_of(c, node);
    if (n->params[0] == 1) { // its register simply keeps the value
        struct island *i = c->island;
        struct reg_value *v = script__grow(c->arena, (void **)&i->presets, &i->preset_count,
                                           &i->preset_cap, sizeof *v);
        if (v)
            *v = (struct reg_value){dst, n->params[1]};
        return;
    }
    unsigned buffer = add_buffer(c, node, (uint32_t)n->params[0]);
    uint16_t offset = preset_reg(c, n->params[0]);
    open_guard(c, n->guard);
    emit(c, VM_HIST, dst, buffer, offset, dst);
}

static void compile_op(struct compiler *c, int32_t node, const struct node *n)
{
    uint16_t r[3] = {0, 0, 0};
    for (uint32_t k = 0; k < n->in_count; k++)
        r[k] = reg_of(c, n->in[k]);
    uint16_t dst = reg_of(c, node);
    close_guard(c);
    emit(c, n->op, dst, r[0], r[1], r[2]);
}

static void compile_node(struct compiler *c, int32_t node)
{
    const struct node *n = &c->p->graph->nodes[node];
    switch (n->kind) {
    case NODE_OP:
        compile_op(c, node, n);
        break;
    case NODE_KERNEL:
        compile_kernel(c, node, n);
        break;
    case NODE_OUT:
        compile_out(c, node, n);
        break;
    case NODE_HIST:
        compile_hist(c, node, n);
        break;
    case NODE_HIST_DYN:
        compile_hist_dyn(c, node, n);
        break;
    case NODE_ROW:
        compile_row(c, node, n);
        break;
    case NODE_CODE:
        compile_code(c, node, n);
        break;
    case NODE_EFFECT:
        compile_effect(c, n);
        break;
    case NODE_ACCOUNT:
        (void)reg_of(c, node);
        break;
    default:
        break;
    }
}

static bool keeps_value(const struct node *n)
{
    return n->kind == NODE_HIST || n->kind == NODE_HIST_DYN || n->kind == NODE_BUFFER;
}

// A value that is itself overwritten at the end of the bar is put aside first.
static void put_aside(struct compiler *c, uint16_t *from, const bool *is_used)
{
    for (size_t i = 0; i < c->island->node_count; i++) {
        const struct node *n = &c->p->graph->nodes[c->island->nodes[i]];
        if (!keeps_value(n))
            continue;
        if (n->kind == NODE_HIST && n->params[0] == 1 && is_used[c->island->nodes[i]]) {
            uint16_t copy = new_reg(c);
            c->out_of[c->island->nodes[i]] = copy;
            emit(c, VM_MOV, copy, reg_of(c, c->island->nodes[i]), 0, 0);
        }
        uint16_t reg = reg_of(c, n->in[0]);
        const struct node *source = &c->p->graph->nodes[n->in[0]];
        bool overwritten =
            inside(c, n->in[0]) && source->kind == NODE_HIST && source->params[0] == 1;
        from[i] = reg;
        if (overwritten) {
            from[i] = new_reg(c);
            emit(c, VM_MOV, from[i], reg, 0, 0);
        }
    }
}

// At the end of the bar: what the next one reads.
static void compile_end(struct compiler *c, const bool *is_used)
{
    uint16_t *from = ARENA_ARRAY(c->arena, c->island->node_count + 1, uint16_t);
    uint16_t *cell = ARENA_ARRAY(c->arena, c->island->node_count + 1, uint16_t);
    if (!from || !cell) {
        c->no_memory = true;
        return;
    }
    for (size_t i = 0; i < c->island->node_count; i++) {
        const struct node *n = &c->p->graph->nodes[c->island->nodes[i]];
        if (n->kind == NODE_HIST && n->dynamic)
            cell[i] = preset_reg(c, (double)c->p->kept_cells++);
    }
    close_guard(c);
    put_aside(c, from, is_used);
    for (size_t i = 0; i < c->island->node_count; i++) {
        int32_t node = c->island->nodes[i];
        const struct node *n = &c->p->graph->nodes[node];
        if (!keeps_value(n) || (n->kind == NODE_BUFFER && !c->buffer_of[node]))
            continue;
        open_guard(c, n->guard);
        if (n->kind == NODE_HIST && n->dynamic)
            emit(c, VM_STRING_KEEP, c->reg_of[node], from[i], cell[i], 0);
        else if (n->kind == NODE_HIST && n->params[0] == 1)
            emit(c, VM_MOV, c->reg_of[node], from[i], 0, 0);
        else
            emit(c, VM_PUSH, c->buffer_of[node] - 1, from[i], 0, 0);
    }
    close_guard(c);
    emit(c, VM_END, 0, 0, 0, 0);
}

static void add_outputs(struct compiler *c, const bool *is_used)
{
    struct island *i = c->island;
    for (size_t k = 0; k < i->node_count; k++) {
        int32_t node = i->nodes[k];
        if (!is_used[node] || c->p->slot_of[node] == SLOT_NONE || !c->reg_of[node])
            continue;
        struct island_port *port = script__grow(c->arena, (void **)&i->outputs, &i->output_count,
                                                &i->output_cap, sizeof *port);
        if (port)
            *port = (struct island_port){c->p->slot_of[node],
                                         c->out_of[node] ? c->out_of[node] : c->reg_of[node]};
        else
            c->no_memory = true;
    }
}

int script__island_compile(struct plan *p, struct island *island, const bool *is_used)
{
    struct compiler c = {.p = p,
                         .island = island,
                         .arena = p->arena,
                         .guard = GRAPH_NONE,
                         .regs = 1,
                         .reg_of = p->reg_of,
                         .out_of = p->out_of,
                         .buffer_of = p->buffer_of};
    for (size_t i = 0; i < island->node_count && !c.no_memory && !c.full; i++)
        compile_node(&c, island->nodes[i]);
    if (!c.no_memory && !c.full)
        compile_end(&c, is_used);
    add_outputs(&c, is_used);
    for (size_t i = 0; i < c.touched_count; i++)
        p->reg_of[c.touched[i]] = 0;
    for (size_t i = 0; i < island->node_count; i++)
        p->reg_of[island->nodes[i]] = 0;
    if (c.no_memory)
        return ERR_NO_MEMORY;
    if (c.full)
        return ERR_LIMIT;
    island->regs = c.regs;
    island->regs_state = script__plan_state(p, sizeof(double) * c.regs);
    struct diag d;
    return script__island_verify(p, island, &d);
}
