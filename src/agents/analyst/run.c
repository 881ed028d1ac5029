// SPDX-License-Identifier: Apache-2.0
// The strategies of a stream as one group: bars go in, each strategy's emulated broker decides
// which of its orders are news, and news of a live bar goes to the architect as raw signals.
#include "agents/analyst/analyst_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define INPUTS_MAX 128

static void fill_size(const struct script_strategy_settings *settings, double qty, double percent,
                      struct ipc_signal *out)
{
    out->qty = qty;
    out->qty_percent = percent;
    out->equity_percent = out->cash_amount = (double)NAN;
    if (!isnan(qty) || !isnan(percent) || !settings->qty_given) {
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

// qty: as the script asked, NaN = its default; percent: of the position, when closing.
static void send_signal(struct run *r, enum signal_action action, double qty, double percent,
                        const char *id, const char *comment)
{
    struct analyst *an = r->an;
    struct stream *s = r->stream;
    struct channel *architect = agent_peer(an->a, ROLE_ARCHITECT);
    struct ipc_signal msg = {.stream = s->id,
                             .strategy = (uint32_t)r->program->strategy_id,
                             .pair = s->pair,
                             .timeframe = (uint8_t)s->tf,
                             .candle_time = s->bar_time,
                             .action = (uint8_t)action,
                             .price = s->bar_close};
    char reason[SIGNAL_REASON_MAX];

    if (!architect) {
        return; // when it is back, the stream is loaded again and fires what is still owed
    }
    if (str_printf(reason, sizeof reason, "%.40s%s%.50s", id ? id : "",
                   comment && comment[0] ? ": " : "", comment ? comment : "") != 0) {
        reason[0] = '\0';
    }
    msg.reason = str_from(reason);
    fill_size(script_instance_settings(s->group, r->member), qty, percent, &msg);
    for (uint32_t i = 0; i < r->portfolio_count; i++) {
        msg.portfolio = r->portfolios[i];
        agent_send(an->a, architect, IPC_SIGNAL, &msg);
    }
}

static enum signal_action entry_of(bool is_long)
{
    return is_long ? SIGNAL_ENTER_LONG : SIGNAL_ENTER_SHORT;
}

// A market order is news when the broker accepts it: a real account must act now, not at the next
// bar. One against the position closes first.
static void on_order(void *arg, const struct broker_decision *d)
{
    struct run *r = arg;

    if (!r->stream->bar_is_live || d->answer != BROKER_ACCEPTED || !d->market) {
        return;
    }
    if (d->closes) {
        send_signal(r, SIGNAL_EXIT, (double)NAN, d->percent, d->order->id, d->order->comment);
    }
    if (d->opens) {
        send_signal(r, entry_of(d->order->is_long), d->order->qty, (double)NAN, d->order->id,
                    d->order->comment);
    }
}

// Every other fill (a stop or limit met, a margin call, a risk rule) is news when it happens.
static void on_fill(void *arg, const struct broker_fill *f)
{
    struct run *r = arg;

    if (!r->stream->bar_is_live || f->market || f->bar_time != r->stream->bar_time) {
        return;
    }
    if (f->opens) {
        send_signal(r, entry_of(f->is_long), (double)NAN, (double)NAN, f->id, f->comment);
    } else {
        send_signal(r, SIGNAL_EXIT, (double)NAN, f->percent, f->id, f->comment);
    }
}

static void on_error(void *arg, int64_t bar_index, const char *message)
{
    struct run *r = arg;
    struct analyst *an = r->an;
    const struct stream *s = r->stream;
    const struct script_info *info = script_program_info(r->program->script);
    struct channel *architect = agent_peer(an->a, ROLE_ARCHITECT);
    char pair[PAIR_TEXT_MAX], text[320];
    struct ipc_event event = {
        .at = agent_now(an->a), .agent = STR("analyst"), .level = STR("error")};

    (void)bar_index;
    pair_format(&s->pair, pair);
    log_error(&an->a->log, "a strategy was stopped",
              "pair=%s timeframe=%s strategy=\"%s\" cause=\"%s\"", pair, timeframe_code(s->tf),
              info->title, message);
    if (architect && str_printf(text, sizeof text, "%s %s: strategy '%.60s' was stopped: %.100s",
                                pair, timeframe_code(s->tf), info->title, message) == 0) {
        event.text = str_from(text);
        agent_send(an->a, architect, IPC_EVENT, &event);
    }
}

void analyst__step(struct analyst *an, struct stream *s, const struct script_bars *bars, size_t n,
                   bool live)
{
    s->bar_time = bars->open_time[n - 1];
    s->bar_close = bars->close[n - 1];
    s->bar_is_live = live;
    // A group whose members have all stopped by errors of their own has nothing left to say.
    if (s->group &&
        script_group_run(s->group, an->workspace, bars, n, s->brokers, s->sinks) == ERR_NO_MEMORY) {
        agent_fatal(an->a, "strategies", err_text(ERR_NO_MEMORY));
    }
    s->primed_to = s->bar_time;
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

static int open_broker(struct analyst *an, struct stream *s, struct run *r,
                       const struct market *market, struct diag *d)
{
    struct broker_settings settings = {
        .strategy = *script_instance_settings(s->group, r->member),
        .tick_size = decimal_to_double(market->filters.tick_size),
        .lot_step = decimal_to_double(market->filters.lot_step),
        .exit_takes_nearer = script_program_info(r->program->script)->version >= 6,
        .arg = r,
        .on_order = on_order,
        .on_fill = on_fill,
    };
    int rc = broker_create(&settings, &r->broker);

    if (rc != 0) {
        return diag_set(d, rc, "its account cannot be made: %s", err_text(rc));
    }
    r->an = an;
    r->stream = s;
    r->interface = broker_interface(r->broker);
    r->sink = (struct script_sink){.arg = r, .error = on_error};
    s->brokers[r->member] = &r->interface;
    s->sinks[r->member] = &r->sink;
    return 0;
}

// One item a run that is not refused; texts of the inputs live in copies, which the caller frees.
static int make_items(struct stream *s, struct script_group_item *items, char **copies,
                      struct script_value (*values)[INPUTS_MAX], size_t *count,
                      struct run **refused, struct diag *d)
{
    *count = 0;
    for (size_t i = 0; i < s->run_count; i++) {
        struct run *r = &s->runs[i];
        struct script_group_item *item = &items[*count];

        if (r->refused) {
            continue;
        }
        *refused = r;
        if (!r->program->script) {
            return diag_set(d, ERR_SYNTAX, "it does not compile with this version of the hub");
        }
        copies[*count] = strdup(r->inputs);
        if (!copies[*count]) {
            return ERR_NO_MEMORY;
        }
        item->program = r->program->script;
        item->values = values[*count];
        r->member = (*count)++;
        if (split_inputs(copies[r->member], values[r->member], INPUTS_MAX, &item->value_count) !=
            0) {
            return diag_set(d, ERR_SYNTAX, "its inputs '%.80s' cannot be read", r->inputs);
        }
    }
    return 0;
}

static struct run *run_of_member(struct stream *s, size_t member)
{
    for (size_t i = 0; i < s->run_count; i++) {
        if (!s->runs[i].refused && s->runs[i].member == member) {
            return &s->runs[i];
        }
    }
    return NULL;
}

// Tries to make the group of all runs that are not refused. *refused: the run an error is about.
static int make_group(struct analyst *an, struct stream *s, const struct script_context *ctx,
                      struct run **refused, struct diag *d)
{
    struct script_group_item *items = calloc(s->run_count, sizeof *items);
    struct script_value(*values)[INPUTS_MAX] = calloc(s->run_count, sizeof *values);
    char **copies = calloc(s->run_count, sizeof *copies);
    size_t count = 0, failed = 0;
    int rc = items && values && copies ? 0 : ERR_NO_MEMORY;

    (void)an;
    *refused = NULL;
    if (rc == 0) {
        rc = make_items(s, items, copies, values, &count, refused, d);
    }
    if (rc == 0 && count > 0) {
        rc = script_group_create(items, count, ctx, 0, &s->group, &failed, d);
        *refused = rc != 0 ? run_of_member(s, failed) : NULL;
    }
    for (size_t i = 0; copies && i < s->run_count; i++) {
        free(copies[i]);
    }
    free(copies);
    free(values);
    free(items);
    return rc;
}

static void refuse(struct analyst *an, const struct stream *s, struct run *r, const char *cause)
{
    char pair[PAIR_TEXT_MAX];

    r->refused = true;
    pair_format(&s->pair, pair);
    log_error(&an->a->log, "a strategy was refused", "pair=%s timeframe=%s cause=\"%s\"", pair,
              timeframe_code(s->tf), cause);
}

void analyst__runs_open(struct analyst *an, struct stream *s)
{
    struct market market = {0};
    char ticker[2 * ASSET_MAX];
    struct script_context ctx = {.ticker = ticker,
                                 .base = s->pair.base,
                                 .quote = s->pair.quote,
                                 .exchange = config_str(an->a->config, CFG_EXCHANGE_NAME),
                                 .timeframe = s->tf};
    int rc = str_printf(ticker, sizeof ticker, "%s%s", s->pair.base, s->pair.quote);

    if (rc == 0 && store_market_get(an->store, ctx.exchange, &s->pair, &market) == 0) {
        ctx.tick_size = decimal_to_double(market.filters.tick_size);
        ctx.lot_step = decimal_to_double(market.filters.lot_step);
    }
    s->brokers = calloc(s->run_count, sizeof *s->brokers);
    s->sinks = calloc(s->run_count, sizeof *s->sinks);
    if (rc != 0 || !s->brokers || !s->sinks) {
        agent_fatal(an->a, "strategies", err_text(ERR_NO_MEMORY));
    }
    for (size_t tries = 0; tries <= s->run_count; tries++) { // each failure refuses one run
        struct run *refused = NULL;
        struct diag d = {0};

        rc = make_group(an, s, &ctx, &refused, &d);
        if (rc == 0) {
            break;
        }
        if (!refused || rc == ERR_NO_MEMORY) {
            agent_fatal(an->a, "strategies", d.text[0] ? d.text : err_text(rc));
        }
        refuse(an, s, refused, d.text);
    }
    for (size_t i = 0; s->group && i < s->run_count; i++) {
        struct diag d = {0};

        if (!s->runs[i].refused && open_broker(an, s, &s->runs[i], &market, &d) != 0) {
            refuse(an, s, &s->runs[i], d.text);
        }
    }
}

void analyst__runs_close(struct analyst *an, struct stream *s)
{
    script_instance_destroy(s->group);
    for (size_t i = 0; i < s->run_count; i++) {
        struct run *r = &s->runs[i];

        broker_destroy(r->broker);
        free(r->inputs);
        if (--r->program->users == 0) {
            (void)map_remove_u64(&an->programs, (uint64_t)r->program->strategy_id);
            script_program_destroy(r->program->script);
            free(r->program);
        }
    }
    free(s->runs);
    free(s->brokers);
    free(s->sinks);
    s->group = NULL;
    s->runs = NULL;
    s->brokers = NULL;
    s->sinks = NULL;
    s->run_count = 0;
    s->primed_to = 0;
}
