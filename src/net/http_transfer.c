// SPDX-License-Identifier: Apache-2.0
// A transfer: one curl handle set up once and reused for request after request, with the buffers
// its replies land in.
#include "net/http_client_internal.h"

#include <stdlib.h>
#include <string.h>

#define HEAD_MAX_BYTES    16384
#define KEEP_BODY_BYTES   262144 // a larger buffer is given back after use
#define CONNECT_LIMIT_MS  10000L
#define RECEIVE_BYTES     16384L
#define DNS_CACHE_SECONDS 60L
#define IDLE_SECONDS      110L // Binance's edge closes idle connections after about two minutes

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
    struct transfer *t = arg;
    size_t len = size * count;
    int rc = buf_add(&t->body, data, len);
    t->body_too_large = rc == ERR_FULL;
    return rc == 0 ? len : 0;
}

static void keep_header(struct transfer *t, struct str name, struct str value)
{
    if (t->header_count == HTTP_HEADERS_MAX || t->head.len + name.len + value.len > HEAD_MAX_BYTES)
        return;
    struct header_span *h = &t->headers[t->header_count];
    h->name = (uint32_t)t->head.len;
    h->name_len = (uint32_t)name.len;
    h->value = (uint32_t)(t->head.len + name.len);
    h->value_len = (uint32_t)value.len;
    if (buf_add_str(&t->head, name) == 0 && buf_add_str(&t->head, value) == 0)
        t->header_count++;
}

static size_t on_header(char *data, size_t size, size_t count, void *arg)
{
    struct transfer *t = arg;
    struct str line = {data, size * count};
    if (str_starts(line, STR("HTTP/"))) { // a further head: those of 1xx replies do not count
        buf_clear(&t->head);
        t->header_count = 0;
        t->answered = true;
        return line.len;
    }
    size_t colon = str_find(line, ':', 0);
    if (colon == line.len || !t->client->want_header)
        return line.len;
    struct str name = str_trim(str_sub(line, 0, colon));
    if (t->client->want_header(t->client->want_header_arg, name))
        keep_header(t, name, str_trim(str_sub(line, colon + 1, line.len)));
    return line.len;
}

static CURLcode set_transport(CURL *e, const struct http_client *c)
{
    CURLcode rc = CURLE_OK;
#define SET(option, value) rc = rc ? rc : curl_easy_setopt(e, option, value)
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_PROXY, ""); // the environment's proxies are not ours to follow
    SET(CURLOPT_NOPROXY, "*");
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_TCP_NODELAY, 1L);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, CONNECT_LIMIT_MS);
    SET(CURLOPT_DNS_CACHE_TIMEOUT, DNS_CACHE_SECONDS);
    SET(CURLOPT_MAXAGE_CONN, IDLE_SECONDS);
    SET(CURLOPT_BUFFERSIZE, RECEIVE_BYTES);
    SET(CURLOPT_SSL_VERIFYPEER, c->verify_tls ? 1L : 0L);
    SET(CURLOPT_SSL_VERIFYHOST, c->verify_tls ? 2L : 0L);
    SET(CURLOPT_HTTP_VERSION, (long)(c->is_tls ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
    // The first requests of a burst wait to learn whether one connection can carry them all.
    SET(CURLOPT_PIPEWAIT, c->is_tls ? 1L : 0L);
#undef SET
    return rc;
}

static CURLcode set_callbacks(CURL *e, struct transfer *t)
{
    CURLcode rc = CURLE_OK;
#define SET(option, value) rc = rc ? rc : curl_easy_setopt(e, option, value)
    SET(CURLOPT_USERAGENT, t->client->user_agent);
    SET(CURLOPT_ACCEPT_ENCODING, "gzip");
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, t);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, t);
    SET(CURLOPT_OPENSOCKETFUNCTION, net__socket_open);
    SET(CURLOPT_OPENSOCKETDATA, t->client);
    SET(CURLOPT_CLOSESOCKETFUNCTION, net__socket_close);
    SET(CURLOPT_CLOSESOCKETDATA, t->client);
    SET(CURLOPT_ERRORBUFFER, t->error);
    SET(CURLOPT_PRIVATE, t);
#undef SET
    return rc;
}

int net__transfer_create(struct http_client *c, struct transfer **out)
{
    int rc = ERR_NO_MEMORY;
    struct transfer *t = calloc(1, sizeof *t);
    if (!t)
        return ERR_NO_MEMORY;
    t->client = c;
    buf_init(&t->body, c->body_max_bytes);
    buf_init(&t->head, HEAD_MAX_BYTES);
    t->easy = curl_easy_init();
    if (!t->easy)
        goto out;
    CURLcode code = set_transport(t->easy, c);
    if (code == CURLE_OK)
        code = set_callbacks(t->easy, t);
    if (code != CURLE_OK) {
        rc = code == CURLE_OUT_OF_MEMORY ? ERR_NO_MEMORY : ERR_UNSUPPORTED;
        goto out;
    }
    *out = t;
    return 0;
out:
    net__transfer_destroy(t);
    return rc;
}

void net__transfer_destroy(struct transfer *t)
{
    if (!t)
        return;
    if (t->easy)
        curl_easy_cleanup(t->easy);
    buf_finish(&t->body);
    buf_finish(&t->head);
    free(t);
}

void net__transfer_reset(struct transfer *t)
{
    if (t->body.cap > KEEP_BODY_BYTES) {
        size_t max = t->body.max;
        buf_finish(&t->body);
        buf_init(&t->body, max);
    }
    buf_clear(&t->body);
    buf_clear(&t->head);
    t->header_count = 0;
    t->answered = false;
    t->body_too_large = false;
    t->error[0] = '\0';
}

bool net__transfer_was_stale(const struct transfer *t, CURLcode code)
{
    long connects = 1;
    if (t->answered ||
        (code != CURLE_RECV_ERROR && code != CURLE_SEND_ERROR && code != CURLE_GOT_NOTHING))
        return false;
    curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &connects);
    return connects == 0;
}

static const char *error_text(const struct transfer *t, CURLcode code)
{
    if (t->body_too_large)
        return "the reply's body is larger than allowed";
    return t->error[0] ? t->error : curl_easy_strerror(code);
}

void net__transfer_response(struct transfer *t, CURLcode code, struct http_response *out)
{
    long status = 0, connects = 0;
    curl_off_t total_us = 0, before_send_us = 0;
    memset(out, 0, sizeof *out);
    out->received_ns = clock_now_ns();
    curl_easy_getinfo(t->easy, CURLINFO_TOTAL_TIME_T, &total_us);
    curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME_T, &before_send_us);
    curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &connects);
    // Connecting does not count: a clock measured from [sent, received] must not include it.
    out->sent_ns = out->received_ns - (clock_ns)(total_us - before_send_us) * 1000;
    out->reused = connects == 0;
    if (code != CURLE_OK) {
        out->error = error_text(t, code);
        return;
    }
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    out->status = (int)status;
    out->body = buf_str(&t->body);
    for (size_t i = 0; i < t->header_count; i++) {
        const struct header_span *h = &t->headers[i];
        out->headers[i].name = (struct str){t->head.data + h->name, h->name_len};
        out->headers[i].value = (struct str){t->head.data + h->value, h->value_len};
    }
    out->header_count = t->header_count;
}
