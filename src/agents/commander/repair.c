// SPDX-License-Identifier: Apache-2.0
// A user's "fetch these candles again" (oracle data repair): the stream's track asks for the range
// as for any hole, and the command line hears what became of it.
#include "agents/commander/commander_internal.h"

#include "base/number.h"
#include "control/control.h"

#include <stdlib.h>
#include <string.h>

// One request of the exchange's smallest usual page, so that an answer never takes long.
#define REPAIR_CANDLES_MAX 1000

struct repair {
    uint64_t request; // as commander__request_keep() numbered it
    uint32_t stream;
    time_ms from, to;
    bool answered;
    uint32_t rows;
};

struct wanted {
    uint64_t stream;
    int64_t from, to;
};

static int read_wanted(struct str args, struct wanted *out)
{
    struct str key, value;
    int rc = 0, seen = 0;

    while (rc == 0 && control_arg_next(&args, &key, &value)) {
        if (str_eq(key, STR("stream"))) {
            rc = number_parse_u64(value, &out->stream);
        } else if (str_eq(key, STR("from"))) {
            rc = number_parse_i64(value, &out->from);
        } else if (str_eq(key, STR("to"))) {
            rc = number_parse_i64(value, &out->to);
        } else {
            return ERR_INVALID;
        }
        seen++;
    }
    return rc != 0 || seen != 3 || out->stream > UINT32_MAX ? ERR_INVALID : 0;
}

// What is wrong with asking for it, or NULL; *exit_code by sysexits.
static const char *objection(const struct stream *s, const struct wanted *w, uint32_t *exit_code)
{
    const struct track *t = s ? &s->track : NULL;

    *exit_code = 1;
    if (!s) {
        return "the hub does not watch this stream; 'oracle watch add' makes it do so";
    }
    if (t->state == STREAM_PAUSED) {
        return "the stream is paused; 'oracle watch resume' goes on with it and fetches what is "
               "missing";
    }
    *exit_code = 65;
    if (w->from >= w->to || !timeframe_is_aligned(t->tf, w->from) ||
        !timeframe_is_aligned(t->tf, w->to) || w->from < 0 ||
        timeframe_count(t->tf, w->from, w->to) > REPAIR_CANDLES_MAX) {
        return "the range is not on the timeframe's grid, or longer than 1000 candles";
    }
    if (w->to > t->next_open) {
        return "the range reaches into what the hub is still waiting for";
    }
    *exit_code = 75;
    if (t->history != TRACK_NO_HISTORY) {
        return "the stream is being healed; what is missing is fetched already, try again in a "
               "moment";
    }
    return NULL;
}

static void answer_text(struct commander *cm, uint64_t request, uint32_t exit_code, struct str text,
                        uint32_t rows)
{
    char json[64];
    struct ipc_control_reply reply = {.exit_code = exit_code,
                                      .text = text,
                                      .json = STR("[]"),
                                      .streams = STR(""),
                                      .portfolios = STR("")};

    if (str_printf(json, sizeof json, "[{\"rows\":%u}]", rows) == 0) {
        reply.json = str_from(json);
    }
    commander__request_answer(cm, request, &reply);
}

static void settle(struct commander *cm, struct repair *r, uint32_t exit_code, struct str text)
{
    answer_text(cm, r->request, exit_code, text, r->rows);
    (void)map_remove_u64(&cm->repairs, r->stream);
    free(r);
}

void commander__repair_begin(struct commander *cm, uint64_t request, struct str args)
{
    struct wanted w = {0};
    struct track_actions todo = {.count = 0};
    struct repair *r = NULL;
    struct stream *s;
    const char *why;
    uint32_t exit_code = 64;

    if (read_wanted(args, &w) != 0) {
        answer_text(cm, request, 64, STR("data.repair takes stream, from and to"), 0);
        return;
    }
    s = map_get_u64(&cm->streams, w.stream);
    why = objection(s, &w, &exit_code);
    if (!why && map_get_u64(&cm->repairs, w.stream)) {
        exit_code = 75;
        why = "another repair of this stream is under way; try again in a moment";
    }
    r = why ? NULL : calloc(1, sizeof *r);
    if (!why && (!r || map_put_u64(&cm->repairs, w.stream, r) != 0)) {
        free(r);
        exit_code = 75;
        why = "too many repairs at once; try again in a moment";
    }
    if (why) {
        answer_text(cm, request, exit_code, str_from(why), 0);
        return;
    }
    *r = (struct repair){
        .request = request, .stream = (uint32_t)w.stream, .from = w.from, .to = w.to};
    track_hole(&s->track, w.from, w.to, &todo);
    commander__act(cm, s, &todo);
    commander__streams_run(cm);
}

void commander__repair_heard(struct commander *cm, const struct stream *s,
                             const struct ipc_poll_done *m)
{
    struct repair *r = map_get_u64(&cm->repairs, s->id);

    if (!r || m->purpose != POLL_HISTORY || m->to != r->to) {
        return;
    }
    if (m->outcome == OUTCOME_COMPLETE || m->outcome == OUTCOME_HOLES ||
        m->outcome == OUTCOME_NOT_PUBLISHED) {
        r->answered = true;
        r->rows = m->rows;
    } else {
        settle(cm, r, 69, m->cause); // the track goes on trying
    }
}

void commander__repair_look(struct commander *cm, const struct stream *s)
{
    struct repair *r = map_get_u64(&cm->repairs, s->id);
    const struct track *t = &s->track;
    struct ipc_stream_load load = {.stream = s->id, .anew = 1};

    if (!r || (t->history == TRACK_HOLE && t->history_from == r->from && t->history_to == r->to)) {
        return;
    }
    if (!r->answered) {
        settle(cm, r, 75, STR("the repair was interrupted; try again in a moment"));
    } else if (r->rows == 0) {
        settle(cm, r, 1, STR("the exchange has no such candles"));
    } else {
        // What is older than the stream's first due candle wakes nobody when it is stored.
        (void)commander__send(cm, ROLE_ANALYST, s->id % cm->analysts, IPC_STREAM_LOAD, &load);
        settle(cm, r, 0, STR("fetched"));
    }
}

void commander__repair_drop(struct commander *cm, const struct stream *s)
{
    struct repair *r = map_get_u64(&cm->repairs, s->id);

    if (r) {
        settle(cm, r, 1, STR("the stream is no longer watched"));
    }
}

void commander__repairs_finish(struct commander *cm)
{
    size_t cursor = 0;
    struct str key;
    void *value;

    while (map_next(&cm->repairs, &cursor, &key, &value)) {
        free(value);
    }
    map_finish(&cm->repairs);
}
