// SPDX-License-Identifier: Apache-2.0
// The language's string functions: formatting of numbers and times, searching and replacing.
#include "script/strings.h"

#include "base/clock.h"
#include "base/number.h"

static size_t put(char *out, size_t at, struct str s)
{
    size_t n = s.len < STRING_MAX - at ? s.len : STRING_MAX - at;
    if (n)
        memmove(out + at, s.data, n);
    return at + n;
}

// Digits after the point that a pattern demands and allows.
static void pattern_digits(struct str f, int *least, int *most)
{
    size_t dot = str_find(f, '.', 0);
    *least = *most = 0;
    for (size_t i = dot + 1; i < f.len; i++) {
        if (f.data[i] == '0')
            *least = ++*most;
        else if (f.data[i] == '#')
            ++*most;
    }
    if (*most > 15)
        *most = 15;
    if (*least > *most)
        *least = *most;
}

// Digits before the point that a pattern demands.
static size_t pattern_whole(struct str f)
{
    size_t zeros = 0;
    for (size_t i = 0; i < f.len && f.data[i] != '.'; i++)
        zeros += f.data[i] == '0';
    return zeros < 30 ? zeros : 30;
}

// The number's text with the pattern's currency sign, leading zeros and groups of three digits.
static size_t decorate(struct str number, struct str pattern, char *out)
{
    bool minus = number.len && number.data[0] == '-';
    bool groups = str_find(pattern, ',', 0) < str_find(pattern, '.', 0);
    struct str digits = str_sub(number, minus, str_find(number, '.', 0));
    size_t least = pattern_whole(pattern), at = 0;
    size_t zeros = least > digits.len ? least - digits.len : 0, whole = zeros + digits.len;
    if (minus)
        at = put(out, at, STR("-"));
    if (pattern.len && pattern.data[0] == '$')
        at = put(out, at, STR("$"));
    for (size_t i = 0; i < whole; i++) {
        if (groups && i > 0 && (whole - i) % 3 == 0)
            at = put(out, at, STR(","));
        at = put(out, at, i < zeros ? STR("0") : str_sub(digits, i - zeros, i - zeros + 1));
    }
    return put(out, at, str_sub(number, minus + digits.len, number.len));
}

static int tick_digits(double tick)
{
    int digits = 0;
    while (digits < 12 && tick > 0 && fabs(tick - floor(tick + 0.5)) > 1e-9) {
        tick *= 10;
        digits++;
    }
    return digits;
}

size_t script__format_number(double v, struct str format, double tick_size, char *out)
{
    char text[400];
    int least = 0, most = 10;
    const char *suffix = "";
    bool is_pattern = false;
    if (isnan(v))
        return put(out, 0, STR("NaN"));
    if (isinf(v))
        return put(out, 0, v > 0 ? STR("∞") : STR("-∞"));
    if (str_eq(format, STR("mintick"))) {
        least = most = tick_digits(tick_size);
    } else if (str_eq(format, STR("percent"))) {
        least = most = 2;
        suffix = "%";
    } else if (str_eq(format, STR("volume")) || str_eq(format, STR("price"))) {
        most = 3;
    } else if (format.len && !str_eq(format, STR("inherit"))) {
        is_pattern = true;
        pattern_digits(format, &least, &most);
        if (str_ends(format, STR("%"))) {
            suffix = "%";
            v *= 100;
        }
    }
    int n = snprintf(text, sizeof text, "%.*f", most, v);
    size_t len = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    for (int cut = most; cut > least && len && text[len - 1] == '0'; cut--)
        len--;
    if (len && text[len - 1] == '.')
        len--;
    struct str number = {text, len};
    if (str_eq(number, STR("-0")))
        number = STR("0");
    size_t at = is_pattern ? decorate(number, format, out) : put(out, 0, number);
    return put(out, at, str_from(suffix));
}

size_t script__format_bool(double v, char *out)
{
    return put(out, 0, OP_TRUE(v) ? STR("true") : STR("false"));
}

static double field(double time, enum script_time_field which)
{
    return script__time_field(time, 0, which);
}

static size_t put_zone(char *out, size_t at, double minutes)
{
    char text[24];
    int whole = abs((int)minutes);
    int n = snprintf(text, sizeof text, "%c%02d%02d", minutes < 0 ? '-' : '+', whole / 60 % 100,
                     whole % 60);
    return put(out, at, (struct str){text, n > 0 ? (size_t)n : 0});
}

static size_t put_field(char *out, size_t at, char letter, size_t width, double t, double zone)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char text[24];
    double v = 0, minute = field(t, SCRIPT_MINUTE_OF_DAY);
    switch (letter) {
    case 'y':
        v = field(t, SCRIPT_YEAR);
        if (width == 2)
            v = fmod(v, 100);
        break;
    case 'M':
        v = field(t, SCRIPT_MONTH);
        if (width >= 3 && v >= 1 && v <= 12)
            return put(out, at, str_from(months[(int)v - 1]));
        break;
    case 'd':
        v = field(t, SCRIPT_DAY);
        break;
    case 'H':
        v = floor(minute / 60);
        break;
    case 'h':
        v = fmod(floor(minute / 60) + 11, 12) + 1;
        break;
    case 'm':
        v = fmod(minute, 60);
        break;
    case 's':
        v = field(t, SCRIPT_SECOND);
        break;
    case 'S':
        v = fmod(t, 1000);
        break;
    case 'a':
        return put(out, at, minute < 720 ? STR("AM") : STR("PM"));
    default: // Z
        return put_zone(out, at, zone);
    }
    int n = snprintf(text, sizeof text, "%0*d", (int)(width < 9 ? width : 9), (int)v);
    return put(out, at, (struct str){text, n > 0 ? (size_t)n : 0});
}

size_t script__format_time(double time, double zone_minutes, struct str f, char *out)
{
    size_t at = 0;
    double zone = isnan(zone_minutes) ? 0 : zone_minutes;
    if (isnan(time))
        return put(out, 0, STR("NaN"));
    time += zone * (double)MS_MINUTE;
    for (size_t i = 0; i < f.len;) {
        char c = f.data[i];
        if (c == '\'') {
            size_t end = str_find(f, '\'', i + 1);
            at = put(out, at, str_sub(f, i + 1, end));
            i = end + 1;
            continue;
        }
        size_t run = 1;
        while (i + run < f.len && f.data[i + run] == c)
            run++;
        if (strchr("yMdHhmsSaZ", c))
            at = put_field(out, at, c, run, time, zone);
        else
            at = put(out, at, str_sub(f, i, i + run));
        i += run;
    }
    return at;
}

// Place of part in s at or after from; s.len + 1 when there is none.
static size_t find(struct str s, struct str part, size_t from)
{
    for (size_t i = from; i + part.len <= s.len; i++) {
        if (part.len == 0 || memcmp(s.data + i, part.data, part.len) == 0)
            return i;
    }
    return s.len + 1;
}

static double find_op(struct str s, struct str part, double which)
{
    size_t at = find(s, part, 0);
    switch ((int)which) {
    case FIND_CONTAINS:
        return at <= s.len;
    case FIND_STARTS:
        return str_starts(s, part);
    case FIND_ENDS:
        return str_ends(s, part);
    default:
        return at <= s.len ? (double)at : NAN;
    }
}

// occurrence -1: all.
static size_t replace(struct str s, struct str target, struct str by, double occurrence, char *out)
{
    size_t at = 0, from = 0;
    double seen = 0;
    while (target.len) {
        size_t hit = find(s, target, from);
        if (hit > s.len)
            break;
        at = put(out, at, str_sub(s, from, hit));
        at = put(out, at, occurrence < 0 || seen == occurrence ? by : target);
        from = hit + target.len;
        seen++;
    }
    return put(out, at, str_sub(s, from, s.len));
}

static size_t position(double v, size_t otherwise)
{
    if (isnan(v))
        return otherwise;
    return v < 0 ? 0 : v > STRING_MAX ? STRING_MAX : (size_t)v;
}

double script__string_op(unsigned op, const struct str *in, const double *numbers, char *out,
                         size_t *len)
{
    size_t at = 0;
    double v = NAN;
    *len = 0;
    switch (op) {
    case VM_STRING_CONCAT:
        at = put(out, 0, in[0]);
        *len = put(out, at, in[1]);
        break;
    case VM_STRING_EQ:
        return str_eq(in[0], in[1]);
    case VM_STRING_LENGTH:
        return (double)in[0].len;
    case VM_STRING_CASE:
        *len = put(out, 0, in[0]);
        for (size_t i = 0; i < *len; i++) {
            char c = out[i];
            if (numbers[1] != 0 ? c >= 'a' && c <= 'z' : c >= 'A' && c <= 'Z')
                out[i] = (char)(c ^ 32);
        }
        break;
    case VM_STRING_TRIM:
        *len = put(out, 0, str_trim(in[0]));
        break;
    case VM_STRING_FIND:
        return find_op(in[0], in[1], numbers[2]);
    case VM_STRING_REPLACE:
        *len = replace(in[0], in[1], in[2], numbers[3], out);
        break;
    case VM_STRING_SUB:
        *len =
            put(out, 0, str_sub(in[0], position(numbers[1], 0), position(numbers[2], in[0].len)));
        break;
    case VM_STRING_REPEAT:
        for (size_t i = 0; (double)i < numbers[1] && at < STRING_MAX && in[0].len + in[2].len;
             i++) {
            at = i > 0 ? put(out, at, in[2]) : at;
            at = put(out, at, in[0]);
        }
        *len = at;
        break;
    case VM_STRING_PARSE:
        return number_parse_double(str_trim(in[0]), &v) ? NAN : v;
    default:
        break;
    }
    return NAN;
}
