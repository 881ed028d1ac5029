// SPDX-License-Identifier: Apache-2.0
// Lowering of a whole program, its errors, and the lowerings most builtin rows share: a kernel, an
// elementwise operation, an instruction that runs once a bar.
#include "script/lower.h"

#include "script/vm.h"

#include <stdarg.h>
#include <stdio.h>

static void report(struct lower *l, const struct ast *at, bool warning, const char *fmt, va_list ap)
{
    char text[240];
    (void)vsnprintf(text, sizeof text, fmt, ap);
    script__diag(l->diags, warning, at ? at->line : 0, at ? at->column : 0, "%s", text);
    if (l->diags->more)
        l->stopped = true;
}

void script__error(struct lower *l, const struct ast *at, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    report(l, at, false, fmt, ap);
    va_end(ap);
}

void script__warn(struct lower *l, const struct ast *at, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    report(l, at, true, fmt, ap);
    va_end(ap);
}

// A function's types follow from its arguments: one that nothing calls is checked with arguments of
// any type. Last, and what it adds to graph and settings is nobody's.
static void check_uncalled(struct lower *l)
{
    struct script_strategy_settings settings = *l->settings;
    bool declared = l->has_declaration;
    l->info->node_count = l->graph->count;
    l->info->needs_account = l->graph->members[l->member].needs_account;
    for (const struct ast *n = l->program->body->list; n && !l->stopped; n = n->next) {
        if (n->kind != AST_FUNC || map_get(&l->called, n->text))
            continue;
        script__warn(l, n, "function \"" STR_FMT "\" is never called", STR_ARG(n->text));
        script__check_function(l, n);
    }
    *l->settings = settings;
    l->has_declaration = declared;
}

int script__lower_program(struct lower *l)
{
    l->guard = l->base_guard = GRAPH_NONE;
    l->max_bars_back = HISTORY_MAX;
    for (const struct ast *n = l->program->body->list; n && !l->stopped; n = n->next) {
        (void)script__statement(l, n);
        if (l->graph->no_memory)
            return ERR_NO_MEMORY;
        if (l->graph->full && !l->stopped) {
            script__error(l, n, "the script needs more than %zu nodes: make it smaller",
                          l->graph->max_nodes);
            l->stopped = true;
        }
    }
    if (l->info)
        check_uncalled(l);
    script__scope_end(l, 0);
    if (!l->has_declaration && !script__has_error(l->diags))
        script__error(l, l->program->body,
                      "a script needs one call of indicator() or strategy() with a title");
    if (l->graph->no_memory)
        return ERR_NO_MEMORY;
    return script__has_error(l->diags) ? ERR_SYNTAX : 0;
}

// --- shared lowerings ---------------------------------------------------------------------------

static struct type letter_type(char letter, const struct call *c)
{
    switch (letter) {
    case 'I':
        return (struct type){TY_INT, false};
    case 'B':
        return (struct type){TY_BOOL, false};
    case 'S':
        return (struct type){TY_STRING, false};
    case 'C':
        return (struct type){TY_COLOR, false};
    case 'V':
        return (struct type){TY_VOID, false};
    case 'n':
        for (size_t i = 0; i < c->count; i++) {
            if (c->args[i].type.base != TY_INT)
                return (struct type){TY_FLOAT, false};
        }
        return (struct type){TY_INT, false};
    case '0':
        if (c->args[0].type.base == TY_NA)
            return (struct type){TY_FLOAT, false};
        return c->args[0].type;
    case 'e':
        return (struct type){c->args[0].type.base, false};
    default:
        return (struct type){TY_FLOAT, false};
    }
}

// The place of a parameter of the row by name; count when there is none.
static size_t param_at(const struct builtin *b, struct str name)
{
    struct str rest = b->params ? str_from(b->params) : (struct str){NULL, 0};
    struct builtin_param p;
    size_t i = 0;
    while (rest.len && script__builtin_param(&rest, &p)) {
        if (str_eq(p.name, name))
            return i;
        i++;
    }
    return BUILTIN_ARGS_MAX;
}

static struct val price(struct lower *l, struct str name, const struct ast *at)
{
    struct ast n = {.kind = AST_NAME, .text = name, .line = at->line, .column = at->column};
    return script__variable(l, &n);
}

// Values of a kernel's inputs: arguments by name, price columns, and arguments by position where a
// kernel has names of its own.
static bool kernel_inputs(struct lower *l, const struct builtin *b, const struct call *c,
                          const struct kernel *k, int32_t *in)
{
    struct str rest = str_from(k->input_names), name;
    size_t n = 0;
    while (n < k->inputs && str_split(&rest, ' ', &name)) {
        size_t at = param_at(b, name);
        struct val v = at < c->count ? c->args[at] : price(l, name, c->at);
        if (script__is_bad(&v))
            return false;
        if (v.where == VAL_REG) {
            script__error(
                l, c->at,
                "%s cannot run inside a loop: call it before the loop, or work it out from "
                "x[1], x[2] and so on",
                b->name);
            return false;
        }
        in[n++] = script__as_node(l, &v);
    }
    return n == k->inputs;
}

static bool kernel_params(struct lower *l, const struct builtin *b, const struct call *c,
                          const struct kernel *k, double *params)
{
    struct str rest = str_from(k->param_names), name;
    size_t n = 0;
    while (n < k->params && str_split(&rest, ' ', &name)) {
        size_t at = param_at(b, name);
        if (at >= c->count) {
            if (str_eq(name, STR("mintick"))) {
                params[n++] = l->context->tick_size;
                continue;
            }
            script__error(l, c->at, "%s does not know its parameter \"" STR_FMT "\"", b->name,
                          STR_ARG(name));
            return false;
        }
        params[n++] = c->args[at].num;
    }
    struct diag d = {.code = 0};
    if (k->check && k->check(params, &d)) {
        script__error(l, c->at, "%s: %s", b->name, d.text);
        return false;
    }
    return true;
}

struct val script__low_kernel(struct lower *l, const struct builtin *b, struct call *c)
{
    const struct kernel *k = kernel_find(b->kernel ? b->kernel : b->name);
    int32_t in[KERNEL_INPUTS_MAX];
    double params[KERNEL_PARAMS_MAX];
    if (!k) {
        script__error(l, c->at, "%s is not built into this program", b->name);
        return script__bad();
    }
    if (!kernel_inputs(l, b, c, k, in) || !kernel_params(l, b, c, k, params))
        return script__bad();
    if (l->code && k->state_bytes) {
        script__error(l, c->at,
                      "%s cannot run inside a loop: call it before the loop, or work it out from "
                      "x[1], x[2] and so on",
                      b->name);
        return script__bad();
    }
    int32_t node = script__graph_kernel(l->graph, k, params, in, l->guard);
    size_t outputs = strlen(b->returns);
    if (outputs == 1) {
        struct val v = script__node_val(TY_FLOAT, node);
        v.type = letter_type(b->returns[0], c);
        return v;
    }
    struct val tuple = {.type = {TY_TUPLE, false}, .where = VAL_TUPLE, .qual = Q_SERIES};
    tuple.items = ARENA_ARRAY(l->arena, outputs, struct val);
    if (!tuple.items) {
        l->graph->no_memory = true;
        return script__bad();
    }
    for (size_t i = 0; i < outputs; i++) {
        tuple.items[i] = script__node_val(TY_FLOAT, script__graph_out(l->graph, node, (unsigned)i));
        tuple.items[i].type = letter_type(b->returns[i], c);
    }
    tuple.count = (uint16_t)outputs;
    return tuple;
}

struct val script__low_op(struct lower *l, const struct builtin *b, struct call *c)
{
    struct type t = letter_type(b->returns[0], c);
    struct val v =
        script__op(l, (enum op_code)b->op, t.base, &c->args[0], &c->args[1], &c->args[2]);
    v.type = t;
    return v;
}

struct val script__low_row(struct lower *l, const struct builtin *b, struct call *c)
{
    return script__row(l, (unsigned)b->op, letter_type(b->returns[0], c), c->args, c->count);
}

// --- effects ------------------------------------------------------------------------------------

static void effect_argument(struct lower *l, struct effect *e, unsigned i, const struct val *v)
{
    e->given[i] = true;
    e->at[i] = GRAPH_NONE;
    e->dynamic = e->dynamic || v->dynamic;
    if (v->where == VAL_CONST)
        e->fixed[i] = v->num;
    else
        e->at[i] = l->code ? (int32_t)script__as_reg(l, v) : v->ref;
}

void script__effect(struct lower *l, enum effect_kind kind, unsigned order_kind, int32_t index,
                    const struct val *args, const bool *given)
{
    struct graph_member *m = &l->graph->members[l->member];
    if (script__never(l))
        return;
    struct effect *e;
    if (l->code)
        e = script__grow(l->graph->arena, (void **)&l->code->effects, &l->code->effect_count,
                         &l->code->effect_cap, sizeof *e);
    else
        e = ARENA_NEW(l->graph->arena, struct effect);
    if (!e) {
        l->graph->no_memory = true;
        return;
    }
    *e = (struct effect){.kind = (uint8_t)kind,
                         .order_kind = (uint8_t)order_kind,
                         .member = l->member,
                         .index = index};
    for (unsigned i = 0; i < ARG_COUNT; i++) {
        e->at[i] = GRAPH_NONE;
        e->fixed[i] = i < ARG_STRINGS ? 0 : NAN;
        if (given[i])
            effect_argument(l, e, i, &args[i]);
    }
    m->has_orders = m->has_orders || kind == EFFECT_ORDER;
    if (l->code) {
        l->code->forced = true;
        m->row_effects = true;
        script__emit(l, VM_EFFECT, (unsigned)(l->code->effect_count - 1), 0, 0, 0);
        return;
    }
    int32_t in[ARG_COUNT];
    size_t n = 0;
    for (unsigned i = 0; i < ARG_COUNT; i++) {
        if (e->at[i] != GRAPH_NONE)
            in[n++] = e->at[i];
    }
    m->row_effects = m->row_effects || e->dynamic;
    int32_t node = script__graph_add(l->graph, NODE_EFFECT, 0, in, n, l->guard, l->member);
    int32_t *slot = script__grow(l->graph->arena, (void **)&m->effects, &m->effect_count,
                                 &m->effect_cap, sizeof *slot);
    if (!slot || l->graph->no_memory) {
        l->graph->no_memory = true;
        return;
    }
    if (l->graph->full)
        return;
    *slot = node;
    l->graph->nodes[node].effect = e;
}
