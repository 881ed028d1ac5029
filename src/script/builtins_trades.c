// SPDX-License-Identifier: Apache-2.0
// What a strategy may read of its account: position, equity, counts, and single trades.
#include "script/lower.h"

#include "script/vm.h"

static struct val account(struct lower *l, unsigned field)
{
    struct graph_member *m = &l->graph->members[l->member];
    m->needs_account = true;
    for (size_t i = 0; i < l->account_count; i++) {
        if (l->graph->nodes[l->account[i]].op == field)
            return script__node_val(TY_FLOAT, l->account[i]);
    }
    int32_t node = script__graph_add(l->graph, NODE_ACCOUNT, field, NULL, 0, GRAPH_NONE, l->member);
    l->graph->nodes[node].forced = true;
    if (l->account_count < ACCOUNT_COUNT)
        l->account[l->account_count++] = node;
    return script__node_val(TY_FLOAT, node);
}

static bool allowed(struct lower *l, const struct builtin *b, const struct call *c)
{
    if (l->security)
        script__error(l, c->at, "%s cannot be asked for inside request.security", b->name);
    else if (l->has_declaration && !l->is_strategy)
        script__error(l, c->at, "%s needs a strategy: declare the script with strategy()", b->name);
    else
        return true;
    return false;
}

static struct val low_account(struct lower *l, const struct builtin *b, struct call *c)
{
    if (!allowed(l, b, c))
        return script__bad();
    struct val v = account(l, (unsigned)b->op);
    v.type.base = b->returns[0] == 'I' ? TY_INT : TY_FLOAT;
    return v;
}

static struct val low_capital(struct lower *l, const struct builtin *b, struct call *c)
{
    if (!allowed(l, b, c))
        return script__bad();
    return script__const(TY_FLOAT, l->settings->initial_capital);
}

static struct val ratio(struct lower *l, struct val a, struct val b, double factor)
{
    struct val q = script__op(l, OP_DIV, TY_FLOAT, &a, &b, NULL);
    struct val f = script__const(TY_FLOAT, factor);
    return factor == 1 ? q : script__op(l, OP_MUL, TY_FLOAT, &q, &f, NULL);
}

enum {
    R_NET,
    R_GROSS_PROFIT,
    R_GROSS_LOSS,
    R_OPEN,
    R_AVG,
    R_AVG_WIN,
    R_AVG_LOSS,
    R_AVG_PERCENT,
    R_AVG_WIN_PERCENT,
    R_AVG_LOSS_PERCENT
};

// What is divided by what; of R_OPEN by the capital and the net profit.
static const struct {
    uint8_t of, by;
    bool percent;
} ratios[] = {[R_NET] = {ACCOUNT_NET_PROFIT, ACCOUNT_COUNT, true},
              [R_GROSS_PROFIT] = {ACCOUNT_GROSS_PROFIT, ACCOUNT_COUNT, true},
              [R_GROSS_LOSS] = {ACCOUNT_GROSS_LOSS, ACCOUNT_COUNT, true},
              [R_OPEN] = {ACCOUNT_OPEN_PROFIT, ACCOUNT_COUNT, true},
              [R_AVG] = {ACCOUNT_NET_PROFIT, ACCOUNT_CLOSED_TRADES, false},
              [R_AVG_WIN] = {ACCOUNT_GROSS_PROFIT, ACCOUNT_WIN_TRADES, false},
              [R_AVG_LOSS] = {ACCOUNT_GROSS_LOSS, ACCOUNT_LOSS_TRADES, false},
              [R_AVG_PERCENT] = {ACCOUNT_PERCENT_ALL, ACCOUNT_CLOSED_TRADES, false},
              [R_AVG_WIN_PERCENT] = {ACCOUNT_PERCENT_WON, ACCOUNT_WIN_TRADES, false},
              [R_AVG_LOSS_PERCENT] = {ACCOUNT_PERCENT_LOST, ACCOUNT_LOSS_TRADES, false}};

static struct val low_ratio(struct lower *l, const struct builtin *b, struct call *c)
{
    if (!allowed(l, b, c))
        return script__bad();
    struct val by = script__const(TY_FLOAT, l->settings->initial_capital);
    if (ratios[b->op].by != ACCOUNT_COUNT)
        by = account(l, ratios[b->op].by);
    if (b->op == R_OPEN) {
        struct val net = account(l, ACCOUNT_NET_PROFIT);
        by = script__op(l, OP_ADD, TY_FLOAT, &by, &net, NULL);
    }
    return ratio(l, account(l, ratios[b->op].of), by, ratios[b->op].percent ? 100 : 1);
}

static struct val low_entry_qty(struct lower *l, const struct builtin *b, struct call *c)
{
    if (!allowed(l, b, c))
        return script__bad();
    (void)account(l, ACCOUNT_EQUITY); // the account has to be there
    return script__row(l, VM_ENTRY_QTY, (struct type){TY_FLOAT, false}, c->args, 1);
}

static struct val low_currency(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)b, (void)c;
    return script__const_string(l, str_from(l->context->quote));
}

// op: the field, + 100 for closed trades; text fields give a string.
static struct val low_trade(struct lower *l, const struct builtin *b, struct call *c)
{
    if (!allowed(l, b, c))
        return script__bad();
    l->graph->members[l->member].needs_account = true;
    (void)account(l, ACCOUNT_POSITION_SIZE); // the account has to be there
    int field = b->op % 100;
    struct val args[3] = {c->args[0], script__const(TY_BOOL, b->op >= 100),
                          script__const(TY_INT, field)};
    bool text = b->returns[0] == 'S';
    struct type type = {text ? TY_STRING : b->returns[0] == 'I' ? TY_INT : TY_FLOAT, false};
    return script__row(l, text ? VM_TRADE_TEXT : VM_TRADE, type, args, 3);
}

// The entry that opened the position: the first open trade's.
static struct val low_entry_name(struct lower *l, const struct builtin *b, struct call *c)
{
    static const struct builtin row = {"strategy.position_entry_name",
                                       "trade_num:I",
                                       "S",
                                       NULL,
                                       NULL,
                                       NULL,
                                       SCRIPT_TRADE_ENTRY_ID,
                                       ""};
    struct call call = *c;
    (void)b;
    call.count = 1;
    call.args[0] = script__const(TY_INT, 0);
    return low_trade(l, &row, &call);
}

static struct val low_first_index(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)l, (void)b, (void)c;
    return script__const(TY_INT, 0);
}

static struct val low_identity(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)l, (void)b;
    return c->args[0];
}

#define ACC low_account
#define TRADE(kind, name, returns, field, doc)                                                     \
    {                                                                                              \
        "strategy." kind "trades." name, "trade_num:I", returns, low_trade, NULL, NULL,            \
            sizeof kind == sizeof "closed" ? 100 + (field) : (field), doc                          \
    }
#define BOTH(name, returns, field, doc)                                                            \
    TRADE("open", name, returns, field, doc), TRADE("closed", name, returns, field, doc)

static const struct builtin rows[] = {
    {"strategy.position_size", NULL, "F", ACC, NULL, NULL, ACCOUNT_POSITION_SIZE,
     "size of the position, below 0 when short"},
    {"strategy.position_avg_price", NULL, "F", ACC, NULL, NULL, ACCOUNT_POSITION_AVG_PRICE,
     "its average entry price, na when flat"},
    {"strategy.equity", NULL, "F", ACC, NULL, NULL, ACCOUNT_EQUITY, "capital with open profit"},
    {"strategy.netprofit", NULL, "F", ACC, NULL, NULL, ACCOUNT_NET_PROFIT,
     "profit of closed trades"},
    {"strategy.openprofit", NULL, "F", ACC, NULL, NULL, ACCOUNT_OPEN_PROFIT,
     "profit of open trades"},
    {"strategy.grossprofit", NULL, "F", ACC, NULL, NULL, ACCOUNT_GROSS_PROFIT,
     "sum of winning trades"},
    {"strategy.grossloss", NULL, "F", ACC, NULL, NULL, ACCOUNT_GROSS_LOSS, "sum of losing trades"},
    {"strategy.max_drawdown", NULL, "F", ACC, NULL, NULL, ACCOUNT_MAX_DRAWDOWN, "deepest drawdown"},
    {"strategy.max_runup", NULL, "F", ACC, NULL, NULL, ACCOUNT_MAX_RUNUP, "greatest run-up"},
    {"strategy.max_drawdown_percent", NULL, "F", ACC, NULL, NULL, ACCOUNT_MAX_DRAWDOWN_PERCENT,
     "greatest drawdown in percent of its peak"},
    {"strategy.max_runup_percent", NULL, "F", ACC, NULL, NULL, ACCOUNT_MAX_RUNUP_PERCENT,
     "greatest run-up in percent of its trough"},
    {"strategy.max_contracts_held_all", NULL, "F", ACC, NULL, NULL, ACCOUNT_MAX_HELD,
     "greatest position so far"},
    {"strategy.max_contracts_held_long", NULL, "F", ACC, NULL, NULL, ACCOUNT_MAX_HELD_LONG,
     "greatest long position so far"},
    {"strategy.max_contracts_held_short", NULL, "F", ACC, NULL, NULL, ACCOUNT_MAX_HELD_SHORT,
     "greatest short position so far"},
    {"strategy.margin_liquidation_price", NULL, "F", ACC, NULL, NULL, ACCOUNT_MARGIN_PRICE,
     "price of a margin call; na when flat or never"},
    {"strategy.default_entry_qty", "fill_price:F", "F", low_entry_qty, NULL, NULL, 0,
     "quantity of an entry without qty that fills at this price"},
    {"strategy.opentrades.capital_held", NULL, "F", ACC, NULL, NULL, ACCOUNT_CAPITAL_HELD,
     "margin of the open trades at their entry prices; 0 without margin"},
    {"strategy.opentrades", NULL, "I", ACC, NULL, NULL, ACCOUNT_OPEN_TRADES,
     "number of open trades"},
    {"strategy.closedtrades", NULL, "I", ACC, NULL, NULL, ACCOUNT_CLOSED_TRADES,
     "number of closed trades"},
    {"strategy.wintrades", NULL, "I", ACC, NULL, NULL, ACCOUNT_WIN_TRADES, "number of winners"},
    {"strategy.losstrades", NULL, "I", ACC, NULL, NULL, ACCOUNT_LOSS_TRADES, "number of losers"},
    {"strategy.eventrades", NULL, "I", ACC, NULL, NULL, ACCOUNT_EVEN_TRADES,
     "number of even trades"},
    {"strategy.initial_capital", NULL, "F", low_capital, NULL, NULL, 0, "capital at the start"},
    {"strategy.netprofit_percent", NULL, "F", low_ratio, NULL, NULL, R_NET,
     "of the initial capital"},
    {"strategy.grossprofit_percent", NULL, "F", low_ratio, NULL, NULL, R_GROSS_PROFIT,
     "of the initial capital"},
    {"strategy.grossloss_percent", NULL, "F", low_ratio, NULL, NULL, R_GROSS_LOSS,
     "of the initial capital"},
    {"strategy.openprofit_percent", NULL, "F", low_ratio, NULL, NULL, R_OPEN,
     "of the realized equity"},
    {"strategy.avg_trade", NULL, "F", low_ratio, NULL, NULL, R_AVG, "mean profit of a trade"},
    {"strategy.avg_winning_trade", NULL, "F", low_ratio, NULL, NULL, R_AVG_WIN,
     "mean of the winners"},
    {"strategy.avg_losing_trade", NULL, "F", low_ratio, NULL, NULL, R_AVG_LOSS,
     "mean of the losers"},
    {"strategy.avg_trade_percent", NULL, "F", low_ratio, NULL, NULL, R_AVG_PERCENT,
     "mean profit of a trade in percent of its entry"},
    {"strategy.avg_winning_trade_percent", NULL, "F", low_ratio, NULL, NULL, R_AVG_WIN_PERCENT,
     "mean of the winners in percent"},
    {"strategy.avg_losing_trade_percent", NULL, "F", low_ratio, NULL, NULL, R_AVG_LOSS_PERCENT,
     "mean of the losers in percent"},
    {"strategy.position_entry_name", NULL, "S", low_entry_name, NULL, NULL, 0,
     "id of the entry that opened the position"},
    {"strategy.closedtrades.first_index", NULL, "I", low_first_index, NULL, NULL, 0, "always 0"},
    {"strategy.account_currency", NULL, "S", low_currency, NULL, NULL, 0, "the quote asset"},
    {"strategy.convert_to_account", "value:F", "F", low_identity, NULL, NULL, 0, "value itself"},
    {"strategy.convert_to_symbol", "value:F", "F", low_identity, NULL, NULL, 0, "value itself"},
    BOTH("entry_price", "F", SCRIPT_TRADE_ENTRY_PRICE, "entry price of a trade"),
    BOTH("entry_bar_index", "I", SCRIPT_TRADE_ENTRY_BAR, "bar of its entry"),
    BOTH("entry_time", "I", SCRIPT_TRADE_ENTRY_TIME, "time of its entry"),
    BOTH("entry_id", "S", SCRIPT_TRADE_ENTRY_ID, "id of its entry order"),
    BOTH("entry_comment", "S", SCRIPT_TRADE_ENTRY_COMMENT, "comment of its entry order"),
    BOTH("size", "F", SCRIPT_TRADE_SIZE, "its size, below 0 when short"),
    BOTH("profit", "F", SCRIPT_TRADE_PROFIT, "its profit"),
    BOTH("profit_percent", "F", SCRIPT_TRADE_PROFIT_PERCENT, "its profit in percent"),
    BOTH("commission", "F", SCRIPT_TRADE_COMMISSION, "its commission"),
    BOTH("max_runup", "F", SCRIPT_TRADE_MAX_RUNUP, "its greatest gain"),
    BOTH("max_runup_percent", "F", SCRIPT_TRADE_MAX_RUNUP_PERCENT, "its greatest gain in percent"),
    BOTH("max_drawdown", "F", SCRIPT_TRADE_MAX_DRAWDOWN, "its greatest loss"),
    BOTH("max_drawdown_percent", "F", SCRIPT_TRADE_MAX_DRAWDOWN_PERCENT,
         "its greatest loss in percent"),
    TRADE("closed", "exit_price", "F", SCRIPT_TRADE_EXIT_PRICE, "exit price of a trade"),
    TRADE("closed", "exit_bar_index", "I", SCRIPT_TRADE_EXIT_BAR, "bar of its exit"),
    TRADE("closed", "exit_time", "I", SCRIPT_TRADE_EXIT_TIME, "time of its exit"),
    TRADE("closed", "exit_id", "S", SCRIPT_TRADE_EXIT_ID, "id of its exit order"),
    TRADE("closed", "exit_comment", "S", SCRIPT_TRADE_EXIT_COMMENT, "comment of its exit order"),
};
const struct builtin_table script__builtins_trades = {rows, sizeof rows / sizeof rows[0]};
