// SPDX-License-Identifier: Apache-2.0
// The math.*, na and cast rows of the builtin table.
#include "script/lower.h"

#define OP script__low_op

static struct val low_chain(struct lower *l, const struct builtin *b, struct call *c)
{
    bool ints = true;
    for (size_t i = 0; i < c->count; i++)
        ints = ints && c->args[i].type.base == TY_INT;
    struct val v = c->args[0];
    for (size_t i = 1; i < c->count; i++)
        v = script__op(l, (enum op_code)b->op, ints ? TY_INT : TY_FLOAT, &v, &c->args[i], NULL);
    return v;
}

static struct val low_avg(struct lower *l, const struct builtin *b, struct call *c)
{
    struct val sum = c->args[0];
    for (size_t i = 1; i < c->count; i++)
        sum = script__op(l, (enum op_code)b->op, TY_FLOAT, &sum, &c->args[i], NULL);
    struct val n = script__const(TY_FLOAT, (double)c->count);
    return script__op(l, OP_DIV, TY_FLOAT, &sum, &n, NULL);
}

static struct val low_round(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)b;
    if (c->given[1])
        return script__op(l, OP_ROUND_TO, TY_FLOAT, &c->args[0], &c->args[1], NULL);
    return script__op(l, OP_ROUND, TY_INT, &c->args[0], NULL, NULL);
}

static struct val low_round_tick(struct lower *l, const struct builtin *b, struct call *c)
{
    struct val tick = script__const(TY_FLOAT, l->context->tick_size);
    return script__op(l, (enum op_code)b->op, TY_FLOAT, &c->args[0], &tick, NULL);
}

static struct val low_degrees(struct lower *l, const struct builtin *b, struct call *c)
{
    struct val factor = script__const(TY_FLOAT, b->op ? 180.0 / 3.14159265358979323846
                                                      : 3.14159265358979323846 / 180.0);
    return script__op(l, OP_MUL, TY_FLOAT, &c->args[0], &factor, NULL);
}

static struct val low_nz(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)b;
    struct val zero = script__const(c->args[0].type.base == TY_INT ? TY_INT : TY_FLOAT, 0);
    if (c->args[0].type.base == TY_BOOL && l->version >= 6) {
        script__error(l, c->at, "nz() does not take a bool: a bool is never na in version 6");
        return script__bad();
    }
    const struct val *other = c->given[1] ? &c->args[1] : &zero;
    if (c->given[1] && !script__is_bad(other))
        (void)script__common_type(l, &c->args[0], other, c->at);
    struct type type = c->args[0].type;
    if (type.base == TY_NA)
        type.base = TY_FLOAT;
    if (other->type.base == TY_FLOAT && type.base == TY_INT)
        type.base = TY_FLOAT;
    return script__op(l, OP_NZ, type.base, &c->args[0], other, NULL);
}

static struct val low_na(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)l, (void)b, (void)c;
    return script__na();
}

static struct val low_is_na(struct lower *l, const struct builtin *b, struct call *c)
{
    if (c->args[0].type.base == TY_BOOL && l->version >= 6) {
        script__error(l, c->at, "na() does not take a bool: a bool is never na in version 6");
        return script__bad();
    }
    // Drawings do not exist here, so they are na.
    if (c->args[0].type.base == TY_DRAWING)
        return script__const(TY_BOOL, 1);
    return script__op(l, (enum op_code)b->op, TY_BOOL, &c->args[0], NULL, NULL);
}

static struct val low_cast(struct lower *l, const struct builtin *b, struct call *c)
{
    struct val v = c->args[0];
    uint8_t to = (uint8_t)b->op;
    if (v.type.base == TY_NA) {
        v.type.base = to;
        return v;
    }
    bool number = v.type.base == TY_INT || v.type.base == TY_FLOAT || v.type.base == TY_BOOL;
    if (v.type.is_array || (!number && v.type.base != to)) {
        script__error(l, c->at, "%s() does not take %s", b->name, script__type_name(v.type));
        return script__bad();
    }
    if (to == TY_INT && v.type.base == TY_FLOAT)
        return script__op(l, OP_TRUNC, TY_INT, &v, NULL, NULL);
    if (to == TY_BOOL && v.type.base != TY_BOOL)
        return script__op(l, OP_BOOL, TY_BOOL, &v, NULL, NULL);
    v.type.base = to;
    return v;
}

static struct val low_constant(struct lower *l, const struct builtin *b, struct call *c)
{
    static const double values[] = {3.14159265358979323846, 2.71828182845904523536,
                                    1.61803398874989484820, 0.61803398874989484820};
    (void)l, (void)c;
    return script__const(TY_FLOAT, values[b->op]);
}

// Version 4 has iff(condition, then, else), which evaluates both.
static struct val low_iff(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)b;
    struct type type = script__common_type(l, &c->args[1], &c->args[2], c->at);
    struct val v = script__select(l, &c->args[0], &c->args[1], &c->args[2]);
    v.type = type;
    return v;
}

static struct val low_offset(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)b;
    if (c->args[1].where != VAL_CONST || c->args[0].where == VAL_REG || c->args[1].num < 0 ||
        c->args[1].num > HISTORY_MAX) {
        script__error(l, c->at, "offset() needs a constant number of bars: write x[n]");
        return script__bad();
    }
    int32_t node = script__graph_hist(l->graph, script__as_node(l, &c->args[0]), c->args[1].num,
                                      NAN, l->guard);
    struct val v = script__node_val(c->args[0].type.base, node);
    return c->args[1].num == 0 ? c->args[0] : v;
}

#define ONE "number:N"

static const struct builtin rows[] = {
    {"math.abs", ONE, "n", OP, NULL, NULL, OP_ABS, "absolute value"},
    {"math.sign", ONE, "F", OP, NULL, NULL, OP_SIGN, "-1, 0 or 1"},
    {"math.max", "number0:N,number1:N…", "n", low_chain, NULL, NULL, OP_MAX,
     "greatest argument; na when one is na"},
    {"math.min", "number0:N,number1:N…", "n", low_chain, NULL, NULL, OP_MIN,
     "least argument; na when one is na"},
    {"math.avg", "number0:N,number1:N…", "F", low_avg, NULL, NULL, OP_ADD, "mean of the arguments"},
    {"math.floor", ONE, "I", OP, NULL, NULL, OP_FLOOR, "rounded down"},
    {"math.ceil", ONE, "I", OP, NULL, NULL, OP_CEIL, "rounded up"},
    {"math.round", "number:N,precision:I?", "F", low_round, NULL, NULL, 0,
     "rounded, halves away from zero; with a precision: to so many digits"},
    {"math.round_to_mintick", ONE, "F", low_round_tick, NULL, NULL, OP_ROUND_TICK,
     "rounded to the price step"},
    {"math.sqrt", ONE, "F", OP, NULL, NULL, OP_SQRT, "square root"},
    {"math.pow", "base:N,exponent:N", "F", OP, NULL, NULL, OP_POW, "power"},
    {"math.exp", ONE, "F", OP, NULL, NULL, OP_EXP, "e to the power"},
    {"math.log", ONE, "F", OP, NULL, NULL, OP_LOG, "natural logarithm; na for 0 and less"},
    {"math.log10", ONE, "F", OP, NULL, NULL, OP_LOG10, "decimal logarithm"},
    {"math.sin", "angle:N", "F", OP, NULL, NULL, OP_SIN, "sine of radians"},
    {"math.cos", "angle:N", "F", OP, NULL, NULL, OP_COS, "cosine of radians"},
    {"math.tan", "angle:N", "F", OP, NULL, NULL, OP_TAN, "tangent of radians"},
    {"math.asin", "angle:N", "F", OP, NULL, NULL, OP_ASIN, "arc sine"},
    {"math.acos", "angle:N", "F", OP, NULL, NULL, OP_ACOS, "arc cosine"},
    {"math.atan", "angle:N", "F", OP, NULL, NULL, OP_ATAN, "arc tangent"},
    {"math.todegrees", "radians:N", "F", low_degrees, NULL, NULL, 1, "degrees of radians"},
    {"math.toradians", "degrees:N", "F", low_degrees, NULL, NULL, 0, "radians of degrees"},
    {"math.random", "min:pF=0,max:pF=1,seed:pI=1", "F", script__low_kernel, NULL, NULL, 0,
     "pseudo-random number; the same on each run"},
    {"math.pi", NULL, "F", low_constant, NULL, NULL, 0, "3.14159…"},
    {"math.e", NULL, "F", low_constant, NULL, NULL, 1, "2.71828…"},
    {"math.phi", NULL, "F", low_constant, NULL, NULL, 2, "golden ratio"},
    {"math.rphi", NULL, "F", low_constant, NULL, NULL, 3, "golden ratio conjugate"},
    {"na", NULL, "F", low_na, NULL, NULL, 0, "no value"},
    {"na", "x:*", "B", low_is_na, NULL, NULL, OP_NA, "is it na?"},
    {"nz", "source:*,replacement:*?", "0", low_nz, NULL, NULL, 0, "0 or the replacement for na"},
    {"int", "x:*", "I", low_cast, NULL, NULL, TY_INT, "as int, the fraction cut off"},
    {"float", "x:*", "F", low_cast, NULL, NULL, TY_FLOAT, "as float"},
    {"bool", "x:*", "B", low_cast, NULL, NULL, TY_BOOL, "as bool: not 0 and not na"},
    {"string", "x:*", "S", low_cast, NULL, NULL, TY_STRING, "na as a string"},
    {"color", "x:*", "C", low_cast, NULL, NULL, TY_COLOR, "na as a colour"},
    {"iff", "condition:B,then:*,else:*", "F", low_iff, NULL, NULL, 0, "version 4's ternary"},
    {"offset", "source:*,offset:I", "0", low_offset, NULL, NULL, 0, "version 4's history operator"},
};
const struct builtin_table script__builtins_math = {rows, sizeof rows / sizeof rows[0]};
