// SPDX-License-Identifier: Apache-2.0
// Long histories: the error of the running sums does not grow with the bars, whatever sizes went
// through a window, and flat prices give exact answers.
#include "unit/script/support_kernel.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BARS 300000

// --- straight from the definition, over one window -----------------------------------------------

static double naive_sum(const double *w, int n)
{
    long double s = 0;
    for (int i = 0; i < n; i++)
        s += w[i];
    return (double)s;
}

static double naive_mean(const double *w, int n)
{
    return naive_sum(w, n) / n;
}

static double naive_wma(const double *w, int n)
{
    long double s = 0;
    for (int i = 0; i < n; i++)
        s += (long double)w[i] * (i + 1);
    return (double)(s / ((long double)n * (n + 1) / 2));
}

static double naive_variance(const double *w, int n)
{
    long double mean = 0, s = 0;
    for (int i = 0; i < n; i++)
        mean += w[i];
    mean /= n;
    for (int i = 0; i < n; i++)
        s += (w[i] - mean) * (w[i] - mean);
    return (double)(s / n);
}

static double naive_line(const double *w, int n)
{
    long double mean = 0, middle = (n - 1) / 2.0L, up = 0, down = 0;
    for (int i = 0; i < n; i++)
        mean += w[i];
    mean /= n;
    for (int i = 0; i < n; i++) {
        up += (i - middle) * (w[i] - mean);
        down += (i - middle) * (i - middle);
    }
    return (double)(mean + up / down * (n - 1 - middle));
}

static double naive_highest(const double *w, int n)
{
    double v = w[0];
    for (int i = 1; i < n; i++)
        v = w[i] > v ? w[i] : v;
    return v;
}

static const struct {
    const char *kernel;
    double params[2];
    double (*naive)(const double *w, int n);
    double tolerance; // relative to the largest value in the window (squared for the variance)
} cases[] = {
    {"math.sum", {20}, naive_sum, 1e-14},
    {"ta.sma", {10}, naive_mean, 1e-14},
    {"ta.sma", {700}, naive_mean, 1e-14},
    {"ta.wma", {30}, naive_wma, 1e-12},
    {"ta.variance", {20, 1}, naive_variance, 1e-12},
    {"ta.linreg", {50, 0}, naive_line, 1e-12},
    {"ta.highest", {60}, naive_highest, 0},
};

// Prices of a quiet market far from zero, a spread of some millionths.
static void quiet(struct random *r, double *x)
{
    for (size_t i = 0; i < BARS; i++)
        x[i] = 50000 + 0.01 * floor(100 * random_normal(r));
}

// A walk over many orders of magnitude.
static void wild(struct random *r, double *x)
{
    double v = 1;
    for (size_t i = 0; i < BARS; i++) {
        v *= exp(0.1 * random_normal(r));
        v = v < 1e-9 ? 1e-9 : v > 1e9 ? 1e9 : v;
        x[i] = v;
    }
}

static void check_long(size_t c, const double *x, const char *market)
{
    const struct kernel *k = kernel_find(cases[c].kernel);
    int n = (int)cases[c].params[0];
    struct columns columns = {.n = BARS, .count = 1, .in = {(double *)(uintptr_t)x}};
    struct outputs o = outputs_make(k, BARS);
    run_whole(k, cases[c].params, &columns, &o);
    for (size_t i = (size_t)n - 1; i < BARS; i += 97) {
        double wanted = cases[c].naive(x + i + 1 - n, n), scale = 0;
        // Rounding is that of the largest value since the last rebuild, at most this long ago.
        size_t reach = strcmp(market, "wild") == 0 ? 1024 + 4 * (size_t)n : (size_t)n;
        for (size_t j = 0; j < reach && j <= i; j++)
            scale = fmax(scale, fabs(x[i - j]));
        bool squares = cases[c].naive == naive_variance;
        // The variance must be right against its own size, not that of the prices.
        if (squares)
            scale = strcmp(market, "quiet") == 0 ? wanted * 1e3 : scale * scale;
        if (cases[c].naive == naive_sum)
            scale *= n;
        if (!(fabs(o.out[0][i] - wanted) <= cases[c].tolerance * scale))
            fail_msg("%s(%d), %s market, bar %zu: %.17g, naive %.17g", cases[c].kernel, n, market,
                     i, o.out[0][i], wanted);
    }
    outputs_free(&o);
}

static void errors_do_not_grow(void **state)
{
    (void)state;
    double *x = malloc(BARS * sizeof *x);
    assert_non_null(x);
    struct random r;
    random_init(&r, 3);
    quiet(&r, x);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        check_long(c, x, "quiet");
    wild(&r, x);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        check_long(c, x, "wild");
    free(x);
}

// After a walk the price stands still: averages equal it to the last bit, spreads are zero, and
// nothing crosses anything.
static void still_prices_are_exact(void **state)
{
    (void)state;
    static const struct {
        const char *kernel;
        double params[3];
        bool price; // else 0
    } still[] = {
        {"ta.sma", {14}, true},     {"ta.linreg", {14, 0}, true}, {"ta.median", {14}, true},
        {"ta.highest", {14}, true}, {"ta.stdev", {14, 1}, false}, {"ta.variance", {14, 0}, false},
        {"ta.change", {3}, false},  {"ta.range", {14}, false},    {"ta.dev", {14}, false}};
    double x[600];
    struct random r;
    random_init(&r, 11);
    for (int round = 0; round < 200; round++) {
        double v = 1 + 1000 * random_unit(&r);
        size_t from = 100 + random_below(&r, 300);
        for (size_t i = 0; i < 600; i++) {
            if (i < from)
                v *= exp(0.05 * random_normal(&r));
            x[i] = v;
        }
        for (size_t c = 0; c < sizeof still / sizeof *still; c++) {
            const struct kernel *k = kernel_find(still[c].kernel);
            struct columns columns = {.n = 600, .count = 1, .in = {x}};
            struct outputs o = outputs_make(k, 600);
            run_whole(k, still[c].params, &columns, &o);
            for (size_t i = from + 14; i < 600; i++) {
                if (o.out[0][i] != (still[c].price ? v : 0))
                    fail_msg("%s on bar %zu of a price of %.17g still since %zu: %.17g",
                             still[c].kernel, i, v, from, o.out[0][i]);
            }
            outputs_free(&o);
        }
    }
}

// A window that held an overflow is sound again after at most a rebuild.
static void infinite_sums_heal(void **state)
{
    (void)state;
    const struct kernel *k = kernel_find("ta.sma");
    double x[2000], params[] = {10};
    for (size_t i = 0; i < 2000; i++)
        x[i] = i >= 500 && i < 505 ? 1.7e308 : 100 + (double)(i % 7);
    struct columns columns = {.n = 2000, .count = 1, .in = {x}};
    struct outputs o = outputs_make(k, 2000);
    run_whole(k, params, &columns, &o);
    for (size_t i = 1600; i < 2000; i++)
        assert_true(fabs(o.out[0][i] - naive_mean(x + i - 9, 10)) < 1e-9);
    outputs_free(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_do_not_grow),
        cmocka_unit_test(still_prices_are_exact),
        cmocka_unit_test(infinite_sums_heal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
