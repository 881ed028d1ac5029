// SPDX-License-Identifier: Apache-2.0
// Ledger, gaps, signals, queue, orders, fills and events: nothing twice, nothing turned back.
#include "support_store.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// ---- ledger ---------------------------------------------------------------------------------

struct ledger_rows {
    struct store_ledger row[64];
    char cause[64][64];
    int n;
};

static int keep_ledger(void *arg, const struct store_ledger *row)
{
    struct ledger_rows *r = arg;
    assert_true(r->n < 64);
    snprintf(r->cause[r->n], sizeof(r->cause[0]), "%s", row->cause);
    r->row[r->n++] = *row;
    return 0;
}

static void put_ledger(struct store *s, int64_t stream, time_ms open, uint32_t attempts,
                       enum poll_status status, time_ms saved_at, bool late, const char *cause)
{
    struct store_ledger row = {.stream_id = stream,
                               .open_time = open,
                               .due_at = open + 5000,
                               .attempts = attempts,
                               .status = status,
                               .saved_at = saved_at,
                               .late = late,
                               .cause = cause};
    assert_int_equal(store_ledger_put(s, &row), 0);
}

static void the_ledger_never_turns_back(void **state)
{
    struct place *p = *state;
    const struct {
        uint32_t attempts;
        enum poll_status status;
        time_ms saved_at;
        bool late;
        const char *cause;
        uint32_t want_attempts;
        enum poll_status want;
        time_ms want_saved;
        bool want_late;
        const char *want_cause;
    } steps[] = {
        {0, POLL_DUE, 0, false, "", 0, POLL_DUE, 0, false, ""},
        {1, POLL_PENDING_RETRY, 0, false, "timeout", 1, POLL_PENDING_RETRY, 0, false, "timeout"},
        {3, POLL_GAP, 0, false, "", 3, POLL_GAP, 0, false, "timeout"},
        {2, POLL_GAP, 0, false, "HTTP 500", 3, POLL_GAP, 0, false, "HTTP 500"},
        {4, POLL_SAVED, T0 + 9, true, "", 4, POLL_SAVED, T0 + 9, true, "HTTP 500"},
        {5, POLL_GAP, 0, false, "", 5, POLL_SAVED, T0 + 9, true, "HTTP 500"},
        {5, POLL_SAVED, T0 + 99, false, "", 5, POLL_SAVED, T0 + 9, true, "HTTP 500"},
    };
    assert_int_equal(store_begin(p->s), 0);
    int64_t stream = make_stream(p->s, "VET/USDT", TF_H4);
    assert_int_equal(store_commit(p->s), 0);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct ledger_rows got = {0};
        assert_int_equal(store_begin(p->s), 0);
        put_ledger(p->s, stream, T0, steps[i].attempts, steps[i].status, steps[i].saved_at,
                   steps[i].late, steps[i].cause);
        assert_int_equal(store_commit(p->s), 0);
        assert_int_equal(store_ledger_get(p->s, stream, T0, keep_ledger, &got), 0);
        assert_int_equal(got.row[0].attempts, steps[i].want_attempts);
        assert_int_equal(got.row[0].status, steps[i].want);
        assert_int_equal(got.row[0].saved_at, steps[i].want_saved);
        assert_int_equal(got.row[0].late, steps[i].want_late);
        assert_string_equal(got.cause[0], steps[i].want_cause);
        assert_string_equal(got.row[0].pair.base, "VET");
        assert_int_equal(got.row[0].timeframe, TF_H4);
    }
    struct ledger_rows none = {0};
    assert_int_equal(store_ledger_get(p->s, stream, T0 + 1, keep_ledger, &none), ERR_NOT_FOUND);
}

static void ledger_listings(void **state)
{
    struct place *p = *state;
    const time_ms h = MS_HOUR;
    assert_int_equal(store_begin(p->s), 0);
    int64_t a = make_stream(p->s, "A/USDT", TF_H1), b = make_stream(p->s, "B/USDT", TF_H4);
    for (int i = 0; i < 12; i++) {
        if (i != 5)
            put_ledger(p->s, a, T0 + i * h, 1, POLL_SAVED, T0, false, "");
        if (i % 4 == 0)
            put_ledger(p->s, b, T0 + i * h, 1, POLL_SAVED, T0, false, "");
    }
    assert_int_equal(store_commit(p->s), 0);
    const struct {
        struct store_range r;
        int count;
        time_ms first, last;
    } cases[] = {
        {{0}, 14, T0, T0 + 11 * h},
        {{.stream_id = a}, 11, T0, T0 + 11 * h},
        {{.stream_id = b}, 3, T0, T0 + 8 * h},
        {{.stream_id = a, .last_n = 7}, 7, T0 + 4 * h, T0 + 11 * h},
        {{.stream_id = a, .from = T0 + 5 * h, .to = T0 + 8 * h}, 2, T0 + 6 * h, T0 + 7 * h},
        {{.stream_id = b, .last_n = 50}, 3, T0, T0 + 8 * h},
        {{.stream_id = b, .from = T0 + 1, .last_n = 1}, 1, T0 + 8 * h, T0 + 8 * h},
        {{.last_n = 2}, 2, T0 + 10 * h, T0 + 11 * h},
        {{.from = T0 + 4 * h, .to = T0 + 5 * h}, 2, T0 + 4 * h, T0 + 4 * h},
        {{.stream_id = a, .from = T0 + 50 * h}, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ledger_rows got = {0};
        assert_int_equal(store_ledger_each(p->s, &cases[i].r, keep_ledger, &got), 0);
        assert_int_equal(got.n, cases[i].count);
        if (got.n > 0) {
            assert_int_equal(got.row[0].open_time, cases[i].first);
            assert_int_equal(got.row[got.n - 1].open_time, cases[i].last);
        }
    }
}

// ---- gaps -----------------------------------------------------------------------------------

static int keep_gap(void *arg, const struct store_gap *g)
{
    struct store_gap *out = arg;
    *out = *g;
    return 0;
}

static void gaps_are_filled_once(void **state)
{
    struct place *p = *state;
    struct store_gap got = {0};
    assert_int_equal(store_begin(p->s), 0);
    int64_t stream = make_stream(p->s, "VET/USDT", TF_H4);
    struct store_gap g = {
        .stream_id = stream, .open_time = T0, .cause = "timeout", .logged_at = T0};
    assert_int_equal(store_gap_put(p->s, &g), 0);
    g.logged_at = T0 + 7; // again: the first row stays
    assert_int_equal(store_gap_put(p->s, &g), 0);
    assert_int_equal(store_gap_fill(p->s, stream, T0, T0 + 100), 0);
    assert_int_equal(store_gap_fill(p->s, stream, T0, T0 + 200), 0);
    assert_int_equal(store_gap_fill(p->s, stream, T0 + 1, T0 + 200), 0); // no gap: nothing
    g.exchange_gap = true;
    g.cause = "the exchange has none";
    assert_int_equal(store_gap_put(p->s, &g), 0);
    g.exchange_gap = false;
    assert_int_equal(store_gap_put(p->s, &g), 0);
    assert_int_equal(store_commit(p->s), 0);
    assert_int_equal(
        store_gap_each(p->s, &(struct store_range){.stream_id = stream}, keep_gap, &got), 0);
    assert_int_equal(got.logged_at, T0);
    assert_int_equal(got.filled_at, T0 + 100);
    assert_true(got.exchange_gap);
    assert_string_equal(got.pair.quote, "USDT");
}

static int join_gaps(void *arg, const struct store_gap *g)
{
    char *out = arg;
    size_t used = strlen(out);
    snprintf(out + used, 200 - used, "%s%d ", g->pair.base, (int)((g->open_time - T0) / MS_HOUR));
    return 0;
}

static void gap_listings(void **state)
{
    struct place *p = *state;
    assert_int_equal(store_begin(p->s), 0);
    int64_t a = make_stream(p->s, "A/USDT", TF_H1), b = make_stream(p->s, "B/USDT", TF_H1);
    for (int i = 4; i >= 0; i--) {
        struct store_gap g = {.open_time = T0 + i * MS_HOUR, .cause = "timeout", .logged_at = T0};
        g.stream_id = a;
        assert_int_equal(store_gap_put(p->s, &g), 0);
        g.stream_id = b;
        if (i % 2 == 0)
            assert_int_equal(store_gap_put(p->s, &g), 0);
    }
    assert_int_equal(store_commit(p->s), 0);
    const struct {
        struct store_range r;
        const char *want;
    } cases[] = {
        {{0}, "A0 B0 A1 A2 B2 A3 A4 B4 "},
        {{.last_n = 2}, "A4 B4 "},
        {{.last_n = 1}, "B4 "},
        {{.last_n = 99, .to = T0 + 2 * MS_HOUR}, "A0 B0 A1 "},
        {{.stream_id = b}, "B0 B2 B4 "},
        {{.stream_id = b, .last_n = 2}, "B2 B4 "},
        {{.stream_id = a, .from = T0 + 1, .to = T0 + 4 * MS_HOUR}, "A1 A2 A3 "},
        {{.stream_id = a, .from = T0 + 1, .to = T0 + 4 * MS_HOUR, .last_n = 1}, "A3 "},
        {{.stream_id = 99}, ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[200] = "";
        assert_int_equal(store_gap_each(p->s, &cases[i].r, join_gaps, text), 0);
        assert_string_equal(text, cases[i].want);
    }
}

// ---- signals and queue ----------------------------------------------------------------------

static int keep_signal(void *arg, const struct store_signal *sig)
{
    struct store_signal *out = arg;
    *out = *sig;
    assert_string_equal(sig->strategy, "cross.pine");
    assert_string_equal(sig->portfolio, "main");
    return 0;
}

static int sum_signal_ids(void *arg, const struct store_signal *sig)
{
    *(int64_t *)arg = *(int64_t *)arg * 10 + sig->signal.id;
    return 0;
}

static void a_signal_is_stored_once(void **state)
{
    struct place *p = *state;
    int64_t ids[4] = {0}, listed = 0;
    bool is_new = false;
    struct store_signal got;
    assert_int_equal(store_begin(p->s), 0);
    int64_t portfolio = make_portfolio(p->s, "main");
    int64_t stream = make_stream(p->s, "VET/USDT", TF_H4);
    int64_t strategy = make_strategy(p->s, "cross.pine");
    struct raw_signal sig = signal_at(portfolio, stream, strategy, 1, SIGNAL_ENTER_LONG);
    assert_int_equal(store_signal_put(p->s, &sig, T0, &ids[0], &is_new), 0);
    assert_true(is_new);
    sig.price = 99; // the identity counts, not the rest
    assert_int_equal(store_signal_put(p->s, &sig, T0 + 1, &ids[1], &is_new), 0);
    assert_false(is_new);
    assert_int_equal(ids[0], ids[1]);
    sig.action = SIGNAL_EXIT;
    assert_int_equal(store_signal_put(p->s, &sig, T0, &ids[2], &is_new), 0);
    assert_true(is_new);
    sig.candle_time += 4 * MS_HOUR;
    assert_int_equal(store_signal_put(p->s, &sig, T0, &ids[3], &is_new), 0);
    assert_true(is_new);
    sig.stream_id = 99;
    assert_int_equal(store_signal_put(p->s, &sig, T0, &ids[1], &is_new), ERR_NOT_FOUND);
    assert_int_equal(store_commit(p->s), 0);
    struct store_range first = {.to = T0 + 4 * MS_HOUR + 1};
    assert_int_equal(store_signal_each(p->s, &first, false, keep_signal, &got), 0);
    struct store_range newest = {.last_n = 1, .after_id = ids[0]};
    assert_int_equal(store_signal_each(p->s, &newest, true, keep_signal, &got), 0);
    assert_int_equal(got.signal.id, ids[3]);
    assert_int_equal(got.signal.action, SIGNAL_EXIT);
    assert_true(isnan(got.signal.qty));
    assert_true(got.signal.qty_percent == 50);
    assert_string_equal(got.signal.reason, "long");
    assert_false(got.judged);
    struct store_range after = {.after_id = ids[0]};
    assert_int_equal(store_signal_each(p->s, &after, false, sum_signal_ids, &listed), 0);
    assert_int_equal(listed, ids[2] * 10 + ids[3]);
}

static int check_queue(void *arg, const struct store_queue *q)
{
    ++*(int *)arg;
    assert_int_equal(q->status, QUEUE_REJECTED);
    assert_string_equal(q->reason, "spread too wide");
    assert_int_equal(q->check_count, 2);
    assert_string_equal(q->checks[0].name, "spread_bps");
    assert_string_equal(q->checks[0].measured, "71.5");
    assert_string_equal(q->checks[1].limit, ">= 100000");
    assert_false(q->checks[0].pass);
    assert_true(q->checks[1].pass);
    assert_int_equal(q->qty.scale, 3);
    assert_int_equal(q->qty.units, 12500);
    assert_true(q->signal.judged);
    assert_int_equal(q->order_id, 0);
    return 0;
}

static int count_queue(void *arg, const struct store_queue *q)
{
    (void)q;
    ++*(int *)arg;
    return 0;
}

static int count_signal(void *arg, const struct store_signal *sig)
{
    (void)sig;
    ++*(int *)arg;
    return 0;
}

static void a_signal_has_one_verdict(void **state)
{
    struct place *p = *state;
    struct gate_check checks[2] = {
        {.name = "spread_bps", .measured = "71.5", .limit = "<= 50"},
        {.name = "volume_24h", .measured = "200000", .limit = ">= 100000", .pass = true}};
    int64_t signal = 0, id = 0, again = 0;
    bool is_new;
    int n = 0;
    assert_int_equal(store_begin(p->s), 0);
    int64_t portfolio = make_portfolio(p->s, "main");
    struct raw_signal sig = signal_at(portfolio, make_stream(p->s, "VET/USDT", TF_H4),
                                      make_strategy(p->s, "cross.pine"), 1, SIGNAL_ENTER_LONG);
    assert_int_equal(store_signal_put(p->s, &sig, T0, &signal, &is_new), 0);
    struct store_verdict v = {.signal_id = signal,
                              .status = QUEUE_REJECTED,
                              .reason = "spread too wide",
                              .is_buy = true,
                              .qty = dec("12.500"),
                              .notional = dec("0"),
                              .checks = checks,
                              .check_count = 2,
                              .queued_at = T0};
    assert_int_equal(store_queue_put(p->s, &v, &id), 0);
    v.status = QUEUE_APPROVED;
    assert_int_equal(store_queue_put(p->s, &v, &again), ERR_EXISTS);
    assert_int_equal(id, again);
    v.signal_id = 99;
    assert_int_equal(store_queue_put(p->s, &v, &again), ERR_NOT_FOUND);
    assert_int_equal(store_commit(p->s), 0);
    struct store_range all = {0};
    assert_int_equal(store_queue_each(p->s, &all, check_queue, &n), 0);
    assert_int_equal(n, 1);
    assert_int_equal(store_queue_each_open(p->s, count_queue, &n), 0);
    assert_int_equal(store_signal_each(p->s, &all, true, count_signal, &n), 0);
    assert_int_equal(n, 1);
}

// ---- orders and money -----------------------------------------------------------------------

static void orders_follow_their_states(void **state)
{
    struct place *p = *state;
    int n = 0;
    assert_int_equal(store_begin(p->s), 0);
    struct trade_ids t = make_order(p->s, "main", "c-1", "100");
    struct store_order o;
    int64_t id = 0;
    assert_int_equal(store_order_get(p->s, t.order, &o), 0);
    assert_int_equal(store_order_put(p->s, &o, &id), ERR_EXISTS); // the client id is for ever
    assert_int_equal(store_queue_each_open(p->s, count_queue, &n), 0);
    assert_int_equal(n, 0);
    assert_int_equal(store_order_set_state(p->s, t.order, ORDER_SENT, "", T0), 0);
    assert_int_equal(store_order_set_state(p->s, t.order, ORDER_SENT, "", T0), 0);
    assert_int_equal(store_order_set_state(p->s, t.order, ORDER_INTENT, "", T0), ERR_INVALID);
    assert_int_equal(store_order_set_state(p->s, t.order, ORDER_UNKNOWN, "no answer", T0), 0);
    assert_int_equal(store_order_set_state(p->s, t.order, ORDER_REJECTED, "-2010", T0), 0);
    assert_int_equal(store_order_set_state(p->s, t.order, ORDER_OPEN, "", T0), ERR_INVALID);
    assert_int_equal(store_order_set_state(p->s, 99, ORDER_OPEN, "", T0), ERR_NOT_FOUND);
    assert_int_equal(store_commit(p->s), 0);
    assert_int_equal(store_order_get(p->s, t.order, &o), 0);
    assert_int_equal(o.state, ORDER_REJECTED);
    assert_string_equal(o.client_id, "c-1");
}

static int keep_position(void *arg, int64_t portfolio, const struct position *pos)
{
    (void)portfolio;
    *(struct position *)arg = *pos;
    return 0;
}

struct fills_seen {
    int count;
    struct decimal qty;
};

static int see_fill(void *arg, const struct store_fill *f)
{
    struct fills_seen *seen = arg;
    assert_int_equal(f->number, ++seen->count);
    assert_string_equal(f->strategy, "cross.pine");
    assert_string_equal(f->pair.base, "VET");
    assert_true(f->stream_id > 0);
    assert_true(f->is_buy);
    return decimal_add(seen->qty, f->fill.qty, &seen->qty);
}

static void fills_move_money_once(void **state)
{
    struct place *p = *state;
    struct store_portfolio money;
    struct position pos = {0};
    struct store_order o;
    bool applied = false;
    assert_int_equal(store_begin(p->s), 0);
    struct trade_ids t = make_order(p->s, "main", "c-1", "1000");
    struct fill half = {.price = dec("2.00"), .qty = dec("400"), .fee = dec("0.80")};
    struct fill rest = {.price = dec("2.10"), .qty = dec("600"), .fee = dec("1.26")};
    assert_int_equal(store_fill_apply(p->s, t.order, 1, &half, T0, &applied), 0);
    assert_true(applied);
    assert_int_equal(store_order_get(p->s, t.order, &o), 0);
    assert_int_equal(o.state, ORDER_OPEN);
    assert_int_equal(store_fill_apply(p->s, t.order, 1, &half, T0 + 1, &applied), 0);
    assert_false(applied);
    assert_int_equal(store_fill_apply(p->s, t.order, 2, &rest, T0 + 2, &applied), 0);
    assert_int_equal(store_fill_apply(p->s, 99, 1, &rest, T0 + 2, &applied), ERR_NOT_FOUND);
    assert_int_equal(store_commit(p->s), 0);
    assert_int_equal(store_order_get(p->s, t.order, &o), 0);
    assert_int_equal(o.state, ORDER_FILLED);
    assert_int_equal(store_portfolio_get(p->s, t.portfolio, &money), 0);
    // 10000 - 800 - 0.80 - 1260 - 1.26
    assert_int_equal(decimal_cmp(money.cash, dec("7937.94")), 0);
    assert_int_equal(store_position_each(p->s, t.portfolio, keep_position, &pos), 0);
    assert_int_equal(decimal_cmp(pos.qty, dec("1000")), 0);
    assert_int_equal(decimal_cmp(pos.cost, dec("2062.06")), 0);
    assert_int_equal(decimal_cmp(pos.last_price, dec("2.10")), 0);
    struct fills_seen seen = {0};
    assert_int_equal(store_fill_each(p->s, t.portfolio, see_fill, &seen), 0);
    assert_int_equal(seen.count, 2);
    assert_int_equal(decimal_cmp(seen.qty, dec("1000")), 0);
    assert_int_equal(store_fill_each(p->s, t.portfolio + 1, see_fill, &seen), 0);
    assert_int_equal(seen.count, 2);
    struct pair vet = pair_of("VET/USDT");
    BURST(p, store_position_mark(p->s, &vet, dec("3.5"), T0 + 3));
    assert_int_equal(store_position_each(p->s, 0, keep_position, &pos), 0);
    assert_int_equal(decimal_cmp(pos.last_price, dec("3.5")), 0);
    assert_int_equal(store_begin(p->s), 0);
    assert_int_equal(store_portfolio_remove(p->s, t.portfolio), ERR_BUSY); // holds a position
    store_rollback(p->s);
}

static void a_fill_beyond_the_cash_leaves_no_trace(void **state)
{
    struct place *p = *state;
    struct store_portfolio money;
    struct position pos = {0};
    struct store_order o;
    bool applied = true;
    assert_int_equal(store_begin(p->s), 0);
    struct trade_ids t = make_order(p->s, "main", "c-1", "1000");
    struct fill dear = {.price = dec("20"), .qty = dec("1000"), .fee = dec("0")};
    assert_int_equal(store_fill_apply(p->s, t.order, 1, &dear, T0, &applied), ERR_REFUSED);
    assert_false(applied);
    assert_int_equal(store_commit(p->s), 0); // the rest of the burst stands
    assert_int_equal(store_portfolio_get(p->s, t.portfolio, &money), 0);
    assert_int_equal(decimal_cmp(money.cash, dec("10000")), 0);
    assert_int_equal(store_position_each(p->s, 0, keep_position, &pos), 0);
    assert_string_equal(pos.pair.base, "");
    assert_int_equal(store_order_get(p->s, t.order, &o), 0);
    assert_int_equal(o.state, ORDER_INTENT);
    struct fill fair = {.price = dec("2"), .qty = dec("1000"), .fee = dec("0")};
    BURST(p, store_fill_apply(p->s, t.order, 1, &fair, T0, &applied)); // the number is free
    assert_true(applied);
}

static int count_event(void *arg, const struct store_event *e)
{
    assert_string_equal(e->agent, "harvester");
    assert_string_equal(e->text, "banned until noon");
    ++*(int *)arg;
    return 0;
}

static void events_are_listed(void **state)
{
    struct place *p = *state;
    int n = 0;
    BURST(p, store_event_put(p->s, T0, "harvester", "warning", "banned until noon"));
    assert_int_equal(store_event_each(p->s, &(struct store_range){.last_n = 5}, count_event, &n),
                     0);
    assert_int_equal(store_event_each(p->s, &(struct store_range){.after_id = 1}, count_event, &n),
                     0);
    assert_int_equal(n, 1);
}

static int keep_agent(void *arg, const struct store_agent *a)
{
    struct store_agent *out = arg;
    assert_string_equal(a->name, "harvester");
    assert_string_equal(a->state, "running");
    *out = *a;
    return 0;
}

static void agents_are_replaced_by_name(void **state)
{
    struct place *p = *state;
    struct store_agent a = {.name = "harvester", .state = "starting", .pid = 12}, got = {0};
    BURST(p, store_agent_put(p->s, &a));
    a = (struct store_agent){.name = "harvester",
                             .state = "running",
                             .pid = 13,
                             .restarts = 1,
                             .last_work = T0,
                             .updated_at = T0 + 1};
    BURST(p, store_agent_put(p->s, &a));
    assert_int_equal(store_agent_each(p->s, keep_agent, &got), 0);
    assert_int_equal(got.pid, 13);
    assert_int_equal(got.restarts, 1);
    assert_int_equal(got.last_work, T0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, place_setup, place_teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_ledger_never_turns_back),
        TEST(ledger_listings),
        TEST(gaps_are_filled_once),
        TEST(gap_listings),
        TEST(a_signal_is_stored_once),
        TEST(a_signal_has_one_verdict),
        TEST(orders_follow_their_states),
        TEST(fills_move_money_once),
        TEST(a_fill_beyond_the_cash_leaves_no_trace),
        TEST(events_are_listed),
        TEST(agents_are_replaced_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
