// SPDX-License-Identifier: Apache-2.0
// A binary heap of pointers whose members know their place, so that one can be moved or taken out.
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

// First member of whatever is put into a heap. place 0 = in no heap, else its index + 1.
struct heap_node {
    size_t place;
};

struct heap {
    struct heap_node **nodes; // borrowed members
    size_t count, cap, max;
    bool (*before)(const struct heap_node *a, const struct heap_node *b);
};

void heap_init(struct heap *h, size_t max_nodes,
               bool (*before)(const struct heap_node *a, const struct heap_node *b));
void heap_finish(struct heap *h);                   // members stay the caller's
struct heap_node *heap_first(const struct heap *h); // NULL when empty
// Puts a node in, or moves it to where its changed key belongs. ERR_FULL, ERR_NO_MEMORY.
int heap_put(struct heap *h, struct heap_node *n) MUST_CHECK;
void heap_remove(struct heap *h, struct heap_node *n); // of one that is not in: nothing

#endif
