// SPDX-License-Identifier: Apache-2.0
// A streaming JSON writer over a buffer: commas and quoting are its business, nesting is bounded.
// Errors stick: check jsonw_finish() once at the end.
#ifndef BASE_JSONW_H
#define BASE_JSONW_H

#include "base/buf.h"
#include "base/decimal.h"

#include <stdbool.h>
#include <stdint.h>

#define JSONW_DEPTH_MAX 32

struct jsonw {
    struct buf *out; // borrowed
    int error;
    int depth;
    bool after_key; // a key is written, its value is not
    bool need_comma[JSONW_DEPTH_MAX];
    bool is_object[JSONW_DEPTH_MAX];
};

void jsonw_init(struct jsonw *w, struct buf *out);
// First error that happened: ERR_FULL (buffer or depth), ERR_NO_MEMORY; ERR_INVALID when a bracket
// is not closed or does not match, a key lacks its value or a value its key, or there is no value.
int jsonw_finish(struct jsonw *w) MUST_CHECK;
void jsonw_object(struct jsonw *w);
void jsonw_object_end(struct jsonw *w);
void jsonw_array(struct jsonw *w);
void jsonw_array_end(struct jsonw *w);
void jsonw_key(struct jsonw *w, const char *key);
void jsonw_str(struct jsonw *w, struct str value); // UTF-8; invalid bytes become U+FFFD
void jsonw_i64(struct jsonw *w, int64_t value);
void jsonw_u64(struct jsonw *w, uint64_t value);
void jsonw_double(struct jsonw *w, double value);          // not finite: null
void jsonw_decimal(struct jsonw *w, struct decimal value); // as a string
void jsonw_bool(struct jsonw *w, bool value);
void jsonw_null(struct jsonw *w);

#endif
