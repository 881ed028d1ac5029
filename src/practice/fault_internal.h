// SPDX-License-Identifier: Apache-2.0
// Shared between the fault set and the parser of its scripts.
#ifndef PRACTICE_FAULT_INTERNAL_H
#define PRACTICE_FAULT_INTERNAL_H

#include "practice/fault.h"

enum fault_argument {
    FAULT_ARGUMENT_NONE,
    FAULT_ARGUMENT_NUMBER,
    FAULT_ARGUMENT_DURATION,
    FAULT_ARGUMENT_SIGNED,
    FAULT_ARGUMENT_WORD
};
enum fault_argument fault__argument_of(enum fault_kind kind);
void fault__note_levels(struct fault_set *s); // after a change of the rules

#endif
