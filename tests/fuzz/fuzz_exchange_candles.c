// SPDX-License-Identifier: Apache-2.0
// Candle decoders: whatever comes, only finite rows of the span asked for come out. The first byte
// chooses the exchange's shape.
#include "../unit/exchange/support_venues.c"

#include <math.h>

#define FROM INT64_C(1500000000000)
#define TO   INT64_C(1700000000000)
#define CAP  16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct venue *venues[] = {test_binance(), &test_kraken, &test_okx, &test_htx};
    struct candle out[CAP];
    size_t count = 99;
    struct diag d = {0};
    if (size == 0)
        return 0;
    struct str body = {(const char *)data + 1, size - 1};
    int rc = venue_decode_candles(venues[data[0] & 3], body, FROM, TO, out, CAP, &count, &d);
    if (rc != 0) {
        if (count != 0 || d.text[0] == '\0' || d.code != rc)
            abort();
        return 0;
    }
    if (count > CAP)
        abort();
    for (size_t i = 0; i < count; i++) {
        const struct candle *c = &out[i];
        if (c->open_time < FROM || c->open_time >= TO || !isfinite(c->open) || !isfinite(c->high) ||
            !isfinite(c->low) || !isfinite(c->close) || !isfinite(c->volume) ||
            isinf(c->quote_volume) || c->trades < -1)
            abort();
        if (i > 0 && candle_equal(&out[i - 1], c))
            abort();
    }
    return 0;
}
