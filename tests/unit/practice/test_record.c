// SPDX-License-Identifier: Apache-2.0
// What is recorded from a practice exchange replays as the same candles.
#include "practice/record.h"
#include "practice/recorded.h"
#include "unit/practice/support_http.h"
#include "unit/remove_tree.h"

#include "practice/generated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define T0 INT64_C(1709546430000) // 2024-03-04T10:00:30Z

static char folder[] = "/tmp/oracle-record-XXXXXX";
static char base_url[64];
static struct support_exchange exchange;

static int start(void **state)
{
    (void)state;
    support_start(&exchange, support_options(T0));
    snprintf(base_url, sizeof(base_url), "http://127.0.0.1:%u", (unsigned)exchange.port);
    return mkdtemp(folder) ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    support_stop(&exchange);
    return remove_tree(folder);
}

static struct record_options options(time_ms from)
{
    return (struct record_options){.base_url = base_url,
                                   .dir = folder,
                                   .exchange = "binance",
                                   .pair = {"VET", "USDT"},
                                   .timeframe = TF_M1,
                                   .from = from,
                                   .to = T0 + MS_DAY};
}

static void compare(struct practice_feed *a, struct practice_feed *b, size_t market_b, time_ms from,
                    size_t count)
{
    struct practice_rows x = {0}, y = {0};
    const struct feed_query q = {TF_M1, 0, from, from + MS_DAY, count, false, T0 + 7 * MS_DAY};
    assert_int_equal(a->ops->rows(a, 0, &q, &x), 0);
    assert_int_equal(b->ops->rows(b, market_b, &q, &y), 0);
    assert_int_equal(x.count, count);
    for (size_t i = 0; i < count; i++) {
        const struct practice_row *p = &x.items[i], *r = &y.items[i];
        const struct decimal open = {p->open, p->price_scale}, same = {r->open, r->price_scale};
        assert_true(p->open_time == r->open_time && decimal_cmp(open, same) == 0);
        assert_true(decimal_cmp(p->volume, r->volume) == 0);
        assert_true(decimal_cmp(p->quote_volume, r->quote_volume) == 0);
        assert_true(p->trades == r->trades);
    }
    practice_rows_finish(&x);
    practice_rows_finish(&y);
}

static void test_round_trip(void **state)
{
    const time_ms minute = T0 - T0 % MS_MINUTE, from = minute - 2500 * MS_MINUTE;
    struct record_options o = options(from);
    struct practice_feed *recorded = NULL, *generated = NULL;
    struct diag d = {0};
    size_t rows = 0;
    (void)state;
    int err = practice_record(&o, &rows, &d);
    if (err != 0)
        print_error("%s\n", d.text);
    assert_int_equal(err, 0);
    assert_int_equal(rows, 2500); // three pages; the running candle is not there
    assert_int_equal(recorded_create(folder, 1, &recorded, &d), 0);
    assert_int_equal(generated_create(1, 60, &generated, &d), 0);
    assert_true(recorded->markets[0].ended_at == minute);
    compare(recorded, generated, 2, from, 1000);
    recorded->ops->destroy(recorded);
    generated->ops->destroy(generated);
    assert_int_equal(practice_record(&o, &rows, &d), ERR_EXISTS);
}

static void test_refusals_leave_no_file(void **state)
{
    struct record_options o = options(T0 - MS_DAY);
    struct diag d = {0};
    struct stat st;
    char path[256];
    size_t rows = 0;
    (void)state;
    o.pair = (struct pair){"NO", "SUCH"};
    assert_int_equal(practice_record(&o, &rows, &d), ERR_REFUSED);
    assert_non_null(strstr(d.text, "-1121"));
    o.pair = (struct pair){"ETH", "USDT"};
    o.from = T0 + MS_HOUR;
    assert_int_equal(practice_record(&o, &rows, &d), ERR_NOT_FOUND);
    o.from = T0 - MS_HOUR;
    o.base_url = "http://127.0.0.1:1";
    assert_int_equal(practice_record(&o, &rows, &d), ERR_UNREACHABLE);
    snprintf(path, sizeof(path), "%s/binance/ETH-USDT/1m.csv.gz", folder);
    assert_int_equal(stat(path, &st), -1);
    snprintf(path, sizeof(path), "%s/binance/ETH-USDT/1m.csv.gz.draft", folder);
    assert_int_equal(stat(path, &st), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_refusals_leave_no_file),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
