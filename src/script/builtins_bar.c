// SPDX-License-Identifier: Apache-2.0
// The rows about the bar, the market and the timeframe.
#include "script/lower.h"

#include "base/number.h"

static struct val low_column(struct lower *l, const struct builtin *b, struct call *c)
{
    if (b->op == COLUMN_BAR_INDEX && l->security) {
        script__error(l, c->at, "bar_index cannot be asked for inside request.security");
        return script__bad();
    }
    return script__column(l, (enum graph_column)b->op);
}

// hl2, hlc3, ohlc4, hlcc4: op is the set of prices, a bit each, 16: close twice.
static struct val low_average(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)c;
    struct val sum = script__const(TY_FLOAT, 0);
    double n = 0;
    for (unsigned i = 0; i < 5; i++) {
        if (!(b->op >> i & 1))
            continue;
        struct val v = script__column(l, i == 4 ? COLUMN_CLOSE : (enum graph_column)i);
        sum = n == 0 ? v : script__op(l, OP_ADD, TY_FLOAT, &sum, &v, NULL);
        n++;
    }
    struct val count = script__const(TY_FLOAT, n);
    return script__op(l, OP_DIV, TY_FLOAT, &sum, &count, NULL);
}

static struct val low_bool(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)l, (void)c;
    return script__const(TY_BOOL, b->op);
}

static struct val low_is_last(struct lower *l, const struct builtin *b, struct call *c)
{
    script__warn(l, c->at,
                 "%s is false on each bar here: where the data ends differs between a backtest, a "
                 "restart and a live run, which have to agree",
                 b->name);
    return script__const(TY_BOOL, 0);
}

static struct val low_is_first(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)b, (void)c;
    struct val index = script__column(l, COLUMN_BAR_INDEX), zero = script__const(TY_INT, 0);
    return script__op(l, OP_EQ, TY_BOOL, &index, &zero, NULL);
}

// --- market and timeframe -----------------------------------------------------------------------

enum {
    SYM_TICKER,
    SYM_TICKERID,
    SYM_PREFIX,
    SYM_BASE,
    SYM_QUOTE,
    SYM_TYPE,
    SYM_SESSION,
    SYM_ZONE,
    SYM_VOLUMETYPE,
    SYM_MINTICK,
    SYM_POINTVALUE,
    SYM_MINCONTRACT,
    SYM_PRICESCALE
};

static struct val low_syminfo(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)c;
    const struct script_context *x = l->context;
    const char *text = NULL;
    char id[128];
    switch (b->op) {
    case SYM_TICKER:
        text = x->ticker;
        break;
    case SYM_TICKERID:
        text = str_printf(id, sizeof id, "%s:%s", x->exchange ? x->exchange : "",
                          x->ticker ? x->ticker : "")
                   ? ""
                   : id;
        break;
    case SYM_PREFIX:
        text = x->exchange;
        break;
    case SYM_BASE:
        text = x->base;
        break;
    case SYM_QUOTE:
        text = x->quote;
        break;
    case SYM_TYPE:
        text = "crypto";
        break;
    case SYM_SESSION:
        text = "24x7";
        break;
    case SYM_ZONE:
        text = "Etc/UTC";
        break;
    case SYM_VOLUMETYPE:
        text = "base";
        break;
    case SYM_MINTICK:
        return script__const(TY_FLOAT, x->tick_size > 0 ? x->tick_size : 0.01);
    case SYM_PRICESCALE:
        return script__const(TY_FLOAT, floor(1 / (x->tick_size > 0 ? x->tick_size : 0.01) + 0.5));
    case SYM_MINCONTRACT:
        return script__const(TY_FLOAT, x->lot_step);
    default:
        return script__const(TY_FLOAT, 1);
    }
    struct val v = script__const_string(l, str_from(text));
    v.qual = Q_SIMPLE;
    return v;
}

static const char *const tf_periods[TF_COUNT] = {
    "1", "3", "5", "15", "30", "60", "120", "240", "360", "480", "720", "1D", "3D", "1W", "1M"};

double script__timeframe_code(struct str text)
{
    static const struct {
        const char *text;
        double code;
    } names[] = {{"D", TF_D1},   {"W", TF_W1},  {"M", TF_MN1}, {"1D", TF_D1}, {"1W", TF_W1},
                 {"1M", TF_MN1}, {"3D", TF_D3}, {"1d", TF_D1}, {"1w", TF_W1}};
    for (int tf = 0; tf < TF_COUNT; tf++) {
        if (str_eq(text, str_from(tf_periods[tf])) ||
            (str_eq(text, str_from(timeframe_code((enum timeframe)tf))) && tf < TF_D1 &&
             tf >= TF_H1))
            return tf;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (str_eq(text, str_from(names[i].text)))
            return names[i].code;
    }
    uint64_t minutes;
    if (number_parse_u64(text, &minutes) || minutes == 0 || minutes > 1440)
        return -1;
    return minutes == 1440 ? TF_D1 : 1000 + (double)minutes;
}

struct val script__chart_timeframe(const struct lower *l)
{
    return script__const(TY_INT,
                         l->security ? l->security->timeframe : (double)l->context->timeframe);
}

double script__timeframe_argument(struct lower *l, const struct val *v, const struct ast *at)
{
    struct str text = script__text(l, v);
    double code = text.len ? script__timeframe_code(text) : script__chart_timeframe(l).num;
    if (code < 0)
        script__error(l, at,
                      "timeframe \"" STR_FMT
                      "\" is not known: write minutes as \"60\", or \"D\", \"W\", "
                      "\"M\"",
                      STR_ARG(text));
    return code;
}

double script__timeframe_seconds(double code)
{
    if (code >= 1000)
        return (code - 1000) * 60;
    // A month counts as 30.4375 days, as in Pine.
    if (code == TF_MN1)
        return 2629800;
    return (double)timeframe_min_length_ms((enum timeframe)code) / 1000;
}

enum {
    TF_PERIOD,
    TF_MULTIPLIER,
    TF_INTRADAY,
    TF_DAILY,
    TF_WEEKLY,
    TF_MONTHLY,
    TF_DWM,
    TF_MINUTES,
    TF_SECONDS,
    TF_TICKS
};

static struct val low_timeframe(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)c;
    int tf = (int)l->context->timeframe;
    double code = l->security ? l->security->timeframe : tf;
    bool daily = code == TF_D1 || code == TF_D3, weekly = code == TF_W1, monthly = code == TF_MN1;
    bool dwm = daily || weekly || monthly;
    switch (b->op) {
    case TF_PERIOD: {
        char text[16];
        const char *period = text;
        if (code < 1000)
            period = tf_periods[(int)code];
        else if (str_printf(text, sizeof text, "%d", (int)code - 1000))
            period = "";
        // Since version 6 a day is "1D", before it was "D".
        if (l->version < 6 && period[0] == '1' && period[1] > '9')
            period++;
        struct val v = script__const_string(l, str_from(period));
        v.qual = Q_SIMPLE;
        return v;
    }
    case TF_MULTIPLIER:
        return script__const(TY_INT, code == TF_D3 ? 3
                                     : dwm         ? 1
                                                   : script__timeframe_seconds(code) / 60);
    case TF_INTRADAY:
    case TF_MINUTES:
        return script__const(TY_BOOL, !dwm);
    case TF_DAILY:
        return script__const(TY_BOOL, daily);
    case TF_WEEKLY:
        return script__const(TY_BOOL, weekly);
    case TF_MONTHLY:
        return script__const(TY_BOOL, monthly);
    case TF_DWM:
        return script__const(TY_BOOL, dwm);
    default:
        return script__const(TY_BOOL, 0);
    }
}

static struct val low_in_seconds(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)b;
    double code = script__timeframe_argument(l, &c->args[0], c->at);
    return code < 0 ? script__bad() : script__const(TY_INT, script__timeframe_seconds(code));
}

// First bar that this place sees of a bar of the timeframe.
static struct val first_of(struct lower *l, double code)
{
    struct val time = script__column(l, COLUMN_TIME), tf = script__const(TY_INT, code);
    struct val open = script__op(l, OP_TF_OPEN, TY_INT, &time, &tf, NULL);
    int32_t before = script__graph_hist(l->graph, script__as_node(l, &open), 1, NAN, l->base_guard);
    struct val old = script__node_val(TY_INT, before);
    // The first bar of all begins a period too, as far as a script can see.
    struct val none = script__const(TY_INT, -1);
    old = script__op(l, OP_NZ, TY_INT, &old, &none, NULL);
    return script__op(l, OP_NE, TY_BOOL, &open, &old, NULL);
}

static struct val low_tf_change(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)b;
    double code = script__timeframe_argument(l, &c->args[0], c->at);
    return code < 0 ? script__bad() : first_of(l, code);
}

// session.isfirstbar (op 0) and islastbar: a session is a day of UTC.
static struct val low_session_edge(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)c;
    if (b->op == 0)
        return first_of(l, TF_D1);
    struct val time = script__column(l, COLUMN_TIME), tf = script__chart_timeframe(l);
    struct val day = script__const(TY_INT, TF_D1);
    struct val end = script__op(l, OP_TF_CLOSE, TY_INT, &time, &tf, NULL);
    struct val close = script__op(l, OP_TF_CLOSE, TY_INT, &time, &day, NULL);
    return script__op(l, OP_GE, TY_BOOL, &end, &close, NULL);
}

static struct val low_from_seconds(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)b;
    double seconds = c->args[0].num;
    char text[24];
    struct str out = STR("");
    if (seconds == 604800)
        out = STR("1W");
    else if (seconds >= 2419200 && seconds <= 2678400)
        out = STR("1M");
    else if (seconds == 86400 || seconds == 259200)
        out = seconds == 86400 ? STR("1D") : STR("3D");
    else if (seconds >= 60 && seconds < 86400 && fmod(seconds, 60) == 0 &&
             !str_printf(text, sizeof text, "%d", (int)(seconds / 60)))
        out = str_from(text);
    if (out.len == 0) {
        script__error(l, c->at,
                      "no timeframe is %g seconds long: whole minutes below a day, a day, three "
                      "days, a week or a month",
                      seconds);
        return script__bad();
    }
    struct val v = script__const_string(l, out);
    v.qual = Q_SIMPLE;
    return v;
}

// Part of "exchange:market", op 0: before the colon.
static struct val low_id_part(struct lower *l, const struct builtin *b, struct call *c)
{
    struct str id = script__text(l, &c->args[0]);
    size_t colon = str_find(id, ':', 0);
    struct str prefix = colon < id.len ? str_sub(id, 0, colon) : STR("");
    struct str ticker = colon < id.len ? str_sub(id, colon + 1, id.len) : id;
    struct val v = script__const_string(l, b->op ? ticker : prefix);
    v.qual = Q_SIMPLE;
    return v;
}

// What is not known of a market: an empty text (op 0) or na.
static struct val low_unknown(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)c;
    struct val v = b->op == 0 ? script__const_string(l, STR("")) : script__na();
    v.type.base = b->op == 0 ? TY_STRING : TY_FLOAT;
    v.qual = Q_SIMPLE;
    return v;
}

static struct val low_color(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)l, (void)c;
    return script__const(TY_COLOR, b->op ? 0xFFFFFFFFp0 : 0x131722FFp0);
}

#define COL low_column

static const struct builtin rows[] = {
    {"open", NULL, "F", COL, NULL, NULL, COLUMN_OPEN, "opening price"},
    {"high", NULL, "F", COL, NULL, NULL, COLUMN_HIGH, "highest price"},
    {"low", NULL, "F", COL, NULL, NULL, COLUMN_LOW, "lowest price"},
    {"close", NULL, "F", COL, NULL, NULL, COLUMN_CLOSE, "closing price"},
    {"volume", NULL, "F", COL, NULL, NULL, COLUMN_VOLUME, "volume in the base asset"},
    {"time", NULL, "I", COL, NULL, NULL, COLUMN_TIME, "open time of the bar in ms UTC"},
    {"bar_index", NULL, "I", COL, NULL, NULL, COLUMN_BAR_INDEX, "number of the bar, from 0"},
    {"hl2", NULL, "F", low_average, NULL, NULL, 6, "(high + low) / 2"},
    {"hlc3", NULL, "F", low_average, NULL, NULL, 14, "(high + low + close) / 3"},
    {"ohlc4", NULL, "F", low_average, NULL, NULL, 15, "(open + high + low + close) / 4"},
    {"hlcc4", NULL, "F", low_average, NULL, NULL, 30, "(high + low + 2 * close) / 4"},
    {"barstate.isfirst", NULL, "B", low_is_first, NULL, NULL, 0, "first bar"},
    {"barstate.isconfirmed", NULL, "B", low_bool, NULL, NULL, 1, "always true: bars are closed"},
    {"barstate.ishistory", NULL, "B", low_bool, NULL, NULL, 1, "always true: bars are closed"},
    {"barstate.isrealtime", NULL, "B", low_bool, NULL, NULL, 0, "always false"},
    {"barstate.isnew", NULL, "B", low_bool, NULL, NULL, 1, "always true"},
    {"barstate.islast", NULL, "B", low_is_last, NULL, NULL, 0, "always false, with a warning"},
    {"barstate.islastconfirmedhistory", NULL, "B", low_is_last, NULL, NULL, 0,
     "always false, with a warning"},
    {"syminfo.ticker", NULL, "S", low_syminfo, NULL, NULL, SYM_TICKER, "market, as VETUSDT"},
    {"syminfo.tickerid", NULL, "S", low_syminfo, NULL, NULL, SYM_TICKERID, "exchange and market"},
    {"syminfo.root", NULL, "S", low_syminfo, NULL, NULL, SYM_TICKER, "market"},
    {"syminfo.description", NULL, "S", low_syminfo, NULL, NULL, SYM_TICKER, "market"},
    {"syminfo.prefix", NULL, "S", low_syminfo, NULL, NULL, SYM_PREFIX, "exchange"},
    {"syminfo.basecurrency", NULL, "S", low_syminfo, NULL, NULL, SYM_BASE, "base asset"},
    {"syminfo.currency", NULL, "S", low_syminfo, NULL, NULL, SYM_QUOTE, "quote asset"},
    {"syminfo.type", NULL, "S", low_syminfo, NULL, NULL, SYM_TYPE, "always crypto"},
    {"syminfo.session", NULL, "S", low_syminfo, NULL, NULL, SYM_SESSION, "always 24x7"},
    {"syminfo.timezone", NULL, "S", low_syminfo, NULL, NULL, SYM_ZONE, "always Etc/UTC"},
    {"syminfo.mintick", NULL, "F", low_syminfo, NULL, NULL, SYM_MINTICK, "price step"},
    {"syminfo.pointvalue", NULL, "F", low_syminfo, NULL, NULL, SYM_POINTVALUE, "always 1"},
    {"syminfo.mincontract", NULL, "F", low_syminfo, NULL, NULL, SYM_MINCONTRACT, "quantity step"},
    {"syminfo.pricescale", NULL, "F", low_syminfo, NULL, NULL, SYM_PRICESCALE, "1 / price step"},
    {"syminfo.minmove", NULL, "F", low_syminfo, NULL, NULL, SYM_POINTVALUE, "always 1"},
    {"syminfo.main_tickerid", NULL, "S", low_syminfo, NULL, NULL, SYM_TICKERID,
     "exchange and market"},
    {"syminfo.volumetype", NULL, "S", low_syminfo, NULL, NULL, SYM_VOLUMETYPE, "always base"},
    {"syminfo.country", NULL, "S", low_unknown, NULL, NULL, 0, "not known: empty"},
    {"syminfo.industry", NULL, "S", low_unknown, NULL, NULL, 0, "not known: empty"},
    {"syminfo.sector", NULL, "S", low_unknown, NULL, NULL, 0, "not known: empty"},
    {"syminfo.isin", NULL, "S", low_unknown, NULL, NULL, 0, "not known: empty"},
    {"syminfo.current_contract", NULL, "S", low_unknown, NULL, NULL, 0, "not known: empty"},
    {"syminfo.expiration_date", NULL, "F", low_unknown, NULL, NULL, 1, "not known: na"},
    {"syminfo.employees", NULL, "F", low_unknown, NULL, NULL, 1, "not known: na"},
    {"syminfo.shareholders", NULL, "F", low_unknown, NULL, NULL, 1, "not known: na"},
    {"syminfo.shares_outstanding_float", NULL, "F", low_unknown, NULL, NULL, 1, "not known: na"},
    {"syminfo.shares_outstanding_total", NULL, "F", low_unknown, NULL, NULL, 1, "not known: na"},
    {"syminfo.ticker", "symbol:pS", "S", low_id_part, NULL, NULL, 1, "market of exchange:market"},
    {"syminfo.prefix", "symbol:pS", "S", low_id_part, NULL, NULL, 0, "exchange of exchange:market"},
    {"chart.is_standard", NULL, "B", low_bool, NULL, NULL, 1, "always true: plain candles"},
    {"chart.is_heikinashi", NULL, "B", low_bool, NULL, NULL, 0, "always false"},
    {"chart.is_kagi", NULL, "B", low_bool, NULL, NULL, 0, "always false"},
    {"chart.is_linebreak", NULL, "B", low_bool, NULL, NULL, 0, "always false"},
    {"chart.is_pnf", NULL, "B", low_bool, NULL, NULL, 0, "always false"},
    {"chart.is_range", NULL, "B", low_bool, NULL, NULL, 0, "always false"},
    {"chart.is_renko", NULL, "B", low_bool, NULL, NULL, 0, "always false"},
    {"chart.bg_color", NULL, "C", low_color, NULL, NULL, 1, "white"},
    {"chart.fg_color", NULL, "C", low_color, NULL, NULL, 0, "dark"},
    {"timeframe.period", NULL, "S", low_timeframe, NULL, NULL, TF_PERIOD,
     "timeframe, as 60 or 1D; D before version 6"},
    {"timeframe.main_period", NULL, "S", low_timeframe, NULL, NULL, TF_PERIOD, "the same"},
    {"timeframe.multiplier", NULL, "I", low_timeframe, NULL, NULL, TF_MULTIPLIER, "its number"},
    {"timeframe.isintraday", NULL, "B", low_timeframe, NULL, NULL, TF_INTRADAY, "below a day"},
    {"timeframe.isminutes", NULL, "B", low_timeframe, NULL, NULL, TF_MINUTES, "below a day"},
    {"timeframe.isseconds", NULL, "B", low_timeframe, NULL, NULL, TF_SECONDS, "always false"},
    {"timeframe.isticks", NULL, "B", low_timeframe, NULL, NULL, TF_TICKS, "always false"},
    {"timeframe.isdaily", NULL, "B", low_timeframe, NULL, NULL, TF_DAILY, "days"},
    {"timeframe.isweekly", NULL, "B", low_timeframe, NULL, NULL, TF_WEEKLY, "weeks"},
    {"timeframe.ismonthly", NULL, "B", low_timeframe, NULL, NULL, TF_MONTHLY, "months"},
    {"timeframe.isdwm", NULL, "B", low_timeframe, NULL, NULL, TF_DWM, "days, weeks or months"},
    {"timeframe.in_seconds", "timeframe:pS=na", "I", low_in_seconds, NULL, NULL, 0,
     "length in seconds"},
    {"timeframe.change", "timeframe:pS", "B", low_tf_change, NULL, NULL, 0,
     "first bar of a new bar of the timeframe"},
    {"timeframe.from_seconds", "seconds:pI", "S", low_from_seconds, NULL, NULL, 0,
     "timeframe of a length"},
    {"session.isfirstbar", NULL, "B", low_session_edge, NULL, NULL, 0, "first bar of a day, UTC"},
    {"session.isfirstbar_regular", NULL, "B", low_session_edge, NULL, NULL, 0, "the same"},
    {"session.islastbar", NULL, "B", low_session_edge, NULL, NULL, 1,
     "ends with the day; false when the day's last bar is missing"},
    {"session.islastbar_regular", NULL, "B", low_session_edge, NULL, NULL, 1, "the same"},
    {"session.ismarket", NULL, "B", low_bool, NULL, NULL, 1, "always true"},
    {"session.ispremarket", NULL, "B", low_bool, NULL, NULL, 0, "always false"},
    {"session.ispostmarket", NULL, "B", low_bool, NULL, NULL, 0, "always false"},
};
const struct builtin_table script__builtins_bar = {rows, sizeof rows / sizeof rows[0]};
