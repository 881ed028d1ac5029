// SPDX-License-Identifier: Apache-2.0
// Names and manners of generated markets. Well-known coins trade well; of the made-up ones some
// have a wide spread, a thin book or hardly any volume, so that a gate has good reasons to refuse.
#include "practice/generated.h"
#include "practice/path.h"

#include <math.h>

struct known_coin {
    const char *name;
    double price, quote_volume_millions;
    int listed_year, listed_month, listed_day;
};

static const struct known_coin known_coins[] = {
    {"BTC", 62000, 1900, 2017, 8, 17},   {"ETH", 2900, 950, 2017, 8, 17},
    {"VET", 0.0325, 28, 2018, 7, 25},    {"BNB", 410, 240, 2017, 11, 6},
    {"XRP", 0.58, 330, 2018, 5, 4},      {"ADA", 0.46, 110, 2018, 4, 17},
    {"SOL", 104, 620, 2020, 8, 11},      {"DOGE", 0.121, 290, 2019, 7, 5},
    {"LINK", 15.2, 84, 2019, 1, 16},     {"LTC", 83, 74, 2017, 12, 13},
    {"DOT", 6.9, 58, 2020, 8, 18},       {"TRX", 0.118, 52, 2018, 6, 11},
    {"XLM", 0.112, 31, 2018, 5, 31},     {"ATOM", 9.1, 33, 2019, 4, 29},
    {"ETC", 25.4, 36, 2018, 6, 12},      {"FIL", 5.7, 41, 2020, 10, 15},
    {"ALGO", 0.178, 18, 2019, 6, 22},    {"AVAX", 34.5, 97, 2020, 9, 22},
    {"UNI", 7.3, 40, 2020, 9, 17},       {"AAVE", 92, 24, 2020, 10, 15},
    {"EOS", 0.71, 22, 2018, 5, 28},      {"NEO", 12.1, 15, 2017, 11, 20},
    {"BCH", 260, 60, 2019, 11, 28},      {"NEAR", 4.1, 55, 2020, 10, 14},
    {"MKR", 2050, 21, 2020, 7, 23},      {"COMP", 57, 9, 2020, 6, 25},
    {"CRV", 0.48, 17, 2020, 8, 15},      {"SAND", 0.44, 19, 2020, 8, 14},
    {"MANA", 0.45, 14, 2020, 8, 6},      {"GRT", 0.17, 16, 2020, 12, 17},
    {"ZEC", 23.6, 11, 2019, 3, 21},      {"DASH", 29, 8, 2019, 3, 28},
    {"QTUM", 3.6, 9, 2018, 3, 30},       {"ONT", 0.25, 7, 2018, 6, 12},
    {"IOTA", 0.24, 8, 2018, 5, 31},      {"BAT", 0.23, 6, 2019, 3, 8},
    {"KAVA", 0.69, 6, 2019, 10, 23},     {"YFI", 7300, 10, 2020, 8, 10},
    {"SHIB", 0.0000105, 90, 2020, 8, 1}, {"ENJ", 0.31, 5, 2019, 6, 1},
};
#define KNOWN_COUNT (sizeof(known_coins) / sizeof(known_coins[0]))

enum {
    SALT_PRICE = 101,
    SALT_VOLUME,
    SALT_CLASS,
    SALT_LISTED
};

// Made-up names are numbers in a base of syllables, so no two indices share one. Three syllables or
// more keep them apart from the well-known names above.
static void made_up_name(size_t index, char out[static ASSET_MAX])
{
    static const char consonants[] = "BDFGKLMNPRSTVZ";
    static const char vowels[] = "AEIOU";
    const size_t syllables = (sizeof(consonants) - 1) * (sizeof(vowels) - 1);
    size_t len = 0;
    for (int i = 0; i < 3; i++) {
        size_t s = index % syllables;
        // A step coprime with the number of syllables makes neighbours look different.
        s = (s * 37 + 11 + (size_t)i * 23) % syllables;
        out[len++] = consonants[s / (sizeof(vowels) - 1)];
        out[len++] = vowels[s % (sizeof(vowels) - 1)];
        index /= syllables;
    }
    out[len] = '\0';
}

static void set_manners(struct generated_coin *c, double u)
{
    if (u < 0.55) { // liquid
        c->spread_bps = 2 + 4 * u;
        c->level_quote = c->quote_volume / 4000;
        c->silence = 0.02;
    } else if (u < 0.75) { // a thin book
        c->spread_bps = 12 + 40 * (u - 0.55);
        c->level_quote = 40 + 300 * (u - 0.55);
        c->silence = 0.2;
    } else if (u < 0.9) { // a wide spread
        c->spread_bps = 80 + 1200 * (u - 0.75);
        c->level_quote = 150;
        c->silence = 0.4;
    } else { // hardly traded
        c->quote_volume = 2000 + 300000 * (u - 0.9);
        c->spread_bps = 150;
        c->level_quote = 30;
        c->silence = 0.75;
    }
}

int generated_coin(uint64_t seed, size_t index, struct generated_coin *out)
{
    memset(out, 0, sizeof(*out));
    if (index < KNOWN_COUNT) {
        const struct known_coin *k = &known_coins[index];
        out->price = k->price;
        out->quote_volume = k->quote_volume_millions * 1e6;
        out->spread_bps = index < 2 ? 0.2 : 1.5;
        out->level_quote = out->quote_volume / 8000;
        out->silence = 0.01;
        out->listed_at =
            days_from_civil(k->listed_year, (unsigned)k->listed_month, (unsigned)k->listed_day) *
            MS_DAY;
        return str_copy(out->name, sizeof(out->name), str_from(k->name));
    }
    uint64_t h = path_hash(seed, index + 7919);
    made_up_name(index - KNOWN_COUNT, out->name);
    out->price = exp(log(10.0) * (5.5 * path_unit(path_hash(h, SALT_PRICE)) - 4.0));
    out->quote_volume = 3e5 * exp(4.0 * path_unit(path_hash(h, SALT_VOLUME)));
    set_manners(out, path_unit(path_hash(h, SALT_CLASS)));
    out->listed_at =
        (days_from_civil(2018, 1, 1) + (int64_t)(path_hash(h, SALT_LISTED) % 1000)) * MS_DAY +
        (int64_t)(path_hash(h, SALT_LISTED + 1) % 24) * MS_HOUR;
    return 0;
}
