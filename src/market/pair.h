// SPDX-License-Identifier: Apache-2.0
// Trading pairs: "VET/USDT" to people, "VETUSDT" to Binance. Asset names are UTF-8, upper-cased in
// ASCII (exchanges list names outside ASCII since 2025-12).
#ifndef MARKET_PAIR_H
#define MARKET_PAIR_H

#include "base/err.h"
#include "base/str.h"

#define ASSET_MAX     24 // bytes with NUL
#define PAIR_TEXT_MAX (2 * ASSET_MAX + 1)

struct pair {
    char base[ASSET_MAX];
    char quote[ASSET_MAX];
};

bool pair_equal(const struct pair *a, const struct pair *b);
void pair_format(const struct pair *p, char out[static PAIR_TEXT_MAX]); // "VET/USDT"
// Upper-cased copy of an asset name: 1..23 bytes of UTF-8 without blanks, control characters, '/',
// '-', '_' or quotes. ERR_SYNTAX, ERR_RANGE when too long.
int asset_parse(struct str text, char out[static ASSET_MAX]) MUST_CHECK;
// Exactly "BASE/QUOTE" (any letter case). ERR_SYNTAX, ERR_RANGE when a name is too long.
int pair_parse(struct str text, struct pair *out) MUST_CHECK;

// Reads what a user types: "VET", "VET/USDT", "VETUSDT", "vet-usdt", "VET_USDT". known() tells
// whether a market exists; default_quote completes a bare base. The order tried is documented in
// pair.c; ERR_NOT_FOUND when no reading is known (d->text says which were tried), ERR_SYNTAX or
// ERR_RANGE when the text cannot name a pair.
typedef bool (*pair_known_fn)(void *arg, const struct pair *candidate);
int pair_resolve(struct str text, struct str default_quote, pair_known_fn known, void *arg,
                 struct pair *out, struct diag *d) MUST_CHECK;

#endif
