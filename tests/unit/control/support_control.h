// SPDX-License-Identifier: Apache-2.0
// A store with a market list in a temporary directory, and requests made to it.
#ifndef TESTS_SUPPORT_CONTROL_H
#define TESTS_SUPPORT_CONTROL_H

#include "control/control.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first.
#include <cmocka.h>

#define T0 INT64_C(1609459200000) // 2021-01-01T00:00:00Z

struct place {
    char dir[128];
    struct store *s;
    struct config *config;
    struct control_reply reply; // of the last request
    char text[4096], json[8192];
};

// cmocka set-up and tear-down: *state is a struct place; binance lists VET, BTC, ETH against USDT,
// ETH/BTC, the halted LUNA/USDT, and PEPE/FDUSD.
int place_setup(void **state);
int place_teardown(void **state);
void place_set(struct place *p, const char *assignment); // a setting
void place_market(struct place *p, const char *pair, enum market_status status);

// Runs one request in a transaction of its own, committed when its exit code is 0, as callers do.
// The arguments are key, value, ... NULL. Gives the exit code; texts are in the place.
int ask(struct place *p, const char *op, ...);
// text holds what it should.
void said(const struct place *p, const char *part);
size_t entries(struct place *p);
struct store_stream stream_of(struct place *p, const char *pair, enum timeframe tf);

// A small strategy with the inputs fast and slow.
extern const char *const CROSS;

#endif
