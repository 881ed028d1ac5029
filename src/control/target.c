// SPDX-License-Identifier: Apache-2.0
// Which exchange, pair and timeframe a request is about, and whether they can be had.
#include "control/control_internal.h"

#include <string.h>

#define SUGGESTION_MAX 512

static int find_venue(struct request *rq, struct target *t)
{
    struct diag d = {0};
    struct str name;
    int rc;

    if (!control__arg(rq, "exchange", &name) || name.len == 0) {
        name = str_from(config_str(rq->env->config, CFG_EXCHANGE_NAME));
    }
    rc = venue_find(name, &t->venue, &d);
    if (rc != 0) {
        return control__refuse(rq, EXIT_CODE_DATA, "%s", d.text);
    }
    return str_copy(t->exchange, sizeof t->exchange, str_from(venue_name(t->venue)));
}

static int find_timeframe(struct request *rq, struct target *t)
{
    struct diag d = {0};
    struct str text;

    if (!control__arg(rq, "timeframe", &text) || text.len == 0) {
        return control__refuse(rq, EXIT_CODE_USAGE, "no timeframe is given; for example: VET 4h");
    }
    if (timeframe_parse(text, &t->tf, &d) != 0) {
        return control__refuse(rq, EXIT_CODE_DATA, "%s", d.text);
    }
    return 0;
}

// The venue's timeframes around the one it lacks.
static int refuse_timeframe(struct request *rq, const struct target *t)
{
    const char *shorter = "", *longer = "", *gap = "";

    for (int tf = (int)t->tf - 1; tf >= 0 && !*shorter; tf--) {
        shorter = venue_has_timeframe(t->venue, (enum timeframe)tf)
                      ? timeframe_code((enum timeframe)tf)
                      : "";
    }
    for (int tf = (int)t->tf + 1; tf < TF_COUNT && !*longer; tf++) {
        longer = venue_has_timeframe(t->venue, (enum timeframe)tf)
                     ? timeframe_code((enum timeframe)tf)
                     : "";
    }
    gap = *shorter && *longer ? " or " : "";
    return control__refuse(rq, EXIT_CODE_DATA,
                           "%s has no candles of %s; the nearest it has: %s%s%s", t->exchange,
                           timeframe_code(t->tf), shorter, gap, longer);
}

struct known {
    struct request *rq;
    struct target *t;
    int error;
};

static bool market_known(void *arg, const struct pair *candidate)
{
    struct known *k = arg;
    int rc = store_market_get(k->rq->env->store, k->t->exchange, candidate, &k->t->market);

    if (rc != 0 && rc != ERR_NOT_FOUND && k->error == 0) {
        k->error = rc;
    }
    return rc == 0;
}

// The typed text as a pair, the way a reader would take it: "VTEUSDT" and "VTE" are VTE/USDT.
static void show_typed(struct str typed, struct str quote, char out[static 2 * PAIR_TEXT_MAX])
{
    struct str tail =
        str_sub(typed, typed.len - (typed.len < quote.len ? typed.len : quote.len), typed.len);
    struct str base = str_sub(typed, 0, typed.len - tail.len);
    int rc;

    for (size_t i = 0; i < typed.len; i++) {
        if (strchr("/-_", typed.data[i])) {
            rc = str_printf(out, 2 * PAIR_TEXT_MAX, STR_FMT "/" STR_FMT,
                            STR_ARG(str_sub(typed, 0, i)),
                            STR_ARG(str_sub(typed, i + 1, typed.len)));
            goto upper;
        }
    }
    if (base.len == 0 || !str_eq_nocase(tail, quote)) {
        base = typed;
    }
    rc = str_printf(out, 2 * PAIR_TEXT_MAX, STR_FMT "/" STR_FMT, STR_ARG(base), STR_ARG(quote));
upper:
    for (char *c = out; rc == 0 && *c; c++) {
        *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
    }
}

static int refuse_pair(struct request *rq, struct target *t, struct str typed, const struct diag *d)
{
    struct str quote = str_from(config_str(rq->env->config, CFG_HUB_DEFAULT_QUOTE));
    char shown[2 * PAIR_TEXT_MAX];
    struct str text;
    struct buf near;
    int rc;

    if (d->code != ERR_NOT_FOUND) {
        return control__refuse(rq, EXIT_CODE_DATA, "%s", d->text);
    }
    buf_init(&near, SUGGESTION_MAX);
    show_typed(typed, quote, shown);
    rc = control__suggest(rq, t->exchange, typed, &near);
    if (rc == 0) {
        text = near.len > 0 ? buf_str(&near)
                            : STR("; write the pair as BASE/QUOTE, for example VET/USDT");
        rc = control__refuse(rq, EXIT_CODE_DATA, "no market %s on %s" STR_FMT, shown, t->exchange,
                             STR_ARG(text));
    }
    buf_finish(&near);
    return rc;
}

static int find_pair(struct request *rq, struct target *t)
{
    const char *quote = config_str(rq->env->config, CFG_HUB_DEFAULT_QUOTE);
    struct known known = {rq, t, 0};
    struct diag d = {0};
    struct str text;
    time_ms refreshed = 0;
    int rc = store_market_refreshed(rq->env->store, t->exchange, &refreshed);

    if (rc != 0) {
        return rc;
    }
    if (refreshed == 0) {
        return control__refuse(rq, EXIT_CODE_LATER,
                               "the market list of %s has not been fetched yet; start the hub once "
                               "(oracle run), or try again in a moment when it has just started",
                               t->exchange);
    }
    if (!control__arg(rq, "pair", &text) || text.len == 0) {
        return control__refuse(rq, EXIT_CODE_USAGE, "no pair is given; for example: VET 4h");
    }
    d.code = pair_resolve(text, str_from(quote), market_known, &known, &t->pair, &d);
    if (known.error != 0) {
        return known.error;
    }
    if (d.code != 0) {
        return refuse_pair(rq, t, text, &d);
    }
    pair_format(&t->pair, t->pair_text);
    return 0;
}

int control__target_market(struct request *rq, struct target *out)
{
    int rc;

    *out = (struct target){0};
    rc = find_venue(rq, out);
    rc = rc != 0 ? rc : find_pair(rq, out);
    rc = rc != 0 ? rc : find_timeframe(rq, out);
    if (rc != 0) {
        return rc;
    }
    if (out->market.status != MARKET_TRADING) {
        return control__refuse(
            rq, EXIT_CODE_DATA,
            "%s does not trade on %s now: its status is %s; choose a market that "
            "is TRADING, or try again when it is",
            out->pair_text, out->exchange, market_status_name(out->market.status));
    }
    if (!venue_has_timeframe(out->venue, out->tf)) {
        return refuse_timeframe(rq, out);
    }
    return 0;
}

struct wanted {
    struct request *rq;
    struct target *t;
    struct store_stream *stream;
    int error;
};

static bool stream_known(void *arg, const struct pair *candidate)
{
    struct wanted *w = arg;
    int rc = store_stream_find(w->rq->env->store, w->t->exchange, candidate, w->t->tf, w->stream);

    if (rc != 0 && rc != ERR_NOT_FOUND && w->error == 0) {
        w->error = rc;
    }
    return rc == 0;
}

int control__target_stream(struct request *rq, struct target *out, struct store_stream *stream)
{
    const char *quote = config_str(rq->env->config, CFG_HUB_DEFAULT_QUOTE);
    struct wanted wanted = {rq, out, stream, 0};
    struct diag d = {0};
    struct str text;
    int rc;

    *out = (struct target){0};
    rc = find_venue(rq, out);
    rc = rc != 0 ? rc : find_timeframe(rq, out);
    if (rc != 0) {
        return rc;
    }
    if (!control__arg(rq, "pair", &text) || text.len == 0) {
        return control__refuse(rq, EXIT_CODE_USAGE, "no pair is given; for example: VET 4h");
    }
    rc = pair_resolve(text, str_from(quote), stream_known, &wanted, &out->pair, &d);
    if (wanted.error != 0) {
        return wanted.error;
    }
    if (rc != 0 || !stream->active) {
        return control__refuse(
            rq, rc == 0 || rc == ERR_NOT_FOUND ? EXIT_CODE_NEGATIVE : EXIT_CODE_DATA,
            "no portfolio watches " STR_FMT " %s on %s; 'oracle watch list' shows "
            "what is watched",
            STR_ARG(str_sub(text, 0, PAIR_TEXT_MAX)), timeframe_code(out->tf), out->exchange);
    }
    pair_format(&out->pair, out->pair_text);
    return 0;
}
