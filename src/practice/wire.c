// SPDX-License-Identifier: Apache-2.0
// The JSON writer: digits are produced backwards into a small array, then added in one piece.
#include "practice/wire.h"

#define NUMBER_MAX 48

void wire_raw(struct wire *w, struct str text)
{
    if (w->error == 0)
        w->error = buf_add_str(w->out, text);
}

void wire_text(struct wire *w, struct str text)
{
    WIRE(w, "\"");
    wire_raw(w, text);
    WIRE(w, "\"");
}

void wire_bool(struct wire *w, bool value)
{
    wire_raw(w, value ? STR("true") : STR("false"));
}

void wire_i64(struct wire *w, int64_t value)
{
    char text[NUMBER_MAX];
    char *end = text + sizeof(text), *at = end;
    uint64_t v = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
    do {
        *--at = (char)('0' + v % 10);
        v /= 10;
    } while (v > 0);
    if (value < 0)
        *--at = '-';
    wire_raw(w, (struct str){at, (size_t)(end - at)});
}

void wire_decimal(struct wire *w, int64_t units, int32_t scale, int32_t digits)
{
    char text[NUMBER_MAX];
    char *end = text + sizeof(text), *at = end;
    uint64_t v = units < 0 ? (uint64_t)0 - (uint64_t)units : (uint64_t)units;
    *--at = '"';
    for (int32_t i = digits; i > scale; i--)
        *--at = '0';
    for (; scale > digits; scale--)
        v /= 10;
    for (int32_t i = 0; i < scale; i++) {
        *--at = (char)('0' + v % 10);
        v /= 10;
    }
    if (digits > 0)
        *--at = '.';
    do {
        *--at = (char)('0' + v % 10);
        v /= 10;
    } while (v > 0);
    if (units < 0)
        *--at = '-';
    *--at = '"';
    wire_raw(w, (struct str){at, (size_t)(end - at)});
}

void wire_amount(struct wire *w, struct decimal d, int32_t at_least)
{
    wire_decimal(w, d.units, d.scale, d.scale > at_least ? d.scale : at_least);
}
