// SPDX-License-Identifier: Apache-2.0
// oracle sweep: many combinations of inputs over one series, on all processors.
#include "cli/sweep.h"

#include "base/number.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEGMENTS_DEFAULT 10
#define TRAIN_DEFAULT    4
#define BATCH_MAX        512 // combinations in a group
#define BATCH_MIN        16
#define COMBINATIONS_MAX 10000000
#define LUCK_DEFAULT     1000
#define PROGRESS_NS      INT64_C(200000000)

struct work { // what the threads share
    struct cli_sweep *s;
    const uint64_t *list;
    size_t count, batch;  // of the list; combinations in a batch
    pthread_mutex_t lock; // of all below
    FILE *state;
    int rc;
    struct diag d;
    size_t done;
    int64_t start_ns, said_ns;
    bool progress;
    struct sweep_result *fresh; // results of this list, in its order
};

// ---- running

static void say_progress(struct work *w)
{
    int64_t now = clock_now_ns();
    double seconds = (double)(now - w->start_ns) / 1e9;
    double rate = seconds > 0 ? (double)w->done / seconds : 0;
    char line[128];

    if (!w->progress || (now - w->said_ns < PROGRESS_NS && w->done < w->count)) {
        return;
    }
    w->said_ns = now;
    if (str_printf(line, sizeof line,
                   "\r%zu of %zu combinations, %.0f a second, %.0f s to go \033[K%s", w->done,
                   w->count, rate, rate > 0 ? (double)(w->count - w->done) / rate : 0,
                   w->done == w->count ? "\n" : "") == 0 &&
        write(STDERR_FILENO, line, strlen(line)) < 0) {
        w->progress = false;
    }
}

static void keep(struct work *w, size_t from, size_t n, int rc, const struct diag *d)
{
    (void)pthread_mutex_lock(&w->lock);
    if (w->rc == 0 && rc != 0) {
        w->rc = rc;
        w->d = *d;
    }
    for (size_t i = from; i < from + n && w->rc == 0; i++) {
        w->rc = cli_sweep_add(w->s, &w->fresh[i]);
        if (w->rc == 0 && w->state) {
            w->rc = cli_sweep_write_row(w->state, w->s, &w->fresh[i]);
        }
        if (w->fresh[i].failed) {
            w->d = *d;
        }
    }
    if (w->rc == 0 && w->state && fflush(w->state) != 0) {
        w->rc = ERR_SYSTEM;
    }
    w->done += n;
    say_progress(w);
    (void)pthread_mutex_unlock(&w->lock);
}

static void run_batch(void *arg, size_t i)
{
    struct work *w = arg;
    size_t from = i * w->batch, n = w->count - from < w->batch ? w->count - from : w->batch;
    struct diag d = {0};
    int rc;

    (void)pthread_mutex_lock(&w->lock);
    rc = w->rc;
    (void)pthread_mutex_unlock(&w->lock);
    if (rc != 0) {
        return;
    }
    rc = sweep_batch(&w->s->task, w->list + from, n, w->fresh + from, &d);
    keep(w, from, n, rc, &d);
}

// As few batches as keep all processors busy: what combinations share is computed once a batch.
static size_t batch_count(const struct cli *cli, size_t count)
{
    size_t threads = cli_thread_count(cli);
    size_t most = count / BATCH_MIN > 0 ? count / BATCH_MIN : 1;
    size_t wanted = (count + BATCH_MAX - 1) / BATCH_MAX;

    wanted = (wanted + threads - 1) / threads * threads;
    return wanted < 1 ? 1 : wanted > most ? most : wanted;
}

struct placed {
    uint64_t hand, combination;
};

static int by_hand(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;

    if (x->hand != y->hand) {
        return x->hand < y->hand ? -1 : 1;
    }
    return x->combination < y->combination ? -1 : x->combination > y->combination;
}

// Deals rows of the last axis to the batches in turn: those of short windows trade more and take
// longer, and a row's combinations share most.
static int deal(const struct cli_sweep *s, uint64_t *list, size_t n, size_t batches)
{
    const struct sweep_space *space = &s->space;
    uint64_t row = space->axis_count > 0 ? space->axes[space->axis_count - 1].count : 1;
    struct placed *order = calloc(n + 1, sizeof *order);

    if (!order) {
        return ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < n; i++) {
        order[i] = (struct placed){list[i] / row % batches, list[i]};
    }
    qsort(order, n, sizeof *order, by_hand);
    for (size_t i = 0; i < n; i++) {
        list[i] = order[i].combination;
    }
    free(order);
    return 0;
}

static int run_list(struct work *w, uint64_t *list, size_t n)
{
    size_t batches = batch_count(w->s->cli, n);

    w->list = list;
    w->count = n;
    w->done = 0;
    w->batch = (n + batches - 1) / batches;
    w->fresh = calloc(n + 1, sizeof *w->fresh);
    if (!w->fresh || deal(w->s, list, n, batches) != 0) {
        w->rc = ERR_NO_MEMORY;
        return diag_set(&w->d, ERR_NO_MEMORY, "there is no memory for %zu results", n);
    }
    cli_parallel(w->s->cli, (n + w->batch - 1) / w->batch, run_batch, w);
    return w->rc;
}

// ---- which combinations

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

// Takes out of the sorted list what the state file had.
static size_t drop_done(const struct cli_sweep *s, uint64_t *list, size_t n)
{
    size_t kept = 0;
    uint64_t *done = calloc(s->count + 1, sizeof *done);

    for (size_t i = 0; i < s->count && done; i++) {
        done[i] = s->results[i].combination;
    }
    if (done) {
        qsort(done, s->count, sizeof *done, by_number);
    }
    for (size_t i = 0; i < n; i++) {
        if (!done || !bsearch(&list[i], done, s->count, sizeof *done, by_number)) {
            list[kept++] = list[i];
        }
    }
    free(done);
    return kept;
}

struct part {
    uint64_t k, n; // 1-based
};

static int take_part(struct cli *cli, struct part *out)
{
    const char *text = cli_get(cli, "part");
    struct str rest = str_from(text), k;

    *out = (struct part){1, 1};
    if (!text) {
        return 0;
    }
    if (!str_split(&rest, '/', &k) || number_parse_u64(k, &out->k) != 0 ||
        number_parse_u64(rest, &out->n) != 0 || out->k < 1 || out->k > out->n ||
        out->n > COMBINATIONS_MAX) {
        cli_error(cli, "--part needs K/N with 1 <= K <= N, as 2/8; not '%s'", text);
        return CLI_USAGE;
    }
    return 0;
}

// All combinations, or those drawn, of this part, in order.
static int list_combinations(struct cli_sweep *s, uint64_t **out, size_t *count)
{
    uint64_t size = sweep_space_size(&s->space);
    int64_t random = cli_count(s->cli, "random", 0);
    uint64_t total = random > 0 && (uint64_t)random < size ? (uint64_t)random : size;
    struct part part;
    struct sweep_search search = {0};
    uint64_t *list, from, to;
    int exit_code = take_part(s->cli, &part);

    if (exit_code != 0) {
        return exit_code;
    }
    if (total > COMBINATIONS_MAX) {
        cli_error(s->cli,
                  "%llu combinations are more than %d; take larger steps, --random N or "
                  "--optimise N",
                  (unsigned long long)total, COMBINATIONS_MAX);
        return CLI_DATA;
    }
    list = calloc((size_t)total + 1, sizeof *list);
    if (!list || (total < size &&
                  sweep_search_init(&search, &s->space, (uint64_t)cli_count(s->cli, "seed", 1),
                                    (size_t)total) != 0)) {
        free(list);
        cli_error(s->cli, "%s", err_text(ERR_NO_MEMORY));
        return CLI_BUG;
    }
    for (uint64_t i = 0; i < total && total == size; i++) {
        list[i] = i;
    }
    if (total < size) {
        total = sweep_search_next(&search, true, list, (size_t)total);
        qsort(list, (size_t)total, sizeof *list, by_number);
    }
    sweep_search_finish(&search);
    from = total * (part.k - 1) / part.n;
    to = total * part.k / part.n;
    memmove(list, list + from, (size_t)(to - from) * sizeof *list);
    *count = drop_done(s, list, (size_t)(to - from));
    *out = list;
    return 0;
}

static int run_grid(struct work *w)
{
    uint64_t *list = NULL;
    size_t n = 0;
    int exit_code = list_combinations(w->s, &list, &n);

    if (exit_code == 0 && n > 0 && run_list(w, list, n) != 0) {
        exit_code = CLI_DATA;
    }
    free(list);
    return exit_code;
}

// A quarter of the budget at random, then rounds around the best.
static int run_search(struct work *w, size_t budget)
{
    struct sweep_search search;
    uint64_t list[4 * SWEEP_AXES_MAX];
    uint64_t *first = calloc(budget, sizeof *first);
    size_t n, spent = 0, begin = budget / 4 > 0 ? budget / 4 : 1;
    int rc = first ? sweep_search_init(&search, &w->s->space,
                                       (uint64_t)cli_count(w->s->cli, "seed", 1), budget)
                   : ERR_NO_MEMORY;

    if (rc != 0) {
        free(first);
        cli_error(w->s->cli, "%s", err_text(ERR_NO_MEMORY));
        return CLI_BUG;
    }
    n = sweep_search_next(&search, true, first, begin);
    rc = n > 0 ? run_list(w, first, n) : 0;
    while (rc == 0 && n > 0) {
        size_t room;

        sweep_search_learn(&search, w->fresh, n, w->s->metric);
        spent += n;
        free(w->fresh);
        w->fresh = NULL;
        room = budget - spent < 4 * w->s->space.axis_count ? budget - spent
                                                           : 4 * w->s->space.axis_count;
        n = room > 0 ? sweep_search_next(&search, false, list, room) : 0;
        rc = n > 0 ? run_list(w, list, n) : 0;
    }
    sweep_search_finish(&search);
    free(first);
    return rc == 0 ? 0 : CLI_DATA;
}

// ---- luck: the best combination's trades once more

static void on_trade(void *arg, const struct broker_trade *t)
{
    struct buf *profits = arg;

    if (buf_add(profits, &t->profit, sizeof t->profit) != 0) {
        return; // what came so far is enough to draw from
    }
}

static void draw_luck(struct cli_sweep *s, size_t runs)
{
    struct script_value values[SWEEP_AXES_MAX];
    char texts[SWEEP_AXES_MAX][SWEEP_TEXT_MAX];
    size_t place[SWEEP_AXES_MAX] = {0};
    struct buf profits;
    struct run_options o = {.program = s->task.program,
                            .context = s->task.context,
                            .values = values,
                            .value_count = s->space.axis_count,
                            .initial_capital = s->task.initial_capital,
                            .arg = &profits,
                            .on_trade = on_trade};
    struct script_bars bars = candles_bars(&s->candles, 0);
    struct run *r = NULL;
    double *copy;
    size_t n;

    sweep_space_place(&s->space, s->results[0].combination, place);
    for (size_t a = 0; a < s->space.axis_count; a++) {
        sweep_axis_text(&s->space.axes[a], place[a], texts[a]);
        values[a] = (struct script_value){s->space.axes[a].name, str_from(texts[a])};
    }
    buf_init(&profits, (size_t)8 << 20);
    if (run_create(&o, &r, NULL) == 0 && run_bars(r, &bars, s->candles.n) == 0 &&
        run_finish(r) == 0) {
        n = profits.len / sizeof *copy;
        copy = calloc(n + 1, sizeof *copy);
        if (copy && n > 0) {
            memcpy(copy, profits.data, n * sizeof *copy);
            s->have_luck = montecarlo_trades(copy, n, run_initial_capital(r), runs,
                                             (uint64_t)cli_count(s->cli, "seed", 1), &s->luck) == 0;
        }
        free(copy);
    }
    run_destroy(r);
    buf_finish(&profits);
}

// ---- the command

int cli_sweep_options(struct cli_sweep *s)
{
    const char *by = cli_get(s->cli, "by"), *text;
    int64_t segments = cli_count(s->cli, "segments", SEGMENTS_DEFAULT);
    int64_t train = cli_count(s->cli, "train", TRAIN_DEFAULT);
    struct diag d = {0};

    s->metric = SWEEP_NET_PROFIT;
    if (by && sweep_metric_parse(str_from(by), &s->metric) != 0) {
        cli_error(s->cli, "--by takes net_profit, sharpe, profit_factor or calmar, not '%s'", by);
        return CLI_USAGE;
    }
    if (segments < 2 || segments > SWEEP_SEGMENTS_MAX || train >= segments) {
        cli_error(s->cli, "--segments takes 2 to %d, and --train less than that",
                  SWEEP_SEGMENTS_MAX);
        return CLI_USAGE;
    }
    s->task.segment_count = (size_t)segments;
    s->train = (size_t)train;
    for (size_t i = 0; (text = cli_nth(s->cli, "input", i)) != NULL; i++) {
        if (sweep_space_add(&s->space, str_from(text), &d) != 0) {
            cli_error(s->cli, "%s", d.text);
            return CLI_USAGE;
        }
    }
    return 0;
}

static int make_header(struct cli_sweep *s, const struct cli_strategy *strategy)
{
    const time_ms *times = s->candles.columns.open_time;
    size_t n = s->candles.n, used;
    const char *text;
    int rc = str_printf(s->header, sizeof s->header,
                        "oracle-sweep 1\nstrategy %s\nseries %s\ncandles %zu %lld %lld\nsegments "
                        "%zu\ncapital %s\n",
                        strategy->hash, s->label, n, n > 0 ? (long long)times[0] : 0,
                        n > 0 ? (long long)times[n - 1] : 0, s->task.segment_count,
                        cli_get(s->cli, "capital") ? cli_get(s->cli, "capital") : "-");

    for (size_t i = 0; rc == 0 && (text = cli_nth(s->cli, "input", i)) != NULL; i++) {
        used = strlen(s->header);
        rc = str_printf(s->header + used, sizeof s->header - used, "input %s\n", text);
    }
    if (rc != 0) {
        cli_error(s->cli, "the inputs are too long to be told");
        return CLI_USAGE;
    }
    return 0;
}

static int open_state(struct cli_sweep *s, FILE **out)
{
    const char *path = cli_get(s->cli, "state");
    struct diag d = {0};
    int rc;

    if (!path) {
        return 0;
    }
    rc = cli_sweep_read(s, path, false, &d);
    if (rc != 0 && rc != ERR_NOT_FOUND) {
        cli_error(s->cli, "%s", d.text);
        return CLI_DATA;
    }
    s->resumed = s->count;
    *out = fopen(path, rc == 0 ? "ae" : "we");
    if (!*out || (rc != 0 && cli_sweep_write_header(*out, s) != 0)) {
        cli_error(s->cli, "%s cannot be written; name another file with --state", path);
        return CLI_REFUSED;
    }
    if (s->resumed > 0) {
        cli_note(s->cli, "%zu combinations are taken from %s", s->resumed, path);
    }
    return 0;
}

static int run_and_show(struct cli_sweep *s)
{
    struct work w = {.s = s, .start_ns = clock_now_ns()};
    int64_t budget = cli_count(s->cli, "optimise", 0);
    int exit_code = open_state(s, &w.state);

    w.progress = isatty(STDERR_FILENO) && !s->cli->quiet;
    if (exit_code == 0 && pthread_mutex_init(&w.lock, NULL) != 0) {
        exit_code = CLI_BUG;
    }
    if (exit_code == 0) {
        exit_code =
            budget > 0
                ? run_search(&w, (size_t)(budget < COMBINATIONS_MAX ? budget : COMBINATIONS_MAX))
                : run_grid(&w);
        (void)pthread_mutex_destroy(&w.lock);
    }
    s->run_ns = clock_now_ns() - w.start_ns;
    free(w.fresh);
    if (w.state && fclose(w.state) != 0 && w.rc == 0) {
        w.rc = ERR_SYSTEM;
    }
    if (w.rc != 0) {
        cli_error(s->cli, "%s", w.d.text[0] ? w.d.text : err_text(w.rc));
        return CLI_DATA;
    }
    if (exit_code != 0) {
        return exit_code;
    }
    if (s->failed > 0 && s->failed == s->count && w.d.text[0]) {
        cli_error(s->cli, "the strategy refuses every combination: %s", w.d.text);
        return CLI_DATA;
    }
    if (s->failed > 0) {
        cli_note(s->cli, "%zu combinations were refused: %s", s->failed,
                 w.d.text[0] ? w.d.text : "the strategy ended itself");
    }
    sweep_sort(s->results, s->count, s->metric);
    if (s->count > 0 && !s->results[0].failed) {
        draw_luck(s, (size_t)cli_count(s->cli, "monte-carlo", LUCK_DEFAULT));
    }
    return cli_sweep_show(s);
}

static int load_candles(struct cli_sweep *s, const struct cli_history *h)
{
    struct diag d = {0};
    clock_ns start = clock_now_ns();

    if (candles_load(h->feed, SWEEP_CANDLES_MAX, &s->candles, &d) != 0) {
        cli_error(s->cli, "%s", d.text);
        return CLI_DATA;
    }
    s->load_ns = clock_now_ns() - start;
    s->task.candles = &s->candles;
    if (s->candles.n < s->task.segment_count) {
        cli_error(s->cli, "%zu candles are fewer than the %zu segments of the walk-forward",
                  s->candles.n, s->task.segment_count);
        return CLI_DATA;
    }
    return 0;
}

static int run_sweep(struct cli_sweep *s, const struct cli_strategy *strategy)
{
    struct cli_series series;
    struct cli_history history = {0};
    struct diag d = {0};
    size_t count = 0;
    int exit_code = cli_sweep_options(s);

    exit_code = exit_code != 0 ? exit_code : cli_series_given(s->cli, 1, &series, 1, &count);
    if (exit_code != 0) {
        return exit_code;
    }
    exit_code = cli_history_open(s->cli, &series, &history, &d);
    if (exit_code != 0) {
        cli_error(s->cli, "%s", d.text);
        return exit_code;
    }
    (void)str_copy(s->label, sizeof s->label, str_from(history.label));
    s->task.program = strategy->program;
    s->task.context = &history.context;
    s->task.space = &s->space;
    s->task.initial_capital = cli_number(s->cli, "capital", 0);
    s->compile_ns = strategy->compile_ns;
    exit_code = load_candles(s, &history);
    exit_code = exit_code != 0 ? exit_code : make_header(s, strategy);
    exit_code = exit_code != 0 ? exit_code : run_and_show(s);
    cli_history_finish(&history);
    return exit_code;
}

void cli_sweep_destroy(struct cli_sweep *s)
{
    sweep_space_finish(&s->space);
    candles_finish(&s->candles);
    free(s->results);
    free(s);
}

int cli_cmd_sweep(struct cli *cli)
{
    struct cli_sweep *s = calloc(1, sizeof *s);
    struct cli_strategy strategy;
    int exit_code;

    if (!s) {
        cli_error(cli, "%s", err_text(ERR_NO_MEMORY));
        return CLI_BUG;
    }
    s->cli = cli;
    exit_code = cli_strategy_load(cli, cli->arguments[0], &strategy);
    exit_code = exit_code != 0 ? exit_code : run_sweep(s, &strategy);
    cli_strategy_finish(&strategy);
    cli_sweep_destroy(s);
    return exit_code;
}
