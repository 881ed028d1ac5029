// SPDX-License-Identifier: Apache-2.0
// TA-Lib's functions as kernels. TA-Lib computes whole arrays and keeps running sums that depend on
// where the array began; here each bar is computed from exactly the bars its value depends on, so
// that neither the block length nor the start of history can be seen in a value.
#include "script/kernel_talib.h"
#include "script/kernels/parts.h"
#include "script/kernels/talib_internal.h"

#include <stdatomic.h>
#include <string.h>

#include <ta_libc.h>

// TA-Lib's settings are global to the process and TA_Initialize() clears them before it sets them:
// done again it would change candle patterns that another thread is computing.
void talib__ready(void)
{
    enum {
        NEVER,
        UNDER_WAY,
        DONE
    };
    static atomic_int state = NEVER;
    int found = NEVER;
    if (atomic_load(&state) == DONE)
        return;
    if (atomic_compare_exchange_strong(&state, &found, UNDER_WAY)) {
        (void)TA_Initialize();
        atomic_store(&state, DONE);
    }
    while (atomic_load(&state) != DONE) {
        // Another thread is about to finish: it fills one small table.
    }
}

// --- TA-Lib's table ------------------------------------------------------------------------------

static const TA_OptInputParameterInfo *option_info(const TA_FuncHandle *handle, unsigned i)
{
    const TA_OptInputParameterInfo *info = NULL;
    return TA_GetOptInputParameterInfo(handle, i, &info) == TA_SUCCESS ? info : NULL;
}

// The longest period is bounded by the window a kernel may keep.
static void describe_option(const TA_OptInputParameterInfo *info, struct kernel_talib_option *o)
{
    *o = (struct kernel_talib_option){.title = info->displayName,
                                      .hint = info->hint,
                                      .standard = info->defaultValue,
                                      .whole = info->type != TA_OptInput_RealRange};
    if (info->type == TA_OptInput_RealRange) {
        const TA_RealRange *r = info->dataSet;
        o->min = r->min;
        o->max = r->max;
    } else if (info->type == TA_OptInput_IntegerRange) {
        const TA_IntegerRange *r = info->dataSet;
        o->min = r->min;
        o->max = r->max < KERNEL_LENGTH_MAX ? r->max : KERNEL_LENGTH_MAX;
    } else {
        o->max = TA_MAType_T3;
        o->average = true;
    }
}

bool kernel_talib_describe(const struct kernel *k, struct kernel_talib_info *info)
{
    static const char prefix[] = "talib.";
    const TA_FuncHandle *handle = NULL;
    const TA_FuncInfo *f = NULL;
    if (strncmp(k->name, prefix, sizeof prefix - 1) != 0 ||
        TA_GetFuncHandle(k->name + sizeof prefix - 1, &handle) != TA_SUCCESS ||
        TA_GetFuncInfo(handle, &f) != TA_SUCCESS)
        return false;
    *info = (struct kernel_talib_info){.title = f->hint, .group = f->group};
    for (unsigned i = 0; i < f->nbOptInput && i < KERNEL_PARAMS_MAX; i++)
        describe_option(option_info(handle, i), &info->options[i]);
    const TA_OutputParameterInfo *output = NULL;
    if (TA_GetOutputParameterInfo(handle, 0, &output) == TA_SUCCESS)
        info->whole_outputs = output->type == TA_Output_Integer;
    return true;
}

// MAVP takes another period on each bar: only averages of a window can.
static int check_average(const char *name, double value, struct diag *d)
{
    bool window = value == TA_MAType_SMA || value == TA_MAType_WMA || value == TA_MAType_TRIMA;
    if (strcmp(name, "MAVP") == 0 && !window)
        return diag_set(d, ERR_RANGE,
                        "moving average type must be 0 (SMA), 2 (WMA) or 5 (TRIMA) here, is %g",
                        value);
    return kernel__check_whole(value, "moving average type", TA_MAType_SMA, TA_MAType_T3, d);
}

// Pairs of periods that TA-Lib takes in the wrong order too, with a lookback that is then wrong.
static int check_order(const char *name, const double *params, struct diag *d)
{
    static const struct {
        const char *function;
        size_t smaller, larger;
        const char *smaller_title, *larger_title;
    } pairs[] = {{"MACD", 0, 1, "Fast Period", "Slow Period"},
                 {"MACDEXT", 0, 2, "Fast Period", "Slow Period"},
                 {"MAVP", 0, 1, "Minimum Period", "Maximum Period"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        double a = params[pairs[i].smaller], b = params[pairs[i].larger];
        if (strcmp(pairs[i].function, name) == 0 && a > b)
            return diag_set(d, ERR_RANGE, "%s must not be above %s: %g and %g",
                            pairs[i].smaller_title, pairs[i].larger_title, a, b);
    }
    return 0;
}

int talib__check(const char *name, const double *params, struct diag *d)
{
    const TA_FuncHandle *handle = NULL;
    const TA_FuncInfo *f = NULL;
    if (TA_GetFuncHandle(name, &handle) != TA_SUCCESS || TA_GetFuncInfo(handle, &f) != TA_SUCCESS)
        return diag_set(d, ERR_UNSUPPORTED,
                        "the linked TA-Lib has no function %s: version 0.6 or later is needed",
                        name);
    for (unsigned i = 0; i < f->nbOptInput; i++) {
        const TA_OptInputParameterInfo *info = option_info(handle, i);
        struct kernel_talib_option o;
        describe_option(info, &o);
        int rc = o.average ? check_average(name, params[i], d)
                 : o.whole ? kernel__check_whole(params[i], o.title, o.min, o.max, d)
                           : kernel__check_real(params[i], o.title, o.min, o.max, d);
        if (rc != 0)
            return rc;
    }
    return check_order(name, params, d);
}

// --- a window a bar ------------------------------------------------------------------------------

struct talib_window {
    int64_t lookback;
    int64_t clean; // newest bars without na in any input
    // then one struct history for each input
};

static size_t window_bytes(int lookback, size_t inputs)
{
    return sizeof(struct talib_window) + inputs * kernel__history_bytes(lookback + 1.0);
}

static void window_init(struct talib_window *s, int lookback, size_t inputs)
{
    talib__ready();
    *s = (struct talib_window){.lookback = lookback};
    char *at = (char *)(s + 1);
    for (size_t k = 0; k < inputs; k++, at += kernel__history_bytes(lookback + 1.0))
        kernel__history_init((struct history *)at, lookback + 1.0);
}

struct shape {
    talib_call call;
    size_t inputs, outputs;
    bool whole; // outputs are whole numbers
};

static void window_bar(struct talib_window *s, const struct shape *shape, const double *params,
                       const double *const *columns, double *const *out, size_t i)
{
    double *bar[KERNEL_OUTPUTS_MAX] = {NULL};
    int numbers[KERNEL_OUTPUTS_MAX] = {0}, *whole[KERNEL_OUTPUTS_MAX] = {NULL};
    for (size_t k = 0; k < shape->outputs; k++) {
        bar[k] = out[k] + i;
        *bar[k] = KERNEL__NA;
        whole[k] = numbers + k;
    }
    int at = (int)s->lookback;
    if (s->clean <= s->lookback || shape->call(at, at, params, columns, bar, whole) != TA_SUCCESS)
        return;
    for (size_t k = 0; k < shape->outputs; k++) {
        if (shape->whole)
            *bar[k] = numbers[k];
        else if (kernel__is_na(*bar[k]))
            *bar[k] = KERNEL__NA;
    }
}

static void window_run(struct talib_window *s, const struct shape *shape, const double *params,
                       const double *const *in, double *const *out, size_t n)
{
    size_t stride = kernel__history_bytes((double)s->lookback + 1);
    for (size_t i = 0; i < n; i++) {
        const double *columns[KERNEL_INPUTS_MAX];
        char *at = (char *)(s + 1);
        bool na = false;
        for (size_t k = 0; k < shape->inputs; k++, at += stride) {
            columns[k] = kernel__history_push((struct history *)at, in[k][i]);
            na = na || kernel__is_na(in[k][i]);
        }
        s->clean = na ? 0 : s->clean + 1;
        window_bar(s, shape, params, columns, out, i);
    }
}

// --- one bar alone -------------------------------------------------------------------------------

#define ELEMENT_MAX ((size_t)1 << 30)

static void element_run(talib_call call, const double *params, const double *const *in,
                        size_t inputs, double *out, size_t n)
{
    for (size_t from = 0; from < n; from += ELEMENT_MAX) {
        size_t m = kernel__min(n - from, ELEMENT_MAX);
        const double *columns[KERNEL_INPUTS_MAX];
        for (size_t k = 0; k < inputs; k++)
            columns[k] = in[k] + from;
        double *const piece[1] = {out + from};
        bool done = call(0, (int)m - 1, params, columns, piece, NULL) == TA_SUCCESS;
        for (size_t i = 0; i < m; i++)
            piece[0][i] = done && !kernel__is_na(piece[0][i]) ? piece[0][i] : KERNEL__NA;
    }
}

// --- the kernels ---------------------------------------------------------------------------------

// Lookbacks of candle patterns depend on TA-Lib's settings.
static int lookback_of(int (*lookback)(const double *p), const double *params)
{
    talib__ready();
    return lookback(params);
}

// Some functions build on others with narrower ranges than their own (TRIX of one bar on EMA).
static int check_lookback(int (*lookback)(const double *p), const double *params, struct diag *d)
{
    if (lookback_of(lookback, params) >= 0)
        return 0;
    return diag_set(d, ERR_RANGE,
                    "TA-Lib cannot compute this with the given periods: take 2 or more");
}

#define COMMON(id, in_list, out_list, param_list, ins, outs, pars)                                 \
    .name = "talib." #id, .input_names = in_list, .output_names = out_list,                        \
    .param_names = param_list, .inputs = ins, .outputs = outs, .params = pars, .check = check_##id

#define DEFINE_CHECK(id)                                                                           \
    static int check_##id(const double *params, struct diag *d)                                    \
    {                                                                                              \
        int rc = talib__check(#id, params, d);                                                     \
        return rc != 0 ? rc : check_lookback(talib__lookback_##id, params, d);                     \
    }

#define DEFINE_WARMUP(id)                                                                          \
    static int64_t warmup_##id(const double *params)                                               \
    {                                                                                              \
        return lookback_of(talib__lookback_##id, params);                                          \
    }

#define DEFINE_ELEMENT(id, in_list, out_list, param_list, ins, outs, pars)                         \
    DEFINE_CHECK(id)                                                                               \
    static void run_##id(void *state, const double *params, const double *const *in,               \
                         double *const *out, size_t n)                                             \
    {                                                                                              \
        (void)state;                                                                               \
        element_run(talib__call_##id, params, in, ins, out[0], n);                                 \
    }                                                                                              \
    const struct kernel kernel__talib_##id = {                                                     \
        COMMON(id, in_list, out_list, param_list, ins, outs, pars), .run = run_##id};

#define DEFINE_STEPPED(id, in_list, out_list, param_list, ins, outs, pars, kind)                   \
    DEFINE_CHECK(id)                                                                               \
    DEFINE_WARMUP(id)                                                                              \
    static size_t bytes_##id(const double *params)                                                 \
    {                                                                                              \
        return window_bytes(lookback_of(talib__lookback_##id, params), ins);                       \
    }                                                                                              \
    static void init_##id(void *state, const double *params)                                       \
    {                                                                                              \
        window_init(state, lookback_of(talib__lookback_##id, params), ins);                        \
    }                                                                                              \
    static void run_##id(void *state, const double *params, const double *const *in,               \
                         double *const *out, size_t n)                                             \
    {                                                                                              \
        static const struct shape shape = {talib__call_##id, ins, outs, kind};                     \
        window_run(state, &shape, params, in, out, n);                                             \
    }                                                                                              \
    const struct kernel kernel__talib_##id = {                                                     \
        COMMON(id, in_list, out_list, param_list, ins, outs, pars), .state_bytes = bytes_##id,     \
        .init = init_##id, .run = run_##id, .warmup = warmup_##id};

#define DEFINE_WINDOW(...)  DEFINE_STEPPED(__VA_ARGS__, false)
#define DEFINE_PATTERN(...) DEFINE_STEPPED(__VA_ARGS__, true)

#define DEFINE_OWN(id, in_list, out_list, param_list, ins, outs, pars)                             \
    DEFINE_CHECK(id)                                                                               \
    DEFINE_WARMUP(id)                                                                              \
    const struct kernel kernel__talib_##id = {                                                     \
        COMMON(id, in_list, out_list, param_list, ins, outs, pars),                                \
        .state_bytes = talib__bytes_##id, .init = talib__init_##id, .run = talib__run_##id,        \
        .warmup = warmup_##id};

#define X(id, kind, in_list, out_list, param_list, ins, outs, pars)                                \
    DEFINE_##kind(id, in_list, out_list, param_list, ins, outs, pars)
KERNEL__TALIB_LIST(X)
#undef X
