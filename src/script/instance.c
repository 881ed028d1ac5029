// SPDX-License-Identifier: Apache-2.0
// Instances and groups: binding inputs, lowering into one graph, planning it, and feeding bars.
#include "script/exec.h"
#include "script/lower.h"

#define ARENA_MAX      ((size_t)96 << 20)
#define ARENA_MEMBER   ((size_t)1 << 20) // more for each further member of a group
#define STATE_MAX      ((size_t)64 << 20)
#define SCRATCH_TARGET ((size_t)1 << 17) // doubles of all columns of a block: a second-level cache

static const double stream_seconds_default = 60;

static void init_settings(struct script_strategy_settings *s)
{
    *s = (struct script_strategy_settings){.initial_capital = 1000000, .default_qty_value = 1};
    s->risk = (struct script_risk){.max_drawdown = NAN,
                                   .max_intraday_loss = NAN,
                                   .max_intraday_filled_orders = NAN,
                                   .max_position_size = NAN,
                                   .max_cons_loss_days = NAN};
}

static const char *or_empty(const char *s)
{
    return s ? s : "";
}

static int check_values(const struct script_group_item *item, struct diag *d)
{
    const struct script_info *info = &item->program->info;
    for (size_t i = 0; i < item->value_count; i++) {
        const char *name = item->values[i].name;
        const char *near = NULL;
        unsigned best = 4;
        bool found = false;
        for (size_t k = 0; k < info->input_count && !found; k++) {
            found = str_eq(str_from(name), str_from(info->inputs[k].name)) ||
                    str_eq(str_from(name), str_from(info->inputs[k].title));
            unsigned distance = str_distance(str_from(name), str_from(info->inputs[k].name), 3);
            if (distance < best) {
                best = distance;
                near = info->inputs[k].name;
            }
        }
        if (!found && near)
            return diag_set(d, ERR_NOT_FOUND, "the script has no input \"%s\": did you mean %s?",
                            name, near);
        if (!found)
            return diag_set(d, ERR_NOT_FOUND, "the script has no input \"%s\"", name);
    }
    return 0;
}

// Lowers one member into the graph.
static int bind_member(struct script_instance *inst, size_t m, const struct script_group_item *item,
                       struct diag *d)
{
    struct script_diags *diags = calloc(1, sizeof *diags);
    struct lower *l = calloc(1, sizeof *l);
    struct arena arena;
    arena_init(&arena, ARENA_MAX);
    int rc = diags && l ? check_values(item, d) : ERR_NO_MEMORY;
    if (rc)
        goto out;
    inst->members[m].program = item->program;
    init_settings(&inst->members[m].settings);
    *l = (struct lower){.program = item->program,
                        .graph = &inst->graph,
                        .arena = &arena,
                        .diags = diags,
                        .context = &inst->context,
                        .values = item->values,
                        .value_count = item->value_count,
                        .version = item->program->version,
                        .member = (int32_t)m,
                        .settings = &inst->members[m].settings};
    rc = script__lower_program(l);
    for (size_t i = 0; rc == ERR_SYNTAX && i < diags->count; i++) {
        if (diags->is_warning[i])
            continue;
        if (d)
            *d = diags->items[i];
        break;
    }
out:
    if (rc == ERR_NO_MEMORY)
        (void)diag_set(d, rc, "the script needs too much memory");
    arena_finish(&arena);
    free(l);
    free(diags);
    return rc;
}

static void init_island(const struct script_instance *inst, const struct island *island)
{
    double *regs = (double *)(void *)(inst->state + island->regs_state);
    for (size_t i = 0; i < island->regs; i++)
        regs[i] = NAN;
    for (size_t i = 0; i < island->preset_count; i++)
        regs[island->presets[i].reg] = island->presets[i].value;
    for (size_t i = 0; i < island->call_count; i++) {
        const struct kernel_call *c = &island->calls[i];
        if (c->kernel->init)
            c->kernel->init(inst->state + c->state, c->params);
    }
}

static void init_state(struct script_instance *inst)
{
    for (size_t i = 0; i < inst->plan.step_count; i++) {
        const struct step *s = &inst->plan.steps[i];
        if (s->kind == STEP_ISLAND)
            init_island(inst, s->island);
        else if (s->kind == STEP_KERNEL && s->kernel->init)
            s->kernel->init(inst->state + s->state, s->params);
        else if (s->kind == STEP_HIST) {
            double *ring = (double *)(void *)(inst->state + s->state);
            for (size_t k = 0; k < (size_t)s->params[0]; k++)
                ring[1 + k] = s->params[1];
        }
    }
}

static int allocate(struct script_instance *inst, size_t max_state_bytes, struct diag *d)
{
    size_t max = max_state_bytes ? max_state_bytes : STATE_MAX;
    if (inst->plan.state_bytes > max)
        return diag_set(d, ERR_LIMIT,
                        "the script keeps %zu bytes of state, %zu are allowed: use shorter windows",
                        inst->plan.state_bytes, max);
    size_t plots = 1;
    for (size_t m = 0; m < inst->member_count; m++) {
        if (inst->plan.members[m].plot_count > plots)
            plots = inst->plan.members[m].plot_count;
    }
    inst->state = calloc(1, inst->plan.state_bytes + 16);
    inst->arrays = calloc(inst->graph.array_slots + 1, sizeof *inst->arrays);
    inst->kept = calloc(inst->plan.kept_cells * 2 + 1, sizeof *inst->kept);
    inst->plot_columns = calloc(plots, sizeof *inst->plot_columns);
    if (!inst->state || !inst->arrays || !inst->kept || !inst->plot_columns)
        return diag_set(d, ERR_NO_MEMORY, "out of memory for the script's state");
    for (int c = 0; c < COLUMN_COUNT; c++)
        inst->column_node[c] = GRAPH_NONE;
    for (size_t i = 0; i < inst->graph.count; i++) {
        if (inst->graph.nodes[i].kind == NODE_COLUMN)
            inst->column_node[inst->graph.nodes[i].op] = (int32_t)i;
    }
    init_state(inst);
    return 0;
}

static int copy_context(struct script_instance *inst, const struct script_context *ctx)
{
    const char *texts[] = {ctx->ticker, ctx->base, ctx->quote, ctx->exchange};
    const char **copies[] = {&inst->context.ticker, &inst->context.base, &inst->context.quote,
                             &inst->context.exchange};
    inst->context = *ctx;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        *copies[i] = arena_strdup(&inst->arena, str_from(or_empty(texts[i])));
        if (!*copies[i])
            return ERR_NO_MEMORY;
    }
    return 0;
}

int script_group_create(const struct script_group_item *items, size_t count,
                        const struct script_context *ctx, size_t max_state_bytes,
                        struct script_instance **out, size_t *failed, struct diag *d)
{
    struct script_instance *inst = calloc(1, sizeof *inst);
    *out = NULL;
    if (!inst || count == 0) {
        free(inst);
        return diag_set(d, inst ? ERR_INVALID : ERR_NO_MEMORY, "no script to run");
    }
    arena_init(&inst->arena, ARENA_MAX + ARENA_MEMBER * count);
    inst->member_count = count;
    inst->members = ARENA_ARRAY(&inst->arena, count, struct instance_member);
    int rc = inst->members ? copy_context(inst, ctx) : ERR_NO_MEMORY;
    if (!rc)
        rc = script__graph_init(&inst->graph, &inst->arena, count);
    for (size_t m = 0; !rc && m < count; m++) {
        if (failed)
            *failed = m;
        inst->graph.max_nodes = inst->graph.count + LOWER_NODES_MAX < GRAPH_NODES_MAX
                                    ? inst->graph.count + LOWER_NODES_MAX
                                    : GRAPH_NODES_MAX;
        rc = bind_member(inst, m, &items[m], d);
    }
    if (rc)
        goto out;
    double seconds = (double)timeframe_min_length_ms(inst->context.timeframe) / 1000;
    rc = script__plan(&inst->plan, &inst->graph, &inst->arena,
                      seconds > 0 ? seconds : stream_seconds_default);
    if (rc)
        (void)diag_set(d, rc, "%s",
                       rc == ERR_LIMIT
                           ? "one bar of this script takes too many instructions: make it smaller"
                           : "out of memory while planning the script");
    if (!rc)
        rc = allocate(inst, max_state_bytes, d);
    if (!rc && script__prepare_effects(inst))
        rc = diag_set(d, ERR_NO_MEMORY, "out of memory for the script's orders");
out:
    if (rc) {
        script_instance_destroy(inst);
        return rc;
    }
    *out = inst;
    return 0;
}

int script_instance_create(const struct script_program *p, const struct script_context *ctx,
                           const struct script_value *values, size_t value_count,
                           size_t max_state_bytes, struct script_instance **out, struct diag *d)
{
    struct script_group_item item = {p, values, value_count};
    return script_group_create(&item, 1, ctx, max_state_bytes, out, NULL, d);
}

void script_instance_destroy(struct script_instance *inst)
{
    if (!inst)
        return;
    for (size_t i = 0; inst->arrays && i < inst->graph.array_slots; i++)
        free(inst->arrays[i].items);
    for (size_t i = 0; inst->kept && i < inst->plan.kept_cells * 2; i++)
        free(inst->kept[i].data);
    free(inst->kept);
    free(inst->arrays);
    free(inst->plot_columns);
    free(inst->state);
    arena_finish(&inst->arena);
    free(inst);
}

// --- running ------------------------------------------------------------------------------------

struct script_workspace *script_workspace_create(void)
{
    struct script_workspace *w = malloc(sizeof *w);
    if (w) {
        w->memory = NULL;
        w->columns = NULL;
        w->cap = w->column_cap = 0;
    }
    return w;
}

void script_workspace_destroy(struct script_workspace *w)
{
    if (!w)
        return;
    free(w->memory);
    free(w->columns);
    free(w);
}

static int make_room(struct script_workspace *w, size_t slots, size_t block)
{
    if (slots * block > w->cap) {
        free(w->memory);
        w->cap = 0;
        w->memory = malloc(slots * block * sizeof *w->memory);
        if (!w->memory)
            return ERR_NO_MEMORY;
        w->cap = slots * block;
    }
    if (slots > w->column_cap) {
        double **moved = realloc(w->columns, slots * sizeof *moved);
        if (!moved)
            return ERR_NO_MEMORY;
        w->columns = moved;
        w->column_cap = slots;
    }
    for (size_t i = 0; i < slots; i++)
        w->columns[i] = w->memory + i * block;
    return 0;
}

// Bars at a time: as many as keep all columns in the cache.
static size_t block_length(const struct script_instance *inst, size_t n)
{
    size_t block = PLAN_BLOCK;
    while (block > 64 && block * inst->plan.slot_count > SCRATCH_TARGET)
        block /= 2;
    return n < block ? n : block;
}

static void fill_constants(const struct run *r, size_t block)
{
    const struct graph *g = &r->inst->graph;
    const struct plan *p = &r->inst->plan;
    for (size_t i = 0; i < p->constant_count; i++) {
        int32_t node = p->constants[i];
        double *to = r->columns[p->slot_of[node]];
        for (size_t k = 0; k < block; k++)
            to[k] = g->nodes[node].params[0];
    }
}

static struct script_bars part_of(const struct script_bars *b, size_t from)
{
    return (struct script_bars){b->open_time + from, b->open + from,  b->high + from,
                                b->low + from,       b->close + from, b->volume + from};
}

static bool all_dead(const struct script_instance *g)
{
    for (size_t m = 0; m < g->member_count; m++) {
        if (!g->members[m].dead)
            return false;
    }
    return true;
}

static void run_part(struct run *r, size_t n)
{
    r->n = n;
    r->first_bar = r->inst->bars;
    r->text_used = 0;
    for (size_t m = 0; m < r->inst->member_count; m++) {
        r->members[m].sent = 0;
        r->members[m].alive = r->inst->members[m].dead ? 0 : n;
    }
    script__run_block(r);
    r->inst->bars += (int64_t)n;
}

static int run_all(struct script_instance *g, struct script_workspace *w,
                   struct run_member *members, const struct script_bars *bars, size_t n)
{
    size_t block = block_length(g, n);
    if (n == 0 || all_dead(g))
        return ERR_INVALID;
    if (make_room(w, g->plan.slot_count + 1, block))
        return ERR_NO_MEMORY;
    struct script_bars part;
    struct run r = {.inst = g, .ws = w, .columns = w->columns, .members = members, .bars = &part};
    fill_constants(&r, block);
    for (size_t from = 0; from < n && !all_dead(g); from += block) {
        part = part_of(bars, from);
        run_part(&r, n - from < block ? n - from : block);
    }
    return 0;
}

static void init_member(struct run_member *m, const struct script_instance *g, size_t at,
                        const struct script_broker *broker, const struct script_sink *sink)
{
    double capital = g->members[at].settings.initial_capital;
    *m = (struct run_member){.broker = broker, .sink = sink};
    m->account = (struct script_account){.position_avg_price = NAN,
                                         .margin_price = NAN,
                                         .equity = capital,
                                         .initial_capital = capital};
}

int script_instance_run_with(struct script_instance *i, struct script_workspace *w,
                             const struct script_bars *bars, size_t n,
                             const struct script_broker *broker, const struct script_sink *sink)
{
    struct run_member member;
    if (i->member_count != 1)
        return ERR_INVALID;
    init_member(&member, i, 0, broker, sink);
    return run_all(i, w, &member, bars, n);
}

int script_instance_run(struct script_instance *i, const struct script_bars *bars, size_t n,
                        const struct script_broker *broker, const struct script_sink *sink)
{
    struct script_workspace *w = script_workspace_create();
    if (!w)
        return ERR_NO_MEMORY;
    int rc = script_instance_run_with(i, w, bars, n, broker, sink);
    script_workspace_destroy(w);
    return rc;
}

int script_group_run(struct script_instance *g, struct script_workspace *w,
                     const struct script_bars *bars, size_t n,
                     const struct script_broker *const *brokers,
                     const struct script_sink *const *sinks)
{
    struct run_member *members = calloc(g->member_count, sizeof *members);
    if (!members)
        return ERR_NO_MEMORY;
    for (size_t m = 0; m < g->member_count; m++)
        init_member(&members[m], g, m, brokers ? brokers[m] : NULL, sinks ? sinks[m] : NULL);
    int rc = run_all(g, w, members, bars, n);
    free(members);
    return rc;
}

size_t script_group_members(const struct script_instance *g)
{
    return g->member_count;
}

bool script_group_is_dead(const struct script_instance *g, size_t member)
{
    return g->members[member].dead;
}

const struct script_strategy_settings *script_instance_settings(const struct script_instance *i,
                                                                size_t member)
{
    return &i->members[member].settings;
}

int64_t script_instance_warmup(const struct script_instance *i)
{
    return i->plan.warmup;
}

size_t script_instance_state_bytes(const struct script_instance *i)
{
    return i->plan.state_bytes + i->array_total * sizeof(double);
}

size_t script_instance_bytes(const struct script_instance *i)
{
    return sizeof *i + script_instance_state_bytes(i) + i->arena.used_bytes;
}

int64_t script_instance_bars(const struct script_instance *i)
{
    return i->bars;
}
