// SPDX-License-Identifier: Apache-2.0
// Names and texts of the error table, and the filling of diagnostics.
#include "base/err.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

struct err_row {
    int code;
    const char *name;
    const char *text;
};

static const struct err_row rows[] = {
#define X(name, value, text) {(value), #name, (text)},
    ERR_TABLE(X)
#undef X
};

static const struct err_row *find(int code)
{
    // The table is dense and falling from 0, so the code is the index; the compare keeps it true.
    size_t count = sizeof(rows) / sizeof(rows[0]);
    if (code > 0 || code <= -(int)count)
        return NULL;
    const struct err_row *row = &rows[-code];
    return row->code == code ? row : NULL;
}

const char *err_name(int code)
{
    const struct err_row *row = find(code);
    return row ? row->name : "UNKNOWN";
}

const char *err_text(int code)
{
    const struct err_row *row = find(code);
    return row ? row->text : "unknown error";
}

static void fill(struct diag *d, int code, uint32_t line, uint32_t column, const char *fmt,
                 va_list args) __attribute__((format(printf, 5, 0)));

static void fill(struct diag *d, int code, uint32_t line, uint32_t column, const char *fmt,
                 va_list args)
{
    if (!d)
        return;
    // An argument may be the diagnostic's own old text ("in file x: ...").
    char text[sizeof(d->text)];
    int n = vsnprintf(text, sizeof(text), fmt, args);
    if (n < 0)
        text[0] = '\0';
    *d = (struct diag){.code = code, .line = line, .column = column};
    for (size_t i = 0; i < sizeof(text) && text[i]; i++)
        d->text[i] = text[i];
}

int diag_set(struct diag *d, int code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fill(d, code, 0, 0, fmt, args);
    va_end(args);
    return code;
}

int diag_set_at(struct diag *d, int code, uint32_t line, uint32_t column, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fill(d, code, line, column, fmt, args);
    va_end(args);
    return code;
}
