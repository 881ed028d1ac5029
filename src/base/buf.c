// SPDX-License-Identifier: Apache-2.0
// A growable byte buffer with a maximum.
#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BYTES 64

void buf_init(struct buf *b, size_t max_bytes)
{
    *b = (struct buf){.max = max_bytes};
}

void buf_finish(struct buf *b)
{
    if (!b)
        return;
    free(b->data);
    *b = (struct buf){0};
}

void buf_clear(struct buf *b)
{
    b->len = 0;
}

struct str buf_str(const struct buf *b)
{
    return b->data ? (struct str){b->data, b->len} : (struct str){"", 0};
}

int buf_reserve(struct buf *b, size_t len, char **at)
{
    if (len > b->max || b->len > b->max - len)
        return ERR_FULL;
    size_t need = b->len + len;
    if (need > b->cap || !b->data) {
        size_t cap = b->cap ? b->cap : FIRST_BYTES;
        while (cap < need)
            cap = cap > b->max / 2 ? b->max : cap * 2;
        if (cap > b->max)
            cap = b->max;
        char *data = realloc(b->data, cap ? cap : 1);
        if (!data)
            return ERR_NO_MEMORY;
        b->data = data;
        b->cap = cap;
    }
    *at = b->data + b->len;
    return 0;
}

void buf_commit(struct buf *b, size_t len)
{
    size_t room = b->cap - b->len;
    b->len += len < room ? len : room;
}

int buf_add(struct buf *b, const void *data, size_t len)
{
    if (len == 0)
        return 0;
    char *at = NULL;
    int rc = buf_reserve(b, len, &at);
    if (rc)
        return rc;
    memcpy(at, data, len);
    b->len += len;
    return 0;
}

int buf_add_str(struct buf *b, struct str s)
{
    return buf_add(b, s.data, s.len);
}

int buf_add_char(struct buf *b, char c)
{
    return buf_add(b, &c, 1);
}

int buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list args;
    va_list again;
    va_start(args, fmt);
    va_copy(again, args);
    // First into what is free already; only a text that does not fit is formatted twice.
    size_t room = b->cap - b->len;
    int n = vsnprintf(room ? b->data + b->len : NULL, room, fmt, args);
    va_end(args);
    int rc = n < 0 ? ERR_INVALID : 0;
    if (!rc && (size_t)n >= room) {
        // vsnprintf wants a place for its NUL, which a full buffer may lack.
        char *text = malloc((size_t)n + 1);
        if (!text)
            rc = ERR_NO_MEMORY;
        else if (vsnprintf(text, (size_t)n + 1, fmt, again) != n)
            rc = ERR_INVALID;
        else
            rc = buf_add(b, text, (size_t)n);
        free(text);
    } else if (!rc) {
        b->len += (size_t)n;
    }
    va_end(again);
    return rc;
}

void buf_consume(struct buf *b, size_t len)
{
    if (len >= b->len) {
        b->len = 0;
        return;
    }
    memmove(b->data, b->data + len, b->len - len);
    b->len -= len;
}
