// SPDX-License-Identifier: Apache-2.0
// A store with a market list in a temporary directory, and requests made to it.
#include "support_control.h"

#include "unit/remove_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const CROSS = "//@version=5\n"
                          "strategy(\"cross\")\n"
                          "fast = input.int(3, \"Fast\", minval=1)\n"
                          "slow = input.int(8, \"Slow\", minval=1)\n"
                          "if ta.crossover(ta.sma(close, fast), ta.sma(close, slow))\n"
                          "    strategy.entry(\"L\", strategy.long)\n";

static struct decimal dec(const char *text)
{
    struct decimal d;

    assert_int_equal(decimal_parse(str_from(text), &d), 0);
    return d;
}

void place_market(struct place *p, const char *pair, enum market_status status)
{
    struct market m = {.status = status,
                       .base_precision = 8,
                       .quote_precision = 8,
                       .spot_allowed = true,
                       .market_orders = true,
                       .filters = {.tick_size = dec("0.00001"), .lot_step = dec("0.1")}};

    assert_int_equal(pair_parse(str_from(pair), &m.pair), 0);
    assert_int_equal(str_printf(m.symbol, sizeof m.symbol, "%s%s", m.pair.base, m.pair.quote), 0);
    assert_int_equal(store_begin(p->s), 0);
    assert_int_equal(store_market_put(p->s, "binance", &m, T0), 0);
    assert_int_equal(store_commit(p->s), 0);
}

int place_setup(void **state)
{
    static const char *const trading[] = {"VET/USDT", "BTC/USDT", "ETH/USDT", "ETH/BTC",
                                          "PEPE/FDUSD"};
    struct place *p = calloc(1, sizeof *p);
    struct store_options o = {.backend = "sqlite", .writable = true};

    if (!p || str_copy(p->dir, sizeof p->dir, STR("/tmp/oracle-control-XXXXXX")) != 0 ||
        !mkdtemp(p->dir)) {
        return -1;
    }
    o.location = p->dir;
    p->config = config_create();
    if (!p->config || store_open(&o, &p->s, NULL) != 0) {
        return -1;
    }
    for (size_t i = 0; i < sizeof trading / sizeof trading[0]; i++) {
        place_market(p, trading[i], MARKET_TRADING);
    }
    place_market(p, "LUNA/USDT", MARKET_HALTED);
    control_reply_init(&p->reply);
    *state = p;
    return 0;
}

int place_teardown(void **state)
{
    struct place *p = *state;

    control_reply_finish(&p->reply);
    store_close(p->s);
    config_destroy(p->config);
    remove_tree(p->dir);
    free(p);
    return 0;
}

void place_set(struct place *p, const char *assignment)
{
    assert_int_equal(config_set(p->config, assignment, NULL), 0);
}

int ask(struct place *p, const char *op, ...)
{
    struct control_env env = {.store = p->s, .config = p->config, .now = T0};
    struct buf args;
    const char *key;
    va_list list;

    buf_init(&args, 1u << 20);
    va_start(list, op);
    while ((key = va_arg(list, const char *)) != NULL) {
        assert_int_equal(control_arg_add(&args, key, str_from(va_arg(list, const char *))), 0);
    }
    va_end(list);
    control_reply_finish(&p->reply);
    control_reply_init(&p->reply);
    assert_int_equal(store_begin(p->s), 0);
    assert_int_equal(control_execute(&env, str_from(op), buf_str(&args), &p->reply), 0);
    if (p->reply.exit_code == 0) {
        assert_int_equal(store_commit(p->s), 0);
    } else {
        store_rollback(p->s);
    }
    buf_finish(&args);
    assert_int_equal(str_copy(p->text, sizeof p->text, buf_str(&p->reply.text)), 0);
    assert_int_equal(str_copy(p->json, sizeof p->json, buf_str(&p->reply.json)), 0);
    return p->reply.exit_code;
}

void said(const struct place *p, const char *part)
{
    if (!strstr(p->text, part)) {
        fail_msg("'%s' does not say '%s'", p->text, part);
    }
}

static int count_entry(void *arg, const struct store_entry *e)
{
    size_t *n = arg;

    (void)e;
    (*n)++;
    return 0;
}

size_t entries(struct place *p)
{
    size_t n = 0;

    assert_int_equal(store_entry_each(p->s, 0, count_entry, &n), 0);
    return n;
}

struct store_stream stream_of(struct place *p, const char *pair, enum timeframe tf)
{
    struct store_stream st;
    struct pair of;

    assert_int_equal(pair_parse(str_from(pair), &of), 0);
    assert_int_equal(store_stream_find(p->s, "binance", &of, tf, &st), 0);
    return st;
}
