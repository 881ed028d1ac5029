// SPDX-License-Identifier: Apache-2.0
// Order books: what is accepted is in order, positive and not crossed.
#include "../unit/exchange/support_venues.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_side(const struct book_level *levels, unsigned count, int direction)
{
    if (count > BOOK_LEVELS_MAX)
        abort();
    for (unsigned i = 0; i < count; i++) {
        if (levels[i].price.units <= 0 || levels[i].qty.units <= 0)
            abort();
        if (i > 0 && decimal_cmp(levels[i].price, levels[i - 1].price) != direction)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct book book;
    const struct venue *venues[] = {test_binance(), &test_kraken, &test_okx};
    struct diag d = {0};
    if (size == 0)
        return 0;
    struct str body = {(const char *)data + 1, size - 1};
    if (venue_decode_book(venues[data[0] % 3], body, &book, &d) != 0) {
        if (d.text[0] == '\0')
            abort();
        return 0;
    }
    check_side(book.bids, book.bid_count, -1);
    check_side(book.asks, book.ask_count, 1);
    if (book.bid_count && book.ask_count &&
        decimal_cmp(book.bids[0].price, book.asks[0].price) >= 0)
        abort();
    return 0;
}
