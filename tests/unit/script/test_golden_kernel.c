// SPDX-License-Identifier: Apache-2.0
// Every indicator against the golden vectors of tests/golden, which an independent script computed
// from the documented formulas; each file names its origin in its first line.
#include "unit/script/support_kernel.h"

#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BARS_MAX       400
#define NAMES_MAX      24
#define LINE_MAX_BYTES 1024

struct table {
    size_t count, bars;
    char names[NAMES_MAX][32];
    double *values[NAMES_MAX];
};

static FILE *open_golden(const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/tests/golden/%s", ORACLE_SOURCE, name);
    FILE *f = fopen(path, "r");
    if (f == NULL)
        fail_msg("cannot read %s", path);
    return f;
}

// One row of numbers; an empty field is na. Returns how many there are.
static size_t parse_row(char *line, double *values, size_t max)
{
    size_t count = 0;
    for (char *p = line; count < max; p++) {
        char *end;
        double v = strtod(p, &end);
        values[count++] = end == p ? NAN : v;
        p = end;
        if (*p != ',')
            break;
    }
    return count;
}

static void table_load(struct table *t)
{
    char line[LINE_MAX_BYTES];
    FILE *f = open_golden("bars.csv");
    assert_non_null(fgets(line, sizeof line, f));
    assert_non_null(fgets(line, sizeof line, f));
    line[strcspn(line, "\n")] = '\0';
    *t = (struct table){0};
    for (char *p = line; t->count < NAMES_MAX; p++) {
        size_t length = strcspn(p, ",");
        assert_true(length < sizeof t->names[0]);
        memcpy(t->names[t->count], p, length);
        t->values[t->count] = malloc(BARS_MAX * sizeof(double));
        assert_non_null(t->values[t->count]);
        t->count++;
        p += length;
        if (*p == '\0')
            break;
    }
    while (fgets(line, sizeof line, f) != NULL) {
        double row[NAMES_MAX];
        assert_true(t->bars < BARS_MAX);
        assert_int_equal(parse_row(line, row, NAMES_MAX), t->count);
        for (size_t k = 0; k < t->count; k++)
            t->values[k][t->bars] = row[k];
        t->bars++;
    }
    (void)fclose(f);
    assert_true(t->bars > 300);
}

static void table_free(struct table *t)
{
    for (size_t k = 0; k < t->count; k++)
        free(t->values[k]);
}

static double *table_column(struct table *t, const char *name)
{
    for (size_t k = 0; k < t->count; k++) {
        if (strcmp(t->names[k], name) == 0)
            return t->values[k];
    }
    fail_msg("bars.csv has no column %s", name);
    return NULL;
}

// Sums of hundreds of prices differ in the last digits with the order of adding.
static bool close_enough(double got, double wanted)
{
    if (is_na(got) || is_na(wanted))
        return is_na(got) && is_na(wanted);
    return fabs(got - wanted) <= 1e-9 * fmax(1, fabs(wanted));
}

// "# case: NAME | INPUTS | PARAMS", then a row a bar.
static void check_case(struct table *t, char *line, FILE *f)
{
    char *name = line + strlen("# case: "), *inputs = strstr(name, " | "), *values;
    assert_non_null(inputs);
    *inputs = '\0';
    inputs += 3;
    values = strstr(inputs, " | ");
    assert_non_null(values);
    *values = '\0';
    values += 3;
    const struct kernel *k = kernel_find(name);
    if (k == NULL)
        fail_msg("no kernel %s", name);
    struct columns c = {.n = t->bars, .count = words_in(inputs)};
    assert_int_equal(c.count, k->inputs);
    for (size_t j = 0; j < c.count; j++) {
        char word[64];
        c.in[j] = table_column(t, word_at(inputs, j, word));
    }
    double params[KERNEL_PARAMS_MAX] = {0};
    size_t param_count = 0;
    for (char *end; *values != '\0' && *values != '\n'; values = end + strspn(end, " "))
        params[param_count++] = strtod(values, &end);
    assert_int_equal(param_count, k->params);
    assert_true(k->check == NULL || k->check(params, NULL) == 0);
    struct outputs o = outputs_make(k, t->bars);
    run_whole(k, params, &c, &o);
    for (size_t i = 0; i < t->bars; i++) {
        char text[LINE_MAX_BYTES];
        double row[KERNEL_OUTPUTS_MAX];
        assert_non_null(fgets(text, sizeof text, f));
        assert_int_equal(parse_row(text, row, KERNEL_OUTPUTS_MAX), k->outputs);
        for (size_t j = 0; j < k->outputs; j++) {
            if (!close_enough(o.out[j][i], row[j]))
                fail_msg("%s(%s; %g %g %g) output %zu on bar %zu: %.17g, golden %.17g", name,
                         inputs, params[0], params[1], params[2], j, i, o.out[j][i], row[j]);
        }
    }
    outputs_free(&o);
}

static void golden_vectors_are_met(void **state)
{
    (void)state;
    struct table t;
    table_load(&t);
    DIR *folder = opendir(ORACLE_SOURCE "/tests/golden");
    assert_non_null(folder);
    size_t files = 0;
    for (struct dirent *e; (e = readdir(folder)) != NULL;) {
        const char *dot = strrchr(e->d_name, '.');
        if (dot == NULL || strcmp(dot, ".csv") != 0 || strchr(e->d_name, '.') == dot)
            continue; // kernels have a dot in their names, bars.csv and files of others have not
        FILE *f = open_golden(e->d_name);
        char line[LINE_MAX_BYTES];
        assert_non_null(fgets(line, sizeof line, f));
        assert_int_equal(strncmp(line, "# origin: ", 10), 0);
        while (fgets(line, sizeof line, f) != NULL) {
            assert_int_equal(strncmp(line, "# case: ", 8), 0);
            check_case(&t, line, f);
        }
        (void)fclose(f);
        files++;
    }
    (void)closedir(folder);
    assert_true(files > 60);
    table_free(&t);
}

// Each ta.* kernel has its golden file.
static void every_indicator_has_golden_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; kernel_registry[i] != NULL; i++) {
        const char *name = kernel_registry[i]->name;
        if (strncmp(name, "ta.", 3) != 0)
            continue;
        char file[96];
        (void)snprintf(file, sizeof file, "%s.csv", name);
        (void)fclose(open_golden(file));
    }
}

// --- published worked examples -------------------------------------------------------------------

// Wilder's RSI as the StockCharts ChartSchool works it out, to the two places printed there.
static const double rsi_closes[] = {44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955,
                                    45.4245, 45.8433, 46.0826, 45.8931, 46.0328, 45.6140, 46.2820,
                                    46.2820, 46.0028, 46.0328, 46.4116, 46.2222, 45.6439, 46.2122,
                                    46.2521, 45.7137, 46.4515, 45.7835, 45.3548, 44.0288, 44.1783,
                                    44.2181, 44.5672, 43.4205, 42.6628, 43.1314};
static const double rsi_printed[] = {70.53, 66.32, 66.55, 69.41, 66.36, 57.97, 62.93,
                                     63.26, 56.06, 62.38, 54.71, 50.42, 39.99, 41.46,
                                     41.87, 45.46, 37.30, 33.08, 37.77};

// The same source's EMA of ten days, seeded by the simple average.
static const double ema_closes[] = {
    22.2734, 22.1940, 22.0847, 22.1741, 22.1840, 22.1344, 22.2337, 22.4323, 22.2436, 22.2933,
    22.1542, 22.3926, 22.3816, 22.6109, 23.3558, 24.0519, 23.7530, 23.8324, 23.9516, 23.6338,
    23.8225, 23.8722, 23.6537, 23.1870, 23.0976, 23.3260, 22.6805, 23.0976, 22.4025, 22.1725};
static const double ema_printed[] = {22.22, 22.21, 22.24, 22.27, 22.33, 22.52, 22.80,
                                     22.97, 23.13, 23.28, 23.34, 23.43, 23.51, 23.54,
                                     23.47, 23.40, 23.39, 23.26, 23.23, 23.08, 22.92};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void published_examples_are_met(void **state)
{
    (void)state;
    static const struct {
        const char *kernel;
        double length;
        const double *closes, *printed;
        size_t count, printed_count;
    } examples[] = {
        {"ta.rsi", 14, rsi_closes, rsi_printed, COUNT(rsi_closes), COUNT(rsi_printed)},
        {"talib.RSI", 14, rsi_closes, rsi_printed, COUNT(rsi_closes), COUNT(rsi_printed)},
        {"ta.ema", 10, ema_closes, ema_printed, COUNT(ema_closes), COUNT(ema_printed)},
        {"talib.EMA", 10, ema_closes, ema_printed, COUNT(ema_closes), COUNT(ema_printed)},
    };
    for (size_t e = 0; e < COUNT(examples); e++) {
        const struct kernel *k = kernel_find(examples[e].kernel);
        struct columns c = {.n = examples[e].count, .count = 1};
        c.in[0] = (double *)(uintptr_t)examples[e].closes;
        struct outputs o = outputs_make(k, c.n);
        run_whole(k, &examples[e].length, &c, &o);
        size_t first = c.n - examples[e].printed_count;
        for (size_t i = 0; i < c.n; i++) {
            if (i < first)
                assert_true(is_na(o.out[0][i]));
            else if (fabs(o.out[0][i] - examples[e].printed[i - first]) > 0.0051)
                fail_msg("%s on bar %zu: %.4f, printed %.2f", examples[e].kernel, i, o.out[0][i],
                         examples[e].printed[i - first]);
        }
        outputs_free(&o);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_vectors_are_met),
        cmocka_unit_test(every_indicator_has_golden_vectors),
        cmocka_unit_test(published_examples_are_met),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
