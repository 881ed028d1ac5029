// SPDX-License-Identifier: Apache-2.0
// Backtest, plot, sweep and verify as a user types them, over files and over the store of a hub; and a live
// day replayed.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { practice, hubFolder, until, SHARED, STRATEGIES } from './support.mjs';

const CROSS = `//@version=5
strategy("cross", overlay=true, initial_capital=10000, default_qty_type=strategy.fixed, default_qty_value=1, commission_type=strategy.commission.percent, commission_value=0.1)
fastLength = input.int(3, "Fast", minval=1)
slowLength = input.int(8, "Slow", minval=1)
fast = ta.sma(close, fastLength)
slow = ta.sma(close, slowLength)
up = ta.crossover(fast, slow)
down = ta.crossunder(fast, slow)
if up
    strategy.entry("L", strategy.long, comment="up, and away")
if down
    strategy.close("L")
plot(fast, "Fast")
plot(slow, "Slow, of course")
alertcondition(up, "Up", "it went up")
`;

// A walk that never repeats: six decimals from a seeded generator.
function candles(n, seed = 7) {
  let s = seed, price = 100;
  const unit = () => { s = (Math.imul(s, 1103515245) + 12345) & 0x7fffffff; return s / 0x7fffffff; };
  const rows = [];
  for (let i = 0; i < n; i++) {
    const open = Number(price.toFixed(6));
    price *= 1 + 0.02 * (unit() - 0.5);
    const close = Number(price.toFixed(6));
    rows.push({ time: 1609459200000 + i * 3600000, open, high: Math.max(open, close), low: Math.min(open, close), close, volume: 1 + i % 7 });
  }
  return rows;
}

const csvOf = (rows) => 'open_time_ms,open,high,low,close,volume\n'
  + rows.map((r) => `${r.time},${r.open},${r.high},${r.low},${r.close},${r.volume}\n`).join('');

function work(t, rows = candles(2000)) {
  const folder = hubFolder(null);
  t.after(() => folder.stop());
  const file = (name, data) => { const path = join(folder.dir, name); writeFileSync(path, data); return path; };
  return { ...folder, file, rows, csv: file('candles.csv', csvOf(rows)), cross: file('cross.pine', CROSS) };
}

function average(rows, i, length) {
  if (i + 1 < length) return NaN;
  let sum = 0;
  for (let k = i + 1 - length; k <= i; k++) sum += rows[k].close;
  return sum / length;
}

// Signal on the closed candle, fill at the next open, one unit, 0.1 % a side.
function reference(rows, fast, slow) {
  let cash = 10000, held = null, order = 0;
  const trades = [];
  rows.forEach((r, i) => {
    if (order > 0 && !held) { cash -= r.open * 1.001; held = r; }
    if (order < 0 && held) { cash += r.open * 0.999; trades.push({ entry: held.time, exit: r.time }); held = null; }
    const gap = (k) => average(rows, k, fast) - average(rows, k, slow);
    order = i > 0 && gap(i) > 0 && gap(i - 1) <= 0 ? 1 : i > 0 && gap(i) < 0 && gap(i - 1) >= 0 ? -1 : 0;
  });
  return { trades, open: held ? 1 : 0, equity: cash + (held ? rows.at(-1).close : 0) };
}

const near = (a, b) => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b));

// Lines of CSV with quoted fields.
function parseCsv(text) {
  return text.trimEnd().split('\n').map((line) => [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((m) => m[1]?.replaceAll('""', '"') ?? m[2]));
}

test('a backtest equals a loop written here, in JSON, in the list of trades and from gzip', async (t) => {
  const w = work(t);
  const trades = join(w.dir, 'trades.csv'), report = join(w.dir, 'report.html');
  const r = JSON.parse(await w.ok('backtest', w.cross, '--csv', w.csv, '--trades', trades, '--report', report, '--json'));
  const wanted = reference(w.rows, 3, 8);
  assert.equal(r.bars, 2000);
  assert.equal(r.timeframe, '1h');
  assert.equal(r.trades, wanted.trades.length);
  assert.ok(r.trades > 50);
  assert.equal(r.open_trades, wanted.open);
  assert.equal(r.initial_capital, 10000);
  assert.ok(near(r.final_equity, wanted.equity), `${r.final_equity} and ${wanted.equity}`);
  for (const key of ['net_profit', 'max_drawdown', 'profit_factor', 'sharpe', 'sortino', 'cagr', 'exposure', 'buy_and_hold']) {
    assert.equal(typeof r[key], 'number', key);
  }
  for (const key of ['compile_ms', 'load_ms', 'run_ms']) assert.equal(typeof r.elapsed[key], 'number', key);
  assert.equal(r.months.reduce((n, m) => n + m.trades, 0), r.trades);

  const rows = parseCsv(readFileSync(trades, 'utf8'));
  assert.equal(rows.length, r.trades + 1);
  rows.slice(1).forEach((row, i) => {
    assert.equal(Number(row[0]), wanted.trades[i].entry);
    assert.equal(Number(row[1]), wanted.trades[i].exit);
    assert.equal(row[rows[0].indexOf('entry_comment')], 'up, and away');
  });
  const page = readFileSync(report, 'utf8');
  assert.match(page, /<svg class=chart/);
  assert.doesNotMatch(page, /https?:|src=|@import|url\(/);

  const zipped = w.file('candles.csv.gz', gzipSync(csvOf(w.rows)));
  const again = JSON.parse(await w.ok('backtest', w.cross, '--csv', zipped, '--json'));
  assert.equal(again.final_equity, r.final_equity);
});

test('inputs, a time range and several series at once', async (t) => {
  const w = work(t);
  const r = JSON.parse(await w.ok('backtest', w.cross, '--csv', w.csv, '--input', 'fastLength=5', '--input', 'slowLength=21', '--json'));
  assert.ok(near(r.final_equity, reference(w.rows, 5, 21).equity));
  const part = w.rows.slice(500, 1500);
  const from = new Date(part[0].time).toISOString().slice(0, 19), to = new Date(w.rows[1500].time).toISOString().slice(0, 19);
  const cut = JSON.parse(await w.ok('backtest', w.cross, '--csv', w.csv, '--from', from, '--to', to, '--json'));
  assert.equal(cut.bars, 1000);
  assert.ok(near(cut.final_equity, reference(part, 3, 8).equity));
  const other = candles(1200, 99);
  const two = JSON.parse(await w.ok('backtest', w.cross, '--csv', w.csv, '--csv', w.file('other.csv', csvOf(other)), '--json'));
  assert.equal(two.length, 2);
  assert.ok(near(two[1].final_equity, reference(other, 3, 8).equity));
  assert.match(await w.ok('backtest', w.cross, '--csv', w.csv), /final equity/);
});

test('plots, alerts and orders come as CSV, one row a bar', async (t) => {
  const w = work(t, candles(300));
  const rows = parseCsv(await w.ok('strategy', 'plot', w.cross, '--csv', w.csv));
  assert.deepEqual(rows[0], ['open_time', 'Fast', 'Slow, of course', 'Up', 'alert', 'orders']);
  assert.equal(rows.length, 301);
  const entries = [];
  rows.slice(1).forEach((row, i) => {
    assert.equal(Number(row[0]), w.rows[i].time);
    for (const [column, length] of [[1, 3], [2, 8]]) {
      const wanted = average(w.rows, i, length);
      if (Number.isNaN(wanted)) assert.equal(row[column], '');
      else assert.ok(near(Number(row[column]), wanted));
    }
    assert.equal(row[3] === '1', row[5].includes('entry long L'));
    if (row[5].includes('entry')) entries.push(i);
  });
  assert.ok(entries.length > 5);
});

test('what is wrong is said, with the place and the exit code', async (t) => {
  const w = work(t, candles(50));
  const bad = w.file('bad.pine', '//@version=5\nstrategy("x")\nplot(ta.smaa(close, 3))\n');
  const cases = [
    [['backtest', bad, '--csv', w.csv], 65, /bad\.pine:3:\d+: /],
    [['backtest', w.cross, '--csv', w.file('no.csv', 'a,b\n1,2\n')], 65, /first line must be open_time_ms/],
    [['backtest', w.cross, '--csv', w.file('torn.csv', csvOf(w.rows) + '1,2\n')], 65, /torn\.csv:52: /],
    [['backtest', w.cross, '--csv', join(w.dir, 'nowhere.csv')], 65, /no file of candles/],
    [['backtest', w.cross], 64, /name the candles/],
    [['backtest', w.cross, '--csv', w.csv, '--input', 'fastLenght=3'], 65, /did you mean fastLength/],
    [['backtest', w.cross, '--csv', w.csv, '--input', 'fastLength=0'], 65, /fastLength/i],
    [['backtest', w.cross, 'VET', '4h'], 1, /no store in/],
    [['sweep', w.cross, '--csv', w.csv, '--input', 'fastLength=9:1'], 64, /FROM:TO/],
  ];
  for (const [args, code, says] of cases) {
    const r = await w.cli(...args);
    assert.equal(r.code, code, `${args.join(' ')}: ${r.err}`);
    assert.match(r.err, says);
  }
});

test('a sweep runs every combination, in parts, and goes on where it was cut off', async (t) => {
  const w = work(t);
  const sweep = ['--csv', w.csv, '--input', 'fastLength=2:6', '--input', 'slowLength=8:24:4'];
  const whole = JSON.parse(await w.ok('sweep', w.cross, ...sweep, '--json'));
  assert.equal(whole.combinations.length, 25);
  for (let i = 0; i < 25; i++) {
    const c = whole.combinations[i];
    if (i > 0) assert.ok(whole.combinations[i - 1].net_profit >= c.net_profit, 'best first');
    const wanted = reference(w.rows, c.inputs.fastLength, c.inputs.slowLength);
    assert.equal(c.trades, wanted.trades.length);
    assert.ok(near(c.final_equity, wanted.equity));
  }
  assert.equal(whole.walk_forward.steps.length, 6);
  assert.equal(typeof whole.elapsed.run_ms, 'number');
  assert.equal(whole.monte_carlo.runs, 1000);

  const state = (k) => join(w.dir, `part${k}`);
  for (const k of [1, 2, 3]) await w.ok('sweep', w.cross, ...sweep, '--part', `${k}/3`, '--state', state(k));
  const merged = JSON.parse(await w.ok('sweep', 'merge', state(1), state(2), state(3), '--json'));
  assert.deepEqual(merged.combinations, whole.combinations);

  // The last line cut off in the middle, as by a power cut: that one runs again, the others do not.
  const text = readFileSync(state(2), 'utf8');
  writeFileSync(state(2), text.slice(0, -20));
  const again = JSON.parse(await w.ok('sweep', w.cross, ...sweep, '--part', '2/3', '--state', state(2), '--json'));
  assert.equal(again.resumed, again.combinations.length - 1);
  const other = await w.cli('sweep', w.cross, '--csv', w.csv, '--input', 'fastLength=2:9', '--state', state(2));
  assert.equal(other.code, 65);
  assert.match(other.err, /another sweep/);

  const few = JSON.parse(await w.ok('sweep', w.cross, ...sweep, '--random', '7', '--seed', '5', '--json'));
  assert.equal(few.combinations.length, 7);
  const found = JSON.parse(await w.ok('sweep', w.cross, ...sweep, '--optimise', '15', '--json'));
  assert.equal(new Set(found.combinations.map((c) => JSON.stringify(c.inputs))).size, found.combinations.length);
  assert.ok(found.combinations.length <= 15);
  assert.match(await w.ok('sweep', w.cross, ...sweep), /Walk-forward[\s\S]*Best over[\s\S]*drawn anew/);
});

test('verify tells an honest strategy from one that depends on its beginning', async (t) => {
  const w = work(t);
  assert.match(await w.ok('strategy', 'verify', w.cross, '--csv', w.csv), /No look-ahead[\s\S]*Does not depend/);
  const sum = w.file('sum.pine', '//@version=5\nindicator("s")\nplot(ta.cum(volume), "Sum")\n');
  const r = await w.cli('strategy', 'verify', sum, '--csv', w.csv);
  assert.equal(r.code, 1);
  assert.match(r.out, /DEPENDS ON ITS BEGINNING[\s\S]*Sum/);
});

test('shipped strategies on real candles', async (t) => {
  const file = join(SHARED, 'data/binance/VET-USDT/4h.csv.gz');
  if (!existsSync(file)) { t.skip('the real candles are absent'); return; }
  const w = work(t);
  const r = JSON.parse(await w.ok('backtest', join(STRATEGIES, 'ema_cross.pine'), '--csv', file, '--json'));
  assert.equal(r.pair, 'VETUSDT');
  assert.equal(r.timeframe, '4h');
  assert.equal(r.bars, 9229);
  assert.ok(r.trades > 20);
});

test('a live day replayed has no difference but fills; the store backtests as a file does', { timeout: 120000 }, async (t) => {
  const exchange = await practice({ speed: 1200, seed: 21 });
  const folder = hubFolder(exchange, { speed: 1200 });
  t.after(async () => { await folder.stop(); await exchange.stop(); });
  const every = join(folder.dir, 'every.pine');
  writeFileSync(every, `//@version=5
strategy("every bar", overlay=true)
if bar_index % 2 == 0
    strategy.entry("long", strategy.long)
if bar_index % 2 == 1
    strategy.close("long")
`);
  await folder.run();
  await folder.ok('watch', 'add', 'VET', '15m', '--strategy', every);
  await folder.live();
  await until(async () => (await folder.list('signals')).length >= 6, { limit_ms: 60000, what: 'six signals' });
  await folder.hub.stop();

  const signals = await folder.list('signals');
  const day = new Date(signals.at(-1).candle_time).toISOString().slice(0, 10);
  const r = await folder.cli('replay-day', 'main', day, '--json');
  const rows = JSON.parse(r.out);
  const odd = rows.filter((x) => !['fill price', 'rejected by gate'].includes(x.cause));
  assert.deepEqual(odd, [], r.err);
  assert.ok(rows.some((x) => x.cause === 'fill price'), r.out + r.err);

  const stored = await folder.list('candles', 'VET', '15m');
  const csv = join(folder.dir, 'stored.csv');
  writeFileSync(csv, csvOf(stored.map((c) => ({ ...c, time: c.open_time }))));
  const fromStore = JSON.parse(await folder.ok('backtest', every, 'VET', '15m', '--json'));
  const fromFile = JSON.parse(await folder.ok('backtest', every, '--csv', csv, '--json'));
  assert.equal(fromStore.bars, stored.length);
  assert.equal(fromStore.trades, fromFile.trades);
});
