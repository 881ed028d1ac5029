// SPDX-License-Identifier: Apache-2.0
// A running instance: its state, the scratch columns of a run, and what islands call back.
#ifndef SCRIPT_EXEC_H
#define SCRIPT_EXEC_H

#include "script/plan.h"
#include "script/program.h"
#include "script/vm.h"

#define VM_POOL_START   20000000 // instructions an instance may use at once,
#define VM_POOL_PER_BAR 50000    // and per bar fed since its start
#define VM_TEXT_BYTES   65536    // strings made on one bar

struct array {
    double *items; // owned
    size_t count, cap;
};

struct script_workspace {
    double *memory;   // owned: the values of all slots, each as long as a block
    size_t cap;       // doubles
    double **columns; // owned: where each slot's values lie
    size_t column_cap;
    double gather[KERNEL_INPUTS_MAX + KERNEL_OUTPUTS_MAX][PLAN_BLOCK];
    char text[VM_TEXT_BYTES];
    char scratch[STRING_MAX + 1];
};

struct instance_member {
    const struct script_program *program;
    struct script_strategy_settings settings;
    int64_t bars; // fed
    bool dead;
    uint64_t used; // instructions of loops so far
};

struct script_instance {
    struct arena arena; // graph and plan
    struct graph graph;
    struct plan plan;
    struct script_context context;
    struct instance_member *members;
    size_t member_count;
    char *state;                       // one allocation: kernel states, registers, rings
    int32_t column_node[COLUMN_COUNT]; // GRAPH_NONE: not read
    const double **plot_columns;       // as many as the member with most plots has
    struct array *arrays;              // graph.array_slots
    size_t array_total;                // elements of all
    struct kept_text {
        char *data; // owned
        size_t len, cap;
    } * kept; // two a cell: what this bar reads and what the next will
    size_t max_state_bytes;
    int64_t bars;
};

// What one member does during one block.
struct run_member {
    const struct script_broker *broker;
    const struct script_sink *sink;
    struct script_account account;
    size_t sent;  // bars of the block the broker has seen
    size_t alive; // rows before its error; the block's length when there is none
};

#define KEPT_BASE 8589934592.0 // strings kept from bar to bar are numbered from here

// What a block's run needs.
struct run {
    struct script_instance *inst;
    struct script_workspace *ws;
    const struct script_bars *bars; // of this block
    size_t n;
    int64_t first_bar;
    double **columns; // by slot; those of prices are the caller's and only read
    struct run_member *members;
    size_t text_used; // bytes of ws->text
};

// vm.c: runs an island over the block's rows.
void script__vm_run(struct run *r, const struct island *island);
// vm_array.c: an array instruction. False with a message when it fails.
bool script__vm_array(struct run *r, unsigned op, double *dst, const double *args,
                      const char **error, size_t *cost);
// Text of a string value; "" for na.
// The elements of array args[0] of base type args[2], separated by text args[1]; its length.
// *cost: elements looked at.
size_t script__vm_join(const struct run *r, const double *args, char *out, size_t *cost);
struct str script__vm_text(const struct run *r, double handle);
double script__vm_new_text(struct run *r, struct str text, const char **error);

// effects.c
// Lets the broker see the block's bars before `row`.
void script__send_bars(struct run *r, size_t member, size_t row_end);
// Makes the effect of row `row`; values by argument. False: the member died.
bool script__make_effect(struct run *r, const struct effect *e, const double *values, size_t row);
void script__run_effects(struct run *r, size_t member);
// Makes the orders of which nothing changes from bar to bar.
int script__prepare_effects(struct script_instance *inst) MUST_CHECK;
void script__member_error(struct run *r, size_t member, size_t row, const char *message);

// exec.c: one block.
void script__run_block(struct run *r);

#endif
