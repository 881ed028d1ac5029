// SPDX-License-Identifier: Apache-2.0
// Best bid and ask: never negative, never crossed, never about another symbol.
#include "exchange/venue.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct pair pair = {"BTC", "USDT"};
    const struct venue *v;
    struct venue_ticker t;
    struct diag d = {0};
    struct str body = {(const char *)data, size};
    if (venue_find(STR("binance"), &v, NULL) != 0)
        abort();
    if (venue_decode_ticker(v, body, &pair, &t, &d) != 0) {
        if (d.text[0] == '\0')
            abort();
        return 0;
    }
    if (decimal_sign(t.bid) < 0 || decimal_sign(t.ask) < 0 || decimal_sign(t.bid_qty) < 0 ||
        decimal_sign(t.ask_qty) < 0)
        abort();
    if (decimal_sign(t.bid) > 0 && decimal_sign(t.ask) > 0 && decimal_cmp(t.bid, t.ask) >= 0)
        abort();
    return 0;
}
