// SPDX-License-Identifier: Apache-2.0
// Kernels whose values wait for one another leave most of a processor idle. Independent ones that
// stand side by side are run in short turns instead, which changes no value; this brings them side
// by side.
#include "script/plan_internal.h"

#define LOOK_BACK 16 // steps; further away columns would be kept for long
#define TURNS_MAX 8

static bool is_serial(const struct planner *s, const struct step *step)
{
    return step->kind == STEP_KERNEL && step->kernel->serial &&
           s->g->nodes[step->node].guard == GRAPH_NONE;
}

static bool needs(const struct planner *s, const struct step *step, const struct step *earlier)
{
    const struct node *n = &s->g->nodes[step->node];
    for (uint32_t i = 0; i < n->in_count; i++) {
        int32_t in = n->in[i];
        if (in != GRAPH_NONE && s->g->nodes[in].kind == NODE_OUT)
            in = s->g->nodes[in].in[0];
        if (in == earlier->node)
            return true;
    }
    return false;
}

// The place right behind the last serial kernel before step `at` that it may move to; `at` when
// there is none.
static size_t place_of(const struct planner *s, size_t at)
{
    const struct step *steps = s->p->steps;
    for (size_t i = at; i > 0 && at - i < LOOK_BACK; i--) {
        const struct step *before = &steps[i - 1];
        if (is_serial(s, before))
            return i;
        bool effects = before->kind == STEP_EFFECTS || before->kind == STEP_PLOTS;
        if (before->kind == STEP_ISLAND || (!effects && needs(s, &steps[at], before)))
            return at;
    }
    return at;
}

void script__plan_turns(struct planner *s)
{
    struct step *steps = s->p->steps;
    size_t count = s->p->step_count;
    for (size_t at = 0; at < count; at++) {
        if (!is_serial(s, &steps[at]))
            continue;
        size_t place = place_of(s, at);
        struct step moved = steps[at];
        memmove(&steps[place + 1], &steps[place], (at - place) * sizeof *steps);
        steps[place] = moved;
    }
    for (size_t at = 0; at < count;) {
        size_t end = at;
        while (end < count && end - at < TURNS_MAX && is_serial(s, &steps[end]))
            end++;
        if (end - at > 1)
            steps[at].turns = (uint16_t)(end - at);
        at = end > at ? end : at + 1;
    }
}
