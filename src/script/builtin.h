// SPDX-License-Identifier: Apache-2.0
// The one table of the language's own names. Checking, lowering, "did you mean" and the reference
// (script_write_docs) all read it.
#ifndef SCRIPT_BUILTIN_H
#define SCRIPT_BUILTIN_H

#include "script/value.h"

#include "base/buf.h"
#include "base/str.h"
#include "script/kernel.h"

#define BUILTIN_ARGS_MAX 40

struct lower;
struct call;
struct builtin;
typedef struct val (*builtin_lower)(struct lower *l, const struct builtin *b, struct call *c);

// params: "name:qT=default,…", NULL for a variable. q is the strongest qualifier allowed: c const,
// i input, p known before the first bar, absent: series. T is F float, I int, B bool, S string,
// C color, N int or float, A array, L drawing, P plot, * any. "?" in place of "=default": may be
// left out. "…" at the end: any number more of the last.
// returns: the same letters, more than one for a tuple; V nothing, n int when all arguments are
// ints, 0 type of the first argument, e its element type.
struct builtin {
    const char *name;
    const char *params;
    const char *returns;
    builtin_lower lower;
    const char *kernel;  // of ta.*: what runs
    const char *columns; // bars the kernel reads besides its arguments: letters of "ohlcvt"
    int32_t op;          // meaning depends on lower
    const char *doc;
};

struct builtin_param {
    struct str name;
    struct str fallback; // "" when none
    char type;
    uint8_t qual;
    bool optional;
    bool repeats;
};

struct builtin_table {
    const struct builtin *items;
    size_t count;
};
// The families, NULL-ended.
extern const struct builtin_table *const script__builtin_tables[];
extern const struct builtin_table script__builtins_ta;
extern const struct builtin_table script__builtins_math;
extern const struct builtin_table script__builtins_text;
extern const struct builtin_table script__builtins_array;
extern const struct builtin_table script__builtins_bar;
extern const struct builtin_table script__builtins_time;
extern const struct builtin_table script__builtins_security;
extern const struct builtin_table script__builtins_input;
extern const struct builtin_table script__builtins_plot;
extern const struct builtin_table script__builtins_strategy;
extern const struct builtin_table script__builtins_trades;

// A hash over the tables, made once a program in its arena.
struct arena;
struct builtin_index {
    const struct builtin **slots;
    size_t count; // a power of two
};
int script__builtin_index_init(struct builtin_index *index, struct arena *arena) MUST_CHECK;
// The row of a function (call) or of a variable; NULL when there is none.
const struct builtin *script__builtin_find(const struct builtin_index *index, struct str name,
                                           bool call);
// Reads the next parameter off *rest; false at the end.
bool script__builtin_param(struct str *rest, struct builtin_param *out);
// The name in this version's spelling of a name of version 4 ("sma" is "ta.sma"); false: none.
bool script__builtin_rename(const struct builtin_index *index, struct str old, bool call, char *out,
                            size_t cap);
// The row that version 4 has in place of another of that name, NULL when there is none.
const struct builtin *script__builtin_v4(struct str name);
// A name that version 4 gives an argument: its name now, or "" and its place.
bool script__argument_v4(struct str name, struct str *now, size_t *place);
// Named constants such as plot.style_line; *ordinal is its place in its family.
bool script__constant_find(struct str name, struct type *type, double *number, struct str *text);
// Calls each for every named constant.
void script__constants_each(void (*each)(void *arg, struct str name), void *arg);
// The nearest known name, "" when none is near.
void script__builtin_nearest(struct str name, char *out, size_t cap);
// What to say of a name that Pine has and this language has not; NULL: nothing known.
const char *script__builtin_unsupported(struct str name);

// For script_write_docs: one row of a table, and the section about TA-Lib.
int script__write_row(const struct builtin *b, struct buf *out) MUST_CHECK;
int script__talib_docs(struct buf *out) MUST_CHECK;

#endif
