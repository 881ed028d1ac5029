// SPDX-License-Identifier: Apache-2.0
// The watchlist: adding, removing, pausing and resuming streams.
#include "control/control_internal.h"

#include <string.h>

struct entry_json {
    struct jsonw *w;
    int64_t entry_id;
};

static int write_strategy(void *arg, const struct store_entry_strategy *e)
{
    struct entry_json *j = arg;

    if (e->entry_id == j->entry_id) {
        jsonw_object(j->w);
        jsonw_key(j->w, "name");
        jsonw_str(j->w, str_from(e->strategy_name));
        jsonw_key(j->w, "inputs");
        jsonw_str(j->w, str_from(e->inputs));
        jsonw_object_end(j->w);
    }
    return 0;
}

static void write_pair(struct jsonw *w, const char *key, const char *value)
{
    jsonw_key(w, key);
    jsonw_str(w, str_from(value));
}

// One changed stream as reply.json: [{...}]. entry_id 0: it has no entry (of this portfolio) now.
static int reply_stream(struct request *rq, const struct target *t, const char *portfolio,
                        const char *state, int64_t stream_id, int64_t entry_id)
{
    struct jsonw w;
    struct entry_json j = {&w, entry_id};
    int rc = 0;

    jsonw_init(&w, &rq->reply->json);
    jsonw_array(&w);
    jsonw_object(&w);
    write_pair(&w, "pair", t->pair_text);
    write_pair(&w, "timeframe", timeframe_code(t->tf));
    if (portfolio) {
        write_pair(&w, "portfolio", portfolio);
    }
    write_pair(&w, "exchange", t->exchange);
    write_pair(&w, "state", state);
    jsonw_key(&w, "strategies");
    jsonw_array(&w);
    if (entry_id > 0) {
        rc = store_entry_strategy_each(rq->env->store, stream_id, write_strategy, &j);
    }
    jsonw_array_end(&w);
    jsonw_object_end(&w);
    jsonw_array_end(&w);
    return rc != 0 ? rc : jsonw_finish(&w);
}

struct find_entry {
    int64_t portfolio_id, entry_id;
    size_t others;
};

static int look_at_entry(void *arg, const struct store_entry *e)
{
    struct find_entry *f = arg;

    if (e->portfolio_id == f->portfolio_id) {
        f->entry_id = e->id;
    } else {
        f->others++;
    }
    return 0;
}

static const char *stream_shown(const struct store_stream *st)
{
    return st->paused ? stream_state_name(STREAM_PAUSED) : stream_state_name(st->state);
}

// The stream, made when it is new; a stream nobody watches counts as new for the limits.
static int ensure_stream(struct request *rq, const struct target *t, struct store_stream *out)
{
    struct store *s = rq->env->store;
    int64_t id = 0;
    int rc = store_stream_find(s, t->exchange, &t->pair, t->tf, out);

    if (rc != 0 && rc != ERR_NOT_FOUND) {
        return rc;
    }
    if (rc == ERR_NOT_FOUND || !out->active) {
        rc = control__check_limits(rq, t);
        rc = rc != 0 ? rc : store_stream_ensure(s, t->exchange, &t->pair, t->tf, rq->now, &id);
        rc = rc != 0 ? rc : store_stream_get(s, id, out);
    }
    return rc;
}

int control__watch_add(struct request *rq)
{
    struct store *s = rq->env->store;
    struct store_portfolio portfolio = {0};
    struct store_stream stream = {0};
    struct target t = {0};
    struct find_entry entry = {0};
    size_t changed = 0;
    bool was_there;
    int rc = control__target_market(rq, &t);

    rc = rc != 0 ? rc : control__portfolio_use(rq, true, &portfolio);
    rc = rc != 0 ? rc : ensure_stream(rq, &t, &stream);
    if (rc != 0) {
        return rc;
    }
    entry = (struct find_entry){.portfolio_id = portfolio.id};
    rc = store_entry_each(s, stream.id, look_at_entry, &entry);
    was_there = entry.entry_id != 0;
    if (rc == 0 && !was_there) {
        rc = store_entry_ensure(s, portfolio.id, stream.id, rq->now, &entry.entry_id);
    }
    rc = rc != 0 ? rc
                 : control__say(rq,
                                was_there ? "%s %s is in portfolio %s already"
                                          : "%s %s is watched now, in portfolio %s",
                                t.pair_text, timeframe_code(t.tf), portfolio.settings.name);
    rc = rc != 0 ? rc : control__strategies_put(rq, &t, entry.entry_id, stream.id, &changed);
    if (rc == 0 && stream.paused) {
        rc = control__say(rq, "  it is paused; 'oracle watch resume %s %s' lets it go on",
                          t.pair_text, timeframe_code(t.tf));
    }
    if (rc == 0 && (!was_there || changed > 0)) {
        rc = control__add_id(&rq->reply->streams, stream.id);
    }
    return rc != 0 ? rc
                   : reply_stream(rq, &t, portfolio.settings.name, stream_shown(&stream), stream.id,
                                  entry.entry_id);
}

struct find_strategy {
    int64_t entry_id;
    struct str name;
    char found[NAME_MAX_BYTES];
};

static int look_at_strategy(void *arg, const struct store_entry_strategy *e)
{
    struct find_strategy *f = arg;
    struct str name = str_from(e->strategy_name);
    struct str bare = str_ends(name, STR(".pine")) ? str_sub(name, 0, name.len - 5) : name;

    if (e->entry_id == f->entry_id && (str_eq(name, f->name) || str_eq(bare, f->name))) {
        return str_copy(f->found, sizeof f->found, name);
    }
    return 0;
}

static int remove_strategy(struct request *rq, const struct target *t, struct str name,
                           const struct find_entry *entry, int64_t stream_id)
{
    struct store *s = rq->env->store;
    struct find_strategy f = {.entry_id = entry->entry_id, .name = name};
    int rc = store_entry_strategy_each(s, stream_id, look_at_strategy, &f);

    if (rc == 0 && f.found[0] == '\0') {
        return control__refuse(rq, EXIT_CODE_NEGATIVE,
                               "no strategy '" STR_FMT
                               "' runs there; 'oracle watch list' shows which do",
                               STR_ARG(str_sub(name, 0, NAME_MAX_BYTES)));
    }
    rc = rc != 0 ? rc : store_entry_strategy_remove(s, entry->entry_id, f.found);
    return rc != 0 ? rc
                   : control__say(rq, "strategy %s no longer runs on %s %s", f.found, t->pair_text,
                                  timeframe_code(t->tf));
}

static int remove_entry(struct request *rq, const struct target *t, const struct find_entry *entry,
                        const struct store_stream *stream, const char *portfolio)
{
    int rc = store_entry_remove(rq->env->store, entry->portfolio_id, stream->id);

    return rc != 0 ? rc
                   : control__say(rq, "%s %s is no longer watched by portfolio %s%s", t->pair_text,
                                  timeframe_code(t->tf), portfolio,
                                  entry->others > 0 ? "" : "; its candles are kept");
}

int control__watch_remove(struct request *rq)
{
    struct store *s = rq->env->store;
    struct store_portfolio portfolio = {0};
    struct store_stream stream = {0};
    struct find_entry entry = {0};
    struct target t = {0};
    struct str strategy;
    bool only_strategy = control__arg(rq, "strategy", &strategy) && strategy.len > 0;
    int rc = control__target_stream(rq, &t, &stream);

    rc = rc != 0 ? rc : control__portfolio_use(rq, false, &portfolio);
    if (rc != 0) {
        return rc;
    }
    entry = (struct find_entry){.portfolio_id = portfolio.id};
    rc = store_entry_each(s, stream.id, look_at_entry, &entry);
    if (rc == 0 && entry.entry_id == 0) {
        return control__refuse(rq, EXIT_CODE_NEGATIVE,
                               "portfolio %s does not watch %s %s; name the one that does with "
                               "--portfolio ('oracle watch list' shows it)",
                               portfolio.settings.name, t.pair_text, timeframe_code(t.tf));
    }
    if (rc == 0) {
        rc = only_strategy ? remove_strategy(rq, &t, strategy, &entry, stream.id)
                           : remove_entry(rq, &t, &entry, &stream, portfolio.settings.name);
    }
    rc = rc != 0 ? rc : control__add_id(&rq->reply->streams, stream.id);
    return rc != 0 ? rc
                   : reply_stream(rq, &t, portfolio.settings.name,
                                  only_strategy ? stream_shown(&stream) : "removed", stream.id,
                                  only_strategy ? entry.entry_id : 0);
}

static int set_paused(struct request *rq, bool paused)
{
    struct store_stream stream = {0};
    struct target t = {0};
    const char *now = paused ? "paused" : "no longer paused";
    const char *note = paused ? "" : "; what it missed is fetched first";
    bool same;
    int rc = control__target_stream(rq, &t, &stream);

    if (rc != 0) {
        return rc;
    }
    same = stream.paused == paused;
    if (!same) {
        // While the hub is stopped nobody else says what became of the stream.
        stream.state = paused ? STREAM_PAUSED : stream.last_open > 0 ? STREAM_HEALING : STREAM_NEW;
        rc = store_stream_set_paused(rq->env->store, stream.id, paused);
        rc = rc != 0 ? rc : store_stream_set_state(rq->env->store, stream.id, stream.state, "");
        rc = rc != 0 ? rc : control__add_id(&rq->reply->streams, stream.id);
    }
    stream.paused = paused;
    rc = rc != 0 ? rc
                 : control__say(rq, "%s %s is %s%s%s", t.pair_text, timeframe_code(t.tf),
                                same && !paused ? "not paused" : now,
                                same && paused ? " already" : "", same ? "" : note);
    return rc != 0 ? rc : reply_stream(rq, &t, NULL, stream_shown(&stream), stream.id, 0);
}

int control__watch_pause(struct request *rq)
{
    return set_paused(rq, true);
}

int control__watch_resume(struct request *rq)
{
    return set_paused(rq, false);
}
