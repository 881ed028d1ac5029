// SPDX-License-Identifier: Apache-2.0
// Running: groups against single instances, runs of bars against single bars, bound inputs,
// warm-up, state limits, ends by error, and scripts that mean harm.
#include "support_script.h"

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

#define CROSS                                                                                      \
    "//@version=5\nstrategy(\"t\")\nfast = input.int(3, minval = 1)\nslow = input.int(8)\n"        \
    "f = ta.sma(close, fast)\ns = ta.sma(close, slow)\n"                                           \
    "if ta.crossover(f, s)\n    strategy.entry(\"L\", strategy.long)\n"                            \
    "if ta.crossunder(f, s)\n    strategy.close(\"L\")\nplot(f - s)\n"

static struct script_program *compile(const char *source)
{
    static struct script_diags diags;
    struct script_program *p = NULL;
    if (script_compile(str_from(source), &p, &diags))
        fail_msg("%u:%u %s", diags.items[0].line, diags.items[0].column, diags.items[0].text);
    return p;
}

static struct script_bars view(const struct test_bars *b)
{
    return (struct script_bars){b->time, b->open, b->high, b->low, b->close, b->volume};
}

// Writes what it is told; bars by number and the sum of their closes.
struct recorder {
    struct buf text;
    double sum;
    int64_t bars, calls;
};

static void rec_bar(void *arg, int64_t bar, time_ms t, double open, double high, double low,
                    double close, struct script_account *a)
{
    struct recorder *r = arg;
    (void)t, (void)open, (void)high, (void)low, (void)a;
    assert_int_equal(bar, r->bars);
    r->bars++;
    r->calls++;
    r->sum += close;
}

static void rec_bars(void *arg, int64_t first, size_t n, const struct script_bars *bars,
                     struct script_account *a)
{
    struct recorder *r = arg;
    (void)a;
    assert_int_equal(first, r->bars);
    assert_true(n > 1);
    for (size_t i = 0; i < n; i++)
        r->sum += bars->close[i];
    r->bars += (int64_t)n;
    r->calls++;
}

static void rec_order(void *arg, int64_t bar, const struct script_order *o)
{
    struct recorder *r = arg;
    assert_int_equal(bar, r->bars - 1);
    assert_int_equal(
        buf_printf(&r->text, "%lld %d %s %.17g\n", (long long)bar, (int)o->kind, o->id, r->sum), 0);
}

static void record(struct recorder *r, struct script_instance *inst, const struct test_bars *b,
                   bool batch)
{
    struct script_broker broker = {r, rec_bar, batch ? rec_bars : NULL, rec_order};
    struct script_bars bars = view(b);
    memset(r, 0, sizeof *r);
    buf_init(&r->text, 1 << 20);
    assert_int_equal(script_instance_run(inst, &bars, b->n, &broker, NULL), 0);
    assert_int_equal(r->bars, b->n);
}

static void test_runs_of_bars(void **state)
{
    (void)state;
    struct script_program *p = compile(CROSS);
    struct test_bars b = test_bars_walk(3000, 5);
    struct script_instance *one, *many;
    struct recorder x, y;
    assert_int_equal(script_instance_create(p, &test_context, NULL, 0, 0, &one, NULL), 0);
    assert_int_equal(script_instance_create(p, &test_context, NULL, 0, 0, &many, NULL), 0);
    record(&x, one, &b, false);
    record(&y, many, &b, true);
    assert_true(x.text.len > 100);
    assert_true(str_eq(buf_str(&x.text), buf_str(&y.text)));
    assert_true(x.sum == y.sum);
    assert_true(y.calls < x.calls / 3);
    buf_finish(&x.text);
    buf_finish(&y.text);
    script_instance_destroy(one);
    script_instance_destroy(many);
    script_program_destroy(p);
    test_bars_free(&b);
}

// A sweep's members give what single instances give, and share their averages.
static void test_group(void **state)
{
    (void)state;
    struct script_program *p = compile(CROSS);
    struct test_bars b = test_bars_walk(2000, 6);
    struct script_bars bars = view(&b);
    struct script_group_item items[12];
    struct script_value values[12][2];
    char text[12][2][8];
    struct recorder r[12];
    struct script_broker brokers[12];
    const struct script_broker *list[12];
    for (int i = 0; i < 12; i++) {
        (void)snprintf(text[i][0], 8, "%d", 2 + i % 3);
        (void)snprintf(text[i][1], 8, "%d", 10 + i / 3);
        values[i][0] = (struct script_value){"fast", str_from(text[i][0])};
        values[i][1] = (struct script_value){"slow", str_from(text[i][1])};
        items[i] = (struct script_group_item){p, values[i], 2};
        memset(&r[i], 0, sizeof r[i]);
        buf_init(&r[i].text, 1 << 20);
        brokers[i] = (struct script_broker){&r[i], rec_bar, rec_bars, rec_order};
        list[i] = &brokers[i];
    }
    struct script_instance *g;
    assert_int_equal(script_group_create(items, 12, &test_context, 0, &g, NULL, NULL), 0);
    assert_int_equal(script_group_members(g), 12);
    struct script_workspace *w = script_workspace_create();
    assert_int_equal(script_group_run(g, w, &bars, b.n, list, NULL), 0);
    struct buf graph;
    buf_init(&graph, 1 << 20);
    assert_int_equal(script_instance_graph(g, &graph), 0);
    size_t averages = 0;
    struct str rest = buf_str(&graph), line;
    while (str_split(&rest, '\n', &line))
        averages += str_find(line, '=', 0) < line.len &&
                    str_starts(str_sub(line, str_find(line, '=', 0) + 2, line.len), STR("ta.sma["));
    assert_int_equal(averages, 7); // 3 fast and 4 slow ones
    buf_finish(&graph);
    for (int i = 0; i < 12; i++) {
        struct script_instance *one;
        struct recorder alone;
        assert_int_equal(script_instance_create(p, &test_context, values[i], 2, 0, &one, NULL), 0);
        record(&alone, one, &b, true);
        assert_true(str_eq(buf_str(&alone.text), buf_str(&r[i].text)));
        buf_finish(&alone.text);
        buf_finish(&r[i].text);
        script_instance_destroy(one);
    }
    script_workspace_destroy(w);
    script_instance_destroy(g);
    script_program_destroy(p);
    test_bars_free(&b);
}

// One member's error leaves the others alive.
static void test_group_error(void **state)
{
    (void)state;
    struct script_program *bad =
        compile("//@version=5\nindicator(\"a\")\nif bar_index == 5\n    runtime.error(\"x\")\n");
    struct script_program *good = compile("//@version=5\nindicator(\"b\")\nplot(close)\n");
    struct script_group_item items[] = {{bad, NULL, 0}, {good, NULL, 0}};
    struct test_bars b = test_bars_walk(20, 1);
    struct script_bars bars = view(&b);
    struct script_instance *g;
    struct script_workspace *w = script_workspace_create();
    assert_int_equal(script_group_create(items, 2, &test_context, 0, &g, NULL, NULL), 0);
    assert_int_equal(script_group_run(g, w, &bars, b.n, NULL, NULL), 0);
    assert_true(script_group_is_dead(g, 0));
    assert_false(script_group_is_dead(g, 1));
    assert_int_equal(script_group_run(g, w, &bars, b.n, NULL, NULL), 0);
    script_instance_destroy(g);
    assert_int_equal(script_instance_create(bad, &test_context, NULL, 0, 0, &g, NULL), 0);
    assert_int_equal(script_instance_run(g, &bars, b.n, NULL, NULL), 0);
    assert_int_equal(script_instance_run(g, &bars, b.n, NULL, NULL), ERR_INVALID);
    script_instance_destroy(g);
    script_workspace_destroy(w);
    script_program_destroy(bad);
    script_program_destroy(good);
    test_bars_free(&b);
}

static void test_binding(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *message;
        int rc;
    } cases[] = {{"fast", "5", NULL, 0},
                 {"fast", "0", "below its minimum", ERR_SYNTAX},
                 {"fast", "x", "not a whole number", ERR_SYNTAX},
                 {"fast", "2.5", "not a whole number", ERR_SYNTAX},
                 {"slow", "0", "length", ERR_SYNTAX},
                 {"fats", "5", "did you mean fast", ERR_NOT_FOUND},
                 {"other", "5", "no input", ERR_NOT_FOUND}};
    struct script_program *p = compile(CROSS);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct script_value v = {cases[i].name, str_from(cases[i].text)};
        struct script_instance *inst;
        struct diag d = {.code = 0};
        assert_int_equal(script_instance_create(p, &test_context, &v, 1, 0, &inst, &d),
                         cases[i].rc);
        if (cases[i].message && !strstr(d.text, cases[i].message))
            fail_msg("%s=%s says \"%s\"", cases[i].name, cases[i].text, d.text);
        script_instance_destroy(inst);
    }
    script_program_destroy(p);
}

static void test_info(void **state)
{
    (void)state;
    struct script_program *p =
        compile("//@version=6\nstrategy(\"Title\", \"Short\", overlay = true, initial_capital = "
                "5000, pyramiding = 3, "
                "default_qty_type = strategy.percent_of_equity, default_qty_value = 25, "
                "commission_value = 0.1)\n"
                "n = input.int(14, \"Length\", minval = 2, maxval = 99, step = 3, tooltip = "
                "\"tip\", group = \"grp\", inline = \"l\")\n"
                "m = input.string(\"b\", \"Mode\", options = [\"a\", \"b\"])\n"
                "x = input.source(hl2, \"Src\")\n"
                "strategy.risk.max_position_size(n)\n"
                "plot(ta.rsi(x, n), \"RSI\")\nplot(ta.ema(close, 5) + ta.rsi(x, n))\n"
                "alertcondition(close > open, \"Up\")\nif strategy.position_size > 0 and m == "
                "\"a\"\n    strategy.close(\"L\")\n");
    const struct script_info *i = script_program_info(p);
    assert_int_equal(i->version, 6);
    assert_int_equal(i->kind, SCRIPT_STRATEGY);
    assert_string_equal(i->title, "Title");
    assert_string_equal(i->short_title, "Short");
    assert_true(i->overlay && i->needs_account);
    assert_true(i->strategy.initial_capital == 5000 && i->strategy.default_qty_value == 25);
    assert_int_equal(i->strategy.pyramiding, 3);
    assert_true(i->strategy.margin_long == 100);
    assert_int_equal(i->strategy.default_qty_kind, SCRIPT_QTY_PERCENT_OF_EQUITY);
    assert_int_equal(i->input_count, 3);
    assert_string_equal(i->inputs[0].name, "n");
    assert_string_equal(i->inputs[0].title, "Length");
    assert_string_equal(i->inputs[0].kind, "int");
    assert_true(i->inputs[0].default_number == 14 && i->inputs[0].min == 2 &&
                i->inputs[0].max == 99);
    assert_string_equal(i->inputs[0].tooltip, "tip");
    assert_string_equal(i->inputs[0].group, "grp");
    assert_string_equal(i->inputs[1].options[1], "b");
    assert_null(i->inputs[1].options[2]);
    assert_string_equal(i->inputs[1].default_string, "b");
    assert_string_equal(i->inputs[2].kind, "source");
    assert_string_equal(i->inputs[2].default_string, "hl2");
    assert_int_equal(i->plot_count, 2);
    assert_string_equal(i->plots[0].title, "RSI");
    assert_int_equal(i->alert_count, 1);
    assert_string_equal(i->alerts[0].title, "Up");
    assert_int_equal(i->indicator_count, 2);
    assert_string_equal(i->indicators[0], "ta.ema");
    struct script_value v = {"n", STR("7")};
    struct script_instance *inst;
    assert_int_equal(script_instance_create(p, &test_context, &v, 1, 0, &inst, NULL), 0);
    assert_true(script_instance_settings(inst, 0)->risk.max_position_size == 7);
    script_instance_destroy(inst);
    script_program_destroy(p);
}

static void test_warmup(void **state)
{
    (void)state;
    static const struct {
        const char *expression;
        int64_t bars;
    } cases[] = {{"close", 0},
                 {"close[7]", 7},
                 {"ta.sma(close, 10)", 9},
                 {"ta.sma(ta.sma(close, 10), 5)", 13},
                 {"ta.sma(close, 10)[3]", 12},
                 {"math.max(ta.sma(close, 10), ta.sma(close, 20))", 19}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char source[256];
        assert_int_equal(str_printf(source, sizeof source,
                                    "//@version=5\nindicator(\"t\")\nplot(%s)\n",
                                    cases[i].expression),
                         0);
        struct script_program *p = compile(source);
        struct script_instance *inst;
        assert_int_equal(script_instance_create(p, &test_context, NULL, 0, 0, &inst, NULL), 0);
        assert_int_equal(script_instance_warmup(inst), cases[i].bars);
        script_instance_destroy(inst);
        script_program_destroy(p);
    }
}

static void test_state_limit(void **state)
{
    (void)state;
    struct script_program *p = compile("//@version=5\nindicator(\"t\")\nplot(close[4000])\n");
    struct script_instance *inst;
    struct diag d;
    assert_int_equal(script_instance_create(p, &test_context, NULL, 0, 1000, &inst, &d), ERR_LIMIT);
    assert_int_equal(script_instance_create(p, &test_context, NULL, 0, 100000, &inst, &d), 0);
    assert_true(script_instance_state_bytes(inst) < 40000);
    script_instance_destroy(inst);
    script_program_destroy(p);
}

// Repeats a piece of source n times; %d in it becomes the number.
static void repeat(struct buf *out, const char *head, const char *piece, int n, const char *tail)
{
    buf_init(out, 4 << 20);
    assert_int_equal(buf_printf(out, "//@version=5\nindicator(\"t\")\n%s", head), 0);
    for (int i = 0; i < n; i++) {
        struct str rest = str_from(piece), part;
        while (str_split(&rest, '@', &part))
            assert_int_equal(rest.len ? buf_printf(out, STR_FMT "%d", STR_ARG(part), i)
                                      : buf_add_str(out, part),
                             0);
    }
    assert_int_equal(buf_add_str(out, str_from(tail)), 0);
}

static void test_hostile(void **state)
{
    (void)state;
    static const struct {
        const char *head, *piece;
        int n;
        const char *tail;
    } cases[] = {
        {"x = ", "(", 50000, "1\n"},
        {"x = close", " + close", 100000, "\n"},
        {"", "a@ = close\n", 60000, ""},
        {"f0(x) => x + 1\n", "g@(x) => f0(x) + f0(x)\n", 1000, "plot(g1(close))\n"},
        {"if close > 0\n    x = 1\n", "else if close > @\n    x = 1\n", 20000, ""},
        {"x = 0\n", "if close > @\n    x := x + @\n", 20000, "plot(x)\n"},
        {"x = switch close\n", "    @ => @\n", 20000, ""},
        {"", "q@\n", 50000, ""},
        {"x = 0\nwhile true\n    x += 1\n", "", 0, "plot(x)\n"},
        {"x = 0\nfor i = 0 to 500000\n    x += i\n", "", 0, "plot(x)\n"},
        {"var a = array.new_float(100000, 1)\nplot(array.median(a))\n", "", 0, ""},
        {"var a = array.new_float(1, 1)\nfor i = 0 to 99\n    array.concat(a, a)\n", "", 0, ""},
        {"", "a@ = array.new_float(100000)\n", 500, ""},
        {"s = \"a\"\nfor i = 0 to 10000\n    s := s + \"aaaaaaaaaaaaaaaaaaaa\"\nalert(s)\n", "", 0,
         ""},
        {"", "plot(ta.median(close, 4@))\n", 900, ""},
    };
    struct test_bars b = test_bars_walk(2000, 9);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf source;
        struct test_run r;
        repeat(&source, cases[i].head, cases[i].piece, cases[i].n, cases[i].tail);
        test_run_script(&r, buf_str(&source), &b, NULL, 0, 0);
        // It is refused, or it stops with an error, or it was harmless; it always ends.
        if (r.rc)
            assert_true(r.diags.count > 0 || r.error.text[0]);
        test_run_free(&r);
        buf_finish(&source);
    }
    test_bars_free(&b);
}

// Functions that call one another twice each: 2^39 calls when written out.
static void test_bomb(void **state)
{
    (void)state;
    struct buf source;
    struct test_bars b = test_bars_walk(10, 9);
    struct test_run r;
    buf_init(&source, 1 << 20);
    assert_int_equal(
        buf_printf(&source, "//@version=5\nindicator(\"t\")\nf0(x) => ta.sma(x, 10)\n"), 0);
    for (int i = 1; i < 40; i++)
        assert_int_equal(
            buf_printf(&source, "f%d(x) => f%d(x) + f%d(x + %d)\n", i, i - 1, i - 1, i), 0);
    assert_int_equal(buf_printf(&source, "plot(f39(close))\n"), 0);
    test_run_script(&r, buf_str(&source), &b, NULL, 0, 0);
    assert_int_equal(r.rc, ERR_SYNTAX);
    test_run_free(&r);
    buf_finish(&source);
    test_bars_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_of_bars), cmocka_unit_test(test_group),
        cmocka_unit_test(test_group_error),  cmocka_unit_test(test_binding),
        cmocka_unit_test(test_info),         cmocka_unit_test(test_warmup),
        cmocka_unit_test(test_state_limit),  cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_bomb)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
