// SPDX-License-Identifier: Apache-2.0
// Calls that faults hold back: one timer each, then the answer that was kept, or the end of the
// connection.
#include "practice/practice_internal.h"

#define HEADER_MAX_BYTES 64

struct held {
    struct practice *p;
    struct http_exchange *x;
    struct loop_timer *timer;
    struct held *prev, *next;
    int status; // 0 = no answer
    struct buf body;
    char header_text[PRACTICE_HEADERS_MAX][HEADER_MAX_BYTES];
    const char *headers[PRACTICE_HEADERS_MAX + 1];
};

static void held_free(struct held *h)
{
    loop_timer_destroy(h->timer);
    buf_finish(&h->body);
    free(h);
}

static void held_unlink(struct held *h)
{
    if (h->prev)
        h->prev->next = h->next;
    else
        h->p->held = h->next;
    if (h->next)
        h->next->prev = h->prev;
    h->p->held_count--;
}

static void on_time(void *arg)
{
    struct held *h = arg;
    held_unlink(h);
    if (h->status == 0 || http_exchange_reply(h->x, h->status, PRACTICE_JSON_TYPE,
                                              buf_str(&h->body), h->headers) != 0)
        http_exchange_abort(h->x);
    held_free(h);
}

static int copy_answer(struct held *h, struct str body, const char *const *headers)
{
    buf_init(&h->body, body.len + 1);
    int err = buf_add_str(&h->body, body);
    for (size_t i = 0; err == 0 && headers && headers[i] && i < PRACTICE_HEADERS_MAX; i++) {
        err = str_copy(h->header_text[i], HEADER_MAX_BYTES, str_from(headers[i]));
        h->headers[i] = h->header_text[i];
    }
    return err;
}

int practice_hold(struct practice *p, struct http_exchange *x, int64_t for_ms, int status,
                  struct str body, const char *const *headers)
{
    if (p->held_count == PRACTICE_HELD_MAX)
        return ERR_FULL;
    struct held *h = calloc(1, sizeof(*h));
    if (!h)
        return ERR_NO_MEMORY;
    h->p = p;
    h->x = x;
    h->status = status;
    int err = copy_answer(h, body, headers);
    if (err == 0)
        err = loop_timer_create(p->loop, on_time, h, &h->timer);
    if (err != 0) {
        held_free(h);
        return err;
    }
    h->next = p->held;
    if (p->held)
        p->held->prev = h;
    p->held = h;
    p->held_count++;
    loop_timer_start(h->timer, for_ms);
    return 0;
}

void practice_hold_finish(struct practice *p)
{
    struct held *h = p->held;
    p->held = NULL;
    p->held_count = 0;
    while (h) {
        struct held *next = h->next;
        http_exchange_abort(h->x);
        held_free(h);
        h = next;
    }
}
