// SPDX-License-Identifier: Apache-2.0
// Records candles of an exchange that speaks the Binance spot REST API into the layout that
// `oracle practice --data` replays.
#ifndef PRACTICE_RECORD_H
#define PRACTICE_RECORD_H

#include "market/pair.h"
#include "market/timeframe.h"

struct record_options {
    const char *base_url; // "https://data-api.binance.vision", no slash at its end
    bool verify_tls;
    const char *dir; // gets EXCHANGE/BASE-QUOTE/TIMEFRAME.csv.gz
    const char *exchange;
    struct pair pair;
    enum timeframe timeframe;
    time_ms from, to; // open times, [from, to)
    // Called after each page: rows so far and the newest open time. May be NULL.
    void (*progress)(void *arg, size_t rows, time_ms newest);
    void *progress_arg;
};

// Fetches the closed candles of [from, to) page by page, as decimal texts untouched, and writes the
// file in one go at the end. *rows tells how many. ERR_EXISTS: the file is there (nothing is
// fetched); ERR_NOT_FOUND: no candle in that time; ERR_UNREACHABLE, ERR_LIMIT (the exchange wants
// fewer requests), ERR_REFUSED (it says no, d has its words), ERR_PROTOCOL, ERR_SYSTEM,
// ERR_NO_MEMORY. After an error no file is left.
int practice_record(const struct record_options *o, size_t *rows, struct diag *d) MUST_CHECK;

#endif
