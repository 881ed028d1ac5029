// SPDX-License-Identifier: Apache-2.0
// The execution plan of a graph: which nodes run as block kernels, which form islands, in which
// order, and where their columns and states lie.
#ifndef SCRIPT_PLAN_H
#define SCRIPT_PLAN_H

#include "script/graph.h"

#define PLAN_BLOCK 512 // bars at a time
#define SLOT_NONE  UINT32_MAX

struct kernel_call {
    const struct kernel *kernel;
    const double *params;
    size_t state; // offset
    uint16_t in[KERNEL_INPUTS_MAX];
    uint16_t out[KERNEL_OUTPUTS_MAX];
};

struct island_port {
    uint32_t slot; // column, or field of the account
    uint16_t reg;
};

struct island_buffer { // a ring of past values in the state
    size_t state;
    uint32_t longest;
};

struct island {
    struct instr *code;
    size_t count, cap;
    size_t regs; // in the state, so that what is kept from bar to bar stays in place
    size_t regs_state;
    struct island_port *inputs, *outputs, *accounts;
    size_t input_count, input_cap, output_count, output_cap, account_count, account_cap;
    struct kernel_call *calls;
    size_t call_count, call_cap;
    struct island_buffer *buffers;
    size_t buffer_count, buffer_cap;
    struct effect *effects; // arguments are registers
    size_t effect_count, effect_cap;
    struct reg_value {
        uint16_t reg;
        double value;
    } * presets; // registers set when the instance is made
    size_t preset_count, preset_cap;
    int32_t member; // GRAPH_NONE: shared by the members
    bool is_main;   // issues its member's effects
    bool can_fail;
    int32_t *nodes; // for the graph's text
    size_t node_count;
};

enum step_kind {
    STEP_OP,
    STEP_KERNEL,
    STEP_HIST,
    STEP_HIST_DYN,
    STEP_ISLAND,
    STEP_EFFECTS, // of member `member`, from columns
    STEP_PLOTS
};

struct step {
    uint8_t kind;
    uint16_t op;
    uint16_t turns; // serial kernels from this one on that run in turns; 0: runs alone
    int32_t node;
    int32_t member;
    uint32_t guard; // slot
    uint32_t in[KERNEL_INPUTS_MAX];
    uint32_t out[KERNEL_OUTPUTS_MAX];
    size_t state;
    const struct kernel *kernel;
    const double *params;
    struct island *island;
};

struct plan_effect { // an effect made from columns
    const struct effect *effect;
    uint32_t guard;                   // slot; SLOT_NONE: on each bar
    uint32_t at[ARG_COUNT];           // slot; SLOT_NONE: fixed
    const struct script_order *order; // the same on each bar: made once; else NULL
};

struct plan_member {
    uint32_t *plots; // slots
    size_t plot_count;
    struct plan_effect *effects;
    size_t effect_count;
    bool main_island; // its effects are made there
};

struct plan {
    struct graph *graph;
    struct arena *arena;
    struct step *steps;
    size_t step_count, step_cap;
    uint32_t *slot_of;  // by node; SLOT_NONE: has no column
    int32_t *island_of; // by node; index of its component when that is an island, or GRAPH_NONE
    struct plan_member *members;
    size_t slot_count;
    int32_t *constants; // nodes that hold a constant column
    size_t constant_count;
    size_t state_bytes;
    int64_t warmup;
    size_t kept_cells;         // strings kept from bar to bar
    uint16_t *reg_of, *out_of; // by node, while islands are compiled
    uint32_t *buffer_of;
};

int script__plan(struct plan *p, struct graph *g, struct arena *arena,
                 double stream_seconds) MUST_CHECK;
// island.c: bytecode of a component's nodes. is_used: nodes that need a column.
int script__island_compile(struct plan *p, struct island *island, const bool *is_used) MUST_CHECK;
// Checks that every operand of every instruction lies within its table. ERR_INTERNAL with d.
int script__island_verify(const struct plan *p, const struct island *island,
                          struct diag *d) MUST_CHECK;
size_t script__plan_state(struct plan *p, size_t bytes);

#endif
