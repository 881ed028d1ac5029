// SPDX-License-Identifier: Apache-2.0
// Verification of an island's bytecode before it may run: every operand has to lie in its table and
// every jump in the code. The interpreter then needs no checks of its own.
#include "script/plan.h"

#include "script/vm.h"

const struct vm_info script__vm_ops[VM_LAST - VM_FIRST] = {
#define X(name, text, operands) {text, operands},
    VM_TABLE(X)
#undef X
};

static bool operand_ok(const struct island *i, char kind, uint16_t v)
{
    switch (kind) {
    case 'R':
    case 'W':
        return v < i->regs;
    case 'T':
        return v < i->count;
    case 'B':
        return v < i->buffer_count;
    case 'K':
        return v < i->call_count;
    case 'E':
        return v < i->effect_count;
    default:
        return true;
    }
}

static bool instr_ok(const struct island *i, const struct instr *in)
{
    if (in->op < OP_COUNT)
        return in->dst < i->regs && in->a < i->regs && in->b < i->regs && in->c < i->regs;
    if (in->op <= VM_FIRST || in->op >= VM_LAST)
        return false;
    const char *kinds = script__vm_ops[in->op - VM_FIRST - 1].operands;
    const uint16_t operands[5] = {in->dst, in->a, in->b, in->c, in->d};
    for (unsigned k = 0; k < 5; k++) {
        if (!operand_ok(i, kinds[k], operands[k]))
            return false;
    }
    return true;
}

static bool tables_ok(const struct plan *p, const struct island *i)
{
    bool ok = i->regs_state + i->regs * sizeof(double) <= p->state_bytes;
    for (size_t k = 0; k < i->input_count; k++)
        ok = ok && i->inputs[k].slot < p->slot_count && i->inputs[k].reg < i->regs;
    for (size_t k = 0; k < i->output_count; k++)
        ok = ok && i->outputs[k].slot < p->slot_count && i->outputs[k].reg < i->regs;
    for (size_t k = 0; k < i->account_count; k++)
        ok = ok && i->accounts[k].slot < ACCOUNT_COUNT && i->accounts[k].reg < i->regs;
    for (size_t k = 0; k < i->preset_count; k++)
        ok = ok && i->presets[k].reg < i->regs;
    for (size_t k = 0; k < i->call_count; k++) {
        const struct kernel_call *c = &i->calls[k];
        for (unsigned j = 0; j < c->kernel->inputs; j++)
            ok = ok && c->in[j] < i->regs;
        for (unsigned j = 0; j < c->kernel->outputs; j++)
            ok = ok && c->out[j] < i->regs;
        ok = ok && c->state <= p->state_bytes;
    }
    for (size_t k = 0; k < i->buffer_count; k++)
        ok = ok && i->buffers[k].longest >= 1 &&
             i->buffers[k].state + (i->buffers[k].longest + 2) * sizeof(double) <= p->state_bytes;
    for (size_t k = 0; k < i->effect_count; k++) {
        for (unsigned j = 0; j < ARG_COUNT; j++)
            ok = ok && (i->effects[k].at[j] == GRAPH_NONE || (size_t)i->effects[k].at[j] < i->regs);
    }
    return ok;
}

int script__island_verify(const struct plan *p, const struct island *island, struct diag *d)
{
    if (!island->count || island->code[island->count - 1].op != VM_END)
        return diag_set(d, ERR_INTERNAL, "the bytecode of an island has no end");
    if (!tables_ok(p, island))
        return diag_set(d, ERR_INTERNAL, "a table of an island points outside of its state");
    for (size_t k = 0; k < island->count; k++) {
        if (!instr_ok(island, &island->code[k]))
            return diag_set(d, ERR_INTERNAL, "instruction %zu of an island is malformed", k);
    }
    return 0;
}
