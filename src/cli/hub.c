// SPDX-License-Identifier: Apache-2.0
// One question to a running hub over its control socket: a frame out, a frame back.
#include "cli/cli.h"

#include "ipc/codec.h"
#include "os/local_socket.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_TIMEOUT_MS 30000
#define FRAME_MAX_BYTES   (9u << 20) // the largest CONTROL_REPLY and its header

void cli_reply_init(struct cli_reply *r)
{
    r->exit_code = 0;
    buf_init(&r->text, FRAME_MAX_BYTES);
    buf_init(&r->json, FRAME_MAX_BYTES);
}

void cli_reply_finish(struct cli_reply *r)
{
    buf_finish(&r->text);
    buf_finish(&r->json);
}

// Waits for the socket until the deadline. 0 when it is ready.
static int await(int fd, short events, clock_ns deadline, struct diag *d)
{
    struct pollfd p = {.fd = fd, .events = events};

    for (;;) {
        int64_t left = (deadline - clock_now_ns()) / 1000000;
        int n = left > 0 ? poll(&p, 1, (int)left) : 0;

        if (n > 0) {
            return 0;
        }
        if (n == 0) {
            return diag_set(d, ERR_TIMEOUT,
                            "the hub did not answer within %d s; 'oracle status' shows how it does",
                            ANSWER_TIMEOUT_MS / 1000);
        }
        if (errno != EINTR) {
            return diag_set(d, ERR_SYSTEM, "waiting for the hub failed: %s", strerror(errno));
        }
    }
}

static int gone(struct diag *d)
{
    return diag_set(
        d, ERR_CLOSED,
        "the hub ended the connection before it answered; try again, and look at its log");
}

static int send_frame(int fd, struct str frame, clock_ns deadline, struct diag *d)
{
    while (frame.len > 0) {
        ssize_t n = send(fd, frame.data, frame.len, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n >= 0) {
            frame = str_sub(frame, (size_t)n, frame.len);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            int rc = await(fd, POLLOUT, deadline, d);

            if (rc != 0) {
                return rc;
            }
        } else if (errno != EINTR) {
            return gone(d);
        }
    }
    return 0;
}

static int receive_frame(int fd, struct buf *in, enum ipc_type *type, clock_ns deadline,
                         struct diag *d)
{
    for (;;) {
        size_t len = 0;
        char *at = NULL;
        ssize_t n;
        int rc = ipc_frame_peek(buf_str(in), type, &len);

        if (rc != ERR_AGAIN) {
            return rc == 0 ? 0
                           : diag_set(d, rc,
                                      "the hub's answer cannot be read; are the command "
                                      "line and the running hub of the same version?");
        }
        rc = await(fd, POLLIN, deadline, d);
        rc = rc != 0 ? rc : buf_reserve(in, 65536, &at);
        if (rc != 0) {
            return rc;
        }
        n = recv(fd, at, 65536, 0);
        if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) {
            return gone(d);
        }
        if (n > 0) {
            buf_commit(in, (size_t)n);
        }
    }
}

static int take_answer(struct str frame, enum ipc_type type, struct cli_reply *out, struct diag *d)
{
    union ipc_any msg;
    int rc = type == IPC_CONTROL_REPLY ? ipc_decode(frame, &msg) : ERR_PROTOCOL;

    if (rc != 0) {
        return diag_set(d, rc,
                        "the hub's answer cannot be read; are the command line and the "
                        "running hub of the same version?");
    }
    out->exit_code = (int)msg.control_reply.exit_code;
    rc = buf_add_str(&out->text, msg.control_reply.text);
    return rc != 0 ? rc : buf_add_str(&out->json, msg.control_reply.json);
}

int cli_hub_ask(struct cli *cli, const char *op, struct str args, struct cli_reply *out,
                struct diag *d)
{
    struct ipc_control ask = {.id = 1, .op = str_from(op), .args = args};
    clock_ns deadline = clock_now_ns() + ANSWER_TIMEOUT_MS * INT64_C(1000000);
    enum ipc_type type = IPC_TYPE_COUNT;
    struct buf frame, in;
    int fd = -1;
    int rc = local_socket_connect(config_str(cli->config, CFG_CONTROL_SOCKET), &fd, d);

    if (rc != 0) {
        return rc;
    }
    buf_init(&frame, FRAME_MAX_BYTES);
    buf_init(&in, FRAME_MAX_BYTES + 65536);
    rc = ipc_encode(&frame, IPC_CONTROL, &ask);
    if (rc != 0) {
        (void)diag_set(d, rc, "the request is too large for the hub");
    }
    rc = rc != 0 ? rc : send_frame(fd, buf_str(&frame), deadline, d);
    rc = rc != 0 ? rc : receive_frame(fd, &in, &type, deadline, d);
    rc = rc != 0 ? rc : take_answer(buf_str(&in), type, out, d);
    buf_finish(&frame);
    buf_finish(&in);
    (void)close(fd);
    return rc;
}
