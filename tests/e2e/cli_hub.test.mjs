// SPDX-License-Identifier: Apache-2.0
// The command line on a running hub: changes take effect at once, listings can be followed, settings
// read again.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ORACLE, practice, hubFolder, until } from './support.mjs';

const EVERY_BAR = `//@version=5
strategy("every bar")
step = input.int(2, "Step", minval=1)
if bar_index % step == 0
    strategy.entry("long", strategy.long)
else
    strategy.close("long")
`;

test('a running hub is changed, looked at, followed and stopped', { timeout: 90000 }, async (t) => {
  const exchange = await practice({ speed: 240, pairs: 20, seed: 11 });
  const hub = hubFolder(exchange, { speed: 240 });
  t.after(async () => { await hub.stop(); await exchange.stop(); });
  const run = await hub.run();
  assert.match(run.out, /The hub runs\.\n  data +\S+\n  exchange +binance, http:/);
  assert.match(run.out, /0 watched\nNext: oracle watch add/);
  assert.match(run.err, /role=commander/);

  const file = join(hub.dir, 'every_bar.pine');
  writeFileSync(file, EVERY_BAR);
  const [added] = JSON.parse(await hub.ok('watch', 'add', 'VET', '1m', '--strategy', file, '--input', 'step=2', '--json'));
  assert.deepEqual(added.strategies, [{ name: 'every_bar.pine', inputs: 'step=2' }]);
  const refused = await hub.cli('watch', 'add', 'VTE', '1m', '--json');
  assert.deepEqual([refused.code, refused.out], [65, '[]\n']);
  assert.match(refused.err, /did you mean VET\/USDT\?/);
  const status = await hub.live();
  assert.deepEqual(status.streams.map((s) => `${s.pair} ${s.timeframe}`), ['VET/USDT 1m']);
  const table = await hub.ok('status');
  assert.match(table, /architect +\d+ +ready/);
  assert.match(table, /VET\/USDT +1m +live/);

  // Followed: one object a line, each verdict once, until interrupted.
  const child = spawn(ORACLE, ['queue', 'VET', '1m', '--follow', '--json', '--data', hub.dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  child.stdout.on('data', (d) => { text += d; });
  await until(() => text.split('\n').length > 4, { what: () => `four followed verdicts, seen: ${text}` });
  child.kill('SIGINT');
  const code = await new Promise((done) => child.on('exit', (c, signal) => done(c ?? signal)));
  assert.equal(code, 130);
  const rows = text.trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(new Set(rows.map((q) => q.id)).size, rows.length);
  for (const q of rows) assert.equal(q.pair, 'VET/USDT');
  const shown = await hub.ok('queue', 'show', String(rows[0].id));
  assert.match(shown, new RegExp(`^Queue entry ${rows[0].id}: (APPROVED|REJECTED)`));
  for (const check of rows[0].checks) assert.match(shown, new RegExp(`^${check.name} `, 'm'));
  assert.equal((await hub.cli('queue', 'show', '999999')).code, 1);

  // JSON, CSV and table say the same.
  const candles = await hub.list('candles', 'VET', '1m', '--last', '3');
  assert.equal(candles.length, 3);
  const at = (i) => candles[i].open_time;
  const csv = (await hub.ok('candles', 'VET', '1m', '--csv', '--from', String(at(0)), '--to', String(at(2) + 1))).trim().split('\n');
  assert.deepEqual(csv.slice(1).map((line) => line.split(',').map(Number)),
    candles.map((c) => [c.open_time, c.open, c.high, c.low, c.close, c.volume]));
  assert.match(await hub.ok('candles', 'VET', '1m', '--last', '2'), /^open time .*\n20\d\d-/);

  assert.equal((await hub.cli('watch', 'pause', 'VET', '1m')).code, 0);
  await until(async () => (await hub.status()).streams[0].state === 'paused', { what: 'a paused stream' });
  assert.equal((await hub.cli('watch', 'resume', 'VET', '1m')).code, 0);
  await hub.live();
  assert.equal((await hub.cli('watch', 'remove', 'VET', '1m')).code, 0);
  await until(async () => (await hub.status()).streams.length === 0, { what: 'no stream' });
  assert.ok((await hub.list('candles', 'VET', '1m')).length > 500);

  assert.equal((await hub.cli('reload')).code, 0);
  assert.equal((await hub.cli('stop')).code, 0);
  await run.ended;
  assert.equal(run.code, 0);
  assert.equal((await hub.cli('status')).code, 69);
});

test('a follower waits quietly and ends when its reader goes', { timeout: 60000 }, async (t) => {
  const exchange = await practice({ pairs: 5 });
  const hub = hubFolder(exchange);
  t.after(async () => { await hub.stop(); await exchange.stop(); });
  await hub.ok('watch', 'add', 'BTC', '1d');
  const child = spawn(ORACLE, ['signals', '--follow', '--data', hub.dir], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let err = '';
  child.stderr.on('data', (d) => { err += d; });
  const ended = new Promise((done) => child.on('exit', (c, signal) => done(c ?? signal)));
  child.stdout.destroy();
  assert.equal(await ended, 0);
  assert.equal(err, '');
});
