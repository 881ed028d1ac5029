// SPDX-License-Identifier: Apache-2.0
// The event loop: order of timers, end-of-turn hooks, descriptors that come, go and break, signals,
// and objects destroyed inside their own callbacks.
#include "os/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct world {
    struct loop *loop;
    struct loop_timer *timers[4];
    struct loop_watch *watch;
    char seen[64]; // one letter an event
    size_t count;
    int fd;
    int hooks;
    clock_ns now;
    int ends; // reads that found the end
};

static int make_world(void **state)
{
    static struct world w;

    w = (struct world){.fd = -1};
    assert_int_equal(loop_create(&w.loop), 0);
    *state = &w;
    return 0;
}

static int drop_world(void **state)
{
    struct world *w = *state;

    loop_destroy(w->loop);
    return 0;
}

static void note(struct world *w, char c)
{
    assert_true(w->count + 1 < sizeof w->seen);
    w->seen[w->count++] = c;
    w->seen[w->count] = '\0';
}

static void note_a(void *arg)
{
    note(arg, 'a');
}

static void note_b(void *arg)
{
    note(arg, 'b');
}

static void stop(void *arg)
{
    struct world *w = arg;

    note(w, '.');
    loop_stop(w->loop);
}

static void timers_by_time(void **state)
{
    struct world *w = *state;

    assert_int_equal(loop_timer_create(w->loop, stop, w, &w->timers[0]), 0);
    assert_int_equal(loop_timer_create(w->loop, note_a, w, &w->timers[1]), 0);
    assert_int_equal(loop_timer_create(w->loop, note_b, w, &w->timers[2]), 0);
    loop_timer_start(w->timers[0], 30);
    loop_timer_start(w->timers[1], 20);
    loop_timer_start(w->timers[2], -5); // a time that has passed: at once
    assert_true(loop_timer_is_active(w->timers[2]));
    assert_int_equal(loop_run(w->loop), 0);
    assert_string_equal(w->seen, "ba.");
    assert_false(loop_timer_is_active(w->timers[1])); // fires once
}

static void a_timer_moves_and_stops(void **state)
{
    struct world *w = *state;

    assert_int_equal(loop_timer_create(w->loop, stop, w, &w->timers[0]), 0);
    assert_int_equal(loop_timer_create(w->loop, note_a, w, &w->timers[1]), 0);
    assert_int_equal(loop_timer_create(w->loop, note_b, w, &w->timers[2]), 0);
    loop_timer_start(w->timers[1], 0);
    loop_timer_start(w->timers[1], 3600000); // moved out of reach
    loop_timer_start(w->timers[2], 0);
    loop_timer_stop(w->timers[2]);
    loop_timer_start(w->timers[0], 1);
    assert_int_equal(loop_run(w->loop), 0);
    assert_string_equal(w->seen, ".");
    assert_true(loop_timer_is_active(w->timers[1]));
    loop_timer_destroy(NULL);
}

static void destroy_both(void *arg)
{
    struct world *w = arg;

    note(w, 'd');
    loop_timer_destroy(w->timers[1]); // itself
    loop_timer_destroy(w->timers[2]); // one that is due in the same turn
}

static void timers_destroyed_inside(void **state)
{
    struct world *w = *state;

    assert_int_equal(loop_timer_create(w->loop, destroy_both, w, &w->timers[1]), 0);
    assert_int_equal(loop_timer_create(w->loop, note_b, w, &w->timers[2]), 0);
    assert_int_equal(loop_timer_create(w->loop, stop, w, &w->timers[0]), 0);
    loop_timer_start(w->timers[1], 0);
    loop_timer_start(w->timers[2], 0);
    loop_timer_start(w->timers[0], 5);
    assert_int_equal(loop_run(w->loop), 0);
    assert_string_equal(w->seen, "d.");
}

static void a_loop_without_work_ends(void **state)
{
    struct world *w = *state;

    assert_int_equal(loop_run(w->loop), 0);
}

static void remember_now(void *arg)
{
    struct world *w = arg;

    w->now = loop_now(w->loop);
    assert_int_equal(loop_now(w->loop), w->now);
}

static void now_is_one_in_a_turn_and_moves_on(void **state)
{
    struct world *w = *state;
    clock_ns before = clock_now_ns();
    clock_ns first;

    assert_int_equal(loop_timer_create(w->loop, remember_now, w, &w->timers[0]), 0);
    loop_timer_start(w->timers[0], 0);
    assert_int_equal(loop_run(w->loop), 0);
    first = w->now;
    assert_true(first >= before);
    loop_timer_start(w->timers[0], 2);
    assert_int_equal(loop_run(w->loop), 0);
    assert_true(w->now > first);
}

// ---- hooks
// ---------------------------------------------------------------------------------------

static void hook_b(void *arg)
{
    struct world *w = arg;

    note(w, 'B');
    loop_hook_remove(w->loop, hook_b, w);
    loop_stop(w->loop);
}

static void hook_a(void *arg)
{
    struct world *w = arg;

    note(w, 'A');
    loop_hook_remove(w->loop, hook_a, w);
    assert_int_equal(loop_hook_add(w->loop, hook_b, w), 0);
}

static void add_hook_a(void *arg)
{
    struct world *w = arg;

    note(w, 't');
    assert_int_equal(loop_hook_add(w->loop, hook_a, w), 0);
}

// What a hook leaves to another hook is done before the loop sleeps.
static void a_hook_calls_for_another(void **state)
{
    struct world *w = *state;

    assert_int_equal(loop_timer_create(w->loop, add_hook_a, w, &w->timers[0]), 0);
    assert_int_equal(loop_timer_create(w->loop, note_b, w, &w->timers[1]), 0);
    loop_timer_start(w->timers[0], 0);
    loop_timer_start(w->timers[1], 3600000);
    assert_int_equal(loop_run(w->loop), 0);
    assert_string_equal(w->seen, "tAB");
}

static void count_hook(void *arg)
{
    int *count = arg;

    (*count)++;
}

static void hooks_have_a_maximum(void **state)
{
    struct world *w = *state;
    int counts[LOOP_HOOKS_MAX + 1] = {0};

    for (int i = 0; i < LOOP_HOOKS_MAX; i++) {
        assert_int_equal(loop_hook_add(w->loop, count_hook, &counts[i]), 0);
    }
    assert_int_equal(loop_hook_add(w->loop, count_hook, &counts[LOOP_HOOKS_MAX]), ERR_FULL);
    loop_hook_remove(w->loop, count_hook, &counts[7]);
    assert_int_equal(loop_hook_add(w->loop, count_hook, &counts[LOOP_HOOKS_MAX]), 0);
    assert_int_equal(loop_timer_create(w->loop, stop, w, &w->timers[0]), 0);
    loop_timer_start(w->timers[0], 0);
    assert_int_equal(loop_run(w->loop), 0);
    for (int i = 0; i <= LOOP_HOOKS_MAX; i++) {
        assert_int_equal(counts[i] > 0, i != 7);
    }
}

// ---- descriptors
// ---------------------------------------------------------------------------------

static void on_events(void *arg, int events)
{
    struct world *w = arg;
    char c;

    if (events & LOOP_WRITE) {
        note(w, 'w');
        assert_int_equal(loop_watch_set(w->watch, LOOP_READ), 0);
    }
    if ((events & LOOP_READ) && read(w->fd, &c, 1) == 1) {
        note(w, c);
        if (c == '.') {
            loop_watch_destroy(w->watch);
            loop_stop(w->loop);
        }
    }
}

static void a_descriptor_reads_and_writes(void **state)
{
    struct world *w = *state;
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    w->fd = pair[0];
    assert_int_equal(loop_watch_create(w->loop, pair[0], on_events, w, &w->watch), 0);
    assert_int_equal(loop_watch_set(w->watch, LOOP_READ | LOOP_WRITE), 0);
    assert_int_equal(write(pair[1], "xy.", 3), 3);
    assert_int_equal(loop_run(w->loop), 0);
    assert_string_equal(w->seen, "wxy.");
    (void)close(pair[0]);
    (void)close(pair[1]);
}

static void a_paused_descriptor_is_quiet(void **state)
{
    struct world *w = *state;
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    w->fd = pair[0];
    assert_int_equal(loop_watch_create(w->loop, pair[0], on_events, w, &w->watch), 0);
    assert_int_equal(loop_watch_set(w->watch, LOOP_READ), 0);
    assert_int_equal(loop_watch_set(w->watch, 0), 0);
    assert_int_equal(write(pair[1], "x", 1), 1);
    assert_int_equal(loop_timer_create(w->loop, stop, w, &w->timers[0]), 0);
    loop_timer_start(w->timers[0], 5);
    assert_int_equal(loop_run(w->loop), 0);
    assert_string_equal(w->seen, ".");
    loop_watch_destroy(w->watch);
    (void)close(pair[0]);
    (void)close(pair[1]);
}

static void a_file_cannot_be_watched(void **state)
{
    struct world *w = *state;
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    (void)close(fds[0]);
    (void)close(fds[1]);
    assert_int_not_equal(loop_watch_create(w->loop, fds[0], on_events, w, &w->watch), 0);
}

// Reads one byte a call, as a slow owner does, until the end or an error is found.
static void read_slowly(void *arg, int events)
{
    struct world *w = arg;
    char c;
    ssize_t n;

    if (!(events & LOOP_READ)) {
        return;
    }
    n = read(w->fd, &c, 1);
    if (n == 1) {
        note(w, c);
        return;
    }
    w->ends++;
    loop_watch_destroy(w->watch);
    loop_stop(w->loop);
}

// A peer that dies with our bytes unread leaves an error behind its own last bytes: the owner must
// be called until it has found both.
static void the_end_behind_the_last_bytes(void **state)
{
    struct world *w = *state;
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    w->fd = pair[0];
    assert_int_equal(write(pair[0], "never read", 10), 10);
    assert_int_equal(write(pair[1], "xyz", 3), 3);
    assert_int_equal(close(pair[1]), 0);
    assert_int_equal(loop_watch_create(w->loop, pair[0], read_slowly, w, &w->watch), 0);
    assert_int_equal(loop_watch_set(w->watch, LOOP_READ), 0);
    assert_int_equal(loop_timer_create(w->loop, note_a, w, &w->timers[0]), 0);
    loop_timer_start(w->timers[0], 3600000);
    (void)alarm(10);
    assert_int_equal(loop_run(w->loop), 0);
    (void)alarm(0);
    assert_string_equal(w->seen, "xyz");
    assert_int_equal(w->ends, 1);
    (void)close(pair[0]);
}

// ---- signals
// -------------------------------------------------------------------------------------

static void on_signal(void *arg, int signum)
{
    struct world *w = arg;

    assert_int_equal(signum, SIGUSR1);
    note(w, 's');
    loop_stop(w->loop);
}

static void raise_it(void *arg)
{
    (void)arg;
    assert_int_equal(raise(SIGUSR1), 0);
}

static void a_signal_comes_as_an_event(void **state)
{
    struct world *w = *state;
    struct loop_signal *s = NULL;

    assert_int_equal(loop_signal_create(w->loop, SIGUSR1, on_signal, w, &s), 0);
    assert_int_equal(loop_timer_create(w->loop, raise_it, w, &w->timers[0]), 0);
    loop_timer_start(w->timers[0], 0);
    assert_int_equal(loop_run(w->loop), 0);
    assert_string_equal(w->seen, "s");
    loop_signal_destroy(s);
    loop_signal_destroy(NULL);
    assert_int_not_equal(loop_signal_create(w->loop, SIGKILL, on_signal, w, &s), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(timers_by_time, make_world, drop_world),
        cmocka_unit_test_setup_teardown(a_timer_moves_and_stops, make_world, drop_world),
        cmocka_unit_test_setup_teardown(timers_destroyed_inside, make_world, drop_world),
        cmocka_unit_test_setup_teardown(a_loop_without_work_ends, make_world, drop_world),
        cmocka_unit_test_setup_teardown(now_is_one_in_a_turn_and_moves_on, make_world, drop_world),
        cmocka_unit_test_setup_teardown(a_hook_calls_for_another, make_world, drop_world),
        cmocka_unit_test_setup_teardown(hooks_have_a_maximum, make_world, drop_world),
        cmocka_unit_test_setup_teardown(a_descriptor_reads_and_writes, make_world, drop_world),
        cmocka_unit_test_setup_teardown(a_paused_descriptor_is_quiet, make_world, drop_world),
        cmocka_unit_test_setup_teardown(a_file_cannot_be_watched, make_world, drop_world),
        cmocka_unit_test_setup_teardown(the_end_behind_the_last_bytes, make_world, drop_world),
        cmocka_unit_test_setup_teardown(a_signal_comes_as_an_event, make_world, drop_world),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
