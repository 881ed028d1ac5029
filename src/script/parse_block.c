// SPDX-License-Identifier: Apache-2.0
// Blocks and the structures that have them: if, for, while, switch.
#include "script/parse_internal.h"

static void append(struct ast *block, struct ast ***tail, struct ast *statement)
{
    **tail = statement;
    *tail = &statement->next;
    block->count++;
}

// Drops a statement that cannot be read. What it would have declared stays unknown, which is no
// error of the lines that use it.
static void give_up(struct parser *p, const struct token *from)
{
    script__resync(p);
    for (const struct token *t = from; t < p->t; t++) {
        if (t->kind == TOK_NAME && !script__is_keyword(t->text) &&
            map_put(p->broken, t->text, p->broken))
            p->no_memory = true;
    }
}

// Statements up to the end of the block (or of the script).
void script__parse_statements(struct parser *p, struct ast *block)
{
    struct ast **tail = &block->list;
    while (p->t->kind != TOK_END && p->t->kind != TOK_DEDENT && !p->no_memory && !p->diags->more) {
        if (p->t->kind == TOK_NEWLINE || p->t->kind == TOK_INDENT) {
            script__next(p);
            continue;
        }
        const struct token *from = p->t;
        struct ast *s = script__parse_statement(p);
        if (s && !p->failed) {
            append(block, &tail, s);
            script__ast_depth(p, block, s);
            if (script__accept_op(p, ','))
                continue;
        }
        script__end_statement(p);
        if (p->failed)
            give_up(p, from);
    }
}

// A block on the following lines, or one statement on the same line where inline_ok.
struct ast *script__parse_block(struct parser *p, bool inline_ok)
{
    struct ast *block = script__ast(p, AST_BLOCK, p->t);
    if (!block || !script__enter(p))
        return NULL;
    if (p->t->kind == TOK_NEWLINE && p->t[1].kind == TOK_INDENT) {
        script__next(p);
        script__next(p);
        script__parse_statements(p, block);
        if (p->t->kind == TOK_DEDENT)
            script__next(p);
    } else if (inline_ok && p->t->kind != TOK_NEWLINE && p->t->kind != TOK_END) {
        struct ast **tail = &block->list;
        do {
            struct ast *s = script__parse_statement(p);
            if (!s || p->failed)
                break;
            append(block, &tail, s);
            script__ast_depth(p, block, s);
        } while (script__accept_op(p, ','));
    } else {
        script__parse_error(p, p->t, "an indented block is expected here");
    }
    p->depth--;
    return block;
}

static struct ast *parse_if(struct parser *p)
{
    struct ast *n = script__ast(p, AST_IF, p->t);
    script__next(p);
    if (!n)
        return NULL;
    n->a = script__parse_expr(p);
    n->b = p->failed ? NULL : script__parse_block(p, false);
    if (!p->failed && script__at_word(p, "else")) {
        script__next(p);
        if (script__at_word(p, "if")) {
            if (script__enter(p)) {
                n->c = parse_if(p);
                p->depth--;
            }
        } else {
            n->c = script__parse_block(p, false);
        }
    }
    script__ast_depth(p, n, n->a);
    script__ast_depth(p, n, n->b);
    script__ast_depth(p, n, n->c);
    return n;
}

struct str script__expect_name(struct parser *p, const char *what)
{
    struct str name = p->t->text;
    if (p->t->kind != TOK_NAME || script__is_keyword(name)) {
        script__parse_error(p, p->t, "a name is expected for %s", what);
        return (struct str){NULL, 0};
    }
    script__next(p);
    return name;
}

static struct ast *parse_for(struct parser *p)
{
    struct ast *n = script__ast(p, AST_FOR, p->t);
    script__next(p);
    if (!n)
        return NULL;
    if (script__accept_op(p, '[')) {
        n->kind = AST_FOR_IN;
        n->e = script__ast(p, AST_NAME, p->t);
        (void)script__expect_name(p, "the index");
        script__expect_op(p, ',', "between index and element");
        n->text = script__expect_name(p, "the element");
        script__expect_op(p, ']', "after the loop's names");
        if (!p->failed && !script__accept_word(p, "in"))
            script__parse_error(p, p->t, "expected \"in\" after the loop's names");
        n->a = script__parse_expr(p);
    } else {
        n->text = script__expect_name(p, "the loop variable");
        if (script__accept_word(p, "in")) {
            n->kind = AST_FOR_IN;
            n->a = script__parse_expr(p);
        } else {
            script__expect_op(p, '=', "or \"in\" after the loop variable");
            n->a = script__parse_expr(p);
            if (!p->failed && !script__accept_word(p, "to"))
                script__parse_error(p, p->t, "expected \"to\" and the last value of the loop");
            n->b = p->failed ? NULL : script__parse_expr(p);
            if (!p->failed && script__accept_word(p, "by"))
                n->c = script__parse_expr(p);
        }
    }
    n->d = p->failed ? NULL : script__parse_block(p, false);
    script__ast_depth(p, n, n->a);
    script__ast_depth(p, n, n->b);
    script__ast_depth(p, n, n->d);
    return n;
}

static struct ast *parse_while(struct parser *p)
{
    struct ast *n = script__ast(p, AST_WHILE, p->t);
    script__next(p);
    if (!n)
        return NULL;
    n->a = script__parse_expr(p);
    n->d = p->failed ? NULL : script__parse_block(p, false);
    script__ast_depth(p, n, n->a);
    script__ast_depth(p, n, n->d);
    return n;
}

static struct ast *parse_switch(struct parser *p)
{
    struct ast *n = script__ast(p, AST_SWITCH, p->t);
    script__next(p);
    if (!n)
        return NULL;
    if (p->t->kind != TOK_NEWLINE)
        n->a = script__parse_expr(p);
    if (p->failed || p->t->kind != TOK_NEWLINE || p->t[1].kind != TOK_INDENT) {
        script__parse_error(p, p->t, "the branches of a switch stand indented on the next lines");
        return n;
    }
    script__next(p);
    script__next(p);
    struct ast **tail = &n->list;
    while (!p->failed && p->t->kind != TOK_DEDENT && p->t->kind != TOK_END) {
        struct ast *c = script__ast(p, AST_CASE, p->t);
        if (!c)
            return NULL;
        if (!script__at_op(p, OP2('=', '>')))
            c->a = script__parse_expr(p);
        script__expect_op(p, OP2('=', '>'), "after the value of a branch");
        if (!p->failed)
            c->d = script__parse_block(p, true);
        *tail = c;
        tail = &c->next;
        n->count++;
        script__ast_depth(p, n, c->a);
        script__ast_depth(p, n, c->d);
        while (p->t->kind == TOK_NEWLINE)
            script__next(p);
    }
    if (p->t->kind == TOK_DEDENT)
        script__next(p);
    return n;
}

struct ast *script__parse_structure(struct parser *p)
{
    static const struct {
        const char *word;
        struct ast *(*parse)(struct parser *p);
    } structures[] = {
        {"if", parse_if}, {"for", parse_for}, {"while", parse_while}, {"switch", parse_switch}};
    for (size_t i = 0; i < sizeof structures / sizeof structures[0]; i++) {
        if (script__at_word(p, structures[i].word)) {
            if (!script__enter(p))
                return NULL;
            struct ast *n = structures[i].parse(p);
            p->depth--;
            return n;
        }
    }
    return NULL;
}
