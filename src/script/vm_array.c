// SPDX-License-Identifier: Apache-2.0
// The array instructions. An array is a slot of the instance; its elements grow on the heap up to a
// maximum for one array and for all of them.
#include "script/exec.h"

#include "script/strings.h"
#include "script/vm.h"

struct call_state {
    struct run *r;
    struct array *a;
    const double *args;
    double *dst;
    const char **error;
};

static struct array *array_of(const struct run *r, double slot)
{
    if (!(slot >= 0) || slot >= (double)r->inst->graph.array_slots)
        return NULL;
    return &r->inst->arrays[(size_t)slot];
}

static bool fail(const struct call_state *s, const char *text)
{
    *s->error = text;
    return false;
}

// Room for count elements.
static bool reserve(const struct call_state *s, struct array *a, double count)
{
    struct script_instance *inst = s->r->inst;
    if (!(count >= 0) || count > ARRAY_MAX)
        return fail(s, "an array may hold 100000 elements at most");
    size_t need = (size_t)count;
    if (need <= a->cap)
        return true;
    size_t cap = a->cap ? a->cap : 8;
    while (cap < need)
        cap *= 2;
    if (inst->array_total + (cap - a->cap) > ARRAY_TOTAL_MAX)
        return fail(s, "the arrays of this script hold too many elements in all");
    double *items = realloc(a->items, cap * sizeof *items);
    if (!items)
        return fail(s, "out of memory for an array");
    inst->array_total += cap - a->cap;
    a->items = items;
    a->cap = cap;
    return true;
}

// A valid index; version 6 counts negative ones from the end.
static bool index_of(const struct call_state *s, double index, size_t limit, size_t *out)
{
    if (index < 0)
        index += (double)s->a->count;
    if (!(index >= 0) || index >= (double)limit)
        return fail(s, "array index out of bounds: compare it with array.size() first");
    *out = (size_t)index;
    return true;
}

static bool do_new(const struct call_state *s)
{
    double size = isnan(s->args[1]) ? 0 : s->args[1];
    if (!reserve(s, s->a, size))
        return false;
    s->a->count = (size_t)size;
    for (size_t i = 0; i < s->a->count; i++)
        s->a->items[i] = s->args[2];
    return true;
}

static bool insert_at(const struct call_state *s, size_t at, double value)
{
    struct array *a = s->a;
    if (!reserve(s, a, (double)a->count + 1))
        return false;
    memmove(&a->items[at + 1], &a->items[at], (a->count - at) * sizeof *a->items);
    a->items[at] = value;
    a->count++;
    return true;
}

static bool do_push(const struct call_state *s)
{
    return insert_at(s, s->a->count, s->args[1]);
}

static bool do_unshift(const struct call_state *s)
{
    return insert_at(s, 0, s->args[1]);
}

static bool do_insert(const struct call_state *s)
{
    size_t at;
    return index_of(s, s->args[1], s->a->count + 1, &at) && insert_at(s, at, s->args[2]);
}

static bool remove_at(const struct call_state *s, size_t at)
{
    struct array *a = s->a;
    *s->dst = a->items[at];
    a->count--;
    memmove(&a->items[at], &a->items[at + 1], (a->count - at) * sizeof *a->items);
    return true;
}

static bool do_pop(const struct call_state *s)
{
    if (s->a->count == 0)
        return fail(s, "array.pop of an empty array: compare array.size() with 0 first");
    return remove_at(s, s->a->count - 1);
}

static bool do_shift(const struct call_state *s)
{
    if (s->a->count == 0)
        return fail(s, "array.shift of an empty array: compare array.size() with 0 first");
    return remove_at(s, 0);
}

static bool do_remove(const struct call_state *s)
{
    size_t at;
    return index_of(s, s->args[1], s->a->count, &at) && remove_at(s, at);
}

static bool do_get(const struct call_state *s)
{
    size_t at;
    if (!index_of(s, s->args[1], s->a->count, &at))
        return false;
    *s->dst = s->a->items[at];
    return true;
}

static bool do_set(const struct call_state *s)
{
    size_t at;
    if (!index_of(s, s->args[1], s->a->count, &at))
        return false;
    s->a->items[at] = s->args[2];
    return true;
}

static bool do_size(const struct call_state *s)
{
    *s->dst = (double)s->a->count;
    return true;
}

static bool do_clear(const struct call_state *s)
{
    s->a->count = 0;
    return true;
}

static bool do_fill(const struct call_state *s)
{
    double to = isnan(s->args[3]) ? (double)s->a->count : s->args[3];
    if (!(s->args[2] >= 0) || to > (double)s->a->count)
        return fail(s, "array.fill reaches out of the array's bounds");
    size_t from = s->args[2] < to ? (size_t)s->args[2] : s->a->count;
    for (size_t i = from; (double)i < to; i++)
        s->a->items[i] = s->args[1];
    return true;
}

static bool copy_part(const struct call_state *s, const struct array *from, double begin,
                      double end)
{
    if (!(begin >= 0) || !(end <= (double)from->count) || begin > end)
        return fail(s, "array.slice reaches out of the array's bounds");
    if (from == s->a)
        return true;
    size_t count = (size_t)end - (size_t)begin;
    if (!reserve(s, s->a, (double)count))
        return false;
    if (count)
        memcpy(s->a->items, from->items + (size_t)begin, count * sizeof *from->items);
    s->a->count = count;
    return true;
}

static bool do_copy(const struct call_state *s)
{
    const struct array *from = array_of(s->r, s->args[1]);
    if (!from)
        return fail(s, "this array is na");
    return copy_part(s, from, 0, (double)from->count);
}

static bool do_slice(const struct call_state *s)
{
    const struct array *from = array_of(s->r, s->args[1]);
    if (!from)
        return fail(s, "this array is na");
    return copy_part(s, from, s->args[2], s->args[3]);
}

static bool do_concat(const struct call_state *s)
{
    const struct array *from = array_of(s->r, s->args[1]);
    if (!from)
        return fail(s, "this array is na");
    size_t count = from->count;
    if (!reserve(s, s->a, (double)s->a->count + (double)count))
        return false;
    if (count)
        memmove(s->a->items + s->a->count, from->items, count * sizeof *from->items);
    s->a->count += count;
    return true;
}

static bool do_reverse(const struct call_state *s)
{
    for (size_t i = 0, k = s->a->count; i + 1 < k; i++) {
        double v = s->a->items[i];
        s->a->items[i] = s->a->items[--k];
        s->a->items[k] = v;
    }
    return true;
}

// na goes last, so that the order is total.
static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    if (isnan(x) || isnan(y))
        return isnan(x) - isnan(y);
    return (x > y) - (x < y);
}

static int descending(const void *a, const void *b)
{
    return ascending(b, a);
}

static bool do_sort(const struct call_state *s)
{
    if (s->a->count)
        qsort(s->a->items, s->a->count, sizeof *s->a->items,
              s->args[1] != 0 ? descending : ascending);
    return true;
}

// --- arrays made from arrays --------------------------------------------------------------------

struct placed {
    double value;
    size_t at;
};

// By value, equal ones by place.
static int by_value(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    int cmp = ascending(&x->value, &y->value);
    return cmp ? cmp : (x->at > y->at) - (x->at < y->at);
}

static bool sort_indices(const struct call_state *s, const struct array *from, bool down)
{
    struct placed *items = malloc((from->count + 1) * sizeof *items);
    if (!items)
        return fail(s, "out of memory for an array");
    for (size_t i = 0; i < from->count; i++)
        items[i] = (struct placed){down ? -from->items[i] : from->items[i], i};
    qsort(items, from->count, sizeof *items, by_value);
    for (size_t i = 0; i < from->count; i++)
        s->a->items[i] = (double)items[i].at;
    free(items);
    return true;
}

static double sum_of(const struct array *a, size_t *n);
static double variance_of(const struct array *a, bool biased);

static bool do_map(const struct call_state *s)
{
    const struct array *from = array_of(s->r, s->args[1]);
    size_t n;
    if (!from)
        return fail(s, "this array is na");
    if (!reserve(s, s->a, (double)from->count))
        return false;
    s->a->count = from->count;
    if ((int)s->args[2] == MAP_SORT_INDICES)
        return from->count == 0 || sort_indices(s, from, OP_TRUE(s->args[3]));
    if ((int)s->args[2] == MAP_ABS) {
        for (size_t i = 0; i < from->count; i++)
            s->a->items[i] = fabs(from->items[i]);
        return true;
    }
    double mean = sum_of(from, &n) / (double)n, deviation = sqrt(variance_of(from, true));
    for (size_t i = 0; i < from->count; i++)
        s->a->items[i] = deviation > 0 ? (from->items[i] - mean) / deviation : 1;
    return true;
}

// --- reductions ---------------------------------------------------------------------------------

static double sum_of(const struct array *a, size_t *n)
{
    double sum = 0;
    *n = 0;
    for (size_t i = 0; i < a->count; i++) {
        if (isnan(a->items[i]))
            continue;
        sum += a->items[i];
        ++*n;
    }
    return *n ? sum : NAN;
}

static double extreme_of(const struct array *a, bool greatest)
{
    double best = NAN;
    for (size_t i = 0; i < a->count; i++) {
        double v = a->items[i];
        if (isnan(best) || (greatest ? v > best : v < best))
            best = isnan(v) ? best : v;
    }
    return best;
}

static double variance_of(const struct array *a, bool biased)
{
    size_t n;
    double mean = sum_of(a, &n) / (double)n, sum = 0;
    if (n < (biased ? 1u : 2u))
        return NAN;
    for (size_t i = 0; i < a->count; i++) {
        if (!isnan(a->items[i]))
            sum += (a->items[i] - mean) * (a->items[i] - mean);
    }
    return sum / (double)(biased ? n : n - 1);
}

// Sorted copy in the workspace of the values that are not na; NULL when out of memory.
static double *sorted_copy(const struct array *a, size_t *n)
{
    double *copy = malloc((a->count + 1) * sizeof *copy);
    *n = 0;
    for (size_t i = 0; copy && i < a->count; i++) {
        if (!isnan(a->items[i]))
            copy[(*n)++] = a->items[i];
    }
    if (copy)
        qsort(copy, *n, sizeof *copy, ascending);
    return copy;
}

static double most_frequent(const double *sorted, size_t n)
{
    double best = NAN;
    size_t most = 0;
    for (size_t i = 0; i < n;) {
        size_t run = 1;
        while (i + run < n && sorted[i + run] == sorted[i])
            run++;
        if (run > most) {
            most = run;
            best = sorted[i];
        }
        i += run;
    }
    return best;
}

static double percentile(const double *sorted, size_t n, double percent, bool linear)
{
    if (n == 0 || !(percent >= 0 && percent <= 100))
        return NAN;
    if (!linear) {
        double rank = ceil(percent / 100 * (double)n);
        return sorted[rank < 1 ? 0 : (size_t)rank - 1];
    }
    double place = percent / 100 * (double)n - 0.5;
    if (place <= 0)
        return sorted[0];
    if (place >= (double)(n - 1))
        return sorted[n - 1];
    size_t at = (size_t)place;
    return sorted[at] + (sorted[at + 1] - sorted[at]) * (place - (double)at);
}

static double with_order(const struct array *a, int which, double arg)
{
    size_t n;
    double *sorted = sorted_copy(a, &n), v = NAN;
    if (!sorted)
        return NAN;
    if (which == REDUCE_MEDIAN && n)
        v = n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
    else if (which == REDUCE_NTH_MIN || which == REDUCE_NTH_MAX)
        v = !(arg >= 0 && arg < (double)n)
                ? NAN
                : sorted[which == REDUCE_NTH_MIN ? (size_t)arg : n - 1 - (size_t)arg];
    else if (which == REDUCE_MODE)
        v = most_frequent(sorted, n);
    else if (which != REDUCE_MEDIAN)
        v = percentile(sorted, n, arg, which == REDUCE_PERCENTILE_LINEAR);
    free(sorted);
    return v;
}

static double search(const struct array *a, int which, double value)
{
    double found = -1;
    for (size_t i = 0; i < a->count; i++) {
        bool equal = a->items[i] == value || (isnan(a->items[i]) && isnan(value));
        if (equal && (found < 0 || which == REDUCE_LAST_INDEX_OF))
            found = (double)i;
    }
    return which == REDUCE_INCLUDES ? found >= 0 : found;
}

// In a sorted array: the place of value, or -1; to the left or right: a neighbour's when absent.
static double binary_search(const struct array *a, int which, double value)
{
    size_t from = 0, to = a->count;
    while (from < to) {
        size_t mid = from + (to - from) / 2;
        if (which == REDUCE_SEARCH_RIGHT ? a->items[mid] <= value : a->items[mid] < value)
            from = mid + 1;
        else
            to = mid;
    }
    if (which == REDUCE_SEARCH)
        return from < a->count && a->items[from] == value ? (double)from : -1;
    if (which == REDUCE_SEARCH_LEFT)
        return from < a->count && a->items[from] == value ? (double)from : (double)from - 1;
    return from > 0 && a->items[from - 1] == value ? (double)from - 1 : (double)from;
}

static double covariance_of(const struct array *a, const struct array *b, bool biased)
{
    double mean_a = 0, mean_b = 0, sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < a->count && i < b->count; i++) {
        if (isnan(a->items[i]) || isnan(b->items[i]))
            continue;
        mean_a += a->items[i];
        mean_b += b->items[i];
        n++;
    }
    if (n < (biased ? 1u : 2u))
        return NAN;
    mean_a /= (double)n;
    mean_b /= (double)n;
    for (size_t i = 0; i < a->count && i < b->count; i++) {
        if (!isnan(a->items[i]) && !isnan(b->items[i]))
            sum += (a->items[i] - mean_a) * (b->items[i] - mean_b);
    }
    return sum / (double)(biased ? n : n - 1);
}

static bool covariance(const struct call_state *s)
{
    const struct array *other = array_of(s->r, s->args[2]);
    if (!other)
        return fail(s, "this array is na");
    if (other->count != s->a->count)
        return fail(s, "array.covariance needs two arrays of one size");
    *s->dst = covariance_of(s->a, other, OP_TRUE(s->args[3]));
    return true;
}

static double percent_rank(const struct array *a, size_t at)
{
    double below = 0;
    for (size_t i = 0; i < a->count; i++)
        below += i != at && a->items[i] <= a->items[at];
    return a->count > 1 ? 100 * below / (double)(a->count - 1) : NAN;
}

static double count_true(const struct array *a)
{
    double n = 0;
    for (size_t i = 0; i < a->count; i++)
        n += OP_TRUE(a->items[i]);
    return n;
}

static bool reduce(const struct call_state *s)
{
    const struct array *a = s->a;
    int which = (int)s->args[0];
    double arg = s->args[2];
    size_t n, at;
    switch (which) {
    case REDUCE_SUM:
        *s->dst = sum_of(a, &n);
        return true;
    case REDUCE_AVG:
        *s->dst = sum_of(a, &n);
        *s->dst /= (double)n;
        return true;
    case REDUCE_MIN:
    case REDUCE_MAX:
        *s->dst = extreme_of(a, which == REDUCE_MAX);
        return true;
    case REDUCE_RANGE:
        *s->dst = extreme_of(a, true) - extreme_of(a, false);
        return true;
    case REDUCE_VARIANCE:
        *s->dst = variance_of(a, arg != 0);
        return true;
    case REDUCE_STDEV:
        *s->dst = sqrt(variance_of(a, arg != 0));
        return true;
    case REDUCE_MEDIAN:
    case REDUCE_MODE:
    case REDUCE_PERCENTILE_LINEAR:
    case REDUCE_PERCENTILE_NEAREST:
    case REDUCE_NTH_MIN:
    case REDUCE_NTH_MAX:
        *s->dst = with_order(a, which, arg);
        return true;
    case REDUCE_SEARCH:
    case REDUCE_SEARCH_LEFT:
    case REDUCE_SEARCH_RIGHT:
        *s->dst = binary_search(a, which, arg);
        return true;
    case REDUCE_COVARIANCE:
        return covariance(s);
    case REDUCE_PERCENT_RANK:
        if (!index_of(s, arg, a->count, &at))
            return false;
        *s->dst = percent_rank(a, at);
        return true;
    case REDUCE_FIRST:
    case REDUCE_LAST:
        if (a->count == 0)
            return fail(s, "the array is empty: compare array.size() with 0 first");
        *s->dst = a->items[which == REDUCE_FIRST ? 0 : a->count - 1];
        return true;
    case REDUCE_EVERY:
        *s->dst = count_true(a) == (double)a->count;
        return true;
    case REDUCE_SOME:
        *s->dst = count_true(a) > 0;
        return true;
    default:
        *s->dst = search(a, which, arg);
        return true;
    }
}

static bool (*const table[])(const struct call_state *) = {
    [0] = do_new,
    [VM_ARRAY_PUSH - VM_ARRAY_NEW] = do_push,
    [VM_ARRAY_UNSHIFT - VM_ARRAY_NEW] = do_unshift,
    [VM_ARRAY_INSERT - VM_ARRAY_NEW] = do_insert,
    [VM_ARRAY_POP - VM_ARRAY_NEW] = do_pop,
    [VM_ARRAY_SHIFT - VM_ARRAY_NEW] = do_shift,
    [VM_ARRAY_REMOVE - VM_ARRAY_NEW] = do_remove,
    [VM_ARRAY_GET - VM_ARRAY_NEW] = do_get,
    [VM_ARRAY_SET - VM_ARRAY_NEW] = do_set,
    [VM_ARRAY_SIZE - VM_ARRAY_NEW] = do_size,
    [VM_ARRAY_CLEAR - VM_ARRAY_NEW] = do_clear,
    [VM_ARRAY_FILL - VM_ARRAY_NEW] = do_fill,
    [VM_ARRAY_COPY - VM_ARRAY_NEW] = do_copy,
    [VM_ARRAY_SLICE - VM_ARRAY_NEW] = do_slice,
    [VM_ARRAY_CONCAT - VM_ARRAY_NEW] = do_concat,
    [VM_ARRAY_REVERSE - VM_ARRAY_NEW] = do_reverse,
    [VM_ARRAY_SORT - VM_ARRAY_NEW] = do_sort,
    [VM_ARRAY_MAP - VM_ARRAY_NEW] = do_map,
    [VM_ARRAY_REDUCE - VM_ARRAY_NEW] = reduce};

bool script__vm_array(struct run *r, unsigned op, double *dst, const double *args,
                      const char **error, size_t *cost)
{
    struct array *a = array_of(r, op == VM_ARRAY_REDUCE ? args[1] : args[0]);
    struct call_state s = {r, a, args, dst, error};
    *cost = 0;
    if (!a)
        return fail(&s, "this array is na: give it a value with array.new first");
    bool ok = table[op - VM_ARRAY_NEW](&s);
    int which = op == VM_ARRAY_REDUCE ? (int)args[0] : -1;
    bool sorts = op == VM_ARRAY_SORT || op == VM_ARRAY_MAP || which == REDUCE_NTH_MIN ||
                 which == REDUCE_NTH_MAX ||
                 (which >= REDUCE_MEDIAN && which <= REDUCE_PERCENTILE_NEAREST);
    if (op != VM_ARRAY_GET && op != VM_ARRAY_SET && op != VM_ARRAY_PUSH && op != VM_ARRAY_SIZE)
        *cost = a->count * (sorts ? 20 : 1);
    return ok;
}

size_t script__vm_join(const struct run *r, const double *args, char *out, size_t *cost)
{
    const struct array *a = array_of(r, args[0]);
    struct str separator = script__vm_text(r, args[1]);
    size_t at = 0;
    *cost = a ? a->count * 20 : 0;
    for (size_t i = 0; a && i < a->count && at < STRING_MAX; i++) {
        char text[STRING_MAX + 1];
        struct str part = separator;
        for (int piece = i == 0; piece < 2; piece++) {
            if (piece == 1 && (int)args[2] == TY_STRING)
                part = script__vm_text(r, a->items[i]);
            else if (piece == 1)
                part =
                    (struct str){text, (int)args[2] == TY_BOOL
                                           ? script__format_bool(a->items[i], text)
                                           : script__format_number(a->items[i], STR(""), 0, text)};
            size_t n = part.len < STRING_MAX - at ? part.len : STRING_MAX - at;
            if (n)
                memcpy(out + at, part.data, n);
            at += n;
        }
    }
    return at;
}
