// SPDX-License-Identifier: Apache-2.0
// The rows about the bar, time, the market and the timeframe, and request.security.
#include "script/lower.h"

#include "base/number.h"
#include "script/htf.h"

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
                 "%s is false on each bar here: a strategy must not know where the data ends",
                 b->name);
    return script__const(TY_BOOL, 0);
}

static struct val low_is_first(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)b, (void)c;
    struct val index = script__column(l, COLUMN_BAR_INDEX), zero = script__const(TY_INT, 0);
    return script__op(l, OP_EQ, TY_BOOL, &index, &zero, NULL);
}

// --- time ---------------------------------------------------------------------------------------

// Offset in minutes of "UTC", "GMT+3", "UTC-05:30", "Etc/UTC", "Exchange".
static bool zone_minutes(struct str zone, double *minutes)
{
    static const char *const zero[] = {"", "UTC", "GMT", "Etc/UTC", "Etc/GMT", "Exchange"};
    for (size_t i = 0; i < sizeof zero / sizeof zero[0]; i++) {
        if (str_eq(zone, str_from(zero[i]))) {
            *minutes = 0;
            return true;
        }
    }
    if (!str_starts(zone, STR("UTC")) && !str_starts(zone, STR("GMT")))
        return false;
    struct str rest = str_sub(zone, 3, zone.len);
    if (rest.len < 2 || (rest.data[0] != '+' && rest.data[0] != '-'))
        return false;
    double sign = rest.data[0] == '-' ? -1 : 1;
    uint64_t hours = 0, part = 0;
    rest = str_sub(rest, 1, rest.len);
    size_t colon = str_find(rest, ':', 0);
    struct str hour = str_sub(rest, 0, colon), minute = str_sub(rest, colon + 1, rest.len);
    if (colon == rest.len && rest.len == 4) { // "+0530"
        hour = str_sub(rest, 0, 2);
        minute = str_sub(rest, 2, 4);
    }
    if (number_parse_u64(hour, &hours) || hours > 14 ||
        (minute.len && number_parse_u64(minute, &part)))
        return false;
    *minutes = sign * (double)(hours * 60 + part);
    return true;
}

static struct val zone_of(struct lower *l, const struct val *zone, const struct ast *at)
{
    double minutes = 0;
    if (zone && zone->type.base == TY_STRING && zone->where == VAL_CONST &&
        !zone_minutes(script__text(l, zone), &minutes))
        script__error(l, at,
                      "time zone \"" STR_FMT
                      "\" is not known: use UTC or an offset such as \"UTC+2\" "
                      "(markets here run on UTC)",
                      STR_ARG(script__text(l, zone)));
    return script__const(TY_INT, minutes);
}

// year, month, … of the bar, or of a time and zone.
static struct val low_time_field(struct lower *l, const struct builtin *b, struct call *c)
{
    struct val time = c->count ? c->args[0] : script__column(l, COLUMN_TIME);
    struct val zone = zone_of(l, c->count > 1 && c->given[1] ? &c->args[1] : NULL, c->at);
    if (b->op >= 1000) { // hour and minute come from the minute of the day
        struct val m = script__op(l, OP_MINUTE_OF_DAY, TY_INT, &time, &zone, NULL);
        struct val sixty = script__const(TY_INT, 60);
        if (b->op == 1000)
            return script__op(l, OP_IDIV, TY_INT, &m, &sixty, NULL);
        return script__op(l, OP_MOD, TY_INT, &m, &sixty, NULL);
    }
    return script__op(l, (enum op_code)b->op, TY_INT, &time, &zone, NULL);
}

static struct val chart_timeframe(const struct lower *l)
{
    return script__const(TY_INT,
                         l->security ? l->security->timeframe : (double)l->context->timeframe);
}

static struct val low_time_close(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)b, (void)c;
    struct val time = script__column(l, COLUMN_TIME), tf = chart_timeframe(l);
    return script__op(l, OP_TF_CLOSE, TY_INT, &time, &tf, NULL);
}

struct session {
    double from, to; // minutes of the day
    double days;     // bits 1 (Sunday) to 7
};

static bool parse_clock(struct str text, double *minutes)
{
    uint64_t v;
    if (text.len != 4 || number_parse_u64(text, &v) || v > 2400 || v % 100 > 59)
        return false;
    *minutes = (double)(v / 100 * 60 + v % 100);
    return true;
}

// "0930-1600" or "0930-1600:23456".
static bool parse_session(struct str text, struct session *s)
{
    size_t colon = str_find(text, ':', 0), dash = str_find(text, '-', 0);
    struct str days = str_sub(text, colon + 1, text.len);
    if (dash >= colon || !parse_clock(str_sub(text, 0, dash), &s->from) ||
        !parse_clock(str_sub(text, dash + 1, colon), &s->to))
        return false;
    s->days = days.len ? 0 : 254;
    for (size_t i = 0; i < days.len; i++) {
        if (days.data[i] < '1' || days.data[i] > '7')
            return false;
        uint64_t mask = (uint64_t)s->days | UINT64_C(1) << (unsigned)(days.data[i] - '0');
        s->days = (double)mask;
    }
    return true;
}

static struct val bool_op(struct lower *l, enum op_code op, struct val a, struct val b)
{
    return script__op(l, op, TY_BOOL, &a, &b, NULL);
}

static struct val in_session(struct lower *l, const struct session *s, struct val time,
                             struct val zone)
{
    struct val minute = script__op(l, OP_MINUTE_OF_DAY, TY_INT, &time, &zone, NULL);
    struct val dow = script__op(l, OP_DOW, TY_INT, &time, &zone, NULL);
    struct val after = bool_op(l, OP_GE, minute, script__const(TY_INT, s->from));
    struct val before = bool_op(l, OP_LT, minute, script__const(TY_INT, s->to));
    struct val today = bool_op(l, OP_BIT, script__const(TY_INT, s->days), dow);
    if (s->from < s->to)
        return bool_op(l, OP_AND, bool_op(l, OP_AND, after, before), today);
    // Over midnight: the morning belongs to the session of the day before.
    struct val one = script__const(TY_INT, 1), seven = script__const(TY_INT, 7);
    struct val before_day = script__op(l, OP_SUB, TY_INT, &dow, &one, NULL);
    struct val sunday = bool_op(l, OP_LT, before_day, one);
    before_day = script__select(l, &sunday, &seven, &before_day);
    struct val yesterday = bool_op(l, OP_BIT, script__const(TY_INT, s->days), before_day);
    return bool_op(l, OP_OR, bool_op(l, OP_AND, after, today),
                   bool_op(l, OP_AND, before, yesterday));
}

static double timeframe_argument(struct lower *l, const struct val *v, const struct ast *at)
{
    struct str text = script__text(l, v);
    double code = text.len ? script__timeframe_code(text) : chart_timeframe(l).num;
    if (code < 0)
        script__error(l, at,
                      "timeframe \"" STR_FMT
                      "\" is not known: write minutes as \"60\", or \"D\", \"W\", "
                      "\"M\"",
                      STR_ARG(text));
    return code;
}

// time(timeframe, session, zone): open time of the timeframe's bar, na outside of the session.
static struct val low_time(struct lower *l, const struct builtin *b, struct call *c)
{
    double code = timeframe_argument(l, &c->args[0], c->at);
    if (code < 0)
        return script__bad();
    struct val time = script__column(l, COLUMN_TIME), tf = script__const(TY_INT, code);
    struct val out = script__op(l, (enum op_code)b->op, TY_INT, &time, &tf, NULL);
    struct str text = script__text(l, &c->args[1]);
    struct val zone = zone_of(l, c->given[2] ? &c->args[2] : NULL, c->at);
    if (!c->given[1] || text.len == 0 || str_eq(text, STR("regular")) ||
        str_eq(text, STR("24x7")) || str_eq(text, STR("extended")))
        return out;
    struct session s;
    if (!parse_session(text, &s)) {
        script__error(l, c->at, "session \"" STR_FMT "\" cannot be read: write \"0930-1600:23456\"",
                      STR_ARG(text));
        return script__bad();
    }
    struct val inside = in_session(l, &s, time, zone), none = script__na();
    none.type.base = TY_INT;
    return script__select(l, &inside, &out, &none);
}

static struct val timestamp_of(struct lower *l, const struct val *v, size_t count, struct val zone)
{
    struct val out = script__op(l, OP_DATE, TY_INT, &v[0], &v[1], &v[2]);
    static const double units[] = {3600000, 60000, 1000};
    for (size_t i = 3; i < count && i < 6; i++) {
        struct val unit = script__const(TY_INT, units[i - 3]);
        struct val part = script__op(l, OP_MUL, TY_INT, &v[i], &unit, NULL);
        out = script__op(l, OP_ADD, TY_INT, &out, &part, NULL);
    }
    struct val minute = script__const(TY_INT, 60000);
    struct val shift = script__op(l, OP_MUL, TY_INT, &zone, &minute, NULL);
    return script__op(l, OP_SUB, TY_INT, &out, &shift, NULL);
}

// "20 Feb 2020 00:00 +0300", "Feb 20 2020", and what time_parse takes.
static bool parse_date_text(struct str text, time_ms *out)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    if (!time_parse(text, out))
        return true;
    double zone = 0;
    uint64_t numbers[2] = {0, 0}, month = 0;
    size_t n = 0;
    int64_t in_day = 0;
    struct str rest = text, word;
    while (str_split(&rest, ' ', &word)) {
        uint64_t v;
        char low[3] = {0};
        if (word.len == 0)
            continue;
        if (word.data[0] == '+' || word.data[0] == '-') {
            char name[16];
            if (str_printf(name, sizeof name, "UTC" STR_FMT, STR_ARG(word)) ||
                !zone_minutes(str_from(name), &zone))
                return false;
        } else if (str_find(word, ':', 0) < word.len) {
            struct str part;
            int64_t unit = MS_HOUR;
            while (str_split(&word, ':', &part)) {
                if (number_parse_u64(part, &v) || v > 60)
                    return false;
                in_day += (int64_t)v * unit;
                unit /= 60;
            }
        } else if (!number_parse_u64(word, &v)) {
            if (n == 2)
                return false;
            numbers[n++] = v;
        } else {
            for (size_t i = 0; i < 3 && i < word.len; i++)
                low[i] = (char)(word.data[i] | 32);
            for (uint64_t i = 0; i < 12; i++) {
                if (memcmp(months + i * 3, low, 3) == 0)
                    month = i + 1;
            }
            if (!month)
                return false;
        }
    }
    if (n != 2 || !month)
        return false;
    uint64_t day = numbers[0] > 31 ? numbers[1] : numbers[0];
    uint64_t year = numbers[0] > 31 ? numbers[0] : numbers[1];
    if (day < 1 || day > 31 || year > 9999)
        return false;
    *out = days_from_civil((int64_t)year, (unsigned)month, (unsigned)day) * MS_DAY + in_day -
           (int64_t)zone * MS_MINUTE;
    return true;
}

static struct val low_timestamp(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)b;
    size_t first = 0;
    struct val zone = script__const(TY_INT, 0);
    if (c->count && c->args[0].type.base == TY_STRING) {
        if (c->count == 1) {
            time_ms t;
            if (!parse_date_text(script__text(l, &c->args[0]), &t)) {
                script__error(l, c->at,
                              "date \"" STR_FMT "\" cannot be read: write \"2024-02-20T00:00\"",
                              STR_ARG(script__text(l, &c->args[0])));
                return script__bad();
            }
            struct val v = script__const(TY_INT, (double)t);
            v.qual = c->args[0].qual;
            return v;
        }
        zone = zone_of(l, &c->args[0], c->at);
        first = 1;
    }
    size_t n = c->count - first;
    for (size_t i = first; i < c->count; i++) {
        if (!script__is_number(&c->args[i]))
            n = 0;
    }
    if (n < 3 || n > 6) {
        script__error(l, c->at,
                      "timestamp() takes a date string, or year, month, day and optionally hour, "
                      "minute, second");
        return script__bad();
    }
    return timestamp_of(l, &c->args[first], n, zone);
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

static double seconds_of(double code)
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
        struct val v = script__const_string(l, str_from(period));
        v.qual = Q_SIMPLE;
        return v;
    }
    case TF_MULTIPLIER:
        return script__const(TY_INT, code == TF_D3 ? 3 : dwm ? 1 : seconds_of(code) / 60);
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
    double code = timeframe_argument(l, &c->args[0], c->at);
    return code < 0 ? script__bad() : script__const(TY_INT, seconds_of(code));
}

static struct val low_tf_change(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)b;
    double code = timeframe_argument(l, &c->args[0], c->at);
    if (code < 0)
        return script__bad();
    struct val time = script__column(l, COLUMN_TIME), tf = script__const(TY_INT, code);
    struct val open = script__op(l, OP_TF_OPEN, TY_INT, &time, &tf, NULL);
    int32_t before = script__graph_hist(l->graph, script__as_node(l, &open), 1, NAN, l->base_guard);
    struct val old = script__node_val(TY_INT, before);
    // The first bar of all begins a period too, as far as a script can see.
    struct val none = script__const(TY_INT, -1);
    old = script__op(l, OP_NZ, TY_INT, &old, &none, NULL);
    return script__op(l, OP_NE, TY_BOOL, &open, &old, NULL);
}

// --- request.security ---------------------------------------------------------------------------

static int32_t htf_node(struct lower *l, enum htf_kernel which, double code, int32_t column)
{
    int32_t in[2] = {script__graph_column(l->graph, COLUMN_TIME), column};
    double params[2] = {code, l->context->timeframe};
    return script__graph_kernel(l->graph, script__htf_kernel(which), params, in, GRAPH_NONE);
}

static void enter_security(struct lower *l, struct security *s, double code)
{
    static const enum htf_kernel kernels[] = {HTF_FIRST, HTF_MAX, HTF_MIN, HTF_LAST, HTF_SUM};
    s->timeframe = code;
    s->guard = htf_node(l, HTF_CONFIRMED, code, script__graph_column(l->graph, COLUMN_TIME));
    for (int i = 0; i < COLUMN_COUNT; i++)
        s->columns[i] = GRAPH_NONE;
    for (int i = COLUMN_OPEN; i <= COLUMN_VOLUME; i++)
        s->columns[i] =
            htf_node(l, kernels[i], code, script__graph_column(l->graph, (enum graph_column)i));
    s->columns[COLUMN_TIME] =
        htf_node(l, HTF_TIME, code, script__graph_column(l->graph, COLUMN_TIME));
}

static struct val hold(struct lower *l, struct val v, int32_t guard, bool gaps)
{
    if (v.where == VAL_TUPLE) {
        for (unsigned i = 0; i < v.count; i++)
            v.items[i] = hold(l, v.items[i], guard, gaps);
        return v;
    }
    if (v.where == VAL_CONST || script__is_bad(&v))
        return v;
    struct val cond = script__node_val(TY_BOOL, guard), none = script__na();
    if (gaps) {
        struct val out = script__select(l, &cond, &v, &none);
        out.type = v.type;
        return out;
    }
    int32_t in[2] = {v.ref, guard};
    struct val out =
        script__node_val(v.type.base, script__graph_kernel(l->graph, script__htf_kernel(HTF_HOLD),
                                                           NULL, in, GRAPH_NONE));
    return out;
}

static bool same_symbol(struct lower *l, const struct val *v)
{
    struct str text = script__text(l, v);
    size_t colon = str_find(text, ':', 0);
    if (colon < text.len)
        text = str_sub(text, colon + 1, text.len);
    return text.len == 0 || str_eq_nocase(text, str_from(l->context->ticker));
}

static struct val low_security(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)b;
    if (l->security || l->code || l->guard != l->base_guard) {
        script__error(l, c->at,
                      "request.security has to stand outside of if, loops and another "
                      "request.security");
        return script__bad();
    }
    if (!same_symbol(l, &c->args[0])) {
        script__error(l, c->at,
                      "request.security sees the stream's own market only: write syminfo.tickerid "
                      "instead of \"" STR_FMT "\"",
                      STR_ARG(script__text(l, &c->args[0])));
        return script__bad();
    }
    bool ahead = c->given[4] && (str_eq(script__text(l, &c->args[4]), STR("lookahead_on")) ||
                                 (c->args[4].type.base == TY_BOOL && c->args[4].num != 0));
    if (ahead) {
        script__error(l, c->at,
                      "lookahead_on shows the future: leave it out (values here are those of the "
                      "last closed bar, so a [1] written against repainting goes too)");
        return script__bad();
    }
    double code = timeframe_argument(l, &c->args[1], c->at);
    if (code < 0)
        return script__bad();
    bool gaps = c->given[3] && (str_eq(script__text(l, &c->args[3]), STR("gaps_on")) ||
                                (c->args[3].type.base == TY_BOOL && c->args[3].num != 0));
    if (seconds_of(code) == seconds_of(l->context->timeframe))
        return script__expr(l, c->arg_at[2]);
    if (seconds_of(code) < seconds_of(l->context->timeframe)) {
        script__error(l, c->at,
                      "timeframe \"" STR_FMT
                      "\" is finer than the stream's own: run the script on it",
                      STR_ARG(script__text(l, &c->args[1])));
        return script__bad();
    }
    struct security s = {.memo = NULL};
    enter_security(l, &s, code);
    int32_t guard = l->guard, base = l->base_guard;
    l->security = &s;
    l->guard = l->base_guard = s.guard;
    struct val v = script__expr(l, c->arg_at[2]);
    l->guard = guard;
    l->base_guard = base;
    l->security = NULL;
    return hold(l, v, s.guard, gaps);
}

#define COL  low_column
#define TIME "time:I?,timezone:pS?"

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
    {"time_close", NULL, "I", low_time_close, NULL, NULL, 0, "close time of the bar in ms UTC"},
    {"timenow", NULL, "I", low_time_close, NULL, NULL, 0,
     "close time of the bar: there is no clock"},
    {"time", "timeframe:pS=na,session:pS?,timezone:pS?", "I", low_time, NULL, NULL, OP_TF_OPEN,
     "open time of the timeframe's bar; na outside of the session"},
    {"time_close", "timeframe:pS=na,session:pS?,timezone:pS?", "I", low_time, NULL, NULL,
     OP_TF_CLOSE, "close time of the timeframe's bar; na outside of the session"},
    {"timestamp", "a:*,b:*…", "I", low_timestamp, NULL, NULL, 0,
     "time of a date string, or of [timezone,] year, month, day, hour, minute, second"},
    {"year", NULL, "I", low_time_field, NULL, NULL, OP_YEAR, "year of the bar, UTC"},
    {"month", NULL, "I", low_time_field, NULL, NULL, OP_MONTH, "month, 1 to 12"},
    {"dayofmonth", NULL, "I", low_time_field, NULL, NULL, OP_DAY, "day of the month"},
    {"dayofweek", NULL, "I", low_time_field, NULL, NULL, OP_DOW, "day of the week, Sunday is 1"},
    {"weekofyear", NULL, "I", low_time_field, NULL, NULL, OP_WEEK, "ISO week"},
    {"hour", NULL, "I", low_time_field, NULL, NULL, 1000, "hour of the bar's open, UTC"},
    {"minute", NULL, "I", low_time_field, NULL, NULL, 1001, "minute of the bar's open"},
    {"second", NULL, "I", low_time_field, NULL, NULL, OP_SECOND, "second of the bar's open"},
    {"year", TIME, "I", low_time_field, NULL, NULL, OP_YEAR, "year of a time"},
    {"month", TIME, "I", low_time_field, NULL, NULL, OP_MONTH, "month of a time"},
    {"dayofmonth", TIME, "I", low_time_field, NULL, NULL, OP_DAY, "day of the month of a time"},
    {"dayofweek", TIME, "I", low_time_field, NULL, NULL, OP_DOW, "day of the week of a time"},
    {"weekofyear", TIME, "I", low_time_field, NULL, NULL, OP_WEEK, "ISO week of a time"},
    {"hour", TIME, "I", low_time_field, NULL, NULL, 1000, "hour of a time"},
    {"minute", TIME, "I", low_time_field, NULL, NULL, 1001, "minute of a time"},
    {"second", TIME, "I", low_time_field, NULL, NULL, OP_SECOND, "second of a time"},
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
    {"timeframe.period", NULL, "S", low_timeframe, NULL, NULL, TF_PERIOD, "timeframe, as 60 or 1D"},
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
    {"session.ismarket", NULL, "B", low_bool, NULL, NULL, 1, "always true"},
    {"session.ispremarket", NULL, "B", low_bool, NULL, NULL, 0, "always false"},
    {"session.ispostmarket", NULL, "B", low_bool, NULL, NULL, 0, "always false"},
    {"request.security",
     "symbol:pS,timeframe:pS,expression:X,gaps:*?,lookahead:*?,ignore_invalid_symbol:*?,currency:*?"
     ","
     "calc_bars_count:*?",
     "0", low_security, NULL, NULL, 0,
     "expression on confirmed bars of a higher timeframe of the same market"},
};
const struct builtin_table script__builtins_bar = {rows, sizeof rows / sizeof rows[0]};
