// SPDX-License-Identifier: Apache-2.0
// Sift up, sift down.
#include "base/heap.h"

#include <stdlib.h>

void heap_init(struct heap *h, size_t max_nodes,
               bool (*before)(const struct heap_node *a, const struct heap_node *b))
{
    *h = (struct heap){.max = max_nodes, .before = before};
}

void heap_finish(struct heap *h)
{
    if (h) {
        free(h->nodes);
        h->nodes = NULL;
        h->count = h->cap = 0;
    }
}

struct heap_node *heap_first(const struct heap *h)
{
    return h->count > 0 ? h->nodes[0] : NULL;
}

static void set(struct heap *h, size_t i, struct heap_node *n)
{
    h->nodes[i] = n;
    n->place = i + 1;
}

static void sift_up(struct heap *h, size_t i)
{
    struct heap_node *n = h->nodes[i];

    while (i > 0 && h->before(n, h->nodes[(i - 1) / 2])) {
        set(h, i, h->nodes[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    set(h, i, n);
}

static void sift_down(struct heap *h, size_t i)
{
    struct heap_node *n = h->nodes[i];

    for (;;) {
        size_t child = 2 * i + 1;

        if (child >= h->count) {
            break;
        }
        if (child + 1 < h->count && h->before(h->nodes[child + 1], h->nodes[child])) {
            child++;
        }
        if (!h->before(h->nodes[child], n)) {
            break;
        }
        set(h, i, h->nodes[child]);
        i = child;
    }
    set(h, i, n);
}

int heap_put(struct heap *h, struct heap_node *n)
{
    size_t i;

    if (n->place == 0) {
        if (h->count == h->max) {
            return ERR_FULL;
        }
        if (h->count == h->cap) {
            size_t cap = h->cap ? h->cap * 2 : 16;
            struct heap_node **grown = realloc(h->nodes, cap * sizeof(struct heap_node *));

            if (!grown) {
                return ERR_NO_MEMORY;
            }
            h->nodes = grown;
            h->cap = cap;
        }
        set(h, h->count++, n);
    }
    i = n->place - 1;
    sift_up(h, i);
    sift_down(h, n->place - 1);
    return 0;
}

void heap_remove(struct heap *h, struct heap_node *n)
{
    size_t i;

    if (n->place == 0) {
        return;
    }
    i = n->place - 1;
    n->place = 0;
    h->count--;
    if (i < h->count) {
        set(h, i, h->nodes[h->count]);
        sift_up(h, i);
        sift_down(h, h->nodes[i]->place - 1);
    }
}
