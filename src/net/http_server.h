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
    const char *listen; // "127.0.0.1" or "::1"
    uint16_t port;      // 0 = any free port
    unsigned connections_max;
    unsigned idle_timeout_s;
};

struct http_query {
    struct str name, value; // percent-decoded; a parameter without '=' has an empty value
};
#define HTTP_QUERY_MAX      32
#define HTTP_BODY_MAX_BYTES (256u * 1024u)
struct http_server_request {
    struct str method, path;
    struct http_query query[HTTP_QUERY_MAX];
    size_t query_count;
    bool query_overflow; // more parameters than fit
    struct str body;     // of POST/PUT, capped
    bool body_overflow;  // it was longer than HTTP_BODY_MAX_BYTES; body is then empty
};

// Answer now with http_exchange_reply(), or keep the exchange and reply later. The request and all
// it points to live until the reply. An exchange that is kept and never answered is ended by
// http_server_destroy(); it must not be used after that.
typedef void (*http_handler_fn)(void *arg, struct http_exchange *x,
                                const struct http_server_request *request);

// Listens at once. ERR_INVALID: no such address; ERR_BUSY: the port is taken; ERR_SYSTEM,
// ERR_NO_MEMORY. d (may be NULL) says which and what to do.
int http_server_create(struct loop *loop, const struct http_server_options *o,
                       http_handler_fn handler, void *arg, struct http_server **out,
                       struct diag *d) MUST_CHECK;
void http_server_destroy(struct http_server *s);
uint16_t http_server_port(const struct http_server *s);
// A header of the request, by name in any case; empty when it was not sent.
struct str http_exchange_header(const struct http_exchange *x, const char *name);
// body is copied. headers: "Name: value" strings, NULL-ended, or NULL. ERR_INVALID when the
// exchange was answered already or a header has no colon; ERR_NO_MEMORY. After an error the
// exchange is still to be answered or aborted.
int http_exchange_reply(struct http_exchange *x, int status, const char *content_type,
                        struct str body, const char *const *headers) MUST_CHECK;

// How an answer is spoilt on its way, for fault scripts.
struct http_drip {
    size_t cut_bytes;    // the connection ends after so many bytes of the body; SIZE_MAX = whole
    size_t chunk_bytes;  // 0 = as fast as it goes, else so many bytes at a time,
    int64_t interval_ms; // with this pause (real time) between them
};
// As http_exchange_reply(), with a Content-Length of the whole body but a spoilt transfer.
int http_exchange_reply_drip(struct http_exchange *x, int status, const char *content_type,
                             struct str body, const char *const *headers,
                             const struct http_drip *drip) MUST_CHECK;
// Ends the connection without an answer.
void http_exchange_abort(struct http_exchange *x);
// Same, so that the client sees a connection reset instead of an orderly end.
void http_exchange_reset(struct http_exchange *x);

#endif
