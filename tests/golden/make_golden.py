#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the golden vectors of this folder: each indicator computed straight from its documented
formula, over the whole window on every bar, with nothing but Python's standard library. It shares no
code and no method with the kernels. Run it here; the files it writes are committed."""
import math

BARS = 320
FILES = {}


# --- the bars ------------------------------------------------------------------------------------

def lcg(seed):
    while True:
        seed = (seed * 6364136223846793005 + 1442695040888963407) % 2**64
        yield (seed >> 11) / 2**53


def make_bars():
    r = lcg(20260101)
    price, bars = 100.0, []
    for i in range(BARS):
        flat = 200 <= i < 230
        o = price
        price = max(1.0, round(price * (1 + (next(r) - 0.5) * 0.04), 2))
        if flat:
            price = o
        h = o if flat else round(max(o, price) + next(r), 2)
        l = o if flat else round(max(0.5, min(o, price) - next(r)), 2)
        bars.append(dict(open=o, high=h, low=l, close=price, volume=round(next(r) * 500, 3) if not flat else 0.0,
                         time=1700006400000 + i * 3600000, other=round(50 + 10 * math.sin(i / 7) + next(r), 3),
                         condition=1.0 if next(r) < 0.15 else 0.0, coarse=float(round(price / 4)),
                         length=float(1 + i % 11)))
    for i, b in enumerate(bars):
        b['hl2'] = (b['high'] + b['low']) / 2
        b['hlc3'] = (b['high'] + b['low'] + b['close']) / 3
        b['lead'] = None if i < 17 else b['close']
        b['gaps'] = None if i % 23 in (5, 6, 7) or i % 31 == 11 else b['close']
    return {k: [b[k] for b in bars] for k in bars[0]}


DATA = make_bars()
O, H, L, C, V, T = (DATA[k] for k in ('open', 'high', 'low', 'close', 'volume', 'time'))


# --- helpers: na is None -------------------------------------------------------------------------

def each(f):
    return [f(i) for i in range(BARS)]


def div(a, b):
    return None if a is None or b is None or b == 0 else a / b


def minus(a, b):
    return None if a is None or b is None else a - b


def past(x, i, n):
    return x[i - n] if i >= n else None


def compact(x, i, n):
    """The last n values up to bar i that are not na."""
    v = [y for y in x[:i + 1] if y is not None]
    return v[-n:] if len(v) >= n else None


def on_window(x, n, f, hold):
    """f over the last n values that are not na; on an na bar that value again, or na."""
    def at(i):
        w = compact(x, i, n)
        return None if w is None or (x[i] is None and not hold) else f(w)
    return each(at)


def on_bars(x, n, f):
    """f over the last n bars, na among them."""
    return each(lambda i: None if i < n - 1 else f(x[i - n + 1:i + 1]))


def recursive(x, n, step):
    out, v, seed = [], None, []
    for y in x:
        if y is None:
            out.append(None)
            continue
        if v is None:
            seed.append(y)
            v = math.fsum(seed) / n if len(seed) == n else None
        else:
            v = step(v, y)
        out.append(v)
    return out


def ema(x, n):
    a = 2 / (n + 1)
    return recursive(x, n, lambda v, y: a * y + (1 - a) * v)


def rma(x, n):
    return recursive(x, n, lambda v, y: y / n + (1 - 1 / n) * v)


def msum(x, n):
    return on_window(x, n, math.fsum, True)


def sma(x, n):
    return on_window(x, n, lambda w: math.fsum(w) / n, True)


def wma(x, n):
    return on_window(x, n, lambda w: math.fsum((k + 1) * y for k, y in enumerate(w)) / (n * (n + 1) / 2), False)


def hma(x, n):
    d = [None if a is None or b is None else 2 * a - b for a, b in zip(wma(x, n // 2), wma(x, n))]
    return wma(d, int(math.sqrt(n)))


def vwma(x, v, n):
    return [div(a, b) for a, b in zip(sma([None if a is None else a * b for a, b in zip(x, v)], n), sma(v, n))]


def alma(x, n, offset, sigma, floor):
    m = offset * (n - 1)
    m = math.floor(m) if floor else m
    s = n / sigma
    w = [math.exp(-((i - m) ** 2) / (2 * s * s)) for i in range(n)]
    return on_bars(x, n, lambda b: None if None in b else math.fsum(p * q for p, q in zip(b, w)) / math.fsum(w))


def swma(x):
    return on_bars(x, 4, lambda b: None if None in b else b[0] / 6 + b[1] * 2 / 6 + b[2] * 2 / 6 + b[3] / 6)


def linreg(x, n, offset):
    def f(w):
        if n == 1:
            return w[0]
        mx, my = (n - 1) / 2, math.fsum(w) / n
        slope = math.fsum((k - mx) * (y - my) for k, y in enumerate(w)) / math.fsum((k - mx) ** 2 for k in range(n))
        return my - slope * mx + slope * (n - 1 - offset)
    return on_window(x, n, f, True)


def correlation(x, y, n):
    pairs = [None if a is None or b is None else (a, b) for a, b in zip(x, y)]

    def f(w):
        if any(len({p[k] for p in w}) == 1 for k in (0, 1)):
            return None  # a side that does not move
        ma, mb = (math.fsum(p[k] for p in w) / n for k in (0, 1))
        va, vb = math.fsum((p[0] - ma) ** 2 for p in w), math.fsum((p[1] - mb) ** 2 for p in w)
        return div(math.fsum((p[0] - ma) * (p[1] - mb) for p in w), math.sqrt(va * vb))
    return on_window(pairs, n, f, True)


def variance(x, n, biased=1):
    def f(w):
        m = math.fsum(w) / n
        return div(math.fsum((y - m) ** 2 for y in w), n if biased else n - 1)
    return on_window(x, n, f, True)


def stdev(x, n, biased=1):
    return [None if v is None else math.sqrt(v) for v in variance(x, n, biased)]


def dev(x, n):
    return on_window(x, n, lambda w: 0.0 if len(set(w)) == 1 else math.fsum(abs(y - math.fsum(w) / n) for y in w) / n, False)


def bb(x, n, mult):
    mid, s = sma(x, n), stdev(x, n)
    return (mid, [None if a is None else a + mult * b for a, b in zip(mid, s)],
            [None if a is None else a - mult * b for a, b in zip(mid, s)])


def tr(handle_na=0):
    def f(i):
        if i == 0:
            return H[0] - L[0] if handle_na else None
        return max(H[i] - L[i], abs(H[i] - C[i - 1]), abs(L[i] - C[i - 1]))
    return each(f)


def atr(n):
    return rma(tr(1), n)


def kc(x, n, mult, true_range):
    mid = ema(x, n)
    span = ema(tr() if true_range else [a - b for a, b in zip(H, L)], n)
    return (mid, [None if a is None or b is None else a + b * mult for a, b in zip(mid, span)],
            [None if a is None or b is None else a - b * mult for a, b in zip(mid, span)])


def change(x, n):
    return each(lambda i: minus(x[i], past(x, i, n)))


def rsi(x, n):
    v = [None if y is None else y for y in x]
    up, down, last = [], [], None
    for y in v:
        known = y is not None and last is not None
        up.append(max(y - last, 0) if known else None)
        down.append(max(last - y, 0) if known else None)
        last = y if y is not None else last

    def f(u, d):
        if u is None or d is None:
            return None
        return 100.0 if d == 0 else 100 - 100 / (1 + u / d)
    return [f(u, d) for u, d in zip(rma(up, n), rma(down, n))]


def macd(x, fast, slow, signal):
    m = [minus(a, b) for a, b in zip(ema(x, fast), ema(x, slow))]
    s = ema(m, signal)
    return m, s, [minus(a, b) for a, b in zip(m, s)]


def tsi(x, short, long):
    d = change(x, 1)
    a = ema(ema(d, long), short)
    b = ema(ema([None if y is None else abs(y) for y in d], long), short)
    return [div(p, q) for p, q in zip(a, b)]


def cmo(x, n):
    d = change(x, 1)
    a = msum([None if y is None else max(y, 0) for y in d], n)
    b = msum([None if y is None else max(-y, 0) for y in d], n)
    return [None if p is None else div(100 * (p - q), p + q) for p, q in zip(a, b)]


def cci(x, n):
    return [None if a is None or s is None or not d else (s - a) / (0.015 * d) for s, a, d in zip(x, sma(x, n), dev(x, n))]


def cog(x, n):
    return on_window(x, n, lambda w: -math.fsum(y * (k + 1) for k, y in enumerate(reversed(w))) / math.fsum(w), True)


def mfi(x, n):
    d = change(x, 1)
    a = msum([V[i] * (0.0 if d[i] is not None and d[i] <= 0 else x[i]) for i in range(BARS)], n)
    b = msum([V[i] * (0.0 if d[i] is not None and d[i] >= 0 else x[i]) for i in range(BARS)], n)
    return [None if p is None else 100.0 if q == 0 else 100 - 100 / (1 + p / q) for p, q in zip(a, b)]


def best(w, f):
    w = [y for y in w if y is not None]
    return f(w) if w else None


def highest(x, n):
    return on_bars(x, n, lambda w: best(w, max))


def lowest(x, n):
    return on_bars(x, n, lambda w: best(w, min))


def extreme_bars(x, n, f):
    return on_bars(x, n, lambda w: None if best(w, f) is None else float(w.index(best(w, f)) - (n - 1)))


def stoch(x, h, l, n):
    return [None if a is None else div(100 * (s - b), a - b) for s, a, b in zip(x, highest(h, n), lowest(l, n))]


def wpr(n):
    return [None if a is None else div(100 * (s - a), a - b) for s, a, b in zip(C, highest(H, n), lowest(L, n))]


def pivot(x, left, right, high):
    def f(i):
        c = i - right
        if c - left < 0:
            return None
        older, newer = x[c - left:c], x[c + 1:i + 1]
        if high:
            return x[c] if all(y <= x[c] for y in older) and all(y < x[c] for y in newer) else None
        return x[c] if all(y >= x[c] for y in older) and all(y > x[c] for y in newer) else None
    return each(f)


def monotone(x, n, rising):
    def step(i):
        if i < 1 or x[i] is None or x[i - 1] is None:
            return False
        return x[i] > x[i - 1] if rising else x[i] < x[i - 1]
    return each(lambda i: 1.0 if i >= n and all(step(k) for k in range(i - n + 1, i + 1)) else 0.0)


def running(x, f):
    return each(lambda i: best(x[:i + 1], f))


def median(x, n):
    return on_window(x, n, lambda w: sorted(w)[n // 2] if n % 2 else (sorted(w)[n // 2 - 1] + sorted(w)[n // 2]) / 2, False)


def mode(x, n):
    return on_window(x, n, lambda w: min(w, key=lambda y: (-w.count(y), y)), False)


def nearest_rank(x, n, p):
    return on_window(x, n, lambda w: sorted(w)[max(math.ceil(p / 100 * n), 1) - 1], False)


def linear_percentile(x, n, p):
    def f(w):
        if None in w:
            return None
        rank = min(max(n * p / 100 + 0.5, 1), n)
        k = int(rank)
        s = sorted(w)
        return s[k - 1] + (rank - k) * (s[min(k, n - 1)] - s[k - 1])
    return on_bars(x, n, f)


def percentrank(x, n):
    return on_bars(x, n + 1, lambda w: None if None in w else 100 * sum(y <= w[-1] for y in w[:-1]) / n)


def crossings(x, y):
    over, under, last = [], [], None
    for a, b in zip(x, y):
        known = a is not None and b is not None
        over.append(1.0 if known and last and a > b and last[0] <= last[1] else 0.0)
        under.append(1.0 if known and last and a < b and last[0] >= last[1] else 0.0)
        last = (a, b) if known else last
    return over, under


def valuewhen(cond, x, n):
    def f(i):
        hits = [k for k in range(i + 1) if cond[k]]
        return x[hits[-1 - n]] if len(hits) > n else None
    return each(f)


def barssince(cond):
    return each(lambda i: next((float(k) for k in range(i + 1) if cond[i - k]), None))


def cum(x):
    return each(lambda i: None if x[i] is None else math.fsum(y for y in x[:i + 1] if y is not None))


def obv():
    return cum([None] + [(C[i] > C[i - 1]) * V[i] - (C[i] < C[i - 1]) * V[i] for i in range(1, BARS)])


def accdist():
    return cum([0.0 if h == l else ((c - l) - (h - c)) / (h - l) * v for h, l, c, v in zip(H, L, C, V)])


def pvt():
    return cum([None] + [(C[i] - C[i - 1]) / C[i - 1] * V[i] for i in range(1, BARS)])


def wad():
    def term(i):
        if C[i] > C[i - 1]:
            return C[i] - min(L[i], C[i - 1])
        return C[i] - max(H[i], C[i - 1]) if C[i] < C[i - 1] else 0.0
    return cum([None] + [term(i) for i in range(1, BARS)])


def volume_index(more):
    out = [1.0]
    for i in range(1, BARS):
        moves = V[i] > V[i - 1] if more else V[i] < V[i - 1]
        out.append(out[-1] + (C[i] - C[i - 1]) / C[i - 1] * out[-1] if moves else out[-1])
    return out


def vwap(x, starts, mult=None):
    out, first = [], None
    for i in range(BARS):
        first = i if starts[i] else first
        if first is None:
            out.append((None, None, None))
            continue
        r = range(first, i + 1)
        v = math.fsum(V[k] for k in r)
        m = div(math.fsum(x[k] * V[k] for k in r), v)
        if m is None:
            out.append((None, None, None))
            continue
        s = math.sqrt(math.fsum(V[k] * (x[k] - m) ** 2 for k in r) / v) * (mult or 0)
        out.append((m, m + s, m - s))
    return [[o[k] for o in out] for k in range(3)]


def supertrend(factor, n):
    a, lo, up, line, out = atr(n), None, None, None, []
    for i in range(BARS):
        mid = (H[i] + L[i]) / 2
        plo, pup = (0.0 if lo is None else lo), (0.0 if up is None else up)
        nlo = None if a[i] is None else mid - factor * a[i]
        nup = None if a[i] is None else mid + factor * a[i]
        below = i > 0 and C[i - 1] < plo
        above = i > 0 and C[i - 1] > pup
        lo = nlo if (nlo is not None and nlo > plo) or below else plo
        up = nup if (nup is not None and nup < pup) or above else pup
        if i == 0 or a[i - 1] is None:
            d = 1
        elif line == pup:
            d = -1 if C[i] > up else 1
        else:
            d = 1 if C[i] < lo else -1
        line = lo if d == -1 else up
        out.append((line, float(d)))
    return [o[0] for o in out], [o[1] for o in out]


def dmi(n, smooth):
    up = [None] + [H[i] - H[i - 1] for i in range(1, BARS)]
    down = [None] + [L[i - 1] - L[i] for i in range(1, BARS)]
    plus = [None if u is None else u if u > d and u > 0 else 0.0 for u, d in zip(up, down)]
    minus_ = [None if u is None else d if d > u and d > 0 else 0.0 for u, d in zip(up, down)]
    t = rma(tr(), n)
    p = [None if a is None else div(100 * a, b) for a, b in zip(rma(plus, n), t)]
    m = [None if a is None else div(100 * a, b) for a, b in zip(rma(minus_, n), t)]
    x = rma([None if a is None else abs(a - b) / (a + b if a + b != 0 else 1) for a, b in zip(p, m)], smooth)
    return p, m, [None if y is None else 100 * y for y in x]


def sar(start, inc, top):
    """The text of ta.sar in the language's reference, line by line."""
    out, below, extreme, acc, result = [], None, None, None, None
    for i in range(BARS):
        first = False
        if i == 1:
            below = C[1] > C[0]
            extreme = H[1] if below else L[1]
            result = L[0] if below else H[0]
            first, acc = True, start
        if i >= 1:
            result = result + acc * (extreme - result)
            if below and result > L[i]:
                first, below, result, extreme, acc = True, False, max(H[i], extreme), L[i], start
            elif not below and result < H[i]:
                first, below, result, extreme, acc = True, True, min(L[i], extreme), H[i], start
            if not first:
                if below and H[i] > extreme:
                    extreme, acc = H[i], min(acc + inc, top)
                elif not below and L[i] < extreme:
                    extreme, acc = L[i], min(acc + inc, top)
            reach = [i - 1] + ([i - 2] if i > 1 else [])
            result = min([result] + [L[k] for k in reach]) if below else max([result] + [H[k] for k in reach])
        out.append(result)
    return out


# --- the files -----------------------------------------------------------------------------------

def text(v):
    return '' if v is None else repr(float(v))


def case(kernel, inputs, params, columns):
    if isinstance(columns, list):
        columns = (columns,)
    lines = ['# case: %s | %s | %s' % (kernel, ' '.join(inputs), ' '.join(repr(p) for p in params))]
    lines += [','.join(text(c[i]) for c in columns) for i in range(BARS)]
    FILES.setdefault(kernel, []).append('\n'.join(lines))


def one(kernel, f, params_list, sources=('close',)):
    for source in sources:
        for params in params_list:
            case(kernel, [source], params, f(DATA[source], *params))


def all_cases():
    many = ('close', 'lead', 'gaps')
    for name, f in (('ta.sma', sma), ('ta.ema', ema), ('ta.rma', rma), ('ta.wma', wma), ('math.sum', msum),
                    ('ta.dev', dev), ('ta.cog', cog), ('ta.median', median)):
        one(name, f, [(1,), (2,), (10,), (21,)], many)
    one('ta.hma', hma, [(9,), (16,)], ('close', 'lead'))
    one('ta.alma', alma, [(9, 0.85, 6, 0), (10, 0.6, 4.5, 1)], many)
    one('ta.linreg', linreg, [(2, 0), (14, 0), (14, 3)], many)
    one('ta.swma', swma, [()], many)
    one('ta.variance', variance, [(10, 1), (10, 0)], many)
    one('ta.stdev', stdev, [(2, 1), (20, 1), (20, 0)], many)
    one('ta.bb', bb, [(20, 2.0), (5, 4.0)], ('close', 'lead'))
    one('ta.bbw', lambda x, n, m: [None if a is None else div(u - l, a) * 100 for a, u, l in zip(*bb(x, n, m))],
        [(20, 2.0)], ('close', 'lead'))
    for n in (1, 14, 25):
        case('ta.vwma', ['close', 'volume'], [n], vwma(C, V, n))
        case('ta.mfi', ['hlc3', 'volume'], [n], mfi(DATA['hlc3'], n))
        case('ta.atr', ['high', 'low', 'close'], [n], atr(n))
        case('ta.stoch', ['close', 'high', 'low'], [n], stoch(C, H, L, n))
        case('ta.wpr', ['high', 'low', 'close'], [n], wpr(n))
    for b in (0, 1):
        case('ta.tr', ['high', 'low', 'close'], [b], tr(b))
    for n, m, t in ((20, 2.0, 1), (10, 1.5, 0)):
        for source in ('close', 'lead'):
            bands = kc(DATA[source], n, m, t)
            case('ta.kc', [source, 'high', 'low', 'close'], [n, m, t], bands)
            case('ta.kcw', [source, 'high', 'low', 'close'], [n, m, t],
                 [None if a is None or u is None else (u - l) / a for a, u, l in zip(*bands)])
    for name in ('ta.change', 'ta.mom'):
        one(name, change, [(1,), (10,)], many)
    one('ta.roc', lambda x, n: [None if d is None else div(100 * d, past(x, i, n)) for i, d in enumerate(change(x, n))],
        [(1,), (10,)], many)
    one('op.lag', lambda x, n: each(lambda i: past(x, i, n)), [(1,), (7,)], many)
    one('ta.rsi', rsi, [(1,), (2,), (14,)], many)
    one('ta.macd', macd, [(12, 26, 9), (3, 10, 16), (26, 12, 9)], many)
    one('ta.tsi', tsi, [(13, 25), (5, 3)], ('close', 'lead'))
    one('ta.cmo', cmo, [(1,), (9,)], ('close', 'lead'))
    one('ta.cci', cci, [(20,), (5,)], ('hlc3', 'lead'))
    for name, f in (('ta.highest', highest), ('ta.lowest', lowest)):
        one(name, f, [(1,), (5,), (20,)], many + ('coarse',))
    one('ta.highestbars', lambda x, n: extreme_bars(x, n, max), [(1,), (5,), (20,)], many + ('coarse',))
    one('ta.lowestbars', lambda x, n: extreme_bars(x, n, min), [(1,), (5,), (20,)], many + ('coarse',))
    one('ta.range', lambda x, n: [minus(a, b) for a, b in zip(highest(x, n), lowest(x, n))], [(10,)], many)
    one('ta.max', lambda x: running(x, max), [()], many)
    one('ta.min', lambda x: running(x, min), [()], many)
    lengths = DATA['length']
    for source in many:
        for name, f in (('math.sum', msum), ('ta.sma', sma), ('ta.wma', wma), ('ta.highest', highest), ('ta.lowest', lowest),
                        ('ta.highestbars', lambda x, n: extreme_bars(x, n, max)),
                        ('ta.lowestbars', lambda x, n: extreme_bars(x, n, min))):
            by_length = {n: f(DATA[source], int(n)) for n in set(lengths)}
            case(name + '@series', [source, 'length'], [], each(lambda i: by_length[lengths[i]][i]))
    one('ta.pivothigh', lambda x, a, b: pivot(x, a, b, True), [(2, 2), (4, 1), (0, 3)], ('high', 'coarse'))
    one('ta.pivotlow', lambda x, a, b: pivot(x, a, b, False), [(2, 2), (4, 1), (0, 3)], ('low', 'coarse'))
    one('ta.rising', lambda x, n: monotone(x, n, True), [(1,), (3,)], many + ('coarse',))
    one('ta.falling', lambda x, n: monotone(x, n, False), [(1,), (3,)], many + ('coarse',))
    one('ta.mode', mode, [(1,), (8,), (20,)], ('coarse', 'gaps'))
    one('ta.percentile_nearest_rank', nearest_rank, [(10, 0), (10, 50), (7, 33.3), (20, 100)], many)
    one('ta.percentile_linear_interpolation', linear_percentile, [(10, 0), (10, 50), (7, 33.3), (20, 100)], many)
    one('ta.percentrank', percentrank, [(1,), (10,)], many + ('coarse',))
    for n in (5, 20):
        case('ta.correlation', ['close', 'other'], [n], correlation(C, DATA['other'], n))
        case('ta.correlation', ['gaps', 'lead'], [n], correlation(DATA['gaps'], DATA['lead'], n))
    for a, b in (('close', 'open'), ('gaps', 'lead'), ('coarse', 'other')):
        over, under = crossings(DATA[a], DATA[b])
        case('ta.crossover', [a, b], [], over)
        case('ta.crossunder', [a, b], [], under)
        case('ta.cross', [a, b], [], [max(p, q) for p, q in zip(over, under)])
    for n in (0, 2):
        case('ta.valuewhen', ['condition', 'gaps'], [n], valuewhen(DATA['condition'], DATA['gaps'], n))
    case('ta.barssince', ['condition'], [], barssince(DATA['condition']))
    one('ta.cum', cum, [()], many)
    case('ta.obv', ['close', 'volume'], [], obv())
    case('ta.accdist', ['high', 'low', 'close', 'volume'], [], accdist())
    case('ta.pvt', ['close', 'volume'], [], pvt())
    case('ta.wad', ['high', 'low', 'close'], [], wad())
    case('ta.nvi', ['close', 'volume'], [], volume_index(False))
    case('ta.pvi', ['close', 'volume'], [], volume_index(True))
    case('ta.wvad', ['open', 'high', 'low', 'close', 'volume'], [],
         each(lambda i: div((C[i] - O[i]) * V[i], H[i] - L[i])))
    case('ta.iii', ['high', 'low', 'close', 'volume'], [],
         each(lambda i: div(2 * C[i] - H[i] - L[i], (H[i] - L[i]) * V[i])))
    days = each(lambda i: i == 0 or T[i] // 86400000 != T[i - 1] // 86400000)
    case('ta.vwap', ['hlc3', 'volume', 'time'], [], vwap(DATA['hlc3'], days)[0])
    case('ta.vwap@anchor', ['close', 'volume', 'condition'], [], vwap(C, DATA['condition'])[0])
    case('ta.vwap@bands', ['close', 'volume', 'condition'], [1.5], tuple(vwap(C, DATA['condition'], 1.5)))
    for f, n in ((3.0, 10), (1.5, 3)):
        case('ta.supertrend', ['high', 'low', 'close'], [f, n], supertrend(f, n))
    for n, s in ((14, 14), (5, 3)):
        case('ta.dmi', ['high', 'low', 'close'], [n, s], dmi(n, s))
    for p in ((0.02, 0.02, 0.2), (0.05, 0.03, 0.4)):
        case('ta.sar', ['high', 'low', 'close'], list(p), sar(*p))


def main():
    names = list(DATA)
    with open('bars.csv', 'w') as f:
        f.write('# origin: generated by make_golden.py (a seeded random walk, 30 flat bars, two columns with na)\n')
        f.write(','.join(names) + '\n')
        for i in range(BARS):
            f.write(','.join(text(DATA[k][i]) for k in names) + '\n')
    all_cases()
    for kernel, cases in FILES.items():
        with open(kernel + '.csv', 'w') as f:
            f.write('# origin: documented formula of %s, computed over the whole window on every bar by '
                    'make_golden.py from bars.csv\n' % kernel)
            f.write('\n'.join(cases) + '\n')


main()
