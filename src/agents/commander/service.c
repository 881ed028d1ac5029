// SPDX-License-Identifier: Apache-2.0
// What the service manager (systemd, Type=notify) is told: ready, how the streams do, reloading,
// stopping, and that this loop still turns.
#include "agents/commander/commander_internal.h"

#include <stdio.h>
#include <unistd.h>

static bool all_ready(const struct commander *cm)
{
    for (size_t i = 0; i < cm->child_count; i++) {
        if (cm->children[i].state != CHILD_READY) {
            return false;
        }
    }
    return true;
}

static void describe(struct commander *cm, char out[static NOTIFY_STATUS_MAX])
{
    size_t cursor = 0, count[STREAM_STATE_COUNT] = {0}, total = 0, away = 0;
    struct str key;
    void *value;

    while (map_next(&cm->streams, &cursor, &key, &value)) {
        const struct stream *s = value;

        count[s->track.state]++;
        total++;
    }
    for (size_t i = 0; i < cm->child_count; i++) {
        away += cm->children[i].state != CHILD_READY;
    }
    if (!cm->have_clock) {
        (void)snprintf(out, NOTIFY_STATUS_MAX, "waiting for the time of %s",
                       config_str(cm->config, CFG_EXCHANGE_NAME));
        return;
    }
    (void)snprintf(out, NOTIFY_STATUS_MAX,
                   "%zu streams: %zu live, %zu healing, %zu failed, %zu "
                   "paused%s",
                   total, count[STREAM_LIVE], count[STREAM_HEALING], count[STREAM_FAILED],
                   count[STREAM_PAUSED], away > 0 ? "; an agent is being started again" : "");
}

static void on_watchdog(void *arg)
{
    struct commander *cm = arg;

    notify_alive(&cm->notify);
    loop_timer_start(cm->watchdog, cm->notify.watchdog_ms);
}

int commander__service_init(struct commander *cm)
{
    struct notify_env env = notify_env_own();
    struct diag d = {0};

    if (notify_init(&cm->notify, &env, getpid(), &d) != 0) {
        // It then takes us for hung and says so; trading on is better than not starting.
        log_warn(&cm->log, "the service manager cannot be told anything", "cause=%s",
                 LOG_Q(d.text));
    }
    if (cm->notify.watchdog_ms == 0) {
        return 0;
    }
    if (loop_timer_create(cm->loop, on_watchdog, cm, &cm->watchdog) != 0) {
        return ERR_NO_MEMORY;
    }
    loop_timer_start(cm->watchdog, cm->notify.watchdog_ms);
    return 0;
}

void commander__service_look(struct commander *cm)
{
    char text[NOTIFY_STATUS_MAX];

    if (!notify_is_open(&cm->notify) || cm->stopping) {
        return;
    }
    describe(cm, text);
    if (!cm->service_ready && all_ready(cm)) {
        cm->service_ready = true; // an exchange that is away must not keep the hub from its watch
        notify_ready(&cm->notify, text);
    } else {
        notify_status(&cm->notify, text);
    }
}

void commander__service_reloading(struct commander *cm)
{
    notify_reloading(&cm->notify, clock_monotonic_us());
}

void commander__service_reloaded(struct commander *cm)
{
    char text[NOTIFY_STATUS_MAX];

    describe(cm, text);
    notify_ready(&cm->notify, text);
}

void commander__service_stopping(struct commander *cm)
{
    notify_stopping(&cm->notify, "stopping: the agents finish what they have");
}

void commander__service_finish(struct commander *cm)
{
    loop_timer_destroy(cm->watchdog);
    notify_finish(&cm->notify);
}
