// SPDX-License-Identifier: Apache-2.0
// A strict reader of comma-separated lines from a byte stream that the caller feeds in chunks.
// Fields are bare or "quoted"; a quoted field may hold separators but no quote and no line end.
// Lines end in LF or CRLF; empty lines are skipped. NUL bytes and a lone CR are errors.
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include "base/buf.h"

#include <stdbool.h>

struct csv {
    struct buf line; // the part of a line that came with earlier chunks, or the line handed out
    struct str chunk;
    uint32_t line_number; // 1-based, of the row handed out last
    char separator;
    bool handed_out;
    bool ended;
};

// A line longer than max_line_bytes is an error.
void csv_init(struct csv *c, char separator, size_t max_line_bytes);
void csv_finish(struct csv *c); // NULL and zeroed are fine
// Hands over the next chunk, borrowed until csv_next() has returned ERR_AGAIN. Only after that (or
// at first) may the next chunk come: ERR_INVALID otherwise, or after csv_end().
int csv_feed(struct csv *c, struct str chunk) MUST_CHECK;
// No more chunks: a last line without line end becomes a row.
void csv_end(struct csv *c);
// The next row: fields[0 .. *count - 1], valid until the next call on c. 0 = a row, ERR_AGAIN =
// feed more, ERR_CLOSED = the end after csv_end(). ERR_FULL (line too long, or more than
// max_fields), ERR_SYNTAX, ERR_NO_MEMORY fill d (may be NULL) with line and column; the reader
// is then of no further use.
int csv_next(struct csv *c, struct str *fields, size_t max_fields, size_t *count,
             struct diag *d) MUST_CHECK;

#endif
