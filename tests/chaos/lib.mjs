// SPDX-License-Identifier: Apache-2.0
// What the fault, chaos, load and soak runs share: faults of the practice exchange while it runs, the hub's
// log as records, and the checks that say whether the data is whole.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';

export const LENGTH = {
  '1m': 60e3, '3m': 180e3, '5m': 300e3, '15m': 900e3, '30m': 1800e3, '1h': 3600e3, '2h': 7200e3, '4h': 14400e3, '1d': 86400e3,
};
export const CLOSE_DELAY = 5000;

// A strategy that wants something on every bar: enters on even bars, closes on odd ones.
export const EVERY_BAR = `//@version=5
strategy("every bar", overlay=true)
if bar_index % 2 == 0
    strategy.entry("long", strategy.long)
if bar_index % 2 == 1
    strategy.close("long")
`;

// mulberry32: the runs must choose the same disturbances again when given the same seed.
export function random(seed) {
  let state = seed >>> 0;
  const unit = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n) => Math.floor(unit() * n);
  return { unit, below, between: (low, high) => low + below(high - low + 1), pick: (list) => list[below(list.length)] };
}

async function control(exchange, method, body, query = '') {
  const reply = await fetch(`${exchange.url}/practice/control${query}`, { method, body });
  const state = await reply.json();
  if (reply.status !== 200) throw new Error(`the practice exchange refused: ${JSON.stringify(state)} for ${body}`);
  return state;
}

// Adds fault rules to a running practice exchange; the answer is its state, with all rules.
export const addFaults = (exchange, script) => control(exchange, 'POST', script);
export const clearFaults = (exchange) => control(exchange, 'DELETE');
export const exchangeState = (exchange) => control(exchange, 'GET');
export const exchangeNow = async (exchange) => (await exchangeState(exchange)).now;
// How often each rule has struck: { line: used }.
export const faultUses = async (exchange) => Object.fromEntries((await exchangeState(exchange)).faults.map((f) => [f.line, f.used]));

export const symbols = async (exchange) => (await exchange.json('/api/v3/exchangeInfo')).symbols
  .filter((s) => s.status === 'TRADING').map((s) => s.symbol);
export const pairOf = (symbol) => symbol.replace(/USDT$/, '/USDT');
export const iso = (ms) => new Date(ms).toISOString();
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// The hub's log lines as records of their fields; times as ms.
export function logRecords(text) {
  return text.split('\n').filter((line) => line.startsWith('at=')).map((line) => {
    const record = {};
    for (const [, name, quoted, bare] of line.matchAll(/(\w+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))/g)) record[name] = quoted ?? bare;
    record.at_ms = Date.parse(record.at);
    return record;
  });
}

// All candles that the exchange serves with open times in [from, to].
export async function served(exchange, pair, timeframe, from, to) {
  const rows = [];
  for (let at = from; at <= to;) {
    const page = await exchange.json(`/api/v3/klines?symbol=${pair.replace('/', '')}&interval=${timeframe}&startTime=${at}&endTime=${to}&limit=1000`);
    assert.ok(Array.isArray(page), `${pair} ${timeframe}: the exchange answers with ${JSON.stringify(page)}`);
    if (page.length === 0) break;
    rows.push(...page);
    at = page.at(-1)[0] + 1;
  }
  return rows;
}

// Digit for digit: both texts are read as the nearest double, which round-trips the exchange's decimals.
// Returns the differences as texts; none when the stored candles are the served ones.
export function differences(stored, rows) {
  const found = [];
  const byTime = new Map(rows.map((r) => [r[0], r]));
  let before = 0;
  for (const c of stored) {
    const at = iso(c.open_time);
    const row = byTime.get(c.open_time);
    if (c.open_time <= before) found.push(`${at} is stored twice or out of order`);
    before = c.open_time;
    if (!row) {
      found.push(`${at} is stored and was never served`);
      continue;
    }
    for (const [k, name] of ['open', 'high', 'low', 'close', 'volume'].entries()) {
      if (Number(row[k + 1]) !== c[name]) found.push(`${at} ${name}: ${row[k + 1]} served, ${c[name]} stored`);
    }
    byTime.delete(c.open_time);
  }
  for (const open of byTime.keys()) found.push(`${iso(open)} was served and is not stored`);
  return found;
}

export async function assertStoredIsServed(folder, exchange, pair, timeframe) {
  const stored = await folder.list('candles', pair, timeframe);
  assert.ok(stored.length > 0, `${pair} ${timeframe} has candles`);
  const rows = await served(exchange, pair, timeframe, stored[0].open_time, stored.at(-1).open_time);
  const found = differences(stored, rows);
  assert.deepEqual(found.slice(0, 5), [], `${pair} ${timeframe}: ${found.length} differences`);
  return stored;
}

// Figures of one process from /proc: CPU seconds so far over all threads, PSS and descriptors.
export function processFigures(pid) {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const cpu_ns = tasks.reduce((sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]), 0);
  const smaps = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return {
    cpu_s: cpu_ns / 1e9,
    pss_bytes: Number(/^Pss:\s+(\d+) kB/m.exec(smaps)[1]) * 1024,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}
