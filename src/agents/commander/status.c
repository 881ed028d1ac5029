// SPDX-License-Identifier: Apache-2.0
// The hub's state as one JSON object: agents, streams, exchange time, request weight.
#include "agents/commander/commander_internal.h"

#include "agents/agent.h"
#include "base/jsonw.h"

#include <unistd.h>

static const char *const child_states[] = {"down", "starting", "ready", "stopping"};

// One agent as the status shows it, the commander too.
struct figures {
    const char *name, *state, *note;
    int64_t pid; // 0: not running
    uint32_t restarts;
    time_ms last_work;
    uint64_t work_done, queue_depth, memory_bytes;
    uint64_t commits; // of the store; its writer alone makes any
};

static void write_agent(struct jsonw *w, const struct figures *f)
{
    jsonw_object(w);
    jsonw_key(w, "name");
    jsonw_str(w, str_from(f->name));
    jsonw_key(w, "pid");
    f->pid > 0 ? jsonw_i64(w, f->pid) : jsonw_null(w);
    jsonw_key(w, "state");
    jsonw_str(w, str_from(f->state));
    jsonw_key(w, "restarts");
    jsonw_u64(w, f->restarts);
    jsonw_key(w, "last_work");
    f->last_work > 0 ? jsonw_i64(w, f->last_work) : jsonw_null(w);
    jsonw_key(w, "work_done");
    jsonw_u64(w, f->work_done);
    jsonw_key(w, "commits");
    jsonw_u64(w, f->commits);
    jsonw_key(w, "queue_depth");
    jsonw_u64(w, f->queue_depth);
    jsonw_key(w, "memory_bytes");
    jsonw_u64(w, f->memory_bytes);
    jsonw_key(w, "note");
    jsonw_str(w, str_from(f->note));
    jsonw_object_end(w);
}

static void write_commander(struct jsonw *w, const struct commander *cm, time_ms now)
{
    struct figures f = {.name = "commander",
                        .state = cm->stopping ? "stopping" : "ready",
                        .note = "",
                        .pid = getpid(),
                        .last_work = now,
                        .work_done = cm->ping_seq,
                        .queue_depth = cm->wakes.count,
                        .memory_bytes = agent_memory_bytes()};

    write_agent(w, &f);
}

static void write_child(struct jsonw *w, const struct child *c)
{
    char name[48];
    int rc = c->role == ROLE_ANALYST
                 ? str_printf(name, sizeof name, "%s %u", ipc_role_name(c->role), c->index + 1)
                 : str_copy(name, sizeof name, str_from(ipc_role_name(c->role)));
    struct figures f = {.name = rc == 0 ? name : "?",
                        .state = child_states[c->state],
                        .note = c->note,
                        .pid = c->pid,
                        .restarts = c->restarts,
                        .last_work = c->last_work,
                        .work_done = c->work_done,
                        .commits = c->commits,
                        .queue_depth = c->queue_depth,
                        .memory_bytes = c->memory_bytes};

    write_agent(w, &f);
}

// How far the newest candle is behind: time since the close of the newest candle that should be
// there by now and is not; 0 when nothing is owed.
static int64_t lag_of(const struct commander *cm, const struct stream *s, time_ms now)
{
    struct schedule_rules rules = commander__rules(cm);
    time_ms newest = schedule_newest_due(s->track.tf, now, &rules);
    time_ms last = s->track.last;
    time_ms owed = last > 0 ? timeframe_next(s->track.tf, last) : newest;

    if (s->track.state == STREAM_PAUSED || last >= newest) {
        return 0;
    }
    return now - timeframe_next(s->track.tf, owed);
}

static void write_stream(struct jsonw *w, const struct commander *cm, const struct stream *s,
                         time_ms now)
{
    char pair[PAIR_TEXT_MAX];

    pair_format(&s->pair, pair);
    jsonw_object(w);
    jsonw_key(w, "id");
    jsonw_u64(w, s->id);
    jsonw_key(w, "pair");
    jsonw_str(w, str_from(pair));
    jsonw_key(w, "timeframe");
    jsonw_str(w, str_from(timeframe_code(s->track.tf)));
    jsonw_key(w, "state");
    jsonw_str(w, str_from(stream_state_name(s->track.state)));
    jsonw_key(w, "text");
    jsonw_str(w, str_from(s->track.text));
    jsonw_key(w, "last_candle");
    s->track.last > 0 ? jsonw_i64(w, s->track.last) : jsonw_null(w);
    jsonw_key(w, "next_candle");
    s->track.state == STREAM_PAUSED ? jsonw_null(w) : jsonw_i64(w, s->track.next_open);
    jsonw_key(w, "lag_ms");
    jsonw_i64(w, lag_of(cm, s, now));
    jsonw_key(w, "attempts");
    jsonw_u64(w, s->track.attempts);
    jsonw_key(w, "cause");
    jsonw_str(w, str_from(track_cause(&s->track)));
    jsonw_object_end(w);
}

static void write_clock(struct jsonw *w, const struct commander *cm, time_ms now)
{
    jsonw_key(w, "clock");
    jsonw_object(w);
    jsonw_key(w, "known");
    jsonw_bool(w, cm->have_clock);
    jsonw_key(w, "exchange_time");
    cm->have_clock ? jsonw_i64(w, now) : jsonw_null(w);
    jsonw_key(w, "speed");
    jsonw_double(w, cm->clock.speed);
    jsonw_key(w, "offset_ms"); // to the machine's clock; says nothing on a practice exchange
    cm->have_clock ? jsonw_i64(w, now - clock_wall_ms()) : jsonw_null(w);
    jsonw_key(w, "round_trip_ms");
    jsonw_i64(w, cm->clock_round_trip_ms);
    jsonw_object_end(w);
}

static void write_weight(struct jsonw *w, const struct commander *cm, time_ms now)
{
    jsonw_key(w, "weight");
    jsonw_object(w);
    jsonw_key(w, "used");
    jsonw_i64(w, cm->weight.used);
    jsonw_key(w, "allowed");
    jsonw_i64(w, cm->weight.ceiling);
    jsonw_key(w, "limit");
    jsonw_i64(w, cm->weight.limit);
    jsonw_key(w, "window_ms");
    jsonw_i64(w, cm->weight.window_ms);
    jsonw_key(w, "silent_until");
    cm->weight.frozen_until > now ? jsonw_i64(w, cm->weight.frozen_until) : jsonw_null(w);
    jsonw_object_end(w);
}

int commander__status_json(struct commander *cm, struct buf *out)
{
    struct jsonw w;
    size_t cursor = 0;
    struct str key;
    void *value;
    time_ms now = commander__now(cm);

    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_key(&w, "exchange");
    jsonw_str(&w, str_from(config_str(cm->config, CFG_EXCHANGE_NAME)));
    jsonw_key(&w, "base_url");
    jsonw_str(&w, str_from(config_str(cm->config, CFG_BINANCE_BASE_URL)));
    jsonw_key(&w, "data_dir");
    jsonw_str(&w, str_from(config_str(cm->config, CFG_HUB_DATA_DIR)));
    jsonw_key(&w, "agents");
    jsonw_array(&w);
    write_commander(&w, cm, now);
    for (size_t i = 0; i < cm->child_count; i++) {
        write_child(&w, &cm->children[i]);
    }
    jsonw_array_end(&w);
    jsonw_key(&w, "streams");
    jsonw_array(&w);
    while (map_next(&cm->streams, &cursor, &key, &value)) {
        write_stream(&w, cm, value, now);
    }
    jsonw_array_end(&w);
    write_clock(&w, cm, now);
    write_weight(&w, cm, now);
    jsonw_object_end(&w);
    return jsonw_finish(&w);
}
