// SPDX-License-Identifier: Apache-2.0
// The parser's state, shared by its statement and expression halves.
#ifndef SCRIPT_PARSE_INTERNAL_H
#define SCRIPT_PARSE_INTERNAL_H

#include "base/map.h"
#include "script/ast.h"

struct parser {
    struct arena *arena;
    const struct token *t; // the current token
    const struct token *end;
    struct script_diags *diags;
    struct map *reassigned;
    struct map *broken; // names in statements that could not be read
    int depth;
    bool failed; // in this statement: further errors in it are noise
    bool no_memory;
};

bool script__at_op(const struct parser *p, uint16_t op);
bool script__at_word(const struct parser *p, const char *word);
bool script__accept_op(struct parser *p, uint16_t op);
bool script__accept_word(struct parser *p, const char *word);
void script__next(struct parser *p);
void script__expect_op(struct parser *p, uint16_t op, const char *what);
void script__parse_error(struct parser *p, const struct token *at, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
struct ast *script__ast(struct parser *p, enum ast_kind kind, const struct token *at);
// Takes the depth of the children into account; false when the tree gets too deep.
void script__ast_depth(struct parser *p, struct ast *n, const struct ast *child);
bool script__enter(struct parser *p);

struct ast *script__parse_expr(struct parser *p);
// if / for / while / switch; NULL when the current token opens none of them.
struct ast *script__parse_structure(struct parser *p);
bool script__is_keyword(struct str word);
struct str script__expect_name(struct parser *p, const char *what);

// Statements up to the end of the block (or of the script).
void script__parse_statements(struct parser *p, struct ast *block);
struct ast *script__parse_statement(struct parser *p);
// A block on the following lines, or statements on the same line where inline_ok.
struct ast *script__parse_block(struct parser *p, bool inline_ok);
void script__end_statement(struct parser *p);
// Skips the rest of a broken statement and the block below it.
void script__resync(struct parser *p);

#endif
