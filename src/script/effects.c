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

static void make_order(struct run *r, const struct effect *e, const double *v, size_t row)
{
    const struct run_member *m = &r->members[e->member];
    if (!m->broker || !m->broker->order)
        return;
    struct script_order o = {.kind = (enum script_order_kind)e->order_kind,
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
    script__send_bars(r, (size_t)e->member, row + 1);
    m->broker->order(m->broker->arg, r->first_bar + (int64_t)row, &o);
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

static bool run_row(struct run *r, const struct plan_member *pm, size_t row)
{
    for (size_t i = 0; i < pm->effect_count; i++) {
        const struct plan_effect *e = &pm->effects[i];
        if (e->guard != SLOT_NONE && !OP_TRUE(r->columns[e->guard][row]))
            continue;
        if (!make_column_effect(r, e, row))
            return false;
    }
    return true;
}

#define SCAN 16

// Bit i: the condition may hold in row i. Bits of the doubles are looked at, not values: -0 and na
// count as set and are sorted out later.
static uint32_t rows_set(const double *column, size_t rows)
{
    uint64_t word[SCAN], any = 0;
    uint32_t set = 0;
    if (rows < SCAN) {
        for (size_t i = 0; i < rows; i++)
            set |= (uint32_t)(column[i] != 0) << i;
        return set;
    }
    memcpy(word, column, sizeof word);
    for (int i = 0; i < SCAN; i++)
        any |= word[i];
    for (int i = 0; any && i < SCAN; i++)
        set |= (uint32_t)(word[i] != 0) << i;
    return set;
}

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

void script__run_effects(struct run *r, size_t member)
{
    const struct plan_member *pm = &r->inst->plan.members[member];
    const struct run_member *m = &r->members[member];
    bool each;
    if (!is_wanted(pm, m, &each))
        return;
    for (size_t row = 0; row < m->alive; row += SCAN) {
        size_t rows = m->alive - row < SCAN ? m->alive - row : SCAN;
        uint32_t set = each ? (UINT32_C(1) << rows) - 1 : 0;
        for (size_t i = 0; i < pm->effect_count && !each; i++)
            set |= rows_set(&r->columns[pm->effects[i].guard][row], rows);
        for (; set; set &= set - 1) {
            if (!run_row(r, pm, row + (size_t)__builtin_ctz(set)))
                return;
        }
    }
}
