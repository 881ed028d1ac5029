// SPDX-License-Identifier: Apache-2.0
// Running one block: the plan's steps in order over scratch columns.
#include "script/exec.h"

static double *column(const struct run *r, uint32_t slot)
{
    return r->columns[slot];
}

static void run_op(struct run *r, const struct step *s)
{
    script__ops[s->op].run(column(r, s->in[0]), column(r, s->in[1]), column(r, s->in[2]),
                           column(r, s->out[0]), r->n);
}

static void run_hist(const struct run *r, const struct step *s, const double *restrict in,
                     double *restrict out, size_t n)
{
    // The place of the oldest value, then the last `bars` values around it.
    double *ring = (double *)(void *)(r->inst->state + s->state);
    size_t bars = (size_t)s->params[0], at = (size_t)ring[0];
    size_t head = n < bars ? n : bars;
    for (size_t i = 0, k = at; i < head; i++) {
        out[i] = ring[1 + k];
        k = k + 1 == bars ? 0 : k + 1;
    }
    if (n > bars)
        memcpy(out + bars, in, (n - bars) * sizeof *out);
    for (size_t i = n - head; i < n; i++) {
        ring[1 + at] = in[i];
        at = at + 1 == bars ? 0 : at + 1;
    }
    ring[0] = (double)at;
}

static void run_hist_dyn(const struct run *r, const struct step *s, const double *const *in,
                         double *out, size_t n)
{
    // Number of values taken, place of the newest, the ring; as in an island.
    double *ring = (double *)(void *)(r->inst->state + s->state);
    size_t longest = s->op;
    for (size_t i = 0; i < n; i++) {
        double offset = in[1][i];
        size_t newest = (size_t)ring[1];
        if (offset == 0) {
            out[i] = in[2][i];
        } else if (!(offset >= 1) || offset > ring[0] || offset > (double)longest) {
            out[i] = NAN;
        } else {
            size_t back = (size_t)offset - 1;
            out[i] = ring[2 + (newest >= back ? newest - back : newest + longest - back)];
        }
        size_t at = ring[0] > 0 ? newest + 1 : 0;
        if (at == longest)
            at = 0;
        ring[1] = (double)at;
        ring[2 + at] = in[0][i];
        if (ring[0] < (double)longest)
            ring[0]++;
    }
}

static void run_columns(struct run *r, const struct step *s, const double *const *in,
                        double *const *out, size_t n)
{
    if (s->kind == STEP_KERNEL)
        s->kernel->run(r->inst->state + s->state, s->params, in, out, n);
    else if (s->kind == STEP_HIST)
        run_hist(r, s, in[0], out[0], n);
    else
        run_hist_dyn(r, s, in, out[0], n);
}

static unsigned input_count(const struct step *s)
{
    return s->kind == STEP_KERNEL ? s->kernel->inputs : s->kind == STEP_HIST ? 1 : 3;
}

// Gathers the rows where the guard holds, runs on those, and scatters the results.
static void run_guarded(struct run *r, const struct step *s)
{
    struct script_workspace *ws = r->ws;
    const double *guard = column(r, s->guard);
    unsigned inputs = input_count(s), outputs = s->kind == STEP_KERNEL ? s->kernel->outputs : 1;
    const double *in[KERNEL_INPUTS_MAX];
    double *out[KERNEL_OUTPUTS_MAX];
    size_t rows = 0;
    for (size_t i = 0; i < r->n; i++) {
        if (!OP_TRUE(guard[i]))
            continue;
        for (unsigned k = 0; k < inputs; k++)
            ws->gather[k][rows] = column(r, s->in[k])[i];
        rows++;
    }
    for (unsigned k = 0; k < inputs; k++)
        in[k] = ws->gather[k];
    for (unsigned k = 0; k < outputs; k++)
        out[k] = ws->gather[KERNEL_INPUTS_MAX + k];
    if (rows)
        run_columns(r, s, in, out, rows);
    for (unsigned k = 0; k < outputs; k++) {
        if (s->out[k] == SLOT_NONE)
            continue;
        double *to = column(r, s->out[k]);
        size_t from = 0;
        for (size_t i = 0; i < r->n; i++)
            to[i] = OP_TRUE(guard[i]) ? out[k][from++] : NAN;
    }
}

static void run_stateful(struct run *r, const struct step *s)
{
    const double *in[KERNEL_INPUTS_MAX];
    double *out[KERNEL_OUTPUTS_MAX];
    if (s->guard != SLOT_NONE) {
        run_guarded(r, s);
        return;
    }
    for (unsigned k = 0; k < KERNEL_INPUTS_MAX; k++)
        in[k] = column(r, s->in[k]);
    // An output that nobody reads goes to a row of its own.
    for (unsigned k = 0; k < KERNEL_OUTPUTS_MAX; k++)
        out[k] = s->out[k] != SLOT_NONE ? column(r, s->out[k]) : r->ws->gather[k];
    run_columns(r, s, in, out, r->n);
}

#define TURN 8 // bars

// Serial kernels side by side, a few bars of each at a time.
static void run_turns(const struct run *r, const struct step *steps, size_t count)
{
    const double *in[KERNEL_INPUTS_MAX];
    double *out[KERNEL_OUTPUTS_MAX];
    for (size_t from = 0; from < r->n; from += TURN) {
        size_t n = r->n - from < TURN ? r->n - from : TURN;
        for (const struct step *s = steps; s < steps + count; s++) {
            for (unsigned k = 0; k < s->kernel->inputs; k++)
                in[k] = column(r, s->in[k]) + from;
            for (unsigned k = 0; k < s->kernel->outputs; k++)
                out[k] = (s->out[k] != SLOT_NONE ? column(r, s->out[k]) : r->ws->gather[k]) + from;
            s->kernel->run(r->inst->state + s->state, s->params, in, out, n);
        }
    }
}

static void run_plots(struct run *r, size_t member)
{
    const struct plan_member *pm = &r->inst->plan.members[member];
    const struct run_member *m = &r->members[member];
    if (!m->sink || !m->sink->plots || !m->alive || !pm->plot_count)
        return;
    for (size_t i = 0; i < pm->plot_count; i++)
        r->inst->plot_columns[i] = column(r, pm->plots[i]);
    m->sink->plots(m->sink->arg, r->first_bar, m->alive, r->inst->plot_columns);
}

static void load_columns(struct run *r)
{
    const struct plan *p = &r->inst->plan;
    const struct script_bars *b = r->bars;
    const double *const prices[] = {b->open, b->high, b->low, b->close, b->volume};
    for (int c = 0; c < COLUMN_COUNT; c++) {
        int32_t node = r->inst->column_node[c];
        if (node == GRAPH_NONE || p->slot_of[node] == SLOT_NONE)
            continue;
        if (c <= COLUMN_VOLUME) { // no step writes to it, so the cast takes nothing away
            r->columns[p->slot_of[node]] = (double *)prices[c];
            continue;
        }
        double *to = column(r, p->slot_of[node]);
        for (size_t i = 0; i < r->n; i++)
            to[i] =
                c == COLUMN_TIME ? (double)b->open_time[i] : (double)(r->first_bar + (int64_t)i);
    }
}

static bool is_dead(const struct run *r, const struct step *s)
{
    return s->member != GRAPH_NONE && r->members[s->member].alive == 0;
}

#define NEXT_LINES 2

// The first cache lines of the next block: prefetchers stop at the end of a page, which a block's
// column is as long as.
static void fetch_next(const struct run *r)
{
    const struct script_bars *b = r->bars;
    const void *const columns[] = {b->open_time, b->open, b->high, b->low, b->close};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        for (size_t line = 0; line < NEXT_LINES; line++)
            __builtin_prefetch((const double *)columns[i] + r->n + 8 * line);
    }
}

void script__run_block(struct run *r)
{
    const struct plan *p = &r->inst->plan;
    load_columns(r);
    if (r->n == PLAN_BLOCK)
        fetch_next(r);
    for (size_t i = 0; i < p->step_count; i++) {
        const struct step *s = &p->steps[i];
        if (s->turns) {
            run_turns(r, s, s->turns);
            i += s->turns - 1u;
            continue;
        }
        switch (s->kind) {
        case STEP_OP:
            run_op(r, s);
            break;
        case STEP_ISLAND:
            if (!is_dead(r, s))
                script__vm_run(r, s->island);
            break;
        case STEP_EFFECTS:
            script__run_effects(r, (size_t)s->member);
            break;
        case STEP_PLOTS:
            run_plots(r, (size_t)s->member);
            break;
        default:
            run_stateful(r, s);
            break;
        }
    }
    for (size_t m = 0; m < r->inst->member_count; m++)
        script__send_bars(r, m, r->members[m].alive);
}
