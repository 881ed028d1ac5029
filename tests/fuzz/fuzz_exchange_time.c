// SPDX-License-Identifier: Apache-2.0
// Server time: a time of our age or a refusal. The first byte chooses the exchange's shape.
#include "../unit/exchange/support_venues.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct venue *venues[] = {test_binance(), &test_kraken, &test_okx};
    time_ms t = 0;
    struct diag d = {0};
    if (size == 0)
        return 0;
    struct str body = {(const char *)data + 1, size - 1};
    int rc = venue_decode_time(venues[data[0] % 3], body, &t, &d);
    if (rc == 0 ? t < VENUE_TIME_MIN_MS || t >= VENUE_TIME_MAX_MS : d.text[0] == '\0')
        abort();
    return 0;
}
