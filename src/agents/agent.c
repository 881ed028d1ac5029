// SPDX-License-Identifier: Apache-2.0
// The life of an agent process.
#include "agents/agent.h"

#include "base/number.h"
#include "os/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define CONTROL_QUEUE_BYTES (16u << 20)
#define PEER_QUEUE_BYTES    (32u << 20)
#define EXIT_LOST           75 // sysexits EX_TEMPFAIL: start me again

static time_ms log_now(void *arg)
{
    const struct agent *a = arg;

    return a->have_clock ? agent_now(a) : clock_wall_ms();
}

struct channel *agent_peer_at(const struct agent *a, enum ipc_role role, uint32_t index)
{
    for (size_t i = 0; i < a->peer_count; i++) {
        if (channel_peer(a->peers[i]) == role && channel_peer_index(a->peers[i]) == index) {
            return a->peers[i];
        }
    }
    return NULL;
}

struct channel *agent_peer(const struct agent *a, enum ipc_role role)
{
    return agent_peer_at(a, role, 0);
}

time_ms agent_now(const struct agent *a)
{
    return a->have_clock ? xclock_at(&a->clock, loop_now(a->loop)) : 0;
}

int64_t agent_real_ms_until(const struct agent *a, time_ms exchange_time)
{
    return a->have_clock ? xclock_real_ms_until(&a->clock, loop_now(a->loop), exchange_time) : 1000;
}

void agent_work(struct agent *a, uint64_t units)
{
    a->work_done += units;
    a->last_work = agent_now(a);
}

_Noreturn void agent_fatal(struct agent *a, const char *what, const char *why)
{
    log_error(&a->log, what, "cause=\"%s\"", why);
    _exit(EXIT_LOST);
}

void agent_send(struct agent *a, struct channel *to, enum ipc_type type, const void *msg)
{
    int rc = channel_send(to, type, msg);

    if (rc != 0) {
        agent_fatal(a, "a message cannot be sent", err_text(rc));
    }
}

const char *const *agent_network_paths(void)
{
    static const char *paths[] = {
        "/etc",
        "/lib",
        "/lib64",
        "/usr/lib",
        "/usr/share/ca-certificates",
        "/usr/local/share/ca-certificates",
        "/run/systemd/resolve",
        "/run/resolvconf",
        "/run/NetworkManager",
        "/run/connman",
        "/mnt/wsl",
        "/proc/self",
        "/dev/null",
        "/dev/urandom",
        NULL, // places for what the environment names
        NULL,
        NULL,
    };
    size_t n = sizeof paths / sizeof paths[0] - 3;
    const char *file = getenv("SSL_CERT_FILE");
    const char *dir = getenv("SSL_CERT_DIR");

    if (file && *file) {
        paths[n++] = file;
    }
    if (dir && *dir) {
        paths[n++] = dir;
    }
    return paths;
}

uint64_t agent_memory_bytes(void)
{
    char text[128];
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text) : -1;
    struct str rest, whole, resident;
    uint64_t pages = 0;

    if (fd >= 0) {
        (void)close(fd);
    }
    if (n <= 0) {
        return 0;
    }
    rest = (struct str){text, (size_t)n};
    if (!str_split(&rest, ' ', &whole) || !str_split(&rest, ' ', &resident) ||
        number_parse_u64(resident, &pages) != 0) {
        return 0;
    }
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void agent_leave(struct agent *a, int exit_code)
{
    a->exit_code = exit_code;
    for (size_t i = 0; i < a->peer_count; i++) {
        (void)channel_flush(a->peers[i]); // a peer that does not read finds the rest in the store
    }
    loop_stop(a->loop);
}

// ---- peers
// ---------------------------------------------------------------------------------------

static void peer_closed(void *arg, struct channel *ch, const char *cause)
{
    struct agent *a = arg;
    enum ipc_role role = channel_peer(ch);
    uint32_t index = channel_peer_index(ch);

    for (size_t i = 0; i < a->peer_count; i++) {
        if (a->peers[i] == ch) {
            a->peers[i] = a->peers[--a->peer_count];
            break;
        }
    }
    if (!a->stopping) {
        log_debug(&a->log, "peer left", "peer=%s index=%u cause=\"%s\"", ipc_role_name(role), index,
                  cause);
    }
    if (a->ops->peer_left) {
        a->ops->peer_left(a, role, index);
    }
}

static void on_peer(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct agent *a = arg;
    struct channel *old = agent_peer_at(a, msg->peer.role, msg->peer.index);
    struct channel_options o = {
        .self = a->ops->role,
        .peer = msg->peer.role,
        .peer_index = msg->peer.index,
        .handlers = a->ops->handlers,
        .arg = a,
        .closed = peer_closed,
        .queue_max_bytes = PEER_QUEUE_BYTES,
    };
    struct channel *ch = NULL;

    (void)from;
    if (fd < 0 || msg->peer.role >= ROLE_COUNT) {
        agent_fatal(a, "a peer without a channel", ipc_role_name(msg->peer.role));
    }
    if (old) {
        peer_closed(a, old, "replaced");
        channel_close(old);
    }
    if (a->peer_count == AGENT_PEERS_MAX || channel_create(a->loop, fd, &o, &ch) != 0) {
        agent_fatal(a, "a peer cannot be taken", ipc_role_name(msg->peer.role));
    }
    a->peers[a->peer_count++] = ch;
    if (a->ops->peer_joined) {
        a->ops->peer_joined(a, ch);
    }
}

// ---- what the commander says
// ----------------------------------------------------------------------

static void on_settings(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct agent *a = arg;
    struct sandbox_rules rules = {0};
    struct sandbox_report report = {0};
    struct diag d = {0};
    struct ipc_ready ready;
    int rc;

    (void)fd;
    if (config_deserialise(a->config, msg->settings.text, &d) != 0) {
        agent_fatal(a, "settings refused", d.text);
    }
    a->log.level = (enum log_level)config_enum(a->config, CFG_HUB_LOG_LEVEL);
    a->log.format = (enum log_format)config_enum(a->config, CFG_HUB_LOG_FORMAT);
    if (a->state) { // a reload: the agent reads its settings when it needs them
        return;
    }
    a->index = msg->settings.index;
    a->count = msg->settings.count;
    a->data_dir = config_str(a->config, CFG_HUB_DATA_DIR);
    rc = a->ops->init(a);
    if (rc != 0) {
        agent_fatal(a, "cannot start", err_text(rc));
    }
    a->ops->sandbox(a, &rules);
    rc = sandbox_apply(&rules, &report);
    if (rc != 0) {
        agent_fatal(a, "the sandbox cannot be set up", err_text(rc));
    }
    ready = (struct ipc_ready){.pid = (uint32_t)getpid(), .note = str_from(report.note)};
    agent_send(a, from, IPC_READY, &ready);
}

static void on_start(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct agent *a = arg;

    (void)from;
    (void)msg;
    (void)fd;
    if (!a->started) {
        a->started = true;
        a->ops->start(a);
    }
}

static void on_clock(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct agent *a = arg;

    (void)from;
    (void)fd;
    if (!(msg->clock.speed > 0)) {
        agent_fatal(a, "exchange time refused", "its speed is not positive");
    }
    a->clock = (struct xclock){msg->clock.anchor_ns, msg->clock.anchor_ms, msg->clock.speed};
    a->have_clock = true;
    if (a->ops->clock_set) {
        a->ops->clock_set(a);
    }
}

static void on_ping(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct agent *a = arg;
    struct ipc_pong pong = {.seq = msg->ping.seq,
                            .work_done = a->work_done,
                            .last_work = a->last_work,
                            .memory_bytes = agent_memory_bytes(),
                            .note = STR("")};

    (void)fd;
    if (a->ops->report && a->state) {
        a->ops->report(a, &pong);
    }
    agent_send(a, from, IPC_PONG, &pong);
}

static void begin_stop(struct agent *a)
{
    if (a->stopping) {
        return;
    }
    a->stopping = true;
    if (a->ops->stop && a->started) {
        a->ops->stop(a);
    } else {
        agent_leave(a, 0);
    }
}

static void on_stop(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    (void)from;
    (void)msg;
    (void)fd;
    begin_stop(arg);
}

static void control_closed(void *arg, struct channel *ch, const char *cause)
{
    struct agent *a = arg;

    (void)ch;
    a->control = NULL;
    log_warn(&a->log, "the commander is gone", "cause=\"%s\"", cause);
    begin_stop(a);
}

static void on_signal(void *arg, int signum)
{
    struct agent *a = arg;

    (void)signum; // a signal sent by hand: the commander starts the agent again
    begin_stop(a);
}

// The agent's own handlers with the shared ones laid over them.
static void merge_handlers(const struct agent_ops *ops, channel_fn out[static IPC_TYPE_COUNT])
{
    memcpy(out, ops->handlers, sizeof(channel_fn) * IPC_TYPE_COUNT);
    out[IPC_SETTINGS] = on_settings;
    out[IPC_PEER] = on_peer;
    out[IPC_START] = on_start;
    out[IPC_CLOCK] = on_clock;
    out[IPC_PING] = on_ping;
    out[IPC_STOP] = on_stop;
}

int agent_main(const struct agent_ops *ops)
{
    struct agent a = {.ops = ops, .log = {.fd = 2, .level = LOG_INFO, .now = log_now}};
    channel_fn handlers[IPC_TYPE_COUNT];
    struct channel_options o = {.self = ops->role,
                                .peer = ROLE_COMMANDER,
                                .handlers = handlers,
                                .arg = &a,
                                .closed = control_closed,
                                .queue_max_bytes = CONTROL_QUEUE_BYTES};
    struct loop_signal *term = NULL;
    int rc;

    merge_handlers(ops, handlers);
    a.log.now_arg = &a;
    (void)str_copy(a.log.role, sizeof a.log.role, str_from(ipc_role_name(ops->role)));
    (void)prctl(PR_SET_NAME, ipc_role_name(ops->role));
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGHUP, SIG_IGN);
    rc = loop_create(&a.loop);
    if (rc == 0) {
        a.config = config_create();
        rc = a.config ? 0 : ERR_NO_MEMORY;
    }
    if (rc == 0) {
        rc = loop_signal_create(a.loop, SIGTERM, on_signal, &a, &term);
    }
    if (rc == 0) {
        rc = channel_create(a.loop, SPAWN_CONTROL_FD, &o, &a.control);
    }
    if (rc != 0) {
        log_error(&a.log, "cannot start", "cause=\"%s\"", err_text(rc));
        a.exit_code = EXIT_LOST;
        goto out;
    }
    (void)loop_run(a.loop);
out:
    if (a.state && ops->finish) {
        ops->finish(&a);
    }
    while (a.peer_count > 0) {
        channel_close(a.peers[--a.peer_count]);
    }
    if (a.control) {
        (void)channel_flush(a.control);
        channel_close(a.control);
    }
    loop_destroy(a.loop);
    config_destroy(a.config);
    return a.exit_code;
}
