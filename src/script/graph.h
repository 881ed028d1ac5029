// SPDX-License-Identifier: Apache-2.0
// The dataflow graph a script is lowered to. Nodes are made in program order, so an index is a
// topological order but for the edges that carry a value to the next bar (HIST, BUFFER). Equal pure
// nodes are made once, also across the programs of a group.
#ifndef SCRIPT_GRAPH_H
#define SCRIPT_GRAPH_H

#include "base/arena.h"
#include "script/kernel.h"
#include "script/ops.h"
#include "script/script.h"
#include "script/value.h"

#define GRAPH_NODES_MAX   200000
#define GRAPH_STRINGS_MAX 20000
#define GRAPH_NONE        (-1)

enum node_kind {
    NODE_COLUMN,   // op: enum graph_column
    NODE_CONST,    // params[0]
    NODE_OP,       // op: enum op_code
    NODE_KERNEL,   // kernel, params; its first output
    NODE_OUT,      // in[0]: a NODE_KERNEL; op: which output
    NODE_HIST,     // in[0]: value; params: bars back, value before the first bar
    NODE_HIST_DYN, // in: value, offset, value at offset 0; op: longest offset
    NODE_BUFFER,   // in[0]: value; op: longest offset; read by the CODE it belongs to
    NODE_ACCOUNT,  // op: enum graph_account
    NODE_ROW,      // op: enum vm_op run once a bar where the guard holds
    NODE_CODE,     // code: a loop
    NODE_CODE_OUT, // in[0]: a NODE_CODE; op: which output
    NODE_EFFECT    // effect: an order, alert or error
};

enum graph_column {
    COLUMN_OPEN,
    COLUMN_HIGH,
    COLUMN_LOW,
    COLUMN_CLOSE,
    COLUMN_VOLUME,
    COLUMN_TIME,
    COLUMN_BAR_INDEX,
    COLUMN_COUNT
};

// Fields of struct script_account by index.
#define ACCOUNT_TABLE(X)                                                                           \
    X(POSITION_SIZE, position_size)                                                                \
    X(POSITION_AVG_PRICE, position_avg_price)                                                      \
    X(EQUITY, equity)                                                                              \
    X(NET_PROFIT, net_profit)                                                                      \
    X(OPEN_PROFIT, open_profit)                                                                    \
    X(GROSS_PROFIT, gross_profit)                                                                  \
    X(GROSS_LOSS, gross_loss)                                                                      \
    X(MAX_DRAWDOWN, max_drawdown)                                                                  \
    X(MAX_RUNUP, max_runup)                                                                        \
    X(OPEN_TRADES, open_trades)                                                                    \
    X(CLOSED_TRADES, closed_trades)                                                                \
    X(WIN_TRADES, win_trades)                                                                      \
    X(LOSS_TRADES, loss_trades)                                                                    \
    X(EVEN_TRADES, even_trades)                                                                    \
    X(MAX_DRAWDOWN_PERCENT, max_drawdown_percent)                                                  \
    X(MAX_RUNUP_PERCENT, max_runup_percent)                                                        \
    X(MAX_HELD, max_held)                                                                          \
    X(MAX_HELD_LONG, max_held_long)                                                                \
    X(MAX_HELD_SHORT, max_held_short)                                                              \
    X(MARGIN_PRICE, margin_price)                                                                  \
    X(CAPITAL_HELD, capital_held)                                                                  \
    X(PERCENT_ALL, percent_all)                                                                    \
    X(PERCENT_WON, percent_won)                                                                    \
    X(PERCENT_LOST, percent_lost)

enum graph_account {
#define X(name, field) ACCOUNT_##name,
    ACCOUNT_TABLE(X)
#undef X
    ACCOUNT_COUNT
};

// Arguments of an effect.
enum effect_arg {
    ARG_ID,
    ARG_FROM_ENTRY,
    ARG_OCA_NAME,
    ARG_COMMENT,
    ARG_COMMENT_PROFIT,
    ARG_COMMENT_LOSS,
    ARG_COMMENT_TRAILING,
    ARG_MESSAGE,
    ARG_STRINGS, // the ones above are strings
    ARG_LONG = ARG_STRINGS,
    ARG_QTY,
    ARG_QTY_PERCENT,
    ARG_LIMIT,
    ARG_STOP,
    ARG_PROFIT,
    ARG_LOSS,
    ARG_TRAIL_PRICE,
    ARG_TRAIL_POINTS,
    ARG_TRAIL_OFFSET,
    ARG_OCA_KIND,
    ARG_IMMEDIATELY,
    ARG_COUNT
};

enum effect_kind {
    EFFECT_ORDER,
    EFFECT_ALERT_CONDITION,
    EFFECT_ALERT,
    EFFECT_ERROR
};

struct effect {
    uint8_t kind;
    uint8_t order_kind; // enum script_order_kind
    bool dynamic;       // has a string that is made while running
    int32_t member;
    int32_t index;            // of an alertcondition
    uint8_t given[ARG_COUNT]; // bool
    double fixed[ARG_COUNT];  // value of an argument without a column; strings: index
    int32_t at[ARG_COUNT];    // node, or register in a loop; GRAPH_NONE: fixed
};

struct instr {
    uint16_t op;
    uint16_t dst, a, b, c, d;
};

struct code_input {
    uint16_t reg;
    int32_t node;
};

// The body of a loop: bytecode over its own registers.
struct code {
    struct instr *items;
    size_t count, cap;
    uint16_t regs;
    struct code_input *inputs;
    size_t input_count, input_cap;
    uint16_t *outs;
    size_t out_count, out_cap;
    int32_t *buffers; // NODE_BUFFER it reads; HIST names one by its place here
    size_t buffer_count, buffer_cap;
    struct effect *effects; // arguments are registers
    size_t effect_count, effect_cap;
    bool forced; // arrays, strings, account: has to run in its member's main island
};

struct node {
    uint8_t kind;
    uint8_t param_count;
    bool dynamic; // yields a string made while running
    bool forced;  // belongs into its member's main island
    uint16_t op;
    uint16_t uses;  // how often it was asked for; more than once: shared
    int32_t member; // of what is not shared between programs; else GRAPH_NONE
    int32_t guard;  // runs only where this node is true; GRAPH_NONE: always
    uint32_t in_count;
    int32_t *in;
    const double *params;
    const struct kernel *kernel;
    struct code *code;
    struct effect *effect;
};

struct graph_plot {
    int32_t node; // GRAPH_NONE: na throughout
};

struct graph_member {
    struct graph_plot *plots;
    size_t plot_count, plot_cap;
    int32_t *effects; // nodes outside of the main island's loops, in program order
    size_t effect_count, effect_cap;
    bool needs_account;
    bool row_effects; // effects are made bar by bar inside the main island
    bool has_orders;
};

struct graph {
    struct arena *arena; // borrowed
    struct node *nodes;
    size_t count, cap;
    size_t max_nodes;
    int32_t *buckets;
    size_t bucket_count;
    struct str *strings; // interned; index 0 is ""
    size_t string_count, string_cap;
    int32_t *string_buckets;
    size_t string_bucket_count;
    size_t array_slots;
    struct graph_member *members;
    size_t member_count;
    bool no_memory; // sticks
    bool full;      // more nodes than max_nodes
};

int script__graph_init(struct graph *g, struct arena *arena, size_t members) MUST_CHECK;
// All makers return the node's index; on a full graph some valid index with g->full set.
int32_t script__graph_column(struct graph *g, enum graph_column column);
int32_t script__graph_const(struct graph *g, double value);
int32_t script__graph_op(struct graph *g, enum op_code op, int32_t a, int32_t b, int32_t c);
int32_t script__graph_kernel(struct graph *g, const struct kernel *k, const double *params,
                             const int32_t *in, int32_t guard);
int32_t script__graph_out(struct graph *g, int32_t kernel_node, unsigned output);
// in GRAPH_NONE: set it later with script__graph_set_input (such a node is never shared).
int32_t script__graph_hist(struct graph *g, int32_t in, double bars, double before, int32_t guard);
int32_t script__graph_hist_dyn(struct graph *g, int32_t in, int32_t offset, int32_t now,
                               unsigned longest, int32_t guard);
void script__graph_set_input(struct graph *g, int32_t node, unsigned input, int32_t value);
// An impure node of kind BUFFER, ACCOUNT, ROW, CODE, CODE_OUT or EFFECT: never shared.
int32_t script__graph_add(struct graph *g, enum node_kind kind, unsigned op, const int32_t *in,
                          size_t in_count, int32_t guard, int32_t member);
bool script__graph_is_const(const struct graph *g, int32_t node, double *value);
int script__graph_string(struct graph *g, struct str text); // its index
// Grows an array in the arena: returns room for one more item, zeroed, or NULL.
void *script__grow(struct arena *arena, void **items, size_t *count, size_t *cap, size_t size);

#endif
