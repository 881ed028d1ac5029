// SPDX-License-Identifier: Apache-2.0
// Names and states of streams and polls.
#include "market/watch.h"

static const char *const state_names[STREAM_STATE_COUNT] = {
    [STREAM_NEW] = "new",       [STREAM_HEALING] = "healing", [STREAM_LIVE] = "live",
    [STREAM_PAUSED] = "paused", [STREAM_HALTED] = "halted",   [STREAM_FAILED] = "failed",
};

static const char *const status_names[POLL_STATUS_COUNT] = {
    [POLL_DUE] = "DUE", [POLL_PENDING_RETRY] = "PENDING_RETRY", [POLL_SAVED] = "SAVED",
    [POLL_GAP] = "GAP", [POLL_EXCHANGE_GAP] = "EXCHANGE_GAP",
};

static bool is_name_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

int name_check(struct str name, const char *what, struct diag *d)
{
    if (name.len == 0)
        return diag_set(d, ERR_INVALID, "the %s name is empty; give it 1 to %d characters", what,
                        NAME_MAX_BYTES - 1);
    if (name.len >= NAME_MAX_BYTES)
        return diag_set(d, ERR_INVALID,
                        "the %s name \"" STR_FMT "...\" is longer than %d characters", what,
                        STR_ARG(str_sub(name, 0, 20)), NAME_MAX_BYTES - 1);
    bool bad_start = name.data[0] == '-' || name.data[0] == '.';
    bool bad_char = false;
    for (size_t i = 0; i < name.len; i++)
        bad_char |= !is_name_char(name.data[i]);
    if (bad_char)
        return diag_set(d, ERR_INVALID,
                        "the %s name \"" STR_FMT
                        "\" may hold only letters A-Z a-z, digits, '.', '_' and '-'",
                        what, STR_ARG(name));
    if (bad_start)
        return diag_set(d, ERR_INVALID,
                        "the %s name \"" STR_FMT
                        "\" must not begin with '%c'; begin with a letter, "
                        "a digit or '_'",
                        what, STR_ARG(name), name.data[0]);
    return 0;
}

static int find(const char *const *names, int count, struct str text, int *out)
{
    for (int i = 0; i < count; i++) {
        if (str_eq(text, str_from(names[i]))) {
            *out = i;
            return 0;
        }
    }
    return ERR_NOT_FOUND;
}

const char *stream_state_name(enum stream_state s)
{
    return state_names[s];
}

int stream_state_parse(struct str text, enum stream_state *out)
{
    int i = 0;
    int rc = find(state_names, STREAM_STATE_COUNT, text, &i);
    if (!rc)
        *out = (enum stream_state)i;
    return rc;
}

const char *poll_status_name(enum poll_status s)
{
    return status_names[s];
}

int poll_status_parse(struct str text, enum poll_status *out)
{
    int i = 0;
    int rc = find(status_names, POLL_STATUS_COUNT, text, &i);
    if (!rc)
        *out = (enum poll_status)i;
    return rc;
}
