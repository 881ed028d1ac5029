// SPDX-License-Identifier: Apache-2.0
// Runs every script of tests/scripts and holds it to what its comments promise, and to giving the
// same plots, orders and alerts for any split of the bars. Comments:
//   //@bars 1 2 3           closes of the bars (default: a seeded walk of 1500 bars)
//   //@input NAME=VALUE     binds an input
//   //@expect TITLE = V     the plot is V on every bar; "from N": from bar N on; na is na
//   //@expect TITLE : V V   the plot's values from bar 0 on
//   //@event LINE           an event of the run, in order; //@events N: there are N in all
//   //@error L:C text       compilation fails there with this text in it (several are allowed)
//   //@errors N             there are N errors in all
//   //@warning L:C text     a warning
//   //@fails text           binding the inputs fails with this text in it
#include "support_script.h"

#include "base/number.h"

#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
// cmocka.h needs the headers above first.
#include <cmocka.h>

#define WALK_BARS 1500

struct expectation {
    struct str source;
    double closes[256];
    size_t close_count;
    struct script_value values[16];
    char names[16][64];
    size_t value_count;
};

static const char *current; // for failure messages
static unsigned failures;   // all scripts are run before the test fails

#define COMPLAIN(...) (failures++, print_error(__VA_ARGS__), print_error("\n"))

static bool directive(struct str line, const char *word, struct str *rest)
{
    struct str head = str_from(word);
    if (!str_starts(line, STR("//@")) || !str_starts(str_sub(line, 3, line.len), head))
        return false;
    *rest = str_trim(str_sub(line, 3 + head.len, line.len));
    return str_sub(line, 3 + head.len, 4 + head.len).data[0] == ' ';
}

static double number_of(struct str text)
{
    double v = NAN;
    if (!str_eq(text, STR("na")) && number_parse_double(text, &v))
        COMPLAIN("%s: \"" STR_FMT "\" is no number", current, STR_ARG(text));
    return v;
}

static void read_setup(struct expectation *e)
{
    struct str rest = e->source, line, value, word;
    while (str_split(&rest, '\n', &line)) {
        if (directive(line, "bars", &value)) {
            while (str_split(&value, ' ', &word))
                e->closes[e->close_count++] = number_of(word);
        } else if (directive(line, "input", &value)) {
            size_t eq = str_find(value, '=', 0);
            assert_int_equal(str_copy(e->names[e->value_count], 64, str_sub(value, 0, eq)), 0);
            e->values[e->value_count].name = e->names[e->value_count];
            e->values[e->value_count++].text = str_sub(value, eq + 1, value.len);
        }
    }
}

static bool close_to(double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) && isnan(b);
    return fabs(a - b) <= 1e-9 * fmax(1, fabs(b));
}

static bool check_value(const struct test_run *r, const char *title, size_t bar, double want)
{
    double got = test_plot(r, title, bar);
    if (close_to(got, want))
        return true;
    COMPLAIN("%s: plot %s is %.17g on bar %zu, %.17g expected", current, title, got, bar, want);
    return false;
}

static void check_plot(const struct test_run *r, struct str text)
{
    size_t equals = str_find(text, '=', 0), colon = str_find(text, ':', 0);
    size_t mark = equals < colon ? equals : colon;
    char title[64];
    assert_int_equal(str_copy(title, sizeof title, str_trim(str_sub(text, 0, mark))), 0);
    bool found = false;
    for (size_t i = 0; i < r->plot_count && i < 64; i++)
        found = found || strcmp(r->titles[i], title) == 0;
    if (!found)
        COMPLAIN("%s: no plot \"%s\"", current, title);
    struct str rest = str_trim(str_sub(text, mark + 1, text.len)), word;
    size_t bar = 0;
    if (mark == colon) {
        while (str_split(&rest, ' ', &word)) {
            if (word.len && !check_value(r, title, bar++, number_of(word)))
                return;
        }
        return;
    }
    assert_true(str_split(&rest, ' ', &word));
    double want = number_of(word);
    if (str_starts(rest, STR("from ")))
        bar = (size_t)number_of(str_trim(str_sub(rest, 5, rest.len)));
    while (bar < r->bars && check_value(r, title, bar, want))
        bar++;
}

static void check_events(const struct test_run *r, struct str source)
{
    struct str rest = source, line, text, events = buf_str(&r->events), event;
    size_t count = 0, wanted = SIZE_MAX;
    while (str_split(&rest, '\n', &line)) {
        if (directive(line, "events", &text))
            wanted = (size_t)number_of(text);
        if (!directive(line, "event", &text))
            continue;
        bool found = false;
        while (!found && events.len && str_split(&events, '\n', &event))
            found = str_eq(str_trim(event), text);
        if (!found)
            COMPLAIN("%s: event \"" STR_FMT "\" does not occur in order; all events:\n" STR_FMT,
                     current, STR_ARG(text), STR_ARG(buf_str(&r->events)));
    }
    events = buf_str(&r->events);
    while (events.len && str_split(&events, '\n', &event))
        count += event.len > 0;
    if (wanted != SIZE_MAX && wanted != count)
        COMPLAIN("%s: %zu events, %zu expected:\n" STR_FMT, current, count, wanted,
                 STR_ARG(buf_str(&r->events)));
}

static bool contains(const char *text, struct str part)
{
    struct str s = str_from(text);
    for (size_t i = 0; i + part.len <= s.len; i++) {
        if (memcmp(s.data + i, part.data, part.len) == 0)
            return true;
    }
    return false;
}

static bool has_diag(const struct test_run *r, struct str text, bool warning)
{
    char place[32];
    size_t blank = str_find(text, ' ', 0);
    for (size_t i = 0; i < r->diags.count; i++) {
        const struct diag *d = &r->diags.items[i];
        assert_int_equal(str_printf(place, sizeof place, "%u:%u", d->line, d->column), 0);
        if (r->diags.is_warning[i] == warning && str_eq(str_from(place), str_sub(text, 0, blank)) &&
            contains(d->text, str_trim(str_sub(text, blank, text.len))))
            return true;
    }
    return false;
}

static void print_diags(const struct test_run *r)
{
    for (size_t i = 0; i < r->diags.count; i++)
        print_message("  %u:%u %s%s\n", r->diags.items[i].line, r->diags.items[i].column,
                      r->diags.is_warning[i] ? "warning: " : "", r->diags.items[i].text);
}

static size_t count_errors(const struct test_run *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->diags.count; i++)
        n += !r->diags.is_warning[i];
    return n;
}

// True when the script is meant not to run.
static bool check_failures(const struct test_run *r, struct str source)
{
    struct str rest = source, line, text;
    bool meant = false;
    while (str_split(&rest, '\n', &line)) {
        if (directive(line, "errors", &text) && (size_t)number_of(text) != count_errors(r)) {
            print_diags(r);
            COMPLAIN("%s: %zu errors", current, count_errors(r));
        }
        bool warning = directive(line, "warning", &text);
        if (!warning && !directive(line, "error", &text)) {
            if (directive(line, "fails", &text)) {
                meant = true;
                if (r->rc == 0 || !contains(r->error.text, text))
                    COMPLAIN("%s: binding says \"%s\"", current, r->error.text);
            }
            continue;
        }
        meant = meant || !warning;
        if (!has_diag(r, text, warning)) {
            print_diags(r);
            COMPLAIN("%s: no %s \"" STR_FMT "\"", current, warning ? "warning" : "error",
                     STR_ARG(text));
        }
    }
    if (!meant && r->rc) {
        print_diags(r);
        COMPLAIN("%s: does not run (%d): %s", current, r->rc, r->error.text);
    }
    return meant;
}

static void check_same(const struct test_run *a, const struct test_run *b, uint64_t cuts)
{
    for (size_t p = 0; p < a->plot_count; p++) {
        for (size_t i = 0; i < a->bars; i++) {
            if (memcmp(&a->plots[p * a->bars + i], &b->plots[p * b->bars + i], sizeof(double)) !=
                    0 &&
                !(isnan(a->plots[p * a->bars + i]) && isnan(b->plots[p * b->bars + i]))) {
                COMPLAIN("%s: plot %zu differs on bar %zu with cuts %llu: %.17g, %.17g", current, p,
                         i, (unsigned long long)cuts, a->plots[p * a->bars + i],
                         b->plots[p * b->bars + i]);
                return;
            }
        }
    }
    if (!str_eq(buf_str(&a->events), buf_str(&b->events)))
        COMPLAIN("%s: events differ with cuts %llu", current, (unsigned long long)cuts);
}

static void check_script(struct str source)
{
    struct expectation e = {.source = source};
    read_setup(&e);
    struct test_bars bars =
        e.close_count ? test_bars_of(e.closes, e.close_count) : test_bars_walk(WALK_BARS, 7);
    struct test_run whole;
    test_run_script(&whole, source, &bars, e.values, e.value_count, 0);
    if (!check_failures(&whole, source)) {
        struct str rest = source, line, text;
        while (str_split(&rest, '\n', &line)) {
            if (directive(line, "expect", &text))
                check_plot(&whole, text);
        }
        check_events(&whole, source);
        for (uint64_t cuts = 1; cuts <= 4; cuts++) {
            struct test_run other;
            test_run_script(&other, source, &bars, e.values, e.value_count, cuts);
            check_same(&whole, &other, cuts);
            test_run_free(&other);
        }
    }
    test_run_free(&whole);
    test_bars_free(&bars);
}

static int is_script(const struct dirent *d)
{
    return str_ends(str_from(d->d_name), STR(".pine"));
}

static void test_scripts(void **state)
{
    (void)state;
    struct dirent **list = NULL;
    int n = scandir(ORACLE_SOURCE "/tests/scripts", &list, is_script, alphasort);
    assert_true(n >= 60);
    for (int i = 0; i < n; i++) {
        char path[512];
        static char text[65536];
        current = list[i]->d_name;
        assert_int_equal(
            str_printf(path, sizeof path, ORACLE_SOURCE "/tests/scripts/%s", list[i]->d_name), 0);
        FILE *f = fopen(path, "r");
        assert_non_null(f);
        size_t len = fread(text, 1, sizeof text, f);
        (void)fclose(f);
        check_script((struct str){text, len});
        free(list[i]);
    }
    free(list);
    assert_int_equal(failures, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_scripts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
