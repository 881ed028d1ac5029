// SPDX-License-Identifier: Apache-2.0
// Bursts of streams that close in the same minute, through the real hub against a practice exchange on
// the same machine, steady state. Prints for each size: from the first request's due time to the last
// candle stored and to the last verdict, CPU of all agents per candle, commits, memory (sum of PSS).
// Usage: node bench/bench_hub_burst.mjs [STREAMS...]; default 100 1000 5000.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { practice, hubFolder, until } from '../tests/e2e/support.mjs';

const SPEED = 10; // a minute of candles every six seconds; times are printed in real milliseconds
const BURSTS = 4; // measured after one that warms up
const SIGNALS_EVERY = 20; // one stream in so many has a strategy that wants something on each bar

// Enters and leaves in turn: a signal and a verdict on every candle.
const BUSY = `//@version=5
strategy("busy", pyramiding=0)
if bar_index % 2 == 0
    strategy.entry("b", strategy.long)
if bar_index % 2 == 1
    strategy.close("b")
`;
// What most streams run: two averages and a cross.
const USUAL = readFileSync(new URL('../strategies/ema_cross.pine', import.meta.url), 'utf8');

function pssKb(pid) {
  return Number(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').match(/^Pss:\s+(\d+)/m)[1]);
}

function cpuMs(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10; // clock ticks of 10 ms
}

async function pids(folder) {
  return (await folder.status()).agents.map((a) => [a.name, a.pid]);
}

async function addStreams(folder, exchange, count) {
  const info = await exchange.json('/api/v3/exchangeInfo?showPermissionSets=false');
  const busy = join(folder.dir, 'busy.pine'), usual = join(folder.dir, 'usual.pine');
  writeFileSync(busy, BUSY);
  writeFileSync(usual, USUAL);
  const symbols = info.symbols.slice(0, count).map((s) => `${s.baseAsset}/${s.quoteAsset}`);
  for (let i = 0; i < symbols.length; i += 8) {
    await Promise.all(symbols.slice(i, i + 8).map((pair, k) =>
      folder.ok('watch', 'add', pair, '1m', '--strategy', (i + k) % SIGNALS_EVERY === 0 ? busy : usual)));
  }
}

// The newest minute for which every stream's candle is saved, not older than after.
async function nextBurst(folder, count, after) {
  return until(async () => {
    const rows = (await folder.list('ledger', '--from', String(after + 1))).filter((r) => r.status === 'SAVED');
    const by = Map.groupBy ? Map.groupBy(rows, (r) => r.open_time) : group(rows);
    for (const [open, list] of [...by].sort((a, b) => a[0] - b[0])) {
      if (open > after && list.length >= count) return { open, list };
    }
    return null;
  }, { limit_ms: 60000, every_ms: 500, what: `a whole burst of ${count}` });
}

function group(rows) {
  const by = new Map();
  for (const r of rows) by.set(r.open_time, [...(by.get(r.open_time) ?? []), r]);
  return by;
}

async function measure(count) {
  const timeframe = count > 2000 ? '5m' : '1m';
  const length = LENGTH[timeframe];
  const exchange = await practice({ speed: SPEED, seed: 2, pairs: count, weight_limit: 100000000 });
  const folder = hubFolder(exchange, {
    speed: SPEED,
    set: ['exchange.binance.connections=32', 'hub.log_level=error', 'gate.max_exposure_pair=100'],
  });
  try {
    await folder.run();
    await addStreams(folder, exchange, count);
    const status = await until(async () => {
      const s = await folder.status();
      return s.streams.filter((x) => x.state === 'live').length === count && s;
    }, { limit_ms: 180000, every_ms: 300, what: `${count} live streams` });
    const newest = Math.max(...status.streams.map((s) => s.last_candle));
    let { open } = await nextBurst(folder, count, newest);
    const agents = await pids(folder);
    const before = new Map(agents.map(([name, pid]) => [name, cpuMs(pid)]));
    const stored = [], judged = [], signals = [];
    for (let i = 0; i < BURSTS; i++) {
      const burst = await nextBurst(folder, count, open);
      open = burst.open;
      await new Promise((done) => setTimeout(done, 400)); // its verdicts, well before the next close
      const verdicts = (await folder.list('queue', '--from', String(open))).filter((q) => q.candle_time === open);
      const due = Math.min(...burst.list.map((r) => r.due_at));
      stored.push((Math.max(...burst.list.map((r) => r.saved_at)) - due) / SPEED);
      signals.push(verdicts.length);
      if (verdicts.length) judged.push((Math.max(...verdicts.map((q) => q.queued_at)) - due) / SPEED);
    }
    const after = new Map(agents.map(([name, pid]) => [name, cpuMs(pid)]));
    const used = agents.map(([name]) => [name, after.get(name) - before.get(name)]);
    const total = used.reduce((sum, [, ms]) => sum + ms, 0);
    const pss = agents.reduce((sum, [, pid]) => sum + pssKb(pid), 0);
    const mean = (list) => (list.length ? (list.reduce((a, b) => a + b, 0) / list.length).toFixed(0) : '-');
    console.log(`${String(count).padStart(7)}  ${mean(stored).padStart(9)}  ${mean(judged).padStart(10)}  ${mean(signals).padStart(7)}  `
      + `${(total * 1000 / (count * BURSTS)).toFixed(0).padStart(10)}  ${(pss / 1024).toFixed(1).padStart(7)}`);
    console.log(`         CPU in ms over ${BURSTS} bursts: ${used.map(([name, ms]) => `${name} ${ms}`).join(', ')}`);
  } finally {
    await folder.stop();
    await exchange.stop();
  }
}

const sizes = process.argv.slice(2).map(Number);
console.log('streams  stored ms  verdict ms  signals  CPU us/cdl   PSS MB   (goals: 1,000 in 100 ms, 5,000 in 500 ms, 100 us; 48 MB with 100, 160 MB with 5,000)');
for (const count of sizes.length ? sizes : [100, 1000, 5000]) await measure(count);
