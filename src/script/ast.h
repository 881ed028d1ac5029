// SPDX-License-Identifier: Apache-2.0
// The syntax tree of a strategy. Nodes live in the program's arena and are never changed after
// parsing, so that any number of bindings may be lowered from one tree.
#ifndef SCRIPT_AST_H
#define SCRIPT_AST_H

#include "script/lex.h"
#include "script/value.h"

#define AST_DEPTH_MAX 200 // nesting of one expression or of blocks

enum ast_kind {
    AST_NUMBER,
    AST_STRING,
    AST_COLOR,
    AST_BOOL,
    AST_NAME,       // text: "close", "ta.tr", "syminfo.ticker"
    AST_UNARY,      // op, a
    AST_BINARY,     // op, a, b
    AST_TERNARY,    // a ? b : c
    AST_CALL,       // text(list of AST_ARG); a: the receiver of a method call on an expression
    AST_ARG,        // text: name or empty; a: value
    AST_INDEX,      // a[b]
    AST_TUPLE,      // [list]
    AST_IF,         // a: condition, b: block, c: block or if, may be NULL
    AST_FOR,        // text = a to b by c; d: block
    AST_FOR_IN,     // text (or e.text, text) in a; d: block
    AST_WHILE,      // a; d: block
    AST_SWITCH,     // a: subject or NULL; list of AST_CASE
    AST_CASE,       // a: value or NULL for the default; d: block
    AST_BLOCK,      // list
    AST_DECL,       // [var] [type] text = a
    AST_TUPLE_DECL, // [list of AST_NAME] = a
    AST_ASSIGN,     // text op= a
    AST_FUNC,       // text(list of AST_ARG: name, default) => d: block
    AST_BREAK,
    AST_CONTINUE,
    AST_BAD // stands where an error was reported
};

enum ast_mode {
    DECL_PLAIN,
    DECL_VAR,
    DECL_VARIP
};

struct ast {
    uint8_t kind;
    uint8_t mode; // of a declaration
    bool is_int;  // of a number
    uint16_t op;  // as in struct token; "and" 'a', "or" 'o', "not" 'n'
    uint16_t depth;
    uint32_t line, column;
    uint32_t count;   // of list
    struct type type; // annotation; TY_VOID when there is none
    struct str text;
    double number;
    struct ast *a, *b, *c, *d, *e;
    struct ast *list, *next;
};

// Parses a whole script to a block. Names assigned with := or compound assignment anywhere are put
// into reassigned (a map from name to non-NULL), names in statements that could not be read, which
// *out leaves out, into broken. 0, ERR_SYNTAX with diags (*out is there too), ERR_NO_MEMORY.
struct map;
int script__parse(struct arena *arena, const struct token_list *tokens, struct map *reassigned,
                  struct map *broken, struct ast **out, struct script_diags *diags) MUST_CHECK;

#endif
