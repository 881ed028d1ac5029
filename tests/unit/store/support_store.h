// SPDX-License-Identifier: Apache-2.0
// Stores in a temporary directory of their own, and rows to put into them.
#ifndef TESTS_SUPPORT_STORE_H
#define TESTS_SUPPORT_STORE_H

#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
// cmocka wants the four above first.
#include <cmocka.h>

#define T0 INT64_C(1609459200000) // 2021-01-01T00:00:00Z

struct place {
    char dir[128];
    struct store *s; // opened for writing
};

// cmocka set-up and tear-down: *state is a struct place with an open store in a new directory.
int place_setup(void **state);
int place_teardown(void **state);
void place_reopen(struct place *p); // closes and opens again
struct store *place_open(const char *dir, bool writable);
int place_try(const char *dir, bool writable, struct store **out, struct diag *d);
void place_remove(const char *dir); // with everything in it

// Commits one burst of one call.
#define BURST(p, call)                                                                             \
    do {                                                                                           \
        assert_int_equal(store_begin((p)->s), 0);                                                  \
        assert_int_equal((call), 0);                                                               \
        assert_int_equal(store_commit((p)->s), 0);                                                 \
    } while (0)

struct decimal dec(const char *text);
struct pair pair_of(const char *text);
struct portfolio_settings settings_of(const char *name);
// Make rows inside the burst under way.
int64_t make_portfolio(struct store *s, const char *name);
int64_t make_stream(struct store *s, const char *pair, enum timeframe tf);
int64_t make_strategy(struct store *s, const char *name);
struct candle candle_at(enum timeframe tf, int64_t index, double price);
enum store_put put_candle(struct store *s, int64_t stream, enum timeframe tf, int64_t index,
                          double price);
// A signal on the stream's candle number index.
struct raw_signal signal_at(int64_t portfolio, int64_t stream, int64_t strategy, int64_t index,
                            enum signal_action action);
// Portfolio, stream, strategy, signal, approved queue entry and a market buy order of qty.
struct trade_ids {
    int64_t portfolio, stream, strategy, signal, queue, order;
};
struct trade_ids make_order(struct store *s, const char *portfolio, const char *client_id,
                            const char *qty);

#endif
