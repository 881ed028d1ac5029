// SPDX-License-Identifier: Apache-2.0
// The HTTP server: libmicrohttpd in its external epoll mode. Its epoll descriptor is one watch in
// our loop, its timeouts one timer, and an answer given later is a suspended connection.
#include "net/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTEN_BACKLOG 1024
// Holds the request line, which may list many symbols. libmicrohttpd clears it before each request.
#define CONNECTION_POOL_BYTES (32u * 1024u)
#define RUNS_PER_TURN         16 // then other callbacks of the loop get their turn
#define HEADER_MAX_BYTES      512

struct http_server {
    struct loop *loop;
    struct MHD_Daemon *daemon;
    struct loop_watch *watch;
    struct loop_timer *timer;
    http_handler_fn handler;
    void *arg;
    struct http_exchange *live; // every exchange between its first byte and its completion
    uint16_t port;
    bool stopping;
};

struct drip_state {
    struct http_exchange *x;
    struct http_drip how;
    struct loop_timer *timer;
    bool paused; // suspended until the timer fires
    size_t size;
    char body[];
};

struct http_exchange {
    struct http_server *server;
    struct MHD_Connection *connection;
    struct http_exchange *prev, *next;
    struct http_server_request request;
    struct buf body;
    struct MHD_Response *response;
    unsigned status;
    bool handled;   // the handler has seen it
    bool decided;   // reply or abort was called
    bool suspended; // waits for a later reply
    bool aborted;
    bool reset;
    struct drip_state *drip; // borrowed from its response while that lives
};

// ---- driving the daemon -------------------------------------------------------------------------

// Asks libmicrohttpd when it wants to run next and sets the timer accordingly.
static void server_arm(struct http_server *s)
{
    MHD_UNSIGNED_LONG_LONG timeout = 0;
    if (MHD_get_timeout(s->daemon, &timeout) != MHD_YES) {
        loop_timer_stop(s->timer);
        return;
    }
    loop_timer_start(s->timer, timeout > 60000 ? 60000 : (int64_t)timeout);
}

static void server_run(struct http_server *s)
{
    for (int i = 0; i < RUNS_PER_TURN; i++) {
        MHD_UNSIGNED_LONG_LONG timeout = 0;
        MHD_run(s->daemon);
        if (MHD_get_timeout(s->daemon, &timeout) != MHD_YES || timeout > 0)
            break;
    }
    server_arm(s);
}

static void on_ready(void *arg, int events)
{
    (void)events;
    server_run(arg);
}

static void on_timer(void *arg)
{
    server_run(arg);
}

// A resumed connection is looked at by the next run only. That run is put off to the timer: the
// caller may itself be inside a run.
static void exchange_resume(struct http_exchange *x)
{
    MHD_resume_connection(x->connection);
    if (!x->server->stopping)
        loop_timer_start(x->server->timer, 0);
}

// ---- one exchange -------------------------------------------------------------------------------

static struct http_exchange *exchange_create(struct http_server *s, struct MHD_Connection *c,
                                             const char *url, const char *method)
{
    struct http_exchange *x = calloc(1, sizeof(*x));
    if (!x)
        return NULL;
    x->server = s;
    x->connection = c;
    x->request.method = str_from(method);
    x->request.path = str_from(url);
    buf_init(&x->body, HTTP_BODY_MAX_BYTES);
    x->next = s->live;
    if (s->live)
        s->live->prev = x;
    s->live = x;
    return x;
}

static void exchange_destroy(struct http_exchange *x)
{
    if (x->prev)
        x->prev->next = x->next;
    else
        x->server->live = x->next;
    if (x->next)
        x->next->prev = x->prev;
    if (x->response)
        MHD_destroy_response(x->response);
    buf_finish(&x->body);
    free(x);
}

static enum MHD_Result add_query(void *arg, enum MHD_ValueKind kind, const char *key,
                                 size_t key_size, const char *value, size_t value_size)
{
    struct http_server_request *r = arg;
    (void)kind;
    if (r->query_count == HTTP_QUERY_MAX) {
        r->query_overflow = true;
        return MHD_NO;
    }
    r->query[r->query_count++] = (struct http_query){{key ? key : "", key ? key_size : 0},
                                                     {value ? value : "", value ? value_size : 0}};
    return MHD_YES;
}

// Connecting a TCP socket to "nowhere" makes Linux drop the peer with a reset at once.
static void socket_reset(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
    if (info)
        (void)connect(info->connect_fd, &nowhere, sizeof(nowhere));
}

static enum MHD_Result exchange_answer(struct http_exchange *x)
{
    enum MHD_Result result = MHD_NO;
    if (x->aborted) {
        if (x->reset)
            socket_reset(x->connection);
        return MHD_NO;
    }
    result = MHD_queue_response(x->connection, x->status, x->response);
    MHD_destroy_response(x->response);
    x->response = NULL;
    return result;
}

static void exchange_gather(struct http_exchange *x, const char *data, size_t size)
{
    if (!x->request.body_overflow && buf_add(&x->body, data, size) == 0)
        return;
    x->request.body_overflow = true;
    buf_clear(&x->body);
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
    struct http_server *s = arg;
    struct http_exchange *x = *state;
    (void)version;
    if (s->stopping) // a request of the last moment must not be suspended any more
        return x && x->decided ? exchange_answer(x) : MHD_NO;
    if (!x) { // headers only: the body follows
        x = exchange_create(s, connection, url, method);
        *state = x;
        return x ? MHD_YES : MHD_NO;
    }
    if (*upload_size > 0) {
        exchange_gather(x, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    if (!x->handled) {
        x->handled = true;
        x->request.body = buf_str(&x->body);
        MHD_get_connection_values_n(connection, MHD_GET_ARGUMENT_KIND, add_query, &x->request);
        s->handler(s->arg, x, &x->request);
    }
    if (x->decided)
        return exchange_answer(x);
    x->suspended = true;
    MHD_suspend_connection(connection);
    return MHD_YES;
}

static void on_completed(void *arg, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode why)
{
    (void)arg;
    (void)connection;
    (void)why;
    if (*state)
        exchange_destroy(*state);
    *state = NULL;
}

// ---- answers ------------------------------------------------------------------------------------

static int add_header(struct MHD_Response *r, const char *line)
{
    char text[HEADER_MAX_BYTES];
    struct str rest = str_from(line);
    size_t colon = str_find(rest, ':', 0);
    if (colon == rest.len || colon == 0 || str_copy(text, sizeof(text), rest) != 0)
        return ERR_INVALID;
    text[colon] = '\0';
    char *value = text + colon + 1;
    while (*value == ' ')
        value++;
    return MHD_add_response_header(r, text, value) == MHD_YES ? 0 : ERR_NO_MEMORY;
}

static int exchange_decide(struct http_exchange *x, int status, const char *content_type,
                           const char *const *headers, struct MHD_Response *r)
{
    int err = 0;
    if (content_type && MHD_add_response_header(r, "Content-Type", content_type) != MHD_YES)
        err = ERR_NO_MEMORY;
    for (; err == 0 && headers && *headers; headers++)
        err = add_header(r, *headers);
    if (err != 0) {
        MHD_destroy_response(r);
        return err;
    }
    x->response = r;
    x->status = (unsigned)status;
    x->decided = true;
    if (x->suspended) {
        x->suspended = false;
        exchange_resume(x);
    }
    return 0;
}

int http_exchange_reply(struct http_exchange *x, int status, const char *content_type,
                        struct str body, const char *const *headers)
{
    if (x->decided)
        return ERR_INVALID;
    // libmicrohttpd only reads the buffer, its parameter merely lacks a const.
    struct MHD_Response *r = MHD_create_response_from_buffer(body.len, (void *)(uintptr_t)body.data,
                                                             MHD_RESPMEM_MUST_COPY);
    return r ? exchange_decide(x, status, content_type, headers, r) : ERR_NO_MEMORY;
}

static void drip_on_timer(void *arg)
{
    struct drip_state *drip = arg;
    if (drip->paused) {
        drip->paused = false;
        exchange_resume(drip->x);
    }
}

static ssize_t drip_read(void *arg, uint64_t pos, char *out, size_t max)
{
    struct drip_state *drip = arg;
    size_t end = drip->how.cut_bytes < drip->size ? drip->how.cut_bytes : drip->size;
    if (pos >= end)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t left = end - (size_t)pos;
    if (drip->how.chunk_bytes == 0) {
        left = left < max ? left : max;
        memcpy(out, drip->body + pos, left);
        return (ssize_t)left;
    }
    if (drip->x->server->stopping)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (!loop_timer_is_active(drip->timer)) {
        left = left < drip->how.chunk_bytes ? left : drip->how.chunk_bytes;
        left = left < max ? left : max;
        memcpy(out, drip->body + pos, left);
        loop_timer_start(drip->timer, drip->how.interval_ms);
        return (ssize_t)left;
    }
    drip->paused = true;
    MHD_suspend_connection(drip->x->connection);
    return 0;
}

static void drip_free(void *arg)
{
    struct drip_state *drip = arg;
    loop_timer_destroy(drip->timer);
    free(drip);
}

int http_exchange_reply_drip(struct http_exchange *x, int status, const char *content_type,
                             struct str body, const char *const *headers,
                             const struct http_drip *how)
{
    if (x->decided)
        return ERR_INVALID;
    struct drip_state *drip = calloc(1, sizeof(*drip) + body.len);
    if (!drip)
        return ERR_NO_MEMORY;
    drip->x = x;
    drip->how = *how;
    drip->size = body.len;
    if (body.len > 0)
        memcpy(drip->body, body.data, body.len);
    int err = loop_timer_create(x->server->loop, drip_on_timer, drip, &drip->timer);
    if (err != 0) {
        free(drip);
        return err;
    }
    struct MHD_Response *r =
        MHD_create_response_from_callback(body.len, 4096, drip_read, drip, drip_free);
    if (!r) {
        drip_free(drip);
        return ERR_NO_MEMORY;
    }
    err = exchange_decide(x, status, content_type, headers, r);
    if (err == 0)
        x->drip = drip;
    return err;
}

static void exchange_end(struct http_exchange *x, bool reset)
{
    if (x->decided)
        return;
    x->decided = true;
    x->aborted = true;
    x->reset = reset;
    if (x->suspended) {
        x->suspended = false;
        exchange_resume(x);
    }
}

void http_exchange_abort(struct http_exchange *x)
{
    exchange_end(x, false);
}

void http_exchange_reset(struct http_exchange *x)
{
    exchange_end(x, true);
}

struct str http_exchange_header(const struct http_exchange *x, const char *name)
{
    return str_from(MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name));
}

// ---- the server ---------------------------------------------------------------------------------

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static int address_parse(const char *text, uint16_t port, union address *a, socklen_t *len)
{
    memset(a, 0, sizeof(*a));
    if (inet_pton(AF_INET, text, &a->v4.sin_addr) == 1) {
        a->v4.sin_family = AF_INET;
        a->v4.sin_port = htons(port);
        *len = sizeof(a->v4);
        return 0;
    }
    if (inet_pton(AF_INET6, text, &a->v6.sin6_addr) == 1) {
        a->v6.sin6_family = AF_INET6;
        a->v6.sin6_port = htons(port);
        *len = sizeof(a->v6);
        return 0;
    }
    return ERR_INVALID;
}

static int listen_open(const struct http_server_options *o, int *out_fd, uint16_t *out_port,
                       struct diag *d)
{
    union address a;
    socklen_t len = 0;
    int on = 1;
    if (address_parse(o->listen, o->port, &a, &len) != 0)
        return diag_set(d, ERR_INVALID, "'%s' is no IP address; use 127.0.0.1 or ::1", o->listen);
    int fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return diag_set(d, ERR_SYSTEM, "cannot open a socket: errno %d", errno);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, &a.any, len) != 0 || listen(fd, LISTEN_BACKLOG) != 0) {
        int why = errno;
        close(fd);
        if (why == EADDRINUSE)
            return diag_set(d, ERR_BUSY,
                            "port %u on %s is in use; choose another one, or 0 for any free port",
                            (unsigned)o->port, o->listen);
        return diag_set(d, ERR_SYSTEM, "cannot listen on %s port %u: errno %d", o->listen,
                        (unsigned)o->port, why);
    }
    len = sizeof(a);
    if (getsockname(fd, &a.any, &len) != 0) {
        close(fd);
        return diag_set(d, ERR_SYSTEM, "getsockname failed: errno %d", errno);
    }
    *out_port = ntohs(a.any.sa_family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
    *out_fd = fd;
    return 0;
}

static int daemon_start(struct http_server *s, const struct http_server_options *o, int fd)
{
    unsigned connections = o->connections_max ? o->connections_max : 1024;
    s->daemon =
        MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, s,
                         MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, connections,
                         MHD_OPTION_CONNECTION_TIMEOUT, o->idle_timeout_s,
                         MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_POOL_BYTES,
                         MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_END);
    return s->daemon ? 0 : ERR_SYSTEM;
}

int http_server_create(struct loop *loop, const struct http_server_options *o,
                       http_handler_fn handler, void *arg, struct http_server **out, struct diag *d)
{
    int fd = -1;
    const union MHD_DaemonInfo *info = NULL;
    struct http_server *s = calloc(1, sizeof(*s));
    if (!s)
        return diag_set(d, ERR_NO_MEMORY, "out of memory");
    s->loop = loop;
    s->handler = handler;
    s->arg = arg;
    int err = listen_open(o, &fd, &s->port, d);
    if (err != 0)
        goto out;
    err = daemon_start(s, o, fd);
    if (err != 0) {
        close(fd);
        (void)diag_set(d, err, "the HTTP server did not start");
        goto out;
    }
    info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    err = info ? loop_timer_create(loop, on_timer, s, &s->timer) : ERR_SYSTEM;
    if (err == 0)
        err = loop_watch_create(loop, info->epoll_fd, on_ready, s, &s->watch);
    if (err == 0)
        err = loop_watch_set(s->watch, LOOP_READ);
    if (err != 0)
        (void)diag_set(d, err, "the HTTP server could not join the event loop");
out:
    if (err != 0) {
        http_server_destroy(s);
        return err;
    }
    *out = s;
    return 0;
}

// libmicrohttpd must not be stopped with suspended connections: whoever still waits is cut off.
static void server_cut_waiting(struct http_server *s)
{
    s->stopping = true;
    for (struct http_exchange *x = s->live; x; x = x->next) {
        if (x->suspended)
            http_exchange_abort(x);
        else if (x->drip && x->drip->paused)
            drip_on_timer(x->drip);
    }
    MHD_run(s->daemon);
}

void http_server_destroy(struct http_server *s)
{
    if (!s)
        return;
    if (s->daemon)
        server_cut_waiting(s);
    loop_watch_destroy(s->watch);
    if (s->daemon)
        MHD_stop_daemon(s->daemon); // also closes the listening socket
    loop_timer_destroy(s->timer);
    free(s);
}

uint16_t http_server_port(const struct http_server *s)
{
    return s->port;
}
