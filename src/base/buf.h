// SPDX-License-Identifier: Apache-2.0
// A growable byte buffer that is told its maximum when it is made.
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/err.h"
#include "base/str.h"

#include <stdarg.h>
#include <stddef.h>

struct buf {
    char *data; // owned; NULL while empty; not NUL-terminated
    size_t len;
    size_t cap;
    size_t max;
};

void buf_init(struct buf *b, size_t max_bytes);
void buf_finish(struct buf *b); // NULL and zeroed are fine
void buf_clear(struct buf *b);  // keeps the memory
struct str buf_str(const struct buf *b);
// All adders: ERR_FULL past the maximum, ERR_NO_MEMORY; the buffer is unchanged on error.
int buf_add(struct buf *b, const void *data, size_t len) MUST_CHECK;
int buf_add_str(struct buf *b, struct str s) MUST_CHECK;
int buf_add_char(struct buf *b, char c) MUST_CHECK;
int buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3) MUST_CHECK;
// Makes room for len more bytes; *at points to them, and buf_commit(n <= len) makes them count.
int buf_reserve(struct buf *b, size_t len, char **at) MUST_CHECK;
void buf_commit(struct buf *b, size_t len);
// Drops len bytes at the front (a queue's read side).
void buf_consume(struct buf *b, size_t len);

#endif
