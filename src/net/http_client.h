// SPDX-License-Identifier: Apache-2.0
// Parallel HTTP(S) GETs over kept-alive connections (HTTP/2 where offered): libcurl's multi
// interface on the process's loop. Only user of libcurl.
#ifndef NET_HTTP_CLIENT_H
#define NET_HTTP_CLIENT_H

#include "base/buf.h"
#include "base/clock.h"
#include "os/loop.h"

struct http_client;
struct http_request; // one in flight

struct http_client_options {
    const char *base_url; // "https://api.binance.com", no trailing slash
    const char *user_agent;
    bool verify_tls;
    int connections_max;   // parallel connections to the host; further requests queue inside
    int64_t timeout_ms;    // whole request, default of http_client_get
    size_t body_max_bytes; // a larger body ends the request with an error
    bool (*want_header)(void *arg, struct str name); // NULL: none
    void *want_header_arg;
};

#define HTTP_HEADERS_MAX 8
struct http_response {
    int status;        // 0: no HTTP answer, see error
    const char *error; // NULL or why ("Timeout was reached"), valid during the callback
    struct str body;   // valid during the callback
    struct {
        struct str name, value;
    } headers[HTTP_HEADERS_MAX]; // those wanted
    size_t header_count;
    clock_ns sent_ns, received_ns;
    bool reused; // over a connection that was open already
};

typedef void (*http_done_fn)(void *arg, const struct http_response *response);

int http_client_create(struct loop *loop, const struct http_client_options *o,
                       struct http_client **out) MUST_CHECK;
void http_client_destroy(struct http_client *c); // running requests end without callback
// Starts GET base_url + target. done is called exactly once, never from inside this call, unless
// the request is cancelled. timeout_ms 0 = the client's. *out may be NULL.
int http_client_get(struct http_client *c, const char *target, int64_t timeout_ms,
                    http_done_fn done, void *arg, struct http_request **out) MUST_CHECK;
void http_request_cancel(struct http_request *r); // before done only
size_t http_client_in_flight(const struct http_client *c);
// Sends what was queued in this turn at once (called by the loop's hook by itself).

#endif
