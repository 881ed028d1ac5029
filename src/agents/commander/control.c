// SPDX-License-Identifier: Apache-2.0
// The control socket: a command line connects, asks one thing, gets its answer. Status and stopping
// are answered here; what changes the store goes to the architect.
#include "agents/commander/commander_internal.h"

#include "base/number.h"
#include "os/local_socket.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CLIENT_QUEUE_BYTES (24u << 20)
#define REQUESTS_MAX       1024
#define RELAY_QUEUE_BYTES  (8u << 20)

struct request {
    struct client *client; // NULL once it has left
    uint64_t id;           // as the client numbered it
};

static void client_gone(struct client *cl)
{
    struct commander *cm = cl->cm;
    size_t cursor = 0;
    struct str key;
    void *value;

    while (map_next(&cm->requests, &cursor, &key, &value)) {
        struct request *r = value;

        if (r->client == cl) {
            r->client = NULL;
        }
    }
    for (size_t i = 0; i < cm->client_count; i++) {
        if (cm->clients[i] == cl) {
            cm->clients[i] = cm->clients[--cm->client_count];
            break;
        }
    }
    free(cl);
}

static void client_closed(void *arg, struct channel *ch, const char *cause)
{
    (void)arg;
    (void)cause;
    client_gone(channel_user(ch));
}

static void answer(struct client *cl, const struct ipc_control_reply *reply)
{
    if (channel_send(cl->channel, IPC_CONTROL_REPLY, reply) != 0) {
        channel_close(cl->channel);
        client_gone(cl);
    }
}

static void answer_text(struct client *cl, uint64_t id, uint32_t exit_code, const char *text)
{
    struct ipc_control_reply reply = {.id = id,
                                      .exit_code = exit_code,
                                      .text = str_from(text),
                                      .json = STR(""),
                                      .streams = STR(""),
                                      .portfolios = STR("")};

    answer(cl, &reply);
}

static void answer_status(struct client *cl, uint64_t id)
{
    struct ipc_control_reply reply = {
        .id = id, .text = STR(""), .streams = STR(""), .portfolios = STR("")};
    struct buf json;

    buf_init(&json, CLIENT_QUEUE_BYTES / 3);
    if (commander__status_json(cl->cm, &json) != 0) {
        answer_text(cl, id, 70, "the status is too long to send");
    } else {
        reply.json = buf_str(&json);
        answer(cl, &reply);
    }
    buf_finish(&json);
}

uint64_t commander__request_keep(struct commander *cm, struct client *cl, uint64_t id)
{
    struct request *r = calloc(1, sizeof *r);

    if (!r || map_put_u64(&cm->requests, cm->request_seq + 1, r) != 0) {
        free(r);
        answer_text(cl, id, 75, "too many requests at once; try again");
        return 0;
    }
    *r = (struct request){cl, id};
    return ++cm->request_seq;
}

void commander__request_answer(struct commander *cm, uint64_t request,
                               const struct ipc_control_reply *reply)
{
    struct request *r = map_remove_u64(&cm->requests, request);

    if (r && r->client) {
        struct ipc_control_reply out = *reply;

        out.id = r->id;
        answer(r->client, &out);
    }
    free(r);
}

static void repair(struct client *cl, const struct ipc_control *m)
{
    uint64_t request = commander__request_keep(cl->cm, cl, m->id);

    if (request != 0) {
        commander__repair_begin(cl->cm, request, m->args);
    }
}

static void relay(struct client *cl, const struct ipc_control *m)
{
    struct commander *cm = cl->cm;
    const struct child *architect = commander__child(cm, ROLE_ARCHITECT, 0);
    struct ipc_control msg = *m;

    // The queue has to hold what the hub itself has to say.
    if (architect->channel && channel_queued(architect->channel) > RELAY_QUEUE_BYTES) {
        answer_text(cl, m->id, 75, "the store is busy; try again in a second");
        return;
    }
    msg.id = commander__request_keep(cm, cl, m->id);
    if (msg.id != 0 && !commander__send(cm, ROLE_ARCHITECT, 0, IPC_CONTROL, &msg)) {
        free(map_remove_u64(&cm->requests, msg.id));
        answer_text(cl, m->id, 75, "the store is just being started again; try again in a second");
    }
}

void commander__control_lost(struct commander *cm)
{
    size_t cursor = 0;
    struct str key;
    void *value;

    while (map_next(&cm->requests, &cursor, &key, &value)) {
        struct request *r = value;

        if (r->client) {
            answer_text(r->client, r->id, 75,
                        "the store's keeper ended before it could answer; look whether it is done, "
                        "then try again");
        }
    }
    // Only now: an answer that cannot be sent looks through the table for its client.
    for (cursor = 0; map_next(&cm->requests, &cursor, &key, &value);) {
        free(value);
    }
    map_finish(&cm->requests);
    map_init(&cm->requests, REQUESTS_MAX);
}

static void on_control(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct commander *cm = arg;
    struct client *cl = channel_user(from);
    const struct ipc_control *m = &msg->control;

    (void)fd;
    if (cm->stopping) {
        answer_text(cl, m->id, 75, "the hub is stopping");
    } else if (str_eq(m->op, STR("status"))) {
        answer_status(cl, m->id);
    } else if (str_eq(m->op, STR("stop"))) {
        answer_text(cl, m->id, 0, "the hub is stopping");
        (void)kill(getpid(), SIGTERM);
    } else if (str_eq(m->op, STR("reload"))) {
        answer_text(cl, m->id, 0, "the settings are read again");
        (void)kill(getpid(), SIGHUP);
    } else if (str_eq(m->op, STR("data.repair"))) {
        repair(cl, m);
    } else {
        relay(cl, m);
    }
}

static void each_id(struct str ids, void (*fn)(struct commander *, uint32_t), struct commander *cm)
{
    struct str part;

    while (str_split(&ids, ' ', &part)) {
        uint64_t id = 0;

        if (part.len > 0 && number_parse_u64(part, &id) == 0 && id <= UINT32_MAX) {
            fn(cm, (uint32_t)id);
        }
    }
}

static void portfolio_changed(struct commander *cm, uint32_t id)
{
    struct ipc_portfolio msg = {.portfolio = id};

    (void)commander__send(cm, ROLE_GATEKEEPER, 0, IPC_PORTFOLIO, &msg);
}

void commander__on_control_reply(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct commander *cm = arg;
    const struct ipc_control_reply *reply = &msg->control_reply;

    (void)from;
    (void)fd;
    commander__request_answer(cm, reply->id, reply);
    if (reply->exit_code == 0) {
        each_id(reply->portfolios, portfolio_changed, cm);
        each_id(reply->streams, commander__stream_refresh, cm);
    }
}

static const channel_fn client_handlers[IPC_TYPE_COUNT] = {[IPC_CONTROL] = on_control};

static void client_accept(struct commander *cm, int fd)
{
    struct client *cl = cm->client_count < CLIENTS_MAX ? calloc(1, sizeof *cl) : NULL;
    struct channel_options o = {.self = ROLE_COMMANDER,
                                .peer = ROLE_CONTROL,
                                .handlers = client_handlers,
                                .arg = cm,
                                .closed = client_closed,
                                .queue_max_bytes = CLIENT_QUEUE_BYTES};

    if (!cl) {
        (void)close(fd); // more command lines at once than anybody types
        return;
    }
    cl->cm = cm;
    if (channel_create(cm->loop, fd, &o, &cl->channel) != 0) {
        (void)close(fd);
        free(cl);
        return;
    }
    channel_set_user(cl->channel, cl);
    cm->clients[cm->client_count++] = cl;
}

static void on_listen(void *arg, int events)
{
    struct commander *cm = arg;

    (void)events;
    for (int i = 0; i < CLIENTS_MAX; i++) {
        int fd = -1;
        int rc = local_socket_accept(cm->listen_fd, &fd);

        if (rc == ERR_REFUSED) {
            log_warn(&cm->log, "a stranger knocked at the control socket", "");
        } else if (rc != 0) {
            return;
        } else {
            client_accept(cm, fd);
        }
    }
}

int commander__control_init(struct commander *cm, struct diag *d)
{
    int rc;

    map_init(&cm->requests, REQUESTS_MAX);
    rc = local_socket_listen(config_str(cm->config, CFG_CONTROL_SOCKET), &cm->listen_fd, d);
    if (rc == 0) {
        rc = loop_watch_create(cm->loop, cm->listen_fd, on_listen, cm, &cm->listen_watch);
    }
    return rc != 0 ? rc : loop_watch_set(cm->listen_watch, LOOP_READ);
}

void commander__control_finish(struct commander *cm)
{
    size_t cursor = 0;
    struct str key;
    void *value;

    while (cm->client_count > 0) {
        struct client *cl = cm->clients[--cm->client_count];

        (void)channel_flush(cl->channel); // a client asking for the stop still gets its answer
        channel_close(cl->channel);
        free(cl);
    }
    while (map_next(&cm->requests, &cursor, &key, &value)) {
        free(value);
    }
    map_finish(&cm->requests);
    loop_watch_destroy(cm->listen_watch);
    if (cm->listen_fd >= 0) {
        (void)unlink(config_str(cm->config, CFG_CONTROL_SOCKET));
        (void)close(cm->listen_fd);
    }
}
