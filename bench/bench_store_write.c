// SPDX-License-Identifier: Apache-2.0
// What the store costs: a candle put in a burst, a ledger row, the commit, and a million candles
// read into columns. Figures are of the disk it runs on; TMPDIR chooses the place.
#include "base/random.h"
#include "store/store.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define T0 INT64_C(1609459200000)

static void check(struct store *s, int rc, const char *what)
{
    if (rc == 0)
        return;
    fprintf(stderr, "%s: %s: %s\n", what, err_name(rc), s == NULL ? "" : store_last_error(s));
    exit(1);
}

static struct candle make(enum timeframe tf, int64_t index, struct random *r)
{
    double base = 20000 + (double)random_below(r, 1000000) / 100;
    return (struct candle){
        .open_time = timeframe_step(tf, T0, index),
        .open = base,
        .high = base + 10.01,
        .low = base - 9.99,
        .close = base + 1.25,
        .volume = (double)random_below(r, 100000000) / 1e5,
        .quote_volume = (double)random_below(r, 100000000) / 1e2,
        .trades = (int64_t)random_below(r, 100000),
    };
}

struct burst {
    int streams, candles; // candles of each stream in a burst
    bool ledger;
};

// Prints the mean over several bursts: time in the puts alone, and with the commit.
static void bench_burst(struct store *s, enum timeframe tf, int64_t first_stream, struct burst b,
                        int rounds)
{
    struct random r;
    clock_ns puts = 0, all = 0;
    int64_t n = 0;
    random_init(&r, 1);
    for (int round = 0; round < rounds; round++) {
        clock_ns start = clock_now_ns();
        check(s, store_begin(s), "begin");
        for (int st = 0; st < b.streams; st++) {
            for (int c = 0; c < b.candles; c++, n++) {
                struct candle candle = make(tf, (int64_t)round * b.candles + c, &r);
                enum store_put put;
                check(s,
                      store_candle_put(s, first_stream + st, tf, &candle, CANDLE_LIVE, false, T0,
                                       &put),
                      "put");
                struct store_ledger row = {.stream_id = first_stream + st,
                                           .timeframe = tf,
                                           .open_time = candle.open_time,
                                           .due_at = candle.open_time + 5000,
                                           .attempts = 1,
                                           .status = POLL_SAVED,
                                           .saved_at = T0,
                                           .cause = ""};
                if (b.ledger)
                    check(s, store_ledger_put(s, &row), "ledger");
            }
        }
        puts += clock_now_ns() - start;
        check(s, store_commit(s), "commit");
        all += clock_now_ns() - start;
    }
    printf("burst of %d streams x %d candles%s: %.2f us a candle in the puts, %.2f us with commit "
           "(%.2f ms a burst)\n",
           b.streams, b.candles, b.ledger ? " with ledger rows" : "",
           (double)puts / 1e3 / (double)n, (double)all / 1e3 / (double)n,
           (double)all / 1e6 / rounds);
}

static void bench_columns(struct store *s, int64_t stream, size_t n)
{
    struct random r;
    random_init(&r, 2);
    check(s, store_begin(s), "begin");
    for (size_t i = 0; i < n; i++) {
        struct candle c = make(TF_M1, (int64_t)i, &r);
        enum store_put put;
        check(s, store_candle_put(s, stream, TF_M1, &c, CANDLE_BOOTSTRAP, false, T0, &put), "put");
        if (i % 10000 == 9999) {
            check(s, store_commit(s), "commit");
            check(s, store_begin(s), "begin");
        }
    }
    check(s, store_commit(s), "commit");
    check(s, store_checkpoint(s), "checkpoint");
    time_ms *times = calloc(n, sizeof(*times));
    double *cells = calloc(5 * n, sizeof(*cells));
    if (times == NULL || cells == NULL)
        exit(1);
    memset(cells, 1, 5 * n * sizeof(*cells)); // the pages themselves are not what is measured
    memset(times, 1, n * sizeof(*times));
    struct store_columns out = {times,         cells,         cells + n,
                                cells + 2 * n, cells + 3 * n, cells + 4 * n};
    for (int round = 0; round < 3; round++) {
        size_t count = 0;
        clock_ns start = clock_now_ns();
        check(s, store_candle_columns(s, stream, TF_M1, 0, n, &out, &count), "columns");
        clock_ns took = clock_now_ns() - start;
        printf("%zu candles into columns: %.1f ms (%.0f ns a candle)\n", count, (double)took / 1e6,
               (double)took / (double)count);
    }
    free(times);
    free(cells);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

static void print_memory(const char *when)
{
    char line[256];
    FILE *f = fopen("/proc/self/smaps_rollup", "r");
    while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
        if (strncmp(line, "Pss:", 4) == 0)
            printf("memory %s: %s", when, line);
    }
    if (f != NULL)
        fclose(f);
}

int main(void)
{
    const char *tmp = getenv("TMPDIR");
    char dir[256];
    struct store *s = NULL;
    struct diag d = {0};
    snprintf(dir, sizeof(dir), "%s/oracle-bench-XXXXXX", tmp == NULL ? "/tmp" : tmp);
    if (mkdtemp(dir) == NULL)
        return 1;
    struct store_options o = {.backend = "sqlite", .location = dir, .writable = true};
    check(NULL, store_open(&o, &s, &d), d.text);
    bench_burst(s, TF_M5, 1, (struct burst){24, 42, false}, 20);
    bench_burst(s, TF_M15, 1, (struct burst){24, 42, true}, 20);
    bench_burst(s, TF_H1, 1, (struct burst){1000, 500, false}, 1);
    bench_burst(s, TF_H4, 1, (struct burst){1000, 1, false}, 20);
    bench_burst(s, TF_H6, 1, (struct burst){1000, 1, true}, 20);
    bench_burst(s, TF_H8, 1, (struct burst){5000, 1, true}, 5);
    print_memory("after the bursts");
    bench_columns(s, 1, 1000000);
    print_memory("after the columns");
    store_close(s);
    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return 0;
}
