// SPDX-License-Identifier: Apache-2.0
// The architect: the only writer of the store. Batches what arrives in one transaction a burst and
// tells the others only what is committed.
#ifndef AGENTS_ARCHITECT_ARCHITECT_H
#define AGENTS_ARCHITECT_ARCHITECT_H

int architect_main(void);

#endif
