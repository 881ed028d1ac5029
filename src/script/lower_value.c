// SPDX-License-Identifier: Apache-2.0
// Values during lowering: constants, graph nodes and loop registers, and the one way an operation
// on them is emitted: folded, as a node, or as an instruction.
#include "script/lower.h"

#include "script/vm.h"

struct val script__const(uint8_t type, double number)
{
    struct val v = {.type = {type, false}, .qual = Q_CONST, .where = VAL_CONST, .num = number};
    v.lo = isnan(number) ? -INFINITY : number;
    v.hi = isnan(number) ? INFINITY : number;
    return v;
}

struct val script__const_string(struct lower *l, struct str text)
{
    if (text.len > STRING_MAX)
        text.len = STRING_MAX;
    return script__const(TY_STRING, script__graph_string(l->graph, text));
}

struct val script__node_val(uint8_t type, int32_t node)
{
    return (struct val){.type = {type, false},
                        .qual = Q_SERIES,
                        .where = VAL_NODE,
                        .ref = node,
                        .num = NAN,
                        .lo = -INFINITY,
                        .hi = INFINITY};
}

struct val script__na(void)
{
    return script__const(TY_NA, NAN);
}

struct val script__bad(void)
{
    struct val v = script__na();
    v.dynamic = true; // no real na is
    return v;
}

bool script__is_bad(const struct val *v)
{
    return v->type.base == TY_NA && v->dynamic;
}

// A node that is constant becomes a constant value again.
static struct val from_node(struct lower *l, uint8_t type, int32_t node)
{
    double number;
    if (script__graph_is_const(l->graph, node, &number)) {
        struct val v = script__const(type, number);
        return v;
    }
    struct val v = script__node_val(type, node);
    v.dynamic = l->graph->nodes[node].dynamic;
    return v;
}

int32_t script__as_node(struct lower *l, const struct val *v)
{
    if (v->where == VAL_NODE)
        return v->ref;
    return script__graph_const(l->graph, v->where == VAL_CONST ? v->num : NAN);
}

static uint16_t input_reg(struct lower *l, int32_t node)
{
    struct code *c = l->code;
    for (size_t i = 0; i < c->input_count; i++) {
        if (c->inputs[i].node == node)
            return c->inputs[i].reg;
    }
    struct code_input *in = script__grow(l->graph->arena, (void **)&c->inputs, &c->input_count,
                                         &c->input_cap, sizeof *in);
    if (!in) {
        l->graph->no_memory = true;
        return 0;
    }
    *in = (struct code_input){.reg = script__new_reg(l), .node = node};
    c->forced = c->forced || l->graph->nodes[node].dynamic;
    return in->reg;
}

uint16_t script__as_reg(struct lower *l, const struct val *v)
{
    if (v->where == VAL_REG)
        return (uint16_t)v->ref;
    return input_reg(l, script__as_node(l, v));
}

bool script__never(const struct lower *l)
{
    double v;
    return l->guard != GRAPH_NONE && script__graph_is_const(l->graph, l->guard, &v) && !OP_TRUE(v);
}

static uint8_t weakest(const struct val *a, const struct val *b, const struct val *c)
{
    uint8_t q = a->qual;
    if (b && b->qual > q)
        q = b->qual;
    if (c && c->qual > q)
        q = c->qual;
    return q;
}

// What an int operation can yield, from what its operands can be.
static void int_range(enum op_code op, const struct val *a, const struct val *b, struct val *out)
{
    double lo = -INFINITY, hi = INFINITY;
    switch (op) {
    case OP_ADD:
        lo = a->lo + b->lo;
        hi = a->hi + b->hi;
        break;
    case OP_SUB:
        lo = a->lo - b->hi;
        hi = a->hi - b->lo;
        break;
    case OP_MIN:
        lo = fmin(a->lo, b->lo);
        hi = fmin(a->hi, b->hi);
        break;
    case OP_MAX:
        lo = fmax(a->lo, b->lo);
        hi = fmax(a->hi, b->hi);
        break;
    default:
        break;
    }
    out->lo = isnan(lo) ? -INFINITY : lo;
    out->hi = isnan(hi) ? INFINITY : hi;
}

struct val script__op(struct lower *l, enum op_code op, uint8_t type, const struct val *a,
                      const struct val *b, const struct val *c)
{
    const struct val *in[3] = {a, b, c};
    unsigned count = 1; // every operation has a first operand
    bool regs = false;
    while (count < script__ops[op].operands && count < 3 && in[count])
        count++;
    for (unsigned i = 0; i < count; i++)
        regs = regs || in[i]->where == VAL_REG;
    struct val out;
    if (!regs) {
        int32_t node[3] = {0, 0, 0};
        for (unsigned i = 0; i < count; i++)
            node[i] = script__as_node(l, in[i]);
        out = from_node(l, type, script__graph_op(l->graph, op, node[0], node[1], node[2]));
    } else {
        uint16_t r[3] = {0, 0, 0};
        for (unsigned i = 0; i < count; i++)
            r[i] = script__as_reg(l, in[i]);
        uint16_t dst = script__new_reg(l);
        script__emit(l, op, dst, r[0], r[1], r[2]);
        out = script__node_val(type, dst);
        out.where = VAL_REG;
    }
    out.qual = weakest(a, count > 1 ? b : NULL, count > 2 ? c : NULL);
    if (type == TY_INT && out.where != VAL_CONST && count == 2)
        int_range(op, a, b, &out);
    return out;
}

struct val script__select(struct lower *l, const struct val *cond, const struct val *a,
                          const struct val *b)
{
    struct val out =
        script__op(l, OP_SELECT, a->type.base == TY_NA ? b->type.base : a->type.base, cond, a, b);
    out.type.is_array = a->type.is_array;
    if (a->dynamic || b->dynamic) {
        out.dynamic = true;
        if (out.where == VAL_NODE && l->graph->nodes[out.ref].kind == NODE_OP)
            l->graph->nodes[out.ref].dynamic = true;
    }
    out.lo = fmin(a->lo, b->lo);
    out.hi = fmax(a->hi, b->hi);
    return out;
}

struct val script__row(struct lower *l, unsigned vm_op, struct type type, const struct val *args,
                       size_t count)
{
    struct val out = script__node_val(type.base, 0);
    out.type = type;
    // A string that exists at compile time has an index; one made here lives for one bar only.
    out.dynamic = type.base == TY_STRING && !type.is_array && vm_op != VM_ARRAY_GET &&
                  vm_op != VM_ARRAY_POP && vm_op != VM_ARRAY_SHIFT && vm_op != VM_ARRAY_REMOVE;
    if (l->code) {
        uint16_t r[4] = {0, 0, 0, 0};
        for (size_t i = 0; i < count && i < 4; i++)
            r[i] = script__as_reg(l, &args[i]);
        uint16_t dst = script__new_reg(l);
        struct instr *in = script__emit(l, vm_op, dst, r[0], r[1], r[2]);
        if (in)
            in->d = r[3];
        l->code->forced = true;
        out.where = VAL_REG;
        out.ref = dst;
        return out;
    }
    if (script__never(l)) {
        out.ref = script__graph_const(l->graph, NAN);
        return out;
    }
    int32_t in[4];
    for (size_t i = 0; i < count && i < 4; i++)
        in[i] = script__as_node(l, &args[i]);
    out.ref = script__graph_add(l->graph, NODE_ROW, vm_op, in, count, l->guard, l->member);
    l->graph->nodes[out.ref].dynamic = out.dynamic;
    l->graph->nodes[out.ref].forced = true;
    return out;
}

struct str script__text(const struct lower *l, const struct val *v)
{
    if (v->where != VAL_CONST || isnan(v->num) || v->type.base != TY_STRING)
        return STR("");
    return l->graph->strings[(size_t)v->num];
}

const char *script__type_name(struct type t)
{
    static const char *const names[] = {"void",   "na",    "bool",    "int",  "float",
                                        "string", "color", "drawing", "plot", "tuple"};
    static const char *const arrays[] = {
        "array",         "array",        "array<bool>", "array<int>", "array<float>",
        "array<string>", "array<color>", "array",       "array",      "array"};
    return t.is_array ? arrays[t.base] : names[t.base];
}

bool script__is_number(const struct val *v)
{
    return !v->type.is_array &&
           (v->type.base == TY_INT || v->type.base == TY_FLOAT || v->type.base == TY_NA);
}

static bool fits(const struct lower *l, const struct val *v, struct type to)
{
    uint8_t from = v->type.base;
    if (v->type.is_array || to.is_array)
        return v->type.is_array == to.is_array && (from == to.base || from == TY_NA);
    if (from == TY_NA)
        return l->version < 6 || to.base != TY_BOOL;
    if (from == to.base || (from == TY_INT && to.base == TY_FLOAT))
        return true;
    return to.base == TY_BOOL && l->version < 6 && (from == TY_INT || from == TY_FLOAT);
}

struct val script__convert(struct lower *l, struct val v, struct type to, const struct ast *at,
                           const char *what)
{
    if (script__is_bad(&v) || to.base == TY_VOID || to.base == TY_NA) {
        if (to.base != TY_VOID && to.base != TY_NA)
            v.type = to;
        return v;
    }
    if (v.where == VAL_TUPLE || !fits(l, &v, to)) {
        const char *hint = "";
        if (to.base == TY_INT && v.type.base == TY_FLOAT)
            hint = "; int() makes one of it";
        else if (to.base == TY_STRING && script__is_number(&v))
            hint = "; str.tostring() makes one of it";
        else if (to.base == TY_BOOL)
            hint = "; compare it with something";
        script__error(l, at, "%s has to be %s, not %s%s", what, script__type_name(to),
                      script__type_name(v.type), hint);
        v = script__bad();
        v.type = to;
        v.dynamic = false;
        return v;
    }
    if (to.base == TY_BOOL && v.type.base != TY_BOOL && v.type.base != TY_NA)
        v = script__op(l, OP_BOOL, TY_BOOL, &v, NULL, NULL);
    v.type = to;
    return v;
}

struct val script__condition(struct lower *l, struct val v, const struct ast *at)
{
    if (script__is_bad(&v))
        return script__const(TY_BOOL, 0);
    if (v.type.base == TY_NA && l->version < 6)
        return script__const(TY_BOOL, 0);
    return script__convert(l, v, (struct type){TY_BOOL, false}, at, "a condition");
}

struct type script__common_type(struct lower *l, const struct val *a, const struct val *b,
                                const struct ast *at)
{
    struct type x = a->type, y = b->type;
    if (x.base == TY_NA && !x.is_array)
        return y;
    if (y.base == TY_NA && !y.is_array)
        return x;
    if (x.base == TY_VOID || y.base == TY_VOID)
        return (struct type){TY_VOID, false};
    if (x.is_array == y.is_array) {
        if (x.base == y.base)
            return x;
        if (!x.is_array && script__is_number(a) && script__is_number(b))
            return (struct type){TY_FLOAT, false};
    }
    script__error(l, at, "both values have to be of one type, not %s and %s", script__type_name(x),
                  script__type_name(y));
    return x;
}

int32_t script__and_guard(struct lower *l, const struct val *cond, bool negate)
{
    struct val c = *cond;
    if (negate)
        c = script__op(l, OP_NOT, TY_BOOL, &c, NULL, NULL);
    int32_t node =
        script__graph_op(l->graph, OP_BOOL, script__as_node(l, &c), GRAPH_NONE, GRAPH_NONE);
    if (l->guard != GRAPH_NONE)
        node = script__graph_op(l->graph, OP_AND, l->guard, node, GRAPH_NONE);
    double v;
    // Always true: no guard, so that the nodes inside are shared with those outside.
    if (script__graph_is_const(l->graph, node, &v) && OP_TRUE(v))
        return GRAPH_NONE;
    return node;
}

struct val script__column(struct lower *l, enum graph_column column)
{
    uint8_t type = column == COLUMN_TIME || column == COLUMN_BAR_INDEX ? TY_INT : TY_FLOAT;
    if (l->security && l->security->columns[column] != GRAPH_NONE)
        return script__node_val(type, l->security->columns[column]);
    return script__node_val(type, script__graph_column(l->graph, column));
}
