// SPDX-License-Identifier: Apache-2.0
// Portfolios: creating, changing, removing them, and the one a watchlist entry belongs to.
#include "control/control_internal.h"

#include "base/number.h"

#include <string.h>

#define DEFAULT_NAME   "main"
#define LIST_MAX       512
#define PERCENT_MAX    100.0
#define FEE_BPS_MAX    1000.0
#define ORDER_SIZE_MIN 0.01

// The figures a user may give, their ranges as those of the settings they default to.
static const struct {
    const char *key;
    size_t offset;
    double low, high;
    const char *range;
} figures[] = {
    {"order_size", offsetof(struct portfolio_settings, order_size_percent), ORDER_SIZE_MIN,
     PERCENT_MAX, "0.01 to 100 (percent of equity)"},
    {"max_exposure_pair", offsetof(struct portfolio_settings, max_exposure_pair), 0, PERCENT_MAX,
     "0 to 100 (percent of equity)"},
    {"max_exposure_total", offsetof(struct portfolio_settings, max_exposure_total), 0, PERCENT_MAX,
     "0 to 100 (percent of equity)"},
    {"fee_bps", offsetof(struct portfolio_settings, fee_bps), 0, FEE_BPS_MAX,
     "0 to 1000 (hundredths of a percent)"},
};

static int defaults(const struct config *c, struct portfolio_settings *out)
{
    *out = (struct portfolio_settings){
        .mode = PORTFOLIO_PAPER,
        .initial_balance = config_decimal(c, CFG_PAPER_INITIAL_BALANCE),
        .order_size_percent = config_double(c, CFG_PORTFOLIO_ORDER_SIZE),
        .max_exposure_pair = config_double(c, CFG_GATE_MAX_EXPOSURE_PAIR),
        .max_exposure_total = config_double(c, CFG_GATE_MAX_EXPOSURE_PORTFOLIO),
        .fee_bps = config_double(c, CFG_PAPER_FEE_BPS),
    };
    return asset_parse(str_from(config_str(c, CFG_HUB_DEFAULT_QUOTE)), out->quote);
}

static int take_figures(struct request *rq, struct portfolio_settings *p)
{
    struct str text;

    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        double value = 0;

        if (!control__arg(rq, figures[i].key, &text)) {
            continue;
        }
        if (number_parse_double(text, &value) != 0 || value < figures[i].low ||
            value > figures[i].high) {
            return control__refuse(rq, EXIT_CODE_DATA, "%s must be %s, not '" STR_FMT "'",
                                   figures[i].key, figures[i].range, STR_ARG(str_sub(text, 0, 40)));
        }
        memcpy((char *)p + figures[i].offset, &value, sizeof value);
    }
    return 0;
}

static int take_mode(struct request *rq, struct portfolio_settings *p)
{
    struct str text;

    if (!control__arg(rq, "mode", &text) || str_eq(text, STR("paper"))) {
        p->mode = PORTFOLIO_PAPER;
        return 0;
    }
    if (str_eq(text, STR("live"))) {
        return control__refuse(rq, EXIT_CODE_REFUSED,
                               "this version trades on paper only; use mode paper");
    }
    return control__refuse(rq, EXIT_CODE_DATA, "mode must be paper, not '" STR_FMT "'",
                           STR_ARG(str_sub(text, 0, 40)));
}

static int take_money(struct request *rq, struct portfolio_settings *p)
{
    struct str text;

    if (control__arg(rq, "balance", &text) &&
        (decimal_parse(text, &p->initial_balance) != 0 || decimal_sign(p->initial_balance) < 0)) {
        return control__refuse(rq, EXIT_CODE_DATA,
                               "balance must be an amount of at least 0, not '" STR_FMT "'",
                               STR_ARG(str_sub(text, 0, 40)));
    }
    if (control__arg(rq, "quote", &text) && asset_parse(text, p->quote) != 0) {
        return control__refuse(rq, EXIT_CODE_DATA,
                               "quote must be the name of an asset, for example USDT, not '" STR_FMT
                               "'",
                               STR_ARG(str_sub(text, 0, 40)));
    }
    return 0;
}

static int reply_portfolio(struct request *rq, const struct portfolio_settings *p,
                           struct decimal cash, const char *state)
{
    struct jsonw w;

    jsonw_init(&w, &rq->reply->json);
    jsonw_array(&w);
    jsonw_object(&w);
    jsonw_key(&w, "portfolio");
    jsonw_str(&w, str_from(p->name));
    jsonw_key(&w, "state");
    jsonw_str(&w, str_from(state));
    jsonw_key(&w, "mode");
    jsonw_str(&w, p->mode == PORTFOLIO_LIVE ? STR("live") : STR("paper"));
    jsonw_key(&w, "quote");
    jsonw_str(&w, str_from(p->quote));
    jsonw_key(&w, "initial_balance");
    jsonw_decimal(&w, p->initial_balance);
    jsonw_key(&w, "cash");
    jsonw_decimal(&w, cash);
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        double value;

        memcpy(&value, (const char *)p + figures[i].offset, sizeof value);
        jsonw_key(&w, figures[i].key);
        jsonw_double(&w, value);
    }
    jsonw_object_end(&w);
    jsonw_array_end(&w);
    return jsonw_finish(&w);
}

// The name a request gives under key; "" when none is given and none must be.
static int take_name(struct request *rq, const char *key, char out[static NAME_MAX_BYTES])
{
    struct diag d = {0};
    struct str text;

    out[0] = '\0';
    if (!control__arg(rq, key, &text) || text.len == 0) {
        return 0;
    }
    if (name_check(text, "portfolio", &d) != 0) {
        return control__refuse(rq, EXIT_CODE_DATA, "%s", d.text);
    }
    return str_copy(out, NAME_MAX_BYTES, text);
}

static int create(struct request *rq, const struct portfolio_settings *p,
                  struct store_portfolio *out)
{
    int64_t id = 0;
    int rc = store_portfolio_create(rq->env->store, p, rq->now, &id);

    rc = rc != 0 ? rc : store_portfolio_get(rq->env->store, id, out);
    return rc != 0 ? rc : control__add_id(&rq->reply->portfolios, id);
}

static int refuse_unknown(struct request *rq, const char *name)
{
    return control__refuse(
        rq, EXIT_CODE_DATA,
        "there is no portfolio %s; 'oracle portfolio list' shows those there are, "
        "'oracle portfolio create %s' makes it",
        name, name);
}

int control__portfolio_use(struct request *rq, bool may_create, struct store_portfolio *out)
{
    struct portfolio_settings p;
    char name[NAME_MAX_BYTES];
    bool is_default;
    int rc = take_name(rq, "portfolio", name);

    if (rc != 0) {
        return rc;
    }
    is_default = name[0] == '\0' || strcmp(name, DEFAULT_NAME) == 0;
    if (is_default) {
        memcpy(name, DEFAULT_NAME, sizeof DEFAULT_NAME);
    }
    rc = store_portfolio_find(rq->env->store, name, out);
    if (rc != ERR_NOT_FOUND) {
        return rc;
    }
    if (!is_default || !may_create) {
        return refuse_unknown(rq, name);
    }
    rc = defaults(rq->env->config, &p);
    rc = rc != 0 ? rc : str_copy(p.name, sizeof p.name, str_from(name));
    return rc != 0 ? rc : create(rq, &p, out);
}

int control__portfolio_create(struct request *rq)
{
    struct store_portfolio made;
    struct portfolio_settings p;
    char balance[DECIMAL_TEXT_MAX];
    int rc = defaults(rq->env->config, &p);

    rc = rc != 0 ? rc : take_name(rq, "name", p.name);
    if (rc == 0 && p.name[0] == '\0') {
        rc = control__refuse(rq, EXIT_CODE_USAGE, "no name is given for the portfolio");
    }
    rc = rc != 0 ? rc : take_figures(rq, &p);
    rc = rc != 0 ? rc : take_mode(rq, &p);
    rc = rc != 0 ? rc : take_money(rq, &p);
    rc = rc != 0 ? rc : create(rq, &p, &made);
    if (rc == ERR_EXISTS) {
        return control__refuse(rq, EXIT_CODE_NEGATIVE,
                               "there is a portfolio %s already; choose another name, or change it "
                               "with 'oracle portfolio set %s'",
                               p.name, p.name);
    }
    if (rc != 0) {
        return rc;
    }
    decimal_format_short(made.cash, balance);
    rc = control__say(rq, "portfolio %s is made: paper, %s %s", p.name, balance, p.quote);
    return rc != 0 ? rc : reply_portfolio(rq, &p, made.cash, "created");
}

static int find_named(struct request *rq, struct store_portfolio *out)
{
    char name[NAME_MAX_BYTES];
    int rc = take_name(rq, "name", name);

    if (rc == 0 && name[0] == '\0') {
        rc = control__refuse(rq, EXIT_CODE_USAGE, "no portfolio is named");
    }
    rc = rc != 0 ? rc : store_portfolio_find(rq->env->store, name, out);
    return rc == ERR_NOT_FOUND ? refuse_unknown(rq, name) : rc;
}

int control__portfolio_set(struct request *rq)
{
    struct store_portfolio p = {0};
    struct str text;
    int rc = find_named(rq, &p);

    if (rc != 0) {
        return rc;
    }
    if (control__arg(rq, "balance", &text) || control__arg(rq, "quote", &text)) {
        return control__refuse(rq, EXIT_CODE_REFUSED,
                               "balance and quote are fixed when a portfolio is made, so that its "
                               "history stays true; make another one for another balance");
    }
    rc = take_figures(rq, &p.settings);
    rc = rc != 0 ? rc : take_mode(rq, &p.settings);
    rc = rc != 0 ? rc : store_portfolio_update(rq->env->store, p.id, &p.settings);
    rc = rc != 0 ? rc : control__add_id(&rq->reply->portfolios, p.id);
    rc = rc != 0 ? rc : control__say(rq, "portfolio %s is changed", p.settings.name);
    return rc != 0 ? rc : reply_portfolio(rq, &p.settings, p.cash, "changed");
}

struct held { // what keeps a portfolio from being removed, in words
    struct request *rq;
    int64_t portfolio_id;
    struct buf *list;
    size_t left_out;
};

static int add_held(struct held *h, const char *fmt, const char *a, const char *b)
{
    int rc = buf_printf(h->list, fmt, h->list->len > 0 ? ", " : "", a, b);

    if (rc == ERR_FULL) {
        h->left_out++;
        rc = 0;
    }
    return rc;
}

static int name_entry(void *arg, const struct store_entry *e)
{
    struct held *h = arg;
    struct store_stream st;
    char pair[PAIR_TEXT_MAX];
    int rc;

    if (e->portfolio_id != h->portfolio_id) {
        return 0;
    }
    rc = store_stream_get(h->rq->env->store, e->stream_id, &st);
    if (rc != 0) {
        return rc;
    }
    pair_format(&st.pair, pair);
    return add_held(h, "%swatches %s %s", pair, timeframe_code(st.timeframe));
}

static int name_position(void *arg, int64_t portfolio_id, const struct position *p)
{
    struct held *h = arg;
    char qty[DECIMAL_TEXT_MAX];

    if (portfolio_id != h->portfolio_id || decimal_is_zero(p->qty)) {
        return 0;
    }
    decimal_format_short(p->qty, qty);
    return add_held(h, "%sholds %s %s", qty, p->pair.base);
}

int control__portfolio_remove(struct request *rq)
{
    struct store *s = rq->env->store;
    struct store_portfolio p = {0};
    struct buf list;
    struct held held = {.rq = rq, .list = &list};
    int rc = find_named(rq, &p);

    if (rc != 0) {
        return rc;
    }
    buf_init(&list, LIST_MAX);
    held.portfolio_id = p.id;
    rc = store_entry_each(s, 0, name_entry, &held);
    rc = rc != 0 ? rc : store_position_each(s, p.id, name_position, &held);
    if (rc == 0 && list.len > 0) {
        rc = control__refuse(
            rq, EXIT_CODE_REFUSED, "portfolio %s is in use: it " STR_FMT "%s; remove these first",
            p.settings.name, STR_ARG(buf_str(&list)), held.left_out > 0 ? " and more" : "");
    }
    buf_finish(&list);
    rc = rc != 0 ? rc : store_portfolio_remove(s, p.id);
    rc = rc != 0 ? rc : control__add_id(&rq->reply->portfolios, p.id);
    rc = rc != 0
             ? rc
             : control__say(rq, "portfolio %s is removed; its history is kept", p.settings.name);
    return rc != 0 ? rc : reply_portfolio(rq, &p.settings, p.cash, "removed");
}
