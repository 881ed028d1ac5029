// SPDX-License-Identifier: Apache-2.0
// The expression half of the parser: precedence climbing over the token list.
#include "script/parse_internal.h"

static bool text_is(const struct token *t, const char *word)
{
    return t->kind == TOK_NAME && str_eq(t->text, str_from(word));
}

// The operator at the current token as a binary one, and how tightly it binds; 0 when it is none.
static int binary_precedence(const struct parser *p, uint16_t *op)
{
    const struct token *t = p->t;
    *op = t->op;
    if (t->kind == TOK_NAME) {
        *op = text_is(t, "or") ? 'o' : 'a';
        return text_is(t, "or") ? 1 : text_is(t, "and") ? 2 : 0;
    }
    if (t->kind != TOK_OP)
        return 0;
    switch (t->op) {
    case OP2('=', '='):
    case OP2('!', '='):
        return 3;
    case '<':
    case '>':
    case OP2('<', '='):
    case OP2('>', '='):
        return 4;
    case '+':
    case '-':
        return 5;
    case '*':
    case '/':
    case '%':
        return 6;
    default:
        return 0;
    }
}

static struct ast *parse_args(struct parser *p, struct ast *call)
{
    struct ast **tail = &call->list;
    while (!p->failed && !script__at_op(p, ')')) {
        struct ast *arg = script__ast(p, AST_ARG, p->t);
        if (!arg)
            return call;
        if (p->t->kind == TOK_NAME && p->t[1].kind == TOK_OP && p->t[1].op == '=') {
            arg->text = p->t->text;
            script__next(p);
            script__next(p);
        }
        arg->a = script__parse_expr(p);
        script__ast_depth(p, call, arg->a);
        *tail = arg;
        tail = &arg->next;
        call->count++;
        if (!script__accept_op(p, ','))
            break;
    }
    script__expect_op(p, ')', "to close the arguments");
    return call;
}

static struct ast *parse_tuple(struct parser *p)
{
    struct ast *n = script__ast(p, AST_TUPLE, p->t);
    script__next(p);
    if (!n)
        return NULL;
    struct ast **tail = &n->list;
    while (!p->failed && !script__at_op(p, ']')) {
        struct ast *item = script__parse_expr(p);
        if (!item)
            break;
        script__ast_depth(p, n, item);
        *tail = item;
        tail = &item->next;
        n->count++;
        if (!script__accept_op(p, ','))
            break;
    }
    script__expect_op(p, ']', "to close the list");
    return n;
}

static struct ast *parse_name(struct parser *p)
{
    const struct token *first = p->t;
    if (text_is(first, "true") || text_is(first, "false")) {
        struct ast *n = script__ast(p, AST_BOOL, first);
        if (n)
            n->number = text_is(first, "true");
        script__next(p);
        return n;
    }
    if (script__is_keyword(first->text)) {
        script__parse_error(p, first, "\"" STR_FMT "\" cannot stand here: a value is expected",
                            STR_ARG(first->text));
        return NULL;
    }
    struct ast *n = script__ast(p, AST_NAME, first);
    script__next(p);
    // "ta.sma" is one name; its parts have to touch.
    while (n && script__at_op(p, '.') && p->t[1].kind == TOK_NAME) {
        script__next(p);
        n->text.len = (size_t)(p->t->text.data + p->t->text.len - n->text.data);
        script__next(p);
    }
    return n;
}

static struct ast *parse_literal(struct parser *p, enum ast_kind kind)
{
    struct ast *n = script__ast(p, kind, p->t);
    if (n) {
        n->number = p->t->number;
        n->is_int = p->t->is_int;
        n->text = p->t->text;
    }
    script__next(p);
    return n;
}

static struct ast *parse_primary(struct parser *p)
{
    const struct token *t = p->t;
    switch (t->kind) {
    case TOK_NUMBER:
        return parse_literal(p, AST_NUMBER);
    case TOK_STRING:
        return parse_literal(p, AST_STRING);
    case TOK_COLOR:
        return parse_literal(p, AST_COLOR);
    case TOK_NAME: {
        struct ast *structure = script__parse_structure(p);
        return structure || p->failed ? structure : parse_name(p);
    }
    case TOK_OP:
        if (t->op == '(') {
            script__next(p);
            struct ast *n = script__parse_expr(p);
            script__expect_op(p, ')', "to close the bracket");
            return n;
        }
        if (t->op == '[')
            return parse_tuple(p);
        script__parse_error(p, t, "unexpected \"" STR_FMT "\": a value is expected",
                            STR_ARG(t->text));
        return NULL;
    default:
        script__parse_error(p, t, "the line ends where a value is expected");
        return NULL;
    }
}

// array.new<float>(…): the element type in angle brackets becomes part of the name.
static bool accept_template(struct parser *p, struct ast *n)
{
    if (n->kind != AST_NAME || !script__at_op(p, '<') ||
        !(str_eq(n->text, STR("array.new")) || str_eq(n->text, STR("matrix.new")) ||
          str_eq(n->text, STR("map.new"))))
        return false;
    const struct token *t = p->t + 1;
    while (t->kind == TOK_NAME || (t->kind == TOK_OP && (t->op == ',' || t->op == '.')))
        t++;
    if (t->kind != TOK_OP || t->op != '>' || t[1].kind != TOK_OP || t[1].op != '(')
        return false;
    n->text.len = (size_t)(t->text.data + 1 - n->text.data);
    p->t = t + 1;
    return true;
}

// After an if or a loop with its block a new line begins: what stands there is a statement, not the
// rest of this one.
static bool at_new_line(const struct parser *p)
{
    return p->t[-1].kind == TOK_DEDENT;
}

static struct ast *parse_postfix(struct parser *p)
{
    struct ast *n = parse_primary(p);
    while (n && !p->failed && !at_new_line(p)) {
        const struct token *at = p->t;
        accept_template(p, n);
        if (script__at_op(p, '(') && n->kind == AST_NAME) {
            script__next(p);
            n->kind = AST_CALL;
            parse_args(p, n);
        } else if (script__at_op(p, '[')) {
            script__next(p);
            struct ast *index = script__ast(p, AST_INDEX, at);
            if (!index)
                return NULL;
            index->line = n->line;
            index->column = n->column;
            index->a = n;
            index->b = script__parse_expr(p);
            script__ast_depth(p, index, n);
            script__ast_depth(p, index, index->b);
            script__expect_op(p, ']', "to close the history offset");
            n = index;
        } else if (script__at_op(p, '.') && p->t[1].kind == TOK_NAME && n->kind != AST_NAME) {
            script__next(p);
            struct ast *call = script__ast(p, AST_CALL, p->t);
            if (!call)
                return NULL;
            call->text = p->t->text;
            call->a = n;
            script__ast_depth(p, call, n);
            script__next(p);
            script__expect_op(p, '(', "after the method's name");
            n = parse_args(p, call);
        } else {
            break;
        }
    }
    return n;
}

static struct ast *parse_unary(struct parser *p)
{
    uint16_t op = 0;
    if (script__at_op(p, '-') || script__at_op(p, '+'))
        op = p->t->op;
    else if (script__at_word(p, "not"))
        op = 'n';
    if (!op)
        return parse_postfix(p);
    struct ast *n = script__ast(p, AST_UNARY, p->t);
    script__next(p);
    if (!n || !script__enter(p))
        return NULL;
    n->op = op;
    n->a = parse_unary(p);
    p->depth--;
    script__ast_depth(p, n, n->a);
    return n;
}

static struct ast *parse_binary(struct parser *p, int min)
{
    struct ast *left = parse_unary(p);
    uint16_t op;
    for (int prec;
         left && !p->failed && !at_new_line(p) && (prec = binary_precedence(p, &op)) >= min;) {
        struct ast *n = script__ast(p, AST_BINARY, p->t);
        script__next(p);
        if (!n)
            return NULL;
        n->op = op;
        n->a = left;
        n->b = parse_binary(p, prec + 1);
        script__ast_depth(p, n, n->a);
        script__ast_depth(p, n, n->b);
        left = n;
    }
    return left;
}

struct ast *script__parse_expr(struct parser *p)
{
    if (!script__enter(p))
        return NULL;
    struct ast *cond = parse_binary(p, 1);
    if (cond && !p->failed && !at_new_line(p) && script__at_op(p, '?')) {
        struct ast *n = script__ast(p, AST_TERNARY, p->t);
        script__next(p);
        if (n) {
            n->a = cond;
            n->b = script__parse_expr(p);
            script__expect_op(p, ':', "between the two values of \"?\"");
            n->c = p->failed ? NULL : script__parse_expr(p);
            script__ast_depth(p, n, n->a);
            script__ast_depth(p, n, n->b);
            script__ast_depth(p, n, n->c);
        }
        cond = n;
    }
    p->depth--;
    return cond;
}
