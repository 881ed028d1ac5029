// SPDX-License-Identifier: Apache-2.0
// A candle and what makes one acceptable. Prices and volumes are doubles that read back as the
// venue's decimal text; open_time is the candle's identity within its stream.
#ifndef MARKET_CANDLE_H
#define MARKET_CANDLE_H

#include "market/timeframe.h"

struct candle {
    time_ms open_time;
    double open, high, low, close;
    double volume;       // base asset
    double quote_volume; // quote asset; NaN when the source has none
    int64_t trades;      // -1 when the source has none
};

// How a candle came to be stored; live ones only may fire a signal.
enum candle_source {
    CANDLE_BOOTSTRAP, // history fetched when the stream was added
    CANDLE_LIVE,      // polled inside its window
    CANDLE_HEAL,      // fetched later: after a stop of the hub or after its window (late)
    CANDLE_SOURCE_COUNT
};
const char *candle_source_name(enum candle_source source); // "bootstrap", "live", "heal"
int candle_source_parse(struct str text, enum candle_source *out) MUST_CHECK; // ERR_NOT_FOUND

enum candle_fault {
    CANDLE_OK,
    CANDLE_MISALIGNED, // open_time is not on the timeframe's grid
    CANDLE_UNFINISHED, // its window has not closed yet at exchange time
    CANDLE_NOT_FINITE,
    CANDLE_NOT_POSITIVE, // a price <= 0, a volume < 0 or a trade count < -1
    CANDLE_IMPOSSIBLE,   // not low <= open, close <= high
    CANDLE_DISORDERED,   // does not rise strictly after the one before
    CANDLE_FAULT_COUNT
};
const char *candle_fault_text(enum candle_fault fault); // for logs and ledgers

// Judges one candle by itself at exchange time now.
enum candle_fault candle_check(const struct candle *c, enum timeframe tf, time_ms now);
// Same, and CANDLE_DISORDERED unless it opens after the candle before it (NULL: it is the first).
enum candle_fault candle_check_next(const struct candle *c, const struct candle *before,
                                    enum timeframe tf, time_ms now);
// Same values in every stored field (NaN equals NaN)?
bool candle_equal(const struct candle *a, const struct candle *b);

#endif
