// SPDX-License-Identifier: Apache-2.0
// Planning: finds the live nodes and the strongly connected sets among them (Tarjan 1972), makes
// islands of what cannot run a block at a time, and gives each column a slot that is reused as soon
// as its last reader has run.
#include "script/plan.h"

#include "script/vm.h"

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

static bool in_main(const struct planner *s, const struct node *n)
{
    if (n->member == GRAPH_NONE)
        return false;
    const struct graph_member *m = &s->g->members[n->member];
    bool rows = m->needs_account || m->row_effects;
    switch (n->kind) {
    case NODE_ACCOUNT:
        return true;
    case NODE_ROW:
        return true;
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

static int find_components(struct planner *s)
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

// --- columns ------------------------------------------------------------------------------------

// An output of a kernel inside an island belongs to it.
static bool inside(const struct plan *p, int32_t node, const struct island *island)
{
    return p->island_of[node] != GRAPH_NONE && p->island_of[node] == p->island_of[island->nodes[0]];
}

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
            if (n->in[i] != GRAPH_NONE && !inside(s->p, n->in[i], island))
                use(s, n->in[i], step);
        }
        if (n->guard != GRAPH_NONE && !inside(s->p, n->guard, island))
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

size_t script__plan_state(struct plan *p, size_t bytes)
{
    size_t at = p->state_bytes;
    p->state_bytes += (bytes + 15) / 16 * 16;
    return at;
}

static size_t step_state(const struct node *n)
{
    switch (n->kind) {
    case NODE_KERNEL:
        return n->kernel->state_bytes ? n->kernel->state_bytes(n->params) : 0;
    case NODE_HIST:
        return sizeof(double) * ((size_t)n->params[0] + 1);
    case NODE_HIST_DYN:
        return sizeof(double) * ((size_t)n->op + 2);
    default:
        return 0;
    }
}

static void bind_step(struct planner *s, struct step *step)
{
    const struct plan *p = s->p;
    const struct node *n = &s->g->nodes[step->node];
    for (uint32_t i = 0; i < KERNEL_INPUTS_MAX; i++)
        step->in[i] = p->slot_of[n->in_count ? n->in[i < n->in_count ? i : 0] : 0];
    for (unsigned i = 0; i < KERNEL_OUTPUTS_MAX; i++)
        step->out[i] = SLOT_NONE;
    step->out[0] = p->slot_of[step->node];
    if (n->guard != GRAPH_NONE)
        step->guard = p->slot_of[n->guard];
    step->state = script__plan_state(s->p, step_state(n));
}

static void bind_outs(struct planner *s)
{
    uint32_t *step_of = s->last_use; // no longer needed
    for (size_t i = 0; i < s->p->step_count; i++) {
        if (s->p->steps[i].kind == STEP_KERNEL)
            step_of[s->p->steps[i].node] = (uint32_t)i;
    }
    for (size_t i = 0; i < s->nodes; i++) {
        const struct node *n = &s->g->nodes[i];
        if (n->kind == NODE_OUT && s->p->slot_of[i] != SLOT_NONE &&
            s->p->island_of[i] == GRAPH_NONE)
            s->p->steps[step_of[n->in[0]]].out[n->op] = s->p->slot_of[i];
    }
}

static int bind_member(struct planner *s, size_t m)
{
    const struct graph_member *from = &s->g->members[m];
    struct plan_member *to = &s->p->members[m];
    to->main_island = from->needs_account || from->row_effects;
    to->plots = ARENA_ARRAY(s->p->arena, from->plot_count + 1, uint32_t);
    to->effects = ARENA_ARRAY(s->p->arena, from->effect_count + 1, struct plan_effect);
    if (!to->plots || !to->effects)
        return ERR_NO_MEMORY;
    to->plot_count = from->plot_count;
    for (size_t i = 0; i < from->plot_count; i++)
        to->plots[i] = s->p->slot_of[from->plots[i].node];
    for (size_t i = 0; i < from->effect_count && !to->main_island; i++) {
        const struct node *n = &s->g->nodes[from->effects[i]];
        double never;
        if (n->guard != GRAPH_NONE && script__graph_is_const(s->g, n->guard, &never) && never == 0)
            continue;
        struct plan_effect *e = &to->effects[to->effect_count++];
        e->effect = n->effect;
        e->guard = n->guard == GRAPH_NONE ? SLOT_NONE : s->p->slot_of[n->guard];
        for (unsigned k = 0; k < ARG_COUNT; k++)
            e->at[k] = n->effect->at[k] == GRAPH_NONE ? SLOT_NONE : s->p->slot_of[n->effect->at[k]];
    }
    return 0;
}

// --- warm-up ------------------------------------------------------------------------------------

static int64_t node_warmup(const struct planner *s, const int64_t *w, size_t i,
                           double stream_seconds)
{
    const struct node *n = &s->g->nodes[i];
    int64_t need = 0, own = 0;
    for (uint32_t k = 0; k < n->in_count; k++) {
        // What comes around from the bar before needs no more than the bar itself.
        if (n->in[k] != GRAPH_NONE && (size_t)n->in[k] < i && w[n->in[k]] > need)
            need = w[n->in[k]];
    }
    if (n->kind == NODE_KERNEL && n->kernel->warmup)
        own = n->kernel->warmup(n->params);
    else if (n->kind == NODE_HIST && isnan(n->params[1]))
        own = (int64_t)n->params[0];
    if (own && n->guard != GRAPH_NONE) {
        // Bars of a higher timeframe count as many bars of the stream.
        const struct node *guard = &s->g->nodes[n->guard];
        if (guard->kind == NODE_KERNEL && str_starts(str_from(guard->kernel->name), STR("htf."))) {
            double code = guard->params[0];
            double close = script__tf_close(0, code) - script__tf_open(0, code);
            own = (int64_t)((double)own * close / 1000 / stream_seconds) + 1;
        }
    }
    return need + own < INT64_C(1) << 40 ? need + own : INT64_C(1) << 40;
}

static int find_warmup(struct planner *s, double stream_seconds)
{
    int64_t *w = ARENA_ARRAY(s->p->arena, s->nodes, int64_t);
    if (!w)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < s->nodes; i++) {
        w[i] = node_warmup(s, w, i, stream_seconds);
        bool counts = s->order[i] && s->g->nodes[i].kind != NODE_CONST;
        if (counts && w[i] > s->p->warmup)
            s->p->warmup = w[i];
    }
    return 0;
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
            extra +=
                s->g->nodes[i].kind == NODE_OUT && s->order[i] && inside(s->p, (int32_t)i, island);
        if (!extra)
            continue;
        int32_t *all = ARENA_ARRAY(s->p->arena, island->node_count + extra, int32_t);
        if (!all) {
            s->no_memory = true;
            return;
        }
        size_t count = 0;
        for (size_t i = 0; i < s->nodes; i++) {
            if (inside(s->p, (int32_t)i, island))
                all[count++] = (int32_t)i;
        }
        island->nodes = all;
        island->node_count = count;
    }
}

int script__plan(struct plan *p, struct graph *g, struct arena *arena, double stream_seconds)
{
    *p = (struct plan){.graph = g, .arena = arena};
    struct planner s = {.p = p, .g = g, .nodes = g->count};
    p->slot_of = ARENA_ARRAY(arena, g->count, uint32_t);
    p->island_of = ARENA_ARRAY(arena, g->count, int32_t);
    p->members = ARENA_ARRAY(arena, g->member_count, struct plan_member);
    p->reg_of = ARENA_ARRAY(arena, g->count, uint16_t);
    p->out_of = ARENA_ARRAY(arena, g->count, uint16_t);
    p->buffer_of = ARENA_ARRAY(arena, g->count, uint32_t);
    if (!p->slot_of || !p->island_of || !p->members || !p->reg_of || !p->out_of || !p->buffer_of)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < g->count; i++) {
        p->slot_of[i] = SLOT_NONE;
        p->island_of[i] = GRAPH_NONE;
    }
    int rc = find_components(&s);
    if (rc)
        return rc;
    adopt_outs(&s);
    find_uses(&s);
    rc = s.no_memory ? ERR_NO_MEMORY : assign_slots(&s);
    for (size_t i = 0; !rc && i < p->step_count; i++) {
        if (p->steps[i].kind == STEP_ISLAND)
            rc = script__island_compile(p, p->steps[i].island, s.used);
        else if (p->steps[i].kind < STEP_EFFECTS)
            bind_step(&s, &p->steps[i]);
    }
    if (!rc)
        bind_outs(&s);
    for (size_t m = 0; !rc && m < g->member_count; m++)
        rc = bind_member(&s, m);
    return rc ? rc : find_warmup(&s, stream_seconds);
}
