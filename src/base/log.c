// SPDX-License-Identifier: Apache-2.0
// One line an event: built in a fixed buffer, written with one write(2).
#include "base/log.h"

#include "base/buf.h"
#include "base/jsonw.h"
#include "base/number.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

static const char *const level_names[] = {"error", "warn", "info", "debug"};
static const char *const format_names[] = {"logfmt", "json", "journal"};
// sd-daemon(3): <3> error, <4> warning, <6> informational, <7> debug.
static const char journal_digit[] = {'3', '4', '6', '7'};

static int find_name(const char *const *names, size_t count, struct str text, unsigned *out)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(text, str_from(names[i]))) {
            *out = (unsigned)i;
            return 0;
        }
    }
    return ERR_NOT_FOUND;
}

int log_level_parse(struct str text, enum log_level *out)
{
    unsigned i = 0;
    int rc = find_name(level_names, sizeof(level_names) / sizeof(level_names[0]), text, &i);
    if (!rc)
        *out = (enum log_level)i;
    return rc;
}

int log_format_parse(struct str text, enum log_format *out)
{
    unsigned i = 0;
    int rc = find_name(format_names, sizeof(format_names) / sizeof(format_names[0]), text, &i);
    if (!rc)
        *out = (enum log_format)i;
    return rc;
}

const char *log_quote(struct str text, char out[static LOG_QUOTE_MAX])
{
    size_t n = 0;
    out[n++] = '"';
    for (size_t i = 0; i < text.len && n + 4 <= LOG_QUOTE_MAX; i++) {
        if (text.data[i] == '"' || text.data[i] == '\\')
            out[n++] = '\\';
        out[n++] = text.data[i];
    }
    out[n++] = '"';
    out[n] = '\0';
    return out;
}

// Control characters (line feeds above all) would let a value forge a line of its own.
static void tame(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F)
            text[i] = ' ';
    }
}

// Takes the next key=value off *rest; *quoted values are unescaped in place into *value.
static bool next_pair(struct str *rest, char *scratch, struct str *key, struct str *value,
                      bool *quoted)
{
    *rest = str_trim(*rest);
    if (rest->len == 0)
        return false;
    size_t end = 0;
    while (end < rest->len && rest->data[end] != '=' && rest->data[end] != ' ')
        end++;
    *key = str_sub(*rest, 0, end);
    *value = STR("");
    *quoted = false;
    if (end == rest->len || rest->data[end] == ' ') {
        *rest = str_sub(*rest, end, rest->len);
        return true;
    }
    size_t i = end + 1;
    *quoted = i < rest->len && rest->data[i] == '"';
    i += *quoted;
    size_t n = 0;
    for (; i < rest->len && rest->data[i] != (*quoted ? '"' : ' '); i++) {
        if (*quoted && rest->data[i] == '\\' && i + 1 < rest->len)
            i++;
        scratch[n++] = rest->data[i];
    }
    *value = (struct str){scratch, n};
    *rest = str_sub(*rest, i + *quoted, rest->len);
    return true;
}

static void put_json_value(struct jsonw *w, struct str value, bool quoted)
{
    int64_t number = 0;
    double real = 0;
    if (!quoted && number_parse_i64(value, &number) == 0)
        jsonw_i64(w, number);
    else if (!quoted && number_parse_double(value, &real) == 0)
        jsonw_double(w, real);
    else if (!quoted && (str_eq(value, STR("true")) || str_eq(value, STR("false"))))
        jsonw_bool(w, value.data[0] == 't');
    else
        jsonw_str(w, value);
}

struct line {
    const char *at;
    const char *level;
    const char *role;
    const char *event;
    struct str pairs;
    bool cut;
};

static int put_json(struct buf *out, const struct line *l)
{
    char scratch[LOG_LINE_MAX];
    // The key needs a NUL and may be long only by mistake.
    char name[64];
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_key(&w, "at");
    jsonw_str(&w, str_from(l->at));
    jsonw_key(&w, "level");
    jsonw_str(&w, str_from(l->level));
    jsonw_key(&w, "role");
    jsonw_str(&w, str_from(l->role));
    jsonw_key(&w, "event");
    jsonw_str(&w, str_from(l->event));
    struct str rest = l->pairs;
    struct str key;
    struct str value;
    bool quoted = false;
    while (next_pair(&rest, scratch, &key, &value, &quoted)) {
        if (str_copy(name, sizeof(name), str_sub(key, 0, sizeof(name) - 1)) || key.len == 0)
            continue;
        jsonw_key(&w, name);
        put_json_value(&w, value, quoted);
    }
    if (l->cut) {
        jsonw_key(&w, "truncated");
        jsonw_bool(&w, true);
    }
    jsonw_object_end(&w);
    return jsonw_finish(&w);
}

static int put_logfmt(struct buf *out, const struct line *l)
{
    char event[LOG_QUOTE_MAX];
    struct str pairs = str_trim(l->pairs);
    return buf_printf(out, "at=%s level=%s role=%s event=%s%s" STR_FMT "%s", l->at, l->level,
                      l->role, log_quote(str_from(l->event), event), pairs.len > 0 ? " " : "",
                      STR_ARG(pairs), l->cut ? " truncated=true" : "");
}

// A descriptor that takes no more (full pipe, closed terminal) must not stop the program.
static void write_line(int fd, const char *data, size_t len)
{
    ssize_t n = -1;
    do {
        n = write(fd, data, len);
    } while (n < 0 && errno == EINTR);
}

void log_write(struct log *log, enum log_level level, const char *event, const char *fmt, ...)
{
    if (!log || log->fd < 0 || level > log->level)
        return;
    char pairs[LOG_LINE_MAX - 256];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(pairs, sizeof(pairs), fmt, args);
    va_end(args);
    if (n < 0)
        n = 0;
    bool cut = (size_t)n >= sizeof(pairs);
    size_t len = cut ? sizeof(pairs) - 1 : (size_t)n;
    tame(pairs, len);

    char at[TIME_TEXT_MAX];
    time_format(log->now ? log->now(log->now_arg) : clock_wall_ms(), at);
    struct line line = {.at = at,
                        .level = level_names[level],
                        .role = log->role,
                        .event = event,
                        .pairs = {pairs, len},
                        .cut = cut};
    struct buf out;
    // JSON escapes may lengthen the text sixfold.
    buf_init(&out, 8 * LOG_LINE_MAX);
    int rc = 0;
    if (log->format == LOG_JOURNAL)
        rc = buf_printf(&out, "<%c>", journal_digit[level]);
    if (!rc)
        rc = log->format == LOG_JSON ? put_json(&out, &line) : put_logfmt(&out, &line);
    if (!rc)
        rc = buf_add_char(&out, '\n');
    if (!rc)
        write_line(log->fd, out.data, out.len);
    buf_finish(&out);
}
