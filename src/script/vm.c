// SPDX-License-Identifier: Apache-2.0
// The interpreter of verified bytecode: one pass over an island's code for each bar of a block.
#include "script/exec.h"

#include "script/strings.h"
#include "script/vm.h"

// Strings made on a bar are numbered from here by their place in the workspace.
#define TEXT_BASE 4294967296.0

struct machine {
    struct run *r;
    const struct island *island;
    double *regs;
    char *state;
    size_t row;
    int64_t budget; // instructions of this bar
    const char *error;
    bool died; // by an effect
};

struct str script__vm_text(const struct run *r, double handle)
{
    if (!(handle >= 0))
        return STR("");
    if (handle < (double)r->inst->graph.string_count)
        return r->inst->graph.strings[(size_t)handle];
    if (handle >= KEPT_BASE * 2)
        return STR("");
    if (handle >= KEPT_BASE) {
        size_t cell = (size_t)(handle - KEPT_BASE);
        if (cell >= r->inst->plan.kept_cells * 2 || !r->inst->kept[cell].data)
            return STR("");
        return (struct str){r->inst->kept[cell].data, r->inst->kept[cell].len};
    }
    // An instruction's numbers are looked at too; none of them is a string's.
    if (handle < TEXT_BASE)
        return STR("");
    size_t at = (size_t)(handle - TEXT_BASE);
    uint32_t len;
    if (at + sizeof len > r->text_used)
        return STR("");
    memcpy(&len, r->ws->text + at, sizeof len);
    if (len > r->text_used - at - sizeof len)
        return STR("");
    return (struct str){r->ws->text + at + sizeof len, len};
}

double script__vm_new_text(struct run *r, struct str text, const char **error)
{
    uint32_t len = (uint32_t)text.len;
    size_t need = (sizeof len + text.len + 1 + 3) / 4 * 4;
    if (need > VM_TEXT_BYTES - r->text_used) {
        *error = "the strings made on one bar take too much room";
        return NAN;
    }
    size_t at = r->text_used;
    memcpy(r->ws->text + at, &len, sizeof len);
    if (text.len)
        memcpy(r->ws->text + at + sizeof len, text.data, text.len);
    r->ws->text[at + sizeof len + text.len] = '\0';
    r->text_used += need;
    return TEXT_BASE + (double)at;
}

// Ring: number of values taken, place of the newest, the values.
static double history(const struct machine *m, const struct instr *in)
{
    const struct island_buffer *b = &m->island->buffers[in->a];
    const double *ring = (const double *)(const void *)(m->state + b->state);
    double offset = m->regs[in->b];
    if (offset == 0)
        return m->regs[in->c];
    if (!(offset >= 1) || offset > ring[0] || offset > b->longest)
        return NAN;
    size_t newest = (size_t)ring[1], back = (size_t)offset - 1;
    return ring[2 + (newest >= back ? newest - back : newest + b->longest - back)];
}

static void push(const struct machine *m, const struct instr *in)
{
    const struct island_buffer *b = &m->island->buffers[in->dst];
    double *ring = (double *)(void *)(m->state + b->state);
    size_t at = ring[0] > 0 ? (size_t)ring[1] + 1 : 0;
    if (at == b->longest)
        at = 0;
    ring[1] = (double)at;
    ring[2 + at] = m->regs[in->a];
    if (ring[0] < b->longest)
        ring[0]++;
}

static void kernel(const struct machine *m, const struct instr *in)
{
    const struct kernel_call *c = &m->island->calls[in->dst];
    const double *inputs[KERNEL_INPUTS_MAX];
    double *outputs[KERNEL_OUTPUTS_MAX];
    for (unsigned i = 0; i < c->kernel->inputs; i++)
        inputs[i] = &m->regs[c->in[i]];
    for (unsigned i = 0; i < c->kernel->outputs; i++)
        outputs[i] = &m->regs[c->out[i]];
    c->kernel->run(m->state + c->state, c->params, inputs, outputs, 1);
}

static void effect(struct machine *m, const struct instr *in)
{
    const struct effect *e = &m->island->effects[in->dst];
    double values[ARG_COUNT];
    for (unsigned i = 0; i < ARG_COUNT; i++)
        values[i] = e->at[i] == GRAPH_NONE ? e->fixed[i] : m->regs[e->at[i]];
    if (!script__make_effect(m->r, e, values, m->row))
        m->died = true;
}

static void trade(struct machine *m, const struct instr *in)
{
    const struct script_account *a = &m->r->members[m->island->member].account;
    double index = m->regs[in->a];
    int64_t number = index >= 0 && index < 9e15 ? (int64_t)index : -1;
    bool closed = m->regs[in->b] != 0;
    int field = (int)m->regs[in->c];
    m->regs[in->dst] = NAN;
    if (in->op == VM_TRADE) {
        if (a->trade_value && number >= 0)
            m->regs[in->dst] = a->trade_value(a->trades, closed, number, field);
        return;
    }
    const char *text =
        a->trade_text && number >= 0 ? a->trade_text(a->trades, closed, number, field) : NULL;
    if (text)
        m->regs[in->dst] = script__vm_new_text(m->r, str_from(text), &m->error);
}

static void entry_qty(struct machine *m, const struct instr *in)
{
    const struct script_account *a = &m->r->members[m->island->member].account;
    double price = m->regs[in->a];
    bool known = a->default_qty && price > 0;
    m->regs[in->dst] = known ? a->default_qty(a->trades, price) : NAN;
}

// Copies a string made on this bar to where the next bar finds it. The cell's other half may still
// be read on this bar.
static void keep_text(struct machine *m, const struct instr *in)
{
    double handle = m->regs[in->a];
    size_t cell = (size_t)m->regs[in->b] * 2;
    if (isnan(handle) || handle < TEXT_BASE) {
        m->regs[in->dst] = handle;
        return;
    }
    struct str text = script__vm_text(m->r, handle);
    if (m->regs[in->dst] == KEPT_BASE + (double)cell)
        cell++;
    struct kept_text *k = &m->r->inst->kept[cell];
    if (k->data == text.data && k->len == text.len)
        return;
    if (text.len + 1 > k->cap) {
        char *grown = realloc(k->data, text.len + 1);
        if (!grown) {
            m->error = "out of memory for a string";
            return;
        }
        k->data = grown;
        k->cap = text.len + 1;
    }
    if (text.len)
        memcpy(k->data, text.data, text.len);
    k->data[text.len] = '\0';
    k->len = text.len;
    m->regs[in->dst] = KEPT_BASE + (double)cell;
}

static void charge(struct machine *m, size_t instructions)
{
    m->budget -= (int64_t)instructions;
    if (m->budget < 0 && !m->error)
        m->error = "the loops of this bar take too long: let them run over fewer values";
}

static void string(struct machine *m, const struct instr *in)
{
    double args[4] = {m->regs[in->a], m->regs[in->b], m->regs[in->c], m->regs[in->d]};
    char *out = m->r->ws->scratch;
    size_t len = 0;
    double v = NAN;
    bool made = true;
    if (in->op == VM_STRING_NUMBER) {
        len = script__format_number(args[0], script__vm_text(m->r, args[1]),
                                    m->r->inst->context.tick_size, out);
    } else if (in->op == VM_STRING_BOOL) {
        len = script__format_bool(args[0], out);
    } else if (in->op == VM_ARRAY_JOIN) {
        size_t cost;
        len = script__vm_join(m->r, args, out, &cost);
        charge(m, cost);
    } else if (in->op == VM_STRING_TIME) {
        len = script__format_time(args[0], args[2], script__vm_text(m->r, args[1]), out);
    } else {
        struct str texts[3];
        for (int i = 0; i < 3; i++)
            texts[i] = script__vm_text(m->r, args[i]);
        v = script__string_op(in->op, texts, args, out, &len);
        made = in->op == VM_STRING_CONCAT || in->op == VM_STRING_CASE || in->op == VM_STRING_TRIM ||
               in->op == VM_STRING_REPLACE || in->op == VM_STRING_SUB || in->op == VM_STRING_REPEAT;
    }
    m->budget -= (int64_t)(len / 8);
    if (made)
        v = script__vm_new_text(m->r, (struct str){out, len}, &m->error);
    m->regs[in->dst] = v;
}

static void array(struct machine *m, const struct instr *in)
{
    double args[4] = {m->regs[in->a], m->regs[in->b], m->regs[in->c], m->regs[in->d]};
    size_t cost = 0;
    double dst = NAN;
    (void)script__vm_array(m->r, in->op, &dst, args, &m->error, &cost);
    m->regs[in->dst] = dst;
    if (cost)
        charge(m, cost);
}

static bool for_ended(const double *r, const struct instr *in)
{
    double at = r[in->a], last = r[in->b], step = r[in->c];
    return !(step > 0 ? at <= last : step < 0 && at >= last);
}

// What the rarer instructions do, behind one label.
static void rare(struct machine *m, const struct instr *in)
{
    if (in->op == VM_ENTRY_QTY)
        entry_qty(m, in);
    else if (in->op == VM_TRADE || in->op == VM_TRADE_TEXT)
        trade(m, in);
    else if (in->op == VM_STRING_KEEP)
        keep_text(m, in);
    else if (in->op >= VM_STRING_CONCAT)
        string(m, in);
    else
        array(m, in);
}

#define GO(target)                                                                                 \
    do {                                                                                           \
        in = (target);                                                                             \
        goto *labels[in->op];                                                                      \
    } while (0)

// One bar. Each instruction jumps to the next by itself, so that the processor can learn what
// follows what; the verifier has made sure that every number has its label.
static void run_row(struct machine *m)
{
    static const void *const labels[VM_LAST] = {
#define X(name, text, n, expr) [OP_##name] = &&op_##name,
        OP_TABLE(X)
#undef X
            [VM_MOV] = &&mov,
        [VM_JUMP] = &&jump, [VM_JUMP_UNLESS] = &&jump_unless, [VM_JUMP_FOR_END] = &&jump_for_end,
        [VM_KERNEL] = &&call, [VM_HIST] = &&hist, [VM_PUSH] = &&keep, [VM_EFFECT] = &&issue,
        // cppcheck-suppress internalAstError ; it does not know GNU's ranges
        [VM_TRADE... VM_STRING_KEEP] = &&other, [VM_END] = &&end};
    double *const r = m->regs;
    const struct instr *const code = m->island->code;
    const struct instr *in;
    GO(code);
#define X(name, text, n, expr)                                                                     \
    op_##name:                                                                                     \
    {                                                                                              \
        const double a = r[in->a], b = r[in->b], c = r[in->c];                                     \
        (void)a, (void)b, (void)c;                                                                 \
        r[in->dst] = expr;                                                                         \
        GO(in + 1);                                                                                \
    }
    OP_TABLE(X)
#undef X
mov:
    r[in->dst] = r[in->a];
    GO(in + 1);
jump:
    if (code + in->dst <= in)
        charge(m, (size_t)(in - (code + in->dst)) + 1);
    if (m->error)
        return;
    GO(code + in->dst);
jump_unless:
    GO(OP_TRUE(r[in->a]) ? in + 1 : code + in->dst);
jump_for_end:
    GO(for_ended(r, in) ? code + in->dst : in + 1);
call:
    kernel(m, in);
    GO(in + 1);
hist:
    r[in->dst] = history(m, in);
    GO(in + 1);
keep:
    push(m, in);
    GO(in + 1);
issue:
    effect(m, in);
    if (m->died)
        return;
    GO(in + 1);
other:
    rare(m, in);
    if (m->error)
        return;
    GO(in + 1);
end:
    return;
}

static void load_account(struct machine *m)
{
    const struct script_account *a = &m->r->members[m->island->member].account;
    // Where a field lies, and whether it is a count: only what the script reads is fetched.
    static const struct {
        uint16_t at;
        bool whole;
    } fields[ACCOUNT_COUNT] = {
#define X(name, field)                                                                             \
    {offsetof(struct script_account, field), _Generic(a->field, int64_t : true, default : false)},
        ACCOUNT_TABLE(X)
#undef X
    };
    for (size_t i = 0; i < m->island->account_count; i++) {
        const unsigned char *from =
            (const unsigned char *)a + fields[m->island->accounts[i].slot].at;
        int64_t whole;
        double v;
        memcpy(&whole, from, sizeof whole);
        memcpy(&v, from, sizeof v);
        m->regs[m->island->accounts[i].reg] =
            fields[m->island->accounts[i].slot].whole ? (double)whole : v;
    }
}

static bool over_pool(struct machine *m)
{
    struct instance_member *im = &m->r->inst->members[m->island->member];
    if (m->budget == VM_BAR_BUDGET)
        return false;
    im->used += (uint64_t)(VM_BAR_BUDGET - m->budget);
    uint64_t bar = (uint64_t)(m->r->first_bar + (int64_t)m->row);
    return im->used > VM_POOL_START + VM_POOL_PER_BAR * bar;
}

#define PORTS_MAX 48 // columns whose place is looked up once a block

// The columns an island reads and writes.
struct ports {
    double *in[PORTS_MAX], *out[PORTS_MAX];
    size_t in_count, out_count; // the rest is looked up each time
};

static void find_ports(const struct run *r, const struct island *island, struct ports *p)
{
    p->in_count = island->input_count < PORTS_MAX ? island->input_count : PORTS_MAX;
    p->out_count = island->output_count < PORTS_MAX ? island->output_count : PORTS_MAX;
    for (size_t i = 0; i < p->in_count; i++)
        p->in[i] = r->columns[island->inputs[i].slot];
    for (size_t i = 0; i < p->out_count; i++)
        p->out[i] = r->columns[island->outputs[i].slot];
}

static void load_row(const struct machine *m, const struct ports *p)
{
    const struct island *island = m->island;
    for (size_t i = 0; i < p->in_count; i++)
        m->regs[island->inputs[i].reg] = p->in[i][m->row];
    for (size_t i = p->in_count; i < island->input_count; i++)
        m->regs[island->inputs[i].reg] = m->r->columns[island->inputs[i].slot][m->row];
}

static void store_row(const struct machine *m, const struct ports *p)
{
    const struct island *island = m->island;
    for (size_t i = 0; i < p->out_count; i++)
        p->out[i][m->row] = m->regs[island->outputs[i].reg];
    for (size_t i = p->out_count; i < island->output_count; i++)
        m->r->columns[island->outputs[i].slot][m->row] = m->regs[island->outputs[i].reg];
}

// A plain island cannot fail and makes no effects.
static void run_plain(struct machine *m, const struct ports *p, size_t rows)
{
    for (m->row = 0; m->row < rows; m->row++) {
        load_row(m, p);
        run_row(m);
        store_row(m, p);
    }
}

void script__vm_run(struct run *r, const struct island *island)
{
    struct machine m = {.r = r, .island = island, .state = r->inst->state};
    struct ports ports;
    m.regs = (double *)(void *)(m.state + island->regs_state);
    size_t rows = island->member == GRAPH_NONE ? r->n : r->members[island->member].alive;
    find_ports(r, island, &ports);
    if (!island->can_fail && !island->is_main) {
        run_plain(&m, &ports, rows);
        return;
    }
    bool account = island->is_main && r->inst->graph.members[island->member].needs_account;
    for (m.row = 0; m.row < rows; m.row++) {
        if (account) {
            script__send_bars(r, (size_t)island->member, m.row + 1);
            load_account(&m);
        }
        load_row(&m, &ports);
        m.budget = VM_BAR_BUDGET;
        r->text_used = 0;
        run_row(&m);
        store_row(&m, &ports);
        if (!m.error && over_pool(&m))
            m.error =
                "the script's loops take too long over many bars: let them run over fewer values";
        if (m.error)
            script__member_error(r, (size_t)island->member, m.row, m.error);
        if (m.error || m.died)
            return;
    }
}
