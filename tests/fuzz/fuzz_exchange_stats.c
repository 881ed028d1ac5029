// SPDX-License-Identifier: Apache-2.0
// 24 h figures: never negative, their time never out of range.
#include "exchange/venue.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct pair pair = {"BTC", "USDT"};
    const struct venue *v;
    struct venue_stats s;
    struct diag d = {0};
    struct str body = {(const char *)data, size};
    if (venue_find(STR("binance"), &v, NULL) != 0)
        abort();
    if (venue_decode_stats(v, body, &pair, &s, &d) != 0) {
        if (d.text[0] == '\0')
            abort();
        return 0;
    }
    if (decimal_sign(s.quote_volume) < 0 || decimal_sign(s.last_price) < 0 ||
        s.close_time < INT64_C(100000000000) || s.close_time >= INT64_C(100000000000000))
        abort();
    return 0;
}
