// SPDX-License-Identifier: Apache-2.0
// The strict JSON reader: RFC 8259 grammar, UTF-8 checked, nesting bounded, no recursion.
#include "exchange/json_reader.h"

#include <string.h>

static int fail(struct json_reader *r, const char *why)
{
    if (!r->error)
        r->error = why;
    return ERR_SYNTAX;
}

static void skip_blanks(struct json_reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\r' || *r->at == '\t'))
        r->at++;
}

void venue__json_start(struct json_reader *r, struct str text)
{
    *r = (struct json_reader){.start = text.data, .at = text.data, .end = text.data + text.len};
}

size_t venue__json_offset(const struct json_reader *r)
{
    return (size_t)(r->at - r->start);
}

int venue__json_enter(struct json_reader *r, char open)
{
    skip_blanks(r);
    if (r->at == r->end)
        return fail(r, "the text ends too early");
    if (*r->at != open)
        return fail(r, open == '[' ? "an array was expected" : "an object was expected");
    if (r->depth == JSON_DEPTH_MAX)
        return fail(r, "nested too deep");
    r->closers[r->depth++] = open == '[' ? ']' : '}';
    r->at++;
    r->first = true;
    return 0;
}

int venue__json_more(struct json_reader *r)
{
    skip_blanks(r);
    if (r->at == r->end)
        return fail(r, "the text ends too early");
    if (*r->at == r->closers[r->depth - 1]) {
        r->at++;
        r->depth--;
        r->first = false;
        return 0;
    }
    if (!r->first) {
        if (*r->at != ',')
            return fail(r, "a comma or the container's end was expected");
        r->at++;
    }
    r->first = false;
    return 1;
}

// One UTF-8 sequence outside ASCII (RFC 3629: shortest form, no surrogates, up to U+10FFFF).
static int read_utf8(struct json_reader *r)
{
    const unsigned char *s = (const unsigned char *)r->at;
    size_t left = (size_t)(r->end - r->at), len;
    unsigned char low = 0x80, high = 0xBF;
    if (s[0] >= 0xC2 && s[0] <= 0xDF) {
        len = 2;
    } else if (s[0] >= 0xE0 && s[0] <= 0xEF) {
        len = 3;
        low = s[0] == 0xE0 ? 0xA0 : 0x80;
        high = s[0] == 0xED ? 0x9F : 0xBF;
    } else if (s[0] >= 0xF0 && s[0] <= 0xF4) {
        len = 4;
        low = s[0] == 0xF0 ? 0x90 : 0x80;
        high = s[0] == 0xF4 ? 0x8F : 0xBF;
    } else {
        return fail(r, "bytes that are not UTF-8");
    }
    for (size_t i = 1; i < len; i++) {
        if (i >= left || s[i] < low || s[i] > high)
            return fail(r, "bytes that are not UTF-8");
        low = 0x80;
        high = 0xBF;
    }
    r->at += len;
    return 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// The four digits behind "\u"; -1 when they are not.
static int32_t hex_four(const char *at, const char *end)
{
    int32_t code = 0;
    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0)
            return -1;
        code = code * 16 + digit;
    }
    return code;
}

// At a backslash: the code point it stands for and how long it is. False when it is malformed.
static bool escape_parse(const char *at, const char *end, uint32_t *code, size_t *len)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    if (end - at < 2)
        return false;
    const char *name = at[1] ? memchr(names, at[1], sizeof names - 1) : NULL;
    if (name) {
        *code = (unsigned char)values[name - names];
        *len = 2;
        return true;
    }
    int32_t high = at[1] == 'u' ? hex_four(at + 2, end) : -1;
    if (high <= 0 || (high >= 0xDC00 && high <= 0xDFFF)) // NUL and lone low surrogates too
        return false;
    *code = (uint32_t)high;
    *len = 6;
    if (high < 0xD800 || high > 0xDBFF)
        return true;
    int32_t low = end - at >= 12 && at[6] == '\\' && at[7] == 'u' ? hex_four(at + 8, end) : -1;
    if (low < 0xDC00 || low > 0xDFFF)
        return false;
    *code = 0x10000 + ((uint32_t)(high - 0xD800) << 10) + (uint32_t)(low - 0xDC00);
    *len = 12;
    return true;
}

static int read_special(struct json_reader *r)
{
    uint32_t code;
    size_t len;
    if ((unsigned char)*r->at >= 0x80)
        return read_utf8(r);
    if (*r->at != '\\')
        return fail(r, "a control character inside a string");
    if (!escape_parse(r->at, r->end, &code, &len))
        return fail(r, "a malformed escape");
    r->at += len;
    return 0;
}

static int read_string(struct json_reader *r, struct str *out)
{
    const char *start = ++r->at; // behind the quote
    while (r->at < r->end) {
        unsigned char c = (unsigned char)*r->at;
        if (c == '"') {
            *out = (struct str){start, (size_t)(r->at - start)};
            r->at++;
            return 0;
        }
        if (c >= 0x20 && c < 0x80 && c != '\\') {
            r->at++;
            continue;
        }
        int rc = read_special(r);
        if (rc != 0)
            return rc;
    }
    return fail(r, "a string without its end");
}

int venue__json_key(struct json_reader *r, struct str *key)
{
    skip_blanks(r);
    if (r->at == r->end || *r->at != '"')
        return fail(r, "a member's name was expected");
    int rc = read_string(r, key);
    if (rc != 0)
        return rc;
    skip_blanks(r);
    if (r->at == r->end || *r->at != ':')
        return fail(r, "a colon was expected");
    r->at++;
    return 0;
}

static size_t skip_digits(struct json_reader *r)
{
    const char *start = r->at;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
        r->at++;
    return (size_t)(r->at - start);
}

static int read_number(struct json_reader *r, struct str *out)
{
    const char *start = r->at;
    if (*r->at == '-')
        r->at++;
    const char *integer = r->at;
    size_t digits = skip_digits(r);
    if (digits == 0 || (digits > 1 && *integer == '0'))
        return fail(r, "a malformed number");
    if (r->at < r->end && *r->at == '.') {
        r->at++;
        if (skip_digits(r) == 0)
            return fail(r, "a malformed number");
    }
    if (r->at < r->end && (*r->at == 'e' || *r->at == 'E')) {
        r->at++;
        if (r->at < r->end && (*r->at == '+' || *r->at == '-'))
            r->at++;
        if (skip_digits(r) == 0)
            return fail(r, "a malformed number");
    }
    *out = (struct str){start, (size_t)(r->at - start)};
    return 0;
}

static int read_word(struct json_reader *r, struct json_value *out)
{
    static const struct {
        struct str word;
        enum json_kind kind;
    } words[] = {{{"null", 4}, JSON_KIND_NULL},
                 {{"true", 4}, JSON_KIND_TRUE},
                 {{"false", 5}, JSON_KIND_FALSE}};
    struct str rest = {r->at, (size_t)(r->end - r->at)};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_starts(rest, words[i].word)) {
            *out = (struct json_value){words[i].kind, str_sub(rest, 0, words[i].word.len)};
            r->at += words[i].word.len;
            return 0;
        }
    }
    return fail(r, "a value was expected");
}

static int read_scalar(struct json_reader *r, struct json_value *out)
{
    if (*r->at == '"') {
        out->kind = JSON_KIND_STRING;
        return read_string(r, &out->text);
    }
    if (*r->at == '-' || (*r->at >= '0' && *r->at <= '9')) {
        out->kind = JSON_KIND_NUMBER;
        return read_number(r, &out->text);
    }
    return read_word(r, out);
}

static int skip_container(struct json_reader *r, char open)
{
    unsigned base = r->depth;
    struct json_value scalar;
    struct str key;
    int rc = venue__json_enter(r, open);
    while (rc == 0 && r->depth > base) {
        rc = venue__json_more(r);
        if (rc <= 0)
            continue;
        rc = r->closers[r->depth - 1] == '}' ? venue__json_key(r, &key) : 0;
        if (rc != 0)
            break;
        skip_blanks(r);
        if (r->at == r->end)
            return fail(r, "the text ends too early");
        rc =
            *r->at == '[' || *r->at == '{' ? venue__json_enter(r, *r->at) : read_scalar(r, &scalar);
    }
    return rc;
}

int venue__json_value(struct json_reader *r, struct json_value *out)
{
    skip_blanks(r);
    if (r->at == r->end)
        return fail(r, "the text ends too early");
    if (*r->at != '[' && *r->at != '{')
        return read_scalar(r, out);
    const char *start = r->at;
    out->kind = *start == '[' ? JSON_KIND_ARRAY : JSON_KIND_OBJECT;
    int rc = skip_container(r, *start);
    out->text = (struct str){start, (size_t)(r->at - start)};
    return rc;
}

int venue__json_finish(struct json_reader *r)
{
    skip_blanks(r);
    return r->at == r->end ? 0 : fail(r, "more text behind the value");
}

int venue__json_document(struct str body, struct json_value *out, struct diag *d)
{
    struct json_reader r;
    venue__json_start(&r, body);
    int rc = venue__json_value(&r, out);
    if (rc == 0)
        rc = venue__json_finish(&r);
    if (rc == 0)
        return 0;
    return diag_set(d, ERR_SYNTAX, "the reply is no valid JSON: %s at byte %zu of %zu", r.error,
                    venue__json_offset(&r), body.len);
}

static size_t utf8_encode(uint32_t code, char out[static 4])
{
    static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    out[0] = (char)(leads[len] | code);
    return len;
}

int venue__json_text(struct json_value v, char *out, size_t cap)
{
    const char *at = v.text.data, *end = at + v.text.len;
    size_t used = 0;
    if (v.kind == JSON_KIND_NUMBER || (v.kind == JSON_KIND_STRING && !memchr(at, '\\', v.text.len)))
        return str_copy(out, cap, v.text);
    if (v.kind != JSON_KIND_STRING)
        return ERR_INVALID;
    while (at < end) {
        char bytes[4] = {*at};
        size_t len = 1, count = 1;
        uint32_t code = 0;
        if (*at == '\\') {
            if (!escape_parse(at, end, &code, &len))
                return ERR_SYNTAX;
            count = utf8_encode(code, bytes);
        }
        if (used + count >= cap)
            return ERR_FULL;
        memcpy(out + used, bytes, count);
        used += count;
        at += len;
    }
    out[used] = '\0';
    return 0;
}
