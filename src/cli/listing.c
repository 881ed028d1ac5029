// SPDX-License-Identifier: Apache-2.0
// Rows as they come: a table with columns of fixed width, or JSON.
#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define ROW_MAX_BYTES (256u << 10)
#define CELL_MAX      512

void cli_listing_begin(struct cli_listing *l, struct cli *cli, const struct cli_column *columns,
                       size_t count)
{
    *l = (struct cli_listing){.cli = cli, .columns = columns, .column_count = count};
    buf_init(&l->row, ROW_MAX_BYTES);
    if (cli->json && !cli->follow) {
        cli_out_add(&cli->out, STR("["));
    }
}

// ---- JSON

void cli_listing_object(struct cli_listing *l)
{
    buf_clear(&l->row);
    jsonw_init(&l->json, &l->row);
    jsonw_object(&l->json);
}

int cli_listing_object_end(struct cli_listing *l)
{
    struct cli_out *out = &l->cli->out;
    int rc;

    jsonw_object_end(&l->json);
    rc = jsonw_finish(&l->json);
    if (rc != 0) {
        return rc;
    }
    if (!l->cli->follow) {
        cli_out_add(out, l->rows > 0 ? STR(",\n ") : STR("\n "));
    }
    cli_out_add(out, buf_str(&l->row));
    if (l->cli->follow) {
        cli_out_add(out, STR("\n"));
    }
    l->rows++;
    return cli_out_closed(out) ? 1 : 0;
}

// ---- table

static void put_cell(struct cli_listing *l, const char *text)
{
    const struct cli_column *column = &l->columns[l->column];
    bool last = l->column + 1 == l->column_count;
    int width = column->width;

    // The last column, aligned to the left, needs no blanks behind it.
    if (last && width < 0) {
        width = 0;
    }
    cli_out_printf(&l->cli->out, "%s%*s", l->column > 0 ? "  " : "", width, text);
    l->column++;
}

static void put_header(struct cli_listing *l)
{
    if (l->cli->colour) {
        cli_out_add(&l->cli->out, STR("\033[1m"));
    }
    for (size_t i = 0; i < l->column_count; i++) {
        put_cell(l, l->columns[i].title);
    }
    cli_out_add(&l->cli->out, l->cli->colour ? STR("\033[0m\n") : STR("\n"));
    l->column = 0;
}

void cli_listing_cell(struct cli_listing *l, const char *fmt, ...)
{
    char text[CELL_MAX];
    va_list args;
    int n;

    if (!l->started) {
        l->started = true;
        put_header(l);
    }
    va_start(args, fmt);
    n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (n < 0) {
        text[0] = '\0';
    }
    for (char *c = text; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f) {
            *c = ' '; // a row stays a row, and no cell commands the terminal
        }
    }
    put_cell(l, text);
}

int cli_listing_row_end(struct cli_listing *l)
{
    cli_out_add(&l->cli->out, STR("\n"));
    l->column = 0;
    l->rows++;
    return cli_out_closed(&l->cli->out) ? 1 : 0;
}

void cli_listing_end(struct cli_listing *l, const char *why_empty)
{
    if (l->cli->json && !l->cli->follow) {
        cli_out_add(&l->cli->out, l->rows > 0 ? STR("\n]\n") : STR("]\n"));
    }
    cli_out_flush(&l->cli->out);
    if (l->rows == 0 && !l->cli->follow && why_empty[0]) {
        cli_note(l->cli, "%s", why_empty);
    }
    buf_finish(&l->row);
}

// ---- cells and members

void cli_time_text(time_ms t, char out[static TIME_TEXT_MAX])
{
    if (t == 0) {
        out[0] = '-';
        out[1] = '\0';
    } else {
        time_format(t, out);
    }
}

void cli_json_pair(struct jsonw *w, const struct pair *p)
{
    char text[PAIR_TEXT_MAX];

    pair_format(p, text);
    cli_json_text(w, "pair", text);
}

void cli_json_text(struct jsonw *w, const char *key, const char *value)
{
    jsonw_key(w, key);
    jsonw_str(w, str_from(value));
}

void cli_json_time(struct jsonw *w, const char *key, time_ms t)
{
    jsonw_key(w, key);
    if (t == 0) {
        jsonw_null(w);
    } else {
        jsonw_i64(w, t);
    }
}

void cli_json_i64(struct jsonw *w, const char *key, int64_t value)
{
    jsonw_key(w, key);
    jsonw_i64(w, value);
}

void cli_json_bool(struct jsonw *w, const char *key, bool value)
{
    jsonw_key(w, key);
    jsonw_bool(w, value);
}

void cli_json_decimal(struct jsonw *w, const char *key, struct decimal value)
{
    char text[DECIMAL_TEXT_MAX];

    decimal_format_short(value, text);
    cli_json_text(w, key, text);
}
