// SPDX-License-Identifier: Apache-2.0
// Standard output in large writes, and what people are told on standard error.
#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WRITE_BYTES    (64u << 10)
#define LINE_MAX_BYTES 4096

static int write_all(int fd, struct str text)
{
    while (text.len > 0) {
        ssize_t n = write(fd, text.data, text.len);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return errno == EPIPE ? ERR_CLOSED : ERR_SYSTEM;
        }
        text = str_sub(text, (size_t)n, text.len);
    }
    return 0;
}

void cli_out_flush(struct cli_out *out)
{
    int rc = out->closed ? 0 : write_all(STDOUT_FILENO, buf_str(&out->pending));

    buf_clear(&out->pending);
    if (rc == ERR_CLOSED) {
        out->closed = true;
    } else if (rc != 0) {
        out->error = rc;
        out->closed = true;
    }
}

void cli_out_add(struct cli_out *out, struct str text)
{
    int rc;

    if (out->closed) {
        return;
    }
    if (out->pending.len + text.len > WRITE_BYTES) {
        cli_out_flush(out);
    }
    rc = text.len > WRITE_BYTES ? write_all(STDOUT_FILENO, text) : buf_add_str(&out->pending, text);
    if (rc != 0) {
        out->closed = true;
        out->error = rc == ERR_CLOSED ? 0 : rc;
    }
}

void cli_out_printf(struct cli_out *out, const char *fmt, ...)
{
    char line[LINE_MAX_BYTES];
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    if (n > 0) {
        size_t len = (size_t)n;

        cli_out_add(out, (struct str){line, len < sizeof line ? len : sizeof line - 1});
    }
}

bool cli_out_closed(const struct cli_out *out)
{
    return out->closed;
}

static void say(struct cli *cli, const char *lead, const char *fmt, va_list args)
{
    char line[LINE_MAX_BYTES];
    int n = str_printf(line, sizeof line, "%s", lead) == 0 ? (int)strlen(lead) : 0;
    int m = vsnprintf(line + n, sizeof line - (size_t)n - 1, fmt, args);
    size_t len = m < 0 ? (size_t)n : (size_t)n + (size_t)m;

    len = len < sizeof line - 1 ? len : sizeof line - 2;
    line[len++] = '\n';
    cli_out_flush(&cli->out);
    // Nobody reads standard error: there is no other place to say it.
    (void)write_all(STDERR_FILENO, (struct str){line, len});
}

void cli_error(struct cli *cli, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    say(cli, "oracle: ", fmt, args);
    va_end(args);
}

void cli_note(struct cli *cli, const char *fmt, ...)
{
    va_list args;

    if (cli->quiet) {
        return;
    }
    va_start(args, fmt);
    say(cli, "", fmt, args);
    va_end(args);
}

int cli_store_failed(struct cli *cli, const struct store *s, int rc, const char *what)
{
    const char *words = s ? store_last_error(s) : "";
    static const struct {
        int code, exit_code;
    } table[] = {{ERR_BUSY, CLI_LATER},         {ERR_AGAIN, CLI_LATER},
                 {ERR_TIMEOUT, CLI_LATER},      {ERR_CORRUPT, CLI_DATA},
                 {ERR_TOO_NEW, CLI_DATA},       {ERR_DISK_FULL, CLI_LATER},
                 {ERR_READ_ONLY, CLI_REFUSED},  {ERR_UNREACHABLE, CLI_UNREACHABLE},
                 {ERR_UNSUPPORTED, CLI_CONFIG}, {ERR_SYSTEM, CLI_REFUSED}};

    cli_error(cli, "%s: %s", what, words[0] ? words : err_text(rc));
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].code == rc) {
            return table[i].exit_code;
        }
    }
    return CLI_BUG;
}
