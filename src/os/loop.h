// SPDX-License-Identifier: Apache-2.0
// The event loop of a process: timers, descriptors, signals, over libuv (its only user). One "now"
// per turn; callbacks must not block.
#ifndef OS_LOOP_H
#define OS_LOOP_H

#include "base/clock.h"
#include "base/err.h"

#include <stdbool.h>

struct loop;
struct loop_timer;
struct loop_watch;
struct loop_signal;

int loop_create(struct loop **out) MUST_CHECK;
void loop_destroy(struct loop *l); // destroys what is still registered
int loop_run(struct loop *l);      // until loop_stop(); 0
void loop_stop(struct loop *l);
clock_ns loop_now(const struct loop *l); // clock_now_ns() read once at the start of the turn

typedef void (*loop_fn)(void *arg);
// A timer is created idle. Starting it again moves it. delay in real milliseconds, >= 0.
int loop_timer_create(struct loop *l, loop_fn fn, void *arg, struct loop_timer **out) MUST_CHECK;
void loop_timer_start(struct loop_timer *t, int64_t delay_ms);
void loop_timer_stop(struct loop_timer *t);
bool loop_timer_is_active(const struct loop_timer *t);
void loop_timer_destroy(struct loop_timer *t);

enum {
    LOOP_READ = 1,
    LOOP_WRITE = 2
};
typedef void (*loop_watch_fn)(void *arg, int events);
// Watches fd (borrowed) for events; set_events(0) pauses.
int loop_watch_create(struct loop *l, int fd, loop_watch_fn fn, void *arg,
                      struct loop_watch **out) MUST_CHECK;
int loop_watch_set(struct loop_watch *w, int events) MUST_CHECK;
void loop_watch_destroy(struct loop_watch *w); // before the fd is closed

typedef void (*loop_signal_fn)(void *arg, int signum);
int loop_signal_create(struct loop *l, int signum, loop_signal_fn fn, void *arg,
                       struct loop_signal **out) MUST_CHECK;
void loop_signal_destroy(struct loop_signal *s);

// Runs fn at the end of every turn (after all callbacks, before sleeping): the place to flush what
// a burst has gathered. At most LOOP_HOOKS_MAX.
#define LOOP_HOOKS_MAX 64
int loop_hook_add(struct loop *l, loop_fn fn, void *arg) MUST_CHECK;
void loop_hook_remove(struct loop *l, loop_fn fn, void *arg);

#endif
