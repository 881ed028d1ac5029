// SPDX-License-Identifier: Apache-2.0
// What makes a candle acceptable.
#include "market/candle.h"

#include <math.h>

static const char *const source_names[CANDLE_SOURCE_COUNT] = {
    [CANDLE_BOOTSTRAP] = "bootstrap",
    [CANDLE_LIVE] = "live",
    [CANDLE_HEAL] = "heal",
};

static const char *const fault_texts[CANDLE_FAULT_COUNT] = {
    [CANDLE_OK] = "ok",
    [CANDLE_MISALIGNED] = "open time is not on the timeframe's grid",
    [CANDLE_UNFINISHED] = "candle has not closed yet",
    [CANDLE_NOT_FINITE] = "a value is not a finite number",
    [CANDLE_NOT_POSITIVE] = "a price is not above zero, or a volume or trade count is negative",
    [CANDLE_IMPOSSIBLE] = "open, high, low and close contradict each other",
    [CANDLE_DISORDERED] = "does not follow the candle before it in time",
};

const char *candle_source_name(enum candle_source source)
{
    return source_names[source];
}

int candle_source_parse(struct str text, enum candle_source *out)
{
    for (int i = 0; i < CANDLE_SOURCE_COUNT; i++) {
        if (str_eq(text, str_from(source_names[i]))) {
            *out = (enum candle_source)i;
            return 0;
        }
    }
    return ERR_NOT_FOUND;
}

const char *candle_fault_text(enum candle_fault fault)
{
    return fault_texts[fault];
}

enum candle_fault candle_check(const struct candle *c, enum timeframe tf, time_ms now)
{
    if (!timeframe_is_aligned(tf, c->open_time))
        return CANDLE_MISALIGNED;
    if (timeframe_next(tf, c->open_time) > now)
        return CANDLE_UNFINISHED;
    if (!isfinite(c->open) || !isfinite(c->high) || !isfinite(c->low) || !isfinite(c->close) ||
        !isfinite(c->volume) || isinf(c->quote_volume))
        return CANDLE_NOT_FINITE;
    // A NaN quote volume (the source has none) is not below zero.
    if (c->open <= 0 || c->high <= 0 || c->low <= 0 || c->close <= 0 || c->volume < 0 ||
        c->quote_volume < 0 || c->trades < -1)
        return CANDLE_NOT_POSITIVE;
    if (c->low > c->open || c->low > c->close || c->high < c->open || c->high < c->close)
        return CANDLE_IMPOSSIBLE;
    return CANDLE_OK;
}

enum candle_fault candle_check_next(const struct candle *c, const struct candle *before,
                                    enum timeframe tf, time_ms now)
{
    enum candle_fault fault = candle_check(c, tf, now);
    if (fault == CANDLE_OK && before && c->open_time <= before->open_time)
        return CANDLE_DISORDERED;
    return fault;
}

static bool same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

bool candle_equal(const struct candle *a, const struct candle *b)
{
    return a->open_time == b->open_time && same(a->open, b->open) && same(a->high, b->high) &&
           same(a->low, b->low) && same(a->close, b->close) && same(a->volume, b->volume) &&
           same(a->quote_volume, b->quote_volume) && a->trades == b->trades;
}
