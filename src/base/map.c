// SPDX-License-Identifier: Apache-2.0
// Open addressing with linear probing; removal shifts the cluster back, so no tombstones pile up.
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 16u

struct map_entry {
    char *bytes;     // owned key; NULL for an integer key
    uint64_t number; // integer key, or the length of bytes
    uint64_t hash;
    void *value;
    bool used;
};

static uint64_t mix(uint64_t x)
{
    x ^= x >> 32;
    x *= UINT64_C(0x9E3779B97F4A7C15); // 2^64 / golden ratio, odd
    x ^= x >> 29;
    x *= UINT64_C(0xD6E8FEB86659FD93);
    x ^= x >> 32;
    return x;
}

uint64_t hash_bytes(const void *data, size_t len, uint64_t seed)
{
    const unsigned char *p = data;
    uint64_t h = mix(seed ^ ((uint64_t)len * UINT64_C(0x9E3779B97F4A7C15)));
    for (; len >= 8; p += 8, len -= 8) {
        uint64_t word = 0;
        memcpy(&word, p, 8);
        h = mix(h ^ word) + word;
    }
    if (len > 0) {
        uint64_t word = 0;
        memcpy(&word, p, len);
        h = mix(h ^ word) + word;
    }
    return mix(h);
}

void map_init(struct map *m, size_t max_entries)
{
    *m = (struct map){.max = max_entries};
}

void map_finish(struct map *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->cap; i++)
        free(m->entries[i].bytes);
    free(m->entries);
    *m = (struct map){0};
}

static bool same_key(const struct map_entry *a, const struct map_entry *b)
{
    if (a->hash != b->hash || a->number != b->number || !a->bytes != !b->bytes)
        return false;
    return !a->bytes || a->number == 0 || memcmp(a->bytes, b->bytes, (size_t)a->number) == 0;
}

// The key's slot, or the free slot where it belongs. The table always has a free slot.
static size_t find_slot(const struct map *m, const struct map_entry *key)
{
    size_t mask = m->cap - 1;
    size_t i = (size_t)key->hash & mask;
    while (m->entries[i].used && !same_key(&m->entries[i], key))
        i = (i + 1) & mask;
    return i;
}

static int grow(struct map *m)
{
    size_t cap = m->cap ? m->cap * 2 : FIRST_CAP;
    struct map bigger = {.cap = cap, .count = m->count, .max = m->max};
    bigger.entries = calloc(cap, sizeof(*bigger.entries));
    if (!bigger.entries)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < m->cap; i++) {
        if (m->entries[i].used)
            bigger.entries[find_slot(&bigger, &m->entries[i])] = m->entries[i];
    }
    free(m->entries);
    *m = bigger;
    return 0;
}

static int put(struct map *m, const struct map_entry *key, void *value)
{
    if (m->cap > 0) {
        size_t at = find_slot(m, key);
        if (m->entries[at].used) {
            m->entries[at].value = value;
            return 0;
        }
    }
    if (m->count >= m->max)
        return ERR_FULL;
    // At most three quarters full: probes stay short and a free slot always exists.
    if (m->count + 1 > m->cap / 4 * 3) {
        int rc = grow(m);
        if (rc)
            return rc;
    }
    struct map_entry entry = *key;
    if (key->bytes) {
        entry.bytes = malloc((size_t)key->number + 1);
        if (!entry.bytes)
            return ERR_NO_MEMORY;
        memcpy(entry.bytes, key->bytes, (size_t)key->number);
        entry.bytes[key->number] = '\0';
    }
    entry.value = value;
    entry.used = true;
    m->entries[find_slot(m, &entry)] = entry;
    m->count++;
    return 0;
}

static void *get(const struct map *m, const struct map_entry *key)
{
    if (m->count == 0)
        return NULL;
    const struct map_entry *e = &m->entries[find_slot(m, key)];
    return e->used ? e->value : NULL;
}

static void *take(struct map *m, const struct map_entry *key)
{
    if (m->count == 0)
        return NULL;
    size_t mask = m->cap - 1;
    size_t hole = find_slot(m, key);
    if (!m->entries[hole].used)
        return NULL;
    void *value = m->entries[hole].value;
    free(m->entries[hole].bytes);
    for (size_t i = (hole + 1) & mask; m->entries[i].used; i = (i + 1) & mask) {
        size_t home = (size_t)m->entries[i].hash & mask;
        // An entry may move into the hole unless its home lies after the hole (cyclically).
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            m->entries[hole] = m->entries[i];
            hole = i;
        }
    }
    m->entries[hole] = (struct map_entry){0};
    m->count--;
    return value;
}

static struct map_entry bytes_key(struct str key)
{
    // The pointer is only read through; the copy in put() is what the map owns.
    char *bytes = key.data ? (char *)(uintptr_t)key.data : (char *)(uintptr_t) "";
    return (struct map_entry){
        .bytes = bytes, .number = key.len, .hash = hash_bytes(bytes, key.len, 0)};
}

static struct map_entry number_key(uint64_t key)
{
    return (struct map_entry){.number = key, .hash = mix(key)};
}

int map_put(struct map *m, struct str key, void *value)
{
    struct map_entry k = bytes_key(key);
    return put(m, &k, value);
}

void *map_get(const struct map *m, struct str key)
{
    struct map_entry k = bytes_key(key);
    return get(m, &k);
}

void *map_remove(struct map *m, struct str key)
{
    struct map_entry k = bytes_key(key);
    return take(m, &k);
}

int map_put_u64(struct map *m, uint64_t key, void *value)
{
    struct map_entry k = number_key(key);
    return put(m, &k, value);
}

void *map_get_u64(const struct map *m, uint64_t key)
{
    struct map_entry k = number_key(key);
    return get(m, &k);
}

void *map_remove_u64(struct map *m, uint64_t key)
{
    struct map_entry k = number_key(key);
    return take(m, &k);
}

bool map_next(const struct map *m, size_t *cursor, struct str *key, void **value)
{
    for (; *cursor < m->cap; (*cursor)++) {
        const struct map_entry *e = &m->entries[*cursor];
        if (!e->used)
            continue;
        if (key && e->bytes)
            *key = (struct str){e->bytes, (size_t)e->number};
        else if (key)
            *key = (struct str){(const char *)&e->number, sizeof(e->number)};
        if (value)
            *value = e->value;
        (*cursor)++;
        return true;
    }
    return false;
}
