// SPDX-License-Identifier: Apache-2.0
// The graph as text: its steps in the order they run, shared nodes, and the insides of islands.
#include "script/exec.h"
#include "script/vm.h"

#include "base/number.h"

static const char *const columns[] = {"open",   "high", "low",      "close",
                                      "volume", "time", "bar_index"};

static const char *const accounts[] = {
#define X(name, field) #field,
    ACCOUNT_TABLE(X)
#undef X
};

static const char *const orders[] = {"entry", "exit",   "close",     "close_all",
                                     "order", "cancel", "cancel_all"};

static int put_number(struct buf *out, double v)
{
    char text[NUMBER_TEXT_MAX];
    size_t n = number_format_double(v, text);
    return buf_add(out, text, n);
}

// A node as an operand: constants and columns by value and name, others by number.
static int put_operand(const struct graph *g, int32_t node, struct buf *out)
{
    const struct node *n = node == GRAPH_NONE ? NULL : &g->nodes[node];
    if (!n)
        return buf_printf(out, "?");
    if (n->kind == NODE_CONST)
        return isnan(n->params[0]) ? buf_printf(out, "na") : put_number(out, n->params[0]);
    if (n->kind == NODE_COLUMN)
        return buf_printf(out, "%s", columns[n->op]);
    return buf_printf(out, "%%%d", node);
}

static const char *node_name(const struct node *n)
{
    switch (n->kind) {
    case NODE_OP:
        return script__ops[n->op].text;
    case NODE_KERNEL:
        return n->kernel->name;
    case NODE_OUT:
        return "output";
    case NODE_HIST:
        return "history";
    case NODE_HIST_DYN:
        return "history[]";
    case NODE_BUFFER:
        return "buffer";
    case NODE_ACCOUNT:
        return accounts[n->op];
    case NODE_ROW:
        return script__vm_ops[n->op - VM_FIRST - 1].text;
    case NODE_CODE:
        return "loop";
    case NODE_CODE_OUT:
        return "loop output";
    case NODE_EFFECT:
        return n->effect->kind != EFFECT_ORDER ? "alert" : orders[n->effect->order_kind];
    default:
        return "value";
    }
}

static int put_node(const struct graph *g, int32_t node, const char *indent, struct buf *out)
{
    const struct node *n = &g->nodes[node];
    int rc = buf_printf(out, "%s%%%d = %s", indent, node, node_name(n));
    for (unsigned i = 0; !rc && i < n->param_count; i++) {
        rc = buf_add_char(out, i ? ' ' : '[');
        if (!rc)
            rc = put_number(out, n->params[i]);
    }
    if (!rc && n->param_count)
        rc = buf_add_char(out, ']');
    if (!rc && (n->kind == NODE_OUT || n->kind == NODE_CODE_OUT))
        rc = buf_printf(out, " %u", n->op);
    rc = rc ? rc : buf_add_char(out, '(');
    for (uint32_t i = 0; !rc && i < n->in_count; i++) {
        rc = i ? buf_printf(out, ", ") : 0;
        rc = rc ? rc : put_operand(g, n->in[i], out);
    }
    rc = rc ? rc : buf_add_char(out, ')');
    if (!rc && n->guard != GRAPH_NONE) {
        rc = buf_printf(out, " where ");
        rc = rc ? rc : put_operand(g, n->guard, out);
    }
    if (!rc && n->uses > 1)
        rc = buf_printf(out, "  # shared, %u uses", n->uses);
    return rc ? rc : buf_add_char(out, '\n');
}

static int put_island(const struct graph *g, const struct island *island, struct buf *out)
{
    int rc = buf_printf(out, "island, bar by bar%s: %zu nodes, %zu instructions, %zu registers\n",
                        island->is_main ? ", main" : "", island->node_count, island->count,
                        island->regs);
    for (size_t i = 0; !rc && i < island->node_count; i++)
        rc = put_node(g, island->nodes[i], "    ", out);
    return rc;
}

static int put_member(const struct script_instance *inst, const struct step *s, struct buf *out)
{
    const struct graph *g = &inst->graph;
    const struct graph_member *m = &g->members[s->member];
    int rc = 0;
    if (s->kind == STEP_EFFECTS) {
        for (size_t i = 0; !rc && i < m->effect_count; i++)
            rc = put_node(g, m->effects[i], "", out);
        return rc;
    }
    for (size_t i = 0; !rc && i < m->plot_count; i++) {
        rc = buf_printf(out, "plot %zu: ", i);
        rc = rc ? rc : put_operand(g, m->plots[i].node, out);
        rc = rc ? rc : buf_add_char(out, '\n');
    }
    return rc;
}

int script_instance_graph(const struct script_instance *inst, struct buf *out)
{
    const struct plan *p = &inst->plan;
    size_t islands = 0;
    for (size_t i = 0; i < p->step_count; i++)
        islands += p->steps[i].kind == STEP_ISLAND;
    int rc = buf_printf(out, "%zu steps, %zu islands, %zu columns, %zu bytes of state\n",
                        p->step_count, islands, p->slot_count, p->state_bytes);
    for (size_t i = 0; !rc && i < p->step_count; i++) {
        const struct step *s = &p->steps[i];
        if (s->kind == STEP_ISLAND)
            rc = put_island(&inst->graph, s->island, out);
        else if (s->kind >= STEP_EFFECTS)
            rc = put_member(inst, s, out);
        else
            rc = put_node(&inst->graph, s->node, "", out);
    }
    return rc;
}
