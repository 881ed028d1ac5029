// SPDX-License-Identifier: Apache-2.0
// The operators and math.* one value at a time: a table of cases for each kernel, na among them.
#include "unit/script/support_kernel.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct row {
    const char *kernel;
    double params[3];
    double in[3];
    double out;
};

static const struct row rows[] = {
    {"op.add", {0}, {2, 3}, 5},
    {"op.add", {0}, {NAN, 3}, NAN},
    {"op.sub", {0}, {2, 3}, -1},
    {"op.mul", {0}, {2, -3}, -6},
    {"op.div", {0}, {7, 2}, 3.5},
    {"op.div", {0}, {7, 0}, NAN},
    {"op.div", {0}, {0, 0}, NAN},
    {"op.idiv", {0}, {7, 2}, 3},
    {"op.idiv", {0}, {-7, 2}, -3},
    {"op.idiv", {0}, {7, 0}, NAN},
    {"op.mod", {0}, {7, 3}, 1},
    {"op.mod", {0}, {-7, 3}, -1},
    {"op.mod", {0}, {5.5, 2}, 1.5},
    {"op.mod", {0}, {5, 0}, NAN},
    {"op.neg", {0}, {4}, -4},
    {"op.eq", {0}, {1, 1}, 1},
    {"op.eq", {0}, {NAN, NAN}, 0},
    {"op.ne", {0}, {1, 2}, 1},
    {"op.ne", {0}, {1, 1}, 0},
    {"op.ne", {0}, {1, NAN}, 0},
    {"op.lt", {0}, {1, 2}, 1},
    {"op.lt", {0}, {NAN, 2}, 0},
    {"op.le", {0}, {2, 2}, 1},
    {"op.gt", {0}, {3, 2}, 1},
    {"op.gt", {0}, {3, NAN}, 0},
    {"op.ge", {0}, {2, 2}, 1},
    {"op.and", {0}, {1, 1}, 1},
    {"op.and", {0}, {1, NAN}, 0},
    {"op.and", {0}, {0, 1}, 0},
    {"op.or", {0}, {0, 1}, 1},
    {"op.or", {0}, {NAN, 0}, 0},
    {"op.not", {0}, {0}, 1},
    {"op.not", {0}, {NAN}, 1},
    {"op.not", {0}, {5}, 0},
    {"op.to_bool", {0}, {-2}, 1},
    {"op.to_bool", {0}, {NAN}, 0},
    {"op.na", {0}, {NAN}, 1},
    {"op.na", {0}, {INFINITY}, 1},
    {"op.na", {0}, {0}, 0},
    {"op.nz", {0}, {NAN, 7}, 7},
    {"op.nz", {0}, {3, 7}, 3},
    {"op.select", {0}, {1, 4, 5}, 4},
    {"op.select", {0}, {0, 4, 5}, 5},
    {"op.select", {0}, {NAN, 4, 5}, 5},
    {"op.select", {0}, {1, NAN, 5}, NAN},
    {"op.const", {42}, {0}, 42},
    {"op.fixnan", {0}, {3}, 3},
    {"op.fixnan", {0}, {NAN}, NAN},
    {"op.lag", {1}, {3}, NAN},
    {"math.abs", {0}, {-3}, 3},
    {"math.acos", {0}, {1}, 0},
    {"math.acos", {0}, {2}, NAN},
    {"math.asin", {0}, {0}, 0},
    {"math.atan", {0}, {1}, 0.7853981633974483},
    {"math.ceil", {0}, {1.2}, 2},
    {"math.ceil", {0}, {NAN}, NAN},
    {"math.cos", {0}, {0}, 1},
    {"math.exp", {0}, {1}, 2.718281828459045},
    {"math.exp", {0}, {1000}, NAN},
    {"math.floor", {0}, {-1.2}, -2},
    {"math.log", {0}, {0}, NAN},
    {"math.log", {0}, {2.718281828459045}, 1},
    {"math.log10", {0}, {1000}, 3},
    {"math.max", {0}, {1, 2}, 2},
    {"math.max", {0}, {1, NAN}, NAN},
    {"math.min", {0}, {1, 2}, 1},
    {"math.pow", {0}, {2, 10}, 1024},
    {"math.pow", {0}, {-8, 0.5}, NAN},
    {"math.pow", {0}, {NAN, 0}, NAN},
    {"math.round", {0}, {2.5}, 3},
    {"math.round", {0}, {-2.5}, -3},
    {"math.round@precision", {2}, {2.675}, 2.68},
    {"math.round@precision", {2}, {-2.675}, -2.68},
    {"math.round@precision", {2}, {1.005}, 1.01},
    {"math.round@precision", {2}, {1.0049999}, 1.00},
    {"math.round@precision", {0}, {0.49999999}, 0},
    {"math.round@precision", {8}, {0.000012345}, 0.00001235},
    {"math.round@precision", {3}, {NAN}, NAN},
    {"math.round@precision", {2}, {1e300}, 1e300},
    {"math.round_to_mintick", {0.01}, {1.234}, 1.23},
    {"math.round_to_mintick", {0.01}, {1.235}, 1.24},
    {"math.round_to_mintick", {0.1}, {0.35}, 0.4},
    {"math.round_to_mintick", {0.1}, {0.3}, 0.3},
    {"math.round_to_mintick", {0.25}, {7.3}, 7.25},
    {"math.round_to_mintick", {5}, {12.5}, 15},
    {"math.round_to_mintick", {0.00001}, {0.0225}, 0.0225},
    {"math.sign", {0}, {-0.5}, -1},
    {"math.sign", {0}, {0}, 0},
    {"math.sign", {0}, {NAN}, NAN},
    {"math.sin", {0}, {0}, 0},
    {"math.sqrt", {0}, {9}, 3},
    {"math.sqrt", {0}, {-1}, NAN},
    {"math.tan", {0}, {0}, 0},
    {"math.todegrees", {0}, {3.141592653589793}, 180},
    {"math.toradians", {0}, {180}, 3.141592653589793},
    {"math.trunc", {0}, {-1.7}, -1},
};

static double run_row(const struct row *r)
{
    const struct kernel *k = kernel_find(r->kernel);
    if (k == NULL)
        fail_msg("no kernel %s", r->kernel);
    const double *in[KERNEL_INPUTS_MAX] = {&r->in[0], &r->in[1], &r->in[2]};
    double v = 0, *out[] = {&v};
    assert_true(k->check == NULL || k->check(r->params, NULL) == 0);
    void *state = state_make(k, r->params);
    k->run(state, r->params, in, out, 1);
    free(state);
    return v;
}

static void each_case_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double v = run_row(&rows[i]);
        bool same = is_na(rows[i].out) ? is_na(v) : fabs(v - rows[i].out) <= 1e-15 * fabs(v);
        if (!same)
            fail_msg("%s(%.17g, %.17g, %.17g) is %.17g, wanted %.17g", rows[i].kernel,
                     rows[i].in[0], rows[i].in[1], rows[i].in[2], v, rows[i].out);
    }
}

static void every_operator_has_cases(void **state)
{
    (void)state;
    for (size_t i = 0; kernel_registry[i] != NULL; i++) {
        const char *name = kernel_registry[i]->name;
        bool op = strncmp(name, "op.", 3) == 0 || strncmp(name, "math.", 5) == 0;
        // Sums have golden vectors, random numbers a test of their own.
        if (!op || strncmp(name, "math.sum", 8) == 0 || strcmp(name, "math.random") == 0)
            continue;
        bool found = false;
        for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
            found = found || strcmp(rows[k].kernel, name) == 0;
        if (!found)
            fail_msg("no case for %s", name);
    }
}

static void random_numbers_repeat_and_stay_in_range(void **state)
{
    (void)state;
    const struct kernel *k = kernel_find("math.random");
    double params[] = {-2, 3, 7}, other_params[] = {-2, 3, 8}, sum = 0;
    struct columns none = {.n = 1000};
    struct outputs a = outputs_make(k, 1000), b = outputs_make(k, 1000), c = outputs_make(k, 1000);
    run_whole(k, params, &none, &a);
    run_whole(k, params, &none, &b);
    run_whole(k, other_params, &none, &c);
    assert_same(k, "the same seed", &a, &b);
    assert_memory_not_equal(a.out[0], c.out[0], 1000 * sizeof(double));
    for (size_t i = 0; i < 1000; i++) {
        assert_true(a.out[0][i] >= -2 && a.out[0][i] < 3);
        sum += a.out[0][i];
    }
    assert_true(fabs(sum / 1000 - 0.5) < 0.2);
    outputs_free(&a);
    outputs_free(&b);
    outputs_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_case_holds),
        cmocka_unit_test(every_operator_has_cases),
        cmocka_unit_test(random_numbers_repeat_and_stay_in_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
