// SPDX-License-Identifier: Apache-2.0
// Which orders of a strategy become raw signals: tables of orders in a row, and a property test
// against positions counted independently.
#include "agents/analyst/analyst_internal.h"
#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

// One letter an order: L/S entry long/short, l/s raw order long/short, c close, C close all, x exit
// (protective), k cancel, K cancel all. Signals: L, S enter; X exit.
static struct script_order order_of(char c)
{
    struct script_order o = {.id = "id"};

    switch (c) {
    case 'L':
    case 'S':
        o.kind = SCRIPT_ORDER_ENTRY;
        break;
    case 'l':
    case 's':
        o.kind = SCRIPT_ORDER_RAW;
        break;
    case 'c':
        o.kind = SCRIPT_ORDER_CLOSE;
        break;
    case 'C':
        o.kind = SCRIPT_ORDER_CLOSE_ALL;
        break;
    case 'x':
        o.kind = SCRIPT_ORDER_EXIT;
        break;
    case 'k':
        o.kind = SCRIPT_ORDER_CANCEL;
        break;
    default:
        o.kind = SCRIPT_ORDER_CANCEL_ALL;
        break;
    }
    o.is_long = c == 'L' || c == 'l';
    return o;
}

static char letter_of(enum signal_action action)
{
    switch (action) {
    case SIGNAL_ENTER_LONG:
        return 'L';
    case SIGNAL_ENTER_SHORT:
        return 'S';
    default:
        return 'X';
    }
}

static void orders_in_a_row(void **state)
{
    static const struct {
        const char *orders;
        int pyramiding;
        const char *signals;
        double size;
        int entries;
    } cases[] = {
        {"", 0, "", 0, 0},         {"L", 0, "L", 1, 1},       {"S", 0, "S", -1, 1},
        {"LLL", 0, "L", 1, 1}, // said on every bar, traded once
        {"LLLLL", 2, "LLL", 3, 3}, {"SSSS", 1, "SS", -2, 2},  {"c", 0, "", 0, 0}, // nothing is open
        {"C", 0, "", 0, 0},        {"Lc", 0, "LX", 0, 0},     {"LcL", 0, "LXL", 1, 1},
        {"Lcc", 0, "LX", 0, 0},    {"LLLC", 5, "LLLX", 0, 0}, // one exit for all entries
        {"LS", 0, "LXS", -1, 1},                              // against what is held: reverse
        {"SL", 0, "SXL", 1, 1},    {"LLS", 3, "LLXS", -1, 1}, {"LSLS", 0, "LXSXLXS", -1, 1},
        {"lls", 1, "LLXS", -1, 1}, // raw orders as entries
        {"LxkK", 0, "L", 1, 1},    // act at the broker only
        {"xkK", 0, "", 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct desk d = {0};
        char got[64];
        size_t n = 0;

        for (const char *c = cases[i].orders; *c; c++) {
            struct script_order o = order_of(*c);
            enum signal_action out[2];
            int count = analyst__desk_order(&d, &o, cases[i].pyramiding, out);

            assert_in_range(count, 0, 2);
            for (int k = 0; k < count; k++) {
                got[n++] = letter_of(out[k]);
            }
        }
        got[n] = '\0';
        assert_string_equal(got, cases[i].signals);
        assert_true(d.size == cases[i].size);
        assert_int_equal(d.entries, cases[i].entries);
    }
}

// Whoever carries the signals out in order must come to the size that the strategy believes in,
// never hold both directions, never more entries than allowed, and never close nothing.
static void signals_lead_to_what_the_strategy_holds(void **state)
{
    static const char letters[] = "LSlscCxkK";
    struct random r;

    (void)state;
    random_init(&r, 20240229);
    for (int round = 0; round < 2000; round++) {
        struct desk d = {0};
        int pyramiding = (int)random_below(&r, 5);
        int held = 0; // by whoever trades the signals

        for (int step = 0; step < 40; step++) {
            struct script_order o = order_of(letters[random_below(&r, sizeof letters - 1)]);
            enum signal_action out[2];
            int count = analyst__desk_order(&d, &o, pyramiding, out);

            for (int k = 0; k < count; k++) {
                switch (out[k]) {
                case SIGNAL_ENTER_LONG:
                    assert_true(held >= 0);
                    held++;
                    break;
                case SIGNAL_ENTER_SHORT:
                    assert_true(held <= 0);
                    held--;
                    break;
                default:
                    assert_int_not_equal(held, 0);
                    held = 0;
                    break;
                }
            }
            assert_true(d.size == held);
            assert_int_equal(d.entries, abs(held));
            assert_in_range(abs(held), 0, pyramiding + 1);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_in_a_row),
        cmocka_unit_test(signals_lead_to_what_the_strategy_holds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
