// SPDX-License-Identifier: Apache-2.0
// The bytecode of islands and loops: one table of instructions. The numbers below OP_COUNT are the
// elementwise operations. All operands are registers but where the table says otherwise.
#ifndef SCRIPT_VM_H
#define SCRIPT_VM_H

#include "script/graph.h"

// How an operand is read: R register, W register written, T jump target, B buffer, K kernel call,
// E effect, - unused. Order: dst, a, b, c, d.
#define VM_TABLE(X)                                                                                \
    X(MOV, "mov", "WR---")                                                                         \
    X(JUMP, "jump", "T----")                                                                       \
    X(JUMP_UNLESS, "jump_unless", "TR---")                                                         \
    X(JUMP_FOR_END, "jump_for_end", "TRRR-") /* counter, last, step */                             \
    X(KERNEL, "kernel", "K----")                                                                   \
    X(HIST, "hist", "WBRR-") /* buffer, offset, value now */                                       \
    X(PUSH, "push", "BR---")                                                                       \
    X(EFFECT, "effect", "E----")                                                                   \
    X(TRADE, "trade", "WRRR-") /* index, closed, field */                                          \
    X(TRADE_TEXT, "trade_text", "WRRR-")                                                           \
    X(ENTRY_QTY, "entry_qty", "WR---") /* price */                                                 \
    X(ARRAY_NEW, "array.new", "WRRR-") /* slot, size, initial value */                             \
    X(ARRAY_PUSH, "array.push", "WRR--")                                                           \
    X(ARRAY_UNSHIFT, "array.unshift", "WRR--")                                                     \
    X(ARRAY_INSERT, "array.insert", "WRRR-")                                                       \
    X(ARRAY_POP, "array.pop", "WR---")                                                             \
    X(ARRAY_SHIFT, "array.shift", "WR---")                                                         \
    X(ARRAY_REMOVE, "array.remove", "WRR--")                                                       \
    X(ARRAY_GET, "array.get", "WRR--")                                                             \
    X(ARRAY_SET, "array.set", "WRRR-")                                                             \
    X(ARRAY_SIZE, "array.size", "WR---")                                                           \
    X(ARRAY_CLEAR, "array.clear", "WR---")                                                         \
    X(ARRAY_FILL, "array.fill", "WRRRR")                                                           \
    X(ARRAY_COPY, "array.copy", "WRR--")   /* slot, array */                                       \
    X(ARRAY_SLICE, "array.slice", "WRRRR") /* slot, array, from, to */                             \
    X(ARRAY_CONCAT, "array.concat", "WRR--")                                                       \
    X(ARRAY_REVERSE, "array.reverse", "WR---")                                                     \
    X(ARRAY_SORT, "array.sort", "WRR--")                                                           \
    X(ARRAY_MAP, "array.map", "WRRRR")       /* slot, array, enum array_map, argument */           \
    X(ARRAY_REDUCE, "array.reduce", "WRRRR") /* enum array_reduce, array, two arguments */         \
    X(STRING_CONCAT, "str.concat", "WRR--")                                                        \
    X(STRING_NUMBER, "str.tostring", "WRR--")                                                      \
    X(STRING_BOOL, "str.bool", "WR---")                                                            \
    X(STRING_EQ, "str.eq", "WRR--")                                                                \
    X(STRING_LENGTH, "str.length", "WR---")                                                        \
    X(STRING_CASE, "str.case", "WRR--")                                                            \
    X(STRING_TRIM, "str.trim", "WR---")                                                            \
    X(STRING_FIND, "str.find", "WRRR-") /* text, part, enum string_find */                         \
    X(STRING_REPLACE, "str.replace", "WRRRR")                                                      \
    X(STRING_SUB, "str.substring", "WRRR-")                                                        \
    X(STRING_REPEAT, "str.repeat", "WRRR-")                                                        \
    X(STRING_PARSE, "str.tonumber", "WR---")                                                       \
    X(STRING_TIME, "str.format_time", "WRRR-")                                                     \
    X(ARRAY_JOIN, "array.join", "WRRR-") /* array, separator, base type */                         \
    X(STRING_KEEP, "str.keep", "WRR--")  /* text, cell: for the next bar */                        \
    X(END, "end", "-----")

enum vm_op {
    VM_FIRST = 256, // no instruction itself
#define X(name, text, operands) VM_##name,
    VM_TABLE(X)
#undef X
    VM_LAST
};

enum array_reduce {
    REDUCE_SUM,
    REDUCE_AVG,
    REDUCE_MIN,
    REDUCE_MAX,
    REDUCE_RANGE,
    REDUCE_MEDIAN,
    REDUCE_MODE,
    REDUCE_VARIANCE, // argument: biased?
    REDUCE_STDEV,
    REDUCE_INDEX_OF,
    REDUCE_LAST_INDEX_OF,
    REDUCE_INCLUDES,
    REDUCE_PERCENTILE_LINEAR,
    REDUCE_PERCENTILE_NEAREST,
    REDUCE_PERCENT_RANK,
    REDUCE_FIRST,
    REDUCE_LAST,
    REDUCE_EVERY,
    REDUCE_SOME,
    REDUCE_SEARCH, // argument: value; these three in a sorted array
    REDUCE_SEARCH_LEFT,
    REDUCE_SEARCH_RIGHT,
    REDUCE_COVARIANCE, // arguments: the other array, biased?
    REDUCE_NTH_MIN,    // argument: how many are less
    REDUCE_NTH_MAX,
    REDUCE_COUNT
};

enum array_map {
    MAP_ABS,
    MAP_STANDARDIZE,
    MAP_SORT_INDICES // argument: descending?
};

enum string_find {
    FIND_CONTAINS,
    FIND_STARTS,
    FIND_ENDS,
    FIND_POSITION
};

#define ARRAY_MAX        100000  // elements of one array, as in Pine
#define ARRAY_TOTAL_MAX  1000000 // of all arrays of one instance
#define STRING_MAX       4096    // bytes of one string, as in Pine
#define VM_BAR_BUDGET    2000000 // instructions of one bar
#define VM_REGISTERS_MAX 60000

struct vm_info {
    const char *text;
    const char *operands;
};
extern const struct vm_info script__vm_ops[VM_LAST - VM_FIRST];

#endif
