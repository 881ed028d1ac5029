// SPDX-License-Identifier: Apache-2.0
// How a check of the gate writes its row: measured value, limit, and the sentence of a failure.
#include "trade/gate_internal.h"

#include "base/number.h"
#include "trade/trade_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_DIGITS 4

void gate__measured(struct gate__row *row, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(row->check->measured, sizeof row->check->measured, fmt, args);
    va_end(args);
}

void gate__limit(struct gate__row *row, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(row->check->limit, sizeof row->check->limit, fmt, args);
    va_end(args);
}

void gate__fail(struct gate__row *row, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(row->reason, row->reason_cap, fmt, args);
    va_end(args);
    row->check->pass = false;
}

struct gate__text gate__show(struct decimal d)
{
    struct gate__text text;
    decimal_format_short(d, text.s);
    return text;
}

struct gate__text gate__show_number(double v)
{
    char number[NUMBER_TEXT_MAX];
    struct gate__text text;
    number_format_double(v, number);
    snprintf(text.s, sizeof text.s, "%.*s", (int)sizeof text.s - 1, number);
    return text;
}

int gate__ratio(struct decimal part, struct decimal whole, int64_t factor, struct decimal *out)
{
    struct decimal scaled;
    int rc = trade__mul(part, (struct decimal){factor, 0}, DECIMAL_SCALE_MAX, ROUND_UP, &scaled);
    return rc ? rc : trade__div(scaled, whole, SHOWN_DIGITS, ROUND_UP, out);
}

int gate__at_most(struct gate__row *row, struct decimal measured, double limit,
                  struct decimal *shown)
{
    struct decimal bound;
    *shown = measured;
    int rc = 0;
    if (measured.scale > SHOWN_DIGITS)
        rc = decimal_rescale(measured, SHOWN_DIGITS, ROUND_UP, shown);
    if (!rc)
        rc = trade__from_double(limit, 12, ROUND_DOWN, &bound);
    if (rc)
        return rc;
    gate__measured(row, "%s", gate__show(*shown).s);
    gate__limit(row, "<= %s", gate__show_number(limit).s);
    row->check->pass = decimal_cmp(*shown, bound) <= 0;
    return 0;
}
