// SPDX-License-Identifier: Apache-2.0
// Inside the commander: the agents it keeps, the streams it schedules, the requests it relays.
#ifndef AGENTS_COMMANDER_INTERNAL_H
#define AGENTS_COMMANDER_INTERNAL_H

#include "agents/commander/commander.h"
#include "base/heap.h"
#include "base/log.h"
#include "base/map.h"
#include "ipc/channel.h"
#include "market/track.h"
#include "market/xclock.h"
#include "os/loop.h"
#include "os/notify.h"
#include "store/store.h"

#include <sys/types.h>

#define CHILDREN_MAX (3 + 256)
#define CLIENTS_MAX  64
#define STREAMS_MAX  100000

enum child_state {
    CHILD_DOWN,     // not running; starts when its pause is over
    CHILD_STARTING, // running, not ready yet
    CHILD_READY,
    CHILD_STOPPING,
};

struct child {
    struct commander *cm;
    enum ipc_role role;
    uint32_t index;
    enum child_state state;
    pid_t pid;
    struct channel *channel;
    struct loop_timer *timer; // restart
    uint32_t restarts;
    int64_t pause_ms; // before the next restart
    clock_ns started_ns, heard_ns;
    uint32_t queue_depth;
    uint64_t work_done, commits, memory_bytes;
    time_ms last_work;
    char note[96];
};

struct stream {
    struct heap_node node; // by track_wake_at
    uint32_t id;
    struct pair pair;
    struct track track; // what it waits for: all rules are there
    time_ms wake_at;
    uint32_t warmup; // candles its strategies need
    bool seen;       // in the store, at the last reading of all
};

struct client { // a command line at the control socket
    struct commander *cm;
    struct channel *channel;
};

struct commander {
    const struct commander_options *o;
    struct config *config, *reloaded; // reloaded: owned, replaces config after SIGHUP
    struct loop *loop;
    struct log log;
    struct store *store; // read-only; NULL until the architect is ready
    struct child children[CHILDREN_MAX];
    size_t child_count;
    uint32_t analysts;
    struct loop_timer *beat, *clock_timer, *markets_timer, *tick, *kill_timer;
    struct loop_signal *signals[4];
    uint64_t ping_seq;
    clock_ns beat_ns; // of the last heartbeat
    bool stopping;
    int stop_stage;
    int exit_code;
    bool announced;
    // exchange time
    struct xclock clock, clock_suspect;
    bool have_clock, clock_suspected;
    int64_t clock_pause_ms;
    int64_t clock_round_trip_ms;
    // streams
    struct map streams; // id -> struct stream *
    struct heap wakes;
    // budget as the harvester reports it
    struct ipc_weight weight;
    int64_t markets_pause_ms;
    // control
    int listen_fd;
    struct loop_watch *listen_watch;
    struct client *clients[CLIENTS_MAX];
    size_t client_count;
    uint64_t request_seq;
    struct map requests; // our id -> struct request *
    struct map repairs;  // stream -> struct repair *
    // service manager
    struct notify notify;
    struct loop_timer *watchdog;
    bool service_ready;
};

// children.c
int commander__children_init(struct commander *cm) MUST_CHECK;
void commander__children_start(struct commander *cm);
void commander__children_reap(struct commander *cm);
void commander__children_beat(struct commander *cm);
void commander__children_finish(struct commander *cm);
struct child *commander__child(struct commander *cm, enum ipc_role role, uint32_t index);
bool commander__is_ready(struct commander *cm, enum ipc_role role);
// Sends to an agent; false when it is not ready (it will be told again when it is).
bool commander__send(struct commander *cm, enum ipc_role role, uint32_t index, enum ipc_type type,
                     const void *msg);
void commander__send_clock(struct commander *cm, struct child *only); // NULL: all
void commander__send_settings(struct commander *cm);
void commander__stop_begin(struct commander *cm);
void commander__fail(struct commander *cm, int exit_code, const char *why);
extern const channel_fn commander__handlers[IPC_TYPE_COUNT]; // commander.c

// commander.c
time_ms commander__now(const struct commander *cm); // exchange time; 0 before the first measurement
void commander__child_ready(struct commander *cm, struct child *c);

// streams.c
void commander__streams_load(struct commander *cm); // all, after the architect (re)started
void commander__stream_refresh(struct commander *cm, uint32_t id); // after a request changed it
void commander__streams_run(struct commander *cm);    // does what is due, arms the timer
void commander__streams_resend(struct commander *cm); // the harvester came back: polls are lost
void commander__streams_rules(struct commander *cm);  // the scheduler's settings were read again
void commander__streams_finish(struct commander *cm);

// actions.c: what a track wants done, and what the harvester and the architect say about streams
void commander__act(struct commander *cm, struct stream *s, struct track_actions *todo);
void commander__on_poll_done(void *arg, struct channel *from, const union ipc_any *msg, int fd);
void commander__on_stored(void *arg, struct channel *from, const union ipc_any *msg, int fd);
struct schedule_rules commander__rules(const struct commander *cm);

// control.c
int commander__control_init(struct commander *cm, struct diag *d) MUST_CHECK;
void commander__control_finish(struct commander *cm);
// The architect ended: what it was asked gets no answer from it any more.
void commander__control_lost(struct commander *cm);
void commander__on_control_reply(void *arg, struct channel *from, const union ipc_any *msg, int fd);
// A request that is answered later: its number, 0 when there are too many. The answer goes out
// unless the client has left.
uint64_t commander__request_keep(struct commander *cm, struct client *cl, uint64_t id);
void commander__request_answer(struct commander *cm, uint64_t request,
                               const struct ipc_control_reply *reply);

// repair.c: "data.repair", arguments stream, from, to: answered once the range was asked for.
void commander__repair_begin(struct commander *cm, uint64_t request, struct str args);
void commander__repair_heard(struct commander *cm, const struct stream *s,
                             const struct ipc_poll_done *m); // before the track hears it
void commander__repair_look(struct commander *cm, const struct stream *s); // after it acted
void commander__repair_drop(struct commander *cm, const struct stream *s);
void commander__repairs_finish(struct commander *cm);

// service.c: what the service manager hears; nothing when there is none
int commander__service_init(struct commander *cm) MUST_CHECK;
void commander__service_look(struct commander *cm); // something may have changed
void commander__service_reloading(struct commander *cm);
void commander__service_reloaded(struct commander *cm);
void commander__service_stopping(struct commander *cm);
void commander__service_finish(struct commander *cm);

// status.c
int commander__status_json(struct commander *cm, struct buf *out) MUST_CHECK;

#endif
