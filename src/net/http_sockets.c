// SPDX-License-Identifier: Apache-2.0
// Puts curl's sockets and its timer on the loop. A pooled connection keeps its watch while it
// idles, so that a request over a kept-alive connection costs no epoll_ctl.
#include "net/http_client_internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKETS_MAX 65536

static int sockets_grow(struct http_client *c, size_t need)
{
    size_t cap = c->socket_cap ? c->socket_cap : 64;
    while (cap < need)
        cap *= 2;
    struct net__socket **grown = realloc(c->sockets, cap * sizeof *grown);
    if (!grown)
        return ERR_NO_MEMORY;
    memset(grown + c->socket_cap, 0, (cap - c->socket_cap) * sizeof *grown);
    c->sockets = grown;
    c->socket_cap = cap;
    return 0;
}

static struct net__socket *socket_find(const struct http_client *c, int fd)
{
    return fd >= 0 && (size_t)fd < c->socket_cap ? c->sockets[fd] : NULL;
}

static struct net__socket *socket_make(struct http_client *c, int fd)
{
    struct net__socket *s = socket_find(c, fd);
    if (s)
        return s;
    if (fd < 0 || fd >= SOCKETS_MAX)
        return NULL;
    if ((size_t)fd >= c->socket_cap && sockets_grow(c, (size_t)fd + 1) != 0)
        return NULL;
    s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->client = c;
    s->fd = fd;
    c->sockets[fd] = s;
    return s;
}

static void socket_unwatch(struct net__socket *s)
{
    loop_watch_destroy(s->watch);
    s->watch = NULL;
    s->events = 0;
    s->ours = s->wanted = false;
}

curl_socket_t net__socket_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0)
        return CURL_SOCKET_BAD;
    struct net__socket *s = socket_make(arg, fd);
    if (!s) {
        close(fd);
        return CURL_SOCKET_BAD;
    }
    s->ours = true;
    return fd;
}

int net__socket_close(void *arg, curl_socket_t fd)
{
    struct net__socket *s = socket_find(arg, fd);
    if (s)
        socket_unwatch(s);
    return close(fd);
}

static void on_socket_ready(void *arg, int events)
{
    struct net__socket *s = arg;
    struct http_client *c = s->client;
    if (!s->wanted) {
        // The host closed a pooled connection: curl finds out when it wants to use it again. Until
        // then the descriptor would stay readable for ever.
        if (loop_watch_set(s->watch, 0) == 0)
            s->events = 0;
        return;
    }
    if (events & ~s->events)
        s->events = 0; // an error: the loop stopped watching
    int mask =
        (events & LOOP_READ ? CURL_CSELECT_IN : 0) | (events & LOOP_WRITE ? CURL_CSELECT_OUT : 0);
    int running = 0;
    curl_multi_socket_action(c->multi, s->fd, mask, &running);
    (void)net__client_dispatch(c);
}

static int socket_watch(struct http_client *c, struct net__socket *s, int events)
{
    int rc = 0;
    if (!s->watch)
        rc = loop_watch_create(c->loop, s->fd, on_socket_ready, s, &s->watch);
    if (rc == 0 && s->events != events)
        rc = loop_watch_set(s->watch, events);
    if (rc == 0)
        s->events = events;
    return rc;
}

// curl's CURLMOPT_SOCKETFUNCTION.
static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
    struct http_client *c = arg;
    (void)easy;
    (void)socket_arg;
    struct net__socket *s = what == CURL_POLL_REMOVE ? socket_find(c, fd) : socket_make(c, fd);
    if (what == CURL_POLL_REMOVE) {
        if (s && s->ours)
            s->wanted = false; // back to the pool, or closed in a moment: net__socket_close
        else if (s)
            socket_unwatch(s); // curl's own descriptor (resolver): nobody tells us when it closes
        return 0;
    }
    int events = (what & CURL_POLL_IN ? LOOP_READ : 0) | (what & CURL_POLL_OUT ? LOOP_WRITE : 0);
    if (s)
        s->wanted = true;
    // To tell curl of a failure here would end its handle for good.
    if (!s || socket_watch(c, s, events) != 0)
        c->unwatched = c->kick = true;
    return 0;
}

static void on_curl_timer(void *arg)
{
    struct http_client *c = arg;
    int running = 0;
    curl_multi_socket_action(c->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    (void)net__client_dispatch(c);
}

// curl's CURLMOPT_TIMERFUNCTION. It may run inside curl, which must not be called from here: "now"
// means at the end of this turn, where the hook sees the kick.
static int on_curl_deadline(CURLM *multi, long timeout_ms, void *arg)
{
    struct http_client *c = arg;
    (void)multi;
    c->kick = timeout_ms == 0;
    if (timeout_ms < 0)
        loop_timer_stop(c->curl_timer);
    else if (timeout_ms > 0)
        loop_timer_start(c->curl_timer, timeout_ms);
    return 0;
}

int net__sockets_attach(struct http_client *c)
{
    int rc = loop_timer_create(c->loop, on_curl_timer, c, &c->curl_timer);
    if (rc != 0)
        return rc;
    CURLMcode code = curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    code = code ? code : curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
    code = code ? code : curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_curl_deadline);
    code = code ? code : curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
    return code == CURLM_OK ? 0 : ERR_INTERNAL;
}

void net__sockets_finish(struct http_client *c)
{
    for (size_t fd = 0; fd < c->socket_cap; fd++) {
        if (c->sockets[fd])
            socket_unwatch(c->sockets[fd]);
        free(c->sockets[fd]);
    }
    free(c->sockets);
    c->sockets = NULL;
    c->socket_cap = 0;
    loop_timer_destroy(c->curl_timer);
    c->curl_timer = NULL;
}
