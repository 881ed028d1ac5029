// SPDX-License-Identifier: Apache-2.0
// A plain text table: all cell texts in one buffer, their ends in another.
#include "base/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define COLUMN_MAX 64
#define GAP        2

struct table {
    struct buf text; // headers, then cells, one behind the other
    struct buf ends; // size_t each: where a cell ends in text
    enum table_align align[COLUMN_MAX];
    size_t columns;
    size_t cells; // headers included
    int error;
};

struct table *table_create(size_t max_bytes)
{
    struct table *t = calloc(1, sizeof(*t));
    if (!t)
        return NULL;
    buf_init(&t->text, max_bytes);
    // An empty cell still costs its end.
    size_t ends_max = 0;
    if (__builtin_mul_overflow(max_bytes, sizeof(size_t), &ends_max))
        ends_max = SIZE_MAX;
    buf_init(&t->ends, ends_max);
    return t;
}

void table_destroy(struct table *t)
{
    if (!t)
        return;
    buf_finish(&t->text);
    buf_finish(&t->ends);
    free(t);
}

static void add(struct table *t, struct str text)
{
    size_t start = t->text.len;
    if (!t->error)
        t->error = buf_add_str(&t->text, text);
    if (t->error)
        return;
    for (size_t i = start; i < t->text.len; i++) {
        if ((unsigned char)t->text.data[i] < 0x20 || t->text.data[i] == 0x7F)
            t->text.data[i] = ' ';
    }
    t->error = buf_add(&t->ends, &t->text.len, sizeof(t->text.len));
    if (!t->error)
        t->cells++;
}

void table_column(struct table *t, const char *header, enum table_align align)
{
    if (!t->error && (t->cells != t->columns || t->columns == COLUMN_MAX))
        t->error = ERR_INVALID;
    if (t->error)
        return;
    t->align[t->columns++] = align;
    add(t, str_from(header));
}

void table_cell(struct table *t, struct str text)
{
    if (!t->error && t->columns == 0)
        t->error = ERR_INVALID;
    add(t, text);
}

void table_cellf(struct table *t, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (!t->error && (n < 0 || (size_t)n >= sizeof(text)))
        t->error = ERR_FULL;
    table_cell(t, str_from(t->error ? "" : text));
}

static struct str cell_at(const struct table *t, size_t index)
{
    const size_t *ends = (const size_t *)(const void *)t->ends.data;
    size_t start = index > 0 ? ends[index - 1] : 0;
    return str_sub(buf_str(&t->text), start, ends[index]);
}

static size_t width_of(struct str s)
{
    size_t width = 0;
    for (size_t i = 0; i < s.len; i++)
        width += ((unsigned char)s.data[i] & 0xC0) != 0x80; // continuation bytes take no room
    return width;
}

static int put_blanks(struct buf *out, size_t count)
{
    int rc = 0;
    for (; count > 0 && !rc; count--)
        rc = buf_add_char(out, ' ');
    return rc;
}

static int put_row(const struct table *t, size_t first, const size_t *widths, struct buf *out)
{
    int rc = 0;
    size_t owed = 0; // blanks, written only when text follows
    for (size_t c = 0; c < t->columns && !rc; c++) {
        struct str cell = cell_at(t, first + c);
        size_t pad = widths[c] - width_of(cell);
        if (t->align[c] == TABLE_RIGHT)
            owed += pad;
        if (cell.len > 0) {
            rc = put_blanks(out, owed);
            owed = 0;
        }
        if (!rc)
            rc = buf_add_str(out, cell);
        if (t->align[c] == TABLE_LEFT)
            owed += pad;
        owed += GAP;
    }
    return rc ? rc : buf_add_char(out, '\n');
}

int table_write(const struct table *t, struct buf *out)
{
    if (t->error)
        return t->error;
    if (t->columns == 0 || t->cells % t->columns != 0)
        return ERR_INVALID;
    size_t widths[COLUMN_MAX] = {0};
    for (size_t i = 0; i < t->cells; i++) {
        size_t width = width_of(cell_at(t, i));
        if (width > widths[i % t->columns])
            widths[i % t->columns] = width;
    }
    int rc = 0;
    for (size_t first = 0; first < t->cells && !rc; first += t->columns)
        rc = put_row(t, first, widths, out);
    return rc;
}
