// SPDX-License-Identifier: Apache-2.0
// An arena: many small allocations of one unit of work, freed together, with a maximum.
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/err.h"
#include "base/str.h"

#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *head;
    size_t used_bytes;
    size_t max_bytes;
};

void arena_init(struct arena *a, size_t max_bytes);
void arena_finish(struct arena *a);
void arena_reset(struct arena *a); // keeps the first block
// Zeroed memory aligned for any type; NULL past the maximum or out of memory. Lives until reset.
void *arena_alloc(struct arena *a, size_t size);
void *arena_array(struct arena *a, size_t count, size_t size); // checked multiplication
char *arena_strdup(struct arena *a, struct str s);             // NUL-terminated copy

#define ARENA_NEW(arena, type)          ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, count, type) ((type *)arena_array((arena), (count), sizeof(type)))

#endif
