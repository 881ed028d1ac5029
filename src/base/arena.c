// SPDX-License-Identifier: Apache-2.0
// An arena as a list of blocks, newest first; each is twice the one before up to a limit.
#include "base/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_FIRST_BYTES   4096u
#define BLOCK_LARGEST_BYTES (1024u * 1024u)
#define ALIGNMENT           alignof(max_align_t)

struct arena_block {
    struct arena_block *older;
    size_t used;
    size_t cap;
    alignas(max_align_t) unsigned char data[];
};

void arena_init(struct arena *a, size_t max_bytes)
{
    *a = (struct arena){.max_bytes = max_bytes};
}

void arena_finish(struct arena *a)
{
    if (!a)
        return;
    while (a->head) {
        struct arena_block *older = a->head->older;
        free(a->head);
        a->head = older;
    }
    *a = (struct arena){0};
}

void arena_reset(struct arena *a)
{
    while (a->head && a->head->older) {
        struct arena_block *older = a->head->older;
        free(a->head);
        a->head = older;
    }
    if (a->head)
        a->head->used = 0;
    a->used_bytes = 0;
}

static struct arena_block *add_block(struct arena *a, size_t need)
{
    size_t cap = BLOCK_FIRST_BYTES;
    if (a->head)
        cap = a->head->cap < BLOCK_LARGEST_BYTES / 2 ? a->head->cap * 2 : BLOCK_LARGEST_BYTES;
    if (cap < need)
        cap = need;
    struct arena_block *block = malloc(sizeof(*block) + cap);
    if (!block)
        return NULL;
    block->older = a->head;
    block->used = 0;
    block->cap = cap;
    a->head = block;
    return block;
}

void *arena_alloc(struct arena *a, size_t size)
{
    if (size > a->max_bytes)
        return NULL;
    size_t need = size ? (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT : ALIGNMENT;
    if (need > a->max_bytes - a->used_bytes)
        return NULL;
    struct arena_block *block = a->head;
    if (!block || block->cap - block->used < need) {
        block = add_block(a, need);
        if (!block)
            return NULL;
    }
    void *p = block->data + block->used;
    block->used += need;
    a->used_bytes += need;
    memset(p, 0, need);
    return p;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    size_t total = 0;
    if (__builtin_mul_overflow(count, size, &total))
        return NULL;
    return arena_alloc(a, total);
}

char *arena_strdup(struct arena *a, struct str s)
{
    if (s.len == SIZE_MAX)
        return NULL;
    char *p = arena_alloc(a, s.len + 1);
    if (p && s.len > 0)
        memcpy(p, s.data, s.len);
    return p;
}
