// SPDX-License-Identifier: Apache-2.0
// indicator(), strategy() and the order functions.
#include "script/lower.h"

static const struct val *named(const struct builtin *b, const struct call *c, const char *name)
{
    struct str rest = str_from(b->params);
    struct builtin_param p;
    for (size_t i = 0; script__builtin_param(&rest, &p); i++) {
        if (str_eq(p.name, str_from(name)))
            return c->given[i] ? &c->args[i] : NULL;
    }
    return NULL;
}

static double number(const struct builtin *b, const struct call *c, const char *name,
                     double standard)
{
    const struct val *v = named(b, c, name);
    return v && v->where == VAL_CONST && !isnan(v->num) ? v->num : standard;
}

static bool is_true(const struct builtin *b, const struct call *c, const char *name)
{
    return number(b, c, name, 0) != 0;
}

static const char *keep(struct lower *l, struct str s)
{
    char *copy = l->info ? arena_strdup(l->info->arena, s) : NULL;
    return copy ? copy : "";
}

static struct val nothing(void)
{
    struct val v = script__na();
    v.type.base = TY_VOID;
    return v;
}

static void read_settings(struct lower *l, const struct builtin *b, const struct call *c)
{
    struct script_strategy_settings *s = l->settings;
    const struct val *rule = named(b, c, "close_entries_rule");
    double margin = l->version >= 6 ? 100 : 0;
    s->initial_capital = number(b, c, "initial_capital", 1000000);
    s->default_qty_kind = (enum script_qty_kind)number(b, c, "default_qty_type", SCRIPT_QTY_FIXED);
    s->default_qty_value = number(b, c, "default_qty_value", 1);
    s->qty_given = named(b, c, "default_qty_type") || named(b, c, "default_qty_value");
    s->pyramiding = (int)fmin(number(b, c, "pyramiding", 0), 100000);
    s->commission_kind =
        (enum script_commission_kind)number(b, c, "commission_type", SCRIPT_COMMISSION_PERCENT);
    s->commission_value = number(b, c, "commission_value", 0);
    s->slippage_ticks = number(b, c, "slippage", 0);
    s->margin_long = number(b, c, "margin_long", margin);
    s->margin_short = number(b, c, "margin_short", margin);
    s->process_orders_on_close = is_true(b, c, "process_orders_on_close");
    s->close_entries_any = rule && str_eq(script__text(l, rule), STR("ANY"));
    if ((int)s->default_qty_kind < 0 || s->default_qty_kind > SCRIPT_QTY_PERCENT_OF_EQUITY)
        script__error(l, c->at,
                      "default_qty_type has to be strategy.fixed, strategy.cash or "
                      "strategy.percent_of_equity");
    if (!(s->initial_capital > 0))
        script__error(l, c->at, "initial_capital has to be more than 0");
    if (!(s->default_qty_value > 0))
        script__error(l, c->at, "default_qty_value has to be more than 0");
    static const char *const ticks[] = {"calc_on_every_tick", "calc_on_order_fills",
                                        "use_bar_magnifier"};
    for (size_t i = 0; i < sizeof ticks / sizeof ticks[0]; i++) {
        if (is_true(b, c, ticks[i]))
            script__warn(l, c->at, "%s has no effect: a strategy runs once on each closed bar",
                         ticks[i]);
    }
}

static struct val low_declaration(struct lower *l, const struct builtin *b, struct call *c)
{
    if (l->has_declaration) {
        script__error(l, c->at, "a script has one indicator() or strategy() only");
        return nothing();
    }
    l->has_declaration = true;
    l->is_strategy = b->op != 0;
    if (b->op)
        read_settings(l, b, c);
    double back = number(b, c, "max_bars_back", 0);
    if (back > 0)
        l->max_bars_back = back > HISTORY_MAX ? HISTORY_MAX : back;
    const struct val *tf = named(b, c, "timeframe");
    if (tf && script__text(l, tf).len)
        script__error(l, c->at, "timeframe= is not supported here: use request.security");
    if (!l->info)
        return nothing();
    struct script_info *info = l->info->info;
    const struct val *title = named(b, c, "title"), *short_title = named(b, c, "shorttitle");
    info->kind = b->op ? SCRIPT_STRATEGY : SCRIPT_INDICATOR;
    info->title = keep(l, title ? script__text(l, title) : STR(""));
    info->short_title = keep(l, short_title ? script__text(l, short_title) : str_from(info->title));
    info->overlay = is_true(b, c, "overlay");
    return nothing();
}

// --- orders -------------------------------------------------------------------------------------

static const struct {
    const char *name;
    enum effect_arg arg;
} order_args[] = {{"id", ARG_ID},
                  {"from_entry", ARG_FROM_ENTRY},
                  {"direction", ARG_LONG},
                  {"qty", ARG_QTY},
                  {"qty_percent", ARG_QTY_PERCENT},
                  {"limit", ARG_LIMIT},
                  {"stop", ARG_STOP},
                  {"profit", ARG_PROFIT},
                  {"loss", ARG_LOSS},
                  {"trail_price", ARG_TRAIL_PRICE},
                  {"trail_points", ARG_TRAIL_POINTS},
                  {"trail_offset", ARG_TRAIL_OFFSET},
                  {"oca_name", ARG_OCA_NAME},
                  {"oca_type", ARG_OCA_KIND},
                  {"comment", ARG_COMMENT},
                  {"comment_profit", ARG_COMMENT_PROFIT},
                  {"comment_loss", ARG_COMMENT_LOSS},
                  {"comment_trailing", ARG_COMMENT_TRAILING},
                  {"alert_message", ARG_MESSAGE},
                  {"immediately", ARG_IMMEDIATELY}};

static void collect(const struct builtin *b, const struct call *c, struct val *args, bool *given)
{
    for (size_t i = 0; i < sizeof order_args / sizeof order_args[0]; i++) {
        const struct val *v = named(b, c, order_args[i].name);
        if (!v)
            continue;
        args[order_args[i].arg] = *v;
        given[order_args[i].arg] = true;
    }
}

// when=, or the bool that versions 4 and 5 take in the place of close()'s comment.
static bool order_condition(struct lower *l, const struct builtin *b, const struct call *c,
                            struct val *args, bool *given, struct val *cond)
{
    const struct val *when = named(b, c, "when");
    if (given[ARG_COMMENT] && args[ARG_COMMENT].type.base == TY_BOOL) {
        when = &args[ARG_COMMENT];
        given[ARG_COMMENT] = false;
    } else if (given[ARG_COMMENT] && args[ARG_COMMENT].type.base != TY_STRING &&
               args[ARG_COMMENT].type.base != TY_NA) {
        script__error(l, c->at, "\"comment\" of %s has to be string, not %s", b->name,
                      script__type_name(args[ARG_COMMENT].type));
    }
    if (!when)
        return false;
    if (l->version >= 6)
        script__error(l, c->at, "when= was removed in version 6: put the call under an if");
    *cond = script__condition(l, *when, c->at);
    return true;
}

static void check_direction(struct lower *l, const struct call *c, struct val *v)
{
    if (v->type.base == TY_BOOL || v->type.base == TY_INT || v->type.base == TY_NA)
        return;
    script__error(l, c->at, "the direction has to be strategy.long or strategy.short");
}

static void check_exit(struct lower *l, const struct call *c, const bool *given)
{
    static const enum effect_arg prices[] = {ARG_PROFIT, ARG_LIMIT,       ARG_LOSS,
                                             ARG_STOP,   ARG_TRAIL_PRICE, ARG_TRAIL_POINTS};
    for (size_t i = 0; i < sizeof prices / sizeof prices[0]; i++) {
        if (given[prices[i]])
            return;
    }
    script__error(l, c->at,
                  "strategy.exit needs one of profit, limit, loss, stop, trail_price or "
                  "trail_points; strategy.close closes at the market");
}

static void warn_unused(struct lower *l, const struct builtin *b, const struct call *c)
{
    static const char *const names[] = {"alert_profit", "alert_loss", "alert_trailing",
                                        "disable_alert"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (named(b, c, names[i]))
            script__warn(l, c->at, "%s of %s has no effect: only alert_message goes with an order",
                         names[i], b->name);
    }
}

struct val script__low_order(struct lower *l, const struct builtin *b, struct call *c)
{
    struct val args[ARG_COUNT], cond;
    bool given[ARG_COUNT] = {false};
    if (l->security) {
        script__error(l, c->at, "%s cannot be called inside request.security", b->name);
        return nothing();
    }
    if (l->has_declaration && !l->is_strategy) {
        script__error(l, c->at, "%s needs a strategy: declare the script with strategy()", b->name);
        return nothing();
    }
    collect(b, c, args, given);
    warn_unused(l, b, c);
    if (given[ARG_LONG])
        check_direction(l, c, &args[ARG_LONG]);
    if (b->op == SCRIPT_ORDER_EXIT)
        check_exit(l, c, given);
    bool conditional = order_condition(l, b, c, args, given, &cond);
    if (!conditional) {
        script__effect(l, EFFECT_ORDER, (unsigned)b->op, 0, args, given);
        return nothing();
    }
    if (l->code && cond.where != VAL_CONST) {
        size_t jump = l->code->count;
        script__emit(l, 0, 0, 0, 0, 0);
        script__effect(l, EFFECT_ORDER, (unsigned)b->op, 0, args, given);
        script__loop_skip(l, jump, &cond);
        return nothing();
    }
    int32_t guard = l->guard;
    l->guard = script__and_guard(l, &cond, false);
    script__effect(l, EFFECT_ORDER, (unsigned)b->op, 0, args, given);
    l->guard = guard;
    return nothing();
}

// --- strategy.risk ------------------------------------------------------------------------------

enum {
    RISK_ALLOW,
    RISK_DRAWDOWN,
    RISK_INTRADAY_LOSS,
    RISK_FILLED,
    RISK_POSITION,
    RISK_LOSS_DAYS
};

static struct val low_risk(struct lower *l, const struct builtin *b, struct call *c)
{
    struct script_risk *r = &l->settings->risk;
    if (l->guard != GRAPH_NONE || l->code) {
        script__error(l, c->at, "%s holds for the whole script: call it outside of blocks",
                      b->name);
        return nothing();
    }
    struct str text = script__text(l, &c->args[0]);
    bool percent = c->count > 1 && (c->args[1].type.base == TY_INT ? c->args[1].num == 2 : false);
    switch (b->op) {
    case RISK_ALLOW:
        r->allow_entry = str_eq(text, STR("long")) || c->args[0].num == 1     ? SCRIPT_ALLOW_LONG
                         : str_eq(text, STR("short")) || c->args[0].num == -1 ? SCRIPT_ALLOW_SHORT
                                                                              : SCRIPT_ALLOW_ALL;
        break;
    case RISK_DRAWDOWN:
        r->max_drawdown = c->args[0].num;
        r->max_drawdown_percent = percent;
        break;
    case RISK_INTRADAY_LOSS:
        r->max_intraday_loss = c->args[0].num;
        r->max_intraday_loss_percent = percent;
        break;
    case RISK_FILLED:
        r->max_intraday_filled_orders = c->args[0].num;
        break;
    case RISK_POSITION:
        r->max_position_size = c->args[0].num;
        break;
    default:
        r->max_cons_loss_days = c->args[0].num;
        break;
    }
    return nothing();
}

#define LIMITS                                                                                     \
    "max_lines_count:*?,max_labels_count:*?,max_boxes_count:*?,max_polylines_count:*?,"            \
    "dynamic_requests:*?,behind_chart:*?"
#define MARKET                                                                                     \
    "qty:F?,limit:F?,stop:F?,oca_name:S?,oca_type:I?,comment:*?,alert_message:S?,disable_alert:*?" \
    ",when:*?"

static const struct builtin rows[] = {
    {"indicator",
     "title:cS,shorttitle:cS?,overlay:cB?,format:*?,precision:*?,scale:*?,max_bars_back:cI?,"
     "timeframe:cS?,timeframe_gaps:*?,explicit_plot_zorder:*?,calc_bars_count:*?,resolution:cS?"
     "," LIMITS,
     "V", low_declaration, NULL, NULL, 0, "declares an indicator"},
    {"strategy",
     "title:cS,shorttitle:cS?,overlay:cB?,format:*?,precision:*?,scale:*?,pyramiding:cI?,"
     "calc_on_order_fills:cB?,calc_on_every_tick:cB?,max_bars_back:cI?,"
     "backtest_fill_limits_assumption:cI?,default_qty_type:cI?,default_qty_value:cF?,"
     "initial_capital:cF?,currency:*?,slippage:cI?,commission_type:cI?,commission_value:cF?,"
     "process_orders_on_close:cB?,close_entries_rule:cS?,margin_long:cF?,margin_short:cF?,"
     "explicit_plot_zorder:*?,calc_bars_count:*?,risk_free_rate:*?,use_bar_magnifier:cB?,"
     "fill_orders_on_standard_ohlc:*?,linktoseries:*?," LIMITS,
     "V", low_declaration, NULL, NULL, 1, "declares a strategy and how its orders are sized"},
    {"strategy.entry", "id:S,direction:*," MARKET, "V", script__low_order, NULL, NULL,
     SCRIPT_ORDER_ENTRY, "opens or reverses a position"},
    {"strategy.order", "id:S,direction:*," MARKET, "V", script__low_order, NULL, NULL,
     SCRIPT_ORDER_RAW, "buys or sells without regard to pyramiding"},
    {"strategy.exit",
     "id:S,from_entry:S?,qty:F?,qty_percent:F?,profit:F?,limit:F?,loss:F?,stop:F?,trail_price:F?,"
     "trail_points:F?,trail_offset:F?,oca_name:S?,comment:*?,comment_profit:S?,comment_loss:S?,"
     "comment_trailing:S?,alert_message:S?,alert_profit:S?,alert_loss:S?,alert_trailing:S?,"
     "disable_alert:*?,when:*?",
     "V", script__low_order, NULL, NULL, SCRIPT_ORDER_EXIT, "take profit, stop and trailing stop"},
    {"strategy.close",
     "id:S,comment:*?,qty:F?,qty_percent:F?,alert_message:S?,immediately:B?,disable_alert:*?,when:*"
     "?",
     "V", script__low_order, NULL, NULL, SCRIPT_ORDER_CLOSE,
     "closes what an entry opened, at the market"},
    {"strategy.close_all", "comment:*?,alert_message:S?,immediately:B?,disable_alert:*?,when:*?",
     "V", script__low_order, NULL, NULL, SCRIPT_ORDER_CLOSE_ALL,
     "closes the position at the market"},
    {"strategy.cancel", "id:S,when:*?", "V", script__low_order, NULL, NULL, SCRIPT_ORDER_CANCEL,
     "takes a pending order back"},
    {"strategy.cancel_all", "when:*?", "V", script__low_order, NULL, NULL, SCRIPT_ORDER_CANCEL_ALL,
     "takes all pending orders back"},
    {"strategy.risk.allow_entry_in", "value:p*", "V", low_risk, NULL, NULL, RISK_ALLOW,
     "directions in which entries may open"},
    {"strategy.risk.max_drawdown", "value:pF,type:p*?,alert_message:*?", "V", low_risk, NULL, NULL,
     RISK_DRAWDOWN, "stops trading at this drawdown"},
    {"strategy.risk.max_intraday_loss", "value:pF,type:p*?,alert_message:*?", "V", low_risk, NULL,
     NULL, RISK_INTRADAY_LOSS, "stops trading for the day at this loss"},
    {"strategy.risk.max_intraday_filled_orders", "count:pF,alert_message:*?", "V", low_risk, NULL,
     NULL, RISK_FILLED, "stops trading for the day after so many fills"},
    {"strategy.risk.max_position_size", "contracts:pF", "V", low_risk, NULL, NULL, RISK_POSITION,
     "greatest position"},
    {"strategy.risk.max_cons_loss_days", "count:pF,alert_message:*?", "V", low_risk, NULL, NULL,
     RISK_LOSS_DAYS, "stops trading after so many losing days in a row"},
};
const struct builtin_table script__builtins_strategy = {rows, sizeof rows / sizeof rows[0]};
