// SPDX-License-Identifier: Apache-2.0
// A sweep's state file: a header that says which sweep it is, then one line a finished combination.
// It is only ever appended to, so a sweep that was cut off goes on where it stopped, and parts of
// one sweep can be put together.
#include "cli/sweep.h"

#include "base/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 16384
#define SEGMENT_FIELDS 8

int cli_sweep_add(struct cli_sweep *s, const struct sweep_result *r)
{
    if (s->count == s->cap) {
        size_t cap = s->cap ? s->cap * 2 : 1024;
        struct sweep_result *moved = realloc(s->results, cap * sizeof *moved);

        if (!moved) {
            return ERR_NO_MEMORY;
        }
        s->results = moved;
        s->cap = cap;
    }
    s->results[s->count++] = *r;
    s->failed += r->failed;
    return 0;
}

// ---- writing

int cli_sweep_write_header(FILE *f, const struct cli_sweep *s)
{
    return fputs(s->header, f) < 0 || fputs("rows\n", f) < 0 || fflush(f) != 0 ? ERR_SYSTEM : 0;
}

static void put(FILE *f, double v)
{
    char text[NUMBER_TEXT_MAX] = "-";

    if (isfinite(v)) {
        (void)number_format_double(v, text);
    }
    (void)fprintf(f, " %s", text);
}

int cli_sweep_write_row(FILE *f, const struct cli_sweep *s, const struct sweep_result *r)
{
    const double figures[] = {r->initial_capital,
                              r->final_equity,
                              r->net_profit,
                              r->max_drawdown,
                              r->max_drawdown_percent,
                              r->profit_factor,
                              r->sharpe,
                              r->win_rate,
                              r->exposure,
                              r->cagr};

    (void)fprintf(f, "%llu %d %lld", (unsigned long long)r->combination, r->failed,
                  (long long)r->trades);
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        put(f, figures[i]);
    }
    for (size_t i = 0; i < s->task.segment_count; i++) {
        const struct sweep_segment *g = &r->segments[i];
        const double parts[SEGMENT_FIELDS] = {g->equity,       g->gross_profit,  g->gross_loss,
                                              g->returns,      g->squares,       g->drawdown,
                                              (double)g->days, (double)g->trades};

        for (size_t k = 0; k < SEGMENT_FIELDS; k++) {
            put(f, parts[k]);
        }
    }
    return fputs("\n", f) < 0 || ferror(f) ? ERR_SYSTEM : 0;
}

// ---- reading

static bool next_number(struct str *line, double *out)
{
    struct str part;

    if (!str_split(line, ' ', &part)) {
        return false;
    }
    *out = NAN;
    return str_eq(part, STR("-")) || number_parse_double(part, out) == 0;
}

static bool read_row(const struct cli_sweep *s, struct str line, struct sweep_result *r)
{
    double head[3], parts[SEGMENT_FIELDS];
    double *const figures[] = {&r->initial_capital,
                               &r->final_equity,
                               &r->net_profit,
                               &r->max_drawdown,
                               &r->max_drawdown_percent,
                               &r->profit_factor,
                               &r->sharpe,
                               &r->win_rate,
                               &r->exposure,
                               &r->cagr};
    bool good = true;

    *r = (struct sweep_result){0};
    for (size_t i = 0; i < 3; i++) {
        good = good && next_number(&line, &head[i]);
    }
    for (size_t i = 0; good && i < sizeof figures / sizeof figures[0]; i++) {
        good = next_number(&line, figures[i]);
    }
    for (size_t i = 0; good && i < s->task.segment_count; i++) {
        for (size_t k = 0; good && k < SEGMENT_FIELDS; k++) {
            good = next_number(&line, &parts[k]);
        }
        r->segments[i] = (struct sweep_segment){.equity = parts[0],
                                                .gross_profit = parts[1],
                                                .gross_loss = parts[2],
                                                .returns = parts[3],
                                                .squares = parts[4],
                                                .drawdown = parts[5],
                                                .days = good ? (int64_t)parts[6] : 0,
                                                .trades = good ? (int64_t)parts[7] : 0};
    }
    good = good && line.len == 0 && head[0] >= 0 && head[0] < 9e15 && isfinite(head[2]);
    if (good) {
        r->combination = (uint64_t)head[0];
        r->failed = head[1] != 0;
        r->trades = (int64_t)head[2];
        good = r->combination < sweep_space_size(&s->space);
    }
    return good;
}

// A line of the header that names something needed to show the results.
static int take_header(struct cli_sweep *s, struct str line, struct diag *d)
{
    if (str_starts(line, STR("input "))) {
        return sweep_space_add(&s->space, str_sub(line, 6, line.len), d);
    }
    if (str_starts(line, STR("series "))) {
        (void)str_copy(s->label, sizeof s->label, str_sub(line, 7, line.len));
    }
    if (str_starts(line, STR("segments "))) {
        uint64_t n = 0;

        if (number_parse_u64(str_sub(line, 9, line.len), &n) != 0 || n < 1 ||
            n > SWEEP_SEGMENTS_MAX) {
            return diag_set(d, ERR_SYNTAX, "the state file's segments cannot be read");
        }
        s->task.segment_count = (size_t)n;
    }
    return 0;
}

static int read_header(struct cli_sweep *s, FILE *f, const char *path, bool first, struct diag *d)
{
    char line[LINE_MAX_BYTES];
    size_t used = 0;

    while (fgets(line, sizeof line, f) && strcmp(line, "rows\n") != 0) {
        size_t len = strlen(line);

        if (first && (used + len >= sizeof s->header || line[len - 1] != '\n')) {
            return diag_set(d, ERR_SYNTAX, "%.150s is no state file of a sweep", path);
        }
        if (first) {
            int rc;

            memcpy(s->header + used, line, len + 1);
            rc = take_header(s, (struct str){line, len - 1}, d);
            if (rc != 0) {
                return rc;
            }
        } else if (strncmp(s->header + used, line, len) != 0) {
            return diag_set(d, ERR_INVALID,
                            "%.100s is of another sweep (other strategy, inputs, candles or "
                            "segments); name another file with --state",
                            path);
        }
        used += len;
    }
    if (used == 0 || strncmp(s->header, "oracle-sweep 1\n", 15) != 0 || s->header[used] != '\0') {
        return diag_set(d, ERR_SYNTAX, "%.150s is no state file of this sweep", path);
    }
    return 0;
}

int cli_sweep_read(struct cli_sweep *s, const char *path, bool first, struct diag *d)
{
    FILE *f = fopen(path, "re");
    char line[LINE_MAX_BYTES];
    struct sweep_result r;
    int rc;

    if (!f) {
        return diag_set(d, ERR_NOT_FOUND, "there is no state file '%.150s'", path);
    }
    rc = read_header(s, f, path, first, d);
    while (rc == 0 && fgets(line, sizeof line, f)) {
        size_t len = strlen(line);

        // A line without end is one whose writing was cut off: that combination is run again.
        if (line[len - 1] != '\n') {
            break;
        }
        if (!read_row(s, (struct str){line, len - 1}, &r)) {
            rc =
                diag_set(d, ERR_SYNTAX, "%.150s has a line that cannot be read: %.60s", path, line);
        } else {
            rc = cli_sweep_add(s, &r);
        }
    }
    (void)fclose(f);
    return rc;
}
