// SPDX-License-Identifier: Apache-2.0
// The elementwise operations: one table from which come constant folding, the block loops, the
// bytecode and the names in the graph's text. Bools are 0 and 1, na is NaN; a comparison with na
// is false.
#ifndef SCRIPT_OPS_H
#define SCRIPT_OPS_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

// Neither 0 nor na; said so that a loop over it has no branch.
#define OP_TRUE(x) (((x) < 0) | ((x) > 0))

// The language has no infinite values.
#define OP_FINITE(x) script__finite(x)

// X(name, text, operands, expression of a, b, c)
#define OP_TABLE(X)                                                                                \
    X(ADD, "add", 2, a + b)                                                                        \
    X(SUB, "sub", 2, a - b)                                                                        \
    X(MUL, "mul", 2, a *b)                                                                         \
    X(DIV, "div", 2, b == 0 ? NAN : a / b)                                                         \
    X(IDIV, "idiv", 2, b == 0 ? NAN : trunc(a / b))                                                \
    X(MOD, "mod", 2, b == 0 ? NAN : fmod(a, b))                                                    \
    X(LT, "lt", 2, (double)(a < b))                                                                \
    X(LE, "le", 2, (double)(a <= b))                                                               \
    X(GT, "gt", 2, (double)(a > b))                                                                \
    X(GE, "ge", 2, (double)(a >= b))                                                               \
    X(EQ, "eq", 2, (double)(a == b))                                                               \
    X(NE, "ne", 2, (double)(a < b || a > b))                                                       \
    X(AND, "and", 2, OP_TRUE(a) & OP_TRUE(b) ? 1.0 : 0.0)                                          \
    X(OR, "or", 2, OP_TRUE(a) | OP_TRUE(b) ? 1.0 : 0.0)                                            \
    X(NOT, "not", 1, OP_TRUE(a) ? 0.0 : 1.0)                                                       \
    X(BOOL, "bool", 1, OP_TRUE(a) ? 1.0 : 0.0)                                                     \
    X(NEG, "neg", 1, -a)                                                                           \
    X(SELECT, "select", 3, OP_TRUE(a) ? b : c)                                                     \
    X(NA, "na", 1, (double)isnan(a))                                                               \
    X(NZ, "nz", 2, isnan(a) ? b : a)                                                               \
    X(MIN, "min", 2, isnan(a) | isnan(b) ? NAN : a < b ? a : b)                                    \
    X(MAX, "max", 2, isnan(a) | isnan(b) ? NAN : a > b ? a : b)                                    \
    X(ABS, "abs", 1, fabs(a))                                                                      \
    X(SIGN, "sign", 1, isnan(a) ? NAN : (double)((a > 0) - (a < 0)))                               \
    X(FLOOR, "floor", 1, floor(a))                                                                 \
    X(CEIL, "ceil", 1, ceil(a))                                                                    \
    X(ROUND, "round", 1, round(a))                                                                 \
    X(ROUND_TO, "round_to", 2, script__round_to(a, b))                                             \
    X(ROUND_TICK, "round_to_mintick", 2, script__round_tick(a, b))                                 \
    X(TRUNC, "int", 1, trunc(a))                                                                   \
    X(SQRT, "sqrt", 1, sqrt(a))                                                                    \
    X(EXP, "exp", 1, OP_FINITE(exp(a)))                                                            \
    X(LOG, "log", 1, a > 0 ? log(a) : NAN)                                                         \
    X(LOG10, "log10", 1, a > 0 ? log10(a) : NAN)                                                   \
    X(POW, "pow", 2, OP_FINITE(isnan(a) || isnan(b) ? NAN : pow(a, b)))                            \
    X(SIN, "sin", 1, sin(a))                                                                       \
    X(COS, "cos", 1, cos(a))                                                                       \
    X(TAN, "tan", 1, tan(a))                                                                       \
    X(ASIN, "asin", 1, asin(a))                                                                    \
    X(ACOS, "acos", 1, acos(a))                                                                    \
    X(ATAN, "atan", 1, atan(a))                                                                    \
    X(ATAN2, "atan2", 2, atan2(a, b))                                                              \
    X(YEAR, "year", 2, script__time_field(a, b, SCRIPT_YEAR))                                      \
    X(MONTH, "month", 2, script__time_field(a, b, SCRIPT_MONTH))                                   \
    X(DAY, "dayofmonth", 2, script__time_field(a, b, SCRIPT_DAY))                                  \
    X(DOW, "dayofweek", 2, script__time_field(a, b, SCRIPT_DOW))                                   \
    X(WEEK, "weekofyear", 2, script__time_field(a, b, SCRIPT_WEEK))                                \
    X(MINUTE_OF_DAY, "minute_of_day", 2, script__time_field(a, b, SCRIPT_MINUTE_OF_DAY))           \
    X(SECOND, "second", 2, script__time_field(a, b, SCRIPT_SECOND))                                \
    X(DATE, "date", 3, script__date_ms(a, b, c))                                                   \
    X(TF_OPEN, "tf_open", 2, script__tf_open(a, b))                                                \
    X(TF_CLOSE, "tf_close", 2, script__tf_close(a, b))                                             \
    X(BIT, "bit", 2, script__bit(a, b))                                                            \
    X(COLOR_NEW, "color_new", 2, script__color_new(a, b))                                          \
    X(COLOR_MIX, "color_mix", 3, script__color_mix(a, b, c))

enum op_code {
#define X(name, text, n, expr) OP_##name,
    OP_TABLE(X)
#undef X
    OP_COUNT
};

enum script_time_field {
    SCRIPT_YEAR,
    SCRIPT_MONTH,
    SCRIPT_DAY,
    SCRIPT_DOW,  // 1 = Sunday
    SCRIPT_WEEK, // ISO 8601
    SCRIPT_MINUTE_OF_DAY,
    SCRIPT_SECOND
};

static inline double script__finite(double x)
{
    return x - x == 0 ? x : NAN;
}

// Halves away from zero as they stand in the number's decimal text: 2.675 to 2 digits is 2.68.
double script__round_to(double value, double digits);
// To a multiple of tick, halves up; value itself when the tick is not known.
double script__round_tick(double value, double tick);
// Field of a UTC time in ms, shifted by a zone's offset in minutes. na in, na out.
double script__time_field(double time, double zone_minutes, enum script_time_field field);
double script__date_ms(double year, double month, double day); // months and days may overflow
double script__tf_open(double time, double timeframe);         // enum timeframe, or 1000 + minutes
double script__tf_close(double time, double timeframe);
double script__bit(double mask, double index);
double script__color_new(double color, double transparency);     // 0xRRGGBBAA, 0..100
double script__color_mix(double from, double to, double weight); // weight 0..1

struct op_info {
    const char *text;
    uint8_t operands;
    void (*run)(const double *a, const double *b, const double *c, double *out, size_t n);
};
extern const struct op_info script__ops[OP_COUNT];
double script__op_eval(enum op_code op, double a, double b, double c);

#endif
