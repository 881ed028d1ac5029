// SPDX-License-Identifier: Apache-2.0
// The rows that show things: plots become columns, alert conditions effects; drawings are checked
// and left out with a warning.
#include "script/lower.h"

static const char *keep(struct lower *l, struct str s)
{
    char *copy = l->info ? arena_strdup(l->info->arena, s) : NULL;
    return copy ? copy : "";
}

static void global_only(struct lower *l, const struct builtin *b, const struct call *c)
{
    if (l->block_depth > 0 || l->in_function || l->code)
        script__error(l, c->at, "%s has to stand outside of blocks and functions", b->name);
}

static void add_plot(struct lower *l, const char *kind, struct str title, const struct val *v)
{
    struct graph_member *m = &l->graph->members[l->member];
    struct graph_plot *p =
        script__grow(l->graph->arena, (void **)&m->plots, &m->plot_count, &m->plot_cap, sizeof *p);
    if (!p) {
        l->graph->no_memory = true;
        return;
    }
    struct val shown = *v;
    if (shown.type.base == TY_NA || shown.type.base == TY_STRING || shown.where == VAL_TUPLE)
        shown = script__na();
    p->node = script__as_node(l, &shown);
    if (!l->info)
        return;
    struct script_plot *info = script__grow(l->info->arena, (void **)&l->info->plots,
                                            &l->info->plot_count, &l->info->plot_cap, sizeof *info);
    if (info)
        *info = (struct script_plot){.title = keep(l, title), .kind = kind};
}

static struct val plot_value(void)
{
    struct val v = script__na();
    v.type.base = TY_PLOT;
    return v;
}

// op 0: (series, title, …).
static struct val low_plot(struct lower *l, const struct builtin *b, struct call *c)
{
    global_only(l, b, c);
    struct str title = script__text(l, &c->args[1]);
    struct str standard = str_eq(str_from(b->name), STR("plot"))       ? STR("Plot")
                          : str_eq(str_from(b->name), STR("hline"))    ? STR("Horizontal line")
                          : str_eq(str_from(b->name), STR("bgcolor"))  ? STR("Background")
                          : str_eq(str_from(b->name), STR("barcolor")) ? STR("Bar colour")
                                                                       : STR("Shapes");
    size_t at = (size_t)b->op;
    if (at != 1)
        title = at < c->count && c->given[at] ? script__text(l, &c->args[at]) : STR("");
    add_plot(l, b->name, title.len ? title : standard, &c->args[0]);
    return plot_value();
}

static struct val low_candle(struct lower *l, const struct builtin *b, struct call *c)
{
    static const char *const parts[] = {"open", "high", "low", "close"};
    global_only(l, b, c);
    struct str title = script__text(l, &c->args[4]);
    for (int i = 0; i < 4; i++) {
        char text[128];
        if (str_printf(text, sizeof text, STR_FMT " %s",
                       STR_ARG(title.len ? title : STR("Candles")), parts[i]))
            text[0] = '\0';
        add_plot(l, b->name, str_from(text), &c->args[i]);
    }
    return plot_value();
}

static struct val low_nothing(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)l, (void)c;
    struct val v = script__na();
    v.type.base = b->op ? (uint8_t)b->op : TY_VOID;
    return v;
}

static struct val low_alert_condition(struct lower *l, const struct builtin *b, struct call *c)
{
    global_only(l, b, c);
    struct val args[ARG_COUNT];
    bool given[ARG_COUNT] = {false};
    struct str title = script__text(l, &c->args[1]);
    int32_t index = l->alert_index++;
    if (l->info) {
        struct script_plot *info =
            script__grow(l->info->arena, (void **)&l->info->alerts, &l->info->alert_count,
                         &l->info->alert_cap, sizeof *info);
        if (info)
            *info = (struct script_plot){.title = keep(l, title.len ? title : STR("Alert")),
                                         .kind = "alertcondition"};
    }
    args[ARG_MESSAGE] = c->args[2];
    given[ARG_MESSAGE] = c->given[2];
    int32_t guard = l->guard;
    l->guard = script__and_guard(l, &c->args[0], false);
    script__effect(l, EFFECT_ALERT_CONDITION, 0, index, args, given);
    l->guard = guard;
    return low_nothing(l, b, c);
}

static struct val low_alert(struct lower *l, const struct builtin *b, struct call *c)
{
    struct val args[ARG_COUNT];
    bool given[ARG_COUNT] = {false};
    args[ARG_MESSAGE] = c->args[0];
    given[ARG_MESSAGE] = true;
    script__effect(l, (enum effect_kind)b->op, 0, -1, args, given);
    struct val v = script__na();
    v.type.base = TY_VOID;
    return v;
}

#define REST                                                                                       \
    "color:*?,linewidth:*?,style:*?,trackprice:*?,histbase:*?,offset:*?,join:*?,editable:*?,"      \
    "show_last:*?,display:*?,format:*?,precision:*?,force_overlay:*?,linestyle:*?,transp:*?"
#define SHAPE                                                                                      \
    "style:*?,location:*?,color:*?,offset:*?,text:*?,textcolor:*?,editable:*?,size:*?,"            \
    "show_last:*?,display:*?,format:*?,precision:*?,force_overlay:*?,transp:*?"
#define CANDLE                                                                                     \
    "open:F,high:F,low:F,close:F,title:cS?,color:*?,wickcolor:*?,editable:*?,show_last:*?,"        \
    "bordercolor:*?,display:*?,format:*?,precision:*?,force_overlay:*?"
#define ANY "a:*?,b:*…"

static const struct builtin rows[] = {
    {"plot", "series:N,title:cS?," REST, "P", low_plot, NULL, NULL, 1, "a line on the chart"},
    {"plotshape", "series:*,title:cS?," SHAPE, "P", low_plot, NULL, NULL, 1, "shapes where true"},
    {"plotchar", "series:*,title:cS?,char:*?," SHAPE, "P", low_plot, NULL, NULL, 1,
     "characters where true"},
    {"plotarrow",
     "series:N,title:cS?,colorup:*?,colordown:*?,offset:*?,minheight:*?,maxheight:*?,editable:*?,"
     "show_last:*?,display:*?,format:*?,precision:*?,force_overlay:*?,transp:*?",
     "P", low_plot, NULL, NULL, 1, "arrows up and down"},
    {"plotcandle", CANDLE, "P", low_candle, NULL, NULL, 0, "candles"},
    {"plotbar", CANDLE, "P", low_candle, NULL, NULL, 0, "bars"},
    {"hline", "price:N,title:cS?,color:*?,linestyle:*?,linewidth:*?,editable:*?,display:*?", "P",
     low_plot, NULL, NULL, 1, "a level"},
    {"bgcolor",
     "color:*,offset:*?,editable:*?,show_last:*?,title:cS?,display:*?,force_overlay:*?,transp:*?",
     "V", low_plot, NULL, NULL, 4, "background colour"},
    {"barcolor", "color:*,offset:*?,editable:*?,show_last:*?,title:cS?,display:*?", "V", low_plot,
     NULL, NULL, 4, "bar colour"},
    {"fill",
     "plot1:P,plot2:P,color:*?,title:*?,editable:*?,show_last:*?,fillgaps:*?,display:*?,"
     "top_value:*?,bottom_value:*?,top_color:*?,bottom_color:*?,transp:*?",
     "V", low_nothing, NULL, NULL, 0, "colour between two plots"},
    {"alertcondition", "condition:B,title:cS?,message:cS?", "V", low_alert_condition, NULL, NULL, 0,
     "a named condition that can raise alerts"},
    {"alert", "message:S,freq:*?", "V", low_alert, NULL, NULL, EFFECT_ALERT, "raises an alert"},
    {"runtime.error", "message:S", "V", low_alert, NULL, NULL, EFFECT_ERROR, "stops the script"},
    {"label.new", ANY, "L", low_nothing, NULL, NULL, TY_DRAWING, "not drawn"},
    {"line.new", ANY, "L", low_nothing, NULL, NULL, TY_DRAWING, "not drawn"},
    {"box.new", ANY, "L", low_nothing, NULL, NULL, TY_DRAWING, "not drawn"},
    {"table.new", ANY, "L", low_nothing, NULL, NULL, TY_DRAWING, "not drawn"},
    {"linefill.new", ANY, "L", low_nothing, NULL, NULL, TY_DRAWING, "not drawn"},
    {"label", "x:*", "L", low_nothing, NULL, NULL, TY_DRAWING, "na as a label"},
    {"line", "x:*", "L", low_nothing, NULL, NULL, TY_DRAWING, "na as a line"},
    {"box", "x:*", "L", low_nothing, NULL, NULL, TY_DRAWING, "na as a box"},
    {"table", "x:*", "L", low_nothing, NULL, NULL, TY_DRAWING, "na as a table"},
};
const struct builtin_table script__builtins_plot = {rows, sizeof rows / sizeof rows[0]};

struct val script__drawing_call(struct lower *l, const struct ast *n)
{
    for (const struct ast *arg = n->list; arg; arg = arg->next)
        (void)script__expr(l, arg->a);
    script__warn(l, n, STR_FMT " is not drawn here: the script runs without it", STR_ARG(n->text));
    bool getter =
        str_find(n->text, '.', 0) < n->text.len &&
        str_starts(str_sub(n->text, str_find(n->text, '.', 0) + 1, n->text.len), STR("get_"));
    struct val v = script__na();
    v.type.base = getter ? TY_FLOAT : TY_DRAWING;
    return v;
}
