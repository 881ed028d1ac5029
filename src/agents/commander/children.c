// SPDX-License-Identifier: Apache-2.0
// The agents as processes: start order, channels between allowed pairs, heartbeats, restarts with
// back-off, ordered stop.
#include "agents/commander/commander_internal.h"

#include "os/spawn.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// Who may talk to whom, besides everyone with the commander. This list is the architecture: the
// sentinel joins beside the gatekeeper, the ui beside the architect.
static const struct {
    enum ipc_role a, b;
} allowed_pairs[] = {
    {ROLE_ARCHITECT, ROLE_HARVESTER},
    {ROLE_ARCHITECT, ROLE_ANALYST},
    {ROLE_ARCHITECT, ROLE_GATEKEEPER},
};

// The order in which agents leave, each after the ones that feed it.
static const enum ipc_role stop_order[] = {ROLE_HARVESTER, ROLE_ANALYST, ROLE_GATEKEEPER,
                                           ROLE_ARCHITECT};
#define STOP_STAGES        (int)(sizeof stop_order / sizeof stop_order[0])
#define SETTLED_NS         (30 * INT64_C(1000000000)) // an agent up this long starts its pauses anew
#define QUEUE_BYTES        (32u << 20)
#define VITAL_PAUSE_MAX_MS 5000
#define NAME_TEXT_MAX      48
#define STORE_TRIES_MAX    3 // an architect that never got ready this often will not

static void child_start(struct child *c);

struct child *commander__child(struct commander *cm, enum ipc_role role, uint32_t index)
{
    for (size_t i = 0; i < cm->child_count; i++) {
        if (cm->children[i].role == role && cm->children[i].index == index) {
            return &cm->children[i];
        }
    }
    return NULL;
}

bool commander__is_ready(struct commander *cm, enum ipc_role role)
{
    const struct child *c = commander__child(cm, role, 0);

    return c && c->state == CHILD_READY;
}

bool commander__send(struct commander *cm, enum ipc_role role, uint32_t index, enum ipc_type type,
                     const void *msg)
{
    struct child *c = commander__child(cm, role, index);

    if (!c || c->state != CHILD_READY) {
        return false;
    }
    if (channel_send(c->channel, type, msg) != 0) {
        log_error(&cm->log, "an agent does not take messages", "agent=%s index=%u",
                  ipc_role_name(role), index);
        (void)kill(c->pid, SIGKILL);
        return false;
    }
    return true;
}

static void restart_due(void *arg)
{
    child_start(arg);
}

static void add_child(struct commander *cm, enum ipc_role role, uint32_t index)
{
    struct child *c = &cm->children[cm->child_count++];

    *c = (struct child){.cm = cm, .role = role, .index = index, .state = CHILD_DOWN};
}

int commander__children_init(struct commander *cm)
{
    int64_t wanted = config_i64(cm->config, CFG_HUB_ANALYSTS);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    cm->analysts = wanted > 0 ? (uint32_t)wanted : (uint32_t)(cores > 0 && cores < 256 ? cores : 1);
    add_child(cm, ROLE_ARCHITECT, 0);
    add_child(cm, ROLE_HARVESTER, 0);
    add_child(cm, ROLE_GATEKEEPER, 0);
    for (uint32_t i = 0; i < cm->analysts; i++) {
        add_child(cm, ROLE_ANALYST, i);
    }
    for (size_t i = 0; i < cm->child_count; i++) {
        int rc = loop_timer_create(cm->loop, restart_due, &cm->children[i], &cm->children[i].timer);

        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

void commander__children_finish(struct commander *cm)
{
    for (size_t i = 0; i < cm->child_count; i++) {
        loop_timer_destroy(cm->children[i].timer);
        channel_close(cm->children[i].channel);
    }
}

// ---- starting
// ------------------------------------------------------------------------------------

static int send_settings(struct child *c)
{
    struct buf text;
    struct ipc_settings msg = {
        .index = c->index,
        .count = c->role == ROLE_ARCHITECT || c->role == ROLE_ANALYST ? c->cm->analysts : 1};
    int rc;

    buf_init(&text, 65536);
    // Only the architect reaches a database server, so only it is handed that address.
    rc = config_serialise(c->cm->config, c->role == ROLE_ARCHITECT, &text);
    msg.text = buf_str(&text);
    if (rc == 0) {
        rc = channel_send(c->channel, IPC_SETTINGS, &msg);
    }
    buf_finish(&text);
    return rc;
}

void commander__send_settings(struct commander *cm)
{
    for (size_t i = 0; i < cm->child_count; i++) {
        if (cm->children[i].state == CHILD_READY && send_settings(&cm->children[i]) != 0) {
            log_error(&cm->log, "settings cannot be sent", "agent=%s",
                      ipc_role_name(cm->children[i].role));
        }
    }
}

static void child_channel_closed(void *arg, struct channel *ch, const char *cause)
{
    struct commander *cm = arg;

    for (size_t i = 0; i < cm->child_count; i++) {
        struct child *c = &cm->children[i];

        if (c->channel != ch) {
            continue;
        }
        c->channel = NULL;
        if (c->state != CHILD_STOPPING && c->pid > 0) {
            log_warn(&cm->log, "lost the channel to an agent", "agent=%s index=%u cause=\"%s\"",
                     ipc_role_name(c->role), c->index, cause);
            c->state = CHILD_STOPPING; // its end is reported by the system
            (void)kill(c->pid, SIGKILL);
        }
    }
}

static int open_channel(struct child *c, int fd)
{
    struct channel_options o = {.self = ROLE_COMMANDER,
                                .peer = c->role,
                                .peer_index = c->index,
                                .handlers = commander__handlers,
                                .arg = c->cm,
                                .closed = child_channel_closed,
                                .queue_max_bytes = QUEUE_BYTES};
    int rc = channel_create(c->cm->loop, fd, &o, &c->channel);

    if (rc == 0) {
        channel_set_user(c->channel, c);
    }
    return rc;
}

static void retry_later(struct child *c)
{
    int64_t min = config_ms(c->cm->config, CFG_HUB_RESTART_BACKOFF_MIN);
    int64_t max = config_ms(c->cm->config, CFG_HUB_RESTART_BACKOFF_MAX);

    // Without these two no candle is fetched or stored, and windows can be a minute long.
    if ((c->role == ROLE_ARCHITECT || c->role == ROLE_HARVESTER) && max > VITAL_PAUSE_MAX_MS) {
        max = VITAL_PAUSE_MAX_MS;
    }

    c->state = CHILD_DOWN;
    c->pause_ms = c->pause_ms == 0 ? min : c->pause_ms * 2;
    if (c->pause_ms > max) {
        c->pause_ms = max;
    }
    loop_timer_start(c->timer, c->pause_ms);
}

static void child_start(struct child *c)
{
    struct commander *cm = c->cm;
    char name[NAME_TEXT_MAX];
    char role[NAME_TEXT_MAX];
    char flag[] = "--agent";
    char *argv[] = {name, flag, role, NULL};
    int pair[2] = {-1, -1};
    int rc;

    if (c->state != CHILD_DOWN || cm->stopping) {
        return;
    }
    // Everyone else reads what the architect has made ready.
    if (c->role != ROLE_ARCHITECT && !commander__is_ready(cm, ROLE_ARCHITECT) && c->restarts == 0) {
        return; // started when the architect says READY
    }
    rc = str_copy(role, sizeof role, str_from(ipc_role_name(c->role)));
    if (rc == 0) {
        rc = c->role == ROLE_ANALYST
                 ? str_printf(name, sizeof name, "oracle: %s %u", role, c->index + 1)
                 : str_printf(name, sizeof name, "oracle: %s", role);
    }
    if (rc == 0) {
        rc = spawn_socketpair(pair);
    }
    if (rc == 0) {
        rc = spawn_self(argv, pair[1], &c->pid);
    }
    if (pair[1] >= 0) {
        (void)close(pair[1]);
    }
    if (rc == 0) {
        rc = open_channel(c, pair[0]);
        if (rc != 0) { // reaped with the next one that ends
            (void)kill(c->pid, SIGKILL);
        }
    }
    if (rc != 0 && pair[0] >= 0) {
        (void)close(pair[0]);
    }
    if (rc != 0) {
        log_error(&cm->log, "an agent cannot be started", "agent=%s cause=\"%s\"", role,
                  err_text(rc));
        retry_later(c);
        return;
    }
    c->state = CHILD_STARTING;
    c->started_ns = c->heard_ns = clock_now_ns();
    if (send_settings(c) != 0) {
        (void)kill(c->pid, SIGKILL);
    }
}

void commander__children_start(struct commander *cm)
{
    for (size_t i = 0; i < cm->child_count; i++) {
        if (cm->children[i].state == CHILD_DOWN && !loop_timer_is_active(cm->children[i].timer)) {
            child_start(&cm->children[i]);
        }
    }
}

// ---- channels between agents
// -----------------------------------------------------------------------

static bool may_talk(enum ipc_role a, enum ipc_role b)
{
    for (size_t i = 0; i < sizeof allowed_pairs / sizeof allowed_pairs[0]; i++) {
        if ((allowed_pairs[i].a == a && allowed_pairs[i].b == b) ||
            (allowed_pairs[i].a == b && allowed_pairs[i].b == a)) {
            return true;
        }
    }
    return false;
}

static int introduce(struct child *x, struct child *y)
{
    struct ipc_peer to_x = {.role = (uint8_t)y->role, .index = y->index};
    struct ipc_peer to_y = {.role = (uint8_t)x->role, .index = x->index};
    int pair[2] = {-1, -1};
    int rc = spawn_socketpair(pair);

    if (rc != 0) {
        return rc;
    }
    rc = channel_send_fd(x->channel, IPC_PEER, &to_x, pair[0]);
    if (rc == 0) {
        rc = channel_send_fd(y->channel, IPC_PEER, &to_y, pair[1]);
    }
    (void)close(pair[0]);
    (void)close(pair[1]);
    return rc;
}

void commander__child_ready(struct commander *cm, struct child *c)
{
    struct ipc_start start = {0};

    c->state = CHILD_READY;
    c->heard_ns = clock_now_ns();
    commander__send_clock(cm, c);
    for (size_t i = 0; i < cm->child_count; i++) {
        struct child *other = &cm->children[i];

        if (other != c && other->state == CHILD_READY && may_talk(c->role, other->role) &&
            introduce(c, other) != 0) {
            log_error(&cm->log, "agents cannot be connected", "agent=%s peer=%s",
                      ipc_role_name(c->role), ipc_role_name(other->role));
            (void)kill(c->pid, SIGKILL);
            return;
        }
    }
    if (channel_send(c->channel, IPC_START, &start) != 0) {
        (void)kill(c->pid, SIGKILL);
    }
}

void commander__send_clock(struct commander *cm, struct child *only)
{
    struct ipc_clock msg = {cm->clock.anchor_ns, cm->clock.anchor_ms, cm->clock.speed};

    for (size_t i = 0; cm->have_clock && i < cm->child_count; i++) {
        struct child *c = &cm->children[i];

        if (c->state == CHILD_READY && (!only || only == c) &&
            channel_send(c->channel, IPC_CLOCK, &msg) != 0) {
            (void)kill(c->pid, SIGKILL);
        }
    }
}

// ---- watching
// ------------------------------------------------------------------------------------

void commander__children_beat(struct commander *cm)
{
    int64_t hang_ns = config_ms(cm->config, CFG_HUB_HANG_TIMEOUT) * 1000000;
    int64_t start_ns = config_ms(cm->config, CFG_HUB_START_TIMEOUT) * 1000000;
    int64_t beat_ns = config_ms(cm->config, CFG_HUB_HEARTBEAT_INTERVAL) * 1000000;
    struct ipc_ping ping = {.seq = ++cm->ping_seq};
    clock_ns now = clock_now_ns();
    // After the machine slept, or this process was stopped, the silence is our own.
    bool was_away = cm->beat_ns > 0 && now - cm->beat_ns > beat_ns + hang_ns / 2;

    for (size_t i = 0; i < cm->child_count; i++) {
        struct child *c = &cm->children[i];

        if (c->state != CHILD_READY && c->state != CHILD_STARTING) {
            continue;
        }
        if (was_away) {
            c->heard_ns = now;
        }
        if (now - c->heard_ns > (c->state == CHILD_STARTING ? start_ns : hang_ns)) {
            log_error(&cm->log, "an agent hangs and is killed", "agent=%s index=%u silent_ms=%lld",
                      ipc_role_name(c->role), c->index, (long long)((now - c->heard_ns) / 1000000));
            (void)kill(c->pid, SIGKILL);
        } else if (c->state == CHILD_READY && channel_queued(c->channel) < QUEUE_BYTES / 2 &&
                   channel_send(c->channel, IPC_PING, &ping) != 0) {
            (void)kill(c->pid, SIGKILL);
        }
    }
    cm->beat_ns = now;
}

static void stop_next(struct commander *cm);

static void child_ended(struct child *c, int status)
{
    struct commander *cm = c->cm;
    bool wanted = cm->stopping;

    c->pid = 0;
    if (c->channel) {
        channel_close(c->channel);
        c->channel = NULL;
    }
    if (!wanted) {
        log_error(&cm->log, "an agent ended and is started again",
                  "agent=%s index=%u %s=%d restarts=%u", ipc_role_name(c->role), c->index,
                  WIFSIGNALED(status) ? "signal" : "exit",
                  WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), c->restarts + 1);
        c->restarts++;
        if (c->role == ROLE_ARCHITECT) {
            commander__control_lost(cm);
        }
        if (clock_now_ns() - c->started_ns > SETTLED_NS) {
            c->pause_ms = 0;
        }
        retry_later(c);
        if (c->role == ROLE_ARCHITECT && !cm->store && c->restarts >= STORE_TRIES_MAX) {
            commander__fail(cm, 75, "the store cannot be opened, see the architect's words above");
        }
        return;
    }
    c->state = CHILD_DOWN;
    stop_next(cm);
}

void commander__children_reap(struct commander *cm)
{
    for (size_t i = 0; i < cm->child_count; i++) {
        struct child *c = &cm->children[i];
        int status = 0;

        if (c->pid > 0 && waitpid(c->pid, &status, WNOHANG) == c->pid) {
            child_ended(c, status);
        }
    }
}

// ---- stopping
// ------------------------------------------------------------------------------------

static bool stage_is_over(const struct commander *cm, enum ipc_role role)
{
    for (size_t i = 0; i < cm->child_count; i++) {
        if (cm->children[i].role == role && cm->children[i].pid > 0) {
            return false;
        }
    }
    return true;
}

static void stop_role(struct commander *cm, enum ipc_role role)
{
    struct ipc_stop stop = {0};

    for (size_t i = 0; i < cm->child_count; i++) {
        struct child *c = &cm->children[i];

        loop_timer_stop(c->timer);
        if (c->role != role || c->pid <= 0) {
            continue;
        }
        c->state = CHILD_STOPPING;
        if (!c->channel || channel_send(c->channel, IPC_STOP, &stop) != 0) {
            (void)kill(c->pid, SIGTERM);
        }
    }
}

static void stop_next(struct commander *cm)
{
    while (cm->stop_stage < STOP_STAGES && stage_is_over(cm, stop_order[cm->stop_stage])) {
        cm->stop_stage++;
        if (cm->stop_stage < STOP_STAGES) {
            stop_role(cm, stop_order[cm->stop_stage]);
        }
    }
    if (cm->stop_stage == STOP_STAGES) {
        loop_stop(cm->loop);
    }
}

void commander__stop_begin(struct commander *cm)
{
    if (cm->stopping) {
        return;
    }
    cm->stopping = true;
    commander__service_stopping(cm);
    loop_timer_stop(cm->tick);
    loop_timer_start(cm->kill_timer, config_ms(cm->config, CFG_HUB_STOP_TIMEOUT) - 200);
    cm->stop_stage = 0;
    stop_role(cm, stop_order[0]);
    stop_next(cm);
}

void commander__fail(struct commander *cm, int exit_code, const char *why)
{
    log_error(&cm->log, "the hub cannot go on", "cause=\"%s\"", why);
    cm->exit_code = exit_code;
    commander__stop_begin(cm);
}
