// SPDX-License-Identifier: Apache-2.0
// Shared by the files of the recorded feed: series, how they are read and how they are cut.
#ifndef PRACTICE_RECORDED_INTERNAL_H
#define PRACTICE_RECORDED_INTERNAL_H

#include "practice/recorded.h"

#define SERIES_ROWS_MAX  20000000u
#define SERIES_PATH_MAX  512
#define PRICE_DIGITS_MAX 12

// A row in memory; prices in units of the market's price_scale, volumes with their own scale.
struct stored_row {
    time_ms open_time;
    int64_t open, high, low, close;
    int64_t volume, quote;
    int32_t trades;
    uint8_t open_digits, high_digits, low_digits, close_digits;
    uint8_t volume_scale, quote_scale;
};

struct series {
    bool recorded; // there is a file
    bool loaded;   // rows are there (of a timeframe without a file: were added up)
    char path[SERIES_PATH_MAX];
    time_ms first, last; // open times, known after the scan
    size_t count;
    struct stored_row *rows; // owned
};

struct recorded_market {
    struct series series[TF_COUNT];
};

struct recorded_feed {
    struct practice_feed base;
    struct recorded_market *markets; // owned, beside base.markets
    size_t cap;
};

// What one pass over a file finds.
struct series_scan {
    time_ms first, last;
    size_t count;
    int32_t price_scale;  // most digits as written
    int32_t price_digits; // most digits that matter (no trailing zeros)
    double quote_sum;     // volume x close of all rows
    double last_price;
};

// recorded_read.c: both read the whole file. ERR_NOT_FOUND, ERR_SYNTAX (d has file and line),
// ERR_RANGE (a number too long), ERR_FULL, ERR_NO_MEMORY.
int series_scan(const char *path, struct series_scan *out, struct diag *d) MUST_CHECK;
int series_read(const char *path, int32_t price_scale, size_t expected, struct stored_row **rows,
                size_t *count, struct diag *d) MUST_CHECK;

// recorded_scan.c: fills markets and series from the folder, sorts them, chooses the default start.
int recorded__scan(struct recorded_feed *f, const char *dir, uint64_t seed,
                   struct diag *d) MUST_CHECK;

// recorded_cut.c: what of a stored row had happened in [from, to), seconds being the finest; false
// when nothing had.
bool recorded__cut(const struct practice_market *m, const struct stored_row *row, enum timeframe tf,
                   time_ms from, time_ms to, struct practice_row *out);
void recorded__expand(const struct practice_market *m, const struct stored_row *row,
                      enum timeframe tf, struct practice_row *out);

#endif
