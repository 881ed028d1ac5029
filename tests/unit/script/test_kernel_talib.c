// SPDX-License-Identifier: Apache-2.0
// Kernels against TA-Lib: the list of talib.* against TA-Lib's own table, each of them against
// TA-Lib's computation of the whole history, and Pine's indicators where TA-Lib has the same.
#include "unit/script/support_kernel.h"

#include "script/kernel_talib.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <ta_libc.h>

#define BARS 900

// --- TA-Lib over whole columns, through its abstract interface -----------------------------------

struct reference {
    int begin, count;
    size_t outputs;
    double *out[KERNEL_OUTPUTS_MAX]; // value of bar begin + i at i
};

static const char *function_of(const struct kernel *k)
{
    return strncmp(k->name, "talib.", 6) == 0 ? k->name + 6 : NULL;
}

static void set_inputs(TA_ParamHolder *h, const TA_FuncInfo *f, const char *names,
                       const struct columns *c)
{
    const double *price[5] = {NULL}; // open high low close volume
    static const char *const words[] = {"open", "high", "low", "close", "volume"};
    size_t real = 0;
    for (size_t j = 0; j < c->count; j++) {
        char name[64];
        word_at(names, j, name);
        for (size_t k = 0; k < 5; k++) {
            if (strcmp(name, words[k]) == 0)
                price[k] = c->in[j];
        }
    }
    for (unsigned i = 0; i < f->nbInput; i++) {
        const TA_InputParameterInfo *info;
        assert_int_equal(TA_GetInputParameterInfo(f->handle, i, &info), TA_SUCCESS);
        if (info->type == TA_Input_Price) {
            assert_int_equal(TA_SetInputParamPricePtr(h, i, price[0], price[1], price[2], price[3],
                                                      price[4], NULL),
                             TA_SUCCESS);
        } else {
            assert_int_equal(TA_SetInputParamRealPtr(h, i, c->in[real++]), TA_SUCCESS);
        }
    }
}

static void set_options(TA_ParamHolder *h, const TA_FuncInfo *f, const double *params, size_t count)
{
    for (unsigned i = 0; i < f->nbOptInput && i < count; i++) {
        const TA_OptInputParameterInfo *info;
        assert_int_equal(TA_GetOptInputParameterInfo(f->handle, i, &info), TA_SUCCESS);
        if (info->type == TA_OptInput_RealRange)
            assert_int_equal(TA_SetOptInputParamReal(h, i, params[i]), TA_SUCCESS);
        else
            assert_int_equal(TA_SetOptInputParamInteger(h, i, (int)params[i]), TA_SUCCESS);
    }
}

static struct reference reference_make(const char *function, const char *input_names,
                                       const struct columns *c, const double *params, size_t count)
{
    const TA_FuncHandle *handle;
    const TA_FuncInfo *f;
    TA_ParamHolder *h;
    struct reference r = {0};
    int *whole[KERNEL_OUTPUTS_MAX] = {NULL};
    assert_int_equal(TA_GetFuncHandle(function, &handle), TA_SUCCESS);
    assert_int_equal(TA_GetFuncInfo(handle, &f), TA_SUCCESS);
    assert_int_equal(TA_ParamHolderAlloc(handle, &h), TA_SUCCESS);
    set_inputs(h, f, input_names, c);
    set_options(h, f, params, count);
    r.outputs = f->nbOutput;
    for (unsigned i = 0; i < f->nbOutput; i++) {
        const TA_OutputParameterInfo *info;
        assert_int_equal(TA_GetOutputParameterInfo(handle, i, &info), TA_SUCCESS);
        assert_non_null(r.out[i] = calloc(c->n, sizeof(double)));
        if (info->type == TA_Output_Integer) {
            assert_non_null(whole[i] = calloc(c->n, sizeof(int)));
            assert_int_equal(TA_SetOutputParamIntegerPtr(h, i, whole[i]), TA_SUCCESS);
        } else {
            assert_int_equal(TA_SetOutputParamRealPtr(h, i, r.out[i]), TA_SUCCESS);
        }
    }
    assert_int_equal(TA_CallFunc(h, 0, (int)c->n - 1, &r.begin, &r.count), TA_SUCCESS);
    for (unsigned i = 0; i < f->nbOutput; i++) {
        for (int k = 0; whole[i] != NULL && k < r.count; k++)
            r.out[i][k] = whole[i][k];
        free(whole[i]);
    }
    (void)TA_ParamHolderFree(h);
    return r;
}

static void reference_free(struct reference *r)
{
    for (size_t i = 0; i < r->outputs; i++)
        free(r->out[i]);
}

static bool near(double a, double b, double tolerance)
{
    if (is_na(a) || is_na(b))
        return is_na(a) && is_na(b);
    return fabs(a - b) <= tolerance * fmax(1, fmax(fabs(a), fabs(b)));
}

// --- talib.* -------------------------------------------------------------------------------------

// "optInFastMAType" is fastMaType here.
static void our_name(const char *name, char out[64])
{
    (void)snprintf(out, 64, "%s", name + strlen("optIn"));
    char *type = strstr(out, "MAType");
    if (type != NULL)
        type[1] = 'a';
    out[0] = (char)(out[0] | 0x20);
}

static void list_is_that_of_talib(void **state)
{
    (void)state;
    size_t count = 0;
    for (size_t i = 0; kernel_registry[i] != NULL; i++) {
        const struct kernel *k = kernel_registry[i];
        struct kernel_talib_info info;
        const char *name = function_of(k);
        assert_true(kernel_talib_describe(k, &info) == (name != NULL));
        if (name == NULL)
            continue;
        const TA_FuncHandle *handle;
        const TA_FuncInfo *f;
        assert_int_equal(TA_GetFuncHandle(name, &handle), TA_SUCCESS);
        assert_int_equal(TA_GetFuncInfo(handle, &f), TA_SUCCESS);
        assert_int_equal(k->params, f->nbOptInput);
        assert_int_equal(k->outputs, f->nbOutput);
        assert_true(info.title != NULL && info.title[0] != '\0' && info.group != NULL);
        double params[KERNEL_PARAMS_MAX] = {0};
        for (size_t j = 0; j < k->params; j++) {
            const TA_OptInputParameterInfo *option;
            char word[64], theirs[64];
            assert_int_equal(TA_GetOptInputParameterInfo(handle, (unsigned)j, &option), TA_SUCCESS);
            our_name(option->paramName, theirs);
            assert_string_equal(word_at(k->param_names, j, word), theirs);
            params[j] = info.options[j].standard;
            assert_true(params[j] >= info.options[j].min && params[j] <= info.options[j].max);
        }
        assert_int_equal(k->check(params, NULL), 0);
        // Its warm-up is TA-Lib's lookback.
        TA_ParamHolder *h;
        TA_Integer lookback;
        assert_int_equal(TA_ParamHolderAlloc(handle, &h), TA_SUCCESS);
        assert_int_equal(TA_GetLookback(h, &lookback), TA_SUCCESS);
        assert_int_equal(k->warmup == NULL ? 0 : k->warmup(params), lookback);
        (void)TA_ParamHolderFree(h);
        count++;
    }
    (void)printf("%zu of TA-Lib's functions\n", count);
    assert_int_equal(count, 161);
}

struct census {
    size_t all, missing;
};

static void count_function(const TA_FuncInfo *f, void *data)
{
    struct census *c = data;
    char name[64];
    (void)snprintf(name, sizeof name, "talib.%s", f->name);
    c->all++;
    if (kernel_find(name) == NULL) {
        (void)printf("no kernel %s\n", name);
        c->missing++;
    }
}

// A later TA-Lib than the one whose table the list was made from may have more.
static void no_function_is_left_out(void **state)
{
    (void)state;
    struct census c = {0};
    assert_int_equal(TA_ForEachFunc(count_function, &c), TA_SUCCESS);
    assert_true(c.all >= 161);
    assert_int_equal(c.all - c.missing, 161);
}

// TA-Lib's own running sums drift, and its variance takes the difference of large squares.
static double tolerance_of(const char *name)
{
    static const struct {
        const char *name;
        double tolerance;
    } loose[] = {{"VAR", 1e-7},  {"STDDEV", 1e-5}, {"BBANDS", 1e-5},
                 {"BETA", 1e-6}, {"CORREL", 1e-6}, {"CCI", 1e-7}};
    for (size_t i = 0; i < sizeof loose / sizeof *loose; i++) {
        if (strcmp(loose[i].name, name) == 0)
            return loose[i].tolerance;
    }
    return 1e-9;
}

// Bars on which nothing moves and nothing is traded but the one before's volume.
static void stand_still(struct columns *c, size_t from, size_t count)
{
    for (size_t j = 0; j < c->count; j++) {
        for (size_t i = from; i < from + count; i++)
            c->in[j][i] = c->in[j][from - 1];
    }
}

// Where nothing moves only rounding is left of a cycle's phase and of Kaufman's ratio of two ways.
static bool determined_when_still(const struct kernel *k, const double *params)
{
    struct kernel_talib_info info;
    assert_true(kernel_talib_describe(k, &info));
    for (size_t i = 0; i < k->params; i++) {
        if (info.options[i].average && (params[i] == TA_MAType_KAMA || params[i] == TA_MAType_MAMA))
            return false;
    }
    const char *name = function_of(k);
    return strncmp(name, "HT_", 3) != 0 && strcmp(name, "MAMA") != 0 && strcmp(name, "KAMA") != 0;
}

static void check_function(const struct kernel *k, uint64_t seed)
{
    const char *name = function_of(k);
    struct random r;
    random_init(&r, seed);
    double params[KERNEL_PARAMS_MAX] = {0};
    params_make(&r, k, 30, params);
    struct columns c = columns_make(&r, k, BARS, CALM);
    bool determined = determined_when_still(k, params);
    if (seed % 2 == 0 && determined)
        stand_still(&c, 400, 80);
    // A stochastic stands still of itself, at 0 and at 100.
    if (strncmp(name, "STOCH", 5) == 0 && !determined) {
        columns_free(&c);
        return;
    }
    struct outputs o = outputs_make(k, BARS);
    run_whole(k, params, &c, &o);
    struct reference ref = reference_make(name, k->input_names, &c, params, k->params);
    int64_t warmup = k->warmup == NULL ? 0 : k->warmup(params);
    if (ref.begin != warmup || ref.begin + ref.count != BARS)
        fail_msg("%s(%g %g %g %g): TA-Lib gives bars %d to %d, lookback is %d", name, params[0],
                 params[1], params[2], params[3], ref.begin, ref.begin + ref.count, (int)warmup);
    for (size_t j = 0; j < o.count; j++) {
        for (int i = 0; i < BARS; i++) {
            double theirs = i < ref.begin ? NAN : ref.out[j][i - ref.begin];
            if (!near(o.out[j][i], theirs, tolerance_of(name)))
                fail_msg("%s(%g %g %g %g) output %zu on bar %d: %.17g, TA-Lib %.17g", k->name,
                         params[0], params[1], params[2], params[3], j, i, o.out[j][i], theirs);
        }
    }
    reference_free(&ref);
    outputs_free(&o);
    columns_free(&c);
}

static void values_are_those_of_talib(void **state)
{
    (void)state;
    for (size_t i = 0; kernel_registry[i] != NULL; i++) {
        for (uint64_t seed = 1; seed <= 12 && function_of(kernel_registry[i]) != NULL; seed++)
            check_function(kernel_registry[i], seed * 7919 + i);
    }
}

// --- Pine's indicators that TA-Lib has too -------------------------------------------------------

struct pair {
    const char *kernel;
    double params[KERNEL_PARAMS_MAX];
    const char *function;
    double options[KERNEL_PARAMS_MAX];
    size_t option_count;
    const char *input_names;           // of the function, in the kernel's column order
    size_t theirs[KERNEL_OUTPUTS_MAX]; // which of its outputs is the kernel's
    size_t outputs;
    size_t settle; // bars after which seeds no longer differ
    double tolerance;
};

static const struct pair pairs[] = {
    {"ta.sma", {14}, "SMA", {14}, 1, "real", {0}, 1, 0, 1e-10},
    {"ta.ema", {14}, "EMA", {14}, 1, "real", {0}, 1, 0, 1e-12},
    {"ta.wma", {14}, "WMA", {14}, 1, "real", {0}, 1, 0, 1e-10},
    {"ta.linreg", {14, 0}, "LINEARREG", {14}, 1, "real", {0}, 1, 0, 1e-9},
    {"ta.linreg", {14, -1}, "TSF", {14}, 1, "real", {0}, 1, 0, 1e-9},
    {"ta.rsi", {14}, "RSI", {14}, 1, "real", {0}, 1, 0, 1e-10},
    {"ta.macd", {12, 26, 9}, "MACD", {12, 26, 9}, 3, "real", {0, 1, 2}, 3, 250, 1e-9},
    {"ta.highest", {20}, "MAX", {20}, 1, "real", {0}, 1, 0, 0},
    {"ta.lowest", {20}, "MIN", {20}, 1, "real", {0}, 1, 0, 0},
    {"ta.stdev", {20, 1}, "STDDEV", {20, 1}, 2, "real", {0}, 1, 0, 1e-5},
    {"ta.variance", {20, 1}, "VAR", {20, 1}, 2, "real", {0}, 1, 0, 1e-7},
    {"ta.bb", {20, 2}, "BBANDS", {20, 2, 2, 0}, 4, "real", {1, 0, 2}, 3, 0, 1e-6},
    {"ta.roc", {10}, "ROC", {10}, 1, "real", {0}, 1, 0, 1e-10},
    {"ta.mom", {10}, "MOM", {10}, 1, "real", {0}, 1, 0, 0},
    {"ta.dev", {20}, "AVGDEV", {20}, 1, "real", {0}, 1, 0, 1e-10},
    {"ta.correlation", {20}, "CORREL", {20}, 1, "real0 real1", {0}, 1, 0, 1e-6},
    {"math.sum", {20}, "SUM", {20}, 1, "real", {0}, 1, 0, 1e-10},
    {"ta.wpr", {14}, "WILLR", {14}, 1, "high low close", {0}, 1, 0, 1e-10},
    {"ta.stoch", {14}, "STOCHF", {14, 1, 0}, 3, "close high low", {0}, 1, 0, 1e-10},
    {"ta.accdist", {0}, "AD", {0}, 0, "high low close volume", {0}, 1, 0, 1e-9},
    // Wilder's average begins a bar later in TA-Lib, without the first bar's high - low.
    {"ta.atr", {14}, "ATR", {14}, 1, "high low close", {0}, 1, 450, 1e-9},
    {"ta.dmi", {14, 14}, "ADX", {14}, 1, "high low close", {2}, 1, 600, 1e-6},
    {"ta.tr", {0}, "TRANGE", {0}, 0, "high low close", {0}, 1, 0, 1e-12},
};

// What column j of the kernel is to TA-Lib.
static void check_pair(const struct pair *p)
{
    const struct kernel *k = kernel_find(p->kernel);
    assert_non_null(k);
    struct random r;
    random_init(&r, 77);
    struct columns c = columns_make(&r, k, BARS, CALM);
    struct outputs o = outputs_make(k, BARS);
    run_whole(k, p->params, &c, &o);
    struct reference ref =
        reference_make(p->function, p->input_names, &c, p->options, p->option_count);
    size_t from = (size_t)ref.begin + p->settle, compared = 0;
    for (size_t j = 0; j < k->outputs && j < p->outputs; j++) {
        size_t ours = p->outputs == 1 && k->outputs > 1 ? p->theirs[0] : j;
        size_t theirs = p->outputs == 1 ? 0 : p->theirs[j];
        for (size_t i = from; i < BARS; i++, compared++) {
            double a = o.out[ours][i], b = ref.out[theirs][i - (size_t)ref.begin];
            if (!near(a, b, p->tolerance))
                fail_msg("%s output %zu on bar %zu: %.17g, TA-Lib's %s %.17g", p->kernel, ours, i,
                         a, p->function, b);
        }
    }
    assert_true(compared > 100);
    reference_free(&ref);
    outputs_free(&o);
    columns_free(&c);
}

static void pine_indicators_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        check_pair(&pairs[i]);
}

// The distance from TA-Lib on bar 0 of obv: TA-Lib counts the first bar's volume, Pine has no
// change.
static void obv_differs_by_the_first_volume(void **state)
{
    (void)state;
    const struct kernel *k = kernel_find("ta.obv");
    struct random r;
    random_init(&r, 5);
    struct columns c = columns_make(&r, k, BARS, CALM);
    struct outputs o = outputs_make(k, BARS);
    run_whole(k, NULL, &c, &o);
    struct reference ref = reference_make("OBV", "real volume", &c, NULL, 0);
    assert_true(is_na(o.out[0][0]));
    for (size_t i = 1; i < BARS; i++)
        assert_true(near(o.out[0][i] + c.in[1][0], ref.out[0][i], 1e-9));
    reference_free(&ref);
    outputs_free(&o);
    columns_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list_is_that_of_talib),
        cmocka_unit_test(no_function_is_left_out),
        cmocka_unit_test(values_are_those_of_talib),
        cmocka_unit_test(pine_indicators_agree),
        cmocka_unit_test(obv_differs_by_the_first_volume),
    };
    (void)TA_Initialize();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
