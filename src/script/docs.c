// SPDX-License-Identifier: Apache-2.0
// The reference of the language's builtins as Markdown, from their table.
#include "script/builtin.h"
#include "script/script.h"

static const char *type_text(char letter)
{
    static const struct {
        char letter;
        const char *text;
    } types[] = {{'F', "float"},    {'I', "int"},    {'B', "bool"},  {'S', "string"},
                 {'C', "color"},    {'N', "number"}, {'A', "array"}, {'L', "drawing"},
                 {'P', "plot"},     {'X', "any"},    {'V', ""},      {'n', "number"},
                 {'0', "as given"}, {'e', "element"}};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (types[i].letter == letter)
            return types[i].text;
    }
    return "any";
}

static int put_params(const struct builtin *b, struct buf *out)
{
    struct str rest = str_from(b->params);
    struct builtin_param p;
    int rc = buf_add_char(out, '(');
    for (int n = 0; !rc && script__builtin_param(&rest, &p); n++) {
        rc = buf_printf(out, "%s" STR_FMT, n ? ", " : "", STR_ARG(p.name));
        if (!rc && p.fallback.len)
            rc = buf_printf(out, " = " STR_FMT, STR_ARG(p.fallback));
        else if (!rc && p.repeats)
            rc = buf_printf(out, ", …");
        else if (!rc && p.optional)
            rc = buf_printf(out, "?");
    }
    return rc ? rc : buf_add_char(out, ')');
}

static int put_returns(const struct builtin *b, struct buf *out)
{
    size_t n = strlen(b->returns);
    int rc = n > 1 ? buf_add_char(out, '[') : 0;
    for (size_t i = 0; !rc && i < n; i++)
        rc = buf_printf(out, "%s%s", i ? ", " : "", type_text(b->returns[i]));
    return !rc && n > 1 ? buf_add_char(out, ']') : rc;
}

int script__write_row(const struct builtin *b, struct buf *out)
{
    int rc = buf_printf(out, "| `%s", b->name);
    if (!rc && b->params)
        rc = put_params(b, out);
    rc = rc ? rc : buf_printf(out, "` | ");
    rc = rc ? rc : put_returns(b, out);
    return rc ? rc : buf_printf(out, " | %s |\n", b->doc);
}

int script_write_docs(struct buf *out)
{
    static const char *const titles[] = {"Indicators",
                                         "Numbers",
                                         "Strings and colours",
                                         "Arrays",
                                         "Bar, market, timeframe",
                                         "Time",
                                         "Higher timeframes",
                                         "Inputs",
                                         "Plots and alerts",
                                         "Orders and settings",
                                         "Account and trades"};
    int rc = 0;
    for (size_t t = 0; !rc && script__builtin_tables[t]; t++) {
        rc = buf_printf(out, "### %s\n\n| name | gives | what |\n|---|---|---|\n", titles[t]);
        for (size_t i = 0; !rc && i < script__builtin_tables[t]->count; i++)
            rc = script__write_row(&script__builtin_tables[t]->items[i], out);
        rc = rc ? rc : buf_add_char(out, '\n');
    }
    return rc ? rc : script__talib_docs(out);
}
