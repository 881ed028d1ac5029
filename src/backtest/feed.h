// SPDX-License-Identifier: Apache-2.0
// Candles in blocks, oldest first, from wherever they are kept. A feed holds one block's worth of
// what it reads, so memory does not grow with history.
#ifndef BACKTEST_FEED_H
#define BACKTEST_FEED_H

#include "market/candle.h"
#include "script/script.h"

// Room for a block: arrays of the caller, each at least cap long.
struct feed_columns {
    time_ms *open_time;
    double *open, *high, *low, *close, *volume;
};

// A source of candles; embedded at the start of each kind's own structure.
struct feed {
    // Fills up to cap rows and sets *count, which is 0 at the end and only there. Errors fill d.
    int (*read)(struct feed *f, size_t cap, const struct feed_columns *out, size_t *count,
                struct diag *d);
    void (*destroy)(struct feed *f);
};

int feed_read(struct feed *f, size_t cap, const struct feed_columns *out, size_t *count,
              struct diag *d) MUST_CHECK;
void feed_destroy(struct feed *f); // NULL is fine

// ---- a CSV file, plain or gzip
// Header: open_time_ms,open,high,low,close,volume[,quote_volume,trades]. Each row is checked: the
// grammar of its numbers (read correctly rounded), times that rise, and candle_check() but for the
// grid, since files of other venues open where they like.
struct feed_csv_options {
    enum timeframe timeframe; // TF_COUNT: the shortest step of the first rows says it
    time_ms from, to;         // only candles that open in [from, to); to = 0: no end
};

struct feed_csv_info {
    enum timeframe timeframe; // given or found
    bool on_grid;             // the first rows open on the timeframe's grid
};

// ERR_NOT_FOUND (no such file), ERR_SYSTEM (unreadable), ERR_SYNTAX (header; d has the line), or
// ERR_RANGE: no timeframe is given and the rows show none.
int feed_csv_open(const char *path, const struct feed_csv_options *o, struct feed **out,
                  struct feed_csv_info *info, struct diag *d) MUST_CHECK;

// What a file's place says about its candles, as the folders EXCHANGE/BASE-QUOTE/TIMEFRAME.csv.gz
// do: parts that it does not say are "".
struct feed_csv_name {
    char exchange[32], base[24], quote[24];
};
void feed_csv_name(const char *path, struct feed_csv_name *out);

// ---- columns in memory, borrowed: bars [0, n)
struct feed *feed_columns_create(const struct script_bars *bars, size_t n); // NULL: no memory

// ---- a feed read whole
struct candles { // owned columns
    struct feed_columns columns;
    size_t n, cap;
};
// Reads all of f. ERR_FULL when there are more than max candles; other errors of the feed.
int candles_load(struct feed *f, size_t max, struct candles *out, struct diag *d) MUST_CHECK;
void candles_finish(struct candles *c); // NULL and zeroed are fine
struct script_bars candles_bars(const struct candles *c, size_t from);

#endif
