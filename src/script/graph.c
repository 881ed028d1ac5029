// SPDX-License-Identifier: Apache-2.0
// Building the graph: nodes, hash-consing, folding of constants and of the plain identities that
// guards and conditions produce.
#include "script/graph.h"

#include "base/map.h"

void *script__grow(struct arena *arena, void **items, size_t *count, size_t *cap, size_t size)
{
    if (*count == *cap) {
        size_t grown_cap = *cap ? *cap * 2 : 8;
        void *grown = arena_array(arena, grown_cap, size);
        if (!grown)
            return NULL;
        if (*count)
            memcpy(grown, *items, *count * size);
        *items = grown;
        *cap = grown_cap;
    }
    return (char *)*items + (*count)++ * size;
}

int script__graph_init(struct graph *g, struct arena *arena, size_t members)
{
    *g = (struct graph){.arena = arena, .max_nodes = GRAPH_NODES_MAX, .member_count = members};
    g->members = ARENA_ARRAY(arena, members, struct graph_member);
    if (!g->members)
        return ERR_NO_MEMORY;
    (void)script__graph_string(g, STR(""));
    (void)script__graph_const(g, NAN);
    return g->no_memory ? ERR_NO_MEMORY : 0;
}

static int32_t new_node(struct graph *g, const struct node *proto)
{
    if (g->count >= g->max_nodes) {
        g->full = true;
        return 0;
    }
    struct node *n = script__grow(g->arena, (void **)&g->nodes, &g->count, &g->cap, sizeof *n);
    if (!n) {
        g->no_memory = true;
        return 0;
    }
    *n = *proto;
    if (proto->in_count) {
        n->in = ARENA_ARRAY(g->arena, proto->in_count, int32_t);
        if (n->in)
            memcpy(n->in, proto->in, proto->in_count * sizeof *n->in);
    }
    if (proto->param_count) {
        double *params = ARENA_ARRAY(g->arena, proto->param_count, double);
        if (params)
            memcpy(params, proto->params, proto->param_count * sizeof *params);
        n->params = params;
    }
    if ((proto->in_count && !n->in) || (proto->param_count && !n->params)) {
        g->count--;
        g->no_memory = true;
        return 0;
    }
    n->uses = 1;
    return (int32_t)(g->count - 1);
}

static uint64_t node_hash(const struct node *n)
{
    struct {
        uint64_t kind, op, kernel;
        int64_t guard;
    } head = {n->kind, n->op, (uint64_t)(uintptr_t)n->kernel, n->guard};
    uint64_t h = hash_bytes(&head, sizeof head, 1);
    if (n->in_count)
        h = hash_bytes(n->in, n->in_count * sizeof *n->in, h);
    if (n->param_count)
        h = hash_bytes(n->params, n->param_count * sizeof *n->params, h);
    return h;
}

static bool node_equal(const struct node *a, const struct node *b)
{
    return a->kind == b->kind && a->op == b->op && a->kernel == b->kernel && a->guard == b->guard &&
           a->in_count == b->in_count && a->param_count == b->param_count &&
           (!a->in_count || !memcmp(a->in, b->in, a->in_count * sizeof *a->in)) &&
           // Bitwise: na equals na, and 0 is not -0.
           (!a->param_count || !memcmp(a->params, b->params, a->param_count * sizeof *a->params));
}

static bool grow_buckets(struct graph *g)
{
    size_t count = g->bucket_count ? g->bucket_count * 2 : 256;
    int32_t *buckets = ARENA_ARRAY(g->arena, count, int32_t);
    if (!buckets) {
        g->no_memory = true;
        return false;
    }
    for (size_t i = 0; i < g->bucket_count; i++) {
        if (!g->buckets[i])
            continue;
        size_t at = node_hash(&g->nodes[g->buckets[i] - 1]) & (count - 1);
        while (buckets[at])
            at = (at + 1) & (count - 1);
        buckets[at] = g->buckets[i];
    }
    g->buckets = buckets;
    g->bucket_count = count;
    return true;
}

// The node equal to proto, made when there is none.
static int32_t shared_node(struct graph *g, const struct node *proto)
{
    if (g->count * 2 >= g->bucket_count && !grow_buckets(g))
        return 0;
    size_t at = node_hash(proto) & (g->bucket_count - 1);
    for (; g->buckets[at]; at = (at + 1) & (g->bucket_count - 1)) {
        struct node *n = &g->nodes[g->buckets[at] - 1];
        if (node_equal(n, proto)) {
            n->uses = (uint16_t)(n->uses + (n->uses < UINT16_MAX));
            return g->buckets[at] - 1;
        }
    }
    size_t before = g->count;
    int32_t made = new_node(g, proto);
    if (g->count > before)
        g->buckets[at] = made + 1;
    return made;
}

int32_t script__graph_column(struct graph *g, enum graph_column column)
{
    return shared_node(g, &(struct node){.kind = NODE_COLUMN,
                                         .op = (uint16_t)column,
                                         .member = GRAPH_NONE,
                                         .guard = GRAPH_NONE});
}

int32_t script__graph_const(struct graph *g, double value)
{
    if (isnan(value))
        value = NAN; // one na only
    return shared_node(g, &(struct node){.kind = NODE_CONST,
                                         .member = GRAPH_NONE,
                                         .guard = GRAPH_NONE,
                                         .params = &value,
                                         .param_count = 1});
}

bool script__graph_is_const(const struct graph *g, int32_t node, double *value)
{
    if (g->nodes[node].kind != NODE_CONST)
        return false;
    *value = g->nodes[node].params[0];
    return true;
}

// Does the node yield 0 or 1 only, so that "and true" leaves it as it is?
static bool is_bool(const struct graph *g, int32_t node)
{
    static const char *const kernels[] = {"ta.crossover", "ta.crossunder", "ta.cross",
                                          "ta.rising",    "ta.falling",    "htf.confirmed"};
    const struct node *n = &g->nodes[node];
    for (size_t i = 0; n->kind == NODE_KERNEL && i < sizeof kernels / sizeof kernels[0]; i++) {
        if (strcmp(n->kernel->name, kernels[i]) == 0)
            return true;
    }
    if (n->kind != NODE_OP)
        return false;
    switch (n->op) {
    case OP_LT:
    case OP_LE:
    case OP_GT:
    case OP_GE:
    case OP_EQ:
    case OP_NE:
    case OP_AND:
    case OP_OR:
    case OP_NOT:
    case OP_BOOL:
    case OP_NA:
        return true;
    default:
        return false;
    }
}

// Identities; GRAPH_NONE when none fits.
static int32_t simplify(struct graph *g, enum op_code op, int32_t a, int32_t b, int32_t c)
{
    double v;
    if (op == OP_SELECT) {
        if (script__graph_is_const(g, a, &v))
            return OP_TRUE(v) ? b : c;
        // "and" and "or" written as a condition.
        if (script__graph_is_const(g, c, &v) && v == 0 && is_bool(g, b))
            return script__graph_op(g, OP_AND, a, b, GRAPH_NONE);
        if (script__graph_is_const(g, b, &v) && v == 1 && is_bool(g, c))
            return script__graph_op(g, OP_OR, a, c, GRAPH_NONE);
        return b == c ? b : GRAPH_NONE;
    }
    if (op == OP_BOOL && is_bool(g, a))
        return a;
    if (op != OP_AND && op != OP_OR)
        return GRAPH_NONE;
    if (a == b)
        return is_bool(g, a) ? a : script__graph_op(g, OP_BOOL, a, GRAPH_NONE, GRAPH_NONE);
    int32_t other = b;
    if (!script__graph_is_const(g, a, &v)) {
        other = a;
        if (!script__graph_is_const(g, b, &v))
            return GRAPH_NONE;
    }
    if (OP_TRUE(v) == (op == OP_OR))
        return script__graph_const(g, op == OP_OR);
    return script__graph_op(g, OP_BOOL, other, GRAPH_NONE, GRAPH_NONE);
}

int32_t script__graph_op(struct graph *g, enum op_code op, int32_t a, int32_t b, int32_t c)
{
    int32_t in[3] = {a, b, c};
    double v[3] = {0, 0, 0};
    unsigned operands = script__ops[op].operands;
    bool all = true;
    for (unsigned i = 0; i < operands && i < 3; i++)
        all = script__graph_is_const(g, in[i], &v[i]) && all;
    if (all)
        return script__graph_const(g, script__op_eval(op, v[0], v[1], v[2]));
    int32_t simple = simplify(g, op, a, b, c);
    if (simple != GRAPH_NONE)
        return simple;
    return shared_node(g, &(struct node){.kind = NODE_OP,
                                         .op = (uint16_t)op,
                                         .member = GRAPH_NONE,
                                         .guard = GRAPH_NONE,
                                         .in = in,
                                         .in_count = operands});
}

int32_t script__graph_kernel(struct graph *g, const struct kernel *k, const double *params,
                             const int32_t *in, int32_t guard)
{
    int32_t inputs[KERNEL_INPUTS_MAX];
    if (k->inputs)
        memcpy(inputs, in, k->inputs * sizeof *in);
    return shared_node(g, &(struct node){.kind = NODE_KERNEL,
                                         .kernel = k,
                                         .member = GRAPH_NONE,
                                         .guard = k->state_bytes ? guard : GRAPH_NONE,
                                         .in = inputs,
                                         .in_count = k->inputs,
                                         .params = params,
                                         .param_count = k->params});
}

int32_t script__graph_out(struct graph *g, int32_t kernel_node, unsigned output)
{
    if (output == 0)
        return kernel_node;
    return shared_node(g, &(struct node){.kind = NODE_OUT,
                                         .op = (uint16_t)output,
                                         .member = GRAPH_NONE,
                                         .guard = GRAPH_NONE,
                                         .in = &kernel_node,
                                         .in_count = 1});
}

int32_t script__graph_hist(struct graph *g, int32_t in, double bars, double before, int32_t guard)
{
    double params[2] = {bars, isnan(before) ? NAN : before};
    struct node proto = {.kind = NODE_HIST,
                         .member = GRAPH_NONE,
                         .guard = guard,
                         .in = &in,
                         .in_count = 1,
                         .params = params,
                         .param_count = 2};
    return in == GRAPH_NONE ? new_node(g, &proto) : shared_node(g, &proto);
}

int32_t script__graph_hist_dyn(struct graph *g, int32_t in, int32_t offset, int32_t now,
                               unsigned longest, int32_t guard)
{
    int32_t inputs[3] = {in, offset, now};
    struct node proto = {.kind = NODE_HIST_DYN,
                         .op = (uint16_t)longest,
                         .member = GRAPH_NONE,
                         .guard = guard,
                         .in = inputs,
                         .in_count = 3};
    return in == GRAPH_NONE ? new_node(g, &proto) : shared_node(g, &proto);
}

void script__graph_set_input(struct graph *g, int32_t node, unsigned input, int32_t value)
{
    if (input < g->nodes[node].in_count)
        g->nodes[node].in[input] = value;
}

int32_t script__graph_add(struct graph *g, enum node_kind kind, unsigned op, const int32_t *in,
                          size_t in_count, int32_t guard, int32_t member)
{
    int32_t *inputs = NULL;
    if (in_count) {
        inputs = ARENA_ARRAY(g->arena, in_count, int32_t);
        if (!inputs) {
            g->no_memory = true;
            return 0;
        }
        memcpy(inputs, in, in_count * sizeof *in);
    }
    return new_node(g, &(struct node){.kind = (uint8_t)kind,
                                      .op = (uint16_t)op,
                                      .member = member,
                                      .guard = guard,
                                      .in = inputs,
                                      .in_count = (uint32_t)in_count});
}

static bool grow_string_buckets(struct graph *g)
{
    size_t count = g->string_bucket_count ? g->string_bucket_count * 2 : 64;
    int32_t *buckets = ARENA_ARRAY(g->arena, count, int32_t);
    if (!buckets) {
        g->no_memory = true;
        return false;
    }
    for (size_t i = 0; i < g->string_count; i++) {
        size_t at = hash_bytes(g->strings[i].data, g->strings[i].len, 7) & (count - 1);
        while (buckets[at])
            at = (at + 1) & (count - 1);
        buckets[at] = (int32_t)i + 1;
    }
    g->string_buckets = buckets;
    g->string_bucket_count = count;
    return true;
}

int script__graph_string(struct graph *g, struct str text)
{
    if (g->string_count * 2 >= g->string_bucket_count && !grow_string_buckets(g))
        return 0;
    size_t at = hash_bytes(text.data, text.len, 7) & (g->string_bucket_count - 1);
    for (; g->string_buckets[at]; at = (at + 1) & (g->string_bucket_count - 1)) {
        if (str_eq(g->strings[g->string_buckets[at] - 1], text))
            return g->string_buckets[at] - 1;
    }
    if (g->string_count >= GRAPH_STRINGS_MAX) {
        g->full = true;
        return 0;
    }
    char *copy = arena_strdup(g->arena, text);
    struct str *slot = copy ? script__grow(g->arena, (void **)&g->strings, &g->string_count,
                                           &g->string_cap, sizeof *slot)
                            : NULL;
    if (!slot) {
        g->no_memory = true;
        return 0;
    }
    *slot = (struct str){copy, text.len};
    g->string_buckets[at] = (int32_t)g->string_count;
    return (int)(g->string_count - 1);
}
