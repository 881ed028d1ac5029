// SPDX-License-Identifier: Apache-2.0
// A strict CSV reader: lines that lie whole in a chunk are read in place, others are gathered.
#include "base/csv.h"

void csv_init(struct csv *c, char separator, size_t max_line_bytes)
{
    *c = (struct csv){.separator = separator};
    buf_init(&c->line, max_line_bytes);
}

void csv_finish(struct csv *c)
{
    if (!c)
        return;
    buf_finish(&c->line);
    *c = (struct csv){0};
}

int csv_feed(struct csv *c, struct str chunk)
{
    if (c->ended || c->chunk.len > 0)
        return ERR_INVALID;
    c->chunk = chunk;
    return 0;
}

void csv_end(struct csv *c)
{
    c->ended = true;
}

static int too_long(const struct csv *c, int rc, struct diag *d)
{
    if (rc == ERR_FULL)
        return diag_set_at(d, rc, c->line_number + 1, 0, "line is longer than %zu bytes",
                           c->line.max);
    return diag_set_at(d, rc, c->line_number + 1, 0, "%s", err_text(rc));
}

// The next line without its LF. ERR_AGAIN and ERR_CLOSED as csv_next().
static int next_line(struct csv *c, struct str *line, struct diag *d)
{
    if (c->handed_out)
        buf_clear(&c->line);
    c->handed_out = false;
    size_t end = str_find(c->chunk, '\n', 0);
    bool whole = end < c->chunk.len;
    if (whole && c->line.len == 0 && end <= c->line.max) {
        *line = str_sub(c->chunk, 0, end);
    } else {
        int rc = buf_add_str(&c->line, str_sub(c->chunk, 0, end));
        if (rc)
            return too_long(c, rc, d);
        *line = buf_str(&c->line);
        if (!whole) {
            c->chunk = (struct str){NULL, 0};
            if (!c->ended)
                return ERR_AGAIN;
            if (line->len == 0)
                return ERR_CLOSED;
        }
        c->handed_out = true;
    }
    if (whole)
        c->chunk = str_sub(c->chunk, end + 1, c->chunk.len);
    c->line_number++;
    return 0;
}

static int wrong(const struct csv *c, size_t at, struct diag *d, const char *what)
{
    return diag_set_at(d, ERR_SYNTAX, c->line_number, (uint32_t)at + 1, "%s", what);
}

// The field that starts at *at; *at moves to the separator or the line's end.
static int next_field(const struct csv *c, struct str line, size_t *at, struct str *field,
                      struct diag *d)
{
    size_t start = *at;
    if (start < line.len && line.data[start] == '"') {
        size_t close = str_find(line, '"', start + 1);
        if (close == line.len)
            return wrong(c, start, d, "quoted field is not closed");
        *field = str_sub(line, start + 1, close);
        *at = close + 1;
        if (*at < line.len && line.data[*at] != c->separator)
            return wrong(c, *at, d, "text after a closing quote");
        return 0;
    }
    *at = str_find(line, c->separator, start);
    *field = str_sub(line, start, *at);
    size_t quote = str_find(*field, '"', 0);
    if (quote < field->len)
        return wrong(c, start + quote, d, "quote inside a field that is not quoted");
    return 0;
}

static int split_line(const struct csv *c, struct str line, struct str *fields, size_t max_fields,
                      size_t *count, struct diag *d)
{
    size_t at = 0;
    *count = 0;
    for (;;) {
        if (*count == max_fields)
            return diag_set_at(d, ERR_FULL, c->line_number, (uint32_t)at + 1,
                               "more than %zu fields", max_fields);
        int rc = next_field(c, line, &at, &fields[*count], d);
        if (rc)
            return rc;
        (*count)++;
        if (at >= line.len)
            return 0;
        at++;
    }
}

int csv_next(struct csv *c, struct str *fields, size_t max_fields, size_t *count, struct diag *d)
{
    struct str line = {NULL, 0};
    do {
        int rc = next_line(c, &line, d);
        if (rc)
            return rc;
        if (line.len > 0 && line.data[line.len - 1] == '\r')
            line.len--;
    } while (line.len == 0);
    size_t odd = str_find(line, '\0', 0);
    size_t cr = str_find(line, '\r', 0);
    if (odd < line.len || cr < line.len)
        return wrong(c, odd < cr ? odd : cr, d, "control character in the line");
    return split_line(c, line, fields, max_fields, count, d);
}
