// SPDX-License-Identifier: Apache-2.0
// The array.* rows: arrays of scalars. An array lives in the slot of the place that made it; what
// touches arrays runs bar by bar in program order.
#include "script/lower.h"

#include "script/vm.h"

static struct val new_slot(struct lower *l, uint8_t base)
{
    struct val v = script__const(TY_INT, (double)l->graph->array_slots++);
    v.type = (struct type){base, true};
    return v;
}

static bool check_element(struct lower *l, const struct call *c, struct val *v, uint8_t base)
{
    if (v->dynamic && v->type.base == TY_STRING) {
        script__error(l, c->at,
                      "an array keeps constant strings only, not ones made while running");
        return false;
    }
    *v = script__convert(l, *v, (struct type){base, false}, c->at, "the element");
    return !script__is_bad(v);
}

static struct val low_new(struct lower *l, const struct builtin *b, struct call *c)
{
    struct val size = c->given[0] ? c->args[0] : script__const(TY_INT, 0);
    struct val init = c->given[1] ? c->args[1] : script__na();
    uint8_t base = (uint8_t)b->op;
    if (base == TY_DRAWING)
        script__warn(l, c->at, "an array of drawings stays without effect: nothing is drawn here");
    else if (c->given[1] && !check_element(l, c, &init, base))
        return script__bad();
    struct val slot = new_slot(l, base);
    struct val args[3] = {slot, size, init};
    (void)script__row(l, VM_ARRAY_NEW, slot.type, args, 3);
    return slot;
}

static struct val low_from(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)b;
    struct type type = c->args[0].type;
    for (size_t i = 1; i < c->count; i++)
        type = type.base == TY_INT && c->args[i].type.base == TY_FLOAT ? c->args[i].type : type;
    if (type.is_array || type.base == TY_NA) {
        script__error(l, c->at, "array.from takes numbers, bools, strings or colours");
        return script__bad();
    }
    struct val slot = new_slot(l, type.base);
    struct val args[3] = {slot, script__const(TY_INT, 0), script__na()};
    (void)script__row(l, VM_ARRAY_NEW, slot.type, args, 3);
    for (size_t i = 0; i < c->count; i++) {
        if (!check_element(l, c, &c->args[i], type.base))
            return script__bad();
        struct val push[2] = {slot, c->args[i]};
        (void)script__row(l, VM_ARRAY_PUSH, (struct type){TY_VOID, false}, push, 2);
    }
    return slot;
}

// Rows whose instruction takes the arguments as they are; the element is the last of op >> 16.
static struct val low_array(struct lower *l, const struct builtin *b, struct call *c)
{
    unsigned op = (unsigned)b->op & 0xffff, element = (unsigned)b->op >> 16;
    uint8_t base = c->args[0].type.base;
    if (base == TY_DRAWING) {
        struct val v = script__na();
        v.type.base = b->returns[0] == 'V' ? TY_VOID : TY_DRAWING;
        return v;
    }
    if (element && !check_element(l, c, &c->args[element], base))
        return script__bad();
    struct type type = {TY_VOID, false};
    if (b->returns[0] == 'e')
        type.base = base;
    else if (b->returns[0] == 'I')
        type.base = TY_INT;
    return script__row(l, op, type, c->args, c->count < 4 ? c->count : 4);
}

static struct val low_reduce(struct lower *l, const struct builtin *b, struct call *c)
{
    uint8_t base = c->args[0].type.base;
    int op = b->op;
    if ((op == REDUCE_MIN || op == REDUCE_MAX) && c->given[1])
        op = op == REDUCE_MIN ? REDUCE_NTH_MIN : REDUCE_NTH_MAX;
    struct val args[4] = {script__const(TY_INT, op), c->args[0], script__na(), script__na()};
    if (c->count > 1)
        args[2] = c->args[1];
    if (c->count > 2)
        args[3] = c->args[2];
    bool numeric = b->op <= REDUCE_STDEV || b->op >= REDUCE_SEARCH ||
                   (b->op >= REDUCE_PERCENTILE_LINEAR && b->op <= REDUCE_PERCENT_RANK);
    if (numeric && base != TY_INT && base != TY_FLOAT) {
        script__error(l, c->at, "%s needs an array of numbers", b->name);
        return script__bad();
    }
    if (args[2].dynamic && !script__is_bad(&args[2])) {
        script__error(l, c->at, "%s looks for constant strings only", b->name);
        return script__bad();
    }
    uint8_t result = b->returns[0] == 'e'   ? base
                     : b->returns[0] == 'I' ? TY_INT
                     : b->returns[0] == 'B' ? TY_BOOL
                                            : TY_FLOAT;
    return script__row(l, VM_ARRAY_REDUCE, (struct type){result, false}, args, 4);
}

static struct val low_copy(struct lower *l, const struct builtin *b, struct call *c)
{
    struct val slot = new_slot(l, c->args[0].type.base);
    struct val args[4] = {slot, c->args[0], c->args[1], c->args[2]};
    (void)script__row(l, (unsigned)b->op, slot.type, args, b->op == VM_ARRAY_SLICE ? 4 : 2);
    return slot;
}

// array.abs, standardize, sort_indices: a new array.
static struct val low_map(struct lower *l, const struct builtin *b, struct call *c)
{
    uint8_t base = c->args[0].type.base;
    if (base != TY_INT && base != TY_FLOAT) {
        script__error(l, c->at, "%s needs an array of numbers", b->name);
        return script__bad();
    }
    bool down = c->count > 1 && str_eq(script__text(l, &c->args[1]), STR("descending"));
    uint8_t made = b->op == MAP_SORT_INDICES ? TY_INT : b->op == MAP_ABS ? base : TY_FLOAT;
    struct val slot = new_slot(l, made);
    struct val args[4] = {slot, c->args[0], script__const(TY_INT, b->op),
                          script__const(TY_BOOL, down)};
    (void)script__row(l, VM_ARRAY_MAP, slot.type, args, 4);
    return slot;
}

static struct val low_join(struct lower *l, const struct builtin *b, struct call *c)
{
    uint8_t base = c->args[0].type.base;
    if (base == TY_COLOR || base == TY_DRAWING) {
        script__error(l, c->at, "%s needs an array of numbers, strings or bools", b->name);
        return script__bad();
    }
    struct val none = script__const_string(l, STR(","));
    struct val args[3] = {c->args[0], c->given[1] ? c->args[1] : none, script__const(TY_INT, base)};
    return script__row(l, VM_ARRAY_JOIN, (struct type){TY_STRING, false}, args, 3);
}

static struct val low_concat(struct lower *l, const struct builtin *b, struct call *c)
{
    (void)script__row(l, (unsigned)b->op, c->args[0].type, c->args, 2);
    return c->args[0];
}

static struct val low_sort(struct lower *l, const struct builtin *b, struct call *c)
{
    bool down = str_eq(script__text(l, &c->args[1]), STR("descending"));
    struct val args[2] = {c->args[0], script__const(TY_BOOL, down)};
    return script__row(l, (unsigned)b->op, (struct type){TY_VOID, false}, args, 2);
}

#define A              low_array
#define R              low_reduce
#define ELEMENT(n, op) ((n) << 16 | (op))
#define NEW(name, type)                                                                            \
    {                                                                                              \
        "array.new" name, "size:I=0,initial_value:*?", "A", low_new, NULL, NULL, type,             \
            "a new array"                                                                          \
    }

static const struct builtin rows[] = {
    NEW("_float", TY_FLOAT),
    NEW("_int", TY_INT),
    NEW("_bool", TY_BOOL),
    NEW("_string", TY_STRING),
    NEW("_color", TY_COLOR),
    NEW("_line", TY_DRAWING),
    NEW("_label", TY_DRAWING),
    NEW("_box", TY_DRAWING),
    NEW("<float>", TY_FLOAT),
    NEW("<int>", TY_INT),
    NEW("<bool>", TY_BOOL),
    NEW("<string>", TY_STRING),
    NEW("<color>", TY_COLOR),
    NEW("<line>", TY_DRAWING),
    NEW("<label>", TY_DRAWING),
    NEW("<box>", TY_DRAWING),
    {"array.from", "arg0:*,arg1:*…", "A", low_from, NULL, NULL, 0, "an array of the arguments"},
    {"array.push", "id:A,value:*", "V", A, NULL, NULL, ELEMENT(1, VM_ARRAY_PUSH),
     "adds at the end"},
    {"array.unshift", "id:A,value:*", "V", A, NULL, NULL, ELEMENT(1, VM_ARRAY_UNSHIFT),
     "adds at the front"},
    {"array.insert", "id:A,index:I,value:*", "V", A, NULL, NULL, ELEMENT(2, VM_ARRAY_INSERT),
     "adds before a place"},
    {"array.pop", "id:A", "e", A, NULL, NULL, VM_ARRAY_POP, "takes the last element off"},
    {"array.shift", "id:A", "e", A, NULL, NULL, VM_ARRAY_SHIFT, "takes the first element off"},
    {"array.remove", "id:A,index:I", "e", A, NULL, NULL, VM_ARRAY_REMOVE, "takes an element out"},
    {"array.get", "id:A,index:I", "e", A, NULL, NULL, VM_ARRAY_GET, "an element"},
    {"array.set", "id:A,index:I,value:*", "V", A, NULL, NULL, ELEMENT(2, VM_ARRAY_SET),
     "changes an element"},
    {"array.size", "id:A", "I", A, NULL, NULL, VM_ARRAY_SIZE, "number of elements"},
    {"array.clear", "id:A", "V", A, NULL, NULL, VM_ARRAY_CLEAR, "removes all elements"},
    {"array.fill", "id:A,value:*,index_from:I=0,index_to:I=na", "V", A, NULL, NULL,
     ELEMENT(1, VM_ARRAY_FILL), "sets all or some elements"},
    {"array.reverse", "id:A", "V", A, NULL, NULL, VM_ARRAY_REVERSE, "turns the order round"},
    {"array.sort", "id:A,order:cS?", "V", low_sort, NULL, NULL, VM_ARRAY_SORT, "sorts"},
    {"array.copy", "id:A", "A", low_copy, NULL, NULL, VM_ARRAY_COPY, "a copy"},
    {"array.slice", "id:A,index_from:I,index_to:I", "A", low_copy, NULL, NULL, VM_ARRAY_SLICE,
     "a copy of a part"},
    {"array.concat", "id1:A,id2:A", "A", low_concat, NULL, NULL, VM_ARRAY_CONCAT,
     "adds the second array to the first"},
    {"array.sum", "id:A", "F", R, NULL, NULL, REDUCE_SUM, "sum"},
    {"array.avg", "id:A", "F", R, NULL, NULL, REDUCE_AVG, "mean"},
    {"array.min", "id:A,nth:I?", "e", R, NULL, NULL, REDUCE_MIN,
     "least element, or the nth above it"},
    {"array.max", "id:A,nth:I?", "e", R, NULL, NULL, REDUCE_MAX,
     "greatest element, or the nth below it"},
    {"array.range", "id:A", "e", R, NULL, NULL, REDUCE_RANGE, "greatest minus least element"},
    {"array.median", "id:A", "F", R, NULL, NULL, REDUCE_MEDIAN, "median"},
    {"array.mode", "id:A", "e", R, NULL, NULL, REDUCE_MODE, "most frequent element"},
    {"array.variance", "id:A,biased:B=true", "F", R, NULL, NULL, REDUCE_VARIANCE, "variance"},
    {"array.stdev", "id:A,biased:B=true", "F", R, NULL, NULL, REDUCE_STDEV, "standard deviation"},
    {"array.indexof", "id:A,value:*", "I", R, NULL, NULL, REDUCE_INDEX_OF,
     "first place of value, or -1"},
    {"array.lastindexof", "id:A,value:*", "I", R, NULL, NULL, REDUCE_LAST_INDEX_OF,
     "last place of value, or -1"},
    {"array.includes", "id:A,value:*", "B", R, NULL, NULL, REDUCE_INCLUDES, "is value in it?"},
    {"array.percentile_linear_interpolation", "id:A,percentage:F", "F", R, NULL, NULL,
     REDUCE_PERCENTILE_LINEAR, "percentile by linear interpolation"},
    {"array.percentile_nearest_rank", "id:A,percentage:F", "F", R, NULL, NULL,
     REDUCE_PERCENTILE_NEAREST, "percentile by nearest rank"},
    {"array.percentrank", "id:A,index:I", "F", R, NULL, NULL, REDUCE_PERCENT_RANK,
     "percent of elements not above the one at index"},
    {"array.abs", "id:A", "A", low_map, NULL, NULL, MAP_ABS, "an array of the absolute values"},
    {"array.standardize", "id:A", "A", low_map, NULL, NULL, MAP_STANDARDIZE,
     "an array of distances from the mean in standard deviations; 1 where there is none"},
    {"array.sort_indices", "id:A,order:cS?", "A", low_map, NULL, NULL, MAP_SORT_INDICES,
     "an array of places, sorted by what stands there"},
    {"array.join", "id:A,separator:S?", "S", low_join, NULL, NULL, 0,
     "the elements as one text, between them the separator or a comma"},
    {"array.covariance", "id1:A,id2:A,biased:B=true", "F", R, NULL, NULL, REDUCE_COVARIANCE,
     "covariance of two arrays"},
    {"array.binary_search", "id:A,val:F", "I", R, NULL, NULL, REDUCE_SEARCH,
     "place of a value in a sorted array, or -1"},
    {"array.binary_search_leftmost", "id:A,val:F", "I", R, NULL, NULL, REDUCE_SEARCH_LEFT,
     "its first place, or that of the element before where it would stand"},
    {"array.binary_search_rightmost", "id:A,val:F", "I", R, NULL, NULL, REDUCE_SEARCH_RIGHT,
     "its last place, or that of the element after where it would stand"},
    {"array.first", "id:A", "e", R, NULL, NULL, REDUCE_FIRST, "first element"},
    {"array.last", "id:A", "e", R, NULL, NULL, REDUCE_LAST, "last element"},
    {"array.every", "id:A", "B", R, NULL, NULL, REDUCE_EVERY, "are all true?"},
    {"array.some", "id:A", "B", R, NULL, NULL, REDUCE_SOME, "is one true?"},
};
const struct builtin_table script__builtins_array = {rows, sizeof rows / sizeof rows[0]};
