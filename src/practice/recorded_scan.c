// SPDX-License-Identifier: Apache-2.0
// Finds the recorded files, scans each once, and makes markets of them: digits, tick, lot, how
// liquid they are, where a replay best begins.
#include "practice/path.h"
#include "practice/recorded_internal.h"

#include <dirent.h>
#include <math.h>
#include <sys/stat.h>

#define MARKETS_MAX    20000u
#define PREFERRED_NAME "binance"
#define HISTORY_ROWS   600          // rows wanted before the default start
#define AHEAD_ROWS     600          // and after it, but
#define AHEAD_MS       (3 * MS_DAY) // at least so much time

// ---- one market ---------------------------------------------------------------------------------

static bool is_timeframe_file(const char *name, enum timeframe tf, char *out, size_t cap,
                              const char *dir)
{
    static const char *const endings[] = {".csv.gz", ".csv"};
    size_t code = strlen(timeframe_code(tf));
    for (size_t i = 0; i < 2; i++) {
        if (strncmp(name, timeframe_code(tf), code) == 0 && strcmp(name + code, endings[i]) == 0)
            return str_printf(out, cap, "%s/%s", dir, name) == 0;
    }
    return false;
}

static int list_series(struct recorded_market *own, const char *dir, struct diag *d)
{
    DIR *folder = opendir(dir);
    const struct dirent *entry;
    if (!folder)
        return diag_set(d, ERR_NOT_FOUND, "cannot open %s", dir);
    while ((entry = readdir(folder)) != NULL) {
        for (int tf = 0; tf < TF_COUNT; tf++) {
            struct series *s = &own->series[tf];
            if (is_timeframe_file(entry->d_name, (enum timeframe)tf, s->path, sizeof(s->path), dir))
                s->recorded = true;
        }
    }
    closedir(folder);
    return 0;
}

// A liquid market has a narrow spread and deep levels. The classes are round guesses.
static void set_manners(struct practice_market *m, double quote_a_day)
{
    m->spread_bps = quote_a_day > 1e8   ? 0.5
                    : quote_a_day > 1e7 ? 2
                    : quote_a_day > 1e6 ? 6
                    : quote_a_day > 1e5 ? 25
                                        : 100;
    m->level_quote = quote_a_day / 8000 < 20 ? 20 : quote_a_day / 8000;
}

static void set_steps(struct practice_market *m, double price, int32_t price_digits)
{
    int lot_digits = (int)floor(log10(price)) + 1;
    m->price_digits = price_digits;
    m->volume_digits = 0;
    m->tick = 1;
    for (int32_t i = price_digits; i < m->price_scale; i++)
        m->tick *= 10;
    m->lot = (struct decimal){1, lot_digits < 0 ? 0 : lot_digits > 5 ? 5 : lot_digits};
    m->min_notional = (struct decimal){5, 0};
}

static int scan_market(struct practice_market *m, struct recorded_market *own, bool *any,
                       struct diag *d)
{
    int32_t price_digits = 0;
    double quote_a_day = 0, price = 1;
    *any = false;
    m->listed_at = PRACTICE_NEVER;
    for (int tf = TF_COUNT - 1; tf >= 0; tf--) { // the finest comes last and decides
        struct series *s = &own->series[tf];
        struct series_scan scan;
        if (!s->recorded)
            continue;
        int err = series_scan(s->path, &scan, d);
        if (err != 0)
            return err;
        s->first = scan.first;
        s->last = scan.last;
        s->count = scan.count;
        time_ms end =
            timeframe_next((enum timeframe)tf, timeframe_open_of((enum timeframe)tf, scan.last));
        m->listed_at = scan.first < m->listed_at ? scan.first : m->listed_at;
        m->ended_at = end > m->ended_at ? end : m->ended_at;
        m->price_scale = scan.price_scale > m->price_scale ? scan.price_scale : m->price_scale;
        price_digits = scan.price_digits > price_digits ? scan.price_digits : price_digits;
        price = scan.last_price;
        quote_a_day = scan.quote_sum / (double)scan.count * (double)MS_DAY /
                      (double)timeframe_min_length_ms((enum timeframe)tf);
        *any = true;
    }
    set_steps(m, price, price_digits);
    set_manners(m, quote_a_day);
    return 0;
}

// "VET-USDT" names a market folder.
static bool market_of_folder(const char *name, struct practice_market *m)
{
    struct str text = str_from(name);
    size_t dash = str_find(text, '-', 0);
    memset(m, 0, sizeof(*m));
    if (dash == 0 || dash + 1 >= text.len || str_find(text, '-', dash + 1) < text.len)
        return false;
    for (size_t i = 0; i < text.len; i++) { // the names go into JSON as they are
        if ((unsigned char)text.data[i] <= ' ' || text.data[i] == '"' || text.data[i] == '\\' ||
            text.data[i] == '.')
            return false;
    }
    return str_copy(m->pair.base, ASSET_MAX, str_sub(text, 0, dash)) == 0 &&
           str_copy(m->pair.quote, ASSET_MAX, str_sub(text, dash + 1, text.len)) == 0 &&
           str_printf(m->symbol, sizeof(m->symbol), "%s%s", m->pair.base, m->pair.quote) == 0;
}

// ---- the folder ---------------------------------------------------------------------------------

static int grow(struct recorded_feed *f)
{
    if (f->base.market_count < f->cap)
        return 0;
    if (f->cap == MARKETS_MAX)
        return ERR_FULL;
    size_t cap = f->cap ? f->cap * 2 : 64;
    cap = cap < MARKETS_MAX ? cap : MARKETS_MAX;
    struct practice_market *base = realloc(f->base.markets, cap * sizeof(*base));
    if (!base)
        return ERR_NO_MEMORY;
    f->base.markets = base;
    struct recorded_market *own = realloc(f->markets, cap * sizeof(*own));
    if (!own)
        return ERR_NO_MEMORY;
    f->markets = own;
    f->cap = cap;
    return 0;
}

static int add_market(struct recorded_feed *f, const char *dir, const char *name, uint64_t seed,
                      struct diag *d)
{
    char path[SERIES_PATH_MAX];
    struct practice_market m;
    bool any = false;
    if (!market_of_folder(name, &m))
        return 0;
    int err = grow(f);
    if (err != 0)
        return diag_set(d, err, "%s: %s", dir, err_text(err));
    struct recorded_market *own = &f->markets[f->base.market_count];
    memset(own, 0, sizeof(*own));
    err = str_printf(path, sizeof(path), "%s/%s", dir, name);
    if (err != 0)
        return diag_set(d, err, "the path of %s is too long", name);
    err = list_series(own, path, d);
    if (err == 0)
        err = scan_market(&m, own, &any, d);
    if (err != 0 || !any)
        return err;
    m.seed = path_hash(seed, hash_bytes(m.symbol, strlen(m.symbol), 1));
    f->base.markets[f->base.market_count++] = m;
    return 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_folder(struct recorded_feed *f, const char *dir, uint64_t seed, struct diag *d)
{
    struct dirent **names = NULL;
    int n = scandir(dir, &names, NULL, by_name);
    int err = 0;
    if (n < 0)
        return diag_set(d, ERR_NOT_FOUND,
                        "cannot open %s; --data takes a folder with BASE-QUOTE/TIMEFRAME.csv.gz",
                        dir);
    for (int i = 0; i < n; i++) {
        if (err == 0)
            err = add_market(f, dir, names[i]->d_name, seed, d);
        free(names[i]);
    }
    free(names);
    return err;
}

// ---- where to begin -----------------------------------------------------------------------------

struct span {
    time_ms from, to;
};

static bool useful_span(const struct series *s, enum timeframe tf, struct span *out)
{
    int64_t length = timeframe_min_length_ms(tf);
    int64_t ahead = AHEAD_ROWS * length > AHEAD_MS ? AHEAD_ROWS * length : AHEAD_MS;
    out->from = s->first + HISTORY_ROWS * length;
    out->to = s->last + length - ahead;
    return s->recorded && out->from <= out->to;
}

// How good a moment is: the number of timeframes with rows enough around it, then of series.
static size_t rate_start(const struct recorded_feed *f, time_ms t)
{
    struct span span;
    size_t timeframes = 0, all = 0;
    for (int tf = 0; tf < TF_COUNT; tf++) {
        size_t n = 0;
        for (size_t i = 0; i < f->base.market_count; i++)
            n += useful_span(&f->markets[i].series[tf], (enum timeframe)tf, &span) &&
                 t >= span.from && t <= span.to;
        timeframes += n > 0;
        all += n;
    }
    return timeframes * MARKETS_MAX * TF_COUNT + all;
}

// The best midnight, of equals the latest. The rating can only fall where a span ends, so the ends
// are the candidates.
static time_ms choose_start(const struct recorded_feed *f)
{
    struct span span;
    size_t best_rating = 0;
    time_ms best = f->base.markets[0].listed_at;
    for (size_t i = 0; i < f->base.market_count; i++) {
        for (int tf = 0; tf < TF_COUNT; tf++) {
            if (!useful_span(&f->markets[i].series[tf], (enum timeframe)tf, &span))
                continue;
            time_ms t = span.to - span.to % MS_DAY;
            size_t rating = rate_start(f, t);
            if (rating > best_rating || (rating == best_rating && rating > 0 && t > best)) {
                best_rating = rating;
                best = t;
            }
        }
    }
    return best;
}

int recorded__scan(struct recorded_feed *f, const char *dir, uint64_t seed, struct diag *d)
{
    char inner[SERIES_PATH_MAX];
    struct stat st;
    int err = str_printf(inner, sizeof(inner), "%s/%s", dir, PREFERRED_NAME);
    if (err != 0)
        return diag_set(d, err, "the path of the data folder is too long");
    bool has_inner = stat(inner, &st) == 0 && S_ISDIR(st.st_mode);
    err = add_folder(f, has_inner ? inner : dir, seed, d);
    if (err == 0 && f->base.market_count == 0)
        err = diag_set(d, ERR_NOT_FOUND,
                       "no candles in %s; --data takes a folder with BASE-QUOTE/TIMEFRAME.csv.gz",
                       dir);
    if (err == 0)
        f->base.default_start = choose_start(f);
    return err;
}
