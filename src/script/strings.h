// SPDX-License-Identifier: Apache-2.0
// String functions of the language over plain slices, used while compiling and while running.
#ifndef SCRIPT_STRINGS_H
#define SCRIPT_STRINGS_H

#include "script/vm.h"

// Text of a number: format "" gives up to 10 decimals, "#.##" and "0.00" patterns as in Java's
// DecimalFormat, "mintick", "percent", "volume". out has room for STRING_MAX + 1. Returns the
// length.
size_t script__format_number(double v, struct str format, double tick_size, char *out);
size_t script__format_bool(double v, char *out);
size_t script__format_time(double time, double zone_minutes, struct str format, char *out);
// A VM_STRING_* instruction with up to three strings and four numbers (an operand is either).
// Results that are strings go to out (STRING_MAX + 1 bytes) and *len; the others are returned.
double script__string_op(unsigned op, const struct str *in, const double *numbers, char *out,
                         size_t *len);

#endif
