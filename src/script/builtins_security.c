// SPDX-License-Identifier: Apache-2.0
// request.security: the expression is lowered a second time, over bars of the higher timeframe made
// of the stream's own, and runs only where one of them is complete.
#include "script/htf.h"
#include "script/lower.h"

static int32_t htf_node(struct lower *l, enum htf_kernel which, double code, int32_t column)
{
    int32_t in[2] = {script__graph_column(l->graph, COLUMN_TIME), column};
    double params[2] = {code, l->context->timeframe};
    return script__graph_kernel(l->graph, script__htf_kernel(which), params, in, GRAPH_NONE);
}

static void enter_security(struct lower *l, struct security *s, double code)
{
    static const enum htf_kernel kernels[] = {HTF_FIRST, HTF_MAX, HTF_MIN, HTF_LAST, HTF_SUM};
    s->timeframe = code;
    s->guard = htf_node(l, HTF_CONFIRMED, code, script__graph_column(l->graph, COLUMN_TIME));
    for (int i = 0; i < COLUMN_COUNT; i++)
        s->columns[i] = GRAPH_NONE;
    for (int i = COLUMN_OPEN; i <= COLUMN_VOLUME; i++)
        s->columns[i] =
            htf_node(l, kernels[i], code, script__graph_column(l->graph, (enum graph_column)i));
    s->columns[COLUMN_TIME] =
        htf_node(l, HTF_TIME, code, script__graph_column(l->graph, COLUMN_TIME));
}

static struct val hold(struct lower *l, struct val v, int32_t guard, bool gaps)
{
    if (v.where == VAL_TUPLE) {
        for (unsigned i = 0; i < v.count; i++)
            v.items[i] = hold(l, v.items[i], guard, gaps);
        return v;
    }
    if (v.where == VAL_CONST || script__is_bad(&v))
        return v;
    struct val cond = script__node_val(TY_BOOL, guard), none = script__na();
    if (gaps) {
        struct val out = script__select(l, &cond, &v, &none);
        out.type = v.type;
        return out;
    }
    int32_t in[2] = {v.ref, guard};
    struct val out =
        script__node_val(v.type.base, script__graph_kernel(l->graph, script__htf_kernel(HTF_HOLD),
                                                           NULL, in, GRAPH_NONE));
    return out;
}

static bool same_symbol(struct lower *l, const struct val *v)
{
    struct str text = script__text(l, v);
    size_t colon = str_find(text, ':', 0);
    if (colon < text.len)
        text = str_sub(text, colon + 1, text.len);
    return text.len == 0 || str_eq_nocase(text, str_from(l->context->ticker));
}

// lookahead_on with x[n], n at least 1, is the way to ask for bars that are complete from the first
// bar after them on. It sees no future: it is x[n - 1] without lookahead, one bar of the stream
// later. Writes x[n - 1] to *out; false for any other expression.
static bool completed_only(struct lower *l, const struct ast *n, struct ast *out)
{
    struct val offset = n->kind == AST_INDEX ? script__expr(l, n->b) : script__na();
    if (offset.where != VAL_CONST || !(offset.num >= 1) || !script__is_number(&offset))
        return false;
    struct ast *less = ARENA_NEW(l->arena, struct ast);
    if (!less) {
        l->graph->no_memory = true;
        return false;
    }
    *less = *n->b;
    less->kind = AST_NUMBER;
    less->is_int = true;
    less->number = offset.num - 1;
    *out = *n;
    out->b = less;
    out->next = NULL;
    return true;
}

// The expression to compute in place of one with lookahead_on; NULL when it sees the future.
static const struct ast *without_lookahead(struct lower *l, const struct ast *n)
{
    struct ast *out = ARENA_NEW(l->arena, struct ast);
    if (!out) {
        l->graph->no_memory = true;
        return NULL;
    }
    if (n->kind != AST_TUPLE)
        return completed_only(l, n, out) ? out : NULL;
    *out = *n;
    struct ast **tail = &out->list;
    for (const struct ast *item = n->list; item; item = item->next) {
        struct ast *part = ARENA_NEW(l->arena, struct ast);
        if (!part || !completed_only(l, item, part))
            return NULL;
        *tail = part;
        tail = &part->next;
    }
    return out;
}

// One bar of the stream later.
static struct val delay(struct lower *l, struct val v)
{
    if (v.where == VAL_TUPLE) {
        for (unsigned i = 0; i < v.count; i++)
            v.items[i] = delay(l, v.items[i]);
        return v;
    }
    if (v.where != VAL_NODE || script__is_bad(&v))
        return v;
    int32_t node = script__graph_hist(l->graph, v.ref, 1, NAN, l->guard);
    return script__node_val(v.type.base, node);
}

static struct val low_security(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)b;
    if (l->dead) // never reached with these inputs: checked for its type only
        return script__expr(l, c->arg_at[2]);
    if (l->security || l->code || l->guard != l->base_guard) {
        script__error(l, c->at,
                      "request.security has to stand outside of if, loops and another "
                      "request.security");
        return script__bad();
    }
    if (!same_symbol(l, &c->args[0])) {
        script__error(l, c->at,
                      "request.security sees the stream's own market only: write syminfo.tickerid "
                      "instead of \"" STR_FMT "\"",
                      STR_ARG(script__text(l, &c->args[0])));
        return script__bad();
    }
    bool ahead = c->given[4] && (str_eq(script__text(l, &c->args[4]), STR("lookahead_on")) ||
                                 (c->args[4].type.base == TY_BOOL && c->args[4].num != 0));
    double code = script__timeframe_argument(l, &c->args[1], c->at);
    if (code < 0)
        return script__bad();
    bool gaps = c->given[3] && (str_eq(script__text(l, &c->args[3]), STR("gaps_on")) ||
                                (c->args[3].type.base == TY_BOOL && c->args[3].num != 0));
    if (script__timeframe_seconds(code) == script__timeframe_seconds(l->context->timeframe))
        return script__expr(l, c->arg_at[2]);
    const struct ast *expression = ahead ? without_lookahead(l, c->arg_at[2]) : c->arg_at[2];
    if (!expression) {
        script__error(l, c->at,
                      "lookahead_on shows the future unless the expression ends in [1] or more: "
                      "leave it out, values here are those of the last closed bar");
        return script__bad();
    }
    if (script__timeframe_seconds(code) < script__timeframe_seconds(l->context->timeframe)) {
        script__error(l, c->at,
                      "timeframe \"" STR_FMT
                      "\" is finer than the stream's own: run the script on it",
                      STR_ARG(script__text(l, &c->args[1])));
        return script__bad();
    }
    struct security s = {.memo = NULL};
    enter_security(l, &s, code);
    int32_t guard = l->guard, base = l->base_guard;
    l->security = &s;
    l->guard = l->base_guard = s.guard;
    struct val v = script__expr(l, expression);
    l->guard = guard;
    l->base_guard = base;
    l->security = NULL;
    v = hold(l, v, s.guard, gaps);
    return ahead ? delay(l, v) : v;
}

static const struct builtin rows[] = {
    {"request.security",
     "symbol:pS,timeframe:pS,expression:X,gaps:*?,lookahead:*?,ignore_invalid_symbol:*?,currency:*?"
     ","
     "calc_bars_count:*?",
     "0", low_security, NULL, NULL, 0,
     "expression on confirmed bars of a higher timeframe of the same market"},
};
const struct builtin_table script__builtins_security = {rows, sizeof rows / sizeof rows[0]};
