// SPDX-License-Identifier: Apache-2.0
// A practice exchange in a child process, and a plain blocking HTTP client to ask it with.
#ifndef TESTS_PRACTICE_SUPPORT_HTTP_H
#define TESTS_PRACTICE_SUPPORT_HTTP_H

#include "practice/practice.h"

#include <sys/types.h>

struct support_exchange {
    pid_t pid;
    uint16_t port;
};

struct support_reply {
    int status;     // 0: the connection ended without a whole answer
    bool reset;     // it was reset
    bool truncated; // the body is shorter than announced
    char *text;     // owned: head and body, NUL-terminated
    const char *body;
    size_t body_len;
};

// Options for a clock that (nearly) stands still at `start`.
struct practice_options support_options(time_ms start);
// Fails the test when it does not start.
void support_start(struct support_exchange *e, struct practice_options options);
void support_stop(struct support_exchange *e); // ends it and checks that it ended well
int support_wait(pid_t child);                 // exit status of a child, -1 when it was killed
// body may be NULL. headers: whole lines with CRLF, or "".
void support_ask(const struct support_exchange *e, const char *method, const char *path,
                 const char *headers, const char *body, struct support_reply *out);
void support_get(const struct support_exchange *e, const char *path, struct support_reply *out);
// Value of a response header, "" when absent; valid until the next call.
const char *support_header(const struct support_reply *r, const char *name);
void support_reply_finish(struct support_reply *r);

#endif
