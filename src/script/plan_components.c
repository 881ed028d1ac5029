// SPDX-License-Identifier: Apache-2.0
// Finds the live nodes and the strongly connected sets among them (Tarjan 1972), makes islands of
// what cannot run a block at a time, and orders the steps so that each stands behind what it needs.
#include "script/plan_internal.h"
#include "script/vm.h"

static bool in_main(const struct planner *s, const struct node *n)
{
    if (n->member == GRAPH_NONE)
        return false;
    const struct graph_member *m = &s->g->members[n->member];
    bool rows = m->needs_account || m->row_effects;
    switch (n->kind) {
    case NODE_ACCOUNT:
    case NODE_ROW:
        return true;
    case NODE_HIST: // keeps strings made while running
        return n->dynamic;
    case NODE_CODE:
        return rows || n->forced;
    case NODE_EFFECT:
        return rows;
    default:
        return false;
    }
}

static bool is_root(const struct planner *s, const struct node *n)
{
    double v;
    if (n->guard != GRAPH_NONE && script__graph_is_const(s->g, n->guard, &v) && !OP_TRUE(v))
        return false;
    if (n->kind == NODE_EFFECT)
        return true;
    if (n->kind == NODE_CODE)
        return n->forced;
    return n->kind == NODE_ROW && n->op >= VM_ARRAY_NEW && n->op < VM_STRING_CONCAT &&
           n->op != VM_ARRAY_GET && n->op != VM_ARRAY_SIZE && n->op != VM_ARRAY_REDUCE;
}

static int32_t edge_of(const struct planner *s, int32_t node, uint32_t edge);

// Marks what the roots of all members need.
static int mark_live(struct planner *s)
{
    size_t count = 0;
    int32_t *stack = s->stack;
    for (size_t i = 0; i < s->nodes; i++) {
        if (is_root(s, &s->g->nodes[i])) {
            s->live[i] = true;
            stack[count++] = (int32_t)i;
        }
    }
    for (size_t m = 0; m < s->g->member_count; m++) {
        for (size_t i = 0; i < s->g->members[m].plot_count; i++) {
            int32_t node = s->g->members[m].plots[i].node;
            if (!s->live[node])
                stack[count++] = node;
            s->live[node] = true;
        }
    }
    while (count) {
        int32_t node = stack[--count];
        for (uint32_t e = 0; e <= s->g->nodes[node].in_count; e++) {
            int32_t to = edge_of(s, node, e);
            if (to != GRAPH_NONE && !s->live[to]) {
                s->live[to] = true;
                stack[count++] = to;
            }
        }
    }
    return 0;
}

// Lists each member's nodes that have to run in its main island.
static int list_forced(struct planner *s)
{
    size_t members = s->g->member_count;
    s->forced = ARENA_ARRAY(s->p->arena, members, int32_t *);
    s->forced_count = ARENA_ARRAY(s->p->arena, members, size_t);
    s->forced_cap = ARENA_ARRAY(s->p->arena, members, size_t);
    if (!s->forced || !s->forced_count || !s->forced_cap)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < s->nodes; i++) {
        const struct node *n = &s->g->nodes[i];
        if (!in_main(s, n) || !s->live[i])
            continue;
        int32_t *slot =
            script__grow(s->p->arena, (void **)&s->forced[n->member], &s->forced_count[n->member],
                         &s->forced_cap[n->member], sizeof *slot);
        if (!slot)
            return ERR_NO_MEMORY;
        *slot = (int32_t)i;
    }
    return 0;
}

// The edge-th node that `node` depends on, GRAPH_NONE behind the last.
static int32_t edge_of(const struct planner *s, int32_t node, uint32_t edge)
{
    if ((size_t)node >= s->nodes) { // a hub: on all its member's forced nodes
        size_t m = (size_t)node - s->nodes;
        return edge < s->forced_count[m] ? s->forced[m][edge] : GRAPH_NONE;
    }
    const struct node *n = &s->g->nodes[node];
    if (edge < n->in_count)
        return n->in[edge] == GRAPH_NONE ? 0 : n->in[edge];
    edge -= n->in_count;
    if (edge == 0)
        return n->guard != GRAPH_NONE ? n->guard : 0;
    // A forced node depends on its hub, so that all of them are one component.
    if (edge == 1)
        return in_main(s, n) ? (int32_t)(s->nodes + (size_t)n->member) : 0;
    if (edge == 2)
        return s->glue[node] ? s->glue[node] - 1 : 0;
    return GRAPH_NONE;
}

static int add_step(struct plan *p, const struct step *step)
{
    struct step *slot =
        script__grow(p->arena, (void **)&p->steps, &p->step_count, &p->step_cap, sizeof *slot);
    if (!slot)
        return ERR_NO_MEMORY;
    *slot = *step;
    return 0;
}

static int cmp_i32(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static bool self_loop(const struct planner *s, int32_t node)
{
    const struct node *n = &s->g->nodes[node];
    for (uint32_t i = 0; i < n->in_count; i++) {
        if (n->in[i] == node)
            return true;
    }
    return n->kind == NODE_CODE || n->kind == NODE_ROW || n->kind == NODE_ACCOUNT ||
           n->kind == NODE_BUFFER || n->kind == NODE_CODE_OUT;
}

static int add_island(struct planner *s, const int32_t *nodes, size_t count)
{
    struct island *island = ARENA_NEW(s->p->arena, struct island);
    if (!island)
        return ERR_NO_MEMORY;
    island->nodes = ARENA_ARRAY(s->p->arena, count, int32_t);
    if (!island->nodes)
        return ERR_NO_MEMORY;
    island->member = GRAPH_NONE;
    for (size_t i = 0; i < count; i++) {
        if ((size_t)nodes[i] >= s->nodes) {
            island->is_main = true;
            island->member = (int32_t)((size_t)nodes[i] - s->nodes);
            continue;
        }
        island->nodes[island->node_count++] = nodes[i];
        const struct node *n = &s->g->nodes[nodes[i]];
        if (n->member != GRAPH_NONE)
            island->member = n->member;
        island->can_fail = island->can_fail || n->kind == NODE_CODE || n->kind == NODE_ROW;
    }
    qsort(island->nodes, island->node_count, sizeof *island->nodes, cmp_i32);
    for (size_t i = 0; i < island->node_count; i++)
        s->p->island_of[island->nodes[i]] = s->components;
    if (!island->node_count)
        return 0;
    return add_step(s->p, &(struct step){.kind = STEP_ISLAND,
                                         .node = island->nodes[0],
                                         .member = island->member,
                                         .guard = SLOT_NONE,
                                         .island = island});
}

static int add_node_step(struct planner *s, int32_t node)
{
    const struct node *n = &s->g->nodes[node];
    static const uint8_t kinds[] = {[NODE_OP] = STEP_OP + 1,
                                    [NODE_KERNEL] = STEP_KERNEL + 1,
                                    [NODE_HIST] = STEP_HIST + 1,
                                    [NODE_HIST_DYN] = STEP_HIST_DYN + 1,
                                    [NODE_EFFECT] = 0};
    if (!kinds[n->kind])
        return 0;
    return add_step(s->p, &(struct step){.kind = (uint8_t)(kinds[n->kind] - 1),
                                         .op = n->op,
                                         .node = node,
                                         .member = GRAPH_NONE,
                                         .guard = SLOT_NONE,
                                         .kernel = n->kernel,
                                         .params = n->params});
}

// A component is complete: everything it needs stands in front of it.
static int close_component(struct planner *s, int32_t root)
{
    size_t from = s->stack_count;
    do
        from--;
    while (s->stack[from] != root);
    size_t count = s->stack_count - from;
    for (size_t i = from; i < s->stack_count; i++) {
        s->component[s->stack[i]] = s->components;
        s->on_stack[s->stack[i]] = false;
    }
    bool island = count > 1 || (size_t)root >= s->nodes || self_loop(s, root);
    int rc = island ? add_island(s, &s->stack[from], count) : add_node_step(s, root);
    s->stack_count = from;
    s->components++;
    return rc;
}

// Tarjan's algorithm from one root, without recursion.
static int visit(struct planner *s, int32_t root)
{
    size_t depth = 0;
    if (s->order[root])
        return 0;
    s->frames[depth++] = (struct frame){root, 0};
    while (depth) {
        struct frame *f = &s->frames[depth - 1];
        if (f->edge == 0) {
            s->order[f->node] = s->low[f->node] = ++s->next_order;
            s->stack[s->stack_count++] = f->node;
            s->on_stack[f->node] = true;
        }
        int32_t to = edge_of(s, f->node, f->edge++);
        if (to != GRAPH_NONE) {
            if (!s->order[to])
                s->frames[depth++] = (struct frame){to, 0};
            else if (s->on_stack[to] && s->order[to] < s->low[f->node])
                s->low[f->node] = s->order[to];
            continue;
        }
        int32_t node = f->node;
        if (s->low[node] == s->order[node]) {
            int rc = close_component(s, node);
            if (rc)
                return rc;
        }
        if (--depth && s->low[node] < s->low[s->frames[depth - 1].node])
            s->low[s->frames[depth - 1].node] = s->low[node];
    }
    return 0;
}

static int visit_member(struct planner *s, size_t m)
{
    const struct graph_member *member = &s->g->members[m];
    bool rows = member->needs_account || member->row_effects || s->forced_count[m] > 0;
    int rc = 0;
    if (rows)
        rc = visit(s, (int32_t)(s->nodes + m));
    for (size_t i = 0; !rc && i < member->effect_count; i++)
        rc = visit(s, member->effects[i]);
    // Everything that may fail runs before the orders are made from columns.
    for (size_t i = 0; !rc && i < member->plot_count; i++)
        rc = visit(s, member->plots[i].node);
    if (!rc && member->effect_count && !(member->needs_account || member->row_effects))
        rc = add_step(s->p, &(struct step){.kind = STEP_EFFECTS, .member = (int32_t)m});
    if (!rc)
        rc = add_step(s->p, &(struct step){.kind = STEP_PLOTS, .member = (int32_t)m});
    return rc;
}

static int find_all(struct planner *s)
{
    size_t n = s->nodes + s->g->member_count;
    struct arena *a = s->p->arena;
    s->low = ARENA_ARRAY(a, n, int32_t);
    s->order = ARENA_ARRAY(a, n, int32_t);
    s->component = ARENA_ARRAY(a, n, int32_t);
    s->on_stack = ARENA_ARRAY(a, n, bool);
    s->stack = ARENA_ARRAY(a, n, int32_t);
    s->frames = ARENA_ARRAY(a, n, struct frame);
    s->glue = ARENA_ARRAY(a, n, int32_t);
    s->used = ARENA_ARRAY(a, n, bool);
    s->live = ARENA_ARRAY(a, n, bool);
    s->last_use = ARENA_ARRAY(a, n, uint32_t);
    if (!s->low || !s->order || !s->component || !s->on_stack || !s->stack || !s->frames ||
        !s->glue || !s->used || !s->live || !s->last_use)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < s->nodes; i++) {
        const struct node *node = &s->g->nodes[i];
        s->component[i] = GRAPH_NONE;
        if (node->kind == NODE_CODE) {
            for (size_t b = 0; b < node->code->buffer_count; b++)
                s->glue[node->code->buffers[b]] = (int32_t)i + 1;
        } else if (node->kind == NODE_CODE_OUT) {
            s->glue[i] = s->glue[node->in[0]];
            s->glue[node->in[0]] = (int32_t)i + 1;
        }
    }
    int rc = mark_live(s);
    if (!rc)
        rc = list_forced(s);
    for (size_t m = 0; !rc && m < s->g->member_count; m++)
        rc = visit_member(s, m);
    return rc;
}

// An output of a kernel inside an island belongs to it.
bool script__plan_inside(const struct plan *p, int32_t node, const struct island *island)
{
    return p->island_of[node] != GRAPH_NONE && p->island_of[node] == p->island_of[island->nodes[0]];
}

// Kernel outputs of an island's kernels move into the island.
static void adopt_outs(struct planner *s)
{
    for (size_t i = 0; i < s->nodes; i++) {
        const struct node *n = &s->g->nodes[i];
        if (n->kind == NODE_OUT && s->order[i])
            s->p->island_of[i] = s->p->island_of[n->in[0]];
    }
    for (size_t at = 0; at < s->p->step_count; at++) {
        struct island *island = s->p->steps[at].island;
        if (!island)
            continue;
        size_t extra = 0;
        for (size_t i = 0; i < s->nodes; i++)
            extra += s->g->nodes[i].kind == NODE_OUT && s->order[i] &&
                     script__plan_inside(s->p, (int32_t)i, island);
        if (!extra)
            continue;
        int32_t *all = ARENA_ARRAY(s->p->arena, island->node_count + extra, int32_t);
        if (!all) {
            s->no_memory = true;
            return;
        }
        size_t count = 0;
        for (size_t i = 0; i < s->nodes; i++) {
            if (script__plan_inside(s->p, (int32_t)i, island))
                all[count++] = (int32_t)i;
        }
        island->nodes = all;
        island->node_count = count;
    }
}

int script__plan_components(struct planner *s)
{
    int rc = find_all(s);
    if (rc)
        return rc;
    adopt_outs(s);
    return s->no_memory ? ERR_NO_MEMORY : 0;
}
