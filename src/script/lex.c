// SPDX-License-Identifier: Apache-2.0
// The lexer: numbers, strings, colours, names and operators, and the line rules. A line indented by
// a multiple of four (or by tabs) belongs to a block; any other deeper indentation continues the
// line before. Inside brackets, and after or before an operator that cannot end or begin a
// statement, a line break means nothing.
#include "script/lex.h"

#include "base/number.h"

#define INDENT_MAX 64

struct lexer {
    struct arena *arena;
    struct script_diags *diags;
    struct str src;
    size_t at;
    size_t line_start;
    uint32_t line;
    struct token *items;
    size_t count, cap;
    int version;
    int brackets;
    int indents[INDENT_MAX];
    int depth;
    bool at_line_start;
    bool no_memory;
};

static char peek(const struct lexer *l, size_t ahead)
{
    return l->at + ahead < l->src.len ? l->src.data[l->at + ahead] : '\0';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static uint32_t column_of(const struct lexer *l)
{
    return (uint32_t)(l->at - l->line_start + 1);
}

static struct token *push(struct lexer *l, enum token_kind kind, size_t start)
{
    if (l->count == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 256;
        struct token *grown = ARENA_ARRAY(l->arena, cap, struct token);
        if (!grown) {
            l->no_memory = true;
            return NULL;
        }
        if (l->count)
            memcpy(grown, l->items, l->count * sizeof *grown);
        l->items = grown;
        l->cap = cap;
    }
    struct token *t = &l->items[l->count++];
    *t = (struct token){.kind = (uint8_t)kind,
                        .line = l->line,
                        .column = (uint32_t)(start - l->line_start + 1),
                        .text = str_sub(l->src, start, l->at)};
    return t;
}

static void lex_number(struct lexer *l)
{
    size_t start = l->at;
    bool is_int = true;
    while (is_digit(peek(l, 0)))
        l->at++;
    if (peek(l, 0) == '.' && !is_name_start(peek(l, 1))) {
        is_int = false;
        l->at++;
        while (is_digit(peek(l, 0)))
            l->at++;
    }
    char e = peek(l, 0);
    if ((e == 'e' || e == 'E') &&
        (is_digit(peek(l, 1)) ||
         ((peek(l, 1) == '-' || peek(l, 1) == '+') && is_digit(peek(l, 2))))) {
        is_int = false;
        l->at += 2;
        while (is_digit(peek(l, 0)))
            l->at++;
    }
    struct token *t = push(l, TOK_NUMBER, start);
    if (!t)
        return;
    t->is_int = is_int;
    // ".5" and "5." are numbers in Pine; the strict parser wants digits on both sides.
    char text[64];
    bool lead = t->text.data[0] == '.';
    bool trail = t->text.data[t->text.len - 1] == '.';
    if (str_printf(text, sizeof text, "%s" STR_FMT "%s", lead ? "0" : "", STR_ARG(t->text),
                   trail ? "0" : "") ||
        number_parse_double(str_from(text), &t->number)) {
        // ".5e3" keeps its form; "5.e3" is the one spelling left that is refused.
        script__diag(l->diags, false, t->line, t->column, "number \"" STR_FMT "\" cannot be read",
                     STR_ARG(t->text));
    }
}

static char escape(char c)
{
    switch (c) {
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case 'r':
        return '\r';
    default:
        return c;
    }
}

static void lex_string(struct lexer *l, char quote)
{
    size_t start = l->at++;
    size_t from = l->at;
    bool escapes = false;
    while (l->at < l->src.len && peek(l, 0) != quote && peek(l, 0) != '\n') {
        if (peek(l, 0) == '\\' && l->at + 1 < l->src.len && peek(l, 1) != '\n') {
            escapes = true;
            l->at++;
        }
        l->at++;
    }
    struct str body = str_sub(l->src, from, l->at);
    if (peek(l, 0) == quote) {
        l->at++;
    } else {
        script__diag(l->diags, false, l->line, (uint32_t)(start - l->line_start + 1),
                     "this string does not end on its line: close it with %c", quote);
    }
    if (escapes) {
        char *copy = arena_alloc(l->arena, body.len + 1);
        if (!copy) {
            l->no_memory = true;
            return;
        }
        size_t n = 0;
        for (size_t i = 0; i < body.len; i++) {
            if (body.data[i] == '\\' && i + 1 < body.len)
                copy[n++] = escape(body.data[++i]);
            else
                copy[n++] = body.data[i];
        }
        body = (struct str){copy, n};
    }
    struct token *t = push(l, TOK_STRING, start);
    if (t)
        t->text = body;
}

static int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static void lex_color(struct lexer *l)
{
    size_t start = l->at++;
    double value = 0;
    int digits = 0;
    while (hex_digit(peek(l, 0)) >= 0) {
        value = value * 16 + hex_digit(peek(l, 0));
        digits++;
        l->at++;
    }
    struct token *t = push(l, TOK_COLOR, start);
    if (!t)
        return;
    if (digits == 6)
        value = value * 256 + 255;
    else if (digits != 8)
        script__diag(l->diags, false, t->line, t->column,
                     "a colour is #RRGGBB or #RRGGBBAA, not \"" STR_FMT "\"", STR_ARG(t->text));
    t->number = value;
}

static bool lex_operator(struct lexer *l)
{
    static const char two[][3] = {"=>", ":=", "==", "!=", "<=", ">=", "+=", "-=", "*=", "/=", "%="};
    size_t start = l->at;
    char a = peek(l, 0), b = peek(l, 1);
    uint16_t op = 0;
    for (size_t i = 0; i < sizeof two / sizeof two[0]; i++) {
        if (two[i][0] == a && two[i][1] == b)
            op = OP2(a, b);
    }
    if (op)
        l->at += 2;
    else if (a && strchr("+-*/%<>=?:,.()[]", a))
        op = OP1(l->src.data[l->at++]);
    else
        return false;
    if (op == '(' || op == '[')
        l->brackets++;
    if ((op == ')' || op == ']') && l->brackets > 0)
        l->brackets--;
    struct token *t = push(l, TOK_OP, start);
    if (t)
        t->op = op;
    return true;
}

static bool word_is(struct str s, const char *word)
{
    return str_eq(s, str_from(word));
}

// May a statement end with this token? Not with a binary operator or a comma.
static bool can_end(const struct token *t)
{
    if (t->kind == TOK_NAME)
        return !word_is(t->text, "and") && !word_is(t->text, "or") && !word_is(t->text, "not");
    if (t->kind != TOK_OP)
        return true;
    return t->op == ')' || t->op == ']' || t->op == OP2('=', '>');
}

// Does the line at l->at begin with something that no statement begins with?
static bool begins_with_operator(const struct lexer *l)
{
    char a = peek(l, 0), b = peek(l, 1);
    if (a == '/' && b == '/')
        return false;
    // "=>" may open a switch's default branch.
    if (a == '=' && b == '>')
        return false;
    if (a && strchr("*/%<>=?:!.,)", a))
        return true;
    if (a == 'o' && b == 'r')
        return peek(l, 2) == ' ';
    return a == 'a' && b == 'n' && peek(l, 2) == 'd' && peek(l, 3) == ' ';
}

// Inside brackets a line at the left edge that assigns something, after what can end a statement,
// tells that a bracket was forgotten: the error is then found where it is.
static bool forgot_bracket(const struct lexer *l)
{
    size_t i = l->at;
    if (!can_end(&l->items[l->count - 1]) || !is_name_start(peek(l, 0)))
        return false;
    while (i < l->src.len && (is_name_start(l->src.data[i]) || is_digit(l->src.data[i])))
        i++;
    while (i < l->src.len && l->src.data[i] == ' ')
        i++;
    struct str rest = str_sub(l->src, i, i + 2);
    return str_eq(rest, STR(":=")) || str_eq(rest, STR("= "));
}

static void add_newline(struct lexer *l)
{
    if (l->count && l->items[l->count - 1].kind != TOK_NEWLINE &&
        l->items[l->count - 1].kind != TOK_INDENT && l->items[l->count - 1].kind != TOK_DEDENT)
        (void)push(l, TOK_NEWLINE, l->at);
}

static void set_indent(struct lexer *l, int width)
{
    if (width > l->indents[l->depth]) {
        if (l->depth + 1 == INDENT_MAX) {
            script__diag(l->diags, false, l->line, 1,
                         "blocks are nested deeper than %d: move the inner part to a function",
                         INDENT_MAX);
            return;
        }
        l->indents[++l->depth] = width;
        (void)push(l, TOK_INDENT, l->at);
        return;
    }
    if (l->depth == 0 && width < l->indents[0])
        l->indents[0] = width; // the first line stood further right than the rest
    while (l->depth > 0 && width < l->indents[l->depth]) {
        l->depth--;
        (void)push(l, TOK_DEDENT, l->at);
    }
    if (width != l->indents[l->depth])
        script__diag(l->diags, false, l->line, column_of(l),
                     "this indentation fits no block above: indent blocks by 4 spaces each");
}

// At the start of a line: measures its indentation and decides what the line break meant.
static void line_start(struct lexer *l)
{
    int width = 0;
    while (peek(l, 0) == ' ' || peek(l, 0) == '\t') {
        width += peek(l, 0) == '\t' ? 4 : 1;
        l->at++;
    }
    char c = peek(l, 0);
    if (c == '\n' || c == '\r' || c == '\0' || (c == '/' && peek(l, 1) == '/'))
        return; // blank: says nothing
    l->at_line_start = false;
    if (l->brackets > 0 && width == 0 && forgot_bracket(l))
        l->brackets = 0;
    if (l->brackets > 0 || l->count == 0) {
        if (l->count == 0 && width % 4 == 0 && width > 0)
            l->indents[0] = width;
        return;
    }
    const struct token *last = &l->items[l->count - 1];
    if (width > l->indents[l->depth]) {
        bool opens = last->kind == TOK_OP && last->op == OP2('=', '>');
        if (width % 4 != 0 && !opens)
            return;
        if (!can_end(last) || begins_with_operator(l))
            return;
    }
    add_newline(l);
    set_indent(l, width);
}

static void lex_comment(struct lexer *l)
{
    size_t start = l->at;
    while (l->at < l->src.len && peek(l, 0) != '\n')
        l->at++;
    struct str text = str_sub(l->src, start + 2, l->at);
    text = str_trim(text);
    if (str_starts(text, STR("@version"))) {
        struct str value = str_trim(str_sub(text, 8, text.len));
        int64_t version = 0;
        if (str_starts(value, STR("=")))
            value = str_trim(str_sub(value, 1, value.len));
        if (number_parse_i64(value, &version) || version < 4 || version > 6)
            script__diag(l->diags, false, l->line, (uint32_t)(start - l->line_start + 1),
                         "version \"" STR_FMT "\" is not supported: use //@version=4, 5 or 6",
                         STR_ARG(value));
        else
            l->version = (int)version;
    }
}

static void bad_character(struct lexer *l)
{
    unsigned char c = (unsigned char)peek(l, 0);
    if (c >= 0x20 && c < 0x7f)
        script__diag(l->diags, false, l->line, column_of(l), "unexpected character \"%c\"", c);
    else
        script__diag(l->diags, false, l->line, column_of(l),
                     "unexpected byte 0x%02x: only strings and comments may hold other than ASCII",
                     c);
    l->at++;
}

static void lex_one(struct lexer *l)
{
    char c = peek(l, 0);
    if (c == '\n') {
        l->at++;
        l->line++;
        l->line_start = l->at;
        l->at_line_start = true;
    } else if (c == ' ' || c == '\t' || c == '\r') {
        l->at++;
    } else if (c == '/' && peek(l, 1) == '/') {
        lex_comment(l);
    } else if (is_digit(c) || (c == '.' && is_digit(peek(l, 1)))) {
        lex_number(l);
    } else if (is_name_start(c)) {
        size_t start = l->at;
        while (is_name_start(peek(l, 0)) || is_digit(peek(l, 0)))
            l->at++;
        (void)push(l, TOK_NAME, start);
    } else if (c == '"' || c == '\'') {
        lex_string(l, c);
    } else if (c == '#') {
        lex_color(l);
    } else if (!lex_operator(l)) {
        bad_character(l);
    }
}

int script__lex(struct arena *arena, struct str source, struct token_list *out,
                struct script_diags *diags)
{
    struct lexer l = {.arena = arena, .diags = diags, .src = source, .line = 1};
    if (source.len > SCRIPT_SOURCE_MAX_BYTES) {
        script__diag(diags, false, 1, 1, "the source is longer than %d bytes",
                     SCRIPT_SOURCE_MAX_BYTES);
        return ERR_SYNTAX;
    }
    if (str_starts(source, STR("\xef\xbb\xbf")))
        l.at = l.line_start = 3;
    l.at_line_start = true;
    while (l.at < source.len && !l.no_memory && !diags->more) {
        if (l.at_line_start)
            line_start(&l);
        if (l.at < source.len)
            lex_one(&l);
    }
    add_newline(&l);
    set_indent(&l, l.indents[0]);
    struct token *end = push(&l, TOK_END, l.at);
    if (!end || l.no_memory)
        return ERR_NO_MEMORY;
    *out = (struct token_list){.items = l.items, .count = l.count, .version = l.version};
    return 0;
}
