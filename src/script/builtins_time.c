// SPDX-License-Identifier: Apache-2.0
// The rows about time: fields of a date, sessions, timestamps. Time is UTC unless a zone is given.
#include "script/lower.h"

#include "base/number.h"

// Zones without daylight saving, whose offset has not changed since 2017, before which there are no
// candles here: from the IANA time zone database. Others need a history of rules, which a program
// that reads nothing but its source does not have.
static bool named_zone(struct str zone, double *minutes)
{
    static const struct {
        const char *names;
        int minutes;
    } zones[] = {
        {" UTC GMT Etc/UTC Etc/GMT Exchange Africa/Abidjan Africa/Accra Atlantic/Reykjavik ", 0},
        {" Africa/Lagos Africa/Algiers Africa/Tunis ", 60},
        {" Africa/Johannesburg Africa/Maputo Africa/Tripoli Europe/Kaliningrad ", 120},
        {" Europe/Moscow Europe/Istanbul Europe/Minsk Africa/Nairobi Asia/Riyadh Asia/Baghdad "
         "Asia/Qatar Asia/Kuwait Asia/Bahrain ",
         180},
        {" Asia/Dubai Asia/Baku Asia/Tbilisi Asia/Yerevan Europe/Samara ", 240},
        {" Asia/Kabul ", 270},
        {" Asia/Karachi Asia/Tashkent Asia/Yekaterinburg ", 300},
        {" Asia/Kolkata Asia/Calcutta Asia/Colombo ", 330},
        {" Asia/Kathmandu ", 345},
        {" Asia/Dhaka Asia/Urumqi Asia/Omsk ", 360},
        {" Asia/Yangon ", 390},
        {" Asia/Bangkok Asia/Jakarta Asia/Ho_Chi_Minh Asia/Novosibirsk ", 420},
        {" Asia/Shanghai Asia/Hong_Kong Asia/Singapore Asia/Taipei Asia/Manila Asia/Kuala_Lumpur "
         "Asia/Macau Australia/Perth ",
         480},
        {" Asia/Tokyo Asia/Seoul Asia/Yakutsk ", 540},
        {" Australia/Darwin ", 570},
        {" Australia/Brisbane Asia/Vladivostok ", 600},
        {" Pacific/Honolulu ", -600},
        {" America/Phoenix ", -420},
        {" America/Costa_Rica America/Guatemala America/El_Salvador America/Regina ", -360},
        {" America/Bogota America/Lima America/Panama America/Jamaica America/Guayaquil ", -300},
        {" America/Caracas America/La_Paz America/Puerto_Rico ", -240},
        {" America/Argentina/Buenos_Aires America/Buenos_Aires America/Montevideo ", -180},
    };
    char word[64];
    if (str_find(zone, ' ', 0) < zone.len ||
        str_printf(word, sizeof word, " " STR_FMT " ", STR_ARG(zone)))
        return false;
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
        if (zone.len && strstr(zones[i].names, word)) {
            *minutes = zones[i].minutes;
            return true;
        }
    }
    return zone.len == 0;
}

// Offset in minutes of "UTC", "GMT+3", "UTC-05:30", "Etc/GMT-3" (which is UTC+3), "Asia/Tokyo".
static bool zone_minutes(struct str zone, double *minutes)
{
    *minutes = 0;
    if (named_zone(zone, minutes))
        return true;
    bool turned = str_starts(zone, STR("Etc/"));
    if (turned)
        zone = str_sub(zone, 4, zone.len);
    if (!str_starts(zone, STR("UTC")) && !str_starts(zone, STR("GMT")))
        return false;
    struct str rest = str_sub(zone, 3, zone.len);
    if (rest.len < 2 || (rest.data[0] != '+' && rest.data[0] != '-'))
        return false;
    double sign = (rest.data[0] == '-') == turned ? 1 : -1;
    uint64_t hours = 0, part = 0;
    rest = str_sub(rest, 1, rest.len);
    size_t colon = str_find(rest, ':', 0);
    struct str hour = str_sub(rest, 0, colon), minute = str_sub(rest, colon + 1, rest.len);
    if (colon == rest.len && rest.len == 4) { // "+0530"
        hour = str_sub(rest, 0, 2);
        minute = str_sub(rest, 2, 4);
    }
    if (number_parse_u64(hour, &hours) || hours > 14 ||
        (minute.len && (number_parse_u64(minute, &part) || part > 59)))
        return false;
    uint64_t whole = hours * 60 + part;
    *minutes = sign * (double)whole;
    return true;
}

struct val script__zone(struct lower *l, const struct val *zone, const struct ast *at)
{
    double minutes = 0;
    if (zone && zone->type.base == TY_STRING && zone->where == VAL_CONST &&
        !zone_minutes(script__text(l, zone), &minutes))
        script__error(l, at,
                      "time zone \"" STR_FMT
                      "\" is not known, or has daylight saving: use an offset such as \"UTC+2\"",
                      STR_ARG(script__text(l, zone)));
    return script__const(TY_INT, minutes);
}

// year, month, … of the bar, or of a time and zone.
static struct val low_time_field(struct lower *l, const struct builtin *b, struct call *c)
{
    struct val time = c->count ? c->args[0] : script__column(l, COLUMN_TIME);
    struct val zone = script__zone(l, c->count > 1 && c->given[1] ? &c->args[1] : NULL, c->at);
    if (b->op >= 1000) { // hour and minute come from the minute of the day
        struct val m = script__op(l, OP_MINUTE_OF_DAY, TY_INT, &time, &zone, NULL);
        struct val sixty = script__const(TY_INT, 60);
        if (b->op == 1000)
            return script__op(l, OP_IDIV, TY_INT, &m, &sixty, NULL);
        return script__op(l, OP_MOD, TY_INT, &m, &sixty, NULL);
    }
    return script__op(l, (enum op_code)b->op, TY_INT, &time, &zone, NULL);
}

static struct val low_time_close(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)b, (void)c;
    struct val time = script__column(l, COLUMN_TIME), tf = script__chart_timeframe(l);
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
    uint64_t whole = v / 100 * 60 + v % 100;
    *minutes = (double)whole;
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

// time(timeframe, session, zone): open time of the timeframe's bar, na outside of the session.
static struct val low_time(struct lower *l, const struct builtin *b, struct call *c)
{
    double code = script__timeframe_argument(l, &c->args[0], c->at);
    if (code < 0)
        return script__bad();
    struct val time = script__column(l, COLUMN_TIME), tf = script__const(TY_INT, code);
    struct val out = script__op(l, (enum op_code)b->op, TY_INT, &time, &tf, NULL);
    struct str text = script__text(l, &c->args[1]);
    struct val zone = script__zone(l, c->given[2] ? &c->args[2] : NULL, c->at);
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

// time_tradingday: markets here trade around the clock, so a trading day is a day of UTC.
static struct val low_trading_day(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)b, (void)c;
    struct val time = script__column(l, COLUMN_TIME), day = script__const(TY_INT, TF_D1);
    return script__op(l, OP_TF_OPEN, TY_INT, &time, &day, NULL);
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
        zone = script__zone(l, &c->args[0], c->at);
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

#define TIME "time:I?,timezone:pS?"

static const struct builtin rows[] = {
    {"time_close", NULL, "I", low_time_close, NULL, NULL, 0, "close time of the bar in ms UTC"},
    {"time_tradingday", NULL, "I", low_trading_day, NULL, NULL, 0, "start of the bar's day, UTC"},
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
};
const struct builtin_table script__builtins_time = {rows, sizeof rows / sizeof rows[0]};
