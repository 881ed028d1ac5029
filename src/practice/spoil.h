// SPDX-License-Identifier: Apache-2.0
// Shared inside the folder: what faults do to a call, its rows and its answer.
#ifndef PRACTICE_SPOIL_H
#define PRACTICE_SPOIL_H

#include "practice/practice_internal.h"

// Counts the request and picks the answer-level fault, if any, before the endpoint works.
void spoil_call(struct call *c);
// Sends the answer in c (status, body in p->out), spoilt as the fault says; the call is over.
void spoil_deliver(struct call *c);

struct row_spoil {
    const struct fault_rule *rule; // NULL = none
    size_t victim;                 // row it is done to
};
// Picks the fault of one klines answer and changes its rows as far as rows can show it.
void spoil_rows(struct call *c, struct practice_rows *rows, struct row_spoil *out);

#endif
