// SPDX-License-Identifier: Apache-2.0
// Planning a graph: components, columns, then the binding of each step to its slots and state, and
// the warm-up.
#include "script/plan_internal.h"

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
    int rc = script__plan_components(&s);
    if (!rc) {
        script__plan_turns(&s);
        rc = script__plan_columns(&s);
    }
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
