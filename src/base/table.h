// SPDX-License-Identifier: Apache-2.0
// A plain text table for listings: columns as wide as their widest cell, two blanks between them.
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include "base/buf.h"

enum table_align {
    TABLE_LEFT,
    TABLE_RIGHT
};

struct table;

// An empty table whose cells take at most max_bytes in all. NULL when out of memory.
struct table *table_create(size_t max_bytes);
void table_destroy(struct table *t); // NULL is fine
// Columns first, then cells row by row from left to right. The header is copied. Errors stick and
// come out of table_write(): ERR_FULL (bytes), ERR_NO_MEMORY, ERR_INVALID (a column after a cell,
// a cell without columns, a last row that is not complete).
void table_column(struct table *t, const char *header, enum table_align align);
// A cell's text is copied. Control characters become blanks, so that a row stays a row.
void table_cell(struct table *t, struct str text);
void table_cellf(struct table *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
// Adds header line and rows to out, each ended by a line feed and without blanks at its end. Widths
// count UTF-8 code points. First error that stuck, or out's.
int table_write(const struct table *t, struct buf *out) MUST_CHECK;

#endif
