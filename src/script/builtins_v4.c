// SPDX-License-Identifier: Apache-2.0
// Functions whose arguments stood in another order in version 4, or that did more there. They come
// before the rows of the same names; other names of version 4 are renamed (script__builtin_rename).
#include "script/lower.h"

// rsi(x, y): with a length as in version 5, or the index of two series of gains and losses.
static struct val low_rsi(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)b;
    if (c->args[1].where == VAL_CONST)
        return script__low_kernel(
            l, script__builtin_find(&l->program->builtins, STR("ta.rsi"), true), c);
    struct val one = script__const(TY_FLOAT, 1), hundred = script__const(TY_FLOAT, 100);
    struct val v = script__op(l, OP_DIV, TY_FLOAT, &c->args[0], &c->args[1], NULL);
    v = script__op(l, OP_ADD, TY_FLOAT, &one, &v, NULL);
    v = script__op(l, OP_DIV, TY_FLOAT, &hundred, &v, NULL);
    return script__op(l, OP_SUB, TY_FLOAT, &hundred, &v, NULL);
}

#define ENTRY                                                                                      \
    "id:S,direction:*,qty:F?,limit:F?,stop:F?,oca_name:S?,oca_type:I?,comment:*?,when:*?,"         \
    "alert_message:S?"

static const struct builtin rows[] = {
    {"rsi", "x:F,y:N", "F", low_rsi, NULL, NULL, 0, "relative strength index"},
    {"strategy.entry", ENTRY, "V", script__low_order, NULL, NULL, SCRIPT_ORDER_ENTRY, "opens"},
    {"strategy.order", ENTRY, "V", script__low_order, NULL, NULL, SCRIPT_ORDER_RAW, "orders"},
    {"strategy.exit",
     "id:S,from_entry:S?,qty:F?,qty_percent:F?,profit:F?,limit:F?,loss:F?,stop:F?,trail_price:F?,"
     "trail_points:F?,trail_offset:F?,oca_name:S?,comment:*?,when:*?,alert_message:S?",
     "V", script__low_order, NULL, NULL, SCRIPT_ORDER_EXIT, "exits"},
    {"strategy.close", "id:S,when:*?,comment:*?,qty:F?,qty_percent:F?,alert_message:S?", "V",
     script__low_order, NULL, NULL, SCRIPT_ORDER_CLOSE, "closes"},
    {"strategy.close_all", "when:*?,comment:*?,alert_message:S?", "V", script__low_order, NULL,
     NULL, SCRIPT_ORDER_CLOSE_ALL, "closes all"},
};

const struct builtin *script__builtin_v4(struct str name)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (str_eq(name, str_from(rows[i].name)))
            return &rows[i];
    }
    return NULL;
}

bool script__argument_v4(struct str name, struct str *now, size_t *place)
{
    static const struct {
        const char *old;
        const char *now; // "": by place
        size_t place;
    } names[] = {{"long", "direction", 0},
                 {"resolution", "timeframe", 0},
                 {"x", "", 0},
                 {"y", "", 1},
                 {"z", "", 2},
                 {"x1", "", 0},
                 {"x2", "", 1},
                 {"_then", "then", 0},
                 {"_else", "else", 0},
                 {"source", "", 0},
                 {"length", "", 1}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (str_eq(name, str_from(names[i].old))) {
            *now = str_from(names[i].now);
            *place = names[i].place;
            return true;
        }
    }
    return false;
}
