// SPDX-License-Identifier: Apache-2.0
// Writes the exchange's JSON: decimals as quoted strings with a given number of digits, everything
// else as given. Errors stick in the writer. Leaner than base/jsonw.h, for answers of a thousand
// candles; symbols are the only texts and need no escaping (see practice_symbol_is_plain()).
#ifndef PRACTICE_WIRE_H
#define PRACTICE_WIRE_H

#include "base/buf.h"
#include "practice/row.h"

struct wire {
    struct buf *out; // borrowed
    int error;
};

void wire_raw(struct wire *w, struct str text);
#define WIRE(w, literal) wire_raw((w), STR(literal))
void wire_text(struct wire *w, struct str text); // "text", no escapes
void wire_i64(struct wire *w, int64_t value);
void wire_bool(struct wire *w, bool value);
// "12.3400": units of 10^-scale, shown with digits after the point. Digits beyond scale are zeros;
// with fewer than scale the rest is cut off.
void wire_decimal(struct wire *w, int64_t units, int32_t scale, int32_t digits);
// d with its own scale, or more digits if at_least asks for them.
void wire_amount(struct wire *w, struct decimal d, int32_t at_least);

#endif
