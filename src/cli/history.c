// SPDX-License-Identifier: Apache-2.0
// A strategy and the candles it is run over, from what was typed.
#include "cli/history.h"

#include "base/number.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS_MAX 256

double cli_number(const struct cli *cli, const char *name, double def)
{
    const char *text = cli_get(cli, name);
    double value = def;

    if (text && number_parse_double(str_from(text), &value) != 0) {
        value = def; // the parser of the command line has refused such a text
    }
    return value;
}

const char *cli_nth(const struct cli *cli, const char *name, size_t n)
{
    for (size_t i = 0; i < cli->given_count; i++) {
        if (strcmp(cli->given[i].option->name, name) == 0 && n-- == 0) {
            return cli->given[i].value;
        }
    }
    return NULL;
}

// ---- the strategy

static void say_diags(struct cli *cli, const char *file, const struct script_diags *diags)
{
    for (size_t i = 0; i < diags->count; i++) {
        const struct diag *d = &diags->items[i];

        if (diags->is_warning[i]) {
            cli_note(cli, "%s:%u:%u: warning: %s", file, d->line, d->column, d->text);
        } else {
            cli_error(cli, "%s:%u:%u: %s", file, d->line, d->column, d->text);
        }
    }
    if (diags->more) {
        cli_note(cli, "%s: and more", file);
    }
}

int cli_strategy_inputs(struct cli *cli, struct cli_strategy *s)
{
    const char *text;

    for (size_t i = 0; (text = cli_nth(cli, "input", i)) != NULL; i++) {
        struct str whole = str_from(text);
        size_t eq = str_find(whole, '=', 0);

        if (i == CLI_INPUTS_MAX) {
            cli_error(cli, "more than %d inputs are given", CLI_INPUTS_MAX);
            return CLI_USAGE;
        }
        if (eq == 0 || eq == whole.len ||
            str_copy(s->names[i], sizeof s->names[i], str_sub(whole, 0, eq)) != 0) {
            cli_error(cli, "--input needs NAME=VALUE, not '%s'", text);
            return CLI_USAGE;
        }
        s->values[i] = (struct script_value){s->names[i], str_sub(whole, eq + 1, whole.len)};
        s->value_count = i + 1;
    }
    return 0;
}

int cli_strategy_load(struct cli *cli, const char *file, struct cli_strategy *out)
{
    struct script_diags *diags = calloc(1, sizeof *diags);
    struct buf source;
    struct diag d = {0};
    clock_ns start;
    int rc, exit_code = CLI_DATA;

    *out = (struct cli_strategy){.file = file};
    buf_init(&source, SCRIPT_SOURCE_MAX_BYTES);
    if (!diags) {
        cli_error(cli, "%s", err_text(ERR_NO_MEMORY));
        return CLI_BUG;
    }
    if (paths_read_file(file, &source, &d) != 0) {
        cli_error(cli, "%s", d.text);
        goto out;
    }
    start = clock_now_ns();
    rc = script_compile(buf_str(&source), &out->program, diags);
    out->compile_ns = clock_now_ns() - start;
    say_diags(cli, file, diags);
    if (rc != 0) {
        out->program = NULL;
        if (diags->count == 0) {
            cli_error(cli, "%s cannot be compiled: %s", file, err_text(rc));
        }
        goto out;
    }
    digest_sha256_hex(buf_str(&source), out->hash);
    exit_code = CLI_OK;
out:
    free(diags);
    buf_finish(&source);
    return exit_code;
}

void cli_strategy_finish(struct cli_strategy *s)
{
    script_program_destroy(s->program);
    s->program = NULL;
}

// ---- which candles

int cli_series_given(struct cli *cli, size_t first, struct cli_series *out, size_t cap,
                     size_t *count)
{
    size_t words = cli->argument_count - first, n = 0;
    const char *csv;

    for (; (csv = cli_nth(cli, "csv", n)) != NULL && n < cap; n++) {
        out[n] = (struct cli_series){.csv = csv};
    }
    if (n > 0 && words > 0) {
        cli_error(cli, "give PAIR TIMEFRAME or --csv FILE, not both");
        return CLI_USAGE;
    }
    if (n == 0 && (words == 0 || words % 2 != 0)) {
        cli_error(cli, "%s",
                  words == 0 ? "name the candles: PAIR TIMEFRAME of the store, or "
                               "--csv FILE"
                             : "each pair needs its timeframe: VET 4h");
        return CLI_USAGE;
    }
    for (size_t i = 0; i < words / 2 && n < cap; i++) {
        out[n++] = (struct cli_series){.pair = cli->arguments[first + 2 * i],
                                       .timeframe = cli->arguments[first + 2 * i + 1]};
    }
    *count = n;
    return 0;
}

// ---- candles of the store

struct store_feed {
    struct feed feed;
    struct store *store; // borrowed
    int64_t stream_id;
    enum timeframe tf;
    time_ms next, to;
};

static int store_feed_read(struct feed *f, size_t cap, const struct feed_columns *out,
                           size_t *count, struct diag *d)
{
    struct store_feed *s = (struct store_feed *)f;
    const struct store_columns columns = {out->open_time, out->open,  out->high,
                                          out->low,       out->close, out->volume};
    size_t n = 0;
    int rc = store_candle_columns(s->store, s->stream_id, s->tf, s->next, cap, &columns, &n);

    if (rc != 0) {
        return diag_set(d, rc, "the candles cannot be read: %.200s", store_last_error(s->store));
    }
    while (n > 0 && out->open_time[n - 1] >= s->to) {
        n--;
    }
    if (n > 0) {
        s->next = out->open_time[n - 1] + 1;
    }
    *count = n;
    return 0;
}

static void store_feed_destroy(struct feed *f)
{
    free(f);
}

struct wanted {
    struct store *store;
    const char *exchange;
    enum timeframe tf;
    struct store_stream stream;
    int error;
};

static bool stream_known(void *arg, const struct pair *candidate)
{
    struct wanted *w = arg;
    int rc = store_stream_find(w->store, w->exchange, candidate, w->tf, &w->stream);

    if (rc != 0 && rc != ERR_NOT_FOUND) {
        w->error = rc;
    }
    return rc == 0;
}

static int find_stream(const struct cli *cli, const struct cli_series *series, struct wanted *w,
                       struct diag *d)
{
    const char *exchange = cli_get(cli, "exchange");
    struct pair pair;
    int rc;

    w->exchange = exchange ? exchange : config_str(cli->config, CFG_EXCHANGE_NAME);
    if (timeframe_parse(str_from(series->timeframe), &w->tf, d) != 0) {
        return CLI_DATA;
    }
    rc = pair_resolve(str_from(series->pair),
                      str_from(config_str(cli->config, CFG_HUB_DEFAULT_QUOTE)), stream_known, w,
                      &pair, d);
    if (w->error != 0) {
        (void)diag_set(d, w->error, "the stream cannot be looked up: %.150s",
                       store_last_error(w->store));
        return CLI_LATER;
    }
    if (rc == ERR_NOT_FOUND) {
        (void)diag_set(d, rc,
                       "%.40s %s of %s has no candles: 'oracle watch add %.40s %s' fetches them, "
                       "or give a file with --csv",
                       series->pair, timeframe_code(w->tf), w->exchange, series->pair,
                       timeframe_code(w->tf));
        return CLI_NEGATIVE;
    }
    return rc == 0 ? 0 : CLI_DATA;
}

static int open_store(const struct cli *cli, struct cli_history *h, struct diag *d)
{
    struct store_options o = {.backend = config_str(cli->config, CFG_STORE_BACKEND),
                              .location = cli_data_dir(cli),
                              .writable = false};
    int rc = store_open(&o, &h->store, d);

    if (rc == ERR_NOT_FOUND) {
        (void)diag_set(d, rc,
                       "there is no store in %.120s yet: 'oracle watch add' and 'oracle run' make "
                       "one, --data names another, and --csv FILE needs none",
                       cli_data_dir(cli));
        return CLI_NEGATIVE;
    }
    if (rc != 0) {
        struct diag inner = *d;

        (void)diag_set(d, rc, "the store in %.100s cannot be read: %.120s", cli_data_dir(cli),
                       inner.text[0] ? inner.text : err_text(rc));
        return rc == ERR_BUSY || rc == ERR_AGAIN ? CLI_LATER : CLI_DATA;
    }
    return 0;
}

static int open_stream(const struct cli *cli, const struct cli_series *series,
                       struct cli_history *h, struct diag *d)
{
    struct store_feed *f = NULL;
    struct wanted w = {.store = NULL};
    struct market market;
    time_ms to = cli_moment(cli, "to", 0);
    int exit_code = open_store(cli, h, d);

    w.store = h->store;
    exit_code = exit_code != 0 ? exit_code : find_stream(cli, series, &w, d);
    if (exit_code != 0) {
        return exit_code;
    }
    f = calloc(1, sizeof *f);
    if (!f) {
        (void)diag_set(d, ERR_NO_MEMORY, "%s", err_text(ERR_NO_MEMORY));
        return CLI_BUG;
    }
    *f = (struct store_feed){{store_feed_read, store_feed_destroy},
                             h->store,
                             w.stream.id,
                             w.tf,
                             cli_moment(cli, "from", INT64_MIN),
                             to > 0 ? to : INT64_MAX};
    h->feed = &f->feed;
    h->pair = w.stream.pair;
    h->context.timeframe = w.tf;
    h->on_grid = true;
    (void)str_copy(h->exchange, sizeof h->exchange, str_from(w.exchange));
    if (store_market_get(h->store, w.exchange, &h->pair, &market) == 0) {
        h->context.tick_size = decimal_to_double(market.filters.tick_size);
        h->context.lot_step = decimal_to_double(market.filters.lot_step);
    }
    return 0;
}

// ---- candles of a file

static int open_csv(const struct cli *cli, const char *path, struct cli_history *h, struct diag *d)
{
    struct feed_csv_options o = {.timeframe = TF_COUNT,
                                 .from = cli_moment(cli, "from", INT64_MIN),
                                 .to = cli_moment(cli, "to", 0)};
    const char *tf = cli_get(cli, "timeframe");
    struct feed_csv_info info;
    struct feed_csv_name name;
    int rc;

    if (tf && timeframe_parse(str_from(tf), &o.timeframe, d) != 0) {
        return CLI_USAGE;
    }
    rc = feed_csv_open(path, &o, &h->feed, &info, d);
    if (rc != 0) {
        return rc == ERR_NO_MEMORY ? CLI_BUG : CLI_DATA;
    }
    feed_csv_name(path, &name);
    h->context.timeframe = info.timeframe;
    h->on_grid = info.on_grid;
    (void)str_copy(h->pair.base, sizeof h->pair.base, str_from(name.base));
    (void)str_copy(h->pair.quote, sizeof h->pair.quote, str_from(name.quote));
    (void)str_copy(h->exchange, sizeof h->exchange, str_from(name.exchange));
    return 0;
}

int cli_history_open(const struct cli *cli, const struct cli_series *series,
                     struct cli_history *out, struct diag *d)
{
    struct cli_history *h = out;
    char pair[PAIR_TEXT_MAX];
    int exit_code;

    *h = (struct cli_history){0};
    exit_code = series->csv ? open_csv(cli, series->csv, h, d) : open_stream(cli, series, h, d);
    if (exit_code != 0) {
        cli_history_finish(h);
        return exit_code;
    }
    h->context.tick_size = cli_number(cli, "tick-size", h->context.tick_size);
    h->context.lot_step = cli_number(cli, "lot-step", h->context.lot_step);
    (void)str_printf(h->ticker, sizeof h->ticker, "%s%s", h->pair.base, h->pair.quote);
    h->context.ticker = h->ticker;
    h->context.base = h->pair.base;
    h->context.quote = h->pair.quote;
    h->context.exchange = h->exchange;
    pair_format(&h->pair, pair);
    if (h->pair.base[0]) {
        (void)str_printf(h->label, sizeof h->label, "%s %s", pair,
                         timeframe_code(h->context.timeframe));
    } else {
        (void)str_printf(h->label, sizeof h->label, "%.150s %s", series->csv,
                         timeframe_code(h->context.timeframe));
    }
    return 0;
}

void cli_history_finish(struct cli_history *h)
{
    feed_destroy(h->feed);
    store_close(h->store);
    h->feed = NULL;
    h->store = NULL;
}

// ---- all processors

struct pool {
    atomic_size_t next;
    size_t count;
    void (*work)(void *arg, size_t i);
    void *arg;
};

static void *pool_main(void *arg)
{
    struct pool *p = arg;
    size_t i;

    while ((i = atomic_fetch_add(&p->next, 1)) < p->count) {
        p->work(p->arg, i);
    }
    return NULL;
}

size_t cli_thread_count(const struct cli *cli)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int64_t n = cli_count(cli, "threads", processors > 0 ? processors : 1);

    return n < THREADS_MAX ? (size_t)n : THREADS_MAX;
}

void cli_parallel(const struct cli *cli, size_t count, void (*work)(void *arg, size_t i), void *arg)
{
    struct pool pool = {.count = count, .work = work, .arg = arg};
    pthread_t threads[THREADS_MAX];
    size_t wanted = cli_thread_count(cli), made = 0;

    // This thread works too.
    while (made + 1 < wanted && made + 1 < count &&
           pthread_create(&threads[made], NULL, pool_main, &pool) == 0) {
        made++;
    }
    (void)pool_main(&pool);
    for (size_t i = 0; i < made; i++) {
        (void)pthread_join(threads[i], NULL);
    }
}
