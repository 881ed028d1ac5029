// SPDX-License-Identifier: Apache-2.0
// Market lists: every market handed out is complete and its filters make sense.
#include "../unit/exchange/support_venues.c"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t cap)
{
    if (!memchr(text, '\0', cap))
        abort();
}

static int each(void *arg, const struct market *m)
{
    const struct decimal *d[] = {&m->filters.tick_size, &m->filters.lot_step, &m->filters.min_qty,
                                 &m->filters.max_qty, &m->filters.min_notional};
    size_t *left = arg;
    check_text(m->symbol, sizeof m->symbol);
    check_text(m->pair.base, sizeof m->pair.base);
    check_text(m->pair.quote, sizeof m->pair.quote);
    if (!m->pair.base[0] || !m->pair.quote[0] || m->status < 0 ||
        m->status >= MARKET_STATUS_COUNT || m->base_precision < 0 ||
        m->base_precision > DECIMAL_SCALE_MAX)
        abort();
    for (size_t i = 0; i < sizeof d / sizeof *d; i++)
        if (d[i]->units < 0 || d[i]->scale < 0 || d[i]->scale > DECIMAL_SCALE_MAX)
            abort();
    return --*left == 0 ? ERR_LIMIT : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct venue *venues[] = {test_binance(), &test_kraken};
    struct venue_limits limits;
    size_t skipped, left = 5;
    struct diag d = {0};
    if (size == 0)
        return 0;
    struct str body = {(const char *)data + 1, size - 1};
    int rc = venue_decode_markets(venues[data[0] & 1], body, each, &left, &limits, &skipped, &d);
    if (rc == ERR_LIMIT ? left != 0 : rc != 0 && d.text[0] == '\0')
        abort();
    return 0;
}
