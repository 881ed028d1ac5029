// SPDX-License-Identifier: Apache-2.0
// The command line by itself: usage errors, help, exit codes, settings and their precedence, and
// commands that work while no hub runs.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ORACLE, practice, hubFolder } from './support.mjs';

// Runs the program with an environment in which no settings of this machine count.
function oracle(args, { env = {}, cwd } = {}) {
  const clean = { PATH: process.env.PATH, HOME: '/nonexistent', ...env };
  return new Promise((done) => {
    execFile(ORACLE, args, { env: clean, cwd, maxBuffer: 1 << 26 }, (error, out, err) =>
      done({ code: error ? error.code ?? 128 : 0, out, err }));
  });
}

function folder(t) {
  const dir = mkdtempSync(join(tmpdir(), 'oracle-cli-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const USAGE = [
  [['wach'], /no command 'wach'; did you mean 'watch'\?/],
  [['zzz'], /no command 'zzz'; 'oracle help'/],
  [['watch'], /oracle watch what\? One of: add, list, remove, pause, resume/],
  [['watch', 'ad', 'VET', '4h'], /no command 'oracle watch ad'; did you mean 'oracle watch add'\?/],
  [['watch', 'add', 'VET'], /something is missing: oracle watch add PAIR TIMEFRAME/],
  [['watch', 'add', 'VET', '4h', 'now'], /too much: oracle watch add PAIR TIMEFRAME/],
  [['candles', 'VET', '4h', '--lst', '3'], /unknown option '--lst'; did you mean '--last'\?/],
  [['candles', 'VET', '4h', '--last', 'many'], /--last needs a whole number above 0, not 'many'/],
  [['candles', 'VET', '4h', '--last', '0'], /--last needs a whole number above 0/],
  [['candles', 'VET', '4h', '--from', 'soon'], /--from needs a time in UTC/],
  [['candles', 'VET', '4h', '--from', '2021-02-01', '--to', '2021-01-01'], /--from must be before --to/],
  [['candles', 'VET', '4h', '--last'], /--last needs a value: --last N/],
  [['candles', 'VET', '4h', '--last=1', '--last=2'], /--last is given twice/],
  [['candles', 'VET', '4h', '--json=yes'], /--json takes no value/],
  [['candles', 'VET', '4h', '--json', '--csv'], /not both/],
  [['status', '-x'], /unknown option '-x'/],
  [['ledger', 'VET'], /name the timeframe too/],
  [['queue', 'show', 'first'], /'first' is no queue id/],
  [['watch', 'add', 'VET', '4h', '--input', 'a=1'], /stands before any --strategy/],
];

test('usage errors: exit code 64, said on standard error with what was meant', async (t) => {
  const dir = folder(t);
  for (const [args, said] of USAGE) {
    const r = await oracle([...args, '--data', dir]);
    assert.equal(r.code, 64, `${args.join(' ')}: ${r.code} ${r.err}`);
    assert.match(r.err, said);
    assert.equal(r.out, '', args.join(' '));
    assert.match(r.err, /^oracle: /);
  }
});

test('help anywhere, version, and the pages', async () => {
  for (const args of [['--help'], ['help'], [], ['-h']]) {
    const r = await oracle(args);
    assert.equal(r.code, 0);
    assert.match(r.out, /Commands\n  run /);
  }
  for (const args of [['watch', 'add', '--help'], ['watch', '--help', 'add'], ['-h', 'watch', 'add', 'VET'], ['help', 'watch', 'add']]) {
    const r = await oracle(args);
    assert.equal(r.code, 0, args.join(' '));
    assert.match(r.out, /^Watch a stream.*\n\nExamples\n  oracle watch add VET 4h/);
    assert.match(r.out, /--strategy FILE/);
    assert.match(r.out, /--config FILE/);
  }
  assert.match((await oracle(['help', 'watch'])).out, /watch remove/);
  assert.equal((await oracle(['help', 'nothing'])).code, 64);
  for (const args of [['--version'], ['-V'], ['version'], ['watch', '--version']]) {
    assert.match((await oracle(args)).out, /^oracle \d+\.\d+\.\d+\n$/);
  }
  const page = (await oracle(['help', '--markdown'])).out;
  for (const name of ['run', 'practice', 'watch add', 'portfolio show', 'candles', 'queue show', 'strategy check']) {
    assert.match(page, new RegExp(`^## oracle ${name}$`, 'm'));
  }
  assert.match((await oracle(['config', '--markdown'])).out, /^# /);
  assert.match((await oracle(['messages'])).out, /CONTROL_REPLY/);
});

test('no output carries colour when it is no terminal', async () => {
  const r = await oracle(['help'], { env: { TERM: 'xterm-256color' } });
  assert.doesNotMatch(r.out, /\x1b/);
});

test('settings: --set over environment over the user\'s file, and the origin is told', async (t) => {
  const dir = folder(t);
  const value = async (env, ...args) => {
    const r = await oracle(['config', '--json', '--data', dir, ...args], { env });
    assert.equal(r.code, 0, r.err);
    const s = JSON.parse(r.out).find((x) => x.name === 'hub.max_streams');
    return [s.value, s.origin, s.default];
  };
  assert.deepEqual(await value({}), ['10000', 'default', '10000']);
  mkdirSync(join(dir, 'oracle'));
  writeFileSync(join(dir, 'oracle', 'oracle.conf'), '[hub]\nmax_streams = 11\n');
  const home = { XDG_CONFIG_HOME: dir };
  assert.deepEqual((await value(home)).slice(0, 1), ['11']);
  assert.match((await value(home))[1], /oracle\.conf:2$/);
  const env = { ...home, ORACLE__HUB__MAX_STREAMS: '12' };
  assert.deepEqual((await value(env)).slice(0, 2), ['12', 'environment']);
  assert.deepEqual((await value(env, '--set', 'hub.max_streams=13')).slice(0, 2), ['13', '--set']);
  const other = join(dir, 'other.conf');
  writeFileSync(other, '[gate]\nmax_spread_bps = 20\n');
  assert.equal((await value(home, '--config', other))[0], '10000'); // alone, not on top of the user's
});

test('wrong settings: exit code 78 and the place', async (t) => {
  const dir = folder(t);
  const file = join(dir, 'bad.conf');
  writeFileSync(file, '[hub]\nmax_streems = 1\n');
  const cases = [
    [['--config', file], /bad\.conf:2: unknown setting "max_streems" in \[hub\].*max_streams/],
    [['--config', join(dir, 'none.conf')], /no settings file/],
    [['--set', 'hub.max_streams=many'], /max_streams/],
    [['--set', 'nonsense'], /nonsense/],
  ];
  for (const [args, said] of cases) {
    const r = await oracle(['config', 'check', '--data', dir, ...args]);
    assert.equal(r.code, 78, r.err);
    assert.match(r.err, said);
  }
  assert.equal((await oracle(['config', 'check', '--data', dir], { env: { ORACLE__HUB__SPED: '1' } })).code, 78);
  assert.equal((await oracle(['help', '--config', file])).code, 0);
  const r = await oracle(['config', 'check', '--data', dir]);
  assert.deepEqual([r.code, r.out], [0, 'The settings are sound.\n']);
});

test('the data folder may be named from where one stands', async (t) => {
  const dir = folder(t);
  const r = await oracle(['config', '--json', '--data', 'here'], { cwd: dir });
  const settings = Object.fromEntries(JSON.parse(r.out).map((s) => [s.name, s.value]));
  assert.equal(settings['hub.data_dir'], join(dir, 'here'));
  assert.equal(settings['control.socket'], join(dir, 'here', 'hub.sock'));
});

test('without a hub: status and stop are 69 and say what to do', async (t) => {
  const dir = folder(t);
  for (const command of ['status', 'stop', 'reload']) {
    const r = await oracle([command, '--data', dir]);
    assert.equal(r.code, 69);
    assert.match(r.err, /no hub runs in/);
  }
});

test('without a store: listings are empty, valid JSON, and say why on standard error', async (t) => {
  const dir = folder(t);
  for (const command of [['watch', 'list'], ['ledger'], ['gaps'], ['signals'], ['queue'], ['portfolio', 'list']]) {
    const r = await oracle([...command, '--json', '--data', join(dir, 'none')]);
    assert.equal(r.code, 0, r.err);
    assert.deepEqual(JSON.parse(r.out), []);
    assert.match(r.err, /There is no store in .* yet/);
    assert.equal((await oracle([...command, '--json', '-q', '--data', join(dir, 'none')])).err, '');
  }
});

test('watch add while the hub is stopped fetches the market list itself', { timeout: 60000 }, async (t) => {
  const exchange = await practice({ pairs: 20, seed: 3 });
  const hub = hubFolder(exchange);
  t.after(async () => { await hub.stop(); await exchange.stop(); });
  const added = JSON.parse(await hub.ok('watch', 'add', 'vet', '4h', '--json'));
  assert.deepEqual(added, [{ pair: 'VET/USDT', timeframe: '4h', portfolio: 'main', exchange: 'binance', state: 'new', strategies: [] }]);
  assert.match(await hub.ok('watch', 'add', 'BTCUSDT', '15m'), /BTC\/USDT 15m is watched now, in portfolio main/);
  const again = await hub.cli('watch', 'add', 'BTC/USDT', '15m');
  assert.equal(again.code, 0);
  assert.match(again.out, /already/);
  const wrong = await hub.cli('watch', 'add', 'VTE', '4h');
  assert.equal(wrong.code, 65);
  assert.match(wrong.err, /no market VTE\/USDT on binance; did you mean VET\/USDT\?/);
  assert.equal((await hub.cli('watch', 'add', 'VET', '5h')).code, 65);
  const list = await hub.list('watch', 'list');
  assert.deepEqual(list.map((e) => `${e.pair} ${e.timeframe} ${e.state}`), ['VET/USDT 4h new', 'BTC/USDT 15m new']);
  assert.deepEqual(await hub.list('candles', 'VET', '4h'), []);
  assert.equal(await hub.ok('candles', 'VET', '4h', '--csv'), 'open_time_ms,open,high,low,close,volume\n');
  const unknown = await hub.cli('candles', 'ETH', '4h');
  assert.equal(unknown.code, 1);
  assert.match(unknown.err, /ETH 4h of binance was never watched/);
  assert.equal((await hub.cli('watch', 'pause', 'VET', '4h')).code, 0);
  assert.equal((await hub.list('watch', 'list'))[0].state, 'paused');
  assert.equal((await hub.cli('watch', 'resume', 'VET', '4h')).code, 0);
  assert.equal((await hub.cli('watch', 'remove', 'VET', '4h')).code, 0);
  assert.equal((await hub.cli('watch', 'remove', 'VET', '4h')).code, 1);
  assert.equal((await hub.list('watch', 'list')).length, 1);
  assert.equal((await hub.cli('portfolio', 'remove', 'main')).code, 77);
});

test('no exchange, no market list: 69', { timeout: 30000 }, async (t) => {
  const dir = folder(t);
  const r = await oracle(['watch', 'add', 'VET', '4h', '--data', dir, '--set', 'exchange.binance.base_url=http://127.0.0.1:1']);
  assert.equal(r.code, 69);
  assert.match(r.err, /market list of binance cannot be fetched/);
});

test('portfolios are made, shown, changed and removed', async (t) => {
  const hub = hubFolder(null);
  t.after(() => hub.stop());
  await hub.ok('portfolio', 'create', 'swing', '--balance', '2500.50', '--order-size=10');
  const [shown] = await hub.list('portfolio', 'show', 'swing');
  assert.deepEqual([shown.portfolio, shown.mode, shown.quote, shown.cash, shown.equity, shown.order_size, shown.positions],
    ['swing', 'paper', 'USDT', '2500.5', '2500.5', 10, []]);
  await hub.ok('portfolio', 'set', 'swing', '--fee-bps', '5');
  assert.equal((await hub.list('portfolio', 'show', 'swing'))[0].fee_bps, 5);
  assert.equal((await hub.cli('portfolio', 'set', 'swing', '--fee-bps', '5000')).code, 65);
  assert.equal((await hub.cli('portfolio', 'create', 'swing')).code, 1);
  assert.equal((await hub.cli('portfolio', 'create', 'live', '--mode', 'live')).code, 77);
  assert.equal((await hub.cli('portfolio', 'show', 'none')).code, 1);
  assert.match(await hub.ok('portfolio', 'show', 'swing'), /cash +2500.5 USDT/);
  await hub.ok('portfolio', 'remove', 'swing');
  assert.deepEqual(await hub.list('portfolio', 'list'), []);
});

test('strategy check: what is in a file, and what is wrong with it', async (t) => {
  const dir = folder(t);
  const good = join(dir, 'good.pine');
  const bad = join(dir, 'bad.pine');
  writeFileSync(good, '//@version=5\nstrategy("Good")\nn = input.int(14, "Length", minval=2)\nr = ta.rsi(close, n)\nif r < 30\n    strategy.entry("L", strategy.long)\nplot(r, "RSI")\n');
  writeFileSync(bad, '//@version=5\nstrategy("Bad")\nplot(closs)\n');
  let r = await oracle(['strategy', 'check', good, '--json', '--data', dir]);
  assert.equal(r.code, 0, r.err);
  const report = JSON.parse(r.out);
  assert.equal(report.ok, true);
  assert.deepEqual(report.errors, []);
  assert.deepEqual(report.inputs.map((i) => [i.name, i.kind, i.default, i.min]), [['n', 'int', 14, 2]]);
  assert.deepEqual(report.plots.map((p) => p.title), ['RSI']);
  assert.ok(report.indicators.includes('ta.rsi'));
  assert.ok(report.warmup >= 14);
  r = await oracle(['strategy', 'check', bad, '--json', '--data', dir]);
  assert.equal(r.code, 65);
  const { ok, errors } = JSON.parse(r.out);
  assert.equal(ok, false);
  assert.deepEqual([errors[0].line, errors[0].column], [3, 6]);
  assert.match(errors[0].message, /closs/);
  r = await oracle(['strategy', 'check', bad, '--data', dir]);
  assert.equal(r.code, 65);
  assert.match(r.err, /bad\.pine:3:6: error: /);
  assert.equal((await oracle(['strategy', 'check', join(dir, 'none.pine'), '--data', dir])).code, 65);
});

test('a reader that has seen enough is no accident', async () => {
  const child = spawn('sh', ['-c', `"${ORACLE}" config | head -n 1; "${ORACLE}" config --json | head -c 10 >/dev/null`], { stdio: ['ignore', 'pipe', 'pipe'] });
  let err = '';
  child.stderr.on('data', (d) => { err += d; });
  await new Promise((done) => child.on('exit', done));
  assert.equal(err, '');
});
