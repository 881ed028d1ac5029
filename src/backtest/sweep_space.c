// SPDX-License-Identifier: Apache-2.0
// The combinations of inputs: axes as typed, and places in their product.
#include "backtest/sweep.h"

#include "base/number.h"

#include <math.h>
#include <stdlib.h>

static int bad_range(struct diag *d, const struct sweep_axis *a)
{
    return diag_set(d, ERR_SYNTAX,
                    "%.40s needs FROM:TO, FROM:TO:STEP, a list A,B,C or one value; a step is above "
                    "0 and FROM is not above TO",
                    a->name);
}

static int parse_range(struct sweep_axis *a, struct str text, struct diag *d)
{
    struct str part;
    double v[3] = {0, 0, 1};
    size_t n = 0;
    while (str_split(&text, ':', &part)) {
        if (n == 3 || number_parse_double(str_trim(part), &v[n]))
            return bad_range(d, a);
        n++;
    }
    if (n < 2 || !(v[2] > 0) || v[1] < v[0])
        return bad_range(d, a);
    // The end belongs to the range though steps like 0.1 do not add up exactly.
    double count = floor((v[1] - v[0]) / v[2] + 1e-9) + 1;
    if (count > SWEEP_VALUES_MAX)
        return diag_set(d, ERR_RANGE, "%.40s has more than %d values; take a larger step", a->name,
                        SWEEP_VALUES_MAX);
    a->from = v[0];
    a->step = v[2];
    a->count = (size_t)count;
    return 0;
}

static int parse_list(struct sweep_axis *a, struct str text, struct diag *d)
{
    struct str part;
    size_t n = 1;
    for (size_t i = 0; i < text.len; i++)
        n += text.data[i] == ',';
    if (n > SWEEP_VALUES_MAX)
        return diag_set(d, ERR_RANGE, "%.40s has more than %d values", a->name, SWEEP_VALUES_MAX);
    a->list = calloc(n, sizeof *a->list);
    if (!a->list)
        return diag_set(d, ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY));
    while (str_split(&text, ',', &part)) {
        if (part.len == 0 || str_copy(a->list[a->count++], SWEEP_TEXT_MAX, str_trim(part)))
            return diag_set(d, ERR_SYNTAX, "%.40s has an empty or too long value in its list",
                            a->name);
    }
    return 0;
}

int sweep_space_add(struct sweep_space *s, struct str text, struct diag *d)
{
    struct sweep_axis *a = &s->axes[s->axis_count];
    size_t eq = str_find(text, '=', 0);
    if (s->axis_count == SWEEP_AXES_MAX)
        return diag_set(d, ERR_FULL, "more than %d inputs are given", SWEEP_AXES_MAX);
    *a = (struct sweep_axis){0};
    if (eq == 0 || eq + 1 >= text.len || str_copy(a->name, sizeof a->name, str_sub(text, 0, eq)))
        return diag_set(d, ERR_SYNTAX, "--input needs NAME=FROM:TO:STEP, not '%.*s'",
                        (int)(text.len < 80 ? text.len : 80), text.data);
    for (size_t i = 0; i < s->axis_count; i++) {
        if (str_eq(str_from(s->axes[i].name), str_from(a->name)))
            return diag_set(d, ERR_EXISTS, "the input %.40s is given twice", a->name);
    }
    struct str values = str_sub(text, eq + 1, text.len);
    s->axis_count++; // from here on sweep_space_finish frees it
    if (str_find(values, ':', 0) < values.len)
        return parse_range(a, values, d);
    return parse_list(a, values, d);
}

void sweep_space_finish(struct sweep_space *s)
{
    for (size_t i = 0; i < s->axis_count; i++)
        free(s->axes[i].list);
    s->axis_count = 0;
}

uint64_t sweep_space_size(const struct sweep_space *s)
{
    uint64_t size = 1;
    for (size_t i = 0; i < s->axis_count; i++) {
        if (__builtin_mul_overflow(size, (uint64_t)s->axes[i].count, &size))
            return UINT64_MAX;
    }
    return size;
}

void sweep_space_place(const struct sweep_space *s, uint64_t i, size_t place[SWEEP_AXES_MAX])
{
    for (size_t a = s->axis_count; a-- > 0;) {
        place[a] = (size_t)(i % s->axes[a].count);
        i /= s->axes[a].count;
    }
}

uint64_t sweep_space_index(const struct sweep_space *s, const size_t place[SWEEP_AXES_MAX])
{
    uint64_t i = 0;
    for (size_t a = 0; a < s->axis_count; a++)
        i = i * s->axes[a].count + place[a];
    return i;
}

void sweep_axis_text(const struct sweep_axis *a, size_t i, char out[static SWEEP_TEXT_MAX])
{
    if (a->list) {
        (void)str_copy(out, SWEEP_TEXT_MAX, str_from(a->list[i]));
        return;
    }
    // Twelve digits: 0.1 + 2 * 0.1 is meant to be 0.3.
    char text[40];
    double v = a->from + (double)i * a->step;
    if (!str_printf(text, sizeof text, "%.12g", v) && strtod(text, NULL) != v)
        v = strtod(text, NULL);
    (void)number_format_double(v, out);
}
