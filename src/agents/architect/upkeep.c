// SPDX-License-Identifier: Apache-2.0
// Upkeep of a running store: what retention lets go, once an hour of exchange time and in bounded
// steps, so that a burst never waits long; and a checkpoint when nothing is being written.
#include "agents/architect/architect_internal.h"

#include "market/retention.h"

#include <stdlib.h>

#define IDLE_MS      2000  // real time without a commit
#define STEP_CANDLES 20000 // let go in one call of the store
#define STEP_ROWS    5000
#define STREAMS_MAX  100000

_Static_assert(CFG_RETENTION_CANDLES_MN1 - CFG_RETENTION_CANDLES_M1 == TF_COUNT - 1,
               "one retention setting a timeframe, in their order");

struct job { // a stream that has more candles than are kept
    int64_t stream, keep;
    enum timeframe tf;
};

struct architect__upkeep {
    struct architect *w;
    struct loop_timer *idle, *hour, *step;
    struct job *jobs;
    size_t count, cap, next;
    int64_t gone;       // of the stream under way
    enum store_log log; // after the streams: the logs one by one
};

// ---- what is to go

static int64_t setting_of(const struct config *c, enum timeframe tf)
{
    return config__i64(c, (enum config_typed_key)((int)CFG_RETENTION_CANDLES_M1_IS_INT + (int)tf));
}

static int take_warmup(void *arg, const struct store_entry_strategy *e)
{
    int64_t *needed = arg;

    *needed = e->warmup > *needed ? e->warmup : *needed;
    return 0;
}

static int is_held(void *arg, int64_t portfolio_id, const struct position *p)
{
    const struct pair *pair = arg;

    (void)portfolio_id;
    return decimal_sign(p->qty) > 0 && pair_equal(pair, &p->pair) ? 1 : 0;
}

static int add_job(struct architect__upkeep *u, const struct store_stream *st, int64_t keep)
{
    if (u->count == u->cap) {
        size_t cap = u->cap ? u->cap * 2 : 64;
        struct job *grown = cap > 2 * STREAMS_MAX ? NULL : realloc(u->jobs, cap * sizeof *grown);

        if (!grown) {
            return ERR_NO_MEMORY;
        }
        u->jobs = grown;
        u->cap = cap;
    }
    u->jobs[u->count++] = (struct job){st->id, keep, st->timeframe};
    return 0;
}

// A stream still fetching its history waits, and so does one whose pair is held: its strategies
// would forget how they came to hold it.
static int look_at(void *arg, const struct store_stream *st)
{
    struct architect__upkeep *u = arg;
    const struct config *c = u->w->a->config;
    int64_t keep = setting_of(c, st->timeframe), needed = config_i64(c, CFG_BOOTSTRAP_CANDLES);
    struct pair pair = st->pair;
    int rc;

    if (keep == 0 || st->candle_count <= keep ||
        (st->active && st->state != STREAM_LIVE && st->state != STREAM_PAUSED)) {
        return 0;
    }
    rc = store_entry_strategy_each(u->w->store, st->id, take_warmup, &needed);
    keep = retention_keep(st->candle_count, keep, needed);
    if (rc != 0 || keep == 0) {
        return rc;
    }
    rc = st->active ? store_position_each(u->w->store, 0, is_held, &pair) : 0;
    return rc == 0 ? add_job(u, st, keep) : rc > 0 ? 0 : rc;
}

// ---- letting go

static int first_open(void *arg, const struct store_candle *c)
{
    *(time_ms *)arg = c->candle.open_time;
    return 1;
}

// The stream's origin is moved before the first candle goes: what lies before it is not missing.
static int begin_job(struct architect__upkeep *u, const struct job *j)
{
    struct architect *w = u->w;
    time_ms origin = 0;
    int rc =
        store_candle_each(w->store, j->stream, j->tf, 0, INT64_MAX, j->keep, first_open, &origin);

    if (rc < 0 || origin == 0) {
        return rc < 0 ? rc : 0;
    }
    architect__begin(w);
    architect__must(w, store_stream_set_origin(w->store, j->stream, origin), "origin");
    architect__commit(w);
    return 0;
}

// The analyst reads the shorter history, so that its values are those of a hub started anew.
static void end_job(struct architect__upkeep *u, const struct job *j)
{
    struct architect *w = u->w;
    struct ipc_stream_load load = {.stream = (uint32_t)j->stream, .anew = 1};
    struct channel *analyst =
        agent_peer_at(w->a, ROLE_ANALYST, (uint32_t)j->stream % w->analyst_count);

    if (analyst) {
        agent_send(w->a, analyst, IPC_STREAM_LOAD, &load);
    }
    log_info(&w->a->log, "candles let go by retention",
             "stream=%lld timeframe=%s candles=%lld kept=%lld", (long long)j->stream,
             timeframe_code(j->tf), (long long)u->gone, (long long)j->keep);
    u->gone = 0;
    u->next++;
}

static int step_stream(struct architect__upkeep *u)
{
    struct architect *w = u->w;
    const struct job *j = &u->jobs[u->next];
    int64_t deleted = 0;
    int rc = u->gone == 0 ? begin_job(u, j) : 0;

    rc = rc != 0
             ? rc
             : store_retention_stream(w->store, j->stream, j->tf, j->keep, STEP_CANDLES, &deleted);
    if (rc != 0) {
        return rc;
    }
    u->gone += deleted;
    if (deleted < STEP_CANDLES) {
        end_job(u, j);
    }
    return 0;
}

static int64_t log_age(const struct config *c, enum store_log log)
{
    switch (log) {
    case STORE_LOG_LEDGER:
        return config_ms(c, CFG_RETENTION_LEDGER);
    case STORE_LOG_EVENTS:
        return config_ms(c, CFG_RETENTION_EVENTS);
    case STORE_LOG_EQUITY:
        return config_ms(c, CFG_RETENTION_EQUITY);
    default:
        return 0;
    }
}

static int step_log(struct architect__upkeep *u)
{
    struct architect *w = u->w;
    int64_t age = log_age(w->a->config, u->log), deleted = 0;
    int rc = 0;

    if (age > 0 && agent_now(w->a) > age) {
        architect__begin(w);
        rc = store_prune(w->store, u->log, agent_now(w->a) - age, STEP_ROWS, &deleted);
        architect__must(w, rc, "retention");
        architect__commit(w);
    }
    if (deleted < STEP_ROWS) {
        u->log++;
    }
    return rc;
}

static void next_hour(struct architect__upkeep *u)
{
    time_ms now = agent_now(u->w->a);

    if (now > 0) {
        loop_timer_start(u->hour, agent_real_ms_until(u->w->a, now - now % MS_HOUR + MS_HOUR));
    }
}

static void on_step(void *arg)
{
    struct architect__upkeep *u = arg;
    struct architect *w = u->w;
    int rc;

    architect__commit(w); // the store's upkeep stands outside bursts
    rc = u->next < u->count ? step_stream(u) : step_log(u);
    if (rc != 0) {
        log_warn(&w->a->log, "retention stops until the next hour", "cause=%s",
                 LOG_Q(store_last_error(w->store)));
    }
    if (rc != 0 || u->log == STORE_LOG_COUNT) {
        next_hour(u);
    } else {
        loop_timer_start(u->step, 0);
    }
}

static void on_hour(void *arg)
{
    struct architect__upkeep *u = arg;

    u->count = u->next = 0;
    u->gone = 0;
    u->log = STORE_LOG_LEDGER;
    architect__must(u->w, store_stream_each(u->w->store, false, look_at, u), "retention");
    loop_timer_start(u->step, 0);
}

static void on_idle(void *arg)
{
    struct architect__upkeep *u = arg;

    if (!u->w->open && store_checkpoint(u->w->store) != 0) {
        log_warn(&u->w->a->log, "the logs of the store cannot be moved into its files", "cause=%s",
                 LOG_Q(store_last_error(u->w->store)));
    }
}

// ---- calls

int architect__upkeep_create(struct architect *w)
{
    struct architect__upkeep *u = calloc(1, sizeof *u);
    int rc;

    if (!u) {
        return ERR_NO_MEMORY;
    }
    w->upkeep = u;
    u->w = w;
    rc = loop_timer_create(w->a->loop, on_idle, u, &u->idle);
    rc = rc != 0 ? rc : loop_timer_create(w->a->loop, on_hour, u, &u->hour);
    return rc != 0 ? rc : loop_timer_create(w->a->loop, on_step, u, &u->step);
}

void architect__upkeep_destroy(struct architect *w)
{
    struct architect__upkeep *u = w->upkeep;

    if (u) {
        loop_timer_destroy(u->idle);
        loop_timer_destroy(u->hour);
        loop_timer_destroy(u->step);
        free(u->jobs);
        free(u);
    }
    w->upkeep = NULL;
}

void architect__upkeep_clock(struct architect *w)
{
    if (w->upkeep && !loop_timer_is_active(w->upkeep->step)) {
        next_hour(w->upkeep);
    }
}

void architect__upkeep_committed(struct architect *w)
{
    loop_timer_start(w->upkeep->idle, IDLE_MS);
}
