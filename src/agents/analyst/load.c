// SPDX-License-Identifier: Apache-2.0
// Loading a stream: which strategies run on it, and its stored history through them. What was not
// yet analysed when the analyst last stopped fires now, if its candle came in time.
#include "agents/analyst/analyst_internal.h"

#include <stdlib.h>
#include <string.h>

#define SLICE_BARS 20000 // bars fed in one turn of the loop

void analyst__stream_drop(struct analyst *an, struct stream *s)
{
    analyst__runs_close(an, s);
    (void)map_remove_u64(&an->streams, s->id);
    free(s);
}

static void enqueue(struct analyst *an, struct stream *s)
{
    if (s->loading) {
        return;
    }
    s->loading = true;
    s->next_load = NULL;
    if (an->load_last) {
        an->load_last->next_load = s;
    } else {
        an->load_first = s;
    }
    an->load_last = s;
    an->loading++;
    loop_timer_start(an->load_timer, 0);
}

void analyst__load(struct analyst *an, uint32_t stream_id)
{
    struct stream *s = map_get_u64(&an->streams, stream_id);

    if (stream_id % an->a->count != an->a->index) {
        return;
    }
    if (!s) {
        s = calloc(1, sizeof *s);
        if (!s || map_put_u64(&an->streams, stream_id, s) != 0) {
            agent_fatal(an->a, "stream table", err_text(ERR_NO_MEMORY));
        }
        s->id = stream_id;
    }
    analyst__runs_close(an, s);
    enqueue(an, s);
}

static int load_one(void *arg, const struct store_stream *st)
{
    analyst__load(arg, (uint32_t)st->id);
    return 0;
}

void analyst__load_all(struct analyst *an)
{
    if (store_stream_each(an->store, true, load_one, an) != 0) {
        agent_fatal(an->a, "the store cannot be read", store_last_error(an->store));
    }
}

// ---- the runs of a stream
// ------------------------------------------------------------------------

struct gather {
    struct analyst *an;
    struct stream *s;
};

static int add_run(struct gather *g, const struct store_entry_strategy *e)
{
    struct stream *s = g->s;
    struct run *grown;
    struct run *r;
    int rc;

    grown = realloc(s->runs, (s->run_count + 1) * sizeof *grown);
    if (!grown) {
        return ERR_NO_MEMORY;
    }
    s->runs = grown;
    r = &s->runs[s->run_count];
    *r = (struct run){.portfolios = {(uint32_t)e->portfolio_id}, .portfolio_count = 1};
    r->inputs = strdup(e->inputs);
    rc = r->inputs ? analyst__program_get(g->an, e->strategy_id, &r->program) : ERR_NO_MEMORY;
    if (rc != 0) {
        free(r->inputs);
        return rc;
    }
    s->run_count++;
    return 0;
}

// Two portfolios with the same strategy and inputs share one run.
static int on_strategy(void *arg, const struct store_entry_strategy *e)
{
    struct gather *g = arg;

    for (size_t i = 0; i < g->s->run_count; i++) {
        struct run *r = &g->s->runs[i];

        if (r->program->strategy_id == e->strategy_id && strcmp(r->inputs, e->inputs) == 0) {
            if (r->portfolio_count < ANALYST_PORTFOLIOS_MAX) {
                r->portfolios[r->portfolio_count++] = (uint32_t)e->portfolio_id;
            }
            return 0;
        }
    }
    // More than the maximum cannot be watched: the watchlist refuses it before it comes to this.
    return g->s->run_count < ANALYST_RUNS_MAX ? add_run(g, e) : 0;
}

// ---- history
// -------------------------------------------------------------------------------------

// Feeds silent history up to and including silent_to, one slice. Returns the bars fed.
static size_t feed_silent(struct analyst *an, struct stream *s, time_ms silent_to)
{
    size_t fed = 0;
    struct store_columns columns = {an->open_time,  an->columns[0], an->columns[1],
                                    an->columns[2], an->columns[3], an->columns[4]};
    struct script_bars bars = {an->open_time,  an->columns[0], an->columns[1],
                               an->columns[2], an->columns[3], an->columns[4]};

    while (s->primed_to < silent_to && fed < SLICE_BARS) {
        size_t n = 0;
        int rc = store_candle_columns(an->store, s->id, s->tf, s->primed_to ? s->primed_to + 1 : 0,
                                      ANALYST_BLOCK, &columns, &n);

        if (rc != 0) {
            agent_fatal(an->a, "candles cannot be read", store_last_error(an->store));
        }
        while (n > 0 && an->open_time[n - 1] > silent_to) {
            n--;
        }
        if (n == 0) {
            break;
        }
        analyst__step(an, s, &bars, n, false);
        fed += n;
    }
    return fed;
}

struct owed {
    struct analyst *an;
    struct stream *s;
};

static int feed_owed(void *arg, const struct store_candle *c)
{
    struct owed *o = arg;
    struct script_bars bars = {&c->candle.open_time, &c->candle.open,  &c->candle.high,
                               &c->candle.low,       &c->candle.close, &c->candle.volume};

    analyst__step(o->an, o->s, &bars, 1, c->source == CANDLE_LIVE && !c->late);
    return 0;
}

// Loads one stream, or the next slice of one. True when it is done.
static bool load_stream(struct analyst *an, struct stream *s)
{
    struct store_stream st;
    struct gather g = {an, s};
    struct owed owed = {an, s};
    int rc = store_stream_get(an->store, s->id, &st);

    if (rc == ERR_NOT_FOUND || (rc == 0 && !st.active)) {
        analyst__runs_close(an, s);
        return true;
    }
    if (rc == 0 && !s->runs) {
        s->pair = st.pair;
        s->tf = st.timeframe;
        rc = store_entry_strategy_each(an->store, s->id, on_strategy, &g);
        if (rc == 0 && s->run_count > 0) {
            analyst__runs_open(an, s);
        }
    }
    if (rc != 0) {
        agent_fatal(an->a, "a stream cannot be loaded", store_last_error(an->store));
    }
    if (s->run_count > 0 && st.analysed_to > 0 &&
        feed_silent(an, s, st.analysed_to) >= SLICE_BARS) {
        return false;
    }
    rc =
        store_candle_each(an->store, s->id, s->tf, s->primed_to ? s->primed_to + 1 : st.analysed_to,
                          INT64_MAX, 0, feed_owed, &owed);
    if (rc != 0) {
        agent_fatal(an->a, "candles cannot be read", store_last_error(an->store));
    }
    analyst__analysed(an, s);
    return true;
}

void analyst__load_slice(struct analyst *an)
{
    struct stream *s = an->load_first;

    if (!s) {
        return;
    }
    if (load_stream(an, s)) {
        an->load_first = s->next_load;
        if (!an->load_first) {
            an->load_last = NULL;
        }
        s->loading = false;
        an->loading--;
    }
    if (an->load_first) {
        loop_timer_start(an->load_timer, 0);
    }
}
