// SPDX-License-Identifier: Apache-2.0
// A window that is always one piece of memory: values are appended to a buffer of twice the length
// and moved to its front when the end is reached, which costs O(1) a value on average.
#include "script/kernels/parts.h"

#include <string.h>

size_t kernel__history_bytes(double length)
{
    return sizeof(struct history) + 2 * (size_t)length * sizeof(double);
}

void kernel__history_init(struct history *h, double length)
{
    memset(h, 0, kernel__history_bytes(length));
    h->length = (int64_t)length;
}

const double *kernel__history_push(struct history *h, double x)
{
    if (h->end == 2 * h->length) {
        memcpy(h->values, h->values + h->length + 1, (size_t)(h->length - 1) * sizeof(double));
        h->end = h->length - 1;
    }
    h->values[h->end++] = x;
    h->taken++;
    return h->taken >= h->length ? h->values + h->end - h->length : NULL;
}
