// SPDX-License-Identifier: Apache-2.0
// The operators of the language over columns: arithmetic, comparison, logic, choice and na.
// Anything with na gives na, except that a comparison with na is false and logic takes na for
// false.
#include "script/kernels/kernel_internal.h"
#include "script/kernels/list.h"

// x / 0 and what else has no finite value is na.
KERNEL__INLINE double finite_or_na(double v)
{
    return kernel__is_na(v) ? KERNEL__NA : v;
}

KERNEL__INLINE bool is_true(double x)
{
    return x != 0 && !kernel__is_na(x);
}

#define BINARY(id, title, a_name, b_name, expression)                                              \
    static void id##_run(void *state, const double *params, const double *const *in,               \
                         double *const *out, size_t n)                                             \
    {                                                                                              \
        (void)state, (void)params;                                                                 \
        const double *restrict pa = in[0], *restrict pb = in[1];                                   \
        double *restrict y = out[0];                                                               \
        for (size_t i = 0; i < n; i++) {                                                           \
            double a = pa[i], b = pb[i];                                                           \
            y[i] = (expression);                                                                   \
        }                                                                                          \
    }                                                                                              \
    const struct kernel kernel__op_##id = {.name = "op." title,                                    \
                                           .input_names = a_name " " b_name,                       \
                                           .output_names = "value",                                \
                                           .param_names = "",                                      \
                                           .inputs = 2,                                            \
                                           .outputs = 1,                                           \
                                           .run = id##_run};

#define UNARY(id, title, a_name, expression)                                                       \
    static void id##_run(void *state, const double *params, const double *const *in,               \
                         double *const *out, size_t n)                                             \
    {                                                                                              \
        (void)state, (void)params;                                                                 \
        const double *restrict pa = in[0];                                                         \
        double *restrict y = out[0];                                                               \
        for (size_t i = 0; i < n; i++) {                                                           \
            double a = pa[i];                                                                      \
            y[i] = (expression);                                                                   \
        }                                                                                          \
    }                                                                                              \
    const struct kernel kernel__op_##id = {.name = "op." title,                                    \
                                           .input_names = a_name,                                  \
                                           .output_names = "value",                                \
                                           .param_names = "",                                      \
                                           .inputs = 1,                                            \
                                           .outputs = 1,                                           \
                                           .run = id##_run};

BINARY(add, "add", "a", "b", a + b)
BINARY(sub, "sub", "a", "b", a - b)
BINARY(mul, "mul", "a", "b", a *b)
BINARY(div, "div", "a", "b", finite_or_na(a / b))
BINARY(idiv, "idiv", "a", "b", finite_or_na(trunc(a / b)))
BINARY(mod, "mod", "a", "b", finite_or_na(fmod(a, b)))
UNARY(neg, "neg", "a", -a)

BINARY(eq, "eq", "a", "b", kernel__bool(a == b))
BINARY(ne, "ne", "a", "b", kernel__bool(a<b || a> b))
BINARY(lt, "lt", "a", "b", kernel__bool(a < b))
BINARY(le, "le", "a", "b", kernel__bool(a <= b))
BINARY(gt, "gt", "a", "b", kernel__bool(a > b))
BINARY(ge, "ge", "a", "b", kernel__bool(a >= b))

BINARY(and, "and", "a", "b", kernel__bool(is_true(a) && is_true(b)))
BINARY(or, "or", "a", "b", kernel__bool(is_true(a) || is_true(b)))
UNARY(not, "not", "a", kernel__bool(!is_true(a)))
UNARY(to_bool, "to_bool", "a", kernel__bool(is_true(a)))

UNARY(na, "na", "a", kernel__bool(kernel__is_na(a)))
BINARY(nz, "nz", "a", "replacement", kernel__is_na(a) ? b : a)

static void select_run(void *state, const double *params, const double *const *in,
                       double *const *out, size_t n)
{
    (void)state, (void)params;
    const double *restrict condition = in[0], *restrict a = in[1], *restrict b = in[2];
    double *restrict y = out[0];
    for (size_t i = 0; i < n; i++) {
        double x = a[i], z = b[i];
        y[i] = is_true(condition[i]) ? x : z;
    }
}

const struct kernel kernel__op_select = {.name = "op.select",
                                         .input_names = "condition then else",
                                         .output_names = "value",
                                         .param_names = "",
                                         .inputs = 3,
                                         .outputs = 1,
                                         .run = select_run};

static void const_run(void *state, const double *params, const double *const *in,
                      double *const *out, size_t n)
{
    (void)state, (void)in;
    for (size_t i = 0; i < n; i++)
        out[0][i] = params[0];
}

const struct kernel kernel__op_const = {.name = "op.const",
                                        .input_names = "",
                                        .output_names = "value",
                                        .param_names = "value",
                                        .inputs = 0,
                                        .outputs = 1,
                                        .params = 1,
                                        .run = const_run};

// --- op.fixnan: the last value that was not na ---------------------------------------------------

static size_t one_bytes(const double *params)
{
    (void)params;
    return sizeof(double);
}

static void na_init(void *state, const double *params)
{
    (void)params;
    *(double *)state = KERNEL__NA;
}

static void fixnan_run(void *state, const double *params, const double *const *in,
                       double *const *out, size_t n)
{
    (void)params;
    double last = *(double *)state;
    for (size_t i = 0; i < n; i++) {
        last = kernel__is_na(in[0][i]) ? last : in[0][i];
        out[0][i] = last;
    }
    *(double *)state = last;
}

const struct kernel kernel__op_fixnan = {.name = "op.fixnan",
                                         .input_names = "source",
                                         .output_names = "value",
                                         .param_names = "",
                                         .inputs = 1,
                                         .outputs = 1,
                                         .state_bytes = one_bytes,
                                         .init = na_init,
                                         .run = fixnan_run};
