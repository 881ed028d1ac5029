// SPDX-License-Identifier: Apache-2.0
// A broker under test: bars by hand, orders by hand, what it filled, opened and refused.
#ifndef TESTS_SUPPORT_BROKER_H
#define TESTS_SUPPORT_BROKER_H

#include "backtest/broker.h"

#define DESK_FILLS_MAX 64

struct desk {
    struct broker_settings settings;
    struct broker *broker;
    struct script_broker calls;
    struct script_account account;
    int64_t bar; // index of the next bar
    struct broker_decision last;
    struct broker_fill fills[DESK_FILLS_MAX];
    size_t fill_count;
};

// Settings: capital 10000, one unit an entry, no costs, tick 0.01, no margin, trades kept.
void desk_settings(struct desk *d);
void desk_open(struct desk *d); // makes the broker of d->settings
void desk_close(struct desk *d);
void desk_bar(struct desk *d, double open, double high, double low, double close);
struct script_order desk_order(enum script_order_kind kind, bool is_long, const char *id);
enum broker_answer desk_send(struct desk *d, struct script_order order);
enum broker_answer desk_entry(struct desk *d, bool is_long, const char *id);
enum broker_answer desk_close_id(struct desk *d, const char *id);
// An exit of from_entry with limit and stop (NaN = none).
enum broker_answer desk_exit(struct desk *d, const char *id, const char *from_entry, double limit,
                             double stop);
struct broker_state desk_state(const struct desk *d);
const struct broker_trade *desk_trade(const struct desk *d, int64_t index); // closed; not NULL
void assert_near(double got, double wanted);

#endif
