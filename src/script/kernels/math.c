// SPDX-License-Identifier: Apache-2.0
// Pine's math.* over columns, and its seeded random numbers. na in gives na out, and so does an
// argument outside a function's domain.
#include "script/kernels/kernel_internal.h"
#include "script/kernels/list.h"

#include "base/random.h"

#include <float.h>

#define DEGREES_PER_RADIAN 57.29577951308232

KERNEL__INLINE double finite_or_na(double v)
{
    return kernel__is_na(v) ? KERNEL__NA : v;
}

#define UNARY(id, expression)                                                                      \
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
    const struct kernel kernel__math_##id = {.name = "math." #id,                                  \
                                             .input_names = "number",                              \
                                             .output_names = "value",                              \
                                             .param_names = "",                                    \
                                             .inputs = 1,                                          \
                                             .outputs = 1,                                         \
                                             .run = id##_run};

#define BINARY(id, a_name, b_name, expression)                                                     \
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
    const struct kernel kernel__math_##id = {.name = "math." #id,                                  \
                                             .input_names = a_name " " b_name,                     \
                                             .output_names = "value",                              \
                                             .param_names = "",                                    \
                                             .inputs = 2,                                          \
                                             .outputs = 1,                                         \
                                             .run = id##_run};

UNARY(abs, fabs(a))
UNARY(acos, finite_or_na(acos(a)))
UNARY(asin, finite_or_na(asin(a)))
UNARY(atan, atan(a))
UNARY(ceil, ceil(a))
UNARY(cos, finite_or_na(cos(a)))
UNARY(exp, finite_or_na(exp(a)))
UNARY(floor, floor(a))
UNARY(log, finite_or_na(log(a)))
UNARY(log10, finite_or_na(log10(a)))
UNARY(round, round(a))
UNARY(sign, a > 0 ? 1.0 : a < 0 ? -1.0 : a * 0)
UNARY(sin, finite_or_na(sin(a)))
UNARY(sqrt, finite_or_na(sqrt(a)))
UNARY(tan, finite_or_na(tan(a)))
UNARY(todegrees, a *DEGREES_PER_RADIAN)
UNARY(toradians, a / DEGREES_PER_RADIAN)
UNARY(trunc, trunc(a))

// With na on either side a + b is na, and that is the answer.
BINARY(max, "number0", "number1", a != a || b != b ? KERNEL__NA : a > b ? a : b)
BINARY(min, "number0", "number1", a != a || b != b ? KERNEL__NA : a < b ? a : b)
BINARY(pow, "base", "exponent", a != a || b != b ? KERNEL__NA : finite_or_na(pow(a, b)))

// --- math.round with a precision, math.round_to_mintick ------------------------------------------

// Ties are those of the decimal text of the number, away from zero: 2.675 to 2 places is 2.68,
// though the double below it is nearer to 2.67.
static double round_half(double x)
{
    double low = floor(fabs(x)), part = fabs(x) - low;
    double tie = 4 * DBL_EPSILON * fabs(x);
    double rounded = part >= 0.5 - tie ? low + 1 : low;
    return x < 0 ? -rounded : rounded;
}

static int precision_check(const double *params, struct diag *d)
{
    return kernel__check_whole(params[0], "precision", 0, 16, d);
}

static void precision_run(void *state, const double *params, const double *const *in,
                          double *const *out, size_t n)
{
    (void)state;
    double scale = 1;
    for (int k = 0; k < (int)params[0]; k++)
        scale *= 10;
    for (size_t i = 0; i < n; i++) {
        double x = in[0][i], scaled = x * scale;
        // Beyond 2^52 a double has no digits behind the point to round.
        out[0][i] = fabs(scaled) < 4503599627370496.0 ? round_half(scaled) / scale : x;
    }
}

const struct kernel kernel__math_round_precision = {.name = "math.round@precision",
                                                    .input_names = "number",
                                                    .output_names = "value",
                                                    .param_names = "precision",
                                                    .inputs = 1,
                                                    .outputs = 1,
                                                    .params = 1,
                                                    .check = precision_check,
                                                    .run = precision_run};

static int mintick_check(const double *params, struct diag *d)
{
    if (params[0] > 0 && !kernel__is_na(params[0]))
        return 0;
    return diag_set(d, ERR_RANGE,
                    "mintick must be greater than 0, is %g: is the pair's tick size known?",
                    params[0]);
}

// Ties go up. The result is a quotient where the tick is one part of a whole number (0.01 = 1 /
// 100): that is the double nearest to the decimal price.
static void mintick_run(void *state, const double *params, const double *const *in,
                        double *const *out, size_t n)
{
    (void)state;
    double tick = params[0], parts = round(1 / tick);
    bool whole = parts >= 1 && fabs(parts * tick - 1) < 1e-9;
    for (size_t i = 0; i < n; i++) {
        double ticks = in[0][i] / tick;
        double rounded = floor(ticks + 0.5 + 4 * DBL_EPSILON * fabs(ticks));
        out[0][i] = finite_or_na(whole ? rounded / parts : rounded * tick);
    }
}

const struct kernel kernel__math_round_to_mintick = {.name = "math.round_to_mintick",
                                                     .input_names = "number",
                                                     .output_names = "value",
                                                     .param_names = "mintick",
                                                     .inputs = 1,
                                                     .outputs = 1,
                                                     .params = 1,
                                                     .check = mintick_check,
                                                     .run = mintick_run};

// --- math.random ---------------------------------------------------------------------------------

static int random_check(const double *params, struct diag *d)
{
    int rc = kernel__check_real(params[0], "min", -1e15, 1e15, d);
    if (rc == 0)
        rc = kernel__check_real(params[1], "max", -1e15, 1e15, d);
    return rc != 0 ? rc : kernel__check_whole(params[2], "seed", 0, 9007199254740992.0, d);
}

static size_t random_bytes(const double *params)
{
    (void)params;
    return sizeof(struct random);
}

static void random_start(void *state, const double *params)
{
    random_init(state, (uint64_t)params[2]);
}

static void random_run(void *state, const double *params, const double *const *in,
                       double *const *out, size_t n)
{
    (void)in;
    for (size_t i = 0; i < n; i++)
        out[0][i] = params[0] + (params[1] - params[0]) * random_unit(state);
}

const struct kernel kernel__math_random = {.name = "math.random",
                                           .input_names = "",
                                           .output_names = "value",
                                           .param_names = "min max seed",
                                           .inputs = 0,
                                           .outputs = 1,
                                           .params = 3,
                                           .check = random_check,
                                           .state_bytes = random_bytes,
                                           .init = random_start,
                                           .run = random_run};
