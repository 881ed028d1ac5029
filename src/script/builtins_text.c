// SPDX-License-Identifier: Apache-2.0
// The str.* and color.* rows. Strings of constants are made while compiling; others once a bar.
#include "script/lower.h"

#include "script/strings.h"
#include "script/vm.h"

static const struct type string_type = {TY_STRING, false};

static bool all_const(const struct call *c)
{
    for (size_t i = 0; i < c->count; i++) {
        if (c->args[i].where != VAL_CONST)
            return false;
    }
    return true;
}

static struct val to_text(struct lower *l, struct val v, struct val format)
{
    if (v.type.base == TY_STRING)
        return v;
    if (v.where == VAL_CONST && format.where == VAL_CONST) {
        char text[STRING_MAX + 1];
        size_t n = v.type.base == TY_BOOL ? script__format_bool(v.num, text)
                                          : script__format_number(v.num, script__text(l, &format),
                                                                  l->context->tick_size, text);
        struct val out = script__const_string(l, (struct str){text, n});
        out.qual = v.qual;
        return out;
    }
    struct val args[2] = {v, format};
    if (v.type.base == TY_BOOL)
        return script__row(l, VM_STRING_BOOL, string_type, args, 1);
    return script__row(l, VM_STRING_NUMBER, string_type, args, 2);
}

static struct val low_tostring(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)b;
    if (c->args[0].type.is_array) {
        script__error(l, c->at, "str.tostring does not take an array: join its elements in a loop");
        return script__bad();
    }
    struct val none = script__const_string(l, STR(""));
    return to_text(l, c->args[0], c->given[1] ? c->args[1] : none);
}

static struct val append(struct lower *l, const struct val *a, const struct val *b,
                         const struct ast *at)
{
    return script__binary(l, '+', *a, *b, at);
}

// One argument as "{0,number,#.##}" or "{0,date,yyyy}" asks for.
static struct val format_piece(struct lower *l, const struct val *v, struct str kind,
                               struct str style)
{
    static const struct {
        const char *style, *pattern;
    } names[] = {
        {"", "#,##0.###"}, {"integer", "#,##0"}, {"percent", "#,##0%"}, {"currency", "$#,##0.00"}};
    bool date = str_eq(kind, STR("date")) || str_eq(kind, STR("time"));
    if (date && script__is_number(v)) {
        struct str format = style.len                   ? style
                            : str_eq(kind, STR("date")) ? STR("yyyy-MM-dd")
                                                        : STR("HH:mm:ss");
        struct val args[3] = {*v, script__const_string(l, format), script__const(TY_INT, 0)};
        return script__row(l, VM_STRING_TIME, string_type, args, 3);
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (str_eq(style, str_from(names[i].style)))
            return to_text(l, *v, script__const_string(l, str_from(names[i].pattern)));
    }
    return to_text(l, *v, script__const_string(l, style));
}

// str.format: the pattern is constant, so it becomes a chain of concatenations.
static struct val low_format(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)b;
    struct str f = script__text(l, &c->args[0]);
    struct val out = script__const_string(l, STR(""));
    size_t from = 0, i = 0;
    while (i < f.len) {
        if (f.data[i] != '{') {
            i++;
            continue;
        }
        struct val piece = script__const_string(l, str_sub(f, from, i));
        out = append(l, &out, &piece, c->at);
        size_t close = str_find(f, '}', i);
        struct str inner = str_sub(f, i + 1, close), index = STR("");
        (void)str_split(&inner, ',', &index);
        index = str_trim(index);
        size_t n = index.len == 1 ? (size_t)(index.data[0] - '0') + 1 : c->count;
        if (close >= f.len || n == 0 || n >= c->count) {
            script__error(l, c->at, "str.format: \"{" STR_FMT "}\" names no argument",
                          STR_ARG(index));
            return script__bad();
        }
        struct str kind = STR("");
        (void)str_split(&inner, ',', &kind);
        struct val text = format_piece(l, &c->args[n], str_trim(kind), str_trim(inner));
        out = append(l, &out, &text, c->at);
        i = from = close + 1;
    }
    struct val rest = script__const_string(l, str_sub(f, from, f.len));
    return append(l, &out, &rest, c->at);
}

enum {
    S_LENGTH,
    S_UPPER,
    S_LOWER,
    S_TRIM,
    S_CONTAINS,
    S_STARTS,
    S_ENDS,
    S_POS,
    S_REPLACE,
    S_REPLACE_ALL,
    S_SUBSTRING,
    S_REPEAT,
    S_TONUMBER
};

static const uint16_t string_ops[] = {
    [S_LENGTH] = VM_STRING_LENGTH,   [S_UPPER] = VM_STRING_CASE,
    [S_LOWER] = VM_STRING_CASE,      [S_TRIM] = VM_STRING_TRIM,
    [S_CONTAINS] = VM_STRING_FIND,   [S_STARTS] = VM_STRING_FIND,
    [S_ENDS] = VM_STRING_FIND,       [S_POS] = VM_STRING_FIND,
    [S_REPLACE] = VM_STRING_REPLACE, [S_REPLACE_ALL] = VM_STRING_REPLACE,
    [S_SUBSTRING] = VM_STRING_SUB,   [S_REPEAT] = VM_STRING_REPEAT,
    [S_TONUMBER] = VM_STRING_PARSE};

static struct type result_type(const struct builtin *b)
{
    uint8_t base = b->returns[0] == 'S'   ? TY_STRING
                   : b->returns[0] == 'I' ? TY_INT
                   : b->returns[0] == 'B' ? TY_BOOL
                                          : TY_FLOAT;
    return (struct type){base, false};
}

static struct val low_string(struct lower *l, const struct builtin *b, struct call *c)
{
    struct val args[4];
    for (size_t i = 0; i < 4; i++)
        args[i] = i < c->count ? c->args[i] : script__const(TY_INT, NAN);
    switch (b->op) {
    case S_UPPER:
    case S_LOWER:
        args[1] = script__const(TY_BOOL, b->op == S_UPPER);
        break;
    case S_CONTAINS:
    case S_STARTS:
    case S_ENDS:
    case S_POS:
        args[2] = script__const(TY_INT, b->op - S_CONTAINS + FIND_CONTAINS);
        break;
    case S_REPLACE_ALL:
        args[3] = script__const(TY_INT, -1);
        break;
    default:
        break;
    }
    struct type type = result_type(b);
    if (all_const(c)) {
        struct str in[3];
        double numbers[4];
        char text[STRING_MAX + 1];
        for (int i = 0; i < 3; i++)
            in[i] = script__text(l, &args[i]);
        for (int i = 0; i < 4; i++)
            numbers[i] = args[i].num;
        size_t n = 0;
        double v = script__string_op(string_ops[b->op], in, numbers, text, &n);
        struct val out = type.base == TY_STRING ? script__const_string(l, (struct str){text, n})
                                                : script__const(type.base, v);
        out.qual = c->args[0].qual;
        return out;
    }
    return script__row(l, string_ops[b->op], type, args, 4);
}

static struct val low_format_time(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)b;
    struct val zone = script__zone(l, c->given[2] ? &c->args[2] : NULL, c->at);
    struct val args[3] = {c->args[0], c->args[1], zone};
    if (!c->given[1])
        args[1] = script__const_string(l, STR("yyyy-MM-dd'T'HH:mm:ssZ"));
    return script__row(l, VM_STRING_TIME, string_type, args, 3);
}

// --- colours ------------------------------------------------------------------------------------

static struct val low_color_new(struct lower *l, const struct builtin *b, struct call *c)
{
    return script__op(l, (enum op_code)b->op, TY_COLOR, &c->args[0], &c->args[1], NULL);
}

static struct val low_rgb(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)b;
    struct val v = c->args[0], factor = script__const(TY_FLOAT, 256);
    for (int i = 1; i < 3; i++) {
        v = script__op(l, OP_MUL, TY_FLOAT, &v, &factor, NULL);
        v = script__op(l, OP_ADD, TY_FLOAT, &v, &c->args[i], NULL);
    }
    v = script__op(l, OP_MUL, TY_FLOAT, &v, &factor, NULL);
    return script__op(l, OP_COLOR_NEW, TY_COLOR, &v, &c->args[3], NULL);
}

static struct val low_gradient(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)b;
    struct val span = script__op(l, OP_SUB, TY_FLOAT, &c->args[2], &c->args[1], NULL);
    struct val part = script__op(l, OP_SUB, TY_FLOAT, &c->args[0], &c->args[1], NULL);
    struct val weight = script__op(l, OP_DIV, TY_FLOAT, &part, &span, NULL);
    return script__op(l, OP_COLOR_MIX, TY_COLOR, &c->args[3], &c->args[4], &weight);
}

// color.r, g, b: op is how far to the right the part lies.
static struct val low_part(struct lower *l, const struct builtin *b, struct call *c)
{
    struct val factor = script__const(TY_FLOAT, b->op), byte = script__const(TY_FLOAT, 256);
    struct val v = script__op(l, OP_DIV, TY_FLOAT, &c->args[0], &factor, NULL);
    v = script__op(l, OP_FLOOR, TY_FLOAT, &v, NULL, NULL);
    v = script__op(l, OP_MOD, TY_FLOAT, &v, &byte, NULL);
    if (b->op != 1)
        return v;
    struct val full = script__const(TY_FLOAT, 255), percent = script__const(TY_FLOAT, 100);
    v = script__op(l, OP_SUB, TY_FLOAT, &full, &v, NULL);
    v = script__op(l, OP_DIV, TY_FLOAT, &v, &full, NULL);
    v = script__op(l, OP_MUL, TY_FLOAT, &v, &percent, NULL);
    return script__op(l, OP_ROUND, TY_FLOAT, &v, NULL, NULL);
}

#define STRING low_string

static const struct builtin rows[] = {
    {"str.tostring", "value:*,format:S?", "S", low_tostring, NULL, NULL, 0, "a value as text"},
    {"str.format", "formatString:cS,arg0:*…", "S", low_format, NULL, NULL, 0,
     "text with {0}, {1} and so on replaced by the arguments"},
    {"str.format_time", "time:I,format:S?,timezone:pS?", "S", low_format_time, NULL, NULL, 0,
     "a time as text, UTC unless a zone is given"},
    {"str.length", "string:S", "I", STRING, NULL, NULL, S_LENGTH, "number of bytes"},
    {"str.upper", "source:S", "S", STRING, NULL, NULL, S_UPPER, "in capitals"},
    {"str.lower", "source:S", "S", STRING, NULL, NULL, S_LOWER, "in small letters"},
    {"str.trim", "source:S", "S", STRING, NULL, NULL, S_TRIM, "without white space at both ends"},
    {"str.contains", "source:S,str:S", "B", STRING, NULL, NULL, S_CONTAINS, "does it contain str?"},
    {"str.startswith", "source:S,str:S", "B", STRING, NULL, NULL, S_STARTS,
     "does it begin with str?"},
    {"str.endswith", "source:S,str:S", "B", STRING, NULL, NULL, S_ENDS, "does it end with str?"},
    {"str.pos", "source:S,str:S", "I", STRING, NULL, NULL, S_POS, "place of str, na when absent"},
    {"str.replace", "source:S,target:S,replacement:S,occurrence:I=0", "S", STRING, NULL, NULL,
     S_REPLACE, "one occurrence replaced"},
    {"str.replace_all", "source:S,target:S,replacement:S", "S", STRING, NULL, NULL, S_REPLACE_ALL,
     "all occurrences replaced"},
    {"str.substring", "source:S,begin_pos:I,end_pos:I=na", "S", STRING, NULL, NULL, S_SUBSTRING,
     "part of the text"},
    {"str.repeat", "source:S,repeat:I,separator:S=''", "S", STRING, NULL, NULL, S_REPEAT,
     "the text several times"},
    {"str.tonumber", "string:S", "F", STRING, NULL, NULL, S_TONUMBER,
     "the number in the text, or na"},
    {"color.new", "color:C,transp:N", "C", low_color_new, NULL, NULL, OP_COLOR_NEW,
     "a colour with a transparency, 0 to 100"},
    {"color.rgb", "red:N,green:N,blue:N,transp:N=0", "C", low_rgb, NULL, NULL, 0,
     "a colour by parts"},
    {"color.from_gradient", "value:N,bottom_value:N,top_value:N,bottom_color:C,top_color:C", "C",
     low_gradient, NULL, NULL, 0, "a colour between two"},
    {"color.r", "color:C", "F", low_part, NULL, NULL, 16777216, "red part"},
    {"color.g", "color:C", "F", low_part, NULL, NULL, 65536, "green part"},
    {"color.b", "color:C", "F", low_part, NULL, NULL, 256, "blue part"},
    {"color.t", "color:C", "F", low_part, NULL, NULL, 1, "transparency"},
};
const struct builtin_table script__builtins_text = {rows, sizeof rows / sizeof rows[0]};
