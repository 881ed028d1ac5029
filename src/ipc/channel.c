// SPDX-License-Identifier: Apache-2.0
// Channels over stream sockets: reads until the socket is empty, writes at the end of the turn.
#include "ipc/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_BYTES     65536
#define FLUSH_AT_BYTES 65536
#define FDS_MAX        32
#define READS_PER_TURN 16

struct pending_fd {
    size_t at; // bytes of the queue before the frame it goes with
    int fd;
};

struct channel {
    struct channel_options o;
    struct loop *loop;
    struct loop_watch *watch;
    int fd;
    bool reading, writing;
    bool in_handler, closed_inside;
    bool hooked;
    struct buf in, out;
    struct pending_fd out_fds[FDS_MAX];
    size_t out_fd_count;
    int in_fds[FDS_MAX];
    size_t in_fd_count;
    void *user;
};

static void channel_event(void *arg, int events);
static void channel_turn_ends(void *arg);
static const char *handle_frames(struct channel *ch);
static bool finish_read(struct channel *ch, const char *cause);

static void update_watch(struct channel *ch)
{
    int events = (ch->reading ? LOOP_READ : 0) | (ch->writing ? LOOP_WRITE : 0);

    (void)loop_watch_set(ch->watch, events); // fails only for a descriptor that is not a socket
}

int channel_create(struct loop *loop, int fd, const struct channel_options *o, struct channel **out)
{
    struct channel *ch = calloc(1, sizeof *ch);
    int flags = fcntl(fd, F_GETFL);
    int rc;

    if (!ch) {
        return ERR_NO_MEMORY;
    }
    ch->o = *o;
    ch->loop = loop;
    ch->fd = fd;
    ch->reading = true;
    buf_init(&ch->in, 16u << 20);
    buf_init(&ch->out, o->queue_max_bytes);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
        free(ch);
        return ERR_SYSTEM;
    }
    rc = loop_watch_create(loop, fd, channel_event, ch, &ch->watch);
    if (rc != 0) {
        free(ch);
        return rc;
    }
    update_watch(ch);
    *out = ch;
    return 0;
}

static void channel_free(struct channel *ch)
{
    loop_watch_destroy(ch->watch);
    (void)close(ch->fd);
    for (size_t i = 0; i < ch->out_fd_count; i++) {
        (void)close(ch->out_fds[i].fd);
    }
    for (size_t i = 0; i < ch->in_fd_count; i++) {
        (void)close(ch->in_fds[i]);
    }
    if (ch->hooked) {
        loop_hook_remove(ch->loop, channel_turn_ends, ch);
    }
    buf_finish(&ch->in);
    buf_finish(&ch->out);
    free(ch);
}

void channel_close(struct channel *ch)
{
    if (!ch) {
        return;
    }
    if (ch->in_handler) { // freed when the handler returns
        ch->closed_inside = true;
        return;
    }
    channel_free(ch);
}

static void channel_fail(struct channel *ch, const char *cause)
{
    ch->in_handler = true; // a close from the callback is this close
    ch->o.closed(ch->o.arg, ch, cause);
    channel_free(ch);
}

enum ipc_role channel_peer(const struct channel *ch)
{
    return ch->o.peer;
}

uint32_t channel_peer_index(const struct channel *ch)
{
    return ch->o.peer_index;
}

void *channel_user(const struct channel *ch)
{
    return ch->user;
}

void channel_set_user(struct channel *ch, void *user)
{
    ch->user = user;
}

size_t channel_queued(const struct channel *ch)
{
    return ch->out.len;
}

static int hook(struct channel *ch)
{
    int rc = ch->hooked ? 0 : loop_hook_add(ch->loop, channel_turn_ends, ch);

    ch->hooked = rc == 0;
    return rc;
}

void channel_set_reading(struct channel *ch, bool on)
{
    if (ch->reading == on) {
        return;
    }
    ch->reading = on;
    update_watch(ch);
    if (on && ch->in.len > 0) {
        (void)hook(ch); // frames that came before the pause; else the next read finds them
    }
}

// ---- writing
// -------------------------------------------------------------------------------------

// Sends up to the next frame that carries a descriptor, or that frame's first part with it.
static ssize_t send_some(struct channel *ch)
{
    size_t len = ch->out.len;
    struct iovec iov = {ch->out.data, 0};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;

    if (ch->out_fd_count > 0 && ch->out_fds[0].at == 0) {
        struct cmsghdr *c;

        memset(&control, 0, sizeof control);
        msg.msg_control = control.bytes;
        msg.msg_controllen = sizeof control.bytes;
        c = CMSG_FIRSTHDR(&msg);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &ch->out_fds[0].fd, sizeof(int));
        if (ch->out_fd_count > 1) {
            len = ch->out_fds[1].at;
        }
    } else if (ch->out_fd_count > 0) {
        len = ch->out_fds[0].at;
    }
    iov.iov_len = len;
    return sendmsg(ch->fd, &msg, MSG_NOSIGNAL);
}

static void sent(struct channel *ch, size_t n)
{
    if (ch->out_fd_count > 0 && ch->out_fds[0].at == 0 && n > 0) {
        (void)close(ch->out_fds[0].fd);
        ch->out_fd_count--;
        memmove(&ch->out_fds[0], &ch->out_fds[1], ch->out_fd_count * sizeof ch->out_fds[0]);
    }
    for (size_t i = 0; i < ch->out_fd_count; i++) {
        ch->out_fds[i].at -= n;
    }
    buf_consume(&ch->out, n);
}

int channel_flush(struct channel *ch)
{
    while (ch->out.len > 0) {
        ssize_t n = send_some(ch);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            if (!ch->writing) {
                ch->writing = true;
                update_watch(ch);
            }
            return ERR_AGAIN;
        }
        if (n < 0) {
            return ERR_CLOSED; // the read side reports it
        }
        sent(ch, (size_t)n);
    }
    if (ch->writing) {
        ch->writing = false;
        update_watch(ch);
    }
    return 0;
}

static void channel_turn_ends(void *arg)
{
    struct channel *ch = arg;

    loop_hook_remove(ch->loop, channel_turn_ends, ch);
    ch->hooked = false;
    (void)channel_flush(ch); // what stays is written when the socket has room
    if (ch->reading && ch->in.len > 0) {
        finish_read(ch, handle_frames(ch));
    }
}

// After something was queued: writes at once when much waits, else at the end of the turn.
static void written(struct channel *ch)
{
    if (ch->writing) {
        return; // the socket is full: the watch goes on writing
    }
    if (ch->out.len >= FLUSH_AT_BYTES || hook(ch) != 0) {
        (void)channel_flush(ch);
    }
}

int channel_send_fd(struct channel *ch, enum ipc_type type, const void *msg, int fd)
{
    size_t at = ch->out.len;
    int rc;

    if (!ipc_may_send(type, ch->o.self, ch->o.peer)) {
        return ERR_INVALID;
    }
    if (fd >= 0 && ch->out_fd_count == FDS_MAX) {
        return ERR_FULL;
    }
    rc = ipc_encode(&ch->out, type, msg);
    if (rc != 0) {
        return rc;
    }
    if (fd >= 0) {
        int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

        if (copy < 0) {
            ch->out.len = at;
            return ERR_SYSTEM;
        }
        ch->out_fds[ch->out_fd_count++] = (struct pending_fd){at, copy};
    }
    written(ch);
    return 0;
}

int channel_send_frame(struct channel *ch, struct str frame)
{
    enum ipc_type type;
    size_t len;
    int rc;

    if (ipc_frame_peek(frame, &type, &len) != 0 || len != frame.len ||
        !ipc_may_send(type, ch->o.self, ch->o.peer)) {
        return ERR_INVALID;
    }
    rc = buf_add_str(&ch->out, frame);
    if (rc == 0) {
        written(ch);
    }
    return rc;
}

int channel_send(struct channel *ch, enum ipc_type type, const void *msg)
{
    return channel_send_fd(ch, type, msg, -1);
}

// ---- reading
// -------------------------------------------------------------------------------------

static void keep_fds(struct channel *ch, struct msghdr *msg)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        size_t n;

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (ch->in_fd_count < FDS_MAX) {
                ch->in_fds[ch->in_fd_count++] = fd;
            } else {
                (void)close(fd);
            }
        }
    }
}

// Reads once. > 0 bytes, 0 end, ERR_AGAIN, ERR_SYSTEM, ERR_NO_MEMORY.
static ssize_t receive_some(struct channel *ch)
{
    char *at = NULL;
    struct iovec iov;
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int) * 4)];
    } control;
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control.bytes,
                         .msg_controllen = sizeof control.bytes};
    ssize_t n;
    int rc = buf_reserve(&ch->in, READ_BYTES, &at);

    if (rc != 0) {
        return rc;
    }
    iov = (struct iovec){at, READ_BYTES};
    do {
        n = recvmsg(ch->fd, &msg, MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        return errno == EAGAIN || errno == EWOULDBLOCK ? ERR_AGAIN : ERR_SYSTEM;
    }
    keep_fds(ch, &msg);
    buf_commit(&ch->in, (size_t)n);
    return n;
}

static int take_fd(struct channel *ch, enum ipc_type type)
{
    int fd = -1;

    if (type == IPC_PEER && ch->in_fd_count > 0) {
        fd = ch->in_fds[0];
        ch->in_fd_count--;
        memmove(&ch->in_fds[0], &ch->in_fds[1], ch->in_fd_count * sizeof ch->in_fds[0]);
    }
    return fd;
}

// Handles every whole frame that is there. Cause of a broken protocol, or NULL. Stops early when a
// handler paused reading or closed the channel.
static const char *handle_frames(struct channel *ch)
{
    size_t done = 0;
    const char *cause = NULL;

    while (!ch->closed_inside && ch->reading) {
        struct str rest = str_sub(buf_str(&ch->in), done, ch->in.len);
        union ipc_any msg;
        enum ipc_type type;
        size_t len;
        int rc = ipc_frame_peek(rest, &type, &len);

        if (rc == ERR_AGAIN) {
            break;
        }
        if (rc != 0) {
            cause = "a frame that no message starts with";
            break;
        }
        if (!ipc_may_send(type, ch->o.peer, ch->o.self) || !ch->o.handlers[type]) {
            cause = "a message this peer may not send";
            break;
        }
        if (ipc_decode(str_sub(rest, 0, len), &msg) != 0) {
            cause = "a message that does not decode";
            break;
        }
        ch->in_handler = true;
        ch->o.handlers[type](ch->o.arg, ch, &msg, take_fd(ch, type));
        ch->in_handler = false;
        done += len;
    }
    buf_consume(&ch->in, done);
    return cause;
}

// After handlers ran: frees a channel they closed, fails one that broke. False when it is gone.
static bool finish_read(struct channel *ch, const char *cause)
{
    if (ch->closed_inside) {
        channel_free(ch);
        return false;
    }
    if (cause) {
        channel_fail(ch, cause);
        return false;
    }
    return true;
}

static void channel_read(struct channel *ch)
{
    for (int i = 0; i < READS_PER_TURN && ch->reading; i++) {
        ssize_t n = receive_some(ch);
        const char *cause;

        if (n == ERR_AGAIN) {
            return;
        }
        cause =
            n > 0 ? handle_frames(ch) : (n == 0 ? "the other end closed" : "the connection broke");
        if (ch->closed_inside) {
            channel_free(ch);
            return;
        }
        if (cause) {
            channel_fail(ch, cause);
            return;
        }
        if (n < READ_BYTES) {
            return;
        }
    }
}

static void channel_event(void *arg, int events)
{
    struct channel *ch = arg;

    if ((events & LOOP_WRITE) && ch->writing) {
        (void)channel_flush(ch);
    }
    if (events & LOOP_READ) {
        channel_read(ch);
    }
}
