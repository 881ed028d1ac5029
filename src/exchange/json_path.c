// SPDX-License-Identifier: Apache-2.0
// The path language of the descriptor records: where in a reply a value stands.
#include "base/number.h"
#include "exchange/json_reader.h"

#include <string.h>

// Cuts the first segment off *path; dots inside brackets do not count.
static struct str next_segment(const char **path)
{
    const char *start = *path, *end = start;
    if (*start == '[')
        end = strchr(start, ']') ? strchr(start, ']') + 1 : start + strlen(start);
    end += strcspn(end, ".");
    *path = *end ? end + 1 : end;
    return (struct str){start, (size_t)(end - start)};
}

static bool is_scalar_text(struct json_value v, struct str text)
{
    return (v.kind == JSON_KIND_STRING || v.kind == JSON_KIND_NUMBER) && str_eq(v.text, text);
}

static bool element_matches(struct json_value element, struct str key, struct str text);

// What a segment looks for among the members or elements of a container.
struct wanted {
    struct str name;       // of an object's member
    int64_t index;         // of an array's element; -1: not by index
    bool any_container;    // "*"
    struct str key, value; // "[key=value]"; key.len 0: none
};

static struct wanted wanted_parse(struct str segment)
{
    struct wanted w = {.name = segment, .index = -1};
    if (str_eq(segment, STR("*"))) {
        w.any_container = true;
    } else if (segment.len > 2 && segment.data[0] == '[') {
        size_t equals = str_find(segment, '=', 0);
        w.key = str_sub(segment, 1, equals);
        w.value = str_sub(segment, equals + 1, segment.len - 1);
    } else if (number_parse_i64(segment, &w.index) != 0) {
        w.index = -1;
    }
    return w;
}

static bool is_wanted(const struct wanted *w, bool in_object, struct str name, int64_t index,
                      struct json_value v)
{
    if (w->any_container)
        return v.kind == JSON_KIND_ARRAY || v.kind == JSON_KIND_OBJECT;
    if (in_object)
        return str_eq(name, w->name);
    return w->key.len > 0 ? element_matches(v, w->key, w->value) : index == w->index;
}

static int find_in(struct json_value in, const struct wanted *w, struct json_value *out)
{
    bool in_object = in.kind == JSON_KIND_OBJECT;
    struct json_reader r;
    struct str name = {NULL, 0};
    struct json_value v;
    if (!in_object && in.kind != JSON_KIND_ARRAY)
        return ERR_NOT_FOUND;
    venue__json_start(&r, in.text);
    int rc = venue__json_enter(&r, in_object ? '{' : '[');
    for (int64_t i = 0; rc == 0; i++) {
        rc = venue__json_more(&r);
        if (rc <= 0)
            return rc == 0 ? ERR_NOT_FOUND : rc;
        rc = in_object ? venue__json_key(&r, &name) : 0;
        if (rc == 0)
            rc = venue__json_value(&r, &v);
        if (rc == 0 && is_wanted(w, in_object, name, i, v)) {
            *out = v;
            return 0;
        }
    }
    return rc;
}

static bool element_matches(struct json_value element, struct str key, struct str text)
{
    struct wanted member = {.name = key, .index = -1};
    struct json_value v;
    return element.kind == JSON_KIND_OBJECT && find_in(element, &member, &v) == 0 &&
           is_scalar_text(v, text);
}

int venue__json_find(struct json_value in, const char *path, struct json_value *out)
{
    struct json_value v = in;
    while (*path) {
        struct wanted w = wanted_parse(next_segment(&path));
        int rc = find_in(v, &w, &v);
        if (rc != 0)
            return rc;
    }
    *out = v;
    return 0;
}
