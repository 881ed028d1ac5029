// SPDX-License-Identifier: Apache-2.0
// Statements: declarations, assignments, functions. After an error the parser skips to the next
// line, so that several errors are found at once.
#include "script/parse_internal.h"

#include <stdarg.h>
#include <stdio.h>

bool script__at_op(const struct parser *p, uint16_t op)
{
    return p->t->kind == TOK_OP && p->t->op == op;
}

bool script__at_word(const struct parser *p, const char *word)
{
    return p->t->kind == TOK_NAME && str_eq(p->t->text, str_from(word));
}

void script__next(struct parser *p)
{
    if (p->t < p->end)
        p->t++;
}

bool script__accept_op(struct parser *p, uint16_t op)
{
    if (!script__at_op(p, op))
        return false;
    script__next(p);
    return true;
}

bool script__accept_word(struct parser *p, const char *word)
{
    if (!script__at_word(p, word))
        return false;
    script__next(p);
    return true;
}

void script__parse_error(struct parser *p, const struct token *at, const char *fmt, ...)
{
    char text[200];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (!p->failed)
        script__diag(p->diags, false, at->line, at->column, "%s", text);
    p->failed = true;
}

void script__expect_op(struct parser *p, uint16_t op, const char *what)
{
    if (p->failed || script__accept_op(p, op))
        return;
    char name[3] = {(char)(op & 0xff), (char)(op >> 8), '\0'};
    if (p->t->kind == TOK_NAME || p->t->kind == TOK_OP || p->t->kind == TOK_NUMBER)
        script__parse_error(p, p->t, "expected \"%s\" %s, found \"" STR_FMT "\"", name, what,
                            (int)(p->t->text.len > 40 ? 40 : p->t->text.len), p->t->text.data);
    else
        script__parse_error(p, p->t, "expected \"%s\" %s before the line ends", name, what);
}

struct ast *script__ast(struct parser *p, enum ast_kind kind, const struct token *at)
{
    struct ast *n = ARENA_NEW(p->arena, struct ast);
    if (!n) {
        p->no_memory = p->failed = true;
        return NULL;
    }
    n->kind = (uint8_t)kind;
    n->line = at->line;
    n->column = at->column;
    n->text = kind == AST_NAME ? at->text : (struct str){NULL, 0};
    return n;
}

void script__ast_depth(struct parser *p, struct ast *n, const struct ast *child)
{
    if (!child || child->depth < n->depth)
        return;
    n->depth = (uint16_t)(child->depth + 1);
    if (n->depth > AST_DEPTH_MAX && !p->failed) {
        script__diag(p->diags, false, n->line, n->column,
                     "this is nested deeper than %d: split it with variables", AST_DEPTH_MAX);
        p->failed = true;
    }
}

bool script__enter(struct parser *p)
{
    if (p->failed)
        return false;
    if (++p->depth > AST_DEPTH_MAX) {
        script__parse_error(p, p->t, "this is nested deeper than %d: split it with variables",
                            AST_DEPTH_MAX);
        p->depth--;
        return false;
    }
    return true;
}

static const char *const keywords[] = {"if",    "else",   "for",      "to",     "by",     "in",
                                       "while", "switch", "var",      "varip",  "and",    "or",
                                       "not",   "break",  "continue", "import", "export", "method"};

bool script__is_keyword(struct str word)
{
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
        if (str_eq(word, str_from(keywords[i])))
            return true;
    }
    return false;
}

// Skips the rest of a broken statement and the block below it.
void script__resync(struct parser *p)
{
    int depth = 0;
    while (p->t->kind != TOK_END) {
        if (p->t->kind == TOK_INDENT)
            depth++;
        if (p->t->kind == TOK_DEDENT) {
            if (depth == 0)
                break;
            if (--depth == 0) {
                script__next(p);
                break;
            }
        }
        if (p->t->kind == TOK_NEWLINE && depth == 0 && p->t[1].kind != TOK_INDENT) {
            script__next(p);
            break;
        }
        script__next(p);
    }
    p->failed = false;
}

void script__end_statement(struct parser *p)
{
    if (p->failed || p->t->kind == TOK_END || p->t->kind == TOK_DEDENT)
        return;
    if (p->t->kind == TOK_NEWLINE) {
        script__next(p);
        if (p->t->kind == TOK_INDENT)
            script__parse_error(p, p->t,
                                "unexpected indentation: only if, for, while, switch and => open a "
                                "block; a wrapped line is not indented by a multiple of 4");
        return;
    }
    if (p->t[-1].kind == TOK_DEDENT)
        return;
    script__parse_error(p, p->t, "unexpected \"" STR_FMT "\" after the end of the statement",
                        (int)(p->t->text.len > 40 ? 40 : p->t->text.len), p->t->text.data);
}

// A type at t: "float", "float[]", "array<float>". Returns the token after it, NULL when none.
static const struct token *match_type(const struct token *t, struct type *out)
{
    static const struct {
        const char *word;
        uint8_t base;
    } types[] = {{"int", TY_INT},          {"float", TY_FLOAT},     {"bool", TY_BOOL},
                 {"string", TY_STRING},    {"color", TY_COLOR},     {"label", TY_DRAWING},
                 {"line", TY_DRAWING},     {"box", TY_DRAWING},     {"table", TY_DRAWING},
                 {"linefill", TY_DRAWING}, {"polyline", TY_DRAWING}};
    if (t->kind != TOK_NAME)
        return NULL;
    bool is_array = false;
    if (str_eq(t->text, STR("array")) && t[1].kind == TOK_OP && t[1].op == '<') {
        is_array = true;
        t += 2;
        if (t->kind != TOK_NAME || t[1].kind != TOK_OP || t[1].op != '>')
            return NULL;
    }
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (!str_eq(t->text, str_from(types[i].word)))
            continue;
        *out = (struct type){types[i].base, is_array};
        if (is_array)
            return t + 2;
        if (t[1].kind == TOK_OP && t[1].op == '[' && t[2].kind == TOK_OP && t[2].op == ']') {
            out->is_array = true;
            return t + 3;
        }
        return t + 1;
    }
    return NULL;
}

static const struct token *skip_qualifier(const struct token *t)
{
    if (t->kind == TOK_NAME && t[1].kind == TOK_NAME &&
        (str_eq(t->text, STR("series")) || str_eq(t->text, STR("simple")) ||
         str_eq(t->text, STR("const")) || str_eq(t->text, STR("input"))))
        return t + 1;
    return t;
}

static struct ast *parse_decl(struct parser *p)
{
    struct ast *n = script__ast(p, AST_DECL, p->t);
    if (!n)
        return NULL;
    if (script__accept_word(p, "var"))
        n->mode = DECL_VAR;
    else if (script__accept_word(p, "varip"))
        n->mode = DECL_VARIP;
    p->t = skip_qualifier(p->t);
    const struct token *after = match_type(p->t, &n->type);
    if (after && after->kind == TOK_NAME)
        p->t = after;
    else
        n->type = (struct type){TY_VOID, false};
    n->line = p->t->line;
    n->column = p->t->column;
    n->text = script__expect_name(p, "the variable");
    script__expect_op(p, '=', "and a value after the variable's name");
    n->a = script__parse_expr(p);
    script__ast_depth(p, n, n->a);
    return n;
}

static struct ast *parse_assign(struct parser *p)
{
    struct ast *n = script__ast(p, AST_ASSIGN, p->t);
    if (!n)
        return NULL;
    n->text = p->t->text;
    n->op = p->t[1].op;
    if (map_put(p->reassigned, n->text, n))
        p->no_memory = true;
    script__next(p);
    script__next(p);
    n->a = script__parse_expr(p);
    script__ast_depth(p, n, n->a);
    return n;
}

static struct ast *parse_tuple_decl(struct parser *p)
{
    struct ast *n = script__ast(p, AST_TUPLE_DECL, p->t);
    script__next(p);
    if (!n)
        return NULL;
    struct ast **tail = &n->list;
    do {
        struct ast *name = script__ast(p, AST_NAME, p->t);
        if (!name)
            return NULL;
        script__next(p);
        *tail = name;
        tail = &name->next;
        n->count++;
    } while (script__accept_op(p, ','));
    script__next(p); // ']'
    script__next(p); // '='
    n->a = script__parse_expr(p);
    script__ast_depth(p, n, n->a);
    return n;
}

static struct ast *parse_function(struct parser *p)
{
    struct ast *n = script__ast(p, AST_FUNC, p->t);
    if (!n)
        return NULL;
    n->text = p->t->text;
    script__next(p);
    script__next(p);
    struct ast **tail = &n->list;
    while (!p->failed && !script__at_op(p, ')')) {
        struct ast *param = script__ast(p, AST_ARG, p->t);
        if (!param)
            return NULL;
        p->t = skip_qualifier(p->t);
        const struct token *after = match_type(p->t, &param->type);
        if (after && after->kind == TOK_NAME)
            p->t = after;
        else
            param->type = (struct type){TY_VOID, false};
        param->text = script__expect_name(p, "a parameter");
        if (script__accept_op(p, '='))
            param->a = script__parse_expr(p);
        *tail = param;
        tail = &param->next;
        n->count++;
        if (!script__accept_op(p, ','))
            break;
    }
    script__expect_op(p, ')', "to close the parameters");
    script__expect_op(p, OP2('=', '>'), "before the function's body");
    if (!p->failed)
        n->d = script__parse_block(p, true);
    script__ast_depth(p, n, n->d);
    return n;
}

// NAME ( … ) => at the start of a statement.
static bool at_function(const struct parser *p)
{
    const struct token *t = p->t;
    if (t->kind != TOK_NAME || t[1].kind != TOK_OP || t[1].op != '(')
        return false;
    int depth = 0;
    for (t++; t->kind == TOK_OP || t->kind == TOK_NAME || t->kind == TOK_NUMBER ||
              t->kind == TOK_STRING || t->kind == TOK_COLOR;
         t++) {
        if (t->kind != TOK_OP)
            continue;
        depth += t->op == '(' ? 1 : t->op == ')' ? -1 : 0;
        if (depth == 0)
            return t[1].kind == TOK_OP && t[1].op == OP2('=', '>');
    }
    return false;
}

static bool at_tuple_decl(const struct parser *p)
{
    const struct token *t = p->t;
    if (t->kind != TOK_OP || t->op != '[')
        return false;
    for (t++;; t += 2) {
        if (t->kind != TOK_NAME || t[1].kind != TOK_OP)
            return false;
        if (t[1].op == ']')
            return t[2].kind == TOK_OP && t[2].op == '=';
        if (t[1].op != ',')
            return false;
    }
}

static bool at_decl(const struct parser *p)
{
    const struct token *t = p->t;
    if (t->kind != TOK_NAME)
        return false;
    if (str_eq(t->text, STR("var")) || str_eq(t->text, STR("varip")))
        return true;
    if (script__is_keyword(t->text))
        return false;
    if (t[1].kind == TOK_OP && t[1].op == '=')
        return true;
    struct type type;
    t = skip_qualifier(t);
    const struct token *after = match_type(t, &type);
    return after && after->kind == TOK_NAME && after[1].kind == TOK_OP && after[1].op == '=';
}

// Words that open what this language does not have, and what to write instead.
static bool refuse_unsupported(struct parser *p)
{
    static const struct {
        const char *word;
        const char *text;
    } refused[] = {
        {"type", "user types are not supported: use one variable or array per field"},
        {"enum", "enums are not supported: use string or int constants"},
        {"method", "own methods are not supported: write a function and pass the value"},
        {"import", "libraries are not supported: copy the functions you need into the script"},
        {"export", "libraries are not supported: leave out \"export\""},
    };
    const struct token *t = p->t;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (script__at_word(p, refused[i].word) && t[1].kind == TOK_NAME) {
            script__parse_error(p, t, "\"%s\": %s", refused[i].word, refused[i].text);
            return true;
        }
    }
    if (t->kind == TOK_NAME && t[1].kind == TOK_NAME && !script__is_keyword(t->text) &&
        t[2].kind == TOK_OP && t[2].op == '=' && !at_decl(p)) {
        script__parse_error(p, t,
                            "\"" STR_FMT "\" is not a type of this language: use int, float, bool, "
                            "string, color or array<…>",
                            (int)(t->text.len > 40 ? 40 : t->text.len), t->text.data);
        return true;
    }
    return false;
}

static bool is_assignment(uint16_t op)
{
    return op == OP2(':', '=') || op == OP2('+', '=') || op == OP2('-', '=') ||
           op == OP2('*', '=') || op == OP2('/', '=') || op == OP2('%', '=');
}

struct ast *script__parse_statement(struct parser *p)
{
    const struct token *t = p->t;
    if (refuse_unsupported(p))
        return NULL;
    if (script__at_word(p, "break") || script__at_word(p, "continue")) {
        struct ast *n = script__ast(p, script__at_word(p, "break") ? AST_BREAK : AST_CONTINUE, t);
        script__next(p);
        return n;
    }
    if (at_tuple_decl(p))
        return parse_tuple_decl(p);
    if (at_function(p))
        return parse_function(p);
    if (at_decl(p))
        return parse_decl(p);
    if (t->kind == TOK_NAME && t[1].kind == TOK_OP && is_assignment(t[1].op))
        return parse_assign(p);
    return script__parse_expr(p);
}

int script__parse(struct arena *arena, const struct token_list *tokens, struct map *reassigned,
                  struct map *broken, struct ast **out, struct script_diags *diags)
{
    struct parser p = {.arena = arena,
                       .t = tokens->items,
                       .end = tokens->items + tokens->count - 1,
                       .diags = diags,
                       .reassigned = reassigned,
                       .broken = broken};
    struct ast *block = script__ast(&p, AST_BLOCK, p.t);
    while (block && p.t->kind != TOK_END && !p.no_memory && !diags->more) {
        struct ast part = {.kind = AST_BLOCK};
        script__parse_statements(&p, &part);
        struct ast **tail = &block->list;
        while (*tail)
            tail = &(*tail)->next;
        *tail = part.list;
        block->count += part.count;
        if (p.t->kind == TOK_DEDENT)
            script__next(&p);
    }
    if (p.no_memory || !block)
        return ERR_NO_MEMORY;
    *out = block;
    return script__has_error(diags) ? ERR_SYNTAX : 0;
}
