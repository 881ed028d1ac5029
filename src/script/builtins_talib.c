// SPDX-License-Identifier: Apache-2.0
// talib.*: every function of TA-Lib. A row is made when it is asked for, from the kernel's names
// and TA-Lib's own table of parameters and defaults.
#include "script/lower.h"

#include "base/number.h"
#include "script/kernel_talib.h"

#define PREFIX "talib."

static bool is_price(struct str name)
{
    static const char *const prices[] = {"open", "high", "low", "close", "volume"};
    for (size_t i = 0; i < sizeof prices / sizeof prices[0]; i++) {
        if (str_eq(name, str_from(prices[i])))
            return true;
    }
    return false;
}

// "real:F,timePeriod:pI=14": the inputs that are no prices, then TA-Lib's parameters.
static int write_params(const struct kernel *k, const struct kernel_talib_info *info,
                        struct buf *out)
{
    struct str rest = str_from(k->input_names), name;
    int rc = 0;
    for (unsigned i = 0; !rc && i < k->inputs && str_split(&rest, ' ', &name); i++) {
        if (!is_price(name))
            rc = buf_printf(out, "%s" STR_FMT ":F", out->len ? "," : "", STR_ARG(name));
    }
    rest = str_from(k->param_names);
    for (unsigned i = 0; !rc && i < k->params && str_split(&rest, ' ', &name); i++) {
        char number[NUMBER_TEXT_MAX];
        size_t n = number_format_double(info->options[i].standard, number);
        rc = buf_printf(out, "%s" STR_FMT ":p%c=%.*s", out->len ? "," : "", STR_ARG(name),
                        info->options[i].whole ? 'I' : 'F', (int)n, number);
    }
    return rc ? rc : buf_add(out, "", 1);
}

static bool make_row(const struct kernel *k, struct buf *params, struct builtin *row)
{
    static const char *const floats[] = {"F", "F", "FF", "FFF"};
    static const char *const ints[] = {"I", "I", "II", "III"};
    struct kernel_talib_info info;
    if (!kernel_talib_describe(k, &info) || write_params(k, &info, params))
        return false;
    *row = (struct builtin){.name = k->name,
                            .params = params->data,
                            .returns = (info.whole_outputs ? ints : floats)[k->outputs],
                            .lower = script__low_kernel,
                            .doc = info.title};
    return true;
}

bool script__talib_call(struct lower *l, const struct ast *n, struct val *out)
{
    char name[64];
    if (!str_starts(n->text, STR(PREFIX)) || str_copy(name, sizeof name, n->text))
        return false;
    for (char *c = name + sizeof PREFIX - 1; *c; c++) {
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    }
    const struct kernel *k = kernel_find(name);
    struct buf params;
    struct builtin row;
    if (!k)
        return false;
    buf_init(&params, 1024);
    bool made = make_row(k, &params, &row);
    if (made)
        *out = script__call_builtin(l, &row, n, NULL);
    buf_finish(&params);
    return made;
}

int script__talib_docs(struct buf *out)
{
    int rc = buf_printf(out, "### TA-Lib\n\n| name | gives | what |\n|---|---|---|\n");
    for (size_t i = 0; !rc && kernel_registry[i]; i++) {
        struct buf params;
        struct builtin row;
        buf_init(&params, 1024);
        if (str_starts(str_from(kernel_registry[i]->name), STR(PREFIX)) &&
            make_row(kernel_registry[i], &params, &row))
            rc = script__write_row(&row, out);
        buf_finish(&params);
    }
    return rc;
}
