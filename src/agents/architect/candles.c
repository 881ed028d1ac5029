// SPDX-License-Identifier: Apache-2.0
// Candles into the store, the ledger's word on each, and the wake-up for the stream's analyst.
#include "agents/architect/architect_internal.h"

static struct schedule_rules rules_of(const struct architect *w)
{
    return (struct schedule_rules){config_ms(w->a->config, CFG_SCHEDULER_CLOSE_DELAY),
                                   config_ms(w->a->config, CFG_SCHEDULER_RETRY_INTERVAL)};
}

static void wake_analyst(struct architect *w, const struct ipc_candles *m, const struct candle *c,
                         enum candle_source source)
{
    char packed[IPC_CANDLE_BYTES];
    struct buf row = {.data = packed, .cap = sizeof packed, .max = sizeof packed};
    struct ipc_candle wake = {
        .stream = m->stream, .timeframe = m->timeframe, .source = (uint8_t)source};

    architect__must(w, ipc_candles_add(&row, c), "wake-up");
    wake.rows.bytes = buf_str(&row);
    architect__after_commit(w, ROLE_ANALYST, m->stream % w->analyst_count, IPC_CANDLE, &wake);
}

// Which kind of candle this is follows from when it was due and whether its window is still open.
static enum candle_source source_of(const struct ipc_candles *m, time_ms open)
{
    if (m->due_from == 0 || open < m->due_from) {
        return CANDLE_BOOTSTRAP;
    }
    return open == m->live_open ? CANDLE_LIVE : CANDLE_HEAL;
}

static void put_ledger(struct architect *w, const struct ipc_candles *m, const struct candle *c,
                       enum candle_source source)
{
    struct schedule_rules rules = rules_of(w);
    struct store_ledger row = {
        .stream_id = m->stream,
        .timeframe = m->timeframe,
        .open_time = c->open_time,
        .due_at = schedule_due_at(m->timeframe, c->open_time, &rules),
        .attempts = source == CANDLE_LIVE ? m->attempts : 1,
        .status = POLL_SAVED,
        .saved_at = m->at,
        .late = source == CANDLE_HEAL,
        .cause = "",
    };

    architect__must(w, store_ledger_put(w->store, &row), "ledger");
}

// A gap row can stand for any candle that was not there when it was looked for, old history too.
static void fill_gap(struct architect *w, const struct ipc_candles *m, const struct candle *c)
{
    int rc = store_gap_fill(w->store, m->stream, c->open_time, m->at);

    architect__must(w, rc == ERR_NOT_FOUND ? 0 : rc, "gap");
}

static void note_revision(struct architect *w, const struct ipc_candles *m, const struct candle *c)
{
    char at[TIME_TEXT_MAX], text[128];

    time_format(c->open_time, at);
    log_warn(&w->a->log, "the exchange revised a closed candle", "stream=%u timeframe=%s candle=%s",
             m->stream, timeframe_code(m->timeframe), at);
    if (str_printf(text, sizeof text, "stream %u, %s: the exchange revised the closed candle of %s",
                   m->stream, timeframe_code(m->timeframe), at) == 0) {
        architect__must(w, store_event_put(w->store, m->at, "architect", "warn", text), "event");
    }
}

void architect__on_candles(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct agent *a = arg;
    struct architect *w = a->state;
    const struct ipc_candles *m = &msg->candles;
    size_t count = ipc_candles_count(m->rows);
    struct ipc_stored stored = {.stream = m->stream, .rows = (uint32_t)count};

    (void)from;
    (void)fd;
    for (size_t i = 0; i < count; i++) {
        struct candle c;
        enum candle_source source;
        enum store_put put;

        ipc_candles_get(m->rows, i, &c);
        source = source_of(m, c.open_time);
        architect__begin(w);
        architect__must(w,
                        store_candle_put(w->store, m->stream, m->timeframe, &c, source,
                                         source == CANDLE_HEAL, m->at, &put),
                        "candle");
        if (source != CANDLE_BOOTSTRAP && put == STORE_NEW) {
            put_ledger(w, m, &c, source);
        }
        if (source != CANDLE_LIVE && put == STORE_NEW) {
            fill_gap(w, m, &c);
        }
        if (put == STORE_REVISED || (put == STORE_NEW && source != CANDLE_BOOTSTRAP)) {
            wake_analyst(w, m, &c, put == STORE_NEW ? source : CANDLE_HEAL);
        }
        if (put == STORE_REVISED) {
            note_revision(w, m, &c);
        }
        stored.fresh += put == STORE_NEW;
        stored.revised += put == STORE_REVISED;
        stored.newest = c.open_time;
        if (i == 0) {
            stored.oldest = c.open_time;
        }
    }
    if (count > 0) {
        architect__after_commit(w, ROLE_COMMANDER, 0, IPC_STORED, &stored);
    }
}

// The commander may not have heard yet that a candle came (it was hung, or a message was lost), and
// give it up: what is stored has its ledger row and is no gap.
static bool is_stored(struct architect *w, const struct ipc_ledger *m, time_ms open)
{
    time_ms found;
    double value[5];
    struct store_columns row = {&found, &value[0], &value[1], &value[2], &value[3], &value[4]};
    size_t count = 0;

    architect__must(w,
                    store_candle_columns(w->store, m->stream, m->timeframe, open, 1, &row, &count),
                    "looking for a candle");
    return count > 0 && found == open;
}

void architect__on_ledger(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct agent *a = arg;
    struct architect *w = a->state;
    const struct ipc_ledger *m = &msg->ledger;
    char cause[256];
    struct schedule_rules rules = rules_of(w);
    time_ms open = m->open_time;
    struct store_ledger row = {
        .stream_id = m->stream,
        .timeframe = m->timeframe,
        .attempts = m->attempts,
        .status = m->status,
        .cause = cause,
    };
    struct store_gap gap = {.stream_id = m->stream,
                            .timeframe = m->timeframe,
                            .cause = cause,
                            .exchange_gap = m->status == POLL_EXCHANGE_GAP,
                            .logged_at = m->at};

    (void)from;
    (void)fd;
    if (str_copy(cause, sizeof cause, str_sub(m->cause, 0, sizeof cause - 1)) != 0) {
        cause[0] = '\0';
    }
    for (uint32_t i = 0; i < m->count; i++, open = timeframe_next(m->timeframe, open)) {
        if (is_stored(w, m, open)) {
            continue;
        }
        row.open_time = gap.open_time = open;
        row.due_at = schedule_due_at(m->timeframe, open, &rules);
        architect__begin(w);
        architect__must(w, store_ledger_put(w->store, &row), "ledger");
        if (m->status == POLL_GAP || m->status == POLL_EXCHANGE_GAP) {
            architect__must(w, store_gap_put(w->store, &gap), "gap");
        }
    }
    if (w->rows >= config_i64(a->config, CFG_STORE_BATCH_MAX)) {
        architect__commit(w); // many may follow in this turn
    }
}

void architect__on_stream_mark(void *arg, struct channel *from, const union ipc_any *msg, int fd)
{
    struct agent *a = arg;
    struct architect *w = a->state;
    const struct ipc_stream_mark *m = &msg->stream_mark;
    char text[128];

    (void)from;
    (void)fd;
    if (str_copy(text, sizeof text, str_sub(m->text, 0, sizeof text - 1)) != 0) {
        text[0] = '\0';
    }
    architect__begin(w);
    architect__must(w, store_stream_set_state(w->store, m->stream, m->state, text), "stream state");
    if (m->first_due > 0) {
        architect__must(w, store_stream_set_first_due(w->store, m->stream, m->first_due),
                        "stream first due");
    }
}
