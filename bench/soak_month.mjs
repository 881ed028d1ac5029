// SPDX-License-Identifier: Apache-2.0
// A simulated month in one run, with faults on: memory of each agent after the first day and at the end, open
// descriptors, file sizes against what the rows take, and whether every candle of the month is there.
// By hand: node bench/soak_month.mjs; environment: STREAMS=1000, DAYS=31, SPEED=3600, SEED=1.
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { practice, hubFolder, until } from '../tests/e2e/support.mjs';
import { EVERY_BAR, addFaults, clearFaults, exchangeNow, exchangeState, iso, pairOf, processFigures, sleep, symbols } from '../tests/chaos/lib.mjs';

const streams = Number(process.env.STREAMS ?? 1000);
const days = Number(process.env.DAYS ?? 31);
const speed = Number(process.env.SPEED ?? 3600);
const seed = Number(process.env.SEED ?? 1);
const DAY = 86400e3;
const TIMEFRAMES = ['15m', '30m', '1h', '4h', '1d'];
// What a row takes in its file, at most: the candle's nine numbers and the key; a ledger row with its text; a
// signal with its verdict, checks, order, events, fill and their indices. A write-ahead log is cut to its limit.
const CANDLE_BYTES = 110, LEDGER_BYTES = 90, SIGNAL_BYTES = 1500, WAL_BYTES = 8.5e6;

const FAULTS = `klines rate=0.002 status=500
klines rate=0.001 reset
klines rate=0.001 cut
klines rate=0.002 late=40s
klines rate=0.0005 garbage
bookTicker rate=0.01 status=502
`;

const exchange = await practice({ speed, seed, pairs: Math.max(40, Math.ceil(streams / TIMEFRAMES.length)), weight_limit: 100000000 });
const folder = hubFolder(exchange, { speed, set: ['bootstrap.candles=100', 'exchange.binance.request_timeout=2s', 'gate.max_signal_age=1h', 'hub.clock_interval=30s', 'hub.log_level=error'] });
const files = (pattern) => readdirSync(folder.dir).filter((f) => pattern.test(f)).map((f) => statSync(join(folder.dir, f)).size);
const fileBytes = () => files(/\.db$/).reduce((sum, size) => sum + size, 0);
const look = async () => {
  const status = await folder.status();
  return { pids: status.agents.map((a) => a.pid), restarts: status.agents.reduce((s, a) => s + a.restarts, 0),
    figures: Object.fromEntries(status.agents.map((a) => [a.name, processFigures(a.pid)])), bytes: fileBytes() };
};
const line = (what, l) => `${what.padEnd(10)} files ${(l.bytes / 1e6).toFixed(1)} MB, restarts ${l.restarts}: ${Object.entries(l.figures).map(([n, f]) => `${n} ${(f.pss_bytes / 1048576).toFixed(1)} MB ${f.descriptors} fd`).join(', ')}`;

const failures = [];
try {
  await folder.run();
  const file = join(folder.dir, 'every_bar.pine');
  writeFileSync(file, EVERY_BAR);
  const names = await symbols(exchange);
  const wanted = names.flatMap((name) => TIMEFRAMES.map((tf) => [pairOf(name), tf])).slice(0, streams);
  for (let at = 0; at < wanted.length; at += 8) {
    await Promise.all(wanted.slice(at, at + 8).map(([pair, tf], k) => folder.ok('watch', 'add', pair, tf, ...((at + k) % 20 === 0 ? ['--strategy', file] : []))));
  }
  await until(async () => (await folder.status()).streams.every((s) => s.state === 'live'), { limit_ms: 600000, every_ms: 500, what: 'live streams' });
  await addFaults(exchange, FAULTS);
  const from = await exchangeNow(exchange);
  console.log(`${wanted.length} streams from ${iso(from)}, ${days} days at ${speed} times real time`);
  let first = null, last = null;
  for (let day = 1; day <= days; day++) {
    await until(async () => (await exchangeNow(exchange)) >= from + day * DAY, { limit_ms: 3600000, every_ms: 200 });
    last = await look();
    if (day === 1 || day % 5 === 0 || day === days) console.log(line(`day ${day}`, last));
    first ??= last;
  }
  await clearFaults(exchange);
  await sleep(3000);
  await until(async () => (await folder.status()).streams.every((s) => s.state === 'live' && s.lag_ms < 2 * 3600e3 + 2 * DAY), { limit_ms: 60000, every_ms: 500, what: 'calm streams' });
  for (const [name, f] of Object.entries(last.figures)) {
    const before = first.figures[name];
    if (last.restarts === 0 && f.pss_bytes > before.pss_bytes * 1.2 + 2e6) failures.push(`${name} grew from ${before.pss_bytes} to ${f.pss_bytes} bytes`);
    if (f.descriptors > before.descriptors + 4) failures.push(`${name} had ${before.descriptors} descriptors, now ${f.descriptors}`);
  }
  if (last.restarts > 0) failures.push(`${last.restarts} restarts without a kill`);
  await folder.hub.stop();
  let candles = 0, holes = 0;
  for (const [pair, tf] of wanted) {
    const stored = await folder.list('candles', pair, tf);
    candles += stored.length;
    for (let i = 1; i < stored.length; i++) holes += stored[i].open_time - stored[i - 1].open_time !== stored[1].open_time - stored[0].open_time;
  }
  const ledger = await folder.list('ledger');
  const unsettled = ledger.filter((r) => r.status !== 'SAVED' && r.open_time < from + (days - 2) * DAY);
  if (holes > 0) failures.push(`${holes} holes in the candles`);
  if (unsettled.length > 0) failures.push(`${unsettled.length} ledger rows are not SAVED: ${JSON.stringify(unsettled[0])}`);
  const signals = await folder.list('signals');
  const most = candles * CANDLE_BYTES + ledger.length * LEDGER_BYTES + signals.length * SIGNAL_BYTES + streams * 4096 + 4e6;
  const bytes = fileBytes();
  if (bytes > most) failures.push(`the files take ${bytes} bytes, at most ${most} are explained`);
  const wal = Math.max(...files(/-wal$/), 0);
  if (wal > WAL_BYTES) failures.push(`a write-ahead log has ${wal} bytes`);
  console.log(`${candles} candles, ${ledger.length} due, ${ledger.filter((r) => r.late).length} late, ${signals.length} signals; files ${(bytes / 1e6).toFixed(1)} MB of at most ${(most / 1e6).toFixed(1)}; exchange used ${(await exchangeState(exchange)).used_weight} weight in its last minute`);
  for (const failure of failures) console.log(`FAILED: ${failure}`);
} finally {
  if (process.env.KEEP) console.log(`kept: ${folder.dir}`);
  else await folder.stop();
  await exchange.stop();
}
process.exitCode = failures.length ? 1 : 0;
