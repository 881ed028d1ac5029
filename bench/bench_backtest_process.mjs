// SPDX-License-Identifier: Apache-2.0
// The built program as others would measure it: whole processes over 1,000,000 candles of CSV, their peak
// memory, a sweep on all cores; and the shipped strategies held against loops written here, in another
// language, over the same candles. Usage: [CANDLES]; exit code 1 when results differ.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync, createReadStream, createWriteStream, readFileSync } from 'node:fs';
import { tmpdir, cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

const ORACLE = process.env.ORACLE_BIN ?? resolve('build/oracle');
const HERE = import.meta.dirname ?? new URL('.', import.meta.url).pathname;
const COUNT = Number(process.argv[2] ?? 1_000_000);
const dir = mkdtempSync(join(tmpdir(), 'oracle-bench-'));
let bad = 0;

// ---- candles: a walk of six decimals from a seeded generator (mulberry32)
function makeCandles(n) {
  let seed = 1;
  const unit = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const open = new Float64Array(n), close = new Float64Array(n);
  const lines = ['open_time_ms,open,high,low,close,volume'];
  let price = 100;
  for (let i = 0; i < n; i++) {
    const o = Number(price.toFixed(6));
    price = Math.min(1000, Math.max(10, price * (1 + 0.004 * (unit() + unit() - 1))));
    const c = Number(price.toFixed(6));
    open[i] = o;
    close[i] = c;
    lines.push(`${1609459200000 + i * 60000},${o},${Math.max(o, c)},${Math.min(o, c)},${c},${Math.floor(unit() * 1000)}`);
  }
  return { n, open, close, text: lines.join('\n') + '\n' };
}

// ---- running the program, with its peak memory as the kernel counts it
function run(args) {
  return new Promise((done, fail) => {
    const start = performance.now();
    const child = spawn(ORACLE, [...args, '--data', dir], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '', err = '', peak = 0;
    const look = () => {
      try {
        peak = Math.max(peak, Number(readFileSync(`/proc/${child.pid}/status`, 'utf8').match(/VmHWM:\s+(\d+)/)?.[1] ?? 0));
      } catch { /* it has ended */ }
    };
    const timer = setInterval(look, 2);
    child.stdout.on('data', (d) => { out += d; });
    child.stderr.on('data', (d) => { err += d; });
    child.on('close', (code) => {
      clearInterval(timer);
      if (code !== 0) fail(new Error(`oracle ${args.join(' ')} ended with ${code}: ${err}`));
      else done({ ms: performance.now() - start, peak_mb: peak / 1024, out });
    });
  });
}

async function best(args, rounds = 5) {
  let least = null;
  for (let i = 0; i < rounds; i++) {
    const r = await run(args);
    if (!least || r.ms < least.ms) least = r;
  }
  return { ...least, json: JSON.parse(least.out) };
}

// ---- loops of their own: signal on the closed candle, fill at the next open, one unit, 0.1 % a side
function trade(c, signal) {
  let cash = 1_000_000, held = false, buy = false, sell = false, trades = 0, entries = 0;
  for (let i = 0; i < c.n; i++) {
    if (sell && held) { cash += c.open[i] * (1 - 0.001); held = false; trades++; }
    if (buy && !held) { cash -= c.open[i] * (1 + 0.001); held = true; entries++; }
    [buy, sell] = signal(i);
  }
  return { trades, entries, equity: cash + (held ? c.close[c.n - 1] : 0) };
}

function crosses(fast, slow) {
  return (i) => [i > 0 && fast[i] > slow[i] && fast[i - 1] <= slow[i - 1], i > 0 && fast[i] < slow[i] && fast[i - 1] >= slow[i - 1]];
}

function sma(x, length) {
  return Float64Array.from(x, (_, i) => {
    if (i + 1 < length) return NaN;
    let sum = 0;
    for (let k = i + 1 - length; k <= i; k++) sum += x[k];
    return sum / length;
  });
}

// Seeded by the plain average of the first values, as Pine documents.
function smoothed(x, length, weight, first = 0) {
  const out = new Float64Array(x.length).fill(NaN);
  let sum = 0;
  for (let i = first; i < x.length; i++) {
    if (i < first + length) {
      sum += x[i];
      if (i === first + length - 1) out[i] = sum / length;
    } else {
      out[i] = weight * x[i] + (1 - weight) * out[i - 1];
    }
  }
  return out;
}

function rsi(x, length) {
  const up = Float64Array.from(x, (v, i) => (i ? Math.max(v - x[i - 1], 0) : NaN));
  const down = Float64Array.from(x, (v, i) => (i ? Math.max(x[i - 1] - v, 0) : NaN));
  const u = smoothed(up, length, 1 / length, 1), d = smoothed(down, length, 1 / length, 1);
  return u.map((v, i) => (d[i] === 0 ? 100 : 100 - 100 / (1 + v / d[i])));
}

const references = {
  'cross_sma.pine': (c) => trade(c, crosses(sma(c.close, 10), sma(c.close, 30))),
  'cross_ema_rsi.pine': (c) => {
    const cross = crosses(smoothed(c.close, 12, 2 / 13), smoothed(c.close, 26, 2 / 27)), strength = rsi(c.close, 14);
    return trade(c, (i) => { const [up, down] = cross(i); return [up && strength[i] < 70, down]; });
  },
};

// ---- the figures
async function backtest(file, csv, candles) {
  const r = await best(['backtest', join(HERE, file), '--csv', csv, '--json']);
  const { compile_ms, load_ms, run_ms } = r.json.elapsed;
  console.log(`${file.padEnd(22)} ${r.ms.toFixed(0).padStart(5)} ms in all, compile ${compile_ms.toFixed(2)}, read ${load_ms.toFixed(0)}, `
    + `run ${run_ms.toFixed(1)} ms = ${(run_ms * 1e6 / r.json.bars).toFixed(1)} ns a candle; peak ${r.peak_mb.toFixed(1)} MB`);
  const wanted = references[file]?.(candles);
  if (!wanted) return;
  const entries = r.json.trades + r.json.open_trades;
  const same = r.json.trades === wanted.trades && entries === wanted.entries
    && Math.abs(r.json.final_equity - wanted.equity) <= 1e-9 * Math.abs(wanted.equity);
  console.log(`  cross-check: ${same ? 'equal' : 'DIFFERENT'}, ${r.json.trades} trades, ${entries} entries, equity ${r.json.final_equity}`
    + (same ? '' : `; the loop: ${wanted.trades}, ${wanted.entries}, ${wanted.equity}`));
  if (!same) bad = 1;
}

try {
  const candles = makeCandles(COUNT);
  const csv = join(dir, 'candles.csv'), part = join(dir, 'part.csv');
  writeFileSync(csv, candles.text);
  writeFileSync(part, candles.text.split('\n', 100_001).join('\n') + '\n');
  await pipeline(createReadStream(csv), createGzip(), createWriteStream(csv + '.gz'));
  console.log(`${COUNT} candles (goals: whole process under 300 ms, read at most 100 ms, peak under 40 MB)`);
  for (const file of ['cross_sma.pine', 'cross_ema_rsi.pine', 'five_indicators.pine', 'var_island.pine']) await backtest(file, csv, candles);
  const zipped = await best(['backtest', join(HERE, 'cross_sma.pine'), '--csv', csv + '.gz', '--json'], 3);
  console.log(`from gzip              ${zipped.ms.toFixed(0).padStart(5)} ms in all, peak ${zipped.peak_mb.toFixed(1)} MB`);
  const sweep = await best(['sweep', join(HERE, 'cross_sma.pine'), '--csv', part, '--input', 'fast_length=5:44',
    '--input', 'slow_length=50:170:5', '--json'], 5);
  console.log(`sweep                  ${sweep.ms.toFixed(0).padStart(5)} ms in all for ${sweep.json.combinations.length} pairs over `
    + `${sweep.json.candles} candles on ${cpus().length} cores, run ${sweep.json.elapsed.run_ms.toFixed(0)} ms (goal 250)`);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
process.exit(bad);
