// SPDX-License-Identifier: Apache-2.0
// Borrowed string slices: a pointer and a length, never owned, never NUL-terminated by contract.
#ifndef BASE_STR_H
#define BASE_STR_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str {
    const char *data;
    size_t len;
};

#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})
#define STR_FMT      "%.*s"
#define STR_ARG(s)   (int)(s).len, (s).data

struct str str_from(const char *text); // of a C string; NULL gives the empty slice
bool str_eq(struct str a, struct str b);
bool str_eq_nocase(struct str a, struct str b); // ASCII letters only
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
struct str str_trim(struct str s);                        // ASCII white space on both ends
struct str str_sub(struct str s, size_t from, size_t to); // clamped to the slice
// Index of the first c at or after from; s.len when there is none.
size_t str_find(struct str s, char c, size_t from);
// Cuts the text up to the next sep off *rest into *part. False when *rest is used up.
bool str_split(struct str *rest, char sep, struct str *part);
// Copies with a NUL, at most cap bytes in all. ERR_FULL when it does not fit (dst is then "").
int str_copy(char *dst, size_t cap, struct str s) MUST_CHECK;
// snprintf that never truncates silently: ERR_FULL when it does not fit.
int str_printf(char *dst, size_t cap, const char *fmt, ...) PRINTF_LIKE(3, 4) MUST_CHECK;
// Length in bytes of the well-formed UTF-8 sequence at s[at] (RFC 3629 section 4); 0 when there is
// none or at >= s.len.
size_t str_utf8_len(struct str s, size_t at);
// Edit distance of two words up to max (max + 1 when larger), for "did you mean".
unsigned str_distance(struct str a, struct str b, unsigned max);

#endif
