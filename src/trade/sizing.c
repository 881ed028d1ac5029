// SPDX-License-Identifier: Apache-2.0
// From what a signal asks for to a quantity on the exchange's grid.
#include "trade/sizing.h"

#include "trade/trade_internal.h"

#include <math.h>

bool sizing_is_by_money(const struct raw_signal *signal)
{
    return signal->action != SIGNAL_EXIT && isnan(signal->qty);
}

// An explicit quantity; zero or less means nothing.
static int explicit_qty(double qty, struct decimal *out)
{
    int rc = trade__from_double(qty, DECIMAL_SCALE_MAX, ROUND_DOWN, out);
    if (!rc && out->units < 0)
        *out = DECIMAL_ZERO;
    return rc;
}

static int entry_amount(const struct raw_signal *signal, const struct portfolio_settings *settings,
                        struct decimal equity, struct decimal *out)
{
    if (!isnan(signal->cash_amount))
        return trade__from_double(signal->cash_amount, TRADE__MONEY_SCALE, ROUND_DOWN, out);
    double percent =
        isnan(signal->equity_percent) ? settings->order_size_percent : signal->equity_percent;
    return trade__percent_of(equity, percent, ROUND_DOWN, out);
}

// What one unit takes out of the account: price * (1 + fee).
static int price_with_fee(struct decimal price, double fee_bps, struct decimal *out)
{
    struct decimal ten_thousand = {10000, 0}, factor;
    if (!(fee_bps >= 0))
        return ERR_INVALID;
    int rc = trade__from_double(fee_bps, 8, ROUND_UP, &factor);
    if (!rc)
        rc = decimal_add(ten_thousand, factor, &factor);
    if (!rc)
        rc = trade__mul(price, factor, DECIMAL_SCALE_MAX, ROUND_UP, &factor);
    if (!rc)
        rc = trade__div(factor, ten_thousand, DECIMAL_SCALE_MAX, ROUND_UP, out);
    return rc;
}

static int wanted_by_money(const struct raw_signal *signal,
                           const struct portfolio_settings *settings, struct decimal equity,
                           struct decimal price, struct decimal *out)
{
    if (price.units <= 0)
        return ERR_INVALID;
    struct decimal amount, unit;
    int rc = entry_amount(signal, settings, equity, &amount);
    if (!rc)
        rc = price_with_fee(price, settings->fee_bps, &unit);
    if (rc)
        return rc;
    if (amount.units <= 0) {
        *out = DECIMAL_ZERO;
        return 0;
    }
    return trade__div(amount, unit, DECIMAL_SCALE_MAX, ROUND_DOWN, out);
}

static int wanted_exit(const struct raw_signal *signal, struct decimal held, struct decimal *out)
{
    struct decimal qty = held;
    int rc = 0;
    if (!isnan(signal->qty))
        rc = explicit_qty(signal->qty, &qty);
    else if (!isnan(signal->qty_percent) && signal->qty_percent < 100)
        rc = trade__percent_of(held, fmax(signal->qty_percent, 0), ROUND_DOWN, &qty);
    if (!rc)
        *out = decimal_min(qty, held);
    return rc;
}

int sizing_wanted(const struct raw_signal *signal, const struct portfolio_settings *settings,
                  struct decimal equity, struct decimal position_qty, struct decimal price,
                  struct decimal *out_qty)
{
    if (signal->action == SIGNAL_EXIT)
        return wanted_exit(signal, position_qty, out_qty);
    if (!isnan(signal->qty))
        return explicit_qty(signal->qty, out_qty);
    return wanted_by_money(signal, settings, equity, price, out_qty);
}

int sizing_qty(const struct raw_signal *signal, const struct portfolio_settings *settings,
               struct decimal equity, struct decimal position_qty, struct decimal price,
               const struct market_filters *filters, struct decimal *out_qty)
{
    struct decimal wanted;
    int rc = sizing_wanted(signal, settings, equity, position_qty, price, &wanted);
    return rc ? rc : filters_round_qty(filters, true, wanted, out_qty);
}
