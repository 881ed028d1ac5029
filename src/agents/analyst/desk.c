// SPDX-License-Identifier: Apache-2.0
// Which orders of a strategy are news. A script says "entry" on every bar on which its condition
// holds; only the first one changes anything. As in Pine: an entry in the held direction counts up
// to pyramiding + 1 times, an entry against it reverses, a close with nothing open does nothing.
#include "agents/analyst/analyst_internal.h"

static int desk_entry(struct desk *d, bool is_long, int pyramiding,
                      enum signal_action out[static 2])
{
    double direction = is_long ? 1 : -1;
    int count = 0;

    if (d->size * direction < 0) {
        out[count++] = SIGNAL_EXIT;
        *d = (struct desk){0};
    }
    if (d->entries > pyramiding) {
        return count;
    }
    d->entries++;
    d->size += direction;
    out[count++] = is_long ? SIGNAL_ENTER_LONG : SIGNAL_ENTER_SHORT;
    return count;
}

int analyst__desk_order(struct desk *d, const struct script_order *o, int pyramiding,
                        enum signal_action out[static 2])
{
    switch (o->kind) {
    case SCRIPT_ORDER_ENTRY:
    case SCRIPT_ORDER_RAW:
        return desk_entry(d, o->is_long, pyramiding, out);
    case SCRIPT_ORDER_CLOSE:
    case SCRIPT_ORDER_CLOSE_ALL:
        if (d->entries == 0) {
            return 0;
        }
        *d = (struct desk){0};
        out[0] = SIGNAL_EXIT;
        return 1;
    default: // protective exits and cancels act on orders that rest at the broker
        return 0;
    }
}
