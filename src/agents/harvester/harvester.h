// SPDX-License-Identifier: Apache-2.0
// The harvester: fetches what the commander orders, validates it, hands candles to the architect.
#ifndef AGENTS_HARVESTER_HARVESTER_H
#define AGENTS_HARVESTER_HARVESTER_H

int harvester_main(void);

#endif
