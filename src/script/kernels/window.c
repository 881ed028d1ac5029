// SPDX-License-Identifier: Apache-2.0
// Size and first state of the moving window.
#include "script/kernels/window.h"

#include <string.h>

int64_t window__period(int64_t length)
{
    return length * 4 > 1024 ? length * 4 : 1024;
}

size_t window__bytes(double length)
{
    return sizeof(struct window) + (size_t)length * sizeof(double);
}

void window__init(struct window *w, double length)
{
    memset(w, 0, window__bytes(length));
    w->length = (int64_t)length;
    w->until_rebuild = window__period(w->length);
}
