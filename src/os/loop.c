// SPDX-License-Identifier: Apache-2.0
// The event loop over libuv. Handles are closed asynchronously by libuv, so every object here is
// freed in its close callback; the lists let loop_destroy() close what is still registered.
#include "os/loop.h"

#include <stdlib.h>
#include <uv.h>

#define HOOK_ROUNDS_MAX 8

struct hook {
    loop_fn fn;
    void *arg;
};

struct handle {
    union {
        uv_handle_t any;
        uv_timer_t timer;
        uv_poll_t poll;
        uv_signal_t signal;
        uv_prepare_t prepare;
    } uv; // first: libuv hands this address back
    struct loop *loop;
    struct handle *next, *prev;
};

struct loop {
    uv_loop_t uv;
    struct handle *handles;
    struct handle *end_of_turn;
    clock_ns now;
    bool now_known;
    bool stopping;
    bool hook_added;
    struct hook hooks[LOOP_HOOKS_MAX];
};

struct loop_timer {
    struct handle handle;
    loop_fn fn;
    void *arg;
};

struct loop_watch {
    struct handle handle;
    loop_watch_fn fn;
    void *arg;
    int events; // as libuv counts them; 0 = paused
};

struct loop_signal {
    struct handle handle;
    loop_signal_fn fn;
    void *arg;
};

static void handle_link(struct loop *l, struct handle *h)
{
    h->loop = l;
    h->prev = NULL;
    h->next = l->handles;
    if (l->handles) {
        l->handles->prev = h;
    }
    l->handles = h;
}

static void handle_closed(uv_handle_t *uv)
{
    free(uv); // the union is the first member of every object
}

static void handle_close(struct handle *h)
{
    if (h->prev) {
        h->prev->next = h->next;
    } else {
        h->loop->handles = h->next;
    }
    if (h->next) {
        h->next->prev = h->prev;
    }
    uv_close(&h->uv.any, handle_closed);
}

static void turn_ends(uv_prepare_t *prepare)
{
    struct loop *l = prepare->loop->data;

    // A hook may queue work for another one (a commit hook sends messages that a channel's hook
    // writes): go round until none was added, a few times at most.
    for (int round = 0; round < HOOK_ROUNDS_MAX; round++) {
        l->hook_added = false;
        for (size_t i = 0; i < LOOP_HOOKS_MAX; i++) {
            if (l->hooks[i].fn) {
                l->hooks[i].fn(l->hooks[i].arg);
            }
        }
        if (!l->hook_added) {
            break;
        }
    }
    l->now_known = false;
}

int loop_create(struct loop **out)
{
    struct loop *l = calloc(1, sizeof *l);
    struct handle *h = calloc(1, sizeof *h);

    if (!l || !h || uv_loop_init(&l->uv) != 0) {
        free(l);
        free(h);
        return ERR_NO_MEMORY;
    }
    l->uv.data = l;
    (void)uv_prepare_init(&l->uv, &h->uv.prepare); // cannot fail
    (void)uv_prepare_start(&h->uv.prepare, turn_ends);
    uv_unref(&h->uv.any);
    handle_link(l, h);
    l->end_of_turn = h;
    *out = l;
    return 0;
}

void loop_destroy(struct loop *l)
{
    if (!l) {
        return;
    }
    while (l->handles) {
        handle_close(l->handles);
    }
    while (uv_run(&l->uv, UV_RUN_NOWAIT) != 0) {
        // only close callbacks are left
    }
    (void)uv_loop_close(&l->uv);
    free(l);
}

int loop_run(struct loop *l)
{
    l->stopping = false;
    while (!l->stopping && uv_run(&l->uv, UV_RUN_ONCE) != 0) {
        l->now_known = false;
    }
    return 0;
}

void loop_stop(struct loop *l)
{
    l->stopping = true;
    uv_stop(&l->uv);
}

clock_ns loop_now(const struct loop *l)
{
    struct loop *turn = (struct loop *)(uintptr_t)l; // caching is not a visible change

    if (!turn->now_known) {
        turn->now = clock_now_ns();
        turn->now_known = true;
    }
    return turn->now;
}

static void timer_fired(uv_timer_t *uv)
{
    struct loop_timer *t = (struct loop_timer *)(void *)uv;

    t->fn(t->arg);
}

int loop_timer_create(struct loop *l, loop_fn fn, void *arg, struct loop_timer **out)
{
    struct loop_timer *t = calloc(1, sizeof *t);

    if (!t) {
        return ERR_NO_MEMORY;
    }
    t->fn = fn;
    t->arg = arg;
    (void)uv_timer_init(&l->uv, &t->handle.uv.timer);
    handle_link(l, &t->handle);
    *out = t;
    return 0;
}

void loop_timer_start(struct loop_timer *t, int64_t delay_ms)
{
    // The loop's own time may be behind after a long callback; a delay counts from now.
    uv_update_time(&t->handle.loop->uv);
    (void)uv_timer_start(&t->handle.uv.timer, timer_fired, delay_ms > 0 ? (uint64_t)delay_ms : 0,
                         0);
}

void loop_timer_stop(struct loop_timer *t)
{
    (void)uv_timer_stop(&t->handle.uv.timer);
}

bool loop_timer_is_active(const struct loop_timer *t)
{
    return uv_is_active(&t->handle.uv.any) != 0;
}

void loop_timer_destroy(struct loop_timer *t)
{
    if (t) {
        handle_close(&t->handle);
    }
}

static void watch_fired(uv_poll_t *uv, int status, int events)
{
    struct loop_watch *w = (struct loop_watch *)(void *)uv;
    int seen = 0;

    // Let the owner's read or write find the error. libuv has stopped watching; the owner may read
    // what came before the error first and must be called again for the rest.
    if (status < 0) {
        seen = LOOP_READ | LOOP_WRITE;
        (void)uv_poll_start(uv, w->events, watch_fired);
    }
    if (events & (UV_READABLE | UV_DISCONNECT)) {
        seen |= LOOP_READ;
    }
    if (events & UV_WRITABLE) {
        seen |= LOOP_WRITE;
    }
    w->fn(w->arg, seen);
}

int loop_watch_create(struct loop *l, int fd, loop_watch_fn fn, void *arg, struct loop_watch **out)
{
    struct loop_watch *w = calloc(1, sizeof *w);

    if (!w) {
        return ERR_NO_MEMORY;
    }
    if (uv_poll_init(&l->uv, &w->handle.uv.poll, fd) != 0) {
        free(w);
        return ERR_SYSTEM;
    }
    w->fn = fn;
    w->arg = arg;
    handle_link(l, &w->handle);
    *out = w;
    return 0;
}

int loop_watch_set(struct loop_watch *w, int events)
{
    int uv_events = 0;
    int rc;

    if (events == 0) {
        w->events = 0;
        return uv_poll_stop(&w->handle.uv.poll) == 0 ? 0 : ERR_SYSTEM;
    }
    if (events & LOOP_READ) {
        uv_events |= UV_READABLE;
    }
    if (events & LOOP_WRITE) {
        uv_events |= UV_WRITABLE;
    }
    w->events = uv_events;
    rc = uv_poll_start(&w->handle.uv.poll, uv_events, watch_fired);
    return rc == 0 ? 0 : ERR_SYSTEM;
}

void loop_watch_destroy(struct loop_watch *w)
{
    if (w) {
        handle_close(&w->handle);
    }
}

static void signal_fired(uv_signal_t *uv, int signum)
{
    struct loop_signal *s = (struct loop_signal *)(void *)uv;

    s->fn(s->arg, signum);
}

int loop_signal_create(struct loop *l, int signum, loop_signal_fn fn, void *arg,
                       struct loop_signal **out)
{
    struct loop_signal *s = calloc(1, sizeof *s);

    if (!s) {
        return ERR_NO_MEMORY;
    }
    if (uv_signal_init(&l->uv, &s->handle.uv.signal) != 0) {
        free(s);
        return ERR_SYSTEM;
    }
    s->fn = fn;
    s->arg = arg;
    handle_link(l, &s->handle);
    if (uv_signal_start(&s->handle.uv.signal, signal_fired, signum) != 0) {
        handle_close(&s->handle);
        return ERR_SYSTEM;
    }
    *out = s;
    return 0;
}

void loop_signal_destroy(struct loop_signal *s)
{
    if (s) {
        handle_close(&s->handle);
    }
}

int loop_hook_add(struct loop *l, loop_fn fn, void *arg)
{
    for (size_t i = 0; i < LOOP_HOOKS_MAX; i++) {
        if (!l->hooks[i].fn) {
            l->hooks[i] = (struct hook){fn, arg};
            l->hook_added = true;
            return 0;
        }
    }
    return ERR_FULL;
}

void loop_hook_remove(struct loop *l, loop_fn fn, void *arg)
{
    for (size_t i = 0; i < LOOP_HOOKS_MAX; i++) {
        if (l->hooks[i].fn == fn && l->hooks[i].arg == arg) {
            l->hooks[i] = (struct hook){NULL, NULL};
        }
    }
}
