// SPDX-License-Identifier: Apache-2.0
// Hash maps from bytes or from integers to pointers; open addressing, a maximum, no deletion trap.
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

uint64_t hash_bytes(const void *data, size_t len, uint64_t seed); // not for untrusted collisions

struct map_entry;

// Keys are copied. Values are borrowed.
struct map {
    struct map_entry *entries;
    size_t count;
    size_t cap;
    size_t max;
};

void map_init(struct map *m, size_t max_entries);
void map_finish(struct map *m);
int map_put(struct map *m, struct str key, void *value) MUST_CHECK; // replaces
void *map_get(const struct map *m, struct str key);                 // NULL when absent
void *map_remove(struct map *m, struct str key);                    // the old value or NULL
int map_put_u64(struct map *m, uint64_t key, void *value) MUST_CHECK;
void *map_get_u64(const struct map *m, uint64_t key);
void *map_remove_u64(struct map *m, uint64_t key);
// Iterates in no promised order: start with *cursor = 0; false at the end. No change meanwhile.
// Keys put with map_put_u64 come back as the 8 bytes of the integer. key and value may be NULL.
bool map_next(const struct map *m, size_t *cursor, struct str *key, void **value);

#endif
