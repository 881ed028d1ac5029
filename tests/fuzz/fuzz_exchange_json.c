// SPDX-License-Identifier: Apache-2.0
// The JSON reader accepts what jansson accepts and nothing else, nesting and huge numbers aside.
#include "exchange/json_reader.h"

#include <jansson.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_deep(struct str text)
{
    unsigned depth = 0;
    for (size_t i = 0; i < text.len; i++)
        depth += text.data[i] == '[' || text.data[i] == '{';
    return depth > JSON_DEPTH_MAX; // at most: brackets inside strings count too
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct json_value v, found;
    struct diag d = {0};
    json_error_t error;
    char copy[64];
    bool ours = venue__json_document(text, &v, &d) == 0;
    json_t *root =
        json_loadb(text.data, text.len, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, &error);
    bool theirs = root != NULL;
    bool overflow = !theirs && json_error_code(&error) == json_error_numeric_overflow;
    json_decref(root);
    // A NUL byte between tokens ends jansson's input.
    bool has_nul = str_find(text, '\0', 0) < text.len;
    if (ours != theirs && !overflow && !has_nul && !(theirs && is_deep(text)))
        abort();
    if (!ours)
        return 0;
    if (venue__json_find(v, "a.*.[b=1].0", &found) == 0 &&
        (found.text.data < text.data || found.text.data + found.text.len > text.data + text.len))
        abort();
    if (venue__json_text(v, copy, sizeof copy) == ERR_SYNTAX)
        abort();
    return 0;
}
