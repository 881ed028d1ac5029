// SPDX-License-Identifier: Apache-2.0
// Signals, verdicts, orders and fills into the store; each goes on to the next agent once
// committed.
#include "agents/architect/architect_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void copy_text(char *dst, size_t cap, struct str s)
{
    if (str_copy(dst, cap, str_sub(s, 0, cap - 1)) != 0) {
        dst[0] = '\0';
    }
}

void architect__on_signal(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct agent *a = arg;
    struct architect *w = a->state;
    struct ipc_signal m = msg->signal;
    struct raw_signal signal = {.stream_id = m.stream,
                                .portfolio_id = m.portfolio,
                                .strategy_id = m.strategy,
                                .pair = m.pair,
                                .timeframe = m.timeframe,
                                .candle_time = m.candle_time,
                                .action = m.action,
                                .price = m.price,
                                .qty = m.qty,
                                .qty_percent = m.qty_percent,
                                .equity_percent = m.equity_percent,
                                .cash_amount = m.cash_amount};
    bool is_new = false;
    int rc;

    (void)from;
    (void)fd;
    copy_text(signal.reason, sizeof signal.reason, m.reason);
    architect__begin(w);
    rc = store_signal_put(w->store, &signal, agent_now(a), &m.id, &is_new);
    if (rc == ERR_NOT_FOUND) { // its stream, portfolio or strategy was removed meanwhile
        log_warn(&a->log, "a signal without a home is dropped",
                 "stream=%u portfolio=%u strategy=%u", m.stream, m.portfolio, m.strategy);
        return;
    }
    architect__must(w, rc, "signal");
    if (is_new) {
        architect__after_commit(w, ROLE_GATEKEEPER, 0, IPC_SIGNAL, &m);
    }
}

void architect__on_analysed(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct agent *a = arg;
    struct architect *w = a->state;
    int rc;

    (void)from;
    (void)fd;
    architect__begin(w);
    rc = store_stream_set_analysed(w->store, msg->analysed.stream, msg->analysed.open_time);
    architect__must(w, rc == ERR_NOT_FOUND ? 0 : rc, "analysed");
}

// The checks of a verdict as the store takes them; texts live in area until the call returns.
struct checks_area {
    struct gate_check rows[GATE_CHECKS_MAX];
    char names[GATE_CHECKS_MAX][GATE_TEXT_MAX];
    size_t count;
};

static void unpack_checks(struct ipc_rows rows, struct checks_area *out)
{
    struct ipc_check check;

    out->count = 0;
    while (out->count < GATE_CHECKS_MAX && ipc_checks_next(&rows, &check)) {
        struct gate_check *c = &out->rows[out->count];

        copy_text(out->names[out->count], GATE_TEXT_MAX, check.name);
        copy_text(c->measured, sizeof c->measured, check.measured);
        copy_text(c->limit, sizeof c->limit, check.limit);
        c->name = out->names[out->count];
        c->pass = check.pass;
        out->count++;
    }
}

// Intent before action: the order's row is committed with the verdict, before anything is done.
static int64_t put_order(struct architect *w, const struct ipc_verdict *m, int64_t queue_id)
{
    struct store_order order = {.queue_id = queue_id,
                                .portfolio_id = m->portfolio,
                                .pair = m->pair,
                                .is_buy = m->is_buy != 0,
                                .is_paper = true,
                                .qty = m->qty,
                                .limit_price = DECIMAL_ZERO,
                                .state = ORDER_INTENT,
                                .created_at = m->at};
    int64_t id = 0;

    if (str_printf(order.client_id, sizeof order.client_id, "oth-%lld-%lld",
                   (long long)m->portfolio, (long long)queue_id) != 0) {
        architect__must(w, ERR_INTERNAL, "order id");
    }
    architect__must(w, store_order_put(w->store, &order, &id), "order");
    return id;
}

void architect__on_verdict(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct agent *a = arg;
    struct architect *w = a->state;
    const struct ipc_verdict *m = &msg->verdict;
    struct checks_area checks;
    char reason[128];
    struct store_verdict verdict = {.signal_id = m->signal,
                                    .status = m->approved ? QUEUE_APPROVED : QUEUE_REJECTED,
                                    .reason = reason,
                                    .is_buy = m->is_buy != 0,
                                    .qty = m->qty,
                                    .notional = m->notional,
                                    .checks = checks.rows,
                                    .queued_at = m->at};
    struct ipc_queued queued = {.signal = m->signal};
    int rc;

    (void)from;
    (void)fd;
    unpack_checks(m->checks, &checks);
    verdict.check_count = checks.count;
    copy_text(reason, sizeof reason, m->reason);
    architect__begin(w);
    rc = store_queue_put(w->store, &verdict, &queued.queue);
    queued.was_there = rc == ERR_EXISTS;
    if (rc == ERR_NOT_FOUND) { // its portfolio was removed while the gate judged: the case ends
        architect__after_commit(w, ROLE_GATEKEEPER, 0, IPC_QUEUED, &queued);
        return;
    }
    architect__must(w, queued.was_there ? 0 : rc, "verdict");
    if (!queued.was_there && m->approved) {
        queued.order = put_order(w, m, queued.queue);
    }
    if (decimal_sign(m->mark) > 0) {
        architect__must(w, store_position_mark(w->store, &m->pair, m->mark, m->at), "mark");
    }
    architect__after_commit(w, ROLE_GATEKEEPER, 0, IPC_QUEUED, &queued);
}

void architect__on_fill(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct agent *a = arg;
    struct architect *w = a->state;
    const struct ipc_fill *m = &msg->fill;
    struct ipc_booked booked = {.order = m->order, .ok = 1, .cause = STR("")};
    struct fill fill = {.price = m->price, .qty = m->qty, .fee = m->fee};
    bool applied = false;
    int rc;

    (void)from;
    (void)fd;
    architect__begin(w);
    if (decimal_sign(m->qty) <= 0) { // nothing could be filled: the order ends without a fill
        rc = store_order_set_state(
            w->store, m->order, ORDER_EXPIRED,
            "nothing was filled: the order book had nothing, or the hub was away", m->at);
        // Ended otherwise, or its portfolio was removed meanwhile.
        architect__must(w, rc == ERR_INVALID || rc == ERR_NOT_FOUND ? 0 : rc, "order");
    } else {
        rc = store_fill_apply(w->store, m->order, (int)m->number, &fill, m->at, &applied);
        if (rc == ERR_REFUSED || rc == ERR_RANGE || rc == ERR_NOT_FOUND) {
            booked.ok = 0;
            booked.cause = str_from(err_text(rc));
            rc = rc == ERR_NOT_FOUND ? 0
                                     : store_order_set_state(w->store, m->order, ORDER_REJECTED,
                                                             err_text(rc), m->at);
            rc = rc == ERR_INVALID ? 0 : rc; // it has come to its end already
        }
        architect__must(w, rc, "fill");
    }
    architect__after_commit(w, ROLE_GATEKEEPER, 0, IPC_BOOKED, &booked);
}
