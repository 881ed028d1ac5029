// SPDX-License-Identifier: Apache-2.0
// Orders and alerts: made inside an island bar by bar, or found in the condition columns of a
// block, where bars without an order cost no call.
#include "script/exec.h"

void script__send_bars(struct run *r, size_t member, size_t row_end)
{
    struct run_member *m = &r->members[member];
    const struct script_broker *b = m->broker;
    size_t from = m->sent;
    if (!b || from >= row_end)
        return;
    m->sent = row_end;
    const struct script_bars *bars = r->bars;
    if (b->bars && row_end - from > 1) {
        struct script_bars part = {bars->open_time + from, bars->open + from,  bars->high + from,
                                   bars->low + from,       bars->close + from, bars->volume + from};
        b->bars(b->arg, r->first_bar + (int64_t)from, row_end - from, &part, &m->account);
        return;
    }
    for (size_t i = from; i < row_end && b->bar; i++)
        b->bar(b->arg, r->first_bar + (int64_t)i, bars->open_time[i], bars->open[i], bars->high[i],
               bars->low[i], bars->close[i], &m->account);
}

void script__member_error(struct run *r, size_t member, size_t row, const char *message)
{
    struct run_member *m = &r->members[member];
    if (row < m->alive)
        m->alive = row;
    if (!r->inst->members[member].dead && m->sink && m->sink->error)
        m->sink->error(m->sink->arg, r->first_bar + (int64_t)row, message);
    r->inst->members[member].dead = true;
}

static const char *text(const struct run *r, double handle)
{
    return handle == 0 ? "" : script__vm_text(r, handle).data;
}

static struct script_order order_of(const struct run *r, const struct effect *e, const double *v)
{
    return (struct script_order){.kind = (enum script_order_kind)e->order_kind,
                                 .is_long = v[ARG_LONG] > 0,
                                 .id = text(r, v[ARG_ID]),
                                 .from_entry = text(r, v[ARG_FROM_ENTRY]),
                                 .oca_name = text(r, v[ARG_OCA_NAME]),
                                 .oca_kind = v[ARG_OCA_KIND] > 0 ? (int)v[ARG_OCA_KIND] : 0,
                                 .comment = text(r, v[ARG_COMMENT]),
                                 .comment_profit = text(r, v[ARG_COMMENT_PROFIT]),
                                 .comment_loss = text(r, v[ARG_COMMENT_LOSS]),
                                 .comment_trailing = text(r, v[ARG_COMMENT_TRAILING]),
                                 .alert_message = text(r, v[ARG_MESSAGE]),
                                 .qty = v[ARG_QTY],
                                 .qty_percent = v[ARG_QTY_PERCENT],
                                 .limit = v[ARG_LIMIT],
                                 .stop = v[ARG_STOP],
                                 .profit = v[ARG_PROFIT],
                                 .loss = v[ARG_LOSS],
                                 .trail_price = v[ARG_TRAIL_PRICE],
                                 .trail_points = v[ARG_TRAIL_POINTS],
                                 .trail_offset = v[ARG_TRAIL_OFFSET],
                                 .immediately = OP_TRUE(v[ARG_IMMEDIATELY])};
}

static void send_order(struct run *r, size_t member, const struct script_order *o, size_t row)
{
    const struct script_broker *b = r->members[member].broker;
    if (!b || !b->order)
        return;
    script__send_bars(r, member, row + 1);
    b->order(b->arg, r->first_bar + (int64_t)row, o);
}

static void make_order(struct run *r, const struct effect *e, const double *v, size_t row)
{
    struct script_order o = order_of(r, e, v);
    send_order(r, (size_t)e->member, &o, row);
}

bool script__make_effect(struct run *r, const struct effect *e, const double *values, size_t row)
{
    const struct run_member *m = &r->members[e->member];
    switch (e->kind) {
    case EFFECT_ORDER:
        make_order(r, e, values, row);
        return true;
    case EFFECT_ERROR:
        script__member_error(r, (size_t)e->member, row, text(r, values[ARG_MESSAGE]));
        return false;
    default:
        if (m->sink && m->sink->alert)
            m->sink->alert(m->sink->arg, r->first_bar + (int64_t)row, e->index,
                           text(r, values[ARG_MESSAGE]));
        return true;
    }
}

static bool wanted(const struct run_member *m, const struct effect *e)
{
    if (e->kind == EFFECT_ORDER)
        return m->broker && m->broker->order;
    return e->kind == EFFECT_ERROR || (m->sink && m->sink->alert);
}

static bool make_column_effect(struct run *r, const struct plan_effect *pe, size_t row)
{
    double values[ARG_COUNT];
    for (unsigned i = 0; i < ARG_COUNT; i++)
        values[i] = pe->at[i] == SLOT_NONE ? pe->effect->fixed[i] : r->columns[pe->at[i]][row];
    return script__make_effect(r, pe->effect, values, row);
}

static bool is_fixed(const struct plan_effect *pe)
{
    if (pe->effect->kind != EFFECT_ORDER || pe->effect->dynamic)
        return false;
    for (unsigned i = 0; i < ARG_COUNT; i++) {
        if (pe->at[i] != SLOT_NONE)
            return false;
    }
    return true;
}

int script__prepare_effects(struct script_instance *inst)
{
    const struct run r = {.inst = inst};
    for (size_t m = 0; m < inst->member_count; m++) {
        struct plan_member *pm = &inst->plan.members[m];
        for (size_t i = 0; i < pm->effect_count; i++) {
            struct plan_effect *pe = &pm->effects[i];
            if (!is_fixed(pe))
                continue;
            struct script_order *o = ARENA_NEW(&inst->arena, struct script_order);
            if (!o)
                return ERR_NO_MEMORY;
            *o = order_of(&r, pe->effect, pe->effect->fixed);
            pe->order = o;
        }
    }
    return 0;
}

static bool run_row(struct run *r, const struct plan_member *pm, size_t row)
{
    for (size_t i = 0; i < pm->effect_count; i++) {
        const struct plan_effect *e = &pm->effects[i];
        if (e->guard != SLOT_NONE && !OP_TRUE(r->columns[e->guard][row]))
            continue;
        if (e->order)
            send_order(r, (size_t)e->effect->member, e->order, row);
        else if (!make_column_effect(r, e, row))
            return false;
    }
    return true;
}

#define SCAN 8

typedef uint64_t bits __attribute__((vector_size(16)));

// Which of SCAN rows hold a condition of any effect? Bits of the doubles are looked at, not values:
// -0 and na count as set and are sorted out later. False: none does.
static bool rows_set(const double *const *guards, size_t count, size_t row, uint64_t set[SCAN])
{
    bits a = {0}, b = {0}, c = {0}, d = {0}, v[SCAN / 2];
    for (size_t i = 0; i < count; i++) {
        memcpy(v, guards[i] + row, sizeof v);
        a |= v[0];
        b |= v[1];
        c |= v[2];
        d |= v[3];
    }
    bits all = (a | b) | (c | d);
    if ((all[0] | all[1]) == 0)
        return false;
    v[0] = a;
    v[1] = b;
    v[2] = c;
    v[3] = d;
    memcpy(set, v, sizeof v);
    return true;
}

#define GUARDS_MAX 16 // scanned together; with more each row is looked at

// Does anything have to be looked at on each bar, or at all?
static bool is_wanted(const struct plan_member *pm, const struct run_member *m, bool *each)
{
    bool any = false;
    *each = false;
    for (size_t i = 0; i < pm->effect_count; i++) {
        any = any || wanted(m, pm->effects[i].effect);
        *each = *each || pm->effects[i].guard == SLOT_NONE;
    }
    return any;
}

// Lists the rows of the block on which a condition may hold; every row when one effect has none.
static size_t find_rows(const struct run *r, const struct plan_member *pm, bool each,
                        uint16_t rows[PLAN_BLOCK])
{
    const double *guards[GUARDS_MAX];
    size_t alive = r->members[pm->effects[0].effect->member].alive;
    size_t row = 0, found = 0, count = pm->effect_count;
    each = each || count > GUARDS_MAX;
    for (size_t i = 0; i < count && !each; i++)
        guards[i] = r->columns[pm->effects[i].guard];
    for (; row + SCAN <= alive && !each; row += SCAN) {
        uint64_t set[SCAN];
        if (!rows_set(guards, count, row, set))
            continue;
        for (size_t k = 0; k < SCAN; k++) {
            rows[found] = (uint16_t)(row + k);
            found += set[k] != 0;
        }
    }
    for (; row < alive; row++)
        rows[found++] = (uint16_t)row;
    return found;
}

// What the broker looks at after an order of this row: it jumps from order to order, and no
// prefetcher can know where to.
static void fetch_ahead(const struct script_bars *bars, size_t row)
{
    __builtin_prefetch(bars->open_time + row);
    __builtin_prefetch(bars->open + row);
    __builtin_prefetch(bars->high + row);
    __builtin_prefetch(bars->low + row);
    __builtin_prefetch(bars->close + row);
}

#define ORDERS_AHEAD 2

void script__run_effects(struct run *r, size_t member)
{
    const struct plan_member *pm = &r->inst->plan.members[member];
    uint16_t rows[PLAN_BLOCK];
    bool each;
    if (!is_wanted(pm, &r->members[member], &each))
        return;
    size_t count = find_rows(r, pm, each, rows);
    for (size_t i = 0; i < count; i++) {
        if (i + ORDERS_AHEAD < count)
            fetch_ahead(r->bars, rows[i + ORDERS_AHEAD]);
        if (!run_row(r, pm, rows[i]))
            return;
    }
}
