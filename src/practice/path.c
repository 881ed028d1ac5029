// SPDX-License-Identifier: Apache-2.0
// The split: silent children are chosen, prices run on a bridge from open to close, one child is
// given the high and one the low, sums are shared out by cumulative rounding (so nothing is lost).
#include "practice/path.h"

#include <math.h>
#include <string.h>

enum {
    SALT_SILENT = 1,
    SALT_STEP,
    SALT_WICK,
    SALT_WEIGHT
};

struct split {
    const struct path_node *parent;
    struct path_node *out;
    uint64_t seed;
    unsigned n;
    unsigned active; // children with trades
    bool is_active[PATH_CHILDREN_MAX];
    int64_t weight[PATH_CHILDREN_MAX]; // 0 for silent ones
};

uint64_t path_hash(uint64_t seed, uint64_t salt)
{
    uint64_t z = seed + UINT64_C(0x9e3779b97f4a7c15) * (salt + 1);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

double path_unit(uint64_t hash)
{
    return (double)(hash >> 11) * 0x1p-53;
}

double path_normal(uint64_t hash)
{
    // Four 16-bit uniforms: variance 4/12, so the sum is scaled by sqrt(3).
    double sum = (double)(hash & 0xffff) + (double)((hash >> 16) & 0xffff) +
                 (double)((hash >> 32) & 0xffff) + (double)(hash >> 48);
    return (sum / 65536.0 - 2.0 + 2.0 / 65536.0) * 1.7320508075688772;
}

static uint64_t child_hash(const struct split *s, unsigned i, unsigned salt)
{
    return path_hash(s->seed, (uint64_t)i * 8 + salt);
}

static void choose_active(struct split *s, double silence)
{
    int64_t most = s->parent->trades > 0 && s->parent->trades < s->n ? s->parent->trades : s->n;
    unsigned loudest = 0;
    for (unsigned i = 0; i < s->n; i++) {
        double u = path_unit(child_hash(s, i, SALT_SILENT));
        if (u > path_unit(child_hash(s, loudest, SALT_SILENT)))
            loudest = i;
        s->is_active[i] = u >= silence;
        s->active += s->is_active[i];
    }
    for (unsigned i = 0; i < s->n && s->active > most; i++) {
        if (s->is_active[i] && i != loudest) {
            s->is_active[i] = false;
            s->active--;
        }
    }
    if (s->active == 0) {
        s->is_active[loudest] = true;
        s->active = 1;
    }
}

static int64_t clamp(int64_t v, int64_t low, int64_t high)
{
    return v < low ? low : v > high ? high : v;
}

// Opens and closes: a Brownian bridge over the active children, clamped to the parent's range.
static void lay_closes(struct split *s)
{
    const struct path_node *p = s->parent;
    double steps[PATH_CHILDREN_MAX];
    double total = 0, walk = 0;
    double m = (double)s->active;
    double scale = (double)(p->high - p->low) * 0.8 / sqrt(m);
    int64_t at = p->open;
    unsigned k = 0;
    for (unsigned i = 0; i < s->n; i++) {
        steps[i] = s->is_active[i] ? path_normal(child_hash(s, i, SALT_STEP)) : 0;
        total += steps[i];
    }
    for (unsigned i = 0; i < s->n; i++) {
        struct path_node *c = &s->out[i];
        c->open = at;
        if (s->is_active[i]) {
            k++;
            walk += steps[i];
            double part = (double)k / m;
            double price = (double)p->open + (double)(p->close - p->open) * part +
                           scale * (walk - total * part);
            at = k == s->active ? p->close : clamp(llround(price), p->low, p->high);
        }
        c->close = at;
        c->high = c->open > at ? c->open : at;
        c->low = c->open < at ? c->open : at;
    }
}

static void lay_wicks(struct split *s)
{
    const struct path_node *p = s->parent;
    double reach = (double)(p->high - p->low) * 0.4 / sqrt((double)s->active);
    struct path_node *top = NULL, *bottom = NULL;
    for (unsigned i = 0; i < s->n; i++) {
        struct path_node *c = &s->out[i];
        if (!s->is_active[i])
            continue;
        uint64_t h = child_hash(s, i, SALT_WICK);
        double up = path_unit(h), down = path_unit(path_hash(h, 0));
        c->high = clamp(c->high + (int64_t)(reach * up * up), c->low, p->high);
        c->low = clamp(c->low - (int64_t)(reach * down * down), p->low, c->high);
        if (!top || c->high > top->high)
            top = c;
        if (!bottom || c->low < bottom->low)
            bottom = c;
    }
    if (top)
        top->high = p->high;
    if (bottom)
        bottom->low = p->low;
}

// The share of total that belongs to the part of all counted so far; monotonous in part.
static int64_t share(int64_t total, int64_t part, int64_t all)
{
    int64_t product = 0;
    if (all <= 0)
        return 0;
    if (!__builtin_mul_overflow(total, part, &product)) // nearly always, and much faster
        return product / all;
    return (int64_t)((__int128)total * part / all);
}

static void share_out(struct split *s)
{
    const struct path_node *p = s->parent;
    bool trade_each = p->trades >= (int64_t)s->active;
    bool lot_each = trade_each && p->volume >= p->trades;
    int64_t trades = trade_each ? p->trades - (int64_t)s->active : p->trades;
    int64_t lots = lot_each ? p->volume - p->trades : p->volume;
    int64_t sum = 0, part = 0;
    for (unsigned i = 0; i < s->n; i++) {
        int64_t r = (int64_t)(child_hash(s, i, SALT_WEIGHT) & 0xffff);
        s->weight[i] = s->is_active[i] ? 4096 + (r * r >> 15) : 0;
        sum += s->weight[i];
    }
    for (unsigned i = 0; i < s->n; i++) {
        struct path_node *c = &s->out[i];
        int64_t before = part;
        part += s->weight[i];
        c->trades = share(trades, part, sum) - share(trades, before, sum);
        c->volume = share(lots, part, sum) - share(lots, before, sum);
        c->trades += trade_each && s->is_active[i];
        c->volume += lot_each ? c->trades : 0;
    }
}

static int64_t middle_of(const struct path_node *c)
{
    return (c->open + c->high + c->low + c->close) / 4;
}

// Room of a child's quote volume up to its high, or down to its low.
static int64_t room_of(const struct path_node *c, bool up)
{
    return c->volume * (up ? c->high - middle_of(c) : middle_of(c) - c->low);
}

// The parent's quote volume must lie between what the children come to at their lows and at their
// highs. Where it does not, volume moves to the child that holds the parent's low (or high); each
// child keeps a lot for every trade.
static void make_room(struct split *s, bool up)
{
    const struct path_node *p = s->parent;
    int64_t bound = 0, gain = 0;
    struct path_node *to = NULL;
    for (unsigned i = 0; i < s->n; i++) {
        struct path_node *c = &s->out[i];
        int64_t price = up ? c->high : c->low;
        bound += c->volume * price;
        gain += (c->volume - c->trades) * (up ? p->high - price : price - p->low);
        if (s->is_active[i] && price == (up ? p->high : p->low))
            to = c;
    }
    int64_t need = up ? p->quote - bound : bound - p->quote;
    if (need <= 0 || gain <= 0 || !to)
        return;
    need = need < gain ? need : gain;
    for (unsigned i = 0; i < s->n; i++) {
        struct path_node *c = &s->out[i];
        int64_t spare = c->volume - c->trades;
        if (c == to || spare <= 0)
            continue;
        int64_t moved = (int64_t)(((__int128)spare * need + gain - 1) / gain);
        c->volume -= moved;
        to->volume += moved;
    }
}

// Quote volumes start at volume x middle price. What is then missing to the parent's sum (or too
// much) is taken from the room each child has; in the rare case that this is not enough, the rest
// is spread in proportion, so that none becomes negative.
static void share_quote(struct split *s)
{
    int64_t sum = 0, room = 0, part = 0;
    make_room(s, true);
    make_room(s, false);
    for (unsigned i = 0; i < s->n; i++) {
        s->out[i].quote = s->out[i].volume * middle_of(&s->out[i]);
        sum += s->out[i].quote;
    }
    int64_t missing = s->parent->quote - sum;
    for (unsigned i = 0; i < s->n; i++)
        room += room_of(&s->out[i], missing > 0);
    int64_t first = clamp(missing, -room, room), rest = missing - first, so_far = 0;
    int64_t all = sum + first;
    for (unsigned i = 0; i < s->n; i++) {
        struct path_node *c = &s->out[i];
        int64_t before = part;
        part += room_of(c, missing > 0);
        c->quote += share(first, part, room) - share(first, before, room);
        before = so_far;
        so_far += c->quote;
        c->quote += share(rest, so_far, all) - share(rest, before, all);
    }
}

static void share_taker(struct split *s)
{
    const struct path_node *p = s->parent;
    int64_t volume = 0, quote = 0;
    for (unsigned i = 0; i < s->n; i++) {
        struct path_node *c = &s->out[i];
        c->taker_volume = share(p->taker_volume, volume + c->volume, p->volume) -
                          share(p->taker_volume, volume, p->volume);
        c->taker_quote = share(p->taker_quote, quote + c->quote, p->quote) -
                         share(p->taker_quote, quote, p->quote);
        volume += c->volume;
        quote += c->quote;
    }
}

void path_split(const struct path_node *parent, uint64_t seed, unsigned n, double silence,
                struct path_node *out)
{
    struct split s = {.parent = parent, .out = out, .seed = seed, .n = n};
    memset(out, 0, n * sizeof(*out));
    choose_active(&s, silence);
    lay_closes(&s);
    lay_wicks(&s);
    if (parent->volume <= 0)
        return;
    share_out(&s);
    if (parent->quote > 0)
        share_quote(&s);
    share_taker(&s);
}
