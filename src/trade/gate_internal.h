// SPDX-License-Identifier: Apache-2.0
// The gate's table of checks and what each of them is handed.
#ifndef TRADE_GATE_INTERNAL_H
#define TRADE_GATE_INTERNAL_H

#include "trade/gate.h"

// Everything a check may look at, prepared once by gate_judge.
struct gate__case {
    const struct raw_signal *signal;
    const struct gate_limits *limits;
    const struct gate_market *market;
    const struct gate_money *money;
    time_ms now;
    bool is_exit;
    bool is_buy;
    char pair[PAIR_TEXT_MAX];
    bool has_book;         // a book came and is sane
    struct decimal best;   // best price of the side the order takes; 0 = unknown
    int sizing_error;      // why sized is false, when arithmetic broke
    bool sized;            // the order below is known (its quantity may be 0)
    struct decimal wanted; // before the lot grid
    struct decimal qty;
    struct decimal notional;
    bool walked; // walk is filled
    struct book_walk walk;
};

// Where a check leaves its result.
struct gate__row {
    struct gate_check *check;
    char *reason; // written on failure
    size_t reason_cap;
};

struct gate_check_def {
    const char *name;
    const char *text;
    bool for_exits; // false: an exit leaves the measured value, passes, and says so
    // Fills measured, limit, pass and, on failure, reason. Starts from measured "none", not passed.
    // Non-zero only for broken arithmetic.
    int (*fn)(const struct gate__case *c, struct gate__row *row);
};

extern const struct gate_check_def gate__checks[]; // ends with a NULL name

// Tells why there is no order to measure; leaves "none" and the limit given.
void gate__not_sized(const struct gate__case *c, struct gate__row *row);

// Checks of the order itself and of the money (gate_money.c); the others are beside the table.
int gate__depth(const struct gate__case *c, struct gate__row *row);
int gate__slippage(const struct gate__case *c, struct gate__row *row);
int gate__filters(const struct gate__case *c, struct gate__row *row);
int gate__balance(const struct gate__case *c, struct gate__row *row);
int gate__exposure_pair(const struct gate__case *c, struct gate__row *row);
int gate__exposure_portfolio(const struct gate__case *c, struct gate__row *row);

// Row helpers. Texts that are too long are cut: they inform, they decide nothing.
void gate__measured(struct gate__row *row, const char *fmt, ...) PRINTF_LIKE(2, 3);
void gate__limit(struct gate__row *row, const char *fmt, ...) PRINTF_LIKE(2, 3);
void gate__fail(struct gate__row *row, const char *fmt, ...) PRINTF_LIKE(2, 3);
// A figure of at most 4 digits after the point as short text.
struct gate__text {
    char s[DECIMAL_TEXT_MAX];
};
struct gate__text gate__show(struct decimal d);
struct gate__text gate__show_number(double v);
// Leaves measured (4 digits, rounded up) and "<= limit"; *pass tells. The limit is in figures too.
int gate__at_most(struct gate__row *row, struct decimal measured, double limit,
                  struct decimal *shown);
// part / whole * factor, 4 digits, rounded up. whole > 0.
int gate__ratio(struct decimal part, struct decimal whole, int64_t factor, struct decimal *out);

#endif
