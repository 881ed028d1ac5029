// SPDX-License-Identifier: Apache-2.0
// The recorder: asks for the time, then for pages of candles one after the other, and writes them
// compressed beside the final name, which the file gets when it is whole.
#include "practice/record.h"
#include "net/http_client.h"
#include "os/paths.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define PAGE_ROWS      1000
#define TIMEOUT_MS     30000
#define BODY_MAX_BYTES (8u * 1024u * 1024u)
#define TARGET_MAX     256
#define HEADER         "open_time_ms,open,high,low,close,volume,quote_volume,trades\n"

struct record {
    const struct record_options *o;
    struct loop *loop;
    struct http_client *client;
    gzFile file;
    char path[PATHS_MAX], draft[PATHS_MAX];
    time_ms now, next; // exchange time at the start; open time to ask for next
    size_t rows;
    int err;
    struct diag *d;
};

static int send_request(struct record *r, const char *target, http_done_fn done)
{
    int err = http_client_get(r->client, target, 0, done, r, NULL);
    return err == 0 ? 0 : diag_set(r->d, err, "the request could not be sent: %s", err_text(err));
}

static void finish(struct record *r, int err)
{
    r->err = err;
    loop_stop(r->loop);
}

// ---- answers ------------------------------------------------------------------------------------

static int read_answer(struct record *r, const struct http_response *a, json_t **out)
{
    if (a->status == 0)
        return diag_set(r->d, ERR_UNREACHABLE, "%s: %s", r->o->base_url,
                        a->error ? a->error : "no answer");
    if (a->status == 429 || a->status == 418)
        return diag_set(r->d, ERR_LIMIT, "HTTP %d: the exchange wants fewer requests; try later",
                        a->status);
    if (a->status != 200)
        return diag_set(r->d, ERR_REFUSED, "HTTP %d: %.*s", a->status,
                        (int)(a->body.len < 160 ? a->body.len : 160), a->body.data);
    *out = json_loadb(a->body.data, a->body.len, 0, NULL);
    return *out ? 0 : diag_set(r->d, ERR_PROTOCOL, "the answer of %s is no JSON", r->o->base_url);
}

static bool is_decimal(const json_t *value)
{
    const char *text = json_string_value(value);
    return text && text[0] && strspn(text, "0123456789.") == strlen(text);
}

static int write_row(struct record *r, const json_t *row)
{
    const char *text[7] = {NULL};
    json_int_t open = json_integer_value(json_array_get(row, 0));
    bool good = json_array_size(row) >= 9 && open >= r->next;
    for (size_t i = 1; good && i < 6; i++) {
        good = is_decimal(json_array_get(row, i));
        text[i] = json_string_value(json_array_get(row, i));
    }
    if (!good || !is_decimal(json_array_get(row, 7)) || !json_is_integer(json_array_get(row, 8)))
        return diag_set(r->d, ERR_PROTOCOL, "the exchange sent a row that is no candle");
    r->next = open + 1;
    if (open >= r->o->to || json_integer_value(json_array_get(row, 6)) >= r->now)
        return 0; // not asked for, or still running
    if (gzprintf(r->file, "%lld,%s,%s,%s,%s,%s,%s,%lld\n", (long long)open, text[1], text[2],
                 text[3], text[4], text[5], json_string_value(json_array_get(row, 7)),
                 (long long)json_integer_value(json_array_get(row, 8))) <= 0)
        return diag_set(r->d, ERR_SYSTEM, "cannot write %s", r->draft);
    r->rows++;
    return 0;
}

static int ask_page(struct record *r);

static void on_page(void *arg, const struct http_response *a)
{
    struct record *r = arg;
    json_t *rows = NULL;
    int err = read_answer(r, a, &rows);
    size_t count = json_array_size(rows);
    for (size_t i = 0; err == 0 && i < count; i++)
        err = write_row(r, json_array_get(rows, i));
    if (err == 0 && rows && !json_is_array(rows))
        err = diag_set(r->d, ERR_PROTOCOL, "the exchange sent something else than candles");
    json_decref(rows);
    if (err == 0 && r->o->progress)
        r->o->progress(r->o->progress_arg, r->rows, r->next - 1);
    bool more = err == 0 && count > 0 && r->next < r->o->to && r->next < r->now;
    if (more)
        err = ask_page(r);
    if (err != 0 || !more)
        finish(r, err);
}

static int ask_page(struct record *r)
{
    char target[TARGET_MAX];
    int err = str_printf(target, sizeof(target),
                         "/api/v3/klines?symbol=%s%s&interval=%s&startTime=%lld&endTime=%lld"
                         "&limit=%d",
                         r->o->pair.base, r->o->pair.quote, timeframe_code(r->o->timeframe),
                         (long long)r->next, (long long)(r->o->to - 1), PAGE_ROWS);
    return err == 0 ? send_request(r, target, on_page)
                    : diag_set(r->d, err, "the name of the pair is too long");
}

static void on_time(void *arg, const struct http_response *a)
{
    struct record *r = arg;
    json_t *body = NULL;
    int err = read_answer(r, a, &body);
    r->now = json_integer_value(json_object_get(body, "serverTime"));
    json_decref(body);
    if (err == 0 && r->now <= 0)
        err = diag_set(r->d, ERR_PROTOCOL, "the exchange did not tell the time");
    if (err == 0)
        err = ask_page(r);
    if (err != 0)
        finish(r, err);
}

// ---- the file -----------------------------------------------------------------------------------

static int open_file(struct record *r)
{
    const struct record_options *o = r->o;
    char folder[PATHS_MAX];
    struct stat st;
    int err = str_printf(folder, sizeof(folder), "%s/%s/%s-%s", o->dir, o->exchange, o->pair.base,
                         o->pair.quote);
    if (err == 0)
        err = str_printf(r->path, sizeof(r->path), "%s/%s.csv.gz", folder,
                         timeframe_code(o->timeframe));
    if (err == 0)
        err = str_printf(r->draft, sizeof(r->draft), "%s.draft", r->path);
    if (err != 0)
        return diag_set(r->d, err, "the path of the folder is too long");
    if (stat(r->path, &st) == 0)
        return diag_set(r->d, ERR_EXISTS,
                        "%.180s is there already; move it away or choose another folder", r->path);
    err = paths_make_dir(folder, r->d);
    if (err != 0)
        return err;
    r->file = gzopen(r->draft, "wb9");
    if (!r->file || gzputs(r->file, HEADER) <= 0)
        return diag_set(r->d, ERR_SYSTEM, "cannot write %.180s: errno %d", r->draft, errno);
    return 0;
}

static int close_file(struct record *r, int err)
{
    if (r->file && gzclose(r->file) != Z_OK && err == 0)
        err = diag_set(r->d, ERR_SYSTEM, "cannot write %.180s", r->draft);
    if (err == 0 && r->rows == 0)
        err = diag_set(r->d, ERR_NOT_FOUND, "the exchange has no closed candle in that time");
    if (err == 0 && rename(r->draft, r->path) != 0)
        err = diag_set(r->d, ERR_SYSTEM, "cannot name %.180s: errno %d", r->path, errno);
    if (err != 0 && r->file)
        (void)unlink(r->draft);
    return err;
}

int practice_record(const struct record_options *o, size_t *rows, struct diag *d)
{
    struct record r = {.o = o, .next = o->from, .d = d};
    const struct http_client_options client = {
        .base_url = o->base_url,
        .user_agent = "oracle-record",
        .verify_tls = o->verify_tls,
        .connections_max = 1,
        .timeout_ms = TIMEOUT_MS,
        .body_max_bytes = BODY_MAX_BYTES,
    };
    int err = open_file(&r);
    if (err != 0)
        goto out;
    err = loop_create(&r.loop);
    if (err == 0)
        err = http_client_create(r.loop, &client, &r.client);
    if (err != 0) {
        (void)diag_set(d, err, "no HTTP client: %s", err_text(err));
        goto out;
    }
    err = send_request(&r, "/api/v3/time", on_time);
    if (err == 0)
        err = loop_run(r.loop);
    if (err == 0)
        err = r.err;
out:
    http_client_destroy(r.client);
    loop_destroy(r.loop);
    err = close_file(&r, err);
    *rows = r.rows;
    return err;
}
