// SPDX-License-Identifier: Apache-2.0
// Names of signal actions, as stored and shown.
#include "trade/signal.h"

static const char *const names[SIGNAL_ACTION_COUNT] = {
    [SIGNAL_ENTER_LONG] = "enter_long",
    [SIGNAL_ENTER_SHORT] = "enter_short",
    [SIGNAL_EXIT] = "exit",
};

const char *signal_action_name(enum signal_action a)
{
    return (unsigned)a < SIGNAL_ACTION_COUNT ? names[a] : "unknown";
}

int signal_action_parse(struct str text, enum signal_action *out)
{
    for (unsigned a = 0; a < SIGNAL_ACTION_COUNT; a++) {
        if (str_eq(text, str_from(names[a]))) {
            *out = (enum signal_action)a;
            return 0;
        }
    }
    return ERR_NOT_FOUND;
}
