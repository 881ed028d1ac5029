// SPDX-License-Identifier: Apache-2.0
// A strict JSON reader over a body: every value is a slice of it, nothing is copied or allocated.
// Own code and not jansson for three reasons: prices that come as bare numbers keep their digits
// (a DOM makes doubles of them), a poll's reply costs no allocation, and a market list of many MB
// is walked with memory for one market. Unit tests and fuzzing hold it against jansson.
#ifndef EXCHANGE_JSON_READER_H
#define EXCHANGE_JSON_READER_H

#include "base/err.h"
#include "base/str.h"

#define JSON_DEPTH_MAX 32

enum json_kind {
    JSON_KIND_NULL,
    JSON_KIND_TRUE,
    JSON_KIND_FALSE,
    JSON_KIND_NUMBER,
    JSON_KIND_STRING,
    JSON_KIND_ARRAY,
    JSON_KIND_OBJECT
};

struct json_value {
    enum json_kind kind;
    struct str text; // a string's without the quotes and with its escapes; else as it stands
};

// A position in a text, going forward only.
struct json_reader {
    const char *start, *at, *end;
    const char *error; // what was wrong at `at`; NULL while all is well
    unsigned depth;
    bool first; // nothing of the innermost container was read yet
    char closers[JSON_DEPTH_MAX];
};

void venue__json_start(struct json_reader *r, struct str text);
// All below: ERR_SYNTAX with r->error set, also for a value of another kind than asked for.
int venue__json_enter(struct json_reader *r, char open) MUST_CHECK; // '[' or '{'
// At the next element (or key) of the innermost container: 1; the container was closed: 0.
int venue__json_more(struct json_reader *r) MUST_CHECK;
int venue__json_key(struct json_reader *r, struct str *key) MUST_CHECK; // with its escapes
int venue__json_value(struct json_reader *r, struct json_value *out) MUST_CHECK;
int venue__json_finish(struct json_reader *r) MUST_CHECK; // nothing but white space is left
size_t venue__json_offset(const struct json_reader *r);

// A whole text as one value, checked to its end. Fills d on ERR_SYNTAX.
int venue__json_document(struct str body, struct json_value *out, struct diag *d) MUST_CHECK;

// Finds a value by path in a checked value. The language (facts sheet, section 10.2): names and
// indices joined by dots; "*" is the first member that is an array or object; "[k=v]" the first
// element of an array whose member k is the string or number v. "" is the value itself.
// ERR_NOT_FOUND when there is none.
int venue__json_find(struct json_value in, const char *path, struct json_value *out) MUST_CHECK;

// Text of a string (escapes undone) or number, with NUL. ERR_INVALID for other kinds, ERR_FULL.
int venue__json_text(struct json_value v, char *out, size_t cap) MUST_CHECK;

#endif
