// SPDX-License-Identifier: Apache-2.0
// Error bodies and headers: a verdict inside its bounds and a text fit for a log. The input is the
// HTTP status, Retry-After and the used weight, a line each, then the body; its first byte chooses
// the exchange.
#include "../unit/exchange/support_venues.c"

#include "base/number.h"

#include <string.h>

#define NOW INT64_C(1653452340000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct venue *venues[] = {test_binance(), &test_kraken, &test_okx, &test_htx};
    if (size == 0)
        return 0;
    struct str rest = {(const char *)data + 1, size - 1}, status, retry, weight;
    struct venue_verdict v;
    int64_t number = 0;
    if (!str_split(&rest, '\n', &status) || !str_split(&rest, '\n', &retry) ||
        !str_split(&rest, '\n', &weight))
        return 0;
    if (number_parse_i64(status, &number) != 0 || number < 0 || number > 999)
        number = 200;
    struct venue_reply reply = {.status = (int)number,
                                .transport_error = "Timeout was reached",
                                .body = rest,
                                .headers = {{STR("Retry-After"), retry},
                                            {STR("x-mbx-used-weight-1m"), weight},
                                            {weight, retry}},
                                .header_count = 3,
                                .received = NOW};
    venue_judge(venues[data[0] & 3], VENUE_CANDLES, &reply, &v);
    if ((unsigned)v.reaction >= REACT_COUNT || v.used_weight < -1 ||
        !memchr(v.text, '\0', sizeof v.text))
        abort();
    if (v.reaction == REACT_BACK_OFF
            ? v.wait_until_ms < NOW + 1000 || v.wait_until_ms > NOW + 4 * MS_DAY
            : v.wait_until_ms != 0)
        abort();
    if (number == 0 && v.reaction != REACT_RETRY)
        abort();
    for (const char *c = v.text; *c; c++)
        if ((unsigned char)*c < ' ')
            abort();
    return 0;
}
