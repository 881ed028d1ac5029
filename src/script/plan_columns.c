// SPDX-License-Identifier: Apache-2.0
// Columns: who reads which node's values when, and which slot of the scratch memory they lie in.
#include "script/plan_internal.h"

static void use(struct planner *s, int32_t node, size_t step)
{
    s->used[node] = true;
    const struct node *n = &s->g->nodes[node];
    if (n->kind == NODE_OUT && s->p->island_of[node] == GRAPH_NONE) {
        s->used[n->in[0]] = true;
        if (step + 1 > s->last_use[n->in[0]])
            s->last_use[n->in[0]] = (uint32_t)step + 1;
    }
    if (step + 1 > s->last_use[node])
        s->last_use[node] = (uint32_t)step + 1;
}

static void use_island(struct planner *s, const struct island *island, size_t step)
{
    for (size_t k = 0; k < island->node_count; k++) {
        const struct node *n = &s->g->nodes[island->nodes[k]];
        for (uint32_t i = 0; i < n->in_count; i++) {
            if (n->in[i] != GRAPH_NONE && !script__plan_inside(s->p, n->in[i], island))
                use(s, n->in[i], step);
        }
        if (n->guard != GRAPH_NONE && !script__plan_inside(s->p, n->guard, island))
            use(s, n->guard, step);
    }
}

static void use_member(struct planner *s, const struct step *step, size_t at)
{
    const struct graph_member *m = &s->g->members[step->member];
    if (step->kind == STEP_PLOTS) {
        for (size_t i = 0; i < m->plot_count; i++)
            use(s, m->plots[i].node, at);
        return;
    }
    for (size_t i = 0; i < m->effect_count; i++) {
        const struct node *n = &s->g->nodes[m->effects[i]];
        for (uint32_t k = 0; k < n->in_count; k++)
            use(s, n->in[k], at);
        if (n->guard != GRAPH_NONE)
            use(s, n->guard, at);
    }
}

static void find_uses(struct planner *s)
{
    for (size_t at = 0; at < s->p->step_count; at++) {
        const struct step *step = &s->p->steps[at];
        if (step->kind == STEP_ISLAND) {
            use_island(s, step->island, at);
        } else if (step->kind >= STEP_EFFECTS) {
            use_member(s, step, at);
        } else {
            const struct node *n = &s->g->nodes[step->node];
            for (uint32_t i = 0; i < n->in_count; i++)
                use(s, n->in[i], at);
            if (n->guard != GRAPH_NONE)
                use(s, n->guard, at);
        }
    }
}

struct slots {
    uint32_t *free;
    size_t free_count;
    uint32_t *owner_until; // by slot: step after which it is free
};

static uint32_t take_slot(struct planner *s, struct slots *f)
{
    return f->free_count ? f->free[--f->free_count] : (uint32_t)s->p->slot_count++;
}

static void give_slot(struct planner *s, struct slots *f, int32_t node, size_t step)
{
    s->p->slot_of[node] = take_slot(s, f);
    // Never read: free at once after its step.
    if (s->last_use[node] < step + 1)
        s->last_use[node] = (uint32_t)step + 1;
}

// Nodes a step writes: its own, the further outputs of a kernel, or an island's.
static void give_outputs(struct planner *s, struct slots *f, const struct step *step, size_t at)
{
    if (step->kind == STEP_ISLAND) {
        for (size_t i = 0; i < step->island->node_count; i++) {
            if (s->used[step->island->nodes[i]])
                give_slot(s, f, step->island->nodes[i], at);
        }
        return;
    }
    give_slot(s, f, step->node, at);
}

static void free_slots(struct planner *s, struct slots *f, int32_t *list, size_t *count,
                       size_t step)
{
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        if (s->last_use[list[i]] <= step + 1)
            f->free[f->free_count++] = s->p->slot_of[list[i]];
        else
            list[kept++] = list[i];
    }
    *count = kept;
}

// Slots of multi-output kernels: the OUT nodes take theirs when the kernel runs.
static int assign_slots(struct planner *s)
{
    struct plan *p = s->p;
    struct arena *a = p->arena;
    struct slots f = {.free = ARENA_ARRAY(a, s->nodes + 1, uint32_t)};
    int32_t *live = ARENA_ARRAY(a, s->nodes + 1, int32_t);
    int32_t *first_out = ARENA_ARRAY(a, s->nodes, int32_t),
            *next_out = ARENA_ARRAY(a, s->nodes, int32_t);
    size_t live_count = 0;
    p->constants = ARENA_ARRAY(a, s->nodes, int32_t);
    if (!f.free || !live || !first_out || !next_out || !p->constants)
        return ERR_NO_MEMORY;
    for (size_t i = s->nodes; i-- > 0;) {
        const struct node *n = &s->g->nodes[i];
        if (n->kind == NODE_OUT && s->used[i]) {
            next_out[i] = first_out[n->in[0]];
            first_out[n->in[0]] = (int32_t)i + 1;
        }
        if ((n->kind == NODE_CONST || n->kind == NODE_COLUMN) && (s->used[i] || i == 0))
            p->slot_of[i] = (uint32_t)p->slot_count++;
        if (n->kind == NODE_CONST && p->slot_of[i] != SLOT_NONE)
            p->constants[p->constant_count++] = (int32_t)i;
    }
    for (size_t at = 0; at < p->step_count; at++) {
        const struct step *step = &p->steps[at];
        if (step->kind < STEP_EFFECTS) {
            give_outputs(s, &f, step, at);
            size_t count = step->kind == STEP_ISLAND ? step->island->node_count : 1;
            for (size_t i = 0; i < count; i++) {
                int32_t node = step->kind == STEP_ISLAND ? step->island->nodes[i] : step->node;
                if (p->slot_of[node] != SLOT_NONE)
                    live[live_count++] = node;
                for (int32_t o = first_out[node]; o && p->island_of[o - 1] == GRAPH_NONE;
                     o = next_out[o - 1]) {
                    give_slot(s, &f, o - 1, at);
                    live[live_count++] = o - 1;
                }
            }
        }
        free_slots(s, &f, live, &live_count, at);
    }
    return 0;
}

int script__plan_columns(struct planner *s)
{
    find_uses(s);
    return assign_slots(s);
}
