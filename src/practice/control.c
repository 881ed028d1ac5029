// SPDX-License-Identifier: Apache-2.0
// GET, POST and DELETE /practice/control: shows the exchange's state, adds fault rules, removes
// them. It costs no weight and no fault befalls it.
#include "base/jsonw.h"
#include "base/number.h"
#include "practice/practice_internal.h"

static void write_rule(struct jsonw *w, const struct fault_rule *r)
{
    jsonw_object(w);
    jsonw_key(w, "id");
    jsonw_u64(w, r->id);
    jsonw_key(w, "fault");
    jsonw_str(w, str_from(fault_word(r->kind)));
    jsonw_key(w, "used");
    jsonw_i64(w, r->used);
    jsonw_key(w, "line");
    jsonw_str(w, str_from(r->text));
    jsonw_object_end(w);
}

static void write_state(struct practice *p, struct jsonw *w)
{
    time_ms now = practice_now(p);
    jsonw_object(w);
    jsonw_key(w, "now");
    jsonw_i64(w, now);
    jsonw_key(w, "start");
    jsonw_i64(w, p->start);
    jsonw_key(w, "speed");
    jsonw_double(w, p->speed);
    jsonw_key(w, "markets");
    jsonw_u64(w, p->feed->market_count);
    jsonw_key(w, "used_weight");
    jsonw_i64(w, practice_weight_used(&p->weight, now));
    jsonw_key(w, "banned_until");
    jsonw_i64(w, p->weight.banned_until);
    jsonw_key(w, "held");
    jsonw_u64(w, p->held_count);
    jsonw_key(w, "faults");
    jsonw_array(w);
    for (size_t i = 0; i < p->faults.count; i++)
        write_rule(w, &p->faults.rules[i]);
    jsonw_array_end(w);
    jsonw_object_end(w);
}

static void write_error(struct jsonw *w, const struct diag *d)
{
    jsonw_object(w);
    jsonw_key(w, "line");
    jsonw_u64(w, d->line);
    jsonw_key(w, "column");
    jsonw_u64(w, d->column);
    jsonw_key(w, "error");
    jsonw_str(w, str_from(d->text));
    jsonw_object_end(w);
}

// DELETE removes the rule ?id=N, or all without it.
static int remove_rules(struct practice *p, const struct http_server_request *r, struct diag *d)
{
    uint64_t id = 0;
    for (size_t i = 0; i < r->query_count; i++) {
        if (!str_eq(r->query[i].name, STR("id")) || number_parse_u64(r->query[i].value, &id) != 0 ||
            id < 1 || id > UINT32_MAX)
            return diag_set(d, ERR_INVALID,
                            "DELETE takes ?id=N with the id of a fault, or nothing");
    }
    if (!fault_set_remove(&p->faults, (uint32_t)id))
        return diag_set(d, ERR_NOT_FOUND, "there is no fault with this id; GET lists them");
    return 0;
}

static int act(struct practice *p, const struct http_server_request *r, int *status, struct diag *d)
{
    *status = 400;
    if (str_eq(r->method, STR("GET")))
        return 0;
    if (str_eq(r->method, STR("DELETE")))
        return remove_rules(p, r, d);
    if (str_eq(r->method, STR("POST"))) {
        if (r->body_overflow)
            return diag_set(d, ERR_FULL, "the fault script is too long");
        return fault_set_parse(&p->faults, r->body, practice_now(p), d);
    }
    *status = 405;
    return diag_set(d, ERR_UNSUPPORTED, "use GET, POST with a fault script, or DELETE");
}

void practice_on_control(struct practice *p, struct http_exchange *x,
                         const struct http_server_request *request)
{
    struct diag d = {0};
    struct jsonw w;
    int status = 400;
    buf_clear(&p->out);
    jsonw_init(&w, &p->out);
    int err = act(p, request, &status, &d);
    if (err != 0) {
        write_error(&w, &d);
    } else {
        status = 200;
        write_state(p, &w);
    }
    if (jsonw_finish(&w) != 0 ||
        http_exchange_reply(x, status, PRACTICE_JSON_TYPE, buf_str(&p->out), NULL) != 0)
        http_exchange_abort(x);
}
