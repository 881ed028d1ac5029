// SPDX-License-Identifier: Apache-2.0
// The analyst agent: wiring of messages, the load queue and the store.
#include "agents/analyst/analyst.h"

#include "agents/analyst/analyst_internal.h"

#include <stdlib.h>

static void load_due(void *arg)
{
    analyst__load_slice(arg);
}

static int init(struct agent *a)
{
    struct analyst *an = calloc(1, sizeof *an);
    struct store_options o = {.backend = config_str(a->config, CFG_STORE_BACKEND),
                              .location = a->data_dir,
                              .writable = false};
    struct diag d = {0};

    if (!an) {
        return ERR_NO_MEMORY;
    }
    an->a = a;
    a->state = an;
    map_init(&an->streams, ANALYST_STREAMS_MAX);
    map_init(&an->programs, ANALYST_STREAMS_MAX);
    an->workspace = script_workspace_create();
    if (!an->workspace) {
        return ERR_NO_MEMORY;
    }
    if (store_open(&o, &an->store, &d) != 0) {
        agent_fatal(a, "the store cannot be opened", d.text);
    }
    return loop_timer_create(a->loop, load_due, an, &an->load_timer);
}

static void sandbox(struct agent *a, struct sandbox_rules *rules)
{
    static const char *const read_paths[] = {"/proc/self", "/dev/null", "/dev/urandom", NULL};
    static const char *write_paths[2];

    // It writes no data, but SQLite's readers keep their lock words in the -shm file.
    write_paths[0] = a->data_dir;
    rules->read_paths = read_paths;
    rules->write_paths = write_paths;
}

static void start(struct agent *a)
{
    (void)a; // the architect's hello begins the work
}

// An architect that came back may not have what the one before was told: everything is loaded again
// from the store, and what is still owed fires then.
static void on_hello(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct agent *a = arg;

    (void)from;
    (void)msg;
    (void)fd;
    analyst__load_all(a->state);
}

static void on_candle(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct agent *a = arg;
    struct analyst *an = a->state;
    const struct ipc_candle *m = &msg->candle;
    struct stream *s = map_get_u64(&an->streams, m->stream);
    struct candle c;
    struct script_bars bars;

    (void)from;
    (void)fd;
    if (ipc_candles_count(m->rows) != 1 || !s || s->loading) {
        return; // not loaded yet: loading reads it from the store
    }
    ipc_candles_get(m->rows, 0, &c);
    if (c.open_time <= s->primed_to) {
        if (m->source != CANDLE_LIVE) { // a hole was filled or a value revised: history changed
            analyst__load(an, m->stream);
        }
        return;
    }
    // Every candle before it must have been seen: what is missing here may be in the store.
    if (s->primed_to == 0 || timeframe_next(s->tf, s->primed_to) != c.open_time) {
        analyst__load(an, m->stream);
        return;
    }
    bars = (struct script_bars){&c.open_time, &c.open, &c.high, &c.low, &c.close, &c.volume};
    analyst__step(an, s, &bars, 1, m->source == CANDLE_LIVE);
    analyst__analysed(an, s);
}

// Loaded, or about to be, up to the newest candle that is stored?
static bool is_loaded(struct analyst *an, uint32_t stream_id)
{
    const struct stream *s = map_get_u64(&an->streams, stream_id);
    time_ms newest = 0;

    if (!s || s->loading) {
        return s != NULL;
    }
    return store_candle_newest(an->store, s->id, s->tf, &newest) == 0 && s->primed_to == newest;
}

static void on_stream_load(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct agent *a = arg;

    (void)from;
    (void)fd;
    if (msg->stream_load.anew || !is_loaded(a->state, msg->stream_load.stream)) {
        analyst__load(a->state, msg->stream_load.stream);
    }
}

static void report(struct agent *a, struct ipc_pong *pong)
{
    struct analyst *an = a->state;

    pong->queue_depth = (uint32_t)an->loading;
}

static void finish(struct agent *a)
{
    struct analyst *an = a->state;
    size_t cursor = 0;
    struct str key;
    void *value;

    for (; map_next(&an->streams, &cursor, &key, &value); cursor = 0) {
        analyst__stream_drop(an, value);
    }
    map_finish(&an->streams);
    map_finish(&an->programs);
    loop_timer_destroy(an->load_timer);
    script_workspace_destroy(an->workspace);
    store_close(an->store);
    free(an);
}

static const channel_fn handlers[IPC_TYPE_COUNT] = {
    [IPC_HELLO] = on_hello,
    [IPC_CANDLE] = on_candle,
    [IPC_STREAM_LOAD] = on_stream_load,
};

int analyst_main(void)
{
    static const struct agent_ops ops = {
        .role = ROLE_ANALYST,
        .handlers = handlers,
        .init = init,
        .sandbox = sandbox,
        .start = start,
        .report = report,
        .finish = finish,
    };

    return agent_main(&ops);
}
