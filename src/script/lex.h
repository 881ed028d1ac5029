// SPDX-License-Identifier: Apache-2.0
// Tokens of a strategy source, with Pine's indentation turned into INDENT and DEDENT tokens and
// wrapped lines joined.
#ifndef SCRIPT_LEX_H
#define SCRIPT_LEX_H

#include "base/arena.h"
#include "script/script.h"

enum token_kind {
    TOK_END,
    TOK_NEWLINE,
    TOK_INDENT,
    TOK_DEDENT,
    TOK_NAME, // also keywords; the parser compares the text
    TOK_NUMBER,
    TOK_STRING,
    TOK_COLOR, // #RRGGBB or #RRGGBBAA
    TOK_OP
};

// Operators are named by their characters packed into one number, so that a parser can write
// OP2(':', '=').
#define OP1(a)    ((uint16_t)(a))
#define OP2(a, b) ((uint16_t)((a) | (b) << 8))

struct token {
    uint8_t kind;
    bool is_int; // of a number
    uint16_t op;
    uint32_t line, column; // 1-based
    struct str text;       // of a string: its value, escapes resolved
    double number;         // of a colour: 0xRRGGBBAA
};

struct token_list {
    struct token *items; // in the arena; the last is TOK_END
    size_t count;
    int version; // of //@version=, 0 when absent
};

// Adds a diagnostic; errors are ordered and cut at SCRIPT_DIAGS_MAX.
void script__diag(struct script_diags *d, bool warning, uint32_t line, uint32_t column,
                  const char *fmt, ...) PRINTF_LIKE(5, 6);
bool script__has_error(const struct script_diags *d);

// Tokens of source. Errors go to diags and what can be read is returned all the same, so that the
// parser finds its own; ERR_SYNTAX only for a source that is too long, ERR_NO_MEMORY.
int script__lex(struct arena *arena, struct str source, struct token_list *out,
                struct script_diags *diags) MUST_CHECK;

#endif
