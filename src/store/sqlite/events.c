// SPDX-License-Identifier: Apache-2.0
// What the hub says about itself: its agents, and events worth keeping.
#include "store/sqlite/sqlite_internal.h"

int sqlite__agent_put(struct store *s, const struct store_agent *a)
{
    struct sqlite__query q;
    sqlite__start(&sqlite__of(s)->hub, HUB_AGENT_PUT, &q);
    sqlite__bind_text(&q, a->name);
    sqlite__bind_text(&q, a->state);
    sqlite__bind_i64(&q, a->pid);
    sqlite__bind_i64(&q, a->restarts);
    sqlite__bind_i64(&q, a->last_work);
    sqlite__bind_i64(&q, a->updated_at);
    return sqlite__run(&q);
}

int sqlite__agent_each(struct store *s, int (*each)(void *arg, const struct store_agent *a),
                       void *arg)
{
    struct sqlite__query q;
    int rc;
    sqlite__start(&sqlite__of(s)->hub, HUB_AGENT_EACH, &q);
    while ((rc = sqlite__row(&q)) > 0) {
        struct store_agent a = {.name = sqlite__text(&q)};
        a.state = sqlite__text(&q);
        a.pid = sqlite__i64(&q);
        a.restarts = (uint32_t)sqlite__i64(&q);
        a.last_work = sqlite__i64(&q);
        a.updated_at = sqlite__i64(&q);
        rc = each(arg, &a);
        if (rc != 0)
            break;
    }
    sqlite__finish(&q);
    return rc;
}

int sqlite__event_put(struct store *s, time_ms at, const char *agent, const char *level,
                      const char *text)
{
    struct sqlite__query q;
    sqlite__start(&sqlite__of(s)->hub, HUB_EVENT_INSERT, &q);
    sqlite__bind_i64(&q, at);
    sqlite__bind_text(&q, agent);
    sqlite__bind_text(&q, level);
    sqlite__bind_text(&q, text);
    return sqlite__run(&q);
}

static void bind_range(struct sqlite__query *q, const struct store_range *r, int64_t after_id)
{
    sqlite__bind_i64(q, after_id);
    sqlite__bind_i64(q, r->from);
    sqlite__bind_i64(q, sqlite__range_to(r));
}

int sqlite__event_each(struct store *s, const struct store_range *r,
                       int (*each)(void *arg, const struct store_event *e), void *arg)
{
    struct sqlite__query q;
    int64_t after_id = r->after_id;
    int rc = 0;
    if (r->last_n > 0) {
        sqlite__start(&sqlite__of(s)->hub, HUB_EVENT_START, &q);
        bind_range(&q, r, after_id);
        rc = sqlite__range_start(&q, r, &after_id);
    }
    if (rc != 0)
        return rc;
    sqlite__start(&sqlite__of(s)->hub, HUB_EVENT_EACH, &q);
    bind_range(&q, r, after_id);
    while ((rc = sqlite__row(&q)) > 0) {
        struct store_event e = {.id = sqlite__i64(&q)};
        e.at = sqlite__i64(&q);
        e.agent = sqlite__text(&q);
        e.level = sqlite__text(&q);
        e.text = sqlite__text(&q);
        rc = each(arg, &e);
        if (rc != 0)
            break;
    }
    sqlite__finish(&q);
    return rc;
}
