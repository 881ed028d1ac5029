// SPDX-License-Identifier: Apache-2.0
// Channels over real socket pairs on a real loop: order, large amounts, descriptors, pauses, and
// the end of a channel whose peer breaks the rules.
#include "ipc/channel.h"
#include "os/spawn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct end {
    struct loop *loop;
    struct channel *ch;
    uint64_t seen;     // messages
    uint64_t next;     // sequence expected
    uint64_t stop_at;  // stop the loop after this many
    uint64_t pause_at; // stop reading after this many; 0 = never
    struct loop_timer *resume;
    int fd; // last descriptor passed
    char cause[80];
    bool closed, close_inside;
};

static void closed(void *arg, struct channel *ch, const char *cause)
{
    struct end *e = arg;

    (void)ch;
    e->closed = true;
    (void)snprintf(e->cause, sizeof e->cause, "%s", cause);
    loop_stop(e->loop);
}

static void on_ping(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct end *e = arg;

    (void)fd;
    assert_int_equal(msg->ping.seq, e->next);
    e->next++;
    e->seen++;
    if (e->pause_at && e->seen == e->pause_at) {
        channel_set_reading(from, false);
        loop_timer_start(e->resume, 0);
    }
    if (e->close_inside) {
        channel_close(from);
        e->ch = NULL;
    }
    if (e->seen == e->stop_at) {
        loop_stop(e->loop);
    }
}

static void on_peer(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct end *e = arg;

    (void)from;
    (void)msg;
    e->fd = fd;
    if (++e->seen == e->stop_at) {
        loop_stop(e->loop);
    }
}

static void resume(void *arg)
{
    struct end *e = arg;

    channel_set_reading(e->ch, true);
}

static const channel_fn agent_handlers[IPC_TYPE_COUNT] = {
    [IPC_PING] = on_ping,
    [IPC_PEER] = on_peer,
};
static const channel_fn no_handlers[IPC_TYPE_COUNT] = {NULL};

struct wire {
    struct loop *loop;
    struct end commander, agent;
    int raw; // when the commander's side is a bare socket
};

static void wire_open(struct wire *w, bool raw)
{
    struct channel_options to_agent = {ROLE_COMMANDER, ROLE_HARVESTER, 0,      no_handlers,
                                       &w->commander,  closed,         1 << 24};
    struct channel_options to_commander = {ROLE_HARVESTER, ROLE_COMMANDER, 0,      agent_handlers,
                                           &w->agent,      closed,         1 << 24};
    int pair[2];

    memset(w, 0, sizeof *w);
    w->raw = -1;
    assert_int_equal(loop_create(&w->loop), 0);
    assert_int_equal(spawn_socketpair(pair), 0);
    w->commander.loop = w->agent.loop = w->loop;
    w->agent.fd = -1;
    if (raw) {
        w->raw = pair[0];
    } else {
        assert_int_equal(channel_create(w->loop, pair[0], &to_agent, &w->commander.ch), 0);
    }
    assert_int_equal(channel_create(w->loop, pair[1], &to_commander, &w->agent.ch), 0);
    assert_int_equal(loop_timer_create(w->loop, resume, &w->agent, &w->agent.resume), 0);
}

static void wire_close(struct wire *w)
{
    if (!w->commander.closed) {
        channel_close(w->commander.ch);
    }
    if (!w->agent.closed) {
        channel_close(w->agent.ch);
    }
    if (w->raw >= 0) {
        (void)close(w->raw);
    }
    loop_timer_destroy(w->agent.resume);
    loop_destroy(w->loop);
}

static void send_pings(struct wire *w, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        struct ipc_ping ping = {.seq = i};

        assert_int_equal(channel_send(w->commander.ch, IPC_PING, &ping), 0);
    }
}

static void many_messages_arrive_in_order(void **state)
{
    struct wire w;

    (void)state;
    wire_open(&w, false);
    w.agent.stop_at = 200000;
    send_pings(&w, 200000);
    (void)loop_run(w.loop);
    assert_int_equal(w.agent.seen, 200000);
    wire_close(&w);
}

static void a_paused_reader_loses_nothing(void **state)
{
    struct wire w;

    (void)state;
    wire_open(&w, false);
    w.agent.stop_at = 5000;
    w.agent.pause_at = 17; // in the middle of what one read brought
    send_pings(&w, 5000);
    (void)loop_run(w.loop);
    assert_int_equal(w.agent.seen, 5000);
    wire_close(&w);
}

static void descriptors_travel_with_their_message(void **state)
{
    struct wire w;
    struct ipc_peer peer = {.role = ROLE_ARCHITECT};
    struct ipc_ping ping = {.seq = 0};
    int pipe_fds[2];
    char byte = 'x', got = 0;

    (void)state;
    wire_open(&w, false);
    w.agent.stop_at = 2;
    assert_int_equal(pipe(pipe_fds), 0);
    assert_int_equal(channel_send(w.commander.ch, IPC_PING, &ping), 0);
    assert_int_equal(channel_send_fd(w.commander.ch, IPC_PEER, &peer, pipe_fds[1]), 0);
    (void)loop_run(w.loop);
    assert_true(w.agent.fd >= 0);
    assert_int_equal(write(w.agent.fd, &byte, 1), 1);
    assert_int_equal(read(pipe_fds[0], &got, 1), 1);
    assert_int_equal(got, 'x');
    (void)close(w.agent.fd);
    (void)close(pipe_fds[0]);
    (void)close(pipe_fds[1]);
    wire_close(&w);
}

static void a_forbidden_sender_ends_the_channel(void **state)
{
    struct wire w;
    struct ipc_candles candles = {.stream = 1};
    struct buf frame;

    (void)state;
    wire_open(&w, true);
    buf_init(&frame, 4096);
    assert_int_equal(ipc_encode(&frame, IPC_CANDLES, &candles), 0); // not a commander's message
    assert_int_equal(write(w.raw, frame.data, frame.len), (ssize_t)frame.len);
    (void)loop_run(w.loop);
    assert_true(w.agent.closed);
    assert_string_equal(w.agent.cause, "a message this peer may not send");
    buf_finish(&frame);
    wire_close(&w);
}

static void rubbish_ends_the_channel(void **state)
{
    struct wire w;

    (void)state;
    wire_open(&w, true);
    assert_int_equal(write(w.raw, "GET / HTTP/1.1\r\n", 16), 16);
    (void)loop_run(w.loop);
    assert_true(w.agent.closed);
    assert_string_equal(w.agent.cause, "a frame that no message starts with");
    wire_close(&w);
}

static void the_other_end_leaving_is_told(void **state)
{
    struct wire w;

    (void)state;
    wire_open(&w, false);
    channel_close(w.commander.ch);
    w.commander.ch = NULL;
    (void)loop_run(w.loop);
    assert_true(w.agent.closed);
    assert_string_equal(w.agent.cause, "the other end closed");
    wire_close(&w);
}

static void a_handler_may_close_its_channel(void **state)
{
    struct wire w;

    (void)state;
    wire_open(&w, false);
    w.agent.close_inside = true;
    w.agent.stop_at = 1;
    send_pings(&w, 100);
    (void)loop_run(w.loop);
    assert_int_equal(w.agent.seen, 1);
    assert_false(w.agent.closed);
    wire_close(&w);
}

static void our_own_forbidden_message_is_refused(void **state)
{
    struct wire w;
    struct ipc_pong pong = {.note = STR("")};

    (void)state;
    wire_open(&w, false);
    assert_int_equal(channel_send(w.commander.ch, IPC_PONG, &pong), ERR_INVALID);
    assert_int_equal(channel_queued(w.commander.ch), 0);
    wire_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_messages_arrive_in_order),
        cmocka_unit_test(a_paused_reader_loses_nothing),
        cmocka_unit_test(descriptors_travel_with_their_message),
        cmocka_unit_test(a_forbidden_sender_ends_the_channel),
        cmocka_unit_test(rubbish_ends_the_channel),
        cmocka_unit_test(the_other_end_leaving_is_told),
        cmocka_unit_test(a_handler_may_close_its_channel),
        cmocka_unit_test(our_own_forbidden_message_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
