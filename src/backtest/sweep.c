// SPDX-License-Identifier: Apache-2.0
// Running a batch of combinations as one group over the candles, segment by segment.
#include "backtest/sweep.h"

#include <math.h>
#include <stdlib.h>

struct member { // one combination of the batch
    struct script_value values[SWEEP_AXES_MAX];
    char texts[SWEEP_AXES_MAX][SWEEP_TEXT_MAX];
    struct sweep_result *result;
    struct broker *broker;
    struct script_broker interface;
    struct script_sink sink;
    struct broker_state before; // at the end of the segment before
};

struct batch {
    const struct sweep_task *task;
    struct member *members;
    size_t count;
    struct script_instance *group;
    const struct script_broker **brokers;
    const struct script_sink **sinks;
    struct diag *d;
};

size_t sweep_segment_start(const struct sweep_task *t, size_t i)
{
    return (size_t)((uint64_t)t->candles->n * i / t->segment_count);
}

static void on_error(void *arg, int64_t bar, const char *message)
{
    struct sweep_result *r = arg;
    (void)bar;
    (void)message; // a combination that ends itself is one that cannot be used
    r->failed = true;
}

static void take_values(struct batch *b, struct member *m)
{
    const struct sweep_space *s = b->task->space;
    size_t place[SWEEP_AXES_MAX] = {0};
    sweep_space_place(s, m->result->combination, place);
    for (size_t a = 0; a < s->axis_count; a++) {
        sweep_axis_text(&s->axes[a], place[a], m->texts[a]);
        m->values[a] = (struct script_value){s->axes[a].name, str_from(m->texts[a])};
    }
}

// Makes the group; combinations whose inputs the strategy refuses leave the batch.
static int make_group(struct batch *b)
{
    const struct sweep_task *t = b->task;
    struct script_group_item *items = calloc(b->count + 1, sizeof *items);
    int rc = items ? 0 : ERR_NO_MEMORY;
    while (!rc && b->count > 0) {
        size_t failed = 0;
        for (size_t i = 0; i < b->count; i++)
            items[i] =
                (struct script_group_item){t->program, b->members[i].values, t->space->axis_count};
        rc = script_group_create(items, b->count, t->context, 0, &b->group, &failed, b->d);
        if (rc == 0 || rc == ERR_NO_MEMORY || rc == ERR_LIMIT)
            break;
        b->members[failed].result->failed = true;
        struct member out = b->members[failed];
        b->members[failed] = b->members[--b->count];
        b->members[b->count] = out;
        // Texts moved with their members, what points to them did not.
        for (size_t a = 0; a < t->space->axis_count; a++)
            b->members[failed].values[a].text = str_from(b->members[failed].texts[a]);
        rc = 0;
    }
    free(items);
    return rc;
}

static int make_brokers(struct batch *b)
{
    const struct sweep_task *t = b->task;
    b->brokers = calloc(b->count + 1, sizeof *b->brokers);
    b->sinks = calloc(b->count + 1, sizeof *b->sinks);
    if (!b->brokers || !b->sinks)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < b->count; i++) {
        struct member *m = &b->members[i];
        struct broker_settings s = run_broker_settings(
            script_program_info(t->program), script_instance_settings(b->group, i), t->context);
        if (t->initial_capital > 0)
            s.strategy.initial_capital = t->initial_capital;
        s.max_samples = RUN_SAMPLES_MAX;
        if (script_program_info(t->program)->needs_account)
            s.max_closed_trades = 1000; // scripts look at the newest
        int rc = broker_create(&s, &m->broker);
        if (rc)
            return rc == ERR_INVALID ? diag_set(b->d, rc, "the strategy's settings make no account")
                                     : rc;
        m->result->initial_capital = s.strategy.initial_capital;
        m->interface = broker_interface(m->broker);
        m->sink = (struct script_sink){.arg = m->result, .error = on_error};
        broker_get_state(m->broker, &m->before);
        b->brokers[i] = &m->interface;
        b->sinks[i] = &m->sink;
    }
    return 0;
}

// --- figures ------------------------------------------------------------------------------------

static void end_segment(struct member *m, size_t segment)
{
    struct broker_state now;
    broker_get_state(m->broker, &now);
    m->result->segments[segment] =
        (struct sweep_segment){.equity = now.equity,
                               .gross_profit = now.gross_profit - m->before.gross_profit,
                               .gross_loss = now.gross_loss - m->before.gross_loss,
                               .trades = now.closed_trades - m->before.closed_trades};
    m->before = now;
}

static void add_day(struct sweep_segment *s, double from, double to, double *peak)
{
    double r = from > 0 ? to / from - 1 : 0;
    s->days++;
    s->returns += r;
    s->squares += r * r;
    *peak = fmax(*peak, to);
    if (*peak > 0)
        s->drawdown = fmax(s->drawdown, (1 - to / *peak) * 100);
}

// Spreads the account's daily equity over the segments.
static void take_days(const struct sweep_task *t, struct member *m)
{
    size_t count, at = 0;
    const struct broker_sample *days = broker_samples(m->broker, &count);
    double last = m->result->initial_capital;
    for (size_t i = 0; i < t->segment_count; i++) {
        struct sweep_segment *s = &m->result->segments[i];
        size_t end = sweep_segment_start(t, i + 1);
        time_ms until = end < t->candles->n ? t->candles->columns.open_time[end] : INT64_MAX;
        double peak = last;
        for (; at < count && days[at].time <= until; at++) {
            add_day(s, last, days[at].equity, &peak);
            last = days[at].equity;
        }
    }
}

static void finish_member(const struct sweep_task *t, struct member *m)
{
    struct sweep_result *r = m->result;
    struct stats s;
    take_days(t, m);
    stats_compute(m->broker, r->initial_capital, &s);
    r->trades = s.trades;
    r->final_equity = s.final_equity;
    r->net_profit = s.net_profit;
    r->max_drawdown = s.max_drawdown;
    r->max_drawdown_percent = s.max_drawdown_percent;
    r->profit_factor = s.profit_factor;
    r->sharpe = s.sharpe;
    r->win_rate = s.win_rate;
    r->exposure = s.exposure;
    r->cagr = s.cagr;
}

// --- the batch ----------------------------------------------------------------------------------

static int run_segments(struct batch *b)
{
    const struct sweep_task *t = b->task;
    struct script_workspace *w = script_workspace_create();
    int rc = w ? 0 : ERR_NO_MEMORY;
    for (size_t i = 0; i < t->segment_count && !rc; i++) {
        size_t from = sweep_segment_start(t, i), to = sweep_segment_start(t, i + 1);
        struct script_bars bars = candles_bars(t->candles, from);
        if (to > from)
            rc = script_group_run(b->group, w, &bars, to - from, b->brokers, b->sinks);
        for (size_t k = 0; k < b->count && !rc; k++) {
            if (i + 1 == t->segment_count)
                broker_finish(b->members[k].broker);
            end_segment(&b->members[k], i);
        }
        if (rc == ERR_INVALID) { // all members have ended themselves
            rc = 0;
            break;
        }
    }
    script_workspace_destroy(w);
    return rc;
}

int sweep_batch(const struct sweep_task *t, const uint64_t *combinations, size_t n,
                struct sweep_result *out, struct diag *d)
{
    struct batch b = {.task = t, .members = calloc(n + 1, sizeof *b.members), .count = n, .d = d};
    int rc = b.members ? 0 : ERR_NO_MEMORY;
    for (size_t i = 0; i < n && !rc; i++) {
        out[i] = (struct sweep_result){.combination = combinations[i]};
        b.members[i].result = &out[i];
        take_values(&b, &b.members[i]);
    }
    if (!rc)
        rc = make_group(&b);
    if (!rc && b.count > 0)
        rc = make_brokers(&b);
    if (!rc && b.count > 0)
        rc = run_segments(&b);
    for (size_t i = 0; i < b.count && !rc; i++) {
        rc = broker_error(b.members[i].broker);
        finish_member(t, &b.members[i]);
    }
    for (size_t i = 0; i < n && b.members; i++)
        broker_destroy(b.members[i].broker);
    script_instance_destroy(b.group);
    free(b.brokers);
    free(b.sinks);
    free(b.members);
    return rc;
}
