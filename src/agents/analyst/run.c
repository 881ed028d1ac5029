// SPDX-License-Identifier: Apache-2.0
// Runs of strategies: instances over bars, their orders as raw signals to the architect.
#include "agents/analyst/analyst_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define INPUTS_MAX 128

struct step { // one call of analyst__step for one run
    struct analyst *an;
    struct stream *s;
    struct run *r;
    time_ms open_time; // of the bar the broker was told last
    double close;
    bool live_bar; // that bar may fire
    bool live;
    time_ms last_open;
    char error[160];
};

static void on_bar(void *arg, int64_t bar_index, time_ms open_time, double open, double high,
                   double low, double close, struct script_account *account)
{
    struct step *st = arg;

    (void)bar_index;
    (void)open;
    (void)high;
    (void)low;
    st->open_time = open_time;
    st->close = close;
    st->live_bar = st->live && open_time == st->last_open;
    account->position_size = st->r->desk.size;
}

static void fill_size(const struct script_strategy_settings *settings, const struct script_order *o,
                      struct ipc_signal *out)
{
    out->qty = o->qty;
    out->qty_percent = o->qty_percent;
    out->equity_percent = out->cash_amount = (double)NAN;
    if (!isnan(o->qty) || !settings->qty_given) {
        return;
    }
    switch (settings->default_qty_kind) {
    case SCRIPT_QTY_FIXED:
        out->qty = settings->default_qty_value;
        break;
    case SCRIPT_QTY_CASH:
        out->cash_amount = settings->default_qty_value;
        break;
    case SCRIPT_QTY_PERCENT_OF_EQUITY:
        out->equity_percent = settings->default_qty_value;
        break;
    }
}

static void send_signal(struct step *st, enum signal_action action, const struct script_order *o)
{
    struct analyst *an = st->an;
    struct channel *architect = agent_peer(an->a, ROLE_ARCHITECT);
    const struct script_info *info = script_program_info(st->r->program->script);
    struct ipc_signal msg = {.stream = st->s->id,
                             .strategy = (uint32_t)st->r->program->strategy_id,
                             .pair = st->s->pair,
                             .timeframe = (uint8_t)st->s->tf,
                             .candle_time = st->open_time,
                             .action = (uint8_t)action,
                             .price = st->close};
    char reason[SIGNAL_REASON_MAX];

    if (!architect) {
        return; // when it is back, the stream is loaded again and fires what is still owed
    }
    if (str_printf(reason, sizeof reason, "%.40s%s%.50s", o->id ? o->id : "",
                   o->comment && o->comment[0] ? ": " : "", o->comment ? o->comment : "") != 0) {
        reason[0] = '\0';
    }
    msg.reason = str_from(reason);
    fill_size(&info->strategy, o, &msg);
    for (uint32_t i = 0; i < st->r->portfolio_count; i++) {
        msg.portfolio = st->r->portfolios[i];
        agent_send(an->a, architect, IPC_SIGNAL, &msg);
        an->signals++;
    }
}

static void on_order(void *arg, int64_t bar_index, const struct script_order *o)
{
    struct step *st = arg;
    const struct script_info *info = script_program_info(st->r->program->script);
    enum signal_action actions[2];
    int count = analyst__desk_order(&st->r->desk, o, info->strategy.pyramiding, actions);

    (void)bar_index;
    for (int i = 0; st->live_bar && i < count; i++) {
        send_signal(st, actions[i], o);
    }
}

static void on_error(void *arg, int64_t bar_index, const char *message)
{
    struct step *st = arg;

    (void)bar_index;
    if (str_copy(st->error, sizeof st->error,
                 str_sub(str_from(message), 0, sizeof st->error - 1)) != 0) {
        st->error[0] = '\0';
    }
}

static void report_error(const struct step *st)
{
    struct analyst *an = st->an;
    const struct script_info *info = script_program_info(st->r->program->script);
    struct channel *architect = agent_peer(an->a, ROLE_ARCHITECT);
    const char *cause = st->error[0] ? st->error : "it cannot go on";
    const char *tf = timeframe_code(st->s->tf);
    char pair[PAIR_TEXT_MAX], text[320];
    struct ipc_event event = {
        .at = agent_now(an->a), .agent = STR("analyst"), .level = STR("error")};

    an->errors++;
    pair_format(&st->s->pair, pair);
    log_error(&an->a->log, "a strategy was stopped",
              "pair=%s timeframe=%s strategy=\"%s\" cause=\"%s\"", pair, tf, info->title, cause);
    if (architect && str_printf(text, sizeof text, "%s %s: strategy '%.60s' was stopped: %.100s",
                                pair, tf, info->title, cause) == 0) {
        event.text = str_from(text);
        agent_send(an->a, architect, IPC_EVENT, &event);
    }
}

void analyst__step(struct analyst *an, struct stream *s, const struct script_bars *bars, size_t n,
                   bool live)
{
    for (size_t i = 0; i < s->run_count; i++) {
        struct run *r = &s->runs[i];
        struct step st = {
            .an = an, .s = s, .r = r, .live = live, .last_open = bars->open_time[n - 1]};
        struct script_broker broker = {.arg = &st, .bar = on_bar, .order = on_order};
        struct script_sink sink = {.arg = &st, .error = on_error};

        if (!r->instance) {
            continue;
        }
        if (script_instance_run(r->instance, bars, n, &broker, &sink) != 0) {
            report_error(&st);
            script_instance_destroy(r->instance);
            r->instance = NULL;
        }
    }
    s->primed_to = bars->open_time[n - 1];
    agent_work(an->a, n);
}

void analyst__analysed(struct analyst *an, const struct stream *s)
{
    struct channel *architect = agent_peer(an->a, ROLE_ARCHITECT);
    struct ipc_analysed msg = {.stream = s->id, .open_time = s->primed_to};

    if (architect && s->primed_to > 0) {
        agent_send(an->a, architect, IPC_ANALYSED, &msg);
    }
}

// ---- opening a run
// -------------------------------------------------------------------------------

static int compile_source(void *arg, const struct store_strategy *st)
{
    struct program *p = arg;
    struct script_diags *diags = calloc(1, sizeof *diags);
    int rc;

    if (!diags) {
        return ERR_NO_MEMORY;
    }
    rc = script_compile(st->source, &p->script, diags);
    free(diags);
    return rc == ERR_NO_MEMORY ? rc : 0; // a source that does not compile leaves script NULL
}

int analyst__program_get(struct analyst *an, int64_t strategy_id, struct program **out)
{
    struct program *p = map_get_u64(&an->programs, (uint64_t)strategy_id);
    int rc;

    if (!p) {
        p = calloc(1, sizeof *p);
        if (!p) {
            return ERR_NO_MEMORY;
        }
        p->strategy_id = strategy_id;
        rc = store_strategy_get(an->store, strategy_id, compile_source, p);
        if (rc == 0) {
            rc = map_put_u64(&an->programs, (uint64_t)strategy_id, p);
        }
        if (rc != 0) {
            script_program_destroy(p->script);
            free(p);
            return rc;
        }
    }
    p->users++;
    *out = p;
    return 0;
}

// "fast=9 slow=21" into name/value pairs inside the given copy.
static int split_inputs(char *inputs, struct script_value *values, size_t cap, size_t *count)
{
    struct str rest = str_from(inputs), part;

    *count = 0;
    while (str_split(&rest, ' ', &part)) {
        size_t eq = str_find(part, '=', 0);

        if (part.len == 0) {
            continue;
        }
        if (eq == part.len || *count == cap) {
            return ERR_SYNTAX;
        }
        inputs[(size_t)(part.data - inputs) + eq] = '\0';
        values[(*count)++] = (struct script_value){part.data, str_sub(part, eq + 1, part.len)};
    }
    return 0;
}

int analyst__run_open(struct analyst *an, struct stream *s, struct run *r, struct diag *d)
{
    struct market market = {0};
    char ticker[2 * ASSET_MAX];
    char *copy = NULL;
    struct script_value values[INPUTS_MAX];
    size_t count = 0;
    struct script_context ctx = {.ticker = ticker,
                                 .base = s->pair.base,
                                 .quote = s->pair.quote,
                                 .exchange = config_str(an->a->config, CFG_EXCHANGE_NAME),
                                 .timeframe = s->tf};
    int rc;

    if (!r->program->script) {
        return diag_set(d, ERR_SYNTAX, "it does not compile with this version of the hub");
    }
    if (store_market_get(an->store, ctx.exchange, &s->pair, &market) == 0) {
        ctx.tick_size = decimal_to_double(market.filters.tick_size);
        ctx.lot_step = decimal_to_double(market.filters.lot_step);
    }
    rc = str_printf(ticker, sizeof ticker, "%s%s", s->pair.base, s->pair.quote);
    copy = rc == 0 ? strdup(r->inputs) : NULL;
    if (!copy) {
        return rc != 0 ? rc : ERR_NO_MEMORY;
    }
    rc = split_inputs(copy, values, INPUTS_MAX, &count);
    if (rc == 0) {
        rc = script_instance_create(r->program->script, &ctx, values, count, 0, &r->instance, d);
    } else {
        (void)diag_set(d, rc, "its inputs '%.80s' cannot be read", r->inputs);
    }
    free(copy);
    return rc;
}

void analyst__run_close(struct analyst *an, struct run *r)
{
    script_instance_destroy(r->instance);
    free(r->inputs);
    if (r->program && --r->program->users == 0) {
        (void)map_remove_u64(&an->programs, (uint64_t)r->program->strategy_id);
        script_program_destroy(r->program->script);
        free(r->program);
    }
    *r = (struct run){0};
}
