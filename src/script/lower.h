// SPDX-License-Identifier: Apache-2.0
// Lowering: walks the syntax tree with bound inputs, checks types, and builds the graph. Functions
// are inlined a call site at a time; inside a loop the same code emits bytecode instead of nodes.
#ifndef SCRIPT_LOWER_H
#define SCRIPT_LOWER_H

#include "base/map.h"
#include "script/ast.h"
#include "script/builtin.h"
#include "script/graph.h"
#include "script/program.h"

#define LOWER_STEPS_MAX 400000 // expressions lowered for one script, functions inlined
#define LOWER_DEPTH_MAX 400
#define LOWER_NODES_MAX 20000
#define LOWER_CODE_MAX  20000
#define LOWER_BUCKETS   256
#define HISTORY_MAX     5000

struct pending { // a value that a later bar reads, known when its variable's scope ends
    int32_t node;
    uint32_t input;
    struct pending *next;
};

struct symbol {
    struct str name;
    uint32_t hash;
    uint32_t chain; // the symbol before in its bucket, + 1
    struct val val;
    struct type type; // declared or inferred; TY_NA: not known yet
    const struct ast *decl;
    uint32_t tuple_index; // of a tuple declaration
    int32_t guard;        // where it was declared
    bool is_global;
    bool is_mutable;
    bool is_param;
    bool in_loop;
    bool keeps_text; // a var of strings made while running
    struct pending *pending;
};

struct journal { // an assignment that a branch may take back
    uint32_t symbol;
    struct val old;
};

struct security { // an evaluation on a higher timeframe
    double timeframe;
    int32_t columns[COLUMN_COUNT]; // GRAPH_NONE: not asked for yet
    int32_t guard;
    struct security_memo {
        const struct ast *decl;
        uint32_t tuple_index;
        struct val val;
        struct security_memo *next;
    } * memo; // global variables computed on this timeframe
};

struct jump_list {
    uint32_t at[64];
    size_t count;
};

struct loop {
    struct jump_list breaks, continues;
    struct loop *outer;
};

struct lower {
    const struct script_program *program;
    struct graph *graph;
    struct arena *arena; // what lowering itself needs
    struct script_diags *diags;
    const struct script_context *context;
    const struct script_value *values;
    size_t value_count;
    int version;
    int32_t member;
    struct info_builder *info; // NULL when binding: only the graph is wanted

    struct symbol *symbols;
    size_t symbol_count, symbol_cap;
    uint32_t buckets[LOWER_BUCKETS]; // newest symbol, + 1
    size_t function_base;            // first symbol a function body sees besides globals
    bool in_function;
    int block_depth; // 0: global scope
    struct journal *journal;
    size_t journal_count, journal_cap;

    int32_t guard; // node; GRAPH_NONE: runs on each bar
    int32_t base_guard;
    struct security *security;
    struct code *code; // being emitted; NULL outside of loops
    struct loop *loop;
    const struct ast *declaring; // gives an input its name
    const struct ast *calls[64]; // functions being inlined
    size_t call_count;
    size_t steps;
    struct map called; // names of own functions that were, while checking
    int depth;
    bool dead; // in a branch that is never taken with these inputs
    bool stopped;
    bool has_declaration, is_strategy;
    int32_t account[ACCOUNT_COUNT]; // NODE_ACCOUNT made so far
    size_t account_count;
    double max_bars_back;
    int32_t alert_index; // alertconditions so far
    struct script_strategy_settings *settings;
};

struct call {
    const struct ast *at;
    size_t count; // arguments, also those left out
    struct val args[BUILTIN_ARGS_MAX];
    bool given[BUILTIN_ARGS_MAX];
    const struct ast *arg_at[BUILTIN_ARGS_MAX];
};

// lower.c
void script__error(struct lower *l, const struct ast *at, const char *fmt, ...) PRINTF_LIKE(3, 4);
void script__warn(struct lower *l, const struct ast *at, const char *fmt, ...) PRINTF_LIKE(3, 4);
// Lowers the whole program into graph member `member`.
int script__lower_program(struct lower *l) MUST_CHECK;

// lower_value.c: values and how operations on them are emitted
struct val script__const(uint8_t type, double number);
struct val script__const_string(struct lower *l, struct str text);
struct val script__node_val(uint8_t type, int32_t node);
struct val script__na(void);
struct val script__bad(void); // stands for a value whose error was reported
int32_t script__as_node(struct lower *l, const struct val *v);
uint16_t script__as_reg(struct lower *l, const struct val *v);
struct val script__op(struct lower *l, enum op_code op, uint8_t type, const struct val *a,
                      const struct val *b, const struct val *c);
struct val script__select(struct lower *l, const struct val *cond, const struct val *a,
                          const struct val *b);
// Runs vm_op once a bar (in a loop: once a pass) where the guard holds.
struct val script__row(struct lower *l, unsigned vm_op, struct type type, const struct val *args,
                       size_t count);
struct str script__text(const struct lower *l, const struct val *v); // of a constant string
const char *script__type_name(struct type t);
bool script__is_number(const struct val *v);
bool script__is_bad(const struct val *v);
// Converts to a type where Pine does so by itself; else reports the error.
struct val script__convert(struct lower *l, struct val v, struct type to, const struct ast *at,
                           const char *what);
struct val script__condition(struct lower *l, struct val v, const struct ast *at);
struct type script__common_type(struct lower *l, const struct val *a, const struct val *b,
                                const struct ast *at);
int32_t script__and_guard(struct lower *l, const struct val *cond, bool negate);
struct val script__column(struct lower *l, enum graph_column column);

// lower_expr.c
struct val script__expr(struct lower *l, const struct ast *n);
struct val script__history(struct lower *l, const struct ast *n);
// token: an operator as in struct token, compound assignments included.
struct val script__binary(struct lower *l, uint16_t token, struct val a, struct val b,
                          const struct ast *at);

// lower_stmt.c
struct val script__block(struct lower *l, const struct ast *block);
struct val script__statement(struct lower *l, const struct ast *n);
struct symbol *script__declare(struct lower *l, struct str name, const struct ast *at);
struct symbol *script__lookup(struct lower *l, struct str name);
// Gives a variable its new value, so that an enclosing branch can take it back.
void script__assign(struct lower *l, struct symbol *s, const struct val *v);
void script__scope_end(struct lower *l, size_t symbol_count);
// A statement's value when it has none.
struct val script__void(void);

// lower_branch.c
struct val script__if(struct lower *l, const struct ast *n);
struct val script__switch(struct lower *l, const struct ast *n);
// Puts the branch structure of any conditional: values of both sides, assignments merged.
typedef struct val (*lower_branch)(struct lower *l, const void *arg);
struct val script__branch(struct lower *l, struct val cond, lower_branch yes, const void *yes_arg,
                          lower_branch no, const void *no_arg, const struct ast *at);

// lower_loop.c
struct val script__loop(struct lower *l, const struct ast *n);
void script__loop_jump(struct lower *l, const struct ast *n);
struct instr *script__emit(struct lower *l, unsigned op, unsigned dst, unsigned a, unsigned b,
                           unsigned c);
uint16_t script__new_reg(struct lower *l);
// Makes the instruction at `at` a jump over all since then unless cond holds.
void script__loop_skip(struct lower *l, size_t at, const struct val *cond);
// A buffer of past values for the loop being emitted; its number.
unsigned script__loop_buffer(struct lower *l, int32_t input, int32_t guard, unsigned longest,
                             int32_t *node);

// lower_call.c
struct val script__call(struct lower *l, const struct ast *n);
// Checks the body of a function that is called nowhere.
void script__check_function(struct lower *l, const struct ast *fn);
// Reports a name that nothing declares, and the nearest one. Silent where a statement that could
// not be read may have declared it.
void script__unknown_name(struct lower *l, const struct ast *n, bool call);
struct val script__variable(struct lower *l, const struct ast *n);
struct val script__call_builtin(struct lower *l, const struct builtin *b, const struct ast *n,
                                const struct val *receiver);

// talib.*, by TA-Lib's names in either case. False: there is no such function.
bool script__talib_call(struct lower *l, const struct ast *n, struct val *out);

// lower.c: the lowerings that rows of the builtin table name
struct val script__low_kernel(struct lower *l, const struct builtin *b, struct call *c);
struct val script__low_op(struct lower *l, const struct builtin *b, struct call *c);
struct val script__low_row(struct lower *l, const struct builtin *b, struct call *c);
// builtins_strategy.c: an order; op is its enum script_order_kind
struct val script__low_order(struct lower *l, const struct builtin *b, struct call *c);

// label.*, line.*, box.*, table.*: arguments are checked, nothing is drawn.
struct val script__drawing_call(struct lower *l, const struct ast *n);

// Effects: orders, alerts, errors.
void script__effect(struct lower *l, enum effect_kind kind, unsigned order_kind, int32_t index,
                    const struct val *args, const bool *given);
// The guard as a condition value (true when there is none).
bool script__never(const struct lower *l); // the place is never reached

// Timeframe of a string such as "60", "D", "4h": an enum timeframe, 1000 + minutes, or -1.
double script__timeframe_code(struct str text);
// The same of an argument (the stream's own for na), -1 after an error; the timeframe of the place;
// a code's length.
double script__timeframe_argument(struct lower *l, const struct val *v, const struct ast *at);
struct val script__chart_timeframe(const struct lower *l);
double script__timeframe_seconds(double code);
// Offset in minutes of a time zone's name, a constant; 0 for NULL and after an error.
struct val script__zone(struct lower *l, const struct val *zone, const struct ast *at);

#endif
