// SPDX-License-Identifier: Apache-2.0
// What the parts of the HTTP client share: requests wait in a queue, transfers are the reused curl
// handles that carry them, sockets are watched on the loop.
#ifndef NET_HTTP_CLIENT_INTERNAL_H
#define NET_HTTP_CLIENT_INTERNAL_H

#include "net/http_client.h"

#include <curl/curl.h>

struct transfer;

struct http_request {
    struct http_client *client;
    struct http_request *prev, *next; // of the queue, or of the free list (next only)
    struct transfer *transfer;        // NULL while queued
    struct buf url;                   // NUL-terminated base_url + target
    clock_ns deadline;
    bool again; // second try: the pooled connection of the first was dead
    http_done_fn done;
    void *arg;
};

// Headers are kept as offsets into head: the buffer moves while it grows.
struct header_span {
    uint32_t name, name_len, value, value_len;
};

struct transfer {
    struct http_client *client;
    struct transfer *next; // free list
    CURL *easy;
    struct http_request *request; // NULL while free
    struct buf body, head;
    struct header_span headers[HTTP_HEADERS_MAX];
    size_t header_count;
    bool answered; // a status line came
    bool body_too_large;
    char error[CURL_ERROR_SIZE];
};

// One descriptor of curl's. The record outlives it and serves the next one of the same number.
struct net__socket {
    struct http_client *client;
    int fd;
    struct loop_watch *watch;
    int events;  // what the watch is set to
    bool ours;   // opened through our callback, so we are told before it is closed
    bool wanted; // curl waits for it; false while the connection idles in the pool
};

struct http_client {
    struct loop *loop;
    CURLM *multi;
    struct loop_timer *curl_timer;  // curl's own next deadline
    struct loop_timer *queue_timer; // earliest deadline of a queued request, or "look again now"
    clock_ns queue_deadline;        // that deadline; INT64_MAX when none
    char *base_url;
    char *user_agent;
    bool verify_tls;
    bool is_tls;
    int64_t timeout_ms;
    size_t body_max_bytes;
    bool (*want_header)(void *arg, struct str name);
    void *want_header_arg;

    struct http_request *queue_head, *queue_tail, *free_requests;
    struct transfer **transfers; // all ever made, for the end
    struct transfer *free_transfers;
    size_t transfer_count, transfer_cap;
    size_t running, queued;
    size_t running_max; // transfers at a time; rises when the host speaks HTTP/2

    struct net__socket **sockets; // by descriptor
    size_t socket_cap;
    bool kick;        // curl wants to be called at once
    bool unwatched;   // a socket could not be watched: what runs now would stall
    bool dispatching; // inside done callbacks
    bool doomed;      // destroyed from inside one of them
};

// http_transfer.c: handles and what they receive.
int net__transfer_create(struct http_client *c, struct transfer **out) MUST_CHECK;
void net__transfer_destroy(struct transfer *t);
void net__transfer_reset(struct transfer *t); // forgets the last reply, keeps its memory
// The host had closed a pooled connection before our request reached it: nothing was answered, and
// a GET may be sent again.
bool net__transfer_was_stale(const struct transfer *t, CURLcode code);
void net__transfer_response(struct transfer *t, CURLcode code, struct http_response *out);

// http_sockets.c: curl's sockets and timer on the loop.
int net__sockets_attach(struct http_client *c) MUST_CHECK;
void net__sockets_finish(struct http_client *c);
curl_socket_t net__socket_open(void *arg, curlsocktype purpose, struct curl_sockaddr *address);
int net__socket_close(void *arg, curl_socket_t fd);

// http_client.c: reads finished transfers off curl and tells their owners. False when one of them
// destroyed the client.
bool net__client_dispatch(struct http_client *c);

#endif
