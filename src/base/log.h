// SPDX-License-Identifier: Apache-2.0
// Logging: one line an event, logfmt or JSON, written with one write(2) to a descriptor.
// Handed around as a pointer: no hidden global logger. A NULL logger is silent.
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"

enum log_level {
    LOG_ERROR,
    LOG_WARN,
    LOG_INFO,
    LOG_DEBUG
};
enum log_format {
    LOG_LOGFMT,
    LOG_JSON,
    LOG_JOURNAL
}; // JOURNAL: logfmt with a <N> level prefix

struct log {
    int fd;
    enum log_level level;
    enum log_format format;
    char role[24];          // "harvester"
    time_ms (*now)(void *); // exchange or wall time for the "at" field; NULL = wall
    void *now_arg;
};

// One event: a short lower-case sentence, then key/value pairs as printf text in logfmt
// ("pair=VET/USDT attempts=%u"); "" or nothing when there are none. Values with blanks, quotes or
// '=' must be quoted by the caller (use LOG_Q). Control characters become blanks, so that no value
// can forge a line; a line is at most LOG_LINE_MAX bytes and ends in " truncated=true" when cut.
#define LOG_LINE_MAX 2048
void log_write(struct log *log, enum log_level level, const char *event, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
// "error", "warn", "info", "debug"; "logfmt", "json", "journal". ERR_NOT_FOUND.
int log_level_parse(struct str text, enum log_level *out) MUST_CHECK;
int log_format_parse(struct str text, enum log_format *out) MUST_CHECK;

#define LOG_QUOTE_MAX 512
// Writes the text in double quotes with " and \ escaped, cut to fit; returns out.
const char *log_quote(struct str text, char out[static LOG_QUOTE_MAX]);
// For "%s" in a log line: the C string quoted; lives until the end of the enclosing block.
#define LOG_Q(text)  log_quote(str_from(text), (char[LOG_QUOTE_MAX]){0})
#define LOG_Q_STR(s) log_quote((s), (char[LOG_QUOTE_MAX]){0})

// The leading blank lets a format be "" without a warning, and makes only literals compile.
#define log_error(log, event, ...) log_write((log), LOG_ERROR, (event), " " __VA_ARGS__)
#define log_warn(log, event, ...)  log_write((log), LOG_WARN, (event), " " __VA_ARGS__)
#define log_info(log, event, ...)  log_write((log), LOG_INFO, (event), " " __VA_ARGS__)
#define log_debug(log, event, ...) log_write((log), LOG_DEBUG, (event), " " __VA_ARGS__)

#endif
