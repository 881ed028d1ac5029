// SPDX-License-Identifier: Apache-2.0
// Types, qualifiers and compile-time values of the strategy language.
#ifndef SCRIPT_VALUE_H
#define SCRIPT_VALUE_H

#include <stdbool.h>
#include <stdint.h>

enum ty {
    TY_VOID,
    TY_NA, // the literal na, fits every type
    TY_BOOL,
    TY_INT,
    TY_FLOAT,
    TY_STRING,
    TY_COLOR,
    TY_DRAWING, // label, line, box, table, polyline, linefill: parsed, not drawn
    TY_PLOT,    // what plot() and hline() return, for fill()
    TY_TUPLE
};

struct type {
    uint8_t base; // enum ty; of an array: of its elements
    bool is_array;
};

// When a value is known: at compile time, when inputs are bound, on the first bar, on each bar.
enum qual {
    Q_CONST,
    Q_INPUT,
    Q_SIMPLE,
    Q_SERIES
};

enum val_where {
    VAL_CONST, // num
    VAL_NODE,  // ref: a node of the graph
    VAL_REG,   // ref: a register of the loop being compiled
    VAL_TUPLE  // items
};

struct val {
    struct type type;
    uint8_t qual;
    uint8_t where;
    bool dynamic;   // a string made while running: lives for one bar
    uint16_t count; // of items
    int32_t ref;
    double num;    // strings: index into the graph's strings
    double lo, hi; // what an int can be; infinite when unknown
    struct val *items;
};

#endif
