// SPDX-License-Identifier: Apache-2.0
// One chaos run: a hub with many streams on a practice exchange at speed; faults, kills, stops and clock jumps
// chosen by a seed; a calm stretch; then every promise about data, signals, verdicts and money is checked.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { practice, hubFolder, until } from '../e2e/support.mjs';
import {
  LENGTH, EVERY_BAR, addFaults, clearFaults, differences, exchangeNow, exchangeState, iso, pairOf, random, served, sleep, symbols,
} from './lib.mjs';

// Acts on single bars only, so that what it wants can be worked out here from the candles alone.
const UP_BARS = `//@version=5
strategy("up bars", overlay=true)
if close > open
    strategy.entry("long", strategy.long)
if close < open
    strategy.close("long")
`;

const ANSWERS = [
  'status=500', 'status=502', 'status=503', 'status=429 retry_after=20s', 'status=418 retry_after=60s', 'status=403', 'status=451', 'html',
  'hang=1s', 'delay=150ms', 'reset', 'close', 'drip=20ms', 'truncate', 'cut', 'garbage',
];
const ROWS = ['duplicate', 'misaligned', 'unsorted', 'unfinished', 'impossible', 'negative', 'nan', 'swap', 'empty'];
const LATE = ['late=4s', 'late=12s', 'late=40s', 'late=90s', 'late=4m', 'stale=3s'];
const ENDPOINTS = ['klines', 'klines', 'klines', '*', 'depth', 'bookTicker', '24hr', 'time', 'exchangeInfo'];
const AGENTS = ['architect', 'harvester', 'gatekeeper', 'analyst 1', 'analyst 2'];

class Run {
  constructor(options) {
    this.options = { streams: 40, speed: 300, seconds: 25, ...options };
    this.random = random(this.options.seed);
    this.story = []; // what was done, for whoever looks into a failure
    this.lasting = []; // rules that make the market what it is, and stay
    this.frozen = new Set();
  }

  note(text) {
    this.story.push(`${((Date.now() - this.began) / 1000).toFixed(2)}s ${text}`);
    if (process.env.CHAOS_VERBOSE) console.error(this.story.at(-1));
  }

  async setUp() {
    const { seed, streams, speed } = this.options;
    this.began = Date.now();
    this.exchange = await practice({ speed, seed, pairs: Math.max(30, Math.ceil(streams / 3)), extra: ['--weight-limit', '60000'] });
    this.folder = hubFolder(this.exchange, {
      speed,
      set: ['hub.analysts=2', 'hub.hang_timeout=700ms', 'hub.heartbeat_interval=100ms', 'hub.clock_interval=1s', 'hub.restart_backoff_min=50ms',
        'hub.restart_backoff_max=400ms', 'exchange.binance.request_timeout=400ms', 'gate.max_signal_age=30m', 'gate.market_data_timeout=300ms',
        'bootstrap.candles=120', ...(this.options.set ?? [])],
    });
    await this.folder.run();
    this.files = { 'every bar': join(this.folder.dir, 'every_bar.pine'), 'up bars': join(this.folder.dir, 'up_bars.pine') };
    writeFileSync(this.files['every bar'], EVERY_BAR);
    writeFileSync(this.files['up bars'], UP_BARS);
    this.symbols = await symbols(this.exchange);
    this.streams = [];
    const timeframes = ['1m', '1m', '1m', '3m', '5m', '15m'];
    for (let i = 0; i < streams; i++) {
      const symbol = this.symbols[i % this.symbols.length];
      const taken = this.streams.filter((s) => s.symbol === symbol).map((s) => s.timeframe);
      const free = timeframes.filter((tf) => !taken.includes(tf));
      const timeframe = free.length ? this.random.pick(free) : '30m';
      const strategies = this.random.pick([['every bar'], ['up bars'], ['every bar', 'up bars'], []]);
      this.streams.push({ symbol, pair: pairOf(symbol), timeframe, strategies });
      await this.folder.ok('watch', 'add', pairOf(symbol), timeframe, ...strategies.flatMap((s) => ['--strategy', this.files[s]]));
    }
    await this.folder.live();
  }

  async faultRules() {
    const r = this.random;
    const now = await exchangeNow(this.exchange);
    const minutes = r.between(1, 12);
    const range = `from=${iso(now)} to=${iso(now + minutes * 60e3)}`;
    const where = r.unit() < 0.5 ? ` symbol=${r.pick(this.symbols)}` : '';
    const rate = `rate=${(0.05 + 0.9 * r.unit() ** 2).toFixed(2)}`;
    const kind = r.below(5);
    if (kind < 2) {
      const endpoint = r.pick(ENDPOINTS);
      const [fault, condition = ''] = r.pick(ANSWERS).split(' ');
      const symbol = endpoint === 'time' || endpoint === 'exchangeInfo' ? '' : where;
      return `${endpoint}${symbol} ${range} ${rate} ${condition} ${fault}`;
    }
    if (kind === 2) return `klines${where} ${range} ${rate} ${r.pick(ROWS)}`;
    if (kind === 3) return `klines${where} ${range} ${rate} ${r.pick(LATE)}`;
    return `time ${range} offset=${r.pick(['-90s', '-10m', '-2h', '-7s', ...(this.options.forward ? ['20s', '90s', '10m'] : [])])}`;
  }

  // What makes the market's history another one: candles it never has, or off its grid, or halts.
  async lastingRule() {
    const r = this.random;
    const running = this.symbols.filter((name) => !this.lasting.some((rule) => rule.startsWith(`market symbol=${name} `)));
    if (r.below(3) === 0) { // a market halts once: the exchange's history knows one halt of each
      const now = await exchangeNow(this.exchange);
      return `market symbol=${r.pick(running)} from=${iso(now)} to=${iso(now + r.between(2, 15) * 60e3)} halt`;
    }
    const stream = r.pick(this.streams);
    const length = LENGTH[stream.timeframe];
    const first = Math.floor((await exchangeNow(this.exchange)) / length) * length + r.between(1, 3) * length;
    return `klines symbol=${stream.symbol} interval=${stream.timeframe} from=${iso(first)} to=${iso(first + r.between(1, 3) * length)} ${r.pick(['gap', 'off_grid'])}`;
  }

  async kill(names, signal) {
    const status = await this.folder.status();
    for (const name of names) {
      const pid = status?.agents.find((a) => a.name === name)?.pid;
      if (!pid) continue;
      try {
        process.kill(pid, signal);
      } catch (error) {
        if (error.code !== 'ESRCH') throw error;
      }
    }
  }

  async restart(end) {
    await end();
    const pause = this.random.below(3) === 0 ? this.random.between(500, 3000) : this.random.below(300);
    await sleep(pause);
    this.note(`the hub is started again after ${pause} ms`);
    await this.folder.run();
  }

  async disturb() {
    const r = this.random;
    const kind = r.below(20);
    if (kind < 11) {
      const rule = await this.faultRules();
      this.note(`fault: ${rule}`);
      await addFaults(this.exchange, rule);
    } else if (kind < 13) {
      const rule = await this.lastingRule();
      this.note(`for ever: ${rule}`);
      await addFaults(this.exchange, rule);
      this.lasting.push(rule);
    } else if (kind < 17) {
      const signal = r.unit() < 0.6 ? 'SIGKILL' : 'SIGSTOP';
      const count = r.unit() < 0.6 ? 1 : r.between(2, AGENTS.length);
      const names = [...AGENTS].sort(() => r.unit() - 0.5).slice(0, count);
      this.note(`${signal}: ${names.join(', ')}`);
      await this.kill(names, signal);
    } else if (kind < 18) {
      this.note('commander SIGSTOP for a while');
      const { child } = this.folder.hub;
      child.kill('SIGSTOP');
      await sleep(r.between(100, 1500));
      child.kill('SIGCONT');
    } else if (kind < 19) {
      this.note('commander SIGKILL');
      await this.restart(() => this.folder.hub.stop('SIGKILL'));
    } else {
      this.note('stop in order');
      await this.restart(async () => {
        const run = await this.folder.hub.stop();
        if (run.code !== 0) this.found.push(`an ordered stop ended with ${run.code} ${run.signal}: ${run.err.slice(-1500)}`);
      });
    }
  }

  async calm() {
    await clearFaults(this.exchange);
    for (const rule of this.lasting) await addFaults(this.exchange, rule);
    this.note('calm');
    if (this.folder.hub.code !== null || this.folder.hub.signal !== null) throw new Error(`the hub ended by itself: ${this.folder.hub.err.slice(-3000)}`);
    const quiet = await exchangeNow(this.exchange);
    await until(async () => {
      const s = await this.folder.status();
      return s && s.clock.known && s.agents.every((a) => a.state === 'ready') && s.streams.length === this.streams.length &&
        s.streams.every((x) => x.state === 'live' && x.lag_ms <= 2 * LENGTH[x.timeframe]);
    }, { limit_ms: 40000, every_ms: 200, what: async () => `calm streams: ${JSON.stringify((await this.folder.status())?.streams.filter((x) => x.state !== 'live' || x.lag_ms > 2 * LENGTH[x.timeframe]))}` });
    // The slowest streams get one more candle, so that whatever is still owed to them comes with it.
    const slowest = Math.max(...this.streams.map((s) => LENGTH[s.timeframe]));
    await until(async () => (await exchangeNow(this.exchange)) > quiet + slowest + 11 * 60e3, { limit_ms: 60000, every_ms: 100 });
    await until(async () => {
      const [signals, queue] = [await this.folder.list('signals'), await this.folder.list('queue')];
      return signals.length - queue.length <= 2 * this.streams.length && signals.slice(0, -2 * this.streams.length).every((s) => queue.some((q) => q.signal_id === s.id));
    }, { limit_ms: 20000, every_ms: 500, what: 'verdicts for the signals' });
    const run = await this.folder.hub.stop();
    if (run.code !== 0) this.found.push(`the last stop ended with ${run.code} ${run.signal}`);
  }

  async checkStream(stream, ledgerRows, gapRows, signals) {
    const length = LENGTH[stream.timeframe];
    const name = `${stream.pair} ${stream.timeframe}`;
    const found = (text) => this.found.push(`${name} ${text}`);
    const stored = await this.folder.list('candles', stream.pair, stream.timeframe);
    if (stored.length < 100) return found(`has ${stored.length} candles`);
    const newest = stored.at(-1).open_time;
    const all = await served(this.exchange, stream.pair, stream.timeframe, stored[0].open_time, newest);
    const onGrid = all.filter((row) => row[0] % length === 0);
    for (const difference of differences(stored, onGrid).slice(0, 5)) found(difference);
    // Every due candle has exactly one final state.
    const byTime = new Map();
    for (const row of ledgerRows) {
      if (byTime.has(row.open_time)) found(`${iso(row.open_time)} is in the ledger twice`);
      byTime.set(row.open_time, row);
    }
    const candles = new Map(stored.map((c) => [c.open_time, c]));
    const firstDue = Math.min(...ledgerRows.map((row) => row.open_time));
    for (let open = firstDue; open <= newest; open += length) {
      const row = byTime.get(open), candle = candles.get(open);
      const at = iso(open);
      if (!row) found(`${at} has no ledger row; ${candle ? `stored as ${candle.source}` : 'not stored'}`);
      else if (candle && row.status !== 'SAVED') found(`${at} is stored, the ledger says ${row.status}`);
      else if (!candle && row.status !== 'EXCHANGE_GAP') found(`${at} is not stored, the ledger says ${row.status} ${row.cause}`);
      if (!row || !candle) continue;
      if (row.late !== candle.late) found(`${at} late: ${row.late} in the ledger, ${candle.late} with the candle`);
      if (row.late !== (row.saved_at >= open + 2 * length)) found(`${at} late is ${row.late}, but it came at ${iso(row.saved_at)}`);
    }
    for (const gap of gapRows) {
      const candle = candles.get(gap.open_time), at = iso(gap.open_time);
      if (gap.open_time > newest) continue;
      if (gap.exchange_gap && candle) found(`${at} is an exchange gap and stored`);
      if (!gap.exchange_gap && !gap.filled_at) found(`${at} is a gap for ever: ${gap.cause}`);
      if (gap.filled_at && !(candle?.late)) found(`${at} fills a gap without being late: ${JSON.stringify(candle)}`);
    }
    this.checkSignals(stream, stored, signals, found);
    this.candles += stored.length;
    this.lateCount += ledgerRows.filter((row) => row.late).length;
    this.due += ledgerRows.length;
  }

  // What both strategies want on these candles: only those that came live and in time may have fired. On a candle
  // that the exchange revised later, they fired for what it had said before.
  checkSignals(stream, stored, signals, found) {
    const wanted = new Map();
    const inLong = { 'every bar': false, 'up bars': false };
    stored.forEach((candle, index) => {
      const wish = {
        'every bar': index % 2 === 0 ? 'enter' : 'exit',
        'up bars': candle.close > candle.open ? 'enter' : candle.close < candle.open ? 'exit' : '',
      };
      for (const strategy of stream.strategies) {
        const news = wish[strategy] === 'enter' ? !inLong[strategy] : wish[strategy] === 'exit' && inLong[strategy];
        if (!news) continue;
        inLong[strategy] = wish[strategy] === 'enter';
        if (candle.source === 'live' && !candle.late && !candle.revised) wanted.set(`${strategy} ${iso(candle.open_time)} ${wish[strategy]}`, candle);
      }
    });
    const revised = new Set(stored.filter((c) => c.revised).map((c) => c.open_time));
    for (const s of signals) {
      if (revised.has(s.candle_time)) continue;
      const key = `${s.strategy.replace(/_/g, ' ').replace(/\.pine$/, '')} ${iso(s.candle_time)} ${s.action.startsWith('enter') ? 'enter' : 'exit'}`;
      const candle = wanted.get(key);
      if (!candle) found(`a signal that no undisturbed run has, or twice: ${key} ${JSON.stringify(stored.find((c) => c.open_time === s.candle_time))}`);
      else if (candle.close !== s.price) found(`${key}: price ${s.price}, the candle closed at ${candle.close}`);
      wanted.delete(key);
    }
    const newest = stored.at(-1).open_time;
    for (const [key, candle] of wanted) {
      if (candle.open_time < newest) found(`a signal is missing: ${key}`);
    }
  }

  async checkMoney() {
    const scale = (text) => {
      const [whole, part = ''] = String(text).replace('-', '').split('.');
      const value = BigInt(whole + part.padEnd(18, '0'));
      return String(text).startsWith('-') ? -value : value;
    };
    const shown = await this.folder.list('portfolio', 'show', 'main');
    const p = Array.isArray(shown) ? shown[0] : shown;
    const sum = scale(p.cash) + p.positions.reduce((total, x) => total + scale(x.cost), 0n) - scale(p.realised);
    if (sum !== scale(p.initial_balance)) this.found.push(`money: cash + cost - realised is ${sum} instead of ${scale(p.initial_balance)}: ${JSON.stringify(p)}`);
    this.portfolio = p;
  }

  async check() {
    const [ledger, gaps, signals, queue] = [await this.folder.list('ledger'), await this.folder.list('gaps'), await this.folder.list('signals'), await this.folder.list('queue')];
    const of = (rows, stream) => rows.filter((x) => x.pair === stream.pair && x.timeframe === stream.timeframe);
    this.candles = this.lateCount = this.due = 0;
    for (const stream of this.streams) await this.checkStream(stream, of(ledger, stream), of(gaps, stream), of(signals, stream));
    const judged = new Map();
    for (const q of queue) {
      if (judged.has(q.signal_id)) this.found.push(`signal ${q.signal_id} has two verdicts`);
      judged.set(q.signal_id, q);
      if ((q.status === 'APPROVED') !== (q.checks.length > 0 && q.checks.every((c) => c.pass))) this.found.push(`queue ${q.id}: ${q.status} against its checks`);
      if (q.status === 'REJECTED' && !q.reason) this.found.push(`queue ${q.id}: rejected without a reason`);
    }
    const last = Math.max(...signals.map((s) => s.candle_time));
    for (const s of signals) {
      if (!judged.has(s.id) && s.candle_time < last - 30 * 60e3) this.found.push(`signal ${s.id} of ${iso(s.candle_time)} has no verdict`);
    }
    await this.checkMoney();
    this.summary = `${this.streams.length} streams, ${this.candles} candles, ${this.due} due, ${this.lateCount} late, ${gaps.length} gaps ` +
      `(${gaps.filter((g) => g.exchange_gap).length} of the exchange), ${signals.length} signals, ${queue.filter((q) => q.status === 'APPROVED').length} approved, ` +
      `${((await exchangeNow(this.exchange)) - this.from) / 3600e3 | 0} simulated hours, ${this.story.length} disturbances`;
  }

  async go() {
    this.found = [];
    try {
      await this.setUp();
      this.from = (await exchangeState(this.exchange)).start;
      const end = Date.now() + this.options.seconds * 1000;
      while (Date.now() < end) {
        await this.disturb();
        await sleep(this.random.between(50, 900));
      }
      await this.calm();
      await this.check();
    } catch (error) {
      error.message += `\nstory:\n${this.story.join('\n')}\nhub: ${this.folder?.hub?.err.slice(-4000)}`;
      throw error;
    } finally {
      if (process.env.CHAOS_KEEP && this.folder) {
        await this.folder.hub?.stop();
        console.error(`kept: ${this.folder.dir}`);
      } else {
        await this.folder?.stop();
      }
      await this.exchange?.stop();
    }
    return this;
  }
}

export const chaos = (options) => new Run(options).go();
