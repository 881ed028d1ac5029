// SPDX-License-Identifier: Apache-2.0
// The list of errors and warnings of one compilation, kept in source order and without repeats.
#include "script/lex.h"

#include <stdarg.h>
#include <stdio.h>

static int place_cmp(const struct diag *a, const struct diag *b)
{
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    return 0;
}

void script__diag(struct script_diags *d, bool warning, uint32_t line, uint32_t column,
                  const char *fmt, ...)
{
    struct diag item = {.code = warning ? ERR_OK : ERR_SYNTAX, .line = line, .column = column};
    va_list ap;
    va_start(ap, fmt);
    // Cutting a long sentence is fine: the beginning says what is wrong.
    (void)vsnprintf(item.text, sizeof item.text, fmt, ap);
    va_end(ap);
    size_t at = d->count;
    for (size_t i = 0; i < d->count; i++) {
        int cmp = place_cmp(&item, &d->items[i]);
        // One error a place: a function body is checked once a call.
        if (cmp == 0 && (d->is_warning[i] == warning || warning))
            return;
        if (cmp < 0 && at == d->count)
            at = i;
    }
    if (d->count == SCRIPT_DIAGS_MAX) {
        d->more = true;
        if (warning)
            return;
        // An error takes the place of the last warning, so that a failed check always names one.
        for (size_t i = SCRIPT_DIAGS_MAX; i-- > 0;) {
            if (d->is_warning[i]) {
                d->items[i] = item;
                d->is_warning[i] = false;
                return;
            }
        }
        return;
    }
    memmove(&d->items[at + 1], &d->items[at], (d->count - at) * sizeof d->items[0]);
    memmove(&d->is_warning[at + 1], &d->is_warning[at], (d->count - at) * sizeof d->is_warning[0]);
    d->items[at] = item;
    d->is_warning[at] = warning;
    d->count++;
}

bool script__has_error(const struct script_diags *d)
{
    for (size_t i = 0; i < d->count; i++) {
        if (!d->is_warning[i])
            return true;
    }
    return false;
}
