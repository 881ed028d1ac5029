// SPDX-License-Identifier: Apache-2.0
// All kernels in one table, sorted by name, and the search in it.
#include "script/kernels/list.h"
#include "script/kernels/talib_list.h"

#include <string.h>

const struct kernel *const kernel_registry[] = {
#define X(id) &kernel__##id,
    KERNEL__LIST(X)
#undef X
#define X(name, kind, in_names, out_names, param_names, ins, outs, params) &kernel__talib_##name,
        KERNEL__TALIB_LIST(X)
#undef X
            NULL,
};

const struct kernel *kernel_find(const char *name)
{
    size_t from = 0, to = sizeof kernel_registry / sizeof *kernel_registry - 1;
    while (from < to) {
        size_t middle = (from + to) / 2;
        int order = strcmp(kernel_registry[middle]->name, name);
        if (order == 0)
            return kernel_registry[middle];
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}
