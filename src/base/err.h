// SPDX-License-Identifier: Apache-2.0
// Error codes of the whole program: one table from which the enum, the names and the texts come.
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdint.h>

#define MUST_CHECK             __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

// X(enumerator suffix, negative value, text for people)
#define ERR_TABLE(X)                                                                               \
    X(OK, 0, "no error")                                                                           \
    X(NO_MEMORY, -1, "out of memory")                                                              \
    X(FULL, -2, "a fixed maximum was reached")                                                     \
    X(RANGE, -3, "value out of range")                                                             \
    X(SYNTAX, -4, "malformed text")                                                                \
    X(NOT_FOUND, -5, "not found")                                                                  \
    X(EXISTS, -6, "exists already")                                                                \
    X(INVALID, -7, "invalid argument or state")                                                    \
    X(UNSUPPORTED, -8, "not supported")                                                            \
    X(SYSTEM, -9, "a system call failed")                                                          \
    X(AGAIN, -10, "not now, try again")                                                            \
    X(CLOSED, -11, "the other end closed")                                                         \
    X(PROTOCOL, -12, "a message broke the protocol")                                               \
    X(CORRUPT, -13, "stored data is damaged")                                                      \
    X(BUSY, -14, "in use by another process")                                                      \
    X(TIMEOUT, -15, "timed out")                                                                   \
    X(UNREACHABLE, -16, "the other side cannot be reached")                                        \
    X(REFUSED, -17, "refused")                                                                     \
    X(TOO_NEW, -18, "written by a newer version")                                                  \
    X(LIMIT, -19, "over the exchange's limit")                                                     \
    X(DISK_FULL, -20, "the disk is full")                                                          \
    X(READ_ONLY, -21, "the file or disk is read-only")                                             \
    X(INTERNAL, -22, "broken invariant")

enum err {
#define X(name, value, text) ERR_##name = (value),
    ERR_TABLE(X)
#undef X
};

// Name ("NOT_FOUND") and text of a code; "UNKNOWN" for a number outside the table. Static storage.
const char *err_name(int code);
const char *err_text(int code);

// What a parser or a user-facing check says: a code, a place (1-based; 0 = no place) and a sentence
// that tells what is wrong and what to do next.
struct diag {
    int code;
    uint32_t line;
    uint32_t column;
    char text[256];
};

// Fills *d (NULL is allowed) and returns code, so that a check can end in one statement.
int diag_set(struct diag *d, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);
int diag_set_at(struct diag *d, int code, uint32_t line, uint32_t column, const char *fmt, ...)
    PRINTF_LIKE(5, 6);

#endif
