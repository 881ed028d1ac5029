// SPDX-License-Identifier: Apache-2.0
// The architect agent: one transaction at a time, committed when a burst pauses or grows large, and
// the outbox of messages that may leave only then.
#include "agents/architect/architect.h"

#include "agents/architect/architect_internal.h"

#include <stdlib.h>

// A commit comes at the latest this long after its first row, so that a candle goes through to its
// verdict while others are still on the wire; on a slow disk the pause follows the commit's own
// cost.
#define COMMIT_PAUSE_NS     (4 * INT64_C(1000000))
#define COMMIT_PAUSE_MAX_NS (100 * INT64_C(1000000)) // one slow commit says little about the next
#define FRAMES_MAX          (64u << 20)
#define OUTBOX_MAX          1000000

void architect__must(struct architect *w, int rc, const char *what)
{
    if (rc != 0) {
        log_error(&w->a->log, "the store refused a write", "what=\"%s\" error=%s cause=\"%s\"",
                  what, err_name(rc), store_last_error(w->store));
        store_rollback(w->store);
        agent_fatal(w->a, what, err_text(rc));
    }
}

void architect__begin(struct architect *w)
{
    w->rows++;
    if (w->open) {
        return;
    }
    architect__must(w, store_begin(w->store), "begin");
    w->open = true;
    w->opened_at = loop_now(w->a->loop);
}

void architect__after_commit(struct architect *w, enum ipc_role to, uint32_t index,
                             enum ipc_type type, const void *msg)
{
    size_t at = w->frames.len;

    if (w->outgoing_count == w->outgoing_cap) {
        size_t cap = w->outgoing_cap ? w->outgoing_cap * 2 : 256;
        struct outgoing *grown =
            cap > OUTBOX_MAX ? NULL : realloc(w->outbox, cap * sizeof *w->outbox);

        if (!grown) {
            agent_fatal(w->a, "outbox", err_text(ERR_NO_MEMORY));
        }
        w->outbox = grown;
        w->outgoing_cap = cap;
    }
    architect__must(w, ipc_encode(&w->frames, type, msg), "outbox");
    w->outbox[w->outgoing_count++] = (struct outgoing){to, index, at, w->frames.len - at};
}

static void send_outbox(struct architect *w)
{
    for (size_t i = 0; i < w->outgoing_count; i++) {
        const struct outgoing *o = &w->outbox[i];
        struct channel *to =
            o->to == ROLE_COMMANDER ? w->a->control : agent_peer_at(w->a, o->to, o->index);

        // Whoever is away reads the store when it comes back.
        if (to &&
            channel_send_frame(to, str_sub(buf_str(&w->frames), o->at, o->at + o->len)) != 0) {
            agent_fatal(w->a, "a peer does not read", ipc_role_name(o->to));
        }
    }
    w->outgoing_count = 0;
    buf_clear(&w->frames);
}

void architect__commit(struct architect *w)
{
    clock_ns before = clock_now_ns();

    if (!w->open) {
        return;
    }
    architect__must(w, store_commit(w->store), "commit");
    w->open = false;
    w->commits++;
    w->last_commit_ns = clock_now_ns() - before;
    agent_work(w->a, w->rows);
    w->rows = 0;
    loop_timer_stop(w->commit_timer);
    send_outbox(w);
    architect__upkeep_committed(w);
}

static void commit_due(void *arg)
{
    architect__commit(arg);
}

static void turn_ends(void *arg)
{
    struct architect *w = arg;
    int64_t pause = COMMIT_PAUSE_NS;
    int64_t age;

    if (!w->open) {
        return;
    }
    if (w->last_commit_ns * 2 > pause) {
        pause = w->last_commit_ns * 2;
    }
    if (pause > COMMIT_PAUSE_MAX_NS) {
        pause = COMMIT_PAUSE_MAX_NS;
    }
    age = clock_now_ns() - w->opened_at;
    if (age >= pause || w->rows >= config_i64(w->a->config, CFG_STORE_BATCH_MAX)) {
        architect__commit(w);
    } else if (!loop_timer_is_active(w->commit_timer)) {
        loop_timer_start(w->commit_timer, (pause - age) / 1000000 + 1);
    }
}

static int init(struct agent *a)
{
    struct architect *w = calloc(1, sizeof *w);
    struct store_options o = {.backend = config_str(a->config, CFG_STORE_BACKEND),
                              .location = a->data_dir,
                              .writable = true,
                              .cache_bytes = config_bytes(a->config, CFG_STORE_CACHE_SIZE)};
    struct diag d = {0};
    int rc;

    if (!w) {
        return ERR_NO_MEMORY;
    }
    w->a = a;
    a->state = w;
    w->analyst_count = a->count; // the commander tells the architect how many analysts there are
    buf_init(&w->frames, FRAMES_MAX);
    rc = store_open(&o, &w->store, &d);
    if (rc != 0) {
        agent_fatal(a, "the store cannot be opened", d.text);
    }
    rc = loop_timer_create(a->loop, commit_due, w, &w->commit_timer);
    rc = rc != 0 ? rc : architect__upkeep_create(w);
    return rc != 0 ? rc : loop_hook_add(a->loop, turn_ends, w);
}

static void sandbox(struct agent *a, struct sandbox_rules *rules)
{
    static const char *read_paths[] = {"/proc/self", "/dev/null", "/dev/urandom", NULL};
    static const char *write_paths[2];

    write_paths[0] = a->data_dir;
    rules->read_paths = read_paths;
    rules->write_paths = write_paths;
}

static void start(struct agent *a)
{
    (void)a; // everything is driven by messages
}

// Until here nothing was sent to this peer: what it read of the store before may lack what was
// committed meanwhile. What the one in its place said before is committed first, or a fill would be
// made twice.
static void joined(struct agent *a, struct channel *peer)
{
    struct ipc_hello hello = {0};

    architect__commit(a->state);
    if (ipc_may_send(IPC_HELLO, ROLE_ARCHITECT, channel_peer(peer))) {
        agent_send(a, peer, IPC_HELLO, &hello);
    }
}

static void clock_set(struct agent *a)
{
    architect__upkeep_clock(a->state);
}

static void report(struct agent *a, struct ipc_pong *pong)
{
    struct architect *w = a->state;

    pong->queue_depth = w->rows;
    pong->commits = w->commits;
}

// Leaves last: the commander stops it once all others have gone, so nothing can follow.
static void stop(struct agent *a)
{
    architect__commit(a->state);
    agent_leave(a, 0);
}

static void finish(struct agent *a)
{
    struct architect *w = a->state;

    if (w->open) {
        architect__commit(w);
    }
    loop_hook_remove(a->loop, turn_ends, w);
    loop_timer_destroy(w->commit_timer);
    architect__upkeep_destroy(w);
    store_close(w->store);
    buf_finish(&w->frames);
    free(w->outbox);
    free(w);
}

static const channel_fn handlers[IPC_TYPE_COUNT] = {
    [IPC_CANDLES] = architect__on_candles,
    [IPC_LEDGER] = architect__on_ledger,
    [IPC_STREAM_MARK] = architect__on_stream_mark,
    [IPC_SIGNAL] = architect__on_signal,
    [IPC_ANALYSED] = architect__on_analysed,
    [IPC_VERDICT] = architect__on_verdict,
    [IPC_FILL] = architect__on_fill,
    [IPC_MARKET] = architect__on_market,
    [IPC_MARKETS_END] = architect__on_markets_end,
    [IPC_EVENT] = architect__on_event,
    [IPC_CONTROL] = architect__on_control,
};

int architect_main(void)
{
    static const struct agent_ops ops = {
        .role = ROLE_ARCHITECT,
        .handlers = handlers,
        .init = init,
        .sandbox = sandbox,
        .start = start,
        .peer_joined = joined,
        .clock_set = clock_set,
        .report = report,
        .stop = stop,
        .finish = finish,
    };

    return agent_main(&ops);
}
