// SPDX-License-Identifier: Apache-2.0
// Bursts of 100, 1,000 and 5,000 streams that close in the same minute, steady state, through the real hub
// against a practice exchange on the same machine. Prints from the first request's due time to the last candle
// stored and to the last verdict, CPU per candle of each agent, commits, and memory (sum of PSS).
// Usage: node bench/bench_hub_burst.mjs [STREAMS...]; environment: BURSTS=4 are measured at SPEED=10 (a minute
// lasts six seconds, times are printed in real milliseconds), HOLD=N keeps the last size's hub for N seconds.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { practice, hubFolder, until } from '../tests/e2e/support.mjs';
import { LENGTH, CLOSE_DELAY, exchangeNow, pairOf, processFigures, sleep, symbols } from '../tests/chaos/lib.mjs';

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [100, 1000, 5000];
const speed = Number(process.env.SPEED ?? 10);
const burstsWanted = Number(process.env.BURSTS ?? 4);
const FIRING_EVERY = 20; // one stream in so many wants something on each bar

// What most streams run; the firing ones enter and leave in turn.
const strategy = (fires) => `//@version=5
strategy("burst", overlay=true)
fire = input.bool(${fires})
slow = ta.ema(close, 21)
r = ta.rsi(close, 14)
[m, s, h] = ta.macd(close, 12, 26, 9)
bool up = fire ? bar_index % 2 == 0 : ta.crossover(close, slow) and r > 99
bool down = fire ? bar_index % 2 == 1 : ta.crossunder(close, slow) and r < 1 and m < s
if up
    strategy.entry("long", strategy.long)
if down
    strategy.close("long")
`;

const middle = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const commitsOf = (status) => status.agents.find((a) => a.name === 'architect').commits;
const figures = (status) => Object.fromEntries(status.agents.map((a) => [a.name, processFigures(a.pid)]));

async function watchAll(folder, names, timeframe) {
  const files = { true: join(folder.dir, 'fire.pine'), false: join(folder.dir, 'calm.pine') };
  for (const fires of [true, false]) writeFileSync(files[fires], strategy(fires));
  for (let at = 0; at < names.length; at += 8) {
    await Promise.all(names.slice(at, at + 8).map((name, k) =>
      folder.ok('watch', 'add', pairOf(name), timeframe, '--strategy', files[(at + k) % FIRING_EVERY === 0])));
  }
}

// What became of the candles that closed then, in real milliseconds from their due time.
async function burstOf(folder, close, length) {
  const open = close - length, due = close + CLOSE_DELAY;
  const ledger = (await folder.list('ledger', '--from', String(open), '--to', String(open + 1))).filter((r) => r.open_time === open);
  const queue = (await folder.list('queue', '--from', String(open), '--to', String(open + 1))).filter((q) => q.candle_time === open);
  return {
    stored: (Math.max(...ledger.map((r) => r.saved_at ?? 0)) - due) / speed,
    verdict: queue.length ? (Math.max(...queue.map((q) => q.queued_at)) - due) / speed : NaN,
    candles: ledger.filter((r) => r.status === 'SAVED').length,
    late: ledger.filter((r) => r.late || r.status !== 'SAVED').length,
    verdicts: queue.length,
  };
}

function print(count, timeframe, bursts, before, after, commits) {
  const sum = (key) => bursts.reduce((total, b) => total + b[key], 0);
  const times = (key) => `${middle(bursts.map((b) => b[key])).toFixed(1)} ms (worst ${Math.max(...bursts.map((b) => b[key])).toFixed(1)})`;
  const candles = sum('candles');
  const cpu = Object.keys(after).map((name) => [name, (after[name].cpu_s - before[name].cpu_s) / candles * 1e6]);
  const pss = Object.entries(after).map(([name, f]) => [name, f.pss_bytes / 1048576]);
  const all = (list) => `${list.reduce((total, [, x]) => total + x, 0).toFixed(1)}`;
  const each = (list) => list.map(([name, x]) => `${name} ${x.toFixed(1)}`).join(', ');
  console.log(`${count} streams of ${timeframe}: ${bursts.length} bursts, ${candles} candles, ${sum('late')} not in time, ${sum('verdicts')} verdicts`);
  console.log(`  due to last stored   ${times('stored')}`);
  console.log(`  due to last verdict  ${times('verdict')}`);
  console.log(`  CPU per candle       ${all(cpu)} us: ${each(cpu)}`);
  console.log(`  commits per burst    ${(commits / bursts.length).toFixed(1)}`);
  console.log(`  memory               ${all(pss)} MB: ${each(pss)}`);
}

async function measure(count) {
  // A watchlist is held against the real exchange's weight a minute: more than that close every 5 minutes.
  const timeframe = count > 2000 ? '5m' : '1m', length = LENGTH[timeframe];
  const exchange = await practice({ speed, pairs: count, seed: 1, weight_limit: 100000000 });
  const folder = hubFolder(exchange, { speed, set: ['gate.max_signal_age=5m', 'bootstrap.candles=100', 'hub.log_level=error'] });
  const reached = (time) => until(async () => (await exchangeNow(exchange)) >= time, { limit_ms: 600000, every_ms: 20 });
  try {
    await folder.run();
    await watchAll(folder, await symbols(exchange), timeframe);
    await folder.live(300000);
    // One whole burst is let pass; figures are taken between bursts.
    let close = (Math.floor((await exchangeNow(exchange)) / length) + 2) * length;
    await reached(close - 8e3);
    const status = await folder.status();
    const before = figures(status);
    const closes = Array.from({ length: burstsWanted }, (_, i) => close + i * length);
    await reached(closes.at(-1) + 50e3);
    const last = await folder.status();
    const after = figures(status);
    const bursts = [];
    for (const at of closes) bursts.push(await burstOf(folder, at, length));
    print(count, timeframe, bursts, before, after, commitsOf(last) - commitsOf(status));
    if (process.env.HOLD && count === sizes.at(-1)) {
      console.log(`  held: ${status.agents.map((a) => `${a.name} ${a.pid}`).join(', ')}`);
      await sleep(Number(process.env.HOLD) * 1000);
    }
  } finally {
    await folder.stop();
    await exchange.stop();
  }
}

console.log('goals: last verdict 100 ms at 1,000 and 500 ms at 5,000; 100 us of CPU a candle; 48 MB with 100, 160 MB with 5,000');
for (const count of sizes) await measure(count);
