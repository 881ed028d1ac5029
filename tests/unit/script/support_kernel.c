// SPDX-License-Identifier: Apache-2.0
// Columns, parameters and runs for the tests of the indicator kernels.
#include "unit/script/support_kernel.h"

#include "script/kernel_talib.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

bool is_na(double x)
{
    return !isfinite(x);
}

size_t words_in(const char *list)
{
    size_t count = *list != '\0';
    for (const char *p = list; *p != '\0'; p++)
        count += *p == ' ';
    return count;
}

const char *word_at(const char *list, size_t i, char out[64])
{
    size_t length = 0;
    out[0] = '\0';
    for (; i > 0 && *list != '\0'; list++)
        i -= *list == ' ';
    while (list[length] != '\0' && list[length] != ' ' && length < 63)
        length++;
    memcpy(out, list, length);
    out[length] = '\0';
    return out;
}

// --- columns -------------------------------------------------------------------------------------

struct bar {
    double open, high, low, close, volume;
};

static struct bar next_bar(struct random *r, double *price)
{
    struct bar b;
    b.open = *price;
    *price *= exp(0.01 * random_normal(r));
    b.close = *price;
    b.high = fmax(b.open, b.close) * (1 + 0.004 * random_unit(r));
    b.low = fmin(b.open, b.close) * (1 - 0.004 * random_unit(r));
    b.volume = 1 + 1000 * random_unit(r);
    return b;
}

static double argument(const char *name, struct random *r, const struct bar *b)
{
    if (strcmp(name, "condition") == 0 || strcmp(name, "anchor") == 0)
        return random_below(r, 8) == 0 ? 1 : 0;
    if (strcmp(name, "length") == 0)
        return (double)(1 + random_below(r, 12)) + (random_below(r, 9) == 0 ? 0.5 : 0);
    if (strcmp(name, "periods") == 0)
        return (double)(2 + random_below(r, 40));
    return b->low + (b->high - b->low) * random_unit(r);
}

static double column_value(const char *name, struct random *r, const struct bar *b, size_t i)
{
    const struct {
        const char *name;
        double value;
    } prices[] = {
        {"open", b->open},   {"high", b->high},     {"low", b->low},
        {"close", b->close}, {"volume", b->volume}, {"time", (double)i * 3600000.0},
    };
    for (size_t k = 0; k < sizeof prices / sizeof *prices; k++) {
        if (strcmp(name, prices[k].name) == 0)
            return prices[k].value;
    }
    return argument(name, r, b);
}

// From time to time: a stretch of na in one column or all, of bars that do not move, or a jump.
static void roughen(struct random *r, struct columns *c)
{
    for (size_t i = 0; i < c->n;) {
        size_t m = 1 + random_below(r, 40);
        uint64_t what = random_below(r, 8), column = random_below(r, c->count + 1);
        for (size_t j = i; j < i + m && j < c->n; j++) {
            for (size_t k = 0; k < c->count; k++) {
                if (what == 0 && (column == k || column == c->count))
                    c->in[k][j] = NAN;
                else if (what == 1 && j > i)
                    c->in[k][j] = c->in[k][i];
                else if (what == 2)
                    c->in[k][j] *= 1e9;
                else if (what == 3)
                    c->in[k][j] *= 1e-9;
            }
        }
        i += m + (what > 3 ? 20 : 0);
    }
}

struct columns columns_make(struct random *r, const struct kernel *k, size_t n, enum weather w)
{
    struct columns c = {.n = n, .count = k->inputs};
    for (size_t j = 0; j < c.count; j++)
        assert_non_null(c.in[j] = malloc(n * sizeof(double)));
    double price = 100;
    for (size_t i = 0; i < n; i++) {
        struct bar b = next_bar(r, &price);
        for (size_t j = 0; j < c.count; j++) {
            char name[64];
            c.in[j][i] = column_value(word_at(k->input_names, j, name), r, &b, i);
        }
    }
    if (w == ROUGH && c.count > 0)
        roughen(r, &c);
    return c;
}

void columns_free(struct columns *c)
{
    for (size_t j = 0; j < c->count; j++)
        free(c->in[j]);
}

struct outputs outputs_make(const struct kernel *k, size_t n)
{
    struct outputs o = {.n = n, .count = k->outputs};
    for (size_t j = 0; j < o.count; j++)
        assert_non_null(o.out[j] = calloc(n, sizeof(double)));
    return o;
}

void outputs_free(struct outputs *o)
{
    for (size_t j = 0; j < o->count; j++)
        free(o->out[j]);
}

// --- parameters ----------------------------------------------------------------------------------

static double talib_param(struct random *r, const struct kernel_talib_option *o, int max_length)
{
    if (o->average)
        return (double)random_below(r, 9);
    if (o->whole) {
        double max = o->max < max_length ? o->max : max_length;
        return o->min + (double)random_below(r, (uint64_t)(max - o->min) + 1);
    }
    return o->standard * (0.5 + random_unit(r));
}

// Draws for params that are no lengths, by name.
static double own_param(struct random *r, const char *name, int max_length)
{
    const struct {
        const char *name;
        double from, to; // both whole: whole numbers between them
    } known[] = {{"handle_na", 0, 1},     {"biased", 0, 1},          {"useTrueRange", 0, 1},
                 {"floor", 0, 1},         {"occurrence", 0, 5},      {"offset", 0, 9},
                 {"leftbars", 0, 9},      {"rightbars", 0, 9},       {"seed", 0, 1000000},
                 {"precision", 0, 8},     {"mult", 0.5, 4.5},        {"factor", 0.5, 4.5},
                 {"sigma", 1.5, 8.5},     {"start", 0.01, 0.1},      {"inc", 0.01, 0.1},
                 {"max", 0.1, 0.5},       {"percentage", 0.5, 99.5}, {"stdev_mult", 0.5, 3.5},
                 {"mintick", 0.001, 1.5}, {"value", -5.5, 5.5},      {"min", -5.5, 0.5}};
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        if (strcmp(name, known[k].name) != 0)
            continue;
        double from = known[k].from, to = known[k].to;
        if (from == floor(from) && to == floor(to))
            return from + (double)random_below(r, (uint64_t)(to - from) + 1);
        return from + (to - from) * random_unit(r);
    }
    return (double)(1 + random_below(r, (uint64_t)max_length));
}

void params_make(struct random *r, const struct kernel *k, int max_length, double *params)
{
    struct kernel_talib_info info;
    bool talib = kernel_talib_describe(k, &info);
    bool alma = strcmp(k->name, "ta.alma") == 0;
    for (int tries = 0; tries < 1000; tries++) {
        for (size_t i = 0; i < k->params; i++) {
            char name[64];
            word_at(k->param_names, i, name);
            params[i] = talib            ? talib_param(r, &info.options[i], max_length)
                        : alma && i == 1 ? random_unit(r)
                                         : own_param(r, name, max_length);
        }
        if (k->check == NULL || k->check(params, NULL) == 0)
            return;
    }
    fail_msg("%s: no valid parameters found", k->name);
}

// --- runs ----------------------------------------------------------------------------------------

void *state_make(const struct kernel *k, const double *params)
{
    if (k->state_bytes == NULL)
        return NULL;
    void *state = malloc(k->state_bytes(params));
    assert_non_null(state);
    memset(state, 0xa5, k->state_bytes(params));
    k->init(state, params);
    return state;
}

void run_piece(const struct kernel *k, void *state, const double *params, const struct columns *c,
               struct outputs *o, size_t from, size_t to)
{
    const double *in[KERNEL_INPUTS_MAX];
    double *out[KERNEL_OUTPUTS_MAX];
    for (size_t j = 0; j < c->count; j++)
        in[j] = c->in[j] + from;
    for (size_t j = 0; j < o->count; j++)
        out[j] = o->out[j] + from;
    k->run(state, params, in, out, to - from);
}

void run_whole(const struct kernel *k, const double *params, const struct columns *c,
               struct outputs *o)
{
    void *state = state_make(k, params);
    run_piece(k, state, params, c, o, 0, o->n);
    free(state);
}

void assert_same(const struct kernel *k, const char *how, const struct outputs *a,
                 const struct outputs *b)
{
    for (size_t j = 0; j < a->count; j++) {
        for (size_t i = 0; i < a->n; i++) {
            double x = a->out[j][i], y = b->out[j][i];
            if (memcmp(&x, &y, sizeof x) != 0)
                fail_msg("%s, %s: output %zu differs on bar %zu: %.17g and %.17g", k->name, how, j,
                         i, x, y);
        }
    }
}
