// SPDX-License-Identifier: Apache-2.0
// Lowering of expressions: operators, conditionals, history and names.
#include "script/lower.h"

#include "script/vm.h"

static struct val lower_number(struct lower *l, const struct ast *n)
{
    (void)l;
    return script__const(n->is_int ? TY_INT : TY_FLOAT, n->number);
}

static struct val lower_string(struct lower *l, const struct ast *n)
{
    if (n->text.len > STRING_MAX)
        script__error(l, n, "a string may have %d bytes at most", STRING_MAX);
    return script__const_string(l, n->text);
}

static struct val lower_color(struct lower *l, const struct ast *n)
{
    (void)l;
    return script__const(TY_COLOR, n->number);
}

static struct val lower_bool(struct lower *l, const struct ast *n)
{
    (void)l;
    return script__const(TY_BOOL, n->number);
}

static struct val lower_unary(struct lower *l, const struct ast *n)
{
    struct val a = script__expr(l, n->a);
    if (script__is_bad(&a))
        return a;
    if (n->op == 'n') {
        a = script__condition(l, a, n->a);
        return script__op(l, OP_NOT, TY_BOOL, &a, NULL, NULL);
    }
    if (!script__is_number(&a)) {
        script__error(l, n, "\"%c\" needs a number, not %s", n->op, script__type_name(a.type));
        return script__bad();
    }
    if (n->op == '+')
        return a;
    struct val out = script__op(l, OP_NEG, a.type.base, &a, NULL, NULL);
    out.lo = -a.hi;
    out.hi = -a.lo;
    return out;
}

static const struct binary_op {
    uint16_t op;
    uint16_t code;
    bool compares;
} binary_ops[] = {{'+', OP_ADD, false},
                  {'-', OP_SUB, false},
                  {'*', OP_MUL, false},
                  {'/', OP_DIV, false},
                  {'%', OP_MOD, false},
                  {'<', OP_LT, true},
                  {'>', OP_GT, true},
                  {OP2('<', '='), OP_LE, true},
                  {OP2('>', '='), OP_GE, true},
                  {OP2('=', '='), OP_EQ, true},
                  {OP2('!', '='), OP_NE, true},
                  {OP2('+', '='), OP_ADD, false},
                  {OP2('-', '='), OP_SUB, false},
                  {OP2('*', '='), OP_MUL, false},
                  {OP2('/', '='), OP_DIV, false},
                  {OP2('%', '='), OP_MOD, false}};

static struct val concat(struct lower *l, const struct val *a, const struct val *b)
{
    if (a->where == VAL_CONST && b->where == VAL_CONST) {
        char text[STRING_MAX + 1];
        struct str x = script__text(l, a), y = script__text(l, b);
        size_t n = x.len, m = y.len < STRING_MAX - n ? y.len : STRING_MAX - n;
        memcpy(text, x.data, n);
        memcpy(text + n, y.data, m);
        struct val out = script__const_string(l, (struct str){text, n + m});
        out.qual = a->qual > b->qual ? a->qual : b->qual;
        return out;
    }
    struct val args[2] = {*a, *b};
    return script__row(l, VM_STRING_CONCAT, (struct type){TY_STRING, false}, args, 2);
}

// == and != of values that are not numbers; both sides are of one type.
static struct val equality(struct lower *l, const struct binary_op *op, const struct val *a,
                           const struct val *b)
{
    if (a->dynamic || b->dynamic) {
        struct val args[2] = {*a, *b};
        struct val eq = script__row(l, VM_STRING_EQ, (struct type){TY_BOOL, false}, args, 2);
        return op->code == OP_EQ ? eq : script__op(l, OP_NOT, TY_BOOL, &eq, NULL, NULL);
    }
    return script__op(l, (enum op_code)op->code, TY_BOOL, a, b, NULL);
}

static struct val arithmetic(struct lower *l, const struct binary_op *op, const struct val *a,
                             const struct val *b)
{
    bool ints = a->type.base == TY_INT && b->type.base == TY_INT;
    if (op->compares)
        return script__op(l, (enum op_code)op->code, TY_BOOL, a, b, NULL);
    if (op->code != OP_DIV)
        return script__op(l, (enum op_code)op->code, ints ? TY_INT : TY_FLOAT, a, b, NULL);
    // Up to version 5 a division of two constant ints drops the remainder; version 6 never does.
    if (ints && l->version < 6 && a->qual == Q_CONST && b->qual == Q_CONST)
        return script__op(l, OP_IDIV, TY_INT, a, b, NULL);
    return script__op(l, OP_DIV, TY_FLOAT, a, b, NULL);
}

struct val script__binary(struct lower *l, uint16_t token, struct val a, struct val b,
                          const struct ast *at)
{
    const struct binary_op *op = NULL;
    for (size_t i = 0; i < sizeof binary_ops / sizeof binary_ops[0] && !op; i++) {
        if (binary_ops[i].op == token)
            op = &binary_ops[i];
    }
    if (!op || script__is_bad(&a) || script__is_bad(&b))
        return script__bad();
    if (script__is_number(&a) && script__is_number(&b))
        return arithmetic(l, op, &a, &b);
    bool na = a.type.base == TY_NA || b.type.base == TY_NA;
    bool same = a.type.base == b.type.base && !a.type.is_array && !b.type.is_array;
    if (op->code == OP_ADD && a.type.base == TY_STRING && same)
        return concat(l, &a, &b);
    if ((op->code == OP_EQ || op->code == OP_NE) && (same || na))
        return equality(l, op, &a, &b);
    if (l->version < 6 && op->compares && a.type.base <= TY_FLOAT && b.type.base <= TY_FLOAT &&
        !a.type.is_array && !b.type.is_array)
        return arithmetic(l, op, &a, &b);
    char text[3] = {(char)(token & 0xff), (char)(token >> 8), '\0'};
    const char *hint = a.type.base == TY_STRING || b.type.base == TY_STRING
                           ? "; str.tostring() makes a string of a number"
                           : "";
    script__error(l, at, "\"%s\" does not take %s and %s%s", text, script__type_name(a.type),
                  script__type_name(b.type), hint);
    return script__bad();
}

static struct val branch_expr(struct lower *l, const void *arg)
{
    return script__expr(l, arg);
}

static struct val branch_condition(struct lower *l, const void *arg)
{
    return script__condition(l, script__expr(l, arg), arg);
}

static struct val branch_constant(struct lower *l, const void *arg)
{
    (void)l;
    return script__const(TY_BOOL, arg != NULL);
}

static struct val lower_logic(struct lower *l, const struct ast *n)
{
    struct val a = script__condition(l, script__expr(l, n->a), n->a);
    if (l->version >= 6) {
        // Version 6 does not evaluate the right side when the left one decides.
        if (n->op == 'a')
            return script__branch(l, a, branch_condition, n->b, branch_constant, NULL, n);
        return script__branch(l, a, branch_constant, n, branch_condition, n->b, n);
    }
    struct val b = script__condition(l, script__expr(l, n->b), n->b);
    return script__op(l, n->op == 'a' ? OP_AND : OP_OR, TY_BOOL, &a, &b, NULL);
}

static struct val lower_binary(struct lower *l, const struct ast *n)
{
    if (n->op == 'a' || n->op == 'o')
        return lower_logic(l, n);
    struct val a = script__expr(l, n->a);
    struct val b = script__expr(l, n->b);
    return script__binary(l, n->op, a, b, n);
}

static struct val lower_ternary(struct lower *l, const struct ast *n)
{
    struct val cond = script__condition(l, script__expr(l, n->a), n->a);
    return script__branch(l, cond, branch_expr, n->b, branch_expr, n->c, n);
}

static struct val lower_tuple(struct lower *l, const struct ast *n)
{
    struct val v = {.type = {TY_TUPLE, false}, .where = VAL_TUPLE, .qual = Q_SERIES};
    v.items = ARENA_ARRAY(l->arena, n->count ? n->count : 1, struct val);
    if (!v.items) {
        l->graph->no_memory = true;
        return script__bad();
    }
    for (const struct ast *item = n->list; item; item = item->next) {
        struct val got = script__expr(l, item);
        if (got.where == VAL_TUPLE || got.type.base == TY_VOID) {
            script__error(l, item, "an element of a tuple has to be a single value");
            got = script__bad();
        }
        v.items[v.count++] = got;
    }
    return v;
}

// --- history ------------------------------------------------------------------------------------

static void add_pending(struct lower *l, struct symbol *s, int32_t node, uint32_t input)
{
    struct pending *p = ARENA_NEW(l->arena, struct pending);
    if (!p) {
        l->graph->no_memory = true;
        return;
    }
    *p = (struct pending){.node = node, .input = input, .next = s->pending};
    s->pending = p;
}

static unsigned longest_offset(const struct lower *l, const struct val *offset)
{
    if (offset->hi >= 0 && offset->hi <= HISTORY_MAX)
        return (unsigned)(offset->hi < 1 ? 1 : offset->hi);
    return (unsigned)l->max_bars_back;
}

// value[offset] with an offset that is known only while running.
static struct val dynamic_history(struct lower *l, struct symbol *s, const struct val *value,
                                  const struct val *offset, int32_t guard)
{
    unsigned longest = longest_offset(l, offset);
    bool waits = s && s->is_mutable;
    struct val out = script__node_val(value->type.base, 0);
    if (l->code) {
        int32_t node;
        int32_t input = waits ? GRAPH_NONE : script__as_node(l, value);
        unsigned buffer = script__loop_buffer(l, input, guard, longest, &node);
        if (waits)
            add_pending(l, s, node, 0);
        uint16_t dst = script__new_reg(l);
        script__emit(l, VM_HIST, dst, buffer, script__as_reg(l, offset), script__as_reg(l, value));
        out.where = VAL_REG;
        out.ref = dst;
        return out;
    }
    out.ref = script__graph_hist_dyn(l->graph, waits ? GRAPH_NONE : script__as_node(l, value),
                                     script__as_node(l, offset), script__as_node(l, value), longest,
                                     guard);
    if (waits)
        add_pending(l, s, out.ref, 0);
    return out;
}

static struct val fixed_history(struct lower *l, struct symbol *s, const struct val *value,
                                double bars, int32_t guard)
{
    if (bars == 0)
        return *value;
    bool waits = s && s->is_mutable;
    int32_t node = script__graph_hist(l->graph, waits ? GRAPH_NONE : script__as_node(l, value),
                                      bars, NAN, guard);
    if (waits)
        add_pending(l, s, node, 0);
    return script__node_val(value->type.base, node);
}

static bool check_offset(struct lower *l, struct val *offset, const struct ast *at)
{
    if (script__is_bad(offset))
        return false;
    if (offset->type.base == TY_FLOAT && l->version < 5)
        *offset = script__op(l, OP_TRUNC, TY_INT, offset, NULL, NULL);
    if (!script__is_number(offset) || offset->type.base == TY_FLOAT) {
        script__error(l, at, "a history offset has to be int, not %s",
                      script__type_name(offset->type));
        return false;
    }
    if (offset->where == VAL_CONST && offset->num < 0) {
        script__error(l, at, "offset %g points into the future: history offsets are 0 or more",
                      offset->num);
        return false;
    }
    if (offset->where == VAL_CONST && offset->num > HISTORY_MAX) {
        script__error(l, at, "offset %g is too long: %d bars back at most", offset->num,
                      HISTORY_MAX);
        return false;
    }
    return true;
}

struct val script__history(struct lower *l, const struct ast *n)
{
    struct symbol *s = n->a->kind == AST_NAME ? script__lookup(l, n->a->text) : NULL;
    struct val offset = script__expr(l, n->b);
    // Lowering the offset may have grown the list of symbols.
    s = s ? script__lookup(l, n->a->text) : NULL;
    struct val value = s ? s->val : script__expr(l, n->a);
    if (!check_offset(l, &offset, n->b) || script__is_bad(&value))
        return script__bad();
    if (value.type.is_array || value.where == VAL_TUPLE || value.type.base == TY_VOID) {
        script__error(l, n, "%s has no history: keep the values you need in variables",
                      script__type_name(value.type));
        return script__bad();
    }
    if (value.dynamic) {
        script__error(l, n, "a string made while running has no history");
        return script__bad();
    }
    if (value.where == VAL_REG && (!s || s->in_loop)) {
        script__error(l, n,
                      "a value made inside a loop has no history: compute it before the loop");
        return script__bad();
    }
    if (value.type.base == TY_NA)
        value.type.base = s && s->type.base != TY_NA ? s->type.base : TY_FLOAT;
    int32_t guard = s ? s->guard : l->guard;
    if (!s && n->a->kind == AST_NAME)
        guard = l->base_guard; // a built-in series
    if (offset.where == VAL_CONST)
        return fixed_history(l, s, &value, isnan(offset.num) ? 0 : offset.num, guard);
    return dynamic_history(l, s, &value, &offset, guard);
}

// --- dispatch -----------------------------------------------------------------------------------

static struct val lower_name(struct lower *l, const struct ast *n)
{
    return script__variable(l, n);
}

static struct val lower_unexpected(struct lower *l, const struct ast *n)
{
    script__error(l, n, "a value is expected here");
    return script__bad();
}

static struct val (*const lower_table[])(struct lower *, const struct ast *) = {
    [AST_NUMBER] = lower_number,   [AST_STRING] = lower_string,   [AST_COLOR] = lower_color,
    [AST_BOOL] = lower_bool,       [AST_NAME] = lower_name,       [AST_UNARY] = lower_unary,
    [AST_BINARY] = lower_binary,   [AST_TERNARY] = lower_ternary, [AST_CALL] = script__call,
    [AST_INDEX] = script__history, [AST_TUPLE] = lower_tuple,     [AST_IF] = script__if,
    [AST_FOR] = script__loop,      [AST_FOR_IN] = script__loop,   [AST_WHILE] = script__loop,
    [AST_SWITCH] = script__switch, [AST_BAD] = lower_unexpected};

struct val script__expr(struct lower *l, const struct ast *n)
{
    if (!n || l->stopped)
        return script__bad();
    if (++l->steps > LOWER_STEPS_MAX || l->depth >= LOWER_DEPTH_MAX || l->graph->full) {
        script__error(l, n,
                      "the script is too large once its functions are written out at each call: "
                      "call fewer functions from one another");
        l->stopped = true;
        return script__bad();
    }
    if (n->kind >= sizeof lower_table / sizeof lower_table[0] || !lower_table[n->kind])
        return lower_unexpected(l, n);
    l->depth++;
    struct val v = lower_table[n->kind](l, n);
    l->depth--;
    return v;
}
