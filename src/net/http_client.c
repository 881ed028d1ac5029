// SPDX-License-Identifier: Apache-2.0
// The HTTP client's requests: queued here, started at the end of the loop's turn on reused curl
// handles, ended exactly once. Queueing is ours and not curl's because a request's time limit
// includes its wait, and because curl's own list of waiting handles costs CPU at every step.
#include "net/http_client_internal.h"

#include <stdlib.h>
#include <string.h>

#define QUEUE_MAX        65536
#define CONNECTIONS_MAX  256
#define H2_STREAMS       100 // what curl allows itself on one HTTP/2 connection
#define TIMEOUT_MAX_MS   (24 * 60 * 60 * INT64_C(1000))
#define NS_PER_MS        INT64_C(1000000)
#define DEFAULT_BODY_MAX ((size_t)1 << 20)

static void queue_push(struct http_client *c, struct http_request *r)
{
    r->next = NULL;
    r->prev = c->queue_tail;
    if (c->queue_tail)
        c->queue_tail->next = r;
    else
        c->queue_head = r;
    c->queue_tail = r;
    c->queued++;
}

static void queue_push_front(struct http_client *c, struct http_request *r)
{
    r->prev = NULL;
    r->next = c->queue_head;
    if (c->queue_head)
        c->queue_head->prev = r;
    else
        c->queue_tail = r;
    c->queue_head = r;
    c->queued++;
}

static void queue_remove(struct http_client *c, struct http_request *r)
{
    if (r->prev)
        r->prev->next = r->next;
    else
        c->queue_head = r->next;
    if (r->next)
        r->next->prev = r->prev;
    else
        c->queue_tail = r->prev;
    c->queued--;
}

static void request_recycle(struct http_client *c, struct http_request *r)
{
    buf_clear(&r->url);
    r->transfer = NULL;
    r->again = false;
    r->prev = NULL;
    r->next = c->free_requests;
    c->free_requests = r;
}

static void request_free(struct http_request *r)
{
    if (r)
        buf_finish(&r->url);
    free(r);
}

static void transfer_recycle(struct http_client *c, struct transfer *t)
{
    net__transfer_reset(t);
    t->request = NULL;
    t->next = c->free_transfers;
    c->free_transfers = t;
}

static void request_free_all(struct http_request *r)
{
    while (r) {
        struct http_request *next = r->next;
        request_free(r);
        r = next;
    }
}

static void client_free(struct http_client *c)
{
    request_free_all(c->queue_head);
    request_free_all(c->free_requests);
    for (size_t i = 0; i < c->transfer_count; i++) {
        struct transfer *t = c->transfers[i];
        if (t->request) {
            curl_multi_remove_handle(c->multi, t->easy);
            request_free(t->request);
        }
        net__transfer_destroy(t);
    }
    free(c->transfers);
    if (c->multi)
        curl_multi_cleanup(c->multi); // closes the pool, through our callbacks
    net__sockets_finish(c);
    loop_timer_destroy(c->queue_timer);
    free(c->base_url);
    free(c->user_agent);
    free(c);
    curl_global_cleanup();
}

// The transfer for the next request: one of the free ones, or a new one below the cap.
static int transfer_take(struct http_client *c, struct transfer **out)
{
    if (c->free_transfers) {
        *out = c->free_transfers;
        c->free_transfers = (*out)->next;
        return 0;
    }
    if (c->transfer_count == c->transfer_cap) {
        size_t cap = c->transfer_cap ? c->transfer_cap * 2 : 16;
        struct transfer **grown = realloc(c->transfers, cap * sizeof(struct transfer *));
        if (!grown)
            return ERR_NO_MEMORY;
        c->transfers = grown;
        c->transfer_cap = cap;
    }
    int rc = net__transfer_create(c, out);
    if (rc == 0)
        c->transfers[c->transfer_count++] = *out;
    return rc;
}

// Calls the owner with an end that curl has no part in.
static void request_fail(struct http_client *c, struct http_request *r, const char *why)
{
    struct http_response response = {.error = why};
    http_done_fn done = r->done;
    void *arg = r->arg;
    response.sent_ns = response.received_ns = clock_now_ns();
    request_recycle(c, r);
    done(arg, &response);
}

static int request_start(struct http_client *c, struct http_request *r, clock_ns now)
{
    struct transfer *t = NULL;
    int rc = transfer_take(c, &t);
    if (rc != 0)
        return rc;
    int64_t left_ms = (r->deadline - now + NS_PER_MS - 1) / NS_PER_MS;
    CURLcode code = curl_easy_setopt(t->easy, CURLOPT_URL, r->url.data);
    if (code == CURLE_OK)
        code = curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, (long)(left_ms > 0 ? left_ms : 1));
    if (code == CURLE_OK)
        code = curl_easy_setopt(t->easy, CURLOPT_FRESH_CONNECT, r->again ? 1L : 0L);
    if (code != CURLE_OK || curl_multi_add_handle(c->multi, t->easy) != CURLM_OK) {
        transfer_recycle(c, t);
        return ERR_NO_MEMORY;
    }
    t->request = r;
    r->transfer = t;
    c->running++;
    return 0;
}

static void queue_arm(struct http_client *c, clock_ns deadline, clock_ns now)
{
    c->queue_deadline = deadline;
    loop_timer_start(c->queue_timer, deadline > now ? (deadline - now) / NS_PER_MS + 1 : 0);
}

// curl's own repeat of such a request does not happen on a reused handle (seen with 7.88).
static void request_repeat(struct http_client *c, struct transfer *t)
{
    struct http_request *r = t->request;
    curl_multi_remove_handle(c->multi, t->easy);
    c->running--;
    transfer_recycle(c, t);
    r->transfer = NULL;
    r->again = true;
    queue_push_front(c, r);
    if (r->deadline < c->queue_deadline)
        queue_arm(c, r->deadline, clock_now_ns());
}

static void transfer_ended(struct http_client *c, struct transfer *t, CURLcode code)
{
    struct http_request *r = t->request;
    if (!r->again && net__transfer_was_stale(t, code)) {
        request_repeat(c, t);
        return;
    }
    http_done_fn done = r->done;
    void *arg = r->arg;
    struct http_response response;
    long version = 0;
    net__transfer_response(t, code, &response);
    curl_easy_getinfo(t->easy, CURLINFO_HTTP_VERSION, &version);
    if (version == CURL_HTTP_VERSION_2_0 && c->running_max < H2_STREAMS)
        c->running_max = H2_STREAMS; // streams of one connection, not connections
    curl_multi_remove_handle(c->multi, t->easy);
    c->running--;
    t->request = NULL;
    request_recycle(c, r);
    done(arg, &response);
    transfer_recycle(c, t);
}

// After this the client may be gone.
static bool dispatch_end(struct http_client *c)
{
    c->dispatching = false;
    if (!c->doomed)
        return true;
    client_free(c);
    return false;
}

bool net__client_dispatch(struct http_client *c)
{
    int left = 0;
    CURLMsg *msg;
    c->dispatching = true;
    while (!c->doomed && (msg = curl_multi_info_read(c->multi, &left)) != NULL) {
        char *private = NULL;
        CURLcode code = msg->data.result;
        curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &private);
        if (msg->msg == CURLMSG_DONE && private)
            transfer_ended(c, (struct transfer *)(void *)private, code);
    }
    return dispatch_end(c);
}

// Ends queued requests whose time is over; the rest set the next look.
static void on_queue_timer(void *arg)
{
    struct http_client *c = arg;
    clock_ns now = clock_now_ns(), earliest = INT64_MAX;
    struct http_request *next;
    c->dispatching = true;
    for (struct http_request *r = c->queue_head; r && !c->doomed; r = next) {
        if (r->deadline > now) {
            earliest = r->deadline < earliest ? r->deadline : earliest;
            next = r->next;
            continue;
        }
        queue_remove(c, r);
        request_fail(c, r, "no connection became free within the time allowed");
        next = c->queue_head; // the callback may have changed the queue
        earliest = INT64_MAX;
    }
    if (!dispatch_end(c))
        return;
    c->queue_deadline = INT64_MAX;
    if (earliest != INT64_MAX)
        queue_arm(c, earliest, now);
}

static bool can_start(const struct http_client *c)
{
    return c->queue_head && c->running < c->running_max;
}

static bool start_queued(struct http_client *c)
{
    clock_ns now = clock_now_ns();
    c->dispatching = true;
    while (!c->doomed && can_start(c)) {
        struct http_request *r = c->queue_head;
        queue_remove(c, r);
        if (request_start(c, r, now) != 0)
            request_fail(c, r, "out of memory");
        else
            c->kick = true;
    }
    return dispatch_end(c);
}

// Ends what runs: one of them waits for a socket that nobody watches.
static bool end_running(struct http_client *c)
{
    c->unwatched = false;
    c->dispatching = true;
    for (size_t i = 0; i < c->transfer_count && !c->doomed; i++) {
        struct transfer *t = c->transfers[i];
        struct http_request *r = t->request;
        if (!r)
            continue;
        curl_multi_remove_handle(c->multi, t->easy);
        c->running--;
        transfer_recycle(c, t);
        request_fail(c, r, "a socket could not be watched (out of memory or descriptors)");
    }
    return dispatch_end(c);
}

static void on_turn_end(void *arg)
{
    struct http_client *c = arg;
    if (can_start(c) && !start_queued(c))
        return;
    if (c->kick) {
        int running = 0;
        c->kick = false;
        curl_multi_socket_action(c->multi, CURL_SOCKET_TIMEOUT, 0, &running);
        if (!net__client_dispatch(c))
            return;
    }
    if (c->unwatched && !end_running(c))
        return;
    if (c->kick || can_start(c))
        loop_timer_start(c->queue_timer, 0); // one more turn instead of a loop here
}

static int client_setup(struct http_client *c, const struct http_client_options *o)
{
    c->base_url = strdup(o->base_url);
    c->user_agent = strdup(o->user_agent ? o->user_agent : "oracle/" ORACLE_VERSION);
    c->multi = curl_multi_init();
    if (!c->base_url || !c->user_agent || !c->multi)
        return ERR_NO_MEMORY;
    long connections = (long)c->running_max;
    if (curl_multi_setopt(c->multi, CURLMOPT_MAX_HOST_CONNECTIONS, connections) != CURLM_OK ||
        curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, connections) != CURLM_OK ||
        curl_multi_setopt(c->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX) != CURLM_OK)
        return ERR_INTERNAL;
    int rc = net__sockets_attach(c);
    if (rc == 0)
        rc = loop_timer_create(c->loop, on_queue_timer, c, &c->queue_timer);
    return rc;
}

int http_client_create(struct loop *loop, const struct http_client_options *o,
                       struct http_client **out)
{
    struct str base = str_from(o->base_url);
    bool is_tls = str_starts(base, STR("https://"));
    if ((!is_tls && !str_starts(base, STR("http://"))) || str_ends(base, STR("/")) ||
        o->connections_max < 1 || o->connections_max > CONNECTIONS_MAX || o->timeout_ms <= 0 ||
        o->timeout_ms > TIMEOUT_MAX_MS)
        return ERR_INVALID;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return ERR_NO_MEMORY;
    struct http_client *c = calloc(1, sizeof *c);
    if (!c) {
        curl_global_cleanup();
        return ERR_NO_MEMORY;
    }
    c->loop = loop;
    c->is_tls = is_tls;
    c->verify_tls = o->verify_tls;
    c->timeout_ms = o->timeout_ms;
    c->body_max_bytes = o->body_max_bytes ? o->body_max_bytes : DEFAULT_BODY_MAX;
    c->want_header = o->want_header;
    c->want_header_arg = o->want_header_arg;
    c->running_max = (size_t)o->connections_max;
    c->queue_deadline = INT64_MAX;
    int rc = client_setup(c, o);
    if (rc == 0)
        rc = loop_hook_add(loop, on_turn_end, c);
    if (rc != 0) {
        client_free(c);
        return rc;
    }
    *out = c;
    return 0;
}

void http_client_destroy(struct http_client *c)
{
    if (!c)
        return;
    loop_hook_remove(c->loop, on_turn_end, c);
    if (c->dispatching)
        c->doomed = true; // freed when the callback that asked for it has returned
    else
        client_free(c);
}

// A target goes onto the request line as it is: nothing in it may end that line.
static bool target_is_clean(struct str target)
{
    if (target.len == 0 || target.data[0] != '/')
        return false;
    for (size_t i = 0; i < target.len; i++)
        if (target.data[i] <= ' ' || target.data[i] > '~' || target.data[i] == '#')
            return false;
    return true;
}

int http_client_get(struct http_client *c, const char *target, int64_t timeout_ms,
                    http_done_fn done, void *arg, struct http_request **out)
{
    struct str t = str_from(target);
    if (!done || timeout_ms < 0 || timeout_ms > TIMEOUT_MAX_MS || !target_is_clean(t))
        return ERR_INVALID;
    if (c->queued >= QUEUE_MAX)
        return ERR_FULL;
    struct http_request *r = c->free_requests;
    if (r) {
        c->free_requests = r->next;
    } else {
        r = calloc(1, sizeof *r);
        if (!r)
            return ERR_NO_MEMORY;
        r->client = c;
        buf_init(&r->url, 16384);
    }
    int rc = buf_add_str(&r->url, str_from(c->base_url));
    rc = rc ? rc : buf_add_str(&r->url, t);
    rc = rc ? rc : buf_add_char(&r->url, '\0');
    if (rc != 0) {
        request_recycle(c, r);
        return rc;
    }
    clock_ns now = clock_now_ns();
    r->deadline = now + (timeout_ms ? timeout_ms : c->timeout_ms) * NS_PER_MS;
    r->done = done;
    r->arg = arg;
    queue_push(c, r);
    if (r->deadline < c->queue_deadline)
        queue_arm(c, r->deadline, now);
    if (out)
        *out = r;
    return 0;
}

void http_request_cancel(struct http_request *r)
{
    if (!r)
        return;
    struct http_client *c = r->client;
    struct transfer *t = r->transfer;
    if (t) {
        curl_multi_remove_handle(c->multi, t->easy); // closes an HTTP/1.1 connection in use
        c->running--;
        transfer_recycle(c, t);
    } else {
        queue_remove(c, r);
    }
    request_recycle(c, r);
}

size_t http_client_in_flight(const struct http_client *c)
{
    return c->running + c->queued;
}
