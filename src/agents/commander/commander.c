// SPDX-License-Identifier: Apache-2.0
// The commander's main loop: signals, heartbeats, exchange time, the market list.
#include "agents/commander/commander_internal.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CLOCK_PAUSE_MIN_MS   500
#define CLOCK_PAUSE_MAX_MS   30000
#define MARKETS_PAUSE_MS     3600000 // real time between refreshes of the market list
#define MARKETS_RETRY_MIN_MS 2000
#define ROUND_TRIP_MAX_MS    2000 // a slower answer says too little about the time
#define CLOCK_SECOND_LOOK_MS 2000 // after the first measurement: does the speed agree?
#define CLOCK_JUMP_MS        2000 // real time; a larger surprise is believed when measured twice
#define CLOCK_RATE_TOLERANCE 0.05

time_ms commander__now(const struct commander *cm)
{
    return cm->have_clock ? xclock_at(&cm->clock, loop_now(cm->loop)) : 0;
}

static time_ms log_now(void *arg)
{
    const struct commander *cm = arg;

    return cm->have_clock ? commander__now(cm) : clock_wall_ms();
}

// ---- exchange time and markets
// --------------------------------------------------------------------

static void ask_time(void *arg)
{
    struct commander *cm = arg;
    struct ipc_fetch_time msg = {0};

    if (!commander__send(cm, ROLE_HARVESTER, 0, IPC_FETCH_TIME, &msg)) {
        loop_timer_start(cm->clock_timer, CLOCK_PAUSE_MIN_MS);
    }
}

static void ask_markets(void *arg)
{
    struct commander *cm = arg;
    struct ipc_fetch_markets msg = {0};

    if (!cm->have_clock || !commander__is_ready(cm, ROLE_ARCHITECT) ||
        !commander__send(cm, ROLE_HARVESTER, 0, IPC_FETCH_MARKETS, &msg)) {
        loop_timer_start(cm->markets_timer, MARKETS_RETRY_MIN_MS);
    }
}

static void time_failed(struct commander *cm, struct str cause)
{
    cm->clock_pause_ms = cm->clock_pause_ms ? cm->clock_pause_ms * 2 : CLOCK_PAUSE_MIN_MS;
    if (cm->clock_pause_ms > CLOCK_PAUSE_MAX_MS) {
        cm->clock_pause_ms = CLOCK_PAUSE_MAX_MS;
    }
    log_warn(&cm->log, "exchange time cannot be measured", "cause=\"" STR_FMT "\" again_ms=%lld",
             STR_ARG(cause), (long long)cm->clock_pause_ms);
    loop_timer_start(cm->clock_timer, cm->clock_pause_ms);
}

// Warns when the exchange's clock does not run at the speed the hub was told: every wait would be
// wrong.
static void check_rate(struct commander *cm, const struct ipc_time *m)
{
    double real_ms = (double)(m->received_ns - cm->clock.anchor_ns) / 1e6;
    double rate = (double)(m->server_ms - cm->clock.anchor_ms) / real_ms;

    if (real_ms < CLOCK_SECOND_LOOK_MS / 2.0 ||
        fabs(rate / cm->clock.speed - 1) < CLOCK_RATE_TOLERANCE) {
        return;
    }
    log_error(&cm->log, "the exchange's clock does not run at hub.speed",
              "measured=%.3g configured=%.3g do=\"start the hub with --speed %.0f\"", rate,
              cm->clock.speed, rate);
}

// True when this measurement is so far from what was expected that a second one must confirm it.
static bool is_surprise(struct commander *cm, const struct xclock *measured)
{
    clock_ns now = loop_now(cm->loop);
    int64_t moved = xclock_at(measured, now) - xclock_at(&cm->clock, now);
    int64_t against_last = xclock_at(measured, now) - xclock_at(&cm->clock_suspect, now);
    int64_t limit = (int64_t)(CLOCK_JUMP_MS * cm->clock.speed);

    if (llabs(moved) <= limit) {
        cm->clock_suspected = false;
        return false;
    }
    if (cm->clock_suspected && llabs(against_last) <= limit) {
        cm->clock_suspected = false;
        log_warn(&cm->log, "exchange time has jumped and is taken over", "moved_ms=%lld",
                 (long long)moved);
        return false;
    }
    cm->clock_suspected = true;
    cm->clock_suspect = *measured;
    log_warn(&cm->log, "exchange time seems to have jumped, measured once more", "moved_ms=%lld",
             (long long)moved);
    loop_timer_start(cm->clock_timer, CLOCK_PAUSE_MIN_MS);
    return true;
}

// True when the measurement sets exchange time back by more than measuring explains.
static bool is_set_back(const struct commander *cm, const struct xclock *measured)
{
    clock_ns now = loop_now(cm->loop);

    return xclock_at(measured, now) + (int64_t)(CLOCK_JUMP_MS * cm->clock.speed) <
           xclock_at(&cm->clock, now);
}

static void clock_first_known(struct commander *cm)
{
    char at[TIME_TEXT_MAX];

    time_format(commander__now(cm), at);
    log_info(&cm->log, "exchange time measured", "time=%s speed=%g round_trip_ms=%lld", at,
             cm->clock.speed, (long long)cm->clock_round_trip_ms);
    loop_timer_start(cm->clock_timer, CLOCK_SECOND_LOOK_MS);
    ask_markets(cm);
    commander__streams_load(cm);
    if (cm->o->started && !cm->announced) {
        cm->announced = true;
        cm->o->started(cm->o->started_arg);
    }
}

static void on_time(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct commander *cm = arg;
    const struct ipc_time *m = &msg->time;
    bool first = !cm->have_clock, set_back = false;
    struct xclock measured;

    (void)from;
    (void)fd;
    if (!m->ok) {
        time_failed(cm, m->cause);
        return;
    }
    cm->clock_round_trip_ms = (m->received_ns - m->sent_ns) / 1000000;
    if (!first && cm->clock_round_trip_ms > ROUND_TRIP_MAX_MS) {
        time_failed(cm, STR("the answer took too long to say much"));
        return;
    }
    measured =
        xclock_measured(m->received_ns, m->server_ms, config_double(cm->config, CFG_HUB_SPEED));
    if (!first) {
        check_rate(cm, m);
        if (is_surprise(cm, &measured)) {
            return;
        }
        set_back = is_set_back(cm, &measured);
    }
    cm->clock = measured;
    cm->have_clock = true;
    cm->clock_pause_ms = 0;
    loop_timer_start(cm->clock_timer, config_ms(cm->config, CFG_HUB_CLOCK_INTERVAL));
    commander__send_clock(cm, NULL);
    if (first) {
        clock_first_known(cm);
    } else {
        log_debug(&cm->log, "exchange time measured again", "round_trip_ms=%lld",
                  (long long)cm->clock_round_trip_ms);
        // What the streams wait for lies too far ahead then: they begin again from the store.
        set_back ? commander__streams_load(cm) : commander__streams_run(cm);
    }
}

static void on_markets_done(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct commander *cm = arg;
    const struct ipc_markets_done *m = &msg->markets_done;

    (void)from;
    (void)fd;
    if (m->ok) {
        cm->markets_pause_ms = 0;
        loop_timer_start(cm->markets_timer, MARKETS_PAUSE_MS);
        return;
    }
    cm->markets_pause_ms = cm->markets_pause_ms ? cm->markets_pause_ms * 2 : MARKETS_RETRY_MIN_MS;
    if (cm->markets_pause_ms > MARKETS_PAUSE_MS) {
        cm->markets_pause_ms = MARKETS_PAUSE_MS;
    }
    log_warn(&cm->log, "the market list cannot be fetched", "cause=\"" STR_FMT "\" again_ms=%lld",
             STR_ARG(m->cause), (long long)cm->markets_pause_ms);
    loop_timer_start(cm->markets_timer, cm->markets_pause_ms);
}

// ---- what agents say
// -------------------------------------------------------------------------------

static void open_store(struct commander *cm)
{
    struct store_options o = {.backend = config_str(cm->config, CFG_STORE_BACKEND),
                              .location = config_str(cm->config, CFG_HUB_DATA_DIR),
                              .writable = false};
    struct diag d = {0};

    store_close(cm->store); // the files may have been set aside and made anew
    cm->store = NULL;
    if (store_open(&o, &cm->store, &d) != 0) {
        commander__fail(cm, 75, d.text);
    }
}

static void on_ready(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct commander *cm = arg;
    struct child *c = channel_user(from);

    (void)fd;
    if (str_copy(c->note, sizeof c->note, msg->ready.note) != 0) {
        c->note[0] = '\0';
    }
    log_info(&cm->log, "agent is ready", "agent=%s index=%u pid=%d note=\"%s\"",
             ipc_role_name(c->role), c->index, (int)c->pid, c->note);
    commander__child_ready(cm, c);
    switch (c->role) {
    case ROLE_ARCHITECT:
        open_store(cm);
        commander__children_start(cm);
        commander__streams_load(cm);
        break;
    case ROLE_HARVESTER:
        ask_time(cm);
        if (cm->have_clock) {
            ask_markets(cm);
            commander__streams_resend(cm);
        }
        break;
    case ROLE_GATEKEEPER:
        if (cm->weight.limit > 0) {
            (void)commander__send(cm, ROLE_GATEKEEPER, 0, IPC_WEIGHT, &cm->weight);
        }
        break;
    default:
        break;
    }
    commander__service_look(cm);
}

static void on_pong(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct child *c = channel_user(from);

    (void)arg;
    (void)fd;
    c->heard_ns = clock_now_ns();
    c->queue_depth = msg->pong.queue_depth;
    c->work_done = msg->pong.work_done;
    c->commits = msg->pong.commits;
    c->last_work = msg->pong.last_work;
    c->memory_bytes = msg->pong.memory_bytes;
}

static void on_weight(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct commander *cm = arg;

    (void)from;
    (void)fd;
    cm->weight = msg->weight;
    // The gate asks the same exchange from the same address: it must know what is granted.
    (void)commander__send(cm, ROLE_GATEKEEPER, 0, IPC_WEIGHT, &cm->weight);
}

const channel_fn commander__handlers[IPC_TYPE_COUNT] = {
    [IPC_READY] = on_ready,
    [IPC_PONG] = on_pong,
    [IPC_TIME] = on_time,
    [IPC_MARKETS_DONE] = on_markets_done,
    [IPC_POLL_DONE] = commander__on_poll_done,
    [IPC_WEIGHT] = on_weight,
    [IPC_STORED] = commander__on_stored,
    [IPC_CONTROL_REPLY] = commander__on_control_reply,
};

// ---- timers and signals
// ----------------------------------------------------------------------------

static void on_beat(void *arg)
{
    struct commander *cm = arg;

    commander__children_beat(cm);
    commander__service_look(cm);
    loop_timer_start(cm->beat, config_ms(cm->config, CFG_HUB_HEARTBEAT_INTERVAL));
}

static void on_tick(void *arg)
{
    commander__streams_run(arg);
}

static void on_kill(void *arg)
{
    struct commander *cm = arg;

    for (size_t i = 0; i < cm->child_count; i++) {
        if (cm->children[i].pid > 0) {
            log_warn(&cm->log, "an agent did not leave in time and is killed", "agent=%s",
                     ipc_role_name(cm->children[i].role));
            (void)kill(cm->children[i].pid, SIGKILL);
        }
    }
}

static void reload(struct commander *cm)
{
    struct config *fresh = NULL;
    struct diag d = {0};

    if (!cm->o->reload || cm->o->reload(cm->o->reload_arg, &fresh, &d) != 0) {
        log_error(&cm->log, "the settings were not read again, the old ones stay", "cause=\"%s\"",
                  d.text);
        return;
    }
    for (int key = 0; key < CFG_COUNT; key++) {
        const struct config_info *info = config_info((enum config_key)key);

        if (config_same(cm->config, fresh, (enum config_key)key) || info->reloadable) {
            continue;
        }
        log_warn(&cm->log, "a changed setting needs a restart of the hub", "setting=%s.%s",
                 info->section, info->name);
        if (!info->secret &&
            config_set_value(fresh, (enum config_key)key,
                             str_from(config_shown(cm->config, (enum config_key)key)),
                             CONFIG_FROM_SET, &d) != 0) {
            config_destroy(fresh);
            return;
        }
    }
    config_destroy(cm->reloaded);
    cm->reloaded = fresh;
    cm->config = fresh;
    cm->log.level = (enum log_level)config_enum(fresh, CFG_HUB_LOG_LEVEL);
    commander__send_settings(cm);
    log_info(&cm->log, "settings read again", "");
    commander__streams_rules(cm);
    commander__streams_run(cm);
}

static void on_signal(void *arg, int signum)
{
    struct commander *cm = arg;

    switch (signum) {
    case SIGCHLD:
        commander__children_reap(cm);
        break;
    case SIGHUP:
        commander__service_reloading(cm);
        reload(cm);
        commander__service_reloaded(cm);
        break;
    default:
        log_info(&cm->log, "stopping", "signal=%d", signum);
        commander__stop_begin(cm);
        break;
    }
}

static int make_timers(struct commander *cm)
{
    const struct {
        struct loop_timer **timer;
        loop_fn fn;
    } timers[] = {
        {&cm->beat, on_beat}, {&cm->clock_timer, ask_time}, {&cm->markets_timer, ask_markets},
        {&cm->tick, on_tick}, {&cm->kill_timer, on_kill},
    };
    static const int signals[] = {SIGCHLD, SIGHUP, SIGTERM, SIGINT};
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof timers / sizeof timers[0]; i++) {
        rc = loop_timer_create(cm->loop, timers[i].fn, cm, timers[i].timer);
    }
    for (size_t i = 0; rc == 0 && i < sizeof signals / sizeof signals[0]; i++) {
        rc = loop_signal_create(cm->loop, signals[i], on_signal, cm, &cm->signals[i]);
    }
    return rc;
}

static bool wakes_before(const struct heap_node *a, const struct heap_node *b)
{
    const struct stream *x = (const struct stream *)(const void *)a;
    const struct stream *y = (const struct stream *)(const void *)b;

    return x->wake_at != y->wake_at ? x->wake_at < y->wake_at : x->id < y->id;
}

static void finish(struct commander *cm)
{
    commander__control_finish(cm);
    commander__children_finish(cm);
    commander__streams_finish(cm);
    commander__repairs_finish(cm);
    commander__service_finish(cm);
    store_close(cm->store);
    loop_destroy(cm->loop);
    config_destroy(cm->reloaded);
    free(cm);
}

int commander_run(const struct commander_options *o)
{
    struct commander *cm = calloc(1, sizeof *cm);
    struct diag d = {0};
    int rc, exit_code;

    if (!cm || loop_create(&cm->loop) != 0) {
        free(cm);
        return 70;
    }
    cm->o = o;
    cm->config = o->config;
    cm->listen_fd = -1;
    cm->clock.speed = config_double(cm->config, CFG_HUB_SPEED);
    cm->log = (struct log){.fd = 2,
                           .level = (enum log_level)config_enum(cm->config, CFG_HUB_LOG_LEVEL),
                           .format = (enum log_format)config_enum(cm->config, CFG_HUB_LOG_FORMAT),
                           .role = "commander",
                           .now = log_now,
                           .now_arg = cm};
    map_init(&cm->streams, STREAMS_MAX);
    map_init(&cm->repairs, CLIENTS_MAX);
    cm->notify.fd = -1;
    heap_init(&cm->wakes, STREAMS_MAX, wakes_before);
    (void)signal(SIGPIPE, SIG_IGN);
    rc = commander__control_init(cm, &d);
    if (rc == 0) {
        rc = make_timers(cm);
    }
    if (rc == 0) {
        rc = commander__service_init(cm);
    }
    if (rc == 0) {
        rc = commander__children_init(cm);
    }
    if (rc != 0) {
        log_error(&cm->log, "the hub cannot start", "cause=\"%s\"",
                  d.text[0] ? d.text : err_text(rc));
        exit_code = rc == ERR_BUSY ? 69 : 70;
    } else {
        commander__children_start(cm);
        loop_timer_start(cm->beat, config_ms(cm->config, CFG_HUB_HEARTBEAT_INTERVAL));
        (void)loop_run(cm->loop);
        log_info(&cm->log, "stopped", "exit=%d", cm->exit_code);
        exit_code = cm->exit_code;
    }
    finish(cm);
    return exit_code;
}
