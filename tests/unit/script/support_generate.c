// SPDX-License-Identifier: Apache-2.0
// The generator of random scripts: numbers, conditions, var, branches, loops, functions, arrays,
// higher timeframes, orders and alerts.
#include "support_generate.h"

#include <stdbool.h>
#include <stdlib.h>

#define DEPTH_MAX 3

struct generator {
    struct buf *out;
    const uint8_t *data;
    size_t size, at;
    int floats, bools, arrays; // names so far: f0 f1 …, b0 …, a0 …
    int indent, depth;
    bool in_loop, in_block;
};

static unsigned pick(struct generator *g, unsigned limit)
{
    return g->at < g->size ? g->data[g->at++] % limit : 0;
}

static void put(struct generator *g, const char *text)
{
    // A full buffer cuts the script; the test then compares how both runs fail.
    if (buf_add_str(g->out, str_from(text)))
        g->at = g->size;
}

static void put_int(struct generator *g, int v)
{
    if (buf_printf(g->out, "%d", v))
        g->at = g->size;
}

static void put_name(struct generator *g, char kind, int number)
{
    if (buf_printf(g->out, "%c%d", kind, number))
        g->at = g->size;
}

static void line(struct generator *g)
{
    put(g, "\n");
    for (int i = 0; i < g->indent; i++)
        put(g, "    ");
}

static void number(struct generator *g);

static void condition(struct generator *g)
{
    if (g->depth >= DEPTH_MAX) {
        put(g, "close > open");
        return;
    }
    g->depth++;
    switch (pick(g, 8)) {
    case 0:
        number(g);
        put(g, " > ");
        number(g);
        break;
    case 1:
        number(g);
        put(g, " <= ");
        number(g);
        break;
    case 2:
        put(g, "(");
        condition(g);
        put(g, " and ");
        condition(g);
        put(g, ")");
        break;
    case 3:
        put(g, "(");
        condition(g);
        put(g, " or ");
        condition(g);
        put(g, ")");
        break;
    case 4:
        put(g, "not (");
        condition(g);
        put(g, ")");
        break;
    case 5:
        put(g, "na(");
        number(g);
        put(g, ")");
        break;
    case 6:
        if (g->bools > 0)
            put_name(g, 'b', (int)pick(g, (unsigned)g->bools));
        else
            put(g, "bar_index % 3 == 0");
        break;
    default:
        if (g->in_loop) {
            put(g, "bar_index % 5 == 2");
            break;
        }
        put(g, pick(g, 2) ? "ta.crossover(" : "ta.rising(");
        number(g);
        put(g, g->out->data[g->out->len - 1] == '(' ? "close, 2)" : ", 2)");
        break;
    }
    g->depth--;
}

static void leaf(struct generator *g)
{
    static const char *const names[] = {"close",
                                        "open",
                                        "high",
                                        "low",
                                        "volume",
                                        "hl2",
                                        "bar_index",
                                        "1.5",
                                        "2",
                                        "0",
                                        "na",
                                        "close[1]",
                                        "high[3]",
                                        "strategy.position_size",
                                        "strategy.equity"};
    if (g->floats > 0 && pick(g, 2))
        put_name(g, 'f', (int)pick(g, (unsigned)g->floats));
    else
        put(g, names[pick(g, sizeof names / sizeof names[0])]);
}

static void call(struct generator *g)
{
    static const char *const calls[] = {"ta.sma(",    "ta.ema(",   "ta.highest(", "ta.rsi(",
                                        "ta.change(", "ta.stdev(", "math.sum(",   "ta.wma("};
    put(g, calls[pick(g, sizeof calls / sizeof calls[0])]);
    number(g);
    put(g, ", ");
    put_int(g, 1 + (int)pick(g, 7));
    put(g, ")");
}

static void number(struct generator *g)
{
    if (g->depth >= DEPTH_MAX) {
        leaf(g);
        return;
    }
    static const char *const ops[] = {" + ", " - ", " * ", " / ", " % "};
    g->depth++;
    switch (pick(g, 9)) {
    case 0:
    case 1:
        put(g, "(");
        number(g);
        put(g, ops[pick(g, 5)]);
        number(g);
        put(g, ")");
        break;
    case 2:
        put(g, "(");
        condition(g);
        put(g, " ? ");
        number(g);
        put(g, " : ");
        number(g);
        put(g, ")");
        break;
    case 3:
        put(g, "nz(");
        number(g);
        put(g, ")");
        break;
    case 4:
        if (g->floats > 0 && !g->in_loop) {
            put_name(g, 'f', (int)pick(g, (unsigned)g->floats));
            put(g, pick(g, 3) ? "[" : "[bar_index % ");
            put_int(g, 1 + (int)pick(g, 4));
            put(g, "]");
            break;
        }
        leaf(g);
        break;
    case 5:
        if (g->in_loop)
            leaf(g);
        else
            call(g);
        break;
    case 6:
        put(g, g->in_loop ? "math.max(" : pick(g, 2) ? "keep(" : "past(");
        number(g);
        put(g, g->in_loop ? ", 1)" : ")");
        break;
    case 7:
        if (g->arrays > 0) {
            put(g, "array.size(");
            put_name(g, 'a', (int)pick(g, (unsigned)g->arrays));
            put(g, ")");
            break;
        }
        leaf(g);
        break;
    default:
        leaf(g);
        break;
    }
    g->depth--;
}

static void statement(struct generator *g, int nesting);

// Names declared inside a block are not known after it.
static void block(struct generator *g, int nesting)
{
    int floats = g->floats, bools = g->bools, arrays = g->arrays;
    bool in_block = g->in_block;
    g->in_block = true;
    g->indent++;
    for (unsigned i = 0, n = 1 + pick(g, 3); i < n; i++) {
        line(g);
        statement(g, nesting + 1);
    }
    g->indent--;
    g->in_block = in_block;
    g->floats = floats;
    g->bools = bools;
    g->arrays = arrays;
}

static void assignment(struct generator *g)
{
    static const char *const ops[] = {" := ", " += ", " -= ", " := "};
    if (g->floats == 0) {
        put(g, "alert(\"none\")");
        return;
    }
    put_name(g, 'f', (int)pick(g, (unsigned)g->floats));
    put(g, ops[pick(g, 4)]);
    put(g, "float(");
    number(g);
    put(g, ")");
}

static void declare_float(struct generator *g)
{
    bool keeps = pick(g, 3) == 0 && !g->in_loop;
    put(g, keeps ? "var float " : "float ");
    put_name(g, 'f', g->floats);
    put(g, " = ");
    if (keeps && pick(g, 2))
        put(g, "na");
    else
        number(g);
    g->floats++;
}

static void loop(struct generator *g, int nesting)
{
    bool in_loop = g->in_loop;
    if (pick(g, 3)) {
        put(g, "for i = 0 to ");
        put_int(g, (int)pick(g, 5));
    } else {
        put(g, "for i = ");
        put_int(g, (int)pick(g, 5));
        put(g, " to bar_index % 4 by 2");
    }
    g->in_loop = true;
    g->indent++;
    line(g);
    put(g, pick(g, 2) ? "total += nz(close[i])" : "total += i");
    if (pick(g, 4) == 0) {
        line(g);
        put(g, "if total > 500");
        g->indent++;
        line(g);
        put(g, pick(g, 2) ? "break" : "continue");
        g->indent--;
    }
    g->indent--;
    block(g, nesting);
    g->in_loop = in_loop;
}

static void order(struct generator *g)
{
    switch (pick(g, 7)) {
    case 5:
        put(g, "note := str.tostring(");
        number(g);
        put(g, ")");
        break;
    case 6:
        put(g, "alert(note + str.tostring(str.length(note)))");
        break;
    case 0:
        put(g, "strategy.entry(\"L\", strategy.long, comment = \"n \" + str.tostring(");
        number(g);
        put(g, "))");
        break;
    case 1:
        put(g, "strategy.entry(\"S\", strategy.short, qty = ");
        number(g);
        put(g, ")");
        break;
    case 2:
        put(g, "strategy.close(\"L\", when = ");
        condition(g);
        put(g, ")");
        break;
    case 3:
        put(g, "strategy.exit(\"X\", \"L\", stop = ");
        number(g);
        put(g, ")");
        break;
    default:
        put(g, "alert(str.tostring(");
        number(g);
        put(g, "))");
        break;
    }
}

static void array_statement(struct generator *g)
{
    if (g->arrays == 0 || (pick(g, 3) == 0 && !g->in_loop)) {
        put(g, pick(g, 2) && !g->in_loop ? "var " : "");
        put_name(g, 'a', g->arrays);
        put(g, " = array.new_float(2, 1)");
        g->arrays++;
        return;
    }
    int a = (int)pick(g, (unsigned)g->arrays);
    switch (pick(g, 3)) {
    case 0:
        put(g, "array.push(");
        put_name(g, 'a', a);
        put(g, ", ");
        number(g);
        put(g, ")");
        break;
    case 1:
        put(g, "total += nz(array.avg(");
        put_name(g, 'a', a);
        put(g, "))");
        break;
    default:
        put(g, "if array.size(");
        put_name(g, 'a', a);
        put(g, ") > 3");
        g->indent++;
        line(g);
        put(g, "array.shift(");
        put_name(g, 'a', a);
        put(g, ")");
        g->indent--;
        break;
    }
}

static void statement(struct generator *g, int nesting)
{
    unsigned what = pick(g, nesting < 3 ? 9 : 5);
    switch (what) {
    case 0:
        put(g, "bool ");
        put_name(g, 'b', g->bools);
        put(g, " = ");
        condition(g);
        g->bools++;
        break;
    case 1:
    case 2:
        assignment(g);
        break;
    case 3:
        order(g);
        break;
    case 4:
        declare_float(g);
        break;
    case 5:
    case 6:
        put(g, "if ");
        condition(g);
        block(g, nesting);
        if (pick(g, 2)) {
            line(g);
            put(g, "else");
            block(g, nesting);
        }
        break;
    case 7:
        loop(g, nesting);
        break;
    default:
        array_statement(g);
        break;
    }
}

void generate_script(struct buf *out, const uint8_t *data, size_t size)
{
    struct generator g = {.out = out, .data = data, .size = size};
    put(&g,
        "//@version=5\nstrategy(\"generated\")\nvar float total = 0.0\nvar string note = \"none\"\n"
        "keep(x) =>\n    var float best = na\n    best := x > nz(best, -1e9) ? x : best\n    best\n"
        "past(x) => nz(x[2]) + x\n");
    for (unsigned i = 0, n = 1 + pick(&g, 14); i < n; i++) {
        line(&g);
        statement(&g, 0);
    }
    line(&g);
    if (pick(&g, 3) == 0) {
        put(&g, "htf = request.security(syminfo.tickerid, \"240\", ta.sma(close, 2) + past(high))");
        line(&g);
        put(&g, "plot(htf)");
        line(&g);
    }
    put(&g, "plot(total)");
    for (int i = 0; i < g.floats; i++) {
        line(&g);
        put(&g, "plot(");
        put_name(&g, 'f', i);
        put(&g, ")");
    }
    put(&g, "\n");
}
