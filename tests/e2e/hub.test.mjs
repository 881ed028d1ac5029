// SPDX-License-Identifier: Apache-2.0
// The hub's whole path on a real practice exchange: what is served is what is stored, every raw signal
// has its verdict, and no killed agent or stopped hub loses or doubles anything.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { practice, hubFolder, until, STRATEGIES } from './support.mjs';

const LENGTH = { '1m': 60e3, '5m': 300e3, '15m': 900e3, '1h': 3600e3, '4h': 14400e3, '1d': 86400e3 };

// A strategy that wants something on every bar: enters on even bars, closes on odd ones.
const EVERY_BAR = `//@version=5
strategy("every bar", overlay=true)
if bar_index % 2 == 0
    strategy.entry("long", strategy.long)
if bar_index % 2 == 1
    strategy.close("long")
`;

// All candles of a stream that the exchange serves for the open times we hold.
async function served(exchange, pair, timeframe, from, to) {
  const rows = [];
  for (let at = from; at <= to;) {
    const page = await exchange.json(`/api/v3/klines?symbol=${pair.replace('/', '')}&interval=${timeframe}&startTime=${at}&endTime=${to}&limit=1000`);
    if (page.length === 0) break;
    rows.push(...page);
    at = page.at(-1)[0] + 1;
  }
  return rows;
}

function sameNumber(text, number) {
  return Number(text) === number;
}

async function assertStoredIsServed(folder, exchange, pair, timeframe) {
  const stored = await folder.list('candles', pair, timeframe);
  assert.ok(stored.length > 0, `${pair} ${timeframe} has candles`);
  const rows = await served(exchange, pair, timeframe, stored[0].open_time, stored.at(-1).open_time);
  assert.equal(stored.length, rows.length, `${pair} ${timeframe}: as many candles as served`);
  rows.forEach((row, i) => {
    const c = stored[i];
    assert.equal(c.open_time, row[0]);
    for (const [k, name] of ['open', 'high', 'low', 'close', 'volume'].entries()) {
      assert.ok(sameNumber(row[k + 1], c[name]), `${pair} ${timeframe} ${c.open_time} ${name}: ${row[k + 1]} served, ${c[name]} stored`);
    }
  });
  return stored;
}

test('what an exchange served is what is stored, over 24 streams and six timeframes', { timeout: 120000 }, async (t) => {
  const exchange = await practice({ speed: 600, seed: 3 });
  const folder = hubFolder(exchange, { speed: 600 });
  t.after(async () => { await folder.stop(); await exchange.stop(); });
  await folder.run();
  const pairs = ['VET', 'BTC', 'ETH', 'ADA'];
  for (const pair of pairs) {
    for (const tf of Object.keys(LENGTH)) await folder.ok('watch', 'add', pair, tf);
  }
  const s = await folder.live();
  assert.equal(s.streams.length, 24);
  await until(async () => {
    const rows = await folder.list('ledger', 'VET', '1m');
    return rows.filter((r) => r.status === 'SAVED' && !r.late).length >= 20;
  }, { what: 'twenty live candles of VET 1m', limit_ms: 60000 });
  await folder.hub.stop();
  for (const pair of pairs) {
    for (const tf of Object.keys(LENGTH)) await assertStoredIsServed(folder, exchange, `${pair}/USDT`, tf);
  }
  const stored = await folder.list('candles', 'VET', '4h');
  assert.ok(stored.length >= 500, 'at least 500 candles of history');
  const gaps = await folder.list('gaps');
  assert.deepEqual(gaps.filter((g) => g.cause === 'the exchange has no such candle'), []);
});

test('every timeframe from a minute to a month: bootstrapped, followed, equal to what was served', { timeout: 120000 }, async (t) => {
  const all = ['1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '6h', '8h', '12h', '1d', '3d', '1w', '1M'];
  const exchange = await practice({ speed: 1200, seed: 13 });
  const folder = hubFolder(exchange, { speed: 1200 });
  t.after(async () => { await folder.stop(); await exchange.stop(); });
  await folder.run();
  for (const tf of all) await folder.ok('watch', 'add', 'ETH', tf);
  const s = await folder.live();
  assert.deepEqual(s.streams.map((x) => x.timeframe).sort(), [...all].sort());
  await until(async () => (await folder.list('ledger', 'ETH', '1h')).filter((r) => r.status === 'SAVED').length >= 2, { limit_ms: 60000, what: 'two candles of 1h' });
  await folder.hub.stop();
  for (const tf of all) {
    const stored = await assertStoredIsServed(folder, exchange, 'ETH/USDT', tf);
    const first = new Date(stored[0].open_time);
    if (tf === '1w') assert.equal(first.getUTCDay(), 1, 'weeks open on Monday');
    if (tf === '1M') assert.equal(first.getUTCDate(), 1, 'months open on the first');
  }
});

test('every raw signal has exactly one verdict with all its checks', { timeout: 120000 }, async (t) => {
  const exchange = await practice({ speed: 60, seed: 5 });
  const folder = hubFolder(exchange, { speed: 60 });
  t.after(async () => { await folder.stop(); await exchange.stop(); });
  const file = join(folder.dir, 'every_bar.pine');
  await folder.run();
  writeFileSync(file, EVERY_BAR);
  for (const pair of ['VET', 'BTC', 'ETH', 'ADA', 'XRP']) {
    await folder.ok('watch', 'add', pair, '1m', '--strategy', file);
  }
  await folder.live();
  await until(async () => (await folder.list('queue')).length >= 20, { limit_ms: 60000, what: 'twenty verdicts' });
  const signals = await until(async () => {
    const all = await folder.list('signals');
    const judged = await folder.list('queue');
    return all.length === judged.length && all;
  }, { what: 'a verdict for each signal' });
  const queue = await folder.list('queue');
  assert.deepEqual(queue.map((q) => q.signal_id).sort((a, b) => a - b), signals.map((s) => s.id).sort((a, b) => a - b));
  const names = queue[0].checks.map((c) => c.name);
  assert.ok(['spread_bps', 'volume_24h', 'depth', 'balance', 'exposure_pair', 'signal_age'].every((n) => names.includes(n)), names.join());
  for (const q of queue) {
    assert.deepEqual(q.checks.map((c) => c.name), names);
    assert.equal(q.status === 'APPROVED', q.checks.every((c) => c.pass));
    assert.equal(q.status === 'APPROVED', q.reason === '');
  }
  assert.ok(queue.some((q) => q.status === 'APPROVED'), 'some signals are approved');
  const portfolio = JSON.parse(await folder.ok('portfolio', 'show', 'main', '--json'));
  assert.ok(portfolio, 'the portfolio can be shown');
});

for (const victim of ['architect', 'harvester', 'gatekeeper', 'analyst 1']) {
  for (const signal of ['SIGKILL', 'SIGSTOP']) {
    test(`${victim} ${signal === 'SIGKILL' ? 'killed' : 'hanging'}: started again, nothing lost or doubled`, { timeout: 120000 }, async (t) => {
      const exchange = await practice({ speed: 60, seed: 7 });
      const folder = hubFolder(exchange, { speed: 60, set: ['hub.hang_timeout=1s', 'hub.heartbeat_interval=200ms', 'gate.max_signal_age=10m'] });
      t.after(async () => { await folder.stop(); await exchange.stop(); });
      const file = join(folder.dir, 'every_bar.pine');
      await folder.run();
      writeFileSync(file, EVERY_BAR);
      for (const pair of ['VET', 'BTC', 'ETH']) await folder.ok('watch', 'add', pair, '1m', '--strategy', file);
      await folder.live();
      await until(async () => (await folder.list('queue')).length >= 3, { what: 'first verdicts' });
      const pid = await folder.agentPid(victim);
      process.kill(pid, signal);
      await until(async () => {
        const agent = (await folder.status())?.agents.find((a) => a.name === victim);
        return agent && agent.pid && agent.pid !== pid && agent.state === 'ready' && agent.restarts >= 1;
      }, { what: `${victim} working again` });
      const before = (await folder.list('queue')).length;
      await until(async () => (await folder.list('queue')).length >= before + 6, { what: 'verdicts after the restart', limit_ms: 40000 });
      await folder.live();
      await folder.hub.stop();
      for (const pair of ['VET/USDT', 'BTC/USDT', 'ETH/USDT']) {
        const stored = await assertStoredIsServed(folder, exchange, pair, '1m');
        for (let i = 1; i < stored.length; i++) assert.equal(stored[i].open_time - stored[i - 1].open_time, 60000);
      }
      const signals = await folder.list('signals');
      const keys = signals.map((s) => `${s.pair} ${s.timeframe} ${s.candle_time} ${s.action}`);
      assert.equal(new Set(keys).size, keys.length, 'no signal twice');
      const queue = await folder.list('queue');
      assert.equal(new Set(queue.map((q) => q.signal_id)).size, queue.length, 'no verdict twice');
    });
  }
}

test('a stopped hub heals at its next start, and stops in order within five seconds', { timeout: 120000 }, async (t) => {
  const exchange = await practice({ speed: 600, seed: 9 });
  const folder = hubFolder(exchange, { speed: 600 });
  t.after(async () => { await folder.stop(); await exchange.stop(); });
  await folder.run();
  await folder.ok('watch', 'add', 'VET', '1m');
  await folder.live();
  const asked = Date.now();
  const first = await folder.hub.stop();
  assert.equal(first.code, 0, first.err);
  assert.ok(Date.now() - asked < 5000, 'stopped within five seconds');
  const left = (await folder.list('candles', 'VET', '1m')).at(-1).open_time;
  await until(async () => (await exchange.json('/api/v3/time')).serverTime > left + 40 * 60000, { what: 'forty minutes of exchange time' });
  await folder.run();
  await folder.live();
  await until(async () => (await folder.list('candles', 'VET', '1m')).at(-1).open_time > left + 35 * 60000, { what: 'healed candles' });
  await folder.hub.stop();
  const stored = await assertStoredIsServed(folder, exchange, 'VET/USDT', '1m');
  for (let i = 1; i < stored.length; i++) assert.equal(stored[i].open_time - stored[i - 1].open_time, 60000);
  const late = (await folder.list('ledger', 'VET', '1m')).filter((r) => r.late);
  assert.ok(late.length >= 30, 'what came after its window is marked late');
  assert.ok(late.every((r) => r.status === 'SAVED'));
});

test('a second hub on the same folder is refused with a word', { timeout: 60000 }, async (t) => {
  const exchange = await practice({ speed: 60 });
  const folder = hubFolder(exchange, { speed: 60 });
  t.after(async () => { await folder.stop(); await exchange.stop(); });
  await folder.run();
  const second = await folder.cli('run');
  assert.equal(second.code, 69);
  assert.match(second.err, /another hub/);
});

test('strategies that share a portfolio do not sell each other\'s holdings', { timeout: 120000 }, async (t) => {
  const exchange = await practice({ speed: 60, seed: 11 });
  const folder = hubFolder(exchange, { speed: 60 });
  t.after(async () => { await folder.stop(); await exchange.stop(); });
  const holder = join(folder.dir, 'holder.pine'), trader = join(folder.dir, 'trader.pine');
  await folder.run();
  // One buys on every bar it may and never sells; the other buys and sells in turn.
  writeFileSync(holder, '//@version=5\nstrategy("holder", pyramiding=1000)\nstrategy.entry("hold", strategy.long)\n');
  writeFileSync(trader, EVERY_BAR);
  await folder.ok('watch', 'add', 'BTC', '1m', '--strategy', holder, '--strategy', trader);
  await folder.live();
  const queue = await until(async () => {
    const all = await folder.list('queue');
    return all.filter((q) => q.strategy === 'trader.pine' && q.action === 'exit' && q.status === 'APPROVED').length >= 2 && all;
  }, { limit_ms: 60000, what: 'two exits of the trader' });
  let bought = 0;
  for (const q of queue.filter((x) => x.strategy === 'trader.pine' && x.status === 'APPROVED')) {
    if (q.action === 'enter_long') bought += Number(q.qty);
    else {
      assert.ok(Math.abs(Number(q.qty) - bought) < 1e-9, `sold ${q.qty} of the ${bought} it bought`);
      bought = 0;
    }
  }
});

test('SIGHUP: a reloadable setting holds at once, another one is said to need a restart', { timeout: 60000 }, async (t) => {
  const exchange = await practice({ speed: 60, seed: 17 });
  const folder = hubFolder(exchange, { speed: 60 });
  t.after(async () => { await folder.stop(); await exchange.stop(); });
  const file = join(folder.dir, 'every_bar.pine'), settings = join(folder.dir, 'oracle.conf');
  const limit = (q) => q.checks.find((c) => c.name === 'volume_24h' && c.limit.startsWith('>='))?.limit;
  writeFileSync(settings, '[gate]\nmin_volume_24h = 1\n');
  await folder.run('--config', settings);
  writeFileSync(file, EVERY_BAR);
  await folder.ok('watch', 'add', 'BTC', '1m', '--strategy', file);
  await folder.live();
  await until(async () => (await folder.list('queue')).some((q) => limit(q) === '>= 1'), { what: 'a verdict by the first limit' });
  writeFileSync(settings, '[gate]\nmin_volume_24h = 999999999999\n[hub]\nanalysts = 1\n');
  folder.hub.child.kill('SIGHUP');
  const q = await until(async () => (await folder.list('queue')).find((x) => limit(x) === '>= 999999999999'), { what: 'a verdict by the new limit' });
  assert.equal(q.status, 'REJECTED');
  assert.match(folder.hub.err, /setting=hub\.analysts/);
  assert.equal(folder.hub.code, null, 'the hub goes on');
});

test('the whole hub killed at once: its agents die with it, the next start heals', { timeout: 60000 }, async (t) => {
  const exchange = await practice({ speed: 60, seed: 19 });
  const folder = hubFolder(exchange, { speed: 60 });
  t.after(async () => { await folder.stop(); await exchange.stop(); });
  const file = join(folder.dir, 'every_bar.pine');
  await folder.run();
  writeFileSync(file, EVERY_BAR);
  for (const pair of ['VET', 'BTC', 'ETH']) await folder.ok('watch', 'add', pair, '1m', '--strategy', file);
  await folder.live();
  await until(async () => (await folder.list('queue')).length >= 3, { what: 'first verdicts' });
  const pids = (await folder.status()).agents.map((a) => a.pid);
  await folder.hub.stop('SIGKILL');
  await until(() => pids.every((pid) => { try { process.kill(pid, 0); return false; } catch { return true; } }), { what: 'no agent left behind' });
  await folder.run();
  await folder.live();
  const before = (await folder.list('queue')).length;
  await until(async () => (await folder.list('queue')).length > before + 3, { what: 'verdicts after the start' });
  await folder.hub.stop();
  for (const pair of ['VET/USDT', 'BTC/USDT', 'ETH/USDT']) {
    const stored = await assertStoredIsServed(folder, exchange, pair, '1m');
    for (let i = 1; i < stored.length; i++) assert.equal(stored[i].open_time - stored[i - 1].open_time, 60000);
  }
  const queue = await folder.list('queue');
  assert.equal(new Set(queue.map((q) => q.signal_id)).size, queue.length, 'no verdict twice');
  assert.equal((await folder.cli('data', 'verify')).code, 0, 'the data is whole');
});
