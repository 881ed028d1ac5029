// SPDX-License-Identifier: Apache-2.0
// Query parameters from anywhere, for every endpoint: read or refused with a JSON error, never a
// crash. A NUL byte parts names from values and parameters from each other.
#include "practice/generated.h"
#include "practice/practice_internal.h"

#include <jansson.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct practice *make_practice(void)
{
    struct practice *p = calloc(1, sizeof(*p));
    if (!p || generated_create(1, 5, &p->feed, NULL) != 0)
        abort();
    map_init(&p->by_symbol, 16);
    for (size_t i = 0; i < p->feed->market_count; i++) {
        struct practice_market *m = &p->feed->markets[i];
        if (map_put(&p->by_symbol, str_from(m->symbol), m) != 0)
            abort();
    }
    buf_init(&p->out, PRACTICE_OUT_MAX);
    fault_set_init(&p->faults, 1);
    practice_weight_init(&p->weight, 0);
    return p;
}

static void check_error(const struct call *c)
{
    json_t *body = json_loadb(c->p->out.data, c->p->out.len, 0, NULL);
    if (!json_is_integer(json_object_get(body, "code")) || c->status < 400)
        abort();
    json_decref(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct practice *p; // made once: it is not changed by reading parameters
    struct http_server_request request = {.method = STR("GET")};
    struct str rest = {(const char *)data, size}, name = STR(""), value = STR("");
    if (!p)
        p = make_practice();
    if (size < 1)
        return 0;
    struct call c = {
        .p = p,
        .request = &request,
        .endpoint = &practice_endpoints[data[0] % practice_endpoint_count],
        .now = INT64_C(1709546430000),
        .unit = 1,
        .status = 200,
        .wire = {.out = &p->out},
    };
    rest = str_sub(rest, 1, size);
    while (request.query_count < HTTP_QUERY_MAX && str_split(&rest, '\0', &name)) {
        value = STR("");
        (void)str_split(&rest, '\0', &value);
        request.query[request.query_count++] = (struct http_query){name, value};
    }
    buf_clear(&p->out);
    if (call_read_params(&c) != 0)
        check_error(&c);
    else if (c.limit < 0 || c.limit > 5000 || c.market >= 5 || c.market_count > 5)
        abort();
    free(c.markets);
    return 0;
}
