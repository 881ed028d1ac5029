// SPDX-License-Identifier: Apache-2.0
// Requests: the table of operations, packed arguments, the reply.
#include "control/control_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX_BYTES (64u << 10)
#define JSON_MAX_BYTES (1u << 20)
#define IDS_MAX_BYTES  4096

static const struct {
    const char *op;
    int (*run)(struct request *rq) MUST_CHECK;
} operations[] = {
    {"watch.add", control__watch_add},
    {"watch.remove", control__watch_remove},
    {"watch.pause", control__watch_pause},
    {"watch.resume", control__watch_resume},
    {"portfolio.create", control__portfolio_create},
    {"portfolio.set", control__portfolio_set},
    {"portfolio.remove", control__portfolio_remove},
};

void control_reply_init(struct control_reply *r)
{
    r->exit_code = 0;
    buf_init(&r->text, TEXT_MAX_BYTES);
    buf_init(&r->json, JSON_MAX_BYTES);
    buf_init(&r->streams, IDS_MAX_BYTES);
    buf_init(&r->portfolios, IDS_MAX_BYTES);
}

void control_reply_finish(struct control_reply *r)
{
    buf_finish(&r->text);
    buf_finish(&r->json);
    buf_finish(&r->streams);
    buf_finish(&r->portfolios);
}

static int add_packed(struct buf *args, struct str part)
{
    uint32_t len = (uint32_t)part.len;
    char head[4] = {(char)(len & 0xff), (char)(len >> 8 & 0xff), (char)(len >> 16 & 0xff),
                    (char)(len >> 24)};
    int rc = part.len > UINT32_MAX ? ERR_FULL : buf_add(args, head, sizeof head);

    return rc != 0 ? rc : buf_add_str(args, part);
}

int control_arg_add(struct buf *args, const char *key, struct str value)
{
    int rc = add_packed(args, str_from(key));

    return rc != 0 ? rc : add_packed(args, value);
}

static bool next_packed(struct str *rest, struct str *out)
{
    const unsigned char *head = (const unsigned char *)rest->data;
    size_t len;

    if (rest->len < 4) {
        return false;
    }
    len = (size_t)head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 | (size_t)head[3] << 24;
    if (rest->len - 4 < len) {
        return false;
    }
    *out = str_sub(*rest, 4, 4 + len);
    *rest = str_sub(*rest, 4 + len, rest->len);
    return true;
}

bool control_arg_next(struct str *rest, struct str *key, struct str *value)
{
    return next_packed(rest, key) && next_packed(rest, value);
}

bool control__arg(const struct request *rq, const char *key, struct str *out)
{
    struct str rest = rq->args, name, value;

    while (control_arg_next(&rest, &name, &value)) {
        if (str_eq(name, str_from(key))) {
            *out = value;
            return true;
        }
    }
    *out = STR("");
    return false;
}

static int add_line(struct buf *out, const char *fmt, va_list args)
{
    char line[1024];
    int n = vsnprintf(line, sizeof line, fmt, args);
    size_t len = n < 0 ? 0 : (size_t)n;

    return buf_add(out, line, len < sizeof line ? len : sizeof line - 1);
}

int control__refuse(struct request *rq, int exit_code, const char *fmt, ...)
{
    va_list args;
    int rc;

    rq->reply->exit_code = exit_code;
    buf_clear(&rq->reply->text);
    va_start(args, fmt);
    rc = add_line(&rq->reply->text, fmt, args);
    va_end(args);
    return rc != 0 ? rc : CONTROL__REFUSED;
}

int control__say(struct request *rq, const char *fmt, ...)
{
    struct buf *text = &rq->reply->text;
    va_list args;
    int rc = text->len > 0 ? buf_add_char(text, '\n') : 0;

    if (rc == 0) {
        va_start(args, fmt);
        rc = add_line(text, fmt, args);
        va_end(args);
    }
    return rc;
}

int control__add_id(struct buf *ids, int64_t id)
{
    return buf_printf(ids, "%s%lld", ids->len > 0 ? " " : "", (long long)id);
}

static int run(struct request *rq, struct str op)
{
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        if (str_eq(op, str_from(operations[i].op))) {
            return operations[i].run(rq);
        }
    }
    return control__refuse(rq, EXIT_CODE_USAGE,
                           "this hub knows no operation '" STR_FMT
                           "'; are the command line and the running hub of the same version?",
                           STR_ARG(str_sub(op, 0, 40)));
}

int control_execute(const struct control_env *env, struct str op, struct str args,
                    struct control_reply *reply)
{
    struct request rq = {
        .env = env, .reply = reply, .args = args, .now = env->now > 0 ? env->now : clock_wall_ms()};
    int rc = run(&rq, op);

    if (rc == CONTROL__REFUSED) {
        buf_clear(&reply->json);
        buf_clear(&reply->streams);
        buf_clear(&reply->portfolios);
        rc = buf_add_str(&reply->json, STR("[]"));
    } else if (rc != 0) {
        reply->exit_code = EXIT_CODE_BUG;
    }
    return rc;
}
