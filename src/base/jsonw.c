// SPDX-License-Identifier: Apache-2.0
// A streaming JSON writer: RFC 8259 text, UTF-8, errors that stick.
#include "base/jsonw.h"

#include "base/number.h"

#include <math.h>
#include <stdio.h>

void jsonw_init(struct jsonw *w, struct buf *out)
{
    *w = (struct jsonw){.out = out};
}

static void put(struct jsonw *w, struct str s)
{
    if (!w->error)
        w->error = buf_add_str(w->out, s);
}

static void put_char(struct jsonw *w, char c)
{
    if (!w->error)
        w->error = buf_add_char(w->out, c);
}

static bool in_object(const struct jsonw *w)
{
    return w->depth > 0 && w->is_object[w->depth];
}

// Everything before a value: a comma, or the check that it may stand here.
static void before_value(struct jsonw *w)
{
    bool misplaced = in_object(w) ? !w->after_key : w->depth == 0 && w->need_comma[0];
    if (misplaced && !w->error)
        w->error = ERR_INVALID;
    if (!w->after_key && w->need_comma[w->depth])
        put_char(w, ',');
    w->after_key = false;
    w->need_comma[w->depth] = true;
}

static void open(struct jsonw *w, char bracket, bool is_object)
{
    before_value(w);
    put_char(w, bracket);
    if (w->depth + 1 >= JSONW_DEPTH_MAX) {
        if (!w->error)
            w->error = ERR_FULL;
        return;
    }
    w->depth++;
    w->need_comma[w->depth] = false;
    w->is_object[w->depth] = is_object;
}

static void close(struct jsonw *w, char bracket, bool is_object)
{
    if (w->error)
        return;
    if (w->depth == 0 || w->is_object[w->depth] != is_object || w->after_key) {
        w->error = ERR_INVALID;
        return;
    }
    put_char(w, bracket);
    w->depth--;
}

int jsonw_finish(struct jsonw *w)
{
    if (!w->error && (w->depth != 0 || !w->need_comma[0]))
        w->error = ERR_INVALID;
    return w->error;
}

void jsonw_object(struct jsonw *w)
{
    open(w, '{', true);
}

void jsonw_object_end(struct jsonw *w)
{
    close(w, '}', true);
}

void jsonw_array(struct jsonw *w)
{
    open(w, '[', false);
}

void jsonw_array_end(struct jsonw *w)
{
    close(w, ']', false);
}

static void put_escaped(struct jsonw *w, unsigned char c)
{
    static const char short_form[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (size_t i = 0; i + 1 < sizeof(short_form); i += 2) {
        if ((unsigned char)short_form[i] == c) {
            put_char(w, '\\');
            put_char(w, short_form[i + 1]);
            return;
        }
    }
    if (!w->error)
        w->error = buf_printf(w->out, "\\u%04x", c);
}

static void put_quoted(struct jsonw *w, struct str s)
{
    put_char(w, '"');
    size_t clean = 0; // start of the run not written yet
    size_t i = 0;
    while (i < s.len) {
        unsigned char c = (unsigned char)s.data[i];
        size_t len = str_utf8_len(s, i);
        if (len > 0 && c >= 0x20 && c != '"' && c != '\\') {
            i += len;
            continue;
        }
        put(w, str_sub(s, clean, i));
        if (len == 0)
            put(w, STR("\xEF\xBF\xBD"));
        else
            put_escaped(w, c);
        i++;
        clean = i;
    }
    put(w, str_sub(s, clean, s.len));
    put_char(w, '"');
}

void jsonw_key(struct jsonw *w, const char *key)
{
    if (!w->error && (!in_object(w) || w->after_key))
        w->error = ERR_INVALID;
    if (w->need_comma[w->depth])
        put_char(w, ',');
    put_quoted(w, str_from(key));
    put_char(w, ':');
    w->after_key = true;
}

void jsonw_str(struct jsonw *w, struct str value)
{
    before_value(w);
    put_quoted(w, value);
}

void jsonw_i64(struct jsonw *w, int64_t value)
{
    before_value(w);
    if (!w->error)
        w->error = buf_printf(w->out, "%lld", (long long)value);
}

void jsonw_u64(struct jsonw *w, uint64_t value)
{
    before_value(w);
    if (!w->error)
        w->error = buf_printf(w->out, "%llu", (unsigned long long)value);
}

void jsonw_double(struct jsonw *w, double value)
{
    if (!isfinite(value)) {
        jsonw_null(w);
        return;
    }
    char text[NUMBER_TEXT_MAX];
    size_t len = number_format_double(value, text);
    before_value(w);
    put(w, (struct str){text, len});
}

void jsonw_decimal(struct jsonw *w, struct decimal value)
{
    char text[DECIMAL_TEXT_MAX];
    decimal_format(value, text);
    jsonw_str(w, str_from(text));
}

void jsonw_bool(struct jsonw *w, bool value)
{
    before_value(w);
    put(w, value ? STR("true") : STR("false"));
}

void jsonw_null(struct jsonw *w)
{
    before_value(w);
    put(w, STR("null"));
}
