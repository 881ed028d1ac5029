// SPDX-License-Identifier: Apache-2.0
// Frames: what goes in comes out for every message, and nothing that is cut, longer, or altered in
// its head decodes.
#include "base/random.h"
#include "ipc/codec.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct buf frame;

static int setup(void **state)
{
    (void)state;
    buf_init(&frame, 1 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_finish(&frame);
    return 0;
}

static void a_message_of_every_kind_comes_back(void **state)
{
    union ipc_any out;
    struct buf checks;
    struct ipc_check check = {STR("spread_bps"), STR("83.1"), STR("<= 50"), false};
    struct ipc_verdict in = {.signal = INT64_MIN,
                             .portfolio = UINT32_MAX,
                             .pair = {"VET", "USDT"},
                             .approved = 1,
                             .reason = STR("spread 83.1 bps is over the limit of 50 bps"),
                             .qty = {-12345678901234567, 18},
                             .notional = {INT64_MAX, 0},
                             .at = -1};

    (void)state;
    buf_init(&checks, 1024);
    assert_int_equal(ipc_checks_add(&checks, &check), 0);
    assert_int_equal(ipc_checks_add(&checks, &check), 0);
    in.checks.bytes = buf_str(&checks);
    assert_int_equal(ipc_encode(&frame, IPC_VERDICT, &in), 0);
    assert_int_equal(ipc_decode(buf_str(&frame), &out), 0);
    assert_int_equal(out.verdict.signal, INT64_MIN);
    assert_int_equal(out.verdict.portfolio, UINT32_MAX);
    assert_true(pair_equal(&out.verdict.pair, &in.pair));
    assert_true(str_eq(out.verdict.reason, in.reason));
    assert_int_equal(out.verdict.qty.units, in.qty.units);
    assert_int_equal(out.verdict.qty.scale, 18);
    assert_int_equal(out.verdict.notional.units, INT64_MAX);
    assert_int_equal(out.verdict.at, -1);
    memset(&check, 0, sizeof check);
    assert_true(ipc_checks_next(&out.verdict.checks, &check));
    assert_true(str_eq(check.measured, STR("83.1")));
    assert_false(check.pass);
    assert_true(ipc_checks_next(&out.verdict.checks, &check));
    assert_false(ipc_checks_next(&out.verdict.checks, &check));
    buf_finish(&checks);
}

static void candles_come_back_bit_for_bit(void **state)
{
    struct candle in = {1532491200000, 0.0225, 0.02489, 0.0203, 0.02145, 203244956.5, NAN, -1},
                  back;
    struct ipc_candles msg = {.stream = 7, .timeframe = TF_H4};
    union ipc_any out;
    struct buf rows;

    (void)state;
    buf_init(&rows, 4096);
    for (int i = 0; i < 3; i++) {
        in.open_time += i;
        assert_int_equal(ipc_candles_add(&rows, &in), 0);
    }
    msg.rows.bytes = buf_str(&rows);
    assert_int_equal(ipc_encode(&frame, IPC_CANDLES, &msg), 0);
    assert_int_equal(ipc_decode(buf_str(&frame), &out), 0);
    assert_int_equal(ipc_candles_count(out.candles.rows), 3);
    ipc_candles_get(out.candles.rows, 2, &back);
    assert_memory_equal(&back, &in, sizeof in);
    buf_finish(&rows);
}

// For every type: a zeroed message encodes, decodes to itself, and no cut or longer frame does.
static void every_type_is_held_to_its_last_byte(void **state)
{
    (void)state;
    for (int type = 0; type < IPC_TYPE_COUNT; type++) {
        union ipc_any in, out;
        enum ipc_type seen;
        size_t len;

        memset(&in, 0, sizeof in);
        buf_clear(&frame);
        assert_int_equal(ipc_encode(&frame, (enum ipc_type)type, &in), 0);
        assert_int_equal(ipc_frame_peek(buf_str(&frame), &seen, &len), 0);
        assert_int_equal(seen, type);
        assert_int_equal(len, frame.len);
        assert_int_equal(ipc_decode(buf_str(&frame), &out), 0);
        for (size_t cut = 0; cut < frame.len; cut++) {
            assert_int_equal(ipc_decode(str_sub(buf_str(&frame), 0, cut), &out), ERR_PROTOCOL);
        }
        assert_int_equal(buf_add_char(&frame, 'x'), 0);
        assert_int_equal(ipc_decode(buf_str(&frame), &out), ERR_PROTOCOL);
        frame.data[0] = (char)(frame.data[0] + 1); // one byte more than the fields take
        assert_int_equal(ipc_decode(buf_str(&frame), &out), ERR_PROTOCOL);
    }
}

static void a_wrong_head_is_refused(void **state)
{
    static const unsigned char unknown_type[] = {4, 0, 0, 0, 0xff, 0xff, 1, 0};
    static const unsigned char wrong_version[] = {5, 0, 0, 0, IPC_STOP, 0, 2, 0, 0};
    static const unsigned char too_long[] = {0xff, 0xff, 0xff, 0x7f, IPC_STOP, 0, 1, 0};
    static const unsigned char too_short[] = {3, 0, 0, 0, IPC_STOP, 0, 1, 0};
    enum ipc_type type;
    size_t len;

    (void)state;
#define REFUSED(bytes)                                                                             \
    assert_int_equal(                                                                              \
        ipc_frame_peek((struct str){(const char *)(bytes), sizeof(bytes)}, &type, &len),           \
        ERR_PROTOCOL)
    REFUSED(unknown_type);
    REFUSED(wrong_version);
    REFUSED(too_long);
    REFUSED(too_short);
    assert_int_equal(ipc_frame_peek((struct str){(const char *)wrong_version, 7}, &type, &len),
                     ERR_AGAIN);
}

static void a_frame_over_its_maximum_is_not_made(void **state)
{
    char *text = calloc(1, 70000);
    struct ipc_event event = {.agent = STR("x"), .level = STR("x")};

    (void)state;
    assert_non_null(text);
    event.text = (struct str){text, 70000};
    assert_int_equal(ipc_encode(&frame, IPC_EVENT, &event), ERR_FULL);
    assert_int_equal(frame.len, 0);
    free(text);
}

static void only_listed_pairs_may_send(void **state)
{
    (void)state;
    assert_true(ipc_may_send(IPC_CANDLES, ROLE_HARVESTER, ROLE_ARCHITECT));
    assert_false(ipc_may_send(IPC_CANDLES, ROLE_ANALYST, ROLE_ARCHITECT));
    assert_false(ipc_may_send(IPC_VERDICT, ROLE_HARVESTER, ROLE_ARCHITECT));
    assert_false(ipc_may_send(IPC_STOP, ROLE_GATEKEEPER, ROLE_COMMANDER));
    assert_true(ipc_may_send(IPC_CONTROL, ROLE_CONTROL, ROLE_COMMANDER));
    assert_false(ipc_may_send(IPC_CONTROL, ROLE_CONTROL, ROLE_ARCHITECT + 100));
    for (int type = 0; type < IPC_TYPE_COUNT; type++) { // a command line may ask, nothing else
        assert_int_equal(ipc_may_send((enum ipc_type)type, ROLE_CONTROL, ROLE_COMMANDER),
                         type == IPC_CONTROL);
    }
}

// Random damage either is refused or gives a message that encodes to the same bytes again.
static void damage_never_passes_unseen(void **state)
{
    struct random r;
    struct ipc_poll poll = {.stream = 3,
                            .pair = {"BTC", "USDT"},
                            .timeframe = TF_M1,
                            .from = 1,
                            .to = 2,
                            .deadline = 3};
    struct buf again;

    (void)state;
    random_init(&r, 7);
    buf_init(&again, 4096);
    for (int round = 0; round < 20000; round++) {
        union ipc_any out;
        enum ipc_type type;
        size_t len;

        buf_clear(&frame);
        assert_int_equal(ipc_encode(&frame, IPC_POLL, &poll), 0);
        for (uint64_t n = 1 + random_below(&r, 3); n > 0; n--) {
            frame.data[random_below(&r, frame.len)] = (char)random_below(&r, 256);
        }
        if (ipc_decode(buf_str(&frame), &out) != 0) {
            continue;
        }
        assert_int_equal(ipc_frame_peek(buf_str(&frame), &type, &len), 0);
        buf_clear(&again);
        assert_int_equal(ipc_encode(&again, type, &out), 0);
        assert_int_equal(again.len, frame.len);
        assert_memory_equal(again.data, frame.data, again.len);
    }
    buf_finish(&again);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_message_of_every_kind_comes_back),   TEST(candles_come_back_bit_for_bit),
        TEST(every_type_is_held_to_its_last_byte),  TEST(a_wrong_head_is_refused),
        TEST(a_frame_over_its_maximum_is_not_made), TEST(only_listed_pairs_may_send),
        TEST(damage_never_passes_unseen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
