// SPDX-License-Identifier: Apache-2.0
// A signal, market and portfolio that the gate approves; tests bend one thing at a time.
#ifndef TESTS_SUPPORT_GATE_H
#define TESTS_SUPPORT_GATE_H

#include "trade/gate.h"

struct gate_setup {
    struct raw_signal signal;
    struct gate_limits limits;
    struct gate_market market;
    struct gate_money money;
    time_ms now;
    struct gate_verdict verdict;
};

#define GATE_CANDLE_OPEN  INT64_C(1609459200000) // 2021-01-01T00:00Z, of a 4h candle
#define GATE_CANDLE_CLOSE (GATE_CANDLE_OPEN + 4 * MS_HOUR)

void gate_setup_entry(struct gate_setup *g);
void gate_setup_exit(struct gate_setup *g); // 10 of the base held
// Judges, asserts that all checks are there in the documented order, and that the verdict is their
// conjunction with a reason exactly when rejected.
void gate_setup_judge(struct gate_setup *g);
const struct gate_check *gate_setup_check(const struct gate_setup *g, const char *name);

#endif
