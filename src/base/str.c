// SPDX-License-Identifier: Apache-2.0
// Borrowed string slices: comparing, cutting, bounded copies, edit distance.
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DISTANCE_WORD_MAX 64

struct str str_from(const char *text)
{
    return text ? (struct str){text, strlen(text)} : (struct str){"", 0};
}

bool str_eq(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool str_eq_nocase(struct str a, struct str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.data[i]) != lower(b.data[i]))
            return false;
    }
    return true;
}

bool str_starts(struct str s, struct str prefix)
{
    return s.len >= prefix.len && str_eq(str_sub(s, 0, prefix.len), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.len >= suffix.len && str_eq(str_sub(s, s.len - suffix.len, s.len), suffix);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
    size_t from = 0;
    size_t to = s.len;
    while (from < to && is_space(s.data[from]))
        from++;
    while (to > from && is_space(s.data[to - 1]))
        to--;
    return str_sub(s, from, to);
}

struct str str_sub(struct str s, size_t from, size_t to)
{
    if (to > s.len)
        to = s.len;
    if (from > to)
        from = to;
    // NULL + 0 is not defined in C.
    return s.data ? (struct str){s.data + from, to - from} : (struct str){"", 0};
}

size_t str_find(struct str s, char c, size_t from)
{
    if (from >= s.len)
        return s.len;
    const char *hit = memchr(s.data + from, (unsigned char)c, s.len - from);
    return hit ? (size_t)(hit - s.data) : s.len;
}

bool str_split(struct str *rest, char sep, struct str *part)
{
    if (!rest->data)
        return false;
    size_t at = str_find(*rest, sep, 0);
    *part = str_sub(*rest, 0, at);
    // "a," has two parts: only after the last one does the rest lose its pointer.
    *rest = at < rest->len ? str_sub(*rest, at + 1, rest->len) : (struct str){NULL, 0};
    return true;
}

int str_copy(char *dst, size_t cap, struct str s)
{
    if (cap == 0)
        return ERR_FULL;
    dst[0] = '\0';
    if (s.len >= cap)
        return ERR_FULL;
    if (s.len > 0)
        memcpy(dst, s.data, s.len);
    dst[s.len] = '\0';
    return 0;
}

int str_printf(char *dst, size_t cap, const char *fmt, ...)
{
    if (cap == 0)
        return ERR_FULL;
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(dst, cap, fmt, args);
    va_end(args);
    if (n >= 0 && (size_t)n < cap)
        return 0;
    dst[0] = '\0';
    return ERR_FULL;
}

size_t str_utf8_len(struct str s, size_t at)
{
    if (at >= s.len)
        return 0;
    const unsigned char *p = (const unsigned char *)s.data + at;
    if (p[0] < 0x80)
        return 1;
    size_t len = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (p[0] < 0xC2 || p[0] > 0xF4 || s.len - at < len)
        return 0;
    for (size_t k = 1; k < len; k++) {
        if ((p[k] & 0xC0) != 0x80)
            return 0;
    }
    bool overlong = (p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xF0 && p[1] < 0x90);
    bool surrogate = p[0] == 0xED && p[1] >= 0xA0;
    bool beyond = p[0] == 0xF4 && p[1] >= 0x90;
    return overlong || surrogate || beyond ? 0 : len;
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    unsigned low = a < b ? a : b;
    return low < c ? low : c;
}

unsigned str_distance(struct str a, struct str b, unsigned max)
{
    if (a.len > DISTANCE_WORD_MAX || b.len > DISTANCE_WORD_MAX)
        return max + 1;
    unsigned row[DISTANCE_WORD_MAX + 1];
    for (size_t j = 0; j <= b.len; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= a.len; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b.len; j++) {
            unsigned above = row[j];
            unsigned change = a.data[i - 1] == b.data[j - 1] ? 0 : 1;
            row[j] = min3(above + 1, row[j - 1] + 1, diagonal + change);
            diagonal = above;
        }
    }
    return row[b.len] <= max ? row[b.len] : max + 1;
}
