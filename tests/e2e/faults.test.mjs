// SPDX-License-Identifier: Apache-2.0
// Every reply the exchange can give, and what a user then sees: in ledger, gaps, candles, queue and status.
// Faults run side by side on different pairs of one practice exchange; nothing invalid is ever stored.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { practice, hubFolder, until } from './support.mjs';
import {
  EVERY_BAR, CLOSE_DELAY, addFaults, clearFaults, exchangeNow, exchangeState, faultUses, symbols, pairOf, iso, logRecords,
  assertStoredIsServed,
} from '../chaos/lib.mjs';

const MINUTE = 60e3;

async function setUp(t, { speed = 60, pairs = 40, seed = 11, set = [], extra = [] } = {}) {
  const exchange = await practice({ speed, seed, pairs, extra });
  const folder = hubFolder(exchange, { speed, set });
  t.after(async () => { await folder.stop(); await exchange.stop(); });
  await folder.run();
  return { exchange, folder };
}

// The first close of a candle whose requests can still be disturbed: a real second remains to say so.
async function nextClose(exchange, length = MINUTE) {
  const { now, speed } = await exchangeState(exchange);
  return Math.ceil((now + 1000 * speed) / length) * length;
}

const reached = (exchange, time, what) => until(async () => (await exchangeNow(exchange)) >= time, { what, limit_ms: 60000 });

// Each fault lasts for the windows of three candles: tried in each window, given up, and stored late by
// the poll after. Tries: so many in three windows, where the fault fails at once. One window only, where a
// longer run of it makes the candle between two others look like a hole of the exchange's history.
const THREE_WINDOWS = [
  { fault: 'status=500', cause: /HTTP 500 code -1001/, tries: 15 },
  { fault: 'status=502', cause: /HTTP 502: a web page instead of JSON/, tries: 15 },
  { fault: 'status=504', cause: /HTTP 504/, tries: 15 },
  { fault: 'status=404', cause: /HTTP 404/, tries: 15 },
  { fault: 'html', cause: /a web page instead of JSON/, tries: 15 },
  { fault: 'reset', cause: /no reply: / }, // libcurl itself asks again on a fresh connection
  { fault: 'close', cause: /no reply: / },
  { fault: 'hang=5s', cause: /no reply: .*tim/i },
  { fault: 'drip=200ms', cause: /no reply: .*tim/i },
  { fault: 'truncate', cause: /no reply: /, tries: 15 },
  { fault: 'cut', cause: /JSON|ends|expected/i, tries: 15 },
  { fault: 'garbage', cause: /./, tries: 15 },
  { fault: 'misaligned', cause: /not on the timeframe's grid/, tries: 5, windows: 1 },
  { fault: 'impossible', cause: /contradict each other/, tries: 15 },
  { fault: 'negative', cause: /not above zero/, tries: 15 },
  { fault: 'nan', cause: /number/, tries: 15 },
  { fault: 'missing', cause: /the exchange has not published it/, windows: 1 },
  { fault: 'empty', cause: /the exchange has not published it/ },
];

// What an answer may hold besides the candle without harm: the same row again, a candle of the future.
const HARMLESS = ['duplicate', 'unfinished'];

test('each unsound reply: tried in each fifth of the window, given up, stored late; nothing unsound is kept', { timeout: 90000 }, async (t) => {
  const { exchange, folder } = await setUp(t, { set: ['exchange.binance.request_timeout=300ms', 'exchange.binance.connections=64'] });
  // A market that trades in every minute: in a flat candle swapped columns change nothing.
  const [swapped, ...names] = await symbols(exchange);
  const cases = THREE_WINDOWS.map((c, i) => ({ ...c, symbol: names[i], pair: pairOf(names[i]) }));
  const [calm, unsorted, ...harmless] = names.slice(cases.length, cases.length + 2 + HARMLESS.length);
  for (const name of [...cases.map((c) => c.symbol), calm, unsorted, swapped, ...harmless]) await folder.ok('watch', 'add', pairOf(name), '1m');
  await folder.live();

  const close = await nextClose(exchange);
  const end = close + 3 * MINUTE;
  const endOf = (c) => (c.windows ? close + c.windows * MINUTE : end);
  const line = (symbol, fault, from = close, to = end) => `klines symbol=${symbol} interval=1m from=${iso(from)} to=${iso(to)} ${fault}`;
  await addFaults(exchange, [
    ...cases.map((c) => line(c.symbol, c.fault, close, endOf(c))),
    // Two rows are needed to change places: the first window fails otherwise.
    line(unsorted, 'status=500', close, close + MINUTE), line(unsorted, 'unsorted', close + MINUTE),
    line(swapped, 'swap'),
    ...HARMLESS.map((fault, i) => line(harmless[i], fault)),
  ].join('\n'));

  // While it lasts: PENDING_RETRY with its cause, in the ledger and in status.
  await reached(exchange, close + 40e3, 'the middle of the first window');
  const during = (await folder.list('ledger')).filter((r) => r.open_time === close - MINUTE);
  for (const c of cases) {
    const row = during.find((r) => r.pair === c.pair);
    if (c.tries) assert.equal(row?.status, 'PENDING_RETRY', `${c.fault}: ${JSON.stringify(row)}`);
    if (row?.status === 'PENDING_RETRY') assert.match(row.cause, c.cause, c.fault);
  }
  const stream = (await folder.status()).streams.find((s) => s.pair === cases[0].pair);
  assert.ok(stream.attempts >= 2, JSON.stringify(stream));
  assert.match(stream.cause, cases[0].cause);
  assert.equal((await folder.list('ledger', pairOf(calm), '1m')).at(-1).status, 'SAVED', 'other streams go on');

  await reached(exchange, end + MINUTE + 20e3, 'the calm after the faults');
  const uses = await faultUses(exchange);
  await clearFaults(exchange);
  await folder.live();
  await folder.hub.stop();

  const gaps = await folder.list('gaps');
  const retried = logRecords(folder.hub.err).filter((r) => r.event === 'PENDING_RETRY');
  for (const c of [...cases, { fault: 'unsorted', pair: pairOf(unsorted), cause: /HTTP 500|does not follow/ },
    { fault: 'swap', pair: pairOf(swapped), cause: /contradict each other/ }]) {
    const ledger = await folder.list('ledger', c.pair, '1m');
    for (let open = close - MINUTE; open < endOf(c) - MINUTE; open += MINUTE) {
      const gap = gaps.find((g) => g.pair === c.pair && g.open_time === open);
      assert.ok(gap, `${c.fault}: a gap row for ${iso(open)}`);
      assert.match(gap.cause, c.cause, c.fault);
      assert.equal(gap.exchange_gap, false, c.fault);
      assert.ok(gap.logged_at >= open + 2 * MINUTE && gap.logged_at < open + 2 * MINUTE + CLOSE_DELAY, `${c.fault}: given up at the next close: ${gap.logged_at - open}`);
      assert.ok(gap.filled_at > endOf(c), `${c.fault}: filled later`);
      const row = ledger.find((r) => r.open_time === open);
      assert.equal(row.status, 'SAVED', c.fault);
      assert.equal(row.late, true, c.fault);
    }
    const after = ledger.find((r) => r.open_time === endOf(c) - MINUTE);
    assert.equal(after?.status, 'SAVED', `${c.fault}: the first candle after it`);
    assert.equal(after.late, false, c.fault);
    if (c.tries) assert.equal(uses[line(c.symbol, c.fault, close, endOf(c))], c.tries, `${c.fault}: tries`);
    await assertStoredIsServed(folder, exchange, c.pair, '1m');
  }
  for (const name of [calm, ...harmless]) {
    assert.deepEqual((await folder.list('ledger', pairOf(name), '1m')).filter((r) => r.status !== 'SAVED' || r.late || r.attempts !== 1), [], name);
    await assertStoredIsServed(folder, exchange, pairOf(name), '1m');
  }
  // The manifesto's times: due, then every fifth of a window shorter than 15 minutes.
  const first = retried.filter((r) => r.pair === cases[0].pair && r.candle === iso(close - MINUTE).replace('.000', ''));
  assert.equal(first.length, 5);
  first.forEach((r, k) => {
    const planned = close + CLOSE_DELAY + k * 12e3;
    assert.ok(r.at_ms >= planned && r.at_ms < planned + 8e3, `try ${k + 1} at ${r.at}, planned ${iso(planned)}`);
  });
});

test('a window of 15 minutes or more is tried every five minutes', { timeout: 60000 }, async (t) => {
  const { exchange, folder } = await setUp(t, { speed: 300 });
  await folder.ok('watch', 'add', 'VET', '15m');
  await folder.ok('watch', 'add', 'BTC', '30m');
  await folder.live();
  const close = await nextClose(exchange, 30 * MINUTE);
  const lines = ['VETUSDT interval=15m', 'BTCUSDT interval=30m'].map((s, i) => `klines symbol=${s} from=${iso(close)} to=${iso(close + (i + 1) * 15 * MINUTE)} status=500`);
  await addFaults(exchange, lines.join('\n'));
  await until(async () => (await folder.list('gaps')).filter((g) => g.filled_at).length >= 2, { what: 'both gaps, filled', limit_ms: 40000 });
  const retried = logRecords(folder.hub.err).filter((r) => r.event === 'PENDING_RETRY');
  for (const [pair, minutes] of [['VET/USDT', 15], ['BTC/USDT', 30]]) {
    const times = retried.filter((r) => r.pair === pair).map((r) => r.at_ms);
    assert.equal(times.length, minutes / 5, `${pair}: ${times.map(iso)}`);
    times.forEach((at, k) => {
      const planned = close + CLOSE_DELAY + k * 5 * MINUTE;
      assert.ok(at >= planned && at < planned + MINUTE, `${pair}: try ${k + 1} at ${iso(at)}, planned ${iso(planned)}`);
    });
  }
  await folder.hub.stop();
  await assertStoredIsServed(folder, exchange, 'VET/USDT', '15m');
  await assertStoredIsServed(folder, exchange, 'BTC/USDT', '30m');
});

test('late publication: the ladder, then another try, then a gap stored late without a signal', { timeout: 60000 }, async (t) => {
  const { exchange, folder } = await setUp(t, { set: ['gate.max_signal_age=10m'] });
  const file = join(folder.dir, 'every_bar.pine');
  writeFileSync(file, EVERY_BAR);
  const streams = { ADA: 8e3, ETH: 20e3, XRP: 45e3, VET: 100e3, BTC: 0 };
  for (const pair of Object.keys(streams)) await folder.ok('watch', 'add', pair, '1m', '--strategy', file);
  await folder.live();
  const close = await nextClose(exchange);
  const open = close - MINUTE;
  await addFaults(exchange, Object.entries(streams).filter(([, late]) => late > 0)
    .map(([pair, late]) => `klines symbol=${pair}USDT interval=1m from=${iso(open)} to=${iso(close)} late=${late / 1e3}s`).join('\n'));
  await reached(exchange, close + 3 * MINUTE, 'three minutes later');
  const rows = Object.fromEntries((await folder.list('ledger')).filter((r) => r.open_time === open).map((r) => [r.pair.slice(0, 3), r]));
  for (const [pair, row] of Object.entries(rows)) assert.equal(row.status, 'SAVED', `${pair} ${JSON.stringify(row)}`);
  assert.deepEqual([rows.BTC.attempts, rows.BTC.late], [1, false]);
  // Inside the ladder: the same poll, no failure (due at +5 s; asked again at +7, +10, +15, +25 s).
  assert.deepEqual([rows.ADA.attempts, rows.ADA.late], [1, false]);
  assert.ok(rows.ADA.saved_at >= close + 8e3 && rows.ADA.saved_at < close + 15e3, iso(rows.ADA.saved_at));
  assert.deepEqual([rows.ETH.attempts, rows.ETH.late], [1, false]);
  // After the ladder: PENDING_RETRY, stored in its window all the same.
  assert.equal(rows.XRP.late, false);
  assert.ok(rows.XRP.attempts >= 2, JSON.stringify(rows.XRP));
  assert.match(rows.XRP.cause, /not published/);
  // After the window: a gap row, stored late.
  assert.equal(rows.VET.late, true);
  const gap = (await folder.list('gaps')).find((g) => g.open_time === open);
  assert.equal(gap.pair, 'VET/USDT');
  assert.match(gap.cause, /not published/);
  assert.ok(gap.filled_at >= close + 100e3);
  assert.equal((await folder.list('candles', 'VET', '1m')).find((c) => c.open_time === open).late, true);
  const fired = (await folder.list('signals')).filter((s) => s.candle_time === open).map((s) => s.pair.slice(0, 3)).sort();
  assert.deepEqual(fired, ['ADA', 'BTC', 'ETH', 'XRP'], 'the late one is a discarded opportunity');
  const queue = await folder.list('queue');
  for (const pair of fired) assert.equal(queue.filter((q) => q.candle_time === open && q.pair.startsWith(pair)).length, 1, pair);
  // The stream goes on as if nothing had happened.
  assert.ok((await folder.list('signals')).some((s) => s.pair === 'VET/USDT' && s.candle_time > open + MINUTE));
});

test('silence asked for is kept: 429, a ban, the firewall, overload', { timeout: 90000 }, async (t) => {
  const { exchange, folder } = await setUp(t, { speed: 120, set: ['hub.heartbeat_interval=100ms'] });
  const pairs = ['VET', 'BTC', 'ETH', 'ADA', 'XRP', 'LTC'];
  for (const pair of pairs) await folder.ok('watch', 'add', pair, '1m');
  await folder.live();
  // fault, what the operator reads, how long nothing may be sent, for certain
  const cases = [
    ['status=429 retry_after=70s', /HTTP 429/, 70e3],
    ['status=418 retry_after=130s', /HTTP 418.*banned until/, 130e3],
    ['status=418 retry_after=none', /HTTP 418.*banned until/, 115e3],
    ['status=403', /HTTP 403/, 600e3],
    ['status=503', /HTTP 503 code -1008/, 60e3],
  ];
  for (const [fault, text, silence] of cases) {
    const since = (await folder.hub.err).length;
    // The rule after it strikes nobody harmfully, it counts: whatever is sent after the first answer.
    const counter = `* from=${iso(await exchangeNow(exchange))} delay=1ms`;
    const conditions = fault.split(' ').slice(1).join(' ');
    await addFaults(exchange, `klines count=1 ${conditions} ${fault.split(' ')[0]}\n${counter}`);
    const record = await until(() => logRecords(folder.hub.err.slice(since)).find((r) => r.event === 'the exchange wants silence'),
      { what: `${fault}: word of it in the log` });
    assert.match(record.cause, text, fault);
    assert.ok(Number(record.wait_ms) >= silence - 5e3, `${fault}: ${record.wait_ms} ms`);
    // Requests that were on the wire when the answer came have been counted by now.
    await until(async () => (await exchangeNow(exchange)) >= record.at_ms + 20e3);
    const { weight } = await folder.status();
    assert.ok(weight.silent_until >= record.at_ms + silence - 5e3, `${fault}: status tells until when: ${JSON.stringify(weight)}`);
    const before = (await faultUses(exchange))[counter];
    await until(async () => (await exchangeNow(exchange)) >= record.at_ms + silence - 8e3);
    assert.equal((await faultUses(exchange))[counter], before, `${fault}: nothing is sent meanwhile`);
    await clearFaults(exchange);
    await until(async () => {
      const ledger = await folder.list('ledger');
      return pairs.every((p) => ledger.filter((r) => r.pair === `${p}/USDT`).at(-1)?.saved_at > record.at_ms + silence - 5e3);
    }, { what: `${fault}: candles again`, limit_ms: 15000 });
  }
  await folder.live();
  await folder.hub.stop();
  const gaps = await folder.list('gaps');
  assert.ok(gaps.length > 0 && gaps.every((g) => g.filled_at), 'what was missed is a gap, and filled');
  for (const pair of pairs) await assertStoredIsServed(folder, exchange, `${pair}/USDT`, '1m');
});

test('refusals for good are said and looked at again: 451, 401, a removed, renamed, halted, delisted market', { timeout: 60000 }, async (t) => {
  const { exchange, folder } = await setUp(t, { speed: 120 });
  const kinds = { VET: 'klines interval=1m status=451', BTC: 'klines interval=1m status=401', ETH: 'market remove', ADA: 'market rename=ADAXUSDT', XRP: 'market delist', LTC: 'market halt' };
  for (const pair of Object.keys(kinds)) await folder.ok('watch', 'add', pair, '1m');
  await folder.live();
  const close = await nextClose(exchange);
  await addFaults(exchange, Object.entries(kinds).map(([pair, kind]) => {
    const [endpoint, ...rest] = kind.split(' ');
    return `${endpoint} symbol=${pair}USDT from=${iso(close)} to=${iso(close + 3 * MINUTE)} ${rest.join(' ')}`;
  }).join('\n'));
  await reached(exchange, close + 90e3, 'the middle of it');
  const streams = Object.fromEntries((await folder.status()).streams.map((s) => [s.pair.slice(0, 3), s]));
  for (const [pair, text] of [['VET', /451/], ['BTC', /401/], ['ETH', /-1121/], ['ADA', /-1121/]]) {
    assert.equal(streams[pair].state, 'failed', `${pair} ${JSON.stringify(streams[pair])}`);
    assert.match(streams[pair].text, text);
  }
  assert.equal(streams.LTC.state, 'live', 'a halted market still has candles, flat ones');
  await reached(exchange, close + 6 * MINUTE, 'the calm after it');
  await folder.live();
  await until(async () => {
    const gaps = await folder.list('gaps');
    return gaps.length > 0 && gaps.every((g) => g.filled_at || g.exchange_gap) && gaps.some((g) => g.exchange_gap);
  }, { what: async () => `every gap filled or confirmed: ${JSON.stringify(await folder.list('gaps'))}` });
  await folder.hub.stop();
  // A delisted and relisted market lacks the candles between for ever: confirmed, not asked for again.
  const missing = (await folder.list('gaps')).filter((g) => g.exchange_gap);
  assert.deepEqual([...new Set(missing.map((g) => g.pair))], ['XRP/USDT']);
  const marked = (await folder.list('ledger', 'XRP', '1m')).filter((r) => r.status === 'EXCHANGE_GAP');
  assert.deepEqual(marked.map((r) => r.open_time), missing.map((g) => g.open_time).sort((a, b) => a - b));
  for (const pair of Object.keys(kinds)) await assertStoredIsServed(folder, exchange, `${pair}/USDT`, '1m');
});

test('candles that the exchange lacks or has off its grid: confirmed, recorded, and the stream goes on', { timeout: 60000 }, async (t) => {
  const { exchange, folder } = await setUp(t, { speed: 120 });
  const lasting = { VET: 'gap', BTC: 'off_grid' };
  for (const pair of [...Object.keys(lasting), 'ETH']) await folder.ok('watch', 'add', pair, '1m');
  await folder.live();
  const from = await nextClose(exchange), to = from + 2 * MINUTE;
  await addFaults(exchange, Object.entries(lasting).map(([pair, fault]) => `klines symbol=${pair}USDT interval=1m from=${iso(from)} to=${iso(to)} ${fault}`).join('\n'));
  await until(async () => (await folder.list('ledger')).filter((r) => r.status === 'EXCHANGE_GAP').length >= 4, { what: async () => `four confirmed gaps: ${JSON.stringify(await folder.list('gaps'))}` });
  await reached(exchange, (await exchangeNow(exchange)) + 3 * MINUTE, 'three more candles');
  await folder.live();
  await folder.hub.stop();
  for (const pair of Object.keys(lasting)) {
    const gaps = (await folder.list('gaps', `${pair}/USDT`, '1m'));
    assert.deepEqual(gaps.map((g) => [g.open_time, g.exchange_gap]), [[from, true], [from + MINUTE, true]], pair);
    const stored = await folder.list('candles', `${pair}/USDT`, '1m');
    assert.ok(stored.every((c) => c.open_time % MINUTE === 0 && (c.open_time < from || c.open_time >= to)), pair);
    assert.ok(stored.at(-1).open_time >= to + 2 * MINUTE, `${pair} goes on`);
  }
  assert.deepEqual(await folder.list('gaps', 'ETH/USDT', '1m'), []);
});

test('a new market: refused before it is listed, watched from its first candle on', { timeout: 60000 }, async (t) => {
  const exchange = await practice({ speed: 120, seed: 4, pairs: 12 });
  const folder = hubFolder(exchange, { speed: 120 });
  t.after(async () => { await folder.stop(); await exchange.stop(); });
  const now = await exchangeNow(exchange);
  const listed = Math.ceil((now + 10 * MINUTE) / MINUTE) * MINUTE;
  await addFaults(exchange, `market symbol=VETUSDT from=${iso(now)} to=${iso(listed)} unlisted`);
  await folder.run();
  const early = await folder.cli('watch', 'add', 'VET', '1m');
  assert.notEqual(early.code, 0);
  assert.match(early.err, /VET/);
  await reached(exchange, listed + 3 * MINUTE, 'the listing');
  await folder.hub.stop(); // its next start asks for the list of markets at once
  await folder.run();
  await until(async () => (await folder.cli('watch', 'add', 'VET', '1m')).code === 0, { what: async () => `VET can be watched: ${(await folder.cli('watch', 'add', 'VET', '1m')).err}`, limit_ms: 10000 });
  await folder.live();
  await reached(exchange, (await exchangeNow(exchange)) + 2 * MINUTE, 'two more candles');
  await folder.hub.stop();
  const stored = await assertStoredIsServed(folder, exchange, 'VET/USDT', '1m');
  assert.equal(stored[0].open_time, listed, 'the first candle of the market is the first stored');
  assert.deepEqual(await folder.list('gaps'), []);
});

test('the gate: no sound market data inside the time allowed means rejected, with that reason', { timeout: 60000 }, async (t) => {
  const { exchange, folder } = await setUp(t, { set: ['gate.max_signal_age=10m', 'gate.market_data_timeout=400ms'] });
  const file = join(folder.dir, 'every_bar.pine');
  writeFileSync(file, EVERY_BAR);
  const kinds = {
    BTC: 'bookTicker status=500', ETH: 'depth hang=5s', VET: '24hr html', ADA: 'bookTicker wrong_symbol', XRP: 'depth cut',
    LTC: 'bookTicker garbage', DOGE: 'depth reset', SOL: '24hr truncate', LINK: '24hr wrong_symbol', DOT: 'depth empty',
  };
  // Before the first signal: the exit of a position that was entered while all was well needs less.
  await addFaults(exchange, Object.entries(kinds).filter(([, k]) => !k.endsWith('empty')).map(([pair, kind]) => `${kind.split(' ')[0]} symbol=${pair}USDT ${kind.split(' ')[1]}`).join('\n'));
  for (const pair of [...Object.keys(kinds), 'BNB']) await folder.ok('watch', 'add', pair, '1m', '--strategy', file);
  await folder.live();
  const from = (await exchangeNow(exchange)) + 10e3;
  await reached(exchange, from + 4 * MINUTE, 'four candles');
  const signals = (await folder.list('signals')).filter((s) => s.candle_time >= from - MINUTE && s.candle_time < from + MINUTE);
  assert.ok(signals.length >= 11);
  const queue = await folder.list('queue');
  for (const s of signals) {
    const verdicts = queue.filter((q) => q.signal_id === s.id);
    assert.equal(verdicts.length, 1, `${s.pair} ${iso(s.candle_time)}: one verdict`);
    const name = s.pair.split('/')[0];
    if (name in kinds && !kinds[name].endsWith('empty')) {
      assert.equal(verdicts[0].status, 'REJECTED', `${s.pair} ${kinds[name]}: ${JSON.stringify(verdicts[0].checks)}`);
      assert.notEqual(verdicts[0].reason, '', s.pair);
      assert.ok(verdicts[0].checks.some((c) => !c.pass), s.pair);
    }
  }
  assert.ok(queue.some((q) => q.pair === 'BNB/USDT' && q.status === 'APPROVED'), 'others are judged as ever');
});

test('the weight budget is never exceeded', { timeout: 60000 }, async (t) => {
  const { exchange, folder } = await setUp(t, { speed: 60, pairs: 80, set: ['bootstrap.candles=3000'], extra: ['--weight-limit', '260'] });
  const counter = `* delay=1ms`;
  await addFaults(exchange, counter);
  const names = await symbols(exchange);
  for (const name of names.slice(0, 70)) await folder.ok('watch', 'add', pairOf(name), '1m');
  let most = 0;
  await until(async () => {
    most = Math.max(most, (await exchangeState(exchange)).used_weight);
    const s = await folder.status();
    return s.streams.every((x) => x.state === 'live');
  }, { what: 'seventy live streams', limit_ms: 40000, every_ms: 10 });
  const from = await exchangeNow(exchange);
  await until(async () => {
    most = Math.max(most, (await exchangeState(exchange)).used_weight);
    return (await exchangeNow(exchange)) > from + 5 * MINUTE;
  }, { every_ms: 10 });
  assert.ok(most <= 260 * 0.8, `at most the share allowed: ${most}`);
  assert.ok(most >= 260 * 0.6, `and the budget is used: ${most}`);
  assert.doesNotMatch(folder.hub.err, /wants silence/);
});

test('serverTime jumps: in the end no unfinished candle is stored, the streams go on', { timeout: 60000 }, async (t) => {
  const { exchange, folder } = await setUp(t, { speed: 60, set: ['hub.clock_interval=1s'] });
  for (const pair of ['VET', 'BTC', 'ETH']) await folder.ok('watch', 'add', pair, '1m');
  await folder.live();
  for (const offset of ['-10m', '30s', '15m']) {
    const now = await exchangeNow(exchange);
    await addFaults(exchange, `time from=${iso(now)} to=${iso(now + 4 * MINUTE)} offset=${offset}`);
    await reached(exchange, now + 6 * MINUTE, `the time after a jump by ${offset}`);
  }
  await clearFaults(exchange);
  await folder.live();
  await reached(exchange, (await exchangeNow(exchange)) + 2 * MINUTE, 'two more candles');
  await folder.hub.stop();
  for (const pair of ['VET/USDT', 'BTC/USDT', 'ETH/USDT']) {
    const stored = await assertStoredIsServed(folder, exchange, pair, '1m');
    for (let i = 1; i < stored.length; i++) assert.equal(stored[i].open_time - stored[i - 1].open_time, MINUTE);
  }
});
