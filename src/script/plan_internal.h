// SPDX-License-Identifier: Apache-2.0
// What the halves of planning share: the planner's tables.
#ifndef SCRIPT_PLAN_INTERNAL_H
#define SCRIPT_PLAN_INTERNAL_H

#include "script/plan.h"

struct planner {
    struct plan *p;
    struct graph *g;
    size_t nodes; // and one hub a member behind them
    int32_t *low, *order, *component;
    bool *on_stack, *used, *live;
    int32_t *stack;
    size_t stack_count;
    int32_t next_order, components;
    struct frame {
        int32_t node;
        uint32_t edge;
    } * frames;
    int32_t **forced; // by member
    size_t *forced_count, *forced_cap;
    // By node, + 1: a loop's buffers lead to it, it to its first output and that to the next, so
    // that all of them are one component.
    int32_t *glue;
    uint32_t *last_use; // by node: step
    bool no_memory;
};

// plan_components.c: steps in the order they run, islands among them.
int script__plan_components(struct planner *s) MUST_CHECK;
// Does the node run in the island?
bool script__plan_inside(const struct plan *p, int32_t node, const struct island *island);
// plan_turns.c: moves serial kernels behind one another where their inputs allow it.
void script__plan_turns(struct planner *s);
// plan_columns.c: a slot for each column, reused after its last reader.
int script__plan_columns(struct planner *s) MUST_CHECK;

#endif
