// SPDX-License-Identifier: Apache-2.0
// A small HTTP server over libmicrohttpd (its only user), driven by the process's loop: no threads.
// Used by the practice exchange; shaped for the web page's API as well.
#ifndef NET_HTTP_SERVER_H
#define NET_HTTP_SERVER_H

#include "base/buf.h"
#include "os/loop.h"

struct http_server;
struct http_exchange; // one request with its answer

struct http_server_options {
    const char *listen;   // "127.0.0.1" or "::1"
    uint16_t port;        // 0 = any free port
    unsigned connections_max;
    unsigned idle_timeout_s;
};

struct http_query {
    struct str name, value; // percent-decoded
};
#define HTTP_QUERY_MAX 32
struct http_server_request {
    struct str method, path;
    struct http_query query[HTTP_QUERY_MAX];
    size_t query_count;
    bool query_overflow; // more parameters than fit
    struct str body;     // of POST/PUT, capped
};

// Answer now with http_exchange_reply(), or keep the exchange and reply later.
typedef void (*http_handler_fn)(void *arg, struct http_exchange *x,
                                const struct http_server_request *request);

int http_server_create(struct loop *loop, const struct http_server_options *o,
                       http_handler_fn handler, void *arg, struct http_server **out,
                       struct diag *d) MUST_CHECK;
void http_server_destroy(struct http_server *s);
uint16_t http_server_port(const struct http_server *s);
// body is copied. headers: "Name: value" strings, NULL-ended, or NULL.
int http_exchange_reply(struct http_exchange *x, int status, const char *content_type,
                        struct str body, const char *const *headers) MUST_CHECK;
// Ends the connection without (or in the middle of) an answer: for fault scripts.
void http_exchange_abort(struct http_exchange *x);

#endif
